//! What posting does to the balances of the accounts that are touched, before anything is written. Pure.

use std::collections::HashMap;

use kernel::Asset;
use money::ledger::{Account, Entry, LedgerError, Line, Posted};

/// A balance of an account.
#[derive(Debug, Clone, Copy)]
pub(super) struct Slot {
    pub(super) account: Account,
    pub(super) asset: Asset,
    /// Its row, if there is one.
    pub(super) id: Option<i64>,
    /// What it comes to.
    pub(super) balance: i64,
    /// The newest entry that has a line of it.
    pub(super) last: Option<i64>,
    /// Whether an entry that is posted touches it.
    pub(super) used: bool,
}

/// A line of an entry that is posted.
pub(super) struct Numbered<'e> {
    /// The number of its entry.
    pub(super) entry: i64,
    pub(super) line: &'e Line,
    /// The entry with the line before it of the same account.
    pub(super) previous: Option<i64>,
}

/// The balances that some entries touch.
#[derive(Debug)]
pub(super) struct Sheet {
    slots: Vec<Slot>,
    places: HashMap<(Account, Asset), usize>,
}

impl Sheet {
    /// The balances that `entries` touch, each once, all zero.
    pub(super) fn of(entries: &[Entry]) -> Self {
        let lines = entries.iter().flat_map(Entry::lines);
        let mut touched: Vec<(Account, Asset)> = lines.map(|line| (line.account, line.asset)).collect();
        // In an order in which whoever looks for them finds one near the other.
        touched.sort_unstable_by_key(|(account, asset)| (account.owner(), *account, asset.code()));
        touched.dedup();
        let slot = |&(account, asset)| Slot { account, asset, id: None, balance: 0, last: None, used: false };
        let slots = touched.iter().map(slot).collect();
        Self { slots, places: touched.into_iter().zip(0..).collect() }
    }

    pub(super) fn slots(&self) -> &[Slot] {
        &self.slots
    }

    /// Notes what is stored of the balance at `place`.
    pub(super) fn found(&mut self, place: usize, id: i64, balance: i64, last: i64) {
        if let Some(slot) = self.slots.get_mut(place) {
            *slot = Slot { id: Some(id), balance, last: Some(last), ..*slot };
        }
    }

    /// Notes the row that was made for the balance at `place`.
    pub(super) fn made(&mut self, place: usize, id: i64) {
        if let Some(slot) = self.slots.get_mut(place) {
            slot.id = Some(id);
        }
    }

    /// The row of a line's account.
    pub(super) fn id(&self, line: &Line) -> Option<i64> {
        self.slot(line)?.id
    }

    fn slot(&self, line: &Line) -> Option<&Slot> {
        self.slots.get(*self.places.get(&(line.account, line.asset))?)
    }

    /// Numbers the lines of entries that are posted, behind the `before` entries that there are: each gets the number of its
    /// entry, and that of the one with the line before it of the same account.
    pub(super) fn number<'e>(&mut self, entries: &[&'e Entry], before: i64) -> Vec<Numbered<'e>> {
        let mut numbered = Vec::with_capacity(entries.len().saturating_mul(4));
        for (entry, posted) in (before.saturating_add(1)..).zip(entries) {
            for line in posted.lines() {
                let slot =
                    self.places.get(&(line.account, line.asset)).and_then(|&at| self.slots.get_mut(at));
                numbered.push(Numbered {
                    entry,
                    line,
                    previous: slot.and_then(|slot| slot.last.replace(entry)),
                });
            }
        }
        numbered
    }

    /// Posts `entries` in their order; `earlier` are those that were posted before under keys of theirs. One that is
    /// refused leaves no trace.
    pub(super) fn post(
        &mut self,
        entries: &[Entry],
        earlier: &HashMap<String, Entry>,
    ) -> Vec<Result<Posted, LedgerError>> {
        let mut new: HashMap<&str, &Entry> = HashMap::with_capacity(entries.len());
        let verdicts = entries.iter().map(|entry| {
            if let Some(earlier) = earlier.get(entry.key()).or_else(|| new.get(entry.key()).copied()) {
                return if earlier.is_same_fact(entry) {
                    Ok(Posted::Before)
                } else {
                    Err(LedgerError::KeyTaken(entry.key().to_owned()))
                };
            }
            self.apply(entry)?;
            new.insert(entry.key(), entry);
            Ok(Posted::Now)
        });
        verdicts.collect()
    }

    /// Moves the money of one entry, or none of it.
    fn apply(&mut self, entry: &Entry) -> Result<(), LedgerError> {
        // An entry touches a balance once, so each line can be weighed by itself.
        let mut moves = Vec::with_capacity(entry.lines().len());
        for line in entry.lines() {
            let &Line { account, asset, amount } = line;
            let before = self.slot(line).map_or(0, |slot| slot.balance);
            let balance = before.checked_add(amount).ok_or(LedgerError::TooLarge)?;
            if amount < 0 && account.floor().is_some_and(|floor| balance < floor) {
                return Err(LedgerError::Insufficient { account, asset });
            }
            moves.push(((account, asset), balance));
        }
        for (at, balance) in moves {
            if let Some(slot) = self.places.get(&at).and_then(|&place| self.slots.get_mut(place)) {
                *slot = Slot { balance, used: true, ..*slot };
            }
        }
        Ok(())
    }
}
