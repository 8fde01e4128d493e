//! Paid listening over REST: the same meter for clients without a socket.

use axum::{extract::State, http::StatusCode};
use identity::Account;
use infra::http::{ApiResult, Json, Path, Query};
use kernel::{Amount, ArtistId, Cap, Check, Cursor, Limit, Page, SessionId, Time, TrackId};
use money::meter::PauseReason;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    SessionError,
    desk::Standing,
    frames::{
        BeatView, Resumption, Said, SessionSettled, SessionStarted, ShareView, minor_units, reached_cap,
        reason,
    },
    queries::{self, SessionRow},
    service::{self, Back},
};
use crate::{
    Commerce,
    disputes::{self, SessionDispute},
};

/// The name of the list in its cursors.
const LIST: &str = "sessions";

/// A session to begin, or to go on with: the fields of `START`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct NewSession {
    /// `START`, as over a socket; nothing else.
    #[serde(rename = "type")]
    #[schema(example = "START")]
    kind: Option<String>,
    /// What to hear.
    track_id: Option<TrackId>,
    /// The address of the key that will sign vouchers: `0x` and 40 hexadecimal digits.
    #[schema(example = "0x9d8A62f656a8d1615C1294fd71e9CFb3E4855A4F")]
    session_key: Option<String>,
    /// Where in the track to begin, in milliseconds.
    #[schema(example = 0)]
    position_ms: Option<u64>,
    /// What this play may cost at most, in minor units.
    #[schema(example = "500000")]
    cap: Option<String>,
    /// What it is paid by: `ledger`.
    #[schema(example = "ledger")]
    rail: Option<String>,
    /// Of the vault rail, which there is not yet: refused.
    #[schema(value_type = Option<Object>)]
    grant: Option<serde_json::Value>,
    /// Of the vault rail, which there is not yet: refused.
    #[schema(value_type = Option<String>)]
    grant_signature: Option<serde_json::Value>,
    /// A session to go on with, instead of a track and a key.
    resume: Option<Resumption>,
}

/// A second was heard: the voucher for it, with the fields of `BEAT_ACK`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct BeatAck {
    /// `BEAT_ACK`, as over a socket; nothing else.
    #[serde(rename = "type")]
    #[schema(example = "BEAT_ACK")]
    kind: Option<String>,
    /// The session of the address; no other.
    session_id: Option<SessionId>,
    /// The second; with the amount, or neither.
    #[schema(example = 12)]
    seq: Option<u64>,
    /// What the voucher promises in all, in minor units.
    #[schema(example = "24000")]
    cumulative_amount: Option<String>,
    /// The session key's signature over the voucher: `0x` and 130 hexadecimal digits.
    signature: String,
    /// Where the player is, in milliseconds.
    position_ms: Option<u64>,
    /// When it was signed by the player's clock, in milliseconds since 1970; nothing depends on it.
    #[serde(rename = "timestamp")]
    #[schema(example = 1_795_447_400_000_u64)]
    _timestamp: Option<u64>,
}

/// A session as its listener sees it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct SessionView {
    id: SessionId,
    track_id: TrackId,
    artist_id: ArtistId,
    /// open, settled, disputed or refunded.
    #[schema(example = "settled")]
    status: String,
    started_at: Time,
    settled_at: Option<Time>,
    price_per_second: Amount,
    /// Seconds heard.
    #[schema(example = 61)]
    seconds: i64,
    /// Seconds charged.
    #[schema(example = 61)]
    beats: i64,
    /// What they cost.
    total: Amount,
    /// Whether time counts now; null once it has ended, or where another node meters it.
    is_running: Option<bool>,
    /// Why time does not count.
    pause_reason: Option<&'static str>,
    /// Which spending cap is in the way, if one is.
    reached_cap: Option<Cap>,
    /// The newest second, while it is open here.
    newest: Option<BeatView>,
    /// How it stands with what was contested, if it was; in a list null.
    dispute: Option<SessionDispute>,
}

/// Which sessions, where the list goes on, and how far.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct SessionList {
    /// Only those that stand so.
    #[param(inline)]
    status: Option<SessionStatus>,
    /// How many items a page holds.
    #[serde(default)]
    limit: Limit,
    /// Where to go on.
    cursor: Option<Cursor>,
}

/// How a session stands.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum SessionStatus {
    /// It goes on.
    #[serde(alias = "OPEN")]
    Open,
    /// It is paid.
    #[serde(alias = "SETTLED")]
    Settled,
    /// The listener contests it.
    #[serde(alias = "DISPUTED")]
    Disputed,
    /// The listener got it back.
    #[serde(alias = "REFUNDED")]
    Refunded,
}

impl SessionStatus {
    const fn code(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Settled => "settled",
            Self::Disputed => "disputed",
            Self::Refunded => "refunded",
        }
    }
}

