use serde_json::{Value, json};
use testkit::{Reply, TestApp, User};

use super::{events, get, give_sound, page_of, set_visibility, text};

async fn album(app: &TestApp, user: &User, body: Value) -> String {
    text(&app.post("/api/v1/albums").by(user).json(body).send().await.expect(201).json()["id"])
}

/// A draft on an album, without sound.
async fn bare(app: &TestApp, user: &User, album: &str, title: &str) -> String {
    let body = json!({"title": title, "albumId": album});
    text(&app.post("/api/v1/tracks").by(user).json(body).send().await.expect(201).json()["id"])
}

async fn publish(app: &TestApp, user: &User, album: &str, body: Value) -> Reply {
    app.post(format!("/api/v1/albums/{album}/publish")).by(user).json(body).send().await
}

/// How many events of a topic there are.
async fn count(app: &TestApp, topic: &str) -> usize {
    events(app).await.iter().filter(|known| *known == topic).count()
}

/// Each track on the album as `user` sees it.
async fn tracks(app: &TestApp, user: Option<&User>, album: &str, field: &str) -> Vec<Value> {
    let page = get(app, user, &format!("/api/v1/albums/{album}/tracks")).await.ok();
    page["items"].as_array().unwrap().iter().map(|track| track[field].clone()).collect()
}

#[testkit::test]
async fn a_release_is_published_as_a_whole_or_not_at_all(app: TestApp) {
    let (ana, ben) = (app.artist("ana").await, app.artist("ben").await);
    page_of(&app, &ana, "Ana").await;
    let id = album(&app, &ana, json!({"title": "Lights"})).await;
    publish(&app, &ana, &id, json!({})).await.expect(409).problem("track_incomplete");
    let mut ids = Vec::new();
    for title in ["One", "Two", "Three"] {
        ids.push(bare(&app, &ana, &id, title).await);
    }
    give_sound(&app, &ids[1], 180_000).await;
    let refused = publish(&app, &ana, &id, json!({})).await.expect(409);
    refused.problem("track_incomplete");
    assert_eq!(refused.pointers(), [format!("/tracks/{}", ids[0]), format!("/tracks/{}", ids[2])]);
    assert_eq!(refused.json()["errors"][0]["code"], "sound_missing");
    assert_eq!(tracks(&app, Some(&ana), &id, "visibility").await, ["private"; 3]);
    get(&app, None, &format!("/api/v1/albums/{id}")).await.expect(404);
    assert_eq!(count(&app, "album.published").await + count(&app, "track.published").await, 0);

    give_sound(&app, &ids[0], 180_000).await;
    give_sound(&app, &ids[2], 180_000).await;
    publish(&app, &ben, &id, json!({})).await.expect(404).problem("album_not_found");
    for (body, pointer) in [(json!({"visibility": "private"}), "/visibility"), (json!({"at": "now"}), "/at")]
    {
        assert_eq!(publish(&app, &ana, &id, body).await.expect(422).pointers(), [pointer]);
    }
    let out = publish(&app, &ana, &id, json!({})).await.expect(200);
    assert!(out.header("etag").is_some());
    let out = out.json();
    assert_eq!((&out["visibility"], &out["releaseDate"]), (&json!("public"), &json!("2026-01-01")));
    assert_eq!(out["trackCount"], 3);
    for (field, value) in [
        ("visibility", json!("public")),
        ("releaseDate", json!("2026-01-01")),
        ("releasedAt", json!("2026-01-01T00:00:00Z")),
        ("publishedAt", json!("2026-01-01T12:00:00Z")),
    ] {
        assert_eq!(tracks(&app, None, &id, field).await, vec![value; 3], "{field}");
    }
    assert_eq!((count(&app, "album.published").await, count(&app, "track.published").await), (1, 3));
    let found = get(&app, None, "/api/v1/tracks?sort=released").await.ok();
    assert_eq!(found["items"].as_array().unwrap().len(), 3);

    // Again, it is as before.
    app.advance(std::time::Duration::from_mins(10));
    assert_eq!(publish(&app, &ana, &id, json!({})).await.ok(), out);
    assert_eq!((count(&app, "album.published").await, count(&app, "track.published").await), (1, 3));
}

#[testkit::test]
async fn a_release_has_the_dates_that_it_was_given(app: TestApp) {
    let ana = app.artist("ana").await;
    page_of(&app, &ana, "Ana").await;
    let id = album(&app, &ana, json!({"title": "Lights", "releaseDate": "1998-05"})).await;
    let (one, two) = (bare(&app, &ana, &id, "One").await, bare(&app, &ana, &id, "Two").await);
    for track in [&one, &two] {
        give_sound(&app, track, 180_000).await;
    }
    let date = json!({"releaseDate": "1997", "trackNo": 1});
    app.patch(format!("/api/v1/tracks/{one}")).by(&ana).json(date).send().await.ok();
    app.patch(format!("/api/v1/tracks/{two}")).by(&ana).json(json!({"trackNo": 2})).send().await.ok();
    // Without publishing it nothing gets a date.
    let hidden = publish(&app, &ana, &id, json!({"visibility": "unlisted"})).await.ok();
    assert_eq!(hidden["visibility"], "unlisted");
    assert_eq!(tracks(&app, None, &id, "visibility").await, ["unlisted"; 2]);
    assert_eq!(tracks(&app, None, &id, "publishedAt").await, [json!(null), json!(null)]);
    assert_eq!(count(&app, "track.published").await, 0);
    publish(&app, &ana, &id, json!({"visibility": "public"})).await.ok();
    assert_eq!(tracks(&app, None, &id, "releaseDate").await, ["1997", "1998-05"]);
    assert_eq!(tracks(&app, None, &id, "releasedAt").await, ["1997-01-01T00:00:00Z", "1998-05-01T00:00:00Z"]);
}

