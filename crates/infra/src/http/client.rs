use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use axum::{
    extract::{ConnectInfo, Request},
    response::Response,
};
use http::{HeaderMap, HeaderValue, header};
use ipnet::IpNet;
use kernel::ErrorCode;

use super::ApiError;
use crate::{App, Quota};

/// Names one request in answers and in the log.
#[derive(Debug, Clone)]
pub struct RequestId(pub Arc<str>);

/// Where a request comes from, as far as the trusted proxies can be believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Client {
    /// The caller's address.
    pub address: IpAddr,
    /// Whether the caller's side of the connection is encrypted.
    pub https: bool,
}

/// Stands for a caller whose address the proxy did not tell.
const NOBODY: IpAddr = IpAddr::V4(Ipv4Addr::UNSPECIFIED);

/// An address as proxies write it: alone, or with the port.
fn hop_address(hop: &str) -> Option<IpAddr> {
    let bare = hop.strip_prefix('[').and_then(|hop| hop.strip_suffix(']')).unwrap_or(hop);
    bare.parse().ok().or_else(|| hop.parse::<SocketAddr>().ok().map(|address| address.ip()))
}

impl Client {
    /// What a connection and its headers say. Forwarding headers count only when they come from a trusted proxy; of
    /// several addresses the last one that is not itself a trusted proxy is the caller's.
    pub fn of(peer: SocketAddr, headers: &HeaderMap, trusted: &[IpNet]) -> Self {
        let peer = peer.ip().to_canonical();
        let is_trusted = |address: &IpAddr| trusted.iter().any(|net| net.contains(address));
        if !is_trusted(&peer) {
            return Self { address: peer, https: false };
        }
        let forwarded = headers.get_all("x-forwarded-for").iter().filter_map(|v| v.to_str().ok());
        let hops: Vec<&str> = forwarded.flat_map(|v| v.split(',')).map(str::trim).collect();
        let mut address = peer;
        for hop in hops.iter().rev() {
            // Whoever cannot be told is anybody, never this machine.
            let Some(hop) = hop_address(hop) else { return Self { address: NOBODY, https: false } };
            address = hop.to_canonical();
            if !is_trusted(&address) {
                break;
            }
        }
        let https = headers.get("x-forwarded-proto").is_some_and(|proto| proto == "https");
        Self { address, https }
    }

    /// What limits count its requests by.
    pub fn limit_key(&self) -> String {
        limit_key(self.address)
    }

    /// Whether the request comes from this machine.
    pub fn is_local(&self) -> bool {
        self.address.is_loopback()
    }
}

/// What limits count by: the address, or for IPv6 its /64, which one household or server has whole.
pub fn limit_key(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let network = u128::from(address) >> 64 << 64;
            format!("{}/64", Ipv6Addr::from(network))
        }
    }
}

/// Gives a request its id and its [`Client`].
pub fn identify(app: &App, request: &mut Request) -> RequestId {
    let id = RequestId(app.ids.uuid(app.now()).simple().to_string().into());
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0);
    let peer = peer.unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 0)));
    let client = Client::of(peer, request.headers(), &app.config.http.trusted_proxies);
    request.extensions_mut().insert(client);
    request.extensions_mut().insert(id.clone());
    id
}

/// How often the log says that the disk is full.
const FULL: Quota = Quota { name: "full", burst: 1, every: Duration::from_mins(1) };

/// What goes out in answer to the request `id`: an error with its body, and every answer with the id.
pub fn sign_off(app: &App, mut response: Response, RequestId(id): &RequestId) -> Response {
    if let Some(error) = response.extensions_mut().remove::<ApiError>() {
        let chain = error.for_the_log();
        if error.code() == ErrorCode::InsufficientStorage {
            // Whoever sends files meets it as often as they like; it is one and the same each time.
            if app.limits.take(FULL, "", app.now()).is_ok() {
                tracing::warn!(request_id = %id, error = chain, "the disk has no room: requests are refused");
            }
        } else if let Some(chain) = chain {
            tracing::error!(request_id = %id, code = %error.code(), error = chain, "request failed");
        }
        response = in_place_of(&response, error.answer(id));
    } else if response.status() == 404 && response.headers().get(header::CONTENT_TYPE).is_none() {
        let error = ApiError::new(ErrorCode::NotFound, "there is nothing at this address");
        response = in_place_of(&response, error.answer(id));
    } else if response.status() == 405 {
        let error = ApiError::new(ErrorCode::MethodNotAllowed, "see the allow header");
        response = in_place_of(&response, error.answer(id));
    }
    if let Ok(value) = HeaderValue::from_str(id) {
        response.headers_mut().insert("x-request-id", value);
    }
    response
}

/// An answer with the headers that inner layers and handlers gave another, except what describes that one's body.
fn in_place_of(old: &Response, mut new: Response) -> Response {
    for name in old.headers().keys() {
        if name != header::CONTENT_TYPE && name != header::CONTENT_LENGTH {
            new.headers_mut().remove(name);
            for value in old.headers().get_all(name) {
                new.headers_mut().append(name, value.clone());
            }
        }
    }
    new
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(peer: &str, forwarded: &[&str]) -> IpAddr {
        let mut headers = HeaderMap::new();
        for value in forwarded {
            headers.append("x-forwarded-for", value.parse().unwrap());
        }
        let trusted = ["10.0.0.0/8".parse().unwrap()];
        Client::of(SocketAddr::new(peer.parse().unwrap(), 1), &headers, &trusted).address
    }

    #[test]
    fn forwarding_is_believed_from_trusted_proxies_alone() {
        assert_eq!(client("192.0.2.1", &["198.51.100.9"]).to_string(), "192.0.2.1");
        assert_eq!(client("10.0.0.1", &["198.51.100.9"]).to_string(), "198.51.100.9");
        assert_eq!(client("10.0.0.1", &["6.6.6.6, 198.51.100.9", "10.0.0.2"]).to_string(), "198.51.100.9");
        assert_eq!(client("10.0.0.1", &["6.6.6.6, nonsense"]).to_string(), "0.0.0.0");
        assert_eq!(client("10.0.0.1", &["198.51.100.9:4711"]).to_string(), "198.51.100.9");
        assert_eq!(client("10.0.0.1", &["[2001:db8::9]:4711"]).to_string(), "2001:db8::9");
        assert_eq!(client("10.0.0.1", &["[2001:db8::9]"]).to_string(), "2001:db8::9");
        assert_eq!(client("10.0.0.1", &["198.51.100.9, "]).to_string(), "0.0.0.0");
        assert_eq!(client("::ffff:10.0.0.1", &["198.51.100.9"]).to_string(), "198.51.100.9");
    }

    #[test]
    fn ipv6_counts_by_its_network() {
        let key = |address: &str| limit_key(address.parse().unwrap());
        assert_eq!(key("2001:db8:1:2::1"), key("2001:db8:1:2:ffff::9"));
        assert_ne!(key("2001:db8:1:2::1"), key("2001:db8:1:3::1"));
    }
}
