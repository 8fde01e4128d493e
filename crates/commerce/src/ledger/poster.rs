//! Group commit: what many callers post at the same time goes into one transaction.

use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

use db::Db;
use kernel::Clock;
use money::ledger::{Entry, LedgerError, Posted};
use tokio::sync::{mpsc, oneshot};

use super::{
    PostError,
    post::{post_each, post_new},
};

/// Entries in one transaction at most.
const BATCH: usize = 1_000;
/// Entries that wait at most; whoever comes later waits for a place, up to [`PATIENCE`].
const WAITING: usize = 4_000;
const PATIENCE: Duration = Duration::from_secs(5);
/// How long to wait before a batch is posted once more when the database was away: what was committed then is found by its
/// keys.
const AGAIN: [u64; 8] = [10, 50, 100, 200, 500, 1_000, 1_000, 1_000];

/// Posts entries for callers that write nothing else: those that come while a batch is being written are the next batch.
/// Cheap to clone.
#[derive(Clone)]
pub struct Poster(Arc<Parts>);

struct Parts {
    db: Db,
    clock: Arc<dyn Clock>,
    /// The way to the task that commits, which starts with the first entry and ends with the poster.
    queue: OnceLock<mpsc::Sender<Request>>,
}

struct Request {
    entry: Entry,
    answer: oneshot::Sender<Result<Posted, LedgerError>>,
}

impl Poster {
    /// A poster for `db`.
    pub fn new(db: Db, clock: Arc<dyn Clock>) -> Self {
        Self(Arc::new(Parts { db, clock, queue: OnceLock::new() }))
    }

    /// Posts `entry` and waits until that is durable. An entry of others that is refused changes nothing for this one.
    ///
    /// # Errors
    /// What the ledger refuses; [`PostError::Busy`] when nothing was tried; [`PostError::Unknown`] when the database went
    /// away meanwhile: posting the same entry again finds out, and does no harm. An entry whose outcome had to be found
    /// out here may be answered [`Posted::Before`] though nobody else posted it.
    pub async fn post(&self, entry: Entry) -> Result<Posted, PostError> {
        let queue = self.0.queue.get_or_init(|| {
            let (queue, waiting) = mpsc::channel(WAITING);
            tokio::spawn(commit_all(self.0.db.clone(), Arc::clone(&self.0.clock), waiting));
            queue
        });
        let (answer, outcome) = oneshot::channel();
        match tokio::time::timeout(PATIENCE, queue.reserve()).await {
            Ok(Ok(place)) => place.send(Request { entry, answer }),
            _ => return Err(PostError::Busy),
        }
        match outcome.await {
            Ok(outcome) => Ok(outcome?),
            Err(_) => Err(PostError::Unknown),
        }
    }
}

/// Posts what comes, one batch after the other.
async fn commit_all(db: Db, clock: Arc<dyn Clock>, mut waiting: mpsc::Receiver<Request>) {
    let mut batch = Vec::with_capacity(BATCH);
    while waiting.recv_many(&mut batch, BATCH).await > 0 {
        commit(&db, &*clock, std::mem::take(&mut batch)).await;
    }
}

/// Posts one batch. Requests that are not answered here learn that by the end of their channel.
async fn commit(db: &Db, clock: &dyn Clock, batch: Vec<Request>) {
    let (entries, answers): (Vec<Entry>, Vec<_>) =
        batch.into_iter().map(|Request { entry, answer }| (entry, answer)).unzip();
    let mut again = AGAIN.iter();
    let mut is_first = true;
    loop {
        let now = clock.now();
        let posted = db::write!(db, |tx| {
            if std::mem::take(&mut is_first) {
                post_new(tx, &entries, now).await
            } else {
                post_each(tx, &entries, now).await
            }
        });
        let error: db::Error = match posted {
            Ok(verdicts) => {
                for (answer, verdict) in answers.into_iter().zip(verdicts) {
                    // Whoever asked may have gone; the entry is posted all the same.
                    let _ = answer.send(verdict);
                }
                return;
            }
            Err(error) => error,
        };
        let Some(wait) = again.next().filter(|_| error.is_unavailable()) else {
            tracing::error!(%error, entries = entries.len(), "entries cannot be posted");
            return;
        };
        tracing::warn!(%error, entries = entries.len(), "entries are posted once more");
        tokio::time::sleep(Duration::from_millis(*wait)).await;
    }
}
