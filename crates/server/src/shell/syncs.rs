//! Times the syncs of the journal, for `/metrics`: when a server is slow, this tells whether its disk is.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use crate::store::{SegmentFile, SegmentFiles};

/// How many syncs there were, and how long they took.
#[derive(Default)]
pub struct Syncs {
    count: AtomicU64,
    total_us: AtomicU64,
}

impl Syncs {
    /// Files whose syncs are counted here.
    pub fn around(self: &Arc<Self>, files: Box<dyn SegmentFiles>) -> Box<dyn SegmentFiles> {
        Box::new(TimedFiles { files, syncs: self.clone() })
    }

    /// Syncs since the start.
    pub fn count(&self) -> u64 {
        self.count.load(Ordering::Relaxed)
    }

    /// Time in them.
    pub fn seconds(&self) -> f64 {
        self.total_us.load(Ordering::Relaxed) as f64 / 1e6
    }

    fn note(&self, begun: Instant) {
        let us = u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX);
        self.count.fetch_add(1, Ordering::Relaxed);
        self.total_us.fetch_add(us, Ordering::Relaxed);
    }
}

struct TimedFiles {
    files: Box<dyn SegmentFiles>,
    syncs: Arc<Syncs>,
}

impl SegmentFiles for TimedFiles {
    fn open(&self, path: &Path) -> io::Result<Box<dyn SegmentFile>> {
        Ok(Box::new(TimedFile { file: self.files.open(path)?, syncs: self.syncs.clone() }))
    }
}

struct TimedFile {
    file: Box<dyn SegmentFile>,
    syncs: Arc<Syncs>,
}

impl SegmentFile for TimedFile {
    fn write_at(&mut self, bytes: &[u8], offset: u64) -> io::Result<()> {
        self.file.write_at(bytes, offset)
    }

    fn sync(&mut self) -> io::Result<()> {
        let begun = Instant::now();
        let synced = self.file.sync();
        self.syncs.note(begun);
        synced
    }

    fn set_len(&mut self, length: u64) -> io::Result<()> {
        self.file.set_len(length)
    }
}
