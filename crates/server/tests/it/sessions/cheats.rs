//! Who tries to hear more than they pay for, or to pay with what is not theirs.

use super::*;
use crate::ledger::checked;

async fn bytes(app: &TestApp, user: &User, track: &str, range: &str) -> Reply {
    let call = app.get(format!("/api/v1/tracks/{track}/stream")).by(user);
    call.header("range", range).send().await
}

fn size_of(reply: &Reply) -> u64 {
    let range = reply.header("content-range").unwrap();
    range.rsplit('/').next().unwrap().parse().unwrap()
}

fn length_of(reply: &Reply) -> u64 {
    reply.header("content-length").unwrap().parse().unwrap()
}

/// Noise of so many seconds, which does not compress: a large file.
async fn loud(app: &TestApp, artist: &User, seconds: u32) -> String {
    let input = format!("anoisesrc=duration={seconds}:sample_rate=44100:seed=1");
    let sound = encode(&input, &["-c:a", "flac"], "flac");
    let metadata = json!({
        "title": "Storm", "visibility": "public",
        "pricePerSecond": {"asset": "BEAT", "amount": PRICE.to_string()},
    });
    let track = upload(app, artist, &sound, &metadata).send().await.expect(201).json();
    track["id"].as_str().unwrap().to_owned()
}

#[testkit::test]
async fn bytes_follow_payment(app: TestApp) {
    let (ana, ben, eve) = (app.listener("ana").await, app.artist("ben").await, app.listener("eve").await);
    let track = loud(&app, &ben, 240).await;
    fund(&app, &ana, 1_000_000).await;
    // Without a session there is the preview alone.
    app.run_jobs().await;
    let preview = bytes(&app, &ana, &track, "bytes=0-").await.expect(206);
    assert!(preview.header("x-resonance-preview").is_some());

    let listener = start(&app, &ana, &track).await;
    let first = bytes(&app, &ana, &track, "bytes=0-").await.expect(206);
    assert!(first.header("x-resonance-preview").is_none());
    let (size, released) = (size_of(&first), length_of(&first));
    let second = size / 240;
    assert!(released > 30 * second && released < 60 * second, "{released} of {size}");
    // Nothing beyond it, whole or in part, and nothing of it for anybody else.
    bytes(&app, &ana, &track, &format!("bytes={}-", 120 * second)).await.problem("playback_refused");
    app.get(format!("/api/v1/tracks/{track}/stream")).by(&ana).send().await.problem("playback_refused");
    assert!(bytes(&app, &eve, &track, "bytes=0-").await.expect(206).header("x-resonance-preview").is_some());
    // Each second that is paid for releases one more.
    listener.hear(1, 10).await;
    let more = length_of(&bytes(&app, &ana, &track, "bytes=0-").await.expect(206));
    assert!(more >= released + 9 * second && more <= released + 11 * second, "{more} after {released}");
    listener.settle().await;
    assert!(bytes(&app, &ana, &track, "bytes=0-").await.expect(206).header("x-resonance-preview").is_some());
}

#[testkit::test]
async fn going_to_other_places_does_not_fetch_a_track_for_nothing(app: TestApp) {
    let (ana, ben) = (app.listener("ana").await, app.artist("ben").await);
    let track = loud(&app, &ben, 240).await;
    fund(&app, &ana, 1_000_000).await;
    let listener = start(&app, &ana, &track).await;
    let size = size_of(&bytes(&app, &ana, &track, "bytes=0-0").await.expect(206));
    let second = size / 240;
    listener.settle().await;
    // More pieces than are told apart are still counted.
    let begun = ask(&app, &ana, &track, json!({"positionMs": 215_000})).await.expect(201).json();
    let listener = Listener { app: &app, user: &ana, key: key(5), terms: begun };
    for piece in 0..300 {
        let byte = 215 * second + piece * 4_000;
        bytes(&app, &ana, &track, &format!("bytes={byte}-{byte}")).await.expect(206);
    }
    listener.settle().await;
    let mut fetched = 0;
    // Over several sessions, each of which is given up before anything is charged.
    for round in 0..5_u64 {
        let from_ms = round * 40_000;
        let begun = ask(&app, &ana, &track, json!({"positionMs": from_ms})).await.expect(201).json();
        let listener = Listener { app: &app, user: &ana, key: key(5), terms: begun };
        let reply = bytes(&app, &ana, &track, &format!("bytes={}-", round * 40 * second)).await;
        if reply.status == 206 {
            fetched += u64::try_from(reply.body.len()).unwrap();
        } else {
            reply.problem("playback_refused");
        }
        listener.settle().await;
    }
    assert!(fetched < size * 70 / 240 + 1_000_000, "{fetched} of {size} for nothing");
    assert!(fetched > size * 55 / 240, "somebody who looks for a place gets {fetched} of {size}");
    assert_eq!(available(&app, &ana).await, 1_000_000);
}

