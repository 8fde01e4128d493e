//! MPEG audio layer III frames (ISO/IEC 11172-3, 13818-3) and the Xing and LAME headers in the first of them.

use crate::api::Gapless;

/// What the four bytes before each frame say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FrameHeader {
    pub(super) sample_rate: u32,
    pub(super) channels: u8,
    /// Samples per channel in the frame.
    pub(super) samples: u32,
    /// Length in bytes with the header.
    pub(super) length: usize,
    /// Where the main data begins, from the start of the frame.
    side_end: usize,
}

const BITRATES_1: [u32; 15] = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320];
const BITRATES_2: [u32; 15] = [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160];

impl FrameHeader {
    /// Reads a header; `None` if these four bytes are none, or of another layer, or of free format.
    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        let [first, second, third, fourth] = *bytes.first_chunk()?;
        if first != 0xff || second & 0xe6 != 0xe2 {
            return None;
        }
        let (mpeg1, rate_shift) = match (second >> 3) & 3 {
            3 => (true, 0),
            2 => (false, 1),
            0 => (false, 2),
            _ => return None,
        };
        let sample_rate = [44_100, 48_000, 32_000].get(usize::from((third >> 2) & 3))? >> rate_shift;
        let bitrates = if mpeg1 { BITRATES_1 } else { BITRATES_2 };
        let bitrate = *bitrates.get(usize::from(third >> 4))?;
        let samples: u32 = if mpeg1 { 1152 } else { 576 };
        let length = samples / 8 * bitrate * 1000 / sample_rate + u32::from((third >> 1) & 1);
        let channels = if fourth >> 6 == 3 { 1 } else { 2 };
        let side = match (mpeg1, channels) {
            (true, 1) | (false, 2) => 17,
            (true, _) => 32,
            (false, _) => 9,
        };
        let length = usize::try_from(length).ok()?;
        (bitrate > 0 && length > 4 + side).then_some(Self {
            sample_rate,
            channels,
            samples,
            length,
            side_end: 4 + side,
        })
    }

    /// Whether two frames can follow each other in one stream.
    pub(super) fn continues(self, other: Self) -> bool {
        self.sample_rate == other.sample_rate && self.samples == other.samples
    }
}

/// The header that encoders put into a first frame which holds no sound.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct InfoTag {
    /// Number of frames that follow.
    pub(super) frames: Option<u32>,
    /// What LAME and its followers added and players should skip.
    pub(super) gapless: Option<Gapless>,
}

/// The decoder itself is late by this many samples; it belongs to the delay and comes out of the padding.
const DECODER_DELAY: u32 = 529;

/// Reads the Xing or Info header of the frame at the start of `frame`, if it has one.
pub(super) fn info_tag(frame: &[u8]) -> Option<InfoTag> {
    let header = FrameHeader::parse(frame)?;
    let mut rest = frame.get(header.side_end..)?;
    if !rest.starts_with(b"Xing") && !rest.starts_with(b"Info") {
        return None;
    }
    let mut take = |count: usize| {
        let (taken, left) = rest.split_at_checked(count)?;
        rest = left;
        Some(taken)
    };
    take(4)?;
    let flags = take(4)?[3];
    let frames = if flags & 1 == 0 { None } else { Some(u32::from_be_bytes(take(4)?.try_into().ok()?)) };
    for (flag, size) in [(2, 4), (4, 100), (8, 4)] {
        if flags & flag != 0 {
            take(size)?;
        }
    }
    let gapless = take(36).filter(|lame| lame.starts_with(b"LAME") || lame.starts_with(b"Lav")).map(|lame| {
        let [high, middle, low] = [21, 22, 23].map(|at| u32::from(lame[at]));
        let (delay, padding) = (high << 4 | middle >> 4, (middle & 15) << 8 | low);
        Gapless { delay: delay + DECODER_DELAY, padding: padding.saturating_sub(DECODER_DELAY) }
    });
    Some(InfoTag { frames, gapless })
}

/// A silent first frame like `model`'s stream, which tells players how many frames and bytes follow.
///
/// `None` if the stream's frames are too small to hold it.
pub(super) fn info_frame(model: &[u8], frames: u32, bytes: u32) -> Option<Vec<u8>> {
    let mut head: [u8; 4] = *model.first_chunk()?;
    // Without checksum and padding; the bit rate is raised until the header fits.
    head[1] |= 1;
    head[2] &= !2;
    let (head, header) = (head[2] >> 4..15).find_map(|index| {
        let candidate = [head[0], head[1], head[2] & 0x0f | index << 4, head[3]];
        FrameHeader::parse(&candidate)
            .filter(|header| header.length >= header.side_end + 16)
            .map(|header| (candidate, header))
    })?;
    let mut frame = vec![0; header.length];
    frame[..4].copy_from_slice(&head);
    let total = bytes.checked_add(u32::try_from(header.length).ok()?)?;
    let fields = [*b"Xing", 3_u32.to_be_bytes(), frames.to_be_bytes(), total.to_be_bytes()].concat();
    frame[header.side_end..header.side_end + fields.len()].copy_from_slice(&fields);
    Some(frame)
}

#[cfg(test)]
mod tests {
    use super::{FrameHeader, info_frame, info_tag};
    use proptest::prelude::*;

    #[test]
    fn frame_headers_are_read_as_the_standard_says() {
        let header = FrameHeader::parse(&[0xff, 0xfb, 0x90, 0x00]).unwrap();
        assert_eq!(
            (header.sample_rate, header.channels, header.samples, header.length),
            (44_100, 2, 1152, 417)
        );
        let header = FrameHeader::parse(&[0xff, 0xf3, 0x82, 0xc0]).unwrap();
        assert_eq!(
            (header.sample_rate, header.channels, header.samples, header.length),
            (22_050, 1, 576, 209)
        );
        for wrong in [
            [0xff, 0xfd, 0x90, 0],
            [0xff, 0xeb, 0x90, 0],
            [0xff, 0xfb, 0x00, 0],
            [0xff, 0xfb, 0xf0, 0],
            [0xff, 0xfb, 0x9c, 0],
        ] {
            assert_eq!(FrameHeader::parse(&wrong), None, "{wrong:x?}");
        }
    }

    #[test]
    fn an_info_frame_says_what_was_put_in() {
        for model in
            [[0xff, 0xfb, 0x90, 0], [0xff, 0xfa, 0x12, 0xc4], [0xff, 0xf3, 0x14, 0xc0], [0xff, 0xe3, 0x18, 0]]
        {
            let frame = info_frame(&model, 321, 4000).unwrap();
            let header = FrameHeader::parse(&frame).unwrap();
            assert_eq!(header.length, frame.len());
            assert!(header.continues(FrameHeader::parse(&model).unwrap()));
            assert_eq!(info_tag(&frame).unwrap().frames, Some(321));
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_taken(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
            let _ = info_tag(&bytes);
            let mut frame = vec![0xff, 0xfb, 0x90, 0x64];
            frame.extend_from_slice(&[0; 32]);
            frame.extend_from_slice(b"Xing");
            frame.extend_from_slice(&bytes);
            let _ = info_tag(&frame);
        }
    }
}
