//! Sound, packet by packet: symphonia's demuxers and decoders with libopus beside them.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

use symphonia::core::codecs::CodecParameters;
use symphonia::core::codecs::audio::well_known::CODEC_ID_OPUS;
use symphonia::core::codecs::audio::{AudioCodecParameters, AudioDecoder, AudioDecoderOptions};
use symphonia::core::codecs::registry::RegisterableAudioDecoder;
use symphonia::core::errors::Error;
use symphonia::core::formats::{FormatOptions, FormatReader, Track, TrackType};
use symphonia::core::io::{MediaSource, MediaSourceStream, MediaSourceStreamOptions, ReadBytes};
use symphonia::default::codecs::{
    AacDecoder, AlacDecoder, FlacDecoder, MpaDecoder, PcmDecoder, VorbisDecoder,
};
use symphonia::default::formats::{AdtsReader, FlacReader, IsoMp4Reader, MpaReader, OggReader, WavReader};
use symphonia_adapter_libopus::OpusDecoder;

use crate::api::{Format, MediaError};
use crate::parse::input::unreadable;
use crate::parse::mp3::{self, InfoTag};
use crate::parse::source::Source;

/// A file being decoded.
pub(super) struct Decoding {
    format: Format,
    reader: Box<dyn FormatReader>,
    decoder: Box<dyn AudioDecoder>,
    track: u32,
    resets: u32,
    /// Samples per second and channel as decoded; of HE-AAC, of the core.
    pub(super) sample_rate: u32,
    pub(super) channels: u16,
    /// Samples per channel at the beginning that are not part of the music.
    pub(super) delay: u64,
    pub(super) ending: Ending,
    pub(super) he_aac: bool,
    /// Samples per channel that the container told the decoder to drop from the end.
    pub(super) trimmed: u64,
    /// Packets that failed.
    pub(super) damaged: u32,
    /// Packets that were decoded.
    pub(super) packets: u64,
    /// Set when the file stops before its container said it would.
    pub(super) cut_short: bool,
}

/// What is known of where the music ends, once everything is decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// With the last sample decoded.
    Decoded,
    /// This many samples before the last, if that many were decoded in all.
    Padding { samples: u64, whole: Option<u64> },
    /// This many samples after the delay, at most.
    Length(u64),
    /// With the last sample; the container counts this many in all.
    Counted(u64),
}

/// The most chained streams in one file.
const MAX_RESETS: u32 = 64;

impl Decoding {
    /// Gets a file ready to be decoded from its first packet.
    pub(super) fn new(source: &Source) -> Result<Self, MediaError> {
        let reader = open_reader(source)?;
        let wanted = source.mp4.as_ref().map(|mp4| mp4.track_id);
        let track = pick(&*reader, wanted)?;
        let he_aac = source.mp4.as_ref().and_then(|mp4| mp4.aac).is_some_and(|aac| aac.sbr);
        let opus_delay = opus_pre_skip(track);
        let mut params = audio(track)?.clone();
        if he_aac && let Some(config) = source.mp4.as_ref().and_then(|mp4| mp4.aac) {
            params.sample_rate = Some(config.core_rate);
            params.extra_data = config.as_low_complexity().map(Vec::into_boxed_slice);
        }
        let decoder = make_decoder(source.format, params.clone())?;
        let (track_id, counted) = (track.id, track.num_frames);
        let (delay, ending) = gaps(source, &params, opus_delay, counted)?;
        let params = decoder.codec_params();
        let mut decoding = Self {
            format: source.format,
            track: track_id,
            resets: 0,
            sample_rate: params.sample_rate.unwrap_or(0),
            channels: params
                .channels
                .as_ref()
                .map_or(0, |channels| u16::try_from(channels.count()).unwrap_or(u16::MAX)),
            delay,
            ending,
            he_aac,
            trimmed: 0,
            damaged: 0,
            packets: 0,
            cut_short: false,
            reader,
            decoder,
        };
        if decoding.sample_rate == 0 {
            // ALAC and some others only say with their first packet; nothing accepted is without.
            decoding.sample_rate = source.mp4.as_ref().map_or(0, |mp4| mp4.timescale);
        }
        if !(1000..=384_000).contains(&decoding.sample_rate) {
            return Err(MediaError::Corrupt(format!("a sample rate of {} Hz", decoding.sample_rate)));
        }
        if !(1..=8).contains(&decoding.channels) {
            return Err(MediaError::Unsupported(format!("{} channels", decoding.channels)));
        }
        Ok(decoding)
    }

