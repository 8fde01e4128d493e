//! What happened and what the ledger says of it are the same, or whoever changed one of them is found.

use db::Dialect;
use kernel::HoldId;
use money::{
    ledger::Charge,
    split::{Distribution, Splits},
};
use serde_json::{Value, json};
use testkit::User;

use super::{
    verify::{independent, raw},
    *,
};
use crate::sessions::{priced, start};

/// What the server finds.
async fn findings(app: &TestApp) -> Vec<String> {
    let mut found = Vec::new();
    let tied = db::snapshot!(app.db(), |tx| {
        commerce::facts::verify(tx, &mut |finding| found.push(finding.to_string())).await
    });
    assert_eq!(tied.unwrap().findings, u64::try_from(found.len()).unwrap());
    found
}

/// A call that must succeed.
async fn done(app: &TestApp, by: &User, path: &str, body: Value) -> Value {
    let key = format!("{path}{body}").replace(' ', "-");
    let call = app.post(format!("/api/v1/{path}")).by(by).header("idempotency-key", &key);
    let reply = call.json(body).send().await;
    assert!((200..300).contains(&reply.status.as_u16()), "{path}: {}", reply.status);
    reply.json()
}

/// One of everything that the ledger has entries of.
async fn world(app: &TestApp) {
    let admin = app.admin("root").await;
    let (ana, ben, cleo) = (app.listener("ana").await, app.artist("ben").await, app.artist("cleo").await);
    let track = priced(app, &ben, 60).await;
    let page = app.get(format!("/api/v1/tracks/{track}")).by(&ben).send().await.ok()["artist"]["id"].clone();
    let other = done(app, &cleo, "artists", json!({"displayName": "Cleo"})).await["id"].clone();
    let splits = json!({"shares": [
        {"artistId": page, "role": "artist", "basisPoints": 6_667},
        {"artistId": other, "role": "drummer", "basisPoints": 3_333},
    ]});
    app.put(format!("/api/v1/tracks/{track}/splits")).by(&ben).json(splits).send().await.ok();

    done(app, &ana, "dev/faucet", json!({"amount": "70"})).await;
    done(app, &ana, "me/top-ups", json!({"asset": "BEAT", "amount": "1000000", "method": "test"})).await;
    done(app, &ana, "me/tips", json!({"artistId": page, "asset": "BEAT", "amount": "250"})).await;
    app.put(format!("/api/v1/tracks/{track}/like")).by(&ana).send().await.ok();
    app.run_events().await;
    done(app, &ana, "me/tips", json!({"artistId": page, "asset": "BTN", "amount": "30"})).await;
    done(app, &ana, "me/redemptions", json!({"kind": "premium_days", "quantity": 1})).await;
    for (seconds, resolution) in [(3, None), (2, Some("")), (4, Some("uphold")), (5, Some("dismiss"))] {
        let session = start(app, &ana, &track).await;
        session.hear(1, seconds).await;
        session.settle().await;
        let Some(resolution) = resolution else { continue };
        let path = format!("sessions/{}/dispute", session.id());
        let dispute = done(app, &ana, &path, json!({"reason": "there was no sound"})).await;
        if !resolution.is_empty() {
            let path = format!("admin/disputes/{}/resolve", dispute["id"].as_str().unwrap());
            done(app, &admin, &path, json!({"resolution": resolution})).await;
        }
    }
    // One that goes on, and that the ledger has a part of.
    let session = start(app, &ana, &track).await;
    session.hear(1, 16).await;
}

fn rated(app: TestApp) -> TestApp {
    app.reconfigured(|config| {
        config.platform.fee_bp = 500;
        (config.rewards.first_like, config.rewards.premium_day) = (500, 300);
    })
}

