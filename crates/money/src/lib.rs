//! The rules of money: what the ledger holds, who is paid what, and who signed for it.
//!
//! Pure and sans-IO: nothing here reads a clock, draws a random number, waits or touches the outside world. Amounts
//! are whole minor units; every sum is checked; there is no float.
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::as_conversions, clippy::float_arithmetic)]

pub mod eth;
pub mod hex;
pub mod invariant;
pub mod ledger;
pub mod meter;
mod planted;
pub mod rewards;
pub mod simulate;
pub mod split;
pub mod voucher;
