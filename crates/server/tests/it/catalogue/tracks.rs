use serde_json::{Value, json};
use testkit::TestApp;

use super::{all, draft, events, get, give_sound, page_of, published, set_visibility, text};

fn keys(value: &Value) -> Vec<&str> {
    let mut keys: Vec<&str> = value.as_object().unwrap().keys().map(String::as_str).collect();
    keys.sort_unstable();
    keys
}

#[testkit::test]
async fn a_track_has_its_shape(app: TestApp) {
    let ana = app.artist("ana").await;
    let artist = page_of(&app, &ana, "Ana Nowak").await;
    let album = json!({"title": "Harbour Lights", "releaseDate": "2025-11", "visibility": "public"});
    let album = app.post("/api/v1/albums").by(&ana).json(album).send().await.expect(201).json();
    let id = draft(&app, &ana, "  Dawn ").await;
    let change = json!({
        "albumId": album["id"], "discNo": 1, "trackNo": 3, "genres": ["Folk", "Ambient", "FOLK"], "explicit": true,
        "isrc": "de-a21-26-00001", "releaseDate": "2025-11-07", "artistCredit": "Ana feat. Ben",
        "pricePerSecond": {"asset": "BEAT", "amount": "250000"}, "preview": {"startMs": 1000, "lengthMs": 20000},
        "credits": [{"role": "producer", "name": "Ben", "artistId": null}, {"role": "artist", "name": "Ana", "artistId": artist}],
        "visibility": "public",
    });
    let detail = app.patch(format!("/api/v1/tracks/{id}")).by(&ana).json(change).send().await.ok();
    let stream = format!("/api/v1/tracks/{id}/stream");
    let expected = json!({
        "id": id, "title": "Dawn", "artist": {"id": artist, "name": "Ana Nowak"}, "artistCredit": "Ana feat. Ben",
        "album": {"id": album["id"], "title": "Harbour Lights"}, "discNo": 1, "trackNo": 3,
        "genres": ["Folk", "Ambient"], "durationMs": 180_000, "promisedMs": null, "visibility": "public", "explicit": true,
        "isrc": "DEA212600001", "releaseDate": "2025-11-07", "releasedAt": "2025-11-07T00:00:00Z",
        "createdAt": "2026-01-01T12:00:00Z", "publishedAt": "2026-01-01T12:00:00Z", "playCount": 0, "likeCount": 0,
        "pricePerSecond": {"asset": "BEAT", "amount": "250000"}, "preview": {"startMs": 1000, "lengthMs": 20000},
        "liked": false, "available": true, "streamUrl": stream, "coverUrl": null, "gapless": null,
        "waveformUrl": format!("/api/v1/tracks/{id}/waveform"),
        "credits": [{"role": "producer", "name": "Ben", "artistId": null}, {"role": "artist", "name": "Ana", "artistId": artist}],
    });
    assert_eq!(detail, expected);
    assert_eq!(get(&app, None, &format!("/api/v1/tracks/{id}")).await.ok(), expected);
    let list = get(&app, None, "/api/v1/tracks").await.ok();
    let mut item = expected;
    item.as_object_mut().unwrap().remove("credits");
    assert_eq!(list, json!({"items": [item], "nextCursor": null}));
    assert_eq!(all(&get(&app, None, "/api/v1/genres").await.ok(), "name"), ["Ambient", "Folk"]);
}

#[testkit::test]
async fn a_draft_is_published_once_it_is_complete(app: TestApp) {
    let ana = app.artist("ana").await;
    // The page comes with the first thing that is put on it.
    let body = json!({"title": "Dawn", "genres": ["Folk"]});
    let made = app.post("/api/v1/tracks").by(&ana).json(body).send().await.expect(201).json();
    assert_eq!(made["artist"]["name"], "ana");
    assert_eq!((&made["visibility"], &made["available"]), (&json!("private"), &json!(false)));
    let path = format!("/api/v1/tracks/{}", text(&made["id"]));
    for visibility in ["public", "unlisted"] {
        let body = json!({"visibility": visibility});
        app.patch(&path).by(&ana).json(body).send().await.expect(409).problem("track_incomplete");
    }
    give_sound(&app, made["id"].as_str().unwrap(), 0).await;
    let publish = json!({"visibility": "public"});
    app.patch(&path).by(&ana).json(&publish).send().await.expect(409).problem("track_incomplete");
    give_sound(&app, made["id"].as_str().unwrap(), 1_000).await;
    let track = app.patch(&path).by(&ana).json(&publish).send().await.ok();
    assert_eq!(track["releaseDate"], "2026-01-01", "what comes out without a date comes out today");
    for visibility in ["private", "public"] {
        app.patch(&path).by(&ana).json(json!({"visibility": visibility})).send().await.expect(200);
    }
    let published = events(&app).await.iter().filter(|topic| *topic == "track.published").count();
    assert_eq!(published, 1, "it is news once");
}

