//! Money as people see it: the ledger, paid listening, wallets, what artists earn.
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::as_conversions, clippy::float_arithmetic)]

pub mod disputes;
pub mod earnings;
pub mod facts;
pub mod ledger;
pub mod once;
pub mod receipts;
pub mod rewards;
pub mod sessions;
pub mod tips;
pub mod wallet;

use std::{ops::Deref, sync::Arc};

use axum::extract::FromRef;
use identity::Identity;
use infra::{App, Payments, http::Routes};
use music::Music;

/// The state of this crate. Cheap to clone.
#[derive(Clone)]
pub struct Commerce(Arc<CommerceParts>);

/// The contents of [`Commerce`].
pub struct CommerceParts {
    /// What every part is given.
    pub app: App,
    /// Who people are.
    pub identity: Identity,
    /// The music.
    pub music: Music,
    /// Who moves money in.
    pub payments: Payments,
    /// Posts entries that stand alone.
    pub poster: ledger::Poster,
    /// Paid listening.
    pub sessions: sessions::Sessions,
}

impl Commerce {
    /// Puts the parts together.
    pub fn new(parts: CommerceParts) -> Self {
        Self(Arc::new(parts))
    }
}

impl Deref for Commerce {
    type Target = CommerceParts;

    fn deref(&self) -> &CommerceParts {
        &self.0
    }
}

impl FromRef<Commerce> for Identity {
    fn from_ref(commerce: &Commerce) -> Self {
        commerce.identity.clone()
    }
}

/// The routes of this crate.
pub fn routes() -> Routes<Commerce> {
    wallet::routes().merge(rewards::routes()).merge(tips::routes())
}
