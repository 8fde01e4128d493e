//! The index against a model that reads every entry and counts letters.

use std::{cmp::Reverse, collections::HashSet};

use db::feed::Position;
use proptest::prelude::*;
use tempfile::TempDir;
use uuid::Uuid;

use super::{
    SearchError,
    entry::{Audience, Entry, Kind, Listing, popularity_bucket},
    rank::{self, Hits, Question, Tier},
    store::{Lent, Store},
    words,
};

fn entry(n: u128, name: &str) -> Entry {
    Entry {
        id: Uuid::from_u128(n),
        kind: Kind::Track,
        listing: Listing::Public,
        owner: None,
        of: Vec::new(),
        name: name.into(),
        artist: Vec::new(),
        album: None,
        plays: 0,
    }
}

/// An index of `entries`, in two segments.
fn index(entries: &[Entry]) -> (TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let mut store = Store::open(folder.path()).unwrap();
    let (one, two) = entries.split_at(entries.len() / 2);
    for part in [one, two] {
        store.add(part).unwrap();
        store.commit(Position::START).unwrap();
    }
    (folder, store)
}

fn question(text: &str, enough: usize) -> Question {
    Question {
        text: text.into(),
        audience: Audience::default(),
        kinds: Kind::ALL.to_vec(),
        of: Vec::new(),
        depth: 100,
        enough,
    }
}

fn ask(store: &Store, text: &str, enough: usize) -> Hits {
    let (_, fields) = super::entry::schema();
    rank::ask(&store.searcher(), &fields, &question(text, enough)).unwrap()
}

fn tracks(store: &Store, text: &str) -> Vec<u128> {
    ask(store, text, 1000).of(Kind::Track).iter().map(|hit| hit.id().as_u128()).collect()
}

#[test]
fn tiers_go_before_text_and_text_before_nothing() {
    let mut popular = entry(5, "Dawning");
    popular.plays = 1_000_000;
    let on_album = Entry { album: Some("Dawn".into()), ..entry(6, "Seven") };
    let by_artist = Entry { artist: vec!["Dawn".into()], ..entry(7, "Eight") };
    let entries = [
        entry(1, "Down"),
        entry(2, "Dawn Patrol at Sea"),
        entry(3, "Dawn"),
        entry(4, "Dawnlight"),
        popular,
        on_album,
        by_artist,
        entry(8, "Dusk"),
    ];
    let (_folder, store) = index(&entries);
    assert_eq!(tracks(&store, "dawn"), [3, 2, 7, 6, 5, 4, 1]);
    // Popularity turns the order within a tier.
    let mut entries = entries;
    entries[1].plays = 10_000;
    let (_folder, store) = index(&entries);
    assert_eq!(tracks(&store, "dawn"), [2, 3, 7, 6, 5, 4, 1]);
}

#[test]
fn typos_are_looked_for_only_when_there_is_too_little_else() {
    let (_folder, store) = index(&[entry(1, "Dawn"), entry(2, "Down"), entry(3, "Dwan")]);
    assert_eq!(ask(&store, "dawn", 1).of(Kind::Track).len(), 1);
    let hits = ask(&store, "dawn", 2);
    let tiers: Vec<Tier> = hits.of(Kind::Track).iter().map(|hit| hit.tier).collect();
    assert_eq!(tiers, [Tier::Exact, Tier::Typo, Tier::Typo]);
    // Short words are taken as they are.
    assert!(tracks(&store, "dwn").is_empty());
}

#[test]
fn a_single_letter_begins_names_alone() {
    let by_artist = Entry { artist: vec!["Dusk".into()], ..entry(2, "Seven") };
    let by_letter = Entry { artist: vec!["D".into()], ..entry(3, "Eight") };
    let (_folder, store) = index(&[entry(1, "Dawn"), by_artist, by_letter]);
    assert_eq!(tracks(&store, "d"), [3, 1]);
    assert_eq!(tracks(&store, "du"), [2]);
    assert_eq!(tracks(&store, "seven d"), [2]);
}

