//! Sound on its way in: taking the files that artists send, looking into them, and finding out what only decoding
//! tells.
//!
//! What holds:
//! - nothing that a stranger sent is opened in this process; its kind is told by a media child from its content, and
//!   names are only ever titles;
//! - a file is measured while it comes, and stopped at its limit and before the disk is full;
//! - a track, its sound and its cover come together, or nothing is left: a temporary file goes with whoever waits for
//!   it, the rows are one transaction, and what a killed process leaves is swept ([`sweep`]);
//! - `analysed_at` or `analysis_error` is set once for each file, whatever a decoder does over it.

mod analyse;
mod api;
mod error;
mod form;
mod local;
mod metadata;
mod orphans;
mod queries;
mod service;
mod sink;
mod temp;

use std::time::Duration;

use db::{job::Handler, schedule};
use identity::pictures;
use infra::App;

pub use analyse::feed;
pub use api::routes;
pub use error::UploadError;
pub(crate) use local::Local;

use crate::{Music, catalogue};

/// What runs the background jobs of this module.
pub fn jobs(music: &Music) -> impl IntoIterator<Item = Handler> {
    analyse::handlers(music)
}

/// How often it is looked whether something is to be done; a schedule says when it really is.
const LOOK: Duration = Duration::from_secs(20);
/// How long what was deleted keeps its bytes, and its place in the quota of its page.
const ERASED: Duration = Duration::from_hours(24);
/// How often it is swept.
const SWEEP: Duration = Duration::from_hours(1);

/// Sweeps at the start and every hour, and sees to it that imported files are analysed, until `stop` is done.
pub async fn tend(music: Music, stop: impl Future<Output = ()>) {
    let work = async {
        let mut swept = sweep(&music.app).await;
        loop {
            match swept {
                Ok(0) => {}
                Ok(count) => tracing::info!(count, "swept up what uploads had left"),
                Err(error) => tracing::warn!(%error, "what uploads left cannot be swept up"),
            }
            if let Err(error) = feed(&music).await {
                tracing::warn!(%error, "what is to be analysed cannot be looked up");
            }
            tokio::time::sleep(LOOK).await;
            let (db, now) = (&music.app.db, music.app.now());
            let due: db::Result<bool> =
                db::write!(db, |tx| schedule::due(tx, "sweep_uploads", SWEEP, now).await);
            swept = match due {
                Ok(true) => sweep(&music.app).await,
                Ok(false) => Ok(0),
                Err(error) => Err(error.into()),
            };
        }
    };
    tokio::select! {
        () = stop => {}
        () = work => {}
    }
}

/// Removes what uploads left behind whose process was killed: temporary files that nobody works on, and blobs without
/// a row that are older than an hour; and what belonged to things that were deleted a day ago. Answers how many files that
/// was. To be called at the start and every now and then.
///
/// # Errors
/// When a folder, the object store or the database cannot be used.
pub async fn sweep(app: &App) -> Result<usize, UploadError> {
    let folder = app.config.data.join("tmp");
    let files = tokio::task::spawn_blocking(move || {
        Ok::<_, std::io::Error>(temp::sweep(&folder)? + temp::sweep(&folder.join("cut"))?)
    });
    let files = files.await.map_err(|_| UploadError::Interrupted)??;
    let before = app.now().minus(ERASED);
    loop {
        let (erased, unused) = db::write!(app.db, |tx| catalogue::erase(tx, before).await)?;
        for image in unused {
            pictures::discard(app, Some(image)).await;
        }
        if erased == 0 {
            break;
        }
    }
    Ok(files + orphans::sweep(app).await?)
}
