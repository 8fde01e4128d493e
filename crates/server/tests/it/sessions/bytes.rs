//! Bytes follow payment: what is sent of a priced track, and what is not.

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
    // Nothing beyond it, and nothing of it for anybody else.
    bytes(&app, &ana, &track, &format!("bytes={}-", 120 * second)).await.problem("playback_refused");
    assert!(bytes(&app, &eve, &track, "bytes=0-").await.expect(206).header("x-resonance-preview").is_some());
    // A part of other bytes is no part of these: then all of them are asked for, and not the end, which is released.
    let end = format!("bytes={}-", size - 1_000);
    bytes(&app, &ana, &track, &end).await.expect(206);
    let part = app.get(format!("/api/v1/tracks/{track}/stream")).by(&ana).header("range", &end);
    let whole = part.header("if-range", "\"other\"").begin().await;
    assert_eq!(
        (whole.status().as_u16(), whole.headers()["content-length"].to_str().unwrap()),
        (200, &*size.to_string())
    );
    drop(whole);
    // Each second that is paid for releases one more.
    listener.hear(1, 10).await;
    let more = length_of(&bytes(&app, &ana, &track, "bytes=0-").await.expect(206));
    assert!(more >= released + 9 * second && more <= released + 11 * second, "{more} after {released}");
    listener.settle().await;
    assert!(bytes(&app, &ana, &track, "bytes=0-").await.expect(206).header("x-resonance-preview").is_some());
}

/// Reads what comes of a body until nothing has for a second: how much.
async fn came(body: &mut axum::body::BodyDataStream) -> u64 {
    let mut came = 0;
    loop {
        let next = tokio::time::timeout(Duration::from_secs(1), futures_util::StreamExt::next(body));
        let Ok(Some(Ok(piece))) = next.await else { return came };
        came += u64::try_from(piece.len()).unwrap();
    }
}

