//! Covers of albums and tracks and portraits of artists, as their managers set them: whatever was sent is read by
//! somebody who may be harmed by it and written anew.

use std::time::Duration;

use axum::extract::State;
use db::{Tx, feed, sql};
use identity::{
    Account,
    images::{self, Image},
    pictures::{self, KeepError, LARGEST_FORM},
};
use infra::{
    http::{ApiResult, Form, Json, Path, Routes},
    routes,
};
use kernel::{AccountId, AlbumId, ArtistId, ErrorCode, Fault, FieldError, ImageId, TrackId};

use super::{Album, Artist, CatalogueError, FEED, TrackDetail, Viewer, album, artist, track};
use crate::Music;

/// Why a cover was not set.
#[derive(Debug, thiserror::Error)]
pub(super) enum CoverError {
    /// The picture.
    #[error(transparent)]
    Picture(#[from] KeepError),
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
            Self::Picture(e) => e.code(),
            Self::Catalogue(e) => e.code(),
        }
    }

    fn fields(&self) -> Vec<FieldError> {
        match self {
            Self::Picture(e) => e.fields(),
            Self::Catalogue(e) => e.fields(),
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Picture(e) => e.retry_after(),
            Self::Catalogue(e) => e.retry_after(),
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
    Ok(keep(music, account, subject, form).await?)
}

async fn keep(music: &Music, account: AccountId, subject: Subject, form: Form) -> Result<(), CoverError> {
    let image = pictures::keep(&music.identity, account, form).await?;
    let now = music.app.now();
    let changed: Result<_, CoverError> = db::write!(music.app.db, |tx| {
        subject.check_managed(tx, account).await?;
        let old = subject.picture(tx).await?;
        images::add(tx, std::slice::from_ref(&image), now).await?;
        subject.set(tx, image.id, now).await?;
        Ok(forget(tx, old).await?)
    });
    // Whichever picture is not in use now goes.
    let (result, unused) = match changed {
        Ok(old) => (Ok(()), old),
        Err(e) => (Err(e), Some(image)),
    };
    pictures::discard(&music.app, unused).await;
    result
}

/// Forgets a picture unless something else has it too; answers it if it is not in use any more.
pub(crate) async fn forget(tx: &mut Tx, picture: Option<ImageId>) -> db::Result<Option<Image>> {
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
    images::remove(tx, picture).await
}

pub(super) fn routes() -> Routes<Music> {
    Routes::new()
        .routes(routes!(put_artist_avatar))
        .routes(routes!(put_album_cover))
        .routes(routes!(put_track_cover))
        .body_limit(LARGEST_FORM)
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
