//! From a configuration to open parts: the data folder, the database, the keys.

use std::{fs, os::unix::fs::DirBuilderExt, path::Path, sync::Arc};

use anyhow::{Context, Result, bail};
use db::{Db, Options};
use infra::{App, AppParts, Blobs, Config, Keys, Limits, Room, SystemClock, SystemIds, config::Mode};
use secrecy::ExposeSecret;

/// Opens everything that `config` names, and brings the schema up to date.
pub async fn open(config: Config) -> Result<App> {
    prepare_folder(&config)?;
    let ids = Arc::new(SystemIds::default());
    let keys = match &config.auth.secret {
        Some(secret) => Keys::from_secret(secret)?,
        None => Keys::open(&config.data, &*ids)?,
    };
    let db = Db::open(&database(&config)?).await?;
    db.migrate().await?;
    let blobs = Blobs::folder(config.data.join("blobs"))
        .with_context(|| format!("{}: cannot be used", config.data.join("blobs").display()))?;
    let parts = AppParts {
        db,
        clock: Arc::new(SystemClock),
        ids,
        config,
        blobs,
        keys,
        limits: Limits::default(),
        room: Room::default(),
    };
    Ok(App::new(parts))
}

/// Whether what `config` says can be used, as far as that can be told without changing anything.
pub(crate) fn check(config: &Config) -> Result<()> {
    for root in &config.import.roots {
        let there = fs::metadata(root).with_context(|| format!("import.roots: {}", root.display()))?;
        if !there.is_dir() {
            bail!("import.roots: {} is not a folder", root.display());
        }
    }
    if let Some(secret) = &config.auth.secret {
        Keys::from_secret(secret)?;
    }
    database(config)?;
    Ok(())
}

/// The database that the configuration names: a URL, else a SQLite file in the data folder.
pub(crate) fn database(config: &Config) -> Result<Options> {
    let mut options: Options = match &config.db.url {
        Some(url) => url.expose_secret().parse()?,
        None => Options::Sqlite(db::SqliteOptions { path: config.data.join("resonance.db"), readers: 4 }),
    };
    match (&mut options, config.db.connections) {
        (Options::Sqlite(options), Some(n)) => options.readers = n,
        (Options::Postgres(options), Some(n)) => options.connections = n,
        _ => {}
    }
    Ok(options)
}

/// The file that says what a data folder was made for.
const MARK: &str = "mode";

/// Makes the data folder and refuses one that was made for another purpose: demo data in production, or the
/// other way round.
fn prepare_folder(config: &Config) -> Result<()> {
    let data = &config.data;
    let unusable = || format!("the data folder {} cannot be used", data.display());
    // What is in it is nobody else's on this machine.
    fs::DirBuilder::new().recursive(true).mode(0o700).create(data).with_context(unusable)?;
    fs::create_dir_all(data.join("tmp/cut")).with_context(unusable)?;
    let mark = data.join(MARK);
    if config.mode == Mode::Demo && !mark.exists() && is_new(data) {
        fs::write(&mark, Mode::Demo.name()).with_context(unusable)?;
    }
    match (is_demo(data), config.mode) {
        (true, Mode::Production | Mode::Test) => bail!(
            "{} holds demo content: use another folder, or `resonance demo --data {}`",
            data.display(),
            data.display()
        ),
        (false, Mode::Demo) => {
            bail!(
                "{} was not made by `resonance demo`: give it a folder of its own with --data",
                data.display()
            )
        }
        _ => Ok(()),
    }
}

/// Whether a data folder was made by `resonance demo`.
pub(crate) fn is_demo(data: &Path) -> bool {
    fs::read_to_string(data.join(MARK)).is_ok_and(|text| text.trim() == Mode::Demo.name())
}

/// Whether nothing has been kept in the folder yet.
fn is_new(data: &Path) -> bool {
    !data.join("resonance.db").exists() && !data.join("secret.key").exists()
}
