//! What people have, what became of it, and how more comes in.

use std::time::Duration;

use infra::config::Mode;
use kernel::{Amount, Asset, HoldId, RedemptionId, SessionId, TipId, TrackId};
use money::{
    ledger::{Charge, Entry, RewardFor},
    split::{Distribution, Share, Splits},
};
use serde_json::{Value, json};
use testkit::{Reply, TestApp, User};
use uuid::Uuid;

use crate::ledger::{checked, posted};

async fn balances(app: &TestApp, user: &User) -> Value {
    app.get("/api/v1/me/balances").by(user).send().await.ok()
}

async fn beats(app: &TestApp, user: &User) -> [String; 2] {
    let all = balances(app, user).await;
    ["available", "held"].map(|name| all[0][name].as_str().unwrap().to_owned())
}

async fn transactions(app: &TestApp, user: &User, query: &str) -> Value {
    app.get(format!("/api/v1/me/transactions{query}")).by(user).send().await.ok()
}

async fn faucet(app: &TestApp, user: &User, key: &str, amount: &str) -> Reply {
    let call = app.post("/api/v1/dev/faucet").by(user).header("idempotency-key", key);
    call.json(json!({"amount": amount})).send().await
}

async fn top_up(app: &TestApp, user: &User, key: &str, amount: &str, method: &str) -> Reply {
    let call = app.post("/api/v1/me/top-ups").by(user).header("idempotency-key", key);
    call.json(json!({"asset": "BEAT", "amount": amount, "method": method})).send().await
}

#[testkit::test]
async fn a_new_wallet_is_empty(app: TestApp) {
    let ana = app.listener("ana").await;
    let zero = |asset| json!({"asset": asset, "available": "0", "held": "0"});
    assert_eq!(balances(&app, &ana).await, json!([zero("BEAT"), zero("BTN"), zero("USDC")]));
    assert_eq!(transactions(&app, &ana, "").await, json!({"items": [], "nextCursor": null}));
    app.get("/api/v1/me/balances").send().await.expect(401);
}

#[testkit::test]
async fn the_faucet_gives_once_under_a_key_and_within_bounds(app: TestApp) {
    let (ana, ben) = (app.listener("ana").await, app.listener("ben").await);
    let first = faucet(&app, &ana, "one", "5000000").await.expect(201).json();
    assert_eq!(faucet(&app, &ana, "one", "5000000").await.expect(201).json(), first, "the same answer");
    faucet(&app, &ana, "one", "6000000").await.expect(422).problem("idempotency_key_reused");
    // Another's key is another key.
    faucet(&app, &ben, "one", "7000000").await.expect(201);
    assert_eq!(beats(&app, &ana).await, ["5000000", "0"]);
    for wrong in ["0", "-1", "1.5", "", "1000000001", "99999999999999999999"] {
        let refused = faucet(&app, &ana, "two", wrong).await.expect(422);
        assert_eq!(refused.pointers(), ["/amount"], "{wrong}");
    }
    faucet(&app, &ana, "with blanks", "1").await.expect(400).problem("invalid_request");
    // Those who ask again and again wait.
    let mut given = 1;
    loop {
        let reply = faucet(&app, &ana, &format!("key-{given}"), "1").await;
        if reply.status.as_u16() == 429 {
            break;
        }
        reply.expect(201);
        given += 1;
        assert!(given < 20, "there is no end to it");
    }
    // What was given before is answered all the same, and a request that had to wait has not used up its key.
    assert_eq!(faucet(&app, &ana, "one", "5000000").await.expect(201).json(), first);
    app.advance(Duration::from_hours(24));
    let ana = app.again("ana").await;
    faucet(&app, &ana, &format!("key-{given}"), "1").await.expect(201);
    app.advance(Duration::from_hours(24));
    checked(&app).await;
}

#[testkit::test]
async fn many_requests_under_one_key_give_once(app: TestApp) {
    let ana = app.listener("ana").await;
    let calls = (0..5).map(|_| faucet(&app, &ana, "one", "5000000"));
    let paid = (0..5).map(|_| top_up(&app, &ana, "two", "1000000", "test"));
    for reply in futures_util::future::join_all(calls).await {
        reply.expect(201);
    }
    for reply in futures_util::future::join_all(paid).await {
        // The others may meet the first at work.
        assert!([201, 409].contains(&reply.status.as_u16()), "{}", reply.status.as_u16());
    }
    assert_eq!(beats(&app, &ana).await, ["6000000", "0"]);
    assert_eq!(checked(&app).await.entries().len(), 2);
}

