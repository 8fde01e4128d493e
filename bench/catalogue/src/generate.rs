//! A catalogue of any size, written in the way an import writes: in batches, each in a short transaction.

use anyhow::Result;
use db::{Rows, sql};
use infra::App;
use kernel::{AlbumId, ArtistId, TrackId};
use music::catalogue::{
    AlbumKind, AudioSource, NewAudio, ReleaseDate, Touched, Visibility,
    bulk::{self, LibraryAlbum, LibraryArtist, LibraryTrack},
    genre, settle,
};

use crate::words::{Dice, name, word};

/// Tracks of one transaction.
pub const BATCH: u64 = 500;
/// Tracks of an album, and albums of an artist.
const ALBUM: u64 = 10;
const ARTIST: u64 = 4;
const GENRES: u64 = 60;

/// The tables that are filled here.
const GROWN: [&str; 9] =
    ["album", "album_genre", "artist", "artist_genre", "audio", "feed", "genre", "track", "track_genre"];

/// What the catalogue holds as far as questions about it are concerned.
pub struct Catalogue {
    pub tracks: u64,
    pub artists: Vec<ArtistId>,
    pub albums: Vec<AlbumId>,
}

/// The title of the track with this number.
pub fn title(n: u64) -> String {
    name(&mut Dice::new(n.wrapping_mul(31) + 7), 1..6)
}

/// The name of the artist with this number.
pub fn artist(n: u64) -> String {
    name(&mut Dice::new(n.wrapping_mul(17) + 3), 1..4)
}

/// The name of the genre with this number; the first ones have the most tracks.
pub fn genre(n: u64) -> String {
    format!("{} {n}", word(n + 300))
}

/// Fills an empty catalogue with `tracks` tracks, most of them public.
pub async fn fill(app: &App, tracks: u64) -> Result<Catalogue> {
    let mut all = Catalogue { tracks, artists: Vec::new(), albums: Vec::new() };
    for start in (0..tracks).step_by(usize::try_from(BATCH)?) {
        let (artists, albums, touched) = write(app, start, BATCH.min(tracks - start)).await?;
        publish(app, start, &touched).await?;
        all.artists.extend(artists);
        all.albums.extend(albums);
    }
    all.artists.sort_unstable();
    all.artists.dedup();
    let opened: db::Result<()> = db::write!(app.db, |tx| {
        sql!("UPDATE artist SET library = FALSE").run(tx).await?;
        sql!("UPDATE album SET visibility = 'public'").run(tx).await?;
        Ok(())
    });
    opened?;
    // As an import does while it goes on.
    app.db.analyze(&GROWN).await?;
    Ok(all)
}

