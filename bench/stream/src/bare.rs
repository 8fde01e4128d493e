//! The least that a server of our kind does: axum and hyper alone, which read the whole range into a buffer and answer
//! with it. No address is checked, nothing is looked up, and a file that is not in the page cache would block it.

use std::{fs::File, net::SocketAddr, os::unix::fs::FileExt, path::Path, process::Command, sync::Arc};

use anyhow::Result;
use axum::{
    Router,
    extract::State,
    response::{IntoResponse, Response},
    routing::get,
    serve::ListenerExt,
};
use bench_process::{Server, free_address};
use http::{HeaderMap, StatusCode, header};
use tokio::{net::TcpListener, runtime::Builder};

/// Starts this same program as that server on `file`, under any path.
pub(crate) fn start(file: &Path) -> Result<(Server, SocketAddr)> {
    let address = free_address()?;
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("bare").arg(address.to_string()).arg(file);
    Ok((Server::start(command, address)?, address))
}

/// Serves until it is killed, on one thread.
pub(crate) fn serve(listen: &str, file: &Path) -> Result<()> {
    let router = Router::new().fallback(get(answer)).with_state(Arc::new(File::open(file)?));
    let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind(listen).await?.tap_io(|socket| {
            let _ = socket.set_nodelay(true);
        });
        Ok(tokio::spawn(async { axum::serve(listener, router).await }).await??)
    })
}

async fn answer(State(file): State<Arc<File>>, headers: HeaderMap) -> Response {
    part(&file, &headers).unwrap_or_else(|| StatusCode::BAD_REQUEST.into_response())
}

fn part(file: &File, headers: &HeaderMap) -> Option<Response> {
    let (first, last) = headers.get(header::RANGE)?.to_str().ok()?.strip_prefix("bytes=")?.split_once('-')?;
    let (first, last): (u64, u64) = (first.parse().ok()?, last.parse().ok()?);
    let mut bytes = vec![0; usize::try_from(last + 1 - first).ok()?];
    file.read_exact_at(&mut bytes, first).ok()?;
    Some((StatusCode::PARTIAL_CONTENT, bytes).into_response())
}
