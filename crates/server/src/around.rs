//! What happens around every request, in one layer: axum copies all that lies below a layer for each request, so six of
//! them cost a good part of what a small answer costs.

use std::{
    any::Any,
    io,
    panic::AssertUnwindSafe,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    body::Body,
    extract::{DefaultBodyLimit, MatchedPath, Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use futures_util::FutureExt;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Version, header, uri::Authority};
use http_body::{Body as _, Frame, SizeHint};
use infra::{
    App,
    http::{ApiError, RequestId, identify, sign_off},
};
use kernel::ErrorCode;
use metrics::Label;
use tokio::time::{Instant, Sleep};

/// The largest body of a request that is not an upload, in bytes.
const BODY: usize = 256 * 1024;

/// Headers that no answer goes without.
const HEADERS: [(HeaderName, &str); 5] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "same-origin"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    ),
    (HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=()"),
];

/// Names the request, refuses one without a clear host and what another site's page made a browser send, bounds its body,
/// and sees to it that even a handler that panics answers; the answer gets the security headers, is logged and counted.
#[expect(clippy::disallowed_methods, reason = "how long a request really took, for the log alone")]
pub(crate) async fn every_request(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let start = Instant::now();
    let id = identify(&app, &mut request);
    let method = known(request.method());
    let route = request.extensions().get::<MatchedPath>().map_or("unmatched", MatchedPath::as_str).to_owned();
    let is_api = request.uri().path().starts_with("/api/v1/");
    let allowed = one_host(&request).and_then(|()| identity::guard_origin(&app.config.http, &request));
    let mut response = match allowed {
        Ok(()) => {
            DefaultBodyLimit::max(BODY).apply(&mut request);
            let answer = next.run(request.map(impatient));
            AssertUnwindSafe(answer).catch_unwind().await.unwrap_or_else(panicked)
        }
        Err(refused) => refused.into_response(),
    };
    secure(response.headers_mut(), is_api);
    observe(&response, &id, method, route, start.elapsed());
    sign_off(&app, response, &id)
}

/// Adds the security headers that the handler did not set itself.
fn secure(headers: &mut HeaderMap, is_api: bool) {
    if is_api {
        // Most answers depend on who asks.
        let own = HeaderValue::from_static("private, no-store");
        headers.entry(header::CACHE_CONTROL).or_insert(own);
    }
    for (name, value) in HEADERS {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
}

/// Refuses requests that name no host or several (RFC 9112, 3.2): a proxy before us may have read another one.
fn one_host(request: &Request) -> Result<(), ApiError> {
    let mut hosts = request.headers().get_all(header::HOST).iter();
    let right = match (hosts.next(), hosts.next()) {
        (Some(host), None) => host.to_str().is_ok_and(|host| host.parse::<Authority>().is_ok()),
        (None, _) => request.version() < Version::HTTP_11,
        (Some(_), Some(_)) => false,
    };
    let detail = "a request has one host header, with a name and perhaps a port";
    if right { Ok(()) } else { Err(ApiError::new(ErrorCode::InvalidRequest, detail)) }
}

/// How long nothing may come of a body that was announced.
const SILENCE: Duration = Duration::from_secs(30);
/// Bytes a second at least, on average, of a body that takes longer than [`SILENCE`]: the slowest line that still
/// uploads a record in an afternoon.
const RATE: u32 = 4 * 1024;

/// A body that ends with an error when nothing comes of it for [`SILENCE`], or when it comes too slowly: a connection
/// that says next to nothing would hold its place for ever.
///
/// What counts is the time that we wait for it, not that which we take to deal with it.
struct Impatient {
    body: Body,
    waiting: Option<Wait>,
    /// How long it may be waited for yet, in sum.
    patience: Duration,
}

/// Since when a piece is waited for, and how long that goes on.
struct Wait {
    since: Instant,
    end: Pin<Box<Sleep>>,
}

impl Impatient {
    fn new(body: Body) -> Self {
        Self { body, waiting: None, patience: SILENCE }
    }
}

impl Wait {
    #[expect(clippy::disallowed_methods, reason = "a real deadline of a real socket")]
    fn of(most: Duration) -> Self {
        Self { since: Instant::now(), end: Box::pin(tokio::time::sleep(most)) }
    }
}

impl http_body::Body for Impatient {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        if let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(cx) {
            if let Some(wait) = self.waiting.take() {
                self.patience = self.patience.saturating_sub(wait.since.elapsed());
            }
            let bytes =
                frame.as_ref().and_then(|frame| frame.as_ref().ok()?.data_ref()).map_or(0, Bytes::len);
            self.patience += Duration::from_secs(1) * u32::try_from(bytes).unwrap_or(u32::MAX) / RATE;
            return Poll::Ready(frame);
        }
        let most = self.patience.min(SILENCE);
        let wait = self.waiting.get_or_insert_with(|| Wait::of(most));
        wait.end.as_mut().poll(cx).map(|()| {
            let slow = io::Error::new(io::ErrorKind::TimedOut, "it comes too slowly");
            Some(Err(axum::Error::new(slow)))
        })
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// A body that is waited for no longer than it says enough.
fn impatient(body: Body) -> Body {
    if body.is_end_stream() { body } else { Body::new(Impatient::new(body)) }
}

/// Logs a request and counts it, by its route and never by its path.
fn observe(response: &Response, id: &RequestId, method: &'static str, route: String, took: Duration) {
    let (status, took) = (response.status(), took.as_secs_f64());
    let code = response.extensions().get::<ApiError>().map_or("", |e| e.code().code());
    let (number, took_ms) = (status.as_u16(), took * 1e3);
    tracing::debug!(request_id = %id.0, method, route, status = number, code, took_ms, "request");
    let labels = vec![
        Label::from_static_parts("method", method),
        Label::new("route", route),
        Label::new("status", status.as_str().to_owned()),
    ];
    metrics::histogram!("http_request_seconds", labels).record(took);
}

/// The method, if it is one that HTTP knows: what callers make up would be figures for good.
fn known(method: &Method) -> &'static str {
    let known = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE"];
    known.into_iter().find(|name| *name == method.as_str()).unwrap_or("other")
}

/// A handler that panicked is our mistake: the caller learns no more than that.
#[expect(clippy::needless_pass_by_value, reason = "that is how a panic is caught")]
fn panicked(payload: Box<dyn Any + Send + 'static>) -> Response {
    let what = payload
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| payload.downcast_ref::<&str>().copied())
        .unwrap_or("no message");
    tracing::error!(panic = what, "a handler panicked");
    ApiError::new(ErrorCode::Internal, "").into_response()
}

