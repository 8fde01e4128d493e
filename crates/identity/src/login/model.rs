use kernel::{DeviceId, Time};
use serde::{Deserialize, Serialize};

use super::{refresh_token::RefreshToken, visit::Visit};
use crate::{Identity, Role, accounts::User};

/// Somebody who wants an account.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Registration {
    /// The e-mail address; its case does not matter.
    #[schema(example = "ada@example.org", max_length = 254)]
    pub(crate) email: String,
    /// 8 to 128 characters with letters and digits; not one of those that everybody tries.
    #[schema(example = "Quietly7Humming", min_length = 8, max_length = 128)]
    pub(crate) password: String,
    /// 3 to 32 letters, digits, dots, underscores and hyphens.
    #[schema(example = "ada", min_length = 3, max_length = 32)]
    pub(crate) username: Option<String>,
    /// `listener` (also called `fan` or `user`) or `artist`, in any case; listener unless said.
    #[schema(example = "listener")]
    pub(crate) role: Option<String>,
}

/// The role that somebody may choose under `name`.
pub(super) fn chosen_role(name: &str) -> Option<Role> {
    match name.to_ascii_lowercase().as_str() {
        "listener" | "fan" | "user" => Some(Role::Listener),
        "artist" => Some(Role::Artist),
        _ => None,
    }
}

/// A device that is about to be logged in, with its first refresh token.
#[derive(Clone)]
pub(crate) struct NewDevice {
    pub(crate) id: DeviceId,
    pub(crate) token: RefreshToken,
    pub(crate) web: bool,
    pub(crate) name: String,
    pub(crate) address: String,
}

impl NewDevice {
    /// The device behind `visit`.
    pub(crate) fn of(visit: &Visit, identity: &Identity) -> Self {
        Self {
            id: identity.app.id(),
            token: RefreshToken::new(identity.app.ids.secret()),
            web: visit.web,
            name: visit.device.clone(),
            address: visit.client.address.to_string(),
        }
    }
}

/// Somebody who is logged in now, and the secrets that prove it.
pub(crate) struct LoggedIn {
    pub(crate) user: User,
    pub(crate) access: String,
    pub(crate) refresh: RefreshToken,
}

/// A log-in on a device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Device {
    /// The device.
    pub(crate) id: DeviceId,
    /// What it calls itself: its user agent.
    #[schema(example = "Resonance/1.0 (Android 16)")]
    pub(crate) name: String,
    /// The address of its last log-in or renewal.
    #[schema(example = "192.0.2.7")]
    pub(crate) address: String,
    /// Whether it is a browser.
    pub(crate) web: bool,
    /// When it logged in.
    pub(crate) created_at: Time,
    /// When it last renewed its log-in.
    pub(crate) seen_at: Time,
    /// Whether it is the one that asks.
    pub(crate) current: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_chooses_to_be_an_admin() {
        for (name, role) in [
            ("Fan", Role::Listener),
            ("USER", Role::Listener),
            ("listener", Role::Listener),
            ("aRtIsT", Role::Artist),
        ] {
            assert_eq!(chosen_role(name), Some(role));
        }
        for bad in ["ADMIN", "admin", "moderator", "", " artist", "artist\0", "owner"] {
            assert_eq!(chosen_role(bad), None, "{bad}");
        }
    }
}
