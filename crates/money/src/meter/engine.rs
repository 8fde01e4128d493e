//! The engine of one node: all its sessions, one commit a second for all of them, and one session for each account.

use std::collections::{BTreeMap, BTreeSet};

use kernel::{AccountId, SessionId};

use super::{
    Adoption, COMMIT_EVERY, Count, Grant, Input, LATE, LEASE, Moment, Output, PauseReason, Refusal, Row,
    Terms,
    session::{Phase, Session, View},
};
use crate::{
    eth::Domain,
    planted::{Bug, planted},
};

/// The paid sessions of one node.
///
/// [`handle`](Self::handle) every input as it comes, carry out [every output](Self::poll), and hand in a
/// [`Tick`](Input::Tick) when the [deadline](Self::deadline) is reached.
#[derive(Debug)]
pub struct Meter {
    domain: Domain,
    now: Moment,
    /// In boxes: the nodes of a tree that grows at its end are half empty.
    sessions: BTreeMap<SessionId, Box<Session>>,
    by_account: BTreeMap<AccountId, SessionId>,
    /// Who waits for a session of the same account to be settled: one for each account, the newest.
    waiting: BTreeMap<AccountId, Terms>,
    deadlines: BTreeSet<(Moment, SessionId)>,
    commit_at: Moment,
    batch: u64,
    commit: Option<Commit>,
    out: Vec<Output>,
}

/// A commit that was sent and not answered.
#[derive(Debug)]
struct Commit {
    batch: u64,
    sent_at: Moment,
    counts: Vec<(SessionId, Count)>,
}

impl Meter {
    /// An engine without sessions, whose vouchers are signed in `domain`.
    pub fn new(domain: Domain) -> Self {
        Self {
            domain,
            now: Moment::default(),
            sessions: BTreeMap::new(),
            by_account: BTreeMap::new(),
            waiting: BTreeMap::new(),
            deadlines: BTreeSet::new(),
            commit_at: Moment::default(),
            batch: 0,
            commit: None,
            out: Vec::new(),
        }
    }

    /// Takes an input that arrived at `now`. A clock that goes back is taken to stand still.
    ///
    /// # Errors
    /// What the sender is told; nothing has changed then, apart from the time.
    pub fn handle(&mut self, now: Moment, input: Input) -> Result<(), Refusal> {
        self.now = self.now.max(now);
        self.pass_time();
        let answer = self.take(input);
        self.pass_time();
        answer
    }

    /// Takes what is to be done, in the order in which it came about.
    pub fn poll(&mut self) -> Vec<Output> {
        std::mem::take(&mut self.out)
    }

    /// When what is acknowledged by then is committed, by a [`Tick`](Input::Tick); none without sessions.
    pub fn next_commit(&self) -> Option<Moment> {
        (!self.sessions.is_empty()).then_some(self.commit_at)
    }

    /// When the next [`Tick`](Input::Tick) is due, if nothing happens before; none without sessions.
    pub fn deadline(&self) -> Option<Moment> {
        let first = self.deadlines.first().map_or(self.commit_at, |(at, _)| *at);
        if self.sessions.is_empty() { None } else { Some(self.commit_at.min(first)) }
    }

    /// A session as it is now.
    pub fn session(&self, session: SessionId) -> Option<View> {
        self.sessions.get(&session).map(|session| session.view())
    }

    /// The session that an account has.
    pub fn session_of(&self, account: AccountId) -> Option<SessionId> {
        self.by_account.get(&account).copied()
    }

    /// How many sessions there are.
    pub fn len(&self) -> usize {
        self.sessions.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.sessions.is_empty()
    }

