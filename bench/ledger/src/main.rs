//! How many entries a second the ledger posts for many callers at once, beside the same rows written by hand and beside
//! pgbench, in the same run; how long one waits at half of what is wanted, and at half of what it can do; and what an hour of
//! somebody's listening takes on the disk.
//!
//! `cargo run --release -p bench-ledger` measures SQLite, and PostgreSQL if `TEST_POSTGRES` names a server that is durable
//! and on which databases may be made; `pgbench` stands beside it if it is installed. `-- sqlite` or `-- postgres` measures
//! one of them.
//!
//! Absolute figures are the machine's; the ratios are what counts. Rows between bars are for `bench/run`.

mod facts;
mod hand;
mod place;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use bench_process::now;
use commerce::ledger::{Poster, post};
use db::Db;
use futures_util::future::try_join_all;
use infra::SystemClock;
use kernel::{Clock, SessionId, Time};
use money::ledger::{Entry, Posted};
use uuid::Uuid;

use crate::{
    facts::{Chance, capture, listened, riches},
    hand::Hand,
    place::Place,
};

const ROUNDS: usize = 5;
const ROUND: Duration = Duration::from_secs(2);
/// Callers that post at the same time.
const CALLERS: u64 = 2_000;
const BATCH: usize = 1_000;
const HALF_LOAD: Duration = Duration::from_secs(8);

fn main() -> Result<()> {
    let wanted = std::env::args().nth(1);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(async {
        let places = Place::all()?;
        let mut tpcb = None;
        for place in &places {
            tpcb = tpcb.or(place.tpcb().await?);
        }
        for place in places {
            if wanted.as_ref().is_none_or(|name| *name == place.name()) {
                measure(&place, tpcb).await.with_context(|| place.name())?;
            }
        }
        Ok(())
    })
}

fn at() -> Time {
    SystemClock.now()
}

/// `tpcb`: transactions of pgbench's a second.
async fn measure(place: &Place, tpcb: Option<f64>) -> Result<()> {
    let name = place.name();
    let (ours, theirs) = (place.fresh().await?, place.fresh().await?);
    let poster = Poster::new(ours.db.clone(), Arc::new(SystemClock));
    fill(&ours.db).await?;
    fill(&theirs.db).await?;
    let mut hand = theirs.hand().await?;
    let (mut rates, mut beside) = (Vec::new(), Vec::new());
    for round in 0..=ROUNDS {
        let (rate, by_hand) = (many(&poster, round).await?, by_hand(&mut hand, round).await?);
        // The first round warms what is warm in use.
        if round > 0 {
            rates.push(rate);
            beside.push(by_hand);
        }
    }
    println!("\n{name}: entries of four lines a second: {rates:.0?}; by hand {beside:.0?}");
    let (rate, by_hand) = (median(&mut rates), median(&mut beside));
    row(
        &format!("ledger, entries/s, {name}"),
        &format!("{rate:.0}"),
        &format!("by hand {by_hand:.0}"),
        rate / by_hand,
        "≥ 0.70",
    );
    if let Some(tpcb) = tpcb {
        row(
            &format!("four-line entries/s, {name}"),
            &format!("{rate:.0}"),
            &format!("pgbench TPC-B {tpcb:.0}"),
            rate / tpcb,
            "≥ 2.50",
        );
        place.settle().await?;
        waits(&poster, name, "half of 2.5 × TPC-B", tpcb * 1.25).await?;
    }
    place.settle().await?;
    waits(&poster, name, "half of its own", rate / 2.0).await?;
    let verified = db::snapshot!(ours.db, |tx| {
        commerce::ledger::verify(tx, &mut |finding| println!("{finding}")).await
    });
    let verified = verified?;
    ensure!(verified.findings == 0, "the ledger does not add up");
    println!("{name}: verified {} entries in {} batches", verified.entries, verified.batches);
    hour(place).await
}

/// Gives everybody riches.
async fn fill(db: &Db) -> Result<()> {
    for some in riches(at())?.chunks(BATCH) {
        let posted = db::write!(db, |tx| post(tx, some, at()).await)?;
        ensure!(posted.iter().all(|posted| *posted == Posted::Now));
    }
    db.analyze(&["ledger_account", "ledger_entry", "ledger_line", "ledger_batch"]).await?;
    Ok(())
}

