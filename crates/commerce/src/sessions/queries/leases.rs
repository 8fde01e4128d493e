//! The statements of who owns an open session: its node, its lease, and its epoch.

use db::{Rows, Tx, sql};
use kernel::{AccountId, SessionId, Time};
use uuid::Uuid;

use super::{MeterRow, meter_row};
use crate::sessions::store::{Life, NODE_LEASE};

/// Which of these are open under these epochs.
pub(in crate::sessions) async fn owned(
    tx: &mut Tx,
    lives: &[(SessionId, u64)],
) -> db::Result<Vec<SessionId>> {
    sql!(
        "SELECT m.id FROM {rows $1 r(id uuid, epoch int)} CROSS JOIN meter_session m
         WHERE m.id = r.id AND m.epoch = r.epoch"
    )
    .rows(lives.iter().map(|(id, epoch)| (*id, i64::try_from(*epoch).unwrap_or(i64::MAX))).collect::<Rows>())
    .column(tx)
    .await
}

/// Raises the epoch of a session: its last owner can write nothing more. Answers the new epoch and when that owner's
/// lease ends; `None` if it is not open, or not this account's.
pub(in crate::sessions) async fn raise(
    tx: &mut Tx,
    session: SessionId,
    account: AccountId,
    node: Uuid,
) -> db::Result<Option<Life>> {
    let raised: Option<(i64, Time)> = sql!(
        "UPDATE meter_session SET epoch = epoch + 1, node = $node WHERE id = $id AND account_id = $account
         RETURNING epoch, lease_until"
    )
    .set("id", session)
    .set("account", account)
    .set("node", node)
    .maybe(tx)
    .await?;
    Ok(raised.map(|(epoch, lease_until)| Life { epoch, lease_until }))
}

/// Takes the lease of a session whose epoch was raised to `epoch`.
pub(in crate::sessions) async fn lease(
    tx: &mut Tx,
    session: SessionId,
    epoch: i64,
    now: Time,
) -> db::Result<Option<MeterRow>> {
    let taken = sql!(
        "UPDATE meter_session SET lease_until = $3, is_running = FALSE
              WHERE id = $1 AND epoch = $2 AND lease_until <= $4"
    )
    .bind(session)
    .bind(epoch)
    .bind(now.plus(NODE_LEASE))
    .bind(now)
    .changed(tx)
    .await?;
    if taken { meter_row(tx, session).await } else { Ok(None) }
}

/// Gives leases back at once: of a node that stops.
pub(in crate::sessions) async fn give_back(tx: &mut Tx, node: Uuid, now: Time) -> db::Result<()> {
    sql!("UPDATE meter_session SET lease_until = $2 WHERE node = $1 AND lease_until > $2")
        .bind(node)
        .bind(now)
        .run(tx)
        .await
        .map(drop)
}

/// Raises the epoch of up to `n` sessions whose leases ended before `before`. Answers them.
pub(in crate::sessions) async fn raise_abandoned(
    tx: &mut Tx,
    node: Uuid,
    before: Time,
    n: u32,
) -> db::Result<Vec<SessionId>> {
    sql!(
        "UPDATE meter_session SET epoch = epoch + 1, node = $node WHERE id IN (
             SELECT id FROM meter_session WHERE lease_until < $before ORDER BY lease_until LIMIT $n {skip_locked})
         RETURNING id"
    )
    .set("node", node)
    .set("before", before)
    .set("n", n)
    .column(tx)
    .await
}
