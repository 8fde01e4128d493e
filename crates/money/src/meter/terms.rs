//! What a session is agreed on, and how its seconds are counted.

use kernel::{AccountId, AppPasswordId, Asset, Cap, CapId, HoldId, SessionId, TrackId};

use super::Ranges;
use crate::{
    eth::Address,
    voucher::{BeatVoucher, context_hash, grant_id},
};

/// What a session starts with; frozen from then on, except for the caps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    /// The session.
    pub session: SessionId,
    /// Who listens and pays.
    pub account: AccountId,
    /// What is heard.
    pub track: TrackId,
    /// From what it is paid.
    pub hold: HoldId,
    /// How the listener consents to each second.
    pub consent: Consent,
    /// In what.
    pub asset: Asset,
    /// The price of one beat in minor units; 0 if the track is free.
    pub price: i64,
    /// Whom the vouchers name.
    pub payee: Address,
    /// What the grant had collected before this session.
    pub base: Base,
    /// The listener's limits.
    pub caps: Caps,
    /// How many beats at the start carry no charge unless more follow.
    pub grace: u32,
    /// What of the track was paid for and delivered lately, and is free again: milliseconds.
    pub free: Ranges,
    /// Where playing starts, in milliseconds.
    pub position_ms: u64,
}

/// How a listener consents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Consent {
    /// Each acknowledgement is a voucher signed by this key.
    Signed {
        /// The key's address.
        session_key: Address,
    },
    /// A player that cannot sign: the listener allowed it a sum beforehand, which the hold secures. What counts as
    /// acknowledged is what the player reports, and no more than was delivered to it.
    Delegated {
        /// The password that the player logs in with.
        app_password: AppPasswordId,
        /// The sum that the listener allowed.
        cap: CapId,
    },
}

/// What was collected under the same grant and payee before a session; zeros on the ledger's rail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Base {
    /// Minor units.
    pub amount: u128,
    /// Seconds.
    pub beats: u64,
}

/// The most that a session may charge in all, by each limit of the listener, in minor units; nothing where there is
/// none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Caps {
    /// What one play may cost.
    pub play: Option<i64>,
    /// What was left of the day's limit when it was last looked at, and what the session had charged then.
    pub day: Option<i64>,
    /// The same for the month.
    pub month: Option<i64>,
    /// The same for this artist.
    pub artist: Option<i64>,
}

impl Caps {
    /// What the narrowest of them is, in minor units.
    pub fn lowest(&self) -> Option<i64> {
        self.narrowest().map(|(_, minor)| minor)
    }

    /// The narrowest of them; of several alike the one that is easiest to raise.
    pub fn narrowest(&self) -> Option<(Cap, i64)> {
        let all = [
            (Cap::PerPlay, self.play),
            (Cap::PerDay, self.day),
            (Cap::PerMonth, self.month),
            (Cap::PerArtist, self.artist),
        ];
        all.into_iter().filter_map(|(cap, minor)| Some((cap, minor?))).min_by_key(|(_, minor)| *minor)
    }
}

/// How far a session has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Count {
    /// Seconds heard.
    pub seq: u64,
    /// How many of them are charged.
    pub beats: u64,
    /// What they cost: `beats` × the price, in minor units.
    pub amount: i64,
}

impl Terms {
    /// The voucher that acknowledges `count`; nothing where nobody signs.
    pub fn voucher(&self, count: Count) -> Option<BeatVoucher> {
        let Consent::Signed { session_key } = self.consent else { return None };
        let price = u128::try_from(self.price).ok()?;
        let voucher = BeatVoucher {
            grant_id: grant_id(self.session, session_key),
            payee: self.payee,
            cumulative_amount: 0,
            beats: 0,
            context_hash: context_hash(self.session, self.track, self.asset, price),
        };
        Some(self.voucher_after(voucher, count))
    }

    /// The same, made of another voucher of the session.
    pub(super) fn voucher_after(&self, other: BeatVoucher, count: Count) -> BeatVoucher {
        let beats = self.base.beats.saturating_add(count.beats);
        BeatVoucher { cumulative_amount: self.cumulative_amount(count), beats, ..other }
    }

    /// What a voucher for `count` promises in all.
    pub fn cumulative_amount(&self, count: Count) -> u128 {
        self.base.amount.saturating_add(u128::try_from(count.amount).unwrap_or(0))
    }
}
