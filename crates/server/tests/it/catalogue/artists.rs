use std::time::Duration;

use serde_json::{Value, json};
use testkit::{TestApp, User};

use super::{all, draft, get, page_of, published, set_visibility, text, walk};

#[testkit::test]
async fn a_guest_is_found_where_they_are_named(app: TestApp) {
    let (ana, ben) = (app.artist("ana").await, app.artist("ben").await);
    let guest = page_of(&app, &ben, "Ben").await;
    let hers = page_of(&app, &ana, "Ana").await;
    let name = async |id: &str, role: &str, who: &str| {
        let body = json!({"credits": [{"role": role, "name": "Ben", "artistId": who}, {"role": "mixing", "name": "B.", "artistId": who}]});
        app.patch(format!("/api/v1/tracks/{id}")).by(&ana).json(body).send().await.ok();
    };
    let mut named = Vec::new();
    for (title, role) in [("Dawn", "artist"), ("Noon", "producer"), ("Dusk", "artist")] {
        let id = published(&app, &ana, title).await;
        name(&id, role, &guest).await;
        named.push(id);
    }
    let hidden = draft(&app, &ana, "Draft").await;
    name(&hidden, "artist", &guest).await;
    published(&app, &ana, "Alone").await;
    // What is theirs is no appearance, though they are credited there, too.
    let own = published(&app, &ben, "Own").await;
    let body = json!({"credits": [{"role": "artist", "name": "Ben", "artistId": guest}]});
    app.patch(format!("/api/v1/tracks/{own}")).by(&ben).json(body).send().await.ok();

    let list = format!("/api/v1/artists/{guest}/appearances");
    let titles = async |who: Option<&User>, query: &str| {
        all(&get(&app, who, &format!("{list}{query}")).await.ok(), "title")
    };
    // Anybody names anybody: that counts once somebody manages both pages, and has said so.
    let nothing = Vec::<String>::new();
    assert_eq!(titles(None, "").await, nothing);
    assert_eq!(titles(Some(&ana), "").await, nothing);
    let asked = format!("/api/v1/artists/{hers}/managers/{}", ben.id);
    app.put(asked).by(&ana).json(json!({"role": "editor"})).send().await.ok();
    assert_eq!(titles(None, "").await, nothing, "asked, and not said yes");
    let label = app.listener("label").await;
    app.manager(&ana, &hers, &label, "editor").await;
    assert_eq!(titles(None, "").await, nothing, "of one page");
    app.manager(&ben, &guest, &label, "editor").await;
    assert_eq!(titles(None, "?sort=title").await, ["Dawn", "Dusk", "Noon"]);
    assert_eq!(titles(Some(&ben), "?sort=title&order=desc").await, ["Noon", "Dusk", "Dawn"]);
    assert_eq!(titles(Some(&ana), "?sort=title").await, ["Dawn", "Draft", "Dusk", "Noon"]);
    assert_eq!(walk(&app, None, &list, 2).await.len(), 3);
    assert_eq!(
        all(&get(&app, None, &format!("/api/v1/artists/{guest}/tracks")).await.ok(), "title"),
        ["Own"]
    );
    set_visibility(&app, &ana, &named[1], "unlisted").await;
    assert_eq!(titles(None, "?sort=title").await, ["Dawn", "Dusk"]);
    get(&app, None, "/api/v1/artists/00000000-0000-7000-8000-000000000000/appearances")
        .await
        .problem("artist_not_found");
}

