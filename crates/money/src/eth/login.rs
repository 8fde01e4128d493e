//! Logging in with a wallet: the message of EIP-4361, and an older plain one.
//!
//! A message is taken only for this service, this chain, the nonce that was handed out and a short time. What the nonce
//! is worth (used once, to whom it was given) is for whoever hands it out.

use std::time::Duration;

use kernel::Time;

use super::{Address, Signature, SignatureError, personal_digest};

/// The longest message that is read.
const LONGEST: usize = 4_096;

/// How old a message may be.
const LIFETIME: Duration = Duration::from_mins(10);

/// By how much the clock of the wallet's machine may be fast.
const SKEW: Duration = Duration::from_mins(2);

/// What a message has to say.
#[derive(Debug, Clone, Copy)]
pub struct Expected<'a> {
    /// Where the service is: scheme, host and port, such as `https://music.example`.
    pub origin: &'a str,
    /// The chains that are taken.
    pub chain_ids: &'a [u64],
    /// The nonce that was handed out.
    pub nonce: &'a str,
    /// The time.
    pub now: Time,
}

/// Why a log-in is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LoginError {
    /// Neither an EIP-4361 message nor the plain one.
    #[error("this is not a log-in message")]
    Malformed,
    /// It was made for another service.
    #[error("the message is for another site")]
    OtherSite,
    /// It is for a chain that is not taken.
    #[error("the message is for another chain")]
    OtherChain,
    /// It carries another nonce.
    #[error("the message does not carry the nonce that was given out")]
    OtherNonce,
    /// It is too old, too new, or has expired.
    #[error("the message is not valid at this time")]
    OtherTime,
    /// Somebody else signed it.
    #[error("the message was signed by another wallet")]
    OtherSigner,
    /// The signature is not one.
    #[error(transparent)]
    Signature(#[from] SignatureError),
}

/// The wallet that logged in with `message`: an EIP-4361 message, or
/// `BeatStream Authentication\nNonce: …\nWallet: 0x…`.
pub fn logged_in(
    message: &str,
    signature: &Signature,
    expected: &Expected<'_>,
) -> Result<Address, LoginError> {
    if message.len() > LONGEST {
        return Err(LoginError::Malformed);
    }
    let wallet = match Plain::parse(message) {
        Some(plain) => plain.check(expected)?,
        None => Login::parse(message).ok_or(LoginError::Malformed)?.check(expected)?,
    };
    if signature.signer(&personal_digest(message))? == wallet {
        Ok(wallet)
    } else {
        Err(LoginError::OtherSigner)
    }
}

/// The older message, which says less: its nonce alone makes it good for one service and a short time.
struct Plain<'a> {
    nonce: &'a str,
    wallet: Address,
}

impl<'a> Plain<'a> {
    fn parse(message: &'a str) -> Option<Self> {
        let rest = message.strip_prefix("BeatStream Authentication\nNonce: ")?;
        let (nonce, wallet) = rest.split_once("\nWallet: ")?;
        Some(Self { nonce, wallet: wallet.parse().ok()? })
    }

    fn check(&self, expected: &Expected<'_>) -> Result<Address, LoginError> {
        if self.nonce == expected.nonce { Ok(self.wallet) } else { Err(LoginError::OtherNonce) }
    }
}

/// An EIP-4361 message, as far as it decides anything.
struct Login<'a> {
    scheme: Option<&'a str>,
    domain: &'a str,
    wallet: Address,
    uri: &'a str,
    chain_id: u64,
    nonce: &'a str,
    issued_at: Time,
    expires_at: Option<Time>,
    not_before: Option<Time>,
}

