use std::{collections::HashMap, sync::Arc};

use db::{
    Db, Error, Signal,
    job::{self, Claimed, Job, Lease, NewJob, State},
};
use kernel::{AccountId, JobId, Limit, Time};
use serde_json::json;
use tokio::sync::Mutex;
use uuid::Uuid;

use crate::base::{Base, NOON, id, on_both, seconds};

on_both!(
    each_job_is_done_once_by_many_workers,
    the_most_urgent_come_first,
    a_vanished_worker_loses_its_job_and_its_say,
    failing_backs_off_and_ends_dead,
    a_dead_job_is_retried,
    a_unique_key_has_one_job_under_way,
    releasing_costs_no_attempt,
    owners_see_their_own,
    prunes_what_has_ended,
    enqueuing_wakes_at_commit_only,
);

const LEASE: std::time::Duration = seconds(60);

pub(crate) async fn enqueue(db: &Db, n: u128, job: NewJob) -> JobId {
    db::write!(db, |tx| job::enqueue(tx, &job, id(n), NOON).await).unwrap()
}

fn plain() -> NewJob {
    NewJob::new("count", json!({"n": 1}), NOON)
}

/// Tries again where others were quicker for as long as a transaction waits: workers do.
async fn claim(db: &Db, worker: u128, n: u32, now: Time) -> Vec<Claimed> {
    loop {
        match db::write!(db, |tx| job::claim(tx, id(worker), &["count", "other"], n, LEASE, now).await) {
            Err(error) if error.is_retryable() => {}
            claimed => return claimed.unwrap(),
        }
    }
}

async fn done(db: &Db, lease: Lease) -> bool {
    loop {
        match db::write!(db, |tx| job::done(tx, lease, Some(&json!("ok")), id(7_000), NOON).await) {
            Err(error) if error.is_retryable() => {}
            done => return done.unwrap(),
        }
    }
}

async fn fail(db: &Db, lease: Lease, now: Time) -> Option<State> {
    db::write!(db, |tx| job::fail(tx, lease, "broken", 0, id(7_001), now).await).unwrap()
}

pub(crate) async fn all(db: &Db) -> Vec<Job> {
    db::read!(db, |tx| job::list(tx, None, None, Limit::new(200).unwrap()).await).unwrap().items
}

async fn only(db: &Db) -> Job {
    let mut all = all(db).await;
    assert_eq!(all.len(), 1);
    all.remove(0)
}

async fn each_job_is_done_once_by_many_workers(base: &Base) {
    db::write!(base.db, |tx| {
        for n in 0..500 {
            job::enqueue(tx, &plain(), id(n), NOON).await?;
        }
        Ok::<_, Error>(())
    })
    .unwrap();
    let counts: Arc<Mutex<HashMap<JobId, u32>>> = Arc::default();
    let mut workers = tokio::task::JoinSet::new();
    for worker in 0..8 {
        // Half of them as another process would.
        let db = if worker % 2 == 0 { base.db.clone() } else { base.again().await };
        let counts = Arc::clone(&counts);
        workers.spawn(async move {
            loop {
                let claimed = claim(&db, 1000 + worker, 7, NOON).await;
                if claimed.is_empty() {
                    break;
                }
                assert!(claimed.len() <= 7);
                for claimed in claimed {
                    *counts.lock().await.entry(claimed.lease.id).or_default() += 1;
                    assert!(done(&db, claimed.lease).await);
                }
            }
        });
    }
    workers.join_all().await;
    let counts = counts.lock().await;
    assert_eq!(counts.len(), 500);
    assert!(counts.values().all(|count| *count == 1));
    let left = db::read!(base.db, |tx| job::list(tx, Some(State::Ready), None, Limit::default()).await);
    assert!(left.unwrap().items.is_empty());
}

async fn the_most_urgent_come_first(base: &Base) {
    let at = |after| NOON.plus(seconds(after));
    enqueue(&base.db, 1, NewJob { run_at: at(5), ..plain() }).await;
    enqueue(&base.db, 2, NewJob { run_at: at(4), ..plain() }).await;
    enqueue(&base.db, 3, NewJob { run_at: at(6), priority: 1, ..plain() }).await;
    enqueue(&base.db, 4, NewJob { run_at: at(7), priority: 9, ..plain() }).await;
    enqueue(&base.db, 5, NewJob { kind: "unknown", priority: 99, ..plain() }).await;
    enqueue(&base.db, 6, NewJob { run_at: at(5), priority: -1, kind: "other", ..plain() }).await;
    let order = |claimed: Vec<Claimed>| claimed.into_iter().map(|c| c.lease.id).collect::<Vec<_>>();
    assert_eq!(order(claim(&base.db, 9, 2, at(6)).await), [3, 2].map(id));
    assert_eq!(order(claim(&base.db, 9, 9, at(6)).await), [1, 6].map(id));
    let claimed = claim(&base.db, 9, 9, at(7)).await;
    assert_eq!((claimed[0].kind.as_str(), claimed[0].payload.as_str()), ("count", "{\"n\":1}"));
    assert_eq!(order(claimed), [4].map(id));
    assert_eq!(order(claim(&base.db, 9, 9, at(7)).await), []);
}

