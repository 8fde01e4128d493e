use std::{collections::HashSet, path::Path, time::Duration};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use db::{Dialect, feed, sql};
use kernel::AudioId;
use music::{
    catalogue::{AudioSource, CatalogueError, FEED, NewAudio, track},
    search,
};
use serde_json::{Value, json};
use testkit::{TestApp, User};

/// Somebody with a page called `name`; answers the page's id.
async fn artist(app: &TestApp, user: &str, name: &str) -> (User, String) {
    let who = app.artist(user).await;
    let page = app.post("/api/v1/artists").by(&who).json(json!({"displayName": name})).send().await.ok();
    (who, id(&page))
}

fn id(thing: &Value) -> String {
    thing["id"].as_str().unwrap_or_default().to_owned()
}

/// A track with sound, of this visibility.
async fn track(app: &TestApp, who: &User, title: &str, visibility: &str) -> String {
    track_with(app, who, json!({"title": title}), visibility).await
}

async fn track_with(app: &TestApp, who: &User, new: Value, visibility: &str) -> String {
    // Later ones have greater ids.
    app.advance(Duration::from_millis(1));
    let track = app.post("/api/v1/tracks").by(who).json(new).send().await.expect(201).json();
    let audio = NewAudio {
        track: id(&track).parse().unwrap(),
        source: AudioSource::Blob,
        place: id(&track),
        size: 1,
        modified_at: app.now(),
        content_type: "audio/flac",
        codec: "flac".into(),
        bitrate: 0,
        sample_rate: 44_100,
        channels: 2,
        bit_depth: None,
        hash: None,
        gain_track_mb: None,
        gain_album_mb: None,
    };
    let sound = (app.service.app.id::<AudioId>(), audio);
    let attached: Result<_, CatalogueError> =
        db::write!(app.db(), |tx| track::attach_audio(tx, sound.clone(), 180_000, app.now()).await);
    attached.unwrap();
    if visibility == "members" {
        imported(app, &id(&track)).await;
    } else {
        change(app, who, &format!("tracks/{}", id(&track)), json!({"visibility": visibility})).await;
    }
    id(&track)
}

async fn change(app: &TestApp, who: &User, path: &str, body: Value) {
    app.patch(format!("/api/v1/{path}")).by(who).json(body).send().await.ok();
}

/// Makes a track one of the library, as an import does.
async fn imported(app: &TestApp, track: &str) {
    let track: kernel::TrackId = track.parse().unwrap();
    let imported: db::Result<()> = db::write!(app.db(), |tx| {
        sql!("UPDATE track SET visibility = 'members' WHERE id = $1").bind(track).run(tx).await?;
        feed::append(tx, FEED, track, app.now()).await
    });
    imported.unwrap();
}

/// Sets how often a track was played, as whoever counts plays does.
async fn played(app: &TestApp, track: &str, plays: i64) {
    let track: kernel::TrackId = track.parse().unwrap();
    let played: db::Result<()> = db::write!(app.db(), |tx| {
        sql!("UPDATE track SET play_count = $2 WHERE id = $1").bind(track).bind(plays).run(tx).await?;
        feed::append(tx, FEED, track, app.now()).await
    });
    played.unwrap();
}

fn path(q: &str) -> String {
    let query = form_urlencoded::Serializer::new(String::new()).append_pair("q", q).finish();
    format!("/api/v1/search?{query}")
}

async fn found_by(app: &TestApp, who: Option<&User>, q: &str) -> Value {
    let call = app.get(path(q));
    let call = match who {
        Some(who) => call.by(who),
        None => call,
    };
    call.send().await.ok()
}

fn titles(group: &Value) -> Vec<&str> {
    let items = group["items"].as_array().unwrap().iter();
    items
        .filter_map(|item| item["title"].as_str().or(item["displayName"].as_str()).or(item["name"].as_str()))
        .collect()
}

/// The titles of the tracks that everybody finds.
async fn tracks(app: &TestApp, q: &str) -> Vec<String> {
    titles(&found_by(app, None, q).await["tracks"]).into_iter().map(str::to_owned).collect()
}

