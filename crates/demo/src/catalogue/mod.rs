//! What the demo server offers: artists, releases and tracks, with everything a catalogue wants to know.

mod content;

use crate::compose::Piece;
use crate::sleeve::{Colours, Family, Picture, sleeve};
use crate::synth::RATE;
use crate::{Audio, encode_flac};

/// All demo content. Artists, releases and tracks refer to one another.
#[derive(Clone, Copy, Debug)]
pub struct Catalogue {
    pub artists: &'static [&'static Artist],
    pub releases: &'static [&'static Release],
    /// In the order of releases and track numbers.
    pub tracks: &'static [Track],
}

/// The demo catalogue.
pub fn catalogue() -> Catalogue {
    content::CATALOGUE
}

/// An invented artist.
#[derive(Debug)]
pub struct Artist {
    /// A stable name in lower-case ASCII, unique among artists.
    pub key: &'static str,
    pub name: &'static str,
    /// Two or three sentences.
    pub bio: &'static str,
    colours: Colours,
}

impl Artist {
    /// Draws the artist's picture: square, [`crate::SLEEVE_SIZE`] pixels.
    pub fn avatar(&self) -> Picture {
        sleeve(self.name, Family::Discs, self.colours)
    }
}

/// What a release is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReleaseKind {
    Album,
    Ep,
    Single,
}

/// An album, EP or single.
#[derive(Debug)]
pub struct Release {
    /// A stable name in lower-case ASCII, unique among releases.
    pub key: &'static str,
    pub title: &'static str,
    pub kind: ReleaseKind,
    pub artist: &'static Artist,
    /// `YYYY-MM-DD`.
    pub released: &'static str,
    /// True when each track runs into the next without a gap.
    pub gapless: bool,
    family: Family,
    colours: Colours,
}

impl Release {
    /// Draws the sleeve.
    pub fn sleeve(&self) -> Picture {
        sleeve(self.title, self.family, self.colours)
    }
}

/// A track; [`Track::render`] makes its sound.
#[derive(Debug)]
pub struct Track {
    /// A stable name in lower-case ASCII, unique among tracks.
    pub key: &'static str,
    pub title: &'static str,
    pub release: &'static Release,
    /// Place on the release, from 1.
    pub number: u32,
    /// The most fitting first.
    pub genres: &'static [&'static str],
    pub explicit: bool,
    /// Price of a second in millionths of a BEAT; `None` is free.
    pub price_per_second: Option<i64>,
    pub credits: &'static [Credit],
    /// Who earns how much; the sum is 10,000 basis points.
    pub splits: &'static [Split],
    piece: Piece,
    span: usize,
}

/// Who did what on a track.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Credit {
    pub role: &'static str,
    pub name: &'static str,
}

/// An artist's share of a track's earnings.
#[derive(Clone, Copy, Debug)]
pub struct Split {
    pub artist: &'static Artist,
    pub basis_points: u32,
}

impl Track {
    /// The artist of the release.
    pub fn artist(&self) -> &'static Artist {
        self.release.artist
    }

    /// Composes and plays the track: 44.1 kHz, stereo, about 0.2 s of work and ten megabytes.
    ///
    /// The same samples every time. On a gapless release a track goes on exactly where the one before ended.
    pub fn render(&self) -> Audio {
        let album = self.piece.compose();
        let samples = album.score.render(album.spans[self.span]);
        Audio { sample_rate: RATE as u32, channels: 2, samples }
    }

    /// The tags of the track's file, by their Vorbis names.
    pub fn tags(&self) -> Vec<(&'static str, String)> {
        let release = self.release;
        let total = catalogue().tracks.iter().filter(|track| std::ptr::eq(track.release, release)).count();
        let mut tags = vec![
            ("TITLE", self.title.to_owned()),
            ("ARTIST", release.artist.name.to_owned()),
            ("ALBUM", release.title.to_owned()),
            ("ALBUMARTIST", release.artist.name.to_owned()),
            ("TRACKNUMBER", self.number.to_string()),
            ("TRACKTOTAL", total.to_string()),
            ("DATE", release.released.to_owned()),
            ("LICENSE", "CC0-1.0".to_owned()),
        ];
        tags.extend(self.genres.iter().map(|&genre| ("GENRE", genre.to_owned())));
        tags
    }

    /// The finished file: [`Track::render`], encoded as FLAC with [`Track::tags`] and the sleeve.
    pub fn flac(&self) -> Vec<u8> {
        encode_flac(&self.render(), &self.tags(), Some(&self.release.sleeve()))
    }
}
