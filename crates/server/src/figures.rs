//! `/metrics`: on a listener of its own where the configuration names one, else on the main listener to callers
//! from this machine alone.

use axum::{Extension, Router, response::IntoResponse, routing::get};
use db::{job, read};
use http::header;
use infra::{
    App,
    http::{ApiError, ApiResult, Client},
};
use kernel::ErrorCode;
use metrics_exporter_prometheus::PrometheusHandle;

const TEXT: (http::HeaderName, &str) = (header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8");

/// What `/metrics` tells.
#[derive(Clone)]
pub(crate) struct Figures {
    app: App,
    handle: PrometheusHandle,
}

impl Figures {
    /// Those that the handle collects, and some that are looked up when somebody asks.
    pub(crate) const fn new(app: App, handle: PrometheusHandle) -> Self {
        Self { app, handle }
    }

    async fn render(&self) -> String {
        let census: db::Result<_> = read!(self.app.db, |tx| job::census(tx).await);
        match census {
            Ok(census) => {
                for (state, jobs) in census {
                    metrics::gauge!("jobs", "state" => state.code()).set(f64::from(jobs));
                }
            }
            Err(error) => tracing::warn!(%error, "jobs cannot be counted"),
        }
        self.handle.render()
    }
}

/// `/metrics` for the main listener.
pub(crate) fn local(figures: Figures) -> Router {
    let answer = async move |client: Option<Extension<Client>>| -> ApiResult<_> {
        if client.is_none_or(|Extension(client)| client.is_local()) {
            Ok(([TEXT], figures.render().await))
        } else {
            Err(ApiError::new(ErrorCode::NotFound, "there is nothing at this address"))
        }
    };
    Router::new().route("/metrics", get(answer))
}

/// `/metrics` for a listener of its own, whose address says who may read.
pub(crate) fn open(figures: Figures) -> Router {
    Router::new().route("/metrics", get(async move || ([TEXT], figures.render().await).into_response()))
}
