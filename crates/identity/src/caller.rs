//! Who is calling: the extractors that handlers take.

use std::str::FromStr;

use axum::extract::{FromRef, FromRequestParts};
use http::request::Parts;
use infra::http::ApiError;
use kernel::{AccountId, DeviceId, ErrorCode};
use serde::{Deserialize, Serialize};

use crate::{Identity, login};

/// What an account may do beyond its own things.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "lowercase")]
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

impl Role {
    /// Its name in the database and on the wire.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Listener => "listener",
            Self::Artist => "artist",
            Self::Moderator => "moderator",
            Self::Admin => "admin",
        }
    }
}

/// A text that names no role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a role is one of listener, artist, moderator, admin")]
pub struct NotARole;

impl FromStr for Role {
    type Err = NotARole;

    fn from_str(code: &str) -> Result<Self, NotARole> {
        let all = [Self::Listener, Self::Artist, Self::Moderator, Self::Admin];
        all.into_iter().find(|role| role.code().eq_ignore_ascii_case(code)).ok_or(NotARole)
    }
}

db::text_column!(Role);

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

/// Whoever calls, logged in or not. A log-in that is broken, revoked or to be renewed is refused, not taken for nobody.
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

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let identity = Identity::from_ref(state);
        match login::access_token(parts)? {
            Some(token) => Ok(Self(Some(login::authenticate(&identity, token).await?))),
            // What nobody may see would be missing on the pages of somebody who is logged in.
            None if login::wants_renewal(parts)? => {
                Err(ApiError::new(ErrorCode::Unauthenticated, "the log-in is to be renewed"))
            }
            None => Ok(Self(None)),
        }
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
