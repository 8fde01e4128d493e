//! What belongs together, and whose it is.

use serde_json::json;
use testkit::TestApp;

use super::{Shelf, Song, values};

/// Albums with their artists, and the titles of their tracks.
async fn albums(app: &TestApp) -> Vec<(String, String, String)> {
    let rows: Result<Vec<(String, String, String, String)>, db::Error> = db::read!(app.db(), |tx| {
        db::sql!(
            "SELECT al.title, ar.display_name, al.kind, t.title FROM album al JOIN artist ar ON ar.id = al.artist_id
             JOIN track t ON t.album_id = al.id ORDER BY al.title, ar.display_name, al.id, t.title"
        )
        .all(tx)
        .await
    });
    let mut albums: Vec<(String, String, String)> = Vec::new();
    let mut last = None;
    for (title, artist, kind, track) in rows.unwrap() {
        let this = Some((title.clone(), artist.clone(), kind.clone()));
        match albums.last_mut().filter(|_| last == this) {
            Some((.., tracks)) => tracks.extend([" ", &track]),
            None => albums.push((title, format!("{artist}, {kind}"), track)),
        }
        last = this;
    }
    albums
}

fn expected(albums: &[(&str, &str, &str)]) -> Vec<(String, String, String)> {
    albums.iter().map(|(a, b, c)| ((*a).to_owned(), (*b).to_owned(), (*c).to_owned())).collect()
}

/// Lists break ties by id: all of an import came at one moment here, and all of an album came out on one day.
#[testkit::test]
async fn an_album_stands_in_its_own_order_in_lists(app: TestApp) {
    let shelf = Shelf::new();
    // Neither by their titles nor by the names of their files.
    let titles = ["Zinc", "Amber", "Quartz", "Basalt", "Opal", "Flint"];
    for (n, title) in (1_u32..).zip(titles) {
        for album in ["Land", "Sea"] {
            let song = Song::tagged(u64::from(n) + album.len() as u64 * 100, title, "Ana", album)
                .text("TRCK", &[&((n - 1) % 3 + 1).to_string()])
                .text("TPOS", &[&n.div_ceil(3).to_string()])
                .text("TDRC", &["1998-05-21"]);
            shelf.put(&format!("{album}/{}.mp3", 9 - n), &song);
        }
    }
    shelf.import(&app).await;
    let ana = app.listener("ana").await;
    for sort in ["created", "released", "plays", "likes"] {
        let list = app.get(format!("/api/v1/tracks?sort={sort}")).by(&ana).send().await.ok();
        let of = |album: &str| -> Vec<&str> {
            let items = list["items"].as_array().unwrap().iter();
            items.filter(|t| t["album"]["title"] == album).map(|t| t["title"].as_str().unwrap()).collect()
        };
        assert_eq!((of("Land"), of("Sea")), (titles.to_vec(), titles.to_vec()), "{sort}");
        let albums: Vec<_> = list["items"].as_array().unwrap().iter().map(|t| &t["album"]["title"]).collect();
        assert_eq!(albums.chunk_by(|one, next| one == next).count(), 2, "{sort}: {albums:?}");
    }
}

#[testkit::test]
async fn discs_are_one_album(app: TestApp) {
    let shelf = Shelf::new();
    let song = |n, album: &str| Song::tagged(n, &format!("{n}"), "Ana", album).text("TPE2", &["Ana"]);
    shelf.put("Live/CD1/1.mp3", &song(1, "Live"));
    shelf.put("Live/CD2/1.mp3", &song(2, "Live (Disc 2)"));
    shelf.put("Studio [Disc 1]/1.mp3", &song(3, "Studio"));
    shelf.put("Studio [Disc 2]/1.mp3", &song(4, "Studio").text("TPOS", &["2/2"]));
    shelf.import(&app).await;
    assert_eq!(
        albums(&app).await,
        expected(&[("Live", "Ana, album", "1 2"), ("Studio", "Ana, album", "3 4")])
    );
    let discs: Vec<i64> = values!(app, "SELECT disc_no FROM track ORDER BY title");
    assert_eq!(discs, [1, 2, 1, 2]);
}

