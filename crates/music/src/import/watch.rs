//! Following the changes in a folder.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher, event::AccessKind, event::AccessMode};
use tokio::sync::mpsc;

use super::{ImportError, folders::album_folder};
use infra::place;

/// Changes are looked at when there were none for so long, …
const QUIET: Duration = Duration::from_secs(2);
/// … or when the first of them is so old: a long copy shows up while it goes on.
const LONGEST: Duration = Duration::from_secs(15);
/// Events that wait to be taken; when there are more, everything is looked at.
const EVENTS: usize = 4_096;
/// Folders that are looked at one by one; when there are more, everything is looked at.
const FOLDERS: usize = 64;

/// Tells which folders changed.
pub(super) struct Watch {
    root: PathBuf,
    events: mpsc::Receiver<PathBuf>,
    /// Whether events were lost.
    missed: Arc<AtomicBool>,
    _watcher: RecommendedWatcher,
}

impl Watch {
    /// Watches `root` and everything below it from now on.
    pub(super) fn of(root: &Path) -> Result<Self, ImportError> {
        let (sender, events) = mpsc::channel(EVENTS);
        let missed = Arc::new(AtomicBool::new(false));
        let lost = Arc::clone(&missed);
        let note = move |event: notify::Result<notify::Event>| {
            let paths = match event {
                Ok(event) if event.need_rescan() => {
                    lost.store(true, Ordering::Relaxed);
                    Vec::new()
                }
                Ok(event) if is_change(event.kind) => event.paths,
                Ok(_) => return,
                Err(_) => {
                    lost.store(true, Ordering::Relaxed);
                    Vec::new()
                }
            };
            // An empty path wakes whoever waits.
            for path in paths.into_iter().chain([PathBuf::new()]) {
                if sender.try_send(path).is_err() {
                    lost.store(true, Ordering::Relaxed);
                }
            }
        };
        let fail = |e: notify::Error| {
            ImportError::Watch(match e.kind {
                notify::ErrorKind::MaxFilesWatch => {
                    "there are more folders than fs.inotify.max_user_watches allows".into()
                }
                _ => e.to_string(),
            })
        };
        let mut watcher = notify::recommended_watcher(note).map_err(fail)?;
        watcher.watch(root, RecursiveMode::Recursive).map_err(fail)?;
        Ok(Self { root: root.to_owned(), events, missed, _watcher: watcher })
    }

    /// The folders that changed since the last call, once it is quiet again; none lies below another.
    pub(super) async fn next(&mut self) -> Vec<PathBuf> {
        let mut touched = BTreeSet::new();
        while touched.is_empty() && !self.missed.load(Ordering::Relaxed) {
            match self.events.recv().await {
                Some(path) => self.touch(&mut touched, &path),
                None => std::future::pending().await,
            }
        }
        let collect = async {
            while let Ok(Some(path)) = tokio::time::timeout(QUIET, self.events.recv()).await {
                if touched.len() <= FOLDERS {
                    touched.extend(folder_of(&self.root, &path));
                }
            }
        };
        // Whatever comes after that is for the next time.
        let _ = tokio::time::timeout(LONGEST, collect).await;
        if self.missed.swap(false, Ordering::Relaxed) || touched.len() > FOLDERS {
            return vec![self.root.clone()];
        }
        outermost(touched)
    }

    /// Has everything looked at the next time.
    pub(super) fn look_at_all(&self) {
        self.missed.store(true, Ordering::Relaxed);
    }

    fn touch(&self, touched: &mut BTreeSet<PathBuf>, path: &Path) {
        touched.extend(folder_of(&self.root, path));
    }
}

/// Whether something is different afterwards. Reading, our own too, changes nothing.
fn is_change(kind: EventKind) -> bool {
    match kind {
        EventKind::Access(access) => access == AccessKind::Close(AccessMode::Write),
        _ => true,
    }
}

/// The folder to look at because of `path`: the one that it lies in, or the whole album if that is a disc.
fn folder_of(root: &Path, path: &Path) -> Option<PathBuf> {
    let folder = if path == root { root } else { path.parent()? };
    if !folder.starts_with(root) {
        return None;
    }
    let (album, disc) = album_folder_of(folder);
    Some(if disc && album.starts_with(root) { album } else { folder.to_owned() })
}

fn album_folder_of(folder: &Path) -> (PathBuf, bool) {
    let text = place::text(folder);
    let (_, disc) = album_folder(&text);
    match folder.parent() {
        Some(above) if disc.is_some() => (above.to_owned(), true),
        _ => (folder.to_owned(), false),
    }
}

/// Those that lie below no other.
fn outermost(folders: BTreeSet<PathBuf>) -> Vec<PathBuf> {
    let mut outermost: Vec<PathBuf> = Vec::new();
    // A folder comes before what is below it.
    for folder in folders {
        if !outermost.last().is_some_and(|last| folder.starts_with(last)) {
            outermost.push(folder);
        }
    }
    outermost
}
