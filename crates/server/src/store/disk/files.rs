//! The segment files' few system calls, behind a trait so that tests can let a disk be full or fail.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

/// A segment file that is being written.
pub trait SegmentFile: Send {
    /// Writes all of `bytes` at `offset`.
    fn write_at(&mut self, bytes: &[u8], offset: u64) -> io::Result<()>;
    /// Makes what was written durable.
    fn sync(&mut self) -> io::Result<()>;
    /// Cuts the file.
    fn set_len(&mut self, length: u64) -> io::Result<()>;
}

/// Opens segment files for writing.
pub trait SegmentFiles: Send {
    /// Opens, and creates where there is none.
    fn open(&self, path: &Path) -> io::Result<Box<dyn SegmentFile>>;
}

/// The system's files.
pub struct RealFiles;

impl SegmentFiles for RealFiles {
    fn open(&self, path: &Path) -> io::Result<Box<dyn SegmentFile>> {
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
        Ok(Box::new(file))
    }
}

impl SegmentFile for File {
    fn write_at(&mut self, bytes: &[u8], offset: u64) -> io::Result<()> {
        self.seek(SeekFrom::Start(offset))?;
        self.write_all(bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.sync_data()
    }

    fn set_len(&mut self, length: u64) -> io::Result<()> {
        File::set_len(self, length)
    }
}

/// Reads up to `limit` bytes at `offset`: fewer only at the end of the file.
pub fn read_at(mut file: &File, offset: u64, limit: usize) -> io::Result<Vec<u8>> {
    file.seek(SeekFrom::Start(offset))?;
    let mut bytes = Vec::with_capacity(limit.min(1 << 20));
    file.take(limit as u64).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Makes a folder's new or removed names durable.
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}
