//! The simulated world: what happens when, in true time, and to whom.

use std::collections::BTreeMap;

use kernel::{AccountId, Amount, ArtistId, Asset, SessionId, Time, TipId, TopUpId};

use super::{
    Report,
    listener::{Listener, Player},
    node::Node,
    observer::{Observer, check_ledger},
    random::Random,
    store::{Owner, Store, micros},
};
use crate::{
    eth::{Domain, PrivateKey},
    ledger::{Entry, LedgerError},
    meter::{Input, Meter, Output, RECONNECT, Refusal, Settlement},
    voucher::ledger_domain,
};

pub(super) const SECOND: u64 = 1_000_000;
pub(super) const LISTENERS: usize = 8;
pub(super) const NODES: usize = 3;
const ARTISTS: usize = 6;
/// How long everybody has, after the last listener left, until all is settled.
const REST: u64 = 120 * SECOND;

/// Something that is to happen.
#[derive(Debug)]
pub(super) enum Event {
    /// The database executes what a node asked for; the answer is told unless the node was told otherwise already.
    Execute { owner: Owner, output: Output, is_told: bool },
    /// A node is told something.
    Tell { owner: Owner, input: Input },
    /// The lease of the last owner is over: the one who claimed the session takes it.
    Take { listener: usize, owner: Owner, session: SessionId, epoch: u64 },
    /// A node comes back.
    Restart { node: usize },
    /// Something goes wrong, or money moves elsewhere.
    Disturb,
    /// Sessions that nobody owns are settled.
    Reap,
}

/// The world.
pub(super) struct World {
    pub(super) random: Random,
    pub(super) now: u64,
    pub(super) store: Store,
    pub(super) nodes: Vec<Node>,
    pub(super) listeners: Vec<Listener>,
    pub(super) artists: Vec<ArtistId>,
    pub(super) by_session: BTreeMap<SessionId, usize>,
    events: BTreeMap<(u64, u64), Event>,
    event_number: u64,
    pub(super) observer: Observer,
    pub(super) domain: Domain,
    pub(super) is_closing: bool,
    pub(super) report: Report,
}

impl World {
    pub(super) fn new(seed: u64, episode: u64) -> Self {
        let mut random = Random::new(seed ^ Random::new(episode).next());
        let domain = ledger_domain(&random.next().to_be_bytes());
        let nodes = (0..NODES)
            .map(|node| Node::new(node, Meter::new(domain.clone()), random.below(1_000 * SECOND)))
            .collect();
        let listeners = (0..LISTENERS).map(|n| listener(&mut random, n)).collect();
        let artists = (0..ARTISTS).map(|_| ArtistId(random.uuid())).collect();
        let mut world = Self {
            random,
            now: 0,
            store: Store::default(),
            nodes,
            listeners,
            artists,
            by_session: BTreeMap::new(),
            events: BTreeMap::new(),
            event_number: 0,
            observer: Observer::default(),
            domain,
            is_closing: false,
            report: Report::default(),
        };
        world.later(SECOND, Event::Disturb);
        world.later(SECOND, Event::Reap);
        world
    }

    /// Takes so many steps, lets everybody go, and sees all settled.
    pub(super) fn run(&mut self, steps: u64, report: &mut Report) -> Result<(), String> {
        for n in 0..LISTENERS {
            self.top_up(n)?;
        }
        let mut verdict = Ok(());
        while verdict.is_ok() && self.report.steps < steps {
            verdict = self.step();
        }
        self.is_closing = true;
        let end = self.now + REST;
        while verdict.is_ok() && self.now < end {
            verdict = self.step();
        }
        if verdict.is_ok() {
            verdict = check_ledger(&self.store);
        }
        if let Some(stored) = self.store.sessions.values().find(|stored| stored.is_open && verdict.is_ok()) {
            verdict = Err(format!("{} is never settled", stored.terms.session));
        }
        self.report.sessions = self.observer.settled;
        self.report.entries = u64::try_from(self.store.book.entries().len()).unwrap_or(u64::MAX);
        self.report.beats = self.store.sessions.values().map(|stored| stored.row.acknowledged.beats).sum();
        report.add(&self.report);
        verdict
    }

