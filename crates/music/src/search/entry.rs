//! What the index holds: one entry for each thing that can be found, and who may find it.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    str::FromStr,
};

use kernel::ArtistId;
use serde::Serialize;
use tantivy::{
    TantivyDocument, Term,
    schema::{FAST, Field, INDEXED, IndexRecordOption, Schema, TextFieldIndexing, TextOptions},
};
use utoipa::ToSchema;
use uuid::Uuid;

use super::words;
use crate::catalogue::Visibility;

/// What can be found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = SearchKind)]
pub enum Kind {
    /// A track.
    Track,
    /// An album.
    Album,
    /// An artist page.
    Artist,
    /// A genre.
    Genre,
}

impl Kind {
    /// All kinds, in the order of their codes.
    pub const ALL: [Self; 4] = [Self::Track, Self::Album, Self::Artist, Self::Genre];

    /// Its place in [`Kind::ALL`].
    pub(super) const fn code(self) -> u8 {
        match self {
            Self::Track => 0,
            Self::Album => 1,
            Self::Artist => 2,
            Self::Genre => 3,
        }
    }
}

impl FromStr for Kind {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        match name {
            "track" => Ok(Self::Track),
            "album" => Ok(Self::Album),
            "artist" => Ok(Self::Artist),
            "genre" => Ok(Self::Genre),
            _ => Err(format!("{name:?} is no kind: name some of track, album, artist, genre, playlist")),
        }
    }
}

/// How popular something is: the number of binary digits of how often it was played. The index keeps this
/// magnitude alone, so whoever counts plays appends to the change feed only when it changes, which is when
/// the new number is a power of two.
pub(super) const fn popularity_bucket(plays: u64) -> u32 {
    u64::BITS - plays.leading_zeros()
}

/// Who may find an entry; more of them is greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Listing {
    /// The managers of its artist page alone.
    Own,
    /// Whoever is logged in.
    Members,
    /// Everybody.
    Public,
}

impl Listing {
    /// Of what has this visibility. What is unlisted is reached by its address alone.
    pub(super) fn of(visibility: Visibility) -> Self {
        match visibility {
            Visibility::Public => Self::Public,
            Visibility::Members => Self::Members,
            Visibility::Unlisted | Visibility::Private => Self::Own,
        }
    }
}

/// On whose behalf the index is asked.
#[derive(Debug, Clone, Default)]
pub(super) struct Audience {
    /// Whether somebody is logged in.
    pub(super) member: bool,
    /// The artist pages that they manage.
    pub(super) manages: Vec<ArtistId>,
}

const PUBLIC: &str = "public";
const MEMBERS: &str = "members";

impl Audience {
    /// The terms of which an entry must have one.
    pub(super) fn terms(&self, fields: &Fields) -> Vec<Term> {
        // What is public is for members as well, so that the usual caller needs one term.
        let all = if self.member { MEMBERS } else { PUBLIC };
        let own = self.manages.iter().map(|artist| owner_term(Uuid::from(*artist)));
        let texts = std::iter::once(all.to_owned()).chain(own);
        texts.map(|text| Term::from_field_text(fields.audience, &text)).collect()
    }
}

fn owner_term(artist: Uuid) -> String {
    artist.simple().to_string()
}

/// Something that can be found.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) id: Uuid,
    pub(super) kind: Kind,
    pub(super) listing: Listing,
    /// Whose managers find it whatever its listing is.
    pub(super) owner: Option<Uuid>,
    /// The album and the genres that lists of it are narrowed to.
    pub(super) of: Vec<Uuid>,
    /// Its own name or title.
    pub(super) name: String,
    /// Who made it, as stored and as printed.
    pub(super) artist: Vec<String>,
    /// The album that it is on.
    pub(super) album: Option<String>,
    pub(super) plays: i64,
}

impl Entry {
    /// A number that changes when what the entry lends to others does: the name of an artist or an album, and who
    /// may find it. Others lend nothing.
    pub(super) fn print(&self) -> Option<u64> {
        if !matches!(self.kind, Kind::Artist | Kind::Album) {
            return None;
        }
        let mut hasher = DefaultHasher::new();
        (&self.name, self.listing).hash(&mut hasher);
        Some(hasher.finish())
    }
}

/// The fields of the index.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fields {
    pub(super) id: Field,
    pub(super) audience: Field,
    pub(super) name: Field,
    pub(super) artist: Field,
    pub(super) album: Field,
    of: Field,
    facts: Field,
    id_high: Field,
    id_low: Field,
    print: Field,
}

/// The columns that ranking reads of every match: the packed [`Facts`] and both halves of the id.
pub(super) const COLUMNS: [&str; 3] = ["facts", "id_high", "id_low"];

/// The column with the [`Entry::print`].
pub(super) const PRINT: &str = "print";

