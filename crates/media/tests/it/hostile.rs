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
        sent_tags: DEADLINE,
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

/// A number as `ID3v2` writes sizes.
fn syncsafe(size: usize) -> [u8; 4] {
    [21, 14, 7, 0].map(|shift| u8::try_from(size >> shift & 0x7f).unwrap())
}

/// An ID3 tag of so many frames before `sound`.
fn many_frames(version: u8, flags: u8, count: u32, sound: &[u8]) -> Vec<u8> {
    let mut frames = Vec::new();
    for n in 0..count {
        let content = format!("\0name {n}\0{n:020}");
        let size = if version == 4 {
            syncsafe(content.len())
        } else {
            u32::try_from(content.len()).unwrap().to_be_bytes()
        };
        frames.extend([b"TXXX", &size[..], &[0, 0], content.as_bytes()].concat());
    }
    [b"ID3", &[version, 0, flags][..], &syncsafe(frames.len()), &frames, sound].concat()
}

/// An APE tag of so many items after `sound`.
fn many_items(count: u32, sound: &[u8]) -> Vec<u8> {
    let mut items = Vec::new();
    for n in 0..count {
        items.extend([&20_u32.to_le_bytes()[..], &[0; 4], format!("NAME{n}\0{n:020}").as_bytes()].concat());
    }
    let size = u32::try_from(items.len() + 32).unwrap().to_le_bytes();
    let frame = |flags: u8| {
        [b"APETAGEX", &2000_u32.to_le_bytes()[..], &size, &count.to_le_bytes(), &[0, 0, 0, flags], &[0; 8]]
            .concat()
    };
    [sound, &frame(0xa0), &items, &frame(0x80)].concat()
}

/// The same comment so many times in a FLAC file.
fn many_comments(count: u32, flac: &[u8]) -> Vec<u8> {
    let mut block = [&1_u32.to_le_bytes()[..], b"x", &count.to_le_bytes()].concat();
    for n in 0..count {
        let comment = format!("NAME{n}={n:020}");
        block.extend(u32::try_from(comment.len()).unwrap().to_le_bytes());
        block.extend(comment.as_bytes());
    }
    let size = u32::try_from(block.len()).unwrap().to_be_bytes();
    // After the STREAMINFO block, which is 38 bytes with its header.
    [
        &flac[..4],
        &[0],
        &flac[5..42],
        &[4],
        &size[1..],
        &block,
        &[0x81, 0, 0, 0],
        &flac[flac.windows(2).position(|at| at == [0xff, 0xf8]).unwrap()..],
    ]
    .concat()
}

#[tokio::test]
async fn tags_of_many_parts_do_not_keep_a_child() {
    let studio = Studio::new();
    let pool = pool(&studio);
    let (mp3, flac) = (corpus::silence(Format::Mp3), corpus::silence(Format::Flac));
    for (name, file) in [
        ("v4", many_frames(4, 0, 50_000, &mp3)),
        ("v3", many_frames(3, 0, 50_000, &mp3)),
        ("unsynchronised", many_frames(3, 0x80, 50_000, &mp3)),
        ("ape", many_items(50_000, &mp3)),
        ("flac", many_comments(50_000, &flac)),
    ] {
        let path = studio.write(name, &file);
        let began = clock();
        let info = pool.read_tags(&path, true).await;
        let took = began.elapsed();
        assert!(took < Duration::from_secs(2), "{name}: {took:?}");
        // Sound with unreadable tags is still a song; what an APE tag says of its size may be wrong as well.
        assert!(info.is_ok() || name == "ape", "{name}: {info:?}");
    }
    // Many are not too many.
    let some = studio.write("some", &many_frames(4, 0, 1_000, &mp3));
    assert_eq!(pool.read_tags(&some, true).await.unwrap().tag_error, None);
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
