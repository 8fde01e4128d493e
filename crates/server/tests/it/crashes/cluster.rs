//! A PostgreSQL of one's own that writes to the disk before it says that it has, and that can be killed.

use std::{
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

pub(super) struct Cluster {
    folder: tempfile::TempDir,
    programs: PathBuf,
    port: u16,
    server: Option<Child>,
}

/// It refuses to run as root.
fn as_user(program: &Path) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL"]);
    if rustix::process::geteuid().is_root() {
        command.args(["--reuid", "postgres", "--regid", "postgres", "--init-groups"]);
    }
    command.arg(program).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

impl Cluster {
    /// One that runs; none, with a note, where PostgreSQL is not installed. CI must have it.
    pub(super) fn new() -> Option<Self> {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scripts/postgres-folder");
        let output = Command::new(script).output().expect("scripts/postgres-folder runs");
        if !output.status.success() {
            assert!(std::env::var_os("CI").is_none(), "CI tests on PostgreSQL too: install it");
            eprintln!("skipped: PostgreSQL is not installed");
            return None;
        }
        let programs = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim());
        let folder = tempfile::tempdir().expect("a folder");
        if rustix::process::geteuid().is_root() {
            let given = Command::new("chown").arg("postgres").arg(folder.path()).status();
            assert!(given.expect("chown runs").success());
        }
        let mut init = as_user(&programs.join("initdb"));
        init.arg("--pgdata").arg(folder.path().join("data"));
        let init = init.args(["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8"]);
        assert!(init.status().expect("initdb runs").success());
        let port =
            TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a port").port();
        let mut cluster = Self { folder, programs, port, server: None };
        cluster.start();
        Some(cluster)
    }

    /// The address of its database.
    pub(super) fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }

    /// Starts it, and waits until it has recovered.
    pub(super) fn start(&mut self) {
        let data = self.folder.path().join("data");
        let mut server = as_user(&self.programs.join("postgres"));
        server.arg("-D").arg(&data).args(["-p", &self.port.to_string(), "-c", "listen_addresses=127.0.0.1"]);
        server.arg("-c").arg(format!("unix_socket_directories={}", data.display()));
        server.args(["-c", "fsync=on", "-c", "synchronous_commit=on", "-c", "jit=off"]);
        let mut process = server.spawn().expect("PostgreSQL starts");
        for _ in 0..1_200 {
            let said = std::fs::read_to_string(data.join("postmaster.pid")).unwrap_or_default();
            if said.lines().next() == Some(&process.id().to_string()) && said.contains("\nready") {
                self.server = Some(process);
                return;
            }
            std::thread::sleep(Duration::from_millis(50));
            // While it was down, somebody's connection may have taken its port for a moment.
            if process.try_wait().expect("it can be asked").is_some() {
                process = server.spawn().expect("PostgreSQL starts");
            }
        }
        panic!("PostgreSQL does not start");
    }

    /// kill -9, of every process that it has.
    pub(super) fn kill(&mut self) {
        let Some(mut server) = self.server.take() else { return };
        let children = format!("/proc/{0}/task/{0}/children", server.id());
        let children = std::fs::read_to_string(children).unwrap_or_default();
        // First, so that it starts no others.
        server.kill().expect("it can be killed");
        for child in children.split_whitespace().filter_map(|child| child.parse().ok()) {
            if let Some(child) = rustix::process::Pid::from_raw(child) {
                let _ = rustix::process::kill_process(child, rustix::process::Signal::KILL);
            }
        }
        server.wait().expect("it is gone");
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.kill();
    }
}
