//! The parent's side: a bounded number of children, a bounded queue before them, a deadline on everything.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};

use crate::api::{Analysis, FileInfo, Fit, MediaError, Picture, Preview, Probed, Request, Response};
use crate::sandbox::{Confinement, Limits};
use crate::worker::{self, Worker};

/// The argument with which an executable is started as a child.
pub const SUBCOMMAND: &str = "media-child";

/// How a [`Pool`] starts its children, what they may do and how long they may take.
#[derive(Clone, Debug)]
pub struct PoolConfig {
    /// The executable, which calls [`crate::child::run`] when started with `arguments`.
    pub program: PathBuf,
    /// Its arguments.
    pub arguments: Vec<OsString>,
    /// Folders and files beneath which the children may read; nothing else can be asked about. [`Pool::allow`] adds
    /// to them.
    pub read: Vec<PathBuf>,
    /// The folder beneath which they may write previews.
    pub write: Option<PathBuf>,
    /// The most children at a time; they start when they are needed.
    pub children: usize,
    /// The most requests that wait for a child; further ones get [`MediaError::Busy`].
    pub queue: usize,
    /// After this many requests a child is replaced.
    pub requests_per_child: u32,
    /// After this time without a request, and before twice of it, a child is ended.
    pub idle: Duration,
    /// What each child may use.
    pub limits: Limits,
    /// How long each kind of request may take.
    pub deadlines: Deadlines,
}

impl PoolConfig {
    /// Children of this same executable, started with [`SUBCOMMAND`]; two of them, reading beneath `read`.
    ///
    /// Fails if the system does not tell the path of the executable.
    pub fn this_executable(read: Vec<PathBuf>) -> io::Result<Self> {
        Ok(Self::new(std::env::current_exe()?, vec![SUBCOMMAND.into()], read))
    }

    /// Children of another executable, otherwise like [`PoolConfig::this_executable`].
    pub fn new(program: PathBuf, arguments: Vec<OsString>, read: Vec<PathBuf>) -> Self {
        Self {
            program,
            arguments,
            read,
            write: None,
            children: 2,
            queue: 256,
            requests_per_child: 100_000,
            idle: Duration::from_mins(1),
            limits: Limits::default(),
            deadlines: Deadlines::default(),
        }
    }
}

/// How long each kind of request may take by the clock, from when a child has it.
///
/// All of them should stay well below half of [`Limits::cpu_seconds`], so that only a hostile file meets that limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadlines {
    /// Reading the tags of one among many files of a library, whose disk may have to wake up.
    pub tags: Duration,
    /// Reading the tags of a file that somebody has just sent.
    pub sent_tags: Duration,
    /// Decoding and encoding a picture.
    pub picture: Duration,
    /// Decoding the first seconds.
    pub probe: Duration,
    /// Cutting a preview.
    pub preview: Duration,
    /// Decoding a whole file, however small.
    pub analyse: Duration,
    /// And for each mebibyte of it besides.
    pub analyse_per_mib: Duration,
    /// And at most.
    pub analyse_most: Duration,
}

impl Default for Deadlines {
    fn default() -> Self {
        Self {
            tags: Duration::from_secs(10),
            sent_tags: Duration::from_secs(3),
            picture: Duration::from_secs(20),
            probe: Duration::from_secs(20),
            preview: Duration::from_mins(1),
            analyse: Duration::from_secs(20),
            analyse_per_mib: Duration::from_secs(1),
            analyse_most: Duration::from_mins(9),
        }
    }
}

/// Limited processes that answer questions about files. Cloning is cheap and shares the children.
///
/// Dropping a call's future ends the child that worked on it; dropping the last clone ends them all.
#[derive(Clone)]
pub struct Pool(Arc<Shared>);

struct Shared {
    config: PoolConfig,
    /// One permit for each request that is being answered or waits.
    places: Semaphore,
    /// One permit for each child.
    turns: Semaphore,
    idle: Mutex<Vec<Worker>>,
    /// What children that start now may read: [`PoolConfig::read`] and what was allowed since.
    readable: Mutex<Arc<Vec<PathBuf>>>,
    pruning: AtomicBool,
}

impl Pool {
    /// A pool without children yet; needs a tokio runtime from its first request on.
    pub fn new(config: PoolConfig) -> Self {
        let children = config.children.max(1);
        Self(Arc::new(Shared {
            places: Semaphore::new(children + config.queue),
            turns: Semaphore::new(children),
            idle: Mutex::new(Vec::new()),
            readable: Mutex::new(Arc::new(config.read.clone())),
            pruning: AtomicBool::new(false),
            config,
        }))
    }

