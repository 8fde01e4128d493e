//! From lofty's tags to ours.

use std::path::Path;

use lofty::config::{GlobalOptions, ParseOptions, ParsingMode, apply_global_options};
use lofty::file::{AudioFile, FileType, TaggedFile, TaggedFileExt};
use lofty::id3::v1::GENRES;
use lofty::picture::{Picture, PictureType};
use lofty::probe::Probe;
use lofty::tag::{ItemKey, Tag};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::api::{
    Cover, Credit, FileInfo, Format, MediaError, MusicBrainz, PartialDate, ReplayGain, Role, Tags,
};
use crate::parse::mp3;
use crate::parse::picture::Kind;
use crate::parse::source::Source;
use crate::parse::text::{decimal, line, lines};

const TEXT: usize = 500;
const COMMENT: usize = 2_000;
const LYRICS: usize = 20_000;
const LIST: usize = 32;
/// The most that one item of a tag may take: the largest cover that is kept.
const ITEM_BYTES: usize = 20 << 20;

/// The most parts that are read for tags: each frame, item or atom is two or three. The parser compares each with all
/// before it.
const PARTS: usize = 10_000;

/// Reads headers and tags, and hashes the front cover if `want_cover`.
pub(super) fn read(path: &Path, want_cover: bool) -> Result<FileInfo, MediaError> {
    let source = Source::open(path)?;
    let (tagged, tag_error) = match tagged(&source, want_cover) {
        Ok(tagged) => (tagged, None),
        // Sound with unreadable tags is still a song.
        Err(reason) => (parse(&source, None, false).map_err(|_| damaged(&reason))?, Some(reason)),
    };
    let properties = tagged.properties();
    let tags: Vec<&Tag> = ordered(&tagged);
    let mut info = FileInfo {
        format: source.format,
        duration_ms: u64::try_from(properties.duration().as_millis()).unwrap_or(u64::MAX),
        bitrate_kbps: properties.audio_bitrate().filter(|rate| *rate > 0),
        sample_rate: if source.format == Format::Opus { Some(48_000) } else { properties.sample_rate() },
        channels: properties.channels(),
        bit_depth: properties.bit_depth(),
        tags: convert(&tags),
        cover: want_cover.then(|| front(&tags).and_then(cover)).flatten(),
        tag_error: tag_error.and_then(|reason| line(&reason, TEXT)),
    };
    info.tags.gapless = match (&source.mp4, source.format) {
        (Some(mp4), _) => mp4.gapless(),
        (None, Format::Mp3) => {
            mp3::info_tag(&source.input.at(source.start, 2048)?).and_then(|tag| tag.gapless)
        }
        _ => None,
    };
    Ok(info)
}

/// The bytes of the embedded front cover.
pub(super) fn cover_bytes(source: &Source) -> Result<Vec<u8>, MediaError> {
    let tagged = tagged(source, true).map_err(|reason| damaged(&reason))?;
    front(&ordered(&tagged)).map(|picture| picture.data().to_vec()).ok_or(MediaError::NoPicture)
}

fn damaged(reason: &str) -> MediaError {
    MediaError::Corrupt(line(reason, TEXT).unwrap_or_default())
}

/// The file with its tags. One item that is wrong, such as a date of words, is left out where it would cost all others.
fn tagged(source: &Source, cover: bool) -> Result<TaggedFile, String> {
    let attempt = parse(source, Some(ParsingMode::BestAttempt), cover);
    attempt.or_else(|reason| parse(source, Some(ParsingMode::Relaxed), cover).map_err(|_| reason))
}

/// The file, with the tags as this mode takes them, or without any.
fn parse(source: &Source, tags: Option<ParsingMode>, cover: bool) -> Result<TaggedFile, String> {
    apply_global_options(
        GlobalOptions::new()
            .allocation_limit(ITEM_BYTES)
            .use_custom_resolvers(false)
            .preserve_format_specific_items(false),
    );
    let file_type = match source.format {
        Format::Mp3 => FileType::Mpeg,
        Format::Wav => FileType::Wav,
        Format::M4aAac | Format::M4aAlac => FileType::Mp4,
        Format::AacAdts => FileType::Aac,
        Format::Flac => FileType::Flac,
        Format::OggVorbis => FileType::Vorbis,
        Format::Opus => FileType::Opus,
    };
    let options = ParseOptions::new()
        .read_tags(tags.is_some())
        .parsing_mode(tags.unwrap_or_default())
        .read_cover_art(cover)
        .max_junk_bytes(300 * 1024);
    let reader = source.input.reader();
    let reader = if tags.is_some() { reader.of_parts(PARTS) } else { reader };
    Probe::with_file_type(reader, file_type).options(options).read().map_err(|error| error.to_string())
}

