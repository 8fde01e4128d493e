//! Everything that understands the inside of a media file.
//!
//! Files come from strangers, and the libraries that parse them have crashed, hung and asked for
//! gigabytes before. So no file is ever opened in the server's own process: the crate has two sides.
//!
//! - `child::run` is the main function of a small process that first takes away its own rights
//!   (see [`Confinement`]) and then answers requests: tags, pictures, decoding, previews.
//! - [`Pool`] starts such processes, hands them requests, holds them to a deadline, and replaces those
//!   that die. One hostile file costs one request, never the server.
//!
//! [`api`] has the types that both sides and their callers share.
//!
//! The child's side is compiled with the feature `codecs`: of those who ask, only the program that is the child too
//! has to build it.

pub mod api;
#[cfg(feature = "codecs")]
pub mod child;
#[cfg(feature = "corpus")]
pub mod corpus;
mod date;
mod frames;
#[cfg(feature = "codecs")]
mod parse;
mod pool;
mod sandbox;
mod worker;

pub use api::{
    Analysis, Cover, Credit, FileInfo, Fit, Format, Gapless, MediaError, MusicBrainz, PartialDate, Picture,
    Preview, Probed, ReplayGain, Role, Tags,
};
pub use pool::{Deadlines, Pool, PoolConfig, SUBCOMMAND};
pub use sandbox::{Confinement, Enforcement, Limits};
