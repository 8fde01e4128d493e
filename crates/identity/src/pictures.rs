//! The pictures that people send: whatever it was, it is read by somebody who may be harmed by it and written anew.

use std::{path::Path, time::Duration};

use aws_lc_rs::digest;
use futures_util::future::BoxFuture;
use infra::{
    App, AtATime, BlobError, BlobKey, Blobs, Quota,
    http::{Form, FormError},
};
use kernel::{AccountId, ErrorCode, Fault, FieldError, ImageId};
use tokio::sync::OwnedMutexGuard;

use crate::{
    Identity,
    images::{Image, Source},
};

/// The largest file, in bytes.
const LARGEST: u64 = 10 << 20;
/// The largest form around such a file, in bytes.
pub const LARGEST_FORM: usize = (10 << 20) + (64 << 10);
/// The longest side of what is kept, in pixels: the most that `/images` gives out.
const SIDE: u32 = 1024;
/// New pictures by account: reading one keeps a process busy for a moment.
const BY_ACCOUNT: Quota = Quota { name: "picture", burst: 60, every: Duration::from_secs(10) };

/// Forms of one account that come at a time.
const FORMS_OF_ONE: AtATime = AtATime { name: "picture", most: 2 };
/// Forms of everybody that come at a time: about a mebibyte of memory each.
const FORMS: AtATime = AtATime { name: "pictures", most: 32 };
/// How long whoever finds too many on their way should wait.
const WAIT: Duration = Duration::from_secs(5);

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
        matches!(self, Self::Busy).then_some(WAIT)
    }
}

/// Why a picture was not kept.
#[derive(Debug, thiserror::Error)]
pub enum KeepError {
    /// Too many in a short time.
    #[error("too many pictures: wait {} seconds", .0.as_secs() + 1)]
    Limited(Duration),
    /// Too many at a time.
    #[error("so many pictures of this account are on their way already: send one after the other")]
    AtATime,
    /// The form that it came in.
    #[error(transparent)]
    Form(#[from] FormError),
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
            Self::Limited(_) | Self::AtATime => ErrorCode::RateLimited,
            Self::Form(e) => e.code(),
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
            Self::Form(e) => e.fields(),
            _ => Vec::new(),
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Limited(wait) => Some(*wait),
            Self::AtATime => Some(WAIT),
            Self::Picture(e) => e.retry_after(),
            Self::Form(_) | Self::Blob(_) => None,
        }
    }
}

/// Stores the middle square of the picture in the field `file` of `form`, which `account` sends. The image that comes of it
/// belongs into [`images`](crate::images); if it is not needed after all, [`discard`] it.
///
/// # Errors
/// When it is no picture that can be used, when there were too many, and when it cannot be stored.
pub async fn keep(identity: &Identity, account: AccountId, form: Form) -> Result<Image, KeepError> {
    let (app, who) = (&identity.app, account.to_string());
    // Before anything of it is read: what comes takes memory and room while it does.
    app.limits.take(BY_ACCOUNT, &who, app.now()).map_err(KeepError::Limited)?;
    let _one = app.limits.enter(FORMS_OF_ONE, &who).ok_or(KeepError::AtATime)?;
    let _one_of_all = app.limits.enter(FORMS, "").ok_or(PictureError::Busy)?;
    let file = form.only_file(app, "file", LARGEST).await?;
    let turn = turn(app, account).await;
    let jpeg = identity.pictures.square(file.path(), SIDE).await?;
    drop(turn);
    let _room = app.room.promise(&app.config.data, jpeg.len() as u64).map_err(FormError::Io)?;
    let id = ImageId(app.ids.random_uuid());
    let key = key(&format!("images/{id}.{}.jpg", app.now().micros() / 1_000_000));
    let hash = digest::digest(&digest::SHA256, &jpeg).as_ref().to_vec();
    let image = Image { id, source: Source::Blob, place: key.to_string(), hash };
    on_disk(app.blobs.clone(), key, move |blobs, key| blobs.put(key, jpeg.into())).await?;
    Ok(image)
}

/// Waits until no other file that `account` sent is being read: however long somebody's files take, everybody else's go
/// on beside them.
pub async fn turn(app: &App, account: AccountId) -> OwnedMutexGuard<()> {
    app.limits.turn("read", &account.to_string()).await
}

/// The sizes that a picture is given out in, in pixels a side.
pub const SIZES: [u32; 5] = [64, 128, 256, 512, SIDE];

/// Where pictures are kept: what was sent, and what was made of it and of others in [`SIZES`].
pub const FOLDERS: [&str; 2] = ["images", "sizes"];

/// Where the picture is kept in one of [`SIZES`] once it was made. That can be emptied at any time.
pub fn sized(id: ImageId, size: u32) -> BlobKey {
    key(&format!("sizes/{id}.{size}.jpg"))
}

/// The picture that a key in [`FOLDERS`] is of, and the second before which it was not there: nobody has a picture
/// before its transaction has ended.
pub fn of_key(key: &BlobKey) -> Option<(ImageId, i64)> {
    let (folder, name) = key.as_str().split_once('/')?;
    let (id, rest) = name.strip_suffix(".jpg")?.split_once('.')?;
    let number = rest.parse().ok()?;
    Some((id.parse().ok()?, if folder == "images" { number } else { 0 }))
}

fn key(text: &str) -> BlobKey {
    BlobKey::new(text).expect("ids are lower-case hexadecimal digits and hyphens")
}

/// Deletes all that is kept of a picture that is not in use any more.
pub async fn discard(app: &App, image: Option<Image>) {
    let Some(image) = image else { return };
    let own = BlobKey::new(image.place).filter(|_| image.source == Source::Blob);
    for key in own.into_iter().chain(SIZES.map(|size| sized(image.id, size))) {
        if let Err(error) = on_disk(app.blobs.clone(), key, Blobs::delete).await {
            tracing::warn!(%error, "a picture that is not in use any more stays until the next sweep");
        }
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
