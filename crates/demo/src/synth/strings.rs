//! A plucked string after Karplus and Strong (Computer Music Journal 7/2, 1983), with the tuning filter,
//! pick position and damping of Jaffe and Smith (the same issue).

use super::wave::{Filter, Noise, RATE, decay, hertz};
use super::{Note, Voice};
use crate::math::exp2;

/// Seconds in which a finger stops the string.
pub(super) const DAMPER: f32 = 0.25;

/// A string, kept as one period of its wave that is softened a little on every pass.
pub(super) struct Plucked {
    line: Vec<f32>,
    at: usize,
    softening: f32,
    loss: f32,
    previous: f32,
    tuning: f32,
    softened: f32,
    tuned: f32,
    damper: f32,
    muted: f32,
    held: usize,
    left: f32,
    right: f32,
}

impl Plucked {
    pub(super) fn new(note: &Note, ring: f32, bright: f32) -> Self {
        let hertz = hertz(note.pitch);
        // One turn of the loop takes the line, the delay of the softening (its own weight, at low
        // frequencies) and a fraction that the all-pass filter adds: together exactly one period.
        let softening = 0.5 - 0.34 * bright;
        let period = RATE / hertz - softening;
        let whole = (period - 0.3) as usize;
        let fraction = period - whole as f32;
        let side = ((note.pitch - 60.0) / 50.0).clamp(-0.3, 0.3);
        Self {
            line: excite(note, whole, bright),
            at: 0,
            softening,
            loss: exp2(-9.965_784 / f64::from(hertz * ring)) as f32,
            previous: 0.0,
            tuning: (1.0 - fraction) / (1.0 + fraction),
            softened: 0.0,
            tuned: 0.0,
            damper: decay(DAMPER),
            muted: 1.0,
            held: note.length as usize,
            left: 1.0 - side,
            right: 1.0 + side,
        }
    }
}

/// The wave of a string that is let go at a fifth of its length: a pulse of that width, with a little noise
/// of the finger, rounded off for a gentle hand. Its mean is zero, or a constant would hang on.
fn excite(note: &Note, length: usize, bright: f32) -> Vec<f32> {
    const PLACE: f32 = 0.19;
    let mut noise = Noise::new(note.seed());
    let fingers: Vec<f32> = (0..length).map(|_| 0.5 * bright * noise.next()).collect();
    let mut filter = Filter::new(350.0 + 4_500.0 * bright * (0.3 + 0.7 * note.velocity), 1.4);
    let shape = |i: usize| {
        let pulse = if (i as f32) < PLACE * length as f32 { 1.0 - PLACE } else { -PLACE };
        pulse + fingers[i]
    };
    // Twice round, so that the filter has settled into the loop and leaves no step where it closes.
    let mut line: Vec<f32> = (0..2 * length).map(|i| filter.next(shape(i % length)).0).skip(length).collect();
    let mean = line.iter().sum::<f32>() / length as f32;
    let power = line.iter().map(|x| (x - mean) * (x - mean)).sum::<f32>() / length as f32;
    let gain = 0.3 * note.velocity / (power.sqrt() + 1e-6);
    for point in &mut line {
        *point = (*point - mean) * gain;
    }
    // Begin where the wave crosses zero, so that the note starts without a click.
    let crossing = (0..length).find(|&i| line[i] <= 0.0 && line[(i + 1) % length] > 0.0).unwrap_or(0);
    line.rotate_left(crossing);
    line
}

impl Voice for Plucked {
    fn add(&mut self, left: &mut [f32], right: &mut [f32]) -> bool {
        for (l, r) in left.iter_mut().zip(right) {
            let out = self.line[self.at];
            let softened = self.loss * ((1.0 - self.softening) * out + self.softening * self.previous);
            self.tuned = self.tuning * (softened - self.tuned) + self.softened;
            self.softened = softened;
            self.previous = out;
            self.line[self.at] = self.tuned;
            self.at = if self.at + 1 == self.line.len() { 0 } else { self.at + 1 };
            let value = self.muted * out;
            *l += self.left * value;
            *r += self.right * value;
            if self.held == 0 {
                self.muted *= self.damper;
            } else {
                self.held -= 1;
            }
        }
        self.muted > 1e-3
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The phase, in turns, of the partial at `hertz` in a stretch of sound.
    fn phase(sound: &[f32], hertz: f32, from: usize) -> f64 {
        let angle = |i: usize| std::f64::consts::TAU * f64::from(hertz) * i as f64 / f64::from(RATE);
        let (mut re, mut im) = (0.0, 0.0);
        for (i, sample) in sound.iter().enumerate().skip(from).take(8_192) {
            let window = 1.0 - (std::f64::consts::TAU * (i - from) as f64 / 8_192.0).cos();
            re += window * f64::from(*sample) * angle(i).cos();
            im -= window * f64::from(*sample) * angle(i).sin();
        }
        im.atan2(re) / std::f64::consts::TAU
    }

    #[test]
    fn strings_are_in_tune() {
        for (pitch, bright) in [(33.0, 0.16), (45.0, 0.16), (57.0, 0.42), (69.0, 0.55), (81.0, 0.55)] {
            let note = Note { start: 0, length: 44_100, pitch, velocity: 0.7 };
            let mut string = Plucked::new(&note, 4.0, bright);
            let mut sound = vec![0.0; 16_384];
            for block in sound.chunks_mut(64) {
                let mut other = vec![0.0; block.len()];
                string.add(block, &mut other);
            }
            // How far the phase runs ahead of a true tone over 4,096 frames gives the error in frequency.
            let wanted = hertz(pitch);
            let ahead = phase(&sound, wanted, 8_192) - phase(&sound, wanted, 4_096);
            let ahead = ahead - ahead.round();
            let error = ahead * f64::from(RATE) / 4_096.0 / f64::from(wanted);
            let cents = 1_200.0 * (1.0 + error).log2();
            assert!(cents.abs() < 4.0, "pitch {pitch} is {cents:.2} cents off");
        }
    }
}
