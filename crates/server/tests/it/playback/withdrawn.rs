use std::time::Duration;

use db::sql;
use serde_json::{Value, json};
use testkit::TestApp;

use super::{path, publish, stream};
use crate::upload::studio::small;

#[testkit::test]
async fn a_track_made_private_falls_silent_at_once(app: TestApp) {
    let (ana, ben) = (app.artist("ana").await, app.listener("ben").await);
    let id = publish(&app, &ana, &small(1), json!({})).await;
    let made: Value = app.post(path(&id, "stream-url")).by(&ben).send().await.ok();
    let url = made["url"].as_str().unwrap();
    let change = async |change: Value| {
        app.patch(format!("/api/v1/tracks/{id}")).by(&ana).json(change).send().await.expect(200);
    };
    // All is remembered by now.
    stream(&app, &ben, &id).await.expect(200);
    app.get(url).send().await.expect(200);

    change(json!({"visibility": "private"})).await;
    stream(&app, &ben, &id).await.expect(404).problem("track_not_found");
    app.get(url).send().await.expect(404).problem("track_not_found");
    app.get(url).header("range", "bytes=0-9").send().await.expect(404);
    app.get(path(&id, "stream")).send().await.expect(404);
    app.post(path(&id, "stream-url")).by(&ben).send().await.expect(404);
    stream(&app, &ana, &id).await.expect(200);

    change(json!({"visibility": "unlisted"})).await;
    stream(&app, &ben, &id).await.expect(200);
    app.get(url).send().await.expect(200);

    // A price counts at once as well: without a preview, nothing is left for listeners.
    let priced = json!({
        "pricePerSecond": {"asset": "BEAT", "amount": "100"}, "preview": {"startMs": 0, "lengthMs": 0},
    });
    change(priced).await;
    stream(&app, &ben, &id).await.expect(403).problem("playback_refused");
    app.get(url).send().await.expect(403).problem("playback_refused");
    change(json!({"pricePerSecond": null})).await;
    stream(&app, &ben, &id).await.expect(200);

    app.delete(format!("/api/v1/tracks/{id}")).by(&ana).send().await.expect(204);
    for who in [&ana, &ben] {
        stream(&app, who, &id).await.expect(404).problem("track_not_found");
    }
    app.get(url).send().await.expect(404);
}

#[testkit::test]
async fn who_manages_a_page_no_longer_hears_its_drafts_no_longer(app: TestApp) {
    let (ana, ben) = (app.artist("ana").await, app.listener("ben").await);
    let id = publish(&app, &ana, &small(1), json!({"visibility": "private"})).await;
    let track: Value = app.get(format!("/api/v1/tracks/{id}")).by(&ana).send().await.ok();
    let manager = format!("/api/v1/artists/{}/managers/{}", track["artist"]["id"].as_str().unwrap(), ben.id);
    stream(&app, &ben, &id).await.expect(404);
    app.put(&*manager).by(&ana).json(json!({"role": "editor"})).send().await.expect(200);
    stream(&app, &ben, &id).await.expect(404);
    app.put(&*manager).by(&ben).json(json!({"role": "editor"})).send().await.expect(200);
    stream(&app, &ben, &id).await.expect(200);
    app.delete(&*manager).by(&ana).send().await.expect(204);
    stream(&app, &ben, &id).await.expect(404);
}

#[testkit::test]
async fn what_another_node_changes_counts_here_within_five_seconds(app: TestApp) {
    let (ana, ben) = (app.artist("ana").await, app.listener("ben").await);
    let id = publish(&app, &ana, &small(1), json!({})).await;
    let made: Value = app.post(path(&id, "stream-url")).by(&ben).send().await.ok();
    let url = made["url"].as_str().unwrap();
    app.get(url).send().await.expect(200);
    let done: db::Result<u64> =
        db::write!(app.db(), |tx| sql!("UPDATE track SET visibility = 'private'").run(tx).await);
    done.unwrap();
    app.advance(Duration::from_millis(4999));
    app.get(url).send().await.expect(200);
    app.advance(Duration::from_millis(1));
    app.get(url).send().await.expect(404);
    stream(&app, &ben, &id).await.expect(404);
}
