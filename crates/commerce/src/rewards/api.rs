use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use http::StatusCode;
use identity::{Account, Admin, audit};
use infra::http::{ApiResult, Json, Path, Query};
use kernel::{Amount, ArtistId, Cursor, Limit, Page, PerkId, Time};
use money::rewards::Deed;
use music::catalogue::{CatalogueError, artist};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};

use super::{
    RewardsError, earn,
    perks::{self, NewPerk, Perk},
    points, queries,
    redeem::{self, NewRedemption, Redemption},
};
use crate::{
    Commerce,
    once::{Key, Once},
};

const DAY_MICROS: i64 = 86_400_000_000;

/// What earns points, and how many there are.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Rewards {
    /// What earns how much now.
    rules: Vec<RewardRule>,
    today: RewardDay,
    supply: PointSupply,
    /// Tracks that are shorter, in seconds, earn nothing.
    #[schema(example = 30)]
    shortest_track_seconds: u32,
    /// What a day of premium costs; null: not to be had for points.
    premium_day: Option<Amount>,
    /// Until when the caller has premium for points.
    premium_until: Option<Time>,
}

/// Something that earns points.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct RewardRule {
    /// `full_play`, `partial_play` or `first_like`.
    #[schema(example = "full_play")]
    kind: &'static str,
    /// What it earns now.
    amount: Amount,
    /// What it earned before the first halving.
    initial: Amount,
    /// The rule in words.
    #[schema(example = "A track heard to its end, once a day for each track")]
    description: &'static str,
}

/// What the caller can earn today.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct RewardDay {
    /// What an account can earn in a day.
    cap: Amount,
    /// What the caller has earned of it.
    earned: Amount,
    /// When the next day begins (UTC).
    ends_at: Time,
}

/// The points that there are.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct PointSupply {
    /// All that will ever be.
    total: Amount,
    /// What nobody has earned yet.
    left: Amount,
    /// How often rewards have halved.
    #[schema(example = 0)]
    halvings: u32,
    /// How much is given until they halve again.
    until_halving: Amount,
}

/// Explains what earns points, what the caller earned of today's cap, and what is left of the supply.
///
/// Only what this server delivered counts. Private tracks and those of one's own artist pages earn nothing. All rewards
/// halve when half of the supply has been given, again when half of the rest has, and so on.
#[utoipa::path(
    get, path = "/api/v1/rewards", operation_id = "getRewards", tag = "rewards",
    responses((status = 200, description = "The rules and how the caller stands", body = Rewards)),
    extensions(
        ("x-authz" = json!({"object": "wallet", "allow": ["listener"], "visibility": "own"})),
        ("x-errors" = json!([]))
    ),
)]
pub(super) async fn get_rewards(State(commerce): State<Commerce>, who: Account) -> ApiResult<Json<Rewards>> {
    const WORDS: [(Deed, &str, &str); 3] = [
        (Deed::FullPlay, "full_play", "A track heard to its end, once a day for each track"),
        (
            Deed::PartialPlay,
            "partial_play",
            "At least 30 seconds or half of a track, once a day for each track",
        ),
        (Deed::FirstLike, "first_like", "The first like that you give to a track, once"),
    ];
    let (config, now) = (&commerce.app.config.rewards, commerce.app.now());
    let known: db::Result<_> = db::snapshot!(commerce.app.db, |tx| {
        let pool = earn::pool_now(tx, config).await?;
        let earned = queries::earned_on(tx, who.id, now.day()).await?;
        Ok((pool, earned, queries::premium_until(tx, who.id, now).await?))
    });
    let (pool, earned, premium_until) = known?;
    let rates = earn::rates(config);
    let rule = |(deed, kind, description)| RewardRule {
        kind,
        amount: points(pool.worth(rates.of(deed))),
        initial: points(rates.of(deed)),
        description,
    };
    Ok(Json(Rewards {
        rules: WORDS.into_iter().filter(|(deed, ..)| rates.of(*deed) > 0).map(rule).collect(),
        today: RewardDay {
            cap: points(config.daily_cap),
            earned: points(earned),
            ends_at: Time::from_micros(now.day().saturating_add(1).saturating_mul(DAY_MICROS)),
        },
        supply: PointSupply {
            total: points(pool.supply),
            left: points(pool.left),
            halvings: pool.halvings(),
            until_halving: points(pool.until_halving()),
        },
        shortest_track_seconds: config.shortest_track_s,
        premium_day: Some(config.premium_day).filter(|price| *price > 0).map(points),
        premium_until,
    }))
}

