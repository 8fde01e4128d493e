//! Every list against a model of it that is too simple to be wrong.

use std::{cmp::Ordering, collections::HashSet};

use kernel::{AlbumId, ArtistId, TrackId};
use music::catalogue::{self, ReleaseDate, bulk, genre};
use serde_json::{Value, json};
use testkit::{TestApp, User};

use super::{page_of, sound, text, walk};

/// Small numbers that look random and are the same every time.
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// One of 0 … n - 1.
    pub(super) fn roll(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }

    pub(super) fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[usize::try_from(self.roll(of.len() as u64)).unwrap()]
    }
}

/// A track as the model knows it.
#[derive(Debug, Clone)]
struct Model {
    id: String,
    title: String,
    title_key: String,
    artist: usize,
    album: Option<usize>,
    genres: Vec<&'static str>,
    released: Option<ReleaseDate>,
    visibility: &'static str,
    available: bool,
    deleted: bool,
    price: Option<i64>,
    plays: i64,
    likes: i64,
}

const GENRES: [&str; 4] = ["Folk", "Rock", "Ambient", "Noise"];
const DATES: [&str; 6] = ["1998", "1998-05", "1998-05-21", "2003-12-31", "2020", "2021-01-01"];
const TITLES: [&str; 7] = ["Dawn", "dawn", "Ðåwn", "Noon", "Élan", "Zebra", "Ωmega"];

/// Artist pages: the first is managed by Ana, the last is the library's.
const ARTISTS: usize = 4;

fn tracks(n: u64, dice: &mut Dice, app: &TestApp) -> Vec<Model> {
    let track = |_| {
        let title = format!(
            "{}{}",
            dice.pick(&TITLES),
            ["", " 2", " (live)"][usize::try_from(dice.roll(3)).unwrap()]
        );
        let mut genres: Vec<&str> = (0..dice.roll(4)).map(|_| *dice.pick(&GENRES)).collect();
        genres.sort_unstable();
        genres.dedup();
        let artist = usize::try_from(dice.roll(ARTISTS as u64)).unwrap();
        let visibility = if artist == ARTISTS - 1 {
            "members"
        } else {
            *dice.pick(&["public", "public", "unlisted", "private"])
        };
        // Ties in every order are what pages are lost by.
        Model {
            id: app.service.app.id::<TrackId>().to_string(),
            title_key: music::text::fold(&title),
            title,
            artist,
            album: (dice.roll(3) > 0).then(|| artist * 2 + usize::try_from(dice.roll(2)).unwrap()),
            genres,
            released: (dice.roll(5) > 0).then(|| dice.pick(&DATES).parse().unwrap()),
            visibility,
            available: dice.roll(12) > 0,
            deleted: dice.roll(12) == 0,
            price: (dice.roll(4) == 0).then_some(1_000),
            plays: i64::try_from(dice.roll(5)).unwrap(),
            likes: i64::try_from(dice.roll(3)).unwrap(),
        }
    };
    (0..n).map(track).collect()
}

/// Writes the model's tracks as they are; answers the ids of its artists and albums.
async fn write(app: &TestApp, ana: &User, tracks: &[Model]) -> (Vec<ArtistId>, Vec<AlbumId>) {
    let parts = &app.service.app;
    let page: ArtistId = page_of(app, ana, "Ana").await.parse().unwrap();
    let written: Result<_, db::Error> = db::write!(app.db(), |tx| {
        let genres = genre::ensure(tx, parts, GENRES).await?;
        let names =
            (0..ARTISTS).map(|n| bulk::LibraryArtist { key: n.to_string(), name: format!("Artist {n}") });
        let library = bulk::artists(tx, parts, names).await?;
        let mut artists: Vec<ArtistId> = (0..ARTISTS).map(|n| library[&n.to_string()]).collect();
        artists[0] = page;
        let album = |n: usize| bulk::LibraryAlbum {
            key: n.to_string(),
            artist: artists[n / 2],
            title: format!("Album {n}"),
            kind: catalogue::AlbumKind::Album,
            release_date: None,
            cover: None,
            musicbrainz_id: None,
        };
        let made = bulk::albums(tx, parts, (0..ARTISTS * 2).map(album)).await?;
        let albums: Vec<AlbumId> = (0..ARTISTS * 2).map(|n| made[&n.to_string()]).collect();
        let rows: Vec<bulk::LibraryTrack> = tracks
            .iter()
            .map(|track| bulk::LibraryTrack {
                id: track.id.parse().unwrap(),
                artist: artists[track.artist],
                artist_credit: None,
                album: track.album.map(|n| albums[n]),
                title: track.title.clone(),
                disc_no: 1,
                track_no: 0,
                duration_ms: 1_000,
                explicit: false,
                isrc: None,
                release_date: track.released,
                cover: None,
                musicbrainz_id: None,
                genres: track.genres.iter().map(|name| genres[&music::text::fold(name)]).collect(),
                credits: Vec::new(),
                audio: sound(track.id.parse().unwrap()),
            })
            .collect();
        let touched = bulk::insert_tracks(tx, parts, &rows).await?;
        let state: db::Rows = tracks
            .iter()
            .map(|track| {
                let deleted = track.deleted.then_some(1_i64);
                let id: TrackId = track.id.parse().unwrap();
                (id, track.visibility, track.available, deleted, track.price, track.plays, track.likes)
            })
            .collect();
        db::sql!(
            "UPDATE track SET visibility = r.visibility, available = r.available, deleted_at = r.deleted_at,
                 price_asset = CASE WHEN r.price IS NOT NULL THEN 'BEAT' END, price_per_second = r.price,
                 play_count = r.plays, like_count = r.likes
             FROM {rows $1 r(id uuid, visibility text, available bool, deleted_at int, price int, plays int, likes int)}
             WHERE track.id = r.id"
        )
        .rows(state)
        .run(tx)
        .await?;
        catalogue::settle(tx, &touched, parts.now()).await?;
        db::sql!("UPDATE artist SET library = FALSE WHERE display_name <> 'Artist 3'").run(tx).await?;
        Ok((artists, albums))
    });
    written.unwrap()
}

