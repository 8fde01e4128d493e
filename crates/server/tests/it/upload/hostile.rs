use media::corpus;
use testkit::TestApp;

use super::studio::{left, send, small};

#[testkit::test]
async fn hostile_files_are_refused_or_taken_for_what_they_are(app: TestApp) {
    let ana = app.artist("ana").await;
    let corpus = corpus::hostile();
    assert!(corpus.len() >= 60, "{}", corpus.len());
    let mut taken = 0;
    for file in &corpus {
        let name = &file.name;
        let reply = send(&app, &ana, &file.bytes).await;
        let status = reply.status.as_u16();
        assert!(
            [201, 409, 415, 422].contains(&status),
            "{name}: {status} {}",
            String::from_utf8_lossy(&reply.body)
        );
        assert!(!file.refuse || status != 201, "{name} was taken");
        if status == 201 {
            taken += 1;
            let track = reply.json();
            let title = track["title"].as_str().unwrap();
            assert!((1..=300).contains(&title.chars().count()), "{name}: {title:?}");
            assert!(!title.chars().any(|c| c.is_control() || c == '\u{202E}'), "{name}: {title:?}");
        } else {
            assert!(
                reply.header("content-type").is_some_and(|kind| kind == "application/problem+json"),
                "{name}"
            );
        }
        assert_eq!(left(&app, taken), [""; 0], "after {name}");
    }
    assert!(taken > 10, "{taken} of them are only odd");
    // What was taken is analysed, or noted as broken; no job fails.
    let ended = app.run_jobs().await;
    assert_eq!(ended.iter().filter(|(kind, _)| kind == "analyse").count(), taken);
    assert!(ended.iter().all(|(_, state)| *state == db::job::State::Done), "{ended:?}");
    assert_eq!(left(&app, taken), [""; 0]);
}

#[testkit::test]
async fn a_file_that_kills_or_stops_its_reader_is_refused(app: TestApp) {
    let ana = app.artist("ana").await;
    send(&app, &ana, &corpus::killer()).await.expect(422).problem("corrupt_audio");
    send(&app, &ana, &small(1)).await.expect(201);
    assert_eq!(left(&app, 1), [""; 0]);
}

#[testkit::test]
async fn hostile_names_are_only_titles(app: TestApp) {
    let ana = app.artist("ana").await;
    let sound = corpus::silence(media::Format::Mp3);
    for (n, name) in corpus::names().into_iter().enumerate() {
        let boundary = "b";
        let mut body = b"--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"".to_vec();
        let quoted = name.iter().flat_map(|byte| match byte {
            b'"' => b"%22".to_vec(),
            b'\r' => b"%0D".to_vec(),
            b'\n' => b"%0A".to_vec(),
            other => vec![*other],
        });
        body.extend(quoted);
        body.extend_from_slice(b"\"\r\n\r\n");
        body.extend_from_slice(&sound);
        // Each another file.
        body.extend_from_slice(&vec![0; n + 1]);
        body.extend_from_slice(b"\r\n--b--\r\n");
        let kind = format!("multipart/form-data; boundary={boundary}");
        let reply = app.post("/api/v1/tracks/upload").by(&ana).body(&kind, body).send().await;
        let shown = name.escape_ascii().to_string();
        assert!([201, 400].contains(&reply.status.as_u16()), "{shown}: {}", reply.status);
        if reply.status == 201 {
            let title = reply.json()["title"].as_str().unwrap().to_owned();
            assert!(!title.is_empty() && !title.contains(['/', '\0', '\u{202E}']), "{shown}: {title:?}");
        }
    }
    let outside = std::fs::read_dir(app.folder()).unwrap().map(|entry| entry.unwrap().file_name());
    let known = ["tmp", "blobs", "resonance.db", "resonance.db-wal", "resonance.db-shm"];
    for name in outside {
        assert!(known.iter().any(|known| name == **known), "{} was made", name.display());
    }
}