/// Which perks, where the list goes on, and how far.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct PerkList {
    /// Only those of this artist page.
    artist_id: Option<ArtistId>,
    /// How many items a page holds.
    #[serde(default)]
    limit: Limit,
    /// Where to go on.
    cursor: Option<Cursor>,
}

/// Lists what points are exchanged for, besides premium, the newest first.
#[utoipa::path(
    get, path = "/api/v1/perks", operation_id = "listPerks", tag = "rewards",
    params(PerkList),
    responses((status = 200, description = "A page of perks", body = Page<Perk>)),
    extensions(
        ("x-authz" = json!({"object": "perk", "allow": ["listener"], "visibility": "none"})),
        ("x-errors" = json!(["invalid_cursor"]))
    ),
)]
pub(super) async fn list_perks(
    State(commerce): State<Commerce>,
    who: Account,
    Query(list): Query<PerkList>,
) -> ApiResult<Json<Page<Perk>>> {
    let page: Result<_, RewardsError> = db::read!(commerce.app.db, |tx| {
        perks::page(tx, who.id, list.artist_id, list.cursor.as_ref(), list.limit).await
    });
    Ok(Json(page?))
}

/// Offers a perk of an artist page.
///
/// It stays as it is; a mistake is withdrawn.
#[utoipa::path(
    post, path = "/api/v1/artists/{id}/perks", operation_id = "createPerk", tag = "rewards",
    params(("id" = ArtistId, Path)), request_body = NewPerk,
    responses((status = 201, description = "The perk", body = Perk)),
    extensions(
        ("x-authz" = json!({"object": "artist", "allow": ["owner", "manager"], "visibility": "own"})),
        ("x-errors" = json!(["artist_not_found", "validation_failed"]))
    ),
)]
pub(super) async fn create_perk(
    State(commerce): State<Commerce>,
    who: Account,
    Path(id): Path<ArtistId>,
    Json(new): Json<NewPerk>,
) -> ApiResult<(StatusCode, Json<Perk>)> {
    let app = &commerce.app;
    let made = (app.id(), app.now());
    let perk: Result<_, RewardsError> = db::write!(app.db, |tx| {
        artist::check_managed(tx, who.id, id).await.map_err(|error| match error {
            CatalogueError::Db(error) => error.into(),
            _ => RewardsError::ArtistNotFound(id),
        })?;
        perks::offer(tx, Some(id), &new, made).await
    });
    Ok((StatusCode::CREATED, Json(perk?)))
}

/// Offers a perk of a page that the caller manages no longer. Those who have it keep it.
#[utoipa::path(
    delete, path = "/api/v1/perks/{id}", operation_id = "withdrawPerk", tag = "rewards",
    params(("id" = PerkId, Path)),
    responses((status = 204, description = "It is no longer offered")),
    extensions(
        ("x-authz" = json!({"object": "perk", "allow": ["owner", "manager"], "visibility": "own"})),
        ("x-errors" = json!(["perk_not_found"]))
    ),
)]
pub(super) async fn withdraw_perk(
    State(commerce): State<Commerce>,
    who: Account,
    Path(id): Path<PerkId>,
) -> ApiResult<StatusCode> {
    let now = commerce.app.now();
    let was_offered: db::Result<_> =
        db::write!(commerce.app.db, |tx| queries::withdraw(tx, id, Some(who.id), now).await);
    if was_offered? { Ok(StatusCode::NO_CONTENT) } else { Err(RewardsError::PerkNotFound(id).into()) }
}

