//! The limits, tried from the inside.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use media::api::Misdeed;
use media::{Enforcement, MediaError, Pool, PoolConfig};

use crate::studio::{Studio, TUNE, clock};

const SHORT: Duration = Duration::from_millis(500);
const LONG: Duration = Duration::from_secs(20);

async fn refused(pool: &Pool, misdeed: Misdeed) -> String {
    match pool.misbehave(misdeed.clone(), LONG).await {
        Err(MediaError::Unreadable(reason)) => reason,
        other => panic!("{misdeed:?}: {other:?}"),
    }
}

#[tokio::test]
async fn only_the_given_folders_can_be_read_and_written() {
    let studio = Studio::new();
    let pool = studio.pool();
    let inside = studio.write("inside", b"x");
    std::fs::write(studio.outside("secret"), b"x").unwrap();
    std::os::unix::fs::symlink(studio.outside("secret"), studio.source("link")).unwrap();
    assert_eq!(
        pool.confinement().await.unwrap().files,
        Enforcement::Full,
        "this test needs Landlock (Linux 6.12)"
    );

    pool.misbehave(Misdeed::Read(inside.clone()), LONG).await.unwrap();
    pool.misbehave(Misdeed::Write(studio.output("made")), LONG).await.unwrap();
    let dotted = studio.source("../secret");
    for path in [
        studio.outside("secret"),
        studio.source("link"),
        dotted,
        "/etc/passwd".into(),
        "/proc/self/maps".into(),
        studio.output("made"),
    ] {
        let reason = refused(&pool, Misdeed::Read(path.clone())).await;
        assert!(reason.contains("Permission denied"), "{}: {reason}", path.display());
    }
    for path in [inside, studio.source("new"), studio.outside("new"), "/tmp/resonance-media-test".into()] {
        refused(&pool, Misdeed::Write(path.clone())).await;
        assert!(!path.ends_with("new") || !path.exists());
    }
    // Through the ordinary requests too: no tag, no picture of a file outside.
    let song = studio.encode("a.mp3", TUNE, &["-c:a", "libmp3lame"]);
    std::fs::copy(&song, studio.outside("a.mp3")).unwrap();
    pool.read_tags(&song, false).await.unwrap();
    assert!(matches!(pool.read_tags(&studio.outside("a.mp3"), false).await, Err(MediaError::Unreadable(_))));
}

#[tokio::test]
async fn a_folder_can_be_allowed_later() {
    let studio = Studio::new();
    let pool = studio.pool();
    let song = studio.write("a.wav", &media::corpus::silence(media::Format::Wav));
    let library = studio.outside("library");
    std::fs::create_dir(&library).unwrap();
    let other = library.join("b.wav");
    std::fs::copy(&song, &other).unwrap();
    assert!(pool.read_tags(&song, false).await.is_ok());
    assert!(!pool.may_read(&other));
    assert!(matches!(pool.read_tags(&other, false).await, Err(MediaError::Unreadable(_))));
    pool.allow(&library);
    pool.allow(&library);
    assert!(pool.may_read(&other) && pool.may_read(&song) && !pool.may_read(&studio.outside("c.wav")));
    assert!(pool.read_tags(&other, false).await.is_ok());
    let child = pool.idle_children();
    assert!(pool.read_tags(&song, false).await.is_ok());
    assert_eq!(pool.idle_children(), child, "one that may read all of it stays");
}

#[tokio::test]
async fn without_a_folder_to_write_nothing_can_be_opened_for_writing() {
    let studio = Studio::new();
    let pool = Pool::new(PoolConfig { write: None, ..studio.config() });
    let inside = studio.write("inside", b"x");
    pool.misbehave(Misdeed::Read(inside.clone()), LONG).await.unwrap();
    let reason = refused(&pool, Misdeed::Write(inside.clone())).await;
    assert!(
        reason.contains("Operation not permitted"),
        "the call filter refuses before Landlock is asked: {reason}"
    );
    assert_eq!(std::fs::read(inside).unwrap(), b"x");
}

#[tokio::test]
async fn no_network_no_programs_no_signals() {
    let studio = Studio::new();
    let pool = studio.pool();
    assert_eq!(pool.confinement().await.unwrap().system_calls, Enforcement::Full);
    for misdeed in
        [Misdeed::Socket, Misdeed::Execute, Misdeed::Signal(i32::try_from(std::process::id()).unwrap())]
    {
        let reason = refused(&pool, misdeed.clone()).await;
        assert!(reason.contains("not permitted"), "{misdeed:?}: {reason}");
    }
}

#[tokio::test]
async fn memory_time_and_file_size_are_limited() {
    let studio = Studio::new();
    let mut config = studio.config();
    config.limits.cpu_seconds = 1;
    config.limits.file_size = 1 << 20;
    let pool = Pool::new(config);
    let song = studio.encode("a.mp3", TUNE, &["-c:a", "libmp3lame"]);

    let greedy = pool.misbehave(Misdeed::Allocate(2 << 30), LONG).await;
    assert!(matches!(greedy, Err(MediaError::TooLarge(_))), "{greedy:?}");
    pool.read_tags(&song, false).await.unwrap();

    let busy = pool.misbehave(Misdeed::Spin, LONG).await;
    assert_eq!(busy, Err(MediaError::TimedOut { seconds: 1 }));
    pool.read_tags(&song, false).await.unwrap();

    let full = pool.misbehave(Misdeed::Fill(studio.output("big"), 2 << 20), LONG).await;
    assert!(matches!(full, Err(MediaError::TooLarge(_))), "{full:?}");
    assert!(std::fs::metadata(studio.output("big")).unwrap().len() <= 1 << 20);
    pool.read_tags(&song, false).await.unwrap();
}

