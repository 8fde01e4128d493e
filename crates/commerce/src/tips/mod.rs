//! Gifts of listeners to artists.
//!
//! Owns: tip.
//!
//! What holds: a tip is whole. Neither the platform's fee nor any split is taken from it: it is for the page that the
//! listener chose. Beats become the page's earnings, payable when their time has come; points never do, and go to the
//! wallet of its owner, of several the one who has owned it longest. Nobody tips a page that they manage, or that nobody
//! manages.

mod queries;

use std::time::Duration;

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use db::{Tx, outbox};
use http::StatusCode;
use identity::Account;
use infra::{
    Quota,
    http::{ApiResult, Json, Routes},
    routes,
};
use kernel::{
    AccountId, Amount, ArtistId, Asset, Check, ErrorCode, Event, EventId, Fault, FieldError, Invalid, Time,
    TipId,
};
use money::ledger::{Entry, LedgerError};
use music::catalogue::{CatalogueError, Viewer, artist};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    Commerce,
    ledger::{PostError, post},
    once::{Answer, Key, Once, OnceError},
};

pub(crate) use queries::artists;
pub use queries::{TipSum, sums};

/// The most that is given at a time, in minor units: a million BEAT, or 10,000 BTN.
const MOST: i64 = 1_000_000_000_000;
const TIPS: Quota = Quota { name: "tip", burst: 30, every: Duration::from_secs(10) };

/// What can go wrong with tips.
#[derive(Debug, thiserror::Error)]
pub enum TipError {
    /// No such page, or the caller does not see it.
    #[error("there is no artist {0}")]
    ArtistNotFound(ArtistId),
    /// It came with an import, and is nobody's.
    #[error("nobody manages this page who could be given anything")]
    Unmanaged,
    /// Fields are wrong.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// Too often.
    #[error("too often: wait a while")]
    TooOften(Duration),
    /// Under its `Idempotency-Key`.
    #[error(transparent)]
    Once(#[from] OnceError),
    /// The ledger refuses, or cannot be reached.
    #[error(transparent)]
    Post(#[from] PostError),
    /// The database failed.
    #[error(transparent)]
    Db(#[from] db::Error),
}

impl From<LedgerError> for TipError {
    fn from(error: LedgerError) -> Self {
        Self::Post(error.into())
    }
}

impl Fault for TipError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::ArtistNotFound(_) => ErrorCode::ArtistNotFound,
            Self::Unmanaged => ErrorCode::ArtistUnmanaged,
            Self::Invalid(_) => ErrorCode::ValidationFailed,
            Self::TooOften(_) => ErrorCode::RateLimited,
            Self::Once(error) => error.code(),
            Self::Post(error) => error.code(),
            Self::Db(error) => error.code(),
        }
    }

    fn fields(&self) -> Vec<FieldError> {
        match self {
            Self::Invalid(invalid) => invalid.0.clone(),
            _ => Vec::new(),
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::TooOften(wait) => Some(*wait),
            Self::Once(error) => error.retry_after(),
            Self::Post(error) => error.retry_after(),
            Self::Db(error) => error.retry_after(),
            _ => None,
        }
    }
}

/// A gift.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct NewTip {
    /// Whose page it is for.
    artist_id: ArtistId,
    /// BEAT or BTN.
    #[schema(example = "BEAT")]
    asset: String,
    /// How much, in minor units.
    #[schema(example = "250000", pattern = "^[0-9]{1,19}$")]
    amount: String,
}

/// A gift that was given.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Tip {
    id: TipId,
    artist_id: ArtistId,
    amount: Amount,
    at: Time,
}

/// The routes of this module.
pub(crate) fn routes() -> Routes<Commerce> {
    Routes::new().routes(routes!(create_tip))
}

/// Gives an artist something: beats for the page's earnings, or points for its owner.
///
/// No fee and no split is taken from it. With an `Idempotency-Key`, the same request sent again gives once.
#[utoipa::path(
    post, path = "/api/v1/me/tips", operation_id = "createTip", tag = "money",
    params(("Idempotency-Key" = Option<String>, Header, description = "Chosen by the client, a new one for each intention")),
    request_body = NewTip,
    responses((status = 201, description = "What was given", body = Tip)),
    extensions(
        ("x-authz" = json!({"object": "wallet", "allow": ["listener"], "visibility": "own"})),
        ("x-errors" = json!([
            "artist_not_found", "artist_unmanaged", "insufficient_funds", "idempotency_key_reused", "conflict",
            "validation_failed"
        ]))
    ),
)]
async fn create_tip(
    State(commerce): State<Commerce>,
    who: Account,
    key: Key,
    Json(new): Json<NewTip>,
) -> ApiResult<Response> {
    let once = Once::new(who.id, key, "createTip", &new);
    Ok(create(&commerce, who.id, &new, &once).await?.into_response())
}

impl NewTip {
    fn amount(&self) -> Result<Amount, TipError> {
        let asset = self.asset.parse().ok().filter(|asset| matches!(asset, Asset::Beat | Asset::Btn));
        let minor = Amount::parse(Asset::Beat, &self.amount).map_or(0, |amount| amount.minor);
        let mut check = Check::new();
        check.that(asset.is_some(), "/asset", "unsupported", "is BEAT or BTN").that(
            (1..=MOST).contains(&minor),
            "/amount",
            "out_of_range",
            &format!("a whole number of minor units in digits, from 1 to {MOST}"),
        );
        check.done()?;
        Ok(Amount { asset: asset.unwrap_or(Asset::Beat), minor })
    }
}

async fn create(commerce: &Commerce, who: AccountId, new: &NewTip, once: &Once) -> Result<Answer, TipError> {
    let (app, amount) = (&commerce.app, new.amount()?);
    let now = app.now();
    let tip = Tip { id: app.id(), artist_id: new.artist_id, amount, at: now };
    let event = app.id();
    db::write!(app.db, |tx| {
        if let Some(answer) = once.begin(tx, now).await? {
            return Ok(answer);
        }
        // What was done before is answered however often.
        app.limits.take(TIPS, &who.to_string(), now).map_err(TipError::TooOften)?;
        give(tx, who, &tip, event, once).await
    })
}

async fn give(
    tx: &mut Tx,
    who: AccountId,
    tip: &Tip,
    event: EventId,
    once: &Once,
) -> Result<Answer, TipError> {
    let &Tip { id, artist_id: artist, amount, at } = tip;
    artist::check_visible(tx, Viewer::member(who), artist).await.map_err(|error| match error {
        CatalogueError::Db(error) => error.into(),
        _ => TipError::ArtistNotFound(artist),
    })?;
    let managers = queries::managers(tx, artist).await?;
    let owner = *managers.first().ok_or(TipError::Unmanaged)?;
    Check::new().that(!managers.contains(&who), "/artistId", "own_page", "is a page of your own").done()?;
    let (entry, payee) = match amount.asset {
        Asset::Btn => (Entry::points_tip(id, at, who, owner, amount.minor)?, Some(owner)),
        Asset::Beat | Asset::Usdc => (Entry::tip(id, at, who, artist, amount)?, None),
    };
    queries::insert(tx, who, tip, payee).await?;
    outbox::emit(tx, &Event::TipGiven { tip: id, account: who, artist, amount }, event, at).await?;
    let answer = Answer::new(StatusCode::CREATED, tip);
    once.finish(tx, &answer).await?;
    post(tx, &[entry], at).await?;
    Ok(answer)
}
