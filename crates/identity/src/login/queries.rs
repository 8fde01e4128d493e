use db::{Result, Rows, Tx, from_row, sql};
use kernel::{AccountId, DeviceId, Limit, Time};

use super::model::{Device, NewDevice};
use crate::{
    Role,
    accounts::{LoginKey, login_key},
};

/// What a log-in is checked against.
pub(super) struct Credentials {
    pub(super) account: AccountId,
    pub(super) suspended_at: Option<Time>,
    pub(super) phc: Option<String>,
}

from_row!(Credentials { account, suspended_at, phc });

pub(super) async fn credentials(tx: &mut Tx, login: &str) -> Result<Option<Credentials>> {
    let query = sql!(
        "SELECT a.id AS account, a.suspended_at, p.phc FROM account a LEFT JOIN password p ON p.account_id = a.id
         WHERE TRUE[[ AND a.email = $email]][[ AND a.username_key = $username]]"
    );
    match login_key(login) {
        LoginKey::Email(email) => query.set("email", email),
        LoginKey::Username(username) => query.set("username", username),
    }
    .maybe(tx)
    .await
}

/// Where the account called `login` is logged in.
pub(super) async fn addresses(tx: &mut Tx, login: &str, now: Time) -> Result<Vec<String>> {
    let query = sql!(
        "SELECT DISTINCT d.address FROM device d JOIN account a ON a.id = d.account_id
         WHERE d.expires_at > $now[[ AND a.email = $email]][[ AND a.username_key = $username]]"
    )
    .set("now", now);
    match login_key(login) {
        LoginKey::Email(email) => query.set("email", email),
        LoginKey::Username(username) => query.set("username", username),
    }
    .column(tx)
    .await
}

/// Holds the account until the transaction ends, so that a log-in and the end of all log-ins do not pass each other
/// by. Answers whether it may still log in with the password whose hash is `phc`.
pub(super) async fn hold(tx: &mut Tx, account: AccountId, phc: &str) -> Result<bool> {
    let held = sql!(
        "SELECT a.id FROM account a JOIN password p ON p.account_id = a.id
         WHERE a.id = $1 AND a.suspended_at IS NULL AND p.phc = $2 {for_update}"
    );
    Ok(!held.bind(account).bind(phc).column::<AccountId>(tx).await?.is_empty())
}

/// Holds the account until the transaction ends, as [`hold`] does. Answers whether it may log in at all.
pub(crate) async fn hold_account(tx: &mut Tx, account: AccountId) -> Result<bool> {
    let held = sql!("SELECT id FROM account WHERE id = $1 AND suspended_at IS NULL {for_update}");
    Ok(!held.bind(account).column::<AccountId>(tx).await?.is_empty())
}

pub(super) async fn phc(tx: &mut Tx, account: AccountId) -> Result<Option<String>> {
    let found = sql!("SELECT phc FROM password WHERE account_id = $1").bind(account).column(tx).await?;
    Ok(found.into_iter().next())
}

pub(super) async fn put_password(tx: &mut Tx, account: AccountId, phc: &str, now: Time) -> Result<()> {
    sql!(
        "INSERT INTO password (account_id, phc, changed_at) VALUES ($account, $phc, $now)
         ON CONFLICT (account_id) DO UPDATE SET phc = excluded.phc, changed_at = excluded.changed_at"
    )
    .set("account", account)
    .set("phc", phc)
    .set("now", now)
    .run(tx)
    .await?;
    Ok(())
}

/// Gives an account a password unless it has one; answers whether it did.
pub(super) async fn add_password(tx: &mut Tx, account: AccountId, phc: &str, now: Time) -> Result<bool> {
    sql!(
        "INSERT INTO password (account_id, phc, changed_at) VALUES ($1, $2, $3)
         ON CONFLICT (account_id) DO NOTHING"
    )
    .bind(account)
    .bind(phc)
    .bind(now)
    .changed(tx)
    .await
}

/// Stores the same password hashed anew: not a change that anybody made.
pub(super) async fn rehash(tx: &mut Tx, account: AccountId, phc: &str) -> Result<()> {
    sql!("UPDATE password SET phc = $1 WHERE account_id = $2").bind(phc).bind(account).run(tx).await?;
    Ok(())
}

