//! The play queue that an account has on all of its devices.

use serde_json::{Value, json};
use testkit::{Reply, TestApp, User};

async fn draft(app: &TestApp, user: &User, title: &str) -> String {
    let made =
        app.post("/api/v1/tracks").by(user).json(json!({"title": title})).send().await.expect(201).json();
    made["id"].as_str().unwrap().to_owned()
}

async fn put(app: &TestApp, user: &User, tag: &str, queue: Value) -> Reply {
    app.put("/api/v1/me/queue").by(user).header("if-match", tag).json(queue).send().await
}

#[testkit::test]
async fn a_queue_is_kept_and_no_device_undoes_another(app: TestApp) {
    let ana = app.artist("ana").await;
    let get = async || app.get("/api/v1/me/queue").by(&ana).send().await.expect(200);
    let none = get().await;
    assert_eq!(none.header("etag"), Some("\"0\""));
    assert_eq!(none.json()["trackIds"], json!([]));
    assert_eq!(none.json()["index"], json!(null));
    let [a, b] = [draft(&app, &ana, "A").await, draft(&app, &ana, "B").await];
    let queue = json!({"trackIds": [a, b, a], "index": 2, "positionMs": 5000, "source": "search:dawn",
        "repeat": "all", "shuffleSeed": 4_000_000_000_u32});
    app.put("/api/v1/me/queue")
        .by(&ana)
        .json(&queue)
        .send()
        .await
        .expect(428)
        .problem("precondition_required");
    put(&app, &ana, "\"1\"", queue.clone()).await.expect(412).problem("precondition_failed");
    let kept = put(&app, &ana, "\"0\"", queue.clone()).await.expect(200);
    assert_eq!(kept.header("etag"), Some("\"1\""));
    for (name, value) in queue.as_object().unwrap() {
        assert_eq!(&kept.json()[name], value, "{name}");
    }
    assert_eq!(get().await.json(), kept.json());
    // Two devices that both know the first: one of them is told.
    put(&app, &ana, "\"1\"", json!({"index": 1, "positionMs": 7})).await.expect(200);
    put(&app, &ana, "\"1\"", json!({"trackIds": [b]})).await.expect(412).problem("precondition_failed");
    put(&app, &ana, "\"0\"", json!({"trackIds": [b]})).await.expect(412);
    put(&app, &ana, "nonsense", json!({"trackIds": [b]})).await.expect(412);
    let now = get().await.json();
    assert_eq!((&now["trackIds"], &now["index"]), (&json!([a, b, a]), &json!(1)), "what is left out stays");
    let taken = put(&app, &ana, "*", json!({"trackIds": [b]})).await.expect(200);
    assert_eq!((taken.header("etag"), &taken.json()["index"]), (Some("\"3\""), &json!(0)));
    let ben = app.listener("ben").await;
    assert_eq!(app.get("/api/v1/me/queue").by(&ben).send().await.ok()["trackIds"], json!([]));
}

#[testkit::test]
async fn what_is_not_seen_any_more_falls_out(app: TestApp) {
    let ana = app.artist("ana").await;
    let mut ids = Vec::new();
    for title in ["A", "B", "C"] {
        ids.push(draft(&app, &ana, title).await);
    }
    let missing = "019c0000-0000-7000-8000-000000000000";
    let queue = json!({"trackIds": [ids[0], missing, ids[1], ids[2]], "index": 3, "positionMs": 9});
    let kept = put(&app, &ana, "*", queue).await.ok();
    assert_eq!(kept["trackIds"], json!(ids));
    assert_eq!((&kept["index"], &kept["positionMs"]), (&json!(2), &json!(9)));
    app.delete(format!("/api/v1/tracks/{}", ids[2])).by(&ana).send().await.expect(204);
    let left = app.get("/api/v1/me/queue").by(&ana).send().await.ok();
    assert_eq!(left["trackIds"], json!(ids[..2]));
    assert_eq!((&left["index"], &left["positionMs"]), (&json!(1), &json!(0)));
    let ben = app.listener("ben").await;
    assert_eq!(put(&app, &ben, "*", json!({"trackIds": ids})).await.ok()["trackIds"], json!([]));
}

#[testkit::test]
async fn twenty_thousand_tracks_and_no_more(app: TestApp) {
    let ana = app.artist("ana").await;
    let id = draft(&app, &ana, "A").await;
    let many = put(&app, &ana, "*", json!({"trackIds": vec![&id; 20_000], "index": 19_999})).await.ok();
    assert_eq!(many["trackIds"].as_array().unwrap().len(), 20_000);
    assert_eq!(many["index"], 19_999);
    let wrong = json!({"trackIds": vec![&id; 20_001], "index": 20_001, "positionMs": -1, "source": ""});
    let wrong = put(&app, &ana, "*", wrong).await.expect(422);
    assert_eq!(wrong.pointers(), ["/trackIds", "/index", "/positionMs", "/source"]);
}
