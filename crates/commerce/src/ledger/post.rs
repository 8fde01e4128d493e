use std::collections::HashMap;

use db::Tx;
use kernel::Time;
use money::ledger::{Entry, Hash, LedgerError, Posted, entry_hash};

use super::{PostError, queries, sheet::Sheet};

/// Posts entries in their order, all or none, as `money::ledger::Book::post_all` does.
///
/// From here to the end of the transaction everybody else who posts waits, so this is best its last statement; and it is
/// called once in a transaction, or two of them may wait for each other until the database ends one.
///
/// # Errors
/// What the ledger refuses, before anything was written; and what the database says. Whichever it is, the transaction is to
/// be rolled back: nothing was posted.
pub async fn post(tx: &mut Tx, entries: &[Entry], now: Time) -> Result<Vec<Posted>, PostError> {
    let (sheet, verdicts) = weigh(tx, entries).await?;
    let new = taken(entries, &verdicts);
    let posted = verdicts.into_iter().collect::<Result<Vec<Posted>, LedgerError>>()?;
    write(tx, sheet, &new, now).await?;
    Ok(posted)
}

/// Posts those of `entries` that the ledger takes, each as if those before it had been posted alone; answers what became of
/// each. As [`post`] otherwise.
///
/// # Errors
/// What the database says: nothing was posted.
pub async fn post_each(
    tx: &mut Tx,
    entries: &[Entry],
    now: Time,
) -> db::Result<Vec<Result<Posted, LedgerError>>> {
    let (sheet, verdicts) = weigh(tx, entries).await?;
    write(tx, sheet, &taken(entries, &verdicts), now).await?;
    Ok(verdicts)
}

/// Those that are to be written.
fn taken<'e>(entries: &'e [Entry], verdicts: &[Result<Posted, LedgerError>]) -> Vec<&'e Entry> {
    entries
        .iter()
        .zip(verdicts)
        .filter(|(_, verdict)| **verdict == Ok(Posted::Now))
        .map(|(entry, _)| entry)
        .collect()
}

/// Locks the accounts that entries touch, and tries the entries on their balances.
async fn weigh(tx: &mut Tx, entries: &[Entry]) -> db::Result<(Sheet, Vec<Result<Posted, LedgerError>>)> {
    let mut sheet = Sheet::of(entries);
    queries::lock(tx, &mut sheet).await?;
    // After the locks: the same entry, posted by somebody else just now, had to let go of them first.
    let taken = queries::taken(tx, entries).await?;
    let earlier = if taken.is_empty() { HashMap::new() } else { queries::recorded(tx, &taken).await? };
    let verdicts = sheet.post(entries, &earlier);
    Ok((sheet, verdicts))
}

/// Writes balances and entries, as one batch.
async fn write(tx: &mut Tx, mut sheet: Sheet, new: &[&Entry], now: Time) -> db::Result<()> {
    if new.is_empty() {
        return Ok(());
    }
    queries::change(tx, &sheet).await?;
    // Somebody else made one of these accounts since we looked, and may have moved money on it.
    if !queries::make(tx, &mut sheet).await? {
        return Err(tx.lost_race());
    }
    let leaves: Vec<Hash> = new.iter().map(|entry| entry_hash(entry)).collect();
    let (mut head, entries) = queries::head(tx).await?;
    // Somebody else posted another entry under one of these keys since we looked.
    if !queries::record(tx, new, &sheet, entries).await? {
        return Err(tx.lost_race());
    }
    match head.link_leaves(&leaves) {
        Some(batch) => queries::link(tx, &head, &batch, entries, now).await,
        None => Ok(()),
    }
}
