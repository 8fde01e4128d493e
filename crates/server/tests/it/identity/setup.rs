use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};
use testkit::{Reply, TestApp};

use super::{PASSWORD, admin, user};

async fn token(app: &TestApp) -> Option<String> {
    identity::setup::token(&app.service.app).await.expect("the database answers")
}

async fn set_up(app: &TestApp, token: &str, name: &str) -> Reply {
    let body = json!({"token": token, "email": format!("{name}@example.org"), "username": name, "password": PASSWORD});
    app.post("/api/v1/setup").json(body).send().await
}

async fn needed(app: &TestApp) -> Value {
    app.get("/api/v1/setup").send().await.ok()["needed"].clone()
}

#[testkit::test]
async fn whoever_has_the_token_becomes_the_first_admin_once(app: TestApp) {
    let secret = token(&app).await.expect("a token");
    assert_eq!(needed(&app).await, true);
    app.listener("ada").await;
    for wrong in ["", "x", &secret[1..], &format!("{secret}0"), &secret.to_uppercase()] {
        set_up(&app, wrong, "root").await.expect(403).problem("setup_token_invalid");
    }
    set_up(&app, &secret, "ada").await.expect(409).problem("username_taken");
    assert_eq!(needed(&app).await, true, "a name that is taken uses nothing up");
    let session = set_up(&app, &secret, "root").await.expect(201).json();
    assert_eq!(session["user"]["role"], "admin");
    app.get("/api/v1/admin/users").by(&user(&session)).send().await.expect(200);
    set_up(&app, &secret, "root2").await.expect(410).problem("setup_done");
    assert_eq!(needed(&app).await, false);
    assert_eq!(token(&app).await, None);
}

#[testkit::test]
async fn sixteen_at_once_make_one_admin(app: TestApp) {
    let secret = token(&app).await.expect("a token");
    // From as many addresses, so that the limit does not decide.
    let attempts = (0..16).map(|n| {
        let body = json!({
            "token": secret, "email": format!("root{n}@example.org"), "username": format!("root{n}"), "password": PASSWORD,
        });
        app.post("/api/v1/setup").from(&format!("192.0.2.{n}")).json(body).send()
    });
    let replies = join_all(attempts).await;
    let mut statuses: Vec<u16> = replies.iter().map(|reply| reply.status.as_u16()).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [vec![201], vec![410; 15]].concat());
    let winner = replies.iter().find(|reply| reply.status == 201).expect("one");
    let list = app.get("/api/v1/admin/users").by(&user(&winner.json())).send().await.ok();
    assert_eq!(list["items"].as_array().map(Vec::len), Some(1));
}

#[testkit::test]
async fn guessing_the_token_is_limited(app: TestApp) {
    for _ in 0..10 {
        set_up(&app, "guess", "root").await.expect(403);
    }
    let refused = set_up(&app, "guess", "root").await.expect(429);
    assert!(refused.header("retry-after").is_some());
    app.advance(Duration::from_mins(1));
    set_up(&app, "guess", "root").await.expect(403);
}

#[testkit::test]
async fn an_admin_made_on_the_command_line_ends_setup(app: TestApp) {
    let secret = token(&app).await.expect("a token");
    admin(&app, "root").await;
    assert_eq!(token(&app).await, None);
    set_up(&app, &secret, "other").await.expect(410);
}