    /// Decodes the next packet that can be decoded into `samples`, channels interleaved; `false` at the end.
    pub(super) fn next(&mut self, samples: &mut Vec<f32>) -> Result<bool, MediaError> {
        loop {
            let mut packet = match self.reader.next_packet() {
                Ok(Some(packet)) if packet.track_id == self.track => packet,
                Ok(Some(_)) => continue,
                Ok(None) => return Ok(false),
                Err(Error::IoError(error)) if error.kind() == io::ErrorKind::UnexpectedEof => {
                    self.cut_short = true;
                    return Ok(false);
                }
                Err(Error::IoError(error)) => return Err(unreadable(&error)),
                Err(Error::ResetRequired) => {
                    self.chain()?;
                    continue;
                }
                // The demuxer has lost its way; what came before is what there is.
                Err(_) => {
                    self.damaged += 1;
                    self.cut_short = true;
                    return Ok(false);
                }
            };
            if self.format == Format::Mp3 || self.format == Format::AacAdts {
                // Their delay and padding are known better here than packet by packet.
                packet.trim_start = 0_u64.into();
                packet.trim_end = 0_u64.into();
            }
            match self.decoder.decode(&packet) {
                Ok(buffer) => {
                    self.packets += 1;
                    self.trimmed += packet.trim_end.get();
                    if buffer.spec().rate() != self.sample_rate
                        || buffer.spec().channels().count() != usize::from(self.channels)
                    {
                        self.damaged += 1;
                        continue;
                    }
                    if buffer.frames() > 0 {
                        buffer.copy_to_vec_interleaved(samples);
                        return Ok(true);
                    }
                }
                Err(Error::IoError(error)) if error.kind() != io::ErrorKind::UnexpectedEof => {
                    return Err(unreadable(&error));
                }
                Err(_) => {
                    self.damaged += 1;
                    if self.damaged > 64 && u64::from(self.damaged) > self.packets {
                        return Err(MediaError::Corrupt("most of it cannot be decoded".to_owned()));
                    }
                }
            }
        }
    }

    /// Goes on with the next of several streams that were written one behind the other.
    fn chain(&mut self) -> Result<(), MediaError> {
        self.resets += 1;
        if self.resets > MAX_RESETS {
            return Err(MediaError::Corrupt("too many chained streams".to_owned()));
        }
        let track = pick(&*self.reader, None)?;
        self.delay += opus_pre_skip(track);
        self.track = track.id;
        self.decoder = make_decoder(self.format, audio(track)?.clone())?;
        Ok(())
    }
}

fn pick(reader: &dyn FormatReader, wanted: Option<u32>) -> Result<&Track, MediaError> {
    let chosen = reader
        .tracks()
        .iter()
        .find(|track| Some(track.id) == wanted && track.track_type() == Some(TrackType::Audio));
    let default = || reader.default_track(TrackType::Audio);
    chosen.or_else(default).ok_or_else(|| MediaError::Corrupt("no sound track".to_owned()))
}

fn audio(track: &Track) -> Result<&AudioCodecParameters, MediaError> {
    track
        .codec_params
        .as_ref()
        .and_then(CodecParameters::audio)
        .ok_or_else(|| MediaError::Corrupt("no sound track".to_owned()))
}

