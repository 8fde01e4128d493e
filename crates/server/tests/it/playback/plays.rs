use std::time::Duration;

use serde_json::{Value, json};
use testkit::{TestApp, User};

use super::{path, publish, report, stream, tone};

/// What the service has counted: streams of the track, streams and seconds of the account.
async fn counted(app: &TestApp, id: &str, who: &User) -> (i64, i64, i64) {
    let track = app.get(format!("/api/v1/tracks/{id}")).by(who).send().await.ok();
    let me = app.get("/api/v1/me").by(who).send().await.ok();
    let number = |value: &Value| value.as_i64().unwrap();
    let heard = &me["listeningStats"];
    (number(&track["playCount"]), number(&heard["totalStreams"]), number(&heard["totalSeconds"]))
}

#[testkit::test]
async fn a_play_reported_twice_counts_once(app: TestApp) {
    let (ana, ben) = (app.artist("ana").await, app.listener("ben").await);
    let id = publish(&app, &ana, &tone(440, 20), json!({"albumTitle": "Harbour", "genres": ["Folk"]})).await;
    stream(&app, &ben, &id).await.expect(200);
    app.advance(Duration::from_secs(20));
    let play = json!({
        "clientPlayId": "one", "startedAt": app.now(), "secondsListened": 17.9, "completed": true,
    });
    let told = async |play: &Value| app.post(path(&id, "plays")).by(&ben).json(play).send().await.ok();
    let first = told(&play).await;
    assert_eq!(first["clientPlayId"], "one");
    assert_eq!(first["trackId"], id.as_str());
    assert_eq!(first["secondsListened"], 17);
    assert_eq!(first["startedAt"], json!(app.now()));
    let marks = [&first["completed"], &first["served"], &first["stream"]];
    assert_eq!(marks, [true, true, true].map(Value::from).each_ref());
    assert_eq!(counted(&app, &id, &ben).await, (1, 1, 17));

    // Again, later, and with another story: it is the play that it was.
    app.advance(Duration::from_mins(1));
    assert_eq!(told(&play).await, first);
    let mut other = play.clone();
    other["secondsListened"] = json!(20);
    other["completed"] = json!(false);
    assert_eq!(told(&other).await, first);
    assert_eq!(counted(&app, &id, &ben).await, (1, 1, 17));

    // Another play is another one, and the artist sees both.
    other["clientPlayId"] = json!("two");
    assert_eq!(told(&other).await["secondsListened"], 20);
    assert_eq!(counted(&app, &id, &ben).await, (2, 2, 37));
    let album = app.get("/api/v1/albums").by(&ana).send().await.ok()["items"][0].clone();
    assert_eq!(album["playCount"], 2, "{album}");
    let page = app.get("/api/v1/me").by(&ana).send().await.ok();
    assert_eq!(page["artistStats"]["totalStreams"], 2);
    let recent =
        async || app.get("/api/v1/me").by(&ben).send().await.ok()["listeningStats"]["recentStreams"].clone();
    assert_eq!(recent().await.as_array().unwrap().len(), 2);
    assert_eq!(recent().await[0]["title"], "Dawn");
    let hide = json!({"visibility": "private"});
    app.patch(format!("/api/v1/tracks/{id}")).by(&ana).json(hide).send().await.expect(200);
    assert_eq!(recent().await, json!([]), "what may not be seen any more has no title here either");
}

#[testkit::test]
async fn a_play_reported_many_times_at_once_counts_once(app: TestApp) {
    let (ana, ben) = (app.artist("ana").await, app.listener("ben").await);
    let id = publish(&app, &ana, &tone(440, 4), json!({})).await;
    stream(&app, &ben, &id).await.expect(200);
    app.advance(Duration::from_secs(4));
    let tell = || async { report(&app, &ben, &id, "one", 4.0).await.ok() };
    let (a, b, c, d) = tokio::join!(tell(), tell(), tell(), tell());
    assert_eq!([&a, &a, &a], [&b, &c, &d]);
    assert_eq!(counted(&app, &id, &ben).await, (1, 1, 4));
}

