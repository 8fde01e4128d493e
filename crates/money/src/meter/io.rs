//! What goes into the meter and what comes out.

use kernel::{AccountId, Cap, HoldId, SessionId};

use super::{Caps, Consent, Count, Moment, Ranges, Terms};
use crate::eth::{Signature, SignatureError};

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// A listener wants to hear a track. A session that the same account has open is settled first.
    Start(Box<Terms>),
    /// The session's row is durable with epoch 1, and the first part of its hold is posted (or 0 for a free track).
    Opened { session: SessionId, grant: Grant },
    /// The session cannot be: there is no money, or the account has an open session on another node.
    OpenRefused { session: SessionId },
    /// Nobody knows whether the session is open: the same is asked again.
    OpenFailed { session: SessionId },
    /// A session comes from another node, or from before a crash; its epoch was raised for this one.
    Adopt(Box<Adoption>),
    /// A listener acknowledges beats.
    Acknowledge { session: SessionId, acknowledgement: Acknowledgement },
    /// A player of a delegated session reports: so many whole seconds were played, and so many delivered to it.
    Report { session: SessionId, played: u64, delivered: u64 },
    /// The listener went to another place in the track.
    Seek { session: SessionId, position_ms: u64 },
    /// The listener pauses.
    Pause { session: SessionId },
    /// The listener wants to go on, perhaps with other caps, perhaps after a lost connection.
    Resume { session: SessionId, caps: Option<Caps>, voucher: Option<ClientVoucher> },
    /// What the listener's limits leave to it has changed.
    Limited { session: SessionId, caps: Caps },
    /// The listener has heard enough. What waits for an acknowledgement may still get it.
    Stop { session: SessionId },
    /// The listener has heard enough, and has acknowledged all there is.
    Settle { session: SessionId },
    /// The listener's connection is gone.
    Disconnected { session: SessionId },
    /// A further part of the hold is posted.
    HoldGranted { session: SessionId, part: u32, grant: Grant },
    /// There is no money for a further part.
    HoldRefused { session: SessionId, part: u32 },
    /// Nobody knows whether the part was granted: the same is asked again.
    HoldFailed { session: SessionId, part: u32 },
    /// A commit is durable, except for the sessions that another node owns by now.
    Committed { batch: u64, fenced: Vec<SessionId> },
    /// A commit is not known to be durable.
    CommitFailed { batch: u64 },
    /// A capture is posted.
    Captured { session: SessionId, beats: u64 },
    /// Nobody knows whether a capture is posted: the same is asked again.
    CaptureFailed { session: SessionId, beats: u64 },
    /// A session is settled.
    Settled { session: SessionId },
    /// Nobody knows whether a session is settled: the same is asked again.
    SettleFailed { session: SessionId },
    /// Another node owns the session, or nobody: it was settled elsewhere.
    LeaseLost { session: SessionId },
    /// Time passed.
    Tick,
}

/// What was set aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grant {
    /// Minor units that the hold grew by.
    pub amount: i64,
    /// What the listener could still set aside, in minor units.
    pub available: i64,
}

/// A listener's word for what was heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Acknowledgement {
    /// The beat, and what it promises in all; without them, every unacknowledged beat is tried, newest first.
    pub beat: Option<(u64, u128)>,
    /// The session key's signature over the voucher.
    pub signature: Signature,
    /// Where the player is.
    pub position_ms: Option<u64>,
}

/// The newest voucher that a listener has, brought along after a lost connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientVoucher {
    /// The voucher's beats.
    pub beats: u64,
    /// The session key's signature over it.
    pub signature: Signature,
}

/// A session as it is durable, and the right to go on with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Adoption {
    /// What it started with, and its caps as they are now.
    pub terms: Terms,
    /// Its row, with the raised epoch.
    pub row: Row,
    /// What its hold has been granted in all.
    pub granted: Grant,
    /// How many parts that was.
    pub parts: u32,
    /// What the ledger has of it.
    pub captured: Posted,
    /// When the statement that raised the epoch was sent: the lease runs from then.
    pub leased_at: Moment,
}

/// A beat that was issued.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Issued {
    /// How far the session is with it.
    pub count: Count,
    /// Which second of the track it was: where it began, in milliseconds.
    pub position_ms: u64,
}

/// What is durable of a session while it is open. Written only where the row has this epoch and is open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The session.
    pub session: SessionId,
    /// Who owns it.
    pub epoch: u64,
    /// What is acknowledged: this is charged.
    pub acknowledged: Count,
    /// The beats that are issued beyond it, oldest first: at most [`UNACKNOWLEDGED`](super::UNACKNOWLEDGED).
    pub unacknowledged: Vec<Issued>,
    /// The signature of the newest voucher, which is for `acknowledged`.
    pub voucher: Option<Signature>,
    /// Beats of the grace that are not used up.
    pub grace_left: u32,
    /// Beats that the grace keeps from being charged so far.
    pub deferred: u32,
    /// Where the listener is in the track.
    pub position_ms: u64,
    /// Whether time counts.
    pub is_running: bool,
    /// What of the track is acknowledged.
    pub heard: Ranges,
}