    /// Goes on to whatever comes next, lets it happen, and checks the books.
    fn step(&mut self) -> Result<(), String> {
        let event = self.events.first_key_value().map(|((at, _), _)| *at);
        let node = self.nodes.iter().enumerate().filter_map(|(n, node)| Some((node.wakes_at()?, n))).min();
        let listener = (0..LISTENERS).map(|n| (self.listeners[n].acts_at, n)).min();
        let next = [event, node.map(|(at, _)| at), listener.map(|(at, _)| at)].into_iter().flatten().min();
        let next = next.unwrap_or(self.now).max(self.now);
        self.pass_time(next);
        self.report.steps += 1;
        if event.is_some_and(|at| at <= next) {
            if let Some((_, event)) = self.events.pop_first() {
                self.happen(event)?;
            }
        } else if let Some((_, node)) = node.filter(|(at, _)| *at <= next) {
            let _ = self.drive(node, Input::Tick)?;
        } else if let Some((_, n)) = listener {
            self.listeners[n].acts_at = self.now + 200_000 + self.random.below(1_300_000);
            self.act(n)?;
        }
        self.observer.check(&self.store, &self.domain)
    }

    pub(super) fn later(&mut self, delay: u64, event: Event) {
        self.event_number += 1;
        self.events.insert((self.now + delay, self.event_number), event);
    }

    /// Lets true time pass, and notes for whom it could be charged.
    fn pass_time(&mut self, to: u64) {
        for listener in &self.listeners {
            let Some(player) = listener.player.as_ref().filter(|p| p.plays && p.node.is_some()) else {
                continue;
            };
            let session = player.session();
            let Some(stored) = self.store.sessions.get(&session).filter(|stored| stored.is_open) else {
                continue;
            };
            if let Some(seen) = self.observer.sessions.get_mut(&session) {
                seen.countable += to.min(stored.lease_until).saturating_sub(self.now);
            }
        }
        self.now = to;
    }

    fn happen(&mut self, event: Event) -> Result<(), String> {
        match event {
            Event::Execute { owner, output, is_told } => {
                if is_told {
                    self.check_alone(owner, &output)?;
                }
                let answer = self.store.execute(owner, &output, self.now)?;
                if is_told {
                    let delay = self.random.below(300_000);
                    if self.random.chance(30) {
                        self.later(delay + 500_000, Event::Tell { owner, input: answer.clone() });
                    }
                    self.later(delay, Event::Tell { owner, input: answer });
                }
                Ok(())
            }
            Event::Tell { owner, input } => {
                let node = &self.nodes[owner.node];
                if node.owner != owner || node.meter.is_none() {
                    return Ok(());
                }
                if !node.is_awake(self.now) {
                    let delay = node.stalled_until - self.now;
                    if let Input::Disconnected { session } = &input
                        && let Some(seen) = self.observer.sessions.get_mut(session)
                    {
                        seen.jumped += delay.min(5 * SECOND);
                    }
                    self.later(delay, Event::Tell { owner, input });
                    return Ok(());
                }
                self.drive(owner.node, input).map(|_| ())
            }
            Event::Take { listener, owner, session, epoch } => self.take(listener, owner, session, epoch),
            Event::Restart { node } => {
                let offset = self.random.below(1_000 * SECOND);
                let life = self.nodes[node].owner.life + 1;
                self.nodes[node] = Node::new(node, Meter::new(self.domain.clone()), offset);
                self.nodes[node].owner.life = life;
                Ok(())
            }
            Event::Disturb => {
                if !self.is_closing {
                    let delay = self.random.below(2 * SECOND);
                    self.later(delay, Event::Disturb);
                    self.disturb()?;
                }
                Ok(())
            }
            Event::Reap => {
                self.later(SECOND, Event::Reap);
                self.observer.forget_unopened(&self.store, self.now);
                self.reap()
            }
        }
    }

    /// A node that has a session of an account opens no other beside it.
    fn check_alone(&self, owner: Owner, output: &Output) -> Result<(), String> {
        let Output::Open { terms, .. } = output else { return Ok(()) };
        let Some(open) = self.store.open_session(terms.account) else { return Ok(()) };
        let (node, other) = (&self.nodes[owner.node], open.terms.session);
        let has_it = node.meter.as_ref().is_some_and(|meter| meter.session(other).is_some());
        if node.owner == owner && has_it && other != terms.session {
            return Err(format!("{} begins beside {other} on one node", terms.session));
        }
        Ok(())
    }