#[testkit::test]
async fn nobody_has_heard_more_than_there_was_time_for_or_than_there_is(app: TestApp) {
    let (ana, ben) = (app.artist("ana").await, app.listener("ben").await);
    let id = publish(&app, &ana, &tone(440, 20), json!({})).await;
    let etag = stream(&app, &ben, &id).await.expect(200).header("etag").unwrap().to_owned();
    app.advance(Duration::from_secs(7));
    let early = report(&app, &ben, &id, "early", 20.0).await.ok();
    assert_eq!(
        (&early["secondsListened"], &early["stream"]),
        (&json!(7), &json!(false)),
        "not half of it yet"
    );
    app.advance(Duration::from_secs(100));
    let long = report(&app, &ben, &id, "long", 1e300).await.ok();
    assert_eq!(
        (&long["secondsListened"], &long["stream"]),
        (&json!(20), &json!(true)),
        "no longer than the track"
    );
    assert_eq!(counted(&app, &id, &ben).await, (1, 1, 27));

    // Whoever has the bytes from before and only asks whether they are right has asked.
    let cleo = app.listener("cleo").await;
    app.get(path(&id, "stream")).by(&cleo).header("if-none-match", &etag).send().await.expect(304);
    app.advance(Duration::from_secs(12));
    let play = report(&app, &cleo, &id, "one", 20.0).await.ok();
    assert_eq!((&play["secondsListened"], &play["stream"]), (&json!(12), &json!(true)));

    // What was never asked for here was heard elsewhere, and so was what somebody else asked for.
    let dora = app.listener("dora").await;
    app.call(http::Method::HEAD, path(&id, "stream")).by(&dora).send().await.expect(200);
    let play = report(&app, &dora, &id, "one", 20.0).await.ok();
    assert_eq!((&play["secondsListened"], &play["served"]), (&json!(20), &json!(false)), "{play}");
    assert_eq!(counted(&app, &id, &dora).await, (2, 0, 0));
    let history = app.get("/api/v1/me/history").by(&dora).send().await.ok();
    assert_eq!(history["items"][0]["id"], play["id"], "it is in her history all the same");
}

#[testkit::test]
async fn the_names_of_plays_are_each_accounts_own(app: TestApp) {
    let (ana, ben, cleo) = (app.artist("ana").await, app.listener("ben").await, app.listener("cleo").await);
    let id = publish(&app, &ana, &tone(440, 4), json!({})).await;
    let other = publish(&app, &ana, &tone(550, 4), json!({})).await;
    for who in [&ben, &cleo] {
        stream(&app, who, &id).await.expect(200);
    }
    app.advance(Duration::from_secs(4));
    let bens = report(&app, &ben, &id, "one", 4.0).await.ok();
    let cleos = report(&app, &cleo, &id, "one", 4.0).await.ok();
    assert_ne!(bens["id"], cleos["id"]);
    assert_eq!(counted(&app, &id, &ben).await, (2, 1, 4));
    report(&app, &ben, &other, "one", 4.0).await.expect(409).problem("conflict");
    assert_eq!(counted(&app, &other, &ben).await, (0, 1, 4));
}

#[testkit::test]
async fn impossible_reports_are_refused(app: TestApp) {
    let (ana, ben) = (app.artist("ana").await, app.listener("ben").await);
    let id = publish(&app, &ana, &tone(440, 4), json!({})).await;
    let hidden = publish(&app, &ana, &tone(550, 4), json!({"visibility": "private"})).await;
    let tell = async |more: Value| {
        let mut play = json!({"clientPlayId": "one", "startedAt": app.now(), "secondsListened": 1});
        play.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        app.post(path(&id, "plays")).by(&ben).json(play).send().await
    };
    let later = |seconds| json!(app.now().plus(Duration::from_secs(seconds)));
    for (wrong, pointer) in [
        (json!({"clientPlayId": ""}), "/clientPlayId"),
        (json!({"clientPlayId": "x".repeat(101)}), "/clientPlayId"),
        (json!({"clientPlayId": 7}), "/clientPlayId"),
        (json!({"startedAt": later(121)}), "/startedAt"),
        (json!({"startedAt": "9999-12-31T23:59:59Z"}), "/startedAt"),
        (json!({"startedAt": "yesterday"}), "/startedAt"),
        (json!({"secondsListened": -0.5}), "/secondsListened"),
        (json!({"secondsListened": "all"}), "/secondsListened"),
        (json!({"served": true}), "/served"),
    ] {
        let reply = tell(wrong.clone()).await.expect(422);
        reply.problem("validation_failed");
        assert_eq!(reply.pointers(), [pointer], "{wrong}");
    }
    // Clocks differ a little, and players report late; the play began no later than now.
    let ahead = tell(json!({"clientPlayId": "ahead", "startedAt": later(120)})).await.ok();
    assert_eq!(ahead["startedAt"], json!(app.now()));
    let ancient = tell(json!({"clientPlayId": "old", "startedAt": "1970-01-01T00:00:00Z"})).await.ok();
    assert_eq!(ancient["startedAt"], "1970-01-01T00:00:00Z");
    let history = app.get("/api/v1/me/history").by(&ben).send().await.ok();
    let names: Vec<&Value> =
        history["items"].as_array().unwrap().iter().map(|play| &play["clientPlayId"]).collect();
    assert_eq!(names, ["ahead", "old"]);

    let play = json!({"clientPlayId": "x", "startedAt": app.now(), "secondsListened": 1});
    for id in [&*hidden, "019c0000-0000-7000-8000-000000000000"] {
        let reply = app.post(path(id, "plays")).by(&ben).json(&play).send().await;
        reply.expect(404).problem("track_not_found");
    }
    app.post(path(&id, "plays")).json(&play).send().await.expect(401).problem("unauthenticated");
}

