//! Several nodes, and nodes that die.

use super::*;
use crate::ledger::checked;

#[testkit::test]
async fn what_is_durable_is_paid_after_a_crash_and_the_rest_is_released(mut app: TestApp) {
    let (ana, ben) = (app.listener("ana").await, app.artist("ben").await);
    let track = priced(&app, &ben, 60).await;
    fund(&app, &ana, 1_000_000).await;
    let listener = start(&app, &ana, &track).await;
    listener.hear(1, 8).await;
    listener.second(9).await;
    listener.durable(8).await;
    let id = listener.id().to_owned();
    app.crash_meter();
    // Another node settles it when nobody came for it.
    let other = app.another_node();
    app.advance(30 * SECOND);
    let session = settled(&other, &ana, &id).await;
    assert_eq!(session["beats"], 8);
    assert_eq!((available(&app, &ana).await, held(&app, &ana).await), (1_000_000 - 8 * PRICE, 0));
    checked(&app).await;
}

#[testkit::test]
async fn another_node_goes_on_from_the_newest_voucher(mut app: TestApp) {
    let (ana, ben) = (app.listener("ana").await, app.artist("ben").await);
    let track = priced(&app, &ben, 60).await;
    fund(&app, &ana, 1_000_000).await;
    let listener = start(&app, &ana, &track).await;
    listener.hear(1, 5).await;
    listener.second(6).await;
    listener.second(7).await;
    // The second after, what was issued is durable.
    listener.until(|session| session["newest"]["committedSeq"] == 5).await;
    let issued = async {
        loop {
            let issued: db::Result<i64> =
                db::read!(app.db(), |tx| db::sql!("SELECT issued FROM meter_session").scalar(tx).await);
            if issued.unwrap() == 7 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), with_time(&app, issued)).await.expect("it is committed");
    let (id, terms) = (listener.id().to_owned(), listener.terms.clone());
    app.crash_meter();
    let other = app.another_node();
    let voucher = json!({"beats": 7, "signature": sign(&key(5), &terms, 7)});
    let body = json!({"resume": {"sessionId": id, "voucher": voucher}});
    let resumed = with_time(&other, other.post("/api/v1/sessions").by(&ana).json(body).send()).await;
    let resumed = resumed.expect(201).json();
    assert_eq!((&resumed["sessionId"], &resumed["seq"]), (&json!(id), &json!(7)));
    assert_eq!(resumed["beatsRemaining"], 1_000_000 / PRICE - 7);
    let listener = Listener { app: &other, user: &ana, key: key(5), terms };
    let newest = listener.look().await["newest"]["seq"].as_u64().unwrap();
    listener.second(newest + 1).await;
    listener.acknowledge(newest + 1).await.ok();
    let settled = listener.settle().await;
    assert_eq!(settled["beats"].as_u64(), Some(newest + 1));
    let paid = PRICE * settled["beats"].as_i64().unwrap();
    assert_eq!((available(&app, &ana).await, held(&app, &ana).await), (1_000_000 - paid, 0));
    checked(&app).await;
}