/// The schema of the index, and its fields.
pub(super) fn schema() -> (Schema, Fields) {
    // Words come cut and folded, and it only matters whether one is there: no positions, frequencies or lengths.
    let terms = TextFieldIndexing::default()
        .set_tokenizer("raw")
        .set_index_option(IndexRecordOption::Basic)
        .set_fieldnorms(false);
    let terms = TextOptions::default().set_indexing_options(terms);
    let mut schema = Schema::builder();
    let [facts, id_high, id_low] = COLUMNS;
    let fields = Fields {
        id: schema.add_bytes_field("id", INDEXED),
        audience: schema.add_text_field("audience", terms.clone()),
        name: schema.add_text_field("name", terms.clone()),
        artist: schema.add_text_field("artist", terms.clone()),
        album: schema.add_text_field("album", terms),
        of: schema.add_bytes_field("of", INDEXED),
        facts: schema.add_u64_field(facts, FAST),
        id_high: schema.add_u64_field(id_high, FAST),
        id_low: schema.add_u64_field(id_low, FAST),
        print: schema.add_u64_field(PRINT, FAST),
    };
    (schema.build(), fields)
}

/// What ranking needs to know of an entry, in one number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Facts {
    pub(super) kind: Kind,
    /// Words in the name, at most 63.
    pub(super) words: u32,
    pub(super) popularity: u32,
}

impl Facts {
    fn pack(self) -> u64 {
        u64::from(self.popularity) << 16 | u64::from(self.words.min(63)) << 8 | u64::from(self.kind.code())
    }

    pub(super) fn unpack(packed: u64) -> Self {
        let byte = |shift: u32| u32::from((packed >> shift).to_le_bytes()[0]);
        let [kind, ..] = packed.to_le_bytes();
        // What we did not write is refused when the index is opened.
        let kind = Kind::ALL[usize::from(kind) % Kind::ALL.len()];
        Self { kind, words: byte(8), popularity: byte(16) }
    }
}

impl Fields {
    /// The term that stands for one entry.
    pub(super) fn key(&self, id: Uuid) -> Term {
        Term::from_field_bytes(self.id, id.as_bytes())
    }

    /// The term of what belongs to an artist, an album or a genre.
    pub(super) fn of(&self, id: Uuid) -> Term {
        Term::from_field_bytes(self.of, id.as_bytes())
    }

    pub(super) fn document(&self, entry: &Entry) -> TantivyDocument {
        let mut document = TantivyDocument::default();
        document.add_bytes(self.id, entry.id.as_bytes());
        match entry.listing {
            Listing::Public => {
                document.add_text(self.audience, PUBLIC);
                document.add_text(self.audience, MEMBERS);
            }
            Listing::Members => document.add_text(self.audience, MEMBERS),
            Listing::Own => {}
        }
        if let Some(owner) = entry.owner {
            document.add_text(self.audience, owner_term(owner));
        }
        for id in entry.of.iter().chain(&entry.owner) {
            document.add_bytes(self.of, id.as_bytes());
        }
        let artist = entry.artist.iter().map(|name| (self.artist, name));
        let album = entry.album.iter().map(|title| (self.album, title));
        for (field, text) in std::iter::once((self.name, &entry.name)).chain(artist).chain(album) {
            for word in words::found_by(text) {
                document.add_text(field, word);
            }
        }
        let words = words::asked(&entry.name).len();
        let facts = Facts {
            kind: entry.kind,
            words: u32::try_from(words).unwrap_or(u32::MAX),
            popularity: popularity_bucket(u64::try_from(entry.plays).unwrap_or(0)),
        };
        let (high, low) = entry.id.as_u64_pair();
        document.add_u64(self.facts, facts.pack());
        document.add_u64(self.id_high, high);
        document.add_u64(self.id_low, low);
        if let Some(print) = entry.print() {
            document.add_u64(self.print, print);
        }
        document
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn popularity_changes_at_powers_of_two() {
        let buckets: Vec<u32> = [0, 1, 2, 3, 4, 7, 8, u64::MAX].into_iter().map(popularity_bucket).collect();
        assert_eq!(buckets, [0, 1, 2, 2, 3, 3, 4, 64]);
        for plays in 1_u64..5000 {
            let changed = popularity_bucket(plays) != popularity_bucket(plays - 1);
            assert_eq!(changed, plays.is_power_of_two(), "{plays}");
        }
    }

    #[test]
    fn facts_survive_packing() {
        for kind in Kind::ALL {
            for (words, popularity) in [(0, 0), (1, 64), (63, 1)] {
                let facts = Facts { kind, words, popularity };
                assert_eq!(Facts::unpack(facts.pack()), facts);
            }
        }
        let long = Facts { kind: Kind::Genre, words: 900, popularity: 64 };
        assert_eq!(Facts::unpack(long.pack()), Facts { words: 63, ..long });
    }
}
