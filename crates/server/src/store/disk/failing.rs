//! Files over a disk that fails, for tests and the simulation: each call may give an error, by a seed or as it is told, and power may
//! be lost, which takes some of what was written and not made durable.
//!
//! What a failed sync was to make durable no later one makes durable, as on Linux: it has to be written once more.

use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::files::{RealFiles, SegmentFile, SegmentFiles};

/// A call that can fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FileCall {
    /// Opening, to write or to read.
    Open,
    /// Reading.
    Read,
    /// Writing. A part may have arrived.
    Write,
    /// Making a file's bytes durable.
    Sync,
    /// Cutting a file, or taking a part out of it.
    Cut,
    /// Removing a file.
    Remove,
    /// Making a folder's names durable.
    SyncFolder,
}

/// How a call fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileError {
    /// EIO.
    Broken,
    /// ENOSPC.
    Full,
    /// EMFILE.
    TooMany,
}

impl From<FileError> for io::Error {
    fn from(error: FileError) -> Self {
        match error {
            FileError::Broken => Self::from_raw_os_error(5),
            FileError::Full => ErrorKind::StorageFull.into(),
            FileError::TooMany => Self::from_raw_os_error(24),
        }
    }
}

/// The system's files, some of whose calls fail. Clones share one plan: one goes to the store, and a test keeps the other.
#[derive(Clone)]
pub struct FailingFiles(Arc<Mutex<Plan>>);

struct Plan {
    random: u64,
    /// Each call fails once in so many times; 0: none does.
    one_in: u64,
    /// These fail next, in this order, each at its next call.
    next: Vec<(FileCall, FileError)>,
    failed: Vec<(FileCall, PathBuf)>,
    /// What was written and not made durable, oldest first: where, and what was there before.
    unsynced: BTreeMap<PathBuf, Vec<Written>>,
}

struct Written {
    offset: u64,
    bytes: Vec<u8>,
    /// What was there, and how long the file was.
    before: Vec<u8>,
    length: u64,
    /// A sync of it failed: no later one makes it durable, unless it is written once more.
    lost: bool,
}

impl Written {
    fn end(&self) -> u64 {
        self.offset + self.bytes.len() as u64
    }

    fn take_back(&self, file: &mut dyn SegmentFile) -> io::Result<()> {
        if file.length()? <= self.end() {
            file.set_len(self.length.max(self.offset))?;
        }
        let mut before = self.before.clone();
        if file.length()? > self.end() {
            before.resize(self.bytes.len(), 0);
        }
        file.write_at(&before, self.offset)
    }
}

impl FailingFiles {
    /// From a seed. Nothing fails yet.
    pub fn new(seed: u64) -> Self {
        Self(Arc::new(Mutex::new(Plan {
            random: seed,
            one_in: 0,
            next: Vec::new(),
            failed: Vec::new(),
            unsynced: BTreeMap::new(),
        })))
    }

    /// From now on each call fails once in so many times, as the seed has it; 0: none does.
    pub fn fail_one_in(&self, times: u64) {
        self.plan().one_in = times;
    }

    /// The next call of this kind fails so. Several are kept, in their order.
    pub fn fail_next(&self, call: FileCall, error: FileError) {
        self.plan().next.push((call, error));
    }

    /// What has failed so far.
    pub fn failed(&self) -> Vec<(FileCall, PathBuf)> {
        self.plan().failed.clone()
    }

    /// Power is lost: of what was written to each file and not made durable, a part stays, as the seed has it: some of the oldest
    /// writes, and the beginning of the next one. To be called once the store has been dropped.
    pub fn lose_power(&self) -> io::Result<()> {
        let unsynced = std::mem::take(&mut self.plan().unsynced);
        for (path, writes) in unsynced {
            let (lost, writes): (Vec<_>, Vec<_>) = writes.into_iter().partition(|written| written.lost);
            let kept = self.plan().below(writes.len() as u64 + 1) as usize;
            let mut file = RealFiles.open(&path)?;
            for written in writes[kept..].iter().rev() {
                written.take_back(file.as_mut())?;
            }
            if let Some(torn) = writes.get(kept) {
                let length = self.plan().below(torn.bytes.len() as u64) as usize;
                file.write_at(&torn.bytes[..length], torn.offset)?;
            }
            for written in lost.iter().rev() {
                written.take_back(file.as_mut())?;
            }
        }
        Ok(())
    }

    fn plan(&self) -> MutexGuard<'_, Plan> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn pass(&self, call: FileCall, path: &Path) -> io::Result<()> {
        match self.plan().fails(call, path) {
            None => Ok(()),
            Some(error) => Err(error.into()),
        }
    }
}

impl Plan {
    fn fails(&mut self, call: FileCall, path: &Path) -> Option<FileError> {
        let told = self.next.iter().position(|(next, _)| *next == call);
        let error = match told {
            Some(at) => self.next.remove(at).1,
            None if self.one_in > 0 && self.below(self.one_in) == 0 => match self.below(3) {
                0 => FileError::Broken,
                1 => FileError::Full,
                _ => FileError::TooMany,
            },
            None => return None,
        };
        self.failed.push((call, path.to_owned()));
        Some(error)
    }

    fn below(&mut self, end: u64) -> u64 {
        if end == 0 { 0 } else { self.random() % end }
    }

