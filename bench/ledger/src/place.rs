//! Where it is measured: databases of its own on SQLite and PostgreSQL.

use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use db::{Db, Options, PgOptions, SqliteOptions};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tempfile::TempDir;
use tokio::process::Command;
use uuid::Uuid;

use crate::hand::Hand;

pub enum Place {
    Sqlite(TempDir),
    Postgres(String),
}

/// A migrated database of its own. One on PostgreSQL is left to the server, which goes after the measurement.
pub struct Fresh {
    pub db: Db,
    at: At,
}

enum At {
    File(PathBuf),
    Url(String),
}

impl Place {
    pub fn all() -> Result<Vec<Self>> {
        // On the disk: what lies in memory is never slow.
        let mut all = vec![Self::Sqlite(tempfile::tempdir_in("target").or_else(|_| tempfile::tempdir())?)];
        all.extend(std::env::var("TEST_POSTGRES").ok().map(Self::Postgres));
        Ok(all)
    }

    pub fn name(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => "sqlite",
            Self::Postgres(_) => "postgres",
        }
    }

    pub async fn fresh(&self) -> Result<Fresh> {
        let name = format!("bench_ledger_{}", Uuid::from_u128(stamp()).simple());
        let (options, at) = match self {
            Self::Sqlite(folder) => {
                let path = folder.path().join(name);
                (Options::Sqlite(SqliteOptions { path: path.clone(), readers: 2 }), At::File(path))
            }
            Self::Postgres(server) => {
                let mut admin = PgConnection::connect(server).await?;
                let (durable,): (bool,) = sqlx::query_as(
                    "SELECT current_setting('fsync') = 'on' AND current_setting('synchronous_commit') = 'on'",
                )
                .fetch_one(&mut admin)
                .await?;
                if !durable {
                    println!("postgres: THIS SERVER IS NOT DURABLE: its figures mean nothing");
                }
                sqlx::query(AssertSqlSafe(format!("CREATE DATABASE {name}"))).execute(&mut admin).await?;
                let url = url(server, &name);
                (Options::Postgres(PgOptions { url: url.clone(), connections: 4 }), At::Url(url))
            }
        };
        let db = Db::open(&options).await?;
        db.migrate().await?;
        Ok(Fresh { db, at })
    }

    /// Has PostgreSQL write what earlier measurements left to be written, which it would do during the next one.
    pub async fn settle(&self) -> Result<()> {
        if let Self::Postgres(server) = self {
            sqlx::query("CHECKPOINT").execute(&mut PgConnection::connect(server).await?).await?;
        }
        Ok(())
    }

    /// Transactions a second of pgbench's own TPC-B, if it is here.
    pub async fn tpcb(&self) -> Result<Option<f64>> {
        let Self::Postgres(server) = self else { return Ok(None) };
        let mut admin = PgConnection::connect(server).await?;
        sqlx::query("CREATE DATABASE bench_tpcb").execute(&mut admin).await?;
        let address = url(server, "bench_tpcb");
        let made = Command::new("pgbench").args(["-i", "-q", "-s", "10", &address]).output().await;
        let Ok(made) = made else { return Ok(None) };
        ensure!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let args = ["-M", "prepared", "-c", "8", "-j", "2", "-T", "8", &address];
        let ran = Command::new("pgbench").args(args).output().await?;
        sqlx::query("DROP DATABASE bench_tpcb WITH (FORCE)").execute(&mut admin).await?;
        let said = String::from_utf8_lossy(&ran.stdout).into_owned();
        let tps = said.lines().find_map(|line| line.strip_prefix("tps = ")?.split_whitespace().next());
        Ok(Some(tps.context(said.clone())?.parse()?))
    }
}

impl Fresh {
    pub async fn hand(&self) -> Result<Hand> {
        match &self.at {
            At::File(path) => Hand::sqlite(path).await,
            At::Url(url) => Hand::postgres(url).await,
        }
    }

    /// What the ledger takes, indexes included.
    pub async fn size(&self) -> Result<u64> {
        Ok(match &self.at {
            At::File(_) => {
                let pages: db::Result<i64> = db::read!(self.db, |tx| {
                    db::sql!("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size")
                        .scalar(tx)
                        .await
                });
                u64::try_from(pages?)?
            }
            At::Url(url) => {
                let mut connection = PgConnection::connect(url).await?;
                let (bytes,): (i64,) = sqlx::query_as(
                    "SELECT CAST(SUM(pg_total_relation_size(oid)) AS BIGINT) FROM pg_class
                     WHERE relkind = 'r' AND relname LIKE 'ledger_%'",
                )
                .fetch_one(&mut connection)
                .await?;
                u64::try_from(bytes)?
            }
        })
    }
}

fn url(server: &str, name: &str) -> String {
    let (base, query) =
        server.split_once('?').map_or((server, String::new()), |(base, query)| (base, format!("?{query}")));
    let base = base.rsplit_once('/').map_or(base, |(base, _)| base);
    format!("{base}/{name}{query}")
}

/// A number that was never there before on this machine.
fn stamp() -> u128 {
    use kernel::Clock;
    u128::from(infra::SystemClock.now().micros().unsigned_abs()) << 64 | u128::from(std::process::id())
}
