//! The first admin.
//!
//! Owns: setup.
//!
//! Whoever can read what the server prints may make the first admin, once. The token is derived from the instance's
//! keys: every node prints the same, and nothing is stored. However the first admin comes about, that ends it for
//! good, even if the account goes away later.

use std::{fmt::Write, time::Duration};

use aws_lc_rs::constant_time;
use axum::{extract::State, http::StatusCode};
use db::{Tx, sql};
use infra::{
    App, Quota,
    http::{ApiResult, Json, Routes},
    routes,
};
use kernel::{ErrorCode, Fault, FieldError, Time};
use serde::{Deserialize, Serialize};

use crate::{
    Identity, Role,
    login::{self, Applicant, LoginError, Session, Visit, Welcome},
};

/// Attempts by address. The token cannot be guessed; this only keeps the log short.
const BY_ADDRESS: Quota = Quota { name: "setup", burst: 10, every: Duration::from_mins(1) };
/// Bytes of the token.
const TOKEN: usize = 20;

/// Why the first admin was not made.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// There has been one already.
    #[error("setup is done: log in, or make an account with `resonance user create`")]
    Done,
    /// Not the token that the server prints.
    #[error("this is not the token that the server prints when it starts")]
    WrongToken,
    /// The account or its log-in.
    #[error(transparent)]
    Login(#[from] LoginError),
}

impl From<db::Error> for SetupError {
    fn from(e: db::Error) -> Self {
        Self::Login(e.into())
    }
}

impl Fault for SetupError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::Done => ErrorCode::SetupDone,
            Self::WrongToken => ErrorCode::SetupTokenInvalid,
            Self::Login(e) => e.code(),
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
            _ => None,
        }
    }
}

/// The token to print at the start, as long as there has been no admin.
pub async fn token(app: &App) -> db::Result<Option<String>> {
    Ok(db::read!(app.db, |tx| needed(tx).await)?.then(|| expected(app)))
}

fn expected(app: &App) -> String {
    let key = app.keys.derive("setup-token");
    key[..TOKEN].iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

async fn needed(tx: &mut Tx) -> db::Result<bool> {
    Ok(sql!("SELECT one FROM setup").column::<i64>(tx).await?.is_empty())
}

/// Ends setup; answers whether it was still open. Of any number at the same time one is told yes.
pub(crate) async fn close(tx: &mut Tx, now: Time) -> db::Result<bool> {
    sql!("INSERT INTO setup (one, done_at) VALUES (1, $1) ON CONFLICT (one) DO NOTHING")
        .bind(now)
        .changed(tx)
        .await
}

async fn set_up(
    identity: &Identity,
    visit: &Visit,
    form: &FirstAdmin,
) -> Result<login::LoggedIn, SetupError> {
    let app = &identity.app;
    if !db::read!(app.db, |tx| needed(tx).await)? {
        return Err(SetupError::Done);
    }
    login::limit(identity, BY_ADDRESS, &visit.client.limit_key())?;
    if constant_time::verify_slices_are_equal(form.token.as_bytes(), expected(app).as_bytes()).is_err() {
        return Err(SetupError::WrongToken);
    }
    let username = Some(form.username.as_str());
    let applicant =
        Applicant::check(identity, &form.email, username, Some(Role::Admin), &form.password).await?;
    let device = login::NewDevice::of(visit, identity);
    let (now, lasts) = (app.now(), login::device_lifetime(identity));
    let user = db::write!(app.db, |tx| {
        if !close(tx, now).await? {
            return Err(SetupError::Done);
        }
        let account = applicant.settle(tx, now).await?;
        Ok(login::open(tx, account, &device, now, lasts).await?)
    })?;
    Ok(login::logged_in(identity, user, device.id, device.token, now)?)
}

/// The routes of this module.
pub(crate) fn routes() -> Routes<Identity> {
    Routes::new().routes(routes!(get_setup, post_setup))
}

/// Whether the service waits for its first admin.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
struct SetupState {
    /// True until there has been an admin.
    needed: bool,
}

/// See whether the service waits for its first admin.
#[utoipa::path(
    get, path = "/api/v1/setup", operation_id = "getSetup", tag = "setup",
    responses((status = 200, description = "Whether setup is needed", body = SetupState)),
    extensions(("x-authz" = json!({"object": "none", "allow": ["anonymous", "listener"], "visibility": "none"}))),
)]
async fn get_setup(State(identity): State<Identity>) -> ApiResult<Json<SetupState>> {
    let needed = db::read!(identity.app.db, |tx| needed(tx).await)?;
    Ok(Json(SetupState { needed }))
}

/// The first admin.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct FirstAdmin {
    /// What the server prints when it starts.
    #[schema(example = "9b1c0f6b1c9a4c8f8f4f5d3c1b2a7e6d5c4b3a29")]
    token: String,
    /// The e-mail address.
    #[schema(example = "ada@example.org", max_length = 254)]
    email: String,
    /// 3 to 32 letters, digits, dots, underscores and hyphens.
    #[schema(example = "ada", min_length = 3, max_length = 32)]
    username: String,
    /// 8 to 128 characters with letters and digits.
    #[schema(example = "Quietly7Humming", min_length = 8, max_length = 128)]
    password: String,
}

/// Make the first admin and log in.
///
/// Works once, with the token that the server prints when it starts.
#[utoipa::path(
    post, path = "/api/v1/setup", operation_id = "setUp", tag = "setup",
    params(("X-Resonance-Client" = Option<String>, Header, description = "`web` to get cookies")),
    request_body = FirstAdmin,
    responses((status = 201, description = "The admin, logged in", body = Session)),
    extensions(
        ("x-authz" = json!({"object": "none", "allow": ["anonymous", "listener"], "visibility": "none"})),
        ("x-errors" = json!(["setup_done", "setup_token_invalid", "email_taken", "username_taken", "weak_password", "https_required"]))
    ),
)]
async fn post_setup(
    State(identity): State<Identity>,
    visit: Visit,
    Json(form): Json<FirstAdmin>,
) -> ApiResult<Welcome> {
    let logged_in = set_up(&identity, &visit, &form).await?;
    Ok(Welcome::new(&identity, &visit, StatusCode::CREATED, logged_in))
}
