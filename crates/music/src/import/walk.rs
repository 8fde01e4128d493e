//! Finding the sound files below a folder.
//!
//! Names are listed in the byte order of their full text, the order in which the database gives the stored files,
//! so that the two are compared side by side without holding either in memory.

use std::{
    collections::HashSet,
    fs::{DirEntry, FileType, Metadata},
    io,
    ops::ControlFlow,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    sync::Arc,
    vec,
};

use infra::place;
use sha2::{Digest, Sha256};

use super::folders::album_folder;

/// A sound file by its name, with what tells whether it changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sound {
    /// Its absolute path as text (`infra::place`).
    pub(super) place: String,
    pub(super) size: i64,
    pub(super) modified_ns: i64,
    pub(super) inode: i64,
    /// The picture in its folder, or in the folder above if this one is a disc.
    pub(super) picture: Option<Arc<Picture>>,
}

impl Sound {
    /// Stands for the picture and its state; 0 without one.
    pub(super) fn picture_stamp(&self) -> i64 {
        self.picture.as_ref().map_or(0, |picture| picture.stamp)
    }
}

/// A picture that stands for all files of its folder.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Picture {
    /// Its absolute path as text.
    pub(super) place: String,
    /// Changes with its path, size, time of change and inode.
    pub(super) stamp: i64,
}

/// What the walk comes upon.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// A sound file.
    Sound(Sound),
    /// A link that is not followed.
    Skipped { place: String, reason: String },
    /// A file, or a folder (its text ends in a slash), that cannot be looked at: whether it and what is below it
    /// are still there is not known.
    Unread { place: String, reason: String },
}

/// Sound that we read, and sound that we cannot but had better say so.
const SOUND: [&str; 29] = [
    "mp3", "flac", "ogg", "oga", "opus", "m4a", "m4b", "aac", "wav", "wave", // read
    "aif", "aiff", "alac", "amr", "ape", "au", "caf", "dff", "dsf", "mka", "mp2", "mpc", "ra", "shn", "spx",
    "tak", "tta", "wma", "wv",
];
/// Names of pictures, the best first; and their kinds.
const PICTURE_NAMES: [&str; 3] = ["cover", "folder", "front"];
const PICTURE_KINDS: [&str; 4] = ["jpg", "jpeg", "png", "webp"];
/// The longest path that is imported, in bytes: an index entry of PostgreSQL takes no more than 2,704.
const LONGEST_PLACE: usize = 2_000;
/// Folders of storage systems that hold no music of their own.
const IGNORED: [&str; 4] = ["@eaDir", "#recycle", "$RECYCLE.BIN", "lost+found"];

/// Walks over what is below `start`, a folder below or at `root`, until all was emitted or `emit` breaks off.
///
/// Hidden files and folders are passed over. A link is followed only when this is the one way to its target: not
/// out of `root`, and not to what the walk meets anyway.
pub(super) fn walk(root: &Path, start: &Path, mut emit: impl FnMut(Found) -> ControlFlow<()>) {
    let mut walk = Walk { root, followed: HashSet::new(), stack: Vec::new() };
    // A disc may be started at by itself: then the folder above is looked at for its picture only.
    let above = start.parent().filter(|above| start != root && above.starts_with(root));
    let picture = above.and_then(|above| Frame::list(above, None).ok()?.picture);
    if let Err(found) = walk.enter(start, picture)
        && emit(found).is_break()
    {
        return;
    }
    while let Some(found) = walk.next() {
        if emit(found).is_break() {
            return;
        }
    }
}

/// How many sound files there are below `root`, links left aside: an estimate for the progress bar.
pub(super) fn count(root: &Path, mut tick: impl FnMut(u64) -> ControlFlow<()>) {
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        let mut sounds = 0;
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            match entry.file_type() {
                _ if passed_over(&name) => {}
                Ok(kind) if kind.is_dir() => folders.push(entry.path()),
                Ok(kind) => sounds += u64::from(kind.is_file() && is_sound(&name)),
                Err(_) => {}
            }
        }
        if tick(sounds).is_break() {
            return;
        }
    }
}

struct Walk<'a> {
    root: &'a Path,
    /// Folders that were entered through a link.
    followed: HashSet<PathBuf>,
    stack: Vec<Frame>,
}

/// A folder that is being walked over.
struct Frame {
    /// Its path as text, with a slash at the end.
    place: String,
    entries: vec::IntoIter<Entry>,
    picture: Option<Arc<Picture>>,
}

/// A name in a folder.
struct Entry {
    /// As text; a folder's ends in a slash, which makes the order of names that of whole paths.
    name: String,
    kind: FileType,
    inner: DirEntry,
}

