//! What the instance itself contests: sessions whose voucher, ledger and delivered bytes disagree (`docs/METER.md`).

use std::time::Duration;

use kernel::Fault;
use money::ledger::LedgerError;

use super::{
    DisputeError,
    queries::{self, EndedRow},
    service::{self, WITHIN},
};
use crate::{Commerce, ledger::PostError, receipts, sessions::heard_in};

/// How long after its end a session is examined: all nodes have written by then what they delivered.
const AFTER: Duration = Duration::from_hours(1);
/// How often it is tried again when money moves in between.
const RACES: usize = 3;
/// Sessions that are examined between two notes of how far that is.
const PAGE: u32 = 200;
/// Of what was heard one half may take as many bytes as all of it: parts of a file differ.
const UNEVEN: u32 = 2;
/// Seconds that nobody is held to: notes of what was delivered may be lost with a node, and a play may be short.
const SLACK: Duration = Duration::from_secs(30);

/// Examines the sessions that ended at least an hour ago, and at most a month, and were not examined yet; contests those
/// whose parts disagree, and answers how many.
///
/// What was delivered counts over all that the listener was ever sent of the track, so that what a player keeps may be heard
/// again.
///
/// # Errors
/// When the database cannot be asked: what was examined before stays so, and the rest is examined the next time.
pub async fn examine(commerce: &Commerce) -> Result<usize, DisputeError> {
    let (app, now) = (&commerce.app, commerce.app.now());
    let (since, until) = (now.minus(WITHIN), now.minus(AFTER));
    let mut contested = 0_usize;
    loop {
        let page = db::read!(app.db, |tx| queries::ended(tx, since, until, PAGE).await)?;
        for session in &page {
            match examine_one(commerce, session).await {
                Ok(is_contested) => contested = contested.saturating_add(usize::from(is_contested)),
                Err(error) if error.retry_after().is_some() => return Err(error),
                // One that cannot be contested does not keep the others waiting.
                Err(error) => {
                    tracing::error!(%error, session = %session.id, "a session that may not add up is not contested");
                }
            }
        }
        let Some(last) = page.last() else { return Ok(contested) };
        let noted: db::Result<()> =
            db::write!(app.db, |tx| queries::set_examined(tx, last.settled_at, last.id).await);
        noted?;
    }
}

/// Whether a session was contested, by this and for the first time.
async fn examine_one(commerce: &Commerce, session: &EndedRow) -> Result<bool, DisputeError> {
    let Some(reason) = disagreement(commerce, session).await? else { return Ok(false) };
    tracing::warn!(session = %session.id, reason, "a session is contested by the instance");
    for _ in 0..RACES {
        match contest(commerce, session, &reason).await {
            // Its artists' money was moved meanwhile.
            Err(DisputeError::Ledger(PostError::Ledger(LedgerError::Insufficient { .. }))) => {}
            result => return result,
        }
    }
    contest(commerce, session, &reason).await
}

async fn contest(commerce: &Commerce, session: &EndedRow, reason: &str) -> Result<bool, DisputeError> {
    let app = &commerce.app;
    let (ids, now) = ((app.id(), app.id()), app.now());
    let opened: Result<_, DisputeError> = db::write!(app.db, |tx| {
        service::open_by_instance(tx, session.id, reason.to_owned(), ids, now).await
    });
    Ok(opened?.is_some())
}

/// What does not fit together, in words.
async fn disagreement(commerce: &Commerce, session: &EndedRow) -> db::Result<Option<String>> {
    let wrong = match receipts::examined(commerce, session.id).await {
        Ok(None) => return Ok(None),
        Ok(Some(wrong)) => wrong,
        Err(error) if error.is_retryable() => return Err(error),
        Err(error) => vec![error.to_string()],
    };
    if let Some(first) = wrong.first() {
        return Ok(Some(format!("The session does not prove what was charged: {first}.")));
    }
    let Some(heard) = heard_in(&session.heard) else {
        return Ok(Some("What was heard cannot be read.".to_owned()));
    };
    let delivered = db::read!(commerce.app.db, |tx| {
        music::playback::delivered(tx, session.account, session.track).await
    })?;
    Ok(delivered.filter(|delivered| is_too_little(*delivered, heard)).map(|delivered| {
        format!("{} s were paid for, and {} s were delivered.", heard.as_secs(), delivered.as_secs())
    }))
}

/// Whether so much cannot have been heard of what was delivered.
fn is_too_little(delivered: Duration, heard: Duration) -> bool {
    delivered.saturating_mul(UNEVEN).saturating_add(SLACK) < heard
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uneven_files_and_lost_notes_are_no_disagreement() {
        let seconds = Duration::from_secs;
        for (delivered, heard) in [(0, 30), (60, 60), (60, 150), (100, 230)] {
            assert!(!is_too_little(seconds(delivered), seconds(heard)), "{delivered} of {heard}");
        }
        for (delivered, heard) in [(0, 31), (60, 151), (100, 231)] {
            assert!(is_too_little(seconds(delivered), seconds(heard)), "{delivered} of {heard}");
        }
    }
}
