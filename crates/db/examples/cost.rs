//! What our layer adds to one read: the same statement through `Db` and through the bare driver, in turns.
//!
//! `cargo run --release -p db --example cost`, with `TEST_POSTGRES` for PostgreSQL too (it makes and drops the
//! table `cost` there).

use std::time::{Duration, Instant};

use db::{Db, Options, Tx, sql};
use sqlx::{
    PgPool, SqlitePool,
    postgres::PgPoolOptions,
    sqlite::{SqliteConnectOptions, SqlitePoolOptions},
};

const ROUNDS: u32 = 40;
const READS: u32 = 500;
const ROWS: i64 = 1000;

const READ: &str = "SELECT id, name, size FROM cost WHERE id = $1 AND kind = $2";

type Line = (i64, String, i64);

async fn ours(db: &Db, id: i64) -> Line {
    let line: db::Result<Line> = db::read!(db, |tx| {
        sql!("SELECT id, name, size FROM cost WHERE id = $1 AND kind = $2")
            .bind(id)
            .bind("track")
            .one(tx)
            .await
    });
    line.expect("the row is there")
}

async fn sqlite(pool: &SqlitePool, id: i64) -> Line {
    let mut conn = pool.acquire().await.expect("a connection");
    sqlx::query_as(READ).bind(id).bind("track").fetch_one(&mut *conn).await.expect("the row is there")
}

async fn postgres(pool: &PgPool, id: i64) -> Line {
    let mut conn = pool.acquire().await.expect("a connection");
    sqlx::query_as(READ).bind(id).bind("track").fetch_one(&mut *conn).await.expect("the row is there")
}

/// The median time of one read: ours and the driver's, measured in turns so that both meet the same machine.
async fn compare(name: &str, ours: impl AsyncFn(i64) -> Line, bare: impl AsyncFn(i64) -> Line) {
    let (mut with_us, mut without) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        with_us.push(round(&ours).await);
        without.push(round(&bare).await);
    }
    with_us.sort();
    without.sort();
    let (a, b) = (with_us[with_us.len() / 2] / READS, without[without.len() / 2] / READS);
    println!("{name}: {a:?} through db, {b:?} bare: ratio {:.3}", a.as_secs_f64() / b.as_secs_f64());
}

#[expect(clippy::disallowed_methods, reason = "this measures time")]
async fn round(read: &impl AsyncFn(i64) -> Line) -> Duration {
    let start = Instant::now();
    for n in 0..i64::from(READS) {
        let (id, ..) = read(n * 37 % ROWS).await;
        assert_eq!(id, n * 37 % ROWS);
    }
    start.elapsed()
}

async fn fill(tx: &mut Tx) -> db::Result<u64> {
    sql!("CREATE TABLE cost (id BIGINT NOT NULL PRIMARY KEY, kind TEXT NOT NULL, name TEXT NOT NULL, size BIGINT NOT NULL)")
        .run(tx)
        .await?;
    let rows: db::Rows =
        (0..ROWS).map(|n| (n, "track", format!("The title of track {n}"), n * 1000)).collect();
    sql!("INSERT INTO cost (id, kind, name, size) SELECT r.id, r.kind, r.name, r.size FROM {rows $1 r(id int, kind text, name text, size int)}")
        .rows(rows)
        .run(tx)
        .await
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("cost.db");
    let db = Db::open(&path.to_string_lossy().parse()?).await?;
    let _: u64 = db::write!(db, |tx| fill(tx).await)?;
    let options = SqliteConnectOptions::new().filename(&path).read_only(true).statement_cache_capacity(512);
    let pool =
        SqlitePoolOptions::new().max_connections(4).test_before_acquire(false).connect_with(options).await?;
    compare("SQLite", async |id| ours(&db, id).await, async |id| sqlite(&pool, id).await).await;

    if let Ok(url) = std::env::var("TEST_POSTGRES") {
        let db = Db::open(&url.parse::<Options>()?).await?;
        let _: u64 = db::write!(db, |tx| fill(tx).await)?;
        let pool = PgPoolOptions::new().max_connections(16).test_before_acquire(false).connect(&url).await?;
        compare("PostgreSQL", async |id| ours(&db, id).await, async |id| postgres(&pool, id).await).await;
        let _: u64 = db::write!(db, |tx| sql!("DROP TABLE cost").run(tx).await)?;
    }
    Ok(())
}
