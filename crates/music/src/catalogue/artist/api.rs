use axum::{extract::State, http::StatusCode};
use identity::{Account, Role};
use infra::{
    http::{ApiResult, Json, Path, Query, Routes},
    routes,
};
use kernel::{AccountId, ArtistId, Cursor, Limit, Page};
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use super::{Artist, ArtistChange, ArtistProfile, ManagedArtist, Manager, ManagerRole, NewArtist, service};
use crate::{
    Music,
    catalogue::{
        Album, CatalogueError, Direction, Order, Sort, Track, TrackFilter, Viewer,
        album::{self, AlbumFilter},
        genre, track,
    },
    search::{Kind, Ranking},
};

pub(in crate::catalogue) fn routes() -> Routes<Music> {
    Routes::new()
        .routes(routes!(list_artists, create_artist))
        .routes(routes!(get_artist, update_artist))
        .routes(routes!(get_artist_profile))
        .routes(routes!(list_artist_tracks))
        .routes(routes!(list_artist_albums))
        .routes(routes!(list_artist_appearances))
        .routes(routes!(list_managers))
        .routes(routes!(get_manager, put_manager, delete_manager))
        .routes(routes!(list_my_artists))
}

/// Which artists.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ArtistQuery {
    /// Words of their names, the last one as far as it is typed.
    q: Option<String>,
    /// A genre that they have tracks of, by name or id.
    genre: Option<String>,
    /// How many.
    limit: Limit,
    /// The `nextCursor` of the page before.
    cursor: Option<Cursor>,
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

/// A part of an ordered list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct OrderedQuery {
    /// By what; `created` unless given.
    sort: Option<Sort>,
    /// Which way; from the top unless given, titles from A to Z.
    order: Option<Direction>,
    /// How many.
    limit: Limit,
    /// The `nextCursor` of the page before.
    cursor: Option<Cursor>,
}

/// List artists by name, or by how well they match `q`.
#[utoipa::path(
    get, path = "/api/v1/artists", operation_id = "listArtists", tag = "artists",
    params(ArtistQuery),
    responses((status = 200, description = "A page of artists", body = Page<Artist>)),
    extensions(
        ("x-authz" = json!({"object": "artist", "allow": ["anonymous", "listener"], "visibility": "visible"})),
        ("x-errors" = json!(["invalid_cursor"]))
    ),
)]
async fn list_artists(
    State(music): State<Music>,
    viewer: Viewer,
    Query(query): Query<ArtistQuery>,
) -> ApiResult<Json<Page<Artist>>> {
    let (limit, cursor) = (query.limit, query.cursor.as_ref());
    let Some(genre) = genre::wanted(&music.app.db, query.genre.as_deref()).await? else {
        return Ok(Json(Page::empty()));
    };
    let of = [genre.map(Uuid::from)];
    let by_rank = (&(service::FOUND, genre), limit, cursor);
    let found = Ranking::of(&music, viewer, (query.q.as_deref(), Kind::Artist), &of, by_rank).await?;
    let page: Result<_, CatalogueError> = db::read!(music.app.db, |tx| {
        match &found {
            Some(found) => Ok(service::by_rank(tx, viewer, genre, found, limit).await?),
            None => service::page(tx, viewer, genre, limit, cursor).await,
        }
    });
    Ok(Json(page?))
}

/// Make an artist page.
///
/// The caller owns it, and is an artist from then on.
#[utoipa::path(
    post, path = "/api/v1/artists", operation_id = "createArtist", tag = "artists",
    request_body = NewArtist,
    responses((status = 201, description = "The page", body = Artist)),
    extensions(
        ("x-authz" = json!({"object": "artist", "allow": ["listener"], "visibility": "none"})),
        ("x-errors" = json!(["too_many_pages"]))
    ),
)]
async fn create_artist(
    State(music): State<Music>,
    who: Account,
    Json(new): Json<NewArtist>,
) -> ApiResult<(StatusCode, Json<Artist>)> {
    let made: Result<_, CatalogueError> = db::write!(music.app.db, |tx| {
        let id = music.app.id();
        let promoted = service::create(tx, &music.app, who.id, id, &new).await?;
        Ok((service::get(tx, Viewer::member(who.id), id).await?, promoted))
    });
    let (artist, promoted) = made?;
    if promoted {
        music.identity.forget(who.id);
    }
    Ok((StatusCode::CREATED, Json(artist)))
}

