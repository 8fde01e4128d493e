//! The statements of paid listening.

pub(super) mod leases;
pub(super) mod limits;

use db::{Rows, ToValue, Tx, from_row, sql};
use kernel::{AccountId, ArtistId, Asset, HoldId, Limit, SessionId, SplitId, Time, TrackId};
use money::meter::Ranges;
use music::catalogue::visibility::{TRACK_REACHABLE, TRACK_WITHDRAWN, Viewer};
use uuid::Uuid;

use super::{
    model::Agreement,
    packed::{pack_issued, pack_ranges, unpack_ranges},
    store::{Ended, NODE_LEASE, session_key},
};

/// An open session as it is stored, without what it was agreed on.
#[derive(Debug, Clone)]
pub(super) struct MeterRow {
    pub(super) id: SessionId,
    pub(super) node: Uuid,
    pub(super) epoch: i64,
    pub(super) seq: i64,
    pub(super) beats: i64,
    pub(super) amount: i64,
    pub(super) waiting: Vec<u8>,
    pub(super) voucher: Option<Vec<u8>>,
    pub(super) grace_left: i64,
    pub(super) deferred: i64,
    pub(super) position_ms: i64,
    pub(super) heard: Vec<u8>,
    pub(super) captured_beats: i64,
    pub(super) captured: i64,
    pub(super) granted: i64,
    pub(super) parts: i64,
    pub(super) last_part: i64,
}

from_row!(MeterRow {
    id,
    node,
    epoch,
    seq,
    beats,
    amount,
    waiting,
    voucher,
    grace_left,
    deferred,
    position_ms,
    heard,
    captured_beats,
    captured,
    granted,
    parts,
    last_part
});

const METER: &str = "m.id, m.node, m.epoch, m.seq, m.beats, m.amount, \
     m.waiting, m.voucher, m.grace_left, m.deferred, m.position_ms, m.heard, m.captured_beats, m.captured, \
     m.granted, m.parts, m.last_part";

/// What was agreed on, as it is stored.
#[derive(Debug, Clone)]
pub(super) struct SessionRow {
    pub(super) id: SessionId,
    pub(super) account: AccountId,
    pub(super) track: TrackId,
    pub(super) artist: ArtistId,
    pub(super) split: SplitId,
    pub(super) hold: HoldId,
    pub(super) asset: Asset,
    pub(super) price: i64,
    pub(super) fee_bp: i64,
    pub(super) session_key: Vec<u8>,
    pub(super) cap_play: Option<i64>,
    pub(super) grace: i64,
    pub(super) free: Vec<u8>,
    pub(super) from_ms: i64,
    pub(super) state: String,
    pub(super) started_at: Time,
    pub(super) settled_at: Option<Time>,
    pub(super) seq: i64,
    pub(super) beats: i64,
    pub(super) amount: i64,
    pub(super) length_ms: i64,
}

from_row!(SessionRow {
    id,
    account,
    track,
    artist,
    split,
    hold,
    asset,
    price,
    fee_bp,
    session_key,
    cap_play,
    grace,
    free,
    from_ms,
    state,
    started_at,
    settled_at,
    seq,
    beats,
    amount,
    length_ms
});

const SESSION: &str = "s.id, s.account_id AS account, s.track_id AS track, s.artist_id AS artist, \
     s.split_id AS split, s.hold_id AS hold, s.asset, s.price, s.fee_bp, s.session_key, s.cap_play, s.grace, s.free, \
     s.from_ms, s.state, s.started_at, s.settled_at, COALESCE(m.seq, s.seq) AS seq, \
     COALESCE(m.beats, s.beats) AS beats, COALESCE(m.amount, s.amount) AS amount, \
     COALESCE((SELECT t.duration_ms FROM track t WHERE t.id = s.track_id), CAST(0 AS BIGINT)) AS length_ms";

/// Sessions, with what is durable of those that are open.
const SESSIONS: &str = "paid_session s LEFT JOIN meter_session m ON m.id = s.id";

