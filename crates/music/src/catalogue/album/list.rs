//! Lists of albums, read along the index of the order as those of tracks are, or, for an artist and for a genre that
//! few albums have, found first and then put in order.

use db::{Query, Rows, Tx, sql, sql_by};
use kernel::{AccountId, AlbumId, ArtistId, Cursor, GenreId, Limit, Page, Time};
use uuid::Uuid;

use super::{Album, model::AlbumRow, queries, service};
use crate::{
    catalogue::{
        CatalogueError, Order, ReleaseDate, Sort, Viewer, Visibility,
        order::{Keys, Place},
        visibility::ALBUM_LISTED,
    },
    search::Ranking,
};

/// Up to so many albums of a genre are found first.
const FEW: i64 = 800;
const LIST: &str = "albums";
/// The name of what was found, best first, in its cursors.
pub(super) const FOUND: &str = "albums:found";

/// Which albums a list holds. What is not said does not matter.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct AlbumFilter {
    /// On this artist's page.
    pub artist: Option<ArtistId>,
    /// With tracks of this genre.
    pub genre: Option<GenreId>,
    /// Out at this moment or later.
    pub released_from: Option<Time>,
    /// Out before this moment.
    pub released_before: Option<Time>,
    /// Among what was searched for.
    pub found: Option<Ranking<AlbumId>>,
}

impl AlbumFilter {
    /// From when on, and before when: what has no date is in no span of time.
    fn dates(&self) -> (Option<Time>, Option<Time>) {
        let has_dates = self.released_from.is_some() || self.released_before.is_some();
        let first = Time::from_micros(ReleaseDate::UNKNOWN.micros() + 1);
        let from = has_dates.then(|| self.released_from.unwrap_or(first).max(first));
        (from, has_dates.then(|| self.released_before.unwrap_or(Time::from_micros(i64::MAX))))
    }
}

/// One page of the albums that `filter` leaves, as `viewer` finds them in lists.
pub async fn page(
    tx: &mut Tx,
    viewer: Viewer,
    filter: &AlbumFilter,
    order: Order,
    limit: Limit,
    cursor: Option<&Cursor>,
) -> Result<Page<Album>, CatalogueError> {
    let place = order.after(&(LIST, filter), cursor)?;
    let is_few = filter.artist.is_some() || filter.found.is_some() || has_few(tx, filter.genre).await?;
    let list = List { viewer, filter, order, limit, place };
    let rows = if is_few { list.few(tx).await? } else { list.by_order(tx).await? };
    let page = Page::cut(rows, limit, |last: &AlbumRow| {
        let keys = Keys {
            id: last.id.into(),
            title_key: &last.title_key,
            released_order: last.released_order,
            play_count: last.play_count,
            like_count: last.like_count,
        };
        order.place(&(LIST, filter), &keys)
    });
    let items = queries::with_figures(tx, viewer, page.items).await?;
    Ok(Page { items, next_cursor: page.next_cursor })
}

async fn has_few(tx: &mut Tx, genre: Option<GenreId>) -> db::Result<bool> {
    let Some(genre) = genre else { return Ok(false) };
    let albums: i64 =
        sql!("SELECT COUNT(*) FROM (SELECT 1 FROM album_genre WHERE genre_id = $1 LIMIT $2) AS albums")
            .bind(genre)
            .bind(FEW)
            .scalar(tx)
            .await?;
    Ok(albums < FEW)
}

struct List<'a> {
    viewer: Viewer,
    filter: &'a AlbumFilter,
    order: Order,
    limit: Limit,
    place: Option<Place>,
}

const DATES: &str = "[[:near: AND al.released_order >= $from AND al.released_order < $before]]
     [[:late: AND al.released_order + 0 >= $from AND al.released_order + 0 < $before]]";
const GENRE: &str =
    "[[ AND EXISTS (SELECT 1 FROM album_genre f WHERE f.genre_id = $genre AND f.album_id = al.id)]]";
const SORTED: &str = "[[ AND (al.{by}, al.id) {past} ($after_key, $after_id)]]
     ORDER BY al.{by} {dir}, al.id {dir} LIMIT $limit";
const JOINED: &str = "AS page CROSS JOIN album al JOIN artist ar ON ar.id = al.artist_id
     WHERE al.id = page.id ORDER BY al.{by} {dir}, al.id {dir}";

