//! The few boxes of an MP4 file (ISO/IEC 14496-12) that say what is in it and how long it plays.
//!
//! The demuxer of symphonia leaves out edit lists and iTunes' gapless tag, without which every AAC file is a
//! fifteenth of a second too long.

use crate::api::{Format, Gapless, MediaError};
use crate::parse::input::Input;

/// The sound track of an MP4 file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Mp4 {
    /// Four letters that name the codec.
    codec: [u8; 4],
    /// The track's number in the file.
    pub(super) track_id: u32,
    /// Units per second of the track's own times.
    pub(super) timescale: u32,
    /// Length of all samples in those units.
    pub(super) media_duration: u64,
    movie_timescale: u32,
    /// Where playing begins within the samples, and how long it lasts in the movie's units.
    edit: Option<(u64, u64)>,
    gapless_tag: Option<(Gapless, u64)>,
    /// AAC's own description (`AudioSpecificConfig`, ISO/IEC 14496-3).
    pub(super) aac: Option<AacConfig>,
}

/// What an `AudioSpecificConfig` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct AacConfig {
    /// The object type, 2 for AAC-LC.
    pub(super) object_type: u8,
    /// The rate of the core in hertz.
    pub(super) core_rate: u32,
    /// The channel configuration, 1 for mono, 2 for stereo.
    pub(super) channels: u8,
    /// Whether spectral band replication is announced (HE-AAC).
    pub(super) sbr: bool,
}

/// The part of a track that is heard, in samples of the track's timescale.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) delay: u64,
    /// How long it lasts from there, where the file says so.
    pub(super) length: Option<u64>,
}

impl Mp4 {
    /// Which of the accepted formats this is.
    pub(super) fn format(&self) -> Result<Format, MediaError> {
        match &self.codec {
            b"mp4a" => match self.aac {
                Some(config) if config.object_type == 2 => Ok(Format::M4aAac),
                Some(config) => {
                    Err(MediaError::Unsupported(format!("AAC of object type {}", config.object_type)))
                }
                None => Err(MediaError::Unsupported("MP4 with a codec other than AAC".to_owned())),
            },
            b"alac" => Ok(Format::M4aAlac),
            b"enca" | b"drms" => Err(MediaError::Unsupported("the file is encrypted".to_owned())),
            b"\0\0\0\0" => Err(MediaError::Unsupported("MP4 without a sound track".to_owned())),
            other => Err(MediaError::Unsupported(format!("MP4 with the codec {}", other.escape_ascii()))),
        }
    }

    /// What iTunes' tag states, or else the edit list, or else everything.
    ///
    /// An edit list is precise to its movie's timescale, often a millisecond; where the samples end within that of
    /// it, they are the better witness.
    pub(super) fn span(&self) -> Span {
        if let Some((gapless, length)) = self.gapless_tag {
            return Span { delay: u64::from(gapless.delay), length: Some(length) };
        }
        let Some((delay, length)) = self.edit else { return Span { delay: 0, length: None } };
        let scaled = |units: u64| {
            units.saturating_mul(u64::from(self.timescale)) / u64::from(self.movie_timescale.max(1))
        };
        let stated = scaled(length);
        let present = self.media_duration.saturating_sub(delay);
        let length = if length == 0 || stated.abs_diff(present) <= scaled(1) + 1 { present } else { stated };
        Span { delay, length: Some(length) }
    }
}

/// The most boxes that are looked at before a file is given up.
const MAX_BOXES: u32 = 4096;
/// The largest box that is read whole.
const MAX_BOX: u64 = 64 * 1024;

struct Walk<'a> {
    input: &'a Input,
    seen: u32,
}

#[derive(Clone, Copy)]
struct Box4 {
    kind: [u8; 4],
    start: u64,
    end: u64,
}

