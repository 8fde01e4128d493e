//! Albums: releases of any kind, in the order of their tracks.

mod api;
mod list;
mod model;
mod price;
mod publish;
mod queries;
mod service;

pub use list::{AlbumFilter, page};
pub use model::{Album, AlbumKind};
pub use publish::NewRelease;
pub(super) use queries::is_managed;
pub use queries::set_cover;
pub use service::{AlbumChange, change, check_managed, create, delete, get, listed, tracks};

pub(super) use api::routes;
