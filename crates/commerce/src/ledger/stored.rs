//! Entries as they are stored, whatever they say.

use std::collections::HashMap;

use db::Tx;
use money::ledger::{Entry, LedgerError, Line};

use super::queries::raw::{self, RawEntry};

/// An entry as it is stored.
pub(crate) struct Stored {
    /// Its number.
    pub(crate) id: i64,
    /// What it says, or why that is no entry.
    pub(crate) entry: Result<Entry, String>,
}

/// Up to `n` entries behind number `after`, without their lines.
pub(crate) async fn page(tx: &mut Tx, after: i64, n: i64) -> db::Result<Vec<RawEntry>> {
    raw::entries(tx, after.saturating_add(1), i64::MAX, n).await
}

/// The entries that have one of `keys`, by their keys.
pub(crate) async fn by_key(tx: &mut Tx, keys: &[String]) -> db::Result<HashMap<String, Stored>> {
    let entries = raw::entries_by_key(tx, keys).await?;
    let keys: Vec<Option<String>> = entries.iter().map(|entry| entry.key.0.clone()).collect();
    let stored = with_lines(tx, entries).await?;
    Ok(keys.into_iter().zip(stored).filter_map(|(key, stored)| Some((key?, stored))).collect())
}

/// Puts entries together with their lines, in their order.
pub(crate) async fn with_lines(tx: &mut Tx, entries: Vec<RawEntry>) -> db::Result<Vec<Stored>> {
    let mut lines: HashMap<i64, Vec<_>> = HashMap::with_capacity(entries.len());
    for line in raw::lines_of(tx, &entries).await? {
        lines.entry(line.entry).or_default().push(line.read());
    }
    let entries = entries.into_iter().map(|entry| {
        let own = lines.remove(&entry.id).unwrap_or_default();
        Stored { id: entry.id, entry: recorded(entry, own) }
    });
    Ok(entries.collect())
}

/// An entry as it is stored, if it is one by the rules.
pub(super) fn recorded(entry: RawEntry, lines: Vec<Result<Line, String>>) -> Result<Entry, String> {
    let key = entry.key.0.ok_or("its key cannot be read")?;
    let at = entry.at.0.ok_or("its time cannot be read")?;
    let kind = entry.kind.0.ok_or("its kind cannot be read")?;
    let kind = kind.parse().map_err(|error: LedgerError| error.to_string())?;
    let mut read: Vec<Line> = lines.into_iter().collect::<Result<_, _>>()?;
    read.sort_unstable_by_key(|line| (line.account, line.asset.code()));
    Entry::recorded(key, at, kind, read).map_err(|error| error.to_string())
}
