//! Who listens: by bearer, by cookie, by signed address, or nobody in particular.

use axum::extract::FromRequestParts;
use http::request::Parts;
use identity::Caller;
use infra::http::{ApiError, Path, Query};
use kernel::{AccountId, Time, TrackId};
use serde::Deserialize;

use super::{Playback, PlaybackError, Quality, signed::Refusal};
use crate::Music;

/// Whoever listens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Listener {
    /// The account; `None` for a visitor.
    pub account: Option<AccountId>,
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
            by_address(&music.playback, track, token, music.app.now())?
        } else if query.split('&').any(|pair| pair.starts_with("token=")) {
            return Err(PlaybackError::UrlInvalid.into());
        } else {
            Query::<StreamQuery>::from_request_parts(parts, music).await?;
            let account = Caller::from_request_parts(parts, music).await?.account();
            Listener { account, preview: false }
        };
        Ok(Self { track, listener })
    }
}

/// The listener whom a signed address names.
fn by_address(
    playback: &Playback,
    track: TrackId,
    token: &str,
    now: Time,
) -> Result<Listener, PlaybackError> {
    let pass = playback.signer.check(track, token, now).map_err(|refusal| match refusal {
        Refusal::Invalid => PlaybackError::UrlInvalid,
        Refusal::Expired => PlaybackError::UrlExpired,
    })?;
    Ok(Listener { account: Some(pass.account), preview: pass.preview })
}
