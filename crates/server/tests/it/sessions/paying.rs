//! What is heard, acknowledged and paid.

use kernel::ArtistId;
use serde_json::json;

use super::*;
use crate::ledger::checked;

fn artist_of(track: &Value) -> ArtistId {
    ArtistId(track["artistId"].as_str().unwrap().parse().unwrap())
}

#[testkit::test]
async fn each_acknowledged_second_is_charged_once_and_reaches_the_artist(app: TestApp) {
    let (ana, ben) = (app.listener("ana").await, app.artist("ben").await);
    let track = priced(&app, &ben, 40).await;
    fund(&app, &ana, 1_000_000).await;
    let listener = start(&app, &ana, &track).await;
    let terms = &listener.terms;
    assert_eq!(
        (&terms["pricePerBeat"], &terms["asset"], &terms["rail"], &terms["base"], &terms["platformFeeBp"]),
        (&json!("2000"), &json!("BEAT"), &json!("ledger"), &json!("0"), &json!(0))
    );
    assert_eq!(terms["splits"][0]["basisPoints"], 10_000);
    assert_eq!(available(&app, &ana).await + held(&app, &ana).await, 1_000_000);
    assert_eq!(held(&app, &ana).await, 60 * PRICE);

    listener.hear(1, 20).await;
    let settled = listener.settle().await;
    assert_eq!(settled["type"], "SESSION_SETTLED");
    assert_eq!((&settled["beats"], &settled["amount"]), (&json!(20), &json!("40000")));
    assert_eq!(settled["splits"], json!([{"artistId": terms["artistId"], "amount": "40000"}]));
    assert_eq!(available(&app, &ana).await, 1_000_000 - 20 * PRICE);
    assert_eq!(held(&app, &ana).await, 0);
    assert_eq!(balance(&app, Account::Earned(artist_of(terms))).await, 20 * PRICE);

    // Once more, and it is the same.
    assert_eq!(listener.settle().await, settled);
    let session = listener.look().await;
    assert_eq!((&session["status"], &session["beats"]), (&json!("settled"), &json!(20)));
    checked(&app).await;
}

#[testkit::test]
async fn a_body_may_be_the_frame_that_a_socket_takes(app: TestApp) {
    let (ana, ben) = (app.listener("ana").await, app.artist("ben").await);
    let track = priced(&app, &ben, 40).await;
    fund(&app, &ana, 1_000_000).await;
    let begun = ask(&app, &ana, &track, json!({"type": "START"})).await.expect(201).json();
    let listener = Listener { app: &app, user: &ana, key: key(5), terms: begun };
    listener.second(1).await;
    let acknowledge = |more: Value| {
        let mut frame = listener.acknowledgement(1);
        frame.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        app.post(listener.path("/ack")).by(&ana).json(frame).send()
    };
    let other = json!({"sessionId": uuid::Uuid::nil()});
    for wrong in [json!({"type": "STOP"}), other, json!({"else": 1})] {
        acknowledge(wrong).await.problem("validation_failed");
    }
    let frame = json!({"type": "BEAT_ACK", "sessionId": listener.id(), "timestamp": 1_795_447_400_000_u64});
    assert_eq!(acknowledge(frame).await.ok()["seq"], 1);
    assert_eq!(listener.settle().await["beats"], 1);
}

#[testkit::test]
async fn nobody_pays_for_a_track_whose_page_is_nobodys(app: TestApp) {
    let (ana, ben) = (app.listener("ana").await, app.artist("ben").await);
    let track = priced(&app, &ben, 40).await;
    fund(&app, &ana, 1_000_000).await;
    let page = app.get(format!("/api/v1/tracks/{track}")).send().await.ok()["artist"]["id"].clone();
    let page = format!("/api/v1/artists/{}", page.as_str().unwrap());
    let managed = async || {
        let list = app.get("/api/v1/artists").send().await.ok();
        let one = app.get(&page).by(&ana).send().await.ok();
        assert_eq!(list["items"][0]["managed"], one["managed"]);
        one["managed"].clone()
    };
    assert_eq!(managed().await, true);
    // Who was asked and has not said yes does not manage it.
    let left: db::Result<()> = db::write!(app.db(), |tx| {
        db::sql!("UPDATE artist_manager SET accepted = FALSE").run(tx).await?;
        Ok(())
    });
    left.unwrap();
    assert_eq!(managed().await, false);
    ask(&app, &ana, &track, json!({})).await.expect(409).problem("artist_unmanaged");
    assert_eq!((available(&app, &ana).await, held(&app, &ana).await), (1_000_000, 0));
    // What costs nothing pays nobody.
    let free: db::Result<()> = db::write!(app.db(), |tx| {
        db::sql!("UPDATE track SET price_asset = NULL, price_per_second = NULL").run(tx).await?;
        Ok(())
    });
    free.unwrap();
    ask(&app, &ana, &track, json!({})).await.expect(201);
}

