use std::time::Duration;

use serde_json::{Value, json};
use testkit::{Reply, TestApp};

use super::{Wallet, link, log_in, me};

/// Code, pointer and code of the field of a refusal.
fn verdict(reply: &Reply) -> [String; 3] {
    let problem = reply.json();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    [text(&problem["code"]), text(&problem["errors"][0]["pointer"]), text(&problem["errors"][0]["code"])]
}

#[testkit::test]
async fn every_part_of_the_message_is_checked(app: TestApp) {
    const MESSAGE: &str = "wallet_message_invalid";
    const NONCE: &str = "wallet_nonce_invalid";
    const SIGNATURE: &str = "wallet_signature_invalid";
    let wallet = Wallet::new(1);
    let message = wallet.ask(&app, None).await;
    let other = Wallet::new(2).address().to_string();
    let later = app.now().plus(Duration::from_mins(3)).to_string();
    let now = app.now().to_string();
    let address = wallet.address().to_string();
    let nonce = message.split("Nonce: ").nth(1).and_then(|rest| rest.split('\n').next()).unwrap();
    let cases = [
        ("http://127.0.0.1:4533 wants", "https://127.0.0.1:4533 wants", MESSAGE, "other_site"),
        ("http://127.0.0.1:4533 wants", "evil.example wants", MESSAGE, "other_site"),
        ("http://127.0.0.1:4533 wants", "127.0.0.1:4534 wants", MESSAGE, "other_site"),
        ("http://127.0.0.1:4533 wants", "127.0.0.1:4533@evil.example wants", MESSAGE, "other_site"),
        ("http://127.0.0.1:4533 wants", "127.0.0.\u{661}:4533 wants", MESSAGE, "malformed"),
        ("http://127.0.0.1:4533 wants", "127.0.0.1:4533\u{200b} wants", MESSAGE, "malformed"),
        ("URI: http://127.0.0.1:4533", "URI: http://evil.example", MESSAGE, "other_site"),
        ("URI: http://127.0.0.1:4533", "URI: http://127.0.0.1:4533.evil.example", MESSAGE, "other_site"),
        ("URI: http://127.0.0.1:4533", "URI: http://127.0.0.1:45330", MESSAGE, "other_site"),
        ("Version: 1", "Version: 2", MESSAGE, "malformed"),
        ("Chain ID: 1", "Chain ID: 2", NONCE, "nonce"),
        ("Chain ID: 1", "Chain ID: 18446744073709551615", NONCE, "nonce"),
        ("Chain ID: 1", "Chain ID: 0x1", MESSAGE, "malformed"),
        (nonce, "00000000000000000000000000000000", NONCE, "nonce"),
        (nonce, &nonce[1..], NONCE, "nonce"),
        (nonce, "k4bXw9Qz0aTn2LrP", NONCE, "nonce"),
        (&address, &other, SIGNATURE, "other_signer"),
        (&now, &later, MESSAGE, "other_time"),
        ("Log in to Resonance. ", "Log in to Resonance.\n", MESSAGE, "malformed"),
        ("Log in to Resonance. ", "Log in to Resonance.\r", MESSAGE, "malformed"),
        ("Log in to Resonance. ", "Log in to Res\u{43e}nance. ", MESSAGE, "malformed"),
        ("\n\nURI", "\n\nURI: http://127.0.0.1:4533\nURI", MESSAGE, "malformed"),
        ("\nIssued", "\nNonce: 0123456789abcdef0123456789abcdef\nIssued", MESSAGE, "malformed"),
        ("\nExpiration Time", "\nNot Before: 2100-01-01T00:00:00Z\nExpiration Time", MESSAGE, "malformed"),
        ("Issued At", "issued at", MESSAGE, "malformed"),
    ];
    for (old, new, code, what) in cases {
        assert!(message.contains(old), "{old}");
        let changed = message.replacen(old, new, 1);
        let refused = log_in(&app, &wallet.signed(&changed)).await.expect(401);
        let pointer = if code == SIGNATURE { "/signature" } else { "/message" };
        assert_eq!(verdict(&refused), [code, pointer, what], "{old:?} -> {new:?}");
    }
    for end in ["\n", "\nhello", "\nResources: x", " ", "\0"] {
        let refused = log_in(&app, &wallet.signed(&format!("{message}{end}"))).await.expect(401);
        assert_eq!(verdict(&refused), [MESSAGE, "/message", "malformed"], "{end:?}");
    }
    let refused = log_in(&app, &wallet.signed("Please log me in.")).await.expect(401);
    assert_eq!(verdict(&refused), [MESSAGE, "/message", "malformed"]);
    // The nonce is good still: nothing of this used it up.
    log_in(&app, &wallet.signed(&message)).await.expect(200);
    log_in(&app, &wallet.signed(&message)).await.expect(401).problem(NONCE);
}

