//! Blobs that no row names: what is left when the process is killed after it has put a file into the object store and
//! before it has committed the track. They are found by their keys, which carry the id of the sound and so its age.

use std::time::Duration;

use infra::{App, BlobError, BlobKey};
use kernel::AudioId;
use uuid::Uuid;

use super::{UploadError, queries};

/// Where uploaded sound is kept, and where the covers inside it.
const FOLDERS: [&str; 2] = [SOUND, COVERS];
const SOUND: &str = "audio";
const COVERS: &str = "covers";
/// A blob without a row may be an upload that is about to commit, until it is this old.
const AGE: Duration = Duration::from_hours(1);
/// Blobs that are looked up at a time.
const BATCH: usize = 500;

/// Where the bytes of a sound are kept.
pub(super) fn sound_key(audio: AudioId) -> BlobKey {
    key(SOUND, audio)
}

/// Where the cover is kept that came with a sound.
pub(super) fn cover_key(audio: AudioId) -> BlobKey {
    key(COVERS, audio)
}

fn key(folder: &str, audio: AudioId) -> BlobKey {
    BlobKey::new(format!("{folder}/{audio}")).expect("ids are lower-case hexadecimal digits and hyphens")
}

/// The sound that a key was made for, and its age at `now` if it was made by us.
fn audio_of(key: &BlobKey) -> Option<(AudioId, i64)> {
    let id: Uuid = key.as_str().rsplit('/').next()?.parse().ok()?;
    let (seconds, _) = id.get_timestamp()?.to_unix();
    Some((AudioId(id), i64::try_from(seconds).ok()?))
}

/// Removes the orphans; answers how many there were.
pub(super) async fn sweep(app: &App) -> Result<usize, UploadError> {
    let mut swept = 0;
    for folder in FOLDERS {
        let blobs = app.blobs.clone();
        let keys = on_disk(move || blobs.keys(folder)).await?;
        let before = app.now().minus(AGE).micros() / 1_000_000;
        let old: Vec<(BlobKey, AudioId)> = keys
            .into_iter()
            .filter_map(|key| audio_of(&key).filter(|(_, made)| *made < before).map(|(id, _)| (key, id)))
            .collect();
        for batch in old.chunks(BATCH) {
            let ids: Vec<AudioId> = batch.iter().map(|(_, id)| *id).collect();
            let known = db::read!(app.db, |tx| queries::known(tx, &ids).await)?;
            let orphans: Vec<BlobKey> =
                batch.iter().filter(|(_, id)| !known.contains(id)).map(|(key, _)| key.clone()).collect();
            swept += orphans.len();
            let blobs = app.blobs.clone();
            on_disk(move || orphans.iter().try_for_each(|key| blobs.delete(key))).await?;
        }
    }
    Ok(swept)
}

/// Runs a call of the store where blocking is allowed.
async fn on_disk<T: Send + 'static>(
    call: impl FnOnce() -> Result<T, BlobError> + Send + 'static,
) -> Result<T, UploadError> {
    let done = tokio::task::spawn_blocking(call).await;
    Ok(done.map_err(|_| UploadError::Interrupted)??)
}
