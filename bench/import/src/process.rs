//! What programs take of the machine, with the processes that they start.

use std::{
    fmt,
    io::Read as _,
    process::{Command, Stdio},
    time::Duration,
};

use anyhow::{Context, Result, ensure};
use bench_process::{Memory, now, processor_time_of_children};
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
    let before = processor_time_of_children()?;
    let begun = now();
    let mut child = command.stdout(Stdio::piped()).spawn().with_context(|| format!("starting {name}"))?;
    let mut output = child.stdout.take().context("no output")?;
    let printed = std::thread::spawn(move || {
        let mut text = String::new();
        output.read_to_string(&mut text).map(|_| text)
    });
    let mut memory = 0;
    let status = loop {
        memory = memory.max(Memory::of_family(child.id()).all);
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
    Ok((Spent { wall, processor: processor_time_of_children()?.saturating_sub(before), memory }, text))
}
