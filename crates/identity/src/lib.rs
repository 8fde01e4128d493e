//! Who people are: accounts, credentials, log-ins and devices, roles, profiles.

pub mod accounts;
pub mod admin;
pub mod audit;
mod caller;
pub mod images;
pub mod login;
mod origin;
pub mod pictures;
pub mod setup;
pub mod wallets;

use std::{ops::Deref, sync::Arc, time::Duration};

pub use caller::{Account, Admin, Caller, NotARole, Role};
use infra::{App, http::Routes};
use kernel::{AccountId, DeviceId};
pub use origin::{check_origin, guard_origin};
pub use pictures::{PictureError, Pictures};

/// The state of this crate. Cheap to clone.
#[derive(Clone)]
pub struct Identity(Arc<IdentityParts>);

/// The contents of [`Identity`].
pub struct IdentityParts {
    /// What every part is given.
    pub app: App,
    /// Reads the pictures that people send.
    pub pictures: Arc<dyn Pictures>,
    hasher: login::Hasher,
    access: login::AccessTokens,
    sessions: login::Sessions,
}

impl Identity {
    /// Puts the parts together.
    pub fn new(app: App, pictures: Arc<dyn Pictures>) -> Self {
        let lifetime = Duration::from_mins(app.config.auth.access_minutes.into());
        let access = login::AccessTokens::new(&app.keys.derive("access-token"), lifetime);
        let hasher = login::Hasher::new(app.config.auth.hashers);
        Self(Arc::new(IdentityParts { app, pictures, hasher, access, sessions: login::Sessions::new() }))
    }

    /// `account` with its role, if it is logged in on `device` (and not suspended): for what was signed for a log-in
    /// and must not outlive it. The answer is at most five seconds old; on the node where the log-in ended it is new.
    pub async fn on_device(&self, account: AccountId, device: DeviceId) -> db::Result<Option<Account>> {
        login::on_device(self, account, device).await
    }

    /// Who an access token names, if its log-in has not ended: for where it does not come in a header or a cookie.
    ///
    /// # Errors
    /// When the token is not ours, has expired, or its log-in has ended.
    pub async fn by_token(&self, token: &str) -> Result<Account, login::LoginError> {
        login::authenticate(self, token).await
    }

    /// Those of `devices` whose log-in has ended or whose account is suspended, as stored now. Asked about many each
    /// second, it seldom has anything to say.
    pub async fn logged_out(&self, devices: &[DeviceId]) -> db::Result<Vec<DeviceId>> {
        login::logged_out(self, devices).await
    }

    /// Forgets what this node remembers of `account`. To be called after a transaction that changed its role (such
    /// as [`accounts::make_artist`]) has committed; other nodes see the change within five seconds.
    pub fn forget(&self, account: AccountId) {
        self.sessions.forget(account);
    }

    /// How often a password was hashed since the start.
    pub fn hashes(&self) -> u64 {
        self.hasher.runs()
    }
}

impl Deref for Identity {
    type Target = IdentityParts;

    fn deref(&self) -> &IdentityParts {
        &self.0
    }
}

/// The routes of this crate.
pub fn routes() -> Routes<Identity> {
    Routes::new()
        .merge(login::routes())
        .merge(accounts::routes())
        .merge(setup::routes())
        .merge(wallets::routes())
        .merge(admin::routes())
}
