//! What every handler needs: errors as problem+json, bodies and queries that name their mistakes, and who is
//! calling from where.

mod client;
mod error;
mod extract;
mod form;
mod paced;
mod routes;

pub use client::{Client, RequestId, identify, limit_key, sign_off};
pub use error::{ApiError, ApiResult};
pub use extract::{Json, Path, Query, from_json};
pub use form::{Form, FormError};
pub use paced::Meter;
#[doc(hidden)]
pub use pastey::paste;
pub use routes::{Operation, Operations, Routes};
