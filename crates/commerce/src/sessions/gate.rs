//! Bytes follow payment: who gets how much of a priced track (`docs/METER.md`).
//!
//! A listener with an open session gets the bytes up to 30 s beyond the place that they are paying for, and whatever they
//! were sent before ([`Window`]). Since going to another place is free, what was sent and never paid for is counted, in
//! this session and those before it.
//!
//! What is released is said when a request comes, and said again for each piece before it goes out: an answer that waits
//! in a connection that nobody reads is worth no more than what is paid for when it goes on, and nothing once the session
//! has ended. So what goes out is counted when it does, and what many requests were promised is had once. A request for the
//! whole is answered as it is paid for.
//!
//! How far a session of this node is paid for is in memory; for one that another node has, this node reads it, once a
//! second at most. What was sent is in a row that all nodes share: each adds what it sent, for all its listeners at once,
//! and knows what the others did, a second later at most. So whoever asks several nodes within one second may have from
//! each what one would give: a smaller part from the others would silence those whose socket and whose bytes come from
//! two nodes.

use std::{
    collections::HashMap,
    convert::Infallible,
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use infra::App;
use kernel::{AccountId, SessionId, TrackId};
use money::meter::{Ranges, View};
use music::playback::{Ask, Delivery, FreeOrPreview, Judging, Policy, Quality, Verdict};
use quick_cache::sync::Cache;

use super::{
    known::{self, Addition, Known},
    model::Agreement,
    packed::total,
    queries,
    window::{Window, count, seconds, sent_in_all},
};

/// For how long what the database said is good, and until what was sent is written.
const FRESH: Duration = Duration::from_secs(1);
/// Listeners whose sessions other nodes have. Of those beyond it, what was sent within the last second is forgotten.
const ELSEWHERE: usize = 10_000;

/// Whose session is open, and how far.
pub struct Gate {
    notes: Arc<Notes>,
    open: Mutex<HashMap<AccountId, Arc<Place>>>,
    elsewhere: Cache<(AccountId, TrackId), Arc<Place>>,
    /// For all that is not priced.
    otherwise: FreeOrPreview,
}

/// What this node knows of a listener and a track.
#[derive(Debug)]
struct Place {
    whose: (AccountId, TrackId),
    state: Mutex<State>,
    /// Held by the one request that asks the database, while others wait for what it says.
    asking: tokio::sync::Mutex<()>,
}

#[derive(Debug, Default)]
struct State {
    window: Option<Window>,
    /// Whether the session is this node's.
    is_here: bool,
    /// All that was sent of the track, as far as it is known here: ranges of bytes.
    sent: Ranges,
    /// What of it is in no transaction yet, and what is in one that has not ended.
    unsaved: Ranges,
    saving: Ranges,
    /// How often something was written: what was read before that is older.
    writes: u64,
    /// When the database was asked, by the clock that only goes forward.
    read: Option<Duration>,
    /// Whether it is among those that are written next.
    is_noted: bool,
}

/// What is written down a moment after it was sent.
struct Notes {
    app: App,
    next: Mutex<Vec<Arc<Place>>>,
    /// Held while some of it is being written.
    writing: tokio::sync::Mutex<()>,
}

impl Gate {
    /// Nobody's session is open here. What is not priced is judged by `otherwise`.
    pub fn new(app: &App, otherwise: FreeOrPreview) -> Arc<Self> {
        let notes =
            Notes { app: app.clone(), next: Mutex::default(), writing: tokio::sync::Mutex::default() };
        let (open, elsewhere) = (Mutex::default(), Cache::new(ELSEWHERE));
        Arc::new(Self { notes: Arc::new(notes), open, elsewhere, otherwise })
    }

    /// A session begins here. `known` is what of its track was paid for and sent before.
    pub(super) fn open(&self, agreement: &Agreement, known: Known) {
        let whose = (agreement.account(), agreement.terms.track);
        // It may have been another node's until now, with what this one sent in it.
        let place = self.elsewhere.remove(&whose).map_or_else(|| Place::new(whose), |(_, place)| place);
        let mut state = place.state();
        state.window = Some(Window {
            session: agreement.id(),
            position_ms: agreement.terms.position_ms,
            before_ms: total(&known.heard),
            seconds: 0,
            is_over: false,
        });
        state.is_here = true;
        state.learn(known.sent);
        state.read = Some(self.notes.app.clock.elapsed());
        drop(state);
        lock(&self.open).insert(whose.0, place);
    }

    /// How far a session is paid for now.
    pub(super) fn show(&self, agreement: &Agreement, view: &View) {
        let Some(place) = self.here(agreement.account(), agreement.id()) else { return };
        if let Some(window) = &mut place.state().window {
            window.position_ms = view.paid_position_ms;
            window.seconds =
                seconds(view.acknowledged.seq, view.acknowledged.beats, u64::from(agreement.terms.grace));
        }
    }

    /// A session settles: no more is sent in it. Answers what was sent of its track and is not written down.
    pub(super) fn seal(&self, account: AccountId, session: SessionId) -> Option<Ranges> {
        self.here(account, session).map(|place| place.state().seal())
    }

    /// A session is no longer this node's. Answers what was sent of its track and is not written down.
    pub(super) fn close(&self, account: AccountId, session: SessionId) -> Option<Ranges> {
        let place = self.here(account, session)?;
        let mut open = lock(&self.open);
        if open.get(&account).is_some_and(|now| Arc::ptr_eq(now, &place)) {
            open.remove(&account);
        }
        Some(place.state().seal())
    }

    /// Nothing more is sent in any session that is open here; what was is written down.
    pub(super) async fn close_all(&self) -> db::Result<()> {
        for place in lock(&self.open).values() {
            if let Some(window) = &mut place.state().window {
                window.is_over = true;
            }
        }
        self.notes.write().await
    }

    fn here(&self, account: AccountId, session: SessionId) -> Option<Arc<Place>> {
        let place = lock(&self.open).get(&account).map(Arc::clone)?;
        let is_it = place.state().window.as_ref().is_some_and(|window| window.session == session);
        is_it.then_some(place)
    }

    /// What is known of a listener and a track, wherever the session is, if there is one.
    fn place(&self, whose: (AccountId, TrackId)) -> Option<Arc<Place>> {
        let here = lock(&self.open).get(&whose.0).filter(|place| place.whose == whose).map(Arc::clone);
        here.or_else(|| self.elsewhere.get(&whose))
    }

    /// The verdict for a listener who may have a session.
    async fn verdict(&self, account: AccountId, ask: Ask) -> db::Result<Verdict> {
        let whose = (account, ask.track);
        let place = if let Some(place) = self.place(whose) {
            place
        } else {
            let Ok(place) =
                self.elsewhere.get_or_insert_with(&whose, || Ok::<_, Infallible>(Place::new(whose)));
            place
        };
        if !self.is_fresh(&place) {
            let _asking = place.asking.lock().await;
            if !self.is_fresh(&place) {
                self.notes.ask_again(&place).await?;
            }
        }
        let state = place.state();
        let Some(window) = &state.window else { return Ok(self.otherwise.verdict(ask)) };
        let until = Some(window.until(&state.sent, &ask)).filter(|until| *until < ask.size);
        Ok(Verdict::Track { best: Quality::Original, until, counts: true })
    }

    fn is_fresh(&self, place: &Place) -> bool {
        let now = self.notes.app.clock.elapsed();
        place.state().read.is_some_and(|read| now < read.saturating_add(FRESH))
    }
}

impl Place {
    fn new(whose: (AccountId, TrackId)) -> Arc<Self> {
        Arc::new(Self { whose, state: Mutex::default(), asking: tokio::sync::Mutex::default() })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    /// What is to be written next of what was sent.
    fn take(&self) -> Addition {
        let mut state = self.state();
        state.is_noted = false;
        let sent = mem::take(&mut state.unsaved);
        state.saving = sent_in_all(mem::take(&mut state.saving), &sent);
        Addition { whose: self.whose, heard: Ranges::new(), sent }
    }
}

impl State {
    /// What the row says that all nodes share.
    fn learn(&mut self, row: Ranges) {
        self.sent = sent_in_all(sent_in_all(row, &self.saving), &self.unsaved);
    }

    /// Counts a piece that goes out, if all of it is released.
    fn send(&mut self, ask: &Ask, length: u64) -> Delivery {
        let end = ask.from.saturating_add(length);
        match &self.window {
            Some(window) if end <= window.until(&self.sent, ask) => {
                if !self.sent.contains(ask.from, end) {
                    count(&mut self.sent, ask.from..end);
                    count(&mut self.unsaved, ask.from..end);
                }
                Delivery::Sent
            }
            Some(window) if !window.is_over => Delivery::Later,
            _ => Delivery::Over,
        }
    }

    /// Whoever ends the session writes down what was sent, with its end.
    fn seal(&mut self) -> Ranges {
        if let Some(window) = &mut self.window {
            window.is_over = true;
        }
        self.saving = sent_in_all(mem::take(&mut self.saving), &mem::take(&mut self.unsaved));
        self.saving.clone()
    }

    /// What was taken is written. What a session that is ending was sent is not: that comes with its end.
    fn is_saved(&mut self, row: Ranges) {
        if !self.is_over() {
            self.saving = Ranges::new();
        }
        self.writes = self.writes.wrapping_add(1);
        self.learn(row);
    }

    /// Nobody knows whether what was taken is written. Answers whether it is now to be noted again.
    fn is_not_saved(&mut self) -> bool {
        if self.is_over() {
            return false;
        }
        self.unsaved = sent_in_all(mem::take(&mut self.saving), &mem::take(&mut self.unsaved));
        !mem::replace(&mut self.is_noted, true)
    }

    fn is_over(&self) -> bool {
        self.window.as_ref().is_some_and(|window| window.is_over)
    }
}

impl Notes {
    /// Reads what was sent by all nodes, and how far a session of another one is paid for.
    async fn ask_again(&self, place: &Place) -> db::Result<()> {
        let (read, writes) = (self.app.clock.elapsed(), place.state().writes);
        let (account, track) = place.whose;
        let found: db::Result<_> = db::snapshot!(self.app.db, |tx| {
            Ok((queries::open_on(tx, account, track).await?, known::of(tx, account, track).await?))
        });
        let (open, known) = found?;
        let mut state = place.state();
        if !state.is_here {
            let unsigned = |n: i64| u64::try_from(n).unwrap_or(0);
            state.window = open.map(|(session, position_ms, beats, seq, grace)| Window {
                session,
                position_ms: unsigned(position_ms),
                before_ms: total(&known.heard),
                seconds: seconds(unsigned(seq), unsigned(beats), unsigned(grace)),
                is_over: false,
            });
        }
        // What was written meanwhile said more.
        if state.writes == writes {
            state.learn(known.sent);
        }
        state.read = Some(read);
        Ok(())
    }

    /// Has it looked how far a session of another node is paid for by now, once a second at most: somebody waits for it. If
    /// that fails, the next look is the next attempt.
    fn look(self: &Arc<Self>, place: &Arc<Place>, state: &mut State) {
        let now = self.app.clock.elapsed();
        if state.read.is_some_and(|read| now < read.saturating_add(FRESH)) {
            return;
        }
        state.read = Some(now);
        let (notes, place) = (Arc::clone(self), Arc::clone(place));
        tokio::spawn(async move {
            let _asking = place.asking.lock().await;
            notes.ask_again(&place).await
        });
    }

    /// Writes down what was sent to `place` a moment later, with what is sent to others meanwhile.
    fn note(self: &Arc<Self>, place: Arc<Place>) {
        let mut next = lock(&self.next);
        next.push(place);
        if next.len() == 1 {
            let notes = Arc::clone(self);
            tokio::spawn(async move {
                loop {
                    tokio::time::sleep(FRESH).await;
                    if let Err(error) = notes.write().await {
                        tracing::warn!(%error, "what was sent of priced tracks is not known to other nodes yet");
                    }
                    if lock(&notes.next).is_empty() {
                        break;
                    }
                }
            });
        }
    }

    /// Writes what was sent to the rows that all nodes share, and learns what they say.
    async fn write(&self) -> db::Result<()> {
        let _writing = self.writing.lock().await;
        let mut places = mem::take(&mut *lock(&self.next));
        // Two nodes that write the same rows do so in the same order.
        places.sort_by_key(|place| place.whose);
        // A session that was another node's until now has a second place for a moment: each row is written once.
        places.dedup_by(|place, before| {
            let is_second = place.whose == before.whose;
            if is_second {
                lock(&self.next).push(Arc::clone(place));
            }
            is_second
        });
        let additions: Vec<Addition> = places.iter().map(|place| place.take()).collect();
        match leave_word(&self.app, &additions).await {
            Ok(known) => {
                for (place, known) in places.iter().zip(known) {
                    place.state().is_saved(known.sent);
                }
                Ok(())
            }
            Err(error) => {
                places.retain(|place| place.state().is_not_saved());
                lock(&self.next).extend(places);
                Err(error)
            }
        }
    }
}

/// Adds what was sent to the rows that all nodes share. Answers what they say now.
pub(super) async fn leave_word(app: &App, additions: &[Addition]) -> db::Result<Vec<Known>> {
    db::write!(app.db, |tx| known::add(tx, additions).await)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Policy for Gate {
    fn judge(&self, ask: Ask) -> Judging<'_> {
        let Some(account) = ask.account.filter(|_| ask.priced && !ask.manager) else {
            return Box::pin(std::future::ready(Ok(self.otherwise.verdict(ask))));
        };
        Box::pin(async move { Ok(self.verdict(account, ask).await?) })
    }

    fn deliver(&self, ask: Ask, length: u64) -> Delivery {
        let Some(account) = ask.account.filter(|_| ask.priced && !ask.manager) else { return Delivery::Sent };
        let Some(place) = self.place((account, ask.track)) else { return Delivery::Over };
        let mut state = place.state();
        let delivery = state.send(&ask, length);
        if delivery == Delivery::Later && !state.is_here {
            self.notes.look(&place, &mut state);
        }
        let is_new = !state.unsaved.as_slice().is_empty() && !mem::replace(&mut state.is_noted, true);
        drop(state);
        if is_new {
            self.notes.note(place);
        }
        delivery
    }
}
