//! A fresh, migrated database for each test: a copied file, or a database cloned from a template.

#![expect(
    clippy::disallowed_types,
    reason = "names of databases cannot be bound; ours are made of hexadecimal digits"
)]

use std::path::{Path, PathBuf};

use db::{Db, MIGRATIONS, Options, PgOptions, SqliteOptions};
use infra::SystemIds;
use kernel::Ids;
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use uuid::Uuid;

/// A database that is gone when the test is.
pub(crate) enum Database {
    Sqlite { path: PathBuf },
    Postgres { server: String, name: String },
}

/// A name that no other test has.
fn fresh() -> Uuid {
    SystemIds::default().random_uuid()
}

/// Names the state of the schema: other migrations, other template.
fn schema_name() -> String {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let mut hasher = DefaultHasher::new();
    for file in MIGRATIONS {
        format!("{file:?}").hash(&mut hasher);
    }
    format!("resonance_template_{:016x}", hasher.finish())
}

impl Database {
    pub(crate) async fn sqlite(folder: &Path) -> Self {
        let path = folder.join("resonance.db");
        let template = std::env::temp_dir().join(format!("{}.db", schema_name()));
        if !template.exists() {
            // Made beside it and renamed, so that tests that start at the same time never see half of it.
            let part = template.with_extension(fresh().simple().to_string());
            let db = Db::open(&sqlite_options(&part)).await.expect("a SQLite file");
            db.migrate().await.expect("the migrations run");
            db.close().await;
            std::fs::rename(&part, &template).expect("the template is in place");
        }
        std::fs::copy(&template, &path).expect("a copy of the template");
        Self::Sqlite { path }
    }

    pub(crate) async fn postgres(server: String) -> Self {
        let template = schema_name();
        let mut admin = PgConnection::connect(&server).await.expect("TEST_POSTGRES names a running server");
        // One test makes the template, the others wait for it.
        sqlx::query("SELECT pg_advisory_lock(4533)").execute(&mut admin).await.expect("a lock");
        let (exists,): (bool,) =
            sqlx::query_as("SELECT EXISTS (SELECT 1 FROM pg_database WHERE datname = $1)")
                .bind(&template)
                .fetch_one(&mut admin)
                .await
                .expect("a list of databases");
        if !exists {
            let part = format!("{template}_{}", fresh().simple());
            create(&mut admin, &part, None).await;
            let db = Db::open(&postgres_options(&server, &part)).await.expect("a database");
            db.migrate().await.expect("the migrations run");
            db.close().await;
            let rename = format!("ALTER DATABASE {part} RENAME TO {template}");
            sqlx::query(AssertSqlSafe(rename)).execute(&mut admin).await.expect("the template is in place");
        }
        let name = format!("resonance_test_{}", fresh().simple());
        create(&mut admin, &name, Some(&template)).await;
        sqlx::query("SELECT pg_advisory_unlock(4533)")
            .execute(&mut admin)
            .await
            .expect("the lock is given back");
        Self::Postgres { server, name }
    }

    pub(crate) fn options(&self) -> Options {
        match self {
            Self::Sqlite { path } => sqlite_options(path),
            Self::Postgres { server, name } => postgres_options(server, name),
        }
    }

    /// The address of a PostgreSQL database.
    fn url(&self) -> String {
        match self.options() {
            Options::Postgres(options) => options.url,
            Options::Sqlite(options) => options.path.display().to_string(),
        }
    }

    pub(crate) async fn drop(self) {
        if let Self::Postgres { server, name } = self {
            let mut admin = PgConnection::connect(&server).await.expect("the server is still there");
            let drop = format!("DROP DATABASE {name} WITH (FORCE)");
            sqlx::query(AssertSqlSafe(drop)).execute(&mut admin).await.expect("the database is gone");
        }
    }
}

async fn create(admin: &mut PgConnection, name: &str, template: Option<&str>) {
    let template = template.map(|template| format!(" TEMPLATE {template}")).unwrap_or_default();
    let create = format!("CREATE DATABASE {name}{template}");
    sqlx::query(AssertSqlSafe(create)).execute(admin).await.expect("a new database");
}

fn sqlite_options(path: &Path) -> Options {
    Options::Sqlite(SqliteOptions { path: path.to_owned(), readers: 4 })
}

fn postgres_options(server: &str, name: &str) -> Options {
    let (base, query) = server.split_once('?').map_or((server, None), |(base, query)| (base, Some(query)));
    let base = base.rsplit_once('/').map_or(base, |(base, _)| base);
    let query = query.map(|query| format!("?{query}")).unwrap_or_default();
    Options::Postgres(PgOptions { url: format!("{base}/{name}{query}"), connections: 8 })
}

/// A migrated PostgreSQL database for a program that is started by a test; gone when this is dropped.
pub struct PostgresDatabase {
    url: String,
    database: Option<Database>,
}

/// A database for a started program. `None`, with a note, when `TEST_POSTGRES` names no server; CI must have one.
pub fn postgres_database() -> Option<PostgresDatabase> {
    let Ok(server) = std::env::var("TEST_POSTGRES") else {
        assert!(std::env::var_os("CI").is_none(), "CI tests on PostgreSQL too: set TEST_POSTGRES");
        eprintln!("skipped: TEST_POSTGRES names no PostgreSQL server");
        return None;
    };
    let database = crate::test_app::run(Database::postgres(server));
    Some(PostgresDatabase { url: database.url(), database: Some(database) })
}

impl PostgresDatabase {
    /// Its address.
    pub fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for PostgresDatabase {
    fn drop(&mut self) {
        if let Some(database) = self.database.take() {
            crate::test_app::run(database.drop());
        }
    }
}
