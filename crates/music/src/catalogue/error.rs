use identity::accounts::AccountError;
use kernel::{CursorError, ErrorCode, Fault, FieldError, Invalid};

use crate::search::SearchError;

/// Why the catalogue did not do what was asked. What a caller may not touch is told as what is not there.
#[derive(Debug, thiserror::Error)]
pub enum CatalogueError {
    /// No such artist page for this caller.
    #[error("there is no such artist here")]
    NoArtist,
    /// No such album for this caller.
    #[error("there is no such album here")]
    NoAlbum,
    /// No such track for this caller.
    #[error("there is no such track here")]
    NoTrack,
    /// No such picture, or what it was made from is gone.
    #[error("there is no such picture here")]
    NoImage,
    /// No such account.
    #[error("there is no such account")]
    NoAccount,
    /// The page would be without an owner.
    #[error("the page keeps at least one owner: make somebody else its owner first, who has to accept that")]
    LastOwner,
    /// Shares that leave something over, or hand out more than there is.
    #[error("the shares add up to {0} basis points; they must add up to 10000")]
    Unbalanced(i64),
    /// A track that cannot be published yet, and what it lacks.
    #[error("the track has no {0} yet")]
    Incomplete(&'static str),
    /// The account manages the page without owning it.
    #[error("only an owner of the page decides who manages it")]
    NotAnOwner,
    /// Tracks of a release lack what published ones need; each is named.
    #[error("the release is not ready: nothing of it was published")]
    Unready(Vec<FieldError>),
    /// It is not what the change was made from.
    #[error("somebody has changed it meanwhile: read it again")]
    Changed,
    /// The account has no artist page.
    #[error("this needs an artist page: make one first")]
    NotAnArtist,
    /// The account owns as many artist pages as it may.
    #[error("this account owns {0} artist pages, and one account owns no more here")]
    TooManyPages(u32),
    /// New genres by one account in a short time.
    #[error("too many new genres in a short time")]
    TooManyGenres(std::time::Duration),
    /// Invitations to manage pages by one account in a short time.
    #[error("too many people were asked to manage artist pages in a short time")]
    TooManyInvitations(std::time::Duration),
    /// A cursor of another list.
    #[error(transparent)]
    Cursor(#[from] CursorError),
    /// Wrong input.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// The account's side of it.
    #[error(transparent)]
    Account(#[from] AccountError),
    /// Finding things by words.
    #[error(transparent)]
    Search(#[from] SearchError),
    /// The database.
    #[error(transparent)]
    Db(#[from] db::Error),
}

impl Fault for CatalogueError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::NoArtist => ErrorCode::ArtistNotFound,
            Self::NoAlbum => ErrorCode::AlbumNotFound,
            Self::NoTrack => ErrorCode::TrackNotFound,
            Self::NoImage => ErrorCode::ImageNotFound,
            Self::NoAccount => ErrorCode::AccountNotFound,
            Self::LastOwner => ErrorCode::LastOwner,
            Self::Unbalanced(_) => ErrorCode::SplitsUnbalanced,
            Self::Incomplete(_) | Self::Unready(_) => ErrorCode::TrackIncomplete,
            Self::NotAnArtist | Self::NotAnOwner => ErrorCode::Forbidden,
            Self::TooManyPages(_) => ErrorCode::TooManyPages,
            Self::TooManyGenres(_) | Self::TooManyInvitations(_) => ErrorCode::RateLimited,
            Self::Changed => ErrorCode::PreconditionFailed,
            Self::Cursor(_) => ErrorCode::InvalidCursor,
            Self::Invalid(_) => ErrorCode::ValidationFailed,
            Self::Account(e) => e.code(),
            Self::Search(e) => e.code(),
            Self::Db(e) => e.code(),
        }
    }

    fn fields(&self) -> Vec<FieldError> {
        match self {
            Self::Invalid(Invalid(fields)) | Self::Unready(fields) => fields.clone(),
            Self::Account(e) => e.fields(),
            Self::Search(e) => e.fields(),
            _ => Vec::new(),
        }
    }

    fn retry_after(&self) -> Option<std::time::Duration> {
        match self {
            Self::TooManyGenres(wait) | Self::TooManyInvitations(wait) => Some(*wait),
            Self::Account(e) => e.retry_after(),
            Self::Search(e) => e.retry_after(),
            Self::Db(e) => e.retry_after(),
            _ => None,
        }
    }
}
