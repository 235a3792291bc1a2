//! From an encrypted file to one that other programs can read: complete and verified, or not there at all.

use std::fs::File;
use std::path::{Path, PathBuf};

use casemate_api::view::Saved;
use casemate_api::{Error, Kind};
use casemate_crypto::attachment::StreamError;
use casemate_engine::FileRef;
use data_encoding::HEXLOWER;

use super::transfer::decrypt;

/// Decrypts `blobs/{blob}` to `path`, which must not exist yet. Blocks.
pub fn save(blobs: &Path, file: &FileRef, path: &str) -> Result<Saved, Error> {
    let path = PathBuf::from(path);
    let folder = match path.parent() {
        Some(parent) if parent.as_os_str().is_empty() => Path::new("."),
        Some(parent) => parent,
        None => {
            return Err(Error::new(Kind::Invalid, format!("{} is not the name of a file.", path.display())));
        }
    };
    if path.symlink_metadata().is_ok() {
        return Err(exists(&path));
    }
    let encrypted = File::open(blobs.join(file.blob.to_hex())).map_err(|error| {
        let sentence =
            format!("The received file is not on this device any more ({error}). Receive it again.");
        Error::new(Kind::NotFound, sentence)
    })?;
    // Beside its place, so that it can be given its name in one step. Removed on every way out.
    let mut output = tempfile::Builder::new()
        .prefix(".casemate-")
        .suffix(".part")
        .tempfile_in(folder)
        .map_err(|error| unwritable(&path, &error))?;
    decrypt(&encrypted, output.as_file_mut(), file).map_err(|error| match error {
        StreamError::Write(error) => unwritable(&path, &error),
        error => Error::new(Kind::Untrusted, format!("The file was not saved: {error}.")),
    })?;
    output.as_file().sync_all().map_err(|error| unwritable(&path, &error))?;
    output.persist_noclobber(&path).map_err(|failed| match failed.error.kind() {
        std::io::ErrorKind::AlreadyExists => exists(&path),
        _ => unwritable(&path, &failed.error),
    })?;
    // The name is durable too. Some file systems cannot do this; the file is there all the same.
    let _ = File::open(folder).and_then(|folder| folder.sync_all());
    Ok(Saved { bytes: file.size_bytes, sha256: HEXLOWER.encode(&file.sha256) })
}

fn exists(path: &Path) -> Error {
    Error::new(Kind::Invalid, format!("{} exists already; choose another name.", path.display()))
}

fn unwritable(path: &Path, error: &std::io::Error) -> Error {
    let kind = match error.kind() {
        std::io::ErrorKind::StorageFull => Kind::StorageFull,
        std::io::ErrorKind::NotFound => Kind::NotFound,
        std::io::ErrorKind::PermissionDenied => Kind::NotAllowed,
        _ => Kind::Invalid,
    };
    Error::new(kind, format!("{} cannot be written: {error}.", path.display()))
}
