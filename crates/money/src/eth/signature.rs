//! Signatures over secp256k1, and who made them.

use std::{fmt, str::FromStr};

use secp256k1::{
    Message, PublicKey, SecretKey,
    ecdsa::{RecoverableSignature, RecoveryId},
};

use super::{Address, keccak256};
use crate::hex;

/// Half of the group's order. Of the two signatures that everybody can make of one, only that with the smaller `s` is
/// taken (EIP-2).
const HALF_ORDER: [u8; 32] = [
    0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x5d,
    0x57, 0x6e, 0x73, 0x57, 0xa4, 0x50, 0x1d, 0xdf, 0xe9, 0x2f, 0x46, 0x68, 0x1b, 0x20, 0xa0,
];

/// A signature as wallets give it: r, s and v, 65 bytes. It is well formed: `s` is in the lower half of the order and
/// `v` is 27 or 28.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Signature([u8; 65]);

/// Why a signature is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// Not 65 bytes, or not `0x` and 130 hexadecimal digits.
    #[error("a signature is 65 bytes: 0x and 130 hexadecimal digits")]
    Malformed,
    /// Longer than a key's signature: that of a contract, which says itself what it takes for one (EIP-1271).
    #[error("a signature is 65 bytes; those of contract wallets are not taken")]
    Contract,
    /// `v` is neither 27 nor 28.
    #[error("the last byte of a signature is 27 or 28")]
    Parity,
    /// `s` is in the upper half of the order: somebody may have altered the signature.
    #[error("the signature is not in its canonical form")]
    HighS,
    /// No key can have made it.
    #[error("nobody can have made this signature")]
    NotASignature,
}

impl Signature {
    /// Takes r, s and v, refusing what is not in the one canonical form.
    pub fn new(bytes: [u8; 65]) -> Result<Self, SignatureError> {
        if !matches!(bytes[64], 27 | 28) {
            return Err(SignatureError::Parity);
        }
        if bytes[32..64] > HALF_ORDER[..] {
            return Err(SignatureError::HighS);
        }
        Ok(Self(bytes))
    }

    /// r, s and v.
    pub const fn bytes(&self) -> &[u8; 65] {
        &self.0
    }

    /// The address whose key signed `digest`. A wrong digest gives some other address, or an error.
    pub fn signer(&self, digest: &[u8; 32]) -> Result<Address, SignatureError> {
        let parity = if self.0[64] == 27 { RecoveryId::Zero } else { RecoveryId::One };
        let signature = RecoverableSignature::from_compact(&self.0[..64], parity)
            .map_err(|_| SignatureError::NotASignature)?;
        let key = signature
            .recover_ecdsa(Message::from_digest(*digest))
            .map_err(|_| SignatureError::NotASignature)?;
        Ok(address_of(&key))
    }
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "0x{}", hex::encode(&self.0))
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signature({self})")
    }
}

impl FromStr for Signature {
    type Err = SignatureError;

    fn from_str(text: &str) -> Result<Self, SignatureError> {
        let bytes = text.strip_prefix("0x").and_then(hex::decode).ok_or(SignatureError::Malformed)?;
        let wrong = if bytes.len() > 65 { SignatureError::Contract } else { SignatureError::Malformed };
        Self::new(bytes.try_into().map_err(|_| wrong)?)
    }
}

/// A key that signs: an instance's, or that of a simulated listener. Real listeners' never leave their device.
#[derive(Clone)]
pub struct PrivateKey(SecretKey);

impl PrivateKey {
    /// Nothing for zero and for numbers above the group's order.
    pub fn new(bytes: [u8; 32]) -> Option<Self> {
        SecretKey::from_secret_bytes(bytes).ok().map(Self)
    }

    /// The address of the key.
    pub fn address(&self) -> Address {
        address_of(&PublicKey::from_secret_key(&self.0))
    }

    /// The public key: both coordinates, 64 bytes.
    pub fn public_key(&self) -> [u8; 64] {
        let mut bytes = [0; 64];
        bytes.copy_from_slice(&PublicKey::from_secret_key(&self.0).serialize_uncompressed()[1..]);
        bytes
    }

