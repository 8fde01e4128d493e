use std::time::Duration;

use db::sql;
use futures_util::future::join_all;
use infra::config::Registration;
use serde_json::{Value, json};
use testkit::TestApp;

use super::{Wallet, count, log_in, me};
use crate::identity::{PASSWORD, is_in, user};

#[testkit::test]
async fn the_first_log_in_makes_a_listener_and_the_next_finds_it(app: TestApp) {
    let wallet = Wallet::new(1);
    let address = wallet.address().to_string();
    let asked = app.post("/api/v1/auth/wallet/nonce").json(json!({"address": address.to_lowercase()}));
    let asked = asked.send().await.ok();
    assert_eq!(asked["expiresAt"], app.now().plus(Duration::from_mins(5)).to_string());
    let nonce = asked["nonce"].as_str().unwrap();
    assert_eq!(nonce.len(), 32);
    assert_eq!(
        asked["message"].as_str().unwrap(),
        format!(
            "http://127.0.0.1:4533 wants you to sign in with your Ethereum account:\n{address}\n\n\
             Log in to Resonance. This moves no money.\n\nURI: http://127.0.0.1:4533\nVersion: 1\nChain ID: 1\n\
             Nonce: {nonce}\nIssued At: {}\nExpiration Time: {}",
            app.now(),
            app.now().plus(Duration::from_mins(5))
        )
    );
    let reply = log_in(&app, &wallet.signed(asked["message"].as_str().unwrap())).await.expect(200);
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    let session = reply.json();
    assert_eq!([&session["created"], &session["isArtist"]], [true, false]);
    assert_eq!((&session["artists"], &session["expiresIn"]), (&json!([]), &json!(900)));
    let ada = user(&session);
    assert!(is_in(&app, &ada).await);
    let told = db::read!(app.db(), |tx| db::outbox::unsent(tx, 10).await).expect("the outbox");
    assert_eq!(told.iter().map(|m| m.topic.as_str()).collect::<Vec<_>>(), ["account.created"]);

    let shown = me(&app, &ada).await;
    assert_eq!([&shown["email"], &shown["username"], &shown["ensName"]], [&Value::Null; 3]);
    assert_eq!((&shown["role"], &shown["wallets"]), (&json!("listener"), &json!([address])));
    app.post("/api/v1/artists").by(&ada).json(json!({"displayName": "Ada"})).send().await.expect(201);

    let again = wallet.log_in(&app).await.ok();
    assert_eq!(again["user"]["userId"], ada.id);
    assert_eq!([&again["created"], &again["isArtist"]], [false, true]);
    assert_eq!(again["artists"][0]["displayName"], "Ada");
    let devices = app.get("/api/v1/auth/devices").by(&ada).send().await.ok();
    assert_eq!(devices["items"].as_array().unwrap().len(), 2);
    // Its refresh tokens are like any other.
    crate::identity::refresh(&app, &ada.refresh_token).await.expect(200);
}

#[testkit::test]
async fn other_messages_around_the_nonce_are_taken_too(app: TestApp) {
    let wallet = Wallet::new(1);
    let address = wallet.address();
    let nonce = async |chain: Option<u64>| {
        let body = json!({"address": address.to_string(), "chainId": chain});
        let asked = app.post("/api/v1/auth/wallet/nonce").json(body).send().await.ok();
        asked["nonce"].as_str().expect("a nonce").to_owned()
    };
    let older = format!("BeatStream Authentication\nNonce: {}\nWallet: {address}", nonce(None).await);
    assert_eq!(log_in(&app, &wallet.signed(&older)).await.ok()["created"], true);
    log_in(&app, &wallet.signed(&older)).await.expect(401).problem("wallet_nonce_invalid");
    // As a client may make it up: no statement, a page of ours, resources, its own clock a minute ahead.
    let own = format!(
        "127.0.0.1:4533 wants you to sign in with your Ethereum account:\n{}\n\n\n\
         URI: http://127.0.0.1:4533/login?next=/\nVersion: 1\nChain ID: 31337\nNonce: {}\nIssued At: {}\n\
         Request ID: 7\nResources:\n- http://127.0.0.1:4533/terms",
        address.to_string().to_lowercase(),
        nonce(Some(31_337)).await,
        app.now().plus(Duration::from_mins(1)),
    );
    assert_eq!(log_in(&app, &wallet.signed(&own)).await.ok()["created"], false);
}

