//! Pictures on their way out: covers and avatars, re-encoded by a media child to the size that was asked for.
//!
//! The rows belong to [`identity::images`]. Whoever knows an id may fetch the picture: ids are random. What a child
//! made is kept in the object store ([`sized`]), where it can be removed at any time; it is given out for as long as there is a
//! row.

use std::path::PathBuf;

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use identity::{
    images::{self, Image, Source},
    pictures::{SIZES, sized},
};
use infra::{
    BlobError, BlobKey,
    http::{ApiResult, Path, Query, Routes},
    place, routes,
};
use kernel::{ErrorCode, Fault, ImageId};
use media::{Fit, MediaError};
use serde::Deserialize;
use tokio::sync::Mutex;

use crate::Music;

/// The routes of this module.
pub fn routes() -> Routes<Music> {
    Routes::new().routes(routes!(get_image))
}

/// Why there is no picture.
#[derive(Debug, thiserror::Error)]
pub enum PictureError {
    /// No such picture, or what it was made of is gone.
    #[error("there is no such picture")]
    Missing,
    /// The file holds no picture that can be shown.
    #[error("the picture cannot be read: {0}")]
    Unreadable(MediaError),
    /// Too many pictures are being made.
    #[error("too many pictures are being made at the moment")]
    Busy,
    /// The object store failed.
    #[error(transparent)]
    Blob(#[from] BlobError),
    /// A temporary file could not be written.
    #[error("a temporary file: {0}")]
    Temporary(#[from] std::io::Error),
    /// The database failed.
    #[error(transparent)]
    Db(#[from] db::Error),
}

impl Fault for PictureError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::Missing | Self::Unreadable(_) => ErrorCode::ImageNotFound,
            Self::Busy => ErrorCode::Unavailable,
            Self::Blob(BlobError::Full(_)) => ErrorCode::InsufficientStorage,
            Self::Blob(_) | Self::Temporary(_) => ErrorCode::Internal,
            Self::Db(e) => e.code(),
        }
    }

    fn retry_after(&self) -> Option<std::time::Duration> {
        match self {
            Self::Busy => Some(std::time::Duration::from_secs(1)),
            Self::Db(e) => e.retry_after(),
            _ => None,
        }
    }
}

impl From<MediaError> for PictureError {
    fn from(e: MediaError) -> Self {
        match e {
            MediaError::Busy | MediaError::NotStarted(_) => Self::Busy,
            MediaError::NoPicture | MediaError::Unreadable(_) => Self::Missing,
            e => Self::Unreadable(e),
        }
    }
}

#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Wish {
    /// Pixels a side, 64 to 1024; 512 unless said.
    #[param(minimum = 1, maximum = 4096, example = 256)]
    size: Option<u32>,
}

/// Fetches a cover or an avatar as a JPEG of about the size asked for.
#[utoipa::path(
    get, path = "/api/v1/images/{id}", operation_id = "getImage", tag = "images",
    params(("id" = ImageId, Path), Wish),
    responses(
        (status = 200, description = "The picture", body = Vec<u8>, content_type = "image/jpeg"),
        (status = 304, description = "The picture that the caller has is the same"),
    ),
    extensions(
        ("x-authz" = json!({"object": "image", "allow": ["anonymous"], "visibility": "none"})),
        ("x-errors" = json!(["image_not_found"]))
    ),
)]
async fn get_image(
    State(music): State<Music>,
    Path(id): Path<ImageId>,
    Query(wish): Query<Wish>,
    headers: HeaderMap,
) -> ApiResult<Response> {
    let size = snapped(wish.size.unwrap_or(512));
    let tag = format!("\"{id}-{size}\"");
    // What is kept of a picture that nobody has any more is nobody's.
    let image = db::read!(music.app.db, |tx| images::find(tx, id).await).map_err(PictureError::Db)?;
    let image = image.ok_or(PictureError::Missing)?;
    if headers.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes()) {
        return Ok((StatusCode::NOT_MODIFIED, kept(&tag)).into_response());
    }
    let jpeg = jpeg(&music, &image, size).await?;
    Ok((kept(&tag), [(header::CONTENT_TYPE, "image/jpeg")], jpeg).into_response())
}

