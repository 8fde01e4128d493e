//! Demo content: three invented bands, their music, and sleeves for it.
//!
//! Everything is made by the code of this crate, at run time, from fixed seeds: nothing is downloaded, and the
//! same bytes come out on every machine. The words, the music and the pictures are dedicated to the public
//! domain (CC0 1.0).
//!
//! ```ignore
//! for track in demo::catalogue().tracks {
//!     let file = track.flac(); // about 0.4 s of one core; any order, any thread
//! }
//! ```
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "sound and drawing move between integers and floats all the time; the ranges are small"
)]

mod catalogue;
mod compose;
mod flac;
mod math;
mod sleeve;
mod synth;

pub use catalogue::{Artist, Catalogue, Credit, Release, ReleaseKind, Split, Track, catalogue};
pub use flac::encode_flac;
pub use sleeve::{Colours, Family, Picture, SLEEVE_SIZE, sleeve};

/// Sound as interleaved 16-bit samples.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Audio {
    /// Frames per second: 44,100.
    pub sample_rate: u32,
    /// Samples per frame: 2, left first.
    pub channels: u16,
    /// Left and right in turn.
    pub samples: Vec<i16>,
}

impl Audio {
    /// Duration in milliseconds, rounded to the nearest.
    pub fn duration_ms(&self) -> u64 {
        let frames = self.samples.len() as u64 / u64::from(self.channels);
        let rate = u64::from(self.sample_rate);
        (frames * 1000 + rate / 2) / rate
    }
}
