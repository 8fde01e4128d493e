//! What listeners do: play, pause, seek, vanish, come back, and cheat.

use kernel::{ArtistId, Asset, HoldId, SessionId, SplitId, TrackId};

use super::{
    listener::Player,
    observer::Seen,
    random::Random,
    store::{Owner, micros},
    world::{Event, LISTENERS, NODES, SECOND, World},
};
use crate::{
    eth::Signature,
    ledger::Account,
    meter::{
        Acknowledgement, Adoption, Base, Caps, ClientVoucher, Consent, Count, Grant, Input, LATE, LEASE,
        Ranges, Refusal, Terms,
    },
    split::{Distribution, Share, Splits},
    voucher::payee,
};

impl World {
    /// A listener does something.
    pub(super) fn act(&mut self, n: usize) -> Result<(), String> {
        let Some(player) = self.listeners[n].player.clone() else {
            return if self.is_closing { Ok(()) } else { self.start(n) };
        };
        let Some(node) = player.node else { return self.return_or_give_up(n, &player) };
        if !self.nodes[node].is_awake(self.now) {
            return Ok(());
        }
        let session = player.session();
        if self.is_closing && !player.is_leaving {
            if self.random.chance(500) {
                return self.stop(n, node, session);
            }
            self.disconnect(n, node, session);
            return Ok(());
        }
        match self.random.below(1_000) {
            0..20 if player.plays => self.pause(n, node, session),
            20..35 => self.seek(node, session),
            35..45 => self.stop(n, node, session),
            45..70 => {
                self.disconnect(n, node, session);
                Ok(())
            }
            70..80 if !self.is_closing => self.start(n),
            80..200 if self.listeners[n].cheats => self.cheat(n, node, &player),
            200..300 => Ok(()),
            300..500 if !player.plays && !player.is_leaving => self.resume(n, node, &player),
            _ => self.acknowledge(n, node, &player),
        }
    }

    fn player(&mut self, n: usize) -> Option<&mut Player> {
        self.listeners[n].player.as_mut()
    }

    fn pause(&mut self, n: usize, node: usize, session: SessionId) -> Result<(), String> {
        let now = self.now;
        let answer = self.drive(node, Input::Pause { session })?;
        if let Some(player) = self.player(n).filter(|_| answer.is_ok()) {
            (player.plays, player.stopped_at) = (false, now);
        }
        Ok(())
    }

    fn stop(&mut self, n: usize, node: usize, session: SessionId) -> Result<(), String> {
        let now = self.now;
        if let Some(player) = self.player(n) {
            // A stop after a pause gives time for a late acknowledgement once more.
            (player.stopped_at, player.plays, player.is_leaving) = (now, false, true);
        }
        let answer = self.drive(node, Input::Stop { session })?;
        if answer.is_err() {
            self.listeners[n].player = None;
        }
        Ok(())
    }

    fn seek(&mut self, node: usize, session: SessionId) -> Result<(), String> {
        if let Some(seen) = self.observer.sessions.get_mut(&session) {
            seen.is_straight = false;
        }
        let position_ms = self.random.below(300_000);
        self.drive(node, Input::Seek { session, position_ms }).map(|_| ())
    }

    /// The connection goes; the node may take a while to see it, and issues beats until it does.
    fn disconnect(&mut self, n: usize, node: usize, session: SessionId) {
        if let Some(player) = self.player(n) {
            player.node = None;
        }
        let delay = if self.random.chance(500) { 0 } else { self.random.below(4 * SECOND) };
        let until = (self.now + delay).max(self.nodes[node].stalled_until);
        if let Some(seen) = self.observer.sessions.get_mut(&session) {
            seen.jumped += (until - self.now).min(5 * SECOND);
        }
        let owner = self.nodes[node].owner;
        self.later(delay, Event::Tell { owner, input: Input::Disconnected { session } });
    }

    fn return_or_give_up(&mut self, n: usize, player: &Player) -> Result<(), String> {
        let session = player.session();
        let stored = self.store.sessions.get(&session);
        let is_over = stored.is_none_or(|stored| !stored.is_open);
        if self.is_closing || is_over || self.random.chance(30) {
            self.listeners[n].player = None;
            return Ok(());
        }
        let node = self.random.index(NODES);
        if self.random.chance(300) || !self.nodes[node].is_awake(self.now) {
            return Ok(());
        }
        let knows = self.nodes[node].meter.as_ref().is_some_and(|meter| meter.session(session).is_some());
        if knows {
            if let Some(player) = self.player(n) {
                player.node = Some(node);
            }
            return self.resume(n, node, player);
        }
        self.claim(n, node, session);
        Ok(())
    }

