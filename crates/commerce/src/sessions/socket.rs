//! The socket of paid listening: moves frames between a client and its session.

use std::{collections::VecDeque, pin::Pin, sync::Arc, time::Duration};

use axum::{
    extract::{
        State,
        ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, rejection::WebSocketUpgradeRejection},
    },
    response::Response,
};
use http::request::Parts;
use identity::{Account, Caller};
use infra::{
    Quota,
    http::{ApiError, ApiResult, Client},
};
use kernel::{AccountId, Check, ErrorCode, Fault, SessionId};
use money::meter::{Input, PauseReason, Refusal, Summary};
use serde::Serialize;
use tokio::{sync::mpsc, time::Instant};

use super::{
    SessionError,
    desk::{Command, Reply, Seat},
    frames::{
        BeatView, ErrorFrame, PausedFrame, Said, SessionSettled, SessionStarted, SignedBeats, minor_units,
    },
    model::{Agreement, Started, Told},
    service::{self, Back},
};
use crate::Commerce;

/// What a socket reads at a time, in bytes.
const READ: usize = 4 * 1024;
/// The longest frame, in bytes.
const LONGEST: usize = 4 * 1024;
/// What may wait for a client that does not read.
const TOLD: usize = 16;
/// How long a socket may stay without saying who it is.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long a frame may wait to be taken.
const STUCK: Duration = Duration::from_secs(20);
/// How long a farewell may wait to be taken.
const FAREWELL: Duration = Duration::from_secs(1);
/// How often a ping is sent; a socket from which nothing came since the one before is dead.
const PING: Duration = Duration::from_secs(25);
/// How often an account may open a socket.
const OPENED: Quota = Quota { name: "meter sockets", burst: 60, every: Duration::from_secs(1) };
/// Frames taken at once, and how long until one more may come.
const FRAMES: u32 = 100;
const REFILL: Duration = Duration::from_millis(100);
/// Sessions whose terms a socket remembers: the one that runs, and those that are ending.
const REMEMBERED: usize = 4;

/// Close codes (RFC 6455, 7.4.2), after the statuses of HTTP.
const LOG_IN: u16 = 4401;
const TOO_MANY: u16 = 4429;

