use db::{Rows, Tx, sql};
use kernel::{AccountId, ArtistId, ImageId, Time, TrackId};

use super::{TrackRow, service::Values};
use crate::catalogue::{
    Viewer,
    visibility::{ALBUM_LISTED, TRACK_LISTED, TRACK_MANAGED, TRACK_REACHABLE},
};

/// The columns of a [`TrackRow`].
pub(super) const TRACK_COLUMNS: &str = "t.id, t.title, t.title_key, t.artist_id, ar.display_name AS artist_name, t.artist_credit,
     al.id AS album_id, al.title AS album_title, t.disc_no, t.track_no, t.duration_ms, t.visibility, t.explicit, t.isrc,
     t.release_date, t.released_order, t.price_per_second, t.preview_start_ms, t.preview_length_ms,
     COALESCE(t.cover_id, al.cover_id) AS cover_id, t.play_count, t.like_count, t.available, t.created_at,
     t.published_at, au.encoder_delay, au.encoder_padding, au.sample_rate,
     CASE WHEN FALSE[[ OR au.promised_ms IS NOT NULL AND EXISTS (SELECT 1 FROM artist_manager pm
         WHERE pm.artist_id = t.artist_id AND pm.account_id = $viewer AND pm.accepted)]]
         THEN au.promised_ms END AS promised_ms,
     (SELECT CAST({json_list}(n.name ORDER BY g.position) AS TEXT) FROM track_genre g JOIN genre n ON n.id = g.genre_id
         WHERE g.track_id = t.id) AS genres,
     [[ EXISTS (SELECT 1 FROM track_like li WHERE li.account_id = $viewer AND li.track_id = t.id) OR]]
     FALSE AS liked";
/// What the columns come from, besides the track itself.
pub(super) const TRACK_JOINS: &str =
    "JOIN artist ar ON ar.id = t.artist_id LEFT JOIN album al ON al.id = t.album_id AND {listed_album}
     LEFT JOIN audio au ON au.track_id = t.id AND au.analysed_at IS NOT NULL";

/// The track as `viewer` reaches it by its address.
pub(super) async fn reachable(tx: &mut Tx, viewer: Viewer, id: TrackId) -> db::Result<Option<TrackRow>> {
    sql!(
        "SELECT {columns} FROM track t {joins} WHERE t.id = $id AND {reachable}",
        columns = TRACK_COLUMNS,
        joins = TRACK_JOINS,
        listed_album = ALBUM_LISTED,
        reachable = TRACK_REACHABLE,
    )
    .set("id", id)
    .set_opt("viewer", viewer.account())
    .maybe(tx)
    .await
}

/// Whether `viewer` reaches the track by its address.
pub(super) async fn is_reachable(tx: &mut Tx, viewer: Viewer, id: TrackId) -> db::Result<bool> {
    sql!(
        "SELECT EXISTS (SELECT 1 FROM track t WHERE t.id = $id AND {reachable})",
        reachable = TRACK_REACHABLE
    )
    .set("id", id)
    .set_opt("viewer", viewer.account())
    .scalar(tx)
    .await
}

/// Those of `ids` that `viewer` finds in lists, in any order.
pub(super) async fn listed(tx: &mut Tx, viewer: Viewer, ids: &[TrackId]) -> db::Result<Vec<TrackRow>> {
    sql!(
        "SELECT {columns} FROM {rows $ids r(id uuid)} CROSS JOIN track t {joins} WHERE t.id = r.id AND {listed}",
        columns = TRACK_COLUMNS,
        joins = TRACK_JOINS,
        listed_album = ALBUM_LISTED,
        listed = TRACK_LISTED,
    )
    .set_rows("ids", ids.iter().map(|id| (*id,)).collect::<Rows>())
    .set_opt("viewer", viewer.account())
    .all(tx)
    .await
}

/// Those of `ids` that `viewer` reaches by their addresses, in any order.
pub(super) async fn all_reachable(tx: &mut Tx, viewer: Viewer, ids: &[TrackId]) -> db::Result<Vec<TrackRow>> {
    sql!(
        "SELECT {columns} FROM {rows $ids r(id uuid)} CROSS JOIN track t {joins} WHERE t.id = r.id AND {reachable}",
        columns = TRACK_COLUMNS,
        joins = TRACK_JOINS,
        listed_album = ALBUM_LISTED,
        reachable = TRACK_REACHABLE,
    )
    .set_rows("ids", ids.iter().map(|id| (*id,)).collect::<Rows>())
    .set_opt("viewer", viewer.account())
    .all(tx)
    .await
}

/// What a change of a track starts from: whose it is, and when it was published.
pub(super) type Managed = (ArtistId, Option<Time>);

/// Takes the track for a change, if `account` manages it: it stays as it is until the transaction ends.
pub(super) async fn managed(tx: &mut Tx, account: AccountId, id: TrackId) -> db::Result<Option<Managed>> {
    sql!(
        "UPDATE track SET updated_at = updated_at
         WHERE id = $id AND EXISTS (SELECT 1 FROM track t WHERE t.id = $id AND {managed})
         RETURNING artist_id, published_at",
        managed = TRACK_MANAGED
    )
    .set("id", id)
    .set("viewer", account)
    .maybe(tx)
    .await
}

