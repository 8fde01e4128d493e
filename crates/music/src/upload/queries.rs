use db::{Tx, sql};
use kernel::{AlbumId, ArtistId, AudioId, TrackId};

use super::analyse::Pending;

/// Holds the page until the transaction ends; answers what its artist is called.
pub(super) async fn take_page(tx: &mut Tx, page: ArtistId) -> db::Result<String> {
    sql!("SELECT display_name FROM artist WHERE id = $1 {for_update}").bind(page).scalar(tx).await
}

/// The track of the page whose file has this hash.
pub(super) async fn track_of(tx: &mut Tx, page: ArtistId, hash: [u8; 32]) -> db::Result<Option<TrackId>> {
    let track: Option<(TrackId,)> = sql!(
        "SELECT t.id FROM audio a JOIN track t ON t.id = a.track_id
         WHERE a.hash = $1 AND t.artist_id = $2 AND t.deleted_at IS NULL ORDER BY t.id LIMIT 1"
    )
    .bind(hash)
    .bind(page)
    .maybe(tx)
    .await?;
    Ok(track.map(|(id,)| id))
}

/// What the files of the page take in the object store, in bytes; those of deleted tracks too until they are erased.
pub(super) async fn kept_by(tx: &mut Tx, page: ArtistId) -> db::Result<u64> {
    let kept: i64 = sql!(
        "SELECT CAST(COALESCE(SUM(a.size), 0) AS BIGINT) FROM track t JOIN audio a ON a.track_id = t.id
         WHERE t.artist_id = $1 AND a.source = 'blob'"
    )
    .bind(page)
    .scalar(tx)
    .await?;
    Ok(u64::try_from(kept).unwrap_or(0))
}

/// The album of the page under the key of its title.
pub(super) async fn album_titled(
    tx: &mut Tx,
    page: ArtistId,
    title_key: &str,
) -> db::Result<Option<AlbumId>> {
    let album: Option<(AlbumId,)> = sql!(
        "SELECT id FROM album WHERE artist_id = $1 AND title_key = $2 AND deleted_at IS NULL ORDER BY id LIMIT 1"
    )
    .bind(page)
    .bind(title_key)
    .maybe(tx)
    .await?;
    Ok(album.map(|(id,)| id))
}

/// A file that is to be analysed, unless it was.
pub(super) async fn pending_one(tx: &mut Tx, audio: AudioId) -> db::Result<Option<Pending>> {
    sql!(
        "SELECT id, track_id, source, place, modified_at FROM audio
         WHERE id = $1 AND analysed_at IS NULL AND analysis_error IS NULL"
    )
    .bind(audio)
    .maybe(tx)
    .await
}

/// Up to `n` files that are to be analysed and are there.
pub(super) async fn pending(tx: &mut Tx, n: u32) -> db::Result<Vec<Pending>> {
    sql!(
        "SELECT a.id, a.track_id, a.source, a.place, a.modified_at FROM audio a JOIN track t ON t.id = a.track_id
         WHERE a.analysed_at IS NULL AND a.analysis_error IS NULL AND t.available AND t.deleted_at IS NULL
         ORDER BY a.id LIMIT $1"
    )
    .bind(n)
    .all(tx)
    .await
}

/// The folders that were ever imported.
pub(super) async fn roots(tx: &mut Tx) -> db::Result<Vec<String>> {
    sql!("SELECT DISTINCT root FROM library_import").column(tx).await
}

/// Those of `ids` that are the sound of a track.
pub(super) async fn known(tx: &mut Tx, ids: &[AudioId]) -> db::Result<Vec<AudioId>> {
    sql!("SELECT a.id FROM {rows $1 r(id uuid)} JOIN audio a ON a.id = r.id")
        .rows(ids.iter().map(|id| (*id,)).collect::<db::Rows>())
        .column(tx)
        .await
}
