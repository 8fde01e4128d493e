use axum::extract::{DefaultBodyLimit, State};
use infra::http::{ApiResult, Form, Json};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{User, avatar};
use crate::{
    Account, Identity,
    pictures::{LARGEST, LARGEST_FORM},
};

/// The routes of this module.
pub(crate) fn routes() -> OpenApiRouter<Identity> {
    OpenApiRouter::new().routes(routes!(put_avatar, delete_avatar)).layer(DefaultBodyLimit::max(LARGEST_FORM))
}

/// A form with a picture.
#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "a description of the form; its file is read from the stream")]
struct AvatarForm {
    /// A JPEG, PNG or WebP file of at most 10 MiB.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
}

/// Set the avatar.
///
/// The middle square of the picture is kept, at most 1024 pixels wide, without anything else that the file says.
#[utoipa::path(
    put, path = "/api/v1/me/avatar", operation_id = "setAvatar", tag = "me",
    request_body(content = AvatarForm, content_type = "multipart/form-data"),
    responses((status = 200, description = "The account with its new avatar", body = User)),
    extensions(
        ("x-authz" = json!({"object": "account", "allow": ["listener"], "visibility": "own"})),
        ("x-errors" = json!(["unsupported_picture", "picture_too_large"]))
    ),
)]
async fn put_avatar(State(identity): State<Identity>, account: Account, form: Form) -> ApiResult<Json<User>> {
    let file = form.only_file(&identity.app, "file", LARGEST).await?;
    Ok(Json(avatar::put(&identity, account.id, &file).await?))
}

/// Take the avatar away.
#[utoipa::path(
    delete, path = "/api/v1/me/avatar", operation_id = "removeAvatar", tag = "me",
    responses((status = 200, description = "The account without an avatar", body = User)),
    extensions(("x-authz" = json!({"object": "account", "allow": ["listener"], "visibility": "own"}))),
)]
async fn delete_avatar(State(identity): State<Identity>, account: Account) -> ApiResult<Json<User>> {
    Ok(Json(avatar::remove(&identity, account.id).await?))
}
