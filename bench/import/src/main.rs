//! How long it takes to bring 10,000 files of music into the library, beside another server in the same run; and what
//! the server that has them takes to start, and to do nothing.
//!
//! `cargo run --release -p bench-import -- LIBRARY` runs `resonance import` on a folder made by `scripts/library`, again
//! and again into fresh databases, with the files in the page cache. `RESONANCE` is the program, the one beside this one
//! if it is not set; `TEST_POSTGRES` a PostgreSQL server on which databases may be made; `POLARIS` the program of
//! [Polaris](https://github.com/agersant/polaris), a server that scans into memory. Without that the figures stand beside
//! a bare reading of the tags, which is printed anyway.
//!
//! Absolute figures are the machine's; the ratios are what counts. Rows between bars are for `bench/run`.

mod limit;
mod ours;
mod polaris;
mod process;

use std::{path::PathBuf, process::ExitCode, time::Duration};

use anyhow::{Context, Result, ensure};

use crate::{
    ours::{Database, Ours},
    process::Spent,
};

const ROUNDS: usize = 5;
/// After so long a server has nothing left to do.
const SETTLED: Duration = Duration::from_secs(10);
const MIB: f64 = 1024.0 * 1024.0;

fn main() -> ExitCode {
    match measure() {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            eprintln!("{e:#}");
            ExitCode::FAILURE
        }
    }
}

fn measure() -> Result<()> {
    let library = std::env::args_os().nth(1).map(PathBuf::from);
    let library =
        library.context("name the folder of a library that scripts/library made")?.canonicalize()?;
    process::adopt_orphans()?;
    let ours = Ours::new()?;
    let files = limit::files(&library)?;
    let mut databases = vec![Database::Sqlite];
    databases.extend(std::env::var("TEST_POSTGRES").ok().map(Database::Postgres));
    import(&ours, &library, &files, &databases)?;
    for database in &databases {
        serve(&ours, &library, database)?;
    }
    Ok(())
}

/// What was measured of one database, one value for each round.
#[derive(Default)]
struct Imported {
    first: Vec<Spent>,
    again: Vec<Spent>,
}

fn import(ours: &Ours, library: &std::path::Path, files: &[PathBuf], databases: &[Database]) -> Result<()> {
    let mut bare = Vec::new();
    let mut peer = Vec::new();
    let mut all: Vec<Imported> = databases.iter().map(|_| Imported::default()).collect();
    for round in 0..=ROUNDS {
        let (limit, scan) = (limit::read(files)?, polaris::scan(library)?);
        for (database, imported) in databases.iter().zip(&mut all) {
            let fresh = ours.fresh(database)?;
            let (first, again) = (fresh.import(library)?, fresh.import(library)?);
            ensure!(first.new == files.len(), "{} of {} files were imported", first.new, files.len());
            ensure!(again.unchanged == files.len(), "an import again found {} files", again.unchanged);
            // The first round warms the page cache.
            if round > 0 {
                imported.first.push(first.spent);
                imported.again.push(again.spent);
            }
        }
        if round > 0 {
            bare.push(limit);
            peer.extend(scan);
        }
    }
    let bare = median(&bare);
    let peer = if peer.is_empty() { None } else { Some(median(&peer)) };
    println!("\n{} files, median of {ROUNDS} rounds", files.len());
    println!("  tags read by lofty alone: {bare}");
    match &peer {
        Some(peer) => println!("  Polaris scans into memory: {peer}"),
        None => println!("  POLARIS names no program: beside lofty alone"),
    }
    for (database, Imported { first, again }) in databases.iter().zip(&all) {
        let (name, most) = (database.name(), database.most());
        let (first, again) = (median(first), median(again));
        println!("  {name}, new: {first}");
        println!("  {name}, unchanged: {again}");
        let (beside, wanted) = match &peer {
            Some(peer) => (format!("Polaris {}", seconds(peer.wall)), format!("≤ {most}")),
            None => (format!("lofty {}", seconds(bare.wall)), "—".to_owned()),
        };
        let ratio = first.wall.as_secs_f64() / peer.as_ref().unwrap_or(&bare).wall.as_secs_f64();
        row(&format!("import, {name}"), &seconds(first.wall), &beside, &format!("{ratio:.2}"), &wanted);
        row(&format!("import again, {name}"), &seconds(again.wall), "", "", "≤ 0.30 s");
        let memory = format!("{:.0} MB", first.memory as f64 / 1e6);
        row(&format!("memory of an import, {name}"), &memory, "", "", "≤ 120 MB");
    }
    Ok(())
}

/// Starts on the library that was imported, and rest.
fn serve(ours: &Ours, library: &std::path::Path, database: &Database) -> Result<()> {
    let fresh = ours.fresh(database)?;
    fresh.import(library)?;
    // Decoding all of it is work, not rest.
    fresh.forget_work()?;
    // Nor is the first start, after which the search index is built.
    let first = fresh.start()?;
    std::thread::sleep(SETTLED);
    drop(first);
    let mut starts = Vec::new();
    for _ in 0..ROUNDS {
        starts.push(fresh.start()?.ready);
    }
    starts.sort_unstable();
    let ready = starts[starts.len() / 2];
    let server = fresh.start()?;
    std::thread::sleep(SETTLED);
    let memory = server.memory();
    let name = database.name();
    println!(
        "\n{name}, at rest: {:.1} MiB, of which {:.1} are copies of files that others share",
        memory.all as f64 / MIB,
        (memory.all - memory.own) as f64 / MIB
    );
    row(&format!("start to ready, {name}"), &format!("{} ms", ready.as_millis()), "", "", "≤ 300 ms");
    row(&format!("memory at rest, {name}"), &format!("{:.0} MB", memory.all as f64 / 1e6), "", "", "≤ 40 MB");
    Ok(())
}

/// A row of the table that `bench/run` puts together.
fn row(what: &str, ours: &str, beside: &str, ratio: &str, wanted: &str) {
    println!("| {what} | {ours} | {beside} | {ratio} | {wanted} |");
}

fn seconds(time: Duration) -> String {
    format!("{:.2} s", time.as_secs_f64())
}

fn median(all: &[Spent]) -> Spent {
    let middle = |mut values: Vec<Duration>| {
        values.sort_unstable();
        values[values.len() / 2]
    };
    Spent {
        wall: middle(all.iter().map(|one| one.wall).collect()),
        processor: middle(all.iter().map(|one| one.processor).collect()),
        // What is promised of memory is promised of each run.
        memory: all.iter().map(|one| one.memory).max().unwrap_or(0),
    }
}
