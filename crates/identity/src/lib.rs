//! Who people are: accounts, credentials, log-ins and devices, roles, profiles.

mod caller;

use std::{ops::Deref, sync::Arc};

pub use caller::{Account, Admin, Caller, Role};
use infra::App;

/// The state of this crate. Cheap to clone.
#[derive(Clone)]
pub struct Identity(Arc<IdentityParts>);

/// The contents of [`Identity`].
pub struct IdentityParts {
    /// What every part is given.
    pub app: App,
}

impl Identity {
    /// Puts the parts together.
    pub fn new(app: App) -> Self {
        Self(Arc::new(IdentityParts { app }))
    }
}

impl Deref for Identity {
    type Target = IdentityParts;

    fn deref(&self) -> &IdentityParts {
        &self.0
    }
}
