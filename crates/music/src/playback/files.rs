//! The open files behind tracks and previews, shared by everybody who hears them.

use std::{
    fs::{File, Metadata},
    os::unix::fs::MetadataExt,
    path::PathBuf,
    sync::Arc,
};

use infra::{BlobError, BlobKey, Blobs};
use kernel::Time;
use quick_cache::sync::Cache;
use rustix::{
    fs::{CWD, Mode, OFlags, ResolveFlags, open, openat2},
    io::Errno,
};

/// Files kept open at most.
const OPEN: usize = 512;

/// Where a file lies.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Place {
    /// In the object store.
    Blob(BlobKey),
    /// Somewhere on this machine, at an absolute path. Not ours: it may change at any time.
    File(PathBuf),
}

/// A file as the database knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Known {
    /// Where it lies.
    pub place: Place,
    /// Its size in bytes.
    pub size: u64,
    /// When it was last changed.
    pub modified: Time,
}

/// Why a file cannot be read now.
#[derive(Debug, thiserror::Error)]
pub(super) enum FileError {
    /// It is not there, or it is another one than the database knows.
    #[error("{0}")]
    Gone(String),
    /// The system says something else.
    #[error("{0}")]
    Io(String),
}

/// A file that was opened as the one that the database knows.
#[derive(Debug)]
pub(super) struct Opened {
    file: File,
    known: Known,
}

impl Opened {
    /// The bytes.
    pub(super) fn file(&self) -> &File {
        &self.file
    }

    /// Whether it is still the file that was opened: not replaced, cut short or written to. What was read before
    /// this said so is right.
    pub(super) fn check(&self) -> Result<(), FileError> {
        let now = self.file.metadata().map_err(|e| FileError::Io(e.to_string()))?;
        match self.known.differs(&now) {
            Some(how) => Err(FileError::Gone(format!("{:?} {how}", self.known.place))),
            None => Ok(()),
        }
    }
}

/// The files that are open. Each is looked at again before every use.
pub(super) struct Files {
    blobs: Blobs,
    open: Cache<Place, Arc<Opened>>,
}

impl Files {
    /// None open yet; blobs come from `blobs`.
    pub(super) fn new(blobs: Blobs) -> Self {
        Self { blobs, open: Cache::new(OPEN) }
    }

    /// The file `known`, if it is still the one that the database knows.
    pub(super) async fn open(&self, known: &Known) -> Result<Arc<Opened>, FileError> {
        if let Some(opened) = self.open.get(&known.place)
            && opened.file.metadata().is_ok_and(|now| now.nlink() > 0 && known.differs(&now).is_none())
            && opened.known == *known
        {
            return Ok(opened);
        }
        self.open.remove(&known.place);
        let (blobs, wanted) = (self.blobs.clone(), known.clone());
        let opening = tokio::task::spawn_blocking(move || wanted.open(&blobs)).await;
        let opened = Arc::new(opening.map_err(|e| FileError::Io(e.to_string()))??);
        self.open.insert(known.place.clone(), Arc::clone(&opened));
        Ok(opened)
    }
}

impl Known {
    fn open(self, blobs: &Blobs) -> Result<Opened, FileError> {
        let file = match &self.place {
            Place::Blob(key) => blobs.open(key).map_err(|e| match e {
                BlobError::Missing(_) => FileError::Gone(e.to_string()),
                e => FileError::Io(e.to_string()),
            }),
            Place::File(path) => {
                // A pipe that took the file's place must not make us wait for its other end, and a link that took
                // the place of the file or of a folder above it must not lead us elsewhere: imports follow none.
                let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK;
                let opened = match openat2(CWD, path, flags, Mode::empty(), ResolveFlags::NO_SYMLINKS) {
                    // An old kernel, or a container that knows no such call.
                    Err(Errno::NOSYS | Errno::PERM) => open(path, flags | OFlags::NOFOLLOW, Mode::empty()),
                    opened => opened,
                };
                opened.map(File::from).map_err(|e| {
                    let text = format!("{}: {e}", path.display());
                    match e {
                        Errno::NOENT | Errno::ACCESS | Errno::PERM | Errno::LOOP => FileError::Gone(text),
                        _ => FileError::Io(text),
                    }
                })
            }
        }?;
        let opened = Opened { file, known: self };
        opened.check()?;
        Ok(opened)
    }