#[testkit::test]
async fn in_production_nothing_is_given_and_nothing_pretended(app: TestApp) {
    let ana = app.listener("ana").await;
    let app = app.reconfigured(|config| config.mode = Mode::Production);
    faucet(&app, &ana, "one", "5000000").await.expect(404).problem("not_found");
    app.post("/api/v1/dev/faucet").json(json!({"amount": "1"})).send().await.expect(404);
    top_up(&app, &ana, "one", "5000000", "test").await.expect(403).problem("payments_unavailable");
    assert_eq!(beats(&app, &ana).await, ["0", "0"]);
    let here = app.get("/api/v1/instance").send().await.ok();
    assert_eq!((&here["mode"], &here["waysIn"]["topUpMethods"]), (&json!("production"), &json!([])));
    assert_eq!(here["waysIn"]["faucetMost"], json!(null));
}

/// What a server says of itself is what it does.
#[testkit::test]
async fn every_way_in_that_is_named_works(app: TestApp) {
    let ana = app.listener("ana").await;
    let here = app.get("/api/v1/instance").send().await.ok();
    assert_eq!(here["mode"], "test");
    let ways = &here["waysIn"];
    let most = |way: &Value| way["amount"].as_str().unwrap().parse::<i64>().unwrap();
    let methods = ways["topUpMethods"].as_array().unwrap();
    assert_eq!(methods.len(), 4);
    for method in methods.iter().map(|method| method.as_str().unwrap()) {
        let paid = top_up(&app, &ana, method, "1", method).await;
        assert!(paid.status.is_success(), "{method}");
    }
    for (sum, status) in [(most(&ways["topUpMost"]), 201), (most(&ways["topUpMost"]) + 1, 422)] {
        top_up(&app, &ana, &format!("pay-{status}"), &sum.to_string(), "test").await.expect(status);
    }
    for (sum, status) in [(most(&ways["faucetMost"]), 201), (most(&ways["faucetMost"]) + 1, 422)] {
        faucet(&app, &ana, &format!("play-{status}"), &sum.to_string()).await.expect(status);
    }
}

#[testkit::test]
async fn a_top_up_ends_once_whatever_the_provider_says(app: TestApp) {
    let (ana, ben) = (app.listener("ana").await, app.listener("ben").await);
    let paid = top_up(&app, &ana, "one", "5000000", "test").await.expect(201).json();
    assert_eq!((&paid["state"], &paid["amount"]["amount"]), (&json!("settled"), &json!("5000000")));
    assert_eq!(top_up(&app, &ana, "one", "5000000", "test").await.expect(201).json(), paid);
    top_up(&app, &ana, "one", "5000001", "test").await.expect(422).problem("idempotency_key_reused");
    let declined = top_up(&app, &ana, "two", "5000000", "test-declined").await.expect(201).json();
    assert_eq!(declined["state"], "declined");
    assert_eq!(beats(&app, &ana).await, ["5000000", "0"]);

    // Nobody knows at first: it is looked into.
    let unknown = top_up(&app, &ana, "three", "300", "test-unknown").await.expect(202).json();
    let lost = top_up(&app, &ana, "four", "400", "test-lost").await.expect(202).json();
    assert_eq!((&unknown["state"], &lost["state"]), (&json!("pending"), &json!("pending")));
    assert_eq!(beats(&app, &ana).await, ["5000000", "0"]);
    app.advance(Duration::from_secs(31));
    app.run_jobs().await;
    let see = async |top_up: &Value, user: &User| {
        app.get(format!("/api/v1/me/top-ups/{}", top_up["id"].as_str().unwrap())).by(user).send().await
    };
    assert_eq!(see(&unknown, &ana).await.ok()["state"], "settled");
    assert_eq!(see(&lost, &ana).await.ok()["state"], "declined");
    see(&unknown, &ben).await.expect(404).problem("not_found");
    app.run_jobs().await;
    assert_eq!(beats(&app, &ana).await, ["5000300", "0"]);

    let wrong = json!({"asset": "BTN", "amount": "0", "method": "gold"});
    let refused = app.post("/api/v1/me/top-ups").by(&ana).json(wrong).send().await.expect(422);
    assert_eq!(refused.pointers(), ["/asset", "/method", "/amount"]);
    checked(&app).await;
}

