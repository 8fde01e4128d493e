//! The change feed: what changed, in commit order, for readers that keep their own positions (the search index,
//! caches, channels).
//!
//! Owns: feed, `feed_floor`.
//!
//! A row says *that* a subject of a channel changed; the reader looks up what it is now. What holds:
//! - no change is skipped. Ids are drawn before commit, so on PostgreSQL a smaller id can appear after a larger
//!   one. Rows therefore carry the id of their transaction and are read only below the oldest transaction that
//!   still runs: nothing can appear there any more. One long transaction that writes, in any database of that
//!   server, delays readers and never loses them a row. SQLite has one writer, so there the order of ids is the order of commits;
//! - a position that [`prune`] has passed, or that this database never gave out (an older copy was restored),
//!   is answered by [`Read::Rebuild`], never by silence;
//! - transaction ids mean nothing to another PostgreSQL server: after a restore from a dump both tables are to be
//!   emptied, and every reader rebuilds.

use kernel::Time;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{Result, Rows, Signal, Tx, from_row, sql};

/// A place in the feed: everything up to it has been read. Readers store it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub struct Position {
    xid: i64,
    id: i64,
}

impl Position {
    /// Before the first change.
    pub const START: Self = Self { xid: 0, id: 0 };
}

/// One change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    /// What changed.
    pub subject: Uuid,
    /// When, by the clock of the transaction that changed it.
    pub at: Time,
}

/// What a reader is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Read {
    /// The changes after its position, oldest first, and its new position; both unchanged if there was none.
    Changes(Vec<Change>, Position),
    /// Changes after its position are gone: it takes [`head`], rebuilds from the tables, and reads on from there.
    Rebuild,
}

/// Notes that `subject` changed.
pub async fn append(tx: &mut Tx, channel: &str, subject: impl Into<Uuid>, now: Time) -> Result<()> {
    append_many(tx, channel, [subject], now).await
}

/// Notes that each of `subjects` changed, in one statement.
pub async fn append_many<S: Into<Uuid>>(
    tx: &mut Tx,
    channel: &str,
    subjects: impl IntoIterator<Item = S>,
    now: Time,
) -> Result<()> {
    let subjects: Rows = subjects.into_iter().map(|subject| (subject.into(),)).collect();
    if subjects.is_empty() {
        return Ok(());
    }
    tx.signal(Signal::Feed);
    sql!(
        "INSERT INTO feed (xid, channel, subject, at)
         SELECT {xid}, $channel, s.subject, $at FROM {rows $subjects s(subject uuid)}"
    )
    .set("channel", channel)
    .set("at", now)
    .set_rows("subjects", subjects)
    .run(tx)
    .await?;
    Ok(())
}

struct Line {
    xid: i64,
    id: i64,
    subject: Uuid,
    at: Time,
}

from_row!(Line { xid, id, subject, at });

/// Reads up to `n` changes of `channel` after `after`.
pub async fn read(tx: &mut Tx, channel: &str, after: Position, n: u32) -> Result<Read> {
    // In two parts, since SQLite enters an index by a pair only when neither of it is the number of the row. Otherwise it
    // would read all changes to find that there is no new one. Each part has its own end, for PostgreSQL's sake.
    let lines: Vec<Line> = sql!(
        "SELECT * FROM (
             SELECT xid, id, subject, at FROM feed
             WHERE channel = $channel AND xid = $xid AND id > $id AND xid < {xmin} ORDER BY xid, id LIMIT $n
         ) AS of_the_same
         UNION ALL
         SELECT * FROM (
             SELECT xid, id, subject, at FROM feed
             WHERE channel = $channel AND xid > $xid AND xid < {xmin} ORDER BY xid, id LIMIT $n
         ) AS of_later_ones
         ORDER BY xid, id LIMIT $n"
    )
    .set("channel", channel)
    .set("xid", after.xid)
    .set("id", after.id)
    .set("n", n)
    .all(tx)
    .await?;
    // After the changes, not before: rows that a prune takes in between must be seen to be missing.
    let bounds = bounds(tx, channel).await?;
    if after < bounds.floor || after > bounds.head {
        return Ok(Read::Rebuild);
    }
    let position = lines.last().map_or(after, |line| Position { xid: line.xid, id: line.id });
    let changes = lines.into_iter().map(|line| Change { subject: line.subject, at: line.at }).collect();
    Ok(Read::Changes(changes, position))
}

/// The position after the last change that can be read now. A reader that rebuilds takes it *before* it reads
/// the tables: what changes meanwhile is then read twice, never missed.
pub async fn head(tx: &mut Tx, channel: &str) -> Result<Position> {
    Ok(bounds(tx, channel).await?.head)
}

struct Bounds {
    /// The last change that was pruned.
    floor: Position,
    /// The last change that can be read, or was.
    head: Position,
}

async fn bounds(tx: &mut Tx, channel: &str) -> Result<Bounds> {
    let places: Vec<(bool, i64, i64)> = sql!(
        "SELECT true, xid, id FROM feed_floor WHERE channel = $channel
         UNION ALL
         SELECT false, xid, id FROM (
             SELECT xid, id FROM feed WHERE channel = $channel AND xid < {xmin} ORDER BY xid DESC, id DESC LIMIT 1
         ) AS newest"
    )
    .set("channel", channel)
    .all(tx)
    .await?;
    let mut bounds = Bounds { floor: Position::START, head: Position::START };
    for (is_floor, xid, id) in places {
        let place = Position { xid, id };
        if is_floor {
            bounds.floor = place;
        }
        bounds.head = bounds.head.max(place);
    }
    Ok(bounds)
}

/// Deletes changes of before `before`, about `n` of them; answers how many.
pub async fn prune(tx: &mut Tx, before: Time, n: u32) -> Result<u64> {
    // What was appended at one time goes together, so the last time may take more than `n` rows along.
    let last: Option<(Time,)> = sql!("SELECT at FROM feed WHERE at < $1 ORDER BY at LIMIT 1 OFFSET $2")
        .bind(before)
        .bind(n)
        .maybe(tx)
        .await?;
    let before = last.map_or(before, |(at,)| before.min(Time::from_micros(at.micros().saturating_add(1))));
    // Only what readers can see: a floor above a transaction that still runs would hide its changes.
    sql!(
        "INSERT INTO feed_floor (channel, xid, id)
         SELECT channel, xid, id FROM (
             SELECT channel, xid, id, ROW_NUMBER() OVER (PARTITION BY channel ORDER BY xid DESC, id DESC) AS place
             FROM feed WHERE at < $1 AND xid < {xmin}
         ) AS newest WHERE place = 1
         ON CONFLICT (channel) DO UPDATE SET xid = excluded.xid, id = excluded.id
         WHERE (excluded.xid, excluded.id) > (feed_floor.xid, feed_floor.id)"
    )
    .bind(before)
    .run(tx)
    .await?;
    sql!(
        "DELETE FROM feed WHERE at < $1 AND EXISTS (
             SELECT 1 FROM feed_floor f WHERE f.channel = feed.channel AND (feed.xid, feed.id) <= (f.xid, f.id))"
    )
    .bind(before)
    .run(tx)
    .await
}
