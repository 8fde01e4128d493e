use std::collections::HashMap;

use db::{Rows, Tx, from_row, sql};
use kernel::{AccountId, AlbumId, ArtistId, ImageId, Limit, Time, TrackId};

use super::{Album, model::AlbumRow, service::Values};
use crate::catalogue::{
    ReleaseDate, Viewer, Visibility,
    image::ImageUrl,
    track::ArtistName,
    visibility::{ALBUM_LISTED, ALBUM_MANAGED, ALBUM_REACHABLE, TRACK_LISTED},
};

/// The columns of an [`AlbumRow`]; ten genres at most.
pub(super) const ALBUM_COLUMNS: &str = "al.id, al.title, al.title_key, al.artist_id, ar.display_name AS artist_name, al.kind,
     al.visibility, al.release_date, al.released_order, al.cover_id, al.description, al.play_count, al.like_count,
     al.created_at,
     (SELECT CAST({json_list}(most.name) AS TEXT) FROM (
         SELECT n.name FROM album_genre ge JOIN genre n ON n.id = ge.genre_id WHERE ge.album_id = al.id
         ORDER BY ge.track_count DESC, n.name_key LIMIT 10) AS most) AS genres";

/// The album as `viewer` reaches it by its address.
pub(super) async fn reachable(tx: &mut Tx, viewer: Viewer, id: AlbumId) -> db::Result<Option<AlbumRow>> {
    sql!(
        "SELECT {columns} FROM album al JOIN artist ar ON ar.id = al.artist_id WHERE al.id = $id AND {reachable}",
        columns = ALBUM_COLUMNS,
        reachable = ALBUM_REACHABLE,
    )
    .set("id", id)
    .set_opt("viewer", viewer.account())
    .maybe(tx)
    .await
}

/// Those of `ids` that `viewer` finds in lists, in any order.
pub(super) async fn listed(tx: &mut Tx, viewer: Viewer, ids: &[AlbumId]) -> db::Result<Vec<AlbumRow>> {
    sql!(
        "SELECT {columns} FROM {rows $ids r(id uuid)} CROSS JOIN album al JOIN artist ar ON ar.id = al.artist_id
         WHERE al.id = r.id AND {listed}",
        columns = ALBUM_COLUMNS,
        listed = ALBUM_LISTED,
    )
    .set_rows("ids", ids.iter().map(|id| (*id,)).collect::<Rows>())
    .set_opt("viewer", viewer.account())
    .all(tx)
    .await
}

struct Totals {
    album_id: AlbumId,
    track_count: i64,
    duration_ms: i64,
}

from_row!(Totals { album_id, track_count, duration_ms });

/// The rows as albums, with figures.
pub(super) async fn with_figures(tx: &mut Tx, viewer: Viewer, rows: Vec<AlbumRow>) -> db::Result<Vec<Album>> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Rows = rows.iter().map(|row| (row.id,)).collect();
    let totals: Vec<Totals> = sql!(
        "SELECT t.album_id, COUNT(*) AS track_count, CAST(SUM(t.duration_ms) AS BIGINT) AS duration_ms
         FROM {rows $ids r(id uuid)} CROSS JOIN track t WHERE t.album_id = r.id AND {listed} GROUP BY t.album_id",
        listed = TRACK_LISTED
    )
    .set_rows("ids", ids)
    .set_opt("viewer", viewer.account())
    .all(tx)
    .await?;
    let totals: HashMap<AlbumId, Totals> = totals.into_iter().map(|t| (t.album_id, t)).collect();
    let album = |row: AlbumRow| {
        let tracks = totals.get(&row.id);
        Album {
            genres: row.genres,
            track_count: tracks.map_or(0, |t| t.track_count),
            duration_ms: tracks.map_or(0, |t| t.duration_ms),
            id: row.id,
            title: row.title,
            artist: ArtistName { id: row.artist_id, name: row.artist_name },
            kind: row.kind,
            visibility: row.visibility,
            released_at: row.release_date.map(ReleaseDate::start),
            release_date: row.release_date,
            created_at: row.created_at,
            description: row.description,
            play_count: row.play_count,
            like_count: row.like_count,
            cover_url: row.cover_id.map(ImageUrl),
        }
    };
    Ok(rows.into_iter().map(album).collect())
}

/// Where a track stands on its album.
pub(super) type Place = (i64, i64, TrackId);

