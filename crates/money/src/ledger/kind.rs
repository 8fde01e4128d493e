//! The kinds of entry, and between which accounts each may move money.

use std::{fmt, str::FromStr};

use kernel::Asset;

use super::{Account, LedgerError};

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)+) => {
        /// What an entry says happened.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Kind {
            $($(#[$doc])* $name,)+
        }

        impl Kind {
            /// All kinds.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The name, as in the database and in the canonical form.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => $text,)+ }
            }
        }
    };
}

kinds! {
    /// Money was paid in.
    TopUp = "top_up",
    /// Play money was handed out, in demo and test modes.
    Faucet = "faucet",
    /// All points that will ever be were put into the rewards pool.
    Supply = "supply",
    /// A listener's money was set aside.
    HoldGranted = "hold_granted",
    /// What was left of a hold went back.
    HoldReleased = "hold_released",
    /// What was left of a hold that nobody used went back.
    HoldExpired = "hold_expired",
    /// Seconds of a session were charged.
    Capture = "capture",
    /// A session ended: what rounding left over was given out.
    Settlement = "settlement",
    /// A gift of money to an artist.
    Tip = "tip",
    /// A gift of points to a person.
    PointsTip = "points_tip",
    /// Earnings became payable.
    Matured = "matured",
    /// The charge of a session was contested.
    DisputeOpened = "dispute_opened",
    /// The listener was right: the money went back.
    DisputeUpheld = "dispute_upheld",
    /// The artists were right: the money stays theirs.
    DisputeDismissed = "dispute_dismissed",
    /// Points were earned.
    Reward = "reward",
    /// Points were exchanged for something, and are gone.
    Redemption = "redemption",
    /// An earlier entry was undone.
    Reversal = "reversal",
}

impl Kind {
    /// Whether an entry of this kind may add to (`credit`) or take from `account`.
    pub fn moves(self, account: &Account, credit: bool) -> bool {
        use Account::{Available, Clearing, Disputed, Earned, Fees, Held, Payable, Rewards, Rounding};
        if credit {
            match self {
                Self::TopUp
                | Self::Faucet
                | Self::HoldReleased
                | Self::HoldExpired
                | Self::PointsTip
                | Self::DisputeUpheld
                | Self::Reward => matches!(account, Available(_)),
                Self::Supply => matches!(account, Rewards),
                Self::HoldGranted => matches!(account, Held(_)),
                Self::Capture => matches!(account, Earned(_) | Fees | Rounding(_)),
                Self::Settlement | Self::Tip => matches!(account, Earned(_)),
                Self::Matured => matches!(account, Payable(_)),
                Self::DisputeOpened => matches!(account, Disputed(_)),
                Self::DisputeDismissed => matches!(account, Earned(_) | Payable(_)),
                Self::Redemption => matches!(account, Fees),
                Self::Reversal => true,
            }
        } else {
            match self {
                Self::TopUp | Self::Faucet | Self::Supply => matches!(account, Clearing),
                Self::HoldGranted | Self::Tip | Self::PointsTip | Self::Redemption => {
                    matches!(account, Available(_))
                }
                Self::HoldReleased | Self::HoldExpired => matches!(account, Held(_)),
                Self::Capture => matches!(account, Held(_) | Rounding(_)),
                Self::Settlement => matches!(account, Rounding(_)),
                Self::Matured => matches!(account, Earned(_)),
                Self::DisputeOpened => matches!(account, Earned(_) | Payable(_)),
                Self::DisputeUpheld => matches!(account, Disputed(_) | Fees),
                Self::DisputeDismissed => matches!(account, Disputed(_)),
                Self::Reward => matches!(account, Rewards),
                Self::Reversal => true,
            }
        }
    }

    /// Whether an entry of this kind may move `asset`: points are not paid in, and what is paid is not a reward.
    pub const fn takes(self, asset: Asset) -> bool {
        let is_points = matches!(asset, Asset::Btn);
        match self {
            Self::Supply | Self::Reward | Self::PointsTip | Self::Redemption => is_points,
            Self::Reversal => true,
            _ => !is_points,
        }
    }

    /// Whether all accounts of such an entry belong to one owner: it moves money between that owner's own accounts.
    pub const fn is_one_owners(self) -> bool {
        matches!(self, Self::HoldGranted | Self::HoldReleased | Self::HoldExpired | Self::Matured)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Kind {
    type Err = LedgerError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.iter().copied().find(|kind| kind.name() == text).ok_or(LedgerError::NotAKind)
    }
}
