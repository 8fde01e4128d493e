//! A file is the same track for as long as it can be recognised.

use std::fs;

use music::import::Counts;
use testkit::TestApp;

use super::{Shelf, Song, track, tracks, values};

#[testkit::test]
async fn a_retagged_file_is_the_same_track(app: TestApp) {
    let shelf = Shelf::new();
    shelf.put("1.mp3", &Song::tagged(1, "Wun", "Anna", "Ey"));
    shelf.import(&app).await;
    let before = track(&app, &shelf, "1.mp3").await;
    shelf.put("1.mp3", &Song::tagged(1, "One", "Ana", "A").text("TCON", &["Dub"]));
    assert_eq!(shelf.import(&app).await, Counts { seen: 1, updated: 1, ..Counts::default() });
    assert_eq!(track(&app, &shelf, "1.mp3").await, before);
    let titles: Vec<String> = values!(app, "SELECT title FROM track");
    assert_eq!(titles, ["One"]);
    // Nothing is left of what the tags said before.
    let artists: Vec<String> = values!(app, "SELECT display_name FROM artist");
    assert_eq!(artists, ["Ana"]);
    let albums: Vec<String> = values!(app, "SELECT title FROM album");
    assert_eq!(albums, ["A"]);
}

#[testkit::test]
async fn a_moved_file_is_the_same_track(app: TestApp) {
    let shelf = Shelf::new();
    for n in 1..=3 {
        shelf.put(&format!("b/{n}.mp3"), &Song::tagged(n, "Song", "Ana", "B"));
    }
    shelf.import(&app).await;
    let before = [track(&app, &shelf, "b/1.mp3").await, track(&app, &shelf, "b/2.mp3").await];
    // Before its old place in the order of paths, and after it.
    shelf.rename("b/1.mp3", "a/1.mp3");
    shelf.rename("b/2.mp3", "c/2.mp3");
    let counts = shelf.import(&app).await;
    assert_eq!(counts, Counts { seen: 3, moved: 2, unchanged: 1, ..Counts::default() });
    assert_eq!([track(&app, &shelf, "a/1.mp3").await, track(&app, &shelf, "c/2.mp3").await], before);
    assert_eq!(tracks(&app, &shelf).await.len(), 3);
    assert_eq!(shelf.import(&app).await.unchanged, 3);
}

#[testkit::test]
async fn a_file_that_was_copied_to_another_disk_is_the_same_track(app: TestApp) {
    let (shelf, other) = (Shelf::new(), Shelf::new());
    shelf.put("x/1.mp3", &Song::tagged(1, "One", "Ana", "A"));
    shelf.put("x/2.mp3", &Song::tagged(2, "Two", "Ana", "A"));
    shelf.import(&app).await;
    let before = track(&app, &shelf, "x/1.mp3").await;
    // Another inode, another time, another folder that is imported.
    other.write("y/1.mp3", &fs::read(shelf.path("x/1.mp3")).unwrap());
    shelf.remove("x/1.mp3");
    assert_eq!(other.import(&app).await.moved, 1);
    assert_eq!(track(&app, &other, "y/1.mp3").await, before);
    assert_eq!(shelf.import(&app).await, Counts { seen: 1, unchanged: 1, ..Counts::default() });
}

#[testkit::test]
async fn a_file_that_is_moved_and_retagged_at_once_is_the_same_track(app: TestApp) {
    let shelf = Shelf::new();
    shelf.put("in/track01.mp3", &Song::tagged(1, "track 1", "?", "?"));
    shelf.import(&app).await;
    let before = track(&app, &shelf, "in/track01.mp3").await;
    shelf.remove("in/track01.mp3");
    let song = Song::tagged(1, "One", "Ana", "A").text("TPE2", &["Ana"]).text("TRCK", &["1"]);
    shelf.put("Ana/A/01 One.mp3", &song);
    assert_eq!(shelf.import(&app).await.moved, 1);
    assert_eq!(track(&app, &shelf, "Ana/A/01 One.mp3").await, before);
}

#[testkit::test]
async fn a_copy_is_another_track(app: TestApp) {
    let shelf = Shelf::new();
    let song = Song::tagged(1, "One", "Ana", "A");
    shelf.put("a.mp3", &song);
    shelf.import(&app).await;
    let before = track(&app, &shelf, "a.mp3").await;
    shelf.put("0.mp3", &song);
    shelf.put("b.mp3", &song);
    assert_eq!(shelf.import(&app).await, Counts { seen: 3, added: 2, unchanged: 1, ..Counts::default() });
    assert_eq!(track(&app, &shelf, "a.mp3").await, before);
    // Of several that fit, the one of the same name is meant.
    shelf.rename("a.mp3", "z/a.mp3");
    shelf.remove("b.mp3");
    let counts = shelf.import(&app).await;
    assert_eq!((counts.moved, counts.missing, counts.unchanged), (1, 1, 1));
    assert_eq!(track(&app, &shelf, "z/a.mp3").await, before);
}

