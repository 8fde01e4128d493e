//! What is due at some time or other: what is kept for a while only goes, some rows at a time, sessions that ended are examined,
//! and what artists earned becomes payable. By one process at a time.

use std::time::Duration;

use commerce::{Commerce, disputes, earnings};
use db::{Tx, feed, idempotency, job, outbox, schedule};
use infra::App;
use kernel::Time;

/// How often it is done.
const EVERY: Duration = Duration::from_hours(1);
/// How often a process looks whether it is due.
const LOOK: Duration = Duration::from_mins(5);
/// Most rows of a table in one transaction, so that others get their turn to write.
const ROWS: u32 = 500;

const DAY: Duration = Duration::from_hours(24);
/// Jobs that ended: as long as somebody may want to know how.
const JOBS: Duration = DAY.saturating_mul(30);
/// Events that were handed on.
const EVENTS: Duration = DAY.saturating_mul(7);
/// Changes: whoever has not read for longer looks at everything anew.
const CHANGES: Duration = DAY.saturating_mul(7);
/// Notifications: as long as somebody may look back.
const NOTIFICATIONS: Duration = DAY.saturating_mul(180);
/// Answers kept for requests that are sent again.
const ANSWERS: Duration = DAY;

/// Does it whenever it is due, until `stop` is done.
pub(crate) async fn run(commerce: Commerce, stop: impl Future<Output = ()>) {
    let app = &commerce.app;
    let work = async {
        loop {
            let now = app.now();
            let due: db::Result<bool> =
                db::write!(app.db, |tx| schedule::due(tx, "upkeep", EVERY, now).await);
            let gone = match due {
                Ok(true) => {
                    mature(&commerce).await;
                    let gone = upkeep(app).await;
                    examine(&commerce).await;
                    gone
                }
                Ok(false) => Ok(0),
                Err(error) => Err(error),
            };
            match gone {
                Ok(0) => {}
                Ok(rows) => tracing::info!(rows, "deleted what was kept for a while"),
                Err(error) => tracing::warn!(%error, "what was kept for a while cannot be deleted"),
            }
            tokio::time::sleep(LOOK).await;
        }
    };
    tokio::select! {
        () = stop => {}
        () = work => {}
    }
}

/// Contests sessions whose parts disagree.
async fn examine(commerce: &Commerce) {
    match disputes::examine(commerce).await {
        Ok(0) => {}
        Ok(sessions) => tracing::warn!(sessions, "sessions do not add up: an admin has to decide on them"),
        Err(error) => tracing::warn!(%error, "sessions that ended cannot be examined"),
    }
}

/// Makes payable what artists earned long enough ago.
async fn mature(commerce: &Commerce) {
    match earnings::mature(commerce).await {
        Ok(0) => {}
        Ok(balances) => tracing::info!(balances, "what was earned became payable"),
        Err(error) => tracing::warn!(%error, "what was earned cannot become payable"),
    }
}

/// Deletes all whose time is over; answers how many rows that was.
///
/// # Errors
/// When the database cannot be used.
pub async fn upkeep(app: &App) -> db::Result<u64> {
    let now = app.now();
    let mut all = 0;
    loop {
        match db::write!(app.db, |tx| prune(tx, now).await)? {
            0 => return Ok(all),
            gone => all += gone,
        }
    }
}

async fn prune(tx: &mut Tx, now: Time) -> db::Result<u64> {
    Ok(job::prune(tx, now.minus(JOBS), ROWS).await?
        + outbox::prune(tx, now.minus(EVENTS), ROWS).await?
        + feed::prune(tx, now.minus(CHANGES), ROWS).await?
        + idempotency::prune(tx, now.minus(ANSWERS), ROWS).await?
        + community::notifications::prune(tx, now.minus(NOTIFICATIONS), ROWS).await?
        + identity::login::prune(tx, now, ROWS).await?
        + identity::wallets::prune(tx, now, ROWS).await?)
}