#[testkit::test]
async fn one_of_two_nodes_has_a_session(app: TestApp) {
    let (ana, ben) = (app.listener("ana").await, app.artist("ben").await);
    let (one, two) = (priced(&app, &ben, 50).await, priced(&app, &ben, 60).await);
    fund(&app, &ana, 1_000_000).await;
    let first = start(&app, &ana, &one).await;
    first.hear(1, 3).await;
    first.second(4).await;
    first.durable(3).await;
    // The listener begins another one elsewhere: the first is settled there, and lost here.
    let other = app.another_node();
    let begun = with_time(&app, ask(&other, &ana, &two, json!({}))).await.expect(201).json();
    let second = Listener { app: &other, user: &ana, key: key(5), terms: begun };
    let session = first.until(|session| session["status"] == "settled").await;
    assert_eq!(session["beats"], 3);
    let late = with_time(&app, async {
        loop {
            let reply = first.acknowledge(4).await;
            if reply.status != 409 || reply.json()["code"] != "voucher_wrong" {
                return reply;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    late.await.problem("session_ended");
    let settled = second.settle().await;
    let paid = PRICE * (3 + settled["beats"].as_i64().unwrap());
    assert_eq!((available(&app, &ana).await, held(&app, &ana).await), (1_000_000 - paid, 0));
    checked(&app).await;
}

#[testkit::test]
async fn of_many_starts_at_once_one_session_is_left(app: TestApp) {
    let (ana, ben) = (app.listener("ana").await, app.artist("ben").await);
    let track = priced(&app, &ben, 40).await;
    fund(&app, &ana, 1_000_000).await;
    let other = app.another_node();
    let starts = (0..32).map(|n| ask(if n % 2 == 0 { &app } else { &other }, &ana, &track, json!({})));
    let replies = with_time(&app, futures_util::future::join_all(starts)).await;
    assert!(replies.iter().any(|reply| reply.status == 201));
    for reply in replies.iter().filter(|reply| reply.status != 201) {
        assert_eq!(reply.json()["code"], "session_busy");
    }
    let open: i64 =
        db::read!(app.db(), |tx| db::sql!("SELECT COUNT(*) FROM meter_session").scalar::<i64>(tx).await)
            .unwrap();
    assert_eq!(open, 1);
    assert_eq!(held(&app, &ana).await, 60 * PRICE);
    checked(&app).await;
}

#[testkit::test]
async fn what_is_acknowledged_while_a_node_stops_is_durable(mut app: TestApp) {
    let (ana, ben) = (app.listener("ana").await, app.artist("ben").await);
    let track = priced(&app, &ben, 60).await;
    fund(&app, &ana, 1_000_000).await;
    let listener = start(&app, &ana, &track).await;
    listener.hear(1, 3).await;
    pass(&app, SECOND).await;
    let (id, late) = (listener.id().to_owned(), listener.acknowledgement(4));
    let row = async |app: &TestApp| -> i64 {
        let rows: db::Result<Vec<i64>> =
            db::read!(app.db(), |tx| db::sql!("SELECT seq FROM meter_session").column(tx).await);
        rows.unwrap()[0]
    };
    assert!(row(&app).await < 4);
    let stops = app.stop_meter();
    let says = async {
        let reply = app.post(format!("/api/v1/sessions/{id}/ack")).by(&ana).json(late).send().await;
        app.clock.advance(SECOND);
        reply
    };
    let ((), reply) = tokio::join!(stops, says);
    reply.expect(200);
    assert_eq!(row(&app).await, 4);
}

#[testkit::test]
async fn what_a_node_refuses_for_a_session_that_another_has_changes_nothing(app: TestApp) {
    let (ana, ben) = (app.listener("ana").await, app.artist("ben").await);
    let track = priced(&app, &ben, 60).await;
    fund(&app, &ana, 1_000_000).await;
    let other = app.another_node();
    let cap = (4 * PRICE).to_string();
    let terms = ask(&app, &ana, &track, json!({"cap": cap})).await.expect(201).json();
    let listener = Listener { app: &app, user: &ana, key: key(5), terms };
    listener.hear(1, 2).await;
    let there = Listener { app: &other, user: &ana, key: key(5), terms: listener.terms.clone() };
    let refused = there.acknowledge(2).await.expect(409).problem("session_busy");
    assert!(refused["detail"].as_str().unwrap().contains("resume"), "{refused}");
    let (address, _server) = socket::serve(&other).await;
    let mut line = socket::Line::open(address, Some(&ana)).await;
    for kind in ["PAUSE", "STOP"] {
        line.say(json!({"type": kind, "sessionId": listener.id()})).await;
        assert_eq!(line.frame("ERROR").await["code"], "session_busy", "{kind}");
    }
    for cap in [json!("100000"), Value::Null] {
        line.say(json!({"type": "RESUME", "sessionId": listener.id(), "cap": cap})).await;
        assert_eq!(line.frame("ERROR").await["code"], "session_busy");
    }
    // Whose it is not hears nothing of it.
    let eve = app.listener("eve").await;
    let mut strange = socket::Line::open(address, Some(&eve)).await;
    for kind in ["STOP", "RESUME"] {
        strange.say(json!({"type": kind, "sessionId": listener.id()})).await;
        assert_eq!(strange.frame("ERROR").await["code"], "session_not_found", "{kind}");
    }
    // Whoever takes it over keeps to the cap that it has.
    let body = json!({"resume": {"sessionId": listener.id()}});
    let resumed = with_time(&other, other.post("/api/v1/sessions").by(&ana).json(body).send()).await;
    assert_eq!(resumed.expect(201).json()["cap"], cap);
    there.settle().await;
    // And what has ended stays as it was.
    for cap in [json!("5"), Value::Null] {
        line.say(json!({"type": "RESUME", "sessionId": listener.id(), "cap": cap})).await;
        let ended = line.frame("ERROR").await;
        assert_eq!(ended["code"], "session_ended");
        let receipt = format!("/api/v1/me/receipts/{}", listener.id());
        assert!(ended["detail"].as_str().unwrap().contains(&receipt), "{ended}");
        other.get(receipt).by(&ana).send().await.ok();
    }
    line.say(json!({"type": "STOP", "sessionId": listener.id()})).await;
    assert_eq!(line.frame("ERROR").await["code"], "session_ended");
    let body = json!({"resume": {"sessionId": listener.id()}});
    other.post("/api/v1/sessions").by(&ana).json(body).send().await.expect(409).problem("session_ended");
    let kept: db::Result<i64> =
        db::read!(app.db(), |tx| db::sql!("SELECT cap_play FROM paid_session").scalar(tx).await);
    assert_eq!(kept.unwrap(), 4 * PRICE);
}
