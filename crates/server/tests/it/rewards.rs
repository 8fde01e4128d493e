//! Points: what earns them, how many there are, and what they are exchanged for.

use std::time::Duration;

use futures_util::future::join_all;
use kernel::{AccountId, Amount, Asset, TrackId};
use money::{
    ledger::{Account, Entry, RewardFor},
    rewards::{Deed, Pool},
};
use serde_json::{Value, json};
use testkit::{Reply, TestApp, User};
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::{
    ledger::{checked, posted},
    matrix::tone,
    upload::studio::{encode, upload},
};

const DAY: Duration = Duration::from_hours(24);

fn id_of(user: &User) -> AccountId {
    AccountId(user.id.parse().unwrap())
}

async fn points(app: &TestApp, user: &User) -> i64 {
    let account = Account::Available(id_of(user));
    db::read!(app.db(), |tx| commerce::ledger::balance(tx, account, Asset::Btn).await).unwrap()
}

/// Gives points without a deed.
pub(crate) async fn give(app: &TestApp, user: &User, points: i64) {
    let at = app.now();
    let supply = app.service.app.config.rewards.supply;
    let track = TrackId(app.service.app.ids.uuid(at));
    let reward = Entry::reward(id_of(user), RewardFor::FirstLike(track), at, points).unwrap();
    posted(app, &[Entry::supply(at, supply).unwrap(), reward]).await.unwrap();
}

/// Publishes a track of so many seconds; answers its id.
async fn publish(app: &TestApp, artist: &User, pitch: u32, seconds: u32, visibility: &str) -> String {
    let input = format!("sine=frequency={pitch}:duration={seconds}:sample_rate=44100");
    let sound = encode(&input, &["-c:a", "flac"], "flac");
    let metadata = json!({"title": "Dawn", "visibility": visibility});
    let track = upload(app, artist, &sound, &metadata).send().await.expect(201).json();
    track["id"].as_str().unwrap().to_owned()
}

/// Small tracks, one second each.
async fn tracks(app: &TestApp, artist: &User, n: u64) -> Vec<TrackId> {
    let mut tracks = Vec::new();
    for n in 1..=n {
        let metadata = json!({"title": "Tone", "visibility": "public"});
        let made = upload(app, artist, &tone(n), &metadata).send().await.expect(201).json();
        tracks.push(TrackId(made["id"].as_str().unwrap().parse().unwrap()));
    }
    tracks
}

async fn stream(app: &TestApp, user: &User, track: &str) -> Reply {
    app.get(format!("/api/v1/tracks/{track}/stream")).by(user).send().await
}

/// Reports a play that began so long ago, and hands the event on; answers how many points the user has more.
async fn play(app: &TestApp, user: &User, track: &str, name: &str, seconds: u32) -> i64 {
    let before = points(app, user).await;
    let body = json!({"clientPlayId": name, "startedAt": app.now(), "secondsListened": seconds});
    app.post(format!("/api/v1/tracks/{track}/plays")).by(user).json(body).send().await.ok();
    app.run_events().await;
    points(app, user).await - before
}

async fn like(app: &TestApp, user: &User, track: &str) -> i64 {
    let before = points(app, user).await;
    app.put(format!("/api/v1/tracks/{track}/like")).by(user).send().await.ok();
    app.run_events().await;
    points(app, user).await - before
}

async fn unlike(app: &TestApp, user: &User, track: &str) {
    app.delete(format!("/api/v1/tracks/{track}/like")).by(user).send().await.ok();
}

async fn rewards(app: &TestApp, user: &User) -> Value {
    app.get("/api/v1/rewards").by(user).send().await.ok()
}

/// With rates that can be told apart.
fn rated(app: TestApp, cap: i64) -> TestApp {
    app.reconfigured(|config| {
        let rewards = &mut config.rewards;
        (rewards.full_play, rewards.partial_play, rewards.first_like) = (1_000, 200, 500);
        (rewards.supply, rewards.daily_cap, rewards.premium_day) = (1_000_000, cap, 300);
        rewards.shortest_track_s = 0;
    })
}

