use std::{net::SocketAddr, time::Duration};

use anyhow::{Context, Result};
use axum::Router;
use infra::{
    Config,
    config::{Mode, listen_address},
    telemetry,
};
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
    sync::watch,
};

use super::Global;
use crate::{
    Places, Role, Service, background, demo,
    figures::{self, Figures},
};

/// How often recorded figures are added up.
const UPKEEP: Duration = Duration::from_secs(5);

/// Run the service.
#[derive(clap::Args)]
pub(super) struct Serve {
    /// Address and port to listen on [default: 127.0.0.1:4533]
    #[arg(long, value_name = "ADDRESS", value_parser = listen_address)]
    listen: Option<SocketAddr>,
    /// The parts to run, separated by commas [default: all]
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    role: Vec<Role>,
}

/// Run the service with demo content in a folder of its own.
#[derive(clap::Args)]
pub(super) struct Demo {
    /// Address and port to listen on [default: 127.0.0.1:4533]
    #[arg(long, value_name = "ADDRESS", value_parser = listen_address)]
    listen: Option<SocketAddr>,
}

impl Serve {
    pub(super) fn run(self, global: &Global) -> Result<()> {
        let roles = if self.role.is_empty() { Role::ALL.to_vec() } else { self.role };
        run(global.load(self.listen, None)?, roles)
    }
}

impl Demo {
    pub(super) fn run(self, global: &Global) -> Result<()> {
        let mut global = global.clone();
        global.data.get_or_insert_with(|| "data/demo".into());
        run(global.load(self.listen, Some(Mode::Demo))?, Role::ALL.to_vec())
    }
}

fn run(config: Config, roles: Vec<Role>) -> Result<()> {
    telemetry::start_log(&config.log);
    super::block_on(serve(config, roles))
}

async fn serve(config: Config, roles: Vec<Role>) -> Result<()> {
    let address = config.http.listen;
    // The port first: two servers on one folder would be noticed here at the latest.
    let listener = TcpListener::bind(address).await.with_context(|| format!("cannot listen on {address}"))?;
    let address = listener.local_addr()?;
    let places = Places::of(&config.http);
    let service = Service::new(crate::open(config).await?, super::PROGRAM.into());
    if service.app.config.mode == Mode::Demo {
        demo::fill(&service, |done, of| tracing::info!(done, of, "making demo music")).await?;
    }
    let (stop, stopped) = watch::channel(false);
    let tasks = background::start(&service, &roles, &stopped);
    let extra = figures(&service, &stopped).await?;
    let router = crate::router(&service, &roles, extra);
    let server = tokio::spawn(crate::serve(listener, router, places, stopped));
    announce(&service, address).await?;
    wait_for_signal().await?;
    tracing::info!("stopping: running requests may finish");
    stop.send_replace(true);
    server.await?;
    tasks.finish().await;
    service.app.db.close().await;
    Ok(())
}

/// Starts to collect figures and serves them where the configuration says; answers what belongs on the main
/// listener.
async fn figures(service: &Service, stopped: &watch::Receiver<bool>) -> Result<Router> {
    let Some(handle) = telemetry::start_metrics() else { return Ok(Router::new()) };
    let upkeep = handle.clone();
    tokio::spawn(async move {
        // What was recorded waits in memory to be added up, however seldom somebody reads it.
        loop {
            tokio::time::sleep(UPKEEP).await;
            upkeep.run_upkeep();
        }
    });
    let figures = Figures::new(service.app.clone(), handle);
    let Some(address) = service.app.config.http.metrics_listen else { return Ok(figures::local(figures)) };
    let listener = TcpListener::bind(address).await.with_context(|| format!("cannot listen on {address}"))?;
    let places = Places { all: 16, each: 16, exempt: Vec::new() };
    tokio::spawn(crate::serve(listener, figures::open(figures), places, stopped.clone()));
    Ok(Router::new())
}

/// Says on standard output where the service is; scripts wait for the last line. As long as there is no admin, the
/// token that makes the first one comes before it, and in a demo who it can be tried as.
async fn announce(service: &Service, address: SocketAddr) -> Result<()> {
    let url = service.app.config.http.public_url.clone().unwrap_or_else(|| format!("http://{address}"));
    if let Some(token) = identity::setup::token(&service.app).await? {
        say!("To make the first admin, open {url}/setup with the token {token}");
    }
    if service.app.config.mode == Mode::Demo {
        let (listener, artist) = (demo::listener(&service.app), demo::artist(&service.app));
        say!("To pay as a listener, log in as {} with {}", listener.username, listener.password);
        say!("To be paid, log in as {} with {}, in another browser", artist.username, artist.password);
    }
    say!("Resonance is at {url}");
    Ok(())
}

async fn wait_for_signal() -> Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}
