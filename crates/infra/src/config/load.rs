use std::{net::SocketAddr, path::PathBuf};

use secrecy::SecretString;
use serde::Deserialize;
use toml::{Table, Value};

use super::{Config, Mode, sections::read_secret};

/// What the command line says; it has the last word.
#[derive(Debug, Clone, Default)]
pub struct Flags {
    /// `--config FILE`; `resonance.toml` in the working folder is read when unset and there.
    pub config: Option<PathBuf>,
    /// `--data DIR`
    pub data: Option<PathBuf>,
    /// `--listen ADDRESS`
    pub listen: Option<SocketAddr>,
    /// The mode that the command stands for.
    pub mode: Option<Mode>,
}

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("{path}: {reason}")]
    File { path: String, reason: String },
    /// Not TOML, an unknown key, or a value of the wrong kind.
    #[error("{origin}: {reason}")]
    Value { origin: String, reason: String },
    /// A value that makes no sense.
    #[error("{0}")]
    Invalid(String),
}

const FILE: &str = "resonance.toml";
const PREFIX: &str = "RESONANCE__";

/// Reads the configuration from its file, from `env` (names and values), and from the command line.
pub fn load(flags: &Flags, env: impl Iterator<Item = (String, String)>) -> Result<Config, ConfigError> {
    let mut table = read_file(flags)?;
    for (name, value) in env {
        if let Some(path) = name.strip_prefix(PREFIX) {
            set(&mut table, &path.to_ascii_lowercase(), &name, scalar(&value))?;
        } else if let Some(path) = usual_name(&name)
            && !value.is_empty()
        {
            set(&mut table, path, &name, Value::String(value))?;
        } else if let Some(meant) = misspelt(&name) {
            return Err(ConfigError::Invalid(format!("{name} means nothing: write {meant}")));
        }
    }
    let mut config: Config =
        serde_path_to_error::deserialize(Value::Table(table)).map_err(|e| ConfigError::Value {
            origin: format!("configuration, {}", e.path()),
            // Its further lines say again where.
            reason: e.inner().message().trim().to_owned(),
        })?;
    apply(&mut config, flags)?;
    config.validate()?;
    Ok(config)
}

fn read_file(flags: &Flags) -> Result<Table, ConfigError> {
    let path = flags.config.clone().unwrap_or_else(|| FILE.into());
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound && flags.config.is_none() => {
            return Ok(Table::new());
        }
        Err(e) => return Err(ConfigError::File { path: path.display().to_string(), reason: e.to_string() }),
    };
    text.parse().map_err(|e: toml::de::Error| ConfigError::Value {
        origin: path.display().to_string(),
        reason: e.to_string().trim().to_owned(),
    })
}

/// Names that other software uses for the same thing.
fn usual_name(name: &str) -> Option<&'static str> {
    match name {
        "DATABASE_URL" => Some("db__url"),
        "JWT_SECRET" => Some("auth__secret"),
        _ => None,
    }
}

/// The name in the environment that was meant by `name`, which is none. Others beginning like ours are no mistakes: a
/// cluster tells its services by names such as `RESONANCE_PORT`.
fn misspelt(name: &str) -> Option<String> {
    let said = squeezed(name.strip_prefix("RESONANCE_")?);
    let mut known = Vec::new();
    collect(&serde_json::to_value(Config::default()).ok()?, PREFIX.trim_end_matches("__"), &mut known);
    let distance = |known: &String| strsim::damerau_levenshtein(&squeezed(&known[PREFIX.len()..]), &said);
    known.into_iter().min_by_key(distance).filter(|nearest| distance(nearest) <= said.len() / 5)
}

/// A name as it is whatever the number of its underscores and the case of its letters.
fn squeezed(name: &str) -> String {
    name.chars().filter(|c| *c != '_').map(|c| c.to_ascii_uppercase()).collect()
}

/// Adds the names in the environment of all values in `value`.
fn collect(value: &serde_json::Value, name: &str, names: &mut Vec<String>) {
    match value {
        serde_json::Value::Object(section) => {
            for (key, value) in section {
                collect(value, &format!("{name}__{}", key.to_ascii_uppercase()), names);
            }
        }
        _ => names.push(name.to_owned()),
    }
}

/// A value from the environment: a number, a truth value or a list where it is written as one, else text.
fn scalar(text: &str) -> Value {
    #[derive(Deserialize)]
    struct Line {
        v: Value,
    }
    match toml::from_str::<Line>(&format!("v = {text}")) {
        Ok(Line { v: v @ (Value::Integer(_) | Value::Boolean(_) | Value::Array(_)) }) => v,
        _ => Value::String(text.to_owned()),
    }
}

