//! What the import needs of the catalogue besides [`bulk`]: who is meant by a name, albums that change their names,
//! and what follows from the tracks of the library for its albums and artists.
//!
//! Imported music belongs to the library: members see it, it has no price and no manager, and what tags say follows the
//! tags. Once an admin gave an artist page to somebody, what is on it is theirs: of a track there only the file is
//! followed ([`bulk::follow_files`]), and its albums stay as they are. What files come to name it later is put there as
//! music of the library is.

use std::collections::{HashMap, HashSet};

use db::{Rows, Tx, from_row, sql};
use infra::App;
use kernel::{AlbumId, ArtistId, Time, TrackId};
use uuid::Uuid;

use super::{
    Touched,
    bulk::{self, LibraryArtist, LibraryTrack},
};
use crate::text::fold;

/// Who performs albums of many.
pub(crate) const VARIOUS: &str = "Various Artists";
/// The beginning of the keys of albums that no tag names an artist of: theirs is that of their tracks.
pub(crate) const LOOSE: &str = "loose:";

/// A name and the key under which its spellings are one.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Name {
    pub(crate) text: String,
    pub(crate) key: String,
}

impl Name {
    pub(crate) fn new(text: &str) -> Self {
        Self { text: text.to_owned(), key: fold(text) }
    }
}

/// An artist as a file names one.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct ArtistFact {
    pub(crate) name: Name,
    pub(crate) musicbrainz: Option<Uuid>,
}

/// A page that the import made.
struct Stored {
    id: ArtistId,
    display_name: String,
    library_name: String,
    library_key: String,
}

from_row!(Stored { id, display_name, library_name, library_key });

/// The pages of `wanted`; what is missing is made.
///
/// An artist is known by a MusicBrainz id or else by the name. A page that had only a name gets the id that comes
/// with this name later, and a name without an id means the oldest page of that name.
pub(crate) async fn artists<'a>(
    tx: &mut Tx,
    app: &App,
    wanted: &[&'a ArtistFact],
) -> db::Result<HashMap<&'a ArtistFact, ArtistId>> {
    let mut known = stored_artists(tx, wanted).await?;
    let mut named = Vec::new();
    for artist in wanted {
        let Some(id) = artist.musicbrainz.map(|id| id.to_string()) else { continue };
        if known.iter().any(|page| page.library_key == id) {
            continue;
        }
        if let Some(page) = known.iter_mut().find(|page| page.library_key == artist.name.key) {
            named.push((page.id, id.clone()));
            page.library_key = id;
        }
    }
    give_ids(tx, named).await?;
    // Whoever has an id lends it to those of the same name, also within a batch.
    let mut keys: HashMap<&str, String> = HashMap::new();
    for page in &known {
        keys.entry(&page.library_name).or_insert_with(|| page.library_key.clone());
    }
    for artist in wanted {
        if let Some(id) = artist.musicbrainz {
            keys.entry(&artist.name.key).or_insert_with(|| id.to_string());
        }
    }
    let key = |artist: &ArtistFact| match artist.musicbrainz {
        Some(id) => id.to_string(),
        None => keys.get(artist.name.key.as_str()).unwrap_or(&artist.name.key).clone(),
    };
    let pages =
        wanted.iter().map(|artist| LibraryArtist { key: key(artist), name: artist.name.text.clone() });
    let pages = bulk::artists(tx, app, pages).await?;
    let found: HashMap<&ArtistFact, ArtistId> =
        wanted.iter().filter_map(|artist| Some((*artist, *pages.get(&key(artist))?))).collect();
    respell(tx, &known, &found, app.now()).await?;
    Ok(found)
}

