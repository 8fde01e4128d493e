//! What can be asked of a media file and what is answered.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use crate::date::{NotADate, PartialDate};

/// One question about one file. Paths are those of the child's file system and need not be UTF-8.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Request {
    /// Reads what the headers and tags say; decodes nothing.
    ReadTags {
        /// The audio file.
        #[serde(with = "path_bytes")]
        path: PathBuf,
        /// Whether to look for the front cover and hash it.
        cover: bool,
    },
    /// Decodes an image file, or the front cover inside an audio file, and makes a clean JPEG of it.
    ReadPicture {
        /// A JPEG, PNG or WebP file, or an audio file with an embedded cover.
        #[serde(with = "path_bytes")]
        path: PathBuf,
        /// The longest side of the answer in pixels; pictures are never enlarged.
        size: u32,
        /// How the picture is brought to that size.
        fit: Fit,
    },
    /// Decodes the whole file: exact length, peaks, waveform.
    Analyse {
        /// The audio file.
        #[serde(with = "path_bytes")]
        path: PathBuf,
    },
    /// Decodes the first seconds to see whether the file can be played.
    Probe {
        /// The audio file.
        #[serde(with = "path_bytes")]
        path: PathBuf,
    },
    /// Writes a part of a file as a file of its own.
    CutPreview {
        /// The audio file.
        #[serde(with = "path_bytes")]
        path: PathBuf,
        /// Where the part begins, in milliseconds.
        start_ms: u64,
        /// How long it is, in milliseconds; at most [`MAX_PREVIEW_MS`].
        length_ms: u64,
        /// The file to write, beneath the folder that the child may write in.
        #[serde(with = "path_bytes")]
        out: PathBuf,
    },
    /// Misbehaves on purpose, so that tests can see the limits hold.
    #[cfg(feature = "corpus")]
    Misbehave(Misdeed),
}

/// The longest preview that is cut, in milliseconds.
pub const MAX_PREVIEW_MS: u64 = 120_000;

/// Ways of misbehaving, for tests.
#[cfg(feature = "corpus")]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Misdeed {
    /// Never answers.
    Hang,
    /// Burns processor time for ever.
    Spin,
    /// Ends by `SIGABRT`.
    Abort,
    /// Panics.
    Panic,
    /// Recurses until the stack is gone.
    Overflow,
    /// Asks for this many bytes of memory and touches them.
    Allocate(u64),
    /// Opens a file for reading.
    Read(#[serde(with = "path_bytes")] PathBuf),
    /// Creates a file.
    Write(#[serde(with = "path_bytes")] PathBuf),
    /// Writes this many bytes to a file.
    Fill(#[serde(with = "path_bytes")] PathBuf, u64),
    /// Opens a network socket.
    Socket,
    /// Starts a program.
    Execute,
    /// Signals another process.
    Signal(i32),
}

/// The answer to a [`Request`], variant for variant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Response {
    /// To [`Request::ReadTags`].
    Tags(Box<FileInfo>),
    /// To [`Request::ReadPicture`].
    Picture(Picture),
    /// To [`Request::Analyse`].
    Analysis(Analysis),
    /// To [`Request::Probe`].
    Probed(Probed),
    /// To [`Request::CutPreview`].
    Preview(Preview),
    /// A misdeed succeeded.
    #[cfg(feature = "corpus")]
    Misbehaved,
}

/// Why a request got no answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum MediaError {
    /// The file could not be opened or read; the text is the system's reason.
    #[error("the file cannot be read: {0}")]
    Unreadable(String),
    /// A result could not be written; the text is the system's reason.
    #[error("the result cannot be written: {0}")]
    Unwritable(String),
    /// The file is of a kind that is not accepted.
    #[error("not supported: {0}")]
    Unsupported(String),
    /// The file says one thing and contains another, or stops in the middle.
    #[error("the file is damaged: {0}")]
    Corrupt(String),
    /// The file, or what it would unpack to, is above a limit.
    #[error("too large: {0}")]
    TooLarge(String),
    /// An audio file without an embedded cover was asked for its cover.
    #[error("the file has no cover")]
    NoPicture,
    /// The file took longer than its deadline, or more processor time than a child may use.
    #[error("no answer within {seconds} s")]
    TimedOut {
        /// The deadline that passed, or the processor time that a child may use.
        seconds: u64,
    },
    /// The child died over the file.
    #[error("the parser crashed ({})", crash_text(*signal, detail))]
    Crashed {
        /// The signal that ended it, if one did.
        signal: Option<i32>,
        /// The end of what it wrote to its standard error.
        detail: String,
    },
    /// All children are taken and the queue before them is full; ask again later.
    #[error("too many media requests are waiting")]
    Busy,
    /// No child could be started, or it did not speak as expected.
    #[error("the media process cannot be started: {0}")]
    NotStarted(String),
}