#[testkit::test]
async fn a_change_tells_null_from_nothing(app: TestApp) {
    let ana = app.artist("ana").await;
    page_of(&app, &ana, "Ana").await;
    let id = published(&app, &ana, "Dawn").await;
    let path = format!("/api/v1/tracks/{id}");
    let patch = async |body: Value| app.patch(&path).by(&ana).json(body).send().await;
    let price = json!({"asset": "BEAT", "amount": "1"});
    patch(json!({"isrc": "DEA212600001", "pricePerSecond": price, "artistCredit": "A & B"}))
        .await
        .expect(200);
    let kept = patch(json!({})).await.ok();
    assert_eq!((&kept["isrc"], &kept["pricePerSecond"]), (&json!("DEA212600001"), &price));
    let taken =
        patch(json!({"isrc": null, "pricePerSecond": null, "artistCredit": null, "releaseDate": null}))
            .await
            .ok();
    for field in ["isrc", "pricePerSecond", "artistCredit", "releaseDate", "releasedAt"] {
        assert_eq!(taken[field], Value::Null, "{field}");
    }
    for (body, pointer) in [
        (json!({"title": null}), "/title"),
        (json!({"visibility": null}), "/visibility"),
        (json!({"visibility": "members"}), "/visibility"),
        (json!({"playCount": 7}), "/playCount"),
        (json!({"title": " "}), "/title"),
        (json!({"title": "x".repeat(64 * 1024)}), "/title"),
        (json!({"title": "a\u{0}b"}), "/title"),
        (json!({"genres": ["ok", "x".repeat(101)]}), "/genres/1"),
        (json!({"pricePerSecond": {"asset": "USDC", "amount": "5"}}), "/pricePerSecond/asset"),
        (json!({"albumId": "019c0000-0000-7000-8000-000000000000"}), "/albumId"),
        (json!({"releaseDate": "yesterday"}), "/releaseDate"),
    ] {
        let reply = patch(body).await.expect(422);
        reply.problem("validation_failed");
        assert!(reply.pointers().contains(&pointer.to_owned()), "{pointer}: {:?}", reply.pointers());
    }
}

#[testkit::test]
async fn hostile_texts_come_back_as_they_are_and_harm_nothing(app: TestApp) {
    let ana = app.artist("ana").await;
    page_of(&app, &ana, "<b>Ana</b>").await;
    for title in [
        "<script>alert(1)</script>",
        "'; DROP TABLE track; --",
        "%s%n%x {columns} $1 [[ AND ]]",
        "\u{1f3b5}\u{200d}\u{1f525} Ḿ̷̛u̴s̶ic",
        "../../../../etc/passwd",
        "\u{5d0}\u{5d1}\u{5d2}",
        "\\N\\0 \"quoted\" \\u{feff}",
    ] {
        let id = published(&app, &ana, title).await;
        assert_eq!(get(&app, None, &format!("/api/v1/tracks/{id}")).await.ok()["title"], title);
    }
    let id = published(&app, &ana, "safe\u{202e}3pm.exe\u{202c}").await;
    assert_eq!(get(&app, None, &format!("/api/v1/tracks/{id}")).await.ok()["title"], "safe3pm.exe");
    let names = all(&get(&app, None, "/api/v1/tracks?sort=title&limit=3").await.ok(), "title");
    assert_eq!(names.len(), 3);
    app.settle_search().await;
    for odd in ["%27", "%00", "%25%25", "%E2%80%AE", "%5B%5B"] {
        get(&app, None, &format!("/api/v1/tracks?q={odd}")).await.expect(200);
        get(&app, None, &format!("/api/v1/artists?q={odd}&genre={odd}")).await.expect(200);
        get(&app, None, &format!("/api/v1/albums?q={odd}&genre={odd}")).await.expect(200);
    }
}

