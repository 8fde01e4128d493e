//! Whoever looks on: keeps books of its own about what was heard, signed and promised, and compares.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use kernel::{AccountId, Asset, SessionId};

use super::store::{Store, Stored, micros};
use crate::{
    eth::Domain,
    invariant,
    ledger::Account,
    meter::{BEAT, Beat, CAPTURE_EVERY, Consent, LEASE, Terms, UNACKNOWLEDGED, View},
};

/// What the observer knows of a session.
#[derive(Debug)]
pub(super) struct Seen {
    pub(super) terms: Terms,
    started_at: u64,
    /// For how long it could be charged: connected, playing, owned. Microseconds of true time.
    pub(super) countable: u64,
    /// How far clocks that jumped may have gone beyond that.
    pub(super) jumped: u64,
    /// The newest beat that any node issued.
    pub(super) issued_seq: u64,
    /// The most beats that the listener signed for or its player reported.
    pub(super) consented_beats: u64,
    /// The newest that a listener was told is durable.
    pub(super) promised_seq: u64,
    /// The widest cap that it ever had.
    pub(super) cap: Option<i64>,
    /// Whether the listener stayed in one place, so that the observer can tell which seconds are free.
    pub(super) is_straight: bool,
    /// The beats charged for each number of seconds, as far as they were worked out.
    beats: Vec<u64>,
    /// The seconds among them that are not free.
    paid: u64,
    /// What the ledger moved for it.
    moved: BTreeMap<Account, i64>,
}

/// The observer's books.
#[derive(Debug, Default)]
pub(super) struct Observer {
    pub(super) sessions: BTreeMap<SessionId, Seen>,
    pub(super) settled: u64,
    balances: HashMap<(Account, Asset), i64>,
    held: BTreeMap<AccountId, i64>,
    keys: BTreeSet<String>,
    entries: usize,
}

impl Seen {
    pub(super) fn new(terms: &Terms, now: u64) -> Self {
        Self {
            started_at: now,
            cap: terms.caps.lowest(),
            terms: terms.clone(),
            countable: 0,
            jumped: 0,
            issued_seq: 0,
            consented_beats: 0,
            promised_seq: 0,
            is_straight: true,
            beats: vec![0],
            paid: 0,
            moved: BTreeMap::new(),
        }
    }

    /// The beats that so many seconds cost, second by second from the terms.
    fn beats_of(&mut self, seq: u64) -> Option<u64> {
        let at = usize::try_from(seq).ok()?;
        while self.beats.len() <= at {
            let passed = u64::try_from(self.beats.len() - 1).ok()?;
            let start = self.terms.position_ms + passed * 1_000;
            if !self.terms.free.contains(start, start + 1_000) {
                self.paid += 1;
            }
            let is_after_grace = self.paid > u64::from(self.terms.grace);
            self.beats.push(if is_after_grace { self.paid } else { 0 });
        }
        self.beats.get(at).copied()
    }
}

impl Observer {
    /// A node issued a beat.
    pub(super) fn beat(&mut self, beat: &Beat) -> Result<(), String> {
        let Some(seen) = self.sessions.get_mut(&beat.session) else { return Ok(()) };
        let seconds = (seen.countable + seen.jumped) / micros(BEAT);
        if beat.seq > seconds {
            return Err(format!(
                "beat {} of {} after {} + {} µs",
                beat.seq, beat.session, seen.countable, seen.jumped
            ));
        }
        let terms = &seen.terms;
        let charged = u128::from(beat.beats - terms.base.beats) * u128::try_from(terms.price).unwrap_or(0);
        if beat.cumulative_amount != terms.base.amount + charged {
            return Err(format!("beat {} of {} has the wrong sum", beat.seq, beat.session));
        }
        seen.issued_seq = seen.issued_seq.max(beat.seq);
        Ok(())
    }

