use std::{
    net::{IpAddr, SocketAddr},
    path::{Path, PathBuf},
};

use ipnet::IpNet;
use schemars::JsonSchema;
use secrecy::SecretString;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use super::ConfigError;

fn wrong(sentence: impl Into<String>) -> Result<(), ConfigError> {
    Err(ConfigError::Invalid(sentence.into()))
}

#[expect(clippy::ref_option, reason = "serde calls it with a reference to the field")]
fn redacted<S: Serializer>(secret: &Option<SecretString>, serializer: S) -> Result<S::Ok, S::Error> {
    secret.as_ref().map(|_| "[set]").serialize(serializer)
}

/// The address and port that `text` names.
///
/// # Errors
/// What to write instead.
pub fn listen_address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| match text.trim_matches(['[', ']']).parse::<IpAddr>() {
        Ok(address) => {
            format!("{text:?} has no port: write it with its port: {}", SocketAddr::new(address, PORT))
        }
        Err(_) => format!("{text:?} is not an address and a port such as 127.0.0.1:{PORT}"),
    })
}

fn listener<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SocketAddr, D::Error> {
    listen_address(&String::deserialize(deserializer)?).map_err(D::Error::custom)
}

fn some_listener<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<SocketAddr>, D::Error> {
    listener(deserializer).map(Some)
}

fn networks<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<IpNet>, D::Error> {
    let network = |text: &String| {
        text.parse().map_err(|_| match text.parse::<IpAddr>() {
            Ok(address) => {
                D::Error::custom(format!("{text:?} is one address: write {}", IpNet::from(address)))
            }
            Err(_) => D::Error::custom(format!("{text:?} is not a network such as 10.0.0.0/8")),
        })
    };
    Vec::<String>::deserialize(deserializer)?.iter().map(network).collect()
}

/// The port that the service listens on unless told otherwise.
const PORT: u16 = 4533;

/// The HTTP listener.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Http {
    /// Address and port to listen on.
    #[serde(deserialize_with = "listener")]
    pub listen: SocketAddr,
    /// Where `/metrics` is served; on the main listener to loopback callers alone when unset.
    #[serde(deserialize_with = "some_listener")]
    pub metrics_listen: Option<SocketAddr>,
    /// The address under which people reach the service, for links: `https://music.example`.
    pub public_url: Option<String>,
    /// Networks of reverse proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed.
    #[schemars(with = "Vec<String>")]
    #[serde(deserialize_with = "networks")]
    pub trusted_proxies: Vec<IpNet>,
    /// Refuse log-ins over plain HTTP, except from this machine.
    pub require_https: bool,
    /// Sites whose scripts may call the API: exact origins.
    pub cors_origins: Vec<String>,
    /// Connections at most; further ones wait.
    pub max_connections: usize,
    /// Connections from one address at most (for IPv6, from its /64); further ones are closed. This machine and the
    /// trusted proxies are exempt.
    pub max_connections_per_address: usize,
    /// Bytes of sound on their way to slow readers, over all connections, in MiB.
    pub body_budget_mib: usize,
}

impl Default for Http {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], PORT)),
            metrics_listen: None,
            public_url: None,
            trusted_proxies: Vec::new(),
            require_https: false,
            cors_origins: Vec::new(),
            max_connections: 20_000,
            max_connections_per_address: 500,
            body_budget_mib: 64,
        }
    }
}

impl Http {
    pub(super) fn validate(&self) -> Result<(), ConfigError> {
        if let Some(url) = &self.public_url {
            let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
            if !rest.is_some_and(|host| !host.is_empty() && !host.contains(['/', '?', '#', '@', ' '])) {
                return wrong(format!(
                    "http.public_url {url:?} is not of the form https://music.example, without a path: the service \
                     has all of its address"
                ));
            }
        }
        for origin in &self.cors_origins {
            let rest = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"));
            if !rest.is_some_and(|host| !host.is_empty() && !host.contains(['/', '*', ' '])) {
                return wrong(format!(
                    "http.cors_origins: {origin:?} is not an exact origin such as https://app.example"
                ));
            }
        }
        for (key, value) in [
            ("max_connections", self.max_connections),
            ("max_connections_per_address", self.max_connections_per_address),
            ("body_budget_mib", self.body_budget_mib),
        ] {
            if value == 0 {
                return wrong(format!("http.{key} is at least 1"));
            }
        }
        Ok(())
    }
}

