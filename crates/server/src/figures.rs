//! `/metrics`: on a listener of its own where the configuration names one, else on the main listener to callers
//! from this machine alone.

use axum::{Extension, Router, response::IntoResponse, routing::get};
use http::header;
use infra::http::{ApiError, ApiResult, Client};
use kernel::ErrorCode;
use metrics_exporter_prometheus::PrometheusHandle;

const TEXT: (http::HeaderName, &str) = (header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8");

/// `/metrics` for the main listener.
pub(crate) fn local(handle: PrometheusHandle) -> Router {
    let answer = async move |client: Option<Extension<Client>>| -> ApiResult<_> {
        if client.is_none_or(|Extension(client)| client.is_local()) {
            Ok(([TEXT], handle.render()))
        } else {
            Err(ApiError::new(ErrorCode::NotFound, "there is nothing at this address"))
        }
    };
    Router::new().route("/metrics", get(answer))
}

/// `/metrics` for a listener of its own, whose address says who may read.
pub(crate) fn open(handle: PrometheusHandle) -> Router {
    Router::new().route("/metrics", get(async move || ([TEXT], handle.render()).into_response()))
}
