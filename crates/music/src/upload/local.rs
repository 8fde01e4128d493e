use std::{
    io,
    path::{Path, PathBuf},
};

use infra::{BlobError, BlobKey, place};

use super::{UploadError, queries, temp::TempFile};
use crate::{Music, catalogue::AudioSource};

/// A sound file where a media child can read it. A copy that had to be made for that goes away with this.
#[derive(Debug)]
pub(super) enum Local {
    /// Where it always lies.
    There(PathBuf),
    /// A copy.
    Copy(TempFile),
}

impl Local {
    /// The sound file at `place`.
    ///
    /// # Errors
    /// When the object store fails, or the temporary folder.
    pub(super) async fn of(music: &Music, source: AudioSource, place: &str) -> Result<Self, UploadError> {
        match source {
            AudioSource::File => {
                let path = place::path(place);
                let_in(music, &path).await?;
                Ok(Self::There(path))
            }
            AudioSource::Blob => {
                let unreadable = || db::Error::Unreadable { what: "key of a blob", value: place.to_owned() };
                let key = BlobKey::new(place).ok_or_else(unreadable)?;
                match music.app.blobs.local_path(&key) {
                    Some(path) => Ok(Self::There(path)),
                    None => copy(music, key).await.map(Self::Copy),
                }
            }
        }
    }

    /// Its path.
    pub(super) fn path(&self) -> &Path {
        match self {
            Self::There(path) => path,
            Self::Copy(temp) => temp.path(),
        }
    }
}

/// Lets the children read `path` if it lies in a folder that was imported: by an import of another process, else they
/// could do so already.
async fn let_in(music: &Music, path: &Path) -> Result<(), db::Error> {
    if !music.media.may_read(path) {
        let roots = db::read!(music.app.db, |tx| queries::roots(tx).await)?;
        for root in roots.iter().map(|root| place::path(root)).filter(|root| path.starts_with(root)) {
            music.media.allow(&root);
        }
    }
    Ok(())
}

/// Copies a blob that lies in no folder.
async fn copy(music: &Music, key: BlobKey) -> Result<TempFile, UploadError> {
    let (app, id) = (music.app.clone(), music.app.ids.uuid(music.app.now()));
    let copying = tokio::task::spawn_blocking(move || {
        let mut from = app.blobs.open(&key)?;
        let mut temp = TempFile::create(&app.config.data.join("tmp"), id)?;
        io::copy(&mut from, &mut temp)?;
        Ok(temp)
    });
    copying.await.map_err(|_| UploadError::Interrupted)?
}
