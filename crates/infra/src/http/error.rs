use std::{error::Error, fmt::Write, time::Duration};

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use kernel::{Cap, ErrorCode, Fault, FieldError, Problem};

/// What handlers answer with.
pub type ApiResult<T> = Result<T, ApiError>;

/// An error on its way to the caller. Every module's error becomes one by [`Fault`].
#[derive(Debug, Clone)]
pub struct ApiError {
    code: ErrorCode,
    detail: String,
    fields: Vec<FieldError>,
    reached_cap: Option<Cap>,
    retry_after: Option<Duration>,
    /// For the log: what really happened, when it is not the caller's business.
    chain: Option<String>,
}

impl<E: Fault> From<E> for ApiError {
    fn from(e: E) -> Self {
        let code = e.code();
        let ours = code.status() >= 500;
        Self {
            code,
            detail: if ours { String::new() } else { e.to_string() },
            fields: e.fields(),
            reached_cap: e.reached_cap(),
            retry_after: e.retry_after(),
            chain: ours.then(|| chain(&e)),
        }
    }
}

/// An error and what caused it, on one line.
fn chain(e: &dyn Error) -> String {
    let mut text = e.to_string();
    let mut cause = e.source();
    while let Some(e) = cause {
        let _ = write!(text, ": {e}");
        cause = e.source();
    }
    text
}

impl ApiError {
    /// An error of `code` that is told in `detail`.
    pub fn new(code: ErrorCode, detail: impl Into<String>) -> Self {
        Self {
            code,
            detail: detail.into(),
            fields: Vec::new(),
            reached_cap: None,
            retry_after: None,
            chain: None,
        }
    }

    /// The same with the fields that were wrong.
    #[must_use]
    pub fn with_fields(mut self, fields: Vec<FieldError>) -> Self {
        self.fields = fields;
        self
    }

    /// The same with the time to wait before trying again.
    #[must_use]
    pub fn with_retry_after(mut self, wait: Duration) -> Self {
        self.retry_after = Some(wait);
        self
    }

    /// What the log should say of it, if it is our fault.
    pub fn for_the_log(&self) -> Option<&str> {
        self.chain.as_deref()
    }

    /// The code.
    pub fn code(&self) -> ErrorCode {
        self.code
    }

    /// Which fields were wrong.
    pub fn fields(&self) -> &[FieldError] {
        &self.fields
    }

    /// The answer, with the request's id in its body.
    pub fn answer(self, request_id: &str) -> Response {
        let detail = if self.detail.is_empty() {
            "try again later; if it stays so, give the operator the request id".to_owned()
        } else {
            self.detail
        };
        let mut problem = Problem::new(self.code, detail, request_id.to_owned(), self.fields);
        problem.reached_cap = self.reached_cap;
        let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = serde_json::to_vec(&problem).unwrap_or_default();
        let mut response = (
            status,
            [(header::CONTENT_TYPE, "application/problem+json"), (header::CACHE_CONTROL, "no-store")],
            body,
        )
            .into_response();
        if let Some(wait) = self.retry_after {
            // Rounded up: who comes back at that second is let in.
            let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds.max(1)));
        }
        if self.code == ErrorCode::Unauthenticated {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

impl IntoResponse for ApiError {
    /// An empty answer that carries the error; the outermost layer, which knows the request id, writes the body.
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}
