//! The walls around the child.
//!
//! Three of them, each enough against most of what a decoder that was taken over could want:
//!
//! - resource limits ([`limit`]): memory, processor time, size of the output, no more files, no core dump;
//! - Landlock (Linux 5.13 and later): no path of the file system, no TCP, no signals to others;
//! - seccomp: of all system calls only those that read and write what is open, and get memory. Anything else gives
//!   `EPERM`, so that a library which tries, fails and goes on.
//!
//! Seccomp is the one that must hold: without it the job is not run. Landlock is built where the kernel has it.
//! What was open before and not closed on exec stays open: Rust's standard library closes all on exec.

use crate::limits;

#[cfg(not(target_os = "linux"))]
/// Nothing is known for this system yet.
pub fn limit(_input_bytes: u64, _output_bytes: u64) -> Result<(), String> {
    Ok(())
}

#[cfg(not(target_os = "linux"))]
/// Nothing is known for this system yet.
pub fn close_in() -> Result<(), String> {
    Err("walls are built on Linux only so far".to_owned())
}

#[cfg(target_os = "linux")]
pub use linux::{close_in, filter_calls, limit};

#[cfg(target_os = "linux")]
mod linux {
    use super::limits;
    use crate::child::time_limit_ms;
    use landlock::{ABI, Access, AccessFs, AccessNet, CompatLevel, Compatible, Ruleset, RulesetAttr, Scope};
    use rlimit::Resource;
    use seccompiler::{
        BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
        SeccompRule,
    };
    use std::collections::BTreeMap;

    /// Limits of a job on an input of that size, which writes so much at most. Comes first: setting limits is forbidden later.
    pub fn limit(input_bytes: u64, output_bytes: u64) -> Result<(), String> {
        // Against a parent that died before it could kill: a second more than its own limit.
        let seconds = time_limit_ms(input_bytes) / 1000 + 1;
        for (resource, value) in [
            (Resource::AS, limits::CHILD_MEMORY_BYTES),
            (Resource::CPU, seconds),
            (Resource::FSIZE, output_bytes),
            (Resource::CORE, 0),
        ] {
            resource.set(value, value).map_err(|error| format!("no limit on {resource:?}: {error}"))?;
        }
        Ok(())
    }

    /// Closes this process in, for good. Before any thread is started.
    pub fn close_in() -> Result<(), String> {
        // On a kernel without it this does nothing and says so; seccomp alone forbids the same calls.
        let _ = landlock();
        // Landlock's rules are a file themselves, hence only now.
        Resource::NOFILE.set(0, 0).map_err(|error| format!("no limit on files: {error}"))?;
        filter_calls()
    }

    /// Seccomp alone: the wall that must hold by itself.
    pub fn filter_calls() -> Result<(), String> {
        seccomp().map_err(|error| format!("no filter for system calls: {error}"))
    }

    fn landlock() -> Result<(), landlock::RulesetError> {
        let abi = ABI::V7;
        Ruleset::default()
            .set_compatibility(CompatLevel::BestEffort)
            .handle_access(AccessFs::from_all(abi))?
            .handle_access(AccessNet::from_all(abi))?
            .scope(Scope::from_all(abi))?
            .create()?
            // No rule follows: nothing is allowed.
            .restrict_self()?;
        Ok(())
    }

    fn seccomp() -> Result<(), Box<dyn std::error::Error>> {
        let mut rules: BTreeMap<i64, Vec<SeccompRule>> = BTreeMap::new();
        for call in [
            // What is open: input, output, answer.
            libc::SYS_read,
            libc::SYS_write,
            libc::SYS_writev,
            libc::SYS_lseek,
            libc::SYS_close,
            // Memory.
            libc::SYS_munmap,
            libc::SYS_mremap,
            libc::SYS_brk,
            libc::SYS_madvise,
            // What the standard library needs to run and to end.
            libc::SYS_futex,
            libc::SYS_getrandom,
            libc::SYS_clock_gettime,
            libc::SYS_sched_yield,
            libc::SYS_sigaltstack,
            libc::SYS_rt_sigprocmask,
            libc::SYS_rt_sigaction,
            libc::SYS_getpid,
            libc::SYS_gettid,
            libc::SYS_rt_sigreturn,
            libc::SYS_exit,
            libc::SYS_exit_group,
        ] {
            rules.insert(call, Vec::new());
        }
        // Memory, but none that can be executed.
        for call in [libc::SYS_mmap, libc::SYS_mprotect] {
            const PROTECTION: u8 = 2;
            let executable = SeccompCmpOp::MaskedEq(libc::PROT_EXEC as u64);
            let condition = SeccompCondition::new(PROTECTION, SeccompCmpArgLen::Dword, executable, 0)?;
            rules.insert(call, vec![SeccompRule::new(vec![condition])?]);
        }
        // A signal to itself and nobody else: how a failed allocation aborts. Without it the child would spin.
        let itself =
            SeccompCondition::new(0, SeccompCmpArgLen::Dword, SeccompCmpOp::Eq, std::process::id().into())?;
        rules.insert(libc::SYS_tgkill, vec![SeccompRule::new(vec![itself])?]);
        let filter = SeccompFilter::new(
            rules,
            SeccompAction::Errno(libc::EPERM as u32),
            SeccompAction::Allow,
            std::env::consts::ARCH.try_into()?,
        )?;
        let program: BpfProgram = filter.try_into()?;
        seccompiler::apply_filter_all_threads(&program)?;
        Ok(())
    }
}
