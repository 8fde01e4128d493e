//! Access tokens: JSON Web Tokens (RFC 7519, RFC 9068 in spirit) that name an account and a device for a few
//! minutes. They say nothing about roles: what an account may do is read from the database.

use std::time::Duration;

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, crypto::aws_lc};
use kernel::{AccountId, DeviceId, Time};
use serde::{Deserialize, Serialize};

const ISSUER: &str = "resonance";
const AUDIENCE: &str = "resonance-api";
/// The one algorithm that is ever read or written.
const ALGORITHM: Algorithm = Algorithm::HS256;
/// A token of ours has about 400 characters.
const LONGEST: usize = 1024;
/// How far the clocks of two nodes may differ.
const SKEW: Duration = Duration::from_secs(30);

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Claims {
    iss: String,
    aud: String,
    /// The account.
    sub: AccountId,
    /// The device.
    sid: DeviceId,
    iat: i64,
    exp: i64,
}

/// Makes and reads access tokens.
pub(crate) struct AccessTokens {
    encoding: EncodingKey,
    decoding: DecodingKey,
    validation: Validation,
    lifetime: Duration,
}

impl AccessTokens {
    /// Tokens under `key` that last for `lifetime`.
    pub(crate) fn new(key: &[u8; 32], lifetime: Duration) -> Self {
        // The library wants to be told, once for the process; an error says that this same line did so before.
        let _ = aws_lc::DEFAULT_PROVIDER.install_default();
        let mut validation = Validation::new(ALGORITHM);
        validation.set_required_spec_claims(&["iss", "aud", "sub", "exp"]);
        validation.set_issuer(&[ISSUER]);
        validation.set_audience(&[AUDIENCE]);
        // The library would ask the machine's clock; `read` compares with the time it is given.
        validation.validate_exp = false;
        let (encoding, decoding) = (EncodingKey::from_secret(key), DecodingKey::from_secret(key));
        Self { encoding, decoding, validation, lifetime }
    }

    /// How long a new token lasts.
    pub(crate) fn lifetime(&self) -> Duration {
        self.lifetime
    }

    /// A token for `device` of `account` from `now` on.
    pub(crate) fn make(
        &self,
        account: AccountId,
        device: DeviceId,
        now: Time,
    ) -> Result<String, jsonwebtoken::errors::Error> {
        let claims = Claims {
            iss: ISSUER.to_owned(),
            aud: AUDIENCE.to_owned(),
            sub: account,
            sid: device,
            iat: now.unix_seconds(),
            exp: now.plus(self.lifetime).unix_seconds(),
        };
        jsonwebtoken::encode(&Header::new(ALGORITHM), &claims, &self.encoding)
    }

    /// Whom `token` names, if it is one of ours and its time has not passed.
    pub(crate) fn read(&self, token: &str, now: Time) -> Option<(AccountId, DeviceId)> {
        if token.len() > LONGEST {
            return None;
        }
        let claims = jsonwebtoken::decode::<Claims>(token, &self.decoding, &self.validation).ok()?.claims;
        let timely = claims.iat <= now.plus(SKEW).unix_seconds() && now.unix_seconds() < claims.exp;
        timely.then_some((claims.sub, claims.sid))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    const MINUTE: Duration = Duration::from_mins(1);

    fn tokens() -> AccessTokens {
        AccessTokens::new(&[7; 32], MINUTE)
    }

    fn ids() -> (AccountId, DeviceId) {
        (Uuid::from_u128(1).into(), Uuid::from_u128(2).into())
    }

    #[test]
    fn a_token_is_read_until_its_time_has_passed_and_not_before_it_was_made() {
        let (account, device) = ids();
        let now = Time::from_unix_millis(1_800_000_000_000);
        let token = tokens().make(account, device, now).unwrap();
        assert_eq!(tokens().read(&token, now), Some((account, device)));
        assert_eq!(
            tokens().read(&token, now.plus(MINUTE).minus(Duration::from_micros(1))),
            Some((account, device))
        );
        assert_eq!(tokens().read(&token, now.plus(MINUTE)), None);
        assert_eq!(tokens().read(&token, now.minus(SKEW)), Some((account, device)), "another node's clock");
        assert_eq!(tokens().read(&token, now.minus(SKEW).minus(Duration::from_secs(1))), None);
        assert_eq!(AccessTokens::new(&[8; 32], MINUTE).read(&token, now), None);
    }

    proptest! {
        #[test]
        fn nothing_else_is_a_token(text in ".{0,200}", at in 0_usize..400, with in "[A-Za-z0-9._=-]") {
            let (account, device) = ids();
            let now = Time::from_unix_millis(1_800_000_000_000);
            prop_assert_eq!(tokens().read(&text, now), None);
            let mut token = tokens().make(account, device, now).unwrap();
            let at = at % token.len();
            if token[at..=at] != with {
                token.replace_range(at..=at, &with);
                prop_assert_eq!(tokens().read(&token, now), None);
            }
        }
    }
}
