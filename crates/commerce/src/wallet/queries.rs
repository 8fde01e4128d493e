//! All SQL of the wallet.

use std::collections::HashMap;

use db::{Result, Rows, Tx, sql};
use kernel::{AccountId, ArtistId, Asset, Time, TopUpId, TrackId};

use super::{
    top_up::{Row, State},
    transactions::About,
};

/// Records a top-up, unless it is there already.
pub(super) async fn insert(tx: &mut Tx, row: &Row) -> Result<()> {
    sql!(
        "INSERT INTO top_up (id, account_id, amount, method, state, created_at)
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (id) DO NOTHING"
    )
    .bind(row.id)
    .bind(row.account_id)
    .bind(row.amount)
    .bind(&row.method)
    .bind(row.state)
    .bind(row.created_at)
    .run(tx)
    .await?;
    Ok(())
}

pub(super) async fn find(tx: &mut Tx, id: TopUpId) -> Result<Option<Row>> {
    sql!("SELECT id, account_id, amount, method, state, created_at FROM top_up WHERE id = $1")
        .bind(id)
        .maybe(tx)
        .await
}

/// Notes how a top-up ended, unless it has.
pub(super) async fn end(tx: &mut Tx, id: TopUpId, state: State, now: Time) -> Result<()> {
    sql!("UPDATE top_up SET state = $1, ended_at = $2 WHERE id = $3 AND state = 'pending'")
        .bind(state)
        .bind(now)
        .bind(id)
        .run(tx)
        .await?;
    Ok(())
}

/// What an open session of `account` has charged that is not posted yet, and in what.
pub(super) async fn metered(tx: &mut Tx, account: AccountId) -> Result<Option<(String, i64)>> {
    sql!(
        "SELECT s.asset, m.amount - m.captured FROM meter_session m JOIN paid_session s ON s.id = m.id
         WHERE m.account_id = $1"
    )
    .bind(account)
    .maybe(tx)
    .await
}

/// The ledger's accounts of a listener: id, kind, asset and newest entry.
pub(super) async fn accounts(
    tx: &mut Tx,
    owner: AccountId,
    asset: Option<Asset>,
) -> Result<Vec<(i64, String, String, i64)>> {
    sql!(
        "SELECT id, kind, asset, last FROM ledger_account
         WHERE owner = $owner AND kind IN ('available', 'held') [[AND asset = $asset]]"
    )
    .set("owner", owner)
    .set_opt("asset", asset.map(Asset::code))
    .all(tx)
    .await
}

/// The line of each account in an entry and those before it, `n` of each: entry, account, amount; the newest first.
pub(super) async fn lines(tx: &mut Tx, from: &[(i64, i64)], n: i64) -> Result<Vec<(i64, i64, i64)>> {
    sql!(
        "WITH RECURSIVE walk (entry, account, amount, previous, n) AS (
             SELECT l.entry, l.account, l.amount, l.previous, 1 FROM {rows $from f(account int, entry int)}
             JOIN ledger_line l ON l.entry = f.entry AND l.account = f.account
             UNION ALL SELECT l.entry, l.account, l.amount, l.previous, w.n + 1 FROM walk w
             JOIN ledger_line l ON l.entry = w.previous AND l.account = w.account WHERE w.n < $n
         ) SELECT entry, account, amount FROM walk ORDER BY entry DESC, account"
    )
    .set_rows("from", from.iter().copied().collect::<Rows>())
    .set("n", n)
    .all(tx)
    .await
}

fn ids(entries: &[i64]) -> Rows {
    entries.iter().map(|id| (*id,)).collect()
}

/// What the ledger says of entries: id, time, key and kind.
pub(super) async fn entries(tx: &mut Tx, of: &[i64]) -> Result<Vec<(i64, Time, String, String)>> {
    sql!("SELECT e.id, e.at, e.key, e.kind FROM {rows $1 i(id int)} JOIN ledger_entry e ON e.id = i.id")
        .rows(ids(of))
        .all(tx)
        .await
}

/// The tracks that entries are about: of a session, of a dispute of one, or named. With them, when the session ended.
pub(super) async fn tracks(
    tx: &mut Tx,
    of: &HashMap<i64, About>,
) -> Result<Vec<(i64, TrackId, String, Option<Time>)>> {
    let wanted = |(entry, about): (&i64, &About)| {
        let is_any = about.session_id.is_some() || about.dispute_id.is_some() || about.track_id.is_some();
        is_any.then_some((*entry, about.session_id, about.dispute_id, about.track_id))
    };
    sql!(
        "SELECT i.entry, t.id, t.title, s.settled_at
         FROM {rows $1 i(entry int, session uuid, dispute uuid, track uuid)}
         LEFT JOIN dispute d ON d.id = i.dispute
         LEFT JOIN paid_session s ON s.id = COALESCE(i.session, d.session_id)
         JOIN track t ON t.id = COALESCE(i.track, s.track_id)"
    )
    .rows(of.iter().filter_map(wanted).collect::<Rows>())
    .all(tx)
    .await
}

/// The artist pages that entries gave to: entry, page and name.
pub(super) async fn artists(tx: &mut Tx, of: &[i64]) -> Result<Vec<(i64, ArtistId, String)>> {
    sql!(
        "SELECT l.entry, ar.id, ar.display_name FROM {rows $1 i(id int)}
         JOIN ledger_line l ON l.entry = i.id
         JOIN ledger_account a ON a.id = l.account AND a.kind = 'earned'
         JOIN artist ar ON ar.id = a.owner ORDER BY l.entry, ar.id"
    )
    .rows(ids(of))
    .all(tx)
    .await
}