#[testkit::test]
async fn what_is_durable_is_captured_while_it_runs(app: TestApp) {
    let (ana, ben) = (app.listener("ana").await, app.artist("ben").await);
    let track = priced(&app, &ben, 60).await;
    fund(&app, &ana, 1_000_000).await;
    let listener = start(&app, &ana, &track).await;
    listener.hear(1, 17).await;
    let earned = Account::Earned(artist_of(&listener.terms));
    for _ in 0..200 {
        if balance(&app, earned).await >= 13 * PRICE {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let live = balance(&app, earned).await;
    assert!((13 * PRICE..=17 * PRICE).contains(&live), "{live}");
    // What is not posted yet is among the artist's figures a second after it was heard.
    listener.second(18).await;
    listener.durable(17).await;
    let path = format!("/api/v1/artists/{}/earnings", listener.terms["artistId"].as_str().unwrap());
    let figures = app.get(&path).by(&ben).send().await.ok();
    let minor = |value: &Value| value.as_str().unwrap().parse::<i64>().unwrap();
    let all = minor(&figures["balances"][0]["earned"]) + minor(&figures["live"]["amount"]);
    assert_eq!((all, &figures["listening"]), (17 * PRICE, &json!(1)));
    // All of it is of a session that goes on, though most is posted: no sum of a day has anything of it.
    assert_eq!(
        (&figures["open"]["amount"], &figures["items"]),
        (&json!((17 * PRICE).to_string()), &json!([]))
    );
    listener.settle().await;
    assert_eq!(balance(&app, earned).await, 17 * PRICE);
    let figures = app.get(&path).by(&ben).send().await.ok();
    assert_eq!((&figures["live"]["amount"], &figures["listening"]), (&json!("0"), &json!(0)));
    assert_eq!(figures["open"]["amount"], "0");
    let day = &figures["items"][0];
    assert_eq!(
        (&day["day"], &day["seconds"], &day["listeners"]),
        (&json!("2026-01-01"), &json!(17), &json!(1))
    );
    assert_eq!(day["amount"]["amount"], (17 * PRICE).to_string());
    let by_track = app.get(format!("{path}?groupBy=track")).by(&ben).send().await.ok();
    assert_eq!(by_track["items"][0]["title"], "Dawn");
    let csv = app.get(format!("{path}?groupBy=track&format=csv")).by(&ben).send().await.expect(200);
    let csv = String::from_utf8(csv.body).unwrap();
    assert!(csv.ends_with(&format!(",\"Dawn\",17,1,BEAT,{0},0.034,{0},0.034\r\n", 17 * PRICE)), "{csv}");
    app.get(&path).by(&ana).send().await.problem("artist_not_found");
    checked(&app).await;
}

#[testkit::test]
async fn fee_and_shares_are_those_of_the_start_and_nothing_is_lost_to_rounding(app: TestApp) {
    let app = app.reconfigured(|config| config.platform.fee_bp = 333);
    let (ana, ben, cleo) = (app.listener("ana").await, app.artist("ben").await, app.artist("cleo").await);
    let track = priced(&app, &ben, 40).await;
    priced(&app, &cleo, 30).await;
    let page = |user: &User| {
        let app = &app;
        let call = app.get("/api/v1/me/artists").by(user);
        async move { call.send().await.ok()["items"][0]["id"].clone() }
    };
    let (bens, cleos) = (page(&ben).await, page(&cleo).await);
    let split = json!({"shares": [
        {"artistId": bens, "role": "artist", "basisPoints": 6667},
        {"artistId": cleos, "role": "producer", "basisPoints": 3333},
    ]});
    app.put(format!("/api/v1/tracks/{track}/splits")).by(&ben).json(split).send().await.ok();
    fund(&app, &ana, 1_000_000).await;
    let listener = start(&app, &ana, &track).await;
    let other = json!({"shares": [{"artistId": bens, "role": "artist", "basisPoints": 10000}]});
    app.put(format!("/api/v1/tracks/{track}/splits")).by(&ben).json(other).send().await.ok();
    listener.hear(1, 7).await;
    let settled = listener.settle().await;
    // 14,000 less 333 of 10,000 is 13,534 in 6,667 and 3,333 of 10,000: 9,023.1 and 4,510.9.
    assert_eq!(settled["splits"][0]["amount"], "9023");
    assert_eq!(settled["splits"][1]["amount"], "4511");
    assert_eq!(balance(&app, Account::Fees).await, 466);
    // Why a share is as large as it is can be seen from what was paid, and from the fee.
    let earnings = app.get(format!("/api/v1/artists/{}/earnings", cleos.as_str().unwrap()));
    let day = earnings.by(&cleo).send().await.ok()["items"][0].clone();
    assert_eq!((&day["paid"]["amount"], &day["amount"]["amount"]), (&json!("14000"), &json!("4511")));
    assert_eq!(app.get("/api/v1/instance").send().await.ok()["platformFeeBp"], 333);
    checked(&app).await;
}

#[testkit::test]
async fn a_session_waits_for_its_acknowledgements(app: TestApp) {
    let (ana, ben) = (app.listener("ana").await, app.artist("ben").await);
    let track = priced(&app, &ben, 60).await;
    fund(&app, &ana, 1_000_000).await;
    let listener = start(&app, &ana, &track).await;
    for seq in 1..=5 {
        listener.second(seq).await;
    }
    app.advance(10 * SECOND);
    let session = listener.until(|session| session["isRunning"] == false).await;
    assert_eq!((&session["pauseReason"], &session["newest"]["seq"]), (&json!("unacknowledged"), &json!(5)));
    // One for the newest covers all, and it goes on.
    listener.acknowledge(5).await.ok();
    listener.until(|session| session["isRunning"] == true).await;
    listener.hear(6, 7).await;
    assert_eq!(listener.settle().await["beats"], 7);
    checked(&app).await;
}

#[testkit::test]
async fn what_was_never_acknowledged_is_never_charged(app: TestApp) {
    let (ana, ben) = (app.listener("ana").await, app.artist("ben").await);
    let track = priced(&app, &ben, 60).await;
    fund(&app, &ana, 1_000_000).await;
    let listener = start(&app, &ana, &track).await;
    listener.hear(1, 2).await;
    listener.second(3).await;
    listener.second(4).await;
    assert_eq!(listener.settle().await["beats"], 2);
    assert_eq!(available(&app, &ana).await, 1_000_000 - 2 * PRICE);
    checked(&app).await;
}

#[testkit::test]
async fn another_session_settles_the_one_before(app: TestApp) {
    let (ana, ben) = (app.listener("ana").await, app.artist("ben").await);
    let (one, two) = (priced(&app, &ben, 50).await, priced(&app, &ben, 60).await);
    fund(&app, &ana, 1_000_000).await;
    let first = start(&app, &ana, &one).await;
    first.hear(1, 3).await;
    let second = start(&app, &ana, &two).await;
    let session = first.until(|session| session["status"] == "settled").await;
    assert_eq!(session["beats"], 3);
    assert_eq!(held(&app, &ana).await, 60 * PRICE);
    second.hear(1, 2).await;
    second.settle().await;
    assert_eq!(available(&app, &ana).await, 1_000_000 - 5 * PRICE);
    let list = app.get("/api/v1/me/sessions?status=settled").by(&ana).send().await.ok();
    assert_eq!(list["items"][0]["id"], second.terms["sessionId"]);
    assert_eq!(list["items"][1]["id"], first.terms["sessionId"]);
    checked(&app).await;
}

#[testkit::test]
async fn free_tracks_and_ones_own_cost_nothing(app: TestApp) {
    let (ana, ben) = (app.listener("ana").await, app.artist("ben").await);
    let track = priced(&app, &ben, 40).await;
    let listener = start(&app, &ben, &track).await;
    assert_eq!(listener.terms["pricePerBeat"], "0");
    app.advance(SECOND);
    listener.until(|session| session["newest"]["seq"] == 1).await;
    assert_eq!(listener.settle().await["amount"], "0");
    // Somebody else needs money for it.
    ask(&app, &ana, &track, json!({})).await.problem("insufficient_funds");
}
