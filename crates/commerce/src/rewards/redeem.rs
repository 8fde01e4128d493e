//! Exchanging points.

use std::time::Duration;

use db::Tx;
use http::StatusCode;
use kernel::{AccountId, Amount, Check, Cursor, Limit, Page, PerkId, RedemptionId, Time, TrackId};
use money::ledger::Entry;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    RewardsError,
    perks::PerkKind,
    points,
    queries::{self, RedemptionRow},
};
use crate::{
    Commerce,
    ledger::post,
    once::{Answer, Once},
};

/// The name of the list in its cursors.
const LIST: &str = "redemptions";
/// The most days of premium at a time: a year.
const MOST_DAYS: i64 = 366;
const DAY: Duration = Duration::from_hours(24);

/// What points are exchanged for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum RedemptionKind {
    /// Days of premium: `quantity` of them.
    PremiumDays,
    /// The perk `perkId`.
    Perk,
}

impl RedemptionKind {
    const fn code(self) -> &'static str {
        match self {
            Self::PremiumDays => "premium_days",
            Self::Perk => "perk",
        }
    }
}

/// Points to be exchanged.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct NewRedemption {
    kind: RedemptionKind,
    /// How many days of premium, from 1 to 366.
    #[serde(default)]
    #[schema(example = 7, minimum = 1, maximum = 366)]
    quantity: Option<i64>,
    /// Which perk.
    #[serde(default)]
    #[schema(example = json!(null))]
    perk_id: Option<PerkId>,
}

/// Points that were exchanged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Redemption {
    id: RedemptionId,
    /// `premium_days` or perk.
    #[schema(example = "premium_days")]
    kind: String,
    /// Days of premium; 1 for a perk.
    #[schema(example = 7)]
    quantity: i64,
    /// What it cost, in BTN.
    cost: Amount,
    at: Time,
    /// Until when there is premium, all exchanges together; only in the answer to the exchange itself.
    premium_until: Option<Time>,
    /// The perk.
    perk: Option<RedeemedPerk>,
}

/// A perk in the hands of whoever has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct RedeemedPerk {
    id: PerkId,
    kind: PerkKind,
    #[schema(example = "Friend of the band")]
    title: String,
    /// The track that may be heard or fetched.
    track_id: Option<TrackId>,
    /// The code that it is.
    #[schema(example = json!(null))]
    code: Option<String>,
}

impl From<RedemptionRow> for Redemption {
    fn from(row: RedemptionRow) -> Self {
        let perk = row.perk.zip(row.perk_kind).zip(row.title);
        Self {
            id: row.id,
            kind: row.kind,
            quantity: row.quantity,
            cost: points(row.points),
            at: row.at,
            premium_until: None,
            perk: perk.map(|((id, kind), title)| RedeemedPerk {
                id,
                kind,
                title,
                track_id: row.track,
                code: row.code,
            }),
        }
    }
}

impl NewRedemption {
    fn check(&self) -> Result<(), RewardsError> {
        let is_premium = self.kind == RedemptionKind::PremiumDays;
        let days_are_right = match self.quantity {
            Some(days) => is_premium && (1..=MOST_DAYS).contains(&days),
            None => !is_premium,
        };
        Ok(Check::new()
            .that(days_are_right, "/quantity", "out_of_range", "is from 1 to 366 days, of premium alone")
            .that(
                self.perk_id.is_some() != is_premium,
                "/perkId",
                "misplaced",
                "names the perk, of perk alone",
            )
            .done()?)
    }
}

/// Exchanges points of `who`, once.
pub(super) async fn redeem(
    commerce: &Commerce,
    who: AccountId,
    new: &NewRedemption,
    once: &Once,
) -> Result<Answer, RewardsError> {
    new.check()?;
    let (app, price) = (&commerce.app, commerce.app.config.rewards.premium_day);
    if new.kind == RedemptionKind::PremiumDays && price == 0 {
        return Err(RewardsError::NoPremium);
    }
    let (id, now): (RedemptionId, Time) = (app.id(), app.now());
    db::write!(app.db, |tx| {
        if let Some(answer) = once.begin(tx, now).await? {
            return Ok(answer);
        }
        let done = match (new.perk_id, new.quantity) {
            (Some(perk), _) => take_perk(tx, who, perk, (id, now)).await?,
            (None, days) => take_days(tx, who, (days.unwrap_or(1), price), (id, now)).await?,
        };
        let answer = Answer::new(StatusCode::CREATED, &done);
        once.finish(tx, &answer).await?;
        post(tx, &[Entry::redemption(id, now, who, done.cost.minor)?], now).await?;
        Ok(answer)
    })
}

/// Days of premium, from when those that there are end.
async fn take_days(
    tx: &mut Tx,
    who: AccountId,
    (days, price): (i64, i64),
    (id, now): (RedemptionId, Time),
) -> Result<Redemption, RewardsError> {
    // More than there will ever be is more than anybody has.
    let cost = price.saturating_mul(days);
    let row = row(id, RedemptionKind::PremiumDays, days, None, cost, now);
    queries::insert_redemption(tx, who, &row).await?;
    let micros = i64::try_from(DAY.as_micros()).unwrap_or(i64::MAX).saturating_mul(days);
    let until = queries::extend_premium(tx, who, now, micros).await?;
    Ok(Redemption { premium_until: Some(until), ..row.into() })
}

/// A piece of a perk, if there is one and the account has none.
async fn take_perk(
    tx: &mut Tx,
    who: AccountId,
    id: PerkId,
    (redemption, now): (RedemptionId, Time),
) -> Result<Redemption, RewardsError> {
    let perk = queries::perk(tx, id, who).await?.ok_or(RewardsError::PerkNotFound(id))?;
    if perk.mine {
        return Err(RewardsError::AlreadyRedeemed);
    }
    if !queries::take_piece(tx, id).await? {
        return Err(RewardsError::SoldOut);
    }
    let row = row(redemption, RedemptionKind::Perk, 1, Some(id), perk.price, now);
    if !queries::insert_redemption(tx, who, &row).await? {
        return Err(RewardsError::AlreadyRedeemed);
    }
    let subject = perk.track.map_or_else(|| id.into(), Into::into);
    queries::entitle(tx, who, perk.kind, subject).await?;
    let limit = Limit::default();
    let stored = queries::redemptions(tx, who, Some(redemption), None, limit).await?.pop();
    Ok(stored.unwrap_or(row).into())
}

fn row(
    id: RedemptionId,
    kind: RedemptionKind,
    quantity: i64,
    perk: Option<PerkId>,
    points: i64,
    at: Time,
) -> RedemptionRow {
    let kind = kind.code().to_owned();
    RedemptionRow {
        id,
        kind,
        quantity,
        perk,
        points,
        at,
        perk_kind: None,
        title: None,
        track: None,
        code: None,
    }
}

/// A page of what `who` exchanged points for, the newest first.
pub(super) async fn page(
    tx: &mut Tx,
    who: AccountId,
    cursor: Option<&Cursor>,
    limit: Limit,
) -> Result<Page<Redemption>, RewardsError> {
    let before = cursor.map(|cursor| cursor.place(LIST)).transpose()?;
    let rows = queries::redemptions(tx, who, None, before, limit).await?;
    Ok(Page::cut(rows, limit, |last| Cursor::at(LIST, &(last.at, last.id))).map(Redemption::from))
}
