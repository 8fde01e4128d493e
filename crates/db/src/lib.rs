//! One SQL text for SQLite and PostgreSQL, through a thin layer over sqlx.
//!
//! [`Db`] opens either database; [`read!`], [`snapshot!`] and [`write!`] run rules on a [`Tx`];
//! [`sql!`] holds a statement whose small extensions ([`template`]) cover what the two dialects say
//! differently. On top stand the job queue, the outbox, schedules, the change feed and idempotency keys.

mod connect;
mod dialect;
mod error;
mod migrate;
mod query;
mod rows;
mod signal;
mod template;
mod tx;
mod value;

pub mod feed;
pub mod idempotency;
pub mod job;
pub mod outbox;
pub mod schedule;

pub use connect::{Attempts, Db, Options, PgOptions, SqliteOptions};
pub use dialect::Dialect;
pub use error::{Error, Result};
pub use migrate::{MIGRATIONS, MigrationFile};
pub use query::Query;
pub use rows::{Rows, ToRow};
pub use signal::{Listener, Signal};
pub use template::{Mode, Template};
pub use tx::Tx;
pub use value::{Column, FromRow, Loose, Row, ToValue, Value, read_text};
