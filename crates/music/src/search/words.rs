//! Texts as words: what a name is found by, and what a query asks for.
//!
//! Both are folded first (accents, case, typographic variants; see [`fold`]) and cut at blanks and punctuation. A
//! name is also found without its punctuation, since people leave it out: "R.E.M." by "rem", "AC/DC" by "acdc",
//! "Don't" by "dont". Scripts that are written without blanks are cut into characters.

use std::collections::HashSet;

use crate::text::fold;

/// Longer words are cut here, in names and queries alike, in characters.
const LENGTH: usize = 64;
/// Words of a name that count.
const WORDS: usize = 64;

/// The words that a query asks for, each once, at its last place: the last one may be unfinished.
pub(super) fn asked(text: &str) -> Vec<String> {
    let folded = fold(text);
    let mut words: Vec<String> = chunks(&folded).flat_map(|chunk| parts(&chunk.replace('\'', ""))).collect();
    if words.is_empty() {
        // Only signs ("!!!"): then they are what is asked for.
        words = chunks(&folded).map(cut).collect();
    }
    words.truncate(WORDS);
    let mut seen = HashSet::new();
    let mut kept: Vec<String> = words.into_iter().rev().filter(|word| seen.insert(word.clone())).collect();
    kept.reverse();
    kept
}

/// The words that a name is found by: those that it would ask for itself, and its other spellings.
pub(super) fn found_by(text: &str) -> HashSet<String> {
    let mut words: HashSet<String> = asked(text).into_iter().collect();
    let folded = fold(text);
    for chunk in chunks(&folded).take(WORDS) {
        let pieces = parts(chunk);
        if pieces.is_empty() {
            words.insert(cut(chunk));
        } else if pieces.len() > 1 && !chunk.contains(stands_alone) {
            words.insert(cut(&pieces.concat()));
        }
        words.extend(pieces.into_iter().take(WORDS));
    }
    words
}

/// What stands between blanks.
fn chunks(folded: &str) -> impl Iterator<Item = &str> {
    folded.split_whitespace()
}

/// The words within a chunk: runs of letters and digits.
fn parts(chunk: &str) -> Vec<String> {
    let mut parts = Vec::new();
    for run in chunk.split(|c: char| !c.is_alphanumeric()) {
        let mut rest = run;
        while let Some(first) = rest.chars().next() {
            let end = if stands_alone(first) {
                first.len_utf8()
            } else {
                rest.find(stands_alone).unwrap_or(rest.len())
            };
            let (part, after) = rest.split_at(end);
            parts.push(cut(part));
            rest = after;
        }
    }
    parts
}

fn cut(word: &str) -> String {
    word.chars().take(LENGTH).collect()
}

/// Characters of scripts that put no blanks between words: Han and kana.
fn stands_alone(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{20000}'..='\u{3ffff}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn finds(name: &str, query: &str) -> bool {
        let words = found_by(name);
        let asked = asked(query);
        !asked.is_empty() && asked.iter().all(|word| words.contains(word))
    }

    #[test]
    fn names_are_found_with_and_without_their_signs() {
        for (name, query) in [
            ("Sigur Rós", "sigur ros"),
            ("Sigur Ros", "RÓS"),
            ("R.E.M.", "rem"),
            ("R.E.M.", "r.e.m"),
            ("AC/DC", "acdc"),
            ("AC/DC", "ac dc"),
            ("Jay-Z", "jayz"),
            ("Don’t Stop", "dont stop"),
            ("Don't Stop", "don’t"),
            ("Dont Stop", "don't stop"),
            ("O'Connor", "connor"),
            ("Simon & Garfunkel", "simon garfunkel"),
            ("Simon and Garfunkel", "simon - garfunkel"),
            ("!!!", "!!!"),
            ("東京事変", "事変"),
            ("宇多田ヒカル", "ヒカル"),
            ("Straße", "STRASSE"),
        ] {
            assert!(finds(name, query), "{name:?} by {query:?}");
        }
        assert!(!finds("Rósa", "ros"));
        assert!(!finds("AC/DC", "abba"));
    }

    #[test]
    fn a_repeated_word_is_asked_once_and_the_last_stays_last() {
        assert_eq!(asked("la la land la"), ["land", "la"]);
        assert_eq!(asked("  "), Vec::<String>::new());
        assert_eq!(asked(&"x".repeat(500)), ["x".repeat(LENGTH)]);
    }

    proptest! {
        #[test]
        fn every_name_finds_itself(name in "\\PC{1,60}") {
            let words = found_by(&name);
            for word in asked(&name) {
                prop_assert!(words.contains(&word), "{:?}", word);
            }
        }

        #[test]
        fn no_text_is_too_strange(text in ".{0,300}") {
            let words = asked(&text);
            prop_assert!(words.len() <= WORDS);
            for word in words.iter().chain(&found_by(&text)) {
                prop_assert!(!word.is_empty() && word.chars().count() <= LENGTH);
            }
        }
    }
}
