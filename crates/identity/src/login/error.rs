use std::time::Duration;

use kernel::{CursorError, ErrorCode, Fault, FieldError, Invalid};

use super::hasher::HashError;
use crate::accounts::AccountError;

/// Why somebody was not let in, or not changed.
#[derive(Debug, thiserror::Error)]
pub enum LoginError {
    /// Unknown name or wrong password.
    #[error("name or password is wrong")]
    InvalidCredentials,
    /// The log-in is unknown, has ended, or was never ours.
    #[error("the log-in has ended: log in again")]
    Ended,
    /// The refresh token is unknown, used up or revoked.
    #[error("this log-in cannot be renewed: log in again")]
    InvalidRefreshToken,
    /// The right password of a suspended account.
    #[error("this account is suspended: ask the operator")]
    Suspended,
    /// Not the current password.
    #[error("the current password is wrong")]
    WrongPassword,
    /// The account has a password.
    #[error("this account has a password: change it by giving the current one")]
    PasswordSet,
    /// A password that nobody could use.
    #[error("this account has neither an e-mail address nor a username to log in by")]
    Nameless,
    /// A password that does not hold.
    #[error("the password {}", .0.detail)]
    WeakPassword(FieldError),
    /// The operator makes the accounts here.
    #[error("registration is closed: ask the operator for an account")]
    RegistrationClosed,
    /// Too many attempts.
    #[error("too many attempts: wait {} seconds", .0.as_secs() + u64::from(.0.subsec_nanos() > 0))]
    Limited(Duration),
    /// No such device of this account.
    #[error("no such device")]
    NoDevice,
    /// A cursor of another list.
    #[error("{0}")]
    Cursor(#[from] CursorError),
    /// Some fields are not right.
    #[error("{0}")]
    Invalid(#[from] Invalid),
    /// The account.
    #[error(transparent)]
    Account(#[from] AccountError),
    /// The password was not hashed.
    #[error(transparent)]
    Hash(#[from] HashError),
    /// The token was not made.
    #[error("access token: {0}")]
    Token(#[from] jsonwebtoken::errors::Error),
    /// The database.
    #[error(transparent)]
    Db(#[from] db::Error),
}

impl Fault for LoginError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::InvalidCredentials => ErrorCode::InvalidCredentials,
            Self::Ended => ErrorCode::Unauthenticated,
            Self::InvalidRefreshToken => ErrorCode::InvalidRefreshToken,
            Self::Suspended => ErrorCode::AccountSuspended,
            Self::WrongPassword => ErrorCode::WrongPassword,
            Self::PasswordSet => ErrorCode::PasswordSet,
            Self::Nameless => ErrorCode::Conflict,
            Self::WeakPassword(_) => ErrorCode::WeakPassword,
            Self::RegistrationClosed => ErrorCode::RegistrationClosed,
            Self::Limited(_) => ErrorCode::RateLimited,
            Self::NoDevice => ErrorCode::DeviceNotFound,
            Self::Cursor(_) => ErrorCode::InvalidCursor,
            Self::Invalid(_) => ErrorCode::ValidationFailed,
            Self::Token(_) => ErrorCode::Internal,
            Self::Account(e) => e.code(),
            Self::Hash(e) => e.code(),
            Self::Db(e) => e.code(),
        }
    }

    fn fields(&self) -> Vec<FieldError> {
        match self {
            Self::WeakPassword(field) => vec![field.clone()],
            Self::Invalid(Invalid(fields)) => fields.clone(),
            Self::Account(e) => e.fields(),
            _ => Vec::new(),
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Limited(wait) => Some(*wait),
            Self::Hash(e) => e.retry_after(),
            Self::Account(e) => e.retry_after(),
            Self::Db(e) => e.retry_after(),
            _ => None,
        }
    }
}
