//! One session: its clock, its beats, and whether it runs.

use std::time::Duration;

use kernel::{AccountId, Cap, SessionId};

use super::{
    Adoption, BEAT, Beat, CAPTURE_EVERY, Caps, Capture, Count, Issued, LATE, LEASE, Moment, Output,
    PAUSED_AT_MOST, PauseReason, Posted, RECONNECT, Ranges, Refusal, Terms, UNACKNOWLEDGED,
};
use crate::{
    eth::Signature,
    planted::{Bug, planted},
    voucher::BeatVoucher,
};

/// How far a session is on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// Its row and its hold are being made.
    Opening,
    /// Time counts, since this moment for the beat that comes next.
    Running(Moment),
    /// Time does not count, since this moment.
    Paused(PauseReason, Moment),
    /// It ends: acknowledgements are taken until this moment.
    Ending(Moment),
    /// Its settlement is asked for.
    Settling,
}

/// A part of the hold that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct HoldRequest {
    pub(super) part: u32,
    pub(super) amount: i64,
}

/// The money behind a session.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Hold {
    /// What was set aside in all, in minor units.
    pub(super) granted: i64,
    /// What the listener could set aside besides, when this was last heard of.
    pub(super) available: i64,
    /// The part that is asked for.
    pub(super) request: Option<HoldRequest>,
    pub(super) next_part: u32,
    /// Whether the last request was refused: there is no use in asking before the listener does something.
    pub(super) is_refused: bool,
    /// The listener came with other limits since the part was asked for: those that its answer tells are older.
    pub(super) is_overtaken: bool,
}

/// Of what was asked for, what nobody knows the outcome of: it has to be asked for again.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Unknown {
    /// Its opening or its settlement, whichever it is at.
    pub(super) step: bool,
    pub(super) hold: bool,
    pub(super) capture: bool,
}

/// A session on the node that owns it.
#[derive(Debug, Clone)]
pub(super) struct Session {
    pub(super) terms: Terms,
    /// What does not change in its vouchers is hashed once; nothing where nobody signs.
    pub(super) first_voucher: Option<BeatVoucher>,
    pub(super) epoch: u64,
    pub(super) phase: Phase,
    /// Whether the listener wants to go on as soon as nothing stands against it.
    pub(super) wants_to_run: bool,
    /// When the clock last stopped: late acknowledgements count from there.
    stopped_at: Moment,
    /// Running time since the newest beat, as far as it is not counted by [`Phase::Running`].
    progress: Duration,
    pub(super) acknowledged: Count,
    pub(super) unacknowledged: Vec<Issued>,
    pub(super) voucher: Option<Signature>,
    pub(super) heard: Ranges,
    /// What is durable of `acknowledged`.
    pub(super) committed: Count,
    /// Whether the session's row is known to exist.
    pub(super) is_open: bool,
    /// Whether something is to be written.
    pub(super) is_dirty: bool,
    pub(super) lease_until: Moment,
    pub(super) captured: Posted,
    /// The capture that is asked for.
    pub(super) capture: Option<Capture>,
    /// When the next one is due.
    pub(super) capture_at: Moment,
    pub(super) hold: Hold,
    pub(super) unknown: Unknown,
    pub(super) grace_left: u32,
    pub(super) deferred: u32,
    /// Where the beat that comes next began, in milliseconds.
    pub(super) position_ms: u64,
    /// Up to where the track is paid for, from the last place that was sought.
    paid_position_ms: u64,
    /// When the engine looks at it next.
    pub(super) next_look: Option<Moment>,
    /// The newest beat that belongs to an earlier place.
    sought_at: u64,
}

/// A session as others may see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct View {
    /// Whether time counts.
    pub is_running: bool,
    /// How far it was issued.
    pub issued: Count,
    /// How far it is acknowledged.
    pub acknowledged: Count,
    /// How far it is durable.
    pub committed: Count,
    /// Up to where the track is paid for, in milliseconds, from where the listener last went.
    pub paid_position_ms: u64,
    /// What is secured by the hold, in minor units.
    pub granted: i64,
    /// The most that it may charge in all by the listener's limits, in minor units; none without any.
    pub cap: Option<i64>,
    /// For how many more beats there is money within the caps, as far as is known here; none for a free track.
    pub beats_remaining: Option<u64>,
}

