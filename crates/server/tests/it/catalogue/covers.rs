use std::io::Write;

use futures_util::future::join_all;
use serde_json::json;
use testkit::{Reply, TestApp, User};

use super::{draft, get, page_of, published, text};

/// A grey picture of this size.
fn png(width: u32, height: u32) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, width, height);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header().unwrap();
    let mut pixels = writer.stream_writer().unwrap();
    let row = vec![90; usize::try_from(width).unwrap()];
    for _ in 0..height {
        pixels.write_all(&row).unwrap();
    }
    pixels.finish().unwrap();
    drop(writer);
    file
}

async fn put(app: &TestApp, by: &User, path: &str, bytes: &[u8]) -> Reply {
    app.put(path).by(by).form(&[("file", Some("<cover>.png"), bytes)]).send().await
}

/// Puts a picture on an album; its path.
pub(crate) async fn give_cover(app: &TestApp, by: &User, album: &str) -> String {
    let path = format!("/api/v1/albums/{album}/cover");
    text(&put(app, by, &path, &png(64, 64)).await.ok()["coverUrl"])
}

#[testkit::test]
async fn covers_are_made_anew_and_served_by_size(app: TestApp) {
    let ana = app.artist("ana").await;
    let artist = page_of(&app, &ana, "Ana").await;
    let body = json!({"title": "Harbour", "visibility": "public"});
    let album = text(&app.post("/api/v1/albums").by(&ana).json(body).send().await.ok()["id"]);
    let id = published(&app, &ana, "Dawn").await;
    let track = format!("/api/v1/tracks/{id}");
    app.patch(&track).by(&ana).json(json!({"albumId": album})).send().await.expect(200);

    let shown = put(&app, &ana, &format!("/api/v1/albums/{album}/cover"), &png(300, 200)).await.ok();
    let sleeve = text(&shown["coverUrl"]);
    assert_eq!(get(&app, None, &track).await.ok()["coverUrl"], sleeve.as_str(), "the album's stands in");
    let own = text(&put(&app, &ana, &format!("{track}/cover"), &png(64, 64)).await.ok()["coverUrl"]);
    assert_eq!(get(&app, None, &track).await.ok()["coverUrl"], own.as_str());
    get(&app, None, &format!("{own}?size=64")).await.expect(200);
    let portrait = put(&app, &ana, &format!("/api/v1/artists/{artist}/avatar"), &png(100, 100)).await.ok();
    get(&app, None, portrait["avatarUrl"].as_str().unwrap()).await.expect(200);

    let small = get(&app, None, &format!("{sleeve}?size=64")).await.expect(200);
    assert!(small.body.starts_with(&[0xff, 0xd8, 0xff]));
    assert_eq!(small.header("content-type"), Some("image/jpeg"));
    assert_eq!(small.header("cache-control"), Some("public, max-age=31536000, immutable"));
    assert_eq!(small.header("x-content-type-options"), Some("nosniff"));
    let tag = small.header("etag").unwrap();
    let known = app.get(format!("{sleeve}?size=50")).header("if-none-match", tag).send().await.expect(304);
    assert!(known.body.is_empty());
    assert_ne!(get(&app, None, &format!("{sleeve}?size=128")).await.header("etag"), Some(tag));
    get(&app, None, &format!("{sleeve}?size=-1")).await.expect(400);
    let same = join_all((0..12).map(|_| app.get(format!("{sleeve}?size=256")).send())).await;
    assert!(same.iter().all(|reply| reply.status == 200 && reply.body == same[0].body));

    // Another one takes its place, and what nobody has any more is gone.
    put(&app, &ana, &format!("{track}/cover"), &png(80, 80)).await.expect(200);
    for size in [64, 1024] {
        get(&app, None, &format!("{own}?size={size}")).await.expect(404).problem("image_not_found");
    }
    let nothing = "/api/v1/images/7f3c0000-0000-4000-8000-000000000000";
    get(&app, None, nothing).await.expect(404).problem("image_not_found");
}

#[testkit::test]
async fn only_managers_set_covers_and_only_to_pictures(app: TestApp) {
    let (ana, eve) = (app.artist("ana").await, app.artist("eve").await);
    let artist = page_of(&app, &ana, "Ana").await;
    let album =
        text(&app.post("/api/v1/albums").by(&ana).json(json!({"title": "A"})).send().await.ok()["id"]);
    let track = draft(&app, &ana, "Dawn").await;
    let paths = [
        (format!("/api/v1/artists/{artist}/avatar"), "artist_not_found"),
        (format!("/api/v1/albums/{album}/cover"), "album_not_found"),
        (format!("/api/v1/tracks/{track}/cover"), "track_not_found"),
    ];
    for (path, code) in &paths {
        put(&app, &eve, path, &png(64, 64)).await.expect(404).problem(code);
        app.put(path).form(&[("file", None, &png(64, 64))]).send().await.expect(401);
        let reply = put(&app, &ana, path, b"<svg onload=alert(1)>").await.expect(422);
        reply.problem("unsupported_picture");
        assert_eq!(reply.pointers(), ["/file"]);
        put(&app, &ana, path, &vec![0; (10 << 20) + 1]).await.expect(413).problem("payload_too_large");
    }
    let kept: Result<i64, db::Error> =
        db::read!(app.db(), |tx| db::sql!("SELECT COUNT(*) FROM image").scalar(tx).await);
    assert_eq!(kept.unwrap(), 0);
}
