//! The rows of facts, whatever they say.

use std::collections::HashMap;

use db::{FromRow, Loose, Row, Rows, Tx, from_row, sql};
use kernel::{AccountId, ArtistId, Asset, HoldId};
use money::ledger::ContestedShare;
use uuid::Uuid;

use super::PAGE;

fn page() -> i64 {
    i64::try_from(PAGE).unwrap_or(i64::MAX)
}

/// Money paid in.
pub(super) struct TopUpRow {
    pub(super) id: Loose<Uuid>,
    pub(super) account: Loose<Uuid>,
    pub(super) amount: Loose<i64>,
    pub(super) state: Loose<String>,
}

from_row!(TopUpRow { id, account, amount, state });

pub(super) async fn top_ups(tx: &mut Tx, after: Option<Uuid>) -> db::Result<Vec<TopUpRow>> {
    sql!(
        "SELECT id, account_id AS account, amount, state FROM top_up WHERE TRUE[[ AND id > $after]]
         ORDER BY id LIMIT $n"
    )
    .set_opt("after", after)
    .set("n", page())
    .all(tx)
    .await
}

/// A gift.
pub(super) struct TipRow {
    pub(super) id: Loose<Uuid>,
    pub(super) account: Loose<Uuid>,
    pub(super) artist: Loose<Uuid>,
    pub(super) asset: Loose<Asset>,
    pub(super) amount: Loose<i64>,
    pub(super) payee: Loose<Option<Uuid>>,
}

from_row!(TipRow { id, account, artist, asset, amount, payee });

pub(super) async fn tips(tx: &mut Tx, after: Option<Uuid>) -> db::Result<Vec<TipRow>> {
    sql!(
        "SELECT id, account_id AS account, artist_id AS artist, asset, amount, payee_id AS payee FROM tip
         WHERE TRUE[[ AND id > $after]] ORDER BY id LIMIT $n"
    )
    .set_opt("after", after)
    .set("n", page())
    .all(tx)
    .await
}

/// Points that were exchanged.
pub(super) struct RedemptionRow {
    pub(super) id: Loose<Uuid>,
    pub(super) account: Loose<Uuid>,
    pub(super) points: Loose<i64>,
}

from_row!(RedemptionRow { id, account, points });

pub(super) async fn redemptions(tx: &mut Tx, after: Option<Uuid>) -> db::Result<Vec<RedemptionRow>> {
    sql!(
        "SELECT id, account_id AS account, points FROM redemption WHERE TRUE[[ AND id > $after]]
         ORDER BY id LIMIT $n"
    )
    .set_opt("after", after)
    .set("n", page())
    .all(tx)
    .await
}

/// A contested session, with what its session says.
pub(super) struct DisputeRow {
    pub(super) id: Loose<Uuid>,
    pub(super) account: Loose<Uuid>,
    pub(super) state: Loose<String>,
    pub(super) asset: Loose<Option<Asset>>,
    pub(super) fee: Loose<Option<i64>>,
    /// Who paid.
    pub(super) listener: Loose<Option<Uuid>>,
    /// What was put aside of each artist's money; nothing if a row of it cannot be read.
    pub(super) shares: Option<Vec<ContestedShare>>,
}

impl FromRow for DisputeRow {
    fn from_row(row: Row<'_>) -> db::Result<Self> {
        let (id, account, state, asset, fee, listener) = FromRow::from_row(row)?;
        Ok(Self { id, account, state, asset, fee, listener, shares: Some(Vec::new()) })
    }
}

type DisputeShare = (Uuid, Loose<ArtistId>, Loose<i64>, Loose<i64>);

