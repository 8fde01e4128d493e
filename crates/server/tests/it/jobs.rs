//! Background work as those see it who run the service. What its starters see is tested where they start it.

use db::job::{self, NewJob};
use kernel::JobId;
use serde_json::json;
use testkit::TestApp;

/// A job that failed so often that it is dead.
async fn dead(app: &TestApp) -> String {
    let (id, now): (JobId, _) = (app.service.app.id(), app.now());
    let mut job = NewJob::new("analyse", json!({"nonsense": true}), now);
    job.max_attempts = 1;
    let queued: Result<JobId, db::Error> = db::write!(app.db(), |tx| job::enqueue(tx, &job, id, now).await);
    queued.unwrap();
    assert_eq!(app.run_jobs().await, [("analyse".to_owned(), job::State::Dead)]);
    id.to_string()
}

#[testkit::test]
async fn an_admin_finds_dead_jobs_and_lets_them_run_again(app: TestApp) {
    let admin = app.admin("root").await;
    let id = dead(&app).await;
    let list = app.get("/api/v1/admin/jobs?state=dead").by(&admin).send().await.ok();
    assert_eq!(list["items"].as_array().unwrap().len(), 1);
    let found = &list["items"][0];
    assert_eq!(
        (&found["id"], &found["kind"], &found["state"]),
        (&json!(id), &json!("analyse"), &json!("dead"))
    );
    assert!(!found["error"].as_str().unwrap().is_empty());
    let retry = format!("/api/v1/admin/jobs/{id}/retry");
    assert_eq!(app.post(&*retry).by(&admin).send().await.ok()["state"], "ready");
    assert_eq!(app.post(&*retry).by(&admin).send().await.ok()["state"], "ready", "once is enough");
    let deeds: Result<Vec<String>, db::Error> = db::read!(app.db(), |tx| {
        db::sql!("SELECT subject FROM audit WHERE action = 'job.retry'").column(tx).await
    });
    assert_eq!(deeds.unwrap(), [id]);
    let none = app.get("/api/v1/admin/jobs?state=dead").by(&admin).send().await.ok();
    assert_eq!(none["items"], json!([]));
    app.get("/api/v1/admin/jobs?state=asleep").by(&admin).send().await.expect(400).problem("invalid_request");
}
