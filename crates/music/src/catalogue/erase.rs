//! What deleted things leave in the object store is erased some time after; their rows stay, for those who played them and
//! for what was paid.

use db::{Rows, Tx, sql};
use identity::images::Image;
use kernel::{AlbumId, ImageId, Time, TrackId};

use super::cover;

/// Things that are erased in one transaction.
const BATCH: u32 = 200;

/// Takes the sound from uploaded tracks, and the covers from tracks and albums, that were deleted before that time. Answers
/// how many things that were, [`BATCH`] at most of each kind, and the pictures that are nobody's now. The bytes of the
/// sound have no row any more, and are swept.
pub(crate) async fn erase(tx: &mut Tx, before: Time) -> db::Result<(usize, Vec<Image>)> {
    let tracks: Vec<(TrackId, Option<ImageId>)> = sql!(
        "SELECT t.id, t.cover_id FROM track t WHERE t.deleted_at < $1 AND (t.cover_id IS NOT NULL
             OR EXISTS (SELECT 1 FROM audio a WHERE a.track_id = t.id AND a.source = 'blob')) LIMIT $2"
    )
    .bind(before)
    .bind(BATCH)
    .all(tx)
    .await?;
    let albums: Vec<(AlbumId, Option<ImageId>)> =
        sql!("SELECT id, cover_id FROM album WHERE deleted_at < $1 AND cover_id IS NOT NULL LIMIT $2")
            .bind(before)
            .bind(BATCH)
            .all(tx)
            .await?;
    let ids: Rows = tracks.iter().map(|(id, _)| (*id,)).collect();
    sql!("DELETE FROM audio WHERE source = 'blob' AND track_id IN (SELECT r.id FROM {rows $1 r(id uuid)})")
        .rows(ids.clone())
        .run(tx)
        .await?;
    sql!("UPDATE track SET cover_id = NULL WHERE id IN (SELECT r.id FROM {rows $1 r(id uuid)})")
        .rows(ids)
        .run(tx)
        .await?;
    sql!("UPDATE album SET cover_id = NULL WHERE id IN (SELECT r.id FROM {rows $1 r(id uuid)})")
        .rows(albums.iter().map(|(id, _)| (*id,)).collect::<Rows>())
        .run(tx)
        .await?;
    let mut covers: Vec<ImageId> = tracks
        .iter()
        .map(|(_, cover)| *cover)
        .chain(albums.iter().map(|(_, cover)| *cover))
        .flatten()
        .collect();
    covers.sort_unstable();
    covers.dedup();
    let mut unused = Vec::new();
    for image in covers {
        unused.extend(cover::forget(tx, Some(image)).await?);
    }
    Ok((tracks.len().max(albums.len()), unused))
}
