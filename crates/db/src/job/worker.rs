//! The loop that runs jobs.

use std::{
    collections::HashMap,
    fmt,
    panic::AssertUnwindSafe,
    pin::{Pin, pin},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use futures_util::FutureExt as _;
use kernel::{AccountId, Clock, EventId, Ids, JobId, Time};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value as Json;
use tokio::{
    task::{AbortHandle, JoinSet},
    time::MissedTickBehavior,
};
use uuid::Uuid;

use super::{Claimed, Lease, State, claim, done, fail, heartbeat, progress, release, release_expired};
use crate::{Db, Result, Signal};

/// How often a worker looks without being woken: jobs of other processes and of later times.
const POLL: Duration = Duration::from_secs(1);
/// How often those who watch a job are told how far it is, at most.
const TELL: Duration = Duration::from_millis(250);
/// How often an acknowledgement is tried while the database is away, a second apart. After that the lease runs
/// out and the job runs again.
const ACKNOWLEDGE: u32 = 10;

/// Why a handler failed; its text is stored with the job.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

type Run = dyn Fn(JobContext) -> Pin<Box<dyn Future<Output = Result<Json, BoxError>> + Send>> + Send + Sync;

/// What runs the jobs of one kind.
#[derive(Clone)]
pub struct Handler {
    kind: &'static str,
    run: Arc<Run>,
}

impl fmt::Debug for Handler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handler").field("kind", &self.kind).finish_non_exhaustive()
    }
}

impl Handler {
    /// A handler for `kind`. What it answers is stored as the job's result; its error, or a panic, fails the
    /// run. It is dropped in the middle when the lease is lost, so what must be whole is in one transaction.
    pub fn new<F, Fut, T, E>(kind: &'static str, f: F) -> Self
    where
        F: Fn(JobContext) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<T, E>> + Send + 'static,
        T: Serialize,
        E: Into<BoxError>,
    {
        let run = move |context| -> Pin<Box<dyn Future<Output = Result<Json, BoxError>> + Send>> {
            let work = f(context);
            Box::pin(async move { Ok(serde_json::to_value(work.await.map_err(Into::into)?)?) })
        };
        Self { kind, run: Arc::new(run) }
    }
}

/// The lease of a run was lost: another run is under way, or the job is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the job was given to another worker")]
pub struct LeaseLost;

/// What a handler is told.
#[derive(Clone)]
pub struct JobContext {
    /// The database.
    pub db: Db,
    /// What this run is acknowledged with.
    pub lease: Lease,
    /// Who started the job.
    pub owner: Option<AccountId>,
    payload: String,
    clock: Arc<dyn Clock>,
    /// When whoever watches was last told how far it is.
    told: Arc<Mutex<Option<Time>>>,
}

impl fmt::Debug for JobContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JobContext").field("lease", &self.lease).finish_non_exhaustive()
    }
}

impl JobContext {
    /// The payload as the type that its maker wrote.
    pub fn payload<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_str(&self.payload)
    }

    /// Tells whoever watches that `done` of `total` units are done.
    ///
    /// # Errors
    /// [`LeaseLost`] when the run is not this worker's any more, and errors of the database.
    pub async fn progress(&self, done: i64, total: i64) -> Result<(), BoxError> {
        let (lease, tell) = (self.lease, self.tell());
        let ours = crate::write!(self.db, |tx| progress(tx, lease, done, total, tell).await)?;
        if ours { Ok(()) } else { Err(LeaseLost.into()) }
    }

    /// The time, if whoever watches is to be told again.
    fn tell(&self) -> Option<Time> {
        let now = self.clock.now();
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if told.is_some_and(|told| told <= now && now < told.plus(TELL)) {
            return None;
        }
        *told = Some(now);
        Some(now)
    }
}

/// Runs jobs: so many at a time, each under a lease that is renewed while it runs.
pub struct Worker {
    db: Db,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
    handlers: HashMap<&'static str, Handler>,
    kinds: Vec<&'static str>,
    concurrency: usize,
    lease: Duration,
    /// Fresh for every worker, so that no other ever had its leases.
    id: Uuid,
}

