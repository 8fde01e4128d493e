//! Background tasks: which role runs what, and how they end.

use std::time::Duration;

use db::{
    job::{Handler, Worker},
    outbox::{Message, Relay},
};
use infra::App;
use tokio::{sync::watch, task::JoinSet};

use crate::{Role, Service, upkeep};

/// How long background work may go on after the stop signal.
const GRACE: Duration = Duration::from_secs(5);

/// How long nobody carries events on after the process that did has died.
const LEASE: Duration = Duration::from_secs(30);

/// Tasks that are running.
pub(crate) struct Tasks(JoinSet<()>);

/// Starts the tasks of `roles`; they end when `stop` turns true.
pub(crate) fn start(service: &Service, roles: &[Role], stop: &watch::Receiver<bool>) -> Tasks {
    let mut tasks = JoinSet::new();
    if roles.contains(&Role::Worker) {
        tasks.spawn(worker(service).run(stopped(stop.clone()), GRACE));
        tasks.spawn(music::upload::tend(service.music.clone(), stopped(stop.clone())));
        tasks.spawn(music::playback::tend(service.music.clone(), stopped(stop.clone())));
        tasks.spawn(upkeep::run(service.commerce.clone(), stopped(stop.clone())));
        let (teller, told) = (service.clone(), stopped(stop.clone()));
        tasks.spawn(async move { relay(&teller.app).run(|message| tell(&teller, message), told).await });
    }
    if roles.contains(&Role::Files) {
        let (service, stop) = (service.clone(), stopped(stop.clone()));
        tasks.spawn(async move { service.music.playback.keep_deliveries(&service.app, stop).await });
    }
    if roles.contains(&Role::Catalogue) {
        let (search, db) = (service.music.search.clone(), service.app.db.clone());
        tasks.spawn(music::search::follow(search, db, stopped(stop.clone())));
    }
    if roles.contains(&Role::Meter)
        && let Some(node) = service.commerce.sessions.node()
    {
        tasks.spawn(node.run(stopped(stop.clone())));
    }
    if roles.contains(&Role::Notifications) {
        tasks.spawn(service.hub.clone().run(stopped(stop.clone())));
    }
    Tasks(tasks)
}

/// The worker for every kind of job.
pub fn worker(service: &Service) -> Worker {
    let app = &service.app;
    Worker::new(app.db.clone(), app.clock.clone(), app.ids.clone(), handlers(service))
}

fn relay(app: &App) -> Relay {
    Relay::new(app.db.clone(), app.clock.clone(), LEASE)
}

/// Hands on the events that wait; answers how many.
pub async fn deliver(service: &Service) -> db::Result<usize> {
    relay(&service.app).run_due(|message| tell(service, message)).await
}

/// Where events go.
async fn tell(service: &Service, message: Message) -> db::Result<()> {
    tracing::debug!(topic = message.topic, id = %message.id, payload = message.payload, "event");
    commerce::rewards::hear(&service.commerce, &message).await?;
    community::notifications::hear(&service.community, &message).await
}

fn handlers(service: &Service) -> Vec<Handler> {
    let mut handlers = Vec::new();
    handlers.extend(music::playback::jobs(&service.music));
    handlers.extend(music::upload::jobs(&service.music));
    handlers.extend(music::import::jobs(&service.music));
    handlers.extend(commerce::wallet::jobs(&service.commerce));
    handlers.extend(community::notifications::jobs(&service.community));
    handlers
}

async fn stopped(mut stop: watch::Receiver<bool>) {
    // A sender that is gone will not say stop any more: stop.
    let _ = stop.wait_for(|stop| *stop).await;
}

impl Tasks {
    /// Waits until all have ended; those that take too long are given up: their work is taken up by the next start.
    pub(crate) async fn finish(mut self) {
        let all = async { while self.0.join_next().await.is_some() {} };
        if tokio::time::timeout(GRACE + Duration::from_secs(5), all).await.is_err() {
            tracing::warn!("background work was still running when the time to drain was over");
        }
    }
}
