//! What artists have now, while people listen.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use db::Tx;
use infra::{
    App,
    realtime::{Ask, Channel, Source},
};
use kernel::{AccountId, Amount, ArtistId, Asset, Time};
use money::ledger::Account as Place;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::queries::{self, Running};
use crate::ledger;

/// What artists are paid in.
pub(super) const ASSETS: [Asset; 2] = [Asset::Beat, Asset::Usdc];
/// A whole in basis points.
const WHOLE: i128 = 10_000;
/// How often it is looked whether anything moved, while somebody follows it. A second that was heard is durable within one
/// more, so that both together stay below two.
const PACE: Duration = Duration::from_millis(700);

/// What an artist has now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(super) struct Standing {
    /// Each asset's, whatever span of time was asked for.
    balances: Vec<EarnedBalance>,
    /// What was paid in sessions that are open since it was last posted, and is not in the balances yet.
    live: Amount,
    /// The artist's share of sessions that are open, posted or not: what no sum of a day, a track or a month has yet.
    open: Amount,
    /// How many listen now: whoever has paused does not.
    #[schema(example = 2)]
    listening: usize,
}

/// What an artist has in one asset.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
struct EarnedBalance {
    #[schema(example = "BEAT")]
    asset: &'static str,
    /// Minor units that are earned and not payable yet.
    #[schema(example = "122000")]
    earned: String,
    /// Minor units that may be paid out; below zero after a dispute.
    #[schema(example = "0")]
    payable: String,
    /// Minor units that are contested.
    #[schema(example = "0")]
    disputed: String,
}

/// `artist:{id}:earnings` for those who manage the page: a [`Standing`].
///
/// Nothing is written for it and no beat knows of it: what is durable is looked at, for all artists that anybody follows
/// in one go, and only while somebody does.
pub fn channels(app: &App) -> Vec<Channel> {
    let app = app.clone();
    vec![Channel::of_values("artist:{id}:earnings", Source::Every(PACE), move |asks| {
        let app = app.clone();
        async move { look(&app, &asks).await }
    })]
}

async fn look(app: &App, asks: &[Ask]) -> db::Result<Vec<Option<Value>>> {
    let pair = |ask: &Ask| ask.account.map(|account| (account, ArtistId::from(ask.subject)));
    let asked: Vec<(AccountId, ArtistId)> = asks.iter().filter_map(pair).collect();
    db::snapshot!(app.db, |tx| {
        let managed: HashSet<(AccountId, ArtistId)> =
            queries::managed(tx, &asked).await?.into_iter().collect();
        let artists: HashSet<ArtistId> = managed.iter().map(|(_, artist)| *artist).collect();
        let artists: Vec<ArtistId> = artists.into_iter().collect();
        let standings = standings(tx, &artists, app.now()).await?;
        let see = |ask: &Ask| {
            let (_, artist) = pair(ask).filter(|pair| managed.contains(pair))?;
            serde_json::to_value(standings.get(&artist)?).ok()
        };
        Ok(asks.iter().map(see).collect())
    })
}

/// What the pages that `account` manages earned in all, by asset: payable or not, contested or not, and what is being
/// heard. Assets in which nothing was earned are left out.
pub async fn total(tx: &mut Tx, account: AccountId, now: Time) -> db::Result<Vec<Amount>> {
    let artists = queries::managed_by(tx, account).await?;
    if artists.is_empty() {
        return Ok(Vec::new());
    }
    let mut sums = ASSETS.map(|asset| Amount { asset, minor: 0 });
    let places = places(&artists);
    for ((_, asset), balance) in places.iter().zip(ledger::balances(tx, &places).await?) {
        for sum in sums.iter_mut().filter(|sum| sum.asset == *asset) {
            sum.minor = sum.minor.saturating_add(balance);
        }
    }
    for (_, session) in queries::running(tx, &artists, now).await? {
        for sum in sums.iter_mut().filter(|sum| sum.asset == session.asset) {
            sum.minor = sum.minor.saturating_add(live(&session));
        }
    }
    Ok(sums.into_iter().filter(|sum| sum.minor != 0).collect())
}

/// Where what each of `artists` has stands: three places for each asset.
fn places(artists: &[ArtistId]) -> Vec<(Place, Asset)> {
    let places = |artist| [Place::Earned(artist), Place::Payable(artist), Place::Disputed(artist)];
    let of = |artist| ASSETS.into_iter().flat_map(move |asset| places(artist).map(|place| (place, asset)));
    artists.iter().copied().flat_map(of).collect()
}

/// An artist's share of what a session charged and no entry says yet.
fn live(session: &Running) -> i64 {
    share(session, session.amount).saturating_sub(share(session, session.captured))
}

/// What each of `artists` has now.
pub(super) async fn standings(
    tx: &mut Tx,
    artists: &[ArtistId],
    now: Time,
) -> db::Result<HashMap<ArtistId, Standing>> {
    if artists.is_empty() {
        return Ok(HashMap::new());
    }
    let balances = ledger::balances(tx, &places(artists)).await?;
    let mut running: HashMap<ArtistId, (i64, i64, usize)> = HashMap::new();
    for (artist, session) in queries::running(tx, artists, now).await? {
        let (not_posted, open, listening) = running.entry(artist).or_default();
        *not_posted = not_posted.saturating_add(live(&session));
        *open = open.saturating_add(share(&session, session.amount));
        *listening = listening.saturating_add(usize::from(session.is_heard));
    }
    let each = artists.iter().zip(balances.chunks_exact(ASSETS.len().saturating_mul(3)));
    let standing = each.map(|(artist, balances)| {
        let (live, open, listening) = running.get(artist).copied().unwrap_or_default();
        let balances = ASSETS.iter().zip(balances.chunks_exact(3)).map(|(asset, of)| EarnedBalance {
            asset: asset.code(),
            earned: of[0].to_string(),
            payable: of[1].to_string(),
            disputed: of[2].to_string(),
        });
        let beats = |minor| Amount { asset: Asset::Beat, minor };
        let (live, open) = (beats(live), beats(open));
        (*artist, Standing { balances: balances.collect(), live, open, listening })
    });
    Ok(standing.collect())
}

/// An artist's share of what a session charged so far, by the rules of dividing (docs/LEDGER-FORMAT.md).
fn share(running: &Running, charged: i64) -> i64 {
    if running.asset != Asset::Beat {
        return 0;
    }
    let portion = |sum: i128, bp: i64| sum * i128::from(bp) / WHOLE;
    let charged = i128::from(charged);
    i64::try_from(portion(charged - portion(charged, running.fee_bp), running.basis_points)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_rounded_down_after_the_fee() {
        let running = Running {
            asset: Asset::Beat,
            amount: 14_000,
            captured: 0,
            fee_bp: 333,
            basis_points: 3_333,
            is_heard: true,
        };
        assert_eq!(share(&running, 14_000), 4_510);
        assert_eq!(share(&running, 0), 0);
        assert_eq!(share(&Running { asset: Asset::Usdc, ..running }, 14_000), 0);
    }
}
