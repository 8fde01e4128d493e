//! The binary: it puts the parts together, serves them, and offers the command line.

mod admin;
mod around;
mod background;
pub mod cli;
mod demo;
mod figures;
mod health;
mod instance;
mod me;
mod openapi;
mod realtime;
mod roles;
mod router;
mod serve;
mod service;
mod start;
mod upkeep;
mod wallet;
mod web;
mod work;

pub use background::{deliver, worker};
pub use realtime::Hub;
pub use roles::Role;
pub use router::{document, router};
pub use serve::{Places, serve};
pub use service::Service;
pub use start::open;
pub use upkeep::upkeep;