#[testkit::test]
async fn nonces_are_for_one_wallet_and_five_minutes(app: TestApp) {
    let (ada, eve) = (Wallet::new(1), Wallet::new(2));
    let message = ada.ask(&app, None).await;
    let address = |wallet: &Wallet| wallet.address().to_string();
    let stolen = message.replace(&address(&ada), &address(&eve));
    log_in(&app, &eve.signed(&stolen)).await.expect(401).problem("wallet_nonce_invalid");
    let nonce = message.split("Nonce: ").nth(1).and_then(|rest| rest.split('\n').next()).unwrap();
    let stolen = format!("BeatStream Authentication\nNonce: {nonce}\nWallet: {}", address(&eve));
    log_in(&app, &eve.signed(&stolen)).await.expect(401).problem("wallet_nonce_invalid");

    app.advance(Duration::from_secs(299));
    log_in(&app, &ada.signed(&message)).await.expect(200);
    let message = ada.ask(&app, None).await;
    app.advance(Duration::from_mins(5));
    let refused = log_in(&app, &ada.signed(&message)).await.expect(401);
    assert_eq!(verdict(&refused), ["wallet_message_invalid", "/message", "other_time"]);
    // Nor does a message help that promises itself more time.
    let (endless, _) = message.split_once("\nExpiration Time").unwrap();
    log_in(&app, &ada.signed(endless)).await.expect(401).problem("wallet_nonce_invalid");
}

/// The twin that everybody can make of a signature (r, s, v): s below the order from it, the other v.
fn twin(signature: &str) -> String {
    const ORDER: [u8; 32] = [
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe, 0xba,
        0xae, 0xdc, 0xe6, 0xaf, 0x48, 0xa0, 0x3b, 0xbf, 0xd2, 0x5e, 0x8c, 0xd0, 0x36, 0x41, 0x41,
    ];
    let mut bytes = money::hex::decode(&signature[2..]).expect("digits");
    let mut borrow = 0;
    for i in (0..32).rev() {
        let difference = i16::from(ORDER[i]) - i16::from(bytes[32 + i]) - borrow;
        borrow = i16::from(difference < 0);
        bytes[32 + i] = u8::try_from(difference.rem_euclid(256)).expect("a byte");
    }
    bytes[64] = 55 - bytes[64];
    format!("0x{}", money::hex::encode(&bytes))
}

#[testkit::test]
async fn only_the_wallets_own_signature_in_its_one_form_is_taken(app: TestApp) {
    let wallet = Wallet::new(1);
    let message = wallet.ask(&app, None).await;
    let good = wallet.sign(&message);
    let with_v = |v: &str| format!("{}{v}", &good[..130]);
    let cases = [
        (Wallet::new(2).sign(&message), "other_signer"),
        (wallet.sign(&message.replace("no money", "your money")), "other_signer"),
        (with_v(if good.ends_with("1b") { "1c" } else { "1b" }), "other_signer"),
        (twin(&good), "high_s"),
        (with_v("00"), "parity"),
        (with_v("01"), "parity"),
        (with_v("25"), "parity"),
        (good[..130].to_owned(), "malformed"),
        (good[..131].to_owned(), "malformed"),
        (good[2..].to_owned(), "malformed"),
        (String::new(), "malformed"),
        ("0x".to_owned(), "malformed"),
        (good.replace("0x", "0X"), "malformed"),
        (format!("{} ", &good[..131]), "malformed"),
        (format!("{good}00"), "contract_wallet"),
        (format!("0x{}{}", "00".repeat(400), "6492".repeat(16)), "contract_wallet"),
        (format!("0x{}1b", "00".repeat(64)), "not_a_signature"),
        (format!("0x{}{}1b", "ff".repeat(32), "11".repeat(32)), "not_a_signature"),
    ];
    for (signature, what) in cases {
        let reply = log_in(&app, &json!({"message": message, "signature": signature})).await;
        let refused = reply.expect(401);
        assert_eq!(verdict(&refused), ["wallet_signature_invalid", "/signature", what], "{signature}");
    }
    log_in(&app, &json!({"message": message, "signature": good.replace("0x", "").to_uppercase()}))
        .await
        .expect(401);
    let capitals = format!("0x{}", good[2..].to_uppercase());
    log_in(&app, &json!({"message": message, "signature": capitals})).await.expect(200);
}

#[testkit::test]
async fn a_message_is_for_this_server_whatever_the_request_says(app: TestApp) {
    let app = app.reconfigured(|config| config.http.public_url = Some("https://Music.example".into()));
    let wallet = Wallet::new(1);
    let body = json!({"address": wallet.address().to_string()});
    let asked = app
        .post("/api/v1/auth/wallet/nonce")
        .from("192.0.2.1")
        .header("host", "evil.example")
        .header("x-forwarded-host", "evil.example")
        .header("origin", "https://evil.example")
        .json(&body)
        .send()
        .await
        .ok();
    let message = asked["message"].as_str().unwrap();
    assert!(message.starts_with("music.example wants you"), "{message}");
    assert!(message.contains("\nURI: https://music.example\n"), "{message}");
    let phished = message.replace("music.example", "evil.example");
    let refused = app.post("/api/v1/auth/wallet/login").from("192.0.2.1").header("host", "evil.example");
    let refused = refused.json(wallet.signed(&phished)).send().await.expect(401);
    assert_eq!(verdict(&refused), ["wallet_message_invalid", "/message", "other_site"]);
    let call = app.post("/api/v1/auth/wallet/login").from("192.0.2.1");
    call.json(wallet.signed(message)).send().await.expect(200);
}

