//! The music: catalogue, search, import, upload, playback, and what people do with it.

pub mod catalogue;
pub mod import;
pub mod library;
pub mod picture;
pub mod playback;
pub mod search;
pub mod text;
pub mod upload;

use std::{ops::Deref, sync::Arc};

use axum::extract::FromRef;
use identity::Identity;
use infra::{App, http::Routes};

/// The state of this crate. Cheap to clone.
#[derive(Clone)]
pub struct Music(Arc<MusicParts>);

/// The contents of [`Music`].
pub struct MusicParts {
    /// What every part is given.
    pub app: App,
    /// Who people are.
    pub identity: Identity,
    /// Finding things by words.
    pub search: search::Search,
    /// The processes that read sound files and pictures.
    pub media: media::Pool,
    /// Who may hear what, and the bytes of it.
    pub playback: playback::Playback,
}

impl Music {
    /// Puts the parts together.
    pub fn new(parts: MusicParts) -> Self {
        Self(Arc::new(parts))
    }
}

impl Deref for Music {
    type Target = MusicParts;

    fn deref(&self) -> &MusicParts {
        &self.0
    }
}

impl FromRef<Music> for Identity {
    fn from_ref(music: &Music) -> Self {
        music.identity.clone()
    }
}

/// The routes of this crate, but for those that move bytes: [`playback::routes`] and [`upload::routes`].
pub fn routes() -> Routes<Music> {
    Routes::new()
        .merge(catalogue::routes())
        .merge(import::routes())
        .merge(library::routes())
        .merge(picture::routes())
        .merge(search::routes())
}
