//! What a node looks after besides its sessions' seconds.

use std::{sync::Arc, time::Duration};

use identity::Identity;
use infra::App;
use money::meter::Input;
use uuid::Uuid;

use super::{
    SessionError,
    desk::{Command, Desk, Reply},
    lookout::Lookout,
    queries::{self, leases},
    store,
};

/// How often it is looked whether those on sockets are still logged in.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How often it is looked whether the tracks of sessions may still be heard.
const WITHDRAWN_EVERY: Duration = Duration::from_secs(5);
/// Sessions without an owner that are settled at a time.
const REAPED: u32 = 100;

/// Looks after the log-ins of those on sockets, for as long as the node meters.
pub(super) async fn look_after(lookout: Arc<Lookout>, identity: Identity) {
    let mut look = tokio::time::interval(LOOK_EVERY);
    look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        look.tick().await;
        if let Err(error) = lookout.look(&identity).await {
            tracing::warn!(%error, "log-ins cannot be looked at now");
        }
    }
}

/// Ends sessions whose tracks were withdrawn, for as long as the node meters: nobody pays for silence.
pub(super) async fn end_withdrawn(desk: Desk, app: App) {
    let mut look = tokio::time::interval(WITHDRAWN_EVERY);
    look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        look.tick().await;
        let found = db::read!(app.db, |tx| queries::withdrawn(tx, desk.node).await);
        let found =
            found.inspect_err(|error| tracing::warn!(%error, "withdrawn tracks cannot be looked for now"));
        for (session, account) in found.unwrap_or_default() {
            // One that is not here any more has ended. Nobody waits for the end: there may be many.
            let input = Input::Settle { session };
            let _ =
                desk.ask(|reply| Command::Tell { input, session, account, reply: Reply::Waits(reply) }).await;
        }
    }
}

/// Settles sessions that nobody owns any more, here or elsewhere.
pub(super) async fn reap(app: &App, node: Uuid) -> Result<(), SessionError> {
    let now = app.now();
    let before = now.minus(money::meter::RECONNECT);
    let abandoned: Result<_, SessionError> =
        db::write!(app.db, |tx| Ok(leases::raise_abandoned(tx, node, before, REAPED).await?));
    for session in abandoned? {
        let event = app.id();
        db::write!(app.db, |tx| store::settle_abandoned(tx, session, (now, event)).await)?;
        tracing::info!(%session, "a session that nobody owned is settled");
    }
    Ok(())
}
