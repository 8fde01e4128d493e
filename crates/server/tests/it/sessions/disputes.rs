//! Sessions that a listener contests.

use kernel::ArtistId;

use super::*;
use crate::ledger::checked;

/// A session of ten seconds, of which the platform takes 5 %.
async fn heard(app: &TestApp) -> (User, User, String, ArtistId) {
    let (ana, ben) = (app.listener("ana").await, app.artist("ben").await);
    let track = priced(app, &ben, 40).await;
    fund(app, &ana, 1_000_000).await;
    let listener = start(app, &ana, &track).await;
    listener.hear(1, 10).await;
    listener.settle().await;
    let artist = ArtistId(listener.terms["artistId"].as_str().unwrap().parse().unwrap());
    let id = listener.id().to_owned();
    (ana, ben, id, artist)
}

async fn contest(app: &TestApp, user: &User, session: &str) -> Reply {
    let path = format!("/api/v1/sessions/{session}/dispute");
    app.post(path).by(user).json(json!({"reason": "there was no sound"})).send().await
}

async fn decide(app: &TestApp, admin: &User, dispute: &Value, resolution: &str) -> Reply {
    let path = format!("/api/v1/admin/disputes/{}/resolve", dispute["id"].as_str().unwrap());
    app.post(path).by(admin).json(json!({"resolution": resolution})).send().await
}

#[testkit::test]
async fn contesting_and_deciding_act_once_under_a_key(app: TestApp) {
    let admin = app.admin("root").await;
    let (ana, ben, session, _) = heard(&app).await;
    let me = app.get("/api/v1/me").by(&ben).send().await.ok();
    assert_eq!(me["artistStats"]["totalEarnings"], json!([{"asset": "BEAT", "amount": "20000"}]));
    let contest = |reason: &str| {
        let call = app.post(format!("/api/v1/sessions/{session}/dispute")).by(&ana);
        call.header("idempotency-key", "one").json(json!({"reason": reason})).send()
    };
    let first = contest("there was no sound").await.expect(201).json();
    assert_eq!(contest("there was no sound").await.expect(201).json(), first);
    contest("there was some").await.problem("idempotency_key_reused");
    // What is contested is earned until somebody decides.
    let me = app.get("/api/v1/me").by(&ben).send().await.ok();
    assert_eq!(me["artistStats"]["totalEarnings"][0]["amount"], "20000");
    let decide = |resolution: &str| {
        let path = format!("/api/v1/admin/disputes/{}/resolve", first["id"].as_str().unwrap());
        let call = app.post(path).by(&admin).header("idempotency-key", "one");
        call.json(json!({"resolution": resolution, "note": "No sound was sent"})).send()
    };
    let upheld = decide("uphold").await.expect(200).json();
    assert_eq!(decide("uphold").await.expect(200).json(), upheld);
    decide("dismiss").await.problem("idempotency_key_reused");
    let me = app.get("/api/v1/me").by(&ben).send().await.ok();
    assert_eq!(me["artistStats"]["totalEarnings"], json!([]));
    let listed = app.get("/api/v1/me/sessions?status=REFUNDED").by(&ana).send().await.ok();
    assert_eq!(listed["items"][0]["id"], session);
}

