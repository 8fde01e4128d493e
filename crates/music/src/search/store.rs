//! The index on disk: a cache of the catalogue that may be deleted at any time.

use std::{
    fs::{self, File, TryLockError},
    panic,
    path::Path,
    thread,
};

use db::feed::Position;
use serde::{Deserialize, Serialize};
use tantivy::{
    DocSet, Index, IndexReader, IndexWriter, Opstamp, ReloadPolicy, Searcher, TERMINATED, TantivyError,
    indexer::{IndexWriterOptions, LogMergePolicy},
    schema::{IndexRecordOption, Schema},
};
use uuid::Uuid;

use super::{
    SearchError,
    entry::{self, Entry, Fields, PRINT},
};

/// Raised whenever the same text would be indexed in another way: indexes of another format are rebuilt.
const FORMAT: u32 = 1;
/// What the writer may hold in memory before it writes a segment, in bytes: the least that the library takes.
const BUDGET: usize = 15_000_000;
/// How much the threads that write and merge give way to those that answer (`nice(2)`).
const POLITE: i32 = 10;
/// How often an index that another process writes to is opened before it counts as one that cannot be read.
const ATTEMPTS: usize = 3;
/// Segments of which this share was replaced are rewritten.
const REPLACED: f32 = 0.3;

/// What is stored with each commit.
#[derive(Debug, Serialize, Deserialize)]
struct Stamp {
    format: u32,
    /// The index holds the catalogue as the change feed had it here.
    position: Position,
}

/// An open index. One process at a time has it.
pub(super) struct Store {
    index: Index,
    reader: IndexReader,
    writer: Option<IndexWriter>,
    fields: Fields,
    position: Option<Position>,
    /// Held while the folder is in use; the system lets go of it however the process ends.
    _lock: File,
}

impl Store {
    /// Opens the index in `folder`, or an empty one if what is there cannot be used.
    pub(super) fn open(folder: &Path) -> Result<Self, SearchError> {
        let unusable = |error| SearchError::Folder { folder: folder.to_owned(), error };
        fs::create_dir_all(folder).map_err(unusable)?;
        let lock = File::create(folder.join("lock")).map_err(unusable)?;
        lock.try_lock().map_err(|e| match e {
            TryLockError::WouldBlock => SearchError::InUse(folder.to_owned()),
            TryLockError::Error(e) => unusable(e),
        })?;
        // A folder within the folder: what else lies in it is not ours to delete.
        let place = folder.join("index");
        let (schema, fields) = entry::schema();
        if place.exists() {
            match open_index(&place, &schema) {
                Ok((index, reader, position)) => {
                    return Ok(Self { index, reader, writer: None, fields, position, _lock: lock });
                }
                Err(why) => {
                    tracing::warn!(folder = %place.display(), why, "the search index is made anew");
                    fs::remove_dir_all(&place).map_err(unusable)?;
                }
            }
        }
        fs::create_dir(&place).map_err(unusable)?;
        let index = Index::create_in_dir(&place, schema)?;
        let reader = reader(&index)?;
        Ok(Self { index, reader, writer: None, fields, position: None, _lock: lock })
    }

    /// Up to where of the change feed the index has the catalogue; `None` if it must be rebuilt.
    pub(super) fn position(&self) -> Option<Position> {
        self.position
    }

    /// The index as of the last commit.
    pub(super) fn searcher(&self) -> Searcher {
        self.reader.searcher()
    }

    fn writer(&mut self) -> Result<&mut IndexWriter, TantivyError> {
        let writer = if let Some(writer) = self.writer.take() {
            writer
        } else {
            let options = IndexWriterOptions::builder()
                .memory_budget_per_thread(BUDGET)
                .num_worker_threads(1)
                .num_merge_threads(1)
                .build();
            let writer = behind(|| self.index.writer_with_options(options))?;
            let mut merging = LogMergePolicy::default();
            merging.set_del_docs_ratio_before_merge(REPLACED);
            writer.set_merge_policy(Box::new(merging));
            writer
        };
        Ok(self.writer.insert(writer))
    }

    /// Empties the index, from the next commit on.
    pub(super) fn clear(&mut self) -> Result<(), SearchError> {
        self.writer()?.delete_all_documents()?;
        Ok(())
    }

    /// Those of `entries` whose names stand in other entries as they no longer are, as of the last commit.
    pub(super) fn renamed(&self, entries: &[Entry]) -> Result<Vec<Uuid>, SearchError> {
        let searcher = self.searcher();
        let mut renamed = Vec::new();
        for entry in entries.iter().filter(|entry| entry.print().is_some()) {
            if self.print(&searcher, entry.id)? != entry.print() {
                renamed.push(entry.id);
            }
        }
        Ok(renamed)
    }

