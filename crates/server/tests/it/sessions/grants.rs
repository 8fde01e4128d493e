//! Seconds that cost nothing: again within the repeat window, and in the grace.

use super::*;
use crate::ledger::checked;

/// A session on `track` from `position_ms` on.
async fn from<'a>(app: &'a TestApp, user: &'a User, track: &str, position_ms: u64) -> Listener<'a> {
    let terms = ask(app, user, track, json!({"positionMs": position_ms})).await.expect(201).json();
    Listener { app, user, key: key(5), terms }
}

/// Hears so many seconds and ends; answers how many were charged. `charged` says how many are by each second.
async fn heard(listener: Listener<'_>, seconds: u64, charged: impl Fn(u64) -> u64) -> u64 {
    take(&listener, 1, seconds, charged).await;
    let settled = listener.settle().await;
    settled["beats"].as_u64().unwrap_or_else(|| panic!("{settled}"))
}

async fn take(listener: &Listener<'_>, from: u64, to: u64, charged: impl Fn(u64) -> u64) {
    for seq in from..=to {
        listener.second(seq).await;
        let beats = charged(seq);
        let body = json!({
            "seq": seq,
            "cumulativeAmount": (PRICE * i64::try_from(beats).unwrap()).to_string(),
            "signature": sign(&listener.key, &listener.terms, beats),
        });
        listener.app.post(listener.path("/ack")).by(listener.user).json(body).send().await.ok();
    }
}

#[testkit::test]
async fn what_was_paid_for_is_free_again_for_a_time_and_nothing_keeps_it_so(app: TestApp) {
    let app = app.reconfigured(|config| config.meter.repeat_window_s = 60);
    let admin = app.admin("root").await;
    let (ana, ben) = (app.listener("ana").await, app.artist("ben").await);
    let track = priced(&app, &ben, 40).await;
    fund(&app, &ana, 1_000_000).await;
    assert_eq!(heard(from(&app, &ana, &track, 0).await, 8, |seq| seq).await, 8);
    // Again, and one second more, which is charged.
    assert_eq!(heard(from(&app, &ana, &track, 0).await, 9, |seq| seq.saturating_sub(8)).await, 1);
    pass(&app, Duration::from_secs(54)).await;
    // The first eight are too old by now; the ninth was paid for later, hearing the others again was not paying for them.
    assert_eq!(heard(from(&app, &ana, &track, 7_000).await, 2, |_| 1).await, 1);
    // What was given back is not paid for.
    pass(&app, Duration::from_mins(2)).await;
    let listener = from(&app, &ana, &track, 20_000).await;
    let session = listener.id().to_owned();
    assert_eq!(heard(listener, 3, |seq| seq).await, 3);
    let path = format!("/api/v1/sessions/{session}/dispute");
    let dispute = app.post(path).by(&ana).json(json!({"reason": "silence"})).send().await.expect(201).json();
    let path = format!("/api/v1/admin/disputes/{}/resolve", dispute["id"].as_str().unwrap());
    app.post(path).by(&admin).json(json!({"resolution": "uphold"})).send().await.expect(200);
    assert_eq!(heard(from(&app, &ana, &track, 20_000).await, 3, |seq| seq).await, 3);
    checked(&app).await;
}

#[testkit::test]
async fn a_grace_is_given_once_a_day_and_its_seconds_are_sent(app: TestApp) {
    let app = app.reconfigured(|config| config.meter.skip_grace = 20);
    let (ana, ben) = (app.listener("ana").await, app.artist("ben").await);
    let track = priced(&app, &ben, 40).await;
    fund(&app, &ana, 1_000_000).await;
    let released = async || {
        let path = format!("/api/v1/tracks/{track}/stream");
        let part = app.get(path).by(&ana).header("range", "bytes=0-").send().await.expect(206);
        let size =
            part.header("content-range").unwrap().rsplit('/').next().unwrap().parse::<usize>().unwrap();
        part.body.len() * 40 / size
    };
    let first = from(&app, &ana, &track, 0).await;
    let before = released().await;
    take(&first, 1, 15, |_| 0).await;
    first.durable(14).await;
    let with_grace = released().await;
    assert!(with_grace >= before + 14, "{before} s of 40, and with 15 of grace {with_grace}");
    // Beginning again gives it no second time, whether the first was ended or not.
    let second = from(&app, &ana, &track, 15_000).await;
    assert_eq!(heard(second, 5, |seq| seq).await, 5);
    assert_eq!(heard(from(&app, &ana, &track, 0).await, 5, |seq| seq).await, 5);
    app.advance(Duration::from_hours(25));
    let ana = app.again("ana").await;
    assert_eq!(heard(from(&app, &ana, &track, 0).await, 20, |_| 0).await, 0);
    checked(&app).await;
}
