//! All SQL of playback.

use db::{Rows, Tx, from_row, sql};
use kernel::{AccountId, AudioId, Time, TrackId};

use super::{
    Play,
    access::{Facts, Preview, Sound, Wanted, place},
    files::{Known, Place},
    plays::Playable,
};

/// x
const VISIBLE: &str = "t.deleted_at IS NULL AND (t.visibility IN ('public', 'unlisted')
    OR t.visibility = 'members' AND $viewer IS NOT NULL
    OR EXISTS (SELECT 1 FROM artist_manager vm WHERE vm.artist_id = t.artist_id AND vm.account_id = $viewer))";

struct FactsRow {
    duration_ms: i64,
    priced: bool,
    manager: bool,
    available: bool,
    preview_start_ms: i64,
    preview_length_ms: i64,
    id: AudioId,
    source: String,
    place: String,
    size: i64,
    modified_at: Time,
    content_type: String,
}

from_row!(FactsRow {
    duration_ms,
    priced,
    manager,
    available,
    preview_start_ms,
    preview_length_ms,
    id,
    source,
    place,
    size,
    modified_at,
    content_type,
});

struct PreviewRow {
    place: String,
    size: i64,
    content_type: String,
    made_at: Time,
    error: Option<String>,
}

from_row!(PreviewRow { place, size, content_type, made_at, error });

/// What playback must know of a track that `viewer` sees.
pub(super) async fn facts(
    tx: &mut Tx,
    track: TrackId,
    viewer: Option<AccountId>,
) -> db::Result<Option<Facts>> {
    let row: Option<FactsRow> = sql!(
        "SELECT t.duration_ms, t.price_per_second IS NOT NULL AS priced,
             EXISTS (SELECT 1 FROM artist_manager m WHERE m.artist_id = t.artist_id AND m.account_id = $viewer) AS manager,
             t.available, t.preview_start_ms, t.preview_length_ms,
             a.id, a.source, a.place, a.size, a.modified_at, a.content_type
         FROM track t JOIN audio a ON a.track_id = t.id
         WHERE t.id = $track AND {visible}",
        visible = VISIBLE
    )
    .set("track", track)
    .set("viewer", viewer)
    .maybe(tx)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let wanted = Wanted {
        audio: row.id,
        modified: row.modified_at,
        start_ms: row.preview_start_ms,
        length_ms: row.preview_length_ms,
    };
    let preview: Option<PreviewRow> =
        sql!("SELECT place, size, content_type, made_at, error FROM preview WHERE track_id = $1")
            .bind(track)
            .maybe(tx)
            .await?;
    let tag = row.id.0.simple().to_string();
    let unreadable = || db::Error::Unreadable { what: "place of a sound file", value: row.place.clone() };
    let known = Known {
        place: place(&row.source, &row.place).ok_or_else(unreadable)?,
        size: u64::try_from(row.size).unwrap_or(0),
        modified: row.modified_at,
    };
    Ok(Some(Facts {
        duration_ms: row.duration_ms,
        priced: row.priced,
        manager: row.manager,
        available: row.available,
        original: Sound::new(known, &row.content_type, &tag),
        preview: preview_of(preview, wanted, &format!("{tag}-p")),
    }))
}

fn preview_of(row: Option<PreviewRow>, wanted: Wanted, tag: &str) -> Preview {
    if wanted.length_ms == 0 {
        return Preview::Never;
    }
    // A row about another place tells of an old preview.
    let (Some(row), Some(key)) = (row, wanted.key()) else { return Preview::Pending };
    if key.as_str() != row.place {
        return Preview::Pending;
    }
    if row.error.is_some() {
        return Preview::Never;
    }
    let known =
        Known { place: Place::Blob(key), size: u64::try_from(row.size).unwrap_or(0), modified: row.made_at };
    Preview::There(Sound::new(known, &row.content_type, tag))
}

