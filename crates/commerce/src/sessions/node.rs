//! One node's meter at work: the task that hands it what happened, carries out what it asks for, and tells listeners.
//!
//! The meter itself does no input or output ([`money::meter`]). All that its sessions ask of the database meanwhile is
//! done in one transaction, and the next one begins when that has ended: many callers share one commit.

use std::{collections::HashMap, mem, sync::Arc, time::Duration};

use identity::Identity;
use infra::App;
use kernel::{AccountId, SessionId, TrackId};
use money::meter::{Input, Meter, Moment, Output, PauseReason, Ranges, Refusal, Summary, View};
use tokio::{
    sync::{mpsc, oneshot},
    task::JoinSet,
};
use uuid::Uuid;

use super::{
    SessionError, attempt,
    desk::{Command, Desk, Reply, Seat, Wanted},
    gate::{self, Gate},
    known::Addition,
    lookout::Lookout,
    model::{Agreement, Instance, Started, Told},
    queries::leases,
    store::{Answers, Batch, Refused},
    upkeep,
};

/// Commands that wait; whoever has one more waits too.
const COMMANDS: usize = 1024;
/// What one transaction does besides the commit of the second: with more it would keep the next second's commit waiting, and
/// leases depend on that.
const QUESTIONS: usize = 256;
/// Signatures of another key, or for something else, that a session is sent one after the other before it ends.
const WRONG_SIGNATURES: u32 = 10;
/// Beats that are due in the same fortieth of a second are told in one go: with thousands of listeners, waking up for
/// each would cost more than telling them. It makes a beat late and nobody pay more.
const GRAIN: Duration = Duration::from_millis(25);
/// How often sessions that nobody owns are looked for.
const REAP_EVERY: Duration = Duration::from_secs(5);

/// What a node's task is made of, until it runs.
pub struct Node {
    identity: Identity,
    instance: Instance,
    gate: Arc<Gate>,
    lookout: Arc<Lookout>,
    commands: mpsc::Receiver<Command>,
    turned: Arc<tokio::sync::Notify>,
    desk: Desk,
}

impl Node {
    /// A node and the way to it.
    pub(super) fn new(
        identity: &Identity,
        instance: Instance,
        gate: Arc<Gate>,
        lookout: Arc<Lookout>,
    ) -> (Self, Desk) {
        let (sender, commands) = mpsc::channel(COMMANDS);
        let (id, turned) = (identity.app.ids.random_uuid(), Arc::new(tokio::sync::Notify::new()));
        let desk = Desk { commands: sender, turned: Arc::clone(&turned), node: id };
        let node = Self {
            identity: identity.clone(),
            instance,
            gate,
            lookout,
            commands,
            turned,
            desk: desk.clone(),
        };
        (node, desk)
    }

    /// Meters until `stop` is done; then gives its leases back, so that another node may go on at once.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        let (answered, answers) = mpsc::channel(1);
        let meter = Meter::new(self.instance.domain.clone());
        let mut work = Work {
            app: self.identity.app.clone(),
            gate: self.gate,
            id: self.desk.node,
            meter,
            sessions: HashMap::new(),
            waiting: Vec::new(),
            is_busy: false,
            quiet: Vec::new(),
            answered,
        };
        // Ends with this, however this ends.
        let mut beside = JoinSet::new();
        beside.spawn(upkeep::look_after(self.lookout, self.identity.clone()));
        beside.spawn(upkeep::end_withdrawn(self.desk, self.identity.app.clone()));
        work.run(self.commands, answers, &self.turned, stop).await;
    }
}

/// A session on this node.
struct Seated {
    agreement: Arc<Agreement>,
    seat: Option<Seat>,
    /// Why it does not run, if so.
    pause: Option<PauseReason>,
    wrong_signatures: u32,
    /// Its settlement is asked for: what was sent in it is being written down.
    is_settling: bool,
    /// Who waits for it to begin.
    starter: Option<oneshot::Sender<Result<Started, SessionError>>>,
    /// Who wait for its end.
    enders: Vec<oneshot::Sender<Option<Summary>>>,
}

struct Work {
    app: App,
    gate: Arc<Gate>,
    id: Uuid,
    meter: Meter,
    sessions: HashMap<SessionId, Seated>,
    /// What the next transaction is to do.
    waiting: Vec<Output>,
    /// Whether a transaction is under way.
    is_busy: bool,
    /// Who wait until nothing is.
    quiet: Vec<oneshot::Sender<()>>,
    answered: mpsc::Sender<Answers>,
}

