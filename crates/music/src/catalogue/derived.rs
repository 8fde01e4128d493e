//! What is stored twice so that lists stay quick: the copies beside a track's genres, the genres of albums and
//! artists, and the sums of albums. Whoever changes tracks says so here, in the same transaction.

use db::{Rows, Tx, feed, sql};
use kernel::{AlbumId, ArtistId, Time, TrackId};
use uuid::Uuid;

use super::{COUNTS, FEED};

/// What a transaction changed. Things may be named more than once.
#[derive(Debug, Clone, Default)]
pub struct Touched {
    /// Tracks, new ones and deleted ones included.
    pub tracks: Vec<TrackId>,
    /// Albums, and those that a track left or came to.
    pub albums: Vec<AlbumId>,
    /// Artists, and those that a track left or came to.
    pub artists: Vec<ArtistId>,
}

impl Touched {
    /// One track with its album and artist.
    pub fn track(track: TrackId, album: Option<AlbumId>, artist: ArtistId) -> Self {
        Self { tracks: vec![track], albums: album.into_iter().collect(), artists: vec![artist] }
    }
}

/// `ids` once each, as rows of one column.
fn rows<T: Into<Uuid> + Copy>(ids: &[T]) -> Rows {
    let mut ids: Vec<Uuid> = ids.iter().map(|id| (*id).into()).collect();
    ids.sort_unstable();
    ids.dedup();
    ids.into_iter().map(|id| (id,)).collect()
}

/// Brings everything that is derived from the touched things up to date, and tells the readers of the change feed.
pub async fn settle(tx: &mut Tx, touched: &Touched, now: Time) -> db::Result<()> {
    let (tracks, albums, artists) = (rows(&touched.tracks), rows(&touched.albums), rows(&touched.artists));
    if !tracks.is_empty() {
        copy_to_genres(tx, tracks).await?;
    }
    if !albums.is_empty() {
        sum_albums(tx, albums.clone()).await?;
        genres_of_albums(tx, albums).await?;
    }
    if !artists.is_empty() {
        genres_of_artists(tx, artists).await?;
    }
    let changed = (touched.tracks.iter().map(|id| Uuid::from(*id)))
        .chain(touched.albums.iter().map(|id| Uuid::from(*id)))
        .chain(touched.artists.iter().map(|id| Uuid::from(*id)));
    let mut changed: Vec<Uuid> = changed.collect();
    changed.sort_unstable();
    changed.dedup();
    feed::append_many(tx, FEED, changed, now).await
}

/// The copies in `track_genre`; those of new tracks are right already.
pub(super) async fn copy_to_genres(tx: &mut Tx, tracks: Rows) -> db::Result<()> {
    sql!(
        "UPDATE track_genre SET title_key = t.title_key, released_order = t.released_order,
             play_count = t.play_count, like_count = t.like_count,
             listed = CASE WHEN t.available AND t.deleted_at IS NULL AND t.visibility IN ('public', 'members')
                 THEN t.visibility END
         FROM track t WHERE t.id = track_genre.track_id
             AND track_genre.track_id IN (SELECT r.id FROM {rows $1 r(id uuid)})
             AND ((track_genre.title_key, track_genre.released_order, track_genre.play_count, track_genre.like_count)
                     <> (t.title_key, t.released_order, t.play_count, t.like_count)
                 OR track_genre.listed IS DISTINCT FROM
                     CASE WHEN t.available AND t.deleted_at IS NULL AND t.visibility IN ('public', 'members')
                         THEN t.visibility END)"
    )
    .rows(tracks)
    .run(tx)
    .await?;
    Ok(())
}

async fn sum_albums(tx: &mut Tx, albums: Rows) -> db::Result<()> {
    sql!(
        "UPDATE album SET
             play_count = COALESCE((SELECT CAST(SUM(t.play_count) AS BIGINT) FROM track t
                 WHERE t.album_id = album.id AND t.deleted_at IS NULL), 0),
             like_count = COALESCE((SELECT CAST(SUM(t.like_count) AS BIGINT) FROM track t
                 WHERE t.album_id = album.id AND t.deleted_at IS NULL), 0)
         WHERE id IN (SELECT r.id FROM {rows $1 r(id uuid)})"
    )
    .rows(albums)
    .run(tx)
    .await?;
    Ok(())
}

