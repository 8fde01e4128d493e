use serde_json::json;
use testkit::TestApp;

use super::{path, publish, tone};

#[testkit::test]
async fn the_waveform_comes_as_json_or_as_bytes_once_it_is_made(app: TestApp) {
    let (ana, ben) = (app.artist("ana").await, app.listener("ben").await);
    let id = publish(&app, &ana, &tone(440, 3), json!({})).await;
    let url = path(&id, "waveform");
    let waiting = app.get(&*url).by(&ben).send().await.expect(202);
    assert_eq!((waiting.header("retry-after"), &*waiting.body), (Some("5"), &b""[..]));

    app.run_jobs().await;
    let shown = app.get(&*url).by(&ben).header("accept", "application/json").send().await.expect(200);
    let json = shown.json();
    let peaks: Vec<u8> = serde_json::from_value(json["peaks"].clone()).unwrap();
    assert!((500..=1800).contains(&peaks.len()), "{}", peaks.len());
    // A sine of an eighth of full scale, as ffmpeg makes it.
    assert!(peaks.iter().all(|peak| (28..=36).contains(peak)), "{peaks:?}");
    assert_eq!(json["durationMs"], 3000);

    let raw = app.get(&*url).send().await.expect(200);
    assert_eq!(raw.header("content-type"), Some("application/octet-stream"));
    assert_eq!(raw.body[0], 1);
    assert_eq!(raw.body[1..], peaks);
    assert_eq!(
        (raw.header("vary"), raw.header("cache-control")),
        (Some("accept"), Some("private, no-cache"))
    );

    let (as_json, as_bytes) = (shown.header("etag").unwrap(), raw.header("etag").unwrap());
    assert_ne!(as_json, as_bytes);
    let held = async |etag: &str| {
        app.get(&*url)
            .header("accept", "text/html, application/json")
            .header("if-none-match", etag)
            .send()
            .await
    };
    assert_eq!(held(as_json).await.expect(304).body, b"");
    held(as_bytes).await.expect(200);

    app.patch(format!("/api/v1/tracks/{id}"))
        .by(&ana)
        .json(json!({"visibility": "private"}))
        .send()
        .await
        .expect(200);
    app.get(&*url).by(&ana).send().await.expect(200);
    app.get(&*url).by(&ben).send().await.expect(404).problem("track_not_found");
    app.get(&*url).send().await.expect(404).problem("track_not_found");
    let unknown = path("019c0000-0000-7000-8000-000000000000", "waveform");
    app.get(unknown).by(&ben).send().await.expect(404).problem("track_not_found");
}

#[testkit::test]
async fn what_cannot_be_decoded_has_no_waveform(app: TestApp) {
    let ana = app.artist("ana").await;
    let id = publish(&app, &ana, &tone(440, 3), json!({})).await;
    let key = app.service.app.blobs.keys("audio").unwrap().pop().unwrap();
    app.service.app.blobs.put(&key, media::corpus::killer().into()).unwrap();
    app.run_jobs().await;
    app.get(path(&id, "waveform")).by(&ana).send().await.expect(404).problem("not_found");
}
