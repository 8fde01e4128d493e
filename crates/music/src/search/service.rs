//! From what the index says to what the caller is shown.

use std::hash::{Hash, Hasher};

use db::{Db, Rows, ToValue, sql};
use kernel::{AlbumId, ArtistId, Cursor, GenreId, Limit, Page, TrackId};
use uuid::Uuid;

use super::{
    Audience, Kind, SearchError,
    rank::{Hits, Question},
};
use crate::{
    Music,
    catalogue::{Album, Artist, Genre, Track, Viewer, album, artist, genre, track},
};

/// The longest text that is searched for, in characters.
const LONGEST: usize = 200;
/// How many hits of one kind are looked through at most.
const DEPTH: usize = 1000;
/// Artist pages of one account whose own things are found.
const PAGES: u32 = 1000;

/// What was found, best first.
#[derive(Debug, Default)]
pub struct Found {
    /// The best of all.
    pub top: Option<(Kind, Uuid)>,
    /// Tracks.
    pub tracks: Vec<Track>,
    /// Albums.
    pub albums: Vec<Album>,
    /// Artist pages.
    pub artists: Vec<Artist>,
    /// Genres.
    pub genres: Vec<Genre>,
}

/// Finds up to `limit` things of each kind that `viewer` may see. A text without words finds nothing.
pub async fn find(
    music: &Music,
    viewer: Viewer,
    text: &str,
    kinds: &[Kind],
    limit: Limit,
) -> Result<Found, SearchError> {
    let mut question = question(music, viewer, text, kinds, limit.get()).await?;
    question.depth = limit.get();
    loop {
        let hits = music.search.ask(question.clone()).await?;
        let found = rows(&music.app.db, viewer, &hits).await?;
        // The index may lag behind the tables: what is short for that reason is filled up from further down.
        let is_short = kinds
            .iter()
            .any(|kind| hits.of(*kind).len() == question.depth && found.count(*kind) < limit.get());
        if is_short && question.depth < DEPTH {
            question.depth = DEPTH;
            continue;
        }
        return Ok(found.cut(limit.get(), &hits));
    }
}

/// What the `q` of a list finds, best first. The list filters further, with its own statement of who may see what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ranking<T> {
    /// The ids, best first.
    pub ids: Vec<T>,
    /// How many of them come before the page.
    start: i64,
    q: String,
}

/// The same words are the same list, though they may find something else by now.
impl<T> Hash for Ranking<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.q.hash(state);
    }
}

impl<T: Copy + From<Uuid> + ToValue> Ranking<T> {
    /// What `q` finds of one kind, among what belongs to all that `of` names (an artist, an album, a genre), for a
    /// page of `list` of this length, after `cursor`. Nothing for a `q` that is blank: the list is
    /// then in another order.
    pub async fn of(
        music: &Music,
        viewer: Viewer,
        (q, kind): (Option<&str>, Kind),
        of: &[Option<Uuid>],
        (list, limit, cursor): (&impl Hash, Limit, Option<&Cursor>),
    ) -> Result<Option<Self>, SearchError> {
        let Some(q) = q.filter(|q| !q.trim().is_empty()) else { return Ok(None) };
        let start: u16 = cursor.map(|cursor| cursor.place(&(list, q))).transpose()?.unwrap_or(0);
        let enough = usize::from(start) + limit.get() + 1;
        let mut question = question(music, viewer, q, &[kind], enough).await?;
        question.depth = DEPTH;
        question.of = of.iter().copied().flatten().collect();
        let ids = music.search.ask(question).await?.ids(kind);
        Ok(Some(Self { ids, start: start.into(), q: q.to_owned() }))
    }

    /// The hits from the start of the page on, as rows of id and place.
    pub(crate) fn rows(&self) -> Rows {
        let from_start = (0..).zip(&self.ids).skip_while(|(place, _)| *place < self.start);
        from_start.map(|(place, id)| (*id, place)).collect()
    }

    /// The page of `list` with those that are left of [`Ranking::rows`], in their order.
    pub(crate) fn page(&self, left: Vec<(T, i64)>, limit: Limit, list: &impl Hash) -> Page<T> {
        Page::cut(left, limit, |(_, place)| Cursor::at(&(list, &self.q), &(place + 1))).map(|(id, _)| id)
    }
}

async fn question(
    music: &Music,
    viewer: Viewer,
    text: &str,
    kinds: &[Kind],
    enough: usize,
) -> Result<Question, SearchError> {
    if text.chars().count() > LONGEST {
        return Err(SearchError::TooLong(LONGEST));
    }
    let audience = match viewer.account() {
        None => Audience::default(),
        Some(account) => Audience {
            member: true,
            manages: db::read!(music.app.db, |tx| {
                sql!(
                    "SELECT artist_id FROM artist_manager WHERE account_id = $1 AND accepted
                     ORDER BY artist_id LIMIT $2"
                )
                .bind(account)
                .bind(PAGES)
                .column(tx)
                .await
            })?,
        },
    };
    Ok(Question { text: text.to_owned(), audience, kinds: kinds.to_vec(), of: Vec::new(), depth: 0, enough })
}

/// The rows of each kind at once, on a connection each: what one waits for, the others do not.
async fn rows(db: &Db, viewer: Viewer, hits: &Hits) -> db::Result<Found> {
    let (tracks, albums, artists, genres) = (
        hits.ids::<TrackId>(Kind::Track),
        hits.ids::<AlbumId>(Kind::Album),
        hits.ids::<ArtistId>(Kind::Artist),
        hits.ids::<GenreId>(Kind::Genre),
    );
    macro_rules! listed {
        ($module:ident, $ids:expr) => {
            Box::pin(async {
                match &*$ids {
                    [] => Ok(Vec::new()),
                    ids => db::read!(db, |tx| $module::listed(tx, viewer, ids).await),
                }
            })
        };
    }
    let (tracks, albums, artists, genres) = tokio::try_join!(
        listed!(track, tracks),
        listed!(album, albums),
        listed!(artist, artists),
        listed!(genre, genres)
    )?;
    Ok(Found { top: None, tracks, albums, artists, genres })
}

impl Found {
    fn count(&self, kind: Kind) -> usize {
        match kind {
            Kind::Track => self.tracks.len(),
            Kind::Album => self.albums.len(),
            Kind::Artist => self.artists.len(),
            Kind::Genre => self.genres.len(),
        }
    }

    fn first(&self, kind: Kind) -> Option<Uuid> {
        match kind {
            Kind::Track => self.tracks.first().map(|track| track.id.into()),
            Kind::Album => self.albums.first().map(|album| album.id.into()),
            Kind::Artist => self.artists.first().map(|artist| artist.id.into()),
            Kind::Genre => self.genres.first().map(|genre| genre.id.into()),
        }
    }

    /// The first `limit` of each kind, and the best of all.
    fn cut(mut self, limit: usize, hits: &Hits) -> Self {
        self.tracks.truncate(limit);
        self.albums.truncate(limit);
        self.artists.truncate(limit);
        self.genres.truncate(limit);
        let best = Kind::ALL.iter().filter_map(|kind| {
            let id = self.first(*kind)?;
            let hit = hits.of(*kind).iter().find(|hit| hit.id() == id)?;
            Some((hit.among_kinds(*kind), *kind, id))
        });
        self.top = best.max_by_key(|(worth, ..)| *worth).map(|(_, kind, id)| (kind, id));
        self
    }
}