/// The database.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Database {
    /// `postgres://…`, or the path of a SQLite file; `resonance.db` in the data folder when unset.
    #[serde(serialize_with = "redacted")]
    #[schemars(with = "Option<String>")]
    pub url: Option<SecretString>,
    /// A file that holds the URL.
    pub url_file: Option<PathBuf>,
    /// Connections at most, for PostgreSQL; readers, for SQLite.
    pub connections: Option<u32>,
}

/// Who may join.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Registration {
    /// Everybody.
    #[default]
    Open,
    /// Nobody; an admin makes accounts.
    Closed,
}

/// Log-ins.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Auth {
    /// At least 32 random bytes as text; a key file in the data folder when unset. All nodes need the same.
    #[serde(serialize_with = "redacted")]
    #[schemars(with = "Option<String>")]
    pub secret: Option<SecretString>,
    /// A file that holds the secret.
    pub secret_file: Option<PathBuf>,
    /// open or closed.
    pub registration: Registration,
    /// How long an access token lasts, in minutes.
    pub access_minutes: u32,
    /// How long a log-in lasts without being used, in days.
    pub device_days: u32,
    /// Passwords hashed at the same time; each takes 19 MiB.
    pub hashers: usize,
}

impl Default for Auth {
    fn default() -> Self {
        Self {
            secret: None,
            secret_file: None,
            registration: Registration::default(),
            access_minutes: 15,
            device_days: 60,
            hashers: 2,
        }
    }
}

impl Auth {
    pub(super) fn validate(&self) -> Result<(), ConfigError> {
        if !(1..=15).contains(&self.access_minutes) {
            return wrong("auth.access_minutes is from 1 to 15");
        }
        if !(1..=366).contains(&self.device_days) {
            return wrong("auth.device_days is from 1 to 366");
        }
        if !(1..=64).contains(&self.hashers) {
            return wrong("auth.hashers is from 1 to 64");
        }
        Ok(())
    }
}

/// What visitors without an account may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Anonymous {
    /// Nothing: the catalogue asks for a log-in.
    None,
    /// See what is public, hear previews.
    Preview,
    /// See and hear what is public and free.
    Full,
}

/// Access without an account.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Access {
    /// none, preview or full; preview when unset (full in demo mode).
    pub anonymous: Option<Anonymous>,
}

/// Importing music folders.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Import {
    /// Folders that an admin may import over the API; absolute paths. The command line may import any.
    pub roots: Vec<PathBuf>,
}

impl Import {
    pub(super) fn validate(&self) -> Result<(), ConfigError> {
        match self.roots.iter().find(|root| !root.is_absolute()) {
            Some(root) => wrong(format!("import.roots: {} is not an absolute path", root.display())),
            None => Ok(()),
        }
    }
}

/// Uploads by artists.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Upload {
    /// The largest file of a plain upload, in MiB.
    pub max_mib: u64,
    /// What one artist page may keep here, in MiB.
    pub quota_mib: u64,
    /// How many artist pages one account may own.
    pub pages: u32,
}

impl Default for Upload {
    fn default() -> Self {
        Self { max_mib: 50, quota_mib: 20 * 1024, pages: 20 }
    }
}

impl Upload {
    pub(super) fn validate(&self) -> Result<(), ConfigError> {
        if !(1..=2048).contains(&self.max_mib) {
            return wrong("upload.max_mib is from 1 to 2048");
        }
        Ok(())
    }
}

/// Paying per second.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Meter {
    /// For how many seconds after it was paid for a part of a track is free again.
    pub repeat_window_s: u64,
    /// How many beats at the beginning of a track carry no charge unless more follow; once in 24 hours.
    pub skip_grace: u32,
}

impl Meter {
    pub(super) fn validate(&self) -> Result<(), ConfigError> {
        if self.skip_grace > 30 {
            return wrong("meter.skip_grace is 30 beats at most");
        }
        if self.repeat_window_s > 366 * 24 * 3600 {
            return wrong("meter.repeat_window_s is a year at most");
        }
        Ok(())
    }
}

/// What the platform takes.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Platform {
    /// Basis points of what listeners pay, taken before it is shared: 0 to 10,000.
    pub fee_bp: u16,
}

impl Platform {
    pub(super) fn validate(&self) -> Result<(), ConfigError> {
        if self.fee_bp > 10_000 {
            return wrong("platform.fee_bp is from 0 to 10000 basis points");
        }
        Ok(())
    }
}

