//! Our server: the routes of playback behind the settings that the real one has.

use std::{net::SocketAddr, path::Path, process::Command, sync::Arc, time::Duration};

use anyhow::Result;
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use infra::{App, AppParts, Blobs, Config, Keys, Limits, SystemClock, SystemIds};
use music::{Music, playback};
use tokio::net::TcpListener;

use crate::{
    fixture,
    process::{Server, free_address},
};

pub(crate) struct Ours;

impl Ours {
    /// Starts this same program as a server on the data of `folder`.
    pub(crate) fn start(folder: &Path) -> Result<(Server, SocketAddr)> {
        let address = free_address()?;
        let mut command = Command::new(std::env::current_exe()?);
        command.arg("serve").arg(address.to_string()).arg(folder);
        Ok((Server::start(command, address)?, address))
    }
}

/// Serves until it is killed, on one thread, as nginx with one worker does.
pub(crate) fn serve(listen: &str, data: &Path) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    runtime.block_on(async {
        let music = music(data).await?;
        let keeping = music.clone();
        tokio::spawn(async move {
            keeping.playback.keep_deliveries(&keeping.app, std::future::pending()).await;
        });
        let router: axum::Router = playback::routes().split_for_parts().0.with_state(music);
        let mut connections = http1::Builder::new();
        connections
            .timer(TokioTimer::new())
            .header_read_timeout(Duration::from_secs(15))
            // What a stalled reader keeps of a connection's buffer; also the longest head of a request.
            .max_buf_size(16 * 1024);
        let listener = TcpListener::bind(listen).await?;
        loop {
            let (stream, _) = listener.accept().await?;
            // Without this a small answer waits for the acknowledgement of the one before it.
            stream.set_nodelay(true)?;
            let service = TowerToHyperService::new(router.clone());
            tokio::spawn(connections.serve_connection(TokioIo::new(stream), service));
        }
    })
}

async fn music(data: &Path) -> Result<Music> {
    let ids = SystemIds::default();
    let app = App::new(AppParts {
        db: fixture::open(data).await?,
        clock: Arc::new(SystemClock),
        keys: Keys::open(data, &ids)?,
        ids: Arc::new(ids),
        config: Config { data: data.to_owned(), ..Config::default() },
        blobs: Blobs::folder(data.join("blobs"))?,
        limits: Limits::default(),
    });
    Ok(server::Service::new(app, std::env::current_exe()?).music.clone())
}