impl<'a> Login<'a> {
    /// Reads the form of the standard, line by line; nothing for whatever deviates from it.
    fn parse(message: &'a str) -> Option<Self> {
        let mut lines = message.split('\n').peekable();
        let site = lines.next()?.strip_suffix(" wants you to sign in with your Ethereum account:")?;
        let (scheme, domain) = match site.split_once("://") {
            Some((scheme, domain)) => (Some(scheme), domain),
            None => (None, site),
        };
        let wallet = lines.next()?.parse().ok()?;
        if !lines.next()?.is_empty() {
            return None;
        }
        // A statement is one line, with an empty one after it.
        let statement = lines.next()?;
        if !statement.is_empty() && !lines.next()?.is_empty() {
            return None;
        }
        let uri = lines.next()?.strip_prefix("URI: ")?;
        if lines.next()? != "Version: 1" {
            return None;
        }
        let chain_id = plain_number(lines.next()?.strip_prefix("Chain ID: ")?)?;
        let nonce = lines.next()?.strip_prefix("Nonce: ")?;
        if nonce.len() < 8 || !nonce.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return None;
        }
        let issued_at = lines.next()?.strip_prefix("Issued At: ")?.parse().ok()?;
        let mut optional =
            |name: &str| lines.next_if(|line| line.starts_with(name)).map(|line| &line[name.len()..]);
        let time = |text: Option<&str>| text.map(str::parse::<Time>).transpose().ok();
        let expires_at = time(optional("Expiration Time: "))?;
        let not_before = time(optional("Not Before: "))?;
        optional("Request ID: ");
        let has_resources = match optional("Resources:") {
            Some("") => true,
            Some(_) => return None,
            None => false,
        };
        if !lines.all(|line| has_resources && line.starts_with("- ")) {
            return None;
        }
        Some(Self { scheme, domain, wallet, uri, chain_id, nonce, issued_at, expires_at, not_before })
    }

    fn check(&self, expected: &Expected<'_>) -> Result<Address, LoginError> {
        let (scheme, authority) = expected.origin.split_once("://").ok_or(LoginError::OtherSite)?;
        let is_of_origin = self
            .uri
            .strip_prefix(expected.origin)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?', '#']));
        if self.domain != authority || self.scheme.is_some_and(|named| named != scheme) || !is_of_origin {
            return Err(LoginError::OtherSite);
        }
        if !expected.chain_ids.contains(&self.chain_id) {
            return Err(LoginError::OtherChain);
        }
        if self.nonce != expected.nonce {
            return Err(LoginError::OtherNonce);
        }
        let now = expected.now;
        let is_fresh = self.issued_at <= now.plus(SKEW) && now < self.issued_at.plus(LIFETIME);
        let has_expired = self.expires_at.is_some_and(|end| now >= end);
        let is_early = self.not_before.is_some_and(|start| now.plus(SKEW) < start);
        if !is_fresh || has_expired || is_early {
            return Err(LoginError::OtherTime);
        }
        Ok(self.wallet)
    }
}

