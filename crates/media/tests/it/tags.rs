//! Tags as real taggers write them, in every format.

use std::path::{Path, PathBuf};

use lofty::config::WriteOptions;
use lofty::file::{AudioFile, TaggedFileExt};
use lofty::picture::{MimeType, Picture, PictureType};
use lofty::tag::{ItemKey, ItemValue, Tag, TagItem, TagType};
use media::{Credit, FileInfo, Format, Role};
use sha2::{Digest, Sha256};

use crate::studio::{Studio, TUNE};

const RECORDING: &str = "b1a9c0e9-d987-4042-ae91-78d6a3267d69";
const ARTIST: &str = "056e4f3e-d505-4dad-8ec1-d04f521cbb56";

/// One file of each format, with a full set of tags written by lofty.
fn library(studio: &Studio) -> Vec<(PathBuf, Format)> {
    let formats: [(&str, &[&str], Format); 7] = [
        ("a.mp3", &["-c:a", "libmp3lame"], Format::Mp3),
        ("a.wav", &[], Format::Wav),
        ("a.m4a", &["-c:a", "aac"], Format::M4aAac),
        ("b.m4a", &["-c:a", "alac"], Format::M4aAlac),
        ("a.flac", &[], Format::Flac),
        ("a.ogg", &["-c:a", "libvorbis"], Format::OggVorbis),
        ("a.opus", &["-c:a", "libopus"], Format::Opus),
    ];
    formats.map(|(name, options, format)| (tagged(&studio.encode(name, TUNE, options)), format)).to_vec()
}

fn tagged(path: &Path) -> PathBuf {
    let mut file = lofty::read_from_path(path).unwrap();
    let kind = file.file_type().primary_tag_type();
    let mut tag = Tag::new(kind);
    for (key, value) in [
        (ItemKey::TrackTitle, "  Cafe\u{301}\u{202E} Nights "),
        (ItemKey::TrackArtist, "Ana"),
        (ItemKey::TrackArtist, "AC/DC"),
        (ItemKey::AlbumTitle, "Sea\tside"),
        (ItemKey::AlbumArtist, "Various Artists"),
        (ItemKey::Genre, "Dub"),
        (ItemKey::Genre, "Techno"),
        (ItemKey::RecordingDate, "2003-04-05"),
        (ItemKey::OriginalReleaseDate, "1999"),
        (ItemKey::TrackNumber, "7"),
        (ItemKey::TrackTotal, "12"),
        (ItemKey::DiscNumber, "1"),
        (ItemKey::DiscTotal, "2"),
        (ItemKey::FlagCompilation, "1"),
        (ItemKey::Isrc, "USRC17607839"),
        (ItemKey::Composer, "Clara"),
        (ItemKey::MusicBrainzRecordingId, RECORDING),
        (ItemKey::MusicBrainzArtistId, ARTIST),
        (ItemKey::ReplayGainTrackGain, "-6.48 dB"),
        (ItemKey::ReplayGainTrackPeak, "0.988312"),
        (ItemKey::ReplayGainAlbumGain, "+1.2 dB"),
        (ItemKey::Comment, "fine"),
    ] {
        tag.push(TagItem::new(key, ItemValue::Text(value.to_owned())));
    }
    // MP4 does not say what a picture shows: there, the first is taken.
    if kind != TagType::Mp4Ilst {
        let back = Picture::unchecked(b"\xff\xd8\xff back".to_vec()).pic_type(PictureType::CoverBack);
        tag.push_picture(back.mime_type(MimeType::Jpeg).build());
    }
    tag.push_picture(
        Picture::unchecked(cover()).pic_type(PictureType::CoverFront).mime_type(MimeType::Jpeg).build(),
    );
    file.insert_tag(tag);
    file.save_to_path(path, WriteOptions::default()).unwrap();
    path.to_owned()
}

/// A small picture, which lofty wants to be real for FLAC.
fn cover() -> Vec<u8> {
    let mut png = Vec::new();
    let pixels = image::RgbImage::from_pixel(20, 20, image::Rgb([10, 200, 30]));
    pixels.write_to(&mut std::io::Cursor::new(&mut png), image::ImageFormat::Png).unwrap();
    png
}

