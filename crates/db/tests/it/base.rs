//! A fresh database for each test, a clock that the test turns, and ids that repeat.

use std::{
    hash::{BuildHasher, RandomState},
    panic::AssertUnwindSafe,
    sync::atomic::{AtomicI64, AtomicU64, Ordering},
    time::Duration,
};

use db::{Db, Options, PgOptions, SqliteOptions};
use futures_util::FutureExt;
use kernel::{Clock, Ids, Time};
use sqlx::{Connection, PgConnection};
use tempfile::TempDir;
use uuid::Uuid;

/// Runs each of the tests on both databases.
macro_rules! on_both {
    ($($test:ident),+ $(,)?) => {$(
        mod $test {
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                $crate::base::Base::sqlite().await.run(super::$test).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                if let Some(base) = $crate::base::Base::postgres().await {
                    base.run(super::$test).await;
                }
            }
        }
    )+};
}

/// Runs each of the tests on PostgreSQL alone.
macro_rules! on_postgres {
    ($($test:ident),+ $(,)?) => {$(
        mod $test {
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                if let Some(base) = $crate::base::Base::postgres().await {
                    base.run(super::$test).await;
                }
            }
        }
    )+};
}

pub(crate) use {on_both, on_postgres};

/// A database of its own, blank at first.
pub(crate) struct Base {
    pub(crate) db: Db,
    pub(crate) options: Options,
    /// Where it is, and how it goes.
    place: Place,
}

enum Place {
    Folder(#[expect(dead_code, reason = "the folder goes when it is dropped")] TempDir),
    Server { url: String, name: String },
}

impl Base {
    pub(crate) async fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let options = Options::Sqlite(SqliteOptions { path: folder.path().join("resonance.db"), readers: 4 });
        Self::blank(options, Place::Folder(folder)).await
    }

    /// `None` without a server to test on, which CI must have.
    pub(crate) async fn postgres() -> Option<Self> {
        let Ok(url) = std::env::var("TEST_POSTGRES") else {
            assert!(
                std::env::var_os("CI").is_none_or(|ci| ci != "true"),
                "CI tests on PostgreSQL: set TEST_POSTGRES"
            );
            println!("not run on PostgreSQL: TEST_POSTGRES is not set");
            return None;
        };
        let name = format!("resonance_test_{:016x}", random());
        statement(&url, format!("CREATE DATABASE {name}")).await;
        let (server, query) = url.split_once('?').map_or((url.as_str(), ""), |(url, query)| (url, query));
        let (scheme, rest) = server.split_once("://").unwrap();
        let host = rest.split('/').next().unwrap();
        let options = Options::Postgres(PgOptions {
            url: format!("{scheme}://{host}/{name}?{query}"),
            connections: 12,
        });
        Some(Self::blank(options, Place::Server { url, name }).await)
    }

    async fn blank(options: Options, place: Place) -> Self {
        Self { db: Db::open(&options).await.unwrap(), options, place }
    }

    /// The same database, opened as another process would.
    pub(crate) async fn again(&self) -> Db {
        Db::open(&self.options).await.unwrap()
    }

    /// Runs `test` on the current schema.
    pub(crate) async fn run(self, test: impl AsyncFnOnce(&Self)) {
        self.run_blank(async |base| {
            base.db.migrate().await.unwrap();
            test(base).await;
        })
        .await;
    }

    /// Runs `test` on nothing, then drops the database, even if the test fails.
    pub(crate) async fn run_blank(self, test: impl AsyncFnOnce(&Self)) {
        let result = AssertUnwindSafe(test(&self)).catch_unwind().await;
        // A test that failed may have left a transaction open.
        let _ = tokio::time::timeout(seconds(5), self.db.close()).await;
        if let Place::Server { url, name } = &self.place {
            statement(url, format!("DROP DATABASE {name} WITH (FORCE)")).await;
        }
        if let Err(panic) = result {
            std::panic::resume_unwind(panic);
        }
    }
}

/// Runs what no parameter can be given to: the name of a database.
async fn statement(url: &str, sql: String) {
    let mut server = PgConnection::connect(url).await.unwrap();
    sqlx::query(sqlx::AssertSqlSafe(sql)).execute(&mut server).await.unwrap();
}

/// 64 bits that differ from run to run.
fn random() -> u64 {
    RandomState::new().hash_one(())
}

/// A clock that stands until it is turned.
#[derive(Debug)]
pub(crate) struct Turned(AtomicI64);

impl Default for Turned {
    fn default() -> Self {
        Self(AtomicI64::new(NOON.micros()))
    }
}

impl Turned {
    pub(crate) fn turn(&self, by: Duration) {
        self.0.fetch_add(i64::try_from(by.as_micros()).unwrap(), Ordering::SeqCst);
    }
}

impl Clock for Turned {
    fn now(&self) -> Time {
        Time::from_micros(self.0.load(Ordering::SeqCst))
    }

    fn elapsed(&self) -> Duration {
        self.now().since(Time::from_micros(0))
    }
}

/// When the tests take place.
pub(crate) const NOON: Time = Time::from_micros(1_795_262_400_000_000);

/// Ids that come in the same order every time.
#[derive(Debug, Default)]
pub(crate) struct Counted(AtomicU64);

impl Ids for Counted {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let n = self.0.fetch_add(1, Ordering::SeqCst).to_be_bytes();
            chunk.copy_from_slice(&n[8 - chunk.len()..]);
        }
    }
}

/// The `n`th id of a test.
pub(crate) fn id<T: From<Uuid>>(n: u128) -> T {
    Uuid::from_u128(n).into()
}

pub(crate) const fn seconds(n: u64) -> Duration {
    Duration::from_secs(n)
}
