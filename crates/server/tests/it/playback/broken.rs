use std::{fs, path::Path, time::Duration};

use serde_json::{Value, json};
use testkit::{TestApp, User};

use super::{path, stream, tone};

/// Imports a folder as an admin.
async fn import(app: &TestApp, admin: &User, folder: &Path) {
    let body = json!({"path": folder});
    app.post("/api/v1/admin/imports").by(admin).json(body).send().await.expect(202);
    let ended = app.run_jobs().await;
    assert!(
        ended.iter().any(|(kind, state)| kind == "import" && *state == db::job::State::Done),
        "{ended:?}"
    );
}

/// Waits until the catalogue says whether the sound of a track is there. A node remembers what it read of a track until it
/// learns of a change, so that its return may be noticed only by the next who plays it.
async fn await_available(app: &TestApp, who: &User, id: &str, available: bool) {
    for _ in 0..100 {
        let track: Value = app.get(format!("/api/v1/tracks/{id}")).by(who).send().await.ok();
        if track["available"] == available {
            return;
        }
        if available {
            stream(app, who, id).await;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("still not {available}");
}

#[testkit::test]
async fn a_file_that_is_away_or_another_one_is_said_to_be_and_comes_back(app: TestApp) {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().canonicalize().unwrap();
    let (song, bytes) = (root.join("dawn.flac"), tone(440, 3));
    let app = app.reconfigured(|config| config.import.roots = vec![root.clone()]);
    let (admin, ben) = (app.admin("root").await, app.listener("ben").await);
    fs::write(&song, &bytes).unwrap();
    import(&app, &admin, &root).await;
    let tracks = app.get("/api/v1/tracks").by(&ben).send().await.ok();
    let id = tracks["items"][0]["id"].as_str().unwrap();
    app.get(path(id, "stream")).send().await.expect(404).problem("track_not_found");
    assert_eq!(stream(&app, &ben, id).await.expect(200).body, bytes);

    let before = fs::metadata(&song).unwrap().modified().unwrap();
    // Somewhere else on the machine, and by size and time of change the same as the song.
    let elsewhere = tempfile::tempdir().unwrap();
    let secret = elsewhere.path().join("secret");
    fs::write(&secret, vec![9; bytes.len()]).unwrap();
    fs::File::options().write(true).open(&secret).unwrap().set_modified(before).unwrap();
    let harms: [(&str, &dyn Fn()); 6] = [
        ("a link to what only the service may read", &|| {
            fs::remove_file(&song).unwrap();
            std::os::unix::fs::symlink(&secret, &song).unwrap();
        }),
        ("gone", &|| fs::remove_file(&song).unwrap()),
        ("cut short", &|| fs::File::options().write(true).open(&song).unwrap().set_len(1000).unwrap()),
        ("empty", &|| fs::write(&song, b"").unwrap()),
        ("another one of the same length", &|| fs::write(&song, vec![7; bytes.len()]).unwrap()),
        ("a folder", &|| {
            fs::remove_file(&song).unwrap();
            fs::create_dir(&song).unwrap();
        }),
    ];
    for (name, harm) in harms {
        harm();
        for range in ["bytes=0-", "bytes=5-6", "bytes=-1"] {
            let reply = app.get(path(id, "stream")).by(&ben).header("range", range).send().await.expect(503);
            reply.problem("audio_missing");
            assert!(reply.header("retry-after").is_some(), "{name}");
            let said = String::from_utf8(reply.body).unwrap();
            assert!(!said.contains("dawn.flac"), "{name}: where it lies is nobody's business: {said}");
        }
        app.call(http::Method::HEAD, path(id, "stream")).by(&ben).send().await.expect(503);
        await_available(&app, &ben, id, false).await;

        let _ = fs::remove_dir(&song).or_else(|_| fs::remove_file(&song));
        fs::write(&song, &bytes).unwrap();
        fs::File::options().write(true).open(&song).unwrap().set_modified(before).unwrap();
        assert_eq!(stream(&app, &ben, id).await.expect(200).body, bytes, "{name}");
        await_available(&app, &ben, id, true).await;
    }
}

#[testkit::test]
async fn what_was_away_is_found_again_by_itself(app: TestApp) {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().canonicalize().unwrap();
    let (song, gone) = (root.join("dawn.flac"), root.join("dusk.flac"));
    let app = app.reconfigured(|config| config.import.roots = vec![root.clone()]);
    let (admin, ben) = (app.admin("root").await, app.listener("ben").await);
    fs::write(&song, tone(440, 3)).unwrap();
    fs::write(&gone, tone(550, 3)).unwrap();
    import(&app, &admin, &root).await;
    let tracks = async || app.get("/api/v1/tracks").by(&ben).send().await.ok()["items"].clone();
    let ids: Vec<String> = tracks()
        .await
        .as_array()
        .unwrap()
        .iter()
        .map(|track| track["id"].as_str().unwrap().to_owned())
        .collect();
    let elsewhere = root.join("elsewhere");
    fs::rename(&song, &elsewhere).unwrap();
    fs::remove_file(&gone).unwrap();
    for id in &ids {
        stream(&app, &ben, id).await.expect(503);
        await_available(&app, &ben, id, false).await;
    }
    let look = async || {
        music::playback::look_again(&app.service.music, None).await.unwrap();
        tracks().await.as_array().unwrap().len()
    };
    assert_eq!(look().await, 0);
    // The disk is mounted again, and nobody does anything else.
    fs::rename(&elsewhere, &song).unwrap();
    assert_eq!(look().await, 1);
    assert_eq!(tracks().await[0]["available"], true);
}

#[testkit::test]
async fn a_file_that_was_imported_anew_is_streamed_at_once(app: TestApp) {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().canonicalize().unwrap();
    let (song, old, new) = (root.join("dawn.flac"), tone(440, 3), tone(550, 4));
    let app = app.reconfigured(|config| config.import.roots = vec![root.clone()]);
    let (admin, ben) = (app.admin("root").await, app.listener("ben").await);
    fs::write(&song, &old).unwrap();
    import(&app, &admin, &root).await;
    let tracks = app.get("/api/v1/tracks").by(&ben).send().await.ok();
    let id = tracks["items"][0]["id"].as_str().unwrap();
    let first = stream(&app, &ben, id).await.expect(200);
    assert_eq!(first.body, old);

    fs::write(&song, &new).unwrap();
    import(&app, &admin, &root).await;
    // Time stands still: what this node remembers of the track is as fresh as it can be.
    let held = app.get(path(id, "stream")).by(&ben).header("if-range", first.header("etag").unwrap());
    let second = held.header("range", "bytes=100-199").send().await.expect(200);
    assert_eq!(second.body, new, "a part of the old file would not go with the new one");
    assert_ne!(second.header("etag"), first.header("etag"));
    await_available(&app, &ben, id, true).await;
}

/// Its headers promise minutes, and there is not a sample in it.
#[testkit::test]
async fn a_file_without_sound_is_said_to_be_broken(app: TestApp) {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().canonicalize().unwrap();
    let (song, bytes) = (root.join("dawn.flac"), tone(440, 3));
    let app = app.reconfigured(|config| config.import.roots = vec![root.clone()]);
    let (admin, ben) = (app.admin("root").await, app.listener("ben").await);
    fs::write(&song, &bytes[..bytes.len().min(9000)]).unwrap();
    import(&app, &admin, &root).await;
    let tracks = app.get("/api/v1/tracks").by(&ben).send().await.ok();
    let id = tracks["items"][0]["id"].as_str().unwrap();
    let shown = async || app.get(format!("/api/v1/tracks/{id}")).by(&ben).send().await.ok();
    assert_eq!(shown().await["available"], true);

    let imports = async || app.get("/api/v1/admin/imports").by(&admin).send().await.ok()["items"][0].clone();
    assert_eq!(imports().await["broken"], 0, "the decoder has not seen it yet");
    music::upload::feed(&app.service.music).await.unwrap();
    app.run_jobs().await;
    let track = shown().await;
    assert_eq!((&track["available"], &track["durationMs"]), (&json!(false), &json!(0)));
    // Whoever has its address gets its bytes, which brings no sound into them.
    stream(&app, &ben, id).await;
    import(&app, &admin, &root).await;
    let last = imports().await;
    assert_eq!((&last["seen"], &last["unchanged"], &last["broken"]), (&json!(1), &json!(0), &json!(1)));
    assert_eq!(shown().await["available"], false);

    fs::write(&song, &bytes).unwrap();
    import(&app, &admin, &root).await;
    app.advance(Duration::from_mins(2));
    music::upload::feed(&app.service.music).await.unwrap();
    app.run_jobs().await;
    let track = shown().await;
    assert_eq!((&track["available"], &track["durationMs"]), (&json!(true), &json!(3000)));
}
