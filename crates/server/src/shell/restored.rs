//! `--restored` acts once for each restore, also where a unit file keeps it: `restored.done` says for which files it has acted. These are
//! others once a backup has been put in their place.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::data::{DataFolder, directory_file};

/// A backup has been put in place since `--restored` acted last, as far as the files show. `starts`: of the folder, so far.
pub fn is_new(folder: &Path, starts: i64) -> io::Result<bool> {
    let done = match fs::read_to_string(marker(folder)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        // It may say that it has acted for these files: acting twice makes another server of it.
        done => done?,
    };
    let is_new = mark(folder, starts).is_none_or(|mark| mark != done);
    if !is_new {
        tracing::warn!(
            file = %marker(folder).display(),
            "--restored has acted for these files already, and does nothing now; take it away. \
             If they were restored once more since, remove this file and start again"
        );
    }
    Ok(is_new)
}

/// A start with or without `--restored` went well; `starts` with this one.
pub fn note(folder: &DataFolder, path: &Path, restored: bool, starts: i64) -> io::Result<()> {
    match mark(path, starts).filter(|_| restored) {
        Some(mark) => folder.write_private(&marker(path), mark.as_bytes()),
        None => match fs::remove_file(marker(path)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        },
    }
}

fn marker(folder: &Path) -> PathBuf {
    folder.join("restored.done")
}

/// Which files these are: a copy of `directory.db` is another file, and one that was written over in its place counts fewer starts.
#[cfg(unix)]
fn mark(folder: &Path, starts: i64) -> Option<String> {
    use std::os::unix::fs::MetadataExt;
    let metadata = fs::metadata(directory_file(folder)).ok()?;
    Some(format!("{}:{} {starts}\n", metadata.dev(), metadata.ino()))
}

#[cfg(not(unix))]
fn mark(_: &Path, starts: i64) -> Option<String> {
    Some(format!("{starts}\n"))
}
