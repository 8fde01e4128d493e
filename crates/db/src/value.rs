//! Values on their way in and out: one enum for binding, one trait for reading.

use std::{borrow::Cow, str::FromStr};

use kernel::Time;
use sqlx::{Row as _, ValueRef as _, postgres::PgRow, sqlite::SqliteRow};
use uuid::Uuid;

use crate::{Error, Result};

/// A value to bind. Each kind carries its own null, since PostgreSQL wants to know the type of a null too.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Uuid(Option<Uuid>),
    Int(Option<i64>),
    Text(Option<String>),
    Bool(Option<bool>),
    Float(Option<f64>),
    Bytes(Option<Vec<u8>>),
}

impl Value {
    /// Whether it is a null of its kind.
    pub fn is_null(&self) -> bool {
        matches!(
            self,
            Self::Uuid(None)
                | Self::Int(None)
                | Self::Text(None)
                | Self::Bool(None)
                | Self::Float(None)
                | Self::Bytes(None)
        )
    }
}

/// What can be bound to a parameter.
pub trait ToValue {
    /// The null of this type.
    const NULL: Value;

    /// The value to bind.
    fn to_value(self) -> Value;
}

impl<T: ToValue> ToValue for Option<T> {
    const NULL: Value = T::NULL;

    fn to_value(self) -> Value {
        self.map_or(T::NULL, T::to_value)
    }
}

macro_rules! to_value {
    ($($t:ty => $kind:ident($convert:expr)),+ $(,)?) => {$(
        impl ToValue for $t {
            const NULL: Value = Value::$kind(None);

            fn to_value(self) -> Value {
                Value::$kind(Some($convert(self)))
            }
        }
    )+};
}

to_value! {
    Uuid => Uuid(std::convert::identity),
    i64 => Int(std::convert::identity),
    u32 => Int(i64::from),
    i32 => Int(i64::from),
    bool => Bool(std::convert::identity),
    f64 => Float(std::convert::identity),
    String => Text(std::convert::identity),
    &str => Text(String::from),
    &String => Text(String::clone),
    Cow<'_, str> => Text(Cow::into_owned),
    Vec<u8> => Bytes(std::convert::identity),
    &[u8] => Bytes(Vec::from),
    [u8; 32] => Bytes(Vec::from),
    Time => Int(Time::micros),
}

/// A row as it came from the driver. Columns are read by their place.
#[derive(Clone, Copy)]
pub enum Row<'r> {
    /// From SQLite.
    Sqlite(&'r SqliteRow),
    /// From PostgreSQL.
    Pg(&'r PgRow),
}

impl Row<'_> {
    /// The column at `i`, from 0.
    pub fn get<T: Column>(self, i: usize) -> Result<T> {
        T::read(self, i)
    }

    /// The name of the column at `i`, if there is one.
    pub fn name(&self, i: usize) -> Option<&str> {
        match self {
            Self::Sqlite(row) => row.columns().get(i).map(sqlx::Column::name),
            Self::Pg(row) => row.columns().get(i).map(sqlx::Column::name),
        }
    }
}

/// What a column can be read as.
pub trait Column: Sized {
    /// Reads the column at `i`.
    fn read(row: Row<'_>, i: usize) -> Result<Self>;
}

// For every column at once: a crate above cannot write this for its own types (the orphan rule).
impl<T: Column> Column for Option<T> {
    fn read(row: Row<'_>, i: usize) -> Result<Self> {
        let is_null = match row {
            Row::Sqlite(row) => row.try_get_raw(i)?.is_null(),
            Row::Pg(row) => row.try_get_raw(i)?.is_null(),
        };
        if is_null { Ok(None) } else { T::read(row, i).map(Some) }
    }
}

/// A column of a row that somebody may have changed by hand: reading it never fails.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loose<T>(
    /// What stands there; nothing if that is no `T`.
    pub Option<T>,
);

impl<T: Column> Column for Loose<T> {
    fn read(row: Row<'_>, i: usize) -> Result<Self> {
        Ok(Self(T::read(row, i).ok()))
    }
}

macro_rules! native_columns {
    ($($t:ty),+) => {$(
        impl Column for $t {
            fn read(row: Row<'_>, i: usize) -> Result<Self> {
                Ok(match row {
                    Row::Sqlite(row) => row.try_get::<$t, _>(i)?,
                    Row::Pg(row) => row.try_get::<$t, _>(i)?,
                })
            }
        }
    )+};
}