impl SessionRow {
    fn view(self) -> SessionView {
        let asset = self.asset;
        SessionView {
            id: self.id,
            track_id: self.track,
            artist_id: self.artist,
            status: self.state,
            started_at: self.started_at,
            settled_at: self.settled_at,
            price_per_second: Amount { asset, minor: self.price },
            seconds: self.seq,
            beats: self.beats,
            total: Amount { asset, minor: self.amount },
            is_running: None,
            pause_reason: None,
            reached_cap: None,
            newest: None,
            dispute: None,
        }
    }
}

/// Begins a paid session, or goes on with one.
///
/// The answer is as `SESSION_STARTED` of the socket. From then on each second is a beat; acknowledge the newest with
/// its voucher at least every five seconds, or the session pauses.
#[utoipa::path(
    post, path = "/api/v1/sessions", operation_id = "startSession", tag = "sessions",
    request_body = NewSession,
    responses((status = 201, description = "The terms", body = SessionStarted)),
    extensions(
        ("x-authz" = json!({"object": "track", "allow": ["listener"], "visibility": "visible"})),
        ("x-errors" = json!(["track_not_found", "session_not_found", "session_ended", "session_busy",
            "artist_unmanaged", "insufficient_funds", "cap_reached", "rail_unavailable", "voucher_invalid",
            "voucher_wrong"]))
    ),
)]
pub(super) async fn start_session(
    State(commerce): State<Commerce>,
    who: Account,
    Json(new): Json<NewSession>,
) -> ApiResult<(StatusCode, Json<SessionStarted>)> {
    let started = start(&commerce, who, new).await?;
    Ok((StatusCode::CREATED, Json(started)))
}

async fn start(commerce: &Commerce, who: Account, new: NewSession) -> Result<SessionStarted, SessionError> {
    let NewSession { kind, track_id, session_key, position_ms, cap, rail, grant, grant_signature, resume } =
        new;
    is_a(kind.as_deref(), "START")?;
    let started = if let Some(resume) = resume {
        let voucher = resume.voucher.as_ref().map(super::frames::SignedBeats::read).transpose()?;
        let cap = cap.as_deref().map(|cap| minor_units(cap, "/cap")).transpose()?;
        service::resume(commerce, who.id, Back { session: resume.session_id, voucher, cap }, None).await?
    } else {
        let said =
            Said { track_id, session_key, position_ms, cap, rail, grant, grant_signature, ..Said::default() };
        service::start(commerce, who.id, said.wish()?, None).await?
    };
    Ok(SessionStarted::new(&started, &commerce.sessions.instance.domain))
}

/// Whether a body that says what frame it is says that it is a `frame`.
fn is_a(kind: Option<&str>, frame: &str) -> Result<(), SessionError> {
    let is_it = kind.is_none_or(|kind| kind == frame);
    Ok(Check::new().that(is_it, "/type", "unsupported", &format!("is {frame} here")).done()?)
}

/// Acknowledges a beat with the voucher for it; a session that waited for that goes on.
#[utoipa::path(
    post, path = "/api/v1/sessions/{id}/ack", operation_id = "acknowledgeSession", tag = "sessions",
    params(("id" = SessionId, Path)), request_body = BeatAck,
    responses((status = 200, description = "The newest beat", body = BeatView)),
    extensions(
        ("x-authz" = json!({"object": "session", "allow": ["owner"], "visibility": "own"})),
        ("x-errors" = json!(["session_not_found", "session_ended", "session_busy", "session_paused",
            "voucher_invalid", "voucher_wrong"]))
    ),
)]
pub(super) async fn acknowledge_session(
    State(commerce): State<Commerce>,
    who: Account,
    Path(id): Path<SessionId>,
    Json(ack): Json<BeatAck>,
) -> ApiResult<Json<BeatView>> {
    Ok(Json(acknowledge(&commerce, who, id, ack).await?))
}

async fn acknowledge(
    commerce: &Commerce,
    who: Account,
    id: SessionId,
    ack: BeatAck,
) -> Result<BeatView, SessionError> {
    let BeatAck { kind, session_id, seq, cumulative_amount, signature, position_ms, _timestamp } = ack;
    is_a(kind.as_deref(), "BEAT_ACK")?;
    Check::new()
        .that(
            session_id.is_none_or(|named| named == id),
            "/sessionId",
            "unsupported",
            "is the session of the address",
        )
        .done()?;
    let said = Said { seq, cumulative_amount, signature: Some(signature), position_ms, ..Said::default() };
    let acknowledgement = said.acknowledgement()?;
    let sessions = &commerce.sessions;
    let Some((_, _, paused)) = service::look(sessions, who.id, id).await? else {
        return Err(service::not_open(commerce, who.id, id).await?);
    };
    if matches!(paused, Some(PauseReason::Unacknowledged)) {
        service::go_on(commerce, who.id, id, None).await?;
    }
    let view = service::acknowledge(commerce, who.id, id, acknowledgement).await?;
    let Some((agreement, ..)) = service::look(sessions, who.id, id).await? else {
        return Err(service::not_open(commerce, who.id, id).await?);
    };
    Ok(BeatView::of(&agreement, &view, commerce.app.now()))
}

