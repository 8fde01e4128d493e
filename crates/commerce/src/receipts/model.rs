//! What a receipt says.

use kernel::{Amount, ArtistId, SessionId, SplitId, Time, TrackId};
use money::{
    eth::{Address, PrivateKey, Signature, personal_digest},
    hex,
    ledger::{Account, Batch, Entry, Hash, Kind, Line, Proof},
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use crate::ledger::Proven;

/// What was heard in a paid session, what it cost, who got it, and the proofs of all that.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Receipt {
    /// The version of this form: 1.
    #[schema(example = 1)]
    pub version: u64,
    /// The public key of the instance that signed it: `0x` and 128 hexadecimal digits.
    pub issuer: String,
    /// The session.
    pub session_id: SessionId,
    /// What was heard.
    pub track_id: TrackId,
    /// Its title now.
    pub track_title: String,
    /// Whose it is.
    pub artist_id: ArtistId,
    /// Their name now.
    pub artist_name: String,
    /// settled, disputed or refunded.
    #[schema(example = "settled")]
    pub status: String,
    /// When it began.
    pub started_at: Time,
    /// When it ended.
    pub settled_at: Time,
    /// What it was paid by.
    #[schema(example = "ledger")]
    pub rail: String,
    /// Seconds heard.
    #[schema(example = 61)]
    pub seconds: u64,
    /// Seconds charged.
    #[schema(example = 61)]
    pub beats: u64,
    /// What a second cost.
    pub price_per_second: Amount,
    /// What all cost.
    pub total: Amount,
    /// What of it the platform took.
    pub fee: Amount,
    /// Its share in basis points.
    #[schema(example = 0)]
    pub platform_fee_bp: u16,
    /// The version of the split, frozen at the start.
    pub split_id: SplitId,
    /// Who got what.
    pub shares: Vec<PaidShare>,
    /// The key that signed the vouchers.
    pub session_key: String,
    /// The contract of the domain that vouchers are signed in.
    pub verifying_contract: String,
    /// Whom they name.
    pub payee: String,
    /// Under which grant.
    pub grant_id: String,
    /// What for.
    pub context_hash: String,
    /// The newest voucher; none if nothing was acknowledged.
    pub voucher: Option<NewestVoucher>,
    /// What the ledger says of it.
    pub entries: Vec<ProvenEntry>,
    /// SHA-256 of all the above in canonical JSON (RFC 8785).
    #[serde(default)]
    pub hash: String,
    /// The instance's signature (EIP-191) over `Resonance receipt ` and the hash.
    #[serde(default)]
    pub signature: String,
}

/// Somebody's share.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PaidShare {
    /// Whose.
    pub artist_id: ArtistId,
    /// Their name now.
    pub artist_name: String,
    /// Of 10,000.
    #[schema(example = 10000)]
    pub basis_points: u16,
    /// What they got.
    pub amount: Amount,
}

/// The newest voucher: it stands for all before it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewestVoucher {
    /// Its beats.
    #[schema(example = 61)]
    pub beats: u64,
    /// What it promises in all, in minor units.
    #[schema(example = "122000")]
    pub cumulative_amount: String,
    /// The session key's signature: `0x` and 130 hexadecimal digits.
    pub signature: String,
}

/// An entry of the ledger and the proof that it is in the chain (docs/LEDGER-FORMAT.md).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ProvenEntry {
    /// Its key.
    #[schema(example = "capture:01937d3e-8f7b-7cc3-98c4-dc0c0c07398f:15")]
    pub key: String,
    /// When it happened.
    pub at: Time,
    /// What happened.
    #[schema(example = "capture")]
    pub kind: String,
    /// What moved.
    pub lines: Vec<LineView>,
    /// The number of its batch.
    #[schema(example = 12)]
    pub batch: u64,
    /// The hash of the batch before.
    pub batch_prev: String,
    /// The root of the batch's tree.
    pub batch_root: String,
    /// How many entries the batch has.
    #[schema(example = 3)]
    pub batch_size: u64,
    /// Its place in the batch, from 0.
    #[schema(example = 0)]
    pub index: u64,
    /// The hashes beside its path to the root, lowest first.
    pub path: Vec<String>,
}