/// Show an artist.
#[utoipa::path(
    get, path = "/api/v1/artists/{id}", operation_id = "getArtist", tag = "artists",
    params(("id" = ArtistId, Path)),
    responses((status = 200, description = "The artist", body = Artist)),
    extensions(
        ("x-authz" = json!({"object": "artist", "allow": ["anonymous", "listener"], "visibility": "visible"})),
        ("x-errors" = json!(["artist_not_found"]))
    ),
)]
async fn get_artist(
    State(music): State<Music>,
    viewer: Viewer,
    Path(id): Path<ArtistId>,
) -> ApiResult<Json<Artist>> {
    let artist: Result<_, CatalogueError> = db::read!(music.app.db, |tx| service::get(tx, viewer, id).await);
    Ok(Json(artist?))
}

/// Change an artist page.
#[utoipa::path(
    patch, path = "/api/v1/artists/{id}", operation_id = "updateArtist", tag = "artists",
    params(("id" = ArtistId, Path)), request_body = ArtistChange,
    responses((status = 200, description = "The artist as it is now", body = Artist)),
    extensions(
        ("x-authz" = json!({"object": "artist", "allow": ["owner", "manager"], "visibility": "own"})),
        ("x-errors" = json!(["artist_not_found"]))
    ),
)]
async fn update_artist(
    State(music): State<Music>,
    who: Account,
    Path(id): Path<ArtistId>,
    Json(change): Json<ArtistChange>,
) -> ApiResult<Json<Artist>> {
    let artist: Result<_, CatalogueError> = db::write!(music.app.db, |tx| {
        service::change(tx, &music.app, who.id, id, &change).await?;
        service::get(tx, Viewer::member(who.id), id).await
    });
    Ok(Json(artist?))
}

/// Show an artist with its most played tracks and latest albums.
#[utoipa::path(
    get, path = "/api/v1/artists/{id}/profile", operation_id = "getArtistProfile", tag = "artists",
    params(("id" = ArtistId, Path)),
    responses((status = 200, description = "The artist", body = ArtistProfile)),
    extensions(
        ("x-authz" = json!({"object": "artist", "allow": ["anonymous", "listener"], "visibility": "visible"})),
        ("x-errors" = json!(["artist_not_found"]))
    ),
)]
async fn get_artist_profile(
    State(music): State<Music>,
    viewer: Viewer,
    Path(id): Path<ArtistId>,
) -> ApiResult<Json<ArtistProfile>> {
    let profile: Result<_, CatalogueError> =
        db::read!(music.app.db, |tx| service::profile(tx, viewer, id).await);
    Ok(Json(profile?))
}

/// List the tracks of an artist.
#[utoipa::path(
    get, path = "/api/v1/artists/{id}/tracks", operation_id = "listArtistTracks", tag = "artists",
    params(("id" = ArtistId, Path), OrderedQuery),
    responses((status = 200, description = "A page of tracks", body = Page<Track>)),
    extensions(
        ("x-authz" = json!({"object": "artist", "allow": ["anonymous", "listener"], "visibility": "visible"})),
        ("x-errors" = json!(["artist_not_found", "invalid_cursor"]))
    ),
)]
async fn list_artist_tracks(
    State(music): State<Music>,
    viewer: Viewer,
    Path(id): Path<ArtistId>,
    Query(query): Query<OrderedQuery>,
) -> ApiResult<Json<Page<Track>>> {
    let page: Result<_, CatalogueError> = db::read!(music.app.db, |tx| {
        service::check_visible(tx, viewer, id).await?;
        let filter = TrackFilter { artist: Some(id), ..TrackFilter::default() };
        let order = Order::of(query.sort, query.order);
        track::page(tx, viewer, &filter, order, query.limit, query.cursor.as_ref()).await
    });
    Ok(Json(page?))
}

