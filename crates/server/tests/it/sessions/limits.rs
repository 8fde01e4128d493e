//! Money and caps that end.

use super::*;
use crate::ledger::checked;

#[testkit::test]
async fn it_pauses_when_the_money_is_used_up_and_goes_on_after_a_payment(app: TestApp) {
    let (ana, ben) = (app.listener("ana").await, app.artist("ben").await);
    let track = priced(&app, &ben, 60).await;
    fund(&app, &ana, 3 * PRICE + 7).await;
    let listener = start(&app, &ana, &track).await;
    assert_eq!(listener.terms["beatsRemaining"], 3);
    listener.hear(1, 3).await;
    app.advance(5 * SECOND);
    let session = listener.until(|session| session["isRunning"] == false).await;
    assert_eq!(session["pauseReason"], "balance");
    fund(&app, &ana, 10 * PRICE).await;
    let resume = json!({"resume": {"sessionId": listener.id()}});
    let again = app.post("/api/v1/sessions").by(&ana).json(resume).send().await.expect(201).json();
    // What was paid in a moment ago counts.
    assert_eq!((&again["seq"], &again["beatsRemaining"]), (&json!(3), &json!(10)));
    let session = listener.until(|session| session["isRunning"] == true).await;
    assert_eq!(session["newest"]["beatsRemaining"], 10);
    listener.hear(4, 6).await;
    assert_eq!(listener.settle().await["beats"], 6);
    assert_eq!(available(&app, &ana).await, 7 * PRICE + 7);
    checked(&app).await;
}

#[testkit::test]
async fn no_cap_is_ever_exceeded(app: TestApp) {
    let (ana, ben) = (app.listener("ana").await, app.artist("ben").await);
    let (one, two) = (priced(&app, &ben, 50).await, priced(&app, &ben, 60).await);
    fund(&app, &ana, 1_000_000).await;
    let beats = |n: i64| json!({"asset": "BEAT", "amount": (n * PRICE).to_string()});
    let caps = json!({"perPlay": beats(9), "perDay": beats(7), "perMonth": null, "perArtist": null});
    let set = app.put("/api/v1/me/spending-caps").by(&ana).json(caps.clone()).send().await.ok();
    assert_eq!(set, caps);
    let first = start(&app, &ana, &one).await;
    assert_eq!((&first.terms["cap"], &first.terms["beatsRemaining"]), (&json!("14000"), &json!(7)));
    first.hear(1, 4).await;
    // The next one begins at once; what the first has charged counts, though it is not settled yet.
    let second = start(&app, &ana, &two).await;
    assert_eq!(second.terms["beatsRemaining"], 3);
    second.hear(1, 3).await;
    app.advance(10 * SECOND);
    let session = second.until(|session| session["isRunning"] == false).await;
    assert_eq!((&session["pauseReason"], &session["newest"]["seq"]), (&json!("cap"), &json!(3)));
    assert_eq!(session["reachedCap"], "perDay");
    second.settle().await;
    let refused = ask(&app, &ana, &one, json!({})).await.problem("cap_reached");
    assert_eq!(refused["reachedCap"], "perDay");
    // A new day.
    app.advance(24 * 3600 * SECOND);
    let ana = app.again("ana").await;
    let third = start(&app, &ana, &one).await;
    assert_eq!(third.terms["beatsRemaining"], 7);
    third.hear(1, 7).await;
    // What is left is too little, and not the money, whether or not the last seconds are in the database by then.
    let refused = ask(&app, &ana, &two, json!({})).await.problem("cap_reached");
    assert_eq!(refused["reachedCap"], "perDay");
    checked(&app).await;
}

