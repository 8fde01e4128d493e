//! Opening a database and running closures on it.

use std::{
    path::PathBuf,
    str::FromStr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use sqlx::{
    ConnectOptions, Connection as _, Executor as _, PgPool, SqlitePool,
    postgres::{PgConnectOptions, PgPoolOptions},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use crate::{
    Dialect, Error, Result, Signal, migrate,
    signal::{Listener, Signals},
    template,
    tx::{Failure, Inner, Tx},
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
/// How long a statement waits for a lock that another process holds on a SQLite file; a transaction is then
/// tried again, so a request waits six times as long at most.
const BUSY: Duration = Duration::from_secs(1);
/// How often a transaction is run again after a serialisation failure.
const ATTEMPTS: u32 = 6;
/// Prepared statements kept by each connection.
const STATEMENTS: usize = 512;

/// How PostgreSQL is to plan our statements, which look at few rows each. It takes a page out of order for four times
/// as dear as the next one, as on a turning disk, and so reads whole tables to find a thousand rows; and what it compiles
/// before it runs takes longer than all of them.
const PLANNING: &str = "SET random_page_cost = 1.1; SET jit = off";

/// An open database. Cheap to clone.
#[derive(Clone)]
pub struct Db {
    pools: Pools,
    signals: Arc<Signals>,
    /// Counts the transactions that lost a race, so that two losers do not meet again.
    lost: Arc<AtomicU64>,
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
        Ok(Self { pools, signals: Arc::default(), lost: Arc::default() })
    }

    /// Brings the schema up to date.
    ///
    /// # Errors
    /// [`Error::Newer`] when a newer version of the program was here; nothing is changed then.
    pub async fn migrate(&self) -> Result<()> {
        migrate::outcome(match &self.pools {
            Pools::Sqlite { writer, .. } => {
                // The driver locks nothing on SQLite: within one write transaction two processes that start at
                // once do not both make the tables, and a step that fails takes back the ones before it.
                let mut tx = writer.begin_with("BEGIN IMMEDIATE").await?;
                match migrate::migrator(Dialect::Sqlite).run(&mut *tx).await {
                    Ok(()) => return Ok(tx.commit().await?),
                    Err(e) => Err(e),
                }
            }
            Pools::Postgres(pool) => migrate::migrator(Dialect::Postgres).run(pool).await,
        })
    }

    /// Has PostgreSQL count `tables` and plan anew what it runs on them: to be called when they have grown much.
    /// Otherwise it goes on as was best for the few rows that it found first, until it comes to it by itself, a minute
    /// or more later. SQLite's plans suppose large tables from the beginning.
    pub async fn analyze(&self, tables: &[&'static str]) -> Result<()> {
        let Pools::Postgres(pool) = &self.pools else { return Ok(()) };
        let mut tx = pool.begin().await?;
        // That it counts one of them already, by itself, is not worth a warning.
        sqlx::query("SET LOCAL client_min_messages = error").execute(&mut *tx).await?;
        let statement = format!("ANALYZE (SKIP_LOCKED) {}", tables.join(", "));
        sqlx::query(template::trusted(statement)).persistent(false).execute(&mut *tx).await?;
        tx.commit().await?;
        Ok(())
    }

    /// How many migrations wait to be run.
    ///
    /// # Errors
    /// [`Error::Newer`] when a newer version of the program was here.
    pub async fn pending(&self) -> Result<usize> {
        let done: Result<Vec<i64>> =
            crate::read!(self, |tx| crate::sql!("SELECT version FROM _sqlx_migrations WHERE success")
                .column(tx)
                .await);
        // Where there is no such table, nothing was run yet.
        migrate::pending(&done.unwrap_or_default())
    }

    /// Which database this is.
    pub fn dialect(&self) -> Dialect {
        match self.pools {
            Pools::Sqlite { .. } => Dialect::Sqlite,
            Pools::Postgres(_) => Dialect::Postgres,
        }
    }

    /// A connection without a transaction; [`read!`](crate::read) uses it.
    pub async fn reader(&self) -> Result<Tx> {
        Ok(Tx::new(match &self.pools {
            Pools::Sqlite { readers, .. } => Inner::SqliteRead(readers.acquire().await?),
            Pools::Postgres(pool) => Inner::PgRead(pool.acquire().await?),
        }))
    }

    /// A read-only transaction, which ends when it is dropped; [`snapshot!`](crate::snapshot) uses it.
    pub async fn begin_snapshot(&self) -> Result<Tx> {
        Ok(Tx::new(match &self.pools {
            Pools::Sqlite { readers, .. } => Inner::SqliteTx(readers.begin().await?),
            Pools::Postgres(pool) => {
                Inner::PgTx(pool.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await?)
            }
        }))
    }

    /// The attempts at one transaction; [`write!`](crate::write) uses it.
    pub fn attempts(&self) -> Attempts {
        Attempts { db: self.clone(), used: 0 }
    }

    async fn begin(&self) -> Result<Tx> {
        Ok(Tx::new(match &self.pools {
            Pools::Sqlite { writer, .. } => Inner::SqliteTx(writer.begin_with("BEGIN IMMEDIATE").await?),
            Pools::Postgres(pool) => Inner::PgTx(pool.begin().await?),
        }))
    }

    /// A listener for `signal`. Transactions that commit from now on wake it.
    pub fn listen(&self, signal: Signal) -> Listener {
        self.signals.listen(signal)
    }

    /// Wakes the listeners of `signal`: for hints that came over the bus.
    pub fn hint(&self, signal: Signal) {
        self.signals.send_all(signal.bit());
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

/// Runs `body` on a connection without a transaction: each statement sees what is committed when it starts.
/// `read!(db, |tx| rule(tx, …).await)` is a `Result` whose error is made `From<db::Error>`.
///
/// This and its siblings are macros: futures that hold async closures cannot be proven `Send` yet once they are
/// nested, and these hold none.
#[macro_export]
macro_rules! read {
    ($db:expr, |$tx:ident| $body:expr) => {
        match $db.reader().await {
            Ok(mut reader) => {
                let $tx = &mut reader;
                async { $body }.await
            }
            Err(error) => Err(::std::convert::From::from(error)),
        }
    };
}

/// Runs `body` in a read-only transaction: all of its statements see one state of the database.
#[macro_export]
macro_rules! snapshot {
    ($db:expr, |$tx:ident| $body:expr) => {
        match $db.begin_snapshot().await {
            Ok(mut snapshot) => {
                let result = {
                    let $tx = &mut snapshot;
                    async { $body }.await
                };
                snapshot.rollback().await;
                result
            }
            Err(error) => Err(::std::convert::From::from(error)),
        }
    };
}

/// Runs `body` in a transaction and commits it if it succeeds: `write!(db, |tx| rule(tx, …).await)`. On a
/// serialisation failure `body` runs again, so it has no effect outside its `tx`. It answers what `body` did, or
/// [`Error::Aborted`] if that hid the failure of a statement: PostgreSQL would roll such a transaction back in
/// silence, SQLite would commit half of it.
#[macro_export]
macro_rules! write {
    ($db:expr, |$tx:ident| $body:expr) => {{
        let mut attempts = $db.attempts();
        loop {
            match attempts.begin().await {
                Ok(mut begun) => {
                    let result = {
                        let $tx = &mut begun;
                        async { $body }.await
                    };
                    if let Some(result) = attempts.finish(begun, result).await {
                        break result;
                    }
                }
                Err(error) => {
                    if let Some(error) = attempts.refused(error).await {
                        break Err(::std::convert::From::from(error));
                    }
                }
            }
        }
    }};
}

/// The attempts at one transaction: a lost race is tried again, a bounded number of times.
pub struct Attempts {
    db: Db,
    used: u32,
}

impl Attempts {
    /// Begins the next attempt.
    pub async fn begin(&self) -> Result<Tx> {
        self.db.begin().await
    }

    /// Ends an attempt: commits if all went well. `None` means: try again.
    pub async fn finish<T, E: From<Error>>(&mut self, tx: Tx, result: Result<T, E>) -> Option<Result<T, E>> {
        match (result, tx.failure()) {
            (Ok(value), None) => match tx.commit().await {
                Ok(signals) => {
                    self.db.signals.send_all(signals);
                    Some(Ok(value))
                }
                Err(error) => self.refused(error).await.map(|error| Err(error.into())),
            },
            (result, failure) => {
                tx.rollback().await;
                if failure == Some(Failure::LostRace) && self.again().await {
                    return None;
                }
                Some(Err(result.err().unwrap_or_else(|| Error::Aborted.into())))
            }
        }
    }

    /// Weighs an error of the transaction itself. `None` means: try again.
    pub async fn refused(&mut self, error: Error) -> Option<Error> {
        if error.is_retryable() && self.again().await { None } else { Some(error) }
    }

    /// Whether there is another attempt; waits for its turn.
    async fn again(&mut self) -> bool {
        self.used += 1;
        if self.used == ATTEMPTS {
            return false;
        }
        let spread = self.db.lost.fetch_add(1, Ordering::Relaxed) % 8;
        tokio::time::sleep(Duration::from_millis((1 << self.used) + spread)).await;
        true
    }
}

async fn open_sqlite(options: &SqliteOptions) -> Result<Pools> {
    let file = |reason: &dyn std::fmt::Display| Error::File {
        path: options.path.clone(),
        reason: reason.to_string(),
    };
    if let Some(folder) = options.path.parent().filter(|p| !p.as_os_str().is_empty()) {
        tokio::fs::create_dir_all(folder).await.map_err(|e| file(&e))?;
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
        .disable_statement_logging();
    let pool = || {
        SqlitePoolOptions::new()
            .acquire_timeout(ACQUIRE)
            .test_before_acquire(false)
            .idle_timeout(None)
            .max_lifetime(None)
            .after_release(|conn, _| {
                // A full disk makes SQLite roll back by itself. The driver then counts on a transaction that is
                // not there, and would never begin another on this connection.
                let whole = !conn.is_in_transaction();
                Box::pin(async move { Ok(whole) })
            })
    };
    let opened = async {
        // What an import changes in one transaction should fit.
        let roomy = connect.clone().pragma("cache_size", "-8000");
        let writer = pool().max_connections(1).connect_with(roomy).await?;
        // A file that may not be written opens all the same; a transaction tells.
        match writer.begin_with("BEGIN IMMEDIATE").await.map_err(Error::from) {
            Err(e) if !e.is_retryable() => Err(e),
            _ => Ok(writer),
        }
    };
    let writer = opened.await.map_err(|e| match e {
        Error::Sqlx(sqlx::Error::Database(e)) => file(&e.message()),
        Error::Sqlx(sqlx::Error::Io(e)) => file(&e),
        e => e,
    })?;
    // No reader maps the file. A map halves what a row found out of order costs while nobody writes; but after each commit,
    // anybody's, SQLite gives all of it back, and a reader of a large file pays for that in the middle of an answer.
    let readers = connect.read_only(true);
    let readers = pool().max_connections(options.readers).connect_lazy_with(readers);
    Ok(Pools::Sqlite { writer, readers })
}

async fn open_postgres(options: &PgOptions) -> Result<Pools> {
    let connect = PgConnectOptions::from_str(&options.url)
        .map_err(|e| Error::Address(format!("{}: {e}", redacted(&options.url))))?
        .statement_cache_capacity(STATEMENTS)
        .application_name("resonance")
        .disable_statement_logging();
    // The pool would wait and then only say that it waited; one connection says what is wrong.
    let away = |reason: String| Error::Server {
        address: format!("{}:{}", connect.get_host(), connect.get_port()),
        reason,
    };
    let first = tokio::time::timeout(ACQUIRE, connect.connect()).await;
    first.map_err(|_| away("no answer".into()))?.map_err(|e| away(e.to_string()))?.close().await?;
    let pool = PgPoolOptions::new()
        .max_connections(options.connections)
        .acquire_timeout(ACQUIRE)
        .test_before_acquire(false)
        .after_connect(|conn, _| Box::pin(async move { conn.execute(PLANNING).await.map(|_| ()) }))
        .connect_lazy_with(connect);
    Ok(Pools::Postgres(pool))
}

/// The address without its password.
fn redacted(url: &str) -> String {
    match (url.split_once("://"), url.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, host))) => format!("{scheme}://…@{host}"),
        _ => url.to_owned(),
    }
}