#[testkit::test]
async fn whatever_is_changed_of_a_fact_is_found_and_named(app: TestApp) {
    let app = rated(app);
    world(&app).await;
    assert_eq!(findings(&app).await, Vec::<String>::new());
    let address = app.address();
    let (said, content) = independent(&[&address]);
    assert!(content, "{said}");
    macro_rules! run {
        ($statement:literal) => {
            let done: db::Result<u64> = db::write!(app.db(), |tx| db::sql!($statement).run(tx).await);
            assert!(done.expect($statement) > 0, $statement);
        };
    }
    // What is done, how the finding begins, and how it is undone.
    macro_rules! tampered {
        ($($done:literal, $place:literal, $undone:literal;)+) => {$(
            run!($done);
            let found = findings(&app).await;
            assert!(found.iter().any(|line| line.starts_with($place)), "{}: {found:?}", $done);
            let (said, content) = independent(&[&address]);
            assert!(!content && said.lines().any(|line| line.starts_with($place)), "{}: {said}", $done);
            run!($undone);
        )+};
    }
    tampered! {
        "UPDATE top_up SET amount = amount + 1", "top-up",
            "UPDATE top_up SET amount = amount - 1";
        "UPDATE top_up SET state = 'declined'", "top-up",
            "UPDATE top_up SET state = 'settled'";
        "UPDATE tip SET amount = amount + 1 WHERE asset = 'BEAT'", "tip",
            "UPDATE tip SET amount = amount - 1 WHERE asset = 'BEAT'";
        "UPDATE tip SET account_id = payee_id, payee_id = account_id WHERE asset = 'BTN'", "tip",
            "UPDATE tip SET account_id = payee_id, payee_id = account_id WHERE asset = 'BTN'";
        "UPDATE tip SET asset = 'BTN', payee_id = account_id WHERE asset = 'BEAT'", "tip",
            "UPDATE tip SET asset = 'BEAT', payee_id = NULL WHERE amount = 250";
        "UPDATE tip SET artist_id = (SELECT id FROM artist WHERE display_name = 'Cleo') WHERE asset = 'BEAT'", "tip",
            "UPDATE tip SET artist_id = (SELECT artist_id FROM tip WHERE asset = 'BTN') WHERE asset = 'BEAT'";
        "INSERT INTO tip SELECT account_id, account_id, artist_id, 'BTN', 7, account_id, at FROM tip WHERE asset = 'BTN'", "tip",
            "DELETE FROM tip WHERE id = account_id";
        "UPDATE redemption SET points = points - 1", "redemption",
            "UPDATE redemption SET points = points + 1";
        "UPDATE reward_day SET earned = earned + 1", "day",
            "UPDATE reward_day SET earned = earned - 1";
        "UPDATE reward_day SET day = day + 1", "day",
            "UPDATE reward_day SET day = day - 1";
        "UPDATE paid_session SET seq = seq + 1, beats = beats + 1, amount = amount + price WHERE state = 'settled'", "session",
            "UPDATE paid_session SET seq = seq - 1, beats = beats - 1, amount = amount - price WHERE state = 'settled'";
        "UPDATE paid_session SET price = 1000, beats = 2 * beats, seq = 2 * seq WHERE state = 'settled'", "session",
            "UPDATE paid_session SET price = 2000, beats = beats / 2, seq = seq / 2 WHERE state = 'settled'";
        "UPDATE paid_session SET fee = fee + 1 WHERE state = 'refunded'", "session",
            "UPDATE paid_session SET fee = fee - 1 WHERE state = 'refunded'";
        "UPDATE paid_session SET fee_bp = 501 WHERE state = 'settled'", "session",
            "UPDATE paid_session SET fee_bp = 500 WHERE state = 'settled'";
        "UPDATE paid_session SET asset = 'USDC' WHERE state = 'settled'", "session",
            "UPDATE paid_session SET asset = 'BEAT' WHERE state = 'settled'";
        "UPDATE paid_session SET state = 'settled' WHERE state = 'refunded'", "session",
            "UPDATE paid_session SET state = 'refunded' WHERE id IN (SELECT session_id FROM dispute WHERE state = 'upheld')";
        "UPDATE session_share SET amount = amount + 1 WHERE NOT is_open AND position = 0", "session",
            "UPDATE session_share SET amount = amount - 1 WHERE NOT is_open AND position = 0";
        "UPDATE session_share SET basis_points = 10000 - basis_points", "session",
            "UPDATE session_share SET basis_points = 10000 - basis_points";
        "UPDATE meter_session SET captured = captured - 2000, captured_beats = captured_beats - 1", "session",
            "UPDATE meter_session SET captured = captured + 2000, captured_beats = captured_beats + 1";
        "UPDATE dispute SET state = 'dismissed' WHERE state = 'upheld'", "dispute",
            "UPDATE dispute SET state = 'upheld' WHERE session_id IN (SELECT id FROM paid_session WHERE state = 'refunded')";
        "UPDATE dispute_share SET earned = earned + 1", "dispute",
            "UPDATE dispute_share SET earned = earned - 1";
        "UPDATE dispute_share SET earned = 0, payable = earned", "dispute",
            "UPDATE dispute_share SET earned = payable, payable = 0";
    }
    assert_eq!(findings(&app).await, Vec::<String>::new(), "all of it was undone");
    // What is set aside for a session: each program names it in its way.
    raw(&app, "UPDATE meter_session SET granted = granted + 1");
    assert!(findings(&app).await[0].starts_with("session "));
    assert!(independent(&[&address]).0.starts_with("hold "));
    raw(&app, "UPDATE meter_session SET granted = granted - 1");
    whose_a_dispute_is(&app, &address).await;
    // What is not there at all.
    for (deletion, name) in
        [("DELETE FROM top_up", "top-up"), ("DELETE FROM tip", "tip"), ("DELETE FROM redemption", "redeem")]
    {
        raw(&app, deletion);
        let found = findings(&app).await;
        assert!(found.iter().any(|line| line.contains(&format!("({name}:"))), "{deletion}: {found:?}");
    }
    let (said, _) = independent(&[&address]);
    for name in ["top-up", "tip", "redemption"] {
        assert!(
            said.lines().any(|line| line.ends_with(&format!("there is no {name} that it is about"))),
            "{said}"
        );
    }
    raw(&app, "DELETE FROM reward_day");
    assert!(findings(&app).await.iter().any(|line| line.starts_with("day ")));
    raw(&app, "DELETE FROM meter_session");
    assert!(findings(&app).await.iter().any(|line| line.ends_with("it is open, and has no meter")));
}

