//! What artists earn: so far, and of what.
//!
//! Owns: nothing. The figures are those of the ledger, of sessions that have ended, and of those that go on: a second
//! that was heard is among them when it is durable, which is within a second.

mod live;
mod mature;
mod queries;
mod statements;

use std::fmt::Write as _;

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use http::header;
use identity::Account;
use infra::{
    http::{ApiResult, Json, Path, Query, Routes},
    routes,
};
use kernel::{AccountId, Amount, ArtistId, Check, ErrorCode, Fault, FieldError, Invalid, Time, TrackId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

pub use live::{channels, total};
pub use mature::mature;

use self::{
    live::{ASSETS, Standing, standings},
    queries::Sum,
};
use crate::{
    Commerce,
    tips::{self, TipSum},
};

/// Rows of one answer at most: more than ten years of days.
const ROWS: i64 = 4_000;
/// The content type of a table.
const CSV: &str = "text/csv; charset=utf-8; header=present";

/// What can go wrong with earnings.
#[derive(Debug, thiserror::Error)]
pub enum EarningsError {
    /// No such page, or not the caller's.
    #[error("there is no artist page {0} of yours")]
    ArtistNotFound(ArtistId),
    /// Fields are wrong.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// The database failed.
    #[error(transparent)]
    Db(#[from] db::Error),
}

impl Fault for EarningsError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::ArtistNotFound(_) => ErrorCode::ArtistNotFound,
            Self::Invalid(_) => ErrorCode::ValidationFailed,
            Self::Db(e) => e.code(),
        }
    }

    fn fields(&self) -> Vec<FieldError> {
        match self {
            Self::Invalid(invalid) => invalid.0.clone(),
            _ => Vec::new(),
        }
    }

    fn retry_after(&self) -> Option<std::time::Duration> {
        match self {
            Self::Db(e) => e.retry_after(),
            _ => None,
        }
    }
}

/// What the figures are summed up by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum GroupBy {
    /// Days (UTC), the newest first.
    #[default]
    Day,
    /// Tracks, what earned most first.
    Track,
}

/// The form of the answer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum Form {
    /// An object.
    #[default]
    Json,
    /// A table (RFC 4180).
    Csv,
}

/// Which earnings, and how they are summed up.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Wanted {
    /// Sessions that ended at this time or later.
    from: Option<Time>,
    /// Sessions that ended before this time.
    to: Option<Time>,
    /// Days or tracks.
    #[serde(default)]
    #[param(inline)]
    group_by: GroupBy,
    /// JSON or CSV.
    #[serde(default)]
    #[param(inline)]
    format: Form,
}

/// What an artist earned.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Earnings {
    artist_id: ArtistId,
    /// As of when.
    at: Time,
    #[serde(flatten)]
    standing: Standing,
    /// For how many days what was earned waits until it is payable.
    #[schema(example = 30)]
    hold_days: u32,
    items: Vec<EarnedSum>,
    /// What listeners gave in the span of time that was asked for, one for each asset; points went to the page's owner.
    tips: Vec<EarnedTips>,
}

/// What listeners gave.
#[derive(Debug, Serialize, ToSchema)]
struct EarnedTips {
    /// How many times.
    #[schema(example = 3)]
    count: i64,
    amount: Amount,
}

impl From<TipSum> for EarnedTips {
    fn from(TipSum { asset, count, amount }: TipSum) -> Self {
        Self { count, amount: Amount { asset, minor: amount } }
    }
}

/// What came of one day, or of one track.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct EarnedSum {
    /// The day (UTC), when summed up by day.
    #[schema(example = "2026-11-21")]
    day: Option<String>,
    /// The track, when summed up by track.
    track_id: Option<TrackId>,
    /// Its title.
    title: Option<String>,
    /// Seconds that were paid for.
    #[schema(example = 61)]
    seconds: i64,
    /// How many listeners paid.
    #[schema(example = 3)]
    listeners: i64,
    /// What they paid: of it come the platform's fee and the shares of all whom the split names.
    paid: Amount,
    /// The artist's share of it.
    amount: Amount,
}

