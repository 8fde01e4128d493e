use std::{path::Path, time::Duration};

use futures_util::future::BoxFuture;
use kernel::{ErrorCode, Fault};

/// Reads pictures that nobody vouches for. The codecs live in a crate that this one does not know.
pub trait Pictures: Send + Sync {
    /// The picture in the file at `path` as a JPEG of `side` × `side` pixels at most, cut to a square, without
    /// anything that the file says beside the picture.
    fn square<'a>(&'a self, path: &'a Path, side: u32) -> BoxFuture<'a, Result<Vec<u8>, PictureError>>;
}

/// Why a picture was not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PictureError {
    /// Not a picture, damaged, or of a kind that is not accepted.
    #[error("this is not a picture that is accepted: send a JPEG, PNG or WebP file")]
    Unsupported,
    /// More pixels than anybody needs.
    #[error("the picture has too many pixels: make it smaller")]
    TooLarge,
    /// More pictures at a time than can be read, or none at the moment.
    #[error("pictures cannot be read right now: try again in a moment")]
    Busy,
}

impl Fault for PictureError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::Unsupported => ErrorCode::UnsupportedPicture,
            Self::TooLarge => ErrorCode::PictureTooLarge,
            Self::Busy => ErrorCode::Unavailable,
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        matches!(self, Self::Busy).then_some(Duration::from_secs(5))
    }
}
