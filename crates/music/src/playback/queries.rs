//! All SQL of playback.

use db::{Rows, Tx, from_row, sql};
use infra::BlobKey;
use kernel::{AccountId, AudioId, PlayId, Time, TrackId};

use super::{
    Play,
    access::{Facts, Preview, Sound, Wanted, place},
    files::{Known, Place},
    history::RecentStream,
    plays::Playable,
    previews::{self, Cutting},
};
use crate::catalogue::{AudioSource, Viewer, visibility::TRACK_REACHABLE};

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
pub(super) async fn facts(tx: &mut Tx, track: TrackId, viewer: Viewer) -> db::Result<Option<Facts>> {
    let row: Option<FactsRow> = sql!(
        "SELECT t.duration_ms, t.price_per_second IS NOT NULL AS priced,
             [[EXISTS (SELECT 1 FROM artist_manager m WHERE m.artist_id = t.artist_id AND m.account_id = $viewer
                     AND m.accepted)
                 OR ]]FALSE AS manager,
             t.available, t.preview_start_ms, t.preview_length_ms,
             a.id, a.source, a.place, a.size, a.modified_at, a.content_type
         FROM track t JOIN audio a ON a.track_id = t.id
         WHERE t.id = $track AND {reachable}",
        reachable = TRACK_REACHABLE
    )
    .set("track", track)
    .set_opt("viewer", viewer.account())
    .maybe(tx)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let span = (row.preview_start_ms, row.preview_length_ms);
    let wanted = Wanted::new(row.id, row.modified_at, span, row.duration_ms);
    let preview: Option<PreviewRow> =
        sql!("SELECT place, size, content_type, made_at, error FROM preview WHERE track_id = $1")
            .bind(track)
            .maybe(tx)
            .await?;
    let tag = row.id.0.simple().to_string();
    let known = known(&row.source, &row.place, row.size, row.modified_at)?;
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
    Preview::There(Sound { part: Some(wanted.part()), ..Sound::new(known, &row.content_type, tag) })
}

/// The file of `track`, and whether there is anything to be heard in it.
pub(super) async fn file(tx: &mut Tx, track: TrackId) -> db::Result<Option<(Known, bool)>> {
    let row: Option<(String, String, i64, Time, bool)> = sql!(
        "SELECT a.source, a.place, a.size, a.modified_at, t.duration_ms > 0
         FROM track t JOIN audio a ON a.track_id = t.id WHERE t.id = $1 AND t.deleted_at IS NULL"
    )
    .bind(track)
    .maybe(tx)
    .await?;
    let Some((source, path, size, modified, playable)) = row else { return Ok(None) };
    Ok(Some((known(&source, &path, size, modified)?, playable)))
}

/// Up to `n` tracks `after` that one whose files were away, and are worth a look.
pub(super) async fn away(tx: &mut Tx, after: Option<TrackId>, n: u32) -> db::Result<Vec<(TrackId, Known)>> {
    let rows: Vec<(TrackId, String, String, i64, Time)> = sql!(
        "SELECT t.id, a.source, a.place, a.size, a.modified_at FROM track t JOIN audio a ON a.track_id = t.id
         WHERE NOT t.available AND t.deleted_at IS NULL AND t.duration_ms > 0[[ AND t.id > $after]]
         ORDER BY t.id LIMIT $n"
    )
    .set_opt("after", after)
    .set("n", n)
    .all(tx)
    .await?;
    let read =
        |(id, source, path, size, at): (_, String, String, _, _)| Ok((id, known(&source, &path, size, at)?));
    rows.into_iter().map(read).collect()
}

