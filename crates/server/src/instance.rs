//! What clients ask of a server before anybody logs in: which one it is, and what can be done there.

use axum::extract::State;
use commerce::{
    receipts,
    wallet::{self, WaysIn},
};
use infra::{
    http::{Json, Routes},
    routes,
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::Service;

pub(crate) fn routes() -> Routes<Service> {
    Routes::new().routes(routes!(get_instance))
}

/// A server as its clients see it. It stays as it is until the server is started anew.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Instance {
    /// The running version.
    #[schema(example = "0.1.0")]
    version: &'static str,
    /// demo, test or production: whether its money is play money.
    #[schema(example = "demo")]
    mode: &'static str,
    /// The public key that signs its receipts: what `resonance receipt verify --issuer` compares.
    #[schema(example = "0x04…")]
    issuer: String,
    /// What the platform keeps of paid listening before it is shared, in basis points.
    #[schema(example = 500)]
    platform_fee_bp: u16,
    ways_in: WaysIn,
}

/// Shows what the server is, and how money comes into its wallets.
#[utoipa::path(
    get, path = "/api/v1/instance", operation_id = "getInstance", tag = "health",
    responses((status = 200, description = "The server", body = Instance)),
    extensions(
        ("x-authz" = json!({"object": "service", "allow": ["anonymous"], "visibility": "none"})),
        ("x-errors" = json!([]))
    ),
)]
async fn get_instance(State(service): State<Service>) -> Json<Instance> {
    let config = &service.app.config;
    Json(Instance {
        version: env!("CARGO_PKG_VERSION"),
        mode: config.mode.name(),
        issuer: receipts::issuer(&service.commerce),
        platform_fee_bp: config.platform.fee_bp,
        ways_in: wallet::ways_in(&service.commerce),
    })
}
