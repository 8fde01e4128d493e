//! Bytes follow payment: who gets how much of a priced track (`docs/METER.md`).
//!
//! A listener with an open session gets the bytes around the place that they are paying for: up to 30 s beyond what is
//! paid for, and whatever they were sent before. Since going to another place is free, what was sent and never paid for
//! is counted, in this session and those before it: there is [`CREDIT`] of it at most.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use kernel::{AccountId, SessionId, TrackId};
use money::meter::{Ranges, View};
use music::playback::{Ask, FreeOrPreview, Judging, Policy, Quality, Verdict};

use super::{model::Agreement, packed::total};

/// How far beyond what is paid for bytes are released.
const AHEAD: Duration = Duration::from_secs(30);
/// How far before the place a player may look for the beginning of a frame.
const BEHIND: Duration = Duration::from_secs(5);
/// Bytes that are no sound: tags and a cover at the beginning of a file, an index at its end.
const MARGIN: u64 = 256 * 1024;
/// How much of a track may be sent that is never paid for.
const CREDIT: Duration = Duration::from_mins(1);

/// Pieces of a file that are told apart. A player makes a handful.
const PIECES: usize = 256;

/// An open session as the gate sees it.
#[derive(Debug, Clone)]
struct Window {
    session: SessionId,
    track: TrackId,
    /// Up to where it is paid for, in milliseconds, from where the listener last went.
    position_ms: u64,
    /// Milliseconds that were paid for, before this session and in it.
    paid_ms: u64,
    before_ms: u64,
    /// What was sent: ranges of bytes, before and now.
    sent: Ranges,
    /// Bytes that were sent in so many pieces that they are counted, and not known.
    crumbs: u64,
}

/// Whose session is open, and how far.
pub struct Gate {
    open: Mutex<HashMap<AccountId, Window>>,
    /// For all that is not priced.
    otherwise: FreeOrPreview,
}

impl Gate {
    /// Nobody's session is open. What is not priced is judged by `otherwise`.
    pub fn new(otherwise: FreeOrPreview) -> Arc<Self> {
        Arc::new(Self { open: Mutex::new(HashMap::new()), otherwise })
    }

    fn with<T>(&self, work: impl FnOnce(&mut HashMap<AccountId, Window>) -> T) -> T {
        work(&mut self.open.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// A session begins: what of its track was paid for and sent before.
    pub(super) fn open(&self, agreement: &Agreement, paid: &Ranges, sent: Ranges) {
        let before_ms = total(paid);
        let window = Window {
            session: agreement.id(),
            track: agreement.terms.track,
            position_ms: agreement.terms.position_ms,
            paid_ms: before_ms,
            before_ms,
            sent,
            crumbs: 0,
        };
        self.with(|open| open.insert(agreement.account(), window));
    }

    /// How far a session is paid for now.
    pub(super) fn show(&self, agreement: &Agreement, view: &View) {
        self.with(|open| {
            if let Some(window) = open.get_mut(&agreement.account())
                && window.session == agreement.id()
            {
                window.position_ms = view.paid_position_ms;
                let heard = view.acknowledged.seq.saturating_mul(1_000);
                window.paid_ms = window.before_ms.saturating_add(heard);
            }
        });
    }

    /// What was sent of a session's track.
    pub(super) fn sent(&self, account: AccountId, session: SessionId) -> Option<Ranges> {
        self.with(|open| {
            open.get(&account).filter(|window| window.session == session).map(|window| window.sent.clone())
        })
    }

    /// A session ended.
    pub(super) fn close(&self, account: AccountId, session: SessionId) {
        self.with(|open| {
            if open.get(&account).is_some_and(|window| window.session == session) {
                open.remove(&account);
            }
        });
    }

    fn verdict(&self, ask: Ask) -> Verdict {
        let window = ask.account.filter(|_| ask.priced && !ask.manager).and_then(|account| {
            self.with(|open| open.get(&account).filter(|window| window.track == ask.track).cloned())
        });
        match window {
            Some(window) => {
                let until = Some(window.until(&ask)).filter(|until| *until < ask.size);
                Verdict::Track { best: Quality::Original, until, counts: true }
            }
            None => self.otherwise.verdict(ask),
        }
    }
}

impl Window {
    fn sent(&mut self, bytes: std::ops::Range<u64>) {
        let touches = |(from, to): &(u64, u64)| *from <= bytes.end && bytes.start <= *to;
        if self.sent.as_slice().len() < PIECES || self.sent.as_slice().iter().any(touches) {
            self.sent.add(bytes.start, bytes.end);
        } else {
            self.crumbs = self.crumbs.saturating_add(bytes.end.saturating_sub(bytes.start));
        }
    }

    /// The first byte from `ask.from` on that is not released.
    fn until(&self, ask: &Ask) -> u64 {
        let at = |ms: u64| bytes(ms, ask);
        let window_from = at(self.position_ms.saturating_sub(millis(BEHIND))).saturating_sub(MARGIN);
        let window_to =
            at(self.position_ms.saturating_add(millis(AHEAD))).saturating_add(MARGIN).min(ask.size);
        let paid = at(self.paid_ms.saturating_add(millis(CREDIT))).saturating_add(2 * MARGIN);
        let mut left = paid.saturating_sub(total(&self.sent)).saturating_sub(self.crumbs);
        let mut place = ask.from;
        // What was sent before may be sent again; beyond it, what lies in the window as far as the credit goes.
        loop {
            let known = self.sent.as_slice().iter().find(|(from, to)| *from <= place && place < *to);
            if let Some((_, to)) = known {
                place = *to;
                continue;
            }
            if left == 0 || place < window_from || place >= window_to {
                return place;
            }
            let next = self.sent.as_slice().iter().map(|(from, _)| *from).find(|from| *from > place);
            let end = next.unwrap_or(u64::MAX).min(window_to);
            let more = end.saturating_sub(place).min(left);
            left = left.saturating_sub(more);
            place = place.saturating_add(more);
        }
    }
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

impl Policy for Gate {
    fn judge(&self, ask: Ask) -> Judging<'_> {
        Box::pin(std::future::ready(Ok(self.verdict(ask))))
    }

    fn delivered(&self, account: AccountId, track: TrackId, bytes: std::ops::Range<u64>) {
        self.with(|open| {
            if let Some(window) = open.get_mut(&account).filter(|window| window.track == track) {
                window.sent(bytes);
            }
        });
    }
}
