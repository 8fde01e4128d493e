//! Tests through the API, on both databases.

mod admin;
mod catalogue;
mod connections;
mod crashes;
mod doctor;
mod document;
mod end_to_end;
mod health;
mod identity;
mod import;
mod jobs;
mod ledger;
mod matrix;
mod me;
mod notifications;
mod playback;
mod program;
mod queue;
mod realtime;
mod rewards;
mod search;
mod sessions;
mod upkeep;
mod upload;
mod wallet;
mod web;