/// List the tracks of other pages that an artist is a guest on, or wrote or played along.
///
/// They name the artist among their credits, and are imported, on a page of the library, or on a page that somebody manages who
/// manages this one, too. Anybody may credit anybody: that alone puts nothing here.
#[utoipa::path(
    get, path = "/api/v1/artists/{id}/appearances", operation_id = "listArtistAppearances", tag = "artists",
    params(("id" = ArtistId, Path), OrderedQuery),
    responses((status = 200, description = "A page of tracks", body = Page<Track>)),
    extensions(
        ("x-authz" = json!({"object": "artist", "allow": ["anonymous", "listener"], "visibility": "visible"})),
        ("x-errors" = json!(["artist_not_found", "invalid_cursor"]))
    ),
)]
async fn list_artist_appearances(
    State(music): State<Music>,
    viewer: Viewer,
    Path(id): Path<ArtistId>,
    Query(query): Query<OrderedQuery>,
) -> ApiResult<Json<Page<Track>>> {
    let page: Result<_, CatalogueError> = db::read!(music.app.db, |tx| {
        service::check_visible(tx, viewer, id).await?;
        let filter = TrackFilter { credited: Some(id), ..TrackFilter::default() };
        let order = Order::of(query.sort, query.order);
        track::page(tx, viewer, &filter, order, query.limit, query.cursor.as_ref()).await
    });
    Ok(Json(page?))
}

/// List the albums of an artist.
#[utoipa::path(
    get, path = "/api/v1/artists/{id}/albums", operation_id = "listArtistAlbums", tag = "artists",
    params(("id" = ArtistId, Path), OrderedQuery),
    responses((status = 200, description = "A page of albums", body = Page<Album>)),
    extensions(
        ("x-authz" = json!({"object": "artist", "allow": ["anonymous", "listener"], "visibility": "visible"})),
        ("x-errors" = json!(["artist_not_found", "invalid_cursor"]))
    ),
)]
async fn list_artist_albums(
    State(music): State<Music>,
    viewer: Viewer,
    Path(id): Path<ArtistId>,
    Query(query): Query<OrderedQuery>,
) -> ApiResult<Json<Page<Album>>> {
    let page: Result<_, CatalogueError> = db::read!(music.app.db, |tx| {
        service::check_visible(tx, viewer, id).await?;
        let filter = AlbumFilter { artist: Some(id), ..AlbumFilter::default() };
        let order = Order::of(query.sort, query.order);
        album::page(tx, viewer, &filter, order, query.limit, query.cursor.as_ref()).await
    });
    Ok(Json(page?))
}

/// List who manages an artist page, and who is asked to.
#[utoipa::path(
    get, path = "/api/v1/artists/{id}/managers", operation_id = "listManagers", tag = "artists",
    params(("id" = ArtistId, Path), PageQuery),
    responses((status = 200, description = "A page of managers", body = Page<Manager>)),
    extensions(
        ("x-authz" = json!({"object": "artist", "allow": ["owner", "manager", "admin"], "visibility": "own"})),
        ("x-errors" = json!(["artist_not_found", "invalid_cursor"]))
    ),
)]
async fn list_managers(
    State(music): State<Music>,
    who: Account,
    Path(id): Path<ArtistId>,
    Query(query): Query<PageQuery>,
) -> ApiResult<Json<Page<Manager>>> {
    let (app, part) = (&music.app, (query.limit, query.cursor.as_ref()));
    Ok(Json(if who.role == Role::Admin {
        db::write!(app.db, |tx| service::managers(tx, app, &who, id, part).await)?
    } else {
        db::read!(app.db, |tx| service::managers(tx, app, &who, id, part).await)?
    }))
}

/// Show one of the managers of an artist page.
#[utoipa::path(
    get, path = "/api/v1/artists/{id}/managers/{userId}", operation_id = "getManager", tag = "artists",
    params(("id" = ArtistId, Path), ("userId" = AccountId, Path)),
    responses((status = 200, description = "The manager", body = Manager)),
    extensions(
        ("x-authz" = json!({"object": "artist", "allow": ["owner", "manager"], "visibility": "own"})),
        ("x-errors" = json!(["artist_not_found", "account_not_found"]))
    ),
)]
async fn get_manager(
    State(music): State<Music>,
    who: Account,
    Path((id, user)): Path<(ArtistId, AccountId)>,
) -> ApiResult<Json<Manager>> {
    let manager: Result<_, CatalogueError> =
        db::read!(music.app.db, |tx| service::manager(tx, who.id, id, user).await);
    Ok(Json(manager?))
}

