//! Somebody who listens and signs over a real socket, believes nothing, and remembers what they were promised.

use std::{collections::HashMap, net::SocketAddr, time::Instant};

use kernel::SessionId;
use money::eth::PrivateKey;
use serde_json::{Value, json};
use tokio::sync::watch;

use super::{Chance, world::Row};
use crate::sessions::{key, sign, socket::Line};

/// A session as its listener knows it.
pub(super) struct Heard {
    pub(super) id: SessionId,
    terms: Value,
    /// When it was asked for: time cannot run before.
    asked: Instant,
    /// The newest second that was told as durable.
    pub(super) committed: u64,
    /// The newest second that was signed for.
    pub(super) signed: u64,
    /// What the client was told that it came to.
    pub(super) settled: Option<u64>,
    /// What is durable of it after a crash, so that whoever takes it over begins there.
    left: Option<Row>,
}

/// A START that is not answered yet.
#[derive(Clone, Copy)]
struct Asked {
    at: Instant,
    with_voucher: bool,
}

pub(super) struct Listener {
    pub(super) name: String,
    pub(super) token: String,
    pub(super) track: String,
    key: PrivateKey,
    chance: Chance,
    line: Option<Line>,
    asked: Option<Asked>,
    /// The last one that was: an error that was meant for something else may have been taken for its answer.
    answered: Option<Asked>,
    current: Option<usize>,
    pub(super) sessions: Vec<Heard>,
    /// Whether they go from one node to another: they always come, and the one that they left may be late to notice.
    pub(super) has_moved: bool,
}

impl Listener {
    pub(super) fn new(name: String, token: String, track: String, chance: Chance) -> Self {
        Self {
            name,
            token,
            track,
            key: key(9),
            chance,
            line: None,
            asked: None,
            answered: None,
            current: None,
            sessions: Vec::new(),
            has_moved: false,
        }
    }

    /// Listens until the line breaks or `stop` says so; whoever still has a line goes on with it.
    pub(super) async fn live(&mut self, address: SocketAddr, mut stop: watch::Receiver<bool>) {
        if self.line.is_none() {
            self.asked = None;
            // Some never come back, and some come for something else.
            if self.current.is_some() && !self.has_moved && self.chance.percent(10) {
                self.current = None;
                let _ = stop.wait_for(|stop| *stop).await;
                return;
            }
            self.line = Line::try_open(address, Some(&self.token)).await;
            let is_same = !self.chance.percent(10);
            let with_voucher = !self.chance.percent(10);
            self.start(is_same, with_voucher).await;
        }
        while let Some(line) = self.line.as_mut() {
            let frame = tokio::select! {
                frame = line.hear() => frame,
                _ = stop.wait_for(|stop| *stop) => return,
            };
            match frame {
                Ok(frame) => self.take(&frame).await,
                Err(_) => self.line = None,
            }
        }
    }

    /// Hangs up and keeps what it had, as somebody whose network is gone.
    pub(super) fn hang_up(&mut self) -> Option<Line> {
        self.asked = None;
        self.line.take()
    }

    /// What is durable of the current session: whoever goes on with it has to begin there.
    pub(super) fn left(&mut self, rows: &HashMap<SessionId, Row>) {
        let Some(heard) = self.current.map(|at| &mut self.sessions[at]) else { return };
        heard.left = rows.get(&heard.id).copied();
        if let Some(row) = heard.left {
            assert!(
                row.seq >= heard.committed,
                "{}: {} was durable, {row:?} is left",
                self.name,
                heard.committed
            );
            assert!(row.seq <= heard.signed, "{}: signed for {}, {row:?}", self.name, heard.signed);
        }
    }

    /// The newest voucher for the session that goes on, as a frame.
    pub(super) fn newest(&self) -> Option<Value> {
        let heard = &self.sessions[self.current?];
        Some(self.acknowledgement(heard, heard.signed))
    }

    fn acknowledgement(&self, heard: &Heard, seq: u64) -> Value {
        let price: u64 = heard.terms["pricePerBeat"].as_str().unwrap().parse().unwrap();
        json!({
            "type": "BEAT_ACK", "sessionId": heard.id, "seq": seq,
            "cumulativeAmount": (price * seq).to_string(), "signature": sign(&self.key, &heard.terms, seq),
        })
    }

    async fn say(&mut self, frame: Value) {
        if let Some(line) = self.line.as_mut()
            && !line.try_say(&frame).await
        {
            self.line = None;
        }
    }

    async fn start(&mut self, is_same: bool, with_voucher: bool) {
        let at = self.asked.as_ref().map_or_else(now, |asked| asked.at);
        let heard = self.current.filter(|_| is_same).map(|at| &self.sessions[at]);
        let with_voucher = with_voucher && heard.is_some_and(|heard| heard.signed > 0);
        self.asked = Some(Asked { at, with_voucher });
        let frame = match heard {
            None => {
                json!({"type": "START", "trackId": self.track, "sessionKey": self.key.address().to_string()})
            }
            Some(heard) if with_voucher => {
                let voucher =
                    json!({"beats": heard.signed, "signature": sign(&self.key, &heard.terms, heard.signed)});
                json!({"type": "START", "resume": {"sessionId": heard.id, "voucher": voucher}})
            }
            Some(heard) => json!({"type": "START", "resume": {"sessionId": heard.id}}),
        };
        self.say(frame).await;
    }

