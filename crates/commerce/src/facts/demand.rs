//! What a fact demands of the ledger, and how far it is met.

use std::collections::BTreeMap;

use db::Tx;
use kernel::Asset;
use money::ledger::{Account, Entry, Line};

use super::Check;
use crate::ledger::stored;

/// What must stand in the ledger under a key.
pub(super) enum Demand {
    /// This entry.
    Entry(Entry),
    /// This entry, or none yet.
    Perhaps(Entry),
    /// Nothing.
    Nothing(String),
}

impl Demand {
    fn key(&self) -> &str {
        match self {
            Self::Entry(entry) | Self::Perhaps(entry) => entry.key(),
            Self::Nothing(key) => key,
        }
    }
}

/// What moved on each account, in each asset.
#[derive(Default, PartialEq, Eq)]
pub(super) struct Moves(BTreeMap<(Account, &'static str), i128>);

impl Moves {
    pub(super) fn add(&mut self, account: Account, asset: Asset, amount: i128) {
        let sum = self.0.entry((account, asset.code())).or_default();
        *sum = sum.saturating_add(amount);
    }

    /// The first thing in which `found` differs from what was wanted.
    pub(super) fn difference(&self, found: &Self) -> Option<String> {
        let of = |moves: &Self, place| moves.0.get(place).copied().unwrap_or_default();
        self.0.keys().chain(found.0.keys()).find_map(|place| {
            let ((account, asset), wanted, found) = (place, of(self, place), of(found, place));
            (wanted != found).then(|| format!("{found} {asset} on {account}, not {wanted}"))
        })
    }
}

impl From<&Entry> for Moves {
    fn from(entry: &Entry) -> Self {
        let mut moves = Self::default();
        for &Line { account, asset, amount } in entry.lines() {
            moves.add(account, asset, amount.into());
        }
        moves
    }
}

/// In what an entry differs from the one that was wanted.
pub(super) fn difference(wanted: &Entry, found: &Entry) -> Option<String> {
    if wanted.kind() != found.kind() {
        return Some(format!("is of kind {}, not {}", found.kind().name(), wanted.kind().name()));
    }
    let difference = Moves::from(wanted).difference(&Moves::from(found));
    difference.map(|difference| format!("moves {difference}"))
}

impl Check<'_> {
    /// Compares what facts demand, each with its place, with the ledger.
    pub(super) async fn met(&mut self, tx: &mut Tx, demands: &[(String, Demand)]) -> db::Result<()> {
        let keys: Vec<String> = demands.iter().map(|(_, demand)| demand.key().to_owned()).collect();
        let stored = stored::by_key(tx, &keys).await?;
        for (place, demand) in demands {
            let key = demand.key();
            match (demand, stored.get(key).map(|stored| &stored.entry)) {
                (Demand::Entry(_), None) => self.found(place, format_args!("it has no entry {key}")),
                (Demand::Nothing(_), Some(_)) => {
                    self.found(place, format_args!("there is an entry {key}, and there must be none"));
                }
                (Demand::Entry(wanted) | Demand::Perhaps(wanted), Some(Ok(found))) => {
                    if let Some(difference) = difference(wanted, found) {
                        self.found(place, format_args!("its entry {key} {difference}"));
                    }
                }
                // What cannot be read, the check of the ledger itself tells.
                (Demand::Entry(_) | Demand::Perhaps(_), Some(Err(_)))
                | (Demand::Perhaps(_) | Demand::Nothing(_), None) => {}
            }
        }
        Ok(())
    }
}
