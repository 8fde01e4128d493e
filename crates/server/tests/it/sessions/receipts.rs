//! What is proven to whoever paid.

use commerce::receipts::{Receipt, check};

use super::*;

/// Ana hears seven seconds, which two artists and the platform share.
async fn heard(app: &TestApp) -> (User, String) {
    let (ana, ben, cleo) = (app.listener("ana").await, app.artist("ben").await, app.artist("cleo").await);
    let track = priced(app, &ben, 40).await;
    priced(app, &cleo, 30).await;
    let mut pages = Vec::new();
    for user in [&ben, &cleo] {
        let page = app.get("/api/v1/me/artists").by(user).send().await.ok();
        pages.push(page["items"][0]["id"].clone());
    }
    let split = json!({"shares": [
        {"artistId": pages[0], "role": "artist", "basisPoints": 6667},
        {"artistId": pages[1], "role": "producer", "basisPoints": 3333},
    ]});
    app.put(format!("/api/v1/tracks/{track}/splits")).by(&ben).json(split).send().await.ok();
    fund(app, &ana, 1_000_000).await;
    let listener = start(app, &ana, &track).await;
    listener.hear(1, 7).await;
    let id = listener.id().to_owned();
    let path = format!("/api/v1/me/receipts/{id}");
    app.get(&path).by(&ana).send().await.problem("session_open");
    listener.settle().await;
    (ana, path)
}

#[testkit::test]
async fn a_receipt_proves_what_it_says_and_nothing_else(app: TestApp) {
    let app = app.reconfigured(|config| config.platform.fee_bp = 333);
    let (ana, path) = heard(&app).await;
    let told = app.get(&path).by(&ana).send().await.ok();
    let receipt: Receipt = serde_json::from_value(told.clone()).unwrap();
    assert_eq!(check(&receipt), Vec::<String>::new());
    assert_eq!((receipt.beats, receipt.total.minor, receipt.fee.minor), (7, 14_000, 466));
    let shares: Vec<i64> = receipt.shares.iter().map(|share| share.amount.minor).collect();
    assert_eq!(shares, [9_023, 4_511]);
    assert!(!receipt.entries.is_empty());
    // Whatever is changed, somebody's word or a sum does not fit any more.
    let mut changed = 0;
    for (pointer, value) in [
        ("/beats", json!(8)),
        ("/beats", json!(6)),
        ("/seconds", json!(1)),
        ("/total/amount", json!("14001")),
        ("/fee/amount", json!("0")),
        ("/platformFeeBp", json!(0)),
        ("/shares/0/amount/amount", json!("9024")),
        ("/shares/0/basisPoints", json!(6666)),
        ("/pricePerSecond/amount", json!("1999")),
        ("/voucher", Value::Null),
        ("/voucher/beats", json!(8)),
        ("/voucher/cumulativeAmount", json!("16000")),
        ("/sessionKey", json!(key(6).address().to_string())),
        ("/splitId", json!(uuid::Uuid::nil())),
        ("/trackId", json!(uuid::Uuid::nil())),
        ("/trackTitle", json!("Dusk")),
        ("/entries/0/lines/0/amount", json!("1")),
        ("/entries/0/batch", json!(999)),
        ("/entries/0/batchRoot", json!(format!("0x{}", "00".repeat(32)))),
        ("/entries", json!([])),
        ("/status", json!("refunded")),
        ("/issuer", json!(format!("0x{}", "12".repeat(64)))),
    ] {
        let mut other = told.clone();
        *other.pointer_mut(pointer).unwrap() = value;
        let receipt: Receipt = serde_json::from_value(other).unwrap();
        assert!(!check(&receipt).is_empty(), "{pointer} was changed and nobody noticed");
        changed += 1;
    }
    assert_eq!(changed, 22);
    // It is nobody else's.
    let eve = app.listener("eve").await;
    app.get(&path).by(&eve).send().await.problem("session_not_found");
    let list = app.get("/api/v1/me/receipts").by(&ana).send().await.ok();
    assert_eq!(list["items"][0]["total"]["amount"], "14000");
    assert!(
        app.get("/api/v1/me/receipts").by(&eve).send().await.ok()["items"].as_array().unwrap().is_empty()
    );
}

