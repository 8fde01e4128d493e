use std::str::FromStr;

use axum::extract::State;
use infra::{
    http::{ApiResult, Json, Query, Routes},
    routes,
};
use kernel::Limit;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{Kind, service};
use crate::{
    Music,
    catalogue::{Album, Artist, Genre, Track, Viewer},
};

/// The routes of this module.
pub fn routes() -> Routes<Music> {
    Routes::new().routes(routes!(search))
}

/// What to look for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct SearchQuery {
    /// Words of titles, artists or albums, the last one as far as it is typed; at most 200 characters.
    #[param(example = "sigur ro")]
    q: String,
    /// Kinds to look for, separated by commas: track, album, artist, genre, playlist. All unless given.
    #[serde(default)]
    #[param(value_type = Option<String>, example = "track,artist")]
    types: Types,
    /// How many of each kind, 20 unless given.
    #[serde(default = "twenty")]
    #[param(value_type = Option<u8>, minimum = 1, maximum = 200)]
    limit: Limit,
}

fn twenty() -> Limit {
    Limit::new(20).unwrap_or_default()
}

/// The kinds of a query.
#[derive(Debug, Deserialize)]
#[serde(try_from = "String")]
struct Types(Vec<Kind>);

impl Default for Types {
    fn default() -> Self {
        Self(Kind::ALL.to_vec())
    }
}

impl TryFrom<String> for Types {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        // There are no playlists yet; who asks for them among others is not wrong.
        let names = text.split(',').map(str::trim).filter(|name| *name != "playlist");
        names.map(Kind::from_str).collect::<Result<_, _>>().map(Self)
    }
}

/// What was found, best first.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct SearchResult {
    /// The best of all kinds.
    top: Option<TopHit>,
    tracks: SearchGroup<Track>,
    albums: SearchGroup<Album>,
    artists: SearchGroup<Artist>,
    genres: SearchGroup<Genre>,
}

/// Which of the things found is the best of all.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct TopHit {
    kind: Kind,
    /// Its id; it is the first of its kind.
    id: Uuid,
}

/// The best of one kind. The list of that kind takes the same `q` and goes on from page to page.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct SearchGroup<T> {
    items: Vec<T>,
}

/// Search tracks, albums, artists and genres.
///
/// Finds what has all words of `q` in its name, its artist or its album. Case and accents do not matter, the last
/// word may be unfinished, and when little is found a typo in each longer word is forgiven.
#[utoipa::path(
    get, path = "/api/v1/search", operation_id = "search", tag = "search",
    params(SearchQuery),
    responses((status = 200, description = "The best of each kind", body = SearchResult)),
    extensions(
        ("x-authz" = json!({"object": "catalogue", "allow": ["anonymous", "listener"], "visibility": "visible"})),
        ("x-errors" = json!([]))
    ),
)]
async fn search(
    State(music): State<Music>,
    viewer: Viewer,
    Query(query): Query<SearchQuery>,
) -> ApiResult<Json<SearchResult>> {
    let found = service::find(&music, viewer, &query.q, &query.types.0, query.limit).await?;
    Ok(Json(SearchResult {
        top: found.top.map(|(kind, id)| TopHit { kind, id }),
        tracks: SearchGroup { items: found.tracks },
        albums: SearchGroup { items: found.albums },
        artists: SearchGroup { items: found.artists },
        genres: SearchGroup { items: found.genres },
    }))
}
