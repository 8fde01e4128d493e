//! What an account heard, and what it hears now.

use std::{collections::HashMap, time::Duration};

use db::Tx;
use kernel::{AccountId, ArtistId, Check, Cursor, CursorError, Limit, Page, PlayId, Time, TrackId};
use serde::{Deserialize, Serialize};

use super::{Play, PlaybackError, queries};
use crate::catalogue::{Track, Viewer, track};

/// The name of the history in its cursors.
const LIST: &str = "history";
/// How long after the end of its track a player that says nothing more is taken for silent.
const SILENT: Duration = Duration::from_mins(1);
/// Streams of late that are told at most.
const RECENT: i64 = 10;
/// The latest position in a track, in milliseconds.
const LATEST_MS: i64 = 24 * 3_600_000;

/// A play in the history. It stays there when its track is withdrawn.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Played {
    /// The play.
    #[serde(flatten)]
    pub play: Play,
    /// What was heard; null if the caller may not see it any more.
    pub track: Option<Track>,
}

/// What a player says it plays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Playing {
    /// The track; null for silence.
    pub track_id: Option<TrackId>,
    /// Where in the track, in milliseconds.
    #[serde(default)]
    #[schema(minimum = 0, example = 42_000)]
    pub position_ms: i64,
}

/// What an account hears.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct NowPlaying {
    /// The track; null for silence.
    pub track: Option<Track>,
    /// Where in the track the player was, in milliseconds.
    pub position_ms: i64,
    /// When it was there.
    pub at: Option<Time>,
}

/// What an account has listened to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ListeningStats {
    /// Plays that were long enough to count.
    #[schema(example = 12)]
    pub total_streams: i64,
    /// Seconds heard in all.
    #[schema(example = 2400)]
    pub total_seconds: i64,
    /// The latest streams of what it still may see, newest first; ten at most.
    pub recent_streams: Vec<RecentStream>,
}

/// A stream of late.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RecentStream {
    /// The track.
    pub track_id: TrackId,
    /// What it is called.
    #[schema(example = "Harbour at Four")]
    pub title: String,
    /// The page that it is on.
    pub artist_id: ArtistId,
    /// Whose page that is.
    #[schema(example = "Inés Halloran")]
    pub artist_name: String,
    /// When it began.
    pub started_at: Time,
    /// How much of it counted.
    #[schema(example = 180)]
    pub seconds: i64,
}

db::from_row!(RecentStream { track_id, title, artist_id, artist_name, started_at, seconds });

/// What `account` has listened to.
pub async fn listened(tx: &mut Tx, account: AccountId) -> db::Result<ListeningStats> {
    let (total_streams, total_seconds) = queries::totals(tx, account).await?;
    let recent_streams = queries::recent_streams(tx, account, RECENT).await?;
    Ok(ListeningStats { total_streams, total_seconds, recent_streams })
}

/// The plays of `account` that are after `cursor`, the latest first: all, or the latest of each track.
pub(super) async fn page(
    tx: &mut Tx,
    account: AccountId,
    distinct: bool,
    cursor: Option<&Cursor>,
    limit: Limit,
) -> Result<Page<Played>, PlaybackError> {
    let after = cursor.map(|cursor| cursor.place::<(i64, PlayId)>(&(LIST, distinct))).transpose();
    let after = after.map_err(|CursorError| PlaybackError::Cursor)?;
    let after = after.map(|(at, id)| (Time::from_micros(at), id));
    let plays = queries::history(tx, account, distinct, after, limit.fetch()).await?;
    let page =
        Page::cut(plays, limit, |last| Cursor::at(&(LIST, distinct), &(last.started_at.micros(), last.id)));
    let mut ids: Vec<TrackId> = page.items.iter().map(|play| play.track_id).collect();
    ids.sort_unstable();
    ids.dedup();
    let tracks = track::reachable(tx, Viewer::member(account), &ids).await?;
    let tracks: HashMap<TrackId, Track> = tracks.into_iter().map(|track| (track.id, track)).collect();
    Ok(page.map(|play| Played { track: tracks.get(&play.track_id).cloned(), play }))
}

/// Notes what `account` hears.
pub(super) async fn set(
    tx: &mut Tx,
    account: AccountId,
    playing: Playing,
    now: Time,
) -> Result<NowPlaying, PlaybackError> {
    Check::new().number("/positionMs", playing.position_ms, 0..=LATEST_MS).done()?;
    match playing.track_id {
        None => queries::clear_now_playing(tx, account).await?,
        Some(track) => {
            if track::reachable(tx, Viewer::member(account), &[track]).await?.is_empty() {
                return Err(PlaybackError::TrackNotFound(track));
            }
            queries::put_now_playing(tx, account, track, playing.position_ms, now).await?;
        }
    }
    get(tx, account, now).await
}

/// What `account` hears, as far as its players say.
pub(super) async fn get(tx: &mut Tx, account: AccountId, now: Time) -> Result<NowPlaying, PlaybackError> {
    let silence = NowPlaying { track: None, position_ms: 0, at: None };
    let Some((track, position_ms, at)) = queries::now_playing(tx, account).await? else { return Ok(silence) };
    let Some(track) = track::reachable(tx, Viewer::member(account), &[track]).await?.pop() else {
        return Ok(silence);
    };
    let left = Duration::from_millis((track.duration_ms - position_ms).max(0).unsigned_abs());
    if now > at.plus(left + SILENT) {
        return Ok(silence);
    }
    Ok(NowPlaying { track: Some(track), position_ms, at: Some(at) })
}
