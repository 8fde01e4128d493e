//! The database of the simulated service: sessions, holds and the ledger, each statement a transaction.

use std::collections::BTreeMap;

use kernel::{AccountId, Amount, HoldId, SessionId, Time};

use crate::{
    ledger::{Account, Book, Charge, Entry, Line},
    meter::{Capture, Grant, Input, LEASE, Output, Posted, Row, Settlement, Terms},
    planted::{Bug, planted},
    split::Distribution,
};

/// A session as it is stored.
#[derive(Debug, Clone)]
pub(super) struct Stored {
    pub(super) terms: Terms,
    pub(super) distribution: Distribution,
    pub(super) row: Row,
    /// Who owns it, and since which of its lives.
    pub(super) owner: Owner,
    /// True time in microseconds.
    pub(super) lease_until: u64,
    pub(super) parts: BTreeMap<u32, Grant>,
    pub(super) captured: Posted,
    pub(super) is_open: bool,
}

/// A node in one of its lives: after a crash it is another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Owner {
    pub(super) node: usize,
    pub(super) life: u64,
}

impl Stored {
    pub(super) fn granted(&self) -> i64 {
        self.parts.values().map(|grant| grant.amount).sum()
    }
}

/// The store.
#[derive(Debug, Default)]
pub(super) struct Store {
    pub(super) book: Book,
    pub(super) sessions: BTreeMap<SessionId, Stored>,
    pub(super) distributions: BTreeMap<SessionId, Distribution>,
}

/// A statement that must never fail did: a rule is broken.
pub(super) type Fault = String;

impl Store {
    /// The open session of an account.
    pub(super) fn open_session(&self, account: AccountId) -> Option<&Stored> {
        self.sessions.values().find(|stored| stored.is_open && stored.terms.account == account)
    }

    fn post(&mut self, entries: Vec<Entry>) -> Result<(), Fault> {
        self.book.post_all(entries).map(|_| ()).map_err(|error| format!("the ledger refuses: {error}"))
    }

    fn available(&self, terms: &Terms) -> i64 {
        self.book.balance(Account::Available(terms.account), terms.asset)
    }

    /// Executes what a node asks for at the true time `now`, and answers.
    pub(super) fn execute(&mut self, owner: Owner, output: &Output, now: u64) -> Result<Input, Fault> {
        match output {
            Output::Open { terms, hold } => self.open(owner, terms, *hold, now),
            Output::RequestHold { session, epoch, hold, part, amount } => {
                self.grant(*session, *epoch, *hold, *part, *amount, now)
            }
            Output::Commit { batch, rows } => Ok(self.commit(*batch, rows, now)),
            Output::Capture(capture) => self.capture(capture, now),
            Output::Settle(settlement) => self.settle(settlement, now),
            other => Err(format!("not a statement: {other:?}")),
        }
    }

    fn open(&mut self, owner: Owner, terms: &Terms, hold: i64, now: u64) -> Result<Input, Fault> {
        let session = terms.session;
        if let Some(stored) = self.sessions.get(&session) {
            let grant = stored.parts.get(&0).copied().unwrap_or(Grant { amount: 0, available: 0 });
            return Ok(if stored.owner == owner && stored.is_open {
                Input::Opened { session, grant }
            } else {
                Input::OpenRefused { session }
            });
        }
        if self.open_session(terms.account).is_some() {
            return Ok(Input::OpenRefused { session });
        }
        let amount = hold.min(self.available(terms));
        if amount < terms.price {
            return Ok(Input::OpenRefused { session });
        }
        if amount > 0 {
            let minor = Amount { asset: terms.asset, minor: amount };
            let entry = Entry::hold_granted(terms.hold, 0, at(now), terms.account, minor);
            self.post(vec![entry.map_err(|error| error.to_string())?])?;
        }
        let grant = Grant { amount, available: self.available(terms) };
        let row = Row {
            session,
            epoch: 1,
            acknowledged: crate::meter::Count::default(),
            unacknowledged: Vec::new(),
            voucher: None,
            grace_left: terms.grace,
            deferred: 0,
            position_ms: terms.position_ms,
            is_running: true,
            heard: crate::meter::Ranges::new(),
        };
        let distribution =
            self.distributions.get(&session).cloned().ok_or_else(|| format!("{session} has no split"))?;
        let stored = Stored {
            terms: terms.clone(),
            distribution,
            row,
            owner,
            lease_until: now.saturating_add(micros(LEASE)),
            parts: BTreeMap::from([(0, grant)]),
            captured: Posted::default(),
            is_open: true,
        };
        self.sessions.insert(session, stored);
        Ok(Input::Opened { session, grant })
    }

    fn grant(
        &mut self,
        session: SessionId,
        epoch: u64,
        hold: HoldId,
        part: u32,
        amount: i64,
        now: u64,
    ) -> Result<Input, Fault> {
        let Some(stored) = self.owned(session, epoch) else { return Ok(Input::LeaseLost { session }) };
        if let Some(grant) = stored.parts.get(&part) {
            return Ok(Input::HoldGranted { session, part, grant: *grant });
        }
        let terms = stored.terms.clone();
        let amount = amount.min(self.available(&terms));
        if amount <= 0 {
            return Ok(Input::HoldRefused { session, part });
        }
        let minor = Amount { asset: terms.asset, minor: amount };
        let entry = Entry::hold_granted(hold, part, at(now), terms.account, minor);
        self.post(vec![entry.map_err(|error| error.to_string())?])?;
        let grant = Grant { amount, available: self.available(&terms) };
        if let Some(stored) = self.sessions.get_mut(&session) {
            stored.parts.insert(part, grant);
        }
        Ok(Input::HoldGranted { session, part, grant })
    }

