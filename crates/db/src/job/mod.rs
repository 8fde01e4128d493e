//! The job queue: background work that survives a crash, enqueued in the transaction that caused it.
//!
//! Owns: job.
//!
//! A job is `ready` (from `run_at` on), `running` (leased to one worker), `done` or `dead`. What holds:
//! - a job runs *at least* once: a worker that dies loses its lease and another runs the job again, so handlers
//!   are idempotent;
//! - `attempt` counts the runs and never goes down. A [`Lease`] names job, worker and attempt, and every
//!   acknowledgement is refused once the job has a newer run or none, so a stale worker cannot speak for its
//!   successor;
//! - a run that fails or is lost uses up one attempt; the job is `dead` after `max_attempts`, until an operator
//!   calls [`retry`];
//! - one unique key has one waiting or running job. A cause that arises while that job runs is folded into it:
//!   where it must be seen, it belongs into the key.

use std::{str::FromStr, time::Duration};

use kernel::{AccountId, Cursor, Event, EventId, JobId, Limit, Page, Time};
use serde_json::Value as Json;
use uuid::Uuid;

use crate::{Result, Rows, Signal, Tx, feed, from_row, outbox, sql, text_column};

mod worker;

pub use worker::{BoxError, Handler, JobContext, LeaseLost, Worker};

/// The channel of the change feed: ids of jobs that somebody started and may look at.
pub const FEED: &str = "job";
/// Runs of a job unless its maker says otherwise, and further runs that [`retry`] grants.
pub const ATTEMPTS: u32 = 5;
/// The longest pause between two runs of a failing job, before jitter.
pub const LONGEST_BACKOFF: Duration = Duration::from_hours(1);
/// Longest error text kept, in bytes.
const LONGEST_ERROR: usize = 2000;

/// A job to be done.
#[derive(Debug, Clone)]
pub struct NewJob {
    /// Which handler runs it.
    pub kind: &'static str,
    /// What the handler needs to know.
    pub payload: Json,
    /// Higher runs first; 0 is ordinary.
    pub priority: i64,
    /// Not before this time.
    pub run_at: Time,
    /// It is dead after this many runs.
    pub max_attempts: u32,
    /// While a job with this key is waiting or running, no second one is made.
    pub unique_key: Option<String>,
    /// Who started it and may look at it.
    pub owner: Option<AccountId>,
}

impl NewJob {
    /// An ordinary job to run from `run_at` on: priority 0, [`ATTEMPTS`] runs, no key, no owner.
    pub fn new(kind: &'static str, payload: Json, run_at: Time) -> Self {
        Self { kind, payload, priority: 0, run_at, max_attempts: ATTEMPTS, unique_key: None, owner: None }
    }
}

/// Where a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum State {
    /// Waiting for its time or for a worker.
    Ready,
    /// Leased to a worker.
    Running,
    /// Ended well.
    Done,
    /// Failed too often.
    Dead,
}

impl State {
    /// Its name in the database and on the wire.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Running => "running",
            Self::Done => "done",
            Self::Dead => "dead",
        }
    }
}

impl FromStr for State {
    type Err = ();

    fn from_str(code: &str) -> Result<Self, ()> {
        let all = [Self::Ready, Self::Running, Self::Done, Self::Dead];
        all.into_iter().find(|state| state.code() == code).ok_or(())
    }
}

text_column!(State);

/// The right to acknowledge one run of one job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Lease {
    /// The job.
    pub id: JobId,
    /// The worker that runs it. Fresh for every start of a process.
    pub worker: Uuid,
    /// Which run this is, from 1.
    pub attempt: i64,
}

/// A job that was just leased to a worker.
#[derive(Debug, Clone)]
pub struct Claimed {
    /// What the worker acknowledges with.
    pub lease: Lease,
    /// Which handler runs it.
    pub kind: String,
    /// What its maker said, as JSON.
    pub payload: String,
    /// Who started it.
    pub owner: Option<AccountId>,
}

