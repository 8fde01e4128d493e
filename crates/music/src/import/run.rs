//! One pass over a folder, from the claim to the report.

use std::{
    ops::ControlFlow,
    path::{Path, PathBuf},
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use db::outbox;
use futures_util::{StreamExt as _, stream};
use infra::{App, place};
use kernel::{Event, ImportId, Time};
use media::Pool;
use tokio::{
    runtime::Handle,
    sync::mpsc,
    task::{JoinSet, spawn_blocking},
    time::{MissedTickBehavior, interval, sleep},
};

use super::{
    ImportError,
    compare::{Candidate, Compare, Step},
    progress::{Counts, Progress, Report, Trouble},
    queries::{self, ImportState, Running},
    read::{self, ReadBatch},
    store::{self, Batch},
    walk::{self, Found},
};

/// How often a running import says that it is alive.
const BEAT: Duration = Duration::from_secs(1);
/// How often somebody looks whether another import is alive, and how often without a sign it must be: for 6 seconds.
const LOOK: Duration = Duration::from_millis(200);
const SILENT_LOOKS: u32 = 30;
/// Things found that are handed over at a time.
const HANDFUL: usize = 256;

/// What is asked to stop an import; stays pending until then.
pub(super) type Stop<'a> = Pin<&'a mut (dyn Future<Output = ()> + Send)>;

/// What a pass works with.
#[derive(Clone)]
pub(super) struct Pass {
    pub(super) app: App,
    pub(super) media: Pool,
    /// The folder to import, without links in its path.
    pub(super) root: PathBuf,
    /// The part of it that is looked at: itself or a folder below.
    pub(super) start: PathBuf,
    /// Batches that are read at a time.
    pub(super) jobs: usize,
    /// Whether files are counted ahead, for a progress bar.
    pub(super) count: bool,
}

/// The right to import a folder; given up when it is dropped.
struct Claim {
    app: App,
    id: ImportId,
    /// Whether the end was noted already.
    ended: bool,
}

impl Drop for Claim {
    fn drop(&mut self) {
        // Should this not come to it, the next import finds out that nobody is there any more.
        if let (false, Ok(executor)) = (self.ended, Handle::try_current()) {
            let (app, id) = (self.app.clone(), self.id);
            executor.spawn(async move {
                let error = ImportError::Interrupted.to_string();
                let ended = db::write!(app.db, |tx| {
                    queries::end(tx, id, ImportState::Interrupted, Some(&error), app.now()).await
                });
                if let Err(error) = ended {
                    tracing::debug!(%error, "the end of an import could not be noted");
                }
            });
        }
    }
}

/// Between the tasks of a pass: steps, with the files of `Step::Read` read.
enum Done {
    Read(ReadBatch),
    Other(Step),
}

impl Pass {
    /// Makes the pass.
    pub(super) async fn run(
        &self,
        progress: &mut (dyn FnMut(Progress) + Send),
        stop: Stop<'_>,
    ) -> Result<Report, ImportError> {
        let mut claim = self.claim().await?;
        let id = claim.id;
        let mut counts = Counts::default();
        let outcome = tokio::select! {
            outcome = self.work(id, &mut counts, progress) => outcome,
            () = stop => Err(ImportError::Interrupted),
        };
        let (state, error) = match &outcome {
            Ok(()) => (ImportState::Done, None),
            Err(e @ (ImportError::Interrupted | ImportError::TakenOver)) => {
                (ImportState::Interrupted, Some(e.to_string()))
            }
            Err(e) => (ImportState::Failed, Some(e.to_string())),
        };
        let (app, whole) = (&self.app, self.start == self.root);
        let ended = db::write!(app.db, |tx| {
            queries::beat(tx, id, &counts).await?;
            // A look at a part that showed nothing new is not worth remembering.
            if !whole && state == ImportState::Done && counts.is_calm() {
                return queries::drop_import(tx, id).await;
            }
            if queries::end(tx, id, state, error.as_deref(), app.now()).await? {
                outbox::emit(tx, &Event::ImportFinished { import: id }, app.id(), app.now()).await?;
            }
            queries::prune(tx).await
        });
        claim.ended = ended.is_ok();
        outcome?;
        ended?;
        Ok(Report { id, counts })
    }

    /// Claims the folder: nobody else imports it, or a part of it, or a folder that it is part of.
    async fn claim(&self) -> Result<Claim, ImportError> {
        let (app, root) = (&self.app, place::text(&self.root));
        let refuse = || Err(ImportError::Running(root.clone()));
        let mut others = self.rivals(&root, None).await?;
        // Those that are alive will have said so by then.
        for _ in 0..SILENT_LOOKS {
            if others.is_empty() {
                break;
            }
            sleep(LOOK).await;
            let now = self.rivals(&root, None).await?;
            if now.iter().any(|rival| !others.contains(rival)) {
                return refuse();
            }
            others = now;
        }
        let id = app.id::<ImportId>();
        let begun = db::write!(app.db, |tx| {
            for rival in &others {
                let error = "its process ended before its work";
                queries::end(tx, rival.id, ImportState::Interrupted, Some(error), app.now()).await?;
            }
            queries::begin(tx, id, &root, app.now()).await
        })?;
        if !begun {
            return refuse();
        }
        let claim = Claim { app: app.clone(), id, ended: false };
        // On PostgreSQL another may have begun at the same moment, neither seeing the other.
        if !self.rivals(&root, Some(id)).await?.is_empty() {
            return refuse();
        }
        Ok(claim)
    }

    /// The running imports, besides `own`, of folders that have files with `root` in common.
    async fn rivals(&self, root: &str, own: Option<ImportId>) -> db::Result<Vec<Running>> {
        let mut running = db::read!(self.app.db, |tx| queries::running(tx).await)?;
        running.retain(|other| own != Some(other.id) && other.shares_files_with(root));
        Ok(running)
    }

    async fn work(
        &self,
        id: ImportId,
        counts: &mut Counts,
        progress: &mut (dyn FnMut(Progress) + Send),
    ) -> Result<(), ImportError> {
        let total = Arc::new(Total::default());
        let (done, mut steps) = mpsc::channel(1);
        // Ends its tasks when it is dropped; those that block end when nobody listens to them any more.
        let mut tasks = JoinSet::new();
        tasks.spawn(pump(self.app.clone(), self.media.clone(), self.find(), self.folder(), self.jobs, done));
        if self.count {
            let (total, root) = (Arc::clone(&total), self.root.clone());
            spawn_blocking(move || total.count(&root));
        }
        let total = StopCounting(total);
        let mut beat = interval(BEAT);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let step = tokio::select! {
                step = steps.recv() => step,
                _ = beat.tick() => {
                    self.beat(id, counts).await?;
                    continue;
                }
            };
            match step {
                Some(Ok(step)) => self.take(step, id, counts, progress).await?,
                Some(Err(e)) => return Err(e),
                None => break,
            }
            progress(Progress::Counts { counts: *counts, total: total.0.get() });
        }
        // A panic on the other side is not an end.
        match tasks.join_next().await {
            Some(Ok(())) => Ok(()),
            _ => Err(ImportError::Interrupted),
        }
    }

    async fn beat(&self, id: ImportId, counts: &Counts) -> Result<(), ImportError> {
        let ours = db::write!(self.app.db, |tx| queries::beat(tx, id, counts).await)?;
        if ours { Ok(()) } else { Err(ImportError::TakenOver) }
    }

    /// Carries out a step.
    async fn take(
        &self,
        step: Done,
        id: ImportId,
        counts: &mut Counts,
        progress: &mut (dyn FnMut(Progress) + Send),
    ) -> Result<(), ImportError> {
        let app = &self.app;
        match step {
            Done::Read(read) => {
                for file in &read.files {
                    let refused = file.outcome.as_ref().err().map(|refusal| &refusal.reason);
                    if let Some(reason) = refused.or(file.untagged.as_ref()) {
                        let (path, reason) = (file.sound.place.clone(), reason.clone());
                        progress(Progress::Trouble(Trouble { path, reason }));
                    }
                }
                let batch = Batch::of(app, read).await?;
                let some = db::write!(app.db, |tx| store::write(tx, app, id, &batch, counts).await)?;
                if many_more(counts.added, counts.added + some.added) {
                    app.db.analyze(&queries::GROWING).await?;
                }
                counts.seen += some.seen;
                counts.added += some.added;
                counts.updated += some.updated;
                counts.moved += some.moved;
                counts.broken += some.broken;
            }
            Done::Other(Step::Gone(places)) => {
                let missing = db::write!(app.db, |tx| store::lose(tx, app, id, &places, counts).await)?;
                counts.missing += missing;
            }
            Done::Other(Step::Trouble { place: path, reason }) => {
                counts.skipped += 1;
                progress(Progress::Trouble(Trouble { path, reason }));
            }
            Done::Other(Step::Unchanged(n)) => {
                counts.unchanged += n;
                counts.seen += n;
            }
            Done::Other(Step::StillBroken { place: path, reason }) => {
                counts.broken += 1;
                counts.still_broken += 1;
                counts.seen += 1;
                // Whoever watches was told when it was found.
                if self.start == self.root {
                    progress(Progress::Trouble(Trouble { path, reason }));
                }
            }
            Done::Other(Step::StillWrong { place: path, reason }) => {
                counts.unchanged += 1;
                counts.seen += 1;
                if self.start == self.root {
                    progress(Progress::Trouble(Trouble { path, reason }));
                }
            }
            Done::Other(Step::Read(_)) => {}
        }
        Ok(())
    }

    /// The text of the part that is looked at, with a slash at its end.
    fn folder(&self) -> String {
        let text = place::text(&self.start);
        if text.ends_with('/') { text } else { text + "/" }
    }

    /// Walks, on a thread of its own, as far as anybody listens.
    fn find(&self) -> mpsc::Receiver<Vec<Found>> {
        let (found, finds) = mpsc::channel(4);
        let (root, start) = (self.root.clone(), self.start.clone());
        spawn_blocking(move || {
            let mut some = Vec::with_capacity(HANDFUL);
            walk::walk(&root, &start, |one| {
                some.push(one);
                if some.len() < HANDFUL {
                    return ControlFlow::Continue(());
                }
                let full = std::mem::replace(&mut some, Vec::with_capacity(HANDFUL));
                if found.blocking_send(full).is_ok() {
                    ControlFlow::Continue(())
                } else {
                    ControlFlow::Break(())
                }
            });
            // Whoever does not listen any more does not miss the rest.
            let _ = found.blocking_send(some);
        });
        finds
    }
}