/// The pre-skip of an Opus stream (RFC 7845, 5.1), which is counted here and not by the decoder, because a decoder
/// would take it all from the first packet.
fn opus_pre_skip(track: &Track) -> u64 {
    let params = track
        .codec_params
        .as_ref()
        .and_then(CodecParameters::audio)
        .filter(|params| params.codec == CODEC_ID_OPUS);
    let head = params.and_then(|params| params.extra_data.as_deref()).and_then(|head| head.get(10..12));
    head.and_then(|field| field.try_into().ok()).map_or(0, |field| u64::from(u16::from_le_bytes(field)))
}

fn make_decoder(
    format: Format,
    mut params: AudioCodecParameters,
) -> Result<Box<dyn AudioDecoder>, MediaError> {
    // Vorbis knows by its own blocks what to leave out; the others are trimmed by whoever asks.
    let options = AudioDecoderOptions::default().gapless(format == Format::OggVorbis);
    let make = match format {
        Format::Mp3 => MpaDecoder::try_registry_new,
        Format::Wav => PcmDecoder::try_registry_new,
        Format::M4aAac | Format::AacAdts => AacDecoder::try_registry_new,
        Format::M4aAlac => AlacDecoder::try_registry_new,
        Format::Flac => FlacDecoder::try_registry_new,
        Format::OggVorbis => VorbisDecoder::try_registry_new,
        Format::Opus => {
            params.extra_data = None;
            OpusDecoder::try_registry_new
        }
    };
    make(&params, &options).map_err(broken)
}

fn open_reader(source: &Source) -> Result<Box<dyn FormatReader>, MediaError> {
    let file = source.input.duplicate().map_err(|error| unreadable(&error))?;
    let patch = if source.format == Format::Flac { smallest_block(source)? } else { None };
    let window = Window::new(file, source.start, source.end(), patch).map_err(|error| unreadable(&error))?;
    let mut stream = MediaSourceStream::new(Box::new(window), MediaSourceStreamOptions::default());
    let options = FormatOptions::default();
    let reader: Box<dyn FormatReader> = match source.format {
        Format::Mp3 => Box::new(MpaReader::try_new(stream, options).map_err(broken)?),
        Format::AacAdts => Box::new(AdtsReader::try_new(stream, options).map_err(broken)?),
        Format::Flac => Box::new(FlacReader::try_new(stream, options).map_err(broken)?),
        Format::Wav => Box::new(WavReader::try_new(stream, options).map_err(broken)?),
        Format::OggVorbis | Format::Opus => Box::new(OggReader::try_new(stream, options).map_err(broken)?),
        Format::M4aAac | Format::M4aAlac => {
            // This one expects that a probe has read up to the marker in the second word.
            stream.read_quad_bytes().map_err(|error| unreadable(&error))?;
            Box::new(IsoMp4Reader::try_new(stream, options).map_err(broken)?)
        }
    };
    Ok(reader)
}

fn broken(error: Error) -> MediaError {
    match error {
        Error::IoError(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
            MediaError::Corrupt("the file ends too early".to_owned())
        }
        Error::IoError(error) => unreadable(&error),
        Error::Unsupported(what) => MediaError::Unsupported(what.to_owned()),
        Error::LimitError(what) => MediaError::TooLarge(what.to_owned()),
        other => MediaError::Corrupt(other.to_string()),
    }
}

