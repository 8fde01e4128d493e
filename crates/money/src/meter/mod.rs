//! Paying per second: who has heard how much, what of it is acknowledged, and what is charged (`docs/METER.md`).
//!
//! [`Meter`] is the engine of one node. It moves no bytes and reads no clock: whoever drives it hands in what happened
//! and when ([`Input`]), carries out what comes back ([`Output`]), and reports how that went.
//!
//! What always holds: a session charges no more than was issued, acknowledged, held and capped; issued, acknowledged,
//! committed and captured never go back; nothing is promised as committed before it is durable, and nothing captured
//! that is not; time that is paused, disconnected or without a lease is never charged.

mod acknowledge;
mod engine;
mod io;
mod ranges;
mod secure;
mod session;
mod terms;
#[cfg(test)]
mod tests;

pub use engine::Meter;
pub use io::{
    Acknowledgement, Adoption, Beat, Capture, ClientVoucher, Grant, Input, Issued, Output, PauseReason,
    Posted, Refusal, Row, Settlement, Summary,
};
pub use ranges::Ranges;
pub use session::View;
pub use terms::{Base, Caps, Consent, Count, Terms};

use std::time::Duration;

/// A beat: the unit of charging.
pub const BEAT: Duration = Duration::from_secs(1);

/// So many unacknowledged beats pause a session.
pub const UNACKNOWLEDGED: usize = 5;

/// How long after a pause or a stop an acknowledgement is still taken.
pub const LATE: Duration = Duration::from_secs(2);

/// How long a session waits for a listener whose connection dropped.
pub const RECONNECT: Duration = Duration::from_secs(15);

/// How long a node owns a session after the last commit that it knows of.
pub const LEASE: Duration = Duration::from_secs(5);

/// How often what changed is made durable.
pub const COMMIT_EVERY: Duration = Duration::from_secs(1);

/// How often a session that runs is posted to the ledger.
pub const CAPTURE_EVERY: Duration = Duration::from_secs(15);

/// When so many beats or fewer are left of what is held, more is asked for.
pub const HOLD_LOW: i64 = 15;

/// How many beats a hold is asked for at a time.
pub const HOLD_SPAN: i64 = 60;

/// How long a session may stay paused before it is settled, so that it does not keep a listener's money for ever.
pub const PAUSED_AT_MOST: Duration = Duration::from_mins(30);

/// An instant of the node's monotonic clock, in microseconds since some moment of its own. It means nothing on another
/// node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Moment(u64);

impl Moment {
    /// From microseconds.
    pub const fn from_micros(micros: u64) -> Self {
        Self(micros)
    }

    /// Microseconds.
    pub const fn micros(self) -> u64 {
        self.0
    }

    /// This moment plus `d`; saturates at the end of time.
    #[must_use]
    pub fn plus(self, d: Duration) -> Self {
        Self(self.0.saturating_add(u64::try_from(d.as_micros()).unwrap_or(u64::MAX)))
    }

    /// How long ago `earlier` was; zero if it lies ahead.
    pub const fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(self.0.saturating_sub(earlier.0))
    }
}
