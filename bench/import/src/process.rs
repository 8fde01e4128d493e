//! What programs take of the machine, with the processes that they start.

use std::{
    fmt, fs,
    io::Read as _,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use rustix::process::{WaitOptions, getpid, set_child_subreaper, wait};

/// How often somebody looks at the memory of a program.
const LOOK: Duration = Duration::from_millis(5);

/// What a run of a program took.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Spent {
    pub(crate) wall: Duration,
    /// Of it and of all that it started, in user mode and in the kernel.
    pub(crate) processor: Duration,
    /// Resident at the worst moment, of it and of all that it started, in bytes. Pages that they share count
    /// for each. 0: not measured.
    pub(crate) memory: u64,
}

impl fmt::Display for Spent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (wall, processor) = (self.wall.as_secs_f64(), self.processor.as_secs_f64());
        write!(f, "{wall:.2} s, {processor:.2} s of a processor")?;
        match self.memory {
            0 => Ok(()),
            memory => write!(f, ", {:.0} MB at most", memory as f64 / 1e6),
        }
    }
}

/// Has what our children leave behind become our own, so that [`run`] counts it.
pub(crate) fn adopt_orphans() -> Result<()> {
    set_child_subreaper(Some(getpid())).context("becoming the parent of orphans")
}

/// Runs a program to its end; answers what it took, and what it printed.
pub(crate) fn run(command: &mut Command) -> Result<(Spent, String)> {
    let name = command.get_program().to_string_lossy().into_owned();
    let before = of_children()?;
    let begun = now();
    let mut child = command.stdout(Stdio::piped()).spawn().with_context(|| format!("starting {name}"))?;
    let mut output = child.stdout.take().context("no output")?;
    let printed = std::thread::spawn(move || {
        let mut text = String::new();
        output.read_to_string(&mut text).map(|_| text)
    });
    let mut memory = 0;
    let status = loop {
        memory = memory.max(family(child.id()).into_iter().map(resident).sum());
        if let Some(status) = child.try_wait()? {
            break status;
        }
        std::thread::sleep(LOOK);
    };
    let wall = begun.elapsed();
    let text = printed.join().map_err(|_| anyhow::anyhow!("reading the output failed"))??;
    ensure!(status.success(), "{name} failed: {status}");
    // Those that it left behind; without any, that is an error.
    while let Ok(Some(_)) = wait(WaitOptions::empty()) {}
    Ok((Spent { wall, processor: of_children()?.saturating_sub(before), memory }, text))
}

/// The processor time of a process that runs.
pub(crate) fn processor(child: &Child) -> Result<Duration> {
    ticks(&child.id().to_string(), 11)
}

/// The processor time of our own threads.
pub(crate) fn own_processor() -> Result<Duration> {
    ticks("self", 11)
}

/// The most memory that a process ever had resident, in bytes.
pub(crate) fn most_resident(child: &Child) -> Result<u64> {
    status(child.id(), "VmHWM:").context("VmHWM")
}

/// Memory of a process, in bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Memory {
    /// What is resident.
    pub(crate) all: u64,
    /// How much of that are pages of files, which any number of processes share.
    pub(crate) shared: u64,
}

impl Memory {
    pub(crate) fn of(child: &Child) -> Result<Self> {
        let all = family(child.id()).into_iter();
        Ok(Self {
            all: all.clone().map(resident).sum(),
            shared: all.filter_map(|process| status(process, "RssFile:")).sum(),
        })
    }
}

/// The processor time of children that ended.
fn of_children() -> Result<Duration> {
    ticks("self", 13)
}

/// Two neighbouring times of `/proc/PID/stat`, counted behind the name: 11 and 12 are the process's own, 13 and 14 those
/// of its children (proc_pid_stat(5)).
fn ticks(process: &str, first: usize) -> Result<Duration> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat"))?;
    let (_, rest) = stat.rsplit_once(')').context("/proc/PID/stat")?;
    let ticks = rest.split_whitespace().skip(first).take(2).map(str::parse::<u64>).sum::<Result<u64, _>>()?;
    Ok(Duration::from_millis(ticks * 1000 / rustix::param::clock_ticks_per_second()))
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

fn resident(process: u32) -> u64 {
    status(process, "VmRSS:").unwrap_or(0)
}

/// A size of `/proc/PID/status` in bytes; nothing once the process has ended.
fn status(process: u32, name: &str) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    Some(line.trim().trim_end_matches(" kB").parse::<u64>().ok()? * 1024)
}

/// The time that measurements are made by.
pub(crate) fn now() -> Instant {
    Instant::now()
}
