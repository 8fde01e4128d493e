//! Keeping the index in step with the catalogue.

use std::{collections::BTreeSet, path::PathBuf, time::Duration};

use db::{
    Db, Signal,
    feed::{self, Position, Read},
};
use tantivy::Searcher;
use tokio::time::Instant;
use uuid::Uuid;

use super::{
    Kind, Search, SearchError,
    queries::{self, Batch, Changed},
    store::{Lent, Store},
};
use crate::catalogue::FEED;

/// Changes that are handled at a time, up to a commit, and entries that are read of them at a time.
const CHANGES: u32 = 2000;
/// Entries that are read of everything at a time: rows come from one thread and go with another, and what many threads once
/// used stays with the allocator.
const ENTRIES: u32 = 250;
/// How often the change feed is looked at without a signal: other processes send none.
const POLL: Duration = Duration::from_millis(300);
/// The pause after a commit, in which further changes gather.
const PAUSE: Duration = Duration::from_millis(150);
/// That pause is at least so many times what the commit took, up to [`LONGEST`]: while an import goes on the index takes
/// a fifth of a core and leaves the rest to listeners.
const SHARE: u32 = 4;
/// The longest pause after a commit.
const LONGEST: Duration = Duration::from_secs(2);
/// How long the index is left alone after a failure.
const RETRY: Duration = Duration::from_secs(5);
/// Looks at the change feed that found nothing before the writer's memory is given back.
const QUIET: u32 = 7;

/// What lends its name goes before what shows it: a name that changes in between is then seen to differ from the
/// index when its own change is read, and its borrowers are indexed once more.
const ORDER: [Kind; 4] = [Kind::Artist, Kind::Album, Kind::Track, Kind::Genre];

/// Follows the catalogue until `stop` is over. What cannot be done now is tried again; meanwhile the index answers
/// as it last was.
pub async fn follow(search: Search, db: Db, stop: impl Future<Output = ()>) {
    tokio::select! {
        () = keep_up(&search, &db) => {}
        () = stop => {}
    }
    search.close().await;
}

#[expect(clippy::disallowed_methods, reason = "how long a commit really took")]
async fn keep_up(search: &Search, db: &Db) {
    let mut changes = db.listen(Signal::Feed);
    let mut failing = false;
    let mut quiet = 0;
    loop {
        let begun = Instant::now();
        let refreshed = match search.refresh(db).await {
            Ok(false) if quiet == QUIET => search.rest().await.map(|()| false),
            other => other,
        };
        match refreshed {
            Ok(changed) => {
                if std::mem::take(&mut failing) {
                    tracing::info!("the search index is in step again");
                }
                if changed {
                    quiet = 0;
                    tokio::time::sleep(PAUSE.max(LONGEST.min(begun.elapsed() * SHARE))).await;
                } else {
                    quiet += 1;
                    changes.wait(POLL).await;
                }
            }
            Err(error) => {
                if !std::mem::replace(&mut failing, true) {
                    tracing::warn!(%error, "the search index falls behind");
                }
                tokio::time::sleep(RETRY).await;
            }
        }
    }
}

/// The one who writes to the index.
pub(super) struct Indexer {
    folder: PathBuf,
    /// Opened at the first use, and again after a failure: what was not committed is gone then.
    store: Option<Store>,
    /// The same index while another process on this folder is the one who writes to it.
    lent: Option<Lent>,
}

/// How far the indexer came.
struct Step {
    /// The new state of the index, if there is one.
    searcher: Option<Searcher>,
    /// Whether there is more to read.
    goes_on: bool,
}

impl Indexer {
    pub(super) fn new(folder: PathBuf) -> Self {
        Self { folder, store: None, lent: None }
    }

    /// Brings the index up to what is committed now; answers whether anything changed. `publish` is given each
    /// state of the index that may be asked.
    pub(super) async fn refresh(&mut self, db: &Db, publish: impl Fn(Searcher)) -> Result<bool, SearchError> {
        match self.try_refresh(db, &publish).await {
            Err(error @ (SearchError::Index(_) | SearchError::Panicked)) => {
                // Opened anew, damage is noticed and repaired.
                tracing::warn!(%error, "the search index is opened again");
                self.store = None;
                self.try_refresh(db, &publish).await
            }
            // It reads the change feed as well as this one would.
            Err(SearchError::InUse(_)) => self.look_on(publish).await,
            other => other,
        }
        // What was not committed is not kept for another attempt.
        .inspect_err(|_| self.store = None)
    }

    /// Reads what the process that has the folder committed. Should it end, the next attempt finds the folder free.
    async fn look_on(&mut self, publish: impl Fn(Searcher)) -> Result<bool, SearchError> {
        let (folder, lent) = (self.folder.clone(), self.lent.take());
        let task = tokio::task::spawn_blocking(move || {
            let mut lent = match lent {
                Some(lent) => lent,
                None => Lent::open(&folder)?,
            };
            let newer = lent.newer()?;
            Ok::<_, SearchError>((lent, newer))
        });
        let (lent, newer) = task.await.map_err(|_| SearchError::Panicked)??;
        self.lent = Some(lent);
        let changed = newer.is_some();
        newer.into_iter().for_each(publish);
        Ok(changed)
    }