#[testkit::test]
async fn what_is_spent_of_each_cap_is_what_a_session_finds_spent(app: TestApp) {
    let ana = app.listener("ana").await;
    app.admin("root").await;
    let (ben, cid) = (app.artist("ben").await, app.artist("cid").await);
    let (one, two) = (priced(&app, &ben, 50).await, priced(&app, &cid, 60).await);
    fund(&app, &ana, 1_000_000).await;
    let beats = |n: i64| json!({"asset": "BEAT", "amount": (n * PRICE).to_string()});
    let spent = async |user: &User| app.get("/api/v1/me/spending").by(user).send().await.ok();
    let nothing = json!({"today": beats(0), "thisMonth": beats(0), "artists": []});
    assert_eq!(spent(&ana).await, nothing);
    let first = start(&app, &ana, &one).await;
    first.hear(1, 4).await;
    first.settle().await;
    // On the next day of the same month.
    app.advance(24 * 3600 * SECOND);
    let ana = app.again("ana").await;
    let second = start(&app, &ana, &two).await;
    second.hear(1, 3).await;
    second.durable(2).await;
    let told = spent(&ana).await;
    let on = |session: &Listener, name: &str, n: i64| json!({"artistId": session.terms["artistId"], "name": name, "spent": beats(n)});
    // What an open session has charged counts, as far as it is durable.
    second.settle().await;
    let settled = spent(&ana).await;
    assert!(told == settled || told["today"] == beats(2), "{told}");
    let artists = [on(&first, "ben", 4), on(&second, "cid", 3)];
    assert_eq!(settled, json!({"today": beats(3), "thisMonth": beats(7), "artists": artists}));
    // With nothing left of a cap nothing begins; with a beat left, one does.
    let caps = [("perDay", 3), ("perMonth", 7), ("perArtist", 4)];
    for (name, n) in caps {
        for (more, is_enough) in [(0, false), (1, true)] {
            let mut wanted = json!({});
            wanted[name] = beats(n + more);
            app.put("/api/v1/me/spending-caps").by(&ana).json(wanted).send().await.ok();
            let reply = ask(&app, &ana, &one, json!({})).await;
            if is_enough {
                assert_eq!(reply.expect(201).json()["beatsRemaining"], 1, "{name}");
            } else {
                assert_eq!(reply.problem("cap_reached")["reachedCap"], name);
            }
        }
    }
    // What is given back is not spent.
    let contested = app.post(first.path("/dispute")).by(&ana).json(json!({"reason": "no sound"}));
    let dispute = contested.send().await.expect(201).json();
    assert_eq!(spent(&ana).await["thisMonth"], beats(7));
    let (admin, ben) = (app.again("root").await, app.again("ben").await);
    let decide = format!("/api/v1/admin/disputes/{}/resolve", dispute["id"].as_str().unwrap());
    app.post(decide).by(&admin).json(json!({"resolution": "uphold"})).send().await.expect(200);
    assert_eq!(spent(&ana).await["thisMonth"], beats(3));
    assert_eq!(spent(&ben).await["today"], beats(0));
}

#[testkit::test]
async fn a_cap_for_one_play_is_kept(app: TestApp) {
    let (ana, ben) = (app.listener("ana").await, app.artist("ben").await);
    let track = priced(&app, &ben, 60).await;
    fund(&app, &ana, 1_000_000).await;
    let terms = ask(&app, &ana, &track, json!({"cap": (2 * PRICE + 1).to_string()})).await.expect(201).json();
    let listener = Listener { app: &app, user: &ana, key: key(5), terms };
    listener.hear(1, 2).await;
    app.advance(10 * SECOND);
    let session = listener.until(|session| session["isRunning"] == false).await;
    assert_eq!((&session["pauseReason"], &session["reachedCap"]), (&json!("cap"), &json!("perPlay")));
    assert_eq!(listener.settle().await["beats"], 2);
    let own = json!({"cap": (PRICE - 1).to_string()});
    let refused = ask(&app, &ana, &track, own).await.problem("cap_reached");
    assert_eq!(refused["reachedCap"], "perPlay");
}