/// A track's price and whose it is, as far as `viewer` may reach it.
pub(super) struct Priced {
    pub(super) artist: ArtistId,
    pub(super) asset: Option<String>,
    pub(super) price: Option<i64>,
    pub(super) split: Option<SplitId>,
    pub(super) duration_ms: i64,
    /// Whether the viewer manages its page.
    pub(super) own: bool,
    /// Whether somebody does.
    pub(super) managed: bool,
}

from_row!(Priced { artist, asset, price, split, duration_ms, own, managed });

pub(super) async fn priced(tx: &mut Tx, track: TrackId, viewer: AccountId) -> db::Result<Option<Priced>> {
    sql!(
        "SELECT t.artist_id AS artist, t.price_asset AS asset, t.price_per_second AS price, t.split_id AS split,
                t.duration_ms, EXISTS (SELECT 1 FROM artist_manager m WHERE m.artist_id = t.artist_id AND m.account_id = $viewer
                    AND m.accepted)
                    AS own,
                EXISTS (SELECT 1 FROM artist_manager m WHERE m.artist_id = t.artist_id AND m.accepted) AS managed
         FROM track t WHERE t.id = $track AND {reachable}",
        reachable = TRACK_REACHABLE
    )
    .set("track", track)
    .set_opt("viewer", Viewer::member(viewer).account())
    .maybe(tx)
    .await
}

pub(super) async fn shares_of_split(tx: &mut Tx, split: SplitId) -> db::Result<Vec<(ArtistId, i64)>> {
    sql!("SELECT artist_id, basis_points FROM split_share WHERE split_id = $1 ORDER BY position")
        .bind(split)
        .all(tx)
        .await
}

pub(super) async fn shares_of_session(tx: &mut Tx, session: SessionId) -> db::Result<Vec<(ArtistId, i64)>> {
    sql!("SELECT artist_id, basis_points FROM session_share WHERE session_id = $1 ORDER BY position")
        .bind(session)
        .all(tx)
        .await
}

/// What each who shares in a session got.
pub(super) async fn paid_shares(tx: &mut Tx, session: SessionId) -> db::Result<Vec<(ArtistId, i64)>> {
    sql!("SELECT artist_id, amount FROM session_share WHERE session_id = $1 ORDER BY position")
        .bind(session)
        .all(tx)
        .await
}

/// The sessions of `node` whose tracks were withdrawn.
pub(super) async fn withdrawn(tx: &mut Tx, node: Uuid) -> db::Result<Vec<(SessionId, AccountId)>> {
    sql!(
        "SELECT m.id, m.account_id FROM meter_session m JOIN paid_session s ON s.id = m.id
         JOIN track t ON t.id = s.track_id
         WHERE m.node = $1 AND {withdrawn}",
        withdrawn = TRACK_WITHDRAWN
    )
    .bind(node)
    .all(tx)
    .await
}

/// The session that `account` has open on `track`, on any node: up to where it is paid for, for how many seconds it is,
/// how many were heard, and how many of those may be without being charged.
pub(super) async fn open_on(
    tx: &mut Tx,
    account: AccountId,
    track: TrackId,
) -> db::Result<Option<(SessionId, i64, i64, i64, i64)>> {
    sql!(
        "SELECT m.id, m.position_ms, m.beats, m.seq, s.grace FROM meter_session m JOIN paid_session s ON s.id = m.id
         WHERE m.account_id = $1 AND s.track_id = $2"
    )
    .bind(account)
    .bind(track)
    .maybe(tx)
    .await
}

/// Whether `account` heard `track` in a session since `since`.
pub(super) async fn heard_since(
    tx: &mut Tx,
    account: AccountId,
    track: TrackId,
    since: Time,
) -> db::Result<bool> {
    sql!(
        "SELECT EXISTS (SELECT 1 FROM paid_session s LEFT JOIN meter_session m ON m.id = s.id
         WHERE s.account_id = $1 AND s.started_at >= $3 AND s.track_id = $2 AND COALESCE(m.issued, s.seq) > 0)"
    )
    .bind(account)
    .bind(track)
    .bind(since)
    .scalar(tx)
    .await
}

/// A session that has ended.
pub(super) struct Play {
    /// What was heard, in milliseconds.
    pub(super) heard: Ranges,
    /// What of it was free again.
    pub(super) free: Ranges,
    pub(super) amount: i64,
}

