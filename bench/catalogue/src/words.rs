//! Words and names that look like a library's: few words are common, most are rare. The same seed gives the same.

use std::ops::Range;

/// A sequence of numbers: SplitMix64.
#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// One of `range`, all as likely.
    pub fn within(&mut self, range: Range<u64>) -> u64 {
        range.start + self.roll() % (range.end - range.start)
    }

    /// Below `n`, small ones more often: about half of all within the first tenth.
    pub fn skewed(&mut self, n: u64) -> u64 {
        let (a, b, c) = (self.within(0..n), self.within(0..n), self.within(0..n));
        a * b / n * c / n
    }

    /// Whether something of this chance in a thousand happens.
    pub fn chance(&mut self, in_thousand: u64) -> bool {
        self.within(0..1000) < in_thousand
    }
}

const HEADS: [&str; 20] =
    ["b", "br", "ch", "d", "dr", "f", "g", "h", "k", "l", "m", "n", "p", "r", "s", "st", "t", "tr", "v", "w"];
const CORES: [&str; 10] = ["a", "e", "i", "o", "u", "ai", "ea", "oo", "é", "ö"];
const TAILS: [&str; 10] = ["", "n", "r", "s", "l", "ng", "st", "m", "ck", "th"];

/// How many words there are.
pub const WORDS: u64 = 12_000;

/// The word at a place; the first ones are the shortest.
pub fn word(place: u64) -> String {
    let mut dice = Dice::new(place);
    let syllables = match place {
        0..200 => 1,
        200..4000 => 2,
        _ => 3,
    };
    let mut word = String::new();
    let mut pick = |from: &[&'static str]| {
        let at = usize::try_from(dice.within(0..from.len() as u64)).unwrap_or(0);
        word.push_str(from[at]);
    };
    for _ in 0..syllables {
        pick(&HEADS);
        pick(&CORES);
        pick(&TAILS);
    }
    word
}

/// A name of some words.
pub fn name(dice: &mut Dice, words: Range<u64>) -> String {
    let n = dice.within(words);
    let words: Vec<String> = (0..n).map(|_| capital(&word(dice.skewed(WORDS)))).collect();
    words.join(" ")
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
