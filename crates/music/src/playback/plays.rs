//! Plays: what listeners say they heard, as far as we can believe it.
//!
//! A claim is bounded by the track's length and by the time since the account first asked this server for the track.
//! One person hears one thing at a time: what counts once, of whatever track, takes up its time, so that all claims of
//! an account together never outrun the clock. A play of what we never served goes to the history and counts nowhere.

use std::time::Duration;

use db::{Tx, outbox};
use kernel::{AccountId, Check, Event, EventId, Invalid, PlayId, Time, TrackId};
use serde::{Deserialize, Serialize};

use super::{PlaybackError, Ranges, queries};
use crate::catalogue;

/// How far ahead of ours a listener's clock may be.
const SKEW: Duration = Duration::from_mins(2);
/// From here on a play counts as a stream, in milliseconds; half of the track is enough if that is less.
const STREAM_MS: i64 = 30_000;
/// Nearly all, in tenths: what must be heard of a track to have heard it, and what must have been delivered of what was
/// heard to earn anything.
const NEARLY: u128 = 9;
/// Longest `clientPlayId`, in characters.
const LONGEST_ID: usize = 100;

/// What a player says about a play.
#[derive(Debug, Clone, PartialEq, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PlayReport {
    /// Made by the player, one for each play: the same again changes nothing.
    #[schema(min_length = 1, max_length = 100, example = "b7c0b3c2-3f0e-4b52-9d4f-5a4f3f1c9f10")]
    pub client_play_id: String,
    /// When it began.
    pub started_at: Time,
    /// How much was heard, in seconds; more than can be true is cut down.
    #[schema(minimum = 0, example = 183.4)]
    pub seconds_listened: f64,
    /// Whether it was heard to the end.
    #[serde(default)]
    pub completed: bool,
}

/// A recorded play.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Play {
    /// The play.
    pub id: PlayId,
    /// What the player called it.
    pub client_play_id: String,
    /// The track.
    pub track_id: TrackId,
    /// When it began.
    pub started_at: Time,
    /// How much of it counts, in whole seconds.
    pub seconds_listened: i64,
    /// Whether it was heard to the end.
    pub completed: bool,
    /// Whether the account had asked this server for the track; a play of a copy from elsewhere counts nowhere.
    pub served: bool,
    /// Whether it was long enough to count as a stream.
    pub stream: bool,
}

db::from_row!(Play { id, client_play_id, track_id, started_at, seconds_listened, completed, served, stream });

impl PlayReport {
    fn check(&self, now: Time) -> Result<(), Invalid> {
        Check::new()
            .line("/clientPlayId", &self.client_play_id, 1..=LONGEST_ID)
            .that(
                self.started_at <= now.plus(SKEW),
                "/startedAt",
                "in_the_future",
                "lies in the future: set the clock",
            )
            .that(
                self.seconds_listened >= 0.0,
                "/secondsListened",
                "out_of_range",
                "is a number of seconds, 0 or more",
            )
            .done()
    }
}

/// What is known of a track when a play of it is judged.
pub(super) struct Playable {
    /// How long it is.
    pub duration_ms: i64,
    /// When the account first asked for it.
    pub first_at: Option<Time>,
    /// The bytes that it was given, as they are stored.
    pub ranges: Option<Vec<u8>>,
    /// How many there are.
    pub size: Option<i64>,
}

db::from_row!(Playable { duration_ms, first_at, ranges, size });

impl Playable {
    /// Whether `ms` are nearly all of it.
    fn is_full(&self, ms: i64) -> bool {
        wide(ms) * 10 >= wide(self.duration_ms) * NEARLY
    }

    fn ranges(&self) -> Ranges {
        self.ranges.as_deref().and_then(Ranges::decode).unwrap_or_default()
    }

    /// How long a part of it is that takes as many bytes as were delivered; `None` if its size is not known, or if it was
    /// delivered in more pieces than were noted.
    pub(super) fn delivered(&self) -> Option<Duration> {
        let ranges = self.ranges();
        if ranges.is_full() {
            return None;
        }
        let (size, all) = (wide(self.size?), wide(self.duration_ms));
        let ms = u128::from(ranges.total()).saturating_mul(all).checked_div(size)?;
        Some(Duration::from_millis(u64::try_from(ms).unwrap_or(u64::MAX)))
    }

