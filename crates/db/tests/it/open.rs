use std::path::Path;

use db::{Db, Error, Options, SqliteOptions, sql};

use crate::base::{Base, on_both};

on_both!(a_newer_database_is_left_alone);

async fn a_newer_database_is_left_alone(base: &Base) {
    db::write!(base.db, |tx| {
        sql!(
            "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
                 VALUES (999, 'from the future', true, $1, 0)"
        )
        .bind(vec![0_u8; 48])
        .run(tx)
        .await
    })
    .unwrap();
    let error = base.again().await.migrate().await.unwrap_err();
    assert!(matches!(error, Error::Newer(999)));
    assert_eq!(
        error.to_string(),
        "the database has migration 999, which this version does not know: start the newer version that wrote it"
    );
}

/// Two processes that start beside each other on nothing, and one that comes later.
async fn migrating_at_once_and_again(base: &Base) {
    let (one, two) = (base.again().await, base.again().await);
    let (first, second) = tokio::join!(one.migrate(), two.migrate());
    first.unwrap();
    second.unwrap();
    base.db.migrate().await.unwrap();
    let steps: i64 =
        db::read!(base.db, |tx| sql!("SELECT COUNT(*) FROM _sqlx_migrations").scalar(tx).await).unwrap();
    assert_eq!(usize::try_from(steps).unwrap(), db::MIGRATIONS.len());
}

mod migrating_at_once_and_again {
    use crate::base::Base;

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn sqlite() {
        Base::sqlite().await.run_blank(super::migrating_at_once_and_again).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn postgres() {
        if let Some(base) = Base::postgres().await {
            base.run_blank(super::migrating_at_once_and_again).await;
        }
    }
}

fn sqlite(path: &Path) -> Options {
    Options::Sqlite(SqliteOptions { path: path.into(), readers: 1 })
}

/// The one line that says why `path` cannot be used.
async fn refusal(path: &Path) -> String {
    let error = match Db::open(&sqlite(path)).await {
        Ok(db) => db.migrate().await.unwrap_err(),
        Err(error) => error,
    };
    assert!(matches!(error, Error::File { .. }), "{error:?}");
    let line = error.to_string();
    assert!(line.starts_with(&path.display().to_string()) && !line.contains('\n'), "{line}");
    line
}

#[tokio::test]
async fn what_is_no_database_is_refused_in_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let garbage = folder.path().join("garbage.db");
    std::fs::write(
        &garbage,
        b"this is a shopping list, not a database, and it is long enough to tell".repeat(99),
    )
    .unwrap();
    assert!(refusal(&garbage).await.ends_with("file is not a database"));
    assert!(refusal(folder.path()).await.ends_with("unable to open database file"));
    assert!(refusal(&garbage.join("x.db")).await.ends_with("File exists (os error 17)"));
    // A folder in which not even root makes files.
    assert!(refusal(Path::new("/proc/self/resonance.db")).await.ends_with("unable to open database file"));
}

#[tokio::test]
async fn addresses() {
    let read = |address: &str| address.parse::<Options>();
    assert!(matches!(read("data/x.db").unwrap(), Options::Sqlite(o) if o.path == Path::new("data/x.db")));
    assert!(matches!(read("sqlite:///x.db").unwrap(), Options::Sqlite(o) if o.path == Path::new("/x.db")));
    assert!(matches!(read("postgresql://h/x").unwrap(), Options::Postgres(o) if o.url == "postgresql://h/x"));
    for wrong in ["", "mysql://h/x", "sqlite://"] {
        let error = read(wrong).unwrap_err().to_string();
        assert!(error.contains("is not a database address"), "{error}");
    }
    let error = Db::open(&read("postgres://me:secret@127.0.0.1:9/x").unwrap()).await.err().unwrap();
    let line = error.to_string();
    assert!(error.is_unavailable() && line.starts_with("the database at 127.0.0.1:9: "), "{line}");
    assert!(line.contains("refused") && !line.contains("secret"), "{line}");
    let error = Db::open(&read("postgres://me:secret@h:port/x").unwrap()).await.err().unwrap();
    assert!(!error.to_string().contains("secret"), "{error}");
}
