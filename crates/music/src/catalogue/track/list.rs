//! Lists of tracks. A list is read from where the fewest rows have to be looked at, so that none of them scans the
//! catalogue:
//!
//! - [`Source::Order`]: along the index of the order, one run for each visibility that the viewer may see, merged
//!   with what the viewer manages;
//! - [`Source::Genre`]: the copies beside the genre, in the order of age or as long as it is not a large part of
//!   everything;
//! - [`Source::Dates`]: the tracks of a short span of time, when they are ordered by something else;
//! - [`Source::Few`]: an artist's, those that name an artist, an album's, given tracks, or those with a price: found
//!   first, then put in order.

use db::{Query, Rows, Tx, sql, sql_by};
use kernel::{AccountId, AlbumId, ArtistId, Cursor, GenreId, Limit, Page, Time, TrackId};
use uuid::Uuid;

use super::{Track, TrackRow, queries, service};
use crate::{
    catalogue::{
        CatalogueError, Order, ReleaseDate, Sort, Viewer, Visibility,
        order::{Keys, Place},
        visibility::{ALBUM_LISTED, TRACK_LISTED},
    },
    search::Ranking,
};

// Where both ways of reading cost about the same in a catalogue of 100,000 tracks.

/// The genre of a list is read beside the genre up to this many tracks.
const GENRE: i64 = 4_000;
/// What has a price or came out in a span of time is found first up to this many tracks.
const FEW: i64 = 2_000;
const LIST: &str = "tracks";
/// The name of what was found, best first, in its cursors.
pub(super) const FOUND: &str = "tracks:found";

/// Which tracks a list holds. What is not said does not matter.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct TrackFilter {
    /// Of this artist.
    pub artist: Option<ArtistId>,
    /// Of another artist, with this one among its credits: one that was imported, or of a page with a manager in common.
    pub credited: Option<ArtistId>,
    /// On this album.
    pub album: Option<AlbumId>,
    /// With this genre.
    pub genre: Option<GenreId>,
    /// Out at this moment or later.
    pub released_from: Option<Time>,
    /// Out before this moment.
    pub released_before: Option<Time>,
    /// Of this visibility.
    pub visibility: Option<Visibility>,
    /// With a price of its own, or without.
    pub priced: Option<bool>,
    /// Among what was searched for.
    pub found: Option<Ranking<TrackId>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    Order,
    Genre,
    Dates,
    Few,
}

impl TrackFilter {
    fn has_dates(&self) -> bool {
        self.released_from.is_some() || self.released_before.is_some()
    }

    /// Whether few tracks are left, wherever one looks for them.
    fn is_few(&self) -> bool {
        self.artist.or(self.credited).is_some() || self.album.is_some() || self.found.is_some()
    }

    /// From when on: what has no date is in no span of time.
    fn from(&self) -> Option<Time> {
        let first = Time::from_micros(ReleaseDate::UNKNOWN.micros() + 1);
        self.has_dates().then(|| self.released_from.unwrap_or(first).max(first))
    }

    fn before(&self) -> Option<Time> {
        self.has_dates().then(|| self.released_before.unwrap_or(Time::from_micros(i64::MAX)))
    }
}

/// One page of the tracks that `filter` leaves, as `viewer` finds them in lists.
pub async fn page(
    tx: &mut Tx,
    viewer: Viewer,
    filter: &TrackFilter,
    order: Order,
    limit: Limit,
    cursor: Option<&Cursor>,
) -> Result<Page<Track>, CatalogueError> {
    let place = order.after(&(LIST, filter), cursor)?;
    let source = source(tx, viewer, filter, order.sort).await?;
    let list = List { viewer, filter, order, limit, place };
    let rows = match source {
        Source::Order => list.by_order(tx).await?,
        Source::Genre => list.by_genre(tx).await?,
        Source::Dates => list.by_dates(tx).await?,
        Source::Few => list.few(tx).await?,
    };
    Ok(Page::cut(rows, limit, |last: &TrackRow| {
        order.place(
            &(LIST, filter),
            &Keys {
                id: last.id.into(),
                title_key: &last.title_key,
                released_order: last.released_order,
                play_count: last.play_count,
                like_count: last.like_count,
            },
        )
    })
    .map(Track::from))
}

