//! What clients and the meter say to each other (`docs/METER.md`): the same texts over a socket and over REST.

use kernel::{ArtistId, Cap, SessionId, TrackId};
use money::{
    eth::{Address, Domain, Signature},
    hex,
    meter::{Acknowledgement, Beat, ClientVoucher, Count, PauseReason, View},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    SessionError,
    model::{Agreement, Started, Wish},
};

/// What comes from a client, of whatever type; what is not known is ignored.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Said {
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) token: Option<String>,
    pub(super) track_id: Option<TrackId>,
    pub(super) session_id: Option<SessionId>,
    pub(super) session_key: Option<String>,
    pub(super) position_ms: Option<u64>,
    pub(super) cap: Option<String>,
    pub(super) rail: Option<String>,
    pub(super) grant: Option<serde_json::Value>,
    pub(super) grant_signature: Option<serde_json::Value>,
    pub(super) resume: Option<Resumption>,
    pub(super) seq: Option<u64>,
    pub(super) cumulative_amount: Option<String>,
    pub(super) signature: Option<String>,
}

/// A session to go on with, and the client's newest voucher.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Resumption {
    pub(super) session_id: SessionId,
    pub(super) voucher: Option<SignedBeats>,
}

/// The newest voucher that a client has signed.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct SignedBeats {
    /// Its beats.
    #[schema(example = 61)]
    pub(super) beats: u64,
    /// The session key's signature: `0x` and 130 hexadecimal digits.
    pub(super) signature: String,
}

impl SignedBeats {
    pub(super) fn read(&self) -> Result<ClientVoucher, SessionError> {
        Ok(ClientVoucher {
            beats: self.beats,
            signature: signature(&self.signature, "/resume/voucher/signature")?,
        })
    }
}

/// An address of 20 bytes.
pub(super) fn address(text: &str, pointer: &str) -> Result<Address, SessionError> {
    let address = text.parse::<Address>();
    address.map_err(|error| kernel::Invalid::one(pointer, "not_an_address", &error.to_string()).into())
}

/// A signature of 65 bytes.
pub(super) fn signature(text: &str, pointer: &str) -> Result<Signature, SessionError> {
    let signature = text.parse::<Signature>();
    signature.map_err(|error| kernel::Invalid::one(pointer, "not_a_signature", &error.to_string()).into())
}

/// Minor units in digits.
pub(super) fn minor_units(text: &str, pointer: &str) -> Result<i64, SessionError> {
    kernel::Amount::parse(kernel::Asset::Beat, text)
        .map(|amount| amount.minor)
        .map_err(|error| kernel::Invalid::one(pointer, "not_an_amount", &error.to_string()).into())
}

/// What a beat was acknowledged for: minor units that may be more than one amount.
fn cumulative(text: &str) -> Result<u128, SessionError> {
    let is_plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let number = if is_plain { text.parse().ok() } else { None };
    number.ok_or_else(|| {
        kernel::Invalid::one("/cumulativeAmount", "not_an_amount", "is minor units in digits").into()
    })
}

fn missing(pointer: &str) -> SessionError {
    kernel::Invalid::one(pointer, "required", "is missing").into()
}

impl Said {
    /// What a START asks for.
    pub(super) fn wish(&self) -> Result<Wish, SessionError> {
        let is_granted = self.grant.is_some() || self.grant_signature.is_some();
        if is_granted || self.rail.as_deref().is_some_and(|rail| rail != "ledger") {
            return Err(SessionError::RailUnavailable(kernel::Asset::Usdc));
        }
        let key = self.session_key.as_deref().ok_or_else(|| missing("/sessionKey"))?;
        Ok(Wish {
            track: self.track_id.ok_or_else(|| missing("/trackId"))?,
            session_key: address(key, "/sessionKey")?,
            position_ms: self.position_ms.unwrap_or(0),
            cap: self.cap.as_deref().map(|cap| minor_units(cap, "/cap")).transpose()?,
        })
    }

    /// What a `BEAT_ACK` acknowledges.
    pub(super) fn acknowledgement(&self) -> Result<Acknowledgement, SessionError> {
        let text = self.signature.as_deref().ok_or_else(|| missing("/signature"))?;
        let beat = match (self.seq, self.cumulative_amount.as_deref()) {
            (Some(seq), Some(amount)) => Some((seq, cumulative(amount)?)),
            (None, None) => None,
            _ => return Err(missing(if self.seq.is_none() { "/seq" } else { "/cumulativeAmount" })),
        };
        Ok(Acknowledgement { beat, signature: signature(text, "/signature")?, position_ms: self.position_ms })
    }
}

