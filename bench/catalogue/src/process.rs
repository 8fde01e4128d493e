//! Servers in processes of their own, and what they use.

use std::{
    io::{BufRead, BufReader},
    net::{SocketAddr, TcpListener},
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use anyhow::{Context, Result, bail};
use bench_process::Memory;

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

    pub fn processor_time(&self) -> Result<Duration> {
        bench_process::processor_time(self.child.id())
    }

    pub fn memory(&self) -> Memory {
        Memory::of(self.child.id())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
