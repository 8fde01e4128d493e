//! What playback must know of a track before it answers, remembered for a moment so that a request for bytes seldom
//! asks the database.

use std::{
    hash::{BuildHasher, RandomState},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, UNIX_EPOCH},
};

use db::Db;
use http::HeaderValue;
use infra::BlobKey;
use kernel::{AccountId, AudioId, Time, TrackId};
use quick_cache::sync::Cache;

use super::{
    Ask, PlaybackError,
    conditions::Validators,
    files::{Known, Place},
    queries,
};
use crate::catalogue::{PreviewSpan, Viewer};

/// How long a node goes on with what it read; what another node changed counts here after it.
const MEMORY: Duration = Duration::from_secs(5);
/// Pairs of track and listener remembered at most; those that were not asked for longest make room.
const PAIRS: usize = 20_000;
/// Tracks are spread over this many counters of changes.
const COUNTERS: usize = 1024;

/// A file that can be served, and what is said of it.
#[derive(Debug, Clone)]
pub(super) struct Sound {
    /// The file.
    pub known: Known,
    /// What it is.
    pub content_type: HeaderValue,
    /// What these very bytes are recognised by.
    pub etag: HeaderValue,
    /// When they were last changed.
    pub last_modified: HeaderValue,
    /// Which part of its track it is; none for the whole.
    pub part: Option<PreviewSpan>,
}

impl Sound {
    /// What a caller's copy is recognised by.
    pub(super) fn validators(&self) -> Validators<'_> {
        Validators { etag: self.etag.to_str().unwrap_or_default(), modified: self.known.modified }
    }
}

/// The preview that a track should have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Wanted {
    audio: AudioId,
    modified: Time,
    /// Where it begins, in milliseconds.
    pub start_ms: i64,
    /// How long it is, in milliseconds; 0 for none.
    pub length_ms: i64,
}

impl Wanted {
    /// The preview cut from `audio`, as it was since `modified`: `span` is what the artist wants of it, start and
    /// length. A preview is never more than half of its track, and lies within it.
    pub(super) fn new(audio: AudioId, modified: Time, span: (i64, i64), duration_ms: i64) -> Self {
        let length_ms = span.1.min(duration_ms / 2);
        Self { audio, modified, start_ms: span.0.min(duration_ms - length_ms), length_ms }
    }

    /// Which part of its track it is.
    pub(super) fn part(&self) -> PreviewSpan {
        PreviewSpan { start_ms: self.start_ms, length_ms: self.length_ms }
    }

    /// Where it lies. A preview that lies elsewhere is an old one.
    pub(super) fn key(&self) -> Option<BlobKey> {
        let Self { audio, modified, start_ms, length_ms } = self;
        BlobKey::new(format!("preview/{audio}-{}-{start_ms}-{length_ms}", modified.micros().unsigned_abs()))
    }
}

/// A track, as far as one listener's playback is concerned.
#[derive(Debug, Clone)]
pub(super) struct Facts {
    /// How long it is.
    pub duration_ms: i64,
    /// Whether it has a price.
    pub priced: bool,
    /// Whether the listener manages its artist page.
    pub manager: bool,
    /// Whether its file was there when somebody last looked.
    pub available: bool,
    /// The file that came with it.
    pub original: Sound,
    /// The part of it for those who may hear no more.
    pub preview: Preview,
}

impl Facts {
    /// The question that the policy is asked about it, from the byte `from` on.
    pub(super) fn ask(&self, track: TrackId, viewer: Viewer, from: u64) -> Ask {
        let Self { priced, manager, .. } = *self;
        let duration_ms = u64::try_from(self.duration_ms).unwrap_or(0);
        let size = self.original.known.size;
        Ask { track, size, duration_ms, from, priced, account: viewer.account(), manager }
    }
}

/// How it stands with a preview.
#[derive(Debug, Clone)]
pub(super) enum Preview {
    /// It can be served.
    There(Sound),
    /// It is to be cut.
    Pending,
    /// The track is to have none, or its file cannot be decoded.
    Never,
}

/// What this node remembers.
pub(super) struct Access {
    pairs: Cache<(TrackId, Option<AccountId>), Remembered>,
    /// Counts the changes of each share of the tracks: what was read before the last change is void.
    changes: Box<[AtomicU64]>,
    spread: RandomState,
}

#[derive(Clone)]
struct Remembered {
    facts: Arc<Facts>,
    read_at: Time,
    change: u64,
}

impl Access {
    /// Nothing remembered.
    pub(super) fn new() -> Self {
        Self {
            pairs: Cache::new(PAIRS),
            changes: (0..COUNTERS).map(|_| AtomicU64::new(0)).collect(),
            spread: RandomState::new(),
        }
    }

    fn counter(&self, track: TrackId) -> &AtomicU64 {
        // Truncating a hash loses nothing.
        let share = usize::try_from(self.spread.hash_one(track) & u64::from(u32::MAX)).unwrap_or_default();
        &self.changes[share % COUNTERS]
    }

    /// Forgets what was read of `track`.
    pub(super) fn forget(&self, track: TrackId) {
        self.counter(track).fetch_add(1, Ordering::AcqRel);
    }

    /// Forgets what was read of every track.
    pub(super) fn forget_all(&self) {
        for counter in &self.changes {
            counter.fetch_add(1, Ordering::AcqRel);
        }
    }

    /// What there is to know of `track` for `viewer`.
    ///
    /// # Errors
    /// [`PlaybackError::TrackNotFound`] if the viewer does not see it.
    pub(super) async fn of(
        &self,
        db: &Db,
        track: TrackId,
        viewer: Viewer,
        now: Time,
    ) -> Result<Arc<Facts>, PlaybackError> {
        let change = self.counter(track).load(Ordering::Acquire);
        if let Some(known) = self.pairs.get(&(track, viewer.account()))
            && known.change == change
            && known.read_at <= now
            && now < known.read_at.plus(MEMORY)
        {
            return Ok(known.facts);
        }
        // In a box, as all that most requests do without: their futures are moved, and this is most of one.
        let found = Box::pin(async { db::read!(db, |tx| queries::facts(tx, track, viewer).await) }).await?;
        let facts = Arc::new(found.ok_or(PlaybackError::TrackNotFound(track))?);
        let known = Remembered { facts: Arc::clone(&facts), read_at: now, change };
        self.pairs.insert((track, viewer.account()), known);
        Ok(facts)
    }
}

impl Sound {
    /// A file as it is served; `tag` tells it from every other file.
    pub(super) fn new(known: Known, content_type: &str, tag: &str) -> Self {
        let Known { size, modified, .. } = known;
        let etag = format!("\"{tag}-{size:x}-{:x}\"", modified.micros());
        let date = UNIX_EPOCH + Duration::from_secs(modified.unix_seconds().try_into().unwrap_or(0));
        let unknown = HeaderValue::from_static("application/octet-stream");
        Self {
            content_type: HeaderValue::from_str(content_type).unwrap_or(unknown),
            etag: HeaderValue::try_from(etag).unwrap_or(HeaderValue::from_static("\"\"")),
            last_modified: HeaderValue::try_from(httpdate::fmt_http_date(date))
                .unwrap_or(HeaderValue::from_static("")),
            known,
            part: None,
        }
    }
}

/// The place that the columns `source` and `place` name.
pub(super) fn place(source: &str, place: &str) -> Option<Place> {
    match source {
        "blob" => BlobKey::new(place).map(Place::Blob),
        _ => Some(Place::File(infra::place::path(place))),
    }
}
