use std::collections::{BTreeMap, HashMap};

use db::Tx;
use kernel::Asset;
use money::ledger::Account;
use serde::Serialize;
use utoipa::ToSchema;

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

/// A balance that nobody else changes until the transaction ends; nothing for an account that nothing has touched. As in
/// [`post`](super::post()), everybody else who posts waits from here on.
pub async fn held_balance(tx: &mut Tx, account: Account, asset: Asset) -> db::Result<Option<i64>> {
    queries::head(tx).await?;
    Ok(queries::balances(tx, &[(account, asset)]).await?.first().map(|(_, balance)| *balance))
}

/// Whether an entry has this key.
pub async fn is_posted(tx: &mut Tx, key: &str) -> db::Result<bool> {
    queries::is_posted(tx, key).await
}

/// What all accounts of a class hold of an asset together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ClassSum {
    /// available, held, earned, payable, disputed, rounding, fees, rewards or clearing.
    #[schema(example = "available")]
    class: String,
    /// Minor units; below zero with a minus.
    #[schema(example = "250000000")]
    amount: String,
}

/// What the ledger holds of an asset.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AssetSums {
    /// BEAT, BTN or USDC.
    #[schema(example = "BEAT")]
    asset: String,
    /// What people and the platform hold: what came in and did not go out. Of BTN, what was earned so far.
    #[schema(example = "250000000")]
    circulating: String,
    /// All balances together: always zero, or money was made or lost.
    #[schema(example = "0")]
    sum: String,
    /// The same by class of account.
    classes: Vec<ClassSum>,
}

/// What all accounts hold, by asset and class; looks at every account.
pub async fn sums(tx: &mut Tx) -> db::Result<Vec<AssetSums>> {
    let mut assets: BTreeMap<String, Vec<(String, i64)>> = BTreeMap::new();
    for asset in [Asset::Beat, Asset::Btn, Asset::Usdc] {
        assets.insert(asset.code().to_owned(), Vec::new());
    }
    for (asset, class, sum) in queries::sums(tx).await? {
        assets.entry(asset).or_default().push((class, sum));
    }
    let of = |(asset, classes): (String, Vec<(String, i64)>)| {
        let total = |classes: &[(String, i64)], outside: &[&str]| -> i128 {
            let within = classes.iter().filter(|(class, _)| !outside.contains(&class.as_str()));
            within.map(|(_, sum)| i128::from(*sum)).sum()
        };
        AssetSums {
            circulating: total(&classes, &["clearing", "rewards"]).to_string(),
            sum: total(&classes, &[]).to_string(),
            classes: classes
                .into_iter()
                .map(|(class, sum)| ClassSum { class, amount: sum.to_string() })
                .collect(),
            asset,
        }
    };
    Ok(assets.into_iter().map(of).collect())
}