async fn source(tx: &mut Tx, viewer: Viewer, filter: &TrackFilter, sort: Sort) -> db::Result<Source> {
    if filter.is_few() {
        return Ok(Source::Few);
    }
    if filter.priced == Some(true) {
        let priced: i64 = sql!(
            "SELECT COUNT(*) FROM (SELECT 1 FROM track WHERE price_per_second IS NOT NULL LIMIT $1) AS priced"
        )
        .bind(FEW)
        .scalar(tx)
        .await?;
        if priced < FEW {
            return Ok(Source::Few);
        }
    }
    if sort != Sort::Released && filter.has_dates() {
        let (first, second) = visibilities(viewer, filter.visibility);
        let found: i64 = sql!(
            "SELECT COUNT(*) FROM (
                 SELECT 1 FROM track t WHERE t.visibility IN ($first, $second) AND t.available AND t.deleted_at IS NULL
                     AND t.released_order >= $from AND t.released_order < $before LIMIT $limit) AS found"
        )
        .set("first", first)
        .set("second", second)
        .set("from", filter.from().unwrap_or_default())
        .set("before", filter.before().unwrap_or_default())
        .set("limit", FEW)
        .scalar(tx)
        .await?;
        if found < FEW {
            return Ok(Source::Dates);
        }
    }
    if let Some(genre) = filter.genre {
        if matches!(sort, Sort::Created | Sort::Plays) {
            // They lie in these orders there.
            return Ok(Source::Genre);
        }
        if filter.priced.is_some() {
            return Ok(Source::Order);
        }
        let tracks: i64 =
            sql!("SELECT COUNT(*) FROM (SELECT 1 FROM track_genre WHERE genre_id = $1 LIMIT $2) AS tracks")
                .bind(genre)
                .bind(GENRE)
                .scalar(tx)
                .await?;
        if tracks < GENRE {
            return Ok(Source::Genre);
        }
    }
    Ok(Source::Order)
}

/// The visibilities whose tracks `viewer` finds in lists without managing them. Where there is no second one, or a
/// filter leaves none, it is one that no track has.
fn visibilities(viewer: Viewer, filter: Option<Visibility>) -> (&'static str, &'static str) {
    let of = |visibility: Visibility| {
        if filter.is_none_or(|wanted| wanted == visibility) { visibility.code() } else { "" }
    };
    let second = if viewer.account().is_some() { of(Visibility::Members) } else { "" };
    (of(Visibility::Public), second)
}

struct List<'a> {
    viewer: Viewer,
    filter: &'a TrackFilter,
    order: Order,
    limit: Limit,
    place: Option<Place>,
}

/// Whole rows for the ids of `page`, which are few.
const SELECT: &str = "SELECT {columns} FROM";
const JOINED: &str =
    "AS page CROSS JOIN track t {joins} WHERE t.id = page.id ORDER BY t.{by} {dir}, t.id {dir}";
/// What the viewer manages and finds in lists for that reason alone.
const OWN: &str =
    "m.account_id = $manager AND m.accepted AND t.artist_id = m.artist_id AND t.deleted_at IS NULL
     AND NOT (t.available AND t.visibility IN ('public', 'members'))";
/// Filters that no index serves here: the order decides which one is read.
const REST: &str =
    "[[ AND EXISTS (SELECT 1 FROM track_genre f WHERE f.genre_id = $genre AND f.track_id = t.id)]]
     [[:priced: AND t.price_per_second IS NOT NULL]][[:free: AND t.price_per_second IS NULL]]
     [[ AND t.visibility = $visibility]]";
/// A track whose credit of `$credited` is taken at its word: the operator imported it, or somebody manages both pages. What
/// anybody else writes is no reason to show their music on another artist's page.
const WELCOME: &str = "(EXISTS (SELECT 1 FROM artist p WHERE p.id = t.artist_id AND p.library)
     OR EXISTS (SELECT 1 FROM artist_manager hm JOIN artist_manager gm ON gm.account_id = hm.account_id
         WHERE hm.artist_id = t.artist_id AND hm.accepted AND gm.artist_id = $credited AND gm.accepted))";
/// What a genre has no copy of.
const PRICE_BESIDE_GENRE: &str =
    "[[:priced: AND EXISTS (SELECT 1 FROM track p WHERE p.id = g.track_id AND p.price_per_second IS NOT NULL)]]
     [[:free: AND EXISTS (SELECT 1 FROM track p WHERE p.id = g.track_id AND p.price_per_second IS NULL)]]";
const DATES: &str = "[[:near: AND t.released_order >= $from AND t.released_order < $before]]
     [[:late: AND t.released_order + 0 >= $from AND t.released_order + 0 < $before]]";
