//! How many points are given for what: out of a fixed supply, less and less as it is used up.
//!
//! All rewards halve when half of the supply has been given, again when half of the rest has, and so on: each half lasts for
//! as many rewards as the one before. What an account earns in a day is capped. Points are counted in minor units.

/// After so many halvings nothing is left of any reward.
const LAST: u32 = 62;

/// What points are given for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// A track was heard to its end, or nearly.
    FullPlay,
    /// Enough of a track was heard to count.
    PartialPlay,
    /// A track was liked for the first time.
    FirstLike,
}

/// What is given before the first halving, and to one account in one day at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rates {
    /// For a track that was heard to its end.
    pub full_play: i64,
    /// For a good part of one.
    pub partial_play: i64,
    /// For a first like.
    pub first_like: i64,
    /// In a day (UTC).
    pub daily_cap: i64,
}

impl Rates {
    /// What a deed is worth before the first halving.
    pub const fn of(&self, deed: Deed) -> i64 {
        match deed {
            Deed::FullPlay => self.full_play,
            Deed::PartialPlay => self.partial_play,
            Deed::FirstLike => self.first_like,
        }
    }
}

/// The points that are still to be earned, of all that will ever be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pool {
    /// All that will ever be.
    pub supply: i64,
    /// What nobody has earned yet: 0 to `supply`.
    pub left: i64,
}

impl Pool {
    /// How often rewards have halved.
    pub fn halvings(&self) -> u32 {
        // Once when half of the supply is left, twice when a quarter is, and so on.
        (1..=LAST).take_while(|&times| self.left <= self.supply >> times).last().unwrap_or(0)
    }

    /// How many points are given until rewards halve again.
    pub fn until_halving(&self) -> i64 {
        let next = self.halvings().saturating_add(1).min(LAST);
        self.left.saturating_sub(self.supply >> next).max(0)
    }

    /// What a reward of `rate` is worth now: never more than there is.
    pub fn worth(&self, rate: i64) -> i64 {
        (rate >> self.halvings()).min(self.left).max(0)
    }

    /// What `deed` earns an account that has earned `today` already: no more than the cap leaves.
    pub fn grant(&self, rates: &Rates, deed: Deed, today: i64) -> i64 {
        let room = rates.daily_cap.saturating_sub(today).max(0);
        self.worth(rates.of(deed)).min(room)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const RATES: Rates = Rates { full_play: 1_000, partial_play: 250, first_like: 500, daily_cap: 3_000 };

    fn pool(supply: i64, left: i64) -> Pool {
        Pool { supply, left }
    }

    #[test]
    fn rewards_halve_when_half_of_the_rest_is_gone() {
        let at = |left| (pool(1_000, left).halvings(), pool(1_000, left).until_halving());
        assert_eq!(
            [at(1_000), at(501), at(500), at(251), at(250)],
            [(0, 500), (0, 1), (1, 250), (1, 1), (2, 125)]
        );
        assert_eq!(pool(1_000, 1_000).worth(8), 8);
        assert_eq!(pool(1_000, 250).worth(8), 2);
        assert_eq!((pool(1_000, 0).worth(8), pool(1_000, 0).until_halving()), (0, 0));
        assert_eq!(pool(i64::MAX, i64::MAX).worth(i64::MAX), i64::MAX);
    }

    #[test]
    fn the_cap_gives_what_is_left_of_it() {
        let full = pool(1_000_000, 1_000_000);
        assert_eq!(full.grant(&RATES, Deed::FullPlay, 0), 1_000);
        assert_eq!(full.grant(&RATES, Deed::PartialPlay, 2_900), 100);
        assert_eq!(full.grant(&RATES, Deed::FirstLike, 3_000), 0);
        assert_eq!(full.grant(&RATES, Deed::FirstLike, i64::MAX), 0);
        assert_eq!(pool(1_000_000, 7).grant(&RATES, Deed::FullPlay, 0), 0, "too little is left to be halved");
    }

    /// All that is ever given, one reward after the other: each half of what was left lasts as long as the half before.
    #[test]
    fn a_supply_lasts_for_ever_and_each_half_as_long_as_the_one_before() {
        let mut now = pool(1 << 40, 1 << 40);
        let mut rewards = [0_u32; 63];
        while now.worth(1 << 20) > 0 {
            let era = usize::try_from(now.halvings()).unwrap();
            rewards[era] += 1;
            now.left -= now.worth(1 << 20);
        }
        // 2^39 of the first half, 2^20 each; then half of both.
        assert!(rewards[..=20].iter().all(|count| *count == 1 << 19), "{rewards:?}");
        assert!(rewards[21..].iter().all(|count| *count == 0));
        assert_eq!(now.left, 1 << 19, "what is left is worth less than a unit at a time");
    }

    proptest! {
        #[test]
        fn no_more_is_given_than_there_is_and_never_more_than_before(
            supply in 1..=i64::MAX, rate in 0..1_000_000_i64, cap in 0..100_000_i64,
            deeds in prop::collection::vec((0..4_u8, 0..3_usize), 1..200), tight in any::<bool>(),
        ) {
            let supply = if tight { supply % 1_000_000 + 1 } else { supply };
            let rates = Rates { full_play: rate, partial_play: rate / 4, first_like: rate / 2, daily_cap: cap };
            let mut now = pool(supply, supply);
            let mut today = [0_i64; 4];
            let mut before = i64::MAX;
            for (who, what) in deeds {
                let deed = [Deed::FullPlay, Deed::PartialPlay, Deed::FirstLike][what];
                let earned = &mut today[usize::from(who)];
                let given = now.grant(&rates, deed, *earned);
                prop_assert!(given >= 0 && given <= rates.of(deed));
                prop_assert!(now.worth(rate) <= before, "it grows");
                before = now.worth(rate);
                *earned += given;
                now.left -= given;
                prop_assert!(*earned <= cap && now.left >= 0);
            }
            prop_assert_eq!(today.iter().sum::<i64>(), supply - now.left);
        }
    }
}
