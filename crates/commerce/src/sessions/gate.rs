//! Bytes follow payment: who gets how much of a priced track (`docs/METER.md`).
//!
//! A listener with an open session gets the bytes up to 30 s beyond the place that they are paying for, and whatever they
//! were sent before. Since going to another place is free, what was sent and never paid for is counted, in this session and
//! those before it: there is [`CREDIT`] of it at most, and three tenths of a short track.
//!
//! What is released is said when a request comes, and said again for each piece before it goes out: an answer that waits
//! in a connection that nobody reads is worth no more than what is paid for when it goes on, and nothing once the session
//! has ended. So what goes out is counted when it does, and what many requests were promised is had once.
//!
//! Sessions of this node are judged from memory. For one that another node has, this node reads how far it is paid for,
//! once a second at most, and adds what it sent itself to the row that all nodes share, a second later at most. A listener
//! whose requests go to every one of several nodes at once may have the credit on each, once: less on the others would
//! silence those whose socket and whose bytes come from two nodes.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use infra::App;
use kernel::{AccountId, SessionId, TrackId};
use money::meter::{Ranges, View};
use music::playback::{Ask, FreeOrPreview, Judging, Policy, Quality, Verdict};
use quick_cache::sync::Cache;

use super::{
    model::Agreement,
    packed::total,
    queries::{self, Known},
    store,
};

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

/// For how long what is known of another node's session is good.
const FRESH: Duration = Duration::from_secs(1);
/// Listeners whose sessions other nodes have. Of those beyond it, what was sent last is forgotten.
const ELSEWHERE: usize = 10_000;

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
    /// What was sent is being written down: nothing more is.
    is_over: bool,
}

/// What this node knows of a track and a listener whose session another node may have.
#[derive(Debug, Default)]
struct Elsewhere {
    known: Mutex<KnownElsewhere>,
    /// Held by the one request that asks the database, while others wait for what it says.
    asking: tokio::sync::Mutex<()>,
}

#[derive(Debug, Default)]
struct KnownElsewhere {
    window: Option<Window>,
    /// When that was read, by the clock that only goes forward.
    read: Option<Duration>,
    /// What this node sent. It counts when the session is over, too.
    sent: Ranges,
    /// Whether somebody is about to write that down.
    is_noted: bool,
}

/// Whose session is open, and how far.
pub struct Gate {
    app: App,
    open: Mutex<HashMap<AccountId, Window>>,
    elsewhere: Cache<(AccountId, TrackId), Arc<Elsewhere>>,
    /// For all that is not priced.
    otherwise: FreeOrPreview,
}

impl Gate {
    /// Nobody's session is open here. What is not priced is judged by `otherwise`.
    pub fn new(app: &App, otherwise: FreeOrPreview) -> Arc<Self> {
        let (open, elsewhere) = (Mutex::default(), Cache::new(ELSEWHERE));
        Arc::new(Self { app: app.clone(), open, elsewhere, otherwise })
    }

    fn with<T>(&self, work: impl FnOnce(&mut HashMap<AccountId, Window>) -> T) -> T {
        work(&mut lock(&self.open))
    }

    /// A session begins here. `known` is what of its track was paid for and sent before.
    pub(super) fn open(&self, agreement: &Agreement, known: Known) {
        let (account, track) = (agreement.account(), agreement.terms.track);
        // What this node sent while another had the session, and has not written yet.
        let elsewhere = self.elsewhere.remove(&(account, track));
        let unsaved = elsewhere.map(|(_, elsewhere)| lock(&elsewhere.known).sent.clone());
        let before_ms = total(&known.heard);
        let window = Window {
            session: agreement.id(),
            track,
            position_ms: agreement.terms.position_ms,
            paid_ms: before_ms,
            before_ms,
            sent: sent_in_all(known.sent, &unsaved.unwrap_or_default()),
            is_over: false,
        };
        self.with(|open| open.insert(account, window));
    }

    /// How far a session is paid for now.
    pub(super) fn show(&self, agreement: &Agreement, view: &View) {
        self.with(|open| {
            if let Some(window) = open.get_mut(&agreement.account())
                && window.session == agreement.id()
            {
                window.position_ms = view.paid_position_ms;
                // Seconds that are free again were paid for before.
                let paid = view.acknowledged.beats.saturating_mul(1_000);
                window.paid_ms = window.before_ms.saturating_add(paid);
            }
        });
    }

