use std::collections::HashMap;

use db::Tx;
use kernel::Time;
use money::ledger::{Entry, Hash, Head, LedgerError, Posted, entry_hash};

use super::{PostError, queries, sheet::Sheet};

/// Posts entries in their order, all or none, as `money::ledger::Book::post_all` does.
///
/// From here to the end of the transaction everybody else who posts waits, so this is best its last statement: whoever waits
/// for another row afterwards may wait for somebody who waits here.
///
/// # Errors
/// What the ledger refuses, before anything was written; and what the database says. Whichever it is, the transaction is to
/// be rolled back: nothing was posted.
pub async fn post(tx: &mut Tx, entries: &[Entry], now: Time) -> Result<Vec<Posted>, PostError> {
    // Nobody waits for nothing.
    if entries.is_empty() {
        return Ok(Vec::new());
    }
    let weighed = weigh(tx, entries, Keys::Asked).await?;
    if let Some(refused) = weighed.verdicts.iter().find_map(|verdict| verdict.as_ref().err()) {
        return Err(refused.clone().into());
    }
    Ok(write(tx, entries, weighed, now).await?.into_iter().flatten().collect())
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
    let weighed = weigh(tx, entries, Keys::Asked).await?;
    write(tx, entries, weighed, now).await
}

/// As [`post_each`], in the hope that all of them can be posted and were not before, which needs no look at their keys.
///
/// # Errors
/// A lost race when that was not so, too: then it is for [`post_each`].
pub(super) async fn post_new(
    tx: &mut Tx,
    entries: &[Entry],
    now: Time,
) -> db::Result<Vec<Result<Posted, LedgerError>>> {
    let weighed = weigh(tx, entries, Keys::Free).await?;
    if weighed.verdicts.iter().any(|verdict| *verdict != Ok(Posted::Now)) {
        return Err(tx.lost_race());
    }
    write(tx, entries, weighed, now)
        .await
        .map_err(|error| if error.is_unique_violation() { tx.lost_race() } else { error })
}

/// What is known of the keys of entries before they are posted.
#[derive(PartialEq, Eq)]
enum Keys {
    /// They are taken to be free: the database refuses one that is not.
    Free,
    /// The database is asked.
    Asked,
}

/// What posting entries comes to.
struct Weighed {
    head: Head,
    /// How many entries there are.
    before: i64,
    sheet: Sheet,
    verdicts: Vec<Result<Posted, LedgerError>>,
    hashes: Vec<Hash>,
}

/// Locks the ledger, and tries entries on the balances.
async fn weigh(tx: &mut Tx, entries: &[Entry], keys: Keys) -> db::Result<Weighed> {
    let (head, before) = queries::head(tx).await?;
    let mut sheet = Sheet::of(entries);
    // The database works meanwhile.
    let hash = async { entries.iter().map(entry_hash).collect() };
    let (filled, hashes) = tokio::join!(queries::fill(tx, &mut sheet), hash);
    filled?;
    let taken = if keys == Keys::Asked { queries::taken(tx, entries).await? } else { Vec::new() };
    let earlier = if taken.is_empty() { HashMap::new() } else { queries::recorded(tx, &taken).await? };
    let verdicts = sheet.post(entries, &earlier);
    Ok(Weighed { head, before, sheet, verdicts, hashes })
}

/// Writes the balances, and the entries that were not posted before, as one batch.
async fn write(
    tx: &mut Tx,
    entries: &[Entry],
    Weighed { mut head, before, mut sheet, verdicts, hashes }: Weighed,
    now: Time,
) -> db::Result<Vec<Result<Posted, LedgerError>>> {
    let (new, leaves): (Vec<&Entry>, Vec<Hash>) = entries
        .iter()
        .zip(hashes)
        .zip(&verdicts)
        .filter_map(|(entry, verdict)| (*verdict == Ok(Posted::Now)).then_some(entry))
        .unzip();
    let Some(batch) = head.link_leaves(&leaves) else { return Ok(verdicts) };
    let lines = sheet.number(&new, before);
    queries::change(tx, &sheet).await?;
    queries::make(tx, &mut sheet).await?;
    queries::record(tx, &new, before, &lines, &sheet).await?;
    queries::link(tx, &head, &batch, before, now).await?;
    Ok(verdicts)
}
