//! What an artist earned, month by month, in a form to keep.

use std::fmt::Write as _;

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use db::Rows;
use http::header;
use identity::Account;
use infra::http::{ApiResult, Json, Path, Query};
use kernel::{Amount, ArtistId, Asset, Check, Time};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{ASSETS, CSV, EarningsError, Form, queries};
use crate::Commerce;

/// Months of one answer at most: ten years.
const MONTHS: usize = 120;
/// Months of an answer that nobody asked more of.
const YEAR: usize = 12;
/// A little more than the longest month.
const NEXT: std::time::Duration = std::time::Duration::from_hours(24 * 32);

/// Which months, and in which form.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct StatementsWanted {
    /// From the month of this time on; a year back, if it is not said.
    from: Option<Time>,
    /// Up to the month of this time; the current one, if it is not said.
    to: Option<Time>,
    /// JSON or CSV.
    #[serde(default)]
    #[param(inline)]
    format: Form,
}

/// What an artist earned, month by month.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Statements {
    artist_id: ArtistId,
    /// As of when: the current month goes on.
    at: Time,
    /// The newest first; months without anything are left out.
    items: Vec<Statement>,
}

/// What a month came to in one asset. Sessions count in the month of their end (UTC).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Statement {
    #[schema(example = "2026-11")]
    month: String,
    /// Sessions that were paid for.
    #[schema(example = 40)]
    sessions: i64,
    /// Seconds of them.
    #[schema(example = 7200)]
    seconds: i64,
    /// How many listeners paid.
    #[schema(example = 12)]
    listeners: i64,
    /// The artist's share of what they paid.
    listening: Amount,
    /// How many tips there were.
    #[schema(example = 3)]
    tip_count: i64,
    /// What they came to.
    tips: Amount,
    /// Listening and tips together.
    earned: Amount,
    /// What is contested of it, or went back to listeners; no part of the above.
    withheld: Amount,
    /// What became payable in this month, whenever it was earned.
    matured: Amount,
}

/// Shows what an artist earned month by month, to those who manage the page.
#[utoipa::path(
    get, path = "/api/v1/artists/{id}/statements", operation_id = "getStatements", tag = "artists",
    params(("id" = ArtistId, Path), StatementsWanted),
    responses((
        status = 200, description = "The statements; as a table with format=csv",
        content((Statements = "application/json"), (String = "text/csv")),
    )),
    extensions(
        ("x-authz" = json!({"object": "artist", "allow": ["owner", "manager"], "visibility": "own"})),
        ("x-errors" = json!(["artist_not_found"]))
    ),
)]
pub(super) async fn get_statements(
    State(commerce): State<Commerce>,
    who: Account,
    Path(id): Path<ArtistId>,
    Query(wanted): Query<StatementsWanted>,
) -> ApiResult<Response> {
    let at = commerce.app.now();
    let months = months(&wanted, at)?;
    let items: Result<_, EarningsError> = db::snapshot!(commerce.app.db, |tx| {
        if !queries::manages(tx, who.id, id).await? {
            return Err(EarningsError::ArtistNotFound(id));
        }
        let spans = || months.windows(2).map(|pair| (pair[0], pair[1])).collect::<Rows>();
        let heard = queries::heard_by_month(tx, id, spans()).await?;
        let tips = queries::tips_by_month(tx, id, spans()).await?;
        let matured = queries::matured_by_month(tx, id, spans()).await?;
        Ok(statements(&months, &heard, &tips, &matured))
    });
    let statements = Statements { artist_id: id, at, items: items? };
    Ok(match wanted.format {
        Form::Json => Json(statements).into_response(),
        Form::Csv => ([(header::CONTENT_TYPE, CSV)], table(&statements)).into_response(),
    })
}

/// The beginnings of the months that are wanted, and of the one after them.
fn months(wanted: &StatementsWanted, now: Time) -> Result<Vec<Time>, EarningsError> {
    let last = wanted.to.unwrap_or(now).min(now).month();
    let mut month = match wanted.from {
        Some(from) => from.month(),
        None => (1..YEAR).fold(last, |month, _| month.minus(std::time::Duration::from_micros(1)).month()),
    };
    let mut months = vec![month];
    while month <= last && months.len() <= MONTHS.saturating_add(1) {
        month = month.plus(NEXT).month();
        months.push(month);
    }
    let is_right = months.len() <= MONTHS.saturating_add(1) && months.len() > 1;
    Check::new().that(is_right, "/from", "out_of_range", "is before to, by ten years at most").done()?;
    Ok(months)
}

