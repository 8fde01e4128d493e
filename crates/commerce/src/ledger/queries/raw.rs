//! Rows as they are, whatever they say: for the verifier.

use db::{Loose, Result, Rows, Tx, from_row, sql};
use kernel::{Asset, Time};
use money::ledger::{Account, Line};
use uuid::Uuid;

/// A row of `ledger_batch`.
pub(in crate::ledger) struct RawBatch {
    pub(in crate::ledger) seq: i64,
    pub(in crate::ledger) first_entry: Loose<i64>,
    pub(in crate::ledger) size: Loose<i64>,
    pub(in crate::ledger) prev: Loose<Vec<u8>>,
    pub(in crate::ledger) root: Loose<Vec<u8>>,
}

from_row!(RawBatch { seq, first_entry, size, prev, root });

/// A row of `ledger_entry`.
pub(crate) struct RawEntry {
    pub(crate) id: i64,
    pub(crate) key: Loose<String>,
    pub(crate) at: Loose<Time>,
    pub(crate) kind: Loose<String>,
}

from_row!(RawEntry { id, key, at, kind });

/// A row of `ledger_line`.
pub(in crate::ledger) struct RawLine {
    pub(in crate::ledger) entry: i64,
    pub(in crate::ledger) account: i64,
    pub(in crate::ledger) amount: Loose<i64>,
    pub(in crate::ledger) previous: Loose<Option<i64>>,
}

from_row!(RawLine { entry, account, amount, previous });

/// A line with its account, if that is there.
pub(in crate::ledger) struct WholeLine {
    pub(in crate::ledger) entry: i64,
    amount: Loose<i64>,
    kind: Loose<Option<String>>,
    owner: Loose<Option<Uuid>>,
    asset: Loose<Option<String>>,
}

from_row!(WholeLine { entry, amount, kind, owner, asset });

/// A row of `ledger_account`.
pub(in crate::ledger) struct RawAccount {
    pub(in crate::ledger) id: i64,
    pub(in crate::ledger) last: Loose<i64>,
    balance: Loose<i64>,
    kind: Loose<String>,
    owner: Loose<Uuid>,
    asset: Loose<String>,
}

from_row!(RawAccount { id, last, balance, kind, owner, asset });

/// What an account is: the sum of a line stands with it.
pub(in crate::ledger) type Named = std::result::Result<(Account, Asset), String>;

impl RawLine {
    /// The line, or what is wrong with it. `account` is the one that it names, if that is there.
    pub(in crate::ledger) fn read(&self, account: Option<&Named>) -> std::result::Result<Line, String> {
        line(self.amount.0, account.cloned())
    }
}

impl WholeLine {
    /// The line, or what is wrong with it.
    pub(in crate::ledger) fn read(self) -> std::result::Result<Line, String> {
        let account = match (self.kind.0, self.owner.0, self.asset.0) {
            (Some(None), Some(None), Some(None)) => None,
            (kind, owner, asset) => Some(named(kind.flatten(), owner.flatten(), asset.flatten())),
        };
        line(self.amount.0, account)
    }
}

impl RawAccount {
    /// What it is, and its balance; or what is wrong with it.
    pub(in crate::ledger) fn read(self) -> (Named, Option<i64>) {
        (named(self.kind.0, self.owner.0, self.asset.0), self.balance.0)
    }
}

fn line(amount: Option<i64>, account: Option<Named>) -> std::result::Result<Line, String> {
    let amount = amount.ok_or("the amount of a line of it cannot be read")?;
    let (account, asset) = account
        .ok_or("a line of it is on an account that is missing")?
        .map_err(|problem| format!("a line of it is on an account of which {problem}"))?;
    Ok(Line { account, asset, amount })
}

fn named(kind: Option<String>, owner: Option<Uuid>, asset: Option<String>) -> Named {
    let (Some(kind), Some(owner), Some(asset)) = (kind, owner, asset) else {
        return Err("the columns cannot be read".to_owned());
    };
    let account = super::read_account(&kind, owner).map_err(|e| e.to_string())?;
    Ok((account, asset.parse().map_err(|e: kernel::MoneyError| e.to_string())?))
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

/// The entries that have one of `keys`.
pub(in crate::ledger) async fn entries_by_key(tx: &mut Tx, keys: &[String]) -> Result<Vec<RawEntry>> {
    sql!(
        "SELECT e.id, e.key, e.at, e.kind FROM {rows $1 k(key text)} JOIN ledger_entry e ON e.key = k.key ORDER BY e.id"
    )
    .rows(keys.iter().map(|key| (key.as_str(),)).collect::<Rows>())
    .all(tx)
    .await
}

pub(in crate::ledger) async fn lines(tx: &mut Tx, first: i64, last: i64) -> Result<Vec<RawLine>> {
    sql!(
        "SELECT entry, account, amount, previous FROM ledger_line WHERE entry >= $1 AND entry <= $2 ORDER BY entry"
    )
    .bind(first)
    .bind(last)
    .all(tx)
    .await
}

pub(in crate::ledger) async fn lines_of(tx: &mut Tx, entries: &[RawEntry]) -> Result<Vec<WholeLine>> {
    sql!(
        "SELECT l.entry, l.amount, a.kind, a.owner, a.asset FROM {rows $1 r(id int)}
         JOIN ledger_line l ON l.entry = r.id LEFT JOIN ledger_account a ON a.id = l.account"
    )
    .rows(entries.iter().map(|entry| (entry.id,)).collect::<Rows>())
    .all(tx)
    .await
}

/// Keys that more than one entry has.
pub(in crate::ledger) async fn repeated_keys(tx: &mut Tx, n: i64) -> Result<Vec<Loose<String>>> {
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

type RawHead = (Loose<i64>, Loose<i64>, Loose<Vec<u8>>);

pub(in crate::ledger) async fn head(tx: &mut Tx) -> Result<Option<RawHead>> {
    sql!("SELECT seq, entries, hash FROM ledger_head").maybe(tx).await
}

pub(in crate::ledger) async fn accounts(tx: &mut Tx, after: i64, n: i64) -> Result<Vec<RawAccount>> {
    sql!(
        "SELECT id, last, balance, kind, owner, asset FROM ledger_account WHERE id > $1 ORDER BY id LIMIT $2"
    )
    .bind(after)
    .bind(n)
    .all(tx)
    .await
}

/// A sum of amounts, put together from those of their halves: of what 2^32 goes into them, and of what is left.
pub(crate) fn whole(high: i64, low: i64) -> i128 {
    i128::from(high).saturating_mul(1 << 32).saturating_add(low.into())
}
