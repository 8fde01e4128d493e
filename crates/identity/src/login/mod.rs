//! Credentials, log-ins and devices.
//!
//! Owns: password, device, `refresh_token`.
//!
//! A *device* is one log-in. It has an access token for a few minutes at a time and a chain of refresh tokens, each
//! used once; one that is used again later than ten seconds after its first use ends the device. What holds:
//! - an ended log-in is refused at once by the node that ended it, and by all others within five seconds;
//! - an unknown name and a wrong password are answered alike, after the same work;
//! - secrets are stored as hashes: a copy of the database logs nobody in.

mod api;
mod error;
mod hasher;
mod limits;
mod model;
mod password;
mod queries;
mod refresh_token;
mod service;
mod sessions;
mod token;
mod visit;

pub use api::{Session, Welcome};
pub use error::LoginError;
pub(crate) use hasher::Hasher;
use infra::{http::Routes, routes};
pub(crate) use limits::{LOGIN_BY_ADDRESS, REGISTER_BY_ADDRESS};
pub(crate) use model::{LoggedIn, NewDevice};
pub use queries::prune;
pub(crate) use queries::{end_all, hold_account};
pub(crate) use service::{
    Applicant, authenticate, device_lifetime, limit, logged_in, logged_out, on_device, open, replace_password,
};
pub(crate) use sessions::Sessions;
pub(crate) use token::AccessTokens;
pub use visit::{Visit, carries_cookie};
pub(crate) use visit::{access_token, names_loopback, wants_renewal};

use crate::Identity;

/// The routes of this module.
pub(crate) fn routes() -> Routes<Identity> {
    Routes::new()
        .routes(routes!(api::register))
        .routes(routes!(api::log_in))
        .routes(routes!(api::refresh))
        .routes(routes!(api::log_out))
        .routes(routes!(api::log_out_everywhere))
        .routes(routes!(api::devices))
        .routes(routes!(api::end_device))
        .routes(routes!(api::change_password, api::add_password))
}
