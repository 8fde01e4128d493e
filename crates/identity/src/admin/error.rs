use std::time::Duration;

use kernel::{CursorError, ErrorCode, Fault, FieldError};

use crate::login::LoginError;

/// Why an admin's wish was not carried out.
#[derive(Debug, thiserror::Error)]
pub enum AdminError {
    /// No such account.
    #[error("no such account")]
    NotFound,
    /// Nobody could run the service any more.
    #[error("this is the last admin who can log in: make another one first")]
    LastAdmin,
    /// A cursor of another list.
    #[error("{0}")]
    Cursor(#[from] CursorError),
    /// The account to be made.
    #[error(transparent)]
    Login(#[from] LoginError),
    /// The database.
    #[error(transparent)]
    Db(#[from] db::Error),
}

impl Fault for AdminError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::NotFound => ErrorCode::AccountNotFound,
            Self::LastAdmin => ErrorCode::LastAdmin,
            Self::Cursor(_) => ErrorCode::InvalidCursor,
            Self::Login(e) => e.code(),
            Self::Db(e) => e.code(),
        }
    }

    fn fields(&self) -> Vec<FieldError> {
        match self {
            Self::Login(e) => e.fields(),
            _ => Vec::new(),
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Login(e) => e.retry_after(),
            Self::Db(e) => e.retry_after(),
            _ => None,
        }
    }
}
