use axum::{extract::State, http::StatusCode};
use identity::Account;
use infra::{
    http::{ApiResult, Json, Path, Query, Routes},
    routes,
};
use kernel::{AlbumId, ArtistId, Cursor, Limit, Page};
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use super::{Album, AlbumChange, AlbumFilter, AlbumKind, NewRelease, list, publish, service};
use crate::{
    Music,
    catalogue::{
        CatalogueError, Direction, Order, ReleaseDate, Sort, Tagged, Track, Viewer, Visibility, artist,
        edition::MadeFrom, genre, release_date::Bound,
    },
    search::{Kind, Ranking},
};

pub(in crate::catalogue) fn routes() -> Routes<Music> {
    Routes::new()
        .routes(routes!(list_albums, create_album))
        .routes(routes!(get_album, update_album, delete_album))
        .routes(routes!(list_album_tracks))
        .routes(routes!(publish_album))
}

/// Which albums, in which order.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct AlbumQuery {
    /// Words of titles or artists, the last one as far as it is typed.
    q: Option<String>,
    /// A genre that they have tracks of, by name or id.
    genre: Option<String>,
    /// An artist.
    artist: Option<ArtistId>,
    /// Out on this date or later.
    #[param(value_type = Option<String>, example = "1998-05")]
    released_from: Option<Bound>,
    /// Out on this date or earlier.
    #[param(value_type = Option<String>, example = "2005")]
    released_to: Option<Bound>,
    /// By what; unless given, by how well they match `q`, and by `created` without one.
    sort: Option<Sort>,
    /// Which way; from the top unless given, titles from A to Z.
    order: Option<Direction>,
    /// How many.
    limit: Limit,
    /// The `nextCursor` of the page before.
    cursor: Option<Cursor>,
}

impl AlbumQuery {
    async fn page(&self, music: &Music, viewer: Viewer) -> Result<Page<Album>, CatalogueError> {
        let Some(genre) = genre::wanted(&music.app.db, self.genre.as_deref()).await? else {
            return Ok(Page::empty());
        };
        let cursor = self.cursor.as_ref();
        let filter = AlbumFilter {
            artist: self.artist,
            genre,
            released_from: self.released_from.map(Bound::from),
            released_before: self.released_to.map(Bound::before),
            found: None,
        };
        // Within what was found, a sort has places of its own.
        let by_rank = (&(list::FOUND, &filter), self.limit, cursor.filter(|_| self.sort.is_none()));
        let of = [self.artist.map(Uuid::from), genre.map(Uuid::from)];
        let found = Ranking::of(music, viewer, (self.q.as_deref(), Kind::Album), &of, by_rank).await?;
        db::read!(music.app.db, |tx| {
            if let (Some(found), None) = (&found, self.sort) {
                return Ok(list::by_rank(tx, viewer, &filter, found, self.limit).await?);
            }
            let filter = AlbumFilter { found, ..filter };
            let order = Order::of(self.sort, self.order);
            list::page(tx, viewer, &filter, order, self.limit, cursor).await
        })
    }
}

/// List albums.
#[utoipa::path(
    get, path = "/api/v1/albums", operation_id = "listAlbums", tag = "albums",
    params(AlbumQuery),
    responses((status = 200, description = "A page of albums", body = Page<Album>)),
    extensions(
        ("x-authz" = json!({"object": "album", "allow": ["anonymous", "listener"], "visibility": "visible"})),
        ("x-errors" = json!(["invalid_cursor"]))
    ),
)]
async fn list_albums(
    State(music): State<Music>,
    viewer: Viewer,
    Query(query): Query<AlbumQuery>,
) -> ApiResult<Json<Page<Album>>> {
    Ok(Json(query.page(&music, viewer).await?))
}

/// A new album.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct NewAlbum {
    /// The artist page that it goes on; may be left out by those who have one page.
    #[serde(default)]
    artist_id: Option<ArtistId>,
    /// Its title.
    #[schema(example = "Harbour Lights")]
    title: String,
    /// What kind of release it is; an album unless given.
    #[serde(default)]
    kind: Option<AlbumKind>,
    /// Who may see it: public, unlisted or private; private unless given.
    #[serde(default)]
    visibility: Option<Visibility>,
    /// When it came out, as far as that is known.
    #[serde(default)]
    release_date: Option<ReleaseDate>,
    /// What its artist says of it.
    #[serde(default)]
    description: String,
}

impl NewAlbum {
    fn change(&self) -> AlbumChange {
        AlbumChange {
            title: Some(self.title.clone()),
            kind: self.kind,
            visibility: self.visibility,
            release_date: Some(self.release_date),
            description: Some(self.description.clone()),
            price_per_second: None,
        }
    }
}

/// Make an album.
#[utoipa::path(
    post, path = "/api/v1/albums", operation_id = "createAlbum", tag = "albums",
    request_body = NewAlbum,
    responses((status = 201, description = "The album", body = Album, headers(("ETag" = String)))),
    extensions(
        ("x-authz" = json!({"object": "artist", "allow": ["owner", "manager"], "visibility": "own"})),
        ("x-errors" = json!(["artist_not_found", "forbidden"]))
    ),
)]
async fn create_album(
    State(music): State<Music>,
    who: Account,
    Json(new): Json<NewAlbum>,
) -> ApiResult<(StatusCode, Tagged<Album>)> {
    let album: Result<_, CatalogueError> = db::write!(music.app.db, |tx| {
        let id = music.app.id();
        let artist = artist::page_for(tx, &music.app, &who, new.artist_id).await?;
        service::create(tx, &music.app, (id, artist), &new.change()).await?;
        service::get(tx, Viewer::member(who.id), id).await
    });
    Ok((StatusCode::CREATED, Tagged(album?)))
}

