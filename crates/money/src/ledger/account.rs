//! Where money can be.

use std::{fmt, str::FromStr};

use kernel::{AccountId, ArtistId, Asset, SessionId};
use uuid::Uuid;

use super::LedgerError;

/// An account of the ledger. Each holds a balance per asset.
///
/// Its text is `kind` or `kind:uuid`, such as `held:0193…`. The order of accounts is the order of their texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Account {
    /// What a listener can spend.
    Available(AccountId),
    /// The other side of what comes in from outside: money paid in, play money, the supply of points.
    Clearing,
    /// An artist's money that a listener contests.
    Disputed(ArtistId),
    /// An artist's money before it is payable.
    Earned(ArtistId),
    /// The platform's fees, and the points that were redeemed.
    Fees,
    /// What a listener has set aside for listening.
    Held(AccountId),
    /// An artist's money that may be paid out. Below zero, it is a debt that later earnings fill first.
    Payable(ArtistId),
    /// Points that nobody has earned yet.
    Rewards,
    /// What rounding leaves over while a session runs.
    Rounding(SessionId),
}

impl Account {
    /// The kind, as in the account's text.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Available(_) => "available",
            Self::Clearing => "clearing",
            Self::Disputed(_) => "disputed",
            Self::Earned(_) => "earned",
            Self::Fees => "fees",
            Self::Held(_) => "held",
            Self::Payable(_) => "payable",
            Self::Rewards => "rewards",
            Self::Rounding(_) => "rounding",
        }
    }

    /// The listener, artist or session that it belongs to; nothing for the platform's own.
    pub const fn owner(&self) -> Option<Uuid> {
        match self {
            Self::Available(AccountId(id))
            | Self::Disputed(ArtistId(id))
            | Self::Earned(ArtistId(id))
            | Self::Held(AccountId(id))
            | Self::Payable(ArtistId(id))
            | Self::Rounding(SessionId(id)) => Some(*id),
            Self::Clearing | Self::Fees | Self::Rewards => None,
        }
    }

    /// Puts an account together from its kind and owner, as a database stores them.
    pub fn of(kind: &str, owner: Option<Uuid>) -> Result<Self, LedgerError> {
        match (kind, owner) {
            ("available", Some(id)) => Ok(Self::Available(AccountId(id))),
            ("clearing", None) => Ok(Self::Clearing),
            ("disputed", Some(id)) => Ok(Self::Disputed(ArtistId(id))),
            ("earned", Some(id)) => Ok(Self::Earned(ArtistId(id))),
            ("fees", None) => Ok(Self::Fees),
            ("held", Some(id)) => Ok(Self::Held(AccountId(id))),
            ("payable", Some(id)) => Ok(Self::Payable(ArtistId(id))),
            ("rewards", None) => Ok(Self::Rewards),
            ("rounding", Some(id)) => Ok(Self::Rounding(SessionId(id))),
            _ => Err(LedgerError::NotAnAccount),
        }
    }

    /// The least that its balance may be, if there is one.
    ///
    /// Clearing mirrors the outside world. Payable may become a debt after an upheld dispute, and fees may be given
    /// back after they were taken out.
    pub const fn floor(&self) -> Option<i64> {
        match self {
            Self::Clearing | Self::Fees | Self::Payable(_) => None,
            Self::Available(_)
            | Self::Disputed(_)
            | Self::Earned(_)
            | Self::Held(_)
            | Self::Rewards
            | Self::Rounding(_) => Some(0),
        }
    }

    /// Whether it can hold `asset`. Points never reach an account from which an artist is paid, nor one of a paid
    /// session, and nothing but points is a reward.
    pub const fn takes(&self, asset: Asset) -> bool {
        match self {
            Self::Available(_) | Self::Clearing | Self::Fees => true,
            Self::Rewards => matches!(asset, Asset::Btn),
            Self::Disputed(_) | Self::Earned(_) | Self::Held(_) | Self::Payable(_) | Self::Rounding(_) => {
                !matches!(asset, Asset::Btn)
            }
        }
    }
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.owner() {
            Some(owner) => write!(f, "{}:{owner}", self.kind()),
            None => f.write_str(self.kind()),
        }
    }
}

impl FromStr for Account {
    type Err = LedgerError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (kind, owner) = match text.split_once(':') {
            Some((kind, owner)) => {
                (kind, Some(Uuid::try_parse(owner).map_err(|_| LedgerError::NotAnAccount)?))
            }
            None => (text, None),
        };
        let account = Self::of(kind, owner)?;
        // One account has one text: other spellings of a UUID are refused.
        if account.to_string() == text { Ok(account) } else { Err(LedgerError::NotAnAccount) }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Any account at all.
    pub(crate) fn any_account() -> impl Strategy<Value = Account> {
        const KINDS: [&str; 9] =
            ["available", "clearing", "disputed", "earned", "fees", "held", "payable", "rewards", "rounding"];
        (0..KINDS.len(), any::<u128>()).prop_map(|(kind, id)| {
            let owner = Some(Uuid::from_u128(id));
            Account::of(KINDS[kind], owner).or_else(|_| Account::of(KINDS[kind], None)).unwrap()
        })
    }

    proptest! {
        #[test]
        fn an_account_is_its_text_and_sorts_like_it(a in any_account(), b in any_account()) {
            prop_assert_eq!(a.to_string().parse::<Account>().unwrap(), a);
            prop_assert_eq!(a.cmp(&b), a.to_string().cmp(&b.to_string()));
        }
    }

    #[test]
    fn a_text_that_is_not_exactly_an_account_is_refused() {
        for bad in [
            "",
            "held",
            "fees:00000000-0000-0000-0000-000000000001",
            "held:00000000-0000-0000-0000-00000000000A",
            "held:00000000000000000000000000000001",
            "Held:00000000-0000-0000-0000-000000000001",
            "held:",
        ] {
            assert_eq!(bad.parse::<Account>(), Err(LedgerError::NotAnAccount), "{bad}");
        }
    }
}