#[testkit::test]
async fn wrong_queries_name_their_parameter(app: TestApp) {
    for (query, pointer) in [
        ("limit=0", "/limit"),
        ("limit=201", "/limit"),
        ("sort=size", "/sort"),
        ("order=up", "/order"),
        ("artist=ana", "/artist"),
        ("releasedFrom=2026-13", "/releasedFrom"),
        ("priced=maybe", "/priced"),
        ("visibility=secret", "/visibility"),
    ] {
        let reply = get(&app, None, &format!("/api/v1/tracks?{query}")).await.expect(400);
        reply.problem("invalid_request");
        assert_eq!(reply.pointers(), [pointer], "{query}");
    }
    let ana = app.artist("ana").await;
    page_of(&app, &ana, "Ana").await;
    for title in ["A", "B"] {
        published(&app, &ana, title).await;
    }
    let page = get(&app, None, "/api/v1/tracks?sort=title&limit=1").await.ok();
    let cursor = text(&page["nextCursor"]);
    for other in ["sort=plays", "sort=title&order=desc", "sort=created", "sort=released"] {
        let path = format!("/api/v1/tracks?{other}&cursor={cursor}");
        get(&app, None, &path).await.expect(400).problem("invalid_cursor");
    }
    get(&app, None, "/api/v1/tracks?cursor=nonsense").await.expect(400).problem("invalid_cursor");
    get(&app, None, "/api/v1/albums?sort=title&cursor=e30").await.expect(400).problem("invalid_cursor");
}

#[testkit::test]
async fn a_deleted_track_is_gone_from_everywhere(app: TestApp) {
    let ana = app.artist("ana").await;
    let artist = page_of(&app, &ana, "Ana").await;
    let id = published(&app, &ana, "Dawn").await;
    let path = format!("/api/v1/tracks/{id}");
    app.patch(&path).by(&ana).json(json!({"genres": ["Folk"]})).send().await.expect(200);
    assert_eq!(get(&app, None, &format!("/api/v1/artists/{artist}")).await.ok()["genres"], json!(["Folk"]));
    app.delete(&path).by(&ana).send().await.expect(204);
    for who in [None, Some(&ana)] {
        get(&app, who, &path).await.expect(404).problem("track_not_found");
        for list in
            ["/api/v1/tracks", "/api/v1/tracks?genre=folk", &format!("/api/v1/artists/{artist}/tracks")]
        {
            assert_eq!(all(&get(&app, who, list).await.ok(), "id"), Vec::<String>::new(), "{list}");
        }
    }
    let page = get(&app, None, &format!("/api/v1/artists/{artist}")).await.ok();
    assert_eq!((&page["genres"], &page["stats"]["trackCount"]), (&json!([]), &json!(0)));
    app.delete(&path).by(&ana).send().await.expect(404).problem("track_not_found");
}

