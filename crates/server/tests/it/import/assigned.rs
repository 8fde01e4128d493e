//! Imported music whose artist page an admin gave to somebody: from then on it is theirs, and its files are only followed.

use std::process::Command;

use music::import::Counts;
use serde_json::{Value, json};
use testkit::{Reply, TestApp, User};

use super::{Shelf, Song, track, tracks, values};
use crate::{
    catalogue::give_cover,
    playback::heard,
    sessions::{PRICE, fund, start},
    upload::studio::decoded_ms,
};

/// Puts a tone of so many seconds on the shelf, with these tags.
fn tone(shelf: &Shelf, file: &str, (hertz, seconds): (u32, u32), tags: &[(&str, &str)]) {
    let path = shelf.path(file);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let input = format!("sine=frequency={hertz}:duration={seconds}:sample_rate=44100");
    let mut command = Command::new("ffmpeg");
    command.args(["-nostdin", "-v", "error", "-y", "-f", "lavfi", "-i", &input]);
    for (name, value) in tags {
        command.args(["-metadata", &format!("{name}={value}")]);
    }
    assert!(command.args(["-c:a", "flac"]).arg(path).status().expect("ffmpeg is installed").success());
}

async fn get(app: &TestApp, who: Option<&User>, path: &str) -> Reply {
    let call = app.get(format!("/api/v1/{path}"));
    match who {
        Some(user) => call.by(user),
        None => call,
    }
    .send()
    .await
}

async fn patch(app: &TestApp, who: &User, path: &str, change: Value) -> Value {
    app.patch(format!("/api/v1/{path}")).by(who).json(change).send().await.ok()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text")).to_owned()
}

/// Has an admin give the page to `owner`.
async fn assign(app: &TestApp, page: &str, owner: &User) {
    let root = app.admin("root").await;
    let path = format!("/api/v1/artists/{page}/managers/{}", owner.id);
    app.put(path).by(&root).json(json!({"role": "owner"})).send().await.ok();
}

/// The ids of a track's artist page and album.
async fn places(app: &TestApp, who: &User, track: &str) -> (String, String) {
    let track = get(app, Some(who), &format!("tracks/{track}")).await.ok();
    (text(&track["artist"]["id"]), text(&track["album"]["id"]))
}

/// What `who` sees of tracks, an album and a page.
async fn seen(app: &TestApp, who: &User, tracks: &[&str], album: &str, page: &str) -> Vec<Value> {
    let mut paths =
        vec![format!("albums/{album}"), format!("albums/{album}/tracks"), format!("artists/{page}")];
    paths.extend(tracks.iter().flat_map(|id| [format!("tracks/{id}"), format!("tracks/{id}/splits")]));
    let mut seen = Vec::new();
    for path in paths {
        seen.push(get(app, Some(who), &path).await.ok());
    }
    seen
}

/// The titles that a visitor finds in a list.
async fn found(app: &TestApp, path: &str, field: &str) -> Vec<String> {
    let list = get(app, None, path).await.ok();
    list["items"].as_array().unwrap().iter().map(|item| text(&item[field])).collect()
}

/// Has the new manager of a page say all of a track and its album that can be said, and publish them. `guest` gets a quarter.
async fn sell(app: &TestApp, (ana, guest): (&User, &User), track: &str, (page, album): (&str, &str)) {
    patch(app, ana, &format!("artists/{page}"), json!({"displayName": "Ana Nowak"})).await;
    let price = json!({"asset": "BEAT", "amount": PRICE.to_string()});
    let path = format!("tracks/{track}");
    let change = json!({
        "title": "Dawn", "artistCredit": "Ana Nowak & Ben", "genres": ["Fado"], "trackNo": 4, "releaseDate": "2001-02",
        "isrc": "DEA212600001", "pricePerSecond": price, "preview": {"startMs": 1000, "lengthMs": 5000},
        "credits": [{"role": "producer", "name": "Cem"}],
    });
    patch(app, ana, &path, change).await;
    let made = app.post("/api/v1/artists").by(guest).json(json!({"displayName": "Ben"})).send().await.ok();
    let shares = json!({"shares": [
        {"artistId": page, "role": "artist", "basisPoints": 7500},
        {"artistId": made["id"], "role": "guest", "basisPoints": 2500},
    ]});
    app.put(format!("/api/v1/{path}/splits")).by(ana).json(shares).send().await.ok();
    give_cover(app, ana, album).await;
    let change =
        json!({"title": "First Light", "kind": "ep", "releaseDate": "2001", "description": "At last."});
    patch(app, ana, &format!("albums/{album}"), change).await;
    app.post(format!("/api/v1/albums/{album}/publish")).by(ana).json(json!({})).send().await.ok();
}

