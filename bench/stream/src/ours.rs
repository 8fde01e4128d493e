//! Our server, as it is: its routes with all layers, on its own connections.

use std::{net::SocketAddr, path::Path, process::Command};

use anyhow::Result;
use bench_process::{Server, free_address};
use infra::{Config, telemetry};
use server::{Places, Role, Service};
use tokio::{net::TcpListener, sync::watch};

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
        let config = Config { data: data.to_owned(), ..Config::default() };
        telemetry::start_log(&config.log);
        telemetry::start_metrics();
        let places = Places::of(&config.http);
        let service = Service::new(server::open(config).await?, std::env::current_exe()?);
        let router = server::router(&service, &Role::ALL, axum::Router::new());
        let (_run, stop) = watch::channel(false);
        let listener = TcpListener::bind(listen).await?;
        tokio::spawn(server::serve(listener, router, places, stop));
        service.music.playback.keep_deliveries(&service.app, std::future::pending()).await;
        Ok(())
    })
}