/// An answer whose body nobody reads yet: how much it promises.
async fn stalled(app: &TestApp, user: &User, track: &str, from: u64) -> Option<(axum::body::Body, u64)> {
    let call = app.get(format!("/api/v1/tracks/{track}/stream")).by(user);
    let answer = call.header("range", &format!("bytes={from}-")).begin().await;
    if answer.status() != 206 || answer.headers().contains_key("x-resonance-preview") {
        return None;
    }
    let length = answer.headers()["content-length"].to_str().unwrap().parse().unwrap();
    Some((answer.into_body(), length))
}

/// Reads a body until it ends or breaks off: how much came, and whether that was all.
async fn drained(body: axum::body::Body) -> (u64, bool) {
    let (mut pieces, mut came) = (body.into_data_stream(), 0);
    while let Some(piece) = futures_util::StreamExt::next(&mut pieces).await {
        let Ok(piece) = piece else { return (came, false) };
        came += u64::try_from(piece.len()).unwrap();
    }
    (came, true)
}

#[testkit::test]
async fn answers_that_wait_are_worth_no_more_together_than_one(app: TestApp) {
    let (ana, ben) = (app.listener("ana").await, app.artist("ben").await);
    let track = loud(&app, &ben, 240).await;
    fund(&app, &ana, 1_000_000).await;
    let size = size_of(&{
        let listener = start(&app, &ana, &track).await;
        let reply = bytes(&app, &ana, &track, "bytes=0-0").await.expect(206);
        listener.settle().await;
        reply
    });
    let second = size / 240;
    // One session after the other, each at the place where what was promised ends.
    let (mut waiting, mut promised, mut place) = (Vec::new(), 0, 0);
    while place < size {
        let from_ms = place / second * 1_000;
        let terms = ask(&app, &ana, &track, json!({"positionMs": from_ms})).await.expect(201).json();
        let listener = Listener { app: &app, user: &ana, key: key(5), terms };
        let Some((body, length)) = stalled(&app, &ana, &track, place).await else { break };
        waiting.push(body);
        (place, promised) = (place + length, promised + length);
        if place < size {
            listener.settle().await;
        }
    }
    assert!(waiting.len() > 4 && promised > size * 9 / 10, "{promised} of {size} in {}", waiting.len());
    let mut came = 0;
    for body in waiting {
        came += drained(body).await.0;
    }
    assert!(came < size * 70 / 240 + 600_000, "{came} of {size} for nothing");
    assert_eq!(available(&app, &ana).await + held(&app, &ana).await, 1_000_000);
}

#[testkit::test]
async fn nothing_more_goes_out_once_a_session_has_ended(app: TestApp) {
    let (ana, ben) = (app.listener("ana").await, app.artist("ben").await);
    let track = loud(&app, &ben, 240).await;
    fund(&app, &ana, 1_000_000).await;
    let listener = start(&app, &ana, &track).await;
    let (body, promised) = stalled(&app, &ana, &track, 0).await.expect("a part of the track");
    let (twin, _) = stalled(&app, &ana, &track, 0).await.expect("a part of the track");
    // While it goes on, all that was promised comes, again too: it is the same sound.
    assert_eq!(drained(twin).await, (promised, true));
    listener.settle().await;
    let (came, is_all) = drained(body).await;
    assert!(came == 0 && !is_all, "{came} of {promised}");
}

