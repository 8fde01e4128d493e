//! What a stranger sends, on its way to a temporary file: measured, hashed, and stopped before the disk is full.

use std::{
    io::{self, Write},
    path::Path,
};

use axum::body::Bytes;
use sha2::{Digest, Sha256};

use super::{UploadError, temp::TempFile};

/// Room that uploads leave on the disk, in bytes: the database is often on the same one, and must go on.
const RESERVE: u64 = 64 << 20;
/// Bytes between two looks at the disk.
const LOOK: u64 = 8 << 20;
/// Bytes that are written at a time.
const PIECE: usize = 256 << 10;

/// Refuses if the disk of `folder` has no room for `size` bytes more.
pub(super) fn check_room(folder: &Path, size: u64) -> Result<(), UploadError> {
    let disk = rustix::fs::statvfs(folder).map_err(io::Error::from)?;
    let free = disk.f_bavail.saturating_mul(disk.f_frsize);
    if free < size.saturating_add(RESERVE) { Err(UploadError::NoRoom) } else { Ok(()) }
}

/// A whole file as it came.
#[derive(Debug)]
pub(super) struct Arrived {
    /// The file, which goes away with this.
    pub(super) temp: TempFile,
    /// Its size in bytes.
    pub(super) size: u64,
    /// The SHA-256 of its bytes.
    pub(super) hash: [u8; 32],
}

/// Takes a file piece by piece. Dropped unfinished, it leaves nothing.
pub(super) struct Sink {
    // Away while a piece is written; dropped by that thread if nobody waits any more.
    open: Option<Open>,
    waiting: Vec<Bytes>,
    held: usize,
    limit: u64,
    size: u64,
}

struct Open {
    temp: TempFile,
    hash: Sha256,
    unlooked: u64,
}

impl Sink {
    /// Takes up to `limit` bytes into `temp`.
    pub(super) fn new(temp: TempFile, limit: u64) -> Self {
        let open = Some(Open { temp, hash: Sha256::new(), unlooked: 0 });
        Self { open, waiting: Vec::new(), held: 0, limit, size: 0 }
    }

    /// Takes the next bytes.
    pub(super) async fn put(&mut self, bytes: Bytes) -> Result<(), UploadError> {
        self.size += u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        if self.size > self.limit {
            return Err(UploadError::TooLarge { mib: self.limit >> 20 });
        }
        self.held += bytes.len();
        self.waiting.push(bytes);
        if self.held >= PIECE { self.write().await } else { Ok(()) }
    }

    async fn write(&mut self) -> Result<(), UploadError> {
        self.held = 0;
        let pieces = std::mem::take(&mut self.waiting);
        let mut open = self.open.take().ok_or(UploadError::Interrupted)?;
        let written = tokio::task::spawn_blocking(move || open.write(&pieces).map(|()| open)).await;
        self.open = Some(written.map_err(|_| UploadError::Interrupted)??);
        Ok(())
    }

    /// Everything has come.
    pub(super) async fn finish(mut self) -> Result<Arrived, UploadError> {
        self.write().await?;
        let Open { temp, hash, .. } = self.open.ok_or(UploadError::Interrupted)?;
        Ok(Arrived { temp, size: self.size, hash: hash.finalize().into() })
    }
}

impl Open {
    fn write(&mut self, pieces: &[Bytes]) -> Result<(), UploadError> {
        for piece in pieces {
            self.hash.update(piece);
            self.temp.write_all(piece)?;
            self.unlooked += u64::try_from(piece.len()).unwrap_or(u64::MAX);
        }
        if self.unlooked >= LOOK {
            self.unlooked = 0;
            let folder = self.temp.path().parent().unwrap_or(Path::new("."));
            check_room(folder, 0)?;
        }
        Ok(())
    }
}
