use std::time::Duration;

use kernel::{ArtistId, CursorError, ErrorCode, Fault, FieldError, Invalid, PerkId};
use money::ledger::LedgerError;

use crate::{ledger::PostError, once::OnceError};

/// What can go wrong with points.
#[derive(Debug, thiserror::Error)]
pub enum RewardsError {
    /// No such page, or not the caller's.
    #[error("there is no artist page {0} of yours")]
    ArtistNotFound(ArtistId),
    /// No such perk, it was withdrawn, or it is not the caller's to change.
    #[error("there is no perk {0}")]
    PerkNotFound(PerkId),
    /// The last piece is gone.
    #[error("none of these are left")]
    SoldOut,
    /// This account has it.
    #[error("you have this already")]
    AlreadyRedeemed,
    /// The operator does not offer it.
    #[error("points are not exchanged for premium here")]
    NoPremium,
    /// Not a place in this list.
    #[error(transparent)]
    Cursor(#[from] CursorError),
    /// Fields are wrong.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// Under its `Idempotency-Key`.
    #[error(transparent)]
    Once(#[from] OnceError),
    /// The ledger refuses, or cannot be reached.
    #[error(transparent)]
    Post(#[from] PostError),
    /// The database failed.
    #[error(transparent)]
    Db(#[from] db::Error),
}

impl From<LedgerError> for RewardsError {
    fn from(error: LedgerError) -> Self {
        Self::Post(error.into())
    }
}

impl Fault for RewardsError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::ArtistNotFound(_) => ErrorCode::ArtistNotFound,
            Self::PerkNotFound(_) => ErrorCode::PerkNotFound,
            Self::SoldOut => ErrorCode::PerkSoldOut,
            Self::AlreadyRedeemed => ErrorCode::AlreadyRedeemed,
            Self::NoPremium => ErrorCode::NotRedeemable,
            Self::Cursor(_) => ErrorCode::InvalidCursor,
            Self::Invalid(_) => ErrorCode::ValidationFailed,
            Self::Once(error) => error.code(),
            Self::Post(error) => error.code(),
            Self::Db(error) => error.code(),
        }
    }

    fn fields(&self) -> Vec<FieldError> {
        match self {
            Self::Invalid(invalid) => invalid.0.clone(),
            _ => Vec::new(),
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Once(error) => error.retry_after(),
            Self::Post(error) => error.retry_after(),
            Self::Db(error) => error.retry_after(),
            _ => None,
        }
    }
}
