//! Genres: made on the fly by whoever names one, recognised whatever its spelling.

use std::{
    collections::{BTreeSet, HashMap},
    time::Duration,
};

use axum::{extract::State, http::StatusCode};
use db::{Db, Rows, Tx, feed, from_row, sql};
use identity::{Account, Role};
use infra::{
    App, Quota,
    http::{ApiResult, Json, Query, Routes},
    routes,
};
use kernel::{AccountId, Check, Cursor, GenreId, Limit, Page, tidy};
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;

use super::{CatalogueError, FEED, Viewer};
use crate::{Music, text::fold};

/// The longest name, in characters.
const LONGEST: usize = 100;
/// Genres of one track at most.
pub(super) const MOST: usize = 10;

/// A genre.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Genre {
    /// Its id.
    pub id: GenreId,
    /// Its name as it was first written.
    #[schema(example = "Post-Rock")]
    pub name: String,
}

struct Line {
    id: GenreId,
    name: String,
    name_key: String,
}

from_row!(Line { id, name, name_key });

/// New genres of one account: those of a whole catalogue at once, then one each minute.
const BY_ACCOUNT: Quota = Quota { name: "genre", burst: 200, every: Duration::from_mins(1) };

/// As [`ensure`], for `account`, which may not make any number of them.
///
/// # Errors
/// How long to wait, when there were too many.
pub(super) async fn ensure_by(
    tx: &mut Tx,
    app: &App,
    account: AccountId,
    names: &[String],
) -> Result<HashMap<String, GenreId>, CatalogueError> {
    let keys: BTreeSet<String> = names.iter().map(|name| fold(name)).filter(|key| !key.is_empty()).collect();
    let known = known(tx, keys.iter().map(String::as_str)).await?;
    for _ in keys.iter().filter(|key| !known.contains_key(*key)) {
        app.limits
            .take(BY_ACCOUNT, &account.to_string(), app.now())
            .map_err(CatalogueError::TooManyGenres)?;
    }
    Ok(ensure(tx, app, names.iter().map(String::as_str)).await?)
}

/// The genres that there are of these keys.
async fn known(tx: &mut Tx, keys: impl Iterator<Item = &str>) -> db::Result<HashMap<String, GenreId>> {
    let known: Vec<(String, GenreId)> = sql!(
        "SELECT g.name_key, g.id FROM {rows $1 r(name_key text)} JOIN genre g ON g.name_key = r.name_key"
    )
    .rows(keys.map(|key| (key,)).collect::<Rows>())
    .all(tx)
    .await?;
    Ok(known.into_iter().collect())
}

/// The genres whose names are like `names`, under the keys of their names; those that are not there are made.
/// Names that fold to nothing are left out.
pub async fn ensure(
    tx: &mut Tx,
    app: &App,
    names: impl IntoIterator<Item = &str>,
) -> db::Result<HashMap<String, GenreId>> {
    let mut named: Vec<(String, &str)> = names.into_iter().map(|name| (fold(name), name)).collect();
    named.retain(|(key, _)| !key.is_empty());
    // In order, so that two transactions never wait for each other crosswise.
    named.sort_by(|a, b| a.0.cmp(&b.0));
    named.dedup_by(|a, b| a.0 == b.0);
    let mut found = known(tx, named.iter().map(|(key, _)| key.as_str())).await?;
    named.retain(|(key, _)| !found.contains_key(key));
    if named.is_empty() {
        return Ok(found);
    }
    let now = app.now();
    let new: Rows = named.iter().map(|(key, name)| (app.id::<GenreId>(), tidy(name), key.as_str())).collect();
    // One that another transaction makes at the same time becomes ours once it commits.
    let made: Vec<(String, GenreId)> = sql!(
        "INSERT INTO genre (id, name, name_key, created_at)
         SELECT r.id, r.name, r.name_key, $now FROM {rows $new r(id uuid, name text, name_key text)} WHERE TRUE
         ON CONFLICT (name_key) DO UPDATE SET name_key = excluded.name_key
         RETURNING name_key, id"
    )
    .set("now", now)
    .set_rows("new", new)
    .all(tx)
    .await?;
    feed::append_many(tx, FEED, made.iter().map(|(_, id)| *id), now).await?;
    found.extend(made);
    Ok(found)
}

/// The genre called `name`; made for `account` if it is not there. Answers whether it was made.
///
/// # Errors
/// When the name is wrong, and when the account made too many.
pub async fn create(
    tx: &mut Tx,
    app: &App,
    account: AccountId,
    name: &str,
) -> Result<(Genre, bool), CatalogueError> {
    let name = tidy(name);
    Check::new().line("/name", &name, 1..=LONGEST).done()?;
    let known = by_key(tx, &fold(&name)).await?;
    if let Some(genre) = known {
        return Ok((genre, false));
    }
    ensure_by(tx, app, account, &[name.to_string()]).await?;
    let genre = by_key(tx, &fold(&name)).await?;
    genre.map(|genre| (genre, true)).ok_or(CatalogueError::Db(db::Error::NoRow("genre")))
}

async fn by_key(tx: &mut Tx, key: &str) -> db::Result<Option<Genre>> {
    let line: Option<Line> =
        sql!("SELECT id, name, name_key FROM genre WHERE name_key = $1").bind(key).maybe(tx).await?;
    Ok(line.map(|line| Genre { id: line.id, name: line.name }))
}

