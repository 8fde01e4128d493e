use std::collections::{HashMap, HashSet};

use db::{Rows, Tx, from_row, sql, text_column};
use kernel::{AlbumId, ArtistId, Cursor, ImportId, Limit, Page, Time, TrackId};

use super::{api::Import, progress::Counts, read::Sample, walk::Sound};

/// The tables that an import fills.
pub(super) const GROWING: [&str; 11] = [
    "album",
    "album_genre",
    "artist",
    "artist_genre",
    "audio",
    "credit",
    "feed",
    "genre",
    "library_file",
    "track",
    "track_genre",
];

/// Where a file stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FileState {
    /// A track.
    Ok,
    /// Of no use until it changes.
    Broken,
    /// Could not be opened: tried again each time.
    Unread,
    /// Was there once.
    Missing,
}

impl FileState {
    pub(super) const fn code(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Broken => "broken",
            Self::Unread => "unread",
            Self::Missing => "missing",
        }
    }
}

impl std::str::FromStr for FileState {
    type Err = ();

    fn from_str(code: &str) -> Result<Self, ()> {
        [Self::Ok, Self::Broken, Self::Unread, Self::Missing]
            .into_iter()
            .find(|state| state.code() == code)
            .ok_or(())
    }
}

text_column!(FileState);

/// A stored file, as far as it takes to see whether it changed.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) place: String,
    size: i64,
    modified_ns: i64,
    inode: i64,
    picture: i64,
    state: FileState,
    /// Why it is of no use or, if it is, what is wrong with it.
    pub(super) error: Option<String>,
}

from_row!(Known { place, size, modified_ns, inode, picture, state, error });

impl Known {
    /// Whether nothing is new about the file.
    pub(super) fn is(&self, sound: &Sound) -> bool {
        matches!(self.state, FileState::Ok | FileState::Broken)
            && (self.size, self.modified_ns, self.inode) == (sound.size, sound.modified_ns, sound.inode)
            && self.picture == sound.picture_stamp()
    }

    pub(super) fn is_broken(&self) -> bool {
        self.state == FileState::Broken
    }

    pub(super) fn is_missing(&self) -> bool {
        self.state == FileState::Missing
    }
}

/// Up to `n` stored files whose places lie between `after` and `end`, in their order.
pub(super) async fn known(tx: &mut Tx, after: &str, end: &str, n: u32) -> db::Result<Vec<Known>> {
    sql!(
        "SELECT place, size, modified_ns, inode, picture, state, error FROM library_file
         WHERE place > $1 AND place < $2 ORDER BY place LIMIT $3"
    )
    .bind(after)
    .bind(end)
    .bind(n)
    .all(tx)
    .await
}

/// What a stored file belongs to.
#[derive(Debug, Clone)]
pub(super) struct Owner {
    pub(super) place: String,
    pub(super) track_id: TrackId,
    pub(super) sample: Option<Vec<u8>>,
    pub(super) artist_id: ArtistId,
    pub(super) album_id: Option<AlbumId>,
    pub(super) available: bool,
    pub(super) duration_ms: i64,
}

from_row!(Owner { place, track_id, sample, artist_id, album_id, available, duration_ms });

/// The tracks of the files at `places`.
pub(super) async fn owners(tx: &mut Tx, places: &[&str]) -> db::Result<HashMap<String, Owner>> {
    let owners: Vec<Owner> = sql!(
        "SELECT f.place, f.track_id, f.sample, t.artist_id, t.album_id, t.available, t.duration_ms
         FROM {rows $1 r(place text)} JOIN library_file f ON f.place = r.place JOIN track t ON t.id = f.track_id"
    )
    .rows(places.iter().map(|place| (*place,)).collect::<Rows>())
    .all(tx)
    .await?;
    Ok(owners.into_iter().map(|owner| (owner.place.clone(), owner)).collect())
}

/// Those of `pages` that are no more the library's but somebody's. Nobody is given another before the transaction ends.
pub(super) async fn assigned(tx: &mut Tx, pages: &HashSet<ArtistId>) -> db::Result<HashSet<ArtistId>> {
    let pages: Vec<(ArtistId, bool)> = sql!(
        "SELECT id, library FROM artist WHERE id IN (SELECT r.id FROM {rows $1 r(id uuid)}) ORDER BY id {for_update}"
    )
    .rows(pages.iter().map(|page| (*page,)).collect::<Rows>())
    .all(tx)
    .await?;
    Ok(pages.into_iter().filter(|(_, library)| !library).map(|(page, _)| page).collect())
}

/// A file that has the same bytes in its middle as another.
#[derive(Debug)]
pub(super) struct Twin {
    pub(super) place: String,
    pub(super) sample: Vec<u8>,
    pub(super) size: i64,
    pub(super) modified_ns: i64,
    pub(super) inode: i64,
}