/// Has `listener` pay for two seconds of a track.
async fn pay(app: &TestApp, listener: &User, track: &str) {
    fund(app, listener, 1_000_000).await;
    let session = start(app, listener, track).await;
    session.hear(1, 2).await;
    let part = app
        .get(format!("/api/v1/tracks/{track}/stream"))
        .by(listener)
        .header("range", "bytes=0-99")
        .send()
        .await
        .expect(206);
    assert!(part.body.starts_with(b"fLaC"));
    let settled = session.settle().await;
    let amounts: Vec<&Value> = settled["splits"].as_array().unwrap().iter().map(|s| &s["amount"]).collect();
    assert_eq!((&settled["amount"], amounts), (&json!("4000"), vec![&json!("3000"), &json!("1000")]));
}

#[testkit::test]
async fn imported_music_is_given_to_its_artist_who_sells_it_and_imports_go_on(app: TestApp) {
    let shelf = Shelf::new();
    let tags =
        [("title", "01 dawn (rip)"), ("artist", "ana"), ("album", "first light (rip)"), ("track", "1")];
    tone(&shelf, "rips/1.flac", (300, 12), &tags);
    tone(
        &shelf,
        "rips/2.flac",
        (400, 12),
        &[("title", "Noon"), ("artist", "ana"), ("album", "first light (rip)")],
    );
    assert_eq!(shelf.import(&app).await.added, 2);
    let (ana, ben, eve) = (app.listener("ana").await, app.artist("ben").await, app.listener("eve").await);
    let (dawn, noon) = (track(&app, &shelf, "rips/1.flac").await, track(&app, &shelf, "rips/2.flac").await);
    let (page, album) = places(&app, &eve, &dawn).await;
    let path = format!("tracks/{dawn}");
    app.patch(format!("/api/v1/{path}")).by(&ana).json(json!({"title": "x"})).send().await.expect(404);

    let managed = async || get(&app, Some(&eve), "artists").await.ok()["items"][0]["managed"].clone();
    assert_eq!(managed().await, false);
    assign(&app, &page, &ana).await;
    assert_eq!(managed().await, true);
    // Before she does anything visitors find her page and nothing on it.
    assert_eq!(found(&app, "artists", "displayName").await, ["ana"]);
    assert_eq!(
        (found(&app, "tracks", "title").await, found(&app, "albums", "title").await),
        (vec![], vec![])
    );
    sell(&app, (&ana, &ben), &dawn, (&page, &album)).await;

    app.settle_search().await;
    assert_eq!(found(&app, "tracks?q=dawn", "title").await, ["Dawn"]);
    assert_eq!(found(&app, "albums?q=first+light", "title").await, ["First Light"]);
    assert_eq!(
        found(&app, &format!("artists/{page}/tracks?sort=title&order=asc"), "title").await,
        ["Dawn", "Noon"]
    );
    let stream = format!("/api/v1/{path}/stream");
    let preview = heard(&app, app.get(&stream)).await.expect(200);
    assert_eq!(decoded_ms(&preview.body, "flac"), 5000);
    pay(&app, &eve, &dawn).await;

    let all = [dawn.as_str(), noon.as_str()];
    let hers = seen(&app, &ana, &all, &album, &page).await;
    let unchanged = Counts { seen: 2, unchanged: 2, ..Counts::default() };
    assert_eq!(shelf.import(&app).await, unchanged);
    assert_eq!(seen(&app, &ana, &all, &album, &page).await, hers);

    // Other tags: nobody gets a page and nothing an album by them, and none of them is taken over.
    let tags =
        [("title", "Wrong"), ("artist", "Zoe"), ("album", "Else"), ("genre", "Polka"), ("date", "1950")];
    tone(&shelf, "rips/1.flac", (300, 12), &tags);
    tone(&shelf, "rips/2.flac", (400, 12), &tags);
    assert_eq!(shelf.import(&app).await, Counts { seen: 2, updated: 2, ..Counts::default() });
    assert_eq!(seen(&app, &ana, &all, &album, &page).await, hers);
    let pages: Vec<String> = values!(app, "SELECT display_name FROM artist ORDER BY display_name");
    let albums: Vec<String> = values!(app, "SELECT title FROM album");
    let genres: Vec<String> = values!(app, "SELECT name FROM genre");
    assert_eq!(
        (pages, albums, genres),
        (vec!["Ana Nowak".into(), "Ben".into()], vec!["First Light".into()], vec!["Fado".into()])
    );

    shelf.rename("rips/1.flac", "Ana Nowak/Dawn.flac");
    assert_eq!(shelf.import(&app).await, Counts { seen: 2, moved: 1, unchanged: 1, ..Counts::default() });
    assert_eq!(seen(&app, &ana, &all, &album, &page).await, hers);
    pay(&app, &eve, &dawn).await;

    // Away, it can be found by nobody; she keeps it in sight.
    let away = shelf.root().with_extension("away");
    std::fs::rename(shelf.path("Ana Nowak"), &away).unwrap();
    assert_eq!(shelf.import(&app).await, Counts { seen: 1, unchanged: 1, missing: 1, ..Counts::default() });
    assert_eq!(found(&app, "tracks", "title").await, ["Noon"]);
    assert_eq!(get(&app, Some(&ana), &path).await.ok()["available"], false);
    shelf.remove("rips/2.flac");
    shelf.import(&app).await;
    assert_eq!(
        (found(&app, "tracks", "title").await, found(&app, "albums", "title").await),
        (vec![], vec!["First Light".into()])
    );
    std::fs::rename(away, shelf.path("Ana Nowak")).unwrap();
    tone(&shelf, "rips/2.flac", (400, 12), &tags);
    assert_eq!(shelf.import(&app).await, Counts { seen: 2, updated: 2, ..Counts::default() });
    assert_eq!(seen(&app, &ana, &all, &album, &page).await, hers);

    // Another recording in the file: how long it is follows, and nothing else.
    tone(&shelf, "Ana Nowak/Dawn.flac", (500, 9), &tags);
    shelf.import(&app).await;
    music::upload::feed(&app.service.music).await.unwrap();
    app.run_jobs().await;
    let now = get(&app, Some(&ana), &path).await.ok();
    assert_eq!(
        (&now["durationMs"], &now["title"], &now["visibility"]),
        (&json!(9000), &json!("Dawn"), &json!("public"))
    );
    let preview = heard(&app, app.get(&stream)).await.expect(200);
    assert_eq!(decoded_ms(&preview.body, "flac"), 4500, "never more than half");
    pay(&app, &eve, &dawn).await;
}