#[testkit::test]
async fn of_64_log_ins_with_one_nonce_one_succeeds(app: TestApp) {
    let wallet = Wallet::new(1);
    for known in [false, true] {
        let signed = wallet.signed(&wallet.ask(&app, None).await);
        let replies = join_all((0..64).map(|_| log_in(&app, &signed))).await;
        assert_eq!(count(&replies, [200, 401]), [1, 63], "known: {known}");
        for refused in replies.iter().filter(|reply| reply.status == 401) {
            refused.problem("wallet_nonce_invalid");
        }
        app.advance(Duration::from_mins(10));
    }
    let accounts = db::read!(app.db(), |tx| sql!("SELECT COUNT(*) FROM account").scalar::<i64>(tx).await);
    assert_eq!(accounts.expect("a count"), 1);
}

#[testkit::test]
async fn of_many_first_log_ins_one_makes_the_account(app: TestApp) {
    for n in 1..=4 {
        let wallet = Wallet::new(n);
        let messages = join_all((0..16).map(|_| wallet.ask(&app, None))).await;
        let signed: Vec<Value> = messages.iter().map(|message| wallet.signed(message)).collect();
        let replies = join_all(signed.iter().map(|signed| log_in(&app, signed))).await;
        let sessions: Vec<Value> = replies.into_iter().map(|reply| reply.expect(200).json()).collect();
        assert_eq!(sessions.iter().filter(|session| session["created"] == true).count(), 1);
        let id = &sessions[0]["user"]["userId"];
        assert!(sessions.iter().all(|session| session["user"]["userId"] == *id));
        app.advance(Duration::from_mins(1));
    }
    let rows = db::read!(app.db(), |tx| {
        sql!("SELECT (SELECT COUNT(*) FROM account), (SELECT COUNT(*) FROM outbox), (SELECT COUNT(*) FROM wallet_nonce)")
            .one::<(i64, i64, i64)>(tx)
            .await
    });
    assert_eq!(rows.expect("counts"), (4, 4, 0));
}

#[testkit::test]
async fn a_browser_gets_cookies(app: TestApp) {
    let wallet = Wallet::new(1);
    let signed = wallet.signed(&wallet.ask(&app, None).await);
    let call = app.post("/api/v1/auth/wallet/login").header("x-resonance-client", "web").json(&signed);
    let reply = call.send().await.expect(200);
    let session = reply.json();
    assert_eq!((&session["accessToken"], &session["refreshToken"]), (&Value::Null, &Value::Null));
    assert_eq!(session["created"], true);
    let cookies = reply.headers_named("set-cookie");
    let jar: Vec<&str> = cookies.iter().filter_map(|cookie| cookie.split(';').next()).collect();
    assert!(jar.len() == 2 && jar[0].starts_with("__Host-resonance_access="), "{jar:?}");
    let devices = app.get("/api/v1/auth/devices").header("cookie", &jar.join("; ")).send().await.ok();
    assert_eq!(devices["items"][0]["web"], true);
}

#[testkit::test]
async fn who_is_suspended_or_not_wanted_is_told_so(app: TestApp) {
    let (known, unknown) = (Wallet::new(1), Wallet::new(2));
    let ada = known.enter(&app).await;
    let app = app.reconfigured(|config| config.auth.registration = Registration::Closed);
    unknown.log_in(&app).await.expect(403).problem("registration_closed");
    assert_eq!(known.log_in(&app).await.ok()["created"], false);
    let root = app.admin("root").await;
    let path = format!("/api/v1/admin/users/{}", ada.id);
    app.patch(&path).by(&root).json(json!({"suspended": true})).send().await.ok();
    known.log_in(&app).await.expect(403).problem("account_suspended");
    assert!(!is_in(&app, &ada).await);
    app.patch(&path).by(&root).json(json!({"suspended": false})).send().await.ok();
    known.log_in(&app).await.expect(200);
}

