//! Row sources: many rows handed to one statement.

use uuid::Uuid;

use crate::{Value, dialect::ColumnType, value::ToValue};

/// Rows for a `{rows $1 r(…)}` source: an array a column for PostgreSQL, one JSON text for SQLite.
#[derive(Debug, Clone, Default)]
pub struct Rows {
    columns: Vec<Vec<Value>>,
    len: usize,
}

/// One row of a row source.
pub trait ToRow {
    /// Its values, in the order of the columns.
    fn to_row(self) -> Vec<Value>;
}

macro_rules! to_row {
    ($(($($t:ident $i:tt),+)),+ $(,)?) => {$(
        impl<$($t: ToValue),+> ToRow for ($($t,)+) {
            fn to_row(self) -> Vec<Value> {
                vec![$(self.$i.to_value()),+]
            }
        }
    )+};
}

to_row!(
    (A 0),
    (A 0, B 1),
    (A 0, B 1, C 2),
    (A 0, B 1, C 2, D 3),
    (A 0, B 1, C 2, D 3, E 4),
    (A 0, B 1, C 2, D 3, E 4, F 5),
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6),
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7),
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8),
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9),
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10),
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10, L 11),
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10, L 11, M 12),
);

impl ToRow for Vec<Value> {
    fn to_row(self) -> Vec<Value> {
        self
    }
}

impl<R: ToRow> FromIterator<R> for Rows {
    fn from_iter<I: IntoIterator<Item = R>>(rows: I) -> Self {
        let mut all = Self::default();
        for row in rows {
            let row = row.to_row();
            if all.columns.is_empty() {
                all.columns = row.iter().map(|_| Vec::new()).collect();
            }
            for (column, value) in all.columns.iter_mut().zip(row) {
                column.push(value);
            }
            all.len += 1;
        }
        all
    }
}

/// A column for PostgreSQL.
pub(crate) enum Array {
    Uuid(Vec<Option<Uuid>>),
    Int(Vec<Option<i64>>),
    Text(Vec<Option<String>>),
    Bool(Vec<Option<bool>>),
    Float(Vec<Option<f64>>),
    Bytes(Vec<Option<Vec<u8>>>),
}

impl Rows {
    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Whether it has the columns that the statement declares, or no rows at all.
    pub(crate) fn fits(&self, kinds: &[ColumnType]) -> bool {
        self.columns.is_empty()
            || self.columns.len() == kinds.len()
                && self.columns.iter().zip(kinds).all(|(column, kind)| {
                    column.iter().all(|value| {
                        matches!(
                            (value, kind),
                            (Value::Uuid(_), ColumnType::Uuid)
                                | (Value::Int(_), ColumnType::Int)
                                | (Value::Text(_), ColumnType::Text)
                                | (Value::Bool(_), ColumnType::Bool)
                                | (Value::Float(_), ColumnType::Float)
                                | (Value::Bytes(_), ColumnType::Bytes)
                        )
                    })
                })
    }

    /// The column at `i` as an array of `kind`.
    pub(crate) fn array(&self, i: usize, kind: ColumnType) -> Array {
        let values = self.columns.get(i).map(Vec::as_slice).unwrap_or_default().iter();
        macro_rules! collect {
            ($kind:ident) => {
                Array::$kind(values.map(|v| if let Value::$kind(v) = v { v.clone() } else { None }).collect())
            };
        }
        match kind {
            ColumnType::Uuid => collect!(Uuid),
            ColumnType::Int => collect!(Int),
            ColumnType::Text => collect!(Text),
            ColumnType::Bool => collect!(Bool),
            ColumnType::Float => collect!(Float),
            ColumnType::Bytes => collect!(Bytes),
        }
    }

    /// All rows as one JSON array of arrays; binary values in hexadecimal.
    pub(crate) fn json(&self) -> String {
        let mut out = String::with_capacity(self.len * self.columns.len() * 16 + 2);
        out.push('[');
        for row in 0..self.len {
            out.push_str(if row == 0 { "[" } else { ",[" });
            for (i, column) in self.columns.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                write_json(&mut out, &column[row]);
            }
            out.push(']');
        }
        out.push(']');
        out
    }
}

fn write_json(out: &mut String, value: &Value) {
    use std::fmt::Write;
    let hex = |out: &mut String, bytes: &[u8]| {
        out.push('"');
        for byte in bytes {
            for digit in [byte >> 4, byte & 0xf] {
                out.push(char::from(b"0123456789abcdef"[usize::from(digit)]));
            }
        }
        out.push('"');
    };
    match value {
        Value::Uuid(Some(v)) => {
            let _ = write!(out, "\"{}\"", v.simple());
        }
        Value::Int(Some(v)) => {
            let _ = write!(out, "{v}");
        }
        Value::Text(Some(v)) => out.push_str(&serde_json::Value::from(v.as_str()).to_string()),
        Value::Bool(Some(v)) => out.push(if *v { '1' } else { '0' }),
        Value::Float(Some(v)) if v.is_finite() => {
            let _ = write!(out, "{v:?}");
        }
        Value::Bytes(Some(v)) => hex(out, v),
        _ => out.push_str("null"),
    }
}
