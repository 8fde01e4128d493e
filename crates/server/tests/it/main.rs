//! Tests through the API, on both databases.

mod document;
mod end_to_end;
mod health;
mod identity;
mod me;
mod search;
mod upload;
