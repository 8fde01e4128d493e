//! Opening a file and telling by its first bytes what it is.

use std::path::Path;

use crate::api::{Format, MediaError};
use crate::parse::input::Input;
use crate::parse::mp3::FrameHeader;
use crate::parse::mp4::{self, Mp4};

/// An audio file that is open and known by its content.
pub(super) struct Source {
    pub(super) input: Input,
    pub(super) format: Format,
    /// Where the first frame or the container begins, past any `ID3v2` tags.
    pub(super) start: u64,
    /// What the container says, of MP4 files.
    pub(super) mp4: Option<Mp4>,
}

impl Source {
    /// Opens a regular file and finds out its format; reads no further than that takes.
    pub(super) fn open(path: &Path) -> Result<Self, MediaError> {
        Self::of(Input::open(path)?)
    }

    /// Finds out the format of an open file.
    pub(super) fn of(input: Input) -> Result<Self, MediaError> {
        if input.length() == 0 {
            return Err(MediaError::Corrupt("the file is empty".to_owned()));
        }
        #[cfg(feature = "corpus")]
        crate::parse::misdeeds::provoked_by(&input)?;
        let start = after_id3v2(&input)?;
        let head = input.at(start, HEAD)?;
        let (format, start, mp4) = match &*head {
            [b'f', b'L', b'a', b'C', ..] => (Format::Flac, start, None),
            [b'O', b'g', b'g', b'S', ..] => (ogg_codec(&head)?, start, None),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'A', b'V', b'E', ..] => (Format::Wav, start, None),
            [_, _, _, _, b'f', b't', b'y', b'p', ..] if start == 0 => {
                let mp4 = mp4::read(&input)?;
                (mp4.format()?, start, Some(mp4))
            }
            _ => {
                let (format, offset) = framed(&head).ok_or_else(|| refusal(&head))?;
                (format, start + u64::try_from(offset).unwrap_or(0), None)
            }
        };
        drop(head);
        Ok(Self { input, format, start, mp4 })
    }

    /// Where the sound ends: before an `ID3v1` tag and an `APEv2` tag, which decoders could take for frames.
    pub(super) fn end(&self) -> u64 {
        let mut end = self.input.length();
        if !matches!(self.format, Format::Mp3 | Format::AacAdts) {
            return end;
        }
        if end >= self.start + 128 && self.input.at(end - 128, 3).is_ok_and(|tag| *tag == *b"TAG") {
            end -= 128;
        }
        if end >= self.start + 32
            && let Ok(footer) = self.input.at(end - 32, 32)
            && let Some(tag) = footer.strip_prefix(b"APETAGEX")
            && let Some(size) = tag.get(4..8).and_then(|size| size.try_into().ok()).map(u32::from_le_bytes)
            && u64::from(size) <= end - self.start
        {
            let header = if tag[15] & 0x80 == 0 { 0 } else { 32 };
            end = end.saturating_sub(u64::from(size) + header).max(self.start);
        }
        end
    }
}

/// How much of a file is looked at to tell what it is.
const HEAD: usize = 16 * 1024;

/// Passes over `ID3v2` tags, of which some files have several, and the zeros after them.
fn after_id3v2(input: &Input) -> Result<u64, MediaError> {
    let mut position = 0;
    for _ in 0..8 {
        let header = input.at(position, 10)?;
        let Some((tag, size)) = header.split_at_checked(6) else { break };
        if !tag.starts_with(b"ID3") || size.len() < 4 || size.iter().any(|byte| *byte > 0x7f) {
            break;
        }
        let size = size.iter().fold(0_u64, |sum, byte| sum << 7 | u64::from(*byte));
        position += 10 + size + if tag[5] & 0x10 == 0 { 0 } else { 10 };
        if position >= input.length() {
            return Err(MediaError::Corrupt("its ID3 tag claims to be longer than the file".to_owned()));
        }
    }
    if position == 0 {
        return Ok(0);
    }
    // Padding that the tag's size does not count.
    for _ in 0..64 {
        let block = input.at(position, 4096)?;
        let zeros = block.iter().take_while(|byte| **byte == 0).count();
        position += u64::try_from(zeros).unwrap_or(0);
        if zeros < block.len() {
            return Ok(position);
        }
        if block.is_empty() {
            break;
        }
    }
    Err(MediaError::Corrupt("there is no sound after its ID3 tag".to_owned()))
}

