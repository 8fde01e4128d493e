//! Disputes: a listener contests what a session cost, and an admin decides.
//!
//! Owns: dispute, `dispute_share`.
//!
//! What holds: a session is contested once, within [`WITHIN`] of its end. While that is open, the artists' part of it is
//! put aside; if the listener was right it goes back to them with the platform's fee, else to where it came from. Each
//! step is one transaction, and both sides are told.

mod queries;

use std::time::Duration;

use axum::{extract::State, http::StatusCode};
use db::{Tx, outbox};
use identity::{Account, Admin, audit};
use infra::http::{ApiResult, Json, Path, Query};
use kernel::{
    AccountId, Amount, Check, Cursor, CursorError, DisputeId, ErrorCode, Event, EventId, Fault, FieldError,
    Invalid, Limit, Page, SessionId, Time, tidy,
};
use money::ledger::{Account as Place, Contest, ContestedShare, Entry, LedgerError};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use self::queries::DisputeRow;
use crate::{
    Commerce,
    ledger::{self, PostError},
    receipts::{self, Receipt},
    sessions,
};

/// How long after its end a session may be contested.
const WITHIN: Duration = Duration::from_hours(30 * 24);
/// The name of the list in its cursors.
const LIST: &str = "disputes";

/// What can go wrong with disputes.
#[derive(Debug, thiserror::Error)]
pub enum DisputeError {
    /// No such session of this caller.
    #[error("there is no session {0} of yours")]
    SessionNotFound(SessionId),
    /// It goes on.
    #[error("session {0} goes on: it can be contested when it has ended")]
    StillOpen(SessionId),
    /// It cannot be contested.
    #[error("{0}")]
    NotContestable(&'static str),
    /// No such dispute.
    #[error("there is no dispute {0}")]
    NotFound(DisputeId),
    /// Fields are wrong.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// A cursor of another list.
    #[error(transparent)]
    Cursor(#[from] CursorError),
    /// The ledger refuses, or cannot be reached.
    #[error(transparent)]
    Ledger(#[from] PostError),
    /// The database failed.
    #[error(transparent)]
    Db(#[from] db::Error),
}

impl From<LedgerError> for DisputeError {
    fn from(error: LedgerError) -> Self {
        Self::Ledger(error.into())
    }
}

impl Fault for DisputeError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::SessionNotFound(_) => ErrorCode::SessionNotFound,
            Self::StillOpen(_) => ErrorCode::SessionOpen,
            Self::NotContestable(_) => ErrorCode::NotContestable,
            Self::NotFound(_) => ErrorCode::DisputeNotFound,
            Self::Invalid(_) => ErrorCode::ValidationFailed,
            Self::Cursor(_) => ErrorCode::InvalidCursor,
            Self::Ledger(e) => e.code(),
            Self::Db(e) => e.code(),
        }
    }

    fn fields(&self) -> Vec<FieldError> {
        match self {
            Self::Invalid(invalid) => invalid.0.clone(),
            _ => Vec::new(),
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Ledger(e) => e.retry_after(),
            Self::Db(e) => e.retry_after(),
            _ => None,
        }
    }
}

/// Why a session is contested.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewDispute {
    /// In the listener's words.
    #[schema(example = "I fell asleep with the volume off", min_length = 1, max_length = 1000)]
    reason: String,
}

/// What an admin decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum Resolution {
    /// The listener was right and gets everything back.
    Uphold,
    /// The artists keep what they got.
    Dismiss,
}

/// A decision.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Decision {
    /// uphold or dismiss.
    resolution: Resolution,
}

/// How a dispute stands.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum DisputeState {
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
struct DisputeView {
    id: DisputeId,
    session_id: SessionId,
    /// Who contests it.
    account_id: AccountId,
    #[schema(example = "I fell asleep with the volume off")]
    reason: String,
    /// open, upheld or dismissed.
    #[schema(example = "open")]
    status: String,
    /// What is contested: all that the session cost.
    total: Amount,
    opened_at: Time,
    resolved_at: Option<Time>,
}

impl From<DisputeRow> for DisputeView {
    fn from(row: DisputeRow) -> Self {
        Self {
            id: row.id,
            session_id: row.session,
            account_id: row.account,
            reason: row.reason,
            status: row.state,
            total: Amount { asset: row.asset, minor: row.amount },
            opened_at: row.opened_at,
            resolved_at: row.resolved_at,
        }
    }
}