#[testkit::test]
async fn an_artist_has_its_shape(app: TestApp) {
    let ana = app.listener("ana").await;
    let body = json!({"displayName": " Ana Nowak ", "bio": "Plays."});
    let made = app.post("/api/v1/artists").by(&ana).json(body).send().await.expect(201).json();
    let id = text(&made["id"]);
    let expected = json!({
        "id": id, "displayName": "Ana Nowak", "avatarUrl": null, "bio": "Plays.", "genres": [], "wallet": null,
        "ensName": null, "ensRegistered": false, "verified": false, "managed": true, "following": false,
        "stats": {"trackCount": 0, "albumCount": 0, "followerCount": 0, "totalPlays": 0, "totalLikes": 0},
    });
    assert_eq!(made, expected);
    let path = format!("/api/v1/artists/{id}");
    assert_eq!(get(&app, None, &path).await.ok(), expected);
    // Who makes a page is an artist from then on, at once.
    assert_eq!(app.get("/api/v1/me").by(&ana).send().await.ok()["role"], "artist");
    let changed = app.patch(&path).by(&ana).json(json!({"bio": "Plays more."})).send().await.ok();
    assert_eq!((&changed["displayName"], &changed["bio"]), (&json!("Ana Nowak"), &json!("Plays more.")));
    for body in [json!({"displayName": ""}), json!({"displayName": null}), json!({"displayName": "\u{202e}"})]
    {
        assert_eq!(
            app.patch(&path).by(&ana).json(body).send().await.expect(422).pointers(),
            ["/displayName"]
        );
    }
    let body = json!({"displayName": "x", "verified": true});
    assert_eq!(app.patch(&path).by(&ana).json(body).send().await.expect(422).pointers(), ["/verified"]);
    let ben = app.artist("ben").await;
    app.patch(&path)
        .by(&ben)
        .json(json!({"bio": "Mine."}))
        .send()
        .await
        .expect(404)
        .problem("artist_not_found");
    let profile = get(&app, None, &format!("{path}/profile")).await.ok();
    assert_eq!((&profile["displayName"], &profile["topTracks"]), (&json!("Ana Nowak"), &json!([])));
}

#[testkit::test]
async fn artists_are_listed_by_name(app: TestApp) {
    let ana = app.artist("ana").await;
    for name in ["ana", "Ánå", "Zoé", "beck", "Ana", "Émile"] {
        page_of(&app, &ana, name).await;
    }
    let names = |items: &[Value]| items.iter().map(|item| text(&item["displayName"])).collect::<Vec<_>>();
    let everybody = walk(&app, None, "/api/v1/artists", 2).await;
    let everybody = names(&everybody);
    let mut first: Vec<&str> = everybody[..3].iter().map(String::as_str).collect();
    first.sort_unstable();
    assert_eq!(first, ["Ana", "ana", "Ánå"]);
    assert_eq!(everybody[3..], ["beck", "Émile", "Zoé"]);
    assert_eq!(walk(&app, None, "/api/v1/artists?genre=nothing", 10).await.len(), 0);
}

#[testkit::test]
async fn several_pages_need_to_be_told_apart(app: TestApp) {
    let (ana, ben) = (app.artist("ana").await, app.listener("ben").await);
    let one = page_of(&app, &ana, "One").await;
    let two = page_of(&app, &ana, "Two").await;
    let post = async |user, body: Value| app.post("/api/v1/tracks").by(user).json(body).send().await;
    let reply = post(&ana, json!({"title": "Dawn"})).await.expect(422);
    assert_eq!(reply.pointers(), ["/artistId"]);
    for id in [&one, &two] {
        let made = post(&ana, json!({"title": "Dawn", "artistId": id})).await.expect(201).json();
        assert_eq!(made["artist"]["id"], id.as_str());
    }
    post(&ben, json!({"title": "Dawn"})).await.expect(403).problem("forbidden");
    post(&ben, json!({"title": "Dawn", "artistId": one})).await.expect(404).problem("artist_not_found");
    let album = json!({"title": "Dawn", "artistId": one});
    app.post("/api/v1/albums").by(&ben).json(album).send().await.expect(404).problem("artist_not_found");
}