impl From<Sum> for EarnedSum {
    fn from(sum: Sum) -> Self {
        let date = |day: i64| {
            let text = Time::from_micros(day.saturating_mul(86_400_000_000)).to_string();
            text.split('T').next().unwrap_or_default().to_owned()
        };
        Self {
            day: sum.day.map(date),
            track_id: sum.track,
            title: sum.title,
            seconds: sum.seconds,
            listeners: sum.listeners,
            paid: Amount { asset: sum.asset, minor: sum.paid },
            amount: Amount { asset: sum.asset, minor: sum.amount },
        }
    }
}

/// The routes of this module.
pub(crate) fn routes() -> Routes<Commerce> {
    Routes::new().routes(routes!(get_earnings)).routes(routes!(statements::get_statements))
}

/// Shows what an artist earned from paid listening, to those who manage the page.
#[utoipa::path(
    get, path = "/api/v1/artists/{id}/earnings", operation_id = "getEarnings", tag = "artists",
    params(("id" = ArtistId, Path), Wanted),
    responses((
        status = 200, description = "The figures; as a table with format=csv",
        content((Earnings = "application/json"), (String = "text/csv")),
    )),
    extensions(
        ("x-authz" = json!({"object": "artist", "allow": ["owner", "manager"], "visibility": "own"})),
        ("x-errors" = json!(["artist_not_found"]))
    ),
)]
async fn get_earnings(
    State(commerce): State<Commerce>,
    who: Account,
    Path(id): Path<ArtistId>,
    Query(wanted): Query<Wanted>,
) -> ApiResult<Response> {
    let earnings = earnings(&commerce, who.id, id, &wanted).await?;
    Ok(match wanted.format {
        Form::Json => Json(earnings).into_response(),
        Form::Csv => ([(header::CONTENT_TYPE, CSV)], table(&earnings)).into_response(),
    })
}

async fn earnings(
    commerce: &Commerce,
    account: AccountId,
    artist: ArtistId,
    wanted: &Wanted,
) -> Result<Earnings, EarningsError> {
    let at = commerce.app.now();
    let (from, to) = (wanted.from.unwrap_or_default(), wanted.to.unwrap_or(Time::from_micros(i64::MAX)));
    Check::new().that(from < to, "/to", "out_of_range", "is after from").done()?;
    let (standing, items, tips) = db::snapshot!(commerce.app.db, |tx| {
        let missing = EarningsError::ArtistNotFound(artist);
        if !queries::manages(tx, account, artist).await? {
            return Err(missing);
        }
        let standing = standings(tx, &[artist], at).await?.remove(&artist).ok_or(missing)?;
        let items = match wanted.group_by {
            GroupBy::Day => queries::by_day(tx, artist, (from, to), ROWS).await?,
            GroupBy::Track => queries::by_track(tx, artist, (from, to), ROWS).await?,
        };
        Ok((standing, items, tips::sums(tx, artist, (from, to)).await?))
    })?;
    Ok(Earnings {
        artist_id: artist,
        at,
        standing,
        hold_days: commerce.app.config.payout.hold_days,
        items: items.into_iter().map(EarnedSum::from).collect(),
        tips: tips.into_iter().map(EarnedTips::from).collect(),
    })
}

/// The figures as a table (RFC 4180): amounts in minor units, and in whole ones for whoever opens it in a spreadsheet.
fn table(earnings: &Earnings) -> String {
    let mut text =
        String::from("day,track,title,seconds,listeners,asset,amount,amount_decimal,paid,paid_decimal\r\n");
    for item in &earnings.items {
        let track = item.track_id.map(|id| id.to_string()).unwrap_or_default();
        let _ = write!(
            text,
            "{},{track},{},{},{},{},{},{},{},{}\r\n",
            item.day.as_deref().unwrap_or_default(),
            cell(item.title.as_deref().unwrap_or_default()),
            item.seconds,
            item.listeners,
            item.amount.asset,
            item.amount.minor,
            item.amount.decimal(),
            item.paid.minor,
            item.paid.decimal()
        );
    }
    text
}

/// A text as a cell: quoted, and never taken for a formula by a program that opens the table.
fn cell(text: &str) -> String {
    let harmless = if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { "'" } else { "" };
    format!("\"{harmless}{}\"", text.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_quoted_and_no_formula() {
        assert_eq!(cell("Dawn"), "\"Dawn\"");
        assert_eq!(cell("a \"b\", c"), "\"a \"\"b\"\", c\"");
        assert_eq!(cell("=HYPERLINK(\"x\")"), "\"'=HYPERLINK(\"\"x\"\")\"");
    }
}