/// One for each month and asset in which there was anything, the newest first.
fn statements(
    months: &[Time],
    heard: &[queries::HeardSum],
    tips: &[(Time, Asset, i64, i64)],
    matured: &[(Time, Asset, i64)],
) -> Vec<Statement> {
    let mut items = Vec::new();
    for month in months.iter().rev() {
        for asset in ASSETS {
            let is_this = |at: Time, of: Asset| at == *month && of == asset;
            let heard = heard.iter().find(|sum| is_this(sum.month, sum.asset));
            let tips = tips.iter().find(|(at, of, ..)| is_this(*at, *of));
            let matured = matured.iter().find(|(at, of, _)| is_this(*at, *of));
            if heard.is_some() || tips.is_some() || matured.is_some() {
                items.push(statement(*month, asset, heard, tips, matured));
            }
        }
    }
    items
}

fn statement(
    month: Time,
    asset: Asset,
    heard: Option<&queries::HeardSum>,
    tips: Option<&(Time, Asset, i64, i64)>,
    matured: Option<&(Time, Asset, i64)>,
) -> Statement {
    let amount = |minor| Amount { asset, minor };
    let (tip_count, tipped) = tips.map_or((0, 0), |(.., count, sum)| (*count, *sum));
    let listening = heard.map_or(0, |sum| sum.kept);
    Statement {
        month: month.to_string().chars().take(7).collect(),
        sessions: heard.map_or(0, |sum| sum.sessions),
        seconds: heard.map_or(0, |sum| sum.seconds),
        listeners: heard.map_or(0, |sum| sum.listeners),
        listening: amount(listening),
        tip_count,
        tips: amount(tipped),
        earned: amount(listening.saturating_add(tipped)),
        withheld: amount(heard.map_or(0, |sum| sum.withheld)),
        matured: amount(matured.map_or(0, |(.., sum)| *sum)),
    }
}

/// The statements as a table (RFC 4180): amounts in minor units, and in whole ones for whoever opens it in a spreadsheet.
fn table(statements: &Statements) -> String {
    let mut text = String::from(
        "month,asset,sessions,seconds,listeners,listening,tip_count,tips,earned,withheld,matured,\
         listening_decimal,tips_decimal,earned_decimal,withheld_decimal,matured_decimal\r\n",
    );
    for item in &statements.items {
        let minor = |amount: Amount| amount.minor;
        let _ = write!(
            text,
            "{},{},{},{},{},{},{},{},{},{},{},{}\r\n",
            item.month,
            item.listening.asset,
            item.sessions,
            item.seconds,
            item.listeners,
            minor(item.listening),
            item.tip_count,
            minor(item.tips),
            minor(item.earned),
            minor(item.withheld),
            minor(item.matured),
            [item.listening, item.tips, item.earned, item.withheld, item.matured]
                .map(Amount::decimal)
                .join(",")
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(text: &str) -> Time {
        text.parse().unwrap()
    }

    #[test]
    fn months_are_those_of_the_calendar() {
        let now = time("2026-11-22T06:00:00Z");
        let firsts = |wanted: &StatementsWanted| {
            months(wanted, now)
                .map(|all| all.iter().map(|m| m.to_string()[..7].to_owned()).collect::<Vec<_>>())
        };
        let year = firsts(&StatementsWanted::default()).unwrap();
        assert_eq!((year.len(), &*year[0], &*year[11], &*year[12]), (13, "2025-12", "2026-11", "2026-12"));
        let span = |from: &str, to: &str| StatementsWanted {
            from: Some(time(from)),
            to: Some(time(to)),
            ..StatementsWanted::default()
        };
        let two = firsts(&span("2024-01-31T00:00:00Z", "2024-02-29T23:59:59Z")).unwrap();
        assert_eq!(two, ["2024-01", "2024-02", "2024-03"]);
        assert!(firsts(&span("2016-12-01T00:00:00Z", "2026-11-30T00:00:00Z")).is_ok(), "ten years");
        assert!(firsts(&span("2016-11-30T00:00:00Z", "2026-11-01T00:00:00Z")).is_err());
        assert!(firsts(&span("2026-12-01T00:00:00Z", "2027-01-01T00:00:00Z")).is_err(), "in the future");
        assert!(firsts(&span("1970-01-01T00:00:00Z", "2026-11-01T00:00:00Z")).is_err());
    }
}
