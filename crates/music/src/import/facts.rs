//! What a file is, by its tags and, where they are silent, by its name and folder.

use infra::place;
use kernel::{
    Time,
    text::{is_control, is_unseen},
};
use media::{FileInfo, Tags};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::folders::{album_folder, split_disc};
use crate::{
    catalogue::{
        AlbumKind, ReleaseDate,
        library::{ArtistFact, LOOSE, Name, VARIOUS},
    },
    text::fold,
};

/// Who performs what says nothing about it.
const UNKNOWN: &str = "Unknown Artist";

/// Whose an album is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum AlbumArtist {
    /// The tags say it.
    Named(ArtistFact),
    /// Nobody says it: that of its tracks, if they have one artist only.
    OfTracks,
}

/// An album as a file names one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct AlbumFact {
    /// The same for all files of the album, and for no other's.
    pub(super) key: String,
    pub(super) title: String,
    pub(super) artist: AlbumArtist,
    pub(super) kind: AlbumKind,
    pub(super) musicbrainz: Option<Uuid>,
}

/// Everything that is kept of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Facts {
    pub(super) title: String,
    /// The first is the one whose page has the track.
    pub(super) artists: Vec<ArtistFact>,
    /// The artists as printed, where this is not the name of the first alone.
    pub(super) credit: Option<String>,
    pub(super) album: Option<AlbumFact>,
    pub(super) genres: Vec<Name>,
    pub(super) disc_no: i64,
    pub(super) track_no: i64,
    pub(super) duration_ms: i64,
    pub(super) released: Option<ReleaseDate>,
    pub(super) explicit: bool,
    pub(super) isrc: Option<String>,
    pub(super) musicbrainz: Option<Uuid>,
    /// Role and name of those who did something besides performing.
    pub(super) credits: Vec<(&'static str, String)>,
    pub(super) sound: SoundFact,
    /// SHA-256 of the picture inside the file.
    pub(super) cover: Option<[u8; 32]>,
}

/// The sound by its headers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SoundFact {
    pub(super) content_type: &'static str,
    pub(super) codec: &'static str,
    /// Bits a second; 0 when the headers do not say it, as in the next two.
    pub(super) bitrate: i64,
    pub(super) sample_rate: i64,
    pub(super) channels: i64,
    pub(super) bit_depth: Option<i64>,
    pub(super) gain_track: Option<i64>,
    pub(super) gain_album: Option<i64>,
}

impl Facts {
    /// What is known of the file at `place`.
    pub(super) fn of(place: &str, info: FileInfo, now: Time) -> Self {
        let tags = info.tags;
        let (folder, file) = place.rsplit_once('/').unwrap_or(("", place));
        let (number_by_name, title_by_name) = by_name(file);
        let (album, disc_by_title) = album(folder, &tags).unzip();
        let disc = tags.disc_no.or(disc_by_title.flatten()).or(album_folder(folder).1).unwrap_or(1);
        let track = tags.track_no.or(number_by_name).unwrap_or(0);
        let (artists, credit) = artists(&tags);
        let sound = SoundFact {
            content_type: info.format.content_type(),
            codec: info.format.name(),
            bitrate: info.bitrate_kbps.map_or(0, |kbps| i64::from(kbps) * 1000),
            sample_rate: info.sample_rate.map_or(0, i64::from),
            channels: info.channels.map_or(0, i64::from),
            bit_depth: info.bit_depth.map(i64::from),
            gain_track: tags.replay_gain.track_gain.map(i64::from),
            gain_album: tags.replay_gain.album_gain.map(i64::from),
        };
        let dates = [tags.date, tags.original_date];
        let released = dates.into_iter().flatten().find_map(|date| ReleaseDate::tagged(date, now));
        let mut genres: Vec<Name> = Vec::new();
        for genre in &tags.genres {
            let genre = Name::new(genre);
            if genres.iter().all(|known| known.key != genre.key) {
                genres.push(genre);
            }
        }
        Self {
            title: tags.title.unwrap_or(title_by_name),
            artists,
            credit,
            album,
            genres,
            disc_no: i64::from(disc),
            track_no: i64::from(track),
            duration_ms: i64::try_from(info.duration_ms).unwrap_or(i64::MAX),
            released,
            explicit: tags.explicit == Some(true),
            isrc: tags.isrc,
            musicbrainz: tags.musicbrainz.recording,
            credits: tags.credits.into_iter().map(|credit| (credit.role.name(), credit.name)).collect(),
            sound,
            cover: info.cover.map(|cover| cover.sha256),
        }
    }
}

