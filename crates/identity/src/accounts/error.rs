use std::time::Duration;

use kernel::{ErrorCode, Fault, FieldError, Invalid};

/// Why an account was not made, shown or changed.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// Some fields are not right.
    #[error("{0}")]
    Invalid(#[from] Invalid),
    /// Another account has the e-mail address.
    #[error("this e-mail address has an account already: log in instead")]
    EmailTaken,
    /// Another account has the username.
    #[error("this username is taken: choose another")]
    UsernameTaken,
    /// Nothing else lets anybody log in.
    #[error("without this nobody could log in to the account: add another way first")]
    LastCredential,
    /// No such account.
    #[error("no such account")]
    NotFound,
    /// The database.
    #[error(transparent)]
    Db(#[from] db::Error),
}

impl Fault for AccountError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::Invalid(_) => ErrorCode::ValidationFailed,
            Self::EmailTaken => ErrorCode::EmailTaken,
            Self::UsernameTaken => ErrorCode::UsernameTaken,
            Self::LastCredential => ErrorCode::LastCredential,
            Self::NotFound => ErrorCode::AccountNotFound,
            Self::Db(e) => e.code(),
        }
    }

    fn fields(&self) -> Vec<FieldError> {
        match self {
            Self::Invalid(Invalid(fields)) => fields.clone(),
            Self::EmailTaken => vec![FieldError::new("/email", "taken", self.to_string())],
            Self::UsernameTaken => vec![FieldError::new("/username", "taken", self.to_string())],
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