/// Show an album.
#[utoipa::path(
    get, path = "/api/v1/albums/{id}", operation_id = "getAlbum", tag = "albums",
    params(("id" = AlbumId, Path)),
    responses((status = 200, description = "The album", body = Album, headers(("ETag" = String)))),
    extensions(
        ("x-authz" = json!({"object": "album", "allow": ["anonymous", "listener"], "visibility": "visible"})),
        ("x-errors" = json!(["album_not_found"]))
    ),
)]
async fn get_album(
    State(music): State<Music>,
    viewer: Viewer,
    Path(id): Path<AlbumId>,
) -> ApiResult<Tagged<Album>> {
    let album: Result<_, CatalogueError> = db::read!(music.app.db, |tx| service::get(tx, viewer, id).await);
    Ok(Tagged(album?))
}

/// Change an album.
///
/// Where `If-Match` names another edition than there is, nothing is changed and the answer is 412.
#[utoipa::path(
    patch, path = "/api/v1/albums/{id}", operation_id = "updateAlbum", tag = "albums",
    params(("id" = AlbumId, Path), ("If-Match" = Option<String>, Header, description = "The ETag of what this change was made from; any if it is left out")),
    request_body = AlbumChange,
    responses((status = 200, description = "The album as it is now", body = Album, headers(("ETag" = String)))),
    extensions(
        ("x-authz" = json!({"object": "album", "allow": ["owner", "manager"], "visibility": "own"})),
        ("x-errors" = json!(["album_not_found", "precondition_failed"]))
    ),
)]
async fn update_album(
    State(music): State<Music>,
    who: Account,
    Path(id): Path<AlbumId>,
    made_from: MadeFrom,
    Json(change): Json<AlbumChange>,
) -> ApiResult<Tagged<Album>> {
    let album: Result<_, CatalogueError> = db::write!(music.app.db, |tx| {
        service::check_edition(tx, who.id, id, &made_from).await?;
        let priced = service::change(tx, &music.app, who.id, id, &change).await?;
        Ok((service::get(tx, Viewer::member(who.id), id).await?, priced))
    });
    let (album, priced) = album?;
    for track in priced {
        music.playback.forget(track);
    }
    Ok(Tagged(album))
}

/// Publish an album with all of its tracks.
///
/// All of it or nothing: where tracks are not ready, the problem's `errors` point at each (`/tracks/{id}`, with
/// `sound_missing` or `title_missing`). Those on it are meant that the caller manages.
#[utoipa::path(
    post, path = "/api/v1/albums/{id}/publish", operation_id = "publishAlbum", tag = "albums",
    params(("id" = AlbumId, Path)), request_body = NewRelease,
    responses((status = 200, description = "The album as it is now", body = Album, headers(("ETag" = String)))),
    extensions(
        ("x-authz" = json!({"object": "album", "allow": ["owner", "manager"], "visibility": "own"})),
        ("x-errors" = json!(["album_not_found", "track_incomplete"]))
    ),
)]
async fn publish_album(
    State(music): State<Music>,
    who: Account,
    Path(id): Path<AlbumId>,
    Json(release): Json<NewRelease>,
) -> ApiResult<Tagged<Album>> {
    let published: Result<_, CatalogueError> = db::write!(music.app.db, |tx| {
        let tracks = publish::publish(tx, &music.app, who.id, id, release).await?;
        Ok((service::get(tx, Viewer::member(who.id), id).await?, tracks))
    });
    let (album, tracks) = published?;
    for track in tracks {
        music.playback.forget(track);
    }
    Ok(Tagged(album))
}

/// Take an album away.
///
/// Its tracks stay, on no album.
#[utoipa::path(
    delete, path = "/api/v1/albums/{id}", operation_id = "deleteAlbum", tag = "albums",
    params(("id" = AlbumId, Path)),
    responses((status = 204, description = "It is gone")),
    extensions(
        ("x-authz" = json!({"object": "album", "allow": ["owner", "manager"], "visibility": "own"})),
        ("x-errors" = json!(["album_not_found"]))
    ),
)]
async fn delete_album(
    State(music): State<Music>,
    who: Account,
    Path(id): Path<AlbumId>,
) -> ApiResult<StatusCode> {
    let gone: Result<_, CatalogueError> =
        db::write!(music.app.db, |tx| service::delete(tx, &music.app, who.id, id).await);
    gone?;
    Ok(StatusCode::NO_CONTENT)
}

/// A part of the list of an album's tracks.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct PageQuery {
    /// How many.
    limit: Limit,
    /// The `nextCursor` of the page before.
    cursor: Option<Cursor>,
}

/// List the tracks of an album by disc and number.
#[utoipa::path(
    get, path = "/api/v1/albums/{id}/tracks", operation_id = "listAlbumTracks", tag = "albums",
    params(("id" = AlbumId, Path), PageQuery),
    responses((status = 200, description = "A page of tracks", body = Page<Track>)),
    extensions(
        ("x-authz" = json!({"object": "album", "allow": ["anonymous", "listener"], "visibility": "visible"})),
        ("x-errors" = json!(["album_not_found", "invalid_cursor"]))
    ),
)]
async fn list_album_tracks(
    State(music): State<Music>,
    viewer: Viewer,
    Path(id): Path<AlbumId>,
    Query(query): Query<PageQuery>,
) -> ApiResult<Json<Page<Track>>> {
    let page: Result<_, CatalogueError> = db::read!(music.app.db, |tx| {
        service::tracks(tx, viewer, id, query.limit, query.cursor.as_ref()).await
    });
    Ok(Json(page?))
}