    /// Signs a digest: the same each time (RFC 6979), in the canonical form.
    pub fn sign(&self, digest: &[u8; 32]) -> Signature {
        let signature = RecoverableSignature::sign_ecdsa_recoverable(Message::from_digest(*digest), &self.0);
        let (parity, rs) = signature.serialize_compact();
        let mut bytes = [0; 65];
        bytes[..64].copy_from_slice(&rs);
        bytes[64] = 27 + parity.to_u8();
        Signature(bytes)
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PrivateKey(of {})", self.address())
    }
}

fn address_of(key: &PublicKey) -> Address {
    // The first byte says that both coordinates follow.
    Address::from_hash(&keccak256(&key.serialize_uncompressed()[1..]))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ORDER: [u8; 32] = [
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe, 0xba,
        0xae, 0xdc, 0xe6, 0xaf, 0x48, 0xa0, 0x3b, 0xbf, 0xd2, 0x5e, 0x8c, 0xd0, 0x36, 0x41, 0x41,
    ];

    /// The twin that everybody can make of a signature: `order − s`, the other parity.
    fn twin(signature: &Signature) -> [u8; 65] {
        let mut bytes = *signature.bytes();
        let mut borrow = 0;
        for i in (0..32).rev() {
            let difference = i16::from(ORDER[i]) - i16::from(bytes[32 + i]) - borrow;
            borrow = i16::from(difference < 0);
            bytes[32 + i] = u8::try_from(difference.rem_euclid(256)).unwrap();
        }
        bytes[64] = 55 - bytes[64];
        bytes
    }

    proptest! {
        #[test]
        fn a_signature_names_its_signer_for_its_digest_alone(secret in 1..=u128::MAX, digest: [u8; 32], bit in 0_usize..256) {
            let mut bytes = [0; 32];
            bytes[16..].copy_from_slice(&secret.to_be_bytes());
            let key = PrivateKey::new(bytes).unwrap();
            let signature = key.sign(&digest);
            prop_assert_eq!(signature.signer(&digest), Ok(key.address()));
            prop_assert_eq!(signature.to_string().parse::<Signature>(), Ok(signature));
            let mut other = digest;
            other[bit / 8] ^= 1 << (bit % 8);
            prop_assert_ne!(signature.signer(&other), Ok(key.address()));
            prop_assert_eq!(Signature::new(twin(&signature)), Err(SignatureError::HighS));
        }

        #[test]
        fn no_bytes_at_all_break_it(bytes: [[u8; 13]; 5], parity in 27_u8..=28) {
            let mut bytes: [u8; 65] = bytes.concat().try_into().unwrap();
            bytes[64] = parity;
            bytes[32] &= 0x7f;
            if let Ok(signature) = Signature::new(bytes) {
                let _ = signature.signer(&[7; 32]);
            }
        }
    }

    #[test]
    fn only_the_canonical_form_is_taken() {
        let good = PrivateKey::new([7; 32]).unwrap().sign(&[1; 32]);
        for parity in [0, 1, 26, 29, 37, 255] {
            let mut bytes = *good.bytes();
            bytes[64] = parity;
            assert_eq!(Signature::new(bytes), Err(SignatureError::Parity), "{parity}");
        }
        let text = good.to_string();
        for bad in
            ["", "0x", &text[2..], &text[..131], &text[..130], &format!("{text}0"), &text.replace("0x", "0X")]
        {
            assert_eq!(bad.parse::<Signature>(), Err(SignatureError::Malformed), "{bad}");
        }
        assert_eq!(format!("{text}00").parse::<Signature>(), Err(SignatureError::Contract));
        let mut edge = [1; 65];
        edge[64] = 27;
        edge[32..64].copy_from_slice(&HALF_ORDER);
        assert!(Signature::new(edge).is_ok());
        edge[63] += 1;
        assert_eq!(Signature::new(edge), Err(SignatureError::HighS));
    }

    #[test]
    fn zeros_and_numbers_beyond_the_order_are_nobodys_signature() {
        let mut zero = [0; 65];
        zero[64] = 27;
        assert_eq!(Signature::new(zero).unwrap().signer(&[1; 32]), Err(SignatureError::NotASignature));
        let mut large = [0xff; 65];
        large[32..64].copy_from_slice(&[1; 32]);
        large[64] = 28;
        assert_eq!(Signature::new(large).unwrap().signer(&[1; 32]), Err(SignatureError::NotASignature));
        assert!(PrivateKey::new([0; 32]).is_none() && PrivateKey::new(ORDER).is_none());
    }
}