pub(super) async fn insert_device(
    tx: &mut Tx,
    account: AccountId,
    device: &NewDevice,
    now: Time,
    expires_at: Time,
) -> Result<()> {
    sql!(
        "INSERT INTO device (id, account_id, web, name, address, created_at, seen_at, expires_at)
         VALUES ($id, $account, $web, $name, $address, $now, $now, $expires)"
    )
    .set("id", device.id)
    .set("account", account)
    .set("web", device.web)
    .set("name", device.name.as_str())
    .set("address", device.address.as_str())
    .set("now", now)
    .set("expires", expires_at)
    .run(tx)
    .await?;
    Ok(())
}

/// Ends the log-ins of an account that have expired, and all others but the `keep` that were seen last.
pub(super) async fn end_surplus(tx: &mut Tx, account: AccountId, keep: u32, now: Time) -> Result<()> {
    sql!(
        "DELETE FROM device WHERE account_id = $account AND (expires_at <= $now OR id IN (
             SELECT id FROM device WHERE account_id = $account
             ORDER BY seen_at DESC, id DESC LIMIT 1000 OFFSET $keep))"
    )
    .set("account", account)
    .set("keep", keep)
    .set("now", now)
    .run(tx)
    .await?;
    Ok(())
}

/// A live log-in.
pub(super) struct Live {
    pub(super) account: AccountId,
    pub(super) role: Role,
    pub(super) expires_at: Time,
}

from_row!(Live { account, role, expires_at });

pub(super) async fn live(tx: &mut Tx, device: DeviceId, now: Time) -> Result<Option<Live>> {
    sql!(
        "SELECT a.id AS account, a.role, d.expires_at FROM device d JOIN account a ON a.id = d.account_id
         WHERE d.id = $device AND d.expires_at > $now AND a.suspended_at IS NULL"
    )
    .set("device", device)
    .set("now", now)
    .maybe(tx)
    .await
}

pub(super) async fn logged_out(tx: &mut Tx, devices: &[DeviceId], now: Time) -> Result<Vec<DeviceId>> {
    sql!(
        "SELECT r.id FROM {rows $devices r(id uuid)} WHERE NOT EXISTS
             (SELECT 1 FROM device d JOIN account a ON a.id = d.account_id
              WHERE d.id = r.id AND d.expires_at > $now AND a.suspended_at IS NULL)"
    )
    .set_rows("devices", devices.iter().map(|device| (*device,)).collect::<Rows>())
    .set("now", now)
    .column(tx)
    .await
}

pub(super) async fn insert_token(tx: &mut Tx, hash: [u8; 32], device: DeviceId, now: Time) -> Result<()> {
    sql!("INSERT INTO refresh_token (hash, device_id, created_at) VALUES ($1, $2, $3)")
        .bind(hash)
        .bind(device)
        .bind(now)
        .run(tx)
        .await?;
    Ok(())
}

/// The device that a refresh token belongs to.
pub(super) async fn device_of_token(tx: &mut Tx, hash: [u8; 32]) -> Result<Option<DeviceId>> {
    let found = sql!("SELECT device_id FROM refresh_token WHERE hash = $1").bind(hash).column(tx).await?;
    Ok(found.into_iter().next())
}

/// Holds a device until the transaction ends; answers whether it is there.
pub(super) async fn hold_device(tx: &mut Tx, device: DeviceId) -> Result<bool> {
    let held = sql!("SELECT id FROM device WHERE id = $1 {for_update}");
    Ok(!held.bind(device).column::<DeviceId>(tx).await?.is_empty())
}

/// Uses a refresh token up; answers whether it was unused.
pub(super) async fn use_token(tx: &mut Tx, hash: [u8; 32], now: Time) -> Result<bool> {
    sql!("UPDATE refresh_token SET used_at = $1 WHERE hash = $2 AND used_at IS NULL")
        .bind(now)
        .bind(hash)
        .changed(tx)
        .await
}

pub(super) async fn used_at(tx: &mut Tx, hash: [u8; 32]) -> Result<Time> {
    sql!("SELECT used_at FROM refresh_token WHERE hash = $1").bind(hash).scalar(tx).await
}

