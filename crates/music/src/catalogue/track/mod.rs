//! Tracks: recordings, from draft to publication.

mod api;
mod channel;
mod list;
mod model;
mod queries;
mod service;

pub use list::{TrackFilter, page};
pub(super) use model::ArtistName;
use model::TrackRow;
pub use model::{AlbumTitle, Gapless, PreviewSpan, Track, TrackDetail, TrackUrl};
pub use queries::set_cover;
pub(super) use service::PREVIEW_MS;
pub(crate) use service::is_isrc;
pub use service::{
    NewPreview, TrackChange, attach_audio, change, check_managed, check_reachable, create, delete, get,
    listed, lock_managed, reachable,
};

pub(super) use api::routes;
pub(super) use channel::channel;
