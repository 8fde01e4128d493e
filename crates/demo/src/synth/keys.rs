//! Pitched voices made of oscillators: pads, keys and basses.

use super::wave::{Filter, Oscillator, RATE, Swell, decay, hertz};
use super::{Note, Voice};
use crate::math::{exp2, sine};

/// Seconds in which a key's damper silences it.
pub(super) const DAMPER: f32 = 0.6;

/// A slow wide pad: two saws drift apart, one leaning to each side.
pub(super) struct Pad {
    saws: [Oscillator; 2],
    swell: Swell,
    level: f32,
    hertz: f32,
    drift: f64,
}

impl Pad {
    pub(super) fn new(note: &Note, attack: f32, release: f32, harmonics: usize) -> Self {
        let hertz = hertz(note.pitch);
        let seed = note.seed();
        let phase = |shift: u32| (seed >> shift & 0xff) as f32 / 256.0;
        Self {
            saws: [0, 8].map(|shift| Oscillator::saw(hertz, phase(shift), harmonics)),
            swell: Swell::new(attack, note.length, release),
            level: note.velocity,
            hertz,
            drift: f64::from(phase(16)),
        }
    }
}

impl Voice for Pad {
    fn add(&mut self, left: &mut [f32], right: &mut [f32]) -> bool {
        // About ±5 cents, swaying slowly so that the beating never settles into a pattern.
        let sway = sine(self.drift) as f32;
        self.drift += left.len() as f64 * 0.17 / f64::from(RATE);
        self.saws[0].tune(self.hertz * (1.0 + 0.0028 + 0.0008 * sway));
        self.saws[1].tune(self.hertz * (1.0 - 0.0028 + 0.0006 * sway));
        let (mut level, change) = self.swell.advance(left.len());
        for (l, r) in left.iter_mut().zip(right) {
            let (a, b) = (self.saws[0].next(), self.saws[1].next());
            let gain = level * self.level;
            *l += gain * (0.75 * a + 0.35 * b);
            *r += gain * (0.35 * a + 0.75 * b);
            level += change;
        }
        !self.swell.done()
    }
}

/// A struck key: a sine whose phase is pushed by another, less and less while it rings.
pub(super) struct Keys {
    carrier: Oscillator,
    modulator: Oscillator,
    level: f32,
    fade: f32,
    glow: f32,
    glow_fade: f32,
    damper: f32,
    rise: f32,
    held: usize,
    left: f32,
    right: f32,
}

impl Keys {
    pub(super) fn new(note: &Note, ratio: f32, glow: f32, ring: f32) -> Self {
        let hertz = hertz(note.pitch);
        // High keys ring shorter and are plainer, as on a real instrument.
        let height = exp2(f64::from(60.0 - note.pitch) / 24.0) as f32;
        let side = ((note.pitch - 66.0) / 60.0).clamp(-0.35, 0.35);
        Self {
            carrier: Oscillator::sine(hertz, 0.0),
            modulator: Oscillator::sine(hertz * ratio * 1.0006, 0.0),
            level: note.velocity,
            fade: decay(ring * height.min(1.5)),
            glow: (glow * (0.35 + 0.65 * note.velocity) * height.min(1.3)).min(0.45),
            glow_fade: decay(ring * 0.45 * height.min(1.5)),
            damper: decay(DAMPER),
            rise: 0.0,
            held: note.length as usize,
            left: 1.0 - side,
            right: 1.0 + side,
        }
    }
}

impl Voice for Keys {
    fn add(&mut self, left: &mut [f32], right: &mut [f32]) -> bool {
        for (l, r) in left.iter_mut().zip(right) {
            let shift = self.glow * self.modulator.next();
            self.rise += (1.0 - self.rise) * 0.008;
            let value = self.level * self.rise * self.carrier.next_shifted(shift);
            *l += self.left * value;
            *r += self.right * value;
            self.level *= self.fade;
            self.glow *= self.glow_fade;
            if self.held == 0 {
                self.level *= self.damper;
            } else {
                self.held -= 1;
            }
        }
        self.level > 2e-5
    }
}

/// A round bass: a sine with a little of its octave and twelfth.
pub(super) struct Sub {
    partials: [Oscillator; 3],
    swell: Swell,
    level: f32,
}

impl Sub {
    pub(super) fn new(note: &Note, attack: f32, release: f32) -> Self {
        let hertz = hertz(note.pitch);
        Self {
            partials: [1.0, 2.0, 3.0].map(|n| Oscillator::sine(hertz * n, 0.0)),
            swell: Swell::new(attack, note.length, release),
            level: note.velocity,
        }
    }
}

impl Voice for Sub {
    fn add(&mut self, left: &mut [f32], right: &mut [f32]) -> bool {
        let (mut level, change) = self.swell.advance(left.len());
        for (l, r) in left.iter_mut().zip(right) {
            let [first, second, third] = &mut self.partials;
            let wave = first.next() + 0.22 * second.next() + 0.07 * third.next();
            let value = level * self.level * wave;
            *l += value;
            *r += value;
            level += change;
        }
        !self.swell.done()
    }
}

/// Two saws through a low-pass that opens with the note and closes again.
pub(super) struct Saws {
    pair: [Oscillator; 2],
    filters: [Filter; 2],
    swell: Swell,
    level: f32,
    floor: f32,
    open: f32,
    fall: f32,
    age: f32,
}

impl Saws {
    pub(super) fn new(note: &Note, open: f32, fall: f32, release: f32) -> Self {
        let hertz = hertz(note.pitch);
        let phase = (note.seed() & 0xff) as f32 / 256.0;
        Self {
            pair: [
                Oscillator::saw(hertz * 1.0035, phase, 44),
                Oscillator::saw(hertz * 0.9965, 1.0 - phase, 44),
            ],
            filters: [Filter::default(), Filter::default()],
            swell: Swell::new(0.006, note.length, release),
            level: note.velocity,
            floor: hertz * 1.2,
            open: open * (0.4 + 0.6 * note.velocity),
            fall: fall * RATE,
            age: 0.0,
        }
    }
}

impl Voice for Saws {
    fn add(&mut self, left: &mut [f32], right: &mut [f32]) -> bool {
        let cutoff = self.floor + self.open * exp2(f64::from(-3.0 * self.age / self.fall)) as f32;
        self.age += left.len() as f32;
        for filter in &mut self.filters {
            filter.set(cutoff, 1.1);
        }
        let (mut level, change) = self.swell.advance(left.len());
        for (l, r) in left.iter_mut().zip(right) {
            let (a, b) = (self.pair[0].next(), self.pair[1].next());
            let gain = level * self.level;
            *l += gain * self.filters[0].next(0.75 * a + 0.4 * b).0;
            *r += gain * self.filters[1].next(0.4 * a + 0.75 * b).0;
            level += change;
        }
        !self.swell.done()
    }
}
