//! What processes take of the machine, for the programs that measure: read from `/proc` (proc_pid_stat(5),
//! proc_pid_status(5)).

mod server;

use std::{
    fs,
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
pub use server::{Server, free_address, raise_open_files};

/// The time that measurements are made by.
pub fn now() -> Instant {
    Instant::now()
}

/// Processor time of all threads of a process so far, in user mode and in the kernel.
pub fn processor_time(process: u32) -> Result<Duration> {
    ticks(&process.to_string(), 11)
}

/// The same of this process.
pub fn own_processor_time() -> Result<Duration> {
    ticks("self", 11)
}

/// The same of the children of this process that have ended and were waited for.
pub fn processor_time_of_children() -> Result<Duration> {
    ticks("self", 13)
}

/// Two neighbouring times of `/proc/PID/stat`, counted behind the name in brackets: 11 and 12 are the process's own, 13
/// and 14 those of its children.
fn ticks(process: &str, first: usize) -> Result<Duration> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat"))?;
    let (_, rest) = stat.rsplit_once(')').context("/proc/PID/stat")?;
    let ticks = rest.split_whitespace().skip(first).take(2).map(str::parse::<u64>).sum::<Result<u64, _>>()?;
    Ok(Duration::from_millis(ticks * 1000 / rustix::param::clock_ticks_per_second()))
}

/// Memory that is resident, in bytes.
#[derive(Debug, Clone, Copy, Default)]
pub struct Memory {
    /// All of it.
    pub all: u64,
    /// What is not a copy of a file, which any number of processes share.
    pub own: u64,
}

impl Memory {
    /// Of one process; nothing once it has ended.
    pub fn of(process: u32) -> Self {
        let bytes = |name| status(process, name).unwrap_or(0);
        Self { all: bytes("VmRSS:"), own: bytes("RssAnon:") }
    }

    /// Of a process and all below it, in sum: pages that they share count for each.
    pub fn of_family(root: u32) -> Self {
        family(root)
            .into_iter()
            .map(Self::of)
            .fold(Self::default(), |sum, one| Self { all: sum.all + one.all, own: sum.own + one.own })
    }
}

/// The most memory that a process ever had resident, in bytes.
pub fn most_resident(process: u32) -> Result<u64> {
    status(process, "VmHWM:").context("VmHWM")
}

/// A size of `/proc/PID/status` in bytes; nothing once the process has ended.
fn status(process: u32, name: &str) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    Some(line.trim().trim_end_matches(" kB").parse::<u64>().ok()? * 1024)
}

/// A process and all below it.
fn family(root: u32) -> Vec<u32> {
    let mut family = vec![root];
    let mut at = 0;
    while let Some(process) = family.get(at) {
        let threads = fs::read_dir(format!("/proc/{process}/task")).into_iter().flatten().flatten();
        let children = threads.filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok());
        let children: Vec<u32> = children
            .flat_map(|line| line.split_whitespace().filter_map(|id| id.parse().ok()).collect::<Vec<_>>())
            .collect();
        family.extend(children);
        at += 1;
    }
    family
}
