//! What admins do with accounts. Every change is audited, and at least one admin who can log in remains.

mod api;
mod error;
mod queries;
mod service;

pub use error::AdminError;
use infra::{http::Routes, routes};
pub use queries::admins;
pub use service::{Member, MemberChange, MemberFilter, change, create, members, named, set_password};

use crate::Identity;

/// The routes of this module.
pub(crate) fn routes() -> Routes<Identity> {
    Routes::new().routes(routes!(api::list)).routes(routes!(api::change))
}
