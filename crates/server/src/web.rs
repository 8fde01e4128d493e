//! The first web page, compiled into the binary: a list, a search field, a player.

use std::hash::{DefaultHasher, Hash, Hasher};

use axum::{Router, response::IntoResponse, response::Response, routing::get};
use http::{HeaderMap, StatusCode, header};

/// A file of the page.
struct File {
    path: &'static str,
    content_type: &'static str,
    text: &'static str,
}

const FILES: [File; 6] = [
    File { path: "/", content_type: "text/html; charset=utf-8", text: include_str!("../web/index.html") },
    File {
        path: "/setup",
        content_type: "text/html; charset=utf-8",
        text: include_str!("../web/setup.html"),
    },
    File {
        path: "/page.css",
        content_type: "text/css; charset=utf-8",
        text: include_str!("../web/page.css"),
    },
    File {
        path: "/page.js",
        content_type: "text/javascript; charset=utf-8",
        text: include_str!("../web/page.js"),
    },
    File {
        path: "/setup.js",
        content_type: "text/javascript; charset=utf-8",
        text: include_str!("../web/setup.js"),
    },
    File { path: "/icon.svg", content_type: "image/svg+xml", text: include_str!("../web/icon.svg") },
];

pub(crate) fn routes<S: Clone + Send + Sync + 'static>() -> Router<S> {
    FILES.iter().fold(Router::new(), |router, file| {
        let tag = tag(file.text);
        router.route(file.path, get(async move |headers: HeaderMap| answer(file, &tag, &headers)))
    })
}

fn answer(file: &'static File, tag: &str, asked: &HeaderMap) -> Response {
    // Asked for again each time, answered in full only when the binary is another one.
    let headers =
        [(header::ETAG, tag), (header::CACHE_CONTROL, "no-cache"), (header::CONTENT_TYPE, file.content_type)];
    if asked.get(header::IF_NONE_MATCH).is_some_and(|known| known == tag) {
        return (StatusCode::NOT_MODIFIED, headers).into_response();
    }
    (headers, file.text).into_response()
}

fn tag(text: &str) -> String {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    format!("\"{:016x}\"", hasher.finish())
}
