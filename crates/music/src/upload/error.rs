use std::{io, time::Duration};

use infra::BlobError;
use kernel::{ErrorCode, Fault, FieldError, Invalid, TrackId};
use media::MediaError;

use crate::catalogue::CatalogueError;

/// How long whoever finds all media children busy, or too many uploads under way, should wait.
const BUSY: Duration = Duration::from_secs(5);

/// Why an upload was not taken.
#[derive(Debug, thiserror::Error)]
pub enum UploadError {
    /// The file is larger than a plain upload takes.
    #[error("a file of an upload has at most {mib} MiB")]
    TooLarge {
        /// The limit.
        mib: u64,
    },
    /// The page keeps as much as it may.
    #[error("the page keeps {used_mib} of {quota_mib} MiB: this file does not fit in")]
    Quota {
        /// What it keeps.
        used_mib: u64,
        /// What it may keep.
        quota_mib: u64,
    },
    /// The disk is nearly full.
    #[error("the disk has no room for it")]
    NoRoom,
    /// The body is not a form as it should be, or broke off.
    #[error("{0}")]
    Form(String),
    /// The body is no form.
    #[error("send a form: multipart/form-data with a part `file`")]
    NotAForm,
    /// Not a sound file, or of a kind that is not accepted.
    #[error("the file is not taken: {0}")]
    Unsupported(String),
    /// A sound file that cannot be decoded.
    #[error("the file cannot be decoded: {0}")]
    Corrupt(String),
    /// The page has this very file.
    #[error("this file is here already, as track {0}")]
    Duplicate(TrackId),
    /// More uploads of one account than it may make.
    #[error("too many uploads in a short time")]
    TooMany(Duration),
    /// More uploads of one account at a time than may be.
    #[error("{most} uploads of this account are under way already: send one after the other")]
    AtATime {
        /// How many may be.
        most: usize,
    },
    /// Nobody is free to look at the file.
    #[error("the processes that read sound files are busy")]
    Busy,
    /// The processes that look at files cannot be used.
    #[error("sound files cannot be read at the moment")]
    Media(#[source] MediaError),
    /// The folder for what arrives cannot be used.
    #[error("what arrives cannot be kept")]
    Folder(#[source] io::Error),
    /// The object store cannot be used.
    #[error("the object store failed")]
    Blobs(#[source] BlobError),
    /// A thread ended in the middle.
    #[error("the work on the file was interrupted")]
    Interrupted,
    /// The catalogue does not take it.
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
    /// Wrong input.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// The database.
    #[error(transparent)]
    Db(#[from] db::Error),
}

impl UploadError {
    /// Whether it came from the database, so that nobody knows what of a transaction took place.
    pub(super) fn is_databases(&self) -> bool {
        use crate::catalogue::CatalogueError;
        matches!(self, Self::Db(_) | Self::Catalogue(CatalogueError::Db(_)))
    }
}

impl From<io::Error> for UploadError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::NoRoom,
            _ => Self::Folder(error),
        }
    }
}

impl From<BlobError> for UploadError {
    fn from(error: BlobError) -> Self {
        match error {
            BlobError::Full(_) => Self::NoRoom,
            error => Self::Blobs(error),
        }
    }
}

impl From<MediaError> for UploadError {
    /// What a child says of a file that somebody sent.
    fn from(error: MediaError) -> Self {
        match error {
            MediaError::Unsupported(reason) => Self::Unsupported(reason),
            MediaError::Busy => Self::Busy,
            MediaError::Unreadable(_) | MediaError::Unwritable(_) | MediaError::NotStarted(_) => {
                Self::Media(error)
            }
            // How a parser died over it is nobody's business.
            MediaError::Crashed { .. } => Self::Corrupt("it makes the decoder fail".to_owned()),
            error => Self::Corrupt(error.to_string()),
        }
    }
}

impl Fault for UploadError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::TooLarge { .. } => ErrorCode::PayloadTooLarge,
            Self::Quota { .. } => ErrorCode::QuotaExceeded,
            Self::NoRoom => ErrorCode::InsufficientStorage,
            Self::Form(_) => ErrorCode::InvalidRequest,
            Self::NotAForm => ErrorCode::UnsupportedMediaType,
            Self::Unsupported(_) => ErrorCode::UnsupportedAudio,
            Self::Corrupt(_) => ErrorCode::CorruptAudio,
            Self::Duplicate(_) => ErrorCode::DuplicateAudio,
            Self::TooMany(_) | Self::AtATime { .. } => ErrorCode::RateLimited,
            Self::Busy | Self::Media(_) | Self::Folder(_) | Self::Blobs(_) | Self::Interrupted => {
                ErrorCode::Unavailable
            }
            Self::Catalogue(e) => e.code(),
            Self::Invalid(_) => ErrorCode::ValidationFailed,
            Self::Db(e) => e.code(),
        }
    }

    fn fields(&self) -> Vec<FieldError> {
        match self {
            Self::Catalogue(e) => e.fields(),
            Self::Invalid(Invalid(fields)) => fields.clone(),
            _ => Vec::new(),
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Busy | Self::AtATime { .. } => Some(BUSY),
            Self::TooMany(wait) => Some(*wait),
            Self::Catalogue(e) => e.retry_after(),
            Self::Db(e) => e.retry_after(),
            _ => None,
        }
    }
}
