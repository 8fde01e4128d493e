use db::{job::State, sql};
use kernel::{AudioId, TrackId};
use music::catalogue::{
    AudioSource, NewAudio,
    bulk::{self, LibraryArtist, LibraryTrack},
};
use serde_json::{Value, json};
use testkit::TestApp;

use super::studio::{FORMATS, TUNE, decoded_ms, encode, left, send, small, upload};

/// What is known of each analysed file: frames, rate, delay, padding, peaks.
type Found = (i64, i64, i64, i64, Vec<u8>);

#[testkit::test]
async fn what_decoding_finds_is_kept(app: TestApp) {
    let ana = app.artist("ana").await;
    let file = encode(TUNE, &["-c:a", "libmp3lame", "-b:a", "128k"], "mp3");
    let track = send(&app, &ana, &file).await.expect(201).json();
    assert!(track["gapless"].is_null(), "nobody has decoded it: {track}");
    let done = ["analyse", "preview"].map(|kind| (kind.to_owned(), State::Done));
    assert_eq!(app.run_jobs().await, done);
    let path = format!("/api/v1/tracks/{}", track["id"].as_str().unwrap());
    let gapless = app.get(path).by(&ana).send().await.ok()["gapless"].clone();
    let found: Vec<Found> = db::read!(app.db(), |tx| {
        sql!("SELECT frames, sample_rate, encoder_delay, encoder_padding, peaks FROM audio").all(tx).await
    })
    .map_err(|error: db::Error| error)
    .unwrap();
    let [(frames, rate, delay, padding, peaks)] = &*found else { panic!("{found:?}") };
    assert_eq!((*frames, *rate), (133_716, 44_100), "3.0321 s to the sample");
    assert!(*delay > 0 && *padding > 0, "{delay} {padding}");
    assert_eq!(gapless, serde_json::json!({"delay": delay, "padding": padding, "sampleRate": 44_100}));
    assert_eq!(peaks[0], 1);
    assert!(peaks.len() > 900 && peaks[1..].iter().all(|peak| *peak > 60), "{}", peaks.len());
    assert_eq!(app.run_jobs().await, []);
}

#[testkit::test]
async fn a_file_that_kills_its_reader_is_noted_and_the_queue_goes_on(app: TestApp) {
    let ana = app.artist("ana").await;
    send(&app, &ana, &small(1)).await.expect(201);
    // A hole in a decoder that the first look does not reach: the bytes become those of a killer.
    let key = app.service.app.blobs.keys("audio").unwrap().pop().unwrap();
    app.service.app.blobs.put(&key, media::corpus::killer().into()).unwrap();
    let good = send(&app, &ana, &small(2)).await.expect(201).json();
    let ended = app.run_jobs().await;
    assert_eq!(ended, ["analyse", "analyse", "preview"].map(|kind| (kind.to_owned(), State::Done)));
    let noted: Vec<(TrackId, bool, Option<String>)> = db::read!(app.db(), |tx| {
        sql!("SELECT track_id, analysed_at IS NOT NULL, analysis_error FROM audio ORDER BY analysed_at IS NOT NULL").all(tx).await
    })
    .map_err(|error: db::Error| error)
    .unwrap();
    let [(_, false, Some(reason)), (track, true, None)] = &*noted else { panic!("{noted:?}") };
    assert!(reason.contains("crashed"), "{reason}");
    assert_eq!(track.to_string(), good["id"].as_str().unwrap());
    assert_eq!(left(&app, 2), [""; 0]);
    music::upload::feed(&app.service.music).await.unwrap();
    assert_eq!(app.run_jobs().await, [], "what cannot be decoded is not tried for ever");
}

#[testkit::test]
async fn imported_files_are_analysed_in_the_background(app: TestApp) {
    let root = app.folder().join("music");
    std::fs::create_dir(&root).unwrap();
    let mut files = Vec::new();
    for (n, (codec, ending, kind)) in FORMATS.into_iter().enumerate() {
        let path = root.join(format!("{n}.{ending}"));
        let file = encode(TUNE, codec, ending);
        std::fs::write(&path, &file).unwrap();
        files.push((path, kind, decoded_ms(&file, ending)));
    }
    // One went away since, one is noise.
    files.push((root.join("away.mp3"), "audio/mpeg", 0));
    std::fs::write(root.join("noise.mp3"), [7; 5000]).unwrap();
    files.push((root.join("noise.mp3"), "audio/mpeg", 0));
    import(&app, &root, &files).await;

    music::upload::feed(&app.service.music).await.unwrap();
    music::upload::feed(&app.service.music).await.unwrap();
    assert_eq!(app.run_jobs().await, [("analyse_backlog".to_owned(), State::Done)]);
    let found: Vec<(String, i64, bool, Option<String>)> = db::read!(app.db(), |tx| {
        sql!(
            "SELECT t.title, t.duration_ms, t.available, a.analysis_error FROM track t
             JOIN audio a ON a.track_id = t.id"
        )
        .all(tx)
        .await
    })
    .map_err(|error: db::Error| error)
    .unwrap();
    for (title, duration, available, error) in found {
        let n: usize = title.parse().unwrap();
        let (path, _, exact) = &files[n];
        let name = path.file_name().unwrap().to_str().unwrap();
        assert_eq!(available, name != "away.mp3" && name != "noise.mp3", "{name}");
        assert_eq!(error.is_some(), name == "noise.mp3", "{name}: {error:?}");
        if n < FORMATS.len() {
            // Of AAC, ffmpeg plays what the encoder put in to fill its last frame.
            let most = if matches!(name.rsplit_once('.'), Some((_, "m4a" | "aac"))) { 24 } else { 1 };
            assert!(
                duration.unsigned_abs().abs_diff(*exact) <= most,
                "{name}: {duration} ms, {exact} by ffmpeg"
            );
        }
    }
    app.advance(std::time::Duration::from_secs(61));
    music::upload::feed(&app.service.music).await.unwrap();
    assert_eq!(app.run_jobs().await, [], "nothing is left to be done");
}

