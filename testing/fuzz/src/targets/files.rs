//! Files that people send: what guard says of them, and what it takes out. The seeds are guard's own fixtures.

use std::path::Path;

use casemate_guard::fuzz::{fuzz_inspect, fuzz_strip};

pub fn run(bytes: &[u8]) {
    fuzz_inspect(bytes);
    fuzz_strip(bytes);
}

pub fn seeds() -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../crates/guard/fixtures");
    let listed = std::fs::read_dir(&folder).expect("guard has fixtures");
    let mut files: Vec<_> = listed.filter_map(|entry| Some(entry.ok()?.path())).collect();
    files.sort();
    files.iter().filter_map(|file| std::fs::read(file).ok()).collect()
}
