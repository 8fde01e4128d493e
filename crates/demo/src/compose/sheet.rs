//! Time on paper: beats become frames.

use crate::math::Seeded;
use crate::synth::{Note, RATE};

/// The tempo of a piece and its feel.
#[derive(Clone, Copy)]
pub(super) struct Tempo {
    /// Frames of one beat.
    pub(super) beat: f64,
    /// How late the second eighth of a beat comes, in beats: 0 straight, 0.14 a gentle swing.
    pub(super) swing: f64,
}

impl Tempo {
    pub(super) fn new(beats_per_minute: f64, swing: f64) -> Self {
        Self { beat: f64::from(RATE) * 60.0 / beats_per_minute, swing }
    }

    /// The frame of a place in beats.
    pub(super) fn frame(&self, beat: f64) -> u32 {
        let whole = beat.floor();
        let part = beat - whole;
        let middle = 0.5 + self.swing;
        let swung =
            if part < 0.5 { part / 0.5 * middle } else { middle + (part - 0.5) / 0.5 * (1.0 - middle) };
        ((whole + swung) * self.beat).round() as u32
    }

    pub(super) fn note(&self, beat: f64, length: f64, pitch: i32, velocity: f32) -> Note {
        let start = self.frame(beat);
        let end = self.frame(beat + length);
        Note { start, length: (end - start).max(1), pitch: pitch as f32, velocity: velocity.clamp(0.0, 1.0) }
    }
}

/// Lets a person play: notes a little late or early (up to `seconds`), a little louder or softer.
pub(super) fn humanise(notes: &mut [Note], seconds: f32, seed: u64) {
    let mut chance = Seeded::new(seed);
    for note in &mut *notes {
        let late = chance.between(0.0, 2.0 * seconds) * RATE;
        note.start += late as u32;
        note.velocity = (note.velocity * chance.between(0.88, 1.08)).clamp(0.0, 1.0);
    }
}
