//! Is the process alive, and can it serve?

use axum::extract::State;
use db::sql;
use http::StatusCode;
use infra::{
    http::{Json, Routes},
    routes,
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::Service;

pub(crate) fn routes() -> Routes<Service> {
    Routes::new().routes(routes!(alive)).routes(routes!(ready))
}

/// Whether the process is alive.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Alive {
    /// The running version.
    #[schema(example = "0.1.0")]
    version: &'static str,
}

/// Whether the process can serve, and what keeps it from it.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Ready {
    /// True when nothing is missing.
    ready: bool,
    /// The parts that do not answer: `database`, `data`; and `disk` when there is hardly any room left on it.
    #[schema(example = json!([]))]
    missing: Vec<&'static str>,
}

/// Says that the process is alive.
#[utoipa::path(
    get, path = "/healthz", operation_id = "alive", tag = "health",
    responses((status = 200, description = "Alive", body = Alive)),
    extensions(
        ("x-authz" = json!({"object": "service", "allow": ["anonymous"], "visibility": "none"})),
        ("x-errors" = json!([]))
    ),
)]
async fn alive() -> Json<Alive> {
    Json(Alive { version: env!("CARGO_PKG_VERSION") })
}

/// Says whether the process can serve, and names what is missing if not.
#[utoipa::path(
    get, path = "/readyz", operation_id = "ready", tag = "health",
    responses(
        (status = 200, description = "Ready", body = Ready),
        (status = 503, description = "Something is missing", body = Ready),
    ),
    extensions(
        ("x-authz" = json!({"object": "service", "allow": ["anonymous"], "visibility": "none"})),
        ("x-errors" = json!([]))
    ),
)]
async fn ready(State(service): State<Service>) -> (StatusCode, Json<Ready>) {
    let missing = missing(&service).await;
    let status = if missing.is_empty() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(Ready { ready: missing.is_empty(), missing }))
}

async fn missing(service: &Service) -> Vec<&'static str> {
    let app = &service.app;
    let asked =
        async { db::read!(app.db, |tx| sql!("SELECT COUNT(*) FROM schedule").scalar::<i64>(tx).await) };
    let mut missing = Vec::new();
    if !matches!(tokio::time::timeout(std::time::Duration::from_secs(2), asked).await, Ok(Ok(_))) {
        missing.push("database");
    }
    let folder = app.config.data.join("tmp");
    if !tokio::fs::try_exists(&folder).await.unwrap_or(false) {
        missing.push("data");
    }
    if let Ok(Ok(true)) = tokio::task::spawn_blocking(move || infra::is_full(&folder)).await {
        missing.push("disk");
    }
    missing
}
