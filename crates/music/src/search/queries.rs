//! What the indexer reads of the catalogue: pages of entries in the order of their ids, either of everything or of
//! what changes bear upon.

use db::{Query, Result, Rows, Tx, sql};
use uuid::Uuid;

use super::entry::{Entry, Kind, Listing};
use crate::catalogue::Visibility;

/// What has to be indexed again.
#[derive(Debug, Clone, Default)]
pub(super) struct Changed {
    /// Ids of anything. Tracks stand for their artist and their album too, which they add their plays to.
    pub(super) ids: Vec<Uuid>,
    /// Artists and albums whose names stand in the entries of others, and are not what they were.
    pub(super) renamed: Vec<Uuid>,
}

/// A page of the entries of one kind.
#[derive(Debug, Clone, Copy)]
pub(super) struct Batch<'a> {
    /// Only these.
    pub(super) changed: Option<&'a Changed>,
    /// The id before the page.
    pub(super) after: Uuid,
    /// Entries at most.
    pub(super) size: u32,
}

impl Batch<'_> {
    fn of(self, query: Query) -> Query {
        let query = query.set("after", self.after).set("size", self.size);
        match self.changed {
            Some(changed) => query.set_rows("ids", rows(&changed.ids)),
            None => query,
        }
    }

    /// For statements that also want what was renamed.
    fn with_renamed(self, query: Query) -> Query {
        match self.changed {
            Some(changed) => self.of(query).set_rows("renamed", rows(&changed.renamed)),
            None => self.of(query),
        }
    }
}

fn rows(ids: &[Uuid]) -> Rows {
    ids.iter().map(|id| (*id,)).collect()
}

/// The next page of `kind`.
pub(super) async fn entries(tx: &mut Tx, kind: Kind, batch: Batch<'_>) -> Result<Vec<Entry>> {
    let mut entries = match kind {
        Kind::Track => tracks(tx, batch).await?,
        Kind::Album => albums(tx, batch).await?,
        Kind::Artist => artists(tx, batch).await?,
        Kind::Genre => return genres(tx, batch).await,
    };
    let of = match kind {
        Kind::Track => {
            sql!(
                "SELECT g.track_id, g.genre_id FROM {rows $1 r(id uuid)} JOIN track_genre g ON g.track_id = r.id"
            )
        }
        Kind::Album => {
            sql!(
                "SELECT g.album_id, g.genre_id FROM {rows $1 r(id uuid)} JOIN album_genre g ON g.album_id = r.id"
            )
        }
        _ => sql!(
            "SELECT g.artist_id, g.genre_id FROM {rows $1 r(id uuid)} JOIN artist_genre g ON g.artist_id = r.id"
        ),
    };
    let lines: Vec<(Uuid, Uuid)> =
        of.rows(entries.iter().map(|entry| (entry.id,)).collect::<Rows>()).all(tx).await?;
    for (id, genre) in lines {
        // The entries come in the order of their ids.
        if let Ok(at) = entries.binary_search_by_key(&id, |entry| entry.id) {
            entries[at].of.push(genre);
        }
    }
    Ok(entries)
}

struct TrackLine {
    id: Uuid,
    artist_id: Uuid,
    album_id: Option<Uuid>,
    visibility: Visibility,
    available: bool,
    title: String,
    artist: String,
    artist_credit: Option<String>,
    album: Option<String>,
    album_visibility: Option<Visibility>,
    play_count: i64,
}

db::from_row!(TrackLine {
    id,
    artist_id,
    album_id,
    visibility,
    available,
    title,
    artist,
    artist_credit,
    album,
    album_visibility,
    play_count,
});

async fn tracks(tx: &mut Tx, batch: Batch<'_>) -> Result<Vec<Entry>> {
    let lines: Vec<TrackLine> = batch
        .with_renamed(sql!(
        "SELECT t.id, t.artist_id, b.id AS album_id, t.visibility, t.available, t.title, a.display_name AS artist, t.artist_credit,
             b.title AS album, b.visibility AS album_visibility, t.play_count
         FROM track t JOIN artist a ON a.id = t.artist_id LEFT JOIN album b ON b.id = t.album_id AND b.deleted_at IS NULL
         WHERE t.id > $after AND t.deleted_at IS NULL
         [[ AND t.id IN (
             SELECT c.id FROM {rows $ids c(id uuid)}
             UNION SELECT x.id FROM {rows $renamed n(id uuid)} JOIN track x ON x.album_id = n.id
             UNION SELECT x.id FROM {rows $renamed n(id uuid)} JOIN track x ON x.artist_id = n.id) ]]
         ORDER BY t.id LIMIT $size"
        ))
        .all(tx)
        .await?;
    Ok(lines.into_iter().map(Entry::from).collect())
}

