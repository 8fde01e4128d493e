//! The two servers: ours, as it is, and the least that exchanges the same frames.

use std::{net::SocketAddr, path::Path, process::Command, sync::LazyLock, time::Duration};

use anyhow::Result;
use axum::{
    Router,
    extract::ws::{Message, WebSocket, WebSocketUpgrade},
    routing::get,
    serve::ListenerExt,
};
use bench_process::{Server, free_address};
use infra::{Config, telemetry};
use money::{
    eth::{Address, Domain, PrivateKey, Signature},
    voucher::{BeatVoucher, ledger_domain},
};
use server::{Places, Role, Service};
use tokio::{net::TcpListener, runtime::Runtime, sync::watch};

/// Starts this same program as a server of this kind on `data`.
pub(crate) fn start(kind: &str, data: &Path) -> Result<(Server, SocketAddr)> {
    let address = free_address()?;
    let mut command = Command::new(std::env::current_exe()?);
    command.arg(kind).arg(address.to_string()).arg(data);
    Ok((Server::start(command, address)?, address))
}

fn one_thread() -> Result<Runtime> {
    Ok(tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?)
}

/// Our server, with all layers and what meters, until it is killed.
pub(crate) fn ours(listen: &str, data: &Path) -> Result<()> {
    one_thread()?.block_on(async {
        let config = Config { data: data.to_owned(), ..Config::default() };
        telemetry::start_log(&config.log);
        telemetry::start_metrics();
        let places = Places::of(&config.http);
        let service = Service::new(server::open(config).await?, std::env::current_exe()?);
        let router = server::router(&service, &Role::ALL, Router::new());
        let (_run, stop) = watch::channel(false);
        let listener = TcpListener::bind(listen).await?;
        tokio::spawn(server::serve(listener, router, places, stop));
        if let Some(node) = service.commerce.sessions.node() {
            tokio::spawn(node.run(std::future::pending())).await?;
        }
        Ok(())
    })
}

/// axum alone: each second a beat goes out, and for what comes back it is found who signed a voucher.
pub(crate) fn bare(listen: &str) -> Result<()> {
    one_thread()?.block_on(async {
        let answer = |upgrade: WebSocketUpgrade| async move {
            // As our own: more would cost memory, and no frame is longer.
            upgrade.read_buffer_size(4 * 1024).on_upgrade(beat)
        };
        let router = Router::new().route("/ws/stream", get(answer));
        let listener = TcpListener::bind(listen).await?.tap_io(|socket| {
            let _ = socket.set_nodelay(true);
        });
        Ok(tokio::spawn(async { axum::serve(listener, router).await }).await??)
    })
}

async fn beat(mut socket: WebSocket) {
    // As long as one of ours.
    let text = r#"{"type":"BEAT","sessionId":"01a201db-6e15-783b-a7c2-5578ab211eae","seq":1234,"beats":1234,"cumulativeAmount":"2468000","committedSeq":1233,"beatsRemaining":12345,"timestamp":1782345678901}"#;
    // The client says when it begins.
    if !matches!(socket.recv().await, Some(Ok(_))) {
        return;
    }
    static SIGNED: LazyLock<Signed> = LazyLock::new(Signed::new);
    let mut seconds = tokio::time::interval(Duration::from_secs(1));
    seconds.tick().await;
    loop {
        let done = tokio::select! {
            _ = seconds.tick() => socket.send(Message::Text(text.into())).await.is_ok(),
            frame = socket.recv() => matches!(frame, Some(Ok(_))) && SIGNED.is_right(),
        };
        if !done {
            return;
        }
    }
}

/// A voucher and what it takes to find who signed it: two hashes, the recovery of the key, and its address.
struct Signed {
    domain: Domain,
    voucher: BeatVoucher,
    signature: Signature,
    signer: Address,
}

impl Signed {
    fn new() -> Self {
        let key = PrivateKey::new([5; 32]).expect("a key");
        let (domain, signer) = (ledger_domain(&key.public_key()), key.address());
        let voucher = BeatVoucher {
            grant_id: [1; 32],
            payee: signer,
            cumulative_amount: 2_000,
            beats: 1,
            context_hash: [2; 32],
        };
        let signature = key.sign(&voucher.digest(&domain));
        Self { domain, voucher, signature, signer }
    }

    fn is_right(&self) -> bool {
        std::hint::black_box(&self.voucher).signer(&self.domain, &self.signature) == Ok(self.signer)
    }
}
