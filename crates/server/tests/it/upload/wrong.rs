use serde_json::{Value, json};
use testkit::TestApp;

use super::studio::{left, send, small, upload};

#[testkit::test]
async fn only_those_who_manage_a_page_upload_to_it(app: TestApp) {
    let (ana, ben, cleo) = (app.artist("ana").await, app.artist("ben").await, app.listener("cleo").await);
    let form: [(&str, Option<&str>, &[u8]); 1] = [("file", Some("a.flac"), &small(1))];
    app.post("/api/v1/tracks/upload").form(&form).send().await.expect(401).problem("unauthenticated");
    app.post("/api/v1/tracks/upload").by(&cleo).form(&form).send().await.expect(403).problem("forbidden");
    let track = send(&app, &ben, &small(2)).await.expect(201).json();
    let theirs = json!({"artistId": track["artist"]["id"]});
    upload(&app, &ana, &small(3), &theirs).send().await.expect(404).problem("artist_not_found");
    let nobody = json!({"artistId": "019c0000-0000-7000-8000-000000000000"});
    upload(&app, &ana, &small(3), &nobody).send().await.expect(404).problem("artist_not_found");
    // Somebody who manages the page may; somebody with two pages says which.
    let page = track["artist"]["id"].as_str().unwrap();
    let manager = format!("/api/v1/artists/{page}/managers/{}", ana.id);
    app.put(manager).by(&ben).json(json!({"role": "editor"})).send().await.ok();
    upload(&app, &ana, &small(3), &theirs).send().await.expect(404).problem("artist_not_found");
    app.manager(&ben, page, &ana, "editor").await;
    upload(&app, &ana, &small(3), &theirs).send().await.expect(201);
    app.post("/api/v1/artists").by(&ana).json(json!({"displayName": "Ana"})).send().await.expect(201);
    let unsaid = send(&app, &ana, &small(4)).await.expect(422);
    assert_eq!(unsaid.pointers(), ["/artistId"]);
    let album = json!({"title": "Ben's"});
    let album = app.post("/api/v1/albums").by(&ben).json(album).send().await.expect(201).json();
    let elsewhere = app.artist("dora").await;
    let foreign =
        upload(&app, &elsewhere, &small(5), &json!({"albumId": album["id"]})).send().await.expect(422);
    assert_eq!(foreign.pointers(), ["/albumId"]);
    assert_eq!(left(&app, 2), [""; 0]);
}

#[testkit::test]
async fn what_is_wrong_with_the_metadata_is_named(app: TestApp) {
    let ana = app.artist("ana").await;
    let file = small(1);
    for (metadata, pointers) in [
        (json!({"title": ""}), vec!["/title"]),
        (json!({"title": "t".repeat(301)}), vec!["/title"]),
        (json!({"titel": "Dawn"}), vec!["/titel"]),
        (json!({"title": 7}), vec!["/title"]),
        (json!({"genres": ["Folk", ""]}), vec!["/genres/1"]),
        (json!({"discNo": 0, "trackNo": -1, "isrc": "X"}), vec!["/discNo", "/isrc", "/trackNo"]),
        (json!({"visibility": "members"}), vec!["/visibility"]),
        (json!({"visibility": "everybody"}), vec!["/visibility"]),
        (json!({"albumTitle": " "}), vec!["/albumTitle"]),
        (json!({"albumTitle": "A", "albumId": "019c0000-0000-7000-8000-000000000000"}), vec!["/albumTitle"]),
        (json!({"artistId": "x"}), vec!["/artistId"]),
        (json!({"credits": [{"role": "", "name": "Cleo"}]}), vec!["/credits/0/role"]),
        (json!({"pricePerSecond": {"asset": "USD", "amount": "1"}}), vec!["/pricePerSecond"]),
        (json!({"preview": {"startMs": -1, "lengthMs": 1}}), vec!["/preview/startMs"]),
    ] {
        let reply = upload(&app, &ana, &file, &metadata).send().await.expect(422);
        reply.problem("validation_failed");
        let mut named = reply.pointers();
        named.sort();
        assert_eq!(named, pointers, "{metadata}");
        assert_eq!(left(&app, 0), [""; 0], "{metadata}");
    }
    let broken: [(&str, Option<&str>, &[u8]); 2] = [("file", Some("a"), &file), ("metadata", None, b"{")];
    app.post("/api/v1/tracks/upload")
        .by(&ana)
        .form(&broken)
        .send()
        .await
        .expect(400)
        .problem("invalid_request");
    assert_eq!(left(&app, 0), [""; 0]);
}

#[testkit::test]
async fn a_body_that_is_no_upload_is_refused(app: TestApp) {
    let ana = app.artist("ana").await;
    let post = || app.post("/api/v1/tracks/upload").by(&ana);
    post().json(json!({"title": "Dawn"})).send().await.expect(415).problem("unsupported_media_type");
    post().send().await.expect(415).problem("unsupported_media_type");
    let kind = "multipart/form-data";
    post().body(kind, "x").send().await.expect(400).problem("invalid_request");
    post()
        .body("multipart/form-data; boundary=b", "--b\r\nx")
        .send()
        .await
        .expect(400)
        .problem("invalid_request");
    assert_eq!(post().form(&[("metadata", None, b"{}")]).send().await.expect(422).pointers(), ["/file"]);
    let twice: [(&str, Option<&str>, &[u8]); 2] = [("file", Some("a"), b"a"), ("file", Some("b"), b"b")];
    assert_eq!(post().form(&twice).send().await.expect(422).pointers(), ["/file"]);
    assert_eq!(post().form(&[("sound", Some("a"), b"a")]).send().await.expect(422).pointers(), ["/sound"]);
    assert_eq!(left(&app, 0), [""; 0]);
}

