use anyhow::Result;
use clap::Subcommand;

use super::Global;

/// Make and list accounts.
#[derive(Subcommand)]
pub(super) enum User {
    /// List all accounts
    List,
}

impl User {
    pub(super) fn run(&self, _global: &Global) -> Result<()> {
        match self {
            Self::List => Ok(()),
        }
    }
}