/// The pages that `wanted` may mean, the oldest first.
async fn stored_artists(tx: &mut Tx, wanted: &[&ArtistFact]) -> db::Result<Vec<Stored>> {
    let names: HashSet<&str> = wanted.iter().map(|artist| artist.name.key.as_str()).collect();
    let ids: HashSet<Uuid> = wanted.iter().filter_map(|artist| artist.musicbrainz).collect();
    sql!(
        "SELECT ar.id AS id, ar.display_name, ar.library_name, ar.library_key
         FROM {rows $names n(name_key text)} CROSS JOIN artist ar WHERE ar.library_name = n.name_key
         UNION
         SELECT ar.id, ar.display_name, ar.library_name, ar.library_key
         FROM {rows $ids m(library_key text)} CROSS JOIN artist ar WHERE ar.library_key = m.library_key
         ORDER BY id"
    )
    .set_rows("names", names.into_iter().map(|name| (name,)).collect::<Rows>())
    .set_rows("ids", ids.into_iter().map(|id| (id.to_string(),)).collect::<Rows>())
    .all(tx)
    .await
}

/// Has pages that were known by their names be known by these ids from now on.
async fn give_ids(tx: &mut Tx, named: Vec<(ArtistId, String)>) -> db::Result<()> {
    if named.is_empty() {
        return Ok(());
    }
    sql!(
        "UPDATE artist SET library_key = r.library_key FROM {rows $1 r(id uuid, library_key text)}
         WHERE artist.id = r.id"
    )
    .rows(named.into_iter().collect::<Rows>())
    .run(tx)
    .await?;
    Ok(())
}

/// Gives pages the newest spelling of their names, if nobody spells them as they are any more.
async fn respell(
    tx: &mut Tx,
    known: &[Stored],
    found: &HashMap<&ArtistFact, ArtistId>,
    now: Time,
) -> db::Result<()> {
    let respelt: Rows = known
        .iter()
        .filter_map(|page| {
            let means = |(artist, id): &(&&ArtistFact, &ArtistId)| {
                **id == page.id && artist.name.key == page.library_name
            };
            let spellings = || found.iter().filter(means).map(|(artist, _)| &artist.name.text);
            let stays = spellings().any(|spelling| *spelling == page.display_name);
            // One is as good as another, but always the same.
            let spelling = spellings().min().filter(|_| !stays)?;
            Some((page.id, spelling))
        })
        .collect();
    if respelt.is_empty() {
        return Ok(());
    }
    sql!(
        "UPDATE artist SET display_name = r.name, updated_at = $now FROM {rows $respelt r(id uuid, name text)}
         WHERE artist.id = r.id AND artist.library"
    )
    .set("now", now)
    .set_rows("respelt", respelt)
    .run(tx)
    .await?;
    Ok(())
}

/// An album all of whose tracks are about to be on another one.
#[derive(Debug, Clone)]
pub(crate) struct Heir {
    /// The album.
    pub(crate) album: AlbumId,
    /// The key of the other one.
    pub(crate) key: String,
    /// How many of its tracks, not counting those whose files are away, are.
    pub(crate) tracks: i64,
}

/// Gives albums the keys of those that their tracks will be on, so that an album whose folder or title changes stays
/// what it is. Nothing happens where the other one is there already, or where some tracks stay.
pub(crate) async fn rename_albums(tx: &mut Tx, heirs: &[Heir], now: Time) -> db::Result<()> {
    if heirs.is_empty() {
        return Ok(());
    }
    sql!(
        "UPDATE album SET library_key = r.library_key, updated_at = $now
         FROM {rows $heirs r(id uuid, library_key text, tracks int)}
         WHERE album.id = r.id AND album.library_key IS NOT NULL
             AND r.tracks = (SELECT COUNT(*) FROM track t WHERE t.album_id = album.id AND t.available)
             AND NOT EXISTS (SELECT 1 FROM album other WHERE other.library_key = r.library_key)"
    )
    .set("now", now)
    .set_rows("heirs", heirs.iter().map(|heir| (heir.album, &heir.key, heir.tracks)).collect::<Rows>())
    .run(tx)
    .await?;
    Ok(())
}

/// The artists that tracks which are about to change are credited to.
pub(crate) async fn credited(tx: &mut Tx, tracks: &[LibraryTrack]) -> db::Result<Vec<ArtistId>> {
    of_credits(tx, tracks.iter().map(|track| (track.id,)).collect()).await
}

