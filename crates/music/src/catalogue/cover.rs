//! Covers of albums and tracks and portraits of artists, as their managers set them: whatever was sent is read by
//! somebody who may be harmed by it and written anew.

use std::time::Duration;

use axum::extract::{DefaultBodyLimit, State};
use db::{Tx, feed, sql};
use identity::{
    Account, PictureError,
    images::{self, Image, Source},
};
use infra::{
    BlobError, BlobKey, Blobs, Quota, TempFile,
    http::{ApiResult, Form, Json, Path},
};
use kernel::{AccountId, AlbumId, ArtistId, ErrorCode, Fault, FieldError, ImageId, TrackId};
use sha2::{Digest, Sha256};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{Album, Artist, CatalogueError, FEED, TrackDetail, Viewer, album, artist, track};
use crate::Music;

/// The largest file, in bytes.
const LARGEST: u64 = 10 << 20;
/// What a form adds to its file, at most.
const AROUND: u64 = 64 << 10;
/// The longest side of what is kept, in pixels: the most that `/images` gives out.
const SIDE: u32 = 1024;
/// New covers by account: reading a picture keeps a process busy for a moment.
const BY_ACCOUNT: Quota = Quota { name: "cover", burst: 60, every: Duration::from_secs(10) };

/// Why a cover was not set.
#[derive(Debug, thiserror::Error)]
pub(super) enum CoverError {
    /// Too many in a short time.
    #[error("too many pictures: wait {} seconds", .0.as_secs() + 1)]
    Limited(Duration),
    /// Not a picture that can be used.
    #[error(transparent)]
    Picture(#[from] PictureError),
    /// It cannot be kept.
    #[error(transparent)]
    Blob(#[from] BlobError),
    /// What it is to be the cover of.
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
}

impl From<db::Error> for CoverError {
    fn from(e: db::Error) -> Self {
        Self::Catalogue(e.into())
    }
}

impl Fault for CoverError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::Limited(_) => ErrorCode::RateLimited,
            Self::Picture(e) => e.code(),
            Self::Blob(BlobError::Full(_)) => ErrorCode::InsufficientStorage,
            Self::Blob(_) => ErrorCode::Internal,
            Self::Catalogue(e) => e.code(),
        }
    }

    fn fields(&self) -> Vec<FieldError> {
        match self {
            Self::Picture(PictureError::Unsupported) => {
                vec![FieldError::new("/file", "unsupported", self.to_string())]
            }
            Self::Catalogue(e) => e.fields(),
            _ => Vec::new(),
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Limited(wait) => Some(*wait),
            Self::Picture(e) => e.retry_after(),
            Self::Catalogue(e) => e.retry_after(),
            Self::Blob(_) => None,
        }
    }
}

/// What gets a picture.
#[derive(Debug, Clone, Copy)]
enum Subject {
    Artist(ArtistId),
    Album(AlbumId),
    Track(TrackId),
}

impl Subject {
    async fn check_managed(self, tx: &mut Tx, account: AccountId) -> Result<(), CatalogueError> {
        match self {
            Self::Artist(id) => artist::check_managed(tx, account, id).await,
            Self::Album(id) => album::check_managed(tx, account, id).await,
            Self::Track(id) => track::check_managed(tx, account, id).await,
        }
    }

    /// The picture that it has.
    async fn picture(self, tx: &mut Tx) -> db::Result<Option<ImageId>> {
        let query = match self {
            Self::Artist(id) => sql!("SELECT avatar_id FROM artist WHERE id = $1 {for_update}").bind(id),
            Self::Album(id) => sql!("SELECT cover_id FROM album WHERE id = $1 {for_update}").bind(id),
            Self::Track(id) => sql!("SELECT cover_id FROM track WHERE id = $1 {for_update}").bind(id),
        };
        query.scalar(tx).await
    }