#[test]
fn one_letter_more_less_other_or_swapped_is_forgiven() {
    let (_folder, store) = index(&[entry(1, "Björk Guðmundsdóttir"), entry(2, "Queen")]);
    for query in ["bjrok", "bjrk", "bjoerk", "björc", "gudmundsdottit", "bjork gudmundsdotir", "byork gudm"]
    {
        assert_eq!(tracks(&store, query), [1], "{query}");
    }
    for query in ["bjerc", "qween björk", "jkorb"] {
        assert!(tracks(&store, query).is_empty(), "{query}");
    }
}

#[test]
fn all_words_must_match_somewhere() {
    let track =
        Entry { artist: vec!["Sigur Rós".into()], album: Some("Takk...".into()), ..entry(1, "Hoppípolla") };
    let (_folder, store) = index(&[track, entry(2, "Hoppipolla")]);
    assert_eq!(tracks(&store, "hoppipolla"), [1, 2]);
    assert_eq!(tracks(&store, "hoppipolla sigur"), [1]);
    assert_eq!(tracks(&store, "takk ros hop"), [1]);
    assert!(tracks(&store, "hoppipolla queen").is_empty());
    // Operators of query languages are plain text.
    assert_eq!(tracks(&store, "+hoppipolla AND (sigur~)"), Vec::<u128>::new());
    assert_eq!(tracks(&store, "\"hoppipolla\" -sigur*"), [1]);
}

#[test]
fn only_the_audience_finds_an_entry() {
    let ana = Uuid::from_u128(100);
    let of = |n, listing| Entry { listing, owner: Some(ana), ..entry(n, "Dawn") };
    let (_folder, store) =
        index(&[of(1, Listing::Public), of(2, Listing::Members), of(3, Listing::Own), of(4, Listing::Own)]);
    let find = |audience: Audience| {
        let question = Question { audience, ..question("dawn", 10) };
        let (_, fields) = super::entry::schema();
        let hits = rank::ask(&store.searcher(), &fields, &question).unwrap();
        hits.of(Kind::Track).iter().map(|hit| hit.id().as_u128()).collect::<Vec<_>>()
    };
    assert_eq!(find(Audience::default()), [1]);
    assert_eq!(find(Audience { member: true, manages: Vec::new() }), [1, 2]);
    assert_eq!(find(Audience { member: true, manages: vec![ana.into()] }), [1, 2, 3, 4]);
    assert_eq!(find(Audience { member: true, manages: vec![Uuid::from_u128(9).into()] }), [1, 2]);
}

#[test]
fn a_question_may_be_about_what_belongs_to_something() {
    let [ana, album, rock] = [100, 200, 300].map(Uuid::from_u128);
    let track = |n, of: &[Uuid]| Entry { owner: Some(ana), of: of.to_vec(), ..entry(n, "Dawn") };
    let (_folder, store) = index(&[track(1, &[album, rock]), track(2, &[rock]), entry(3, "Dawn")]);
    let find = |of: &[Uuid]| {
        let (_, fields) = super::entry::schema();
        let question = Question { of: of.to_vec(), ..question("dawn", 10) };
        let hits = rank::ask(&store.searcher(), &fields, &question).unwrap();
        hits.of(Kind::Track).iter().map(|hit| (hit.id().as_u128(), hit.tier)).collect::<Vec<_>>()
    };
    let exact = |ids: &[u128]| ids.iter().map(|id| (*id, Tier::Exact)).collect::<Vec<_>>();
    assert_eq!(find(&[]), exact(&[1, 2, 3]));
    assert_eq!(find(&[ana]), exact(&[1, 2]));
    assert_eq!(find(&[ana, rock, album]), exact(&[1]));
    assert_eq!(find(&[Uuid::from_u128(9)]), []);
}

#[test]
fn what_was_not_committed_is_not_there_after_a_crash() {
    let (folder, mut store) = index(&[entry(1, "Dawn"), entry(2, "Dusk")]);
    store.remove(&[Uuid::from_u128(1)]).unwrap();
    store.add(&[entry(3, "Dawn")]).unwrap();
    drop(store);
    let store = Store::open(folder.path()).unwrap();
    assert_eq!(store.position(), Some(Position::START));
    assert_eq!(tracks(&store, "dawn"), [1]);
}