native_columns!(i64, bool, f64, String, Vec<u8>, Uuid);

/// What `{json_list}` gathered; of no rows, PostgreSQL gathers null.
impl Column for Vec<String> {
    fn read(row: Row<'_>, i: usize) -> Result<Self> {
        let Some(json) = row.get::<Option<String>>(i)? else { return Ok(Self::new()) };
        serde_json::from_str(&json).map_err(|_| Error::Unreadable { what: "a list of texts", value: json })
    }
}

/// Makes a type readable and bindable by way of a native one.
macro_rules! columns_by {
    ($native:ty: $($t:ty => $read:expr),+ $(,)?) => {$(
        impl Column for $t {
            fn read(row: Row<'_>, i: usize) -> Result<Self> {
                <$native>::read(row, i).map($read)
            }
        }
    )+};
}

columns_by!(i64: Time => Time::from_micros);

macro_rules! id_columns {
    ($($id:ident),+ $(,)?) => {
        columns_by!(Uuid: $(kernel::$id => kernel::$id),+);
        to_value!($(kernel::$id => Uuid(Uuid::from)),+);
    };
}

id_columns!(
    AccountId,
    AlbumId,
    ArtistId,
    AudioId,
    DeviceId,
    DisputeId,
    EventId,
    GenreId,
    HoldId,
    ImageId,
    ImportId,
    NotificationId,
    JobId,
    PerkId,
    PlayId,
    RedemptionId,
    SessionId,
    SplitId,
    TipId,
    TopUpId,
    TrackId,
    UploadId,
);

/// Reads a stored code as the enum it names; used by [`text_column!`].
///
/// # Errors
/// [`Error::Unreadable`] when the code is unknown.
pub fn read_text<T: FromStr>(text: &str, what: &'static str) -> Result<T> {
    text.parse().map_err(|_| Error::Unreadable { what, value: text.to_owned() })
}

/// Makes an enum with `FromStr` and `code() -> &'static str` storable as `TEXT`.
#[macro_export]
macro_rules! text_column {
    ($($t:ty),+ $(,)?) => {$(
        impl $crate::Column for $t {
            fn read(row: $crate::Row<'_>, i: usize) -> $crate::Result<Self> {
                let text = row.get::<String>(i)?;
                $crate::read_text(&text, stringify!($t))
            }
        }

        impl $crate::ToValue for $t {
            const NULL: $crate::Value = $crate::Value::Text(None);

            fn to_value(self) -> $crate::Value {
                $crate::Value::Text(Some(self.code().to_owned()))
            }
        }
    )+};
}

text_column!(kernel::Asset);

/// What a whole row can be read as.
pub trait FromRow: Sized {
    /// Reads the row, columns in the order of the statement.
    fn from_row(row: Row<'_>) -> Result<Self>;
}

/// Makes a struct readable from rows whose columns carry the names of its fields, in the same order. Debug
/// builds check the names of every row.
#[macro_export]
macro_rules! from_row {
    ($t:ty { $($field:ident),+ $(,)? }) => {
        impl $crate::FromRow for $t {
            fn from_row(row: $crate::Row<'_>) -> $crate::Result<Self> {
                let mut at = 0;
                $(
                    debug_assert_eq!(row.name(at), Some(stringify!($field)), "column {at} of {}", stringify!($t));
                    let $field = row.get(at)?;
                    at += 1;
                )+
                let _ = at;
                Ok(Self { $($field),+ })
            }
        }
    };
}

macro_rules! tuples {
    ($(($($t:ident $i:tt),+)),+ $(,)?) => {$(
        impl<$($t: Column),+> FromRow for ($($t,)+) {
            fn from_row(row: Row<'_>) -> Result<Self> {
                Ok(($(row.get::<$t>($i)?,)+))
            }
        }
    )+};
}

tuples!(
    (A 0),
    (A 0, B 1),
    (A 0, B 1, C 2),
    (A 0, B 1, C 2, D 3),
    (A 0, B 1, C 2, D 3, E 4),
    (A 0, B 1, C 2, D 3, E 4, F 5),
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6),
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7),
);
