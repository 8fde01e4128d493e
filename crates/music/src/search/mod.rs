//! Finding music: one full-text index per node, a cache of the catalogue that is fed from the change feed. It lies
//! in a folder of its own, which may be deleted at any time; no table is written.
//!
//! - What is committed is found within a second, on every node ([`follow`]).
//! - The index decides what matches and in which order. Who may see it is decided twice: by terms of the index, so
//!   that pages come out full, and by the statement that reads the rows, so that nothing leaks.
//! - The position in the change feed is committed with the index: a process that dies goes on where it was.
//! - One process writes to a folder. Others that are given the same one read along, and one of them takes over when
//!   the first is gone.

mod api;
mod entry;
mod indexer;
mod queries;
mod rank;
mod service;
mod store;
mod words;

#[cfg(test)]
mod tests;

use std::{io, path::PathBuf, sync::Arc, time::Duration};

use db::Db;
use infra::Config;
use kernel::{CursorError, ErrorCode, Fault, FieldError};
use tantivy::{Searcher, TantivyError};
use tokio::sync::{Mutex, Semaphore, watch};

use entry::{Audience, Fields};
use indexer::Indexer;
use rank::{Hits, Question};

pub use api::routes;
pub use entry::Kind;
pub use indexer::follow;
pub use service::{Found, Ranking, find};

/// How long a search waits for the first index, which most catalogues take less than a second to make.
const PATIENCE: Duration = Duration::from_secs(2);

/// What can go wrong with a search.
#[derive(Debug, thiserror::Error)]
pub enum SearchError {
    /// The database failed.
    #[error(transparent)]
    Db(#[from] db::Error),
    /// The index failed.
    #[error("the search index: {0}")]
    Index(#[from] TantivyError),
    /// The folder cannot be used.
    #[error("the search folder {}: {error}", folder.display())]
    Folder { folder: PathBuf, error: io::Error },
    /// Another process has the folder, and its index cannot be read here.
    #[error("a server of another version uses the search folder {}: give each its own search.folder", .0.display())]
    InUse(PathBuf),
    /// A cursor of another list.
    #[error(transparent)]
    Cursor(#[from] CursorError),
    /// A text of more characters than this.
    #[error("q takes at most {0} characters")]
    TooLong(usize),
    /// The index is being made for the first time.
    #[error("the search index is being made")]
    NotReady,
    /// Work on the index panicked.
    #[error("work on the search index panicked")]
    Panicked,
}

impl Fault for SearchError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::Db(e) => e.code(),
            Self::TooLong(_) => ErrorCode::InvalidRequest,
            Self::Cursor(_) => ErrorCode::InvalidCursor,
            Self::NotReady => ErrorCode::Unavailable,
            Self::Index(_) | Self::Folder { .. } | Self::InUse(_) | Self::Panicked => ErrorCode::Internal,
        }
    }

    fn fields(&self) -> Vec<FieldError> {
        match self {
            Self::TooLong(_) => vec![FieldError::new("/q", "too_long", self.to_string())],
            _ => Vec::new(),
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Db(e) => e.retry_after(),
            Self::NotReady => Some(Duration::from_secs(1)),
            _ => None,
        }
    }
}

/// The search of this node. Cheap to clone.
#[derive(Clone)]
pub struct Search(Arc<Parts>);

struct Parts {
    /// The index as of its last commit, once there is one.
    searcher: watch::Sender<Option<Searcher>>,
    fields: Fields,
    /// Searches run beside the executor, this many at a time: further ones wait their turn.
    places: Arc<Semaphore>,
    indexer: Mutex<Indexer>,
}

impl Search {
    /// The search of this node. Nothing is opened before the first [`Search::refresh`].
    pub fn new(config: &Config) -> Self {
        let folder = config.search.folder.clone().unwrap_or_else(|| config.data.join("search"));
        let places = std::thread::available_parallelism().map_or(1, usize::from);
        let (_, fields) = entry::schema();
        Self(Arc::new(Parts {
            searcher: watch::Sender::default(),
            fields,
            places: Arc::new(Semaphore::new(places)),
            indexer: Mutex::new(Indexer::new(folder)),
        }))
    }

    /// Brings the index up to what is committed now; answers whether anything changed.
    pub async fn refresh(&self, db: &Db) -> Result<bool, SearchError> {
        self.0.indexer.lock().await.refresh(db, |searcher| self.publish(searcher)).await
    }

    /// Lets go of the folder, for other processes to write to. What was found is found until the next refresh.
    pub async fn close(&self) {
        self.0.indexer.lock().await.close();
    }

    /// Gives back what only writing needs.
    async fn rest(&self) -> Result<(), SearchError> {
        self.0.indexer.lock().await.rest(|searcher| self.publish(searcher)).await
    }

    fn publish(&self, searcher: Searcher) {
        self.0.searcher.send_replace(Some(searcher));
    }

    /// Asks the index.
    async fn ask(&self, question: Question) -> Result<Hits, SearchError> {
        let mut made = self.0.searcher.subscribe();
        let searcher = match tokio::time::timeout(PATIENCE, made.wait_for(Option::is_some)).await {
            Ok(Ok(searcher)) => searcher.clone(),
            _ => None,
        };
        let searcher = searcher.ok_or(SearchError::NotReady)?;
        let place = Arc::clone(&self.0.places).acquire_owned().await;
        let fields = self.0.fields;
        let task = tokio::task::spawn_blocking(move || {
            let hits = rank::ask(&searcher, &fields, &question);
            drop(place);
            hits
        });
        Ok(task.await.map_err(|_| SearchError::Panicked)??)
    }
}
