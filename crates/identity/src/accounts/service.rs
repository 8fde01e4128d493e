use db::{Tx, outbox};
use kernel::{AccountId, Event, EventId, Time};

use super::{AccountError, NewAccount, User, queries};

/// Makes an account and tells that it did.
///
/// # Errors
/// When one of its names is taken.
pub(crate) async fn create(
    tx: &mut Tx,
    (id, event): (AccountId, EventId),
    new: &NewAccount,
    now: Time,
) -> Result<(), AccountError> {
    if queries::insert(tx, id, new, now).await? {
        return Ok(outbox::emit(tx, &Event::AccountCreated { account: id }, event, now).await?);
    }
    let email_taken = queries::email_taken(tx, &new.email).await?;
    Err(if email_taken { AccountError::EmailTaken } else { AccountError::UsernameTaken })
}

/// The account as its owner sees it.
///
/// # Errors
/// When there is no such account.
pub async fn user(tx: &mut Tx, id: AccountId) -> Result<User, AccountError> {
    queries::user(tx, id).await?.ok_or(AccountError::NotFound)
}

/// Makes a listener an artist; other roles stay. Answers whether the role changed: call
/// [`Identity::forget`](crate::Identity::forget) then, once the transaction has committed.
pub async fn make_artist(tx: &mut Tx, id: AccountId) -> Result<bool, AccountError> {
    Ok(queries::make_artist(tx, id).await?)
}
