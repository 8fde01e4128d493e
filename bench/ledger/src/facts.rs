//! What is posted: captures of four lines, among many listeners and artists.

use anyhow::Result;
use kernel::{AccountId, Amount, ArtistId, Asset, HoldId, SessionId, Time, TopUpId};
use money::{
    ledger::{Charge, Entry},
    split::{Distribution, Share, Splits},
};
use uuid::Uuid;

pub const LISTENERS: u64 = 20_000;
pub const ARTISTS: u64 = 2_000;
const PLENTY: i64 = 1_000_000_000_000;
/// Divides without a rest: the hold, the fee and two shares.
const CHARGE: i64 = 10_000;

/// Numbers that repeat: SplitMix64.
pub struct Chance(pub u64);

impl Chance {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Ordered by time, as the service's ids are.
    fn id(&mut self, at: Time) -> Uuid {
        let millis = u64::try_from(at.micros() / 1_000).unwrap_or_default();
        let high = u128::from(millis) << 80 | 0x7000 << 64 | u128::from(self.next() >> 52) << 64;
        Uuid::from_u128(high | 1 << 127 >> 64 | u128::from(self.next() >> 2))
    }
}

fn listener(n: u64) -> AccountId {
    AccountId(Uuid::from_u128(0x0198_0000_0000_7000_8000_0000_0000_0000 + u128::from(n)))
}

fn artist(n: u64) -> ArtistId {
    ArtistId(Uuid::from_u128(0x0197_0000_0000_7000_8000_0000_0000_0000 + u128::from(n)))
}

/// Gives every listener something to spend, and sets it aside; and every artist a first income, so that all accounts are
/// there.
pub fn riches(at: Time) -> Result<Vec<Entry>> {
    let mut entries = Vec::new();
    for n in 0..LISTENERS {
        let id = u128::from(n) + 1;
        entries.push(Entry::faucet(TopUpId(Uuid::from_u128(id)), at, listener(n), PLENTY)?);
        let amount = Amount { asset: Asset::Beat, minor: PLENTY };
        entries.push(Entry::hold_granted(HoldId(Uuid::from_u128(id)), 0, at, listener(n), amount)?);
    }
    for n in (0..ARTISTS).step_by(2) {
        entries.push(listened(SessionId(Uuid::from_u128(u128::from(n) + 1)), n, [n, n + 1], 15, 0, at)?);
    }
    Ok(entries)
}

/// Fifteen seconds of somebody's listening to a track of two artists.
pub fn capture(chance: &mut Chance, at: Time) -> Result<Entry> {
    let first = chance.next() % ARTISTS;
    let second = (first + 1 + chance.next() % (ARTISTS - 1)) % ARTISTS;
    let session = SessionId(chance.id(at));
    listened(session, chance.next() % LISTENERS, [first, second], 15, 0, at)
}

/// Seconds of a session of `who`, up to the `beats`th.
pub fn listened(
    session: SessionId,
    who: u64,
    artists: [u64; 2],
    beats: u64,
    before: i64,
    at: Time,
) -> Result<Entry> {
    let shares = artists.map(|n| Share { artist: artist(n), bp: 5_000 });
    let rule = Distribution::new(Splits::new(shares.to_vec())?, 500)?;
    let after = before + CHARGE;
    let charge = Charge { session, listener: listener(who), asset: Asset::Beat, beats, before, after };
    Ok(Entry::capture(&charge, at, &rule)?)
}
