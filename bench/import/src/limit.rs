//! What reading the tags alone takes, in one process without any limits, as many threads as there are cores.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

use anyhow::{Result, ensure};

use bench_process::{now, own_processor_time};

use crate::process::Spent;

/// The sound files of a library.
pub(crate) fn files(library: &Path) -> Result<Vec<PathBuf>> {
    let (mut folders, mut files) = (vec![library.to_owned()], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|kind| kind != "jpg") {
                files.push(path);
            }
        }
    }
    Ok(files)
}

/// Reads all `files`, with their covers.
pub(crate) fn read(files: &[PathBuf]) -> Result<Spent> {
    let (next, read) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let (before, begun) = (own_processor_time()?, now());
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                while let Some(file) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
                    read.fetch_add(usize::from(lofty::read_from_path(file).is_ok()), Ordering::Relaxed);
                }
            });
        }
    });
    let wall = begun.elapsed();
    ensure!(read.into_inner() == files.len(), "a file could not be read");
    Ok(Spent { wall, processor: own_processor_time()? - before, memory: 0 })
}
