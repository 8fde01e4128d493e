use std::time::Duration;

use kernel::{ArtistId, CursorError, DisputeId, ErrorCode, Fault, FieldError, Invalid, SessionId};
use money::ledger::LedgerError;

use crate::{ledger::PostError, once::OnceError};

/// What can go wrong with disputes.
#[derive(Debug, thiserror::Error)]
pub enum DisputeError {
    /// No such session of this caller.
    #[error("there is no session {0} of yours")]
    SessionNotFound(SessionId),
    /// No such page, or not the caller's.
    #[error("there is no artist page {0} of yours")]
    ArtistNotFound(ArtistId),
    /// It goes on.
    #[error("session {0} goes on: it can be contested when it has ended")]
    StillOpen(SessionId),
    /// It cannot be contested.
    #[error("{0}")]
    NotContestable(&'static str),
    /// No such dispute.
    #[error("there is no dispute {0}")]
    NotFound(DisputeId),
    /// Fields are wrong.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// A cursor of another list.
    #[error(transparent)]
    Cursor(#[from] CursorError),
    /// Under its `Idempotency-Key`.
    #[error(transparent)]
    Once(#[from] OnceError),
    /// The ledger refuses, or cannot be reached.
    #[error(transparent)]
    Ledger(#[from] PostError),
    /// The database failed.
    #[error(transparent)]
    Db(#[from] db::Error),
}

impl From<LedgerError> for DisputeError {
    fn from(error: LedgerError) -> Self {
        Self::Ledger(error.into())
    }
}

impl Fault for DisputeError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::SessionNotFound(_) => ErrorCode::SessionNotFound,
            Self::ArtistNotFound(_) => ErrorCode::ArtistNotFound,
            Self::StillOpen(_) => ErrorCode::SessionOpen,
            Self::NotContestable(_) => ErrorCode::NotContestable,
            Self::NotFound(_) => ErrorCode::DisputeNotFound,
            Self::Invalid(_) => ErrorCode::ValidationFailed,
            Self::Cursor(_) => ErrorCode::InvalidCursor,
            Self::Once(e) => e.code(),
            Self::Ledger(e) => e.code(),
            Self::Db(e) => e.code(),
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
            Self::Once(e) => e.retry_after(),
            Self::Ledger(e) => e.retry_after(),
            Self::Db(e) => e.retry_after(),
            _ => None,
        }
    }
}
