//! `resonance simulate`: the meter and the ledger under everything that can go wrong.

use anyhow::{Result, bail};
use money::simulate;

use super::Global;

/// Drive many listeners, cheats and failing nodes against the meter and the ledger in memory, checking the books after
/// every step
#[derive(clap::Args)]
pub(crate) struct Simulate {
    /// What chance begins with; the same seed gives the same run
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many steps
    #[arg(long, default_value_t = 1_000_000)]
    steps: u64,
}

impl Simulate {
    pub(crate) fn run(&self, global: &Global) -> Result<()> {
        let Self { seed, steps } = *self;
        match simulate::run(seed, steps) {
            Ok(report) => {
                let simulate::Report {
                    steps,
                    sessions,
                    beats,
                    entries,
                    takeovers,
                    crashes,
                    unknown,
                    refused,
                } = report;
                if global.json {
                    say!(
                        "{}",
                        serde_json::json!({
                            "seed": seed, "steps": steps, "sessions": sessions, "beats": beats, "entries": entries,
                            "takeovers": takeovers, "crashes": crashes, "unknown": unknown, "refused": refused,
                        })
                    );
                } else {
                    say!(
                        "seed {seed}: {steps} steps, {sessions} sessions, {beats} beats, {entries} entries; {takeovers} \
                         take-overs, {crashes} crashes, {unknown} statements of unknown outcome, {refused} cheats refused; \
                         every rule held"
                    );
                }
                Ok(())
            }
            Err(failure) => {
                bail!("{failure}; `resonance simulate --seed {seed} --steps {steps}` shows it again")
            }
        }
    }
}
