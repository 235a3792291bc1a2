//! The folder of blobs: `blobs/ab/cdef…`, a file a blob, named by its id.
//!
//! ```text
//! cdef….part ─ write, sync ─▶ rename ─▶ sync the folders ─▶ row: complete
//! ```
//! A file that is being filled has another name, and its length is how far it is filled. After a sync that failed nobody can say what of
//! it the disk holds, and the next sync may succeed without it: what was filled is thrown away, and the upload begins anew.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use casemate_wire::ids::BlobId;

use crate::store::{SegmentFile, SegmentFiles, disk_room};

/// What files leave free, so that a disk filled by them still takes messages: this much, or an eighth of a small
/// disk. More keeps messages going longer, and takes it from files.
const RESERVE_BYTES: u64 = 1024 * 1024 * 1024;
const RESERVE_SHARE: u64 = 8;

/// Behind the name of a file that is being filled.
pub(super) const PART: &str = ".part";

/// The folder.
#[derive(Clone)]
pub struct Folder {
    path: PathBuf,
    files: Arc<dyn SegmentFiles>,
    /// Uploads whose sync failed and whose file could not be removed: nothing of them counts.
    spoilt: Arc<Mutex<HashSet<BlobId>>>,
    /// One names a blob at a time: also one whose request is gone and who works on. By the first byte of its id.
    naming: Arc<[Mutex<()>; NAMING]>,
}

/// Blobs that are named at once, at most.
const NAMING: usize = 64;

/// A blob that is being filled.
pub struct Filling {
    folder: Folder,
    blob: BlobId,
    file: Box<dyn SegmentFile>,
    at: u64,
}

impl Folder {
    /// Opens or creates it.
    pub fn open(path: &Path, files: Arc<dyn SegmentFiles>) -> io::Result<Self> {
        fs::create_dir_all(path)?;
        Ok(Self {
            path: path.to_path_buf(),
            files,
            spoilt: Arc::default(),
            naming: Arc::new([const { Mutex::new(()) }; NAMING]),
        })
    }

    /// Where a blob's bytes are, once it is whole.
    pub fn path(&self, blob: BlobId) -> PathBuf {
        let hex = blob.to_hex();
        self.path.join(&hex[..2]).join(&hex[2..])
    }

    fn part(&self, blob: BlobId) -> PathBuf {
        self.path(blob).with_extension(&PART[1..])
    }

    /// The folder itself.
    pub(super) fn root(&self) -> &Path {
        &self.path
    }

