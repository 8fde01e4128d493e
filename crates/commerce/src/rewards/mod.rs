//! Points (BTN): what listening and liking earns, and what points are exchanged for.
//!
//! Owns: `reward_day`, perk, redemption, entitlement.
//!
//! What holds:
//! - the supply is an entry of the ledger that is posted once, before the first reward; no balance of the pool is below zero,
//!   so no more is ever given. How much a reward is worth is `money::rewards`;
//! - a deed is rewarded once: its entry's key names account, track and, for a play, the day (UTC) on which it was reported;
//! - an account earns no more in a day than the cap: the row of its day is held until the reward is posted. What the cap
//!   leaves nothing of is not rewarded, and can be on another day;
//! - only what this server delivered counts, and nothing of tracks that are not published, or that are one's own;
//! - a perk is given no more often than it is there, and once to each account;
//! - points go to other people's points and to the platform alone: no entry of the ledger has points beside an asset that
//!   they could become.

mod api;
mod earn;
mod error;
mod perks;
mod queries;
mod redeem;

use infra::{http::Routes, routes};
use kernel::{Amount, Asset};

use crate::Commerce;

pub use earn::{earn, hear};
pub use error::RewardsError;

/// So many minor units of points.
const fn points(minor: i64) -> Amount {
    Amount { asset: Asset::Btn, minor }
}

/// The routes of this module.
pub(crate) fn routes() -> Routes<Commerce> {
    Routes::new()
        .routes(routes!(api::get_rewards))
        .routes(routes!(api::list_perks))
        .routes(routes!(api::create_perk))
        .routes(routes!(api::withdraw_perk))
        .routes(routes!(api::create_operators_perk))
        .routes(routes!(api::withdraw_any_perk))
        .routes(routes!(api::list_redemptions, api::create_redemption))
}
