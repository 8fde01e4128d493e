//! What a listener wants to spend at most, and what of that is spent.

use axum::extract::State;
use identity::Account;
use infra::http::{ApiResult, Json};
use kernel::{Amount, ArtistId, Asset, Check};
use money::meter::Caps;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{SessionError, queries::limits, service};
use crate::Commerce;

/// Artists on whom it is told what was spent: those on whom it was most.
const ARTISTS: u32 = 10;

/// What a listener wants to spend at most: amounts of BEAT; null for no limit.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(clippy::struct_field_names, reason = "their names on the wire")]
pub(super) struct SpendingCaps {
    /// On one play.
    per_play: Option<Amount>,
    /// In a day (UTC).
    per_day: Option<Amount>,
    /// In a month (UTC).
    per_month: Option<Amount>,
    /// On one artist in a month.
    per_artist: Option<Amount>,
}

impl From<Caps> for SpendingCaps {
    fn from(caps: Caps) -> Self {
        let amount = |minor: Option<i64>| minor.map(beats);
        Self {
            per_play: amount(caps.play),
            per_day: amount(caps.day),
            per_month: amount(caps.month),
            per_artist: amount(caps.artist),
        }
    }
}

impl SpendingCaps {
    fn caps(&self) -> Result<Caps, SessionError> {
        let mut check = Check::new();
        let all = [
            ("/perPlay", self.per_play),
            ("/perDay", self.per_day),
            ("/perMonth", self.per_month),
            ("/perArtist", self.per_artist),
        ];
        for (pointer, amount) in all {
            let is_beats = amount.is_none_or(|amount| amount.asset == Asset::Beat);
            check.that(is_beats, pointer, "wrong_asset", "is an amount of BEAT");
        }
        check.done()?;
        let minor = |amount: Option<Amount>| amount.map(|amount| amount.minor);
        Ok(Caps {
            play: minor(self.per_play),
            day: minor(self.per_day),
            month: minor(self.per_month),
            artist: minor(self.per_artist),
        })
    }
}

fn beats(minor: i64) -> Amount {
    Amount { asset: Asset::Beat, minor }
}

/// What a listener has spent of each cap, in sessions that began in its span of time.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Spending {
    /// Of `perDay` (UTC).
    today: Amount,
    /// Of `perMonth` (UTC).
    this_month: Amount,
    /// Of `perArtist`: this month, on the ten artists on whom it was most.
    artists: Vec<SpentOnArtist>,
}

/// What was spent on the tracks of an artist.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct SpentOnArtist {
    artist_id: ArtistId,
    #[schema(example = "Marlene Voss")]
    name: String,
    spent: Amount,
}

/// Shows what the caller wants to spend at most.
#[utoipa::path(
    get, path = "/api/v1/me/spending-caps", operation_id = "getSpendingCaps", tag = "sessions",
    responses((status = 200, description = "The limits", body = SpendingCaps)),
    extensions(
        ("x-authz" = json!({"object": "account", "allow": ["listener"], "visibility": "own"})),
        ("x-errors" = json!([]))
    ),
)]
pub(super) async fn get_spending_caps(
    State(commerce): State<Commerce>,
    who: Account,
) -> ApiResult<Json<SpendingCaps>> {
    let caps = db::read!(commerce.app.db, |tx| limits::spending_caps(tx, who.id).await)?;
    Ok(Json(caps.into()))
}

/// Sets what the caller wants to spend at most.
///
/// A session that is open keeps to it from when it next sets money aside, which is within a minute of play.
#[utoipa::path(
    put, path = "/api/v1/me/spending-caps", operation_id = "putSpendingCaps", tag = "sessions",
    request_body = SpendingCaps,
    responses((status = 200, description = "The limits from now on", body = SpendingCaps)),
    extensions(
        ("x-authz" = json!({"object": "account", "allow": ["listener"], "visibility": "own"})),
        ("x-errors" = json!([]))
    ),
)]
pub(super) async fn put_spending_caps(
    State(commerce): State<Commerce>,
    who: Account,
    Json(wanted): Json<SpendingCaps>,
) -> ApiResult<Json<SpendingCaps>> {
    let (caps, now) = (wanted.caps()?, commerce.app.now());
    let set: db::Result<()> = db::write!(commerce.app.db, |tx| service::limit(tx, who.id, &caps, now).await);
    set?;
    Ok(Json(caps.into()))
}

/// Shows what the caller has spent of each cap.
///
/// What an open session charges counts within a second; what was given back does not.
#[utoipa::path(
    get, path = "/api/v1/me/spending", operation_id = "getSpending", tag = "sessions",
    responses((status = 200, description = "What is spent", body = Spending)),
    extensions(
        ("x-authz" = json!({"object": "account", "allow": ["listener"], "visibility": "own"})),
        ("x-errors" = json!([]))
    ),
)]
pub(super) async fn get_spending(
    State(commerce): State<Commerce>,
    who: Account,
) -> ApiResult<Json<Spending>> {
    let now = commerce.app.now();
    let spending: db::Result<_> = db::snapshot!(commerce.app.db, |tx| {
        let artists = limits::spent_by_artist(tx, who.id, now.month(), ARTISTS).await?;
        let artist = |(artist_id, name, spent)| SpentOnArtist { artist_id, name, spent: beats(spent) };
        Ok(Spending {
            today: beats(limits::spent(tx, who.id, limits::today(now), None).await?),
            this_month: beats(limits::spent(tx, who.id, now.month(), None).await?),
            artists: artists.into_iter().map(artist).collect(),
        })
    });
    Ok(Json(spending?))
}
