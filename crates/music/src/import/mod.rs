//! Bringing the music of a folder into the library, and keeping the two alike.
//!
//! Owns: `library_file`, `library_import`.
//!
//! Files stay where they are and are never written. What holds:
//! - a file whose size, time of change and inode are what they were, and whose folder's picture is too, is not
//!   opened;
//! - the file at a path is one track for as long as the path exists, whatever its tags become. A file that is new
//!   at its path is a moved one if its sample (some bytes from its middle) is that of a stored file which is not at
//!   its own path any more; of several the likest counts;
//! - a file that is gone, or that cannot be read any more, leaves its track, unavailable, with its plays and likes.
//!   It comes back with the file. An album or artist of the library with no file there is not listed; one that
//!   nothing refers to at all any more is deleted;
//! - what a folder is imported to does not depend on what was imported before it: only ids do;
//! - once somebody manages the page that a track is on, its tags say nothing any more: of the file it is followed where
//!   it lies, how long it is, the picture in it unless another was uploaded, and whether it is there;
//! - files are written in batches, each in a transaction of its own that leaves everything in order. An import that
//!   is killed has done some of its work, and the next one does the rest;
//! - one import at a time runs over a folder and what is below and above it.

mod api;
mod compare;
mod error;
mod facts;
mod folders;
mod progress;
mod queries;
mod read;
mod run;
mod store;
mod walk;
mod watch;

use std::path::{Path, PathBuf};

use db::Tx;
use infra::App;
use media::Pool;

pub use api::{Import, ImportRequest, ImportStarted, jobs, routes};
pub use error::ImportError;
pub use progress::{Counts, Progress, Report, Trouble};
pub use queries::ImportState;

use run::Pass;

/// What to import, and how.
#[derive(Debug, Clone)]
pub struct Options {
    /// The folder.
    pub root: PathBuf,
    /// Whether to stay and follow the changes in it.
    pub watch: bool,
    /// Batches of files that are read at the same time; children of the pool that are kept busy.
    pub jobs: usize,
    /// Whether the files are counted ahead, so that progress has a total.
    pub count: bool,
}

/// Imports a folder; `media` must be allowed to read it. With `watch`, goes on until `stop` and answers the report of
/// the first pass. Dropped in the middle, it leaves the library in order, and the next import of the folder waits
/// for some seconds to see that it is dead.
///
/// # Errors
/// When the import could not be made or not to its end. Single files that cannot be read are no error.
pub async fn run(
    app: App,
    media: Pool,
    options: Options,
    progress: &mut (dyn FnMut(Progress) + Send),
    stop: impl Future<Output = ()> + Send,
) -> Result<Report, ImportError> {
    let root = folder(&options.root).await?;
    media.allow(&root);
    let mut stop = std::pin::pin!(stop);
    // Before the first look, so that nothing happens unseen between the two.
    let mut watch = if options.watch { Some(watch::Watch::of(&root)?) } else { None };
    let start = root.clone();
    let mut pass = Pass { app, media, root, start, jobs: options.jobs, count: options.count };
    let report = pass.run(progress, stop.as_mut()).await?;
    progress(Progress::Done(report));
    let Some(watch) = &mut watch else { return Ok(report) };
    loop {
        let folders = tokio::select! {
            folders = watch.next() => folders,
            () = stop.as_mut() => return Ok(report),
        };
        for start in folders {
            (pass.start, pass.count) = (start, false);
            match pass.run(progress, stop.as_mut()).await {
                Ok(report) if report.counts.is_calm() => {}
                Ok(report) => progress(Progress::Done(report)),
                // Somebody else imports the same folder; what is left over is seen by a look at all of it.
                Err(ImportError::Running(_) | ImportError::TakenOver) => watch.look_at_all(),
                Err(ImportError::Interrupted) => return Ok(report),
                Err(e) => return Err(e),
            }
        }
    }
}

/// Notes that the imported file at `place` turned out to be of no use, and why: later imports say so and do not open it
/// until it changes.
pub(crate) async fn spoil(tx: &mut Tx, place: &str, reason: &str) -> db::Result<()> {
    queries::spoil(tx, place, reason).await
}

/// Notes what is wrong with the imported file at `place`, which can be played all the same: later imports say so until it
/// changes.
pub(crate) async fn remark(tx: &mut Tx, place: &str, reason: &str) -> db::Result<()> {
    queries::remark(tx, place, reason).await
}

/// The folder that `root` names, without links in its path.
async fn folder(root: &Path) -> Result<PathBuf, ImportError> {
    let fail = |reason: String| ImportError::Folder { folder: root.to_owned(), reason };
    let real = tokio::fs::canonicalize(root).await.map_err(|e| match e.kind() {
        std::io::ErrorKind::NotFound => fail("there is no such folder".into()),
        _ => fail(e.to_string()),
    })?;
    let listed = tokio::fs::read_dir(&real).await;
    listed.map(|_| real).map_err(|e| match e.kind() {
        std::io::ErrorKind::NotADirectory => fail("not a folder".into()),
        _ => fail(e.to_string()),
    })
}