    fn take(&mut self, input: Input) -> Result<(), Refusal> {
        match input {
            Input::Start(terms) => self.start(*terms),
            Input::Adopt(adoption) => self.adopt(*adoption),
            Input::Opened { session, grant } => self.with(session, |s, now, out| opened(s, grant, now, out)),
            Input::OpenRefused { session } => {
                self.known(session)?;
                self.out.push(Output::StartRefused { session });
                self.forget(session);
                Ok(())
            }
            Input::OpenFailed { session } => self.with(session, |s, _, _| s.unknown.step = !s.is_open),
            Input::Acknowledge { session, acknowledgement } => {
                let (now, domain) = (self.now, self.domain.clone());
                self.try_with(session, |s, out| {
                    s.acknowledge(&domain, &acknowledgement, now)?;
                    s.go_on(now, out);
                    Ok(())
                })
            }
            Input::Report { session, played, delivered } => {
                let now = self.now;
                self.try_with(session, |s, out| {
                    s.report(played, delivered, now)?;
                    s.go_on(now, out);
                    Ok(())
                })
            }
            Input::Seek { session, position_ms } => self.with(session, |s, _, _| s.seek(position_ms)),
            Input::Pause { session } => {
                self.with(session, |s, now, out| s.interrupt(PauseReason::Client, now, out))
            }
            Input::Stop { session } | Input::Settle { session } | Input::Disconnected { session }
                if self.withdraw(session) =>
            {
                Ok(())
            }
            Input::Disconnected { session } => {
                self.with(session, |s, now, out| s.interrupt(PauseReason::Network, now, out))
            }
            Input::Resume { session, caps, voucher } => {
                let (now, domain) = (self.now, self.domain.clone());
                if caps.is_some_and(|caps| caps.lowest().is_some_and(i64::is_negative)) {
                    return Err(Refusal::Terms);
                }
                self.try_with(session, |s, out| {
                    if matches!(s.phase, Phase::Ending(_) | Phase::Settling) {
                        return Err(Refusal::TooLate);
                    }
                    if let Some(voucher) = voucher {
                        s.restore(&domain, &voucher)?;
                    }
                    s.resume(caps, now, out);
                    Ok(())
                })
            }
            Input::Limited { session, caps } => self.with(session, |s, _, _| s.limited(caps)),
            Input::Stop { session } => self.with(session, |s, now, _| {
                // Nobody waits for what cannot come.
                let until = if s.unacknowledged.is_empty() { now } else { now.plus(LATE) };
                s.end(now, until);
            }),
            Input::Settle { session } => self.with(session, |s, now, _| s.end(now, now)),
            Input::HoldGranted { session, part, grant } => self.with(session, |s, now, out| {
                s.hold_answered(part, Some(grant));
                s.go_on(now, out);
            }),
            Input::HoldRefused { session, part } => self.with(session, |s, now, out| {
                s.hold_answered(part, None);
                s.go_on(now, out);
            }),
            Input::HoldFailed { session, part } => self.with(session, |s, _, _| {
                s.unknown.hold |= s.hold.request.is_some_and(|request| request.part == part);
            }),
            Input::Committed { batch, fenced } => {
                self.committed(batch, &fenced);
                Ok(())
            }
            Input::CommitFailed { batch } => {
                self.commit_failed(batch);
                Ok(())
            }
            Input::Captured { session, beats } => {
                self.with(session, |s, _, _| s.capture_answered(beats, true))
            }
            Input::CaptureFailed { session, beats } => {
                self.with(session, |s, _, _| s.capture_answered(beats, false))
            }
            Input::Settled { session } => self.settled(session),
            Input::SettleFailed { session } => {
                self.with(session, |s, _, _| s.unknown.step = s.phase == Phase::Settling)
            }
            Input::LeaseLost { session } => {
                self.known(session)?;
                self.lose(session);
                Ok(())
            }
            Input::Tick => Ok(()),
        }
    }

    fn start(&mut self, terms: Terms) -> Result<(), Refusal> {
        if self.sessions.contains_key(&terms.session) {
            return Err(Refusal::KnownSession);
        }
        if terms.price < 0 || terms.caps.lowest().is_some_and(i64::is_negative) {
            return Err(Refusal::Terms);
        }
        let account = terms.account;
        if let Some(&earlier) = self.by_account.get(&account).filter(|_| !planted(Bug::TwoSessions)) {
            if let Some(replaced) = self.waiting.insert(account, terms) {
                self.out.push(Output::StartRefused { session: replaced.session });
            }
            return self.with(earlier, |s, now, _| s.end(now, now));
        }
        let session = Session::new(terms, self.now);
        self.out.push(session.opening());
        self.insert(session);
        Ok(())
    }

