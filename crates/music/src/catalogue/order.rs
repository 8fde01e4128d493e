//! Orders of lists, and places in them.

use std::hash::Hash;

use db::Query;
use kernel::{Cursor, CursorError, Time};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What tracks and albums are ordered by. Ties are broken by age.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Sort {
    /// How often they were played.
    Plays,
    /// How many like them.
    Likes,
    /// When they came out; what has no date comes before everything.
    Released,
    /// When they were added here.
    Created,
    /// Their titles, case and accents apart.
    Title,
}

/// Which way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// The smallest first.
    Asc,
    /// The largest first.
    Desc,
}

/// An order of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Order {
    /// By what.
    pub sort: Sort,
    /// Whether the largest comes first.
    pub descending: bool,
}

impl Order {
    /// What was asked for: the newest first unless said, titles from A to Z, everything else from the top.
    pub fn of(sort: Option<Sort>, direction: Option<Direction>) -> Self {
        let sort = sort.unwrap_or(Sort::Created);
        let descending = direction.map_or(sort != Sort::Title, |direction| direction == Direction::Desc);
        Self { sort, descending }
    }

    /// Where the column of `sort` stands in the lists of columns given to `sql_by!`: `title_key`, `released_order`,
    /// `play_count`, `like_count`, `id`.
    pub(super) const fn column(self) -> usize {
        match self.sort {
            Sort::Title => 0,
            Sort::Released => 1,
            Sort::Plays => 2,
            Sort::Likes => 3,
            Sort::Created => 4,
        }
    }

    /// The place of a row in the list `of`.
    pub(super) fn place(self, of: &impl Hash, row: &Keys<'_>) -> Cursor {
        let key = match self.sort {
            Sort::Title => Key::Text(row.title_key.to_owned()),
            Sort::Released => Key::Number(row.released_order.micros()),
            Sort::Plays => Key::Number(row.play_count),
            Sort::Likes => Key::Number(row.like_count),
            Sort::Created => Key::Id(row.id),
        };
        Cursor::at(&(of, self), &(key, row.id))
    }

    /// Reads the place of `cursor` in the list `of`.
    pub(super) fn after(self, of: &impl Hash, cursor: Option<&Cursor>) -> Result<Option<Place>, CursorError> {
        let Some(cursor) = cursor else { return Ok(None) };
        let (key, id): (Key, Uuid) = cursor.place(&(of, self))?;
        let fits = match (&key, self.sort) {
            (Key::Text(_), Sort::Title) | (Key::Id(_), Sort::Created) => true,
            (Key::Number(_), sort) => !matches!(sort, Sort::Title | Sort::Created),
            _ => false,
        };
        if fits { Ok(Some(Place { key, id })) } else { Err(CursorError) }
    }
}

/// What a row is ordered by.
pub(super) struct Keys<'r> {
    pub(super) id: Uuid,
    pub(super) title_key: &'r str,
    pub(super) released_order: Time,
    pub(super) play_count: i64,
    pub(super) like_count: i64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Key {
    #[serde(rename = "t")]
    Text(String),
    #[serde(rename = "n")]
    Number(i64),
    #[serde(rename = "i")]
    Id(Uuid),
}

/// The last row of the page before.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Place {
    key: Key,
    id: Uuid,
}

impl Place {
    /// Binds `$after_key` and `$after_id`.
    pub(super) fn bind(place: Option<&Self>, query: Query) -> Query {
        let Some(Self { key, id }) = place else {
            return query.set_opt("after_key", None::<i64>).set_opt("after_id", None::<Uuid>);
        };
        match key {
            Key::Text(key) => query.set("after_key", key),
            Key::Number(key) => query.set("after_key", *key),
            Key::Id(key) => query.set("after_key", *key),
        }
        .set("after_id", *id)
    }
}