#[testkit::test]
async fn things_are_found_as_they_are_typed_without_accents_and_with_a_typo(app: TestApp) {
    let (ros, _) = artist(&app, "jonsi", "Sigur Rós").await;
    track_with(&app, &ros, json!({"title": "Hoppípolla", "genres": ["Post-Rock"]}), "public").await;
    let album = app.post("/api/v1/albums").by(&ros).json(json!({"title": "Ágætis byrjun"})).send().await.ok();
    change(&app, &ros, &format!("albums/{}", id(&album)), json!({"visibility": "public"})).await;
    let on_it =
        track_with(&app, &ros, json!({"title": "Svefn-g-englar", "albumId": id(&album)}), "public").await;
    app.settle_search().await;
    for q in [
        "hoppipolla",
        "HOPPÍPOLLA",
        "hopp",
        "hoppipolal",
        "hopipolla",
        "hoppipola",
        "hoppipolla sigur",
        "ros hop",
    ] {
        assert_eq!(tracks(&app, q).await, ["Hoppípolla"], "{q}");
    }
    for q in ["agaetis", "Ágætis byr", "svefngenglar", "Svefn-G-Englar", "svefn g", "byrjun englar"] {
        assert_eq!(tracks(&app, q).await, ["Svefn-g-englar"], "{q}");
    }
    let all = found_by(&app, None, "sigur").await;
    assert_eq!(titles(&all["artists"]), ["Sigur Rós"]);
    assert_eq!(all["top"], json!({"kind": "artist", "id": all["artists"]["items"][0]["id"]}));
    assert_eq!(titles(&all["albums"]), ["Ágætis byrjun"]);
    assert_eq!(titles(&all["tracks"]).len(), 2);
    assert_eq!(titles(&found_by(&app, None, "post rock").await["genres"]), ["Post-Rock"]);
    // A track is found by its album as it is now.
    change(&app, &ros, &format!("tracks/{on_it}"), json!({"albumId": null})).await;
    app.settle_search().await;
    assert_eq!(tracks(&app, "agaetis").await, Vec::<String>::new());
}

#[testkit::test]
async fn a_genre_is_found_by_who_finds_a_track_of_it(app: TestApp) {
    let (ana, _) = artist(&app, "ana", "Ana").await;
    let ben = app.listener("ben").await;
    for (title, visibility) in [("Open", "public"), ("By link", "unlisted"), ("Own", "private")] {
        let track = json!({"title": title, "genres": [format!("Harbour {title}")]});
        track_with(&app, &ana, track, visibility).await;
    }
    app.post("/api/v1/genres").by(&ana).json(json!({"name": "Harbour of nothing"})).send().await.expect(201);
    app.settle_search().await;
    let genres = async |by| {
        let found = found_by(&app, by, "harbour").await;
        let mut found: Vec<String> = titles(&found["genres"]).into_iter().map(str::to_owned).collect();
        found.sort();
        found
    };
    assert_eq!(genres(None).await, ["Harbour Open"]);
    assert_eq!(genres(Some(&ben)).await, ["Harbour Open"]);
    assert_eq!(genres(Some(&ana)).await, ["Harbour By link", "Harbour Open", "Harbour Own"]);
}

#[testkit::test]
async fn exact_goes_before_prefix_before_typo_and_popular_before_less_so(app: TestApp) {
    let (ana, _) = artist(&app, "ana", "Ana").await;
    for title in ["Dwan", "Dawning", "Dawn Chorus", "Dawn"] {
        track(&app, &ana, title, "public").await;
    }
    let popular = track(&app, &ana, "Dawn Patrol", "public").await;
    app.settle_search().await;
    assert_eq!(tracks(&app, "dawn").await, ["Dawn", "Dawn Chorus", "Dawn Patrol", "Dawning", "Dwan"]);
    played(&app, &popular, 1_000_000).await;
    app.settle_search().await;
    assert_eq!(tracks(&app, "dawn").await, ["Dawn Patrol", "Dawn", "Dawn Chorus", "Dawning", "Dwan"]);
    // With enough else, nobody looks for typos.
    let few = app.get(format!("{}&limit=4", path("dawn"))).send().await.ok();
    assert_eq!(titles(&few["tracks"]), ["Dawn Patrol", "Dawn", "Dawn Chorus", "Dawning"]);
}