#[testkit::test]
async fn whoever_was_right_gets_all_of_it_and_both_are_told(app: TestApp) {
    let app = app.reconfigured(|config| config.platform.fee_bp = 500);
    let admin = app.admin("root").await;
    let (ana, ben, session, artist) = heard(&app).await;
    let (earned, disputed) = (Account::Earned(artist), Account::Disputed(artist));
    assert_eq!(balance(&app, earned).await, 19_000);
    let dispute = contest(&app, &ana, &session).await.expect(201).json();
    assert_eq!((&dispute["status"], &dispute["total"]["amount"]), (&json!("open"), &json!("20000")));
    assert_eq!((balance(&app, earned).await, balance(&app, disputed).await), (0, 19_000));
    contest(&app, &ana, &session).await.problem("not_contestable");
    app.run_events().await;
    let news = app.get("/api/v1/notifications").by(&ben).send().await.ok();
    assert_eq!(news["items"][0]["type"], "dispute_opened");

    let open = app.get("/api/v1/admin/disputes?status=open").by(&admin).send().await.ok();
    assert_eq!(open["items"][0]["id"], dispute["id"]);
    let upheld = decide(&app, &admin, &dispute, "uphold").await.expect(200).json();
    assert_eq!(upheld["status"], "upheld");
    decide(&app, &admin, &dispute, "uphold").await.expect(200);
    decide(&app, &admin, &dispute, "dismiss").await.problem("not_contestable");
    assert_eq!(available(&app, &ana).await, 1_000_000);
    assert_eq!((balance(&app, disputed).await, balance(&app, Account::Fees).await), (0, 0));
    app.run_events().await;
    for user in [&ana, &ben] {
        let news = app.get("/api/v1/notifications").by(user).send().await.ok();
        assert_eq!(news["items"][0]["type"], "dispute_resolved");
    }
    // What moved the money names the track, and listening the time at which its receipt says that it ended.
    let moved = app.get("/api/v1/me/transactions").by(&ana).send().await.ok()["items"].clone();
    let of = |kind: &str| moved.as_array().unwrap().iter().find(|each| each["kind"] == kind).unwrap();
    let (back, listening) = (of("dispute_upheld"), of("capture"));
    assert_eq!(back["description"], "Given back after a dispute: Dawn");
    assert_eq!((&back["title"], &back["trackId"]), (&listening["title"], &listening["trackId"]));
    let receipt = app.get(format!("/api/v1/me/receipts/{session}")).by(&ana).send().await.ok();
    assert_eq!((&listening["settledAt"], &back["settledAt"]), (&receipt["settledAt"], &Value::Null));
    // What is not paid for any more is not sent for it either.
    let track = back["trackId"].as_str().unwrap();
    let (again, eve) = (start(&app, &ana, track).await, app.listener("eve").await);
    fund(&app, &eve, 1_000_000).await;
    let first = start(&app, &eve, track).await;
    let mut sent = Vec::new();
    for user in [&ana, &eve] {
        let part = app.get(format!("/api/v1/tracks/{track}/stream")).by(user).header("range", "bytes=0-");
        sent.push(part.send().await.expect(206).body.len());
    }
    assert_eq!(sent[0], sent[1], "as to somebody who never paid");
    again.settle().await;
    first.settle().await;
    let status = app.get(format!("/api/v1/sessions/{session}")).by(&ana).send().await.ok()["status"].clone();
    assert_eq!(status, "refunded");
    checked(&app).await;
}

#[testkit::test]
async fn what_an_admin_says_with_a_decision_reaches_both_sides(app: TestApp) {
    let admin = app.admin("root").await;
    let (ana, ben, session, _) = heard(&app).await;
    let dispute = contest(&app, &ana, &session).await.expect(201).json();
    let path = format!("/api/v1/admin/disputes/{}", dispute["id"].as_str().unwrap());
    let open = app.get(&path).by(&admin).send().await.ok();
    assert_eq!((&open, &open["note"]), (&dispute, &json!(null)));
    app.get(format!("/api/v1/admin/disputes/{session}")).by(&admin).send().await.problem("dispute_not_found");
    let count = async || {
        let list = app.get("/api/v1/admin/disputes?status=upheld").by(&admin).send().await.ok();
        (list["openCount"].clone(), list["items"].as_array().unwrap().len())
    };
    assert_eq!(count().await, (json!(1), 0));
    app.run_events().await;
    let decide = async |note: &str| {
        let decision = json!({"resolution": "uphold", "note": note});
        app.post(format!("{path}/resolve")).by(&admin).json(decision).send().await
    };
    decide(&"a".repeat(1001)).await.problem("validation_failed");
    let upheld = decide("  The server was away. ").await.expect(200).json();
    assert_eq!((&upheld["status"], &upheld["note"]), (&json!("upheld"), &json!("The server was away.")));
    // What was said is said.
    assert_eq!(decide("or was it?").await.expect(200).json(), upheld);
    assert_eq!(app.get(&path).by(&admin).send().await.ok(), upheld);
    assert_eq!(count().await, (json!(0), 1));
    let shown = app.get(format!("/api/v1/sessions/{session}")).by(&ana).send().await.ok();
    assert_eq!(shown["dispute"]["note"], "The server was away.");
    app.run_events().await;
    for user in [&ana, &ben] {
        let news = app.get("/api/v1/notifications").by(user).send().await.ok()["items"][0].clone();
        let said = ["title", "upheld", "note"].map(|name| &news["params"][name]);
        assert_eq!(said, [&json!("Dawn"), &json!(true), &json!("The server was away.")]);
        let message = news["message"].as_str().unwrap();
        assert!(
            message.ends_with("goes back to the listener: \u{201c}The server was away.\u{201d}"),
            "{message}"
        );
    }
}