/// What artists are paid out.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Payout {
    /// For how many whole days what was earned waits until it is payable.
    pub hold_days: u32,
}

impl Default for Payout {
    fn default() -> Self {
        Self { hold_days: 30 }
    }
}

impl Payout {
    pub(super) fn validate(&self) -> Result<(), ConfigError> {
        if self.hold_days > 366 {
            return wrong("payout.hold_days is 366 at most");
        }
        Ok(())
    }
}

/// Points (BTN) for listening, in minor units: 100,000,000 are one BTN.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Rewards {
    /// All points that will ever be. What it says when the first point is given stays for ever.
    pub supply: i64,
    /// For a track heard to its end, once a day for each track; 0: nothing.
    pub full_play: i64,
    /// For a good part of a track, once a day for each track; 0: nothing.
    pub partial_play: i64,
    /// For the first like of a track; 0: nothing.
    pub first_like: i64,
    /// What one account can earn in a day (UTC).
    pub daily_cap: i64,
    /// Tracks that are shorter, in seconds, earn nothing: many of them take no time.
    pub shortest_track_s: u32,
    /// What a day of premium costs; 0: not to be had for points.
    pub premium_day: i64,
}

impl Default for Rewards {
    fn default() -> Self {
        Self {
            supply: 10_000_000_000_000_000,
            full_play: 100_000_000,
            partial_play: 25_000_000,
            first_like: 50_000_000,
            daily_cap: 2_000_000_000,
            shortest_track_s: 30,
            premium_day: 5_000_000_000,
        }
    }
}

impl Rewards {
    pub(super) fn validate(&self) -> Result<(), ConfigError> {
        if self.supply < 1 {
            return wrong("rewards.supply is at least 1");
        }
        for (key, value) in [
            ("full_play", self.full_play),
            ("partial_play", self.partial_play),
            ("first_like", self.first_like),
            ("daily_cap", self.daily_cap),
            ("premium_day", self.premium_day),
        ] {
            if !(0..=self.supply).contains(&value) {
                return wrong(format!("rewards.{key} is from 0 to rewards.supply"));
            }
        }
        if self.shortest_track_s > 3_600 {
            return wrong("rewards.shortest_track_s is at most 3600");
        }
        if self.partial_play > self.full_play {
            return wrong("rewards.partial_play is not more than rewards.full_play");
        }
        Ok(())
    }
}

/// The limited child processes that read sound files and pictures.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Media {
    /// Children at most; one for each core when unset.
    pub children: Option<usize>,
    /// What one child may use, in MiB.
    pub memory_mib: u64,
}

impl Default for Media {
    fn default() -> Self {
        Self { children: None, memory_mib: 1024 }
    }
}

impl Media {
    pub(super) fn validate(&self) -> Result<(), ConfigError> {
        if self.memory_mib < 256 || self.children == Some(0) {
            return wrong("media.memory_mib is at least 256 and media.children at least 1");
        }
        Ok(())
    }
}

/// The search index.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Search {
    /// Where the index lies; `search` in the data folder when unset. Each node has its own; it can be deleted at
    /// any time.
    pub folder: Option<PathBuf>,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// For machines, one object a line.
    Json,
}

/// The log.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Log {
    /// text or json.
    pub format: LogFormat,
    /// What is logged: `info`, or a list such as `info,music=debug`.
    pub filter: String,
}

/// What PostgreSQL says of tables that are there already is no news.
const FILTER: &str = "info,sqlx::postgres::notice=warn";

impl Default for Log {
    fn default() -> Self {
        Self { format: LogFormat::default(), filter: FILTER.into() }
    }
}

impl Log {
    pub(super) fn validate(&self) -> Result<(), ConfigError> {
        match self.filter.parse::<tracing_subscriber::filter::EnvFilter>() {
            Ok(_) => Ok(()),
            Err(e) => wrong(format!("log.filter {:?}: {e}", self.filter)),
        }
    }
}

/// The secret in `file`, without the line end that editors add.
pub(super) fn read_secret(key: &str, file: &Path) -> Result<SecretString, ConfigError> {
    match std::fs::read_to_string(file) {
        Ok(text) => Ok(SecretString::from(text.trim_end_matches(['\r', '\n']).to_owned())),
        Err(e) => Err(ConfigError::Invalid(format!("{key}: {}: {e}", file.display()))),
    }
}
