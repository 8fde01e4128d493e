//! Who may see what: the one place that says so, for lists and for single things.
//!
//! - public: everybody, in lists. unlisted: whoever has the address. members: signed-in accounts. private: the
//!   managers of its artist page alone. Deleted: nobody.
//! - A track whose file is away is in no list but those of its managers; by its address it can be seen.
//! - Managers find their own things in lists as well, whatever their visibility.
//! - Without an account, nothing is answered where `access.anonymous` is `none`.
//!
//! The fragments stand in a `WHERE`; they use `$viewer`, which is bound by
//! [`Query::set_opt`](db::Query::set_opt) to [`Viewer::account`] and absent for anonymous callers. Aliases: `t` track,
//! `al` album, `ar` artist.

use axum::extract::{FromRef, FromRequestParts};
use http::request::Parts;
use identity::{Caller, Identity};
use infra::{config::Anonymous, http::ApiError};
use kernel::{AccountId, ErrorCode};
use serde::{Deserialize, Serialize};

/// Who is looking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Viewer(Option<AccountId>);

impl Viewer {
    /// Somebody without an account.
    pub const ANONYMOUS: Self = Self(None);

    /// Somebody logged in.
    pub const fn member(account: AccountId) -> Self {
        Self(Some(account))
    }

    /// The account, if somebody is logged in: the `$viewer` of the fragments.
    pub const fn account(self) -> Option<AccountId> {
        self.0
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Viewer
where
    Identity: FromRef<S>,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let account = Caller::from_request_parts(parts, state).await?.account();
        if account.is_none() && Identity::from_ref(state).app.config.anonymous() == Anonymous::None {
            return Err(ApiError::new(
                ErrorCode::Unauthenticated,
                "this server shows its music after log-in",
            ));
        }
        Ok(Self(account))
    }
}

/// Who may see a track or an album.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Visibility {
    /// Everybody, in lists.
    Public,
    /// Whoever has the address.
    Unlisted,
    /// The managers of its artist page.
    Private,
    /// Signed-in accounts: what was imported into the library.
    Members,
}

impl Visibility {
    /// As stored.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Unlisted => "unlisted",
            Self::Private => "private",
            Self::Members => "members",
        }
    }

    /// Whether others than its managers find it in lists.
    pub const fn is_listed(self) -> bool {
        matches!(self, Self::Public | Self::Members)
    }
}

impl std::str::FromStr for Visibility {
    type Err = ();

    fn from_str(code: &str) -> Result<Self, ()> {
        [Self::Public, Self::Unlisted, Self::Private, Self::Members]
            .into_iter()
            .find(|visibility| visibility.code() == code)
            .ok_or(())
    }
}

db::text_column!(Visibility);

/// A track in lists. Whoever uses this has found the tracks by something else, and `NOT … <>` keeps SQLite, which knows
/// nothing of how many there are, from reading every public track for one artist's; to PostgreSQL it is `=`.
pub const TRACK_LISTED: &str = "t.deleted_at IS NULL AND (t.available AND NOT t.visibility <> 'public'[[ \
     OR t.available AND t.visibility = 'members' \
     OR EXISTS (SELECT 1 FROM artist_manager tm \
         WHERE tm.artist_id = t.artist_id AND tm.account_id = $viewer AND tm.accepted)]])";

/// A track by its address.
pub const TRACK_REACHABLE: &str = "t.deleted_at IS NULL AND (t.visibility IN ('public', 'unlisted')[[ \
     OR t.visibility = 'members' AND EXISTS (SELECT 1 FROM account WHERE id = $viewer) \
     OR EXISTS (SELECT 1 FROM artist_manager tm \
         WHERE tm.artist_id = t.artist_id AND tm.account_id = $viewer AND tm.accepted)]])";

/// A track that nobody but its managers hears any more.
pub const TRACK_WITHDRAWN: &str =
    "(t.deleted_at IS NOT NULL OR t.visibility NOT IN ('public', 'unlisted', 'members'))";

/// A track that the viewer manages.
pub const TRACK_MANAGED: &str = "t.deleted_at IS NULL AND EXISTS ( \
     SELECT 1 FROM artist_manager tm WHERE tm.artist_id = t.artist_id AND tm.account_id = $viewer AND tm.accepted)";

/// An album in lists; `NOT … <>` as in [`TRACK_LISTED`].
pub const ALBUM_LISTED: &str = "al.deleted_at IS NULL AND (NOT al.visibility <> 'public'[[ \
     OR al.visibility = 'members' \
     OR EXISTS (SELECT 1 FROM artist_manager am \
         WHERE am.artist_id = al.artist_id AND am.account_id = $viewer AND am.accepted)]])";

/// An album by its address.
pub const ALBUM_REACHABLE: &str = "al.deleted_at IS NULL AND (al.visibility IN ('public', 'unlisted')[[ \
     OR al.visibility = 'members' AND EXISTS (SELECT 1 FROM account WHERE id = $viewer) \
     OR EXISTS (SELECT 1 FROM artist_manager am \
         WHERE am.artist_id = al.artist_id AND am.account_id = $viewer AND am.accepted)]])";

/// An album that the viewer manages.
pub const ALBUM_MANAGED: &str = "al.deleted_at IS NULL AND EXISTS ( \
     SELECT 1 FROM artist_manager am WHERE am.artist_id = al.artist_id AND am.account_id = $viewer AND am.accepted)";

/// An artist page: those that an import made are shown to signed-in accounts, while a file of theirs is there.
pub const ARTIST_VISIBLE: &str =
    "(NOT ar.library[[ OR ar.available AND EXISTS (SELECT 1 FROM account WHERE id = $viewer)]])";

/// An artist page that the viewer manages: whoever is asked to, and has not said yes, does not.
pub const ARTIST_MANAGED: &str = "EXISTS (SELECT 1 FROM artist_manager am WHERE am.artist_id = ar.id AND am.account_id = $viewer AND am.accepted)";
