use std::time::Duration;

use kernel::{CursorError, ErrorCode, Fault, FieldError, Invalid};

/// What can go wrong with notifications.
#[derive(Debug, thiserror::Error)]
pub enum NotificationError {
    /// A cursor of another list.
    #[error(transparent)]
    Cursor(#[from] CursorError),
    /// Fields are wrong.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// The database failed.
    #[error(transparent)]
    Db(#[from] db::Error),
}

impl Fault for NotificationError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::Cursor(_) => ErrorCode::InvalidCursor,
            Self::Invalid(_) => ErrorCode::ValidationFailed,
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
            Self::Db(e) => e.retry_after(),
            _ => None,
        }
    }
}
