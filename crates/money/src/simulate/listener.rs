//! A listener: what it was told, what it signed, and what it intends.

use kernel::{AccountId, SessionId};

use crate::{
    eth::{PrivateKey, Signature},
    meter::{Beat, Count, Terms},
};

/// Where a listener's player is.
#[derive(Debug, Clone)]
pub(super) struct Player {
    pub(super) terms: Terms,
    /// The node that it talks to; none while the connection is down.
    pub(super) node: Option<usize>,
    /// Whether it plays, as far as the listener knows.
    pub(super) plays: bool,
    /// When it was last told or decided that nothing plays.
    pub(super) stopped_at: u64,
    /// Whether the listener is done with it.
    pub(super) is_leaving: bool,
    /// The newest beat that it was told of, and the oldest that a resume could be about.
    pub(super) newest: Option<Beat>,
    /// The newest that it signed.
    pub(super) signed: Option<(Count, Signature)>,
}

/// Somebody who listens.
#[derive(Debug)]
pub(super) struct Listener {
    pub(super) account: AccountId,
    pub(super) key: PrivateKey,
    /// Whether it tries what it should not.
    pub(super) cheats: bool,
    pub(super) player: Option<Player>,
    /// When it does something next.
    pub(super) acts_at: u64,
}

impl Player {
    pub(super) fn session(&self) -> SessionId {
        self.terms.session
    }

    /// What a beat counts, as the listener works it out from the terms.
    pub(super) fn count_of(&self, beat: &Beat) -> Count {
        let beats = beat.beats.saturating_sub(self.terms.base.beats);
        let amount = i64::try_from(beats).unwrap_or(i64::MAX).saturating_mul(self.terms.price);
        Count { seq: beat.seq, beats, amount }
    }
}
