//! Following what happens in a folder.

use std::time::Duration;

use music::import::{self, Counts, Options, Progress};
use testkit::TestApp;
use tokio::sync::mpsc;

use super::{Shelf, Song, options, parts, tracks};

/// A change is seen well within this time.
const SOON: Duration = Duration::from_secs(20);

#[testkit::test]
async fn changes_are_followed_until_it_is_told_to_stop(app: TestApp) {
    let shelf = Shelf::new();
    shelf.put("a/1.mp3", &Song::tagged(1, "One", "Ana", "A"));
    let (reports, mut seen) = mpsc::unbounded_channel::<Counts>();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let (parts, options) = (parts(&app), Options { watch: true, ..options(&shelf.root()) });
    let watching = tokio::spawn(async move {
        let mut note = move |event| {
            if let Progress::Done(report) = event {
                let _ = reports.send(report.counts);
            }
        };
        let stop = async {
            let _ = stopped.await;
        };
        import::run(parts.0, parts.1, options, &mut note, stop).await
    });
    let mut next = async || tokio::time::timeout(SOON, seen.recv()).await.expect("it is seen").unwrap();
    assert_eq!(next().await.added, 1);

    // A new folder, and folders in it.
    shelf.put("b/c/2.mp3", &Song::tagged(2, "Two", "Ana", "B"));
    assert_eq!(next().await.added, 1);
    // Only the folder that changed is looked at.
    shelf.put("b/c/3.mp3", &Song::tagged(3, "Three", "Ana", "B"));
    let counts = next().await;
    assert_eq!((counts.added, counts.seen), (1, 2));
    let before = tracks(&app, &shelf).await;
    shelf.rename("a/1.mp3", "b/1.mp3");
    let mut moved = next().await;
    while moved.moved == 0 {
        moved = next().await;
    }
    assert_eq!(tracks(&app, &shelf).await[0].1, before[0].1);
    // A folder that goes takes its files along.
    std::fs::remove_dir_all(shelf.path("b/c")).unwrap();
    let mut gone = next().await.missing;
    while gone < 2 {
        gone += next().await.missing;
    }
    stop.send(()).unwrap();
    watching.await.unwrap().unwrap();
    let there = tracks(&app, &shelf).await.iter().filter(|(.., there)| *there).count();
    assert_eq!(there, 1);
}