/// The file's own kind of tag first, then the others, which fill what it leaves open.
fn ordered(tagged: &TaggedFile) -> Vec<&Tag> {
    let first = tagged.primary_tag();
    let others =
        tagged.tags().iter().filter(|tag| first.is_none_or(|first| tag.tag_type() != first.tag_type()));
    first.into_iter().chain(others).collect()
}

fn convert(tags: &[&Tag]) -> Tags {
    let values = Values(tags);
    let (track_no, track_total) = values.position(ItemKey::TrackNumber, ItemKey::TrackTotal);
    let (disc_no, disc_total) = values.position(ItemKey::DiscNumber, ItemKey::DiscTotal);
    Tags {
        title: values.text(ItemKey::TrackTitle),
        artists: values.list(&[ItemKey::TrackArtists, ItemKey::TrackArtist]),
        album: values.text(ItemKey::AlbumTitle),
        album_artists: values.list(&[ItemKey::AlbumArtists, ItemKey::AlbumArtist]),
        genres: genres(&values),
        track_no,
        track_total,
        disc_no,
        disc_total,
        date: values.date(&[ItemKey::RecordingDate, ItemKey::Year, ItemKey::ReleaseDate]),
        original_date: values.date(&[ItemKey::OriginalReleaseDate]),
        compilation: values
            .raw(ItemKey::FlagCompilation)
            .any(|flag| flag.trim() == "1" || flag.eq_ignore_ascii_case("true")),
        explicit: values.raw(ItemKey::ParentalAdvisory).find_map(advisory),
        isrc: values.raw(ItemKey::Isrc).find_map(isrc),
        label: values.text(ItemKey::Label).or_else(|| values.text(ItemKey::Publisher)),
        copyright: values.text(ItemKey::CopyrightMessage),
        comment: values.raw(ItemKey::Comment).find_map(|text| line(text, COMMENT)),
        lyrics: values
            .raw(ItemKey::UnsyncLyrics)
            .chain(values.raw(ItemKey::Lyrics))
            .find_map(|text| lines(text, LYRICS)),
        credits: credits(&values),
        musicbrainz: MusicBrainz {
            recording: values.ids(ItemKey::MusicBrainzRecordingId).first().copied(),
            track: values.ids(ItemKey::MusicBrainzTrackId).first().copied(),
            release: values.ids(ItemKey::MusicBrainzReleaseId).first().copied(),
            release_group: values.ids(ItemKey::MusicBrainzReleaseGroupId).first().copied(),
            artists: values.ids(ItemKey::MusicBrainzArtistId),
            release_artists: values.ids(ItemKey::MusicBrainzReleaseArtistId),
        },
        replay_gain: ReplayGain {
            track_gain: values.gain(ItemKey::ReplayGainTrackGain, ItemKey::R128TrackGain),
            track_peak: values.peak(ItemKey::ReplayGainTrackPeak),
            album_gain: values.gain(ItemKey::ReplayGainAlbumGain, ItemKey::R128AlbumGain),
            album_peak: values.peak(ItemKey::ReplayGainAlbumPeak),
        },
        gapless: None,
    }
}