/// Who performs, the first of them the main one, and the whole line as it is to be printed.
fn artists(tags: &Tags) -> (Vec<ArtistFact>, Option<String>) {
    let unknown = [UNKNOWN.to_owned()];
    let named =
        [&tags.artists[..], &tags.album_artists, &unknown].into_iter().find(|names| !names.is_empty());
    let names = named.unwrap_or_default();
    let ids = &tags.musicbrainz.artists;
    let mut artists: Vec<ArtistFact> = Vec::new();
    for (i, printed) in names.iter().enumerate() {
        // A line of several artists may come with all of their ids: the first is that of the main one.
        let musicbrainz = if names.len() == ids.len() || i == 0 { ids.get(i).copied() } else { None };
        let artist = ArtistFact { name: Name::new(main_artist(printed)), musicbrainz };
        if artists.iter().all(|known| known.name.key != artist.name.key) {
            artists.push(artist);
        }
    }
    let printed = names.join(", ");
    let credit = artists.first().is_none_or(|main| main.name.text != printed).then_some(printed);
    (artists, credit)
}

/// The part of "Ana feat. Ben" before the guests. Nothing else separates: "Simon & Garfunkel" is one name.
fn main_artist(printed: &str) -> &str {
    const GUESTS: [&str; 8] =
        [" feat. ", " feat ", " ft. ", " ft ", " featuring ", " (feat. ", " (ft. ", " [feat. "];
    let lower = printed.to_ascii_lowercase();
    let at = GUESTS.iter().filter_map(|word| lower.find(word)).min().unwrap_or(printed.len());
    let main = printed[..at].trim_end();
    if main.is_empty() { printed } else { main }
}

/// The album, and the disc that its title names.
fn album(folder: &str, tags: &Tags) -> Option<(AlbumFact, Option<u32>)> {
    let printed = tags.album.as_deref()?;
    let (title, disc) = match split_disc(printed) {
        ("", _) => (printed, None),
        parts => parts,
    };
    let title_key = fold(title);
    let ids = &tags.musicbrainz.release_artists;
    let artist = match tags.album_artists.first() {
        Some(printed) => {
            let musicbrainz = ids.first().copied();
            AlbumArtist::Named(ArtistFact { name: Name::new(main_artist(printed)), musicbrainz })
        }
        None if tags.compilation => {
            AlbumArtist::Named(ArtistFact { name: Name::new(VARIOUS), musicbrainz: None })
        }
        None => AlbumArtist::OfTracks,
    };
    let musicbrainz = tags.musicbrainz.release;
    let key = match (&musicbrainz, &artist) {
        (Some(release), _) => format!("release:{release}"),
        (None, AlbumArtist::Named(artist)) => {
            format!("album:{}", digest(&[&title_key, &artist.name.key, album_folder(folder).0]))
        }
        (None, AlbumArtist::OfTracks) => {
            format!("{LOOSE}{}", digest(&[&title_key, album_folder(folder).0]))
        }
    };
    let various = matches!(&artist, AlbumArtist::Named(artist) if artist.name.text == VARIOUS);
    let kind = if tags.compilation || various { AlbumKind::Compilation } else { kind(&title_key) };
    Some((AlbumFact { key, title: title.to_owned(), artist, kind, musicbrainz }, disc))
}

/// What the shops write behind titles.
fn kind(title: &str) -> AlbumKind {
    if title.ends_with(" - single") {
        AlbumKind::Single
    } else if title.ends_with(" ep") || title.ends_with(" (ep)") {
        AlbumKind::Ep
    } else {
        AlbumKind::Album
    }
}

/// 128 bits of SHA-256 over the parts, each with its length.
fn digest(parts: &[&str]) -> String {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update(part.len().to_le_bytes());
        digest.update(part);
    }
    let bytes = digest.finalize();
    bytes.first_chunk().map_or_else(String::new, |half| format!("{:032x}", u128::from_be_bytes(*half)))
}

/// Number and title by a file's name: `07 - Title.mp3`, `07. Title.mp3`, `07 Title.mp3`, `Title.mp3`.
fn by_name(file: &str) -> (Option<u32>, String) {
    let path = place::path(file);
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let digits = stem.len() - stem.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let rest = &stem[digits..];
    let title = rest.trim_start_matches([' ', '.', '-', '_', ')']);
    let separated =
        rest.len() > title.len() && (rest.trim_start().len() > title.len() || stem.starts_with('0'));
    let number = stem[..digits].parse().ok().filter(|number| *number > 0 && digits <= 3 && separated);
    let title = if number.is_some() && !title.is_empty() { title } else { &stem };
    (number, printable(title))
}

