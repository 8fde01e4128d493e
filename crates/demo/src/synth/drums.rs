//! Voices made of noise and one falling sine: drums, brushes and surf.

use super::wave::{Filter, Noise, Oscillator, RATE, Swell, decay};
use super::{Note, Voice};
use crate::math::{exp2, smooth};

/// The longest a drum sounds, in seconds.
pub(super) const LONGEST: f32 = 0.8;

/// A soft bass drum: a sine that falls from the pitch of a tom to about 47 Hz.
pub(super) struct Kick {
    sine: Oscillator,
    level: f32,
    fade: f32,
    age: f32,
}

impl Kick {
    pub(super) fn new(note: &Note) -> Self {
        Self { sine: Oscillator::sine(50.0, 0.0), level: note.velocity, fade: decay(0.55), age: 0.0 }
    }
}

impl Voice for Kick {
    fn add(&mut self, left: &mut [f32], right: &mut [f32]) -> bool {
        for (l, r) in left.iter_mut().zip(right) {
            // Every 16 frames is fine enough for the sweep to have no steps.
            if (self.age as u32).is_multiple_of(16) {
                let seconds = f64::from(self.age / RATE);
                self.sine.tune(47.0 + 95.0 * exp2(-seconds * 48.0) as f32);
            }
            self.age += 1.0;
            let rise = (self.age / 60.0).min(1.0);
            let value = rise * self.level * self.sine.next();
            *l += value;
            *r += value;
            self.level *= self.fade;
        }
        self.level > 1e-4
    }
}

/// A cymbal: noise above about 6 kHz.
pub(super) struct Hat {
    noise: [Noise; 2],
    filters: [Filter; 2],
    level: f32,
    fade: f32,
    rise: f32,
}

impl Hat {
    pub(super) fn new(note: &Note, fall: f32) -> Self {
        Self {
            noise: [Noise::new(note.seed()), Noise::new(note.seed() ^ 0x5555)],
            filters: [Filter::new(7_800.0, 0.9), Filter::new(8_300.0, 0.9)],
            level: note.velocity,
            fade: decay(fall),
            rise: 0.0,
        }
    }
}

impl Voice for Hat {
    fn add(&mut self, left: &mut [f32], right: &mut [f32]) -> bool {
        for (l, r) in left.iter_mut().zip(right) {
            self.rise += (1.0 - self.rise) * 0.02;
            let gain = self.level * self.rise;
            *l += gain * self.filters[0].next(self.noise[0].next()).1;
            *r += gain * self.filters[1].next(self.noise[1].next()).1;
            self.level *= self.fade;
        }
        self.level > 1e-4
    }
}

/// A soft clap: three quick bursts of noise around 1.2 kHz and their tail.
pub(super) struct Clap {
    noise: Noise,
    filter: Filter,
    level: f32,
    age: f32,
}

impl Clap {
    pub(super) fn new(note: &Note) -> Self {
        Self {
            noise: Noise::new(note.seed()),
            filter: Filter::new(1_250.0, 0.7),
            level: note.velocity,
            age: 0.0,
        }
    }
}

impl Voice for Clap {
    fn add(&mut self, left: &mut [f32], right: &mut [f32]) -> bool {
        let level = |frames: f32| {
            let seconds = frames / RATE;
            let hand = if seconds < 0.024 { seconds % 0.012 } else { seconds - 0.024 };
            let fall = if seconds < 0.024 { 0.03 } else { 0.16 };
            smooth(seconds / 0.002) * exp2(f64::from(-10.0 * hand / fall)) as f32
        };
        let before = level(self.age);
        self.age += left.len() as f32;
        let change = (level(self.age) - before) / left.len() as f32;
        let mut gain = before;
        for (l, r) in left.iter_mut().zip(right) {
            let value = gain * self.level * self.filter.next(self.noise.next()).1;
            *l += value;
            *r += value;
            gain += change;
        }
        self.age < LONGEST * RATE * 0.5
    }
}

/// A brush drawn over a snare: noise around 3 kHz that swells and falls.
pub(super) struct Brush {
    noise: [Noise; 2],
    filters: [Filter; 2],
    swell: Swell,
    level: f32,
}

impl Brush {
    pub(super) fn new(note: &Note, swell: f32) -> Self {
        let hold = (swell * RATE) as u32;
        Self {
            noise: [Noise::new(note.seed()), Noise::new(note.seed() ^ 0xaaaa)],
            filters: [Filter::new(2_600.0, 1.3), Filter::new(3_400.0, 1.3)],
            swell: Swell::new(swell, hold, (swell * 3.0).min(LONGEST - swell)),
            level: note.velocity,
        }
    }
}

impl Voice for Brush {
    fn add(&mut self, left: &mut [f32], right: &mut [f32]) -> bool {
        let (mut gain, change) = self.swell.advance(left.len());
        for (l, r) in left.iter_mut().zip(right) {
            *l += gain * self.level * self.filters[0].next(self.noise[0].next()).1;
            *r += gain * self.level * self.filters[1].next(self.noise[1].next()).1;
            gain += change;
        }
        !self.swell.done()
    }
}

/// A wave that comes in and draws back: dark noise, brighter while it is loud.
pub(super) struct Surf {
    noise: [Noise; 2],
    filters: [Filter; 2],
    swell: Swell,
    level: f32,
}

impl Surf {
    pub(super) fn new(note: &Note) -> Self {
        let seconds = note.length as f32 / RATE;
        Self {
            noise: [Noise::new(note.seed()), Noise::new(note.seed() ^ 0x3333)],
            filters: [Filter::default(), Filter::default()],
            swell: Swell::new(seconds * 0.45, (note.length as f32 * 0.45) as u32, seconds * 0.55),
            level: note.velocity,
        }
    }
}

impl Voice for Surf {
    fn add(&mut self, left: &mut [f32], right: &mut [f32]) -> bool {
        let (mut gain, change) = self.swell.advance(left.len());
        self.filters[0].set(260.0 + 700.0 * gain, 1.4);
        self.filters[1].set(300.0 + 620.0 * gain, 1.4);
        for (l, r) in left.iter_mut().zip(right) {
            *l += gain * self.level * self.filters[0].next(self.noise[0].next()).0;
            *r += gain * self.level * self.filters[1].next(self.noise[1].next()).0;
            gain += change;
        }
        !self.swell.done()
    }
}
