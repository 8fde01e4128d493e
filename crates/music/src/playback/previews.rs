//! Previews: a part of a track as a file of its own, for whoever may hear no more.
//!
//! Cut by a job when the file was decoded and when the wanted part changes, or else when somebody asks for it; taken away
//! by the same job once the track is deleted.

use std::time::Duration;

use db::{
    Tx,
    job::{self, BoxError, Handler, JobContext, NewJob},
};
use infra::{App, BlobError, BlobKey, Blobs};
use kernel::{JobId, Time, TrackId};
use media::{MediaError, api::MAX_PREVIEW_MS};
use serde::{Deserialize, Serialize};

use super::{
    PlaybackError,
    access::{Facts, Preview, Sound, Wanted},
    listener::Listener,
    queries,
};
use crate::{Music, catalogue::AudioSource, upload::Local};

/// The kind of the job that cuts a preview.
const JOB: &str = "preview";
/// How often a job looks whether the preview is right: a track that changes all the time is left to its next job.
const LOOKS: u32 = 4;
/// How long a request waits for a preview that is being cut, in steps.
const PATIENCE: [Duration; 7] = {
    let ms = Duration::from_millis;
    [ms(50), ms(100), ms(200), ms(400), ms(750), ms(1000), ms(1500)]
};

#[derive(Serialize, Deserialize)]
struct Payload {
    track: TrackId,
}

/// Somebody waits for it.
const NOW: i64 = 10;
/// Somebody will ask for it.
const SOON: i64 = 4;

fn job(track: TrackId, priority: i64, now: Time) -> NewJob {
    let payload = serde_json::json!(Payload { track });
    NewJob { unique_key: Some(format!("{JOB}:{track}")), priority, ..NewJob::new(JOB, payload, now) }
}

/// Has the preview of `track` cut, if it is not there.
async fn want(tx: &mut Tx, track: TrackId, id: JobId, now: Time) -> db::Result<()> {
    job::enqueue(tx, &job(track, NOW, now), id, now).await?;
    Ok(())
}

/// Has the preview of `track` cut before somebody asks for it: to be called when its file or the wanted part is another
/// one.
pub(crate) async fn renew(tx: &mut Tx, app: &App, track: TrackId) -> db::Result<()> {
    let now = app.now();
    job::enqueue(tx, &job(track, SOON, now), app.id(), now).await?;
    Ok(())
}

/// Has the preview of `track` taken away: to be called when the track is deleted.
pub(crate) async fn discard(tx: &mut Tx, app: &App, track: TrackId) -> db::Result<()> {
    let now = app.now();
    // A job of its own, since one that is about to end may have seen the track alive.
    let job = NewJob { unique_key: None, ..job(track, SOON, now) };
    job::enqueue(tx, &job, app.id(), now).await?;
    Ok(())
}

/// The preview, once it is there. Waits a few seconds for one that must be cut first.
pub(super) async fn ready(
    music: &Music,
    track: TrackId,
    listener: Listener,
    facts: &Facts,
) -> Result<Sound, PlaybackError> {
    if let Some(settled) = settled(&facts.preview, listener) {
        return settled;
    }
    // Whoever finds the queue full comes back later; so nobody can have us hold a connection for each of a million
    // tracks.
    let Ok(_place) = music.playback.waiting.try_acquire() else { return Err(PlaybackError::NotReady) };
    let (app, now) = (&music.app, music.app.now());
    let id = app.id();
    db::write!(app.db, |tx| want(tx, track, id, now).await)?;
    for pause in PATIENCE {
        tokio::time::sleep(pause).await;
        let viewer = listener.viewer;
        let facts = db::read!(app.db, |tx| queries::facts(tx, track, viewer).await)?;
        let facts = facts.ok_or(PlaybackError::TrackNotFound(track))?;
        if let Some(settled) = settled(&facts.preview, listener) {
            music.playback.forget(track);
            return settled;
        }
    }
    Err(PlaybackError::NotReady)
}

/// Has the preview of `track` cut although it was there.
pub(super) async fn want_again(music: &Music, track: TrackId) -> db::Result<()> {
    music.playback.forget(track);
    let (app, now) = (&music.app, music.app.now());
    let id = app.id();
    db::write!(app.db, |tx| want(tx, track, id, now).await)
}

/// What is known of a preview without waiting.
fn settled(preview: &Preview, listener: Listener) -> Option<Result<Sound, PlaybackError>> {
    match preview {
        Preview::There(sound) => Some(Ok(sound.clone())),
        Preview::Pending => None,
        Preview::Never if listener.viewer.account().is_none() => Some(Err(PlaybackError::LogIn)),
        Preview::Never => Some(Err(PlaybackError::Refused)),
    }
}