fn crash_text(signal: Option<i32>, detail: &str) -> String {
    let cause = signal.map_or_else(|| "it ended".to_owned(), |signal| format!("signal {signal}"));
    if detail.is_empty() { cause } else { format!("{cause}: {detail}") }
}

/// The kinds of audio file that are accepted, told by content and never by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Format {
    /// MPEG-1, 2 or 2.5 layer III.
    Mp3,
    /// PCM in RIFF/WAVE.
    Wav,
    /// AAC in an MP4 container.
    M4aAac,
    /// Apple Lossless in an MP4 container.
    M4aAlac,
    /// AAC in raw ADTS frames.
    AacAdts,
    /// FLAC in its own container.
    Flac,
    /// Vorbis in Ogg.
    OggVorbis,
    /// Opus in Ogg.
    Opus,
}

impl Format {
    /// All of them, the most common first.
    pub const ALL: [Self; 8] = [
        Self::Mp3,
        Self::Flac,
        Self::Wav,
        Self::M4aAac,
        Self::M4aAlac,
        Self::AacAdts,
        Self::OggVorbis,
        Self::Opus,
    ];

    /// The media type to serve the file with.
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Mp3 => "audio/mpeg",
            Self::Wav => "audio/wav",
            Self::M4aAac | Self::M4aAlac => "audio/mp4",
            Self::AacAdts => "audio/aac",
            Self::Flac => "audio/flac",
            Self::OggVorbis | Self::Opus => "audio/ogg",
        }
    }

    /// The usual file name extension, without the dot.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Mp3 => "mp3",
            Self::Wav => "wav",
            Self::M4aAac | Self::M4aAlac => "m4a",
            Self::AacAdts => "aac",
            Self::Flac => "flac",
            Self::OggVorbis => "ogg",
            Self::Opus => "opus",
        }
    }

    /// A short lower-case name that tells all eight apart: `mp3`, `wav`, `aac`, `alac`, `adts`, `flac`, `vorbis`, `opus`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Mp3 => "mp3",
            Self::Wav => "wav",
            Self::M4aAac => "aac",
            Self::M4aAlac => "alac",
            Self::AacAdts => "adts",
            Self::Flac => "flac",
            Self::OggVorbis => "vorbis",
            Self::Opus => "opus",
        }
    }

    /// Whether the encoding keeps every sample.
    pub fn lossless(self) -> bool {
        matches!(self, Self::Wav | Self::M4aAlac | Self::Flac)
    }
}

/// What headers and tags say about a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileInfo {
    /// The kind of file.
    pub format: Format,
    /// Length in milliseconds as the headers state or suggest it; [`Analysis`] has the true one.
    pub duration_ms: u64,
    /// Bits per second of the audio, in thousands.
    pub bitrate_kbps: Option<u32>,
    /// Samples per second and channel.
    pub sample_rate: Option<u32>,
    /// Number of channels.
    pub channels: Option<u8>,
    /// Bits per sample, where the codec has such a thing.
    pub bit_depth: Option<u8>,
    /// The tags, cleaned; empty if the file has none.
    pub tags: Tags,
    /// The front cover, if it was asked for and there is one.
    pub cover: Option<Cover>,
    /// What was wrong with the tags of a file whose sound is fine.
    pub tag_error: Option<String>,
}