/// Somebody else's track on the album stays theirs, and is not told of.
#[testkit::test]
async fn what_others_put_on_a_release_is_theirs_to_publish(app: TestApp) {
    let (ana, ben) = (app.artist("ana").await, app.artist("ben").await);
    let shared = page_of(&app, &ana, "Ana").await;
    page_of(&app, &ben, "Ben").await;
    app.manager(&ana, &shared, &ben, "editor").await;
    let id = album(&app, &ana, json!({"title": "Lights"})).await;
    let hers = bare(&app, &ana, &id, "Hers").await;
    give_sound(&app, &hers, 180_000).await;
    let pages = app.get("/api/v1/me/artists").by(&ben).send().await.ok();
    let own = pages["items"].as_array().unwrap().iter().find(|page| page["role"] == "owner").unwrap();
    let body = json!({"title": "His", "albumId": id, "artistId": own["id"]});
    let his = text(&app.post("/api/v1/tracks").by(&ben).json(body).send().await.expect(201).json()["id"]);
    publish(&app, &ana, &id, json!({})).await.ok();
    assert_eq!(tracks(&app, None, &id, "id").await, [hers.as_str()]);
    let refused = publish(&app, &ben, &id, json!({})).await.expect(409);
    assert_eq!(refused.pointers(), [format!("/tracks/{his}")]);
    give_sound(&app, &his, 180_000).await;
    set_visibility(&app, &ana, &hers, "private").await;
    publish(&app, &ben, &id, json!({})).await.ok();
    assert_eq!(tracks(&app, None, &id, "id").await.len(), 2);
}

/// One price for all of it, in one step; each track may have another afterwards.
#[testkit::test]
async fn a_release_has_one_price_when_its_artist_says_so(app: TestApp) {
    let (ana, ben) = (app.artist("ana").await, app.artist("ben").await);
    let shared = page_of(&app, &ana, "Ana").await;
    page_of(&app, &ben, "Ben").await;
    app.manager(&ana, &shared, &ben, "editor").await;
    let id = album(&app, &ana, json!({"title": "Lights"})).await;
    let mut hers = Vec::new();
    for title in ["One", "Two", "Three"] {
        hers.push(bare(&app, &ana, &id, title).await);
    }
    let pages = app.get("/api/v1/me/artists").by(&ben).send().await.ok();
    let own = pages["items"].as_array().unwrap().iter().find(|page| page["role"] == "owner").unwrap();
    let beats = |n: i64| json!({"asset": "BEAT", "amount": n.to_string()});
    let body = json!({"title": "His", "albumId": id, "artistId": own["id"]});
    let his = text(&app.post("/api/v1/tracks").by(&ben).json(body).send().await.expect(201).json()["id"]);
    let own = json!({"pricePerSecond": beats(7)});
    app.patch(format!("/api/v1/tracks/{his}")).by(&ben).json(own).send().await.ok();
    let price = async |track: &str, user: &User| {
        app.get(format!("/api/v1/tracks/{track}")).by(user).send().await.ok()["pricePerSecond"].clone()
    };
    let set = async |user: &User, change: Value| {
        app.patch(format!("/api/v1/albums/{id}")).by(user).json(change).send().await
    };
    set(&ana, json!({"pricePerSecond": beats(2_000), "title": "Harbour Lights"})).await.ok();
    for track in &hers {
        assert_eq!(price(track, &ana).await, beats(2_000));
    }
    assert_eq!(price(&his, &ben).await, beats(7), "what others put on it is theirs");
    // One of them costs something else; nothing that is said of the album changes that.
    let own = json!({"pricePerSecond": beats(5)});
    app.patch(format!("/api/v1/tracks/{}", hers[1])).by(&ana).json(own).send().await.ok();
    set(&ana, json!({"title": "Lights"})).await.ok();
    assert_eq!([price(&hers[0], &ana).await, price(&hers[1], &ana).await], [beats(2_000), beats(5)]);
    // Nought is free, and so is null; of an album as of a track.
    for (album, track) in [(beats(0), json!(null)), (json!(null), beats(0))] {
        set(&ana, json!({"pricePerSecond": album})).await.ok();
        assert_eq!(price(&hers[1], &ana).await, json!(null));
        set(&ana, json!({"pricePerSecond": beats(3)})).await.ok();
        let free = json!({"pricePerSecond": track});
        app.patch(format!("/api/v1/tracks/{}", hers[2])).by(&ana).json(free).send().await.ok();
        assert_eq!([price(&hers[1], &ana).await, price(&hers[2], &ana).await], [beats(3), json!(null)]);
    }
    for (wrong, pointer) in [
        (json!({"asset": "USDC", "amount": "1"}), "/pricePerSecond/asset"),
        (json!({"asset": "BEAT", "amount": "1000000000001"}), "/pricePerSecond/amount"),
    ] {
        let refused = set(&ana, json!({"pricePerSecond": wrong, "title": "No"})).await.expect(422);
        assert_eq!(refused.pointers(), [pointer]);
    }
    assert_eq!(app.get(format!("/api/v1/albums/{id}")).by(&ana).send().await.ok()["title"], "Lights");
    set(&app.artist("eve").await, json!({"pricePerSecond": beats(1)})).await.problem("album_not_found");
}