    /// Gives up a start that still waits for the account's earlier session; whether there was one.
    fn withdraw(&mut self, session: SessionId) -> bool {
        let waits = self.waiting.values().find(|terms| terms.session == session);
        let Some(account) = waits.map(|terms| terms.account) else { return false };
        self.waiting.remove(&account);
        self.out.push(Output::StartRefused { session });
        true
    }

    fn adopt(&mut self, adoption: Adoption) -> Result<(), Refusal> {
        let (account, id) = (adoption.terms.account, adoption.terms.session);
        if self.sessions.contains_key(&id) || self.by_account.contains_key(&account) {
            return Err(Refusal::KnownSession);
        }
        let session = Session::adopted(adoption, self.now);
        self.out.push(Output::Started { session: id, beats_remaining: session.beats_remaining() });
        self.insert(session);
        Ok(())
    }

    fn insert(&mut self, session: Session) {
        if self.sessions.is_empty() {
            self.commit_at = self.now.plus(COMMIT_EVERY);
        }
        self.by_account.insert(session.account(), session.id());
        let id = session.id();
        self.sessions.insert(id, Box::new(session));
        self.deadlines.insert((self.now, id));
    }

    fn known(&self, session: SessionId) -> Result<(), Refusal> {
        if self.sessions.contains_key(&session) { Ok(()) } else { Err(Refusal::UnknownSession) }
    }

    /// Changes a session, and looks at it again at once.
    fn try_with(
        &mut self,
        id: SessionId,
        change: impl FnOnce(&mut Session, &mut Vec<Output>) -> Result<(), Refusal>,
    ) -> Result<(), Refusal> {
        let session = self.sessions.get_mut(&id).ok_or(Refusal::UnknownSession)?;
        session.advance(self.now, &mut self.out);
        let answer = change(session, &mut self.out);
        look_at(session, self.now, &mut self.deadlines, &mut self.out);
        answer
    }

    fn with(
        &mut self,
        id: SessionId,
        change: impl FnOnce(&mut Session, Moment, &mut Vec<Output>),
    ) -> Result<(), Refusal> {
        let now = self.now;
        self.try_with(id, |session, out| {
            change(session, now, out);
            Ok(())
        })
    }

    /// Looks at every session whose deadline has come, and commits when it is time.
    fn pass_time(&mut self) {
        while let Some(&(at, id)) = self.deadlines.first().filter(|(at, _)| *at <= self.now) {
            self.deadlines.remove(&(at, id));
            if let Some(session) = self.sessions.get_mut(&id) {
                look_at(session, self.now, &mut self.deadlines, &mut self.out);
            }
        }
        if self.now >= self.commit_at && !self.sessions.is_empty() {
            self.every_second();
            self.commit_at = self.now.plus(COMMIT_EVERY);
        }
    }

    /// What happens each second: what failed is asked for again, and what changed is committed.
    fn every_second(&mut self) {
        for session in self.sessions.values_mut() {
            session.ask_again(&mut self.out);
            look_at(session, self.now, &mut self.deadlines, &mut self.out);
        }
        if self.commit.is_some() {
            return;
        }
        let mut rows: Vec<Row> = Vec::new();
        for session in self.sessions.values_mut() {
            let renews = session.lease_until <= self.now.plus(LEASE / 2);
            let is_alive = session.is_open && session.phase != Phase::Settling;
            if is_alive && (session.is_dirty || renews) {
                session.is_dirty = false;
                if planted(Bug::CommitPromisedEarly) {
                    session.committed = session.acknowledged;
                }
                rows.push(session.row());
            }
        }
        if rows.is_empty() {
            return;
        }
        self.batch = self.batch.saturating_add(1);
        let counts = rows.iter().map(|row| (row.session, row.acknowledged)).collect();
        self.commit = Some(Commit { batch: self.batch, sent_at: self.now, counts });
        self.out.push(Output::Commit { batch: self.batch, rows });
    }

