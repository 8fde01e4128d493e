//! Gifts to artists.

use futures_util::future::join_all;
use kernel::{AccountId, ArtistId, Asset};
use money::ledger::Account;
use serde_json::{Value, json};
use testkit::{Reply, TestApp, User};

use crate::{
    import::{Shelf, Song},
    ledger::checked,
    rewards::give,
    sessions::fund,
};

async fn page(app: &TestApp, user: &User, name: &str) -> ArtistId {
    let made = app.post("/api/v1/artists").by(user).json(json!({"displayName": name})).send().await;
    ArtistId(made.expect(201).json()["id"].as_str().unwrap().parse().unwrap())
}

pub(crate) async fn tip(
    app: &TestApp,
    who: &User,
    key: &str,
    to: ArtistId,
    asset: &str,
    amount: &str,
) -> Reply {
    let body = json!({"artistId": to, "asset": asset, "amount": amount});
    app.post("/api/v1/me/tips").by(who).header("idempotency-key", key).json(body).send().await
}

async fn balance(app: &TestApp, account: Account, asset: Asset) -> i64 {
    db::read!(app.db(), |tx| commerce::ledger::balance(tx, account, asset).await).unwrap()
}

fn wallet(user: &User) -> Account {
    Account::Available(AccountId(user.id.parse().unwrap()))
}

async fn newest(app: &TestApp, user: &User, path: &str) -> Value {
    app.get(format!("/api/v1/{path}")).by(user).send().await.ok()["items"][0].clone()
}

#[testkit::test]
async fn a_tip_in_beats_is_the_artists_whole_and_once(app: TestApp) {
    let app = app.reconfigured(|config| config.platform.fee_bp = 1_000);
    let (ana, ben) = (app.artist("ana").await, app.listener("ben").await);
    let artist = page(&app, &ana, "Ana").await;
    fund(&app, &ben, 1_000_000).await;
    let first = tip(&app, &ben, "one", artist, "BEAT", "250000").await.expect(201).json();
    assert_eq!(first["amount"], json!({"asset": "BEAT", "amount": "250000"}));
    assert_eq!(tip(&app, &ben, "one", artist, "BEAT", "250000").await.expect(201).json(), first);
    tip(&app, &ben, "one", artist, "BEAT", "1").await.expect(422).problem("idempotency_key_reused");
    assert_eq!(balance(&app, wallet(&ben), Asset::Beat).await, 750_000);
    assert_eq!(balance(&app, Account::Earned(artist), Asset::Beat).await, 250_000, "no fee");

    app.run_events().await;
    app.run_events().await;
    let told = app.get("/api/v1/notifications").by(&ana).send().await.ok();
    let told = told["items"].as_array().unwrap().clone();
    assert_eq!((told.len(), &told[0]["type"]), (1, &json!("tip_received")));
    assert_eq!(told[0]["message"], "ben gave Ana 0.25 BEAT");
    assert_eq!(newest(&app, &ben, "me/transactions").await["description"], "Tip to Ana");
    let earnings = app.get(format!("/api/v1/artists/{artist}/earnings")).by(&ana).send().await.ok();
    assert_eq!(earnings["balances"][0]["earned"], "250000");
    assert_eq!(earnings["tips"], json!([{"count": 1, "amount": {"asset": "BEAT", "amount": "250000"}}]));
    checked(&app).await;
}

