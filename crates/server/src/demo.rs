//! The demo content: rendered once, when a demo folder is new, and published like any artist's music.

mod people;

use std::collections::HashMap;

use anyhow::{Context, Result};
use bytes::Bytes;
use db::{Tx, sql};
use demo::{Picture, Release, Track};
use identity::images::{self, Image, Source};
use infra::{App, BlobKey};
use kernel::{AccountId, AlbumId, Amount, ArtistId, Asset, AudioId, Id, ImageId, TrackId};
use music::catalogue::{
    self, AlbumChange, AlbumKind, AudioSource, CatalogueError, NewArtist, NewAudio, NewCredit, NewShare,
    NewSplit, TrackChange, Visibility,
};

use crate::Service;
pub(crate) use people::{artist, listener};

/// Makes what is not there yet of the demo content; `progress` is told how many tracks of how many are.
pub(crate) async fn fill(service: &Service, mut progress: impl FnMut(usize, usize)) -> Result<()> {
    let app = &service.app;
    let owner = people::settle(service).await?;
    let content = demo::catalogue();
    let present: Vec<TrackId> =
        db::read!(app.db, |tx| sql!("SELECT id FROM track WHERE deleted_at IS NULL").column(tx).await)
            .map_err(|e: db::Error| e)?;
    if content.tracks.iter().all(|track| present.contains(&track_id(track))) {
        return Ok(());
    }
    for artist in content.artists {
        let avatar = keep(app, "artist", artist.key, &artist.avatar()).await?;
        let id = id_of::<ArtistId>("artist", artist.key);
        let new = NewArtist { display_name: artist.name.into(), bio: artist.bio.into() };
        db::write!(app.db, |tx| {
            if !exists(tx, id).await? {
                catalogue::artist::create(tx, app, owner, id, &new).await?;
                catalogue::artist::set_avatar(tx, id, avatar, app.now()).await?;
            }
            Ok::<_, CatalogueError>(())
        })?;
    }
    let mut sleeves = HashMap::new();
    for release in content.releases {
        let picture = release.sleeve();
        let sleeve = keep(app, "release", release.key, &picture).await?;
        publish_release(app, release, sleeve).await?;
        sleeves.insert(release.key, picture);
    }
    for (done, track) in content.tracks.iter().enumerate() {
        progress(done, content.tracks.len());
        if !present.contains(&track_id(track)) {
            publish_track(app, owner, track, sleeves.get(track.release.key)).await?;
        }
    }
    progress(content.tracks.len(), content.tracks.len());
    Ok(())
}

/// When the first of the demo's tracks and releases was made, in milliseconds: the beginning of 2025, before what people
/// add to them.
const MADE: u64 = 1_735_689_600_000;

/// The id of a thing of the demo: always the same for the same key, so that a second run finds the first one's.
fn id_of<T: Id>(kind: &str, key: &str) -> T {
    T::from(uuid::Builder::from_custom_bytes(mark(kind, key)).into_uuid())
}

/// The same for a track or a release, which stand in lists by the times of their ids: in the order in which they are
/// published, `place` of them before it.
fn dated_id_of<T: Id>(kind: &str, key: &str, place: Option<usize>) -> T {
    let [bytes @ .., _, _, _, _, _, _] = mark(kind, key);
    let place = place.and_then(|place| u64::try_from(place).ok()).unwrap_or(0);
    T::from(uuid::Builder::from_unix_timestamp_millis(MADE + place, &bytes).into_uuid())
}

fn track_id(track: &Track) -> TrackId {
    let place = demo::catalogue().tracks.iter().position(|other| other.key == track.key);
    dated_id_of("track", track.key, place)
}

fn release_id(release: &Release) -> AlbumId {
    let place = demo::catalogue().releases.iter().position(|other| other.key == release.key);
    dated_id_of("release", release.key, place)
}

fn mark(kind: &str, key: &str) -> [u8; 16] {
    let digest =
        aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, format!("demo:{kind}:{key}").as_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest.as_ref()[..16]);
    bytes
}

async fn exists(tx: &mut Tx, artist: ArtistId) -> db::Result<bool> {
    Ok(!sql!("SELECT id FROM artist WHERE id = $1").bind(artist).column::<ArtistId>(tx).await?.is_empty())
}

/// Keeps a picture in the object store; answers its id.
async fn keep(app: &App, kind: &str, key: &str, picture: &Picture) -> Result<ImageId> {
    let id = id_of::<ImageId>(&format!("picture:{kind}"), key);
    let place = BlobKey::new(format!("images/{id}/original.png")).context("a key for a picture")?;
    let bytes = picture.png();
    let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &bytes).as_ref().to_vec();
    app.blobs.put(&place, bytes.into())?;
    let image = Image { id, source: Source::Blob, place: place.to_string(), hash };
    db::write!(app.db, |tx| {
        if images::find(tx, id).await?.is_none() {
            images::add(tx, std::slice::from_ref(&image), app.now()).await?;
        }
        Ok::<_, db::Error>(())
    })?;
    Ok(id)
}

