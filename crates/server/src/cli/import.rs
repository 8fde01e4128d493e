use std::{
    io::IsTerminal,
    path::PathBuf,
    time::{Duration, Instant},
};

use anyhow::Result;
use indicatif::{HumanCount, ProgressBar, ProgressDrawTarget, ProgressStyle};
use infra::{App, place, telemetry};
use media::{Limits, Pool, PoolConfig, SUBCOMMAND};
use music::import::{self, Counts, Options, Progress, Trouble};
use tokio::signal::unix::{SignalKind, signal};

use super::{Global, PROGRAM, printable};

/// How much an import gives way to those who listen meanwhile, with the processes that read its files (`nice(2)`).
const POLITE: i32 = 10;
/// How often counts are printed as lines.
const LINES: Duration = Duration::from_millis(200);

/// Import a folder of music, or bring what was imported up to date
#[derive(clap::Args)]
pub(super) struct Import {
    /// The folder; its files stay where they are and are not changed
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// Stay, and follow the changes in the folder
    #[arg(long)]
    watch: bool,
    /// Processes that read files at the same time [default: one for each core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=64))]
    jobs: Option<u16>,
}

impl Import {
    pub(super) fn run(&self, global: &Global) -> Result<()> {
        let config = global.load(None, None)?;
        telemetry::start_log(&config.log);
        // Before there are threads and children, which all do as this one. What cannot give way works all the same.
        let _ = rustix::process::nice(POLITE);
        super::block_on(async {
            let app = crate::open(config).await?;
            let outcome = self.import(&app, global.json).await;
            app.db.close().await;
            outcome
        })
    }

    async fn import(&self, app: &App, json: bool) -> Result<()> {
        let cores = || std::thread::available_parallelism().map_or(1, usize::from);
        let jobs = self.jobs.map(usize::from).or(app.config.media.children).unwrap_or_else(cores);
        let mut pool = PoolConfig::new(PROGRAM.into(), vec![SUBCOMMAND.into()], Vec::new());
        pool.children = jobs;
        pool.limits = Limits { address_space: app.config.media.memory_mib << 20, ..Limits::default() };
        let mut shown = Shown::new(json);
        let options =
            Options { root: self.folder.clone(), watch: self.watch, jobs, count: shown.wants_total() };
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut terminate = signal(SignalKind::terminate())?;
        let stop = async {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
        };
        let outcome =
            import::run(app.clone(), Pool::new(pool), options, &mut |event| shown.show(&event), stop).await;
        shown.clear();
        outcome?;
        Ok(())
    }
}

/// How progress is shown: as lines for machines, or to a person.
enum Shown {
    Lines { last: Option<Instant> },
    Person { bar: ProgressBar },
}

impl Shown {
    fn new(json: bool) -> Self {
        if json {
            return Self::Lines { last: None };
        }
        let hidden = !std::io::stderr().is_terminal();
        let target = if hidden { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
        Self::Person { bar: ProgressBar::with_draw_target(None, target).with_style(unknown_length()) }
    }

    fn wants_total(&self) -> bool {
        matches!(self, Self::Person { bar } if !bar.is_hidden())
    }

    fn show(&mut self, event: &Progress) {
        match self {
            Self::Lines { last } => print_line(event, last),
            Self::Person { bar } => show_person(event, bar),
        }
    }

    fn clear(&self) {
        if let Self::Person { bar } = self {
            bar.finish_and_clear();
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "thins out what is printed in real time")]
fn print_line(event: &Progress, last: &mut Option<Instant>) {
    if matches!(event, Progress::Counts { .. }) {
        if last.is_some_and(|last| last.elapsed() < LINES) {
            return;
        }
        *last = Some(Instant::now());
    }
    // Paths and reasons are texts, so this cannot fail.
    say!("{}", serde_json::to_string(event).unwrap_or_default());
}

fn show_person(event: &Progress, bar: &ProgressBar) {
    match event {
        // What a watch finds later is told when it is done.
        Progress::Counts { .. } if bar.is_finished() => {}
        Progress::Counts { counts, total } => {
            if let Some(total) = total
                && bar.length().is_none()
            {
                bar.set_style(known_length());
                bar.set_length(*total);
            }
            bar.set_message(format!("{} new", HumanCount(counts.added)));
            bar.set_position(counts.seen);
        }
        Progress::Trouble(Trouble { path, reason }) => {
            bar.suspend(|| eprintln!("{}: {reason}", shown(path)));
        }
        Progress::Done(report) => {
            bar.finish_and_clear();
            say!("{}", sentence(&report.counts));
        }
    }
}

fn unknown_length() -> ProgressStyle {
    ProgressStyle::with_template("{spinner} {human_pos} files  {msg}")
        .unwrap_or_else(|_| ProgressStyle::default_spinner())
}

fn known_length() -> ProgressStyle {
    ProgressStyle::with_template("{wide_bar} {human_pos}/{human_len}  {msg}  {eta}")
        .unwrap_or_else(|_| ProgressStyle::default_bar())
}

/// "12 files: 10 new, 2 moved"
fn sentence(counts: &Counts) -> String {
    let parts = [
        (counts.added, "new"),
        (counts.updated, "changed"),
        (counts.moved, "moved"),
        (counts.unchanged, "unchanged"),
        (counts.broken, "that cannot be played"),
        (counts.missing, "missing"),
        (counts.skipped, "skipped"),
    ];
    let parts: Vec<String> =
        parts.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{n} {what}")).collect();
    let files = if counts.seen == 1 { "file" } else { "files" };
    if parts.is_empty() {
        format!("{} {files}", counts.seen)
    } else {
        format!("{} {files}: {}", counts.seen, parts.join(", "))
    }
}

/// A path for a terminal.
fn shown(path: &str) -> String {
    printable(&place::path(path).to_string_lossy())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_cannot_play_with_the_terminal() {
        assert_eq!(shown("/m/It's \u{1b}[2J\u{202e}gpj\n.mp3"), "/m/It's \\u{1b}[2J\\u{202e}gpj\\u{a}.mp3");
        assert_eq!(shown("/m/Björk/Bj\u{10FEF6}rk.mp3"), "/m/Björk/Bj\u{fffd}rk.mp3");
    }

    #[test]
    fn the_outcome_is_one_sentence() {
        let counts = Counts { seen: 3, added: 1, broken: 2, ..Counts::default() };
        assert_eq!(sentence(&counts), "3 files: 1 new, 2 that cannot be played");
        assert_eq!(sentence(&Counts { seen: 1, ..Counts::default() }), "1 file");
    }
}