/// A job as its owner and the operator see it.
#[derive(Debug, Clone)]
pub struct Job {
    /// The job.
    pub id: JobId,
    /// Which handler runs it.
    pub kind: String,
    /// Where it stands.
    pub state: State,
    /// Runs so far.
    pub attempt: i64,
    /// Runs at most.
    pub max_attempts: i64,
    /// When it may run, or was to.
    pub run_at: Time,
    /// Why its last run failed.
    pub error: Option<String>,
    /// Units of work done, out of `progress_total`; both 0 while unknown.
    pub progress_done: i64,
    /// Units of work in all.
    pub progress_total: i64,
    /// What its handler answered, as JSON.
    pub result: Option<String>,
    /// Who started it.
    pub owner_id: Option<AccountId>,
    /// When it was enqueued.
    pub created_at: Time,
    /// When it was done or given up.
    pub finished_at: Option<Time>,
}

from_row!(Job {
    id,
    kind,
    state,
    attempt,
    max_attempts,
    run_at,
    error,
    progress_done,
    progress_total,
    result,
    owner_id,
    created_at,
    finished_at,
});

const JOB: &str =
    "id, kind, state, attempt, max_attempts, run_at, error, progress_done, progress_total, result,
    owner_id, created_at, finished_at";

/// Enqueues `job` under `id`. Answers the id of the job that will do the work: `id`, or that of the waiting or
/// running job with the same unique key, which then runs at the earlier of both times.
pub async fn enqueue(tx: &mut Tx, job: &NewJob, id: JobId, now: Time) -> Result<JobId> {
    tx.signal(Signal::Job);
    sql!(
        "INSERT INTO job (id, kind, payload, priority, run_at, state, attempt, max_attempts, unique_key, owner_id,
             progress_done, progress_total, created_at)
         VALUES ($1, $2, $3, $4, $5, 'ready', 0, $6, $7, $8, 0, 0, $9)
         ON CONFLICT (unique_key) WHERE unique_key IS NOT NULL AND state IN ('ready', 'running')
         DO UPDATE SET run_at = {least}(job.run_at, excluded.run_at)
         RETURNING id"
    )
    .bind(id)
    .bind(job.kind)
    .bind(job.payload.to_string())
    .bind(job.priority)
    .bind(job.run_at)
    .bind(job.max_attempts.max(1))
    .bind(job.unique_key.as_deref())
    .bind(job.owner)
    .bind(now)
    .scalar(tx)
    .await
}

/// Id, kind, payload, attempt, owner, priority, `run_at`.
type ClaimedRow = (JobId, String, String, i64, Option<AccountId>, i64, Time);

/// Leases up to `n` jobs of `kinds` that are due to `worker` until `now + lease`, the most urgent first.
pub async fn claim(
    tx: &mut Tx,
    worker: Uuid,
    kinds: &[&str],
    n: u32,
    lease: Duration,
    now: Time,
) -> Result<Vec<Claimed>> {
    // Materialised: planned as a join, the inner SELECT could run more than once and lock more than `n` rows.
    let mut rows: Vec<ClaimedRow> = sql!(
        "WITH due AS MATERIALIZED (
             SELECT id FROM job
             WHERE state = 'ready' AND run_at <= $now AND kind IN (SELECT k.kind FROM {rows $kinds k(kind text)})
             ORDER BY priority DESC, run_at, id LIMIT $n {skip_locked})
         UPDATE job SET state = 'running', attempt = attempt + 1, worker = $worker, lease_until = $until
         WHERE id IN (SELECT id FROM due)
         RETURNING id, kind, payload, attempt, owner_id, priority, run_at"
    )
    .set("now", now)
    .set_rows("kinds", kinds.iter().map(|kind| (*kind,)).collect::<Rows>())
    .set("n", n)
    .set("worker", worker)
    .set("until", now.plus(lease))
    .all(tx)
    .await?;
    rows.sort_by_key(|(id, .., priority, run_at)| (std::cmp::Reverse(*priority), *run_at, *id));
    let watched = rows.iter().filter(|(_, _, _, _, owner, ..)| owner.is_some()).map(|(id, ..)| *id);
    feed::append_many(tx, FEED, watched, now).await?;
    Ok(rows
        .into_iter()
        .map(|(id, kind, payload, attempt, owner, ..)| Claimed {
            lease: Lease { id, worker, attempt },
            kind,
            payload,
            owner,
        })
        .collect())
}

