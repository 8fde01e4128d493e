use std::{borrow::Cow, fmt, str::FromStr, time::Duration};

use db::{Column, Row, ToValue, Value};
use kernel::AccountId;
use money::eth::{Address, NotAnAddress};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// How long a nonce is good.
pub(super) const LIFETIME: Duration = Duration::from_mins(5);
/// Wallets of one account.
pub(super) const WALLETS: usize = 20;

/// The address of a wallet: 0x and 40 hexadecimal digits; in mixed case their case is a checksum (EIP-55).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, utoipa::ToSchema)]
#[schema(
    value_type = String, pattern = "^0x[0-9a-fA-F]{40}$", example = "0x19E7E376E7C213B7E7e7e46cc70A5dD086DAff2A"
)]
pub struct WalletAddress(pub Address);

impl fmt::Display for WalletAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for WalletAddress {
    type Err = NotAnAddress;

    fn from_str(text: &str) -> Result<Self, NotAnAddress> {
        text.parse().map(Self)
    }
}

impl Serialize for WalletAddress {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for WalletAddress {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Cow::<'de, str>::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

impl Column for WalletAddress {
    fn read(row: Row<'_>, i: usize) -> db::Result<Self> {
        let bytes: Vec<u8> = row.get(i)?;
        let address = <[u8; 20]>::try_from(bytes).map_err(|bytes| db::Error::Unreadable {
            what: "the address of a wallet",
            value: money::hex::encode(&bytes),
        })?;
        Ok(Self(Address(address)))
    }
}

impl ToValue for WalletAddress {
    const NULL: Value = Value::Bytes(None);

    fn to_value(self) -> Value {
        Value::Bytes(Some(self.0.0.into()))
    }
}

/// What a wallet signs for: to log in, or to be linked to an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    LogIn,
    Link(AccountId),
}

impl Purpose {
    /// The line of the message that says so.
    pub(super) fn statement(self) -> String {
        match self {
            Self::LogIn => "Log in to Resonance. This moves no money.".to_owned(),
            Self::Link(account) => format!("Let this wallet log in to the Resonance account {account}."),
        }
    }

    /// The account, if it is for one.
    pub(super) fn account(self) -> Option<AccountId> {
        match self {
            Self::LogIn => None,
            Self::Link(account) => Some(account),
        }
    }
}

/// 128 random bits, shown as hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Nonce(pub(super) [u8; 16]);

impl fmt::Display for Nonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&money::hex::encode(&self.0))
    }
}

impl Nonce {
    /// The one that `text` shows.
    pub(super) fn read(text: &str) -> Option<Self> {
        Some(Self(money::hex::decode(text)?.try_into().ok()?))
    }
}

/// What a wallet proved with its signature: that it agreed to a nonce.
#[derive(Debug, Clone, Copy)]
pub(super) struct Proof {
    pub(super) wallet: WalletAddress,
    pub(super) nonce: Nonce,
    /// The chain that it named, if it did.
    pub(super) chain_id: Option<i64>,
}
