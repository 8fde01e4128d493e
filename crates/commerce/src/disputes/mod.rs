//! Disputes: what a session cost is contested, by its listener or by the instance itself, and an admin decides.
//!
//! Owns: dispute, `dispute_share`, `dispute_examined`.
//!
//! What holds: a session is contested once, by its listener within 30 days of its end. While that is open, the artists'
//! part of it is put aside; if the listener was right it goes back to them with the platform's fee, else to where it came
//! from. Each step is one transaction, and both sides are told.

mod api;
mod artist;
mod error;
mod examine;
mod queries;
mod service;

pub(crate) use api::SessionDispute;
pub use error::DisputeError;
pub use examine::examine;
use infra::{http::Routes, routes};
use kernel::SessionId;

use crate::Commerce;

/// Whether and how a session is, or was, contested.
pub(crate) async fn of_session(tx: &mut db::Tx, session: SessionId) -> db::Result<Option<SessionDispute>> {
    Ok(queries::of_session(tx, session).await?.map(SessionDispute::from))
}

/// The routes of this module.
pub(crate) fn routes() -> Routes<Commerce> {
    Routes::new()
        .routes(routes!(api::dispute_session))
        .routes(routes!(api::list_disputes))
        .routes(routes!(api::get_dispute))
        .routes(routes!(api::get_disputed_receipt))
        .routes(routes!(api::resolve_dispute))
        .routes(routes!(artist::list_artist_disputes))
}
