//! The service as its operator sees it: how it does, and how much of everything there is.

use std::{sync::Arc, time::Duration};

use axum::extract::State;
use commerce::ledger::{self, AssetSums};
use db::{Dialect, Tx, job, sql};
use identity::Admin;
use infra::{
    App,
    http::{ApiResult, Json, Routes},
    realtime::{Channel, Source},
    routes,
};
use kernel::Time;
use serde::Serialize;
use tokio::sync::Mutex;
use utoipa::ToSchema;

use crate::Service;

/// How long sums over whole tables may be old: they take a moment on a large service.
const MEMORY: Duration = Duration::from_secs(10);
/// How often the channel is looked at while somebody follows it.
const PACE: Duration = Duration::from_secs(1);
/// Less room than this is worth a warning, in bytes.
const LITTLE_ROOM: u64 = 2 << 30;
/// How long work may wait before something is wrong.
const LATE: Duration = Duration::from_mins(5);
/// How long a part may take to answer.
const PATIENCE: Duration = Duration::from_secs(2);

pub(crate) fn routes() -> Routes<Service> {
    Routes::new().routes(routes!(get_health)).routes(routes!(get_stats))
}

/// How much of everything there is. Cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct Census(Arc<Mutex<Option<(Time, Totals)>>>);

/// How much of everything there is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Stats {
    #[serde(flatten)]
    totals: Totals,
    /// Background work that is not done.
    jobs: Jobs,
}

/// Sums over everything; at most ten seconds old.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Totals {
    /// Accounts.
    #[schema(example = 120)]
    users: i64,
    /// Artist pages.
    #[schema(example = 40)]
    artists: i64,
    #[schema(example = 90)]
    albums: i64,
    #[schema(example = 900)]
    tracks: i64,
    /// Plays that were long enough to count.
    #[schema(example = 12_000)]
    plays: i64,
    /// Seconds heard in all.
    #[schema(example = 2_400_000)]
    seconds_listened: i64,
    storage: Storage,
    /// What the ledger holds, asset by asset.
    money: Vec<AssetSums>,
}

/// The sound files behind the tracks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Storage {
    /// Uploaded files.
    #[schema(example = 300)]
    uploaded_files: i64,
    /// Their bytes.
    #[schema(example = 9_000_000_000_i64)]
    uploaded_bytes: i64,
    /// Imported files, which lie where they were.
    #[schema(example = 600)]
    imported_files: i64,
    /// Their bytes.
    #[schema(example = 18_000_000_000_i64)]
    imported_bytes: i64,
}

/// Background work by how it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
struct Jobs {
    /// Waiting.
    #[schema(example = 3)]
    ready: u32,
    /// Running.
    #[schema(example = 1)]
    running: u32,
    /// Failed too often.
    #[schema(example = 0)]
    dead: u32,
}

/// How the service does.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Health {
    /// The worst of the checks.
    status: Verdict,
    /// The running version.
    #[schema(example = "0.1.0")]
    version: &'static str,
    /// demo, test or production.
    #[schema(example = "production")]
    mode: &'static str,
    /// The database: sqlite or postgres.
    #[schema(example = "sqlite")]
    database: &'static str,
    /// Realtime sockets that this process has open.
    #[schema(example = 12)]
    sockets: usize,
    checks: Vec<Check>,
}

/// How a part does.
#[derive(Debug, Serialize, ToSchema)]
struct Check {
    /// What was looked at: `database`, `data`, `room`, `jobs`, `events`.
    #[schema(example = "room")]
    name: &'static str,
    status: Verdict,
    /// What was found.
    #[schema(example = "1200 MiB are free")]
    detail: String,
}

/// How good something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum Verdict {
    /// As it should be.
    Good,
    /// Somebody should look at it.
    Warning,
    /// It does not work.
    Bad,
}

/// Shows how the service does.
#[utoipa::path(
    get, path = "/api/v1/admin/health", operation_id = "getHealth", tag = "admin",
    responses((status = 200, description = "How each part does", body = Health)),
    extensions(
        ("x-authz" = json!({"object": "service", "allow": ["admin"], "visibility": "none"})),
        ("x-errors" = json!([]))
    ),
)]
async fn get_health(State(service): State<Service>, _: Admin) -> Json<Health> {
    Json(health(&service).await)
}

/// Shows how much of everything there is.
///
/// Sums over whole tables are at most ten seconds old. The channel `admin` tells the same as it changes.
#[utoipa::path(
    get, path = "/api/v1/admin/stats", operation_id = "getStats", tag = "admin",
    responses((status = 200, description = "The figures", body = Stats)),
    extensions(
        ("x-authz" = json!({"object": "service", "allow": ["admin"], "visibility": "none"})),
        ("x-errors" = json!([]))
    ),
)]
async fn get_stats(State(service): State<Service>, _: Admin) -> ApiResult<Json<Stats>> {
    Ok(Json(service.census.stats(&service.app).await?))
}

/// `admin`: the figures of `/admin/stats`, for admins.
pub(crate) fn channels(app: &App, census: &Census) -> Vec<Channel> {
    let (app, census) = (app.clone(), census.clone());
    vec![Channel::of_values("admin", Source::Every(PACE), move |asks| {
        let (app, census) = (app.clone(), census.clone());
        async move {
            let admins = db::read!(app.db, |tx| identity::admin::admins(tx).await)?;
            let is_admin = |account: Option<_>| account.is_some_and(|account| admins.contains(&account));
            if !asks.iter().any(|ask| is_admin(ask.account)) {
                return Ok(vec![None; asks.len()]);
            }
            let stats = serde_json::to_value(census.stats(&app).await?).ok();
            Ok(asks.iter().map(|ask| stats.clone().filter(|_| is_admin(ask.account))).collect())
        }
    })]
}