#[cfg(test)]
mod tests {
    use futures_util::StreamExt;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_body_that_never_comes_is_waited_for_no_longer_than_that() {
        let parts = futures_util::stream::iter([Ok::<_, io::Error>(Bytes::from_static(b"a"))]);
        let body = Body::from_stream(parts.chain(futures_util::stream::pending()));
        let body = Body::new(Impatient::new(body));
        let mut reading = std::pin::pin!(axum::body::to_bytes(body, 100));
        let (half, whole) = (SILENCE / 2, SILENCE);
        assert!(tokio::time::timeout(half, &mut reading).await.is_err(), "it may come yet");
        tokio::time::timeout(whole, reading).await.unwrap().unwrap_err();
    }

    /// A body of `pieces` pieces of `bytes` bytes, one each `every`.
    fn trickle(pieces: usize, bytes: usize, every: Duration) -> Body {
        let piece = Bytes::from(vec![7; bytes]);
        let pieces = futures_util::stream::iter(vec![piece; pieces]).then(move |piece| async move {
            tokio::time::sleep(every).await;
            Ok::<_, io::Error>(piece)
        });
        Body::new(Impatient::new(Body::from_stream(pieces)))
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_trickles_is_cut_and_a_slow_one_is_not() {
        let second = Duration::from_secs(1);
        let read = async |body| axum::body::to_bytes(body, usize::MAX).await;
        read(trickle(100, 1, second)).await.unwrap_err();
        read(trickle(1000, 1024, second)).await.unwrap_err();
        let half_a_line = 2 * usize::try_from(RATE).unwrap();
        assert_eq!(read(trickle(1000, half_a_line, second)).await.unwrap().len(), 1000 * half_a_line);
        // What came fast earns no longer silence.
        let fast = trickle(1, 1 << 20, Duration::ZERO).into_data_stream();
        let silent = Body::from_stream(fast.chain(futures_util::stream::pending()));
        let reading = read(Body::new(Impatient::new(silent)));
        tokio::time::timeout(2 * SILENCE, reading).await.unwrap().unwrap_err();
    }

    #[tokio::test(start_paused = true)]
    async fn the_time_that_we_take_ourselves_is_not_the_senders() {
        let mut body = trickle(100, 1, Duration::from_millis(1)).into_data_stream();
        let mut read = 0;
        while let Some(piece) = body.next().await {
            read += piece.unwrap().len();
            tokio::time::sleep(Duration::from_secs(5)).await;
        }
        assert_eq!(read, 100);
    }

    #[test]
    fn methods_that_callers_make_up_are_one() {
        assert_eq!(known(&Method::PATCH), "PATCH");
        assert_eq!(known(&"MXYZ".parse().unwrap()), "other");
    }
}
