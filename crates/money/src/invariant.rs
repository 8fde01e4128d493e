//! What always holds, as functions: the simulator, debug assertions and the verifier of a real ledger ask the same.

use kernel::Asset;

use crate::ledger::{Account, Line};

/// What does not hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// The balances of an asset do not add up to zero: money was made or lost.
    #[error("the balances of {asset} add up to {sum}")]
    NotConserved {
        /// The asset.
        asset: Asset,
        /// What they add up to.
        sum: i128,
    },
    /// A balance is below its floor.
    #[error("{account} is at {amount} {asset}")]
    BelowFloor {
        /// The account.
        account: Account,
        /// In which asset.
        asset: Asset,
        /// Its balance.
        amount: i64,
    },
}

/// What balances add up to, asset by asset.
#[derive(Debug, Clone)]
pub struct Sums([(Asset, i128); 3]);

impl Default for Sums {
    fn default() -> Self {
        Self([Asset::Beat, Asset::Btn, Asset::Usdc].map(|asset| (asset, 0)))
    }
}

impl Sums {
    /// Counts a balance.
    pub fn add(&mut self, line: &Line) {
        for (asset, sum) in &mut self.0 {
            if *asset == line.asset {
                *sum += i128::from(line.amount);
            }
        }
    }

    /// The assets of which money was made or lost: their balances do not add up to zero.
    pub fn broken(self) -> impl Iterator<Item = Broken> {
        self.0
            .into_iter()
            .filter(|(_, sum)| *sum != 0)
            .map(|(asset, sum)| Broken::NotConserved { asset, sum })
    }
}

/// Money is neither made nor lost: all balances of an asset add up to zero.
pub fn conserved(balances: impl IntoIterator<Item = Line>) -> Result<(), Broken> {
    let mut sums = Sums::default();
    for line in balances {
        sums.add(&line);
    }
    sums.broken().next().map_or(Ok(()), Err)
}

/// No balance is below its floor.
pub fn above_floors(balances: impl IntoIterator<Item = Line>) -> Result<(), Broken> {
    for Line { account, asset, amount } in balances {
        if account.floor().is_some_and(|floor| amount < floor) {
            return Err(Broken::BelowFloor { account, asset, amount });
        }
    }
    Ok(())
}
