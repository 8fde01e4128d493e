//! How long a large catalogue takes to answer while an import writes to it.
//!
//! `cargo run --release -p bench-catalogue [-- TRACKS [SAMPLES [ONLY]]]` makes a catalogue (100,000 tracks unless said)
//! in SQLite and, when `TEST_POSTGRES` names a server, in PostgreSQL, and prints
//! - what the list of 20 tracks costs in processor time beside a bare handler with the same statements and driver;
//! - the memory of the server when it rests;
//! - the median and the 99th percentile of every order and filter of the lists and of every kind of search, as one
//!   caller sees them over HTTP: first while nothing else happens, then while another process imports 2,000 tracks a
//!   second. ONLY is a part of the names of those to ask.
//!
//! Lines that begin with a bar are the rows of the table that `bench/run` makes. It fails where a figure is more than
//! twice what is wanted. The bare handler serves the first account alone and
//! checks nobody's token.

mod cases;
mod client;
mod floor;
mod generate;
mod process;
mod words;

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    path::Path,
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread::JoinHandle,
    time::Duration,
};

use anyhow::{Context, Result, bail};
use bench_process::now;
use identity::Role as AccountRole;
use infra::{Config, config::Mode};
use server::Service;
use sqlx::{Connection as _, PgConnection};
use tokio::runtime::Runtime;

use crate::{
    cases::Case,
    client::Connection,
    generate::Catalogue,
    process::{Place, Server},
    words::Dice,
};

/// What the list of 20 tracks may cost, beside the floor.
const RATIO: f64 = 1.5;
/// Pause of the import after each batch.
const PACE: Duration = Duration::from_millis(250);
/// How much it gives way, like `resonance import`.
const POLITE: i32 = 10;
const EMAIL: &str = "bench@example.com";
const PASSWORD: &str = "FanPass123";
const USAGE: &str = "usage: bench-catalogue [TRACKS [SAMPLES [ONLY]]]";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let done = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["serve", ..] => return server::cli::main(),
        ["floor", "--listen", listen, "--data", data] => floor(listen, Path::new(data)),
        ref numbers if numbers.len() <= 3 => Plan::read(numbers).and_then(|plan| measure(&plan)),
        _ => Err(anyhow::anyhow!(USAGE)),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            eprintln!("{e:#}");
            ExitCode::FAILURE
        }
    }
}

/// What is to be measured.
struct Plan {
    tracks: u64,
    samples: usize,
    only: String,
}

impl Plan {
    fn read(arguments: &[&str]) -> Result<Self> {
        let at = |i: usize, otherwise: &'static str| arguments.get(i).copied().unwrap_or(otherwise);
        Ok(Self {
            tracks: at(0, "100000").parse().context(USAGE)?,
            samples: at(1, "500").parse().context(USAGE)?,
            only: at(2, "").to_owned(),
        })
    }
}

fn floor(listen: &str, data: &Path) -> Result<()> {
    let listen: SocketAddr = listen.parse()?;
    Runtime::new()?.block_on(floor::serve(listen, data))
}

fn measure(plan: &Plan) -> Result<()> {
    let mut over = Vec::new();
    let tracks = plan.tracks;
    let folder = tempfile::tempdir()?;
    println!("SQLite, {tracks} tracks");
    over.extend(measure_on(&Place { data: folder.path(), url: None }, plan)?);
    if let Ok(server) = std::env::var("TEST_POSTGRES") {
        let runtime = Runtime::new()?;
        runtime.block_on(fresh_database(&server))?;
        let (base, _) = server.rsplit_once('/').context("TEST_POSTGRES")?;
        let url = format!("{base}/resonance_bench_catalogue");
        let folder = tempfile::tempdir()?;
        println!("\nPostgreSQL, {tracks} tracks");
        over.extend(measure_on(&Place { data: folder.path(), url: Some(&url) }, plan)?);
        runtime.block_on(drop_database(&server))?;
    } else {
        println!("\nTEST_POSTGRES names no server: SQLite alone");
    }
    if over.is_empty() { Ok(()) } else { bail!("more than twice what is wanted: {}", over.join(", ")) }
}