/// Extends the leases of `worker` until `now + lease`; answers the jobs it still holds. The others have been
/// given to somebody else or are over: their runs are to be dropped.
pub async fn heartbeat(
    tx: &mut Tx,
    worker: Uuid,
    leases: &[Lease],
    lease: Duration,
    now: Time,
) -> Result<Vec<JobId>> {
    sql!(
        "UPDATE job SET lease_until = $until
         WHERE state = 'running' AND worker = $worker AND EXISTS (
             SELECT 1 FROM {rows $held h(id uuid, attempt int)} WHERE h.id = job.id AND h.attempt = job.attempt)
         RETURNING id"
    )
    .set("until", now.plus(lease))
    .set("worker", worker)
    .set_rows("held", leases.iter().map(|held| (held.id, held.attempt)).collect::<Rows>())
    .column(tx)
    .await
}

/// Notes that `done` of `total` units are done, and says so to whoever watches if `tell` has a time; answers whether
/// the run is still this worker's.
pub async fn progress(tx: &mut Tx, lease: Lease, done: i64, total: i64, tell: Option<Time>) -> Result<bool> {
    let run: Option<(Option<AccountId>,)> = sql!(
        "UPDATE job SET progress_done = $1, progress_total = $2
         WHERE id = $3 AND worker = $4 AND attempt = $5 AND state = 'running' RETURNING owner_id"
    )
    .bind(done)
    .bind(total)
    .bind(lease.id)
    .bind(lease.worker)
    .bind(lease.attempt)
    .maybe(tx)
    .await?;
    if let (Some((Some(_),)), Some(now)) = (run, tell) {
        feed::append(tx, FEED, lease.id, now).await?;
    }
    Ok(run.is_some())
}

/// Ends a run well, with what the handler answered; answers whether the run was still this worker's. `event` is the id
/// of the event that says so, if somebody started the job.
pub async fn done(
    tx: &mut Tx,
    lease: Lease,
    result: Option<&Json>,
    event: EventId,
    now: Time,
) -> Result<bool> {
    let run: Option<(String, Option<AccountId>)> = sql!(
        "UPDATE job SET state = 'done', result = $1, finished_at = $2, error = NULL, lease_until = NULL
         WHERE id = $3 AND worker = $4 AND attempt = $5 AND state = 'running' RETURNING kind, owner_id"
    )
    .bind(result.map(Json::to_string))
    .bind(now)
    .bind(lease.id)
    .bind(lease.worker)
    .bind(lease.attempt)
    .maybe(tx)
    .await?;
    let is_ours = run.is_some();
    if let Some((kind, Some(account))) = run {
        feed::append(tx, FEED, lease.id, now).await?;
        let ended = Event::JobEnded { job: lease.id, kind, account, done: true };
        outbox::emit(tx, &ended, event, now).await?;
    }
    Ok(is_ours)
}