from_row!(Twin { place, sample, size, modified_ns, inode });

/// The most twins that are looked at for one batch.
const TWINS: i64 = 5_000;

/// Stored files with a track and one of `samples`.
pub(super) async fn twins(tx: &mut Tx, samples: Rows) -> db::Result<Vec<Twin>> {
    sql!(
        "SELECT f.place, f.sample, f.size, f.modified_ns, f.inode
         FROM {rows $1 r(sample bytes)} JOIN library_file f ON f.sample = r.sample
         WHERE f.track_id IS NOT NULL ORDER BY f.place LIMIT $2"
    )
    .rows(samples)
    .bind(TWINS)
    .all(tx)
    .await
}

/// Forgets the files at `places`, whose tracks get other files; answers those that were there.
pub(super) async fn forget(tx: &mut Tx, places: Rows) -> db::Result<Vec<String>> {
    sql!("DELETE FROM library_file WHERE place IN (SELECT r.place FROM {rows $1 r(place text)}) RETURNING place")
        .rows(places)
        .column(tx)
        .await
}

/// A row of `library_file`.
#[derive(Debug)]
pub(super) struct FileRow<'a> {
    pub(super) sound: &'a Sound,
    pub(super) state: FileState,
    pub(super) error: Option<&'a str>,
    pub(super) track: Option<TrackId>,
    pub(super) sample: Option<Sample>,
}

/// Stores how files are now. A file that broke keeps its track and its sample.
pub(super) async fn store(tx: &mut Tx, files: &[FileRow<'_>]) -> db::Result<()> {
    use db::ToValue;
    let rows: Rows = files
        .iter()
        .map(|file| {
            vec![
                file.sound.place.as_str().to_value(),
                file.sound.size.to_value(),
                file.sound.modified_ns.to_value(),
                file.sound.inode.to_value(),
                file.sound.picture_stamp().to_value(),
                file.state.to_value(),
                file.error.to_value(),
                file.track.to_value(),
                file.sample.as_ref().map(|sample| &sample[..]).to_value(),
            ]
        })
        .collect();
    sql!(
        "INSERT INTO library_file (place, size, modified_ns, inode, picture, state, error, track_id, sample)
         SELECT r.place, r.size, r.modified_ns, r.inode, r.picture, r.state, r.error, r.track_id, r.sample
         FROM {rows $1 r(place text, size int, modified_ns int, inode int, picture int, state text, error text,
             track_id uuid, sample bytes)}
         WHERE true
         ON CONFLICT (place) DO UPDATE SET size = excluded.size, modified_ns = excluded.modified_ns,
             inode = excluded.inode, picture = excluded.picture, state = excluded.state, error = excluded.error,
             track_id = COALESCE(excluded.track_id, library_file.track_id),
             sample = COALESCE(excluded.sample, library_file.sample)"
    )
    .rows(rows)
    .run(tx)
    .await?;
    Ok(())
}

/// Marks the files at `places` as missing; answers the tracks that they were.
pub(super) async fn lose(tx: &mut Tx, places: &[String]) -> db::Result<Vec<Option<TrackId>>> {
    sql!(
        "UPDATE library_file SET state = 'missing', error = NULL
         WHERE place IN (SELECT r.place FROM {rows $1 r(place text)}) AND state <> 'missing'
         RETURNING track_id"
    )
    .rows(places.iter().map(|place| (place,)).collect::<Rows>())
    .column(tx)
    .await
}

/// Notes that the file at `place` turned out to be of no use, and why.
pub(super) async fn spoil(tx: &mut Tx, place: &str, reason: &str) -> db::Result<()> {
    sql!("UPDATE library_file SET state = 'broken', error = $2 WHERE place = $1 AND state = 'ok'")
        .bind(place)
        .bind(reason)
        .run(tx)
        .await?;
    Ok(())
}

/// Notes what is wrong with the file at `place`, of use though it is.
pub(super) async fn remark(tx: &mut Tx, place: &str, reason: &str) -> db::Result<()> {
    sql!("UPDATE library_file SET error = $2 WHERE place = $1 AND state = 'ok'")
        .bind(place)
        .bind(reason)
        .run(tx)
        .await?;
    Ok(())
}

/// An import that says it is running.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Running {
    pub(super) id: ImportId,
    pub(super) root: String,
    pub(super) heartbeat: i64,
}

from_row!(Running { id, root, heartbeat });

impl Running {
    /// Whether there may be files both in its folder and in `root`.
    pub(super) fn shares_files_with(&self, root: &str) -> bool {
        within(&self.root, root) || within(root, &self.root)
    }
}

