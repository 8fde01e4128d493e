//! Who tries to hear more than they pay for, or to pay with what is not theirs.

use super::*;
use crate::ledger::checked;

#[testkit::test]
async fn nobody_pays_for_what_comes_after_the_end(app: TestApp) {
    let (ana, ben) = (app.listener("ana").await, app.artist("ben").await);
    let track = priced(&app, &ben, 10).await;
    fund(&app, &ana, 1_000_000).await;
    let listener = start(&app, &ana, &track).await;
    // A player may take it for two seconds longer than it is, and one that goes on and on is stopped.
    listener.hear(1, 12).await;
    pass(&app, 5 * SECOND).await;
    let session = listener.look().await;
    assert_eq!(
        (&session["pauseReason"], &session["newest"]["seq"]),
        (&json!("client"), &json!(12)),
        "{session}"
    );
    assert_eq!(listener.settle().await["beats"], 12);
    checked(&app).await;
}

#[testkit::test]
async fn nobody_pays_for_a_track_that_was_withdrawn(app: TestApp) {
    let (ana, ben) = (app.listener("ana").await, app.artist("ben").await);
    for ways in 0..2 {
        let track = priced(&app, &ben, 60 + ways).await;
        fund(&app, &ana, 1_000_000).await;
        let listener = start(&app, &ana, &track).await;
        listener.hear(1, 3).await;
        let at = format!("/api/v1/tracks/{track}");
        if ways == 0 {
            app.delete(at).by(&ben).send().await.expect(204);
        } else {
            app.patch(at).by(&ben).json(json!({"visibility": "private"})).send().await.ok();
        }
        let session = settled(&app, &ana, listener.id()).await;
        assert_eq!(session["beats"], 3);
    }
    checked(&app).await;
}

#[testkit::test]
async fn only_the_session_keys_word_for_an_issued_beat_counts(app: TestApp) {
    let (ana, ben, eve) = (app.listener("ana").await, app.artist("ben").await, app.listener("eve").await);
    let track = priced(&app, &ben, 60).await;
    fund(&app, &ana, 1_000_000).await;
    let listener = start(&app, &ana, &track).await;
    listener.second(1).await;
    listener.second(2).await;
    let tell = |by: &User, body: Value| app.post(listener.path("/ack")).by(by).json(body).send();
    // A beat that was not issued, another sum, half of the pair.
    tell(&ana, listener.acknowledgement(3)).await.problem("voucher_wrong");
    let mut wrong = listener.acknowledgement(2);
    wrong["cumulativeAmount"] = json!("3999");
    tell(&ana, wrong).await.problem("voucher_wrong");
    let mut half = listener.acknowledgement(2);
    half.as_object_mut().unwrap().remove("seq");
    tell(&ana, half).await.problem("validation_failed");
    // Another key, another voucher, another form of the signature.
    let mut other = listener.acknowledgement(2);
    other["signature"] = json!(sign(&key(6), &listener.terms, 2));
    tell(&ana, other).await.problem("voucher_invalid");
    let mut other = listener.acknowledgement(2);
    other["signature"] = json!(sign(&key(5), &listener.terms, 1));
    tell(&ana, other).await.problem("voucher_invalid");
    for field in ["grantId", "contextHash"] {
        let mut terms = listener.terms.clone();
        terms[field] = json!(format!("0x{}", "11".repeat(32)));
        let mut other = listener.acknowledgement(2);
        other["signature"] = json!(sign(&key(5), &terms, 2));
        tell(&ana, other).await.problem("voucher_invalid");
    }
    let mut other = listener.acknowledgement(2);
    other["signature"] = json!("0x1234");
    tell(&ana, other).await.problem("validation_failed");
    // Somebody else's session is nobody's.
    tell(&eve, listener.acknowledgement(2)).await.problem("session_not_found");
    app.post(listener.path("/settle")).by(&eve).send().await.problem("session_not_found");
    app.get(listener.path("")).by(&eve).send().await.problem("session_not_found");
    assert_eq!(listener.look().await["beats"], 0);
    listener.acknowledge(2).await.ok();
    // The same again changes nothing.
    listener.acknowledge(2).await.ok();
    listener.acknowledge(1).await.ok();
    assert_eq!(listener.settle().await["beats"], 2);
    app.post(listener.path("/ack"))
        .by(&ana)
        .json(listener.acknowledgement(2))
        .send()
        .await
        .problem("session_ended");
    checked(&app).await;
}

