use std::time::Duration;

use kernel::{ErrorCode, Fault, FieldError, Invalid, TrackId};

/// What can stand between a listener and the music.
#[derive(Debug, thiserror::Error)]
pub enum PlaybackError {
    /// No such track, or not visible to this caller.
    #[error("there is no track {0} that you may hear")]
    TrackNotFound(TrackId),
    /// Visitors hear nothing here.
    #[error("log in to listen")]
    LogIn,
    /// The policy says no.
    #[error("this account may not hear this track")]
    Refused,
    /// Not this byte, and none behind it.
    #[error("not that far yet: byte {0} is not released")]
    NotReleased(u64),
    /// A signed address with any part changed.
    #[error("this address was changed, or this server never made it")]
    UrlInvalid,
    /// A signed address past its time, or whose log-in has ended.
    #[error("this address has expired: ask for a new one")]
    UrlExpired,
    /// The caller insists on bytes that are gone.
    #[error("the sound file is another one by now")]
    PreconditionFailed,
    /// The file behind the track is away or was changed.
    #[error("the sound of track {track} is away: {reason}")]
    AudioMissing {
        /// The track.
        track: TrackId,
        /// Why, for the log.
        reason: String,
    },
    /// The preview or the waveform is still being made.
    #[error("this is being prepared: try again in a moment")]
    NotReady,
    /// It will never be made: the sound file cannot be decoded.
    #[error("there is no waveform of this track")]
    NoWaveform,
    /// The play was reported for another track before.
    #[error("this clientPlayId was used for a play of another track")]
    PlayOfOtherTrack,
    /// The cursor is another list's.
    #[error("{}", kernel::CursorError)]
    Cursor,
    /// The body says something impossible.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// The database says no.
    #[error(transparent)]
    Db(#[from] db::Error),
}

impl Fault for PlaybackError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::TrackNotFound(_) => ErrorCode::TrackNotFound,
            Self::LogIn => ErrorCode::Unauthenticated,
            Self::Refused | Self::NotReleased(_) => ErrorCode::PlaybackRefused,
            Self::UrlInvalid => ErrorCode::StreamUrlInvalid,
            Self::UrlExpired => ErrorCode::StreamUrlExpired,
            Self::PreconditionFailed => ErrorCode::PreconditionFailed,
            Self::AudioMissing { .. } => ErrorCode::AudioMissing,
            Self::NotReady => ErrorCode::Unavailable,
            Self::NoWaveform => ErrorCode::NotFound,
            Self::PlayOfOtherTrack => ErrorCode::Conflict,
            Self::Cursor => ErrorCode::InvalidCursor,
            Self::Invalid(_) => ErrorCode::ValidationFailed,
            Self::Db(e) => e.code(),
        }
    }

    fn fields(&self) -> Vec<FieldError> {
        match self {
            Self::Invalid(invalid) => invalid.0.clone(),
            _ => Vec::new(),
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::AudioMissing { .. } => Some(Duration::from_secs(30)),
            Self::NotReady => Some(Duration::from_secs(2)),
            Self::Db(e) => e.retry_after(),
            _ => None,
        }
    }
}