impl Session {
    pub(super) fn new(terms: Terms, now: Moment) -> Self {
        Self {
            epoch: 1,
            phase: Phase::Opening,
            wants_to_run: true,
            stopped_at: Moment::default(),
            progress: Duration::ZERO,
            acknowledged: Count::default(),
            unacknowledged: Vec::new(),
            voucher: None,
            heard: Ranges::new(),
            committed: Count::default(),
            is_open: false,
            is_dirty: false,
            lease_until: now.plus(LEASE),
            captured: Posted::default(),
            capture: None,
            capture_at: now.plus(CAPTURE_EVERY),
            hold: Hold { next_part: 1, ..Hold::default() },
            unknown: Unknown::default(),
            grace_left: terms.grace,
            deferred: 0,
            position_ms: terms.position_ms,
            paid_position_ms: terms.position_ms,
            next_look: None,
            sought_at: 0,
            first_voucher: terms.voucher(Count::default()),
            terms,
        }
    }

    /// Takes over where the row says; the listener has to come back within [`RECONNECT`].
    pub(super) fn adopted(adoption: Adoption, now: Moment) -> Self {
        let Adoption { terms, row, granted, parts, captured, leased_at } = adoption;
        let mut session = Self::new(terms, now);
        session.epoch = row.epoch;
        session.phase = Phase::Paused(PauseReason::Network, now);
        session.wants_to_run = false;
        session.is_open = true;
        session.lease_until = leased_at.plus(LEASE);
        session.captured = captured;
        session.capture_at = now;
        session.hold.next_part = parts;
        (session.hold.granted, session.hold.available) = (granted.amount, granted.available);
        if planted(Bug::AdoptedFromNothing) {
            return session;
        }
        session.acknowledged = row.acknowledged;
        session.committed = row.acknowledged;
        session.unacknowledged = row.unacknowledged;
        session.voucher = row.voucher;
        session.heard = row.heard;
        session.grace_left = row.grace_left;
        session.deferred = row.deferred;
        session.position_ms = row.position_ms;
        session.paid_position_ms = row.position_ms;
        session.sought_at = session.issued().seq;
        session
    }

    pub(super) fn id(&self) -> SessionId {
        self.terms.session
    }

    pub(super) fn account(&self) -> AccountId {
        self.terms.account
    }

    /// The newest beat.
    pub(super) fn issued(&self) -> Count {
        self.unacknowledged.last().map_or(self.acknowledged, |issued| issued.count)
    }

    pub(super) fn view(&self) -> View {
        View {
            is_running: matches!(self.phase, Phase::Running(_)),
            issued: self.issued(),
            acknowledged: self.acknowledged,
            committed: self.committed,
            paid_position_ms: self.paid_position_ms,
            granted: self.hold.granted,
            cap: self.limit().map(|(_, most)| most),
            beats_remaining: self.beats_remaining(),
        }
    }

    /// For how many more beats there is money within the caps; none for a free track.
    pub(super) fn beats_remaining(&self) -> Option<u64> {
        let most = self.hold.granted.saturating_add(self.hold.available).min(self.cap());
        let left = most.saturating_sub(self.issued().amount).max(0);
        u64::try_from(left.checked_div(self.terms.price)?).ok()
    }

    /// The most that it may charge in all, in minor units.
    pub(super) fn cap(&self) -> i64 {
        self.limit().map_or(i64::MAX, |(_, most)| most)
    }

    /// The narrowest limit of the listener.
    fn limit(&self) -> Option<(Cap, i64)> {
        self.terms.caps.narrowest().filter(|_| !planted(Bug::CapIgnored))
    }

    pub(super) fn beat(&self, count: Count) -> Beat {
        Beat {
            session: self.id(),
            seq: count.seq,
            beats: self.terms.base.beats.saturating_add(count.beats),
            cumulative_amount: self.terms.cumulative_amount(count),
            committed_seq: self.committed.seq,
            beats_remaining: self.beats_remaining(),
        }
    }

    /// Lets the clock come to `now`: issues what is due, and pauses where time stops counting.
    pub(super) fn advance(&mut self, now: Moment, out: &mut Vec<Output>) {
        if planted(Bug::TicksCounted) && matches!(self.phase, Phase::Running(_)) {
            self.progress = BEAT;
        }
        while let Phase::Running(since) = self.phase {
            let due = since.plus(BEAT.saturating_sub(self.progress));
            let owned_until = if planted(Bug::LeaseIgnored) { now } else { self.lease_until };
            if due > now.min(owned_until) {
                if now >= owned_until && !planted(Bug::LeaseIgnored) {
                    self.pause(PauseReason::Suspended, owned_until, out);
                }
                return;
            }
            if let Some(reason) = self.obstacle() {
                // A seek made the second dearer than it was when it began.
                self.pause(reason, due, out);
                return;
            }
            self.issue(due, out);
            if let Some(reason) = self.obstacle() {
                self.pause(reason, due, out);
            }
        }
    }

