use axum::{extract::State, http::StatusCode};
use identity::Account;
use infra::{
    http::{ApiResult, Json, Path, Query, Routes},
    routes,
};
use kernel::{AlbumId, ArtistId, Cursor, Invalid, Limit, Page, TrackId};
use serde::{Deserialize, Deserializer, de::Error as _};
use utoipa::IntoParams;
use uuid::Uuid;

use super::{Track, TrackChange, TrackDetail, TrackFilter, list, service};
use crate::{
    Music,
    catalogue::{
        CatalogueError, Direction, Order, Sort, Tagged, Viewer, Visibility, artist, edition::MadeFrom, genre,
        release_date::Bound,
    },
    playback,
    search::{Kind, Ranking},
};

pub(in crate::catalogue) fn routes() -> Routes<Music> {
    Routes::new().routes(routes!(list_tracks, create_track)).routes(routes!(
        get_track,
        update_track,
        delete_track
    ))
}

/// Ids in one request at most.
const MOST_IDS: usize = 100;

/// Ids separated by commas, each once.
#[derive(Debug)]
struct TrackIds(Vec<TrackId>);

impl<'de> Deserialize<'de> for TrackIds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let mut ids: Vec<TrackId> = Vec::new();
        for id in text.split(',') {
            let id = id.parse().map_err(|_| D::Error::custom(format!("{id:?} is no id")))?;
            if !ids.contains(&id) {
                ids.push(id);
            }
            if ids.len() > MOST_IDS {
                return Err(D::Error::custom(format!("there are more than {MOST_IDS} ids")));
            }
        }
        Ok(Self(ids))
    }
}

/// Which tracks, in which order.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct TrackQuery {
    /// These and no others, by id, up to 100, separated by commas: in this order, on one page. Goes with nothing else.
    #[param(value_type = Option<String>, example = "019c0000-0000-7000-8000-000000000000")]
    ids: Option<TrackIds>,
    /// Words of titles, artists or albums, the last one as far as it is typed.
    q: Option<String>,
    /// A genre, by name or id.
    genre: Option<String>,
    /// An artist.
    artist: Option<ArtistId>,
    /// An album.
    album: Option<AlbumId>,
    /// Out on this date or later.
    #[param(value_type = Option<String>, example = "1998-05")]
    released_from: Option<Bound>,
    /// Out on this date or earlier.
    #[param(value_type = Option<String>, example = "2005")]
    released_to: Option<Bound>,
    /// Of this visibility, among those that the caller may see.
    visibility: Option<Visibility>,
    /// With a price of its own, or without.
    priced: Option<bool>,
    /// By what; unless given, by how well they match `q`, and by `created` without one.
    sort: Option<Sort>,
    /// Which way; from the top unless given, titles from A to Z.
    order: Option<Direction>,
    /// How many.
    limit: Limit,
    /// The `nextCursor` of the page before.
    cursor: Option<Cursor>,
}

impl TrackQuery {
    /// Whether the list is a part of all tracks, or they are in an order of their own.
    fn is_filtered(&self) -> bool {
        let words = self.q.is_some() || self.genre.is_some();
        let dates = self.released_from.is_some() || self.released_to.is_some();
        let of = self.artist.is_some() || self.album.is_some();
        let kinds = self.visibility.is_some() || self.priced.is_some();
        words || dates || of || kinds || self.sort.is_some() || self.order.is_some() || self.cursor.is_some()
    }

    async fn page(&self, music: &Music, viewer: Viewer) -> Result<Page<Track>, CatalogueError> {
        if let Some(TrackIds(ids)) = &self.ids {
            if self.is_filtered() {
                return Err(Invalid::one("/ids", "not_allowed", "goes with no filter and no order").into());
            }
            let tracks = db::read!(music.app.db, |tx| service::reachable(tx, viewer, ids).await)?;
            return Ok(Page { items: tracks, next_cursor: None });
        }
        let Some(genre) = genre::wanted(&music.app.db, self.genre.as_deref()).await? else {
            return Ok(Page::empty());
        };
        let cursor = self.cursor.as_ref();
        let filter = TrackFilter {
            artist: self.artist,
            credited: None,
            album: self.album,
            genre,
            released_from: self.released_from.map(Bound::from),
            released_before: self.released_to.map(Bound::before),
            visibility: self.visibility,
            priced: self.priced,
            found: None,
        };
        // Within what was found, a sort has places of its own.
        let by_rank = (&(list::FOUND, &filter), self.limit, cursor.filter(|_| self.sort.is_none()));
        let of = [self.artist.map(Uuid::from), self.album.map(Uuid::from), genre.map(Uuid::from)];
        let found = Ranking::of(music, viewer, (self.q.as_deref(), Kind::Track), &of, by_rank).await?;
        db::read!(music.app.db, |tx| {
            if let (Some(found), None) = (&found, self.sort) {
                return Ok(list::by_rank(tx, viewer, &filter, found, self.limit).await?);
            }
            let filter = TrackFilter { found, ..filter };
            let order = Order::of(self.sort, self.order);
            list::page(tx, viewer, &filter, order, self.limit, cursor).await
        })
    }
}

/// List tracks.
///
/// With `ids`, those of them that the caller reaches by their addresses; the others are left out.
#[utoipa::path(
    get, path = "/api/v1/tracks", operation_id = "listTracks", tag = "tracks",
    params(TrackQuery),
    responses((status = 200, description = "A page of tracks", body = Page<Track>)),
    extensions(
        ("x-authz" = json!({"object": "track", "allow": ["anonymous", "listener"], "visibility": "visible"})),
        ("x-errors" = json!(["invalid_cursor"]))
    ),
)]
async fn list_tracks(
    State(music): State<Music>,
    viewer: Viewer,
    Query(query): Query<TrackQuery>,
) -> ApiResult<Json<Page<Track>>> {
    Ok(Json(query.page(&music, viewer).await?))
}