/// What `account` heard of `track` in sessions that ended, since `since` if given, and were not given back.
pub(super) async fn plays_of(
    tx: &mut Tx,
    account: AccountId,
    track: TrackId,
    since: Option<Time>,
) -> db::Result<Vec<Play>> {
    let rows: Vec<(Vec<u8>, Vec<u8>, i64)> = sql!(
        "SELECT heard, free, amount FROM paid_session WHERE account_id = $account AND track_id = $track
             AND settled_at >= $since AND state <> 'refunded'"
    )
    .set("account", account)
    .set("track", track)
    .set("since", since.unwrap_or_default())
    .all(tx)
    .await?;
    let unpack = |bytes: &[u8]| unpack_ranges(bytes).unwrap_or_default();
    Ok(rows
        .into_iter()
        .map(|(heard, free, amount)| Play { heard: unpack(&heard), free: unpack(&free), amount })
        .collect())
}

/// The open session of an account, its node, and what is durable of its charge.
pub(super) async fn open_of(tx: &mut Tx, account: AccountId) -> db::Result<Option<(SessionId, Uuid, i64)>> {
    sql!("SELECT id, node, amount FROM meter_session WHERE account_id = $1").bind(account).maybe(tx).await
}

/// What is set aside for an open session in all.
pub(super) async fn granted(tx: &mut Tx, session: SessionId) -> db::Result<Option<i64>> {
    let granted = sql!("SELECT granted FROM meter_session WHERE id = $1").bind(session).column(tx).await?;
    Ok(granted.first().copied())
}

/// The row of an open session; nobody else writes to it until the transaction ends.
pub(super) async fn meter_row(tx: &mut Tx, session: SessionId) -> db::Result<Option<MeterRow>> {
    sql!("SELECT {meter} FROM meter_session m WHERE m.id = $1 {for_update}", meter = METER)
        .bind(session)
        .maybe(tx)
        .await
}

/// The same for many.
pub(super) async fn meter_rows(tx: &mut Tx, sessions: &[SessionId]) -> db::Result<Vec<MeterRow>> {
    sql!(
        "SELECT {meter} FROM {rows $1 r(id uuid)} CROSS JOIN meter_session m WHERE m.id = r.id
         ORDER BY m.id {for_update}",
        meter = METER
    )
    .rows(sessions.iter().map(|id| (*id,)).collect::<Rows>())
    .all(tx)
    .await
}

/// A session, of `account` or whoever's.
pub(super) async fn session_row(
    tx: &mut Tx,
    session: SessionId,
    account: Option<AccountId>,
) -> db::Result<Option<SessionRow>> {
    sql!(
        "SELECT {session} FROM {sessions} WHERE s.id = $id[[ AND s.account_id = $account]]",
        session = SESSION,
        sessions = SESSIONS
    )
    .set("id", session)
    .set_opt("account", account)
    .maybe(tx)
    .await
}

/// Sessions of `account`, the newest first; in one state, or all.
pub(super) async fn sessions_of(
    tx: &mut Tx,
    account: AccountId,
    state: Option<&str>,
    before: Option<(Time, SessionId)>,
    limit: Limit,
) -> db::Result<Vec<SessionRow>> {
    sql!(
        "SELECT {session} FROM {sessions}
         WHERE s.account_id = $account[[ AND s.state = $state]][[ AND (s.started_at, s.id) < ($at, $id)]]
         ORDER BY s.started_at DESC, s.id DESC LIMIT $limit",
        session = SESSION,
        sessions = SESSIONS
    )
    .set("account", account)
    .set_opt("state", state)
    .set_opt("at", before.map(|(at, _)| at))
    .set_opt("id", before.map(|(_, id)| id))
    .set("limit", limit.fetch())
    .all(tx)
    .await
}