/// Which disputes, where the list goes on, and how far.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct DisputeList {
    /// Only those that stand so.
    #[param(inline)]
    status: Option<DisputeState>,
    /// How many items a page holds.
    #[serde(default)]
    limit: Limit,
    /// Where to go on.
    cursor: Option<Cursor>,
}

/// The routes of this module.
pub(crate) fn routes() -> OpenApiRouter<Commerce> {
    OpenApiRouter::new()
        .routes(routes!(dispute_session))
        .routes(routes!(list_disputes))
        .routes(routes!(get_disputed_receipt))
        .routes(routes!(resolve_dispute))
}

/// Contests what a session cost.
///
/// Until somebody decides, the artists' part of it is put aside.
#[utoipa::path(
    post, path = "/api/v1/sessions/{id}/dispute", operation_id = "disputeSession", tag = "sessions",
    params(("id" = SessionId, Path)), request_body = NewDispute,
    responses((status = 201, description = "The dispute", body = DisputeView)),
    extensions(
        ("x-authz" = json!({"object": "session", "allow": ["owner"], "visibility": "own"})),
        ("x-errors" = json!(["session_not_found", "session_open", "not_contestable"]))
    ),
)]
async fn dispute_session(
    State(commerce): State<Commerce>,
    who: Account,
    Path(id): Path<SessionId>,
    Json(new): Json<NewDispute>,
) -> ApiResult<(StatusCode, Json<DisputeView>)> {
    let app = &commerce.app;
    let (dispute, event, now) = (app.id(), app.id(), app.now());
    let opened: Result<_, DisputeError> =
        db::write!(app.db, |tx| open(tx, (who.id, id), &new.reason, (dispute, event), now).await);
    Ok((StatusCode::CREATED, Json(opened?.into())))
}

async fn open(
    tx: &mut Tx,
    (account, session): (AccountId, SessionId),
    reason: &str,
    (dispute, event): (DisputeId, EventId),
    now: Time,
) -> Result<DisputeRow, DisputeError> {
    let reason = tidy(reason);
    Check::new().text("/reason", &reason, 1..=1000).done()?;
    let found = queries::contested(tx, account, session).await?;
    let found = found.ok_or(DisputeError::SessionNotFound(session))?;
    let settled_at = found.settled_at.ok_or(DisputeError::StillOpen(session))?;
    if found.state != "settled" {
        return Err(DisputeError::NotContestable("this session is contested already, or was given back"));
    }
    if found.amount == 0 {
        return Err(DisputeError::NotContestable("this session cost nothing"));
    }
    if now > settled_at.plus(WITHIN) {
        return Err(DisputeError::NotContestable("a session can be contested within 30 days of its end"));
    }
    let asset = found.asset;
    let mut shares = Vec::new();
    for (artist, amount) in queries::shares(tx, session).await? {
        // What has become payable meanwhile is taken from there, if need be as a debt.
        let rest = ledger::balance(tx, Place::Earned(artist), asset).await?;
        let earned = amount.min(rest);
        shares.push(ContestedShare { artist, earned, payable: amount.saturating_sub(earned) });
    }
    let contest = Contest { dispute, listener: account, asset, fee: found.fee, shares };
    let is_first = queries::insert(tx, &contest, session, &reason, now).await?;
    if !is_first || !sessions::mark(tx, session, "settled", "disputed").await? {
        return Err(DisputeError::NotContestable("this session was contested before, and that is decided"));
    }
    outbox::emit(tx, &Event::SessionDisputed { session, dispute, account }, event, now).await?;
    let row = queries::find(tx, dispute).await?.ok_or(DisputeError::NotFound(dispute))?;
    // Where the fee was all, nothing is put aside.
    if !contest.shares.is_empty() {
        ledger::post(tx, &[Entry::dispute_opened(&contest, now)?], now).await?;
    }
    Ok(row)
}