#[tokio::test]
async fn children_that_hang_crash_or_panic_are_replaced() {
    let studio = Studio::new();
    let pool = studio.pool();
    let song = studio.encode("a.mp3", TUNE, &["-c:a", "libmp3lame"]);

    let began = clock();
    let hung = pool.misbehave(Misdeed::Hang, SHORT).await;
    assert_eq!(hung, Err(MediaError::TimedOut { seconds: 1 }));
    assert!(began.elapsed() < SHORT * 4, "{:?}", began.elapsed());
    pool.read_tags(&song, false).await.unwrap();

    assert!(matches!(
        pool.misbehave(Misdeed::Abort, LONG).await,
        Err(MediaError::Crashed { signal: Some(6), .. })
    ));
    pool.read_tags(&song, false).await.unwrap();

    match pool.misbehave(Misdeed::Overflow, LONG).await {
        Err(MediaError::Crashed { signal: Some(6 | 11), detail }) => {
            assert!(detail.contains("overflow"), "{detail}");
        }
        other => panic!("{other:?}"),
    }
    // A panic is an answer: the same child goes on.
    let before = {
        pool.read_tags(&song, false).await.unwrap();
        pool.idle_children()
    };
    let panicked = pool.misbehave(Misdeed::Panic, LONG).await;
    assert!(matches!(&panicked, Err(MediaError::Corrupt(text)) if text.contains("asked to")), "{panicked:?}");
    assert_eq!(pool.idle_children(), before);
}

#[tokio::test]
async fn others_go_on_while_one_hangs_and_the_queue_is_bounded() {
    let studio = Studio::new();
    let mut config = studio.config();
    config.queue = 1;
    let pool = Pool::new(config);
    let song = Arc::new(studio.encode("a.mp3", TUNE, &["-c:a", "libmp3lame"]));
    let hang =
        |pool: Pool| tokio::spawn(async move { pool.misbehave(Misdeed::Hang, Duration::from_secs(2)).await });

    let first = hang(pool.clone());
    tokio::time::sleep(Duration::from_millis(300)).await;
    for _ in 0..10 {
        pool.read_tags(&song, false).await.unwrap();
    }
    let second = hang(pool.clone());
    tokio::time::sleep(Duration::from_millis(300)).await;
    let (waiting, path) = (pool.clone(), Arc::clone(&song));
    let third = tokio::spawn(async move { waiting.read_tags(&path, false).await });
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(pool.read_tags(&song, false).await, Err(MediaError::Busy));
    assert_eq!(pool.read_tags_many(&[PathBuf::clone(&song)], false).await, [Err(MediaError::Busy)]);
    assert!(third.await.unwrap().is_ok(), "whoever was in the queue gets its turn");
    assert!(first.await.unwrap().is_err() && second.await.unwrap().is_err());
}

#[tokio::test]
async fn children_are_replaced_after_their_share_and_ended_when_idle() {
    let studio = Studio::new();
    let mut config = studio.config();
    config.children = 1;
    config.requests_per_child = 5;
    config.idle = Duration::from_millis(300);
    let pool = Pool::new(config);
    let song = studio.encode("a.mp3", TUNE, &["-c:a", "libmp3lame"]);
    let mut seen = Vec::new();
    for _ in 0..12 {
        pool.read_tags(&song, false).await.unwrap();
        seen.extend(pool.idle_children());
    }
    seen.dedup();
    assert_eq!(seen.len(), 3, "{seen:?}");
    let answers = pool.read_tags_many(&vec![song; 100], false).await;
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(pool.idle_children(), [0_u32; 0]);
}

#[tokio::test]
async fn a_dropped_call_and_a_dropped_pool_leave_no_child() {
    let studio = Studio::new();
    let pool = studio.pool();
    pool.confinement().await.unwrap();
    let child = pool.idle_children()[0];
    let call = tokio::time::timeout(SHORT, pool.misbehave(Misdeed::Hang, LONG)).await;
    assert!(call.is_err());
    assert_ended(child).await;
    pool.confinement().await.unwrap();
    let child = pool.idle_children()[0];
    drop(pool);
    assert_ended(child).await;
}

async fn assert_ended(pid: u32) {
    for _ in 0..100 {
        let state = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        if state.is_empty() || state.contains(") Z ") {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("{pid} is still there");
}

#[tokio::test]
async fn a_program_that_is_no_child_is_said_to_be_none() {
    let pool = Pool::new(PoolConfig::new("/bin/false".into(), Vec::new(), Vec::new()));
    assert!(matches!(pool.confinement().await, Err(MediaError::NotStarted(_))));
    let pool = Pool::new(PoolConfig::new("/nonexistent/program".into(), Vec::new(), Vec::new()));
    assert!(
        matches!(pool.confinement().await, Err(MediaError::NotStarted(text)) if text.contains("/nonexistent/program"))
    );
}
