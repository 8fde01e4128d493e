//! What the outside asks of disputes.

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use identity::{Account, Admin, audit};
use infra::http::{ApiResult, Json, Path, Query};
use kernel::{AccountId, Amount, Cursor, DisputeId, Limit, Page, SessionId, Time, TrackId};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};

use super::{
    DisputeError,
    queries::{self, DisputeRow},
    service,
};
use crate::{
    Commerce,
    once::{Answer, Key, Once},
    receipts::{self, Receipt},
};

/// The name of the list in its cursors.
const LIST: &str = "disputes";

/// Why a session is contested.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewDispute {
    /// In the listener's words.
    #[schema(example = "I fell asleep with the volume off", min_length = 1, max_length = 1000)]
    reason: String,
}

/// What an admin decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum Resolution {
    /// The listener was right and gets everything back.
    Uphold,
    /// The artists keep what they got.
    Dismiss,
}

/// A decision.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Decision {
    /// uphold or dismiss.
    resolution: Resolution,
    /// Why, said to listener and artists.
    #[schema(example = "The server was not reached that evening", max_length = 1000)]
    note: Option<String>,
}

/// How a dispute stands.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum DisputeState {
    /// Nobody has decided.
    Open,
    /// The listener was right.
    Upheld,
    /// The artists were right.
    Dismissed,
}

impl DisputeState {
    const fn code(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Upheld => "upheld",
            Self::Dismissed => "dismissed",
        }
    }
}

/// A contested session.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct DisputeView {
    id: DisputeId,
    session_id: SessionId,
    /// Whose session it is.
    account_id: AccountId,
    /// That account's name, if it has one.
    #[schema(example = "ana")]
    username: Option<String>,
    /// What was heard, and whose.
    track_id: TrackId,
    #[schema(example = "Lanterns Coming Home")]
    title: String,
    #[schema(example = "Marlene Voss")]
    artist_name: String,
    /// listener, or instance: where the voucher, the ledger and what was delivered disagree.
    #[schema(example = "listener")]
    raised_by: String,
    /// In the words of whoever raised it.
    #[schema(example = "I fell asleep with the volume off")]
    reason: String,
    /// open, upheld or dismissed.
    #[schema(example = "open")]
    status: String,
    /// What is contested: all that the session cost.
    total: Amount,
    opened_at: Time,
    resolved_at: Option<Time>,
    /// What was said with the decision.
    #[schema(example = "The server was not reached that evening")]
    note: Option<String>,
}

/// A page of disputes.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct DisputePage {
    #[serde(flatten)]
    page: Page<DisputeView>,
    /// How many of all nobody has decided.
    #[schema(example = 2)]
    open_count: i64,
}

/// A dispute as its listener sees it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SessionDispute {
    /// open, upheld or dismissed.
    #[schema(example = "dismissed")]
    status: String,
    /// listener, or instance.
    #[schema(example = "listener")]
    raised_by: String,
    #[schema(example = "I fell asleep with the volume off")]
    reason: String,
    opened_at: Time,
    resolved_at: Option<Time>,
    /// What was said with the decision.
    #[schema(example = "The server was not reached that evening")]
    note: Option<String>,
}

impl From<DisputeRow> for SessionDispute {
    fn from(row: DisputeRow) -> Self {
        let DisputeRow { state, raised_by, reason, opened_at, resolved_at, note, .. } = row;
        Self { status: state, raised_by, reason, opened_at, resolved_at, note }
    }
}

impl From<DisputeRow> for DisputeView {
    fn from(row: DisputeRow) -> Self {
        Self {
            id: row.id,
            session_id: row.session,
            account_id: row.account,
            username: row.username,
            track_id: row.track,
            title: row.title,
            artist_name: row.artist_name,
            raised_by: row.raised_by,
            reason: row.reason,
            status: row.state,
            total: Amount { asset: row.asset, minor: row.amount },
            opened_at: row.opened_at,
            resolved_at: row.resolved_at,
            note: row.note,
        }
    }
}

/// Which disputes, where the list goes on, and how far.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct DisputeList {
    /// Only those that stand so.
    #[param(inline)]
    status: Option<DisputeState>,
    /// How many items a page holds.
    #[serde(default)]
    limit: Limit,
    /// Where to go on.
    cursor: Option<Cursor>,
}

/// Contests what a session cost.
///
/// Until somebody decides, the artists' part of it is put aside. With an `Idempotency-Key`, the same request sent again gets
/// the same answer.
#[utoipa::path(
    post, path = "/api/v1/sessions/{id}/dispute", operation_id = "disputeSession", tag = "sessions",
    params(
        ("id" = SessionId, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "Chosen by the client, a new one for each intention"),
    ),
    request_body = NewDispute,
    responses((status = 201, description = "The dispute", body = DisputeView)),
    extensions(
        ("x-authz" = json!({"object": "session", "allow": ["owner"], "visibility": "own"})),
        ("x-errors" = json!(["session_not_found", "session_open", "not_contestable", "idempotency_key_reused", "conflict"]))
    ),
)]
pub(super) async fn dispute_session(
    State(commerce): State<Commerce>,
    who: Account,
    key: Key,
    Path(id): Path<SessionId>,
    Json(new): Json<NewDispute>,
) -> ApiResult<Response> {
    let once = Once::new(who.id, key, "disputeSession", &(id, &new));
    Ok(contest(&commerce, who, (id, &new.reason), &once).await?.into_response())
}