    fn owned(&self, session: SessionId, epoch: u64) -> Option<&Stored> {
        self.sessions.get(&session).filter(|stored| stored.is_open && stored.row.epoch == epoch)
    }

    fn commit(&mut self, batch: u64, rows: &[Row], now: u64) -> Input {
        let mut fenced = Vec::new();
        for row in rows {
            if self.owned(row.session, row.epoch).is_none() {
                fenced.push(row.session);
                continue;
            }
            if let Some(stored) = self.sessions.get_mut(&row.session) {
                // A statement that was given up may be executed after a newer one, and must not undo it.
                if newest(row) >= newest(&stored.row) {
                    stored.row = row.clone();
                }
                stored.lease_until = now.saturating_add(micros(LEASE));
            }
        }
        Input::Committed { batch, fenced }
    }

    fn capture(&mut self, capture: &Capture, now: u64) -> Result<Input, Fault> {
        let &Capture { session, epoch, account, from, to } = capture;
        let Some(stored) = self.owned(session, epoch) else { return Ok(Input::LeaseLost { session }) };
        // It was posted before; a statement that was given up may come after later ones.
        if stored.captured.beats >= to.beats {
            return Ok(Input::Captured { session, beats: to.beats });
        }
        if stored.captured != from {
            return Err(format!(
                "a capture of {session} from {from:?} where {:?} is posted",
                stored.captured
            ));
        }
        if to.amount > stored.row.acknowledged.amount {
            return Err(format!("a capture of {session} up to {to:?}, which is not durable"));
        }
        let entry = charge(stored, account, from, to, now)?;
        self.post(vec![entry])?;
        if let Some(stored) = self.sessions.get_mut(&session) {
            stored.captured = to;
        }
        Ok(Input::Captured { session, beats: to.beats })
    }

    /// Settles as a node or the reaper asks, if the row is theirs.
    pub(super) fn settle(&mut self, settlement: &Settlement, now: u64) -> Result<Input, Fault> {
        let Settlement { row, account, hold, captured, ends_hold } = settlement;
        let session = row.session;
        let Some(stored) = self.sessions.get(&session) else {
            return Err(format!("{session} was never opened"));
        };
        if stored.row.epoch != row.epoch {
            return Ok(Input::LeaseLost { session });
        }
        if !stored.is_open {
            return Ok(Input::Settled { session });
        }
        if stored.captured != *captured {
            return Err(format!("a settlement of {session} from {captured:?} of {:?}", stored.captured));
        }
        if row.acknowledged.seq < stored.row.acknowledged.seq {
            return Err(format!("{session} settles below what is durable"));
        }
        let asset = stored.terms.asset;
        let charged = Posted { beats: row.acknowledged.beats, amount: row.acknowledged.amount };
        let mut entries = Vec::new();
        if charged.amount > captured.amount {
            entries.push(charge(stored, *account, *captured, charged, now)?);
        }
        let whole = Amount { asset, minor: charged.amount };
        let rest = Entry::settlement(session, at(now), &stored.distribution, whole);
        entries.extend(rest.map_err(|error| error.to_string())?);
        // A hold that outlives its session ends with it here: the listener turns the player off.
        let is_lasting = matches!(stored.terms.consent, crate::meter::Consent::Delegated { .. });
        let spent = if planted(Bug::HoldReleasedWhole) { 0 } else { charged.amount };
        let minor = stored.granted().saturating_sub(spent);
        if minor > 0 && (*ends_hold || is_lasting) {
            let rest = Amount { asset, minor };
            let entry = Entry::hold_released(*hold, at(now), *account, rest);
            entries.push(entry.map_err(|error| error.to_string())?);
        }
        self.post(entries)?;
        if let Some(stored) = self.sessions.get_mut(&session) {
            stored.row = row.clone();
            stored.captured = charged;
            stored.is_open = false;
        }
        Ok(Input::Settled { session })
    }

    /// What an account holds in the ledger.
    pub(super) fn balance(&self, account: Account) -> i64 {
        self.book.balance(account, kernel::Asset::Beat)
    }

    /// The lines that were posted since `from` entries, with their keys.
    pub(super) fn lines_since(&self, from: usize) -> impl Iterator<Item = (&str, &Line)> {
        let new = self.book.entries().get(from..).unwrap_or_default();
        new.iter().flat_map(|entry| entry.lines().iter().map(|line| (entry.key(), line)))
    }
}

/// What of a row only ever grows: what is acknowledged, and what is issued.
fn newest(row: &Row) -> (u64, u64) {
    let issued = row.unacknowledged.last().map_or(row.acknowledged.seq, |issued| issued.count.seq);
    (row.acknowledged.seq, issued)
}

fn charge(stored: &Stored, listener: AccountId, from: Posted, to: Posted, now: u64) -> Result<Entry, Fault> {
    let charge = Charge {
        session: stored.terms.session,
        listener,
        asset: stored.terms.asset,
        beats: to.beats,
        before: from.amount,
        after: to.amount,
    };
    Entry::capture(&charge, at(now), &stored.distribution).map_err(|error| format!("no capture: {error}"))
}

fn at(now: u64) -> Time {
    Time::from_micros(i64::try_from(now).unwrap_or(i64::MAX))
}

pub(super) fn micros(duration: std::time::Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}
