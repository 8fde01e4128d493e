//! The words that every other crate speaks: ids, time, money, pages, error codes and domain events.
//! Pure: nothing here reads a clock, draws a random number or touches the outside world.
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::as_conversions, clippy::float_arithmetic)]

mod cap;
mod check;
mod error;
mod event;
mod id;
mod money;
mod page;
mod patch;
pub mod text;
mod time;

pub use cap::Cap;
pub use check::{Check, Invalid};
pub use error::{ErrorCode, Fault, FieldError, Problem};
pub use event::Event;
pub use id::{
    AccountId, AlbumId, AppPasswordId, ArtistId, AudioId, CapId, DeviceId, DisputeId, EventId, GenreId,
    HoldId, Id, Ids, ImageId, ImportId, JobId, NotificationId, PerkId, PlayId, RedemptionId, SessionId,
    SplitId, TipId, TopUpId, TrackId, UploadId,
};
pub use money::{Amount, Asset, MoneyError};
pub use page::{Cursor, CursorError, Limit, Page};
pub use patch::{given, patch};
pub use text::tidy;
pub use time::{Clock, Time, TimeError};