#[testkit::test]
async fn only_who_may_see_a_thing_finds_it(app: TestApp) {
    let ((ana, page), (ben, _)) = (artist(&app, "ana", "Ana").await, artist(&app, "ben", "Ben").await);
    let listener = app.listener("lia").await;
    for (title, visibility) in [
        ("Zebra open", "public"),
        ("Zebra club", "members"),
        ("Zebra link", "unlisted"),
        ("Zebra mine", "private"),
    ] {
        track(&app, &ana, title, visibility).await;
    }
    app.settle_search().await;
    let find = async |who: Option<&User>| -> HashSet<String> {
        let found = found_by(&app, who, "zebra").await;
        titles(&found["tracks"]).into_iter().map(|title| title.replace("Zebra ", "")).collect()
    };
    let set = |titles: &[&str]| titles.iter().map(|title| (*title).to_owned()).collect::<HashSet<_>>();
    assert_eq!(find(None).await, set(&["open"]));
    assert_eq!(find(Some(&listener)).await, set(&["open", "club"]));
    assert_eq!(find(Some(&ben)).await, set(&["open", "club"]));
    assert_eq!(find(Some(&ana)).await, set(&["open", "club", "link", "mine"]));
    // A word that only a hidden track has says nothing, nor does the title of a hidden album on an open track.
    assert_eq!(found_by(&app, Some(&ben), "mine").await["top"], json!(null));
    let album = app.post("/api/v1/albums").by(&ana).json(json!({"title": "Quagga"})).send().await.ok();
    track_with(&app, &ana, json!({"title": "Okapi", "albumId": id(&album)}), "public").await;
    app.settle_search().await;
    assert_eq!(tracks(&app, "quagga").await, Vec::<String>::new());
    change(&app, &ana, &format!("albums/{}", id(&album)), json!({"visibility": "public"})).await;
    app.settle_search().await;
    assert_eq!(tracks(&app, "quagga").await, ["Okapi"]);
    // Another manager of the page finds what its first one does.
    let path = format!("/api/v1/artists/{page}/managers/{}", ben.id);
    app.put(path).by(&ana).json(json!({"role": "editor"})).send().await.ok();
    assert_eq!(find(Some(&ben)).await, set(&["open", "club"]), "who is only asked does not");
    app.manager(&ana, &page, &ben, "editor").await;
    assert_eq!(find(Some(&ben)).await, set(&["open", "club", "link", "mine"]));
}

#[testkit::test]
async fn an_index_that_lags_neither_leaks_nor_shortens(app: TestApp) {
    let (ana, _) = artist(&app, "ana", "Ana").await;
    let mut ids = Vec::new();
    for n in 0..6 {
        ids.push(track(&app, &ana, &format!("Lag {n}"), "public").await);
    }
    app.settle_search().await;
    for hidden in &ids[..3] {
        change(&app, &ana, &format!("tracks/{hidden}"), json!({"visibility": "private"})).await;
    }
    // Not settled: the index still has all six.
    let found = app.get(format!("{}&limit=3", path("lag"))).send().await.ok();
    assert_eq!(titles(&found["tracks"]), ["Lag 3", "Lag 4", "Lag 5"]);
}

#[testkit::test]
async fn changes_are_found_and_what_they_replaced_is_not(app: TestApp) {
    let (ana, page) = artist(&app, "ana", "Aardvark").await;
    let album = app.post("/api/v1/albums").by(&ana).json(json!({"title": "Bison"})).send().await.ok();
    change(&app, &ana, &format!("albums/{}", id(&album)), json!({"visibility": "public"})).await;
    let track = track_with(&app, &ana, json!({"title": "Civet", "albumId": id(&album)}), "public").await;
    app.settle_search().await;
    for q in ["aardvark", "bison", "civet"] {
        assert_eq!(tracks(&app, q).await, ["Civet"], "{q}");
    }
    // A name stands in the entries of others, which do not change themselves.
    change(&app, &ana, &format!("artists/{page}"), json!({"displayName": "Dugong"})).await;
    app.settle_search().await;
    assert_eq!(tracks(&app, "dugong").await, ["Civet"]);
    change(&app, &ana, &format!("albums/{}", id(&album)), json!({"title": "Echidna"})).await;
    app.settle_search().await;
    assert_eq!(tracks(&app, "echidna").await, ["Civet"]);
    change(&app, &ana, &format!("tracks/{track}"), json!({"title": "Fossa"})).await;
    app.settle_search().await;
    for q in ["aardvark", "bison", "civet"] {
        assert_eq!(found_by(&app, None, q).await["top"], json!(null), "{q}");
    }
    for q in ["dugong", "echidna", "fossa"] {
        assert_eq!(tracks(&app, q).await, ["Fossa"], "{q}");
    }
    assert_eq!(titles(&found_by(&app, None, "dugong").await["albums"]), ["Echidna"]);
    change(&app, &ana, &format!("tracks/{track}"), json!({"visibility": "unlisted"})).await;
    app.settle_search().await;
    assert_eq!(tracks(&app, "fossa").await, Vec::<String>::new());
    change(&app, &ana, &format!("tracks/{track}"), json!({"visibility": "public"})).await;
    app.delete(format!("/api/v1/albums/{}", id(&album))).by(&ana).send().await.expect(204);
    app.settle_search().await;
    assert_eq!(tracks(&app, "echidna").await, Vec::<String>::new());
    assert_eq!(tracks(&app, "fossa").await, ["Fossa"]);
    app.delete(format!("/api/v1/tracks/{track}")).by(&ana).send().await.expect(204);
    app.settle_search().await;
    assert_eq!(found_by(&app, Some(&ana), "fossa").await["tracks"]["items"], json!([]));
}