/// Whether `account` manages the track.
pub(super) async fn is_managed(tx: &mut Tx, account: AccountId, id: TrackId) -> db::Result<bool> {
    sql!("SELECT EXISTS (SELECT 1 FROM track t WHERE t.id = $id AND {managed})", managed = TRACK_MANAGED)
        .set("id", id)
        .set("viewer", account)
        .scalar(tx)
        .await
}

/// What can be changed of the track.
pub(super) async fn values(tx: &mut Tx, id: TrackId) -> db::Result<Values> {
    sql!(
        "SELECT title, artist_credit, album_id, disc_no, track_no, duration_ms, visibility, explicit, isrc,
             release_date, price_per_second, preview_start_ms, preview_length_ms
         FROM track WHERE id = $1"
    )
    .bind(id)
    .one(tx)
    .await
}

/// Whether the track has a sound file.
pub(super) async fn has_audio(tx: &mut Tx, id: TrackId) -> db::Result<bool> {
    sql!("SELECT EXISTS (SELECT 1 FROM audio WHERE track_id = $1)").bind(id).scalar(tx).await
}

/// Says that the sound of the track is there, and how long it is.
pub(super) async fn set_sound(tx: &mut Tx, id: TrackId, duration_ms: i64, now: Time) -> db::Result<()> {
    sql!("UPDATE track SET duration_ms = $2, available = TRUE, updated_at = $3 WHERE id = $1")
        .bind(id)
        .bind(duration_ms)
        .bind(now)
        .run(tx)
        .await?;
    Ok(())
}

/// Writes a new track, without sound.
pub(super) async fn insert(
    tx: &mut Tx,
    (id, artist): (TrackId, ArtistId),
    values: &Values,
    now: Time,
) -> db::Result<()> {
    sql!(
        "INSERT INTO track (id, artist_id, artist_credit, album_id, title, title_key, disc_no, track_no, duration_ms,
             visibility, explicit, isrc, release_date, released_order, price_asset, price_per_second, preview_start_ms,
             preview_length_ms, play_count, like_count, available, created_at, updated_at)
         VALUES ($id, $artist, $artist_credit, $album, $title, $title_key, $disc_no, $track_no, 0,
             $visibility, $explicit, $isrc, $release_date, $released_order, $price_asset, $price, $preview_start_ms,
             $preview_length_ms, 0, 0, FALSE, $now, $now)"
    )
    .set("id", id)
    .set("artist", artist)
    .set("now", now)
    .set("artist_credit", values.artist_credit.as_deref())
    .set("album", values.album_id)
    .set("title", &values.title)
    .set("title_key", values.title_key())
    .set("disc_no", values.disc_no)
    .set("track_no", values.track_no)
    .set("visibility", values.visibility)
    .set("explicit", values.explicit)
    .set("isrc", values.isrc.as_deref())
    .set("release_date", values.release_date)
    .set("released_order", values.released_order())
    .set("price_asset", values.price_asset())
    .set("price", values.price_per_second)
    .set("preview_start_ms", values.preview_start_ms)
    .set("preview_length_ms", values.preview_length_ms)
    .run(tx)
    .await?;
    Ok(())
}

/// Writes the values of a track.
pub(super) async fn update(
    tx: &mut Tx,
    id: TrackId,
    values: &Values,
    published_at: Option<Time>,
    now: Time,
) -> db::Result<()> {
    sql!(
        "UPDATE track SET artist_credit = $artist_credit, album_id = $album, title = $title, title_key = $title_key,
             disc_no = $disc_no, track_no = $track_no, visibility = $visibility, explicit = $explicit, isrc = $isrc,
             release_date = $release_date, released_order = $released_order, price_asset = $price_asset,
             price_per_second = $price, preview_start_ms = $preview_start_ms, preview_length_ms = $preview_length_ms,
             published_at = $published_at, updated_at = $now
         WHERE id = $id"
    )
    .set("id", id)
    .set("now", now)
    .set("published_at", published_at)
    .set("artist_credit", values.artist_credit.as_deref())
    .set("album", values.album_id)
    .set("title", &values.title)
    .set("title_key", values.title_key())
    .set("disc_no", values.disc_no)
    .set("track_no", values.track_no)
    .set("visibility", values.visibility)
    .set("explicit", values.explicit)
    .set("isrc", values.isrc.as_deref())
    .set("release_date", values.release_date)
    .set("released_order", values.released_order())
    .set("price_asset", values.price_asset())
    .set("price", values.price_per_second)
    .set("preview_start_ms", values.preview_start_ms)
    .set("preview_length_ms", values.preview_length_ms)
    .run(tx)
    .await?;
    Ok(())
}

/// Gives a track another cover.
pub async fn set_cover(tx: &mut Tx, id: TrackId, cover: ImageId, now: Time) -> db::Result<()> {
    sql!("UPDATE track SET cover_id = $2, updated_at = $3 WHERE id = $1")
        .bind(id)
        .bind(cover)
        .bind(now)
        .run(tx)
        .await?;
    Ok(())
}

/// Takes a track away. What was played of it stays in the history of those who heard it.
pub(super) async fn delete(tx: &mut Tx, id: TrackId, now: Time) -> db::Result<()> {
    sql!("UPDATE track SET deleted_at = $2, updated_at = $2 WHERE id = $1")
        .bind(id)
        .bind(now)
        .run(tx)
        .await?;
    Ok(())
}
