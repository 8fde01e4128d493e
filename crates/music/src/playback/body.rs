//! Bytes of a file on their way to a connection.
//!
//! A piece that lies in the page cache is read right where the connection asks for it: that costs less than handing
//! it to another thread. A piece that the disk must fetch is read on a thread that may wait. Pieces are large, so that
//! a range is one read and one write; and since a reader that stalls keeps the piece it has not taken, pieces shrink as
//! the bytes in flight near their budget, down to [`SMALL`], which every reader gets always.

use std::{
    fs::File,
    io::{self, IoSliceMut},
    ops::Range,
    os::unix::fs::FileExt,
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use rustix::io::{Errno, ReadWriteFlags};
use tokio::task::JoinHandle;

/// The sizes of pieces, in bytes.
const SIZES: [usize; 3] = [SMALL, 64 * 1024, 256 * 1024];
/// The smallest piece.
const SMALL: usize = 16 * 1024;
/// A piece of a size is given out while there is room for so many of them.
const ROOM: usize = 64;
/// Unused buffers of each size that are kept; the last one put back is still in the processor's cache.
const KEPT: usize = 8;

/// The buffers of all bodies together.
#[derive(Debug)]
pub(super) struct Buffers {
    budget: usize,
    in_flight: AtomicUsize,
    idle: [Mutex<Vec<Box<[u8]>>>; SIZES.len()],
}

impl Buffers {
    /// Buffers of `budget` bytes in all, and [`SMALL`] more for each body that meets it used up.
    pub(super) fn new(budget: usize) -> Self {
        Self { budget, in_flight: AtomicUsize::new(0), idle: Default::default() }
    }

    /// Bytes that are on their way now.
    pub(super) fn in_flight(&self) -> usize {
        self.in_flight.load(Ordering::Relaxed)
    }

    /// A buffer for up to `wanted` bytes; smaller when it is crowded.
    fn take(self: &Arc<Self>, wanted: u64) -> Buffer {
        let free = self.budget.saturating_sub(self.in_flight());
        let wanted = usize::try_from(wanted).unwrap_or(usize::MAX);
        let fits = SIZES.iter().position(|size| *size >= wanted).unwrap_or(SIZES.len() - 1);
        let class = (0..=fits).rev().find(|class| SIZES[*class] * ROOM <= free).unwrap_or(0);
        let size = SIZES[class];
        self.in_flight.fetch_add(size, Ordering::Relaxed);
        let idle = self.idle[class].lock().unwrap_or_else(PoisonError::into_inner).pop();
        let bytes = idle.unwrap_or_else(|| vec![0; size].into_boxed_slice());
        Buffer { bytes, filled: wanted.min(size), class, buffers: Arc::clone(self) }
    }
}

/// A buffer that goes back to where it came from.
#[derive(Debug)]
struct Buffer {
    bytes: Box<[u8]>,
    filled: usize,
    class: usize,
    buffers: Arc<Buffers>,
}

impl Buffer {
    /// Fills it with what is in the page cache at `at`, at least one byte; `None` if that must be fetched first.
    fn fill_cached(&mut self, file: &File, at: u64) -> io::Result<Option<()>> {
        let wanted = &mut self.bytes[..self.filled];
        match rustix::io::preadv2(file, &mut [IoSliceMut::new(wanted)], at, ReadWriteFlags::NOWAIT) {
            Ok(0) => Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(n) => {
                self.filled = n;
                Ok(Some(()))
            }
            // Not in the cache; or the file system cannot tell.
            Err(Errno::AGAIN | Errno::OPNOTSUPP | Errno::NOSYS | Errno::INTR) => Ok(None),
            Err(e) => Err(e.into()),
        }
    }

    /// Fills it with what is at `at`, however long that takes.
    fn fill(mut self, file: &File, at: u64) -> io::Result<Self> {
        file.read_exact_at(&mut self.bytes[..self.filled], at)?;
        Ok(self)
    }
}

impl AsRef<[u8]> for Buffer {
    fn as_ref(&self) -> &[u8] {
        &self.bytes[..self.filled]
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        self.buffers.in_flight.fetch_sub(SIZES[self.class], Ordering::Relaxed);
        let mut idle = self.buffers.idle[self.class].lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < KEPT {
            idle.push(std::mem::take(&mut self.bytes));
        }
    }
}

/// A range of a file as the body of an answer.
pub(super) struct FileBody {
    file: Arc<File>,
    left: Range<u64>,
    buffers: Arc<Buffers>,
    /// A piece that the disk is fetching.
    fetching: Option<JoinHandle<io::Result<Buffer>>>,
    /// Is told which bytes were handed on.
    handed_on: Box<dyn Fn(Range<u64>) + Send>,
}

impl FileBody {
    /// The bytes `range` of `file`, which must have them.
    pub(super) fn new(
        file: Arc<File>,
        range: Range<u64>,
        buffers: Arc<Buffers>,
        handed_on: Box<dyn Fn(Range<u64>) + Send>,
    ) -> Self {
        Self { file, left: range, buffers, fetching: None, handed_on }
    }

    fn hand_on(&mut self, buffer: Buffer) -> Frame<Bytes> {
        let bytes = Bytes::from_owner(buffer);
        let n = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        let from = self.left.start;
        self.left.start = from.saturating_add(n).min(self.left.end);
        (self.handed_on)(from..self.left.start);
        Frame::data(bytes)
    }
}

impl Body for FileBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        let this = &mut *self;
        if let Some(fetching) = &mut this.fetching {
            let fetched = ready!(Pin::new(fetching).poll(context));
            this.fetching = None;
            let fetched = fetched.map_err(io::Error::other).and_then(|buffer| buffer);
            return Poll::Ready(Some(fetched.map(|buffer| this.hand_on(buffer))));
        }
        if this.left.is_empty() {
            return Poll::Ready(None);
        }
        let at = this.left.start;
        let mut buffer = this.buffers.take(this.left.end - at);
        match buffer.fill_cached(&this.file, at) {
            Ok(Some(())) => Poll::Ready(Some(Ok(this.hand_on(buffer)))),
            Ok(None) => {
                let file = Arc::clone(&this.file);
                this.fetching = Some(tokio::task::spawn_blocking(move || buffer.fill(&file, at)));
                self.poll_frame(context)
            }
            Err(e) => Poll::Ready(Some(Err(e))),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.left.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left.end - self.left.start)
    }
}

