use db::{Tx, outbox};
use kernel::{AccountId, Check, Event, EventId, Time};

use super::{AccountError, NewAccount, Person, User, UserChange, check_username, queries};

/// Most characters of a bio.
const LONGEST_BIO: usize = 2000;

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
    let email_taken = match &new.email {
        Some(email) => queries::email_taken(tx, email).await?,
        None => false,
    };
    Err(if email_taken { AccountError::EmailTaken } else { AccountError::UsernameTaken })
}

/// Gives an account without an e-mail address one, which is checked already; answers whether it had none.
///
/// # Errors
/// When another account has it.
pub(crate) async fn add_email(tx: &mut Tx, id: AccountId, email: &str) -> Result<bool, AccountError> {
    let added = queries::add_email(tx, id, email).await;
    added.map_err(|e| if e.is_unique_violation() { AccountError::EmailTaken } else { e.into() })
}

/// To be called in a transaction that holds the account, after it took something away that people log in with.
///
/// # Errors
/// When nothing else is left.
pub(crate) async fn keep_way_in(tx: &mut Tx, id: AccountId) -> Result<(), AccountError> {
    if queries::has_way_in(tx, id).await? { Ok(()) } else { Err(AccountError::LastCredential) }
}

/// The account as its owner sees it.
///
/// # Errors
/// When there is no such account.
pub async fn user(tx: &mut Tx, id: AccountId) -> Result<User, AccountError> {
    queries::user(tx, id).await?.ok_or(AccountError::NotFound)
}

/// The account as everybody sees it who is logged in, by its username in any case. E-mail addresses are not looked at, so
/// that nobody learns whether one has an account.
///
/// # Errors
/// When nobody who can log in has this name.
pub(super) async fn person(tx: &mut Tx, username: &str) -> Result<Person, AccountError> {
    queries::person(tx, username).await?.ok_or(AccountError::NotFound)
}

/// Makes a listener an artist; other roles stay. Answers whether the role changed: call
/// [`Identity::forget`](crate::Identity::forget) then, once the transaction has committed.
pub async fn make_artist(tx: &mut Tx, id: AccountId) -> Result<bool, AccountError> {
    Ok(queries::make_artist(tx, id).await?)
}

/// Changes what the account's owner may change, and answers the account as it is then.
///
/// # Errors
/// When a field is not right, the username is taken, or nobody could log in without the one that goes.
pub async fn update(tx: &mut Tx, id: AccountId, change: &UserChange) -> Result<User, AccountError> {
    let mut check = Check::new();
    if let Some(Some(username)) = &change.username {
        check_username(&mut check, username);
    }
    if let Some(Some(bio)) = change.profile.as_ref().and_then(|profile| profile.bio.as_ref()) {
        check.text("/profile/bio", bio, 0..=LONGEST_BIO);
    }
    check.done()?;
    if let Some(username) = &change.username {
        let set = queries::set_username(tx, id, username.as_deref()).await;
        set.map_err(|e| if e.is_unique_violation() { AccountError::UsernameTaken } else { e.into() })?;
    }
    if let Some(None) = &change.username {
        keep_way_in(tx, id).await?;
    }
    if let Some(profile) = &change.profile {
        queries::change_profile(tx, id, profile).await?;
    }
    user(tx, id).await
}
