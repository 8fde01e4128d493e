//! Editions: what the managers of a track or an album may change of it, in one word, so that two of them who work at the
//! same time do not undo silently what the other did.
//!
//! The tag is made of these fields alone: a play or a like that comes in between makes no other edition. It is made of
//! what the fields hold, and so the same on every node and after every restart.

use axum::{
    extract::FromRequestParts,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue, header, request::Parts};
use infra::http::Json;
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::playback;

/// What has editions.
pub(crate) trait Edition: Serialize {
    /// The entity tag (RFC 9110, 8.8.3) of this one: strong, quotes included.
    fn tag(&self) -> String;
}

/// The tag of an edition with these fields.
pub(super) fn tag(fields: &impl Serialize) -> String {
    let hash: [u8; 32] = Sha256::digest(serde_json::to_vec(fields).unwrap_or_default()).into();
    let start = hash.first_chunk().map_or(0, |bytes| u128::from_be_bytes(*bytes));
    format!("\"{start:032x}\"")
}

/// An answer with its tag.
pub(crate) struct Tagged<T>(pub(crate) T);

impl<T: Edition> IntoResponse for Tagged<T> {
    fn into_response(self) -> Response {
        let tag = HeaderValue::try_from(self.0.tag()).unwrap_or(HeaderValue::from_static("\"\""));
        ([(header::ETAG, tag)], Json(self.0)).into_response()
    }
}

/// The editions that a change may be made from: those in `If-Match`, or any without it.
#[derive(Debug)]
pub(super) struct MadeFrom(HeaderMap);

impl MadeFrom {
    /// Whether it does not matter what is there.
    pub(super) fn is_any(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether `now` is one of them.
    pub(super) fn is(&self, now: &impl Edition) -> bool {
        playback::if_match(&self.0, &now.tag())
    }
}

impl<S: Send + Sync> FromRequestParts<S> for MadeFrom {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let tags = parts.headers.get_all(header::IF_MATCH).iter();
        Ok(Self(tags.map(|tag| (header::IF_MATCH, tag.clone())).collect()))
    }
}
