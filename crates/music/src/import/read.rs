//! Reading files: tags by the limited child, a sample of the bytes, and the pictures of folders.

use std::{
    collections::HashMap,
    fs::{File, OpenOptions},
    io::{self, Read, Seek, SeekFrom},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use infra::place;
use kernel::Time;
use media::{FileInfo, MediaError, Pool};
use sha2::{Digest, Sha256};
use tokio::task::spawn_blocking;

use super::{ImportError, compare::Candidate, facts::Facts, walk::Sound};

/// How often reading is tried again while all children are taken, half a second apart.
const PATIENCE: u32 = 240;
/// Bytes of a file that tell it from others.
const SAMPLE: u64 = 4096;
/// The largest picture of a folder that is used, in bytes.
const LARGEST_PICTURE: u64 = 20 << 20;

/// A digest of some bytes of a file.
pub(super) type Sample = [u8; 16];
/// SHA-256 of a picture.
pub(super) type PictureHash = [u8; 32];

/// A file that was looked into.
#[derive(Debug)]
pub(super) struct ReadFile {
    pub(super) sound: Sound,
    /// Whether the place is stored.
    pub(super) known: bool,
    /// None if it could not be taken.
    pub(super) sample: Option<Sample>,
    pub(super) outcome: Result<Facts, Refusal>,
    /// Why it is taken without its tags, if so.
    pub(super) untagged: Option<String>,
}

/// Why a file is not music for us.
#[derive(Debug)]
pub(super) struct Refusal {
    /// Whether the next import should try again although nothing changed.
    pub(super) again: bool,
    pub(super) reason: String,
}

/// Files that belong together, read.
#[derive(Debug)]
pub(super) struct ReadBatch {
    pub(super) files: Vec<ReadFile>,
    /// The hashes of the pictures of folders, by their place.
    pub(super) pictures: HashMap<String, PictureHash>,
}

/// Reads `candidates`. A file that cannot be read is part of the answer.
///
/// # Errors
/// When no child can be had.
pub(super) async fn read(
    pool: Pool,
    candidates: Vec<Candidate>,
    now: Time,
) -> Result<ReadBatch, ImportError> {
    let paths: Arc<[PathBuf]> =
        candidates.iter().map(|candidate| place::path(&candidate.sound.place)).collect();
    let sizes: Vec<i64> = candidates.iter().map(|candidate| candidate.sound.size).collect();
    let mut places: Vec<String> = candidates
        .iter()
        .filter_map(|candidate| candidate.sound.picture.as_ref().map(|picture| picture.place.clone()))
        .collect();
    places.dedup();
    let sampled = Arc::clone(&paths);
    let raw = spawn_blocking(move || {
        let samples: Vec<Option<Sample>> =
            sampled.iter().zip(sizes).map(|(path, size)| sample(path, size).ok()).collect();
        let pictures: HashMap<String, PictureHash> =
            places.into_iter().filter_map(|place| Some((place.clone(), picture(&place)?))).collect();
        (samples, pictures)
    });
    let infos = tags(&pool, &paths).await?;
    let (samples, pictures) = raw.await.map_err(|_| ImportError::Interrupted)?;
    let files = candidates
        .into_iter()
        .zip(infos)
        .zip(samples)
        .map(|((Candidate { sound, known }, info), sample)| {
            let error = info.as_ref().ok().and_then(|info| info.tag_error.as_ref());
            let untagged = error.map(|error| format!("taken without its tags: {error}"));
            let outcome =
                info.map(|info| Facts::of(&sound.place, info, now)).map_err(|error| refusal(&error));
            ReadFile { sound, known, sample, outcome, untagged }
        })
        .collect();
    Ok(ReadBatch { files, pictures })
}

/// The tags of each file, once a child is free.
async fn tags(pool: &Pool, paths: &[PathBuf]) -> Result<Vec<Result<FileInfo, MediaError>>, ImportError> {
    if paths.is_empty() {
        return Ok(Vec::new());
    }
    let mut patience = PATIENCE;
    loop {
        let infos = pool.read_tags_many(paths, true).await;
        match infos.iter().find_map(|info| info.as_ref().err()) {
            Some(MediaError::Busy) if patience > 0 => {
                patience -= 1;
                tokio::time::sleep(Duration::from_millis(500)).await;
            }
            // Nothing is wrong with the files.
            Some(error @ (MediaError::NotStarted(_) | MediaError::Busy)) => {
                return Err(ImportError::Media(error.clone()));
            }
            _ => return Ok(infos),
        }
    }
}

fn refusal(error: &MediaError) -> Refusal {
    // Neither permission nor a slow disk shows in the state of the file.
    let again = matches!(error, MediaError::Unreadable(_) | MediaError::TimedOut { .. });
    Refusal { again, reason: error.to_string() }
}

/// A digest of bytes between the middle and the third quarter, at a distance from the end that does not change
/// when tags at the beginning grow a little.
fn sample(path: &Path, size: i64) -> io::Result<Sample> {
    let size = u64::try_from(size).unwrap_or(0);
    let from_end = (size / 2).checked_ilog2().map_or(size, |log| 1 << log);
    let mut file = open(path)?;
    file.seek(SeekFrom::Start(size.saturating_sub(from_end)))?;
    let mut bytes = Vec::new();
    file.take(SAMPLE).read_to_end(&mut bytes)?;
    let digest = Sha256::digest(&bytes);
    digest.first_chunk().copied().ok_or_else(|| io::ErrorKind::InvalidData.into())
}

/// The hash of the picture at `place`, if that is one.
fn picture(place: &str) -> Option<PictureHash> {
    let file = open(&place::path(place)).ok()?;
    let mut bytes = Vec::new();
    file.take(LARGEST_PICTURE + 1).read_to_end(&mut bytes).ok()?;
    let is_picture = bytes.starts_with(&[0xFF, 0xD8, 0xFF])
        || bytes.starts_with(b"\x89PNG\r\n\x1a\n")
        || (bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP"));
    (is_picture && bytes.len() as u64 <= LARGEST_PICTURE).then(|| Sha256::digest(&bytes).into())
}

/// Opens for reading without waiting: what was a file when it was listed may be a pipe by now.
fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).custom_flags(rustix::fs::OFlags::NONBLOCK.bits().cast_signed()).open(path)
}