impl List<'_> {
    fn bind(&self, query: Query) -> Query {
        let (from, before) = self.filter.dates();
        Place::bind(self.place.as_ref(), query)
            .set("limit", self.limit.fetch())
            .set_opt("from", from)
            .set_opt("before", before)
            .set_opt("genre", self.filter.genre)
    }

    async fn by_order(&self, tx: &mut Tx) -> db::Result<Vec<AlbumRow>> {
        let query = sql_by!(
            self.order.column(),
            self.order.descending,
            ["title_key", "released_order", "play_count", "like_count", "id"],
            "SELECT {columns} FROM (
                 SELECT id FROM (
                     SELECT * FROM (SELECT al.id, al.{by} AS k FROM album al WHERE al.visibility = 'public'
                         AND al.deleted_at IS NULL{dates}{genre}{sorted}) AS one
                     UNION ALL
                     SELECT * FROM (SELECT al.id, al.{by} AS k FROM album al WHERE al.visibility = $second
                         AND al.deleted_at IS NULL{dates}{genre}{sorted}) AS two
                     UNION ALL
                     SELECT * FROM (SELECT al.id, al.{by} AS k FROM artist_manager m CROSS JOIN album al
                         WHERE m.account_id = $manager AND m.accepted AND al.artist_id = m.artist_id
                             AND al.deleted_at IS NULL AND al.visibility NOT IN ('public', 'members'){dates}{genre}{sorted}) AS own
                 ) AS merged ORDER BY k {dir}, id {dir} LIMIT $limit
             ) {joined}",
            columns = queries::ALBUM_COLUMNS,
            dates = DATES,
            genre = GENRE,
            sorted = SORTED,
            joined = JOINED,
        );
        // Without an account there is no second list, and nobody manages anything under the nil id.
        let second = if self.viewer.account().is_some() { Visibility::Members.code() } else { "" };
        self.bind(query)
            .set("second", second)
            .set("manager", self.viewer.account().unwrap_or(AccountId(Uuid::nil())))
            .on(if self.order.sort == Sort::Released { "near" } else { "late" })
            .all(tx)
            .await
    }

    async fn few(&self, tx: &mut Tx) -> db::Result<Vec<AlbumRow>> {
        let query = sql_by!(
            self.order.column(),
            self.order.descending,
            ["title_key", "released_order", "play_count", "like_count", "id"],
            "SELECT {columns} FROM (
                 SELECT al.id FROM album al WHERE {listed}[[ AND al.artist_id = $artist]]
                     [[ AND al.id IN (SELECT r.id FROM {rows $ids r(id uuid)})]]
                     [[ AND al.id IN (SELECT f.album_id FROM album_genre f WHERE f.genre_id = $genre)]]{dates}{sorted}
             ) {joined}",
            columns = queries::ALBUM_COLUMNS,
            listed = ALBUM_LISTED,
            dates = DATES,
            sorted = SORTED,
            joined = JOINED,
        );
        let query = self
            .bind(query)
            .set_opt("viewer", self.viewer.account())
            .set_opt("artist", self.filter.artist)
            .on("late");
        match &self.filter.found {
            Some(found) => query.set_rows("ids", found.ids.iter().map(|id| (*id,)).collect::<Rows>()),
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
    filter: &AlbumFilter,
    found: &Ranking<AlbumId>,
    limit: Limit,
) -> db::Result<Page<Album>> {
    let (from, before) = filter.dates();
    let query = sql!(
        "SELECT r.id, r.place FROM {rows $found r(id uuid, place int)} CROSS JOIN album al
         WHERE al.id = r.id AND {listed}[[ AND al.artist_id = $artist]]{dates}{genre}
         ORDER BY r.place LIMIT $limit",
        listed = ALBUM_LISTED,
        dates = DATES,
        genre = GENRE,
    )
    .set_rows("found", found.rows())
    .set("limit", limit.fetch())
    .set_opt("viewer", viewer.account())
    .set_opt("artist", filter.artist)
    .set_opt("genre", filter.genre)
    .set_opt("from", from)
    .set_opt("before", before)
    .on("late");
    let page = found.page(query.all(tx).await?, limit, &(FOUND, filter));
    Ok(Page { items: service::listed(tx, viewer, &page.items).await?, next_cursor: page.next_cursor })
}