impl Walk<'_> {
    /// The boxes between two offsets, as far as they make sense.
    fn children(&mut self, start: u64, end: u64) -> Result<Vec<Box4>, MediaError> {
        let mut boxes = Vec::new();
        let mut at = start;
        while at + 8 <= end {
            self.seen += 1;
            if self.seen > MAX_BOXES {
                return Err(MediaError::Corrupt("MP4 with too many boxes".to_owned()));
            }
            let head = self.input.at(at, 16)?;
            let Some((size, kind)) =
                head.first_chunk::<4>().zip(head.get(4..8).and_then(|kind| kind.try_into().ok()))
            else {
                break;
            };
            let (header, size) = match u32::from_be_bytes(*size) {
                0 => (8, end - at),
                1 => match head.get(8..16).and_then(|size| size.try_into().ok()) {
                    Some(size) => (16, u64::from_be_bytes(size)),
                    None => break,
                },
                size => (8, u64::from(size)),
            };
            if size < header {
                return Err(MediaError::Corrupt("MP4 with a box that is shorter than its header".to_owned()));
            }
            let finish = at.saturating_add(size).min(end);
            boxes.push(Box4 { kind, start: at + header, end: finish });
            at = finish;
        }
        Ok(boxes)
    }

    fn child(&mut self, parent: Box4, kind: [u8; 4]) -> Result<Option<Box4>, MediaError> {
        Ok(self.children(parent.start, parent.end)?.into_iter().find(|child| child.kind == kind))
    }

    fn bytes(&self, of: Box4) -> Result<Bytes, MediaError> {
        let count = of.end.saturating_sub(of.start).min(MAX_BOX);
        Ok(Bytes(self.input.at(of.start, usize::try_from(count).unwrap_or(0))?.into_owned()))
    }
}

struct Bytes(Vec<u8>);

impl Bytes {
    fn u32(&self, at: usize) -> Option<u32> {
        self.0.get(at..)?.first_chunk().copied().map(u32::from_be_bytes)
    }

    fn u64(&self, at: usize) -> Option<u64> {
        self.0.get(at..)?.first_chunk().copied().map(u64::from_be_bytes)
    }

    /// Fields that are eight bytes wide in version 1 of a box and four in version 0.
    fn wide(&self, at0: usize, at1: usize) -> Option<u64> {
        if self.0.first() == Some(&1) { self.u64(at1) } else { self.u32(at0).map(u64::from) }
    }

    fn narrow(&self, at0: usize, at1: usize) -> Option<u32> {
        self.u32(if self.0.first() == Some(&1) { at1 } else { at0 })
    }
}

/// Reads what an MP4 file says about its first sound track.
pub(super) fn read(input: &Input) -> Result<Mp4, MediaError> {
    let mut walk = Walk { input, seen: 0 };
    let top = walk.children(0, input.length())?;
    let moov = top.into_iter().find(|child| &child.kind == b"moov");
    let moov = moov.ok_or_else(|| MediaError::Corrupt("MP4 without its index (moov)".to_owned()))?;
    let mut mp4 = Mp4::default();
    let children = walk.children(moov.start, moov.end)?;
    for child in &children {
        match &child.kind {
            b"mvhd" => mp4.movie_timescale = walk.bytes(*child)?.narrow(12, 20).unwrap_or(0),
            b"trak" if mp4.codec == [0; 4] => sound_track(&mut walk, *child, &mut mp4)?,
            b"udta" => mp4.gapless_tag = gapless_tag(&mut walk, *child)?,
            _ => {}
        }
    }
    Ok(mp4)
}

fn sound_track(walk: &mut Walk<'_>, trak: Box4, mp4: &mut Mp4) -> Result<(), MediaError> {
    let children = walk.children(trak.start, trak.end)?;
    let find = |kind: &[u8; 4]| children.iter().copied().find(|child| &child.kind == kind);
    let Some(mdia) = find(b"mdia") else { return Ok(()) };
    let media = walk.children(mdia.start, mdia.end)?;
    let within = |kind: &[u8; 4]| media.iter().copied().find(|child| &child.kind == kind);
    let (Some(mdhd), Some(hdlr), Some(minf)) = (within(b"mdhd"), within(b"hdlr"), within(b"minf")) else {
        return Ok(());
    };
    if walk.bytes(hdlr)?.0.get(8..12) != Some(b"soun") {
        return Ok(());
    }
    let times = walk.bytes(mdhd)?;
    mp4.timescale = times.narrow(12, 20).unwrap_or(0);
    mp4.media_duration = times.wide(16, 24).unwrap_or(0);
    if let Some(tkhd) = find(b"tkhd") {
        mp4.track_id = walk.bytes(tkhd)?.narrow(12, 20).unwrap_or(0);
    }
    if let Some(edts) = find(b"edts")
        && let Some(elst) = walk.child(edts, *b"elst")?
    {
        mp4.edit = edit(&walk.bytes(elst)?);
    }
    let Some(stbl) = walk.child(minf, *b"stbl")? else { return Ok(()) };
    let Some(stsd) = walk.child(stbl, *b"stsd")? else { return Ok(()) };
    let description = walk.bytes(stsd)?;
    if let Some(codec) = description.0.get(12..16).and_then(|codec| codec.try_into().ok()) {
        mp4.codec = codec;
        mp4.aac = aac_config(&description.0);
    }
    Ok(())
}

