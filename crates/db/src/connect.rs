//! Opening a database and running closures on it.

use std::{path::PathBuf, str::FromStr, sync::Arc, time::Duration};

use sqlx::{
    ConnectOptions, PgPool, SqlitePool,
    postgres::{PgConnectOptions, PgPoolOptions},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use tokio::sync::Notify;

use crate::{
    Dialect, Error, Result, Signal, migrate,
    tx::{Inner, Tx},
};

/// Which database to open, and how.
#[derive(Debug, Clone)]
pub enum Options {
    /// A SQLite file.
    Sqlite(SqliteOptions),
    /// A PostgreSQL server.
    Postgres(PgOptions),
}

/// How to open SQLite.
#[derive(Debug, Clone)]
pub struct SqliteOptions {
    /// The database file; made if it is not there, as is its folder.
    pub path: PathBuf,
    /// Connections that read at the same time.
    pub readers: u32,
}

/// How to reach PostgreSQL.
#[derive(Debug, Clone)]
pub struct PgOptions {
    /// `postgres://user:password@host:port/database?…`
    pub url: String,
    /// Connections at most.
    pub connections: u32,
}

impl FromStr for Options {
    type Err = Error;

    /// Reads an address: `postgres://…`, `sqlite://PATH` or a path.
    fn from_str(address: &str) -> Result<Self> {
        if address.starts_with("postgres://") || address.starts_with("postgresql://") {
            return Ok(Self::Postgres(PgOptions { url: address.to_owned(), connections: 16 }));
        }
        let path =
            address.strip_prefix("sqlite://").or_else(|| address.strip_prefix("sqlite:")).unwrap_or(address);
        if path.is_empty() || path.contains("://") {
            return Err(Error::Address(address.to_owned()));
        }
        Ok(Self::Sqlite(SqliteOptions { path: path.into(), readers: 4 }))
    }
}

/// How long a request waits for a connection before it is told that the database is busy.
const ACQUIRE: Duration = Duration::from_secs(10);
/// How long a statement waits for a lock that another process holds on a SQLite file.
const BUSY: Duration = Duration::from_secs(5);
/// How often a transaction is run again after a serialisation failure.
const ATTEMPTS: u32 = 6;
/// Prepared statements kept by each connection.
const STATEMENTS: usize = 512;

/// An open database. Cheap to clone.
#[derive(Clone)]
pub struct Db {
    pools: Pools,
    signals: Arc<[Notify; 3]>,
}

#[derive(Clone)]
enum Pools {
    /// One writer, since SQLite has one; readers beside it see the last commit.
    Sqlite {
        writer: SqlitePool,
        readers: SqlitePool,
    },
    Postgres(PgPool),
}

impl Db {
    /// Opens the database without touching its schema.
    pub async fn open(options: &Options) -> Result<Self> {
        let pools = match options {
            Options::Sqlite(options) => open_sqlite(options).await?,
            Options::Postgres(options) => open_postgres(options).await?,
        };
        Ok(Self { pools, signals: Arc::default() })
    }

    /// Brings the schema up to date.
    ///
    /// # Errors
    /// [`Error::Newer`] when a newer version of the program was here; nothing is changed then.
    pub async fn migrate(&self) -> Result<()> {
        migrate::outcome(match &self.pools {
            Pools::Sqlite { writer, .. } => migrate::migrator(Dialect::Sqlite).run(writer).await,
            Pools::Postgres(pool) => migrate::migrator(Dialect::Postgres).run(pool).await,
        })
    }

    /// Which database this is.
    pub fn dialect(&self) -> Dialect {
        match self.pools {
            Pools::Sqlite { .. } => Dialect::Sqlite,
            Pools::Postgres(_) => Dialect::Postgres,
        }
    }

    /// Runs `f` on a connection without a transaction: each statement sees what is committed when it starts.
    pub async fn read<T, E: From<Error>>(
        &self,
        f: impl AsyncFnOnce(&mut Tx) -> Result<T, E>,
    ) -> Result<T, E> {
        let inner = match &self.pools {
            Pools::Sqlite { readers, .. } => Inner::SqliteRead(readers.acquire().await.map_err(Error::from)?),
            Pools::Postgres(pool) => Inner::PgRead(pool.acquire().await.map_err(Error::from)?),
        };
        f(&mut Tx::new(inner)).await
    }

    /// Runs `f` in a read-only transaction: all of its statements see one state of the database.
    pub async fn snapshot<T, E: From<Error>>(
        &self,
        f: impl AsyncFnOnce(&mut Tx) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut tx = Tx::new(match &self.pools {
            Pools::Sqlite { readers, .. } => Inner::SqliteTx(readers.begin().await.map_err(Error::from)?),
            Pools::Postgres(pool) => Inner::PgTx(
                pool.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
                    .await
                    .map_err(Error::from)?,
            ),
        });
        let result = f(&mut tx).await;
        tx.rollback().await?;
        result
    }

    /// Runs `f` in a transaction and commits it if it succeeds. On a serialisation failure `f` runs again, so it
    /// has no effect outside its `Tx`.
    pub async fn write<T, E: From<Error>>(&self, f: impl AsyncFn(&mut Tx) -> Result<T, E>) -> Result<T, E> {
        let mut attempt = 0;
        loop {
            attempt += 1;
            let error = match self.attempt(&f).await {
                Outcome::Done(result) => return result,
                Outcome::Again(error) => error,
            };
            if attempt == ATTEMPTS {
                return Err(error);
            }
            // Steps that differ between the losers of one race.
            let step = u64::from(attempt) * 3 + u64::from(std::process::id() % 7);
            tokio::time::sleep(Duration::from_millis(step)).await;
        }
    }

    async fn attempt<T, E: From<Error>>(&self, f: &impl AsyncFn(&mut Tx) -> Result<T, E>) -> Outcome<T, E> {
        let mut tx = match self.begin().await {
            Ok(tx) => tx,
            Err(e) => return Outcome::of(e),
        };
        match f(&mut tx).await {
            Ok(value) => match tx.commit().await {
                Ok(signals) => {
                    self.wake(signals);
                    Outcome::Done(Ok(value))
                }
                Err(e) => Outcome::of(e),
            },
            Err(error) => {
                let again = tx.lost_a_race();
                // The connection may be the reason; the transaction ends with it then.
                if let Err(e) = tx.rollback().await {
                    tracing::debug!(error = %e, "rolling back");
                }
                if again { Outcome::Again(error) } else { Outcome::Done(Err(error)) }
            }
        }
    }

    async fn begin(&self) -> Result<Tx> {
        Ok(Tx::new(match &self.pools {
            Pools::Sqlite { writer, .. } => Inner::SqliteTx(writer.begin_with("BEGIN IMMEDIATE").await?),
            Pools::Postgres(pool) => Inner::PgTx(pool.begin().await?),
        }))
    }

    fn wake(&self, signals: u8) {
        for signal in Signal::ALL {
            if signals & signal.bit() != 0 {
                self.notify(signal).notify_waiters();
            }
        }
    }

    fn notify(&self, signal: Signal) -> &Notify {
        &self.signals[match signal {
            Signal::Job => 0,
            Signal::Outbox => 1,
            Signal::Feed => 2,
        }]
    }

    /// Waits until a transaction of this process sent `signal`, or `at_most` has passed: other processes send
    /// none, so whoever waits looks again after a while.
    pub async fn signalled(&self, signal: Signal, at_most: Duration) {
        let _ = tokio::time::timeout(at_most, self.notify(signal).notified()).await;
    }

    /// Wakes the listeners of `signal`: for hints that came over the bus.
    pub fn hint(&self, signal: Signal) {
        self.notify(signal).notify_waiters();
    }

    /// Closes all connections, after what is running on them.
    pub async fn close(&self) {
        match &self.pools {
            Pools::Sqlite { writer, readers } => {
                readers.close().await;
                writer.close().await;
            }
            Pools::Postgres(pool) => pool.close().await,
        }
    }
}

/// How one attempt at a transaction ended.
enum Outcome<T, E> {
    Done(std::result::Result<T, E>),
    Again(E),
}

impl<T, E: From<Error>> Outcome<T, E> {
    fn of(error: Error) -> Self {
        if error.is_retryable() { Self::Again(error.into()) } else { Self::Done(Err(error.into())) }
    }
}

async fn open_sqlite(options: &SqliteOptions) -> Result<Pools> {
    let file = |e: &dyn std::fmt::Display| Error::File { path: options.path.clone(), reason: e.to_string() };
    if let Some(folder) = options.path.parent().filter(|p| !p.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).map_err(|e| file(&e))?;
    }
    let connect = SqliteConnectOptions::new()
        .filename(&options.path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        // Money is in this file: a commit is on the disk when it returns.
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(BUSY)
        .statement_cache_capacity(STATEMENTS)
        .pragma("temp_store", "MEMORY")
        .pragma("cache_size", "-8000")
        .disable_statement_logging();
    let pool = || {
        SqlitePoolOptions::new()
            .acquire_timeout(ACQUIRE)
            .test_before_acquire(false)
            .idle_timeout(None)
            .max_lifetime(None)
    };
    let writer = pool().max_connections(1).connect_with(connect.clone()).await.map_err(|e| match e {
        sqlx::Error::Database(e) => file(&e),
        e => Error::Sqlx(e),
    })?;
    let readers = pool().max_connections(options.readers).connect_lazy_with(connect.read_only(true));
    Ok(Pools::Sqlite { writer, readers })
}

async fn open_postgres(options: &PgOptions) -> Result<Pools> {
    let connect = PgConnectOptions::from_str(&options.url)
        .map_err(|e| Error::Address(format!("{}: {e}", redacted(&options.url))))?
        .statement_cache_capacity(STATEMENTS)
        .application_name("resonance")
        .disable_statement_logging();
    let pool = PgPoolOptions::new()
        .max_connections(options.connections)
        .acquire_timeout(ACQUIRE)
        .test_before_acquire(false)
        .connect_with(connect)
        .await?;
    Ok(Pools::Postgres(pool))
}

/// The address without its password.
fn redacted(url: &str) -> String {
    match (url.split_once("://"), url.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, host))) => format!("{scheme}://…@{host}"),
        _ => url.to_owned(),
    }
}
