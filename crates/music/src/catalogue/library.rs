//! What an import writes into the catalogue: many rows a statement, in the transaction of the import.
//!
//! Imported music belongs to the library: it is seen by members, has no price and no manager. What its artist page's
//! managers changed later (visibility, price, pictures) stays; what the tags say follows the tags.
//!
//! An artist is known by its MusicBrainz id, or else by its name; an id is added to a name that had none. An album
//! is known by a key that the import makes.

use std::collections::{HashMap, HashSet};

use db::{Rows, ToValue, Tx, from_row, sql};
use infra::App;
use kernel::{AlbumId, ArtistId, AudioId, GenreId, ImageId, Time, TrackId};
use uuid::Uuid;

use super::ReleaseDate;
use crate::text::fold;

/// A name and the key under which its spellings are one.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Name {
    pub(crate) text: String,
    pub(crate) key: String,
}

/// An artist as a file names one.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct ArtistFact {
    pub(crate) name: Name,
    pub(crate) musicbrainz: Option<Uuid>,
}

/// An album, with the artist that it has unless its tracks decide.
#[derive(Debug, Clone)]
pub(crate) struct AlbumRow {
    /// The same for all of its files, and for no other's.
    pub(crate) key: String,
    pub(crate) title: Name,
    pub(crate) artist: ArtistId,
    pub(crate) kind: &'static str,
    pub(crate) musicbrainz: Option<Uuid>,
    /// The album that all of its tracks were on before, and how many those are: if it loses all of its tracks, it is
    /// this album under another name.
    pub(crate) was: Option<(AlbumId, i64)>,
}

/// How often a batch looks again when another import makes the same artists at the same time.
const RACES: u32 = 4;
/// Who performs albums of many.
pub(crate) const VARIOUS: &str = "Various Artists";
/// The beginning of the keys of albums whose artist is that of their tracks.
pub(crate) const LOOSE: &str = "loose:";

/// A track with the file behind it.
#[derive(Debug, Clone)]
pub(crate) struct TrackRow {
    pub(crate) id: TrackId,
    pub(crate) artist: ArtistId,
    pub(crate) credit: Option<String>,
    pub(crate) album: Option<AlbumId>,
    pub(crate) title: Name,
    pub(crate) disc_no: i64,
    pub(crate) track_no: i64,
    pub(crate) duration_ms: i64,
    pub(crate) explicit: bool,
    pub(crate) isrc: Option<String>,
    pub(crate) released: Option<ReleaseDate>,
    pub(crate) cover: Option<ImageId>,
    pub(crate) musicbrainz: Option<Uuid>,
    pub(crate) genres: Vec<GenreId>,
    /// Role, name and page.
    pub(crate) credits: Vec<(&'static str, String, Option<ArtistId>)>,
    pub(crate) audio: AudioRow,
    /// Whether the row is there already.
    pub(crate) exists: bool,
    /// Whether what was found by decoding it still holds.
    pub(crate) same_sound: bool,
}

/// The file behind a track.
#[derive(Debug, Clone)]
pub(crate) struct AudioRow {
    pub(crate) place: String,
    pub(crate) size: i64,
    pub(crate) modified_at: Time,
    pub(crate) content_type: &'static str,
    pub(crate) codec: &'static str,
    pub(crate) bitrate: i64,
    pub(crate) sample_rate: i64,
    pub(crate) channels: i64,
    pub(crate) bit_depth: Option<i64>,
    pub(crate) gain_track: Option<i64>,
    pub(crate) gain_album: Option<i64>,
}

struct StoredArtist {
    id: ArtistId,
    display_name: String,
    library_key: Option<String>,
    musicbrainz_id: Option<String>,
}

from_row!(StoredArtist { id, display_name, library_key, musicbrainz_id });

/// The pages of `wanted`, in their order; what is missing is made.
pub(crate) async fn artists(
    tx: &mut Tx,
    app: &App,
    wanted: &[&ArtistFact],
    now: Time,
) -> db::Result<Vec<ArtistId>> {
    let mut known = Artists::load(tx, wanted).await?;
    for _ in 0..RACES {
        let new = known.add_missing(app, wanted);
        if new.is_empty() || insert_artists(tx, new, now).await? {
            break;
        }
        known = Artists::load(tx, wanted).await?;
    }
    if !known.named.is_empty() {
        sql!(
            "UPDATE artist SET musicbrainz_id = r.musicbrainz_id, updated_at = $now
             FROM {rows $named r(id uuid, musicbrainz_id text)}
             WHERE artist.id = r.id AND artist.musicbrainz_id IS NULL"
        )
        .set("now", now)
        .set_rows("named", known.named.drain(..).collect::<Rows>())
        .run(tx)
        .await?;
    }
    if !known.respelt.is_empty() {
        sql!(
            "UPDATE artist SET display_name = r.name, updated_at = $now
             FROM {rows $respelt r(id uuid, name text)}
             WHERE artist.id = r.id
               AND NOT EXISTS (SELECT 1 FROM artist_manager m WHERE m.artist_id = artist.id)"
        )
        .set("now", now)
        .set_rows("respelt", known.respelt.drain().collect::<Rows>())
        .run(tx)
        .await?;
    }
    let found = wanted.iter().map(|artist| known.find(artist));
    found.collect::<Option<_>>().ok_or(db::Error::NoRow("artists of an import"))
}

/// Id, name, its key, what it is recognised by, MusicBrainz id.
type NewArtist = (ArtistId, String, String, Option<String>, Option<String>);

/// Inserts `new`; answers whether all of them were new.
async fn insert_artists(tx: &mut Tx, new: Vec<NewArtist>, now: Time) -> db::Result<bool> {
    let count = new.len();
    let inserted = sql!(
        "INSERT INTO artist (id, display_name, name_key, bio, library, library_key, musicbrainz_id, verified,
             follower_count, created_at, updated_at)
         SELECT r.id, r.name, r.name_key, '', true, r.library_key, r.musicbrainz_id, false, 0, $now, $now
         FROM {rows $new r(id uuid, name text, name_key text, library_key text, musicbrainz_id text)}
         WHERE true ON CONFLICT DO NOTHING"
    )
    .set("now", now)
    .set_rows("new", new.into_iter().collect::<Rows>())
    .run(tx)
    .await?;
    Ok(inserted == count as u64)
}