async fn of_credits(tx: &mut Tx, tracks: Rows) -> db::Result<Vec<ArtistId>> {
    if tracks.is_empty() {
        return Ok(Vec::new());
    }
    sql!(
        "SELECT DISTINCT c.artist_id FROM {rows $1 r(id uuid)} CROSS JOIN credit c
         WHERE c.track_id = r.id AND c.artist_id IS NOT NULL"
    )
    .rows(tracks)
    .column(tx)
    .await
}

/// Notes that the files behind `tracks` are away, and what that touches.
pub(crate) async fn lose(
    tx: &mut Tx,
    app: &App,
    tracks: &[TrackId],
    touched: &mut Touched,
) -> db::Result<()> {
    if tracks.is_empty() {
        return Ok(());
    }
    let lost = bulk::set_available(tx, tracks.to_vec(), false, app.now()).await?;
    touched.artists.extend(of_credits(tx, ids(&lost.tracks)).await?);
    touched.tracks.extend(lost.tracks);
    touched.albums.extend(lost.albums);
    touched.artists.extend(lost.artists);
    Ok(())
}

/// Brings the albums and artists of the library up to date with their tracks, takes away those that nothing is left
/// of, and [settles](super::settle) the rest.
pub(crate) async fn settle(tx: &mut Tx, app: &App, mut touched: Touched) -> db::Result<()> {
    let now = app.now();
    let albums: Rows = ids(&touched.albums);
    if !albums.is_empty() {
        touched.artists.extend(album_artists(tx, &albums).await?);
        let various = various(tx, app, &albums).await?;
        settle_albums(tx, &albums, various, now).await?;
        touched.artists.extend(various);
    }
    if !touched.artists.is_empty() {
        settle_artists(tx, ids(&touched.artists), now).await?;
    }
    super::settle(tx, &touched, now).await?;
    drop_albums(tx, albums).await?;
    drop_artists(tx, ids(&touched.artists)).await
}

/// `ids` once each, as rows of one column.
fn ids<T: Into<Uuid> + Copy>(ids: &[T]) -> Rows {
    let distinct: HashSet<Uuid> = ids.iter().map(|id| (*id).into()).collect();
    distinct.into_iter().map(|id| (id,)).collect()
}

async fn album_artists(tx: &mut Tx, albums: &Rows) -> db::Result<Vec<ArtistId>> {
    sql!("SELECT DISTINCT al.artist_id FROM {rows $1 r(id uuid)} CROSS JOIN album al WHERE al.id = r.id")
        .rows(albums.clone())
        .column(tx)
        .await
}

/// The page of albums of many, if one of `albums` turned out to be such.
async fn various(tx: &mut Tx, app: &App, albums: &Rows) -> db::Result<Option<ArtistId>> {
    let of_many: i64 = sql!(
        "SELECT COUNT(*) FROM {rows $albums r(id uuid)} CROSS JOIN album al
         WHERE al.id = r.id AND substr(al.library_key, 1, 6) = $loose AND (
             SELECT COUNT(DISTINCT t.artist_id) FROM track t
             WHERE t.album_id = al.id AND t.available AND t.deleted_at IS NULL) > 1"
    )
    .set_rows("albums", albums.clone())
    .set("loose", LOOSE)
    .scalar(tx)
    .await?;
    if of_many == 0 {
        return Ok(None);
    }
    let various = ArtistFact { name: Name::new(VARIOUS), musicbrainz: None };
    Ok(artists(tx, app, &[&various]).await?.into_values().next())
}