    /// Counts one more second, which was complete at `at`.
    fn issue(&mut self, at: Moment, out: &mut Vec<Output>) {
        let (count, grace_left, deferred) = self.next();
        self.unacknowledged.push(Issued { count, position_ms: self.position_ms });
        (self.grace_left, self.deferred) = (grace_left, deferred);
        self.position_ms = self.position_ms.saturating_add(1_000);
        self.progress = Duration::ZERO;
        self.phase = Phase::Running(at);
        self.is_dirty = true;
        out.push(Output::Beat(self.beat(count)));
    }

    /// The count with the beat that comes next, and what is left of the grace and deferred by it then.
    pub(super) fn next(&self) -> (Count, u32, u32) {
        let issued = self.issued();
        let seq = issued.seq.saturating_add(1);
        let is_free = self.terms.free.contains(self.position_ms, self.position_ms.saturating_add(1_000));
        if is_free && !planted(Bug::FreeSecondCharged) {
            return (Count { seq, ..issued }, self.grace_left, self.deferred);
        }
        if let Some(grace_left) = self.grace_left.checked_sub(1) {
            return (Count { seq, ..issued }, grace_left, self.deferred.saturating_add(1));
        }
        let deferred = if planted(Bug::GraceForgotten) { 0 } else { self.deferred };
        let beats = issued.beats.saturating_add(u64::from(deferred)).saturating_add(1);
        let amount = i64::try_from(i128::from(beats) * i128::from(self.terms.price)).unwrap_or(i64::MAX);
        (Count { seq, beats, amount }, 0, 0)
    }

    /// What stands against one more second, apart from the lease.
    fn obstacle(&self) -> Option<PauseReason> {
        if self.unacknowledged.len() >= UNACKNOWLEDGED && !planted(Bug::UnacknowledgedForEver) {
            return Some(PauseReason::Unacknowledged);
        }
        let (next, ..) = self.next();
        if let Some((cap, most)) = self.limit()
            && next.amount > most
        {
            return Some(PauseReason::Cap(cap));
        }
        // A second that adds nothing needs no money.
        let is_covered = next.amount <= self.hold.granted || next.amount == self.issued().amount;
        if !is_covered && !planted(Bug::HoldIgnored) { Some(PauseReason::Balance) } else { None }
    }

    /// Stops the clock at `at`, and tells the listener why.
    pub(super) fn pause(&mut self, reason: PauseReason, at: Moment, out: &mut Vec<Output>) {
        self.stop_clock(at);
        self.phase = Phase::Paused(reason, at);
        self.is_dirty = true;
        // Money that is on its way lets the session go on by itself; whatever else it is, the listener has to say so.
        let waits_for_money = reason == PauseReason::Balance && self.hold.request.is_some();
        self.wants_to_run = waits_for_money;
        self.capture_at = self.capture_at.min(at);
        if !waits_for_money {
            out.push(Output::Paused { session: self.id(), reason });
        }
    }

    fn stop_clock(&mut self, at: Moment) {
        if let Phase::Running(since) = self.phase {
            self.progress = self.progress.saturating_add(at.since(since));
            self.stopped_at = at;
        }
    }

    /// Pauses for a reason from outside, if there is something to pause.
    pub(super) fn interrupt(&mut self, reason: PauseReason, now: Moment, out: &mut Vec<Output>) {
        let keeps_counting = (reason == PauseReason::Client && planted(Bug::PauseCharged))
            || (reason == PauseReason::Network && planted(Bug::DisconnectionCharged));
        match self.phase {
            Phase::Running(_) if keeps_counting => {}
            Phase::Running(_) | Phase::Paused(..) => self.pause(reason, now, out),
            // Nobody is there to hear it.
            Phase::Opening if reason == PauseReason::Network => self.end(now, now),
            Phase::Opening => self.wants_to_run = false,
            Phase::Ending(_) | Phase::Settling => {}
        }
    }

