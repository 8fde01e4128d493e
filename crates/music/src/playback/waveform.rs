//! The shape of a track, to be drawn.

use axum::{
    body::Bytes,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use kernel::TrackId;
use serde::Serialize;

use super::{
    PlaybackError,
    conditions::{Outcome, Validators, evaluate},
    queries,
};
use crate::{Music, catalogue::Viewer};

/// The peaks of a track. The binary form is a version byte, 1, and then the peaks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Waveform {
    /// How long the track is, in milliseconds.
    pub duration_ms: i64,
    /// The highest absolute sample of each of up to 1,800 equal stretches, from 0 for silence to 255 for full scale.
    pub peaks: Vec<u8>,
}

/// Answers with the waveform of `track`, in the form that `headers` ask for.
pub(super) async fn answer(
    music: &Music,
    track: TrackId,
    viewer: Viewer,
    headers: &HeaderMap,
) -> Result<Response, PlaybackError> {
    let row = db::read!(music.app.db, |tx| queries::waveform(tx, track, viewer).await)?;
    let row = row.ok_or(PlaybackError::TrackNotFound(track))?;
    let (peaks, made_at) = match (row.peaks, row.analysed_at) {
        (Some(peaks), Some(at)) => (peaks, at),
        _ if row.failed => return Err(PlaybackError::NoWaveform),
        _ => return Ok(pending()),
    };
    let as_json = headers
        .get_all(header::ACCEPT)
        .iter()
        .any(|accept| accept.to_str().is_ok_and(|accept| accept.contains("application/json")));
    let form = if as_json { "j" } else { "b" };
    let etag = format!("\"{}-{:x}-{form}\"", row.id.0.simple(), made_at.micros());
    let outcome = evaluate(headers, Validators { etag: &etag, modified: made_at }, music.app.now());
    let mut response = match outcome {
        Outcome::Failed => return Err(PlaybackError::PreconditionFailed),
        Outcome::NotModified => StatusCode::NOT_MODIFIED.into_response(),
        Outcome::Proceed { .. } if as_json => {
            let peaks = peaks.get(1..).unwrap_or_default().to_vec();
            axum::Json(Waveform { duration_ms: row.duration_ms, peaks }).into_response()
        }
        Outcome::Proceed { .. } => Bytes::from(peaks).into_response(),
    };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    headers.insert(header::VARY, HeaderValue::from_static("accept"));
    headers.extend(HeaderValue::try_from(etag).map(|etag| (header::ETAG, etag)));
    Ok(response)
}

/// It is being made: come back.
fn pending() -> Response {
    (StatusCode::ACCEPTED, [(header::RETRY_AFTER, "5"), (header::CACHE_CONTROL, "no-store")]).into_response()
}
