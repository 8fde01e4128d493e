//! The play queue of an account, kept across its devices.
//!
//! Each write makes the next revision and says which one it was made from, so that a device that was away does not
//! undo silently what another did.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use db::{Rows, Tx, from_row, sql};
use http::{HeaderMap, HeaderValue, header};
use identity::Account;
use infra::{
    http::{ApiResult, Json, Routes},
    routes,
};
use kernel::{AccountId, Check, ErrorCode, Fault, FieldError, Invalid, Time, TrackId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    Music,
    catalogue::{Viewer, visibility::TRACK_REACHABLE},
};

/// Tracks in a queue.
const TRACKS: usize = 20_000;
/// A body with that many ids, in bytes.
const BODY: usize = TRACKS * 40 + 4096;
/// The longest name of a source, in characters.
const LONGEST_SOURCE: usize = 200;

pub(super) fn routes() -> Routes<Music> {
    Routes::new().routes(routes!(get_queue, put_queue)).body_limit(BODY)
}

/// What comes after a track.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum Repeat {
    /// The next, until the end.
    #[default]
    Off,
    /// The next, and after the last the first.
    All,
    /// The same again.
    One,
}

impl Repeat {
    const fn code(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::All => "all",
            Self::One => "one",
        }
    }
}

impl std::str::FromStr for Repeat {
    type Err = ();

    fn from_str(code: &str) -> Result<Self, ()> {
        [Self::Off, Self::All, Self::One].into_iter().find(|repeat| repeat.code() == code).ok_or(())
    }
}

db::text_column!(Repeat);

/// What an account is listening to, and what comes next.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Queue {
    /// The tracks in the order in which they are kept; those that the caller does not see any more are left out.
    track_ids: Vec<TrackId>,
    /// Which of them is on, from 0; null when there is none.
    #[schema(example = 0)]
    index: Option<usize>,
    /// How far into it, in milliseconds.
    #[schema(example = 61_000)]
    position_ms: i64,
    /// Where the tracks came from, as the player put it.
    #[schema(example = "album:019c0000-0000-7000-8000-000000000000")]
    source: Option<String>,
    repeat: Repeat,
    /// The seed by which the player shuffles; null: it does not.
    #[schema(example = json!(null))]
    shuffle_seed: Option<u32>,
    /// When it was last written; null: never.
    updated_at: Option<Time>,
}

/// A queue to be kept.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct NewQueue {
    /// The tracks, 20,000 at most; left out: those that are kept already.
    #[schema(max_items = 20_000)]
    track_ids: Option<Vec<TrackId>>,
    /// Which of them is on, from 0.
    #[serde(default)]
    #[schema(example = 0)]
    index: usize,
    /// How far into it, in milliseconds.
    #[serde(default)]
    #[schema(minimum = 0, example = 61_000)]
    position_ms: i64,
    /// Where the tracks came from.
    #[schema(max_length = 200, example = "album:019c0000-0000-7000-8000-000000000000")]
    source: Option<String>,
    /// off, all or one.
    #[serde(default)]
    repeat: Repeat,
    /// The seed by which the player shuffles.
    shuffle_seed: Option<u32>,
}

/// Why a queue was not kept.
#[derive(Debug, thiserror::Error)]
enum QueueError {
    /// It does not say what it was made from.
    #[error("send If-Match with the ETag of the queue that this one was made from, or * to replace any")]
    NoRevision,
    /// Another device was faster.
    #[error("another device has changed the queue: read it again")]
    Changed,
    /// Fields are wrong.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// The database failed.
    #[error(transparent)]
    Db(#[from] db::Error),
}

impl Fault for QueueError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::NoRevision => ErrorCode::PreconditionRequired,
            Self::Changed => ErrorCode::PreconditionFailed,
            Self::Invalid(_) => ErrorCode::ValidationFailed,
            Self::Db(e) => e.code(),
        }
    }

    fn fields(&self) -> Vec<FieldError> {
        match self {
            Self::Invalid(invalid) => invalid.0.clone(),
            _ => Vec::new(),
        }
    }

    fn retry_after(&self) -> Option<std::time::Duration> {
        match self {
            Self::Db(e) => e.retry_after(),
            _ => None,
        }
    }
}

