//! Room on the disk for what people send. What those who are sending were promised is added up in this process and looked
//! at together with what is free, so that however many send at a time, the rest stays for everything else: the database
//! is often on the same disk, and must go on.

use std::{
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

/// Bytes that nothing that is sent may take.
const RESERVE: u64 = 64 << 20;
/// With fewer bytes than this the service cannot be trusted to go on. Sending alone never leads here.
const LEAST: u64 = RESERVE / 4;

/// What is promised, in bytes. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Room(Arc<Mutex<u64>>);

impl Room {
    /// Promises room for `size` bytes in `folder`, until they are written or the promise is dropped.
    ///
    /// # Errors
    /// [`io::ErrorKind::StorageFull`] when there is not so much, and when the disk cannot be asked.
    pub fn promise(&self, folder: &Path, size: u64) -> io::Result<Promise> {
        let mut promise = Promise { room: self.clone(), folder: folder.to_owned(), left: 0 };
        promise.ask(size)?;
        Ok(promise)
    }
}

/// Whether the disk of `folder` is so full that the service cannot go on.
///
/// # Errors
/// When the disk cannot be asked.
pub fn is_full(folder: &Path) -> io::Result<bool> {
    Ok(free(folder)? < LEAST)
}

fn free(folder: &Path) -> io::Result<u64> {
    let disk = rustix::fs::statvfs(folder)?;
    Ok(disk.f_bavail.saturating_mul(disk.f_frsize))
}

/// Room that is kept for one who sends.
#[derive(Debug)]
pub struct Promise {
    room: Room,
    folder: PathBuf,
    left: u64,
}

impl Promise {
    /// Has `write` write `size` bytes, if there is room for them: within what was promised, or else besides.
    ///
    /// # Errors
    /// As [`Room::promise`], and what `write` says.
    pub fn spend(&mut self, size: u64, write: impl FnOnce() -> io::Result<()>) -> io::Result<()> {
        self.ask(size.saturating_sub(self.left))?;
        write()?;
        self.give_back(size);
        Ok(())
    }

    /// Makes the promise larger by `more`. What others wrote meanwhile counts even if it is not.
    fn ask(&mut self, more: u64) -> io::Result<()> {
        let mut promised = self.room.0.lock().unwrap_or_else(PoisonError::into_inner);
        if free(&self.folder)? < RESERVE.saturating_add(*promised).saturating_add(more) {
            return Err(io::ErrorKind::StorageFull.into());
        }
        *promised += more;
        self.left += more;
        Ok(())
    }

    fn give_back(&mut self, size: u64) {
        let mut promised = self.room.0.lock().unwrap_or_else(PoisonError::into_inner);
        *promised = promised.saturating_sub(size);
        self.left = self.left.saturating_sub(size);
    }
}

impl Drop for Promise {
    fn drop(&mut self) {
        self.give_back(self.left);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_promised_is_nobody_elses() {
        let folder = tempfile::tempdir().unwrap();
        let (room, free) = (Room::default(), free(folder.path()).unwrap());
        // Others write to this disk while the test runs.
        let share = (free - RESERVE) / 3;
        let first = room.promise(folder.path(), share).unwrap();
        let mut second = room.promise(folder.path(), share).unwrap();
        let none = |size| room.promise(folder.path(), size).unwrap_err().kind();
        assert_eq!(none(share * 2), io::ErrorKind::StorageFull);
        assert_eq!(none(u64::MAX), io::ErrorKind::StorageFull);
        second.spend(share, || Ok(())).unwrap();
        assert_eq!(*room.0.lock().unwrap(), share, "what is written is the disk's to tell");
        assert!(second.spend(share * 3, || Ok(())).is_err());
        drop(first);
        second.spend(share / 2, || Ok(())).unwrap();
        drop(second);
        assert_eq!(*room.0.lock().unwrap(), 0);
    }
}
