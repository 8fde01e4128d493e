use axum::{
    extract::{FromRequest, Request, State},
    http::{HeaderMap, Method},
    response::Response,
};
use http::header;
use http_body::Body as _;
use identity::Account;
use infra::{
    http::{ApiError, ApiResult, Json, Path, Query, Routes},
    routes,
};
use kernel::{Cursor, Limit, Page, Time, TrackId};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{
    NowPlaying, Play, PlayReport, Played, Playing, Quality, Waveform, history,
    listener::Listening,
    service,
    stream::{self, Wish},
    waveform,
};
use crate::{Music, catalogue::Viewer};

/// The routes of this module.
pub fn routes() -> Routes<Music> {
    Routes::new()
        .routes(routes!(stream_track))
        .routes(routes!(create_stream_url))
        .routes(routes!(report_play))
        .routes(routes!(list_history))
        .routes(routes!(get_now_playing, put_now_playing))
        .routes(routes!(get_waveform))
}

/// Streams the sound of a track.
///
/// Ranges and conditions follow RFC 9110. Several ranges are answered as one if together they are one, otherwise with
/// the whole file. Whoever may not hear the track gets its preview, as a file of its own; `X-Resonance-Preview` says so.
#[utoipa::path(
    get, path = "/api/v1/tracks/{id}/stream", operation_id = "streamTrack", tag = "playback",
    params(
        ("id" = TrackId, Path),
        ("quality" = Option<Quality>, Query, description = "The best that there is up to this"),
        ("token" = Option<String>, Query, description = "The permission in a signed address"),
        ("range" = Option<String>, Header, description = "RFC 9110, 14.2", example = "bytes=0-65535"),
    ),
    responses(
        (status = 200, description = "All of it", content_type = "audio/*",
            headers(("X-Resonance-Preview" = String, description = "Only of a preview: which part of the track it is, in milliseconds (`start=30000, length=15000`)"))),
        (status = 206, description = "The range asked for", content_type = "audio/*",
            headers(("X-Resonance-Preview" = String, description = "Only of a preview: which part of the track it is, in milliseconds (`start=30000, length=15000`)"))),
        (status = 304, description = "The caller has these bytes"),
    ),
    extensions(
        ("x-authz" = json!({"object": "track", "allow": ["anonymous", "listener"], "visibility": "visible"})),
        ("x-errors" = json!([
            "track_not_found", "playback_refused", "stream_url_invalid", "stream_url_expired",
            "precondition_failed", "range_not_satisfiable", "audio_missing", "unavailable"
        ]))
    ),
)]
async fn stream_track(
    State(music): State<Music>,
    listening: Listening,
    method: Method,
    headers: HeaderMap,
) -> ApiResult<Response> {
    let wish = Wish { method: &method, headers: &headers };
    Ok(stream::answer(&music, listening, wish).await?)
}

/// What a signed address is wanted for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StreamUrlWish {
    /// The best quality that its user can do with.
    #[serde(default)]
    pub max_quality: Quality,
}

/// An address that carries its own permission.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct StreamUrl {
    /// Absolute if the server knows its public address, otherwise relative to it.
    #[schema(example = "/api/v1/tracks/01939f6e-8c00-7000-8000-000000000001/stream?token=AZOfbowA")]
    pub url: String,
    /// Until when it can be used.
    pub expires_at: Time,
}

/// Makes an address for players that can send neither header nor cookie.
///
/// It opens this track for this account while the log-in lasts that asked for it, for the length of the track and 15
/// minutes more. What the account may hear is decided anew at each request.
#[utoipa::path(
    post, path = "/api/v1/tracks/{id}/stream-url", operation_id = "createStreamUrl", tag = "playback",
    params(("id" = TrackId, Path)), request_body = Option<StreamUrlWish>,
    responses((status = 200, description = "The address", body = StreamUrl)),
    extensions(
        ("x-authz" = json!({"object": "track", "allow": ["listener"], "visibility": "visible"})),
        ("x-errors" = json!(["track_not_found", "playback_refused"]))
    ),
)]
async fn create_stream_url(
    State(music): State<Music>,
    account: Account,
    Path(track): Path<TrackId>,
    MaybeJson(wish): MaybeJson<StreamUrlWish>,
) -> ApiResult<Json<StreamUrl>> {
    Ok(Json(service::stream_url(&music, track, account, wish).await?))
}

/// Reports a play.
///
/// It is counted once, however often it is reported under the same `clientPlayId`. The answer says how much of it
/// counts: not more than the length of the track, and not more than the time since this account first asked for it.
#[utoipa::path(
    post, path = "/api/v1/tracks/{id}/plays", operation_id = "reportPlay", tag = "playback",
    params(("id" = TrackId, Path)), request_body = PlayReport,
    responses((status = 200, description = "The play as it was recorded", body = Play)),
    extensions(
        ("x-authz" = json!({"object": "track", "allow": ["listener"], "visibility": "visible"})),
        ("x-errors" = json!(["track_not_found", "validation_failed", "conflict"]))
    ),
)]
async fn report_play(
    State(music): State<Music>,
    account: Account,
    Path(track): Path<TrackId>,
    Json(report): Json<PlayReport>,
) -> ApiResult<Json<Play>> {
    Ok(Json(service::report_play(&music, track, account.id, report).await?))
}