#[testkit::test]
async fn what_was_sent_is_remembered_from_session_to_session_and_over_a_stop(mut app: TestApp) {
    let (ana, ben) = (app.listener("ana").await, app.artist("ben").await);
    let track = loud(&app, &ben, 240).await;
    fund(&app, &ana, 1_000_000).await;
    let mut fetched = 0;
    let mut second = 0;
    for round in 0..6_u64 {
        // The one before is not settled first: this one takes its place; once after the program was stopped.
        if round == 3 {
            app.stop_meter().await;
            app = app.reconfigured(|_| {});
        }
        let from = json!({"positionMs": round * 40_000});
        let begun = with_time(&app, ask(&app, &ana, &track, from)).await.expect(201).json();
        assert!(begun["sessionId"].is_string());
        let reply = bytes(&app, &ana, &track, &format!("bytes={}-", round * 40 * second)).await;
        if reply.status == 206 {
            second = size_of(&reply) / 240;
            fetched += u64::try_from(reply.body.len()).unwrap();
        }
    }
    assert!(fetched > 55 * second && fetched < 70 * second + 600_000, "{} s for nothing", fetched / second);
}

#[testkit::test]
async fn a_short_track_is_not_had_whole_for_nothing_with_its_preview(app: TestApp) {
    let (ana, ben) = (app.listener("ana").await, app.artist("ben").await);
    let track = loud(&app, &ben, 50).await;
    fund(&app, &ana, 1_000_000).await;
    let listener = start(&app, &ana, &track).await;
    let first = bytes(&app, &ana, &track, "bytes=0-").await.expect(206);
    let (size, fetched) = (size_of(&first), length_of(&first));
    let margin = size / 20;
    let part = size * 3 / 10;
    assert!(fetched >= part && fetched <= part + 2 * margin + 1, "{fetched} of {size}");
    bytes(&app, &ana, &track, &format!("bytes={fetched}-")).await.problem("playback_refused");
    // What is paid for opens the rest second by second, up to the end.
    for (from, to) in [(1, 17), (18, 34)] {
        listener.hear(from, to).await;
        let more = bytes(&app, &ana, &track, "bytes=0-").await.expect(206);
        assert_eq!(length_of(&more) == size, to == 34, "{} of {size}", length_of(&more));
    }
}

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
    with(json!({"rail": "vault"})).await.problem("rail_unavailable");
    with(json!({"trackId": uuid::Uuid::nil()})).await.problem("track_not_found");
    with(json!({"resume": {"sessionId": uuid::Uuid::nil()}})).await.problem("session_not_found");
    assert_eq!((available(&app, &ana).await, held(&app, &ana).await), (1_000_000, 0));
}

