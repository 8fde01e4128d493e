//! What is known of a track before its artist completes it: what came with the upload, else what the file's tags say,
//! else the file's name.

use kernel::{AlbumId, Amount, ArtistId, Time, text::is_control, tidy};
use media::Tags;
use serde::Deserialize;

use crate::{
    catalogue::{NewCredit, NewPreview, ReleaseDate, TrackChange, Visibility, track::is_isrc},
    text::fold,
};

/// The longest title, in characters; longer ones of tags are cut.
const TITLE: usize = 300;
/// Genres at most, and the longest name of one.
const GENRES: (usize, usize) = (10, 100);
/// The longest name in a credit.
const NAME: usize = 200;
/// What a track is called of which nothing is known.
const UNTITLED: &str = "Untitled";

/// What is said of the track. What is left out is taken from the tags of the file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct UploadMetadata {
    /// The artist page that it goes on; may be left out by those who have one page.
    pub(super) artist_id: Option<ArtistId>,
    /// Its title.
    #[schema(example = "Dawn")]
    pub(super) title: Option<String>,
    /// The artists as printed, where that is not just the artist's name.
    #[schema(example = "Ana Nowak feat. Ben")]
    pub(super) artist_credit: Option<String>,
    /// An album that the caller manages as well.
    pub(super) album_id: Option<AlbumId>,
    /// Instead of `albumId`: an album of the page by its title. It is made, as a private one, if it is not there.
    #[schema(example = "Harbour Lights")]
    pub(super) album_title: Option<String>,
    /// Which disc of the album, from 1.
    pub(super) disc_no: Option<i64>,
    /// Which track of the disc, from 1.
    pub(super) track_no: Option<i64>,
    /// The names of its genres, the main one first; new ones are made.
    #[schema(example = json!(["Folk"]))]
    pub(super) genres: Option<Vec<String>>,
    /// Who may see it: public, unlisted or private. It is a private draft unless this says otherwise.
    pub(super) visibility: Option<Visibility>,
    /// Whether it is marked as explicit.
    pub(super) explicit: Option<bool>,
    /// Its ISRC.
    #[schema(example = "DEA212600001")]
    pub(super) isrc: Option<String>,
    /// When it came out, as far as that is known.
    pub(super) release_date: Option<ReleaseDate>,
    /// What each second of it costs, in BEAT; left out or nought: nothing.
    pub(super) price_per_second: Option<Amount>,
    /// What is to be heard as a preview.
    pub(super) preview: Option<NewPreview>,
    /// Who did what on it.
    pub(super) credits: Option<Vec<NewCredit>>,
}

impl UploadMetadata {
    /// The title of the album that is meant by its title.
    pub(super) fn album_title(&self, tags: &Tags) -> Option<String> {
        if self.album_id.is_some() {
            return None;
        }
        self.album_title.clone().or_else(|| fitting(tags.album.as_deref()?, TITLE))
    }

    /// The track of this, with what `tags` and the `name` of the file add, on the page of the artist called `artist`;
    /// its album and its visibility left aside.
    pub(super) fn draft(self, tags: &Tags, name: Option<&str>, artist: &str, now: Time) -> TrackChange {
        let tagged = |text: &Option<String>| text.as_deref().and_then(|text| fitting(text, TITLE));
        let title = self.title.or_else(|| tagged(&tags.title)).or_else(|| name.and_then(named));
        let genres = self.genres.unwrap_or_else(|| {
            let (most, longest) = GENRES;
            tags.genres.iter().filter_map(|name| fitting(name, longest)).take(most).collect()
        });
        let credits = self.credits.unwrap_or_else(|| {
            let credit = |credit: &media::Credit| {
                let name = fitting(&credit.name, NAME)?;
                Some(NewCredit { role: credit.role.name().to_owned(), name, artist_id: None })
            };
            tags.credits.iter().filter_map(credit).collect()
        });
        let within = |n: Option<u32>, most: i64| n.map(i64::from).filter(|n| (1..=most).contains(n));
        TrackChange {
            title: Some(title.unwrap_or_else(|| UNTITLED.to_owned())),
            artist_credit: self.artist_credit.or_else(|| credited(&tags.artists, artist)).map(Some),
            disc_no: self.disc_no.or_else(|| within(tags.disc_no, 999)),
            track_no: self.track_no.or_else(|| within(tags.track_no, 9999)),
            genres: Some(genres),
            explicit: self.explicit.or(tags.explicit),
            isrc: self.isrc.or_else(|| tags.isrc.clone().filter(|isrc| is_isrc(isrc))).map(Some),
            release_date: self.release_date.or_else(|| ReleaseDate::tagged(tags.date?, now)).map(Some),
            price_per_second: self.price_per_second.map(Some),
            preview: self.preview,
            credits: Some(credits),
            ..TrackChange::default()
        }
    }
}

