//! The web app's files, and what machines read of its pages. `make web` builds what is served here.

use serde_json::json;
use testkit::{Reply, TestApp, User};

fn text(reply: &Reply) -> String {
    String::from_utf8(reply.body.clone()).unwrap()
}

/// An artist with a track of `visibility`; the paths of both pages.
async fn track(app: &TestApp, user: &User, title: &str, visibility: &str) -> (String, String) {
    let made =
        app.post("/api/v1/tracks").by(user).json(json!({"title": title})).send().await.expect(201).json();
    let id = made["id"].as_str().unwrap().to_owned();
    crate::catalogue::give_sound(app, &id, 185_000).await;
    let change = json!({"visibility": visibility});
    app.patch(format!("/api/v1/tracks/{id}")).by(user).json(change).send().await.expect(200);
    (format!("/t/{id}"), format!("/a/{}", made["artist"]["id"].as_str().unwrap()))
}

#[testkit::test]
async fn every_screen_is_the_one_page_and_no_file_is_made_up(app: TestApp) {
    for path in ["/", "/index.html", "/search?q=x", "/studio/releases/1", "/wallet/"] {
        let page = app.get(path).send().await.expect(200);
        assert!(text(&page).contains("<div id=\"root\">"), "{path}: run `make web`");
        let policy = page.header("content-security-policy").unwrap();
        assert!(policy.contains("script-src 'self';") && !policy.contains("unsafe"), "{policy}");
        assert_eq!(page.header("cache-control"), Some("no-cache"));
    }
    // Where there is no screen the app says so, and machines are told as well.
    let (page, tag) = (app.get("/").send().await, app.get("/search").send().await);
    for path in
        ["/no/such/screen", "/searches", "/t", "/t/", "/r/none/more", "/wallet/receipts/1/2", "/%2e%2e/x"]
    {
        let ask = app.get(path).header("cookie", "resonance_refresh=x").header("host", "music.example");
        let missing = ask.header("if-none-match", tag.header("etag").unwrap()).send().await.expect(404);
        assert_eq!(text(&missing), text(&tag), "{path}");
        let policy = |reply: &Reply| reply.header("content-security-policy").map(str::to_owned);
        assert_eq!((policy(&missing), missing.header("etag")), (policy(&page), None));
        assert_eq!(missing.header("cache-control"), Some("no-cache"));
    }
    for path in ["/no/such.js", "/assets/none.css", "/api/v1/none", "/api/none", "/index.html.br"] {
        app.get(path).send().await.problem("not_found");
    }
    app.post("/studio").send().await.problem("not_found");
}

#[testkit::test]
async fn assets_are_kept_for_good_and_come_compressed(app: TestApp) {
    let page = text(&app.get("/").send().await.expect(200));
    let script = page.split("src=\"/assets/").nth(1).unwrap().split('"').next().unwrap();
    let script = format!("/assets/{script}");
    let plain = app.get(&script).send().await.expect(200);
    assert_eq!(plain.header("content-type"), Some("text/javascript; charset=utf-8"));
    assert_eq!(plain.header("cache-control"), Some("public, max-age=31536000, immutable"));
    assert_eq!(plain.header("x-content-type-options"), Some("nosniff"));
    let small = app.get(&script).header("accept-encoding", "gzip, br").send().await.expect(200);
    assert_eq!(
        (small.header("content-encoding"), small.header("vary")),
        (Some("br"), Some("accept-encoding"))
    );
    assert!(small.body.len() < plain.body.len());
    let tag = small.header("etag").unwrap();
    assert_ne!(plain.header("etag"), Some(tag));
    let again = app.get(&script).header("accept-encoding", "br").header("if-none-match", tag).send().await;
    assert!(again.expect(304).body.is_empty());
}

