use std::fmt;

use db::from_row;
use kernel::{AlbumId, Amount, ArtistId, Asset, ImageId, Time, TrackId};
use serde::{Serialize, Serializer};

use crate::catalogue::{
    Credit, ReleaseDate, Visibility,
    edition::{self, Edition},
    image::ImageUrl,
};

/// The artist of a track or of an album.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct ArtistName {
    /// Its page.
    pub id: ArtistId,
    /// Its name.
    #[schema(example = "Ana Nowak")]
    pub name: String,
}

/// The album of a track.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct AlbumTitle {
    /// The album.
    pub id: AlbumId,
    /// Its title.
    #[schema(example = "Harbour Lights")]
    pub title: String,
}

/// The part of a track that those may hear who may not hear all of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PreviewSpan {
    /// Where it starts, in milliseconds.
    pub start_ms: i64,
    /// How long it is, in milliseconds; 0: there is none.
    pub length_ms: i64,
}

/// The silence that an encoder put around the sound, for players that leave no gap between two tracks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Gapless {
    /// Samples at the beginning to be left out.
    #[schema(example = 1105)]
    pub delay: i64,
    /// Samples at the end to be left out.
    #[schema(example = 576)]
    pub padding: i64,
    /// Samples per second: what the other two are counted in.
    #[schema(example = 44_100)]
    pub sample_rate: i64,
}

/// A recording.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Track {
    /// Its id.
    pub id: TrackId,
    /// Its title.
    #[schema(example = "Dawn")]
    pub title: String,
    /// Whose page it is on.
    pub artist: ArtistName,
    /// The artists as printed, where that is not just the artist's name.
    #[schema(example = "Ana Nowak feat. Ben")]
    pub artist_credit: Option<String>,
    /// Its album, if the caller may see that.
    pub album: Option<AlbumTitle>,
    /// Which disc of the album, from 1.
    pub disc_no: i64,
    /// Which track of the disc, from 1; 0 when unknown.
    pub track_no: i64,
    /// The names of its genres, the main one first.
    pub genres: Vec<String>,
    /// In milliseconds; 0 while there is no sound.
    pub duration_ms: i64,
    /// How long the file promises to be, in milliseconds, where much of it is missing: it was cut off. Told to those who
    /// manage the page.
    pub promised_ms: Option<i64>,
    /// Who may see it.
    pub visibility: Visibility,
    /// Whether it is marked as explicit.
    pub explicit: bool,
    /// Its ISRC.
    #[schema(example = "DEA212600001")]
    pub isrc: Option<String>,
    /// When it came out, as far as that is known.
    pub release_date: Option<ReleaseDate>,
    /// The first moment of that date.
    pub released_at: Option<Time>,
    /// When it was added here.
    pub created_at: Time,
    /// When it first became visible to others.
    pub published_at: Option<Time>,
    /// How often it was streamed.
    pub play_count: i64,
    /// How many like it.
    pub like_count: i64,
    /// What each second of it costs; null: it is free.
    pub price_per_second: Option<Amount>,
    /// What may be heard of it as a preview.
    pub preview: PreviewSpan,
    /// Whether the caller likes it.
    pub liked: bool,
    /// False while there is no sound: a draft without its file, or a file that is away.
    pub available: bool,
    /// What its file has before and after the sound; null until it was decoded once.
    pub gapless: Option<Gapless>,
    /// Where its sound is.
    #[schema(value_type = String, example = "/api/v1/tracks/019c0000-0000-7000-8000-000000000000/stream")]
    pub stream_url: TrackUrl,
    /// Where its cover, or that of its album, is.
    #[schema(value_type = Option<String>, example = "/api/v1/images/7f3c0000-0000-4000-8000-000000000000")]
    pub cover_url: Option<ImageUrl>,
    /// Where its waveform is.
    #[schema(value_type = String, example = "/api/v1/tracks/019c0000-0000-7000-8000-000000000000/waveform")]
    pub waveform_url: TrackUrl,
}

