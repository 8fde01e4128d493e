//! The parts of the service, put together.

use std::path::PathBuf;

use axum::extract::FromRef;
use identity::Identity;
use infra::App;
use media::{Limits, Pool, PoolConfig, SUBCOMMAND};
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
    /// Puts the parts together. `program` is this program's own file, which the children that read sound files and
    /// pictures are started from.
    pub fn new(app: App, program: PathBuf) -> Self {
        let identity = Identity::new(app.clone());
        let media = children(&app, program);
        let music = Music::new(MusicParts { app: app.clone(), identity: identity.clone(), media });
        Self { app, identity, music }
    }
}

/// The children that read strangers' files: what was uploaded, and what may be imported.
fn children(app: &App, program: PathBuf) -> Pool {
    let (config, tmp) = (&app.config, app.config.data.join("tmp"));
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
