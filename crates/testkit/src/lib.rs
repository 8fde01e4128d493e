//! Tests through the front door: the real router on a real database, called in process.
//!
//! `#[testkit::test] async fn name(app: TestApp)` runs on SQLite and, when `TEST_POSTGRES` names a server, on
//! PostgreSQL. Time stands still unless a test moves it; ids come from a seed. Every answer is checked against
//! the OpenAPI document.

mod clock;
mod contract;
mod database;
mod reply;
mod request;
mod test_app;

pub use clock::{FakeClock, SeededIds};
pub use contract::document;
pub use database::{PostgresDatabase, postgres_database};
pub use reply::Reply;
pub use request::{Call, User};
pub use test_app::{TestApp, run_postgres, run_sqlite};
pub use testkit_macros::test;
