//! The machine's clock and its randomness: the only place that reads either.

use std::{
    sync::LazyLock,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use kernel::{Clock, Ids, Time};

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the clock that everybody else is given")]
    fn now(&self) -> Time {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Time::from_micros(0).plus(since)
    }

    #[expect(clippy::disallowed_methods, reason = "this is the clock that everybody else is given")]
    fn elapsed(&self) -> Duration {
        static START: LazyLock<Instant> = LazyLock::new(Instant::now);
        START.elapsed()
    }
}

/// The operating system's randomness.
#[derive(Debug, Default)]
pub struct SystemIds(SystemRandom);

impl Ids for SystemIds {
    fn fill(&self, bytes: &mut [u8]) {
        // Going on with predictable secrets would be worse than stopping.
        self.0.fill(bytes).expect("the operating system has randomness");
    }
}
