use futures_util::future::join_all;
use infra::config::Registration;
use serde_json::{Value, json};
use testkit::{Reply, TestApp};

use super::{PASSWORD, is_in, log_in, user};

async fn register(app: &TestApp, body: Value) -> Reply {
    app.post("/api/v1/auth/register").json(body).send().await
}

#[testkit::test]
async fn whoever_registers_is_logged_in(app: TestApp) {
    let body = json!({"email": "Ada@Example.org", "password": PASSWORD, "username": "Ada.L", "role": "FAN"});
    let reply = register(&app, body).await.expect(201);
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    assert!(reply.headers_named("set-cookie").is_empty());
    let session = reply.json();
    let ada = user(&session);
    assert!(is_in(&app, &ada).await);
    assert_eq!(session["expiresIn"], 900);
    assert_eq!(
        session["user"],
        json!({
            "userId": ada.id, "email": "ada@example.org", "username": "Ada.L", "role": "listener",
            "createdAt": app.now().to_string(),
            "profile": {"bio": "", "avatarUrl": null, "audioQuality": "high", "offlineEnabled": false},
        })
    );
    let told = db::read!(app.db(), |tx| db::outbox::unsent(tx, 10).await).expect("the outbox");
    assert_eq!(told.iter().map(|m| m.topic.as_str()).collect::<Vec<_>>(), ["account.created"]);
    assert!(told[0].payload.contains(&ada.id));
}

#[testkit::test]
async fn a_role_is_listener_or_artist_under_any_of_their_names(app: TestApp) {
    let roles = [("listener", "listener"), ("User", "listener"), ("fan", "listener"), ("ARTIST", "artist")];
    for (i, (asked, given)) in roles.into_iter().enumerate() {
        let body = json!({"email": format!("a{i}@example.org"), "password": PASSWORD, "role": asked});
        let session = register(&app, body).await.expect(201).json();
        assert_eq!(session["user"]["role"], given);
        assert_eq!(session["user"]["username"], Value::Null);
    }
    for role in ["ADMIN", "admin", "moderator", "", "artist "] {
        let reply =
            register(&app, json!({"email": "b@example.org", "password": PASSWORD, "role": role})).await;
        let reply = reply.expect(422);
        reply.problem("validation_failed");
        assert_eq!(reply.pointers(), ["/role"], "{role}");
    }
    log_in(&app, "b@example.org", PASSWORD).await.expect(401);
}

#[testkit::test]
async fn every_wrong_field_is_named(app: TestApp) {
    let cases = [
        (json!({"password": PASSWORD}), vec!["/email"]),
        (json!({"email": "ada@example.org"}), vec!["/password"]),
        (json!({"email": "ada@example.org", "password": PASSWORD, "isAdmin": true}), vec!["/isAdmin"]),
        (json!({"email": 7, "password": PASSWORD}), vec!["/email"]),
        (json!({"email": "ada", "password": PASSWORD}), vec!["/email"]),
        (
            json!({"email": "ada@example.org", "password": PASSWORD, "username": "a@b.example"}),
            vec!["/username"],
        ),
        (json!({"email": "ada", "password": PASSWORD, "role": "king"}), vec!["/email", "/role"]),
        (json!({"email": "ada@example.org\u{0}", "password": PASSWORD}), vec!["/email"]),
    ];
    for (body, pointers) in cases {
        let reply = register(&app, body.clone()).await.expect(422);
        reply.problem("validation_failed");
        assert_eq!(reply.pointers(), pointers, "{body}");
    }
    for (password, code) in
        [("password1", "too_common"), ("short1", "too_short"), ("letters-only", "letters_and_digits")]
    {
        let reply =
            register(&app, json!({"email": "ada@example.org", "password": password})).await.expect(422);
        assert_eq!(reply.problem("weak_password")["errors"][0]["code"], code);
        assert_eq!(reply.pointers(), ["/password"]);
    }
    app.post("/api/v1/auth/register")
        .body("application/json", "{")
        .send()
        .await
        .expect(400)
        .problem("invalid_request");
    app.post("/api/v1/auth/register").body("text/plain", "{}").send().await.expect(415);
}