/// Ends a run badly: the job waits for [`backoff`] and is `ready` again, or is `dead` if this was its last
/// attempt; `event` is the id of the event that says that. Answers which, or `None` if the run was not this worker's
/// any more.
pub async fn fail(
    tx: &mut Tx,
    lease: Lease,
    error: &str,
    jitter: u8,
    event: EventId,
    now: Time,
) -> Result<Option<State>> {
    let run: Option<(State, String, Option<AccountId>)> = sql!(
        "UPDATE job SET
             state = CASE WHEN attempt < max_attempts THEN 'ready' ELSE 'dead' END,
             run_at = CASE WHEN attempt < max_attempts THEN $run_at ELSE run_at END,
             finished_at = CASE WHEN attempt < max_attempts THEN finished_at ELSE $now END,
             error = $error, lease_until = NULL
         WHERE id = $id AND worker = $worker AND attempt = $attempt AND state = 'running'
         RETURNING state, kind, owner_id"
    )
    .set("run_at", now.plus(backoff(lease.attempt, jitter)))
    .set("now", now)
    .set("error", shortened(error))
    .set("id", lease.id)
    .set("worker", lease.worker)
    .set("attempt", lease.attempt)
    .maybe(tx)
    .await?;
    let Some((state, kind, owner)) = run else { return Ok(None) };
    if let Some(account) = owner {
        feed::append(tx, FEED, lease.id, now).await?;
        if state == State::Dead {
            let ended = Event::JobEnded { job: lease.id, kind, account, done: false };
            outbox::emit(tx, &ended, event, now).await?;
        }
    }
    Ok(Some(state))
}

/// The pause after the `attempt`th run: 2^attempt seconds, at most [`LONGEST_BACKOFF`], and up to half as much
/// again by `jitter` (a random byte), so that jobs that failed together do not return together.
pub fn backoff(attempt: i64, jitter: u8) -> Duration {
    let doublings = u32::try_from(attempt.clamp(0, 31)).unwrap_or(0);
    let pause = Duration::from_secs(1 << doublings).min(LONGEST_BACKOFF);
    pause + pause / 2 * u32::from(jitter) / u32::from(u8::MAX)
}

/// Gives a run back unfinished, because its worker stops: the job is ready at once and the run is not held
/// against it. Answers whether the run was still this worker's.
pub async fn release(tx: &mut Tx, lease: Lease) -> Result<bool> {
    tx.signal(Signal::Job);
    // One more attempt allowed, not one fewer counted: a lease must never come twice.
    sql!(
        "UPDATE job SET state = 'ready', max_attempts = max_attempts + 1, lease_until = NULL
         WHERE id = $1 AND worker = $2 AND attempt = $3 AND state = 'running'"
    )
    .bind(lease.id)
    .bind(lease.worker)
    .bind(lease.attempt)
    .changed(tx)
    .await
}

/// Takes jobs from workers whose leases ran out: ready again, or dead if their attempts are used up. Answers
/// how many.
pub async fn release_expired(tx: &mut Tx, now: Time) -> Result<u64> {
    let released = sql!(
        "WITH lost AS MATERIALIZED (
             SELECT id FROM job WHERE state = 'running' AND lease_until < $now ORDER BY lease_until {skip_locked})
         UPDATE job SET
             state = CASE WHEN attempt < max_attempts THEN 'ready' ELSE 'dead' END,
             finished_at = CASE WHEN attempt < max_attempts THEN finished_at ELSE $now END,
             error = 'the worker vanished', lease_until = NULL
         WHERE id IN (SELECT id FROM lost)"
    )
    .set("now", now)
    .run(tx)
    .await?;
    if released > 0 {
        tx.signal(Signal::Job);
    }
    Ok(released)
}

/// Gives a dead job [`ATTEMPTS`] more runs, from now on. Answers whether there was such a job; not if another
/// with its unique key is under way.
pub async fn retry(tx: &mut Tx, id: JobId, now: Time) -> Result<bool> {
    tx.signal(Signal::Job);
    let retried = sql!(
        "UPDATE job SET state = 'ready', run_at = $1, finished_at = NULL, max_attempts = attempt + $2
         WHERE id = $3 AND state = 'dead' AND NOT EXISTS (
             SELECT 1 FROM job other WHERE other.unique_key = job.unique_key AND other.state IN ('ready', 'running'))"
    )
    .bind(now)
    .bind(ATTEMPTS)
    .bind(id)
    .changed(tx)
    .await?;
    if retried {
        feed::append(tx, FEED, id, now).await?;
    }
    Ok(retried)
}

