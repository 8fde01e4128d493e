use db::from_row;
use kernel::{AlbumId, ArtistId, ImageId, Time};
use serde::{Deserialize, Serialize};

use crate::catalogue::{
    ReleaseDate, Visibility,
    edition::{self, Edition},
    image::ImageUrl,
    track::ArtistName,
};

/// What kind of release an album is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum AlbumKind {
    /// A long one.
    Album,
    /// A few tracks.
    Ep,
    /// One track, perhaps with versions of it.
    Single,
    /// Tracks of several artists.
    Compilation,
}

impl AlbumKind {
    /// As stored.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Album => "album",
            Self::Ep => "ep",
            Self::Single => "single",
            Self::Compilation => "compilation",
        }
    }
}

impl std::str::FromStr for AlbumKind {
    type Err = ();

    fn from_str(code: &str) -> Result<Self, ()> {
        [Self::Album, Self::Ep, Self::Single, Self::Compilation]
            .into_iter()
            .find(|kind| kind.code() == code)
            .ok_or(())
    }
}

db::text_column!(AlbumKind);

/// An album.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Album {
    /// Its id.
    pub id: AlbumId,
    /// Its title.
    #[schema(example = "Harbour Lights")]
    pub title: String,
    /// Whose page it is on.
    pub artist: ArtistName,
    /// What kind of release it is.
    pub kind: AlbumKind,
    /// The names of the genres of its tracks, the most frequent first.
    pub genres: Vec<String>,
    /// Who may see it.
    pub visibility: Visibility,
    /// When it came out, as far as that is known.
    pub release_date: Option<ReleaseDate>,
    /// The first moment of that date.
    pub released_at: Option<Time>,
    /// When it was added here.
    pub created_at: Time,
    /// What its artist says of it.
    pub description: String,
    /// How many of its tracks the caller finds in lists.
    pub track_count: i64,
    /// How long those are together, in milliseconds.
    pub duration_ms: i64,
    /// Streams of all its tracks.
    pub play_count: i64,
    /// Likes of all its tracks.
    pub like_count: i64,
    /// Where its cover is.
    #[schema(value_type = Option<String>, example = "/api/v1/images/7f3c0000-0000-4000-8000-000000000000")]
    pub cover_url: Option<ImageUrl>,
}

impl Edition for Album {
    fn tag(&self) -> String {
        edition::tag(&(&self.title, self.kind, self.visibility, self.release_date, &self.description))
    }
}

/// An album as it is read.
pub(super) struct AlbumRow {
    pub(super) id: AlbumId,
    pub(super) title: String,
    pub(super) title_key: String,
    pub(super) artist_id: ArtistId,
    pub(super) artist_name: String,
    pub(super) kind: AlbumKind,
    pub(super) visibility: Visibility,
    pub(super) release_date: Option<ReleaseDate>,
    pub(super) released_order: Time,
    pub(super) cover_id: Option<ImageId>,
    pub(super) description: String,
    pub(super) play_count: i64,
    pub(super) like_count: i64,
    pub(super) created_at: Time,
    pub(super) genres: Vec<String>,
}

from_row!(AlbumRow {
    id,
    title,
    title_key,
    artist_id,
    artist_name,
    kind,
    visibility,
    release_date,
    released_order,
    cover_id,
    description,
    play_count,
    like_count,
    created_at,
    genres,
});
