//! The schema's history: forward only, the same file names for both databases.

use sqlx::{
    SqlSafeStr as _,
    migrate::{MigrateError, Migration, MigrationType, Migrator},
};

use crate::{Dialect, Error, Result};

/// One step of the schema, written for both databases.
#[derive(Debug, Clone, Copy)]
pub struct MigrationFile {
    /// Its number; steps run in this order.
    pub version: i64,
    /// Its name, as in the file name.
    pub name: &'static str,
    sqlite: &'static str,
    postgres: &'static str,
}

macro_rules! migrations {
    ($($version:literal $name:literal),+ $(,)?) => {
        /// All steps, oldest first.
        pub const MIGRATIONS: &[MigrationFile] = &[$(
            MigrationFile {
                version: $version,
                name: $name,
                sqlite: include_str!(concat!("../../../migrations/sqlite/", $name, ".sql")),
                postgres: include_str!(concat!("../../../migrations/postgres/", $name, ".sql")),
            },
        )+];
    };
}

migrations! {
    1 "0001_work",
    2 "0002_accounts",
    3 "0003_catalogue",
    4 "0004_listening",
    5 "0005_library",
    6 "0006_people",
    7 "0007_ledger",
    8 "0008_sessions",
    9 "0009_disputes",
    10 "0010_rewards",
    11 "0011_tips",
}

pub(crate) fn migrator(dialect: Dialect) -> Migrator {
    Migrator::with_migrations(
        MIGRATIONS
            .iter()
            .map(|file| {
                let sql = match dialect {
                    Dialect::Sqlite => file.sqlite,
                    Dialect::Postgres => file.postgres,
                };
                Migration::new(
                    file.version,
                    file.name.into(),
                    MigrationType::Simple,
                    sql.into_sql_str(),
                    false,
                )
            })
            .collect(),
    )
}

/// How many of our migrations are not among those that were run.
pub(crate) fn pending(done: &[i64]) -> Result<usize> {
    let is_ours = |version: &i64| MIGRATIONS.iter().any(|file| file.version == *version);
    match done.iter().find(|version| !is_ours(version)) {
        Some(version) => Err(Error::Newer(*version)),
        None => Ok(MIGRATIONS.iter().filter(|file| !done.contains(&file.version)).count()),
    }
}

pub(crate) fn outcome(result: std::result::Result<(), MigrateError>) -> Result<()> {
    result.map_err(|e| match e {
        MigrateError::VersionMissing(version) => Error::Newer(version),
        MigrateError::Execute(e) => Error::Sqlx(e),
        e => Error::Migrate(e),
    })
}
