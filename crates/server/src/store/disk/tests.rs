//! What only a store on a disk can suffer: crashes at any byte, damage, a full disk, a second server.

use super::super::suite::{self, Factory};
use super::*;

/// Small limits, so that a few hundred entries see rotation, flushes and eviction.
fn options() -> Options {
    let segments = SegmentLimits { bytes: 20_000, entries: 200, age_ms: suite::DAY_MS };
    Options { segments, cached_logs: 4, flush_entries: 40, flush_logs: 6, ..Options::default() }
}

struct Disk(tempfile::TempDir);

impl Factory for Disk {
    type Store = DiskStore;
    fn open(&mut self) -> DiskStore {
        DiskStore::open(self.0.path(), options()).unwrap()
    }
}

#[test]
fn the_suite_of_every_store() {
    suite::run(|| Disk(tempfile::tempdir().unwrap()));
}