/// A picture never changes under its id, so whoever has it keeps it.
fn kept(tag: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable"));
    if let Ok(tag) = HeaderValue::from_str(tag) {
        headers.insert(header::ETAG, tag);
    }
    headers
}

/// The smallest size that is no smaller than `wish`.
fn snapped(wish: u32) -> u32 {
    SIZES.into_iter().find(|size| *size >= wish).unwrap_or(SIZES[SIZES.len() - 1])
}

/// Whoever makes a picture has its turn, so that many who ask for one at a time make it once. Two pictures may share
/// a turn; then the second waits for nothing, which is rare and harmless.
static TURNS: [Mutex<()>; 64] = [const { Mutex::const_new(()) }; 64];

fn turn(id: ImageId, size: u32) -> &'static Mutex<()> {
    let bytes =
        id.0.as_bytes()
            .iter()
            .chain(&size.to_le_bytes())
            .fold(0, |sum: usize, byte| sum.wrapping_mul(31).wrapping_add(usize::from(*byte)));
    &TURNS[bytes % TURNS.len()]
}

async fn jpeg(music: &Music, image: &Image, size: u32) -> Result<Bytes, PictureError> {
    let id = image.id;
    let key = sized(id, size);
    match stored(music, key.clone()).await {
        Err(PictureError::Blob(BlobError::Missing(_))) => {}
        found => return found,
    }
    let _turn = turn(id, size).lock().await;
    // Made by whoever had the turn before.
    match stored(music, key.clone()).await {
        Err(PictureError::Blob(BlobError::Missing(_))) => {}
        found => return found,
    }
    let (path, copy) = local(music, image).await?;
    let picture = music.media.read_picture(&path, size, Fit::Inside).await;
    drop(copy);
    let jpeg = Bytes::from(picture?.jpeg);
    let (blobs, bytes) = (music.app.blobs.clone(), jpeg.clone());
    // The picture is right even if it cannot be kept; the next caller makes it again.
    if let Ok(Err(error)) = tokio::task::spawn_blocking(move || blobs.put(&key, bytes)).await {
        tracing::warn!(%error, image = %id, "a picture could not be kept");
    }
    Ok(jpeg)
}

async fn stored(music: &Music, key: BlobKey) -> Result<Bytes, PictureError> {
    let blobs = music.app.blobs.clone();
    let read = tokio::task::spawn_blocking(move || blobs.get(&key)).await;
    Ok(read.map_err(std::io::Error::other)??)
}

/// A copy that goes away when it is no longer needed.
struct Copy(PathBuf);

impl Drop for Copy {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// Where a child can read what the picture is made of.
async fn local(music: &Music, image: &Image) -> Result<(PathBuf, Option<Copy>), PictureError> {
    if image.source != Source::Blob {
        return Ok((place::path(&image.place), None));
    }
    let key = BlobKey::new(&*image.place).ok_or(PictureError::Missing)?;
    if let Some(path) = music.app.blobs.local_path(&key) {
        return Ok((path, None));
    }
    let bytes = match stored(music, key).await {
        Err(PictureError::Blob(BlobError::Missing(_))) => return Err(PictureError::Missing),
        found => found?,
    };
    let name = format!("picture-{}", music.app.ids.random_uuid().simple());
    let copy = Copy(music.app.config.data.join("tmp").join(name));
    tokio::fs::write(&copy.0, bytes).await?;
    Ok((copy.0.clone(), Some(copy)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wishes_are_met_by_a_few_sizes() {
        assert_eq!([1, 64, 65, 300, 1024, 9999].map(snapped), [64, 64, 128, 512, 1024, 1024]);
    }
}