#[derive(Clone, Copy, PartialEq, Debug)]
enum Who {
    Nobody,
    Listener,
    Ana,
}

fn is_listed(track: &Model, who: Who) -> bool {
    let open = match track.visibility {
        "public" => track.available,
        "members" => track.available && who != Who::Nobody,
        _ => false,
    };
    !track.deleted && (open || who == Who::Ana && track.artist == 0)
}

fn compare(sort: &str, a: &Model, b: &Model) -> Ordering {
    let first = match sort {
        "title" => a.title_key.cmp(&b.title_key),
        "plays" => a.plays.cmp(&b.plays),
        "likes" => a.likes.cmp(&b.likes),
        "released" => a.released.map(ReleaseDate::start).cmp(&b.released.map(ReleaseDate::start)),
        _ => Ordering::Equal,
    };
    first.then_with(|| a.id.cmp(&b.id))
}

/// A filter as the query says it and as the model does.
type Filter = (String, Box<dyn Fn(&Model) -> bool>);

fn filters(artists: &[ArtistId], albums: &[AlbumId]) -> Vec<Filter> {
    let dated = |from: &str, to: &str| {
        let (from, to): (ReleaseDate, ReleaseDate) = (from.parse().unwrap(), to.parse().unwrap());
        move |track: &Model| {
            track.released.is_some_and(|date| date.start() >= from.start() && date.start() < to.end())
        }
    };
    let mut filters: Vec<Filter> = vec![
        (String::new(), Box::new(|_| true)),
        (format!("artist={}", artists[0]), Box::new(|track| track.artist == 0)),
        (
            format!("artist={}&genre=folk", artists[3]),
            Box::new(|track| track.artist == 3 && track.genres.contains(&"Folk")),
        ),
        (format!("album={}", albums[2]), Box::new(|track| track.album == Some(2))),
        ("genre=ROCK".into(), Box::new(|track| track.genres.contains(&"Rock"))),
        ("genre=unheard%20of".into(), Box::new(|_| false)),
        ("priced=true".into(), Box::new(|track| track.price.is_some())),
        ("priced=false".into(), Box::new(|track| track.price.is_none())),
        (
            "priced=false&genre=noise".into(),
            Box::new(|track| track.price.is_none() && track.genres.contains(&"Noise")),
        ),
        (
            "priced=true&genre=noise".into(),
            Box::new(|track| track.price.is_some() && track.genres.contains(&"Noise")),
        ),
        ("releasedFrom=1998&releasedTo=1998-05".into(), Box::new(dated("1998", "1998-05"))),
        ("releasedFrom=2003".into(), Box::new(dated("2003", "9999"))),
        ("releasedTo=2003".into(), Box::new(dated("0001", "2003"))),
    ];
    let both = dated("1998-05", "2020");
    filters.push((
        "releasedFrom=1998-05&releasedTo=2020&genre=ambient&priced=false".into(),
        Box::new(move |track| both(track) && track.genres.contains(&"Ambient") && track.price.is_none()),
    ));
    let later = dated("2020", "9999");
    filters.push((
        "genre=rock&releasedFrom=2020-01-01T00:00:00Z".into(),
        Box::new(move |track| later(track) && track.genres.contains(&"Rock")),
    ));
    for visibility in ["public", "unlisted", "private", "members"] {
        filters.push((
            format!("visibility={visibility}"),
            Box::new(move |track| track.visibility == visibility),
        ));
    }
    filters
}