/// The tags of a file. Every text is in NFC, without control characters and direction overrides,
/// trimmed, not empty, and at most 500 characters long; every list has at most 32 entries.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tags {
    /// Title of the track.
    pub title: Option<String>,
    /// The performers, each on its own.
    pub artists: Vec<String>,
    /// Title of the album.
    pub album: Option<String>,
    /// The performers of the album, each on its own.
    pub album_artists: Vec<String>,
    /// Genres by name, without duplicates.
    pub genres: Vec<String>,
    /// Position on the disc, from 1.
    pub track_no: Option<u32>,
    /// Number of tracks on the disc.
    pub track_total: Option<u32>,
    /// Which disc, from 1.
    pub disc_no: Option<u32>,
    /// Number of discs.
    pub disc_total: Option<u32>,
    /// When this recording or edition came out.
    pub date: Option<PartialDate>,
    /// When the music first came out.
    pub original_date: Option<PartialDate>,
    /// Whether the album collects several artists.
    pub compilation: bool,
    /// `Some(true)`: marked explicit; `Some(false)`: marked clean.
    pub explicit: Option<bool>,
    /// International Standard Recording Code: twelve upper-case letters and digits.
    pub isrc: Option<String>,
    /// The label.
    pub label: Option<String>,
    /// Copyright line.
    pub copyright: Option<String>,
    /// A comment of at most 2,000 characters.
    pub comment: Option<String>,
    /// Unsynchronised lyrics, lines kept, at most 20,000 characters; longer ones are left out.
    pub lyrics: Option<String>,
    /// Who did what besides performing.
    pub credits: Vec<Credit>,
    /// `MusicBrainz` identifiers.
    pub musicbrainz: MusicBrainz,
    /// Loudness adjustment.
    pub replay_gain: ReplayGain,
    /// Samples that the encoder added, where the header of the file says so.
    pub gapless: Option<Gapless>,
}

/// Identifiers of the `MusicBrainz` database.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MusicBrainz {
    /// The recording.
    pub recording: Option<Uuid>,
    /// The track on its release.
    pub track: Option<Uuid>,
    /// The release (edition of an album).
    pub release: Option<Uuid>,
    /// The release group (album).
    pub release_group: Option<Uuid>,
    /// The track's artists.
    pub artists: Vec<Uuid>,
    /// The release's artists.
    pub release_artists: Vec<Uuid>,
}

/// `ReplayGain` 2.0 values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplayGain {
    /// Gain of the track in hundredths of a decibel.
    pub track_gain: Option<i32>,
    /// Peak of the track in millionths of full scale.
    pub track_peak: Option<u32>,
    /// Gain of the album in hundredths of a decibel.
    pub album_gain: Option<i32>,
    /// Peak of the album in millionths of full scale.
    pub album_peak: Option<u32>,
}

/// Samples per channel that a player skips to hear exactly what was encoded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gapless {
    /// At the beginning.
    pub delay: u32,
    /// At the end.
    pub padding: u32,
}

/// A name and what it stands for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credit {
    /// What the person did.
    pub role: Role,
    /// The person, as the tag spells it.
    pub name: String,
}

/// Roles that tags can state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names are the meaning")]
pub enum Role {
    Composer,
    Lyricist,
    Writer,
    Arranger,
    Conductor,
    Performer,
    Producer,
    Engineer,
    Mixer,
    DjMixer,
    Remixer,
    Director,
}

impl Role {
    /// The role in lower case with underscores: `dj_mixer`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Composer => "composer",
            Self::Lyricist => "lyricist",
            Self::Writer => "writer",
            Self::Arranger => "arranger",
            Self::Conductor => "conductor",
            Self::Performer => "performer",
            Self::Producer => "producer",
            Self::Engineer => "engineer",
            Self::Mixer => "mixer",
            Self::DjMixer => "dj_mixer",
            Self::Remixer => "remixer",
            Self::Director => "director",
        }
    }
}

