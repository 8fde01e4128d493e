use std::time::Duration;

use db::sql;
use serde_json::{Value, json};
use testkit::{TestApp, User};

use super::{publish, report};
use crate::upload::studio::small;

/// A page of somebody's history.
async fn page(app: &TestApp, who: &User, query: &str) -> Value {
    app.get(format!("/api/v1/me/history?{query}")).by(who).send().await.ok()
}

/// What the plays of a page are called.
fn names(page: &Value) -> Vec<String> {
    let items = page["items"].as_array().unwrap();
    items.iter().map(|play| play["clientPlayId"].as_str().unwrap().to_owned()).collect()
}

#[testkit::test]
async fn the_history_is_read_page_by_page_the_latest_first(app: TestApp) {
    let (ana, ben, cleo) = (app.artist("ana").await, app.listener("ben").await, app.listener("cleo").await);
    let (one, two) =
        (publish(&app, &ana, &small(1), json!({})).await, publish(&app, &ana, &small(2), json!({})).await);
    assert_eq!(page(&app, &ben, "").await, json!({"items": [], "nextCursor": null}));
    // The second and the third begin at the same moment.
    for (play, track, pause) in
        [("a", &one, 1), ("b", &two, 0), ("c", &one, 1), ("d", &two, 1), ("e", &two, 1)]
    {
        report(&app, &ben, track, play, 0.0).await.expect(200);
        app.advance(Duration::from_secs(pause));
    }
    let all = page(&app, &ben, "").await;
    let order = names(&all);
    assert!(order == ["e", "d", "c", "b", "a"] || order == ["e", "d", "b", "c", "a"], "{order:?}");
    assert_eq!(all["nextCursor"], json!(null));
    let first = &all["items"][0];
    assert_eq!((&first["track"]["id"], &first["trackId"]), (&json!(two), &json!(two)));
    assert_eq!(first["track"]["title"], "Dawn");

    let mut seen = Vec::new();
    let mut query = "limit=2".to_owned();
    loop {
        let page = page(&app, &ben, &query).await;
        seen.extend(names(&page));
        // What is played meanwhile comes before all that is still to be read.
        app.advance(Duration::from_secs(1));
        report(&app, &ben, &one, &format!("later {}", seen.len()), 0.0).await.expect(200);
        let Some(cursor) = page["nextCursor"].as_str() else { break };
        query = format!("limit=2&cursor={cursor}");
    }
    assert_eq!(seen, order);

    // Each track once, as it was played last: what was recently played.
    let recent = page(&app, &ben, "distinct=true").await;
    assert_eq!(names(&recent), ["later 5", "e"]);
    let cursor = page(&app, &ben, "distinct=true&limit=1").await["nextCursor"].clone();
    let rest = page(&app, &ben, &format!("distinct=true&limit=1&cursor={}", cursor.as_str().unwrap())).await;
    assert_eq!(names(&rest), ["e"]);

    assert_eq!(names(&page(&app, &cleo, "").await), [""; 0], "it is nobody else's");
    app.get("/api/v1/me/history").send().await.expect(401).problem("unauthenticated");
    for (query, code) in [
        ("cursor=nonsense", "invalid_cursor"),
        ("limit=0", "invalid_request"),
        ("limit=201", "invalid_request"),
    ] {
        app.get(format!("/api/v1/me/history?{query}")).by(&ben).send().await.expect(400).problem(code);
    }
    app.get("/api/v1/me/history?of=ben").by(&ben).send().await.expect(422).problem("validation_failed");
}

#[testkit::test]
async fn a_withdrawn_track_stays_without_what_it_was(app: TestApp) {
    let (ana, ben) = (app.artist("ana").await, app.listener("ben").await);
    let (id, other) =
        (publish(&app, &ana, &small(1), json!({})).await, publish(&app, &ana, &small(2), json!({})).await);
    let track = format!("/api/v1/tracks/{id}");
    report(&app, &ben, &other, "before", 0.0).await.expect(200);
    app.advance(Duration::from_secs(1));
    report(&app, &ben, &id, "one", 0.0).await.expect(200);
    report(&app, &ana, &id, "hers", 0.0).await.expect(200);
    let seen = async |who: &User| page(&app, who, "").await["items"][0].clone();
    assert_eq!(seen(&ben).await["track"]["id"], id.as_str());

    app.patch(&*track).by(&ana).json(json!({"visibility": "private"})).send().await.expect(200);
    let play = seen(&ben).await;
    assert_eq!(
        (&play["clientPlayId"], &play["trackId"], &play["track"]),
        (&json!("one"), &json!(id), &json!(null))
    );
    assert_eq!(names(&page(&app, &ben, "distinct=true").await), ["one", "before"]);
    assert_eq!(names(&page(&app, &ben, "limit=1").await), ["one"]);
    assert_eq!(seen(&ana).await["track"]["id"], id.as_str());
    assert!(!app.get("/api/v1/me/history").by(&ben).send().await.body.windows(4).any(|w| w == b"priv"));

    app.patch(&*track).by(&ana).json(json!({"visibility": "public"})).send().await.expect(200);
    assert_eq!(seen(&ben).await["track"]["id"], id.as_str());
    app.delete(&*track).by(&ana).send().await.expect(204);
    for who in [&ana, &ben] {
        assert_eq!(seen(who).await["track"], json!(null));
    }
}

#[testkit::test]
async fn the_history_goes_with_its_account_alone(app: TestApp) {
    let (ana, ben, cleo) = (app.artist("ana").await, app.listener("ben").await, app.listener("cleo").await);
    let id = publish(&app, &ana, &small(1), json!({})).await;
    for who in [&ana, &ben, &cleo] {
        report(&app, who, &id, "one", 0.0).await.expect(200);
    }
    let gone: db::Result<u64> =
        db::write!(app.db(), |tx| sql!("DELETE FROM account WHERE username = 'cleo'").run(tx).await);
    assert_eq!(gone.unwrap(), 1);
    let left: db::Result<i64> = db::read!(app.db(), |tx| sql!("SELECT COUNT(*) FROM play").scalar(tx).await);
    assert_eq!(left.unwrap(), 2);
    for who in [&ana, &ben] {
        assert_eq!(names(&page(&app, who, "").await), ["one"]);
    }
}