/// Notes that a device renewed its log-in.
pub(super) async fn renew_device(
    tx: &mut Tx,
    device: DeviceId,
    address: &str,
    now: Time,
    expires_at: Time,
) -> Result<()> {
    sql!("UPDATE device SET seen_at = $now, expires_at = $expires, address = $address WHERE id = $device")
        .set("now", now)
        .set("expires", expires_at)
        .set("address", address)
        .set("device", device)
        .run(tx)
        .await?;
    Ok(())
}

/// Forgets the tokens of a device that were used up before `before`.
pub(super) async fn prune_tokens(tx: &mut Tx, device: DeviceId, before: Time) -> Result<()> {
    sql!("DELETE FROM refresh_token WHERE device_id = $1 AND used_at < $2")
        .bind(device)
        .bind(before)
        .run(tx)
        .await?;
    Ok(())
}

/// Deletes up to `n` log-ins that were over at `now`, with their tokens; answers how many.
pub async fn prune(tx: &mut Tx, now: Time, n: u32) -> Result<u64> {
    sql!(
        "DELETE FROM device WHERE id IN (
             SELECT id FROM device WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)"
    )
    .bind(now)
    .bind(n)
    .run(tx)
    .await
}

/// Ends one log-in of an account; answers whether there was one.
pub(super) async fn end_device(tx: &mut Tx, account: AccountId, device: DeviceId, now: Time) -> Result<bool> {
    sql!("DELETE FROM device WHERE id = $1 AND account_id = $2 AND expires_at > $3")
        .bind(device)
        .bind(account)
        .bind(now)
        .changed(tx)
        .await
}

/// Ends the log-in that a refresh token belongs to; answers whose it was, if there was one.
pub(super) async fn end_device_of_token(tx: &mut Tx, hash: [u8; 32]) -> Result<Option<AccountId>> {
    let ended = sql!(
        "DELETE FROM device WHERE id = (SELECT device_id FROM refresh_token WHERE hash = $1) RETURNING account_id"
    );
    Ok(ended.bind(hash).column(tx).await?.into_iter().next())
}

/// Ends all log-ins of an account, except on the device `spare`.
pub(crate) async fn end_all(tx: &mut Tx, account: AccountId, spare: Option<DeviceId>) -> Result<()> {
    // Held first: a log-in that is about to commit is ended too, one that comes later finds the new state.
    sql!("SELECT id FROM account WHERE id = $1 {for_update}").bind(account).column::<AccountId>(tx).await?;
    sql!("DELETE FROM device WHERE account_id = $account[[ AND id <> $spare]]")
        .set("account", account)
        .set_opt("spare", spare)
        .run(tx)
        .await?;
    Ok(())
}

struct DeviceRow {
    id: DeviceId,
    name: String,
    address: String,
    web: bool,
    created_at: Time,
    seen_at: Time,
}

from_row!(DeviceRow { id, name, address, web, created_at, seen_at });

/// The live log-ins of an account, the last seen first; one more than `limit`.
pub(super) async fn devices(
    tx: &mut Tx,
    account: AccountId,
    current: DeviceId,
    after: Option<(Time, DeviceId)>,
    limit: Limit,
    now: Time,
) -> Result<Vec<Device>> {
    let rows: Vec<DeviceRow> = sql!(
        "SELECT id, name, address, web, created_at, seen_at FROM device
         WHERE account_id = $account AND expires_at > $now
           [[ AND (seen_at, id) < ($seen, $id)]]
         ORDER BY seen_at DESC, id DESC LIMIT $limit"
    )
    .set("account", account)
    .set("now", now)
    .set_opt("seen", after.map(|(seen, _)| seen))
    .set_opt("id", after.map(|(_, id)| id))
    .set("limit", limit.fetch())
    .all(tx)
    .await?;
    let device = |DeviceRow { id, name, address, web, created_at, seen_at }| Device {
        id,
        name,
        address,
        web,
        created_at,
        seen_at,
        current: id == current,
    };
    Ok(rows.into_iter().map(device).collect())
}