/// From the last row of the page before, in order.
const SORTED: &str =
    "[[ AND (t.{by}, t.id) {past} ($after_key, $after_id)]] ORDER BY t.{by} {dir}, t.id {dir} LIMIT $limit";

impl List<'_> {
    /// Binds what every list has.
    fn bind(&self, query: Query) -> Query {
        let filter = self.filter;
        Place::bind(self.place.as_ref(), query)
            .set("limit", self.limit.fetch())
            .set_opt("viewer", self.viewer.account())
            .set_opt("visibility", filter.visibility)
            .set_opt("from", filter.from())
            .set_opt("before", filter.before())
    }

    /// Binds what the lists that are merged have.
    fn bind_merged(&self, query: Query) -> Query {
        let (first, second) = visibilities(self.viewer, self.filter.visibility);
        let query = self
            .bind(query)
            .set("first", first)
            .set("second", second)
            // Nobody manages anything under the nil id.
            .set("manager", self.viewer.account().unwrap_or(AccountId(Uuid::nil())));
        let query = query.set_opt("genre", self.filter.genre);
        match self.filter.priced {
            Some(true) => query.on("priced"),
            Some(false) => query.on("free"),
            None => query,
        }
    }

    async fn by_order(&self, tx: &mut Tx) -> db::Result<Vec<TrackRow>> {
        let query = sql_by!(
            self.order.column(),
            self.order.descending,
            ["title_key", "released_order", "play_count", "like_count", "id"],
            "{select} (
                 SELECT id FROM (
                     SELECT * FROM (SELECT t.id, t.{by} AS k FROM track t WHERE t.visibility = $first
                         AND t.available AND t.deleted_at IS NULL{dates}{rest}{sorted}) AS one
                     UNION ALL
                     SELECT * FROM (SELECT t.id, t.{by} AS k FROM track t WHERE t.visibility = $second
                         AND t.available AND t.deleted_at IS NULL{dates}{rest}{sorted}) AS two
                     UNION ALL
                     SELECT * FROM (SELECT t.id, t.{by} AS k FROM artist_manager m CROSS JOIN track t
                         WHERE {own}{dates}{rest}{sorted}) AS own
                 ) AS merged ORDER BY k {dir}, id {dir} LIMIT $limit
             ) {joined}",
            select = SELECT,
            joined = JOINED,
            own = OWN,
            dates = DATES,
            rest = REST,
            sorted = SORTED,
            columns = queries::TRACK_COLUMNS,
            joins = queries::TRACK_JOINS,
            listed_album = ALBUM_LISTED,
        );
        let dates = if self.order.sort == Sort::Released { "near" } else { "late" };
        self.bind_merged(query).on(dates).all(tx).await
    }

    async fn by_genre(&self, tx: &mut Tx) -> db::Result<Vec<TrackRow>> {
        let query = sql_by!(
            self.order.column(),
            self.order.descending,
            ["title_key", "released_order", "play_count", "like_count", "id"],
            "{select} (
                 SELECT id FROM (
                     SELECT * FROM (
                         SELECT t.id, t.{by} AS k FROM (
                             SELECT g.track_id AS id, g.title_key, g.released_order, g.play_count, g.like_count
                             FROM track_genre g WHERE g.genre_id = $one_genre AND g.listed IN ($first, $second){price}
                         ) AS t WHERE TRUE{dates}{sorted}) AS listed
                     UNION ALL
                     SELECT * FROM (SELECT t.id, t.{by} AS k FROM artist_manager m CROSS JOIN track t
                         WHERE {own}{dates}{rest}{sorted}) AS own
                 ) AS merged ORDER BY k {dir}, id {dir} LIMIT $limit
             ) {joined}",
            select = SELECT,
            joined = JOINED,
            own = OWN,
            price = PRICE_BESIDE_GENRE,
            dates = DATES,
            rest = REST,
            sorted = SORTED,
            columns = queries::TRACK_COLUMNS,
            joins = queries::TRACK_JOINS,
            listed_album = ALBUM_LISTED,
        );
        self.bind_merged(query).set_opt("one_genre", self.filter.genre).on("late").all(tx).await
    }

    async fn by_dates(&self, tx: &mut Tx) -> db::Result<Vec<TrackRow>> {
        let query = sql_by!(
            self.order.column(),
            self.order.descending,
            ["title_key", "released_order", "play_count", "like_count", "id"],
            "{select} (
                 SELECT id FROM (
                     SELECT * FROM (
                         SELECT t.id, t.{by} AS k FROM (
                             SELECT d.id FROM track d WHERE d.visibility IN ($first, $second) AND d.available
                                 AND d.deleted_at IS NULL AND d.released_order >= $since AND d.released_order < $until
                         ) AS dated CROSS JOIN track t WHERE t.id = dated.id{rest}{sorted}) AS listed
                     UNION ALL
                     SELECT * FROM (SELECT t.id, t.{by} AS k FROM artist_manager m CROSS JOIN track t
                         WHERE {own}{dates}{rest}{sorted}) AS own
                 ) AS merged ORDER BY k {dir}, id {dir} LIMIT $limit
             ) {joined}",
            select = SELECT,
            joined = JOINED,
            own = OWN,
            dates = DATES,
            rest = REST,
            sorted = SORTED,
            columns = queries::TRACK_COLUMNS,
            joins = queries::TRACK_JOINS,
            listed_album = ALBUM_LISTED,
        );
        let filter = self.filter;
        self.bind_merged(query)
            .set_opt("since", filter.from())
            .set_opt("until", filter.before())
            .on("late")
            .all(tx)
            .await
    }

    async fn few(&self, tx: &mut Tx) -> db::Result<Vec<TrackRow>> {
        let filter = self.filter;
        let ids = filter.found.as_ref().map(|found| found.ids.iter().map(|id| (*id,)).collect::<Rows>());
        let query = sql_by!(
            self.order.column(),
            self.order.descending,
            ["title_key", "released_order", "play_count", "like_count", "id"],
            "{select} (
                 SELECT t.id FROM track t WHERE {listed}
                     [[:all_priced: AND t.id IN (SELECT p.id FROM track p WHERE p.price_per_second IS NOT NULL)]]
                     [[ AND t.artist_id = $artist]][[ AND t.album_id = $album]]
                     [[ AND t.artist_id <> $credited
                         AND t.id IN (SELECT c.track_id FROM credit c WHERE c.artist_id = $credited)
                         AND {welcome}]]
                     [[ AND t.id IN (SELECT r.id FROM {rows $ids r(id uuid)})]]{dates}{rest}{sorted}
             ) {joined}",
            listed = TRACK_LISTED,
            welcome = WELCOME,
            select = SELECT,
            joined = JOINED,
            dates = DATES,
            rest = REST,
            sorted = SORTED,
            columns = queries::TRACK_COLUMNS,
            joins = queries::TRACK_JOINS,
            listed_album = ALBUM_LISTED,
        );
        let query = self
            .bind(query)
            .set_opt("genre", filter.genre)
            .set_opt("artist", filter.artist)
            .set_opt("credited", filter.credited)
            .set_opt("album", filter.album)
            .on("late");
        let query = match ids {
            Some(ids) => query.set_rows("ids", ids),
            // What has a price is looked through only where nothing else makes the tracks few.
            None if !filter.is_few() => query.on("all_priced"),
            None => query,
        };
        match filter.priced {
            Some(true) => query.on("priced"),
            Some(false) => query.on("free"),
            None => query,
        }
        .all(tx)
        .await
    }
}

