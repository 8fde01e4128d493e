//! Tells the catalogue when the file behind a track is away, or is back.

use std::{
    collections::HashSet,
    sync::{Mutex, PoisonError},
};

use kernel::TrackId;

use super::queries;
use crate::{
    Music,
    catalogue::{self, bulk},
};

/// Tracks whose files are looked at in the background at most; what is one too many is noticed by the next listener.
const MOST: usize = 1_000;

/// The tracks whose files somebody looks at now.
#[derive(Debug, Default)]
pub(super) struct Looks(Mutex<HashSet<TrackId>>);

impl Looks {
    fn begin(&self, track: TrackId) -> bool {
        let mut looks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        looks.len() < MOST && looks.insert(track)
    }

    fn end(&self, track: TrackId) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&track);
    }
}

/// Notes whether the file of `track` is there, if that seems to differ from what the catalogue says.
pub(super) fn note(music: &Music, track: TrackId, was_available: bool, available: bool) {
    if available == was_available || !music.playback.looks.begin(track) {
        return;
    }
    let music = music.clone();
    // Not in the listener's way.
    tokio::spawn(async move {
        if let Err(error) = look(&music, track).await {
            tracing::warn!(%track, %error, "the state of a track's file cannot be noted");
        }
        music.playback.looks.end(track);
    });
}

/// Looks at the file of `track` and writes down what is so now: what the listener met may have changed since, and of two
/// notes the older may come last.
async fn look(music: &Music, track: TrackId) -> db::Result<()> {
    let (app, playback) = (&music.app, &music.playback);
    let Some((known, playable)) = db::read!(app.db, |tx| queries::file(tx, track).await)? else {
        return Ok(());
    };
    let available = playable && playback.files.open(&known).await.is_ok();
    let now = app.now();
    db::write!(app.db, |tx| {
        let touched = bulk::set_available(tx, [track], available, now).await?;
        catalogue::settle(tx, &touched, now).await
    })?;
    playback.forget(track);
    Ok(())
}