#[testkit::test]
async fn queries_are_plain_text_and_bounded(app: TestApp) {
    let (ana, _) = artist(&app, "ana", "Ana").await;
    track(&app, &ana, "Rock & Roll (Live) [2024]", "public").await;
    // Nobody makes the index here.
    app.get(path("rock")).send().await.expect(503).problem("unavailable");
    app.settle_search().await;
    let strange = [
        "rock AND roll",
        "rock OR x",
        "(live",
        "title:rock",
        "rock~1",
        "*",
        "\"",
        "\\",
        "[2024",
        "%",
        "'; DROP TABLE track",
    ];
    for q in strange {
        let hits = tracks(&app, q).await.len();
        assert_eq!(hits, usize::from(["(live", "[2024"].contains(&q)), "{q}");
    }
    for q in ["", "  ", "\u{200b}", "\0"] {
        let found = found_by(&app, None, q).await;
        assert_eq!((&found["top"], &found["tracks"]), (&json!(null), &json!({"items": []})), "{q:?}");
    }
    tracks(&app, &"é".repeat(200)).await;
    let long = app.get(path(&"é".repeat(201))).send().await.expect(400);
    long.problem("invalid_request");
    assert_eq!(long.pointers(), ["/q"]);
    app.get(path(&"x ".repeat(16 * 1024))).send().await.expect(400).problem("invalid_request");
    app.get("/api/v1/search").send().await.expect(400).problem("invalid_request");
    for wrong in ["types=song", "types=", "limit=0", "limit=201", "limit=x"] {
        app.get(format!("/api/v1/search?q=rock&{wrong}")).send().await.expect(400).problem("invalid_request");
    }
    let of_kinds =
        async |types: &str| app.get(format!("/api/v1/search?q=rock&types={types}")).send().await.ok();
    assert_eq!(titles(&of_kinds("track,playlist").await["tracks"]).len(), 1);
    assert_eq!(of_kinds("artist,genre").await["tracks"]["items"], json!([]));
    // The lists take the same text; there, one without words asks for nothing or finds nothing.
    for list in ["tracks", "albums", "artists"] {
        let q = |q: &str| form_urlencoded::byte_serialize(q.as_bytes()).collect::<String>();
        for text in strange.iter().chain(&["", " ", "\0", "a\0b", "\u{200b}", "\u{feff}"]) {
            for rest in ["", "&genre=%00", "&genre=rock%00"] {
                app.get(format!("/api/v1/{list}?q={}{rest}", q(text))).send().await.expect(200);
            }
        }
        let long = app.get(format!("/api/v1/{list}?q={}", q(&"é".repeat(201)))).send().await.expect(400);
        assert_eq!(long.pointers(), ["/q"]);
    }
}

/// Titles of the items of every page.
async fn pages(app: &TestApp, who: Option<&User>, list: &str) -> Vec<String> {
    let (mut all, mut cursor) = (Vec::new(), String::new());
    loop {
        let call = app.get(format!("/api/v1/{list}{cursor}"));
        let call = match who {
            Some(who) => call.by(who),
            None => call,
        };
        let page = call.send().await.ok();
        all.extend(titles(&page).into_iter().map(str::to_owned));
        match page["nextCursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return all,
        }
    }
}