#[testkit::test]
async fn one_address_and_one_username_make_one_account(app: TestApp) {
    let body =
        |email: &str, username: &str| json!({"email": email, "password": PASSWORD, "username": username});
    register(&app, body("ada@example.org", "Ada")).await.expect(201);
    let reply = register(&app, body("ADA@example.org", "other")).await.expect(409);
    reply.problem("email_taken");
    assert_eq!(reply.pointers(), ["/email"]);
    let reply = register(&app, body("other@example.org", "aDA")).await.expect(409);
    reply.problem("username_taken");
    assert_eq!(reply.pointers(), ["/username"]);

    let bodies = (0..12).map(|i| body("bob@example.org", &format!("bob{i}")));
    let replies = join_all(bodies.map(|body| register(&app, body))).await;
    let mut statuses: Vec<u16> = replies.iter().map(|reply| reply.status.as_u16()).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [vec![201], vec![409; 11]].concat());
}

#[testkit::test]
async fn closed_registration_is_said(app: TestApp) {
    let app = app.reconfigured(|config| config.auth.registration = Registration::Closed);
    let reply = register(&app, json!({"email": "ada@example.org", "password": PASSWORD})).await.expect(403);
    reply.problem("registration_closed");
}

#[testkit::test]
async fn joining_is_limited_by_address(app: TestApp) {
    let app = app
        .reconfigured(|config| config.http.trusted_proxies = vec!["10.0.0.0/8".parse().expect("a network")]);
    let nonsense = json!({"email": "nobody", "password": "x"});
    let from = |address: &str, forwarded: Option<&str>| {
        let call = app.post("/api/v1/auth/register").from(address).json(&nonsense);
        match forwarded {
            Some(forwarded) => call.header("x-forwarded-for", forwarded),
            None => call,
        }
    };
    for n in 0..100_u8 {
        from("2001:db8:1:2::9", None).send().await.expect(422);
        from("10.0.0.1", Some(&format!("203.0.113.{n}, 198.51.100.7"))).send().await.expect(422);
    }
    let refused = from("2001:db8:1:2:ffff::1", None).send().await.expect(429);
    refused.problem("rate_limited");
    assert_eq!(refused.header("retry-after"), Some("10"));
    // What the caller adds before the proxy's own word buys nothing.
    from("10.0.0.1", Some("203.0.113.200, 198.51.100.7")).send().await.expect(429);
    from("10.0.0.1", Some("198.51.100.8")).send().await.expect(422);
    from("2001:db8:1:3::1", None).send().await.expect(422);
    app.advance(std::time::Duration::from_secs(10));
    from("2001:db8:1:2::9", None).send().await.expect(422);
    from("2001:db8:1:2::9", None).send().await.expect(429);
}

#[testkit::test]
async fn people_are_found_by_username_and_never_by_address(app: TestApp) {
    let body = json!({"email": "ada@example.org", "password": "FanPass123", "username": "Ada"});
    let ada = register(&app, body).await.expect(201).json()["user"]["userId"].clone();
    let (ben, root) = (app.listener("ben").await, app.admin("root").await);
    let find = async |name: &str| app.get(format!("/api/v1/users/{name}")).by(&ben).send().await;
    for name in ["Ada", "ada", "ADA"] {
        let found = find(name).await.ok();
        assert_eq!(found, json!({"userId": ada, "username": "Ada", "avatarUrl": null}));
    }
    // An address that has an account is answered as one that has none, and as a name that nobody has.
    let said = async |name: &str| {
        let mut problem = find(name).await.expect(404).json();
        problem.as_object_mut().unwrap().remove("requestId");
        problem
    };
    let nobody = said("nobody").await;
    assert_eq!(nobody["code"], "account_not_found");
    for name in ["ada@example.org", "eve@example.org", "ad", "%25", ada.as_str().unwrap()] {
        assert_eq!(said(name).await, nobody, "{name}");
    }
    app.get("/api/v1/users/ada").send().await.expect(401).problem("unauthenticated");
    // Names cannot be tried without end.
    let mut tried = 0;
    while find("guess").await.status == 404 {
        tried += 1;
        assert!(tried < 100);
    }
    find("ada").await.expect(429).problem("rate_limited");
    app.advance(std::time::Duration::from_mins(1));
    let path = format!("/api/v1/admin/users/{}", ada.as_str().unwrap());
    app.patch(path).by(&root).json(json!({"suspended": true})).send().await.ok();
    assert_eq!(said("ada").await, nobody, "who is suspended is not to be found");
}
