//! The checks of this repository that no off-the-shelf tool makes: `cargo xtask check [NAME…]`.
//!
//! Without names every check runs. A finding is one line `place: what is wrong`; any finding makes
//! the exit code 1.

mod crates;
mod deny;
mod migrations;
mod rust;
mod sql;
mod tables;
mod unused;
mod workspace;

use std::process::ExitCode;

use anyhow::{Result, bail};
use workspace::Workspace;

/// One check: it returns its findings, empty when all is well.
type Check = fn(&Workspace) -> Result<Vec<String>>;

/// Every check in the order of running, the cheap ones first.
const CHECKS: [(&str, Check); 7] = [
    ("crates", |workspace| Ok(crates::check(workspace))),
    ("migrations", migrations::check),
    ("tables", tables::check),
    ("licences", deny::licences),
    ("bans", deny::bans),
    ("sources", deny::sources),
    ("unused", unused::check),
];

fn main() -> Result<ExitCode> {
    let mut arguments = std::env::args().skip(1);
    if arguments.next().as_deref() != Some("check") {
        bail!("usage: cargo xtask check [{}]…", CHECKS.map(|(name, _)| name).join("|"));
    }
    let wanted: Vec<String> = arguments.collect();
    if let Some(unknown) = wanted.iter().find(|name| !CHECKS.iter().any(|(known, _)| known == name)) {
        bail!("there is no check named {unknown}");
    }
    let workspace = Workspace::load()?;
    let mut all_well = true;
    for (name, check) in CHECKS {
        if !wanted.is_empty() && !wanted.iter().any(|one| one == name) {
            continue;
        }
        let findings = check(&workspace)?;
        println!(
            "{name}: {}",
            if findings.is_empty() { "ok".to_owned() } else { format!("{} found", findings.len()) }
        );
        for finding in &findings {
            println!("  {finding}");
        }
        all_well &= findings.is_empty();
    }
    Ok(if all_well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
