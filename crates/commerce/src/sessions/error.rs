use std::time::Duration;

use kernel::{Asset, Cap, CursorError, ErrorCode, Fault, FieldError, Invalid, SessionId};
use money::meter::Refusal;

use crate::ledger::PostError;

/// What can go wrong with paid listening.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// No such track for this caller.
    #[error("there is no track that you may hear under this id")]
    TrackNotFound,
    /// No such session of this caller.
    #[error("there is no session {0} of yours")]
    SessionNotFound(SessionId),
    /// Another node has it, or settles it.
    #[error("session {0} is open, and not on this node: go on with it by POST /sessions and resume")]
    Elsewhere(SessionId),
    /// It has ended.
    #[error("session {0} has ended: its receipt says how, /api/v1/me/receipts/{0}")]
    SessionEnded(SessionId),
    /// It goes on.
    #[error("session {0} goes on: its receipt is there when it has ended")]
    StillOpen(SessionId),
    /// The track has a price, and its page is nobody's.
    #[error("nobody manages the artist page of this track who could be paid")]
    Unmanaged,
    /// There is not enough money for one beat.
    #[error("there is not enough money for one second of this track")]
    InsufficientFunds,
    /// A cap of the listener does not leave one beat.
    #[error("your spending cap leaves no second of this track")]
    CapReached(Cap),
    /// The account listens somewhere else, and does not stop.
    #[error("another session of this account is still open")]
    Busy,
    /// Only beats pay here so far.
    #[error("tracks priced in {0} cannot be paid for here yet")]
    RailUnavailable(Asset),
    /// The meter refuses.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// A cursor of another list.
    #[error(transparent)]
    Cursor(#[from] CursorError),
    /// Fields are wrong.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// The ledger refuses, or cannot be reached.
    #[error(transparent)]
    Ledger(#[from] PostError),
    /// The database failed.
    #[error(transparent)]
    Db(#[from] db::Error),
    /// Too many sessions were begun.
    #[error("too many sessions were begun: wait a little")]
    TooMany(Duration),
    /// Nobody meters on this node: it stops, or its role is another.
    #[error("nobody meters paid listening here right now: try again")]
    Away,
}

impl Fault for SessionError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::TrackNotFound => ErrorCode::TrackNotFound,
            Self::SessionNotFound(_) | Self::Refused(Refusal::UnknownSession) => ErrorCode::SessionNotFound,
            Self::SessionEnded(_) | Self::Refused(Refusal::TooLate) => ErrorCode::SessionEnded,
            Self::StillOpen(_) => ErrorCode::SessionOpen,
            Self::InsufficientFunds => ErrorCode::InsufficientFunds,
            Self::CapReached(_) => ErrorCode::CapReached,
            Self::Refused(Refusal::Paused) => ErrorCode::SessionPaused,
            Self::Busy | Self::Elsewhere(_) | Self::Refused(Refusal::KnownSession) => ErrorCode::SessionBusy,
            Self::Unmanaged => ErrorCode::ArtistUnmanaged,
            Self::RailUnavailable(_) => ErrorCode::RailUnavailable,
            Self::Refused(Refusal::Signature(_) | Refusal::WrongSigner) => ErrorCode::VoucherInvalid,
            Self::Refused(Refusal::Ahead | Refusal::WrongAmount) => ErrorCode::VoucherWrong,
            Self::Refused(Refusal::Terms | Refusal::WrongConsent) | Self::Invalid(_) => {
                ErrorCode::ValidationFailed
            }
            Self::Cursor(_) => ErrorCode::InvalidCursor,
            Self::Ledger(e) => e.code(),
            Self::Db(e) => e.code(),
            Self::TooMany(_) => ErrorCode::RateLimited,
            Self::Away => ErrorCode::Unavailable,
        }
    }

    fn fields(&self) -> Vec<FieldError> {
        match self {
            Self::Invalid(invalid) => invalid.0.clone(),
            _ => Vec::new(),
        }
    }

    fn reached_cap(&self) -> Option<Cap> {
        if let Self::CapReached(cap) = self { Some(*cap) } else { None }
    }

    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Ledger(e) => e.retry_after(),
            Self::Db(e) => e.retry_after(),
            Self::TooMany(wait) => Some(*wait),
            Self::Away | Self::Busy | Self::Elsewhere(_) => Some(Duration::from_secs(2)),
            _ => None,
        }
    }
}