/// Lists contested sessions, the oldest first.
#[utoipa::path(
    get, path = "/api/v1/admin/disputes", operation_id = "listDisputes", tag = "admin",
    params(DisputeList),
    responses((status = 200, description = "A page of disputes", body = Page<DisputeView>)),
    extensions(
        ("x-authz" = json!({"object": "dispute", "allow": ["admin"], "visibility": "none"})),
        ("x-errors" = json!(["invalid_cursor"]))
    ),
)]
async fn list_disputes(
    State(commerce): State<Commerce>,
    _: Admin,
    Query(list): Query<DisputeList>,
) -> ApiResult<Json<Page<DisputeView>>> {
    let page: Result<_, DisputeError> = async {
        let after = list.cursor.as_ref().map(|cursor| cursor.place(LIST)).transpose()?;
        let state = list.status.map(DisputeState::code);
        let rows = db::read!(commerce.app.db, |tx| queries::page(tx, state, after, list.limit).await)?;
        let page = Page::cut(rows, list.limit, |last| Cursor::at(LIST, &(last.opened_at, last.id)));
        Ok(page.map(DisputeView::from))
    }
    .await;
    Ok(Json(page?))
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
async fn get_disputed_receipt(
    State(commerce): State<Commerce>,
    Admin(admin): Admin,
    Path(id): Path<DisputeId>,
) -> ApiResult<Json<Receipt>> {
    let entry = audit::Entry::new(&commerce.app, Some(admin.id), "dispute.receipt", &id, json!({}));
    let session = db::write!(commerce.app.db, |tx| looked_at(tx, id, &entry).await)?;
    Ok(Json(receipts::receipt(&commerce, None, session).await?))
}

/// The contested session, once it is written down that somebody looks at it.
async fn looked_at(tx: &mut Tx, id: DisputeId, entry: &audit::Entry) -> Result<SessionId, DisputeError> {
    let dispute = queries::find(tx, id).await?.ok_or(DisputeError::NotFound(id))?;
    audit::record(tx, entry).await?;
    Ok(dispute.session)
}

/// Decides a dispute, once.
#[utoipa::path(
    post, path = "/api/v1/admin/disputes/{id}/resolve", operation_id = "resolveDispute", tag = "admin",
    params(("id" = DisputeId, Path)), request_body = Decision,
    responses((status = 200, description = "The dispute as it is now", body = DisputeView)),
    extensions(
        ("x-authz" = json!({"object": "dispute", "allow": ["admin"], "visibility": "none"})),
        ("x-errors" = json!(["dispute_not_found", "not_contestable"]))
    ),
)]
async fn resolve_dispute(
    State(commerce): State<Commerce>,
    Admin(admin): Admin,
    Path(id): Path<DisputeId>,
    Json(decision): Json<Decision>,
) -> ApiResult<Json<DisputeView>> {
    let app = &commerce.app;
    let upheld = decision.resolution == Resolution::Uphold;
    let entry = audit::Entry::new(app, Some(admin.id), "dispute.resolve", &id, json!({"upheld": upheld}));
    let (event, now) = (app.id(), app.now());
    let row: Result<_, DisputeError> = db::write!(app.db, |tx| {
        audit::record(tx, &entry).await?;
        resolve(tx, id, upheld, admin.id, (event, now)).await
    });
    Ok(Json(row?.into()))
}

async fn resolve(
    tx: &mut Tx,
    id: DisputeId,
    upheld: bool,
    admin: AccountId,
    (event, now): (EventId, Time),
) -> Result<DisputeRow, DisputeError> {
    let row = queries::find(tx, id).await?.ok_or(DisputeError::NotFound(id))?;
    let state = if upheld { "upheld" } else { "dismissed" };
    if !queries::resolve(tx, id, state, admin, now).await? {
        // The same decision again is no mistake.
        return if row.state == state {
            Ok(row)
        } else {
            Err(DisputeError::NotContestable("this dispute is decided already"))
        };
    }
    let shares = queries::contested_shares(tx, id).await?;
    let contest = Contest { dispute: id, listener: row.account, asset: row.asset, fee: row.fee, shares };
    sessions::mark(tx, row.session, "disputed", if upheld { "refunded" } else { "settled" }).await?;
    let told = Event::DisputeResolved { session: row.session, dispute: id, account: row.account, upheld };
    outbox::emit(tx, &told, event, now).await?;
    let now_row = queries::find(tx, id).await?.ok_or(DisputeError::NotFound(id))?;
    let entry = match (upheld, contest.shares.is_empty()) {
        (true, _) => Some(Entry::dispute_upheld(&contest, now)?),
        (false, false) => Some(Entry::dispute_dismissed(&contest, now)?),
        (false, true) => None,
    };
    if let Some(entry) = entry {
        ledger::post(tx, &[entry], now).await?;
    }
    Ok(now_row)
}
