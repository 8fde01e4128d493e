//! Addresses that carry their own permission, for players that can send neither header nor cookie.
//!
//! `/api/v1/tracks/{id}/stream?token=…`: the token is base64url without padding of a version byte, account,
//! device, quality, preview flag and expiry (43 bytes), followed by their HMAC-SHA256 together with the track.

use aws_lc_rs::hmac;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use kernel::{AccountId, DeviceId, Time, TrackId};
use uuid::Uuid;

use super::Quality;

const VERSION: u8 = 1;
const CLAIMS: usize = 43;
const MAC: usize = 32;
/// The one length that a token has, in characters.
const LENGTH: usize = (CLAIMS + MAC) * 4 / 3;

/// What a signed address allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pass {
    /// Who listens.
    pub account: AccountId,
    /// The log-in that asked for it, with which it ends.
    pub device: DeviceId,
    /// The best quality.
    pub quality: Quality,
    /// Whether it is for the preview alone.
    pub preview: bool,
    /// Until when, in whole seconds.
    pub expires: Time,
}

/// Why a token is no good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    /// Something in it was changed, or it was never ours.
    Invalid,
    /// It was good once.
    Expired,
}

/// Signs and checks. Cheap to clone.
#[derive(Clone)]
pub struct Signer(hmac::Key);

impl Signer {
    /// A signer of this instance.
    pub fn new(keys: &infra::Keys) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, &keys.derive("stream-url")))
    }

    /// The path and query under which `pass` opens `track`.
    pub fn path(&self, track: TrackId, pass: &Pass) -> String {
        format!("/api/v1/tracks/{track}/stream?token={}", self.token(track, pass))
    }

    fn token(&self, track: TrackId, pass: &Pass) -> String {
        let mut token = [0; CLAIMS + MAC];
        let (claims, mac) = token.split_at_mut(CLAIMS);
        claims.copy_from_slice(&pass.claims());
        mac.copy_from_slice(hmac::sign(&self.0, &signed(track, claims)).as_ref());
        URL_SAFE_NO_PAD.encode(token)
    }

    /// What `token` allows of `track` at the time `now`.
    pub(super) fn check(&self, track: TrackId, token: &str, now: Time) -> Result<Pass, Refusal> {
        let mut bytes = [0; CLAIMS + MAC];
        if token.len() != LENGTH || URL_SAFE_NO_PAD.decode_slice(token, &mut bytes).is_err() {
            return Err(Refusal::Invalid);
        }
        let (claims, mac) = bytes.split_at(CLAIMS);
        // Compares in constant time.
        hmac::verify(&self.0, &signed(track, claims), mac).map_err(|_| Refusal::Invalid)?;
        let pass = Pass::read(claims).ok_or(Refusal::Invalid)?;
        if now >= pass.expires { Err(Refusal::Expired) } else { Ok(pass) }
    }
}

fn signed(track: TrackId, claims: &[u8]) -> [u8; 16 + CLAIMS] {
    let mut message = [0; 16 + CLAIMS];
    message[..16].copy_from_slice(track.0.as_bytes());
    message[16..].copy_from_slice(claims);
    message
}

impl Pass {
    fn claims(&self) -> [u8; CLAIMS] {
        let mut claims = [0; CLAIMS];
        claims[0] = VERSION;
        claims[1..17].copy_from_slice(self.account.0.as_bytes());
        claims[17..33].copy_from_slice(self.device.0.as_bytes());
        claims[33] = match self.quality {
            Quality::Low => 0,
            Quality::Medium => 1,
            Quality::High => 2,
            Quality::Lossless => 3,
            Quality::Original => 4,
        };
        claims[34] = u8::from(self.preview);
        claims[35..].copy_from_slice(&self.expires.unix_seconds().to_be_bytes());
        claims
    }

