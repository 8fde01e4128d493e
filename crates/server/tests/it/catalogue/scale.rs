//! Lists that are long enough to be read in another way than short ones: the answers are the same.

use kernel::TrackId;
use music::catalogue::{self, AlbumKind, ReleaseDate, bulk, genre};
use serde_json::Value;
use testkit::TestApp;

use super::{get, lists::Dice, sound, text};

/// More than a genre's list is read beside its genre, than what is found first, and than the albums of a genre are.
const TRACKS: usize = 4_400;
/// Each has a tenth.
const RARE: usize = 10;

async fn fill(app: &TestApp) {
    let parts = &app.service.app;
    let mut dice = Dice::new(23);
    let written: Result<(), db::Error> = db::write!(app.db(), |tx| {
        let genres = genre::ensure(tx, parts, ["Folk", "Rare"]).await?;
        let artist = bulk::LibraryArtist { key: "a".into(), name: "Rob".into() };
        let artist = bulk::artists(tx, parts, [artist]).await?["a"];
        let album = |n: usize| bulk::LibraryAlbum {
            key: n.to_string(),
            artist,
            title: format!("Album {n:04}"),
            kind: AlbumKind::Album,
            release_date: ReleaseDate::new(1990 + u16::try_from(n % 20).unwrap(), None, None),
            cover: None,
            musicbrainz_id: None,
        };
        let albums = bulk::albums(tx, parts, (0..TRACKS / 5).map(album)).await?;
        let track = |n: usize| {
            let id = parts.id::<TrackId>();
            let mut of = vec![genres["folk"]];
            if n.is_multiple_of(RARE) {
                of.push(genres["rare"]);
            }
            bulk::LibraryTrack {
                id,
                artist,
                artist_credit: None,
                album: Some(albums[&(n / 5).to_string()]),
                title: format!("Track {n:05}"),
                disc_no: 1,
                track_no: 0,
                duration_ms: 1_000,
                explicit: false,
                isrc: None,
                release_date: ReleaseDate::new(1990 + u16::try_from(n % 2).unwrap(), None, None),
                cover: None,
                musicbrainz_id: None,
                genres: of,
                credits: Vec::new(),
                audio: sound(id),
            }
        };
        let tracks: Vec<_> = (0..TRACKS).map(track).collect();
        let mut touched = catalogue::Touched::default();
        for some in tracks.chunks(1_000) {
            let new = bulk::insert_tracks(tx, parts, some).await?;
            touched.tracks.extend(new.tracks);
            touched.albums.extend(new.albums);
            touched.artists.extend(new.artists);
        }
        let plays: db::Rows =
            tracks.iter().map(|track| (track.id, i64::try_from(dice.roll(50)).unwrap())).collect();
        db::sql!(
            "UPDATE track SET play_count = r.plays FROM {rows $1 r(id uuid, plays int)} WHERE track.id = r.id"
        )
        .rows(plays)
        .run(tx)
        .await?;
        catalogue::settle(tx, &touched, parts.now()).await
    });
    written.unwrap();
}

#[testkit::test]
async fn long_lists_are_what_short_ones_are(app: TestApp) {
    let lea = app.listener("lea").await;
    fill(&app).await;
    let page = async |path: &str| get(&app, Some(&lea), path).await.ok();
    let titles = |page: &Value| {
        page["items"].as_array().unwrap().iter().map(|item| text(&item["title"])).collect::<Vec<_>>()
    };
    let expected = |numbers: &mut dyn Iterator<Item = usize>| {
        numbers.take(3).map(|n| format!("Track {n:05}")).collect::<Vec<_>>()
    };
    for (query, mut numbers) in [
        ("genre=folk", Box::new(0..TRACKS) as Box<dyn Iterator<Item = usize>>),
        ("genre=rare", Box::new((0..TRACKS).step_by(RARE))),
        ("genre=rare&order=desc", Box::new((0..TRACKS).step_by(RARE).collect::<Vec<_>>().into_iter().rev())),
        ("releasedFrom=1991", Box::new((1..TRACKS).step_by(2))),
        ("releasedFrom=1991&genre=folk", Box::new((1..TRACKS).step_by(2))),
        ("releasedTo=1990&genre=rare", Box::new((0..TRACKS).step_by(RARE))),
        ("releasedFrom=1991&releasedTo=1991&genre=rare", Box::new(std::iter::empty())),
        ("priced=false&genre=rare", Box::new((0..TRACKS).step_by(RARE))),
        ("priced=true", Box::new(std::iter::empty())),
    ] {
        let path = format!("/api/v1/tracks?sort=title&limit=3&{query}");
        assert_eq!(titles(&page(&path).await), expected(&mut numbers), "{path}");
    }
    // The pages of a long list fit together.
    for query in
        ["sort=plays&genre=folk", "sort=plays&order=asc&releasedFrom=1991", "sort=released", "sort=created"]
    {
        let whole = titles(&page(&format!("/api/v1/tracks?{query}&limit=120")).await);
        let (mut parts, mut cursor) = (Vec::new(), String::new());
        while parts.len() < 120 {
            let part = page(&format!("/api/v1/tracks?{query}&limit=40{cursor}")).await;
            parts.extend(titles(&part));
            cursor = format!("&cursor={}", text(&part["nextCursor"]));
        }
        assert_eq!(parts, whole, "{query}");
    }
    for (query, first, second) in [
        ("sort=title", 0, 1),
        ("sort=title&genre=folk", 0, 1),
        ("sort=title&genre=rare", 0, 2),
        ("sort=title&releasedFrom=1993&releasedTo=1993&genre=folk", 3, 23),
        ("sort=released&order=asc&releasedFrom=1993&limit=200", 3, 23),
    ] {
        let albums = titles(&page(&format!("/api/v1/albums?{query}")).await);
        let mut shown = [albums[0].clone(), albums[1].clone()];
        shown.sort_unstable();
        if !query.contains("sort=released") {
            assert_eq!(shown, [format!("Album {first:04}"), format!("Album {second:04}")], "{query}");
        }
        assert!(albums.iter().all(|title| !query.contains("1993&rel") || title.ends_with('3')), "{query}");
    }
}
