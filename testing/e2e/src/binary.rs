//! Where the binary under test is: `CASEMATE_BIN`, else `casemate` in the folder that cargo builds this into.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// The binary's path.
///
/// # Panics
/// Where there is none; the message says what to run.
pub fn casemate() -> &'static PathBuf {
    static PATH: OnceLock<PathBuf> = OnceLock::new();
    PATH.get_or_init(|| {
        if let Some(named) = std::env::var_os("CASEMATE_BIN") {
            let path = PathBuf::from(named);
            assert!(path.is_file(), "CASEMATE_BIN names {}, which is not there", path.display());
            return path;
        }
        // target/debug/deps/all-… → target/debug/casemate
        let here = std::env::current_exe().expect("a process has a path");
        let beside = here.parent().and_then(|deps| deps.parent()).expect("cargo's folders").join("casemate");
        assert!(
            beside.is_file(),
            "there is no {}: run `cargo build -p casemate` first, or `cargo xtask test`, which does",
            beside.display()
        );
        beside
    })
}

/// A command of it, with nothing on its standard input.
pub fn command(words: &[&str]) -> Command {
    let mut command = Command::new(casemate());
    command.args(words).stdin(Stdio::null());
    command
}

/// A command of it behind another program and its words, such as `unshare -m`.
pub fn command_under(wrapper: &[String]) -> Command {
    match wrapper.split_first() {
        None => Command::new(casemate()),
        Some((program, words)) => {
            let mut command = Command::new(program);
            command.args(words).arg(casemate());
            command
        }
    }
}

/// Peak resident memory of a process that runs, in bytes. 0 where `/proc` is not there.
pub fn peak_memory(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = peak.and_then(|text| text.trim().strip_suffix(" kB"));
    kilobytes.and_then(|number| number.parse::<u64>().ok()).unwrap_or(0) * 1024
}

/// A child of a process, where it has one. `None` also where `/proc` is not there.
pub fn child_of(process: u32) -> Option<u32> {
    let all = std::fs::read_dir("/proc").ok()?;
    let mut numbers = all.flatten().filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    numbers.find(|number| {
        let status = std::fs::read_to_string(format!("/proc/{number}/status")).unwrap_or_default();
        let parent = status.lines().find_map(|line| line.strip_prefix("PPid:"));
        parent.and_then(|parent| parent.trim().parse().ok()) == Some(process)
    })
}
