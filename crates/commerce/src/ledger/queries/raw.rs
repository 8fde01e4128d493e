//! Rows as they are, whatever they say: for the verifier.

use std::collections::HashMap;

use db::{Result, Tx, from_row, sql};
use kernel::Time;
use money::ledger::Line;
use uuid::Uuid;

/// A row of `ledger_batch`.
pub(in crate::ledger) struct RawBatch {
    pub(in crate::ledger) seq: i64,
    pub(in crate::ledger) first_entry: i64,
    pub(in crate::ledger) size: i64,
    pub(in crate::ledger) prev: Vec<u8>,
    pub(in crate::ledger) root: Vec<u8>,
}

from_row!(RawBatch { seq, first_entry, size, prev, root });

/// A row of `ledger_entry`.
pub(in crate::ledger) struct RawEntry {
    pub(in crate::ledger) id: i64,
    pub(in crate::ledger) key: String,
    pub(in crate::ledger) at: Time,
    pub(in crate::ledger) kind: String,
}

from_row!(RawEntry { id, key, at, kind });

/// A row of `ledger_line` with its account, if that is there.
pub(in crate::ledger) struct RawLine {
    pub(in crate::ledger) entry: i64,
    amount: i64,
    kind: Option<String>,
    owner: Option<Uuid>,
    asset: Option<String>,
}

from_row!(RawLine { entry, amount, kind, owner, asset });

/// A row of `ledger_account`.
pub(in crate::ledger) struct RawAccount {
    pub(in crate::ledger) id: i64,
    balance: i64,
    kind: String,
    owner: Uuid,
    asset: String,
}

from_row!(RawAccount { id, balance, kind, owner, asset });

impl RawLine {
    /// The line, or what is wrong with it.
    pub(in crate::ledger) fn read(self) -> std::result::Result<Line, String> {
        match (self.kind, self.owner, self.asset) {
            (Some(kind), Some(owner), Some(asset)) => read(&kind, owner, &asset, self.amount),
            _ => Err("a line of it is on an account that is missing".to_owned()),
        }
    }
}

impl RawAccount {
    /// The account with its balance, or what is wrong with it.
    pub(in crate::ledger) fn read(&self) -> std::result::Result<Line, String> {
        read(&self.kind, self.owner, &self.asset, self.balance)
    }
}

fn read(kind: &str, owner: Uuid, asset: &str, amount: i64) -> std::result::Result<Line, String> {
    let account = super::read_account(kind, owner).map_err(|e| e.to_string())?;
    Ok(Line { account, asset: asset.parse().map_err(|e: kernel::MoneyError| e.to_string())?, amount })
}

pub(in crate::ledger) async fn batches(tx: &mut Tx, after: i64, n: i64) -> Result<Vec<RawBatch>> {
    sql!("SELECT seq, first_entry, size, prev, root FROM ledger_batch WHERE seq > $1 ORDER BY seq LIMIT $2")
        .bind(after)
        .bind(n)
        .all(tx)
        .await
}

pub(in crate::ledger) async fn entries(tx: &mut Tx, first: i64, last: i64, n: i64) -> Result<Vec<RawEntry>> {
    sql!("SELECT id, key, at, kind FROM ledger_entry WHERE id >= $1 AND id <= $2 ORDER BY id LIMIT $3")
        .bind(first)
        .bind(last)
        .bind(n)
        .all(tx)
        .await
}

pub(in crate::ledger) async fn lines(tx: &mut Tx, first: i64, last: i64) -> Result<Vec<RawLine>> {
    sql!(
        "SELECT l.entry, l.amount, a.kind, a.owner, a.asset FROM ledger_line l
         LEFT JOIN ledger_account a ON a.id = l.account
         WHERE l.entry >= $1 AND l.entry <= $2 ORDER BY l.entry"
    )
    .bind(first)
    .bind(last)
    .all(tx)
    .await
}

/// Keys that more than one entry has.
pub(in crate::ledger) async fn repeated_keys(tx: &mut Tx, n: i64) -> Result<Vec<String>> {
    sql!("SELECT key FROM ledger_entry GROUP BY key HAVING COUNT(*) > 1 LIMIT $1").bind(n).column(tx).await
}

/// Entries that are not from 1 to `last`.
pub(in crate::ledger) async fn entries_outside(tx: &mut Tx, last: i64, n: i64) -> Result<Vec<i64>> {
    sql!("SELECT id FROM ledger_entry WHERE id < 1 OR id > $1 ORDER BY id LIMIT $2")
        .bind(last)
        .bind(n)
        .column(tx)
        .await
}

/// Entries not from 1 to `last` that are not there, and have lines.
pub(in crate::ledger) async fn lines_outside(tx: &mut Tx, last: i64, n: i64) -> Result<Vec<i64>> {
    sql!(
        "SELECT DISTINCT l.entry FROM ledger_line l WHERE (l.entry < 1 OR l.entry > $1)
         AND NOT EXISTS (SELECT 1 FROM ledger_entry e WHERE e.id = l.entry) ORDER BY l.entry LIMIT $2"
    )
    .bind(last)
    .bind(n)
    .column(tx)
    .await
}

pub(in crate::ledger) async fn head(tx: &mut Tx) -> Result<Option<(i64, i64, Vec<u8>)>> {
    sql!("SELECT seq, entries, hash FROM ledger_head").maybe(tx).await
}

pub(in crate::ledger) async fn accounts(tx: &mut Tx, after: i64, n: i64) -> Result<Vec<RawAccount>> {
    sql!("SELECT id, balance, kind, owner, asset FROM ledger_account WHERE id > $1 ORDER BY id LIMIT $2")
        .bind(after)
        .bind(n)
        .all(tx)
        .await
}

/// What the lines of the accounts behind `after` and up to `last` add up to.
pub(in crate::ledger) async fn moved(tx: &mut Tx, after: i64, last: i64) -> Result<HashMap<i64, i64>> {
    let sums: Vec<(i64, i64)> = sql!(
        "SELECT account, CAST(SUM(amount) AS BIGINT) FROM ledger_line
         WHERE account > $1 AND account <= $2 GROUP BY account"
    )
    .bind(after)
    .bind(last)
    .all(tx)
    .await?;
    Ok(sums.into_iter().collect())
}