/// Ends a session and settles it; of one that has ended, tells again what it came to.
#[utoipa::path(
    post, path = "/api/v1/sessions/{id}/settle", operation_id = "settleSession", tag = "sessions",
    params(("id" = SessionId, Path)),
    responses((status = 200, description = "What it came to", body = SessionSettled)),
    extensions(
        ("x-authz" = json!({"object": "session", "allow": ["owner"], "visibility": "own"})),
        ("x-errors" = json!(["session_not_found", "session_busy"]))
    ),
)]
pub(super) async fn settle_session(
    State(commerce): State<Commerce>,
    who: Account,
    Path(id): Path<SessionId>,
) -> ApiResult<Json<SessionSettled>> {
    Ok(Json(settle(&commerce, who, id).await?))
}

async fn settle(commerce: &Commerce, who: Account, id: SessionId) -> Result<SessionSettled, SessionError> {
    service::settle(commerce, who.id, id).await?;
    let (row, shares) = db::snapshot!(commerce.app.db, |tx| {
        let row = queries::session_row(tx, id, Some(who.id)).await?;
        let row = row.ok_or(SessionError::SessionNotFound(id))?;
        Ok::<_, SessionError>((row, queries::paid_shares(tx, id).await?))
    })?;
    if row.state == "open" {
        return Err(SessionError::Busy);
    }
    let shares = shares
        .into_iter()
        .map(|(artist_id, amount)| ShareView { artist_id, amount: amount.to_string() })
        .collect();
    Ok(SessionSettled::new(id, u64::try_from(row.beats).unwrap_or(0), row.amount, shares))
}

/// Shows a session of the caller.
#[utoipa::path(
    get, path = "/api/v1/sessions/{id}", operation_id = "getSession", tag = "sessions",
    params(("id" = SessionId, Path)),
    responses((status = 200, description = "The session", body = SessionView)),
    extensions(
        ("x-authz" = json!({"object": "session", "allow": ["owner"], "visibility": "own"})),
        ("x-errors" = json!(["session_not_found"]))
    ),
)]
pub(super) async fn get_session(
    State(commerce): State<Commerce>,
    who: Account,
    Path(id): Path<SessionId>,
) -> ApiResult<Json<SessionView>> {
    let view: Result<_, SessionError> = async {
        let (row, dispute) = db::snapshot!(commerce.app.db, |tx| {
            let row = queries::session_row(tx, id, Some(who.id)).await?;
            let row = row.ok_or(SessionError::SessionNotFound(id))?;
            Ok::<_, SessionError>((row, disputes::of_session(tx, id).await?))
        })?;
        let here = service::look(&commerce.sessions, who.id, id).await?;
        Ok(shown(SessionView { dispute, ..row.view() }, here, commerce.app.now()))
    }
    .await;
    Ok(Json(view?))
}

/// With how it stands on this node.
fn shown(view: SessionView, here: Option<Standing>, now: Time) -> SessionView {
    let Some((agreement, meter, paused)) = here else { return view };
    let charged = meter.acknowledged;
    let paused = paused.filter(|_| !meter.is_running);
    let number = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
    SessionView {
        seconds: number(charged.seq),
        beats: number(charged.beats),
        total: Amount { asset: agreement.terms.asset, minor: charged.amount },
        is_running: Some(meter.is_running),
        pause_reason: paused.map(reason),
        reached_cap: paused.and_then(reached_cap),
        newest: Some(BeatView::of(&agreement, &meter, now)),
        ..view
    }
}

/// Lists the caller's sessions, the newest first.
#[utoipa::path(
    get, path = "/api/v1/me/sessions", operation_id = "listSessions", tag = "sessions",
    params(SessionList),
    responses((status = 200, description = "A page of sessions", body = Page<SessionView>)),
    extensions(
        ("x-authz" = json!({"object": "session", "allow": ["listener"], "visibility": "own"})),
        ("x-errors" = json!(["invalid_cursor"]))
    ),
)]
pub(super) async fn list_sessions(
    State(commerce): State<Commerce>,
    who: Account,
    Query(list): Query<SessionList>,
) -> ApiResult<Json<Page<SessionView>>> {
    let page: Result<_, SessionError> = async {
        let state = list.status.map(SessionStatus::code);
        let before = list.cursor.as_ref().map(|cursor| cursor.place(&(LIST, state))).transpose()?;
        let rows = db::read!(commerce.app.db, |tx| {
            queries::sessions_of(tx, who.id, state, before, list.limit).await
        })?;
        let page =
            Page::cut(rows, list.limit, |last| Cursor::at(&(LIST, state), &(last.started_at, last.id)));
        Ok(page.map(SessionRow::view))
    }
    .await;
    Ok(Json(page?))
}
