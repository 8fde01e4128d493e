use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};
use testkit::TestApp;

use super::{all, draft, events, get, page_of, published, set_visibility, text, walk};

#[testkit::test]
async fn a_like_counts_once_however_often_it_is_sent(app: TestApp) {
    let (ana, ben) = (app.artist("ana").await, app.listener("ben").await);
    let artist = page_of(&app, &ana, "Ana").await;
    let album = json!({"title": "Harbour", "visibility": "public"});
    let album = text(&app.post("/api/v1/albums").by(&ana).json(album).send().await.ok()["id"]);
    let id = published(&app, &ana, "Dawn").await;
    let path = format!("/api/v1/tracks/{id}");
    let change = json!({"albumId": album, "genres": ["Folk", "Rock"]});
    app.patch(&path).by(&ana).json(change).send().await.expect(200);
    let like = format!("{path}/like");
    let states = join_all((0..32).map(|_| app.put(&like).by(&ben).send())).await;
    for state in states {
        assert_eq!(state.ok(), json!({"liked": true, "likeCount": 1}));
    }
    assert_eq!(app.put(&like).by(&ana).send().await.ok(), json!({"liked": true, "likeCount": 2}));
    assert_eq!(events(&app).await.iter().filter(|topic| *topic == "track.liked").count(), 2);
    let track = get(&app, Some(&ben), &path).await.ok();
    assert_eq!((&track["liked"], &track["likeCount"]), (&json!(true), &json!(2)));
    assert_eq!(get(&app, None, &path).await.ok()["liked"], false);
    assert_eq!(get(&app, None, &format!("/api/v1/albums/{album}")).await.ok()["likeCount"], 2);
    let page = get(&app, None, &format!("/api/v1/artists/{artist}")).await.ok();
    assert_eq!(page["stats"]["totalLikes"], 2);
    // The copies beside the genres follow, which order the lists of genres.
    let other = published(&app, &ana, "Dusk").await;
    let genre = json!({"genres": ["Folk"]});
    app.patch(format!("/api/v1/tracks/{other}")).by(&ana).json(genre).send().await.expect(200);
    let liked = get(&app, None, "/api/v1/tracks?genre=folk&sort=likes").await.ok();
    assert_eq!(all(&liked, "id"), [id.as_str(), other.as_str()]);

    for _ in 0..2 {
        assert_eq!(app.delete(&like).by(&ben).send().await.ok(), json!({"liked": false, "likeCount": 1}));
    }
    app.delete(&like).by(&ana).send().await.expect(200);
    assert_eq!(get(&app, None, &format!("/api/v1/albums/{album}")).await.ok()["likeCount"], 0);
    app.put(&like).send().await.expect(401);
    let hidden = draft(&app, &ana, "Draft").await;
    for track in [hidden.as_str(), "019c0000-0000-7000-8000-000000000000", "nonsense"] {
        let path = format!("/api/v1/tracks/{track}/like");
        app.put(&path).by(&ben).send().await.expect(404);
        app.delete(&path).by(&ben).send().await.expect(404);
    }
    app.put(format!("/api/v1/tracks/{hidden}/like")).by(&ana).send().await.expect(200);
}

#[testkit::test]
async fn likes_of_many_are_all_counted(app: TestApp) {
    let ana = app.artist("ana").await;
    page_of(&app, &ana, "Ana").await;
    let id = published(&app, &ana, "Dawn").await;
    let mut fans = Vec::new();
    for n in 0..6 {
        fans.push(app.listener(&format!("fan{n}")).await);
    }
    let like = format!("/api/v1/tracks/{id}/like");
    let calls = fans.iter().chain(&fans).map(|fan| app.put(&like).by(fan).send());
    for state in join_all(calls).await {
        state.expect(200);
    }
    assert_eq!(get(&app, None, &format!("/api/v1/tracks/{id}")).await.ok()["likeCount"], 6);
    for state in join_all(fans.iter().map(|fan| app.delete(&like).by(fan).send())).await {
        state.expect(200);
    }
    assert_eq!(get(&app, None, &format!("/api/v1/tracks/{id}")).await.ok()["likeCount"], 0);
}

