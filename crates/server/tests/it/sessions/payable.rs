//! What was earned becomes payable.

use kernel::ArtistId;

use super::*;
use crate::{ledger::checked, tips::tip};

const DAY: Duration = Duration::from_hours(24);

async fn mature(app: &TestApp) -> usize {
    commerce::earnings::mature(&app.service.commerce).await.unwrap()
}

/// Earned, payable and disputed.
async fn books(app: &TestApp, artist: ArtistId) -> [i64; 3] {
    [
        balance(app, Account::Earned(artist)).await,
        balance(app, Account::Payable(artist)).await,
        balance(app, Account::Disputed(artist)).await,
    ]
}

/// Listens for so many seconds; answers the session, and whose it was.
async fn listen(app: &TestApp, user: &User, track: &str, seconds: u64) -> (String, ArtistId) {
    let listener = start(app, user, track).await;
    listener.hear(1, seconds).await;
    listener.settle().await;
    let artist = ArtistId(listener.terms["artistId"].as_str().unwrap().parse().unwrap());
    (listener.id().to_owned(), artist)
}

async fn contest(app: &TestApp, user: &User, session: &str) -> Value {
    let path = format!("/api/v1/sessions/{session}/dispute");
    let call = app.post(path).by(user).json(json!({"reason": "there was no sound"}));
    call.send().await.expect(201).json()
}

async fn decide(app: &TestApp, admin: &User, dispute: &Value, resolution: &str) {
    let path = format!("/api/v1/admin/disputes/{}/resolve", dispute["id"].as_str().unwrap());
    app.post(path).by(admin).json(json!({"resolution": resolution})).send().await.ok();
}

#[testkit::test]
async fn earnings_become_payable_when_their_time_has_come_and_once(app: TestApp) {
    let (ana, ben) = (app.listener("ana").await, app.artist("ben").await);
    let track = priced(&app, &ben, 60).await;
    fund(&app, &ana, 1_000_000).await;
    let (_, artist) = listen(&app, &ana, &track, 3).await;
    tip(&app, &ana, "one", artist, "BEAT", "500").await.expect(201);
    assert_eq!((mature(&app).await, books(&app, artist).await), (0, [6_500, 0, 0]));
    // Some days later there is more.
    app.advance(DAY * 10);
    let ana = app.again("ana").await;
    listen(&app, &ana, &track, 5).await;
    tip(&app, &ana, "two", artist, "BEAT", "70").await.expect(201);
    app.advance(DAY * 20);
    assert_eq!(mature(&app).await, 0, "thirty whole days, and it is the thirtieth");
    app.advance(DAY);
    // One is under way meanwhile, and nothing of it is payable.
    let ana = app.again("ana").await;
    let running = start(&app, &ana, &track).await;
    running.hear(1, 20).await;
    let captured = balance(&app, Account::Earned(artist)).await - 16_570;
    assert!(captured > 0, "some of it is posted");
    assert_eq!((mature(&app).await, books(&app, artist).await), (1, [10_070 + captured, 6_500, 0]));
    assert_eq!(mature(&app).await, 0, "once a day");
    running.settle().await;
    app.advance(DAY * 10);
    assert_eq!((mature(&app).await, books(&app, artist).await), (1, [40_000, 16_570, 0]));
    app.advance(DAY * 31);
    assert_eq!((mature(&app).await, books(&app, artist).await), (1, [0, 56_570, 0]));
    app.advance(DAY);
    assert_eq!(mature(&app).await, 0);

    let ben = app.again("ben").await;
    let path = format!("/api/v1/artists/{artist}");
    let earnings = app.get(format!("{path}/earnings")).by(&ben).send().await.ok();
    assert_eq!((&earnings["balances"][0]["payable"], &earnings["holdDays"]), (&json!("56570"), &json!(30)));
    // Month by month it is the same. The clock began on 1 January.
    let statements = app.get(format!("{path}/statements")).by(&ben).send().await.ok();
    let rows: Vec<Value> = statements["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| {
            let amount = |name: &str| item[name]["amount"].as_str().unwrap().to_owned();
            let [earned, listening, tips] = ["earned", "listening", "tips"].map(amount);
            json!([
                item["month"],
                item["seconds"],
                item["listeners"],
                listening,
                tips,
                earned,
                amount("matured")
            ])
        })
        .collect();
    let expected = [
        json!(["2026-03", 0, 0, "0", "0", "0", "40000"]),
        json!(["2026-02", 20, 1, "40000", "0", "40000", "16570"]),
        json!(["2026-01", 8, 1, "16000", "570", "16570", "0"]),
    ];
    assert_eq!(rows, expected);
    let table = app.get(format!("{path}/statements?format=csv")).by(&ben).send().await.expect(200);
    assert!(table.header("content-type").unwrap().starts_with("text/csv"));
    let table = String::from_utf8(table.body).unwrap();
    let lines: Vec<&str> = table.split("\r\n").collect();
    assert_eq!(lines[3], "2026-01,BEAT,2,8,1,16000,2,570,16570,0,0,0.016,0.00057,0.01657,0,0");
    assert_eq!((lines.len(), lines[4]), (5, ""));
    let ana = app.again("ana").await;
    app.get(format!("{path}/statements")).by(&ana).send().await.expect(404).problem("artist_not_found");
    let wrong = format!("{path}/statements?from=1990-01-01T00:00:00Z");
    assert_eq!(app.get(wrong).by(&ben).send().await.expect(422).pointers(), ["/from"]);
    checked(&app).await;
}