#[testkit::test]
async fn a_play_and_a_first_like_earn_once(app: TestApp) {
    let app = rated(app, 100_000);
    let (ana, ben) = (app.artist("ana").await, app.listener("ben").await);
    let track = publish(&app, &ana, 440, 20, "public").await;
    stream(&app, &ben, &track).await.expect(200);
    app.advance(Duration::from_secs(100));
    assert_eq!(play(&app, &ben, &track, "short", 9).await, 0, "not even half of it");
    assert_eq!(play(&app, &ben, &track, "half", 10).await, 200);
    assert_eq!(play(&app, &ben, &track, "again", 17).await, 0, "once a day");
    assert_eq!(play(&app, &ben, &track, "full", 18).await, 1_000, "nine tenths");
    assert_eq!(play(&app, &ben, &track, "full again", 20).await, 0);
    app.advance(DAY);
    let mut ben = app.again("ben").await;
    assert_eq!(play(&app, &ben, &track, "tomorrow", 20).await, 1_000);

    assert_eq!(like(&app, &ben, &track).await, 500);
    for _ in 0..3 {
        unlike(&app, &ben, &track).await;
        app.advance(DAY);
        ben = app.again("ben").await;
        assert_eq!(like(&app, &ben, &track).await, 0, "a like earns once for ever");
    }
    let said = app.get("/api/v1/me/transactions?asset=BTN").by(&ben).send().await.ok();
    assert_eq!(said["items"][0]["description"], "Points for a first like: Dawn");
    assert_eq!(said["items"][0]["title"], "Dawn");
    assert_eq!(said["items"][0]["trackId"], track.as_str());
    checked(&app).await;
}

#[testkit::test]
async fn only_what_was_delivered_earns(app: TestApp) {
    let app = rated(app, 100_000);
    let ana = app.artist("ana").await;
    let track = publish(&app, &ana, 440, 20, "public").await;
    let whole = stream(&app, &ana, &track).await.expect(200);
    let etag = whole.header("etag").unwrap().to_owned();
    let size = whole.body.len();
    let (ben, cleo, dora) =
        (app.listener("ben").await, app.listener("cleo").await, app.listener("dora").await);
    let part = async |user: &User, from: usize, to: usize| {
        let range = format!("bytes={from}-{}", to - 1);
        let path = format!("/api/v1/tracks/{track}/stream");
        app.get(path).by(user).header("range", &range).send().await.expect(206);
    };
    part(&ben, 0, size / 2).await;
    let path = format!("/api/v1/tracks/{track}/stream");
    app.get(path).by(&cleo).header("if-none-match", &etag).send().await.expect(304);
    app.advance(Duration::from_secs(100));
    // Half of it was delivered: so much counts as a stream, and not as the whole.
    assert_eq!(play(&app, &ben, &track, "all", 20).await, 0);
    assert_eq!(play(&app, &ben, &track, "half", 11).await, 200);
    part(&ben, size / 2, size * 9 / 10 + 1).await;
    assert_eq!(play(&app, &ben, &track, "whole", 20).await, 1_000);
    // The bytes came from elsewhere; and so did all.
    assert_eq!(play(&app, &cleo, &track, "all", 20).await, 0);
    assert_eq!(play(&app, &dora, &track, "all", 20).await, 0);
}

#[testkit::test]
async fn a_track_that_takes_no_time_earns_nothing(app: TestApp) {
    let app = rated(app, 100_000).reconfigured(|config| config.rewards.shortest_track_s = 20);
    let (ana, ben) = (app.artist("ana").await, app.listener("ben").await);
    for (seconds, points) in [(19, 0), (20, 1_000)] {
        let track = publish(&app, &ana, 440 + seconds, seconds, "unlisted").await;
        stream(&app, &ben, &track).await.expect(200);
        app.advance(Duration::from_mins(1));
        assert_eq!(play(&app, &ben, &track, &format!("all {seconds}"), seconds).await, points);
        assert_eq!(like(&app, &ben, &track).await, points / 2);
    }
    assert_eq!(rewards(&app, &ben).await["shortestTrackSeconds"], 20);
}