async fn drop_database(server: &str) -> Result<()> {
    let mut admin = PgConnection::connect(server).await?;
    sqlx::query("DROP DATABASE IF EXISTS resonance_bench_catalogue WITH (FORCE)").execute(&mut admin).await?;
    Ok(())
}

async fn fresh_database(server: &str) -> Result<()> {
    drop_database(server).await?;
    let mut admin = PgConnection::connect(server).await?;
    sqlx::query("CREATE DATABASE resonance_bench_catalogue").execute(&mut admin).await?;
    Ok(())
}

/// Measures one database; answers what was more than twice over its limit.
fn measure_on(place: &Place<'_>, plan: &Plan) -> Result<Vec<String>> {
    let tracks = plan.tracks;
    let runtime = Runtime::new()?;
    let app = runtime.block_on(server::open(config(place)))?;
    let begun = now();
    let catalogue = runtime.block_on(async {
        let service = Service::new(app.clone(), std::env::current_exe()?);
        identity::admin::create(&service.identity, EMAIL, None, AccountRole::Listener, PASSWORD).await?;
        generate::fill(&app, tracks).await
    })?;
    println!("  written in {:.1} s", begun.elapsed().as_secs_f64());
    let mut cases = cases::all(&catalogue);
    cases.retain(|case| case.name.contains(&plan.only));
    let server = Server::start("serve", place)?;
    let mut connection = Connection::open(server.address)?;
    let token = log_in(&mut connection)?;
    wait_for_search(&mut connection, &token)?;
    println!("  indexed and ready after {:.1} s", begun.elapsed().as_secs_f64());
    let name = if place.url.is_some() { "PostgreSQL" } else { "SQLite" };
    let mut over = processor_time(&server, place, &token, name)?;
    std::thread::sleep(Duration::from_secs(5));
    let [all, own] = [server.memory().all, server.memory().own].map(|bytes| bytes >> 20);
    println!("  memory at rest: {all} MiB, {own} MiB of its own");
    println!("| rest with {tracks} tracks, {name} | {own} MiB | | | 40 MiB |");

    println!(
        "  over HTTP, in ms                            alone: median  p99   beside an import: median  p99"
    );
    // The first one was idle for too long.
    let mut connection = Connection::open(server.address)?;
    let alone = latencies(&mut connection, &cases, &token, plan.samples)?;
    let import = Import::start(config(place), &catalogue);
    let beside = latencies(&mut connection, &cases, &token, plan.samples)?;
    over.extend(report(&cases, &alone, &beside, name));
    println!("  imported meanwhile: {} tracks", import.stop()?);
    drop(server);
    runtime.block_on(app.db.close());
    Ok(over)
}

fn config(place: &Place<'_>) -> Config {
    let mut config = Config { data: place.data.to_owned(), mode: Mode::Production, ..Config::default() };
    config.db.url = place.url.map(|url| url.to_owned().into());
    config
}

fn log_in(connection: &mut Connection) -> Result<String> {
    let body = serde_json::json!({"login": EMAIL, "password": PASSWORD}).to_string();
    let answer = connection.call("POST", "/api/v1/auth/login", "", body.as_bytes())?;
    let answer: serde_json::Value = serde_json::from_slice(&answer)?;
    Ok(answer["accessToken"].as_str().context("no token")?.to_owned())
}

fn wait_for_search(connection: &mut Connection, token: &str) -> Result<()> {
    let begun = now();
    loop {
        match connection.call("GET", "/api/v1/search?q=a", token, b"") {
            Ok(_) => return Ok(()),
            Err(e) if begun.elapsed() > Duration::from_secs(120) => return Err(e),
            Err(_) => std::thread::sleep(Duration::from_millis(50)),
        }
    }
}

/// An import that goes on until it is stopped, in this process while the server runs in its own.
struct Import {
    stop: Arc<AtomicBool>,
    written: Arc<AtomicU64>,
    thread: JoinHandle<Result<()>>,
}

/// Where the next import goes on, so that no two write the same tracks.
static NEXT: AtomicU64 = AtomicU64::new(0);