    /// A session settles: no more is sent in it. Answers what was sent of its track.
    pub(super) fn seal(&self, account: AccountId, session: SessionId) -> Option<Ranges> {
        self.with(|open| {
            let window = open.get_mut(&account).filter(|window| window.session == session)?;
            window.is_over = true;
            Some(window.sent.clone())
        })
    }

    /// The same for all sessions that are open here: whose it is, and what was sent of it.
    pub(super) fn seal_all(&self) -> Vec<((AccountId, TrackId), Ranges)> {
        self.with(|open| {
            let seal = |(account, window): (&AccountId, &mut Window)| {
                window.is_over = true;
                ((*account, window.track), window.sent.clone())
            };
            open.iter_mut().map(seal).collect()
        })
    }

    /// A session is no longer this node's. Answers what was sent of its track.
    pub(super) fn close(&self, account: AccountId, session: SessionId) -> Option<Ranges> {
        self.with(|open| {
            let is_it = open.get(&account).is_some_and(|window| window.session == session);
            is_it.then(|| open.remove(&account)).flatten().map(|window| window.sent)
        })
    }

    /// The verdict for a listener who may have a session on another node.
    async fn judge_elsewhere(&self, account: AccountId, ask: Ask) -> db::Result<Verdict> {
        let whose = (account, ask.track);
        let elsewhere =
            self.elsewhere.get_or_insert_with(&whose, || Ok::<_, std::convert::Infallible>(Arc::default()));
        let Ok(elsewhere) = elsewhere;
        if !self.is_fresh(&elsewhere) {
            let _asking = elsewhere.asking.lock().await;
            if !self.is_fresh(&elsewhere) {
                self.read(whose, &elsewhere).await?;
            }
        }
        let known = lock(&elsewhere.known);
        Ok(known.window.as_ref().map_or_else(|| self.otherwise.verdict(ask), |window| window.verdict(&ask)))
    }

    fn is_fresh(&self, elsewhere: &Elsewhere) -> bool {
        let now = self.app.clock.elapsed();
        lock(&elsewhere.known).read.is_some_and(|read| now < read.saturating_add(FRESH))
    }

    /// Reads what is open elsewhere.
    async fn read(&self, (account, track): (AccountId, TrackId), elsewhere: &Elsewhere) -> db::Result<()> {
        let read = self.app.clock.elapsed();
        let found: db::Result<_> = db::snapshot!(self.app.db, |tx| {
            let Some(open) = queries::open_on(tx, account, track).await? else { return Ok(None) };
            Ok(Some((open, queries::known(tx, account, track).await?)))
        });
        let found = found?;
        let mut known = lock(&elsewhere.known);
        known.read = Some(read);
        known.window = found.map(|((session, position_ms, beats), shared)| {
            let before_ms = total(&shared.heard);
            let unsigned = |n: i64| u64::try_from(n).unwrap_or(0);
            let paid_ms = before_ms.saturating_add(unsigned(beats).saturating_mul(1_000));
            let (position_ms, sent) = (unsigned(position_ms), sent_in_all(shared.sent, &known.sent));
            Window { session, track, position_ms, paid_ms, before_ms, sent, is_over: false }
        });
        Ok(())
    }

    /// Counts a piece that goes out in a session that another node has, if it may; `None` if there is none.
    fn send_elsewhere(&self, account: AccountId, ask: &Ask, length: u64) -> Option<bool> {
        let whose = (account, ask.track);
        let elsewhere = self.elsewhere.get(&whose)?;
        let mut known = lock(&elsewhere.known);
        let may = known.window.as_mut()?.send(ask, length);
        if may {
            count(&mut known.sent, ask.from..ask.from.saturating_add(length));
            if !std::mem::replace(&mut known.is_noted, true) {
                tokio::spawn(write_down(self.app.clone(), whose, Arc::clone(&elsewhere)));
            }
        }
        Some(may)
    }
}

/// Writes what was sent of a track to the row that all nodes share, a moment after that began: much of it at once.
async fn write_down(app: App, whose: (AccountId, TrackId), elsewhere: Arc<Elsewhere>) {
    loop {
        tokio::time::sleep(FRESH).await;
        let sent = {
            let mut known = lock(&elsewhere.known);
            known.is_noted = false;
            known.sent.clone()
        };
        let Err(error) = leave_word(&app, whose, &sent).await else { return };
        tracing::warn!(%error, "what was sent of a track that another node has is not counted yet");
        // Somebody else may be about to, since more was sent.
        if !error.is_unavailable() || std::mem::replace(&mut lock(&elsewhere.known).is_noted, true) {
            return;
        }
    }
}