#[testkit::test]
async fn the_head_of_a_page_says_what_visitors_may_know(app: TestApp) {
    let ana = app.artist("ana").await;
    let title = "</script><img src=x onerror=alert(1)>";
    let (track_page, artist_page) = track(&app, &ana, title, "public").await;
    let page = text(&app.get(&track_page).header("host", "music.example").send().await.expect(200));
    assert!(!page.contains("<img src=x"), "{page}");
    assert!(page.contains("property=\"og:title\" content=\"&lt;/script&gt;"), "{page}");
    assert!(page.contains(&format!(
        "content=\"http://music.example/api/v1{}/stream\"",
        track_page.replace("/t/", "/tracks/")
    )));
    assert!(page.contains("application/ld+json"));
    let page = text(&app.get(&artist_page).send().await.expect(200));
    assert!(page.contains("property=\"og:type\" content=\"profile\""), "{page}");

    // What is hidden is what is missing.
    let (hidden, _) = track(&app, &ana, "Only mine", "private").await;
    let missing = text(&app.get("/t/00000000-0000-7000-8000-000000000000").send().await.expect(404));
    for path in [hidden.as_str(), "/t/none", "/r/none"] {
        let page = app.get(path).by(&ana).send().await.expect(404);
        assert_eq!(text(&page), missing, "{path}");
    }
    let closed = app.reconfigured(|config| config.access.anonymous = Some(infra::config::Anonymous::None));
    let page = text(&closed.get(&track_page).send().await.expect(200));
    assert!(!page.contains("og:title") && !page.contains("onerror"), "{page}");
}

/// The answers that are written into a page.
fn answers_in(page: &str) -> serde_json::Value {
    let answers = page.split("id=\"answers\">").nth(1).unwrap().split("</script>").next().unwrap();
    serde_json::from_str(answers).unwrap()
}

#[testkit::test]
async fn the_first_screen_is_written_into_its_page_for_visitors(app: TestApp) {
    let ana = app.artist("ana").await;
    let title = "</script></h1><img src=x>";
    let body = json!({"title": title, "visibility": "public", "releaseDate": "2024-05-01"});
    let album = app.post("/api/v1/albums").by(&ana).json(body).send().await.expect(201).json();
    let id = album["id"].as_str().unwrap().to_owned();
    let (track_page, artist_page) = track(&app, &ana, "Dawn", "public").await;
    let track_path = format!("/api/v1{}", track_page.replace("/t/", "/tracks/"));
    app.patch(&track_path).by(&ana).json(json!({"albumId": id})).send().await.expect(200);
    let cover = crate::catalogue::give_cover(&app, &ana, &id).await;

    let of_release = [format!("/api/v1/albums/{id}"), format!("/api/v1/albums/{id}/tracks?limit=200")];
    let of_start = [
        "/api/v1/albums?sort=released&limit=24".to_owned(),
        "/api/v1/tracks?sort=created&limit=20".to_owned(),
        of_release[1].clone(),
    ];
    for (path, questions) in [("/".to_owned(), &of_start[..]), (format!("/r/{id}"), &of_release[..])] {
        let reply = app.get(&path).send().await.expect(200);
        assert_eq!(reply.header("vary"), Some("accept-encoding, cookie"));
        assert_eq!(reply.header("cache-control"), Some("no-cache"));
        assert!(reply.header("content-security-policy").unwrap().contains("script-src 'self';"));
        let page = text(&reply);
        let answers = answers_in(&page);
        assert_eq!(answers.as_object().unwrap().len(), questions.len(), "{answers}");
        for question in questions {
            assert_eq!(answers[question], app.get(question).send().await.ok(), "{question}");
        }
        assert!(page.contains(&format!("src=\"{cover}?size=512\"")), "{page}");
        assert!(page.contains("&lt;/script&gt;&lt;/h1&gt;&lt;img src=x&gt;</h1>"), "{page}");
        assert!(!page.contains("<img src=x") && !page.contains("<!--lead"), "{page}");

        let small = app.get(&path).header("accept-encoding", "gzip, br").send().await.expect(200);
        assert_eq!(small.header("content-encoding"), Some("gzip"));
        assert!(small.body.starts_with(&[0x1f, 0x8b]) && small.body.len() < page.len());

        // Who has an account is answered by the API, which knows what they may see.
        let own = app.get(&path).header("cookie", "resonance_refresh=x").header("host", "music.example");
        let own = own.send().await.expect(200);
        assert_eq!(own.header("vary"), Some("accept-encoding, cookie"));
        assert!(!text(&own).contains("id=\"answers\""));
    }

    // A track opens with its sleeve, too, and an artist with what is said of them.
    let artist_path = format!("/api/v1{}/profile", artist_page.replace("/a/", "/artists/"));
    for (path, question, lead) in [(&track_page, &track_path, true), (&artist_page, &artist_path, false)] {
        let page = text(&app.get(path).send().await.expect(200));
        let answers = answers_in(&page);
        assert_eq!(answers.as_object().unwrap().len(), 1, "{answers}");
        assert_eq!(answers[question], app.get(question).send().await.ok(), "{question}");
        assert_eq!(page.contains(&format!("src=\"{cover}?size=512\"")), lead, "{page}");
        assert_eq!(page.contains(">Dawn</h1>"), lead, "{page}");
        assert!(!page.contains("<img src=x"), "{page}");
    }

    // What visitors do not see is in no page.
    let hide = json!({"visibility": "private"});
    app.patch(format!("/api/v1/albums/{id}")).by(&ana).json(hide).send().await.expect(200);
    for (path, status) in [("/".to_owned(), 200), (format!("/r/{id}"), 404)] {
        assert!(!text(&app.get(&path).send().await.expect(status)).contains("img src=x"), "{path}");
    }
    let closed = app.reconfigured(|config| config.access.anonymous = Some(infra::config::Anonymous::None));
    let page = text(&closed.get("/").send().await.expect(200));
    assert!(!page.contains("id=\"answers\""), "{page}");
}