/// The stored artists that a batch may mean.
#[derive(Default)]
struct Artists {
    /// By name, with the MusicBrainz id if that is known.
    by_key: HashMap<String, (ArtistId, Option<String>)>,
    by_musicbrainz: HashMap<String, ArtistId>,
    /// Names that turned out to have an id.
    named: Vec<(ArtistId, String)>,
    /// Other spellings of a name: the newest holds.
    respelt: HashMap<ArtistId, String>,
}

impl Artists {
    async fn load(tx: &mut Tx, wanted: &[&ArtistFact]) -> db::Result<Self> {
        let keys: HashSet<&str> = wanted.iter().map(|artist| artist.name.key.as_str()).collect();
        let ids: HashSet<Uuid> = wanted.iter().filter_map(|artist| artist.musicbrainz).collect();
        let stored: Vec<StoredArtist> = sql!(
            "SELECT a.id, a.display_name, a.library_key, a.musicbrainz_id
             FROM {rows $keys k(name_key text)} JOIN artist a ON a.library_key = k.name_key
             UNION
             SELECT a.id, a.display_name, a.library_key, a.musicbrainz_id
             FROM {rows $ids m(id text)} JOIN artist a ON a.musicbrainz_id = m.id"
        )
        .set_rows("keys", keys.into_iter().map(|key| (key,)).collect::<Rows>())
        .set_rows("ids", ids.into_iter().map(|id| (id.to_string(),)).collect::<Rows>())
        .all(tx)
        .await?;
        let mut known = Self::default();
        let mut names = HashMap::new();
        for artist in stored {
            if let Some(id) = &artist.musicbrainz_id {
                known.by_musicbrainz.insert(id.clone(), artist.id);
            }
            if let Some(key) = artist.library_key {
                names.insert(artist.id, artist.display_name);
                known.by_key.insert(key, (artist.id, artist.musicbrainz_id));
            }
        }
        for artist in wanted {
            if let Some((id, _)) = known.by_key.get(&artist.name.key)
                && known.find(artist) == Some(*id)
                && let Some(name) = names.get(id)
            {
                let id = *id;
                if *name == artist.name.text {
                    known.respelt.remove(&id);
                } else {
                    known.respelt.insert(id, artist.name.text.clone());
                }
            }
        }
        Ok(known)
    }

