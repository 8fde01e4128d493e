use std::time::Duration;

use infra::config::Anonymous;
use serde_json::{Value, json};
use testkit::{Reply, TestApp, User};

use super::{all, draft, get, page_of, published, set_visibility, text};

/// Everything that a problem says, apart from the request.
fn said(reply: &Reply) -> Value {
    let mut problem = reply.json();
    problem.as_object_mut().unwrap().remove("requestId");
    problem
}

async fn exec(app: &TestApp, statement: fn() -> db::Query) {
    let done: Result<u64, db::Error> = db::write!(app.db(), |tx| statement().run(tx).await);
    done.unwrap();
}

/// What each kind of caller finds in lists and by address: public, unlisted, private, members, away.
const MATRIX: [(&str, [bool; 5], [bool; 5]); 5] = [
    ("anonymous", [true, false, false, false, false], [true, true, false, false, true]),
    ("listener", [true, false, false, true, false], [true, true, false, true, true]),
    ("other artist", [true, false, false, true, false], [true, true, false, true, true]),
    ("owner", [true, true, true, true, true], [true, true, true, true, true]),
    ("editor", [true, true, true, true, true], [true, true, true, true, true]),
];

#[testkit::test]
async fn tracks_are_seen_by_whom_they_are_for(app: TestApp) {
    let (ana, ben, eve, lea) = people(&app).await;
    let artist = page_of(&app, &ana, "Ana").await;
    page_of(&app, &eve, "Eve").await;
    app.manager(&ana, &artist, &ben, "editor").await;
    let mut tracks = Vec::new();
    for title in ["public", "unlisted", "private", "members", "away"] {
        let id = draft(&app, &ana, title).await;
        match title {
            "members" | "private" => {}
            "away" => set_visibility(&app, &ana, &id, "public").await,
            visibility => set_visibility(&app, &ana, &id, visibility).await,
        }
        let genres = json!({"genres": ["Folk"]});
        app.patch(format!("/api/v1/tracks/{id}")).by(&ana).json(genres).send().await.expect(200);
        tracks.push(id);
    }
    // Only an import makes these two.
    exec(&app, || db::sql!("UPDATE track SET visibility = 'members' WHERE title = 'members'")).await;
    exec(&app, || db::sql!("UPDATE track SET available = FALSE WHERE title = 'away'")).await;
    settle(&app, &tracks).await;
    for (who, listed, reachable) in MATRIX {
        let user = match who {
            "owner" => Some(&ana),
            "editor" => Some(&ben),
            "other artist" => Some(&eve),
            "listener" => Some(&lea),
            _ => None,
        };
        let lists = [
            "/api/v1/tracks".to_owned(),
            "/api/v1/tracks?sort=title&genre=folk".to_owned(),
            "/api/v1/tracks?releasedFrom=2026&sort=plays".to_owned(),
            format!("/api/v1/tracks?artist={artist}"),
            format!("/api/v1/artists/{artist}/tracks"),
        ];
        for list in lists {
            let found = all(&get(&app, user, &list).await.ok(), "id");
            for (i, id) in tracks.iter().enumerate() {
                let dated = !list.contains("releasedFrom") || [0, 4].contains(&i);
                assert_eq!(found.contains(id), listed[i] && dated, "{who}: track {i} in {list}");
            }
        }
        let count = listed.iter().filter(|listed| **listed).count();
        let page = get(&app, user, &format!("/api/v1/artists/{artist}")).await.ok();
        assert_eq!(page["stats"]["trackCount"], count, "{who}");
        for (i, id) in tracks.iter().enumerate() {
            let status = get(&app, user, &format!("/api/v1/tracks/{id}")).await.status.as_u16();
            assert_eq!(status, if reachable[i] { 200 } else { 404 }, "{who}: track {i}");
        }
        for (visibility, i) in [("public", 0), ("unlisted", 1), ("private", 2), ("members", 3)] {
            let list = format!("/api/v1/tracks?visibility={visibility}");
            let found = all(&get(&app, user, &list).await.ok(), "id");
            assert_eq!(found.contains(&tracks[i]), listed[i], "{who}: {list}");
        }
    }
}

