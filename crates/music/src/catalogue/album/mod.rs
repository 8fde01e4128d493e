//! Albums: releases of any kind, in the order of their tracks.

mod api;
mod list;
mod model;
mod queries;
mod service;

pub use list::{AlbumFilter, page};
pub use model::{Album, AlbumKind};
pub use queries::set_cover;
pub use service::{AlbumChange, change, create, delete, get, listed, tracks};

pub(super) use api::routes;
