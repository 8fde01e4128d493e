//! What people are told.

use std::time::Duration;

use db::Rows;
use kernel::{AccountId, NotificationId};
use serde_json::{Value, json};
use testkit::{TestApp, User};
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::import::{Shelf, Song};

async fn told(app: &TestApp, user: &User) -> Vec<Value> {
    let page = app.get("/api/v1/notifications").by(user).send().await.ok();
    page["items"].as_array().unwrap().clone()
}

async fn unread(app: &TestApp, user: &User) -> Value {
    app.get("/api/v1/notifications?status=unread&limit=1").by(user).send().await.ok()["unreadCount"].clone()
}

/// Carries on events, and does what comes of them, until nothing more does.
async fn settle(app: &TestApp) {
    loop {
        app.advance(Duration::from_mins(1));
        if app.run_events().await + app.run_jobs().await.len() == 0 {
            return;
        }
    }
}

async fn page(app: &TestApp, user: &User, name: &str) -> String {
    let made =
        app.post("/api/v1/artists").by(user).json(json!({"displayName": name})).send().await.expect(201);
    made.json()["id"].as_str().unwrap().to_owned()
}

async fn follow(app: &TestApp, user: &User, artist: &str) {
    app.put(format!("/api/v1/artists/{artist}/follow")).by(user).send().await.ok();
}

/// Uploads a file with what `metadata` says of it.
async fn upload(app: &TestApp, user: &User, tone: u64, metadata: Value) -> String {
    let (song, metadata) = (crate::matrix::tone(tone), metadata.to_string());
    let parts: [(&str, Option<&str>, &[u8]); 2] =
        [("metadata", None, metadata.as_bytes()), ("file", Some("a.wav"), &song)];
    let made = app.post("/api/v1/tracks/upload").by(user).form(&parts).send().await.expect(201).json();
    made["id"].as_str().unwrap().to_owned()
}

#[testkit::test]
async fn an_upload_is_told_when_it_is_ready(app: TestApp) {
    let ana = app.artist("ana").await;
    let id = upload(&app, &ana, 1, json!({"title": "Dawn"})).await;
    assert_eq!(told(&app, &ana).await, Vec::<Value>::new());
    settle(&app).await;
    let all = told(&app, &ana).await;
    assert_eq!(all.len(), 1, "{all:?}");
    assert_eq!(
        (&all[0]["type"], &all[0]["status"], &all[0]["link"], &all[0]["params"]["title"]),
        (&json!("upload_processed"), &json!("unread"), &json!(format!("/t/{id}")), &json!("Dawn"))
    );
    assert_eq!(all[0]["message"], "\u{201c}Dawn\u{201d} is ready");
    // The same events again are nothing new.
    let again: Result<u64, db::Error> =
        db::write!(app.db(), |tx| db::sql!("UPDATE outbox SET sent_at = NULL").run(tx).await);
    assert!(again.unwrap() > 0);
    settle(&app).await;
    assert_eq!(told(&app, &ana).await, all);
}

#[testkit::test]
async fn uploads_of_a_release_are_told_together_until_they_are_read(app: TestApp) {
    let ana = app.artist("ana").await;
    let page = page(&app, &ana, "Ana").await;
    let body = json!({"title": "Lights", "artistId": page});
    let album = app.post("/api/v1/albums").by(&ana).json(body).send().await.ok()["id"].clone();
    let album = album.as_str().unwrap();
    let send = async |tone: u64, album: Option<&str>| {
        let metadata = json!({"title": format!("Part {tone}"), "artistId": page, "albumId": album});
        upload(&app, &ana, tone, metadata).await
    };
    // Within the life of her log-in.
    let settle = async || {
        app.advance(Duration::from_secs(1));
        while app.run_events().await + app.run_jobs().await.len() > 0 {}
    };
    let messages = async || -> Vec<String> {
        told(&app, &ana).await.iter().map(|told| told["message"].as_str().unwrap().to_owned()).collect()
    };
    let first = send(1, Some(album)).await;
    settle().await;
    let one = told(&app, &ana).await;
    assert_eq!((&one[0]["count"], &one[0]["link"]), (&json!(1), &json!(format!("/t/{first}"))));
    for tone in 2..=4 {
        send(tone, Some(album)).await;
    }
    send(5, None).await;
    settle().await;
    send(6, None).await;
    settle().await;
    assert_eq!(messages().await, ["2 tracks are ready", "4 tracks of \u{201c}Lights\u{201d} are ready"]);
    let all = told(&app, &ana).await;
    assert_eq!((&all[1]["id"], &all[1]["count"]), (&one[0]["id"], &json!(4)));
    assert_eq!((&all[1]["link"], &all[0]["link"]), (&json!(format!("/r/{album}")), &json!("/studio")));
    assert_eq!(unread(&app, &ana).await, 2);

    // The same events again are nothing new: neither before they are read, nor after.
    let again = async || {
        let again: Result<u64, db::Error> =
            db::write!(app.db(), |tx| db::sql!("UPDATE outbox SET sent_at = NULL").run(tx).await);
        again.unwrap();
        settle().await;
    };
    again().await;
    assert_eq!(told(&app, &ana).await, all);
    let read = app.post("/api/v1/notifications/read").by(&ana).json(json!({"all": true})).send().await.ok();
    assert_eq!(read["unreadCount"], 0);
    again().await;
    assert_eq!((told(&app, &ana).await.len(), unread(&app, &ana).await), (2, json!(0)));
    // What comes later begins anew.
    send(7, Some(album)).await;
    settle().await;
    assert_eq!(messages().await[0], "\u{201c}Part 7\u{201d} is ready");
    send(8, Some(album)).await;
    settle().await;
    again().await;
    assert_eq!(messages().await[0], "2 tracks of \u{201c}Lights\u{201d} are ready");
    assert_eq!((told(&app, &ana).await.len(), unread(&app, &ana).await), (3, json!(1)));
}

