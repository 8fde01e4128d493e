use std::{ops::Deref, sync::Arc};

use db::Db;
use kernel::{Clock, Id, Ids, Time};

use crate::{Blobs, Config, Keys, Limits, Room};

/// What every part of the service is given. Cheap to clone.
#[derive(Clone)]
pub struct App(Arc<AppParts>);

/// The contents of an [`App`].
pub struct AppParts {
    /// The database.
    pub db: Db,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Ids and randomness.
    pub ids: Arc<dyn Ids>,
    /// The configuration, fixed at start.
    pub config: Config,
    /// The object store.
    pub blobs: Blobs,
    /// The instance's secrets.
    pub keys: Keys,
    /// Rate limits.
    pub limits: Limits,
    /// Room on the disk for what people send.
    pub room: Room,
}

impl App {
    /// Puts the parts together.
    pub fn new(parts: AppParts) -> Self {
        Self(Arc::new(parts))
    }

    /// The current time.
    pub fn now(&self) -> Time {
        self.clock.now()
    }

    /// A fresh, time-ordered id.
    pub fn id<T: Id>(&self) -> T {
        T::from(self.ids.uuid(self.now()))
    }
}

impl Deref for App {
    type Target = AppParts;

    fn deref(&self) -> &AppParts {
        &self.0
    }
}
