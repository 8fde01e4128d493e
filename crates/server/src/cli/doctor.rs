use std::{
    io::{Read, Write},
    net::{TcpStream, ToSocketAddrs},
    time::Duration,
};

use anyhow::{Context, Result, bail};
use db::sql;
use infra::{Config, config::Registration};
use serde::Serialize;

use super::Global;

/// Check that everything is as the service needs it.
#[derive(clap::Args)]
pub(super) struct Doctor {
    /// Only ask a running server whether it is ready: http://HOST:PORT
    #[arg(long, value_name = "URL")]
    url: Option<String>,
}

/// How a check came out.
#[derive(Serialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum Verdict {
    Good,
    Warning,
    Bad,
}

/// One check: what was looked at, how it came out, and what to do.
#[derive(Serialize)]
struct Finding {
    check: &'static str,
    verdict: Verdict,
    detail: String,
}

impl Doctor {
    pub(super) fn run(&self, global: &Global) -> Result<()> {
        if let Some(url) = &self.url {
            return ask(url);
        }
        let findings = examine(global);
        for finding in &findings {
            if global.json {
                println!("{}", serde_json::to_string(finding)?);
            } else {
                let mark = match finding.verdict {
                    Verdict::Good => "ok     ",
                    Verdict::Warning => "warning",
                    Verdict::Bad => "BAD    ",
                };
                println!("{mark}  {:<10} {}", finding.check, finding.detail);
            }
        }
        let bad = findings.iter().filter(|finding| finding.verdict == Verdict::Bad).count();
        if bad > 0 {
            bail!("{bad} of {} checks failed", findings.len());
        }
        Ok(())
    }
}

fn examine(global: &Global) -> Vec<Finding> {
    let good = |check, detail| Finding { check, verdict: Verdict::Good, detail };
    let warning = |check, detail| Finding { check, verdict: Verdict::Warning, detail };
    let config = match global.load(None, None) {
        Ok(config) => config,
        Err(e) => {
            return vec![Finding { check: "config", verdict: Verdict::Bad, detail: super::one_line(&e) }];
        }
    };
    let mut findings =
        vec![good("config", format!("mode {}, data in {}", config.mode.name(), config.data.display()))];
    findings.push(match writable(&config) {
        Ok(()) => good("data", "the data folder can be written".into()),
        Err(e) => Finding { check: "data", verdict: Verdict::Bad, detail: super::one_line(&e) },
    });
    findings.push(match super::block_on(database(&config)) {
        Ok(detail) => good("database", detail),
        Err(e) => Finding { check: "database", verdict: Verdict::Bad, detail: super::one_line(&e) },
    });
    findings.push(match ffmpeg() {
        Some(version) => good("ffmpeg", version),
        None => warning("ffmpeg", "not found: nothing needs it yet; later, other renditions will".into()),
    });
    let public = !config.http.listen.ip().is_loopback();
    let https = config.http.public_url.as_ref().is_some_and(|url| url.starts_with("https://"));
    findings.push(if public && !https && !config.http.require_https {
        let detail = "log-ins may travel in clear: put a proxy with HTTPS before the service and set \
                      http.public_url and http.require_https";
        warning("https", detail.into())
    } else {
        good("https", "log-ins are encrypted, or stay on this machine".into())
    });
    if public && config.auth.registration == Registration::Open {
        let detail =
            "everybody who reaches the service can join: auth.registration = \"closed\" changes that";
        findings.push(warning("joining", detail.into()));
    }
    findings
}

fn writable(config: &Config) -> Result<()> {
    let data = &config.data;
    std::fs::create_dir_all(data).with_context(|| format!("{} cannot be made", data.display()))?;
    let probe = data.join("doctor.tmp");
    let written = std::fs::write(&probe, vec![0; 1 << 20]);
    let _ = std::fs::remove_file(&probe);
    written.with_context(|| format!("{} takes no file of 1 MiB", data.display()))
}

async fn database(config: &Config) -> Result<String> {
    let options = crate::start::database(config)?;
    let db = db::Db::open(&options).await?;
    let found: Result<i64, db::Error> =
        db::read!(db, |tx| sql!("SELECT COUNT(*) FROM account").scalar(tx).await);
    let kind = match db.dialect() {
        db::Dialect::Sqlite => "SQLite",
        db::Dialect::Postgres => "PostgreSQL",
    };
    let detail = match found {
        Ok(accounts) => format!("{kind} answers; {accounts} accounts"),
        Err(_) => format!("{kind} answers; it is empty: `resonance migrate` or `serve` makes the tables"),
    };
    db.close().await;
    Ok(detail)
}

/// The first line that ffmpeg says of itself.
fn ffmpeg() -> Option<String> {
    let output = std::process::Command::new("ffmpeg").arg("-version").output().ok()?;
    String::from_utf8_lossy(&output.stdout).lines().next().map(str::to_owned)
}

/// How long a running server may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// Asks the server at `url` whether it is ready; fails when it is not. Plain HTTP: it is for the machine that the
/// server runs on, such as the health check of a container.
fn ask(url: &str) -> Result<()> {
    let rest = url
        .strip_prefix("http://")
        .with_context(|| format!("{url:?} is not of the form http://HOST:PORT"))?;
    let host = rest.trim_end_matches('/');
    let address = host
        .to_socket_addrs()
        .ok()
        .and_then(|mut addresses| addresses.next())
        .with_context(|| format!("{host:?} is not HOST:PORT"))?;
    let unreachable = || format!("no answer from {url}");
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE).with_context(unreachable)?;
    stream.set_read_timeout(Some(PATIENCE)).with_context(unreachable)?;
    stream.set_write_timeout(Some(PATIENCE)).with_context(unreachable)?;
    write!(stream, "GET /readyz HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n")
        .with_context(unreachable)?;
    let mut answer = String::new();
    stream.take(16 * 1024).read_to_string(&mut answer).with_context(unreachable)?;
    let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    if answer.starts_with("HTTP/1.1 200 ") {
        println!("ready");
        return Ok(());
    }
    bail!("{url} is not ready: {body}")
}
