//! Who listens: by bearer, by cookie, by signed address, or nobody in particular.

use axum::extract::FromRequestParts;
use http::request::Parts;
use infra::http::{ApiError, Path, Query};
use kernel::TrackId;
use serde::Deserialize;

use super::{PlaybackError, Quality, signed::Refusal};
use crate::{Music, catalogue::Viewer};

/// Whoever listens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Listener {
    /// The account, or a visitor without one.
    pub viewer: Viewer,
    /// Whether the permission is for the preview alone.
    pub preview: bool,
}

/// The track of a request for bytes, and who listens.
#[derive(Debug, Clone, Copy)]
pub(super) struct Listening {
    /// The track.
    pub track: TrackId,
    /// Who listens.
    pub listener: Listener,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct StreamQuery {
    /// Checked, and met by the best that there is: so far every track has the one file that came with it.
    #[serde(default)]
    #[expect(dead_code, reason = "read to refuse other words")]
    quality: Quality,
}

impl FromRequestParts<Music> for Listening {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, music: &Music) -> Result<Self, ApiError> {
        let Path(track) = Path::<TrackId>::from_request_parts(parts, music).await?;
        let query = parts.uri.query().unwrap_or_default();
        // A signed address stands for itself: what a browser has of cookies, live or stale, does not matter.
        let listener = if let Some(token) = query.strip_prefix("token=") {
            by_address(music, track, token).await?
        } else if query.split('&').any(|pair| pair.starts_with("token=")) {
            return Err(PlaybackError::UrlInvalid.into());
        } else {
            Query::<StreamQuery>::from_request_parts(parts, music).await?;
            Listener { viewer: Box::pin(Viewer::from_request_parts(parts, music)).await?, preview: false }
        };
        Ok(Self { track, listener })
    }
}

/// The listener whom a signed address names, as long as the log-in lasts that asked for it.
async fn by_address(music: &Music, track: TrackId, token: &str) -> Result<Listener, PlaybackError> {
    let pass =
        music.playback.signer.check(track, token, music.app.now()).map_err(|refusal| match refusal {
            Refusal::Invalid => PlaybackError::UrlInvalid,
            Refusal::Expired => PlaybackError::UrlExpired,
        })?;
    let account = music.identity.on_device(pass.account, pass.device).await?;
    let account = account.ok_or(PlaybackError::UrlExpired)?;
    Ok(Listener { viewer: Viewer::member(account.id), preview: pass.preview })
}
