//! What people have, what became of it, and how more comes in.
//!
//! Owns: `top_up`.
//!
//! What holds: a top-up is `pending` until the provider has said what became of it, and ends once; its entry in the ledger
//! bears its id, so the money comes once, however often that is tried. A job asks again about those that were left pending.

mod api;
mod error;
mod queries;
mod top_up;
mod transactions;

use db::Tx;
use infra::{http::Routes, routes};
use kernel::{AccountId, Asset};
use money::ledger::Account;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{Commerce, ledger};

pub use error::WalletError;
pub use top_up::{WaysIn, jobs, ways_in};

/// What somebody has of an asset.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Balance {
    /// BEAT, BTN or USDC.
    #[schema(example = "BEAT")]
    asset: &'static str,
    /// What can be spent, in minor units.
    #[schema(example = "250000")]
    available: String,
    /// What is set aside for listening and not used up yet, in minor units: the newest second counts as soon as it is durable,
    /// before the ledger has it.
    #[schema(example = "36000")]
    held: String,
}

/// What `account` has of every asset.
pub async fn balances(tx: &mut Tx, account: AccountId) -> db::Result<Vec<Balance>> {
    const ASSETS: [Asset; 3] = [Asset::Beat, Asset::Btn, Asset::Usdc];
    let both = |asset| [(Account::Available(account), asset), (Account::Held(account), asset)];
    let of: Vec<(Account, Asset)> = ASSETS.into_iter().flat_map(both).collect();
    let found = ledger::balances(tx, &of).await?;
    let metered = queries::metered(tx, account).await?;
    let used = |asset: Asset| {
        metered.as_ref().filter(|(code, _)| code == asset.code()).map_or(0, |(_, minor)| *minor)
    };
    let pairs = ASSETS.iter().zip(found.chunks_exact(2));
    Ok(pairs
        .filter_map(|(asset, pair)| {
            let &[available, held] = pair else { return None };
            let held = held.saturating_sub(used(*asset));
            Some(Balance { asset: asset.code(), available: available.to_string(), held: held.to_string() })
        })
        .collect())
}

/// The routes.
pub(crate) fn routes() -> Routes<Commerce> {
    Routes::new()
        .routes(routes!(api::get_balances))
        .routes(routes!(api::list_transactions))
        .routes(routes!(api::create_top_up))
        .routes(routes!(api::get_top_up))
        .routes(routes!(api::faucet))
}
