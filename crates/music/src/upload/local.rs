use std::{
    io,
    path::{Path, PathBuf},
};

use infra::{BlobError, BlobKey, place};

use super::{UploadError, queries, temp::TempFile};
use crate::{Music, catalogue::AudioSource};

/// A sound file where a media child can read it. A copy that had to be made for that goes away with this.
#[derive(Debug)]
pub(crate) enum Local {
    /// Where it always lies.
    There(PathBuf),
    /// A copy.
    Copy(TempFile),
}

impl Local {
    /// The sound file at `place`, if it is there.
    ///
    /// # Errors
    /// When the object store fails, or the temporary folder.
    pub(crate) async fn of(
        music: &Music,
        source: AudioSource,
        place: &str,
    ) -> Result<Option<Self>, UploadError> {
        match source {
            AudioSource::File => {
                let path = place::path(place);
                let_in(music, &path).await?;
                there(path).await
            }
            AudioSource::Blob => {
                let unreadable = || db::Error::Unreadable { what: "key of a blob", value: place.to_owned() };
                let key = BlobKey::new(place).ok_or_else(unreadable)?;
                match music.app.blobs.local_path(&key) {
                    Some(path) => there(path).await,
                    None => copy(music, key).await,
                }
            }
        }
    }

    /// Its path.
    pub(crate) fn path(&self) -> &Path {
        match self {
            Self::There(path) => path,
            Self::Copy(temp) => temp.path(),
        }
    }
}

async fn there(path: PathBuf) -> Result<Option<Local>, UploadError> {
    let looking = tokio::task::spawn_blocking(move || {
        let readable = rustix::fs::access(&path, rustix::fs::Access::READ_OK).is_ok();
        readable.then_some(Local::There(path))
    });
    looking.await.map_err(|_| UploadError::Interrupted)
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
async fn copy(music: &Music, key: BlobKey) -> Result<Option<Local>, UploadError> {
    let (app, id) = (music.app.clone(), music.app.ids.uuid(music.app.now()));
    let copying = tokio::task::spawn_blocking(move || {
        let mut from = match app.blobs.open(&key) {
            Err(BlobError::Missing(_)) => return Ok(None),
            from => from?,
        };
        let mut temp = TempFile::create(&app.config.data.join("tmp"), id)?;
        io::copy(&mut from, &mut temp)?;
        Ok(Some(Local::Copy(temp)))
    });
    copying.await.map_err(|_| UploadError::Interrupted)?
}
