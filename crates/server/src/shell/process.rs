//! What the process and the machine tell of themselves, for `/metrics`, under the names that other programs use too.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use crate::directory::thread::now_ms;
use crate::store::disk_room;

/// The process.
pub struct Process {
    /// The data folder.
    pub data: PathBuf,
    /// Which build of the program it is. Empty: it is not known.
    pub build: String,
    /// When it began, in milliseconds since 1970.
    pub begun_ms: i64,
}

impl Process {
    /// Begins now.
    pub fn begin(data: &Path, build: &str) -> Self {
        Self { data: data.to_owned(), build: build.to_owned(), begun_ms: now_ms() }
    }

    /// A row for each thing that this system tells.
    pub fn write_to(&self, text: &mut String) {
        let mut row = |name: &str, help: &str, value: String| {
            // Writing to a string cannot fail.
            let _ = write!(text, "# HELP {name} {help}\n# TYPE {name} gauge\n{name}{value}\n");
        };
        let build = self.build.replace(['\\', '"', '\n'], "_");
        row(
            "casemate_build_info",
            "Which build runs, in its labels",
            format!("{{version=\"{}\",build=\"{build}\"}} 1", env!("CARGO_PKG_VERSION")),
        );
        row(
            "process_start_time_seconds",
            "When the process started, in Unix time",
            format!(" {}", self.begun_ms as f64 / 1_000.0),
        );
        if let Some(bytes) = resident_bytes() {
            row("process_resident_memory_bytes", "Memory of the process", format!(" {bytes}"));
        }
        if let Some(open) = open_files() {
            row("process_open_fds", "Files and sockets open now", format!(" {open}"));
        }
        let most = rustix::process::getrlimit(rustix::process::Resource::Nofile).current;
        if let Some(most) = most {
            row("process_max_fds", "Files and sockets that may be open at once", format!(" {most}"));
        }
        if let Ok((free, all)) = disk_room(&self.data) {
            row("casemate_disk_free_bytes", "Room on the disk of the data folder", format!(" {free}"));
            row("casemate_disk_size_bytes", "Size of the disk of the data folder", format!(" {all}"));
        }
    }
}

/// From /proc, where there is one.
pub fn resident_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok().map(|kib| kib * 1024)
}

/// The folder's size is their number, on Linux from 6.2 on; before, they are counted.
fn open_files() -> Option<u64> {
    let folder = Path::new("/proc/self/fd");
    match std::fs::metadata(folder).ok()?.len() {
        0 => u64::try_from(std::fs::read_dir(folder).ok()?.count()).ok(),
        files => Some(files),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metrics_of_the_process_have_each_its_help_and_its_kind() {
        let mut text = String::new();
        Process::begin(Path::new("/"), "0.1+a\"b").write_to(&mut text);
        let value = |name: &str| {
            assert_eq!(text.matches(&format!("# TYPE {name} gauge\n")).count(), 1, "{text}");
            let line = text.lines().find_map(|line| line.strip_prefix(&format!("{name} ")));
            line.unwrap_or_else(|| panic!("{name} is not in {text}")).parse::<f64>().unwrap()
        };
        assert!(value("process_start_time_seconds") > 1_600_000_000.0);
        assert!(value("process_open_fds") >= 3.0 && value("process_max_fds") >= value("process_open_fds"));
        assert!(value("casemate_disk_free_bytes") <= value("casemate_disk_size_bytes"));
        assert!(value("process_resident_memory_bytes") > 0.0);
        assert!(text.contains("build=\"0.1+a_b\"} 1\n"));
    }
}