/// A new track.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct NewTrack {
    /// The artist page that it goes on; may be left out by those who have one page.
    #[serde(default)]
    artist_id: Option<ArtistId>,
    /// Its title.
    #[schema(example = "Dawn")]
    title: String,
    /// An album that the caller manages as well.
    #[serde(default)]
    album_id: Option<AlbumId>,
    /// The names of its genres, the main one first; new ones are made.
    #[serde(default)]
    genres: Vec<String>,
}

impl NewTrack {
    fn change(&self) -> TrackChange {
        TrackChange {
            title: Some(self.title.clone()),
            album_id: Some(self.album_id),
            genres: Some(self.genres.clone()),
            ..TrackChange::default()
        }
    }
}

/// Make a draft.
///
/// It is private and has no sound yet, so it cannot be published before a file is uploaded for it.
#[utoipa::path(
    post, path = "/api/v1/tracks", operation_id = "createTrack", tag = "tracks",
    request_body = NewTrack,
    responses((status = 201, description = "The draft", body = TrackDetail, headers(("ETag" = String)))),
    extensions(
        ("x-authz" = json!({"object": "artist", "allow": ["owner", "manager"], "visibility": "own"})),
        ("x-errors" = json!(["artist_not_found", "forbidden"]))
    ),
)]
async fn create_track(
    State(music): State<Music>,
    who: Account,
    Json(new): Json<NewTrack>,
) -> ApiResult<(StatusCode, Tagged<TrackDetail>)> {
    let track: Result<_, CatalogueError> = db::write!(music.app.db, |tx| {
        let id = music.app.id();
        let artist = artist::page_for(tx, &music.app, &who, new.artist_id).await?;
        service::create(tx, &music.app, (who.id, artist), id, &new.change()).await?;
        service::get(tx, Viewer::member(who.id), id).await
    });
    Ok((StatusCode::CREATED, Tagged(track?)))
}

/// Show a track.
#[utoipa::path(
    get, path = "/api/v1/tracks/{id}", operation_id = "getTrack", tag = "tracks",
    params(("id" = TrackId, Path)),
    responses((status = 200, description = "The track", body = TrackDetail, headers(("ETag" = String)))),
    extensions(
        ("x-authz" = json!({"object": "track", "allow": ["anonymous", "listener"], "visibility": "visible"})),
        ("x-errors" = json!(["track_not_found"]))
    ),
)]
async fn get_track(
    State(music): State<Music>,
    viewer: Viewer,
    Path(id): Path<TrackId>,
) -> ApiResult<Tagged<TrackDetail>> {
    let track: Result<_, CatalogueError> = db::read!(music.app.db, |tx| service::get(tx, viewer, id).await);
    Ok(Tagged(track?))
}

/// Change a track, or publish it by making it public.
///
/// Where `If-Match` names another edition than there is, nothing is changed and the answer is 412.
#[utoipa::path(
    patch, path = "/api/v1/tracks/{id}", operation_id = "updateTrack", tag = "tracks",
    params(("id" = TrackId, Path), ("If-Match" = Option<String>, Header, description = "The ETag of what this change was made from; any if it is left out")),
    request_body = TrackChange,
    responses((status = 200, description = "The track as it is now", body = TrackDetail, headers(("ETag" = String)))),
    extensions(
        ("x-authz" = json!({"object": "track", "allow": ["owner", "manager"], "visibility": "own"})),
        ("x-errors" = json!(["track_not_found", "track_incomplete", "precondition_failed"]))
    ),
)]
async fn update_track(
    State(music): State<Music>,
    who: Account,
    Path(id): Path<TrackId>,
    made_from: MadeFrom,
    Json(change): Json<TrackChange>,
) -> ApiResult<Tagged<TrackDetail>> {
    let track: Result<_, CatalogueError> = db::write!(music.app.db, |tx| {
        service::check_edition(tx, who.id, id, &made_from).await?;
        service::change(tx, &music.app, who.id, id, &change).await?;
        if change.preview.is_some() {
            playback::renew_preview(tx, &music.app, id).await?;
        }
        service::get(tx, Viewer::member(who.id), id).await
    });
    music.playback.forget(id);
    Ok(Tagged(track?))
}

/// Take a track away.
///
/// Who played it keeps it in their history; nobody can play it any more.
#[utoipa::path(
    delete, path = "/api/v1/tracks/{id}", operation_id = "deleteTrack", tag = "tracks",
    params(("id" = TrackId, Path)),
    responses((status = 204, description = "It is gone")),
    extensions(
        ("x-authz" = json!({"object": "track", "allow": ["owner", "manager"], "visibility": "own"})),
        ("x-errors" = json!(["track_not_found"]))
    ),
)]
async fn delete_track(
    State(music): State<Music>,
    who: Account,
    Path(id): Path<TrackId>,
) -> ApiResult<StatusCode> {
    let gone: Result<_, CatalogueError> = db::write!(music.app.db, |tx| {
        service::delete(tx, &music.app, who.id, id).await?;
        Ok(playback::discard_preview(tx, &music.app, id).await?)
    });
    music.playback.forget(id);
    gone?;
    Ok(StatusCode::NO_CONTENT)
}
