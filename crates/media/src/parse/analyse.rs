//! Whole files decoded: exact length, level, waveform; and the first seconds, to see whether that would work.

use std::path::Path;

use crate::api::{Analysis, MediaError, Probed};
use crate::parse::decode::{Decoding, Ending};
use crate::parse::source::Source;
use crate::parse::waveform::Waveform;

/// The longest track. A file of silence can be a thousand times longer than it looks.
const MAX_SECONDS: u64 = 24 * 3600;
/// How much of a file is decoded to see whether it can be.
const PROBE_SECONDS: u64 = 3;
/// The level of silence in hundredths of a decibel.
const SILENCE: i32 = -20_000;

/// Decodes the whole file.
pub(super) fn analyse(path: &Path) -> Result<Analysis, MediaError> {
    let source = Source::open(path)?;
    let mut decoding = Decoding::new(&source)?;
    let mut measured = Measured::new(decoding.delay, usize::from(decoding.channels));
    let most = MAX_SECONDS * u64::from(decoding.sample_rate);
    let mut samples = Vec::new();
    while decoding.next(&mut samples)? {
        measured.add(&samples);
        if measured.decoded > most {
            return Err(MediaError::TooLarge(format!("it plays longer than {} hours", MAX_SECONDS / 3600)));
        }
    }
    summary(&source, &decoding, &measured)
}

fn summary(source: &Source, decoding: &Decoding, measured: &Measured) -> Result<Analysis, MediaError> {
    let decoded = measured.decoded;
    let heard = decoded.saturating_sub(decoding.delay);
    let (frames, missing) = match decoding.ending {
        Ending::Decoded => (heard, false),
        // A file that lost its end lost its padding too.
        Ending::Padding { samples, whole } if whole.is_none_or(|whole| decoded >= whole) => {
            (heard.saturating_sub(samples), false)
        }
        Ending::Padding { .. } => (heard, true),
        Ending::Length(length) => (heard.min(length), heard < length),
        Ending::Counted(count) => (heard, decoded < count),
    };
    if frames == 0 {
        return Err(MediaError::Corrupt("there is no sound in it".to_owned()));
    }
    let promised = match decoding.ending {
        Ending::Decoded => None,
        Ending::Padding { samples, whole } => {
            whole.map(|whole| whole.saturating_sub(decoding.delay).saturating_sub(samples))
        }
        Ending::Length(length) => Some(length),
        Ending::Counted(count) => Some(count),
    };
    let doubled = if decoding.he_aac { 2 } else { 1 };
    let rate = u64::from(decoding.sample_rate);
    let ms = |frames: u64| frames.saturating_mul(1000).saturating_add(rate / 2) / rate;
    let duration_ms = ms(frames);
    let small = |count: u64| u32::try_from(count * doubled).unwrap_or(u32::MAX);
    Ok(Analysis {
        format: source.format,
        sample_rate: small(rate),
        channels: decoding.channels,
        frames: frames * doubled,
        duration_ms,
        encoder_delay: small(decoding.delay),
        encoder_padding: small(heard - frames + decoding.trimmed),
        bitrate_kbps: u32::try_from(source.input.length() * 8 / duration_ms.max(1)).unwrap_or(u32::MAX),
        he_aac: decoding.he_aac,
        truncated: missing || decoding.cut_short,
        promised_ms: promised.map(ms),
        damaged_packets: decoding.damaged,
        peak_db100: decibels(f64::from(measured.peak)),
        rms_db100: decibels((measured.energy / count_of(measured.values)).sqrt()),
        waveform: measured.waveform.finish(frames),
    })
}

/// Decodes the first seconds.
pub(super) fn probe(path: &Path) -> Result<Probed, MediaError> {
    let source = Source::open(path)?;
    let mut decoding = Decoding::new(&source)?;
    let enough = PROBE_SECONDS * u64::from(decoding.sample_rate);
    let mut samples = Vec::new();
    let mut measured = 0;
    while measured < enough && decoding.next(&mut samples)? {
        measured += frames_in(&samples, decoding.channels);
    }
    if measured == 0 {
        return Err(MediaError::Corrupt("there is no sound in it".to_owned()));
    }
    if u64::from(decoding.damaged) > decoding.packets {
        return Err(MediaError::Corrupt("most of it cannot be decoded".to_owned()));
    }
    let doubled = if decoding.he_aac { 2 } else { 1 };
    Ok(Probed {
        format: source.format,
        sample_rate: decoding.sample_rate * doubled,
        channels: decoding.channels,
    })
}

/// How many samples per channel there are.
pub(super) fn frames_in(samples: &[f32], channels: u16) -> u64 {
    u64::try_from(samples.len() / usize::from(channels.max(1))).unwrap_or(0)
}

struct Measured {
    channels: usize,
    to_skip: u64,
    decoded: u64,
    values: u64,
    peak: f32,
    energy: f64,
    waveform: Waveform,
}

impl Measured {
    fn new(delay: u64, channels: usize) -> Self {
        Self {
            channels,
            to_skip: delay,
            decoded: 0,
            values: 0,
            peak: 0.0,
            energy: 0.0,
            waveform: Waveform::new(),
        }
    }

    fn add(&mut self, samples: &[f32]) {
        for moment in samples.chunks_exact(self.channels) {
            self.decoded += 1;
            if self.to_skip > 0 {
                self.to_skip -= 1;
                continue;
            }
            let mut peak = 0.0_f32;
            for value in moment {
                // A float file may hold anything; what is no number is no sound.
                let value = if value.is_finite() { *value } else { 0.0 };
                peak = peak.max(value.abs());
                self.energy += f64::from(value) * f64::from(value);
            }
            self.values += u64::try_from(moment.len()).unwrap_or(0);
            self.peak = self.peak.max(peak);
            self.waveform.push(peak);
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a count of samples is far below 2^52")]
fn count_of(values: u64) -> f64 {
    values.max(1) as f64
}

#[expect(clippy::cast_possible_truncation, reason = "clamped to a small range just before")]
fn decibels(level: f64) -> i32 {
    let hundredths = (2000.0 * level.log10()).round();
    if hundredths.is_finite() { hundredths.clamp(f64::from(SILENCE), 20_000.0) as i32 } else { SILENCE }
}

#[cfg(test)]
mod tests {
    use super::{Measured, SILENCE, decibels};

    #[test]
    fn levels_are_in_hundredths_of_a_decibel() {
        assert_eq!(decibels(1.0), 0);
        assert_eq!(decibels(0.5), -602);
        assert_eq!(decibels(0.0), SILENCE);
        assert_eq!(decibels(f64::NAN), SILENCE);
    }

    #[test]
    fn the_delay_is_heard_nowhere() {
        let mut measured = Measured::new(2, 2);
        measured.add(&[1.0, 1.0, 1.0]);
        measured.add(&[0.9, 0.9, 0.25, f32::NAN, 0.0, -0.5]);
        assert_eq!((measured.decoded, measured.values), (4, 4));
        assert!((measured.peak - 0.5).abs() < 1e-6);
    }
}