#[testkit::test]
async fn the_limits_of_size_hold(app: TestApp) {
    let app = app.reconfigured(|config| {
        config.upload.max_mib = 1;
        config.upload.quota_mib = 1;
    });
    let ana = app.artist("ana").await;
    let wav = |n: u8, kib: usize| {
        let mut file = media::corpus::silence(media::Format::Wav);
        file.resize(kib << 10, n);
        let data = u32::try_from(file.len() - 44).unwrap();
        file[4..8].copy_from_slice(&(data + 36).to_le_bytes());
        file[40..44].copy_from_slice(&data.to_le_bytes());
        file
    };
    send(&app, &ana, &wav(1, 1025)).await.expect(413).problem("payload_too_large");
    send(&app, &ana, &wav(1, 4000)).await.expect(413).problem("payload_too_large");
    assert_eq!(left(&app, 0), [""; 0]);
    send(&app, &ana, &wav(1, 600)).await.expect(201);
    send(&app, &ana, &wav(2, 600)).await.expect(413).problem("quota_exceeded");
    assert_eq!(left(&app, 1), [""; 0]);
    let third = send(&app, &ana, &wav(3, 400)).await.expect(201).json();
    // A deleted track gives its room back once it is erased.
    send(&app, &ana, &wav(4, 400)).await.expect(413);
    let path = format!("/api/v1/tracks/{}", third["id"].as_str().unwrap());
    app.delete(path).by(&ana).send().await.expect(204);
    send(&app, &ana, &wav(4, 400)).await.expect(413);
    app.advance(std::time::Duration::from_hours(25));
    music::upload::sweep(&app.service.app).await.unwrap();
    send(&app, &app.again("ana").await, &wav(4, 400)).await.expect(201);
}

#[testkit::test]
async fn the_same_file_comes_once_to_a_page(app: TestApp) {
    let (ana, ben) = (app.artist("ana").await, app.artist("ben").await);
    let file = small(1);
    let first = send(&app, &ana, &file).await.expect(201).json();
    let id = first["id"].as_str().unwrap();
    let again = send(&app, &ana, &file).await.expect(409).problem("duplicate_audio");
    assert!(again["detail"].as_str().unwrap().contains(id), "{again}");
    assert_eq!(left(&app, 1), [""; 0]);
    send(&app, &ben, &file).await.expect(201);
    app.delete(format!("/api/v1/tracks/{id}")).by(&ana).send().await.expect(204);
    send(&app, &ana, &file).await.expect(201);
}

#[testkit::test]
async fn two_of_the_same_at_the_same_time_become_one(app: TestApp) {
    let ana = app.artist("ana").await;
    send(&app, &ana, &small(1)).await.expect(201);
    let file = small(2);
    let replies = futures_util::future::join_all((0..4).map(|_| send(&app, &ana, &file))).await;
    let taken = replies.iter().filter(|reply| reply.status.as_u16() == 201).count();
    let refused = replies.iter().filter(|reply| reply.status.as_u16() == 409).count();
    assert_eq!((taken, refused), (1, 3), "{replies:?}");
    assert_eq!(left(&app, 2), [""; 0]);
}

#[testkit::test]
async fn too_many_uploads_wait(app: TestApp) {
    let ana = app.artist("ana").await;
    for _ in 0..200 {
        app.post("/api/v1/tracks/upload").by(&ana).send().await.expect(415);
    }
    let reply = app.post("/api/v1/tracks/upload").by(&ana).send().await.expect(429);
    reply.problem("rate_limited");
    assert_eq!(reply.header("retry-after"), Some("5"));
    let _: Value = reply.json();
}

#[testkit::test]
async fn artists_learn_before_what_may_be_uploaded(app: TestApp) {
    let app = app.reconfigured(|config| (config.upload.max_mib, config.upload.quota_mib) = (3, 7));
    let ana = app.artist("ana").await;
    let limits = app.get("/api/v1/uploads/limits").by(&ana).send().await.ok();
    assert_eq!((&limits["maxBytes"], &limits["quotaBytes"]), (&json!(3 << 20), &json!(7 << 20)));
    let formats = limits["formats"].as_array().unwrap();
    assert_eq!(formats[0], json!({"name": "mp3", "contentType": "audio/mpeg", "extension": "mp3"}));
    let mut names: Vec<&str> = formats.iter().map(|format| format["name"].as_str().unwrap()).collect();
    names.sort_unstable();
    assert_eq!(names, ["aac", "adts", "alac", "flac", "mp3", "opus", "vorbis", "wav"]);
    app.get("/api/v1/uploads/limits").send().await.expect(401).problem("unauthenticated");
}