async fn people(app: &TestApp) -> (User, User, User, User) {
    (app.artist("ana").await, app.artist("ben").await, app.artist("eve").await, app.listener("lea").await)
}

/// What whoever changes tracks does afterwards.
async fn settle(app: &TestApp, tracks: &[String]) {
    let tracks: Vec<kernel::TrackId> = tracks.iter().map(|id| id.parse().unwrap()).collect();
    let touched = music::catalogue::Touched { tracks, ..Default::default() };
    let now = app.now();
    let done: Result<(), db::Error> =
        db::write!(app.db(), |tx| music::catalogue::settle(tx, &touched, now).await);
    done.unwrap();
}

#[testkit::test]
async fn what_is_hidden_and_what_is_not_there_are_answered_alike(app: TestApp) {
    let (ana, _, eve, _) = people(&app).await;
    let artist = page_of(&app, &ana, "Ana").await;
    page_of(&app, &eve, "Eve").await;
    let track = draft(&app, &ana, "Dawn").await;
    let body = json!({"title": "Secret"});
    let album = text(&app.post("/api/v1/albums").by(&ana).json(body).send().await.ok()["id"]);
    let missing = "019c0000-0000-7000-8000-000000000000";
    for (kind, id) in [("tracks", &track), ("albums", &album)] {
        let path = |id: &str| format!("/api/v1/{kind}/{id}");
        for who in [None, Some(&eve)] {
            let (hidden, absent) = (get(&app, who, &path(id)).await, get(&app, who, &path(missing)).await);
            assert_eq!(hidden.status.as_u16(), 404);
            assert_eq!(said(&hidden), said(&absent));
        }
        for id in [id.as_str(), missing] {
            let patch = app.patch(path(id)).by(&eve).json(json!({"title": "Mine"})).send().await.expect(404);
            let delete = app.delete(path(id)).by(&eve).send().await.expect(404);
            assert_eq!(said(&patch), said(&delete));
        }
    }
    // What can be seen is still not theirs to change.
    set_visibility(&app, &ana, &track, "public").await;
    let path = format!("/api/v1/tracks/{track}");
    app.patch(&path)
        .by(&eve)
        .json(json!({"title": "Mine"}))
        .send()
        .await
        .expect(404)
        .problem("track_not_found");
    app.delete(&path).by(&eve).send().await.expect(404).problem("track_not_found");
    app.delete(&path).send().await.expect(401);
    let stats = get(&app, Some(&eve), &format!("/api/v1/artists/{artist}")).await.ok()["stats"].clone();
    assert_eq!((&stats["trackCount"], &stats["albumCount"]), (&json!(1), &json!(0)));
}

#[testkit::test]
async fn a_private_album_does_not_show_through_its_tracks(app: TestApp) {
    let (ana, _, eve, _) = people(&app).await;
    page_of(&app, &ana, "Ana").await;
    let album = app.post("/api/v1/albums").by(&ana).json(json!({"title": "Secret"})).send().await.ok();
    let id = published(&app, &ana, "Dawn").await;
    let path = format!("/api/v1/tracks/{id}");
    app.patch(&path).by(&ana).json(json!({"albumId": album["id"]})).send().await.expect(200);
    for who in [None, Some(&eve)] {
        assert_eq!(get(&app, who, &path).await.ok()["album"], Value::Null);
        assert_eq!(get(&app, who, "/api/v1/tracks").await.ok()["items"][0]["album"], Value::Null);
    }
    assert_eq!(get(&app, Some(&ana), &path).await.ok()["album"]["title"], "Secret");
    let theirs = json!({"albumId": album["id"], "title": "Mine"});
    page_of(&app, &eve, "Eve").await;
    assert_eq!(
        app.post("/api/v1/tracks").by(&eve).json(theirs).send().await.expect(422).pointers(),
        ["/albumId"]
    );
}