    fn print(&self, searcher: &Searcher, id: Uuid) -> Result<Option<u64>, TantivyError> {
        let key = self.fields.key(id);
        for segment in searcher.segment_readers() {
            let postings =
                segment.inverted_index(self.fields.id)?.read_postings(&key, IndexRecordOption::Basic)?;
            let Some(mut postings) = postings else { continue };
            while postings.doc() != TERMINATED {
                if !segment.is_deleted(postings.doc()) {
                    return Ok(segment.fast_fields().u64(PRINT)?.first(postings.doc()));
                }
                postings.advance();
            }
        }
        Ok(None)
    }

    /// Takes what is indexed under these ids out, from the next commit on.
    pub(super) fn remove(&mut self, ids: &[Uuid]) -> Result<(), SearchError> {
        let fields = self.fields;
        let writer = self.writer()?;
        for id in ids {
            writer.delete_term(fields.key(*id));
        }
        Ok(())
    }

    /// Adds entries, from the next commit on.
    pub(super) fn add(&mut self, entries: &[Entry]) -> Result<(), SearchError> {
        let fields = self.fields;
        let writer = self.writer()?;
        for entry in entries {
            writer.add_document(fields.document(entry))?;
        }
        Ok(())
    }

    /// Makes everything since the last commit last and be found, together with the position that it brings the
    /// index to: a process that dies goes on from there.
    pub(super) fn commit(&mut self, position: Position) -> Result<(), SearchError> {
        let stamp = Stamp { format: FORMAT, position };
        let stamp = serde_json::to_string(&stamp).map_err(|e| TantivyError::InternalError(e.to_string()))?;
        let mut commit = self.writer()?.prepare_commit()?;
        commit.set_payload(&stamp);
        commit.commit()?;
        self.reader.reload()?;
        self.position = Some(position);
        Ok(())
    }

    /// Gives the writer's memory and threads back, after what it still merges.
    pub(super) fn rest(&mut self) -> Result<(), SearchError> {
        if let Some(writer) = self.writer.take() {
            writer.wait_merging_threads()?;
            self.reader.reload()?;
        }
        Ok(())
    }
}

/// An index that another process keeps in step: read here as of its commits.
pub(super) struct Lent {
    index: Index,
    reader: IndexReader,
    /// Of the commit that was read last.
    seen: Option<(Opstamp, Option<String>)>,
}

impl Lent {
    /// Opens the index in `folder`, which another process has.
    ///
    /// # Errors
    /// When that process is of another version, or just makes the index anew.
    pub(super) fn open(folder: &Path) -> Result<Self, SearchError> {
        let (schema, _) = entry::schema();
        let place = folder.join("index");
        // What a commit names may be gone before it is opened, since the other process goes on: the next commit is there
        // by then.
        let opened = (0..ATTEMPTS).find_map(|_| open_index(&place, &schema).ok());
        let (index, reader, _) = opened.ok_or_else(|| SearchError::InUse(folder.to_owned()))?;
        Ok(Self { index, reader, seen: None })
    }

    /// The index as of the last commit, if it was not read yet. Before the first one there is nothing to read.
    pub(super) fn newer(&mut self) -> Result<Option<Searcher>, SearchError> {
        let metas = self.index.load_metas()?;
        let commit = Some((metas.opstamp, metas.payload));
        if commit == self.seen || commit.as_ref().is_some_and(|(_, stamp)| stamp.is_none()) {
            return Ok(None);
        }
        self.reader.reload()?;
        self.seen = commit;
        Ok(Some(self.reader.searcher()))
    }
}

/// The index at `place`, and its position if anything was ever committed.
///
/// # Errors
/// Why it cannot be used.
fn open_index(place: &Path, schema: &Schema) -> Result<(Index, IndexReader, Option<Position>), String> {
    let said = |e: TantivyError| e.to_string();
    let index = Index::open_in_dir(place).map_err(said)?;
    if index.schema() != *schema {
        return Err("it has other fields".into());
    }
    let position = match index.load_metas().map_err(said)?.payload {
        None => None,
        Some(stamp) => match serde_json::from_str::<Stamp>(&stamp) {
            Ok(stamp) if stamp.format == FORMAT => Some(stamp.position),
            _ => return Err("it was made by another version".into()),
        },
    };
    let damaged = index.validate_checksum().map_err(said)?;
    if !damaged.is_empty() {
        return Err(format!("{} of its files are damaged", damaged.len()));
    }
    let reader = reader(&index).map_err(said)?;
    Ok((index, reader, position))
}

/// What `start` answers on a thread that gives way to all others, and whose own threads do so in turn.
fn behind<T: Send>(start: impl FnOnce() -> T + Send) -> T {
    let started = thread::scope(|scope| {
        let polite = || {
            // On Linux it holds for the thread alone. What cannot give way works all the same.
            let _ = rustix::process::nice(POLITE);
            start()
        };
        scope.spawn(polite).join()
    });
    started.unwrap_or_else(|panic| panic::resume_unwind(panic))
}

/// A reader that sees new commits when it is told to.
fn reader(index: &Index) -> Result<IndexReader, TantivyError> {
    index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()
}
