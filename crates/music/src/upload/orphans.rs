//! Blobs that no row names: what is left when the process is killed after it has put a file into the object store and
//! before it has committed the track or the picture, or between the end of one and its deletion there. They are found by
//! their keys, which carry an id and an age.

use std::time::Duration;

use identity::{images, pictures};
use infra::{App, BlobError, BlobKey};
use kernel::{AudioId, ImageId};
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
        for batch in old(app, folder, audio_of).await?.chunks(BATCH) {
            let ids: Vec<AudioId> = batch.iter().map(|(_, id)| *id).collect();
            let known = db::read!(app.db, |tx| queries::known(tx, &ids).await)?;
            swept += remove(app, batch, &known).await?;
        }
    }
    for folder in pictures::FOLDERS {
        for batch in old(app, folder, pictures::of_key).await?.chunks(BATCH) {
            let ids: Vec<ImageId> = batch.iter().map(|(_, id)| *id).collect();
            let known = db::read!(app.db, |tx| images::known(tx, &ids).await)?;
            swept += remove(app, batch, &known).await?;
        }
    }
    Ok(swept)
}

/// What lies in `folder` and is old, with what its keys are `of`.
async fn old<T>(
    app: &App,
    folder: &'static str,
    of: impl Fn(&BlobKey) -> Option<(T, i64)>,
) -> Result<Vec<(BlobKey, T)>, UploadError> {
    let blobs = app.blobs.clone();
    let keys = on_disk(move || blobs.keys(folder)).await?;
    let before = app.now().minus(AGE).micros() / 1_000_000;
    let old = |key| of(&key).filter(|(_, made)| *made < before).map(|(id, _)| (key, id));
    Ok(keys.into_iter().filter_map(old).collect())
}

/// Removes those whose ids are not `known`.
async fn remove<T: PartialEq>(app: &App, batch: &[(BlobKey, T)], known: &[T]) -> Result<usize, UploadError> {
    let orphans: Vec<BlobKey> =
        batch.iter().filter(|(_, id)| !known.contains(id)).map(|(key, _)| key.clone()).collect();
    let (blobs, count) = (app.blobs.clone(), orphans.len());
    on_disk(move || orphans.iter().try_for_each(|key| blobs.delete(key))).await?;
    Ok(count)
}

/// Runs a call of the store where blocking is allowed.
async fn on_disk<T: Send + 'static>(
    call: impl FnOnce() -> Result<T, BlobError> + Send + 'static,
) -> Result<T, UploadError> {
    let done = tokio::task::spawn_blocking(call).await;
    Ok(done.map_err(|_| UploadError::Interrupted)??)
}