    fn find(&self, artist: &ArtistFact) -> Option<ArtistId> {
        let by_key = self.by_key.get(&artist.name.key);
        match artist.musicbrainz.map(|id| id.to_string()) {
            None => by_key.map(|(id, _)| *id),
            Some(musicbrainz) => self.by_musicbrainz.get(&musicbrainz).copied().or_else(|| {
                let same = by_key.filter(|(_, known)| known.is_none() || *known == Some(musicbrainz));
                same.map(|(id, _)| *id)
            }),
        }
    }

    /// Makes ids for those that are not there; answers the rows to insert.
    fn add_missing(&mut self, app: &App, wanted: &[&ArtistFact]) -> Vec<NewArtist> {
        let mut new: Vec<NewArtist> = Vec::new();
        for artist in wanted {
            let Name { text, key } = &artist.name;
            let musicbrainz = artist.musicbrainz.map(|id| id.to_string());
            let unknown = musicbrainz.clone().filter(|id| !self.by_musicbrainz.contains_key(id));
            let id = self.find(artist).unwrap_or_else(|| {
                let id = app.id();
                // Of two artists of one name, the first is whom files without an id mean.
                let own = (!self.by_key.contains_key(key)).then(|| key.clone());
                new.push((id, text.clone(), key.clone(), own, None));
                id
            });
            if let Some(musicbrainz) = unknown {
                match new.iter_mut().find(|row| row.0 == id) {
                    Some(row) => row.4 = Some(musicbrainz.clone()),
                    None => self.named.push((id, musicbrainz.clone())),
                }
                self.by_musicbrainz.insert(musicbrainz, id);
            }
            let entry = self.by_key.entry(key.clone()).or_insert((id, None));
            if entry.0 == id && entry.1.is_none() {
                entry.1 = musicbrainz;
            }
        }
        new
    }
}

/// The genres of `wanted`, by their keys; what is missing is made.
pub(crate) async fn genres(
    tx: &mut Tx,
    app: &App,
    wanted: &[&Name],
    now: Time,
) -> db::Result<HashMap<String, GenreId>> {
    let mut known = stored_genres(tx, wanted).await?;
    let mut new: HashMap<&str, (GenreId, String, String)> = HashMap::new();
    for genre in wanted.iter().filter(|genre| !known.contains_key(&genre.key)) {
        new.entry(&genre.key).or_insert_with(|| (app.id(), genre.text.clone(), genre.key.clone()));
    }
    if !new.is_empty() {
        let count = new.len();
        let rows: Rows = new.values().cloned().collect();
        let inserted = sql!(
            "INSERT INTO genre (id, name, name_key, created_at)
             SELECT r.id, r.name, r.name_key, $now FROM {rows $new r(id uuid, name text, name_key text)}
             WHERE true ON CONFLICT DO NOTHING"
        )
        .set("now", now)
        .set_rows("new", rows)
        .run(tx)
        .await?;
        if inserted < count as u64 {
            return stored_genres(tx, wanted).await;
        }
        known.extend(new.into_values().map(|(id, _, key)| (key, id)));
    }
    Ok(known)
}

async fn stored_genres(tx: &mut Tx, wanted: &[&Name]) -> db::Result<HashMap<String, GenreId>> {
    let keys: HashSet<&str> = wanted.iter().map(|genre| genre.key.as_str()).collect();
    let rows: Vec<(String, GenreId)> = sql!(
        "SELECT g.name_key, g.id FROM {rows $1 k(name_key text)} JOIN genre g ON g.name_key = k.name_key"
    )
    .rows(keys.into_iter().map(|key| (key,)).collect::<Rows>())
    .all(tx)
    .await?;
    Ok(rows.into_iter().collect())
}

struct StoredAlbum {
    id: AlbumId,
    library_key: String,
    title: String,
    artist_id: ArtistId,
    kind: String,
}

from_row!(StoredAlbum { id, library_key, title, artist_id, kind });

