use std::{
    fs,
    io::Write,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use axum::body::{Body, Bytes};
use futures_util::stream;
use http::Request;
use infra::BlobKey;
use serde_json::Value;
use testkit::{Reply, TestApp, User};
use tower::ServiceExt;

use crate::upload::studio::Slow;

async fn put(app: &TestApp, by: &User, bytes: &[u8]) -> Reply {
    app.put("/api/v1/me/avatar").by(by).form(&[("file", Some("../me.png"), bytes)]).send().await
}

/// A grey picture of this size with a word beside the pixels.
fn png(width: u32, height: u32, word: &str) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, width, height);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::One);
    encoder.set_compression(png::Compression::Fast);
    encoder.add_text_chunk("Comment".into(), word.into()).expect("plain ASCII");
    let mut writer = encoder.write_header().expect("a header");
    let mut pixels = writer.stream_writer().expect("a stream");
    let row = vec![0; usize::try_from(width.div_ceil(8)).expect("a width")];
    for _ in 0..height {
        pixels.write_all(&row).expect("a row");
    }
    pixels.finish().expect("an end");
    drop(writer);
    file
}

/// The stored picture behind an account's avatar.
async fn stored(app: &TestApp, user: &Value) -> Vec<u8> {
    let url = user["profile"]["avatarUrl"].as_str().expect("an address");
    let id = url.strip_prefix("/api/v1/images/").expect("one of ours").parse().expect("an id");
    let image = db::read!(app.db(), |tx| identity::images::find(tx, id).await);
    let image = image.expect("an answer").expect("a picture");
    app.service.app.blobs.get(&BlobKey::new(image.place).expect("a key")).expect("the blob").to_vec()
}

/// How many pictures are kept, and how many files are left over.
async fn kept(app: &TestApp) -> (i64, usize) {
    let rows = db::read!(app.db(), |tx| db::sql!("SELECT COUNT(*) FROM image").scalar(tx).await);
    let files = fs::read_dir(app.folder().join("tmp")).expect("a folder").flatten();
    let left = files.filter(|entry| entry.path().is_file()).count();
    (rows.expect("a number"), left)
}

#[testkit::test]
async fn an_avatar_is_made_anew_and_replaced(app: TestApp) {
    let ada = app.listener("ada").await;
    let user = put(&app, &ada, &png(300, 200, "where I live")).await.ok();
    let jpeg = stored(&app, &user).await;
    assert!(jpeg.starts_with(&[0xff, 0xd8, 0xff]));
    assert!(!jpeg.windows(12).any(|bytes| bytes == b"where I live"));
    assert_eq!(app.get("/api/v1/me").by(&ada).send().await.ok()["profile"], user["profile"]);
    assert_eq!(kept(&app).await, (1, 0));

    let other = put(&app, &ada, &png(64, 64, "")).await.ok();
    assert_ne!(other["profile"]["avatarUrl"], user["profile"]["avatarUrl"]);
    stored(&app, &other).await;
    assert_eq!(kept(&app).await, (1, 0), "the old one is gone");

    for _ in 0..2 {
        let bare = app.delete("/api/v1/me/avatar").by(&ada).send().await.ok();
        assert_eq!(bare["profile"]["avatarUrl"], Value::Null);
    }
    assert_eq!(kept(&app).await, (0, 0));
}

/// The files of pictures in the object store.
fn files(app: &TestApp) -> usize {
    ["images", "sizes"].map(|folder| app.service.app.blobs.keys(folder).unwrap().len()).into_iter().sum()
}

#[testkit::test]
async fn a_picture_that_was_taken_away_is_nowhere(app: TestApp) {
    let ada = app.listener("ada").await;
    let mut old = Vec::new();
    for _ in 0..2 {
        let user = put(&app, &ada, &png(300, 200, "")).await.ok();
        let address = user["profile"]["avatarUrl"].as_str().unwrap().to_owned();
        let mut tags = Vec::new();
        for size in [64, 128, 512] {
            let shown = app.get(format!("{address}?size={size}")).send().await.expect(200);
            tags.push((size, shown.header("etag").unwrap().to_owned()));
        }
        assert_eq!(files(&app), 4, "of this one alone");
        old.push((address, tags));
    }
    app.delete("/api/v1/me/avatar").by(&ada).send().await.ok();
    for (address, tags) in old {
        for (size, tag) in tags {
            let wish = format!("{address}?size={size}");
            app.get(&wish).send().await.expect(404).problem("image_not_found");
            app.get(&wish).header("if-none-match", &tag).send().await.expect(404);
        }
    }
    assert_eq!(files(&app), 0);
}

#[testkit::test]
async fn what_is_left_of_pictures_is_swept(app: TestApp) {
    let ada = app.listener("ada").await;
    let user = put(&app, &ada, &png(300, 200, "")).await.ok();
    let address = user["profile"]["avatarUrl"].as_str().unwrap();
    app.get(address).send().await.expect(200);
    let nobody = "7f3c0000-0000-4000-8000-000000000000";
    let left = [
        format!("images/{nobody}.{}.jpg", app.service.app.now().micros() / 1_000_000),
        format!("sizes/{nobody}.64.jpg"),
    ];
    for key in left {
        app.service.app.blobs.put(&BlobKey::new(key).unwrap(), "picture".into()).unwrap();
    }
    // One that was only just put there may be somebody's in a moment.
    assert_eq!(music::upload::sweep(&app.service.app).await.unwrap(), 1);
    app.clock.advance(std::time::Duration::from_hours(2));
    assert_eq!(music::upload::sweep(&app.service.app).await.unwrap(), 1);
    assert_eq!(files(&app), 2);
    app.get(address).send().await.expect(200);
}

