//! What statements run on.

use sqlx::{PgConnection, Postgres, Sqlite, SqliteConnection, Transaction, pool::PoolConnection};

use crate::{Dialect, Error, Result, Signal};

/// A connection, within a transaction or (for single reads) without one. Dropped unfinished, it rolls back.
pub struct Tx {
    inner: Inner,
    signals: u8,
    failure: Option<Failure>,
}

pub(crate) enum Inner {
    SqliteRead(PoolConnection<Sqlite>),
    SqliteTx(Transaction<'static, Sqlite>),
    PgRead(PoolConnection<Postgres>),
    PgTx(Transaction<'static, Postgres>),
}

pub(crate) enum Conn<'c> {
    Sqlite(&'c mut SqliteConnection),
    Pg(&'c mut PgConnection),
}

/// What a failed statement means for its transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Failure {
    /// Another transaction was in the way: the same again may succeed.
    LostRace,
    /// It must not commit.
    Aborted,
}

impl Tx {
    pub(crate) fn new(inner: Inner) -> Self {
        Self { inner, signals: 0, failure: None }
    }

    pub(crate) fn conn(&mut self) -> Conn<'_> {
        match &mut self.inner {
            Inner::SqliteRead(conn) => Conn::Sqlite(conn),
            Inner::SqliteTx(tx) => Conn::Sqlite(tx),
            Inner::PgRead(conn) => Conn::Pg(conn),
            Inner::PgTx(tx) => Conn::Pg(tx),
        }
    }

    /// Which database this is.
    pub fn dialect(&self) -> Dialect {
        match self.inner {
            Inner::SqliteRead(_) | Inner::SqliteTx(_) => Dialect::Sqlite,
            Inner::PgRead(_) | Inner::PgTx(_) => Dialect::Postgres,
        }
    }

    /// Wakes the listeners of `signal` in this process once the transaction has committed.
    pub fn signal(&mut self, signal: Signal) {
        self.signals |= signal.bit();
    }

    /// Notes what a statement's error means for the whole transaction.
    pub(crate) fn note<T>(&mut self, result: Result<T>) -> Result<T> {
        if let Err(e) = &result {
            if e.is_retryable() {
                self.failure = Some(Failure::LostRace);
            } else if matches!(e, Error::Sqlx(_)) {
                self.failure.get_or_insert(Failure::Aborted);
            }
        }
        result
    }

    /// Says that another transaction was in the way where no statement failed over it:
    /// [`write!`](crate::write) rolls back and runs its body again.
    pub fn lost_race(&mut self) -> Error {
        self.failure = Some(Failure::LostRace);
        Error::LostRace
    }

    /// Whether a statement failed, and how.
    pub(crate) fn failure(&self) -> Option<Failure> {
        self.failure
    }

    /// Commits; answers the signals to send.
    pub(crate) async fn commit(self) -> Result<u8> {
        match self.inner {
            Inner::SqliteTx(tx) => tx.commit().await?,
            Inner::PgTx(tx) => tx.commit().await?,
            Inner::SqliteRead(_) | Inner::PgRead(_) => {}
        }
        Ok(self.signals)
    }

    /// Rolls back. If that fails the connection is the reason, and the transaction ends with it.
    pub async fn rollback(self) {
        let result = match self.inner {
            Inner::SqliteTx(tx) => tx.rollback().await,
            Inner::PgTx(tx) => tx.rollback().await,
            Inner::SqliteRead(_) | Inner::PgRead(_) => Ok(()),
        };
        if let Err(e) = result {
            tracing::debug!(error = %e, "a transaction could not be rolled back");
        }
    }
}