fn ogg_codec(head: &[u8]) -> Result<Format, MediaError> {
    let packet =
        head.get(26).and_then(|segments| head.get(27 + usize::from(*segments)..)).unwrap_or_default();
    match packet {
        [1, b'v', b'o', b'r', b'b', b'i', b's', ..] => Ok(Format::OggVorbis),
        [b'O', b'p', b'u', b's', b'H', b'e', b'a', b'd', ..] => Ok(Format::Opus),
        [0x7f, b'F', b'L', b'A', b'C', ..] => Err(unsupported("FLAC inside Ogg")),
        [b'S', b'p', b'e', b'e', b'x', ..] => Err(unsupported("Speex")),
        [0x80, b't', b'h', b'e', b'o', b'r', b'a', ..] => Err(unsupported("Ogg video")),
        _ => Err(unsupported("Ogg with an unknown codec")),
    }
}

fn unsupported(what: &str) -> MediaError {
    MediaError::Unsupported(what.to_owned())
}

/// Finds the first of three frames in a row of MPEG layer III or ADTS, and how far in it is.
///
/// A stream that was cut at any byte begins with the rest of a frame, so a little of what is no frame may come
/// first; but a file that begins with text or with another format's signature is not taken for music.
fn framed(head: &[u8]) -> Option<(Format, usize)> {
    const LONGEST_FRAME: usize = 8192;
    let texty = head.iter().take(4).all(|byte| matches!(byte, 0x09..=0x0d | 0x20..=0x7e));
    if texty || head.starts_with(&[0x89]) {
        return frames_at(head, 0).map(|format| (format, 0));
    }
    (0..head.len().min(LONGEST_FRAME)).find_map(|at| frames_at(head, at).map(|format| (format, at)))
}

fn frames_at(head: &[u8], at: usize) -> Option<Format> {
    let rest = head.get(at..).filter(|rest| rest.first() == Some(&0xff))?;
    if in_a_row(rest, mp3_length) {
        return Some(Format::Mp3);
    }
    in_a_row(rest, adts_length).then_some(Format::AacAdts)
}

/// Whether three frames that belong together follow each other, or fewer and then the end of the file.
fn in_a_row(bytes: &[u8], length_of: fn(&[u8], &[u8]) -> Option<usize>) -> bool {
    let mut position = 0;
    let mut frames = 0;
    while frames < 3
        && let Some(rest) = bytes.get(position..)
        && let Some(length) = length_of(bytes, rest)
    {
        position += length;
        frames += 1;
    }
    frames == 3 || (frames > 0 && position == bytes.len())
}

fn mp3_length(first: &[u8], bytes: &[u8]) -> Option<usize> {
    let header = FrameHeader::parse(bytes)?;
    header.continues(FrameHeader::parse(first)?).then_some(header.length)
}

fn adts_length(first: &[u8], bytes: &[u8]) -> Option<usize> {
    let (head, model): (&[u8; 7], &[u8; 7]) = (bytes.first_chunk()?, first.first_chunk()?);
    let length = usize::from(head[3] & 3) << 11 | usize::from(head[4]) << 3 | usize::from(head[5]) >> 5;
    let synchronised = head[0] == 0xff && head[1] & 0xf6 == 0xf0 && (head[2] >> 2) & 15 < 13;
    (synchronised && head[2] == model[2] && length > 7).then_some(length)
}

/// Names what a file is instead, where that is easy to see.
fn refusal(head: &[u8]) -> MediaError {
    const KNOWN: [(&[u8], &str); 22] = [
        (b"#EXTM3U", "a playlist"),
        (b"[playlist]", "a playlist"),
        (b"<?xml", "an XML document"),
        (b"<svg", "an SVG picture"),
        (b"<!DOCTYPE", "an HTML page"),
        (b"<!doctype", "an HTML page"),
        (b"<html", "an HTML page"),
        (b"%PDF", "a PDF document"),
        (b"PK\x03\x04", "a ZIP archive"),
        (b"\x1f\x8b", "a gzip archive"),
        (b"\x7fELF", "a program"),
        (b"MZ", "a program"),
        (b"\x89PNG", "a PNG picture"),
        (b"\xff\xd8\xff", "a JPEG picture"),
        (b"GIF8", "a GIF picture"),
        (b"\x1a\x45\xdf\xa3", "Matroska"),
        (b"caff", "Core Audio Format"),
        (b"FORM", "AIFF"),
        (b"RF64", "RF64"),
        (b"wvpk", "WavPack"),
        (b"MAC ", "Monkey's Audio"),
        (b"MThd", "MIDI"),
    ];
    let known = KNOWN.iter().find(|(magic, _)| head.starts_with(magic)).map(|(_, name)| *name);
    MediaError::Unsupported(known.unwrap_or("not a known kind of audio file").to_owned())
}