#[testkit::test]
async fn other_nodes_send_what_is_paid_for_too_and_count_it(app: TestApp) {
    let (ana, ben) = (app.listener("ana").await, app.artist("ben").await);
    let track = loud(&app, &ben, 240).await;
    fund(&app, &ana, 1_000_000).await;
    app.run_jobs().await;
    let other = app.another_node();
    let listener = start(&app, &ana, &track).await;
    let first = bytes(&other, &ana, &track, "bytes=0-").await.expect(206);
    assert!(first.header("x-resonance-preview").is_none());
    let (size, mut fetched) = (size_of(&first), length_of(&first));
    let second = size / 240;
    assert!(fetched > 30 * second && fetched < 60 * second, "{fetched} of {size}");
    // What is paid for here is known there a second after it is durable.
    listener.hear(1, 10).await;
    listener.second(11).await;
    listener.durable(10).await;
    let more = length_of(&bytes(&other, &ana, &track, "bytes=0-").await.expect(206));
    assert!(more >= fetched + 9 * second && more <= fetched + 12 * second, "{more} after {fetched}");
    fetched = more;
    // The session goes from node to node and from place to place. What was sent on the way is not forgotten.
    let (id, terms) = (listener.id().to_owned(), listener.terms.clone());
    let nodes: Vec<TestApp> = (0..8).map(|_| app.another_node()).collect();
    let mut heard = 0;
    for (place, node) in (70..).step_by(20).zip(&nodes) {
        let body = json!({"resume": {"sessionId": id}});
        let resumed = with_time(node, node.post("/api/v1/sessions").by(&ana).json(body).send()).await;
        resumed.expect(201);
        let listener = Listener { app: node, user: &ana, key: key(5), terms: terms.clone() };
        pass(node, SECOND).await;
        let beat =
            listener.until(|session| session["newest"]["seq"].as_u64() > session["beats"].as_u64()).await;
        heard = beat["newest"]["seq"].as_u64().unwrap();
        let mut word = listener.acknowledgement(heard);
        word["positionMs"] = json!(place * 1_000);
        node.post(listener.path("/ack")).by(&ana).json(word).send().await.ok();
        let reply = bytes(node, &ana, &track, &format!("bytes={}-", place * second)).await;
        if reply.status == 206 {
            assert!(reply.header("x-resonance-preview").is_none());
            fetched += length_of(&reply);
        }
    }
    // Two nodes gave the credit of a minute, and one more may have, had its word come too late.
    let most = heard + 3 * 60 + 10;
    assert!(fetched < most * second, "{} of 240 s, {heard} paid", fetched / second);
}

#[testkit::test]
async fn a_loop_of_five_seconds_is_paid_for_each_time_and_opens_nothing(app: TestApp) {
    let (ana, ben) = (app.listener("ana").await, app.artist("ben").await);
    let track = loud(&app, &ben, 240).await;
    fund(&app, &ana, 1_000_000).await;
    let listener = start(&app, &ana, &track).await;
    let first = length_of(&bytes(&app, &ana, &track, "bytes=0-").await.expect(206));
    for seq in 1..=20_u64 {
        listener.second(seq).await;
        let mut said = listener.acknowledgement(seq);
        said["positionMs"] = json!(seq % 5 * 1_000);
        app.post(listener.path("/ack")).by(&ana).json(said).send().await.ok();
    }
    let last = bytes(&app, &ana, &track, "bytes=0-").await.expect(206);
    let second = size_of(&last) / 240;
    assert!(length_of(&last) <= first + 6 * second, "{} after {first}", length_of(&last));
    assert_eq!(listener.settle().await["amount"], (20 * PRICE).to_string());
    assert_eq!(available(&app, &ana).await, 1_000_000 - 20 * PRICE);
    checked(&app).await;
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

/// Somebody with two devices: one begins, the other ends it as soon as it is there.
#[testkit::test]
async fn bytes_follow_no_session_that_ended_while_it_began(app: TestApp) {
    let (ana, ben) = (app.listener("ana").await, app.artist("ben").await);
    let track = loud(&app, &ben, 60).await;
    fund(&app, &ana, 1_000_000).await;
    for round in 0..3_u64 {
        let before = start(&app, &ana, &track).await.id().to_owned();
        let ends = async {
            loop {
                let open = app.get("/api/v1/me/sessions?status=open").by(&ana).send().await.ok();
                let id = open["items"][0]["id"].as_str().filter(|id| *id != before);
                if let Some(id) = id {
                    return app.post(format!("/api/v1/sessions/{id}/settle")).by(&ana).send().await;
                }
                tokio::task::yield_now().await;
            }
        };
        let from = json!({"positionMs": round * 8_000});
        let (begun, ended) =
            with_time(&app, async { tokio::join!(ask(&app, &ana, &track, from), ends) }).await;
        assert_eq!(begun.expect(201).json()["sessionId"], ended.expect(200).json()["sessionId"]);
        let left = stalled(&app, &ana, &track, round * 1_000_000).await.map(|(_, length)| length);
        assert_eq!(left, None, "round {round}");
    }
    assert_eq!(available(&app, &ana).await, 1_000_000);
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
