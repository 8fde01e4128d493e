use db::{Rows, Tx, from_row, sql};
use kernel::{AccountId, ArtistId, Asset, DisputeId, Limit, SessionId, Time};
use money::ledger::{Contest, ContestedShare};

/// A session as far as a dispute is concerned.
pub(super) struct Contested {
    pub(super) asset: Asset,
    pub(super) state: String,
    pub(super) amount: i64,
    pub(super) fee: i64,
    pub(super) settled_at: Option<Time>,
}

from_row!(Contested { asset, state, amount, fee, settled_at });

/// A dispute as it is stored.
pub(super) struct DisputeRow {
    pub(super) id: DisputeId,
    pub(super) session: SessionId,
    pub(super) account: AccountId,
    pub(super) reason: String,
    pub(super) state: String,
    pub(super) opened_at: Time,
    pub(super) resolved_at: Option<Time>,
    pub(super) asset: Asset,
    pub(super) amount: i64,
    pub(super) fee: i64,
}

from_row!(DisputeRow { id, session, account, reason, state, opened_at, resolved_at, asset, amount, fee });

const DISPUTE: &str = "d.id, d.session_id AS session, d.account_id AS account, d.reason, d.state, d.opened_at, \
     d.resolved_at, s.asset, s.amount, s.fee";

/// A session of `account`.
pub(super) async fn contested(
    tx: &mut Tx,
    account: AccountId,
    session: SessionId,
) -> db::Result<Option<Contested>> {
    sql!(
        "SELECT asset, state, amount, fee, settled_at FROM paid_session WHERE id = $1 AND account_id = $2 {for_update}"
    )
    .bind(session)
    .bind(account)
    .maybe(tx)
    .await
}

/// What each artist got of a session.
pub(super) async fn shares(tx: &mut Tx, session: SessionId) -> db::Result<Vec<(ArtistId, i64)>> {
    sql!("SELECT artist_id, amount FROM session_share WHERE session_id = $1 AND amount > 0 ORDER BY position")
        .bind(session)
        .all(tx)
        .await
}

/// Keeps a dispute, if it is the first of its session; whether it was.
pub(super) async fn insert(
    tx: &mut Tx,
    contest: &Contest,
    session: SessionId,
    reason: &str,
    now: Time,
) -> db::Result<bool> {
    let is_first = sql!(
        "INSERT INTO dispute (id, session_id, account_id, reason, state, opened_at)
         VALUES ($1, $2, $3, $4, 'open', $5) ON CONFLICT (session_id) DO NOTHING"
    )
    .bind(contest.dispute)
    .bind(session)
    .bind(contest.listener)
    .bind(reason)
    .bind(now)
    .changed(tx)
    .await?;
    if !is_first {
        return Ok(false);
    }
    sql!(
        "INSERT INTO dispute_share (dispute_id, artist_id, earned, payable)
         SELECT $id, r.artist, r.earned, r.payable FROM {rows $shares r(artist uuid, earned int, payable int)}"
    )
    .set("id", contest.dispute)
    .set_rows(
        "shares",
        contest.shares.iter().map(|share| (share.artist, share.earned, share.payable)).collect::<Rows>(),
    )
    .run(tx)
    .await?;
    Ok(true)
}

pub(super) async fn find(tx: &mut Tx, id: DisputeId) -> db::Result<Option<DisputeRow>> {
    sql!(
        "SELECT {dispute} FROM dispute d JOIN paid_session s ON s.id = d.session_id WHERE d.id = $1",
        dispute = DISPUTE
    )
    .bind(id)
    .maybe(tx)
    .await
}

/// Ends an open dispute; whether it was open.
pub(super) async fn resolve(
    tx: &mut Tx,
    id: DisputeId,
    state: &str,
    by: AccountId,
    now: Time,
) -> db::Result<bool> {
    sql!(
        "UPDATE dispute SET state = $state, resolved_at = $now, resolved_by = $by WHERE id = $id AND state = 'open'"
    )
    .set("id", id)
    .set("state", state)
    .set("by", by)
    .set("now", now)
    .changed(tx)
    .await
}

pub(super) async fn contested_shares(tx: &mut Tx, id: DisputeId) -> db::Result<Vec<ContestedShare>> {
    let rows: Vec<(ArtistId, i64, i64)> =
        sql!("SELECT artist_id, earned, payable FROM dispute_share WHERE dispute_id = $1 ORDER BY artist_id")
            .bind(id)
            .all(tx)
            .await?;
    let share = |(artist, earned, payable)| ContestedShare { artist, earned, payable };
    Ok(rows.into_iter().map(share).collect())
}

/// Disputes in one state or all, the oldest first.
pub(super) async fn page(
    tx: &mut Tx,
    state: Option<&str>,
    after: Option<(Time, DisputeId)>,
    limit: Limit,
) -> db::Result<Vec<DisputeRow>> {
    sql!(
        "SELECT {dispute} FROM dispute d JOIN paid_session s ON s.id = d.session_id
         WHERE TRUE[[ AND d.state = $state]][[ AND (d.opened_at, d.id) > ($at, $id)]]
         ORDER BY d.opened_at, d.id LIMIT $limit",
        dispute = DISPUTE
    )
    .set_opt("state", state)
    .set_opt("at", after.map(|(at, _)| at))
    .set_opt("id", after.map(|(_, id)| id))
    .set("limit", limit.fetch())
    .all(tx)
    .await
}
