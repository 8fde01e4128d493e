//! The limits as a child puts them on itself before it sees a byte of a stranger's file.

use std::collections::BTreeMap;
use std::path::Path;

use landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, Ruleset, RulesetAttr, RulesetCreatedAttr, RulesetStatus,
    Scope, path_beneath_rules,
};
use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit};
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
};

use super::{Confinement, Enforcement, Limits};
use crate::frames::Setup;

/// Puts the limits of `setup` on this process for good.
///
/// Must be called while there is one thread. Resource limits are required; for the rest the answer says how much
/// the kernel has to offer.
pub(crate) fn confine(setup: &Setup) -> Result<Confinement, String> {
    let Limits { address_space, cpu_seconds, file_size, open_files } = setup.limits;
    for (resource, limit) in [
        (Resource::Core, 0),
        (Resource::As, address_space),
        (Resource::Cpu, cpu_seconds),
        (Resource::Fsize, file_size),
        (Resource::Nofile, open_files),
    ] {
        // At the hard limit of processor time the kernel kills without saying why; a second earlier it says so.
        let hard = limit + u64::from(resource == Resource::Cpu);
        setrlimit(resource, Rlimit { current: Some(limit), maximum: Some(hard) })
            .map_err(|error| format!("setting {resource:?} to {limit}: {error}"))?;
    }
    // Neither a debugger of the same user nor a core file may show what the child has in memory.
    set_dumpable_behavior(DumpableBehavior::NotDumpable).map_err(|error| format!("prctl: {error}"))?;
    rustix::thread::set_no_new_privs(true).map_err(|error| format!("no_new_privs: {error}"))?;
    let files = restrict_files(setup).map_err(|error| format!("landlock: {error}"))?;
    let system_calls =
        restrict_system_calls(setup.write.is_some()).map_err(|error| format!("seccomp: {error}"))?;
    Ok(Confinement { files, system_calls })
}

fn restrict_files(setup: &Setup) -> Result<Enforcement, landlock::RulesetError> {
    let abi = ABI::V6;
    let writing: BitFlags<AccessFs> = AccessFs::MakeReg | AccessFs::WriteFile | AccessFs::Truncate;
    let status = Ruleset::default()
        .handle_access(AccessFs::from_all(abi))?
        .handle_access(AccessNet::from_all(abi))?
        .scope(Scope::from_all(abi))?
        .create()?
        .add_rules(path_beneath_rules(
            setup.read.iter().map(|root| &root.0),
            AccessFs::ReadFile | AccessFs::ReadDir,
        ))?
        .add_rules(path_beneath_rules(setup.write.iter().map(|root| -> &Path { &root.0 }), writing))?
        .restrict_self()?;
    Ok(match status.ruleset {
        RulesetStatus::FullyEnforced => Enforcement::Full,
        RulesetStatus::PartiallyEnforced => Enforcement::Partial,
        RulesetStatus::NotEnforced => Enforcement::None,
    })
}

/// An allow list: what is not on it fails with `EPERM`, so that a library which tries goes on without.
fn restrict_system_calls(may_write: bool) -> Result<Enforcement, seccompiler::Error> {
    let Ok(arch) = std::env::consts::ARCH.try_into() else { return Ok(Enforcement::None) };
    let mut rules: BTreeMap<i64, Vec<SeccompRule>> = ALLOWED.iter().map(|call| (*call, Vec::new())).collect();
    // abort() signals its own thread; nobody else may be signalled.
    let this_process = i64::from(rustix::process::getpid().as_raw_nonzero().get()).unsigned_abs();
    let own = SeccompCondition::new(0, SeccompCmpArgLen::Dword, SeccompCmpOp::Eq, this_process)?;
    rules.insert(libc::SYS_tgkill, vec![SeccompRule::new(vec![own])?]);
    let opening = if may_write {
        Vec::new()
    } else {
        let writing = libc::O_WRONLY | libc::O_RDWR | libc::O_CREAT | libc::O_TRUNC;
        let mask = SeccompCmpOp::MaskedEq(u64::from(writing.unsigned_abs()));
        vec![SeccompRule::new(vec![SeccompCondition::new(2, SeccompCmpArgLen::Dword, mask, 0)?])?]
    };
    rules.insert(libc::SYS_openat, opening);
    let denied = SeccompAction::Errno(libc::EPERM.unsigned_abs());
    let filter: BpfProgram = SeccompFilter::new(rules, denied, SeccompAction::Allow, arch)?.try_into()?;
    match seccompiler::apply_filter(&filter) {
        Ok(()) => Ok(Enforcement::Full),
        // EINVAL and ENOSYS: a kernel built without it.
        Err(seccompiler::Error::Seccomp(error) | seccompiler::Error::Prctl(error))
            if matches!(error.raw_os_error(), Some(libc::EINVAL | libc::ENOSYS)) =>
        {
            Ok(Enforcement::None)
        }
        Err(error) => Err(error),
    }
}

/// Memory, files that are open or opened by path, clocks, the end of the process.
const ALLOWED: &[i64] = &[
    libc::SYS_brk,
    libc::SYS_clock_gettime,
    libc::SYS_clock_nanosleep,
    libc::SYS_close,
    libc::SYS_dup,
    libc::SYS_exit,
    libc::SYS_exit_group,
    libc::SYS_fadvise64,
    libc::SYS_fcntl,
    libc::SYS_fdatasync,
    libc::SYS_fstat,
    libc::SYS_fsync,
    libc::SYS_ftruncate,
    libc::SYS_futex,
    libc::SYS_getpid,
    libc::SYS_getrandom,
    libc::SYS_gettid,
    libc::SYS_lseek,
    libc::SYS_madvise,
    libc::SYS_mmap,
    libc::SYS_mprotect,
    libc::SYS_mremap,
    libc::SYS_munmap,
    libc::SYS_nanosleep,
    libc::SYS_newfstatat,
    libc::SYS_pread64,
    libc::SYS_pwrite64,
    libc::SYS_read,
    libc::SYS_readv,
    libc::SYS_restart_syscall,
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_sched_yield,
    libc::SYS_sigaltstack,
    libc::SYS_statx,
    libc::SYS_write,
    libc::SYS_writev,
];
