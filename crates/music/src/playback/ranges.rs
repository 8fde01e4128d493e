use std::ops::Range;

/// Ranges of bytes: in order, apart from each other, not too many.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Ranges(Vec<Range<u64>>);

impl Ranges {
    /// Ranges kept at most. A player makes a handful; one more that touches no other is left out, so that what is
    /// noted is never more than what was delivered.
    pub(super) const MOST: usize = 256;

    /// Adds a range; one that is empty changes nothing.
    pub(super) fn add(&mut self, range: Range<u64>) {
        if range.is_empty() {
            return;
        }
        // Those that overlap it or touch it become one with it.
        let first = self.0.partition_point(|known| known.end < range.start);
        let behind = self.0.partition_point(|known| known.start <= range.end);
        match self.0.get(first..behind) {
            Some([one, .., other]) => {
                let joined = one.start.min(range.start)..other.end.max(range.end);
                self.0.splice(first..behind, [joined]);
            }
            Some([one]) => self.0[first] = one.start.min(range.start)..one.end.max(range.end),
            _ if self.0.len() < Self::MOST => self.0.insert(first, range),
            _ => {}
        }
    }

    /// Adds all ranges of `other`.
    pub(super) fn add_all(&mut self, other: &Self) {
        for range in &other.0 {
            self.add(range.clone());
        }
    }

    /// Whether there is room for no more, so that some may have been left out.
    pub(super) fn is_full(&self) -> bool {
        self.0.len() >= Self::MOST
    }

    /// How many bytes they are together.
    pub(super) fn total(&self) -> u64 {
        self.0.iter().fold(0, |sum, range| sum.saturating_add(range.end - range.start))
    }

    /// The stored form: for each range the bytes between it and the one before, and its length, as unsigned LEB128.
    pub(super) fn encode(&self) -> Vec<u8> {
        let (mut bytes, mut end) = (Vec::with_capacity(self.0.len() * 6), 0);
        for range in &self.0 {
            write(&mut bytes, range.start - end);
            write(&mut bytes, range.end - range.start);
            end = range.end;
        }
        bytes
    }

    /// Reads the stored form; `None` if it is not one.
    pub(super) fn decode(mut bytes: &[u8]) -> Option<Self> {
        let (mut ranges, mut end) = (Self::default(), 0_u64);
        while !bytes.is_empty() {
            let start = end.checked_add(read(&mut bytes)?)?;
            end = start.checked_add(read(&mut bytes)?)?;
            ranges.add(start..end);
        }
        Some(ranges)
    }
}

fn write(bytes: &mut Vec<u8>, mut n: u64) {
    while n >= 0x80 {
        bytes.push(n.to_le_bytes()[0] | 0x80);
        n >>= 7;
    }
    bytes.push(n.to_le_bytes()[0]);
}

fn read(bytes: &mut &[u8]) -> Option<u64> {
    let mut n = 0_u64;
    for shift in (0..64).step_by(7) {
        let (first, rest) = bytes.split_first()?;
        *bytes = rest;
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn of(all: &[Range<u64>]) -> Ranges {
        let mut ranges = Ranges::default();
        for range in all {
            ranges.add(range.clone());
        }
        ranges
    }

    proptest! {
        #[test]
        fn holds_each_byte_that_was_added_and_no_other(
            all in prop::collection::vec((0..60_u64, 0..9_u64).prop_map(|(at, n)| at..at + n), 0..12)
        ) {
            let bytes: BTreeSet<u64> = all.iter().flat_map(Clone::clone).collect();
            let ranges = of(&all);
            prop_assert_eq!(ranges.0.iter().flat_map(Clone::clone).collect::<BTreeSet<_>>(), bytes);
            prop_assert!(ranges.0.windows(2).all(|pair| pair[0].end < pair[1].start), "{:?}", ranges);
            prop_assert_eq!(Ranges::decode(&ranges.encode()), Some(ranges.clone()));
            let mut both = of(&all[..all.len() / 2]);
            both.add_all(&of(&all[all.len() / 2..]));
            prop_assert_eq!(both, ranges);
        }

        #[test]
        fn large_numbers_survive(start in any::<u64>(), end in any::<u64>()) {
            let range = start.min(end)..start.max(end);
            let ranges = of(std::slice::from_ref(&range));
            prop_assert_eq!(Ranges::decode(&ranges.encode()), Some(ranges));
        }

        #[test]
        fn nonsense_is_refused_without_panic(bytes: Vec<u8>) {
            if let Some(ranges) = Ranges::decode(&bytes) {
                prop_assert!(ranges.0.iter().all(|range| !range.is_empty()));
            }
        }
    }

    #[test]
    fn scattered_crumbs_are_bounded_and_never_overstated() {
        let most = u64::try_from(Ranges::MOST).unwrap();
        let mut ranges = Ranges::default();
        for at in 0..most * 2 {
            ranges.add(at * 10..at * 10 + 1);
        }
        assert_eq!(ranges.0.len(), Ranges::MOST);
        assert_eq!(ranges.0.iter().map(|r| r.end - r.start).sum::<u64>(), most);
        // What touches a known range still counts.
        ranges.add(0..5000);
        assert!(ranges.0.len() < Ranges::MOST);
        assert!(ranges.encode().len() < 20 * Ranges::MOST);
    }
}
