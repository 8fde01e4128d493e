//! One price for all of a release.

use db::{Tx, sql};
use kernel::{AccountId, AlbumId, ArtistId, Asset, Time, TrackId};

use crate::catalogue::visibility::TRACK_MANAGED;

/// Gives the tracks of an album that `account` manages this price, in minor units of BEAT a second, or none. Answers
/// those that had another, and whose they are.
pub(super) async fn set(
    tx: &mut Tx,
    account: AccountId,
    album: AlbumId,
    price: Option<i64>,
    now: Time,
) -> db::Result<Vec<(TrackId, ArtistId)>> {
    sql!(
        "UPDATE track SET price_asset = $asset, price_per_second = $price, updated_at = $now
         WHERE price_per_second IS DISTINCT FROM $price
             AND id IN (SELECT t.id FROM track t WHERE t.album_id = $album AND {managed})
         RETURNING id, artist_id",
        managed = TRACK_MANAGED
    )
    .set("asset", price.map(|_| Asset::Beat.code()))
    .set("price", price)
    .set("now", now)
    .set("album", album)
    .set("viewer", account)
    .all(tx)
    .await
}
