//! Receipts of paid listening: what was heard, what it cost, who got it, and proofs that need nobody's word.
//!
//! Owns: nothing. A receipt is made of the session, its newest voucher and its entries in the ledger, and signed by the
//! instance. [`check`] tells whether one proves what it says, on any machine.

mod check;
mod model;
mod queries;

use axum::extract::State;
use identity::Account;
use infra::{
    http::{ApiResult, Json, Path, Query, Routes},
    routes,
};
use kernel::{AccountId, Amount, Cursor, Limit, Page, SessionId, Time, TrackId};
use money::voucher;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

pub use check::check;
pub use model::{NewestVoucher, PaidShare, ProvenEntry, Receipt};

use self::{
    model::{bytes_of, hex_of},
    queries::SessionRow,
};
use crate::{
    Commerce,
    ledger::{self, Proven},
    sessions::SessionError,
};

/// The name of the list in its cursors.
const LIST: &str = "receipts";

/// The routes of this module.
pub(crate) fn routes() -> Routes<Commerce> {
    Routes::new().routes(routes!(list_receipts)).routes(routes!(get_receipt))
}

/// A receipt in short.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ReceiptSummary {
    session_id: SessionId,
    track_id: TrackId,
    track_title: String,
    artist_name: String,
    /// settled, disputed or refunded.
    #[schema(example = "settled")]
    status: String,
    /// Seconds charged.
    #[schema(example = 61)]
    beats: i64,
    total: Amount,
    settled_at: Time,
}

impl From<SessionRow> for ReceiptSummary {
    fn from(row: SessionRow) -> Self {
        Self {
            session_id: row.id,
            track_id: row.track,
            track_title: row.title,
            artist_name: row.artist_name,
            status: row.state,
            beats: row.beats,
            total: Amount { asset: row.asset, minor: row.amount },
            settled_at: row.settled_at,
        }
    }
}

/// Where the list goes on, and how far.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ReceiptList {
    /// How many items a page holds.
    #[serde(default)]
    limit: Limit,
    /// Where to go on.
    cursor: Option<Cursor>,
}

/// Lists what the caller paid for, the newest first.
#[utoipa::path(
    get, path = "/api/v1/me/receipts", operation_id = "listReceipts", tag = "sessions",
    params(ReceiptList),
    responses((status = 200, description = "A page of receipts", body = Page<ReceiptSummary>)),
    extensions(
        ("x-authz" = json!({"object": "session", "allow": ["listener"], "visibility": "own"})),
        ("x-errors" = json!(["invalid_cursor"]))
    ),
)]
async fn list_receipts(
    State(commerce): State<Commerce>,
    who: Account,
    Query(list): Query<ReceiptList>,
) -> ApiResult<Json<Page<ReceiptSummary>>> {
    let page: Result<_, SessionError> = async {
        let before = list.cursor.as_ref().map(|cursor| cursor.place(LIST)).transpose()?;
        let rows = db::read!(commerce.app.db, |tx| queries::page(tx, who.id, before, list.limit).await)?;
        let page = Page::cut(rows, list.limit, |last| Cursor::at(LIST, &(last.settled_at, last.id)));
        Ok(page.map(ReceiptSummary::from))
    }
    .await;
    Ok(Json(page?))
}

/// Shows the receipt of a session that has ended.
///
/// It is signed by the instance and carries proofs: `resonance receipt verify FILE` checks it without any server.
#[utoipa::path(
    get, path = "/api/v1/me/receipts/{id}", operation_id = "getReceipt", tag = "sessions",
    params(("id" = SessionId, Path)),
    responses((status = 200, description = "The receipt", body = Receipt)),
    extensions(
        ("x-authz" = json!({"object": "session", "allow": ["owner"], "visibility": "own"})),
        ("x-errors" = json!(["session_not_found", "session_open"]))
    ),
)]
async fn get_receipt(
    State(commerce): State<Commerce>,
    who: Account,
    Path(id): Path<SessionId>,
) -> ApiResult<Json<Receipt>> {
    Ok(Json(receipt(&commerce, Some(who.id), id).await?))
}