/// The albums of `wanted`, by their keys; what is missing is made.
pub(crate) async fn albums(
    tx: &mut Tx,
    app: &App,
    wanted: &[AlbumRow],
    now: Time,
) -> db::Result<HashMap<String, AlbumId>> {
    let mut stored = stored_albums(tx, wanted).await?;
    rename_albums(tx, wanted, &mut stored, now).await?;
    let missing: Vec<&AlbumRow> = wanted.iter().filter(|album| !stored.contains_key(&album.key)).collect();
    if !missing.is_empty() {
        let rows: Rows = missing
            .iter()
            .map(|album| {
                let (title, musicbrainz) = (&album.title, album.musicbrainz.map(|id| id.to_string()));
                let id = app.id::<AlbumId>();
                (id, album.artist, &title.text, &title.key, album.kind, musicbrainz, &album.key)
            })
            .collect();
        sql!(
            "INSERT INTO album (id, artist_id, title, title_key, kind, visibility, released_order, description,
                 musicbrainz_id, library_key, play_count, like_count, created_at, updated_at)
             SELECT r.id, r.artist_id, r.title, r.title_key, r.kind, 'members', $unknown, '', r.musicbrainz_id,
                 r.library_key, 0, 0, $now, $now
             FROM {rows $new r(id uuid, artist_id uuid, title text, title_key text, kind text, musicbrainz_id text,
                 library_key text)}
             WHERE true ON CONFLICT DO NOTHING"
        )
        .set("unknown", ReleaseDate::UNKNOWN)
        .set("now", now)
        .set_rows("new", rows)
        .run(tx)
        .await?;
        stored = stored_albums(tx, wanted).await?;
    }
    let changed: Rows = wanted
        .iter()
        .filter_map(|album| {
            let known = stored.get(&album.key)?;
            // Those of loose albums follow from their tracks.
            let loose = album.key.starts_with(LOOSE);
            let artist = if loose { known.artist_id } else { album.artist };
            let kind = if loose && known.kind == "compilation" { "compilation" } else { album.kind };
            let same = known.title == album.title.text && known.artist_id == artist && known.kind == kind;
            (!same).then_some((known.id, artist, &album.title.text, &album.title.key, kind))
        })
        .collect();
    if !changed.is_empty() {
        sql!(
            "UPDATE album SET artist_id = r.artist_id, title = r.title, title_key = r.title_key, kind = r.kind,
                 updated_at = $now
             FROM {rows $changed r(id uuid, artist_id uuid, title text, title_key text, kind text)}
             WHERE album.id = r.id"
        )
        .set("now", now)
        .set_rows("changed", changed)
        .run(tx)
        .await?;
    }
    Ok(stored.into_iter().map(|(key, album)| (key, album.id)).collect())
}

async fn stored_albums(tx: &mut Tx, wanted: &[AlbumRow]) -> db::Result<HashMap<String, StoredAlbum>> {
    let stored: Vec<StoredAlbum> = sql!(
        "SELECT al.id, al.library_key, al.title, al.artist_id, al.kind
         FROM {rows $1 k(library_key text)} JOIN album al ON al.library_key = k.library_key"
    )
    .rows(wanted.iter().map(|album| (&album.key,)).collect::<Rows>())
    .all(tx)
    .await?;
    Ok(stored.into_iter().map(|album| (album.library_key.clone(), album)).collect())
}

/// Gives albums whose tracks are now all on one that is not there yet its key, so that they stay what they are.
async fn rename_albums(
    tx: &mut Tx,
    wanted: &[AlbumRow],
    stored: &mut HashMap<String, StoredAlbum>,
    now: Time,
) -> db::Result<()> {
    let mut heirs: HashMap<AlbumId, (&str, i64)> = HashMap::new();
    for album in wanted.iter().filter(|album| !stored.contains_key(&album.key)) {
        if let Some((was, tracks)) = album.was {
            heirs.insert(was, (&album.key, tracks));
        }
    }
    if heirs.is_empty() {
        return Ok(());
    }
    let counts: Vec<(AlbumId, i64)> = sql!(
        "SELECT t.album_id, COUNT(*) FROM {rows $1 r(id uuid)} JOIN track t ON t.album_id = r.id AND t.available
         GROUP BY t.album_id"
    )
    .rows(heirs.keys().map(|id| (*id,)).collect::<Rows>())
    .all(tx)
    .await?;
    for (album, count) in counts {
        if heirs.get(&album).is_some_and(|(_, tracks)| *tracks != count) {
            heirs.remove(&album);
        }
    }
    sql!(
        "UPDATE album SET library_key = r.library_key, updated_at = $now
         FROM {rows $heirs r(id uuid, library_key text)}
         WHERE album.id = r.id AND album.library_key IS NOT NULL"
    )
    .set("now", now)
    .set_rows("heirs", heirs.into_iter().map(|(id, (key, _))| (id, key)).collect::<Rows>())
    .run(tx)
    .await?;
    *stored = stored_albums(tx, wanted).await?;
    Ok(())
}

