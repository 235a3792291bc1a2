//! `casemate server --check`: all of a data folder is read, for as long as it takes, while no server runs on it.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use rusqlite::{Connection, OpenFlags};

use super::belonging::{damage, databases};
use super::data::{DataFolder, directory_file};
use super::{StartError, belonging};
use crate::blobs::folder::Folder;
use crate::blobs::sweep::FOLDERS;
use crate::directory::{OpenError, blobs_of};
use crate::store::{Options, damaged_records};

/// What is damaged or missing, a line each: the file, and what is wrong with it.
pub fn check(data: &Path) -> Result<Vec<String>, StartError> {
    if !fs::metadata(data).is_ok_and(|metadata| metadata.is_dir()) {
        return Err(StartError::Directory(OpenError::Absent(data.to_path_buf())));
    }
    let folder = DataFolder::open(data)?;
    let mut lines = Vec::new();
    if let Err(error) = belonging::look(data, false) {
        lines.push(error.to_string());
    }
    let mut files: Vec<PathBuf> = databases(data).into_iter().chain([folder.push()]).collect();
    let segments = folder.delivery().join("segments");
    let unusable = |error| StartError::DataFolder { path: segments.clone(), error };
    if segments.is_dir() {
        for found in fs::read_dir(&segments).map_err(unusable)? {
            let path = found.map_err(unusable)?.path();
            files.extend(path.extension().is_some_and(|extension| extension == "idx").then_some(path));
        }
    }
    files.sort();
    for file in files.iter().filter(|file| fs::metadata(file).is_ok_and(|metadata| metadata.len() > 0)) {
        match damage(file, None) {
            Ok(None) => {}
            Ok(Some(what)) => lines.push(format!("{}: {what}", file.display())),
            Err(error) => lines.push(format!("{}: {error}", file.display())),
        }
    }
    let files = Options::default().files;
    if segments.is_dir() {
        for (file, offset, what) in damaged_records(&segments, files.as_ref())? {
            lines.push(format!("{}: byte {offset}: {what}", file.display()));
        }
    }
    let blobs = Folder::open(&folder.blobs(), files).map_err(unusable)?;
    match missing_files(data, &blobs) {
        Ok(missing) => lines.extend(missing),
        Err(what) => lines.push(what),
    }
    Ok(lines)
}

fn missing_files(data: &Path, blobs: &Folder) -> Result<Vec<String>, String> {
    let file = directory_file(data);
    let said = |error: rusqlite::Error| format!("{}: {error}", file.display());
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(&file, flags).map_err(said)?;
    let mut lines = Vec::new();
    for first in (0..FOLDERS).filter_map(|first| u8::try_from(first).ok()) {
        let rows = blobs_of(&db, first).map_err(said)?;
        // Nothing is older than this: it only looks.
        let swept = blobs.sweep(first, &rows, SystemTime::UNIX_EPOCH).map_err(|error| error.to_string())?;
        let missing = swept.missing.into_iter();
        lines.extend(missing.map(|blob| format!("{}: is missing or cut", blobs.path(blob).display())));
    }
    Ok(lines)
}
