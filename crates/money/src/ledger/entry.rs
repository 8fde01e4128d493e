//! Entries: what the ledger is made of.

use std::collections::BTreeMap;

use kernel::{Asset, Time};

use super::{Account, Kind, LedgerError};

/// A movement on one account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line {
    /// The account.
    pub account: Account,
    /// In which asset.
    pub asset: Asset,
    /// Minor units, never zero: above it the balance grows, below it shrinks.
    pub amount: i64,
}

/// A fact of the business in terms of money: made by the constructors in `fact.rs`, or read back with
/// [`Entry::recorded`]. Whichever way, it has passed [`Entry::check`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    key: String,
    at: Time,
    kind: Kind,
    lines: Vec<Line>,
}

impl Entry {
    /// The most characters that a key may have.
    pub const LONGEST_KEY: usize = 160;

    /// An entry as it was stored, checked like a new one.
    pub fn recorded(key: String, at: Time, kind: Kind, lines: Vec<Line>) -> Result<Self, LedgerError> {
        let entry = Self { key, at, kind, lines };
        entry.check()?;
        Ok(entry)
    }

    /// Puts movements in order, adding up those of one account and dropping what cancels out.
    pub(super) fn of(
        kind: Kind,
        key: String,
        at: Time,
        moves: impl IntoIterator<Item = Line>,
    ) -> Result<Self, LedgerError> {
        let mut sums: BTreeMap<(Account, &'static str), (Asset, i64)> = BTreeMap::new();
        for Line { account, asset, amount } in moves {
            let (_, sum) = sums.entry((account, asset.code())).or_insert((asset, 0));
            *sum = sum.checked_add(amount).ok_or(LedgerError::TooLarge)?;
        }
        let lines = sums
            .into_iter()
            .filter(|(_, (_, amount))| *amount != 0)
            .map(|((account, _), (asset, amount))| Line { account, asset, amount })
            .collect();
        Self::recorded(key, at, kind, lines)
    }

    /// What makes it unique: posting it again changes nothing.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// When it happened.
    pub fn at(&self) -> Time {
        self.at
    }

    /// What happened.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The movements, in the order of their accounts (then of the asset's code), each account and asset once.
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// Whether `other` says the same under the same key. When it was said does not count: an attempt repeated after a
    /// crash carries a later time.
    pub fn is_same_fact(&self, other: &Self) -> bool {
        self.key == other.key && self.kind == other.kind && self.lines == other.lines
    }

    /// Proves what every entry promises: a proper key, ordered lines, each on an account that takes its asset and that
    /// this kind may move that way, and sums of zero in each asset.
    pub fn check(&self) -> Result<(), LedgerError> {
        let is_key = !self.key.is_empty()
            && self.key.len() <= Self::LONGEST_KEY
            && self.key.bytes().all(|byte| byte.is_ascii_graphic());
        if !is_key {
            return Err(LedgerError::NotAKey);
        }
        let in_order = self.lines.windows(2).all(|pair| place(&pair[0]) < place(&pair[1]));
        if self.lines.is_empty() || !in_order || self.lines.iter().any(|line| line.amount == 0) {
            return Err(LedgerError::Disordered);
        }
        let owner = self.lines[0].account.owner();
        for &Line { account, asset, amount } in &self.lines {
            let foreign = self.kind.is_one_owners() && account.owner() != owner;
            // Whatever is undone, points never stand beside anything that they could be exchanged for.
            let mixed = (asset == Asset::Btn) != (self.lines[0].asset == Asset::Btn);
            let placed =
                account.takes(asset) && self.kind.takes(asset) && self.kind.moves(&account, amount > 0);
            if foreign || mixed || !placed {
                return Err(LedgerError::Misplaced { kind: self.kind, account, asset });
            }
        }
        for asset in [Asset::Beat, Asset::Btn, Asset::Usdc] {
            let amounts = self.lines.iter().filter(|line| line.asset == asset);
            if amounts.map(|line| i128::from(line.amount)).sum::<i128>() != 0 {
                return Err(LedgerError::Unbalanced(asset));
            }
        }
        Ok(())
    }
}

/// Where a line stands among its entry's.
fn place(line: &Line) -> (Account, &'static str) {
    (line.account, line.asset.code())
}

#[cfg(test)]
mod tests {
    use kernel::{AccountId, ArtistId};
    use uuid::Uuid;

    use super::*;

    const ANA: Account = Account::Available(AccountId(Uuid::from_u128(1)));
    const ANAS_HELD: Account = Account::Held(AccountId(Uuid::from_u128(1)));
    const BENS_HELD: Account = Account::Held(AccountId(Uuid::from_u128(2)));

