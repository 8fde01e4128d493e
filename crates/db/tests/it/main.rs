//! The database layer on real SQLite and, where `TEST_POSTGRES` says so, on real PostgreSQL.

mod base;
mod feed;
mod idempotency;
mod job;
mod open;
mod outbox;
mod rows;
mod schedule;
mod schema;
mod statements;
mod transactions;
mod worker;