/// Makes the rows of open sessions and their grants, of those whose account has none. Answers which were made.
pub(super) async fn insert_meters(
    tx: &mut Tx,
    node: Uuid,
    sessions: &[(&Agreement, i64)],
    now: Time,
) -> db::Result<Vec<SessionId>> {
    let rows: Rows = sessions
        .iter()
        .map(|(Agreement { terms, .. }, grant)| {
            (terms.session, terms.account, i64::from(terms.grace), milliseconds(terms.position_ms), *grant)
        })
        .collect();
    sql!(
        "INSERT INTO meter_session (id, account_id, node, epoch, lease_until, seq, issued, beats, amount, waiting,
             voucher, grace_left, deferred, position_ms, is_running, heard, captured_beats, captured, granted, parts,
             last_part)
         SELECT r.id, r.account, $node, 1, $lease, 0, 0, 0, 0, $nothing, NULL, r.grace, 0, r.position, TRUE, $nothing,
             0, 0, r.amount, 1, r.amount
         FROM {rows $rows r(id uuid, account uuid, grace int, position int, amount int)} WHERE TRUE
         ON CONFLICT DO NOTHING RETURNING id"
    )
    .set_rows("rows", rows)
    .set("node", node)
    .set("lease", now.plus(NODE_LEASE))
    .set("nothing", Vec::new())
    .column(tx)
    .await
}

/// Keeps what was agreed on.
pub(super) async fn insert_sessions(tx: &mut Tx, agreements: &[&Agreement]) -> db::Result<()> {
    if agreements.is_empty() {
        return Ok(());
    }
    let rows: Rows = agreements
        .iter()
        .map(|agreement| {
            let terms = &agreement.terms;
            vec![
                terms.session.to_value(),
                terms.account.to_value(),
                terms.track.to_value(),
                agreement.artist.to_value(),
                agreement.split.to_value(),
                terms.hold.to_value(),
                terms.asset.code().to_value(),
                terms.price.to_value(),
                i64::from(agreement.distribution.fee_bp()).to_value(),
                session_key(terms).0.to_vec().to_value(),
                terms.caps.play.to_value(),
                i64::from(terms.grace).to_value(),
                pack_ranges(&terms.free).to_value(),
                milliseconds(terms.position_ms).to_value(),
                agreement.at.to_value(),
            ]
        })
        .collect();
    sql!(
        "INSERT INTO paid_session (id, account_id, track_id, artist_id, split_id, hold_id, asset, price, fee_bp,
             session_key, cap_play, grace, free, from_ms, started_at, state, settled_at, seq, beats, amount, fee,
             voucher, heard)
         SELECT r.id, r.account, r.track, r.artist, r.split, r.hold, r.asset, r.price, r.fee, r.key, r.cap, r.grace,
             r.free, r.start, r.at, 'open', NULL, 0, 0, 0, 0, NULL, $nothing
         FROM {rows $rows r(id uuid, account uuid, track uuid, artist uuid, split uuid, hold uuid, asset text,
             price int, fee int, key bytes, cap int, grace int, free bytes, start int, at int)}"
    )
    .set_rows("rows", rows)
    .set("nothing", Vec::new())
    .run(tx)
    .await?;
    let shares = agreements.iter().flat_map(|agreement| {
        let shares = (0_i64..).zip(agreement.distribution.splits().shares());
        shares.map(|(position, share)| (agreement.id(), position, share.artist, i64::from(share.bp)))
    });
    sql!(
        "INSERT INTO session_share (session_id, position, artist_id, basis_points, amount, is_open)
         SELECT r.id, r.position, r.artist, r.points, 0, TRUE
         FROM {rows $1 r(id uuid, position int, artist uuid, points int)}"
    )
    .rows(shares.collect::<Rows>())
    .run(tx)
    .await
    .map(drop)
}

fn milliseconds(ms: u64) -> i64 {
    i64::try_from(ms).unwrap_or(i64::MAX)
}

