use axum::extract::State;
use identity::Account;
use infra::{
    http::{ApiResult, Json, Path, Query, Routes},
    routes,
};
use kernel::{ArtistId, Cursor, Limit, Page, TrackId};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{FollowState, Follower, LikeState, LikedTrack, service};
use crate::{
    Music,
    catalogue::{Artist, CatalogueError},
};

pub(super) fn routes() -> Routes<Music> {
    Routes::new()
        .routes(routes!(like_track, unlike_track))
        .routes(routes!(follow_artist, unfollow_artist))
        .routes(routes!(list_followers))
        .routes(routes!(list_following))
        .routes(routes!(list_likes))
}

/// Like a track. Liking it again changes nothing.
#[utoipa::path(
    put, path = "/api/v1/tracks/{id}/like", operation_id = "likeTrack", tag = "library",
    params(("id" = TrackId, Path)),
    responses((status = 200, description = "The caller likes it", body = LikeState)),
    extensions(
        ("x-authz" = json!({"object": "track", "allow": ["listener"], "visibility": "visible"})),
        ("x-errors" = json!(["track_not_found"]))
    ),
)]
async fn like_track(
    State(music): State<Music>,
    who: Account,
    Path(id): Path<TrackId>,
) -> ApiResult<Json<LikeState>> {
    let state: Result<_, CatalogueError> =
        db::write!(music.app.db, |tx| service::like(tx, &music.app, who.id, id).await);
    Ok(Json(state?))
}

/// Like a track no longer.
#[utoipa::path(
    delete, path = "/api/v1/tracks/{id}/like", operation_id = "unlikeTrack", tag = "library",
    params(("id" = TrackId, Path)),
    responses((status = 200, description = "The caller does not like it", body = LikeState)),
    extensions(
        ("x-authz" = json!({"object": "track", "allow": ["listener"], "visibility": "visible"})),
        ("x-errors" = json!(["track_not_found"]))
    ),
)]
async fn unlike_track(
    State(music): State<Music>,
    who: Account,
    Path(id): Path<TrackId>,
) -> ApiResult<Json<LikeState>> {
    let state: Result<_, CatalogueError> =
        db::write!(music.app.db, |tx| service::unlike(tx, who.id, id, music.app.now()).await);
    Ok(Json(state?))
}

/// Follow an artist. Following it again changes nothing.
#[utoipa::path(
    put, path = "/api/v1/artists/{id}/follow", operation_id = "followArtist", tag = "library",
    params(("id" = ArtistId, Path)),
    responses((status = 200, description = "The caller follows it", body = FollowState)),
    extensions(
        ("x-authz" = json!({"object": "artist", "allow": ["listener"], "visibility": "visible"})),
        ("x-errors" = json!(["artist_not_found"]))
    ),
)]
async fn follow_artist(
    State(music): State<Music>,
    who: Account,
    Path(id): Path<ArtistId>,
) -> ApiResult<Json<FollowState>> {
    let state: Result<_, CatalogueError> =
        db::write!(music.app.db, |tx| service::follow(tx, &music.app, who.id, id).await);
    Ok(Json(state?))
}

/// Follow an artist no longer.
#[utoipa::path(
    delete, path = "/api/v1/artists/{id}/follow", operation_id = "unfollowArtist", tag = "library",
    params(("id" = ArtistId, Path)),
    responses((status = 200, description = "The caller does not follow it", body = FollowState)),
    extensions(
        ("x-authz" = json!({"object": "artist", "allow": ["listener"], "visibility": "visible"})),
        ("x-errors" = json!(["artist_not_found"]))
    ),
)]
async fn unfollow_artist(
    State(music): State<Music>,
    who: Account,
    Path(id): Path<ArtistId>,
) -> ApiResult<Json<FollowState>> {
    let state: Result<_, CatalogueError> =
        db::write!(music.app.db, |tx| service::unfollow(tx, who.id, id).await);
    Ok(Json(state?))
}

/// A part of a list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct PageQuery {
    /// How many.
    limit: Limit,
    /// The `nextCursor` of the page before.
    cursor: Option<Cursor>,
}

/// List who follows an artist, the latest first.
#[utoipa::path(
    get, path = "/api/v1/artists/{id}/followers", operation_id = "listFollowers", tag = "library",
    params(("id" = ArtistId, Path), PageQuery),
    responses((status = 200, description = "A page of followers", body = Page<Follower>)),
    extensions(
        ("x-authz" = json!({"object": "artist", "allow": ["listener"], "visibility": "visible"})),
        ("x-errors" = json!(["artist_not_found", "invalid_cursor"]))
    ),
)]
async fn list_followers(
    State(music): State<Music>,
    who: Account,
    Path(id): Path<ArtistId>,
    Query(query): Query<PageQuery>,
) -> ApiResult<Json<Page<Follower>>> {
    let page: Result<_, CatalogueError> = db::read!(music.app.db, |tx| {
        service::followers(tx, who.id, id, query.limit, query.cursor.as_ref()).await
    });
    Ok(Json(page?))
}

/// List the artists that the caller follows, the latest first.
#[utoipa::path(
    get, path = "/api/v1/me/following", operation_id = "listFollowing", tag = "library",
    params(PageQuery),
    responses((status = 200, description = "A page of artists", body = Page<Artist>)),
    extensions(
        ("x-authz" = json!({"object": "account", "allow": ["listener"], "visibility": "own"})),
        ("x-errors" = json!(["invalid_cursor"]))
    ),
)]
async fn list_following(
    State(music): State<Music>,
    who: Account,
    Query(query): Query<PageQuery>,
) -> ApiResult<Json<Page<Artist>>> {
    let page: Result<_, CatalogueError> = db::read!(music.app.db, |tx| {
        service::following(tx, who.id, query.limit, query.cursor.as_ref()).await
    });
    Ok(Json(page?))
}

/// List the tracks that the caller likes, the latest like first.
///
/// A track that the caller may not see any more is left out, and is there again once they may.
#[utoipa::path(
    get, path = "/api/v1/me/likes", operation_id = "listLikes", tag = "me",
    params(PageQuery),
    responses((status = 200, description = "A page of tracks", body = Page<LikedTrack>)),
    extensions(
        ("x-authz" = json!({"object": "account", "allow": ["listener"], "visibility": "own"})),
        ("x-errors" = json!(["invalid_cursor"]))
    ),
)]
async fn list_likes(
    State(music): State<Music>,
    who: Account,
    Query(query): Query<PageQuery>,
) -> ApiResult<Json<Page<LikedTrack>>> {
    let page: Result<_, CatalogueError> = db::read!(music.app.db, |tx| {
        service::liked(tx, who.id, query.limit, query.cursor.as_ref()).await
    });
    Ok(Json(page?))
}