/// Compares, reads and hands on, in order and never far ahead, until there is nothing more or nobody listens.
async fn pump(
    app: App,
    media: Pool,
    finds: mpsc::Receiver<Vec<Found>>,
    folder: String,
    jobs: usize,
    done: mpsc::Sender<Result<Done, ImportError>>,
) {
    let (steps_in, mut steps_out) = mpsc::channel(1);
    let compare = compare(Compare::new(app.db.clone(), &folder), finds, steps_in);
    let steps = stream::poll_fn(move |cx| steps_out.poll_recv(cx));
    let mut read = std::pin::pin!(
        steps
            .map(|step: Result<Step, db::Error>| {
                let (media, now) = (media.clone(), app.now());
                async move {
                    match step? {
                        Step::Read(candidates) => read_all(media, candidates, now).await,
                        step => Ok(Done::Other(step)),
                    }
                }
            })
            .buffered(jobs.max(1) + 1)
    );
    let hand_on = async {
        while let Some(step) = read.next().await {
            if done.send(step).await.is_err() {
                return;
            }
        }
    };
    tokio::join!(compare, hand_on);
}

async fn read_all(media: Pool, candidates: Vec<Candidate>, now: Time) -> Result<Done, ImportError> {
    read::read(media, candidates, now).await.map(Done::Read)
}

