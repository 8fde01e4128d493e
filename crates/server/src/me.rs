//! The caller's own account: a view over what several modules know of it.

use axum::extract::State;
use db::{Tx, from_row, sql};
use identity::{
    Account,
    accounts::{self, AccountError, User, UserChange},
};
use infra::http::{ApiResult, Json};
use kernel::{Amount, ArtistId, Time, TrackId};
use music::catalogue::visibility::TRACK_REACHABLE;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::Service;

pub(crate) fn routes() -> OpenApiRouter<Service> {
    OpenApiRouter::new().routes(routes!(get_me, patch_me))
}

/// An account as its owner sees it.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Me {
    #[serde(flatten)]
    user: User,
    /// Wallets that log in to this account; none until wallet log-in exists.
    #[schema(example = json!([]))]
    wallets: Vec<String>,
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

/// What an account has listened to.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ListeningStats {
    /// Plays that were long enough to count.
    #[schema(example = 12)]
    total_streams: i64,
    /// Seconds heard in all.
    #[schema(example = 2400)]
    total_seconds: i64,
    /// The latest streams of what it still may see, newest first; ten at most.
    recent_streams: Vec<RecentStream>,
}

/// A stream of late.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct RecentStream {
    track_id: TrackId,
    #[schema(example = "Harbour at Four")]
    title: String,
    artist_id: ArtistId,
    #[schema(example = "Inés Halloran")]
    artist_name: String,
    started_at: Time,
    #[schema(example = 180)]
    seconds: i64,
}

from_row!(RecentStream { track_id, title, artist_id, artist_name, started_at, seconds });

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
    /// What was paid out; null until there is a ledger.
    #[schema(example = json!(null))]
    total_payout: Option<Amount>,
    /// What was earned, by asset; nothing until there is a ledger.
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
    Ok(Json(db::snapshot!(service.app.db, |tx| view(tx, who).await)?))
}

/// Changes the caller's username or profile.
#[utoipa::path(
    patch, path = "/api/v1/me", operation_id = "updateMe", tag = "me",
    request_body = UserChange,
    responses((status = 200, description = "The account as it is now", body = Me)),
    extensions(
        ("x-authz" = json!({"object": "account", "allow": ["listener"], "visibility": "own"})),
        ("x-errors" = json!(["username_taken"]))
    ),
)]
async fn patch_me(
    State(service): State<Service>,
    who: Account,
    Json(change): Json<UserChange>,
) -> ApiResult<Json<Me>> {
    Ok(Json(db::write!(service.app.db, |tx| {
        accounts::update(tx, who.id, &change).await?;
        view(tx, who).await
    })?))
}

async fn view(tx: &mut Tx, who: Account) -> Result<Me, AccountError> {
    Ok(Me {
        user: accounts::user(tx, who.id).await?,
        wallets: Vec::new(),
        ens_name: None,
        subscription: None,
        subscription_active: false,
        purchased_beats: Vec::new(),
        listening_stats: listening(tx, who).await?,
        artist_stats: artist(tx, who).await?,
    })
}

async fn listening(tx: &mut Tx, who: Account) -> db::Result<ListeningStats> {
    let totals: Option<(i64, i64)> =
        sql!("SELECT streams, seconds FROM listening WHERE account_id = $1").bind(who.id).maybe(tx).await?;
    let recent_streams = sql!(
        "SELECT p.track_id, t.title, t.artist_id, a.display_name AS artist_name, p.started_at, p.seconds
         FROM play p JOIN track t ON t.id = p.track_id JOIN artist a ON a.id = t.artist_id
         WHERE p.account_id = $viewer AND p.stream AND {reachable}
         ORDER BY p.started_at DESC, p.id DESC LIMIT 10",
        reachable = TRACK_REACHABLE
    )
    .set_opt("viewer", Some(who.id))
    .all(tx)
    .await?;
    let (total_streams, total_seconds) = totals.unwrap_or_default();
    Ok(ListeningStats { total_streams, total_seconds, recent_streams })
}

async fn artist(tx: &mut Tx, who: Account) -> db::Result<Option<ManagedStats>> {
    let (pages, follower_count): (i64, i64) = sql!(
        "SELECT COUNT(*), CAST(COALESCE(SUM(a.follower_count), 0) AS BIGINT)
         FROM artist_manager m JOIN artist a ON a.id = m.artist_id WHERE m.account_id = $1"
    )
    .bind(who.id)
    .one(tx)
    .await?;
    if pages == 0 {
        return Ok(None);
    }
    let (track_count, total_streams, total_likes): (i64, i64, i64) = sql!(
        "SELECT COUNT(*), CAST(COALESCE(SUM(t.play_count), 0) AS BIGINT),
                CAST(COALESCE(SUM(t.like_count), 0) AS BIGINT)
         FROM artist_manager m JOIN track t ON t.artist_id = m.artist_id
         WHERE m.account_id = $1 AND t.deleted_at IS NULL"
    )
    .bind(who.id)
    .one(tx)
    .await?;
    let album_count = sql!(
        "SELECT COUNT(*) FROM artist_manager m JOIN album al ON al.artist_id = m.artist_id
         WHERE m.account_id = $1 AND al.deleted_at IS NULL"
    )
    .bind(who.id)
    .scalar(tx)
    .await?;
    Ok(Some(ManagedStats {
        track_count,
        album_count,
        follower_count,
        total_streams,
        total_likes,
        total_payout: None,
        total_earnings: Vec::new(),
    }))
}