/// People write into a date what they know of it.
#[tokio::test]
async fn a_date_of_words_costs_no_other_tag() {
    let studio = Studio::new();
    let pool = studio.pool();
    for (date, read) in [
        ("circa 2000", None),
        ("2004/05/06", None),
        ("05.06.2004", None),
        ("[2004]", None),
        ("19xx", None),
        ("2004-05", Some("2004-05")),
    ] {
        let date_tag = format!("date={date}");
        let options = [
            "-c:a",
            "libmp3lame",
            "-metadata",
            "title=Seven",
            "-metadata",
            "artist=Ana",
            "-metadata",
            &date_tag,
        ];
        let path = studio.encode("a.mp3", TUNE, &options);
        let FileInfo { tags, tag_error, .. } = pool.read_tags(&path, true).await.unwrap();
        assert_eq!(
            (tags.title.as_deref(), &tags.artists[..]),
            (Some("Seven"), &["Ana".to_owned()][..]),
            "{date}"
        );
        assert_eq!((tags.date.map(|date| date.to_string()).as_deref(), tag_error), (read, None), "{date}");
    }
}

#[tokio::test]
async fn every_format_gives_the_same_tags() {
    let studio = Studio::new();
    let pool = studio.pool();
    for (path, format) in library(&studio) {
        let FileInfo { tags, cover: front, tag_error, .. } = pool.read_tags(&path, true).await.unwrap();
        let name = format.name();
        assert_eq!(tag_error, None, "{name}");
        assert_eq!(tags.title.as_deref(), Some("Café Nights"), "{name}");
        assert_eq!(tags.album.as_deref(), Some("Sea side"), "{name}");
        assert_eq!((tags.track_no, tags.track_total), (Some(7), Some(12)), "{name}");
        assert_eq!((tags.disc_no, tags.disc_total), (Some(1), Some(2)), "{name}");
        assert_eq!(tags.date.unwrap().to_string(), "2003-04-05", "{name}");
        assert_eq!(tags.artists, ["Ana", "AC/DC"], "{name}");
        assert_eq!(tags.genres, ["Dub", "Techno"], "{name}");
        assert_eq!(tags.album_artists, ["Various Artists"], "{name}");
        assert_eq!(tags.original_date.unwrap().to_string(), "1999", "{name}");
        assert!(tags.compilation, "{name}");
        assert_eq!(tags.isrc.as_deref(), Some("USRC17607839"), "{name}");
        assert_eq!(tags.credits, [Credit { role: Role::Composer, name: "Clara".to_owned() }], "{name}");
        assert_eq!(tags.musicbrainz.recording.unwrap().to_string(), RECORDING, "{name}");
        assert_eq!(tags.musicbrainz.artists[0].to_string(), ARTIST, "{name}");
        assert_eq!(tags.comment.as_deref(), Some("fine"), "{name}");
        let gain = tags.replay_gain;
        assert_eq!(
            (gain.track_gain, gain.track_peak, gain.album_gain),
            (Some(-648), Some(988_312), Some(120)),
            "{name}"
        );
        let front = front.unwrap_or_else(|| panic!("{name} has a cover"));
        assert_eq!(front.sha256, <[u8; 32]>::from(Sha256::digest(cover())), "{name}");
        assert_eq!(
            (front.media_type.as_str(), front.bytes),
            ("image/png", u64::try_from(cover().len()).unwrap()),
            "{name}"
        );
    }
}