async fn publish_release(app: &App, release: &Release, sleeve: ImageId) -> Result<()> {
    let id = release_id(release);
    let artist = id_of::<ArtistId>("artist", release.artist.key);
    let change = AlbumChange {
        title: Some(release.title.into()),
        kind: Some(match release.kind {
            demo::ReleaseKind::Album => AlbumKind::Album,
            demo::ReleaseKind::Ep => AlbumKind::Ep,
            demo::ReleaseKind::Single => AlbumKind::Single,
        }),
        visibility: Some(Visibility::Public),
        release_date: Some(Some(
            release.released.parse().map_err(|_| anyhow::anyhow!("a date of the demo"))?,
        )),
        ..AlbumChange::default()
    };
    db::write!(app.db, |tx| {
        let known = sql!("SELECT id FROM album WHERE id = $1").bind(id).column::<AlbumId>(tx).await?;
        if known.is_empty() {
            catalogue::album::create(tx, app, (id, artist), &change).await?;
            catalogue::album::set_cover(tx, id, sleeve, app.now()).await?;
        }
        Ok::<_, CatalogueError>(())
    })?;
    Ok(())
}

async fn publish_track(
    app: &App,
    owner: AccountId,
    track: &'static Track,
    sleeve: Option<&Picture>,
) -> Result<()> {
    let id = track_id(track);
    let artist = id_of::<ArtistId>("artist", track.artist().key);
    let sleeve = sleeve.cloned();
    let (sound, duration_ms) = tokio::task::spawn_blocking(move || {
        let audio = track.render();
        (demo::encode_flac(&audio, &track.tags(), sleeve.as_ref()), audio.duration_ms())
    })
    .await?;
    // Its name says no time: what nobody's row names yet is swept when it is old.
    let place = BlobKey::new(format!("audio/{}", id_of::<AudioId>("sound", track.key)));
    let place = place.context("a key for a sound")?;
    let audio = NewAudio {
        track: id,
        source: AudioSource::Blob,
        place: place.to_string(),
        size: i64::try_from(sound.len())?,
        modified_at: app.now(),
        content_type: "audio/flac",
        codec: "flac".into(),
        bitrate: i64::try_from(sound.len() as u64 * 8000 / duration_ms.max(1))?,
        sample_rate: 44_100,
        channels: 2,
        bit_depth: Some(16),
        hash: None,
        gain_track_mb: None,
        gain_album_mb: None,
    };
    app.blobs.put(&place, Bytes::from(sound))?;
    let duration_ms = i64::try_from(duration_ms)?;
    let (draft, shares) = (draft(track), shares(track));
    let open = TrackChange { visibility: Some(Visibility::Public), ..TrackChange::default() };
    db::write!(app.db, |tx| {
        let known = sql!("SELECT id FROM track WHERE id = $1").bind(id).column::<TrackId>(tx).await?;
        if known.is_empty() {
            catalogue::track::create(tx, app, (owner, artist), id, &draft).await?;
            catalogue::track::attach_audio(tx, (app.id::<AudioId>(), audio.clone()), duration_ms, app.now())
                .await?;
            catalogue::split::put(tx, app, owner, id, &shares).await?;
            catalogue::track::change(tx, app, owner, id, &open).await?;
        }
        Ok::<_, CatalogueError>(())
    })?;
    Ok(())
}

fn draft(track: &Track) -> TrackChange {
    TrackChange {
        title: Some(track.title.into()),
        album_id: Some(Some(release_id(track.release))),
        track_no: Some(i64::from(track.number)),
        genres: Some(track.genres.iter().map(|genre| (*genre).to_owned()).collect()),
        explicit: Some(track.explicit),
        release_date: Some(track.release.released.parse().ok()),
        price_per_second: Some(track.price_per_second.map(|minor| Amount { asset: Asset::Beat, minor })),
        credits: Some(
            track
                .credits
                .iter()
                .map(|credit| NewCredit {
                    role: credit.role.into(),
                    name: credit.name.into(),
                    artist_id: None,
                })
                .collect(),
        ),
        ..TrackChange::default()
    }
}

fn shares(track: &Track) -> NewSplit {
    let shares = track.splits.iter().map(|split| NewShare {
        artist_id: id_of("artist", split.artist.key),
        role: "artist".into(),
        basis_points: i64::from(split.basis_points),
    });
    NewSplit { shares: shares.collect() }
}