    /// SplitMix64.
    fn random(&mut self) -> u64 {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.random;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

impl SegmentFiles for FailingFiles {
    fn open(&self, path: &Path) -> io::Result<Box<dyn SegmentFile>> {
        self.pass(FileCall::Open, path)?;
        Ok(Box::new(FailingFile { file: RealFiles.open(path)?, path: path.to_owned(), files: self.clone() }))
    }

    fn open_to_read(&self, path: &Path) -> io::Result<Box<dyn SegmentFile>> {
        self.pass(FileCall::Open, path)?;
        let file = RealFiles.open_to_read(path)?;
        Ok(Box::new(FailingFile { file, path: path.to_owned(), files: self.clone() }))
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.pass(FileCall::Remove, path)?;
        self.plan().unsynced.remove(path);
        RealFiles.remove(path)
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        self.pass(FileCall::SyncFolder, folder)?;
        RealFiles.sync_folder(folder)
    }
}

struct FailingFile {
    file: Box<dyn SegmentFile>,
    path: PathBuf,
    files: FailingFiles,
}

impl SegmentFile for FailingFile {
    fn read_at(&mut self, offset: u64, limit: usize) -> io::Result<Vec<u8>> {
        self.files.pass(FileCall::Read, &self.path)?;
        self.file.read_at(offset, limit)
    }

    fn length(&mut self) -> io::Result<u64> {
        self.file.length()
    }

    fn write_at(&mut self, bytes: &[u8], offset: u64) -> io::Result<()> {
        let failed = self.files.pass(FileCall::Write, &self.path);
        let arrives = match &failed {
            Ok(()) => bytes.len(),
            Err(_) => self.files.plan().below(bytes.len() as u64) as usize,
        };
        let bytes = &bytes[..arrives];
        let (before, length) = (self.file.read_at(offset, arrives)?, self.file.length()?);
        self.file.write_at(bytes, offset)?;
        let written = Written { offset, bytes: bytes.to_vec(), before, length, lost: false };
        let mut plan = self.files.plan();
        let writes = plan.unsynced.entry(self.path.clone()).or_default();
        writes.retain(|earlier| !earlier.lost || earlier.offset < offset || earlier.end() > written.end());
        writes.push(written);
        failed
    }

    fn sync(&mut self) -> io::Result<()> {
        let passed = self.files.pass(FileCall::Sync, &self.path);
        if passed.is_ok() {
            self.file.sync()?;
        }
        let mut plan = self.files.plan();
        let writes = plan.unsynced.entry(self.path.clone()).or_default();
        match &passed {
            Ok(()) => writes.retain(|written| written.lost),
            Err(_) => writes.iter_mut().for_each(|written| written.lost = true),
        }
        passed
    }

    fn set_len(&mut self, length: u64) -> io::Result<()> {
        self.files.pass(FileCall::Cut, &self.path)?;
        if let Some(writes) = self.files.plan().unsynced.get_mut(&self.path) {
            writes.retain(|written| written.offset < length);
        }
        self.file.set_len(length)
    }

    fn punch(&mut self, offset: u64, bytes: u64) -> io::Result<()> {
        self.files.pass(FileCall::Cut, &self.path)?;
        self.file.punch(offset, bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_fail_as_told_and_by_the_seed_alone() {
        let home = tempfile::tempdir().unwrap();
        let run = |seed| {
            let files = FailingFiles::new(seed);
            let path = home.path().join("file");
            let mut file = files.open(&path).unwrap();
            files.fail_next(FileCall::Sync, FileError::Full);
            file.write_at(b"text", 0).unwrap();
            assert_eq!(file.sync().unwrap_err().kind(), ErrorKind::StorageFull);
            file.sync().unwrap();
            files.fail_one_in(3);
            let calls: Vec<bool> = (0..60).map(|_| file.read_at(0, 4).is_ok()).collect();
            assert!(calls.contains(&true) && calls.contains(&false));
            assert_eq!(files.failed().len(), 1 + calls.iter().filter(|went| !**went).count());
            calls
        };
        assert_eq!(run(7), run(7));
        assert_ne!(run(7), run(8));
    }

    #[test]
    fn power_loss_keeps_what_was_synced_and_a_beginning_of_the_rest() {
        let home = tempfile::tempdir().unwrap();
        let mut seen = std::collections::BTreeSet::new();
        for seed in 0..200 {
            let files = FailingFiles::new(seed);
            let path = home.path().join(format!("{seed}"));
            let mut file = files.open(&path).unwrap();
            file.write_at(b"kept", 0).unwrap();
            file.sync().unwrap();
            file.write_at(b"abc", 4).unwrap();
            file.write_at(b"def", 7).unwrap();
            drop(file);
            files.lose_power().unwrap();
            let left = std::fs::read(&path).unwrap();
            assert!(b"keptabcdef".starts_with(&left[..]) && left.len() >= 4, "{left:?}");
            seen.insert(left.len());
        }
        assert_eq!(seen, (4..=10).collect());
    }

    #[test]
    fn what_a_failed_sync_lost_comes_back_only_where_it_is_written_again() {
        let home = tempfile::tempdir().unwrap();
        let run = |again: bool| {
            let files = FailingFiles::new(1);
            let path = home.path().join(format!("{again}"));
            let mut file = files.open(&path).unwrap();
            file.write_at(b"lost", 0).unwrap();
            files.fail_next(FileCall::Sync, FileError::Broken);
            file.sync().unwrap_err();
            if again {
                file.write_at(b"lost", 0).unwrap();
            }
            file.sync().unwrap();
            file.write_at(b"kept", 4).unwrap();
            file.sync().unwrap();
            files.lose_power().unwrap();
            std::fs::read(&path).unwrap()
        };
        assert_eq!(run(true), b"lostkept");
        assert_eq!(run(false), b"\0\0\0\0kept");
    }
}