pub(super) async fn disputes(tx: &mut Tx, after: Option<Uuid>) -> db::Result<Vec<DisputeRow>> {
    let mut rows: Vec<DisputeRow> = sql!(
        "SELECT d.id, d.account_id, d.state, s.asset, s.fee, s.account_id
         FROM dispute d LEFT JOIN paid_session s ON s.id = d.session_id WHERE TRUE[[ AND d.id > $after]]
         ORDER BY d.id LIMIT $n"
    )
    .set_opt("after", after)
    .set("n", page())
    .all(tx)
    .await?;
    let places: HashMap<Uuid, usize> =
        rows.iter().enumerate().filter_map(|(place, row)| Some((row.id.0?, place))).collect();
    let shares: Vec<DisputeShare> = sql!(
        "SELECT r.id, s.artist_id, s.earned, s.payable FROM {rows $1 r(id uuid)}
         JOIN dispute_share s ON s.dispute_id = r.id"
    )
    .rows(places.keys().map(|id| (*id,)).collect::<Rows>())
    .all(tx)
    .await?;
    for (dispute, artist, earned, payable) in shares {
        let Some(row) = places.get(&dispute).and_then(|&place| rows.get_mut(place)) else { continue };
        match (&mut row.shares, artist.0, earned.0, payable.0) {
            (Some(shares), Some(artist), Some(earned), Some(payable)) => {
                shares.push(ContestedShare { artist, earned, payable });
            }
            _ => row.shares = None,
        }
    }
    Ok(rows)
}

/// A paid session: what was agreed on, what it came to, what its meter says while it is open, and how it is contested.
pub(super) struct SessionRow {
    pub(super) id: Loose<Uuid>,
    pub(super) account: Loose<AccountId>,
    pub(super) hold: Loose<HoldId>,
    pub(super) asset: Loose<Asset>,
    pub(super) price: Loose<i64>,
    pub(super) fee_bp: Loose<i64>,
    pub(super) state: Loose<String>,
    pub(super) beats: Loose<i64>,
    pub(super) amount: Loose<i64>,
    pub(super) fee: Loose<i64>,
    pub(super) captured_beats: Loose<Option<i64>>,
    pub(super) captured: Loose<Option<i64>>,
    pub(super) granted: Loose<Option<i64>>,
    pub(super) dispute: Loose<Option<String>>,
}

from_row!(SessionRow {
    id,
    account,
    hold,
    asset,
    price,
    fee_bp,
    state,
    beats,
    amount,
    fee,
    captured_beats,
    captured,
    granted,
    dispute
});

pub(super) async fn sessions(tx: &mut Tx, after: Option<Uuid>) -> db::Result<Vec<SessionRow>> {
    sql!(
        "SELECT s.id, s.account_id AS account, s.hold_id AS hold, s.asset, s.price, s.fee_bp, s.state, s.beats,
                s.amount, s.fee, m.captured_beats, m.captured, m.granted, d.state AS dispute
         FROM paid_session s LEFT JOIN meter_session m ON m.id = s.id LEFT JOIN dispute d ON d.session_id = s.id
         WHERE TRUE[[ AND s.id > $after]] ORDER BY s.id LIMIT $n"
    )
    .set_opt("after", after)
    .set("n", page())
    .all(tx)
    .await
}

/// Somebody's part of a session, and what of it is contested.
pub(super) struct ShareRow {
    pub(super) session: Uuid,
    pub(super) artist: Loose<ArtistId>,
    pub(super) points: Loose<i64>,
    pub(super) amount: Loose<i64>,
    /// Of what was earned, and of what had become payable.
    pub(super) contested: (Loose<Option<i64>>, Loose<Option<i64>>),
}

impl FromRow for ShareRow {
    fn from_row(row: Row<'_>) -> db::Result<Self> {
        let (session, artist, points, amount, earned, payable) = FromRow::from_row(row)?;
        Ok(Self { session, artist, points, amount, contested: (earned, payable) })
    }
}

