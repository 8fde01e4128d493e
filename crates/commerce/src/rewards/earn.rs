//! From events to points.

use db::{Tx, outbox::Message};
use infra::config;
use kernel::{AccountId, Asset, Event, Time, TrackId};
use money::{
    ledger::{Account, Entry, RewardFor},
    rewards::{Deed, Pool, Rates},
};

use super::queries;
use crate::{
    Commerce,
    ledger::{self, PostError},
};

/// Gives the points that an event is worth, however often it comes.
///
/// # Errors
/// When the database fails: then it is to come again.
pub async fn hear(commerce: &Commerce, message: &Message) -> db::Result<()> {
    // What cannot be read, a newer version wrote.
    let Ok(event) = message.event() else { return Ok(()) };
    let (account, track, deed) = match event {
        Event::PlayRecorded { account, track, stream: true, delivered: true, full, .. } => {
            (account, track, if full { Deed::FullPlay } else { Deed::PartialPlay })
        }
        Event::TrackLiked { account, track } => (account, track, Deed::FirstLike),
        _ => return Ok(()),
    };
    match earn(commerce, account, track, deed, message.at).await {
        Ok(_) => Ok(()),
        Err(PostError::Db(error)) => Err(error),
        // Our own mistake, which trying again would not mend: the other events are not to wait for it.
        Err(error) => {
            tracing::error!(%error, %account, %track, ?deed, "a reward cannot be given");
            Ok(())
        }
    }
}

/// Gives `account` what it earned at `at` by a deed on a track, if it was not given before; answers how many points.
///
/// # Errors
/// When the database fails; what the ledger refuses is a mistake of ours.
pub async fn earn(
    commerce: &Commerce,
    account: AccountId,
    track: TrackId,
    deed: Deed,
    at: Time,
) -> Result<i64, PostError> {
    let (app, reason) = (&commerce.app, reason(deed, track, at.day()));
    let rates = rates(&app.config.rewards);
    if rates.of(deed) == 0 {
        return Ok(0);
    }
    db::write!(app.db, |tx| {
        if !queries::earns(tx, account, track).await? {
            return Ok(0);
        }
        let today = queries::hold_day(tx, account, at.day()).await?;
        let (pool, supply) = held_pool(tx, &app.config.rewards, at).await?;
        // Asked while both are held: whoever gave it has let go of them.
        if ledger::is_posted(tx, &reason.key(account)).await? {
            return Ok(0);
        }
        let given = pool.grant(&rates, deed, today);
        if given == 0 {
            return Ok(0);
        }
        queries::add_to_day(tx, account, at.day(), given).await?;
        let mut entries: Vec<Entry> = supply.into_iter().collect();
        entries.push(Entry::reward(account, reason, at, given)?);
        ledger::post(tx, &entries, app.now()).await?;
        Ok(given)
    })
}

fn reason(deed: Deed, track: TrackId, day: i64) -> RewardFor {
    match deed {
        Deed::FullPlay => RewardFor::FullPlay(track, day),
        Deed::PartialPlay => RewardFor::PartialPlay(track, day),
        Deed::FirstLike => RewardFor::FirstLike(track),
    }
}

/// The pool, which nobody else draws from until the transaction ends; and the entry that fills it, if none did.
async fn held_pool(
    tx: &mut Tx,
    config: &config::Rewards,
    at: Time,
) -> Result<(Pool, Option<Entry>), PostError> {
    Ok(match ledger::held_balance(tx, Account::Rewards, Asset::Btn).await? {
        Some(left) => (pool(tx, config, left).await?, None),
        None => {
            (Pool { supply: config.supply, left: config.supply }, Some(Entry::supply(at, config.supply)?))
        }
    })
}

/// All points that there are, with `left` of them in the pool; before the first was given, as they are configured.
async fn pool(tx: &mut Tx, config: &config::Rewards, left: i64) -> db::Result<Pool> {
    Ok(match ledger::balance(tx, Account::Clearing, Asset::Btn).await? {
        0 => Pool { supply: config.supply, left: config.supply },
        given => Pool { supply: given.saturating_neg(), left },
    })
}

/// The pool as it is.
pub(super) async fn pool_now(tx: &mut Tx, config: &config::Rewards) -> db::Result<Pool> {
    let left = ledger::balance(tx, Account::Rewards, Asset::Btn).await?;
    pool(tx, config, left).await
}

/// The configured rates.
pub(super) const fn rates(config: &config::Rewards) -> Rates {
    Rates {
        full_play: config.full_play,
        partial_play: config.partial_play,
        first_like: config.first_like,
        daily_cap: config.daily_cap,
    }
}