#[testkit::test]
async fn follows_are_counted_and_listed(app: TestApp) {
    let (ana, ben, eve) = (app.artist("ana").await, app.listener("ben").await, app.listener("eve").await);
    let mut pages = Vec::new();
    for name in ["One", "Two", "Three"] {
        pages.push(page_of(&app, &ana, name).await);
    }
    let path = |page: &str| format!("/api/v1/artists/{page}/follow");
    let states = join_all((0..8).map(|_| app.put(path(&pages[0])).by(&ben).send())).await;
    for state in states {
        assert_eq!(state.ok(), json!({"following": true, "followerCount": 1}));
    }
    app.advance(Duration::from_secs(1));
    app.put(path(&pages[0])).by(&eve).send().await.expect(200);
    for page in &pages[1..] {
        app.advance(Duration::from_secs(1));
        app.put(path(page)).by(&ben).send().await.expect(200);
    }
    let mine = walk(&app, Some(&ben), "/api/v1/me/following", 2).await;
    let names: Vec<String> = mine.iter().map(|artist| text(&artist["displayName"])).collect();
    assert_eq!(names, ["Three", "Two", "One"], "the latest first");
    assert!(mine.iter().all(|artist| artist["following"] == true));
    assert_eq!(mine[2]["stats"]["followerCount"], 2);
    let followers = walk(&app, Some(&ana), &format!("/api/v1/artists/{}/followers", pages[0]), 1).await;
    let names: Vec<&Value> = followers.iter().map(|follower| &follower["username"]).collect();
    assert_eq!(names, [&json!("eve"), &json!("ben")]);
    assert_eq!(events(&app).await.iter().filter(|topic| *topic == "artist.followed").count(), 4);
    for _ in 0..2 {
        let state = app.delete(path(&pages[0])).by(&ben).send().await.ok();
        assert_eq!(state, json!({"following": false, "followerCount": 1}));
    }
    assert_eq!(walk(&app, Some(&ben), "/api/v1/me/following", 2).await.len(), 2);
    get(&app, None, "/api/v1/me/following").await.expect(401);
    get(&app, None, &format!("/api/v1/artists/{}/followers", pages[0])).await.expect(401);
    app.put(path("019c0000-0000-7000-8000-000000000000"))
        .by(&ben)
        .send()
        .await
        .expect(404)
        .problem("artist_not_found");
}

#[testkit::test]
async fn liked_tracks_are_listed_the_latest_like_first(app: TestApp) {
    let (ana, ben) = (app.artist("ana").await, app.listener("ben").await);
    let mut ids = Vec::new();
    for title in ["One", "Two", "Three", "Four", "Five"] {
        ids.push(published(&app, &ana, title).await);
    }
    let like = async |id: &str| {
        app.advance(Duration::from_secs(1));
        app.put(format!("/api/v1/tracks/{id}/like")).by(&ben).send().await.ok();
    };
    for at in [3, 0, 4, 1, 2] {
        like(&ids[at]).await;
    }
    let liked = async || {
        let all = walk(&app, Some(&ben), "/api/v1/me/likes", 2).await;
        let place = |track: &Value| ids.iter().position(|id| track["id"] == **id).unwrap();
        all.iter().map(place).collect::<Vec<_>>()
    };
    assert_eq!(liked().await, [2, 1, 4, 0, 3]);
    let page = app.get("/api/v1/me/likes?limit=1").by(&ben).send().await.ok();
    let first = &page["items"][0];
    assert_eq!(
        (&first["title"], &first["liked"], &first["likedAt"]),
        (&json!("Three"), &json!(true), &json!(app.now()))
    );
    // To like it again is no new like; not to like it any more is none; what is hidden is away as long as it is.
    like(&ids[3]).await;
    app.delete(format!("/api/v1/tracks/{}/like", ids[1])).by(&ben).send().await.ok();
    set_visibility(&app, &ana, &ids[4], "private").await;
    set_visibility(&app, &ana, &ids[2], "unlisted").await;
    assert_eq!(liked().await, [2, 0, 3]);
    set_visibility(&app, &ana, &ids[4], "public").await;
    assert_eq!(liked().await, [2, 4, 0, 3]);
    assert_eq!(walk(&app, Some(&ana), "/api/v1/me/likes", 2).await, Vec::<Value>::new());
    let cursor = page["nextCursor"].as_str().unwrap();
    let path = format!("/api/v1/me/following?cursor={cursor}");
    app.get(path).by(&ben).send().await.expect(400).problem("invalid_cursor");
}
