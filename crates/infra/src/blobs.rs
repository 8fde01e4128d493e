//! The object store: bytes by key, in a folder or (for tests) in memory.

use std::{
    collections::HashMap,
    fmt,
    fs::File,
    io::{self, Seek, Write},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use bytes::Bytes;
use rustix::fs::{MemfdFlags, memfd_create};

/// Where a blob is kept: lower-case letters, digits, `-`, `.` and single slashes. Made by the server alone; no part
/// of a name that somebody sent ever gets into it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct BlobKey(String);

impl BlobKey {
    /// The key `text`, if it has the form of one.
    pub fn new(text: impl Into<String>) -> Option<Self> {
        let text = text.into();
        let part = |part: &str| {
            !part.is_empty()
                && !part.starts_with('.')
                && part
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'.'))
        };
        (text.len() <= 200 && text.split('/').all(part)).then_some(Self(text))
    }

    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for BlobKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why the store did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum BlobError {
    /// There is no such blob.
    #[error("no blob {0}")]
    Missing(BlobKey),
    /// The disk is full.
    #[error("no room for blob {0}")]
    Full(BlobKey),
    /// Anything else that the file system says.
    #[error("blob {key}: {source}")]
    Io { key: BlobKey, source: io::Error },
    /// The keys below a folder cannot be listed.
    #[error("blobs below {folder}: {source}")]
    List { folder: String, source: io::Error },
}

impl BlobError {
    fn of(key: &BlobKey, source: io::Error) -> Self {
        match source.kind() {
            io::ErrorKind::NotFound => Self::Missing(key.clone()),
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full(key.clone()),
            _ => Self::Io { key: key.clone(), source },
        }
    }
}

/// A store. Cheap to clone. Its calls block: use them where blocking is allowed.
#[derive(Debug, Clone)]
pub enum Blobs {
    /// Files below a folder.
    Folder(Arc<PathBuf>),
    /// Bytes in memory, gone with the process.
    Memory(Arc<Mutex<HashMap<BlobKey, Bytes>>>),
}

impl Blobs {
    /// A store in `folder`, which is made if it is not there.
    pub fn folder(folder: impl Into<PathBuf>) -> io::Result<Self> {
        let folder = folder.into();
        std::fs::create_dir_all(&folder)?;
        Ok(Self::Folder(Arc::new(folder)))
    }

    /// A store in memory.
    pub fn memory() -> Self {
        Self::Memory(Arc::default())
    }

    fn path(folder: &Path, key: &BlobKey) -> PathBuf {
        folder.join(key.as_str())
    }

    /// Keeps `bytes` under `key`, in the place of what was there. Afterwards either all of it is durable or nothing
    /// changed.
    pub fn put(&self, key: &BlobKey, bytes: Bytes) -> Result<(), BlobError> {
        match self {
            Self::Folder(folder) => {
                write_durably(&Self::path(folder, key), &bytes).map_err(|e| BlobError::of(key, e))
            }
            Self::Memory(blobs) => {
                blobs.lock().unwrap_or_else(PoisonError::into_inner).insert(key.clone(), bytes);
                Ok(())
            }
        }
    }

    /// Moves the finished file `from` into the store, by renaming where the file system allows it.
    pub fn adopt(&self, key: &BlobKey, from: &Path) -> Result<(), BlobError> {
        let io = |e| BlobError::of(key, e);
        match self {
            Self::Folder(folder) => {
                let to = Self::path(folder, key);
                make_parent(&to).map_err(io)?;
                File::open(from).and_then(|f| f.sync_all()).map_err(io)?;
                match std::fs::rename(from, &to) {
                    Err(e) if e.kind() == io::ErrorKind::CrossesDevices => {
                        write_durably(&to, &std::fs::read(from).map_err(io)?).map_err(io)?;
                        std::fs::remove_file(from).map_err(io)
                    }
                    Err(e) => Err(io(e)),
                    Ok(()) => sync_folder(&to).map_err(io),
                }
            }
            Self::Memory(_) => {
                self.put(key, std::fs::read(from).map_err(io)?.into())?;
                std::fs::remove_file(from).map_err(io)
            }
        }
    }

    /// All bytes of a blob; for those known to be small.
    pub fn get(&self, key: &BlobKey) -> Result<Bytes, BlobError> {
        match self {
            Self::Folder(folder) => {
                std::fs::read(Self::path(folder, key)).map(Bytes::from).map_err(|e| BlobError::of(key, e))
            }
            Self::Memory(blobs) => {
                let blobs = blobs.lock().unwrap_or_else(PoisonError::into_inner);
                blobs.get(key).cloned().ok_or_else(|| BlobError::Missing(key.clone()))
            }
        }
    }

    /// The file behind a blob, to be read piece by piece. Blobs in memory are written to a nameless one first.
    pub fn open(&self, key: &BlobKey) -> Result<File, BlobError> {
        let io = |e| BlobError::of(key, e);
        match self {
            Self::Folder(folder) => File::open(Self::path(folder, key)).map_err(io),
            Self::Memory(_) => {
                let bytes = self.get(key)?;
                let made = memfd_create("blob", MemfdFlags::CLOEXEC);
                let mut file = File::from(made.map_err(|e| io(e.into()))?);
                file.write_all(&bytes).map_err(io)?;
                file.rewind().map_err(io)?;
                Ok(file)
            }
        }
    }