/// Writes rows where their epoch stands and nothing newer is there, and renews their leases. Answers how many: telling
/// which would cost as much as writing them.
pub(super) async fn commit(tx: &mut Tx, rows: &[money::meter::Row], now: Time) -> db::Result<usize> {
    let number = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
    let rows: Rows = rows
        .iter()
        .map(|row| {
            let issued = row.unacknowledged.last().map_or(row.acknowledged.seq, |issued| issued.count.seq);
            (
                row.session,
                number(row.epoch),
                number(row.acknowledged.seq),
                number(issued),
                number(row.acknowledged.beats),
                row.acknowledged.amount,
                pack_issued(&row.unacknowledged),
                row.voucher.map(|voucher| voucher.bytes().to_vec()),
                row.grace_left,
                row.deferred,
                number(row.position_ms),
                row.is_running,
                pack_ranges(&row.heard),
            )
        })
        .collect();
    sql!(
        "UPDATE meter_session SET lease_until = $lease, seq = r.seq, issued = r.issued, beats = r.beats,
             amount = r.amount, waiting = r.waiting, voucher = r.voucher, grace_left = r.grace,
             deferred = r.deferred, position_ms = r.position, is_running = r.running, heard = r.heard
         FROM {rows $rows r(id uuid, epoch int, seq int, issued int, beats int, amount int, waiting bytes,
             voucher bytes, grace int, deferred int, position int, running bool, heard bytes)}
         WHERE meter_session.id = r.id AND meter_session.epoch = r.epoch
             AND (r.seq > meter_session.seq OR r.seq = meter_session.seq AND r.issued >= meter_session.issued)"
    )
    .set_rows("rows", rows)
    .set("lease", now.plus(NODE_LEASE))
    .run(tx)
    .await
    .map(|written| usize::try_from(written).unwrap_or(0))
}

/// Counts further parts of holds: session, part and its amount.
pub(super) async fn add_grants(tx: &mut Tx, grants: &[(SessionId, u32, i64)]) -> db::Result<()> {
    sql!(
        "UPDATE meter_session SET granted = meter_session.granted + r.amount, parts = r.part + 1, last_part = r.amount
         FROM {rows $1 r(id uuid, part int, amount int)} WHERE meter_session.id = r.id"
    )
    .rows(grants.iter().copied().collect::<Rows>())
    .run(tx)
    .await
    .map(drop)
}

/// Notes what the ledger has: session, beats and their amount.
pub(super) async fn set_captured(tx: &mut Tx, captured: &[(SessionId, i64, i64)]) -> db::Result<()> {
    sql!(
        "UPDATE meter_session SET captured_beats = r.beats, captured = r.amount
         FROM {rows $1 r(id uuid, beats int, amount int)} WHERE meter_session.id = r.id"
    )
    .rows(captured.iter().copied().collect::<Rows>())
    .run(tx)
    .await
    .map(drop)
}

/// Closes a session with what it came to.
pub(super) async fn close(tx: &mut Tx, ended: &Ended<'_>, now: Time) -> db::Result<()> {
    let number = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
    let charged = ended.row.acknowledged;
    sql!("DELETE FROM meter_session WHERE id = $1").bind(ended.row.session).run(tx).await?;
    sql!(
        "UPDATE paid_session SET state = 'settled', settled_at = $now, seq = $seq, beats = $beats, amount = $amount,
             fee = $fee, voucher = $voucher, heard = $heard WHERE id = $id"
    )
    .set("id", ended.row.session)
    .set("now", now)
    .set("seq", number(charged.seq))
    .set("beats", number(charged.beats))
    .set("amount", charged.amount)
    .set("fee", ended.parts.fee)
    .set("voucher", ended.row.voucher.map(|voucher| voucher.bytes().to_vec()))
    .set("heard", pack_ranges(&ended.row.heard))
    .run(tx)
    .await?;
    sql!(
        "UPDATE session_share SET amount = r.amount, is_open = FALSE FROM {rows $shares r(position int, amount int)}
         WHERE session_share.session_id = $id AND session_share.position = r.position"
    )
    .set("id", ended.row.session)
    .set_rows("shares", (0_i64..).zip(ended.parts.shares.iter().copied()).collect::<Rows>())
    .run(tx)
    .await
    .map(drop)
}

/// Moves a session that has ended from one state to another; whether it was in the first.
pub(crate) async fn mark(tx: &mut Tx, session: SessionId, from: &str, to: &str) -> db::Result<bool> {
    sql!("UPDATE paid_session SET state = $3 WHERE id = $1 AND state = $2")
        .bind(session)
        .bind(from)
        .bind(to)
        .changed(tx)
        .await
}
