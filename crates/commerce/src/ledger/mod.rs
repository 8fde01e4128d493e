//! The ledger in the database: entries are posted, and never changed.
//!
//! Owns: `ledger_account`, `ledger_entry`, `ledger_line`, `ledger_batch`, `ledger_head`.
//!
//! What holds, as for `money::ledger::Book`, which is the same in memory:
//! - an entry is posted once under its key, whole, together with the balances that it moves;
//! - no balance that has a floor is taken below it;
//! - entries are numbered from 1 without a gap, in the order in which their transactions committed, and chained in
//!   batches. Whoever has read up to an entry has missed none.
//!
//! The row of the head is the lock on all of it: whoever posts takes it first and keeps it to the commit, so that nobody else
//! changes a balance meanwhile. Locks on single accounts would let nobody by, since a share of nearly all that is paid goes
//! to one account, the platform's.

mod balance;
mod post;
mod poster;
mod proof;
mod queries;
mod sheet;
pub(crate) mod stored;
mod verify;

use std::time::Duration;

use kernel::{ErrorCode, Fault};
use money::ledger::LedgerError;

pub use balance::{AssetSums, ClassSum, balance, balances, held_balance, is_posted, sums};
pub use post::{post, post_each};
pub use poster::Poster;
pub use proof::{PaidOut, Proven, paid_in, proven};
pub(crate) use queries::raw::whole;
pub use verify::{Finding, Verified, verify};

/// Why entries were not posted: but for [`PostError::Unknown`], nothing of them was.
#[derive(Debug, thiserror::Error)]
pub enum PostError {
    /// They break a rule of the ledger.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The database failed.
    #[error(transparent)]
    Db(#[from] db::Error),
    /// Too many wait to post: nothing was tried.
    #[error("too much is being posted at the moment")]
    Busy,
    /// The database went away meanwhile: posting the same again finds out.
    #[error("whether it was posted is not known: post the same again")]
    Unknown,
}

impl Fault for PostError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::Ledger(LedgerError::Insufficient { .. }) => ErrorCode::InsufficientFunds,
            Self::Ledger(LedgerError::KeyTaken(_)) => ErrorCode::Conflict,
            // Entries are made by our own constructors: one that is not right is our mistake.
            Self::Ledger(_) => ErrorCode::Internal,
            Self::Db(error) => error.code(),
            Self::Busy | Self::Unknown => ErrorCode::Unavailable,
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Ledger(_) => None,
            Self::Db(error) => error.retry_after(),
            Self::Busy | Self::Unknown => Some(Duration::from_secs(1)),
        }
    }
}
