//! Paid sessions and the sums of their entries.

use std::collections::{HashMap, HashSet};

use db::{Rows, Tx};
use kernel::SessionId;
use money::{
    ledger::Account,
    split::{Distribution, Parts, Share, Splits},
};
use uuid::Uuid;

use super::{
    Check, PAGE,
    demand::Moves,
    queries::{self, SessionRow, ShareRow},
};
use crate::ledger::whole;

/// Entries whose lines are added up in one statement.
const ENTRIES: usize = 5_000;

/// What the ledger has of a session.
struct Charged {
    beats: i64,
    amount: i64,
    granted: i64,
}

impl Check<'_> {
    pub(super) async fn sessions(&mut self, tx: &mut Tx) -> db::Result<()> {
        let mut after = None;
        loop {
            let mut rows = queries::sessions(tx, after).await?;
            after = self.cut("paid_session", &mut rows, |row| row.id.0);
            let ids: Vec<Uuid> = rows.iter().filter_map(|row| row.id.0).collect();
            let mut shares: HashMap<Uuid, Vec<ShareRow>> = HashMap::with_capacity(PAGE);
            for share in queries::shares(tx, &ids).await? {
                shares.entry(share.session).or_default().push(share);
            }
            let mut moved = moved(tx, &rows).await?;
            let mut newest = Vec::new();
            for (row, id) in rows.iter().zip(ids) {
                let (shares, moved) =
                    (shares.remove(&id).unwrap_or_default(), moved.remove(&id).unwrap_or_default());
                newest.extend(self.session(row, SessionId(id), &shares, &moved));
            }
            let keys: Vec<String> = newest.iter().map(|(_, key)| key.clone()).collect();
            let taken: HashSet<String> = queries::taken(tx, &keys).await?.into_iter().collect();
            for (session, key) in newest.iter().filter(|(_, key)| !taken.contains(key)) {
                self.found(format_args!("session {session}"), format_args!("it has no entry {key}"));
            }
            if after.is_none() {
                return Ok(());
            }
        }
    }

    /// Compares a session with what its entries moved; answers the key of its newest capture, if there must be one.
    fn session(
        &mut self,
        row: &SessionRow,
        id: SessionId,
        shares: &[ShareRow],
        moved: &Moves,
    ) -> Option<(SessionId, String)> {
        let place = format!("session {id}");
        let (Some(account), Some(asset), Some(price), Some(state), Some(dispute)) = (
            row.account.0,
            row.asset.0,
            row.price.0,
            row.state.0.as_deref(),
            row.dispute.0.as_ref().map(Option::as_deref),
        ) else {
            self.found(place, "its row cannot be read");
            return None;
        };
        let is_so = match state {
            "settled" => matches!(dispute, None | Some("dismissed")),
            "disputed" => dispute == Some("open"),
            "refunded" => dispute == Some("upheld"),
            _ => dispute.is_none(),
        };
        if !is_so {
            let dispute = dispute
                .map_or_else(|| "no dispute".to_owned(), |dispute| format!("a dispute that is {dispute}"));
            self.found(&place, format_args!("it is {state}, and there is {dispute} of it"));
        }
        let charged = match charged(row, state == "open") {
            Ok(charged) => charged,
            Err(problem) => {
                self.found(place, problem);
                return None;
            }
        };
        if charged.beats.checked_mul(price) != Some(charged.amount) {
            let Charged { beats, amount, .. } = charged;
            self.found(&place, format_args!("{beats} beats at {price} are not {amount}"));
        }
        let Some(parts) = parts(row, shares, charged.amount, state == "open") else {
            self.found(place, "its split cannot be read");
            return None;
        };
        let mut wanted = Moves::default();
        let (amount, granted) = (i128::from(charged.amount), i128::from(charged.granted));
        wanted.add(Account::Available(account), asset, -granted);
        wanted.add(Account::Held(account), asset, granted.saturating_sub(amount));
        wanted.add(Account::Fees, asset, parts.fee.into());
        wanted.add(Account::Rounding(id), asset, parts.rest.into());
        for (share, part) in shares.iter().zip(&parts.shares) {
            if let Some(artist) = share.artist.0 {
                wanted.add(Account::Earned(artist), asset, (*part).into());
            }
        }
        if let Some(difference) = wanted.difference(moved) {
            self.found(&place, format_args!("its entries move {difference}"));
        }
        if let Some(problem) = recorded(row, shares, &parts, state, dispute) {
            self.found(&place, problem);
        }
        (charged.amount > 0).then(|| (id, format!("capture:{id}:{}", charged.beats)))
    }
}

