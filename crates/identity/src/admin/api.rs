use axum::extract::State;
use infra::http::{ApiResult, Json, Path, Query};
use kernel::{AccountId, Cursor, Limit, Page};
use serde::Deserialize;

use super::{Member, MemberChange, MemberFilter, service};
use crate::{Admin, Identity, Role};

/// Which accounts to list, and which part of them.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct List {
    /// A part of the e-mail address or username, in any case, or the address of a wallet.
    #[param(max_length = 254)]
    q: Option<String>,
    /// Those with this role.
    #[param(inline)]
    role: Option<Role>,
    /// Suspended ones, or all others.
    suspended: Option<bool>,
    /// Items at most.
    #[serde(default)]
    limit: Limit,
    /// From the page before.
    cursor: Option<Cursor>,
}

/// List accounts.
#[utoipa::path(
    get, path = "/api/v1/admin/users", operation_id = "listUsers", tag = "admin",
    params(List),
    responses((status = 200, description = "The accounts, the newest first", body = Page<Member>)),
    extensions(
        ("x-authz" = json!({"object": "account", "allow": ["admin"], "visibility": "none"})),
        ("x-errors" = json!(["invalid_cursor"]))
    ),
)]
pub(super) async fn list(
    State(identity): State<Identity>,
    _: Admin,
    Query(list): Query<List>,
) -> ApiResult<Json<Page<Member>>> {
    let filter = MemberFilter { q: list.q, role: list.role, suspended: list.suspended };
    Ok(Json(service::members(&identity, &filter, list.cursor.as_ref(), list.limit).await?))
}

/// Change an account's role, or suspend it.
///
/// A suspended account is logged out everywhere and cannot log in. At least one admin who can log in remains.
#[utoipa::path(
    patch, path = "/api/v1/admin/users/{id}", operation_id = "changeUser", tag = "admin",
    params(("id" = AccountId, Path)), request_body = MemberChange,
    responses((status = 200, description = "The account as it is now", body = Member)),
    extensions(
        ("x-authz" = json!({"object": "account", "allow": ["admin"], "visibility": "none"})),
        ("x-errors" = json!(["account_not_found", "last_admin"]))
    ),
)]
pub(super) async fn change(
    State(identity): State<Identity>,
    Admin(admin): Admin,
    Path(id): Path<AccountId>,
    Json(change): Json<MemberChange>,
) -> ApiResult<Json<Member>> {
    Ok(Json(service::change(&identity, Some(admin.id), id, &change).await?))
}