/// Writes tracks with their genres, credits and sound. Answers the artists that were credited before.
pub(crate) async fn tracks(
    tx: &mut Tx,
    app: &App,
    tracks: &[TrackRow],
    now: Time,
) -> db::Result<Vec<ArtistId>> {
    if tracks.is_empty() {
        return Ok(Vec::new());
    }
    upsert_tracks(tx, tracks, now).await?;
    upsert_audio(tx, app, tracks).await?;
    let existing: Rows = tracks.iter().filter(|track| track.exists).map(|track| (track.id,)).collect();
    let mut credited = Vec::new();
    if !existing.is_empty() {
        sql!("DELETE FROM track_genre WHERE track_id IN (SELECT r.id FROM {rows $1 r(id uuid)})")
            .rows(existing.clone())
            .run(tx)
            .await?;
        let artists: Vec<Option<ArtistId>> = sql!(
            "DELETE FROM credit WHERE track_id IN (SELECT r.id FROM {rows $1 r(id uuid)}) RETURNING artist_id"
        )
        .rows(existing)
        .column(tx)
        .await?;
        credited = artists.into_iter().flatten().collect();
    }
    insert_genres(tx, tracks).await?;
    let credits: Rows = tracks
        .iter()
        .flat_map(|track| {
            let places = 0_u32..;
            places.zip(&track.credits).map(|(at, (role, name, artist))| (track.id, at, *role, name, *artist))
        })
        .collect();
    if !credits.is_empty() {
        sql!(
            "INSERT INTO credit (track_id, position, role, name, artist_id)
             SELECT r.track_id, r.position, r.role, r.name, r.artist_id
             FROM {rows $1 r(track_id uuid, position int, role text, name text, artist_id uuid)}"
        )
        .rows(credits)
        .run(tx)
        .await?;
    }
    Ok(credited)
}

async fn upsert_tracks(tx: &mut Tx, tracks: &[TrackRow], now: Time) -> db::Result<()> {
    let rows: Rows = tracks
        .iter()
        .map(|track| {
            vec![
                track.id.to_value(),
                track.artist.to_value(),
                track.credit.as_deref().to_value(),
                track.album.to_value(),
                track.title.text.as_str().to_value(),
                track.title.key.as_str().to_value(),
                track.disc_no.to_value(),
                track.track_no.to_value(),
                track.duration_ms.to_value(),
                track.explicit.to_value(),
                track.isrc.as_deref().to_value(),
                track.released.map(|date| date.to_string()).to_value(),
                track.released.map_or(ReleaseDate::UNKNOWN, ReleaseDate::start).to_value(),
                track.cover.to_value(),
                track.musicbrainz.map(|id| id.to_string()).to_value(),
            ]
        })
        .collect();
    // A picture that somebody uploaded stays.
    sql!(
        "INSERT INTO track (id, artist_id, artist_credit, album_id, title, title_key, disc_no, track_no, duration_ms,
             visibility, explicit, isrc, release_date, released_order, preview_start_ms, preview_length_ms, cover_id,
             musicbrainz_id, play_count, like_count, available, created_at, updated_at, published_at)
         SELECT r.id, r.artist_id, r.artist_credit, r.album_id, r.title, r.title_key, r.disc_no, r.track_no,
             r.duration_ms, 'members', r.explicit, r.isrc, r.release_date, r.released_order, 0, 0, r.cover_id,
             r.musicbrainz_id, 0, 0, true, $now, $now, $now
         FROM {rows $tracks r(id uuid, artist_id uuid, artist_credit text, album_id uuid, title text, title_key text,
             disc_no int, track_no int, duration_ms int, explicit bool, isrc text, release_date text,
             released_order int, cover_id uuid, musicbrainz_id text)}
         WHERE true
         ON CONFLICT (id) DO UPDATE SET artist_id = excluded.artist_id, artist_credit = excluded.artist_credit,
             album_id = excluded.album_id, title = excluded.title, title_key = excluded.title_key,
             disc_no = excluded.disc_no, track_no = excluded.track_no, duration_ms = excluded.duration_ms,
             explicit = excluded.explicit, isrc = excluded.isrc, release_date = excluded.release_date,
             released_order = excluded.released_order, musicbrainz_id = excluded.musicbrainz_id,
             cover_id = CASE WHEN EXISTS (SELECT 1 FROM image i WHERE i.id = track.cover_id AND i.source = 'blob')
                 THEN track.cover_id ELSE excluded.cover_id END,
             available = true, updated_at = excluded.updated_at"
    )
    .set("now", now)
    .set_rows("tracks", rows)
    .run(tx)
    .await?;
    Ok(())
}