impl Walk<'_> {
    /// The next thing found, or nothing more.
    fn next(&mut self) -> Option<Found> {
        while let Some(frame) = self.stack.last_mut() {
            let Some(entry) = frame.entries.next() else {
                self.stack.pop();
                continue;
            };
            let place = format!("{}{}", frame.place, entry.name);
            let picture = frame.picture.clone();
            let found = if entry.kind.is_symlink() {
                self.link(&entry, place, picture)
            } else if entry.kind.is_dir() {
                self.enter(&entry.inner.path(), picture).err()
            } else {
                sound(place, entry.inner.metadata(), picture)
            };
            if found.is_some() {
                return found;
            }
        }
        None
    }

    /// Goes into a folder; `above` is the picture of the folder that it lies in.
    fn enter(&mut self, path: &Path, above: Option<Arc<Picture>>) -> Result<(), Found> {
        // Once links were followed, a folder may be come upon again by another way.
        if !self.followed.is_empty() && !path.canonicalize().is_ok_and(|real| self.followed.insert(real)) {
            return Ok(());
        }
        let place = folder_text(path);
        match Frame::list(path, above) {
            Ok(frame) => self.stack.push(frame),
            // It went away meanwhile, and so did what was in it.
            Err(e) if e.kind() == io::ErrorKind::NotFound => {}
            Err(e) => return Err(Found::Unread { place, reason: e.to_string() }),
        }
        Ok(())
    }

    fn link(&mut self, entry: &Entry, place: String, picture: Option<Arc<Picture>>) -> Option<Found> {
        let (path, is_folder) = (entry.inner.path(), entry.name.ends_with('/'));
        let skipped = |reason: &str| {
            Some(Found::Skipped { place: place.trim_end_matches('/').to_owned(), reason: reason.to_owned() })
        };
        let Ok(target) = path.canonicalize() else {
            return skipped("a link that leads nowhere");
        };
        let Ok(inside) = target.strip_prefix(self.root) else {
            return skipped("a link to outside the imported folder");
        };
        let met_anyway = !inside.iter().any(|name| passed_over(&name.to_string_lossy()));
        if is_folder {
            if path.starts_with(&target) {
                return skipped("a link to a folder that it lies in");
            }
            if met_anyway {
                return None;
            }
            // Makes it known that links were followed; the folder itself is looked up when it is entered.
            self.followed.insert(PathBuf::new());
            return self.enter(&path, picture).err();
        }
        if met_anyway || !is_sound(&entry.name) {
            return None;
        }
        match target.metadata() {
            Ok(metadata) if !metadata.is_file() => None,
            metadata => sound(place, metadata, picture),
        }
    }
}

impl Frame {
    /// Lists a folder: what may hold or be sound, in order, and its best picture.
    fn list(path: &Path, above: Option<Arc<Picture>>) -> io::Result<Self> {
        let place = folder_text(path);
        let mut entries = Vec::new();
        let mut best: Option<(usize, String)> = None;
        for entry in std::fs::read_dir(path)? {
            let entry = entry?;
            let kind = entry.file_type()?;
            let mut name = place::text(Path::new(&entry.file_name()));
            if passed_over(&name) {
                continue;
            }
            if kind.is_dir() || (kind.is_symlink() && entry.path().is_dir()) {
                name.push('/');
            } else if kind.is_file() && !is_sound(&name) {
                let ranked = picture_rank(&name).map(|rank| (rank, name));
                best = [best, ranked].into_iter().flatten().min();
                continue;
            } else if !kind.is_file() && !kind.is_symlink() {
                continue;
            }
            entries.push(Entry { name, kind, inner: entry });
        }
        entries.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        let own = best.and_then(|(_, name)| picture(format!("{place}{name}")));
        let picture = own.or_else(|| above.filter(|_| album_folder(place.trim_end_matches('/')).1.is_some()));
        Ok(Self { place, entries: entries.into_iter(), picture })
    }
}

/// A folder's path as text, with a slash at the end.
fn folder_text(path: &Path) -> String {
    let mut text = place::text(path);
    if !text.ends_with('/') {
        text.push('/');
    }
    text
}

fn sound(place: String, metadata: io::Result<Metadata>, picture: Option<Arc<Picture>>) -> Option<Found> {
    if place.len() > LONGEST_PLACE {
        return Some(Found::Skipped { place, reason: "the path is too long".into() });
    }
    match metadata {
        Ok(metadata) => Some(Found::Sound(Sound {
            place,
            size: i64::try_from(metadata.len()).unwrap_or(i64::MAX),
            modified_ns: modified_ns(&metadata),
            inode: metadata.ino().cast_signed(),
            picture,
        })),
        // It went away meanwhile.
        Err(e) if e.kind() == io::ErrorKind::NotFound => None,
        Err(e) => Some(Found::Unread { place, reason: e.to_string() }),
    }
}

