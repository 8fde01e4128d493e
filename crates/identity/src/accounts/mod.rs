//! Accounts and their profiles.
//!
//! Owns: account.
//!
//! An e-mail address is stored in lower case and belongs to one account. A username belongs to one account whatever
//! its case; it can be taken neither for an e-mail address nor for an id. Credentials are the `login` module's.

mod api;
mod avatar;
mod error;
mod model;
mod names;
mod queries;
mod service;

pub(crate) use api::routes;
pub use error::AccountError;
pub(crate) use model::NewAccount;
pub use model::{AudioQuality, Person, Profile, ProfileChange, User, UserChange};
pub(crate) use names::{LoginKey, check_email, check_username, fold, login_key};
pub(crate) use queries::{set_role, set_suspended};
pub(crate) use service::{add_email, create, keep_way_in};
pub use service::{make_artist, update, user};
