//! What a session is made of, besides what the meter knows.

use std::sync::Arc;

use kernel::{AccountId, ArtistId, Asset, SessionId, SplitId, Time, TrackId};
use money::{
    eth::{Domain, PrivateKey, keccak256},
    meter::{Caps, Consent, Count, PauseReason, Ranges, Refusal, Terms},
    split::Distribution,
    voucher,
};

use super::SessionError;

/// By how much a listener's player may take a track to be longer.
const ROUNDING_MS: u64 = 2_000;

/// What a session is agreed on, frozen when it starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agreement {
    /// What the meter goes by. Its caps are those of the start.
    pub terms: Terms,
    /// Whose track it is.
    pub artist: ArtistId,
    /// The version of the split; the artist's page while nobody wrote one.
    pub split: SplitId,
    /// Who shares in what is charged.
    pub distribution: Distribution,
    /// How long the track is, in milliseconds; 0 while nobody knows.
    pub length_ms: u64,
    /// When it was agreed on.
    pub at: Time,
}

impl Agreement {
    /// The session.
    pub fn id(&self) -> SessionId {
        self.terms.session
    }

    /// Who listens.
    pub fn account(&self) -> AccountId {
        self.terms.account
    }

    /// Nothing, where the listener's limits leave the price of a beat.
    pub(super) fn caps_leave_a_beat(&self) -> Result<(), SessionError> {
        let narrowest = self.terms.caps.narrowest();
        let too_narrow = narrowest.filter(|(_, most)| *most < self.terms.price);
        too_narrow.map_or(Ok(()), |(cap, _)| Err(SessionError::CapReached(cap)))
    }

    /// Whether a place in the track, in milliseconds, lies behind its end, and not by a rounding alone.
    pub fn is_behind_end(&self, position_ms: u64) -> bool {
        self.length_ms > 0 && position_ms >= self.length_ms.saturating_add(ROUNDING_MS)
    }
}

/// An agreement and what a client that signs must know of it.
#[derive(Debug, Clone)]
pub struct Started {
    /// What was agreed on.
    pub agreement: Arc<Agreement>,
    /// The narrowest of the listener's limits as they are now, in minor units; `None` without any.
    pub cap: Option<i64>,
    /// For how many beats there is money within the caps; `None` for a free track.
    pub beats_remaining: Option<u64>,
    /// How far the session is; not at its beginning when it is gone on with.
    pub count: Count,
}

/// What a client is told of its session as it happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// A beat was issued.
    Beat(money::meter::Beat),
    /// Time does not count, and why.
    Paused(SessionId, PauseReason),
    /// It is settled.
    Settled(money::meter::Summary),
    /// It is somewhere else by now, or another client has it.
    Gone(SessionId),
    /// What it said is refused.
    Refused(SessionId, Refusal),
}

/// What a listener asks for.
#[derive(Debug, Clone)]
pub struct Wish {
    /// What to hear.
    pub track: TrackId,
    /// The address of the key that signs.
    pub session_key: money::eth::Address,
    /// Where in the track, in milliseconds.
    pub position_ms: u64,
    /// What this play may cost at most, in minor units of BEAT.
    pub cap: Option<i64>,
}

/// What the owner of a track agrees to sell its seconds for.
#[derive(Debug, Clone)]
pub(super) struct Offer {
    pub(super) artist: ArtistId,
    pub(super) asset: Asset,
    /// Minor units a second; 0 where nothing is charged.
    pub(super) price: i64,
    pub(super) split: SplitId,
    pub(super) distribution: Distribution,
    /// What was paid for lately and is free again.
    pub(super) free: Ranges,
    pub(super) grace: u32,
    pub(super) caps: Caps,
    pub(super) length_ms: u64,
}

impl Offer {
    /// The agreement that `wish` and this offer make.
    pub(super) fn accept(
        self,
        wish: &Wish,
        account: AccountId,
        ids: (SessionId, kernel::HoldId),
        at: Time,
    ) -> Result<Agreement, SessionError> {
        if self.asset != Asset::Beat {
            return Err(SessionError::RailUnavailable(self.asset));
        }
        let mut caps = self.caps;
        caps.play = match (wish.cap, caps.play) {
            (Some(now), Some(always)) => Some(now.min(always)),
            (one, other) => one.or(other),
        };
        let terms = Terms {
            session: ids.0,
            account,
            track: wish.track,
            hold: ids.1,
            consent: Consent::Signed { session_key: wish.session_key },
            asset: self.asset,
            price: self.price,
            payee: voucher::payee(self.split),
            base: money::meter::Base::default(),
            caps,
            grace: self.grace,
            free: self.free,
            position_ms: wish.position_ms,
        };
        let Self { artist, split, distribution, length_ms, .. } = self;
        Ok(Agreement { terms, artist, split, distribution, length_ms, at })
    }
}

/// The instance as listeners sign for it.
#[derive(Debug, Clone)]
pub struct Instance {
    /// Signs receipts.
    pub key: PrivateKey,
    /// What vouchers are signed in.
    pub domain: Domain,
}

impl Instance {
    /// The instance whose secrets these are.
    pub fn of(keys: &infra::Keys) -> Self {
        let mut secret = keys.derive("instance key");
        // Of all numbers of 256 bits, one in 2^128 is not a key; the hash of it is.
        let key = loop {
            match PrivateKey::new(secret) {
                Some(key) => break key,
                None => secret = keccak256(&secret),
            }
        };
        let domain = voucher::ledger_domain(&key.public_key());
        Self { key, domain }
    }
}