/// The first edit that plays something: files with several are not songs.
fn edit(elst: &Bytes) -> Option<(u64, u64)> {
    let long = elst.0.first() == Some(&1);
    let size = if long { 20 } else { 12 };
    (0..elst.u32(4)?.min(16)).find_map(|index| {
        let at = 8 + usize::try_from(index).ok()? * size;
        let (length, start) = if long {
            (elst.u64(at)?, elst.u64(at + 8)?)
        } else {
            (u64::from(elst.u32(at)?), u64::from(elst.u32(at + 4)?))
        };
        // All ones: an empty edit, which only waits.
        let empty = if long { u64::MAX } else { u64::from(u32::MAX) };
        (start != empty).then_some((start, length))
    })
}

/// The `AudioSpecificConfig` inside a sample description: the descriptor with tag 5 inside that with tag 4.
fn aac_config(stsd: &[u8]) -> Option<AacConfig> {
    let esds = stsd.windows(4).position(|window| window == b"esds")?;
    let mut rest = stsd.get(esds + 8..)?;
    loop {
        let (tag, after) = descriptor(rest)?;
        match tag {
            // The fixed fields before the descriptors inside: of the stream, and of its decoder.
            3 => {
                let flags = *after.get(2)?;
                let optional = usize::from(flags >> 7) * 2 + usize::from(flags >> 5 & 1) * 2;
                rest = after.get(3 + optional..)?;
            }
            // 0x40: MPEG-4 audio; 0x67: MPEG-2 AAC-LC.
            4 if matches!(after.first(), Some(0x40 | 0x67)) => rest = after.get(13..)?,
            5 => return AacConfig::parse(after),
            _ => return None,
        }
    }
}

fn descriptor(bytes: &[u8]) -> Option<(u8, &[u8])> {
    let (tag, rest) = bytes.split_first()?;
    let size = rest.iter().take(4).take_while(|byte| **byte & 0x80 != 0).count();
    Some((*tag, rest.get(size + 1..)?))
}

const RATES: [u32; 13] =
    [96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000, 7_350];

impl AacConfig {
    /// Reads a configuration in its hierarchical form (types 5 and 29) or with the backward compatible extension.
    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        let mut bits = Bits { bytes, at: 0 };
        let announced = bits.object_type()?;
        let core_rate = bits.rate()?;
        let channels = u8::try_from(bits.take(4)?).ok()?;
        if announced == 5 || announced == 29 {
            bits.rate()?;
            return Some(Self { object_type: bits.object_type()?, core_rate, channels, sbr: true });
        }
        // Frame length, core coder, extension; then the sync word 0x2b7 with type 5 and the flag.
        let mut sbr = false;
        if announced == 2
            && bits.take(3) == Some(0)
            && bits.take(11) == Some(0x2b7)
            && bits.take(5) == Some(5)
        {
            sbr = bits.take(1) == Some(1);
        }
        Some(Self { object_type: announced, core_rate, channels, sbr })
    }

    /// The same core as plain AAC-LC, for a decoder that refuses the extension.
    pub(super) fn as_low_complexity(self) -> Option<Vec<u8>> {
        let index = u16::try_from(RATES.iter().position(|rate| *rate == self.core_rate)?).ok()?;
        let bits = 2 << 11 | index << 7 | u16::from(self.channels) << 3;
        Some(bits.to_be_bytes().to_vec())
    }
}

struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Bits<'_> {
    fn take(&mut self, count: usize) -> Option<u32> {
        let mut value = 0;
        for _ in 0..count {
            let byte = self.bytes.get(self.at / 8)?;
            value = value << 1 | u32::from(byte >> (7 - self.at % 8) & 1);
            self.at += 1;
        }
        Some(value)
    }

    fn object_type(&mut self) -> Option<u8> {
        let short = self.take(5)?;
        u8::try_from(if short == 31 { 32 + self.take(6)? } else { short }).ok()
    }

    fn rate(&mut self) -> Option<u32> {
        match self.take(4)? {
            15 => self.take(24),
            index => RATES.get(usize::try_from(index).ok()?).copied(),
        }
    }
}