/// Where in the history, and of what.
#[derive(Debug, Clone, Deserialize, utoipa::IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct HistoryQuery {
    /// True for each track once, as it was played last: what was recently played.
    #[serde(default)]
    distinct: bool,
    /// How many plays.
    #[serde(default)]
    #[param(value_type = u8, minimum = 1, maximum = 200, default = 50)]
    limit: Limit,
    /// The `nextCursor` of the page before.
    cursor: Option<Cursor>,
}

/// Lists what the caller played, the latest first.
///
/// `distinct=true` lists each track once, as it was played last. A track that was withdrawn stays, without what it
/// was.
#[utoipa::path(
    get, path = "/api/v1/me/history", operation_id = "listHistory", tag = "playback",
    params(HistoryQuery),
    responses((status = 200, description = "Plays", body = Page<Played>)),
    extensions(
        ("x-authz" = json!({"object": "account", "allow": ["listener"], "visibility": "own"})),
        ("x-errors" = json!(["invalid_cursor"]))
    ),
)]
async fn list_history(
    State(music): State<Music>,
    account: Account,
    Query(HistoryQuery { distinct, limit, cursor }): Query<HistoryQuery>,
) -> ApiResult<Json<Page<Played>>> {
    let page = db::snapshot!(music.app.db, |tx| {
        history::page(tx, account.id, distinct, cursor.as_ref(), limit).await
    });
    Ok(Json(page?))
}

/// Shows what the caller's player plays.
#[utoipa::path(
    get, path = "/api/v1/me/now-playing", operation_id = "getNowPlaying", tag = "playback",
    responses((status = 200, description = "The track, or null for silence", body = NowPlaying)),
    extensions(
        ("x-authz" = json!({"object": "account", "allow": ["listener"], "visibility": "own"})),
        ("x-errors" = json!([]))
    ),
)]
async fn get_now_playing(State(music): State<Music>, account: Account) -> ApiResult<Json<NowPlaying>> {
    let now = music.app.now();
    Ok(Json(db::read!(music.app.db, |tx| history::get(tx, account.id, now).await)?))
}

/// Says what the caller's player plays.
#[utoipa::path(
    put, path = "/api/v1/me/now-playing", operation_id = "putNowPlaying", tag = "playback",
    request_body = Playing,
    responses((status = 200, description = "What plays now", body = NowPlaying)),
    extensions(
        ("x-authz" = json!({"object": "account", "allow": ["listener"], "visibility": "own"})),
        ("x-errors" = json!(["track_not_found", "validation_failed"]))
    ),
)]
async fn put_now_playing(
    State(music): State<Music>,
    account: Account,
    Json(playing): Json<Playing>,
) -> ApiResult<Json<NowPlaying>> {
    let now = music.app.now();
    Ok(Json(db::write!(music.app.db, |tx| history::set(tx, account.id, playing, now).await)?))
}

/// Shows the shape of a track.
///
/// As JSON to whoever accepts `application/json`; to others as bytes: a version byte, 1, and one byte for each peak.
#[utoipa::path(
    get, path = "/api/v1/tracks/{id}/waveform", operation_id = "getWaveform", tag = "playback",
    params(("id" = TrackId, Path)),
    responses(
        (status = 200, description = "The peaks", content(
            (Waveform = "application/json"), (Vec<u8> = "application/octet-stream"),
        )),
        (status = 202, description = "It is being made: try again after `Retry-After` seconds"),
        (status = 304, description = "The caller has it"),
    ),
    extensions(
        ("x-authz" = json!({"object": "track", "allow": ["anonymous", "listener"], "visibility": "visible"})),
        ("x-errors" = json!(["track_not_found", "not_found", "precondition_failed"]))
    ),
)]
async fn get_waveform(
    State(music): State<Music>,
    viewer: Viewer,
    Path(track): Path<TrackId>,
    headers: HeaderMap,
) -> ApiResult<Response> {
    Ok(waveform::answer(&music, track, viewer, &headers).await?)
}

/// A JSON body, or the default when there is no body.
struct MaybeJson<T>(T);

impl<T: DeserializeOwned + Default, S: Send + Sync> FromRequest<S> for MaybeJson<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        if request.body().is_end_stream() && !request.headers().contains_key(header::CONTENT_TYPE) {
            return Ok(Self(T::default()));
        }
        Json::from_request(request, state).await.map(|Json(body)| Self(body))
    }
}
