//! The outside world, each part an enum over its kinds: configuration, clock and randomness, the object store,
//! rate limits, logs and figures, and what every HTTP handler needs.

mod app;
mod blobs;
mod clock;
pub mod config;
pub mod http;
mod keys;
mod limits;
pub mod payments;
pub mod place;
pub mod realtime;
mod room;
pub mod telemetry;
mod temp;

pub use app::{App, AppParts};
pub use blobs::{BlobError, BlobKey, Blobs};
pub use clock::{SystemClock, SystemIds};
pub use config::Config;
pub use keys::{Keys, KeysError};
pub use limits::{AtATime, Inside, Limits, Quota};
pub use payments::Payments;
pub use room::{Promise, Room, is_full};
pub use temp::TempFile;
