//! Reads the tags of every file beneath a folder as an import does, and prints how long that took:
//! `cargo run --release -p media --example tags -- FOLDER [CHILDREN]`.

use std::path::PathBuf;
use std::process::ExitCode;

use media::{Pool, PoolConfig};

const BATCH: usize = 512;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let Some(folder) = arguments.next() else { return ExitCode::FAILURE };
    if folder == media::SUBCOMMAND {
        return media::child::run();
    }
    let children = arguments.next().and_then(|text| text.parse().ok()).unwrap_or(1);
    let Ok(runtime) = tokio::runtime::Builder::new_multi_thread().enable_all().build() else {
        return ExitCode::FAILURE;
    };
    match runtime.block_on(measure(folder.into(), children)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "a measurement is of real time")]
async fn measure(folder: PathBuf, children: usize) -> std::io::Result<()> {
    let mut paths = Vec::new();
    let mut folders = vec![folder.clone()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() { folders.push(entry.path()) } else { paths.push(entry.path()) }
        }
    }
    paths.sort();
    let mut config = PoolConfig::this_executable(vec![folder])?;
    config.children = children;
    let pool = Pool::new(config);
    for cover in [false, true, true] {
        let began = std::time::Instant::now();
        let shares = paths.chunks(paths.len().div_ceil(children).max(1)).map(|share| {
            let (pool, share) = (pool.clone(), share.to_vec());
            tokio::spawn(async move {
                let (mut good, mut covers) = (0, 0);
                for batch in share.chunks(BATCH) {
                    for info in pool.read_tags_many(batch, cover).await.into_iter().flatten() {
                        good += 1;
                        covers += usize::from(info.cover.is_some());
                    }
                }
                (good, covers)
            })
        });
        let (mut good, mut covers) = (0, 0);
        for share in shares.collect::<Vec<_>>() {
            let (more, pictures) = share.await.unwrap_or_default();
            good += more;
            covers += pictures;
        }
        println!(
            "{} files, {good} read, {covers} covers, {children} children: {:?}",
            paths.len(),
            began.elapsed()
        );
    }
    Ok(())
}
