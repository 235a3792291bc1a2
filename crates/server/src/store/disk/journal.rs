//! The durable truth: batches appended to the newest segment, each made durable with one sync.
//!
//! Nothing is preallocated. Setting a length ahead made syncs no cheaper where it was measured, and writing zeros
//! ahead saved a third of a sync for twice the bytes (docs/decisions/0003).

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rand_core::{OsRng, RngCore};

use super::errors::io_error;
use super::files::{SegmentFile, SegmentFiles};
use crate::store::StoreError;
use crate::store::segment::{HEADER_BYTES, Header, RecordRef};

/// When a segment is full. Small segments let expiry be exact, and cost a look-up each for what is far back.
#[derive(Debug, Clone, Copy)]
pub struct SegmentLimits {
    /// Bytes; well below 4 GiB, which offsets can address.
    pub bytes: u32,
    /// Entries.
    pub entries: u32,
    /// Milliseconds between its first entry and a later one.
    pub age_ms: i64,
}

impl Default for SegmentLimits {
    fn default() -> Self {
        Self { bytes: 1 << 30, entries: 10_000_000, age_ms: 86_400_000 }
    }
}

/// A segment that is written no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sealed {
    /// Its number.
    pub number: u32,
    /// Its length.
    pub bytes: u32,
    /// When its newest entry was accepted.
    pub last_ms: i64,
}

/// What the journal knows of the segment that it writes.
#[derive(Debug, Clone, Copy)]
pub struct Writing {
    /// Its header.
    pub header: Header,
    /// Durable bytes.
    pub bytes: u32,
    /// Entries.
    pub entries: u32,
    /// When its first entry was accepted.
    pub first_ms: Option<i64>,
    /// When its newest entry was accepted.
    pub last_ms: i64,
}

/// Appends to the newest segment.
pub struct Journal {
    folder: PathBuf,
    files: Arc<dyn SegmentFiles>,
    limits: SegmentLimits,
    file: Box<dyn SegmentFile>,
    writing: Writing,
    /// The batch that is being put together.
    batch: Vec<u8>,
    stopped: bool,
}

/// Where a segment is.
pub fn segment_path(folder: &Path, number: u32) -> PathBuf {
    folder.join(format!("{number:08}.seg"))
}

impl Journal {
    /// Goes on with a segment that was read.
    pub fn open(
        folder: PathBuf,
        files: Arc<dyn SegmentFiles>,
        limits: SegmentLimits,
        writing: Writing,
    ) -> Result<Self, StoreError> {
        let path = segment_path(&folder, writing.header.number);
        let file = files.open(&path).map_err(io_error("opening", &path))?;
        Ok(Self { folder, files, limits, file, writing, batch: Vec::new(), stopped: false })
    }

    /// Begins with a new segment.
    pub fn begin(
        folder: PathBuf,
        files: Arc<dyn SegmentFiles>,
        limits: SegmentLimits,
        number: u32,
    ) -> Result<Self, StoreError> {
        let (file, writing) = begin(&folder, files.as_ref(), number)?;
        Ok(Self { folder, files, limits, file, writing, batch: Vec::new(), stopped: false })
    }

    /// The newest segment.
    pub fn writing(&self) -> &Writing {
        &self.writing
    }

    /// Begins another segment where this one has had enough before an entry of `at_ms`. Gives the one that ended.
    pub fn rotate(&mut self, at_ms: Option<i64>) -> Result<Option<Sealed>, StoreError> {
        let Writing { bytes, entries, first_ms, .. } = self.writing;
        // Either way: a clock that jumped back must not put entries into a segment that expires late.
        let old = match (first_ms, at_ms) {
            (Some(first), Some(now)) => now.abs_diff(first) >= self.limits.age_ms.unsigned_abs(),
            _ => false,
        };
        if old || bytes >= self.limits.bytes || entries >= self.limits.entries {
            self.rotate_now()
        } else {
            Ok(None)
        }
    }

    /// Begins another segment, unless nothing is taken any more.
    pub fn rotate_now(&mut self) -> Result<Option<Sealed>, StoreError> {
        if self.stopped {
            return Ok(None);
        }
        let Writing { header, bytes, last_ms, .. } = self.writing;
        (self.file, self.writing) = begin(&self.folder, self.files.as_ref(), header.number + 1)?;
        Ok(Some(Sealed { number: header.number, bytes, last_ms }))
    }

    /// Begins a batch.
    pub fn begin_batch(&mut self) {
        self.batch.clear();
        self.add(RecordRef::Batch(self.writing.bytes));
    }

    /// Adds a record to the batch. Gives its place in the segment and its length.
    pub fn add(&mut self, record: RecordRef<'_>) -> (u32, u32) {
        let offset = self.writing.bytes + self.batch.len() as u32;
        (offset, self.writing.header.encode_record(record, &mut self.batch))
    }

    /// Makes the batch durable, with entries of the times given. Where that fails the journal is as before, or it
    /// takes nothing any more.
    pub fn finish_batch(&mut self, times_ms: impl Iterator<Item = i64>) -> Result<(), StoreError> {
        if self.stopped {
            return Err(StoreError::Stopped);
        }
        let path = segment_path(&self.folder, self.writing.header.number);
        if let Err(error) = self.file.write_at(&self.batch, self.writing.bytes.into()) {
            self.cut_back();
            return Err(io_error("writing", &path)(error));
        }
        if let Err(error) = self.file.sync() {
            // After a failed sync nobody can say what the disk holds: the kernel may have dropped the pages and
            // marked them clean, so that the next sync succeeds without them ("fsyncgate"). Going on would
            // acknowledge on sand. After a restart only what can be read from the file counts, and that is
            // written and synced anew (see `recover`).
            self.stopped = true;
            self.cut_back();
            tracing::error!(%error, "a sync failed: nothing is taken until the server is restarted");
            return Err(StoreError::Stopped);
        }
        let writing = &mut self.writing;
        writing.bytes += self.batch.len() as u32;
        for at_ms in times_ms {
            writing.entries += 1;
            writing.first_ms.get_or_insert(at_ms);
            writing.last_ms = writing.last_ms.max(at_ms);
        }
        // One huge batch should not be held for ever.
        self.batch.shrink_to(16 * 1024 * 1024);
        Ok(())
    }

    /// Takes back what a failed write may have left behind the last durable byte.
    fn cut_back(&mut self) {
        let cut = self.file.set_len(self.writing.bytes.into());
        if let Err(error) = cut {
            self.stopped = true;
            tracing::error!(%error, "a failed write could not be taken back: nothing is taken until a restart");
        }
    }
}

/// A new segment, durable with its name.
fn begin(
    folder: &Path,
    files: &dyn SegmentFiles,
    number: u32,
) -> Result<(Box<dyn SegmentFile>, Writing), StoreError> {
    let mut salt = [0; 16];
    OsRng.fill_bytes(&mut salt);
    let header = Header { number, salt };
    let path = segment_path(folder, number);
    let create = || -> io::Result<Box<dyn SegmentFile>> {
        let mut file = files.open(&path)?;
        // Left over from an attempt that failed.
        file.set_len(0)?;
        file.write_at(&header.encode(), 0)?;
        file.sync()?;
        files.sync_folder(folder)?;
        Ok(file)
    };
    let file = create().map_err(io_error("creating", &path))?;
    let bytes = HEADER_BYTES as u32;
    Ok((file, Writing { header, bytes, entries: 0, first_ms: None, last_ms: i64::MIN }))
}