    /// Hands an input to a node, and sees to what comes back.
    pub(super) fn drive(&mut self, n: usize, input: Input) -> Result<Result<(), Refusal>, String> {
        let now = self.now;
        // A clock that is read again may show less than before.
        let is_jittery = matches!(input, Input::Tick) && self.random.chance(50);
        let jitter = if is_jittery { self.random.below(50_000) } else { 0 };
        let node = &mut self.nodes[n];
        let (moment, owner) = (node.clock(now.saturating_sub(jitter)), node.owner);
        let Some(meter) = node.meter.as_mut() else { return Ok(Err(Refusal::UnknownSession)) };
        let answer = meter.handle(moment, input);
        let outputs = meter.poll();
        for output in outputs {
            if let Output::Beat(beat) = &output {
                self.observer.beat(beat)?;
            }
            match output {
                Output::Open { .. }
                | Output::RequestHold { .. }
                | Output::Commit { .. }
                | Output::Capture(_)
                | Output::Settle(_) => self.ask(owner, output),
                told => self.tell(n, &told),
            }
        }
        if let Some(meter) = &self.nodes[n].meter {
            for listener in &self.listeners {
                let Some(player) = &listener.player else { continue };
                if let Some(view) = meter.session(player.session()) {
                    self.observer.view(player.session(), &view, &self.store)?;
                }
            }
        }
        Ok(answer)
    }

    /// Sends a statement to the database, and decides what becomes of it and of its answer.
    fn ask(&mut self, owner: Owner, output: Output) {
        let delay = self.random.below(300_000);
        let is_cut_off = self.now < self.nodes[owner.node].cut_off_until;
        let fate = if is_cut_off { 0 } else { self.random.below(1_000) };
        if fate >= 80 {
            return self.later(delay, Event::Execute { owner, output, is_told: true });
        }
        self.report.unknown += 1;
        let input = match &output {
            Output::Open { terms, .. } => Input::OpenFailed { session: terms.session },
            Output::RequestHold { session, part, .. } => Input::HoldFailed { session: *session, part: *part },
            Output::Commit { batch, .. } => Input::CommitFailed { batch: *batch },
            Output::Capture(capture) => {
                Input::CaptureFailed { session: capture.session, beats: capture.to.beats }
            }
            Output::Settle(settlement) => Input::SettleFailed { session: settlement.row.session },
            _ => return,
        };
        self.later(delay + 200_000, Event::Tell { owner, input });
        match fate {
            0..30 => {}
            30..60 => self.later(delay, Event::Execute { owner, output, is_told: false }),
            _ => {
                let late = delay + self.random.below(4 * SECOND);
                self.later(late, Event::Execute { owner, output, is_told: false });
            }
        }
    }

    /// Tells a listener something, if it is still there.
    fn tell(&mut self, node: usize, output: &Output) {
        let session = match output {
            Output::Started { session, .. }
            | Output::StartRefused { session }
            | Output::Paused { session, .. } => *session,
            Output::Beat(beat) => beat.session,
            Output::Ended(summary) => summary.session,
            _ => return,
        };
        let Some(listener) = self.by_session.get(&session).map(|&n| &mut self.listeners[n]) else { return };
        let is_its = |player: &Player| player.session() == session && player.node == Some(node);
        let Some(player) = listener.player.as_mut().filter(|player| is_its(player)) else { return };
        match output {
            Output::StartRefused { .. } | Output::Ended(_) => listener.player = None,
            Output::Paused { .. } => {
                player.plays = false;
                player.stopped_at = self.now;
            }
            Output::Beat(beat) => {
                player.newest = Some(*beat);
                if let Some(seen) = self.observer.sessions.get_mut(&session) {
                    seen.promised_seq = seen.promised_seq.max(beat.committed_seq);
                }
            }
            _ => {}
        }
    }

    /// Settles what nobody owns any more.
    fn reap(&mut self) -> Result<(), String> {
        let now = self.now;
        let gone = |lease_until: u64| lease_until + micros(RECONNECT) < now;
        let abandoned: Vec<SessionId> = self
            .store
            .sessions
            .values()
            .filter(|stored| stored.is_open && gone(stored.lease_until))
            .map(|stored| stored.terms.session)
            .collect();
        for session in abandoned {
            let Some(stored) = self.store.sessions.get_mut(&session) else { continue };
            stored.row.epoch += 1;
            stored.owner = Owner { node: usize::MAX, life: 0 };
            self.report.takeovers += 1;
            let settlement = Settlement::of(&stored.terms, stored.row.clone(), stored.captured);
            self.store.settle(&settlement, now)?;
            // It may be asked to do it again.
            self.store.settle(&settlement, now)?;
        }
        Ok(())
    }

