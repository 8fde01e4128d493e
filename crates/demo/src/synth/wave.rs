//! Wave tables, oscillators, envelopes and filters: the small parts that voices are made of.

use std::sync::LazyLock;

use crate::math::{cosine, exp2, sine, smooth};

/// Frames per second of everything this crate renders.
pub(crate) const RATE: f32 = 44_100.0;

const TABLE_BITS: u32 = 11;
const TABLE_SIZE: usize = 1 << TABLE_BITS;

/// One period of a wave, with the first point repeated at the end for interpolation.
pub(crate) type Table = [f32; TABLE_SIZE + 1];

/// How many harmonics the saw tables have; a note takes the richest that neither aliases nor is harsh.
const HARMONICS: [usize; 9] = [2, 3, 4, 6, 9, 14, 20, 30, 44];

struct Tables {
    sine: Box<Table>,
    saws: Vec<Box<Table>>,
}

static TABLES: LazyLock<Tables> = LazyLock::new(|| {
    let mut wave = Box::new([0.0; TABLE_SIZE + 1]);
    for (i, point) in wave.iter_mut().enumerate() {
        *point = sine(i as f64 / TABLE_SIZE as f64) as f32;
    }
    let saws = HARMONICS.iter().map(|&count| saw(&wave, count)).collect();
    Tables { sine: wave, saws }
});

/// A saw of `count` harmonics whose upper ones are rounded off, so that it has no ringing edge.
fn saw(wave: &Table, count: usize) -> Box<Table> {
    let mut table = Box::new([0.0; TABLE_SIZE + 1]);
    for n in 1..=count {
        let x = n as f64 / (count as f64 + 1.0);
        let window = sine(x / 2.0) / (x * std::f64::consts::PI);
        let level = (0.64 * window / n as f64) as f32;
        for (i, point) in table.iter_mut().enumerate() {
            *point += level * wave[(i * n) & (TABLE_SIZE - 1)];
        }
    }
    table
}

/// Frequency in hertz of a MIDI pitch (69 is A at 440 Hz); fractions are cents.
pub(crate) fn hertz(pitch: f32) -> f32 {
    (440.0 * exp2(f64::from(pitch - 69.0) / 12.0)) as f32
}

/// The factor per frame that makes a level fall by 60 dB in `seconds`.
pub(crate) fn decay(seconds: f32) -> f32 {
    exp2(-9.965_784 / f64::from(seconds * RATE)) as f32
}

/// A table oscillator with a 32-bit phase, which wraps by itself and never drifts.
pub(crate) struct Oscillator {
    table: &'static Table,
    phase: u32,
    step: u32,
}

impl Oscillator {
    pub(crate) fn sine(hertz: f32, phase: f32) -> Self {
        Self { table: &TABLES.sine, phase: turn(phase), step: turn(hertz / RATE) }
    }

    /// A saw of at most `limit` harmonics.
    pub(crate) fn saw(hertz: f32, phase: f32, limit: usize) -> Self {
        let fits = ((RATE * 0.4 / hertz) as usize).min(limit);
        let index = HARMONICS.iter().rposition(|&count| count <= fits).unwrap_or(0);
        Self { table: &TABLES.saws[index], phase: turn(phase), step: turn(hertz / RATE) }
    }

    /// Changes the frequency without a jump of the wave.
    pub(crate) fn tune(&mut self, hertz: f32) {
        self.step = turn(hertz / RATE);
    }

    pub(crate) fn next(&mut self) -> f32 {
        let value = look_up(self.table, self.phase);
        self.phase = self.phase.wrapping_add(self.step);
        value
    }

    /// The next value with the phase pushed by `shift` turns (phase modulation); `shift` stays within ±0.5.
    pub(crate) fn next_shifted(&mut self, shift: f32) -> f32 {
        let value = look_up(self.table, self.phase.wrapping_add_signed((shift * 4_294_967_296.0) as i32));
        self.phase = self.phase.wrapping_add(self.step);
        value
    }
}

fn turn(fraction: f32) -> u32 {
    (f64::from(fraction) * 4_294_967_296.0) as u32
}

fn look_up(table: &Table, phase: u32) -> f32 {
    const REST: u32 = 32 - TABLE_BITS;
    let index = (phase >> REST) as usize;
    let rest = (phase & ((1 << REST) - 1)) as f32 * (1.0 / (1u32 << REST) as f32);
    let left = table[index];
    left + (table[index + 1] - left) * rest
}

/// An envelope with soft ends: rises, holds while the note lasts, falls. All times in frames.
pub(crate) struct Swell {
    attack: f32,
    hold: f32,
    release: f32,
    age: f32,
}

impl Swell {
    /// `attack` and `release` in seconds, `hold` (the note's length, attack included) in frames.
    pub(crate) fn new(attack: f32, hold: u32, release: f32) -> Self {
        Self { attack: attack * RATE, hold: hold as f32, release: release * RATE, age: 0.0 }
    }

    fn level(&self) -> f32 {
        smooth(self.age / self.attack) * (1.0 - smooth((self.age - self.hold) / self.release))
    }

    /// Moves on by `frames` and returns the level before and the change per frame.
    pub(crate) fn advance(&mut self, frames: usize) -> (f32, f32) {
        let before = self.level();
        self.age += frames as f32;
        (before, (self.level() - before) / frames as f32)
    }

    pub(crate) fn done(&self) -> bool {
        self.age >= self.hold + self.release
    }
}

/// A two-pole low-pass and band-pass filter (trapezoidal state variable form, stable at any setting).
#[derive(Clone, Default)]
pub(crate) struct Filter {
    a1: f32,
    a2: f32,
    a3: f32,
    band: f32,
    low: f32,
}

impl Filter {
    /// Sets the cut-off in hertz and the damping (1.4 has no peak, 0.2 rings).
    pub(crate) fn set(&mut self, cutoff: f32, damping: f32) {
        let turns = f64::from(cutoff.clamp(20.0, 18_000.0) / RATE) / 2.0;
        let g = (sine(turns) / cosine(turns)) as f32;
        self.a1 = 1.0 / (1.0 + g * (g + damping));
        self.a2 = g * self.a1;
        self.a3 = g * self.a2;
    }

    pub(crate) fn new(cutoff: f32, damping: f32) -> Self {
        let mut filter = Self::default();
        filter.set(cutoff, damping);
        filter
    }

    /// One frame in; the low-passed and the band-passed frame out.
    pub(crate) fn next(&mut self, input: f32) -> (f32, f32) {
        let high = input - self.low;
        let band = self.a1 * self.band + self.a2 * high;
        let low = self.low + self.a2 * self.band + self.a3 * high;
        self.band = 2.0 * band - self.band;
        self.low = 2.0 * low - self.low;
        (low, band)
    }
}

/// White noise in ±1, its own stream for every note.
pub(crate) struct Noise(u32);

impl Noise {
    pub(crate) fn new(seed: u32) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9) | 1)
    }

    pub(crate) fn next(&mut self) -> f32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        self.0.cast_signed() as f32 * (1.0 / 2_147_483_648.0)
    }
}