#[testkit::test]
async fn a_file_that_was_cut_off_is_told_to_those_who_manage_it(app: TestApp) {
    let (ana, ben) = (app.artist("ana").await, app.listener("ben").await);
    let whole = encode("sine=frequency=300:duration=20:sample_rate=44100", &["-c:a", "flac"], "flac");
    let metadata = json!({"title": "Dawn", "visibility": "public"});
    let mut cut = Vec::new();
    for part in [whole.len() / 3, whole.len()] {
        let made = upload(&app, &ana, &whole[..part], &metadata).send().await.expect(201).json();
        assert_eq!(
            (&made["durationMs"], &made["promisedMs"]),
            (&json!(20_000), &Value::Null),
            "not decoded yet"
        );
        cut.push(format!("/api/v1/tracks/{}", made["id"].as_str().unwrap()));
    }
    while app.run_events().await + app.run_jobs().await.len() > 0 {}
    let track = app.get(&cut[0]).by(&ana).send().await.ok();
    let found = track["durationMs"].as_i64().unwrap();
    assert!((5_000..9_000).contains(&found), "{track}");
    assert_eq!(track["promisedMs"], 20_000);
    let list = app.get("/api/v1/tracks").by(&ana).send().await.ok();
    let told = list["items"].as_array().unwrap().iter().filter(|t| t["promisedMs"] == 20_000);
    assert_eq!(told.map(|t| &t["id"]).collect::<Vec<_>>(), [&track["id"]]);
    // It is nobody else's business, and of what is whole there is nothing to say.
    assert_eq!(app.get(&cut[0]).by(&ben).send().await.ok()["promisedMs"], Value::Null);
    assert_eq!(app.get(&cut[0]).send().await.ok()["promisedMs"], Value::Null);
    let told = app.get("/api/v1/notifications").by(&ana).send().await.ok();
    let mut words: Vec<&str> =
        told["items"].as_array().unwrap().iter().map(|told| told["message"].as_str().unwrap()).collect();
    words.sort_unstable();
    let cut_off = format!("\u{201c}Dawn\u{201d} is cut off: the file ends after {} s of 20 s", found / 1000);
    assert_eq!(words, [&cut_off, "\u{201c}Dawn\u{201d} is ready"]);
}

/// Writes the rows that an import of `files` would.
async fn import(app: &TestApp, root: &std::path::Path, files: &[(std::path::PathBuf, &'static str, u64)]) {
    let parts = &app.service.app;
    let done: Result<(), db::Error> = db::write!(parts.db, |tx| {
        let artist = LibraryArtist { key: "x".into(), name: "X".into() };
        let artist = bulk::artists(tx, parts, [artist]).await?["x"];
        let tracks = files.iter().enumerate().map(|(n, (path, kind, _))| {
            let id = parts.id::<TrackId>();
            LibraryTrack {
                id,
                artist,
                artist_credit: None,
                album: None,
                title: n.to_string(),
                disc_no: 1,
                track_no: 0,
                duration_ms: 1,
                explicit: false,
                isrc: None,
                release_date: None,
                cover: None,
                musicbrainz_id: None,
                genres: Vec::new(),
                credits: Vec::new(),
                audio: NewAudio {
                    track: id,
                    source: AudioSource::File,
                    place: infra::place::text(path),
                    size: 1,
                    modified_at: parts.now(),
                    content_type: kind,
                    codec: "x".into(),
                    bitrate: 0,
                    sample_rate: 44_100,
                    channels: 2,
                    bit_depth: None,
                    hash: None,
                    gain_track_mb: None,
                    gain_album_mb: None,
                },
            }
        });
        bulk::insert_tracks(tx, parts, &tracks.collect::<Vec<_>>()).await?;
        sql!(
            "INSERT INTO library_import (id, root, state, started_at, heartbeat, seen, unchanged, added, updated,
                 moved, missing, broken, skipped) VALUES ($1, $2, 'done', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)"
        )
        .bind(parts.id::<AudioId>())
        .bind(infra::place::text(root))
        .run(tx)
        .await?;
        Ok(())
    });
    done.unwrap();
}