/// Date, picture and, where no tag names one, artist of albums; and whether they are there at all. One without files
/// counts as deleted until a file comes back. Where somebody manages the page only the picture follows the files.
async fn settle_albums(tx: &mut Tx, albums: &Rows, various: Option<ArtistId>, now: Time) -> db::Result<()> {
    sql!(
        "UPDATE album SET updated_at = $now,
             deleted_at = CASE
                 WHEN s.tracks > 0 THEN NULL
                 WHEN s.library THEN COALESCE(album.deleted_at, $now)
                 ELSE album.deleted_at END,
             release_date = CASE WHEN s.tracks > 0 AND s.library THEN s.release_date ELSE album.release_date END,
             released_order = CASE WHEN s.tracks > 0 AND s.library THEN s.released_order ELSE album.released_order END,
             cover_id = CASE
                 WHEN s.tracks = 0
                     OR EXISTS (SELECT 1 FROM image i WHERE i.id = album.cover_id AND i.source = 'blob')
                 THEN album.cover_id
                 -- The picture that somebody uploaded for a track is not the album's.
                 ELSE COALESCE(
                     (SELECT t.cover_id FROM track t JOIN image i ON i.id = t.cover_id AND i.source <> 'blob'
                     WHERE t.album_id = album.id AND t.available AND t.deleted_at IS NULL
                     ORDER BY t.disc_no, t.track_no, t.title_key, t.id LIMIT 1),
                     CASE WHEN NOT s.library THEN album.cover_id END) END,
             kind = CASE
                 WHEN NOT s.library OR substr(album.library_key, 1, 6) <> $loose THEN album.kind
                 WHEN s.artists > 1 THEN 'compilation'
                 WHEN album.kind = 'compilation' THEN 'album'
                 ELSE album.kind END,
             artist_id = CASE
                 WHEN NOT s.library OR substr(album.library_key, 1, 6) <> $loose OR s.artists = 0 THEN album.artist_id
                 WHEN s.artists > 1 THEN $various
                 ELSE (SELECT t.artist_id FROM track t
                     WHERE t.album_id = album.id AND t.available AND t.deleted_at IS NULL LIMIT 1) END
         FROM (SELECT r.id, ar.library, COUNT(t.id) AS tracks, COUNT(DISTINCT t.artist_id) AS artists,
                 MAX(t.release_date) AS release_date, MAX(t.released_order) AS released_order
             FROM {rows $albums r(id uuid)} CROSS JOIN album al CROSS JOIN artist ar
             LEFT JOIN track t ON t.album_id = r.id AND t.available AND t.deleted_at IS NULL
             WHERE al.id = r.id AND ar.id = al.artist_id GROUP BY r.id, ar.library) AS s
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

/// Whether a file of the artists is there.
async fn settle_artists(tx: &mut Tx, artists: Rows, now: Time) -> db::Result<()> {
    sql!(
        "UPDATE artist SET updated_at = $now, available =
             EXISTS (SELECT 1 FROM track t
                 WHERE t.artist_id = artist.id AND t.available AND t.deleted_at IS NULL)
             OR EXISTS (SELECT 1 FROM album al WHERE al.artist_id = artist.id AND al.deleted_at IS NULL)
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

/// Takes away albums of the library that no track is on any more, but none of a page that somebody manages.
async fn drop_albums(tx: &mut Tx, albums: Rows) -> db::Result<()> {
    if albums.is_empty() {
        return Ok(());
    }
    sql!(
        "DELETE FROM album WHERE id IN (SELECT r.id FROM {rows $1 r(id uuid)}) AND library_key IS NOT NULL
             AND EXISTS (SELECT 1 FROM artist ar WHERE ar.id = album.artist_id AND ar.library)
             AND NOT EXISTS (SELECT 1 FROM track t WHERE t.album_id = album.id)"
    )
    .rows(albums)
    .run(tx)
    .await?;
    Ok(())
}

/// Takes away pages of the library that nothing refers to any more.
async fn drop_artists(tx: &mut Tx, artists: Rows) -> db::Result<()> {
    if artists.is_empty() {
        return Ok(());
    }
    sql!(
        "DELETE FROM artist WHERE id IN (SELECT r.id FROM {rows $1 r(id uuid)}) AND library AND NOT available
             AND follower_count = 0 AND bio = '' AND avatar_id IS NULL
             AND NOT EXISTS (SELECT 1 FROM track t WHERE t.artist_id = artist.id)
             AND NOT EXISTS (SELECT 1 FROM album al WHERE al.artist_id = artist.id)
             AND NOT EXISTS (SELECT 1 FROM credit c WHERE c.artist_id = artist.id)
             AND NOT EXISTS (SELECT 1 FROM split_share s WHERE s.artist_id = artist.id)
             AND NOT EXISTS (SELECT 1 FROM artist_manager m WHERE m.artist_id = artist.id)"
    )
    .rows(artists)
    .run(tx)
    .await?;
    Ok(())
}
