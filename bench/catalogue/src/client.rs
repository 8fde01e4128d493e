//! A caller that asks one thing after another on one connection.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
};

use anyhow::{Context, Result, bail};

/// A connection that is kept.
pub struct Connection {
    stream: TcpStream,
    answer: Vec<u8>,
}

impl Connection {
    pub fn open(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, answer: Vec::new() })
    }

    /// Asks and answers the body of a 2xx.
    pub fn call(&mut self, method: &str, path: &str, token: &str, body: &[u8]) -> Result<Vec<u8>> {
        let mut request = format!("{method} {path} HTTP/1.1\r\nhost: localhost\r\n");
        if !token.is_empty() {
            request += &format!("authorization: Bearer {token}\r\n");
        }
        if !body.is_empty() {
            request += &format!("content-type: application/json\r\ncontent-length: {}\r\n", body.len());
        }
        request += "\r\n";
        self.stream.write_all(&[request.as_bytes(), body].concat())?;
        self.answer.clear();
        let mut block = [0; 64 * 1024];
        loop {
            match self.stream.read(&mut block)? {
                0 => bail!("the server closed"),
                n => self.answer.extend_from_slice(&block[..n]),
            }
            let Some(end) = self.answer.windows(4).position(|four| four == b"\r\n\r\n") else { continue };
            let head = std::str::from_utf8(&self.answer[..end])?.to_ascii_lowercase();
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            let length: usize = length.context("no content-length")?.trim().parse()?;
            if self.answer.len() < end + 4 + length {
                continue;
            }
            let body = self.answer.split_off(end + 4);
            if !head.starts_with("http/1.1 2") {
                bail!("{path}: {head}\n{}", String::from_utf8_lossy(&body));
            }
            return Ok(body);
        }
    }
}