#[testkit::test]
async fn an_import_is_told_to_its_admin(app: TestApp) {
    let shelf = Shelf::new();
    let app = app.reconfigured(|config| config.import.roots = vec![shelf.root()]);
    let admin = app.admin("root").await;
    shelf.put("1.mp3", &Song::tagged(1, "Kept", "Old Band", "Old Record"));
    app.post("/api/v1/admin/imports").by(&admin).json(json!({"path": shelf.root()})).send().await.expect(202);
    settle(&app).await;
    let all = told(&app, &admin).await;
    assert_eq!(all[0]["type"], "import_finished");
    assert_eq!(all[0]["params"], json!({"added": 1, "updated": 0, "broken": 0}));
    assert_eq!(all.len(), 1);
}

#[testkit::test]
async fn new_followers_are_told_together_until_they_are_read(app: TestApp) {
    let ana = app.artist("ana").await;
    let artist = page(&app, &ana, "Ana").await;
    follow(&app, &ana, &artist).await;
    for name in ["ben", "cem", "dea"] {
        app.advance(Duration::from_secs(5));
        let user = app.listener(name).await;
        follow(&app, &user, &artist).await;
        app.run_events().await;
        if name == "ben" {
            assert_eq!(told(&app, &ana).await[0]["message"], "ben follows Ana");
        }
    }
    let all = told(&app, &ana).await;
    assert_eq!(all.len(), 1, "nobody is told of themselves: {all:?}");
    assert_eq!((&all[0]["count"], &all[0]["message"]), (&json!(3), &json!("3 people follow Ana now")));
    let id = &all[0]["id"];
    let left = app.post("/api/v1/notifications/read").by(&ana).json(json!({"ids": [id]})).send().await.ok();
    assert_eq!(left["unreadCount"], 0);
    assert_eq!(told(&app, &ana).await[0]["status"], "read");
    let again: Result<u64, db::Error> =
        db::write!(app.db(), |tx| db::sql!("UPDATE outbox SET sent_at = NULL").run(tx).await);
    again.unwrap();
    settle(&app).await;
    assert_eq!(told(&app, &ana).await.len(), 1, "what was read covers what came before");
    let eva = app.listener("eva").await;
    follow(&app, &eva, &artist).await;
    settle(&app).await;
    let all = told(&app, &ana).await;
    assert_eq!((all.len(), &all[0]["message"]), (2, &json!("eva follows Ana")));
}

#[testkit::test]
async fn a_release_is_told_once_to_those_who_followed(app: TestApp) {
    let ana = app.artist("ana").await;
    let artist = page(&app, &ana, "Ana").await;
    let (ben, cem) = (app.listener("ben").await, app.listener("cem").await);
    follow(&app, &ben, &artist).await;
    let body = json!({"title": "Lights", "visibility": "public", "artistId": artist});
    let album =
        app.post("/api/v1/albums").by(&ana).json(body).send().await.ok()["id"].as_str().unwrap().to_owned();
    for tone in 1..=3 {
        let metadata = json!({"title": "Part", "artistId": artist, "visibility": "public", "albumId": album});
        upload(&app, &ana, tone, metadata).await;
    }
    let single = json!({"title": "Alone", "artistId": artist, "visibility": "public"});
    let single = upload(&app, &ana, 4, single).await;
    let regretted = json!({"title": "Not this", "artistId": artist, "visibility": "public"});
    let regretted = upload(&app, &ana, 5, regretted).await;
    app.run_events().await;
    let hide = json!({"visibility": "private"});
    app.patch(format!("/api/v1/tracks/{regretted}")).by(&ana).json(hide).send().await.ok();
    app.advance(Duration::from_secs(1));
    follow(&app, &cem, &artist).await;
    settle(&app).await;
    let mut links: Vec<Value> = told(&app, &ben).await.iter().map(|told| told["link"].clone()).collect();
    links.sort_by_key(ToString::to_string);
    assert_eq!(links, [json!(format!("/r/{album}")), json!(format!("/t/{single}"))]);
    assert_eq!(told(&app, &cem).await, Vec::<Value>::new(), "came later");
    assert_eq!(unread(&app, &ben).await, 2);
}

