//! The sound behind tracks.

use db::{Rows, ToValue, Tx, Value, sql};
use kernel::{AudioId, Time, TrackId};

/// Where a sound file lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AudioSource {
    /// In our object store, under a key.
    Blob,
    /// An imported file, by its absolute path.
    File,
}

impl AudioSource {
    /// As stored.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Blob => "blob",
            Self::File => "file",
        }
    }
}

impl std::str::FromStr for AudioSource {
    type Err = ();

    fn from_str(code: &str) -> Result<Self, ()> {
        [Self::Blob, Self::File].into_iter().find(|source| source.code() == code).ok_or(())
    }
}

db::text_column!(AudioSource);

/// A sound file as its headers describe it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAudio {
    /// What it is the sound of.
    pub track: TrackId,
    /// Where it lies.
    pub source: AudioSource,
    /// The key or the path.
    pub place: String,
    /// In bytes.
    pub size: i64,
    /// When the file was last changed.
    pub modified_at: Time,
    /// Its media type, such as `audio/flac`.
    pub content_type: &'static str,
    /// Its codec, such as `flac`.
    pub codec: String,
    /// In bits per second; 0 when unknown.
    pub bitrate: i64,
    /// In hertz.
    pub sample_rate: i64,
    /// How many.
    pub channels: i64,
    /// In bits, for codecs that have one.
    pub bit_depth: Option<i64>,
    /// SHA-256 of the whole file, if it was taken.
    pub hash: Option<[u8; 32]>,
    /// ReplayGain of the track, in thousandths of a decibel.
    pub gain_track_mb: Option<i64>,
    /// ReplayGain of the album, in thousandths of a decibel.
    pub gain_album_mb: Option<i64>,
}

/// Gives tracks their sound, in the place of what they had. What decoding had found stays until the file is
/// decoded again, for which it is marked when the file is another one than before.
pub(super) async fn put(tx: &mut Tx, audio: impl IntoIterator<Item = (AudioId, NewAudio)>) -> db::Result<()> {
    let rows: Rows = audio
        .into_iter()
        .map(|(id, audio)| {
            vec![
                id.to_value(),
                audio.track.to_value(),
                audio.source.to_value(),
                audio.place.to_value(),
                audio.size.to_value(),
                audio.modified_at.to_value(),
                audio.content_type.to_value(),
                audio.codec.to_value(),
                audio.bitrate.to_value(),
                audio.sample_rate.to_value(),
                audio.channels.to_value(),
                audio.bit_depth.to_value(),
                Value::Bytes(audio.hash.map(Vec::from)),
                audio.gain_track_mb.to_value(),
                audio.gain_album_mb.to_value(),
            ]
        })
        .collect();
    if rows.is_empty() {
        return Ok(());
    }
    sql!(
        "INSERT INTO audio (id, track_id, source, place, size, modified_at, content_type, codec, bitrate, sample_rate,
             channels, bit_depth, hash, gain_track_mb, gain_album_mb)
         SELECT r.id, r.track_id, r.source, r.place, r.size, r.modified_at, r.content_type, r.codec, r.bitrate,
             r.sample_rate, r.channels, r.bit_depth, r.hash, r.gain_track_mb, r.gain_album_mb
         FROM {rows $1 r(id uuid, track_id uuid, source text, place text, size int, modified_at int,
             content_type text, codec text, bitrate int, sample_rate int, channels int, bit_depth int, hash bytes,
             gain_track_mb int, gain_album_mb int)} WHERE TRUE
         ON CONFLICT (track_id) DO UPDATE SET source = excluded.source, place = excluded.place, size = excluded.size,
             modified_at = excluded.modified_at, content_type = excluded.content_type, codec = excluded.codec,
             bitrate = excluded.bitrate, sample_rate = excluded.sample_rate, channels = excluded.channels,
             bit_depth = excluded.bit_depth, hash = excluded.hash, gain_track_mb = excluded.gain_track_mb,
             gain_album_mb = excluded.gain_album_mb,
             analysed_at = CASE WHEN audio.size = excluded.size AND audio.modified_at = excluded.modified_at
                 THEN audio.analysed_at END,
             -- What could not be decoded is tried again once the file was looked into again.
             analysis_error = NULL"
    )
    .rows(rows)
    .run(tx)
    .await?;
    Ok(())
}