fn known(source: &str, path: &str, size: i64, modified: Time) -> db::Result<Known> {
    let place = place(source, path)
        .ok_or_else(|| db::Error::Unreadable { what: "place of a sound file", value: path.to_owned() })?;
    Ok(Known { place, size: u64::try_from(size).unwrap_or(0), modified })
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

/// Has the reports of an account wait for one another; answers until when its time is taken up.
pub(super) async fn hold_listening(tx: &mut Tx, account: AccountId) -> db::Result<Time> {
    // Written, not only read: the first report of an account finds no row that it could lock.
    sql!(
        "INSERT INTO listening (account_id, streams, seconds, taken_until) VALUES ($1, 0, 0, 0)
         ON CONFLICT (account_id) DO UPDATE SET streams = listening.streams
         RETURNING taken_until"
    )
    .bind(account)
    .scalar(tx)
    .await
}

/// What is known of a track that `account` sees when a play of it is judged.
pub(super) async fn playable(
    tx: &mut Tx,
    track: TrackId,
    account: AccountId,
) -> db::Result<Option<Playable>> {
    sql!(
        "SELECT t.duration_ms, d.first_at, d.ranges, a.size
         FROM track t LEFT JOIN delivery d ON d.track_id = t.id AND d.account_id = $viewer
             LEFT JOIN audio a ON a.track_id = t.id
         WHERE t.id = $track AND {reachable}",
        reachable = TRACK_REACHABLE
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

/// Adds a play to the totals of `account`, which are held, and notes until when its time is taken up.
pub(super) async fn add_listening(
    tx: &mut Tx,
    account: AccountId,
    stream: bool,
    seconds: i64,
    taken_until: Time,
) -> db::Result<()> {
    sql!(
        "UPDATE listening SET streams = streams + $streams, seconds = seconds + $seconds, taken_until = $until
         WHERE account_id = $account"
    )
    .set("streams", i64::from(stream))
    .set("seconds", seconds)
    .set("until", taken_until)
    .set("account", account)
    .run(tx)
    .await?;
    Ok(())
}

struct CuttingRow {
    id: AudioId,
    modified_at: Time,
    source: AudioSource,
    place: String,
    preview_start_ms: i64,
    preview_length_ms: i64,
    duration_ms: i64,
    old: Option<String>,
    failed: bool,
}

from_row!(CuttingRow {
    id,
    modified_at,
    source,
    place,
    preview_start_ms,
    preview_length_ms,
    duration_ms,
    old,
    failed
});

/// What the preview of `track` is cut from, whoever may see the track.
pub(super) async fn cutting(tx: &mut Tx, track: TrackId) -> db::Result<Option<Cutting>> {
    let row: Option<CuttingRow> = sql!(
        "SELECT a.id, a.modified_at, a.source, a.place, t.preview_start_ms, t.preview_length_ms, t.duration_ms,
             p.place AS old, p.error IS NOT NULL AS failed
         FROM track t JOIN audio a ON a.track_id = t.id LEFT JOIN preview p ON p.track_id = t.id
         WHERE t.id = $1 AND t.deleted_at IS NULL"
    )
    .bind(track)
    .maybe(tx)
    .await?;
    Ok(row.map(|row| Cutting {
        source: row.source,
        place: row.place,
        wanted: Wanted::new(
            row.id,
            row.modified_at,
            (row.preview_start_ms, row.preview_length_ms),
            row.duration_ms,
        ),
        old: row.old,
        failed: row.failed,
    }))
}

/// Notes the preview of `track` that lies at `key`.
pub(super) async fn put_preview(
    tx: &mut Tx,
    track: TrackId,
    key: &BlobKey,
    preview: &previews::Row,
    now: Time,
) -> db::Result<()> {
    sql!(
        "INSERT INTO preview (track_id, place, size, content_type, made_at, error)
         SELECT t.id, $place, $size, $content_type, $now, $error FROM track t WHERE t.id = $track
         ON CONFLICT (track_id) DO UPDATE SET place = excluded.place, size = excluded.size,
             content_type = excluded.content_type, made_at = excluded.made_at, error = excluded.error"
    )
    .set("track", track)
    .set("place", key.as_str())
    .set("size", i64::try_from(preview.size).unwrap_or(i64::MAX))
    .set("content_type", preview.content_type)
    .set("now", now)
    .set("error", preview.error.as_deref())
    .run(tx)
    .await?;
    Ok(())
}

/// Where the preview lies of a track that is deleted.
pub(super) async fn preview_of_deleted(tx: &mut Tx, track: TrackId) -> db::Result<Option<String>> {
    let places = sql!(
        "SELECT p.place FROM preview p JOIN track t ON t.id = p.track_id
         WHERE p.track_id = $1 AND t.deleted_at IS NOT NULL"
    );
    Ok(places.bind(track).column(tx).await?.into_iter().next())
}

/// Forgets the preview of `track`.
pub(super) async fn delete_preview(tx: &mut Tx, track: TrackId) -> db::Result<()> {
    sql!("DELETE FROM preview WHERE track_id = $1").bind(track).run(tx).await?;
    Ok(())
}

/// Streams and seconds of `account` in all.
pub(super) async fn totals(tx: &mut Tx, account: AccountId) -> db::Result<(i64, i64)> {
    let totals = sql!("SELECT streams, seconds FROM listening WHERE account_id = $1");
    Ok(totals.bind(account).maybe(tx).await?.unwrap_or_default())
}

/// The latest streams of `account` of what it still may see, the newest first, `n` at most.
pub(super) async fn recent_streams(tx: &mut Tx, account: AccountId, n: i64) -> db::Result<Vec<RecentStream>> {
    sql!(
        "SELECT p.track_id, t.title, t.artist_id, a.display_name AS artist_name, p.started_at, p.seconds
         FROM play p JOIN track t ON t.id = p.track_id JOIN artist a ON a.id = t.artist_id
         WHERE p.account_id = $viewer AND p.stream AND {reachable}
         ORDER BY p.started_at DESC, p.id DESC LIMIT $n",
        reachable = TRACK_REACHABLE
    )
    .set("viewer", account)
    .set("n", n)
    .all(tx)
    .await
}

/// Plays of `account`, the latest first, from after `after`; of each track only the latest if `distinct`.
pub(super) async fn history(
    tx: &mut Tx,
    account: AccountId,
    distinct: bool,
    after: Option<(Time, PlayId)>,
    n: i64,
) -> db::Result<Vec<Play>> {
    let query = sql!(
        "SELECT p.id, p.client_play_id, p.track_id, p.started_at, p.seconds AS seconds_listened, p.completed,
             p.served, p.stream
         FROM play p
         WHERE p.account_id = $account[[ AND (p.started_at, p.id) < ($at, $id)]][[:distinct: AND NOT EXISTS (
             SELECT 1 FROM play later WHERE later.account_id = p.account_id AND later.track_id = p.track_id
                 AND (later.started_at, later.id) > (p.started_at, p.id))]]
         ORDER BY p.started_at DESC, p.id DESC LIMIT $n"
    )
    .set("account", account)
    .set_opt("at", after.map(|(at, _)| at))
    .set_opt("id", after.map(|(_, id)| id))
    .set("n", n);
    if distinct { query.on("distinct") } else { query }.all(tx).await
}

/// Notes what `account` hears now.
pub(super) async fn put_now_playing(
    tx: &mut Tx,
    account: AccountId,
    track: TrackId,
    position_ms: i64,
    now: Time,
) -> db::Result<()> {
    sql!(
        "INSERT INTO now_playing (account_id, track_id, position_ms, at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (account_id) DO UPDATE SET
             track_id = excluded.track_id, position_ms = excluded.position_ms, at = excluded.at"
    )
    .bind(account)
    .bind(track)
    .bind(position_ms)
    .bind(now)
    .run(tx)
    .await?;
    Ok(())
}

/// Notes that `account` hears nothing now.
pub(super) async fn clear_now_playing(tx: &mut Tx, account: AccountId) -> db::Result<()> {
    sql!("DELETE FROM now_playing WHERE account_id = $1").bind(account).run(tx).await?;
    Ok(())
}

/// What `account` hears: track, position in milliseconds, and when it was there.
pub(super) async fn now_playing(tx: &mut Tx, account: AccountId) -> db::Result<Option<(TrackId, i64, Time)>> {
    sql!("SELECT track_id, position_ms, at FROM now_playing WHERE account_id = $1")
        .bind(account)
        .maybe(tx)
        .await
}

/// What is known of the waveform of a track.
pub(super) struct WaveformRow {
    /// How long the track is.
    pub duration_ms: i64,
    /// Which file it was made from.
    pub id: AudioId,
    /// A version byte and the peaks.
    pub peaks: Option<Vec<u8>>,
    /// When it was made.
    pub analysed_at: Option<Time>,
    /// Whether it cannot be made.
    pub failed: bool,
}

from_row!(WaveformRow { duration_ms, id, peaks, analysed_at, failed });

/// The waveform of a track that `viewer` sees.
pub(super) async fn waveform(tx: &mut Tx, track: TrackId, viewer: Viewer) -> db::Result<Option<WaveformRow>> {
    sql!(
        "SELECT t.duration_ms, a.id, a.peaks, a.analysed_at, a.analysis_error IS NOT NULL AS failed
         FROM track t JOIN audio a ON a.track_id = t.id WHERE t.id = $track AND {reachable}",
        reachable = TRACK_REACHABLE
    )
    .set("track", track)
    .set_opt("viewer", viewer.account())
    .maybe(tx)
    .await
}