#[testkit::test]
async fn a_query_narrows_lists_together_with_every_filter_order_and_cursor(app: TestApp) {
    let ((ana, page), (ben, _)) = (artist(&app, "ana", "Ana").await, artist(&app, "ben", "Ben").await);
    let album = app.post("/api/v1/albums").by(&ana).json(json!({"title": "Moor"})).send().await.ok();
    let album = id(&album);
    change(&app, &ana, &format!("albums/{album}"), json!({"visibility": "public", "releaseDate": "1999"}))
        .await;
    let mut made = Vec::new();
    for (title, new) in [
        ("Moor one", json!({"albumId": album, "genres": ["Jazz"]})),
        ("Moor two", json!({"genres": ["Jazz", "Folk"]})),
        ("Moor three", json!({})),
        ("Heath", json!({"genres": ["Jazz"]})),
    ] {
        let mut new = new;
        new["title"] = json!(title);
        made.push(track_with(&app, &ana, new, "public").await);
    }
    track(&app, &ana, "Moor four", "private").await;
    track(&app, &ben, "Moor five", "public").await;
    let price = json!({"pricePerSecond": {"asset": "BEAT", "amount": "7"}, "releaseDate": "2001-02"});
    change(&app, &ana, &format!("tracks/{}", made[1]), price).await;
    played(&app, &made[2], 9).await;
    app.settle_search().await;
    assert_eq!(pages(&app, None, "tracks?q=moo").await.len(), 4, "the beginning of a word");
    let found = async |filter: &str| {
        let list = format!("tracks?q=mour{filter}");
        let by_one = pages(&app, Some(&ana), &format!("{list}&limit=1")).await;
        assert_eq!(by_one, pages(&app, Some(&ana), &list).await, "{filter}");
        by_one.into_iter().map(|title| title.replace("Moor ", "")).collect::<Vec<_>>()
    };
    let sorted = async |filter: &str| {
        let mut titles = found(filter).await;
        titles.sort_unstable();
        titles
    };
    assert_eq!(found("").await[0], "three", "the popular one goes first");
    assert_eq!(sorted("").await, ["five", "four", "one", "three", "two"]);
    assert_eq!(sorted("&genre=Jazz").await, ["one", "two"]);
    assert_eq!(sorted("&genre=Folk").await, ["two"]);
    assert_eq!(sorted(&format!("&artist={page}")).await, ["four", "one", "three", "two"]);
    assert_eq!(sorted(&format!("&artist={page}&genre=Jazz")).await, ["one", "two"]);
    assert_eq!(sorted(&format!("&album={album}")).await, ["one"]);
    assert_eq!(sorted("&visibility=private").await, ["four"]);
    assert_eq!(sorted("&priced=true").await, ["two"]);
    assert_eq!(sorted("&priced=false&genre=Jazz").await, ["one"]);
    assert_eq!(sorted("&releasedFrom=2001&releasedTo=2001").await, ["two"]);
    assert_eq!(sorted("&releasedTo=2000").await, Vec::<String>::new());
    assert_eq!(found("&sort=title").await, ["five", "four", "one", "three", "two"]);
    assert_eq!(found("&sort=title&order=desc&genre=Jazz").await, ["two", "one"]);
    assert_eq!(found("&sort=plays").await[0], "three");
    assert_eq!(found("&sort=created").await, ["five", "four", "three", "two", "one"]);
    // Others see what they may see, whatever the index says.
    let others = pages(&app, Some(&ben), "tracks?q=mour&sort=title").await;
    assert_eq!(others, ["Moor five", "Moor one", "Moor three", "Moor two"]);
    assert_eq!(pages(&app, None, "albums?q=mour&releasedFrom=1999&genre=Jazz&limit=1").await, ["Moor"]);
    assert_eq!(pages(&app, None, "albums?q=mour&releasedFrom=2000").await, Vec::<String>::new());
    assert_eq!(pages(&app, None, "artists?q=an&genre=Jazz&limit=1").await, ["Ana"]);
    assert_eq!(pages(&app, None, "artists?q=an&genre=Rock").await, Vec::<String>::new());
    // A cursor of another order is refused.
    let first = app.get("/api/v1/tracks?q=mour&limit=1").send().await.ok();
    let cursor = first["nextCursor"].as_str().unwrap();
    let other = app.get(format!("/api/v1/tracks?q=mour&limit=1&sort=title&cursor={cursor}")).send().await;
    other.expect(400).problem("invalid_cursor");
    // A character that PostgreSQL keeps in no text, in a cursor that is right otherwise and in a path.
    let first = app.get("/api/v1/tracks?limit=1&sort=title").send().await.ok();
    let place = URL_SAFE_NO_PAD.decode(first["nextCursor"].as_str().unwrap()).unwrap();
    let mut place: serde_json::Value = serde_json::from_slice(&place).unwrap();
    place[1][0]["t"] = "\0".into();
    let cursor = URL_SAFE_NO_PAD.encode(place.to_string());
    let none = app.get(format!("/api/v1/tracks?limit=1&sort=title&cursor={cursor}")).send().await;
    let nobody = app.get("/api/v1/users/a%00b").by(&ben).send().await;
    match app.db().dialect() {
        Dialect::Sqlite => (none.expect(200), nobody.expect(404)),
        Dialect::Postgres => (none.expect(400), nobody.expect(400)),
    };
}

