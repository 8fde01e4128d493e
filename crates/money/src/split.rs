//! Who gets what of a sum: the platform's fee first, then each artist's share in basis points.
//!
//! While a session runs, every share is rounded down and what is left waits on the session's rounding account. When it
//! ends, the rest goes to the largest remainders, one unit each; of equal remainders the first in the split wins.
//! Nothing is ever negative, and all of it adds up to the whole.

use kernel::ArtistId;

use crate::planted::{Bug, planted};

/// The whole in basis points.
const WHOLE: i128 = 10_000;

/// Why shares are not a split, or a sum cannot be divided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SplitError {
    /// Nobody is in it, or more than [`Splits::MOST`] are.
    #[error("a split has between 1 and {} shares", Splits::MOST)]
    Count,
    /// The same artist stands in it twice.
    #[error("an artist stands in a split once")]
    Twice,
    /// A share of nothing.
    #[error("a share is at least one basis point")]
    Empty,
    /// The shares are not the whole.
    #[error("the shares of a split add up to 10000 basis points")]
    Sum,
    /// A fee above 10,000 basis points.
    #[error("a fee is between 0 and 10000 basis points")]
    Fee,
    /// A sum below zero.
    #[error("a sum that is divided is not negative")]
    Negative,
}

/// One artist's share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    /// Who gets it.
    pub artist: ArtistId,
    /// How much, in basis points: 1 to 10,000.
    pub bp: u16,
}

/// Shares that add up to the whole, in the order of the track's credits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Splits(Vec<Share>);

impl Splits {
    /// The most shares that a split may have.
    pub const MOST: usize = 64;

    /// Checks that `shares` name each artist once and add up to 10,000.
    pub fn new(shares: Vec<Share>) -> Result<Self, SplitError> {
        if shares.is_empty() || shares.len() > Self::MOST {
            return Err(SplitError::Count);
        }
        if shares.iter().any(|share| share.bp == 0) {
            return Err(SplitError::Empty);
        }
        let mut artists: Vec<_> = shares.iter().map(|share| share.artist).collect();
        artists.sort_unstable();
        if artists.windows(2).any(|pair| pair[0] == pair[1]) {
            return Err(SplitError::Twice);
        }
        if shares.iter().map(|share| i128::from(share.bp)).sum::<i128>() != WHOLE {
            return Err(SplitError::Sum);
        }
        Ok(Self(shares))
    }

    /// All of it for one artist.
    pub fn whole(artist: ArtistId) -> Self {
        Self(vec![Share { artist, bp: 10_000 }])
    }

    /// The shares in their order.
    pub fn shares(&self) -> &[Share] {
        &self.0
    }
}

/// The fee and the split by which everything that a session charges is divided: frozen when it starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Distribution {
    splits: Splits,
    fee_bp: u16,
}

/// A sum divided: `fee`, `shares` and `rest` add up to it, and none is negative.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parts {
    /// The platform's.
    pub fee: i64,
    /// One for each share of the split, in its order.
    pub shares: Vec<i64>,
    /// What rounding leaves: less than one unit for each share.
    pub rest: i64,
}

impl Distribution {
    /// Takes `fee_bp` basis points for the platform before the split.
    pub fn new(splits: Splits, fee_bp: u16) -> Result<Self, SplitError> {
        if i128::from(fee_bp) > WHOLE { Err(SplitError::Fee) } else { Ok(Self { splits, fee_bp }) }
    }

    /// The split.
    pub fn splits(&self) -> &Splits {
        &self.splits
    }

    /// The platform's fee in basis points.
    pub fn fee_bp(&self) -> u16 {
        self.fee_bp
    }

    /// Divides what a session has charged so far: every share rounded down, and the rest.
    ///
    /// With a growing sum, neither the fee nor any share ever shrinks.
    pub fn running(&self, charged: i64) -> Result<Parts, SplitError> {
        if charged < 0 {
            return Err(SplitError::Negative);
        }
        let fee = portion(charged, self.fee_bp);
        let net = if planted(Bug::FeeOnTop) { charged } else { charged - fee };
        let shares: Vec<i64> = self.splits.0.iter().map(|share| portion(net, share.bp)).collect();
        let rest = net - shares.iter().sum::<i64>();
        Ok(Parts { fee, shares, rest })
    }

    /// Divides what a session charged in all, once it has ended: exact, with no rest.
    pub fn settled(&self, charged: i64) -> Result<Parts, SplitError> {
        let mut parts = self.running(charged)?;
        let net = charged - parts.fee;
        let mut by_remainder: Vec<usize> = (0..parts.shares.len()).collect();
        // The sort is stable, so that equal remainders keep the order of the split.
        by_remainder.sort_by_key(|&i| std::cmp::Reverse(remainder(net, self.splits.0[i].bp)));
        for i in by_remainder {
            if parts.rest == 0 {
                break;
            }
            parts.shares[i] += 1;
            parts.rest -= 1;
        }
        Ok(parts)
    }
}

