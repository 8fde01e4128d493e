use http::{HeaderMap, Method, StatusCode};
use serde_json::Value;

/// An answer, already held against the OpenAPI document.
#[derive(Debug)]
pub struct Reply {
    /// What was asked, for messages.
    pub(crate) call: String,
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Vec<u8>,
}

impl Reply {
    pub(crate) fn new(
        method: &Method,
        path: &str,
        status: StatusCode,
        headers: HeaderMap,
        body: Vec<u8>,
    ) -> Self {
        Self { call: format!("{method} {path}"), status, headers, body }
    }

    /// Panics unless the status is `status`.
    #[track_caller]
    #[expect(clippy::must_use_candidate, clippy::return_self_not_must_use, reason = "asserting is its use")]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{}: {}", self.call, String::from_utf8_lossy(&self.body));
        self
    }

    /// Panics unless it went well; answers the JSON body (null for an empty one).
    #[track_caller]
    pub fn ok(self) -> Value {
        assert!(
            self.status.is_success(),
            "{}: {} {}",
            self.call,
            self.status,
            String::from_utf8_lossy(&self.body)
        );
        self.json()
    }

    /// The JSON body; null for an empty one.
    #[track_caller]
    pub fn json(&self) -> Value {
        if self.body.is_empty() {
            return Value::Null;
        }
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|e| panic!("{}: the body is not JSON: {e}", self.call))
    }

    /// Panics unless it is a problem of `code`; answers the problem.
    #[track_caller]
    pub fn problem(&self, code: &str) -> Value {
        assert_eq!(
            self.header("content-type"),
            Some("application/problem+json"),
            "{}: {}",
            self.call,
            self.status
        );
        let problem = self.json();
        assert_eq!(problem["code"], code, "{}: {problem}", self.call);
        assert_eq!(problem["status"], self.status.as_u16(), "{}", self.call);
        problem
    }

    /// The pointers of the fields that a problem names.
    #[track_caller]
    pub fn pointers(&self) -> Vec<String> {
        let errors = self.json()["errors"].as_array().cloned().unwrap_or_default();
        errors.iter().filter_map(|error| error["pointer"].as_str().map(str::to_owned)).collect()
    }

    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// All values of a header.
    pub fn headers_named(&self, name: &str) -> Vec<&str> {
        self.headers.get_all(name).iter().filter_map(|value| value.to_str().ok()).collect()
    }
}
