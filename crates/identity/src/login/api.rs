use axum::{
    extract::State,
    http::StatusCode,
    response::{AppendHeaders, IntoResponse, Response},
};
use http::header::{CACHE_CONTROL, SET_COOKIE};
use infra::http::{ApiError, ApiResult, Json, Path, Query};
use kernel::{Cursor, DeviceId, Limit, Page};
use serde::{Deserialize, Serialize};

use super::{
    LoginError,
    model::{Device, LoggedIn, Registration},
    service,
    visit::{Cookie, Visit},
};
use crate::{Account, Identity, accounts::User};

/// Somebody who is logged in now.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Session {
    /// The account.
    user: User,
    /// Send it as `Authorization: Bearer …`. Absent for browsers, which get cookies.
    #[serde(skip_serializing_if = "Option::is_none")]
    access_token: Option<String>,
    /// Exchange it for a new pair before the access token expires. Absent for browsers, which get cookies.
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<String>,
    /// Seconds until the access token expires.
    #[schema(example = 900)]
    expires_in: u64,
}

/// The answer to a log-in: tokens, or cookies for a browser.
pub struct Welcome<B = Session> {
    status: StatusCode,
    cookies: Vec<http::HeaderValue>,
    body: B,
}

impl Welcome {
    /// Lets `logged_in` in, in the way that `visit` asked for.
    pub(crate) fn new(identity: &Identity, visit: &Visit, status: StatusCode, logged_in: LoggedIn) -> Self {
        let LoggedIn { user, access, refresh } = logged_in;
        let expires_in = identity.access.lifetime().as_secs();
        let mut session = Session { user, access_token: None, refresh_token: None, expires_in };
        let mut cookies = Vec::new();
        if visit.web {
            let lasts = service::device_lifetime(identity).as_secs();
            cookies.push(visit.give(Cookie::Access, &access, expires_in));
            cookies.push(visit.give(Cookie::Refresh, &refresh.text(), lasts));
        } else {
            session.access_token = Some(access);
            session.refresh_token = Some(refresh.text());
        }
        Self { status, cookies, body: session }
    }

    /// The same with a body that says more.
    pub fn map<B>(self, more: impl FnOnce(Session) -> B) -> Welcome<B> {
        Welcome { status: self.status, cookies: self.cookies, body: more(self.body) }
    }
}

impl<B: Serialize> IntoResponse for Welcome<B> {
    fn into_response(self) -> Response {
        let cookies = self.cookies.into_iter().map(|cookie| (SET_COOKIE, cookie)).collect::<Vec<_>>();
        (self.status, [(CACHE_CONTROL, "no-store")], AppendHeaders(cookies), Json(self.body)).into_response()
    }
}

/// Make an account and log in.
///
/// A browser sends `X-Resonance-Client: web` and gets cookies in the place of tokens.
#[utoipa::path(
    post, path = "/api/v1/auth/register", operation_id = "register", tag = "accounts",
    params(("X-Resonance-Client" = Option<String>, Header, description = "`web` to get cookies")),
    request_body = Registration,
    responses((status = 201, description = "The account, logged in", body = Session)),
    extensions(
        ("x-authz" = json!({"object": "account", "allow": ["anonymous", "listener"], "visibility": "none"})),
        ("x-errors" = json!(["email_taken", "username_taken", "weak_password", "registration_closed", "https_required"]))
    ),
)]
pub(super) async fn register(
    State(identity): State<Identity>,
    visit: Visit,
    Json(form): Json<Registration>,
) -> ApiResult<Welcome> {
    let logged_in = service::register(&identity, &visit, &form).await?;
    Ok(Welcome::new(&identity, &visit, StatusCode::CREATED, logged_in))
}

/// Name and password.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Login {
    /// The e-mail address or the username.
    #[schema(example = "ada@example.org", min_length = 1, max_length = 254)]
    login: String,
    /// The password.
    #[schema(example = "Quietly7Humming", max_length = 128)]
    password: String,
}

