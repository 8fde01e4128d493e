//! What people are told of what happened: to their uploads and imports, by new followers, by artists they follow.
//!
//! Owns: notification, `notification_head`.
//!
//! Notifications follow from domain events, which come at least once. What holds:
//! - the same event again tells nobody twice: of one kind and subject there is one notification, or one unread one
//!   that covers all until it is read (new followers, being asked to manage a page);
//! - each has a number of its account that is given out under that account's row, so numbers become visible in their
//!   order and whoever has read up to one misses none before it. A notification that comes to cover more gets a new
//!   number;
//! - a release is told to its followers by a job, a batch in each transaction.

mod api;
mod error;
mod hear;
mod model;
mod queries;
mod release;

use infra::{
    App,
    http::Routes,
    realtime::{Channel, Missed, Source},
    routes,
};

pub use error::NotificationError;
pub use hear::hear;
pub use model::Notification;
pub use queries::prune;
pub use release::jobs;

use crate::Community;

/// The channel of the change feed: accounts that have news.
const FEED: &str = "notification";
/// Missed notifications that are told over a socket; whoever missed more reads the list.
const REPLAYED: usize = 100;

/// The routes of this module.
pub(crate) fn routes() -> Routes<Community> {
    Routes::new().routes(routes!(api::list)).routes(routes!(api::read))
}

/// `notifications`: those of the account that follows, as `GET /notifications` shows them.
pub fn channels(app: &App) -> Vec<Channel> {
    let app = app.clone();
    vec![Channel::of_events("notifications", Source::Feeds(&[FEED]), move |account, after| {
        let app = app.clone();
        async move {
            db::snapshot!(app.db, |tx| {
                let (head, floor) = queries::head(tx, account).await?;
                let Some(after) = after else { return Ok(Missed { head, ..Missed::default() }) };
                let rows = queries::after(tx, account, after, REPLAYED + 1).await?;
                if !(floor..=head).contains(&after) || rows.len() > REPLAYED {
                    return Ok(Missed { head, gap: true, events: Vec::new() });
                }
                let told = rows.into_iter().filter_map(|row| {
                    let seq = row.seq;
                    Some((seq, serde_json::to_value(Notification::from(row)).ok()?))
                });
                Ok(Missed { head, gap: false, events: told.collect() })
            })
        }
    })]
}