#[testkit::test]
async fn albums_have_their_shape_and_their_order(app: TestApp) {
    let ana = app.artist("ana").await;
    let artist = page_of(&app, &ana, "Ana").await;
    let body = json!({"title": "Harbour", "kind": "ep", "releaseDate": "1998-05", "description": " Calm. "});
    let album = app.post("/api/v1/albums").by(&ana).json(body).send().await.expect(201).json();
    let id = text(&album["id"]);
    let path = format!("/api/v1/albums/{id}");
    get(&app, None, &path).await.expect(404).problem("album_not_found");
    let mut tracks = Vec::new();
    for (title, disc, number, visibility) in
        [("C", 2, 1, "public"), ("B", 1, 2, "public"), ("A", 1, 1, "unlisted"), ("D", 2, 2, "private")]
    {
        let track = draft(&app, &ana, title).await;
        let change = json!({
            "albumId": id, "discNo": disc, "trackNo": number, "visibility": visibility, "genres": ["Folk", title],
        });
        app.patch(format!("/api/v1/tracks/{track}")).by(&ana).json(change).send().await.expect(200);
        tracks.push(track);
    }
    let change = json!({"visibility": "public"});
    let shown = app.patch(&path).by(&ana).json(change).send().await.ok();
    assert_eq!(
        keys(&shown),
        [
            "artist",
            "coverUrl",
            "createdAt",
            "description",
            "durationMs",
            "genres",
            "id",
            "kind",
            "likeCount",
            "playCount",
            "releaseDate",
            "releasedAt",
            "title",
            "trackCount",
            "visibility"
        ]
    );
    let seen = get(&app, None, &path).await.ok();
    let expected = json!({
        "id": id, "title": "Harbour", "artist": {"id": artist, "name": "Ana"}, "kind": "ep",
        "genres": ["Folk", "B", "C"], "visibility": "public", "releaseDate": "1998-05",
        "releasedAt": "1998-05-01T00:00:00Z", "createdAt": "2026-01-01T12:00:00Z", "description": "Calm.",
        "trackCount": 2, "durationMs": 360_000, "playCount": 0, "likeCount": 0, "coverUrl": null,
    });
    assert_eq!(seen, expected);
    let titles = async |who, path: &str| all(&get(&app, who, path).await.ok(), "title");
    let list = format!("{path}/tracks");
    assert_eq!(titles(None, &list).await, ["B", "C"]);
    assert_eq!(titles(Some(&ana), &list).await, ["A", "B", "C", "D"]);
    // Whoever has the address of an unlisted album has its unlisted tracks with it.
    app.patch(&path).by(&ana).json(json!({"visibility": "unlisted"})).send().await.expect(200);
    assert_eq!(titles(None, &list).await, ["A", "B", "C"]);
    assert_eq!(titles(None, "/api/v1/albums").await, Vec::<String>::new());
    let second = get(&app, None, &format!("{list}?limit=1")).await.ok();
    let rest = format!("{list}?cursor={}", text(&second["nextCursor"]));
    assert_eq!(titles(None, &rest).await, ["B", "C"]);
    // Its tracks stay when it goes.
    app.delete(&path).by(&ana).send().await.expect(204);
    get(&app, Some(&ana), &path).await.expect(404).problem("album_not_found");
    let track = get(&app, None, &format!("/api/v1/tracks/{}", tracks[0])).await.ok();
    assert_eq!(track["album"], Value::Null);
}

#[testkit::test]
async fn tracks_come_by_their_ids_in_the_order_asked_for(app: TestApp) {
    let (ana, ben) = (app.artist("ana").await, app.listener("ben").await);
    let mut ids = Vec::new();
    for title in ["One", "Two", "Three", "Four"] {
        ids.push(published(&app, &ana, title).await);
    }
    set_visibility(&app, &ana, &ids[1], "unlisted").await;
    set_visibility(&app, &ana, &ids[2], "private").await;
    let ask = async |who: Option<&testkit::User>, places: &[usize]| {
        let asked: Vec<&str> = places.iter().map(|at| ids[*at].as_str()).collect();
        let page = get(&app, who, &format!("/api/v1/tracks?ids={}", asked.join(","))).await.ok();
        assert_eq!(page["nextCursor"], json!(null));
        let place = |id: String| ids.iter().position(|known| *known == id).unwrap();
        all(&page, "id").into_iter().map(place).collect::<Vec<_>>()
    };
    assert_eq!(ask(Some(&ana), &[3, 0, 2, 1]).await, [3, 0, 2, 1]);
    assert_eq!(ask(Some(&ana), &[1, 1, 0, 1]).await, [1, 0], "each once, where it came first");
    // The same as by their addresses: what is private is left out.
    assert_eq!(ask(Some(&ben), &[3, 2, 1]).await, [3, 1]);
    assert_eq!(ask(None, &[2, 1, 0]).await, [1, 0]);
    let missing = "019c0000-0000-7000-8000-000000000000";
    let page = get(&app, None, &format!("/api/v1/tracks?ids={missing}")).await.ok();
    assert_eq!(page["items"], json!([]));
    let most: Vec<String> = (0..101).map(|n| format!("019c0000-0000-7000-8000-{n:012}")).collect();
    get(&app, None, &format!("/api/v1/tracks?ids={}", most[1..].join(","))).await.ok();
    for wrong in [most.join(","), "x".into(), String::new(), format!("{missing},")] {
        let reply = get(&app, None, &format!("/api/v1/tracks?ids={wrong}")).await.expect(400);
        assert_eq!(reply.pointers(), ["/ids"], "{wrong}");
    }
    for other in ["q=one", "sort=plays", "priced=true", "genre=folk"] {
        let reply = get(&app, None, &format!("/api/v1/tracks?ids={missing}&{other}")).await.expect(422);
        assert_eq!(reply.pointers(), ["/ids"], "{other}");
    }
}

/// The tag of what `call` answers.
async fn tag_of(call: testkit::Call<'_>) -> String {
    let reply = call.send().await;
    assert!(reply.status.is_success());
    reply.header("etag").unwrap().to_owned()
}