async fn upsert_audio(tx: &mut Tx, app: &App, tracks: &[TrackRow]) -> db::Result<()> {
    let rows: Rows = tracks
        .iter()
        .map(|track| {
            let audio = &track.audio;
            vec![
                app.id::<AudioId>().to_value(),
                track.id.to_value(),
                audio.place.as_str().to_value(),
                audio.size.to_value(),
                audio.modified_at.to_value(),
                audio.content_type.to_value(),
                audio.codec.to_value(),
                audio.bitrate.to_value(),
                audio.sample_rate.to_value(),
                audio.channels.to_value(),
                audio.bit_depth.to_value(),
                audio.gain_track.to_value(),
                audio.gain_album.to_value(),
            ]
        })
        .collect();
    sql!(
        "INSERT INTO audio (id, track_id, source, place, size, modified_at, content_type, codec, bitrate, sample_rate,
             channels, bit_depth, gain_track_mb, gain_album_mb)
         SELECT r.id, r.track_id, 'file', r.place, r.size, r.modified_at, r.content_type, r.codec, r.bitrate,
             r.sample_rate, r.channels, r.bit_depth, r.gain_track, r.gain_album
         FROM {rows $1 r(id uuid, track_id uuid, place text, size int, modified_at int, content_type text, codec text,
             bitrate int, sample_rate int, channels int, bit_depth int, gain_track int, gain_album int)}
         WHERE true
         ON CONFLICT (track_id) DO UPDATE SET place = excluded.place, size = excluded.size,
             modified_at = excluded.modified_at, content_type = excluded.content_type, codec = excluded.codec,
             bitrate = excluded.bitrate, sample_rate = excluded.sample_rate, channels = excluded.channels,
             bit_depth = excluded.bit_depth, gain_track_mb = excluded.gain_track_mb,
             gain_album_mb = excluded.gain_album_mb"
    )
    .rows(rows)
    .run(tx)
    .await?;
    let other: Rows =
        tracks.iter().filter(|track| track.exists && !track.same_sound).map(|track| (track.id,)).collect();
    if !other.is_empty() {
        sql!(
            "UPDATE audio SET frames = NULL, encoder_delay = NULL, encoder_padding = NULL, peaks = NULL,
                 analysed_at = NULL, analysis_error = NULL
             WHERE track_id IN (SELECT r.id FROM {rows $1 r(id uuid)})"
        )
        .rows(other)
        .run(tx)
        .await?;
    }
    Ok(())
}

async fn insert_genres(tx: &mut Tx, tracks: &[TrackRow]) -> db::Result<()> {
    let rows: Rows = tracks
        .iter()
        .flat_map(|track| (0_u32..).zip(&track.genres).map(|(at, genre)| (*genre, track.id, at)))
        .collect();
    if rows.is_empty() {
        return Ok(());
    }
    sql!(
        "INSERT INTO track_genre (genre_id, track_id, position, listed, title_key, released_order, play_count,
             like_count)
         SELECT r.genre_id, r.track_id, r.position,
             CASE WHEN t.visibility IN ('public', 'members') AND t.deleted_at IS NULL THEN t.visibility END,
             t.title_key, t.released_order, t.play_count, t.like_count
         FROM {rows $1 r(genre_id uuid, track_id uuid, position int)} JOIN track t ON t.id = r.track_id"
    )
    .rows(rows)
    .run(tx)
    .await?;
    Ok(())
}

/// Where tracks are.
#[derive(Debug, Clone, Default)]
pub(crate) struct Touched {
    /// Albums that gained, lost or kept a track that changed.
    pub(crate) albums: HashSet<AlbumId>,
    /// Artists likewise, also of albums and credits.
    pub(crate) artists: HashSet<ArtistId>,
}

/// Notes that the files behind `tracks` are away; answers where they were.
pub(crate) async fn lose(tx: &mut Tx, tracks: &[TrackId], now: Time) -> db::Result<Touched> {
    let ids: Rows = tracks.iter().map(|id| (*id,)).collect();
    let lost: Vec<(ArtistId, Option<AlbumId>)> = sql!(
        "UPDATE track SET available = false, updated_at = $now
         WHERE id IN (SELECT r.id FROM {rows $ids r(id uuid)}) AND available
         RETURNING artist_id, album_id"
    )
    .set("now", now)
    .set_rows("ids", ids.clone())
    .all(tx)
    .await?;
    sql!("UPDATE track_genre SET listed = NULL WHERE track_id IN (SELECT r.id FROM {rows $1 r(id uuid)})")
        .rows(ids.clone())
        .run(tx)
        .await?;
    let credited: Vec<ArtistId> = sql!(
        "SELECT c.artist_id FROM {rows $1 r(id uuid)} JOIN credit c ON c.track_id = r.id
         WHERE c.artist_id IS NOT NULL"
    )
    .rows(ids)
    .column(tx)
    .await?;
    let mut touched = Touched::default();
    for (artist, album) in lost {
        touched.artists.insert(artist);
        touched.albums.extend(album);
    }
    touched.artists.extend(credited);
    Ok(touched)
}