#[tokio::test]
async fn headers_are_read_without_decoding() {
    let studio = Studio::new();
    let pool = studio.pool();
    for (path, format) in library(&studio) {
        let info = pool.read_tags(&path, false).await.unwrap();
        assert_eq!(info.format, format);
        assert_eq!(info.channels, Some(2), "{}", format.name());
        let rate = if format == Format::Opus { 48_000 } else { 44_100 };
        assert_eq!(info.sample_rate, Some(rate), "{}", format.name());
        assert!(info.duration_ms.abs_diff(10_032) < 60, "{}: {} ms", format.name(), info.duration_ms);
        assert_eq!(info.bit_depth.is_some(), format.lossless(), "{}: {:?}", format.name(), info.bit_depth);
        assert_eq!(info.cover, None);
        let gapless = info.tags.gapless.map(|gapless| gapless.delay);
        let expected = match format {
            Format::Mp3 => Some(1105),
            Format::M4aAac => Some(1024),
            Format::M4aAlac => Some(0),
            _ => None,
        };
        assert_eq!(gapless, expected, "{}", format.name());
    }
}

#[tokio::test]
async fn raw_aac_is_known_by_its_frames_and_named_files_by_content() {
    let studio = Studio::new();
    let path = studio.encode("a.aac", TUNE, &["-c:a", "aac", "-f", "adts"]);
    let renamed = studio.write("song.mp3", &std::fs::read(path).unwrap());
    let info = studio.pool().read_tags(&renamed, true).await.unwrap();
    assert_eq!((info.format, info.format.content_type()), (Format::AacAdts, "audio/aac"));
    assert_eq!(info.tags, media::Tags::default());
}

#[tokio::test]
async fn id3v2_of_the_third_kind_keeps_slashes_and_resolves_genres() {
    let studio = Studio::new();
    let options = [
        "-c:a",
        "libmp3lame",
        "-id3v2_version",
        "3",
        "-metadata",
        "artist=AC/DC",
        "-metadata",
        "genre=(17)",
        "-metadata",
        "date=1987",
        "-metadata",
        "track=4/9",
        "-metadata",
        "publisher=Round Records",
    ];
    let info = studio.pool().read_tags(&studio.encode("v23.mp3", TUNE, &options), true).await.unwrap();
    assert_eq!(info.tags.artists, ["AC/DC"]);
    assert_eq!(info.tags.genres, ["Rock"]);
    assert_eq!(info.tags.date.unwrap().to_string(), "1987");
    assert_eq!((info.tags.track_no, info.tags.track_total), (Some(4), Some(9)));
    assert_eq!(info.tags.label.as_deref(), Some("Round Records"));
}

#[tokio::test]
async fn a_song_with_a_broken_tag_is_still_a_song() {
    let studio = Studio::new();
    let path = studio.encode("a.mp3", TUNE, &["-c:a", "libmp3lame", "-id3v2_version", "0"]);
    // A frame that claims to be larger than the tag around it.
    let frame = [b"TIT2".as_slice(), &[0x7f, 0x7f, 0x7f, 0x7f, 0, 0, 3], b"Title", &[0; 40]].concat();
    let size = u8::try_from(frame.len()).unwrap();
    let tag = [b"ID3\x04\0\0\0\0\0".as_slice(), &[size], &frame].concat();
    let broken = studio.write("broken.mp3", &[tag, std::fs::read(path).unwrap()].concat());
    let info = studio.pool().read_tags(&broken, true).await.unwrap();
    assert_eq!(info.format, Format::Mp3);
    assert!(info.duration_ms.abs_diff(10_032) < 100);
}

#[tokio::test]
async fn many_files_are_answered_in_order_around_the_broken_ones() {
    let studio = Studio::new();
    let good: Vec<PathBuf> = library(&studio).into_iter().map(|(path, _)| path).collect();
    let mut paths = Vec::new();
    for round in 0..200 {
        paths.push(good[round % good.len()].clone());
        if round % 10 == 0 {
            paths.push(studio.source("missing.mp3"));
        }
        if round % 50 == 0 {
            paths.push(studio.write(&format!("bad-{round}.mp3"), b"not music at all"));
        }
    }
    let answers = studio.pool().read_tags_many(&paths, true).await;
    assert_eq!(answers.len(), paths.len());
    for (path, answer) in paths.iter().zip(answers) {
        let expected = good.contains(path);
        assert_eq!(answer.is_ok(), expected, "{}: {answer:?}", path.display());
        if let Ok(info) = answer {
            assert_eq!(info.format.extension(), path.extension().unwrap());
        }
    }
}
