//! Requests that move money act once under their `Idempotency-Key`, however often they are sent.

use std::time::Duration;

use axum::{
    extract::FromRequestParts,
    response::{IntoResponse, Response},
};
use db::{
    Tx,
    idempotency::{self, Begin},
};
use http::{StatusCode, header, request::Parts};
use infra::http::ApiError;
use kernel::{AccountId, ErrorCode, Fault, Time};
use serde::Serialize;
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// The longest key, in characters.
const LONGEST: usize = 255;

/// The `Idempotency-Key` of a request, if it has one.
#[derive(Debug, Clone, Default)]
pub struct Key(Option<String>);

impl<S: Send + Sync> FromRequestParts<S> for Key {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let Some(value) = parts.headers.get("idempotency-key") else { return Ok(Self(None)) };
        let text = value.to_str().unwrap_or_default();
        let is_key = (1..=LONGEST).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
        if is_key {
            Ok(Self(Some(text.to_owned())))
        } else {
            let detail = "Idempotency-Key is 1 to 255 printable characters without blanks";
            Err(ApiError::new(ErrorCode::InvalidRequest, detail))
        }
    }
}

/// Why a request does not act.
#[derive(Debug, thiserror::Error)]
pub enum OnceError {
    /// The key came before with another request.
    #[error("this Idempotency-Key belongs to another request: use a new one")]
    Reused,
    /// The same request is at work, or broke off a moment ago.
    #[error("the same request is being worked on: ask again")]
    InProgress,
    /// The database failed.
    #[error(transparent)]
    Db(#[from] db::Error),
}

impl Fault for OnceError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::Reused => ErrorCode::IdempotencyKeyReused,
            Self::InProgress => ErrorCode::Conflict,
            Self::Db(error) => error.code(),
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Reused => None,
            Self::InProgress => Some(Duration::from_secs(1)),
            Self::Db(error) => error.retry_after(),
        }
    }
}

/// An answer as it is given, and given again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    status: u16,
    body: String,
}

impl Answer {
    /// The answer `body` with `status`.
    pub fn new(status: StatusCode, body: &impl Serialize) -> Self {
        Self { status: status.as_u16(), body: serde_json::to_string(body).unwrap_or_default() }
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        (status, [(header::CONTENT_TYPE, "application/json")], self.body).into_response()
    }
}

/// A request of an account that acts once. Without a key, each acts.
#[derive(Debug, Clone)]
pub struct Once {
    account: AccountId,
    key: Option<String>,
    print: [u8; 32],
}

impl Once {
    /// The request of `account` to do `operation` with `body`.
    pub fn new(account: AccountId, Key(key): Key, operation: &str, body: &impl Serialize) -> Self {
        let body = serde_json::to_vec(body).unwrap_or_default();
        let print =
            Sha256::new().chain_update(operation).chain_update([0]).chain_update(body).finalize().into();
        Self { account, key, print }
    }

    /// Claims the key: nothing, if the work is to be done, or the answer that was given. See `db::idempotency` for where.
    pub async fn begin(&self, tx: &mut Tx, now: Time) -> Result<Option<Answer>, OnceError> {
        let Some(key) = &self.key else { return Ok(None) };
        match idempotency::begin(tx, self.account, key, self.print, now).await? {
            Begin::Fresh => Ok(None),
            Begin::Replay { status, body } => Ok(Some(Answer { status, body })),
            Begin::Mismatch => Err(OnceError::Reused),
            Begin::InProgress => Err(OnceError::InProgress),
        }
    }

    /// Keeps the answer. If somebody else did so first, nothing of this transaction is to count.
    pub async fn finish(&self, tx: &mut Tx, answer: &Answer) -> Result<(), OnceError> {
        let Some(key) = &self.key else { return Ok(()) };
        if idempotency::finish(tx, self.account, key, answer.status, &answer.body).await? {
            Ok(())
        } else {
            Err(tx.lost_race().into())
        }
    }

    /// An id for what is made: the same one when the request is worked on again.
    pub fn id(&self) -> Option<Uuid> {
        let key = self.key.as_ref()?;
        let hash: [u8; 32] = Sha256::new()
            .chain_update(Uuid::from(self.account))
            .chain_update(self.print)
            .chain_update(key)
            .finalize()
            .into();
        let (id, _) = hash.split_first_chunk::<16>()?;
        Some(uuid::Builder::from_custom_bytes(*id).into_uuid())
    }
}
