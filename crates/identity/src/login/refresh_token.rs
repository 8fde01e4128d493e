//! Refresh tokens: 256 secret bits that are stored as their hash and used once. The token that follows one is
//! derived from it, so that a client that asks twice (two tabs, a lost answer) is told the same.

use aws_lc_rs::{digest, hmac};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

/// A refresh token in the clear: shown to its client, never stored or logged.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct RefreshToken([u8; 32]);

impl RefreshToken {
    /// A fresh one of these secret bits.
    pub(crate) fn new(secret: [u8; 32]) -> Self {
        Self(secret)
    }

    /// The token that `text` spells.
    pub(crate) fn read(text: &str) -> Option<Self> {
        URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok().map(Self)
    }

    /// As clients keep it.
    pub(crate) fn text(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }

    /// As the database keeps it.
    pub(crate) fn hash(&self) -> [u8; 32] {
        bytes32(digest::digest(&digest::SHA256, &self.0).as_ref())
    }

    /// The token that takes this one's place, under the instance's `key`.
    pub(crate) fn successor(&self, key: &[u8; 32]) -> Self {
        let key = hmac::Key::new(hmac::HMAC_SHA256, key);
        Self(bytes32(hmac::sign(&key, &self.0).as_ref()))
    }
}

fn bytes32(bytes: &[u8]) -> [u8; 32] {
    bytes.try_into().expect("SHA-256 gives 32 bytes")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_reads_back_and_has_one_successor() {
        let token = RefreshToken::new([7; 32]);
        assert_eq!(token.text().len(), 43);
        assert!(RefreshToken::read(&token.text()) == Some(token.clone()));
        let next = token.successor(&[1; 32]);
        assert!(next == token.successor(&[1; 32]) && next != token && next != token.successor(&[2; 32]));
        assert_ne!(token.hash(), next.hash());
    }

    #[test]
    fn other_texts_are_no_tokens() {
        let text = RefreshToken::new([7; 32]).text();
        for bad in ["", "x", &text[1..], &format!("{text}="), &format!("{text}A"), &"~".repeat(43)] {
            assert!(RefreshToken::read(bad).is_none(), "{bad}");
        }
    }
}
