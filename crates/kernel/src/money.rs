//! Money: integers of minor units, never without their asset.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// What an amount is counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Asset {
    /// Pays for listening; six decimals.
    Beat,
    /// Loyalty points; eight decimals; never sold for money.
    Btn,
    /// The dollar token; six decimals.
    Usdc,
}

/// Why a text is not an asset or an amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MoneyError {
    /// Not one of the known asset codes.
    UnknownAsset,
    /// Not a plain decimal integer without sign, or larger than 2^63 − 1.
    NotAnAmount,
}

impl fmt::Display for MoneyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::UnknownAsset => "unknown asset: one of BEAT, BTN, USDC",
            Self::NotAnAmount => "an amount is a whole number of minor units in digits, such as \"250000\"",
        })
    }
}

impl std::error::Error for MoneyError {}

impl Asset {
    /// The code used on the wire and in the database.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Beat => "BEAT",
            Self::Btn => "BTN",
            Self::Usdc => "USDC",
        }
    }

    /// How many decimals of the whole unit one minor unit stands for.
    pub const fn decimals(self) -> u32 {
        match self {
            Self::Beat | Self::Usdc => 6,
            Self::Btn => 8,
        }
    }
}

impl fmt::Display for Asset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl FromStr for Asset {
    type Err = MoneyError;

    fn from_str(s: &str) -> Result<Self, Self::Err> {
        match s {
            "BEAT" => Ok(Self::Beat),
            "BTN" => Ok(Self::Btn),
            "USDC" => Ok(Self::Usdc),
            _ => Err(MoneyError::UnknownAsset),
        }
    }
}

/// An amount of money that is not negative: `{asset, amount}` on the wire, `amount` a decimal string of minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Amount {
    /// What it is counted in.
    pub asset: Asset,
    /// Minor units, zero or more.
    pub minor: i64,
}

/// An amount of money: whole minor units of an asset.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
#[serde(
    deny_unknown_fields,
    expecting = "an amount is an object such as {\"asset\": \"BEAT\", \"amount\": \"250000\"}"
)]
struct AmountWire {
    /// BEAT, BTN or USDC.
    #[schema(example = "BEAT")]
    asset: String,
    /// A decimal string of minor units.
    #[schema(example = "250000", pattern = "^[0-9]{1,19}$")]
    amount: String,
}

impl utoipa::PartialSchema for Amount {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        AmountWire::schema()
    }
}

impl utoipa::ToSchema for Amount {}

impl Amount {
    /// Reads minor units written as plain digits: no sign, no exponent, no blanks.
    pub fn parse(asset: Asset, digits: &str) -> Result<Self, MoneyError> {
        if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(MoneyError::NotAnAmount);
        }
        digits.parse().map(|minor| Self { asset, minor }).map_err(|_| MoneyError::NotAnAmount)
    }

    /// In whole units, as `12.5`.
    pub fn decimal(self) -> String {
        let unit = 10_u64.pow(self.asset.decimals());
        let decimals = usize::try_from(self.asset.decimals()).unwrap_or_default();
        let minor = self.minor.unsigned_abs();
        let fraction = format!("{:0decimals$}", minor % unit);
        let fraction = fraction.trim_end_matches('0');
        let point = if fraction.is_empty() { "" } else { "." };
        let sign = if self.minor < 0 { "-" } else { "" };
        format!("{sign}{}{point}{fraction}", minor / unit)
    }
}

/// In whole units: `0.25 BEAT`.
impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.decimal(), self.asset)
    }
}

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        AmountWire { asset: self.asset.code().into(), amount: self.minor.to_string() }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let wire = AmountWire::deserialize(deserializer)?;
        let asset = wire.asset.parse().map_err(D::Error::custom)?;
        Self::parse(asset, &wire.amount).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_everything_but_plain_digits() {
        for bad in ["", "-1", "+1", "1e3", "0.1", " 1", "1_000", "9223372036854775808", "١"] {
            assert_eq!(Amount::parse(Asset::Beat, bad), Err(MoneyError::NotAnAmount), "{bad}");
        }
        assert_eq!(Amount::parse(Asset::Beat, "9223372036854775807").unwrap().minor, i64::MAX);
    }

    #[test]
    fn is_said_in_whole_units() {
        let said = |asset, minor| Amount { asset, minor }.to_string();
        assert_eq!(said(Asset::Beat, 250_000), "0.25 BEAT");
        assert_eq!(said(Asset::Btn, 1_200_000_000), "12 BTN");
        assert_eq!(said(Asset::Beat, 1), "0.000001 BEAT");
        assert_eq!(said(Asset::Usdc, 0), "0 USDC");
    }

    #[test]
    fn travels_as_a_string_with_its_asset() {
        let price = Amount { asset: Asset::Beat, minor: 250_000 };
        let json = serde_json::to_string(&price).unwrap();
        assert_eq!(json, r#"{"asset":"BEAT","amount":"250000"}"#);
        assert_eq!(serde_json::from_str::<Amount>(&json).unwrap(), price);
    }
}
