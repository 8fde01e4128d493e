use axum::extract::State;
use infra::{
    Quota,
    http::{ApiResult, Form, Json, Path, Routes},
    routes,
};

use super::{AccountError, Person, User, avatar, service};
use crate::{Account, Identity, login, pictures::LARGEST_FORM};

/// Names that one account looks up: whoever adds people to a page or writes to them needs a few.
const NAMES_BY_ACCOUNT: Quota = Quota { name: "person", burst: 60, every: std::time::Duration::from_secs(2) };

/// The routes of this module.
pub(crate) fn routes() -> Routes<Identity> {
    Routes::new()
        .routes(routes!(put_avatar, delete_avatar))
        .body_limit(LARGEST_FORM)
        .routes(routes!(get_person))
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
    Ok(Json(avatar::put(&identity, account.id, form).await?))
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

/// Find somebody by username.
///
/// The whole username, in any case. An e-mail address finds nobody, whether it has an account or not.
#[utoipa::path(
    get, path = "/api/v1/users/{username}", operation_id = "getPerson", tag = "accounts",
    params(("username" = String, Path, description = "The username", example = "ada")),
    responses((status = 200, description = "The person", body = Person)),
    extensions(
        ("x-authz" = json!({"object": "account", "allow": ["listener"], "visibility": "none"})),
        ("x-errors" = json!(["account_not_found"]))
    ),
)]
async fn get_person(
    State(identity): State<Identity>,
    account: Account,
    Path(username): Path<String>,
) -> ApiResult<Json<Person>> {
    login::limit(&identity, NAMES_BY_ACCOUNT, &account.id.to_string())?;
    let person: Result<_, AccountError> =
        db::read!(identity.app.db, |tx| service::person(tx, &username).await);
    Ok(Json(person?))
}