/// Writes `count` tracks from number `start` on, as an import does.
pub async fn write(app: &App, start: u64, count: u64) -> Result<(Vec<ArtistId>, Vec<AlbumId>, Touched)> {
    let album_of = |n: u64| n / ALBUM;
    let artist_of = |album: u64| album / ARTIST;
    let albums: Vec<u64> = (album_of(start)..=album_of(start + count - 1)).collect();
    let artists: Vec<u64> = (artist_of(albums[0])..=artist_of(albums[albums.len() - 1])).collect();
    let genres: Vec<String> = (0..GENRES).map(genre).collect();
    let tracks: Vec<TrackId> = (0..count).map(|_| app.id()).collect();
    let written: db::Result<_> = db::write!(app.db, |tx| {
        let genres_by_key = genre::ensure(tx, app, genres.iter().map(String::as_str)).await?;
        let genre_ids: Vec<_> =
            genres.iter().filter_map(|name| genres_by_key.get(&music::text::fold(name)).copied()).collect();
        let pages = artists.iter().map(|n| LibraryArtist { key: format!("artist-{n}"), name: artist(*n) });
        let pages = bulk::artists(tx, app, pages).await?;
        let page = |n: u64| pages[&format!("artist-{n}")];
        let sleeves = albums.iter().map(|n| LibraryAlbum {
            key: format!("album-{n}"),
            artist: page(artist_of(*n)),
            title: name(&mut Dice::new(n.wrapping_mul(13) + 11), 1..5),
            kind: AlbumKind::Album,
            release_date: date(*n),
            cover: None,
            musicbrainz_id: None,
        });
        let sleeves = bulk::albums(tx, app, sleeves).await?;
        let lines: Vec<LibraryTrack> = (start..)
            .zip(&tracks)
            .map(|(n, id)| {
                let album = album_of(n);
                let mut dice = Dice::new(n);
                let genres = [dice.skewed(GENRES), dice.skewed(GENRES)];
                LibraryTrack {
                    id: *id,
                    artist: page(artist_of(album)),
                    artist_credit: None,
                    album: Some(sleeves[&format!("album-{album}")]),
                    title: title(n),
                    disc_no: 1,
                    track_no: i64::try_from(n % ALBUM).unwrap_or(0) + 1,
                    duration_ms: i64::try_from(dice.within(90_000..400_000)).unwrap_or(0),
                    explicit: false,
                    isrc: None,
                    release_date: date(album),
                    cover: None,
                    musicbrainz_id: None,
                    genres: genres.iter().map(|n| genre_ids[usize::try_from(*n).unwrap_or(0)]).collect(),
                    credits: Vec::new(),
                    audio: audio(app, *id, n),
                }
            })
            .collect();
        bulk::insert_tracks(tx, app, &lines).await?;
        let touched = Touched {
            tracks: tracks.clone(),
            albums: sleeves.values().copied().collect(),
            artists: pages.values().copied().collect(),
        };
        settle(tx, &touched, app.now()).await?;
        Ok((pages.into_values().collect(), sleeves.into_values().collect(), touched))
    });
    Ok(written?)
}

fn date(n: u64) -> Option<ReleaseDate> {
    format!("{}", 1960 + n % 65).parse().ok()
}

fn audio(app: &App, track: TrackId, n: u64) -> NewAudio {
    NewAudio {
        track,
        source: AudioSource::File,
        place: format!("/music/{n}.flac"),
        size: 20_000_000,
        modified_at: app.now(),
        content_type: "audio/flac",
        codec: "flac".into(),
        bitrate: 900_000,
        sample_rate: 44_100,
        channels: 2,
        bit_depth: Some(16),
        hash: None,
        gain_track_mb: None,
        gain_album_mb: None,
    }
}

/// Gives tracks an owner's decisions and a past: visibility, prices, plays, likes.
async fn publish(app: &App, start: u64, touched: &Touched) -> Result<()> {
    let rows: Rows = (start..)
        .zip(&touched.tracks)
        .map(|(n, id)| {
            let mut dice = Dice::new(n.wrapping_add(1 << 40));
            let visibility = match dice.within(0..100) {
                0..90 => Visibility::Public,
                90..97 => Visibility::Members,
                97..99 => Visibility::Private,
                _ => Visibility::Unlisted,
            };
            let most = 1 << dice.within(1..20);
            let plays = i64::try_from(dice.skewed(most)).unwrap_or(0);
            let price = dice.chance(10).then_some(500_i64);
            (*id, visibility, plays, plays / 20, price)
        })
        .collect();
    let published: db::Result<()> = db::write!(app.db, |tx| {
        sql!(
            "UPDATE track SET visibility = r.visibility, play_count = r.plays, like_count = r.likes,
                 price_asset = CASE WHEN r.price IS NULL THEN NULL ELSE 'BEAT' END, price_per_second = r.price
             FROM {rows $1 r(id uuid, visibility text, plays int, likes int, price int)} WHERE track.id = r.id"
        )
        .rows(rows.clone())
        .run(tx)
        .await?;
        settle(tx, touched, app.now()).await
    });
    Ok(published?)
}
