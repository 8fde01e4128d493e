//! One child process as its parent sees it.

use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use serde::de::DeserializeOwned;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::api::{MediaError, Request, Response};
use crate::frames::{self, Hello, MAX_REPLY, MAX_REQUEST, MAX_SETUP, PROTOCOL, ReadRoot, Reply, Setup};
use crate::pool::PoolConfig;
use crate::sandbox::Confinement;

/// How much of a child's standard error is kept.
const STDERR: usize = 4 * 1024;
/// How long a child may take to start, and a dead one to be collected.
const GRACE: Duration = Duration::from_secs(10);
/// Requests that are on their way to one child at a time.
pub(crate) const IN_FLIGHT: usize = 64;

/// A running child; dropping it kills it.
pub(crate) struct Worker {
    child: Child,
    requests: ChildStdin,
    replies: BufReader<ChildStdout>,
    stderr: JoinHandle<String>,
    pub(crate) confinement: Confinement,
    /// What it may read.
    pub(crate) readable: Arc<Vec<PathBuf>>,
    /// How much processor time it may use.
    cpu_seconds: u64,
    served: u32,
    cpu_ms: u32,
    frame: Vec<u8>,
    /// Whether it was idle when the pool last looked.
    pub(crate) rested: bool,
}

/// How a child failed to answer.
pub(crate) enum Failure {
    /// The deadline passed.
    Late(Duration),
    /// It closed the pipe, or wrote what is no frame.
    Gone,
}

impl Worker {
    /// Starts a child and waits until it has limited itself.
    pub(crate) async fn start(config: &PoolConfig, readable: Arc<Vec<PathBuf>>) -> Result<Self, MediaError> {
        let mut child = Command::new(&config.program)
            .args(&config.arguments)
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            // An interrupt from the terminal is for the server, which ends its children in its own time.
            .process_group(0)
            .spawn()
            .map_err(|error| MediaError::NotStarted(format!("{}: {error}", config.program.display())))?;
        let (Some(requests), Some(replies), Some(stderr)) =
            (child.stdin.take(), child.stdout.take(), child.stderr.take())
        else {
            return Err(MediaError::NotStarted("no pipes".to_owned()));
        };
        let mut worker = Self {
            child,
            requests,
            replies: BufReader::with_capacity(64 * 1024, replies),
            stderr: tokio::spawn(read_end(stderr)),
            confinement: Confinement {
                files: crate::Enforcement::None,
                system_calls: crate::Enforcement::None,
            },
            readable,
            cpu_seconds: config.limits.cpu_seconds,
            served: 0,
            cpu_ms: 0,
            frame: Vec::new(),
            rested: false,
        };
        match timeout(GRACE, worker.greet(config)).await {
            Ok(Ok(hello)) if hello.protocol == PROTOCOL => {
                worker.confinement = hello.confinement;
                Ok(worker)
            }
            Ok(Ok(hello)) => Err(MediaError::NotStarted(format!("it speaks protocol {}", hello.protocol))),
            Ok(Err(error)) => {
                let (_, text) = worker.end().await;
                Err(MediaError::NotStarted(if text.is_empty() { error.to_string() } else { text }))
            }
            Err(_) => Err(MediaError::NotStarted("it says nothing".to_owned())),
        }
    }

    async fn greet(&mut self, config: &PoolConfig) -> std::io::Result<Hello> {
        let setup = Setup {
            limits: config.limits,
            read: self.readable.iter().cloned().map(ReadRoot).collect(),
            write: config.write.clone().map(ReadRoot),
        };
        frames::append(&setup, MAX_SETUP, &mut self.frame)?;
        self.requests.write_all(&self.frame).await?;
        receive(&mut self.replies, &mut self.frame).await
    }

    /// Puts one request and waits for its answer.
    pub(crate) async fn ask(
        &mut self,
        request: &Request,
        deadline: Duration,
    ) -> Result<Result<Response, MediaError>, Failure> {
        let exchange = async {
            self.frame.clear();
            if let Err(error) = frames::append(request, MAX_REQUEST, &mut self.frame) {
                return Ok(Err(MediaError::Unsupported(format!("the request: {error}"))));
            }
            self.requests.write_all(&self.frame).await.map_err(|_| Failure::Gone)?;
            let reply: Reply =
                receive(&mut self.replies, &mut self.frame).await.map_err(|_| Failure::Gone)?;
            self.served += 1;
            self.cpu_ms = reply.cpu_ms;
            Ok(reply.outcome)
        };
        timeout(deadline, exchange).await.unwrap_or(Err(Failure::Late(deadline)))
    }