    /// A node claims a session: its last owner is fenced off from now on, and the new one waits for the lease.
    fn claim(&mut self, n: usize, node: usize, session: SessionId) {
        let owner = self.nodes[node].owner;
        let Some(stored) = self.store.sessions.get_mut(&session) else { return };
        stored.row.epoch += 1;
        stored.owner = owner;
        let (epoch, delay) = (stored.row.epoch, stored.lease_until.saturating_sub(self.now));
        self.report.takeovers += 1;
        self.listeners[n].acts_at = self.now + delay + SECOND;
        self.later(delay, Event::Take { listener: n, owner, session, epoch });
    }

    /// The lease is over: the session goes on here, if nobody else claimed it meanwhile.
    pub(super) fn take(
        &mut self,
        n: usize,
        owner: Owner,
        session: SessionId,
        epoch: u64,
    ) -> Result<(), String> {
        let (now, node) = (self.now, owner.node);
        let is_here = self.nodes[node].owner == owner && self.nodes[node].is_awake(now);
        let available = self.store.balance(Account::Available(self.listeners[n].account));
        let Some(stored) = self.store.sessions.get_mut(&session) else { return Ok(()) };
        if !is_here || !stored.is_open || stored.row.epoch != epoch {
            return Ok(());
        }
        let waits =
            self.listeners[n].player.as_ref().is_some_and(|p| p.session() == session && p.node.is_none());
        if !waits {
            return Ok(());
        }
        stored.lease_until = now + micros(LEASE);
        let adoption = Adoption {
            terms: stored.terms.clone(),
            row: stored.row.clone(),
            granted: Grant { amount: stored.granted(), available },
            parts: stored.parts.keys().max().map_or(1, |part| part + 1),
            captured: stored.captured,
            leased_at: self.nodes[node].clock(now),
        };
        let durable = adoption.row.acknowledged;
        let answer = self.drive(node, Input::Adopt(Box::new(adoption)))?;
        if answer.is_err() {
            return Ok(());
        }
        let view = self.nodes[node].meter.as_ref().and_then(|meter| meter.session(session));
        if view.is_some_and(|view| view.acknowledged != durable) {
            return Err(format!("{session} does not go on from what is durable"));
        }
        if let Some(player) = self.player(n) {
            player.node = Some(node);
        }
        let Some(player) = self.listeners[n].player.clone() else { return Ok(()) };
        self.resume(n, node, &player)
    }

    /// The listener wants to go on, with the newest voucher that it has; a cheat may bring one that is too new.
    fn resume(&mut self, n: usize, node: usize, player: &Player) -> Result<(), String> {
        let session = player.session();
        let caps = self.random.chance(200).then(|| caps(&mut self.random, player.terms.price));
        let mut voucher = player.signed.map(|(count, signature)| ClientVoucher {
            beats: player.terms.base.beats + count.beats,
            signature,
        });
        let cheats = self.listeners[n].cheats && self.random.chance(300);
        if let Some((count, _)) = player.signed.filter(|_| cheats) {
            let more = 1 + self.random.below(8);
            if let Some(signature) = self.sign(n, player, further(count, more, player.terms.price)) {
                voucher =
                    Some(ClientVoucher { beats: player.terms.base.beats + count.beats + more, signature });
            }
        }
        if let (Some(seen), Some(caps)) = (self.observer.sessions.get_mut(&session), caps) {
            seen.cap = seen.cap.zip(caps.lowest()).map(|(old, new)| old.max(new));
        }
        let (plays, stopped_at) = (player.plays, player.stopped_at);
        if let Some(player) = self.player(n) {
            // Whoever comes back after a stop that was lost with its node stays.
            (player.plays, player.is_leaving) = (true, false);
        }
        let answer = self.drive(node, Input::Resume { session, caps, voucher })?;
        match answer {
            Ok(()) => {}
            Err(Refusal::UnknownSession) => {
                if let Some(player) = self.player(n) {
                    (player.node, player.plays) = (None, false);
                }
            }
            Err(_) => {
                self.report.refused += u64::from(cheats);
                if let Some(player) = self.player(n) {
                    (player.plays, player.stopped_at) = (plays, stopped_at);
                    // What the server cannot show to be issued is not asked for again.
                    player.signed = None;
                }
            }
        }
        Ok(())
    }