    async fn set(self, tx: &mut Tx, picture: ImageId, now: kernel::Time) -> db::Result<()> {
        match self {
            Self::Artist(id) => {
                artist::set_avatar(tx, id, picture, now).await?;
                feed::append(tx, FEED, id, now).await
            }
            Self::Album(id) => {
                album::set_cover(tx, id, picture, now).await?;
                feed::append(tx, FEED, id, now).await
            }
            Self::Track(id) => {
                track::set_cover(tx, id, picture, now).await?;
                feed::append(tx, FEED, id, now).await
            }
        }
    }
}

/// Makes the picture in `form` that of `subject`, if `account` manages it.
async fn put(music: &Music, account: AccountId, subject: Subject, form: Form) -> ApiResult<()> {
    let allowed: Result<(), CatalogueError> =
        db::read!(music.app.db, |tx| subject.check_managed(tx, account).await);
    allowed?;
    let file = form.only_file(&music.app, "file", LARGEST).await?;
    Ok(keep(music, account, subject, &file).await?)
}

async fn keep(
    music: &Music,
    account: AccountId,
    subject: Subject,
    file: &TempFile,
) -> Result<(), CoverError> {
    let app = &music.app;
    app.limits.take(BY_ACCOUNT, &account.to_string(), app.now()).map_err(CoverError::Limited)?;
    let jpeg = music.identity.pictures.square(file.path(), SIDE).await?;
    let id = ImageId(app.ids.random_uuid());
    let key =
        BlobKey::new(format!("images/{id}.jpg")).expect("ids are lower-case hexadecimal digits and hyphens");
    let hash = Sha256::digest(&jpeg).to_vec();
    let image = Image { id, source: Source::Blob, place: key.to_string(), hash };
    on_disk(app.blobs.clone(), key.clone(), move |blobs, key| blobs.put(key, jpeg.into())).await?;
    let now = app.now();
    let changed: Result<_, CoverError> = db::write!(app.db, |tx| {
        subject.check_managed(tx, account).await?;
        let old = subject.picture(tx).await?;
        images::add(tx, std::slice::from_ref(&image), now).await?;
        subject.set(tx, id, now).await?;
        Ok(forget(tx, old).await?)
    });
    // Whichever picture is not in use now goes.
    let (result, unused) = match changed {
        Ok(old) => (Ok(()), old),
        Err(e) => (Err(e), Some(key)),
    };
    if let Some(unused) = unused
        && let Err(error) = on_disk(app.blobs.clone(), unused, Blobs::delete).await
    {
        tracing::warn!(%error, "a picture that is not in use any more stays");
    }
    result
}

/// Forgets a picture unless something else has it too; answers the blob that is not in use any more.
async fn forget(tx: &mut Tx, picture: Option<ImageId>) -> db::Result<Option<BlobKey>> {
    let Some(picture) = picture else { return Ok(None) };
    let in_use: bool = sql!(
        "SELECT EXISTS (SELECT 1 FROM track WHERE cover_id = $id) OR EXISTS (SELECT 1 FROM album WHERE cover_id = $id)
             OR EXISTS (SELECT 1 FROM artist WHERE avatar_id = $id)
             OR EXISTS (SELECT 1 FROM account WHERE avatar_id = $id)"
    )
    .set("id", picture)
    .scalar(tx)
    .await?;
    if in_use {
        return Ok(None);
    }
    let gone = images::remove(tx, picture).await?;
    Ok(gone.filter(|image| image.source == Source::Blob).and_then(|image| BlobKey::new(image.place)))
}

/// Runs a call of the store where blocking is allowed.
async fn on_disk(
    blobs: Blobs,
    key: BlobKey,
    call: impl FnOnce(&Blobs, &BlobKey) -> Result<(), BlobError> + Send + 'static,
) -> Result<(), BlobError> {
    let lost = BlobError::Io { key: key.clone(), source: std::io::ErrorKind::Interrupted.into() };
    tokio::task::spawn_blocking(move || call(&blobs, &key)).await.unwrap_or(Err(lost))
}

