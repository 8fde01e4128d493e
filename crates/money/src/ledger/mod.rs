//! Double-entry bookkeeping: facts of the business become entries, and entries move money between accounts.
//!
//! What always holds: the lines of an entry add up to zero in each asset, so money is neither made nor lost; an entry is
//! posted once under its key; balances stay at or above their floors; nothing is changed or taken back, a mistake is
//! answered by another entry. Entries are chained in batches by the roots of their Merkle trees (RFC 6962).
#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

mod account;
mod book;
mod canonical;
mod chain;
mod entry;
mod fact;
mod kind;
mod tree;

pub use account::Account;
pub use book::{Book, Posted};
pub use canonical::{entry_bytes, entry_hash};
pub use chain::{Batch, Head};
pub use entry::{Entry, Line};
pub use fact::{Charge, Contest, ContestedShare, RewardFor};
pub use kind::Kind;
pub use tree::{Hash, Proof, leaf_hash, root};

use kernel::Asset;

use crate::split::SplitError;

/// Why an entry cannot be, or cannot be posted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LedgerError {
    /// Not the text of an account.
    #[error("not an account of the ledger")]
    NotAnAccount,
    /// Not the name of a kind of entry.
    #[error("not a kind of entry")]
    NotAKind,
    /// The key is empty, longer than [`Entry::LONGEST_KEY`], or not printable ASCII without blanks.
    #[error("not the key of an entry")]
    NotAKey,
    /// An amount that must be above zero is not.
    #[error("an amount of money that moves is above zero")]
    NotPositive,
    /// The amounts are too large to count.
    #[error("the amounts are too large")]
    TooLarge,
    /// The lines do not add up to zero in this asset.
    #[error("the lines do not add up to zero in {0}")]
    Unbalanced(Asset),
    /// No lines, a line of nothing, or lines that are not in the order of their accounts, each once.
    #[error("the lines are not in the order of their accounts, each once and none of nothing")]
    Disordered,
    /// Such an entry does not move money that way.
    #[error("an entry of kind {kind} does not move {asset} on {account} that way")]
    Misplaced {
        /// What the entry says it is.
        kind: Kind,
        /// The account that it may not touch.
        account: Account,
        /// In which asset.
        asset: Asset,
    },
    /// The charge of a session went backwards.
    #[error("what a session has charged never shrinks")]
    Shrinking,
    /// The division of a sum failed.
    #[error(transparent)]
    Split(#[from] SplitError),
    /// Another entry was posted under this key.
    #[error("the key {0} is taken by another entry")]
    KeyTaken(String),
    /// The balance does not suffice.
    #[error("{account} does not have that much {asset}")]
    Insufficient {
        /// The account that would fall below its floor.
        account: Account,
        /// In which asset.
        asset: Asset,
    },
}
