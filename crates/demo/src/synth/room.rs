//! The space around the instruments: a hall and a ping-pong echo.

use super::wave::{RATE, decay};

/// A hall: eight delay lines that feed one another (a feedback delay network after Jot), each pass duller.
pub(super) struct Hall {
    lines: Vec<[f32; 8]>,
    at: usize,
    gains: [f32; 8],
    dark: [f32; 8],
    warm: [f32; 2],
    spread: [Spread; 4],
}

/// Lengths in frames without common factors, so that the echoes do not line up into a pitch.
const LENGTHS: [usize; 8] = [1433, 1601, 1867, 2053, 2251, 2399, 2617, 2797];
const LINE: usize = 4096;
/// How much of the highs each pass keeps back.
const DAMPING: f32 = 0.42;

impl Hall {
    /// A hall that falls silent (by 60 dB) in `seconds`.
    pub(super) fn new(seconds: f32) -> Self {
        let per_frame = f64::from(decay(seconds));
        Self {
            lines: vec![[0.0; 8]; LINE],
            at: 0,
            gains: LENGTHS.map(|length| (0..length).fold(1.0, |gain, _| gain * per_frame) as f32),
            dark: [0.0; 8],
            warm: [0.0; 2],
            spread: [241, 557, 277, 601].map(Spread::new),
        }
    }

    /// One stereo frame in, the frame of the hall alone out.
    #[inline]
    pub(super) fn next(&mut self, left: f32, right: f32) -> (f32, f32) {
        for (warm, input) in self.warm.iter_mut().zip([left, right]) {
            // The tiny constant keeps the filters out of the slow denormal numbers when all is silent.
            *warm += 0.5 * (input + 1e-15 - *warm);
        }
        let [a, b, c, d] = &mut self.spread;
        let input = [b.next(a.next(self.warm[0])), d.next(c.next(self.warm[1]))];
        let mut lines: [f32; 8] =
            std::array::from_fn(|n| self.lines[(self.at + LINE - LENGTHS[n]) % LINE][n]);
        for (n, line) in lines.iter_mut().enumerate() {
            self.dark[n] += (1.0 - DAMPING) * (*line - self.dark[n]);
            *line = self.dark[n] * self.gains[n];
        }
        let out_left = lines[0] - lines[2] + lines[4] - lines[6];
        let out_right = lines[1] - lines[3] + lines[5] - lines[7];
        mix(&mut lines);
        for (n, cell) in self.lines[self.at].iter_mut().enumerate() {
            *cell = lines[n] + input[n & 1];
        }
        self.at = (self.at + 1) % LINE;
        (0.5 * out_left, 0.5 * out_right)
    }
}

/// Mixes the lines with a Hadamard matrix, which keeps their energy.
fn mix(lines: &mut [f32; 8]) {
    for step in [1, 2, 4] {
        let before = *lines;
        for (n, line) in lines.iter_mut().enumerate() {
            let pair = before[n ^ step];
            *line = if n & step == 0 { before[n] + pair } else { pair - before[n] };
        }
    }
    for line in lines {
        *line *= 0.353_553_4;
    }
}

/// An all-pass filter that smears a click into a cloud.
struct Spread {
    line: Vec<f32>,
    at: usize,
}

impl Spread {
    fn new(length: usize) -> Self {
        Self { line: vec![0.0; length], at: 0 }
    }

    fn next(&mut self, input: f32) -> f32 {
        let delayed = self.line[self.at];
        let kept = input + 0.6 * delayed;
        self.line[self.at] = kept;
        self.at = if self.at + 1 == self.line.len() { 0 } else { self.at + 1 };
        delayed - 0.6 * kept
    }
}

/// An echo that wanders from side to side, duller every time.
pub(super) struct Echo {
    lines: Vec<[f32; 2]>,
    at: usize,
    dark: [f32; 2],
    feedback: f32,
}

impl Echo {
    /// An echo every `seconds`, each `feedback` of the one before.
    pub(super) fn new(seconds: f32, feedback: f32) -> Self {
        Self { lines: vec![[0.0; 2]; (seconds * RATE) as usize], at: 0, dark: [0.0; 2], feedback }
    }

    /// One stereo frame in, the frame of the echoes alone out.
    pub(super) fn next(&mut self, left: f32, right: f32) -> (f32, f32) {
        let delayed = self.lines[self.at];
        for (dark, delayed) in self.dark.iter_mut().zip(delayed) {
            *dark += 0.35 * (delayed - *dark);
        }
        let [l, r] = self.dark;
        // Crossed over: what came from the left returns on the right.
        self.lines[self.at] = [0.5 * (left + right) + self.feedback * r + 1e-15, self.feedback * l];
        self.at = if self.at + 1 == self.lines.len() { 0 } else { self.at + 1 };
        (l, r)
    }
}