#[testkit::test]
async fn nonces_are_limited_and_go_when_their_time_is_over(app: TestApp) {
    let body = json!({"address": Wallet::new(1).address().to_string()});
    let ask =
        |from: &str| app.post("/api/v1/auth/wallet/nonce").from(from).header("host", "localhost").json(&body);
    for _ in 0..100 {
        ask("127.0.0.9").send().await.expect(200);
    }
    let refused = ask("127.0.0.9").send().await.expect(429);
    refused.problem("rate_limited");
    assert_eq!(refused.header("retry-after"), Some("3"));
    ask("127.0.0.8").send().await.expect(200);
    let rows = async || {
        let count =
            db::read!(app.db(), |tx| sql!("SELECT COUNT(*) FROM wallet_nonce").scalar::<i64>(tx).await);
        count.expect("a count")
    };
    assert_eq!(rows().await, 101);
    app.advance(Duration::from_secs(299));
    server::upkeep(&app.service.app).await.expect("upkeep");
    assert_eq!(rows().await, 101);
    app.advance(Duration::from_secs(1));
    server::upkeep(&app.service.app).await.expect("upkeep");
    assert_eq!(rows().await, 0);
    // All together are bounded, whatever their addresses.
    let flood =
        infra::Quota { name: "wallet-nonces", burst: 1, every: Duration::from_secs(10_000 / 50 + 60) };
    app.service.app.limits.take(flood, "", app.now()).expect("the first");
    ask("127.0.0.7").send().await.expect(429).problem("rate_limited");
}

#[testkit::test]
async fn an_account_without_an_address_can_get_one_and_a_password(app: TestApp) {
    let wallet = Wallet::new(1);
    let ada = wallet.enter(&app).await;
    app.listener("bob").await;
    let add = async |email: &str, password: &str| {
        let body = json!({"email": email, "password": password});
        app.post("/api/v1/me/password").by(&ada).json(body).send().await
    };
    let change = json!({"current": "", "new": PASSWORD});
    app.put("/api/v1/me/password").by(&ada).json(change).send().await.expect(403).problem("wrong_password");
    assert_eq!(add("ada", PASSWORD).await.expect(422).pointers(), ["/email"]);
    add("ada@example.org", "password1").await.expect(422).problem("weak_password");
    add("BOB@example.com", PASSWORD).await.expect(409).problem("email_taken");
    assert_eq!(me(&app, &ada).await["email"], Value::Null);
    let replies =
        join_all((0..4).map(|n| async move { (n, add(&format!("Ada{n}@example.org"), PASSWORD).await) }))
            .await;
    let (won, lost): (Vec<_>, Vec<_>) = replies.into_iter().partition(|(_, reply)| reply.status == 204);
    assert_eq!(won.len(), 1);
    for (_, reply) in &lost {
        reply.problem("password_set");
    }
    let email = format!("ada{}@example.org", won[0].0);
    assert_eq!(me(&app, &ada).await["email"], email);
    crate::identity::log_in(&app, &email, PASSWORD).await.expect(200);
    assert_eq!(wallet.log_in(&app).await.ok()["user"]["email"], email);
    wallet.unlink(&app, &ada).await.expect(200);
    assert_eq!(wallet.log_in(&app).await.ok()["created"], true, "it is nobody's again");
}

#[testkit::test]
async fn operators_see_and_name_accounts_by_their_wallets(app: TestApp) {
    let root = app.admin("root").await;
    let (wallet, other) = (Wallet::new(1), Wallet::new(2));
    let ada = wallet.enter(&app).await;
    other.link(&app, &ada).await.expect(200);
    app.listener("bob").await;
    let both = json!([wallet.address().to_string(), other.address().to_string()]);
    let q = other.address().to_string().to_lowercase();
    let found = app.get(format!("/api/v1/admin/users?q={q}")).by(&root).send().await.ok();
    assert_eq!(found["items"].as_array().unwrap().len(), 1);
    assert_eq!((&found["items"][0]["wallets"], &found["items"][0]["email"]), (&both, &Value::Null));
    let all = app.get("/api/v1/admin/users").by(&root).send().await.ok();
    let wallets: Vec<&Value> = all["items"].as_array().unwrap().iter().map(|user| &user["wallets"]).collect();
    assert!(
        wallets.contains(&&both) && wallets.iter().filter(|wallets| ***wallets == json!([])).count() == 2
    );
    for name in [&q, &ada.id] {
        let member = identity::admin::named(&app.service.identity, name).await.expect("an account");
        assert_eq!(member.user_id.to_string(), ada.id);
    }
    let id = ada.id.parse().expect("an id");
    let useless = identity::admin::set_password(&app.service.identity, id, PASSWORD).await;
    assert!(useless.unwrap_err().to_string().contains("neither an e-mail address nor a username"));
}
