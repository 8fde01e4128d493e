//! One socket as a machine that does no input or output: frames, news and the time go in, frames and questions come
//! out. Whoever runs it moves bytes and answers the questions.
//!
//! What holds:
//! - what waits to be sent is bounded: one value for each channel of the newest value alone, [`EVENTS`] events of all
//!   others together, [`REPLIES`] replies;
//! - of a channel of events nothing is left out without a `gap` in its place;
//! - the last value sent of a channel of values is the newest that was told;
//! - a peer that takes nothing for [`STUCK`], or leaves two pings unanswered, is dead.

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
    time::Duration,
};

use kernel::{ErrorCode, Time};
use serde::Deserialize;
use serde_json::json;

/// How long a socket may stay without saying who it is.
const PATIENCE: Duration = Duration::from_secs(5);
/// How often a ping is sent.
const PING: Duration = Duration::from_secs(25);
/// Pings without an answer after which a peer is dead.
const UNANSWERED: u8 = 2;
/// How long a frame may wait to be taken.
const STUCK: Duration = Duration::from_secs(20);
/// How long the end may take.
const FAREWELL: Duration = Duration::from_millis(500);
/// Longest frame taken, in bytes.
const LONGEST_FRAME: usize = 4 * 1024;
/// Longest name of a channel, in bytes.
const LONGEST_NAME: usize = 100;
/// Longest event, in bytes; whoever follows is sent to the REST surface for a longer one.
const LONGEST_EVENT: usize = 16 * 1024;
/// Channels followed at a time.
const CHANNELS: usize = 100;
/// Events that wait.
const EVENTS: usize = 128;
/// Replies that wait before no more frames are taken.
const REPLIES: usize = 32;
/// Frames taken at once, and how long until one more may come.
const BURST: u32 = 250;
const REFILL: Duration = Duration::from_millis(100);

/// Close codes (RFC 6455, 7.4): those of the registry, and some of our own after the statuses of HTTP.
pub(super) mod close {
    /// Only text is spoken here.
    pub(crate) const NOT_TEXT: u16 = 1003;
    /// A frame was too long.
    pub(crate) const TOO_LONG: u16 = 1009;
    /// The server stops: come back in a moment.
    pub(crate) const RESTART: u16 = 1012;
    /// Nobody is logged in, or not any more.
    pub(crate) const LOG_IN: u16 = 4401;
    /// Too many sockets, or too many frames.
    pub(crate) const TOO_MANY: u16 = 4429;
}

/// What a frame asks for; answered by the method named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Question {
    /// Who has this token? [`Connection::welcome`] or [`Connection::refuse`].
    Who(String),
    /// What comes of this channel, after this id? [`Connection::follow`] or [`Connection::miss`].
    Follow(Arc<str>, Option<i64>),
    /// None: the channel is not followed any more.
    Leave(Arc<str>),
}

/// What is to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Frame {
    Text(String),
    Ping,
    /// The last one, with code and reason.
    Close(u16, &'static str),
}

/// Where a followed channel begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Start {
    /// With this value.
    Value(i64, Arc<str>),
    /// After this id, with these events.
    Events { after: i64, gap: bool, events: Vec<(i64, Arc<str>)> },
}

#[derive(Debug, PartialEq, Eq)]
enum Phase {
    /// It has not said yet who it is.
    Unknown {
        until: Time,
    },
    /// Its token is being looked at.
    Checking,
    Open,
    /// Its last frame is on its way.
    Closing {
        since: Time,
    },
    Dead,
}

/// A channel that is followed.
#[derive(Debug)]
enum Followed {
    /// It is being looked up; whether there was news meanwhile.
    Opening { news: bool },
    /// The value told last.
    Value { id: i64, data: Arc<str> },
    /// The event told last.
    Events { last: i64 },
}

