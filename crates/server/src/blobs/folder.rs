//! The folder of blobs: `blobs/ab/cdef…`, a file a blob, named by its id. A file's length is how far it is filled.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use casemate_wire::ids::BlobId;

/// What files leave free, so that a disk filled by them still takes messages: this much, or an eighth of a small
/// disk. More keeps messages going longer, and takes it from files.
const RESERVE_BYTES: u64 = 1024 * 1024 * 1024;
const RESERVE_SHARE: u64 = 8;

/// The folder.
#[derive(Debug, Clone)]
pub struct Folder(PathBuf);

impl Folder {
    /// Opens or creates it.
    pub fn open(path: &Path) -> io::Result<Self> {
        fs::create_dir_all(path)?;
        Ok(Self(path.to_path_buf()))
    }

    /// Where a blob's bytes are.
    pub fn path(&self, blob: BlobId) -> PathBuf {
        let hex = blob.to_hex();
        self.0.join(&hex[..2]).join(&hex[2..])
    }

    /// How many bytes of a blob are there.
    pub fn filled(&self, blob: BlobId) -> io::Result<u64> {
        match fs::metadata(self.path(blob)) {
            Ok(metadata) => Ok(metadata.len()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
            Err(error) => Err(error),
        }
    }

    /// Opens a blob to append to it.
    pub fn append(&self, blob: BlobId) -> io::Result<File> {
        let path = self.path(blob);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        OpenOptions::new().append(true).create(true).open(path)
    }

    /// Refuses bytes that would take what is kept for messages.
    pub fn check_room(&self, bytes: u64) -> io::Result<()> {
        let disk = rustix::fs::statvfs(&self.0)?;
        let (free, all) =
            (disk.f_bavail.saturating_mul(disk.f_frsize), disk.f_blocks.saturating_mul(disk.f_frsize));
        if free < bytes.saturating_add(RESERVE_BYTES.min(all / RESERVE_SHARE)) {
            return Err(io::ErrorKind::StorageFull.into());
        }
        Ok(())
    }

    /// Opens a blob to read it.
    pub fn read(&self, blob: BlobId) -> io::Result<File> {
        File::open(self.path(blob))
    }

    /// Deletes a blob's bytes, if they are there.
    pub fn remove(&self, blob: BlobId) -> io::Result<()> {
        match fs::remove_file(self.path(blob)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// Makes a file's bytes and name durable.
    pub fn sync_name(&self, blob: BlobId) -> io::Result<()> {
        match self.path(blob).parent() {
            Some(parent) => {
                File::open(self.path(blob))?.sync_all()?;
                File::open(parent)?.sync_all()?;
                File::open(&self.0)?.sync_all()
            }
            None => Ok(()),
        }
    }
}
