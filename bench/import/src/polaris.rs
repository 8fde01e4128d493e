//! Polaris: a server that scans folders into an index in memory, which it writes to a file at the end.

use std::{
    env, fs,
    io::{BufRead as _, BufReader},
    net::TcpListener,
    path::Path,
    process::{Child, Command, Stdio},
};

use anyhow::{Context, Result, bail};
use tempfile::TempDir;

use crate::process::Spent;

/// Has it scan `library`; the time is what it says of the scan alone. Nothing without `POLARIS`.
pub(crate) fn scan(library: &Path) -> Result<Option<Spent>> {
    let Some(program) = env::var_os("POLARIS") else { return Ok(None) };
    let home = TempDir::new()?;
    let folder = |name: &str| -> Result<_> {
        let path = home.path().join(name);
        fs::create_dir(&path)?;
        Ok(path)
    };
    let config = home.path().join("polaris.toml");
    fs::write(
        &config,
        format!("[[mount_dirs]]\nsource = {:?}\nname = \"music\"\n", library.display().to_string()),
    )?;
    let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port().to_string();
    let child = Command::new(program)
        .arg("--foreground")
        .arg("--config")
        .arg(config)
        .arg("--data")
        .arg(folder("data")?)
        .arg("--cache")
        .arg(folder("cache")?)
        .arg("--web")
        .arg(folder("web")?)
        .args(["--bind-address", "127.0.0.1", "--port", &port])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .context("starting Polaris")?;
    let mut server = Server(child);
    let lines = BufReader::new(server.0.stdout.take().context("no output")?).lines();
    for line in lines {
        let line = line?;
        let Some((_, took)) = line.split_once("Collection scan took ") else { continue };
        let took: f64 = took.trim_end_matches(" seconds").parse().context("how long Polaris took")?;
        let wall = std::time::Duration::from_secs_f64(took);
        let (processor, memory) =
            (bench_process::processor_time(server.0.id())?, bench_process::most_resident(server.0.id())?);
        return Ok(Some(Spent { wall, processor, memory }));
    }
    bail!("Polaris ended before its scan")
}

struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