/// Adds what was sent to the row that all nodes share.
pub(super) async fn leave_word(app: &App, whose: (AccountId, TrackId), sent: &Ranges) -> db::Result<()> {
    let (now, nothing) = (app.now(), Ranges::new());
    db::write!(app.db, |tx| store::remember(tx, whose, &nothing, sent, now).await)
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Window {
    fn verdict(&self, ask: &Ask) -> Verdict {
        let until = Some(self.until(ask)).filter(|until| *until < ask.size);
        Verdict::Track { best: Quality::Original, until, counts: true }
    }

    /// Counts `length` bytes from `ask.from` on as sent, if all of them are released.
    fn send(&mut self, ask: &Ask, length: u64) -> bool {
        let end = ask.from.saturating_add(length);
        let may = end <= self.until(ask);
        if may {
            count(&mut self.sent, ask.from..end);
        }
        may
    }

    /// The first byte from `ask.from` on that is not released.
    fn until(&self, ask: &Ask) -> u64 {
        if self.is_over {
            return ask.from;
        }
        let at = |ms: u64| bytes(ms, ask);
        let margin = MARGIN.min(ask.size / MARGIN_PART);
        let window_to =
            at(self.position_ms.saturating_add(millis(AHEAD))).saturating_add(margin).min(ask.size);
        let index = ask.size.saturating_sub(margin);
        let mut left = self.released(ask, margin).saturating_sub(total(&self.sent));
        let mut place = ask.from;
        // What was sent before may be sent again; beyond it, what lies in the window as far as the credit goes.
        loop {
            let known = self.sent.as_slice().iter().find(|(from, to)| *from <= place && place < *to);
            if let Some((_, to)) = known {
                place = *to;
                continue;
            }
            if left == 0 || place >= ask.size || (place >= window_to && place < index) {
                return place;
            }
            let next = self.sent.as_slice().iter().map(|(from, _)| *from).find(|from| *from > place);
            let end = if place < window_to { window_to } else { ask.size };
            let more = next.unwrap_or(end).min(end).saturating_sub(place).min(left);
            left = left.saturating_sub(more);
            place = place.saturating_add(more);
        }
    }

    /// How many bytes may be sent in all: what is paid for, and what is sent in advance.
    fn released(&self, ask: &Ask, margin: u64) -> u64 {
        let credit = millis(CREDIT).min(ask.duration_ms / 10 * CREDIT_TENTHS);
        bytes(self.paid_ms.saturating_add(credit), ask).saturating_add(2 * margin)
    }
}

/// Counts bytes that were sent: as what they are, or where that would be one piece too many, as so many.
fn count(sent: &mut Ranges, bytes: std::ops::Range<u64>) {
    let touches = |(from, to): &(u64, u64)| *from <= bytes.end && bytes.start <= *to;
    if bytes.start >= CRUMBS || sent.as_slice().len() < PIECES || sent.as_slice().iter().any(touches) {
        sent.add(bytes.start, bytes.end);
    } else {
        let counted = sent.as_slice().last().map_or(CRUMBS, |(_, to)| CRUMBS.max(*to));
        sent.add(counted, counted.saturating_add(bytes.end.saturating_sub(bytes.start)));
    }
}

/// What was sent according to both.
pub(super) fn sent_in_all(mut sent: Ranges, more: &Ranges) -> Ranges {
    // The count of crumbs comes first, which one that is made here would hide in.
    for &(from, to) in more.as_slice().iter().rev() {
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

impl Policy for Gate {
    fn judge(&self, ask: Ask) -> Judging<'_> {
        let Some(account) = ask.account.filter(|_| ask.priced && !ask.manager) else {
            return Box::pin(std::future::ready(Ok(self.otherwise.verdict(ask))));
        };
        let here = self.with(|open| {
            open.get(&account).filter(|window| window.track == ask.track).map(|window| window.verdict(&ask))
        });
        match here {
            Some(verdict) => Box::pin(std::future::ready(Ok(verdict))),
            None => Box::pin(async move { Ok(self.judge_elsewhere(account, ask).await?) }),
        }
    }

    fn deliver(&self, ask: Ask, length: u64) -> bool {
        let Some(account) = ask.account.filter(|_| ask.priced && !ask.manager) else { return true };
        let here = self.with(|open| {
            open.get_mut(&account)
                .filter(|window| window.track == ask.track)
                .map(|window| window.send(&ask, length))
        });
        here.or_else(|| self.send_elsewhere(account, &ask, length)).unwrap_or(false)
    }
}