#[testkit::test]
async fn artists_see_what_is_contested_of_theirs_and_what_came_of_it(app: TestApp) {
    let app = app.reconfigured(|config| config.platform.fee_bp = 500);
    let admin = app.admin("root").await;
    let (ana, ben, cleo) = (app.listener("ana").await, app.artist("ben").await, app.artist("cleo").await);
    let track = priced(&app, &ben, 40).await;
    priced(&app, &cleo, 30).await;
    let page = async |user: &User| {
        let pages = app.get("/api/v1/me/artists").by(user).send().await.ok();
        pages["items"][0]["id"].as_str().unwrap().to_owned()
    };
    let (bens, cleos) = (page(&ben).await, page(&cleo).await);
    let split = json!({"shares": [
        {"artistId": bens, "role": "artist", "basisPoints": 6000},
        {"artistId": cleos, "role": "producer", "basisPoints": 4000},
    ]});
    app.put(format!("/api/v1/tracks/{track}/splits")).by(&ben).json(split).send().await.ok();
    fund(&app, &ana, 1_000_000).await;
    let mut disputes = Vec::new();
    for seconds in [10, 5, 1] {
        let listener = start(&app, &ana, &track).await;
        listener.hear(1, seconds).await;
        listener.settle().await;
        disputes.push(contest(&app, &ana, listener.id()).await.expect(201).json());
        app.run_events().await;
        app.advance(SECOND);
    }
    let list = async |artist: &str, user: &User, query: &str| {
        app.get(format!("/api/v1/artists/{artist}/disputes{query}")).by(user).send().await
    };
    // To each what is theirs of it, the newest first, and to nobody else anything.
    let amounts = |list: &Value| -> Vec<String> {
        let items = list["items"].as_array().unwrap().iter();
        items.map(|item| item["amount"]["amount"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(amounts(&list(&bens, &ben, "").await.ok()), ["1140", "5700", "11400"]);
    assert_eq!(amounts(&list(&cleos, &cleo, "").await.ok()), ["760", "3800", "7600"]);
    for user in [&ana, &cleo, &admin] {
        list(&bens, user, "").await.problem("artist_not_found");
    }
    let first = list(&bens, &ben, "?limit=2").await.ok();
    assert_eq!(amounts(&first), ["1140", "5700"]);
    let rest = format!("?limit=2&cursor={}", first["nextCursor"].as_str().unwrap());
    assert_eq!(amounts(&list(&bens, &ben, &rest).await.ok()), ["11400"]);
    list(&bens, &ben, "?cursor=none").await.problem("invalid_cursor");

    let open = &first["items"][0];
    let told = ["title", "raisedBy", "reason", "status"].map(|name| open[name].as_str().unwrap());
    assert_eq!(told, ["Dawn", "listener", "there was no sound", "open"]);
    assert_eq!(open["trackId"], json!(track));
    assert!(!open.to_string().contains(&ana.id), "{open}");
    // What they are told says which play it was, and leads to the list.
    let news =
        async |user: &User| app.get("/api/v1/notifications").by(user).send().await.ok()["items"][0].clone();
    for (user, artist, amount) in [(&ben, &bens, "1140"), (&cleo, &cleos, "760")] {
        let told = news(user).await;
        assert_eq!(told["link"], format!("/studio/earnings?page={artist}"));
        assert_eq!((&told["params"]["amount"], &told["params"]["asset"]), (&json!(amount), &json!("BEAT")));
        assert_eq!(told["params"]["playedAt"], open["settledAt"]);
        let message = told["message"].as_str().unwrap();
        assert!(message.contains("a play of \u{201c}Dawn\u{201d} (2026-01-01, 0.00"), "{message}");
    }
    for (dispute, resolution) in [(&disputes[2], "uphold"), (&disputes[1], "dismiss")] {
        decide(&app, &admin, dispute, resolution).await.expect(200);
        app.run_events().await;
    }
    let items = list(&bens, &ben, "").await.ok()["items"].clone();
    let states = [0, 1, 2].map(|at: usize| items[at]["status"].as_str().unwrap());
    assert_eq!(states, ["upheld", "dismissed", "open"]);
    assert!(items[0]["resolvedAt"].is_string() && items[2]["resolvedAt"].is_null(), "{items}");
    assert_eq!(news(&cleo).await["params"]["amount"], "3800");
    // What stands is in the sums and in the balance, what is contested in neither.
    let earnings = app.get(format!("/api/v1/artists/{bens}/earnings")).by(&ben).send().await.ok();
    let balance = &earnings["balances"][0];
    assert_eq!((&balance["earned"], &balance["disputed"]), (&json!("5700"), &json!("11400")));
    let sums = earnings["items"].as_array().unwrap();
    assert_eq!(
        (sums.len(), &sums[0]["amount"]["amount"], &sums[0]["seconds"]),
        (1, &json!("5700"), &json!(5))
    );
    checked(&app).await;
}

#[testkit::test]
async fn an_admin_sees_the_receipt_of_what_is_contested_and_that_is_written_down(app: TestApp) {
    let admin = app.admin("root").await;
    let (ana, ben, session, _) = heard(&app).await;
    let own = format!("/api/v1/me/receipts/{session}");
    app.get(&own).by(&admin).send().await.problem("session_not_found");
    let dispute = contest(&app, &ana, &session).await.expect(201).json();
    let path = |id: &Value| format!("/api/v1/admin/disputes/{}/receipt", id.as_str().unwrap());
    for (user, status) in [(&ana, 403), (&ben, 403)] {
        app.get(path(&dispute["id"])).by(user).send().await.expect(status);
    }
    let deeds = async || -> Vec<(AccountId, String)> {
        let deeds: db::Result<_> = db::read!(app.db(), |tx| {
            db::sql!("SELECT actor_id, subject FROM audit WHERE action = 'dispute.receipt'").all(tx).await
        });
        deeds.unwrap()
    };
    app.get(path(&json!(session))).by(&admin).send().await.problem("dispute_not_found");
    assert_eq!(deeds().await, []);
    // The same as the listener's, and it stays there when all is decided.
    for decided in [false, true] {
        if decided {
            decide(&app, &admin, &dispute, "dismiss").await.expect(200);
        }
        let shown = app.get(path(&dispute["id"])).by(&admin).send().await.ok();
        assert_eq!(shown, app.get(&own).by(&ana).send().await.ok());
        assert_eq!(shown["status"], if decided { "settled" } else { "disputed" });
    }
    let deed = (id_of(&admin), dispute["id"].as_str().unwrap().to_owned());
    assert_eq!(deeds().await, [deed.clone(), deed]);
    checked(&app).await;
}

#[testkit::test]
async fn what_is_dismissed_goes_back_and_what_is_too_old_is_not_taken(app: TestApp) {
    let admin = app.admin("root").await;
    let (ana, _, session, artist) = heard(&app).await;
    let dispute = contest(&app, &ana, &session).await.expect(201).json();
    decide(&app, &admin, &dispute, "dismiss").await.expect(200);
    assert_eq!(balance(&app, Account::Earned(artist)).await, 20_000);
    assert_eq!(available(&app, &ana).await, 980_000);
    contest(&app, &ana, &session).await.problem("not_contestable");
    // A month later it is too late for another one.
    let ben = app.artist("bea").await;
    let listener = start(&app, &ana, &priced(&app, &ben, 30).await).await;
    listener.hear(1, 1).await;
    listener.settle().await;
    let late = listener.id().to_owned();
    app.advance(31 * 24 * 3600 * SECOND);
    let ana = app.again("ana").await;
    contest(&app, &ana, &late).await.problem("not_contestable");
    checked(&app).await;
}

#[testkit::test]
async fn of_many_decisions_at_once_one_counts(app: TestApp) {
    let admin = app.admin("root").await;
    let (ana, _, session, artist) = heard(&app).await;
    let contests = (0..16).map(|_| contest(&app, &ana, &session));
    let replies = futures_util::future::join_all(contests).await;
    assert_eq!(replies.iter().filter(|reply| reply.status == 201).count(), 1);
    let dispute = replies.iter().find(|reply| reply.status == 201).unwrap().json();
    let decisions =
        (0..16).map(|n| decide(&app, &admin, &dispute, if n % 2 == 0 { "uphold" } else { "dismiss" }));
    let replies = futures_util::future::join_all(decisions).await;
    let done: Vec<String> = replies
        .iter()
        .filter(|reply| reply.status == 200)
        .map(|reply| reply.json()["status"].as_str().unwrap().to_owned())
        .collect();
    assert!(done.iter().all(|status| *status == done[0]), "{done:?}");
    assert_eq!(done.len(), 8, "half of them wanted what was decided");
    let whole = available(&app, &ana).await + balance(&app, Account::Earned(artist)).await;
    assert_eq!(whole, 1_000_000);
    checked(&app).await;
}

async fn examine(app: &TestApp) -> usize {
    commerce::disputes::examine(&app.service.commerce).await.unwrap()
}

#[testkit::test]
async fn what_was_paid_for_and_not_delivered_is_contested_by_the_instance(app: TestApp) {
    app.admin("root").await;
    let ben = app.artist("ben").await;
    let track = priced(&app, &ben, 60).await;
    let mut sessions = Vec::new();
    // Of what was delivered in more pieces than are noted, nobody knows how much it was.
    let crumbs: Vec<String> = (0..256).map(|n| format!("bytes={0}-{0}", n * 2)).collect();
    let whole = vec!["bytes=0-".to_owned()];
    let plays = [("ana", 40, vec![]), ("cid", 40, whole), ("eve", 30, vec![]), ("dan", 40, crumbs)];
    for (name, seconds, ranges) in plays {
        let user = app.listener(name).await;
        fund(&app, &user, 1_000_000).await;
        let listener = start(&app, &user, &track).await;
        for range in ranges {
            let bytes = app.get(format!("/api/v1/tracks/{track}/stream")).by(&user);
            bytes.header("range", &range).send().await.expect(206);
        }
        let (playback, stopped) = (&app.service.music.playback, std::future::ready(()));
        playback.keep_deliveries(&app.service.app, stopped).await;
        listener.hear(1, seconds).await;
        listener.settle().await;
        sessions.push(listener.id().to_owned());
    }
    app.advance(50 * 60 * SECOND);
    // Nodes may still have to write what they delivered; those before were settled some time earlier.
    assert_eq!(examine(&app).await, 0);
    app.advance(15 * 60 * SECOND);
    assert_eq!(examine(&app).await, 1);
    assert_eq!(examine(&app).await, 0);
    let [admin, ana, ben] = [app.again("root").await, app.again("ana").await, app.again("ben").await];
    let open = app.get("/api/v1/admin/disputes").by(&admin).send().await.ok()["items"].clone();
    assert_eq!(open.as_array().unwrap().len(), 1, "{open}");
    let dispute = &open[0];
    assert_eq!((&dispute["sessionId"], &dispute["raisedBy"]), (&json!(sessions[0]), &json!("instance")));
    let told = ["username", "title", "artistName", "reason"].map(|name| dispute[name].as_str().unwrap());
    assert_eq!(told, ["ana", "Dawn", "ben", "40 s were paid for, and 0 s were delivered."]);
    app.run_events().await;
    let page = app.get("/api/v1/me/artists").by(&ben).send().await.ok()["items"][0]["id"].clone();
    let earnings = format!("/studio/earnings?page={}", page.as_str().unwrap());
    let links = [(&ana, format!("/wallet/receipts/{}", sessions[0])), (&ben, earnings)];
    for (user, link) in links.into_iter().chain([(&admin, "/admin/disputes".to_owned())]) {
        let news = app.get("/api/v1/notifications").by(user).send().await.ok()["items"][0].clone();
        assert_eq!((&news["type"], &news["link"]), (&json!("dispute_opened"), &json!(link)));
        let of = ["title", "byInstance", "asset", "amount"].map(|name| &news["params"][name]);
        assert_eq!(of, [&json!("Dawn"), &json!(true), &json!("BEAT"), &json!("80000")]);
    }
    let of_session = async || {
        app.get(format!("/api/v1/sessions/{}", sessions[0])).by(&ana).send().await.ok()["dispute"].clone()
    };
    assert_eq!(of_session().await["status"], "open");
    decide(&app, &admin, dispute, "dismiss").await.expect(200);
    assert_eq!(
        (&of_session().await["status"], &of_session().await["raisedBy"]),
        (&json!("dismissed"), &json!("instance"))
    );
    contest(&app, &ana, &sessions[0]).await.problem("not_contestable");
    assert_eq!(examine(&app).await, 0);
    checked(&app).await;
}

#[testkit::test]
async fn a_receipt_that_proves_nothing_is_contested_by_the_instance(app: TestApp) {
    app.admin("root").await;
    let (_, _, session, artist) = heard(&app).await;
    app.advance(61 * 60 * SECOND);
    let spoilt: db::Result<u64> = db::write!(app.db(), |tx| {
        db::sql!("UPDATE paid_session SET voucher = $1").bind(vec![1_u8; 65]).run(tx).await
    });
    assert_eq!(spoilt.unwrap(), 1);
    assert_eq!(examine(&app).await, 1);
    assert_eq!(balance(&app, Account::Disputed(artist)).await, 20_000);
    let admin = app.again("root").await;
    let open = app.get("/api/v1/admin/disputes").by(&admin).send().await.ok();
    let reason = open["items"][0]["reason"].as_str().unwrap();
    assert!(reason.starts_with("The session does not prove what was charged: "), "{reason}");
    let disputed =
        app.get(format!("/api/v1/admin/disputes/{}/receipt", open["items"][0]["id"].as_str().unwrap()));
    assert_eq!(disputed.by(&admin).send().await.ok()["sessionId"], session);
}
