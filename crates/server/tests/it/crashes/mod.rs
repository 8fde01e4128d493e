//! Real processes that die, hang, come back and are besieged in the middle of paid listening: what was promised is on
//! the receipts, nothing is charged twice, and nothing stays open.
//!
//! The listeners do what chance tells them, the same for the same `TEST_SEED`; real clocks and processes do the rest.

mod cluster;
mod cut;
mod flood;
mod killed;
mod listener;
mod world;

/// How often something is done: as `name` in the environment says, else `many` times in the long tests.
fn times(name: &str, few: usize, many: usize) -> usize {
    let usual = if std::env::var_os("TEST_LONG").is_some() { many } else { few };
    std::env::var(name).map_or(usual, |n| n.parse().expect("a number"))
}

/// Chance that repeats itself (SplitMix64).
#[derive(Clone)]
struct Chance(u64);

impl Chance {
    /// The one of this number, under the seed of this run.
    fn new(n: u64) -> Self {
        let seed = std::env::var("TEST_SEED").map_or(1, |seed| seed.parse().expect("a number"));
        Self(n.wrapping_mul(0x2545_f491_4f6c_dd1d) ^ seed)
    }

    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % n
    }

    /// Whether something happens that happens `n` times in a hundred.
    fn percent(&mut self, n: u64) -> bool {
        self.below(100) < n
    }
}
