use db::{Result, Tx, sql};
use kernel::{AccountId, ImageId, Time};

use super::{AudioQuality, NewAccount, Person, ProfileChange, User, fold};
use crate::Role;

const USER: &str =
    "a.id, a.email, a.username, a.role, a.created_at, a.bio, a.avatar_id, a.audio_quality, a.offline_enabled";

/// Makes an account unless one of its names is taken; answers whether it did.
pub(super) async fn insert(tx: &mut Tx, id: AccountId, new: &NewAccount, now: Time) -> Result<bool> {
    sql!(
        "INSERT INTO account (id, email, username, username_key, role, bio, audio_quality, offline_enabled, created_at)
         VALUES ($id, $email, $username, $key, $role, '', $quality, FALSE, $now)
         ON CONFLICT DO NOTHING"
    )
    .set("id", id)
    .set("email", new.email.as_deref())
    .set("username", new.username.as_deref())
    .set("key", new.username.as_deref().map(fold))
    .set("role", new.role)
    .set("quality", AudioQuality::default())
    .set("now", now)
    .changed(tx)
    .await
}

pub(super) async fn email_taken(tx: &mut Tx, email: &str) -> Result<bool> {
    let ids = sql!("SELECT id FROM account WHERE email = $1").bind(email).column::<AccountId>(tx).await?;
    Ok(!ids.is_empty())
}

/// Gives an account without an e-mail address one; answers whether it had none.
///
/// # Errors
/// A broken constraint when another account has it: the transaction is lost then.
pub(super) async fn add_email(tx: &mut Tx, id: AccountId, email: &str) -> Result<bool> {
    sql!("UPDATE account SET email = $1 WHERE id = $2 AND email IS NULL")
        .bind(email)
        .bind(id)
        .changed(tx)
        .await
}

/// Whether somebody can log in to the account: with a wallet, or by a name and a password.
pub(super) async fn has_way_in(tx: &mut Tx, id: AccountId) -> Result<bool> {
    sql!(
        "SELECT EXISTS (SELECT 1 FROM linked_wallet WHERE account_id = $id)
             OR EXISTS (SELECT 1 FROM password p JOIN account a ON a.id = p.account_id
                        WHERE a.id = $id AND (a.email IS NOT NULL OR a.username IS NOT NULL))"
    )
    .set("id", id)
    .scalar(tx)
    .await
}

pub(super) async fn user(tx: &mut Tx, id: AccountId) -> Result<Option<User>> {
    sql!("SELECT {user} FROM account a WHERE a.id = $1", user = USER).bind(id).maybe(tx).await
}

pub(super) async fn person(tx: &mut Tx, username: &str) -> Result<Option<Person>> {
    sql!("SELECT id, username, avatar_id FROM account WHERE username_key = $1 AND suspended_at IS NULL")
        .bind(fold(username))
        .maybe(tx)
        .await
}

/// Makes a listener an artist; answers whether the role changed.
pub(super) async fn make_artist(tx: &mut Tx, id: AccountId) -> Result<bool> {
    sql!("UPDATE account SET role = 'artist' WHERE id = $1 AND role = 'listener'").bind(id).changed(tx).await
}

pub(crate) async fn set_role(tx: &mut Tx, id: AccountId, role: Role) -> Result<()> {
    sql!("UPDATE account SET role = $1 WHERE id = $2").bind(role).bind(id).run(tx).await?;
    Ok(())
}

pub(crate) async fn set_suspended(tx: &mut Tx, id: AccountId, since: Option<Time>) -> Result<()> {
    sql!("UPDATE account SET suspended_at = $1 WHERE id = $2").bind(since).bind(id).run(tx).await?;
    Ok(())
}

/// Gives an account a username, or none.
///
/// # Errors
/// A broken constraint when another account has it: the transaction is lost then.
pub(super) async fn set_username(tx: &mut Tx, id: AccountId, username: Option<&str>) -> Result<()> {
    sql!("UPDATE account SET username = $1, username_key = $2 WHERE id = $3")
        .bind(username)
        .bind(username.map(fold))
        .bind(id)
        .run(tx)
        .await?;
    Ok(())
}

pub(super) async fn change_profile(tx: &mut Tx, id: AccountId, change: &ProfileChange) -> Result<()> {
    let bio = change.bio.as_ref().map(|bio| bio.as_deref().unwrap_or_default().trim());
    sql!(
        "UPDATE account SET bio = COALESCE($bio, bio), audio_quality = COALESCE($quality, audio_quality),
             offline_enabled = COALESCE($offline, offline_enabled)
         WHERE id = $id"
    )
    .set("bio", bio)
    .set("quality", change.audio_quality)
    .set("offline", change.offline_enabled)
    .set("id", id)
    .run(tx)
    .await?;
    Ok(())
}

/// Gives an account an avatar, or none; answers the one that it had.
pub(super) async fn swap_avatar(tx: &mut Tx, id: AccountId, new: Option<ImageId>) -> Result<Option<ImageId>> {
    let held = sql!("SELECT avatar_id FROM account WHERE id = $1 {for_update}").bind(id).scalar(tx).await?;
    sql!("UPDATE account SET avatar_id = $1 WHERE id = $2").bind(new).bind(id).run(tx).await?;
    Ok(held)
}