#[testkit::test]
async fn sums_that_fit_are_not_enough(app: TestApp) {
    let (ana, path) = heard(&app).await;
    let mut told = app.get(&path).by(&ana).send().await.ok();
    // A beat more for everybody: the listener did not sign for it, and the ledger has other entries.
    told["beats"] = json!(8);
    told["seconds"] = json!(8);
    told["total"]["amount"] = json!("16000");
    told["shares"][0]["amount"]["amount"] = json!("10667");
    told["shares"][1]["amount"]["amount"] = json!("5333");
    told["voucher"]["beats"] = json!(8);
    told["voucher"]["cumulativeAmount"] = json!("16000");
    let receipt: Receipt = serde_json::from_value(told).unwrap();
    let wrong = check(&receipt).join("; ");
    assert!(wrong.contains("not signed by the session key") && wrong.contains("the ledger has"), "{wrong}");
}

#[testkit::test]
async fn an_entry_proves_one_payment(app: TestApp) {
    let (ana, path) = heard(&app).await;
    let mut told = app.get(&path).by(&ana).send().await.ok();
    let entries = told["entries"].as_array_mut().unwrap();
    let again = entries.clone();
    entries.extend(again);
    let twice: Receipt = serde_json::from_value(told.clone()).unwrap();
    let wrong = check(&twice).join("; ");
    assert!(wrong.contains("is counted twice"), "{wrong}");
    told["total"]["asset"] = json!("BTN");
    let other: Receipt = serde_json::from_value(told).unwrap();
    let wrong = check(&other).join("; ");
    assert!(wrong.contains("moves another asset"), "{wrong}");
}

#[testkit::test]
async fn the_command_says_who_made_a_receipt_and_compares_it_if_told(app: TestApp) {
    let (ana, path) = heard(&app).await;
    let told = app.get(&path).by(&ana).send().await.ok();
    let file = app.folder().join("receipt.json");
    let verify = |receipt: &Value, arguments: &[&str]| {
        std::fs::write(&file, receipt.to_string()).unwrap();
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_resonance"));
        let output =
            command.env_clear().args(["receipt", "verify"]).arg(&file).args(arguments).output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (output.status.code(), text(output.stdout), text(output.stderr))
    };
    let instance = app.get("/api/v1/instance").send().await.ok();
    let issuer = instance["issuer"].as_str().unwrap();
    let (code, said, complaint) = verify(&told, &[]);
    assert_eq!((code, complaint.as_str()), (Some(0), ""));
    assert!(said.contains("7 seconds of «Dawn»") && said.contains(issuer), "{said}");
    let (code, said, _) = verify(&told, &["--issuer", issuer]);
    assert_eq!((code, said.lines().count()), (Some(0), 3), "{said}");
    assert!(said.contains("\n0.009334 BEAT for ben\n"), "{said}");
    let other = format!("0x{}", "12".repeat(64));
    let (code, _, complaint) = verify(&told, &["--issuer", &other]);
    assert!(code == Some(1) && complaint.contains("another instance made it"), "{complaint}");
    let mut changed = told.clone();
    changed["beats"] = json!(8);
    assert_eq!(verify(&changed, &["--issuer", issuer]).0, Some(1));
    // What it says is somebody's text, and no command to the terminal.
    changed["entries"][0]["key"] = json!("\u{1b}[2Jnothing wrong\n");
    let (_, _, complaint) = verify(&changed, &[]);
    assert!(complaint.contains("\\u{1b}[2Jnothing") && complaint.lines().count() == 1, "{complaint}");
}