    async fn take(&mut self, frame: &Value) {
        let id = frame["sessionId"].as_str().and_then(|id| id.parse().ok());
        let at = id.and_then(|id| self.sessions.iter().position(|heard| heard.id == id));
        match frame["type"].as_str().unwrap() {
            "SESSION_STARTED" => self.started(id.expect("it has an id"), at, frame),
            "BEAT" => self.beat(at.expect("a known session"), frame).await,
            "PAUSED" => self.paused(at.expect("a known session"), frame).await,
            "SESSION_SETTLED" => {
                let heard = &mut self.sessions[at.expect("a known session")];
                let beats = frame["beats"].as_u64().unwrap();
                assert!((heard.committed..=heard.signed).contains(&beats), "{}: {frame}", self.name);
                heard.settled = Some(beats);
                if self.current == at {
                    self.current = None;
                    if self.asked.is_none() {
                        self.start(false, false).await;
                    }
                }
            }
            "ERROR" => self.refused(frame).await,
            other => panic!("{other}"),
        }
    }

    fn started(&mut self, id: SessionId, at: Option<usize>, frame: &Value) {
        let was_taken = self.asked.is_none();
        let asked = self.asked.take().or(self.answered).expect("it was asked for");
        self.answered = Some(asked);
        let seq = frame["seq"].as_u64().unwrap();
        let Some(at) = at else {
            assert_eq!(seq, 0);
            self.current = Some(self.sessions.len());
            let terms = frame.clone();
            self.sessions.push(Heard {
                id,
                terms,
                asked: asked.at,
                committed: 0,
                signed: 0,
                settled: None,
                left: None,
            });
            return;
        };
        let heard = &mut self.sessions[at];
        assert!((heard.committed..=heard.signed).contains(&seq), "{}: {frame}", self.name);
        if let Some(row) = heard.left.take() {
            // The newest voucher restores what the server can show that it issued.
            let restored =
                if asked.with_voucher && heard.signed <= row.issued { heard.signed } else { row.seq };
            assert!(seq == restored || was_taken, "{}: {row:?} and {} make {seq}", self.name, heard.signed);
        }
        self.current = Some(at);
    }

    async fn beat(&mut self, at: usize, frame: &Value) {
        let heard = &mut self.sessions[at];
        let [seq, beats, committed] =
            ["seq", "beats", "committedSeq"].map(|name| frame[name].as_u64().unwrap());
        let price: u64 = heard.terms["pricePerBeat"].as_str().unwrap().parse().unwrap();
        assert_eq!((beats, &frame["cumulativeAmount"]), (seq, &json!((price * seq).to_string())), "{frame}");
        assert!(seq <= heard.asked.elapsed().as_secs(), "{}: time runs slower: {frame}", self.name);
        assert!((heard.committed..=heard.signed).contains(&committed), "{}: {frame}", self.name);
        heard.committed = committed;
        if self.current != Some(at) {
            return;
        }
        if self.chance.percent(92) {
            let heard = &mut self.sessions[at];
            heard.signed = heard.signed.max(seq);
            let acknowledgement = self.acknowledgement(&self.sessions[at], seq);
            self.say(acknowledgement).await;
        }
        match self.chance.below(100) {
            0..=2 => self.say(json!({"type": "PAUSE"})).await,
            3..=5 => {
                let position_ms = self.chance.below(30_000);
                self.say(json!({"type": "SEEK", "positionMs": position_ms})).await;
            }
            6..=7 => self.say(json!({"type": "STOP"})).await,
            8 if self.asked.is_none() => self.start(false, false).await,
            _ => {}
        }
    }

    async fn paused(&mut self, at: usize, frame: &Value) {
        if self.current != Some(at) || self.asked.is_some() {
            return;
        }
        match frame["reason"].as_str().unwrap() {
            "client" | "unacknowledged" => self.say(json!({"type": "RESUME"})).await,
            "suspended" => self.start(true, true).await,
            other => panic!("{}: {other}", self.name),
        }
    }

    async fn refused(&mut self, frame: &Value) {
        let code = frame["code"].as_str().unwrap();
        // It pauses, stops or goes elsewhere without a name, and what it listened to is suspended meanwhile.
        if frame["detail"] == "/sessionId: is missing" {
            return;
        }
        let Some(asked) = self.asked else {
            // Of something that was said to a session that ended, rests or moved meanwhile.
            let is_over = ["session_ended", "session_paused", "session_busy"].contains(&code);
            assert!(is_over || self.has_moved, "{}: {frame}", self.name);
            return;
        };
        match code {
            "session_ended" => {
                self.current = None;
                self.start(false, false).await;
            }
            // Of what was acknowledged before it was asked.
            "session_paused" => {}
            "session_busy" | "unavailable" => {
                tokio::time::sleep(std::time::Duration::from_millis(200)).await;
                let (is_same, with_voucher) = (self.current.is_some(), asked.with_voucher);
                self.start(is_same, with_voucher).await;
            }
            _ => panic!("{}: {frame}", self.name),
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "real servers are measured by a real clock")]
fn now() -> Instant {
    Instant::now()
}