#[testkit::test]
async fn owners_decide_who_manages_a_page_and_the_last_one_stays(app: TestApp) {
    let (ana, ben, eve) = (app.artist("ana").await, app.listener("ben").await, app.listener("eve").await);
    let id = page_of(&app, &ana, "Ana").await;
    let managers = format!("/api/v1/artists/{id}/managers");
    let of = |user: &User| format!("{managers}/{}", user.id);
    let put = async |by, user, role| app.put(of(user)).by(by).json(json!({"role": role})).send().await;
    let take = async |by, user| app.delete(of(user)).by(by).send().await;

    take(&ana, &ana).await.expect(409).problem("last_owner");
    put(&ana, &ana, "editor").await.expect(409).problem("last_owner");
    put(&ben, &ben, "owner").await.expect(404).problem("artist_not_found");
    get(&app, Some(&ben), &managers).await.expect(404).problem("artist_not_found");
    get(&app, None, &managers).await.expect(401);

    let made = put(&ana, &ben, "editor").await.ok();
    assert_eq!((&made["username"], &made["role"]), (&json!("ben"), &json!("editor")));
    assert_eq!(put(&ben, &ben, "editor").await.ok()["accepted"], true);
    assert_eq!(app.get("/api/v1/me").by(&ben).send().await.ok()["role"], "artist");
    assert_eq!(all(&get(&app, Some(&ben), &managers).await.ok(), "role").len(), 2);
    assert_eq!(get(&app, Some(&ben), &of(&ana)).await.ok()["role"], "owner");
    get(&app, Some(&ben), &of(&eve)).await.expect(404).problem("account_not_found");
    // An editor edits, and does not decide who else does.
    app.patch(format!("/api/v1/artists/{id}"))
        .by(&ben)
        .json(json!({"bio": "By Ben."}))
        .send()
        .await
        .expect(200);
    put(&ben, &eve, "editor").await.expect(403).problem("forbidden");
    take(&ben, &ana).await.expect(403).problem("forbidden");
    let id = "019c0000-0000-7000-8000-000000000000".to_owned();
    let nobody = User { id, token: String::new(), refresh_token: String::new() };
    put(&ana, &nobody, "editor").await.expect(404).problem("account_not_found");

    assert_eq!(put(&ana, &ben, "owner").await.ok()["accepted"], false);
    // Nobody is left alone with a page that they did not ask for.
    take(&ana, &ana).await.expect(409).problem("last_owner");
    put(&ana, &ana, "editor").await.expect(409).problem("last_owner");
    put(&ben, &ben, "owner").await.expect(200);
    let (one, two) = tokio::join!(take(&ana, &ben), take(&ben, &ana));
    let mut statuses = [one.status.as_u16(), two.status.as_u16()];
    statuses.sort_unstable();
    assert!(statuses[0] == 204 && [404, 409].contains(&statuses[1]), "{statuses:?}: one of them stays");
    let owners: Result<i64, db::Error> = db::read!(app.db(), |tx| {
        db::sql!("SELECT COUNT(*) FROM artist_manager WHERE role = 'owner'").scalar(tx).await
    });
    assert_eq!(owners.unwrap(), 1);
}

#[testkit::test]
async fn everybody_finds_the_pages_that_they_manage(app: TestApp) {
    let (ana, ben) = (app.artist("ana").await, app.listener("ben").await);
    let mut pages = Vec::new();
    for name in ["Ana", "Zoe", "Bea"] {
        app.advance(Duration::from_secs(1));
        pages.push(page_of(&app, &ana, name).await);
    }
    page_of(&app, &app.artist("cem").await, "Cem").await;
    assert_eq!(walk(&app, Some(&ben), "/api/v1/me/artists", 2).await, Vec::<Value>::new());
    let path = format!("/api/v1/artists/{}/managers/{}", pages[1], ben.id);
    app.put(path).by(&ana).json(json!({"role": "editor"})).send().await.ok();
    let mine = walk(&app, Some(&ana), "/api/v1/me/artists", 2).await;
    let ids: Vec<String> = mine.iter().map(|page| text(&page["id"])).collect();
    assert_eq!(ids, pages);
    assert!(mine.iter().all(|page| page["role"] == "owner"));
    let his = walk(&app, Some(&ben), "/api/v1/me/artists", 2).await;
    assert_eq!(his.len(), 1);
    assert_eq!(
        (&his[0]["displayName"], &his[0]["role"], &his[0]["managedSince"], &his[0]["accepted"]),
        (&json!("Zoe"), &json!("editor"), &json!(app.now()), &json!(false))
    );
    assert!(mine.iter().all(|page| page["accepted"] == true));
    app.get("/api/v1/me/artists?cursor=x").by(&ben).send().await.expect(400).problem("invalid_cursor");
}

