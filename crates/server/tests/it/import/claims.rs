//! One import of a folder at a time, and none that leaves disorder behind.

use std::{future::pending, time::Duration};

use music::import::{self, ImportError};
use testkit::TestApp;

use super::{Shelf, Song, options, parts, run, snapshot::Snapshot, values};

fn shelf(songs: u64) -> Shelf {
    let shelf = Shelf::new();
    for n in 0..songs {
        let (artist, album) = (format!("Artist {}", n % 7), format!("Album {}", n / 10));
        let song = Song::tagged(n, &format!("Song {n}"), &artist, &album).text("TCON", &["Dub"]);
        shelf.put(&format!("{album}/{n}.mp3"), &song);
    }
    shelf
}

async fn pretend(app: &TestApp, root: &str) -> kernel::ImportId {
    let id = app.service.app.id();
    let begun: Result<(), db::Error> = db::write!(app.db(), |tx| {
        db::sql!(
            "INSERT INTO library_import (id, root, state, started_at, heartbeat, seen, unchanged, added, updated,
                 moved, missing, broken, skipped)
             VALUES ($1, $2, 'running', $3, 0, 0, 0, 0, 0, 0, 0, 0, 0)"
        )
        .bind(id)
        .bind(root)
        .bind(app.now())
        .run(tx)
        .await?;
        Ok(())
    });
    begun.unwrap();
    id
}

#[testkit::test]
async fn an_import_that_is_dropped_anywhere_is_taken_up_again(app: TestApp) {
    let shelf = shelf(600);
    let root = shelf.root();
    // From before the claim to somewhere in the middle of the batches.
    for millis in [1, 8, 20, 35, 60, 90, 130, 200] {
        let one = run(parts(&app), &root);
        let _ = tokio::time::timeout(Duration::from_millis(millis), one).await;
    }
    shelf.import(&app).await;
    let all: Vec<i64> = values!(app, "SELECT COUNT(*) FROM track WHERE available");
    assert_eq!(all, [600]);
    let running: Vec<i64> = values!(app, "SELECT COUNT(*) FROM library_import WHERE state = 'running'");
    assert_eq!(running, [0]);
    assert_eq!(Snapshot::of(app.db(), &shelf.root()).await, Snapshot::fresh(&app, &shelf.root()).await);
}

#[testkit::test]
async fn an_import_that_is_told_to_stop_says_so(app: TestApp) {
    let shelf = shelf(5);
    let stopped =
        import::run(app.service.app.clone(), parts(&app).1, options(&shelf.root()), &mut |_| {}, async {})
            .await;
    assert!(matches!(stopped, Err(ImportError::Interrupted)), "{stopped:?}");
    let states: Vec<String> = values!(app, "SELECT state FROM library_import");
    assert_eq!(states, ["interrupted"]);
    assert_eq!(shelf.import(&app).await.seen, 5);
}

#[testkit::test]
async fn two_imports_of_one_folder_do_not_run_at_once(app: TestApp) {
    let shelf = shelf(300);
    let (whole, part) = (shelf.root(), shelf.path("Album 3"));
    let (a, b) = tokio::join!(run(parts(&app), &whole), run(parts(&app), &part));
    let refused = [&a.0, &b.0].iter().filter(|r| matches!(r, Err(ImportError::Running(_)))).count();
    assert!(a.0.is_ok() || b.0.is_ok() || refused == 2, "{a:?} {b:?}");
    let errors = [a.0, b.0].into_iter().filter_map(Result::err);
    assert!(errors.into_iter().all(|e| matches!(e, ImportError::Running(_))));
    shelf.import(&app).await;
    assert_eq!(Snapshot::of(app.db(), &shelf.root()).await, Snapshot::fresh(&app, &shelf.root()).await);
}

#[testkit::test]
async fn imports_of_different_folders_run_at_once(app: TestApp) {
    let shelves = [shelf(200), shelf(200)];
    let (a, b) = tokio::join!(shelves[0].import(&app), shelves[1].import(&app));
    assert_eq!((a.seen, b.seen), (200, 200));
    for shelf in &shelves {
        assert_eq!(Snapshot::of(app.db(), &shelf.root()).await.files(), 200);
        assert_eq!(shelf.import(&app).await.unchanged, 200);
    }
}

/// As a process that was killed leaves it.
#[testkit::test]
async fn an_import_without_a_sign_of_life_is_taken_over(app: TestApp) {
    let shelf = shelf(3);
    // Of a folder above it; the one beside it is nobody's business.
    let dead = pretend(&app, shelf.root().parent().unwrap().to_str().unwrap()).await;
    pretend(&app, &format!("{}-", shelf.root().display())).await;
    assert_eq!(shelf.import(&app).await.added, 3);
    let interrupted: Vec<kernel::ImportId> =
        values!(app, "SELECT id FROM library_import WHERE state = 'interrupted'");
    assert_eq!(interrupted, [dead]);
}

/// It was asleep, and somebody else does the work by now.
#[testkit::test]
async fn an_import_that_was_taken_over_writes_nothing_more(app: TestApp) {
    let shelf = shelf(700);
    let mut seen = 0;
    let db = app.db().clone();
    let mut note = |event| {
        if let import::Progress::Counts { counts, .. } = event {
            seen = counts.seen;
        }
    };
    let import =
        import::run(app.service.app.clone(), parts(&app).1, options(&shelf.root()), &mut note, pending());
    let take = async {
        loop {
            let taken: Result<bool, db::Error> = db::write!(db, |tx| {
                db::sql!("UPDATE library_import SET state = 'interrupted' WHERE state = 'running'")
                    .changed(tx)
                    .await
            });
            if taken.unwrap() {
                return;
            }
            tokio::task::yield_now().await;
        }
    };
    let (outcome, ()) = tokio::join!(import, take);
    assert!(matches!(outcome, Err(ImportError::TakenOver)), "{outcome:?}");
    let written: Vec<i64> = values!(app, "SELECT COUNT(*) FROM track");
    assert!(written[0] < 700, "{seen} of 700 were seen");
}

#[testkit::test]
async fn a_folder_that_is_none_is_told_in_one_line(app: TestApp) {
    let shelf = shelf(1);
    for (folder, reason) in
        [("gone", "there is no such folder"), ("Album 0/0.mp3", "not a folder"), ("Album 0/0.mp3/x", "")]
    {
        let error = run(parts(&app), &shelf.path(folder)).await.0.unwrap_err().to_string();
        assert!(error.starts_with(shelf.path(folder).to_str().unwrap()), "{error}");
        assert!(error.contains(reason) && !error.contains('\n'), "{error}");
    }
    let imports: Vec<i64> = values!(app, "SELECT COUNT(*) FROM library_import");
    assert_eq!(imports, [0]);
}