/// iTunes' `iTunSMPB`: hexadecimal words, of which the second is the delay, the third the padding and the fourth
/// the number of samples between them.
fn gapless_tag(walk: &mut Walk<'_>, udta: Box4) -> Result<Option<(Gapless, u64)>, MediaError> {
    let Some(meta) = walk.child(udta, *b"meta")? else { return Ok(None) };
    let meta = Box4 { start: meta.start + 4, ..meta };
    let Some(ilst) = walk.child(meta, *b"ilst")? else { return Ok(None) };
    for item in walk.children(ilst.start, ilst.end)? {
        if &item.kind == b"----" && item.end - item.start < 1024 {
            let bytes = walk.bytes(item)?.0;
            if let Some(at) = bytes.windows(8).position(|window| window == b"iTunSMPB") {
                return Ok(gapless_words(&bytes[at + 8..]));
            }
        }
    }
    Ok(None)
}

fn gapless_words(data: &[u8]) -> Option<(Gapless, u64)> {
    let text = std::str::from_utf8(data.get(16..)?).ok()?;
    let mut words = text.split_ascii_whitespace().skip(1);
    let mut word = |digits: usize| {
        words.next().filter(|word| word.len() <= digits).and_then(|word| u64::from_str_radix(word, 16).ok())
    };
    let delay = u32::try_from(word(8)?).ok()?;
    let padding = u32::try_from(word(8)?).ok()?;
    let length = word(16)?;
    (length > 0).then_some((Gapless { delay, padding }, length))
}

impl Mp4 {
    /// Delay and padding as iTunes' tag or the edit list state them, in samples of the core.
    pub(super) fn gapless(&self) -> Option<Gapless> {
        if let Some((gapless, _)) = self.gapless_tag {
            return Some(gapless);
        }
        self.edit?;
        let span = self.span();
        let padding = self.media_duration.saturating_sub(span.delay).saturating_sub(span.length.unwrap_or(0));
        Some(Gapless { delay: u32::try_from(span.delay).ok()?, padding: u32::try_from(padding).ok()? })
    }
}

#[cfg(test)]
mod tests {
    use super::{AacConfig, Mp4, Span, gapless_words};
    use crate::api::Gapless;

    #[test]
    fn aac_configurations_are_read_in_every_form() {
        let plain = AacConfig { object_type: 2, core_rate: 44_100, channels: 2, sbr: false };
        assert_eq!(AacConfig::parse(&[0x12, 0x10]), Some(plain));
        // Explicit hierarchical HE-AAC: type 5, core 22.05 kHz, stereo, extension 44.1 kHz, type 2.
        let he = AacConfig { object_type: 2, core_rate: 22_050, channels: 2, sbr: true };
        assert_eq!(AacConfig::parse(&[0x2b, 0x92, 0x08, 0x00]), Some(he));
        // Backward compatible: AAC-LC 22.05 kHz stereo, then 0x2b7, type 5, flag.
        assert_eq!(AacConfig::parse(&[0x13, 0x90, 0x56, 0xe5, 0xa0]), Some(he));
        assert_eq!(AacConfig::parse(&he.as_low_complexity().unwrap()), Some(AacConfig { sbr: false, ..he }));
        assert_eq!(AacConfig::parse(&[0x12]), None);
    }

    #[test]
    fn the_gapless_tag_is_read() {
        let mut data = vec![0; 4];
        data.extend_from_slice(b"data\0\0\0\x01\0\0\0\0");
        data.extend_from_slice(b" 00000000 00000840 000001CA 00000000003F31F6 00000000");
        assert_eq!(gapless_words(&data), Some((Gapless { delay: 2112, padding: 458 }, 4_141_558)));
        assert_eq!(gapless_words(b"short"), None);
    }

    #[test]
    fn an_edit_list_within_its_precision_means_all_samples() {
        let mp4 = Mp4 {
            timescale: 44_100,
            movie_timescale: 1000,
            media_duration: 45_124,
            edit: Some((1024, 1000)),
            ..Mp4::default()
        };
        assert_eq!(mp4.span(), Span { delay: 1024, length: Some(44_100) });
        let shorter = Mp4 { edit: Some((1024, 500)), ..mp4.clone() };
        assert_eq!(shorter.span(), Span { delay: 1024, length: Some(22_050) });
        assert_eq!(Mp4 { edit: None, ..mp4 }.span(), Span { delay: 0, length: None });
    }
}