#[test]
fn one_process_has_the_folder_and_others_read_along() {
    let (folder, mut store) = index(&[entry(1, "Dawn")]);
    assert!(matches!(Store::open(folder.path()), Err(SearchError::InUse(_))));
    let mut lent = Lent::open(folder.path()).unwrap();
    let count = |lent: &mut Lent| lent.newer().unwrap().map(|searcher| searcher.num_docs());
    assert_eq!(count(&mut lent), Some(1));
    assert_eq!(count(&mut lent), None);
    store.add(&[entry(2, "Dusk")]).unwrap();
    assert_eq!(count(&mut lent), None);
    store.commit(Position::START).unwrap();
    assert_eq!(count(&mut lent), Some(2));
    drop(store);
    Store::open(folder.path()).unwrap();
}

#[test]
fn an_index_without_a_commit_is_not_read() {
    let folder = tempfile::tempdir().unwrap();
    let _store = Store::open(folder.path()).unwrap();
    assert!(Lent::open(folder.path()).unwrap().newer().unwrap().is_none());
}

/// Each way to spoil an index leads to an empty one that asks to be rebuilt.
#[test]
fn what_cannot_be_used_is_made_anew() {
    let spoil: [fn(&std::path::Path); 4] = [
        |place| std::fs::write(place.join("meta.json"), "{").unwrap(),
        |place| std::fs::remove_file(place.join("meta.json")).unwrap(),
        |place| {
            for file in std::fs::read_dir(place).unwrap().map(|file| file.unwrap().path()) {
                if file.extension().is_some_and(|kind| kind == "term") {
                    let mut bytes = std::fs::read(&file).unwrap();
                    bytes[0] ^= 1;
                    std::fs::write(&file, bytes).unwrap();
                }
            }
        },
        |place| {
            let meta = std::fs::read_to_string(place.join("meta.json")).unwrap();
            std::fs::write(place.join("meta.json"), meta.replace("\\\"format\\\":", "\\\"format\\\":9"))
                .unwrap();
        },
    ];
    for (i, spoil) in spoil.into_iter().enumerate() {
        let (folder, store) = index(&[entry(1, "Dawn")]);
        drop(store);
        spoil(&folder.path().join("index"));
        let mut store = Store::open(folder.path()).unwrap();
        assert_eq!(store.position(), None, "{i}");
        store.add(&[entry(2, "Dawn")]).unwrap();
        store.commit(Position::START).unwrap();
        assert_eq!(tracks(&store, "dawn"), [2], "{i}");
    }
}

#[test]
fn resting_gives_the_writer_back_and_keeps_everything() {
    let (_folder, mut store) = index(&[entry(1, "Dawn"), entry(2, "Dusk")]);
    store.rest().unwrap();
    store.rest().unwrap();
    store.remove(&[Uuid::from_u128(1)]).unwrap();
    store.add(&[entry(3, "Dawn")]).unwrap();
    store.commit(Position::START).unwrap();
    assert_eq!(tracks(&store, "dawn"), [3]);
    store.clear().unwrap();
    store.commit(Position::START).unwrap();
    assert!(tracks(&store, "dusk").is_empty());
}

/// Whether one letter more, less or other, or two swapped, make `a` out of `b`.
fn one_typo(a: &[char], b: &[char]) -> bool {
    let same = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let (a, b) = (&a[same..], &b[same..]);
    let rest = |text: &[char], n: usize| text.get(n..).map(<[char]>::to_vec);
    let equal = |a: Option<Vec<char>>, b: Option<Vec<char>>| a.is_some() && a == b;
    (a.is_empty() && b.is_empty())
        || equal(rest(a, 1), rest(b, 0))
        || equal(rest(a, 0), rest(b, 1))
        || equal(rest(a, 1), rest(b, 1))
        || (a.len() >= 2 && b.len() >= 2 && a[0] == b[1] && a[1] == b[0] && equal(rest(a, 2), rest(b, 2)))
}