#[testkit::test]
async fn whoever_asks_for_the_whole_gets_it_as_it_is_paid_for(app: TestApp) {
    let (ana, ben) = (app.listener("ana").await, app.artist("ben").await);
    let track = loud(&app, &ben, 60).await;
    fund(&app, &ana, 1_000_000).await;
    let listener = start(&app, &ana, &track).await;
    let whole = app.get(format!("/api/v1/tracks/{track}/stream")).by(&ana).begin().await;
    assert_eq!(whole.status(), 200);
    let size: u64 = whole.headers()["content-length"].to_str().unwrap().parse().unwrap();
    let second = size / 60;
    let mut body = whole.into_body().into_data_stream();
    let first = came(&mut body).await;
    assert!(first > 10 * second && first < 30 * second, "{first} of {size}");
    listener.hear(1, 10).await;
    let more = came(&mut body).await;
    assert!(more >= 8 * second && more <= 12 * second, "{more} of {size} for ten seconds");
    // What it was paid by ends, and with it the answer.
    listener.settle().await;
    assert_eq!(came(&mut body).await, 0);
    let next = tokio::time::timeout(Duration::from_secs(5), futures_util::StreamExt::next(&mut body));
    assert!(next.await.unwrap().is_none_or(|piece| piece.is_err()));
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
async fn whoever_begins_in_the_middle_gets_what_the_file_says_of_itself(app: TestApp) {
    let (ana, ben) = (app.listener("ana").await, app.artist("ben").await);
    let track = loud(&app, &ben, 240).await;
    fund(&app, &ana, 1_000_000).await;
    let terms = ask(&app, &ana, &track, json!({"positionMs": 120_000})).await.expect(201).json();
    let listener = Listener { app: &app, user: &ana, key: key(5), terms };
    let first = bytes(&app, &ana, &track, "bytes=0-65535").await.expect(206);
    assert!(first.header("x-resonance-preview").is_none());
    assert_eq!(length_of(&first), 65_536);
    let size = size_of(&first);
    let second = size / 240;
    for (place, length) in [(120 * second, 10 * second), (size - 1_000, 1_000)] {
        let range = format!("bytes={place}-{}", place + length - 1);
        assert_eq!(length_of(&bytes(&app, &ana, &track, &range).await.expect(206)), length);
    }
    bytes(&app, &ana, &track, &format!("bytes={}-", 160 * second)).await.problem("playback_refused");
    listener.settle().await;
}

#[testkit::test]
async fn what_another_node_sent_counts_when_the_session_is_over_too(app: TestApp) {
    let (ana, ben) = (app.listener("ana").await, app.artist("ben").await);
    let track = loud(&app, &ben, 240).await;
    fund(&app, &ana, 1_000_000).await;
    app.run_jobs().await;
    let other = app.another_node();
    let (mut fetched, mut second) = (0, 5_000);
    for round in 0..6_u64 {
        // The other node knows of a session that is over by the time it is asked for much.
        let terms = ask(&app, &ana, &track, json!({"positionMs": round * 30_000})).await.expect(201).json();
        let listener = Listener { app: &app, user: &ana, key: key(5), terms };
        pass(&other, 2 * SECOND).await;
        let place = round * 30 * second;
        let one = bytes(&other, &ana, &track, &format!("bytes={place}-{place}")).await;
        listener.settle().await;
        if one.status != 206 {
            one.problem("playback_refused");
            continue;
        }
        second = size_of(&one) / 240;
        let place = round * 30 * second;
        let rest = bytes(&other, &ana, &track, &format!("bytes={place}-")).await;
        if rest.status == 206 && rest.header("x-resonance-preview").is_none() {
            fetched += u64::try_from(rest.body.len()).unwrap();
        }
    }
    // The minute, what is no sound, and some of it twice.
    assert!(fetched > 50 * second && fetched < 70 * second, "{} s for nothing", fetched / second);
    // And where the session is, a moment later: of the minute, nothing is left but what is no sound.
    let counted = async {
        loop {
            let terms = ask(&app, &ana, &track, json!({"positionMs": 205_000})).await.expect(201).json();
            let listener = Listener { app: &app, user: &ana, key: key(5), terms };
            let promised = stalled(&app, &ana, &track, 175 * second).await.map_or(0, |(_, length)| length);
            listener.settle().await;
            if promised < 8 * second {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), counted).await.expect("it is counted here");
}

/// Waits until a node would send less than so much of a track from a place on.
async fn promises_less(node: &TestApp, user: &User, track: &str, from: u64, than: u64) {
    let less = async {
        loop {
            pass(node, 2 * SECOND).await;
            let promised = stalled(node, user, track, from).await.map_or(0, |(_, length)| length);
            if promised < than {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), less).await.expect("it is counted there");
}

#[testkit::test]
async fn what_is_paid_for_is_had_once_and_not_from_each_node(app: TestApp) {
    let (ana, ben) = (app.listener("ana").await, app.artist("ben").await);
    let track = loud(&app, &ben, 240).await;
    fund(&app, &ana, 1_000_000).await;
    app.run_jobs().await;
    let [second_node, third_node] = [app.another_node(), app.another_node()];
    let listener = start(&app, &ana, &track).await;
    listener.hear(1, 20).await;
    listener.second(21).await;
    listener.durable(20).await;
    // Another node sends the window, and of another place what is left of the minute in advance.
    let first = bytes(&second_node, &ana, &track, "bytes=0-").await.expect(206);
    let second = size_of(&first) / 240;
    let mut word = listener.acknowledgement(21);
    word["positionMs"] = json!(150_000);
    app.post(listener.path("/ack")).by(&ana).json(word).send().await.ok();
    listener.second(22).await;
    listener.durable(21).await;
    pass(&second_node, 2 * SECOND).await;
    let more = bytes(&second_node, &ana, &track, &format!("bytes={}-", 150 * second)).await.expect(206);
    let fetched = length_of(&first) + length_of(&more);
    assert!(fetched > 80 * second && fetched < 95 * second, "{} s of 21 and 60", fetched / second);
    // Where the session is, and at a third node, nothing is left of it.
    promises_less(&app, &ana, &track, 100 * second, 8 * second).await;
    promises_less(&third_node, &ana, &track, 100 * second, 8 * second).await;
}

#[testkit::test]
async fn what_the_node_of_a_session_sends_is_known_to_others_while_it_goes_on(app: TestApp) {
    let (ana, ben) = (app.listener("ana").await, app.artist("ben").await);
    let track = loud(&app, &ben, 240).await;
    fund(&app, &ana, 1_000_000).await;
    app.run_jobs().await;
    let other = app.another_node();
    let terms = ask(&app, &ana, &track, json!({"positionMs": 60_000})).await.expect(201).json();
    let _listener = Listener { app: &app, user: &ana, key: key(5), terms };
    let sent = bytes(&app, &ana, &track, "bytes=0-").await.expect(206);
    let second = size_of(&sent) / 240;
    assert!(length_of(&sent) > 60 * second, "{} s", length_of(&sent) / second);
    promises_less(&other, &ana, &track, 75 * second, 8 * second).await;
}