    /// In what way a file is not this one, if it is not.
    fn differs(&self, now: &Metadata) -> Option<&'static str> {
        let modified = now.mtime().saturating_mul(1_000_000).saturating_add(now.mtime_nsec() / 1000);
        match self.place {
            _ if !now.is_file() => Some("is no file"),
            _ if now.len() != self.size => Some("has another size"),
            // Blobs are never changed, and their files are as old as the copy.
            Place::File(_) if modified != self.modified.micros() => Some("was changed"),
            _ => None,
        }
    }
}

#[cfg(test)]
impl Opened {
    /// The file at `path` as it is now.
    pub(super) fn of(path: &std::path::Path) -> Arc<Self> {
        Arc::new(tests::known(path).open(&Blobs::memory()).unwrap())
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use super::*;

    pub(super) fn known(path: &Path) -> Known {
        let now = fs::metadata(path).unwrap();
        let modified = now.modified().unwrap().duration_since(std::time::UNIX_EPOCH).unwrap();
        Known {
            place: Place::File(path.to_owned()),
            size: now.len(),
            modified: Time::from_micros(0).plus(modified),
        }
    }

    #[tokio::test]
    async fn a_file_is_opened_once_and_shared() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.flac");
        fs::write(&path, b"music").unwrap();
        let (files, known) = (Files::new(Blobs::memory()), known(&path));
        let one = files.open(&known).await.unwrap();
        assert!(Arc::ptr_eq(&one, &files.open(&known).await.unwrap()));
        // A file that moved within its disk is the same file.
        fs::rename(&path, folder.path().join("b.flac")).unwrap();
        assert!(Arc::ptr_eq(&one, &files.open(&known).await.unwrap()));
    }

    #[tokio::test]
    async fn what_vanished_or_changed_is_not_served() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.flac");
        let files = Files::new(Blobs::memory());
        let change: [&dyn Fn(); 4] = [
            &|| fs::remove_file(&path).unwrap(),
            &|| fs::write(&path, b"noise").unwrap(),
            &|| fs::write(&path, b"longer").unwrap(),
            &|| {
                fs::remove_file(&path).unwrap();
                rustix::fs::mknodat(rustix::fs::CWD, &path, rustix::fs::FileType::Fifo, 0o600.into(), 0)
                    .unwrap();
            },
        ];
        for change in change {
            let _ = fs::remove_file(&path);
            fs::write(&path, b"music").unwrap();
            let old = File::open(&path).unwrap();
            old.set_modified(std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_000_000)).unwrap();
            let known = known(&path);
            files.open(&known).await.unwrap();
            change();
            assert!(matches!(files.open(&known).await, Err(FileError::Gone(_))));
        }
    }

    #[tokio::test]
    async fn blobs_are_known_by_key_and_size() {
        let blobs = Blobs::memory();
        let key = BlobKey::new("audio/1").unwrap();
        blobs.put(&key, bytes::Bytes::from_static(b"music")).unwrap();
        let files = Files::new(blobs);
        let known = Known { place: Place::Blob(key), size: 5, modified: Time::from_micros(7) };
        assert!(files.open(&known).await.is_ok_and(|opened| opened.file().metadata().unwrap().len() == 5));
        assert!(matches!(files.open(&Known { size: 6, ..known.clone() }).await, Err(FileError::Gone(_))));
        let other = Known { place: Place::Blob(BlobKey::new("audio/2").unwrap()), ..known };
        assert!(matches!(files.open(&other).await, Err(FileError::Gone(_))));
    }
}