/// Log in by e-mail address or username.
///
/// A browser sends `X-Resonance-Client: web` and gets cookies in the place of tokens. An unknown name and a wrong
/// password are answered alike.
#[utoipa::path(
    post, path = "/api/v1/auth/login", operation_id = "logIn", tag = "accounts",
    params(("X-Resonance-Client" = Option<String>, Header, description = "`web` to get cookies")),
    request_body = Login,
    responses((status = 200, description = "Logged in", body = Session)),
    extensions(
        ("x-authz" = json!({"object": "device", "allow": ["anonymous", "listener"], "visibility": "none"})),
        ("x-errors" = json!(["invalid_credentials", "account_suspended", "https_required"]))
    ),
)]
pub(super) async fn log_in(
    State(identity): State<Identity>,
    visit: Visit,
    Json(form): Json<Login>,
) -> ApiResult<Welcome> {
    let logged_in = service::log_in(&identity, &visit, &form.login, &form.password).await?;
    Ok(Welcome::new(&identity, &visit, StatusCode::OK, logged_in))
}

/// A log-in to be renewed.
#[derive(Default, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Renewal {
    /// The refresh token. A browser, which has it in a cookie, leaves it out.
    refresh_token: Option<String>,
}

/// Renew a log-in.
///
/// The refresh token is used up and another takes its place. Within ten seconds the same request gets the same
/// token again; after that it ends the log-in, since somebody must have copied the token. A browser, which sends its cookie
/// and needs no body, is rid of it when the log-in has ended, and is nobody from then on.
#[utoipa::path(
    post, path = "/api/v1/auth/refresh", operation_id = "refresh", tag = "accounts",
    params(("X-Resonance-Client" = Option<String>, Header, description = "`web` to get cookies")),
    request_body = Option<Renewal>,
    responses((status = 200, description = "Still logged in", body = Session)),
    extensions(
        ("x-authz" = json!({"object": "device", "allow": ["anonymous", "listener"], "visibility": "none"})),
        ("x-errors" = json!(["invalid_refresh_token", "https_required"]))
    ),
)]
pub(super) async fn refresh(
    State(identity): State<Identity>,
    visit: Visit,
    form: Option<Json<Renewal>>,
) -> Result<Welcome, Farewell<ApiError>> {
    let form = form.map_or_else(Renewal::default, |Json(form)| form);
    let cookie = visit.refresh.as_deref().filter(|_| visit.web && form.refresh_token.is_none());
    let renewed = match form.refresh_token.as_deref().or(cookie) {
        Some(token) => service::refresh(&identity, &visit, token).await,
        None => Err(LoginError::InvalidRefreshToken),
    };
    match renewed {
        Ok(logged_in) => Ok(Welcome::new(&identity, &visit, StatusCode::OK, logged_in)),
        Err(error) => {
            let is_over = cookie.is_some() && matches!(error, LoginError::InvalidRefreshToken);
            Err(Farewell { to: is_over.then_some(visit), last: error.into() })
        }
    }
}

/// The end of a log-in: the cookies go.
pub(super) struct Farewell<L = StatusCode> {
    /// The browser that had them.
    to: Option<Visit>,
    /// What is said.
    last: L,
}

impl<L: IntoResponse> IntoResponse for Farewell<L> {
    fn into_response(self) -> Response {
        let cookies: Vec<_> =
            self.to.iter().flat_map(Visit::take_away).map(|cookie| (SET_COOKIE, cookie)).collect();
        (AppendHeaders(cookies), self.last).into_response()
    }
}

/// Log out on this device.
///
/// A browser whose access cookie has expired is logged out by its refresh cookie.
#[utoipa::path(
    post, path = "/api/v1/auth/logout", operation_id = "logOut", tag = "accounts",
    responses((status = 204, description = "Logged out")),
    extensions(("x-authz" = json!({"object": "device", "allow": ["listener"], "visibility": "own"}))),
)]
pub(super) async fn log_out(
    State(identity): State<Identity>,
    visit: Visit,
    account: ApiResult<Account>,
) -> ApiResult<Farewell> {
    match (account, &visit.refresh) {
        (Ok(account), _) => service::end(&identity, account.id, account.device).await?,
        (Err(_), Some(token)) => service::end_by_token(&identity, token).await?,
        (Err(e), None) => return Err(e),
    }
    Ok(Farewell { to: Some(visit), last: StatusCode::NO_CONTENT })
}

