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
    /// What is stored.
    pub(super) stored: i64,
    /// What it comes to.
    pub(super) balance: i64,
    /// Whether an entry that is posted touches it.
    pub(super) used: bool,
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
        let mut sheet = Self { slots: Vec::new(), places: HashMap::new() };
        for &Line { account, asset, .. } in entries.iter().flat_map(Entry::lines) {
            sheet.places.entry((account, asset)).or_insert_with(|| {
                let empty = Slot { account, asset, id: None, stored: 0, balance: 0, used: false };
                sheet.slots.push(empty);
                sheet.slots.len() - 1
            });
        }
        sheet
    }

    pub(super) fn slots(&self) -> &[Slot] {
        &self.slots
    }

    /// Notes what is stored of the balance at `place`.
    pub(super) fn found(&mut self, place: usize, id: i64, balance: i64) {
        if let Some(slot) = self.slots.get_mut(place) {
            *slot = Slot { id: Some(id), stored: balance, balance, ..*slot };
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
