//! Names and titles as they are kept and shown.

use std::borrow::Cow;

/// Whether nobody sees `c`, or it changes how what stands around it is shown: fillers, soft hyphens, controls of the
/// bidirectional algorithm (UAX #9), annotations, shorthand and tag characters, and what is no character at all.
///
/// Joiners and variation selectors are parts of what they stand in, an emoji or a Persian word, and so are no such
/// characters; control characters and line ends are matters of their own.
pub fn is_unseen(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180e}' | '\u{200b}'
        | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}'
        | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' | '\u{fdd0}'..='\u{fdef}' | '\u{fffe}' | '\u{ffff}'
        | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e007f}')
}

/// Whether `c` joins or varies its neighbours and is nothing by itself.
pub fn is_joiner(c: char) -> bool {
    matches!(c, '\u{34f}' | '\u{200c}' | '\u{200d}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}')
}

/// Whether `c` ends a line or controls a terminal.
pub fn is_control(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')
}

/// A name or a title as it is kept: without blanks around it, and without [unseen](is_unseen) characters.
pub fn tidy(text: &str) -> Cow<'_, str> {
    let text = text.trim();
    if text.contains(is_unseen) {
        Cow::Owned(text.replace(is_unseen, "").trim().to_owned())
    } else {
        Cow::Borrowed(text)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_nobody_sees_is_left_out() {
        assert_eq!(tidy(" a\u{202e}gpj.exe\u{202c} "), "agpj.exe");
        assert_eq!(tidy("\u{feff} A\u{200b}n\u{ad}a \u{2066}"), "Ana");
        assert_eq!(tidy("\u{200b}\u{3164}"), "");
        assert!(matches!(tidy(" plain "), Cow::Borrowed("plain")));
        for kept in ["👩\u{200d}🎤", "❤\u{fe0f}", "می\u{200c}خواهم", "Sigur Rós", "葛\u{e0100}"]
        {
            assert_eq!(tidy(kept), kept);
        }
    }

    proptest! {
        #[test]
        fn tidy_text_stays_as_it_is(text in "[\u{200b}\u{202e}\u{feff} a-c\u{200d}]{0,20}|\\PC{0,20}") {
            let once = tidy(&text).into_owned();
            prop_assert_eq!(tidy(&once), once.as_str());
        }
    }
}
