use std::net::SocketAddr;

use anyhow::{Context, Result};
use infra::{Config, config::Mode, telemetry};
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
    sync::watch,
};

use super::Global;
use crate::{Role, Service, background};

/// Run the service.
#[derive(clap::Args)]
pub(super) struct Serve {
    /// Address and port to listen on [default: 127.0.0.1:4533]
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
    /// The parts to run, separated by commas [default: all]
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    role: Vec<Role>,
}

/// Run the service with demo content in a folder of its own.
#[derive(clap::Args)]
pub(super) struct Demo {
    /// Address and port to listen on [default: 127.0.0.1:4533]
    #[arg(long, value_name = "ADDRESS")]
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
    let max_connections = config.http.max_connections;
    let service = Service::new(crate::open(config).await?);
    let (stop, stopped) = watch::channel(false);
    let tasks = background::start(&service, &roles, &stopped);
    let router = crate::router(&service, &roles);
    let server = tokio::spawn(crate::serve(listener, router, max_connections, stopped));
    announce(&service, address);
    wait_for_signal().await?;
    tracing::info!("stopping: running requests may finish");
    stop.send_replace(true);
    server.await?;
    tasks.finish().await;
    service.app.db.close().await;
    Ok(())
}

/// Says on standard output where the service is; scripts wait for this line.
fn announce(service: &Service, address: SocketAddr) {
    let url = service.app.config.http.public_url.clone().unwrap_or_else(|| format!("http://{address}"));
    println!("Resonance is at {url}");
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