    /// The listener wants to go on: what stood against it is looked at anew.
    pub(super) fn resume(&mut self, caps: Option<Caps>, now: Moment, out: &mut Vec<Output>) {
        if let Some(caps) = caps {
            self.terms.caps = caps;
            self.hold.is_overtaken = self.hold.request.is_some();
        }
        self.hold.is_refused = false;
        let Phase::Paused(_, since) = self.phase else {
            self.wants_to_run = matches!(self.phase, Phase::Opening);
            return;
        };
        self.wants_to_run = true;
        // Whatever it was, it no longer waits for a connection.
        self.phase = Phase::Paused(self.obstacle().unwrap_or(PauseReason::Suspended), since);
        if self.obstacle() == Some(PauseReason::Unacknowledged) {
            // The newest beat again, and time to acknowledge it.
            self.phase = Phase::Paused(PauseReason::Unacknowledged, now);
            self.stopped_at = now;
            out.push(Output::Beat(self.beat(self.issued())));
        }
        self.go_on(now, out);
    }

    /// Other limits are told with the answer to a part of the hold.
    pub(super) fn limited(&mut self, caps: Caps) {
        if !self.hold.is_overtaken {
            self.terms.caps = caps;
        }
    }

    /// Runs, if the listener wants it and nothing stands against it.
    pub(super) fn go_on(&mut self, now: Moment, out: &mut Vec<Output>) {
        let Phase::Paused(_, since) = self.phase else { return };
        if !self.wants_to_run || now >= self.lease_until {
            return;
        }
        match self.obstacle() {
            None => {
                self.wants_to_run = false;
                self.phase = Phase::Running(now);
                self.is_dirty = true;
            }
            // An acknowledgement may come, and more money is asked for.
            Some(PauseReason::Unacknowledged) => {}
            Some(PauseReason::Balance) if !self.hold.is_refused => {}
            Some(obstacle) => {
                self.wants_to_run = false;
                self.phase = Phase::Paused(obstacle, since);
                out.push(Output::Paused { session: self.id(), reason: obstacle });
            }
        }
    }

    /// Begins the end: acknowledgements are taken until `until`.
    pub(super) fn end(&mut self, now: Moment, until: Moment) {
        if matches!(self.phase, Phase::Settling) {
            return;
        }
        self.stop_clock(now);
        let until = if let Phase::Ending(earlier) = self.phase { earlier.min(until) } else { until };
        self.phase = Phase::Ending(until);
        self.wants_to_run = false;
    }

    /// The listener went to another place: the beat that comes next is one of there.
    pub(super) fn seek(&mut self, position_ms: u64) {
        self.position_ms = position_ms;
        self.paid_position_ms = position_ms;
        self.sought_at = self.issued().seq;
        self.is_dirty = true;
    }

    /// Marks a beat as paid for.
    pub(super) fn mark_heard(&mut self, beat: Issued) {
        let end = beat.position_ms.saturating_add(1_000);
        self.heard.add(beat.position_ms, end);
        if beat.count.seq > self.sought_at {
            self.paid_position_ms = end;
        }
    }

    /// Whether an acknowledgement is taken at `now`; else why not.
    pub(super) fn takes_acknowledgements(&self, now: Moment) -> Result<(), Refusal> {
        let (is_late, refusal) = match self.phase {
            Phase::Running(_) => return Ok(()),
            // A pause of a pause does not begin it again.
            Phase::Paused(..) => (now > self.stopped_at.plus(LATE), Refusal::Paused),
            Phase::Ending(until) => (now > until, Refusal::TooLate),
            Phase::Opening | Phase::Settling => return Err(Refusal::TooLate),
        };
        if is_late && !planted(Bug::LateForEver) { Err(refusal) } else { Ok(()) }
    }

    /// When the session has to be looked at again, if nothing happens before.
    pub(super) fn deadline(&self) -> Option<Moment> {
        match self.phase {
            Phase::Running(since) => {
                Some(since.plus(BEAT.saturating_sub(self.progress)).min(self.lease_until))
            }
            Phase::Paused(PauseReason::Network, since) if !planted(Bug::ReconnectForEver) => {
                Some(since.plus(RECONNECT))
            }
            Phase::Paused(_, since) => Some(since.plus(PAUSED_AT_MOST)),
            Phase::Ending(until) => Some(until),
            Phase::Opening | Phase::Settling => None,
        }
    }

    /// Ends a pause that lasted too long.
    pub(super) fn tire(&mut self, now: Moment) {
        if matches!(self.phase, Phase::Paused(..)) && self.deadline().is_some_and(|end| now >= end) {
            self.end(now, now);
        }
    }

    /// The player says where it is: a small difference is the way of the message.
    pub(super) fn heard_at(&mut self, position_ms: u64) {
        if self.position_ms.abs_diff(position_ms) > 1_000 {
            self.seek(position_ms);
        }
    }
}