#[testkit::test]
async fn one_account_has_one_of_its_files_read_at_a_time(app: TestApp) {
    let (ada, ben) = (app.listener("ada").await, app.listener("ben").await);
    let picture = png(64, 64, "");
    let turn = identity::pictures::turn(&app.service.app, ada.id.parse().unwrap()).await;
    let waiting =
        tokio::time::timeout(std::time::Duration::from_millis(500), put(&app, &ada, &picture)).await;
    assert!(waiting.is_err());
    put(&app, &ben, &picture).await.expect(200);
    drop(turn);
    put(&app, &ada, &picture).await.expect(200);
}

#[testkit::test]
async fn what_is_no_picture_for_us_is_refused_and_leaves_nothing(app: TestApp) {
    let ada = app.listener("ada").await;
    let page = b"<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>";
    let cut = &png(300, 200, "")[..60];
    for bytes in [&b""[..], b"hello", page, b"\xff\xd8\xff\xe0", cut] {
        let reply = put(&app, &ada, bytes).await.expect(422);
        reply.problem("unsupported_picture");
        assert_eq!(reply.pointers(), ["/file"]);
    }
    // 2.5 thousand million pixels in 300 kB.
    let bomb = png(50_000, 50_000, "");
    assert!(bomb.len() < 2 << 20, "{}", bomb.len());
    put(&app, &ada, &bomb).await.expect(413).problem("picture_too_large");
    for size in [(10 << 20) + 1, 11 << 20] {
        put(&app, &ada, &vec![0; size]).await.expect(413).problem("payload_too_large");
    }
    assert_eq!(kept(&app).await, (0, 0));
}

#[testkit::test]
async fn the_form_has_one_file(app: TestApp) {
    let ada = app.listener("ada").await;
    let picture = png(64, 64, "");
    let send =
        |parts: &[(&str, Option<&str>, &[u8])]| app.put("/api/v1/me/avatar").by(&ada).form(parts).send();
    let none = send(&[]).await.expect(422);
    assert_eq!(none.problem("validation_failed")["errors"][0]["code"], "required");
    assert_eq!(send(&[("picture", None, &picture)]).await.expect(422).pointers(), ["/picture"]);
    let twice = [("file", None, &picture[..]), ("file", None, &picture[..])];
    assert_eq!(send(&twice).await.expect(422).pointers(), ["/file"]);
    let json = app.put("/api/v1/me/avatar").by(&ada).json(serde_json::json!({}));
    json.send().await.expect(415).problem("unsupported_media_type");
    let broken =
        app.put("/api/v1/me/avatar").by(&ada).body("multipart/form-data; boundary=x", "--x\r\nContent-Dis");
    broken.send().await.expect(400).problem("invalid_request");
    app.put("/api/v1/me/avatar").form(&[("file", None, &picture)]).send().await.expect(401);
    assert_eq!(kept(&app).await, (0, 0));
}

#[testkit::test]
async fn a_form_that_never_says_anything_is_not_collected(app: TestApp) {
    let ada = app.listener("ada").await;
    let taken = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&taken);
    let piece = Bytes::from(vec![b'x'; 16 << 10]);
    let body = stream::iter((0..600).map(move |_| {
        count.fetch_add(1, Ordering::Relaxed);
        Ok::<_, std::io::Error>(piece.clone())
    }));
    let request = Request::put("/api/v1/me/avatar")
        .header("host", "music.example")
        .header("authorization", format!("Bearer {}", ada.token))
        .header("content-type", "multipart/form-data; boundary=b");
    let router = server::router(&app.service, &server::Role::ALL, axum::Router::new());
    let reply = router.oneshot(request.body(Body::from_stream(body)).unwrap()).await.unwrap();
    assert_eq!(reply.status(), 400);
    let taken = taken.load(Ordering::Relaxed);
    assert!(taken < 80, "{taken} pieces of 600 were taken");
    assert_eq!(kept(&app).await, (0, 0));
}

#[testkit::test]
async fn one_account_sends_two_pictures_at_a_time(app: TestApp) {
    let (ada, ben) = (app.listener("ada").await, app.listener("ben").await);
    let picture = png(64, 64, "");
    let first = Slow::begin(&app, "PUT", "/api/v1/me/avatar", &ada, 1 << 20).await;
    let second = Slow::begin(&app, "PUT", "/api/v1/me/avatar", &ada, 1 << 20).await;
    let third = put(&app, &ada, &picture).await.expect(429);
    third.problem("rate_limited");
    assert!(third.header("retry-after").is_some());
    put(&app, &ben, &picture).await.expect(200);
    first.give_up().await;
    put(&app, &ada, &picture).await.expect(200);
    second.give_up().await;
    assert_eq!(kept(&app).await, (2, 0));
}

#[testkit::test]
async fn everybodys_pictures_are_bounded_and_counted_before_they_are_read(app: TestApp) {
    let mut slow = Vec::new();
    for n in 0..16 {
        let user = app.listener(&format!("user{n}")).await;
        for _ in 0..2 {
            slow.push(Slow::begin(&app, "PUT", "/api/v1/me/avatar", &user, 1 << 20).await);
        }
    }
    let ada = app.listener("ada").await;
    put(&app, &ada, &png(64, 64, "")).await.expect(503).problem("unavailable");
    slow.pop().unwrap().give_up().await;
    // Sixty forms, whatever is in them.
    for _ in 0..59 {
        put(&app, &ada, b"no picture").await.expect(422);
    }
    put(&app, &ada, &png(64, 64, "")).await.expect(429).problem("rate_limited");
    for slow in slow {
        slow.give_up().await;
    }
}
