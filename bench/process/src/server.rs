//! Children that serve, and what they use.

use std::{
    net::{SocketAddr, TcpListener, TcpStream},
    process::{Child, Command},
    time::Duration,
};

use crate::{Memory, now};
use anyhow::{Context, Result, bail};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// A server that ends with this value.
pub struct Server(Child);

impl Server {
    /// Starts `command` and waits until it answers at `address`.
    pub fn start(mut command: Command, address: SocketAddr) -> Result<Self> {
        let program = command.get_program().to_string_lossy().into_owned();
        let mut server = Self(command.spawn().with_context(|| format!("starting {program}"))?);
        let begun = now();
        while TcpStream::connect(address).is_err() {
            if let Some(status) = server.0.try_wait()? {
                bail!("{program} ended: {status}");
            }
            if begun.elapsed() > Duration::from_secs(20) {
                bail!("{program} does not answer at {address}");
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(server)
    }

    /// Processor time so far.
    pub fn processor_time(&self) -> Result<Duration> {
        crate::processor_time(self.0.id())
    }

    /// Resident memory that is not a copy of a file, in bytes.
    pub fn own_memory(&self) -> u64 {
        Memory::of(self.0.id()).own
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A port that nobody listens on.
pub fn free_address() -> Result<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}

/// Lets this process and its children open as many files as the system allows.
pub fn raise_open_files() -> Result<()> {
    let maximum = getrlimit(Resource::Nofile).maximum;
    setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum })
        .context("raising the limit of open files")
}
