//! The picture of an account: whatever was sent, read by somebody who may be harmed by it and written anew.

use std::time::Duration;

use aws_lc_rs::digest;
use db::Tx;
use infra::{BlobError, BlobKey, Blobs, Quota, TempFile};
use kernel::{AccountId, ErrorCode, Fault, FieldError, ImageId};

use super::{AccountError, User, queries, user};
use crate::{
    Identity, PictureError,
    images::{self, Image, Source},
};

/// The largest file, in bytes.
pub(super) const LARGEST: u64 = 10 << 20;
/// The longest side of what is kept, in pixels: the most that `/images` gives out.
const SIDE: u32 = 1024;
/// New avatars by account: reading a picture keeps a process busy for a moment.
const BY_ACCOUNT: Quota = Quota { name: "avatar", burst: 20, every: Duration::from_mins(1) };

/// Why an avatar was not set.
#[derive(Debug, thiserror::Error)]
pub(super) enum AvatarError {
    /// Too many in a short time.
    #[error("too many avatars: wait {} seconds", .0.as_secs() + 1)]
    Limited(Duration),
    /// Not a picture that can be used.
    #[error(transparent)]
    Picture(#[from] PictureError),
    /// It cannot be kept.
    #[error(transparent)]
    Blob(#[from] BlobError),
    /// The account.
    #[error(transparent)]
    Account(#[from] AccountError),
}

impl From<db::Error> for AvatarError {
    fn from(e: db::Error) -> Self {
        Self::Account(e.into())
    }
}

impl Fault for AvatarError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::Limited(_) => ErrorCode::RateLimited,
            Self::Blob(BlobError::Full(_)) => ErrorCode::InsufficientStorage,
            Self::Blob(_) => ErrorCode::Internal,
            Self::Picture(e) => e.code(),
            Self::Account(e) => e.code(),
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
            Self::Account(e) => e.retry_after(),
            Self::Blob(_) => None,
        }
    }
}

/// Makes the picture in `file` the avatar of `account`.
pub(super) async fn put(
    identity: &Identity,
    account: AccountId,
    file: &TempFile,
) -> Result<User, AvatarError> {
    let app = &identity.app;
    app.limits.take(BY_ACCOUNT, &account.to_string(), app.now()).map_err(AvatarError::Limited)?;
    let jpeg = identity.pictures.square(file.path(), SIDE).await?;
    let id = ImageId(app.ids.random_uuid());
    let key =
        BlobKey::new(format!("images/{id}.jpg")).expect("ids are lower-case hexadecimal digits and hyphens");
    let hash = digest::digest(&digest::SHA256, &jpeg).as_ref().to_vec();
    let image = Image { id, source: Source::Blob, place: key.to_string(), hash };
    on_disk(app.blobs.clone(), key.clone(), move |blobs, key| blobs.put(key, jpeg.into())).await?;
    let now = app.now();
    let changed = db::write!(app.db, |tx| {
        images::add(tx, std::slice::from_ref(&image), now).await?;
        swap(tx, account, Some(id)).await
    });
    // Whichever picture is not in use now goes.
    let (result, unused) = match changed {
        Ok((user, old)) => (Ok(user), old),
        Err(e) => (Err(e), Some(key)),
    };
    drop_blob(identity, unused).await;
    result
}

/// Takes the avatar of `account` away, if it has one.
pub(super) async fn remove(identity: &Identity, account: AccountId) -> Result<User, AvatarError> {
    let (user, old) = db::write!(identity.app.db, |tx| swap(tx, account, None).await)?;
    drop_blob(identity, old).await;
    Ok(user)
}

/// Puts one avatar in the place of another; answers the blob that is not in use any more.
async fn swap(
    tx: &mut Tx,
    account: AccountId,
    new: Option<ImageId>,
) -> Result<(User, Option<BlobKey>), AvatarError> {
    let old = queries::swap_avatar(tx, account, new).await?;
    let old = match old {
        Some(old) => images::remove(tx, old).await?,
        None => None,
    };
    Ok((user(tx, account).await?, old.and_then(|image| BlobKey::new(image.place))))
}

async fn drop_blob(identity: &Identity, key: Option<BlobKey>) {
    let Some(key) = key else { return };
    if let Err(error) = on_disk(identity.app.blobs.clone(), key, Blobs::delete).await {
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