/// What the ledger must have of a session: all that it came to, or while it is open, what was captured so far.
fn charged(row: &SessionRow, is_open: bool) -> Result<Charged, &'static str> {
    match (is_open, row.captured_beats.0, row.captured.0, row.granted.0, row.beats.0, row.amount.0) {
        (true, Some(Some(beats)), Some(Some(amount)), Some(Some(granted)), ..) => {
            Ok(Charged { beats, amount, granted })
        }
        (true, Some(None), Some(None), Some(None), ..) => Err("it is open, and has no meter"),
        (false, Some(None), Some(None), Some(None), Some(beats), Some(amount)) => {
            Ok(Charged { beats, amount, granted: amount })
        }
        (false, Some(Some(_)), Some(Some(_)), Some(Some(_)), ..) => Err("it has ended, and has a meter"),
        _ => Err("its row or its meter cannot be read"),
    }
}

/// What was charged, divided as was agreed on.
fn parts(row: &SessionRow, shares: &[ShareRow], charged: i64, is_open: bool) -> Option<Parts> {
    let shares = shares
        .iter()
        .map(|share| Some(Share { artist: share.artist.0?, bp: u16::try_from(share.points.0?).ok()? }))
        .collect::<Option<_>>()?;
    let fee_bp = u16::try_from(row.fee_bp.0?).ok()?;
    let distribution = Distribution::new(Splits::new(shares).ok()?, fee_bp).ok()?;
    if is_open { distribution.running(charged) } else { distribution.settled(charged) }.ok()
}

/// What is wrong with the fee and the shares that were written down, and with what was put aside of them.
fn recorded(
    row: &SessionRow,
    shares: &[ShareRow],
    parts: &Parts,
    state: &str,
    dispute: Option<&str>,
) -> Option<String> {
    // They are written down at the end.
    let is_open = state == "open";
    let of = |part: i64| if is_open { 0 } else { part };
    if row.fee.0 != Some(of(parts.fee)) {
        return Some(format!("the fee in its row is not {}", of(parts.fee)));
    }
    for (share, &part) in shares.iter().zip(&parts.shares) {
        let artist = share.artist.0.unwrap_or(kernel::ArtistId(Uuid::nil()));
        if share.amount.0 != Some(of(part)) {
            return Some(format!("the share of {artist} in its row is not {}", of(part)));
        }
        let contested = match (share.contested.0.0, share.contested.1.0) {
            (Some(Some(earned)), Some(Some(payable))) => i128::from(earned).saturating_add(payable.into()),
            (Some(None), Some(None)) => 0,
            _ => return Some(format!("what is contested of {artist} cannot be read")),
        };
        let wanted = if dispute.is_some() { part } else { 0 };
        if contested != i128::from(wanted) {
            return Some(format!("{contested} of the share of {artist} are contested, not {wanted}"));
        }
    }
    None
}

/// What the entries of sessions moved.
async fn moved(tx: &mut Tx, rows: &[SessionRow]) -> db::Result<HashMap<Uuid, Moves>> {
    let mut ranges = Vec::with_capacity(rows.len());
    for row in rows {
        let Some(id) = row.id.0 else { continue };
        // `;` follows upon `:`, and DEL upon all that keys may have.
        ranges.push((id, format!("capture:{id}:"), format!("capture:{id};")));
        ranges.push((id, format!("settle:{id}"), format!("settle:{id}\u{7f}")));
        if let Some(hold) = row.hold.0 {
            ranges.push((id, format!("hold:{hold}:"), format!("hold:{hold};")));
            ranges.push((id, format!("release:{hold}"), format!("release:{hold}\u{7f}")));
        }
    }
    let entries = queries::entries_between(tx, ranges.into_iter().collect::<Rows>()).await?;
    let mut moved: HashMap<Uuid, Moves> = HashMap::with_capacity(rows.len());
    for some in entries.chunks(ENTRIES) {
        for sum in queries::moved(tx, some).await? {
            // Of accounts that are none, the check of the ledger itself tells.
            let account = sum.kind.0.zip(sum.owner.0);
            let account = account
                .and_then(|(kind, owner)| Account::of(&kind, Some(owner).filter(|id| !id.is_nil())).ok());
            if let (Some(account), Some(asset)) = (account, sum.asset.0) {
                moved.entry(sum.session).or_default().add(account, asset, whole(sum.high, sum.low));
            }
        }
    }
    Ok(moved)
}
