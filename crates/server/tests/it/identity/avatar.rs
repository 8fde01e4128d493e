use std::{fs, io::Write};

use infra::BlobKey;
use serde_json::Value;
use testkit::{Reply, TestApp, User};

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
