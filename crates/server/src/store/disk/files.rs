//! The segment files' few system calls, behind a trait so that tests can let each of them fail ([`super::FailingFiles`]).

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

/// An open segment file.
pub trait SegmentFile: Send {
    /// Reads up to `limit` bytes at `offset`: fewer only at the end of the file.
    fn read_at(&mut self, offset: u64, limit: usize) -> io::Result<Vec<u8>>;
    /// How long it is.
    fn length(&mut self) -> io::Result<u64>;
    /// Writes all of `bytes` at `offset`.
    fn write_at(&mut self, bytes: &[u8], offset: u64) -> io::Result<()>;
    /// Makes what was written durable.
    fn sync(&mut self) -> io::Result<()>;
    /// Cuts the file.
    fn set_len(&mut self, length: u64) -> io::Result<()>;
    /// Gives a part of the file back to the disk: it reads as zeros from then on, and the file is as long as before.
    fn punch(&mut self, offset: u64, bytes: u64) -> io::Result<()>;
}

/// Opens, removes and keeps the names of segment files.
pub trait SegmentFiles: Send + Sync {
    /// Opens for writing, and creates where there is none.
    fn open(&self, path: &Path) -> io::Result<Box<dyn SegmentFile>>;
    /// Opens for reading what is there.
    fn open_to_read(&self, path: &Path) -> io::Result<Box<dyn SegmentFile>>;
    /// Removes a file.
    fn remove(&self, path: &Path) -> io::Result<()>;
    /// Makes a folder's new or removed names durable.
    fn sync_folder(&self, folder: &Path) -> io::Result<()>;
}

/// The system's files.
pub struct RealFiles;

impl SegmentFiles for RealFiles {
    fn open(&self, path: &Path) -> io::Result<Box<dyn SegmentFile>> {
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
        Ok(Box::new(file))
    }

    fn open_to_read(&self, path: &Path) -> io::Result<Box<dyn SegmentFile>> {
        Ok(Box::new(File::open(path)?))
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
    }
}

impl SegmentFile for File {
    fn read_at(&mut self, offset: u64, limit: usize) -> io::Result<Vec<u8>> {
        self.seek(SeekFrom::Start(offset))?;
        let mut bytes = Vec::with_capacity(limit.min(1 << 20));
        self.take(limit as u64).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    fn length(&mut self) -> io::Result<u64> {
        Ok(self.metadata()?.len())
    }

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

    fn punch(&mut self, offset: u64, bytes: u64) -> io::Result<()> {
        punch(self, offset, bytes)
    }
}

/// See [`SegmentFile::punch`].
#[cfg(target_os = "linux")]
pub fn punch(file: &File, offset: u64, bytes: u64) -> io::Result<()> {
    use rustix::fs::{FallocateFlags, fallocate};
    Ok(fallocate(file, FallocateFlags::PUNCH_HOLE | FallocateFlags::KEEP_SIZE, offset, bytes)?)
}

/// See [`SegmentFile::punch`].
#[cfg(not(target_os = "linux"))]
pub fn punch(_: &File, _: u64, _: u64) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}