#[testkit::test]
async fn a_tip_in_points_is_its_owners_and_no_earnings(app: TestApp) {
    let (ana, ben) = (app.artist("ana").await, app.listener("ben").await);
    let artist = page(&app, &ana, "Ana").await;
    // Another owner, who came later.
    let max = app.artist("max").await;
    app.manager(&ana, &artist.to_string(), &max, "owner").await;
    give(&app, &ben, 500).await;
    tip(&app, &ben, "one", artist, "BTN", "200").await.expect(201);
    let points = [&ben, &ana, &max].map(|who| balance(&app, wallet(who), Asset::Btn));
    assert_eq!(join_all(points).await, [300, 200, 0]);
    let balances = app.get("/api/v1/me/balances").by(&ana).send().await.ok();
    assert_eq!((&balances[0]["available"], &balances[2]["available"]), (&json!("0"), &json!("0")));
    for asset in [Asset::Beat, Asset::Usdc] {
        assert_eq!(balance(&app, Account::Earned(artist), asset).await, 0);
    }
    assert_eq!(newest(&app, &ben, "me/transactions").await["description"], "Points given to Ana");
    assert_eq!(newest(&app, &ana, "me/transactions").await["description"], "Points received for Ana");
    let earnings = app.get(format!("/api/v1/artists/{artist}/earnings")).by(&max).send().await.ok();
    assert_eq!(earnings["tips"], json!([{"count": 1, "amount": {"asset": "BTN", "amount": "200"}}]));
    let book = checked(&app).await;
    for entry in book.entries().iter().filter(|e| e.lines().iter().any(|l| l.asset == Asset::Btn)) {
        assert!(entry.lines().iter().all(|line| line.asset == Asset::Btn));
    }
}

#[testkit::test]
async fn what_cannot_be_given_is_not_taken(app: TestApp) {
    let shelf = Shelf::new();
    let app = app.reconfigured(|config| config.import.roots = vec![shelf.root()]);
    let (root, ana, ben) = (app.admin("root").await, app.artist("ana").await, app.listener("ben").await);
    let artist = page(&app, &ana, "Ana").await;
    fund(&app, &ben, 1_000).await;
    fund(&app, &ana, 1_000).await;
    tip(&app, &ben, "one", artist, "BEAT", "1001").await.expect(402).problem("insufficient_funds");
    tip(&app, &ben, "two", artist, "BTN", "1").await.expect(402).problem("insufficient_funds");
    for (asset, amount, pointer) in [
        ("USDC", "1", "/asset"),
        ("GOLD", "1", "/asset"),
        ("BEAT", "0", "/amount"),
        ("BEAT", "-1", "/amount"),
    ] {
        assert_eq!(tip(&app, &ben, "x", artist, asset, amount).await.expect(422).pointers(), [pointer]);
    }
    assert_eq!(tip(&app, &ana, "x", artist, "BEAT", "1").await.expect(422).pointers(), ["/artistId"]);
    let nobody = ArtistId(uuid::Uuid::from_u128(9));
    tip(&app, &ben, "x", nobody, "BEAT", "1").await.expect(404).problem("artist_not_found");
    // What came with an import is nobody's.
    shelf.put("1.mp3", &Song::tagged(1, "Kept", "Old Band", "Old Record"));
    app.post("/api/v1/admin/imports").by(&root).json(json!({"path": shelf.root()})).send().await.ok();
    app.run_jobs().await;
    let kept = app.get("/api/v1/tracks").by(&ben).send().await.ok()["items"][0]["artist"]["id"].clone();
    let kept = ArtistId(kept.as_str().unwrap().parse().unwrap());
    for asset in ["BEAT", "BTN"] {
        tip(&app, &ben, asset, kept, asset, "1").await.expect(409).problem("artist_unmanaged");
    }
    assert_eq!(balance(&app, wallet(&ben), Asset::Beat).await, 1_000);
    assert_eq!(checked(&app).await.entries().len(), 2);
}

#[testkit::test]
async fn of_many_tips_those_that_are_covered_are_given(app: TestApp) {
    let (ana, ben) = (app.artist("ana").await, app.listener("ben").await);
    let artist = page(&app, &ana, "Ana").await;
    fund(&app, &ben, 500).await;
    let keys: Vec<String> = (0..24).map(|n| n.to_string()).collect();
    let tips = keys.iter().map(|key| tip(&app, &ben, key, artist, "BEAT", "80"));
    let won = join_all(tips).await.into_iter().filter(|reply| reply.status.as_u16() == 201).count();
    assert_eq!((won, balance(&app, wallet(&ben), Asset::Beat).await), (6, 20));
    assert_eq!(balance(&app, Account::Earned(artist), Asset::Beat).await, 480);
}
