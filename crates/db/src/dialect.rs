//! What SQLite and PostgreSQL say differently. Nothing else in the project asks which of the two it talks to.

use std::fmt::Write;

/// The database behind a [`Db`](crate::Db).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// SQLite, in process.
    Sqlite,
    /// PostgreSQL 15 or newer, or what speaks its wire protocol.
    Postgres,
}

/// The type of a column of a row source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ColumnType {
    Uuid,
    Int,
    Text,
    Bool,
    Float,
    Bytes,
}

impl ColumnType {
    pub(crate) fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "uuid" => Self::Uuid,
            "int" => Self::Int,
            "text" => Self::Text,
            "bool" => Self::Bool,
            "float" => Self::Float,
            "bytes" => Self::Bytes,
            _ => return None,
        })
    }

    const fn postgres_array(self) -> &'static str {
        match self {
            Self::Uuid => "uuid[]",
            Self::Int => "bigint[]",
            Self::Text => "text[]",
            Self::Bool => "boolean[]",
            Self::Float => "double precision[]",
            Self::Bytes => "bytea[]",
        }
    }
}

impl Dialect {
    /// What `{word}` in a statement stands for.
    pub(crate) fn word(self, word: &str) -> Option<&'static str> {
        Some(match (word, self) {
            // Rows that another worker is claiming are passed over. SQLite's writer is alone.
            ("skip_locked", Self::Postgres) => "FOR UPDATE SKIP LOCKED",
            ("for_update", Self::Postgres) => "FOR UPDATE",
            ("skip_locked" | "for_update", Self::Sqlite) => "",
            ("greatest", Self::Postgres) => "GREATEST",
            ("greatest", Self::Sqlite) => "MAX",
            ("least", Self::Postgres) => "LEAST",
            ("least", Self::Sqlite) => "MIN",
            // An aggregate that makes one value of many texts, to be cast to TEXT and read as `Vec<String>`.
            ("json_list", Self::Postgres) => "json_agg",
            ("json_list", Self::Sqlite) => "json_group_array",
            // The transaction's place in the commit order of the change feed.
            ("xid", Self::Postgres) => "CAST(CAST(pg_current_xact_id() AS text) AS bigint)",
            ("xid", Self::Sqlite) => "0",
            // The first transaction that may still be running: everything below it is decided.
            ("xmin", Self::Postgres) => {
                "CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS text) AS bigint)"
            }
            ("xmin", Self::Sqlite) => "1",
            _ => return None,
        })
    }

    /// Writes a row source with the columns `columns` called `alias`; `next` numbers its parameters.
    pub(crate) fn rows(
        self,
        out: &mut String,
        alias: &str,
        columns: &[(String, ColumnType)],
        mut next: impl FnMut() -> usize,
    ) {
        match self {
            Self::Postgres => {
                let arrays: Vec<String> = columns
                    .iter()
                    .map(|(_, kind)| format!("${}::{}", next(), kind.postgres_array()))
                    .collect();
                let names: Vec<&str> = columns.iter().map(|(name, _)| name.as_str()).collect();
                let _ = write!(out, "UNNEST({}) AS {alias}({})", arrays.join(", "), names.join(", "));
            }
            Self::Sqlite => {
                out.push_str("(SELECT ");
                for (i, (name, kind)) in columns.iter().enumerate() {
                    let comma = if i == 0 { "" } else { ", " };
                    let _ = match kind {
                        ColumnType::Uuid | ColumnType::Bytes => {
                            write!(out, "{comma}unhex(value ->> {i}) AS {name}")
                        }
                        _ => write!(out, "{comma}value ->> {i} AS {name}"),
                    };
                }
                let _ = write!(out, " FROM jsonb_each(${})) AS {alias}", next());
            }
        }
    }
}
