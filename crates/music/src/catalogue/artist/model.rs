use db::from_row;
use kernel::{AccountId, ArtistId, ImageId, Time};
use serde::{Deserialize, Serialize};

use crate::catalogue::{Album, Track, image::ImageUrl};

/// Figures of an artist page, over what the caller finds in lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ArtistStats {
    /// Tracks.
    pub track_count: i64,
    /// Albums.
    pub album_count: i64,
    /// Accounts that follow it.
    pub follower_count: i64,
    /// Streams of all its tracks.
    pub total_plays: i64,
    /// Likes of all its tracks.
    pub total_likes: i64,
}

/// An artist page.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_excessive_bools, reason = "each answers a question of its own")]
pub struct Artist {
    /// Its id.
    pub id: ArtistId,
    /// Its name.
    #[schema(example = "Ana Nowak")]
    pub display_name: String,
    /// Where its picture is.
    #[schema(value_type = Option<String>, example = "/api/v1/images/7f3c0000-0000-4000-8000-000000000000")]
    pub avatar_url: Option<ImageUrl>,
    /// What it says of itself.
    pub bio: String,
    /// The names of the genres of its tracks, the most frequent first.
    pub genres: Vec<String>,
    /// The wallet that it is paid to; none can be linked yet.
    pub wallet: Option<String>,
    /// Its name in the Ethereum Name Service; none can be had yet.
    pub ens_name: Option<String>,
    /// Whether that name is registered.
    pub ens_registered: bool,
    /// Whether the operator vouches for it.
    pub verified: bool,
    /// Whether somebody manages it. A page that came with an import is nobody's at first: nothing can be given or paid to it.
    pub managed: bool,
    /// Whether the caller follows it.
    pub following: bool,
    /// Its figures.
    pub stats: ArtistStats,
}

/// An artist page with what to show first.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ArtistProfile {
    /// The page.
    #[serde(flatten)]
    pub artist: Artist,
    /// Its most played tracks, five at most.
    pub top_tracks: Vec<Track>,
    /// Its latest albums, five at most.
    pub latest_albums: Vec<Album>,
}

/// An artist page as it is read.
pub(super) struct ArtistRow {
    pub(super) id: ArtistId,
    pub(super) display_name: String,
    pub(super) name_key: String,
    pub(super) bio: String,
    pub(super) avatar_id: Option<ImageId>,
    pub(super) verified: bool,
    pub(super) managed: bool,
    pub(super) follower_count: i64,
    pub(super) genres: Vec<String>,
    pub(super) following: bool,
}

from_row!(ArtistRow {
    id,
    display_name,
    name_key,
    bio,
    avatar_id,
    verified,
    managed,
    follower_count,
    genres,
    following
});

/// What a manager of an artist page may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ManagerRole {
    /// Everything, managers included.
    Owner,
    /// Everything but managers.
    Editor,
}

impl ManagerRole {
    /// As stored.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Editor => "editor",
        }
    }
}

impl std::str::FromStr for ManagerRole {
    type Err = ();

    fn from_str(code: &str) -> Result<Self, ()> {
        [Self::Owner, Self::Editor].into_iter().find(|role| role.code() == code).ok_or(())
    }
}

db::text_column!(ManagerRole);

/// An artist page that the caller manages.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ManagedArtist {
    /// The page.
    #[serde(flatten)]
    pub artist: Artist,
    /// What the caller may do there.
    pub role: ManagerRole,
    /// Whether the caller said yes to that (`PUT /artists/{id}/managers/{userId}` of themselves), or made the page. Who is
    /// only asked does not manage it.
    pub accepted: bool,
    /// Since when.
    pub managed_since: Time,
}

/// Somebody who manages an artist page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Manager {
    /// The account.
    pub user_id: AccountId,
    /// Its username, if it has one.
    pub username: Option<String>,
    /// What it may do.
    pub role: ManagerRole,
    /// Whether it said yes to that, or made the page. Who is only asked does not manage it.
    pub accepted: bool,
    /// Since when.
    pub created_at: Time,
}

from_row!(Manager { user_id, username, role, accepted, created_at });
