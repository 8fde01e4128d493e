use std::str::FromStr;

use db::{from_row, text_column};
use kernel::{Amount, NotificationId, Time};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

/// What a notification is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum NotificationType {
    /// Uploaded files are ready: `count` of one release, or of those on a page that are on none. `{title, release}`: the title is
    /// that of the latest; without a release null
    UploadProcessed,
    /// An uploaded file is ready, and much of it is missing. `{title, durationMs, promisedMs}`: what there is, and what its
    /// headers promise
    UploadCutOff,
    /// An uploaded file cannot be used. `{title, reason}`
    UploadFailed,
    /// An import came to its end. `{added, updated, broken}`
    ImportFinished,
    /// An import could not be made. `{reason}`
    ImportFailed,
    /// Somebody follows an artist page that the account manages. `{artist, follower}`: the latest of `count`
    NewFollower,
    /// An artist whom the account follows released something. `{artist, title}`
    NewRelease,
    /// A session is contested, by its listener or by the instance: told to those whose artist pages share in it, to all admins,
    /// and to the listener who did not contest it. `{title, byInstance, playedAt, asset, amount}`: in minor units, to artists their
    /// share, else all that the session cost
    DisputeOpened,
    /// A dispute was decided: `upheld` says whether the listener gets it back. `{title, upheld, note, playedAt, asset, amount}`
    DisputeResolved,
    /// Somebody gave an artist page that the account manages something. `{artist, from, asset, amount}`: in minor units
    TipReceived,
    /// Somebody asks the account to manage an artist page: it may accept in the studio. `{artist, role}`: owner or editor
    ManagerInvited,
    /// The account manages an artist page now, or may do something else there. `{artist, role}`: owner or editor
    ManagerAdded,
}

impl NotificationType {
    const ALL: [Self; 12] = [
        Self::UploadProcessed,
        Self::UploadCutOff,
        Self::UploadFailed,
        Self::ImportFinished,
        Self::ImportFailed,
        Self::NewFollower,
        Self::NewRelease,
        Self::DisputeOpened,
        Self::DisputeResolved,
        Self::TipReceived,
        Self::ManagerInvited,
        Self::ManagerAdded,
    ];

    /// Whether the same may happen again. It is then told again once it was read, and not before: nobody can fill the list
    /// of somebody else.
    pub(super) const fn comes_again(self) -> bool {
        matches!(self, Self::ManagerInvited | Self::ManagerAdded)
    }