    fn line(account: Account, amount: i64) -> Line {
        Line { account, asset: Asset::Beat, amount }
    }

    fn verdict(key: &str, kind: Kind, lines: Vec<Line>) -> Result<Entry, LedgerError> {
        Entry::recorded(key.to_owned(), Time::default(), kind, lines)
    }

    #[test]
    fn an_entry_that_breaks_a_rule_is_refused() {
        let good = vec![line(ANA, -5), line(ANAS_HELD, 5)];
        assert!(verdict("k", Kind::HoldGranted, good.clone()).is_ok());
        for key in ["", "a b", "é", "a\n", &"k".repeat(161)] {
            assert_eq!(verdict(key, Kind::HoldGranted, good.clone()), Err(LedgerError::NotAKey), "{key:?}");
        }
        let disordered = [
            vec![],
            vec![line(ANAS_HELD, 5), line(ANA, -5)],
            vec![line(ANA, -5), line(ANA, 0), line(ANAS_HELD, 5)],
            vec![line(ANA, -2), line(ANA, -3), line(ANAS_HELD, 5)],
            vec![line(ANA, -5), line(ANAS_HELD, 5), line(BENS_HELD, 0)],
        ];
        for lines in disordered {
            assert_eq!(verdict("k", Kind::HoldGranted, lines), Err(LedgerError::Disordered));
        }
        let unbalanced = vec![line(ANA, -5), line(ANAS_HELD, 6)];
        assert_eq!(verdict("k", Kind::HoldGranted, unbalanced), Err(LedgerError::Unbalanced(Asset::Beat)));
        let misplaced = [
            (Kind::HoldGranted, vec![line(ANA, 5), line(ANAS_HELD, -5)]),
            (Kind::HoldGranted, vec![line(ANA, -5), line(BENS_HELD, 5)]),
            (Kind::TopUp, good.clone()),
            (Kind::Reward, vec![line(ANA, 5), line(Account::Rewards, -5)]),
        ];
        for (kind, lines) in misplaced {
            assert!(matches!(verdict("k", kind, lines), Err(LedgerError::Misplaced { .. })), "{kind}");
        }
    }

    #[test]
    fn points_never_reach_an_account_that_pays_artists() {
        let points = |account, amount| Line { account, asset: Asset::Btn, amount };
        let artist = Account::Earned(ArtistId(Uuid::from_u128(9)));
        for kind in Kind::ALL {
            let lines = vec![points(ANA, -5), points(artist, 5)];
            assert!(matches!(verdict("k", *kind, lines), Err(LedgerError::Misplaced { .. })), "{kind}");
        }
    }

    #[test]
    fn no_entry_turns_points_into_anything_else() {
        let (points, money) = (Asset::Btn, Asset::Beat);
        let line = |account, asset, amount| Line { account, asset, amount };
        for kind in Kind::ALL {
            // Points for money between two people, whatever it is called.
            let ben = Account::Available(AccountId(Uuid::from_u128(2)));
            let lines =
                vec![line(ANA, money, 5), line(ANA, points, -5), line(ben, money, -5), line(ben, points, 5)];
            assert!(matches!(verdict("k", *kind, lines), Err(LedgerError::Misplaced { .. })), "{kind}");
            // Points that are bought.
            let bought = vec![line(ANA, points, 5), line(Account::Clearing, points, -5)];
            assert_eq!(verdict("k", *kind, bought).is_ok(), *kind == Kind::Reversal, "{kind}");
        }
        let tip = Entry::tip(
            kernel::TipId(Uuid::from_u128(3)),
            Time::default(),
            AccountId(Uuid::from_u128(1)),
            ArtistId(Uuid::from_u128(9)),
            kernel::Amount { asset: points, minor: 5 },
        );
        assert!(matches!(tip, Err(LedgerError::Misplaced { .. })));
    }

    #[test]
    fn sums_cannot_wrap_around() {
        let wrapping =
            vec![line(ANA, i64::MIN), line(Account::Available(AccountId(Uuid::from_u128(2))), i64::MIN)];
        assert_eq!(verdict("k", Kind::Reversal, wrapping), Err(LedgerError::Unbalanced(Asset::Beat)));
        let too_large = [line(ANA, i64::MAX), line(ANA, 1)];
        let made = Entry::of(Kind::Reversal, "k".to_owned(), Time::default(), too_large);
        assert_eq!(made, Err(LedgerError::TooLarge));
    }
}