/// Whether the folder `inner` is `outer` or lies below it.
fn within(inner: &str, outer: &str) -> bool {
    let rest = inner.strip_prefix(outer.trim_end_matches('/'));
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The imports that say they are running.
pub(super) async fn running(tx: &mut Tx) -> db::Result<Vec<Running>> {
    sql!("SELECT id, root, heartbeat FROM library_import WHERE state = 'running' ORDER BY id").all(tx).await
}

/// Begins the import `id` of `root`; answers whether there was none of it.
pub(super) async fn begin(tx: &mut Tx, id: ImportId, root: &str, now: Time) -> db::Result<bool> {
    sql!(
        "INSERT INTO library_import (id, root, state, started_at, heartbeat, seen, unchanged, added, updated, moved,
             missing, broken, skipped)
         VALUES ($1, $2, 'running', $3, 0, 0, 0, 0, 0, 0, 0, 0, 0)
         ON CONFLICT DO NOTHING"
    )
    .bind(id)
    .bind(root)
    .bind(now)
    .changed(tx)
    .await
}

/// Says that the import `id` is alive and how far it is; answers whether it is still ours.
pub(super) async fn beat(tx: &mut Tx, id: ImportId, counts: &Counts) -> db::Result<bool> {
    sql!(
        "UPDATE library_import SET heartbeat = heartbeat + 1, seen = $seen, unchanged = $unchanged, added = $added,
             updated = $updated, moved = $moved, missing = $missing, broken = $broken, skipped = $skipped
         WHERE id = $id AND state = 'running'"
    )
    .set("id", id)
    .set("seen", count(counts.seen))
    .set("unchanged", count(counts.unchanged))
    .set("added", count(counts.added))
    .set("updated", count(counts.updated))
    .set("moved", count(counts.moved))
    .set("missing", count(counts.missing))
    .set("broken", count(counts.broken))
    .set("skipped", count(counts.skipped))
    .changed(tx)
    .await
}

fn count(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

/// Ends the running import `id`; answers whether it was still running.
pub(super) async fn end(
    tx: &mut Tx,
    id: ImportId,
    state: ImportState,
    error: Option<&str>,
    now: Time,
) -> db::Result<bool> {
    sql!(
        "UPDATE library_import SET state = $state, error = $error, finished_at = $now
         WHERE id = $id AND state = 'running'"
    )
    .set("id", id)
    .set("state", state)
    .set("error", error)
    .set("now", now)
    .changed(tx)
    .await
}

/// Forgets the import `id`.
pub(super) async fn drop_import(tx: &mut Tx, id: ImportId) -> db::Result<()> {
    sql!("DELETE FROM library_import WHERE id = $1").bind(id).run(tx).await?;
    Ok(())
}

/// Imports that are remembered.
const KEPT: i64 = 500;

/// Forgets the oldest imports, but the last of each folder.
pub(super) async fn prune(tx: &mut Tx) -> db::Result<()> {
    sql!(
        "DELETE FROM library_import WHERE state <> 'running'
             AND id < (SELECT id FROM library_import ORDER BY id DESC LIMIT 1 OFFSET $1)
             AND EXISTS (SELECT 1 FROM library_import newer
                 WHERE newer.root = library_import.root AND newer.id > library_import.id)"
    )
    .bind(KEPT)
    .run(tx)
    .await?;
    Ok(())
}

/// How an import stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ImportState {
    /// Under way.
    Running,
    /// Came to its end.
    Done,
    /// Something was in its way.
    Failed,
    /// Was told to stop, or its process died.
    Interrupted,
}

impl ImportState {
    /// As stored and on the wire.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Interrupted => "interrupted",
        }
    }
}

impl std::str::FromStr for ImportState {
    type Err = ();

    fn from_str(code: &str) -> Result<Self, ()> {
        [Self::Running, Self::Done, Self::Failed, Self::Interrupted]
            .into_iter()
            .find(|state| state.code() == code)
            .ok_or(())
    }
}

text_column!(ImportState);

from_row!(Import {
    id,
    path,
    state,
    error,
    started_at,
    finished_at,
    seen,
    unchanged,
    added,
    updated,
    moved,
    missing,
    broken,
    skipped,
});

/// All imports, the newest first.
pub(super) async fn imports(tx: &mut Tx, after: Option<ImportId>, limit: Limit) -> db::Result<Page<Import>> {
    let rows = sql!(
        "SELECT id, root AS path, state, error, started_at, finished_at, seen, unchanged, added, updated, moved,
             missing, broken, skipped
         FROM library_import WHERE true[[ AND id < $1]] ORDER BY id DESC LIMIT $2"
    )
    .opt(after)
    .bind(limit.fetch())
    .all(tx)
    .await?;
    Ok(Page::cut(rows, limit, |import: &Import| Cursor::at(IMPORTS, &import.id)))
}

/// The name of [`imports`] in its cursors.
pub(super) const IMPORTS: &str = "imports";
