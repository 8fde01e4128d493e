//! A deterministic simulation of paid listening: listeners, artists and nodes in front of one database, with the real
//! meter and the real ledger.
//!
//! Commits are lost, repeated and late; nodes crash, stall and lose the database; clocks jump; listeners change nodes,
//! vanish, come back, and cheat. After every step the rules are checked by an observer who keeps books of its own. The
//! same seed gives the same steps, so that a failure can be watched again.

mod action;
mod listener;
mod node;
mod observer;
mod random;
mod store;
#[cfg(test)]
mod tests;
mod world;

use std::fmt;

/// The steps of one episode. Each begins with an empty ledger, and ends when everybody has gone and all is settled.
const EPISODE: u64 = 20_000;

/// What a simulation without a failure has seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Report {
    /// The steps.
    pub steps: u64,
    /// The paid sessions, all of them settled.
    pub sessions: u64,
    /// The beats that were charged.
    pub beats: u64,
    /// The entries that were posted.
    pub entries: u64,
    /// How often a session went on with another owner.
    pub takeovers: u64,
    /// How often a node crashed.
    pub crashes: u64,
    /// The statements whose outcome the node was not told.
    pub unknown: u64,
    /// The acknowledgements and claims of cheats that were refused.
    pub refused: u64,
}

/// A rule that was broken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The seed with which it happens again.
    pub seed: u64,
    /// After how many steps.
    pub step: u64,
    /// Which rule, and by what.
    pub what: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "seed {}, step {}: {}", self.seed, self.step, self.what)
    }
}

impl std::error::Error for Failure {}

/// Simulates at least `steps` steps, to the end of the episode in which the last one falls.
///
/// # Errors
/// The first rule that is broken. The same seed breaks it again at the same step.
pub fn run(seed: u64, steps: u64) -> Result<Report, Failure> {
    let mut report = Report::default();
    for episode in 0.. {
        if report.steps >= steps {
            break;
        }
        let wanted = EPISODE.min(steps.saturating_sub(report.steps));
        let mut world = world::World::new(seed, episode);
        world.run(wanted, &mut report).map_err(|what| Failure { seed, step: report.steps, what })?;
    }
    Ok(report)
}
