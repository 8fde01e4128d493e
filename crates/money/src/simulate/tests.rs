use super::*;
use crate::planted::{Bug, plant};

/// A million steps here, a hundred million with `TEST_LONG`.
fn steps() -> u64 {
    if std::env::var_os("TEST_LONG").is_some() { 100_000_000 } else { 1_000_000 }
}

#[test]
fn the_rules_hold_after_every_step() {
    let report = run(20_261_121, steps()).unwrap_or_else(|failure| panic!("{failure}"));
    println!("{report:?}");
    assert!(report.beats > 100_000 && report.takeovers > 1_000 && report.crashes > 100, "{report:?}");
    assert!(report.unknown > 10_000 && report.refused > 1_000, "{report:?}");
}

#[test]
fn the_same_seed_is_the_same_story() {
    assert_eq!(run(7, 30_000), run(7, 30_000));
    assert_ne!(run(7, 30_000), run(8, 30_000));
}

/// Each mistake that somebody might make breaks a rule that is looked at, long before a million steps.
#[test]
fn every_planted_bug_is_found_and_found_again() {
    let mut missed = Vec::new();
    for &bug in Bug::ALL {
        plant(Some(bug));
        let found = run(1, 999_999);
        match &found {
            Ok(_) => missed.push(bug),
            Err(failure) => {
                println!("{bug:?}: {failure}");
                assert_eq!(
                    run(1, 999_999).as_ref(),
                    Err(failure),
                    "{bug:?} is another story the second time"
                );
            }
        }
        plant(None);
    }
    assert!(missed.is_empty(), "never found: {missed:?}");
    assert!(Bug::ALL.len() >= 20);
}
