//! Wallets that log in to accounts.
//!
//! Owns: `linked_wallet`, `wallet_nonce`.
//!
//! A wallet is known by its 20 bytes and belongs to one account. It proves itself by signing a message (EIP-4361, or
//! the older plain one) with a nonce of ours. What holds:
//! - a nonce was given out for one wallet, one chain and one purpose, to log in or to be linked to one account, for
//!   five minutes; it is used up by the transaction that does so, so of any number of attempts one succeeds;
//! - a message is for this server's own origin, which the caller has no say in;
//! - an account keeps at least one wallet, or a name and a password, to be logged in to.

mod api;
mod error;
mod model;
mod queries;
mod service;

pub use api::SignedMessage;
pub use error::WalletError;
use infra::{http::Routes, routes};
pub use model::WalletAddress;
pub(crate) use queries::of_each;
pub use queries::{of, prune};
pub use service::{Entered, log_in};

use crate::Identity;

/// The routes of this module. Logging in is composed where artist pages are known too.
pub(crate) fn routes() -> Routes<Identity> {
    Routes::new().routes(routes!(api::ask)).routes(routes!(api::link, api::unlink))
}
