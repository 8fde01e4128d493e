//! Vouchers: what a listener signs each second, and what makes them mean this session and nothing else
//! (`docs/VOUCHER.md`).

use std::sync::LazyLock;

use kernel::{Asset, SessionId, SplitId, TrackId};

use crate::eth::{Address, Domain, Signature, SignatureError, Struct, keccak256};

/// The hash of a voucher's type: there is one voucher for each second that anybody hears.
static BEAT_VOUCHER: LazyLock<[u8; 32]> = LazyLock::new(|| {
    keccak256(
        b"BeatVoucher(bytes32 grantId,address payee,uint128 cumulativeAmount,uint64 beats,bytes32 contextHash)",
    )
});

/// A promise to pay `cumulative_amount` in all. Of those that a session key signs for one grant and payee, the newest
/// stands for all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BeatVoucher {
    /// Under which grant; on the ledger's rail see [`grant_id`].
    pub grant_id: [u8; 32],
    /// Whom it pays; on the ledger's rail see [`payee`].
    pub payee: Address,
    /// Minor units.
    pub cumulative_amount: u128,
    /// Seconds.
    pub beats: u64,
    /// What was played, and for how much: see [`context_hash`].
    pub context_hash: [u8; 32],
}

/// A wallet's permission for a session key to spend up to a cap: signed once, on the vault's rail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionGrant {
    /// The wallet.
    pub listener: Address,
    /// The key that signs vouchers.
    pub session_key: Address,
    /// The service that may collect.
    pub hub: Address,
    /// Minor units, over all sessions under this grant.
    pub spend_cap: u128,
    /// Unix seconds.
    pub valid_until: u64,
    /// Tells apart grants that are otherwise equal.
    pub salt: [u8; 32],
}

impl BeatVoucher {
    /// What the session key signs.
    pub fn digest(&self, domain: &Domain) -> [u8; 32] {
        domain.digest(
            Struct::of_hash(&BEAT_VOUCHER)
                .bytes32(&self.grant_id)
                .address(self.payee)
                .uint(self.cumulative_amount)
                .uint(self.beats.into())
                .bytes32(&self.context_hash),
        )
    }

    /// The address of the key that signed this voucher in this domain.
    pub fn signer(&self, domain: &Domain, signature: &Signature) -> Result<Address, SignatureError> {
        signature.signer(&self.digest(domain))
    }
}

impl SessionGrant {
    /// What the wallet signs; also the grant's id on the vault's rail.
    pub fn digest(&self, domain: &Domain) -> [u8; 32] {
        domain.digest(
            Struct::of(
                "SessionGrant(address listener,address sessionKey,address hub,uint128 spendCap,uint64 validUntil,bytes32 salt)",
            )
            .address(self.listener)
            .address(self.session_key)
            .address(self.hub)
            .uint(self.spend_cap)
            .uint(self.valid_until.into())
            .bytes32(&self.salt),
        )
    }
}

/// The domain of the ledger's rail: this instance and no other, and no chain, so that a voucher for beats can never be a
/// claim on a vault.
pub fn ledger_domain(instance_public_key: &[u8]) -> Domain {
    Domain::new("Resonance Ledger", "1", 0, Address::from_hash(&keccak256(instance_public_key)))
}

/// The grant of a session on the ledger's rail: what is cumulative there is cumulative for this session and key.
pub fn grant_id(session: SessionId, session_key: Address) -> [u8; 32] {
    let mut bytes = [0; 36];
    bytes[..16].copy_from_slice(session.0.as_bytes());
    bytes[16..].copy_from_slice(&session_key.0);
    keccak256(&bytes)
}

/// What a voucher is for: the session, the track, the asset and the price of one beat in minor units.
pub fn context_hash(session: SessionId, track: TrackId, asset: Asset, price_per_beat: u128) -> [u8; 32] {
    let mut bytes = [0; 80];
    bytes[..16].copy_from_slice(session.0.as_bytes());
    bytes[16..32].copy_from_slice(track.0.as_bytes());
    bytes[32..64].copy_from_slice(&keccak256(asset.code().as_bytes()));
    bytes[64..].copy_from_slice(&price_per_beat.to_be_bytes());
    keccak256(&bytes)
}

/// Whom a voucher pays on the ledger's rail: those who share in this version of the track's split.
pub fn payee(split: SplitId) -> Address {
    Address::from_hash(&keccak256(&[b"resonance:split".as_slice(), split.0.as_bytes()].concat()))
}