/// The shares of sessions, in the order of each split.
pub(super) async fn shares(tx: &mut Tx, sessions: &[Uuid]) -> db::Result<Vec<ShareRow>> {
    sql!(
        "SELECT r.id, h.artist_id, h.basis_points, h.amount, x.earned, x.payable
         FROM {rows $1 r(id uuid)} JOIN session_share h ON h.session_id = r.id
         LEFT JOIN dispute d ON d.session_id = r.id
         LEFT JOIN dispute_share x ON x.dispute_id = d.id AND x.artist_id = h.artist_id
         ORDER BY r.id, h.position"
    )
    .rows(sessions.iter().map(|id| (*id,)).collect::<Rows>())
    .all(tx)
    .await
}

/// The entries whose keys lie between two texts, with the session that each range is of.
pub(super) async fn entries_between(tx: &mut Tx, ranges: Rows) -> db::Result<Vec<(Uuid, i64)>> {
    sql!(
        "SELECT r.session, e.id FROM {rows $1 r(session uuid, low text, high text)} CROSS JOIN ledger_entry e
         WHERE e.key >= r.low AND e.key < r.high"
    )
    .rows(ranges)
    .all(tx)
    .await
}

/// What entries moved, by session and account; the sum in halves.
pub(super) struct Moved {
    pub(super) session: Uuid,
    pub(super) kind: Loose<String>,
    pub(super) owner: Loose<Uuid>,
    pub(super) asset: Loose<Asset>,
    pub(super) high: i64,
    pub(super) low: i64,
}

from_row!(Moved { session, kind, owner, asset, high, low });

pub(super) async fn moved(tx: &mut Tx, entries: &[(Uuid, i64)]) -> db::Result<Vec<Moved>> {
    sql!(
        "SELECT r.session, a.kind, a.owner, a.asset, CAST(SUM(l.amount / 4294967296) AS BIGINT) AS high,
                CAST(SUM(l.amount % 4294967296) AS BIGINT) AS low
         FROM {rows $1 r(session uuid, entry int)} JOIN ledger_line l ON l.entry = r.entry
         JOIN ledger_account a ON a.id = l.account GROUP BY r.session, a.kind, a.owner, a.asset"
    )
    .rows(entries.iter().copied().collect::<Rows>())
    .all(tx)
    .await
}

/// Those of `keys` that entries have.
pub(super) async fn taken(tx: &mut Tx, keys: &[String]) -> db::Result<Vec<String>> {
    sql!("SELECT e.key FROM {rows $1 k(key text)} JOIN ledger_entry e ON e.key = k.key")
        .rows(keys.iter().map(|key| (key.as_str(),)).collect::<Rows>())
        .column(tx)
        .await
}

/// Wallets of points behind number `after`.
pub(super) async fn wallets(tx: &mut Tx, after: i64) -> db::Result<Vec<i64>> {
    sql!(
        "SELECT id FROM ledger_account WHERE id > $1 AND kind = 'available' AND asset = 'BTN' ORDER BY id LIMIT $2"
    )
    .bind(after)
    .bind(page())
    .column(tx)
    .await
}

/// What was earned on a day: whose wallet, the day, and the sum in halves.
pub(super) type Earned = (Loose<Uuid>, Loose<i64>, Loose<i64>, Loose<i64>);

/// What the entries say that the wallets behind `after` and up to `last` earned, by day.
pub(super) async fn earned(tx: &mut Tx, after: i64, last: i64) -> db::Result<Vec<Earned>> {
    sql!(
        "WITH RECURSIVE walk (owner, account, entry, amount, previous) AS (
             SELECT a.owner, l.account, l.entry, l.amount, l.previous FROM ledger_account a
             JOIN ledger_line l ON l.entry = a.last AND l.account = a.id
             WHERE a.id > $1 AND a.id <= $2 AND a.kind = 'available' AND a.asset = 'BTN'
             UNION ALL SELECT w.owner, l.account, l.entry, l.amount, l.previous FROM walk w
             JOIN ledger_line l ON l.entry = w.previous AND l.account = w.account AND w.previous < w.entry
         ) SELECT w.owner, e.at / 86400000000, CAST(SUM(w.amount / 4294967296) AS BIGINT),
                CAST(SUM(w.amount % 4294967296) AS BIGINT)
         FROM walk w JOIN ledger_entry e ON e.id = w.entry AND e.kind = 'reward'
         GROUP BY w.owner, e.at / 86400000000"
    )
    .bind(after)
    .bind(last)
    .all(tx)
    .await
}

