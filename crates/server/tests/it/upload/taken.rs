use serde_json::json;
use testkit::TestApp;

use super::studio::{FORMATS, TUNE, decoded_ms, encode, left, send, small, upload};

const TAGS: [&str; 10] = [
    "-metadata",
    "title=Dawn",
    "-metadata",
    "artist=ana",
    "-metadata",
    "album=Harbour",
    "-metadata",
    "genre=Folk",
    "-metadata",
    "track=3",
];

#[testkit::test]
async fn every_accepted_format_becomes_a_draft_and_can_be_published(app: TestApp) {
    let (ana, ben) = (app.artist("ana").await, app.listener("ben").await);
    for (done, (codec, ending, _)) in FORMATS.into_iter().enumerate() {
        let options: Vec<&str> = TAGS.iter().chain(codec).copied().collect();
        let file = encode(TUNE, &options, ending);
        let track = send(&app, &ana, &file).await.expect(201).json();
        let codec = codec[1];
        let tagged = ending != "aac";
        assert_eq!(track["visibility"], "private", "{codec}");
        assert_eq!(track["publishedAt"], json!(null), "{codec}");
        assert_eq!(track["available"], true, "{codec}");
        assert_eq!(track["title"], if tagged { "Dawn" } else { "tune" }, "{codec}");
        if tagged && ending != "wav" {
            assert_eq!(track["album"]["title"], "Harbour", "{codec}");
            assert_eq!(track["genres"], json!(["Folk"]), "{codec}");
            assert_eq!(track["trackNo"], 3, "{codec}");
        }
        assert_eq!(track["artistCredit"], json!(null), "{codec}: the artist's own name");

        let path = format!("/api/v1/tracks/{}", track["id"].as_str().unwrap());
        app.get(&*path).send().await.expect(404).problem("track_not_found");
        app.get(&*path).by(&ben).send().await.expect(404).problem("track_not_found");
        app.patch(&*path).by(&ben).json(json!({"title": "Mine"})).send().await.expect(404);
        app.get(&*path).by(&ana).send().await.expect(200);

        assert_eq!(app.run_jobs().await.len(), 2, "{codec}: analysed, and a preview is cut");
        let exact = decoded_ms(&file, ending);
        let found = app.get(&*path).by(&ana).send().await.ok()["durationMs"].as_u64().unwrap();
        // Of AAC, ffmpeg plays what the encoder put in to fill its last frame, where nothing says that it did.
        let most = if codec.contains("aac") { 24 } else { 1 };
        assert!(found.abs_diff(exact) <= most, "{codec}: {found} ms, {exact} by ffmpeg");

        app.patch(&*path).by(&ana).json(json!({"visibility": "public"})).send().await.expect(200);
        assert_eq!(app.get(&*path).by(&ben).send().await.ok()["durationMs"], found);
        assert_eq!(left(&app, done + 1), [""; 0]);
    }
    let albums = app.get("/api/v1/albums").by(&ben).send().await.ok();
    assert_eq!(albums["items"].as_array().unwrap().len(), 0, "it is a draft as well: {albums}");
}

#[testkit::test]
async fn what_is_said_goes_before_what_the_file_says(app: TestApp) {
    let ana = app.artist("ana").await;
    let options: Vec<&str> = TAGS.iter().chain(&["-c:a", "flac"]).copied().collect();
    let file = encode(TUNE, &options, "flac");
    let metadata = json!({
        "title": "Dusk", "artistCredit": "Ana feat. Ben", "albumTitle": "Other", "genres": ["Jazz", "Folk"],
        "discNo": 2, "explicit": true, "isrc": "DE-A21-26-00001", "releaseDate": "1998-05",
        "credits": [{"role": "producer", "name": "Cleo"}],
    });
    let track = upload(&app, &ana, &file, &metadata).send().await.expect(201).json();
    assert_eq!(track["title"], "Dusk");
    assert_eq!(track["artistCredit"], "Ana feat. Ben");
    assert_eq!(track["album"]["title"], "Other");
    assert_eq!(track["genres"], json!(["Jazz", "Folk"]));
    assert_eq!((&track["discNo"], &track["trackNo"]), (&json!(2), &json!(3)));
    assert_eq!(track["explicit"], true);
    assert_eq!(track["isrc"], "DEA212600001");
    assert_eq!(track["releaseDate"], "1998-05");
    assert_eq!(track["credits"][0]["name"], "Cleo");
    // The next one finds the album by its title, or is told its id.
    let album = track["album"]["id"].clone();
    let next = upload(&app, &ana, &small(1), &json!({"albumTitle": "OTHER"})).send().await.expect(201).json();
    assert_eq!(next["album"]["id"], album);
    let next = upload(&app, &ana, &small(2), &json!({"albumId": album})).send().await.expect(201).json();
    assert_eq!(next["album"]["id"], album);
}

