use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use db::{Db, Error, sql};
use kernel::Fault;
use tokio::sync::{Barrier, Notify};

use crate::base::{Base, on_both, on_postgres, seconds};

on_both!(
    nobody_sees_what_is_not_committed,
    a_dropped_transaction_rolls_back,
    a_hidden_failure_is_not_committed,
    what_the_database_rolled_back_by_itself_spoils_nothing,
    a_snapshot_sees_one_state,
);
on_postgres!(a_serialisation_failure_runs_again, a_deadlock_runs_again, a_race_lost_for_ever_ends);

mod sqlite_locks {
    #[tokio::test]
    async fn a_locked_file_is_waited_for() {
        crate::base::Base::sqlite().await.run(super::a_locked_file_is_waited_for).await;
    }

    #[tokio::test]
    async fn a_file_locked_for_long_is_unavailable() {
        crate::base::Base::sqlite().await.run(super::a_file_locked_for_long_is_unavailable).await;
    }
}

/// As SQLite does when the disk is full.
async fn what_the_database_rolled_back_by_itself_spoils_nothing(base: &Base) {
    let db = &base.db;
    let failed: Result<(), Error> = db::write!(db, |tx| {
        sql!("ROLLBACK").run(tx).await?;
        Err(Error::Aborted)
    });
    failed.unwrap_err();
    put(db, "afterwards").await;
}

async fn put(db: &Db, name: &'static str) {
    db::write!(db, |tx| {
        sql!("INSERT INTO schedule (name, next_at) VALUES ($1, 0)").bind(name).run(tx).await
    })
    .unwrap();
}

async fn count(db: &Db) -> i64 {
    db::read!(db, |tx| sql!("SELECT COUNT(*) FROM schedule").scalar(tx).await).unwrap()
}

async fn nobody_sees_what_is_not_committed(base: &Base) {
    let (written, go) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (db, tell, wait) = (base.db.clone(), Arc::clone(&written), Arc::clone(&go));
    let writer = tokio::spawn(async move {
        db::write!(db, |tx| {
            sql!("INSERT INTO schedule (name, next_at) VALUES ('a', 0)").run(tx).await?;
            let seen: i64 = sql!("SELECT COUNT(*) FROM schedule").scalar(tx).await?;
            tell.notify_one();
            wait.notified().await;
            Ok::<_, Error>(seen)
        })
    });
    written.notified().await;
    assert_eq!(count(&base.db).await, 0);
    go.notify_one();
    assert_eq!(writer.await.unwrap().unwrap(), 1);
    assert_eq!(count(&base.db).await, 1);
}

async fn a_dropped_transaction_rolls_back(base: &Base) {
    let write = async {
        db::write!(base.db, |tx| {
            sql!("INSERT INTO schedule (name, next_at) VALUES ('a', 0)").run(tx).await?;
            std::future::pending::<Result<(), Error>>().await
        })
    };
    assert!(tokio::time::timeout(Duration::from_millis(200), write).await.is_err());
    put(&base.db, "b").await;
    assert_eq!(count(&base.db).await, 1);
    // So does one that panics.
    let db = base.db.clone();
    let panicked = tokio::spawn(async move {
        db::write!(db, |tx| {
            sql!("INSERT INTO schedule (name, next_at) VALUES ('c', 0)").run(tx).await?;
            let row: Option<(i64,)> = sql!("SELECT next_at FROM schedule WHERE name = 'c'").maybe(tx).await?;
            assert!(row.is_none(), "in the middle");
            Ok::<_, Error>(())
        })
    });
    assert!(panicked.await.unwrap_err().is_panic());
    put(&base.db, "d").await;
    assert_eq!(count(&base.db).await, 2);
}

async fn a_hidden_failure_is_not_committed(base: &Base) {
    put(&base.db, "a").await;
    let hidden = db::write!(base.db, |tx| {
        sql!("INSERT INTO schedule (name, next_at) VALUES ('b', 0)").run(tx).await?;
        let taken = sql!("INSERT INTO schedule (name, next_at) VALUES ('a', 0)").run(tx).await.unwrap_err();
        assert!(taken.is_unique_violation() && !taken.is_retryable());
        Ok::<_, Error>(())
    });
    assert!(matches!(hidden, Err(Error::Aborted)), "{hidden:?}");
    assert_eq!(count(&base.db).await, 1);
}

async fn a_snapshot_sees_one_state(base: &Base) {
    put(&base.db, "a").await;
    let seen = db::snapshot!(base.db, |tx| {
        let first: i64 = sql!("SELECT COUNT(*) FROM schedule").scalar(tx).await?;
        put(&base.db, "b").await;
        let second: i64 = sql!("SELECT COUNT(*) FROM schedule").scalar(tx).await?;
        Ok::<_, Error>((first, second))
    });
    assert_eq!(seen.unwrap(), (1, 1));
    let refused = db::snapshot!(base.db, |tx| sql!("INSERT INTO schedule (name, next_at) VALUES ('c', 0)")
        .run(tx)
        .await);
    assert!(refused.is_err());
    assert_eq!(count(&base.db).await, 2);
}