    /// As stored.
    pub(super) const fn code(self) -> &'static str {
        match self {
            Self::UploadProcessed => "upload_processed",
            Self::UploadCutOff => "upload_cut_off",
            Self::UploadFailed => "upload_failed",
            Self::ImportFinished => "import_finished",
            Self::ImportFailed => "import_failed",
            Self::NewFollower => "new_follower",
            Self::NewRelease => "new_release",
            Self::DisputeOpened => "dispute_opened",
            Self::DisputeResolved => "dispute_resolved",
            Self::TipReceived => "tip_received",
            Self::ManagerInvited => "manager_invited",
            Self::ManagerAdded => "manager_added",
        }
    }

    /// The notification in words.
    fn message(self, params: &Value, count: i64) -> String {
        let text = |name: &str| params[name].as_str().unwrap_or("?");
        let number = |name: &str| params[name].as_u64().unwrap_or_default();
        let sum = || Amount::parse(params["asset"].as_str()?.parse().ok()?, params["amount"].as_str()?).ok();
        // Two plays of one track are told apart by their days and sums.
        let play = || match (params["playedAt"].as_str().and_then(|at| at.split('T').next()), sum()) {
            (Some(day), Some(sum)) => format!("\u{201c}{}\u{201d} ({day}, {sum})", text("title")),
            _ => format!("\u{201c}{}\u{201d}", text("title")),
        };
        match self {
            Self::UploadProcessed if count > 1 => match params["release"].as_str() {
                Some(release) => format!("{count} tracks of \u{201c}{release}\u{201d} are ready"),
                None => format!("{count} tracks are ready"),
            },
            Self::UploadProcessed => format!("\u{201c}{}\u{201d} is ready", text("title")),
            Self::UploadCutOff => {
                let seconds = |name: &str| number(name) / 1000;
                let (found, promised) = (seconds("durationMs"), seconds("promisedMs"));
                format!(
                    "\u{201c}{}\u{201d} is cut off: the file ends after {found} s of {promised} s",
                    text("title")
                )
            }
            Self::UploadFailed => {
                format!("\u{201c}{}\u{201d} cannot be used: {}", text("title"), text("reason"))
            }
            Self::ImportFinished => format!(
                "The import is done: {} new, {} changed, {} unusable",
                number("added"),
                number("updated"),
                number("broken")
            ),
            Self::ImportFailed => format!("The import failed: {}", text("reason")),
            Self::NewFollower if count > 1 => format!("{count} people follow {} now", text("artist")),
            Self::NewFollower => {
                format!("{} follows {}", params["follower"].as_str().unwrap_or("Somebody"), text("artist"))
            }
            Self::NewRelease => format!("{} released \u{201c}{}\u{201d}", text("artist"), text("title")),
            Self::DisputeOpened if params["byInstance"] == true => {
                format!(
                    "A play of {} does not add up: what it cost is put aside until that is decided",
                    play()
                )
            }
            Self::DisputeOpened => {
                format!("A listener contests a play of {}: it is put aside until that is decided", play())
            }
            Self::DisputeResolved => {
                let how = if params["upheld"] == true {
                    "goes back to the listener"
                } else {
                    "stays with its artists"
                };
                let said = params["note"].as_str().map(|note| format!(": \u{201c}{note}\u{201d}"));
                format!("What was paid for {} {how}{}", play(), said.unwrap_or_default())
            }
            Self::ManagerInvited => match params["role"].as_str() {
                Some("owner") => format!("You are asked to own the page of {}", text("artist")),
                _ => format!("You are asked to help with the page of {}", text("artist")),
            },
            Self::ManagerAdded => match params["role"].as_str() {
                Some("owner") => format!("You own the page of {} now", text("artist")),
                _ => format!("You help with the page of {} now", text("artist")),
            },
            Self::TipReceived => {
                let given = sum().map_or_else(|| "something".to_owned(), |amount| amount.to_string());
                format!("{} gave {} {given}", params["from"].as_str().unwrap_or("Somebody"), text("artist"))
            }
        }
    }
}

impl FromStr for NotificationType {
    type Err = ();

    fn from_str(code: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|kind| kind.code() == code).ok_or(())
    }
}

text_column!(NotificationType);

/// Whether a notification was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum NotificationStatus {
    /// Not yet.
    Unread,
    /// It was.
    Read,
}

/// Something that an account is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Notification {
    /// The notification.
    pub id: NotificationId,
    /// What it is about.
    #[serde(rename = "type")]
    pub kind: NotificationType,
    /// The whole in words, in English.
    #[schema(example = "ben follows Ana Nowak")]
    pub message: String,
    /// What the words are made of, for those who say them in another language.
    #[schema(value_type = Object, example = json!({"artist": "Ana Nowak", "follower": "ben"}))]
    pub params: Value,
    /// How many things it stands for.
    #[schema(example = 1)]
    pub count: i64,
    /// Whether it was read.
    pub status: NotificationStatus,
    /// The page of what it is about.
    #[schema(example = "/a/019c0000-0000-7000-8000-000000000000")]
    pub link: String,
    /// When it happened.
    pub created_at: Time,
}

/// A notification as it is stored.
#[derive(Debug, Clone)]
pub(super) struct NotificationRow {
    pub(super) id: NotificationId,
    pub(super) seq: i64,
    kind: NotificationType,
    params: String,
    count: i64,
    link: String,
    read_at: Option<Time>,
    created_at: Time,
}

from_row!(NotificationRow { id, seq, kind, params, count, link, read_at, created_at });

impl From<NotificationRow> for Notification {
    fn from(row: NotificationRow) -> Self {
        let params = serde_json::from_str(&row.params).unwrap_or_default();
        Self {
            id: row.id,
            kind: row.kind,
            message: row.kind.message(&params, row.count),
            params,
            count: row.count,
            status: if row.read_at.is_some() { NotificationStatus::Read } else { NotificationStatus::Unread },
            link: row.link,
            created_at: row.created_at,
        }
    }
}
