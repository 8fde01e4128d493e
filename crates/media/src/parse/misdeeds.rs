//! Requests that misbehave, so that tests can watch the limits hold.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};

use crate::api::{MediaError, Misdeed};
use crate::parse::input::Input;

pub(super) fn commit(misdeed: &Misdeed) -> Result<(), MediaError> {
    let attempt = |result: io::Result<()>| result.map_err(|error| MediaError::Unreadable(error.to_string()));
    match misdeed {
        Misdeed::Hang => loop {
            std::thread::sleep(std::time::Duration::from_mins(1));
        },
        Misdeed::Spin => loop {
            std::hint::spin_loop();
        },
        Misdeed::Abort => std::process::abort(),
        Misdeed::Panic => panic!("asked to"),
        Misdeed::Overflow => {
            recurse(0);
            Ok(())
        }
        Misdeed::Allocate(bytes) => {
            let length = usize::try_from(*bytes).unwrap_or(usize::MAX);
            std::hint::black_box(vec![1_u8; length]);
            Ok(())
        }
        Misdeed::Read(path) => attempt(File::open(path).map(drop)),
        Misdeed::Write(path) => {
            attempt(OpenOptions::new().write(true).create(true).truncate(true).open(path).map(drop))
        }
        Misdeed::Fill(path, bytes) => attempt(fill(path, *bytes)),
        Misdeed::Socket => attempt(std::net::UdpSocket::bind("127.0.0.1:0").map(drop)),
        Misdeed::Execute => attempt(std::process::Command::new("/bin/true").status().map(drop)),
        Misdeed::Signal(pid) => {
            let pid = rustix::process::Pid::from_raw(*pid)
                .ok_or_else(|| MediaError::Unreadable("pid".to_owned()))?;
            attempt(rustix::process::test_kill_process(pid).map_err(io::Error::from))
        }
    }
}

/// Commits the misdeed that a file of [`crate::corpus::killer`] or [`crate::corpus::sleeper`] asks for.
pub(super) fn provoked_by(input: &Input) -> Result<(), MediaError> {
    match &*input.at(0, 13)? {
        crate::corpus::KILLER => commit(&Misdeed::Abort),
        crate::corpus::SLEEPER => commit(&Misdeed::Hang),
        _ => Ok(()),
    }
}

fn fill(path: &std::path::Path, bytes: u64) -> io::Result<()> {
    let mut file = File::create(path)?;
    let block = vec![7; 64 * 1024];
    for _ in 0..bytes.div_ceil(64 * 1024) {
        file.write_all(&block)?;
    }
    Ok(())
}

#[expect(unconditional_recursion, reason = "that is the misdeed")]
fn recurse(depth: u64) -> u64 {
    let ballast = std::hint::black_box([depth; 512]);
    recurse(depth + 1) + ballast[1]
}
