//! The caller's own account: a view over what several modules know of it.

use axum::extract::State;
use commerce::earnings;
use db::Tx;
use identity::{
    Account,
    accounts::{self, AccountError, User, UserChange},
    wallets::{self, WalletAddress},
};
use infra::{
    http::{ApiResult, Json, Routes},
    routes,
};
use kernel::{Amount, Time};
use music::{
    catalogue::artist,
    playback::{self, ListeningStats},
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::Service;

pub(crate) fn routes() -> Routes<Service> {
    Routes::new().routes(routes!(get_me, patch_me))
}

/// An account as its owner sees it.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Me {
    #[serde(flatten)]
    user: User,
    /// The wallets that log in to this account, the first one first.
    wallets: Vec<WalletAddress>,
    /// Its name on chain, if it has one.
    #[schema(example = json!(null))]
    ens_name: Option<String>,
    /// The plan that it pays for, if any; none until plans exist.
    #[schema(example = json!(null))]
    subscription: Option<String>,
    /// Whether such a plan is in force.
    #[schema(example = false)]
    subscription_active: bool,
    /// What it bought in the store; nothing until the store exists.
    #[schema(example = json!([]))]
    purchased_beats: Vec<String>,
    /// What it has listened to.
    listening_stats: ListeningStats,
    /// What became of its artist pages; null for accounts that manage none.
    artist_stats: Option<ManagedStats>,
}

/// What became of the artist pages that an account manages, added up.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ManagedStats {
    #[schema(example = 12)]
    track_count: i64,
    #[schema(example = 2)]
    album_count: i64,
    #[schema(example = 40)]
    follower_count: i64,
    #[schema(example = 900)]
    total_streams: i64,
    #[schema(example = 70)]
    total_likes: i64,
    /// What was paid out; null until there are payouts.
    #[schema(example = json!(null))]
    total_payout: Option<Amount>,
    /// What was earned in all, by asset, each with something.
    total_earnings: Vec<Amount>,
}

/// Shows the caller's own account.
#[utoipa::path(
    get, path = "/api/v1/me", operation_id = "getMe", tag = "me",
    responses((status = 200, description = "The account", body = Me)),
    extensions(
        ("x-authz" = json!({"object": "account", "allow": ["listener"], "visibility": "own"})),
        ("x-errors" = json!([]))
    ),
)]
async fn get_me(State(service): State<Service>, who: Account) -> ApiResult<Json<Me>> {
    Ok(Json(db::snapshot!(service.app.db, |tx| view(tx, who, service.app.now()).await)?))
}

/// Changes the caller's username or profile.
#[utoipa::path(
    patch, path = "/api/v1/me", operation_id = "updateMe", tag = "me",
    request_body = UserChange,
    responses((status = 200, description = "The account as it is now", body = Me)),
    extensions(
        ("x-authz" = json!({"object": "account", "allow": ["listener"], "visibility": "own"})),
        ("x-errors" = json!(["username_taken", "last_credential"]))
    ),
)]
async fn patch_me(
    State(service): State<Service>,
    who: Account,
    Json(change): Json<UserChange>,
) -> ApiResult<Json<Me>> {
    Ok(Json(db::write!(service.app.db, |tx| {
        accounts::update(tx, who.id, &change).await?;
        view(tx, who, service.app.now()).await
    })?))
}

async fn view(tx: &mut Tx, who: Account, now: Time) -> Result<Me, AccountError> {
    Ok(Me {
        user: accounts::user(tx, who.id).await?,
        wallets: wallets::of(tx, who.id).await?,
        ens_name: None,
        subscription: None,
        subscription_active: false,
        purchased_beats: Vec::new(),
        listening_stats: playback::listened(tx, who.id).await?,
        artist_stats: managed(tx, who, now).await?,
    })
}

async fn managed(tx: &mut Tx, who: Account, now: Time) -> db::Result<Option<ManagedStats>> {
    let Some(totals) = artist::managed_totals(tx, who.id).await? else { return Ok(None) };
    Ok(Some(ManagedStats {
        track_count: totals.track_count,
        album_count: totals.album_count,
        follower_count: totals.follower_count,
        total_streams: totals.total_streams,
        total_likes: totals.total_likes,
        total_payout: None,
        total_earnings: earnings::total(tx, who.id, now).await?,
    }))
}