/// Whoever knows somebody's name makes them a manager, and would else get what they put on no page by name.
#[testkit::test]
async fn what_is_put_on_no_page_by_name_goes_to_none_that_others_gave(app: TestApp) {
    let (eve, ben) = (app.artist("eve").await, app.artist("ben").await);
    let trap = page_of(&app, &eve, "Aaa").await;
    let path = format!("/api/v1/artists/{trap}/managers/{}", ben.id);
    app.put(&path).by(&eve).json(json!({"role": "editor"})).send().await.expect(200);
    let made = async |body: Value| {
        let album = app.post("/api/v1/albums").by(&ben).json(body).send().await.expect(201).json();
        text(&album["artist"]["id"])
    };
    let own = made(json!({"title": "Dawn"})).await;
    assert_ne!(own, trap);
    assert_eq!(made(json!({"title": "Dusk"})).await, own);
    // Until he says yes; there is one way to say it.
    let named =
        app.post("/api/v1/albums").by(&ben).json(json!({"title": "Noon", "artistId": trap})).send().await;
    named.expect(404).problem("artist_not_found");
    app.put(&path).by(&ben).json(json!({"role": "editor"})).send().await.ok();
    assert_eq!(made(json!({"title": "Noon", "artistId": trap})).await, trap);
    let several = app.post("/api/v1/albums").by(&ben).json(json!({"title": "Night"})).send().await;
    assert_eq!(several.expect(422).pointers(), ["/artistId"]);
    app.delete(&path).by(&ben).send().await.expect(204);
    app.put(&path).by(&eve).json(json!({"role": "editor"})).send().await.expect(200);
    assert_eq!(made(json!({"title": "Night"})).await, own);
    let yes = app.put(&path).by(&ben).json(json!({"role": "editor"})).send().await.ok();
    assert_eq!(yes["accepted"], true);
    app.put(&path).by(&ben).json(json!({"role": "owner"})).send().await.expect(403).problem("forbidden");
}

