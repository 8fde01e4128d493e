//! From events to points.

use std::time::Duration;

use db::{Tx, outbox::Message};
use infra::config;
use kernel::{AccountId, Asset, Event, Time, TrackId};
use money::{
    ledger::{Account, Entry, LedgerError, RewardFor},
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
    let rates = rates(&commerce.app.config.rewards);
    if rates.of(deed) == 0 {
        return Ok(0);
    }
    loop {
        if let Some(given) = give(commerce, account, reason(deed, track, at.day()), (deed, rates), at).await?
        {
            return Ok(given);
        }
        fill(commerce).await?;
    }
}

/// Gives what there is to be given; nothing can be, as long as the pool is not there.
async fn give(
    commerce: &Commerce,
    account: AccountId,
    reason: RewardFor,
    (deed, rates): (Deed, Rates),
    at: Time,
) -> Result<Option<i64>, PostError> {
    let (app, day) = (&commerce.app, at.day());
    let (RewardFor::FullPlay(track, _) | RewardFor::PartialPlay(track, _) | RewardFor::FirstLike(track)) =
        reason;
    db::write!(app.db, |tx| {
        let shortest = Duration::from_secs(app.config.rewards.shortest_track_s.into());
        if !queries::earns(tx, account, track, shortest).await? {
            return Ok(Some(0));
        }
        let today = queries::hold_day(tx, account, day).await?;
        let left = ledger::held_balance(tx, Account::Rewards, Asset::Btn).await?;
        let Some(left) = left else { return Ok(None) };
        // Asked while both are held: whoever gave it has let go of them.
        if ledger::is_posted(tx, &reason.key(account)).await? {
            return Ok(Some(0));
        }
        let given = pool(tx, &app.config.rewards, left).await?.grant(&rates, deed, today);
        if given > 0 {
            queries::add_to_day(tx, account, day, given).await?;
            ledger::post(tx, &[Entry::reward(account, reason, at, given)?], app.now()).await?;
        }
        Ok(Some(given))
    })
}

/// Puts all points that will ever be into the pool, once.
async fn fill(commerce: &Commerce) -> Result<(), PostError> {
    let (app, now) = (&commerce.app, commerce.app.now());
    let supply = [Entry::supply(now, app.config.rewards.supply)?];
    match db::write!(app.db, |tx| ledger::post(tx, &supply, now).await) {
        // Somebody did, perhaps with another number.
        Ok(_) | Err(PostError::Ledger(LedgerError::KeyTaken(_))) => Ok(()),
        Err(error) => Err(error),
    }
}

fn reason(deed: Deed, track: TrackId, day: i64) -> RewardFor {
    match deed {
        Deed::FullPlay => RewardFor::FullPlay(track, day),
        Deed::PartialPlay => RewardFor::PartialPlay(track, day),
        Deed::FirstLike => RewardFor::FirstLike(track),
    }
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