/// Brings up to date what follows from tracks, and takes away albums without tracks and artists without anything.
/// `touched` then has every album and artist that may look different.
pub(crate) async fn settle(tx: &mut Tx, app: &App, touched: &mut Touched, now: Time) -> db::Result<()> {
    let albums: Rows = touched.albums.iter().map(|id| (*id,)).collect();
    let artists_before = album_artists(tx, &albums).await?;
    let various = various(tx, app, &albums, now).await?;
    settle_albums(tx, &albums, various, now).await?;
    sql!("DELETE FROM album_genre WHERE album_id IN (SELECT r.id FROM {rows $1 r(id uuid)})")
        .rows(albums.clone())
        .run(tx)
        .await?;
    sql!(
        "INSERT INTO album_genre (album_id, genre_id, track_count)
         SELECT t.album_id, g.genre_id, COUNT(*) FROM {rows $1 r(id uuid)}
         JOIN track t ON t.album_id = r.id JOIN track_genre g ON g.track_id = t.id
         WHERE g.listed IS NOT NULL GROUP BY t.album_id, g.genre_id"
    )
    .rows(albums.clone())
    .run(tx)
    .await?;
    sql!(
        "DELETE FROM album WHERE id IN (SELECT r.id FROM {rows $1 r(id uuid)}) AND library_key IS NOT NULL
             AND NOT EXISTS (SELECT 1 FROM track t WHERE t.album_id = album.id)"
    )
    .rows(albums.clone())
    .run(tx)
    .await?;
    touched.artists.extend(artists_before);
    touched.artists.extend(album_artists(tx, &albums).await?);
    settle_artists(tx, touched.artists.iter().map(|id| (*id,)).collect(), now).await
}

async fn album_artists(tx: &mut Tx, albums: &Rows) -> db::Result<Vec<ArtistId>> {
    sql!("SELECT DISTINCT al.artist_id FROM {rows $1 r(id uuid)} JOIN album al ON al.id = r.id")
        .rows(albums.clone())
        .column(tx)
        .await
}

/// The page of albums of many, if one of `albums` turned out to be such.
async fn various(tx: &mut Tx, app: &App, albums: &Rows, now: Time) -> db::Result<Option<ArtistId>> {
    let loose: i64 = sql!(
        "SELECT COUNT(*) FROM {rows $albums r(id uuid)} JOIN album al ON al.id = r.id
         WHERE substr(al.library_key, 1, 6) = $loose AND (
             SELECT COUNT(DISTINCT t.artist_id) FROM track t
             WHERE t.album_id = al.id AND t.available AND t.deleted_at IS NULL) > 1"
    )
    .set_rows("albums", albums.clone())
    .set("loose", LOOSE)
    .scalar(tx)
    .await?;
    if loose == 0 {
        return Ok(None);
    }
    let various = ArtistFact { name: Name { text: VARIOUS.into(), key: fold(VARIOUS) }, musicbrainz: None };
    Ok(artists(tx, app, &[&various], now).await?.pop())
}