/// Each program names it in its way; the money goes back to whoever paid all the same.
async fn whose_a_dispute_is(app: &TestApp, address: &str) {
    raw(
        app,
        "UPDATE dispute SET account_id = (SELECT id FROM account WHERE username = 'cleo') WHERE state = 'open'",
    );
    let found = findings(app).await;
    assert!(found.len() == 1 && found[0].starts_with("dispute "), "{found:?}");
    assert!(independent(&[address]).0.contains("disputed open by somebody else"));
    let admin = app.admin("another").await;
    let open = app.get("/api/v1/admin/disputes?status=open").by(&admin).send().await.ok();
    assert_eq!(open["items"][0]["username"], "ana", "{open}");
    raw(
        app,
        "UPDATE dispute SET account_id = (SELECT account_id FROM paid_session WHERE paid_session.id = session_id)
         WHERE state = 'open'",
    );
}

/// Ids of the wrong length, which SQLite alone would keep.
#[testkit::test]
async fn ids_that_are_none_are_found(app: TestApp) {
    if app.db().dialect() != Dialect::Sqlite {
        return;
    }
    let app = rated(app);
    world(&app).await;
    let address = app.address();
    raw(
        &app,
        "UPDATE paid_session SET account_id = x'01' WHERE state = 'refunded';
         UPDATE paid_session SET hold_id = x'02' WHERE state = 'disputed';
         UPDATE session_share SET artist_id = x'03' WHERE position = 1
             AND session_id IN (SELECT id FROM paid_session WHERE state = 'settled');
         UPDATE dispute_share SET artist_id = x'04'
             WHERE artist_id = (SELECT MIN(artist_id) FROM dispute_share);
         UPDATE redemption SET id = x'05';
         UPDATE reward_day SET account_id = x'06'",
    );
    let found = findings(&app).await;
    let (said, _) = independent(&[&address]);
    assert!(said.contains("checked "), "{said}");
    for (place, at_least) in [("session ", 4), ("dispute ", 3), ("redemption", 1), ("day ", 1)] {
        let of = |lines: &[&str]| lines.iter().filter(|line| line.starts_with(place)).count();
        let lines: Vec<&str> = found.iter().map(String::as_str).collect();
        assert!(of(&lines) >= at_least, "{place}: {found:?}");
        assert!(of(&said.lines().collect::<Vec<_>>()) >= at_least, "{place}: {said}");
    }
}

