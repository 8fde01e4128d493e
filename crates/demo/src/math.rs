//! The little arithmetic that sound and pictures share.
//!
//! Only additions, multiplications and divisions are used, never the platform's `sin` or `pow`, so that a
//! track or a sleeve is the same, bit for bit, on every machine and its content hash never changes.

/// Sine of an angle in turns (1.0 is a full circle).
pub(crate) fn sine(turns: f64) -> f64 {
    let wrapped = turns - (turns + 0.5).floor();
    // Fold into the quarter circle around zero, where the series converges fast.
    let quarter = if wrapped > 0.25 {
        0.5 - wrapped
    } else if wrapped < -0.25 {
        -0.5 - wrapped
    } else {
        wrapped
    };
    let x = quarter * std::f64::consts::TAU;
    let x2 = x * x;
    // Taylor series to the 13th power: the error is below 1e-9 on a quarter circle.
    let mut sum = 1.0;
    for n in [156.0, 110.0, 72.0, 42.0, 20.0, 6.0] {
        sum = 1.0 - sum * x2 / n;
    }
    x * sum
}

/// Cosine of an angle in turns.
pub(crate) fn cosine(turns: f64) -> f64 {
    sine(turns + 0.25)
}

/// Two to the power of `x`.
pub(crate) fn exp2(x: f64) -> f64 {
    let whole = x.floor();
    let rest = (x - whole) * std::f64::consts::LN_2;
    let mut sum = 1.0;
    for n in [10.0, 9.0, 8.0, 7.0, 6.0, 5.0, 4.0, 3.0, 2.0, 1.0] {
        sum = 1.0 + sum * rest / n;
    }
    // Powers of two are exact in binary floating point, so repeated doubling loses nothing.
    let factor = if whole < 0.0 { 0.5 } else { 2.0 };
    let mut steps = whole.abs() as u32;
    while steps > 0 {
        sum *= factor;
        steps -= 1;
    }
    sum
}

/// A smooth step from 0 at `x <= 0` to 1 at `x >= 1` with level ends.
pub(crate) fn smooth(x: f32) -> f32 {
    let x = x.clamp(0.0, 1.0);
    x * x * (3.0 - 2.0 * x)
}

/// A seeded stream of numbers (`SplitMix64`): the only source of variety in this crate.
pub(crate) struct Seeded(u64);

impl Seeded {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A stream named by a text, by its FNV-1a hash.
    pub(crate) fn from_text(text: &str) -> Self {
        let hash = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        Self(text.bytes().fold(0xcbf2_9ce4_8422_2325, hash))
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number in `0.0..1.0`.
    pub(crate) fn unit(&mut self) -> f32 {
        (self.next() >> 40) as f32 / 16_777_216.0
    }

    /// A number in `low..high`.
    pub(crate) fn between(&mut self, low: f32, high: f32) -> f32 {
        low + (high - low) * self.unit()
    }

    /// A whole number in `0..count`; `count` must not be 0.
    pub(crate) fn below(&mut self, count: usize) -> usize {
        (self.next() % count as u64) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_series_agree_with_the_platform() {
        for step in -400..400 {
            let x = f64::from(step) * 0.037;
            assert!((sine(x) - (x * std::f64::consts::TAU).sin()).abs() < 1e-8, "sine {x}");
            assert!((exp2(x) / x.exp2() - 1.0).abs() < 1e-9, "exp2 {x}");
        }
    }
}
