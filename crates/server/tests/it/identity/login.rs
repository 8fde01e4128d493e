use std::time::Duration;

use db::sql;
use futures_util::future::{join, join_all};
use infra::{App, AppParts, Limits, Room};
use serde_json::json;
use testkit::{TestApp, User};

use super::{PASSWORD, admin, another_device, is_in, knock, log_in, refresh, user, without_request_id};

#[testkit::test]
async fn address_and_username_log_in_whatever_their_case(app: TestApp) {
    app.listener("ada").await;
    for login in ["ada", "ADA", " ada@example.com ", "Ada@Example.com"] {
        let session = log_in(&app, login, PASSWORD).await.expect(200).json();
        assert_eq!(session["user"]["username"], "ada", "{login}");
    }
}

#[testkit::test]
async fn an_unknown_name_and_a_wrong_password_are_alike(app: TestApp) {
    app.listener("ada").await;
    let before = app.service.identity.hashes();
    let wrong = log_in(&app, "ada", "NotHerPass1").await.expect(401);
    assert_eq!(app.service.identity.hashes(), before + 1);
    let unknown = log_in(&app, "nobody", "NotHerPass1").await.expect(401);
    let address = log_in(&app, "nobody@example.com", "NotHerPass1").await.expect(401);
    assert_eq!(app.service.identity.hashes(), before + 3, "the same work for each");
    wrong.problem("invalid_credentials");
    assert_eq!(without_request_id(&wrong), without_request_id(&unknown));
    assert_eq!(without_request_id(&wrong), without_request_id(&address));
    let names = |reply: &testkit::Reply| reply.headers.keys().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(names(&wrong), names(&unknown));
}

#[testkit::test]
async fn fields_are_bounded(app: TestApp) {
    for (body, pointer) in [
        (json!({"login": "", "password": "x"}), "/login"),
        (json!({"login": "a".repeat(255), "password": "x"}), "/login"),
        (json!({"login": "a\u{7}b", "password": "x"}), "/login"),
        (json!({"login": "ada", "password": "x".repeat(129)}), "/password"),
        (json!({"login": "ada", "password": "x", "totp": "1"}), "/totp"),
    ] {
        let reply = app.post("/api/v1/auth/login").json(&body).send().await.expect(422);
        reply.problem("validation_failed");
        assert_eq!(reply.pointers(), [pointer]);
    }
}

#[testkit::test]
async fn guessing_one_account_is_slow_and_success_clears_the_count(app: TestApp) {
    app.listener("ada").await;
    for _ in 0..9 {
        log_in(&app, "ada", "Wrong1234").await.expect(401);
    }
    log_in(&app, "ADA", PASSWORD).await.expect(200);
    for _ in 0..10 {
        log_in(&app, "ada", "Wrong1234").await.expect(401);
    }
    let before = app.service.identity.hashes();
    let refused = log_in(&app, "ada", PASSWORD).await.expect(429);
    refused.problem("rate_limited");
    assert_eq!(refused.header("retry-after"), Some("60"));
    assert_eq!(app.service.identity.hashes(), before, "nothing is hashed for it");
    log_in(&app, "bob", PASSWORD).await.expect(401);
    log_in_from(&app, "192.0.2.9", "ada", PASSWORD).await.expect(200);
    log_in(&app, "ada", PASSWORD).await.expect(429);
    app.advance(Duration::from_mins(1));
    log_in(&app, "ada", PASSWORD).await.expect(200);
}

#[testkit::test]
async fn guesses_by_address_and_by_username_are_of_one_account(app: TestApp) {
    app.listener("ada").await;
    for login in ["ada", "ada@example.com"].repeat(5) {
        log_in(&app, login, "Wrong1234").await.expect(401);
    }
    // They are used up, which is told of no name that has some left: it would tell whose it is.
    let stranger = log_in(&app, "stranger@example.com", PASSWORD).await.expect(401);
    for login in ["ada", "ada@example.com", " ADA@example.com "] {
        let before = app.service.identity.hashes();
        let refused = log_in(&app, login, PASSWORD).await.expect(401);
        assert_eq!(without_request_id(&refused), without_request_id(&stranger), "{login}");
        assert_eq!(app.service.identity.hashes(), before + 1, "{login}: it takes as long");
    }
    // What is like a name of hers, or is her id, is not hers.
    let ada = log_in_from(&app, "192.0.2.9", "ada@example.com", PASSWORD).await.expect(200).json();
    for login in ["adaa", "ada@example.org", ada["user"]["userId"].as_str().expect("an id")] {
        log_in(&app, login, PASSWORD).await.expect(401);
    }
    app.advance(Duration::from_mins(1));
    log_in(&app, "ada@example.com", PASSWORD).await.expect(200);
    // A right one gives those of both names back.
    for _ in 0..10 {
        log_in(&app, "ada", "Wrong1234").await.expect(401);
    }
    let refused = log_in(&app, "ADA", PASSWORD).await.expect(429);
    assert_eq!(refused.header("retry-after"), Some("60"));
    for login in ["ada@example.com", "stranger@example.com"] {
        log_in(&app, login, PASSWORD).await.expect(401);
    }

    app.listener("bob").await;
    for n in 0..50 {
        let login = if n % 2 == 0 { "bob" } else { "bob@example.com" };
        log_in_from(&app, &format!("203.0.113.{}", n / 10), login, "Wrong1234").await.expect(401);
    }
    for login in ["bob@example.com", "bob"] {
        log_in_from(&app, "203.0.113.9", login, PASSWORD).await.expect(401);
    }
    app.advance(Duration::from_secs(30));
    log_in_from(&app, "203.0.113.9", "bob", PASSWORD).await.expect(200);
}

