//! A part of a track as a file of its own: MP3 is copied frame by frame, all else becomes 16-bit FLAC.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;

use flacenc::component::BitRepr;
use flacenc::error::Verify;

use crate::api::{Format, MAX_PREVIEW_MS, MediaError, Preview};
use crate::parse::analyse::frames_in;
use crate::parse::decode::Decoding;
use crate::parse::mp3::{self, FrameHeader};
use crate::parse::source::Source;

/// Writes `length_ms` of the track from `start_ms` on to `out`, replacing what is there.
pub(super) fn cut(path: &Path, start_ms: u64, length_ms: u64, out: &Path) -> Result<Preview, MediaError> {
    if length_ms == 0 || length_ms > MAX_PREVIEW_MS {
        return Err(MediaError::Unsupported(format!(
            "a preview of {length_ms} ms; {MAX_PREVIEW_MS} are possible"
        )));
    }
    let source = Source::open(path)?;
    let (format, bytes, duration_ms) = if source.format == Format::Mp3 {
        let (bytes, duration_ms) = copy_frames(&source, start_ms, length_ms)?;
        (Format::Mp3, bytes, duration_ms)
    } else {
        let (bytes, duration_ms) = encode(&source, start_ms, length_ms)?;
        (Format::Flac, bytes, duration_ms)
    };
    let written = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .open(out)
        .and_then(|mut file| file.write_all(&bytes));
    written.map_err(|error| MediaError::Unwritable(error.to_string()))?;
    Ok(Preview { format, duration_ms, bytes: u64::try_from(bytes.len()).unwrap_or(u64::MAX) })
}

fn too_late() -> MediaError {
    MediaError::Unsupported("a preview that begins after the end".to_owned())
}

/// Whole frames from the one in which the part begins. The first may lean on bytes of those before it, which are not
/// copied: a player hears up to a fortieth of a second of silence instead.
fn copy_frames(source: &Source, start_ms: u64, length_ms: u64) -> Result<(Vec<u8>, u64), MediaError> {
    const BLOCK: usize = 256 * 1024;
    let end = source.end();
    let mut offset = source.start;
    let mut block = Vec::new();
    let mut at = 0;
    let (mut passed, mut kept, mut rate, mut count) = (0_u64, Vec::new(), 1, 0_u32);
    let mut kept_samples = 0_u64;
    loop {
        if block.len() - at < 4096 {
            offset += u64::try_from(at).unwrap_or(0);
            let left = usize::try_from(end.saturating_sub(offset)).unwrap_or(usize::MAX);
            block = source.input.at(offset, BLOCK.min(left))?.into_owned();
            at = 0;
            if block.is_empty() {
                break;
            }
        }
        let Some(frame) = FrameHeader::parse(&block[at..])
            .and_then(|header| block.get(at..at + header.length).map(|frame| (header, frame)))
        else {
            at += 1;
            continue;
        };
        let (header, bytes) = frame;
        at += header.length;
        if passed == 0 && kept.is_empty() && mp3::info_tag(bytes).is_some() {
            continue;
        }
        rate = header.sample_rate;
        let samples = |ms: u64| ms.saturating_mul(u64::from(rate)) / 1000;
        passed += u64::from(header.samples);
        if passed <= samples(start_ms) {
            continue;
        }
        kept.extend_from_slice(bytes);
        count += 1;
        kept_samples += u64::from(header.samples);
        if kept_samples >= samples(length_ms) {
            break;
        }
    }
    if kept.is_empty() {
        return Err(too_late());
    }
    let info = u32::try_from(kept.len()).ok().and_then(|length| mp3::info_frame(&kept, count, length));
    let file = [info.unwrap_or_default(), kept].concat();
    Ok((file, kept_samples * 1000 / u64::from(rate.max(1))))
}

fn encode(source: &Source, start_ms: u64, length_ms: u64) -> Result<(Vec<u8>, u64), MediaError> {
    let mut decoding = Decoding::new(source)?;
    let rate = u64::from(decoding.sample_rate);
    let channels = decoding.channels.min(2);
    let mut skip = decoding.delay + start_ms.saturating_mul(rate) / 1000;
    let wanted = length_ms * rate / 1000;
    let (mut packet, mut kept, mut count) = (Vec::new(), Vec::new(), 0);
    while count < wanted && decoding.next(&mut packet)? {
        let frames = frames_in(&packet, decoding.channels);
        if frames <= skip {
            skip -= frames;
            continue;
        }
        let passed = usize::try_from(std::mem::take(&mut skip)).unwrap_or(usize::MAX);
        let room = usize::try_from(wanted - count).unwrap_or(usize::MAX);
        for moment in packet.chunks_exact(usize::from(decoding.channels)).skip(passed).take(room) {
            kept.extend(moment.iter().take(usize::from(channels)).map(|value| sixteen_bits(*value)));
            count += 1;
        }
    }
    if count == 0 {
        return Err(too_late());
    }
    Ok((flac(&kept, channels, decoding.sample_rate)?, count * 1000 / rate))
}

#[expect(clippy::cast_possible_truncation, reason = "clamped to the range of 16 bits just before")]
fn sixteen_bits(value: f32) -> i32 {
    (value * 32_768.0).round().clamp(-32_768.0, 32_767.0) as i32
}

fn flac(samples: &[i32], channels: u16, rate: u32) -> Result<Vec<u8>, MediaError> {
    let failed = |what: &str| MediaError::Unsupported(format!("encoding FLAC: {what}"));
    let config = flacenc::config::Encoder::default().into_verified().map_err(|_| failed("configuration"))?;
    let rate = usize::try_from(rate).map_err(|_| failed("sample rate"))?;
    let source = flacenc::source::MemSource::from_samples(samples, usize::from(channels), 16, rate);
    let mut stream = flacenc::encode_with_fixed_block_size(&config, source, config.block_size)
        .map_err(|error| failed(&error.to_string()))?;
    // The encoder counts the last, shorter block among the sizes; RFC 9639, 8.2 does not.
    let largest = stream.stream_info().max_block_size();
    stream.stream_info_mut().set_block_sizes(largest, largest).map_err(|error| failed(&error.to_string()))?;
    let mut sink = flacenc::bitsink::ByteSink::new();
    stream.write(&mut sink).map_err(|error| failed(&error.to_string()))?;
    Ok(sink.into_inner())
}