/// Anybody can ask anybody: what comes of that must not be more than the question.
#[testkit::test]
async fn who_is_only_asked_to_manage_a_page_sees_and_does_what_anybody_does(app: TestApp) {
    let (eve, ben, cem) = (app.artist("eve").await, app.listener("ben").await, app.listener("cem").await);
    let id = page_of(&app, &eve, "Eve").await;
    let hidden = draft(&app, &eve, "Buy").await;
    let change = json!({"genres": ["Pills"]});
    app.patch(format!("/api/v1/tracks/{hidden}")).by(&eve).json(change).send().await.ok();
    let album = json!({"title": "Buy all", "artistId": id});
    let album = text(&app.post("/api/v1/albums").by(&eve).json(album).send().await.expect(201).json()["id"]);
    let page = format!("/api/v1/artists/{id}");
    let of = |user: &User| format!("{page}/managers/{}", user.id);
    let put = async |by, user, role| app.put(of(user)).by(by).json(json!({"role": role})).send().await;
    put(&eve, &ben, "owner").await.ok();
    for path in [
        format!("{page}/managers"),
        format!("{page}/earnings"),
        format!("{page}/disputes"),
        format!("/api/v1/tracks/{hidden}"),
        format!("/api/v1/albums/{album}"),
    ] {
        get(&app, Some(&ben), &path).await.expect(404);
    }
    for path in ["/api/v1/tracks", "/api/v1/albums", "/api/v1/genres"] {
        assert_eq!(get(&app, Some(&ben), path).await.ok()["items"], json!([]), "{path}");
    }
    for path in ["tracks", "albums"] {
        assert_eq!(get(&app, Some(&ben), &format!("{page}/{path}")).await.ok()["items"], json!([]), "{path}");
    }
    let me = get(&app, Some(&ben), "/api/v1/me").await.ok();
    assert_eq!((&me["role"], &me["artistStats"]), (&json!("listener"), &json!(null)));
    app.patch(&*page).by(&ben).json(json!({"bio": "x"})).send().await.expect(404);
    app.delete(format!("/api/v1/tracks/{hidden}")).by(&ben).send().await.expect(404);
    put(&ben, &cem, "editor").await.expect(403).problem("forbidden");
    app.delete(of(&eve)).by(&ben).send().await.expect(403).problem("forbidden");
    get(&app, Some(&ben), &of(&eve)).await.expect(404).problem("artist_not_found");
    // What the answer needs.
    assert_eq!(get(&app, Some(&ben), &of(&ben)).await.ok()["accepted"], false);
    assert_eq!(all(&get(&app, Some(&ben), "/api/v1/me/artists").await.ok(), "role"), ["owner"]);
    assert_eq!(all(&get(&app, Some(&eve), &format!("{page}/managers")).await.ok(), "role").len(), 2);
    put(&ben, &ben, "owner").await.ok();
    let me = get(&app, Some(&ben), "/api/v1/me").await.ok();
    assert_eq!((&me["role"], &me["artistStats"]["trackCount"]), (&json!("artist"), &json!(1)));
    get(&app, Some(&ben), &format!("{page}/earnings")).await.expect(200);
    get(&app, Some(&ben), &format!("/api/v1/tracks/{hidden}")).await.expect(200);
    put(&eve, &cem, "editor").await.ok();
    app.delete(of(&cem)).by(&cem).send().await.expect(204);
}

#[testkit::test]
async fn one_account_asks_so_many_people_to_manage_pages(app: TestApp) {
    let (eve, ben, root) = (app.artist("eve").await, app.listener("ben").await, app.admin("root").await);
    let id = page_of(&app, &eve, "Eve").await;
    let path = format!("/api/v1/artists/{id}/managers/{}", ben.id);
    let put = async |by, role| app.put(&path).by(by).json(json!({"role": role})).send().await;
    for role in ["editor", "owner"].into_iter().cycle().take(100) {
        put(&eve, role).await.ok();
    }
    let refused = put(&eve, "editor").await.expect(429);
    assert_eq!(refused.header("retry-after"), Some("120"));
    refused.problem("rate_limited");
    // What is no question is not counted, and admins do not ask.
    put(&eve, "owner").await.ok();
    put(&ben, "owner").await.ok();
    put(&root, "editor").await.ok();
    app.advance(Duration::from_mins(2));
    put(&eve, "owner").await.ok();
}

#[testkit::test]
async fn admins_see_who_manages_every_page(app: TestApp) {
    let (eve, ben, root) = (app.artist("eve").await, app.listener("ben").await, app.admin("root").await);
    let path = format!("/api/v1/artists/{}/managers", page_of(&app, &eve, "Eve").await);
    let seen = app.get(&path).by(&root).send().await.ok();
    assert_eq!((seen["items"].as_array().unwrap().len(), &seen["items"][0]["userId"]), (1, &json!(eve.id)));
    app.get(&path).by(&ben).send().await.problem("artist_not_found");
    // One who is asked to manage it is an admin all the same; each look is written down, and none of the owner's is.
    app.put(format!("{path}/{}", root.id)).by(&eve).json(json!({"role": "editor"})).send().await.ok();
    assert_eq!(app.get(&path).by(&root).send().await.ok()["items"].as_array().unwrap().len(), 2);
    app.get(&path).by(&eve).send().await.ok();
    let looks: db::Result<Vec<String>> = db::read!(app.db(), |tx| {
        db::sql!("SELECT subject FROM audit WHERE action = 'artist.managers'").column(tx).await
    });
    assert_eq!(looks.unwrap().len(), 2);
    app.get(format!("/api/v1/artists/{}/managers", uuid::Uuid::nil())).by(&root).send().await.expect(404);
}