#[testkit::test]
async fn every_filter_in_every_order_is_paged_through_once(app: TestApp) {
    let (ana, lea) = (app.artist("ana").await, app.listener("lea").await);
    let model = tracks(300, &mut Dice::new(11), &app);
    let (artists, albums) = write(&app, &ana, &model).await;
    let filters = filters(&artists, &albums);
    for who in [Who::Nobody, Who::Listener, Who::Ana] {
        let user = match who {
            Who::Nobody => None,
            Who::Listener => Some(&lea),
            Who::Ana => Some(&ana),
        };
        for (n, (query, fits)) in filters.iter().enumerate() {
            for sort in ["plays", "likes", "released", "created", "title"] {
                for order in ["asc", "desc"] {
                    // Everybody sees every filter, and every order is seen with every filter by somebody.
                    if who != Who::Ana && n % 3 != usize::from(order == "asc") {
                        continue;
                    }
                    let mut expected: Vec<&Model> =
                        model.iter().filter(|track| is_listed(track, who) && fits(track)).collect();
                    expected.sort_by(|a, b| compare(sort, a, b));
                    if order == "desc" {
                        expected.reverse();
                    }
                    let expected: Vec<&str> = expected.iter().map(|track| track.id.as_str()).collect();
                    let path = format!("/api/v1/tracks?sort={sort}&order={order}&{query}");
                    let found = walk(&app, user, &path, 47).await;
                    let found: Vec<String> = found.iter().map(|track| text(&track["id"])).collect();
                    assert_eq!(found, expected, "{who:?}: {path}");
                }
            }
        }
    }
}

#[testkit::test]
async fn a_list_of_tracks_tells_what_the_model_knows(app: TestApp) {
    let ana = app.artist("ana").await;
    let model = tracks(60, &mut Dice::new(5), &app);
    let (artists, albums) = write(&app, &ana, &model).await;
    for track in walk(&app, Some(&ana), "/api/v1/tracks", 200).await {
        let known = model.iter().find(|known| track["id"] == known.id.as_str()).unwrap();
        assert_eq!(track["title"], known.title.as_str());
        assert_eq!(track["artist"]["id"], artists[known.artist].to_string());
        assert_eq!(track["genres"], json!(known.genres));
        assert_eq!(track["releaseDate"], known.released.map_or(Value::Null, |date| json!(date.to_string())));
        assert_eq!(track["playCount"], known.plays);
        let album =
            known.album.map_or(Value::Null, |n| json!({"id": albums[n], "title": format!("Album {n}")}));
        assert_eq!(track["album"], album);
    }
}

#[testkit::test]
async fn albums_are_filtered_and_ordered_like_their_tracks(app: TestApp) {
    let (ana, lea) = (app.artist("ana").await, app.listener("lea").await);
    let model = tracks(120, &mut Dice::new(3), &app);
    let (artists, albums) = write(&app, &ana, &model).await;
    // The titles are in the order of their numbers.
    for (user, who) in [(&lea, Who::Listener), (&ana, Who::Ana)] {
        for genre in GENRES {
            let listed = |track: &&Model| {
                !track.deleted && track.available && ["public", "members"].contains(&track.visibility)
            };
            let with: HashSet<usize> = model
                .iter()
                .filter(listed)
                .filter(|track| track.genres.contains(&genre))
                .filter_map(|track| track.album)
                .collect();
            let expected: Vec<String> =
                (0..albums.len()).filter(|n| with.contains(n)).map(|n| format!("Album {n}")).collect();
            let found = walk(&app, Some(user), &format!("/api/v1/albums?sort=title&genre={genre}"), 3).await;
            let found: Vec<String> = found.iter().map(|album| text(&album["title"])).collect();
            assert_eq!(found, expected, "{who:?}: {genre}");
        }
        for sort in ["plays", "likes", "released", "created", "title"] {
            let path = format!("/api/v1/albums?sort={sort}");
            let up = walk(&app, Some(user), &format!("{path}&order=asc"), 3).await;
            let mut down = walk(&app, Some(user), &format!("{path}&order=desc"), 3).await;
            down.reverse();
            let ids = |albums: &[Value]| albums.iter().map(|album| text(&album["id"])).collect::<Vec<_>>();
            assert_eq!((ids(&up), up.len()), (ids(&down), albums.len()), "{path}");
        }
        let of_ana = walk(&app, Some(user), &format!("/api/v1/artists/{}/albums", artists[0]), 10).await;
        assert_eq!(of_ana.len(), 2);
    }
    for album in walk(&app, Some(&lea), "/api/v1/albums?sort=title", 200).await {
        let n = albums.iter().position(|id| album["id"] == id.to_string()).unwrap();
        let on = || model.iter().filter(move |track| track.album == Some(n) && !track.deleted);
        assert_eq!(album["playCount"], on().map(|track| track.plays).sum::<i64>());
        assert_eq!(album["likeCount"], on().map(|track| track.likes).sum::<i64>());
        assert_eq!(album["trackCount"], on().filter(|track| is_listed(track, Who::Listener)).count());
    }
    assert_eq!(walk(&app, None, "/api/v1/albums", 10).await.len(), 0, "the library is for members");
}