    async fn try_refresh(&mut self, db: &Db, publish: &impl Fn(Searcher)) -> Result<bool, SearchError> {
        if self.store.is_none()
            && let Some(searcher) = self.work(|store| Ok(store.position().map(|_| store.searcher()))).await?
        {
            publish(searcher);
        }
        self.lent = None;
        let mut changed = false;
        loop {
            let Step { searcher, goes_on } = self.step(db).await?;
            if let Some(searcher) = searcher {
                publish(searcher);
                changed = true;
            }
            if !goes_on {
                return Ok(changed);
            }
        }
    }

    /// Reads on by one batch of changes.
    async fn step(&mut self, db: &Db) -> Result<Step, SearchError> {
        let Some(position) = self.work(|store| Ok(store.position())).await? else {
            return self.rebuild(db).await;
        };
        match db::read!(db, |tx| feed::read(tx, FEED, position, CHANGES).await)? {
            Read::Rebuild => {
                tracing::info!(
                    "the change feed no longer reaches back to the search index, which is rebuilt"
                );
                self.rebuild(db).await
            }
            Read::Changes(changes, _) if changes.is_empty() => Ok(Step { searcher: None, goes_on: false }),
            Read::Changes(changes, next) => {
                let goes_on = changes.len() == CHANGES as usize;
                let ids: BTreeSet<Uuid> = changes.into_iter().map(|change| change.subject).collect();
                self.apply(db, ids.into_iter().collect()).await?;
                Ok(Step { searcher: Some(self.commit(next).await?), goes_on })
            }
        }
    }

    /// Indexes again what changed, and what shows the name of something that was renamed.
    async fn apply(&mut self, db: &Db, ids: Vec<Uuid>) -> Result<(), SearchError> {
        // What is gone from the catalogue does not come back below.
        let gone = ids.clone();
        self.work(move |store| store.remove(&gone)).await?;
        let mut changed = Changed { ids, renamed: Vec::new() };
        for kind in ORDER {
            let renamed = self.index(db, kind, Some(&changed)).await?;
            changed.renamed.extend(renamed);
        }
        Ok(())
    }

    async fn rebuild(&mut self, db: &Db) -> Result<Step, SearchError> {
        // The position first: what changes meanwhile is read again.
        let position = db::read!(db, |tx| feed::head(tx, FEED).await)?;
        self.work(Store::clear).await?;
        for kind in ORDER {
            self.index(db, kind, None).await?;
        }
        Ok(Step { searcher: Some(self.commit(position).await?), goes_on: true })
    }

    /// Indexes everything of a kind, or what changed of it; answers what was renamed.
    async fn index(
        &mut self,
        db: &Db,
        kind: Kind,
        changed: Option<&Changed>,
    ) -> Result<Vec<Uuid>, SearchError> {
        let (mut after, mut renamed) = (Uuid::nil(), Vec::new());
        // Each page of what changed looks at all that did.
        let size = if changed.is_some() { CHANGES } else { ENTRIES };
        loop {
            let batch = Batch { changed, after, size };
            let entries = db::read!(db, |tx| queries::entries(tx, kind, batch).await)?;
            let Some(last) = entries.last() else { return Ok(renamed) };
            after = last.id;
            let is_last = entries.len() < size as usize;
            let is_new = changed.is_none();
            let work = self.work(move |store| {
                if is_new {
                    store.add(&entries)?;
                    return Ok(Vec::new());
                }
                let renamed = store.renamed(&entries)?;
                store.remove(&entries.iter().map(|entry| entry.id).collect::<Vec<Uuid>>())?;
                store.add(&entries)?;
                Ok(renamed)
            });
            renamed.extend(work.await?);
            if is_last {
                return Ok(renamed);
            }
        }
    }

    async fn commit(&mut self, position: Position) -> Result<Searcher, SearchError> {
        self.work(move |store| {
            store.commit(position)?;
            Ok(store.searcher())
        })
        .await
    }

    /// Closes the index.
    pub(super) fn close(&mut self) {
        self.store = None;
        self.lent = None;
    }

    /// Gives the writer's memory and threads back until there is something to write again.
    pub(super) async fn rest(&mut self, publish: impl Fn(Searcher)) -> Result<(), SearchError> {
        if self.store.is_some() {
            let rested = |store: &mut Store| {
                store.rest()?;
                Ok(store.searcher())
            };
            publish(self.work(rested).await?);
        }
        Ok(())
    }

    /// Works on the index beside the executor. After a failure the index is closed.
    async fn work<T: Send + 'static>(
        &mut self,
        work: impl FnOnce(&mut Store) -> Result<T, SearchError> + Send + 'static,
    ) -> Result<T, SearchError> {
        let folder = self.folder.clone();
        let store = self.store.take();
        let task = tokio::task::spawn_blocking(move || {
            let mut store = match store {
                Some(store) => store,
                None => Store::open(&folder)?,
            };
            let result = work(&mut store)?;
            Ok::<_, SearchError>((store, result))
        });
        let (store, result) = task.await.map_err(|_| SearchError::Panicked)??;
        self.store = Some(store);
        Ok(result)
    }
}
