//! Conditional requests (RFC 9110, 13).

use std::time::{Duration, UNIX_EPOCH};

use http::{HeaderMap, HeaderValue, header};
use kernel::Time;

/// What the bytes are recognised by.
#[derive(Debug, Clone, Copy)]
pub(super) struct Validators<'a> {
    /// A strong entity tag, quotes included.
    pub etag: &'a str,
    /// When the bytes were last changed.
    pub modified: Time,
}

/// What the conditions of a request come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The request is answered; `Range` counts if `ranges`.
    Proceed { ranges: bool },
    /// 304: the caller has these bytes.
    NotModified,
    /// 412: the caller wants other bytes than these.
    Failed,
}

/// Whether `If-Match` lets a change go ahead of what `etag`, a strong one, stands for (RFC 9110, 13.1.1).
pub(crate) fn if_match(headers: &HeaderMap, etag: &str) -> bool {
    !headers.contains_key(header::IF_MATCH)
        || lists(headers, header::IF_MATCH, |tag| tag.is(etag, Strength::Strong))
}

/// Evaluates the conditions of a GET or HEAD in the order of RFC 9110, 13.2.2. `now` decides whether a date is
/// exact enough to continue a download with.
pub(super) fn evaluate(headers: &HeaderMap, bytes: Validators<'_>, now: Time) -> Outcome {
    let modified = bytes.modified.unix_seconds();
    if headers.contains_key(header::IF_MATCH) {
        if !if_match(headers, bytes.etag) {
            return Outcome::Failed;
        }
    } else if date(headers, header::IF_UNMODIFIED_SINCE).is_some_and(|since| modified > since) {
        return Outcome::Failed;
    }
    if headers.contains_key(header::IF_NONE_MATCH) {
        if lists(headers, header::IF_NONE_MATCH, |tag| tag.is(bytes.etag, Strength::Weak)) {
            return Outcome::NotModified;
        }
    } else if date(headers, header::IF_MODIFIED_SINCE).is_some_and(|since| modified <= since) {
        return Outcome::NotModified;
    }
    Outcome::Proceed { ranges: if_range(headers, bytes, now) }
}

/// Whether the caller's part of the file is a part of these bytes (RFC 9110, 13.1.5).
fn if_range(headers: &HeaderMap, bytes: Validators<'_>, now: Time) -> bool {
    let mut values = headers.get_all(header::IF_RANGE).iter();
    let Some(value) = values.next() else { return true };
    if values.next().is_some() {
        return false;
    }
    if value.as_bytes().contains(&b'"') {
        return Tag::read(value.as_bytes())
            .is_some_and(|(tag, rest)| rest.is_empty() && tag.is(bytes.etag, Strength::Strong));
    }
    // A date is a strong validator once the bytes have been left alone for a second (8.8.2.2).
    let settled = bytes.modified.plus(Duration::from_secs(1)) <= now;
    settled && seconds(value) == Some(bytes.modified.unix_seconds())
}

