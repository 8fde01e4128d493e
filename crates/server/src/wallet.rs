//! Logging in with a wallet: what becomes of the log-in, and which artist pages it finds.

use axum::extract::State;
use identity::{
    Role,
    login::{Session, Visit, Welcome},
    wallets::{self, SignedMessage},
};
use infra::{
    http::{ApiResult, Json, Routes},
    routes,
};
use kernel::Limit;
use music::catalogue::artist::{self, ManagedArtist};
use serde::Serialize;
use utoipa::ToSchema;

use crate::Service;

pub(crate) fn routes() -> Routes<Service> {
    Routes::new().routes(routes!(log_in))
}

/// Somebody who is logged in now, by wallet.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct WalletSession {
    #[serde(flatten)]
    session: Session,
    /// Whether this made the account.
    created: bool,
    /// Whether it is an artist's.
    is_artist: bool,
    /// The artist pages that it manages, the longest-managed first; the first 200.
    artists: Vec<ManagedArtist>,
}

/// Log in with a wallet.
///
/// The message is one that `POST /auth/wallet/nonce` gave out, signed; its nonce is used up by this. The first log-in of a
/// wallet makes a listener's account without an e-mail address or a password. A browser sends `X-Resonance-Client: web`
/// and gets cookies in the place of tokens.
#[utoipa::path(
    post, path = "/api/v1/auth/wallet/login", operation_id = "logInByWallet", tag = "accounts",
    params(("X-Resonance-Client" = Option<String>, Header, description = "`web` to get cookies")),
    request_body = SignedMessage,
    responses((status = 200, description = "Logged in", body = WalletSession)),
    extensions(
        ("x-authz" = json!({"object": "device", "allow": ["anonymous", "listener"], "visibility": "none"})),
        ("x-errors" = json!([
            "wallet_message_invalid", "wallet_signature_invalid", "wallet_nonce_invalid", "wallet_login_unavailable",
            "account_suspended", "registration_closed", "https_required"
        ]))
    ),
)]
async fn log_in(
    State(service): State<Service>,
    visit: Visit,
    Json(signed): Json<SignedMessage>,
) -> ApiResult<Welcome<WalletSession>> {
    let entered = wallets::log_in(&service.identity, &visit, &signed).await?;
    let limit = Limit::new(Limit::MAX).unwrap_or_default();
    let pages = db::snapshot!(service.app.db, |tx| artist::managed(tx, entered.account, limit, None).await)?;
    let is_artist = entered.role == Role::Artist || !pages.items.is_empty();
    let (created, artists) = (entered.created, pages.items);
    Ok(entered.welcome.map(|session| WalletSession { session, created, is_artist, artists }))
}