/// What the ledger has of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Posted {
    /// Charged beats.
    pub beats: u64,
    /// What they cost.
    pub amount: i64,
}

/// Something to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// Make the session's row (epoch 1, a lease of [`LEASE`](super::LEASE)) and post the first part of its hold, up to
    /// `hold`, in one transaction. Answer: opened, refused or failed.
    Open { terms: Box<Terms>, hold: i64 },
    /// Tell the listener that it starts. `beats_remaining` is none for a free track.
    Started { session: SessionId, beats_remaining: Option<u64> },
    /// Tell who asked that the session cannot start.
    StartRefused { session: SessionId },
    /// Tell the listener of a beat.
    Beat(Beat),
    /// Tell the listener that nothing runs, and why.
    Paused { session: SessionId, reason: PauseReason },
    /// Post part `part` of the hold, up to `amount`, if the row has this epoch and is open. Answer: granted, refused or
    /// failed; lease lost if the row does not.
    RequestHold { session: SessionId, epoch: u64, hold: HoldId, part: u32, amount: i64 },
    /// Write these rows, each only where its epoch stands, and renew their leases. Answer: committed or failed.
    Commit { batch: u64, rows: Vec<Row> },
    /// Post a capture, if the row has this epoch, is open, and the ledger has `from` of it. Answer: captured or failed;
    /// lease lost if the row does not.
    Capture(Capture),
    /// Settle: write the final row, post what is not captured, the rounding and the release, and close the session, in
    /// one transaction, if the row has this epoch and is open. Settled before by the same: settled. Answer: settled or
    /// failed; lease lost if the row is not this node's.
    Settle(Box<Settlement>),
    /// Tell the listener what it came to.
    Ended(Summary),
}

/// A beat as the listener hears of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Beat {
    /// The session.
    pub session: SessionId,
    /// The number of the second.
    pub seq: u64,
    /// Charged beats in all, those before the session included.
    pub beats: u64,
    /// What the voucher for it promises in all.
    pub cumulative_amount: u128,
    /// The newest beat that is acknowledged and durable.
    pub committed_seq: u64,
    /// For how many beats there is money within the caps; none for a free track.
    pub beats_remaining: Option<u64>,
}

/// Why nothing runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PauseReason {
    /// This cap is reached.
    Cap(Cap),
    /// The money is used up.
    Balance,
    /// Too many beats wait for an acknowledgement.
    Unacknowledged,
    /// The listener wants it.
    Client,
    /// The listener's connection is gone.
    Network,
    /// This node does not own the session, or does not know whether it does.
    Suspended,
}

/// Seconds that the ledger is to have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capture {
    /// The session.
    pub session: SessionId,
    /// Who owns it.
    pub epoch: u64,
    /// Who pays.
    pub account: AccountId,
    /// What the ledger has.
    pub from: Posted,
    /// What it is to have: durable, and so acknowledged.
    pub to: Posted,
}

/// The end of a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settlement {
    /// Its final row.
    pub row: Row,
    /// Who pays.
    pub account: AccountId,
    /// From what.
    pub hold: HoldId,
    /// What the ledger has.
    pub captured: Posted,
    /// Whether the rest of the hold goes back: all that the database knows to be held, since a part may have been granted
    /// after its node was told that it was not. Not if the hold outlives the session.
    pub ends_hold: bool,
}

impl Settlement {
    /// The end of a session at what `row` says is acknowledged. A session that no node owns any more ends so, too: its
    /// row is what is durable, with an epoch that was raised before, so that its last owner can write nothing more.
    pub fn of(terms: &Terms, row: Row, captured: Posted) -> Self {
        let ends_hold = matches!(terms.consent, Consent::Signed { .. });
        Self { row, account: terms.account, hold: terms.hold, captured, ends_hold }
    }
}

/// What a session came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Summary {
    /// The session.
    pub session: SessionId,
    /// How far it came.
    pub charged: Count,
    /// What its newest voucher promises in all.
    pub cumulative_amount: u128,
}

/// Why an input changes nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is no such session here.
    #[error("there is no such session here")]
    UnknownSession,
    /// The session is there already.
    #[error("the session is there already")]
    KnownSession,
    /// The terms are not ones that a session can have.
    #[error("a session's price and caps are not negative")]
    Terms,
    /// The session is ending, or the time for a late acknowledgement is over.
    #[error("it is too late for that")]
    TooLate,
    /// The session has been paused for longer than a late acknowledgement may take.
    #[error("the session is paused: it is too late for that")]
    Paused,
    /// The beat has not been issued.
    #[error("this beat has not been issued")]
    Ahead,
    /// The amount is not that of the beat.
    #[error("this is not what the beat costs")]
    WrongAmount,
    /// The voucher was signed by another key, or for something else.
    #[error("this is not the session key's signature over the voucher")]
    WrongSigner,
    /// The session is paid for in the other way.
    #[error("this session is not paid for that way")]
    WrongConsent,
    /// The signature is not one.
    #[error(transparent)]
    Signature(#[from] SignatureError),
}