#[testkit::test]
async fn what_is_private_or_ones_own_earns_nothing(app: TestApp) {
    let app = rated(app, 100_000);
    let (ana, ben, cleo) = (app.artist("ana").await, app.artist("ben").await, app.listener("cleo").await);
    let track = publish(&app, &ana, 440, 4, "public").await;
    stream(&app, &ana, &track).await.expect(200);
    stream(&app, &ben, &track).await.expect(200);
    stream(&app, &cleo, &track).await.expect(200);
    app.advance(Duration::from_mins(1));
    assert_eq!(play(&app, &ana, &track, "one", 4).await, 0);
    assert_eq!(like(&app, &ana, &track).await, 0);

    // Whoever shares in it would be rewarded for their own, too.
    let page = json!({"displayName": "Ben"});
    let page = app.post("/api/v1/artists").by(&ben).json(page).send().await.expect(201).json();
    let own = app.get(format!("/api/v1/tracks/{track}")).by(&ana).send().await.ok();
    let shares = json!({"shares": [
        {"artistId": own["artist"]["id"], "role": "artist", "basisPoints": 9_000},
        {"artistId": page["id"], "role": "drummer", "basisPoints": 1_000},
    ]});
    app.put(format!("/api/v1/tracks/{track}/splits")).by(&ana).json(shares).send().await.ok();
    assert_eq!(play(&app, &ben, &track, "one", 4).await, 0);
    assert_eq!(like(&app, &ben, &track).await, 0);

    // A track that is withdrawn between the deed and its reward.
    let body = json!({"clientPlayId": "one", "startedAt": app.now(), "secondsListened": 4});
    app.post(format!("/api/v1/tracks/{track}/plays")).by(&cleo).json(body).send().await.ok();
    let hide = json!({"visibility": "private"});
    app.patch(format!("/api/v1/tracks/{track}")).by(&ana).json(hide).send().await.ok();
    app.run_events().await;
    assert_eq!(points(&app, &cleo).await, 0);
    let show = json!({"visibility": "unlisted"});
    app.patch(format!("/api/v1/tracks/{track}")).by(&ana).json(show).send().await.ok();
    assert_eq!(play(&app, &cleo, &track, "two", 4).await, 1_000);
    assert_eq!(checked(&app).await.entries().len(), 2, "the supply and one reward");
}

#[testkit::test]
async fn a_day_ends_at_its_cap(app: TestApp) {
    let app = rated(app, 1_600);
    let (ana, ben) = (app.artist("ana").await, app.listener("ben").await);
    let track = publish(&app, &ana, 440, 4, "public").await;
    let other = publish(&app, &ana, 550, 4, "public").await;
    let said = rewards(&app, &ben).await;
    assert_eq!(said["supply"]["left"], json!({"asset": "BTN", "amount": "1000000"}), "before the first");
    for id in [&track, &other] {
        stream(&app, &ben, id).await.expect(200);
    }
    app.advance(Duration::from_mins(1));
    assert_eq!(play(&app, &ben, &track, "one", 4).await, 1_000);
    assert_eq!(play(&app, &ben, &other, "two", 4).await, 600, "what the cap leaves");
    assert_eq!(like(&app, &ben, &track).await, 0);
    let said = rewards(&app, &ben).await;
    let amounts = |part: &str, names: [&str; 2]| names.map(|name| said[part][name]["amount"].clone());
    assert_eq!(amounts("today", ["cap", "earned"]), ["1600", "1600"]);
    assert_eq!(amounts("supply", ["total", "left"]), ["1000000", "998400"]);
    assert_eq!((&said["supply"]["halvings"], &said["rules"][0]["kind"]), (&json!(0), &json!("full_play")));
    let ends: kernel::Time = said["today"]["endsAt"].as_str().unwrap().parse().unwrap();
    app.advance(ends.since(app.now()));
    let ben = app.again("ben").await;
    assert_eq!(rewards(&app, &ben).await["today"]["earned"]["amount"], "0");
    // What the cap left nothing of can still be earned.
    unlike(&app, &ben, &track).await;
    assert_eq!(like(&app, &ben, &track).await, 500);
    assert_eq!(rewards(&app, &ben).await["today"]["earned"]["amount"], "500");
}