    /// How many bytes of a blob are there.
    pub fn filled(&self, blob: BlobId) -> io::Result<u64> {
        self.check_spoilt(blob)?;
        for path in [self.part(blob), self.path(blob)] {
            match fs::metadata(path) {
                Ok(metadata) => return Ok(metadata.len()),
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        Ok(0)
    }

    /// Opens a blob that is not whole, to fill it from where it is.
    pub fn fill(&self, blob: BlobId) -> io::Result<Filling> {
        self.check_spoilt(blob)?;
        let (path, part) = (self.path(blob), self.part(blob));
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        // As a version before this one filled it.
        if !part.exists() && path.exists() {
            fs::rename(&path, &part)?;
        }
        let mut file = self.files.open(&part)?;
        let at = file.length()?;
        Ok(Filling { folder: self.clone(), blob, file, at })
    }

    /// Refuses bytes that would take what is kept for messages.
    pub fn check_room(&self, bytes: u64) -> io::Result<()> {
        let (free, all) = disk_room(&self.path)?;
        if free < bytes.saturating_add(RESERVE_BYTES.min(all / RESERVE_SHARE)) {
            return Err(ErrorKind::StorageFull.into());
        }
        Ok(())
    }

    /// Opens a blob to read it.
    pub fn read(&self, blob: BlobId) -> io::Result<File> {
        File::open(self.path(blob))
    }

    /// Deletes a blob's bytes, if they are there.
    pub fn remove(&self, blob: BlobId) -> io::Result<()> {
        for path in [self.part(blob), self.path(blob)] {
            match self.files.remove(&path) {
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        self.spoilt().remove(&blob);
        Ok(())
    }

    /// All bytes of a blob are there: makes them and its name durable. A row may say so after this.
    pub fn complete(&self, blob: BlobId) -> io::Result<()> {
        let _alone =
            self.naming[usize::from(blob.0[0]) % NAMING].lock().unwrap_or_else(PoisonError::into_inner);
        self.check_spoilt(blob)?;
        let (path, part) = (self.path(blob), self.part(blob));
        let is_new = part.exists();
        let name = || -> io::Result<()> {
            if is_new {
                self.files.open_to_read(&part)?.sync()?;
                fs::rename(&part, &path)?;
            } else {
                // It was whole before a stop came, or is asked about once more.
                self.files.open_to_read(&path)?.sync()?;
            }
            if let Some(parent) = path.parent() {
                self.files.sync_folder(parent)?;
            }
            self.files.sync_folder(&self.path)
        };
        name().inspect_err(|_| {
            if is_new {
                self.throw_away(blob);
            }
        })
    }

    /// Nothing of what was filled counts any more.
    fn throw_away(&self, blob: BlobId) {
        tracing::error!(blob = ?blob, "a file could not be made durable: its upload begins anew");
        if let Err(error) = self.remove(blob) {
            tracing::error!(%error, "nor could it be removed: it is refused until a restart");
            self.spoilt().insert(blob);
        }
    }

    fn check_spoilt(&self, blob: BlobId) -> io::Result<()> {
        if !self.spoilt().contains(&blob) {
            return Ok(());
        }
        // Perhaps it can be removed by now.
        self.remove(blob)
    }

    fn spoilt(&self) -> MutexGuard<'_, HashSet<BlobId>> {
        self.spoilt.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Filling {
    /// Appends.
    pub fn add(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.folder.check_room(bytes.len() as u64)?;
        if let Err(error) = self.file.write_at(bytes, self.at) {
            // What of it arrived would count, and what comes next stand behind it.
            if self.file.set_len(self.at).is_err() {
                self.folder.throw_away(self.blob);
            }
            return Err(error);
        }
        self.at += bytes.len() as u64;
        Ok(())
    }

    /// Makes what was added durable.
    pub fn sync(&mut self) -> io::Result<()> {
        self.file.sync().inspect_err(|_| self.folder.throw_away(self.blob))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{FailingFiles, FileCall, FileError};

    const BLOB: BlobId = BlobId([7; 16]);

    fn failing() -> (tempfile::TempDir, FailingFiles, Folder) {
        let home = tempfile::tempdir().unwrap();
        let files = FailingFiles::new(1);
        let folder = Folder::open(home.path(), Arc::new(files.clone())).unwrap();
        (home, files, folder)
    }

    #[test]
    fn a_failed_sync_is_final_for_what_was_filled() {
        let (_home, files, folder) = failing();
        let mut filling = folder.fill(BLOB).unwrap();
        filling.add(b"lost").unwrap();
        files.fail_next(FileCall::Sync, FileError::Broken);
        filling.sync().unwrap_err();
        assert_eq!(folder.filled(BLOB).unwrap(), 0, "it begins anew");
        folder.complete(BLOB).unwrap_err();
        let mut filling = folder.fill(BLOB).unwrap();
        filling.add(b"kept").unwrap();
        filling.sync().unwrap();
        folder.complete(BLOB).unwrap();
        files.lose_power().unwrap();
        assert_eq!(fs::read(folder.path(BLOB)).unwrap(), b"kept");
    }

    #[test]
    fn whatever_fails_on_the_way_no_blob_is_complete_that_power_loss_takes() {
        for seed in 0..400 {
            let home = tempfile::tempdir().unwrap();
            let files = FailingFiles::new(seed);
            let folder = Folder::open(home.path(), Arc::new(files.clone())).unwrap();
            files.fail_one_in(4);
            let mut complete = false;
            // As an upload that goes on by itself.
            for _ in 0..40 {
                let Ok(filled) = folder.filled(BLOB) else { continue };
                let fill = || -> io::Result<()> {
                    let mut filling = folder.fill(BLOB)?;
                    for byte in &b"0123456789"[filled as usize..] {
                        filling.add(&[*byte])?;
                    }
                    filling.sync()?;
                    folder.complete(BLOB)
                };
                if filled < 10 && fill().is_ok() {
                    complete = true;
                    break;
                }
                if filled == 10 && folder.complete(BLOB).is_ok() {
                    complete = true;
                    break;
                }
            }
            files.fail_one_in(0);
            files.lose_power().unwrap();
            if complete {
                assert_eq!(fs::read(folder.path(BLOB)).unwrap(), b"0123456789", "seed {seed}");
            } else {
                assert!(!folder.path(BLOB).exists() || fs::read(folder.path(BLOB)).unwrap().len() <= 10);
            }
        }
    }

    #[test]
    fn two_who_complete_a_blob_at_once_leave_it_whole() {
        let (_home, _, folder) = failing();
        for round in 0..50 {
            let blob = BlobId([round; 16]);
            let mut filling = folder.fill(blob).unwrap();
            filling.add(b"whole").unwrap();
            filling.sync().unwrap();
            std::thread::scope(|scope| {
                let both = [0, 1].map(|_| scope.spawn(|| folder.complete(blob)));
                for one in both {
                    one.join().unwrap().unwrap();
                }
            });
            assert_eq!(fs::read(folder.path(blob)).unwrap(), b"whole");
        }
    }

    #[test]
    fn a_failed_sync_takes_no_file_that_was_whole_before() {
        let (_home, files, folder) = failing();
        folder.fill(BLOB).unwrap().add(b"whole").unwrap();
        folder.complete(BLOB).unwrap();
        for call in [FileCall::Sync, FileCall::SyncFolder, FileCall::Open] {
            files.fail_next(call, FileError::Broken);
            folder.complete(BLOB).unwrap_err();
            assert_eq!(fs::read(folder.path(BLOB)).unwrap(), b"whole");
        }
        folder.complete(BLOB).unwrap();
    }

    #[test]
    fn what_a_version_before_began_goes_on() {
        let (_home, _, folder) = failing();
        fs::create_dir_all(folder.path(BLOB).parent().unwrap()).unwrap();
        fs::write(folder.path(BLOB), b"beg").unwrap();
        assert_eq!(folder.filled(BLOB).unwrap(), 3);
        let mut filling = folder.fill(BLOB).unwrap();
        filling.add(b"un").unwrap();
        filling.sync().unwrap();
        folder.complete(BLOB).unwrap();
        folder.complete(BLOB).unwrap();
        assert_eq!(fs::read(folder.path(BLOB)).unwrap(), b"begun");
    }
}
