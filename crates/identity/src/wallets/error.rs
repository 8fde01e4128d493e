use std::time::Duration;

use kernel::{ErrorCode, Fault, FieldError, Invalid};
use money::eth::{LoginError as NotProven, SignatureError};

use crate::{accounts::AccountError, login::LoginError};

/// Why a wallet was not let in, linked or unlinked.
#[derive(Debug, thiserror::Error)]
pub enum WalletError {
    /// The message or its signature proves nothing.
    #[error("{0}")]
    NotProven(#[from] NotProven),
    /// A message that does not say that it links the wallet to this account.
    #[error(
        "the message does not say that the wallet is to log in to this account: sign the one that came with the nonce"
    )]
    OtherPurpose,
    /// No such nonce for this, now.
    #[error(
        "the nonce is unknown, used up or expired, or was given out for another wallet, chain or purpose: ask for another"
    )]
    Nonce,
    /// What wallets sign names the server's address, which nobody told it.
    #[error("wallets cannot log in here until the operator sets http.public_url")]
    NoOrigin,
    /// The wallet logs in to another account.
    #[error("this wallet belongs to another account: log in with it and unlink it there first")]
    Taken,
    /// The account has as many as it may have.
    #[error("an account has at most 20 wallets")]
    TooMany,
    /// No such wallet of this account.
    #[error("this account has no such wallet")]
    NotFound,
    /// Some fields are not right.
    #[error("{0}")]
    Invalid(#[from] Invalid),
    /// The account.
    #[error(transparent)]
    Account(#[from] AccountError),
    /// The log-in.
    #[error(transparent)]
    Login(#[from] LoginError),
    /// The database.
    #[error(transparent)]
    Db(#[from] db::Error),
}

impl Fault for WalletError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::NotProven(NotProven::Signature(_) | NotProven::OtherSigner) => {
                ErrorCode::WalletSignatureInvalid
            }
            Self::NotProven(_) | Self::OtherPurpose => ErrorCode::WalletMessageInvalid,
            Self::Nonce => ErrorCode::WalletNonceInvalid,
            Self::NoOrigin => ErrorCode::WalletLoginUnavailable,
            Self::Taken => ErrorCode::WalletTaken,
            Self::TooMany => ErrorCode::TooMany,
            Self::NotFound => ErrorCode::WalletNotFound,
            Self::Invalid(_) => ErrorCode::ValidationFailed,
            Self::Account(e) => e.code(),
            Self::Login(e) => e.code(),
            Self::Db(e) => e.code(),
        }
    }

    fn fields(&self) -> Vec<FieldError> {
        let (pointer, code) = match self {
            Self::NotProven(e) => place(*e),
            Self::OtherPurpose => ("/message", "other_purpose"),
            Self::Nonce => ("/message", "nonce"),
            Self::Invalid(Invalid(fields)) => return fields.clone(),
            Self::Account(e) => return e.fields(),
            Self::Login(e) => return e.fields(),
            _ => return Vec::new(),
        };
        vec![FieldError::new(pointer, code, self.to_string())]
    }

    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Account(e) => e.retry_after(),
            Self::Login(e) => e.retry_after(),
            Self::Db(e) => e.retry_after(),
            _ => None,
        }
    }
}

/// Where the mistake is, and which it is.
fn place(error: NotProven) -> (&'static str, &'static str) {
    match error {
        NotProven::Malformed => ("/message", "malformed"),
        NotProven::OtherSite => ("/message", "other_site"),
        NotProven::OtherTime => ("/message", "other_time"),
        NotProven::OtherSigner => ("/signature", "other_signer"),
        NotProven::Signature(SignatureError::Malformed) => ("/signature", "malformed"),
        NotProven::Signature(SignatureError::Contract) => ("/signature", "contract_wallet"),
        NotProven::Signature(SignatureError::Parity) => ("/signature", "parity"),
        NotProven::Signature(SignatureError::HighS) => ("/signature", "high_s"),
        NotProven::Signature(SignatureError::NotASignature) => ("/signature", "not_a_signature"),
    }
}
