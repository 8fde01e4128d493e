//! Servers in processes of their own, and what they use.

use std::{
    fs,
    io::{BufRead, BufReader},
    net::{SocketAddr, TcpListener},
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};

/// Where the catalogue lies.
pub struct Place<'a> {
    pub data: &'a Path,
    /// The address of a PostgreSQL database; SQLite in the folder without one.
    pub url: Option<&'a str>,
}

/// A server that ends with this value.
pub struct Server {
    child: Child,
    pub address: SocketAddr,
}

impl Server {
    /// Starts this program again as `resonance serve` or as the floor, and waits until it says where it is.
    pub fn start(what: &str, place: &Place<'_>) -> Result<Self> {
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let mut command = Command::new(std::env::current_exe()?);
        command.args([what, "--listen", &address.to_string(), "--data"]).arg(place.data);
        if what == "serve" {
            // No worker: it would look for the sound of tracks that have none.
            command.args(["--role", "users,catalogue"]);
        }
        if let Some(url) = place.url {
            command.env("RESONANCE__DB__URL", url);
        }
        command.env("RESONANCE__LOG__FILTER", "warn").stdout(Stdio::piped());
        let mut child = command.spawn().with_context(|| format!("starting {what}"))?;
        let lines = BufReader::new(child.stdout.take().context("its output")?).lines();
        let server = Self { child, address };
        for line in lines {
            if line?.starts_with("Resonance is at") {
                return Ok(server);
            }
        }
        bail!("{what} ended")
    }

    /// Processor time of all its threads so far, in user mode and in the kernel.
    pub fn processor_time(&self) -> Result<Duration> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        // Behind the name in brackets, utime and stime are the 12th and 13th (proc_pid_stat(5)).
        let (_, rest) = stat.rsplit_once(')').context("/proc/PID/stat")?;
        let ticks =
            rest.split_whitespace().skip(11).take(2).map(str::parse::<u64>).sum::<Result<u64, _>>()?;
        Ok(Duration::from_millis(ticks * 1000 / rustix::param::clock_ticks_per_second()))
    }

    /// Resident memory in MiB: all of it, and what is not a copy of a file.
    pub fn memory(&self) -> Result<(u64, u64)> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let mib = |name: &str| -> Result<u64> {
            let line =
                status.lines().find_map(|line| line.strip_prefix(name)).with_context(|| name.to_owned())?;
            Ok(line.trim().trim_end_matches(" kB").parse::<u64>()? / 1024)
        };
        Ok((mib("VmRSS:")?, mib("RssAnon:")?))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The time that measurements are made by.
pub fn now() -> Instant {
    Instant::now()
}