/// An entity tag, or `*` for any.
#[derive(Debug, PartialEq, Eq)]
enum Tag<'a> {
    Any,
    One { weak: bool, text: &'a [u8] },
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Strength {
    Strong,
    Weak,
}

impl<'a> Tag<'a> {
    /// The tag at the beginning of `text`, and what follows it.
    fn read(text: &'a [u8]) -> Option<(Self, &'a [u8])> {
        if let Some(rest) = text.strip_prefix(b"*") {
            return Some((Self::Any, rest));
        }
        let (weak, text) = match text.strip_prefix(b"W/") {
            Some(text) => (true, text),
            None => (false, text),
        };
        let inside = text.strip_prefix(b"\"")?;
        let end = inside.iter().position(|b| *b == b'"')?;
        Some((Self::One { weak, text: &text[..end + 2] }, &inside[end + 1..]))
    }

    /// Compares with our tag, which is a strong one (RFC 9110, 8.8.3.2).
    fn is(&self, etag: &str, strength: Strength) -> bool {
        match self {
            Self::Any => true,
            Self::One { weak, text } => {
                *text == etag.as_bytes() && (!weak || matches!(strength, Strength::Weak))
            }
        }
    }
}

/// Whether one of the listed tags is `wanted`. What follows a malformed tag is not looked at.
fn lists(headers: &HeaderMap, name: header::HeaderName, wanted: impl Fn(&Tag<'_>) -> bool) -> bool {
    headers.get_all(name).iter().any(|value| {
        let mut rest = value.as_bytes();
        loop {
            while let [b' ' | b'\t' | b',', after @ ..] = rest {
                rest = after;
            }
            match Tag::read(rest) {
                Some((tag, _)) if wanted(&tag) => return true,
                Some((_, after)) => rest = after,
                None => return false,
            }
        }
    })
}

/// The date of a header; one that is not a date is ignored, as is one that comes twice.
fn date(headers: &HeaderMap, name: header::HeaderName) -> Option<i64> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?;
    if values.next().is_some() { None } else { seconds(value) }
}

fn seconds(value: &HeaderValue) -> Option<i64> {
    let date = httpdate::parse_http_date(value.to_str().ok()?).ok()?;
    i64::try_from(date.duration_since(UNIX_EPOCH).ok()?.as_secs()).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ETAG: &str = "\"abc-1\"";
    const BEFORE: &str = "Sat, 21 Nov 2026 11:59:59 GMT";
    const THEN: &str = "Sat, 21 Nov 2026 12:00:00 GMT";
    const AFTER: &str = "Sat, 21 Nov 2026 12:00:01 GMT";

    fn ask(headers: &[(header::HeaderName, &str)]) -> Outcome {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(name, value.parse().unwrap());
        }
        let modified: Time = "2026-11-21T12:00:00.5Z".parse().unwrap();
        evaluate(&map, Validators { etag: ETAG, modified }, modified.plus(Duration::from_mins(1)))
    }

    const GO: Outcome = Outcome::Proceed { ranges: true };
    const NO_RANGES: Outcome = Outcome::Proceed { ranges: false };

    #[test]
    fn a_caller_that_has_the_bytes_is_told_so() {
        use header::{IF_MODIFIED_SINCE, IF_NONE_MATCH};
        for same in [ETAG, "*", "W/\"abc-1\"", "\"x,y\", \"abc-1\"", ", W/\"z\" ,\"abc-1\""] {
            assert_eq!(ask(&[(IF_NONE_MATCH, same)]), Outcome::NotModified, "{same}");
        }
        for other in ["\"abc-2\"", "abc-1", "\"abc-1", "\"x\" abc-1", ""] {
            assert_eq!(ask(&[(IF_NONE_MATCH, other)]), GO, "{other}");
        }
        assert_eq!(ask(&[(IF_NONE_MATCH, "\"x\""), (IF_NONE_MATCH, ETAG)]), Outcome::NotModified);
        assert_eq!(ask(&[(IF_MODIFIED_SINCE, BEFORE)]), GO);
        assert_eq!(ask(&[(IF_MODIFIED_SINCE, THEN)]), Outcome::NotModified);
        assert_eq!(ask(&[(IF_MODIFIED_SINCE, AFTER)]), Outcome::NotModified);
        assert_eq!(ask(&[(IF_MODIFIED_SINCE, "yesterday")]), GO);
        // The tag decides where both are given.
        assert_eq!(ask(&[(IF_NONE_MATCH, "\"x\""), (IF_MODIFIED_SINCE, AFTER)]), GO);
    }

    #[test]
    fn a_caller_that_insists_on_other_bytes_is_refused() {
        use header::{IF_MATCH, IF_NONE_MATCH, IF_UNMODIFIED_SINCE};
        assert_eq!(ask(&[(IF_MATCH, ETAG)]), GO);
        assert_eq!(ask(&[(IF_MATCH, "*")]), GO);
        assert_eq!(ask(&[(IF_MATCH, "W/\"abc-1\"")]), Outcome::Failed);
        assert_eq!(ask(&[(IF_MATCH, "\"x\""), (IF_NONE_MATCH, ETAG)]), Outcome::Failed);
        assert_eq!(ask(&[(IF_UNMODIFIED_SINCE, BEFORE)]), Outcome::Failed);
        assert_eq!(ask(&[(IF_UNMODIFIED_SINCE, THEN)]), GO);
        assert_eq!(ask(&[(IF_MATCH, ETAG), (IF_UNMODIFIED_SINCE, BEFORE)]), GO);
        assert_eq!(ask(&[(IF_MATCH, ETAG), (IF_NONE_MATCH, ETAG)]), Outcome::NotModified);
    }

    #[test]
    fn a_part_continues_the_same_bytes_alone() {
        use header::IF_RANGE;
        assert_eq!(ask(&[(IF_RANGE, ETAG)]), GO);
        assert_eq!(ask(&[(IF_RANGE, THEN)]), GO);
        for other in ["W/\"abc-1\"", "\"x\"", "*", BEFORE, AFTER, "abc-1", "\"abc-1\"x", ""] {
            assert_eq!(ask(&[(IF_RANGE, other)]), NO_RANGES, "{other}");
        }
        assert_eq!(ask(&[(IF_RANGE, ETAG), (IF_RANGE, ETAG)]), NO_RANGES);
        let modified: Time = "2026-11-21T12:00:00.5Z".parse().unwrap();
        let headers = HeaderMap::from_iter([(IF_RANGE, HeaderValue::from_static(THEN))]);
        assert_eq!(evaluate(&headers, Validators { etag: ETAG, modified }, modified), NO_RANGES);
    }

    proptest! {
        #[test]
        fn any_headers_are_read_without_panic(text in "[\"W/*, a-c1\\\\]{0,24}") {
            for name in [header::IF_MATCH, header::IF_NONE_MATCH, header::IF_RANGE, header::IF_MODIFIED_SINCE] {
                let _ = ask(&[(name, &text)]);
            }
        }

        #[test]
        fn our_tag_is_found_wherever_it_stands(
            others in prop::collection::vec("(W/)?\"[a-z,* ]{0,6}\"", 0..5),
            at in 0..5_usize,
            comma in prop::sample::select(vec![",", ", ", " ,\t", ",,"]),
        ) {
            let mut tags = others;
            let text = tags.join(comma);
            prop_assert_eq!(ask(&[(header::IF_NONE_MATCH, &text)]), GO);
            tags.insert(at.min(tags.len()), ETAG.to_owned());
            prop_assert_eq!(ask(&[(header::IF_NONE_MATCH, &tags.join(comma))]), Outcome::NotModified);
        }
    }
}