#[testkit::test]
async fn a_cap_that_is_lowered_meanwhile_is_kept_from_the_next_hold_on(app: TestApp) {
    let (ana, ben) = (app.listener("ana").await, app.artist("ben").await);
    let track = priced(&app, &ben, 90).await;
    fund(&app, &ana, 1_000_000).await;
    let beats = |n: i64| json!({"asset": "BEAT", "amount": (n * PRICE).to_string()});
    let caps = async |play: Value, day: Value| {
        let caps = json!({"perPlay": play, "perDay": day, "perMonth": null, "perArtist": null});
        app.put("/api/v1/me/spending-caps").by(&ana).json(caps).send().await.ok();
    };
    let stops_at = async |listener: &Listener<'_>, seq: u64, cap: &str| {
        app.advance(10 * SECOND);
        let session = listener.until(|session| session["isRunning"] == false).await;
        assert_eq!((&session["pauseReason"], &session["newest"]["seq"]), (&json!("cap"), &json!(seq)));
        assert_eq!(session["reachedCap"], cap);
        listener.settle().await;
    };
    // Sixty beats are held, and more is asked for when fifteen of them are left.
    let first = start(&app, &ana, &track).await;
    assert_eq!(first.terms["cap"], json!(null));
    first.hear(1, 3).await;
    caps(json!(null), beats(50)).await;
    first.hear(4, 50).await;
    stops_at(&first, 50, "perDay").await;
    assert_eq!(held(&app, &ana).await, 0);

    caps(json!(null), json!(null)).await;
    let second = start(&app, &ana, &track).await;
    second.hear(1, 3).await;
    // What is set in between, and what was spent before, counts; and one play may go on a little beyond what is held.
    caps(beats(62), beats(200)).await;
    second.hear(4, 62).await;
    stops_at(&second, 62, "perPlay").await;
    assert_eq!(available(&app, &ana).await, 1_000_000 - 112 * PRICE);
    checked(&app).await;
}

#[testkit::test]
async fn a_cap_that_is_raised_lets_a_session_go_on_that_waits_at_it(app: TestApp) {
    let (ana, ben) = (app.listener("ana").await, app.artist("ben").await);
    let track = priced(&app, &ben, 60).await;
    fund(&app, &ana, 1_000_000).await;
    let caps = async |beats: i64| {
        let day = json!({"asset": "BEAT", "amount": (beats * PRICE).to_string()});
        let caps = json!({"perPlay": null, "perDay": day, "perMonth": null, "perArtist": null});
        app.put("/api/v1/me/spending-caps").by(&ana).json(caps).send().await.ok();
    };
    caps(2).await;
    let listener = start(&app, &ana, &track).await;
    let resume = async |more: Value| {
        let mut said = json!({"resume": {"sessionId": listener.id()}});
        said.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        ask(&app, &ana, &track, said).await.expect(201).json()
    };
    let rests = async || listener.until(|session| session["isRunning"] == false).await["reachedCap"].clone();
    listener.hear(1, 2).await;
    app.advance(SECOND);
    assert_eq!(rests().await, "perDay");
    let left = |told: &Value| (told["cap"].clone(), told["beatsRemaining"].clone());
    // Coming back alone changes nothing.
    assert_eq!(left(&resume(json!({})).await), (json!((2 * PRICE).to_string()), json!(0)));
    assert_eq!(rests().await, "perDay");
    caps(4).await;
    assert_eq!(left(&resume(json!({})).await), (json!((4 * PRICE).to_string()), json!(2)));
    listener.until(|session| session["isRunning"] == true).await;
    listener.hear(3, 4).await;
    app.advance(SECOND);
    assert_eq!(rests().await, "perDay");
    // Another cap for this play is named on the way, and is kept too.
    caps(50).await;
    let own = json!({"cap": (5 * PRICE).to_string()});
    assert_eq!(left(&resume(own).await), (json!((5 * PRICE).to_string()), json!(1)));
    listener.hear(5, 5).await;
    app.advance(SECOND);
    assert_eq!(rests().await, "perPlay");
    assert_eq!(listener.settle().await["beats"], 5);
    checked(&app).await;
}
