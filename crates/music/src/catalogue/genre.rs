//! Genres: made on the fly by whoever names one, recognised whatever its spelling.

use std::collections::HashMap;

use db::{Rows, Tx, feed, from_row, sql};
use infra::App;
use kernel::{Check, Cursor, GenreId, Limit, Page};
use serde::Serialize;

use super::{CatalogueError, FEED};
use crate::text::{fold, tidy};

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
    let known: Vec<(String, GenreId)> =
        sql!("SELECT g.name_key, g.id FROM {rows $1 r(name_key text)} JOIN genre g ON g.name_key = r.name_key")
            .rows(named.iter().map(|(key, _)| (key.as_str(),)).collect::<Rows>())
            .all(tx)
            .await?;
    let mut found: HashMap<String, GenreId> = known.into_iter().collect();
    named.retain(|(key, _)| !found.contains_key(key));
    if named.is_empty() {
        return Ok(found);
    }
    let now = app.now();
    let new: Rows =
        named.iter().map(|(key, name)| (app.id::<GenreId>(), tidy(name), key.as_str())).collect();
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

/// The genre called `name`; made if it is not there. Answers whether it was made.
pub async fn create(tx: &mut Tx, app: &App, name: &str) -> Result<(Genre, bool), CatalogueError> {
    Check::new().line("/name", name, 1..=LONGEST).done()?;
    let name = tidy(name);
    let known = by_key(tx, &fold(&name)).await?;
    if let Some(genre) = known {
        return Ok((genre, false));
    }
    ensure(tx, app, [&*name]).await?;
    let genre = by_key(tx, &fold(&name)).await?;
    genre.map(|genre| (genre, true)).ok_or(CatalogueError::Db(db::Error::NoRow("genre")))
}

async fn by_key(tx: &mut Tx, key: &str) -> db::Result<Option<Genre>> {
    let line: Option<Line> =
        sql!("SELECT id, name, name_key FROM genre WHERE name_key = $1").bind(key).maybe(tx).await?;
    Ok(line.map(|line| Genre { id: line.id, name: line.name }))
}

/// The genre that a filter names, by id or by name.
pub(super) async fn named(tx: &mut Tx, text: &str) -> db::Result<Option<GenreId>> {
    if let Ok(id) = text.parse::<GenreId>() {
        return Ok(Some(id));
    }
    Ok(by_key(tx, &fold(text)).await?.map(|genre| genre.id))
}

/// Checks the genre names of a body.
pub(super) fn check(check: &mut Check, names: &[String]) {
    check.that(names.len() <= MOST, "/genres", "too_many", &format!("takes at most {MOST} genres"));
    for (i, name) in names.iter().take(MOST).enumerate() {
        check.line(&format!("/genres/{i}"), name, 1..=LONGEST);
    }
}

const BY_NAME: &str = "genres:name";

/// The genres by name.
pub async fn page(tx: &mut Tx, limit: Limit, cursor: Option<&Cursor>) -> Result<Page<Genre>, CatalogueError> {
    let after: Option<String> = cursor.map(|cursor| cursor.place(BY_NAME)).transpose()?;
    let lines: Vec<Line> = sql!(
        "SELECT id, name, name_key FROM genre WHERE TRUE[[ AND name_key > $after]] ORDER BY name_key LIMIT $limit"
    )
    .set_opt("after", after)
    .set("limit", limit.fetch())
    .all(tx)
    .await?;
    let page = Page::cut(lines, limit, |last| Cursor::at(BY_NAME, &last.name_key));
    Ok(page.map(|line| Genre { id: line.id, name: line.name }))
}