/// Notes the deliveries `new` (account, track, first, last, ranges); answers what was known of each of them before,
/// or what was just written. Those of accounts and tracks that are gone are passed over.
pub(super) async fn touch_deliveries(
    tx: &mut Tx,
    new: Rows,
) -> db::Result<Vec<(AccountId, TrackId, Vec<u8>)>> {
    sql!(
        "INSERT INTO delivery (account_id, track_id, first_at, last_at, ranges)
         SELECT n.account_id, n.track_id, n.first_at, n.last_at, n.ranges
         FROM {rows $new n(account_id uuid, track_id uuid, first_at int, last_at int, ranges bytes)}
         WHERE EXISTS (SELECT 1 FROM account a WHERE a.id = n.account_id)
             AND EXISTS (SELECT 1 FROM track t WHERE t.id = n.track_id)
         ON CONFLICT (account_id, track_id) DO UPDATE SET
             first_at = {least}(delivery.first_at, excluded.first_at),
             last_at = {greatest}(delivery.last_at, excluded.last_at)
         RETURNING account_id, track_id, ranges"
    )
    .set_rows("new", new)
    .all(tx)
    .await
}

/// Writes the ranges of deliveries that are known: (account, track, ranges).
pub(super) async fn set_delivered(tx: &mut Tx, grown: Rows) -> db::Result<()> {
    sql!(
        "UPDATE delivery SET ranges = n.ranges
         FROM {rows $grown n(account_id uuid, track_id uuid, ranges bytes)}
         WHERE delivery.account_id = n.account_id AND delivery.track_id = n.track_id"
    )
    .set_rows("grown", grown)
    .run(tx)
    .await?;
    Ok(())
}

/// What is known of a track that `account` sees when a play of it is judged.
pub(super) async fn playable(
    tx: &mut Tx,
    track: TrackId,
    account: AccountId,
) -> db::Result<Option<Playable>> {
    sql!(
        "SELECT t.duration_ms, d.first_at
         FROM track t LEFT JOIN delivery d ON d.track_id = t.id AND d.account_id = $viewer
         WHERE t.id = $track AND {visible}",
        visible = VISIBLE
    )
    .set("track", track)
    .set("viewer", account)
    .maybe(tx)
    .await
}

/// The play that `account` reported as `client_play_id`.
pub(super) async fn play(tx: &mut Tx, account: AccountId, client_play_id: &str) -> db::Result<Option<Play>> {
    sql!(
        "SELECT id, client_play_id, track_id, started_at, seconds AS seconds_listened, completed, served, stream
         FROM play WHERE account_id = $1 AND client_play_id = $2"
    )
    .bind(account)
    .bind(client_play_id)
    .maybe(tx)
    .await
}

/// Adds a play; answers whether it is a new one.
pub(super) async fn insert_play(tx: &mut Tx, account: AccountId, play: &Play, now: Time) -> db::Result<bool> {
    sql!(
        "INSERT INTO play (id, account_id, track_id, client_play_id, started_at, reported_at, seconds, completed,
             served, stream)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
         ON CONFLICT (account_id, client_play_id) DO NOTHING"
    )
    .bind(play.id)
    .bind(account)
    .bind(play.track_id)
    .bind(&play.client_play_id)
    .bind(play.started_at)
    .bind(now)
    .bind(play.seconds_listened)
    .bind(play.completed)
    .bind(play.served)
    .bind(play.stream)
    .changed(tx)
    .await
}

/// Adds a play to the totals of `account`.
pub(super) async fn add_listening(
    tx: &mut Tx,
    account: AccountId,
    stream: bool,
    seconds: i64,
) -> db::Result<()> {
    sql!(
        "INSERT INTO listening (account_id, streams, seconds) VALUES ($1, $2, $3)
         ON CONFLICT (account_id) DO UPDATE SET
             streams = listening.streams + excluded.streams, seconds = listening.seconds + excluded.seconds"
    )
    .bind(account)
    .bind(i64::from(stream))
    .bind(seconds)
    .run(tx)
    .await?;
    Ok(())
}