/// Log out everywhere.
#[utoipa::path(
    post, path = "/api/v1/auth/logout-all", operation_id = "logOutEverywhere", tag = "accounts",
    responses((status = 204, description = "Logged out on all devices")),
    extensions(("x-authz" = json!({"object": "device", "allow": ["listener"], "visibility": "own"}))),
)]
pub(super) async fn log_out_everywhere(
    State(identity): State<Identity>,
    visit: Visit,
    account: Account,
) -> ApiResult<Farewell> {
    service::log_out_everywhere(&identity, account.id).await?;
    Ok(Farewell { to: Some(visit), last: StatusCode::NO_CONTENT })
}

/// Which part of a list.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Part {
    /// Items at most.
    #[serde(default)]
    limit: Limit,
    /// From the page before.
    cursor: Option<Cursor>,
}

/// List the devices that are logged in.
#[utoipa::path(
    get, path = "/api/v1/auth/devices", operation_id = "listDevices", tag = "accounts",
    params(Part),
    responses((status = 200, description = "The devices, the last seen first", body = Page<Device>)),
    extensions(
        ("x-authz" = json!({"object": "device", "allow": ["listener"], "visibility": "own"})),
        ("x-errors" = json!(["invalid_cursor"]))
    ),
)]
pub(super) async fn devices(
    State(identity): State<Identity>,
    account: Account,
    Query(part): Query<Part>,
) -> ApiResult<Json<Page<Device>>> {
    Ok(Json(service::devices(&identity, account, part.cursor.as_ref(), part.limit).await?))
}

/// Log out on another device.
#[utoipa::path(
    delete, path = "/api/v1/auth/devices/{id}", operation_id = "endDevice", tag = "accounts",
    params(("id" = DeviceId, Path)),
    responses((status = 204, description = "Logged out there")),
    extensions(
        ("x-authz" = json!({"object": "device", "allow": ["owner"], "visibility": "own"})),
        ("x-errors" = json!(["device_not_found"]))
    ),
)]
pub(super) async fn end_device(
    State(identity): State<Identity>,
    account: Account,
    Path(id): Path<DeviceId>,
) -> ApiResult<StatusCode> {
    service::end(&identity, account.id, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A password and the one to come after it.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct PasswordChange {
    /// The password so far.
    #[schema(example = "Quietly7Humming")]
    current: String,
    /// The password from now on: 8 to 128 characters with letters and digits.
    #[schema(example = "Loudly8Whistling", min_length = 8, max_length = 128)]
    new: String,
}

/// Change the password.
///
/// Ends the log-ins on all other devices.
#[utoipa::path(
    put, path = "/api/v1/me/password", operation_id = "changePassword", tag = "accounts",
    request_body = PasswordChange,
    responses((status = 204, description = "Changed")),
    extensions(
        ("x-authz" = json!({"object": "account", "allow": ["listener"], "visibility": "own"})),
        ("x-errors" = json!(["wrong_password", "weak_password"]))
    ),
)]
pub(super) async fn change_password(
    State(identity): State<Identity>,
    account: Account,
    Json(change): Json<PasswordChange>,
) -> ApiResult<StatusCode> {
    service::change_password(&identity, account, &change.current, &change.new).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What an account that was made by a wallet may be logged in to with as well.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct NewPassword {
    /// The e-mail address; its case does not matter.
    #[schema(example = "ada@example.org", max_length = 254)]
    email: String,
    /// 8 to 128 characters with letters and digits.
    #[schema(example = "Quietly7Humming", min_length = 8, max_length = 128)]
    password: String,
}

/// Add an e-mail address and a password.
///
/// For an account that was made by a wallet and has neither yet. Wallets go on to log in.
#[utoipa::path(
    post, path = "/api/v1/me/password", operation_id = "addPassword", tag = "accounts",
    request_body = NewPassword,
    responses((status = 204, description = "Added")),
    extensions(
        ("x-authz" = json!({"object": "account", "allow": ["listener"], "visibility": "own"})),
        ("x-errors" = json!(["password_set", "email_taken", "weak_password"]))
    ),
)]
pub(super) async fn add_password(
    State(identity): State<Identity>,
    account: Account,
    Json(form): Json<NewPassword>,
) -> ApiResult<StatusCode> {
    service::add_password(&identity, account.id, &form.email, &form.password).await?;
    Ok(StatusCode::NO_CONTENT)
}
