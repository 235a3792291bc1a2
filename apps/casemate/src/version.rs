//! Which build of the program runs: its version, and which file it is. Two with one version may still be two: a relay goes on while
//! the file that it was started from is replaced.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;

/// Where Linux has the file that runs, also after another one took its name.
const RUNS: &str = "/proc/self/exe";

/// See the module.
pub fn build() -> String {
    let file = std::fs::metadata(RUNS).or_else(|_| std::env::current_exe().and_then(std::fs::metadata));
    of(file.ok().as_ref())
}

fn of(file: Option<&Metadata>) -> String {
    let version = env!("CARGO_PKG_VERSION");
    match file {
        Some(file) => format!("{version}+{:x}.{:x}.{:x}", file.ino(), file.size(), file.mtime()),
        None => version.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn build_is_the_same_for_one_file_and_another_for_a_file_that_took_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("program");
        let build = || of(std::fs::metadata(&path).ok().as_ref());
        std::fs::write(&path, "before").unwrap();
        let before = build();
        assert_eq!(build(), before);
        std::fs::write(folder.path().join("new"), "after!").unwrap();
        std::fs::rename(folder.path().join("new"), &path).unwrap();
        assert_ne!(build(), before);
        assert!(before.starts_with(concat!(env!("CARGO_PKG_VERSION"), "+")));
    }
}
