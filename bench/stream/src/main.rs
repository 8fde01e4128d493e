//! How much of a processor core it takes to hand out music, beside nginx and beside the least that a server of our
//! kind does, in the same run.
//!
//! `cargo run --release -p bench-stream` prints, for a 10 MB file in the page cache:
//! - gigabytes for each second of the server's processor time, over 64 connections, for ranges of three sizes;
//! - what 3,000 readers that stop in the middle cost the server in memory of its own;
//! - how long a range of 8 KiB takes on one connection.
//!
//! The address is a signed one and what the server knows of the track is remembered, as for a player in the middle of
//! a track. Absolute figures are the machine's; the ratios are what counts. Rows between bars are for `bench/run`.

mod bare;
mod client;
mod fixture;
mod nginx;
mod ours;

use std::{collections::HashMap, net::SocketAddr, path::Path, process::ExitCode, time::Duration};

use anyhow::{Result, bail};
use bench_process::Server;

use crate::{
    client::Target,
    fixture::{FILE, Fixture},
    nginx::Nginx,
    ours::Ours,
};

const OURS: &str = "resonance";
const NGINX: &str = "nginx";
const BARE: &str = "bare";
const CONNECTIONS: usize = 64;
const STALLED: usize = 3000;
const ROUNDS: usize = 3;
const ROUND: Duration = Duration::from_secs(3);
const KIB: u64 = 1024;
/// Range, and the ratio to nginx that is wanted.
const RANGES: [(u64, f64); 3] = [(64 * KIB, 1.0), (256 * KIB, 1.0), (1024 * KIB, 0.6)];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match arguments[..] {
        ["serve", listen, data] => ours::serve(listen, Path::new(data)),
        ["bare", listen, file] => bare::serve(listen, Path::new(file)),
        [] => measure(&["throughput", "stalled", "latency"]),
        _ => measure(&arguments),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            eprintln!("{e:#}");
            ExitCode::FAILURE
        }
    }
}

fn measure(modes: &[&str]) -> Result<()> {
    bench_process::raise_open_files()?;
    let fixture = Fixture::new()?;
    for mode in modes {
        match *mode {
            "throughput" => throughput(&fixture)?,
            "stalled" => stalled(&fixture)?,
            "latency" => latency(&fixture)?,
            _ => bail!("{mode}: choose throughput, stalled, latency or nothing for all"),
        }
    }
    Ok(())
}

fn target(address: SocketAddr, path: &str) -> Target {
    Target { address, path: path.to_owned(), size: FILE }
}

/// Starts our server and, where there is one, nginx; each answers under its own path.
fn servers(fixture: &Fixture) -> Result<Vec<(&'static str, Server, Target)>> {
    let mut all = Vec::new();
    match Nginx::start(fixture.folder())? {
        Some((server, address)) => all.push((NGINX, server, target(address, "/track.mp3"))),
        None => println!("nginx is not installed: figures without a ratio"),
    }
    let (server, address) = Ours::start(fixture.folder())?;
    all.push((OURS, server, target(address, &fixture.signed_path()?)));
    for (name, _, target) in &all {
        if client::fetch(target, 1234..70_000)? != fixture.bytes(1234..70_000) {
            bail!("{name} serves other bytes than the file has");
        }
    }
    Ok(all)
}

fn throughput(fixture: &Fixture) -> Result<()> {
    let mut servers = servers(fixture)?;
    let (bare, address) = bare::start(&fixture.folder().join("track.mp3"))?;
    servers.push((BARE, bare, target(address, "/")));
    println!("\n{CONNECTIONS} connections, GB for each second of the server's processor time");
    for (range, wanted) in RANGES {
        let mut rates = vec![Vec::new(); servers.len()];
        for _ in 0..ROUNDS {
            for ((_, server, target), rates) in servers.iter().zip(&mut rates) {
                let before = server.processor_time()?;
                let bytes = client::load(target, CONNECTIONS, range, ROUND)?;
                let spent = server.processor_time()? - before;
                rates.push(bytes / 1e9 / spent.as_secs_f64());
            }
        }
        let rate: HashMap<&str, f64> =
            servers.iter().zip(rates).map(|((name, ..), rates)| (*name, median(rates))).collect();
        let (ours, bare) = (rate[OURS], rate[BARE]);
        let mut line = format!("  {:>5} KiB  {OURS} {ours:.2}  {BARE} {bare:.2}", range / KIB);
        if let Some(nginx) = rate.get(NGINX) {
            let ratio = ours / nginx;
            line += &format!("  {NGINX} {nginx:.2}  ratio {ratio:.2} (wanted: {wanted})");
            row(
                &format!("ranges of {} KiB, for a core", range / KIB),
                &format!("{ours:.2} GB/s"),
                &format!("nginx {nginx:.2}, bare {bare:.2}"),
                &format!("{ratio:.2}"),
                &format!("≥ {wanted}"),
            );
        }
        println!("{line}");
    }
    Ok(())
}

fn stalled(fixture: &Fixture) -> Result<()> {
    println!("\n{STALLED} readers that stop in the middle, memory of the server's own for each");
    for (name, server, target) in servers(fixture)? {
        // What a server needs anyway it has by now.
        client::load(&target, CONNECTIONS, 256 * KIB, Duration::from_secs(1))?;
        let before = server.own_memory();
        let held = client::stall(&target, STALLED)?;
        let grown = server.own_memory().saturating_sub(before);
        let each = grown as f64 / 1024.0 / STALLED as f64;
        println!("  {name:<10} {each:.1} KiB (wanted: at most 64)");
        if name == OURS {
            row("memory of a stalled reader", &format!("{each:.1} KiB"), "", "", "≤ 64 KiB");
        }
        // Whoever reads on still gets everything.
        client::finish(held, 20, target.size)?;
    }
    Ok(())
}

fn latency(fixture: &Fixture) -> Result<()> {
    println!("\n8 KiB ranges on one connection");
    for (name, _, target) in servers(fixture)? {
        let mut times = client::times(&target, 8 * KIB, Duration::from_secs(2))?;
        times.sort_unstable();
        let at = |share: usize| times[(times.len() - 1) * share / 100].as_secs_f64() * 1e3;
        let (p50, p99, rate) = (at(50), at(99), times.len() / 2);
        println!("  {name:<10} p50 {p50:.2} ms, p99 {p99:.2} ms, {rate} a second (wanted: p99 below 10 ms)");
        if name == OURS {
            row("range of 8 KiB, p99", &format!("{p99:.2} ms"), "", "", "≤ 10 ms");
        }
    }
    Ok(())
}

/// A row of the table that `bench/run` puts together.
fn row(what: &str, ours: &str, beside: &str, ratio: &str, wanted: &str) {
    println!("| {what} | {ours} | {beside} | {ratio} | {wanted} |");
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    values[values.len() / 2]
}
