use kernel::{GenreId, Time, TrackId};
use music::catalogue::{
    self, AlbumKind, NewAudio, NewCredit, ReleaseDate, Touched,
    bulk::{self, LibraryAlbum, LibraryArtist, LibraryTrack},
    genre,
};
use serde_json::{Value, json};
use testkit::{TestApp, User};

use super::{all, get, sound};

struct Song {
    id: TrackId,
    artist: &'static str,
    album: &'static str,
    title: &'static str,
    genres: &'static [&'static str],
}

/// As an import writes what it read.
async fn write(app: &TestApp, songs: &[Song], is_new: bool) -> Touched {
    let parts = &app.service.app;
    let written: Result<Touched, db::Error> = db::write!(app.db(), |tx| {
        let names = songs.iter().flat_map(|song| song.genres.iter().copied());
        let genres = genre::ensure(tx, parts, names).await?;
        let artists =
            songs.iter().map(|song| LibraryArtist { key: song.artist.into(), name: song.artist.into() });
        let artists = bulk::artists(tx, parts, artists).await?;
        let albums = songs.iter().map(|song| LibraryAlbum {
            key: song.album.into(),
            artist: artists[song.artist],
            title: song.album.into(),
            kind: AlbumKind::Album,
            release_date: "1998-05".parse().ok(),
            cover: None,
            musicbrainz_id: None,
        });
        let albums = bulk::albums(tx, parts, albums).await?;
        let tracks: Vec<LibraryTrack> = songs
            .iter()
            .map(|song| LibraryTrack {
                id: song.id,
                artist: artists[song.artist],
                artist_credit: None,
                album: Some(albums[song.album]),
                title: song.title.into(),
                disc_no: 1,
                track_no: 1,
                duration_ms: 1_000,
                explicit: true,
                isrc: None,
                release_date: ReleaseDate::new(1998, Some(5), None),
                cover: None,
                musicbrainz_id: None,
                genres: song
                    .genres
                    .iter()
                    .map(|name| genres[&music::text::fold(name)])
                    .collect::<Vec<GenreId>>(),
                credits: vec![NewCredit { role: "artist".into(), name: song.artist.into(), artist_id: None }],
                audio: NewAudio {
                    modified_at: Time::from_micros(song.title.len().try_into().unwrap()),
                    ..sound(song.id)
                },
            })
            .collect();
        let touched = if is_new {
            bulk::insert_tracks(tx, parts, &tracks).await?
        } else {
            bulk::update_tracks(tx, parts, &tracks).await?
        };
        catalogue::settle(tx, &touched, parts.now()).await?;
        Ok(touched)
    });
    written.unwrap()
}

async fn list(app: &TestApp, who: Option<&User>, query: &str) -> Vec<String> {
    all(&get(app, who, &format!("/api/v1/tracks?{query}")).await.ok(), "title")
}

#[testkit::test]
async fn the_library_is_written_in_bulk_and_brought_up_to_date(app: TestApp) {
    let lea = app.listener("lea").await;
    let id = || app.service.app.id::<TrackId>();
    let mut songs = vec![
        Song { id: id(), artist: "Rob", album: "Calm", title: "Dawn", genres: &["Folk", "FOLK", "Ambient"] },
        Song { id: id(), artist: "Rob", album: "Calm", title: "Dusk", genres: &["folk"] },
        Song { id: id(), artist: "Sue", album: "Loud", title: "Noon", genres: &[] },
    ];
    write(&app, &songs, true).await;
    assert_eq!(list(&app, Some(&lea), "sort=title").await, ["Dawn", "Dusk", "Noon"]);
    assert_eq!(list(&app, Some(&lea), "sort=title&genre=folk").await, ["Dawn", "Dusk"]);
    assert_eq!(list(&app, None, "sort=title").await, [""; 0]);
    let albums = get(&app, Some(&lea), "/api/v1/albums?sort=title").await.ok();
    let calm = &albums["items"][0];
    assert_eq!(calm["genres"], json!(["Folk", "Ambient"]));
    assert_eq!((&calm["trackCount"], &calm["visibility"]), (&json!(2), &json!("members")));
    assert_eq!(get(&app, None, "/api/v1/albums").await.ok()["items"], json!([]));
    let detail = get(&app, Some(&lea), &format!("/api/v1/tracks/{}", songs[0].id)).await.ok();
    assert_eq!((&detail["explicit"], &detail["releaseDate"]), (&json!(true), &json!("1998-05")));
    assert_eq!(detail["credits"], json!([{"role": "artist", "name": "Rob", "artistId": null}]));

    // The same again changes nothing.
    let before = albums;
    write(&app, &songs, false).await;
    assert_eq!(get(&app, Some(&lea), "/api/v1/albums?sort=title").await.ok(), before);

    // Retagged and moved to another album: it is still the same track, with what people did to it.
    app.put(format!("/api/v1/tracks/{}/like", songs[0].id)).by(&lea).send().await.expect(200);
    songs[0] = Song { title: "Daybreak", album: "Loud", genres: &["Noise"], ..songs.swap_remove(0) };
    write(&app, &songs[..1], false).await;
    let left = get(&app, Some(&lea), "/api/v1/albums?sort=title").await.ok();
    assert_eq!((&left["items"][0]["genres"], &left["items"][0]["trackCount"]), (&json!(["Folk"]), &json!(1)));
    assert_eq!(left["items"][1]["genres"], json!(["Noise"]));
    let moved = get(&app, Some(&lea), &format!("/api/v1/tracks/{}", songs[0].id)).await.ok();
    assert_eq!((&moved["title"], &moved["album"]["title"]), (&json!("Daybreak"), &json!("Loud")));
    assert_eq!((&moved["likeCount"], &moved["liked"]), (&json!(1), &json!(true)));
    assert_eq!(list(&app, Some(&lea), "genre=noise").await, ["Daybreak"]);
    assert_eq!(list(&app, Some(&lea), "genre=ambient").await, [""; 0]);
}

#[testkit::test]
async fn a_file_that_is_away_takes_its_track_out_of_lists_alone(app: TestApp) {
    let lea = app.listener("lea").await;
    let id = app.service.app.id::<TrackId>();
    write(&app, &[Song { id, artist: "Rob", album: "Calm", title: "Dawn", genres: &["Folk"] }], true).await;
    let away = async |available: bool| {
        let now = app.now();
        let done: Result<usize, db::Error> = db::write!(app.db(), |tx| {
            let touched = bulk::set_available(tx, [id], available, now).await?;
            catalogue::settle(tx, &touched, now).await?;
            Ok(touched.tracks.len())
        });
        done.unwrap()
    };
    let genres = async || get(&app, Some(&lea), "/api/v1/artists").await.ok()["items"][0]["genres"].clone();
    assert_eq!((away(false).await, away(false).await), (1, 0));
    for query in ["", "genre=folk", "sort=title", "releasedFrom=1998&releasedTo=1998"] {
        assert_eq!(list(&app, Some(&lea), query).await, [""; 0], "{query}");
    }
    assert_eq!(genres().await, json!([]));
    let track = get(&app, Some(&lea), &format!("/api/v1/tracks/{id}")).await.ok();
    assert_eq!((&track["available"], &track["title"]), (&json!(false), &json!("Dawn")));
    assert_eq!(away(true).await, 1);
    assert_eq!(list(&app, Some(&lea), "genre=folk").await, ["Dawn"]);
    assert_eq!(genres().await, json!(["Folk"]));
    let none: Vec<Value> = Vec::new();
    assert_eq!(get(&app, None, "/api/v1/tracks").await.ok()["items"], json!(none));
}