#[testkit::test]
async fn what_comes_for_a_page_that_was_given_away_is_put_there_for_members(app: TestApp) {
    let shelf = Shelf::new();
    let song = |n: u64, artist: &str, album: &str| Song::tagged(n, &format!("Song {n}"), artist, album);
    shelf.put(
        "a/1.mp3",
        &song(1, "Ana", "A").custom("MusicBrainz Artist Id", "11111111-1111-4111-8111-111111111111"),
    );
    shelf.import(&app).await;
    let (ana, eve) = (app.listener("ana").await, app.listener("eve").await);
    let first = track(&app, &shelf, "a/1.mp3").await;
    let (page, album) = places(&app, &eve, &first).await;
    assign(&app, &page, &ana).await;
    // To be called as somebody else is brings nothing of theirs.
    patch(&app, &ana, &format!("artists/{page}"), json!({"displayName": "Ben"})).await;
    patch(&app, &ana, &format!("albums/{album}"), json!({"title": "Hers", "visibility": "public"})).await;
    patch(&app, &ana, &format!("tracks/{first}"), json!({"visibility": "public"})).await;
    shelf.put("a/2.mp3", &song(2, "Ana", "A"));
    shelf.put("b/3.mp3", &song(3, "Ben", "B"));
    assert_eq!(shelf.import(&app).await, Counts { seen: 3, unchanged: 1, added: 2, ..Counts::default() });
    let (second, third) = (track(&app, &shelf, "a/2.mp3").await, track(&app, &shelf, "b/3.mp3").await);
    assert_eq!(places(&app, &eve, &second).await, (page.clone(), album.clone()));
    assert_ne!(places(&app, &eve, &third).await.0, page);
    let second = get(&app, Some(&eve), &format!("tracks/{second}")).await.ok();
    assert_eq!((&second["visibility"], &second["pricePerSecond"]), (&json!("members"), &Value::Null));
    assert_eq!(second["album"]["title"], "Hers");
    assert_eq!(found(&app, "tracks", "title").await, ["Song 1"]);

    // What she took away stays away, whatever becomes of its files.
    app.delete(format!("/api/v1/albums/{album}")).by(&ana).send().await.expect(204);
    app.delete(format!("/api/v1/tracks/{first}")).by(&ana).send().await.expect(204);
    shelf.put("a/1.mp3", &song(1, "Ana", "A"));
    shelf.put("a/4.mp3", &song(4, "Ana", "A"));
    assert_eq!(
        shelf.import(&app).await,
        Counts { seen: 4, unchanged: 2, updated: 1, added: 1, ..Counts::default() }
    );
    get(&app, Some(&ana), &format!("albums/{album}")).await.expect(404);
    get(&app, Some(&ana), &format!("tracks/{first}")).await.expect(404);
    let fourth = track(&app, &shelf, "a/4.mp3").await;
    let (there, another) = places(&app, &eve, &fourth).await;
    assert!(there == page && another != album);
    let all = tracks(&app, &shelf).await;
    assert_eq!(all.len(), 4, "{all:?}");
}
