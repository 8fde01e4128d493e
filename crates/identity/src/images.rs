//! Where pictures are kept: avatars and covers. Whoever knows the id of a picture may fetch it, so ids are random.
//!
//! Owns: image.

use std::{collections::HashMap, str::FromStr};

use db::{Result, Rows, Tx, from_row, sql};
use kernel::{ImageId, Time};

/// Where the bytes of a picture are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Source {
    /// In the object store, under `place`.
    Blob,
    /// Inside the sound file at `place`.
    Embedded,
    /// In the file at `place`.
    File,
}

impl Source {
    /// Its name in the database.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Blob => "blob",
            Self::Embedded => "embedded",
            Self::File => "file",
        }
    }
}

/// A text that names no source of pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a picture's source is one of blob, embedded, file")]
pub struct NotASource;

impl FromStr for Source {
    type Err = NotASource;

    fn from_str(code: &str) -> Result<Self, NotASource> {
        let all = [Self::Blob, Self::Embedded, Self::File];
        all.into_iter().find(|source| source.code() == code).ok_or(NotASource)
    }
}

db::text_column!(Source);

/// A picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    /// Its id; make it with [`kernel::Ids::random_uuid`].
    pub id: ImageId,
    /// Where its bytes are.
    pub source: Source,
    /// A key of the object store, or a path.
    pub place: String,
    /// SHA-256 of its bytes, to know it again.
    pub hash: Vec<u8>,
}

from_row!(Image { id, source, place, hash });

/// Notes where pictures are.
pub async fn add(tx: &mut Tx, images: &[Image], now: Time) -> Result<()> {
    let row = |image: &Image| (image.id, image.source, image.place.as_str().to_owned(), image.hash.clone());
    sql!(
        "INSERT INTO image (id, source, place, hash, created_at)
         SELECT r.id, r.source, r.place, r.hash, $now
         FROM {rows $images r(id uuid, source text, place text, hash bytes)}"
    )
    .set("now", now)
    .set_rows("images", images.iter().map(row).collect::<Rows>())
    .run(tx)
    .await?;
    Ok(())
}

/// Notes pictures that lie in files of the library and answers their ids by hash: each hash has one id, which is found
/// at its newest place.
pub async fn note(tx: &mut Tx, images: &[Image], now: Time) -> Result<HashMap<Vec<u8>, ImageId>> {
    if images.is_empty() {
        return Ok(HashMap::new());
    }
    let row = |image: &Image| (image.id, image.source, image.place.clone(), image.hash.clone());
    let noted: Vec<(Vec<u8>, ImageId)> = sql!(
        "INSERT INTO image (id, source, place, hash, created_at)
         SELECT r.id, r.source, r.place, r.hash, $now
         FROM {rows $images r(id uuid, source text, place text, hash bytes)}
         WHERE true
         ON CONFLICT (hash) WHERE source <> 'blob' DO UPDATE SET source = excluded.source, place = excluded.place
         RETURNING hash, id"
    )
    .set("now", now)
    .set_rows("images", images.iter().map(row).collect::<Rows>())
    .all(tx)
    .await?;
    Ok(noted.into_iter().collect())
}

/// Where a picture is.
pub async fn find(tx: &mut Tx, id: ImageId) -> Result<Option<Image>> {
    sql!("SELECT id, source, place, hash FROM image WHERE id = $1").bind(id).maybe(tx).await
}

/// Those of `ids` that there are.
pub async fn known(tx: &mut Tx, ids: &[ImageId]) -> Result<Vec<ImageId>> {
    sql!("SELECT i.id FROM {rows $1 r(id uuid)} JOIN image i ON i.id = r.id")
        .rows(ids.iter().map(|id| (*id,)).collect::<Rows>())
        .column(tx)
        .await
}

/// Forgets a picture that nothing refers to any more; answers where it was.
pub async fn remove(tx: &mut Tx, id: ImageId) -> Result<Option<Image>> {
    sql!("DELETE FROM image WHERE id = $1 RETURNING id, source, place, hash").bind(id).maybe(tx).await
}