async fn genres_of_albums(tx: &mut Tx, albums: Rows) -> db::Result<()> {
    sql!("DELETE FROM album_genre WHERE album_id IN (SELECT r.id FROM {rows $1 r(id uuid)})")
        .rows(albums.clone())
        .run(tx)
        .await?;
    sql!(
        "INSERT INTO album_genre (album_id, genre_id, track_count)
         SELECT r.id, g.genre_id, COUNT(*) FROM {rows $1 r(id uuid)}
         JOIN track t ON t.album_id = r.id JOIN track_genre g ON g.track_id = t.id
         WHERE g.listed IS NOT NULL GROUP BY r.id, g.genre_id"
    )
    .rows(albums)
    .run(tx)
    .await?;
    Ok(())
}

async fn genres_of_artists(tx: &mut Tx, artists: Rows) -> db::Result<()> {
    sql!("DELETE FROM artist_genre WHERE artist_id IN (SELECT r.id FROM {rows $1 r(id uuid)})")
        .rows(artists.clone())
        .run(tx)
        .await?;
    sql!(
        "INSERT INTO artist_genre (artist_id, genre_id, track_count)
         SELECT r.id, g.genre_id, COUNT(*) FROM {rows $1 r(id uuid)}
         JOIN track t ON t.artist_id = r.id JOIN track_genre g ON g.track_id = t.id
         WHERE g.listed IS NOT NULL GROUP BY r.id, g.genre_id"
    )
    .rows(artists)
    .run(tx)
    .await?;
    Ok(())
}

/// Adds a stream to the plays of a track, its album and its genres. The readers of the change feed, who rank by the
/// magnitude of this number, are told each time it doubles.
pub async fn count_play(tx: &mut Tx, track: TrackId, now: Time) -> db::Result<()> {
    let plays: i64 = sql!("UPDATE track SET play_count = play_count + 1 WHERE id = $1 RETURNING play_count")
        .bind(track)
        .scalar(tx)
        .await?;
    if plays.unsigned_abs().is_power_of_two() {
        feed::append(tx, FEED, track, now).await?;
    }
    feed::append(tx, COUNTS, track, now).await?;
    sql!("UPDATE track_genre SET play_count = play_count + 1 WHERE track_id = $1")
        .bind(track)
        .run(tx)
        .await?;
    sql!(
        "UPDATE album SET play_count = play_count + 1 WHERE id = (SELECT album_id FROM track WHERE id = $1)"
    )
    .bind(track)
    .run(tx)
    .await?;
    Ok(())
}

/// Adds `likes`, which may be negative, to those of a track, its album and its genres.
pub async fn count_likes(tx: &mut Tx, track: TrackId, likes: i64, now: Time) -> db::Result<i64> {
    let count = sql!("UPDATE track SET like_count = like_count + $2 WHERE id = $1 RETURNING like_count")
        .bind(track)
        .bind(likes)
        .scalar(tx)
        .await?;
    if likes != 0 {
        feed::append(tx, COUNTS, track, now).await?;
    }
    sql!("UPDATE track_genre SET like_count = like_count + $2 WHERE track_id = $1")
        .bind(track)
        .bind(likes)
        .run(tx)
        .await?;
    sql!(
        "UPDATE album SET like_count = like_count + $2 WHERE id = (SELECT album_id FROM track WHERE id = $1)"
    )
    .bind(track)
    .bind(likes)
    .run(tx)
    .await?;
    Ok(count)
}

/// Adds `followers`, which may be negative, to those of an artist; answers how many there are.
pub async fn count_followers(tx: &mut Tx, artist: ArtistId, followers: i64) -> db::Result<i64> {
    sql!("UPDATE artist SET follower_count = follower_count + $2 WHERE id = $1 RETURNING follower_count")
        .bind(artist)
        .bind(followers)
        .scalar(tx)
        .await
}
