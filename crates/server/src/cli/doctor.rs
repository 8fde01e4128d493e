use std::{
    io::{Read, Write},
    net::{TcpStream, ToSocketAddrs},
    os::unix::fs::PermissionsExt,
    path::Path,
    process::Stdio,
    time::Duration,
};

use anyhow::{Context, Result, bail};
use db::{job, sql};
use infra::{Config, config::Registration};
use media::Enforcement;
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

impl Finding {
    fn good(check: &'static str, detail: impl Into<String>) -> Self {
        Self { check, verdict: Verdict::Good, detail: detail.into() }
    }

    fn warning(check: &'static str, detail: impl Into<String>) -> Self {
        Self { check, verdict: Verdict::Warning, detail: detail.into() }
    }

    fn bad(check: &'static str, error: &anyhow::Error) -> Self {
        Self { check, verdict: Verdict::Bad, detail: super::one_line(error) }
    }
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
                println!("{mark}  {:<11} {}", finding.check, finding.detail);
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
    let config = match global.load(None, None) {
        Ok(config) => config,
        Err(e) => return vec![Finding::bad("config", &e)],
    };
    let mut findings = vec![
        Finding::good("config", format!("mode {}, data in {}", config.mode.name(), config.data.display())),
        folder(&config).unwrap_or_else(|e| Finding::bad("data", &e)),
        keys(&config),
    ];
    findings
        .extend(super::block_on(database(&config)).unwrap_or_else(|e| vec![Finding::bad("database", &e)]));
    findings.extend([
        super::block_on(confinement(&config)).unwrap_or_else(|e| Finding::bad("confinement", &e)),
        ffmpeg(),
        https(&config),
    ]);
    if !is_private(&config) && config.auth.registration == Registration::Open {
        let detail =
            "everybody who reaches the service can join: auth.registration = \"closed\" changes that";
        findings.push(Finding::warning("joining", detail));
    }
    findings
}

/// Whether the data folder takes files, and has room for more.
fn folder(config: &Config) -> Result<Finding> {
    let data = &config.data;
    std::fs::create_dir_all(data).with_context(|| format!("{} cannot be made", data.display()))?;
    let probe = data.join("doctor.tmp");
    let written = std::fs::write(&probe, vec![0; 1 << 20]);
    let _ = std::fs::remove_file(&probe);
    written.with_context(|| format!("{} takes no file of 1 MiB", data.display()))?;
    let disk = rustix::fs::statvfs(data).with_context(|| format!("{}: its disk", data.display()))?;
    let free = disk.f_bavail.saturating_mul(disk.f_frsize) >> 20;
    let detail = format!("it can be written; {free} MiB are free");
    Ok(if disk.f_bavail < disk.f_blocks / 10 {
        Finding::warning("data", format!("{detail}, less than a tenth of the disk"))
    } else {
        Finding::good("data", detail)
    })
}

/// Whether others on this machine can read what signs sessions and links.
fn keys(config: &Config) -> Finding {
    let file = config.data.join("secret.key");
    let mode = std::fs::metadata(&file).map(|found| found.permissions().mode() & 0o077);
    match mode {
        Ok(0) => Finding::good("keys", "secret.key is readable by its owner alone"),
        Ok(_) => Finding::warning("keys", format!("others can read it: chmod 600 {}", file.display())),
        Err(_) if config.auth.secret.is_some() => Finding::good("keys", "auth.secret is set"),
        Err(_) => Finding::good("keys", "secret.key is made at the first start"),
    }
}

async fn database(config: &Config) -> Result<Vec<Finding>> {
    let options = crate::start::database(config)?;
    let db = db::Db::open(&options).await?;
    let kind = match db.dialect() {
        db::Dialect::Sqlite => "SQLite",
        db::Dialect::Postgres => "PostgreSQL",
    };
    let mut findings = Vec::new();
    findings.push(match db.pending().await? {
        0 => {
            let accounts: Result<i64, db::Error> =
                db::read!(db, |tx| sql!("SELECT COUNT(*) FROM account").scalar(tx).await);
            Finding::good("database", format!("{kind} answers; {} accounts", accounts?))
        }
        n => Finding::warning(
            "database",
            format!("{kind} answers; {n} migrations wait for `resonance migrate` or the next start"),
        ),
    });
    if let db::Options::Sqlite(options) = &options
        && is_remote(&options.path)
    {
        let detail =
            "it lies on a network file system, where SQLite loses data: use a local disk or PostgreSQL";
        findings.push(Finding::warning("database", detail));
    }
    let census: Result<_, db::Error> = db::read!(db, |tx| job::census(tx).await);
    if let Ok([(_, waiting), (_, running), (_, dead)]) = census {
        let detail = format!("{waiting} wait, {running} run, {dead} failed for good");
        let judge = if dead > 0 { Finding::warning } else { Finding::good };
        findings.push(judge("jobs", detail));
    }
    db.close().await;
    Ok(findings)
}

/// Whether a path is on NFS, SMB, 9p or Ceph.
fn is_remote(path: &Path) -> bool {
    const REMOTE: [u64; 6] = [0x6969, 0x517B, 0xFF53_4D42, 0xFE53_4D42, 0x0102_1997, 0x00C3_6400];
    let kind = rustix::fs::statfs(path).map(|system| u64::try_from(system.f_type).unwrap_or(0));
    kind.is_ok_and(|kind| REMOTE.contains(&kind))
}

/// What the children that read strangers' files cannot do on this machine.
async fn confinement(config: &Config) -> Result<Finding> {
    let found = crate::service::children(config, std::env::current_exe()?).confinement().await?;
    let say = |part, enforcement| match enforcement {
        Enforcement::Full => None,
        Enforcement::Partial => Some(format!("{part} only as far as this kernel can")),
        Enforcement::None => Some(format!("no {part}: this kernel has none")),
    };
    let lacks = [say("Landlock", found.files), say("seccomp", found.system_calls)];
    let lacks: Vec<String> = lacks.into_iter().flatten().collect();
    Ok(if lacks.is_empty() {
        Finding::good("confinement", "files of strangers are read by children that can do nothing else")
    } else {
        Finding::warning("confinement", lacks.join("; "))
    })
}

/// The first line that ffmpeg says of itself.
fn ffmpeg() -> Finding {
    let output = std::process::Command::new("ffmpeg").arg("-version").stdin(Stdio::null()).output();
    let said = output.map(|output| String::from_utf8_lossy(&output.stdout).lines().next().map(str::to_owned));
    match said {
        Ok(Some(version)) => Finding::good("ffmpeg", version),
        _ => Finding::warning("ffmpeg", "not found: nothing needs it yet; later, other renditions will"),
    }
}

fn is_private(config: &Config) -> bool {
    config.http.listen.ip().is_loopback()
}

fn https(config: &Config) -> Finding {
    let https = config.http.public_url.as_ref().is_some_and(|url| url.starts_with("https://"));
    if is_private(config) || https || config.http.require_https {
        return Finding::good("https", "log-ins are encrypted, or stay on this machine");
    }
    let detail = "log-ins may travel in clear: put a proxy with HTTPS before the service and set \
                  http.public_url and http.require_https";
    Finding::warning("https", detail)
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
