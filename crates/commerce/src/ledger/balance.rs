use std::collections::HashMap;

use db::Tx;
use kernel::Asset;
use money::ledger::Account;

use super::queries;

/// A balance as it is posted; zero for an account that nothing has touched.
pub async fn balance(tx: &mut Tx, account: Account, asset: Asset) -> db::Result<i64> {
    Ok(balances(tx, &[(account, asset)]).await?.first().copied().unwrap_or_default())
}

/// Balances as they are posted, in the order in which they were asked for.
pub async fn balances(tx: &mut Tx, of: &[(Account, Asset)]) -> db::Result<Vec<i64>> {
    let found: HashMap<usize, i64> = queries::balances(tx, of).await?.into_iter().collect();
    Ok((0..of.len()).map(|place| found.get(&place).copied().unwrap_or_default()).collect())
}
