//! Files that are not kept yet. While somebody works on one it is locked; whoever drops it removes it. What a killed
//! process left has no lock any more, and that is how [`sweep`] tells it from what is in use, even by another process.

use std::{
    fs::{self, File, OpenOptions},
    io,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use uuid::Uuid;

/// How the names of these files end.
const SUFFIX: &str = "part";

/// A file that is gone when this is dropped, unless it was moved away.
#[derive(Debug)]
pub(crate) struct TempFile {
    path: PathBuf,
    file: File,
}

impl TempFile {
    /// An empty file in `folder`, which must be there.
    pub(super) fn create(folder: &Path, id: Uuid) -> io::Result<Self> {
        let path = folder.join(format!("{id}.{SUFFIX}"));
        let file = OpenOptions::new().read(true).write(true).create_new(true).open(&path)?;
        let temp = Self { path, file };
        // A sweep that met the file before it was locked has taken it for an abandoned one.
        if temp.file.try_lock().is_err() || temp.file.metadata()?.nlink() == 0 {
            return Err(io::Error::new(io::ErrorKind::Interrupted, "swept away while it was made"));
        }
        Ok(temp)
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

impl io::Write for TempFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for TempFile {
    fn drop(&mut self) {
        match fs::remove_file(&self.path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                tracing::warn!(path = %self.path.display(), %error, "a temporary file stays until the next sweep");
            }
            _ => {}
        }
    }
}

/// Removes what nobody works on any more in `folder`; answers how much that was.
pub(super) fn sweep(folder: &Path) -> io::Result<usize> {
    let mut swept = 0;
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_none_or(|extension| extension != SUFFIX) {
            continue;
        }
        // One that vanishes meanwhile was somebody's, and is done.
        let Ok(file) = File::open(&path) else { continue };
        if file.try_lock().is_ok() && fs::remove_file(&path).is_ok() {
            swept += 1;
        }
    }
    Ok(swept)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn id(n: u128) -> Uuid {
        Uuid::from_u128(n)
    }

    #[test]
    fn a_dropped_file_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        let mut temp = TempFile::create(folder.path(), id(1)).unwrap();
        temp.write_all(b"music").unwrap();
        assert_eq!(fs::read(temp.path()).unwrap(), b"music");
        assert!(TempFile::create(folder.path(), id(1)).is_err(), "never somebody else's file");
        let path = temp.path().to_owned();
        drop(temp);
        assert!(!path.exists());
    }

    #[test]
    fn a_sweep_takes_what_is_abandoned_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let used = TempFile::create(folder.path(), id(1)).unwrap();
        let moved = TempFile::create(folder.path(), id(2)).unwrap();
        fs::rename(moved.path(), folder.path().join("kept")).unwrap();
        drop(moved);
        fs::write(folder.path().join("abandoned.part"), b"x").unwrap();
        fs::create_dir(folder.path().join("cut")).unwrap();
        assert_eq!(sweep(folder.path()).unwrap(), 1);
        assert!(used.path().exists());
        let mut left: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
        left.sort();
        assert_eq!(left, [used.path().file_name().unwrap(), "cut".as_ref(), "kept".as_ref()]);
    }
}