    /// A node was driven: what it believes of a session must fit what is durable.
    pub(super) fn view(&self, session: SessionId, view: &View, store: &Store) -> Result<(), String> {
        let Some(seen) = self.sessions.get(&session) else { return Ok(()) };
        let waiting = view.issued.seq - view.acknowledged.seq;
        let most = u64::try_from(UNACKNOWLEDGED).unwrap_or(0);
        if waiting > most {
            return Err(format!("{waiting} beats of {session} wait for an acknowledgement"));
        }
        if view.acknowledged.seq > seen.issued_seq {
            return Err(format!("{session} acknowledges what was never issued"));
        }
        if view.acknowledged.beats > seen.consented_beats {
            return Err(format!("{session} acknowledges what nobody consented to"));
        }
        if seen.cap.is_some_and(|cap| view.issued.amount > cap) {
            return Err(format!("{session} issues beyond its caps"));
        }
        let Some(stored) = store.sessions.get(&session) else { return Ok(()) };
        let granted = stored.granted();
        if view.granted > granted || view.issued.amount > granted {
            return Err(format!("{session} counts on more than the {granted} that are held"));
        }
        if view.committed.seq > stored.row.acknowledged.seq {
            return Err(format!("{session} promises {} as durable", view.committed.seq));
        }
        Ok(())
    }

    /// Looks at everything that can have changed.
    pub(super) fn check(&mut self, store: &Store, domain: &Domain) -> Result<(), String> {
        self.read_entries(store)?;
        let mut held: BTreeMap<AccountId, i64> = BTreeMap::new();
        let mut open: BTreeSet<AccountId> = BTreeSet::new();
        let mut closed = Vec::new();
        for (id, seen) in &mut self.sessions {
            let Some(stored) = store.sessions.get(id) else { continue };
            check_row(seen, stored)?;
            if stored.is_open {
                if !open.insert(stored.terms.account) {
                    return Err(format!("{} has two open sessions", stored.terms.account));
                }
                let rest = stored.granted() - stored.captured.amount;
                *held.entry(stored.terms.account).or_default() += rest;
            } else {
                check_settled(seen, stored, store, domain)?;
                closed.push(*id);
            }
        }
        for id in closed {
            self.sessions.remove(&id);
            self.settled += 1;
        }
        for (&owner, &balance) in &self.held {
            let holds = held.get(&owner).copied().unwrap_or(0);
            if balance != holds {
                return Err(format!("{owner} has {balance} held for holds of {holds}"));
            }
        }
        Ok(())
    }

    /// Strikes out the sessions that were asked for and never came to be.
    pub(super) fn forget_unopened(&mut self, store: &Store, now: u64) {
        let recent = now.saturating_sub(micros(12 * LEASE));
        self.sessions.retain(|id, seen| seen.started_at > recent || store.sessions.contains_key(id));
    }

    /// Reads the entries that are new, and follows the balances that they touch.
    fn read_entries(&mut self, store: &Store) -> Result<(), String> {
        let new = store.book.entries().get(self.entries..).unwrap_or_default();
        for entry in new {
            if !self.keys.insert(entry.key().to_owned()) {
                return Err(format!("{} is posted twice", entry.key()));
            }
            let mut sum = 0;
            for line in entry.lines() {
                sum += i128::from(line.amount);
                let balance = self.balances.entry((line.account, line.asset)).or_default();
                *balance += line.amount;
                if let Account::Held(owner) = line.account {
                    *self.held.entry(owner).or_default() += line.amount;
                }
            }
            if sum != 0 {
                return Err(format!("{} does not add up", entry.key()));
            }
        }
        for (key, line) in store.lines_since(self.entries) {
            let balance = self.balances.get(&(line.account, line.asset)).copied().unwrap_or(0);
            if store.book.balance(line.account, line.asset) != balance {
                return Err(format!("{} is not what its lines add up to", line.account));
            }
            if line.account.floor().is_some_and(|floor| balance < floor) {
                return Err(format!("{} is at {balance}", line.account));
            }
            let session = key.split(':').nth(1).and_then(|id| id.parse::<SessionId>().ok());
            let seen = session.and_then(|session| self.sessions.get_mut(&session));
            if let Some(seen) = seen.filter(|_| key.starts_with("capture:") || key.starts_with("settle:")) {
                *seen.moved.entry(line.account).or_default() += line.amount;
            }
        }
        self.entries = store.book.entries().len();
        Ok(())
    }
}

