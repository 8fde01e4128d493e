use std::str::FromStr;

use db::{FromRow, Row};
use kernel::{AccountId, ImageId, Time};
use serde::{Deserialize, Serialize};

use crate::Role;

/// The rendition that an account prefers to hear.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum AudioQuality {
    /// 96 kbit/s.
    Low,
    /// 160 kbit/s.
    Medium,
    /// 320 kbit/s.
    #[default]
    High,
    /// Without loss.
    Lossless,
    /// The file as it was uploaded.
    Original,
}

impl AudioQuality {
    /// Its name in the database and on the wire.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Lossless => "lossless",
            Self::Original => "original",
        }
    }
}

/// A text that names no audio quality.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an audio quality is one of low, medium, high, lossless, original")]
pub struct NotAQuality;

impl FromStr for AudioQuality {
    type Err = NotAQuality;

    fn from_str(code: &str) -> Result<Self, NotAQuality> {
        let all = [Self::Low, Self::Medium, Self::High, Self::Lossless, Self::Original];
        all.into_iter().find(|quality| quality.code() == code).ok_or(NotAQuality)
    }
}

db::text_column!(AudioQuality);

/// An account as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct User {
    /// The account.
    pub user_id: AccountId,
    /// Its e-mail address, if it has one.
    #[schema(example = "ada@example.org")]
    pub email: Option<String>,
    /// Its username, if it has one.
    #[schema(example = "ada")]
    pub username: Option<String>,
    /// What it may do.
    pub role: Role,
    /// When it was made.
    pub created_at: Time,
    /// What it says of itself and how it likes to listen.
    pub profile: Profile,
}

/// An account as others see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Person {
    /// The account.
    pub user_id: AccountId,
    /// Its username, as its owner writes it.
    #[schema(example = "ada")]
    pub username: String,
    /// Where the avatar is, if there is one.
    #[schema(example = "/api/v1/images/0b1f7c1e-58a6-4c1c-9a62-3f4f5d3c1b2a")]
    pub avatar_url: Option<String>,
}

/// What an account says of itself and how it likes to listen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Profile {
    /// A few lines about the person; may be empty.
    pub bio: String,
    /// Where the avatar is, if there is one.
    #[schema(example = "/api/v1/images/0b1f7c1e-58a6-4c1c-9a62-3f4f5d3c1b2a")]
    pub avatar_url: Option<String>,
    /// The rendition to play where nothing else is asked for.
    pub audio_quality: AudioQuality,
    /// Whether tracks may be kept on devices.
    pub offline_enabled: bool,
}

/// What is to be different about an account; what is left out stays.
#[derive(Debug, Default, Clone, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UserChange {
    /// Another username; null for none.
    #[serde(default, deserialize_with = "kernel::patch")]
    #[schema(value_type = Option<String>, example = "ada", min_length = 3, max_length = 32)]
    pub username: Option<Option<String>>,
    /// Changes of the profile.
    pub profile: Option<ProfileChange>,
}

/// What is to be different about a profile; what is left out stays.
#[derive(Debug, Default, Clone, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ProfileChange {
    /// A few lines about the person; null or empty for none.
    #[serde(default, deserialize_with = "kernel::patch")]
    #[schema(value_type = Option<String>, max_length = 2000)]
    pub bio: Option<Option<String>>,
    /// The rendition to play where nothing else is asked for.
    pub audio_quality: Option<AudioQuality>,
    /// Whether tracks may be kept on devices.
    pub offline_enabled: Option<bool>,
}

impl FromRow for Person {
    /// Columns: id, username, `avatar_id`.
    fn from_row(row: Row<'_>) -> db::Result<Self> {
        let avatar: Option<ImageId> = row.get(2)?;
        Ok(Self { user_id: row.get(0)?, username: row.get(1)?, avatar_url: avatar.map(url) })
    }
}

impl FromRow for User {
    /// Columns: id, email, username, role, `created_at`, bio, `avatar_id`, `audio_quality`, `offline_enabled`.
    fn from_row(row: Row<'_>) -> db::Result<Self> {
        let avatar: Option<ImageId> = row.get(6)?;
        Ok(Self {
            user_id: row.get(0)?,
            email: row.get(1)?,
            username: row.get(2)?,
            role: row.get(3)?,
            created_at: row.get(4)?,
            profile: Profile {
                bio: row.get(5)?,
                avatar_url: avatar.map(url),
                audio_quality: row.get(7)?,
                offline_enabled: row.get(8)?,
            },
        })
    }
}

fn url(avatar: ImageId) -> String {
    format!("/api/v1/images/{avatar}")
}

/// An account to be made. Its names are checked already.
#[derive(Debug, Clone)]
pub(crate) struct NewAccount {
    /// In lower case; none for whoever logs in with a wallet.
    pub(crate) email: Option<String>,
    /// As the person writes it.
    pub(crate) username: Option<String>,
    /// What it may do.
    pub(crate) role: Role,
}