/// `sum × bp / 10,000`, rounded down; `sum` is not negative and `bp` at most 10,000, so it fits.
fn portion(sum: i64, bp: u16) -> i64 {
    i64::try_from(i128::from(sum) * i128::from(bp) / WHOLE).unwrap_or(sum)
}

/// What rounding down took from a portion, in ten-thousandths of a unit.
fn remainder(sum: i64, bp: u16) -> i128 {
    i128::from(sum) * i128::from(bp) % WHOLE
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn artist(n: u128) -> ArtistId {
        ArtistId(Uuid::from_u128(n))
    }

    fn splits(bps: &[u16]) -> Result<Splits, SplitError> {
        Splits::new((0..).zip(bps).map(|(n, &bp)| Share { artist: artist(n), bp }).collect())
    }

    fn distribution(bps: &[u16], fee_bp: u16) -> Distribution {
        Distribution::new(splits(bps).unwrap(), fee_bp).unwrap()
    }

    /// Splits of one to eight shares that add up to 10,000.
    fn any_splits() -> impl Strategy<Value = Vec<u16>> {
        proptest::collection::btree_set(1_u16..10_000, 0..8).prop_map(|cuts| {
            let mut edges: Vec<u16> = cuts.into_iter().collect();
            edges.insert(0, 0);
            edges.push(10_000);
            edges.windows(2).map(|pair| pair[1] - pair[0]).collect()
        })
    }

    #[test]
    fn a_split_is_whole_and_names_each_artist_once() {
        assert_eq!(splits(&[]), Err(SplitError::Count));
        assert_eq!(splits(&[5_000, 4_999]), Err(SplitError::Sum));
        assert_eq!(splits(&[5_000, 5_001]), Err(SplitError::Sum));
        assert_eq!(splits(&[10_000, 0]), Err(SplitError::Empty));
        let twice = vec![Share { artist: artist(1), bp: 5_000 }; 2];
        assert_eq!(Splits::new(twice), Err(SplitError::Twice));
        assert_eq!(splits(&[1; 65]), Err(SplitError::Count));
        assert_eq!(Distribution::new(Splits::whole(artist(1)), 10_001), Err(SplitError::Fee));
        assert_eq!(distribution(&[10_000], 0).running(-1), Err(SplitError::Negative));
    }

    #[test]
    fn the_rest_goes_to_the_largest_remainders_and_of_equals_to_the_first() {
        // 100 in thirds: 33.34 + 33.33 + 33.33 leaves one unit, and the first has the largest remainder.
        let thirds = distribution(&[3_334, 3_333, 3_333], 0);
        assert_eq!(thirds.running(100).unwrap(), Parts { fee: 0, shares: vec![33, 33, 33], rest: 1 });
        assert_eq!(thirds.settled(100).unwrap(), Parts { fee: 0, shares: vec![34, 33, 33], rest: 0 });
        // 1 in halves: equal remainders.
        assert_eq!(distribution(&[5_000, 5_000], 0).settled(1).unwrap().shares, [1, 0]);
        // 3 with 25/75: 0.75 and 2.25.
        assert_eq!(distribution(&[2_500, 7_500], 0).settled(3).unwrap().shares, [1, 2]);
        // The fee comes first and is rounded down: 9.99 of 999 is 9.
        let parts = distribution(&[5_000, 5_000], 100).settled(999).unwrap();
        assert_eq!(parts, Parts { fee: 9, shares: vec![495, 495], rest: 0 });
    }

    #[test]
    fn the_largest_sum_divides() {
        let parts = distribution(&[9_999, 1], 10_000).settled(i64::MAX).unwrap();
        assert_eq!(parts, Parts { fee: i64::MAX, shares: vec![0, 0], rest: 0 });
        let parts = distribution(&[9_999, 1], 0).settled(i64::MAX).unwrap();
        assert_eq!(parts.shares.iter().map(|&s| i128::from(s)).sum::<i128>(), i128::from(i64::MAX));
    }

    proptest! {
        #[test]
        fn every_division_is_whole_and_grows_with_its_sum(
            bps in any_splits(), fee in 0_u16..=10_000, sum in 0..=i64::MAX / 2, more in 0..=i64::MAX / 2,
        ) {
            let rule = distribution(&bps, fee);
            let (before, after) = (rule.running(sum).unwrap(), rule.running(sum + more).unwrap());
            let ended = rule.settled(sum).unwrap();
            for parts in [&before, &ended] {
                prop_assert_eq!(parts.fee + parts.shares.iter().sum::<i64>() + parts.rest, sum);
                prop_assert!(parts.shares.iter().all(|&share| share >= 0) && parts.fee >= 0);
            }
            prop_assert!((0..i64::try_from(bps.len()).unwrap()).contains(&before.rest));
            prop_assert_eq!(ended.rest, 0);
            prop_assert!(before.fee <= after.fee);
            prop_assert!(before.shares.iter().zip(&after.shares).all(|(b, a)| b <= a));
            // Nobody gets more than one unit above the exact share.
            for (ended, running) in ended.shares.iter().zip(&before.shares) {
                prop_assert!((0..=1).contains(&(ended - running)));
            }
        }
    }
}