    /// Puts many requests, up to `window` of them at a time, and pushes the answers in order; each has `deadline`
    /// after the one before it. Returns early, and without error, when the child is worn out: the rest is for
    /// another. After a failure one of the `window` requests after the last answer is the one that caused it.
    pub(crate) async fn ask_all(
        &mut self,
        paths: &[PathBuf],
        window: usize,
        request: impl Fn(&PathBuf) -> Request + Send,
        deadline: Duration,
        config: &PoolConfig,
        answers: &mut Vec<Result<Response, MediaError>>,
    ) -> Result<(), Failure> {
        let Self { requests, replies, served, cpu_ms, frame, .. } = self;
        let (room, sent, stop) = (Semaphore::new(window), AtomicUsize::new(0), AtomicBool::new(false));
        let writer = async {
            let mut batch = Vec::new();
            for chunk in paths.chunks(window.div_ceil(2)) {
                let Ok(permit) = room.acquire_many(u32::try_from(chunk.len()).unwrap_or(u32::MAX)).await
                else {
                    break;
                };
                permit.forget();
                if stop.load(Ordering::Relaxed) {
                    break;
                }
                batch.clear();
                for path in chunk {
                    // A path that no frame holds becomes one that no file has.
                    if frames::append(&request(path), MAX_REQUEST, &mut batch).is_err() {
                        let _ = frames::append(&request(&PathBuf::new()), MAX_REQUEST, &mut batch);
                    }
                }
                sent.fetch_add(chunk.len(), Ordering::Relaxed);
                if requests.write_all(&batch).await.is_err() {
                    break;
                }
            }
            // Whether the child is gone is for the reader to find out: answers may still be in the pipe.
            std::future::pending::<()>().await;
        };
        let reader = async {
            let mut answered = 0;
            while answered < paths.len()
                && !(stop.load(Ordering::Relaxed) && answered == sent.load(Ordering::Relaxed))
            {
                let reply: Reply = match timeout(deadline, receive(replies, frame)).await {
                    Ok(reply) => reply.map_err(|_| Failure::Gone)?,
                    Err(_) => return Err(Failure::Late(deadline)),
                };
                answers.push(reply.outcome);
                answered += 1;
                *served += 1;
                *cpu_ms = reply.cpu_ms;
                stop.store(worn_out(*served, *cpu_ms, config), Ordering::Relaxed);
                room.add_permits(1);
            }
            Ok(())
        };
        tokio::select! {
            outcome = reader => outcome,
            () = writer => Err(Failure::Gone),
        }
    }

    /// Whether it should be replaced before its limits strike an innocent file.
    pub(crate) fn worn_out(&self, config: &PoolConfig) -> bool {
        worn_out(self.served, self.cpu_ms, config)
    }

    /// Whether it is still there.
    pub(crate) fn alive(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Its process id.
    #[cfg(feature = "corpus")]
    pub(crate) fn id(&self) -> Option<u32> {
        self.child.id()
    }

    /// Ends a child that failed and says what that means for the request it was at.
    pub(crate) async fn bury(self, failure: Failure) -> MediaError {
        let late = match failure {
            Failure::Late(deadline) => Some(deadline),
            Failure::Gone => None,
        };
        let (pid, cpu_seconds) = (self.child.id(), self.cpu_seconds);
        let (signal, detail) = self.end_after(late.map_or(Duration::from_secs(1), |_| Duration::ZERO)).await;
        let error = match (late, signal) {
            (Some(deadline), _) => MediaError::TimedOut { seconds: deadline.as_secs().max(1) },
            (None, Some(libc::SIGXCPU)) => MediaError::TimedOut { seconds: cpu_seconds },
            (None, Some(libc::SIGXFSZ)) => MediaError::TooLarge("what it would unpack to".to_owned()),
            (None, Some(libc::SIGABRT)) if detail.contains("memory allocation of") => {
                MediaError::TooLarge("it needs more memory than a child may use".to_owned())
            }
            (None, signal) => MediaError::Crashed { signal, detail },
        };
        tracing::warn!(pid, %error, "a media process ended");
        error
    }

    async fn end(self) -> (Option<i32>, String) {
        self.end_after(Duration::from_secs(1)).await
    }

    /// Waits that long for the child to end by itself, kills it, and returns its signal and last words.
    async fn end_after(mut self, patience: Duration) -> (Option<i32>, String) {
        let mut status = timeout(patience, self.child.wait()).await;
        if status.is_err() {
            let _ = self.child.start_kill();
            status = timeout(GRACE, self.child.wait()).await;
        }
        let status = status.ok().and_then(Result::ok);
        let text = timeout(GRACE, self.stderr).await.ok().and_then(Result::ok).unwrap_or_default();
        (status.and_then(|status| status.signal()), text)
    }
}

fn worn_out(served: u32, cpu_ms: u32, config: &PoolConfig) -> bool {
    served >= config.requests_per_child || u64::from(cpu_ms) >= config.limits.cpu_seconds * 500
}

async fn receive<T: DeserializeOwned>(
    from: &mut BufReader<ChildStdout>,
    body: &mut Vec<u8>,
) -> std::io::Result<T> {
    let mut prefix = [0; 4];
    from.read_exact(&mut prefix).await?;
    body.resize(frames::body_length(prefix, MAX_REPLY)?, 0);
    from.read_exact(body).await?;
    frames::decode(body)
}

/// Reads to the end and keeps the last bytes as one line of printable text.
async fn read_end(mut from: impl AsyncRead + Unpin) -> String {
    let mut kept = Vec::new();
    let mut block = [0; 1024];
    while let Ok(count) = from.read(&mut block).await
        && count > 0
    {
        kept.extend_from_slice(&block[..count]);
        if kept.len() > STDERR {
            kept.drain(..kept.len() - STDERR);
        }
    }
    String::from_utf8_lossy(&kept)
        .split(char::is_control)
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join("; ")
}