/// List the artist pages that the caller manages or is asked to (`accepted` says which), the longest-managed first.
#[utoipa::path(
    get, path = "/api/v1/me/artists", operation_id = "listMyArtists", tag = "me",
    params(PageQuery),
    responses((status = 200, description = "A page of artist pages", body = Page<ManagedArtist>)),
    extensions(
        ("x-authz" = json!({"object": "account", "allow": ["listener"], "visibility": "own"})),
        ("x-errors" = json!(["invalid_cursor"]))
    ),
)]
async fn list_my_artists(
    State(music): State<Music>,
    who: Account,
    Query(query): Query<PageQuery>,
) -> ApiResult<Json<Page<ManagedArtist>>> {
    let page: Result<_, CatalogueError> = db::read!(music.app.db, |tx| {
        service::managed(tx, who.id, query.limit, query.cursor.as_ref()).await
    });
    Ok(Json(page?))
}

/// What somebody may do with an artist page.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct ManagerChange {
    /// `owner`: everything; `editor`: everything but who manages it.
    role: ManagerRole,
}

/// Let somebody manage an artist page.
///
/// They are asked, and say yes by this call of themselves with the role that they are asked to take: until then they see and
/// do no more with the page than anybody, and it is not left to them. Whoever helped and is asked to own it is asked anew.
/// A page of the library belongs to nobody until an admin lets somebody own it. Admins may do so with every page, without
/// asking: somebody has to help those who lost the account that owned theirs.
#[utoipa::path(
    put, path = "/api/v1/artists/{id}/managers/{userId}", operation_id = "putManager", tag = "artists",
    params(("id" = ArtistId, Path), ("userId" = AccountId, Path)), request_body = ManagerChange,
    responses((status = 200, description = "The manager", body = Manager)),
    extensions(
        ("x-authz" = json!({"object": "artist", "allow": ["owner", "admin"], "visibility": "own"})),
        ("x-errors" = json!(["artist_not_found", "account_not_found", "last_owner"]))
    ),
)]
async fn put_manager(
    State(music): State<Music>,
    who: Account,
    Path((id, user)): Path<(ArtistId, AccountId)>,
    Json(change): Json<ManagerChange>,
) -> ApiResult<Json<Manager>> {
    let put: Result<_, CatalogueError> = db::write!(music.app.db, |tx| {
        let promoted = service::put_manager(tx, &music.app, &who, id, (user, change.role)).await?;
        Ok((service::manager(tx, user, id, user).await?, promoted))
    });
    music.playback.forget_all();
    let (manager, promoted) = put?;
    if promoted {
        music.identity.forget(user);
    }
    Ok(Json(manager))
}

/// Let somebody no longer manage an artist page, or no longer be asked to. Others may take themselves off, and say no.
#[utoipa::path(
    delete, path = "/api/v1/artists/{id}/managers/{userId}", operation_id = "deleteManager", tag = "artists",
    params(("id" = ArtistId, Path), ("userId" = AccountId, Path)),
    responses((status = 204, description = "They manage it no longer")),
    extensions(
        ("x-authz" = json!({"object": "artist", "allow": ["owner"], "visibility": "own"})),
        ("x-errors" = json!(["artist_not_found", "account_not_found", "last_owner"]))
    ),
)]
async fn delete_manager(
    State(music): State<Music>,
    who: Account,
    Path((id, user)): Path<(ArtistId, AccountId)>,
) -> ApiResult<StatusCode> {
    let gone: Result<_, CatalogueError> =
        db::write!(music.app.db, |tx| service::delete_manager(tx, &music.app, who.id, id, user).await);
    music.playback.forget_all();
    gone?;
    Ok(StatusCode::NO_CONTENT)
}
