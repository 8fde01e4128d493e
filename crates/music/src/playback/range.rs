//! Which bytes a `Range` header asks for (RFC 9110, 14).

use std::ops::Range;

/// More ranges than this in one header are an attack or a mistake: the header is ignored (RFC 9110, 14.2).
const MOST: usize = 32;

/// One range of a header, before the length of the file is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Spec {
    /// `from-` and `from-to`: the first byte and the last.
    From(u64, u64),
    /// `-n`: the last `n` bytes.
    Last(u64),
}

/// What to answer a request for some of the bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Selected {
    /// 200 with everything: there is no header, or none that is to be heeded.
    Whole,
    /// 206 with these bytes: at least one.
    Part(Range<u64>),
    /// 416: every range lies outside the file.
    Unsatisfiable,
}

/// Chooses the bytes that `header` asks for, of `length` bytes in all.
///
/// Several ranges are answered as one if together they are one; otherwise with the whole file, which every client
/// copes with and which is never more than a plain request would get (RFC 9110, 14.2 and 15.3.7.2).
pub(super) fn select(header: &[u8], length: u64) -> Selected {
    let Some(specs) = parse(header) else { return Selected::Whole };
    let mut spans: Vec<Range<u64>> =
        specs.into_iter().map(|spec| span(spec, length)).filter(|span| !span.is_empty()).collect();
    spans.sort_unstable_by_key(|span| span.start);
    let mut spans = spans.into_iter();
    let Some(mut joined) = spans.next() else { return Selected::Unsatisfiable };
    for span in spans {
        if span.start > joined.end {
            return Selected::Whole;
        }
        joined.end = joined.end.max(span.end);
    }
    Selected::Part(joined)
}

/// The bytes of `spec` that exist.
fn span(spec: Spec, length: u64) -> Range<u64> {
    match spec {
        Spec::From(first, last) => first..last.saturating_add(1).min(length),
        Spec::Last(n) => length.saturating_sub(n)..length,
    }
}

/// The ranges of a header in bytes; `None` for another unit and for what is malformed: such headers are ignored.
fn parse(header: &[u8]) -> Option<Vec<Spec>> {
    let header = std::str::from_utf8(header).ok()?;
    let (unit, set) = header.split_once('=')?;
    if !unit.trim_matches(BLANK).eq_ignore_ascii_case("bytes") {
        return None;
    }
    let mut specs = Vec::new();
    // Empty elements of a list are passed over (RFC 9110, 5.6.1.2).
    for element in set.split(',').map(|element| element.trim_matches(BLANK)).filter(|e| !e.is_empty()) {
        if specs.len() == MOST {
            return None;
        }
        specs.push(spec(element)?);
    }
    (!specs.is_empty()).then_some(specs)
}

const BLANK: [char; 2] = [' ', '\t'];

fn spec(element: &str) -> Option<Spec> {
    let (first, last) = element.split_once('-')?;
    if first.is_empty() {
        return number(last).map(Spec::Last);
    }
    let first = number(first)?;
    let last = if last.is_empty() { u64::MAX } else { number(last)? };
    (first <= last).then_some(Spec::From(first, last))
}

