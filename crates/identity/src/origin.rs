//! Requests that another site's page makes a browser send (cross-site request forgery).

use axum::extract::Request;
use http::{HeaderMap, Method, header, request::Parts};
use infra::{
    config::Http,
    http::{ApiError, Client},
};
use kernel::ErrorCode;

use crate::login;

/// Asked of every request to the server: one that changes something and that is let in by a cookie comes from one of
/// our own pages. Bearer tokens are not concerned, since no browser adds them by itself.
///
/// # Errors
/// [`ErrorCode::OriginRefused`] if it comes from elsewhere.
pub fn guard_origin(config: &Http, request: &Request) -> Result<(), ApiError> {
    let safe = [Method::GET, Method::HEAD, Method::OPTIONS].contains(request.method());
    let (headers, client) = (request.headers(), request.extensions().get());
    if safe { Ok(()) } else { check(config, headers, client, login::carries_cookie(headers)) }
}

/// Asked of a request that opens a socket, on which things are asked for without a request for each: no page but ours
/// opens one, whatever it is let in by. What is no browser names no origin.
///
/// # Errors
/// [`ErrorCode::OriginRefused`] when it comes from another site's page, or by a cookie and from nobody knows where.
pub fn check_origin(config: &Http, parts: &Parts) -> Result<(), ApiError> {
    let is_page = parts.headers.contains_key(header::ORIGIN) || login::carries_cookie(&parts.headers);
    check(config, &parts.headers, parts.extensions.get(), is_page)
}

fn check(config: &Http, headers: &HeaderMap, client: Option<&Client>, is_page: bool) -> Result<(), ApiError> {
    let https = client.is_some_and(|client| client.https);
    if !is_page || is_ours(headers, https, config) {
        return Ok(());
    }
    let detail = "a browser may do this from this server's own pages alone";
    Err(ApiError::new(ErrorCode::OriginRefused, detail))
}

/// The origin of this server, for what must not be of use anywhere else: as configured, in lower case. Whoever calls
/// from this machine may name it by one of the machine's own names. Nobody else is believed: another site's page that
/// wanted something signed for us would only have to claim to be us.
pub(crate) fn own(config: &Http, headers: &HeaderMap, client: Client) -> Option<String> {
    if let Some(url) = &config.public_url {
        return Some(origin_of(url).to_ascii_lowercase());
    }
    let host = headers.get(header::HOST)?.to_str().ok()?.to_ascii_lowercase();
    let scheme = if client.https { "https" } else { "http" };
    (client.is_local() && login::names_loopback(&host)).then(|| format!("{scheme}://{host}"))
}

/// Whether the page that sends the request is one of ours: by what the browser says of the relation (W3C Fetch
/// Metadata, 2.3), else by the page's origin (RFC 6454, 7).
fn is_ours(headers: &HeaderMap, https: bool, config: &Http) -> bool {
    if headers.get("sec-fetch-site").is_some_and(|site| site == "same-origin") {
        return true;
    }
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let Some(origin) = text(header::ORIGIN) else { return false };
    let configured = || config.public_url.iter().chain(&config.cors_origins);
    if configured().any(|ours| origin_of(ours).eq_ignore_ascii_case(origin)) {
        return true;
    }
    // A page that was loaded in the clear may be anybody's, even if its address is ours.
    let host = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://").filter(|_| !https));
    host.is_some() && host == text(header::HOST)
}

/// The origin of a configured address: what comes before its path.
fn origin_of(url: &str) -> &str {
    let authority = url.find("://").map_or(0, |at| at + 3);
    url[authority..].find('/').map_or(url, |slash| &url[..authority + slash])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ours(https: bool, pairs: &[(&'static str, &str)]) -> bool {
        let headers = pairs.iter().map(|(name, value)| {
            (header::HeaderName::from_static(name), value.parse().expect("a header value"))
        });
        let config = Http {
            public_url: Some("https://music.example/base".into()),
            cors_origins: vec!["https://app.example".into()],
            ..Http::default()
        };
        is_ours(&headers.collect(), https, &config)
    }

    #[test]
    fn our_own_pages_are_known_by_origin_or_by_the_browsers_word() {
        assert!(ours(false, &[("host", "box.lan:4533"), ("origin", "http://box.lan:4533")]));
        assert!(ours(true, &[("host", "box.lan"), ("origin", "https://box.lan")]));
        assert!(ours(true, &[("host", "inside:80"), ("origin", "https://music.example")]));
        assert!(ours(true, &[("host", "inside:80"), ("origin", "https://app.example")]));
        assert!(ours(
            true,
            &[("host", "inside:80"), ("origin", "https://x.example"), ("sec-fetch-site", "same-origin")]
        ));
    }

    #[test]
    fn our_own_origin_is_configured_or_this_machines() {
        let at = |public: Option<&str>, host: &str, address: &str| {
            let headers = HeaderMap::from_iter([(header::HOST, host.parse().expect("a header value"))]);
            let config = Http { public_url: public.map(str::to_owned), ..Http::default() };
            own(&config, &headers, Client { address: address.parse().expect("an address"), https: false })
        };
        let configured = Some("https://Music.example");
        assert_eq!(at(configured, "evil.example", "192.0.2.1").as_deref(), Some("https://music.example"));
        assert_eq!(at(configured, "localhost", "127.0.0.1").as_deref(), Some("https://music.example"));
        assert_eq!(at(None, "LocalHost:4533", "127.0.0.1").as_deref(), Some("http://localhost:4533"));
        assert_eq!(at(None, "[::1]:4533", "::1").as_deref(), Some("http://[::1]:4533"));
        for (host, address) in
            [("localhost:4533", "192.0.2.1"), ("music.lan", "127.0.0.1"), ("evil.example", "192.0.2.1")]
        {
            assert_eq!(at(None, host, address), None, "{host}");
        }
    }

    #[test]
    fn other_pages_are_not() {
        assert!(!ours(true, &[("host", "box.lan")]), "says nothing of itself");
        for origin in [
            "null",
            "",
            "https://evil.example",
            "https://box.lan.evil.example",
            "https://evil.example/box.lan",
            "http://box.lan",
            "https://box.lan:8443",
            "ftp://box.lan",
            "box.lan",
            "https://music.example.evil.example",
        ] {
            assert!(!ours(true, &[("host", "box.lan"), ("origin", origin)]), "{origin}");
        }
        for site in ["same-site", "cross-site", "none"] {
            assert!(!ours(true, &[("host", "box.lan"), ("sec-fetch-site", site)]), "{site}");
        }
        assert!(!ours(true, &[("origin", "https://")]), "no host at all");
    }
}