/// Its tracks are told of by jobs of their own, which several workers take at a time.
#[testkit::test]
async fn a_release_is_told_once_by_however_many_workers(app: TestApp) {
    let ana = app.artist("ana").await;
    let artist = page(&app, &ana, "Ana").await;
    let (ben, cem) = (app.listener("ben").await, app.listener("cem").await);
    let body = json!({"title": "Lights", "artistId": artist});
    let album =
        app.post("/api/v1/albums").by(&ana).json(body).send().await.ok()["id"].as_str().unwrap().to_owned();
    for tone in 1..=4 {
        upload(&app, &ana, tone, json!({"title": "Part", "artistId": artist, "albumId": album})).await;
    }
    settle(&app).await;
    follow(&app, &ben, &artist).await;
    let publish = format!("/api/v1/albums/{album}/publish");
    app.post(publish).by(&ana).json(json!({})).send().await.ok();
    follow(&app, &cem, &artist).await;
    app.run_events().await;
    app.advance(Duration::from_mins(1));
    // On PostgreSQL all of them come as far as they can while somebody else holds what ben and cem are told.
    let mut working = JoinSet::new();
    let held: Result<(), db::Error> = db::write!(app.db(), |tx| {
        db::sql!("INSERT INTO notification_head (account_id, seq, floor) SELECT id, 0, 0 FROM account WHERE TRUE ON CONFLICT (account_id) DO UPDATE SET seq = notification_head.seq").run(tx).await?;
        for _ in 0..5 {
            let worker = server::worker(&app.service);
            working.spawn(async move { worker.run_due().await.unwrap() });
        }
        tokio::time::sleep(Duration::from_millis(300)).await;
        Ok(())
    });
    held.unwrap();
    let ended = working.join_all().await.concat();
    assert_eq!(ended.iter().filter(|(kind, _)| kind == "announce").count(), 5, "{ended:?}");
    for fan in [&ben, &cem] {
        let all = told(&app, fan).await;
        assert_eq!((all.len(), &all[0]["link"]), (1, &json!(format!("/r/{album}"))), "{all:?}");
    }
}

#[testkit::test]
async fn who_is_made_a_manager_is_told_and_not_over_and_over(app: TestApp) {
    let (ana, ben, admin) = (app.artist("ana").await, app.listener("ben").await, app.admin("root").await);
    let artist = page(&app, &ana, "Ana").await;
    let path = format!("/api/v1/artists/{artist}/managers/{}", ben.id);
    let make = async |by: &User, role: &str| {
        app.put(&path).by(by).json(json!({"role": role})).send().await.ok();
    };
    let take = async || {
        app.delete(&path).by(&ana).send().await.expect(204);
    };
    let hear = async || {
        app.advance(Duration::from_secs(1));
        app.run_events().await;
    };
    make(&ana, "editor").await;
    take().await;
    hear().await;
    assert_eq!(told(&app, &ben).await, Vec::<Value>::new(), "taken back before it was told");
    for _ in 0..3 {
        make(&ana, "editor").await;
        make(&ana, "editor").await;
        hear().await;
        let all = told(&app, &ben).await;
        assert_eq!(all.len(), 1, "{all:?}");
        take().await;
        hear().await;
        assert_eq!(told(&app, &ben).await, Vec::<Value>::new(), "taken back");
    }
    make(&ana, "editor").await;
    hear().await;
    let all = told(&app, &ben).await;
    assert_eq!(all.len(), 1, "{all:?}");
    assert_eq!(
        (&all[0]["type"], &all[0]["link"], &all[0]["message"]),
        (&json!("manager_invited"), &json!("/studio"), &json!("You are asked to help with the page of Ana"))
    );
    assert_eq!(told(&app, &ana).await, Vec::<Value>::new());
    // What happens on the page is nothing to who is only asked.
    follow(&app, &admin, &artist).await;
    hear().await;
    assert_eq!([told(&app, &ana).await.len(), told(&app, &ben).await.len()], [1, 1]);

    let read = async || {
        app.post("/api/v1/notifications/read").by(&ben).json(json!({"all": true})).send().await.ok();
    };
    read().await;
    let again: Result<u64, db::Error> =
        db::write!(app.db(), |tx| db::sql!("UPDATE outbox SET sent_at = NULL").run(tx).await);
    again.unwrap();
    hear().await;
    assert_eq!(told(&app, &ben).await.len(), 1, "the same question");
    make(&ana, "owner").await;
    hear().await;
    assert_eq!(told(&app, &ben).await.len(), 2, "asked again");
    read().await;
    // Saying yes is no news to oneself; another role is, and owning the page is another question.
    make(&ben, "owner").await;
    hear().await;
    assert_eq!(told(&app, &ben).await.len(), 2);
    make(&ana, "editor").await;
    hear().await;
    let all = told(&app, &ben).await;
    assert_eq!((all.len(), &all[0]["message"]), (3, &json!("You help with the page of Ana now")));
    make(&ana, "owner").await;
    hear().await;
    let all = told(&app, &ben).await;
    assert_eq!((all.len(), &all[0]["params"]), (4, &json!({"artist": "Ana", "role": "owner"})));
    read().await;
    // What an admin does is done.
    make(&admin, "owner").await;
    make(&admin, "editor").await;
    hear().await;
    let all = told(&app, &ben).await;
    assert_eq!((all.len(), &all[0]["type"]), (5, &json!("manager_added")));
}