#[testkit::test]
async fn a_start_that_cannot_be_is_refused_and_costs_nothing(app: TestApp) {
    let (ana, ben) = (app.listener("ana").await, app.artist("ben").await);
    let track = priced(&app, &ben, 40).await;
    fund(&app, &ana, 1_000_000).await;
    let ask = |body: Value| app.post("/api/v1/sessions").by(&ana).json(body).send();
    ask(json!({"trackId": track})).await.problem("validation_failed");
    ask(json!({"sessionKey": key(5).address().to_string()})).await.problem("validation_failed");
    ask(json!({"trackId": track, "sessionKey": "0x12"})).await.problem("validation_failed");
    let with = |more: Value| {
        let mut body = json!({"trackId": track, "sessionKey": key(5).address().to_string()});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        ask(body)
    };
    with(json!({"positionMs": 40_000})).await.problem("validation_failed");
    with(json!({"positionMs": u64::MAX})).await.problem("validation_failed");
    with(json!({"cap": "-1"})).await.problem("validation_failed");
    with(json!({"cap": "1e9"})).await.problem("validation_failed");
    for vault in [json!({"rail": "vault"}), json!({"grant": {}}), json!({"grantSignature": "0x00"})] {
        with(vault).await.problem("rail_unavailable");
    }
    with(json!({"type": "RESUME"})).await.problem("validation_failed");
    with(json!({"trackId": uuid::Uuid::nil()})).await.problem("track_not_found");
    with(json!({"resume": {"sessionId": uuid::Uuid::nil()}})).await.problem("session_not_found");
    assert_eq!((available(&app, &ana).await, held(&app, &ana).await), (1_000_000, 0));
}

#[testkit::test]
async fn a_voucher_counts_in_its_own_session_alone(app: TestApp) {
    let (ana, ben, eve) = (app.listener("ana").await, app.artist("ben").await, app.listener("eve").await);
    let track = priced(&app, &ben, 60).await;
    fund(&app, &ana, 1_000_000).await;
    fund(&app, &eve, 1_000_000).await;
    // The same track at the same price, signed by the same key: before, and of somebody else at the same time.
    let before = start(&app, &ana, &track).await;
    before.hear(1, 3).await;
    before.settle().await;
    let (mine, hers) = (start(&app, &ana, &track).await, start(&app, &eve, &track).await);
    mine.second(1).await;
    hers.until(|session| session["newest"]["seq"] == 1).await;
    for other in [&before, &hers] {
        app.post(mine.path("/ack"))
            .by(&ana)
            .json(other.acknowledgement(1))
            .send()
            .await
            .problem("voucher_invalid");
        // Nor without its number, nor on the way back to the session.
        let bare = json!({"signature": other.acknowledgement(1)["signature"]});
        app.post(mine.path("/ack")).by(&ana).json(bare).send().await.problem("voucher_invalid");
        let voucher = json!({"beats": 1, "signature": other.acknowledgement(1)["signature"]});
        let body = json!({"resume": {"sessionId": mine.id(), "voucher": voucher}});
        app.post("/api/v1/sessions").by(&ana).json(body).send().await.problem("voucher_invalid");
    }
    assert_eq!(mine.settle().await["beats"], 0);
    assert_eq!(hers.settle().await["beats"], 0);
    assert_eq!(available(&app, &ana).await, 1_000_000 - 3 * PRICE);
    assert_eq!(available(&app, &eve).await, 1_000_000);
    checked(&app).await;
}

#[testkit::test]
async fn acknowledgements_that_come_late_twice_or_out_of_order_are_worth_no_more(app: TestApp) {
    let (ana, ben) = (app.listener("ana").await, app.artist("ben").await);
    let track = priced(&app, &ben, 60).await;
    fund(&app, &ana, 1_000_000).await;
    let listener = start(&app, &ana, &track).await;
    for seq in 1..=4 {
        listener.second(seq).await;
    }
    for seq in [3, 1, 2, 3, 1] {
        listener.acknowledge(seq).await.ok();
        assert_eq!(listener.look().await["beats"], 3);
    }
    // A clock of one's own that runs faster is nobody's.
    let mut fast = listener.acknowledgement(40);
    fast["positionMs"] = json!(40_000);
    app.post(listener.path("/ack")).by(&ana).json(fast).send().await.problem("voucher_wrong");
    assert_eq!(listener.settle().await["beats"], 3);
    listener.acknowledge(4).await.problem("session_ended");
    assert_eq!(available(&app, &ana).await, 1_000_000 - 3 * PRICE);
    checked(&app).await;
}

#[testkit::test]
async fn whoever_signs_wrong_again_and_again_has_listened_enough(app: TestApp) {
    let (ana, ben) = (app.listener("ana").await, app.artist("ben").await);
    let track = priced(&app, &ben, 60).await;
    fund(&app, &ana, 1_000_000).await;
    let listener = start(&app, &ana, &track).await;
    listener.hear(1, 2).await;
    listener.second(3).await;
    let wrong = json!({"signature": sign(&key(6), &listener.terms, 3)});
    let say = async || app.post(listener.path("/ack")).by(&ana).json(&wrong).send().await;
    for _ in 0..10 {
        say().await.problem("voucher_invalid");
        // What counts already makes up for nothing.
        app.post(listener.path("/ack")).by(&ana).json(listener.acknowledgement(2)).send().await;
    }
    // What was signed for is paid, and no more.
    let ended = settled(&app, &ana, listener.id()).await;
    assert_eq!((&ended["beats"], &ended["seconds"]), (&json!(2), &json!(2)));
    say().await.problem("session_ended");
    assert_eq!(available(&app, &ana).await, 1_000_000 - 2 * PRICE);
    checked(&app).await;
}
