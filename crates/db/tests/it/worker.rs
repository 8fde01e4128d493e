use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::Duration,
};

use db::{
    Db,
    job::{self, Handler, JobContext, NewJob, State, Worker},
};
use serde_json::json;
use tokio::{sync::oneshot, task::JoinHandle};

use crate::{
    base::{Base, Counted, NOON, Turned, on_both, seconds},
    job::{all, enqueue},
};

on_both!(
    two_workers_share_the_work,
    a_poison_job_dies_alone,
    a_killed_worker_is_replaced,
    a_lost_lease_drops_the_run,
    stopping_waits_and_then_gives_back,
    runs_what_is_due,
);

#[derive(Debug, thiserror::Error)]
#[error("the handler gave up")]
struct GaveUp(#[source] std::io::Error);

fn new(kind: &'static str, payload: serde_json::Value) -> NewJob {
    NewJob::new(kind, payload, NOON)
}

/// A worker that is running until it is stopped.
struct Running {
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Running {
    fn start(db: Db, clock: &Arc<Turned>, seed: u64, grace: Duration, handlers: Vec<Handler>) -> Self {
        let ids = Counted::default();
        for _ in 0..seed {
            kernel::Ids::fill(&ids, &mut [0]);
        }
        let worker = Worker::new(db, Arc::clone(clock) as _, Arc::new(ids), handlers)
            .concurrency(4)
            .lease(Duration::from_millis(900));
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(worker.run(async { drop(stopped.await) }, grace));
        Self { stop, task }
    }

    async fn stop(self) {
        self.stop.send(()).unwrap();
        self.task.await.unwrap();
    }
}

/// Waits until `true`, at most 20 s.
async fn until(mut what: impl AsyncFnMut() -> bool) {
    for _ in 0..2000 {
        if what().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("it did not come about within 20 s");
}

async fn two_workers_share_the_work(base: &Base) {
    let (clock, runs, at_once, most) = (
        Arc::new(Turned::default()),
        Arc::new(AtomicU32::new(0)),
        Arc::new(AtomicU32::new(0)),
        Arc::new(AtomicU32::new(0)),
    );
    let handler = || {
        let (runs, at_once, most) = (Arc::clone(&runs), Arc::clone(&at_once), Arc::clone(&most));
        Handler::new("double", move |job: JobContext| {
            let (runs, at_once, most) = (Arc::clone(&runs), Arc::clone(&at_once), Arc::clone(&most));
            async move {
                most.fetch_max(at_once.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                runs.fetch_add(1, Ordering::SeqCst);
                tokio::time::sleep(Duration::from_millis(3)).await;
                at_once.fetch_sub(1, Ordering::SeqCst);
                Ok::<_, serde_json::Error>(job.payload::<u32>()? * 2)
            }
        })
    };
    let workers = [
        Running::start(base.db.clone(), &clock, 0, seconds(5), vec![handler()]),
        Running::start(base.again().await, &clock, 1, seconds(5), vec![handler()]),
    ];
    for n in 0..100_u32 {
        enqueue(&base.db, u128::from(n), new("double", json!(n))).await;
    }
    until(async || all(&base.db).await.iter().all(|job| job.state == State::Done)).await;
    for worker in workers {
        worker.stop().await;
    }
    assert_eq!(runs.load(Ordering::SeqCst), 100);
    assert!((2..=8).contains(&most.load(Ordering::SeqCst)), "{most:?} at once");
    for (n, job) in (0..100).rev().zip(all(&base.db).await) {
        assert_eq!(job.result, Some((n * 2).to_string()));
    }
}

async fn a_poison_job_dies_alone(base: &Base) {
    let clock = Arc::new(Turned::default());
    let handlers = vec![
        Handler::new("early", |_| -> std::future::Ready<Result<(), GaveUp>> { panic!("before its future") }),
        Handler::new("late", |job: JobContext| async move {
            tokio::task::yield_now().await;
            assert!(job.owner.is_some(), "inside its future");
            Ok::<_, GaveUp>(())
        }),
        Handler::new("failing", |_| async { Err::<(), _>(GaveUp(std::io::Error::other("no disk"))) }),
        Handler::new("well", |_| async { Ok::<_, GaveUp>(()) }),
    ];
    for (n, kind) in ["early", "late", "failing"].into_iter().enumerate() {
        let poison = NewJob { max_attempts: 3, priority: 9, ..new(kind, json!(null)) };
        enqueue(&base.db, u128::try_from(n).unwrap(), poison).await;
    }
    let worker = Running::start(base.db.clone(), &clock, 0, seconds(5), handlers);
    for n in 10..30 {
        enqueue(&base.db, n, new("well", json!(null))).await;
    }
    until(async || {
        clock.turn(seconds(2));
        all(&base.db).await.iter().all(|job| matches!(job.state, State::Done | State::Dead))
    })
    .await;
    worker.stop().await;
    let jobs = all(&base.db).await;
    let of = |kind: &str| jobs.iter().filter(|job| job.kind == kind).collect::<Vec<_>>();
    for (kind, why) in [
        ("early", "panicked: before its future"),
        ("late", "panicked: inside its future"),
        ("failing", "the handler gave up: no disk"),
    ] {
        let job = of(kind)[0];
        assert_eq!((job.state, job.attempt, job.error.as_deref()), (State::Dead, 3, Some(why)));
    }
    assert_eq!(of("well").len(), 20);
    assert!(
        of("well").iter().all(|job| job.state == State::Done && job.attempt == 1 && job.result.is_none())
    );
}

/// A handler that hangs in its first run, and the switch that says it has begun.
fn hanging() -> (Handler, Arc<AtomicBool>) {
    let begun = Arc::new(AtomicBool::new(false));
    let switch = Arc::clone(&begun);
    let handler = Handler::new("hang", move |job: JobContext| {
        let begun = Arc::clone(&begun);
        async move {
            if job.lease.attempt == 1 {
                begun.store(true, Ordering::SeqCst);
                std::future::pending::<()>().await;
            }
            Ok::<_, GaveUp>(())
        }
    });
    (handler, switch)
}

async fn a_killed_worker_is_replaced(base: &Base) {
    let clock = Arc::new(Turned::default());
    let (handler, begun) = hanging();
    enqueue(&base.db, 1, new("hang", json!(null))).await;
    let killed = Running::start(base.db.clone(), &clock, 0, seconds(5), vec![handler.clone()]);
    until(async || begun.load(Ordering::SeqCst)).await;
    killed.task.abort();
    assert!(killed.task.await.is_err());
    let heir = Running::start(base.again().await, &clock, 1, seconds(5), vec![handler]);
    until(async || {
        clock.turn(seconds(1));
        all(&base.db).await[0].state == State::Done
    })
    .await;
    assert_eq!(all(&base.db).await[0].attempt, 2);
    heir.stop().await;
}

async fn leased_until(db: &Db) -> i64 {
    db::read!(db, |tx| db::sql!("SELECT lease_until FROM job").scalar(tx).await).unwrap()
}

async fn a_lost_lease_drops_the_run(base: &Base) {
    /// Says that the run was dropped.
    struct Dropped(Arc<AtomicBool>);
    impl Drop for Dropped {
        fn drop(&mut self) {
            self.0.store(true, Ordering::SeqCst);
        }
    }
    let clock = Arc::new(Turned::default());
    let dropped = Arc::new(AtomicBool::new(false));
    let refused = Arc::new(AtomicBool::new(false));
    let (watch, told) = (Arc::clone(&dropped), Arc::clone(&refused));
    let handler = Handler::new("long", move |job: JobContext| {
        let (watch, told) = (Dropped(Arc::clone(&watch)), Arc::clone(&told));
        async move {
            for step in 0.. {
                if job.progress(step, 0).await.is_err() {
                    told.store(true, Ordering::SeqCst);
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            drop(watch);
            Ok::<_, GaveUp>(())
        }
    });
    enqueue(&base.db, 1, new("long", json!(null))).await;
    let worker = Running::start(base.db.clone(), &clock, 0, seconds(0), vec![handler]);
    until(async || all(&base.db).await[0].progress_done > 2).await;
    // Its heartbeats keep the job while the clock goes on, which here it does no faster than they are written.
    for _ in 0..8 {
        let held = leased_until(&base.db).await;
        clock.turn(Duration::from_millis(310));
        until(async || leased_until(&base.db).await > held).await;
    }
    assert_eq!(all(&base.db).await[0].attempt, 1);
    // Until another takes it. A row that the worker is writing at this moment is passed over (`SKIP LOCKED`), as it
    // would be by the other; it then comes again.
    let far = NOON.plus(seconds(3600));
    until(async || {
        db::write!(base.db, |tx| {
            job::release_expired(tx, far).await?;
            job::claim(tx, crate::base::id(99), &["long"], 1, seconds(9999), far).await
        })
        .unwrap()
        .len()
            == 1
    })
    .await;
    until(async || dropped.load(Ordering::SeqCst)).await;
    assert!(refused.load(Ordering::SeqCst));
    worker.stop().await;
    let job = &all(&base.db).await[0];
    assert_eq!((job.state, job.attempt), (State::Running, 2), "the successor's run is left alone");
}

async fn stopping_waits_and_then_gives_back(base: &Base) {
    let clock = Arc::new(Turned::default());
    let slow = Handler::new("slow", |_| async {
        tokio::time::sleep(Duration::from_millis(400)).await;
        Ok::<_, GaveUp>(())
    });
    let (hang, begun) = hanging();
    enqueue(&base.db, 1, new("slow", json!(null))).await;
    enqueue(&base.db, 2, new("hang", json!(null))).await;
    let worker = Running::start(base.db.clone(), &clock, 0, Duration::from_millis(1500), vec![slow, hang]);
    until(async || begun.load(Ordering::SeqCst)).await;
    let stopping = tokio::spawn(worker.stop());
    tokio::time::sleep(Duration::from_millis(50)).await;
    enqueue(&base.db, 3, new("slow", json!(null))).await;
    stopping.await.unwrap();
    let states: Vec<_> =
        all(&base.db).await.iter().map(|job| (job.kind.clone(), job.state, job.attempt)).collect();
    assert_eq!(
        states,
        [
            ("slow".to_owned(), State::Ready, 0),
            ("hang".to_owned(), State::Ready, 1),
            ("slow".to_owned(), State::Done, 1),
        ]
    );
}

async fn runs_what_is_due(base: &Base) {
    let clock = Arc::new(Turned::default());
    let parent = Handler::new("parent", |job: JobContext| async move {
        enqueue(&job.db, 5, new("child", json!(null))).await;
        Ok::<_, GaveUp>(())
    });
    let child = Handler::new("child", |_| async { Err::<(), _>(GaveUp(std::io::Error::other("x"))) });
    let worker =
        Worker::new(base.db.clone(), Arc::clone(&clock) as _, Arc::new(Counted::default()), [parent, child]);
    enqueue(&base.db, 1, new("parent", json!(null))).await;
    let ran = worker.run_due().await.unwrap();
    assert_eq!(ran, [("parent".to_owned(), State::Done), ("child".to_owned(), State::Ready)]);
    assert_eq!(worker.run_due().await.unwrap(), []);
    clock.turn(seconds(3));
    assert_eq!(worker.run_due().await.unwrap(), [("child".to_owned(), State::Ready)]);
}