/// The genre that a filter names, by id or by name: `Some(None)` when it names none, `None` when there is no such
/// genre, and so nothing to be found.
pub(super) async fn wanted(db: &Db, text: Option<&str>) -> db::Result<Option<Option<GenreId>>> {
    let Some(text) = text.filter(|text| !text.trim().is_empty()) else { return Ok(Some(None)) };
    if let Ok(id) = text.parse::<GenreId>() {
        return Ok(Some(Some(id)));
    }
    let key = fold(text);
    let named = db::read!(db, |tx| by_key(tx, &key).await)?;
    Ok(named.map(|genre| Some(genre.id)))
}

/// Checks the genre names of a body.
pub(super) fn check(check: &mut Check, names: &[String]) {
    check.that(names.len() <= MOST, "/genres", "too_many", &format!("takes at most {MOST} genres"));
    for (i, name) in names.iter().take(MOST).enumerate() {
        check.line(&format!("/genres/{i}"), &tidy(name), 1..=LONGEST);
    }
}

const BY_NAME: &str = "genres:name";

/// A genre `n` of a track that the viewer finds in lists: the name of any other may say what nobody else is to know.
const FOUND: &str = "(EXISTS (SELECT 1 FROM track_genre g WHERE g.genre_id = n.id AND g.listed = 'public')[[ \
     OR EXISTS (SELECT 1 FROM track_genre g WHERE g.genre_id = n.id AND g.listed = 'members') \
     OR n.id IN (SELECT g.genre_id FROM artist_manager m JOIN track t ON t.artist_id = m.artist_id \
         JOIN track_genre g ON g.track_id = t.id WHERE m.account_id = $viewer AND m.accepted AND t.deleted_at IS NULL)]])";

/// Those of `ids` that `viewer` finds, in this order.
pub(crate) async fn listed(tx: &mut Tx, viewer: Viewer, ids: &[GenreId]) -> db::Result<Vec<Genre>> {
    let places: Rows = (0_i64..).zip(ids).map(|(place, id)| (*id, place)).collect();
    let lines: Vec<(GenreId, String)> = sql!(
        "SELECT n.id, n.name FROM {rows $ids r(id uuid, place int)} JOIN genre n ON n.id = r.id
         WHERE {found} ORDER BY r.place",
        found = FOUND,
    )
    .set_rows("ids", places)
    .set_opt("viewer", viewer.account())
    .all(tx)
    .await?;
    Ok(lines.into_iter().map(|(id, name)| Genre { id, name }).collect())
}

/// The genres by name of what `viewer` finds in lists.
pub async fn page(
    tx: &mut Tx,
    viewer: Viewer,
    limit: Limit,
    cursor: Option<&Cursor>,
) -> Result<Page<Genre>, CatalogueError> {
    let after: Option<String> = cursor.map(|cursor| cursor.place(BY_NAME)).transpose()?;
    let lines: Vec<Line> = sql!(
        "SELECT n.id, n.name, n.name_key FROM genre n
         WHERE {found}[[ AND n.name_key > $after]]
         ORDER BY n.name_key LIMIT $limit",
        found = FOUND,
    )
    .set_opt("viewer", viewer.account())
    .set_opt("after", after)
    .set("limit", limit.fetch())
    .all(tx)
    .await?;
    let page = Page::cut(lines, limit, |last| Cursor::at(BY_NAME, &last.name_key));
    Ok(page.map(|line| Genre { id: line.id, name: line.name }))
}

pub(super) fn routes() -> Routes<Music> {
    Routes::new().routes(routes!(list_genres, create_genre))
}

/// A part of the list of genres.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct GenreQuery {
    /// How many.
    limit: Limit,
    /// The `nextCursor` of the page before.
    cursor: Option<Cursor>,
}

/// List genres by name: those of tracks that the caller finds in lists.
#[utoipa::path(
    get, path = "/api/v1/genres", operation_id = "listGenres", tag = "genres",
    params(GenreQuery),
    responses((status = 200, description = "A page of genres", body = Page<Genre>)),
    extensions(
        ("x-authz" = json!({"object": "genre", "allow": ["anonymous", "listener"], "visibility": "none"})),
        ("x-errors" = json!(["invalid_cursor"]))
    ),
)]
async fn list_genres(
    State(music): State<Music>,
    viewer: Viewer,
    Query(query): Query<GenreQuery>,
) -> ApiResult<Json<Page<Genre>>> {
    let genres: Result<_, CatalogueError> =
        db::read!(music.app.db, |tx| page(tx, viewer, query.limit, query.cursor.as_ref()).await);
    Ok(Json(genres?))
}

/// A new genre.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct NewGenre {
    /// Its name.
    #[schema(example = "Post-Rock")]
    name: String,
}

/// Make a genre.
///
/// If there is one of this name, however it is spelled, that one is answered. Tracks make their genres by themselves. It is in lists
/// once a track has it.
#[utoipa::path(
    post, path = "/api/v1/genres", operation_id = "createGenre", tag = "genres",
    request_body = NewGenre,
    responses(
        (status = 201, description = "The genre", body = Genre),
        (status = 200, description = "It was there already", body = Genre),
    ),
    extensions(("x-authz" = json!({"object": "genre", "allow": ["manager", "moderator", "admin"], "visibility": "none"}))),
)]
async fn create_genre(
    State(music): State<Music>,
    who: Account,
    Json(new): Json<NewGenre>,
) -> ApiResult<(StatusCode, Json<Genre>)> {
    if who.role == Role::Listener {
        return Err(CatalogueError::NotAnArtist.into());
    }
    let made: Result<_, CatalogueError> =
        db::write!(music.app.db, |tx| create(tx, &music.app, who.id, &new.name).await);
    let (genre, is_new) = made?;
    Ok((if is_new { StatusCode::CREATED } else { StatusCode::OK }, Json(genre)))
}