async fn a_vanished_worker_loses_its_job_and_its_say(base: &Base) {
    enqueue(&base.db, 1, plain()).await;
    let stale = claim(&base.db, 7, 1, NOON).await.remove(0).lease;
    let beat = |lease: Lease, now| async move {
        let held = [lease];
        db::write!(base.db, |tx| job::heartbeat(tx, held[0].worker, &held, LEASE, now).await).unwrap()
    };
    let expire = |now| async move { db::write!(base.db, |tx| job::release_expired(tx, now).await).unwrap() };
    // A heartbeat holds it for another minute.
    assert_eq!(beat(stale, NOON.plus(seconds(30))).await, [stale.id]);
    assert_eq!(expire(NOON.plus(seconds(61))).await, 0);
    assert_eq!(expire(NOON.plus(seconds(91))).await, 1);
    // Nobody has it: the old run is refused already.
    assert!(!done(&base.db, stale).await);
    let later = NOON.plus(seconds(92));
    let fresh = claim(&base.db, 8, 1, later).await.remove(0).lease;
    assert_eq!((fresh.id, fresh.attempt), (stale.id, 2));
    // Nor may a worker speak for a later run of its own.
    for wrong in [stale, Lease { worker: stale.worker, ..fresh }, Lease { attempt: 1, ..fresh }] {
        assert!(beat(wrong, later).await.is_empty());
        assert!(!db::write!(base.db, |tx| job::progress(tx, wrong, 1, 2, None).await).unwrap());
        assert!(!done(&base.db, wrong).await);
        assert_eq!(fail(&base.db, wrong, later).await, None);
        assert!(!db::write!(base.db, |tx| job::release(tx, wrong).await).unwrap());
    }
    assert!(db::write!(base.db, |tx| job::progress(tx, fresh, 1, 2, None).await).unwrap());
    let job = only(&base.db).await;
    assert_eq!((job.state, job.progress_done, job.progress_total), (State::Running, 1, 2));
    assert_eq!(job.error.as_deref(), Some("the worker vanished"));
    assert!(done(&base.db, fresh).await);
    assert!(!done(&base.db, fresh).await);
    let job = only(&base.db).await;
    assert_eq!((job.state, job.error, job.result.as_deref()), (State::Done, None, Some("\"ok\"")));
    assert_eq!(job.finished_at, Some(NOON));
}

async fn failing_backs_off_and_ends_dead(base: &Base) {
    enqueue(&base.db, 1, NewJob { max_attempts: 3, ..plain() }).await;
    let mut now = NOON;
    for pause in [2, 4] {
        let lease = claim(&base.db, 7, 1, now).await.remove(0).lease;
        assert_eq!(fail(&base.db, lease, now).await, Some(State::Ready));
        let due = now.plus(seconds(pause));
        assert_eq!(only(&base.db).await.run_at, due);
        assert!(claim(&base.db, 7, 1, Time::from_micros(due.micros() - 1)).await.is_empty());
        now = due;
    }
    let lease = claim(&base.db, 7, 1, now).await.remove(0).lease;
    assert_eq!(fail(&base.db, lease, now).await, Some(State::Dead));
    let job = only(&base.db).await;
    assert_eq!((job.attempt, job.error.as_deref(), job.finished_at), (3, Some("broken"), Some(now)));
    assert!(claim(&base.db, 7, 1, now.plus(seconds(99999))).await.is_empty());

    // One that kills its worker every time ends the same way.
    enqueue(&base.db, 2, NewJob { max_attempts: 2, ..plain() }).await;
    for left in [State::Ready, State::Dead] {
        assert_eq!(claim(&base.db, 7, 1, now).await.len(), 1);
        now = now.plus(seconds(61));
        db::write!(base.db, |tx| job::release_expired(tx, now).await).unwrap();
        assert_eq!(all(&base.db).await[0].state, left);
    }
}

async fn a_dead_job_is_retried(base: &Base) {
    let retry = || async { db::write!(base.db, |tx| job::retry(tx, id(1), NOON).await) };
    let key = NewJob { max_attempts: 1, unique_key: Some("k".to_owned()), ..plain() };
    enqueue(&base.db, 1, key.clone()).await;
    assert!(!retry().await.unwrap(), "only the dead");
    let first = claim(&base.db, 7, 1, NOON).await.remove(0).lease;
    fail(&base.db, first, NOON).await;
    // Another with the key is under way.
    enqueue(&base.db, 2, key).await;
    assert!(!retry().await.unwrap());
    let second = claim(&base.db, 7, 1, NOON).await.remove(0).lease;
    done(&base.db, second).await;
    assert!(retry().await.unwrap());
    assert!(!retry().await.unwrap());
    for attempt in 2..=6 {
        let lease = claim(&base.db, 7, 1, NOON.plus(seconds(9999))).await.remove(0).lease;
        assert_eq!((lease.id, lease.attempt), (id(1), attempt), "attempts go on counting");
        assert!(!done(&base.db, first).await);
        let state = if attempt == 6 { State::Dead } else { State::Ready };
        assert_eq!(fail(&base.db, lease, NOON).await, Some(state));
    }
}