#[testkit::test]
async fn plays_that_change_the_magnitude_change_the_order(app: TestApp) {
    let (ana, _) = artist(&app, "ana", "Ana").await;
    track(&app, &ana, "Pika", "public").await;
    let second: kernel::TrackId = track(&app, &ana, "Pika", "public").await.parse().unwrap();
    let changes = async || -> i64 {
        let changes: db::Result<i64> =
            db::read!(app.db(), |tx| sql!("SELECT COUNT(*) FROM feed WHERE channel = 'catalogue'")
                .scalar(tx)
                .await);
        changes.unwrap()
    };
    for (play, is_new) in [(1, true), (2, true), (3, false), (4, true), (5, false)] {
        let before = changes().await;
        let counted: db::Result<()> =
            db::write!(app.db(), |tx| music::catalogue::count_play(tx, second, app.now()).await);
        counted.unwrap();
        assert_eq!(changes().await - before, i64::from(is_new), "play {play}");
    }
    app.settle_search().await;
    let found = found_by(&app, None, "pika").await;
    assert_eq!(found["tracks"]["items"][0]["id"], json!(second.to_string()));
}

fn index_of(app: &TestApp) -> std::path::PathBuf {
    app.folder().join("search")
}

#[testkit::test]
async fn a_deleted_index_is_made_anew(app: TestApp) {
    let (ana, _) = artist(&app, "ana", "Ana").await;
    track(&app, &ana, "Gaur", "public").await;
    app.settle_search().await;
    // Under the running server, which notices at the next change.
    std::fs::remove_dir_all(index_of(&app)).unwrap();
    assert_eq!(tracks(&app, "gaur").await, ["Gaur"]);
    track(&app, &ana, "Hyrax", "public").await;
    app.settle_search().await;
    assert_eq!(tracks(&app, "gaur").await, ["Gaur"]);
    assert_eq!(tracks(&app, "hyrax").await, ["Hyrax"]);
    // And while it is stopped.
    std::fs::remove_dir_all(index_of(&app)).unwrap();
    let app = app.reconfigured(|_| {});
    app.settle_search().await;
    assert_eq!(tracks(&app, "hyrax").await, ["Hyrax"]);
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for file in std::fs::read_dir(from).unwrap().map(|file| file.unwrap()) {
        let to = to.join(file.file_name());
        if file.path().is_dir() {
            copy(&file.path(), &to);
        } else {
            std::fs::copy(file.path(), to).unwrap();
        }
    }
}

#[testkit::test]
async fn an_older_index_reads_what_it_missed(app: TestApp) {
    let (ana, _) = artist(&app, "ana", "Ana").await;
    let gone = track(&app, &ana, "Ibex", "public").await;
    app.settle_search().await;
    // As after a crash between a change and its commit to the index.
    let old = app.folder().join("old");
    copy(&index_of(&app), &old);
    app.delete(format!("/api/v1/tracks/{gone}")).by(&ana).send().await.expect(204);
    track(&app, &ana, "Jerboa", "public").await;
    app.settle_search().await;
    let app = app.reconfigured(|config| config.search.folder = Some(old.clone()));
    app.settle_search().await;
    assert_eq!(tracks(&app, "jerboa").await, ["Jerboa"]);
    assert_eq!(found_by(&app, Some(&ana), "ibex").await["tracks"]["items"], json!([]));
}