/// What cuts previews.
pub fn jobs(music: &Music) -> Vec<Handler> {
    let music = music.clone();
    vec![Handler::new(JOB, move |context: JobContext| {
        let music = music.clone();
        async move { keep(&music, context.payload::<Payload>()?.track, context.lease.id).await }
    })]
}

/// What a preview is cut from, and what is there of it.
pub(super) struct Cutting {
    /// Where the file lies.
    pub source: AudioSource,
    /// Its place there.
    pub place: String,
    /// The preview that should be there.
    pub wanted: Wanted,
    /// Where the preview lies that is there.
    pub old: Option<String>,
    /// Whether that one lies nowhere because it cannot be cut.
    pub failed: bool,
}

/// Looks again after each cut, since the track may have changed while it was made.
async fn keep(music: &Music, track: TrackId, job: JobId) -> Result<(), BoxError> {
    for _ in 0..LOOKS {
        if is_right(music, track, job).await? {
            break;
        }
    }
    Ok(())
}

/// Cuts or takes away what is not as it should be; answers whether all was right, or can not be made so.
async fn is_right(music: &Music, track: TrackId, job: JobId) -> Result<bool, BoxError> {
    let app = &music.app;
    let Some(from) = db::read!(app.db, |tx| queries::cutting(tx, track).await)? else {
        take_away(app, track).await?;
        return Ok(true);
    };
    let Wanted { start_ms, length_ms, .. } = from.wanted;
    let (Some(key), 1..) = (from.wanted.key(), length_ms) else { return Ok(true) };
    let current = from.old.as_deref() == Some(key.as_str());
    if current && (from.failed || is_kept(&app.blobs, &key).await?) {
        return Ok(true);
    }
    let Some(source) = Local::of(music, from.source, &from.place).await? else {
        tracing::warn!(%track, place = from.place, "a sound file is away, so its preview waits");
        return Ok(true);
    };
    let out = app.config.data.join("tmp/cut").join(job.to_string());
    let (start, length) = (start_ms.unsigned_abs(), length_ms.unsigned_abs().min(MAX_PREVIEW_MS));
    let preview = match music.media.cut_preview(source.path(), start, length, &out).await {
        Ok(made) => {
            let (blobs, to) = (app.blobs.clone(), key.clone());
            tokio::task::spawn_blocking(move || blobs.adopt(&to, &out)).await??;
            Row { size: made.bytes, content_type: made.format.content_type(), error: None }
        }
        // It is the file's fault: another try would end like this one.
        Err(
            error @ (MediaError::Unsupported(_)
            | MediaError::Corrupt(_)
            | MediaError::TooLarge(_)
            | MediaError::Crashed { .. }),
        ) => {
            tracing::warn!(%track, %error, "a track cannot have a preview");
            Row { size: 0, content_type: "", error: Some(error.to_string()) }
        }
        Err(e) => return Err(e.into()),
    };
    let now = app.now();
    db::write!(app.db, |tx| queries::put_preview(tx, track, &key, &preview, now).await)?;
    music.playback.forget(track);
    if let Some(old) = from.old.filter(|_| !current).and_then(BlobKey::new) {
        let blobs = app.blobs.clone();
        tokio::task::spawn_blocking(move || blobs.delete(&old)).await??;
    }
    Ok(false)
}

/// Removes the preview of a track that is deleted: its bytes first, so that nothing is left that nobody names.
async fn take_away(app: &App, track: TrackId) -> Result<(), BoxError> {
    let place = db::read!(app.db, |tx| queries::preview_of_deleted(tx, track).await)?;
    let Some(key) = place.and_then(BlobKey::new) else { return Ok(()) };
    let blobs = app.blobs.clone();
    tokio::task::spawn_blocking(move || blobs.delete(&key)).await??;
    db::write!(app.db, |tx| queries::delete_preview(tx, track).await)?;
    Ok(())
}

/// A preview as it is noted.
pub(super) struct Row {
    /// Its size in bytes.
    pub size: u64,
    /// What it is.
    pub content_type: &'static str,
    /// Why there is none.
    pub error: Option<String>,
}

async fn is_kept(blobs: &Blobs, key: &BlobKey) -> Result<bool, BoxError> {
    let (blobs, key) = (blobs.clone(), key.clone());
    match tokio::task::spawn_blocking(move || blobs.open(&key)).await? {
        Ok(_) => Ok(true),
        Err(BlobError::Missing(_)) => Ok(false),
        Err(e) => Err(e.into()),
    }
}
