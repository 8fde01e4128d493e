//! What is needed of Ethereum to know who signed: hashing, addresses, signatures and the messages of wallets. It talks
//! to no chain.

mod address;
mod login;
mod signature;
mod typed;

pub use address::{Address, NotAnAddress};
pub use login::{Challenge, LoginError, LoginMessage};
pub use signature::{PrivateKey, Signature, SignatureError};
pub use typed::{Domain, Struct};

use sha3::{Digest, Keccak256};

/// The hash of Ethereum: Keccak-256 as it was before SHA-3 became a standard.
pub fn keccak256(bytes: &[u8]) -> [u8; 32] {
    Keccak256::digest(bytes).into()
}

/// What a wallet signs when it is asked to sign a text (EIP-191, version 0x45).
pub fn personal_digest(text: &str) -> [u8; 32] {
    let hash = Keccak256::new()
        .chain_update("\u{19}Ethereum Signed Message:\n")
        .chain_update(text.len().to_string())
        .chain_update(text);
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_texts_have_their_known_hashes() {
        let empty = "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470";
        assert_eq!(crate::hex::encode(&keccak256(b"")), empty);
        let hello = "d9eba16ed0ecae432b71fe008c98cc872bb4cc214d3220a36f365326cf807d68";
        assert_eq!(crate::hex::encode(&personal_digest("hello world")), hello);
    }
}