/// Offers a perk of the operator's.
#[utoipa::path(
    post, path = "/api/v1/admin/perks", operation_id = "createOperatorsPerk", tag = "admin",
    request_body = NewPerk,
    responses((status = 201, description = "The perk", body = Perk)),
    extensions(
        ("x-authz" = json!({"object": "perk", "allow": ["admin"], "visibility": "none"})),
        ("x-errors" = json!(["validation_failed"]))
    ),
)]
pub(super) async fn create_operators_perk(
    State(commerce): State<Commerce>,
    Admin(admin): Admin,
    Json(new): Json<NewPerk>,
) -> ApiResult<(StatusCode, Json<Perk>)> {
    let app = &commerce.app;
    let made: (PerkId, Time) = (app.id(), app.now());
    let entry = audit::Entry::new(app, Some(admin.id), "perk.create", &made.0, json!({}));
    let perk: Result<_, RewardsError> = db::write!(app.db, |tx| {
        audit::record(tx, &entry).await?;
        perks::offer(tx, None, &new, made).await
    });
    Ok((StatusCode::CREATED, Json(perk?)))
}

/// Has any perk offered no longer, whosever it is. Those who have it keep it.
#[utoipa::path(
    delete, path = "/api/v1/admin/perks/{id}", operation_id = "withdrawAnyPerk", tag = "admin",
    params(("id" = PerkId, Path)),
    responses((status = 204, description = "It is no longer offered")),
    extensions(
        ("x-authz" = json!({"object": "perk", "allow": ["admin"], "visibility": "none"})),
        ("x-errors" = json!(["perk_not_found"]))
    ),
)]
pub(super) async fn withdraw_any_perk(
    State(commerce): State<Commerce>,
    Admin(admin): Admin,
    Path(id): Path<PerkId>,
) -> ApiResult<StatusCode> {
    let (app, now) = (&commerce.app, commerce.app.now());
    let entry = audit::Entry::new(app, Some(admin.id), "perk.withdraw", &id, json!({}));
    let done: Result<_, RewardsError> = db::write!(app.db, |tx| {
        if !queries::withdraw(tx, id, None, now).await? {
            return Err(RewardsError::PerkNotFound(id));
        }
        Ok(audit::record(tx, &entry).await?)
    });
    done?;
    Ok(StatusCode::NO_CONTENT)
}

/// Where the list goes on, and how far.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct RedemptionList {
    /// How many items a page holds.
    #[serde(default)]
    limit: Limit,
    /// Where to go on.
    cursor: Option<Cursor>,
}

/// Lists what the caller exchanged points for, the newest first.
#[utoipa::path(
    get, path = "/api/v1/me/redemptions", operation_id = "listRedemptions", tag = "rewards",
    params(RedemptionList),
    responses((status = 200, description = "A page of exchanges", body = Page<Redemption>)),
    extensions(
        ("x-authz" = json!({"object": "wallet", "allow": ["listener"], "visibility": "own"})),
        ("x-errors" = json!(["invalid_cursor"]))
    ),
)]
pub(super) async fn list_redemptions(
    State(commerce): State<Commerce>,
    who: Account,
    Query(list): Query<RedemptionList>,
) -> ApiResult<Json<Page<Redemption>>> {
    let page: Result<_, RewardsError> =
        db::read!(commerce.app.db, |tx| redeem::page(tx, who.id, list.cursor.as_ref(), list.limit).await);
    Ok(Json(page?))
}

/// Exchanges points for days of premium or for a perk.
///
/// With an `Idempotency-Key`, the same request sent again pays once. Nobody gets a perk twice.
#[utoipa::path(
    post, path = "/api/v1/me/redemptions", operation_id = "createRedemption", tag = "rewards",
    params(("Idempotency-Key" = Option<String>, Header, description = "Chosen by the client, a new one for each intention")),
    request_body = NewRedemption,
    responses((status = 201, description = "What was exchanged", body = Redemption)),
    extensions(
        ("x-authz" = json!({"object": "wallet", "allow": ["listener"], "visibility": "own"})),
        ("x-errors" = json!([
            "insufficient_funds", "perk_not_found", "perk_sold_out", "already_redeemed", "not_redeemable",
            "idempotency_key_reused", "conflict", "validation_failed"
        ]))
    ),
)]
pub(super) async fn create_redemption(
    State(commerce): State<Commerce>,
    who: Account,
    key: Key,
    Json(new): Json<NewRedemption>,
) -> ApiResult<Response> {
    let once = Once::new(who.id, key, "createRedemption", &new);
    Ok(redeem::redeem(&commerce, who.id, &new, &once).await?.into_response())
}