#[testkit::test]
async fn nobody_undoes_silently_what_another_changed(app: TestApp) {
    let (ana, ben) = (app.artist("ana").await, app.listener("ben").await);
    let track = published(&app, &ana, "Dawn").await;
    let body = json!({"title": "Lights", "visibility": "public"});
    let made = app.post("/api/v1/albums").by(&ana).json(body).send().await.expect(201);
    let album = text(&made.json()["id"]);
    for (path, code) in [
        (format!("/api/v1/tracks/{track}"), "track_not_found"),
        (format!("/api/v1/albums/{album}"), "album_not_found"),
    ] {
        let change = async |made_from: &str, title: &str| {
            let call = app.patch(&path).by(&ana).header("if-match", made_from);
            call.json(json!({"title": title})).send().await
        };
        let first = tag_of(app.get(&path).by(&ana)).await;
        assert!(first.starts_with('"') && first.len() > 10, "{first}");
        // What others do is no other edition.
        app.put(format!("/api/v1/tracks/{track}/like")).by(&ben).send().await.ok();
        assert_eq!(tag_of(app.get(&path)).await, first);
        let second = change(&first, "Dusk").await.expect(200).header("etag").unwrap().to_owned();
        assert_ne!(second, first);
        assert_eq!(tag_of(app.get(&path).by(&ana)).await, second);
        for stale in [&*first, &*format!("W/{second}"), "\"x\"", "x", ""] {
            change(stale, "Lost").await.expect(412).problem("precondition_failed");
        }
        assert_eq!(app.get(&path).by(&ana).send().await.ok()["title"], "Dusk");
        change(&format!("{first}, {second}"), "Day").await.expect(200);
        change("*", "Night").await.expect(200);
        app.patch(&path).by(&ana).json(json!({"title": "Dawn"})).send().await.expect(200);
        // Of several at once one wins.
        let now = tag_of(app.get(&path).by(&ana)).await;
        let titles = ["A", "B", "C", "D"];
        let done = futures_util::future::join_all(titles.iter().map(|title| change(&now, title))).await;
        let mut done: Vec<u16> = done.iter().map(|reply| reply.status.as_u16()).collect();
        done.sort_unstable();
        assert_eq!(done, [200, 412, 412, 412]);
        let call = app.patch(&path).by(&ben).header("if-match", "\"x\"").json(json!({"title": "Mine"}));
        call.send().await.expect(404).problem(code);
    }
}

#[testkit::test]
async fn each_field_that_can_be_changed_makes_another_edition(app: TestApp) {
    let ana = app.artist("ana").await;
    let track = draft(&app, &ana, "Dawn").await;
    let made = app.post("/api/v1/albums").by(&ana).json(json!({"title": "Lights"})).send().await.expect(201);
    let album = text(&made.json()["id"]);
    let track_changes = json!([
        {"title": "Dusk"}, {"artistCredit": "Ana feat. Ben"}, {"albumId": album}, {"discNo": 2}, {"trackNo": 3},
        {"genres": ["Folk"]}, {"genres": ["Folk", "Jazz"]}, {"genres": ["Jazz", "Folk"]}, {"visibility": "unlisted"},
        {"explicit": true}, {"isrc": "DEA212600001"}, {"releaseDate": "2025"},
        {"pricePerSecond": {"asset": "BEAT", "amount": "1"}}, {"preview": {"startMs": 1, "lengthMs": 1000}},
        {"credits": [{"role": "producer", "name": "Ben"}]}, {"credits": []},
    ]);
    let album_changes = json!([
        {"title": "Dusk"}, {"kind": "ep"}, {"visibility": "public"}, {"releaseDate": "2025"}, {"description": "Quiet."}
    ]);
    for (path, changes) in [
        (format!("/api/v1/tracks/{track}"), track_changes),
        (format!("/api/v1/albums/{album}"), album_changes),
    ] {
        let mut seen = vec![tag_of(app.get(&path).by(&ana)).await];
        for change in changes.as_array().unwrap() {
            let tag = tag_of(app.patch(&path).by(&ana).json(change.clone())).await;
            assert_ne!(seen.last(), Some(&tag), "{change}");
            let same = tag_of(app.patch(&path).by(&ana).json(change.clone())).await;
            assert_eq!(same, tag, "{change} again is no change");
            seen.push(tag);
        }
    }
}
