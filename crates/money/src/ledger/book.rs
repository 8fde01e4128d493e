//! A ledger in memory: the rules of posting, as any store of entries has to keep them.

use std::collections::{BTreeMap, HashMap};

use kernel::Asset;

use super::{Account, Entry, LedgerError, Line};
use crate::planted::{Bug, planted};

/// What posting an entry did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Posted {
    /// It moved the money.
    Now,
    /// The same fact had been posted before: nothing moved.
    Before,
}

/// Entries in the order of posting, and the balances that they make.
#[derive(Debug, Clone, Default)]
pub struct Book {
    entries: Vec<Entry>,
    by_key: HashMap<String, usize>,
    balances: BTreeMap<(Account, &'static str), (Asset, i64)>,
}

impl Book {
    /// A book without entries.
    pub fn new() -> Self {
        Self::default()
    }

    /// Posts one entry, or nothing of it.
    pub fn post(&mut self, entry: Entry) -> Result<Posted, LedgerError> {
        self.post_all(vec![entry]).map(|posted| posted[0])
    }

    /// Posts entries in their order, all or none.
    pub fn post_all(&mut self, entries: Vec<Entry>) -> Result<Vec<Posted>, LedgerError> {
        let mut changed: BTreeMap<(Account, &'static str), (Asset, i64)> = BTreeMap::new();
        let mut new: Vec<Entry> = Vec::new();
        let mut new_keys: HashMap<String, usize> = HashMap::new();
        let mut posted = Vec::new();
        for entry in entries {
            entry.check()?;
            let earlier = || new_keys.get(entry.key()).and_then(|&at| new.get(at));
            let earlier = self.get(entry.key()).or_else(earlier);
            if let Some(earlier) = earlier.filter(|_| !planted(Bug::PostedTwice)) {
                if !earlier.is_same_fact(&entry) {
                    return Err(LedgerError::KeyTaken(entry.key().to_owned()));
                }
                posted.push(Posted::Before);
                continue;
            }
            for &Line { account, asset, amount } in entry.lines() {
                let now = self.balance(account, asset);
                let (_, balance) = changed.entry((account, asset.code())).or_insert((asset, now));
                *balance = balance.checked_add(amount).ok_or(LedgerError::TooLarge)?;
                // Only what takes money away can be refused: a debt may be paid off in parts.
                let is_below = account.floor().is_some_and(|floor| *balance < floor);
                if amount < 0 && is_below && !planted(Bug::FloorIgnored) {
                    return Err(LedgerError::Insufficient { account, asset });
                }
            }
            new_keys.insert(entry.key().to_owned(), new.len());
            new.push(entry);
            posted.push(Posted::Now);
        }
        self.balances.extend(changed);
        for entry in new {
            self.by_key.insert(entry.key().to_owned(), self.entries.len());
            self.entries.push(entry);
        }
        Ok(posted)
    }

    /// The entry that was posted under this key.
    pub fn get(&self, key: &str) -> Option<&Entry> {
        self.by_key.get(key).and_then(|&at| self.entries.get(at))
    }

    /// All entries in the order of posting.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// A balance; zero for an account that nothing has touched.
    pub fn balance(&self, account: Account, asset: Asset) -> i64 {
        self.balances.get(&(account, asset.code())).map_or(0, |&(_, balance)| balance)
    }

    /// Every balance that was ever touched, in the order of accounts.
    pub fn balances(&self) -> impl Iterator<Item = Line> {
        self.balances.iter().map(|(&(account, _), &(asset, amount))| Line { account, asset, amount })
    }
}

#[cfg(test)]
mod tests {
    use kernel::{AccountId, Amount, ArtistId, HoldId, SessionId, Time, TipId, TopUpId};
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;
    use crate::{
        invariant,
        ledger::{Charge, Contest, ContestedShare, Kind},
        split::{Distribution, Share, Splits},
    };

    const AT: Time = Time::from_micros(1);
    const ANA: AccountId = AccountId(Uuid::from_u128(1));
    const BEN: ArtistId = ArtistId(Uuid::from_u128(2));
    const CLEO: ArtistId = ArtistId(Uuid::from_u128(3));
    const SESSION: SessionId = SessionId(Uuid::from_u128(4));
    const HOLD: HoldId = HoldId(Uuid::from_u128(5));

    fn beats(minor: i64) -> Amount {
        Amount { asset: Asset::Beat, minor }
    }

    fn rich(minor: i64) -> Book {
        let mut book = Book::new();
        book.post(Entry::top_up(TopUpId(Uuid::from_u128(9)), AT, ANA, beats(minor)).unwrap()).unwrap();
        book
    }

