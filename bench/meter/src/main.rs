//! What a second of paid listening costs the server, beside the same frames exchanged by axum alone and one verification
//! of a voucher for each, in the same run and beside the same listeners.
//!
//! `cargo run --release -p bench-meter` measures ten thousand listeners on SQLite, for half a minute; `-- LISTENERS
//! SECONDS` others. Each is on a socket of its own and signs each beat. The server has one thread for all but its
//! database.
//!
//! Absolute figures are the machine's; the ratios are what counts. Rows between bars are for `bench/run`.

mod client;
mod fixture;
mod serve;

use std::{
    path::Path,
    process::ExitCode,
    time::{Duration, Instant},
};

use anyhow::{Result, ensure};
use bench_process::{Server, now};
use kernel::TrackId;

use crate::{
    client::{Crowd, Seen},
    fixture::Fixture,
};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match arguments[..] {
        ["ours", listen, data] => serve::ours(listen, Path::new(data)),
        ["bare", listen, _] => serve::bare(listen),
        [] => measure(10_000, 30),
        [listeners, seconds] => {
            listeners.parse().map_err(Into::into).and_then(|listeners| measure(listeners, seconds.parse()?))
        }
        _ => Err(anyhow::anyhow!("LISTENERS SECONDS, or nothing")),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            eprintln!("{e:#}");
            ExitCode::FAILURE
        }
    }
}

/// What a server took for each listener.
struct Cost {
    /// Microseconds of processor time for each second of one.
    micros: f64,
    /// KiB of memory of its own.
    kib: f64,
    /// When the counting began.
    since: Instant,
    seen: Vec<Seen>,
}

fn measure(listeners: usize, seconds: u64) -> Result<()> {
    bench_process::raise_open_files()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    runtime.block_on(async {
        let fixture = Fixture::new(listeners).await?;
        let time = Duration::from_secs(seconds);
        // Before and after, since what a processor does in a second changes from one minute to the next.
        let short = time.min(Duration::from_secs(20));
        let before = cost("bare", &fixture, None, short).await?;
        let ours = cost("ours", &fixture, Some(fixture.track), time).await?;
        let after = cost("bare", &fixture, None, short).await?;
        let bare = Cost { micros: f64::midpoint(before.micros, after.micros), ..before };
        tell(listeners, &bare, &ours)
    })
}

async fn cost(kind: &str, fixture: &Fixture, track: Option<TrackId>, time: Duration) -> Result<Cost> {
    let (server, address): (Server, _) = serve::start(kind, fixture.folder())?;
    // What a server needs anyway it has by then.
    let (few, most) = fixture.tokens.split_at(fixture.tokens.len() / 10);
    let warm = Crowd::gather(address, few, track).await?;
    tokio::time::sleep(Duration::from_secs(2)).await;
    let memory = server.own_memory();
    let begun = now();
    let crowd = Crowd::gather(address, most, track).await?;
    println!("{kind}: {} listeners in {:.1} s", fixture.tokens.len(), begun.elapsed().as_secs_f64());
    tokio::time::sleep(Duration::from_secs(3)).await;
    let (since, before) = (now(), server.processor_time()?);
    tokio::time::sleep(time).await;
    let (passed, spent) = (since.elapsed(), server.processor_time()? - before);
    let kib = server.own_memory().saturating_sub(memory) as f64 / 1024.0 / most.len() as f64;
    let mut seen = crowd.go().await?;
    seen.extend(warm.go().await?);
    let micros = spent.as_secs_f64() * 1e6 / passed.as_secs_f64() / fixture.tokens.len() as f64;
    println!("{kind}: {micros:.1} µs for each listener and second, {kib:.1} KiB each");
    Ok(Cost { micros, kib, since, seen })
}

fn tell(listeners: usize, bare: &Cost, ours: &Cost) -> Result<()> {
    let mut late: Vec<Duration> = ours.seen.iter().flat_map(|seen| seen.lateness(ours.since)).collect();
    ensure!(!late.is_empty(), "nobody heard anything");
    late.sort_unstable();
    let at = |share: usize| late[(late.len() - 1) * share / 1_000].as_secs_f64() * 1e3;
    println!(
        "beats came {:.1} ms late (median), {:.1} ms (p99), {:.1} ms (p99.9), {:.1} ms at most",
        at(500),
        at(990),
        at(999),
        at(1_000)
    );
    let pace: Vec<f64> = ours.seen.iter().filter_map(|seen| seen.pace(ours.since)).collect();
    let mean = pace.iter().sum::<f64>() / pace.len() as f64;
    let (least, most) =
        pace.iter().fold((f64::MAX, 0.0_f64), |(least, most), n| (least.min(*n), most.max(*n)));
    let behind =
        ours.seen.iter().filter(|seen| seen.beats.last().is_some_and(|(_, n)| seen.committed + 2 < *n));
    println!(
        "of {} listeners, {} were told of more than two seconds that are not durable",
        pace.len(),
        behind.count()
    );
    let other: u64 = ours.seen.iter().map(|seen| seen.other).sum();
    if let Some(seen) = ours.seen.iter().find(|seen| seen.other > 0) {
        println!("{other} frames were no beats: {}", seen.last);
    }
    row(
        &format!("processor time of a paid second, {listeners} listeners"),
        &format!("{:.1} µs", ours.micros),
        &format!("axum and a verification {:.1} µs", bare.micros),
        &format!("{:.2}", ours.micros / bare.micros),
        "≤ 1.50",
    );
    row(
        "memory of a paying session over a bare socket",
        &format!("{:.1} KiB", ours.kib - bare.kib),
        &format!("bare {:.1} KiB", bare.kib),
        "",
        "≤ 8 KiB",
    );
    row("lateness of a beat, p99", &format!("{:.1} ms", at(990)), "", "", "< 50 ms");
    row(
        "beats for each second",
        &format!("{mean:.4}"),
        &format!("of one {least:.4} to {most:.4}"),
        "",
        "1.000 ± 0.001",
    );
    Ok(())
}

/// A row of the table that `bench/run` puts together.
fn row(what: &str, ours: &str, beside: &str, ratio: &str, wanted: &str) {
    println!("| {what} | {ours} | {beside} | {ratio} | {wanted} |");
}
