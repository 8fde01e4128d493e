//! Small honest files of silence, byte by byte, and the parts they are made of.

use flacenc::component::BitRepr;
use flacenc::error::Verify;

use crate::api::Format;

/// Half a second or so of silence in the given format. Vorbis and ALAC need an encoder and are not had here: for
/// them this is an empty file.
pub fn silence(format: Format) -> Vec<u8> {
    match format {
        Format::Mp3 => mp3(),
        Format::Wav => wav(),
        Format::M4aAac => mp4_with(|_, _| {}),
        Format::AacAdts => adts(),
        Format::Flac => flac(),
        Format::Opus => opus(),
        Format::OggVorbis | Format::M4aAlac => Vec::new(),
    }
}

const FRAMES: u32 = 30;

/// MPEG-1 layer III, 128 kbit/s, 44.1 kHz, stereo: side information of zeros means no bits and no sound.
fn mp3() -> Vec<u8> {
    let frame = [b"\xff\xfb\x90\x00".as_slice(), &[0; 413]].concat();
    frame.repeat(FRAMES as usize)
}

fn wav() -> Vec<u8> {
    let data = vec![0; 44_100];
    let length = |extra: usize| u32::try_from(data.len() + extra).unwrap_or(u32::MAX).to_le_bytes();
    let format = b"fmt \x10\0\0\0\x01\0\x01\0\x44\xac\0\0\x88\x58\x01\0\x02\0\x10\0";
    [b"RIFF".as_slice(), &length(36), b"WAVE", format, b"data", &length(0), &data].concat()
}

/// A silent frame of AAC-LC for two channels.
const AAC_FRAME: [u8; 9] = [0x21, 0x00, 0x49, 0x90, 0x02, 0x19, 0x00, 0x23, 0x80];

fn adts() -> Vec<u8> {
    // MPEG-4 AAC-LC, 44.1 kHz, two channels, sixteen bytes with the header.
    let frame = [[0xff, 0xf1, 0x50, 0x80, 0x02, 0x1f, 0xfc].as_slice(), &AAC_FRAME].concat();
    frame.repeat(FRAMES as usize)
}

fn flac() -> Vec<u8> {
    // Not quite silence, so that frames have something in them.
    let samples: Vec<i32> = (0..22_050).map(|at| (at % 100) * 20 - 1000).collect();
    let source = flacenc::source::MemSource::from_samples(&samples, 1, 16, 44_100);
    let mut sink = flacenc::bitsink::ByteSink::new();
    let config = flacenc::config::Encoder::default().into_verified().ok();
    let stream = config.and_then(|config| flacenc::encode_with_fixed_block_size(&config, source, 4096).ok());
    if let Some(stream) = stream {
        let _ = stream.write(&mut sink);
    }
    sink.into_inner()
}

/// RFC 7845: identification, comments, and packets of 20 ms that libopus decodes as silence.
fn opus() -> Vec<u8> {
    let head = b"OpusHead\x01\x02\x38\x01\x80\xbb\0\0\0\0\0";
    let tags = b"OpusTags\x04\0\0\0none\0\0\0\0";
    let mut file = [ogg_page(2, 0, 0, head), ogg_page(0, 0, 1, tags)].concat();
    for number in 0..FRAMES {
        let flags = if number == FRAMES - 1 { 4 } else { 0 };
        file.extend(ogg_page(flags, u64::from(number + 1) * 960, number + 2, &[0xfc, 0xff, 0xfe]));
    }
    file
}

/// One page with one packet (RFC 3533), with its checksum.
pub(super) fn ogg_page(flags: u8, granule: u64, sequence: u32, packet: &[u8]) -> Vec<u8> {
    let mut segments = vec![255_u8; packet.len() / 255];
    segments.push(u8::try_from(packet.len() % 255).unwrap_or(0));
    let count = u8::try_from(segments.len()).unwrap_or(u8::MAX);
    let fixed = [
        b"OggS\0".as_slice(),
        &[flags],
        &granule.to_le_bytes(),
        b"serl",
        &sequence.to_le_bytes(),
        &[0; 4],
        &[count],
    ]
    .concat();
    let mut page = [fixed, segments, packet.to_vec()].concat();
    let crc = page.iter().fold(0_u32, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte) << 24, |crc, _| {
            if crc >> 31 == 1 { crc << 1 ^ 0x04c1_1db7 } else { crc << 1 }
        })
    });
    page[22..26].copy_from_slice(&crc.to_le_bytes());
    page
}