/// `text` without what could deceive or break a line.
fn printable(text: &str) -> String {
    let shown = text.chars().map(|c| if is_control(c) { ' ' } else { c }).filter(|c| !is_unseen(*c));
    let words = shown.collect::<String>();
    let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
    if words.is_empty() { "Untitled".to_owned() } else { words }
}

#[cfg(test)]
mod tests {
    use media::{Cover, Credit, Format, MusicBrainz, PartialDate, ReplayGain, Role};

    use super::*;

    /// In the year 2026.
    const NOW: Time = Time::from_micros(1_780_000_000_000_000);

    fn info(tags: Tags) -> FileInfo {
        FileInfo {
            format: Format::Mp3,
            duration_ms: 1500,
            bitrate_kbps: Some(128),
            sample_rate: Some(44_100),
            channels: Some(2),
            bit_depth: None,
            tags,
            cover: None,
            tag_error: None,
        }
    }

    fn facts(place: &str, tags: Tags) -> Facts {
        Facts::of(place, info(tags), NOW)
    }

    fn album_key(place: &str, tags: Tags) -> String {
        facts(place, tags).album.unwrap().key
    }

    fn on(album: &str) -> Tags {
        Tags { album: Some(album.into()), ..Tags::default() }
    }

    fn names(list: &[&str]) -> Vec<String> {
        list.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn a_file_without_tags_is_known_by_its_name() {
        for (file, number, title) in [
            ("07 - Long Way.mp3", 7, "Long Way"),
            ("07 Long Way.mp3", 7, "Long Way"),
            ("7. Long Way.mp3", 7, "Long Way"),
            ("99 Luftballons.mp3", 0, "99 Luftballons"),
            ("1979.mp3", 0, "1979"),
            ("2001_ A Space.mp3", 0, "2001_ A Space"),
            ("07.mp3", 0, "07"),
            ("\u{202e}gpj\n.mp3", 0, "gpj"),
            ("\u{200b}.mp3", 0, "Untitled"),
            ("Bj\u{10FEF6}rk.mp3", 0, "Bj\u{fffd}rk"),
        ] {
            let facts = facts(&format!("/music/{file}"), Tags::default());
            assert_eq!((facts.track_no, facts.title.as_str()), (number, title), "{file:?}");
            assert_eq!(facts.artists[0].name.text, UNKNOWN);
            assert_eq!((facts.album, facts.disc_no), (None, 1));
        }
    }

    #[test]
    fn guests_stay_in_the_printed_line() {
        for (printed, main) in [
            ("Ana feat. Ben", "Ana"),
            ("Ana (Feat. Ben)", "Ana"),
            ("Ana FT. Ben", "Ana"),
            ("Ana featuring Ben & Cem", "Ana"),
            ("Simon & Garfunkel", "Simon & Garfunkel"),
            ("Feat. Nobody", "Feat. Nobody"),
            (" feat. x", " feat. x"),
            ("Daft Punk", "Daft Punk"),
        ] {
            let facts = facts("/a.mp3", Tags { artists: names(&[printed]), ..Tags::default() });
            assert_eq!(facts.artists[0].name.text, main, "{printed:?}");
            assert_eq!(facts.artists.len(), 1);
            assert_eq!(facts.credit.as_deref(), (printed != main).then_some(printed));
        }
    }

    #[test]
    fn several_artists_are_kept_with_their_ids() {
        let ids = [Uuid::from_u128(1), Uuid::from_u128(2)];
        let musicbrainz = MusicBrainz { artists: ids.to_vec(), ..MusicBrainz::default() };
        let tags = Tags { artists: names(&["Ana", "Ben"]), musicbrainz, ..Tags::default() };
        let facts = facts("/a.mp3", tags);
        let found: Vec<_> = facts.artists.iter().map(|a| (a.name.text.as_str(), a.musicbrainz)).collect();
        assert_eq!(found, [("Ana", Some(ids[0])), ("Ben", Some(ids[1]))]);
        assert_eq!(facts.credit.as_deref(), Some("Ana, Ben"));
    }

    #[test]
    fn albums_of_one_title_stay_apart_by_artist_and_folder() {
        let hits = |artists: &[&str]| Tags { album_artists: names(artists), ..on("Greatest Hits") };
        let queen = album_key("/m/Queen/Hits/1.mp3", hits(&["Queen"]));
        assert_ne!(queen, album_key("/m/Queen/Hits/1.mp3", hits(&["Abba"])));
        assert_ne!(queen, album_key("/m/Queen/Hits 2/1.mp3", hits(&["Queen"])));
        assert_eq!(queen, album_key("/m/Queen/Hits/2.mp3", hits(&["QUEEN"])));
        assert_eq!(queen, album_key("/m/Queen/Hits/CD2/2.mp3", hits(&["Queen"])));
        assert_eq!(queen, album_key("/m/Queen/Hits (Disc 2)/2.mp3", hits(&["Queen"])));
    }

    #[test]
    fn a_release_id_decides_alone() {
        let release = Some(Uuid::from_u128(7));
        let of = |place: &str| {
            let musicbrainz = MusicBrainz { release, ..MusicBrainz::default() };
            album_key(place, Tags { musicbrainz, ..on("Whatever") })
        };
        assert_eq!(of("/a/1.mp3"), of("/b/1.mp3"));
    }

    #[test]
    fn a_folder_without_album_artist_holds_one_album_of_a_title() {
        let by = |artist: &str| Tags { artists: names(&[artist]), ..on("Songs of the Sea") };
        assert_eq!(album_key("/m/sea/1.mp3", by("Ana")), album_key("/m/sea/2.mp3", by("Ben")));
        assert_ne!(album_key("/m/sea/1.mp3", by("Ana")), album_key("/m/land/2.mp3", by("Ana")));
        let album = facts("/m/sea/1.mp3", by("Ana")).album.unwrap();
        assert_eq!((album.artist, album.kind), (AlbumArtist::OfTracks, AlbumKind::Album));
        let album = facts("/m/sea/1.mp3", Tags { compilation: true, ..by("Ana") }).album.unwrap();
        assert!(matches!(album.artist, AlbumArtist::Named(artist) if artist.name.text == VARIOUS));
        assert_eq!(album.kind, AlbumKind::Compilation);
    }

    #[test]
    fn discs_come_from_tag_title_or_folder() {
        let disc = |place: &str, tags: Tags| facts(place, tags).disc_no;
        assert_eq!(disc("/m/Live/CD2/1.mp3", on("Live")), 2);
        assert_eq!(disc("/m/Live/CD2/1.mp3", on("Live (Disc 3)")), 3);
        assert_eq!(disc("/m/Live/CD2/1.mp3", Tags { disc_no: Some(4), ..on("Live (Disc 3)") }), 4);
        let album = facts("/m/Live/1.mp3", on("Live [CD 1]")).album.unwrap();
        assert_eq!(album.title, "Live");
        assert_eq!(facts("/m/x/1.mp3", on("Disc 1")).album.unwrap().title, "Disc 1");
    }

    #[test]
    fn shops_tell_the_kind_by_the_title() {
        let kind = |title: &str| facts("/m/1.mp3", on(title)).album.unwrap().kind;
        assert_eq!(
            (kind("Dawn - Single"), kind("Dawn EP"), kind("Keep")),
            (AlbumKind::Single, AlbumKind::Ep, AlbumKind::Album)
        );
    }

    #[test]
    fn a_date_that_nobody_knows_yet_is_none() {
        let date = |year| Some(PartialDate { year, month: None, day: None });
        let released = |date, original_date| {
            let tags = Tags { date, original_date, ..Tags::default() };
            facts("/m/x.mp3", tags).released.map(|date| date.to_string())
        };
        assert_eq!(released(date(2027), None).as_deref(), Some("2027"));
        assert_eq!(released(date(9999), None), None);
        assert_eq!(released(date(9999), date(1998)).as_deref(), Some("1998"));
    }

    #[test]
    fn everything_else_is_carried_over() {
        let date = Some(PartialDate { year: 1998, month: Some(5), day: None });
        let tags = Tags {
            title: Some("Song".into()),
            genres: names(&["Hip Hop", "hip  hop", "Dub"]),
            track_no: Some(3),
            date,
            explicit: Some(true),
            isrc: Some("USRC17607839".into()),
            credits: vec![Credit { role: Role::DjMixer, name: "Cem".into() }],
            replay_gain: ReplayGain { track_gain: Some(-648), ..ReplayGain::default() },
            ..Tags::default()
        };
        let cover = Some(Cover { sha256: [7; 32], media_type: "image/png".into(), bytes: 9 });
        let facts = Facts::of("/m/9 - x.mp3", FileInfo { cover, ..info(tags) }, NOW);
        assert_eq!((facts.title.as_str(), facts.track_no, facts.explicit), ("Song", 3, true));
        let genres: Vec<_> = facts.genres.iter().map(|genre| genre.text.as_str()).collect();
        assert_eq!(genres, ["Hip Hop", "Dub"]);
        assert_eq!(facts.released.unwrap().to_string(), "1998-05");
        assert_eq!(facts.credits, [("dj_mixer", "Cem".to_owned())]);
        assert_eq!(
            (facts.sound.gain_track, facts.sound.codec, facts.cover),
            (Some(-648), "mp3", Some([7; 32]))
        );
    }
}
