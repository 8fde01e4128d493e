//! Logging in with a wallet: the message of EIP-4361, and an older plain one.
//!
//! A message is taken only for this service and a short time. What its nonce is worth (used once; to whom, for what and
//! for which chain it was given) is for whoever hands it out.

use std::{fmt, time::Duration};

use kernel::Time;

use super::{Address, Signature, SignatureError, personal_digest};

/// The longest message that is read.
const LONGEST: usize = 4_096;

/// How old a message may be.
const LIFETIME: Duration = Duration::from_mins(10);

/// By how much the clock of the wallet's machine may be fast.
const SKEW: Duration = Duration::from_mins(2);

/// Why a log-in is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LoginError {
    /// Neither an EIP-4361 message nor the plain one.
    #[error("this is not a log-in message")]
    Malformed,
    /// It was made for another service.
    #[error("the message is for another site")]
    OtherSite,
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

/// What a wallet is asked to sign: the EIP-4361 message is its text.
#[derive(Debug, Clone, Copy)]
pub struct Challenge<'a> {
    /// Where the service is: scheme, host and port, such as `https://music.example`.
    pub origin: &'a str,
    /// Who is asked.
    pub wallet: Address,
    /// What the signature is for: one line of printable ASCII.
    pub statement: &'a str,
    /// The chain that the wallet is on.
    pub chain_id: u64,
    /// At least eight letters and digits that nobody can guess.
    pub nonce: &'a str,
    /// When it is asked.
    pub issued_at: Time,
    /// Until when it may answer.
    pub expires_at: Time,
}

impl fmt::Display for Challenge<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { origin, wallet, statement, chain_id, nonce, issued_at, expires_at } = self;
        // Wallets take HTTPS for granted where no scheme is named.
        let site = origin.strip_prefix("https://").unwrap_or(origin);
        write!(
            f,
            "{site} wants you to sign in with your Ethereum account:\n{wallet}\n\n{statement}\n\n\
             URI: {origin}\nVersion: 1\nChain ID: {chain_id}\nNonce: {nonce}\n\
             Issued At: {issued_at}\nExpiration Time: {expires_at}"
        )
    }
}

/// A message that a wallet signed to log in: an EIP-4361 message, or
/// `BeatStream Authentication\nNonce: …\nWallet: 0x…`.
#[derive(Debug, Clone, Copy)]
pub struct LoginMessage<'a> {
    text: &'a str,
    wallet: Address,
    nonce: &'a str,
    /// What the older message, which says less, lacks: its nonce alone makes it good for one service and a short time.
    bindings: Option<Bindings<'a>>,
}

impl<'a> LoginMessage<'a> {
    /// Reads `text`, without judging what it says.
    ///
    /// # Errors
    /// [`LoginError::Malformed`] if it is neither of the two.
    pub fn read(text: &'a str) -> Result<Self, LoginError> {
        // Both forms are lines of printable ASCII: what looks like one character is that character.
        let is_plain_text = text.bytes().all(|byte| matches!(byte, b'\n' | b' '..=b'~'));
        if text.len() > LONGEST || !is_plain_text {
            return Err(LoginError::Malformed);
        }
        Self::older(text).or_else(|| Self::standard(text)).ok_or(LoginError::Malformed)
    }

    /// The wallet that it claims to be from.
    pub const fn wallet(&self) -> Address {
        self.wallet
    }

    /// The nonce that it was made for.
    pub const fn nonce(&self) -> &'a str {
        self.nonce
    }

    /// The chain that it names; the older message names none.
    pub fn chain_id(&self) -> Option<u64> {
        self.bindings.map(|bindings| bindings.chain_id)
    }

    /// What it says it is signed for, if it says so.
    pub fn statement(&self) -> Option<&'a str> {
        self.bindings.and_then(|bindings| bindings.statement)
    }

    /// Whether it is for the service at `origin` (scheme, host and port), in force at `now`, and signed by its wallet.
    ///
    /// # Errors
    /// The first of these that it is not.
    pub fn check(&self, origin: &str, now: Time, signature: &Signature) -> Result<(), LoginError> {
        if let Some(bindings) = &self.bindings {
            bindings.check(origin, now)?;
        }
        if signature.signer(&personal_digest(self.text))? == self.wallet {
            Ok(())
        } else {
            Err(LoginError::OtherSigner)
        }
    }

    fn older(text: &'a str) -> Option<Self> {
        let rest = text.strip_prefix("BeatStream Authentication\nNonce: ")?;
        let (nonce, wallet) = rest.split_once("\nWallet: ")?;
        Some(Self { text, wallet: wallet.parse().ok()?, nonce, bindings: None })
    }

    /// Reads the form of the standard, line by line; nothing for whatever deviates from it.
    fn standard(text: &'a str) -> Option<Self> {
        let mut lines = text.split('\n').peekable();
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
        let statement = Some(lines.next()?).filter(|line| !line.is_empty());
        if statement.is_some() && !lines.next()?.is_empty() {
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
        let bindings =
            Bindings { scheme, domain, statement, uri, chain_id, issued_at, expires_at, not_before };
        Some(Self { text, wallet, nonce, bindings: Some(bindings) })
    }
}