    /// The path of a blob that lies in a folder; `None` for a store in memory.
    pub fn local_path(&self, key: &BlobKey) -> Option<PathBuf> {
        match self {
            Self::Folder(folder) => Some(Self::path(folder, key)),
            Self::Memory(_) => None,
        }
    }

    /// The keys of the blobs directly below `folder`, which is one part of a key, in no order.
    pub fn keys(&self, folder: &str) -> Result<Vec<BlobKey>, BlobError> {
        match self {
            Self::Folder(base) => {
                let failed = |source| BlobError::List { folder: folder.to_owned(), source };
                let entries = match std::fs::read_dir(base.join(folder)) {
                    Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
                    entries => entries.map_err(failed)?,
                };
                let mut keys = Vec::new();
                for entry in entries {
                    let entry = entry.map_err(failed)?;
                    // What has another name is not ours.
                    let name = entry.file_name();
                    let key = name.to_str().and_then(|name| BlobKey::new(format!("{folder}/{name}")));
                    keys.extend(key.filter(|_| entry.file_type().is_ok_and(|kind| kind.is_file())));
                }
                Ok(keys)
            }
            Self::Memory(blobs) => {
                let blobs = blobs.lock().unwrap_or_else(PoisonError::into_inner);
                let below = |key: &&BlobKey| key.0.rsplit_once('/').is_some_and(|(above, _)| above == folder);
                Ok(blobs.keys().filter(below).cloned().collect())
            }
        }
    }

    /// Removes a blob; removing one that is not there is fine.
    pub fn delete(&self, key: &BlobKey) -> Result<(), BlobError> {
        match self {
            Self::Folder(folder) => match std::fs::remove_file(Self::path(folder, key)) {
                Err(e) if e.kind() != io::ErrorKind::NotFound => Err(BlobError::of(key, e)),
                _ => Ok(()),
            },
            Self::Memory(blobs) => {
                blobs.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
                Ok(())
            }
        }
    }
}

fn make_parent(path: &Path) -> io::Result<()> {
    path.parent().map_or(Ok(()), std::fs::create_dir_all)
}

/// Makes a rename in the folder of `path` durable.
fn sync_folder(path: &Path) -> io::Result<()> {
    path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
}

fn write_durably(path: &Path, bytes: &[u8]) -> io::Result<()> {
    make_parent(path)?;
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.part", std::process::id()));
    let part = path.with_file_name(name);
    let written = (|| {
        let mut file = File::create(&part)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        std::fs::rename(&part, path)?;
        sync_folder(path)
    })();
    if written.is_err() {
        let _ = std::fs::remove_file(&part);
    }
    written
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    #[test]
    fn keys_cannot_leave_the_folder() {
        for bad in ["", "/a", "a//b", "../a", "a/..", "a/.b", "A", "a b", "a\0b", "ü", &"a".repeat(201)] {
            assert_eq!(BlobKey::new(bad), None, "{bad}");
        }
        assert!(BlobKey::new("audio/01-ab/original.flac").is_some());
    }

    #[test]
    fn both_kinds_keep_move_and_delete() {
        let folder = tempfile::tempdir().unwrap();
        for blobs in [Blobs::folder(folder.path().join("blobs")).unwrap(), Blobs::memory()] {
            let (a, b) = (BlobKey::new("x/a").unwrap(), BlobKey::new("x/b").unwrap());
            blobs.put(&a, Bytes::from_static(b"one")).unwrap();
            blobs.put(&a, Bytes::from_static(b"two")).unwrap();
            assert_eq!(blobs.get(&a).unwrap(), "two");
            let file = folder.path().join("upload");
            std::fs::write(&file, b"three").unwrap();
            blobs.adopt(&b, &file).unwrap();
            assert!(!file.exists());
            assert_eq!(io::read_to_string(blobs.open(&b).unwrap()).unwrap(), "three");
            blobs.put(&BlobKey::new("x/y/c").unwrap(), Bytes::new()).unwrap();
            let mut keys = blobs.keys("x").unwrap();
            keys.sort_by(|a, b| a.0.cmp(&b.0));
            assert_eq!(keys, [a.clone(), b]);
            assert_eq!(blobs.keys("z").unwrap(), []);
            blobs.delete(&a).unwrap();
            blobs.delete(&a).unwrap();
            assert!(matches!(blobs.get(&a), Err(BlobError::Missing(_))));
        }
    }

    #[test]
    fn one_in_memory_is_opened_by_several_at_once() {
        let (blobs, key) = (Blobs::memory(), BlobKey::new("x/a").unwrap());
        blobs.put(&key, Bytes::from_static(b"one")).unwrap();
        let read = || io::read_to_string(blobs.open(&key).unwrap()).unwrap();
        for _ in 0..200 {
            thread::scope(|scope| {
                let reading: Vec<_> = (0..4).map(|_| scope.spawn(read)).collect();
                assert!(reading.into_iter().all(|text| text.join().unwrap() == "one"));
            });
        }
    }
}
