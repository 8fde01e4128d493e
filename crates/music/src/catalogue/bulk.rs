//! The catalogue in bulk, for the import: each function takes many things and writes them in a few statements.
//!
//! The order of one transaction: [`genre::ensure`](super::genre::ensure), [`artists`], [`albums`], then
//! [`insert_tracks`] and [`update_tracks`], and at the end [`settle`](super::settle) with everything that was
//! touched.

use std::collections::HashMap;

use db::{Rows, ToValue, Tx, Value, sql};
use infra::App;
use kernel::{AlbumId, ArtistId, AudioId, GenreId, ImageId, Time, TrackId, tidy};

use super::{
    AlbumKind, NewAudio, NewCredit, ReleaseDate, Visibility, audio, credit,
    derived::{Touched, copy_to_genres},
};
use crate::text::fold;

/// An artist that the library has music of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LibraryArtist {
    /// What it is recognised by: a MusicBrainz id, or the folded name.
    pub key: String,
    /// Its name.
    pub name: String,
}

/// The artist pages of the library, under their keys; those that are not there are made.
pub async fn artists(
    tx: &mut Tx,
    app: &App,
    artists: impl IntoIterator<Item = LibraryArtist>,
) -> db::Result<HashMap<String, ArtistId>> {
    let wanted = by_key(artists, |artist| &artist.key);
    let known: Vec<(String, ArtistId)> =
        sql!("SELECT a.library_key, a.id FROM {rows $1 r(key text)} JOIN artist a ON a.library_key = r.key")
            .rows(wanted.iter().map(|artist| (artist.key.as_str(),)).collect::<Rows>())
            .all(tx)
            .await?;
    let mut found: HashMap<String, ArtistId> = known.into_iter().collect();
    let new: Rows = wanted
        .iter()
        .filter(|artist| !found.contains_key(&artist.key))
        .map(|artist| (app.id::<ArtistId>(), tidy(&artist.name), fold(&artist.name), artist.key.as_str()))
        .collect();
    if !new.is_empty() {
        let made: Vec<(String, ArtistId)> = sql!(
            "INSERT INTO artist (id, display_name, name_key, bio, library, library_key, library_name, verified,
                 follower_count, created_at, updated_at)
             SELECT r.id, r.name, r.name_key, '', TRUE, r.key, r.name_key, FALSE, 0, $now, $now
             FROM {rows $new r(id uuid, name text, name_key text, key text)} WHERE TRUE
             ON CONFLICT (library_key) DO UPDATE SET library_key = excluded.library_key
             RETURNING library_key, id"
        )
        .set("now", app.now())
        .set_rows("new", new)
        .all(tx)
        .await?;
        found.extend(made);
    }
    Ok(found)
}

/// An album of the library.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LibraryAlbum {
    /// What it is recognised by.
    pub key: String,
    /// Whose page it is on.
    pub artist: ArtistId,
    /// Its title.
    pub title: String,
    /// Its kind.
    pub kind: AlbumKind,
    /// When it came out, as far as that is known.
    pub release_date: Option<ReleaseDate>,
    /// Its cover.
    pub cover: Option<ImageId>,
    /// Its MusicBrainz release.
    pub musicbrainz_id: Option<String>,
}

