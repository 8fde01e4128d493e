use axum::extract::State;
use identity::Account;
use infra::http::{ApiResult, Json, Query};
use kernel::{Check, Cursor, Limit, NotificationId, Page};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{Notification, NotificationError, model::NotificationStatus, queries};
use crate::Community;

/// The name of the list in its cursors.
const LIST: &str = "notifications";
/// Ids in one request.
const IDS: usize = 200;

/// Which notifications, where the list goes on, and how far.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct NotificationList {
    /// Only those that were read, or were not.
    #[param(inline)]
    status: Option<NotificationStatus>,
    /// How many items a page holds.
    #[serde(default)]
    limit: Limit,
    /// Where to go on.
    cursor: Option<Cursor>,
}

/// A page of notifications.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct NotificationPage {
    #[serde(flatten)]
    page: Page<Notification>,
    /// How many of all were not read.
    #[schema(example = 2)]
    unread_count: i64,
}

/// What was read: some, or all.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ReadNotifications {
    /// These, 200 at most.
    #[schema(max_items = 200)]
    ids: Option<Vec<NotificationId>>,
    /// All there are.
    #[serde(default)]
    #[schema(example = true)]
    all: bool,
}

/// What is left.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Unread {
    /// How many were not read.
    #[schema(example = 0)]
    unread_count: i64,
}

/// Lists what the caller was told, the newest first.
#[utoipa::path(
    get, path = "/api/v1/notifications", operation_id = "listNotifications", tag = "notifications",
    params(NotificationList),
    responses((status = 200, description = "A page of notifications", body = NotificationPage)),
    extensions(
        ("x-authz" = json!({"object": "notification", "allow": ["listener"], "visibility": "own"})),
        ("x-errors" = json!(["invalid_cursor"]))
    ),
)]
pub(super) async fn list(
    State(community): State<Community>,
    who: Account,
    Query(list): Query<NotificationList>,
) -> ApiResult<Json<NotificationPage>> {
    let page: Result<_, NotificationError> = db::snapshot!(community.app.db, |tx| {
        let before =
            list.cursor.as_ref().map(|cursor| cursor.place::<i64>(&(LIST, list.status))).transpose()?;
        let rows = queries::page(tx, who.id, list.status, before, list.limit).await?;
        let page = Page::cut(rows, list.limit, |last| Cursor::at(&(LIST, list.status), &last.seq))
            .map(Notification::from);
        Ok(NotificationPage { page, unread_count: queries::unread(tx, who.id).await? })
    });
    Ok(Json(page?))
}

/// Marks notifications as read.
#[utoipa::path(
    post, path = "/api/v1/notifications/read", operation_id = "readNotifications", tag = "notifications",
    request_body = ReadNotifications,
    responses((status = 200, description = "What is left", body = Unread)),
    extensions(
        ("x-authz" = json!({"object": "notification", "allow": ["listener"], "visibility": "own"})),
        ("x-errors" = json!([]))
    ),
)]
pub(super) async fn read(
    State(community): State<Community>,
    who: Account,
    Json(read): Json<ReadNotifications>,
) -> ApiResult<Json<Unread>> {
    let now = community.app.now();
    let left: Result<_, NotificationError> = db::write!(community.app.db, |tx| {
        Check::new()
            .that(read.ids.is_some() != read.all, "/ids", "required", "either ids, or all: true")
            .that(
                read.ids.as_ref().is_none_or(|ids| ids.len() <= IDS),
                "/ids",
                "too_many",
                "are more than 200",
            )
            .done()?;
        queries::mark(tx, who.id, read.ids.as_deref(), now).await?;
        Ok(Unread { unread_count: queries::unread(tx, who.id).await? })
    });
    Ok(Json(left?))
}
