//! Lists: a bounded page of items and an opaque place to go on from.

use std::{
    fmt,
    hash::{DefaultHasher, Hash, Hasher},
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Deserializer, Serialize, de::DeserializeOwned, de::Error as _};

/// One page of a list. `next_cursor` is absent on the last page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Page<T> {
    /// The items, in the order asked for.
    pub items: Vec<T>,
    /// Pass it as `cursor` to get the next page.
    pub next_cursor: Option<Cursor>,
}

impl<T> Page<T> {
    /// Makes a page from up to `limit + 1` rows: the extra row only says that there is more. The cursor is
    /// taken from the last row kept.
    pub fn cut(mut rows: Vec<T>, limit: Limit, cursor: impl Fn(&T) -> Cursor) -> Self {
        let more = rows.len() > limit.get();
        rows.truncate(limit.get());
        let next_cursor = if more { rows.last().map(cursor) } else { None };
        Self { items: rows, next_cursor }
    }

    /// The page of a list that has nothing.
    pub const fn empty() -> Self {
        Self { items: Vec::new(), next_cursor: None }
    }

    /// The same page of other items.
    pub fn map<U>(self, f: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(f).collect(), next_cursor: self.next_cursor }
    }
}

/// How many items a page holds: 1–200, 50 unless said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, utoipa::ToSchema)]
#[schema(value_type = u8, minimum = 1, maximum = 200, default = 50)]
pub struct Limit(u8);

impl Limit {
    /// The largest page.
    pub const MAX: u8 = 200;

    /// `n` if it is within 1–200.
    pub fn new(n: u8) -> Option<Self> {
        (1..=Self::MAX).contains(&n).then_some(Self(n))
    }

    /// As a length.
    pub fn get(self) -> usize {
        usize::from(self.0)
    }

    /// The `LIMIT` of a statement: one more than the page, to learn whether there is another.
    pub fn fetch(self) -> i64 {
        i64::from(self.0) + 1
    }
}

impl Default for Limit {
    fn default() -> Self {
        Self(50)
    }
}

impl<'de> Deserialize<'de> for Limit {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let n =
            u8::deserialize(deserializer).map_err(|_| D::Error::custom("limit is a number from 1 to 200"))?;
        Self::new(n).ok_or_else(|| D::Error::custom("limit is a number from 1 to 200"))
    }
}

/// An opaque place in a list. Its inside is ours to change; a client only passes it back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(transparent)]
#[schema(value_type = String)]
pub struct Cursor(String);

/// A cursor that this list did not make.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CursorError;

impl fmt::Display for CursorError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the cursor does not belong to this list, filter and order: start again without it")
    }
}

impl std::error::Error for CursorError {}

impl Cursor {
    /// The longest cursor read back, in characters.
    const MAX: usize = 4096;

    /// A cursor of `list` (its kind, filters and order) that stands after `place`.
    pub fn at(list: &(impl Hash + ?Sized), place: &impl Serialize) -> Self {
        let json = serde_json::to_vec(&(mark(list), place)).unwrap_or_default();
        Self(URL_SAFE_NO_PAD.encode(json))
    }

    /// The place in `list`.
    ///
    /// # Errors
    /// When it was made by another list, filter or order, or by nobody.
    pub fn place<T: DeserializeOwned>(&self, list: &(impl Hash + ?Sized)) -> Result<T, CursorError> {
        if self.0.len() > Self::MAX {
            return Err(CursorError);
        }
        let json = URL_SAFE_NO_PAD.decode(&self.0).map_err(|_| CursorError)?;
        let (made_by, place): (u64, T) = serde_json::from_slice(&json).map_err(|_| CursorError)?;
        if made_by == mark(list) { Ok(place) } else { Err(CursorError) }
    }
}

/// A short mark of a list. It is the same on every node of one build and guards nothing: a cursor only says where to
/// start within what its sender may see.
fn mark(list: &(impl Hash + ?Sized)) -> u64 {
    let mut hasher = DefaultHasher::new();
    list.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_cursor_gives_back_its_place(title in ".{0,80}", n in any::<i64>()) {
            let cursor = Cursor::at("tracks:title", &(&title, n));
            prop_assert_eq!(cursor.place::<(String, i64)>("tracks:title"), Ok((title, n)));
            prop_assert!(cursor.place::<(String, i64)>("tracks:plays").is_err());
            prop_assert!(cursor.place::<(String, i64)>(&("tracks:title", n)).is_err());
        }

        #[test]
        fn nonsense_is_refused_without_panic(text in ".{0,200}") {
            prop_assert!(Cursor(text).place::<(String, i64)>("tracks:title").is_err());
        }
    }

    #[test]
    fn the_extra_row_only_says_that_there_is_more() {
        let limit = Limit::new(2).unwrap();
        let page = Page::cut(vec![1, 2, 3], limit, |n| Cursor::at("n", n));
        assert_eq!(page.items, [1, 2]);
        assert_eq!(page.next_cursor.unwrap().place::<i32>("n"), Ok(2));
        assert_eq!(Page::cut(vec![1, 2], limit, |n| Cursor::at("n", n)).next_cursor, None);
    }
}