/// The receipt of a session of `account`, or whoever's it is.
///
/// # Errors
/// When there is no such session, or it goes on.
pub(crate) async fn receipt(
    commerce: &Commerce,
    account: Option<AccountId>,
    id: SessionId,
) -> Result<Receipt, SessionError> {
    let (row, shares, entries) = db::snapshot!(commerce.app.db, |tx| {
        let Some(row) = queries::settled(tx, account, id).await? else {
            let is_open = queries::is_open(tx, account, id).await?;
            return Err(if is_open {
                SessionError::StillOpen(id)
            } else {
                SessionError::SessionNotFound(id)
            });
        };
        let shares = queries::shares(tx, id).await?;
        let keys = [format!("capture:{id}:"), format!("settle:{id}")];
        Ok::<_, SessionError>((row, shares, ledger::proven(tx, &keys).await?))
    })?;
    let unreadable = || db::Error::Unreadable { what: "a receipt", value: id.to_string() };
    let instance = commerce.sessions.instance();
    let receipt = written(row, shares, entries, instance).and_then(|receipt| receipt.sign(&instance.key));
    Ok(receipt.ok_or_else(unreadable)?)
}

/// What does not fit together of a session that has ended: its voucher, its sums, its split, and what the ledger paid. Less
/// work than its receipt, as the chain of the ledger is left alone. `None` if it has not ended.
///
/// # Errors
/// When the database fails.
pub(crate) async fn examined(commerce: &Commerce, id: SessionId) -> db::Result<Option<Vec<String>>> {
    let (row, shares, paid) = db::snapshot!(commerce.app.db, |tx| {
        let row = queries::settled(tx, None, id).await?;
        Ok::<_, db::Error>((row, queries::shares(tx, id).await?, ledger::paid_in(tx, id).await?))
    })?;
    let Some(row) = row else { return Ok(None) };
    let is_paid = row.fee == paid.fee
        && shares.iter().all(|share| share.amount.minor == paid.share_of(share.artist_id));
    let Some(receipt) = written(row, shares, Vec::new(), commerce.sessions.instance()) else {
        return Ok(Some(vec!["it cannot be read".to_owned()]));
    };
    let mut wrong = check::agreed(&receipt);
    if !is_paid {
        wrong.push("the ledger paid other sums than it says".to_owned());
    }
    Ok(Some(wrong))
}

/// The public key that signs receipts here: 0x and 128 hexadecimal digits.
pub fn issuer(commerce: &Commerce) -> String {
    key_of(commerce.sessions.instance())
}

fn key_of(instance: &crate::sessions::Instance) -> String {
    hex_of(&instance.key.public_key())
}

/// A receipt without its signature; nothing if what is stored cannot be read.
fn written(
    row: SessionRow,
    shares: Vec<PaidShare>,
    entries: Vec<Proven>,
    instance: &crate::sessions::Instance,
) -> Option<Receipt> {
    let asset = row.asset;
    let amount = |minor: i64| Amount { asset, minor };
    let key = money::eth::Address(row.session_key.as_slice().try_into().ok()?);
    let beats = u64::try_from(row.beats).ok()?;
    let price = u128::try_from(row.price).ok()?;
    let voucher = row.voucher.as_ref().map(|signature| NewestVoucher {
        beats,
        cumulative_amount: row.amount.to_string(),
        signature: hex_of(signature),
    });
    debug_assert!(voucher.as_ref().is_none_or(|voucher| bytes_of::<65>(&voucher.signature).is_some()));
    Some(Receipt {
        version: 1,
        issuer: key_of(instance),
        session_id: row.id,
        track_id: row.track,
        track_title: row.title,
        artist_id: row.artist,
        artist_name: row.artist_name,
        status: row.state,
        started_at: row.started_at,
        settled_at: row.settled_at,
        rail: "ledger".to_owned(),
        seconds: u64::try_from(row.seq).ok()?,
        beats,
        price_per_second: amount(row.price),
        total: amount(row.amount),
        fee: amount(row.fee),
        platform_fee_bp: u16::try_from(row.fee_bp).ok()?,
        split_id: row.split,
        shares,
        session_key: key.to_string(),
        verifying_contract: instance.domain.verifying_contract().to_string(),
        payee: voucher::payee(row.split).to_string(),
        grant_id: hex_of(&voucher::grant_id(row.id, key)),
        context_hash: hex_of(&voucher::context_hash(row.id, row.track, asset, price)),
        voucher,
        entries: entries.into_iter().map(ProvenEntry::from).collect(),
        hash: String::new(),
        signature: String::new(),
    })
}
