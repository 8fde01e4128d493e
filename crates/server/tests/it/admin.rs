//! The service as its operator sees it.

use std::time::Duration;

use db::job::{self, NewJob};
use kernel::JobId;
use serde_json::{Value, json};
use testkit::TestApp;

#[testkit::test]
async fn figures_count_what_is_there(app: TestApp) {
    let (admin, ana) = (app.admin("root").await, app.artist("ana").await);
    let stats = async || app.get("/api/v1/admin/stats").by(&admin).send().await.ok();
    let nothing = json!({"uploadedFiles": 0, "uploadedBytes": 0, "importedFiles": 0, "importedBytes": 0});
    let money = ["BEAT", "BTN", "USDC"]
        .map(|asset| json!({"asset": asset, "circulating": "0", "sum": "0", "classes": []}));
    let none = json!({"money": money, "users": 2, "artists": 0, "albums": 0, "tracks": 0, "plays": 0, "secondsListened": 0,
        "storage": nothing, "jobs": {"ready": 0, "running": 0, "dead": 0}});
    assert_eq!(stats().await, none);
    let song = crate::matrix::tone(1);
    let parts: [(&str, Option<&str>, &[u8]); 1] = [("file", Some("a.wav"), &song)];
    app.post("/api/v1/tracks/upload").by(&ana).form(&parts).send().await.expect(201);
    assert_eq!(stats().await["jobs"]["ready"], 1);
    assert_eq!(stats().await["tracks"], 0, "sums are remembered for a moment");
    app.advance(Duration::from_secs(10));
    let after = stats().await;
    assert_eq!((&after["tracks"], &after["artists"]), (&json!(1), &json!(1)));
    assert_eq!(after["storage"]["uploadedBytes"], song.len());
}

/// What a check found.
fn check(health: &Value, name: &str) -> Vec<String> {
    let checks = health["checks"].as_array().unwrap().iter().filter(|check| check["name"] == name);
    checks.map(|check| check["status"].as_str().unwrap().to_owned()).collect()
}

#[testkit::test]
async fn health_names_what_somebody_should_look_at(app: TestApp) {
    let admin = app.admin("root").await;
    let health = async || app.get("/api/v1/admin/health").by(&admin).send().await.ok();
    let fine = health().await;
    assert_eq!(fine["mode"], "test");
    for name in ["database", "jobs", "events"] {
        assert_eq!(check(&fine, name), ["good"], "{fine}");
    }
    let (id, now): (JobId, _) = (app.service.app.id(), app.now());
    let mut new = NewJob::new("analyse", json!({"nonsense": true}), now);
    new.max_attempts = 1;
    let queued: Result<JobId, db::Error> = db::write!(app.db(), |tx| job::enqueue(tx, &new, id, now).await);
    queued.unwrap();
    app.advance(Duration::from_mins(6));
    assert_eq!(check(&health().await, "jobs"), ["warning"], "nobody runs it");
    app.run_jobs().await;
    let dead = health().await;
    assert_eq!(check(&dead, "jobs"), ["good", "warning"], "{dead}");
    assert_eq!(dead["status"], "warning");
}
