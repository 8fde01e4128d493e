//! Tests through the API, on both databases.

mod admin;
mod catalogue;
mod connections;
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
mod queue;
mod realtime;
mod rewards;
mod search;
mod sessions;
mod tips;
mod upkeep;
mod upload;
mod wallet;
mod web;
