use std::time::Duration;

use db::{Db, sql};
use serde_json::json;
use testkit::TestApp;

const DAY: Duration = Duration::from_hours(24);

/// Rows of: devices, jobs, events, changes.
async fn rows(db: &Db) -> [i64; 4] {
    let counts: Result<_, db::Error> = db::read!(db, |tx| {
        Ok([
            sql!("SELECT COUNT(*) FROM device").scalar(tx).await?,
            sql!("SELECT COUNT(*) FROM job").scalar(tx).await?,
            sql!("SELECT COUNT(*) FROM outbox").scalar(tx).await?,
            sql!("SELECT COUNT(*) FROM feed").scalar(tx).await?,
        ])
    });
    counts.unwrap()
}

/// A log-in, a job, an event that was handed on, and a change of the catalogue.
async fn something_of_each(app: &TestApp, name: &str) {
    let user = app.artist(name).await;
    app.post("/api/v1/artists").by(&user).json(json!({"displayName": name})).send().await.expect(201);
    let album = json!({"title": name, "visibility": "public"});
    app.post("/api/v1/albums").by(&user).json(album).send().await.expect(201);
    let now = app.now();
    let (event, job): (kernel::EventId, kernel::JobId) = (app.service.app.id(), app.service.app.id());
    let given: Result<(), db::Error> = db::write!(app.db(), |tx| {
        sql!("INSERT INTO outbox (id, topic, payload, at, sent_at) VALUES ($1, 'test', $3, $2, $2)")
            .bind(event)
            .bind(now)
            .bind("{}")
            .run(tx)
            .await?;
        let nothing = serde_json::Value::Null;
        db::job::enqueue(tx, &db::job::NewJob::new("nothing", nothing, now), job, now).await?;
        sql!("UPDATE job SET state = 'done', finished_at = $1 WHERE id = $2")
            .bind(now)
            .bind(job)
            .run(tx)
            .await?;
        Ok(())
    });
    given.unwrap();
}

#[testkit::test]
async fn what_is_kept_for_a_while_goes_when_its_time_is_over(app: TestApp) {
    something_of_each(&app, "ana").await;
    let first = rows(app.db()).await;
    assert!(first.iter().all(|count| *count > 0), "{first:?}");
    app.advance(DAY * 59);
    something_of_each(&app, "ben").await;
    let both = rows(app.db()).await;
    assert!(server::upkeep(&app.service.app).await.unwrap() > 0);
    // On PostgreSQL the transactions of other tests hold the old changes back for moments.
    for _ in 0..200 {
        if rows(app.db()).await[3] == both[3] - first[3] {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
        server::upkeep(&app.service.app).await.unwrap();
    }
    let [devices, jobs, events, changes] = rows(app.db()).await;
    assert_eq!(devices, both[0], "a log-in unused for 59 days is one still");
    // Of the events, only the one that was handed on.
    assert_eq!([jobs, events, changes], [both[1] - first[1], both[2] - 1, both[3] - first[3]]);
    app.advance(DAY * 2);
    server::upkeep(&app.service.app).await.unwrap();
    assert_eq!(rows(app.db()).await[0], both[0] - first[0]);
}
