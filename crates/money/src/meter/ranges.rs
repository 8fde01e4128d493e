//! Stretches of a track, as sets of milliseconds.

/// A set of milliseconds of a track, as stretches that neither touch nor overlap.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ranges(Vec<(u64, u64)>);

impl Ranges {
    /// The most stretches that are kept. A set that would need more does not grow: what is not in it is merely paid for
    /// again.
    pub const MOST: usize = 64;

    /// The empty set.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the milliseconds from `start` up to, and without, `end`.
    pub fn add(&mut self, start: u64, end: u64) {
        if start >= end {
            return;
        }
        let first = self.0.partition_point(|&(_, e)| e < start);
        let after = self.0.partition_point(|&(s, _)| s <= end);
        let mut merged = (start, end);
        for &(s, e) in &self.0[first..after] {
            merged = (merged.0.min(s), merged.1.max(e));
        }
        if first < after || self.0.len() < Self::MOST {
            self.0.splice(first..after, [merged]);
        }
    }

    /// Whether all milliseconds from `start` up to, and without, `end` are in it.
    pub fn contains(&self, start: u64, end: u64) -> bool {
        self.0.iter().any(|&(s, e)| s <= start && end <= e)
    }

    /// What is in it and not in `other`.
    #[must_use]
    pub fn without(&self, other: &Self) -> Self {
        let mut rest = Self::new();
        for &(start, end) in &self.0 {
            let mut from = start;
            for &(s, e) in other.0.iter().filter(|&&(s, e)| s < end && start < e) {
                rest.add(from, s);
                from = e;
            }
            rest.add(from, end);
        }
        rest
    }

    /// The stretches in order: start, and end without it.
    pub fn as_slice(&self) -> &[(u64, u64)] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_set_has_what_was_added(parts in proptest::collection::vec((0_u64..200, 0_u64..12), 0..40), start in 0_u64..210, length in 1_u64..20) {
            let (mut ranges, mut model) = (Ranges::new(), BTreeSet::new());
            for (start, length) in parts {
                ranges.add(start, start + length);
                model.extend(start..start + length);
            }
            prop_assert_eq!(ranges.contains(start, start + length), (start..start + length).all(|ms| model.contains(&ms)));
            prop_assert!(ranges.as_slice().windows(2).all(|pair| pair[0].1 < pair[1].0));
        }
    }

    proptest! {
        #[test]
        fn a_difference_has_what_only_the_first_has(
            these in proptest::collection::vec((0_u64..200, 0_u64..12), 0..20),
            those in proptest::collection::vec((0_u64..200, 0_u64..12), 0..20),
        ) {
            let sets = [these, those].map(|parts| {
                let (mut ranges, mut model) = (Ranges::new(), BTreeSet::new());
                for (start, length) in parts {
                    ranges.add(start, start + length);
                    model.extend(start..start + length);
                }
                (ranges, model)
            });
            let [(these, of_these), (those, of_those)] = sets;
            let rest = these.without(&those);
            for ms in 0..212 {
                prop_assert_eq!(rest.contains(ms, ms + 1), of_these.contains(&ms) && !of_those.contains(&ms));
            }
        }
    }

    #[test]
    fn it_does_not_grow_without_end() {
        let mut ranges = Ranges::new();
        for n in 0..1_000 {
            ranges.add(n * 10, n * 10 + 5);
        }
        assert_eq!(ranges.as_slice().len(), Ranges::MOST);
        ranges.add(0, 10_000);
        assert_eq!(ranges.as_slice(), [(0, 10_000)]);
    }
}
