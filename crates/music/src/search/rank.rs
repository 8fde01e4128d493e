//! Asking the index: which entries match, in which order.
//!
//! Every word of the query must be in the name, the artist or the album of an entry. A match is *exact*, or its
//! last word is the beginning of one (a *prefix*; if all that is typed is one letter, of a word of the name), or a
//! word of four letters or more is one typo away (one letter more, less or other, or two swapped). An entry's worst
//! word decides its tier, and a better tier goes before a worse one; within a tier, entries go by how well their text
//! matches times how popular they are (its magnitude), and entries that are equal in that by their ids.
//!
//! Typos are looked for only when there are too few other matches. Since their tier is the last one, the order of
//! the others does not depend on whether they are: pages of one query fit together.

use std::{cmp::Reverse, collections::BinaryHeap, sync::Arc};

use tantivy::{
    DocId, Score, Searcher, SegmentOrdinal, SegmentReader, TantivyError, Term,
    collector::{Collector, SegmentCollector},
    columnar::ColumnValues,
    query::{BooleanQuery, ConstScoreQuery, DisjunctionMaxQuery, FuzzyTermQuery, Occur, Query, TermQuery},
    schema::IndexRecordOption,
};
use uuid::Uuid;

use super::{
    entry::{Audience, COLUMNS, Facts, Fields, Kind},
    words,
};

/// Words of a query that count.
const WORDS: usize = 12;
/// Shorter words are not forgiven a typo: too much is one letter away from them.
const FORGIVING: usize = 4;
/// Nor are longer ones, which are no words.
const TIRESOME: usize = 32;

/// How well an entry matches, better ones greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Tier {
    Typo,
    Prefix,
    Exact,
}

/// An entry that matches; better ones are greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Hit {
    pub(super) tier: Tier,
    pub(super) points: u32,
    id: Reverse<Uuid>,
}

impl Hit {
    pub(super) fn id(&self) -> Uuid {
        self.id.0
    }

    /// Its worth beside hits of other kinds: who types a name more often means the artist than one of the tracks.
    pub(super) fn among_kinds(&self, kind: Kind) -> (Tier, u32) {
        let weight = match kind {
            Kind::Artist => 6,
            Kind::Album => 5,
            Kind::Track => 4,
            Kind::Genre => 3,
        };
        (self.tier, self.points * weight)
    }
}

/// What is asked of the index.
#[derive(Debug, Clone)]
pub(super) struct Question {
    pub(super) text: String,
    pub(super) audience: Audience,
    pub(super) kinds: Vec<Kind>,
    /// Only what belongs to all of these.
    pub(super) of: Vec<Uuid>,
    /// How many hits of each kind are wanted.
    pub(super) depth: usize,
    /// With fewer matches than this, typos are forgiven.
    pub(super) enough: usize,
}

/// The best hits of each kind asked for, best first; at most `depth` each.
#[derive(Debug, Default)]
pub(super) struct Hits([Vec<Hit>; Kind::ALL.len()]);

impl Hits {
    pub(super) fn of(&self, kind: Kind) -> &[Hit] {
        &self.0[usize::from(kind.code())]
    }

    pub(super) fn ids<T: From<Uuid>>(&self, kind: Kind) -> Vec<T> {
        self.of(kind).iter().map(|hit| hit.id().into()).collect()
    }
}

/// Answers a question; a text without words has no hits.
pub(super) fn ask(searcher: &Searcher, fields: &Fields, question: &Question) -> Result<Hits, TantivyError> {
    let mut words = words::asked(&question.text);
    words.truncate(WORDS);
    if words.is_empty() {
        return Ok(Hits::default());
    }
    let best = Best::new(question, words.len());
    let found = searcher.search(&query(fields, question, &words, false), &best)?;
    let forgivable = words.iter().any(|word| forgives(word));
    let found = if found.matches < question.enough && forgivable {
        searcher.search(&query(fields, question, &words, true), &best)?
    } else {
        found
    };
    Ok(Hits(found.heaps.map(|heap| heap.into_sorted_vec().into_iter().map(|Reverse(hit)| hit).collect())))
}

// The library adds up scores of words as floating point numbers. These are whole and small, so that the sum is
// exact and says both of which tiers the words are (its multiple of TIER) and in which fields they were found.

const NAME: u16 = 8;
const ARTIST: u16 = 6;
const ALBUM: u16 = 4;
/// More than all words together have for their fields.
const TIER: u16 = 128;
/// A prefix has one, and there is at most one; an exact word has more than that.
const EXACT: u16 = 2;
const PREFIX: u16 = 1;

fn query(fields: &Fields, question: &Question, words: &[String], typos: bool) -> BooleanQuery {
    let mut clauses: Vec<(Occur, Box<dyn Query>)> = vec![(Occur::Must, visible(fields, &question.audience))];
    clauses.extend(question.of.iter().map(|id| (Occur::Must, silently(exactly(&fields.of(*id))))));
    // By a single letter, a good part of everything has an artist or an album.
    let bare_letter = words.len() == 1 && words[0].chars().count() == 1;
    for (i, word) in words.iter().enumerate() {
        let last = i + 1 == words.len();
        let mut ways: Vec<Box<dyn Query>> = Vec::new();
        for (field, weight) in [(fields.name, NAME), (fields.artist, ARTIST), (fields.album, ALBUM)] {
            let term = Term::from_field_text(field, word);
            let mut way = |query: Box<dyn Query>, tier: u16| {
                ways.push(Box::new(ConstScoreQuery::new(query, f32::from(weight + tier * TIER))));
            };
            way(exactly(&term), EXACT);
            if last && (field == fields.name || !bare_letter) {
                way(Box::new(FuzzyTermQuery::new_prefix(term.clone(), 0, true)), PREFIX);
            }
            if typos && forgives(word) {
                let query = if last { FuzzyTermQuery::new_prefix } else { FuzzyTermQuery::new };
                way(Box::new(query(term, 1, true)), 0);
            }
        }
        clauses.push((Occur::Must, Box::new(DisjunctionMaxQuery::new(ways))));
    }
    BooleanQuery::new(clauses)
}