impl Work {
    async fn run(
        &mut self,
        mut commands: mpsc::Receiver<Command>,
        mut answers: mpsc::Receiver<Answers>,
        turned: &tokio::sync::Notify,
        stop: impl Future<Output = ()>,
    ) {
        let mut stop = std::pin::pin!(stop);
        let mut reap = tokio::time::interval(REAP_EVERY);
        reap.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            self.carry_out();
            let until_due = self.meter.deadline().map(|at| in_grains(at).since(self.now()));
            tokio::select! {
                () = &mut stop => break,
                Some(answers) = answers.recv() => self.take(answers),
                command = commands.recv() => match command {
                    Some(command) => {
                        self.obey(command);
                        // Whoever else has something to say comes first: all of it is dealt with in one go, and what
                        // looks at signatures stays in the processor's cache.
                        tokio::task::yield_now().await;
                        for _ in 0..COMMANDS {
                            let Ok(command) = commands.try_recv() else { break };
                            self.obey(command);
                        }
                    }
                    None => break,
                },
                () = tokio::time::sleep(until_due.unwrap_or(REAP_EVERY)), if until_due.is_some() => self.tick(),
                () = turned.notified() => self.tick(),
                _ = reap.tick() => self.reap(),
            }
        }
        self.drain(&mut commands, &mut answers).await;
    }

    fn now(&self) -> Moment {
        Moment::from_micros(u64::try_from(self.app.clock.elapsed().as_micros()).unwrap_or(u64::MAX))
    }

    fn tick(&mut self) {
        let now = self.now();
        // Time passing is never refused.
        let _ = self.meter.handle(now, Input::Tick);
    }

    fn handle(&mut self, input: Input) -> Result<(), Refusal> {
        let now = self.now();
        self.meter.handle(now, input)
    }

    fn obey(&mut self, command: Command) {
        match command {
            Command::Start { wanted, seat, reply } => {
                let agreement = Arc::new(self.up_to_date(*wanted));
                if let Err(error) = agreement.caps_leave_a_beat() {
                    let _ = reply.send(Err(error));
                    return;
                }
                let input = Input::Start(Box::new(agreement.terms.clone()));
                self.sit_down(agreement, seat, reply, input);
            }
            Command::Adopt { agreement, adoption, seat, reply } => {
                self.sit_down(agreement, seat, reply, Input::Adopt(adoption));
            }
            Command::Attach { session, account, seat, reply } => {
                let view = self.meter.session(session);
                let known = self.of(session, account).filter(|known| known.starter.is_none());
                let started = known.zip(view).map(|(known, view)| {
                    let earlier = mem::replace(&mut known.seat, seat);
                    // A client that asks again for what it has is not told that another one has it.
                    let is_same = earlier.as_ref().zip(known.seat.as_ref());
                    let is_same = is_same.is_some_and(|(earlier, seat)| earlier.same_channel(seat));
                    if let Some(earlier) = earlier.filter(|_| !is_same) {
                        let _ = earlier.try_send(Box::new(Told::Gone(session)));
                    }
                    Started {
                        agreement: Arc::clone(&known.agreement),
                        cap: view.cap,
                        beats_remaining: view.beats_remaining,
                        count: view.acknowledged,
                    }
                });
                let _ = reply.send(started);
            }
            Command::Admit { session, account, known, reply } => {
                let seated = self.of(session, account).filter(|seated| !seated.is_settling);
                if let Some(agreement) = seated.map(|seated| Arc::clone(&seated.agreement)) {
                    self.gate.open(&agreement, known);
                    self.show(session);
                }
                let _ = reply.send(());
            }
            Command::Leave { session, seat } => self.leave(session, &seat),
            Command::Tell { input, session, account, reply } => {
                let result = self.hand_over(input, session, account);
                let view = self.show(session).ok_or(Refusal::UnknownSession);
                match reply {
                    Reply::Waits(reply) => {
                        let _ = reply.send(result.and(view));
                    }
                    Reply::IfRefused(seat) => {
                        if let Err(refusal) = result {
                            let _ = seat.try_send(Box::new(Told::Refused(session, refusal)));
                        }
                    }
                }
            }
            Command::End { session, account, reply } => {
                if let Some(known) = self.of(session, account) {
                    known.enders.push(reply);
                    // It may be ending already.
                    let _ = self.handle(Input::Settle { session });
                } else {
                    let _ = reply.send(None);
                }
            }
            Command::Quiet { reply } => {
                self.tick();
                self.quiet.push(reply);
            }
            Command::Look { session, account, reply } => {
                let view = self.meter.session(session);
                let known = self.of(session, account).zip(view);
                let _ =
                    reply.send(known.map(|(known, view)| (Arc::clone(&known.agreement), view, known.pause)));
            }
        }
    }

    /// Hands the meter what a client says. Each signature that is wrong costs everybody's time: whoever sends many has
    /// listened enough.
    fn hand_over(&mut self, input: Input, session: SessionId, account: AccountId) -> Result<(), Refusal> {
        let wrong = self.of(session, account).ok_or(Refusal::UnknownSession)?.wrong_signatures;
        let is_acknowledgement = matches!(input, Input::Acknowledge { .. });
        if is_acknowledgement && wrong >= WRONG_SIGNATURES {
            return Err(Refusal::TooLate);
        }
        let heard = |work: &Self| work.meter.session(session).map(|view| view.acknowledged.seq);
        // Only a second more makes up for them: what was acknowledged before is not looked at again.
        let before = if wrong > 0 { heard(self) } else { None };
        let result = self.handle(input);
        let is_wrong = matches!(result, Err(Refusal::WrongSigner | Refusal::Signature(_)));
        let wrong = if is_wrong {
            wrong.saturating_add(1)
        } else if wrong > 0 && heard(self) > before {
            0
        } else {
            wrong
        };
        if let Some(known) = self.of(session, account) {
            known.wrong_signatures = wrong;
        }
        if is_wrong && wrong >= WRONG_SIGNATURES {
            tracing::warn!(%session, %account, "a session ends: its client signs with another key, or for something else");
            let _ = self.handle(Input::Settle { session });
        }
        result
    }

    fn of(&mut self, session: SessionId, account: AccountId) -> Option<&mut Seated> {
        self.sessions.get_mut(&session).filter(|known| known.agreement.account() == account)
    }

    /// An agreement whose caps leave out what the account's earlier session charged since they were worked out. That
    /// session charges no more once this one is handed to the meter.
    fn up_to_date(&self, Wanted { mut agreement, counted }: Wanted) -> Agreement {
        let earlier = self.meter.session_of(agreement.account());
        let Some((id, earlier)) = earlier.and_then(|id| Some((id, self.sessions.get(&id)?))) else {
            return agreement;
        };
        let charged = self.meter.session(id).map_or(0, |view| view.acknowledged.amount);
        let counted = counted.filter(|(counted, _)| *counted == id).map_or(0, |(_, amount)| amount);
        let more = charged.saturating_sub(counted);
        let is_same_artist = earlier.agreement.artist == agreement.artist;
        let caps = &mut agreement.terms.caps;
        for (cap, counts) in
            [(&mut caps.day, true), (&mut caps.month, true), (&mut caps.artist, is_same_artist)]
        {
            *cap = cap.map(|cap| if counts { cap.saturating_sub(more).max(0) } else { cap });
        }
        agreement
    }

    fn sit_down(
        &mut self,
        agreement: Arc<Agreement>,
        seat: Option<Seat>,
        reply: oneshot::Sender<Result<Started, SessionError>>,
        input: Input,
    ) {
        let session = agreement.id();
        let seated = Seated {
            agreement,
            seat,
            pause: None,
            wrong_signatures: 0,
            is_settling: false,
            starter: Some(reply),
            enders: Vec::new(),
        };
        let earlier = self.sessions.insert(session, seated);
        if let Err(refusal) = self.handle(input) {
            let starter = self.sessions.remove(&session).and_then(|known| known.starter);
            if let Some(starter) = starter {
                let _ = starter.send(Err(refusal.into()));
            }
            self.sessions.extend(earlier.map(|earlier| (session, earlier)));
        }
    }

    /// The client of a session is gone, unless another one has taken its place.
    fn leave(&mut self, session: SessionId, seat: &Seat) {
        let Some(known) = self.sessions.get_mut(&session) else { return };
        if known.seat.as_ref().is_some_and(|sitting| sitting.same_channel(seat)) {
            known.seat = None;
            let _ = self.handle(Input::Disconnected { session });
        }
    }

    /// Tells listeners, collects what the database is asked, and asks it if it is free.
    fn carry_out(&mut self) {
        loop {
            let outputs = self.meter.poll();
            if outputs.is_empty() {
                break;
            }
            for output in outputs {
                self.tell_or_ask(output);
            }
        }
        if !self.is_busy && !self.waiting.is_empty() {
            self.ask_database();
        }
        if !self.is_busy {
            for quiet in self.quiet.drain(..) {
                let _ = quiet.send(());
            }
        }
    }

    fn tell_or_ask(&mut self, output: Output) {
        match output {
            Output::Started { session, beats_remaining } => {
                let view = self.meter.session(session);
                let Some(known) = self.sessions.get_mut(&session) else { return };
                let agreement = Arc::clone(&known.agreement);
                let (count, cap) = view.map_or_else(Default::default, |view| (view.acknowledged, view.cap));
                if let Some(starter) = known.starter.take() {
                    let _ = starter.send(Ok(Started { agreement, cap, beats_remaining, count }));
                }
                self.show(session);
            }
            Output::StartRefused { session } => {
                if let Some(Seated { starter: Some(starter), .. }) = self.sessions.remove(&session) {
                    let _ = starter.send(Err(SessionError::Busy));
                }
            }
            Output::Beat(beat) => self.tell(beat.session, None, Told::Beat(beat)),
            Output::Paused { session, reason } => {
                self.tell(session, Some(reason), Told::Paused(session, reason));
                if reason == PauseReason::Suspended && self.meter.session(session).is_none() {
                    self.forget(session, Told::Gone(session), None);
                }
            }
            Output::Ended(summary) => {
                self.forget(summary.session, Told::Settled(summary), Some(summary));
            }
            Output::Open { .. }
            | Output::RequestHold { .. }
            | Output::Commit { .. }
            | Output::Capture(_)
            | Output::Settle(_) => self.waiting.push(output),
        }
    }

    /// Tells the client of a session, and keeps for those who ask why it does not run. A client that leaves what it is told
    /// lying about is gone.
    fn tell(&mut self, session: SessionId, pause: Option<PauseReason>, told: Told) {
        let Some(known) = self.sessions.get_mut(&session) else { return };
        known.pause = pause;
        let Some(seat) = &known.seat else { return };
        if seat.try_send(Box::new(told)).is_err() {
            known.seat = None;
            let _ = self.handle(Input::Disconnected { session });
        }
    }

    fn forget(&mut self, session: SessionId, told: Told, summary: Option<Summary>) {
        let Some(known) = self.sessions.remove(&session) else { return };
        let sent = self.gate.close(known.agreement.account(), session);
        if let Some(sent) = sent.filter(|_| summary.is_none()) {
            // Whoever has the session now settles it, and does not know what this node sent.
            self.leave_word((known.agreement.account(), known.agreement.terms.track), sent);
        }
        if let Some(seat) = known.seat {
            let _ = seat.try_send(Box::new(told));
        }
        for ender in known.enders {
            let _ = ender.send(summary);
        }
    }

    fn leave_word(&self, whose: (AccountId, TrackId), sent: Ranges) {
        let app = self.app.clone();
        tokio::spawn(async move {
            let addition = Addition { whose, heard: Ranges::new(), sent };
            if let Err(error) = gate::leave_word(&app, &[addition]).await {
                tracing::warn!(%error, "what was sent of a track that another node has is not counted");
            }
        });
    }

    /// Lets the gate know how far the session is paid for. Nobody pays for silence: behind the end of its track it rests
    /// until its listener goes elsewhere in it.
    fn show(&mut self, session: SessionId) -> Option<View> {
        let mut view = self.meter.session(session)?;
        let agreement = &self.sessions.get(&session)?.agreement;
        self.gate.show(agreement, &view);
        if view.is_running && agreement.is_behind_end(view.paid_position_ms) {
            let _ = self.handle(Input::Pause { session });
            view = self.meter.session(session)?;
        }
        Some(view)
    }

    fn ask_database(&mut self) {
        self.is_busy = true;
        let (commits, mut others): (Vec<Output>, Vec<Output>) = mem::take(&mut self.waiting)
            .into_iter()
            .partition(|question| matches!(question, Output::Commit { .. }));
        self.waiting = others.split_off(others.len().min(QUESTIONS));
        let questions = commits.into_iter().chain(others).collect();
        let mut batch = Batch { questions, ..Batch::default() };
        for question in &batch.questions {
            let session = match question {
                Output::Open { terms, .. } => terms.session,
                Output::RequestHold { session, .. } => *session,
                Output::Capture(capture) => capture.session,
                Output::Settle(settlement) => settlement.row.session,
                _ => continue,
            };
            if let Some(known) = self.sessions.get_mut(&session) {
                batch.agreements.insert(session, Arc::clone(&known.agreement));
                if matches!(question, Output::Settle(_)) {
                    known.is_settling = true;
                    let sent = self.gate.seal(known.agreement.account(), session);
                    batch.sent.extend(sent.map(|sent| (session, sent)));
                }
            }
        }
        let (app, answered, id) = (self.app.clone(), self.answered.clone(), self.id);
        let (sessions, waiting) = (self.meter.len(), self.waiting.len());
        tokio::spawn(async move {
            let began = app.clock.elapsed();
            let answers = attempt::answers(&app, id, &batch).await;
            let took = app.clock.elapsed().saturating_sub(began);
            let questions = batch.questions.len();
            tracing::debug!(sessions, questions, waiting, took_ms = took.as_millis(), "meter");
            metrics::histogram!("meter_transaction_seconds").record(took.as_secs_f64());
            let _ = answered.send(answers).await;
        });
    }

    fn take(&mut self, answers: Answers) {
        self.is_busy = false;
        for (session, why) in answers.refused {
            let starter = self.sessions.get_mut(&session).and_then(|known| known.starter.take());
            if let Some(starter) = starter {
                let _ = starter.send(Err(match why {
                    Refused::NoMoney => SessionError::InsufficientFunds,
                    Refused::Taken => SessionError::Busy,
                }));
            }
        }
        for input in answers.inputs {
            if let Err(refusal) = self.handle(input) {
                tracing::debug!(%refusal, "an answer came for a session that is not here");
            }
        }
    }

    /// Settles what no node owns any more, here or elsewhere.
    fn reap(&self) {
        let (app, id) = (self.app.clone(), self.id);
        tokio::spawn(async move {
            if let Err(error) = upkeep::reap(&app, id).await {
                tracing::warn!(%error, "abandoned sessions cannot be settled now");
            }
        });
    }

    /// Makes durable what is acknowledged by the next commit, and gives the leases back.
    async fn drain(&mut self, commands: &mut mpsc::Receiver<Command>, answers: &mut mpsc::Receiver<Answers>) {
        let over = tokio::time::sleep(Duration::from_secs(3));
        tokio::pin!(over);
        let until = self.meter.next_commit().map_or(Duration::ZERO, |at| at.since(self.now()));
        let commit = tokio::time::sleep(until);
        tokio::pin!(commit);
        loop {
            tokio::select! {
                () = &mut commit => break,
                Some(command) = commands.recv() => match command {
                    // Another node takes those in.
                    Command::Start { reply, .. } | Command::Adopt { reply, .. } => {
                        let _ = reply.send(Err(SessionError::Away));
                    }
                    command => self.obey(command),
                },
                Some(answers) = answers.recv() => self.take(answers),
            }
            self.carry_out();
        }
        // What is under way has not what came since.
        for is_last in [false, true] {
            if is_last {
                self.tick();
            }
            self.carry_out();
            while self.is_busy {
                tokio::select! {
                    Some(answers) = answers.recv() => self.take(answers),
                    () = &mut over => break,
                }
                self.carry_out();
            }
        }
        let (app, id, now) = (&self.app, self.id, self.app.now());
        if let Err(error) = self.gate.close_all().await {
            tracing::warn!(%error, "what was sent of tracks that are being paid for is not counted");
        }
        let given: db::Result<()> = db::write!(app.db, |tx| leases::give_back(tx, id, now).await);
        if let Err(error) = given {
            tracing::warn!(%error, "leases end by themselves");
        }
    }
}

/// The end of the grain that `at` lies in.
fn in_grains(at: Moment) -> Moment {
    let grain = u64::try_from(GRAIN.as_micros()).unwrap_or(u64::MAX);
    Moment::from_micros(at.micros().checked_next_multiple_of(grain).unwrap_or(u64::MAX))
}