#[cfg(test)]
mod tests {
    use std::{io::Write, sync::Mutex};

    use http_body_util::BodyExt;
    use proptest::prelude::*;

    use super::*;

    fn file(bytes: &[u8]) -> Arc<File> {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        Arc::new(file)
    }

    fn noise(n: usize) -> Vec<u8> {
        (0..n).map(|i| u8::try_from(i.wrapping_mul(2_654_435_761) >> 13 & 0xff).unwrap()).collect()
    }

    fn read(body: FileBody) -> io::Result<Bytes> {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(body.collect()).map(http_body_util::Collected::to_bytes)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn a_body_is_its_range_however_small_the_pieces(
            size in 1..1_000_000_usize,
            from in 0..1_000_usize,
            to in 0..1_000_usize,
            budget in prop::sample::select(vec![0, 5 << 20, 64 << 20]),
        ) {
            let at = |thousandths: usize| size * thousandths / 1_000;
            let (from, to) = (at(from.min(to)), at(from.max(to)));
            let (bytes, handed) = (noise(size), Arc::new(Mutex::new(Vec::new())));
            let note = { let handed = Arc::clone(&handed); move |range| handed.lock().unwrap().push(range) };
            let buffers = Arc::new(Buffers::new(budget));
            let range = u64::try_from(from).unwrap()..u64::try_from(to).unwrap();
            let body = FileBody::new(file(&bytes), range.clone(), Arc::clone(&buffers), Box::new(note));
            prop_assert_eq!(body.size_hint().exact(), Some(range.end - range.start));
            prop_assert_eq!(&read(body).unwrap()[..], &bytes[from..to]);
            // Every byte was noted once, in order, and every buffer came back.
            let handed = handed.lock().unwrap();
            prop_assert!(handed.windows(2).all(|pair| pair[0].end == pair[1].start));
            prop_assert_eq!(handed.first().map_or(range.start, |r| r.start), range.start);
            prop_assert_eq!(handed.last().map_or(range.start, |r| r.end), range.end);
            prop_assert_eq!(buffers.in_flight(), 0);
        }
    }

    #[test]
    fn a_file_that_was_cut_short_breaks_the_body_off() {
        let buffers = Arc::new(Buffers::new(64 << 20));
        let body = FileBody::new(file(&noise(1000)), 0..2000, buffers, Box::new(|_| ()));
        assert!(read(body).is_err());
    }

    #[test]
    fn pieces_shrink_while_readers_keep_them() {
        let buffers = Arc::new(Buffers::new(64 << 20));
        let held: Vec<Buffer> = (0..3000).map(|_| buffers.take(10 << 20)).collect();
        let sizes: Vec<usize> = held.iter().map(|buffer| buffer.filled).collect();
        assert_eq!(sizes[0], SIZES[2]);
        assert!(sizes.is_sorted_by(|a, b| a >= b));
        assert_eq!(sizes[2999], SMALL);
        assert!(buffers.in_flight() < (64 << 20) + 3000 * SMALL);
        assert!(buffers.in_flight() / 3000 <= 40 * 1024, "{}", buffers.in_flight() / 3000);
        drop(held);
        assert_eq!(buffers.in_flight(), 0);
        assert!(buffers.idle.iter().all(|idle| idle.lock().unwrap().len() <= KEPT));
        // A small range does not take a large buffer.
        assert_eq!(buffers.take(100).bytes.len(), SMALL);
    }
}
