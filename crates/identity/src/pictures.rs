//! The pictures that people send: whatever it was, it is read by somebody who may be harmed by it and written anew.

use std::{path::Path, time::Duration};

use aws_lc_rs::digest;
use futures_util::future::BoxFuture;
use infra::{App, BlobError, BlobKey, Blobs, Quota, TempFile};
use kernel::{AccountId, ErrorCode, Fault, FieldError, ImageId};

use crate::{
    Identity,
    images::{Image, Source},
};

/// The largest file, in bytes.
pub const LARGEST: u64 = 10 << 20;
/// The largest form around such a file, in bytes.
pub const LARGEST_FORM: usize = (10 << 20) + (64 << 10);
/// The longest side of what is kept, in pixels: the most that `/images` gives out.
const SIDE: u32 = 1024;
/// New pictures by account: reading one keeps a process busy for a moment.
const BY_ACCOUNT: Quota = Quota { name: "picture", burst: 60, every: Duration::from_secs(10) };

/// Reads pictures that nobody vouches for. The codecs live in a crate that this one does not know.
pub trait Pictures: Send + Sync {
    /// The picture in the file at `path` as a JPEG of `side` × `side` pixels at most, cut to a square, without
    /// anything that the file says beside the picture.
    fn square<'a>(&'a self, path: &'a Path, side: u32) -> BoxFuture<'a, Result<Vec<u8>, PictureError>>;
}

/// Why a picture was not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PictureError {
    /// Not a picture, damaged, or of a kind that is not accepted.
    #[error("this is not a picture that is accepted: send a JPEG, PNG or WebP file")]
    Unsupported,
    /// More pixels than anybody needs.
    #[error("the picture has too many pixels: make it smaller")]
    TooLarge,
    /// More pictures at a time than can be read, or none at the moment.
    #[error("pictures cannot be read right now: try again in a moment")]
    Busy,
}

impl Fault for PictureError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::Unsupported => ErrorCode::UnsupportedPicture,
            Self::TooLarge => ErrorCode::PictureTooLarge,
            Self::Busy => ErrorCode::Unavailable,
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        matches!(self, Self::Busy).then_some(Duration::from_secs(5))
    }
}

/// Why a picture was not kept.
#[derive(Debug, thiserror::Error)]
pub enum KeepError {
    /// Too many in a short time.
    #[error("too many pictures: wait {} seconds", .0.as_secs() + 1)]
    Limited(Duration),
    /// Not a picture that can be used.
    #[error(transparent)]
    Picture(#[from] PictureError),
    /// It cannot be stored.
    #[error(transparent)]
    Blob(#[from] BlobError),
}

impl Fault for KeepError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::Limited(_) => ErrorCode::RateLimited,
            Self::Picture(e) => e.code(),
            Self::Blob(BlobError::Full(_)) => ErrorCode::InsufficientStorage,
            Self::Blob(_) => ErrorCode::Internal,
        }
    }

    fn fields(&self) -> Vec<FieldError> {
        match self {
            Self::Picture(PictureError::Unsupported) => {
                vec![FieldError::new("/file", "unsupported", self.to_string())]
            }
            _ => Vec::new(),
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Limited(wait) => Some(*wait),
            Self::Picture(e) => e.retry_after(),
            Self::Blob(_) => None,
        }
    }
}

/// Stores the middle square of the picture in `file`, which `account` sent. The image that comes of it belongs into
/// [`images`](crate::images); if it is not needed after all, [`discard`] its key.
///
/// # Errors
/// When it is no picture that can be used, when there were too many, and when it cannot be stored.
pub async fn keep(
    identity: &Identity,
    account: AccountId,
    file: &TempFile,
) -> Result<(Image, BlobKey), KeepError> {
    let app = &identity.app;
    app.limits.take(BY_ACCOUNT, &account.to_string(), app.now()).map_err(KeepError::Limited)?;
    let jpeg = identity.pictures.square(file.path(), SIDE).await?;
    let id = ImageId(app.ids.random_uuid());
    let key =
        BlobKey::new(format!("images/{id}.jpg")).expect("ids are lower-case hexadecimal digits and hyphens");
    let hash = digest::digest(&digest::SHA256, &jpeg).as_ref().to_vec();
    let image = Image { id, source: Source::Blob, place: key.to_string(), hash };
    on_disk(app.blobs.clone(), key.clone(), move |blobs, key| blobs.put(key, jpeg.into())).await?;
    Ok((image, key))
}

/// Deletes the bytes of a picture that is not in use any more, if it has some of its own.
pub async fn discard(app: &App, key: Option<BlobKey>) {
    let Some(key) = key else { return };
    if let Err(error) = on_disk(app.blobs.clone(), key, Blobs::delete).await {
        tracing::warn!(%error, "a picture that is not in use any more stays");
    }
}

/// Runs a call of the store where blocking is allowed.
async fn on_disk(
    blobs: Blobs,
    key: BlobKey,
    call: impl FnOnce(&Blobs, &BlobKey) -> Result<(), BlobError> + Send + 'static,
) -> Result<(), BlobError> {
    let lost = BlobError::Io { key: key.clone(), source: std::io::ErrorKind::Interrupted.into() };
    tokio::task::spawn_blocking(move || call(&blobs, &key)).await.unwrap_or(Err(lost))
}