/// Adds one to the row `row` of two tasks at once, each of which has read it before the other writes.
async fn a_serialisation_failure_runs_again(base: &Base) {
    put(&base.db, "n").await;
    let (meet, tries) = (Arc::new(Barrier::new(2)), Arc::new(AtomicU32::new(0)));
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..2 {
        let (db, meet, tries) = (base.db.clone(), Arc::clone(&meet), Arc::clone(&tries));
        tasks.spawn(async move {
            db::write!(db, |tx| {
                sql!("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE").run(tx).await?;
                let n: i64 = sql!("SELECT next_at FROM schedule WHERE name = 'n'").scalar(tx).await?;
                if tries.fetch_add(1, Ordering::SeqCst) < 2 {
                    meet.wait().await;
                }
                sql!("UPDATE schedule SET next_at = $1 WHERE name = 'n'").bind(n + 1).run(tx).await?;
                Ok::<_, Error>(())
            })
            .unwrap();
        });
    }
    tasks.join_all().await;
    let n: i64 = db::read!(base.db, |tx| sql!("SELECT next_at FROM schedule").scalar(tx).await).unwrap();
    assert_eq!((n, tries.load(Ordering::SeqCst)), (2, 3));
}

async fn a_deadlock_runs_again(base: &Base) {
    put(&base.db, "a").await;
    put(&base.db, "b").await;
    let (meet, tries) = (Arc::new(Barrier::new(2)), Arc::new(AtomicU32::new(0)));
    let mut tasks = tokio::task::JoinSet::new();
    for order in ["ab", "ba"].map(str::to_owned) {
        let (db, meet, tries) = (base.db.clone(), Arc::clone(&meet), Arc::clone(&tries));
        tasks.spawn(async move {
            db::write!(db, |tx| {
                let first_try = tries.fetch_add(1, Ordering::SeqCst) < 2;
                for (n, name) in order.chars().enumerate() {
                    if n == 1 && first_try {
                        meet.wait().await;
                    }
                    let row = sql!("UPDATE schedule SET next_at = next_at + 1 WHERE name = $1")
                        .bind(name.to_string())
                        .run(tx);
                    // Even a closure that hides the deadlock is run again.
                    let _ = row.await;
                }
                Ok::<_, Error>(())
            })
            .unwrap();
        });
    }
    tasks.join_all().await;
    let sum: i64 =
        db::read!(base.db, |tx| sql!("SELECT CAST(SUM(next_at) AS BIGINT) FROM schedule").scalar(tx).await)
            .unwrap();
    // On a busy machine they may meet a second time.
    assert!(sum == 4 && tries.load(Ordering::SeqCst) >= 3, "{sum} after {tries:?} tries");
}

async fn a_race_lost_for_ever_ends(base: &Base) {
    put(&base.db, "n").await;
    let tries = Arc::new(AtomicU32::new(0));
    let (tried, rival) = (Arc::clone(&tries), base.db.clone());
    let result = db::write!(base.db, |tx| {
        tried.fetch_add(1, Ordering::SeqCst);
        sql!("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ").run(tx).await?;
        let n: i64 = sql!("SELECT next_at FROM schedule").scalar(tx).await?;
        db::write!(rival, |tx| sql!("UPDATE schedule SET next_at = next_at + 1").run(tx).await)?;
        sql!("UPDATE schedule SET next_at = $1").bind(n + 1).run(tx).await
    });
    assert!(result.unwrap_err().is_unavailable());
    assert_eq!(tries.load(Ordering::SeqCst), 6);
}

/// Holds the file's write lock for a while, as another process would.
async fn lock(base: &Base, for_: Duration) -> tokio::task::JoinHandle<()> {
    let (other, locked) = (base.again().await, Arc::new(Notify::new()));
    let tell = Arc::clone(&locked);
    let task = tokio::spawn(async move {
        db::write!(other, |_tx| {
            tell.notify_one();
            tokio::time::sleep(for_).await;
            Ok::<_, Error>(())
        })
        .unwrap();
    });
    locked.notified().await;
    task
}

async fn a_locked_file_is_waited_for(base: &Base) {
    let lock = lock(base, Duration::from_millis(1500)).await;
    assert_eq!(count(&base.db).await, 0, "readers do not wait");
    put(&base.db, "a").await;
    assert_eq!(count(&base.db).await, 1);
    lock.await.unwrap();
}

async fn a_file_locked_for_long_is_unavailable(base: &Base) {
    let lock = lock(base, seconds(60)).await;
    let refused = db::write!(base.db, |tx| sql!("DELETE FROM schedule").run(tx).await).unwrap_err();
    assert!(refused.is_unavailable());
    assert_eq!(refused.code(), kernel::ErrorCode::Unavailable);
    lock.abort();
}
