//! Background work as its starter sees it.

use axum::extract::State;
use db::job::{self, Job};
use identity::Account;
use infra::http::{ApiError, ApiResult, Json, Path};
use kernel::{ErrorCode, JobId, Time};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::Service;

pub(crate) fn routes() -> OpenApiRouter<Service> {
    OpenApiRouter::new().routes(routes!(get_job))
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

impl From<Job> for JobView {
    fn from(job: Job) -> Self {
        Self {
            id: job.id,
            kind: job.kind,
            state: job.state.code(),
            done: job.progress_done,
            total: job.progress_total,
            result: job.result.and_then(|text| serde_json::from_str(&text).ok()),
            error: job.error,
            created_at: job.created_at,
            finished_at: job.finished_at,
        }
    }
}

/// Shows a job that the caller started.
#[utoipa::path(
    get, path = "/api/v1/jobs/{id}", operation_id = "getJob", tag = "jobs",
    params(("id" = JobId, Path)),
    responses((status = 200, description = "The job", body = JobView)),
    extensions(
        ("x-authz" = json!({"object": "job", "allow": ["owner"], "visibility": "own"})),
        ("x-errors" = json!(["job_not_found"]))
    ),
)]
async fn get_job(
    State(service): State<Service>,
    who: Account,
    Path(id): Path<JobId>,
) -> ApiResult<Json<JobView>> {
    let job = db::read!(service.app.db, |tx| job::find(tx, id, who.id).await)?;
    job.map(|job| Json(job.into()))
        .ok_or_else(|| ApiError::new(ErrorCode::JobNotFound, "no such job of yours"))
}
