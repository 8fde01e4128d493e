//! The HTTP server: sockets, limits on what a connection may cost, and a drain at the end.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use axum::{Extension, Router, extract::ConnectInfo};
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{Semaphore, watch},
};
use tower::Layer;

/// A request's head must arrive within this time, so that a slow sender does not hold a connection for nothing.
const HEAD: Duration = Duration::from_secs(15);
/// What one connection buffers on its way out, in bytes: a reader that stalls costs no more than this and the
/// piece that it is reading. Hyper's own default takes half a megabyte.
const BUFFER: usize = 16 * 1024;
/// How long running requests may go on after the stop signal.
const DRAIN: Duration = Duration::from_secs(30);

/// Serves `router` on `listener` until `stop` turns true, then lets running requests finish.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    max_connections: usize,
    mut stop: watch::Receiver<bool>,
) {
    let places = Arc::new(Semaphore::new(max_connections));
    let mut http = http1::Builder::new();
    // Never `pipeline_flush`: it copies every body into a buffer that has no bound.
    http.timer(TokioTimer::new()).header_read_timeout(HEAD).max_buf_size(BUFFER).max_headers(64);
    loop {
        let place = Arc::clone(&places).acquire_owned();
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
        let connection = run(http.clone(), stream, peer, router.clone(), stop.clone());
        tokio::spawn(async move {
            connection.await;
            drop(place);
        });
    }
    drop(listener);
    let all = u32::try_from(max_connections).unwrap_or(u32::MAX);
    if tokio::time::timeout(DRAIN, places.acquire_many(all)).await.is_err() {
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
