//! Strangers' texts made fit to store and show.

use kernel::text::is_unseen;
use unicode_normalization::UnicodeNormalization;

/// One line of at most `limit` characters in NFC, trimmed, runs of white space made one space, without control
/// characters and whatever else changes the text around it; `None` if nothing is left.
pub(super) fn line(raw: &str, limit: usize) -> Option<String> {
    // NFC of what is already shortened by filtering, so that no later step can undo it.
    if raw.is_ascii() {
        collapse(visible(raw, limit), limit)
    } else {
        collapse(visible(raw, limit).nfc(), limit)
    }
}

fn collapse(characters: impl Iterator<Item = char>, limit: usize) -> Option<String> {
    let mut out = String::new();
    let mut gap = false;
    let mut count = 0;
    for character in characters {
        if character.is_whitespace() {
            gap = !out.is_empty();
            continue;
        }
        if count + usize::from(gap) >= limit {
            break;
        }
        if std::mem::take(&mut gap) {
            out.push(' ');
            count += 1;
        }
        out.push(character);
        count += 1;
    }
    (!out.is_empty()).then_some(out)
}

/// Several lines of at most `limit` characters together; `None` if there are none or more than that.
pub(super) fn lines(raw: &str, limit: usize) -> Option<String> {
    if raw.len() > 4 * limit {
        return None;
    }
    let unix = raw.replace("\r\n", "\n").replace('\r', "\n");
    let cleaned: Vec<String> =
        unix.split('\n').map(|text| line(text, raw.len()).unwrap_or_default()).collect();
    let text = cleaned.join("\n");
    let text = text.trim_matches('\n');
    (!text.is_empty() && text.chars().count() <= limit).then(|| text.to_owned())
}

/// Characters that stand for themselves. A hostile text may be megabytes of rubbish: only so much of it is looked at.
fn visible(raw: &str, limit: usize) -> impl Iterator<Item = char> {
    raw.chars()
        .take(limit.saturating_mul(4))
        .filter(|character| (!character.is_control() || character.is_whitespace()) && !is_unseen(*character))
}

/// A decimal number in units of `10^-digits`, rounded half away from zero: `("-6.48 dB", 2)` is -648.
pub(super) fn decimal(raw: &str, digits: u32) -> Option<i64> {
    let text = raw.trim();
    let (negative, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.' && c != ',').unwrap_or(text.len());
    let (whole, fraction) = text[..end].split_once(['.', ',']).unwrap_or((&text[..end], ""));
    if whole.len() > 9 || (whole.is_empty() && fraction.is_empty()) {
        return None;
    }
    let mut value: i64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let mut places =
        fraction.bytes().map(|byte| i64::from(byte.wrapping_sub(b'0'))).filter(|digit| *digit < 10);
    for _ in 0..digits {
        value = value * 10 + places.next().unwrap_or(0);
    }
    if places.next().unwrap_or(0) >= 5 {
        value += 1;
    }
    Some(if negative { -value } else { value })
}

#[cfg(test)]
mod tests {
    use super::{decimal, line, lines};
    use proptest::prelude::*;
    use unicode_normalization::is_nfc;

    #[test]
    fn what_could_deceive_is_taken_out() {
        assert_eq!(line("  Song\u{202E}gpj.exe \r\n\tB ", 500).as_deref(), Some("Songgpj.exe B"));
        assert_eq!(line("a\0b\u{7}c\u{FEFF}", 500).as_deref(), Some("abc"));
        assert_eq!(line("e\u{301}", 500).as_deref(), Some("é"));
        assert_eq!(line("\u{200F}\u{2066}\u{2069} \n", 500), None);
        assert_eq!(
            line("👩\u{200D}🎤", 500).as_deref(),
            Some("👩\u{200D}🎤"),
            "joiners are part of a letter"
        );
        assert_eq!(line(&"x".repeat(64 * 1024), 500).map(|text| text.len()), Some(500));
        assert_eq!(line("a b c", 3).as_deref(), Some("a b"));
    }

    #[test]
    fn lyrics_keep_their_lines_or_are_left_out() {
        assert_eq!(lines("\r\none\r\n\r\n two\u{202E}\n", 100).as_deref(), Some("one\n\ntwo"));
        assert_eq!(lines(&"la ".repeat(100), 100), None);
    }

    #[test]
    fn decimals_are_exact() {
        assert_eq!(decimal("-6.48 dB", 2), Some(-648));
        assert_eq!(decimal("+1.005", 2), Some(101));
        assert_eq!(decimal("0,5", 2), Some(50));
        assert_eq!(decimal(".25", 2), Some(25));
        assert_eq!(decimal("0.98831177", 6), Some(988_312));
        assert_eq!(decimal("dB", 2), None);
        assert_eq!(decimal("99999999999999999999", 2), None);
        assert_eq!(decimal("1e9", 0), Some(1));
    }

    proptest! {
        #[test]
        fn lines_hold_their_promise(raw in any::<String>(), limit in 1_usize..40) {
            if let Some(text) = line(&raw, limit) {
                prop_assert!(!text.is_empty() && text == text.trim());
                prop_assert!(text.chars().count() <= limit);
                prop_assert!(is_nfc(&text));
                prop_assert!(!text.chars().any(char::is_control));
                let again = line(&text, limit);
                prop_assert_eq!(again.as_deref(), Some(text.as_str()));
            }
            let _ = decimal(&raw, 2);
            let _ = lines(&raw, limit);
        }
    }
}