fn set(table: &mut Table, path: &str, name: &str, value: Value) -> Result<(), ConfigError> {
    let mut keys: Vec<&str> = path.split("__").collect();
    let last = keys.pop().unwrap_or_default();
    let mut at = table;
    for key in keys {
        let entry = at.entry(key).or_insert_with(|| Value::Table(Table::new()));
        at = entry.as_table_mut().ok_or_else(|| ConfigError::Value {
            origin: name.to_owned(),
            reason: format!("{key} is not a section"),
        })?;
    }
    // A name of ours beats the usual name, whatever the order of the environment.
    if name.starts_with(PREFIX) || !at.contains_key(last) {
        at.insert(last.to_owned(), value);
    }
    Ok(())
}

fn apply(config: &mut Config, flags: &Flags) -> Result<(), ConfigError> {
    if let Some(data) = &flags.data {
        config.data.clone_from(data);
    }
    if let Some(listen) = flags.listen {
        config.http.listen = listen;
    }
    if let Some(mode) = flags.mode {
        config.mode = mode;
    }
    let take = |key: &str, value: &mut Option<SecretString>, file: &Option<PathBuf>| match (&value, file) {
        (Some(_), Some(_)) => {
            Err(ConfigError::Invalid(format!("{key} and {key}_file are both set: keep one")))
        }
        (None, Some(file)) => {
            *value = Some(read_secret(&format!("{key}_file"), file)?);
            Ok(())
        }
        _ => Ok(()),
    };
    take("db.url", &mut config.db.url, &config.db.url_file)?;
    take("auth.secret", &mut config.auth.secret, &config.auth.secret_file)
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    fn with(env: &[(&str, &str)]) -> Result<Config, ConfigError> {
        let flags = Flags { config: None, data: Some("/tmp/x".into()), ..Flags::default() };
        load(&flags, env.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())))
    }

    #[test]
    fn nothing_at_all_works() {
        let config = with(&[]).unwrap();
        assert_eq!(config.mode, Mode::Production);
        assert_eq!(config.http.listen.port(), 4533);
        assert_eq!(config.data, PathBuf::from("/tmp/x"));
    }

    #[test]
    fn the_environment_sets_values_of_every_kind() {
        let config = with(&[
            ("RESONANCE__HTTP__LISTEN", "0.0.0.0:80"),
            ("RESONANCE__UPLOAD__MAX_MIB", "7"),
            ("RESONANCE__HTTP__REQUIRE_HTTPS", "true"),
            ("RESONANCE__HTTP__TRUSTED_PROXIES", r#"["10.0.0.0/8"]"#),
            ("DATABASE_URL", "postgres://usual"),
            ("RESONANCE__DB__URL", "postgres://ours"),
        ])
        .unwrap();
        assert_eq!(config.upload.max_mib, 7);
        assert!(config.http.require_https);
        assert_eq!(config.http.trusted_proxies.len(), 1);
        assert_eq!(config.db.url.unwrap().expose_secret(), "postgres://ours");
    }

    #[test]
    fn mistakes_name_their_key() {
        for (name, value, word) in [
            ("RESONANCE__HTTP__LISTEM", "x", "listem"),
            ("RESONANCE__UPLOAD__MAX_MIB", "many", "upload.max_mib"),
            ("RESONANCE__UPLOAD__MAX_MIB", "0", "upload.max_mib"),
            ("RESONANCE__HTTP__CORS_ORIGINS", r#"["*"]"#, "cors_origins"),
            ("RESONANCE__LOG__FILTER", "=,=", "log.filter"),
            ("RESONANCE_HTTP__LISTEN", "0.0.0.0:80", "write RESONANCE__HTTP__LISTEN"),
            ("RESONANCE_HTTP_LISTEN", "0.0.0.0:80", "write RESONANCE__HTTP__LISTEN"),
            ("RESONANCE_HTTP_LISTNE", "0.0.0.0:80", "write RESONANCE__HTTP__LISTEN"),
            ("RESONANCE_MODE", "test", "write RESONANCE__MODE"),
            ("RESONANCE_DB_URL_FILE", "x", "write RESONANCE__DB__URL_FILE"),
            ("RESONANCE__HTTP__LISTEN", "127.0.0.1", "write it with its port: 127.0.0.1:4533"),
            ("RESONANCE__HTTP__LISTEN", "::1", "write it with its port: [::1]:4533"),
            ("RESONANCE__HTTP__LISTEN", "localhost:80", "an address and a port such as 127.0.0.1:4533"),
            ("RESONANCE__HTTP__METRICS_LISTEN", "127.0.0.1", "write it with its port: 127.0.0.1:4533"),
            ("RESONANCE__HTTP__TRUSTED_PROXIES", r#"["10.0.0.1"]"#, "write 10.0.0.1/32"),
            ("RESONANCE__HTTP__TRUSTED_PROXIES", r#"["2001:db8::1"]"#, "write 2001:db8::1/128"),
            ("RESONANCE__HTTP__TRUSTED_PROXIES", r#"["proxy"]"#, "a network such as 10.0.0.0/8"),
            ("RESONANCE__HTTP__PUBLIC_URL", "https://music.example/app", "https://music.example"),
            ("RESONANCE__HTTP__PUBLIC_URL", "https://", "of the form"),
            ("RESONANCE__HTTP__PUBLIC_URL", "https://music.example?a", "of the form"),
            ("RESONANCE__IMPORT__ROOTS", r#"["music"]"#, "import.roots: music is not an absolute path"),
        ] {
            let message = with(&[(name, value)]).unwrap_err().to_string();
            assert!(message.contains(word), "{message}");
        }
    }

    #[test]
    fn rates_of_points_and_payouts_that_cannot_be_are_refused_in_one_line() {
        let range = |key: &str| format!("{key} is from 0 to rewards.supply");
        for (name, value, says) in [
            ("PAYOUT__HOLD_DAYS", "367", "payout.hold_days is 366 at most".to_owned()),
            ("PAYOUT__HOLD_DAYS", "-1", "payout.hold_days".to_owned()),
            ("PAYOUT__HOLD_DAYS", "a month", "payout.hold_days".to_owned()),
            ("REWARDS__SUPPLY", "0", "rewards.supply is at least 1".to_owned()),
            ("REWARDS__SUPPLY", "-5", "rewards.supply is at least 1".to_owned()),
            ("REWARDS__SUPPLY", "1e3", "rewards.supply".to_owned()),
            ("REWARDS__SUPPLY", "9223372036854775808", "rewards.supply".to_owned()),
            // The rates that are set without saying so are above it.
            ("REWARDS__SUPPLY", "1", range("rewards.full_play")),
            ("REWARDS__FULL_PLAY", "-1", range("rewards.full_play")),
            ("REWARDS__PARTIAL_PLAY", "-1", range("rewards.partial_play")),
            ("REWARDS__FIRST_LIKE", "-1", range("rewards.first_like")),
            ("REWARDS__DAILY_CAP", "-1", range("rewards.daily_cap")),
            ("REWARDS__DAILY_CAP", "10000000000000001", range("rewards.daily_cap")),
            ("REWARDS__PREMIUM_DAY", "-1", range("rewards.premium_day")),
            (
                "REWARDS__PARTIAL_PLAY",
                "100000001",
                "rewards.partial_play is not more than rewards.full_play".to_owned(),
            ),
            ("REWARDS__PARTIAL_PLAYS", "1", "partial_plays".to_owned()),
        ] {
            let message = with(&[(&format!("RESONANCE__{name}"), value)]).unwrap_err().to_string();
            assert!(message.contains(&says), "{name}={value}: {message}");
            assert_eq!(message.lines().count(), 1, "{name}={value}: {message}");
        }
        let bounds = [
            ("RESONANCE__PAYOUT__HOLD_DAYS", "366"),
            ("RESONANCE__REWARDS__FULL_PLAY", "0"),
            ("RESONANCE__REWARDS__PARTIAL_PLAY", "0"),
            ("RESONANCE__REWARDS__DAILY_CAP", "10000000000000000"),
        ];
        assert!(with(&bounds).is_ok());
    }

    #[test]
    fn what_others_put_into_the_environment_is_no_mistake() {
        for name in ["RESONANCE_SERVICE_HOST", "RESONANCE_PORT", "RESONANCE_PORT_4533_TCP_ADDR", "RESONANCE_"]
        {
            with(&[(name, "x")]).unwrap();
        }
    }

    #[test]
    fn secrets_are_never_shown() {
        let config = with(&[("JWT_SECRET", "canary-canary-canary-canary-canary")]).unwrap();
        assert!(!format!("{config:?}").contains("canary"));
        assert!(!toml::to_string(&config).unwrap().contains("canary"));
    }
}