/// What the days of the same wallets say.
pub(super) async fn days(
    tx: &mut Tx,
    after: i64,
    last: i64,
) -> db::Result<Vec<(Loose<Uuid>, Loose<i64>, Loose<i64>)>> {
    sql!(
        "SELECT r.account_id, r.day, r.earned FROM ledger_account a JOIN reward_day r ON r.account_id = a.owner
         WHERE a.id > $1 AND a.id <= $2 AND a.kind = 'available' AND a.asset = 'BTN'"
    )
    .bind(after)
    .bind(last)
    .all(tx)
    .await
}

/// Days of accounts that have no wallet of points.
pub(super) async fn days_without_wallet(tx: &mut Tx) -> db::Result<Vec<(Loose<Uuid>, Loose<i64>)>> {
    sql!(
        "SELECT r.account_id, r.day FROM reward_day r WHERE r.earned <> 0 AND NOT EXISTS (
             SELECT 1 FROM ledger_account a WHERE a.owner = r.account_id AND a.kind = 'available' AND a.asset = 'BTN')
         ORDER BY r.account_id, r.day LIMIT $1"
    )
    .bind(page())
    .all(tx)
    .await
}

/// Which of `of`, entries with the ids of their rows, have none: by the table.
pub(super) async fn without_row(tx: &mut Tx, table: Table, of: &[(i64, Uuid)]) -> db::Result<Vec<i64>> {
    let query = match table {
        Table::TopUp => sql!(
            "SELECT r.entry FROM {rows $1 r(entry int, id uuid)} WHERE NOT EXISTS (
                 SELECT 1 FROM top_up t WHERE t.id = r.id)"
        ),
        Table::Tip => sql!(
            "SELECT r.entry FROM {rows $1 r(entry int, id uuid)} WHERE NOT EXISTS (
                 SELECT 1 FROM tip t WHERE t.id = r.id)"
        ),
        Table::Redemption => sql!(
            "SELECT r.entry FROM {rows $1 r(entry int, id uuid)} WHERE NOT EXISTS (
                 SELECT 1 FROM redemption t WHERE t.id = r.id)"
        ),
        Table::Dispute => sql!(
            "SELECT r.entry FROM {rows $1 r(entry int, id uuid)} WHERE NOT EXISTS (
                 SELECT 1 FROM dispute t WHERE t.id = r.id)"
        ),
        Table::Session => sql!(
            "SELECT r.entry FROM {rows $1 r(entry int, id uuid)} WHERE NOT EXISTS (
                 SELECT 1 FROM paid_session t WHERE t.id = r.id)"
        ),
        Table::Hold => sql!(
            "SELECT r.entry FROM {rows $1 r(entry int, id uuid)} WHERE NOT EXISTS (
                 SELECT 1 FROM paid_session t WHERE t.hold_id = r.id)"
        ),
    };
    query.rows(of.iter().copied().collect::<Rows>()).column(tx).await
}

/// What entries are about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Table {
    TopUp,
    Tip,
    Redemption,
    Dispute,
    /// Sessions by their ids.
    Session,
    /// Sessions by their holds.
    Hold,
}

impl Table {
    /// What a row of it is called.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::TopUp => "top-up",
            Self::Tip => "tip",
            Self::Redemption => "redemption",
            Self::Dispute => "dispute",
            Self::Session => "session",
            Self::Hold => "session with the hold",
        }
    }
}