#[testkit::test]
async fn albums_of_one_name_stay_apart(app: TestApp) {
    let shelf = Shelf::new();
    let hits =
        |n, artist: &str| Song::tagged(n, &format!("{n}"), artist, "Greatest Hits").text("TPE2", &[artist]);
    shelf.put("flat/1.mp3", &hits(1, "Ana"));
    shelf.put("flat/2.mp3", &hits(2, "Ben"));
    shelf.put("Ana/1998/3.mp3", &hits(3, "Ana"));
    shelf.put("Ana/2005/4.mp3", &hits(4, "ANA"));
    shelf.import(&app).await;
    let titles: Vec<i64> = values!(app, "SELECT COUNT(*) FROM album");
    assert_eq!(titles, [4]);
}

#[testkit::test]
async fn an_album_of_many_is_nobodys(app: TestApp) {
    let shelf = Shelf::new();
    let by = |n, artist: &str, album: &str| Song::tagged(n, &format!("{n}"), artist, album);
    // Said by a flag; said by the album's artist; said by nobody but the folder.
    shelf.put("flag/1.mp3", &by(1, "Ana", "Flagged").text("TCMP", &["1"]));
    shelf.put("flag/2.mp3", &by(2, "Ben", "Flagged").text("TCMP", &["1"]));
    shelf.put("named/3.mp3", &by(3, "Ana", "Named").text("TPE2", &["Various Artists"]));
    shelf.put("loose/4.mp3", &by(4, "Ana", "Loose"));
    shelf.put("loose/5.mp3", &by(5, "Ben feat. Ana", "Loose"));
    shelf.put("one/6.mp3", &by(6, "Ana", "One"));
    shelf.put("one/7.mp3", &by(7, "Ana feat. Ben", "One"));
    shelf.import(&app).await;
    let various = "Various Artists, compilation";
    let all = [("Flagged", various, "1 2"), ("Loose", various, "4 5"), ("Named", various, "3")];
    let one = ("One", "Ana, album", "6 7");
    assert_eq!(albums(&app).await, expected(&[all[0], all[1], all[2], one]));
    // It is somebody's once only that one's tracks are left, and nobody's again when another's come.
    shelf.remove("loose/5.mp3");
    shelf.import(&app).await;
    let left: Vec<String> = values!(
        app,
        "SELECT ar.display_name FROM album al JOIN artist ar ON ar.id = al.artist_id WHERE al.title = 'Loose'"
    );
    assert_eq!(left, ["Ana"]);
    shelf.put("one/8.mp3", &by(8, "Cem", "One"));
    shelf.import(&app).await;
    let now: Vec<String> = values!(app, "SELECT kind FROM album WHERE title = 'One'");
    assert_eq!(now, ["compilation"]);
}

#[testkit::test]
async fn an_album_keeps_its_page_when_its_folder_or_title_changes(app: TestApp) {
    let shelf = Shelf::new();
    let song = |n, album: &str| Song::tagged(n, &format!("{n}"), "Ana", album).text("TPE2", &["Ana"]);
    for n in 1..=3 {
        shelf.put(&format!("Abbey Raod/{n}.mp3"), &song(n, "Abbey Raod"));
    }
    shelf.import(&app).await;
    let id = async || -> Vec<kernel::AlbumId> { values!(app, "SELECT id FROM album") };
    let before = id().await;
    shelf.rename("Abbey Raod", "Abbey Road");
    assert_eq!(shelf.import(&app).await.moved, 3);
    assert_eq!(id().await, before);
    for n in 1..=3 {
        shelf.put(&format!("Abbey Road/{n}.mp3"), &song(n, "Abbey Road"));
    }
    assert_eq!(shelf.import(&app).await.updated, 3);
    assert_eq!(id().await, before);
    assert_eq!(albums(&app).await, expected(&[("Abbey Road", "Ana, album", "1 2 3")]));
    // An album that only some tracks leave stays where it was.
    shelf.put("Abbey Road/3.mp3", &song(3, "Let It Be"));
    shelf.import(&app).await;
    assert_eq!(
        albums(&app).await,
        expected(&[("Abbey Road", "Ana, album", "1 2"), ("Let It Be", "Ana, album", "3")])
    );
    assert!(id().await.contains(&before[0]));
}