    /// Whether nearly as large a share of its bytes was delivered as `ms` are of its length.
    fn has_delivered(&self, ms: i64) -> bool {
        let bytes = self.ranges().total();
        let (size, all) = (wide(self.size.unwrap_or(0)), wide(self.duration_ms));
        let product = |a: u128, b: u128, tenths: u128| a.saturating_mul(b).saturating_mul(tenths);
        size > 0 && product(u128::from(bytes), all, 10) >= product(size, wide(ms), NEARLY)
    }
}

/// A number that is not below zero, with room to multiply two of them.
fn wide(n: i64) -> u128 {
    u128::try_from(n).unwrap_or(0)
}

/// How much of a claim stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Judgement {
    ms: i64,
    served: bool,
    stream: bool,
    /// Until when the account's time is taken up now.
    taken_until: Time,
}

/// Judges a claim of an account whose time is taken up until `taken_until`.
fn judge(claimed_seconds: f64, track: &Playable, taken_until: Time, now: Time) -> Judgement {
    // Larger numbers than fit are cut down to the longest that does.
    let claimed = Duration::try_from_secs_f64(claimed_seconds).unwrap_or(Duration::MAX);
    let mut ms = i64::try_from(claimed.as_millis()).unwrap_or(i64::MAX).min(track.duration_ms);
    let Some(first_at) = track.first_at else {
        return Judgement { ms, served: false, stream: false, taken_until };
    };
    let start = first_at.max(taken_until);
    ms = ms.min(i64::try_from(now.since(start).as_millis()).unwrap_or(i64::MAX));
    let enough = STREAM_MS.min(track.duration_ms / 2).max(1);
    let heard = Duration::from_millis(ms.unsigned_abs());
    Judgement { ms, served: true, stream: ms >= enough, taken_until: start.plus(heard) }
}

/// Records a play once, however often it is reported. What was delivered must be flushed before.
pub(super) async fn record(
    tx: &mut Tx,
    account: AccountId,
    track: TrackId,
    report: &PlayReport,
    ids: (PlayId, EventId),
    now: Time,
) -> Result<Play, PlaybackError> {
    report.check(now)?;
    if let Some(known) = queries::play(tx, account, &report.client_play_id).await? {
        return same(known, track);
    }
    let playable = queries::playable(tx, track, account).await?.ok_or(PlaybackError::TrackNotFound(track))?;
    let before = queries::hold_listening(tx, account).await?;
    let Judgement { ms, served, stream, taken_until } =
        judge(report.seconds_listened, &playable, before, now);
    let seconds = ms / 1000;
    let play = Play {
        id: ids.0,
        client_play_id: report.client_play_id.clone(),
        track_id: track,
        started_at: report.started_at.min(now),
        seconds_listened: seconds,
        completed: report.completed,
        served,
        stream,
    };
    if !queries::insert_play(tx, account, &play, now).await? {
        // The same report came twice at once, and the other one was first.
        let known = queries::play(tx, account, &report.client_play_id).await?;
        return same(known.ok_or(db::Error::NoRow("a play that is there"))?, track);
    }
    if served {
        queries::add_listening(tx, account, stream, seconds, taken_until).await?;
    }
    if stream {
        catalogue::count_play(tx, track, now).await?;
    }
    let (full, delivered) = (playable.is_full(ms), playable.has_delivered(ms));
    let event = Event::PlayRecorded { play: play.id, account, track, seconds, stream, full, delivered };
    outbox::emit(tx, &event, ids.1, now).await?;
    Ok(play)
}

