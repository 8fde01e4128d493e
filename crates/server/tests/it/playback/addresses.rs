use std::time::Duration;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use kernel::Time;
use serde_json::{Value, json};
use testkit::{TestApp, User};

use super::{path, publish, report, tone};
use crate::upload::studio::small;

/// A signed address of a track for `who`.
async fn signed(app: &TestApp, who: &User, id: &str) -> String {
    let made = app.post(path(id, "stream-url")).by(who).send().await.ok();
    made["url"].as_str().unwrap().to_owned()
}

#[testkit::test]
async fn an_address_opens_its_track_without_a_log_in_until_it_expires(app: TestApp) {
    let (ana, ben) = (app.artist("ana").await, app.listener("ben").await);
    let file = tone(440, 4);
    let id = publish(&app, &ana, &file, json!({})).await;
    let made =
        app.post(path(&id, "stream-url")).by(&ben).json(json!({"maxQuality": "high"})).send().await.ok();
    let url = made["url"].as_str().unwrap();
    assert!(url.starts_with(&path(&id, "stream?")), "{url}");
    let expires: Time = made["expiresAt"].as_str().unwrap().parse().unwrap();
    assert_eq!(expires, app.now().plus(Duration::from_secs(4 + 15 * 60)));

    assert_eq!(app.get(url).send().await.expect(200).body, file);
    // Another player, at another place, with whatever it has of log-ins.
    let other = app.get(url).from("192.0.2.77").header("authorization", "Bearer nonsense");
    assert_eq!(other.header("range", "bytes=9-19").send().await.expect(206).body, file[9..20]);
    app.call(http::Method::HEAD, url).send().await.expect(200);
    // It counts for the account that it was made for.
    app.advance(Duration::from_secs(4));
    let play = report(&app, &ben, &id, "one", 4.0).await.ok();
    assert_eq!((&play["served"], &play["stream"]), (&json!(true), &json!(true)), "{play}");

    app.advance(Duration::from_secs(15 * 60 - 1));
    app.get(url).send().await.expect(200);
    app.advance(Duration::from_secs(1));
    app.get(url).send().await.expect(403).problem("stream_url_expired");
}

#[testkit::test]
async fn an_address_with_any_part_changed_is_refused(app: TestApp) {
    let (ana, ben) = (app.artist("ana").await, app.listener("ben").await);
    let (one, two) =
        (publish(&app, &ana, &small(1), json!({})).await, publish(&app, &ana, &small(2), json!({})).await);
    let url = signed(&app, &ben, &one).await;
    let (start, token) = url.split_once("token=").unwrap();
    let bytes = URL_SAFE_NO_PAD.decode(token).unwrap();
    for at in 0..bytes.len() {
        let mut bytes = bytes.clone();
        bytes[at] ^= 1 << (at % 8);
        let changed = format!("{start}token={}", URL_SAFE_NO_PAD.encode(bytes));
        app.get(changed).send().await.expect(403).problem("stream_url_invalid");
    }
    for other in [
        url.replace(&one, &two),
        format!("{start}token="),
        format!("{start}token={}", &token[..token.len() - 4]),
        format!("{url}AAAA"),
        format!("{url}&quality=original"),
        format!("{start}quality=original&token={token}"),
        format!("{url}&token={token}"),
    ] {
        let refused = app.get(&*other).send().await.expect(403);
        refused.problem("stream_url_invalid");
    }
    app.get(url).send().await.expect(200);
}

#[testkit::test]
async fn an_address_ends_with_the_log_in_that_asked_for_it(app: TestApp) {
    let (ana, ben) = (app.artist("ana").await, app.listener("ben").await);
    let id = publish(&app, &ana, &small(1), json!({})).await;
    let body = json!({"login": "ben", "password": "FanPass123"});
    let answer: Value = app.post("/api/v1/auth/login").json(body).send().await.ok();
    let phone = User {
        id: ben.id.clone(),
        token: answer["accessToken"].as_str().unwrap().to_owned(),
        refresh_token: String::new(),
    };
    let (desk, pocket) = (signed(&app, &ben, &id).await, signed(&app, &phone, &id).await);
    assert_ne!(desk, pocket);
    app.get(&*desk).send().await.expect(200);
    app.get(&*pocket).send().await.expect(200);
    app.post("/api/v1/auth/logout").by(&phone).send().await.expect(204);
    app.get(&*pocket).send().await.expect(403).problem("stream_url_expired");
    app.get(&*desk).send().await.expect(200);
    app.post("/api/v1/auth/logout-all").by(&ben).send().await.expect(204);
    app.get(&*desk).send().await.expect(403).problem("stream_url_expired");
}

#[testkit::test]
async fn an_address_is_made_for_what_its_caller_may_hear(app: TestApp) {
    let (ana, ben) = (app.artist("ana").await, app.listener("ben").await);
    let id = publish(&app, &ana, &small(1), json!({})).await;
    let hidden = publish(&app, &ana, &small(2), json!({"visibility": "private"})).await;
    let ask = |id: &str| app.post(path(id, "stream-url"));
    ask(&id).send().await.expect(401).problem("unauthenticated");
    ask(&hidden).by(&ben).send().await.expect(404).problem("track_not_found");
    ask("019c0000-0000-7000-8000-000000000000").by(&ben).send().await.expect(404).problem("track_not_found");
    ask(&hidden).by(&ana).send().await.expect(200);
    let wrong = ask(&id).by(&ben).json(json!({"maxQuality": "best"})).send().await.expect(422);
    assert_eq!(wrong.pointers(), ["/maxQuality"]);
    let wrong = ask(&id).by(&ben).json(json!({"minutes": 500})).send().await.expect(422);
    assert_eq!(wrong.pointers(), ["/minutes"]);
    ask(&id).by(&ben).body("application/json", "{").send().await.expect(400).problem("invalid_request");
}
