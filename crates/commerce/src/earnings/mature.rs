//! What was earned becomes payable, when its time has come.

use std::time::Duration;

use kernel::{Amount, Time};
use money::ledger::{Entry, LedgerError, Posted};

use super::queries;
use crate::{
    Commerce,
    ledger::{self, PostError},
};

/// Balances that are moved in one transaction.
const BATCH: usize = 500;
const DAY: Duration = Duration::from_hours(24);

/// Makes payable what was earned at least `payout.hold_days` ago, of all artists; answers how many balances moved.
///
/// Sessions count from the day of their end and tips from theirs, in UTC. What is contested is held back: it is no part of
/// the balance that moves. An artist's earnings in an asset move once a day, however often this is called.
///
/// # Errors
/// When the database fails; what was moved before stays.
pub async fn mature(commerce: &Commerce) -> Result<usize, PostError> {
    let (app, now) = (&commerce.app, commerce.app.now());
    let hold = DAY.saturating_mul(app.config.payout.hold_days);
    // All of this day and of those after it waits.
    let waits = now.minus(hold).day();
    let since = Time::from_micros(waits.saturating_mul(86_400_000_000));
    let through = waits.saturating_sub(1);
    let due: db::Result<Vec<_>> = db::snapshot!(app.db, |tx| queries::mature(tx, since).await);
    let mut entries = Vec::new();
    for (artist, asset, minor) in due? {
        entries.push(Entry::matured(artist, through, now, Amount { asset, minor })?);
    }
    let mut moved = 0_usize;
    for batch in entries.chunks(BATCH) {
        let verdicts = db::write!(app.db, |tx| ledger::post_each(tx, batch, now).await)?;
        for verdict in verdicts {
            match verdict {
                Ok(Posted::Now) => moved = moved.saturating_add(1),
                // Moved today, or contested a moment ago: the rest has to wait.
                Ok(Posted::Before) | Err(LedgerError::KeyTaken(_) | LedgerError::Insufficient { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
    Ok(moved)
}
