//! The picture of an account.

use std::time::Duration;

use db::Tx;
use infra::http::Form;
use kernel::{AccountId, ErrorCode, Fault, FieldError, ImageId};

use super::{AccountError, User, queries, user};
use crate::{
    Identity,
    images::{self, Image},
    pictures::{self, KeepError},
};

/// Why an avatar was not set.
#[derive(Debug, thiserror::Error)]
pub(super) enum AvatarError {
    /// The picture.
    #[error(transparent)]
    Picture(#[from] KeepError),
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
            Self::Picture(e) => e.code(),
            Self::Account(e) => e.code(),
        }
    }

    fn fields(&self) -> Vec<FieldError> {
        match self {
            Self::Picture(e) => e.fields(),
            Self::Account(e) => e.fields(),
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Picture(e) => e.retry_after(),
            Self::Account(e) => e.retry_after(),
        }
    }
}

/// Makes the picture in `form` the avatar of `account`.
pub(super) async fn put(identity: &Identity, account: AccountId, form: Form) -> Result<User, AvatarError> {
    let image = pictures::keep(identity, account, form).await?;
    let now = identity.app.now();
    let changed = db::write!(identity.app.db, |tx| {
        images::add(tx, std::slice::from_ref(&image), now).await?;
        swap(tx, account, Some(image.id)).await
    });
    // Whichever picture is not in use now goes.
    let (result, unused) = match changed {
        Ok((user, old)) => (Ok(user), old),
        Err(e) => (Err(e), Some(image)),
    };
    pictures::discard(&identity.app, unused).await;
    result
}

/// Takes the avatar of `account` away, if it has one.
pub(super) async fn remove(identity: &Identity, account: AccountId) -> Result<User, AvatarError> {
    let (user, old) = db::write!(identity.app.db, |tx| swap(tx, account, None).await)?;
    pictures::discard(&identity.app, old).await;
    Ok(user)
}

/// Puts one avatar in the place of another; answers the picture that is not in use any more.
async fn swap(
    tx: &mut Tx,
    account: AccountId,
    new: Option<ImageId>,
) -> Result<(User, Option<Image>), AvatarError> {
    let old = queries::swap_avatar(tx, account, new).await?;
    let old = match old {
        Some(old) => images::remove(tx, old).await?,
        None => None,
    };
    Ok((user(tx, account).await?, old))
}