/// Date, picture and, for those that no tag names one of, artist of the albums.
async fn settle_albums(tx: &mut Tx, albums: &Rows, various: Option<ArtistId>, now: Time) -> db::Result<()> {
    sql!(
        "UPDATE album SET available = s.tracks > 0, updated_at = $now,
             release_date = CASE WHEN s.tracks > 0 THEN s.release_date ELSE album.release_date END,
             released_order = CASE WHEN s.tracks > 0 THEN s.released_order ELSE album.released_order END,
             cover_id = CASE
                 WHEN EXISTS (SELECT 1 FROM image i WHERE i.id = album.cover_id AND i.source = 'blob')
                 THEN album.cover_id
                 ELSE (SELECT t.cover_id FROM track t
                     WHERE t.album_id = album.id AND t.available AND t.deleted_at IS NULL AND t.cover_id IS NOT NULL
                     ORDER BY t.disc_no, t.track_no, t.title_key, t.id LIMIT 1) END,
             kind = CASE
                 WHEN substr(album.library_key, 1, 6) <> $loose THEN album.kind
                 WHEN s.artists > 1 THEN 'compilation'
                 WHEN album.kind = 'compilation' THEN 'album'
                 ELSE album.kind END,
             artist_id = CASE
                 WHEN substr(album.library_key, 1, 6) <> $loose OR s.artists = 0 THEN album.artist_id
                 WHEN s.artists > 1 THEN $various
                 ELSE (SELECT t.artist_id FROM track t
                     WHERE t.album_id = album.id AND t.available AND t.deleted_at IS NULL LIMIT 1) END,
             play_count = s.play_count, like_count = s.like_count
         FROM (SELECT r.id,
                 COUNT(t.id) FILTER (WHERE t.available AND t.deleted_at IS NULL) AS tracks,
                 COUNT(DISTINCT t.artist_id) FILTER (WHERE t.available AND t.deleted_at IS NULL) AS artists,
                 MAX(t.release_date) FILTER (WHERE t.available AND t.deleted_at IS NULL) AS release_date,
                 MAX(t.released_order) FILTER (WHERE t.available AND t.deleted_at IS NULL) AS released_order,
                 CAST(COALESCE(SUM(t.play_count), 0) AS BIGINT) AS play_count,
                 CAST(COALESCE(SUM(t.like_count), 0) AS BIGINT) AS like_count
             FROM {rows $albums r(id uuid)} LEFT JOIN track t ON t.album_id = r.id
             GROUP BY r.id) AS s
         WHERE album.id = s.id AND album.library_key IS NOT NULL"
    )
    .set("now", now)
    .set("loose", LOOSE)
    .set("various", various)
    .set_rows("albums", albums.clone())
    .run(tx)
    .await?;
    Ok(())
}

/// Genres of the artists, whether there is anything of them, and an end to those that nothing is left of.
async fn settle_artists(tx: &mut Tx, artists: Rows, now: Time) -> db::Result<()> {
    sql!("DELETE FROM artist_genre WHERE artist_id IN (SELECT r.id FROM {rows $1 r(id uuid)})")
        .rows(artists.clone())
        .run(tx)
        .await?;
    sql!(
        "INSERT INTO artist_genre (artist_id, genre_id, track_count)
         SELECT t.artist_id, g.genre_id, COUNT(*) FROM {rows $1 r(id uuid)}
         JOIN track t ON t.artist_id = r.id JOIN track_genre g ON g.track_id = t.id
         WHERE g.listed IS NOT NULL GROUP BY t.artist_id, g.genre_id"
    )
    .rows(artists.clone())
    .run(tx)
    .await?;
    sql!(
        "DELETE FROM artist WHERE id IN (SELECT r.id FROM {rows $1 r(id uuid)}) AND library
             AND follower_count = 0 AND bio = '' AND avatar_id IS NULL
             AND NOT EXISTS (SELECT 1 FROM track t WHERE t.artist_id = artist.id)
             AND NOT EXISTS (SELECT 1 FROM album al WHERE al.artist_id = artist.id)
             AND NOT EXISTS (SELECT 1 FROM credit c WHERE c.artist_id = artist.id)
             AND NOT EXISTS (SELECT 1 FROM split_share s WHERE s.artist_id = artist.id)
             AND NOT EXISTS (SELECT 1 FROM artist_manager m WHERE m.artist_id = artist.id)"
    )
    .rows(artists.clone())
    .run(tx)
    .await?;
    sql!(
        "UPDATE artist SET updated_at = $now, available =
             EXISTS (SELECT 1 FROM track t WHERE t.artist_id = artist.id AND t.available AND t.deleted_at IS NULL)
             OR EXISTS (SELECT 1 FROM album al WHERE al.artist_id = artist.id AND al.available AND al.deleted_at IS NULL)
             OR EXISTS (SELECT 1 FROM credit c JOIN track t ON t.id = c.track_id
                 WHERE c.artist_id = artist.id AND t.available AND t.deleted_at IS NULL)
         WHERE id IN (SELECT r.id FROM {rows $artists r(id uuid)}) AND library"
    )
    .set("now", now)
    .set_rows("artists", artists)
    .run(tx)
    .await?;
    Ok(())
}
