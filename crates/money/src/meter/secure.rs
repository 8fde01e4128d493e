//! One session: the money behind it, what is made durable, and its end.

use super::{
    Capture, Grant, HOLD_LOW, HOLD_SPAN, Moment, Output, Posted, Row, Settlement, Summary,
    session::{HoldRequest, Phase, Session},
    terms::Consent,
};
use crate::{
    meter::{CAPTURE_EVERY, Count},
    planted::{Bug, planted},
};

impl Session {
    /// Whether so little is left of the hold that more should be asked for.
    fn needs_more_hold(&self) -> bool {
        let low = self.terms.price.saturating_mul(HOLD_LOW);
        let left = self.hold.granted.saturating_sub(self.issued().amount);
        let wants_it = matches!(self.phase, Phase::Running(_)) || self.wants_to_run;
        let may_ask = self.is_open && self.hold.request.is_none() && !self.hold.is_refused;
        // What a player may spend without signatures is held in advance.
        let is_signed = matches!(self.terms.consent, Consent::Signed { .. });
        wants_it && may_ask && is_signed && left <= low && self.wanted_hold() > 0
    }

    /// What the hold should grow by, in minor units: for [`HOLD_SPAN`] beats, but not beyond the caps.
    pub(super) fn wanted_hold(&self) -> i64 {
        let (next, ..) = self.next();
        let needed = next.amount.saturating_sub(self.hold.granted).max(0);
        let span = self.terms.price.saturating_mul(HOLD_SPAN).max(needed);
        span.min(self.cap().saturating_sub(self.hold.granted)).max(0)
    }

    /// Asks for more of the hold when there is little left.
    pub(super) fn ask_for_hold(&mut self, out: &mut Vec<Output>) {
        if !self.needs_more_hold() {
            return;
        }
        self.hold.request = Some(HoldRequest { part: self.hold.next_part, amount: self.wanted_hold() });
        self.hold.next_part = self.hold.next_part.saturating_add(1);
        self.push_hold_request(out);
    }

    fn push_hold_request(&self, out: &mut Vec<Output>) {
        if let Some(HoldRequest { part, amount }) = self.hold.request {
            let (session, epoch, hold) = (self.id(), self.epoch, self.terms.hold);
            out.push(Output::RequestHold { session, epoch, hold, part, amount });
        }
    }

    /// The answer to a request for more; one that was answered before changes nothing.
    pub(super) fn hold_answered(&mut self, part: u32, grant: Option<Grant>) {
        if self.hold.request.is_none_or(|request| request.part != part) {
            if let Some(grant) = grant.filter(|_| planted(Bug::GrantCountedTwice)) {
                self.add_grant(grant);
            }
            return;
        }
        self.hold.request = None;
        // A refusal that is older than what the listener came with is not the last word.
        let is_overtaken = std::mem::take(&mut self.hold.is_overtaken);
        match grant.filter(|grant| grant.amount > 0) {
            Some(grant) => self.add_grant(grant),
            None => self.hold.is_refused = !is_overtaken,
        }
    }

    /// Counts what was set aside.
    pub(super) fn add_grant(&mut self, grant: Grant) {
        self.hold.granted = self.hold.granted.saturating_add(grant.amount.max(0));
        self.hold.available = grant.available.max(0);
    }

    /// What is durable of the session when it is written now.
    pub(super) fn row(&self) -> Row {
        Row {
            session: self.id(),
            epoch: self.epoch,
            acknowledged: self.acknowledged,
            unacknowledged: self.unacknowledged.clone(),
            voucher: self.voucher,
            grace_left: self.grace_left,
            deferred: self.deferred,
            position_ms: self.position_ms,
            is_running: matches!(self.phase, Phase::Running(_)),
            heard: self.heard.clone(),
        }
    }

    /// Asks for a capture of what is durable, when it is time.
    pub(super) fn ask_for_capture(&mut self, now: Moment, out: &mut Vec<Output>) {
        let Count { beats, amount, .. } =
            if planted(Bug::CapturedEarly) { self.issued() } else { self.committed };
        let to = Posted { beats, amount };
        // While the session runs, something is always on its way; when it does not, all of it is waited for.
        let is_complete = matches!(self.phase, Phase::Running(_)) || self.committed == self.acknowledged;
        let is_due = now >= self.capture_at && is_complete && to.amount > self.captured.amount;
        let is_alive = self.is_open && !matches!(self.phase, Phase::Settling);
        if !is_due || !is_alive || self.capture.is_some() || planted(Bug::NeverCaptured) {
            return;
        }
        let (session, epoch, account) = (self.id(), self.epoch, self.account());
        let capture = Capture { session, epoch, account, from: self.captured, to };
        self.capture = Some(capture);
        self.capture_at = now.plus(CAPTURE_EVERY);
        out.push(Output::Capture(capture));
    }

    /// The answer to a capture; one that was answered before changes nothing.
    pub(super) fn capture_answered(&mut self, beats: u64, is_posted: bool) {
        let Some(capture) = self.capture.filter(|capture| capture.to.beats == beats) else { return };
        if is_posted || planted(Bug::FailedCaptureTaken) {
            self.captured = capture.to;
            self.capture = None;
        } else {
            self.unknown.capture = true;
        }
    }

    /// Asks again for what nobody knows the outcome of.
    pub(super) fn ask_again(&mut self, out: &mut Vec<Output>) {
        let unknown = std::mem::take(&mut self.unknown);
        if unknown.step && !self.is_open {
            out.push(self.opening());
        }
        if unknown.hold {
            self.push_hold_request(out);
        }
        if let Some(capture) = self.capture.filter(|_| unknown.capture) {
            out.push(Output::Capture(capture));
        }
        if unknown.step && self.phase == Phase::Settling {
            out.push(Output::Settle(Box::new(self.settlement())));
        }
    }

    /// The request for the session's row and the first part of its hold.
    pub(super) fn opening(&self) -> Output {
        Output::Open { terms: Box::new(self.terms.clone()), hold: self.wanted_hold() }
    }

    /// Asks for the settlement, once acknowledgements are over and nothing else is under way.
    pub(super) fn ask_to_settle(&mut self, now: Moment, out: &mut Vec<Output>) {
        let Phase::Ending(until) = self.phase else { return };
        let is_over = self.unacknowledged.is_empty() || now >= until;
        if is_over && self.is_open && self.hold.request.is_none() && self.capture.is_none() {
            self.phase = Phase::Settling;
            out.push(Output::Settle(Box::new(self.settlement())));
        }
    }

    fn settlement(&self) -> Settlement {
        let mut row = self.row();
        if planted(Bug::SettledAtIssued) {
            row.acknowledged = self.issued();
        }
        let settlement = Settlement::of(&self.terms, row, self.captured);
        let ends_hold = settlement.ends_hold && !planted(Bug::HoldKept);
        Settlement { ends_hold, ..settlement }
    }

    /// What the session came to, once it is settled.
    pub(super) fn summary(&self) -> Summary {
        Summary {
            session: self.id(),
            charged: self.acknowledged,
            cumulative_amount: self.terms.cumulative_amount(self.acknowledged),
        }
    }
}