fn same(known: Play, track: TrackId) -> Result<Play, PlaybackError> {
    if known.track_id == track { Ok(known) } else { Err(PlaybackError::PlayOfOtherTrack) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: Time = Time::from_micros(1_795_000_000_000_000);

    fn track(duration_ms: i64, first_at: Option<Time>) -> Playable {
        Playable { duration_ms, first_at, ranges: None, size: None }
    }

    fn judged(claim: f64, duration_ms: i64, first_seconds_ago: Option<u64>) -> (i64, bool, bool) {
        let first_at = first_seconds_ago.map(|s| NOW.minus(Duration::from_secs(s)));
        let Judgement { ms, served, stream, .. } =
            judge(claim, &track(duration_ms, first_at), Time::from_micros(0), NOW);
        (ms / 1000, served, stream)
    }

    #[test]
    fn a_stream_is_thirty_seconds_or_half_of_the_track() {
        assert_eq!(judged(30.0, 180_000, Some(300)), (30, true, true));
        assert_eq!(judged(29.9, 180_000, Some(300)), (29, true, false));
        assert_eq!(judged(6.0, 12_000, Some(300)), (6, true, true));
        assert_eq!(judged(5.9, 12_000, Some(300)), (5, true, false));
        assert_eq!(judged(0.0, 0, Some(300)), (0, true, false));
        assert_eq!(judged(0.0, 1, Some(300)), (0, true, false));
    }

    #[test]
    fn nobody_hears_more_than_there_is_or_than_there_was_time_for() {
        assert_eq!(judged(500.0, 180_000, Some(1000)), (180, true, true));
        assert_eq!(judged(180.0, 180_000, Some(20)), (20, true, false));
        assert_eq!(judged(f64::MAX, 180_000, Some(u64::from(u32::MAX))), (180, true, true));
    }

    #[test]
    fn no_second_counts_twice() {
        let first_at = NOW.minus(Duration::from_secs(100));
        let track = track(90_000, Some(first_at));
        let first = judge(90.0, &track, Time::from_micros(0), NOW);
        assert_eq!((first.ms, first.taken_until), (90_000, first_at.plus(Duration::from_secs(90))));
        let second = judge(90.0, &track, first.taken_until, NOW);
        assert_eq!((second.ms, second.stream, second.taken_until), (10_000, false, NOW));
        assert_eq!(judge(90.0, &track, NOW, NOW).ms, 0);
        assert_eq!(
            judge(90.0, &track, NOW.plus(Duration::from_hours(1)), NOW).ms,
            0,
            "clocks of nodes differ"
        );
    }

    #[test]
    fn nearly_all_is_nine_tenths_of_what_was_heard_and_of_the_track() {
        let delivered = |bytes: u64| {
            let mut ranges = Ranges::default();
            ranges.add(0..bytes / 2);
            ranges.add(1_000_000..1_000_000 + bytes - bytes / 2);
            Playable { ranges: Some(ranges.encode()), size: Some(2_000_000), ..track(200_000, None) }
        };
        assert!(delivered(0).is_full(180_000) && !delivered(0).is_full(179_999));
        // Of a half, nine tenths.
        assert!(delivered(900_000).has_delivered(100_000));
        assert!(!delivered(899_999).has_delivered(100_000));
        assert!(!delivered(900_000).has_delivered(100_001));
        assert!(!track(200_000, None).has_delivered(0), "nothing is known of its bytes");
        let largest = Playable { size: Some(i64::MAX), ..track(i64::MAX, None) };
        assert!(!largest.has_delivered(i64::MAX) && largest.is_full(i64::MAX));
    }

    #[test]
    fn what_was_not_served_counts_nowhere() {
        assert_eq!(judged(180.0, 180_000, None), (180, false, false));
    }

    proptest! {
        #[test]
        fn a_claim_never_grows(claim in 0.0..1e9_f64, duration in 0..10_000_000_i64, ago in prop::option::of(0..100_000_u64)) {
            let (seconds, served, stream) = judged(claim, duration, ago);
            prop_assert!(seconds >= 0 && seconds * 1000 <= duration);
            prop_assert!(Duration::from_secs_f64(claim).as_secs() >= seconds.unsigned_abs());
            prop_assert!(ago.is_none_or(|ago| seconds.unsigned_abs() <= ago));
            prop_assert_eq!(served, ago.is_some());
            prop_assert!(!stream || served);
        }
    }

    #[test]
    fn impossible_reports_name_their_fields() {
        let report = PlayReport {
            client_play_id: String::new(),
            started_at: NOW.plus(Duration::from_hours(1)),
            seconds_listened: -1.0,
            completed: false,
        };
        let fields = report.check(NOW).unwrap_err().0;
        let pointers: Vec<_> = fields.iter().map(|field| field.pointer.as_str()).collect();
        assert_eq!(pointers, ["/clientPlayId", "/startedAt", "/secondsListened"]);
    }
}