struct Values<'a>(&'a [&'a Tag]);

impl<'a> Values<'a> {
    /// The values of a key in the first tag that has any.
    fn raw(&self, key: ItemKey) -> impl Iterator<Item = &'a str> {
        let tag = self.0.iter().find(|tag| tag.get_strings(key).any(|value| !value.trim().is_empty()));
        tag.into_iter().flat_map(move |tag| tag.get_strings(key)).take(4 * LIST)
    }

    /// Each value on its own. Only what taggers write between values separates: a NUL and a semicolon, never a
    /// slash or an ampersand, which are part of names.
    fn separate(&self, key: ItemKey) -> impl Iterator<Item = &'a str> {
        self.raw(key).flat_map(|value| value.split(['\0', ';'])).take(4 * LIST)
    }

    fn text(&self, key: ItemKey) -> Option<String> {
        self.raw(key).flat_map(|value| value.split('\0')).find_map(|value| line(value, TEXT))
    }

    /// The values of the first key that has any, without repetitions.
    fn list(&self, keys: &[ItemKey]) -> Vec<String> {
        let found = keys.iter().map(|key| unique(self.separate(*key).filter_map(|value| line(value, TEXT))));
        found.into_iter().find(|list| !list.is_empty()).unwrap_or_default()
    }

    fn date(&self, keys: &[ItemKey]) -> Option<PartialDate> {
        let dates = keys.iter().flat_map(|key| self.raw(*key)).filter_map(|value| short(value).parse().ok());
        // The most precise of them; the first of equals.
        dates.reduce(|best: PartialDate, date| if precision(date) > precision(best) { date } else { best })
    }

    /// A number and its total, also when both are in the first as `3/12`.
    fn position(&self, number: ItemKey, total: ItemKey) -> (Option<u32>, Option<u32>) {
        let parse = |text: &str| text.trim().parse().ok().filter(|number| (1..=99_999).contains(number));
        let (first, second) =
            self.raw(number).next().map_or(("", ""), |text| text.split_once('/').unwrap_or((text, "")));
        (parse(first), parse(second).or_else(|| self.raw(total).find_map(parse)))
    }

    fn ids(&self, key: ItemKey) -> Vec<Uuid> {
        let parsed = self.raw(key).flat_map(|value| value.split(['\0', ';', '/', ' ']));
        unique(parsed.filter_map(|value| Uuid::try_parse(value.trim()).ok()).filter(|id| !id.is_nil()))
    }

    fn gain(&self, replay_gain: ItemKey, r128: ItemKey) -> Option<i32> {
        let stated = self.raw(replay_gain).find_map(|value| decimal(short(value), 2));
        // R128 gains are 256ths of a decibel towards -23 LUFS (RFC 7845, 5.2.1); ReplayGain aims 5 dB higher.
        let r128 = || {
            self.raw(r128)
                .find_map(|value| short(value).trim().parse::<i16>().ok())
                .map(|q8| i64::from(q8) * 100 / 256 + 500)
        };
        stated.or_else(r128).filter(|gain| gain.abs() <= 12_000).and_then(|gain| i32::try_from(gain).ok())
    }

    fn peak(&self, key: ItemKey) -> Option<u32> {
        let stated = self.raw(key).find_map(|value| decimal(short(value), 6));
        stated.and_then(|peak| u32::try_from(peak).ok()).filter(|peak| *peak <= 100_000_000)
    }
}

/// The beginning of a value that should be a number or a date.
fn short(value: &str) -> &str {
    value.char_indices().nth(64).map_or(value, |(end, _)| &value[..end])
}

fn precision(date: PartialDate) -> u8 {
    u8::from(date.month.is_some()) + u8::from(date.day.is_some())
}

fn unique<T: PartialEq>(values: impl Iterator<Item = T>) -> Vec<T> {
    let mut list = Vec::new();
    for value in values {
        if list.len() == LIST {
            break;
        }
        if !list.contains(&value) {
            list.push(value);
        }
    }
    list
}

fn genres(values: &Values<'_>) -> Vec<String> {
    unique(values.separate(ItemKey::Genre).filter_map(|value| line(&genre_name(value), TEXT)))
}

/// `17` and `(17)` are places in the list of `ID3v1`.
fn genre_name(value: &str) -> String {
    let value = value.trim();
    let number = value.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')).unwrap_or(value);
    let named = number.parse().ok().and_then(|index: usize| GENRES.get(index));
    named.map_or_else(|| value.to_owned(), |name| (*name).to_owned())
}

/// iTunes' advisory: 1 and 4 are explicit, 2 is clean, 0 is neither.
fn advisory(value: &str) -> Option<bool> {
    match value.trim() {
        "1" | "4" => Some(true),
        "2" => Some(false),
        _ => None,
    }
}

/// An ISRC without its optional hyphens (ISO 3901).
fn isrc(value: &str) -> Option<String> {
    let code: String =
        short(value).chars().filter(|c| !matches!(c, '-' | ' ')).map(|c| c.to_ascii_uppercase()).collect();
    let right = code.len() == 12
        && code.char_indices().all(|(at, c)| match at {
            0 | 1 => c.is_ascii_uppercase(),
            2..=4 => c.is_ascii_alphanumeric(),
            _ => c.is_ascii_digit(),
        });
    right.then_some(code)
}