/// The front cover of an audio file, without its bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cover {
    /// SHA-256 of the embedded bytes.
    pub sha256: [u8; 32],
    /// The media type by content: `image/jpeg`, `image/png`, `image/webp` or `image/gif`.
    pub media_type: String,
    /// Number of embedded bytes.
    pub bytes: u64,
}

/// How a picture is brought to a size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Fit {
    /// The whole picture, its longer side at most the size.
    Inside,
    /// The middle square of the picture, its side at most the size.
    Square,
}

/// A re-encoded picture: a baseline JPEG in sRGB order with no metadata.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Picture {
    /// The JPEG file.
    pub jpeg: Vec<u8>,
    /// Its width in pixels.
    pub width: u32,
    /// Its height in pixels.
    pub height: u32,
}

/// What decoding a whole file showed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Analysis {
    /// The kind of file.
    pub format: Format,
    /// Samples per second and channel of what a full decoder plays.
    ///
    /// For HE-AAC this is twice the rate of the AAC-LC core that is decoded here.
    pub sample_rate: u32,
    /// Number of channels.
    pub channels: u16,
    /// Samples per channel that a listener hears: what was decoded less delay and padding.
    ///
    /// HE-AAC is decoded without its spectral band replication, which doubles the rate and adds no time: each
    /// frame of the core counts twice here, so that `frames / sample_rate` is the true length.
    pub frames: u64,
    /// `frames / sample_rate` in milliseconds, rounded to the nearest.
    pub duration_ms: u64,
    /// Samples at the beginning that players skip.
    pub encoder_delay: u32,
    /// Samples at the end that players skip.
    pub encoder_padding: u32,
    /// Mean bits per second over the whole file, in thousands.
    pub bitrate_kbps: u32,
    /// Whether the file is HE-AAC.
    pub he_aac: bool,
    /// Whether the file ends earlier than its headers promise.
    pub truncated: bool,
    /// How long the headers promise the sound to be, in milliseconds, where they count it.
    pub promised_ms: Option<u64>,
    /// Packets that could not be decoded and were passed over.
    pub damaged_packets: u32,
    /// Highest sample in hundredths of a decibel below (negative) or above full scale; -20000 for silence.
    pub peak_db100: i32,
    /// Root mean square of all samples in hundredths of a decibel relative to full scale; -20000 for silence.
    pub rms_db100: i32,
    /// The waveform, version 1: a version byte (1), then one byte for each of up to 1,800 equal stretches of the
    /// track (the last may be shorter): its highest absolute sample over all channels, 255 being full scale.
    /// Tracks of more than 900 × 64 samples have more than 900 stretches.
    pub waveform: Vec<u8>,
}

/// What the first seconds of an acceptable file showed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Probed {
    /// The kind of file.
    pub format: Format,
    /// Samples per second and channel.
    pub sample_rate: u32,
    /// Number of channels.
    pub channels: u16,
}

/// A preview that was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preview {
    /// [`Format::Mp3`] for MP3 sources (copied frame by frame), otherwise [`Format::Flac`].
    pub format: Format,
    /// Its length in milliseconds; shorter than asked if the source ends.
    pub duration_ms: u64,
    /// Its size in bytes.
    pub bytes: u64,
}

/// Paths as bytes: file names need not be UTF-8.
pub(crate) mod path_bytes {
    use std::ffi::OsString;
    use std::os::unix::ffi::{OsStrExt, OsStringExt};
    use std::path::{Path, PathBuf};

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(crate) fn serialize<S: Serializer>(path: &Path, serializer: S) -> Result<S::Ok, S::Error> {
        path.as_os_str().as_bytes().serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<PathBuf, D::Error> {
        Vec::<u8>::deserialize(deserializer).map(|bytes| PathBuf::from(OsString::from_vec(bytes)))
    }
}