/// A movement on an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LineView {
    /// The account.
    #[schema(example = "earned:01937d3e-8f7b-7cc3-98c4-dc0c0c07398f")]
    pub account: String,
    /// In what.
    #[schema(example = "BEAT")]
    pub asset: String,
    /// Minor units; below zero it shrinks.
    #[schema(example = "-30000")]
    pub amount: String,
}

/// Bytes as receipts write them.
pub(super) fn hex_of(bytes: &[u8]) -> String {
    format!("0x{}", hex::encode(bytes))
}

/// Bytes as receipts write them, of this length.
pub(super) fn bytes_of<const N: usize>(text: &str) -> Option<[u8; N]> {
    hex::decode(text.strip_prefix("0x")?)?.try_into().ok()
}

impl From<Proven> for ProvenEntry {
    fn from(Proven { entry, batch, proof }: Proven) -> Self {
        let lines = entry.lines().iter().map(|line| LineView {
            account: line.account.to_string(),
            asset: line.asset.code().to_owned(),
            amount: line.amount.to_string(),
        });
        Self {
            key: entry.key().to_owned(),
            at: entry.at(),
            kind: entry.kind().name().to_owned(),
            lines: lines.collect(),
            batch: batch.seq,
            batch_prev: hex_of(&batch.prev),
            batch_root: hex_of(&batch.root),
            batch_size: batch.size,
            index: u64::try_from(proof.index).unwrap_or(u64::MAX),
            path: proof.path.iter().map(|hash| hex_of(hash)).collect(),
        }
    }
}

impl ProvenEntry {
    /// The entry, if it is one, and whether the proof holds.
    pub(super) fn read(&self) -> Option<(Entry, bool)> {
        let lines = self.lines.iter().map(|line| {
            let account: Account = line.account.parse().ok()?;
            Some(Line { account, asset: line.asset.parse().ok()?, amount: line.amount.parse().ok()? })
        });
        let kind: Kind = self.kind.parse().ok()?;
        let entry = Entry::recorded(self.key.clone(), self.at, kind, lines.collect::<Option<_>>()?).ok()?;
        let batch = Batch {
            seq: self.batch,
            prev: bytes_of(&self.batch_prev)?,
            root: bytes_of(&self.batch_root)?,
            size: self.batch_size,
        };
        let path: Option<Vec<Hash>> = self.path.iter().map(|hash| bytes_of(hash)).collect();
        let index = usize::try_from(self.index).ok()?;
        let proof = Proof { index, size: usize::try_from(self.batch_size).ok()?, path: path? };
        let holds = batch.includes(&entry, &proof);
        Some((entry, holds))
    }
}

impl Receipt {
    /// SHA-256 of the receipt without its hash and signature, in canonical JSON: keys in order, no blanks, and no number
    /// that is not whole.
    pub(super) fn digest(&self) -> Option<[u8; 32]> {
        let serde_json::Value::Object(mut all) = serde_json::to_value(self).ok()? else { return None };
        all.remove("hash");
        all.remove("signature");
        // An object of this library keeps its keys in order.
        Some(Sha256::digest(serde_json::Value::Object(all).to_string()).into())
    }

    /// Puts hash and signature on it.
    pub(super) fn sign(mut self, key: &PrivateKey) -> Option<Self> {
        self.hash = hex_of(&self.digest()?);
        self.signature = hex_of(key.sign(&signed(&self.hash)).bytes());
        Some(self)
    }

    /// Whether the instance whose key it names signed exactly this.
    pub(super) fn is_signed(&self) -> bool {
        let is_hash = self.digest().is_some_and(|digest| hex_of(&digest) == self.hash);
        let signature = bytes_of(&self.signature).and_then(|bytes| Signature::new(bytes).ok());
        let signer = signature.and_then(|signature| signature.signer(&signed(&self.hash)).ok());
        let issuer = bytes_of::<64>(&self.issuer).map(|key| Address::from_hash(&money::eth::keccak256(&key)));
        is_hash && signer.is_some() && signer == issuer
    }
}

/// What an instance signs of a receipt.
fn signed(hash: &str) -> [u8; 32] {
    personal_digest(&format!("Resonance receipt {hash}"))
}