#[testkit::test]
async fn a_file_that_goes_leaves_its_track_and_comes_back_to_it(app: TestApp) {
    let shelf = Shelf::new();
    shelf.put("a/1.mp3", &Song::tagged(1, "One", "Ana", "A").text("TCON", &["Dub"]));
    shelf.put("b/2.mp3", &Song::tagged(2, "Two", "Ben", "B").text("TCON", &["Dub"]));
    shelf.import(&app).await;
    let (before, ana) = (track(&app, &shelf, "a/1.mp3").await, app.listener("ana").await);
    let names = async |path: &str, field: &str| -> Vec<String> {
        let list = app.get(path).by(&ana).send().await.ok();
        let name = |item: &serde_json::Value| item[field].as_str().unwrap().to_owned();
        list["items"].as_array().unwrap().iter().map(name).collect()
    };
    let bytes = fs::read(shelf.path("a/1.mp3")).unwrap();
    shelf.remove("a/1.mp3");
    assert_eq!(shelf.import(&app).await, Counts { seen: 1, unchanged: 1, missing: 1, ..Counts::default() });
    assert_eq!(tracks(&app, &shelf).await[0], ("a/1.mp3".into(), before.clone(), false));
    assert_eq!(names("/api/v1/tracks?sort=title&order=asc", "title").await, ["Two"]);
    assert_eq!(names("/api/v1/tracks?genre=dub", "title").await, ["Two"]);
    assert_eq!(names("/api/v1/albums?sort=title&order=asc", "title").await, ["B"]);
    assert_eq!(names("/api/v1/artists", "displayName").await, ["Ben"]);
    // It is not reported over and over again.
    assert_eq!(shelf.import(&app).await, Counts { seen: 1, unchanged: 1, ..Counts::default() });

    shelf.write("a/1.mp3", &bytes);
    assert_eq!(shelf.import(&app).await, Counts { seen: 2, unchanged: 1, updated: 1, ..Counts::default() });
    assert_eq!(track(&app, &shelf, "a/1.mp3").await, before);
    assert_eq!(names("/api/v1/tracks?sort=title&order=asc", "title").await, ["One", "Two"]);
    assert_eq!(names("/api/v1/tracks?genre=dub&sort=title&order=asc", "title").await, ["One", "Two"]);
    assert_eq!(names("/api/v1/albums?sort=title&order=asc", "title").await, ["A", "B"]);
    assert_eq!(names("/api/v1/artists", "displayName").await, ["Ana", "Ben"]);
}

#[testkit::test]
async fn a_file_that_breaks_keeps_its_track_for_when_it_is_whole_again(app: TestApp) {
    let shelf = Shelf::new();
    let song = Song::tagged(1, "One", "Ana", "A");
    shelf.put("1.mp3", &song);
    shelf.put("2.mp3", &Song::tagged(2, "Two", "Ana", "A"));
    shelf.import(&app).await;
    let before = track(&app, &shelf, "1.mp3").await;
    shelf.write("1.mp3", b"<!doctype html><title>404</title>");
    let (report, troubles) = shelf.import_with_troubles(&app).await;
    assert_eq!(report.counts, Counts { seen: 2, unchanged: 1, broken: 1, ..Counts::default() });
    assert_eq!(troubles.len(), 1);
    assert_eq!(tracks(&app, &shelf).await[0], ("1.mp3".into(), before.clone(), false));
    let reasons: Vec<String> = values!(app, "SELECT error FROM library_file WHERE state = 'broken'");
    assert_eq!(reasons, [troubles[0].1.clone()]);
    // Known to be broken, it is not opened again.
    let (again, told) = shelf.import_with_troubles(&app).await;
    let same = Counts { seen: 2, unchanged: 1, broken: 1, still_broken: 1, ..Counts::default() };
    assert_eq!((again.counts, told), (same, troubles));
    // Whole again under another name: it is recognised all the same.
    shelf.remove("1.mp3");
    shelf.put("one.mp3", &song);
    assert_eq!(shelf.import(&app).await.moved, 1);
    assert_eq!(track(&app, &shelf, "one.mp3").await, before);
}

/// As a watcher comes upon a file that is still being copied.
#[testkit::test]
async fn half_a_file_is_recognised_once_it_is_whole(app: TestApp) {
    let shelf = Shelf::new();
    let song = Song::tagged(1, "One", "Ana", "A");
    shelf.put("old.mp3", &song);
    shelf.import(&app).await;
    let before = track(&app, &shelf, "old.mp3").await;
    shelf.write("new.mp3", &song.bytes()[..20]);
    shelf.remove("old.mp3");
    let (report, _) = shelf.import_with_troubles(&app).await;
    assert_eq!((report.counts.broken, report.counts.missing), (1, 1));
    shelf.put("new.mp3", &song);
    assert_eq!(shelf.import(&app).await.moved, 1);
    assert_eq!(track(&app, &shelf, "new.mp3").await, before);
}

#[testkit::test]
async fn what_decoding_found_outlives_new_tags_but_not_new_sound(app: TestApp) {
    let shelf = Shelf::new();
    shelf.put("1.mp3", &Song::tagged(1, "One", "Ana", "A"));
    shelf.import(&app).await;
    let decoded: Result<(), db::Error> = db::write!(app.db(), |tx| {
        db::sql!("UPDATE track SET duration_ms = 1001").run(tx).await?;
        Ok(())
    });
    decoded.unwrap();
    shelf.put("1.mp3", &Song::tagged(1, "Uno", "Ana", "A").text("TRCK", &["1"]));
    assert_eq!(shelf.import(&app).await.updated, 1);
    let durations: Vec<i64> = values!(app, "SELECT duration_ms FROM track");
    assert_eq!(durations, [1001]);
    shelf.put("1.mp3", &Song::tagged(2, "Uno", "Ana", "A").text("TRCK", &["1"]));
    assert_eq!(shelf.import(&app).await.updated, 1);
    let durations: Vec<i64> = values!(app, "SELECT duration_ms FROM track");
    assert_ne!(durations, [1001]);
}