impl Import {
    fn start(config: Config, catalogue: &Catalogue) -> Self {
        NEXT.fetch_max(catalogue.tracks, Ordering::Relaxed);
        let (stop, written) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
        let (stopped, counter) = (Arc::clone(&stop), Arc::clone(&written));
        let thread = std::thread::spawn(move || {
            // As the command does. On Linux this holds for the thread and those that it starts.
            let _ = rustix::process::nice(POLITE);
            Runtime::new()?.block_on(async {
                let app = server::open(config).await?;
                while !stopped.load(Ordering::Relaxed) {
                    let start = NEXT.fetch_add(generate::BATCH, Ordering::Relaxed);
                    generate::write(&app, start, generate::BATCH).await?;
                    counter.fetch_add(generate::BATCH, Ordering::Relaxed);
                    tokio::time::sleep(PACE).await;
                }
                app.db.close().await;
                Ok(())
            })
        });
        Self { stop, written, thread }
    }

    fn stop(self) -> Result<u64> {
        self.stop.store(true, Ordering::Relaxed);
        let Ok(done) = self.thread.join() else { bail!("the import panicked") };
        done?;
        Ok(self.written.load(Ordering::Relaxed))
    }
}

/// How long answers took.
#[derive(Clone, Copy)]
struct Latency {
    median: Duration,
    p99: Duration,
}

fn latencies(server: &mut Connection, cases: &[Case], token: &str, samples: usize) -> Result<Vec<Latency>> {
    let latency = |case: &Case| {
        let mut dice = Dice::new(1);
        let mut times = Vec::with_capacity(samples);
        for _ in 0..samples {
            let path = case.path(&mut dice);
            let begun = now();
            server.call("GET", &path, if case.anonymous { "" } else { token }, b"")?;
            times.push(begun.elapsed());
        }
        times.sort_unstable();
        Ok(Latency { median: times[times.len() / 2], p99: times[times.len() * 99 / 100] })
    };
    cases.iter().map(latency).collect()
}

/// Prints what was measured; answers which cases take more than twice as long as is wanted beside an import.
fn report(cases: &[Case], alone: &[Latency], beside: &[Latency], database: &str) -> Vec<String> {
    let (mut over, mut worst) = (Vec::new(), BTreeMap::new());
    for ((case, alone), beside) in cases.iter().zip(alone).zip(beside) {
        let ms = |time: Duration| time.as_secs_f64() * 1e3;
        let mark =
            if beside.p99 > case.limit { format!(" over {}", case.limit.as_millis()) } else { String::new() };
        let [a, b, c, d] = [alone.median, alone.p99, beside.median, beside.p99].map(ms);
        println!("    {:<50} {a:>7.2} {b:>7.2}   {c:>7.2} {d:>7.2}{mark}", case.name);
        if beside.p99 > case.limit * 2 {
            over.push(case.name.clone());
        }
        let slowest = worst.entry(case.limit).or_insert((*beside, &case.name));
        if beside.p99 > slowest.0.p99 {
            *slowest = (*beside, &case.name);
        }
    }
    for (limit, (latency, name)) in worst {
        let (p99, wanted) = (latency.p99.as_secs_f64() * 1e3, limit.as_millis());
        println!("| slowest p99, {database}: {name} | {p99:.1} ms | | | {wanted} ms |");
    }
    over
}

/// What one list of 20 tracks costs our server and the floor, in processor time of their processes.
fn processor_time(server: &Server, place: &Place<'_>, token: &str, database: &str) -> Result<Vec<String>> {
    const REQUESTS: u32 = 2000;
    let floor = Server::start("floor", place)?;
    let path = "/api/v1/tracks?limit=20";
    let cost = |server: &Server| -> Result<Duration> {
        let mut connection = Connection::open(server.address)?;
        let before = server.processor_time()?;
        for _ in 0..REQUESTS {
            connection.call("GET", path, token, b"")?;
        }
        Ok((server.processor_time()? - before) / REQUESTS)
    };
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..4 {
        ours.push(cost(server)?);
        theirs.push(cost(&floor)?);
    }
    let best = |times: Vec<Duration>| times.into_iter().min().unwrap_or_default().as_secs_f64() * 1e6;
    let (ours, theirs) = (best(ours), best(theirs));
    let ratio = ours / theirs;
    println!("| a list of 20 tracks, {database} | {ours:.0} µs | {theirs:.0} µs | {ratio:.2} | {RATIO} |");
    Ok(if ratio > 2.0 * RATIO { vec!["a list of 20 tracks".into()] } else { Vec::new() })
}
