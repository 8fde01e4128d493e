//! The child: limits itself, then answers requests until its parent closes the pipe.

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::AsFd;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

use rustix::time::ClockId;

use crate::api::{MediaError, Request, Response};
use crate::frames::{self, Hello, MAX_REPLY, MAX_REQUEST, MAX_SETUP, PROTOCOL, Reply, Setup};
use crate::{parse, sandbox};

/// The child's main function: to be called first thing in a process that [`crate::Pool`] started, before there are
/// threads.
///
/// Speaks frames on standard input and output and returns when the input ends. The exit code is a failure if the
/// limits could not be set or the parent sent what is no request; the reason is on standard error.
pub fn run() -> ExitCode {
    match serve() {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            let _ = writeln!(io::stderr(), "{reason}");
            ExitCode::FAILURE
        }
    }
}

fn serve() -> Result<(), String> {
    // Copies of the descriptors: the library's own stdout would look for line ends in every picture.
    let mut requests = io::BufReader::new(raw(io::stdin().as_fd())?);
    let mut replies = raw(io::stdout().as_fd())?;
    let mut body = Vec::new();
    let mut frame = Vec::new();

    let setup: Setup = frames::read(&mut requests, MAX_SETUP, &mut body)
        .map_err(|error| format!("no setup: {error}"))?
        .ok_or("no setup: the input is empty")?;
    let hello = Hello { protocol: PROTOCOL, confinement: sandbox::confine(&setup)? };
    frames::append(&hello, MAX_REPLY, &mut frame).map_err(|error| error.to_string())?;
    replies.write_all(&frame).map_err(|error| error.to_string())?;

    frame.clear();
    let mut flushed = now_ms(ClockId::Monotonic);
    while let Some(request) = frames::read::<Request>(&mut requests, MAX_REQUEST, &mut body)
        .map_err(|error| format!("a request: {error}"))?
    {
        let outcome = answer(&request);
        let reply =
            Reply { cpu_ms: u32::try_from(now_ms(ClockId::ProcessCPUTime)).unwrap_or(u32::MAX), outcome };
        if let Err(error) = frames::append(&reply, MAX_REPLY, &mut frame) {
            let reply = Reply { outcome: Err(MediaError::TooLarge(error.to_string())), ..reply };
            frames::append(&reply, MAX_REPLY, &mut frame).map_err(|error| error.to_string())?;
        }
        // Short answers to requests that are already here go together: waking the parent costs more than a file.
        let now = now_ms(ClockId::Monotonic);
        if requests.buffer().is_empty() || frame.len() >= TOGETHER || now - flushed >= PATIENCE_MS {
            replies.write_all(&frame).map_err(|error| error.to_string())?;
            frame.clear();
            frame.shrink_to(2 * TOGETHER);
            flushed = now;
        }
    }
    Ok(())
}

/// Answers of this many bytes are sent, whatever else is waiting.
const TOGETHER: usize = 32 * 1024;
/// And so are those of this age.
const PATIENCE_MS: i64 = 20;

fn raw(descriptor: impl AsFd) -> Result<File, String> {
    descriptor
        .as_fd()
        .try_clone_to_owned()
        .map(File::from)
        .map_err(|error| format!("standard streams: {error}"))
}

fn answer(request: &Request) -> Result<Response, MediaError> {
    // A panic of a parser says something about its file, and nothing is shared between requests.
    catch_unwind(AssertUnwindSafe(|| parse::answer(request))).unwrap_or_else(|panic| {
        let text = panic
            .downcast_ref::<&str>()
            .map(|text| (*text).to_owned())
            .or_else(|| panic.downcast_ref::<String>().cloned())
            .unwrap_or_default();
        Err(MediaError::Corrupt(format!(
            "the parser gave up: {}",
            text.chars().take(200).collect::<String>()
        )))
    })
}

fn now_ms(clock: ClockId) -> i64 {
    let time = rustix::time::clock_gettime(clock);
    time.tv_sec * 1000 + time.tv_nsec / 1_000_000
}