#[testkit::test]
async fn a_server_that_does_not_know_its_address_takes_no_wallets_from_elsewhere(app: TestApp) {
    let wallet = Wallet::new(1);
    let signed = wallet.signed(&wallet.ask(&app, None).await);
    let body = json!({"address": wallet.address().to_string()});
    for host in ["music.example", "localhost:4533", "127.0.0.1:4533"] {
        for (path, body) in [("nonce", &body), ("login", &signed)] {
            let call = app.post(format!("/api/v1/auth/wallet/{path}")).from("192.0.2.1").header("host", host);
            call.json(body).send().await.expect(403).problem("wallet_login_unavailable");
        }
    }
    log_in(&app, &signed).await.expect(200);
}

#[testkit::test]
async fn fields_are_bounded(app: TestApp) {
    let address = Wallet::new(1).address().to_string();
    let other_case =
        |c: char| if c.is_ascii_uppercase() { c.to_ascii_lowercase() } else { c.to_ascii_uppercase() };
    let mistyped: String = address.chars().skip(2).map(other_case).collect();
    for (body, pointer) in [
        (json!({}), "/address"),
        (json!({"address": "0x12"}), "/address"),
        (json!({"address": format!("0x{mistyped}")}), "/address"),
        (json!({"address": address, "chainId": 0}), "/chainId"),
        (json!({"address": address, "chainId": 9_007_199_254_740_992_i64}), "/chainId"),
        (json!({"address": address, "chainId": "1"}), "/chainId"),
        (json!({"address": address, "purpose": "pay"}), "/purpose"),
        (json!({"address": address, "account": 1}), "/account"),
    ] {
        let reply = app.post("/api/v1/auth/wallet/nonce").json(&body).send().await.expect(422);
        assert_eq!(reply.pointers(), [pointer], "{body}");
    }
    let long = "x".repeat(8_193);
    for (body, pointer) in [
        (json!({"message": long, "signature": ""}), "/message"),
        (json!({"message": "", "signature": long}), "/signature"),
        (json!({"message": "", "signature": "", "address": address}), "/address"),
    ] {
        assert_eq!(log_in(&app, &body).await.expect(422).pointers(), [pointer]);
    }
    // A log-in that has ended is refused, and linking needs one.
    let ada = app.listener("ada").await;
    let body = json!({"address": address, "purpose": "link"});
    app.post("/api/v1/auth/wallet/nonce").json(&body).send().await.expect(401).problem("unauthenticated");
    app.post("/api/v1/auth/logout").by(&ada).send().await.expect(204);
    app.post("/api/v1/auth/wallet/nonce").by(&ada).json(&body).send().await.expect(401);
}

#[testkit::test]
async fn what_was_signed_for_one_thing_is_good_for_no_other(app: TestApp) {
    let (ada, eve) = (app.listener("ada").await, app.listener("eve").await);
    let wallet = Wallet::new(1);
    let to_log_in = wallet.signed(&wallet.ask(&app, None).await);
    let refused = link(&app, &ada, &to_log_in).await.expect(401);
    assert_eq!(verdict(&refused), ["wallet_message_invalid", "/message", "other_purpose"]);
    let statement = format!("Let this wallet log in to the Resonance account {}.", ada.id);
    let message =
        wallet.ask(&app, None).await.replace("Log in to Resonance. This moves no money.", &statement);
    link(&app, &ada, &wallet.signed(&message)).await.expect(401).problem("wallet_nonce_invalid");

    let message = wallet.ask(&app, Some(&ada)).await;
    assert!(message.contains(&statement), "{message}");
    log_in(&app, &wallet.signed(&message)).await.expect(401).problem("wallet_nonce_invalid");
    let refused = link(&app, &eve, &wallet.signed(&message)).await.expect(401);
    assert_eq!(verdict(&refused), ["wallet_message_invalid", "/message", "other_purpose"]);
    let stolen = message.replace(&ada.id, &eve.id);
    link(&app, &eve, &wallet.signed(&stolen)).await.expect(401).problem("wallet_nonce_invalid");
    // The older message does not say whom it is for.
    let nonce = message.split("Nonce: ").nth(1).and_then(|rest| rest.split('\n').next()).unwrap();
    let older = format!("BeatStream Authentication\nNonce: {nonce}\nWallet: {}", wallet.address());
    link(&app, &ada, &wallet.signed(&older)).await.expect(401).problem("wallet_message_invalid");
    log_in(&app, &wallet.signed(&older)).await.expect(401).problem("wallet_nonce_invalid");

    assert_eq!(me(&app, &ada).await["wallets"], json!([]));
    link(&app, &ada, &wallet.signed(&message)).await.expect(200);
    log_in(&app, &to_log_in).await.expect(200);
}