/// Has all of them earn at the same time; answers what each was given.
async fn race(app: &TestApp, deeds: Vec<(AccountId, TrackId, Deed)>) -> Vec<i64> {
    let mut tasks = JoinSet::new();
    for (account, track, deed) in deeds {
        let (commerce, at) = (app.service.commerce.clone(), app.now());
        tasks.spawn(async move {
            loop {
                match commerce::rewards::earn(&commerce, account, track, deed, at).await {
                    // On a slow disk the last ones wait too long for their turn, and ask again.
                    Err(error) if kernel::Fault::code(&error) == kernel::ErrorCode::Unavailable => {}
                    outcome => break outcome.unwrap(),
                }
            }
        });
    }
    tasks.join_all().await
}

#[testkit::test]
async fn many_at_the_cap_never_go_over_it(app: TestApp) {
    let app = rated(app, 4_300);
    let (ana, ben) = (app.artist("ana").await, app.listener("ben").await);
    let tracks = tracks(&app, &ana, 22).await;
    let deeds = [Deed::FullPlay, Deed::PartialPlay, Deed::FirstLike];
    let each = |n: usize| (id_of(&ben), tracks[n / 3], deeds[n % 3]);
    let given = race(&app, (0..64).map(each).collect()).await;
    assert_eq!((given.iter().sum::<i64>(), points(&app, &ben).await), (4_300, 4_300));
    // And the same deed counts once, whoever tells it.
    app.advance(DAY);
    let same = (id_of(&ben), tracks[0], Deed::FullPlay);
    let given = race(&app, vec![same; 64]).await;
    assert_eq!((given.iter().sum::<i64>(), given.iter().filter(|points| **points > 0).count()), (1_000, 1));
    checked(&app).await;
}

#[testkit::test]
async fn no_more_is_ever_given_than_there_is(app: TestApp) {
    let app = app.reconfigured(|config| {
        let rewards = &mut config.rewards;
        (rewards.full_play, rewards.partial_play, rewards.first_like) = (400, 0, 400);
        (rewards.supply, rewards.daily_cap, rewards.shortest_track_s) = (5_000, 5_000, 0);
    });
    let ana = app.artist("ana").await;
    let tracks = tracks(&app, &ana, 8).await;
    let mut people = Vec::new();
    for n in 0..4 {
        people.push(app.listener(&format!("fan{n}")).await);
    }
    let each = |n: usize| {
        let deed = if n.is_multiple_of(2) { Deed::FullPlay } else { Deed::FirstLike };
        (id_of(&people[n / 16]), tracks[n / 2 % 8], deed)
    };
    let given = race(&app, (0..64).map(each).collect()).await;
    // In whichever order they came, each got what the one before left it.
    let mut pool = Pool { supply: 5_000, left: 5_000 };
    let mut expected: Vec<i64> = (0..64)
        .map(|_| {
            let worth = pool.worth(400);
            pool.left -= worth;
            worth
        })
        .collect();
    let mut given_in_order = given.clone();
    given_in_order.sort_unstable();
    expected.sort_unstable();
    assert_eq!(given_in_order, expected);
    let left = rewards(&app, &people[0]).await["supply"]["left"]["amount"].clone();
    assert_eq!(left, (5_000 - given.iter().sum::<i64>()).to_string());
    assert!(expected[0] < 400, "it halved: {expected:?}");
    // Whatever the configuration says later, it stays that supply.
    let app = app.reconfigured(|config| config.rewards.supply = 9_000_000);
    assert_eq!(rewards(&app, &people[0]).await["supply"]["total"]["amount"], "5000");
    let news = tracks[0];
    app.advance(DAY);
    race(&app, vec![(id_of(&people[0]), news, Deed::FullPlay)]).await;
    checked(&app).await;
}

async fn redeem(app: &TestApp, user: &User, key: Option<&str>, body: Value) -> Reply {
    let mut call = app.post("/api/v1/me/redemptions").by(user);
    if let Some(key) = key {
        call = call.header("idempotency-key", key);
    }
    call.json(body).send().await
}

fn days(n: i64) -> Value {
    json!({"kind": "premium_days", "quantity": n})
}

