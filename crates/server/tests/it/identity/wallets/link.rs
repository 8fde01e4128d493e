use std::time::Duration;

use futures_util::future::join_all;
use serde_json::json;
use testkit::TestApp;

use super::{Wallet, count, link, me};
use crate::identity::{PASSWORD, another_device, is_in};

#[testkit::test]
async fn wallets_are_linked_shown_and_unlinked(app: TestApp) {
    let ada = app.listener("ada").await;
    let (first, second) = (Wallet::new(1), Wallet::new(2));
    let [a, b] = [&first, &second].map(|wallet| wallet.address().to_string());
    assert_eq!(first.link(&app, &ada).await.ok(), json!({"wallets": [a]}));
    app.advance(Duration::from_millis(1));
    assert_eq!(second.link(&app, &ada).await.ok(), json!({"wallets": [a, b]}));
    assert_eq!(first.link(&app, &ada).await.ok(), json!({"wallets": [a, b]}), "again changes nothing");
    assert_eq!(me(&app, &ada).await["wallets"], json!([a, b]));
    let session = second.log_in(&app).await.ok();
    assert_eq!((&session["user"]["userId"], &session["created"]), (&json!(ada.id), &json!(false)));

    let eve = app.listener("eve").await;
    first.link(&app, &eve).await.expect(409).problem("wallet_taken");
    first.unlink(&app, &eve).await.expect(404).problem("wallet_not_found");
    assert_eq!(first.unlink(&app, &ada).await.ok(), json!({"wallets": [b]}));
    first.unlink(&app, &ada).await.expect(404).problem("wallet_not_found");
    first.link(&app, &eve).await.expect(200);
    // Name and password are left.
    assert_eq!(second.unlink(&app, &ada).await.ok(), json!({"wallets": []}));
    app.delete("/api/v1/me/wallets?address=0x12").by(&ada).send().await.expect(400);
    app.delete("/api/v1/me/wallets").by(&ada).send().await.expect(400);
}

#[testkit::test]
async fn unlinking_ends_the_log_ins_elsewhere(app: TestApp) {
    let ada = app.listener("ada").await;
    let wallet = Wallet::new(1);
    wallet.link(&app, &ada).await.expect(200);
    let (thief, phone) = (wallet.enter(&app).await, another_device(&app, "ada").await);
    wallet.unlink(&app, &ada).await.expect(200);
    assert!(is_in(&app, &ada).await);
    assert!(!is_in(&app, &thief).await && !is_in(&app, &phone).await);
}

#[testkit::test]
async fn an_account_has_a_bounded_number_of_wallets(app: TestApp) {
    let ada = app.listener("ada").await;
    for n in 1..=20 {
        Wallet::new(n).link(&app, &ada).await.expect(200);
    }
    app.advance(Duration::from_mins(5));
    Wallet::new(21).link(&app, &ada).await.expect(429).problem("too_many");
    assert_eq!(me(&app, &ada).await["wallets"].as_array().unwrap().len(), 20);
    Wallet::new(20).unlink(&app, &ada).await.expect(200);
    Wallet::new(21).link(&app, &ada).await.expect(200);
}

#[testkit::test]
async fn the_last_way_in_stays(app: TestApp) {
    let wallet = Wallet::new(1);
    let ada = wallet.enter(&app).await;
    wallet.unlink(&app, &ada).await.expect(409).problem("last_credential");
    // A username alone lets nobody in, nor does a password that has no name.
    let rename = async |name: Option<&str>| {
        app.patch("/api/v1/me").by(&ada).json(json!({"username": name})).send().await
    };
    rename(Some("ada")).await.expect(200);
    wallet.unlink(&app, &ada).await.expect(409).problem("last_credential");
    assert_eq!(me(&app, &ada).await["wallets"].as_array().unwrap().len(), 1);
    let id = ada.id.parse().expect("an id");
    identity::admin::set_password(&app.service.identity, id, PASSWORD).await.expect("a password");
    let ada = another_device(&app, "ada").await;
    wallet.unlink(&app, &ada).await.expect(200);
    let gone = app.patch("/api/v1/me").by(&ada).json(json!({"username": null})).send().await.expect(409);
    gone.problem("last_credential");
    assert_eq!(me(&app, &ada).await["username"], "ada");
    wallet.link(&app, &ada).await.expect(200);
    app.patch("/api/v1/me").by(&ada).json(json!({"username": null})).send().await.expect(200);
    wallet.unlink(&app, &ada).await.expect(409).problem("last_credential");
}

#[testkit::test]
async fn of_two_that_unlink_the_last_two_one_succeeds(app: TestApp) {
    for round in 0..25 {
        let (one, two) = (Wallet::new(2 * round + 1), Wallet::new(2 * round + 2));
        let ada = one.enter(&app).await;
        two.link(&app, &ada).await.expect(200);
        let replies = join_all([one.unlink(&app, &ada), two.unlink(&app, &ada)]).await;
        assert_eq!(count(&replies, [200, 409]), [1, 1], "round {round}");
        for refused in replies.iter().filter(|reply| reply.status == 409) {
            refused.problem("last_credential");
        }
        assert_eq!(me(&app, &ada).await["wallets"].as_array().unwrap().len(), 1);
        app.advance(Duration::from_secs(30));
    }
}

#[testkit::test]
async fn a_name_and_a_wallet_that_go_at_once_leave_one(app: TestApp) {
    for round in 0..10 {
        let wallet = Wallet::new(round + 1);
        let ada = wallet.enter(&app).await;
        let name = format!("ada{round}");
        app.patch("/api/v1/me").by(&ada).json(json!({"username": name})).send().await.expect(200);
        let id = ada.id.parse().expect("an id");
        identity::admin::set_password(&app.service.identity, id, PASSWORD).await.expect("a password");
        let ada = another_device(&app, &name).await;
        let nameless = app.patch("/api/v1/me").by(&ada).json(json!({"username": null})).send();
        let (nameless, unlinked) = futures_util::future::join(nameless, wallet.unlink(&app, &ada)).await;
        assert_eq!(count(&[nameless, unlinked], [200, 409]), [1, 1], "round {round}");
        app.advance(Duration::from_secs(30));
    }
}

#[testkit::test]
async fn of_many_that_link_one_wallet_one_gets_it(app: TestApp) {
    let wallet = Wallet::new(1);
    let mut users = Vec::new();
    for n in 0..8 {
        users.push(app.listener(&format!("ada{n}")).await);
    }
    let messages = join_all(users.iter().map(|user| wallet.ask(&app, Some(user)))).await;
    let signed: Vec<_> = messages.iter().map(|message| wallet.signed(message)).collect();
    let replies = join_all(users.iter().zip(&signed).map(|(user, signed)| link(&app, user, signed))).await;
    assert_eq!(count(&replies, [200, 409]), [1, 7]);
    // One nonce, many times: the wallet is linked once and the rest are told so.
    let eve = app.listener("eve").await;
    let signed = Wallet::new(2).signed(&Wallet::new(2).ask(&app, Some(&eve)).await);
    let replies = join_all((0..16).map(|_| link(&app, &eve, &signed))).await;
    assert_eq!(count(&replies, [200, 401]), [1, 15]);
}
