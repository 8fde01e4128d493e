//! Background work as its starter sees it, and as whoever runs the service does.

use std::collections::HashMap;

use axum::extract::State;
use db::job::{self, Job};
use identity::{Account, Admin, Role, admin, audit};
use infra::{
    App,
    http::{ApiError, ApiResult, Json, Path, Query, Routes},
    realtime::{Ask, Channel, Source},
    routes,
};
use kernel::{AccountId, Cursor, ErrorCode, JobId, Limit, Page, Time};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};

use crate::Service;

/// What only admins start: what comes of it says where the server keeps its files, which who was an admin once is not told.
const BY_ADMINS: &str = "import";

pub(crate) fn routes() -> Routes<Service> {
    Routes::new().routes(routes!(get_job)).routes(routes!(list_jobs)).routes(routes!(retry_job))
}

/// `job:{id}` for whoever started it: as `GET /jobs/{id}` answers.
pub(crate) fn channels(app: &App) -> Vec<Channel> {
    let app = app.clone();
    vec![Channel::of_values("job:{id}", Source::Feeds(&[job::FEED]), move |asks| {
        let app = app.clone();
        async move {
            let ids: Vec<JobId> = asks.iter().map(|ask| ask.subject.into()).collect();
            let (jobs, admins) = db::read!(app.db, |tx| Ok::<_, db::Error>((
                job::all(tx, &ids).await?,
                admin::admins(tx).await?
            )))?;
            let jobs: HashMap<Ask, Job> = jobs
                .into_iter()
                .map(|job| (Ask { account: job.owner_id, subject: job.id.into() }, job))
                .collect();
            let view = |ask: &Ask| {
                let account = ask.account?;
                serde_json::to_value(JobView::of(jobs.get(ask)?.clone(), admins.contains(&account))).ok()
            };
            Ok(asks.iter().map(view).collect())
        }
    })]
}

/// A piece of background work.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct JobView {
    id: JobId,
    /// What is being done.
    #[schema(example = "import")]
    kind: String,
    /// ready, running, done or dead.
    #[schema(example = "running")]
    state: &'static str,
    /// Steps done so far.
    done: i64,
    /// Steps in all; 0 while unknown.
    total: i64,
    /// What came of it.
    result: Option<serde_json::Value>,
    /// Why the last run failed.
    error: Option<String>,
    created_at: Time,
    finished_at: Option<Time>,
}

impl JobView {
    /// A job as its starter sees it, or an admin.
    fn of(job: Job, is_admin: bool) -> Self {
        let is_told = is_admin || job.kind != BY_ADMINS;
        Self {
            id: job.id,
            kind: job.kind,
            state: job.state.code(),
            done: job.progress_done,
            total: job.progress_total,
            result: job.result.filter(|_| is_told).and_then(|text| serde_json::from_str(&text).ok()),
            error: job.error.filter(|_| is_told),
            created_at: job.created_at,
            finished_at: job.finished_at,
        }
    }

    /// A job in a list, without what only one at a time has room for.
    fn listed(job: Job) -> Self {
        let mut view = Self::of(job, true);
        if let Some(result) = view.result.as_mut().and_then(serde_json::Value::as_object_mut) {
            result.remove("troubles");
        }
        view
    }
}

/// Shows a job that the caller started; to admins any.
///
/// What came of an import is for whoever is an admin now: it names files of the server.
#[utoipa::path(
    get, path = "/api/v1/jobs/{id}", operation_id = "getJob", tag = "jobs",
    params(("id" = JobId, Path)),
    responses((status = 200, description = "The job", body = JobView)),
    extensions(
        ("x-authz" = json!({"object": "job", "allow": ["owner", "admin"], "visibility": "own"})),
        ("x-errors" = json!(["job_not_found"]))
    ),
)]
async fn get_job(
    State(service): State<Service>,
    who: Account,
    Path(id): Path<JobId>,
) -> ApiResult<Json<JobView>> {
    let is_admin = who.role == Role::Admin;
    let job = db::read!(service.app.db, |tx| {
        if is_admin { job::any(tx, id).await } else { job::find(tx, id, who.id).await }
    })?;
    job.map(|job| Json(JobView::of(job, is_admin))).ok_or_else(missing)
}

fn missing() -> ApiError {
    ApiError::new(ErrorCode::JobNotFound, "there is no such job here")
}

/// How a job stands.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum JobState {
    /// It waits.
    Ready,
    /// It runs.
    Running,
    /// It ended well.
    Done,
    /// It failed too often.
    Dead,
}

impl From<JobState> for job::State {
    fn from(state: JobState) -> Self {
        match state {
            JobState::Ready => Self::Ready,
            JobState::Running => Self::Running,
            JobState::Done => Self::Done,
            JobState::Dead => Self::Dead,
        }
    }
}

/// Which jobs, where the list goes on, and how far.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct JobList {
    /// Only those that stand so.
    state: Option<JobState>,
    /// How many items a page holds.
    #[serde(default)]
    limit: Limit,
    /// Where to go on.
    cursor: Option<Cursor>,
}

/// Lists all jobs, the newest first.
///
/// An import's `result` has its counts; `GET /jobs/{id}` has its `troubles`, too.
#[utoipa::path(
    get, path = "/api/v1/admin/jobs", operation_id = "listJobs", tag = "admin",
    params(JobList),
    responses((status = 200, description = "A page of jobs", body = Page<JobView>)),
    extensions(
        ("x-authz" = json!({"object": "job", "allow": ["admin"], "visibility": "none"})),
        ("x-errors" = json!(["invalid_cursor"]))
    ),
)]
async fn list_jobs(
    State(service): State<Service>,
    _: Admin,
    Query(list): Query<JobList>,
) -> ApiResult<Json<Page<JobView>>> {
    let state: Option<job::State> = list.state.map(Into::into);
    let after = list.cursor.as_ref().map(|cursor| cursor.place(&(job::LIST, state))).transpose();
    let after = after.map_err(|e| ApiError::new(ErrorCode::InvalidCursor, e.to_string()))?;
    let jobs = db::read!(service.app.db, |tx| job::list(tx, state, after, list.limit).await)?;
    Ok(Json(jobs.map(JobView::listed)))
}

/// Lets a dead job run again; any other is left as it is.
#[utoipa::path(
    post, path = "/api/v1/admin/jobs/{id}/retry", operation_id = "retryJob", tag = "admin",
    params(("id" = JobId, Path)),
    responses((status = 200, description = "The job", body = JobView)),
    extensions(
        ("x-authz" = json!({"object": "job", "allow": ["admin"], "visibility": "none"})),
        ("x-errors" = json!(["job_not_found"]))
    ),
)]
async fn retry_job(
    State(service): State<Service>,
    Admin(admin): Admin,
    Path(id): Path<JobId>,
) -> ApiResult<Json<JobView>> {
    let job = retry(&service, admin.id, id).await?;
    job.map(|job| Json(JobView::of(job, true))).ok_or_else(missing)
}

async fn retry(service: &Service, admin: AccountId, id: JobId) -> db::Result<Option<Job>> {
    let app = &service.app;
    let (entry, now) = (audit::Entry::new(app, Some(admin), "job.retry", &id, json!({})), app.now());
    db::write!(app.db, |tx| {
        if job::retry(tx, id, now).await? {
            audit::record(tx, &entry).await?;
        }
        job::any(tx, id).await
    })
}
