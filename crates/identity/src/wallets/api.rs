use axum::extract::State;
use infra::http::{ApiResult, Json, Query};
use kernel::{ErrorCode, Time};
use serde::{Deserialize, Serialize};

use super::{WalletAddress, model::Purpose, service};
use crate::{Account, Caller, Identity, login::Visit};

/// What a wallet signs for.
#[derive(Debug, Clone, Copy, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
enum SignedFor {
    /// To log in.
    Login,
    /// To be linked to the account that asks.
    Link,
}

/// A wallet that is to sign something.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct NonceRequest {
    /// Its address.
    address: WalletAddress,
    /// The chain that it is on (EIP-155); 1 unless said. A message has to name the same.
    #[schema(minimum = 1, maximum = 9_007_199_254_740_991_i64, example = 1)]
    chain_id: Option<i64>,
    /// `link` to be linked to the account that asks, which is also what is meant when somebody who is logged in leaves
    /// it out; `login` otherwise.
    purpose: Option<SignedFor>,
}

/// What a wallet is asked to sign.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct WalletChallenge {
    /// Good once.
    #[schema(example = "9b1c0f6b1c9a4c8f8f4f5d3c1b2a7e6d")]
    nonce: String,
    /// An EIP-4361 message with the nonce, to be signed as it is (EIP-191).
    message: String,
    /// Until when.
    expires_at: Time,
}

/// Ask what a wallet has to sign.
///
/// The answer is the same whether the wallet is known or not. A client may make up an EIP-4361 message of its own around
/// the nonce, for this server's address, the wallet and the chain. To log in, the older message is taken too: three lines,
/// `BeatStream Authentication`, `Nonce: …`, `Wallet: 0x…`.
#[utoipa::path(
    post, path = "/api/v1/auth/wallet/nonce", operation_id = "askWallet", tag = "accounts",
    request_body = NonceRequest,
    responses((status = 200, description = "What to sign, within five minutes", body = WalletChallenge)),
    extensions(
        ("x-authz" = json!({"object": "none", "allow": ["anonymous", "listener"], "visibility": "none"})),
        ("x-errors" = json!(["wallet_login_unavailable", "https_required"]))
    ),
)]
pub(super) async fn ask(
    State(identity): State<Identity>,
    visit: Visit,
    caller: Caller,
    Json(form): Json<NonceRequest>,
) -> ApiResult<Json<WalletChallenge>> {
    let purpose = match (form.purpose, caller.account()) {
        (None | Some(SignedFor::Link), Some(account)) => Purpose::Link(account),
        (None | Some(SignedFor::Login), _) => Purpose::LogIn,
        (Some(SignedFor::Link), None) => {
            let detail = "log in to the account that the wallet is to be linked to";
            return Err(infra::http::ApiError::new(ErrorCode::Unauthenticated, detail));
        }
    };
    let asked = service::ask(&identity, &visit, purpose, form.address, form.chain_id.unwrap_or(1)).await?;
    let service::Asked { nonce, message, expires_at } = asked;
    Ok(Json(WalletChallenge { nonce: nonce.to_string(), message, expires_at }))
}

/// A message and what a wallet made of it.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SignedMessage {
    /// The message, byte for byte as it was signed.
    #[schema(max_length = 8192)]
    pub(super) message: String,
    /// The 65 bytes that `personal_sign` answers (EIP-191), as 0x and 130 hexadecimal digits. Contract wallets are not
    /// taken.
    #[schema(max_length = 8192)]
    pub(super) signature: String,
}

/// The wallets that log in to an account.
#[derive(Serialize, utoipa::ToSchema)]
pub(super) struct LinkedWallets {
    /// Their addresses, the first one first.
    wallets: Vec<WalletAddress>,
}

/// Let a wallet log in to one's account.
///
/// With a nonce that the account asked for, in the message that came with it or one with the same statement.
#[utoipa::path(
    post, path = "/api/v1/me/wallets", operation_id = "linkWallet", tag = "accounts",
    request_body = SignedMessage,
    responses((status = 200, description = "The account's wallets", body = LinkedWallets)),
    extensions(
        ("x-authz" = json!({"object": "account", "allow": ["listener"], "visibility": "own"})),
        ("x-errors" = json!([
            "wallet_message_invalid", "wallet_signature_invalid", "wallet_nonce_invalid", "wallet_login_unavailable",
            "wallet_taken", "too_many", "https_required"
        ]))
    ),
)]
pub(super) async fn link(
    State(identity): State<Identity>,
    visit: Visit,
    account: Account,
    Json(signed): Json<SignedMessage>,
) -> ApiResult<Json<LinkedWallets>> {
    Ok(Json(LinkedWallets { wallets: service::link(&identity, &visit, account.id, &signed).await? }))
}

/// Which wallet.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Which {
    /// Its address.
    address: WalletAddress,
}

/// Let a wallet log in to one's account no more.
///
/// Ends the log-ins on all other devices. The last way to log in stays: another wallet, or a name and a password.
#[utoipa::path(
    delete, path = "/api/v1/me/wallets", operation_id = "unlinkWallet", tag = "accounts",
    params(Which),
    responses((status = 200, description = "The account's other wallets", body = LinkedWallets)),
    extensions(
        ("x-authz" = json!({"object": "account", "allow": ["listener"], "visibility": "own"})),
        ("x-errors" = json!(["wallet_not_found", "last_credential"]))
    ),
)]
pub(super) async fn unlink(
    State(identity): State<Identity>,
    account: Account,
    Query(which): Query<Which>,
) -> ApiResult<Json<LinkedWallets>> {
    Ok(Json(LinkedWallets { wallets: service::unlink(&identity, account, which.address).await? }))
}