    fn read(claims: &[u8]) -> Option<Self> {
        let (&[version], rest) = claims.split_first_chunk()?;
        let (account, rest) = rest.split_first_chunk()?;
        let (device, rest) = rest.split_first_chunk()?;
        let (&[quality, preview], expires) = rest.split_first_chunk()?;
        let seconds = i64::from_be_bytes(expires.try_into().ok()?);
        (version == VERSION).then_some(())?;
        Some(Self {
            account: Uuid::from_bytes(*account).into(),
            device: Uuid::from_bytes(*device).into(),
            quality: match quality {
                0 => Quality::Low,
                1 => Quality::Medium,
                2 => Quality::High,
                3 => Quality::Lossless,
                4 => Quality::Original,
                _ => return None,
            },
            preview: preview == 1,
            expires: Time::from_micros(seconds.saturating_mul(1_000_000)),
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn signer(byte: u8) -> Signer {
        Signer::new(&infra::Keys::from_bytes(&[byte; 32]))
    }

    const NOW: Time = Time::from_micros(1_795_000_000_000_000);

    fn any_pass() -> impl Strategy<Value = (TrackId, Pass)> {
        let quality = prop::sample::select(vec![
            Quality::Low,
            Quality::Medium,
            Quality::High,
            Quality::Lossless,
            Quality::Original,
        ]);
        let ids = (any::<u128>(), any::<u128>(), any::<u128>());
        (ids, quality, any::<bool>(), 1..100_000_i64).prop_map(
            |((track, account, device), quality, preview, left)| {
                let id = Uuid::from_u128;
                let expires = Time::from_micros(NOW.micros() + left * 1_000_000);
                let pass = Pass {
                    account: id(account).into(),
                    device: id(device).into(),
                    quality,
                    preview,
                    expires,
                };
                (id(track).into(), pass)
            },
        )
    }

    proptest! {
        #[test]
        fn what_was_signed_is_allowed_until_it_expires((track, pass) in any_pass()) {
            let token = signer(1).token(track, &pass);
            prop_assert_eq!(token.len(), LENGTH);
            prop_assert_eq!(signer(1).check(track, &token, NOW), Ok(pass));
            prop_assert_eq!(signer(1).check(track, &token, pass.expires), Err(Refusal::Expired));
            prop_assert_eq!(signer(2).check(track, &token, NOW), Err(Refusal::Invalid));
        }

        #[test]
        fn any_changed_character_is_refused((track, pass) in any_pass(), at in 0..LENGTH, to in "[A-Za-z0-9_=-]") {
            let token = signer(1).token(track, &pass);
            prop_assume!(token[at..=at] != to);
            let changed = format!("{}{to}{}", &token[..at], &token[at + 1..]);
            prop_assert_eq!(signer(1).check(track, &changed, NOW), Err(Refusal::Invalid));
        }

        #[test]
        fn any_flipped_bit_of_the_track_or_the_claims_is_refused((track, pass) in any_pass(), bit in 0..8 * (16 + CLAIMS)) {
            let token = signer(1).token(track, &pass);
            let mut bytes = URL_SAFE_NO_PAD.decode(&token).unwrap();
            let mut id = *track.0.as_bytes();
            match bit.checked_sub(128) {
                Some(bit) => bytes[bit / 8] ^= 1 << (bit % 8),
                None => id[bit / 8] ^= 1 << (bit % 8),
            }
            let refused = signer(1).check(Uuid::from_bytes(id).into(), &URL_SAFE_NO_PAD.encode(bytes), NOW);
            prop_assert_eq!(refused, Err(Refusal::Invalid));
        }

        #[test]
        fn nonsense_is_refused_without_panic(token in ".{0,120}") {
            prop_assert_eq!(signer(1).check(Uuid::nil().into(), &token, NOW), Err(Refusal::Invalid));
        }
    }

    #[test]
    fn a_token_cut_short_or_continued_is_refused() {
        let pass = Pass {
            account: Uuid::nil().into(),
            device: Uuid::nil().into(),
            quality: Quality::High,
            preview: false,
            expires: NOW.plus(std::time::Duration::from_mins(1)),
        };
        let token = signer(1).token(Uuid::nil().into(), &pass);
        for other in [&token[..LENGTH - 4], &format!("{token}AAAA"), &format!("{token}=")] {
            assert_eq!(signer(1).check(Uuid::nil().into(), other, NOW), Err(Refusal::Invalid));
        }
    }
}