/// When the file changed, in nanoseconds since 1970.
fn modified_ns(metadata: &Metadata) -> i64 {
    metadata.mtime().saturating_mul(1_000_000_000).saturating_add(metadata.mtime_nsec())
}

fn picture(place: String) -> Option<Arc<Picture>> {
    let metadata = place::path(&place).symlink_metadata().ok().filter(Metadata::is_file)?;
    let mut digest = Sha256::new_with_prefix(&place);
    digest.update(metadata.len().to_le_bytes());
    digest.update(modified_ns(&metadata).to_le_bytes());
    digest.update(metadata.ino().to_le_bytes());
    let stamp = digest.finalize().first_chunk().map_or(0, |bytes| i64::from_le_bytes(*bytes));
    Some(Arc::new(Picture { place, stamp }))
}

fn passed_over(name: &str) -> bool {
    name.starts_with('.') || IGNORED.contains(&name)
}

fn is_sound(name: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(_, end)| SOUND.iter().any(|known| end.eq_ignore_ascii_case(known)))
}

/// The place of a picture's name among those that stand for a folder; lower is better.
fn picture_rank(name: &str) -> Option<usize> {
    let (stem, end) = name.rsplit_once('.')?;
    let by_name = PICTURE_NAMES.iter().position(|known| stem.eq_ignore_ascii_case(known))?;
    let by_kind = PICTURE_KINDS.iter().position(|known| end.eq_ignore_ascii_case(known))?;
    Some(by_name * PICTURE_KINDS.len() + by_kind)
}

#[cfg(test)]
mod tests {
    use std::{ffi::OsStr, fs, os::unix::ffi::OsStrExt, os::unix::fs::symlink};

    use super::*;

    struct Tree(tempfile::TempDir);

    impl Tree {
        fn new(files: &[&str]) -> Self {
            let tree = Self(tempfile::tempdir().unwrap());
            for file in files {
                tree.write(file.as_bytes());
            }
            tree
        }

        fn root(&self) -> PathBuf {
            self.0.path().canonicalize().unwrap()
        }

        fn write(&self, file: &[u8]) {
            let path = self.root().join(OsStr::from_bytes(file));
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, file).unwrap();
        }

        fn link(&self, target: &str, link: &str) {
            let link = self.root().join(link);
            fs::create_dir_all(link.parent().unwrap()).unwrap();
            symlink(self.root().join(target), link).unwrap();
        }

        /// What a walk from `start` finds, paths below the root.
        fn walk(&self, start: &str) -> Vec<Found> {
            let (root, mut all) = (self.root(), Vec::new());
            let start = if start.is_empty() { root.clone() } else { root.join(start) };
            walk(&root, &start, |found| {
                all.push(found);
                ControlFlow::Continue(())
            });
            all
        }

        fn sounds(&self) -> Vec<String> {
            self.walk("").into_iter().filter_map(|found| self.below(&found)).collect()
        }

        fn below(&self, found: &Found) -> Option<String> {
            let Found::Sound(sound) = found else { return None };
            Some(sound.place.strip_prefix(&folder_text(&self.root()))?.to_owned())
        }

        fn skipped(&self) -> Vec<(String, String)> {
            let root = folder_text(&self.root());
            self.walk("")
                .into_iter()
                .filter_map(|found| match found {
                    Found::Skipped { place, reason } => Some((place.strip_prefix(&root)?.to_owned(), reason)),
                    _ => None,
                })
                .collect()
        }

