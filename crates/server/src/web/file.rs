//! The files of the app. The build leaves a Brotli and a gzip copy beside each text; only a page that was written into is
//! compressed here.

use std::{borrow::Cow, io::Write};

use axum::response::{Html, IntoResponse, Response};
use flate2::{Compression, write::GzEncoder};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use rust_embed::{EmbeddedFile, RustEmbed};

#[derive(RustEmbed)]
#[folder = "../../clients/web/dist"]
#[allow_missing = true]
struct Dist;

/// One file with its copies.
pub(super) struct File {
    plain: EmbeddedFile,
    path: String,
}

impl File {
    /// The file at `path`, which has no slash before it.
    pub(super) fn find(path: &str) -> Option<Self> {
        // The copies and the build's own notes are nobody's business.
        let copy = path.rsplit('.').next().is_some_and(|end| end == "br" || end == "gz");
        if path.is_empty() || path.starts_with('.') || copy {
            return None;
        }
        Some(Self { plain: Dist::get(path)?, path: path.to_owned() })
    }

    /// Whether it is a page, to which the policy of pages belongs: the service worker asks for it by its name.
    pub(super) fn is_page(&self) -> bool {
        content_type(&self.path).starts_with("text/html")
    }

    /// What is in it.
    pub(super) fn text(&self) -> String {
        String::from_utf8_lossy(&self.plain.data).into_owned()
    }

    /// The file in the smallest form that the caller takes, or 304 when they have it.
    pub(super) fn answer(self, asked: &HeaderMap) -> Response {
        let encoding = ["br", "gzip"].into_iter().find(|name| accepts(asked, name));
        let copy = encoding.and_then(|name| {
            let extension = if name == "br" { "br" } else { "gz" };
            Some((name, Dist::get(&format!("{}.{extension}", self.path))?))
        });
        let tag = tag(&self.plain, copy.as_ref().map_or("", |(name, _)| name));
        let mut response = if knows(asked, &tag) {
            StatusCode::NOT_MODIFIED.into_response()
        } else {
            let (encoding, body) = match copy {
                Some((name, file)) => (Some(name), file.data),
                None => (None, self.plain.data),
            };
            let mut response = match body {
                Cow::Borrowed(bytes) => bytes.into_response(),
                Cow::Owned(bytes) => bytes.into_response(),
            };
            response
                .headers_mut()
                .insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type(&self.path)));
            if let Some(name) = encoding {
                response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static(name));
            }
            response
        };
        let headers = response.headers_mut();
        headers.insert(header::ETAG, tag);
        headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        // The names of assets carry a hash of what is in them; everything else is asked for again each time.
        let keep =
            if self.path.starts_with("assets/") { "public, max-age=31536000, immutable" } else { "no-cache" };
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(keep));
        response
    }
}

/// A page that was written into for its caller: another may get another one here.
pub(super) fn written(asked: &HeaderMap, text: String) -> Response {
    let mut response = if accepts(asked, "gzip") {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
        gzip.write_all(text.as_bytes()).expect("memory takes it");
        let body = gzip.finish().expect("memory takes it");
        ([(header::CONTENT_ENCODING, "gzip")], Html(body)).into_response()
    } else {
        Html(text).into_response()
    };
    let headers = response.headers_mut();
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding, cookie"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}

/// An entity tag of the content in one encoding (RFC 9110, 8.8.3).
fn tag(file: &EmbeddedFile, encoding: &str) -> HeaderValue {
    let hash = file.metadata.sha256_hash();
    let (start, _) = hash.split_first_chunk().expect("a hash has 32 bytes");
    HeaderValue::try_from(format!("\"{:032x}{encoding}\"", u128::from_be_bytes(*start)))
        .expect("hexadecimal digits and letters")
}

fn knows(asked: &HeaderMap, tag: &HeaderValue) -> bool {
    let known = asked.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    known.flat_map(|value| value.split(',')).any(|known| known.trim().trim_start_matches("W/") == *tag)
}

/// Whether `Accept-Encoding` has `name` and does not rule it out by `q=0` (RFC 9110, 12.5.3).
fn accepts(asked: &HeaderMap, name: &str) -> bool {
    let values = asked.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|item| {
        let (coding, rest) = item.split_once(';').unwrap_or((item, ""));
        let weight = rest.trim().strip_prefix("q=").map_or(1.0, |q| q.trim().parse().unwrap_or(0.0));
        coding.trim().eq_ignore_ascii_case(name) && weight > 0.0
    })
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("json") => "application/json",
        Some("webmanifest") => "application/manifest+json",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("woff2") => "font/woff2",
        Some("txt") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asking(encodings: &str) -> HeaderMap {
        HeaderMap::from_iter([(header::ACCEPT_ENCODING, encodings.parse().unwrap())])
    }

    #[test]
    fn an_encoding_is_taken_when_it_is_offered_and_not_ruled_out() {
        assert!(accepts(&asking("gzip, deflate, br, zstd"), "br"));
        assert!(accepts(&asking("BR;q=0.1"), "br"));
        assert!(!accepts(&asking("br;q=0, gzip"), "br"));
        assert!(!accepts(&asking("brotli"), "br"));
        assert!(!accepts(&HeaderMap::new(), "gzip"));
    }

    #[test]
    fn the_copies_and_notes_of_the_build_are_not_files_of_the_app() {
        for path in ["", ".vite/manifest.json", "index.html.br", "index.html.gz", "../web.rs", "/etc/passwd"]
        {
            assert!(File::find(path).is_none(), "{path}");
        }
    }
}