/// One page of what was found, as far as `filter` leaves it and `viewer` finds it in lists, best first.
pub(super) async fn by_rank(
    tx: &mut Tx,
    viewer: Viewer,
    filter: &TrackFilter,
    found: &Ranking<TrackId>,
    limit: Limit,
) -> db::Result<Page<Track>> {
    let query = sql!(
        "SELECT r.id, r.place FROM {rows $found r(id uuid, place int)} CROSS JOIN track t
         WHERE t.id = r.id AND {listed}[[ AND t.artist_id = $artist]][[ AND t.album_id = $album]]{dates}{rest}
         ORDER BY r.place LIMIT $limit",
        listed = TRACK_LISTED,
        dates = DATES,
        rest = REST,
    )
    .set_rows("found", found.rows())
    .set("limit", limit.fetch())
    .set_opt("viewer", viewer.account())
    .set_opt("artist", filter.artist)
    .set_opt("album", filter.album)
    .set_opt("genre", filter.genre)
    .set_opt("visibility", filter.visibility)
    .set_opt("from", filter.from())
    .set_opt("before", filter.before())
    .on("late");
    let query = match filter.priced {
        Some(true) => query.on("priced"),
        Some(false) => query.on("free"),
        None => query,
    };
    let page = found.page(query.all(tx).await?, limit, &(FOUND, filter));
    Ok(Page { items: service::listed(tx, viewer, &page.items).await?, next_cursor: page.next_cursor })
}
