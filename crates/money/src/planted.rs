//! Mistakes made on purpose: the tests of the simulator plant one at a time and watch it being found. Without tests, none
//! can be planted, and nothing of this is left in the program.

macro_rules! bugs {
    ($($(#[$doc:meta])* $name:ident,)+) => {
        /// A mistake that somebody might make.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Bug {
            $($(#[$doc])* $name,)+
        }

        impl Bug {
            /// All of them.
            #[cfg(test)]
            pub(crate) const ALL: &'static [Self] = &[$(Self::$name),+];
        }
    };
}

bugs! {
    /// An acknowledgement above the newest beat counts as one of it and more.
    AcknowledgedAhead,
    /// Nobody looks whose signature it is.
    SignerUnchecked,
    /// A late acknowledgement is taken for ever.
    LateForEver,
    /// An acknowledgement of many beats counts one.
    EarlierBeatsDropped,
    /// Each step of the clock is a beat.
    TicksCounted,
    /// Time that is paused is charged.
    PauseCharged,
    /// Time after a lost connection is charged.
    DisconnectionCharged,
    /// Time after the lease is charged.
    LeaseIgnored,
    /// Nothing pauses a session that nobody acknowledges.
    UnacknowledgedForEver,
    /// Beats are issued beyond the hold.
    HoldIgnored,
    /// Beats are issued beyond a cap.
    CapIgnored,
    /// The beats of the grace are never charged.
    GraceForgotten,
    /// A free second costs like any other.
    FreeSecondCharged,
    /// An answer that comes twice makes the hold grow twice.
    GrantCountedTwice,
    /// A commit is promised when it is sent.
    CommitPromisedEarly,
    /// A commit that failed is taken for one that did not.
    FailedCommitTaken,
    /// A commit that another node fenced off is taken for one that was not.
    FenceIgnored,
    /// What is acknowledged is captured before it is durable.
    CapturedEarly,
    /// A capture that failed is taken for one that did not.
    FailedCaptureTaken,
    /// Nothing is captured while a session runs.
    NeverCaptured,
    /// A session is settled at what was issued.
    SettledAtIssued,
    /// The whole hold is given back.
    HoldReleasedWhole,
    /// Nothing of the hold is given back.
    HoldKept,
    /// A second session of an account begins beside the first.
    TwoSessions,
    /// A session begins anew on another node.
    AdoptedFromNothing,
    /// A voucher that a client brings along counts beyond what was issued.
    AdoptedBeyondIssued,
    /// A listener who does not come back is waited for without end.
    ReconnectForEver,
    /// Each capture is divided by itself, not as part of the sum.
    CaptureDividedAlone,
    /// The rest of rounding stays where it is.
    RestForgotten,
    /// The fee is taken on top of the split.
    FeeOnTop,
    /// Posting the same fact again moves the money again.
    PostedTwice,
    /// Balances may fall below zero.
    FloorIgnored,
}

#[cfg(test)]
thread_local! {
    static PLANTED: std::cell::Cell<Option<Bug>> = const { std::cell::Cell::new(None) };
}

/// Plants a mistake in what this thread does from now on, or takes it out.
#[cfg(test)]
pub(crate) fn plant(bug: Option<Bug>) {
    PLANTED.set(bug);
}

/// Whether this mistake is planted.
#[cfg(test)]
pub(crate) fn planted(bug: Bug) -> bool {
    PLANTED.get() == Some(bug)
}

/// Whether this mistake is planted: never.
#[cfg(not(test))]
pub(crate) const fn planted(_: Bug) -> bool {
    false
}