    /// The key's signature over a count, which the observer takes for the listener's word.
    fn sign(&mut self, n: usize, player: &Player, count: Count) -> Option<Signature> {
        let voucher = player.terms.voucher(count)?;
        if let Some(seen) = self.observer.sessions.get_mut(&player.session()) {
            seen.consented_beats = seen.consented_beats.max(count.beats);
        }
        Some(self.listeners[n].key.sign(&voucher.digest(&self.domain)))
    }

    /// Acknowledges the newest beat that the listener was told of.
    fn acknowledge(&mut self, n: usize, node: usize, player: &Player) -> Result<(), String> {
        let Some(beat) = player.newest else { return Ok(()) };
        let (session, count) = (player.session(), player.count_of(&beat));
        if matches!(player.terms.consent, Consent::Delegated { .. }) {
            return self.report_heard(node, session, count);
        }
        let Some(signature) = self.sign(n, player, count) else { return Ok(()) };
        if let Some(player) = self.player(n) {
            player.signed = Some((count, signature));
        }
        let is_bare = self.random.chance(100);
        let position = player.terms.position_ms + count.seq * 1_000;
        // Where the player is now, if nothing was issued that it has not heard of: otherwise, it would be a seek.
        let view = self.nodes[node].meter.as_ref().and_then(|meter| meter.session(session));
        let is_straight = self.observer.sessions.get(&session).is_some_and(|seen| seen.is_straight)
            && view.is_some_and(|view| view.issued.seq == count.seq);
        let acknowledgement = Acknowledgement {
            beat: if is_bare { None } else { Some((beat.seq, beat.cumulative_amount)) },
            signature,
            position_ms: (is_straight && self.random.chance(500)).then_some(position),
        };
        let before = self.acknowledged(node, session);
        let answer = self.drive(node, Input::Acknowledge { session, acknowledgement })?;
        let after = self.acknowledged(node, session);
        if let (Ok(()), false, Some(after)) = (answer, is_bare, after)
            && after.seq < count.seq
        {
            return Err(format!("{session} took beat {} and counts {}", count.seq, after.seq));
        }
        let is_late = !player.plays && self.now > player.stopped_at + micros(LATE) + SECOND / 10;
        if is_late && before.zip(after).is_some_and(|(before, after)| after.seq > before.seq) {
            return Err(format!("{session} took beat {} long after it stopped", count.seq));
        }
        if answer == Err(Refusal::UnknownSession)
            && let Some(player) = self.player(n)
        {
            (player.node, player.plays) = (None, false);
        }
        Ok(())
    }

    fn report_heard(&mut self, node: usize, session: SessionId, count: Count) -> Result<(), String> {
        let played = count.seq;
        let delivered = played.saturating_sub(self.random.below(3));
        if let Some(seen) = self.observer.sessions.get_mut(&session) {
            seen.consented_beats = seen.consented_beats.max(played.min(delivered));
        }
        self.drive(node, Input::Report { session, played, delivered }).map(|_| ())
    }

    fn acknowledged(&self, node: usize, session: SessionId) -> Option<Count> {
        Some(self.nodes[node].meter.as_ref()?.session(session)?.acknowledged)
    }

    /// Tries one of the things that must not work.
    fn cheat(&mut self, n: usize, node: usize, player: &Player) -> Result<(), String> {
        let Some(beat) = player.newest else { return Ok(()) };
        let (session, count, price) = (player.session(), player.count_of(&beat), player.terms.price);
        let stranger = self.listeners[(n + 1) % LISTENERS].key.clone();
        let (count, amount, is_forged) = match self.random.below(4) {
            // Of the future, properly signed.
            0 => {
                let ahead = further(count, 1 + self.random.below(5), price);
                (ahead, player.terms.cumulative_amount(ahead), false)
            }
            // By somebody else.
            1 => (count, beat.cumulative_amount, true),
            // For less.
            2 => (count, beat.cumulative_amount.saturating_sub(1), false),
            // The signature of an older beat.
            _ => (count, beat.cumulative_amount, player.signed.is_none()),
        };
        let voucher = player.terms.voucher(count);
        let Some(digest) = voucher.map(|voucher| voucher.digest(&self.domain)) else { return Ok(()) };
        let signature = if is_forged {
            stranger.sign(&digest)
        } else if let Some((_, older)) = player.signed.filter(|_| amount == beat.cumulative_amount) {
            older
        } else {
            let Some(signature) = self.sign(n, player, count) else { return Ok(()) };
            signature
        };
        let acknowledgement =
            Acknowledgement { beat: Some((count.seq, amount)), signature, position_ms: None };
        let answer = self.drive(node, Input::Acknowledge { session, acknowledgement })?;
        self.report.refused += u64::from(answer.is_err());
        Ok(())
    }