#[testkit::test]
async fn points_buy_days_of_premium(app: TestApp) {
    let app = rated(app, 100_000);
    let ben = app.listener("ben").await;
    app.listener("cleo").await;
    give(&app, &ben, 3_000).await;
    let now = app.now();
    let first = redeem(&app, &ben, Some("one"), days(2)).await.expect(201).json();
    assert_eq!(first["cost"], json!({"asset": "BTN", "amount": "600"}));
    assert_eq!(first["premiumUntil"], json!(now.plus(DAY * 2)));
    assert_eq!(redeem(&app, &ben, Some("one"), days(2)).await.expect(201).json(), first);
    redeem(&app, &ben, Some("one"), days(3)).await.expect(422).problem("idempotency_key_reused");
    assert_eq!(points(&app, &ben).await, 2_400);
    // More goes on where this ends; after it has ended, it begins anew.
    app.advance(DAY);
    let ben = app.again("ben").await;
    let more = redeem(&app, &ben, None, days(1)).await.expect(201).json();
    assert_eq!(more["premiumUntil"], json!(now.plus(DAY * 3)));
    assert_eq!(rewards(&app, &ben).await["premiumUntil"], json!(now.plus(DAY * 3)));
    app.advance(DAY * 10);
    let ben = app.again("ben").await;
    assert_eq!(rewards(&app, &ben).await["premiumUntil"], Value::Null);
    let anew = redeem(&app, &ben, None, days(1)).await.expect(201).json();
    assert_eq!(anew["premiumUntil"], json!(app.now().plus(DAY)));

    redeem(&app, &ben, Some("dear"), days(7)).await.expect(402).problem("insufficient_funds");
    let cleo = app.again("cleo").await;
    redeem(&app, &cleo, None, days(1)).await.expect(402).problem("insufficient_funds");
    assert_eq!(points(&app, &ben).await, 1_800);
    assert_eq!(rewards(&app, &cleo).await["premiumUntil"], Value::Null);
    for (wrong, pointers) in [
        (json!({"kind": "premium_days"}), vec!["/quantity"]),
        (days(0), vec!["/quantity"]),
        (days(367), vec!["/quantity"]),
        (json!({"kind": "perk", "quantity": 1}), vec!["/quantity", "/perkId"]),
    ] {
        assert_eq!(redeem(&app, &ben, None, wrong).await.expect(422).pointers(), pointers);
    }
    redeem(&app, &ben, None, json!({"kind": "gold"})).await.expect(422);
    let list = app.get("/api/v1/me/redemptions?limit=2").by(&ben).send().await.ok();
    assert_eq!(list["items"][1]["id"], more["id"]);
    let rest = format!("/api/v1/me/redemptions?cursor={}", list["nextCursor"].as_str().unwrap());
    assert_eq!(app.get(rest).by(&ben).send().await.ok()["items"][0]["id"], first["id"]);
    let off = app.reconfigured(|config| config.rewards.premium_day = 0);
    redeem(&off, &ben, None, days(1)).await.expect(409).problem("not_redeemable");
    assert_eq!(rewards(&off, &ben).await["premiumDay"], Value::Null);
    checked(&off).await;
}

#[testkit::test]
async fn many_under_one_key_redeem_once_and_premium_loses_no_day(app: TestApp) {
    let app = rated(app, 100_000);
    let ben = app.listener("ben").await;
    give(&app, &ben, 10_000).await;
    let now = app.now();
    let same = (0..8).map(|_| redeem(&app, &ben, Some("one"), days(1)));
    for reply in join_all(same).await {
        reply.expect(201);
    }
    let others = (0..8).map(|_| redeem(&app, &ben, None, days(1)));
    for reply in join_all(others).await {
        reply.expect(201);
    }
    assert_eq!(points(&app, &ben).await, 10_000 - 9 * 300);
    assert_eq!(rewards(&app, &ben).await["premiumUntil"], json!(now.plus(DAY * 9)));
}

/// Offers a badge; of an artist's page, or the operator's.
async fn badge(app: &TestApp, who: &User, page: Option<&str>, price: &str, stock: i64) -> String {
    app.advance(Duration::from_secs(1));
    let path = page.map_or("/api/v1/admin/perks".to_owned(), |id| format!("/api/v1/artists/{id}/perks"));
    let body = json!({
        "kind": "badge", "title": "Friend of the band", "stock": stock,
        "price": {"asset": "BTN", "amount": price},
    });
    let made = app.post(path).by(who).json(body).send().await.expect(201).json();
    made["id"].as_str().unwrap().to_owned()
}

