//! What the indexer reads of the catalogue: pages of entries in the order of their ids, either of everything or of
//! what some changed ids bear upon.

use db::{Result, Row, Rows, Tx, sql};
use uuid::Uuid;

use super::entry::{Entry, Kind, Listing};

/// A page of the entries of one kind.
#[derive(Debug, Clone, Copy)]
pub(super) struct Batch<'a> {
    /// Only what these ids bear upon: things with these ids; what shows an artist's or an album's name; the album
    /// and the artist that a track adds its plays to.
    pub(super) changed: Option<&'a [Uuid]>,
    /// The id before the page.
    pub(super) after: Uuid,
    /// Entries at most.
    pub(super) size: u32,
}

impl Batch<'_> {
    fn rows(&self) -> Option<Rows> {
        self.changed.map(|ids| ids.iter().map(|id| (*id,)).collect())
    }
}

/// The next page of `kind`.
pub(super) async fn entries(tx: &mut Tx, kind: Kind, batch: Batch<'_>) -> Result<Vec<Entry>> {
    match kind {
        Kind::Track => tracks(tx, batch).await,
        Kind::Album => albums(tx, batch).await,
        Kind::Artist => artists(tx, batch).await,
        Kind::Genre => genres(tx, batch).await,
    }
}

struct TrackLine {
    id: Uuid,
    artist_id: Uuid,
    visibility: String,
    title: String,
    artist: String,
    artist_credit: Option<String>,
    album: Option<String>,
    play_count: i64,
}

db::from_row!(TrackLine { id, artist_id, visibility, title, artist, artist_credit, album, play_count });

async fn tracks(tx: &mut Tx, batch: Batch<'_>) -> Result<Vec<Entry>> {
    let lines: Vec<TrackLine> = sql!(
        "SELECT t.id, t.artist_id, t.visibility, t.title, a.display_name AS artist, t.artist_credit,
             b.title AS album, t.play_count
         FROM track t JOIN artist a ON a.id = t.artist_id LEFT JOIN album b ON b.id = t.album_id
         WHERE t.id > $after AND t.available AND t.deleted_at IS NULL
         [[ AND t.id IN (
             WITH c AS (SELECT id FROM {rows $changed r(id uuid)})
             SELECT id FROM c
             UNION SELECT x.id FROM c JOIN track x ON x.album_id = c.id
             UNION SELECT x.id FROM c JOIN track x ON x.artist_id = c.id) ]]
         ORDER BY t.id LIMIT $size"
    )
    .set("after", batch.after)
    .set("size", batch.size)
    .set_rows_opt("changed", batch.rows())
    .all(tx)
    .await?;
    Ok(lines.into_iter().map(Entry::from).collect())
}

impl From<TrackLine> for Entry {
    fn from(line: TrackLine) -> Self {
        Self {
            id: line.id,
            kind: Kind::Track,
            listing: listing(&line.visibility),
            owner: Some(line.artist_id),
            name: line.title,
            artist: std::iter::once(line.artist).chain(line.artist_credit).collect(),
            album: line.album,
            plays: line.play_count,
        }
    }
}

struct AlbumLine {
    id: Uuid,
    artist_id: Uuid,
    visibility: String,
    title: String,
    artist: String,
    play_count: i64,
}

db::from_row!(AlbumLine { id, artist_id, visibility, title, artist, play_count });

async fn albums(tx: &mut Tx, batch: Batch<'_>) -> Result<Vec<Entry>> {
    let lines: Vec<AlbumLine> = sql!(
        "SELECT b.id, b.artist_id, b.visibility, b.title, a.display_name AS artist, b.play_count
         FROM album b JOIN artist a ON a.id = b.artist_id
         WHERE b.id > $after AND b.deleted_at IS NULL
         [[ AND b.id IN (
             WITH c AS (SELECT id FROM {rows $changed r(id uuid)})
             SELECT id FROM c
             UNION SELECT x.id FROM c JOIN album x ON x.artist_id = c.id
             UNION SELECT t.album_id FROM c JOIN track t ON t.id = c.id) ]]
         ORDER BY b.id LIMIT $size"
    )
    .set("after", batch.after)
    .set("size", batch.size)
    .set_rows_opt("changed", batch.rows())
    .all(tx)
    .await?;
    let entry = |line: AlbumLine| Entry {
        id: line.id,
        kind: Kind::Album,
        listing: listing(&line.visibility),
        owner: Some(line.artist_id),
        name: line.title,
        artist: vec![line.artist],
        album: None,
        plays: line.play_count,
    };
    Ok(lines.into_iter().map(entry).collect())
}

struct ArtistLine {
    id: Uuid,
    library: bool,
    display_name: String,
    play_count: i64,
}

db::from_row!(ArtistLine { id, library, display_name, play_count });

async fn artists(tx: &mut Tx, batch: Batch<'_>) -> Result<Vec<Entry>> {
    let lines: Vec<ArtistLine> = sql!(
        "SELECT a.id, a.library, a.display_name,
             COALESCE((SELECT CAST(SUM(t.play_count) AS BIGINT) FROM track t WHERE t.artist_id = a.id),
                 CAST(0 AS BIGINT)) AS play_count
         FROM artist a
         WHERE a.id > $after
         [[ AND a.id IN (
             WITH c AS (SELECT id FROM {rows $changed r(id uuid)})
             SELECT id FROM c
             UNION SELECT t.artist_id FROM c JOIN track t ON t.id = c.id) ]]
         ORDER BY a.id LIMIT $size"
    )
    .set("after", batch.after)
    .set("size", batch.size)
    .set_rows_opt("changed", batch.rows())
    .all(tx)
    .await?;
    let entry = |line: ArtistLine| Entry {
        id: line.id,
        kind: Kind::Artist,
        listing: if line.library { Listing::Members } else { Listing::Public },
        owner: Some(line.id),
        name: line.display_name,
        artist: Vec::new(),
        album: None,
        plays: line.play_count,
    };
    Ok(lines.into_iter().map(entry).collect())
}

async fn genres(tx: &mut Tx, batch: Batch<'_>) -> Result<Vec<Entry>> {
    let lines: Vec<(Uuid, String)> = sql!(
        "SELECT g.id, g.name FROM genre g
         WHERE g.id > $after
         [[ AND g.id IN (SELECT id FROM {rows $changed r(id uuid)}) ]]
         ORDER BY g.id LIMIT $size"
    )
    .set("after", batch.after)
    .set("size", batch.size)
    .set_rows_opt("changed", batch.rows())
    .all(tx)
    .await?;
    let entry = |(id, name)| Entry {
        id,
        kind: Kind::Genre,
        listing: Listing::Public,
        owner: None,
        name,
        artist: Vec::new(),
        album: None,
        plays: 0,
    };
    Ok(lines.into_iter().map(entry).collect())
}

/// Who finds what has this visibility. What is unlisted is reached by its link alone.
fn listing(visibility: &str) -> Listing {
    match visibility {
        "public" => Listing::Public,
        "members" => Listing::Members,
        _ => Listing::Own,
    }
}
