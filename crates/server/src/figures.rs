//! `/metrics`: on a listener of its own where the configuration names one, else on the main listener to callers
//! from this machine alone.

use axum::{Extension, Router, response::IntoResponse, routing::get};
use db::{job, read};
use http::{HeaderMap, header};
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
    let answer = async move |client: Option<Extension<Client>>, headers: HeaderMap| -> ApiResult<_> {
        if is_direct(&headers) && client.is_none_or(|Extension(client)| client.is_local()) {
            Ok(([TEXT], figures.render().await))
        } else {
            Err(ApiError::new(ErrorCode::NotFound, "there is nothing at this address"))
        }
    };
    Router::new().route("/metrics", get(answer))
}

/// Whether the request was meant for this machine: not passed on by a proxy that nobody named, nor by a browser whose
/// page has a name that leads here.
fn is_direct(headers: &HeaderMap) -> bool {
    let passed_on = ["forwarded", "via", "x-forwarded-for", "x-real-ip"];
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    ["localhost", "127.0.0.1", "[::1]", ""].contains(&name)
        && !passed_on.iter().any(|name| headers.contains_key(*name))
}

/// `/metrics` for a listener of its own, whose address says who may read.
pub(crate) fn open(figures: Figures) -> Router {
    Router::new().route("/metrics", get(async move || ([TEXT], figures.render().await).into_response()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_passed_on_is_not_for_this_machine() {
        let headers = |pairs: &[(&'static str, &'static str)]| {
            pairs
                .iter()
                .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
                .collect::<HeaderMap>()
        };
        for host in ["127.0.0.1:4533", "localhost", "[::1]:4533"] {
            assert!(is_direct(&headers(&[("host", host)])), "{host}");
            assert!(!is_direct(&headers(&[("host", host), ("x-forwarded-for", "8.8.8.8")])), "{host}");
        }
        assert!(!is_direct(&headers(&[("host", "music.example")])));
        assert!(!is_direct(&headers(&[("host", "localhost"), ("via", "1.1 proxy")])));
    }
}