#[testkit::test]
async fn what_is_read_is_ones_own(app: TestApp) {
    let (ana, ben) = (app.artist("ana").await, app.artist("ben").await);
    upload(&app, &ana, 1, json!({"title": "Hers"})).await;
    upload(&app, &ben, 2, json!({"title": "His"})).await;
    settle(&app).await;
    let hers = &told(&app, &ana).await[0]["id"];
    let read = async |user, body| app.post("/api/v1/notifications/read").by(user).json(body).send().await;
    assert_eq!(read(&ben, json!({"ids": [hers]})).await.ok()["unreadCount"], 1);
    assert_eq!(unread(&app, &ana).await, 1);
    assert_eq!(read(&ana, json!({"all": true})).await.ok()["unreadCount"], 0);
    assert_eq!(unread(&app, &ben).await, 1);
    for wrong in [json!({}), json!({"all": true, "ids": []}), json!({"ids": vec![hers; 201]})] {
        assert_eq!(read(&ana, wrong).await.expect(422).pointers(), ["/ids"]);
    }
}

#[testkit::test]
async fn old_ones_make_room(app: TestApp) {
    let ana = app.artist("ana").await;
    upload(&app, &ana, 1, json!({"title": "First"})).await;
    settle(&app).await;
    let first = told(&app, &ana).await[0]["id"].clone();
    let account: AccountId = ana.id.parse().unwrap();
    let old: Rows = (2_i64..=700)
        .map(|seq| (NotificationId::from(Uuid::from_u64_pair(1, seq.unsigned_abs())), seq))
        .collect();
    let fill: Result<(), db::Error> = db::write!(app.db(), |tx| {
        db::sql!(
            "INSERT INTO notification (id, account_id, seq, kind, subject, params, count, link, since, created_at)
             SELECT r.id, $account, r.seq, 'upload_processed', r.id, $params, 1, '/', $now, $now
             FROM {rows $old r(id uuid, seq int)}"
        )
        .set_rows("old", old.clone())
        .set("account", account)
        .set("params", "{}")
        .set("now", app.now())
        .run(tx)
        .await?;
        db::sql!("UPDATE notification_head SET seq = 700 WHERE account_id = $1")
            .bind(account)
            .run(tx)
            .await?;
        Ok(())
    });
    fill.unwrap();
    let last = upload(&app, &ana, 2, json!({"title": "Last", "albumTitle": "Another"})).await;
    settle(&app).await;
    assert_eq!(unread(&app, &ana).await, 500);
    let (mut kept, mut cursor) = (Vec::new(), String::new());
    loop {
        let path = format!("/api/v1/notifications?limit=200{cursor}");
        let page = app.get(path).by(&ana).send().await.ok();
        kept.extend(page["items"].as_array().unwrap().clone());
        let Some(next) = page["nextCursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!((kept.len(), &kept[0]["link"]), (500, &json!(format!("/t/{last}"))));
    assert!(kept.iter().all(|told| told["id"] != first), "the oldest went first");
}