fn credits(values: &Values<'_>) -> Vec<Credit> {
    const ROLES: [(ItemKey, Role); 12] = [
        (ItemKey::Composer, Role::Composer),
        (ItemKey::Lyricist, Role::Lyricist),
        (ItemKey::Writer, Role::Writer),
        (ItemKey::Arranger, Role::Arranger),
        (ItemKey::Conductor, Role::Conductor),
        (ItemKey::Performer, Role::Performer),
        (ItemKey::Producer, Role::Producer),
        (ItemKey::Engineer, Role::Engineer),
        (ItemKey::MixEngineer, Role::Mixer),
        (ItemKey::MixDj, Role::DjMixer),
        (ItemKey::Remixer, Role::Remixer),
        (ItemKey::Director, Role::Director),
    ];
    unique(ROLES.iter().flat_map(|(key, role)| {
        values.separate(*key).filter_map(|value| line(value, TEXT)).map(|name| Credit { role: *role, name })
    }))
}

/// The picture that is marked as the front cover, or else the first that is no icon and no band logo.
fn front<'a>(tags: &[&'a Tag]) -> Option<&'a Picture> {
    let pictures =
        || tags.iter().flat_map(|tag| tag.pictures()).filter(|picture| Kind::of(picture.data()).is_some());
    let other = |picture: &&Picture| {
        !matches!(
            picture.pic_type(),
            PictureType::Icon | PictureType::OtherIcon | PictureType::BandLogo | PictureType::PublisherLogo
        )
    };
    pictures()
        .find(|picture| picture.pic_type() == PictureType::CoverFront)
        .or_else(|| pictures().find(other))
}

fn cover(picture: &Picture) -> Option<Cover> {
    let data = picture.data();
    Some(Cover {
        sha256: Sha256::digest(data).into(),
        media_type: Kind::of(data)?.media_type().to_owned(),
        bytes: u64::try_from(data.len()).ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::{convert, genre_name, isrc};
    use lofty::tag::{ItemKey, ItemValue, Tag, TagItem, TagType};

    fn tag(items: &[(ItemKey, &str)]) -> Tag {
        let mut tag = Tag::new(TagType::VorbisComments);
        for (key, value) in items {
            tag.push(TagItem::new(*key, ItemValue::Text((*value).to_owned())));
        }
        tag
    }

    #[test]
    fn only_true_separators_separate() {
        let tag = tag(&[
            (ItemKey::TrackArtist, "AC/DC"),
            (ItemKey::TrackArtist, "Simon & Garfunkel; Ana\0Ben"),
            (ItemKey::AlbumArtist, " "),
            (ItemKey::Genre, "17;(9); Rock;Dub"),
        ]);
        let tags = convert(&[&tag]);
        assert_eq!(tags.artists, ["AC/DC", "Simon & Garfunkel", "Ana", "Ben"]);
        assert!(tags.album_artists.is_empty());
        assert_eq!(tags.genres, ["Rock", "Metal", "Dub"]);
    }

    #[test]
    fn a_second_tag_fills_what_the_first_leaves_open() {
        let first = tag(&[(ItemKey::TrackTitle, "Long title"), (ItemKey::RecordingDate, "2001")]);
        let second = tag(&[
            (ItemKey::TrackTitle, "Long ti"),
            (ItemKey::AlbumTitle, "Album"),
            (ItemKey::TrackNumber, "3/12"),
        ]);
        let tags = convert(&[&first, &second]);
        assert_eq!((tags.title.as_deref(), tags.album.as_deref()), (Some("Long title"), Some("Album")));
        assert_eq!((tags.track_no, tags.track_total), (Some(3), Some(12)));
    }

    #[test]
    fn numbers_that_cannot_be_are_left_out() {
        let tag = tag(&[
            (ItemKey::TrackNumber, "-1"),
            (ItemKey::DiscNumber, "0"),
            (ItemKey::ReplayGainTrackGain, "-999999 dB"),
            (ItemKey::ReplayGainTrackPeak, "-1"),
            (ItemKey::R128AlbumGain, "-512"),
            (ItemKey::MusicBrainzReleaseId, "not-an-id"),
        ]);
        let tags = convert(&[&tag]);
        assert_eq!((tags.track_no, tags.disc_no), (None, None));
        assert_eq!((tags.replay_gain.track_gain, tags.replay_gain.track_peak), (None, None));
        assert_eq!(tags.replay_gain.album_gain, Some(300));
        assert_eq!(tags.musicbrainz.release, None);
    }

    #[test]
    fn codes_are_checked() {
        assert_eq!(isrc("us-rc1-76-07839").as_deref(), Some("USRC17607839"));
        assert_eq!(isrc("12RC17607839"), None);
        assert_eq!(genre_name("(255)"), "(255)");
    }
}
