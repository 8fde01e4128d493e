//! The synthesiser: instruments that turn notes into sound, and the desk that mixes them.

pub(crate) mod desk;
mod drums;
mod keys;
mod room;
mod strings;
mod wave;

pub(crate) use desk::{Part, Score, Span};
pub(crate) use wave::RATE;

/// Frames that are worked on at once. Everything slower than a sample (envelopes, filter sweeps) moves at
/// this step, counted from the start of the piece.
pub(crate) const BLOCK: usize = 64;

/// One note of a part.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Note {
    /// First frame, counted from the start of the piece.
    pub(crate) start: u32,
    /// Frames for which the note is held; its release comes after.
    pub(crate) length: u32,
    /// MIDI pitch; drums ignore it.
    pub(crate) pitch: f32,
    /// Loudness in `0.0..=1.0`; many instruments are also brighter when louder.
    pub(crate) velocity: f32,
}

impl Note {
    /// A number that differs from note to note, for noise and starting phases.
    fn seed(&self) -> u32 {
        self.start.wrapping_mul(0x85eb_ca6b) ^ self.pitch.to_bits().rotate_left(7)
    }
}

/// A note that sounds.
pub(crate) trait Voice {
    /// Adds the next frames to both channels (same length, at most [`BLOCK`]); false once it is over.
    fn add(&mut self, left: &mut [f32], right: &mut [f32]) -> bool;
}

/// What a part is played on.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Instrument {
    /// Slow detuned saws; `attack` and `release` in seconds, at most `harmonics` partials.
    Pad { attack: f32, release: f32, harmonics: usize },
    /// Struck keys by phase modulation: `ratio` of the modulator, its depth `glow`, `ring` in seconds.
    Keys { ratio: f32, glow: f32, ring: f32 },
    /// A round bass of few partials.
    Sub { attack: f32, release: f32 },
    /// Two saws through a low-pass that opens to `open` hertz and closes in `fall` seconds.
    Saws { open: f32, fall: f32, release: f32 },
    /// A plucked string that rings for `ring` seconds; `bright` in `0.0..=1.0`.
    Plucked { ring: f32, bright: f32 },
    /// A bass drum.
    Kick,
    /// A cymbal of noise that falls in `fall` seconds.
    Hat { fall: f32 },
    /// A soft hand clap.
    Clap,
    /// A brush on a snare; swells over `swell` seconds.
    Brush { swell: f32 },
    /// A slow wave of filtered noise, like surf.
    Surf,
}

impl Instrument {
    /// Starts a note.
    fn strike(self, note: &Note) -> Box<dyn Voice> {
        match self {
            Self::Pad { attack, release, harmonics } => {
                Box::new(keys::Pad::new(note, attack, release, harmonics))
            }
            Self::Keys { ratio, glow, ring } => Box::new(keys::Keys::new(note, ratio, glow, ring)),
            Self::Sub { attack, release } => Box::new(keys::Sub::new(note, attack, release)),
            Self::Saws { open, fall, release } => Box::new(keys::Saws::new(note, open, fall, release)),
            Self::Plucked { ring, bright } => Box::new(strings::Plucked::new(note, ring, bright)),
            Self::Kick => Box::new(drums::Kick::new(note)),
            Self::Hat { fall } => Box::new(drums::Hat::new(note, fall)),
            Self::Clap => Box::new(drums::Clap::new(note)),
            Self::Brush { swell } => Box::new(drums::Brush::new(note, swell)),
            Self::Surf => Box::new(drums::Surf::new(note)),
        }
    }

    /// The longest time in seconds for which a voice sounds after its note's length.
    fn release(self) -> f32 {
        match self {
            Self::Pad { release, .. } | Self::Sub { release, .. } | Self::Saws { release, .. } => release,
            Self::Keys { .. } => keys::DAMPER * 1.6,
            Self::Plucked { .. } => strings::DAMPER,
            Self::Kick | Self::Clap | Self::Brush { .. } => drums::LONGEST,
            Self::Hat { fall } => fall * 1.5,
            Self::Surf => 0.0,
        }
    }
}
