//! The shape of a track in at most 1,800 bytes, made while it is decoded and its length still unknown.

const BUCKETS: usize = 1800;
const FIRST_WIDTH: u64 = 64;
const VERSION: u8 = 1;

/// Collects the highest absolute sample of equal stretches; when there are too many stretches, it joins pairs.
pub(super) struct Waveform {
    peaks: Vec<f32>,
    width: u64,
    filled: u64,
}

impl Waveform {
    pub(super) fn new() -> Self {
        Self { peaks: Vec::with_capacity(BUCKETS), width: FIRST_WIDTH, filled: 0 }
    }

    /// Adds one moment: the highest absolute sample over its channels.
    pub(super) fn push(&mut self, peak: f32) {
        if self.filled == 0 {
            if self.peaks.len() == BUCKETS {
                self.peaks =
                    self.peaks.chunks(2).map(|pair| pair.iter().copied().fold(0.0, f32::max)).collect();
                self.width *= 2;
            }
            self.peaks.push(0.0);
        }
        if let Some(last) = self.peaks.last_mut()
            && peak > *last
        {
            *last = peak;
        }
        self.filled = (self.filled + 1) % self.width;
    }

    /// The stored form, of the first `frames` moments; see [`crate::Analysis::waveform`].
    pub(super) fn finish(&self, frames: u64) -> Vec<u8> {
        let wanted = usize::try_from(frames.div_ceil(self.width)).unwrap_or(usize::MAX);
        std::iter::once(VERSION).chain(self.peaks.iter().take(wanted).map(|peak| byte(*peak))).collect()
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 0..=255 just before")]
fn byte(peak: f32) -> u8 {
    (peak * 255.0).round().clamp(0.0, 255.0) as u8
}

#[cfg(test)]
mod tests {
    use super::{BUCKETS, Waveform};

    #[test]
    fn every_length_fits_and_keeps_its_peaks() {
        for length in [0, 1, 63, 64, 65, 64 * 1800, 64 * 1800 + 1, 1_000_003] {
            let mut waveform = Waveform::new();
            for at in 0..length {
                waveform.push(if at == length / 2 { 1.0 } else { 0.25 });
            }
            let bytes = waveform.finish(length);
            assert_eq!(bytes[0], 1);
            let peaks = &bytes[1..];
            assert!(peaks.len() <= BUCKETS, "{length}: {}", peaks.len());
            assert!(length < 64 * 900 || peaks.len() > BUCKETS / 2 - 1, "{length}: {}", peaks.len());
            assert_eq!(peaks.contains(&255), length > 0);
            assert!(peaks.iter().all(|peak| *peak == 255 || *peak == 64));
        }
    }

    #[test]
    fn padding_at_the_end_is_not_drawn() {
        let mut waveform = Waveform::new();
        (0..6400).for_each(|_| waveform.push(f32::NAN));
        assert_eq!(waveform.finish(640).len(), 11);
    }
}
