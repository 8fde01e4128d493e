//! Previews: a part of a track as a file of its own, for whoever may hear no more.
//!
//! Cut by a job when the track is published or its preview changes, and otherwise when somebody first asks.

use std::time::Duration;

use db::{Tx, job};
use kernel::{JobId, Time, TrackId};
use serde::{Deserialize, Serialize};

use super::{
    PlaybackError,
    access::{Facts, Preview, Sound},
    listener::Listener,
    queries,
};
use crate::{Music, catalogue};

/// The kind of the job that cuts a preview.
pub const JOB: &str = "preview";
/// How long a request waits for a preview that is being cut, in steps.
const PATIENCE: [Duration; 7] = {
    let ms = Duration::from_millis;
    [ms(50), ms(100), ms(200), ms(400), ms(750), ms(1000), ms(1500)]
};

#[derive(Serialize, Deserialize)]
struct Payload {
    track: TrackId,
}

/// Has the preview of `track` cut, if it is not there.
pub async fn want(tx: &mut Tx, track: TrackId, id: JobId, now: Time) -> db::Result<()> {
    let key = format!("{JOB}:{track}");
    let payload = serde_json::json!(Payload { track });
    // Somebody waits for it, or will soon.
    let new = job::NewJob { unique_key: Some(key), priority: 10, ..job::NewJob::new(JOB, payload, now) };
    job::enqueue(tx, &new, id, now).await?;
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
        let viewer = listener.account;
        let facts = db::read!(app.db, |tx| queries::facts(tx, track, viewer).await)?;
        let facts = facts.ok_or(PlaybackError::TrackNotFound(track))?;
        if let Some(settled) = settled(&facts.preview, listener) {
            music.playback.forget(track);
            return settled;
        }
    }
    Err(PlaybackError::NotReady)
}

/// What is known of a preview without waiting.
fn settled(preview: &Preview, listener: Listener) -> Option<Result<Sound, PlaybackError>> {
    match preview {
        Preview::There(sound) => Some(Ok(sound.clone())),
        Preview::Pending => None,
        Preview::Never if listener.account.is_none() => Some(Err(PlaybackError::LogIn)),
        Preview::Never => Some(Err(PlaybackError::Refused)),
    }
}

/// Tells the catalogue when the file behind a track is away, or is back.
pub(super) fn note_availability<T>(
    music: &Music,
    track: TrackId,
    was_available: bool,
    answer: &Result<T, PlaybackError>,
) {
    let available = match answer {
        Ok(_) => true,
        Err(PlaybackError::AudioMissing { .. }) => false,
        Err(_) => return,
    };
    if available == was_available {
        return;
    }
    music.playback.forget(track);
    let (app, now) = (music.app.clone(), music.app.now());
    // Not in the listener's way.
    tokio::spawn(async move {
        let noted = db::write!(app.db, |tx| {
            let touched = catalogue::bulk::set_available(tx, [track], available, now).await?;
            catalogue::settle(tx, &touched, now).await
        });
        if let Err(error) = noted {
            tracing::warn!(%track, available, %error, "the state of a track's file cannot be noted");
        }
    });
}