#[testkit::test]
async fn an_artist_is_known_by_id_or_name(app: TestApp) {
    let shelf = Shelf::new();
    let (one, two) = ("11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222");
    let by = |n, artist: &str, id: &str| {
        let song = Song::tagged(n, &format!("{n}"), artist, "A");
        if id.is_empty() { song } else { song.custom("MusicBrainz Artist Id", id) }
    };
    shelf.put("1.mp3", &by(1, "Nirvana", ""));
    shelf.import(&app).await;
    // The name gets an id: it is the same artist, in whatever spelling.
    shelf.put("2.mp3", &by(2, "NIRVANA", one));
    shelf.put("3.mp3", &by(3, "nirvana", ""));
    // Another id: another artist of this name; the same id: the same artist under another name.
    shelf.put("4.mp3", &by(4, "Nirvana", two));
    shelf.put("5.mp3", &by(5, "Nirvana (US)", one));
    shelf.import(&app).await;
    let artists: Vec<kernel::ArtistId> = values!(app, "SELECT artist_id FROM track ORDER BY title");
    assert_eq!([artists[1], artists[2], artists[4]], [artists[0]; 3]);
    assert_ne!(artists[3], artists[0]);
    let pages: Vec<i64> = values!(app, "SELECT COUNT(*) FROM artist WHERE name_key <> 'various artists'");
    assert_eq!(pages, [2]);
}

#[testkit::test]
async fn several_artists_are_all_credited(app: TestApp) {
    let shelf = Shelf::new();
    shelf.put("1.mp3", &Song::new(1).title("Duet").text("TPE1", &["Ana", "Ben"]));
    shelf.put("2.mp3", &Song::new(2).title("Guest").text("TPE1", &["Ana feat. Cem"]));
    shelf.import(&app).await;
    let credits: Vec<Option<String>> = values!(app, "SELECT artist_credit FROM track ORDER BY title");
    assert_eq!(credits, [Some("Ana, Ben".into()), Some("Ana feat. Cem".into())]);
    let main: Vec<String> = values!(
        app,
        "SELECT ar.display_name FROM track t JOIN artist ar ON ar.id = t.artist_id ORDER BY t.title"
    );
    assert_eq!(main, ["Ana", "Ana"]);
    let guests: Vec<String> =
        values!(app, "SELECT ar.display_name FROM credit c JOIN artist ar ON ar.id = c.artist_id");
    assert_eq!(guests, ["Ben"]);
    let eve = app.listener("eve").await;
    let pages = app.get("/api/v1/artists").by(&eve).send().await.ok();
    assert_eq!(pages["items"][1]["displayName"], "Ben");
    let ben = format!("/api/v1/artists/{}/appearances", pages["items"][1]["id"].as_str().unwrap());
    let duet = app.get(ben).by(&eve).send().await.ok();
    assert_eq!((duet["items"].as_array().unwrap().len(), &duet["items"][0]["title"]), (1, &json!("Duet")));
    // A page that nothing refers to any more goes.
    shelf.put("1.mp3", &Song::new(1).title("Solo").text("TPE1", &["Ana"]));
    shelf.import(&app).await;
    let pages: Vec<String> = values!(app, "SELECT display_name FROM artist");
    assert_eq!(pages, ["Ana"]);
}

#[testkit::test]
async fn a_name_follows_its_spelling(app: TestApp) {
    let shelf = Shelf::new();
    shelf.put("1.mp3", &Song::tagged(1, "One", "bjork", "debut"));
    shelf.import(&app).await;
    shelf.put("1.mp3", &Song::tagged(1, "One", "Björk", "Debut"));
    shelf.import(&app).await;
    assert_eq!(albums(&app).await, expected(&[("Debut", "Björk, album", "One")]));
}
