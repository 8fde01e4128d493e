//! Which bytes of a track an account was given, and since when: the bound of what it may claim to have heard.
//!
//! Noted in memory, since a request for bytes must not wait for the database, and written each second. A crash loses
//! the last second, which only ever makes a claim smaller.

use std::{
    collections::{HashMap, hash_map::Entry},
    ops::Range,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use db::{Db, Rows, Tx};
use kernel::{AccountId, Time, TrackId};

use super::{Ranges, queries};

/// How often what was delivered is written.
const EVERY: Duration = Duration::from_secs(1);
/// Pairs of account and track that wait to be written at most; further ones are not noted.
const MOST: usize = 50_000;

type Pair = (AccountId, TrackId);

/// What was delivered and is not written yet.
#[derive(Debug, Default)]
pub(super) struct Deliveries {
    waiting: Mutex<HashMap<Pair, Delivery>>,
    /// Held while a batch is on its way to the database, so that whoever then reads the database finds it there.
    writing: tokio::sync::Mutex<()>,
}

#[derive(Debug, Clone)]
struct Delivery {
    first: Time,
    last: Time,
    ranges: Ranges,
}

impl Delivery {
    fn join(&mut self, other: &Self) {
        self.first = self.first.min(other.first);
        self.last = self.last.max(other.last);
        self.ranges.add_all(&other.ranges);
    }
}

impl Deliveries {
    /// Notes that `account` was given the bytes `range` of `track`; an empty range for a request that was answered
    /// without any.
    pub(super) fn note(&self, account: AccountId, track: TrackId, range: Range<u64>, now: Time) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = waiting.get_mut(&(account, track)) {
            known.last = known.last.max(now);
            known.ranges.add(range);
        } else if waiting.len() < MOST {
            let mut ranges = Ranges::default();
            ranges.add(range);
            waiting.insert((account, track), Delivery { first: now, last: now, ranges });
        }
    }

    /// Writes each second until `stop` is done, and then once more.
    pub(super) async fn run(&self, db: &Db, stop: impl Future<Output = ()>) {
        let work = async {
            loop {
                tokio::time::sleep(EVERY).await;
                self.flush_or_say(db).await;
            }
        };
        tokio::select! {
            () = stop => {}
            () = work => {}
        }
        self.flush_or_say(db).await;
    }

    async fn flush_or_say(&self, db: &Db) {
        if let Err(error) = self.flush(db).await {
            tracing::warn!(%error, "what was delivered cannot be noted; trying again");
        }
    }

    /// Writes all that waits. Afterwards the database knows every byte that was noted before.
    pub(super) async fn flush(&self, db: &Db) -> db::Result<()> {
        let _writing = self.writing.lock().await;
        let waiting = std::mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner));
        if waiting.is_empty() {
            return Ok(());
        }
        let mut batch = Batch { pairs: Arc::new(waiting), written: false, home: self };
        let pairs = Arc::clone(&batch.pairs);
        db::write!(db, |tx| write(tx, &pairs).await)?;
        batch.written = true;
        Ok(())
    }
}

/// What is being written. It goes back to where it waited if that fails or is given up; noting a range twice is the
/// same as once.
struct Batch<'a> {
    pairs: Arc<HashMap<Pair, Delivery>>,
    written: bool,
    home: &'a Deliveries,
}

impl Drop for Batch<'_> {
    fn drop(&mut self) {
        if self.written {
            return;
        }
        let mut waiting = self.home.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        for (pair, delivery) in &*self.pairs {
            let full = waiting.len() >= MOST;
            match waiting.entry(*pair) {
                Entry::Occupied(mut newer) => newer.get_mut().join(delivery),
                Entry::Vacant(place) if !full => {
                    place.insert(delivery.clone());
                }
                Entry::Vacant(_) => {}
            }
        }
    }
}

/// Adds a batch to what the database knows, in two statements at most.
async fn write(tx: &mut Tx, batch: &HashMap<Pair, Delivery>) -> db::Result<()> {
    let mut batch: Vec<_> = batch.iter().collect();
    // Always in the same order, so that two nodes never wait for each other.
    batch.sort_unstable_by_key(|(pair, _)| **pair);
    let rows: Rows = batch
        .iter()
        .map(|((account, track), d)| (*account, *track, d.first, d.last, d.ranges.encode()))
        .collect();
    let stored = queries::touch_deliveries(tx, rows).await?;
    let stored: HashMap<Pair, Ranges> = stored
        .into_iter()
        .map(|(account, track, ranges)| {
            // What cannot be read is written anew: claims become smaller, and nothing breaks.
            ((account, track), Ranges::decode(&ranges).unwrap_or_default())
        })
        .collect();
    let grown: Rows = batch
        .into_iter()
        .filter_map(|((account, track), delivery)| {
            let before = stored.get(&(*account, *track))?;
            let mut ranges = before.clone();
            ranges.add_all(&delivery.ranges);
            (ranges != *before).then(|| (*account, *track, ranges.encode()))
        })
        .collect();
    if grown.is_empty() { Ok(()) } else { queries::set_delivered(tx, grown).await }
}