/// Opens a socket for paid listening: START, beats, acknowledgements, receipts.
///
/// A WebSocket (RFC 6455) of JSON texts of at most 4 KiB, told apart by `type`. Who it is says the request by header or
/// cookie, or the first frame within five seconds: `{"type": "AUTH", "token": "…"}`.
///
/// | frame | from | |
/// |---|---|---|
/// | `START {trackId, sessionKey, positionMs?, cap?, resume?: {sessionId, voucher?}}` | client | begin a session, or go on with one |
/// | `SESSION_STARTED {…}` | server | its terms |
/// | `BEAT {sessionId, seq, beats, cumulativeAmount, committedSeq, beatsRemaining, timestamp}` | server | a second was heard |
/// | `BEAT_ACK {sessionId, seq, cumulativeAmount, signature, positionMs?}` | client | it was, and this is the voucher for it |
/// | `SEEK {sessionId, positionMs}`, `PAUSE`, `RESUME {sessionId, cap?}`, `STOP` | client | |
/// | `PAUSED {sessionId, reason, reachedCap?}` | server | time does not count: cap (which: perPlay, perDay, perMonth or perArtist), balance, unacknowledged, client, network, suspended |
/// | `SESSION_SETTLED {…}` | server | what it came to |
/// | `ERROR {code, detail, sessionId?, reachedCap?}` | server | the state of the money is unchanged |
#[utoipa::path(
    get, path = "/ws/stream", operation_id = "openMeter", tag = "sessions",
    responses((status = 101, description = "The socket is open")),
    extensions(
        ("x-authz" = json!({"object": "session", "allow": ["anonymous", "listener"], "visibility": "none"})),
        ("x-errors" = json!(["origin_refused", "rate_limited", "upgrade_required"]))
    ),
)]
pub(super) async fn open_meter(
    State(commerce): State<Commerce>,
    Caller(account): Caller,
    parts: Parts,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> ApiResult<Response> {
    let app = &commerce.app;
    identity::check_origin(&app.config.http, &parts)?;
    let client = parts.extensions.get::<Client>().copied();
    let client = client.ok_or_else(|| ApiError::new(ErrorCode::Internal, ""))?;
    let key = account.map_or_else(|| client.limit_key(), |account| account.id.to_string());
    app.limits.take(OPENED, &key, app.now()).map_err(|wait| {
        ApiError::new(ErrorCode::RateLimited, "too many connections in a minute").with_retry_after(wait)
    })?;
    let upgrade = upgrade.map_err(|e| ApiError::new(ErrorCode::UpgradeRequired, e.body_text()))?;
    let upgrade = upgrade
        .read_buffer_size(READ)
        .max_message_size(LONGEST)
        .max_frame_size(LONGEST)
        .write_buffer_size(0)
        .max_write_buffer_size(2 * LONGEST);
    Ok(upgrade.on_upgrade(move |bytes| async move {
        let mut line = Line::new(commerce, bytes);
        line.serve(account).await;
    }))
}

/// Why a line ends.
enum End {
    /// The client is gone, or does not read.
    Gone,
    /// It is sent away.
    Closed(u16, &'static str),
}

/// A client on its socket.
struct Line {
    commerce: Commerce,
    bytes: WebSocket,
    /// What its sessions tell.
    told: mpsc::Receiver<Box<Told>>,
    seat: Seat,
    /// The session that it listens in.
    current: Option<SessionId>,
    /// What its sessions agreed on, the newest last.
    agreements: VecDeque<Arc<Agreement>>,
    budget: u32,
    refilled: Instant,
}

impl Line {
    #[expect(clippy::disallowed_methods, reason = "the pace of a real socket")]
    fn new(commerce: Commerce, bytes: WebSocket) -> Self {
        let (seat, told) = mpsc::channel(TOLD);
        let agreements = VecDeque::new();
        let refilled = Instant::now();
        Self { commerce, bytes, told, seat, current: None, agreements, budget: FRAMES, refilled }
    }

    async fn serve(&mut self, account: Option<Account>) {
        let end = match self.who(account).await {
            Ok(account) => self.listen(account).await,
            Err(end) => end,
        };
        if let Some(session) = self.current {
            self.commerce.sessions.desk.leave(session, self.seat.clone()).await;
        }
        if let End::Closed(code, reason) = end {
            let close = Message::Close(Some(CloseFrame { code, reason: reason.into() }));
            let _ = tokio::time::timeout(FAREWELL, self.bytes.send(close)).await;
        }
    }

    /// Who it is: known from the request, or said in the first frame.
    async fn who(&mut self, account: Option<Account>) -> Result<Account, End> {
        if let Some(account) = account {
            return Ok(account);
        }
        let first = tokio::time::timeout(PATIENCE, self.bytes.recv()).await;
        let Ok(Some(Ok(Message::Text(text)))) = first else {
            return Err(End::Closed(LOG_IN, "log in first"));
        };
        let said: Said = serde_json::from_str(&text).unwrap_or_default();
        let token = said.token.filter(|_| said.kind == "AUTH").unwrap_or_default();
        let account = Box::pin(self.commerce.identity.by_token(&token)).await;
        account.map_err(|_| End::Closed(LOG_IN, "log in first"))
    }

    async fn listen(&mut self, account: Account) -> End {
        let log_in = self.commerce.sessions.lookout.watch(account.device);
        let mut ping = tokio::time::interval(PING);
        ping.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        ping.reset();
        let mut heard = true;
        loop {
            let result = tokio::select! {
                Some(told) = self.told.recv() => match self.frame_of(account.id, &told).await {
                    Ok(Some(message)) => self.put(message).await,
                    Ok(None) => Ok(()),
                    Err(end) => Err(end),
                },
                message = self.bytes.recv() => {
                    heard = true;
                    match message {
                        Some(Ok(Message::Text(text))) => self.take(account, &text).await,
                        Some(Ok(Message::Ping(_) | Message::Pong(_))) => Ok(()),
                        Some(Ok(Message::Binary(_))) => Err(End::Closed(1003, "only text is spoken here")),
                        Some(Ok(Message::Close(_)) | Err(_)) | None => Err(End::Gone),
                    }
                }
                () = log_in.ended() => Err(End::Closed(LOG_IN, "the log-in has ended")),
                _ = ping.tick() => if std::mem::take(&mut heard) {
                    self.put(Message::Ping(bytes::Bytes::new())).await
                } else {
                    Err(End::Gone)
                },
            };
            if let Err(end) = result {
                return end;
            }
        }
    }

    async fn put(&mut self, message: Message) -> Result<(), End> {
        match tokio::time::timeout(STUCK, self.bytes.send(message)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(End::Gone),
        }
    }

    fn refusal(error: &SessionError, session_id: Option<SessionId>) -> Result<Message, End> {
        let code = error.code();
        if code == ErrorCode::Internal {
            tracing::error!(%error, "paid listening failed");
        }
        let detail = if code == ErrorCode::Internal { code.title().to_owned() } else { error.to_string() };
        let (code, reached_cap) = (code.code(), error.reached_cap());
        text(&ErrorFrame { kind: "ERROR", code, detail: &detail, session_id, reached_cap })
    }

    fn agreement(&self, session: SessionId) -> Option<&Agreement> {
        self.agreements.iter().find(|agreement| agreement.id() == session).map(AsRef::as_ref)
    }

    /// What a client is told, if it is told at all.
    async fn frame_of(&mut self, account: AccountId, told: &Told) -> Result<Option<Message>, End> {
        if let Told::Settled(Summary { session, .. }) | Told::Gone(session) = *told
            && self.current == Some(session)
        {
            self.current = None;
        }
        let frame = match told {
            Told::Refused(session, Refusal::UnknownSession) => {
                let why = Box::pin(service::not_open(&self.commerce, account, *session)).await;
                Self::refusal(&why.unwrap_or_else(|error| error), Some(*session))
            }
            Told::Refused(session, refusal) => Self::refusal(&(*refusal).into(), Some(*session)),
            Told::Beat(beat) => text(&BeatView::new(beat, self.commerce.app.now())),
            Told::Paused(session, why) => text(&PausedFrame::new(*session, *why)),
            Told::Settled(summary) => match self.agreement(summary.session) {
                Some(agreement) => text(&SessionSettled::of(agreement, summary.charged)),
                None => return Ok(None),
            },
            Told::Gone(session) => text(&PausedFrame::new(*session, PauseReason::Suspended)),
        };
        frame.map(Some)
    }

    /// Whether one more frame may come now.
    #[expect(clippy::disallowed_methods, reason = "the pace of a real socket")]
    fn spend(&mut self) -> bool {
        let passed = self.refilled.elapsed().as_millis() / REFILL.as_millis();
        if passed > 0 {
            self.budget = self.budget.saturating_add(u32::try_from(passed).unwrap_or(FRAMES)).min(FRAMES);
            self.refilled = Instant::now();
        }
        let may = self.budget > 0;
        self.budget = self.budget.saturating_sub(1);
        may
    }

    async fn take(&mut self, account: Account, said: &str) -> Result<(), End> {
        if !self.spend() {
            return Err(End::Closed(TOO_MANY, "too many frames"));
        }
        let message = match self.hear(account.id, said)? {
            Heard::Passed => return Ok(()),
            Heard::Refused(message) => message,
            Heard::Waits(work, session) => match work.await {
                Ok(None) => return Ok(()),
                Ok(Some(started)) => self.begin(&started)?,
                Err(error) => Self::refusal(&error, session)?,
            },
        };
        self.put(message).await
    }

    /// Understands a frame, and does at once what takes no time.
    fn hear(&mut self, account: AccountId, said: &str) -> Result<Heard, End> {
        let said: Said = match serde_json::from_str(said) {
            Ok(said) => said,
            Err(error) => {
                let (code, detail) = (ErrorCode::InvalidRequest.code(), format!("not a frame: {error}"));
                let frame =
                    ErrorFrame { kind: "ERROR", code, detail: &detail, session_id: None, reached_cap: None };
                return Ok(Heard::Refused(text(&frame)?));
            }
        };
        let session = said.session_id.or(self.current);
        Ok(match self.obey(account, &said, session) {
            Ok(None) => Heard::Passed,
            Ok(Some(work)) => Heard::Waits(work, session),
            Err(error) => Heard::Refused(Self::refusal(&error, session)?),
        })
    }

    fn begin(&mut self, started: &Started) -> Result<Message, End> {
        self.current = Some(started.agreement.id());
        self.agreements.push_back(Arc::clone(&started.agreement));
        if self.agreements.len() > REMEMBERED {
            self.agreements.pop_front();
        }
        text(&SessionStarted::new(started, &self.commerce.sessions.instance.domain))
    }

    /// Does what is said, or answers what there is to wait for.
    fn obey(
        &mut self,
        id: AccountId,
        said: &Said,
        session: Option<SessionId>,
    ) -> Result<Option<Work>, SessionError> {
        let commerce = self.commerce.clone();
        let missing = |pointer| kernel::Invalid::one(pointer, "required", "is missing");
        if said.kind == "START" {
            let seat = Some(self.seat.clone());
            return Ok(Some(if let Some(resume) = &said.resume {
                let voucher = resume.voucher.as_ref().map(SignedBeats::read).transpose()?;
                let cap = said.cap.as_deref().map(|cap| minor_units(cap, "/cap")).transpose()?;
                let back = Back { session: resume.session_id, voucher, cap };
                Box::pin(async move { service::resume(&commerce, id, back, seat).await.map(Some) })
            } else {
                let wish = said.wish()?;
                Box::pin(async move { service::start(&commerce, id, wish, seat).await.map(Some) })
            }));
        }
        if said.kind == "AUTH" {
            // Said by clients that always say it, also where the request did.
            let token = said.token.clone().unwrap_or_default();
            return Ok(Some(Box::pin(async move {
                let is_same = commerce.identity.by_token(&token).await.is_ok_and(|account| account.id == id);
                let whose = "is no token of the account that this socket is of";
                Check::new().that(is_same, "/token", "not_yours", whose).done()?;
                Ok(None)
            })));
        }
        let of_session = ["BEAT_ACK", "SEEK", "PAUSE", "RESUME", "STOP"].contains(&said.kind.as_str());
        if !of_session {
            let known = "is START, BEAT_ACK, SEEK, PAUSE, RESUME or STOP";
            return Err(kernel::Invalid::one("/type", "unknown", known).into());
        }
        let session = session.ok_or_else(|| missing("/sessionId"))?;
        let input = match said.kind.as_str() {
            "BEAT_ACK" => Input::Acknowledge { session, acknowledgement: said.acknowledgement()? },
            "SEEK" => {
                let position_ms = said.position_ms.ok_or_else(|| missing("/positionMs"))?;
                Input::Seek { session, position_ms }
            }
            "PAUSE" => Input::Pause { session },
            "RESUME" => {
                let cap = said.cap.as_deref().map(|cap| minor_units(cap, "/cap")).transpose()?;
                return Ok(Some(Box::pin(async move {
                    service::go_on(&commerce, id, session, cap).await.map(|_| None)
                })));
            }
            _ => Input::Stop { session },
        };
        // If it is refused, that comes by the way of all that sessions tell.
        let reply = Reply::IfRefused(self.seat.clone());
        let full =
            self.commerce.sessions.desk.try_send(Command::Tell { input, session, account: id, reply })?;
        Ok(full.map(|command| -> Work {
            Box::pin(async move { commerce.sessions.desk.send(command).await.map(|()| None) })
        }))
    }
}

/// What a frame came to.
enum Heard {
    /// It is on its way to the meter.
    Passed,
    Refused(Message),
    /// There is something to wait for; and of which session.
    Waits(Work, Option<SessionId>),
}

/// What is rare and takes long. In a box: a socket lives for as long as somebody listens, and would have room for the
/// largest thing that it ever does.
type Work = Pin<Box<dyn Future<Output = Result<Option<Started>, SessionError>> + Send>>;

/// A frame as it goes out. Made before it is waited for, so that the socket has room for the text alone.
fn text(frame: &impl Serialize) -> Result<Message, End> {
    Ok(Message::Text(serde_json::to_string(frame).map_err(|_| End::Gone)?.into()))
}