impl Census {
    async fn stats(&self, app: &App) -> db::Result<Stats> {
        let now = app.now();
        // Whoever asks meanwhile waits and takes the same.
        let mut known = self.0.lock().await;
        let totals = match known.as_ref().filter(|(at, _)| *at <= now && now < at.plus(MEMORY)) {
            Some((_, totals)) => totals.clone(),
            None => known.insert((now, db::snapshot!(app.db, |tx| totals(tx).await)?)).1.clone(),
        };
        drop(known);
        let jobs = db::read!(app.db, |tx| job::census(tx).await)?;
        let of = |state| jobs.iter().find(|(counted, _)| *counted == state).map_or(0, |(_, count)| *count);
        let jobs = Jobs {
            ready: of(job::State::Ready),
            running: of(job::State::Running),
            dead: of(job::State::Dead),
        };
        Ok(Stats { totals, jobs })
    }
}

async fn totals(tx: &mut Tx) -> db::Result<Totals> {
    let (users, artists, albums, tracks): (i64, i64, i64, i64) = sql!(
        "SELECT (SELECT COUNT(*) FROM account), (SELECT COUNT(*) FROM artist),
                (SELECT COUNT(*) FROM album WHERE deleted_at IS NULL),
                (SELECT COUNT(*) FROM track WHERE deleted_at IS NULL)"
    )
    .one(tx)
    .await?;
    let (plays, seconds_listened): (i64, i64) = sql!(
        "SELECT CAST(COALESCE(SUM(streams), 0) AS BIGINT), CAST(COALESCE(SUM(seconds), 0) AS BIGINT) FROM listening"
    )
    .one(tx)
    .await?;
    let files: Vec<(String, i64, i64)> =
        sql!("SELECT source, COUNT(*), CAST(SUM(size) AS BIGINT) FROM audio GROUP BY source").all(tx).await?;
    let of = |source: &str| {
        files.iter().find(|(kind, ..)| kind == source).map_or((0, 0), |(_, files, bytes)| (*files, *bytes))
    };
    let ((uploaded_files, uploaded_bytes), (imported_files, imported_bytes)) = (of("blob"), of("file"));
    let storage = Storage { uploaded_files, uploaded_bytes, imported_files, imported_bytes };
    let money = ledger::sums(tx).await?;
    Ok(Totals { users, artists, albums, tracks, plays, seconds_listened, storage, money })
}

async fn health(service: &Service) -> Health {
    let app = &service.app;
    let now = app.now();
    let looked = async {
        db::read!(app.db, |tx| {
            let jobs = job::census(tx).await?;
            let (waiting, since): (i64, Option<Time>) =
                sql!("SELECT COUNT(*), MIN(run_at) FROM job WHERE state = 'ready' AND run_at <= $1")
                    .bind(now)
                    .one(tx)
                    .await?;
            let (events, oldest): (i64, Option<Time>) =
                sql!("SELECT COUNT(*), MIN(at) FROM outbox WHERE sent_at IS NULL").one(tx).await?;
            Ok::<_, db::Error>((jobs, (waiting, since), (events, oldest)))
        })
    };
    let mut checks = vec![room(app)];
    match tokio::time::timeout(PATIENCE, looked).await {
        Ok(Ok((jobs, waiting, events))) => {
            checks.push(Check::good("database", "it answers"));
            checks.push(backlog("jobs", waiting, now));
            checks.push(backlog("events", events, now));
            let dead = jobs.iter().find(|(state, _)| *state == job::State::Dead).map_or(0, |(_, dead)| *dead);
            if dead > 0 {
                checks.push(Check::warning(
                    "jobs",
                    format!("{dead} failed too often: see /admin/jobs?state=dead"),
                ));
            }
        }
        Ok(Err(error)) => {
            tracing::warn!(%error, "the database fails its check");
            checks.push(Check::bad("database", "it answers with an error: see the log"));
        }
        Err(_) => checks.push(Check::bad("database", "it does not answer")),
    }
    Health {
        status: checks.iter().map(|check| check.status).max().unwrap_or(Verdict::Good),
        version: env!("CARGO_PKG_VERSION"),
        mode: app.config.mode.name(),
        database: match app.db.dialect() {
            Dialect::Sqlite => "sqlite",
            Dialect::Postgres => "postgres",
        },
        sockets: service.hub.open_sockets(),
        checks,
    }
}

/// Whether work that is due is done in time.
fn backlog(name: &'static str, (count, oldest): (i64, Option<Time>), now: Time) -> Check {
    match oldest.map(|oldest| now.since(oldest)) {
        Some(wait) if wait > LATE => {
            Check::warning(name, format!("{count} wait, the first for {} minutes", wait.as_secs() / 60))
        }
        _ => Check::good(name, format!("{count} wait")),
    }
}

fn room(app: &App) -> Check {
    match rustix::fs::statvfs(&app.config.data) {
        Ok(disk) => {
            let free = disk.f_bavail.saturating_mul(disk.f_frsize);
            let detail = format!("{} MiB are free", free >> 20);
            if free < LITTLE_ROOM { Check::warning("room", detail) } else { Check::good("room", detail) }
        }
        Err(error) => {
            tracing::warn!(%error, "the data folder fails its check");
            Check::bad("data", "the data folder is away: see the log")
        }
    }
}

impl Check {
    fn good(name: &'static str, detail: impl Into<String>) -> Self {
        Self { name, status: Verdict::Good, detail: detail.into() }
    }

    fn warning(name: &'static str, detail: impl Into<String>) -> Self {
        Self { name, status: Verdict::Warning, detail: detail.into() }
    }

    fn bad(name: &'static str, detail: impl Into<String>) -> Self {
        Self { name, status: Verdict::Bad, detail: detail.into() }
    }
}
