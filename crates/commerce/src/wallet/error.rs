use std::time::Duration;

use kernel::{CursorError, ErrorCode, Fault, FieldError, Invalid};
use money::ledger::LedgerError;

use crate::{ledger::PostError, once::OnceError};

/// What can go wrong with a wallet.
#[derive(Debug, thiserror::Error)]
pub enum WalletError {
    /// Not a place in this list.
    #[error(transparent)]
    Cursor(#[from] CursorError),
    /// Fields are wrong.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// No such top-up of this account.
    #[error("no such top-up")]
    NotFound,
    /// Nobody is configured who moves money in.
    #[error("this server takes no payments")]
    PaymentsOff,
    /// Too often.
    #[error("too often: wait a while")]
    TooOften(Duration),
    /// Under its `Idempotency-Key`.
    #[error(transparent)]
    Once(#[from] OnceError),
    /// The ledger did not take it.
    #[error(transparent)]
    Post(#[from] PostError),
    /// The database failed.
    #[error(transparent)]
    Db(#[from] db::Error),
}

impl From<LedgerError> for WalletError {
    fn from(error: LedgerError) -> Self {
        Self::Post(error.into())
    }
}

impl Fault for WalletError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::Cursor(_) => ErrorCode::InvalidCursor,
            Self::Invalid(_) => ErrorCode::ValidationFailed,
            Self::NotFound => ErrorCode::NotFound,
            Self::PaymentsOff => ErrorCode::PaymentsUnavailable,
            Self::TooOften(_) => ErrorCode::RateLimited,
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
            Self::TooOften(wait) => Some(*wait),
            Self::Once(error) => error.retry_after(),
            Self::Post(error) => error.retry_after(),
            Self::Db(error) => error.retry_after(),
            _ => None,
        }
    }
}