async fn compare(
    mut compare: Compare,
    mut finds: mpsc::Receiver<Vec<Found>>,
    steps: mpsc::Sender<Result<Step, db::Error>>,
) {
    while let Some(found) = finds.recv().await {
        let some = compare.take(found).await;
        if hand_over(some, &steps).await.is_err() {
            return;
        }
    }
    // Nobody listens any more: then nobody misses it.
    let _ = hand_over(compare.finish().await, &steps).await;
}

async fn hand_over(
    some: db::Result<Vec<Step>>,
    steps: &mpsc::Sender<Result<Step, db::Error>>,
) -> Result<(), ()> {
    match some {
        Ok(some) => {
            for step in some {
                steps.send(Ok(step)).await.map_err(|_| ())?;
            }
            Ok(())
        }
        Err(e) => {
            let _ = steps.send(Err(e)).await;
            Err(())
        }
    }
}

/// Whether the database had better count its rows anew once there are `after` new tracks: at 256, and each time that
/// they are four times as many.
fn many_more(before: u64, after: u64) -> bool {
    after.max(64).ilog(4) > before.max(64).ilog(4)
}

/// About how many files there are.
#[derive(Default)]
struct Total {
    files: AtomicU64,
    complete: AtomicBool,
    unwanted: AtomicBool,
}

impl Total {
    fn count(&self, root: &Path) {
        walk::count(root, |files| {
            self.files.fetch_add(files, Ordering::Relaxed);
            if self.unwanted.load(Ordering::Relaxed) {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        });
        self.complete.store(true, Ordering::Release);
    }

    fn get(&self) -> Option<u64> {
        self.complete.load(Ordering::Acquire).then(|| self.files.load(Ordering::Relaxed))
    }
}

/// Ends the counting when the import ends.
struct StopCounting(Arc<Total>);

impl Drop for StopCounting {
    fn drop(&mut self) {
        self.0.unwanted.store(true, Ordering::Relaxed);
    }
}
