//! Many readers on one thread.

use std::{
    io::{self, Read, Write},
    net::{SocketAddr, TcpStream},
    ops::Range,
    time::Duration,
};

use anyhow::{Context, Result, bail};
use bench_process::now;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpSocket,
    task::JoinSet,
};

/// What is asked for, and where.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    pub(crate) address: SocketAddr,
    pub(crate) path: String,
    /// Size of the file in bytes.
    pub(crate) size: u64,
}

impl Target {
    fn request(&self, range: &Range<u64>) -> String {
        let Self { path, address, .. } = self;
        format!(
            "GET {path} HTTP/1.1\r\nhost: {address}\r\nrange: bytes={}-{}\r\n\r\n",
            range.start,
            range.end - 1
        )
    }
}

/// Length of the head of an answer and of its body; `None` while the head is incomplete.
fn head(bytes: &[u8]) -> Result<Option<(usize, usize)>> {
    let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else { return Ok(None) };
    let head = std::str::from_utf8(&bytes[..end])?.to_ascii_lowercase();
    if !head.starts_with("http/1.1 206") {
        bail!("not a range: {head}");
    }
    let length =
        head.lines().find_map(|line| line.strip_prefix("content-length: ")).context("no content-length")?;
    Ok(Some((end + 4, length.trim().parse()?)))
}

/// The bytes of one range.
pub(crate) fn fetch(target: &Target, range: Range<u64>) -> Result<Vec<u8>> {
    let mut stream = TcpStream::connect(target.address)?;
    stream.write_all(target.request(&range).as_bytes())?;
    let mut answer = Vec::new();
    let mut block = [0; 64 * 1024];
    loop {
        if let Some((start, length)) = head(&answer)?
            && answer.len() == start + length
        {
            return Ok(answer.split_off(start));
        }
        match stream.read(&mut block)? {
            0 => bail!("the server closed"),
            n => answer.extend_from_slice(&block[..n]),
        }
    }
}

fn on_one_thread<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(work)
}

/// Asks for ranges of `length` bytes, one after the other on each connection, for `time`; answers the bytes that came.
pub(crate) fn load(target: &Target, connections: usize, length: u64, time: Duration) -> Result<f64> {
    on_one_thread(async {
        let end = now() + time;
        let mut readers = JoinSet::new();
        for seed in 0..connections {
            let target = target.clone();
            readers.spawn(async move {
                let mut stream = tokio::net::TcpStream::connect(target.address).await?;
                stream.set_nodelay(true)?;
                let mut buffer = vec![0; 512 * 1024];
                let (mut bytes, mut at) = (0, seed);
                while now() < end {
                    // Scattered over the file, and the same in each run.
                    at = at.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                    let start = u64::try_from(at >> 16)? % (target.size - length);
                    bytes += one(&mut stream, &target, start..start + length, &mut buffer).await?;
                }
                anyhow::Ok(bytes)
            });
        }
        let mut total = 0;
        while let Some(bytes) = readers.join_next().await {
            total += bytes??;
        }
        Ok(total as f64)
    })
}

/// Reads one range and throws it away; answers its length.
async fn one(
    stream: &mut tokio::net::TcpStream,
    target: &Target,
    range: Range<u64>,
    buffer: &mut [u8],
) -> Result<usize> {
    stream.write_all(target.request(&range).as_bytes()).await?;
    let mut filled = 0;
    let (start, length) = loop {
        filled += match stream.read(&mut buffer[filled..]).await? {
            0 => bail!("the server closed"),
            n => n,
        };
        if let Some(found) = head(&buffer[..filled])? {
            break found;
        }
    };
    let mut left = start + length - filled;
    while left > 0 {
        left -= match stream.read(buffer).await? {
            0 => bail!("the server closed in the middle"),
            n => n,
        };
    }
    Ok(length)
}

/// How long each range of `length` bytes takes on one connection.
pub(crate) fn times(target: &Target, length: u64, time: Duration) -> Result<Vec<Duration>> {
    on_one_thread(async {
        let mut stream = tokio::net::TcpStream::connect(target.address).await?;
        stream.set_nodelay(true)?;
        let (mut buffer, mut times, end) = (vec![0; 64 * 1024], Vec::new(), now() + time);
        let mut start = 0;
        while now() < end {
            start = (start + 3 * length) % (target.size - length);
            let begun = now();
            one(&mut stream, target, start..start + length, &mut buffer).await?;
            times.push(begun.elapsed());
        }
        Ok(times)
    })
}

/// Asks for the whole file on `readers` connections, and stops in the middle. The connections are answered once the
/// server cannot send any more.
pub(crate) fn stall(target: &Target, readers: usize) -> Result<Vec<TcpStream>> {
    let held = on_one_thread(async {
        let mut held = Vec::with_capacity(readers);
        for _ in 0..readers {
            let socket = TcpSocket::new_v4()?;
            // Little of it waits in the kernel of this machine, which has both ends.
            socket.set_recv_buffer_size(32 * 1024)?;
            let mut stream = socket.connect(target.address).await?;
            stream.write_all(target.request(&(0..target.size)).as_bytes()).await?;
            let mut some = [0; 16 * 1024];
            stream.read_exact(&mut some).await?;
            held.push(stream.into_std()?);
        }
        Ok(held)
    })?;
    std::thread::sleep(Duration::from_secs(3));
    Ok(held)
}

/// Reads on where the first `n` readers stopped, to the end of the file.
pub(crate) fn finish(held: Vec<TcpStream>, n: usize, size: u64) -> Result<()> {
    for mut stream in held.into_iter().take(n) {
        stream.set_nonblocking(false)?;
        let mut left = usize::try_from(size)? - 16 * 1024;
        let mut block = vec![0; 256 * 1024];
        // The head of the answer came with the first bytes, so a little more is left than that.
        while left > 0 {
            match stream.read(&mut block) {
                Ok(0) => bail!("a reader that had stalled did not get the rest: {left} bytes"),
                Ok(n) => left = left.saturating_sub(n),
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(e.into()),
            }
        }
    }
    Ok(())
}