    fn balance(book: &Book, account: Account) -> i64 {
        book.balance(account, Asset::Beat)
    }

    fn thirds(fee_bp: u16) -> Distribution {
        let shares = vec![Share { artist: BEN, bp: 6_667 }, Share { artist: CLEO, bp: 3_333 }];
        Distribution::new(Splits::new(shares).unwrap(), fee_bp).unwrap()
    }

    fn charge(beats: u64, before: i64, after: i64) -> Charge {
        Charge { session: SESSION, listener: ANA, asset: Asset::Beat, beats, before, after }
    }

    #[test]
    fn the_same_fact_counts_once_and_another_under_its_key_is_refused() {
        let mut book = rich(100);
        let later = Time::from_micros(2);
        let again = Entry::top_up(TopUpId(Uuid::from_u128(9)), later, ANA, beats(100)).unwrap();
        assert_eq!(book.post(again), Ok(Posted::Before));
        let other = Entry::top_up(TopUpId(Uuid::from_u128(9)), AT, ANA, beats(101)).unwrap();
        assert!(matches!(book.post(other), Err(LedgerError::KeyTaken(_))));
        assert_eq!((balance(&book, Account::Available(ANA)), book.entries().len()), (100, 1));
    }

    #[test]
    fn nothing_is_spent_that_is_not_there_and_a_refusal_leaves_no_trace() {
        let mut book = rich(100);
        let tip = |n, minor| Entry::tip(TipId(Uuid::from_u128(n)), AT, ANA, BEN, beats(minor)).unwrap();
        let both = book.post_all(vec![tip(1, 60), tip(2, 60)]);
        assert_eq!(
            both,
            Err(LedgerError::Insufficient { account: Account::Available(ANA), asset: Asset::Beat })
        );
        assert_eq!((balance(&book, Account::Available(ANA)), book.entries().len()), (100, 1));
        book.post_all(vec![tip(1, 60), tip(2, 40)]).unwrap();
        assert_eq!(balance(&book, Account::Earned(BEN)), 100);
    }

    #[test]
    fn a_session_is_paid_from_its_hold_to_the_last_unit() {
        let mut book = rich(1_000);
        let rule = thirds(500);
        book.post(Entry::hold_granted(HOLD, 0, AT, ANA, beats(600)).unwrap()).unwrap();
        for (beats, before, after) in [(15, 0, 105), (30, 105, 210), (31, 210, 217)] {
            book.post(Entry::capture(&charge(beats, before, after), AT, &rule).unwrap()).unwrap();
        }
        // 217: a fee of 10, 207 in thirds is 138.0069 and 68.9931: one unit waits.
        assert_eq!(balance(&book, Account::Rounding(SESSION)), 1);
        let rest = Entry::settlement(SESSION, AT, &rule, beats(217)).unwrap().unwrap();
        let back = Entry::hold_released(HOLD, AT, ANA, beats(600 - 217)).unwrap();
        book.post_all(vec![rest, back]).unwrap();
        let all = [
            Account::Available(ANA),
            Account::Held(ANA),
            Account::Fees,
            Account::Earned(BEN),
            Account::Earned(CLEO),
            Account::Rounding(SESSION),
        ];
        assert_eq!(all.map(|account| balance(&book, account)), [783, 0, 10, 138, 69, 0]);
        let expired = Entry::hold_expired(HOLD, AT, ANA, beats(600 - 217)).unwrap();
        assert!(matches!(book.post(expired), Err(LedgerError::KeyTaken(_))), "a hold ends once");
    }

    #[test]
    fn a_capture_never_goes_back() {
        for (before, after) in [(5, 5), (6, 5)] {
            let made = Entry::capture(&charge(1, before, after), AT, &thirds(0));
            assert_eq!(made, Err(LedgerError::Shrinking));
        }
    }