/// The tracks of an album in its order. Those that are unlisted belong to an unlisted album's list: whoever has the
/// one address has the others by it.
pub(super) async fn tracks(
    tx: &mut Tx,
    viewer: Viewer,
    (id, visibility): (AlbumId, Visibility),
    limit: Limit,
    after: Option<Place>,
) -> db::Result<Vec<Place>> {
    let query = sql!(
        "SELECT t.disc_no, t.track_no, t.id FROM track t
         WHERE t.album_id = $album AND ({listed}[[:unlisted: OR t.deleted_at IS NULL AND t.visibility = 'unlisted']])
         [[ AND (t.disc_no, t.track_no, t.id) > ($disc, $number, $id)]]
         ORDER BY t.disc_no, t.track_no, t.id LIMIT $limit",
        listed = TRACK_LISTED,
    );
    let query = if visibility == Visibility::Unlisted { query.on("unlisted") } else { query };
    query
        .set("album", id)
        .set_opt("viewer", viewer.account())
        .set_opt("disc", after.map(|(disc, ..)| disc))
        .set_opt("number", after.map(|(_, number, _)| number))
        .set_opt("id", after.map(|(.., id)| id))
        .set("limit", limit.fetch())
        .all(tx)
        .await
}

/// Takes the album for a change, if `account` manages it: answers whose it is and what can be changed of it. It stays
/// so until the transaction ends.
pub(super) async fn managed(
    tx: &mut Tx,
    account: AccountId,
    id: AlbumId,
) -> db::Result<Option<(ArtistId, Values)>> {
    let artist: Option<(ArtistId,)> = sql!(
        "UPDATE album SET updated_at = updated_at
         WHERE id = $id AND EXISTS (SELECT 1 FROM album al WHERE al.id = $id AND {managed}) RETURNING artist_id",
        managed = ALBUM_MANAGED
    )
    .set("id", id)
    .set("viewer", account)
    .maybe(tx)
    .await?;
    let Some((artist,)) = artist else { return Ok(None) };
    let values = sql!("SELECT title, kind, visibility, release_date, description FROM album WHERE id = $1")
        .bind(id)
        .one(tx)
        .await?;
    Ok(Some((artist, values)))
}

/// Whether `account` manages the album.
pub(in crate::catalogue) async fn is_managed(
    tx: &mut Tx,
    account: AccountId,
    id: AlbumId,
) -> db::Result<bool> {
    sql!("SELECT EXISTS (SELECT 1 FROM album al WHERE al.id = $id AND {managed})", managed = ALBUM_MANAGED)
        .set("id", id)
        .set("viewer", account)
        .scalar(tx)
        .await
}

/// Writes a new album.
pub(super) async fn insert(
    tx: &mut Tx,
    (id, artist): (AlbumId, ArtistId),
    values: &Values,
    now: Time,
) -> db::Result<()> {
    sql!(
        "INSERT INTO album (id, artist_id, title, title_key, kind, visibility, release_date, released_order, description,
             play_count, like_count, created_at, updated_at)
         VALUES ($id, $artist, $title, $title_key, $kind, $visibility, $release_date, $released_order, $description,
             0, 0, $now, $now)"
    )
    .set("id", id)
    .set("artist", artist)
    .set("now", now)
    .set("title", &values.title)
    .set("title_key", values.title_key())
    .set("kind", values.kind)
    .set("visibility", values.visibility)
    .set("release_date", values.release_date)
    .set("released_order", values.released_order())
    .set("description", &values.description)
    .run(tx)
    .await?;
    Ok(())
}

/// Writes the values of an album.
pub(super) async fn update(tx: &mut Tx, id: AlbumId, values: &Values, now: Time) -> db::Result<()> {
    sql!(
        "UPDATE album SET title = $title, title_key = $title_key, kind = $kind, visibility = $visibility,
             release_date = $release_date, released_order = $released_order, description = $description, updated_at = $now
         WHERE id = $id"
    )
    .set("id", id)
    .set("now", now)
    .set("title", &values.title)
    .set("title_key", values.title_key())
    .set("kind", values.kind)
    .set("visibility", values.visibility)
    .set("release_date", values.release_date)
    .set("released_order", values.released_order())
    .set("description", &values.description)
    .run(tx)
    .await?;
    Ok(())
}

/// Gives an album another cover.
pub async fn set_cover(tx: &mut Tx, id: AlbumId, cover: ImageId, now: Time) -> db::Result<()> {
    sql!("UPDATE album SET cover_id = $2, updated_at = $3 WHERE id = $1")
        .bind(id)
        .bind(cover)
        .bind(now)
        .run(tx)
        .await?;
    Ok(())
}

/// Takes an album away; answers its tracks, which are on no album then. An import does not know it again: what comes of
/// its files later is on another one.
pub(super) async fn delete(tx: &mut Tx, id: AlbumId, now: Time) -> db::Result<Vec<TrackId>> {
    sql!("UPDATE album SET deleted_at = $2, updated_at = $2, library_key = NULL WHERE id = $1")
        .bind(id)
        .bind(now)
        .run(tx)
        .await?;
    sql!("UPDATE track SET album_id = NULL, updated_at = $2 WHERE album_id = $1 RETURNING id")
        .bind(id)
        .bind(now)
        .column(tx)
        .await
}