#[testkit::test]
async fn the_first_releases_of_an_artist_at_once_are_on_one_page(app: TestApp) {
    for round in 0..3 {
        let ben = app.artist(&format!("ben{round}")).await;
        let post = |n: usize| {
            app.post("/api/v1/albums").by(&ben).json(json!({"title": format!("Album {n}")})).send()
        };
        for made in futures_util::future::join_all((0..6).map(post)).await {
            made.expect(201);
        }
        assert_eq!(walk(&app, Some(&ben), "/api/v1/me/artists", 10).await.len(), 1);
    }
}

#[testkit::test]
async fn editors_leave_by_themselves(app: TestApp) {
    let (ana, ben) = (app.artist("ana").await, app.listener("ben").await);
    let id = page_of(&app, &ana, "Ana").await;
    let path = format!("/api/v1/artists/{id}/managers/{}", ben.id);
    app.manager(&ana, &id, &ben, "editor").await;
    app.delete(&path).by(&ben).send().await.expect(204);
    app.delete(&path).by(&ana).send().await.expect(404).problem("account_not_found");
    app.patch(format!("/api/v1/artists/{id}")).by(&ben).json(json!({"bio": "x"})).send().await.expect(404);
}

#[testkit::test]
async fn genres_are_made_once_whatever_their_spelling(app: TestApp) {
    let (ana, ben) = (app.artist("ana").await, app.listener("ben").await);
    let post =
        async |user, name: &str| app.post("/api/v1/genres").by(user).json(json!({"name": name})).send().await;
    let made = post(&ana, "Post-Rock").await.expect(201).json();
    assert_eq!(post(&ana, " post‐rock ").await.expect(200).json(), made);
    post(&ben, "Spam").await.expect(403).problem("forbidden");
    assert_eq!(post(&ana, "").await.expect(422).pointers(), ["/name"]);
    page_of(&app, &ana, "Ana").await;
    let id = published(&app, &ana, "Dawn").await;
    let change = json!({"genres": ["POST-ROCK", "Électro"]});
    let track = app.patch(format!("/api/v1/tracks/{id}")).by(&ana).json(change).send().await.ok();
    assert_eq!(track["genres"], json!(["Post-Rock", "Électro"]));
    for genre in ["electro", "%C3%89LECTRO", made["id"].as_str().unwrap()] {
        let found = get(&app, None, &format!("/api/v1/tracks?genre={genre}")).await.ok();
        assert_eq!(all(&found, "id"), [id.as_str()], "{genre}");
        let found = get(&app, None, &format!("/api/v1/artists?genre={genre}")).await.ok();
        assert_eq!(all(&found, "displayName"), ["Ana"], "{genre}");
    }
    assert_eq!(all(&get(&app, None, "/api/v1/genres?limit=1").await.ok(), "name"), ["Électro"]);
    assert_eq!(walk(&app, None, "/api/v1/genres", 1).await.len(), 2);
}