#[derive(Debug)]
enum Waiting {
    Reply(String),
    Value { ch: Arc<str>, id: i64, data: Arc<str> },
    Event { ch: Arc<str>, id: i64, data: Arc<str> },
    Gap { ch: Arc<str>, id: i64 },
    Ping,
    Close(u16, &'static str),
}

impl Waiting {
    /// Whether it tells of `ch`, other than as a reply.
    fn is_news_of(&self, name: &str) -> bool {
        matches!(self, Self::Value { ch, .. } | Self::Event { ch, .. } | Self::Gap { ch, .. } if **ch == *name)
    }
}

#[derive(Deserialize)]
struct Said {
    #[serde(alias = "type")]
    t: String,
    ch: Option<String>,
    since: Option<i64>,
    token: Option<String>,
}

/// A socket.
#[derive(Debug)]
pub(super) struct Connection {
    phase: Phase,
    /// Whether somebody without an account is shown anything.
    open_house: bool,
    channels: HashMap<Arc<str>, Followed>,
    waiting: VecDeque<Waiting>,
    replies: usize,
    events: usize,
    /// Since when the first of those waits.
    since: Time,
    pinged: Time,
    unanswered: u8,
    /// Frames that may come, and since when they are counted.
    budget: (u32, Time),
}

impl Connection {
    /// One that has yet to say who it is; `open_house` says whether it may be nobody.
    pub(super) fn new(open_house: bool, now: Time) -> Self {
        Self {
            phase: Phase::Unknown { until: now.plus(PATIENCE) },
            open_house,
            channels: HashMap::new(),
            waiting: VecDeque::new(),
            replies: 0,
            events: 0,
            since: now,
            pinged: now,
            unanswered: 0,
            budget: (BURST, now),
        }
    }

    /// Whether another frame may be read.
    pub(super) fn takes_frames(&self) -> bool {
        self.replies < REPLIES && matches!(self.phase, Phase::Unknown { .. } | Phase::Open)
    }

