//! Lists of numbers as a row keeps them: unsigned LEB128, one after the other. Numbers that grow are kept as the steps
//! between them, which are small.

use std::time::Duration;

use money::meter::{Count, Issued, Ranges};

/// Ranges, each as its distance from the one before and its length.
pub(super) fn pack_ranges(ranges: &Ranges) -> Vec<u8> {
    let (mut bytes, mut end) = (Vec::new(), 0);
    for &(from, to) in ranges.as_slice() {
        push(&mut bytes, from.saturating_sub(end));
        push(&mut bytes, to.saturating_sub(from));
        end = to;
    }
    bytes
}

/// What [`pack_ranges`] made; `None` for anything else.
pub(super) fn unpack_ranges(bytes: &[u8]) -> Option<Ranges> {
    let (mut numbers, mut ranges, mut end) = (Numbers(bytes), Ranges::new(), 0_u64);
    while !numbers.0.is_empty() {
        let from = end.checked_add(numbers.next()?)?;
        end = from.checked_add(numbers.next()?)?;
        ranges.add(from, end);
    }
    Some(ranges)
}

/// The beats that wait for an acknowledgement.
pub(super) fn pack_issued(issued: &[Issued]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for Issued { count, position_ms } in issued {
        push(&mut bytes, count.seq);
        push(&mut bytes, count.beats);
        push(&mut bytes, count.amount.unsigned_abs());
        push(&mut bytes, *position_ms);
    }
    bytes
}

/// What [`pack_issued`] made; `None` for anything else.
pub(super) fn unpack_issued(bytes: &[u8]) -> Option<Vec<Issued>> {
    let (mut numbers, mut issued) = (Numbers(bytes), Vec::new());
    while !numbers.0.is_empty() {
        let (seq, beats) = (numbers.next()?, numbers.next()?);
        let amount = i64::try_from(numbers.next()?).ok()?;
        issued.push(Issued { count: Count { seq, beats, amount }, position_ms: numbers.next()? });
    }
    Some(issued)
}

/// How much lies in ranges.
pub(super) fn total(ranges: &Ranges) -> u64 {
    ranges.as_slice().iter().fold(0, |sum: u64, (from, to)| sum.saturating_add(to.saturating_sub(*from)))
}

/// How much of its track a session heard, of what its row keeps; `None` if that cannot be read.
pub(crate) fn heard_in(bytes: &[u8]) -> Option<Duration> {
    Some(Duration::from_millis(total(&unpack_ranges(bytes)?)))
}

/// All of both.
pub(super) fn join(mut ranges: Ranges, more: &Ranges) -> Ranges {
    for &(from, to) in more.as_slice() {
        ranges.add(from, to);
    }
    ranges
}

fn push(bytes: &mut Vec<u8>, mut n: u64) {
    while n >= 0x80 {
        bytes.push(n.to_le_bytes()[0] | 0x80);
        n >>= 7;
    }
    bytes.push(n.to_le_bytes()[0]);
}

struct Numbers<'a>(&'a [u8]);

impl Numbers<'_> {
    fn next(&mut self) -> Option<u64> {
        let mut n = 0_u64;
        for shift in (0..64).step_by(7) {
            let (first, rest) = self.0.split_first()?;
            self.0 = rest;
            let part = u64::from(first & 0x7f);
            if part.leading_zeros() < shift {
                return None;
            }
            n |= part << shift;
            if first & 0x80 == 0 {
                return Some(n);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_packed_is_there_again(
            pairs in proptest::collection::vec((any::<u32>(), 1_u32..5_000), 0..9),
            counts in proptest::collection::vec((any::<u64>(), any::<u64>(), 0..i64::MAX, any::<u64>()), 0..6),
        ) {
            let mut ranges = Ranges::new();
            for (from, length) in pairs {
                ranges.add(from.into(), u64::from(from) + u64::from(length));
            }
            let again = unpack_ranges(&pack_ranges(&ranges));
            prop_assert_eq!(again.as_ref(), Some(&ranges));
            let issued: Vec<Issued> = counts
                .into_iter()
                .map(|(seq, beats, amount, position_ms)| Issued { count: Count { seq, beats, amount }, position_ms })
                .collect();
            prop_assert_eq!(unpack_issued(&pack_issued(&issued)), Some(issued));
        }

        #[test]
        fn nonsense_is_refused_without_panic(bytes: Vec<u8>) {
            let _ = unpack_ranges(&bytes);
            let _ = unpack_issued(&bytes);
        }
    }
}
