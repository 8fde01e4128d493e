//! How much of a priced track may be sent: a function of what is paid for and of what was sent before.

use std::time::Duration;

use kernel::SessionId;
use money::meter::Ranges;
use music::playback::Ask;

use super::packed::total;

/// How far beyond what is paid for bytes are released.
const AHEAD: Duration = Duration::from_secs(30);
/// Bytes that are no sound: tags and a cover at the beginning of a file, an index at its end, which a player looks for
/// wherever it begins. Of a small file a part.
const MARGIN: u64 = 256 * 1024;
const MARGIN_PART: u64 = 20;
/// How much of a track may be sent that is never paid for; of a short one so many tenths, so that not all of it is had with
/// the preview, which is one half at most.
const CREDIT: Duration = Duration::from_mins(1);
const CREDIT_TENTHS: u64 = 3;

/// Pieces of a file that are told apart. A player makes a handful. There is room for one more.
const PIECES: usize = Ranges::MOST - 1;
/// Where bytes are counted that were sent in more pieces than that: behind the end of any file.
const CRUMBS: u64 = 1 << 62;

/// An open session as the gate sees it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Window {
    pub(super) session: SessionId,
    /// Up to where it is paid for, in milliseconds, from where the listener last went.
    pub(super) position_ms: u64,
    /// Milliseconds that were heard in sessions before this one.
    pub(super) before_ms: u64,
    /// Seconds that were paid for in it, or heard in its grace. Those that are free again were paid for before.
    pub(super) seconds: u64,
    /// It is being settled: nothing more is sent.
    pub(super) is_over: bool,
}

impl Window {
    /// The first byte from [`Ask::from`] on that is not released to whoever was sent `sent`.
    pub(super) fn until(&self, sent: &Ranges, ask: &Ask) -> u64 {
        if self.is_over {
            return ask.from;
        }
        let at = |ms: u64| bytes(ms, ask);
        let margin = MARGIN.min(ask.size / MARGIN_PART);
        let window_to =
            at(self.position_ms.saturating_add(millis(AHEAD))).saturating_add(margin).min(ask.size);
        let index = ask.size.saturating_sub(margin);
        let mut left = self.released(ask, margin).saturating_sub(total(sent));
        let mut place = ask.from;
        // What was sent before may be sent again; beyond it, what lies in the window as far as the credit goes.
        loop {
            let known = sent.as_slice().iter().find(|(from, to)| *from <= place && place < *to);
            if let Some((_, to)) = known {
                place = *to;
                continue;
            }
            if left == 0 || place >= ask.size || (place >= window_to && place < index) {
                return place;
            }
            let next = sent.as_slice().iter().map(|(from, _)| *from).find(|from| *from > place);
            let end = if place < window_to { window_to } else { ask.size };
            let more = next.unwrap_or(end).min(end).saturating_sub(place).min(left);
            left = left.saturating_sub(more);
            place = place.saturating_add(more);
        }
    }

    /// How many bytes may be sent in all: what is paid for, and what is sent in advance.
    fn released(&self, ask: &Ask, margin: u64) -> u64 {
        let paid_ms = self.before_ms.saturating_add(self.seconds.saturating_mul(1_000));
        let credit = millis(CREDIT).min(ask.duration_ms / 10 * CREDIT_TENTHS);
        bytes(paid_ms.saturating_add(credit), ask).saturating_add(2 * margin)
    }
}

/// How many seconds bytes follow of a session in which `seq` were heard and `beats` of them charged: those of its grace too,
/// which are charged together with the first one behind it.
pub(super) fn seconds(seq: u64, beats: u64, grace: u64) -> u64 {
    if beats > 0 { beats } else { seq.min(grace) }
}

/// Counts bytes that were sent: as what they are, or where that would be one piece too many, as so many.
pub(super) fn count(sent: &mut Ranges, bytes: std::ops::Range<u64>) {
    let touches = |(from, to): &(u64, u64)| *from <= bytes.end && bytes.start <= *to;
    let is_told_apart = sent.as_slice().len() < PIECES || sent.as_slice().iter().any(touches);
    if bytes.start < CRUMBS && is_told_apart {
        sent.add(bytes.start, bytes.end);
    } else {
        let counted = sent.as_slice().last().map_or(CRUMBS, |(_, to)| CRUMBS.max(*to));
        sent.add(counted, counted.saturating_add(bytes.end.saturating_sub(bytes.start)));
    }
}

/// What was sent before, and `more`, which nobody has counted in it yet.
pub(super) fn sent_in_all(mut sent: Ranges, more: &Ranges) -> Ranges {
    for &(from, to) in more.as_slice() {
        count(&mut sent, from..to);
    }
    sent
}

/// Where in the file a place in the track is, as if all of it took as many bytes as any other part.
fn bytes(ms: u64, ask: &Ask) -> u64 {
    let duration = u128::from(ask.duration_ms.max(1));
    let place = u128::from(ask.size).saturating_mul(u128::from(ms)) / duration;
    u64::try_from(place).unwrap_or(u64::MAX).min(ask.size)
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ranges(of: &[(u64, u64)]) -> Ranges {
        let mut ranges = Ranges::new();
        for &(from, to) in of {
            ranges.add(from, to);
        }
        ranges
    }

    #[test]
    fn crumbs_of_two_nodes_do_not_hide_in_each_other() {
        let scattered: Vec<(u64, u64)> = (0..70).map(|n| (n * 10, n * 10 + 3)).collect();
        let mut here = Ranges::new();
        for &(from, to) in &scattered {
            count(&mut here, from..to);
        }
        assert_eq!(total(&here), 70 * 3, "all is counted: {here:?}");
        let elsewhere: Vec<(u64, u64)> = scattered.iter().map(|(from, to)| (from + 5, to + 5)).collect();
        let mut there = Ranges::new();
        for &(from, to) in &elsewhere {
            count(&mut there, from..to);
        }
        assert_eq!(total(&sent_in_all(here, &there)), 140 * 3);
    }

    #[test]
    fn what_was_sent_by_both_is_counted_once() {
        let both = sent_in_all(ranges(&[(0, 100), (300, 400)]), &ranges(&[(50, 350)]));
        assert_eq!(both.as_slice(), [(0, 400)]);
    }
}