    /// Starts a session, on any node, even beside one that the account has open.
    fn start(&mut self, n: usize) -> Result<(), String> {
        let node = self.random.index(NODES);
        if !self.nodes[node].is_awake(self.now) {
            return Ok(());
        }
        // The player of before is closed: a connection to another node goes down with it.
        let before = self.listeners[n].player.as_ref();
        let elsewhere = before.and_then(|player| Some((player.node?, player.session())));
        if let Some((other, session)) = elsewhere.filter(|(other, _)| *other != node) {
            self.disconnect(n, other, session);
        }
        let (terms, distribution) = self.terms(n);
        let session = terms.session;
        self.store.distributions.insert(session, distribution);
        self.observer.sessions.insert(session, Seen::new(&terms, self.now));
        self.by_session.insert(session, n);
        self.listeners[n].player = Some(Player {
            terms: terms.clone(),
            node: Some(node),
            plays: true,
            stopped_at: self.now,
            is_leaving: false,
            newest: None,
            signed: None,
        });
        let answer = self.drive(node, Input::Start(Box::new(terms)))?;
        if answer.is_err() {
            self.listeners[n].player = None;
        }
        Ok(())
    }

    fn terms(&mut self, n: usize) -> (Terms, Distribution) {
        let random = &mut self.random;
        let listener = &self.listeners[n];
        let price = if random.chance(50) { 0 } else { i64::try_from(1 + random.below(50)).unwrap_or(1) };
        let position_ms = random.below(200) * 1_000;
        let mut free = Ranges::new();
        if random.chance(200) {
            for _ in 0..3 {
                let start = position_ms + random.below(60) * 1_000;
                free.add(start, start + random.below(20) * 1_000);
            }
        }
        let is_delegated = random.chance(100);
        let consent = if is_delegated {
            let (app_password, cap) = (kernel::AppPasswordId(random.uuid()), kernel::CapId(random.uuid()));
            Consent::Delegated { app_password, cap }
        } else {
            Consent::Signed { session_key: listener.key.address() }
        };
        let base = if random.chance(100) {
            Base { amount: u128::from(random.below(1_000_000)), beats: random.below(10_000) }
        } else {
            Base::default()
        };
        let terms = Terms {
            session: SessionId(random.uuid()),
            account: listener.account,
            track: TrackId(random.uuid()),
            hold: HoldId(random.uuid()),
            consent,
            asset: Asset::Beat,
            price,
            payee: payee(SplitId(random.uuid())),
            base,
            caps: caps(random, price),
            grace: if random.chance(200) { u32::try_from(random.below(7)).unwrap_or(0) } else { 0 },
            free,
            position_ms,
        };
        (terms, distribution(random, &self.artists))
    }
}

/// A count that lies `more` charged beats ahead of another.
fn further(count: Count, more: u64, price: i64) -> Count {
    let beats = count.beats + more;
    let amount = i64::try_from(beats).unwrap_or(i64::MAX).saturating_mul(price);
    Count { seq: count.seq + more, beats, amount }
}

fn caps(random: &mut Random, price: i64) -> Caps {
    let mut cap = |beats: u64| {
        let beats = i64::try_from(random.below(beats)).unwrap_or(0);
        random.chance(300).then(|| price.saturating_mul(beats))
    };
    Caps { play: cap(200), day: cap(400), month: cap(800), artist: cap(600) }
}

fn distribution(random: &mut Random, artists: &[ArtistId]) -> Distribution {
    let first = random.index(artists.len());
    let count = 1 + random.index(4);
    let mut left: u16 = 10_000;
    let mut shares = Vec::new();
    for n in 1..=count {
        let artist = artists[(first + n) % artists.len()];
        let most = u64::from(left) / 2;
        let bp = if n == count { left } else { u16::try_from(1 + random.below(most)).unwrap_or(1) };
        left -= bp;
        shares.push(Share { artist, bp });
    }
    let fee_bp = [0, 100, 333, 2_500][random.index(4)];
    let whole = || Splits::whole(artists[first]);
    let splits = Splits::new(shares).unwrap_or_else(|_| whole());
    Distribution::new(splits, fee_bp).unwrap_or_else(|_| distribution(random, artists))
}
