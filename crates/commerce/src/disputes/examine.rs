//! What the instance itself contests: sessions whose voucher, ledger and delivered bytes disagree (`docs/METER.md`).

use std::time::Duration;

use kernel::Time;

use super::{
    DisputeError,
    queries::{self, EndedRow},
    service,
};
use crate::{
    Commerce, receipts,
    sessions::{SessionError, heard_in},
};

/// How long after its end a session is examined: all nodes have written by then what they delivered.
const AFTER: Duration = Duration::from_hours(1);
/// Sessions that are examined between two notes of how far that is.
const PAGE: u32 = 200;
/// Of what was heard one half may take as many bytes as all of it: parts of a file differ.
const UNEVEN: u32 = 2;
/// Seconds that nobody is held to: notes of what was delivered may be lost with a node, and a play may be short.
const SLACK: Duration = Duration::from_secs(30);

/// Examines the sessions that ended at least an hour ago and were not examined yet, and contests those whose parts disagree;
/// answers how many.
///
/// What was delivered counts over all that the listener was ever sent of the track, so that what a player keeps may be heard
/// again.
///
/// # Errors
/// When the database fails: what was examined before stays so, and the rest is examined the next time.
pub async fn examine(commerce: &Commerce) -> Result<usize, DisputeError> {
    let app = &commerce.app;
    let until = app.now().minus(AFTER);
    let mut contested = 0_usize;
    loop {
        let page = db::read!(app.db, |tx| queries::ended(tx, until, PAGE).await)?;
        for session in &page {
            if let Some(reason) = disagreement(commerce, session).await? {
                contested = contested.saturating_add(usize::from(contest(commerce, session, reason).await?));
            }
        }
        let Some(last) = page.last() else { return Ok(contested) };
        let noted: db::Result<()> =
            db::write!(app.db, |tx| queries::set_examined(tx, last.settled_at, last.id).await);
        noted?;
    }
}

/// Whether it was the first to contest it.
async fn contest(commerce: &Commerce, session: &EndedRow, reason: String) -> Result<bool, DisputeError> {
    let app = &commerce.app;
    tracing::warn!(session = %session.id, reason, "a session is contested by the instance");
    let (ids, now): (_, Time) = ((app.id(), app.id()), app.now());
    let opened: Result<_, DisputeError> =
        db::write!(app.db, |tx| service::open_by_instance(tx, session.id, reason.clone(), ids, now).await);
    Ok(opened?.is_some())
}

/// What does not fit together, in words.
async fn disagreement(commerce: &Commerce, session: &EndedRow) -> db::Result<Option<String>> {
    let wrong = match receipts::receipt(commerce, Some(session.account), session.id).await {
        Ok(receipt) => receipts::check(&receipt),
        Err(SessionError::Db(error @ db::Error::Unreadable { .. })) => vec![error.to_string()],
        Err(SessionError::Db(error)) => return Err(error),
        // Gone on with or away meanwhile: there is nothing to contest.
        Err(_) => return Ok(None),
    };
    if let Some(first) = wrong.first() {
        return Ok(Some(format!("The receipt does not prove what was charged: {first}.")));
    }
    let delivered = db::read!(commerce.app.db, |tx| {
        music::playback::delivered(tx, session.account, session.track).await
    })?;
    let heard = heard_in(&session.heard);
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
