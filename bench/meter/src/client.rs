//! Listeners: each on a socket of its own, signs each beat as it comes.

use std::{
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use bench_process::now;
use futures_util::{SinkExt, StreamExt, future::try_join_all};
use kernel::TrackId;
use money::{
    eth::{Domain, PrivateKey},
    hex,
    voucher::BeatVoucher,
};
use secp256k1::{Scalar, SecretKey};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::{
    net::TcpStream,
    sync::{Semaphore, watch},
};
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{Message, client::IntoClientRequest},
};

use crate::fixture::PRICE;

/// Everybody's session key.
const KEY: [u8; 32] = [5; 32];
/// The x of the group's generator, whose y is even.
const GENERATOR_X: [u8; 32] = [
    0x79, 0xbe, 0x66, 0x7e, 0xf9, 0xdc, 0xbb, 0xac, 0x55, 0xa0, 0x62, 0x95, 0xce, 0x87, 0x0b, 0x07, 0x02,
    0x9b, 0xfc, 0xdb, 0x2d, 0xce, 0x28, 0xd9, 0x59, 0xf2, 0x81, 0x5b, 0x16, 0xf8, 0x17, 0x98,
];
/// Connections that are opened at the same time.
const OPENING: usize = 32;

/// What one of them saw.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// When each beat was there, and its number.
    pub(crate) beats: Vec<(Instant, u64)>,
    /// The newest number that was told as durable.
    pub(crate) committed: u64,
    /// Frames that are no beats, and the last of them: errors, pauses.
    pub(crate) other: u64,
    pub(crate) last: String,
}

/// Everybody who listens, until they are told to stop.
pub(crate) struct Crowd {
    tasks: Vec<tokio::task::JoinHandle<Result<Seen>>>,
    stop: watch::Sender<bool>,
}

impl Crowd {
    /// Opens a socket for each token, and a session where there is a track; waits until all are there.
    pub(crate) async fn gather(
        address: SocketAddr,
        tokens: &[String],
        track: Option<TrackId>,
    ) -> Result<Self> {
        let (stop, opening) = (watch::Sender::new(false), Arc::new(Semaphore::new(OPENING)));
        let (mut tasks, mut ready) = (Vec::new(), Vec::new());
        for token in tokens {
            let permit = Arc::clone(&opening).acquire_owned().await?;
            let (there, is_there) = tokio::sync::oneshot::channel();
            let (token, stopped) = (token.clone(), stop.subscribe());
            tasks.push(tokio::spawn(async move {
                let mut line = open(address, &token).await?;
                let terms = match track {
                    Some(track) => Some(begin(&mut line, track).await?),
                    None => {
                        line.send(Message::text("{}")).await?;
                        None
                    }
                };
                drop(permit);
                let _ = there.send(());
                listen(line, terms, stopped).await
            }));
            ready.push(is_there);
        }
        if try_join_all(ready).await.is_err() {
            for task in tasks {
                task.await??;
            }
            bail!("not everybody is there");
        }
        Ok(Self { tasks, stop })
    }

    /// Ends all sockets; answers what each saw.
    pub(crate) async fn go(self) -> Result<Vec<Seen>> {
        self.stop.send_replace(true);
        try_join_all(self.tasks).await?.into_iter().collect()
    }
}

type Line = WebSocketStream<TcpStream>;

async fn open(address: SocketAddr, token: &str) -> Result<Line> {
    let mut request = format!("ws://{address}/ws/stream").into_client_request()?;
    request.headers_mut().insert("authorization", format!("Bearer {token}").parse()?);
    let socket = TcpStream::connect(address).await?;
    socket.set_nodelay(true)?;
    Ok(client_async(request, socket).await?.0)
}

/// Signs with the number one for the secret of each signature, which gives the key away and takes no time: thousands of
/// listeners share this machine with the server, and each of them has a processor of its own in truth. Who finds the signer
/// has the same to do.
struct Pen(SecretKey);

impl Pen {
    fn of(key: [u8; 32]) -> Result<Self> {
        Ok(Self(SecretKey::from_secret_bytes(key)?.mul_tweak(&Scalar::from_be_bytes(GENERATOR_X)?)?))
    }

    /// r, s and v: s is the digest and r times the key, or its negative, whichever is the smaller.
    fn sign(&self, digest: [u8; 32]) -> Result<[u8; 65]> {
        let s = self.0.add_tweak(&Scalar::from_be_bytes(digest)?)?;
        let (s, v) = if s.to_secret_bytes()[0] < 0x80 { (s, 27) } else { (s.negate(), 28) };
        let mut signature = [v; 65];
        signature[..32].copy_from_slice(&GENERATOR_X);
        signature[32..64].copy_from_slice(&s.to_secret_bytes());
        Ok(signature)
    }
}

/// What the server says, as far as it matters.
#[derive(Deserialize)]
struct Frame<'a> {
    #[serde(rename = "type")]
    kind: &'a str,
    seq: Option<u64>,
    #[serde(rename = "committedSeq")]
    committed: Option<u64>,
}