/// The domain that vouchers are signed in (EIP-712).
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct DomainView {
    #[schema(example = "Resonance Ledger")]
    name: &'static str,
    #[schema(example = "1")]
    version: &'static str,
    #[schema(example = 0)]
    chain_id: u64,
    verifying_contract: String,
}

impl From<&Domain> for DomainView {
    fn from(domain: &Domain) -> Self {
        Self {
            name: domain.name(),
            version: domain.version(),
            chain_id: domain.chain_id(),
            verifying_contract: domain.verifying_contract().to_string(),
        }
    }
}

/// Somebody's part of what is charged.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct SplitView {
    artist_id: ArtistId,
    /// Of 10,000.
    #[schema(example = 10000)]
    basis_points: u16,
}

/// A session has begun, or goes on: its terms.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct SessionStarted {
    /// `SESSION_STARTED`
    #[serde(rename = "type")]
    kind: &'static str,
    session_id: SessionId,
    track_id: TrackId,
    artist_id: ArtistId,
    /// Whom vouchers name.
    payee: String,
    #[schema(example = "BEAT")]
    asset: &'static str,
    #[schema(example = "ledger")]
    rail: &'static str,
    /// Minor units.
    #[schema(example = "2000")]
    price_per_beat: String,
    /// What was collected under the same grant before.
    #[schema(example = "0")]
    base: String,
    #[schema(example = 0)]
    base_beats: u64,
    /// The narrowest of the listener's limits as they are now, in minor units; null without any.
    cap: Option<String>,
    /// For how many beats there is money within the caps; null for a free track.
    beats_remaining: Option<u64>,
    #[schema(example = 0)]
    platform_fee_bp: u16,
    splits: Vec<SplitView>,
    domain: DomainView,
    /// `0x` and 64 hexadecimal digits.
    grant_id: String,
    /// `0x` and 64 hexadecimal digits.
    context_hash: String,
    /// Seconds that are acknowledged already: of a session that goes on.
    #[schema(example = 0)]
    seq: u64,
    /// Beats that are charged already.
    #[schema(example = 0)]
    beats: u64,
}

impl SessionStarted {
    pub(super) fn new(started: &Started, domain: &Domain) -> Self {
        let agreement = &started.agreement;
        let terms = &agreement.terms;
        let template = terms.voucher(Count::default());
        let bytes = |hash: Option<[u8; 32]>| format!("0x{}", hex::encode(&hash.unwrap_or_default()));
        Self {
            kind: "SESSION_STARTED",
            session_id: terms.session,
            track_id: terms.track,
            artist_id: agreement.artist,
            payee: terms.payee.to_string(),
            asset: terms.asset.code(),
            rail: "ledger",
            price_per_beat: terms.price.to_string(),
            base: terms.base.amount.to_string(),
            base_beats: terms.base.beats,
            cap: started.cap.map(|cap| cap.to_string()),
            beats_remaining: started.beats_remaining,
            platform_fee_bp: agreement.distribution.fee_bp(),
            splits: splits(agreement),
            domain: domain.into(),
            grant_id: bytes(template.map(|voucher| voucher.grant_id)),
            context_hash: bytes(template.map(|voucher| voucher.context_hash)),
            seq: started.count.seq,
            beats: started.count.beats,
        }
    }
}

fn splits(agreement: &Agreement) -> Vec<SplitView> {
    let shares = agreement.distribution.splits().shares();
    shares.iter().map(|share| SplitView { artist_id: share.artist, basis_points: share.bp }).collect()
}

/// A second was heard, and how far the session is.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct BeatView {
    /// `BEAT`
    #[serde(rename = "type")]
    kind: &'static str,
    session_id: SessionId,
    /// The number of the second.
    #[schema(example = 12)]
    seq: u64,
    /// Charged beats.
    #[schema(example = 12)]
    beats: u64,
    /// What a voucher for it promises in all, in minor units.
    #[schema(example = "24000")]
    cumulative_amount: String,
    /// The newest second that is acknowledged and durable.
    #[schema(example = 10)]
    committed_seq: u64,
    /// For how many beats there is money within the caps; null for a free track.
    beats_remaining: Option<u64>,
    /// When it was told: Unix milliseconds.
    #[schema(example = 1_795_262_400_000_u64)]
    timestamp: u64,
}

