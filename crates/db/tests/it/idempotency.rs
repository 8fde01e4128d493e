use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use db::{
    Error,
    idempotency::{self, Begin},
    sql,
};
use kernel::AccountId;

use crate::base::{Base, NOON, id, on_both, seconds};

on_both!(
    one_of_many_does_the_work,
    a_key_is_one_request_of_one_account,
    a_crashed_request_is_taken_over,
    prunes
);

const PRINT: [u8; 32] = [7; 32];

fn account() -> AccountId {
    id(1)
}

/// Begins in a transaction of its own.
async fn begin(base: &Base, key: &'static str, print: [u8; 32], after: u64) -> Begin {
    let now = NOON.plus(seconds(after));
    db::write!(base.db, |tx| idempotency::begin(tx, account(), key, print, now).await).unwrap()
}

async fn finish(base: &Base, key: &'static str, body: &'static str) -> bool {
    db::write!(base.db, |tx| idempotency::finish(tx, account(), key, 201, body).await).unwrap()
}

async fn one_of_many_does_the_work(base: &Base) {
    let done = Arc::new(AtomicU32::new(0));
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..16 {
        let (db, done) = (base.db.clone(), Arc::clone(&done));
        tasks.spawn(async move {
            db::write!(db, |tx| {
                let begun = idempotency::begin(tx, account(), "buy", PRINT, NOON).await?;
                if begun == Begin::Fresh {
                    tokio::time::sleep(std::time::Duration::from_millis(20)).await;
                    sql!("INSERT INTO schedule (name, next_at) VALUES ('bought', 1)").run(tx).await?;
                    assert!(idempotency::finish(tx, account(), "buy", 201, "{}").await?);
                    done.fetch_add(1, Ordering::SeqCst);
                }
                Ok::<_, Error>(begun)
            })
        });
    }
    let begun: Vec<Begin> = tasks.join_all().await.into_iter().map(Result::unwrap).collect();
    assert_eq!(done.load(Ordering::SeqCst), 1);
    assert_eq!(begun.iter().filter(|begun| **begun == Begin::Fresh).count(), 1);
    let replay = Begin::Replay { status: 201, body: "{}".into() };
    assert_eq!(begun.iter().filter(|begun| **begun == replay).count(), 15, "{begun:?}");
}

async fn a_key_is_one_request_of_one_account(base: &Base) {
    assert_eq!(begin(base, "k", PRINT, 0).await, Begin::Fresh);
    assert_eq!(begin(base, "k", PRINT, 1).await, Begin::InProgress);
    assert_eq!(begin(base, "k", [8; 32], 1).await, Begin::Mismatch);
    assert!(finish(base, "k", "é\"").await);
    assert!(!finish(base, "k", "again").await);
    assert_eq!(begin(base, "k", PRINT, 9999).await, Begin::Replay { status: 201, body: "é\"".into() });
    assert_eq!(begin(base, "k", [8; 32], 9999).await, Begin::Mismatch);
    assert_eq!(begin(base, "other", [8; 32], 0).await, Begin::Fresh);
    let other = id::<AccountId>(2);
    let begun = db::write!(base.db, |tx| idempotency::begin(tx, other, "k", [8; 32], NOON).await).unwrap();
    assert_eq!(begun, Begin::Fresh);
}

async fn a_crashed_request_is_taken_over(base: &Base) {
    assert_eq!(begin(base, "k", PRINT, 0).await, Begin::Fresh);
    assert_eq!(begin(base, "k", PRINT, 59).await, Begin::InProgress);
    // Another request cannot, however late.
    assert_eq!(begin(base, "k", [8; 32], 61).await, Begin::Mismatch);
    assert_eq!(begin(base, "k", PRINT, 60).await, Begin::Fresh);
    // Whoever took it over has a minute of its own.
    assert_eq!(begin(base, "k", PRINT, 100).await, Begin::InProgress);
    assert!(finish(base, "k", "second").await);
    // The first one was only slow: it learns that it was overtaken.
    assert!(!finish(base, "k", "first").await);
    assert_eq!(begin(base, "k", PRINT, 500).await, Begin::Replay { status: 201, body: "second".into() });
}

async fn prunes(base: &Base) {
    for (n, key) in ["a", "b", "c"].into_iter().enumerate() {
        begin(base, key, PRINT, u64::try_from(n).unwrap()).await;
    }
    let before = NOON.plus(seconds(2));
    for left in [1, 1, 0] {
        assert_eq!(db::write!(base.db, |tx| idempotency::prune(tx, before, 1).await).unwrap(), left);
    }
    assert_eq!(begin(base, "a", [9; 32], 3).await, Begin::Fresh);
    assert_eq!(begin(base, "c", PRINT, 3).await, Begin::InProgress);
}