/// The whole ledger, which is too much for every step.
pub(super) fn check_ledger(store: &Store) -> Result<(), String> {
    invariant::conserved(store.book.balances()).map_err(|broken| broken.to_string())?;
    invariant::above_floors(store.book.balances()).map_err(|broken| broken.to_string())
}

/// What is durable of a session, against what was heard, consented to and promised.
fn check_row(seen: &mut Seen, stored: &Stored) -> Result<(), String> {
    let (id, row) = (stored.terms.session, &stored.row);
    let charged = row.acknowledged;
    if charged.beats > seen.consented_beats || charged.seq > seen.issued_seq {
        return Err(format!("{id} charges second {} that nobody acknowledged", charged.seq));
    }
    if charged.seq < seen.promised_seq {
        return Err(format!("{id} lost second {} that was promised", seen.promised_seq));
    }
    if i128::from(charged.amount) != i128::from(charged.beats) * i128::from(stored.terms.price) {
        return Err(format!("{id} charges {} for {} beats", charged.amount, charged.beats));
    }
    if charged.beats > charged.seq || charged.amount > stored.granted() {
        return Err(format!("{id} charges more than was heard or held"));
    }
    if seen.cap.is_some_and(|cap| charged.amount > cap) {
        return Err(format!("{id} charges beyond its caps"));
    }
    if seen.is_straight && seen.beats_of(charged.seq) != Some(charged.beats) {
        return Err(format!("{id} charges {} beats for {} seconds", charged.beats, charged.seq));
    }
    if stored.captured.amount > charged.amount {
        return Err(format!("{id} is captured beyond what is durable"));
    }
    // Between two captures lie fifteen seconds, a lease without the database, and the answers' ways.
    let lag = micros(CAPTURE_EVERY + 5 * LEASE) / micros(BEAT) + u64::from(stored.terms.grace);
    if stored.terms.price > 0 && charged.beats - stored.captured.beats > lag {
        return Err(format!("{id} has not been captured for {lag} beats"));
    }
    Ok(())
}

/// A settled session: signed for, divided to the last unit, and with nothing left behind.
fn check_settled(seen: &Seen, stored: &Stored, store: &Store, domain: &Domain) -> Result<(), String> {
    let (id, charged) = (stored.terms.session, stored.row.acknowledged);
    if let Consent::Signed { session_key } = stored.terms.consent
        && charged.seq > 0
    {
        let voucher = stored.terms.voucher(charged);
        let signature = stored.row.voucher;
        let signer = voucher.zip(signature).map(|(voucher, signature)| voucher.signer(domain, &signature));
        if signer != Some(Ok(session_key)) {
            return Err(format!("{id} settles at {charged:?} without the listener's signature"));
        }
    }
    if stored.captured.amount != charged.amount {
        return Err(format!("{id} settles with something uncaptured"));
    }
    let parts = stored.distribution.settled(charged.amount).map_err(|error| error.to_string())?;
    let shares = stored.distribution.splits().shares();
    let mut expected: BTreeMap<Account, i64> = shares
        .iter()
        .zip(parts.shares)
        .map(|(share, amount)| (Account::Earned(share.artist), amount))
        .collect();
    expected.insert(Account::Fees, parts.fee);
    expected.insert(Account::Held(stored.terms.account), -charged.amount);
    expected.retain(|_, amount| *amount != 0);
    let moved: BTreeMap<_, _> = seen
        .moved
        .iter()
        .filter(|(_, amount)| **amount != 0)
        .map(|(account, amount)| (*account, *amount))
        .collect();
    if moved != expected || store.balance(Account::Rounding(id)) != 0 {
        return Err(format!("{id} moved {moved:?} instead of {expected:?}"));
    }
    Ok(())
}
