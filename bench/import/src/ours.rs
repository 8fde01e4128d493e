//! Our program, as it is released, on fresh databases.

#![expect(
    clippy::disallowed_types,
    reason = "names of databases cannot be bound; ours have digits after letters"
)]

use std::{
    env, fs,
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use anyhow::{Context, Result, bail, ensure};
use bench_process::Memory;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection, SqliteConnection};
use tempfile::TempDir;

use crate::process::{self, Spent};

/// The program.
pub(crate) struct Ours {
    program: PathBuf,
}

/// Where it keeps what it knows.
pub(crate) enum Database {
    /// A file in the data folder.
    Sqlite,
    /// A database of its own on the server at this address.
    Postgres(String),
}

impl Database {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres(_) => "PostgreSQL",
        }
    }

    /// How much longer than a scan into memory an import may take.
    pub(crate) fn most(&self) -> &'static str {
        match self {
            Self::Sqlite => "1.00",
            Self::Postgres(_) => "2.00",
        }
    }
}

impl Ours {
    pub(crate) fn new() -> Result<Self> {
        let beside = || Ok::<_, std::io::Error>(env::current_exe()?.with_file_name("resonance"));
        let program = env::var_os("RESONANCE").map_or_else(beside, |named| Ok(named.into()))?;
        ensure!(program.exists(), "{}: build it with `make build`", program.display());
        Ok(Self { program })
    }

    /// An empty data folder and, on PostgreSQL, an empty database.
    pub(crate) fn fresh(&self, database: &Database) -> Result<Fresh<'_>> {
        let data = TempDir::new()?;
        let database = match database {
            Database::Sqlite => None,
            Database::Postgres(server) => {
                let name = format!("resonance_bench_{}", std::process::id());
                let fresh = PgDatabase { server: server.clone(), name };
                fresh.make()?;
                Some(fresh)
            }
        };
        Ok(Fresh { program: &self.program, data, database })
    }
}

/// A data folder and its database, both gone with this value.
pub(crate) struct Fresh<'a> {
    program: &'a Path,
    data: TempDir,
    database: Option<PgDatabase>,
}

/// What an import did.
pub(crate) struct Import {
    pub(crate) spent: Spent,
    pub(crate) new: usize,
    pub(crate) unchanged: usize,
}

impl Fresh<'_> {
    fn command(&self, name: &str) -> Command {
        let mut command = Command::new(self.program);
        command.arg(name).arg("--data").arg(self.data.path()).env_remove("DATABASE_URL");
        if let Some(database) = &self.database {
            command.env("RESONANCE__DB__URL", database.url());
        }
        command
    }

    pub(crate) fn import(&self, library: &Path) -> Result<Import> {
        let (spent, lines) = process::run(self.command("import").arg("--json").arg(library))?;
        let last: Value = serde_json::from_str(lines.lines().last().context("nothing was printed")?)?;
        ensure!(last["event"] == "done", "the import did not come to its end: {last}");
        let count = |name: &str| -> Result<usize> { Ok(last[name].as_u64().context("a count")?.try_into()?) };
        Ok(Import { spent, new: count("added")?, unchanged: count("unchanged")? })
    }

    /// Has what a server does in the background be done already.
    pub(crate) fn forget_work(&self) -> Result<()> {
        let statement = "UPDATE audio SET analysis_error = ''";
        wait_for(async {
            match &self.database {
                Some(database) => {
                    PgConnection::connect(&database.url()).await?.execute(statement).await?;
                }
                None => {
                    let file = format!("sqlite://{}", self.data.path().join("resonance.db").display());
                    let mut connection = SqliteConnection::connect(&file).await?;
                    connection.execute(statement).await?;
                    connection.close().await?;
                }
            }
            Ok(())
        })
    }

    /// Starts the server and waits until it says that it is ready.
    pub(crate) fn start(&self) -> Result<Server> {
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let log = fs::File::create(self.data.path().join("log"))?;
        let begun = bench_process::now();
        let child = self
            .command("serve")
            .arg("--listen")
            .arg(address.to_string())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .context("starting the server")?;
        let mut server = Server { child, ready: Duration::ZERO };
        while !is_ready(address) {
            if let Some(status) = server.child.try_wait()? {
                bail!("the server ended: {status}");
            }
            ensure!(begun.elapsed() < Duration::from_secs(20), "the server is not ready");
            std::thread::sleep(Duration::from_millis(1));
        }
        server.ready = begun.elapsed();
        Ok(server)
    }
}

fn is_ready(address: SocketAddr) -> bool {
    let ask = || {
        let mut stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        write!(stream, "GET /readyz HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok::<_, std::io::Error>(answer)
    };
    ask().is_ok_and(|answer| answer.starts_with("HTTP/1.1 200 "))
}

/// A server that ends with this value.
pub(crate) struct Server {
    child: Child,
    /// How long it took until it was ready.
    pub(crate) ready: Duration,
}

impl Server {
    pub(crate) fn memory(&self) -> Memory {
        Memory::of_family(self.child.id())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Asked to, not killed: what it has in hand is done, as before a start of every day.
        let _ = kill_process(Pid::from_child(&self.child), Signal::TERM);
        let _ = self.child.wait();
    }
}

struct PgDatabase {
    server: String,
    name: String,
}

impl PgDatabase {
    fn url(&self) -> String {
        let base = self.server.split_once('?').map_or(self.server.as_str(), |(base, _)| base);
        let base = base.rsplit_once('/').map_or(base, |(base, _)| base);
        format!("{base}/{}", self.name)
    }

    fn make(&self) -> Result<()> {
        let name = &self.name;
        self.on_server(&[
            format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"),
            format!("CREATE DATABASE {name}"),
        ])
    }

    fn on_server(&self, statements: &[String]) -> Result<()> {
        wait_for(async {
            let mut server = PgConnection::connect(&self.server).await?;
            for statement in statements {
                // Of our own making: the name is letters and the number of this process.
                server.execute(AssertSqlSafe(statement.as_str())).await?;
            }
            Ok(())
        })
    }
}

impl Drop for PgDatabase {
    fn drop(&mut self) {
        let _ = self.on_server(&[format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name)]);
    }
}

fn wait_for(work: impl Future<Output = Result<()>>) -> Result<()> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(work)
}