    fn committed(&mut self, batch: u64, fenced: &[SessionId]) {
        let Some(commit) = self.commit.take_if(|commit| commit.batch == batch) else { return };
        for (id, count) in commit.counts {
            if fenced.contains(&id) && !planted(Bug::FenceIgnored) {
                // One whose settlement is under way was perhaps closed by it.
                if self.sessions.get(&id).is_some_and(|session| session.phase != Phase::Settling) {
                    self.lose(id);
                }
                continue;
            }
            let Some(session) = self.sessions.get_mut(&id) else { continue };
            session.committed = session.committed.max(count);
            session.lease_until = session.lease_until.max(commit.sent_at.plus(LEASE));
            session.go_on(self.now, &mut self.out);
            look_at(session, self.now, &mut self.deadlines, &mut self.out);
        }
    }

    fn commit_failed(&mut self, batch: u64) {
        if planted(Bug::FailedCommitTaken) {
            return self.committed(batch, &[]);
        }
        let Some(commit) = self.commit.take_if(|commit| commit.batch == batch) else { return };
        for (id, _) in commit.counts {
            if let Some(session) = self.sessions.get_mut(&id) {
                session.is_dirty = true;
            }
        }
    }

    fn settled(&mut self, id: SessionId) -> Result<(), Refusal> {
        let session = self.sessions.get(&id).ok_or(Refusal::UnknownSession)?;
        if session.phase == Phase::Settling {
            self.out.push(Output::Ended(session.summary()));
            self.forget(id);
        }
        Ok(())
    }

    /// Gives up a session that another node has, or that was settled elsewhere.
    fn lose(&mut self, id: SessionId) {
        self.out.push(Output::Paused { session: id, reason: PauseReason::Suspended });
        self.forget(id);
    }

    /// Takes a session out, and begins the one that waited for it.
    fn forget(&mut self, id: SessionId) {
        let Some(session) = self.sessions.remove(&id) else { return };
        if let Some(at) = session.next_look {
            self.deadlines.remove(&(at, id));
        }
        let account = session.account();
        if self.by_account.get(&account) == Some(&id) {
            self.by_account.remove(&account);
        }
        if let Some(terms) = self.waiting.remove(&account) {
            let refused = terms.session;
            if self.start(terms).is_err() {
                self.out.push(Output::StartRefused { session: refused });
            }
        }
    }
}

/// Brings a session to the present, asks for what it needs, and sets its next deadline.
fn look_at(
    session: &mut Session,
    now: Moment,
    deadlines: &mut BTreeSet<(Moment, SessionId)>,
    out: &mut Vec<Output>,
) {
    let (id, before) = (session.id(), session.next_look);
    session.advance(now, out);
    session.tire(now);
    session.ask_for_hold(out);
    session.ask_for_capture(now, out);
    session.ask_to_settle(now, out);
    // A deadline that has passed without effect waits for an answer from outside.
    session.next_look = session.deadline().filter(|at| *at > now);
    let after = session.next_look;
    if before != after {
        if let Some(before) = before {
            deadlines.remove(&(before, id));
        }
        if let Some(after) = after {
            deadlines.insert((after, id));
        }
    }
}

/// The session's row exists: it starts, unless the listener changed their mind.
fn opened(session: &mut Session, grant: Grant, now: Moment, out: &mut Vec<Output>) {
    if session.is_open {
        return;
    }
    session.is_open = true;
    session.unknown.step = false;
    session.add_grant(grant);
    if session.phase != Phase::Opening {
        return;
    }
    out.push(Output::Started { session: session.id(), beats_remaining: session.beats_remaining() });
    session.phase = Phase::Paused(PauseReason::Client, now);
    session.go_on(now, out);
}