/// Entries a second that many callers post who each wait for their own.
async fn many(poster: &Poster, round: usize) -> Result<f64> {
    let start = now();
    let callers = (0..CALLERS).map(|caller| {
        let poster = poster.clone();
        let mut chance = Chance((round as u64) << 32 | caller);
        tokio::spawn(async move {
            let mut posted = 0_u32;
            while start.elapsed() < ROUND {
                poster.post(capture(&mut chance, at())?).await?;
                posted += 1;
            }
            Ok::<_, anyhow::Error>(posted)
        })
    });
    let posted = try_join_all(callers).await?.into_iter().sum::<Result<u32>>()?;
    Ok(f64::from(posted) / start.elapsed().as_secs_f64())
}

async fn by_hand(hand: &mut Hand, round: usize) -> Result<f64> {
    let start = now();
    let mut chance = Chance((round as u64) << 32 | 0xffff_ffff);
    let mut posted = 0;
    while start.elapsed() < ROUND {
        let entries = (0..BATCH).map(|_| capture(&mut chance, at())).collect::<Result<Vec<Entry>>>()?;
        hand.post(&entries).await?;
        posted += BATCH;
    }
    Ok(posted as f64 / start.elapsed().as_secs_f64())
}

/// How long one waits when `rate` entries come evenly each second.
async fn waits(poster: &Poster, name: &str, what: &str, rate: f64) -> Result<()> {
    let waits = paced(poster, rate).await?;
    let of = |share: f64| waits[((waits.len() - 1) as f64 * share) as usize].as_secs_f64() * 1e3;
    println!(
        "{name}: at {rate:.0} a second, {what}, one waits {:.1} ms (median), {:.1} ms (p99), {:.1} ms at most",
        of(0.5),
        of(0.99),
        of(1.0)
    );
    row(&format!("ledger p99 at {what}, {name}"), &format!("{:.1} ms", of(0.99)), "", f64::NAN, "< 20 ms");
    Ok(())
}

/// How long each of the entries took that come evenly, `rate` of them a second, in order of length.
async fn paced(poster: &Poster, rate: f64) -> Result<Vec<Duration>> {
    let start = now();
    let mut chance = Chance(0xcafe);
    let mut tasks = Vec::new();
    loop {
        let passed = start.elapsed();
        if passed >= HALF_LOAD {
            break;
        }
        // Each is late by what it should have come earlier: a wait of the generator counts too.
        while (tasks.len() as f64) < passed.as_secs_f64() * rate {
            let due = start + Duration::from_secs_f64(tasks.len() as f64 / rate);
            let (poster, entry) = (poster.clone(), capture(&mut chance, at())?);
            tasks.push(tokio::spawn(async move { wait(&poster, entry, due).await }));
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let mut waits = try_join_all(tasks).await?.into_iter().collect::<Result<Vec<_>>>()?;
    waits.sort_unstable();
    Ok(waits)
}

async fn wait(poster: &Poster, entry: Entry, due: Instant) -> Result<Duration> {
    poster.post(entry).await?;
    Ok(due.elapsed())
}

/// What 240 captures of a listener take who listens alone, so that each is a batch of its own; of twenty such, to even out
/// the pages.
async fn hour(place: &Place) -> Result<()> {
    const WHO: u64 = 20;
    const CAPTURES: u64 = 240;
    let fresh = place.fresh().await?;
    fill(&fresh.db).await?;
    let before = fresh.size().await?;
    for n in 0..CAPTURES {
        for who in 0..WHO {
            // A new session for each track, every sixteen captures.
            let session = SessionId(Uuid::from_u128(
                u128::from(at().micros().unsigned_abs() / 60_000_000) << 80
                    | u128::from(n / 16) << 32
                    | u128::from(who),
            ));
            let (part, artists) = (n % 16, [who * 16 + n / 16, 1_000 + n / 16]);
            let entry =
                listened(session, who, artists, (part + 1) * 15, i64::try_from(part)? * 10_000, at())?;
            db::write!(fresh.db, |tx| post(tx, std::slice::from_ref(&entry), at()).await)?;
        }
    }
    let bytes = fresh.size().await?.saturating_sub(before) / WHO;
    println!("{}: an hour of listening, each capture a batch of its own: {bytes} bytes", place.name());
    row(
        &format!("an hour of listening, {}", place.name()),
        &format!("{} kB", bytes / 1_000),
        "",
        f64::NAN,
        "< 300 kB",
    );
    Ok(())
}

fn median(of: &mut [f64]) -> f64 {
    of.sort_unstable_by(f64::total_cmp);
    of[of.len() / 2]
}

fn row(what: &str, measured: &str, beside: &str, ratio: f64, wanted: &str) {
    let ratio = if ratio.is_nan() { String::new() } else { format!("{ratio:.2}") };
    println!("| {what} | {measured} | {beside} | {ratio} | {wanted} |");
}
