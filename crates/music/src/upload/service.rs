use std::time::Duration;

use axum::body::Bytes;
use db::{Tx, job, outbox};
use identity::{
    Account,
    images::{self, Image, Source},
    pictures,
};
use infra::{AtATime, BlobError, BlobKey, Inside, Quota};
use kernel::{AlbumId, ArtistId, AudioId, Check, Event, EventId, ImageId, JobId, Time, TrackId};
use media::{FileInfo, Fit, MediaError, Probed};
use sha2::{Digest, Sha256};

use super::{UploadError, analyse, form::Form, metadata::UploadMetadata, orphans, queries, sink::Arrived};
use crate::{
    Music,
    catalogue::{
        AlbumChange, AudioSource, NewAudio, TrackChange, TrackDetail, Viewer, Visibility, album, artist,
        track,
    },
    text::fold,
};

/// Uploads of one account: an artist's whole catalogue at once, then one each few seconds.
const RATE: Quota = Quota { name: "upload", burst: 200, every: Duration::from_secs(5) };
/// Uploads of one account at a time: what comes takes memory and room while it does.
const AT_A_TIME: AtATime = AtATime { name: "upload", most: 4 };
/// The longest side of a cover that is kept, in pixels.
const COVER: u32 = 1024;
/// The longest title of an album, in characters.
const ALBUM_TITLE: usize = 300;

/// Counts one upload of the account.
///
/// # Errors
/// How long to wait, when there were too many.
pub(super) fn check_rate(music: &Music, who: &Account) -> Result<(), UploadError> {
    let app = &music.app;
    app.limits.take(RATE, &who.id.to_string(), app.now()).map_err(UploadError::TooMany)
}

/// Begins one upload of the account.
///
/// # Errors
/// When as many as may be are under way.
pub(super) fn enter(music: &Music, who: &Account) -> Result<Inside, UploadError> {
    let inside = music.app.limits.enter(AT_A_TIME, &who.id.to_string());
    inside.ok_or(UploadError::AtATime { most: AT_A_TIME.most })
}

/// Makes a track of what came, on a page that the account manages.
///
/// # Errors
/// When the page is not the account's, the file is not accepted or is there already, or a field is wrong. Nothing is
/// left of it then.
pub(super) async fn accept(music: &Music, who: &Account, form: Form) -> Result<TrackDetail, UploadError> {
    if let Some(page) = form.metadata.artist_id {
        db::read!(music.app.db, |tx| artist::check_managed(tx, who.id, page).await)?;
    }
    let path = form.file.temp.path();
    let turn = pictures::turn(&music.app, who.id).await;
    let probed = music.media.probe(path).await?;
    let info = music.media.read_tags(path, true).await?;
    let cover = if info.cover.is_some() { cover(music, &form.file).await? } else { None };
    drop(turn);
    let (music, who) = (music.clone(), *who);
    // From here on it is not given up when the caller goes away: the bytes in the object store and the rows that
    // name them belong together.
    let keeping = tokio::spawn(async move { keep(&music, &who, form, (probed, info), cover).await });
    keeping.await.map_err(|_| UploadError::Interrupted)?
}

/// The cover inside the file as a JPEG; a file with a broken one goes without.
async fn cover(music: &Music, file: &Arrived) -> Result<Option<Bytes>, UploadError> {
    match music.media.read_picture(file.temp.path(), COVER, Fit::Inside).await {
        Ok(picture) => Ok(Some(picture.jpeg.into())),
        Err(error @ (MediaError::Busy | MediaError::NotStarted(_))) => Err(error.into()),
        Err(error) => {
            tracing::debug!(%error, "an uploaded file goes without its cover");
            Ok(None)
        }
    }
}

async fn keep(
    music: &Music,
    who: &Account,
    form: Form,
    (probed, info): (Probed, FileInfo),
    cover: Option<Bytes>,
) -> Result<TrackDetail, UploadError> {
    let app = &music.app;
    let Form { file: Arrived { temp, size, hash }, name, metadata } = form;
    let audio = app.id::<AudioId>();
    let blobs = Blobs::new(audio, cover.as_deref());
    let _room = app.room.promise(&app.config.data, cover.as_ref().map_or(0, |jpeg| jpeg.len() as u64))?;
    let (store, names) = (app.blobs.clone(), blobs.clone());
    let put = tokio::task::spawn_blocking(move || names.put(&store, temp.path(), cover)).await;
    put.map_err(|_| UploadError::Interrupted)??;
    let new = New { audio, size, hash, name, metadata, probed, info, blobs };
    let made: Result<TrackDetail, UploadError> = db::write!(app.db, |tx| {
        let id = new.write(tx, music, who).await?;
        Ok(track::get(tx, Viewer::member(who.id), id).await?)
    });
    // Whether a commit that failed took place is not known, so what it may need stays: a sweep looks at it later.
    if made.as_ref().is_err_and(|error| !error.is_databases()) {
        let (store, names) = (app.blobs.clone(), new.blobs);
        let _ = tokio::task::spawn_blocking(move || names.delete(&store)).await;
    }
    made
}

/// What an upload keeps in the object store.
#[derive(Debug, Clone)]
struct Blobs {
    sound: BlobKey,
    /// With the SHA-256 of its bytes.
    cover: Option<(BlobKey, [u8; 32])>,
}

