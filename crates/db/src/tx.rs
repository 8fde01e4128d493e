//! What statements run on.

use sqlx::{PgConnection, Postgres, Sqlite, SqliteConnection, Transaction, pool::PoolConnection};

use crate::{Dialect, Result};

/// A connection, within a transaction or (for single reads) without one. Dropped unfinished, it rolls back.
pub struct Tx {
    inner: Inner,
    signals: u8,
    lost_a_race: bool,
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

/// Who is woken when a transaction commits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// There is a job to run.
    Job,
    /// There is an outbox row to send.
    Outbox,
    /// The change feed grew.
    Feed,
}

impl Signal {
    pub(crate) const ALL: [Self; 3] = [Self::Job, Self::Outbox, Self::Feed];

    pub(crate) const fn bit(self) -> u8 {
        match self {
            Self::Job => 1,
            Self::Outbox => 2,
            Self::Feed => 4,
        }
    }
}

impl Tx {
    pub(crate) fn new(inner: Inner) -> Self {
        Self { inner, signals: 0, lost_a_race: false }
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
            self.lost_a_race |= e.is_retryable();
        }
        result
    }

    /// Whether a statement failed only because of another transaction.
    pub(crate) fn lost_a_race(&self) -> bool {
        self.lost_a_race
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

    pub(crate) async fn rollback(self) -> Result<()> {
        match self.inner {
            Inner::SqliteTx(tx) => tx.rollback().await?,
            Inner::PgTx(tx) => tx.rollback().await?,
            Inner::SqliteRead(_) | Inner::PgRead(_) => {}
        }
        Ok(())
    }
}
