//! The parts of the service, put together.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use axum::extract::FromRef;
use commerce::{
    Commerce, CommerceParts,
    ledger::Poster,
    sessions::{Gate, Sessions},
};
use community::{Community, CommunityParts};
use futures_util::{FutureExt, future::BoxFuture};
use identity::{Identity, PictureError};
use infra::{App, Config, Payments};
use media::{Fit, Limits, MediaError, Pool, PoolConfig, SUBCOMMAND};
use music::{
    Music, MusicParts,
    playback::{FreeOrPreview, Playback},
    search::Search,
};

use crate::{Hub, admin::Census, realtime};

/// Everything that routes and background tasks are made of. Cheap to clone.
#[derive(Clone)]
pub struct Service {
    /// What every part is given.
    pub app: App,
    /// Who people are.
    pub identity: Identity,
    /// The music.
    pub music: Music,
    /// The money.
    pub commerce: Commerce,
    /// What people are told.
    pub community: Community,
    /// Who follows what as it happens.
    pub hub: Hub,
    pub(crate) census: Census,
}

impl Service {
    /// Puts the parts together. `program` is this program's own file, which the children that read sound files and
    /// pictures are started from.
    pub fn new(app: App, program: PathBuf) -> Self {
        let media = children(&app.config, program);
        let identity = Identity::new(app.clone(), Arc::new(Pictures(media.clone())));
        let gate = Gate::new(&app, FreeOrPreview { anonymous: app.config.anonymous() });
        let playback = Playback::new(&app, gate.clone());
        let search = Search::new(&app.config);
        let music =
            Music::new(MusicParts { app: app.clone(), identity: identity.clone(), search, media, playback });
        let commerce = Commerce::new(CommerceParts {
            app: app.clone(),
            identity: identity.clone(),
            music: music.clone(),
            payments: Payments::of(app.config.mode),
            poster: Poster::new(app.db.clone(), app.clock.clone()),
            sessions: Sessions::new(&identity, gate),
        });
        let census = Census::default();
        let hub = Hub::new(app.clone(), identity.clone(), realtime::channels(&app, &census));
        let community = Community::new(CommunityParts { app: app.clone(), identity: identity.clone() });
        Self { app, identity, music, commerce, community, hub, census }
    }
}

/// Who people are, for commands that need no more.
pub(crate) fn identity(app: App, program: PathBuf) -> Identity {
    let media = children(&app.config, program);
    Identity::new(app, Arc::new(Pictures(media)))
}

/// Avatars, read by the children.
struct Pictures(Pool);

impl identity::Pictures for Pictures {
    fn square<'a>(&'a self, path: &'a Path, side: u32) -> BoxFuture<'a, Result<Vec<u8>, PictureError>> {
        async move {
            let picture = self.0.read_picture(path, side, Fit::Square).await.map_err(|e| match e {
                MediaError::TooLarge(_) => PictureError::TooLarge,
                MediaError::Busy => PictureError::Busy,
                MediaError::NotStarted(_) | MediaError::Unreadable(_) | MediaError::Unwritable(_) => {
                    tracing::error!(error = %e, "a picture could not be read, through no fault of its own");
                    PictureError::Busy
                }
                MediaError::Unsupported(_)
                | MediaError::Corrupt(_)
                | MediaError::NoPicture
                | MediaError::TimedOut { .. }
                | MediaError::Crashed { .. } => PictureError::Unsupported,
            })?;
            Ok(picture.jpeg)
        }
        .boxed()
    }
}

/// The children that read strangers' files: what was uploaded, and what may be imported.
pub(crate) fn children(config: &Config, program: PathBuf) -> Pool {
    let tmp = config.data.join("tmp");
    let mut read = vec![config.data.join("blobs"), tmp.clone()];
    read.extend(config.import.roots.iter().cloned());
    let cores = || std::thread::available_parallelism().map_or(1, usize::from);
    let mut pool = PoolConfig::new(program, vec![SUBCOMMAND.into()], read);
    pool.write = Some(tmp.join("cut"));
    pool.children = config.media.children.unwrap_or_else(cores);
    pool.limits = Limits { address_space: config.media.memory_mib << 20, ..Limits::default() };
    Pool::new(pool)
}

impl FromRef<Service> for Identity {
    fn from_ref(service: &Service) -> Self {
        service.identity.clone()
    }
}
