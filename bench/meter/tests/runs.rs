//! The measurement still runs: what it measures changes, and nobody looks at it every day.

use std::process::Command;

#[test]
fn a_few_listeners_are_measured() {
    let done = Command::new(env!("CARGO_BIN_EXE_bench-meter")).args(["10", "1"]).output().unwrap();
    let said = String::from_utf8_lossy(&done.stdout);
    assert!(done.status.success(), "{said}{}", String::from_utf8_lossy(&done.stderr));
    let paid = said.lines().find(|line| line.starts_with("| beats for each second | "));
    assert!(paid.is_some(), "{said}");
}
