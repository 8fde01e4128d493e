//! All SQL of the ledger.

pub(in crate::ledger) mod raw;

use std::collections::HashMap;

use db::{Error, Result, Rows, Tx, sql};
use kernel::{Asset, Time};
use money::ledger::{Account, Batch, Entry, Hash, Head, Kind, LedgerError, Line};
use uuid::Uuid;

use super::sheet::{Numbered, Sheet, Slot};

/// A place in a list as the database numbers it, and back.
fn number(place: usize) -> i64 {
    i64::try_from(place).unwrap_or(i64::MAX)
}

fn place(number: i64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

fn unreadable(what: &'static str, value: &impl ToString) -> Error {
    Error::Unreadable { what, value: value.to_string() }
}

/// The owner as it is stored: zeros for the platform.
fn owner(account: &Account) -> Uuid {
    account.owner().unwrap_or(Uuid::nil())
}

/// An account as it is stored.
fn account(kind: &str, owner: Uuid) -> Result<Account> {
    read_account(kind, owner).map_err(|_| unreadable("account of the ledger", &kind))
}

fn read_account(kind: &str, owner: Uuid) -> std::result::Result<Account, LedgerError> {
    Account::of(kind, Some(owner).filter(|owner| !owner.is_nil()))
}

fn asset(code: &str) -> Result<Asset> {
    db::read_text(code, "asset")
}

/// The balances that are stored, by their places in `of`.
pub(super) async fn balances(tx: &mut Tx, of: &[(Account, Asset)]) -> Result<Vec<(usize, i64)>> {
    let wanted: Rows = of
        .iter()
        .enumerate()
        .map(|(place, (account, asset))| (number(place), owner(account), account.kind(), asset.code()))
        .collect();
    let found: Vec<(i64, i64)> = sql!(
        "SELECT w.place, a.balance FROM {rows $1 w(place int, owner uuid, kind text, asset text)}
         JOIN ledger_account a ON a.owner = w.owner AND a.kind = w.kind AND a.asset = w.asset"
    )
    .rows(wanted)
    .all(tx)
    .await?;
    Ok(found.into_iter().map(|(at, balance)| (place(at), balance)).collect())
}

/// Whether an entry has this key.
pub(super) async fn is_posted(tx: &mut Tx, key: &str) -> Result<bool> {
    sql!("SELECT EXISTS (SELECT 1 FROM ledger_entry WHERE key = $1)").bind(key).scalar(tx).await
}

/// What all accounts of an asset and kind hold together.
pub(super) async fn sums(tx: &mut Tx) -> Result<Vec<(String, String, i64)>> {
    sql!(
        "SELECT asset, kind, CAST(SUM(balance) AS BIGINT) FROM ledger_account GROUP BY asset, kind ORDER BY asset, kind"
    )
    .all(tx)
    .await
}

/// Fills in the balances of the accounts of `sheet` that there are.
pub(super) async fn fill(tx: &mut Tx, sheet: &mut Sheet) -> Result<()> {
    let wanted: Rows = sheet
        .slots()
        .iter()
        .enumerate()
        .map(|(place, slot)| (number(place), owner(&slot.account), slot.account.kind(), slot.asset.code()))
        .collect();
    let found: Vec<(i64, i64, i64, i64)> = sql!(
        "SELECT w.place, a.id, a.balance, a.last FROM {rows $1 w(place int, owner uuid, kind text, asset text)}
         JOIN ledger_account a ON a.owner = w.owner AND a.kind = w.kind AND a.asset = w.asset"
    )
    .rows(wanted)
    .all(tx)
    .await?;
    for (at, id, balance, last) in found {
        sheet.found(place(at), id, balance, last);
    }
    Ok(())
}

/// Which of the keys of `entries` are taken: the ids of the entries that have them, each once.
pub(super) async fn taken(tx: &mut Tx, entries: &[Entry]) -> Result<Vec<i64>> {
    let mut ids = sql!("SELECT e.id FROM {rows $1 k(key text)} JOIN ledger_entry e ON e.key = k.key")
        .rows(entries.iter().map(|entry| (entry.key(),)).collect::<Rows>())
        .column(tx)
        .await?;
    ids.sort_unstable();
    ids.dedup();
    Ok(ids)
}

/// Entries as they were posted, by their keys.
pub(super) async fn recorded(tx: &mut Tx, ids: &[i64]) -> Result<HashMap<String, Entry>> {
    let rows: Vec<(String, Time, String, String, Uuid, String, i64)> = sql!(
        "SELECT e.key, e.at, e.kind, a.kind, a.owner, a.asset, l.amount FROM {rows $1 i(id int)}
         JOIN ledger_entry e ON e.id = i.id JOIN ledger_line l ON l.entry = e.id
         JOIN ledger_account a ON a.id = l.account"
    )
    .rows(ids.iter().map(|id| (*id,)).collect::<Rows>())
    .all(tx)
    .await?;
    let mut parts: HashMap<String, (Time, String, Vec<Line>)> = HashMap::new();
    for (key, at, kind, of, owner, code, amount) in rows {
        let line = Line { account: account(&of, owner)?, asset: asset(&code)?, amount };
        parts.entry(key).or_insert_with(|| (at, kind, Vec::new())).2.push(line);
    }
    let entries = parts.into_iter().map(|(key, (at, kind, mut lines))| {
        lines.sort_unstable_by_key(|line| (line.account, line.asset.code()));
        let kind: Kind = db::read_text(&kind, "kind of entry")?;
        let entry = Entry::recorded(key.clone(), at, kind, lines);
        Ok((key.clone(), entry.map_err(|_| unreadable("entry of the ledger", &key))?))
    });
    entries.collect()
}

/// Writes the balances that entries moved.
pub(super) async fn change(tx: &mut Tx, sheet: &Sheet) -> Result<()> {
    let moved = sheet.slots().iter().filter(|slot| slot.used);
    let mut rows: Vec<_> = moved.filter_map(|slot| slot.id.map(|id| (id, slot.balance, slot.last))).collect();
    if !rows.is_empty() {
        // As they lie on the disk.
        rows.sort_unstable();
        sql!(
            "UPDATE ledger_account SET balance = b.balance, last = b.last
             FROM {rows $1 b(id int, balance int, last int)} WHERE ledger_account.id = b.id"
        )
        .rows(rows.into_iter().collect::<Rows>())
        .run(tx)
        .await?;
    }
    Ok(())
}

/// Makes the accounts that entries use for the first time.
pub(super) async fn make(tx: &mut Tx, sheet: &mut Sheet) -> Result<()> {
    let missing = |(_, slot): &(usize, &Slot)| slot.used && slot.id.is_none();
    let places: HashMap<(Account, Asset), usize> = (sheet.slots().iter().enumerate().filter(missing))
        .map(|(place, slot)| ((slot.account, slot.asset), place))
        .collect();
    if places.is_empty() {
        return Ok(());
    }
    let rows = (sheet.slots().iter().enumerate().filter(missing))
        .map(|(_, slot)| {
            (slot.balance, slot.last, owner(&slot.account), slot.account.kind(), slot.asset.code())
        })
        .collect::<Rows>();
    let made: Vec<(i64, Uuid, String, String)> = sql!(
        "INSERT INTO ledger_account (balance, last, owner, kind, asset)
         SELECT n.balance, n.last, n.owner, n.kind, n.asset
         FROM {rows $1 n(balance int, last int, owner uuid, kind text, asset text)} WHERE TRUE
         RETURNING id, owner, kind, asset"
    )
    .rows(rows)
    .all(tx)
    .await?;
    for (id, owner, kind, code) in made {
        if let Some(&place) = places.get(&(account(&kind, owner)?, asset(&code)?)) {
            sheet.made(place, id);
        }
    }
    Ok(())
}

/// Locks the ledger until the transaction ends; answers the end of the chain, and how many entries there are.
pub(super) async fn head(tx: &mut Tx) -> Result<(Head, i64)> {
    let (seq, hash, entries): (i64, Vec<u8>, i64) =
        sql!("SELECT seq, hash, entries FROM ledger_head WHERE id = 1 {for_update}").one(tx).await?;
    let seq = u64::try_from(seq).map_err(|_| unreadable("number of a batch", &seq))?;
    Ok((Head { seq, hash: hash_of(&hash)? }, entries))
}

fn hash_of(bytes: &[u8]) -> Result<Hash> {
    Hash::try_from(bytes).map_err(|_| unreadable("hash", &bytes.len()))
}

/// Writes entries behind the `before` that there are, and their lines.
pub(super) async fn record(
    tx: &mut Tx,
    entries: &[&Entry],
    before: i64,
    lines: &[Numbered<'_>],
    sheet: &Sheet,
) -> Result<()> {
    let rows: Rows = (before.saturating_add(1)..)
        .zip(entries)
        .map(|(id, entry)| (id, entry.at(), entry.key(), entry.kind().name()))
        .collect();
    sql!(
        "INSERT INTO ledger_entry (id, at, key, kind)
         SELECT n.id, n.at, n.key, n.kind FROM {rows $1 n(id int, at int, key text, kind text)}"
    )
    .rows(rows)
    .run(tx)
    .await?;
    let rows: Rows = lines
        .iter()
        .map(|Numbered { entry, line, previous }| (*entry, sheet.id(line), line.amount, *previous))
        .collect();
    sql!(
        "INSERT INTO ledger_line (entry, account, amount, previous) SELECT n.entry, n.account, n.amount, n.previous
         FROM {rows $1 n(entry int, account int, amount int, previous int)}"
    )
    .rows(rows)
    .run(tx)
    .await?;
    Ok(())
}

/// Writes the batch of the entries behind the `before` that there were, and moves the head on to it.
pub(super) async fn link(tx: &mut Tx, head: &Head, batch: &Batch, before: i64, now: Time) -> Result<()> {
    let (seq, size) = (signed(batch.seq)?, signed(batch.size)?);
    sql!(
        "INSERT INTO ledger_batch (seq, first_entry, size, posted_at, prev, root)
         VALUES ($seq, $first, $size, $now, $prev, $root)"
    )
    .set("seq", seq)
    .set("first", before.saturating_add(1))
    .set("size", size)
    .set("now", now)
    .set("prev", batch.prev)
    .set("root", batch.root)
    .run(tx)
    .await?;
    sql!("UPDATE ledger_head SET seq = $1, hash = $2, entries = $3 WHERE id = 1")
        .bind(seq)
        .bind(head.hash)
        .bind(before.saturating_add(size))
        .run(tx)
        .await?;
    Ok(())
}

fn signed(n: u64) -> Result<i64> {
    i64::try_from(n).map_err(|_| unreadable("number of a batch", &n))
}