#[testkit::test]
async fn an_index_older_than_the_change_feed_is_rebuilt(app: TestApp) {
    let (ana, _) = artist(&app, "ana", "Ana").await;
    let gone = track(&app, &ana, "Kudu", "public").await;
    app.settle_search().await;
    app.delete(format!("/api/v1/tracks/{gone}")).by(&ana).send().await.expect(204);
    track(&app, &ana, "Lemur", "public").await;
    app.advance(Duration::from_secs(1));
    let pruned: db::Result<u64> = db::write!(app.db(), |tx| feed::prune(tx, app.now(), 10_000).await);
    assert!(pruned.unwrap() > 0);
    app.settle_search().await;
    assert_eq!(tracks(&app, "lemur").await, ["Lemur"]);
    assert_eq!(found_by(&app, Some(&ana), "kudu").await["tracks"]["items"], json!([]));
}

#[testkit::test]
async fn what_is_written_is_found_without_being_asked_for(app: TestApp) {
    // Within a second, as a rule; other tests keep the machine busy, and on PostgreSQL hold the change feed back.
    const SOON: Duration = Duration::from_secs(20);
    let (ana, _) = artist(&app, "ana", "Ana").await;
    let (search, db) = (app.service.music.search.clone(), app.db().clone());
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let task = tokio::spawn(search::follow(search, db, async { drop(stopped.await) }));
    let found = async |q: &str| {
        while tracks_now(&app, q).await == 0 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    track(&app, &ana, "Marmot", "public").await;
    tokio::time::timeout(SOON, found("marmot")).await.expect("the first index");
    track(&app, &ana, "Numbat", "public").await;
    tokio::time::timeout(SOON, found("numbat")).await.expect("after a signal");
    // Written by another process, which sends no signal.
    let renamed: db::Result<()> = db::write!(app.db(), |tx| {
        sql!("UPDATE track SET title = 'Ocelot' WHERE title = 'Numbat'").run(tx).await?;
        sql!("INSERT INTO feed (xid, channel, subject, at) SELECT {xid}, $1, id, $2 FROM track WHERE title = 'Ocelot'")
            .bind(FEED)
            .bind(app.now())
            .run(tx)
            .await?;
        Ok(())
    });
    renamed.unwrap();
    tokio::time::timeout(SOON, found("ocelot")).await.expect("without a signal");
    drop(stop);
    task.await.unwrap();
}

/// As when two servers are started on one folder.
#[testkit::test]
async fn a_second_process_on_the_folder_reads_along_and_takes_over(app: TestApp) {
    let (ana, _) = artist(&app, "ana", "Ana").await;
    let beside = server::Service::new(app.service.app.clone(), "resonance".into()).music;
    let second = beside.search.clone();
    let finds = async |q: &str| {
        let limit = kernel::Limit::default();
        let found =
            search::find(&beside, music::catalogue::Viewer::ANONYMOUS, q, &search::Kind::ALL, limit).await;
        found.unwrap().tracks.into_iter().map(|track| track.title).collect::<Vec<_>>()
    };
    track(&app, &ana, "Quoll", "public").await;
    app.settle_search().await;
    assert!(second.refresh(app.db()).await.unwrap());
    assert_eq!(finds("quoll").await, ["Quoll"]);
    assert!(!second.refresh(app.db()).await.unwrap(), "nothing is read twice");
    track(&app, &ana, "Rhea", "public").await;
    // The first writes; the second does not fight for that.
    second.refresh(app.db()).await.unwrap();
    assert_eq!(finds("rhea").await, Vec::<String>::new());
    app.settle_search().await;
    second.refresh(app.db()).await.unwrap();
    assert_eq!(finds("rhea").await, ["Rhea"]);
    // The first ends.
    track(&app, &ana, "Saiga", "public").await;
    app.service.music.search.close().await;
    let mut tries = 0;
    while finds("saiga").await.is_empty() {
        tries += 1;
        assert!(tries < 1000, "it does not take over");
        second.refresh(app.db()).await.unwrap();
    }
    // And comes back as the second.
    app.settle_search().await;
    assert_eq!(tracks(&app, "saiga").await, ["Saiga"]);
}

async fn tracks_now(app: &TestApp, q: &str) -> usize {
    let reply = app.get(path(q)).send().await;
    reply.json()["tracks"]["items"].as_array().map_or(0, Vec::len)
}