/// Entries that the ledger itself has nothing against.
#[testkit::test]
async fn an_entry_without_its_fact_is_found(app: TestApp) {
    let app = rated(app);
    let session = kernel::SessionId(Uuid::from_u128(7));
    let charge = Charge { session, listener: ANA, asset: Asset::Beat, beats: 2, before: 0, after: 40 };
    let rule = Distribution::new(Splits::whole(BEN), 0).unwrap();
    let top_up = Entry::top_up(TopUpId(Uuid::from_u128(9)), AT, ANA, beats(5)).unwrap();
    let entries = [
        faucet(1, ANA, 1_000),
        Entry::hold_granted(HoldId(Uuid::from_u128(1)), 0, AT, ANA, beats(200)).unwrap(),
        Entry::capture(&charge, AT, &rule).unwrap(),
        tip(1, ANA, BEN, 30),
        Entry::reversal(&tip(1, ANA, BEN, 30), AT).unwrap(),
        top_up,
        Entry::matured(BEN, 3, AT, beats(40)).unwrap(),
    ];
    posted(&app, &entries).await.unwrap();
    let found = findings(&app).await;
    let begins = ["entry 2 (hold:", "entry 3 (capture:", "entry 4 (tip:", "entry 6 (top-up:"];
    assert_eq!(found.len(), begins.len(), "{found:?}");
    let (said, _) = independent(&[&app.address()]);
    for begin in begins {
        assert!(found.iter().any(|line| line.starts_with(begin)), "{begin}: {found:?}");
        let number = begin.split(' ').nth(1).unwrap();
        assert!(said.contains(&format!("entry {number}: there is no ")), "{begin}: {said}");
    }
    // Keys that say something else than their entries do.
    super::verify::unlock(&app).await;
    for (done, place, undone) in [
        (
            "UPDATE ledger_entry SET key = 'matured:00000000-0000-0000-0000-000000000003:BEAT:3' WHERE id = 7",
            "entry 7 (matured:",
            "UPDATE ledger_entry SET key = 'matured:00000000-0000-0000-0000-000000000002:BEAT:3' WHERE id = 7",
        ),
        (
            "UPDATE ledger_entry SET key = 'gift:1' WHERE id = 1",
            "entry 1 (gift:1): no faucet has such a key",
            "UPDATE ledger_entry SET key = 'faucet:00000000-0000-0000-0000-000000000001' WHERE id = 1",
        ),
        (
            "UPDATE ledger_entry SET key = 'reversal:tip:other' WHERE id = 5",
            "entry 5 (reversal:tip:other)",
            "UPDATE ledger_entry SET key = 'reversal:tip:00000000-0000-0000-0000-000000000001' WHERE id = 5",
        ),
    ] {
        raw(&app, done);
        let found = findings(&app).await;
        assert!(found.iter().any(|line| line.starts_with(place)), "{done}: {found:?}");
        let (said, _) = independent(&[&app.address()]);
        assert!(said.lines().any(|line| line.starts_with(place)), "{done}: {said}");
        raw(&app, undone);
        assert_eq!(findings(&app).await.len(), begins.len(), "{undone}");
    }
}