/// Show the caller's play queue.
///
/// Its `ETag` is what the next write is made from.
#[utoipa::path(
    get, path = "/api/v1/me/queue", operation_id = "getQueue", tag = "me",
    responses((status = 200, description = "The queue", body = Queue, headers(("ETag" = String)))),
    extensions(
        ("x-authz" = json!({"object": "account", "allow": ["listener"], "visibility": "own"})),
        ("x-errors" = json!([]))
    ),
)]
async fn get_queue(State(music): State<Music>, who: Account) -> ApiResult<Response> {
    let kept: Result<_, QueueError> = db::snapshot!(music.app.db, |tx| read(tx, who.id).await);
    Ok(answer(kept?))
}

/// Keep the caller's play queue.
///
/// `If-Match` has the `ETag` of the queue that this one was made from, or `*` to replace whichever there is. Where
/// another device wrote in between, nothing is changed and the answer is 412.
#[utoipa::path(
    put, path = "/api/v1/me/queue", operation_id = "putQueue", tag = "me",
    params(("If-Match" = Option<String>, Header, description = "The ETag of the queue that this one was made from")),
    request_body = NewQueue,
    responses((status = 200, description = "The queue as it is kept", body = Queue, headers(("ETag" = String)))),
    extensions(
        ("x-authz" = json!({"object": "account", "allow": ["listener"], "visibility": "own"})),
        ("x-errors" = json!(["precondition_required", "precondition_failed"]))
    ),
)]
async fn put_queue(
    State(music): State<Music>,
    who: Account,
    headers: HeaderMap,
    Json(queue): Json<NewQueue>,
) -> ApiResult<Response> {
    let made_from = Revision::of(&headers)?;
    let now = music.app.now();
    let kept: Result<_, QueueError> = db::write!(music.app.db, |tx| {
        write(tx, who.id, &queue, made_from, now).await?;
        read(tx, who.id).await
    });
    Ok(answer(kept?))
}

fn answer((revision, queue): (i64, Queue)) -> Response {
    let tag = HeaderValue::try_from(format!("\"{revision}\"")).unwrap_or(HeaderValue::from_static("\"\""));
    ([(header::ETAG, tag)], Json(queue)).into_response()
}

/// What a write was made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Revision {
    Any,
    /// 0: there was no queue.
    This(i64),
}

impl Revision {
    fn of(headers: &HeaderMap) -> Result<Self, QueueError> {
        let tag = headers.get(header::IF_MATCH).and_then(|tag| tag.to_str().ok()).map(str::trim);
        match tag.ok_or(QueueError::NoRevision)? {
            "*" => Ok(Self::Any),
            // A tag that we never made matches nothing.
            tag => tag.trim_matches('"').parse().map(Self::This).map_err(|_| QueueError::Changed),
        }
    }
}

struct Row {
    revision: i64,
    tracks: Vec<u8>,
    place: i64,
    position_ms: i64,
    source: Option<String>,
    repeat: Repeat,
    shuffle_seed: Option<i64>,
    updated_at: Time,
}

from_row!(Row { revision, tracks, place, position_ms, source, repeat, shuffle_seed, updated_at });

/// The queue and its revision.
async fn read(tx: &mut Tx, account: AccountId) -> Result<(i64, Queue), QueueError> {
    let row: Option<Row> = sql!(
        "SELECT revision, tracks, place, position_ms, source, repeat, shuffle_seed, updated_at
         FROM play_queue WHERE account_id = $1"
    )
    .bind(account)
    .maybe(tx)
    .await?;
    let Some(row) = row else {
        let none = Queue {
            track_ids: Vec::new(),
            index: None,
            position_ms: 0,
            source: None,
            repeat: Repeat::Off,
            shuffle_seed: None,
            updated_at: None,
        };
        return Ok((0, none));
    };
    let kept: Vec<TrackId> = unpack(&row.tracks);
    let there = reachable(tx, account, &kept).await?;
    let place = usize::try_from(row.place).unwrap_or_default();
    let before = kept.iter().take(place).filter(|id| there.contains(*id)).count();
    let is_on = kept.get(place).is_some_and(|id| there.contains(id));
    let track_ids: Vec<TrackId> = kept.into_iter().filter(|id| there.contains(id)).collect();
    let queue = Queue {
        // Where the one that was on is gone, the next is.
        index: track_ids.len().checked_sub(1).map(|last| before.min(last)),
        position_ms: if is_on { row.position_ms } else { 0 },
        track_ids,
        source: row.source,
        repeat: row.repeat,
        shuffle_seed: row.shuffle_seed.and_then(|seed| u32::try_from(seed).ok()),
        updated_at: Some(row.updated_at),
    };
    Ok((row.revision, queue))
}

