use serde_json::{Value, json};
use testkit::{Reply, TestApp, User};

use super::{path, publish, report, stream, tone};
use crate::upload::studio::decoded_ms;

/// What `who` hears of a track whose preview is to be cut first, by a worker that runs beside.
pub(crate) async fn heard(app: &TestApp, call: testkit::Call<'_>) -> Reply {
    let answered = std::cell::Cell::new(false);
    let call = async {
        let reply = call.send().await;
        answered.set(true);
        reply
    };
    // Ends between two jobs, since nobody does the rest of one that is dropped.
    let worker = async {
        while !answered.get() {
            app.run_jobs().await;
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    tokio::join!(call, worker).0
}

fn priced(start_ms: u32, length_ms: u32) -> Value {
    json!({
        "pricePerSecond": {"asset": "BEAT", "amount": "100"},
        "preview": {"startMs": start_ms, "lengthMs": length_ms},
    })
}

#[testkit::test]
async fn whoever_may_hear_no_more_gets_the_preview_as_a_file_of_its_own(app: TestApp) {
    let (ana, ben) = (app.artist("ana").await, app.listener("ben").await);
    let file = tone(440, 9);
    let id = publish(&app, &ana, &file, priced(1000, 2000)).await;
    let whole = stream(&app, &ana, &id).await.expect(200);
    assert_eq!(whole.body, file, "who manages the page hears all of it");

    let preview = heard(&app, app.get(path(&id, "stream")).by(&ben)).await.expect(200);
    assert_eq!(preview.header("content-type"), Some("audio/flac"));
    assert_ne!(preview.header("etag"), whole.header("etag"));
    assert_eq!(decoded_ms(&preview.body, "flac"), 2000);
    let n = preview.body.len();
    assert!(n < file.len());

    // No range and no condition reaches beyond it.
    let ask = async |range: &str| app.get(path(&id, "stream")).by(&ben).header("range", range).send().await;
    for range in ["bytes=0-", "bytes=0-999999999", "bytes=-999999999"] {
        let reply = ask(range).await.expect(206);
        assert_eq!(reply.body, preview.body, "{range}");
        assert_eq!(reply.header("content-range"), Some(&*format!("bytes 0-{}/{n}", n - 1)));
    }
    for range in [format!("bytes={n}-"), format!("bytes={}-", file.len() - 1)] {
        assert_eq!(ask(&range).await.expect(416).header("content-range"), Some(&*format!("bytes */{n}")));
    }
    let held = app.get(path(&id, "stream")).by(&ben).header("if-range", whole.header("etag").unwrap());
    assert_eq!(held.header("range", "bytes=1-2").send().await.expect(200).body, preview.body);
    let head = app.call(http::Method::HEAD, path(&id, "stream")).by(&ben).send().await.expect(200);
    assert_eq!(head.header("content-length"), Some(&*n.to_string()));

    // A signed address gives no more, whoever opens it.
    let made: Value = app.post(path(&id, "stream-url")).by(&ben).send().await.ok();
    let url = made["url"].as_str().unwrap();
    assert_eq!(app.get(url).send().await.expect(200).body, preview.body);
    assert_eq!(app.get(url).by(&ana).send().await.expect(200).body, preview.body);

    // It is not the track that was heard.
    app.advance(std::time::Duration::from_mins(1));
    let play = report(&app, &ben, &id, "one", 9.0).await.ok();
    assert_eq!((&play["served"], &play["stream"]), (&json!(false), &json!(false)));
}

#[testkit::test]
async fn visitors_get_what_is_configured(app: TestApp) {
    let (ana, ben) = (app.artist("ana").await, app.listener("ben").await);
    let file = tone(440, 6);
    // Half of it is the most, whatever its preview is said to be.
    let free = publish(&app, &ana, &file, json!({})).await;
    let dear = publish(&app, &ana, &tone(550, 6), priced(0, 60_000)).await;
    let listened = stream(&app, &ben, &free).await.expect(200);
    assert_eq!(listened.body, file);
    for id in [&free, &dear] {
        let preview = heard(&app, app.get(path(id, "stream"))).await.expect(200);
        assert_eq!(decoded_ms(&preview.body, "flac"), 3000);
    }

    let open = app.reconfigured(|config| config.access.anonymous = Some(infra::config::Anonymous::Full));
    assert_eq!(open.get(path(&free, "stream")).send().await.expect(200).body, file);
    let preview = open.get(path(&dear, "stream")).send().await.expect(200);
    assert_eq!(decoded_ms(&preview.body, "flac"), 3000);

    let closed = open.reconfigured(|config| config.access.anonymous = Some(infra::config::Anonymous::None));
    for part in ["stream", "waveform"] {
        closed.get(path(&free, part)).send().await.expect(401).problem("unauthenticated");
    }
    assert_eq!(stream(&closed, &ben, &free).await.expect(200).body, file);
}

#[testkit::test]
async fn a_preview_follows_its_track(app: TestApp) {
    let (ana, ben) = (app.artist("ana").await, app.listener("ben").await);
    let id = publish(&app, &ana, &tone(440, 9), priced(0, 2000)).await;
    let change = async |change: Value| {
        app.patch(format!("/api/v1/tracks/{id}")).by(&ana).json(change).send().await.expect(200);
    };
    let first = heard(&app, app.get(path(&id, "stream")).by(&ben)).await.expect(200);
    change(json!({"preview": {"startMs": 8500, "lengthMs": 1000}})).await;
    while !app.run_jobs().await.is_empty() {}
    let second = stream(&app, &ben, &id).await.expect(200);
    assert_eq!(decoded_ms(&second.body, "flac"), 1000, "it lies within the track");
    assert_ne!(first.header("etag"), second.header("etag"));
    assert_eq!(app.service.app.blobs.keys("preview").unwrap().len(), 1, "the old one is gone");

    // One that was lost is cut again.
    let key = app.service.app.blobs.keys("preview").unwrap().pop().unwrap();
    app.service.app.blobs.delete(&key).unwrap();
    let away = stream(&app, &ben, &id).await.expect(503);
    away.problem("unavailable");
    assert!(away.header("retry-after").is_some());
    app.run_jobs().await;
    assert_eq!(stream(&app, &ben, &id).await.expect(200).body, second.body);

    change(json!({"preview": {"startMs": 0, "lengthMs": 0}})).await;
    stream(&app, &ben, &id).await.expect(403).problem("playback_refused");
    app.get(path(&id, "stream")).send().await.expect(401).problem("unauthenticated");
    change(json!({"pricePerSecond": null})).await;
    stream(&app, &ben, &id).await.expect(200);
}

#[testkit::test]
async fn what_cannot_be_decoded_has_no_preview_and_no_worker_means_later(app: TestApp) {
    let (ana, ben) = (app.artist("ana").await, app.listener("ben").await);
    let id = publish(&app, &ana, &tone(440, 9), priced(0, 2000)).await;
    let ask = async |who: &User| stream(&app, who, &id).await;
    let later = ask(&ben).await.expect(503);
    later.problem("unavailable");
    assert!(later.header("retry-after").is_some());
    let key = app.service.app.blobs.keys("audio").unwrap().pop().unwrap();
    app.service.app.blobs.put(&key, media::corpus::killer().into()).unwrap();
    app.run_jobs().await;
    app.advance(std::time::Duration::from_secs(5));
    ask(&ben).await.expect(403).problem("playback_refused");
}

#[testkit::test]
async fn a_preview_is_there_before_somebody_asks_and_goes_with_its_track(app: TestApp) {
    let (ana, ben) = (app.artist("ana").await, app.listener("ben").await);
    let id = publish(&app, &ana, &tone(440, 9), priced(0, 2000)).await;
    let work = async || while !app.run_jobs().await.is_empty() {};
    let keys = || app.service.app.blobs.keys("preview").unwrap();
    work().await;
    assert_eq!(keys().len(), 1);
    // Nobody is at work any more.
    let first = stream(&app, &ben, &id).await.expect(200);
    assert_eq!(decoded_ms(&first.body, "flac"), 2000);
    let change = json!({"preview": {"startMs": 3000, "lengthMs": 1000}});
    app.patch(format!("/api/v1/tracks/{id}")).by(&ana).json(change).send().await.expect(200);
    work().await;
    let second = stream(&app, &ben, &id).await.expect(200);
    assert_eq!(decoded_ms(&second.body, "flac"), 1000);
    assert_eq!(keys().len(), 1);

    app.delete(format!("/api/v1/tracks/{id}")).by(&ana).send().await.expect(204);
    work().await;
    assert_eq!(keys(), []);
    let rows: db::Result<i64> =
        db::read!(app.db(), |tx| db::sql!("SELECT COUNT(*) FROM preview").scalar(tx).await);
    assert_eq!(rows.unwrap(), 0);
}

/// Players draw what they get where it lies in the whole.
#[testkit::test]
async fn a_preview_says_which_part_of_its_track_it_is(app: TestApp) {
    let (ana, ben) = (app.artist("ana").await, app.listener("ben").await);
    let id = publish(&app, &ana, &tone(440, 6), priced(5000, 60_000)).await;
    let url = path(&id, "stream");
    // Half of it is the most, and it lies within the track.
    let said = Some("start=3000, length=3000");
    let preview = heard(&app, app.get(&url).by(&ben)).await.expect(200);
    assert_eq!(preview.header("x-resonance-preview"), said);
    let tag = preview.header("etag").unwrap();
    for (call, status) in [
        (app.get(&url).by(&ben).header("range", "bytes=0-9"), 206),
        (app.get(&url).by(&ben).header("if-none-match", tag), 304),
        (app.call(http::Method::HEAD, &url).by(&ben), 200),
        (app.get(&url), 200),
    ] {
        assert_eq!(call.send().await.expect(status).header("x-resonance-preview"), said, "{status}");
    }
    assert_eq!(stream(&app, &ana, &id).await.expect(200).header("x-resonance-preview"), None);
}