#[testkit::test]
async fn an_upload_may_be_published_at_once(app: TestApp) {
    let (ana, ben) = (app.artist("ana").await, app.listener("ben").await);
    let metadata = json!({"title": "Dawn", "visibility": "public"});
    let track = upload(&app, &ana, &small(1), &metadata).send().await.expect(201).json();
    assert!(track["publishedAt"].is_string(), "{track}");
    let path = format!("/api/v1/tracks/{}", track["id"].as_str().unwrap());
    app.get(path).by(&ben).send().await.expect(200);
}

#[testkit::test]
async fn the_cover_in_the_file_becomes_the_cover_of_the_track(app: TestApp) {
    let ana = app.artist("ana").await;
    let folder = tempfile::tempdir().unwrap();
    let picture = folder.path().join("cover.png");
    let sleeve = encode("color=c=red:s=300x200", &["-frames:v", "1"], "png");
    std::fs::write(&picture, sleeve).unwrap();
    let options = ["-i", picture.to_str().unwrap(), "-map", "0:a", "-map", "1:v", "-c:a", "flac"];
    let options: Vec<&str> = options.into_iter().chain(["-disposition:v", "attached_pic"]).collect();
    let track = send(&app, &ana, &encode(TUNE, &options, "flac")).await.expect(201).json();
    let cover = track["coverUrl"].as_str().expect("a cover").to_owned();
    let reply = app.get(&*cover).send().await.expect(200);
    assert_eq!(reply.header("content-type"), Some("image/jpeg"));
    assert_eq!(reply.body[..2], [0xff, 0xd8]);
    let without = send(&app, &ana, &small(1)).await.expect(201).json();
    assert_eq!(without["coverUrl"], json!(null));
    assert_eq!(left(&app, 2), [""; 0]);
}

#[testkit::test]
async fn what_was_deleted_counts_until_it_is_erased(app: TestApp) {
    let ana = app.artist("ana").await;
    let app = app.reconfigured(|config| config.upload.quota_mib = 1);
    let wav = |n: u32| {
        encode(&format!("sine=frequency={n}:duration=3:sample_rate=44100"), &["-c:a", "pcm_s16le"], "wav")
    };
    for n in [300, 400] {
        let track = send(&app, &ana, &wav(n)).await.expect(201).json();
        let path = format!("/api/v1/tracks/{}", track["id"].as_str().unwrap());
        app.delete(&path).by(&ana).send().await.expect(204);
    }
    send(&app, &ana, &wav(500)).await.expect(201);
    send(&app, &ana, &wav(600)).await.expect(413).problem("quota_exceeded");
    let sweep = async || music::upload::sweep(&app.service.app).await.unwrap();
    let kept = || app.service.app.blobs.keys("audio").unwrap().len();
    app.advance(std::time::Duration::from_hours(23));
    sweep().await;
    assert_eq!(kept(), 3);
    app.advance(std::time::Duration::from_hours(2));
    assert_eq!(sweep().await, 2);
    assert_eq!(kept(), 1, "what is not deleted stays");
    send(&app, &app.again("ana").await, &wav(600)).await.expect(201);
}

#[testkit::test]
async fn covers_of_what_was_deleted_are_erased(app: TestApp) {
    let ana = app.artist("ana").await;
    let track = send(&app, &ana, &small(1)).await.expect(201).json();
    let album = app.post("/api/v1/albums").by(&ana).json(json!({"title": "A"})).send().await.ok();
    let mut pictures = Vec::new();
    for (kind, thing) in [("tracks", &track), ("albums", &album)] {
        let path = format!("/api/v1/{kind}/{}", thing["id"].as_str().unwrap());
        let picture = encode("color=red:size=64x64", &["-frames:v", "1"], "png");
        let form: [(&str, Option<&str>, &[u8]); 1] = [("file", None, &picture)];
        let shown = app.put(format!("{path}/cover")).by(&ana).form(&form).send().await.ok();
        pictures.push(shown["coverUrl"].as_str().unwrap().to_owned());
        app.delete(&path).by(&ana).send().await.expect(204);
    }
    let shown = async |status: u16| {
        for picture in &pictures {
            app.get(picture).send().await.expect(status);
        }
    };
    shown(200).await;
    app.advance(std::time::Duration::from_hours(25));
    music::upload::sweep(&app.service.app).await.unwrap();
    shown(404).await;
    assert_eq!(app.service.app.blobs.keys("images").unwrap(), []);
}
