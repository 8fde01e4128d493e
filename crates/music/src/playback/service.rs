//! What playback does for an account, besides handing out bytes.

use std::time::Duration;

use db::Tx;
use identity::Account;
use kernel::{AccountId, Time, TrackId};

use super::{
    Pass, Play, PlayReport, PlaybackError, Verdict,
    api::{StreamUrl, StreamUrlWish},
    plays, queries,
};
use crate::{Music, catalogue::Viewer};

/// How much longer than its track a signed address lasts.
const SLACK: Duration = Duration::from_mins(15);

/// A signed address of `track` for `account`.
pub(super) async fn stream_url(
    music: &Music,
    track: TrackId,
    account: Account,
    wish: StreamUrlWish,
) -> Result<StreamUrl, PlaybackError> {
    let (app, playback, now) = (&music.app, &music.playback, music.app.now());
    let viewer = Viewer::member(account.id);
    let facts = playback.access.of(&app.db, track, viewer, now).await?;
    let (best, preview) = match playback.policy.judge(facts.ask(track, viewer, 0)).await? {
        Verdict::LogIn => return Err(PlaybackError::LogIn),
        Verdict::Refused => return Err(PlaybackError::Refused),
        Verdict::Preview => (wish.max_quality, true),
        Verdict::Track { best, .. } => (best, false),
    };
    let lasts = Duration::from_millis(facts.duration_ms.unsigned_abs()) + SLACK;
    // In whole seconds, as in the address.
    let expires_at = Time::from_micros(now.plus(lasts).unix_seconds().saturating_mul(1_000_000));
    let pass = Pass {
        account: account.id,
        device: account.device,
        quality: wish.max_quality.min(best),
        preview,
        expires: expires_at,
    };
    let path = playback.signer.path(track, &pass);
    let root = app.config.http.public_url.as_deref().unwrap_or_default();
    Ok(StreamUrl { url: format!("{root}{path}"), expires_at })
}

/// How much of a track's sound `account` was ever given, as if all of it took as many bytes as any other part: but for the
/// last second on each node. `None` if the track is gone, or its size.
///
/// # Errors
/// When the database fails.
pub async fn delivered(tx: &mut Tx, account: AccountId, track: TrackId) -> db::Result<Option<Duration>> {
    Ok(queries::playable(tx, track, account).await?.and_then(|playable| playable.delivered()))
}

/// Records a play of `track` by `account`.
pub(super) async fn report_play(
    music: &Music,
    track: TrackId,
    account: AccountId,
    report: PlayReport,
) -> Result<Play, PlaybackError> {
    let (app, now) = (&music.app, music.app.now());
    music.playback.deliveries.flush(&app.db).await?;
    let ids = (app.id(), app.id());
    db::write!(app.db, |tx| plays::record(tx, account, track, &report, ids, now).await)
}