/// The job `id` if `owner` started it.
pub async fn find(tx: &mut Tx, id: JobId, owner: AccountId) -> Result<Option<Job>> {
    sql!("SELECT {job} FROM job WHERE id = $1 AND owner_id = $2", job = JOB)
        .bind(id)
        .bind(owner)
        .maybe(tx)
        .await
}

/// The jobs of these ids, whoever started them, in any order.
pub async fn all(tx: &mut Tx, ids: &[JobId]) -> Result<Vec<Job>> {
    sql!("SELECT {job} FROM job WHERE id IN (SELECT r.id FROM {rows $ids r(id uuid)})", job = JOB)
        .set_rows("ids", ids.iter().map(|id| (*id,)).collect::<Rows>())
        .all(tx)
        .await
}

/// The job `id`, whoever started it: for operators.
pub async fn any(tx: &mut Tx, id: JobId) -> Result<Option<Job>> {
    sql!("SELECT {job} FROM job WHERE id = $1", job = JOB).bind(id).maybe(tx).await
}

/// All jobs, or those in one state, the newest first: for operators.
pub async fn list(
    tx: &mut Tx,
    state: Option<State>,
    after: Option<JobId>,
    limit: Limit,
) -> Result<Page<Job>> {
    let jobs = sql!(
        "SELECT {job} FROM job WHERE true[[ AND state = $1]][[ AND id < $2]] ORDER BY id DESC LIMIT $3",
        job = JOB
    )
    .opt(state)
    .opt(after)
    .bind(limit.fetch())
    .all(tx)
    .await?;
    Ok(Page::cut(jobs, limit, |job| Cursor::at(&(LIST, state), &job.id)))
}

/// How many jobs wait, run and are dead. Those that are done are not counted: they are many.
pub async fn census(tx: &mut Tx) -> Result<[(State, u32); 3]> {
    let counts: Vec<(State, i64)> =
        sql!("SELECT state, COUNT(*) FROM job WHERE state IN ('ready', 'running', 'dead') GROUP BY state")
            .all(tx)
            .await?;
    Ok([State::Ready, State::Running, State::Dead].map(|state| {
        let count = counts.iter().find(|(counted, _)| *counted == state).map_or(0, |(_, count)| *count);
        (state, u32::try_from(count).unwrap_or(u32::MAX))
    }))
}

/// The name of [`list`] in its cursors, beside its state.
pub const LIST: &str = "jobs";

/// Deletes up to `n` jobs that ended before `before`; answers how many.
pub async fn prune(tx: &mut Tx, before: Time, n: u32) -> Result<u64> {
    sql!(
        "DELETE FROM job WHERE id IN (
             SELECT id FROM job WHERE state IN ('done', 'dead') AND finished_at < $1 ORDER BY finished_at LIMIT $2)"
    )
    .bind(before)
    .bind(n)
    .run(tx)
    .await
}

/// At most [`LONGEST_ERROR`] bytes of `text`, without the NULs that PostgreSQL refuses.
fn shortened(text: &str) -> String {
    let end = (0..=LONGEST_ERROR.min(text.len())).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    text[..end].replace('\0', "\u{fffd}")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{LONGEST_BACKOFF, backoff, shortened};

    #[test]
    fn backoff_doubles_up_to_its_bound() {
        assert_eq!(backoff(1, 0), Duration::from_secs(2));
        assert_eq!(backoff(2, 0), Duration::from_secs(4));
        assert_eq!(backoff(2, 255), Duration::from_secs(6));
        assert_eq!(backoff(i64::MAX, 0), LONGEST_BACKOFF);
        assert_eq!(backoff(i64::MAX, 255), LONGEST_BACKOFF * 3 / 2);
        assert_eq!(backoff(i64::MIN, 0), Duration::from_secs(1));
    }

    #[test]
    fn long_errors_are_cut_between_characters() {
        assert_eq!(shortened("a\0b"), "a\u{fffd}b");
        assert_eq!(shortened(&"é".repeat(2000)), "é".repeat(1000));
        assert_eq!(shortened(&format!("x{}", "é".repeat(2000))).len(), 1999);
    }
}
