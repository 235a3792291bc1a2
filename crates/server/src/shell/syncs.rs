//! Times the syncs of the journal, for `/metrics`: when a server is slow, this tells whether its disk is.

use std::fmt::Write;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use crate::store::{SegmentFile, SegmentFiles};

/// Upper ends of the classes by time, in milliseconds; the last class has none.
const CLASSES_MS: [u64; 8] = [1, 2, 5, 10, 20, 50, 100, 500];

/// How many syncs there were, and how long they took.
#[derive(Default)]
pub struct Syncs {
    count: AtomicU64,
    total_us: AtomicU64,
    classes: [AtomicU64; CLASSES_MS.len()],
}

impl Syncs {
    /// Files whose syncs are counted here.
    pub fn around(self: &Arc<Self>, files: Arc<dyn SegmentFiles>) -> Arc<dyn SegmentFiles> {
        Arc::new(TimedFiles { files, syncs: self.clone() })
    }

    /// All of it as a histogram of Prometheus.
    pub fn write_to(&self, text: &mut String) {
        let name = "casemate_sync_seconds";
        // Writing to a string cannot fail.
        let _ = writeln!(text, "# HELP {name} Batches of entries made durable by one sync each");
        let _ = writeln!(text, "# TYPE {name} histogram");
        let mut so_far = 0;
        for (class, limit_ms) in self.classes.iter().zip(CLASSES_MS) {
            so_far += class.load(Ordering::Relaxed);
            let _ = writeln!(text, "{name}_bucket{{le=\"{}\"}} {so_far}", limit_ms as f64 / 1e3);
        }
        let count = self.count.load(Ordering::Relaxed);
        let seconds = self.total_us.load(Ordering::Relaxed) as f64 / 1e6;
        let _ = writeln!(
            text,
            "{name}_bucket{{le=\"+Inf\"}} {count}\n{name}_sum {seconds}\n{name}_count {count}"
        );
    }

    fn note(&self, begun: Instant) {
        let us = u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX);
        self.count.fetch_add(1, Ordering::Relaxed);
        let class = CLASSES_MS.iter().position(|limit_ms| us <= limit_ms * 1_000);
        if let Some(class) = class.and_then(|class| self.classes.get(class)) {
            class.fetch_add(1, Ordering::Relaxed);
        }
        self.total_us.fetch_add(us, Ordering::Relaxed);
    }
}

struct TimedFiles {
    files: Arc<dyn SegmentFiles>,
    syncs: Arc<Syncs>,
}

impl SegmentFiles for TimedFiles {
    fn open(&self, path: &Path) -> io::Result<Box<dyn SegmentFile>> {
        Ok(Box::new(TimedFile { file: self.files.open(path)?, syncs: self.syncs.clone() }))
    }

    fn open_to_read(&self, path: &Path) -> io::Result<Box<dyn SegmentFile>> {
        self.files.open_to_read(path)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.files.remove(path)
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        self.files.sync_folder(folder)
    }
}

struct TimedFile {
    file: Box<dyn SegmentFile>,
    syncs: Arc<Syncs>,
}

impl SegmentFile for TimedFile {
    fn read_at(&mut self, offset: u64, limit: usize) -> io::Result<Vec<u8>> {
        self.file.read_at(offset, limit)
    }

    fn length(&mut self) -> io::Result<u64> {
        self.file.length()
    }

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

    fn punch(&mut self, offset: u64, bytes: u64) -> io::Result<()> {
        self.file.punch(offset, bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_sync_is_in_its_class_and_in_those_above() {
        let (syncs, mut text) = (Syncs::default(), String::new());
        syncs.note(Instant::now());
        syncs.write_to(&mut text);
        for line in ["_bucket{le=\"0.001\"} 1", "_bucket{le=\"0.5\"} 1", "_bucket{le=\"+Inf\"} 1", "_count 1"]
        {
            assert!(text.contains(&format!("casemate_sync_seconds{line}\n")), "{text}");
        }
    }
}