impl Blobs {
    fn new(audio: AudioId, cover: Option<&[u8]>) -> Self {
        let cover = cover.map(|jpeg| (orphans::cover_key(audio), Sha256::digest(jpeg).into()));
        Self { sound: orphans::sound_key(audio), cover }
    }

    /// Puts both into the store, or none.
    fn put(
        &self,
        store: &infra::Blobs,
        sound: &std::path::Path,
        cover: Option<Bytes>,
    ) -> Result<(), BlobError> {
        if let Some(((key, _), jpeg)) = self.cover.as_ref().zip(cover) {
            store.put(key, jpeg)?;
        }
        store.adopt(&self.sound, sound).inspect_err(|_| self.delete(store))
    }

    fn delete(&self, store: &infra::Blobs) {
        for key in [Some(&self.sound), self.cover.as_ref().map(|(key, _)| key)].into_iter().flatten() {
            if let Err(error) = store.delete(key) {
                tracing::warn!(%error, "what an upload left stays until the next sweep");
            }
        }
    }
}

/// A file that is in the object store and has no track yet.
struct New {
    audio: AudioId,
    size: u64,
    hash: [u8; 32],
    name: Option<String>,
    metadata: UploadMetadata,
    probed: Probed,
    info: FileInfo,
    blobs: Blobs,
}

impl New {
    async fn write(&self, tx: &mut Tx, music: &Music, who: &Account) -> Result<TrackId, UploadError> {
        let (app, now) = (&music.app, music.app.now());
        let page = artist::page_for(tx, app, who, self.metadata.artist_id).await?;
        // Uploads to one page come one after the other here, so that none misses what another takes.
        let artist_name = queries::take_page(tx, page).await?;
        if let Some(track) = queries::track_of(tx, page, self.hash).await? {
            return Err(UploadError::Duplicate(track));
        }
        let quota_mib = app.config.upload.quota_mib;
        let used = queries::kept_by(tx, page).await?;
        if used.saturating_add(self.size) > quota_mib << 20 {
            return Err(UploadError::Quota { used_mib: used >> 20, quota_mib });
        }
        let id = app.id::<TrackId>();
        let draft = TrackChange {
            album_id: self.album(tx, music, page).await?.map(Some),
            ..self.metadata.clone().draft(&self.info.tags, self.name.as_deref(), &artist_name, now)
        };
        track::create(tx, app, (who.id, page), id, &draft).await?;
        let duration_ms = i64::try_from(self.info.duration_ms).unwrap_or(i64::MAX);
        track::attach_audio(tx, (self.audio, self.sound(id, now)), duration_ms, now).await?;
        if let Some((key, hash)) = &self.blobs.cover {
            let image = ImageId(app.ids.random_uuid());
            let place = key.to_string();
            images::add(tx, &[Image { id: image, source: Source::Blob, place, hash: hash.to_vec() }], now)
                .await?;
            track::set_cover(tx, id, image, now).await?;
        }
        outbox::emit(tx, &Event::TrackUploaded { track: id, artist: page }, app.id::<EventId>(), now).await?;
        job::enqueue(tx, &analyse::job(self.audio, who.id, now), app.id::<JobId>(), now).await?;
        if let Some(visibility) = self.metadata.visibility.filter(|wish| *wish != Visibility::Private) {
            let publish = TrackChange { visibility: Some(visibility), ..TrackChange::default() };
            track::change(tx, app, who.id, id, &publish).await?;
        }
        Ok(id)
    }

    /// The album that the track goes into, made if only its title is known.
    async fn album(
        &self,
        tx: &mut Tx,
        music: &Music,
        page: ArtistId,
    ) -> Result<Option<AlbumId>, UploadError> {
        if let Some(title) = &self.metadata.album_title {
            let mut check = Check::new();
            check.line("/albumTitle", title, 1..=ALBUM_TITLE);
            let both = self.metadata.album_id.is_some();
            check.that(!both, "/albumTitle", "not_allowed", "is for uploads without an albumId").done()?;
        }
        let Some(title) = self.metadata.album_title(&self.info.tags) else {
            return Ok(self.metadata.album_id);
        };
        if let Some(known) = queries::album_titled(tx, page, &fold(&title)).await? {
            return Ok(Some(known));
        }
        let id = music.app.id::<AlbumId>();
        let new = AlbumChange { title: Some(title), ..AlbumChange::default() };
        album::create(tx, &music.app, (id, page), &new).await?;
        Ok(Some(id))
    }

    fn sound(&self, track: TrackId, now: Time) -> NewAudio {
        let Self { info, probed, .. } = self;
        let gain = info.tags.replay_gain;
        NewAudio {
            track,
            source: AudioSource::Blob,
            place: self.blobs.sound.to_string(),
            size: i64::try_from(self.size).unwrap_or(i64::MAX),
            modified_at: now,
            content_type: probed.format.content_type(),
            codec: probed.format.name().to_owned(),
            bitrate: info.bitrate_kbps.map_or(0, |kbps| i64::from(kbps) * 1000),
            sample_rate: i64::from(probed.sample_rate),
            channels: i64::from(probed.channels),
            bit_depth: info.bit_depth.map(i64::from),
            hash: Some(self.hash),
            gain_track_mb: gain.track_gain.map(i64::from),
            gain_album_mb: gain.album_gain.map(i64::from),
        }
    }
}