fn exactly(term: &Term) -> Box<dyn Query> {
    Box::new(TermQuery::new(term.clone(), IndexRecordOption::Basic))
}

fn visible(fields: &Fields, audience: &Audience) -> Box<dyn Query> {
    let terms = audience.terms(fields).iter().map(|term| (Occur::Should, exactly(term))).collect();
    silently(Box::new(BooleanQuery::new(terms)))
}

/// What must hold and says nothing about how well an entry matches.
fn silently(query: Box<dyn Query>) -> Box<dyn Query> {
    Box::new(ConstScoreQuery::new(query, 0.0))
}

fn forgives(word: &str) -> bool {
    (FORGIVING..=TIRESOME).contains(&word.chars().count())
}

/// What the words of an entry scored together, taken apart again.
fn tier_and_text(score: Score, words: u16) -> (Tier, u16) {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a sum of at most 12 whole numbers below 1000"
    )]
    let score = score as u16;
    let tier = match score / TIER {
        all if all == words * EXACT => Tier::Exact,
        all if all + (EXACT - PREFIX) == words * EXACT => Tier::Prefix,
        _ => Tier::Typo,
    };
    (tier, score % TIER)
}

/// Text match times popularity. `text` is the sum of the words' fields.
fn points(text: u16, words: u16, facts: Facts) -> u32 {
    let (text, all, words) = (u32::from(text), u32::from(words * NAME), u32::from(words));
    let matched = if text == all {
        // All within the name: the more of it was asked for, the better, up to the whole name.
        600 + 400 * words / facts.words.max(words)
    } else {
        600 * text / all
    };
    matched * (20 + facts.popularity)
}

/// Collects the best hits of each kind.
struct Best {
    depths: [usize; Kind::ALL.len()],
    words: u16,
}

impl Best {
    fn new(question: &Question, words: usize) -> Self {
        let depths = Kind::ALL.map(|kind| if question.kinds.contains(&kind) { question.depth } else { 0 });
        Self { depths, words: u16::try_from(words).unwrap_or(u16::MAX) }
    }
}

/// What was found in a segment, and in all of them.
#[derive(Default)]
struct Found {
    heaps: [BinaryHeap<Reverse<Hit>>; Kind::ALL.len()],
    /// Matches of the kinds asked for, kept or not.
    matches: usize,
}

impl Found {
    fn keep(&mut self, kind: usize, depth: usize, hit: Hit) {
        let heap = &mut self.heaps[kind];
        heap.push(Reverse(hit));
        if heap.len() > depth {
            heap.pop();
        }
    }
}

struct BestOfSegment {
    facts: Arc<dyn ColumnValues<u64>>,
    id_high: Arc<dyn ColumnValues<u64>>,
    id_low: Arc<dyn ColumnValues<u64>>,
    depths: [usize; Kind::ALL.len()],
    words: u16,
    found: Found,
}

impl Collector for Best {
    type Fruit = Found;
    type Child = BestOfSegment;

    fn for_segment(&self, _: SegmentOrdinal, segment: &SegmentReader) -> tantivy::Result<BestOfSegment> {
        let column = |name| segment.fast_fields().u64(name).map(|column| column.first_or_default_col(0));
        let [facts, id_high, id_low] = COLUMNS.map(column);
        Ok(BestOfSegment {
            facts: facts?,
            id_high: id_high?,
            id_low: id_low?,
            depths: self.depths,
            words: self.words,
            found: Found::default(),
        })
    }

    fn requires_scoring(&self) -> bool {
        true
    }

    fn merge_fruits(&self, segments: Vec<Found>) -> tantivy::Result<Found> {
        let mut all = Found::default();
        for segment in segments {
            all.matches += segment.matches;
            for (kind, heap) in segment.heaps.into_iter().enumerate() {
                for Reverse(hit) in heap {
                    all.keep(kind, self.depths[kind], hit);
                }
            }
        }
        Ok(all)
    }
}

impl SegmentCollector for BestOfSegment {
    type Fruit = Found;

    fn collect(&mut self, doc: DocId, score: Score) {
        let facts = Facts::unpack(self.facts.get_val(doc));
        let kind = usize::from(facts.kind.code());
        let depth = self.depths[kind];
        if depth == 0 {
            return;
        }
        self.found.matches += 1;
        let (tier, text) = tier_and_text(score, self.words);
        let points = points(text, self.words, facts);
        let heap = &self.found.heaps[kind];
        if heap.len() == depth
            && heap.peek().is_some_and(|Reverse(worst)| (tier, points) < (worst.tier, worst.points))
        {
            return;
        }
        let id = Uuid::from_u64_pair(self.id_high.get_val(doc), self.id_low.get_val(doc));
        self.found.keep(kind, depth, Hit { tier, points, id: Reverse(id) });
    }

    fn harvest(self) -> Found {
        self.found
    }
}
