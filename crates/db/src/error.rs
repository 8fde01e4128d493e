use std::path::PathBuf;

use kernel::{ErrorCode, Fault};
use sqlx::{error::DatabaseError as _, postgres::PgDatabaseError, sqlite::SqliteError};

// Result codes of SQLite (https://sqlite.org/rescode.html).
const SQLITE_BUSY: i32 = 5;
const SQLITE_READONLY: i32 = 8;
const SQLITE_FULL: i32 = 13;

/// Shorthand of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What can go wrong between us and the database.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The driver or the database said no.
    #[error(transparent)]
    Sqlx(#[from] sqlx::Error),
    /// A statement that must find a row found none.
    #[error("no row where one was expected, at {0}")]
    NoRow(&'static str),
    /// A parameter of a statement was not bound, or an unknown one was: a mistake in the code.
    #[error("parameter ${name} at {site}")]
    Parameter { name: String, site: &'static str },
    /// A stored value that the code does not understand.
    #[error("stored {what} is not readable: {value}")]
    Unreadable { what: &'static str, value: String },
    /// The database was written by a newer version of this program.
    #[error(
        "the database has migration {0}, which this version does not know: start the newer version that wrote it"
    )]
    Newer(i64),
    /// A migration failed or was changed after it ran.
    #[error("migrating the database: {0}")]
    Migrate(sqlx::migrate::MigrateError),
    /// The database file or its folder cannot be used.
    #[error("{path}: {reason}", path = path.display())]
    File { path: PathBuf, reason: String },
    /// The server cannot be reached, or does not let us in.
    #[error("the database at {address}: {reason}")]
    Server { address: String, reason: String },
    /// A statement of a transaction failed and nobody said so: nothing of it was committed.
    #[error("a statement of the transaction failed, so it was not committed")]
    Aborted,
    /// Another transaction was in the way, in a manner that only the code could see.
    #[error("another transaction was in the way")]
    LostRace,
    /// The URL names no database that is supported.
    #[error("{0:?} is not a database address: give a path, sqlite://PATH or postgres://…")]
    Address(String),
}

impl Error {
    /// The primary result code of SQLite (the low byte of its extended codes).
    fn sqlite_code(&self) -> Option<i32> {
        let Self::Sqlx(sqlx::Error::Database(e)) = self else { return None };
        let code = e.try_downcast_ref::<SqliteError>()?.code()?;
        code.parse::<i32>().ok().map(|code| code & 0xff)
    }

    /// The SQLSTATE of PostgreSQL (its appendix A).
    fn sql_state(&self) -> Option<&str> {
        let Self::Sqlx(sqlx::Error::Database(e)) = self else { return None };
        Some(e.try_downcast_ref::<PgDatabaseError>()?.code())
    }

    /// Whether a `UNIQUE` constraint refused the row.
    pub fn is_unique_violation(&self) -> bool {
        matches!(self, Self::Sqlx(sqlx::Error::Database(e)) if e.is_unique_violation())
    }

    /// Whether a `FOREIGN KEY` constraint refused the row.
    pub fn is_foreign_key_violation(&self) -> bool {
        matches!(self, Self::Sqlx(sqlx::Error::Database(e)) if e.is_foreign_key_violation())
    }

    /// Whether the same transaction may succeed if it is run again at once: serialisation failure, deadlock, a
    /// SQLite lock held by another process, or [`Error::LostRace`].
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::LostRace)
            || self.sqlite_code() == Some(SQLITE_BUSY)
            || matches!(self.sql_state(), Some("40001" | "40P01"))
    }

    /// Whether the disk (or the quota) is full.
    pub fn is_full(&self) -> bool {
        self.sqlite_code() == Some(SQLITE_FULL) || self.sql_state() == Some("53100")
    }

    /// Whether a text has a character in it that PostgreSQL keeps in none: NUL, which only a caller can have sent.
    fn is_no_text(&self) -> bool {
        matches!(self.sql_state(), Some("22021" | "22P05"))
    }

    /// Whether the database is away: no connection to be had, shutting down, or locked for too long.
    pub fn is_unavailable(&self) -> bool {
        match self {
            Self::Server { .. }
            | Self::Sqlx(
                sqlx::Error::PoolTimedOut
                | sqlx::Error::PoolClosed
                | sqlx::Error::Io(_)
                | sqlx::Error::WorkerCrashed,
            ) => true,
            // 57P0x: the server is shutting down, crashed or starting; 08xxx: connection trouble; 53300: too
            // many connections.
            _ => {
                self.is_retryable()
                    || self.sqlite_code() == Some(SQLITE_READONLY)
                    || self.sql_state().is_some_and(|state| {
                        state.starts_with("57P") || state.starts_with("08") || state == "53300"
                    })
            }
        }
    }
}

impl Fault for Error {
    fn code(&self) -> ErrorCode {
        if self.is_no_text() {
            ErrorCode::InvalidRequest
        } else if self.is_full() {
            ErrorCode::InsufficientStorage
        } else if self.is_unavailable() {
            ErrorCode::Unavailable
        } else {
            ErrorCode::Internal
        }
    }

    fn retry_after(&self) -> Option<std::time::Duration> {
        self.is_unavailable().then_some(std::time::Duration::from_secs(1))
    }
}
