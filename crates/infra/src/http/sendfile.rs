//! Parts of files that the kernel sends by itself, without a copy in this process (sendfile(2)).
//!
//! hyper takes bodies as bytes in memory and writes those very bytes, piece by piece. So a body that is a part of a
//! file hands it a *stand-in*: as many bytes of a block that nobody reads. The connection's stream knows the stand-in
//! by its address when hyper comes to write it, and has the kernel send the file instead.
//!
//! A stand-in that does not arrive as it left (because something between copied, dropped or reordered it) breaks the
//! connection off: nobody ever receives the block's bytes as music. So hyper has to write in vectors, as it does by
//! default and never with `pipeline_flush`.

use std::{
    collections::VecDeque,
    fs::File,
    io::{self, IoSlice},
    ops::Range,
    pin::Pin,
    sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use rustix::net::{SendAncillaryBuffer, SendFlags};
use tokio::{
    io::{AsyncRead, AsyncWrite, Interest, ReadBuf},
    net::TcpStream,
};

/// The stand-ins of a connection begin at so many different addresses, one after the other.
const ADDRESSES: usize = 64 * 1024;

/// [`Sendfile::LONGEST`] as a length.
const MOST: usize = 256 * 1024;

/// Never read nor written, so no memory stands behind it.
static BLOCK: LazyLock<Box<[u8]>> = LazyLock::new(|| vec![0; MOST + ADDRESSES].into());

/// What is to be sent of files on one connection. Cheap to clone; the server puts it among the extensions of each
/// request of the connection.
#[derive(Debug, Clone, Default)]
pub struct Sendfile(Arc<Mutex<Outgoing>>);

#[derive(Debug, Default)]
struct Outgoing {
    parts: VecDeque<Part>,
    /// Counts the stand-ins.
    made: usize,
}

#[derive(Debug)]
struct Part {
    file: Arc<File>,
    at: u64,
    /// What is not sent yet, as hyper will show it.
    left: &'static [u8],
}

impl Sendfile {
    /// The longest part of a file that is sent at a time, in bytes.
    pub const LONGEST: u64 = MOST as u64;

    /// What stands for the first bytes of `range` of `file`, at most [`Sendfile::LONGEST`] of them. It goes into the
    /// answer that is being written, at once and unchanged.
    pub fn stand_in(&self, file: &Arc<File>, range: Range<u64>) -> Bytes {
        let length = usize::try_from(range.end - range.start).map_or(MOST, |n| n.min(MOST));
        let mut outgoing = self.outgoing();
        let address = outgoing.made % ADDRESSES;
        outgoing.made = outgoing.made.wrapping_add(1);
        let left = &BLOCK[address..address + length];
        outgoing.parts.push_back(Part { file: Arc::clone(file), at: range.start, left });
        Bytes::from_static(left)
    }

    fn outgoing(&self) -> MutexGuard<'_, Outgoing> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A TCP connection that sends what stands behind stand-ins.
#[derive(Debug)]
pub struct SendfileStream {
    socket: TcpStream,
    sendfile: Sendfile,
}

impl SendfileStream {
    /// The connection of `socket`.
    pub fn new(socket: TcpStream) -> Self {
        Self { socket, sendfile: Sendfile::default() }
    }

    /// What bodies on this connection make their stand-ins with.
    pub fn sendfile(&self) -> Sendfile {
        self.sendfile.clone()
    }
}

/// Runs `send` as soon as `socket` takes something.
fn poll_with<T>(
    socket: &TcpStream,
    context: &mut Context<'_>,
    mut send: impl FnMut() -> io::Result<T>,
) -> Poll<io::Result<T>> {
    loop {
        ready!(socket.poll_write_ready(context))?;
        match socket.try_io(Interest::WRITABLE, &mut send) {
            Err(e) if e.kind() == io::ErrorKind::WouldBlock => {}
            sent => return Poll::Ready(sent),
        }
    }
}

impl AsyncWrite for SendfileStream {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(context, &[IoSlice::new(bytes)])
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let Self { socket, sendfile } = self.get_mut();
        let mut outgoing = sendfile.outgoing();
        let Some(part) = outgoing.parts.front_mut() else {
            return Pin::new(socket).poll_write_vectored(context, slices);
        };
        let Some(place) = slices.iter().position(|slice| std::ptr::eq::<[u8]>(&**slice, part.left)) else {
            return Poll::Ready(Err(io::Error::other("a part of a file was lost on its way to the connection")));
        };
        let before = &slices[..place];
        if before.iter().any(|slice| !slice.is_empty()) {
            // The head of the answer, which travels with what follows.
            let flags = SendFlags::MORE | SendFlags::NOSIGNAL;
            let mut ancillary = SendAncillaryBuffer::default();
            return poll_with(socket, context, || {
                Ok(rustix::net::sendmsg(&*socket, before, &mut ancillary, flags)?)
            });
        }
        let sent = ready!(poll_with(socket, context, || {
            let mut at = part.at;
            Ok(rustix::fs::sendfile(&*socket, &part.file, Some(&mut at), part.left.len())?)
        }))?;
        if sent == 0 {
            return Poll::Ready(Err(io::ErrorKind::UnexpectedEof.into()));
        }
        part.at += u64::try_from(sent).unwrap_or(0);
        part.left = &part.left[sent..];
        if part.left.is_empty() {
            outgoing.parts.pop_front();
        }
        Poll::Ready(Ok(sent))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(context)
    }
}

impl AsyncRead for SendfileStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_read(context, buffer)
    }
}
