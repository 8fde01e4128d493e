//! Covers lie inside files and beside them.

use testkit::TestApp;

use super::{Shelf, Song, song::picture, values};

#[testkit::test]
async fn a_picture_is_one_however_many_files_have_it(app: TestApp) {
    let shelf = Shelf::new();
    let sea = picture("sea");
    for n in 1..=3 {
        shelf.put(&format!("a/{n}.mp3"), &Song::tagged(n, "Song", "Ana", "A").cover(&sea));
    }
    shelf.put("b/4.mp3", &Song::tagged(4, "Song", "Ana", "B"));
    shelf.write("b/cover.jpg", &sea);
    shelf.import(&app).await;
    let images: Vec<i64> = values!(app, "SELECT COUNT(*) FROM image");
    assert_eq!(images, [1]);
    let covered: Vec<i64> = values!(app, "SELECT COUNT(*) FROM track WHERE cover_id IS NOT NULL");
    assert_eq!(covered, [4]);
    let albums: Vec<i64> = values!(app, "SELECT COUNT(*) FROM album WHERE cover_id IS NOT NULL");
    assert_eq!(albums, [2]);
}

#[testkit::test]
async fn the_picture_of_the_folder_stands_in_for_the_files_that_have_none(app: TestApp) {
    let shelf = Shelf::new();
    shelf.put("a/1.mp3", &Song::tagged(1, "One", "Ana", "A").cover(&picture("inside")));
    shelf.put("a/CD2/1.mp3", &Song::tagged(2, "Two", "Ana", "A"));
    shelf.write("a/Folder.JPG", &picture("beside"));
    shelf.import(&app).await;
    let sources: Vec<String> =
        values!(app, "SELECT i.source FROM track t JOIN image i ON i.id = t.cover_id ORDER BY t.title");
    assert_eq!(sources, ["embedded", "file"]);
    let places: Vec<String> = values!(app, "SELECT place FROM image WHERE source = 'file'");
    assert_eq!(places, [shelf.path("a/Folder.JPG").to_str().unwrap()]);
    // The album has the picture of its first track.
    let album: Vec<String> = values!(app, "SELECT i.source FROM album al JOIN image i ON i.id = al.cover_id");
    assert_eq!(album, ["embedded"]);
}

#[testkit::test]
async fn a_picture_that_is_put_there_later_is_found(app: TestApp) {
    let shelf = Shelf::new();
    shelf.put("a/1.mp3", &Song::tagged(1, "One", "Ana", "A"));
    shelf.import(&app).await;
    let without: Vec<i64> = values!(app, "SELECT COUNT(*) FROM album WHERE cover_id IS NULL");
    assert_eq!(without, [1]);
    shelf.write("a/cover.jpg", &picture("first"));
    assert_eq!(shelf.import(&app).await.updated, 1);
    let hash = async || -> Vec<Vec<u8>> {
        values!(app, "SELECT i.hash FROM album al JOIN image i ON i.id = al.cover_id")
    };
    let first = hash().await;
    assert_eq!(first.len(), 1);
    shelf.write("a/cover.jpg", &picture("second, and larger"));
    assert_eq!(shelf.import(&app).await.updated, 1);
    assert_ne!(hash().await, first);
    assert_eq!(shelf.import(&app).await.unchanged, 1);
    shelf.remove("a/cover.jpg");
    assert_eq!(shelf.import(&app).await.updated, 1);
    assert_eq!(hash().await.len(), 0);
}

#[testkit::test]
async fn what_only_calls_itself_a_picture_is_none(app: TestApp) {
    let shelf = Shelf::new();
    shelf.put("1.mp3", &Song::tagged(1, "One", "Ana", "A").cover(b"<svg onload=alert(1)>"));
    shelf.write("cover.jpg", b"<html>no such picture</html>");
    shelf.import(&app).await;
    let images: Vec<i64> = values!(app, "SELECT COUNT(*) FROM image");
    assert_eq!(images, [0]);
}
