use axum::{
    extract::{FromRequestParts, State},
    response::{IntoResponse, Response},
};
use http::{StatusCode, request::Parts};
use identity::Account;
use infra::http::{ApiError, ApiResult, Json, Path, Query};
use kernel::{Asset, Cursor, ErrorCode, Limit, Page, TopUpId};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{
    Balance, WalletError, balances,
    top_up::{self, FaucetRequest, PlayMoney, TopUp, TopUpRequest},
    transactions::{self, Transaction},
};
use crate::{
    Commerce,
    once::{Key, Once},
};

/// Shows what the caller has of every asset.
#[utoipa::path(
    get, path = "/api/v1/me/balances", operation_id = "getBalances", tag = "money",
    responses((status = 200, description = "One for each asset", body = [Balance])),
    extensions(
        ("x-authz" = json!({"object": "wallet", "allow": ["listener"], "visibility": "own"})),
        ("x-errors" = json!([]))
    ),
)]
pub(super) async fn get_balances(
    State(commerce): State<Commerce>,
    who: Account,
) -> ApiResult<Json<Vec<Balance>>> {
    let all: db::Result<_> = db::snapshot!(commerce.app.db, |tx| balances(tx, who.id).await);
    Ok(Json(all?))
}

/// Which transactions, where the list goes on, and how far.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct TransactionList {
    /// Only of this asset: BEAT, BTN or USDC.
    #[serde(default, deserialize_with = "an_asset")]
    #[param(value_type = Option<String>, example = "BEAT")]
    asset: Option<Asset>,
    /// How many items a page holds.
    #[serde(default)]
    limit: Limit,
    /// Where to go on.
    cursor: Option<Cursor>,
}

fn an_asset<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Asset>, D::Error> {
    let code = String::deserialize(deserializer)?;
    code.parse().map(Some).map_err(serde::de::Error::custom)
}

/// Lists what moved the caller's money, the newest first.
#[utoipa::path(
    get, path = "/api/v1/me/transactions", operation_id = "listTransactions", tag = "money",
    params(TransactionList),
    responses((status = 200, description = "A page of transactions", body = Page<Transaction>)),
    extensions(
        ("x-authz" = json!({"object": "wallet", "allow": ["listener"], "visibility": "own"})),
        ("x-errors" = json!(["invalid_cursor"]))
    ),
)]
pub(super) async fn list_transactions(
    State(commerce): State<Commerce>,
    who: Account,
    Query(list): Query<TransactionList>,
) -> ApiResult<Json<Page<Transaction>>> {
    let page: Result<_, WalletError> = db::snapshot!(commerce.app.db, |tx| {
        transactions::page(tx, who.id, list.asset, list.cursor.as_ref(), list.limit).await
    });
    Ok(Json(page?))
}

/// Pays money in.
///
/// The answer says what became of it: `settled`, `declined`, or `pending`, which is looked into. With an
/// `Idempotency-Key`, the same request sent again pays once.
#[utoipa::path(
    post, path = "/api/v1/me/top-ups", operation_id = "createTopUp", tag = "money",
    params(("Idempotency-Key" = Option<String>, Header, description = "Chosen by the client, a new one for each intention")),
    request_body = TopUpRequest,
    responses(
        (status = 201, description = "What became of it", body = TopUp),
        (status = 202, description = "The provider has not said yet", body = TopUp)
    ),
    extensions(
        ("x-authz" = json!({"object": "wallet", "allow": ["listener"], "visibility": "own"})),
        ("x-errors" = json!(["payments_unavailable", "idempotency_key_reused", "conflict", "validation_failed"]))
    ),
)]
pub(super) async fn create_top_up(
    State(commerce): State<Commerce>,
    who: Account,
    key: Key,
    Json(request): Json<TopUpRequest>,
) -> ApiResult<Response> {
    let once = Once::new(who.id, key, "createTopUp", &request);
    Ok(top_up::create(&commerce, who.id, &request, &once).await?.into_response())
}

/// Shows what became of money that the caller paid in.
#[utoipa::path(
    get, path = "/api/v1/me/top-ups/{id}", operation_id = "getTopUp", tag = "money",
    params(("id" = TopUpId, Path)),
    responses((status = 200, description = "What is known of it", body = TopUp)),
    extensions(
        ("x-authz" = json!({"object": "top-up", "allow": ["owner"], "visibility": "own"})),
        ("x-errors" = json!(["not_found"]))
    ),
)]
pub(super) async fn get_top_up(
    State(commerce): State<Commerce>,
    who: Account,
    Path(id): Path<TopUpId>,
) -> ApiResult<Json<TopUp>> {
    let found: Result<_, WalletError> = db::read!(commerce.app.db, |tx| top_up::find(tx, id, who.id).await);
    Ok(Json(found?))
}

/// Lets a request through in demo and test modes; in production there is nothing here.
pub(super) struct Playground;

impl FromRequestParts<Commerce> for Playground {
    type Rejection = ApiError;

    async fn from_request_parts(_: &mut Parts, commerce: &Commerce) -> Result<Self, ApiError> {
        if top_up::has_play_money(commerce.app.config.mode) {
            Ok(Self)
        } else {
            Err(ApiError::new(ErrorCode::NotFound, "there is nothing at this address"))
        }
    }
}

/// Hands out play money, in demo and test modes alone.
///
/// At most 1,000 BEAT at a time, ten times in a row and then once in 144 minutes.
#[utoipa::path(
    post, path = "/api/v1/dev/faucet", operation_id = "useFaucet", tag = "money",
    params(("Idempotency-Key" = Option<String>, Header, description = "Chosen by the client, a new one for each intention")),
    request_body = FaucetRequest,
    responses((status = 201, description = "What was given", body = PlayMoney)),
    extensions(
        ("x-authz" = json!({"object": "wallet", "allow": ["listener"], "visibility": "own"})),
        ("x-errors" = json!(["not_found", "idempotency_key_reused", "conflict", "validation_failed"]))
    ),
)]
pub(super) async fn faucet(
    _: Playground,
    State(commerce): State<Commerce>,
    who: Account,
    key: Key,
    Json(request): Json<FaucetRequest>,
) -> ApiResult<Response> {
    let once = Once::new(who.id, key, "useFaucet", &request);
    Ok(top_up::faucet(&commerce, who.id, &request, &once).await?.into_response())
}

/// The status of an answer about a top-up.
pub(super) fn status(pending: bool) -> StatusCode {
    if pending { StatusCode::ACCEPTED } else { StatusCode::CREATED }
}
