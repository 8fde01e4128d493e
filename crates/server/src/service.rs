//! The parts of the service, put together.

use axum::extract::FromRef;
use identity::Identity;
use infra::App;
use music::{Music, MusicParts};

/// Everything that routes and background tasks are made of. Cheap to clone.
#[derive(Clone)]
pub struct Service {
    /// What every part is given.
    pub app: App,
    /// Who people are.
    pub identity: Identity,
    /// The music.
    pub music: Music,
}

impl Service {
    /// Puts the parts together.
    pub fn new(app: App) -> Self {
        let identity = Identity::new(app.clone());
        let music = Music::new(MusicParts { app: app.clone(), identity: identity.clone() });
        Self { app, identity, music }
    }
}

impl FromRef<Service> for Identity {
    fn from_ref(service: &Service) -> Self {
        service.identity.clone()
    }
}
