//! Addresses: 20 bytes, shown with the checksum of EIP-55.

use std::{fmt, str::FromStr};

use super::keccak256;
use crate::hex;

/// The address of a wallet, of a session key or of a contract. Compared by its bytes: `0xAB…` and `0xab…` are one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address(pub [u8; 20]);

/// Not `0x` and 40 hexadecimal digits, or in mixed case with a wrong checksum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an address is 0x and 40 hexadecimal digits; in mixed case, their case is a checksum")]
pub struct NotAnAddress;

impl Address {
    /// The last 20 bytes of a hash, from which addresses are made.
    pub fn from_hash(hash: &[u8; 32]) -> Self {
        let mut bytes = [0; 20];
        bytes.copy_from_slice(&hash[12..]);
        Self(bytes)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = hex::encode(&self.0);
        let checksum = hex::encode(&keccak256(digits.as_bytes()));
        f.write_str("0x")?;
        for (digit, check) in digits.chars().zip(checksum.bytes()) {
            // A digit is a capital where the checksum's is 8 or more.
            let shown = if check >= b'8' { digit.to_ascii_uppercase() } else { digit };
            write!(f, "{shown}")?;
        }
        Ok(())
    }
}

impl FromStr for Address {
    type Err = NotAnAddress;

    fn from_str(text: &str) -> Result<Self, NotAnAddress> {
        let digits = text.strip_prefix("0x").ok_or(NotAnAddress)?;
        let bytes = hex::decode(digits).ok_or(NotAnAddress)?;
        let address = Self(bytes.try_into().map_err(|_| NotAnAddress)?);
        let is_mixed =
            digits.bytes().any(|b| b.is_ascii_lowercase()) && digits.bytes().any(|b| b.is_ascii_uppercase());
        if is_mixed && address.to_string() != text { Err(NotAnAddress) } else { Ok(address) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of EIP-55.
    #[test]
    fn the_case_of_the_digits_is_a_checksum() {
        for known in [
            "0x52908400098527886E0F7030069857D2E4169EE7",
            "0xde709f2102306220921060314715629080e2fb77",
            "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
            "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
            "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB",
            "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
        ] {
            let address: Address = known.parse().unwrap();
            assert_eq!(address.to_string(), known);
            assert_eq!(known.to_ascii_lowercase().parse(), Ok(address));
        }
        for bad in [
            "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeD",
            "5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
            "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeA",
            "0X52908400098527886E0F7030069857D2E4169EE7",
            "0x",
            "",
        ] {
            assert_eq!(bad.parse::<Address>(), Err(NotAnAddress), "{bad}");
        }
    }
}