impl From<TrackLine> for Entry {
    fn from(line: TrackLine) -> Self {
        let listing = if line.available { Listing::of(line.visibility) } else { Listing::Own };
        // Whoever finds the track by the album's title must be one who may see that title.
        let album_is_as_open = line.album_visibility.is_some_and(|album| Listing::of(album) >= listing);
        Self {
            id: line.id,
            kind: Kind::Track,
            listing,
            owner: Some(line.artist_id),
            of: line.album_id.into_iter().collect(),
            name: line.title,
            artist: std::iter::once(line.artist).chain(line.artist_credit).collect(),
            album: line.album.filter(|_| album_is_as_open),
            plays: line.play_count,
        }
    }
}

struct AlbumLine {
    id: Uuid,
    artist_id: Uuid,
    visibility: Visibility,
    title: String,
    artist: String,
    play_count: i64,
}

db::from_row!(AlbumLine { id, artist_id, visibility, title, artist, play_count });

async fn albums(tx: &mut Tx, batch: Batch<'_>) -> Result<Vec<Entry>> {
    let lines: Vec<AlbumLine> = batch
        .with_renamed(sql!(
            "SELECT b.id, b.artist_id, b.visibility, b.title, a.display_name AS artist, b.play_count
         FROM album b JOIN artist a ON a.id = b.artist_id
         WHERE b.id > $after AND b.deleted_at IS NULL
         [[ AND b.id IN (
             SELECT c.id FROM {rows $ids c(id uuid)}
             UNION SELECT t.album_id FROM {rows $ids c(id uuid)} JOIN track t ON t.id = c.id
             UNION SELECT x.id FROM {rows $renamed n(id uuid)} JOIN album x ON x.artist_id = n.id) ]]
         ORDER BY b.id LIMIT $size"
        ))
        .all(tx)
        .await?;
    let entry = |line: AlbumLine| Entry {
        id: line.id,
        kind: Kind::Album,
        listing: Listing::of(line.visibility),
        owner: Some(line.artist_id),
        of: Vec::new(),
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
    let lines: Vec<ArtistLine> = batch
        .of(sql!(
            "SELECT a.id, a.library, a.display_name,
             COALESCE((SELECT CAST(SUM(t.play_count) AS BIGINT) FROM track t WHERE t.artist_id = a.id),
                 CAST(0 AS BIGINT)) AS play_count
         FROM artist a
         WHERE a.id > $after
         [[ AND a.id IN (
             SELECT c.id FROM {rows $ids c(id uuid)}
             UNION SELECT t.artist_id FROM {rows $ids c(id uuid)} JOIN track t ON t.id = c.id) ]]
         ORDER BY a.id LIMIT $size"
        ))
        .all(tx)
        .await?;
    let entry = |line: ArtistLine| Entry {
        id: line.id,
        kind: Kind::Artist,
        listing: if line.library { Listing::Members } else { Listing::Public },
        owner: Some(line.id),
        of: Vec::new(),
        name: line.display_name,
        artist: Vec::new(),
        album: None,
        plays: line.play_count,
    };
    Ok(lines.into_iter().map(entry).collect())
}

async fn genres(tx: &mut Tx, batch: Batch<'_>) -> Result<Vec<Entry>> {
    let lines: Vec<(Uuid, String)> = batch
        .of(sql!(
            "SELECT g.id, g.name FROM genre g
         WHERE g.id > $after
         [[ AND g.id IN (SELECT c.id FROM {rows $ids c(id uuid)}) ]]
         ORDER BY g.id LIMIT $size"
        ))
        .all(tx)
        .await?;
    let entry = |(id, name)| Entry {
        id,
        kind: Kind::Genre,
        listing: Listing::Public,
        owner: None,
        of: Vec::new(),
        name,
        artist: Vec::new(),
        album: None,
        plays: 0,
    };
    Ok(lines.into_iter().map(entry).collect())
}
