//! What a stranger sends, on its way to a temporary file: measured, hashed, and stopped before the disk is full.

use std::io::Write;

use axum::body::Bytes;
use infra::Promise;
use sha2::{Digest, Sha256};

use super::{UploadError, temp::TempFile};

/// Bytes that are written at a time.
const PIECE: usize = 256 << 10;

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
    room: Promise,
}

impl Sink {
    /// Takes up to `limit` bytes into `temp`, which has `room` or is given it.
    pub(super) fn new(temp: TempFile, room: Promise, limit: u64) -> Self {
        let open = Some(Open { temp, hash: Sha256::new(), room });
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
        let Self { temp, hash, room } = self;
        for piece in pieces {
            hash.update(piece);
            let size = u64::try_from(piece.len()).unwrap_or(u64::MAX);
            room.spend(size, || temp.write_all(piece))?;
        }
        Ok(())
    }
}