async fn a_unique_key_has_one_job_under_way(base: &Base) {
    let later = NewJob { unique_key: Some("scan".to_owned()), run_at: NOON.plus(seconds(60)), ..plain() };
    let now = NewJob { run_at: NOON, ..later.clone() };
    assert_eq!(enqueue(&base.db, 1, later.clone()).await, id(1));
    assert_eq!(enqueue(&base.db, 2, now.clone()).await, id(1));
    assert_eq!(
        enqueue(&base.db, 3, NewJob { unique_key: Some("else".to_owned()), ..now.clone() }).await,
        id(3)
    );
    // Pulled forward to the earlier time.
    let claimed = claim(&base.db, 7, 9, NOON).await;
    assert_eq!(claimed.len(), 2);
    assert_eq!(enqueue(&base.db, 4, now.clone()).await, id(1), "running");
    for claimed in claimed {
        done(&base.db, claimed.lease).await;
    }
    let mut tasks = tokio::task::JoinSet::new();
    for n in 10..18 {
        let (db, job) = (base.db.clone(), now.clone());
        tasks.spawn(async move { enqueue(&db, n, job).await });
    }
    let ids = tasks.join_all().await;
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    assert_eq!(claim(&base.db, 7, 9, NOON).await.len(), 1);
}

async fn releasing_costs_no_attempt(base: &Base) {
    enqueue(&base.db, 1, NewJob { max_attempts: 1, ..plain() }).await;
    for attempt in 1..=3 {
        let lease = claim(&base.db, 7, 1, NOON).await.remove(0).lease;
        assert_eq!(lease.attempt, attempt);
        assert!(db::write!(base.db, |tx| job::release(tx, lease).await).unwrap());
        assert!(!done(&base.db, lease).await);
    }
    let lease = claim(&base.db, 7, 1, NOON).await.remove(0).lease;
    assert_eq!(fail(&base.db, lease, NOON).await, Some(State::Dead));
}

async fn owners_see_their_own(base: &Base) {
    let (ana, ben) = (id::<AccountId>(1), id::<AccountId>(2));
    enqueue(&base.db, 1, NewJob { owner: Some(ana), ..plain() }).await;
    enqueue(&base.db, 2, plain()).await;
    let find = async |job: u128, owner| {
        db::read!(base.db, |tx| job::find(tx, id(job), owner).await).unwrap().map(|job| job.id)
    };
    assert_eq!(find(1, ana).await, Some(id(1)));
    assert_eq!(find(1, ben).await, None);
    assert_eq!(find(2, ana).await, None);
    // The operator's list, page by page, newest first.
    let page = async |state, after| {
        db::read!(base.db, |tx| job::list(tx, state, after, Limit::new(1).unwrap()).await).unwrap()
    };
    let first = page(None, None).await;
    assert_eq!(first.items[0].id, id(2));
    let after: JobId = first.next_cursor.unwrap().place(&(job::LIST, None::<State>)).unwrap();
    let second = page(None, Some(after)).await;
    assert_eq!((second.items[0].id, second.next_cursor), (id(1), None));
    assert!(page(Some(State::Dead), None).await.items.is_empty());
}

async fn prunes_what_has_ended(base: &Base) {
    for n in 1..=3 {
        enqueue(&base.db, n, NewJob { max_attempts: 1, ..plain() }).await;
    }
    let claimed = claim(&base.db, 7, 2, NOON).await;
    done(&base.db, claimed[0].lease).await;
    fail(&base.db, claimed[1].lease, NOON.plus(seconds(5))).await;
    let prune = async |before: u64| {
        let before = NOON.plus(seconds(before));
        db::write!(base.db, |tx| job::prune(tx, before, 100).await).unwrap()
    };
    assert_eq!([prune(0).await, prune(5).await, prune(6).await, prune(9999).await], [0, 1, 1, 0]);
    assert_eq!(only(&base.db).await.state, State::Ready);
}

async fn enqueuing_wakes_at_commit_only(base: &Base) {
    let mut listener = base.db.listen(Signal::Job);
    let short = std::time::Duration::from_millis(50);
    let woken = async |listener: &mut db::Listener| {
        tokio::time::timeout(short, listener.wait(seconds(60))).await.is_ok()
    };
    let failed = db::write!(base.db, |tx| {
        job::enqueue(tx, &plain(), id(1), NOON).await?;
        Err::<(), _>(Error::NoRow("rolled back"))
    });
    assert!(failed.is_err());
    assert!(!woken(&mut listener).await);
    enqueue(&base.db, 1, plain()).await;
    assert!(woken(&mut listener).await);
    assert!(!woken(&mut listener).await);
    assert_eq!(claim(&base.db, 7, 1, NOON).await[0].lease.worker, Uuid::from_u128(7));
}