/// A track by itself.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct TrackDetail {
    /// The track.
    #[serde(flatten)]
    pub track: Track,
    /// Who did what on it.
    pub credits: Vec<Credit>,
}

impl Edition for TrackDetail {
    fn tag(&self) -> String {
        let Self { track: t, credits } = self;
        edition::tag(&(
            (&t.title, &t.artist_credit, t.album.as_ref().map(|album| album.id), t.disc_no, t.track_no),
            (&t.genres, t.visibility, t.explicit, &t.isrc, t.release_date),
            (t.price_per_second, t.preview, credits),
        ))
    }
}

/// A path below a track. Written out only when it is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TrackUrl {
    track: TrackId,
    part: &'static str,
}

impl fmt::Display for TrackUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "/api/v1/tracks/{}/{}", self.track, self.part)
    }
}

impl Serialize for TrackUrl {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A track as it is read.
#[derive(Debug, Clone)]
pub(super) struct TrackRow {
    pub(super) id: TrackId,
    pub(super) title: String,
    pub(super) title_key: String,
    artist_id: ArtistId,
    artist_name: String,
    artist_credit: Option<String>,
    album_id: Option<AlbumId>,
    album_title: Option<String>,
    disc_no: i64,
    track_no: i64,
    duration_ms: i64,
    visibility: Visibility,
    explicit: bool,
    isrc: Option<String>,
    release_date: Option<ReleaseDate>,
    pub(super) released_order: Time,
    price_per_second: Option<i64>,
    preview_start_ms: i64,
    preview_length_ms: i64,
    cover_id: Option<ImageId>,
    pub(super) play_count: i64,
    pub(super) like_count: i64,
    available: bool,
    created_at: Time,
    published_at: Option<Time>,
    encoder_delay: Option<i64>,
    encoder_padding: Option<i64>,
    sample_rate: Option<i64>,
    promised_ms: Option<i64>,
    genres: Vec<String>,
    liked: bool,
}

from_row!(TrackRow {
    id,
    title,
    title_key,
    artist_id,
    artist_name,
    artist_credit,
    album_id,
    album_title,
    disc_no,
    track_no,
    duration_ms,
    visibility,
    explicit,
    isrc,
    release_date,
    released_order,
    price_per_second,
    preview_start_ms,
    preview_length_ms,
    cover_id,
    play_count,
    like_count,
    available,
    created_at,
    published_at,
    encoder_delay,
    encoder_padding,
    sample_rate,
    promised_ms,
    genres,
    liked,
});

impl From<TrackRow> for Track {
    fn from(row: TrackRow) -> Self {
        let id = row.id;
        let silence = row.encoder_delay.zip(row.encoder_padding).zip(row.sample_rate);
        Self {
            id,
            title: row.title,
            artist: ArtistName { id: row.artist_id, name: row.artist_name },
            artist_credit: row.artist_credit,
            album: row.album_id.zip(row.album_title).map(|(id, title)| AlbumTitle { id, title }),
            disc_no: row.disc_no,
            track_no: row.track_no,
            genres: row.genres,
            duration_ms: row.duration_ms,
            promised_ms: row.promised_ms,
            visibility: row.visibility,
            explicit: row.explicit,
            isrc: row.isrc,
            released_at: row.release_date.map(ReleaseDate::start),
            release_date: row.release_date,
            created_at: row.created_at,
            published_at: row.published_at,
            play_count: row.play_count,
            like_count: row.like_count,
            price_per_second: row.price_per_second.map(|minor| Amount { asset: Asset::Beat, minor }),
            preview: PreviewSpan { start_ms: row.preview_start_ms, length_ms: row.preview_length_ms },
            liked: row.liked,
            available: row.available,
            gapless: silence.map(|((delay, padding), sample_rate)| Gapless { delay, padding, sample_rate }),
            stream_url: TrackUrl { track: id, part: "stream" },
            cover_url: row.cover_id.map(ImageUrl),
            waveform_url: TrackUrl { track: id, part: "waveform" },
        }
    }
}
