//! Tests through the API, on both databases.

mod catalogue;
mod document;
mod health;
mod identity;
mod me;