/// An MP4 box.
pub(super) fn atom(kind: [u8; 4], body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len() + 8).unwrap_or(u32::MAX);
    [length.to_be_bytes().as_slice(), &kind, body].concat()
}

/// AAC in MP4, after `change` has had its way with the body of each box that has no boxes inside.
pub(super) fn mp4_with(change: impl Fn([u8; 4], &mut [u8])) -> Vec<u8> {
    let leaf = |kind: [u8; 4], body: Vec<u8>| {
        let mut body = body;
        change(kind, &mut body);
        atom(kind, &body)
    };
    let words = |values: &[u32]| values.iter().flat_map(|value| value.to_be_bytes()).collect::<Vec<u8>>();
    let size = u32::try_from(AAC_FRAME.len()).unwrap_or(0);
    let duration = FRAMES * 1024;
    let ftyp = leaf(*b"ftyp", b"M4A \0\0\0\0M4A isom".to_vec());
    let mdat = leaf(*b"mdat", AAC_FRAME.repeat(FRAMES as usize));
    let offset = u32::try_from(ftyp.len()).unwrap_or(0) + 8;

    let esds = [
        b"\0\0\0\0\x03\x19\0\0\0\x04\x11\x40\x15\0\0\0".as_slice(),
        &words(&[0, 0]),
        b"\x05\x02\x12\x10\x06\x01\x02",
    ]
    .concat();
    let entry = [
        [0; 6].as_slice(),
        &[0, 1],
        &[0; 8],
        &[0, 2, 0, 16],
        &[0; 4],
        &44_100_u16.to_be_bytes(),
        &[0; 2],
        &atom(*b"esds", &esds),
    ]
    .concat();
    let stsd = leaf(*b"stsd", [words(&[0, 1]), atom(*b"mp4a", &entry)].concat());
    let tables = [
        stsd,
        leaf(*b"stts", words(&[0, 1, FRAMES, 1024])),
        leaf(*b"stsc", words(&[0, 1, 1, FRAMES, 1])),
        leaf(*b"stsz", [words(&[0, 0, FRAMES]), words(&[size]).repeat(FRAMES as usize)].concat()),
        leaf(*b"stco", words(&[0, 1, offset])),
    ];
    let dref = leaf(*b"dref", [words(&[0, 1]), atom(*b"url ", &words(&[1]))].concat());
    let minf =
        [leaf(*b"smhd", words(&[0, 0])), atom(*b"dinf", &dref), atom(*b"stbl", &tables.concat())].concat();
    let hdlr = [words(&[0, 0]), b"soun".to_vec(), words(&[0, 0, 0]), vec![0]].concat();
    let mdhd = words(&[0, 0, 0, 44_100, duration, 0x55c4_0000]);
    let mdia = [leaf(*b"mdhd", mdhd), leaf(*b"hdlr", hdlr), atom(*b"minf", &minf)].concat();
    let matrix = [0x1_0000, 0, 0, 0, 0x1_0000, 0, 0, 0, 0x4000_0000];
    let milliseconds = duration * 1000 / 44_100;
    let tkhd = [words(&[3, 0, 0, 1, 0, milliseconds, 0, 0, 0, 0x0100_0000]), words(&matrix), words(&[0, 0])]
        .concat();
    let mvhd = [
        words(&[0, 0, 0, 1000, milliseconds, 0x1_0000, 0x0100_0000, 0, 0]),
        words(&matrix),
        words(&[0; 6]),
        words(&[2]),
    ]
    .concat();
    let trak = [leaf(*b"tkhd", tkhd), atom(*b"mdia", &mdia)].concat();
    let moov = [leaf(*b"mvhd", mvhd), atom(*b"trak", &trak)].concat();
    [ftyp, mdat, atom(*b"moov", &moov)].concat()
}

/// An `ID3v2.4` tag around frames.
pub(super) fn id3(frames: &[u8]) -> Vec<u8> {
    [b"ID3\x04\0\0".as_slice(), &syncsafe(frames.len()), frames].concat()
}

/// An `ID3v2.4` frame.
pub(super) fn frame_id3(kind: [u8; 4], body: &[u8]) -> Vec<u8> {
    [kind.as_slice(), &syncsafe(body.len()), &[0, 0], body].concat()
}

fn syncsafe(length: usize) -> [u8; 4] {
    [21, 14, 7, 0].map(|shift| u8::try_from(length >> shift & 0x7f).unwrap_or(0))
}