    #[test]
    fn a_dispute_ends_once_and_may_leave_a_debt_but_no_hole() {
        let mut book = rich(100);
        let tip = Entry::tip(TipId(Uuid::from_u128(1)), AT, ANA, BEN, beats(90)).unwrap();
        let matured = Entry::matured(BEN, 20_000, AT, beats(60)).unwrap();
        book.post_all(vec![tip, matured]).unwrap();
        let contest = Contest {
            dispute: kernel::DisputeId(Uuid::from_u128(7)),
            listener: ANA,
            asset: Asset::Beat,
            fee: 10,
            shares: vec![ContestedShare { artist: BEN, earned: 30, payable: 70 }],
        };
        book.post(Entry::dispute_opened(&contest, AT).unwrap()).unwrap();
        assert_eq!(balance(&book, Account::Payable(BEN)), -10, "a negative carry");
        let mut dismissed = book.clone();
        dismissed.post(Entry::dispute_dismissed(&contest, AT).unwrap()).unwrap();
        assert_eq!(balance(&dismissed, Account::Payable(BEN)), 60);
        assert_eq!(balance(&dismissed, Account::Earned(BEN)), 30);
        book.post(Entry::dispute_upheld(&contest, AT).unwrap()).unwrap();
        assert_eq!(balance(&book, Account::Available(ANA)), 10 + 110);
        let dismissed = Entry::dispute_dismissed(&contest, AT).unwrap();
        assert!(matches!(book.post(dismissed), Err(LedgerError::KeyTaken(_))));
        let broken = Contest { fee: -1, ..contest };
        assert_eq!(Entry::dispute_upheld(&broken, AT), Err(LedgerError::NotPositive));
    }

    #[test]
    fn a_reversal_undoes_an_entry_once() {
        let mut book = rich(100);
        let top_up = book.entries()[0].clone();
        let reversal = Entry::reversal(&top_up, AT).unwrap();
        assert_eq!(book.post(reversal.clone()), Ok(Posted::Now));
        assert_eq!(book.post(reversal), Ok(Posted::Before));
        assert_eq!(balance(&book, Account::Available(ANA)), 0);
        assert_eq!(balance(&book, Account::Clearing), 0);
    }

    #[test]
    fn the_supply_of_points_is_fixed_and_never_refilled() {
        let mut book = Book::new();
        book.post(Entry::supply(AT, 100).unwrap()).unwrap();
        assert!(matches!(book.post(Entry::supply(AT, 101).unwrap()), Err(LedgerError::KeyTaken(_))));
        let track = kernel::TrackId(Uuid::from_u128(8));
        let reward = |reason, points| Entry::reward(ANA, reason, AT, points).unwrap();
        let like = crate::ledger::RewardFor::FirstLike(track);
        assert_eq!(book.post(reward(like, 60)), Ok(Posted::Now));
        assert_eq!(book.post(reward(like, 60)), Ok(Posted::Before));
        let play = crate::ledger::RewardFor::FullPlay(track, 20_000);
        assert!(matches!(book.post(reward(play, 41)), Err(LedgerError::Insufficient { .. })));
        let redeemed = kernel::RedemptionId(Uuid::from_u128(6));
        book.post(Entry::redemption(redeemed, AT, ANA, 60).unwrap()).unwrap();
        assert_eq!(book.balance(Account::Rewards, Asset::Btn), 40);
    }

    #[test]
    fn amounts_of_nothing_or_less_move_nothing() {
        for minor in [0, -1, i64::MIN] {
            assert_eq!(Entry::hold_granted(HOLD, 0, AT, ANA, beats(minor)), Err(LedgerError::NotPositive));
        }
    }

    proptest! {
        #[test]
        fn money_is_conserved_whatever_is_tried(tries in proptest::collection::vec((0_u8..7, 0_i64..200), 1..60)) {
            let mut book = rich(500);
            let rule = thirds(250);
            let (mut captured, mut part) = (0, 0);
            for (n, (what, minor)) in (10..).zip(tries) {
                let id = Uuid::from_u128(n);
                let made = match what {
                    0 => Entry::top_up(TopUpId(id), AT, ANA, beats(minor)),
                    1 => { part += 1; Entry::hold_granted(HOLD, part, AT, ANA, beats(minor)) }
                    2 => Entry::capture(&charge(u64::try_from(n).unwrap(), captured, captured + minor), AT, &rule),
                    3 => Entry::tip(TipId(id), AT, ANA, CLEO, beats(minor)),
                    4 => Entry::matured(BEN, i64::try_from(n).unwrap(), AT, beats(minor)),
                    5 => Entry::hold_expired(HoldId(id), AT, ANA, beats(minor)),
                    _ => Entry::reversal(book.entries().last().unwrap(), AT),
                };
                let Ok(entry) = made else { continue };
                let is_capture = entry.kind() == Kind::Capture;
                if book.post(entry).is_ok() && is_capture {
                    captured += minor;
                }
                prop_assert_eq!(invariant::conserved(book.balances()), Ok(()));
                prop_assert_eq!(invariant::above_floors(book.balances()), Ok(()));
                let mut again = Book::new();
                again.post_all(book.entries().to_vec()).unwrap();
                prop_assert!(again.balances().eq(book.balances()));
            }
        }
    }
}
