use db::{Rows, Tx, from_row, sql};
use kernel::{AccountId, ArtistId, Asset, DisputeId, Limit, SessionId, Time, TrackId};
use money::ledger::{Contest, ContestedShare};

use super::service::Raised;

/// A session as far as a dispute is concerned.
pub(super) struct Contested {
    pub(super) account: AccountId,
    pub(super) asset: Asset,
    pub(super) state: String,
    pub(super) amount: i64,
    pub(super) fee: i64,
    pub(super) settled_at: Option<Time>,
}

from_row!(Contested { account, asset, state, amount, fee, settled_at });

/// A dispute as it is stored.
pub(super) struct DisputeRow {
    pub(super) id: DisputeId,
    pub(super) session: SessionId,
    pub(super) account: AccountId,
    pub(super) username: Option<String>,
    pub(super) track: TrackId,
    pub(super) title: String,
    pub(super) artist_name: String,
    pub(super) raised_by: String,
    pub(super) reason: String,
    pub(super) state: String,
    pub(super) opened_at: Time,
    pub(super) resolved_at: Option<Time>,
    pub(super) note: Option<String>,
    pub(super) asset: Asset,
    pub(super) amount: i64,
    pub(super) fee: i64,
}

from_row!(DisputeRow {
    id,
    session,
    account,
    username,
    track,
    title,
    artist_name,
    raised_by,
    reason,
    state,
    opened_at,
    resolved_at,
    note,
    asset,
    amount,
    fee
});

const DISPUTE: &str = "d.id, d.session_id AS session, s.account_id AS account, a.username, s.track_id AS track, \
     t.title, ar.display_name AS artist_name, d.raised_by, d.reason, d.state, d.opened_at, d.resolved_at, d.note, \
     s.asset, s.amount, s.fee";

/// Disputes with what they are about. Whose one is, and who gets the money back, is whoever paid for the session.
const DISPUTES: &str = "dispute d JOIN paid_session s ON s.id = d.session_id JOIN account a ON a.id = s.account_id \
     JOIN track t ON t.id = s.track_id JOIN artist ar ON ar.id = s.artist_id";

/// A session, of `account` or whoever's; nobody else changes it until the transaction ends.
pub(super) async fn contested(
    tx: &mut Tx,
    account: Option<AccountId>,
    session: SessionId,
) -> db::Result<Option<Contested>> {
    sql!(
        "SELECT account_id AS account, asset, state, amount, fee, settled_at FROM paid_session
         WHERE id = $session[[ AND account_id = $account]] {for_update}"
    )
    .set("session", session)
    .set_opt("account", account)
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
    raised: &Raised,
    now: Time,
) -> db::Result<bool> {
    let is_first = sql!(
        "INSERT INTO dispute (id, session_id, account_id, raised_by, reason, state, opened_at)
         VALUES ($1, $2, $3, $4, $5, 'open', $6) ON CONFLICT (session_id) DO NOTHING"
    )
    .bind(contest.dispute)
    .bind(session)
    .bind(contest.listener)
    .bind(if raised.by_instance { "instance" } else { "listener" })
    .bind(raised.reason.as_str())
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
    sql!("SELECT {dispute} FROM {disputes} WHERE d.id = $1", dispute = DISPUTE, disputes = DISPUTES)
        .bind(id)
        .maybe(tx)
        .await
}

pub(super) async fn of_session(tx: &mut Tx, session: SessionId) -> db::Result<Option<DisputeRow>> {
    sql!("SELECT {dispute} FROM {disputes} WHERE d.session_id = $1", dispute = DISPUTE, disputes = DISPUTES)
        .bind(session)
        .maybe(tx)
        .await
}