fn perk(id: &str) -> Value {
    json!({"kind": "perk", "perkId": id})
}

#[testkit::test]
async fn a_perk_is_had_once_and_withdrawn_by_whose_it_is(app: TestApp) {
    let app = rated(app, 100_000);
    let (root, ana, ben) = (app.admin("root").await, app.artist("ana").await, app.listener("ben").await);
    let other = app.artist("cleo").await;
    let track = publish(&app, &ana, 440, 4, "private").await;
    let page = app.get(format!("/api/v1/tracks/{track}")).by(&ana).send().await.ok()["artist"]["id"].clone();
    let page = page.as_str().unwrap();
    let theirs = publish(&app, &other, 550, 4, "public").await;
    let path = format!("/api/v1/artists/{page}/perks");
    let new = |kind: &str, more: Value| {
        let mut body = json!({
            "kind": kind, "title": "Soon", "stock": 5, "price": {"asset": "BTN", "amount": "100"},
        });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    for (wrong, pointers) in [
        (new("early_listen", json!({})), vec!["/trackId"]),
        (new("early_listen", json!({"trackId": theirs})), vec!["/trackId"]),
        (new("badge", json!({"trackId": track})), vec!["/trackId"]),
        (new("badge", json!({"code": "x"})), vec!["/code"]),
        (new("discount_code", json!({})), vec!["/code"]),
        (new("badge", json!({"stock": 0, "title": " "})), vec!["/title", "/stock"]),
        (new("badge", json!({"price": {"asset": "BEAT", "amount": "1"}})), vec!["/price/asset"]),
        (new("badge", json!({"price": {"asset": "BTN", "amount": "0"}})), vec!["/price/amount"]),
    ] {
        assert_eq!(app.post(&path).by(&ana).json(wrong).send().await.expect(422).pointers(), pointers);
    }
    let post = async |body: Value| {
        app.advance(Duration::from_secs(1));
        app.post(&path).by(&ana).json(body).send().await.expect(201).json()
    };
    let early = post(new("early_listen", json!({"trackId": track}))).await;
    let code = post(new("discount_code", json!({"code": "THANKS"}))).await;
    let operators = badge(&app, &root, None, "50", 1).await;
    app.post(&path).by(&other).json(new("badge", json!({}))).send().await.expect(404);

    give(&app, &ben, 1_000).await;
    let id = |perk: &Value| perk["id"].as_str().unwrap().to_owned();
    let got = redeem(&app, &ben, None, perk(&id(&early))).await.expect(201).json();
    assert_eq!((&got["perk"]["trackId"], &got["cost"]["amount"]), (&json!(track), &json!("100")));
    let got = redeem(&app, &ben, None, perk(&id(&code))).await.expect(201).json();
    assert_eq!(got["perk"]["code"], "THANKS");
    redeem(&app, &ben, None, perk(&id(&code))).await.expect(409).problem("already_redeemed");
    redeem(&app, &ben, None, perk(&operators)).await.expect(201);
    assert_eq!(points(&app, &ben).await, 750);

    // Nobody else reads the code, and everybody sees how many are left.
    let list = app.get("/api/v1/perks").by(&ana).send().await.expect(200);
    assert!(!String::from_utf8_lossy(&list.body).contains("THANKS"));
    let list = list.json();
    let seen: Vec<_> = list["items"].as_array().unwrap().iter().map(|p| (id(p), p["left"].clone())).collect();
    assert_eq!(seen, [(operators.clone(), json!(0)), (id(&code), json!(4)), (id(&early), json!(4))]);
    let mine = app.get(format!("/api/v1/perks?artistId={page}")).by(&ben).send().await.ok();
    let mine = mine["items"].as_array().unwrap();
    assert!(mine.len() == 2 && mine.iter().all(|perk| perk["redeemed"] == true));
    give(&app, &other, 1_000).await;
    redeem(&app, &other, None, perk(&operators)).await.expect(409).problem("perk_sold_out");

    // What is withdrawn is kept by those who have it.
    let delete = async |who: &User, path: &str| app.delete(format!("/api/v1/{path}")).by(who).send().await;
    delete(&other, &format!("perks/{}", id(&code))).await.expect(404).problem("perk_not_found");
    delete(&ana, &format!("perks/{operators}")).await.expect(404);
    delete(&ana, &format!("perks/{}", id(&code))).await.expect(204);
    delete(&ana, &format!("perks/{}", id(&code))).await.expect(404);
    redeem(&app, &other, None, perk(&id(&code))).await.expect(404).problem("perk_not_found");
    delete(&root, &format!("admin/perks/{}", id(&early))).await.expect(204);
    delete(&root, &format!("admin/perks/{operators}")).await.expect(204);
    assert_eq!(app.get("/api/v1/perks").by(&ben).send().await.ok()["items"], json!([]));
    let kept = app.get("/api/v1/me/redemptions").by(&ben).send().await.ok();
    assert_eq!(
        (&kept["items"][1]["perk"]["code"], kept["items"].as_array().unwrap().len()),
        (&json!("THANKS"), 3)
    );
    let entitled: Vec<(String, Uuid)> = db::read!(app.db(), |tx| {
        db::sql!("SELECT kind, subject FROM entitlement WHERE account_id = $1 ORDER BY kind")
            .bind(id_of(&ben))
            .all(tx)
            .await
    })
    .unwrap();
    let expected = [("badge", &operators), ("discount_code", &id(&code)), ("early_listen", &track)];
    assert_eq!(entitled, expected.map(|(kind, id)| (kind.to_owned(), id.parse().unwrap())));
    checked(&app).await;
}

#[testkit::test]
async fn of_many_racers_one_gets_the_last_piece(app: TestApp) {
    let app = rated(app, 100_000);
    let root = app.admin("root").await;
    let mut people = Vec::new();
    for n in 0..8 {
        let fan = app.listener(&format!("fan{n}")).await;
        give(&app, &fan, 1_000).await;
        people.push(fan);
    }
    let last = badge(&app, &root, None, "100", 1).await;
    let racers = (0..64).map(|n| redeem(&app, &people[n % 8], None, perk(&last)));
    let mut won = 0;
    for reply in join_all(racers).await {
        match reply.status.as_u16() {
            201 => won += 1,
            // Or too many wait for the one writer of SQLite.
            409 | 503 => {}
            other => panic!("{other}"),
        }
    }
    let mut all = 0;
    for fan in &people {
        all += points(&app, fan).await;
    }
    assert_eq!((won, all), (1, 8_000 - 100));
    checked(&app).await;
}

#[testkit::test]
async fn nothing_turns_points_into_money(app: TestApp) {
    let app = rated(app, 100_000);
    let (root, ana, ben) = (app.admin("root").await, app.artist("ana").await, app.listener("ben").await);
    let track = publish(&app, &ana, 440, 4, "public").await;
    stream(&app, &ben, &track).await.expect(200);
    app.advance(Duration::from_mins(1));
    play(&app, &ben, &track, "one", 4).await;
    like(&app, &ben, &track).await;
    redeem(&app, &ben, None, days(1)).await.expect(201);
    let made = badge(&app, &root, None, "100", 1).await;
    redeem(&app, &ben, None, perk(&made)).await.expect(201);
    // Points are not sold, neither here nor by whoever writes to the ledger.
    let buy = json!({"asset": "BTN", "amount": "100", "method": "test"});
    let refused = app.post("/api/v1/me/top-ups").by(&ben).json(buy).send().await.expect(422);
    assert_eq!(refused.pointers(), ["/asset"]);
    let points = Amount { asset: Asset::Btn, minor: 100 };
    assert!(Entry::top_up(kernel::TopUpId(Uuid::from_u128(1)), app.now(), id_of(&ben), points).is_err());
    let book = checked(&app).await;
    let of_points = |entry: &&Entry| entry.lines().iter().any(|line| line.asset == Asset::Btn);
    let touched: Vec<_> = book.entries().iter().filter(of_points).collect();
    assert_eq!(touched.len(), 5);
    for entry in touched {
        assert!(entry.lines().iter().all(|line| line.asset == Asset::Btn), "{entry:?}");
    }
    let balances = app.get("/api/v1/me/balances").by(&ben).send().await.ok();
    let spendable: Vec<_> = balances.as_array().unwrap().iter().map(|b| b["available"].clone()).collect();
    assert_eq!(spendable, ["0", "1100", "0"]);
}