async fn contest(
    commerce: &Commerce,
    who: Account,
    (id, reason): (SessionId, &str),
    once: &Once,
) -> Result<Answer, DisputeError> {
    let app = &commerce.app;
    let (dispute, event, now) = (app.id(), app.id(), app.now());
    db::write!(app.db, |tx| {
        if let Some(answer) = once.begin(tx, now).await? {
            return Ok(answer);
        }
        let opened = service::open(tx, (who.id, id), reason, (dispute, event), now).await?;
        let answer = Answer::new(StatusCode::CREATED, &DisputeView::from(opened));
        once.finish(tx, &answer).await?;
        Ok(answer)
    })
}

/// Lists contested sessions, the oldest first.
#[utoipa::path(
    get, path = "/api/v1/admin/disputes", operation_id = "listDisputes", tag = "admin",
    params(DisputeList),
    responses((status = 200, description = "A page of disputes", body = DisputePage)),
    extensions(
        ("x-authz" = json!({"object": "dispute", "allow": ["admin"], "visibility": "none"})),
        ("x-errors" = json!(["invalid_cursor"]))
    ),
)]
pub(super) async fn list_disputes(
    State(commerce): State<Commerce>,
    _: Admin,
    Query(list): Query<DisputeList>,
) -> ApiResult<Json<DisputePage>> {
    let page: Result<_, DisputeError> = db::snapshot!(commerce.app.db, |tx| {
        let state = list.status.map(DisputeState::code);
        let after = list.cursor.as_ref().map(|cursor| cursor.place(&(LIST, state))).transpose()?;
        let rows = queries::page(tx, state, after, list.limit).await?;
        let page = Page::cut(rows, list.limit, |last| Cursor::at(&(LIST, state), &(last.opened_at, last.id)));
        Ok(DisputePage { page: page.map(DisputeView::from), open_count: queries::open(tx).await? })
    });
    Ok(Json(page?))
}

/// Shows one contested session.
#[utoipa::path(
    get, path = "/api/v1/admin/disputes/{id}", operation_id = "getDispute", tag = "admin",
    params(("id" = DisputeId, Path)),
    responses((status = 200, description = "The dispute", body = DisputeView)),
    extensions(
        ("x-authz" = json!({"object": "dispute", "allow": ["admin"], "visibility": "none"})),
        ("x-errors" = json!(["dispute_not_found"]))
    ),
)]
pub(super) async fn get_dispute(
    State(commerce): State<Commerce>,
    _: Admin,
    Path(id): Path<DisputeId>,
) -> ApiResult<Json<DisputeView>> {
    let row = db::read!(commerce.app.db, |tx| queries::find(tx, id).await)?;
    Ok(Json(row.ok_or(DisputeError::NotFound(id))?.into()))
}

/// Shows the receipt of a contested session.
///
/// What somebody heard is theirs: that an admin looked at it is written down.
#[utoipa::path(
    get, path = "/api/v1/admin/disputes/{id}/receipt", operation_id = "getDisputedReceipt", tag = "admin",
    params(("id" = DisputeId, Path)),
    responses((status = 200, description = "The receipt", body = Receipt)),
    extensions(
        ("x-authz" = json!({"object": "dispute", "allow": ["admin"], "visibility": "none"})),
        ("x-errors" = json!(["dispute_not_found"]))
    ),
)]
pub(super) async fn get_disputed_receipt(
    State(commerce): State<Commerce>,
    Admin(admin): Admin,
    Path(id): Path<DisputeId>,
) -> ApiResult<Json<Receipt>> {
    let entry = audit::Entry::new(&commerce.app, Some(admin.id), "dispute.receipt", &id, json!({}));
    let session = db::write!(commerce.app.db, |tx| service::looked_at(tx, id, &entry).await)?;
    Ok(Json(receipts::receipt(&commerce, None, session).await?))
}

/// Decides a dispute, once.
///
/// With an `Idempotency-Key`, the same request sent again gets the same answer.
#[utoipa::path(
    post, path = "/api/v1/admin/disputes/{id}/resolve", operation_id = "resolveDispute", tag = "admin",
    params(
        ("id" = DisputeId, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "Chosen by the client, a new one for each intention"),
    ),
    request_body = Decision,
    responses((status = 200, description = "The dispute as it is now", body = DisputeView)),
    extensions(
        ("x-authz" = json!({"object": "dispute", "allow": ["admin"], "visibility": "none"})),
        ("x-errors" = json!(["dispute_not_found", "not_contestable", "idempotency_key_reused", "conflict"]))
    ),
)]
pub(super) async fn resolve_dispute(
    State(commerce): State<Commerce>,
    Admin(admin): Admin,
    key: Key,
    Path(id): Path<DisputeId>,
    Json(decision): Json<Decision>,
) -> ApiResult<Response> {
    let once = Once::new(admin.id, key, "resolveDispute", &(id, &decision));
    Ok(decide(&commerce, admin, (id, &decision), &once).await?.into_response())
}

async fn decide(
    commerce: &Commerce,
    admin: Account,
    (id, decision): (DisputeId, &Decision),
    once: &Once,
) -> Result<Answer, DisputeError> {
    let app = &commerce.app;
    let upheld = decision.resolution == Resolution::Uphold;
    let verdict = service::Verdict { upheld, note: decision.note.as_deref() };
    let entry = audit::Entry::new(app, Some(admin.id), "dispute.resolve", &id, json!({"upheld": upheld}));
    let (event, now) = (app.id(), app.now());
    db::write!(app.db, |tx| {
        if let Some(answer) = once.begin(tx, now).await? {
            return Ok(answer);
        }
        audit::record(tx, &entry).await?;
        let row = service::resolve(tx, id, verdict, admin.id, (event, now)).await?;
        let answer = Answer::new(StatusCode::OK, &DisputeView::from(row));
        once.finish(tx, &answer).await?;
        Ok(answer)
    })
}