/// Ends an open dispute; whether it was open.
pub(super) async fn resolve(
    tx: &mut Tx,
    id: DisputeId,
    (state, note): (&str, Option<&str>),
    by: AccountId,
    now: Time,
) -> db::Result<bool> {
    sql!(
        "UPDATE dispute SET state = $state, note = $note, resolved_at = $now, resolved_by = $by
         WHERE id = $id AND state = 'open'"
    )
    .set("id", id)
    .set("state", state)
    .set("note", note)
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

/// How many nobody has decided.
pub(super) async fn open(tx: &mut Tx) -> db::Result<i64> {
    sql!("SELECT COUNT(*) FROM dispute WHERE state = 'open'").scalar(tx).await
}

/// Disputes in one state or all, the oldest first.
pub(super) async fn page(
    tx: &mut Tx,
    state: Option<&str>,
    after: Option<(Time, DisputeId)>,
    limit: Limit,
) -> db::Result<Vec<DisputeRow>> {
    sql!(
        "SELECT {dispute} FROM {disputes}
         WHERE TRUE[[ AND d.state = $state]][[ AND (d.opened_at, d.id) > ($at, $id)]]
         ORDER BY d.opened_at, d.id LIMIT $limit",
        dispute = DISPUTE,
        disputes = DISPUTES
    )
    .set_opt("state", state)
    .set_opt("at", after.map(|(at, _)| at))
    .set_opt("id", after.map(|(_, id)| id))
    .set("limit", limit.fetch())
    .all(tx)
    .await
}

/// A dispute with what an artist's page got of its session.
pub(super) struct ShareRow {
    pub(super) id: DisputeId,
    pub(super) track: TrackId,
    pub(super) title: String,
    pub(super) settled_at: Time,
    pub(super) asset: Asset,
    pub(super) amount: i64,
    pub(super) raised_by: String,
    pub(super) reason: String,
    pub(super) state: String,
    pub(super) opened_at: Time,
    pub(super) resolved_at: Option<Time>,
    pub(super) note: Option<String>,
}

from_row!(ShareRow {
    id,
    track,
    title,
    settled_at,
    asset,
    amount,
    raised_by,
    reason,
    state,
    opened_at,
    resolved_at,
    note
});

/// Disputes that put aside something of a page that `account` manages, the newest first.
pub(super) async fn of_artist(
    tx: &mut Tx,
    (account, artist): (AccountId, ArtistId),
    before: Option<(Time, DisputeId)>,
    limit: Limit,
) -> db::Result<Vec<ShareRow>> {
    sql!(
        "SELECT d.id, s.track_id AS track, t.title, s.settled_at, s.asset, h.earned + h.payable AS amount, d.raised_by,
                d.reason, d.state, d.opened_at, d.resolved_at, d.note
         FROM artist_manager m JOIN dispute_share h ON h.artist_id = m.artist_id JOIN dispute d ON d.id = h.dispute_id
         JOIN paid_session s ON s.id = d.session_id JOIN track t ON t.id = s.track_id
         WHERE m.artist_id = $artist AND m.account_id = $account[[ AND (d.opened_at, d.id) < ($at, $id)]]
         ORDER BY d.opened_at DESC, d.id DESC LIMIT $limit"
    )
    .set("artist", artist)
    .set("account", account)
    .set_opt("at", before.map(|(at, _)| at))
    .set_opt("id", before.map(|(_, id)| id))
    .set("limit", limit.fetch())
    .all(tx)
    .await
}

/// A session that ended and cost something, as far as it is examined.
pub(super) struct EndedRow {
    pub(super) id: SessionId,
    pub(super) account: AccountId,
    pub(super) track: TrackId,
    pub(super) settled_at: Time,
    pub(super) heard: Vec<u8>,
}

from_row!(EndedRow { id, account, track, settled_at, heard });

/// The next sessions that ended behind where it was examined, or `since`, and before `until`.
pub(super) async fn ended(tx: &mut Tx, since: Time, until: Time, n: u32) -> db::Result<Vec<EndedRow>> {
    sql!(
        "SELECT s.id, s.account_id AS account, s.track_id AS track, s.settled_at, s.heard FROM paid_session s
         WHERE s.settled_at IS NOT NULL AND s.settled_at <= $until AND s.state = 'settled' AND s.amount > 0
             AND s.settled_at >= {greatest}($since, COALESCE((SELECT settled_at FROM dispute_examined), CAST(0 AS BIGINT)))
             AND NOT EXISTS (SELECT 1 FROM dispute_examined e
                 WHERE (s.settled_at, s.id) <= (e.settled_at, e.session_id))
         ORDER BY s.settled_at, s.id LIMIT $n"
    )
    .set("since", since)
    .set("until", until)
    .set("n", n)
    .all(tx)
    .await
}

/// Notes that all up to this session is examined; two that examine at once never go back behind each other.
pub(super) async fn set_examined(tx: &mut Tx, settled_at: Time, session: SessionId) -> db::Result<()> {
    sql!(
        "INSERT INTO dispute_examined (id, settled_at, session_id) VALUES (1, $1, $2)
         ON CONFLICT (id) DO UPDATE SET settled_at = excluded.settled_at, session_id = excluded.session_id
         WHERE (excluded.settled_at, excluded.session_id) > (dispute_examined.settled_at, dispute_examined.session_id)"
    )
    .bind(settled_at)
    .bind(session)
    .run(tx)
    .await
    .map(drop)
}