#[testkit::test]
async fn visitors_get_what_the_operator_lets_them(app: TestApp) {
    let (ana, ..) = people(&app).await;
    let artist = page_of(&app, &ana, "Ana").await;
    let track = published(&app, &ana, "Dawn").await;
    let paths = [
        "/api/v1/tracks".to_owned(),
        "/api/v1/albums".to_owned(),
        "/api/v1/artists".to_owned(),
        "/api/v1/genres".to_owned(),
        format!("/api/v1/tracks/{track}"),
        format!("/api/v1/artists/{artist}"),
        format!("/api/v1/artists/{artist}/profile"),
        format!("/api/v1/artists/{artist}/tracks"),
        format!("/api/v1/artists/{artist}/albums"),
    ];
    let mut app = app;
    for (anonymous, status) in [(Anonymous::None, 401), (Anonymous::Preview, 200), (Anonymous::Full, 200)] {
        app = app.reconfigured(|config| config.access.anonymous = Some(anonymous));
        for path in &paths {
            get(&app, None, path).await.expect(status);
            get(&app, Some(&ana), path).await.expect(200);
        }
    }
}

#[testkit::test]
async fn pages_of_the_library_are_for_members_until_somebody_owns_them(app: TestApp) {
    let (_, ben, _, lea) = people(&app).await;
    let admin = app.admin("root").await;
    let service = &app.service;
    let artist = || music::catalogue::bulk::LibraryArtist { key: "rob".into(), name: "Rob".into() };
    let made: Result<_, db::Error> =
        db::write!(app.db(), |tx| music::catalogue::bulk::artists(tx, &service.app, [artist()]).await);
    let id = made.unwrap()["rob"].to_string();
    let path = format!("/api/v1/artists/{id}");
    get(&app, None, &path).await.expect(404).problem("artist_not_found");
    get(&app, None, &format!("{path}/tracks")).await.expect(404);
    assert_eq!(get(&app, None, "/api/v1/artists").await.ok()["items"], json!([]));
    get(&app, Some(&lea), &path).await.expect(200);
    assert_eq!(all(&get(&app, Some(&lea), "/api/v1/artists").await.ok(), "displayName"), ["Rob"]);
    let manager = format!("{path}/managers/{}", ben.id);
    let owner = json!({"role": "owner"});
    app.put(&manager).by(&lea).json(&owner).send().await.expect(404);
    app.put(&manager)
        .by(&admin)
        .json(json!({"role": "editor"}))
        .send()
        .await
        .expect(409)
        .problem("last_owner");
    app.put(&manager).by(&admin).json(&owner).send().await.expect(200);
    get(&app, None, &path).await.expect(200);
    // A page that somebody owns is theirs, not the admin's, who may give it to others who need it.
    app.patch(&path).by(&admin).json(json!({"bio": "x"})).send().await.expect(404);
    let other = format!("{path}/managers/{}", lea.id);
    app.advance(Duration::from_secs(1));
    app.put(&other).by(&admin).json(&owner).send().await.expect(200);
    app.patch(&path).by(&lea).json(json!({"bio": "x"})).send().await.expect(200);
    app.put(format!("{path}/managers/{}", admin.id))
        .by(&lea)
        .json(json!({"role": "editor"}))
        .send()
        .await
        .ok();
    app.advance(Duration::from_secs(1));
    app.put(&manager).by(&admin).json(json!({"role": "editor"})).send().await.expect(200);
    let deeds: Result<Vec<(String, String)>, db::Error> = db::read!(app.db(), |tx| {
        db::sql!("SELECT subject, detail FROM audit WHERE action = 'artist.manager' ORDER BY at, id")
            .all(tx)
            .await
    });
    let deeds: Vec<(String, Value)> =
        deeds.unwrap().into_iter().map(|(page, what)| (page, serde_json::from_str(&what).unwrap())).collect();
    let deed = |user: &User, role| (id.clone(), json!({"account": user.id, "role": role}));
    assert_eq!(deeds, [deed(&ben, "owner"), deed(&lea, "owner"), deed(&ben, "editor")]);
}