/// Sending many reports of one listen is how play counts are made up.
#[testkit::test]
async fn all_reports_together_count_for_no_more_than_the_time_that_passed(app: TestApp) {
    let (ana, ben) = (app.artist("ana").await, app.listener("ben").await);
    let id = publish(&app, &ana, &tone(440, 20), json!({})).await;
    app.get(path(&id, "stream")).by(&ben).header("range", "bytes=0-0").send().await.expect(206);
    app.advance(Duration::from_secs(31));
    let mut seconds = Vec::new();
    for n in 0..5 {
        let play = report(&app, &ben, &id, &format!("claim {n}"), 90.0).await.ok();
        seconds.push(play["secondsListened"].as_i64().unwrap());
    }
    assert_eq!(seconds, [20, 11, 0, 0, 0]);
    assert_eq!(counted(&app, &id, &ben).await, (2, 2, 31));
    let at_once = (0..8).map(|n| report(&app, &ben, &id, ["a", "b", "c", "d", "e", "f", "g", "h"][n], 90.0));
    app.advance(Duration::from_secs(20));
    futures_util::future::join_all(at_once).await;
    assert_eq!(counted(&app, &id, &ben).await, (3, 3, 51));
}

/// So is claiming many tracks at once.
#[testkit::test]
async fn one_person_hears_one_thing_at_a_time(app: TestApp) {
    let (ana, ben) = (app.artist("ana").await, app.listener("ben").await);
    let mut tracks = Vec::new();
    for (n, pitch) in [440, 550, 660, 770].into_iter().enumerate() {
        let id = publish(&app, &ana, &tone(pitch, 20), json!({"title": format!("Dawn {n}")})).await;
        stream(&app, &ben, &id).await.expect(200);
        tracks.push(id);
    }
    app.advance(Duration::from_secs(50));
    let claims = tracks.iter().map(async |id| report(&app, &ben, id, id, 20.0).await.ok());
    let plays = futures_util::future::join_all(claims).await;
    let mut seconds: Vec<_> = plays.iter().map(|play| play["secondsListened"].as_i64().unwrap()).collect();
    seconds.sort_unstable();
    assert_eq!(seconds, [0, 10, 20, 20], "of 50 seconds");
    assert_eq!(plays.iter().filter(|play| play["stream"] == true).count(), 3);

    // What one listens to next has its own time, however much was asked for long before.
    let next = publish(&app, &ana, &tone(880, 20), json!({"title": "Dusk"})).await;
    app.advance(Duration::from_mins(10));
    stream(&app, &ben, &next).await.expect(200);
    app.advance(Duration::from_secs(15));
    assert_eq!(report(&app, &ben, &next, "next", 20.0).await.ok()["secondsListened"], 15);
    assert_eq!(report(&app, &ben, &tracks[0], "late", 20.0).await.ok()["secondsListened"], 0);
    let cleo = app.listener("cleo").await;
    stream(&app, &cleo, &tracks[0]).await.expect(200);
    app.advance(Duration::from_secs(20));
    assert_eq!(report(&app, &cleo, &tracks[0], "hers", 20.0).await.ok()["secondsListened"], 20);
}