fn word_tier(asked: &str, last: bool, word: &str) -> Option<Tier> {
    let (a, w): (Vec<char>, Vec<char>) = (asked.chars().collect(), word.chars().collect());
    if a == w {
        Some(Tier::Exact)
    } else if last && w.starts_with(&a) {
        Some(Tier::Prefix)
    } else if a.len() < 4 {
        None
    } else if last {
        (0..=w.len()).any(|n| one_typo(&a, &w[..n])).then_some(Tier::Typo)
    } else {
        one_typo(&a, &w).then_some(Tier::Typo)
    }
}

/// Tier and points of an entry, by the rules in words.
fn model(entry: &Entry, asked: &[String]) -> Option<(Tier, u32)> {
    let fields: [(u32, Vec<&String>); 3] =
        [(8, vec![&entry.name]), (6, entry.artist.iter().collect()), (4, entry.album.iter().collect())];
    let (mut tier, mut text) = (Tier::Exact, 0);
    for (i, word) in asked.iter().enumerate() {
        let of_field = |(weight, texts): &(u32, Vec<&String>)| {
            // A single letter begins words of names alone.
            let last = i + 1 == asked.len() && (*weight == 8 || asked.len() > 1 || word.chars().count() > 1);
            let words: HashSet<String> = texts.iter().flat_map(|text| words::found_by(text)).collect();
            words.iter().filter_map(|w| word_tier(word, last, w)).max().map(|tier| (tier, *weight))
        };
        let (word_tier, weight) = fields.iter().filter_map(of_field).max()?;
        tier = tier.min(word_tier);
        text += weight;
    }
    let n = u32::try_from(asked.len()).unwrap();
    let named = u32::try_from(words::asked(&entry.name).len()).unwrap();
    let matched = if text == 8 * n { 600 + 400 * n / named.max(n) } else { 600 * text / (8 * n) };
    let plays = u64::try_from(entry.plays).unwrap();
    Some((tier, matched * (20 + popularity_bucket(plays))))
}

fn name() -> impl Strategy<Value = String> {
    // Few letters, so that much is nearly alike.
    proptest::collection::vec("[abé]{1,6}", 1..4).prop_map(|words| words.join(" "))
}

fn catalogue() -> impl Strategy<Value = Vec<Entry>> {
    let one = (name(), proptest::option::of(name()), proptest::option::of(name()), 0_i64..100);
    proptest::collection::vec(one, 0..40).prop_map(|lines| {
        let lines = lines.into_iter().enumerate();
        lines
            .map(|(i, (title, artist, album, plays))| Entry {
                artist: artist.into_iter().collect(),
                album,
                plays,
                kind: Kind::ALL[i % 4],
                ..entry(u128::try_from(i).unwrap() << 60, &title)
            })
            .collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn the_index_answers_as_the_model_does(entries in catalogue(), queries in proptest::collection::vec(name(), 8)) {
        let (_folder, store) = index(&entries);
        for query in queries {
            let asked = words::asked(&query);
            let hits = ask(&store, &query, 1000);
            for kind in Kind::ALL {
                let mut expected: Vec<_> = entries
                    .iter()
                    .filter(|entry| entry.kind == kind)
                    .filter_map(|entry| model(entry, &asked).map(|(tier, points)| (Reverse((tier, points)), entry.id)))
                    .collect();
                expected.sort();
                let found: Vec<_> =
                    hits.of(kind).iter().map(|hit| (Reverse((hit.tier, hit.points)), hit.id())).collect();
                prop_assert_eq!(found, expected, "{:?}", query);
            }
        }
    }

    #[test]
    fn no_query_is_too_strange(query in "\\PC{0,200}|[*?~^\"()\\[\\]{}:+\\-!\\\\/&|<>= ]{0,200}|.{0,200}") {
        let (_folder, store) = index(&[entry(1, "Dawn"), entry(2, &query)]);
        let hits = tracks(&store, &query);
        // Whatever has words finds what is called the same.
        prop_assert!(words::asked(&query).is_empty() || hits.contains(&2), "{:?}", hits);
    }
}