/// The albums of the library, under their keys; those that are not there are made, the others are brought up to
/// date. A cover is kept where none is given. An album that was deleted is there again. Those of pages that somebody
/// manages are left as they are.
pub async fn albums(
    tx: &mut Tx,
    app: &App,
    albums: impl IntoIterator<Item = LibraryAlbum>,
) -> db::Result<HashMap<String, AlbumId>> {
    let wanted = by_key(albums, |album| &album.key);
    if wanted.is_empty() {
        return Ok(HashMap::new());
    }
    let keys: Rows = wanted.iter().map(|album| (album.key.as_str(),)).collect();
    let rows: Rows = wanted
        .iter()
        .map(|album| {
            (
                app.id::<AlbumId>(),
                album.artist,
                tidy(&album.title),
                fold(&album.title),
                album.kind,
                album.release_date,
                album.release_date.map_or(ReleaseDate::UNKNOWN, ReleaseDate::start),
                album.cover,
                album.musicbrainz_id.as_deref(),
                album.key.as_str(),
            )
        })
        .collect();
    sql!(
        "INSERT INTO album (id, artist_id, title, title_key, kind, visibility, release_date, released_order, cover_id,
             description, musicbrainz_id, library_key, play_count, like_count, created_at, updated_at)
         SELECT r.id, r.artist_id, r.title, r.title_key, r.kind, $members, r.release_date, r.released_order, r.cover_id,
             '', r.musicbrainz_id, r.key, 0, 0, $now, $now
         FROM {rows $rows r(id uuid, artist_id uuid, title text, title_key text, kind text, release_date text,
             released_order int, cover_id uuid, musicbrainz_id text, key text)} WHERE TRUE
         ON CONFLICT (library_key) DO UPDATE SET artist_id = excluded.artist_id, title = excluded.title,
             title_key = excluded.title_key, kind = excluded.kind, release_date = excluded.release_date,
             released_order = excluded.released_order, cover_id = COALESCE(excluded.cover_id, album.cover_id),
             musicbrainz_id = excluded.musicbrainz_id, updated_at = excluded.updated_at, deleted_at = NULL
         WHERE EXISTS (SELECT 1 FROM artist ar WHERE ar.id = album.artist_id AND ar.library)
             AND (album.deleted_at IS NOT NULL
                 OR (album.artist_id, album.title, album.kind, album.released_order)
                     <> (excluded.artist_id, excluded.title, excluded.kind, excluded.released_order)
                 OR album.release_date IS DISTINCT FROM excluded.release_date
                 OR album.musicbrainz_id IS DISTINCT FROM excluded.musicbrainz_id
                 OR album.cover_id IS DISTINCT FROM COALESCE(excluded.cover_id, album.cover_id))"
    )
    .set("members", Visibility::Members)
    .set("now", app.now())
    .set_rows("rows", rows)
    .run(tx)
    .await?;
    let found: Vec<(String, AlbumId)> =
        sql!("SELECT a.library_key, a.id FROM {rows $1 r(key text)} JOIN album a ON a.library_key = r.key")
            .rows(keys)
            .all(tx)
            .await?;
    Ok(found.into_iter().collect())
}

/// One of each key, in the order of the keys: two transactions never wait for each other crosswise, and a statement
/// never meets a row twice.
fn by_key<T>(things: impl IntoIterator<Item = T>, key: impl Fn(&T) -> &str) -> Vec<T> {
    let mut things: Vec<T> = things.into_iter().collect();
    things.sort_by(|a, b| key(a).cmp(key(b)));
    things.dedup_by(|a, b| key(a) == key(b));
    things
}

/// A track of the library as its file describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LibraryTrack {
    /// Its id: a new one, or that of the file it was made from before.
    pub id: TrackId,
    /// Whose page it is on.
    pub artist: ArtistId,
    /// The artists as printed, when that differs from the artist's name.
    pub artist_credit: Option<String>,
    /// Its album.
    pub album: Option<AlbumId>,
    /// Its title.
    pub title: String,
    /// Which disc of the album, from 1.
    pub disc_no: i64,
    /// Which track of the disc, from 1; 0 when unknown.
    pub track_no: i64,
    /// In milliseconds.
    pub duration_ms: i64,
    /// Whether it is marked as explicit.
    pub explicit: bool,
    /// Its ISRC.
    pub isrc: Option<String>,
    /// When it came out, as far as that is known.
    pub release_date: Option<ReleaseDate>,
    /// Its own cover, where it has another one than its album.
    pub cover: Option<ImageId>,
    /// Its MusicBrainz recording.
    pub musicbrainz_id: Option<String>,
    /// Its genres, the main one first.
    pub genres: Vec<GenreId>,
    /// Who did what.
    pub credits: Vec<NewCredit>,
    /// Its file.
    pub audio: NewAudio,
}

impl LibraryTrack {
    fn row(&self) -> Vec<Value> {
        vec![
            self.id.to_value(),
            self.artist.to_value(),
            self.artist_credit.as_deref().map(tidy).to_value(),
            self.album.to_value(),
            tidy(&self.title).to_value(),
            fold(&self.title).to_value(),
            self.disc_no.to_value(),
            self.track_no.to_value(),
            self.duration_ms.to_value(),
            self.explicit.to_value(),
            self.isrc.as_deref().to_value(),
            self.release_date.to_value(),
            self.release_date.map_or(ReleaseDate::UNKNOWN, ReleaseDate::start).to_value(),
            self.cover.to_value(),
            self.musicbrainz_id.as_deref().to_value(),
        ]
    }
}