#[testkit::test]
async fn other_pages_may_show_a_player(app: TestApp) {
    let ana = app.artist("ana").await;
    let (path, _) = track(&app, &ana, "Dawn <b>", "unlisted").await;
    // Search engines keep what is in lists, and no more.
    let (listed, artist) = track(&app, &ana, "Dusk", "public").await;
    for (page, kept) in [(&path, false), (&listed, true), (&artist, true)] {
        let page = text(&app.get(page).send().await.expect(200));
        assert_eq!(page.contains("name=\"robots\" content=\"noindex\""), !kept, "{page}");
    }
    let ask = |query: &str| app.get(format!("/oembed?{query}")).header("host", "music.example");
    let url = format!("url=http%3A%2F%2Fmusic.example{}", path.replace('/', "%2F"));
    let answer = ask(&format!("{url}&maxwidth=400")).send().await.ok();
    assert_eq!(
        (&answer["type"], &answer["width"], &answer["height"]),
        (&json!("rich"), &json!(400), &json!(120))
    );
    let html = answer["html"].as_str().unwrap();
    assert!(
        html.starts_with("<iframe src=\"http://music.example/embed/t/") && html.contains("Dawn &lt;b&gt;"),
        "{html}"
    );
    assert_eq!(ask(&format!("{url}&maxheight=44")).send().await.ok()["type"], "link");
    ask(&format!("{url}&format=xml")).send().await.problem("invalid_request");
    ask("url=http%3A%2F%2Fother.example%2Ft%2F1").send().await.problem("not_found");
    ask("").send().await.problem("invalid_request");

    let frame = app.get(format!("/embed{path}")).send().await.expect(200);
    assert!(frame.header("content-security-policy").unwrap().contains("frame-ancestors *"));
    assert!(text(&frame).contains("Dawn &lt;b&gt;") && !text(&frame).contains("<script"));
    let (hidden, _) = track(&app, &ana, "Only mine", "private").await;
    app.get(format!("/embed{hidden}")).by(&ana).send().await.problem("not_found");
}
