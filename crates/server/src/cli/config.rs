use anyhow::Result;
use clap::Subcommand;
use infra::Config;

use super::Global;

/// Look at the configuration.
#[derive(Subcommand)]
pub(super) enum ConfigCommand {
    /// Check it and say what is wrong
    Check,
    /// Print it as it is in force, secrets left out
    Show,
    /// Print the JSON Schema of the file
    Schema,
}

impl ConfigCommand {
    pub(super) fn run(&self, global: &Global) -> Result<()> {
        match self {
            Self::Check => {
                let config = global.load(None, None)?;
                crate::start::check(&config)?;
                if global.json {
                    say!("{}", serde_json::json!({"valid": true}));
                } else {
                    say!("the configuration is right");
                }
            }
            Self::Show => {
                let config = global.load(None, None)?;
                if global.json {
                    say!("{}", serde_json::to_string_pretty(&config)?);
                } else {
                    say!("{}", toml::to_string(&config)?.trim_end());
                }
            }
            Self::Schema => say!("{:#}", Config::schema()),
        }
        Ok(())
    }
}
