//! The hostile corpus against every request: always an answer, in time, within limits, and good files after it.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use media::{Deadlines, Fit, Format, MediaError, Pool, PoolConfig, corpus};

use crate::studio::{Studio, TUNE, clock};

const DEADLINE: Duration = Duration::from_secs(10);

fn pool(studio: &Studio) -> Pool {
    let deadlines = Deadlines {
        tags: DEADLINE,
        picture: DEADLINE,
        probe: DEADLINE,
        preview: DEADLINE,
        analyse: DEADLINE,
        analyse_per_mib: Duration::ZERO,
        analyse_most: DEADLINE,
    };
    Pool::new(PoolConfig { children: 1, deadlines, ..studio.config() })
}

fn answered<T>(what: &str, answer: &Result<T, MediaError>) {
    // A crash would be survived; but a file that is known to cause one is a bug to be found here.
    let broken = matches!(
        answer,
        Err(MediaError::TimedOut { .. }
            | MediaError::Busy
            | MediaError::NotStarted(_)
            | MediaError::Crashed { .. })
    );
    assert!(!broken, "{what}: {:?}", answer.as_ref().err());
}

#[tokio::test]
async fn the_honest_files_of_the_corpus_are_honest() {
    let studio = Studio::new();
    let pool = studio.pool();
    for format in [Format::Mp3, Format::Wav, Format::M4aAac, Format::AacAdts, Format::Flac, Format::Opus] {
        let path = studio.write("silence", &corpus::silence(format));
        let analysis = pool.analyse(&path).await.unwrap_or_else(|error| panic!("{}: {error}", format.name()));
        assert_eq!(
            (analysis.format, analysis.damaged_packets, analysis.truncated),
            (format, 0, false),
            "{}",
            format.name()
        );
        assert!((400..900).contains(&analysis.duration_ms), "{}: {} ms", format.name(), analysis.duration_ms);
        pool.read_tags(&path, true).await.unwrap_or_else(|error| panic!("{}: {error}", format.name()));
    }
}

#[tokio::test]
async fn every_hostile_file_is_answered_and_a_good_one_after_it() {
    let studio = Studio::new();
    let pool = pool(&studio);
    let good = studio.encode("good.mp3", TUNE, &["-c:a", "libmp3lame"]);
    let corpus = corpus::hostile();
    assert!(corpus.len() >= 60, "{}", corpus.len());
    for file in &corpus {
        let path = studio.write(&file.name, &file.bytes);
        let began = clock();
        let tags = pool.read_tags(&path, true).await;
        answered(&format!("{}: tags", file.name), &tags);
        let probed = pool.probe(&path).await;
        answered(&format!("{}: probe", file.name), &probed);
        assert!(!file.refuse || probed.is_err(), "{} was taken for {probed:?}", file.name);
        let analysed = pool.analyse(&path).await;
        answered(&format!("{}: analyse", file.name), &analysed);
        answered(&format!("{}: picture", file.name), &pool.read_picture(&path, 256, Fit::Square).await);
        answered(
            &format!("{}: preview", file.name),
            &pool.cut_preview(&path, 0, 1000, &studio.output("p")).await,
        );
        assert!(began.elapsed() < DEADLINE, "{}: {:?}", file.name, began.elapsed());
        if let Ok(info) = tags {
            let texts = info.tags.title.iter().chain(&info.tags.artists).chain(&info.tags.genres);
            assert!(
                texts.clone().all(|text| text.chars().count() <= 500 && !text.chars().any(char::is_control)),
                "{}",
                file.name
            );
            assert!(info.tags.artists.len() <= 32, "{}", file.name);
            assert!(texts.clone().all(|text| !text.contains('\u{202E}')), "{}", file.name);
        }
        if let Ok(analysis) = analysed {
            assert!(analysis.duration_ms < 3_600_000, "{}: {} ms", file.name, analysis.duration_ms);
        }
        for child in pool.idle_children() {
            assert!(peak_kib(child) < 300 * 1024, "{}: {} KiB", file.name, peak_kib(child));
        }
        assert!(pool.read_tags(&good, true).await.is_ok(), "after {}", file.name);
        std::fs::remove_file(path).unwrap();
    }
}

/// The most memory that a process has had in use.
fn peak_kib(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

#[tokio::test]
async fn the_whole_corpus_in_one_batch_marks_only_itself() {
    let studio = Studio::new();
    let good = studio.encode("good.mp3", TUNE, &["-c:a", "libmp3lame"]);
    let mut paths = Vec::new();
    for file in corpus::hostile() {
        paths.push(studio.write(&file.name, &file.bytes));
        paths.push(good.clone());
    }
    let answers = pool(&studio).read_tags_many(&paths, true).await;
    assert_eq!(answers.len(), paths.len());
    for (path, answer) in paths.iter().zip(&answers) {
        answered(&path.display().to_string(), answer);
        assert!(path != &good || answer.is_ok(), "{answer:?}");
    }
}

#[tokio::test]
async fn files_that_kill_or_hang_in_a_batch_fail_alone() {
    let studio = Studio::new();
    let mut config = PoolConfig { children: 1, ..studio.config() };
    config.deadlines.tags = Duration::from_secs(2);
    let pool = Pool::new(config);
    let good = studio.write("good.mp3", &corpus::silence(Format::Mp3));
    let (killer, sleeper) =
        (studio.write("killer", &corpus::killer()), studio.write("sleeper", &corpus::sleeper()));
    let mut paths = vec![good; 400];
    for at in [0, 50, 51, 120, 399] {
        paths[at] = killer.clone();
    }
    paths[300] = sleeper.clone();
    let answers = pool.read_tags_many(&paths, false).await;
    assert_eq!(answers.len(), paths.len());
    for (path, answer) in paths.iter().zip(&answers) {
        match answer {
            Ok(_) => assert!(path != &killer && path != &sleeper),
            Err(MediaError::Crashed { signal: Some(6), .. }) => assert_eq!(path, &killer),
            Err(MediaError::TimedOut { seconds: 2 }) => assert_eq!(path, &sleeper),
            other => panic!("{}: {other:?}", path.display()),
        }
    }
}

#[tokio::test]
async fn strange_names_are_only_names() {
    let studio = Studio::new();
    let pool = pool(&studio);
    let song = corpus::silence(Format::Mp3);
    let folder = studio.source("");
    let mut written = 0;
    for name in corpus::names() {
        let path = folder.join(OsStr::from_bytes(&name));
        let own = name.len() < 256
            && !name.contains(&0)
            && !name.contains(&b'/')
            && !matches!(name.as_slice(), b"" | b"." | b"..");
        if own && std::fs::write(&path, &song).is_ok() {
            written += 1;
            let info = pool.read_tags(&path, false).await;
            assert!(info.is_ok(), "{}: {info:?}", name.escape_ascii());
        } else {
            let answer = pool.read_tags(&path, false).await;
            assert!(answer.is_err(), "{}: {answer:?}", name.escape_ascii());
        }
    }
    assert!(written >= 15, "{written}");
}

#[tokio::test]
async fn pipes_devices_and_folders_are_not_opened() {
    let studio = Studio::new();
    let mut config = studio.config();
    config.read.push(PathBuf::from("/dev"));
    let pool = Pool::new(config);
    let pipe = studio.source("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let began = clock();
    for path in [pipe.as_path(), Path::new("/dev/zero"), &studio.source("")] {
        let answer = pool.probe(path).await;
        assert!(matches!(answer, Err(MediaError::Unreadable(_))), "{}: {answer:?}", path.display());
    }
    assert!(began.elapsed() < DEADLINE);
}
