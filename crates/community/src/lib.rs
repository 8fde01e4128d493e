//! What people tell each other and are told: notifications.

pub mod notifications;

use std::{ops::Deref, sync::Arc};

use axum::extract::FromRef;
use identity::Identity;
use infra::{App, http::Routes};

/// The state of this crate. Cheap to clone.
#[derive(Clone)]
pub struct Community(Arc<CommunityParts>);

/// The contents of [`Community`].
pub struct CommunityParts {
    /// What every part is given.
    pub app: App,
    /// Who people are.
    pub identity: Identity,
}

impl Community {
    /// Puts the parts together.
    pub fn new(parts: CommunityParts) -> Self {
        Self(Arc::new(parts))
    }
}

impl Deref for Community {
    type Target = CommunityParts;

    fn deref(&self) -> &CommunityParts {
        &self.0
    }
}

impl FromRef<Community> for Identity {
    fn from_ref(community: &Community) -> Self {
        community.identity.clone()
    }
}

/// The routes of this crate.
pub fn routes() -> Routes<Community> {
    notifications::routes()
}
