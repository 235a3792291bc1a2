//! What is being written in a person's own folders, in the clear: it has its name when it is whole, and nothing stays behind
//! otherwise.
//!
//! A file has no name at all until then (O_TMPFILE), so that it goes with this process however that ends. Not every file
//! system has that, and a folder has a name always: then the name is noted in this device's folder, and the next start
//! removes what it finds there.

use std::fs::File;
use std::io::Write as _;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::{Path, PathBuf};

use tempfile::{NamedTempFile, TempDir};

use super::disk;

const BEGIN: &str = ".casemate-";
const END: &str = ".part";

/// A file without its name.
pub struct Unfinished(Made);

enum Made {
    Nameless(File),
    // What it is called now goes before the note of it.
    Named(NamedTempFile<File>, NamedTempFile),
}

impl Unfinished {
    /// For one in this folder. `notes` is where names are noted.
    pub fn file_in(folder: &Path, notes: &Path) -> std::io::Result<Self> {
        match disk::to_be_named_in(folder) {
            Some(file) => Ok(Self(Made::Nameless(file))),
            None => Self::named_in(folder, notes),
        }
    }

    fn named_in(folder: &Path, notes: &Path) -> std::io::Result<Self> {
        let mut note = disk::passing_in(notes)?;
        let named = disk::passing_named(folder, [BEGIN, END], |path| noted(&mut note, path))?;
        Ok(Self(Made::Named(named, note)))
    }

    /// To write to.
    pub fn file(&self) -> &File {
        match &self.0 {
            Made::Nameless(file) => file,
            Made::Named(named, _) => named.as_file(),
        }
    }

    /// Gives it its name, which nothing has yet. That is one step.
    pub fn name(self, path: &Path) -> std::io::Result<()> {
        match self.0 {
            Made::Nameless(file) => disk::name(&file, path),
            Made::Named(named, _note) => disk::keep_new(named, path),
        }
    }
}

/// A folder for files that are on their way into another one.
pub struct UnfinishedFolder {
    // Goes before the note of it.
    folder: TempDir,
    _note: NamedTempFile,
}

impl UnfinishedFolder {
    /// In this folder. `notes` is where names are noted.
    pub fn make_in(folder: &Path, notes: &Path) -> std::io::Result<Self> {
        let mut note = disk::passing_in(notes)?;
        let folder = disk::passing_folder(folder, [BEGIN, END])?;
        noted(&mut note, folder.path())?;
        Ok(Self { folder, _note: note })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }
}

/// Removes what an earlier process left, by its notes. What is where nothing can be looked at now waits for another start.
pub fn remove_left(notes: &Path) {
    let Ok(entries) = std::fs::read_dir(notes) else { return };
    for note in entries.flatten().map(|entry| entry.path()) {
        let left = std::fs::read(&note).map(|bytes| PathBuf::from(std::ffi::OsString::from_vec(bytes)));
        if left.is_ok_and(|left| !is_unfinished(&left) || remove(&left).is_ok()) {
            let _ = std::fs::remove_file(&note);
        }
    }
}

/// Nothing else is removed, whatever a note says.
fn is_unfinished(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().as_bytes();
    path.is_absolute() && name.starts_with(BEGIN.as_bytes()) && name.ends_with(END.as_bytes())
}

fn remove(left: &Path) -> std::io::Result<()> {
    let removed = match left.symlink_metadata() {
        Ok(found) if found.is_dir() => std::fs::remove_dir_all(left),
        Ok(_) => std::fs::remove_file(left),
        // It is gone; or its whole disk is not there now.
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            left.parent().map_or(Ok(()), |folder| folder.metadata().map(drop))
        }
        Err(error) => Err(error),
    };
    if let Err(error) = &removed {
        tracing::warn!(%error, "what an earlier process left could not be removed");
    }
    removed
}

/// Before there is anything to remove.
fn noted(note: &mut NamedTempFile, path: &Path) -> std::io::Result<()> {
    let path = std::path::absolute(path)?;
    note.as_file().set_len(0)?;
    std::io::Seek::rewind(note)?;
    note.write_all(path.as_os_str().as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = std::fs::read_dir(folder).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    #[test]
    fn it_has_its_name_when_it_is_whole_and_takes_no_others() {
        let (folder, notes) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let (here, there) = (folder.path().join("here"), folder.path().join("there"));
        std::fs::write(&there, "another").unwrap();
        for make in [Unfinished::file_in, Unfinished::named_in] {
            let unfinished = make(folder.path(), notes.path()).unwrap();
            unfinished.file().write_all(b"all of it").unwrap();
            assert!(!here.exists());
            unfinished.name(&here).unwrap();
            assert_eq!(std::fs::read(&here).unwrap(), b"all of it");
            let second = make(folder.path(), notes.path()).unwrap();
            assert_eq!(second.name(&there).unwrap_err().kind(), std::io::ErrorKind::AlreadyExists);
            assert_eq!(std::fs::read(&there).unwrap(), b"another");
            drop(make(folder.path(), notes.path()).unwrap());
            std::fs::remove_file(&here).unwrap();
            assert_eq!((names(folder.path()), names(notes.path())), (vec!["there".to_owned()], Vec::new()));
        }
    }

    #[test]
    fn what_a_killed_process_left_is_removed_and_nothing_else() {
        let (folder, notes) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let file = Unfinished::named_in(folder.path(), notes.path()).unwrap();
        file.file().write_all(b"secret").unwrap();
        let inner = UnfinishedFolder::make_in(folder.path(), notes.path()).unwrap();
        std::fs::write(inner.path().join("0"), b"secret").unwrap();
        // Killed: nothing of it is dropped.
        std::mem::forget((file, inner));
        assert_eq!((names(folder.path()).len(), names(notes.path()).len()), (2, 2));
        // Those whose disk is away wait; those that were changed point at nothing that is removed.
        let kept = folder.path().join("kept");
        std::fs::write(&kept, "a person's own").unwrap();
        std::fs::write(notes.path().join("changed"), kept.to_str().unwrap()).unwrap();
        std::fs::write(notes.path().join("away"), "/no/such/disk/.casemate-1.part").unwrap();
        remove_left(notes.path());
        assert_eq!((names(folder.path()), names(notes.path())), (vec!["kept".into()], vec!["away".into()]));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_nameless_file_is_seen_by_nobody() {
        let (folder, notes) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let Some(file) = disk::to_be_named_in(folder.path()) else { return };
        let unfinished = Unfinished(Made::Nameless(file));
        unfinished.file().write_all(b"secret").unwrap();
        assert!(names(folder.path()).is_empty() && names(notes.path()).is_empty());
    }
}