#[testkit::test]
async fn transactions_say_what_happened(app: TestApp) {
    let ana = app.listener("ana").await;
    let ben = app.artist("ben").await;
    let page = json!({"displayName": "Ben and the Bugs"});
    let page = app.post("/api/v1/artists").by(&ben).json(page).send().await.expect(201).json();
    let artist = kernel::ArtistId(page["id"].as_str().unwrap().parse().unwrap());
    let who = kernel::AccountId(ana.id.parse().unwrap());
    let other = kernel::AccountId(ben.id.parse().unwrap());
    let (at, beat) = (app.now(), |minor| Amount { asset: Asset::Beat, minor });
    let (session, hold, track) =
        (Uuid::from_u128(7), HoldId(Uuid::from_u128(8)), TrackId(Uuid::from_u128(9)));
    top_up(&app, &ana, "one", "5000", "test").await.expect(201);
    let rule = Distribution::new(Splits::new(vec![Share { artist, bp: 10_000 }]).unwrap(), 0).unwrap();
    let charge = Charge {
        session: SessionId(session),
        listener: who,
        asset: Asset::Beat,
        beats: 15,
        before: 0,
        after: 600,
    };
    let tip = TipId(Uuid::from_u128(10));
    let entries = [
        Entry::hold_granted(hold, 0, at, who, beat(1_000)),
        Entry::capture(&charge, at, &rule),
        Entry::hold_released(hold, at, who, beat(400)),
        Entry::tip(tip, at, who, artist, beat(30)),
        Entry::supply(at, 1_000_000),
        Entry::reward(who, RewardFor::FullPlay(track, 20_000), at, 50),
        Entry::points_tip(TipId(Uuid::from_u128(11)), at, who, other, 20),
        Entry::redemption(RedemptionId(Uuid::from_u128(12)), at, who, 10),
    ];
    posted(&app, &entries.map(Result::unwrap)).await.unwrap();
    assert_eq!(beats(&app, &ana).await, ["4370", "0"]);

    let all = transactions(&app, &ana, "").await;
    let said: Vec<[&str; 5]> = all["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| {
            ["description", "asset", "amount", "available", "held"].map(|name| item[name].as_str().unwrap())
        })
        .collect();
    let expected = [
        ["Points redeemed", "BTN", "-10", "-10", "0"],
        ["Points given", "BTN", "-20", "-20", "0"],
        ["Points for a track heard to its end", "BTN", "50", "50", "0"],
        ["Tip to Ben and the Bugs", "BEAT", "-30", "-30", "0"],
        ["Set aside and not needed", "BEAT", "0", "400", "-400"],
        ["Listening to Ben and the Bugs", "BEAT", "-600", "0", "-600"],
        ["Set aside for listening", "BEAT", "0", "-1000", "1000"],
        ["Paid in", "BEAT", "5000", "5000", "0"],
    ];
    assert_eq!(said, expected);
    let of = |n: usize, name: &str| all["items"][n][name].clone();
    assert_eq!((of(5, "sessionId"), of(5, "kind")), (json!(session), json!("capture")));
    assert_eq!((of(3, "tipId"), of(2, "trackId")), (json!(tip), json!(track)));
    assert_eq!(of(3, "artists"), json!([{"id": artist, "name": "Ben and the Bugs"}]));

    // Page by page it is the same, and of one asset it is that alone.
    let mut pages = Vec::new();
    let mut query = "?limit=3".to_owned();
    loop {
        let page = transactions(&app, &ana, &query).await;
        pages.extend(page["items"].as_array().unwrap().clone());
        let Some(cursor) = page["nextCursor"].as_str() else { break };
        query = format!("?limit=3&cursor={cursor}");
    }
    assert_eq!(json!(pages), all["items"]);
    let points = transactions(&app, &ana, "?asset=BTN").await;
    assert_eq!(points["items"].as_array().unwrap().len(), 3);
    let theirs = transactions(&app, &ben, "").await;
    assert_eq!(theirs["items"][0]["description"], "Points received");
    app.get("/api/v1/me/transactions?asset=GOLD").by(&ana).send().await.expect(400);
    app.get("/api/v1/me/transactions?cursor=x").by(&ana).send().await.expect(400).problem("invalid_cursor");
}

#[testkit::test]
async fn the_operator_sees_what_the_ledger_holds(app: TestApp) {
    let (ana, root) = (app.listener("ana").await, app.admin("root").await);
    faucet(&app, &ana, "one", "5000000").await.expect(201);
    posted(&app, &[Entry::supply(app.now(), 1_000).unwrap()]).await.unwrap();
    let who = kernel::AccountId(ana.id.parse().unwrap());
    let like = RewardFor::FirstLike(TrackId(Uuid::from_u128(9)));
    posted(&app, &[Entry::reward(who, like, app.now(), 50).unwrap()]).await.unwrap();
    let stats = app.get("/api/v1/admin/stats").by(&root).send().await.ok();
    let class = |class: &str, amount: &str| json!({"class": class, "amount": amount});
    assert_eq!(
        stats["money"],
        json!([
            {"asset": "BEAT", "circulating": "5000000", "sum": "0",
             "classes": [class("available", "5000000"), class("clearing", "-5000000")]},
            {"asset": "BTN", "circulating": "50", "sum": "0",
             "classes": [class("available", "50"), class("clearing", "-1000"), class("rewards", "950")]},
            {"asset": "USDC", "circulating": "0", "sum": "0", "classes": []},
        ])
    );
}