/// The performers of the tags, where they are not just the artist of the page.
fn credited(performers: &[String], artist: &str) -> Option<String> {
    let credit = fitting(&performers.join(", "), TITLE)?;
    (fold(&credit) != fold(artist)).then_some(credit)
}

/// A title made of the name of a file: never more than its last part, and nothing that cannot be shown.
fn named(name: &str) -> Option<String> {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let stem = match last.rsplit_once('.') {
        Some((stem, ending)) if ending.len() <= 4 && ending.bytes().all(|b| b.is_ascii_alphanumeric()) => {
            stem
        }
        _ => last,
    };
    fitting(&stem.replace('_', " "), TITLE).filter(|title| title.chars().any(char::is_alphanumeric))
}

/// `text` as a line of at most `longest` characters, if anything of it can be shown.
fn fitting(text: &str, longest: usize) -> Option<String> {
    let line: String = text.chars().map(|c| if is_control(c) { ' ' } else { c }).collect();
    let line = tidy(&line);
    let cut = line.char_indices().nth(longest).map_or(&*line, |(end, _)| &line[..end]);
    let cut = cut.trim();
    (!cut.is_empty()).then(|| cut.to_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_file_name_is_only_a_name() {
        for (name, title) in [
            ("01 - Dawn.flac", Some("01 - Dawn")),
            ("../../etc/passwd", Some("passwd")),
            ("C:\\music\\a_long_way.mp3", Some("a long way")),
            ("song.mp3\0.exe", Some("song.mp3")),
            ("a\r\nSet-Cookie: x=y.mp3", Some("a  Set-Cookie: x=y")),
            ("safe\u{202E}3pm.exe", Some("safe3pm")),
            ("Vol. 2", Some("Vol. 2")),
            ("Mr. Blue Sky", Some("Mr. Blue Sky")),
            (".mp3", None),
            ("..", None),
            ("/", None),
            ("\u{7}", None),
        ] {
            assert_eq!(named(name).as_deref(), title, "{name:?}");
        }
    }

    /// In the year 2026.
    const NOW: Time = Time::from_micros(1_780_000_000_000_000);

    #[test]
    fn a_date_that_nobody_knows_yet_is_none() {
        let dated = |year| Tags {
            date: Some(media::PartialDate { year, month: None, day: None }),
            ..Tags::default()
        };
        let of = |year| {
            let draft = UploadMetadata::default().draft(&dated(year), None, "Ana", NOW);
            draft.release_date.flatten().map(|date| date.to_string())
        };
        assert_eq!(of(2027).as_deref(), Some("2027"));
        assert_eq!((of(2028), of(9999)), (None, None));
    }

    #[test]
    fn what_is_said_goes_before_tags_and_tags_before_the_name() {
        let tags = Tags {
            title: Some("Tagged".into()),
            album: Some("Tagged album".into()),
            artists: vec!["Ana".into(), "Ben".into()],
            track_no: Some(3),
            disc_no: Some(0),
            isrc: Some("AAAAAAAAAAAA".into()),
            genres: (0..20).map(|n| format!("genre {n}")).collect(),
            ..Tags::default()
        };
        let nothing = UploadMetadata::default();
        let draft = nothing.clone().draft(&tags, Some("name.mp3"), "Ana", NOW);
        assert_eq!(draft.title.as_deref(), Some("Tagged"));
        assert_eq!(draft.artist_credit, Some(Some("Ana, Ben".into())));
        assert_eq!((draft.track_no, draft.disc_no, draft.isrc), (Some(3), None, None));
        assert_eq!(draft.genres.map(|genres| genres.len()), Some(10));
        assert_eq!(nothing.album_title(&tags).as_deref(), Some("Tagged album"));
        let said = UploadMetadata {
            title: Some("Said".into()),
            album_id: Some(AlbumId(uuid::Uuid::nil())),
            genres: Some(Vec::new()),
            ..UploadMetadata::default()
        };
        assert_eq!(said.album_title(&tags), None);
        let draft = said.draft(&tags, None, "Ana, Ben", NOW);
        assert_eq!(
            (draft.title.as_deref(), draft.genres, draft.artist_credit),
            (Some("Said"), Some(vec![]), None)
        );
        let draft = nothing.clone().draft(&Tags::default(), Some("name.mp3"), "Ana", NOW);
        assert_eq!(draft.title.as_deref(), Some("name"));
        let draft = nothing.draft(&Tags::default(), Some("..."), "Ana", NOW);
        assert_eq!((draft.title.as_deref(), draft.artist_credit), (Some("Untitled"), None));
    }

    proptest! {
        #[test]
        fn whatever_a_file_is_called_its_title_is_a_line(name in "\\PC{0,20}.{0,400}") {
            if let Some(title) = named(&name) {
                prop_assert!((1..=TITLE).contains(&title.chars().count()));
                prop_assert!(!title.chars().any(char::is_control));
                prop_assert_eq!(title.trim(), &title);
            }
        }
    }
}
