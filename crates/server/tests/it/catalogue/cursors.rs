//! A cursor goes on where its own list stopped, and nowhere else.

use serde_json::json;
use testkit::{TestApp, User};

use super::{get, give_sound, page_of, set_visibility, text};

/// The cursor behind the first item of a list that has two.
async fn cursor(app: &TestApp, who: &User, list: &str) -> String {
    let mark = if list.contains('?') { '&' } else { '?' };
    let page = get(app, Some(who), &format!("{list}{mark}limit=1")).await.ok();
    text(&page["nextCursor"])
}

#[testkit::test]
async fn a_cursor_belongs_to_its_filter_and_order(app: TestApp) {
    let (ana, admin) = (app.artist("ana").await, app.admin("root").await);
    let pages = [page_of(&app, &ana, "Mooring").await, page_of(&app, &ana, "Moorland").await];
    let mut albums = Vec::new();
    for artist in &pages {
        for title in ["Moor", "Moors"] {
            let new = json!({"artistId": artist, "title": title});
            let album = app.post("/api/v1/albums").by(&ana).json(new).send().await.expect(201).json();
            albums.push(text(&album["id"]));
        }
    }
    for (artist, album) in pages.iter().zip(albums.iter().step_by(2)) {
        for title in ["Moor one", "Moor two"] {
            let new = json!({"artistId": artist, "title": title, "albumId": album, "genres": ["Folk"]});
            let id =
                text(&app.post("/api/v1/tracks").by(&ana).json(new).send().await.expect(201).json()["id"]);
            give_sound(&app, &id, 180_000).await;
            set_visibility(&app, &ana, &id, "public").await;
        }
    }
    for fan in [&ana, &admin] {
        for artist in &pages {
            app.put(format!("/api/v1/artists/{artist}/follow")).by(fan).send().await.ok();
        }
    }
    app.settle_search().await;

    let [one, other] = &pages;
    for (list, others) in [
        (
            "tracks".to_owned(),
            vec![
                "tracks?genre=folk".to_owned(),
                "tracks?sort=plays".into(),
                "albums".into(),
                "tracks?order=asc".into(),
            ],
        ),
        ("tracks?genre=folk".into(), vec!["tracks".into(), format!("tracks?genre=folk&artist={one}")]),
        (
            format!("tracks?artist={one}"),
            vec![
                format!("tracks?artist={other}"),
                format!("tracks?artist={one}&visibility=public"),
                format!("tracks?artist={one}&releasedFrom=2000"),
                format!("tracks?artist={one}&priced=false"),
                format!("tracks?artist={one}&album={}", albums[0]),
            ],
        ),
        (
            "tracks?q=moor".into(),
            vec![
                "tracks?q=mooring".into(),
                "tracks?q=moor&genre=folk".into(),
                "tracks?q=moor&sort=title".into(),
            ],
        ),
        (
            "tracks?q=moor&sort=title".into(),
            vec!["tracks?q=moo&sort=title".into(), "tracks?sort=title".into()],
        ),
        ("albums?q=moor".into(), vec!["albums?q=moors".into(), format!("albums?q=moor&artist={one}")]),
        (format!("albums?artist={one}"), vec![format!("albums?artist={other}"), "albums".into()]),
        ("artists".into(), vec!["artists?genre=folk".into()]),
        ("artists?q=moor".into(), vec!["artists?q=moo".into(), "artists".into()]),
        (format!("artists/{one}/tracks"), vec![format!("artists/{other}/tracks")]),
        (format!("artists/{one}/albums"), vec![format!("artists/{other}/albums")]),
        (format!("artists/{one}/followers"), vec![format!("artists/{other}/followers")]),
        (format!("albums/{}/tracks", albums[0]), vec![format!("albums/{}/tracks", albums[2])]),
        ("admin/users".into(), vec!["admin/users?role=artist".into(), "admin/users?q=a".into()]),
    ] {
        let who = if list.starts_with("admin") { &admin } else { &ana };
        let cursor = cursor(&app, who, &format!("/api/v1/{list}")).await;
        let at = |list: &str| {
            let mark = if list.contains('?') { '&' } else { '?' };
            format!("/api/v1/{list}{mark}limit=2&cursor={cursor}")
        };
        let rest = get(&app, Some(who), &at(&list)).await.ok();
        assert!(!rest["items"].as_array().unwrap().is_empty(), "{list}");
        for another in others {
            let refused = get(&app, Some(who), &at(&another)).await;
            assert_eq!(refused.status, 400, "{list} in {another}");
            refused.problem("invalid_cursor");
        }
    }
}
