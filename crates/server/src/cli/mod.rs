//! The command line. Exit codes: 0 done, 1 failed, 2 wrong use. Errors are one line on standard error.

/// Prints a line. Readers that have gone away, such as `head`, are no error.
macro_rules! say {
    ($($part:tt)*) => {{
        use std::io::Write as _;
        let _ = writeln!(std::io::stdout(), $($part)*);
    }};
}

mod config;
mod doctor;
mod import;
mod ledger;
mod receipt;
mod serve;
mod simulate;
mod user;

use std::{ffi::OsStr, net::SocketAddr, path::PathBuf, process::ExitCode};

use anyhow::Result;
use clap::{Parser, Subcommand};
use infra::{
    Config,
    config::{Flags, Mode},
    telemetry,
};
use kernel::text::{is_control, is_unseen};

use crate::start;

/// A music streaming service that pays artists for every second that is listened to.
#[derive(Parser)]
#[command(name = "resonance", version, propagate_version = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    global: Global,
}

/// Options of every command.
#[derive(clap::Args, Clone)]
pub(crate) struct Global {
    /// The folder for everything that is kept on this machine [default: data]
    #[arg(long, global = true, value_name = "DIR")]
    data: Option<PathBuf>,
    /// The configuration file [default: resonance.toml, if it is there]
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Print machine-readable output
    #[arg(long, global = true)]
    pub(crate) json: bool,
}

#[derive(Subcommand)]
enum Command {
    /// Run the service
    Serve(serve::Serve),
    /// Run the service with demo content in a folder of its own
    Demo(serve::Demo),
    /// Import a folder of music, or bring what was imported up to date
    Import(import::Import),
    /// Make and list accounts
    #[command(subcommand)]
    User(user::User),
    /// Look at the ledger
    #[command(subcommand)]
    Ledger(ledger::Ledger),
    /// Bring the database up to date
    Migrate,
    /// Look at the configuration
    #[command(subcommand)]
    Config(config::ConfigCommand),
    /// Print the OpenAPI document
    Openapi,
    /// Check receipts of paid listening
    #[command(subcommand)]
    Receipt(receipt::ReceiptCommand),
    /// Try the meter and the ledger under everything that can go wrong
    Simulate(simulate::Simulate),
    /// Check that everything is as the service needs it
    Doctor(doctor::Doctor),
}

impl Global {
    /// The configuration that the flags, the environment and the file give together.
    pub(crate) fn load(&self, listen: Option<SocketAddr>, mode: Option<Mode>) -> Result<Config> {
        let flags = Flags { config: self.config.clone(), data: self.data.clone(), listen, mode };
        Ok(infra::config::load(&flags, std::env::vars())?)
    }

    /// The same for a command beside whatever serves from the data folder: of a demo's folder, as the demo's.
    fn beside(&self) -> Result<Config> {
        let config = self.load(None, None)?;
        if start::is_demo(&config.data) { self.load(None, Some(Mode::Demo)) } else { Ok(config) }
    }
}

/// This program's own file, by a link that leads to it even when an upgrade has put another in its place.
pub(crate) const PROGRAM: &str = "/proc/self/exe";

/// Runs the command that the process was started with.
pub fn main() -> ExitCode {
    // Not a command for people: a child of the server, which must limit itself before anything else happens.
    if std::env::args_os().nth(1).as_deref() == Some(OsStr::new(media::SUBCOMMAND)) {
        return media::child::run();
    }
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(e) => {
            let _ = e.print();
            return ExitCode::from(u8::try_from(e.exit_code()).unwrap_or(2));
        }
    };
    match run(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            eprintln!("resonance: {}", printable(&one_line(&e)));
            ExitCode::FAILURE
        }
    }
}

/// An error and its causes on one line, without saying the same twice.
fn one_line(e: &anyhow::Error) -> String {
    let mut parts: Vec<String> = Vec::new();
    for cause in e.chain() {
        let text = cause.to_string().replace('\n', " ");
        if !parts.last().is_some_and(|last| last.ends_with(&text)) {
            parts.push(text);
        }
    }
    parts.join(": ")
}

/// A text for a terminal, from wherever it comes: what could move the cursor or turn the line around is spelt out.
fn printable(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        if is_control(c) || is_unseen(c) {
            out.extend(c.escape_unicode());
        } else {
            out.push(c);
        }
    }
    out
}

fn run(cli: Cli) -> Result<()> {
    let Cli { command, global } = cli;
    match command {
        Command::Serve(args) => args.run(&global),
        Command::Demo(args) => args.run(&global),
        Command::Import(args) => args.run(&global),
        Command::User(command) => command.run(&global),
        Command::Ledger(command) => command.run(&global),
        Command::Migrate => migrate(&global),
        Command::Config(command) => command.run(&global),
        Command::Openapi => openapi(),
        Command::Receipt(command) => command.run(&global),
        Command::Simulate(args) => args.run(&global),
        Command::Doctor(args) => args.run(&global),
    }
}

/// Runs `work` on an executor of its own.
pub(crate) fn block_on<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(work)
}

fn migrate(global: &Global) -> Result<()> {
    let config = global.beside()?;
    telemetry::start_log(&config.log);
    block_on(async {
        let app = crate::open(config).await?;
        app.db.close().await;
        if global.json {
            say!("{}", serde_json::json!({"upToDate": true}));
        } else {
            say!("the database is up to date");
        }
        Ok(())
    })
}

fn openapi() -> Result<()> {
    // By way of a value, whose keys are sorted: the same document is the same text.
    say!("{:#}", serde_json::to_value(crate::document())?);
    Ok(())
}