/// A decimal number without sign and leading zeros.
fn plain_number(digits: &str) -> Option<u64> {
    let is_plain =
        digits.bytes().all(|byte| byte.is_ascii_digit()) && (digits == "0" || !digits.starts_with('0'));
    if is_plain { digits.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::eth::PrivateKey;

    const EXPECTED: Expected<'static> = Expected {
        origin: "https://music.example",
        chain_ids: &[1, 31_337],
        nonce: "k4bXw9Qz0aTn2LrP",
        now: Time::from_micros(1_795_262_400_000_000),
    };
    const ADDRESS: &str = "0x19E7E376E7C213B7E7e7e46cc70A5dD086DAff2A";

    fn key() -> PrivateKey {
        PrivateKey::new([0x11; 32]).unwrap()
    }

    fn message() -> String {
        format!(
            "music.example wants you to sign in with your Ethereum account:\n{ADDRESS}\n\nLog in.\n\n\
             URI: https://music.example/login\nVersion: 1\nChain ID: 1\nNonce: k4bXw9Qz0aTn2LrP\n\
             Issued At: 2026-11-21T11:59:00Z\nExpiration Time: 2026-11-21T12:05:00Z"
        )
    }

    fn answer(message: &str) -> Result<Address, LoginError> {
        logged_in(message, &key().sign(&personal_digest(message)), &EXPECTED)
    }

    #[test]
    fn a_message_for_this_service_and_time_logs_its_signer_in() {
        assert_eq!(EXPECTED.now.to_string(), "2026-11-21T12:00:00Z");
        assert_eq!(key().address().to_string(), ADDRESS);
        assert_eq!(answer(&message()), Ok(key().address()));
        let other = PrivateKey::new([0x12; 32]).unwrap().sign(&personal_digest(&message()));
        assert_eq!(logged_in(&message(), &other, &EXPECTED), Err(LoginError::OtherSigner));
        let plain = format!("BeatStream Authentication\nNonce: k4bXw9Qz0aTn2LrP\nWallet: {ADDRESS}");
        assert_eq!(answer(&plain), Ok(key().address()));
        assert_eq!(answer(&plain.replace("k4b", "k4c")), Err(LoginError::OtherNonce));
    }

    #[test]
    fn every_binding_is_checked() {
        let cases = [
            ("music.example wants", "evil.example wants", LoginError::OtherSite),
            ("music.example wants", "http://music.example wants", LoginError::OtherSite),
            ("https://music.example/login", "https://evil.example/login", LoginError::OtherSite),
            ("https://music.example/login", "https://music.example.evil/login", LoginError::OtherSite),
            ("https://music.example/login", "http://music.example/login", LoginError::OtherSite),
            ("Chain ID: 1", "Chain ID: 5", LoginError::OtherChain),
            ("k4bXw9Qz0aTn2LrP", "k4bXw9Qz0aTn2LrQ", LoginError::OtherNonce),
            ("11:59:00Z", "11:50:00Z", LoginError::OtherTime),
            ("11:59:00Z", "12:02:01Z", LoginError::OtherTime),
            ("12:05:00Z", "12:00:00Z", LoginError::OtherTime),
            ("12:05:00Z", "12:05:00Z\nNot Before: 2026-11-21T12:02:01Z", LoginError::OtherTime),
        ];
        for (old, new, error) in cases {
            assert_eq!(answer(&message().replace(old, new)), Err(error), "{old} -> {new}");
        }
    }

    #[test]
    fn what_deviates_from_the_form_is_refused() {
        let cases = [
            ("Ethereum account:", "Ethereum account"),
            ("0x19E7", "0x19e7"),
            ("\n\nLog in.", "\nLog in."),
            ("Log in.\n\n", "Log in.\n"),
            ("Log in.", "Log\nin."),
            ("Version: 1", "Version: 2"),
            ("Chain ID: 1", "Chain ID: 01"),
            ("Chain ID: 1", "Chain ID: +1"),
            ("Chain ID: 1", "Chain ID: "),
            ("Nonce: k4bXw9Qz0aTn2LrP", "Nonce: k4bXw9Q"),
            ("Nonce: k4bXw9Qz0aTn2LrP", "Nonce: k4bXw9Qz0aTn2Lr-"),
            ("2026-11-21T12:05:00Z", "tomorrow"),
            ("12:05:00Z", "12:05:00Z\nhello"),
            ("12:05:00Z", "12:05:00Z\nResources: x"),
            ("12:05:00Z", "12:05:00Z\n- ipfs://x"),
            ("12:05:00Z", "12:05:00Z\n"),
        ];
        for (old, new) in cases {
            assert!(message().contains(old), "{old}");
            let verdict = answer(&message().replacen(old, new, 1));
            assert_eq!(verdict, Err(LoginError::Malformed), "{old:?} -> {new:?}");
        }
        let long = message() + "\nResources:" + &"\n- ipfs://x".repeat(500);
        assert_eq!(answer(&long), Err(LoginError::Malformed));
    }

    proptest! {
        #[test]
        fn no_text_breaks_the_parser(start in 0_usize..500, end in 0_usize..500, text in "\\PC{0,40}") {
            let message = message();
            let (start, end) = (start.min(message.len()), end.min(message.len()));
            let _ = answer(&text);
            let _ = answer(&format!("{}{text}{}", &message[..start], &message[end..]));
        }
    }
}
