use std::net::SocketAddr;

use axum::{body::Body, extract::ConnectInfo, response::Response};
use http::{HeaderName, HeaderValue, Method, Request, header};
use http_body_util::BodyExt;
use serde::Serialize;
use serde_json::Value;
use tower::ServiceExt;

use crate::{Reply, TestApp, contract};

/// Somebody with an account.
#[derive(Debug, Clone)]
pub struct User {
    /// The account's id.
    pub id: String,
    /// A valid access token.
    pub token: String,
    /// The refresh token that came with it.
    pub refresh_token: String,
}

impl User {
    /// The account in the answer to joining or logging in.
    pub(crate) fn of(answer: &Value) -> Self {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        Self {
            id: text(&answer["user"]["userId"]),
            token: text(&answer["accessToken"]),
            refresh_token: text(&answer["refreshToken"]),
        }
    }
}

/// A request that is being put together.
#[must_use = "a call does nothing until it is sent"]
pub struct Call<'a> {
    app: &'a TestApp,
    method: Method,
    path: String,
    headers: Vec<(HeaderName, HeaderValue)>,
    body: Vec<u8>,
    from: SocketAddr,
}

impl<'a> Call<'a> {
    pub(crate) fn new(app: &'a TestApp, method: Method, path: impl Into<String>) -> Self {
        let from = SocketAddr::from(([127, 0, 0, 1], 40_000));
        Self { app, method, path: path.into(), headers: Vec::new(), body: Vec::new(), from }
    }

    /// Sends it as `user`.
    pub fn by(self, user: &User) -> Self {
        let value = format!("Bearer {}", user.token);
        self.header("authorization", &value)
    }

    /// With a header; without a `host` it names this machine when called from it, and another otherwise.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        let name = HeaderName::from_bytes(name.as_bytes()).expect("a header name");
        self.headers.push((name, HeaderValue::from_bytes(value.as_bytes()).expect("a header value")));
        self
    }

    /// From another address than loopback.
    pub fn from(mut self, address: &str) -> Self {
        self.from = SocketAddr::new(address.parse().expect("an address"), 40_000);
        self
    }

    /// With a JSON body.
    pub fn json(mut self, body: impl Serialize) -> Self {
        self.body = serde_json::to_vec(&body).expect("JSON");
        self.header("content-type", "application/json")
    }

    /// With these bytes as the body.
    pub fn body(mut self, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self.header("content-type", content_type)
    }

    /// With a multipart form: name, file name, bytes.
    pub fn form(self, parts: &[(&str, Option<&str>, &[u8])]) -> Self {
        let boundary = "resonance-test-boundary";
        let mut body = Vec::new();
        for (name, file, bytes) in parts {
            let file = file.map(|file| format!("; filename=\"{file}\"")).unwrap_or_default();
            body.extend_from_slice(
                format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n")
                    .as_bytes(),
            );
            body.extend_from_slice(bytes);
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
        self.body(&format!("multipart/form-data; boundary={boundary}"), body)
    }

    /// Sends it, and reads nothing of the answer's body yet.
    pub async fn begin(self) -> Response {
        let mut request = Request::builder().method(&self.method).uri(&self.path);
        if !self.headers.iter().any(|(name, _)| name == header::HOST) {
            let own = self.from.ip().is_loopback();
            request = request.header(header::HOST, if own { "127.0.0.1:4533" } else { "music.example" });
        }
        for (name, value) in self.headers {
            request = request.header(name, value);
        }
        if !self.body.is_empty() {
            request = request.header(header::CONTENT_LENGTH, self.body.len());
        }
        let mut request = request.body(Body::from(self.body)).expect("a request");
        request.extensions_mut().insert(ConnectInfo(self.from));
        self.app.router().oneshot(request).await.expect("the router answers")
    }

    /// Sends it and checks the answer against the document.
    pub async fn send(self) -> Reply {
        let (method, path) = (self.method.clone(), self.path.clone());
        let (parts, body) = self.begin().await.into_parts();
        let body = body.collect().await.expect("the body ends well").to_bytes().to_vec();
        let kind = parts.headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
        contract::check(&method, &path, parts.status, kind, &body);
        Reply::new(&method, &path, parts.status, parts.headers, body)
    }
}
