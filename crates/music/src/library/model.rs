use db::from_row;
use kernel::{AccountId, ImageId, Time};
use serde::Serialize;

use crate::catalogue::{ImageUrl, Track};

/// Whether somebody likes a track.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LikeState {
    /// Whether the caller does.
    pub liked: bool,
    /// How many do.
    pub like_count: i64,
}

/// A track that the caller likes.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LikedTrack {
    /// The track.
    #[serde(flatten)]
    pub track: Track,
    /// Since when.
    pub liked_at: Time,
}

/// Whether somebody follows an artist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FollowState {
    /// Whether the caller does.
    pub following: bool,
    /// How many do.
    pub follower_count: i64,
}

/// Somebody who follows an artist.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Follower {
    /// The account.
    pub user_id: AccountId,
    /// Its username, if it has one.
    pub username: Option<String>,
    /// Where its picture is.
    #[schema(value_type = Option<String>, example = "/api/v1/images/7f3c0000-0000-4000-8000-000000000000")]
    pub avatar_url: Option<ImageUrl>,
    /// Since when.
    pub followed_at: Time,
}

/// A follower as it is read.
pub(super) struct FollowerRow {
    pub(super) account_id: AccountId,
    username: Option<String>,
    avatar_id: Option<ImageId>,
    pub(super) at: Time,
}

from_row!(FollowerRow { account_id, username, avatar_id, at });

impl From<FollowerRow> for Follower {
    fn from(row: FollowerRow) -> Self {
        Self {
            user_id: row.account_id,
            username: row.username,
            avatar_url: row.avatar_id.map(ImageUrl),
            followed_at: row.at,
        }
    }
}