        fn picture_of(&self, file: &str) -> Option<String> {
            let all = self.walk("");
            let found = all.iter().find(|found| self.below(found).as_deref() == Some(file))?;
            let Found::Sound(sound) = found else { return None };
            let place = &sound.picture.as_ref()?.place;
            Some(place.strip_prefix(&folder_text(&self.root()))?.to_owned())
        }
    }

    #[test]
    fn files_come_in_the_byte_order_of_their_paths() {
        let tree =
            Tree::new(&["a/z.mp3", "a b/c.mp3", "a.mp3", "a-b/c.FLAC", "a0/b.ogg", "b/a/a.opus", "A.m4a"]);
        tree.write(b"Bj\xf6rk/1.mp3");
        tree.write("Björk/1.mp3".as_bytes());
        tree.link(".hidden", "a/link");
        tree.write(b".hidden/y.mp3");
        tree.write(b"a/link-1/x.mp3");
        let found = tree.sounds();
        let mut sorted = found.clone();
        sorted.sort();
        assert_eq!(found, sorted);
        assert_eq!(found.len(), 11, "{found:?}");
    }

    #[test]
    fn what_is_no_music_is_passed_over() {
        let tree = Tree::new(&[
            "a.mp3",
            "b.txt",
            "mp3",
            ".c.mp3",
            ".d/e.mp3",
            "@eaDir/f.mp3",
            "lost+found/g.mp3",
            "h.jpg",
            "i.wma",
        ]);
        assert_eq!(tree.sounds(), ["a.mp3", "i.wma"]);
        let mut counted = 0;
        count(&tree.root(), |n| {
            counted += n;
            ControlFlow::Continue(())
        });
        assert_eq!(counted, 2);
    }

    #[test]
    fn names_may_hold_anything() {
        let tree = Tree::new(&["\u{202e}3pm.mp3", "a\nb.mp3", "<b>&\"'.mp3", "-rf .mp3", " .mp3"]);
        tree.write(b"\xff\xfe.mp3");
        assert_eq!(tree.sounds().len(), 6);
        for place in tree.sounds() {
            assert!(tree.root().join(place::path(&place)).exists(), "{place:?}");
        }
    }

    #[test]
    fn links_out_of_the_folder_are_reported_and_not_followed() {
        let (tree, other) = (Tree::new(&["a.mp3"]), Tree::new(&["b.mp3"]));
        symlink(other.root(), tree.root().join("folder")).unwrap();
        symlink(other.root().join("b.mp3"), tree.root().join("file.mp3")).unwrap();
        tree.link("nowhere.mp3", "dangling.mp3");
        assert_eq!(tree.sounds(), ["a.mp3"]);
        let reasons: Vec<_> = tree.skipped();
        assert_eq!(
            reasons,
            [
                ("dangling.mp3".into(), "a link that leads nowhere".into()),
                ("file.mp3".into(), "a link to outside the imported folder".into()),
                ("folder".into(), "a link to outside the imported folder".into()),
            ]
        );
    }

    #[test]
    fn a_link_gives_no_second_name_to_what_is_found_anyway() {
        let tree = Tree::new(&["a/1.mp3"]);
        tree.link("a", "b");
        tree.link("a/1.mp3", "c.mp3");
        assert_eq!(tree.sounds(), ["a/1.mp3"]);
        assert!(tree.skipped().is_empty());
    }

    #[test]
    fn a_link_is_followed_once_to_what_is_hidden() {
        let tree = Tree::new(&[".annex/1", ".annex/album/2.mp3"]);
        tree.link(".annex/1", "1.mp3");
        tree.link(".annex/album", "album");
        tree.link(".annex/album", "again");
        tree.link(".annex", ".annex/album/loop");
        assert_eq!(tree.sounds(), ["1.mp3", "again/2.mp3"]);
    }

    #[test]
    fn a_loop_is_reported() {
        let tree = Tree::new(&["a/b/1.mp3"]);
        tree.link("a", "a/b/up");
        tree.link("", "a/top");
        assert_eq!(tree.sounds(), ["a/b/1.mp3"]);
        let reason = "a link to a folder that it lies in";
        assert_eq!(tree.skipped(), [("a/b/up".into(), reason.into()), ("a/top".into(), reason.into())]);
    }

    #[test]
    fn the_best_picture_stands_for_the_folder_and_its_discs() {
        let tree = Tree::new(&[
            "A/1.mp3",
            "A/front.png",
            "A/Cover.JPG",
            "A/cover.webp",
            "A/back.jpg",
            "A/CD1/1.mp3",
            "A/CD2/1.mp3",
            "A/CD2/folder.png",
            "A/Bonus/1.mp3",
            "B/1.mp3",
        ]);
        assert_eq!(tree.picture_of("A/1.mp3").as_deref(), Some("A/Cover.JPG"));
        assert_eq!(tree.picture_of("A/CD1/1.mp3").as_deref(), Some("A/Cover.JPG"));
        assert_eq!(tree.picture_of("A/CD2/1.mp3").as_deref(), Some("A/CD2/folder.png"));
        assert_eq!(tree.picture_of("A/Bonus/1.mp3"), None);
        assert_eq!(tree.picture_of("B/1.mp3"), None);
        let disc = tree.walk("A/CD1");
        let Found::Sound(sound) = &disc[0] else { panic!("{disc:?}") };
        assert!(sound.picture.as_ref().unwrap().place.ends_with("A/Cover.JPG"));
    }

    #[test]
    fn a_picture_that_changes_changes_its_stamp() {
        let tree = Tree::new(&["1.mp3", "cover.jpg"]);
        let stamp = |tree: &Tree| match &tree.walk("")[0] {
            Found::Sound(sound) => sound.picture.as_ref().unwrap().stamp,
            other => panic!("{other:?}"),
        };
        let before = stamp(&tree);
        assert_eq!(stamp(&tree), before);
        fs::write(tree.root().join("cover.jpg"), "another").unwrap();
        assert_ne!(stamp(&tree), before);
    }

    #[test]
    fn a_folder_that_is_gone_is_empty() {
        assert_eq!(Tree::new(&[]).walk("gone"), []);
    }
}