pub(super) fn routes() -> OpenApiRouter<Music> {
    let largest = usize::try_from(LARGEST + AROUND).unwrap_or(usize::MAX);
    OpenApiRouter::new()
        .routes(routes!(put_artist_avatar))
        .routes(routes!(put_album_cover))
        .routes(routes!(put_track_cover))
        .layer(DefaultBodyLimit::max(largest))
}

/// A form with a picture.
#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "a description of the form; its file is read from the stream")]
struct PictureForm {
    /// A JPEG, PNG or WebP file of at most 10 MiB.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
}

/// Set the picture of an artist page.
///
/// The middle square of it is kept, at most 1024 pixels wide, without anything else that the file says.
#[utoipa::path(
    put, path = "/api/v1/artists/{id}/avatar", operation_id = "putArtistAvatar", tag = "artists",
    params(("id" = ArtistId, Path)),
    request_body(content = PictureForm, content_type = "multipart/form-data"),
    responses((status = 200, description = "The artist as it is now", body = Artist)),
    extensions(
        ("x-authz" = json!({"object": "artist", "allow": ["owner", "manager"], "visibility": "own"})),
        ("x-errors" = json!(["artist_not_found", "unsupported_picture", "picture_too_large"]))
    ),
)]
async fn put_artist_avatar(
    State(music): State<Music>,
    who: Account,
    Path(id): Path<ArtistId>,
    form: Form,
) -> ApiResult<Json<Artist>> {
    put(&music, who.id, Subject::Artist(id), form).await?;
    let artist: Result<_, CatalogueError> =
        db::read!(music.app.db, |tx| artist::get(tx, Viewer::member(who.id), id).await);
    Ok(Json(artist?))
}

/// Set the cover of an album.
///
/// The middle square of it is kept, at most 1024 pixels wide, without anything else that the file says.
#[utoipa::path(
    put, path = "/api/v1/albums/{id}/cover", operation_id = "putAlbumCover", tag = "albums",
    params(("id" = AlbumId, Path)),
    request_body(content = PictureForm, content_type = "multipart/form-data"),
    responses((status = 200, description = "The album as it is now", body = Album)),
    extensions(
        ("x-authz" = json!({"object": "album", "allow": ["owner", "manager"], "visibility": "own"})),
        ("x-errors" = json!(["album_not_found", "unsupported_picture", "picture_too_large"]))
    ),
)]
async fn put_album_cover(
    State(music): State<Music>,
    who: Account,
    Path(id): Path<AlbumId>,
    form: Form,
) -> ApiResult<Json<Album>> {
    put(&music, who.id, Subject::Album(id), form).await?;
    let album: Result<_, CatalogueError> =
        db::read!(music.app.db, |tx| album::get(tx, Viewer::member(who.id), id).await);
    Ok(Json(album?))
}

/// Set the cover of a track.
///
/// The middle square of it is kept, at most 1024 pixels wide, without anything else that the file says. A track
/// without its own cover shows that of its album.
#[utoipa::path(
    put, path = "/api/v1/tracks/{id}/cover", operation_id = "putTrackCover", tag = "tracks",
    params(("id" = TrackId, Path)),
    request_body(content = PictureForm, content_type = "multipart/form-data"),
    responses((status = 200, description = "The track as it is now", body = TrackDetail)),
    extensions(
        ("x-authz" = json!({"object": "track", "allow": ["owner", "manager"], "visibility": "own"})),
        ("x-errors" = json!(["track_not_found", "unsupported_picture", "picture_too_large"]))
    ),
)]
async fn put_track_cover(
    State(music): State<Music>,
    who: Account,
    Path(id): Path<TrackId>,
    form: Form,
) -> ApiResult<Json<TrackDetail>> {
    put(&music, who.id, Subject::Track(id), form).await?;
    let track: Result<_, CatalogueError> =
        db::read!(music.app.db, |tx| track::get(tx, Viewer::member(who.id), id).await);
    Ok(Json(track?))
}