impl Worker {
    /// A worker for the kinds of `handlers`: 4 jobs at a time, leases of a minute.
    pub fn new(
        db: Db,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn Ids>,
        handlers: impl IntoIterator<Item = Handler>,
    ) -> Self {
        let handlers: HashMap<_, _> = handlers.into_iter().map(|handler| (handler.kind, handler)).collect();
        let kinds = handlers.keys().copied().collect();
        let id = ids.random_uuid();
        Self { db, clock, ids, handlers, kinds, concurrency: 4, lease: Duration::from_mins(1), id }
    }

    /// Runs at most `n` jobs at a time, at least 1.
    #[must_use]
    pub fn concurrency(mut self, n: usize) -> Self {
        self.concurrency = n.max(1);
        self
    }

    /// Holds leases for `lease`; they are renewed three times as often.
    #[must_use]
    pub fn lease(mut self, lease: Duration) -> Self {
        self.lease = lease;
        self
    }

    /// Runs jobs until `stop` is done. Then takes no more, waits up to `grace` for the running ones, and gives
    /// back those that are not done by then.
    pub async fn run(self, stop: impl Future<Output = ()>, grace: Duration) {
        let worker = Arc::new(self);
        let mut running = Running::default();
        let mut wake = worker.db.listen(Signal::Job);
        let mut beat = tokio::time::interval(worker.lease / 3);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut stop = pin!(stop);
        loop {
            let free = worker.concurrency - running.tasks.len();
            for claimed in worker.take(free).await {
                running.start(&worker, claimed);
            }
            let full = running.tasks.len() == worker.concurrency;
            tokio::select! {
                () = &mut stop => break,
                () = running.one() => {}
                () = wake.wait(POLL), if !full => {}
                _ = beat.tick() => running.keep(worker.renew(&running.held()).await.as_deref()),
            }
        }
        let mut deadline = pin!(tokio::time::sleep(grace));
        while !running.tasks.is_empty() {
            tokio::select! {
                () = &mut deadline => break,
                () = running.one() => {}
                _ = beat.tick() => running.keep(worker.renew(&running.held()).await.as_deref()),
            }
        }
        for lease in running.abort().await {
            if let Err(error) = crate::write!(worker.db, |tx| release(tx, lease).await) {
                tracing::warn!(job = %lease.id, %error, "a job could not be given back; its lease will run out");
            }
        }
    }

    /// Runs one after the other what is due now and what comes of it, until nothing is due; answers the kinds
    /// and how each run ended.
    pub async fn run_due(&self) -> Result<Vec<(String, State)>> {
        let mut ended = Vec::new();
        while let Some(claimed) = self.claim(1).await?.pop() {
            let kind = claimed.kind.clone();
            let lease = claimed.lease;
            let outcome = self.outcome(claimed).await;
            ended.extend(self.acknowledge(lease, &outcome).await?.map(|state| (kind, state)));
        }
        Ok(ended)
    }

    async fn claim(&self, n: usize) -> Result<Vec<Claimed>> {
        let n = u32::try_from(n).unwrap_or(u32::MAX);
        let now = self.clock.now();
        crate::write!(self.db, |tx| claim(tx, self.id, &self.kinds, n, self.lease, now).await)
    }

    /// Up to `free` jobs; none while the database is away.
    async fn take(&self, free: usize) -> Vec<Claimed> {
        if free == 0 {
            return Vec::new();
        }
        self.claim(free).await.unwrap_or_else(|error| {
            tracing::warn!(%error, "no jobs can be taken");
            Vec::new()
        })
    }

    /// Renews `leases`, and frees the jobs of workers that vanished; answers the jobs that are still held, or
    /// `None` while the database is away.
    async fn renew(&self, leases: &[Lease]) -> Option<Vec<JobId>> {
        let now = self.clock.now();
        let held: Result<Vec<JobId>> = crate::write!(self.db, |tx| {
            let held = heartbeat(tx, self.id, leases, self.lease, now).await?;
            release_expired(tx, now).await?;
            Ok(held)
        });
        held.inspect_err(|error| tracing::warn!(%error, "leases could not be renewed")).ok()
    }

