//! The rules of disputes.

use std::time::Duration;

use db::{Tx, outbox};
use identity::audit;
use kernel::{AccountId, Check, DisputeId, Event, EventId, SessionId, Time, tidy};
use money::ledger::{Account as Place, Contest, ContestedShare, Entry};

use super::{
    DisputeError,
    queries::{self, Contested, DisputeRow},
};
use crate::{ledger, sessions};

/// How long after its end a listener may contest a session.
pub(super) const WITHIN: Duration = Duration::from_hours(30 * 24);

/// Who contests a session, and why.
pub(super) struct Raised {
    pub(super) by_instance: bool,
    pub(super) reason: String,
}

/// A listener contests a session of theirs.
///
/// # Errors
/// When it goes on, cost nothing, ended too long ago, or was contested before.
pub(super) async fn open(
    tx: &mut Tx,
    (account, session): (AccountId, SessionId),
    reason: &str,
    ids: (DisputeId, EventId),
    now: Time,
) -> Result<DisputeRow, DisputeError> {
    let reason = tidy(reason).into_owned();
    Check::new().text("/reason", &reason, 1..=1000).done()?;
    let found = queries::contested(tx, Some(account), session).await?;
    let found = found.ok_or(DisputeError::SessionNotFound(session))?;
    let settled_at = found.settled_at.ok_or(DisputeError::StillOpen(session))?;
    if found.state != "settled" {
        return Err(DisputeError::NotContestable("this session is contested already, or was given back"));
    }
    if found.amount == 0 {
        return Err(DisputeError::NotContestable("this session cost nothing"));
    }
    if now > settled_at.plus(WITHIN) {
        return Err(DisputeError::NotContestable("a session can be contested within 30 days of its end"));
    }
    let raised = Raised { by_instance: false, reason };
    let opened = contest(tx, (session, found), &raised, ids, now).await?;
    opened.ok_or(DisputeError::NotContestable("this session was contested before, and that is decided"))
}

/// The instance contests a session; nothing if somebody did before.
pub(super) async fn open_by_instance(
    tx: &mut Tx,
    session: SessionId,
    reason: String,
    ids: (DisputeId, EventId),
    now: Time,
) -> Result<Option<DisputeRow>, DisputeError> {
    let found = queries::contested(tx, None, session).await?.filter(|found| found.state == "settled");
    let Some(found) = found else { return Ok(None) };
    contest(tx, (session, found), &Raised { by_instance: true, reason }, ids, now).await
}

/// Puts aside what the artists got of a settled session, unless it was contested before.
async fn contest(
    tx: &mut Tx,
    (session, found): (SessionId, Contested),
    raised: &Raised,
    (dispute, event): (DisputeId, EventId),
    now: Time,
) -> Result<Option<DisputeRow>, DisputeError> {
    let (account, asset) = (found.account, found.asset);
    // Never more than the ledger paid, whatever the session's own rows say.
    let paid = ledger::paid_in(tx, session).await?;
    let mut shares = Vec::new();
    for (artist, amount) in queries::shares(tx, session).await? {
        let amount = amount.min(paid.share_of(artist));
        // What has become payable meanwhile is taken from there, if need be as a debt.
        let rest = ledger::balance(tx, Place::Earned(artist), asset).await?;
        let earned = amount.min(rest);
        shares.push(ContestedShare { artist, earned, payable: amount.saturating_sub(earned) });
    }
    let contest = Contest { dispute, listener: account, asset, fee: found.fee.min(paid.fee), shares };
    let is_first = queries::insert(tx, &contest, session, raised, now).await?;
    if !is_first {
        return Ok(None);
    }
    if !sessions::mark(tx, session, "settled", "disputed").await? {
        return Err(DisputeError::NotContestable("this session is contested already, or was given back"));
    }
    let told = Event::SessionDisputed { session, dispute, account, by_instance: raised.by_instance };
    outbox::emit(tx, &told, event, now).await?;
    let row = queries::find(tx, dispute).await?.ok_or(DisputeError::NotFound(dispute))?;
    // Where the fee was all, nothing is put aside.
    if !contest.shares.is_empty() {
        ledger::post(tx, &[Entry::dispute_opened(&contest, now)?], now).await?;
    }
    Ok(Some(row))
}

/// The contested session, once it is written down that somebody looks at it.
pub(super) async fn looked_at(
    tx: &mut Tx,
    id: DisputeId,
    entry: &audit::Entry,
) -> Result<SessionId, DisputeError> {
    let dispute = queries::find(tx, id).await?.ok_or(DisputeError::NotFound(id))?;
    audit::record(tx, entry).await?;
    Ok(dispute.session)
}

/// What an admin decides, and says to both sides.
#[derive(Clone, Copy)]
pub(super) struct Verdict<'a> {
    pub(super) upheld: bool,
    pub(super) note: Option<&'a str>,
}

/// Decides a dispute, once; the same decision again changes nothing, what was said with it neither.
pub(super) async fn resolve(
    tx: &mut Tx,
    id: DisputeId,
    Verdict { upheld, note }: Verdict<'_>,
    admin: AccountId,
    (event, now): (EventId, Time),
) -> Result<DisputeRow, DisputeError> {
    let note = note.map(tidy).filter(|note| !note.is_empty());
    Check::new().text("/note", note.as_deref().unwrap_or_default(), 0..=1000).done()?;
    let row = queries::find(tx, id).await?.ok_or(DisputeError::NotFound(id))?;
    let state = if upheld { "upheld" } else { "dismissed" };
    if !queries::resolve(tx, id, (state, note.as_deref()), admin, now).await? {
        // The same decision again is no mistake, at the same moment neither.
        let decided = queries::find(tx, id).await?.ok_or(DisputeError::NotFound(id))?;
        return if decided.state == state {
            Ok(decided)
        } else {
            Err(DisputeError::NotContestable("this dispute is decided already"))
        };
    }
    let shares = queries::contested_shares(tx, id).await?;
    let fee = row.fee.min(ledger::paid_in(tx, row.session).await?.fee);
    let contest = Contest { dispute: id, listener: row.account, asset: row.asset, fee, shares };
    sessions::mark(tx, row.session, "disputed", if upheld { "refunded" } else { "settled" }).await?;
    if upheld {
        sessions::forget_refunded(tx, row.account, row.track).await?;
    }
    let told = Event::DisputeResolved { session: row.session, dispute: id, account: row.account, upheld };
    outbox::emit(tx, &told, event, now).await?;
    let now_row = queries::find(tx, id).await?.ok_or(DisputeError::NotFound(id))?;
    let entry = match (upheld, contest.shares.is_empty()) {
        (true, _) => Some(Entry::dispute_upheld(&contest, now)?),
        (false, false) => Some(Entry::dispute_dismissed(&contest, now)?),
        (false, true) => None,
    };
    if let Some(entry) = entry {
        ledger::post(tx, &[entry], now).await?;
    }
    Ok(now_row)
}
