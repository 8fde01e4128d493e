use std::{sync::Arc, time::Duration};

use db::{
    Db, Error, Signal,
    feed::{self, Position, Read},
    sql,
};
use kernel::Time;
use tokio::sync::Notify;
use uuid::Uuid;

use crate::base::{Base, NOON, id, on_both, on_postgres, seconds};

on_both!(
    readers_see_their_channel_in_order,
    nothing_is_skipped_or_repeated_under_load,
    a_pruned_position_must_rebuild,
    a_position_of_another_life_must_rebuild,
    head_is_where_a_rebuilt_reader_goes_on,
);
on_postgres!(ids_that_commit_out_of_order, pruning_stays_below_open_transactions);

async fn append(db: &Db, channel: &'static str, subject: u128, now: Time) {
    db::write!(db, |tx| feed::append(tx, channel, id::<Uuid>(subject), now).await).unwrap();
}

/// Waits until everything that is committed can be read: PostgreSQL counts its transactions across all databases,
/// so the other tests hold the feed up as well.
async fn settle(db: &Db) {
    let last: i64 = db::write!(db, |tx| sql!("SELECT {xid}").scalar(tx).await).unwrap();
    for _ in 0..2000 {
        let first_open: i64 = db::read!(db, |tx| sql!("SELECT {xmin}").scalar(tx).await).unwrap();
        if first_open > last {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("some transaction does not end");
}

async fn read(db: &Db, channel: &str, after: Position, n: u32) -> Read {
    db::read!(db, |tx| feed::read(tx, channel, after, n).await).unwrap()
}

/// All subjects after `after`, which moves on.
async fn next(db: &Db, after: &mut Position) -> Vec<u128> {
    settle(db).await;
    now(db, after).await
}

/// The subjects after `after` that can be read by now.
async fn now(db: &Db, after: &mut Position) -> Vec<u128> {
    let Read::Changes(changes, position) = read(db, "tracks", *after, 100).await else {
        panic!("told to rebuild");
    };
    *after = position;
    changes.into_iter().map(|change| change.subject.as_u128()).collect()
}

async fn readers_see_their_channel_in_order(base: &Base) {
    let mut listener = base.db.listen(Signal::Feed);
    append(&base.db, "artists", 100, NOON).await;
    db::write!(base.db, |tx| {
        feed::append_many(tx, "tracks", [3, 1, 2].map(id::<Uuid>), NOON).await?;
        feed::append_many(tx, "tracks", Vec::<Uuid>::new(), NOON).await
    })
    .unwrap();
    tokio::time::timeout(seconds(5), listener.wait(seconds(60))).await.expect("woken by the commit");
    append(&base.db, "tracks", 1, NOON.plus(seconds(1))).await;
    settle(&base.db).await;
    let mut after = Position::START;
    let Read::Changes(first, middle) = read(&base.db, "tracks", after, 2).await else { panic!("rebuild") };
    assert_eq!(first.iter().map(|c| (c.subject.as_u128(), c.at)).collect::<Vec<_>>(), [(3, NOON), (1, NOON)]);
    after = middle;
    assert_eq!(next(&base.db, &mut after).await, [2, 1]);
    assert_eq!(next(&base.db, &mut after).await, []);
    let stored: Position = serde_json::from_str(&serde_json::to_string(&after).unwrap()).unwrap();
    assert_eq!(stored, after);
}

async fn nothing_is_skipped_or_repeated_under_load(base: &Base) {
    const WRITERS: u128 = 8;
    const EACH: u128 = 25;
    let mut writers = tokio::task::JoinSet::new();
    for writer in 0..WRITERS {
        let db = base.db.clone();
        writers.spawn(async move {
            for n in 0..EACH {
                let pause = Duration::from_micros(u64::try_from((writer * 7 + n * 13) % 11).unwrap() * 300);
                db::write!(db, |tx| {
                    feed::append(tx, "tracks", id::<Uuid>(writer * EACH + n), NOON).await?;
                    tokio::time::sleep(pause).await;
                    Ok::<_, Error>(())
                })
                .unwrap();
            }
        });
    }
    let (mut seen, mut after) = (Vec::new(), Position::START);
    while !writers.is_empty() {
        while writers.try_join_next().is_some() {}
        seen.extend(now(&base.db, &mut after).await);
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    loop {
        let more = next(&base.db, &mut after).await;
        if more.is_empty() {
            break;
        }
        seen.extend(more);
    }
    seen.sort_unstable();
    assert_eq!(seen, (0..WRITERS * EACH).collect::<Vec<_>>());
}

/// A transaction that stays open, with or without its row, until it is told to go on.
fn open(db: &Db, subject: u128, at: Time, early: bool) -> (Arc<Notify>, tokio::task::JoinHandle<()>) {
    let (db, go) = (db.clone(), Arc::new(Notify::new()));
    let going = Arc::clone(&go);
    let task = tokio::spawn(async move {
        db::write!(db, |tx| {
            if early {
                feed::append(tx, "tracks", id::<Uuid>(subject), at).await?;
            } else {
                // Draws a transaction id all the same.
                sql!("INSERT INTO schedule (name, next_at) VALUES ('x', 1)").run(tx).await?;
            }
            going.notified().await;
            if !early {
                feed::append(tx, "tracks", id::<Uuid>(subject), at).await?;
            }
            Ok::<_, Error>(())
        })
        .unwrap();
    });
    (go, task)
}

async fn ids_that_commit_out_of_order(base: &Base) {
    let mut after = Position::START;
    for early in [true, false] {
        let (go, first) = open(&base.db, 1, NOON, early);
        tokio::time::sleep(Duration::from_millis(100)).await;
        append(&base.db, "tracks", 2, NOON).await;
        assert_eq!(now(&base.db, &mut after).await, [], "read past an open transaction");
        go.notify_one();
        first.await.unwrap();
        assert_eq!(next(&base.db, &mut after).await, [1, 2]);
        assert_eq!(next(&base.db, &mut after).await, []);
    }
}

async fn pruning_stays_below_open_transactions(base: &Base) {
    let (go, first) = open(&base.db, 1, NOON, true);
    tokio::time::sleep(Duration::from_millis(100)).await;
    append(&base.db, "tracks", 2, NOON).await;
    let before = NOON.plus(seconds(1));
    let pruned = db::write!(base.db, |tx| feed::prune(tx, before, 100).await).unwrap();
    assert_eq!(pruned, 0);
    let mut after = db::read!(base.db, |tx| feed::head(tx, "tracks").await).unwrap();
    go.notify_one();
    first.await.unwrap();
    assert_eq!(next(&base.db, &mut after).await, [1, 2]);
}

async fn a_pruned_position_must_rebuild(base: &Base) {
    let mut early = Position::START;
    append(&base.db, "tracks", 1, NOON).await;
    assert_eq!(next(&base.db, &mut early).await, [1]);
    for n in 2..=5 {
        append(&base.db, "tracks", n, NOON.plus(seconds(u64::try_from(n).unwrap()))).await;
    }
    settle(&base.db).await;
    let Read::Changes(_, through_3) = read(&base.db, "tracks", early, 2).await else { panic!("rebuild") };
    append(&base.db, "artists", 9, NOON.plus(seconds(100))).await;
    settle(&base.db).await;
    let before = NOON.plus(seconds(4));
    // One at a time: the row at the last time taken goes with it.
    for expected in [2, 1, 0] {
        assert_eq!(db::write!(base.db, |tx| feed::prune(tx, before, 1).await).unwrap(), expected);
    }
    for lost in [Position::START, early] {
        assert_eq!(read(&base.db, "tracks", lost, 10).await, Read::Rebuild);
    }
    // Whoever had read everything that is gone reads on; other channels are not concerned.
    assert_eq!(next(&base.db, &mut through_3.clone()).await, [4, 5]);
    assert!(
        matches!(read(&base.db, "artists", Position::START, 10).await, Read::Changes(c, _) if c.len() == 1)
    );
    // All of it gone: the end is still the end.
    let mut end = through_3;
    next(&base.db, &mut end).await;
    db::write!(base.db, |tx| feed::prune(tx, NOON.plus(seconds(1000)), 100).await).unwrap();
    assert_eq!(read(&base.db, "tracks", through_3, 10).await, Read::Rebuild);
    assert_eq!(next(&base.db, &mut end).await, []);
    assert_eq!(db::read!(base.db, |tx| feed::head(tx, "tracks").await).unwrap(), end);
    append(&base.db, "tracks", 6, NOON).await;
    assert_eq!(next(&base.db, &mut end).await, [6]);
}

async fn a_position_of_another_life_must_rebuild(base: &Base) {
    append(&base.db, "tracks", 1, NOON).await;
    let mut after = Position::START;
    next(&base.db, &mut after).await;
    // As if an older copy had been restored.
    db::write!(base.db, |tx| sql!("DELETE FROM feed").run(tx).await).unwrap();
    assert_eq!(read(&base.db, "tracks", after, 10).await, Read::Rebuild);
}

async fn head_is_where_a_rebuilt_reader_goes_on(base: &Base) {
    assert_eq!(db::read!(base.db, |tx| feed::head(tx, "tracks").await).unwrap(), Position::START);
    append(&base.db, "tracks", 1, NOON).await;
    settle(&base.db).await;
    let mut head = db::read!(base.db, |tx| feed::head(tx, "tracks").await).unwrap();
    assert_eq!(next(&base.db, &mut head).await, []);
    append(&base.db, "tracks", 2, NOON).await;
    assert_eq!(next(&base.db, &mut head).await, [2]);
}