    /// Runs a job to its end and says so.
    async fn work(self: Arc<Self>, claimed: Claimed) {
        let lease = claimed.lease;
        let kind = claimed.kind.clone();
        let outcome = self.outcome(claimed).await;
        for _ in 0..ACKNOWLEDGE {
            match self.acknowledge(lease, &outcome).await {
                Ok(Some(state)) => {
                    if let Err(error) = &outcome {
                        let state = state.code();
                        tracing::warn!(job = %lease.id, kind, attempt = lease.attempt, state, error, "a job failed");
                    }
                    return;
                }
                Ok(None) => {
                    tracing::warn!(job = %lease.id, kind, "a job was given to another worker before its end");
                    return;
                }
                Err(error) => {
                    tracing::warn!(job = %lease.id, kind, %error, "the end of a job could not be noted");
                    tokio::time::sleep(POLL).await;
                }
            }
        }
    }

    /// What the handler answers, or why it failed.
    async fn outcome(&self, claimed: Claimed) -> Result<Json, String> {
        let Some(handler) = self.handlers.get(claimed.kind.as_str()) else {
            return Err(format!("no handler for {}", claimed.kind));
        };
        let context = JobContext {
            db: self.db.clone(),
            lease: claimed.lease,
            owner: claimed.owner,
            payload: claimed.payload,
            clock: Arc::clone(&self.clock),
            told: Arc::default(),
        };
        // A handler may panic before its future is made, too.
        let run = async { (handler.run)(context).await };
        match AssertUnwindSafe(run).catch_unwind().await {
            Ok(Ok(result)) => Ok(result),
            Ok(Err(error)) => Err(chain(error.as_ref())),
            Err(panic) => Err(format!("panicked: {}", message(&*panic))),
        }
    }

    /// Where the job stands now, or `None` if the run was not ours any more.
    async fn acknowledge(&self, lease: Lease, outcome: &Result<Json, String>) -> Result<Option<State>> {
        let now = self.clock.now();
        let mut jitter = [0];
        self.ids.fill(&mut jitter);
        let event = EventId::from(self.ids.uuid(now));
        crate::write!(self.db, |tx| match outcome {
            Ok(result) => {
                let result = Some(result).filter(|result| !result.is_null());
                Ok(done(tx, lease, result, event, now).await?.then_some(State::Done))
            }
            Err(error) => fail(tx, lease, error, jitter[0], event, now).await,
        })
    }
}

/// The runs of one worker.
#[derive(Default)]
struct Running {
    tasks: JoinSet<()>,
    leases: HashMap<tokio::task::Id, (Lease, AbortHandle)>,
}

impl Running {
    fn start(&mut self, worker: &Arc<Worker>, claimed: Claimed) {
        let lease = claimed.lease;
        let handle = self.tasks.spawn(Arc::clone(worker).work(claimed));
        self.leases.insert(handle.id(), (lease, handle));
    }

    /// Waits for the end of one run; for ever if there is none.
    async fn one(&mut self) {
        match self.tasks.join_next_with_id().await {
            Some(Ok((id, ()))) => self.leases.remove(&id),
            Some(Err(error)) => self.leases.remove(&error.id()),
            None => std::future::pending().await,
        };
    }

    /// The leases of what runs.
    fn held(&self) -> Vec<Lease> {
        self.leases.values().map(|(lease, _)| *lease).collect()
    }

    /// Drops the runs of jobs that are not among `held`; all go on while that is not known.
    fn keep(&self, held: Option<&[JobId]>) {
        let Some(held) = held else { return };
        for (lease, task) in self.leases.values() {
            if !held.contains(&lease.id) && !task.is_finished() {
                tracing::info!(job = %lease.id, "a run is dropped: its job is over or with another worker");
                task.abort();
            }
        }
    }

    /// Drops all runs; answers their leases.
    async fn abort(mut self) -> Vec<Lease> {
        self.tasks.shutdown().await;
        self.leases.into_values().map(|(lease, _)| lease).collect()
    }
}

/// An error and its causes in one line.
fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let inner = error.to_string();
        // Many errors repeat their cause in their own text.
        if !text.contains(&inner) {
            text = format!("{text}: {inner}");
        }
        cause = error.source();
    }
    text
}

/// What a panic said.
fn message(panic: &(dyn std::any::Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("without a message")
}