async fn log_in_from(app: &TestApp, address: &str, login: &str, password: &str) -> testkit::Reply {
    let call = app.post("/api/v1/auth/login").from(address);
    call.json(json!({"login": login, "password": password})).send().await
}

#[testkit::test]
async fn guessing_from_many_addresses_is_bounded_and_shuts_nobody_out_at_home(app: TestApp) {
    app.listener("ada").await;
    log_in_from(&app, "2001:db8:1:2::1", "ada", PASSWORD).await.expect(200);
    for login in ["ada", "nobody"] {
        for n in 0..50 {
            log_in_from(&app, &format!("192.0.2.{}", n / 10), login, "Wrong1234").await.expect(401);
        }
    }
    let refused = log_in_from(&app, "198.51.100.1", "ada", PASSWORD).await.expect(429);
    assert_eq!(refused.header("retry-after"), Some("30"));
    let unknown = log_in_from(&app, "198.51.100.2", "nobody", PASSWORD).await.expect(429);
    assert_eq!(unknown.header("retry-after"), Some("30"));
    assert_eq!(without_request_id(&refused), without_request_id(&unknown));

    // Home is where she is logged in, and all of its network.
    log_in_from(&app, "2001:db8:1:3::1", "ada", PASSWORD).await.expect(429);
    log_in_from(&app, "2001:db8:1:2::9", "ada", "Wrong1234").await.expect(401);
    log_in_from(&app, "2001:db8:1:2::9", "ada", PASSWORD).await.expect(200);
    // A right password ends the suspicion.
    log_in_from(&app, "198.51.100.3", "ada", PASSWORD).await.expect(200);
}

#[testkit::test]
async fn guessing_from_one_address_is_bounded(app: TestApp) {
    let try_from = |address: &'static str, login: &'static str| {
        let call = app.post("/api/v1/auth/login").from(address);
        call.json(json!({"login": login, "password": "Wrong1234"})).send()
    };
    for _ in 0..100 {
        let _ = try_from("198.51.100.7", "ada").await;
    }
    let refused = try_from("198.51.100.7", "bob").await.expect(429);
    assert_eq!(refused.header("retry-after"), Some("3"));
    try_from("198.51.100.8", "bob").await.expect(401);
}

