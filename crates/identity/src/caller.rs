//! Who is calling: the extractors that handlers take.

use axum::extract::{FromRef, FromRequestParts};
use http::request::Parts;
use infra::http::ApiError;
use kernel::{AccountId, DeviceId, ErrorCode};

use crate::Identity;

/// What an account may do beyond its own things.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Everybody.
    Listener,
    /// Manages at least one artist page.
    Artist,
    /// Handles reports.
    Moderator,
    /// Runs the service.
    Admin,
}

/// A logged-in caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Account {
    /// The account.
    pub id: AccountId,
    /// Its role, as stored now.
    pub role: Role,
    /// The log-in that the request belongs to.
    pub device: DeviceId,
}

/// Whoever calls, logged in or not. A broken or revoked log-in is refused, not taken for nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caller(pub Option<Account>);

impl Caller {
    /// The account, if somebody is logged in.
    pub fn account(self) -> Option<AccountId> {
        self.0.map(|account| account.id)
    }
}

/// A logged-in admin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Admin(pub Account);

impl<S: Send + Sync> FromRequestParts<S> for Caller
where
    Identity: FromRef<S>,
{
    type Rejection = ApiError;

    async fn from_request_parts(_: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let _ = Identity::from_ref(state);
        Ok(Self(None))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Account
where
    Identity: FromRef<S>,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let Caller(account) = Caller::from_request_parts(parts, state).await?;
        account.ok_or_else(|| ApiError::new(ErrorCode::Unauthenticated, "this needs a log-in"))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Admin
where
    Identity: FromRef<S>,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let account = Account::from_request_parts(parts, state).await?;
        if account.role == Role::Admin {
            Ok(Self(account))
        } else {
            Err(ApiError::new(ErrorCode::Forbidden, "only an admin may do this"))
        }
    }
}
