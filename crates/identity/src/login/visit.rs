//! How a request that logs somebody in reached us, and the cookies that a browser gets.

use axum::extract::{FromRef, FromRequestParts};
use http::{HeaderMap, HeaderValue, header, request::Parts};
use infra::http::{ApiError, Client};
use kernel::ErrorCode;

use crate::{Identity, origin};

/// Set to `web` by clients that want cookies in the place of tokens.
const CLIENT_HEADER: &str = "x-resonance-client";
/// Longest device name kept, in characters.
const LONGEST_NAME: usize = 200;

/// The two secrets that a browser keeps for us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cookie {
    /// The access token.
    Access,
    /// The refresh token.
    Refresh,
}

impl Cookie {
    /// The name, which on safe ground carries the prefix that makes browsers insist on it (RFC 6265bis, 4.1.3.2).
    const fn name(self, ground: Ground) -> &'static str {
        match (self, ground) {
            (Self::Access, Ground::Safe) => "__Host-resonance_access",
            (Self::Refresh, Ground::Safe) => "__Host-resonance_refresh",
            (Self::Access, Ground::Plain) => "resonance_access",
            (Self::Refresh, Ground::Plain) => "resonance_refresh",
        }
    }
}

/// Whether a browser takes the connection for one that nobody else can read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ground {
    /// HTTPS, or a name of the browser's own machine: `Secure` cookies work.
    Safe,
    /// Plain HTTP to another machine: browsers drop `Secure` cookies.
    Plain,
}

impl Ground {
    fn of(client: Client, headers: &HeaderMap) -> Self {
        let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
        // What counts is the address that the browser shows, not the address that it calls from.
        let own_machine = host.map_or(client.is_local(), names_loopback);
        if client.https || own_machine { Self::Safe } else { Self::Plain }
    }
}

/// Whether a `Host` is a name for the machine that asks for it (RFC 6761, 6.3; W3C Secure Contexts, 3.1).
pub(crate) fn names_loopback(host: &str) -> bool {
    let name = match host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((name, _)) => name,
        None => host.rsplit_once(':').map_or(host, |(name, _)| name),
    };
    let name = name.to_ascii_lowercase();
    name == "localhost"
        || name.ends_with(".localhost")
        || name.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// A request to log in, or to stay logged in.
#[derive(Debug, Clone)]
pub struct Visit {
    /// The caller's address.
    pub(crate) client: Client,
    /// Whether it is a browser that wants cookies.
    pub(crate) web: bool,
    /// What the device calls itself.
    pub(crate) device: String,
    /// The refresh token in its cookies.
    pub(crate) refresh: Option<String>,
    /// Where this server is for it: scheme, host and port, if that is known.
    pub(crate) origin: Option<String>,
    ground: Ground,
}

impl<S: Send + Sync> FromRequestParts<S> for Visit
where
    Identity: FromRef<S>,
{
    type Rejection = ApiError;

    /// # Errors
    /// `https_required` when passwords and tokens would travel in the clear and the operator forbids that.
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let identity = Identity::from_ref(state);
        let client = client(parts)?;
        if identity.app.config.http.require_https && !client.https && !client.is_local() {
            let detail = "log in over https: names and passwords must not travel in the clear";
            return Err(ApiError::new(ErrorCode::HttpsRequired, detail));
        }
        let headers = &parts.headers;
        let web =
            headers.get(CLIENT_HEADER).is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"web"));
        let agent = headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or_default();
        let device = agent.chars().filter(|c| !c.is_control()).take(LONGEST_NAME).collect();
        let ground = Ground::of(client, headers);
        let refresh = cookie(headers, Cookie::Refresh.name(ground)).map(str::to_owned);
        let origin = origin::own(&identity.app.config.http, headers, client);
        Ok(Self { client, web, device, refresh, origin, ground })
    }
}

fn client(parts: &Parts) -> Result<Client, ApiError> {
    let client = parts.extensions.get::<Client>().copied();
    client.ok_or_else(|| ApiError::new(ErrorCode::Internal, ""))
}

impl Visit {
    /// The header that gives the browser `cookie` for `seconds`.
    pub(super) fn give(&self, cookie: Cookie, value: &str, seconds: u64) -> HeaderValue {
        let name = cookie.name(self.ground);
        let rest = match self.ground {
            Ground::Safe => "Secure; HttpOnly; SameSite=Lax",
            Ground::Plain => "HttpOnly; SameSite=Strict",
        };
        HeaderValue::try_from(format!("{name}={value}; Path=/; Max-Age={seconds}; {rest}"))
            .expect("tokens are base64url and dots")
    }