/// Decimal digits; what is too large for us lies behind the end of every file.
fn number(digits: &str) -> Option<u64> {
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    Some(digits.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of_ten(header: &str) -> Selected {
        select(header.as_bytes(), 10)
    }

    #[test]
    fn the_forms_of_the_rfc() {
        assert_eq!(of_ten("bytes=0-0"), Selected::Part(0..1));
        assert_eq!(of_ten("bytes=2-"), Selected::Part(2..10));
        assert_eq!(of_ten("bytes=-3"), Selected::Part(7..10));
        assert_eq!(of_ten("bytes=-99"), Selected::Part(0..10));
        assert_eq!(of_ten("bytes=8-99999999999999999999999"), Selected::Part(8..10));
        assert_eq!(of_ten("BYTES = 1-2"), Selected::Part(1..3));
    }

    #[test]
    fn outside_the_file() {
        for header in ["bytes=10-", "bytes=10-12", "bytes=-0", "bytes=99999999999999999999-", "bytes=-0,11-"]
        {
            assert_eq!(of_ten(header), Selected::Unsatisfiable, "{header}");
        }
        assert_eq!(select(b"bytes=0-", 0), Selected::Unsatisfiable);
        assert_eq!(select(b"bytes=-5", 0), Selected::Unsatisfiable);
    }

    #[test]
    fn what_is_malformed_is_ignored() {
        for header in [
            "",
            "bytes",
            "bytes=",
            "bytes=,",
            "bytes=-",
            "bytes=2-1",
            "bytes=a-b",
            "bytes=1-2-3",
            "bytes=+1-2",
            "bytes=0x1-2",
            "bytes=1 - 2",
            "items=0-1",
            "bytes 0-1",
            "bytes=0-1;2-3",
            "bytes=0-1,x",
            "bytes=٣-٤",
        ] {
            assert_eq!(of_ten(header), Selected::Whole, "{header}");
        }
        assert_eq!(select(b"bytes=0-\xff", 10), Selected::Whole);
    }

    #[test]
    fn several_ranges() {
        assert_eq!(of_ten("bytes=0-1,2-3"), Selected::Part(0..4));
        assert_eq!(of_ten("bytes=4-6 ,, 0-4"), Selected::Part(0..7));
        assert_eq!(of_ten("bytes=0-1,20-30"), Selected::Part(0..2));
        assert_eq!(of_ten("bytes=0-0,-1"), Selected::Whole);
        let many = |n| format!("bytes={}", vec!["0-0"; n].join(","));
        assert_eq!(of_ten(&many(MOST)), Selected::Part(0..1));
        assert_eq!(of_ten(&many(MOST + 1)), Selected::Whole);
    }

    /// What each byte of the file should say: is it asked for by any of the ranges?
    fn model(specs: &[Spec], length: u64) -> Selected {
        let asked: Vec<u64> = (0..length)
            .filter(|at| {
                specs.iter().any(|spec| match *spec {
                    Spec::From(first, last) => first <= *at && *at <= last,
                    Spec::Last(n) => length - at <= n,
                })
            })
            .collect();
        match (asked.first(), asked.last()) {
            (Some(first), Some(last)) if last - first + 1 == u64::try_from(asked.len()).unwrap() => {
                Selected::Part(*first..last + 1)
            }
            (Some(_), Some(_)) => Selected::Whole,
            _ => Selected::Unsatisfiable,
        }
    }

    fn any_spec() -> impl Strategy<Value = Spec> {
        prop_oneof![
            (0..30_u64, 0..30_u64).prop_map(|(a, b)| Spec::From(a.min(b), a.max(b))),
            (0..30_u64).prop_map(|first| Spec::From(first, u64::MAX)),
            (0..30_u64).prop_map(Spec::Last),
        ]
    }

    fn written(spec: Spec) -> String {
        match spec {
            Spec::From(first, u64::MAX) => format!("{first}-"),
            Spec::From(first, last) => format!("{first}-{last}"),
            Spec::Last(n) => format!("-{n}"),
        }
    }

    proptest! {
        #[test]
        fn agrees_with_the_model(
            specs in prop::collection::vec(any_spec(), 1..5),
            length in 0..25_u64,
            comma in prop::sample::select(vec![",", ", ", "\t,", ",,"]),
        ) {
            let set: Vec<String> = specs.iter().copied().map(written).collect();
            let header = format!("bytes={}", set.join(comma));
            prop_assert_eq!(select(header.as_bytes(), length), model(&specs, length), "{}", header);
        }

        #[test]
        fn nonsense_never_leaves_the_file(header in "(bytes=)?[-0-9, x]{0,40}", length in 0..1000_u64) {
            if let Selected::Part(part) = select(header.as_bytes(), length) {
                prop_assert!(part.start < part.end && part.end <= length);
            }
        }

        #[test]
        fn any_bytes_are_read_without_panic(header: Vec<u8>, length: u64) {
            let _ = select(&header, length);
        }
    }
}
