//! What every handler needs: errors as problem+json, bodies and queries that name their mistakes, who is calling
//! from where, and files that the kernel sends.

mod client;
mod error;
mod extract;
mod form;
mod sendfile;

pub use client::{Client, RequestId, identify};
pub use error::{ApiError, ApiResult};
pub use extract::{Json, Path, Query, from_json};
pub use form::{Form, FormError};
pub use sendfile::{Sendfile, SendfileStream};