async fn reachable(
    tx: &mut Tx,
    account: AccountId,
    ids: &[TrackId],
) -> db::Result<std::collections::HashSet<TrackId>> {
    let ids: std::collections::HashSet<TrackId> = ids.iter().copied().collect();
    let there: Vec<TrackId> = sql!(
        "SELECT t.id FROM {rows $ids r(id uuid)} CROSS JOIN track t WHERE t.id = r.id AND {reachable}",
        reachable = TRACK_REACHABLE
    )
    .set_rows("ids", ids.into_iter().map(|id| (id,)).collect::<Rows>())
    .set_opt("viewer", Viewer::member(account).account())
    .column(tx)
    .await?;
    Ok(there.into_iter().collect())
}

async fn write(
    tx: &mut Tx,
    account: AccountId,
    queue: &NewQueue,
    made_from: Revision,
    now: Time,
) -> Result<(), QueueError> {
    // An index counts what its device saw.
    let seen = match &queue.track_ids {
        Some(_) => Vec::new(),
        None => read(tx, account).await?.1.track_ids,
    };
    let tracks = queue.track_ids.as_ref().unwrap_or(&seen);
    let mut check = Check::new();
    check.that(tracks.len() <= TRACKS, "/trackIds", "too_many", "are more than 20,000 tracks");
    check.that(queue.index < tracks.len().max(1), "/index", "out_of_range", "is none of the tracks");
    check.that(
        queue.position_ms >= 0,
        "/positionMs",
        "out_of_range",
        "is a number of milliseconds, 0 or more",
    );
    if let Some(source) = &queue.source {
        check.line("/source", source, 1..=LONGEST_SOURCE);
    }
    check.done()?;
    let revision = match made_from {
        Revision::Any => None,
        Revision::This(revision) => Some(revision),
    };
    // A first queue is made from none; any other from the one that is named.
    let is_kept = sql!(
        "INSERT INTO play_queue (account_id, revision, tracks, place, position_ms, source, repeat, shuffle_seed,
             updated_at)
         SELECT $account, 1, $tracks, $place, $position, $source, $repeat, $seed, $now
         WHERE TRUE[[ AND ($revision = 0 OR EXISTS (SELECT 1 FROM play_queue WHERE account_id = $account))]]
         ON CONFLICT (account_id) DO UPDATE SET revision = play_queue.revision + 1,
             tracks = excluded.tracks, place = excluded.place,
             position_ms = excluded.position_ms, source = excluded.source, repeat = excluded.repeat,
             shuffle_seed = excluded.shuffle_seed, updated_at = excluded.updated_at
         WHERE TRUE[[ AND play_queue.revision = $revision]]"
    )
    .set("account", account)
    .set("tracks", pack(tracks))
    .set("place", i64::try_from(queue.index).unwrap_or(i64::MAX))
    .set("position", queue.position_ms)
    .set("source", queue.source.as_deref())
    .set("repeat", queue.repeat)
    .set("seed", queue.shuffle_seed.map(i64::from))
    .set("now", now)
    .set_opt("revision", revision)
    .changed(tx)
    .await?;
    if is_kept { Ok(()) } else { Err(QueueError::Changed) }
}

/// Sixteen bytes for each id.
fn pack(ids: &[TrackId]) -> Vec<u8> {
    ids.iter().flat_map(|id| *Uuid::from(*id).as_bytes()).collect()
}

fn unpack(bytes: &[u8]) -> Vec<TrackId> {
    let (ids, _) = bytes.as_chunks::<16>();
    ids.iter().map(|id| Uuid::from_bytes(*id).into()).collect()
}
