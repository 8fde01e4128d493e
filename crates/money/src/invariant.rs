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

/// Money is neither made nor lost: all balances of an asset add up to zero.
pub fn conserved(balances: impl IntoIterator<Item = Line>) -> Result<(), Broken> {
    let mut sums = [(Asset::Beat, 0_i128), (Asset::Btn, 0), (Asset::Usdc, 0)];
    for line in balances {
        for (asset, sum) in &mut sums {
            if *asset == line.asset {
                *sum += i128::from(line.amount);
            }
        }
    }
    match sums.into_iter().find(|(_, sum)| *sum != 0) {
        Some((asset, sum)) => Err(Broken::NotConserved { asset, sum }),
        None => Ok(()),
    }
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