/// Makes tracks of the library, visible to members, with genres, credits and sound. Answers what is to be
/// [settled](super::settle).
pub async fn insert_tracks(tx: &mut Tx, app: &App, tracks: &[LibraryTrack]) -> db::Result<Touched> {
    if tracks.is_empty() {
        return Ok(Touched::default());
    }
    sql!(
        "INSERT INTO track (id, artist_id, artist_credit, album_id, title, title_key, disc_no, track_no, duration_ms,
             visibility, explicit, isrc, release_date, released_order, preview_start_ms, preview_length_ms, cover_id,
             musicbrainz_id, play_count, like_count, available, created_at, updated_at, published_at)
         SELECT r.id, r.artist_id, r.artist_credit, r.album_id, r.title, r.title_key, r.disc_no, r.track_no,
             r.duration_ms, $members, r.explicit, r.isrc, r.release_date, r.released_order, 0, $preview, r.cover_id,
             r.musicbrainz_id, 0, 0, TRUE, $now, $now, $now
         FROM {rows $rows r(id uuid, artist_id uuid, artist_credit text, album_id uuid, title text, title_key text,
             disc_no int, track_no int, duration_ms int, explicit bool, isrc text, release_date text,
             released_order int, cover_id uuid, musicbrainz_id text)}"
    )
    .set("members", Visibility::Members)
    .set("preview", super::track::PREVIEW_MS)
    .set("now", app.now())
    .set_rows("rows", tracks.iter().map(LibraryTrack::row).collect::<Rows>())
    .run(tx)
    .await?;
    write_parts(tx, app, tracks).await
}

/// Brings tracks of the library up to date with their files. Their visibility, price, splits, counters and age stay,
/// and a cover that somebody uploaded. Answers what is to be [settled](super::settle), the albums and artists that
/// they leave included.
pub async fn update_tracks(tx: &mut Tx, app: &App, tracks: &[LibraryTrack]) -> db::Result<Touched> {
    if tracks.is_empty() {
        return Ok(Touched::default());
    }
    let ids: Rows = tracks.iter().map(|track| (track.id,)).collect();
    let before: Vec<(Option<AlbumId>, ArtistId)> = sql!(
        "SELECT DISTINCT t.album_id, t.artist_id FROM {rows $1 r(id uuid)} CROSS JOIN track t WHERE t.id = r.id"
    )
    .rows(ids.clone())
    .all(tx)
    .await?;
    sql!(
        "UPDATE track SET artist_id = r.artist_id, artist_credit = r.artist_credit, album_id = r.album_id,
             title = r.title, title_key = r.title_key, disc_no = r.disc_no, track_no = r.track_no,
             duration_ms = r.duration_ms, explicit = r.explicit, isrc = r.isrc, release_date = r.release_date,
             released_order = r.released_order, musicbrainz_id = r.musicbrainz_id,
             cover_id = CASE WHEN EXISTS (SELECT 1 FROM image i WHERE i.id = track.cover_id AND i.source = 'blob')
                 THEN track.cover_id ELSE r.cover_id END,
             available = TRUE, updated_at = $now
         FROM {rows $rows r(id uuid, artist_id uuid, artist_credit text, album_id uuid, title text, title_key text,
             disc_no int, track_no int, duration_ms int, explicit bool, isrc text, release_date text,
             released_order int, cover_id uuid, musicbrainz_id text)}
         WHERE track.id = r.id AND track.deleted_at IS NULL"
    )
    .set("now", app.now())
    .set_rows("rows", tracks.iter().map(LibraryTrack::row).collect::<Rows>())
    .run(tx)
    .await?;
    sql!("DELETE FROM track_genre WHERE track_id IN (SELECT r.id FROM {rows $1 r(id uuid)})")
        .rows(ids.clone())
        .run(tx)
        .await?;
    sql!("DELETE FROM credit WHERE track_id IN (SELECT r.id FROM {rows $1 r(id uuid)})")
        .rows(ids)
        .run(tx)
        .await?;
    let mut touched = write_parts(tx, app, tracks).await?;
    touched.albums.extend(before.iter().filter_map(|(album, _)| *album));
    touched.artists.extend(before.iter().map(|(_, artist)| *artist));
    Ok(touched)
}

/// The file of a track whose page somebody manages: what its tags say is not asked any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManagedFile {
    /// In milliseconds.
    pub duration_ms: i64,
    /// The picture that lies in it or beside it.
    pub cover: Option<ImageId>,
    /// The file, and what it is the sound of.
    pub audio: NewAudio,
}