    /// Whether there is something to send.
    pub(super) fn has_frames(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// Whether nothing more will come of it.
    pub(super) fn is_dead(&self) -> bool {
        self.phase == Phase::Dead
    }

    /// The id of the event of `ch` that was told last, if it is a channel of events.
    pub(super) fn last(&self, ch: &str) -> Option<i64> {
        match self.channels.get(ch) {
            Some(Followed::Events { last }) => Some(*last),
            _ => None,
        }
    }

    /// Takes a text frame.
    pub(super) fn frame(&mut self, text: &str, now: Time) -> Option<Question> {
        if !matches!(self.phase, Phase::Unknown { .. } | Phase::Open) {
            return None;
        }
        if text.len() > LONGEST_FRAME {
            self.end(Some(ErrorCode::PayloadTooLarge), close::TOO_LONG, "a frame has 4 KiB at most", now);
            return None;
        }
        if !self.spend(now) {
            self.end(Some(ErrorCode::RateLimited), close::TOO_MANY, "too many frames", now);
            return None;
        }
        let Ok(said) = serde_json::from_str::<Said>(text) else {
            self.error(None, ErrorCode::InvalidRequest, now);
            return None;
        };
        match (said.t.as_str(), said.ch) {
            ("auth" | "AUTH", _) => self.authenticate(said.token, now),
            ("sub", Some(ch)) => self.subscribe(&ch, said.since, now),
            ("unsub", Some(ch)) => self.unsubscribe(&ch),
            // Pages do not see the pings of the protocol, nor may they send any.
            ("ping", _) => {
                self.reply(&json!({"t": "pong"}), now);
                None
            }
            _ => {
                self.error(None, ErrorCode::InvalidRequest, now);
                None
            }
        }
    }

    /// Takes a frame that is no text.
    pub(super) fn binary(&mut self, now: Time) {
        self.end(None, close::NOT_TEXT, "only text is spoken here", now);
    }

    /// Takes the answer to a ping.
    pub(super) fn pong(&mut self) {
        self.unanswered = 0;
    }

    /// It is known who it is.
    pub(super) fn welcome(&mut self) {
        if matches!(self.phase, Phase::Unknown { .. } | Phase::Checking) {
            self.phase = Phase::Open;
        }
    }

    /// It may not stay, or no longer.
    pub(super) fn refuse(&mut self, code: ErrorCode, now: Time) {
        let (close, reason) = match code {
            ErrorCode::TooMany => (close::TOO_MANY, "too many sockets"),
            _ => (close::LOG_IN, "log in first"),
        };
        self.end(Some(code), close, reason, now);
    }

    /// The server stops.
    pub(super) fn stop(&mut self, now: Time) {
        self.end(None, close::RESTART, "the server stops", now);
    }

    /// What a channel begins with. Answers whether there was news while that was looked up, so that it is to be
    /// looked up again and told as news.
    #[must_use]
    pub(super) fn follow(&mut self, ch: &Arc<str>, start: Start, now: Time) -> bool {
        let Some(Followed::Opening { news }) = self.channels.get(ch) else { return false };
        let news = *news;
        match start {
            Start::Value(id, data) => {
                self.reply(&json!({"t": "ok", "ch": &**ch, "id": id - 1}), now);
                self.channels.insert(Arc::clone(ch), Followed::Value { id, data: Arc::clone(&data) });
                self.value(ch, id, data, now);
            }
            Start::Events { after, gap, events } => {
                self.reply(&json!({"t": "ok", "ch": &**ch, "id": after}), now);
                self.channels.insert(Arc::clone(ch), Followed::Events { last: after });
                if gap {
                    self.gap(ch, after, now);
                }
                for (id, data) in events {
                    self.event(ch, id, &data, now);
                }
            }
        }
        news
    }

    /// There is no such channel for it.
    pub(super) fn miss(&mut self, ch: &Arc<str>, code: ErrorCode, now: Time) {
        if self.channels.remove(ch).is_some() {
            self.forget_news(ch);
            self.error(Some(ch), code, now);
        }
    }

    /// There is news of a channel: its value, or its next event.
    pub(super) fn event(&mut self, ch: &Arc<str>, id: i64, data: &Arc<str>, now: Time) {
        match self.channels.get_mut(ch) {
            Some(Followed::Opening { news }) => *news = true,
            Some(Followed::Value { id: known, data: told }) if id > *known => {
                *known = id;
                if *told != *data {
                    *told = Arc::clone(data);
                    self.value(ch, id, Arc::clone(data), now);
                }
            }
            Some(Followed::Events { last }) if id > *last => {
                *last = id;
                if data.len() > LONGEST_EVENT || self.events >= EVENTS {
                    self.gap(ch, id, now);
                } else {
                    self.events += 1;
                    self.push(Waiting::Event { ch: Arc::clone(ch), id, data: Arc::clone(data) }, now);
                }
            }
            _ => {}
        }
    }

    /// Events of a channel, up to `id`, are left out.
    pub(super) fn gap(&mut self, ch: &Arc<str>, id: i64, now: Time) {
        match self.channels.get_mut(ch) {
            Some(Followed::Opening { news }) => *news = true,
            Some(Followed::Events { last }) => {
                *last = id.max(*last);
                self.forget_news(ch);
                self.push(Waiting::Gap { ch: Arc::clone(ch), id }, now);
            }
            _ => {}
        }
    }

    /// Time passes.
    pub(super) fn tick(&mut self, now: Time) {
        let stuck = !self.waiting.is_empty() && now >= self.since.plus(STUCK);
        match self.phase {
            Phase::Closing { since } if now >= since.plus(FAREWELL) => self.phase = Phase::Dead,
            Phase::Dead | Phase::Closing { .. } => return,
            _ if stuck => self.phase = Phase::Dead,
            Phase::Unknown { until } if now >= until => {
                if self.open_house {
                    self.phase = Phase::Open;
                } else {
                    self.refuse(ErrorCode::Unauthenticated, now);
                    return;
                }
            }
            _ => {}
        }
        if now >= self.pinged.plus(PING) {
            if self.unanswered >= UNANSWERED {
                self.phase = Phase::Dead;
                return;
            }
            (self.pinged, self.unanswered) = (now, self.unanswered + 1);
            self.push(Waiting::Ping, now);
        }
    }

    /// The next frame to send.
    pub(super) fn next(&mut self, now: Time) -> Option<Frame> {
        let next = self.waiting.pop_front()?;
        self.since = now;
        if self.waiting.is_empty() {
            // A burst leaves no memory behind.
            self.waiting = VecDeque::new();
        }
        Some(match next {
            Waiting::Reply(text) => {
                self.replies -= 1;
                Frame::Text(text)
            }
            Waiting::Value { ch, id, data } => Frame::Text(news(&ch, id, &data)),
            Waiting::Event { ch, id, data } => {
                self.events -= 1;
                Frame::Text(news(&ch, id, &data))
            }
            Waiting::Gap { ch, id } => Frame::Text(json!({"t": "gap", "ch": &*ch, "id": id}).to_string()),
            Waiting::Ping => Frame::Ping,
            Waiting::Close(code, reason) => Frame::Close(code, reason),
        })
    }

    fn authenticate(&mut self, token: Option<String>, now: Time) -> Option<Question> {
        let Some(token) = token.filter(|_| matches!(self.phase, Phase::Unknown { .. })) else {
            self.error(None, ErrorCode::InvalidRequest, now);
            return None;
        };
        self.phase = Phase::Checking;
        Some(Question::Who(token))
    }

    fn subscribe(&mut self, name: &str, since: Option<i64>, now: Time) -> Option<Question> {
        if self.phase != Phase::Open {
            if !self.open_house {
                self.refuse(ErrorCode::Unauthenticated, now);
                return None;
            }
            self.phase = Phase::Open;
        }
        let ch: Arc<str> = name.into();
        let known = self.channels.contains_key(&ch);
        if name.len() > LONGEST_NAME {
            self.error(None, ErrorCode::NotFound, now);
            return None;
        }
        if !known && self.channels.len() >= CHANNELS {
            self.error(Some(&ch), ErrorCode::TooMany, now);
            return None;
        }
        self.forget_news(&ch);
        self.channels.insert(Arc::clone(&ch), Followed::Opening { news: false });
        Some(Question::Follow(ch, since))
    }

    fn unsubscribe(&mut self, name: &str) -> Option<Question> {
        let (ch, _) = self.channels.remove_entry(name)?;
        self.forget_news(&ch);
        Some(Question::Leave(ch))
    }

    /// Takes one frame from the budget, if there is one.
    fn spend(&mut self, now: Time) -> bool {
        let (left, since) = &mut self.budget;
        let earned = now.since(*since).as_millis() / REFILL.as_millis();
        if earned > 0 {
            *left = u32::try_from(earned).unwrap_or(BURST).saturating_add(*left).min(BURST);
            *since = now;
        }
        *left = match left.checked_sub(1) {
            Some(left) => left,
            None => return false,
        };
        true
    }

    /// A value: it takes the place of one that still waits.
    fn value(&mut self, ch: &Arc<str>, id: i64, data: Arc<str>, now: Time) {
        self.forget_news(ch);
        let next = if data.len() > LONGEST_EVENT {
            Waiting::Gap { ch: Arc::clone(ch), id }
        } else {
            Waiting::Value { ch: Arc::clone(ch), id, data }
        };
        self.push(next, now);
    }

    /// Drops what waits to be told of a channel.
    fn forget_news(&mut self, ch: &str) {
        self.waiting.retain(|waiting| !waiting.is_news_of(ch));
        self.events = self.waiting.iter().filter(|waiting| matches!(waiting, Waiting::Event { .. })).count();
    }

    fn error(&mut self, ch: Option<&str>, code: ErrorCode, now: Time) {
        let said = match ch {
            Some(ch) => json!({"t": "err", "ch": ch, "code": code}),
            None => json!({"t": "err", "code": code}),
        };
        self.reply(&said, now);
    }

    fn reply(&mut self, said: &serde_json::Value, now: Time) {
        self.replies += 1;
        self.push(Waiting::Reply(said.to_string()), now);
    }

    /// Says why, and goodbye.
    fn end(&mut self, code: Option<ErrorCode>, close: u16, reason: &'static str, now: Time) {
        if matches!(self.phase, Phase::Closing { .. } | Phase::Dead) {
            return;
        }
        // What else waits is not worth the time of a peer that is slow.
        self.waiting.clear();
        (self.replies, self.events) = (0, 0);
        if let Some(code) = code {
            self.error(None, code, now);
        }
        self.push(Waiting::Close(close, reason), now);
        self.phase = Phase::Closing { since: now };
    }

    fn push(&mut self, waiting: Waiting, now: Time) {
        if matches!(self.phase, Phase::Closing { .. } | Phase::Dead) {
            return;
        }
        if self.waiting.is_empty() {
            self.since = now;
        }
        self.waiting.push_back(waiting);
    }
}

/// The frame that tells an event; `data` is JSON already.
fn news(ch: &str, id: i64, data: &str) -> String {
    let mut text = json!({"t": "ev", "ch": ch, "id": id}).to_string();
    // The object is opened again to take the data in as it is.
    text.pop();
    text.push_str(",\"d\":");
    text.push_str(data);
    text.push('}');
    text
}

#[cfg(test)]
mod tests;
