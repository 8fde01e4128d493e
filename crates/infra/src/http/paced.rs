//! Bodies of forms in small helpings. The parser of forms takes all that is ready before it looks at it, and goes on as
//! long as it finds no boundary; so a body is made to pause, and is stopped when the parser only ever takes.

use std::{
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    task::{Context, Poll, ready},
};

use axum::{
    body::{Body, BodyDataStream, Bytes},
    extract::Request,
};
use futures_util::Stream;

/// What the parser may hold of the body without making anything of it, in bytes.
const HELD: u64 = 1 << 20;
/// What the parser is given at a time, in bytes.
const TURN: usize = 256 << 10;

/// What went into the parser and did not come out yet.
#[derive(Debug, Clone, Default)]
pub struct Meter(Arc<Figures>);

#[derive(Debug, Default)]
struct Figures {
    held: AtomicU64,
    over: AtomicBool,
}

impl Meter {
    /// Paces the body of `request`, which may have `most` bytes.
    pub fn pace(&self, request: Request, most: u64) -> Request {
        request.map(|body| {
            let (body, meter) = (body.into_data_stream(), self.clone());
            Body::from_stream(Paced { body, meter, turn: 0, total: 0, most })
        })
    }

    /// To be said whenever the parser has made something of what it took.
    pub fn came_out(&self) {
        self.0.held.store(0, Ordering::Relaxed);
    }

    /// Whether the body was larger than it may be.
    pub fn is_over(&self) -> bool {
        self.0.over.load(Ordering::Relaxed)
    }
}

struct Paced {
    body: BodyDataStream,
    meter: Meter,
    turn: usize,
    total: u64,
    most: u64,
}

impl Stream for Paced {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.turn >= TURN {
            self.turn = 0;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        let bytes = match ready!(Pin::new(&mut self.body).poll_next(context)) {
            None => return Poll::Ready(None),
            Some(Err(error)) => return Poll::Ready(Some(Err(io::Error::other(error)))),
            Some(Ok(bytes)) => bytes,
        };
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        self.turn += bytes.len();
        self.total = self.total.saturating_add(length);
        if self.total > self.most {
            self.meter.0.over.store(true, Ordering::Relaxed);
            return Poll::Ready(Some(Err(io::Error::other("too much"))));
        }
        if self.meter.0.held.fetch_add(length, Ordering::Relaxed) > HELD {
            return Poll::Ready(Some(Err(io::Error::other("no boundary"))));
        }
        Poll::Ready(Some(Ok(bytes)))
    }
}