    /// The headers that take both cookies away.
    pub(super) fn take_away(&self) -> [HeaderValue; 2] {
        [self.give(Cookie::Access, "", 0), self.give(Cookie::Refresh, "", 0)]
    }
}

/// The access token that a request carries: a bearer token (RFC 6750), else the browser's cookie. Other schemes of
/// authorisation belong to somebody before us.
pub(crate) fn access_token(parts: &Parts) -> Result<Option<&str>, ApiError> {
    if let Some(token) = bearer(&parts.headers) {
        return Ok(Some(token));
    }
    let name = Cookie::Access.name(Ground::of(client(parts)?, &parts.headers));
    Ok(cookie(&parts.headers, name))
}

/// Whether a request comes from a browser that dropped its access token, whose time is over, and still has the one to renew
/// it by.
pub(crate) fn wants_renewal(parts: &Parts) -> Result<bool, ApiError> {
    let name = Cookie::Refresh.name(Ground::of(client(parts)?, &parts.headers));
    Ok(cookie(&parts.headers, name).is_some())
}

/// The bearer token of the first `Authorization` header that has one.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    headers.get_all(header::AUTHORIZATION).iter().find_map(|value| {
        let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
    })
}

/// Whether a request is let in by what the browser adds to it, without its page knowing the secret.
pub fn carries_cookie(headers: &HeaderMap) -> bool {
    let names =
        [Ground::Safe, Ground::Plain].map(|ground| [Cookie::Access, Cookie::Refresh].map(|c| c.name(ground)));
    bearer(headers).is_none() && names.as_flattened().iter().any(|name| cookie(headers, name).is_some())
}

/// The value of the cookie `name` (RFC 6265, 4.2).
fn cookie<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(key, value)| (key == name && !value.is_empty()).then_some(value))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn hosts_and_cookies_of_any_form_are_survived(text in "[ -~]{0,60}") {
            let mut headers = HeaderMap::new();
            headers.insert(header::HOST, text.parse().unwrap());
            headers.insert(header::COOKIE, text.parse().unwrap());
            headers.insert(header::AUTHORIZATION, text.parse().unwrap());
            let _ = Ground::of(Client { address: [127, 0, 0, 1].into(), https: false }, &headers);
            let _ = carries_cookie(&headers);
            prop_assert_eq!(cookie(&headers, "a").is_some_and(str::is_empty), false);
        }
    }

    #[test]
    fn the_browsers_own_machine_has_several_names() {
        for own in [
            "localhost",
            "LOCALHOST:4533",
            "music.localhost",
            "127.0.0.1",
            "127.9.9.9:80",
            "[::1]",
            "[::1]:4533",
        ] {
            assert!(names_loopback(own), "{own}");
        }
        for other in
            ["", "localhost.example", "192.168.1.5:4533", "127.0.0.1.example:80", "[::2]", "::", "example"]
        {
            assert!(!names_loopback(other), "{other}");
        }
    }

    #[test]
    fn the_address_bar_decides_which_cookies_work() {
        let ground = |address: &str, https: bool, host: Option<&str>| {
            let mut headers = HeaderMap::new();
            if let Some(host) = host {
                headers.insert(header::HOST, host.parse().unwrap());
            }
            Ground::of(Client { address: address.parse().unwrap(), https }, &headers)
        };
        assert_eq!(ground("192.0.2.1", true, Some("music.example")), Ground::Safe);
        assert_eq!(ground("127.0.0.1", false, Some("localhost:4533")), Ground::Safe);
        assert_eq!(ground("192.0.2.1", false, Some("192.168.1.5:4533")), Ground::Plain);
        // A proxy on this machine that nobody told us about: the browser is elsewhere.
        assert_eq!(ground("127.0.0.1", false, Some("music.lan")), Ground::Plain);
        assert_eq!(ground("127.0.0.1", false, None), Ground::Safe);
    }

    #[test]
    fn cookies_are_found_by_their_whole_name() {
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, "xa=1; a=2;b=3".parse().unwrap());
        headers.append(header::COOKIE, "c=4=5; d=".parse().unwrap());
        let found = ["a", "b", "c", "d", "e"].map(|name| cookie(&headers, name));
        assert_eq!(found, [Some("2"), Some("3"), Some("4=5"), None, None]);
    }
}