    /// Lets the children read beneath `folder` too, from the next request on.
    pub fn allow(&self, folder: &Path) {
        let mut readable = self.0.readable.lock().unwrap_or_else(PoisonError::into_inner);
        if !readable.iter().any(|known| known == folder) {
            Arc::make_mut(&mut readable).push(folder.to_owned());
        }
    }

    /// Whether `path` lies beneath what the children may read.
    pub fn may_read(&self, path: &Path) -> bool {
        self.readable().iter().any(|folder| path.starts_with(folder))
    }

    /// Reads headers and tags of a file that somebody sent; with `cover`, looks for the front cover and hashes it.
    pub async fn read_tags(&self, path: &Path, cover: bool) -> Result<FileInfo, MediaError> {
        let request = Request::ReadTags { path: path.to_owned(), cover };
        match self.ask(request, self.0.config.deadlines.sent_tags).await? {
            Response::Tags(info) => Ok(*info),
            _ => Err(wrong_answer()),
        }
    }

    /// Reads the tags of many files through one child, without waiting between them; answers in order of `paths`.
    ///
    /// A file that kills its child or takes too long fails alone: the rest goes on in another. To bound memory, pass
    /// some hundreds at a time; to use more children, call it several times at once.
    pub async fn read_tags_many(&self, paths: &[PathBuf], cover: bool) -> Vec<Result<FileInfo, MediaError>> {
        let config = &self.0.config;
        let mut answers = Vec::with_capacity(paths.len());
        // Files of which one has ended its child: they go one at a time, to learn which.
        let mut suspects = 0;
        let turn = self.turn().await;
        while answers.len() < paths.len() {
            let worker = match &turn {
                Ok(_) => self.worker().await,
                Err(busy) => Err(busy.clone()),
            };
            let mut worker = match worker {
                Ok(worker) => worker,
                Err(error) => {
                    answers.resize(paths.len(), Err(error));
                    break;
                }
            };
            let before = answers.len();
            let rest = &paths[before..];
            let (share, window) =
                if suspects > 0 { (&rest[..rest.len().min(suspects)], 1) } else { (rest, worker::IN_FLIGHT) };
            let request = |path: &PathBuf| Request::ReadTags { path: path.clone(), cover };
            match worker.ask_all(share, window, request, config.deadlines.tags, config, &mut answers).await {
                Ok(()) => self.keep(worker),
                Err(failure) => {
                    let error = worker.bury(failure).await;
                    if suspects > 0 {
                        answers.push(Err(error));
                    } else {
                        suspects = window + answers.len() - before;
                    }
                }
            }
            suspects = suspects.saturating_sub(answers.len() - before);
        }
        let tags = |response| match response {
            Response::Tags(info) => Ok(*info),
            _ => Err(wrong_answer()),
        };
        answers.into_iter().map(|answer| answer.and_then(tags)).collect()
    }

    /// Makes a JPEG, at most `size` pixels a side (16 to 2048), of a picture file or of an audio file's cover.
    pub async fn read_picture(&self, path: &Path, size: u32, fit: Fit) -> Result<Picture, MediaError> {
        let request = Request::ReadPicture { path: path.to_owned(), size, fit };
        match self.ask(request, self.0.config.deadlines.picture).await? {
            Response::Picture(picture) => Ok(picture),
            _ => Err(wrong_answer()),
        }
    }

    /// Decodes a whole file.
    pub async fn analyse(&self, path: &Path) -> Result<Analysis, MediaError> {
        let length =
            tokio::fs::metadata(path).await.map_err(|error| MediaError::Unreadable(error.to_string()))?.len();
        let Deadlines { analyse, analyse_per_mib, analyse_most, .. } = self.0.config.deadlines;
        let mebibytes = u32::try_from(length >> 20).unwrap_or(u32::MAX);
        let deadline = analyse_per_mib.saturating_mul(mebibytes).saturating_add(analyse).min(analyse_most);
        match self.ask(Request::Analyse { path: path.to_owned() }, deadline).await? {
            Response::Analysis(analysis) => Ok(analysis),
            _ => Err(wrong_answer()),
        }
    }

