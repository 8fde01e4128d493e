//! What one process does: a role is a set of routers and background tasks. `serve` runs all of them unless
//! `--role` names some.

use std::{fmt, str::FromStr};

/// A part of the service that can run in a process of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Accounts and log-ins.
    Users,
    /// Artists, albums, tracks, search, imports.
    Catalogue,
    /// Bytes: streams and what was heard of them, uploads.
    Files,
    /// Paid listening.
    Meter,
    /// Wallets, rewards, what artists earn.
    Purchasing,
    /// News as it happens.
    Notifications,
    /// The web page.
    Web,
    /// Background jobs.
    Worker,
}

impl Role {
    /// All roles.
    pub const ALL: [Self; 8] = [
        Self::Users,
        Self::Catalogue,
        Self::Files,
        Self::Meter,
        Self::Purchasing,
        Self::Notifications,
        Self::Web,
        Self::Worker,
    ];

    /// Its name on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Users => "users",
            Self::Catalogue => "catalogue",
            Self::Files => "files",
            Self::Meter => "meter",
            Self::Purchasing => "purchasing",
            Self::Notifications => "notifications",
            Self::Web => "web",
            Self::Worker => "worker",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Role {
    type Err = String;

    fn from_str(s: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|role| role.name() == s).ok_or_else(|| {
            let known: Vec<_> = Self::ALL.iter().map(|role| role.name()).collect();
            format!("unknown role: one of {}", known.join(", "))
        })
    }
}
