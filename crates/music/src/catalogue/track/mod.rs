//! Tracks: recordings, from draft to publication.

mod api;
mod list;
mod model;
mod queries;
mod service;

pub use list::{TrackFilter, page};
pub(super) use model::ArtistName;
use model::TrackRow;
pub use model::{AlbumTitle, PreviewSpan, Track, TrackDetail, TrackUrl};
pub(super) use service::PREVIEW_MS;
pub use service::{
    NewPreview, TrackChange, attach_audio, change, create, delete, get, listed, reachable,
};

pub(super) use api::routes;
