//! The HTTP server: sockets, limits on what a connection may cost, and a drain at the end.

use std::{
    collections::HashMap,
    net::{IpAddr, SocketAddr},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::{Extension, Router, extract::ConnectInfo};
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use infra::{config::Http, http::limit_key};
use ipnet::IpNet;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore, watch},
};
use tower::Layer;

/// A request's head must arrive within this time, so that a slow sender does not hold a connection for nothing.
const HEAD: Duration = Duration::from_secs(15);
/// What one connection buffers on its way out, in bytes: a reader that stalls costs no more than this and the
/// piece that it is reading. Hyper's own default takes half a megabyte.
const BUFFER: usize = 16 * 1024;
/// How long running requests may go on after the stop signal.
const DRAIN: Duration = Duration::from_secs(30);

/// How many connections a listener takes.
#[derive(Debug, Clone)]
pub struct Places {
    /// At most; further ones wait.
    pub all: usize,
    /// From one address at most (for IPv6, from its /64); further ones are closed at once.
    pub each: usize,
    /// Networks for which `each` does not hold, since many people come through them.
    pub exempt: Vec<IpNet>,
}

impl Places {
    /// What `config` says. This machine and the trusted proxies stand for other people.
    pub fn of(config: &Http) -> Self {
        let mut exempt = config.trusted_proxies.clone();
        exempt
            .extend([IpAddr::from([127, 0, 0, 1]), IpAddr::from([0, 0, 0, 0, 0, 0, 0, 1])].map(IpNet::from));
        Self { all: config.max_connections, each: config.max_connections_per_address, exempt }
    }
}

/// The connections that are open, by where they come from. It has no more entries than there are connections.
#[derive(Debug, Clone, Default)]
struct Guests(Arc<Mutex<HashMap<String, usize>>>);

/// A connection's share of the places; given back when dropped.
struct Seat {
    _place: OwnedSemaphorePermit,
    guest: Option<(Guests, String)>,
}

impl Guests {
    /// A seat for a connection from `peer`, unless that address has as many as one may have.
    fn seat(&self, places: &Places, peer: IpAddr, place: OwnedSemaphorePermit) -> Option<Seat> {
        let peer = peer.to_canonical();
        if places.exempt.iter().any(|net| net.contains(&peer)) {
            return Some(Seat { _place: place, guest: None });
        }
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let key = limit_key(peer);
        let count = open.entry(key.clone()).or_default();
        if *count >= places.each {
            return None;
        }
        *count += 1;
        Some(Seat { _place: place, guest: Some((self.clone(), key)) })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let Some((Guests(open), key)) = self.guest.take() else { return };
        let mut open = open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = open.get_mut(&key) {
            *count -= 1;
            if *count == 0 {
                open.remove(&key);
            }
        }
    }
}

/// Serves `router` on `listener` until `stop` turns true, then lets running requests finish.
pub async fn serve(listener: TcpListener, router: Router, places: Places, mut stop: watch::Receiver<bool>) {
    let free = Arc::new(Semaphore::new(places.all));
    let guests = Guests::default();
    let mut http = http1::Builder::new();
    // Never `pipeline_flush`: it copies every body into a buffer that has no bound.
    http.timer(TokioTimer::new()).header_read_timeout(HEAD).max_buf_size(BUFFER).max_headers(64);
    loop {
        let place = Arc::clone(&free).acquire_owned();
        let place = tokio::select! {
            Ok(place) = place => place,
            () = stopped(&mut stop) => break,
        };
        let (stream, peer) = tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok(accepted) => accepted,
                Err(e) => {
                    // Out of file descriptors, mostly: give the others a moment to end.
                    tracing::warn!(error = %e, "accepting a connection");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    continue;
                }
            },
            () = stopped(&mut stop) => break,
        };
        let Some(seat) = guests.seat(&places, peer.ip(), place) else {
            tracing::debug!(address = %peer.ip(), "a connection was closed: its address has enough of them");
            continue;
        };
        let connection = run(http.clone(), stream, peer, router.clone(), stop.clone());
        tokio::spawn(async move {
            connection.await;
            drop(seat);
        });
    }
    drop(listener);
    let all = u32::try_from(places.all).unwrap_or(u32::MAX);
    if tokio::time::timeout(DRAIN, free.acquire_many(all)).await.is_err() {
        tracing::warn!(
            seconds = DRAIN.as_secs(),
            "connections were still busy when the time to drain was over"
        );
    }
}

async fn run(
    http: http1::Builder,
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
    mut stop: watch::Receiver<bool>,
) {
    // Without it small answers wait 40 ms for the reader's acknowledgement.
    if let Err(e) = stream.set_nodelay(true) {
        tracing::debug!(error = %e, "a connection ended before it began");
        return;
    }
    // Around the router, not within: that would copy every route for every connection.
    let service = Extension(ConnectInfo(peer)).layer(router);
    let connection =
        http.serve_connection(TokioIo::new(stream), TowerToHyperService::new(service)).with_upgrades();
    tokio::pin!(connection);
    let ended = tokio::select! {
        ended = &mut connection => ended,
        () = stopped(&mut stop) => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(e) = ended {
        tracing::debug!(error = %e, "connection");
    }
}

async fn stopped(stop: &mut watch::Receiver<bool>) {
    // A sender that is gone will not say stop any more: stop.
    let _ = stop.wait_for(|stop| *stop).await;
}