    fn disturb(&mut self) -> Result<(), String> {
        let n = self.random.index(NODES);
        let now = self.now;
        match self.random.below(100) {
            0..3 => {
                self.report.crashes += 1;
                self.nodes[n].meter = None;
                for listener in &mut self.listeners {
                    if let Some(player) = listener.player.as_mut().filter(|player| player.node == Some(n)) {
                        player.node = None;
                    }
                }
                let delay = 500_000 + self.random.below(8 * SECOND);
                self.later(delay, Event::Restart { node: n });
            }
            3..7 if self.nodes[n].is_awake(now) => {
                self.nodes[n].stalled_until = now + self.random.below(12 * SECOND);
            }
            7..12 => self.nodes[n].cut_off_until = now + self.random.below(12 * SECOND),
            12..15 => self.jump(n),
            15..30 => self.move_money()?,
            _ => {}
        }
        Ok(())
    }

    /// A clock leaps ahead: beats that nobody heard are issued, up to those that may wait.
    fn jump(&mut self, n: usize) {
        let leap = self.random.below(60 * SECOND);
        self.nodes[n].clock_offset += leap;
        let Some(meter) = &self.nodes[n].meter else { return };
        for (id, seen) in &mut self.observer.sessions {
            if meter.session(*id).is_some() {
                seen.jumped += leap.min(5 * SECOND);
            }
        }
    }

    /// Gifts, payments and maturing earnings, each reported twice, some of them impossible.
    fn move_money(&mut self) -> Result<(), String> {
        let n = self.random.index(LISTENERS);
        let from = self.listeners[n].account;
        let artist = self.artists[self.random.index(ARTISTS)];
        let at = Time::from_micros(i64::try_from(self.now).unwrap_or(i64::MAX));
        let minor = i64::try_from(self.random.below(20_000)).unwrap_or(0) + 1;
        let amount = Amount { asset: Asset::Beat, minor };
        let entry = match self.random.below(3) {
            0 => return self.top_up(n),
            1 => Entry::tip(TipId(self.random.uuid()), at, from, artist, amount),
            _ => Entry::matured(artist, i64::try_from(self.now).unwrap_or(0), at, amount),
        };
        let entry = entry.map_err(|error| error.to_string())?;
        for _ in 0..2 {
            match self.store.book.post(entry.clone()) {
                Ok(_) | Err(LedgerError::Insufficient { .. }) => {}
                Err(error) => return Err(error.to_string()),
            }
        }
        Ok(())
    }

    fn top_up(&mut self, n: usize) -> Result<(), String> {
        let minor = i64::try_from(500 + self.random.below(30_000)).unwrap_or(500);
        let (id, to) = (TopUpId(self.random.uuid()), self.listeners[n].account);
        let entry = Entry::top_up(id, Time::default(), to, Amount { asset: Asset::Beat, minor });
        let entry = entry.map_err(|error| error.to_string())?;
        for _ in 0..2 {
            self.store.book.post(entry.clone()).map_err(|error| error.to_string())?;
        }
        Ok(())
    }
}

impl Report {
    fn add(&mut self, episode: &Self) {
        self.steps += episode.steps;
        self.sessions += episode.sessions;
        self.beats += episode.beats;
        self.entries += episode.entries;
        self.takeovers += episode.takeovers;
        self.crashes += episode.crashes;
        self.unknown += episode.unknown;
        self.refused += episode.refused;
    }
}

fn listener(random: &mut Random, n: usize) -> Listener {
    let mut secret = [1; 32];
    secret[..8].copy_from_slice(&random.next().to_be_bytes());
    // The first byte is below 255, so that the number is below the group's order.
    secret[0] &= 0x7f;
    let account = AccountId(random.uuid());
    let key = PrivateKey::new(secret);
    #[expect(clippy::expect_used, reason = "1 ≤ secret < 2^255, which is below the order")]
    let key = key.expect("the number is in range");
    Listener { account, key, cheats: n.is_multiple_of(3), player: None, acts_at: random.below(SECOND) }
}