#[testkit::test]
async fn an_old_hash_is_replaced_when_its_password_is_right(app: TestApp) {
    // "FanPass123" at a sixteenth of today's memory.
    const OLD: &str =
        "$argon2id$v=19$m=1024,t=1,p=1$BwcHBwcHBwcHBwcHBwcHBw$3ar6IZYEHkulEDw/YxXueZqsGUAUHi9XmcskXZx3x2k";
    app.listener("ada").await;
    let put = db::write!(app.db(), |tx| sql!("UPDATE password SET phc = $1").bind(OLD).run(tx).await);
    put.expect("one row");
    let stored = async || {
        db::read!(app.db(), |tx| sql!("SELECT phc FROM password").scalar::<String>(tx).await)
            .expect("one row")
    };
    log_in(&app, "ada", "Wrong1234").await.expect(401);
    assert_eq!(stored().await, OLD);
    log_in(&app, "ada", PASSWORD).await.expect(200);
    assert!(stored().await.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
    log_in(&app, "ada", PASSWORD).await.expect(200);
}

#[testkit::test]
async fn an_access_token_lasts_for_minutes_and_a_log_in_for_weeks(app: TestApp) {
    let ada = app.listener("ada").await;
    app.advance(Duration::from_secs(899));
    assert!(is_in(&app, &ada).await);
    app.advance(Duration::from_secs(1));
    assert!(!is_in(&app, &ada).await);
    let day = Duration::from_hours(24);
    app.advance(59 * day);
    let session = refresh(&app, &ada.refresh_token).await.expect(200).json();
    app.advance(59 * day);
    let token = session["refreshToken"].as_str().expect("a token").to_owned();
    let session = refresh(&app, &token).await.expect(200).json();
    app.advance(60 * day);
    refresh(&app, session["refreshToken"].as_str().expect("a token"))
        .await
        .expect(401)
        .problem("invalid_refresh_token");
}

#[testkit::test]
async fn logging_out_works_at_once(app: TestApp) {
    let phone = app.listener("ada").await;
    let tablet = another_device(&app, "ada").await;
    assert!(is_in(&app, &phone).await);
    app.post("/api/v1/auth/logout").by(&phone).send().await.expect(204);
    assert!(!is_in(&app, &phone).await);
    refresh(&app, &phone.refresh_token).await.expect(401);
    assert!(is_in(&app, &tablet).await);
    app.post("/api/v1/auth/logout").by(&phone).send().await.expect(401);

    let desk = another_device(&app, "ada").await;
    let bob = app.listener("bob").await;
    app.post("/api/v1/auth/logout-all").by(&desk).send().await.expect(204);
    for gone in [&tablet, &desk] {
        assert!(!is_in(&app, gone).await);
        refresh(&app, &gone.refresh_token).await.expect(401);
    }
    assert!(is_in(&app, &bob).await);
    app.post("/api/v1/auth/logout").send().await.expect(401).problem("unauthenticated");
}

#[testkit::test]
async fn another_node_refuses_an_ended_log_in_within_five_seconds(app: TestApp) {
    let ada = app.listener("ada").await;
    let ours = &app.service.app;
    let parts = AppParts {
        db: ours.db.clone(),
        clock: ours.clock.clone(),
        ids: ours.ids.clone(),
        config: ours.config.clone(),
        blobs: ours.blobs.clone(),
        keys: ours.keys.clone(),
        limits: Limits::default(),
        room: Room::default(),
    };
    let other = identity::Identity::new(App::new(parts), app.service.identity.pictures.clone());
    let devices = knock(&app, &ada).send().await.ok();
    let device = devices["items"][0]["id"].as_str().expect("an id").parse().expect("an id");
    let account = ada.id.parse().expect("an id");
    let there = async || other.on_device(account, device).await.expect("an answer");
    assert_eq!(there().await.map(|account| account.role), Some(identity::Role::Listener));
    app.post("/api/v1/auth/logout").by(&ada).send().await.expect(204);
    app.advance(Duration::from_secs(5));
    assert_eq!(there().await, None);
}

#[testkit::test]
async fn devices_are_listed_and_ended_one_by_one(app: TestApp) {
    let login = json!({"login": "ada", "password": PASSWORD});
    let first = app.listener("ada").await;
    app.advance(Duration::from_secs(1));
    let call = app.post("/api/v1/auth/login").header("user-agent", "Phone/1.0").from("192.0.2.7");
    let second = user(&call.json(login).send().await.ok());

    let page = app.get("/api/v1/auth/devices?limit=1").by(&first).send().await.ok();
    assert_eq!(page["items"].as_array().map(Vec::len), Some(1));
    let phone = &page["items"][0];
    assert_eq!(phone["name"], "Phone/1.0");
    assert_eq!(phone["address"], "192.0.2.7");
    assert_eq!(phone["current"], false);
    assert_eq!(phone["web"], false);
    let next =
        format!("/api/v1/auth/devices?limit=1&cursor={}", page["nextCursor"].as_str().expect("a cursor"));
    let rest = app.get(next).by(&first).send().await.ok();
    assert_eq!(rest["items"][0]["current"], true);
    assert_eq!(rest["nextCursor"], serde_json::Value::Null);
    app.get("/api/v1/auth/devices?cursor=AAAA").by(&first).send().await.expect(400).problem("invalid_cursor");

    let path = format!("/api/v1/auth/devices/{}", phone["id"].as_str().expect("an id"));
    let bob = app.listener("bob").await;
    let theirs = app.delete(&path).by(&bob).send().await.expect(404);
    let missing =
        app.delete("/api/v1/auth/devices/00000000-0000-7000-8000-000000000000").by(&bob).send().await;
    assert_eq!(without_request_id(&theirs), without_request_id(&missing.expect(404)));
    assert!(is_in(&app, &second).await);
    app.delete(&path).by(&first).send().await.expect(204);
    assert!(!is_in(&app, &second).await);
    app.delete(&path).by(&first).send().await.expect(404).problem("device_not_found");
}

#[testkit::test]
async fn a_hundred_and_first_device_ends_the_one_seen_longest_ago(app: TestApp) {
    let first = app.listener("ada").await;
    let copies = db::write!(app.db(), |tx| {
        for n in 0..99_u128 {
            sql!(
                "INSERT INTO device (id, account_id, web, name, address, created_at, seen_at, expires_at)
                 SELECT $1, account_id, web, name, address, created_at, seen_at + 1, expires_at
                 FROM device ORDER BY seen_at LIMIT 1"
            )
            .bind(uuid::Uuid::from_u128(n))
            .run(tx)
            .await?;
        }
        Ok::<_, db::Error>(())
    });
    copies.expect("99 rows");
    assert!(is_in(&app, &first).await);
    app.advance(Duration::from_secs(5));
    another_device(&app, "ada").await;
    assert!(!is_in(&app, &first).await);
    let left = db::read!(app.db(), |tx| sql!("SELECT COUNT(*) FROM device").scalar::<i64>(tx).await);
    assert_eq!(left.expect("a number"), 100);
}

#[testkit::test]
async fn a_suspended_account_is_out_and_stays_out(app: TestApp) {
    let ada = app.listener("ada").await;
    let admin = admin(&app, "root").await;
    assert!(is_in(&app, &ada).await);
    let path = format!("/api/v1/admin/users/{}", ada.id);
    app.patch(&path).by(&admin).json(json!({"suspended": true})).send().await.ok();
    assert!(!is_in(&app, &ada).await);
    refresh(&app, &ada.refresh_token).await.expect(401).problem("invalid_refresh_token");
    log_in(&app, "ada", "Wrong1234").await.expect(401).problem("invalid_credentials");
    log_in(&app, "ada", PASSWORD).await.expect(403).problem("account_suspended");
    app.patch(&path).by(&admin).json(json!({"suspended": false})).send().await.ok();
    assert!(!is_in(&app, &ada).await, "what ended stays ended");
    log_in(&app, "ada", PASSWORD).await.expect(200);
}

#[testkit::test]
async fn a_flood_of_log_ins_is_shed_and_says_when_to_come_back(app: TestApp) {
    let attempts = (0..200_u8).map(|n| {
        let call = app.post("/api/v1/auth/login").from(&format!("192.0.2.{n}"));
        call.json(json!({"login": format!("user{n}"), "password": PASSWORD})).send()
    });
    let replies = join_all(attempts).await;
    let shed: Vec<_> = replies.iter().filter(|reply| reply.status != 401).collect();
    assert!(!shed.is_empty() && shed.len() < 200, "{}", shed.len());
    for reply in shed {
        assert_eq!(reply.status, 503);
        assert_eq!(reply.header("retry-after"), Some("5"));
    }
}

#[testkit::test]
async fn no_log_in_slips_past_a_change_of_the_password(app: TestApp) {
    let here = app.listener("ada").await;
    let changing = async {
        change_password(&app, &here, PASSWORD, "Loudly8Whistling").await.expect(204);
    };
    let logging_in = join_all((0..6).map(|_| log_in(&app, "ada", PASSWORD)));
    let ((), replies) = join(changing, logging_in).await;
    for reply in replies {
        if reply.status == 200 {
            let late = user(&reply.json());
            app.advance(Duration::from_secs(5));
            assert!(!is_in(&app, &late).await, "let in by a password that is no more");
        }
    }
    assert!(is_in(&app, &here).await);
}

async fn change_password(app: &TestApp, by: &User, current: &str, new: &str) -> testkit::Reply {
    app.put("/api/v1/me/password").by(by).json(json!({"current": current, "new": new})).send().await
}

#[testkit::test]
async fn a_new_password_ends_the_other_devices(app: TestApp) {
    let here = app.listener("ada").await;
    let there = another_device(&app, "ada").await;
    change_password(&app, &here, "Wrong1234", "Loudly8Whistling").await.expect(403).problem("wrong_password");
    let weak = change_password(&app, &here, PASSWORD, "password1").await.expect(422);
    weak.problem("weak_password");
    assert_eq!(weak.pointers(), ["/new"]);
    assert!(is_in(&app, &there).await);
    change_password(&app, &here, PASSWORD, "Loudly8Whistling").await.expect(204);
    assert!(is_in(&app, &here).await);
    refresh(&app, &here.refresh_token).await.expect(200);
    assert!(!is_in(&app, &there).await);
    refresh(&app, &there.refresh_token).await.expect(401);
    log_in(&app, "ada", PASSWORD).await.expect(401);
    log_in(&app, "ada", "Loudly8Whistling").await.expect(200);
    app.put("/api/v1/me/password").json(json!({"current": "a", "new": "b"})).send().await.expect(401);
}

#[testkit::test]
async fn whoever_finds_an_open_device_cannot_guess_its_password(app: TestApp) {
    let ada = app.listener("ada").await;
    for _ in 0..10 {
        change_password(&app, &ada, "Wrong1234", "Loudly8Whistling").await.expect(403);
    }
    change_password(&app, &ada, PASSWORD, "Loudly8Whistling").await.expect(429).problem("rate_limited");
}
