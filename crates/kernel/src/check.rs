//! Checking what people send, field by field, so that one answer names every mistake.

use std::{fmt, ops::RangeInclusive};

use crate::{
    FieldError,
    text::{is_control, is_joiner, is_unseen},
};

/// Collects the mistakes of one body.
#[derive(Debug, Default)]
pub struct Check {
    errors: Vec<FieldError>,
}

/// The mistakes of one body: at least one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invalid(pub Vec<FieldError>);

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, error) in self.0.iter().enumerate() {
            let comma = if i == 0 { "" } else { ", " };
            write!(f, "{comma}{}: {}", error.pointer, error.detail)?;
        }
        Ok(())
    }
}

impl std::error::Error for Invalid {}

impl Invalid {
    /// A single mistake.
    pub fn one(pointer: &str, code: &str, detail: &str) -> Self {
        Self(vec![FieldError::new(pointer, code, detail)])
    }
}

impl Check {
    /// Nothing found yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Notes a mistake unless `holds`.
    pub fn that(&mut self, holds: bool, pointer: &str, code: &str, detail: &str) -> &mut Self {
        if !holds {
            self.errors.push(FieldError::new(pointer, code, detail));
        }
        self
    }

    /// A line of text: `length` in characters once blanks around it are gone; no control characters, and none that
    /// nobody sees.
    pub fn line(&mut self, pointer: &str, text: &str, length: RangeInclusive<usize>) -> &mut Self {
        self.text(pointer, text, length);
        self.that(!text.contains(is_control), pointer, "control_characters", "holds control characters");
        self.that(
            !text.contains(is_unseen),
            pointer,
            "invisible_characters",
            "holds characters that nobody sees",
        )
    }

    /// A text that may have several lines: `length` in characters once blanks around it are gone.
    pub fn text(&mut self, pointer: &str, text: &str, length: RangeInclusive<usize>) -> &mut Self {
        let n = text.trim().chars().count();
        let shown = text.trim().chars().filter(|c| !is_joiner(*c)).count();
        self.that(
            shown >= *length.start(),
            pointer,
            "too_short",
            &format!("needs at least {} characters", length.start()),
        );
        self.that(
            n <= *length.end(),
            pointer,
            "too_long",
            &format!("takes at most {} characters", length.end()),
        );
        // PostgreSQL cannot store NUL, and nobody means it.
        self.that(!text.contains('\0'), pointer, "control_characters", "holds a NUL character")
    }

    /// A number within bounds.
    pub fn number(&mut self, pointer: &str, n: i64, range: RangeInclusive<i64>) -> &mut Self {
        let detail = format!("is a number from {} to {}", range.start(), range.end());
        self.that(range.contains(&n), pointer, "out_of_range", &detail)
    }

    /// The verdict.
    ///
    /// # Errors
    /// All mistakes that were found.
    pub fn done(&mut self) -> Result<(), Invalid> {
        if self.errors.is_empty() { Ok(()) } else { Err(Invalid(std::mem::take(&mut self.errors))) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mistake_is_named() {
        let verdict = Check::new()
            .line("/title", "  ", 1..=5)
            .line("/bio", "a\nb", 0..=9)
            .number("/n", 3, 1..=2)
            .done();
        let pointers: Vec<_> = verdict.unwrap_err().0.into_iter().map(|e| e.pointer).collect();
        assert_eq!(pointers, ["/title", "/bio", "/n"]);
        assert_eq!(Check::new().line("/title", "Dawn", 1..=5).done(), Ok(()));
    }

    #[test]
    fn a_line_is_one_that_can_be_seen() {
        let code = |text: &str| {
            let verdict = Check::new().line("/title", text, 1..=9).done();
            verdict.map_err(|e| e.0.into_iter().map(|e| e.code).collect::<Vec<_>>().join(" ")).err()
        };
        for line_end in ["a\u{7}b", "a\nb", "a\u{2028}b", "a\u{2029}b"] {
            assert_eq!(code(line_end).as_deref(), Some("control_characters"), "{line_end:?}");
        }
        for unseen in ["a\u{200b}b", "a\u{202e}b", "\u{3164}"] {
            assert_eq!(code(unseen).as_deref(), Some("invisible_characters"), "{unseen:?}");
        }
        assert_eq!(code("\u{200d}\u{fe0f}").as_deref(), Some("too_short"));
        assert_eq!(code("👩\u{200d}🎤"), None);
    }
}
