//! Tells the catalogue when the file behind a track is away, or is back.

use kernel::TrackId;

use crate::{
    Music,
    catalogue::{self, bulk},
};

/// Notes that the file of `track` is there or not, if that differs from what the catalogue says.
pub(super) fn note(music: &Music, track: TrackId, was_available: bool, available: bool) {
    if available == was_available {
        return;
    }
    let (music, now) = (music.clone(), music.app.now());
    // Not in the listener's way.
    tokio::spawn(async move {
        let noted: db::Result<()> = db::write!(music.app.db, |tx| {
            let touched = bulk::set_available(tx, [track], available, now).await?;
            catalogue::settle(tx, &touched, now).await
        });
        match noted {
            Ok(()) => music.playback.forget(track),
            Err(error) => {
                tracing::warn!(%track, available, %error, "the state of a track's file cannot be noted");
            }
        }
    });
}
