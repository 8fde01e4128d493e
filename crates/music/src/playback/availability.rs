//! Tells the catalogue when the file behind a track is away, or is back: by who wants to hear it, and since nobody can ask
//! for what is said to be away, by looking again from time to time.

use std::{
    collections::HashSet,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use db::schedule;
use kernel::TrackId;

use super::queries;
use crate::{
    Music,
    catalogue::{self, bulk},
};

/// Tracks whose files are looked at in the background at most; what is one too many is noticed by the next listener.
const MOST: usize = 1_000;

/// How often the files of tracks are looked at again that were away.
const AGAIN: Duration = Duration::from_mins(1);
/// Files that are looked at again at a time. When some of them are back, the next follow at once.
const BATCH: u32 = 500;

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

/// Looks again each minute at files that were away, until `stop` is done.
pub async fn tend(music: Music, stop: impl Future<Output = ()>) {
    let work = async {
        let mut after = None;
        loop {
            tokio::time::sleep(AGAIN / 2).await;
            let (db, now) = (&music.app.db, music.app.now());
            let due: db::Result<bool> =
                db::write!(db, |tx| schedule::due(tx, "look_again", AGAIN, now).await);
            match due {
                Ok(false) => continue,
                Ok(true) => {}
                Err(error) => tracing::warn!(%error, "what is away cannot be looked up"),
            }
            match look_again(&music, after).await {
                Ok(next) => after = next,
                Err(error) => tracing::warn!(%error, "files that were away cannot be looked at"),
            }
        }
    };
    tokio::select! {
        () = stop => {}
        () = work => {}
    }
}

/// Looks at the files of tracks `after` that one that were away, and notes those that are back. Answers after which to go on
/// the next time.
///
/// # Errors
/// Those of the database.
pub async fn look_again(music: &Music, mut after: Option<TrackId>) -> db::Result<Option<TrackId>> {
    let (app, playback) = (&music.app, &music.playback);
    loop {
        let away = db::read!(app.db, |tx| queries::away(tx, after, BATCH).await)?;
        after = match away.last() {
            Some((last, _)) if away.len() == BATCH as usize => Some(*last),
            _ => None,
        };
        let mut back = Vec::new();
        for (track, known) in away {
            if playback.files.open(&known).await.is_ok() {
                back.push(track);
            }
        }
        if back.is_empty() {
            return Ok(after);
        }
        let now = app.now();
        db::write!(app.db, |tx| {
            let touched = bulk::set_available(tx, back.iter().copied(), true, now).await?;
            catalogue::settle(tx, &touched, now).await
        })?;
        tracing::info!(tracks = back.len(), "files that were away are back");
        for track in back {
            playback.forget(track);
        }
        if after.is_none() {
            return Ok(after);
        }
    }
}
