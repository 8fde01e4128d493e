use kernel::{Amount, Asset, Check};

/// The dearest second, in minor units of BEAT: a million BEAT.
const DEAREST: i64 = 1_000_000_000_000;

/// Checks the `pricePerSecond` of a body.
pub(super) fn check(check: &mut Check, price: Option<Amount>) {
    let Some(price) = price else { return };
    let beat = price.asset == Asset::Beat;
    check.that(beat, "/pricePerSecond/asset", "not_allowed", "a second is paid in BEAT");
    check.number("/pricePerSecond/amount", price.minor, 0..=DEAREST);
}

/// A price in minor units of BEAT. What costs nothing has none.
pub(super) fn minor_units(price: Option<Amount>) -> Option<i64> {
    price.map(|price| price.minor).filter(|minor| *minor > 0)
}
