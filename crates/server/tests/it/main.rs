//! Tests through the API, on both databases.

mod document;
mod health;
mod identity;
mod me;
mod search;