#[testkit::test]
async fn a_balance_knows_seconds_that_are_not_posted(app: TestApp) {
    let (ana, ben) = (app.listener("ana").await, app.artist("ben").await);
    let track = priced(&app, &ben, 60).await;
    fund(&app, &ana, 1_000_000).await;
    let listener = start(&app, &ana, &track).await;
    listener.hear(1, 4).await;
    // The next one carries what was acknowledged to the disk.
    listener.second(5).await;
    listener.durable(4).await;
    let all = app.get("/api/v1/me/balances").by(&ana).send().await.ok()[0].clone();
    let minor = |name: &str| all[name].as_str().unwrap().parse::<i64>().unwrap();
    assert_eq!(minor("available") + minor("held"), 1_000_000 - 4 * PRICE);
    assert_eq!(available(&app, &ana).await + held(&app, &ana).await, 1_000_000, "nothing is posted");
    listener.settle().await;
    let all = app.get("/api/v1/me/balances").by(&ana).send().await.ok()[0].clone();
    assert_eq!((&all["available"], &all["held"]), (&json!((1_000_000 - 4 * PRICE).to_string()), &json!("0")));
}

#[testkit::test]
async fn what_is_contested_is_held_back(app: TestApp) {
    app.admin("root").await;
    let (ana, ben) = (app.listener("ana").await, app.artist("ben").await);
    let track = priced(&app, &ben, 60).await;
    fund(&app, &ana, 1_000_000).await;
    let (one, artist) = listen(&app, &ana, &track, 3).await;
    let (two, _) = listen(&app, &ana, &track, 5).await;
    app.advance(DAY * 29);
    let ana = app.again("ana").await;
    listen(&app, &ana, &track, 1).await;
    let (first, second) = (contest(&app, &ana, &one).await, contest(&app, &ana, &two).await);
    app.advance(DAY * 3);
    // Of three sessions two are contested, and the third is too young.
    assert_eq!((mature(&app).await, books(&app, artist).await), (0, [2_000, 0, 16_000]));
    decide(&app, &app.again("root").await, &first, "dismiss").await;
    decide(&app, &app.again("root").await, &second, "uphold").await;
    assert_eq!((mature(&app).await, books(&app, artist).await), (1, [2_000, 6_000, 0]));
    app.advance(DAY * 30);
    assert_eq!((mature(&app).await, books(&app, artist).await), (1, [0, 8_000, 0]));
    let ben = app.again("ben").await;
    let path = format!("/api/v1/artists/{artist}/statements");
    let january =
        app.get(path).by(&ben).send().await.ok()["items"].as_array().unwrap().last().unwrap().clone();
    assert_eq!(
        (&january["listening"]["amount"], &january["withheld"]["amount"]),
        (&json!("8000"), &json!("10000"))
    );
    checked(&app).await;
}

#[testkit::test]
async fn what_is_contested_or_was_given_back_holds_back_nothing_else(app: TestApp) {
    app.admin("root").await;
    let (ana, ben) = (app.listener("ana").await, app.artist("ben").await);
    let track = priced(&app, &ben, 60).await;
    fund(&app, &ana, 1_000_000).await;
    let (_, artist) = listen(&app, &ana, &track, 5).await;
    app.advance(DAY * 31);
    let ana = app.again("ana").await;
    let (open, _) = listen(&app, &ana, &track, 2).await;
    let (refunded, _) = listen(&app, &ana, &track, 1).await;
    contest(&app, &ana, &open).await;
    let dispute = contest(&app, &ana, &refunded).await;
    decide(&app, &app.again("root").await, &dispute, "uphold").await;
    // Both are too young, and no part of what is earned: neither is taken off it once more.
    assert_eq!((mature(&app).await, books(&app, artist).await), (1, [0, 10_000, 4_000]));
    checked(&app).await;
}

#[testkit::test]
async fn whoever_matures_at_the_same_time_moves_it_once(app: TestApp) {
    let (ana, ben) = (app.listener("ana").await, app.artist("ben").await);
    let track = priced(&app, &ben, 60).await;
    fund(&app, &ana, 1_000_000).await;
    let (_, artist) = listen(&app, &ana, &track, 3).await;
    app.advance(DAY * 31);
    let all = futures_util::future::join_all((0..16).map(|_| mature(&app))).await;
    assert_eq!((all.iter().sum::<usize>(), books(&app, artist).await), (1, [0, 6_000, 0]));
}
