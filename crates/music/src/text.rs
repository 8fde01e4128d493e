//! Texts as they are compared, sorted and searched.

use kernel::text::{is_joiner, is_unseen};
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// The key under which `text` is sorted, recognised and searched: compatibility-decomposed (Unicode NFKD),
/// without marks, in lower case, with single blanks, typographic quotes and dashes as ASCII, and without
/// characters that nobody sees. "Sigur Rós" and "SIGUR  ROS" have one key. Folding a key changes nothing.
///
/// A text of which nothing would be left keeps what it has, so that two such texts do not become one. A key has at most
/// 1,000 bytes: an index entry of PostgreSQL takes no more than 2,704.
pub fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    if text.is_ascii() {
        push_folded(&mut out, text.chars());
    } else {
        push_folded(&mut out, text.nfkd().filter(|c| !is_combining_mark(*c)));
    }
    if out.trim_end().is_empty() {
        out = text.trim().replace('\0', "").to_lowercase();
    }
    out.truncate(out.floor_char_boundary(LONGEST));
    if out.ends_with(' ') {
        out.pop();
    }
    out
}

/// The longest key, in bytes.
const LONGEST: usize = 1_000;

fn push_folded(out: &mut String, chars: impl Iterator<Item = char>) {
    for c in chars {
        if c.is_whitespace() || c.is_control() {
            if !out.is_empty() && !out.ends_with(' ') {
                out.push(' ');
            }
        } else if c.is_ascii() {
            out.push(c.to_ascii_lowercase());
        } else if !is_unseen(c) && !is_joiner(c) {
            // Lower case can bring a mark of its own ("İ").
            for lower in c.to_lowercase().filter(|c| !is_combining_mark(*c)) {
                match plain(lower) {
                    Some(plain) => out.push_str(plain),
                    None => out.push(lower),
                }
            }
        }
    }
}

/// Letters that no decomposition takes apart although people type them in ASCII, and punctuation that
/// keyboards and taggers write in two ways.
fn plain(c: char) -> Option<&'static str> {
    Some(match c {
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'ø' => "o",
        'đ' | 'ð' => "d",
        'ł' => "l",
        'ħ' => "h",
        'ı' => "i",
        'þ' => "th",
        'ς' => "σ",
        '‘' | '’' | 'ʼ' | '′' | '`' | '´' => "'",
        '“' | '”' | '„' => "\"",
        '‐' | '‑' | '‒' | '–' | '—' | '―' | '−' => "-",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn spellings_of_one_name_have_one_key() {
        for (written, key) in [
            ("Sigur Rós", "sigur ros"),
            ("SIGUR\u{a0} ROS ", "sigur ros"),
            ("Sigur Ro\u{301}s", "sigur ros"),
            ("Mötley Crüe", "motley crue"),
            ("Ｆｕｌｌ Ｗｉｄｔｈ", "full width"),
            ("Straße", "strasse"),
            ("STRASSE", "strasse"),
            ("Røyksopp", "royksopp"),
            ("Łódź", "lodz"),
            ("İstanbul", "istanbul"),
            ("Don’t — Stop", "don't - stop"),
            ("ΟΔΟΣ", "οδοσ"),
            ("a\tb\n\u{202e}c\u{200b}d", "a b cd"),
            ("東京", "東京"),
            ("  ", ""),
        ] {
            assert_eq!(fold(written), key, "{written:?}");
        }
    }

    #[test]
    fn what_would_vanish_stays_distinct() {
        assert_ne!(fold("\u{301}"), fold("\u{308}"));
        assert!(!fold("\u{200b}").is_empty());
    }

    proptest! {
        #[test]
        fn a_key_is_its_own_key(text in prop_oneof!["\\PC{0,40}", "[\u{fdfa} aé]{300,500}"]) {
            let key = fold(&text);
            prop_assert!(key.len() <= LONGEST);
            prop_assert_eq!(fold(&key), key);
        }

        #[test]
        fn a_key_fits_the_database(text in ".{0,40}") {
            prop_assert!(!fold(&text).contains('\0'));
        }
    }
}