/// What an EIP-4361 message is good for.
#[derive(Debug, Clone, Copy)]
struct Bindings<'a> {
    scheme: Option<&'a str>,
    domain: &'a str,
    statement: Option<&'a str>,
    uri: &'a str,
    chain_id: u64,
    issued_at: Time,
    expires_at: Option<Time>,
    not_before: Option<Time>,
}

impl Bindings<'_> {
    fn check(&self, origin: &str, now: Time) -> Result<(), LoginError> {
        let (scheme, authority) = origin.split_once("://").ok_or(LoginError::OtherSite)?;
        let is_of_origin = self
            .uri
            .strip_prefix(origin)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?', '#']));
        if self.domain != authority || self.scheme.is_some_and(|named| named != scheme) || !is_of_origin {
            return Err(LoginError::OtherSite);
        }
        let is_fresh = self.issued_at <= now.plus(SKEW) && now < self.issued_at.plus(LIFETIME);
        let has_expired = self.expires_at.is_some_and(|end| now >= end);
        let is_early = self.not_before.is_some_and(|start| now.plus(SKEW) < start);
        if !is_fresh || has_expired || is_early { Err(LoginError::OtherTime) } else { Ok(()) }
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

    const ORIGIN: &str = "https://music.example";
    const NONCE: &str = "k4bXw9Qz0aTn2LrP";
    const NOW: Time = Time::from_micros(1_795_262_400_000_000);
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

    fn answer(text: &str) -> Result<(), LoginError> {
        LoginMessage::read(text)?.check(ORIGIN, NOW, &key().sign(&personal_digest(text)))
    }

    #[test]
    fn a_message_for_this_service_and_time_is_its_signers() {
        assert_eq!(NOW.to_string(), "2026-11-21T12:00:00Z");
        assert_eq!(key().address().to_string(), ADDRESS);
        assert_eq!(answer(&message()), Ok(()));
        let text = message();
        let read = LoginMessage::read(&text).unwrap();
        assert_eq!((read.wallet(), read.nonce(), read.chain_id()), (key().address(), NONCE, Some(1)));
        assert_eq!(read.statement(), Some("Log in."));
        let other = PrivateKey::new([0x12; 32]).unwrap().sign(&personal_digest(&text));
        assert_eq!(read.check(ORIGIN, NOW, &other), Err(LoginError::OtherSigner));
    }

    #[test]
    fn the_older_message_is_its_signers_too() {
        let plain = format!("BeatStream Authentication\nNonce: {NONCE}\nWallet: {ADDRESS}");
        assert_eq!(answer(&plain), Ok(()));
        let read = LoginMessage::read(&plain).unwrap();
        assert_eq!((read.nonce(), read.chain_id(), read.statement()), (NONCE, None, None));
        let other = LoginMessage::read("BeatStream Authentication\nNonce: a\nWallet: 0x19e7").err();
        assert_eq!(other, Some(LoginError::Malformed));
    }

    #[test]
    fn a_challenge_says_what_is_read_of_it() {
        for (origin, site) in [
            (ORIGIN, "music.example wants"),
            ("http://localhost:4533", "http://localhost:4533 wants"),
            ("https://music.example:8443", "music.example:8443 wants"),
        ] {
            let challenge = Challenge {
                origin,
                wallet: key().address(),
                statement: "Log in to Resonance.",
                chain_id: 31_337,
                nonce: NONCE,
                issued_at: NOW,
                expires_at: NOW.plus(Duration::from_mins(5)),
            };
            let text = challenge.to_string();
            assert!(text.starts_with(site), "{text}");
            let read = LoginMessage::read(&text).unwrap();
            assert_eq!((read.wallet(), read.nonce()), (challenge.wallet, NONCE));
            assert_eq!((read.chain_id(), read.statement()), (Some(31_337), Some(challenge.statement)));
            let signature = key().sign(&personal_digest(&text));
            assert_eq!(read.check(origin, NOW, &signature), Ok(()));
            let late = NOW.plus(Duration::from_mins(5));
            assert_eq!(read.check(origin, late, &signature), Err(LoginError::OtherTime));
            assert_eq!(read.check("https://evil.example", NOW, &signature), Err(LoginError::OtherSite));
        }
    }

    #[test]
    fn every_binding_is_checked() {
        let cases = [
            ("music.example wants", "evil.example wants", LoginError::OtherSite),
            ("music.example wants", "http://music.example wants", LoginError::OtherSite),
            ("https://music.example/login", "https://evil.example/login", LoginError::OtherSite),
            ("https://music.example/login", "https://music.example.evil/login", LoginError::OtherSite),
            ("https://music.example/login", "http://music.example/login", LoginError::OtherSite),
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
            ("Log in.", "Log in.\r"),
            ("\n", "\r\n"),
            ("Log in.", "Log in\u{2028}."),
            ("Log in.", "L\u{f6}g in."),
            ("music.example wants", "mu\u{455}ic.example wants"),
            ("music.example wants", "music.example\u{200b} wants"),
            ("Log in.", "Log in.\t"),
            ("Log in.", "Log in.\0"),
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