#[testkit::test]
async fn genres_of_what_nobody_sees_are_nobodys_to_read(app: TestApp) {
    let (ana, ben) = (app.artist("ana").await, app.artist("ben").await);
    let listed = async |who: Option<&User>| all(&get(&app, who, "/api/v1/genres").await.ok(), "name");
    app.post("/api/v1/genres").by(&ben).json(json!({"name": "Buy my pills"})).send().await.expect(201);
    page_of(&app, &ana, "Ana").await;
    let secret = draft(&app, &ana, "Secret").await;
    let change =
        async |id: &str, change| app.patch(format!("/api/v1/tracks/{id}")).by(&ana).json(change).send().await;
    change(&secret, json!({"genres": ["Unheard-of"]})).await.expect(200);
    assert_eq!(listed(None).await, [""; 0]);
    assert_eq!(listed(Some(&ben)).await, [""; 0]);
    assert_eq!(listed(Some(&ana)).await, ["Unheard-of"]);
    let id = published(&app, &ana, "Dawn").await;
    change(&id, json!({"genres": ["Folk"]})).await.expect(200);
    assert_eq!(listed(None).await, ["Folk"]);
    change(&id, json!({"visibility": "unlisted"})).await.expect(200);
    assert_eq!(listed(None).await, [""; 0]);
}

#[testkit::test]
async fn one_account_makes_so_many_genres_and_pages(app: TestApp) {
    let app = app.reconfigured(|config| config.upload.pages = 3);
    let (ana, ben) = (app.artist("ana").await, app.artist("ben").await);
    let page = async |who, name: &str| {
        app.post("/api/v1/artists").by(who).json(json!({"displayName": name})).send().await
    };
    for name in ["One", "Two", "Three"] {
        page(&ana, name).await.expect(201);
    }
    page(&ana, "Four").await.expect(409).problem("too_many_pages");
    page(&ben, "One").await.expect(201);

    let genre =
        async |who, name: String| app.post("/api/v1/genres").by(who).json(json!({"name": name})).send().await;
    for n in 0..200 {
        genre(&ben, format!("Genre {n}")).await.expect(201);
    }
    let more = genre(&ben, "Genre".to_owned()).await.expect(429);
    more.problem("rate_limited");
    assert_eq!(more.header("retry-after"), Some("60"));
    genre(&ben, "genre 7".to_owned()).await.expect(200);
    let track = json!({"title": "Dawn", "genres": ["Genre 8", "Another"]});
    app.post("/api/v1/tracks").by(&ben).json(track).send().await.expect(429);
    let track = json!({"title": "Dawn", "genres": ["Genre 8"]});
    app.post("/api/v1/tracks").by(&ben).json(track).send().await.expect(201);
}

#[testkit::test]
async fn names_hold_nothing_that_nobody_sees(app: TestApp) {
    let ana = app.artist("ana").await;
    let make = async |name: &str| {
        app.post("/api/v1/artists").by(&ana).json(json!({"displayName": name})).send().await
    };
    let made = make("\u{feff}Ana\u{200b} \u{202e}Nowak\u{2069} 👩\u{200d}🎤").await.expect(201).json();
    assert_eq!(made["displayName"], "Ana Nowak 👩\u{200d}🎤");
    for wrong in ["Ana\u{2028}Nowak", "Ana\nNowak", "\u{200b}\u{3164}", "\u{200d}"] {
        let reply = make(wrong).await.expect(422);
        reply.problem("validation_failed");
        assert_eq!(reply.pointers(), ["/displayName"], "{wrong:?}");
    }
    for login in ["ana\u{200b}", "ana\u{202e}"] {
        let body = json!({"login": login, "password": "FanPass123"});
        let reply = app.post("/api/v1/auth/login").json(body).send().await.expect(422);
        assert_eq!(reply.pointers(), ["/login"]);
    }
    // Which of several pages is meant must be said, and the answer says which there are.
    make("Ana's other band").await.expect(201);
    let reply =
        app.post("/api/v1/albums").by(&ana).json(json!({"title": "Harbour"})).send().await.expect(422);
    assert_eq!(reply.pointers(), ["/artistId"]);
    let said = reply.json()["detail"].to_string();
    assert!(said.contains(made["id"].as_str().unwrap()), "{said}");
}