/// Has tracks of pages that somebody manages follow their files: where they lie, how long they are, and their pictures
/// as long as nobody uploaded another. All else is the managers'.
pub async fn follow_files(tx: &mut Tx, app: &App, files: &[ManagedFile]) -> db::Result<()> {
    if files.is_empty() {
        return Ok(());
    }
    sql!(
        "UPDATE track SET duration_ms = r.duration_ms, available = TRUE, updated_at = $now,
             cover_id = CASE WHEN EXISTS (SELECT 1 FROM image i WHERE i.id = track.cover_id AND i.source = 'blob')
                 THEN track.cover_id ELSE r.cover_id END
         FROM {rows $files r(id uuid, duration_ms int, cover_id uuid)}
         WHERE track.id = r.id AND track.deleted_at IS NULL"
    )
    .set("now", app.now())
    .set_rows("files", files.iter().map(|file| (file.audio.track, file.duration_ms, file.cover)).collect::<Rows>())
    .run(tx)
    .await?;
    audio::put(tx, files.iter().map(|file| (app.id::<AudioId>(), file.audio.clone()))).await
}

async fn write_parts(tx: &mut Tx, app: &App, tracks: &[LibraryTrack]) -> db::Result<Touched> {
    put_genres(tx, tracks.iter().map(|track| (track.id, track.genres.as_slice()))).await?;
    credit::insert(tx, tracks.iter().map(|track| (track.id, track.credits.as_slice()))).await?;
    audio::put(tx, tracks.iter().map(|track| (app.id::<AudioId>(), track.audio.clone()))).await?;
    Ok(Touched {
        tracks: tracks.iter().map(|track| track.id).collect(),
        albums: tracks.iter().filter_map(|track| track.album).collect(),
        artists: tracks.iter().map(|track| track.artist).collect(),
    })
}

/// Writes the genres of a track in the place of those it has.
pub(super) async fn replace_genres(tx: &mut Tx, track: TrackId, genres: &[GenreId]) -> db::Result<()> {
    sql!("DELETE FROM track_genre WHERE track_id = $1").bind(track).run(tx).await?;
    put_genres(tx, [(track, genres)]).await
}

/// Writes the genres of tracks that have none, with the copies that lists are read from.
async fn put_genres<'a>(
    tx: &mut Tx,
    genres: impl IntoIterator<Item = (TrackId, &'a [GenreId])>,
) -> db::Result<()> {
    let mut rows = Vec::new();
    for (track, genres) in genres {
        for (position, genre) in (0_i64..).zip(genres) {
            if !genres[..usize::try_from(position).unwrap_or(0)].contains(genre) {
                rows.push((track, *genre, position));
            }
        }
    }
    if rows.is_empty() {
        return Ok(());
    }
    sql!(
        "INSERT INTO track_genre (genre_id, track_id, position, listed, title_key, released_order, play_count, like_count)
         SELECT r.genre_id, r.track_id, r.position,
             CASE WHEN t.available AND t.deleted_at IS NULL AND t.visibility IN ('public', 'members')
                 THEN t.visibility END,
             t.title_key, t.released_order, t.play_count, t.like_count
         FROM {rows $1 r(track_id uuid, genre_id uuid, position int)} JOIN track t ON t.id = r.track_id"
    )
    .rows(rows.into_iter().collect::<Rows>())
    .run(tx)
    .await?;
    Ok(())
}

/// Marks tracks whose files went away or came back. Answers what is to be [settled](super::settle): only those that
/// were not so marked before.
pub async fn set_available(
    tx: &mut Tx,
    tracks: impl IntoIterator<Item = TrackId>,
    available: bool,
    now: Time,
) -> db::Result<Touched> {
    let rows: Rows = tracks.into_iter().map(|track| (track,)).collect();
    if rows.is_empty() {
        return Ok(Touched::default());
    }
    let changed: Vec<(TrackId, Option<AlbumId>, ArtistId)> = sql!(
        "UPDATE track SET available = $available, updated_at = $now
         WHERE id IN (SELECT r.id FROM {rows $rows r(id uuid)}) AND available <> $available
         RETURNING id, album_id, artist_id"
    )
    .set("available", available)
    .set("now", now)
    .set_rows("rows", rows)
    .all(tx)
    .await?;
    copy_to_genres(tx, changed.iter().map(|(track, ..)| (*track,)).collect()).await?;
    let mut touched = Touched::default();
    for (track, album, artist) in changed {
        touched.tracks.push(track);
        touched.albums.extend(album);
        touched.artists.push(artist);
    }
    Ok(touched)
}
