//! The limits that a child puts on itself before it sees a byte of a stranger's file.

use serde::{Deserialize, Serialize};

#[cfg(feature = "codecs")]
mod confine;
#[cfg(feature = "codecs")]
pub(crate) use confine::confine;

/// What one child may use, as resource limits of the kernel (`setrlimit`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Bytes of address space.
    pub address_space: u64,
    /// Seconds of processor time over the child's life. The [`crate::Pool`] replaces a child that used half of it.
    pub cpu_seconds: u64,
    /// Bytes that a file which it writes may grow to.
    pub file_size: u64,
    /// Open files.
    pub open_files: u64,
}

impl Default for Limits {
    /// 1 GiB of memory, 20 minutes of processor time, files of 64 MiB, 32 open files.
    fn default() -> Self {
        Self { address_space: 1 << 30, cpu_seconds: 1200, file_size: 64 << 20, open_files: 32 }
    }
}

/// How far a protection is in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Enforcement {
    /// All of it.
    Full,
    /// The part that this kernel knows.
    Partial,
    /// None: the kernel lacks it.
    None,
}

/// What a child could take away from itself on this machine, besides its [`Limits`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confinement {
    /// Landlock: no file outside the given folders, no TCP, no signals or abstract sockets to other processes.
    pub files: Enforcement,
    /// Seccomp: no system call but those that reading, decoding and writing files need.
    pub system_calls: Enforcement,
}