    /// Decodes the first seconds of a file to see whether it can be accepted.
    pub async fn probe(&self, path: &Path) -> Result<Probed, MediaError> {
        match self.ask(Request::Probe { path: path.to_owned() }, self.0.config.deadlines.probe).await? {
            Response::Probed(probed) => Ok(probed),
            _ => Err(wrong_answer()),
        }
    }

    /// Writes `length_ms` (at most [`crate::api::MAX_PREVIEW_MS`]) of a file from `start_ms` on to `out`, which must be
    /// beneath [`PoolConfig::write`]. After an error nothing is left there.
    pub async fn cut_preview(
        &self,
        path: &Path,
        start_ms: u64,
        length_ms: u64,
        out: &Path,
    ) -> Result<Preview, MediaError> {
        let request = Request::CutPreview { path: path.to_owned(), start_ms, length_ms, out: out.to_owned() };
        match self.ask(request, self.0.config.deadlines.preview).await {
            Ok(Response::Preview(preview)) => Ok(preview),
            other => {
                let _ = tokio::fs::remove_file(out).await;
                Err(other.err().unwrap_or_else(wrong_answer))
            }
        }
    }

    /// What the children can take away from themselves on this machine; starts one to find out.
    pub async fn confinement(&self) -> Result<Confinement, MediaError> {
        let _turn = self.turn().await?;
        let worker = self.worker().await?;
        let confinement = worker.confinement;
        self.keep(worker);
        Ok(confinement)
    }

    /// Makes a child misbehave, for tests.
    #[cfg(feature = "corpus")]
    pub async fn misbehave(
        &self,
        misdeed: crate::api::Misdeed,
        deadline: Duration,
    ) -> Result<(), MediaError> {
        self.ask(Request::Misbehave(misdeed), deadline).await.map(drop)
    }

    /// The process ids of the children that are waiting for requests, for tests.
    #[cfg(feature = "corpus")]
    pub fn idle_children(&self) -> Vec<u32> {
        self.0.idle.lock().unwrap_or_else(PoisonError::into_inner).iter().filter_map(Worker::id).collect()
    }

    async fn ask(&self, request: Request, deadline: Duration) -> Result<Response, MediaError> {
        let _turn = self.turn().await?;
        let mut worker = self.worker().await?;
        match worker.ask(&request, deadline).await {
            Ok(outcome) => {
                self.keep(worker);
                outcome
            }
            Err(failure) => Err(worker.bury(failure).await),
        }
    }

    /// Waits for the right to use one child, if there is a place in the queue.
    async fn turn(&self) -> Result<(SemaphorePermit<'_>, SemaphorePermit<'_>), MediaError> {
        let place = self.0.places.try_acquire().map_err(|_| MediaError::Busy)?;
        let turn = self.0.turns.acquire().await.map_err(|_| MediaError::Busy)?;
        Ok((place, turn))
    }

    async fn worker(&self) -> Result<Worker, MediaError> {
        let readable = self.readable();
        loop {
            let idle = self.0.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let Some(mut worker) = idle else { return Worker::start(&self.0.config, readable).await };
            // One that started before a folder was allowed cannot be let into it any more.
            if worker.readable.len() == readable.len() && worker.alive() {
                return Ok(worker);
            }
        }
    }

    fn readable(&self) -> Arc<Vec<PathBuf>> {
        Arc::clone(&self.0.readable.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Puts a child back, unless it has done its share.
    fn keep(&self, mut worker: Worker) {
        if worker.worn_out(&self.0.config) {
            return;
        }
        worker.rested = false;
        self.0.idle.lock().unwrap_or_else(PoisonError::into_inner).push(worker);
        if !self.0.pruning.swap(true, Ordering::Relaxed) {
            let (shared, idle) = (Arc::downgrade(&self.0), self.0.config.idle);
            tokio::spawn(async move {
                let mut left = true;
                while left {
                    tokio::time::sleep(idle).await;
                    let Some(shared) = shared.upgrade() else { return };
                    left = shared.prune();
                }
            });
        }
    }
}

impl Shared {
    /// Ends the children that were idle the last time already; whether there are others left.
    fn prune(&self) -> bool {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.retain_mut(|worker| !std::mem::replace(&mut worker.rested, true));
        if idle.is_empty() {
            // Still under the lock: whoever puts one back next must see that nobody watches any more.
            self.pruning.store(false, Ordering::Relaxed);
        }
        !idle.is_empty()
    }
}

fn wrong_answer() -> MediaError {
    MediaError::Crashed { signal: None, detail: "an answer to another question".to_owned() }
}