impl BeatView {
    pub(super) fn new(beat: &Beat, now: kernel::Time) -> Self {
        Self {
            kind: "BEAT",
            session_id: beat.session,
            seq: beat.seq,
            beats: beat.beats,
            cumulative_amount: beat.cumulative_amount.to_string(),
            committed_seq: beat.committed_seq,
            beats_remaining: beat.beats_remaining,
            timestamp: now.unix_millis(),
        }
    }

    /// How a session stands, as a beat tells it.
    pub(super) fn of(agreement: &Agreement, view: &View, now: kernel::Time) -> Self {
        Self {
            kind: "BEAT",
            session_id: agreement.id(),
            seq: view.issued.seq,
            beats: agreement.terms.base.beats.saturating_add(view.issued.beats),
            cumulative_amount: agreement.terms.cumulative_amount(view.issued).to_string(),
            committed_seq: view.committed.seq,
            beats_remaining: view.beats_remaining,
            timestamp: now.unix_millis(),
        }
    }
}

/// Why time does not count, as clients read it.
pub(super) const fn reason(reason: PauseReason) -> &'static str {
    match reason {
        PauseReason::Cap(_) => "cap",
        PauseReason::Balance => "balance",
        PauseReason::Unacknowledged => "unacknowledged",
        PauseReason::Client => "client",
        PauseReason::Network => "network",
        PauseReason::Suspended => "suspended",
    }
}

/// The cap that is in the way, if one is.
pub(super) const fn reached_cap(reason: PauseReason) -> Option<Cap> {
    if let PauseReason::Cap(cap) = reason { Some(cap) } else { None }
}

/// Somebody's share of what was charged.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ShareView {
    pub(super) artist_id: ArtistId,
    /// Minor units.
    #[schema(example = "24000")]
    pub(super) amount: String,
}

/// How it was paid.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct SettlementView {
    #[schema(example = "ledger")]
    rail: &'static str,
    #[schema(example = "settled")]
    state: &'static str,
}

/// A session has ended: what it came to.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct SessionSettled {
    /// `SESSION_SETTLED`
    #[serde(rename = "type")]
    kind: &'static str,
    session_id: SessionId,
    /// Charged beats.
    #[schema(example = 61)]
    beats: u64,
    /// What they cost, in minor units.
    #[schema(example = "122000")]
    amount: String,
    /// What the newest voucher promises in all.
    #[schema(example = "122000")]
    cumulative_amount: String,
    splits: Vec<ShareView>,
    /// Where the receipt is.
    receipt_url: String,
    settlement: SettlementView,
}

impl SessionSettled {
    /// Of a session that charged `count`, shared by `shares`.
    pub(super) fn new(session: SessionId, beats: u64, amount: i64, shares: Vec<ShareView>) -> Self {
        Self {
            kind: "SESSION_SETTLED",
            session_id: session,
            beats,
            amount: amount.to_string(),
            cumulative_amount: amount.to_string(),
            splits: shares,
            receipt_url: format!("/api/v1/me/receipts/{session}"),
            settlement: SettlementView { rail: "ledger", state: "settled" },
        }
    }

    /// The same, worked out from what was agreed on.
    pub(super) fn of(agreement: &Agreement, count: Count) -> Self {
        let parts =
            agreement.distribution.settled(count.amount).map(|parts| parts.shares).unwrap_or_default();
        let shares = agreement.distribution.splits().shares().iter().zip(parts);
        let shares =
            shares.map(|(share, amount)| ShareView { artist_id: share.artist, amount: amount.to_string() });
        Self::new(agreement.id(), count.beats, count.amount, shares.collect())
    }
}

/// The meter does not answer what the client would like.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ErrorFrame<'a> {
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
    pub(super) code: &'static str,
    pub(super) detail: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) session_id: Option<SessionId>,
    /// Which it was, of `cap_reached`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reached_cap: Option<Cap>,
}

/// Time does not count.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PausedFrame {
    #[serde(rename = "type")]
    kind: &'static str,
    session_id: SessionId,
    reason: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reached_cap: Option<Cap>,
}

impl PausedFrame {
    pub(super) fn new(session_id: SessionId, why: PauseReason) -> Self {
        Self { kind: "PAUSED", session_id, reason: reason(why), reached_cap: reached_cap(why) }
    }
}
