//! Bytes of a file on their way to a connection.
//!
//! A piece that lies in the page cache is read right where the connection asks for it: that costs less than handing
//! it to another thread. A piece that the disk must fetch is read on a thread that may wait. Pieces are large, so that
//! a range is one read and one write; and since a reader that stalls keeps the piece it has not taken, pieces shrink as
//! the bytes in flight near their budget, down to [`SMALL`], which every reader gets always.
//!
//! Before each piece goes out it is asked whether it may: a body breaks off before what it may not have, and a patient one
//! waits for what it may not have yet.

use std::{
    io::{self, IoSliceMut},
    ops::Range,
    os::unix::fs::FileExt,
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use rustix::io::{Errno, ReadWriteFlags};
use tokio::{task::JoinHandle, time::Sleep};

use super::{files::Opened, policy::Delivery};

/// The sizes of pieces, in bytes.
const SIZES: [usize; 3] = [SMALL, 64 * 1024, 256 * 1024];
/// The smallest piece.
const SMALL: usize = 16 * 1024;
/// A piece of a size is given out while there is room for so many of them.
const ROOM: usize = 64;
/// Unused buffers of each size that are kept; the last one put back is still in the processor's cache.
const KEPT: usize = 8;
/// How long a patient body waits before it asks again, and how often in a row: for half a minute.
const LOOK: Duration = Duration::from_millis(500);
const LOOKS: u32 = 60;

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
    fn fill_cached(&mut self, from: &Opened, at: u64) -> io::Result<Option<()>> {
        let wanted = &mut self.bytes[..self.filled];
        match rustix::io::preadv2(from.file(), &mut [IoSliceMut::new(wanted)], at, ReadWriteFlags::NOWAIT) {
            Ok(0) => Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(n) => {
                self.filled = n;
                from.check().map_err(io::Error::other)?;
                Ok(Some(()))
            }
            // Not in the cache; or the file system cannot tell.
            Err(Errno::AGAIN | Errno::OPNOTSUPP | Errno::NOSYS | Errno::INTR) => Ok(None),
            Err(e) => Err(e.into()),
        }
    }

    /// Fills it with what is at `at`, however long that takes.
    fn fill(mut self, from: &Opened, at: u64) -> io::Result<Self> {
        from.file().read_exact_at(&mut self.bytes[..self.filled], at)?;
        from.check().map_err(io::Error::other)?;
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
    from: Arc<Opened>,
    left: Range<u64>,
    buffers: Arc<Buffers>,
    /// A piece that the disk is fetching.
    fetching: Option<JoinHandle<io::Result<Buffer>>>,
    /// Is asked whether these bytes may be handed on, and takes it that they are.
    may: May,
    /// Of a body that waits for what it may not have yet.
    patience: Option<Patience>,
}

/// The last word on a piece before it is handed on.
pub(super) type May = Box<dyn Fn(Range<u64>) -> Delivery + Send>;

#[derive(Default)]
struct Patience {
    pause: Option<Pin<Box<Sleep>>>,
    /// How often the next piece was asked for.
    looks: u32,
    /// Whether the body has caught up with what is released, and goes on in small pieces.
    is_slow: bool,
}

impl FileBody {
    /// The bytes `range` of a file, which must have them. A file that changes meanwhile breaks the body off.
    /// Before a piece that it may not have it breaks off as well.
    pub(super) fn new(from: Arc<Opened>, range: Range<u64>, buffers: Arc<Buffers>, may: May) -> Self {
        Self { from, left: range, buffers, fetching: None, may, patience: None }
    }

    /// The same, which waits before a piece that it may not have yet.
    pub(super) fn patient(self) -> Self {
        Self { patience: Some(Patience::default()), ..self }
    }

    /// The next piece; `None` after the last.
    fn poll_piece(&mut self, context: &mut Context<'_>) -> Poll<Option<io::Result<Buffer>>> {
        if let Some(fetching) = &mut self.fetching {
            let fetched = ready!(Pin::new(fetching).poll(context));
            self.fetching = None;
            return Poll::Ready(Some(fetched.map_err(io::Error::other).flatten()));
        }
        if self.left.is_empty() {
            return Poll::Ready(None);
        }
        let at = self.left.start;
        let is_slow = self.patience.as_ref().is_some_and(|patience| patience.is_slow);
        let most = if is_slow { SMALL.try_into().unwrap_or(u64::MAX) } else { u64::MAX };
        let mut buffer = self.buffers.take(most.min(self.left.end - at));
        match buffer.fill_cached(&self.from, at) {
            Ok(Some(())) => Poll::Ready(Some(Ok(buffer))),
            Ok(None) => {
                let from = Arc::clone(&self.from);
                self.fetching = Some(tokio::task::spawn_blocking(move || buffer.fill(&from, at)));
                self.poll_piece(context)
            }
            Err(e) => Poll::Ready(Some(Err(e))),
        }
    }

    /// Hands a piece on; nothing, if it may come later and the body waits for it.
    fn hand_on(&mut self, buffer: Buffer) -> io::Result<Option<Frame<Bytes>>> {
        let bytes = Bytes::from_owner(buffer);
        let n = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        let piece = self.left.start..self.left.start.saturating_add(n).min(self.left.end);
        match ((self.may)(piece.clone()), &mut self.patience) {
            (Delivery::Sent, patience) => {
                if let Some(patience) = patience {
                    patience.looks = 0;
                }
                self.left.start = piece.end;
                Ok(Some(Frame::data(bytes)))
            }
            (Delivery::Later, Some(patience)) if patience.looks < LOOKS => {
                *patience = Patience {
                    pause: Some(Box::pin(tokio::time::sleep(LOOK))),
                    looks: patience.looks + 1,
                    is_slow: true,
                };
                Ok(None)
            }
            (Delivery::Later | Delivery::Over, _) => Err(io::ErrorKind::PermissionDenied.into()),
        }
    }

    /// Until a patient body asks again.
    fn poll_pause(&mut self, context: &mut Context<'_>) -> Poll<()> {
        if let Some(patience) = &mut self.patience
            && let Some(pause) = &mut patience.pause
        {
            ready!(pause.as_mut().poll(context));
            patience.pause = None;
        }
        Poll::Ready(())
    }
}

impl Body for FileBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        loop {
            ready!(self.poll_pause(context));
            let Some(piece) = ready!(self.poll_piece(context)) else { return Poll::Ready(None) };
            if let Err(error) = &piece {
                // The answer has begun, so all that is left is to end it too early.
                tracing::warn!(%error, at = self.left.start, "a sound file broke off under its listener");
            }
            if let Some(frame) = piece.and_then(|buffer| self.hand_on(buffer)).transpose() {
                return Poll::Ready(Some(frame));
            }
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
    use tempfile::NamedTempFile;

    use super::*;

    /// A file of `bytes`, and what holds its name.
    fn file(bytes: &[u8]) -> (NamedTempFile, Arc<Opened>) {
        let mut file = NamedTempFile::new().unwrap();
        file.write_all(bytes).unwrap();
        // Long ago, so that whoever writes to it now changes the time.
        file.as_file().set_modified(std::time::UNIX_EPOCH).unwrap();
        let opened = Opened::of(file.path());
        (file, opened)
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
            let note = { let handed = Arc::clone(&handed); move |range| { handed.lock().unwrap().push(range); Delivery::Sent } };
            let buffers = Arc::new(Buffers::new(budget));
            let range = u64::try_from(from).unwrap()..u64::try_from(to).unwrap();
            let (_name, source) = file(&bytes);
            let body = FileBody::new(source, range.clone(), Arc::clone(&buffers), Box::new(note));
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
    fn a_body_breaks_off_before_a_piece_that_it_may_not_have() {
        let (bytes, buffers) = (noise(1_000_000), Arc::new(Buffers::new(64 << 20)));
        let (_name, from) = file(&bytes);
        let may = |piece: Range<u64>| if piece.start < 500_000 { Delivery::Sent } else { Delivery::Later };
        let mut body = FileBody::new(from, 0..1_000_000, Arc::clone(&buffers), Box::new(may));
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let mut had = Vec::new();
        let error = loop {
            match runtime.block_on(body.frame()).unwrap() {
                Ok(frame) => had.extend_from_slice(&frame.into_data().unwrap()),
                Err(error) => break error,
            }
        };
        assert_eq!((error.kind(), &had[..]), (io::ErrorKind::PermissionDenied, &bytes[..2 * SIZES[2]]));
        drop(body);
        assert_eq!(buffers.in_flight(), 0);
    }

    #[tokio::test(start_paused = true)]
    #[expect(clippy::disallowed_methods, reason = "the clock that its pauses go by")]
    async fn a_patient_body_waits_for_what_it_may_not_have_yet_and_not_for_ever() {
        let (bytes, buffers) = (noise(1_000_000), Arc::new(Buffers::new(64 << 20)));
        let (_name, from) = file(&bytes);
        // A hundred thousand bytes come free with each second, until there are seven of them.
        let begun = tokio::time::Instant::now();
        let may = move |piece: Range<u64>| {
            let free = 100_000 * begun.elapsed().as_secs().min(7);
            if piece.end <= free { Delivery::Sent } else { Delivery::Later }
        };
        let body = FileBody::new(from, 0..1_000_000, Arc::clone(&buffers), Box::new(may));
        let mut body = body.patient();
        let mut had = Vec::new();
        let error = loop {
            match body.frame().await.unwrap() {
                Ok(frame) => had.extend_from_slice(&frame.into_data().unwrap()),
                Err(error) => break error,
            }
        };
        assert_eq!(error.kind(), io::ErrorKind::PermissionDenied);
        assert_eq!(had, bytes[..700_000 / SMALL * SMALL]);
        assert_eq!(begun.elapsed().as_secs(), 7 + 30);
        drop(body);
        assert_eq!(buffers.in_flight(), 0);
    }

    #[test]
    fn a_file_that_was_cut_short_breaks_the_body_off() {
        let buffers = Arc::new(Buffers::new(64 << 20));
        let (_name, from) = file(&noise(1000));
        let body = FileBody::new(from, 0..2000, buffers, Box::new(|_| Delivery::Sent));
        assert!(read(body).is_err());
    }

    #[test]
    fn a_file_that_changes_under_its_listener_breaks_the_body_off() {
        let changes: [fn(&NamedTempFile); 3] = [
            |file| file.as_file().set_len(500_000).unwrap(),
            |file| file.as_file().set_len(0).unwrap(),
            // Another sound of the same length, written over it.
            |file| file.as_file().write_all_at(&noise(1_000_001)[1..], 0).unwrap(),
        ];
        for change in changes {
            let bytes = noise(1_000_000);
            let (name, from) = file(&bytes);
            let buffers = Arc::new(Buffers::new(64 << 20));
            let mut body =
                FileBody::new(from, 0..1_000_000, Arc::clone(&buffers), Box::new(|_| Delivery::Sent));
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            let mut next = || runtime.block_on(body.frame());
            let first = next().unwrap().unwrap().into_data().unwrap();
            assert_eq!(first[..], bytes[..SIZES[2]]);
            change(&name);
            assert!(next().unwrap().is_err());
        }
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
