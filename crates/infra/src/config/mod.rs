//! Configuration: defaults ← `resonance.toml` ← `RESONANCE__SECTION__KEY` ← flags. Read once at start and handed
//! down; unknown keys are refused; each section checks itself. With no file at all, everything works below the
//! data folder.

mod load;
mod sections;

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use load::{ConfigError, Flags, load};
pub use sections::{
    Access, Anonymous, Auth, Database, Http, Import, Log, LogFormat, Media, Meter, Payout, Platform,
    Registration, Rewards, Search, Upload, listen_address,
};

/// How the instance behaves towards money and demo content. Fixed at start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Demo content, play money. Only `resonance demo` makes such a data folder.
    Demo,
    /// Play money and simulators, for tests of an installation.
    Test,
    /// The real thing: no simulator, no faucet.
    #[default]
    Production,
}

impl Mode {
    /// Its name in the configuration.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Demo => "demo",
            Self::Test => "test",
            Self::Production => "production",
        }
    }
}

/// The whole configuration.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// demo, test or production.
    pub mode: Mode,
    /// The folder for everything that is kept on this machine.
    pub data: PathBuf,
    /// The HTTP listener.
    pub http: Http,
    /// The database.
    pub db: Database,
    /// Log-ins.
    pub auth: Auth,
    /// What visitors without an account may do.
    pub access: Access,
    /// Importing music folders.
    pub import: Import,
    /// Uploads by artists.
    pub upload: Upload,
    /// The limited child processes that read sound files and pictures.
    pub media: Media,
    /// Paying per second.
    pub meter: Meter,
    /// What the platform takes.
    pub platform: Platform,
    /// What artists are paid out.
    pub payout: Payout,
    /// Points for listening.
    pub rewards: Rewards,
    /// The search index.
    pub search: Search,
    /// The log.
    pub log: Log,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            mode: Mode::default(),
            data: "data".into(),
            http: Http::default(),
            db: Database::default(),
            auth: Auth::default(),
            access: Access::default(),
            import: Import::default(),
            upload: Upload::default(),
            media: Media::default(),
            meter: Meter::default(),
            platform: Platform::default(),
            payout: Payout::default(),
            rewards: Rewards::default(),
            search: Search::default(),
            log: Log::default(),
        }
    }
}

impl Config {
    /// Checks what the types cannot say.
    ///
    /// # Errors
    /// One sentence for the first thing that is wrong.
    pub fn validate(&self) -> Result<(), ConfigError> {
        self.http.validate()?;
        self.auth.validate()?;
        self.import.validate()?;
        self.upload.validate()?;
        self.media.validate()?;
        self.meter.validate()?;
        self.platform.validate()?;
        self.payout.validate()?;
        self.rewards.validate()?;
        self.log.validate()
    }

    /// What anonymous visitors get: as configured, else full in demo mode and previews otherwise.
    pub fn anonymous(&self) -> Anonymous {
        self.access.anonymous.unwrap_or(match self.mode {
            Mode::Demo => Anonymous::Full,
            Mode::Test | Mode::Production => Anonymous::Preview,
        })
    }

    /// The JSON Schema of the configuration file.
    pub fn schema() -> serde_json::Value {
        schemars::schema_for!(Self).to_value()
    }
}