/// The terms of a session, as far as they are signed.
struct Terms {
    id: String,
    voucher: BeatVoucher,
    domain: Domain,
    pen: Pen,
}

async fn begin(line: &mut Line, track: TrackId) -> Result<Terms> {
    let key = PrivateKey::new(KEY).context("a key")?;
    let start = json!({"type": "START", "trackId": track, "sessionKey": key.address().to_string()});
    line.send(Message::text(start.to_string())).await?;
    loop {
        let frame = match line.next().await.context("the server hung up")?? {
            Message::Text(text) => serde_json::from_str::<Value>(&text)?,
            Message::Close(why) => bail!("{why:?}"),
            _ => continue,
        };
        if frame["type"] != "SESSION_STARTED" {
            bail!("{frame}");
        }
        let text = |value: &Value| value.as_str().map(str::to_owned).context("a text");
        let hash = |value: &Value| -> Result<[u8; 32]> {
            let bytes = hex::decode(text(value)?.trim_start_matches("0x")).context("bytes")?;
            bytes.try_into().ok().context("32 bytes")
        };
        let contract = text(&frame["domain"]["verifyingContract"])?.parse().ok().context("an address")?;
        return Ok(Terms {
            id: text(&frame["sessionId"])?,
            voucher: BeatVoucher {
                grant_id: hash(&frame["grantId"])?,
                payee: text(&frame["payee"])?.parse().ok().context("an address")?,
                cumulative_amount: 0,
                beats: 0,
                context_hash: hash(&frame["contextHash"])?,
            },
            domain: Domain::new("Resonance Ledger", "1", 0, contract),
            pen: Pen::of(KEY)?,
        });
    }
}

impl Terms {
    fn acknowledge(&self, seq: u64) -> Result<String> {
        let amount = u128::from(seq) * u128::from(PRICE.unsigned_abs());
        let voucher = BeatVoucher { beats: seq, cumulative_amount: amount, ..self.voucher };
        let signature = hex::encode(&self.pen.sign(voucher.digest(&self.domain))?);
        Ok(format!(
            r#"{{"type":"BEAT_ACK","sessionId":"{}","seq":{seq},"cumulativeAmount":"{amount}","signature":"0x{signature}","positionMs":{},"timestamp":1782345678901}}"#,
            self.id,
            seq * 1_000
        ))
    }
}

async fn listen(mut line: Line, terms: Option<Terms>, mut stop: watch::Receiver<bool>) -> Result<Seen> {
    let mut seen = Seen::default();
    // To whoever does not look at it.
    let forged = format!(
        r#"{{"type":"BEAT_ACK","sessionId":"01a201db-6e15-783b-a7c2-5578ab211eae","seq":12,"cumulativeAmount":"24000","signature":"0x{}","positionMs":12000,"timestamp":1782345678901}}"#,
        "11".repeat(65)
    );
    loop {
        let frame = tokio::select! {
            frame = line.next() => frame,
            _ = stop.wait_for(|stop| *stop) => return Ok(seen),
        };
        match frame {
            Some(Ok(Message::Text(text))) => {
                let arrived = now();
                let frame: Frame<'_> = serde_json::from_str(&text)?;
                if frame.kind != "BEAT" {
                    seen.other += 1;
                    seen.last = text.to_string();
                    if frame.kind == "PAUSED" {
                        line.send(Message::text(r#"{"type":"RESUME"}"#)).await?;
                    }
                    continue;
                }
                let answer = match &terms {
                    Some(terms) => {
                        let seq = frame.seq.context("a number")?;
                        seen.beats.push((arrived, seq));
                        seen.committed = frame.committed.context("a number")?;
                        terms.acknowledge(seq)?
                    }
                    None => forged.clone(),
                };
                line.send(Message::text(answer)).await?;
            }
            Some(Ok(_)) => {}
            Some(Err(_)) | None => bail!("the server hung up"),
        }
    }
}

impl Seen {
    /// By how much each beat since `since` came later than it was due, counted from the one that was earliest.
    pub(crate) fn lateness(&self, since: Instant) -> Vec<Duration> {
        let Some(&(start, first)) = self.beats.first() else { return Vec::new() };
        let offset = |(at, seq): &(Instant, u64)| (*at - start).as_secs_f64() - (seq - first) as f64;
        let earliest = self.beats.iter().map(offset).fold(f64::INFINITY, f64::min);
        let since = self.beats.iter().filter(|(at, _)| *at >= since);
        since.map(|beat| Duration::from_secs_f64(offset(beat) - earliest)).collect()
    }

    /// Beats for each second, from the first to the last that came since `since`.
    pub(crate) fn pace(&self, since: Instant) -> Option<f64> {
        let mut beats = self.beats.iter().filter(|(at, _)| *at >= since);
        let (first, last) = (beats.next()?, beats.next_back()?);
        Some((last.1 - first.1) as f64 / (last.0 - first.0).as_secs_f64())
    }
}
