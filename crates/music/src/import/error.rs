use std::path::PathBuf;

use kernel::{CursorError, ErrorCode, Fault};
use media::MediaError;

/// Why an import could not be made, or not to its end. Each is one line for a person.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The folder cannot be used at all.
    #[error("{}: {reason}", folder.display())]
    Folder {
        /// As it was given.
        folder: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The folder is not within `import.roots`, is not there, or is no folder.
    #[error("{0} is not a folder within import.roots")]
    Refused(String),
    /// Another import of the folder, or of one above or below it, is running.
    #[error("{0} is being imported by another process: wait for it to end")]
    Running(String),
    /// The import was taken over because it showed no sign of life.
    #[error("another process has taken this import over")]
    TakenOver,
    /// It was told to stop; the next run goes on from there.
    #[error("interrupted; run the import again to go on")]
    Interrupted,
    /// No child could be had to read files.
    #[error(transparent)]
    Media(MediaError),
    /// The folder cannot be watched.
    #[error("the folder cannot be watched: {0}")]
    Watch(String),
    /// A cursor of another list.
    #[error(transparent)]
    Cursor(#[from] CursorError),
    /// The database.
    #[error(transparent)]
    Db(#[from] db::Error),
}

impl Fault for ImportError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::Refused(_) => ErrorCode::ImportRootRefused,
            Self::Running(_) => ErrorCode::ImportRunning,
            Self::Cursor(_) => ErrorCode::InvalidCursor,
            Self::Db(e) => e.code(),
            Self::Folder { .. } | Self::TakenOver | Self::Interrupted | Self::Media(_) | Self::Watch(_) => {
                ErrorCode::Unavailable
            }
        }
    }

    fn retry_after(&self) -> Option<std::time::Duration> {
        match self {
            Self::Db(e) => e.retry_after(),
            _ => None,
        }
    }
}