/// What the headers of each format say about samples that are not music.
fn gaps(
    source: &Source,
    params: &AudioCodecParameters,
    opus_delay: u64,
    counted: Option<u64>,
) -> Result<(u64, Ending), MediaError> {
    Ok(match source.format {
        Format::Mp3 => {
            let InfoTag { frames, gapless } =
                mp3::info_tag(&source.input.at(source.start, 2048)?).unwrap_or_default();
            let header = mp3::FrameHeader::parse(&source.input.at(source.start, 4)?);
            let whole =
                frames.zip(header).map(|(frames, header)| u64::from(frames) * u64::from(header.samples));
            gapless.map_or((0, Ending::Decoded), |gapless| {
                (u64::from(gapless.delay), Ending::Padding { samples: u64::from(gapless.padding), whole })
            })
        }
        Format::M4aAac | Format::M4aAlac => {
            let Some(mp4) = &source.mp4 else { return Ok((0, Ending::Decoded)) };
            let span = mp4.span();
            // The track's times count at its own scale, which for HE-AAC may be that of the doubled rate.
            let rate = params.sample_rate.filter(|rate| *rate > 0).unwrap_or(mp4.timescale);
            let scaled = |units: u64| units.saturating_mul(u64::from(rate)) / u64::from(mp4.timescale.max(1));
            let ending = span.length.or((mp4.media_duration > 0).then_some(mp4.media_duration));
            (scaled(span.delay), ending.map_or(Ending::Decoded, |length| Ending::Length(scaled(length))))
        }
        Format::Opus => (opus_delay, Ending::Decoded),
        Format::OggVorbis | Format::AacAdts => (0, Ending::Decoded),
        Format::Flac | Format::Wav => {
            (0, counted.filter(|count| *count > 0).map_or(Ending::Decoded, Ending::Counted))
        }
    })
}

/// What the smallest block size of a FLAC file should say, and where, if it says something else.
///
/// It is meant to leave out the last, shorter block (RFC 9639, 8.2). Some encoders count that too, and symphonia then
/// refuses the frames, because they are those of a stream with blocks of one size.
fn smallest_block(source: &Source) -> Result<Option<(u64, [u8; 2])>, MediaError> {
    let sizes = source.input.at(source.start + 8, 4)?;
    let [low, high, largest_low, largest_high] = *sizes else { return Ok(None) };
    if [low, high] == [largest_low, largest_high] {
        return Ok(None);
    }
    let mut at = source.start + 4;
    for _ in 0..128 {
        let header = source.input.at(at, 4)?;
        let [kind, length @ ..] = &*header else { return Ok(None) };
        at += 4 + length.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte));
        if kind & 0x80 != 0 {
            break;
        }
    }
    let fixed = *source.input.at(at, 2)? == [0xff, 0xf8];
    Ok(fixed.then_some((source.start + 8, [largest_low, largest_high])))
}

/// The part of a file between two offsets, as a source for symphonia; two bytes of it may be read as others.
struct Window {
    file: File,
    start: u64,
    end: u64,
    at: u64,
    patch: Option<(u64, [u8; 2])>,
}

impl Window {
    fn new(mut file: File, start: u64, end: u64, patch: Option<(u64, [u8; 2])>) -> io::Result<Self> {
        file.seek(SeekFrom::Start(start))?;
        Ok(Self { file, start, end, at: start, patch })
    }
}

impl Read for Window {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.end.saturating_sub(self.at)).unwrap_or(usize::MAX);
        let count = buffer.len().min(left);
        let read = self.file.read(&mut buffer[..count])?;
        if let Some((offset, bytes)) = self.patch {
            for (position, byte) in (offset..).zip(bytes) {
                let inside = position.checked_sub(self.at).and_then(|inside| usize::try_from(inside).ok());
                if let Some(to) = inside.and_then(|inside| buffer[..read].get_mut(inside)) {
                    *to = byte;
                }
            }
        }
        self.at += u64::try_from(read).unwrap_or(0);
        Ok(read)
    }
}

impl Seek for Window {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let target = match to {
            SeekFrom::Start(offset) => self.start.checked_add(offset),
            SeekFrom::End(offset) => self.end.checked_add_signed(offset),
            SeekFrom::Current(offset) => self.at.checked_add_signed(offset),
        };
        let target = target.filter(|target| *target >= self.start).ok_or(io::ErrorKind::InvalidInput)?;
        self.at = self.file.seek(SeekFrom::Start(target))?;
        Ok(self.at - self.start)
    }
}

impl MediaSource for Window {
    fn is_seekable(&self) -> bool {
        true
    }

    fn byte_len(&self) -> Option<u64> {
        Some(self.end - self.start)
    }
}
