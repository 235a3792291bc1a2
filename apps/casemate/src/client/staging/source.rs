//! A file that a person picked: opened once, never through a pipe or a device, and watched for changes.

use std::fs::{File, Metadata, OpenOptions};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

use casemate_api::{Error, Kind};

/// An open regular file and what it was when it was opened.
pub struct Source {
    file: File,
    opened: Metadata,
    name: String,
}

impl Source {
    /// Opens a regular file.
    pub fn open(path: &str) -> Result<Self, Error> {
        let name = match Path::new(path).file_name() {
            Some(name) => name.to_string_lossy().into_owned(),
            None => return Err(Error::new(Kind::Invalid, format!("{path:?} is not the name of a file."))),
        };
        let failed = |error: std::io::Error| cannot_open(path, &error);
        // Opening a pipe would wait for its other end, so the kind is asked first, and again of what was opened.
        is_regular(path, &std::fs::metadata(path).map_err(failed)?)?;
        let nonblocking = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
        let file = OpenOptions::new().read(true).custom_flags(nonblocking).open(path).map_err(failed)?;
        let opened = file.metadata().map_err(failed)?;
        is_regular(path, &opened)?;
        Ok(Self { file, opened, name })
    }

    /// The open file.
    pub fn file(&self) -> &File {
        &self.file
    }

    /// Its size when it was opened.
    pub fn size_bytes(&self) -> u64 {
        self.opened.len()
    }

    /// The last part of its path.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// An error where somebody wrote to it meanwhile: what was read may be half of the old and half of the new.
    pub fn unchanged(&self) -> Result<(), Error> {
        let now = self.file.metadata().map_err(|error| self.unreadable(&error))?;
        let stamp = |metadata: &Metadata| (metadata.len(), metadata.mtime(), metadata.mtime_nsec());
        if stamp(&now) == stamp(&self.opened) { Ok(()) } else { Err(self.changed()) }
    }

    /// The file was written to while it was read.
    pub fn changed(&self) -> Error {
        let sentence = format!("{} changed while it was read, so nothing was sent. Try again.", self.name);
        Error::new(Kind::Invalid, sentence)
    }

    /// Reading failed.
    pub fn unreadable(&self, error: &std::io::Error) -> Error {
        Error::new(Kind::Invalid, format!("{} cannot be read: {error}. Nothing was sent.", self.name))
    }

    /// Writing what is to be sent failed.
    pub fn no_room(&self, error: &std::io::Error) -> Error {
        let name = &self.name;
        match error.kind() {
            std::io::ErrorKind::StorageFull => no_room_for(name),
            _ => {
                let sentence =
                    format!("{name} could not be prepared on this device: {error}. Nothing was sent.");
                Error::new(Kind::NotAllowed, sentence)
            }
        }
    }
}

/// The disk is full; the file is as good as it was.
pub fn no_room_for(name: &str) -> Error {
    Error::new(Kind::StorageFull, format!("There is no room here to prepare {name}. Nothing was sent."))
}

fn is_regular(path: &str, metadata: &Metadata) -> Result<(), Error> {
    if metadata.is_dir() {
        return Err(Error::new(
            Kind::Invalid,
            format!("{path} is a folder; send its files, or an archive of it."),
        ));
    }
    if !metadata.is_file() {
        return Err(Error::new(Kind::Invalid, format!("{path} is not a file but a pipe or a device.")));
    }
    Ok(())
}

fn cannot_open(path: &str, error: &std::io::Error) -> Error {
    match error.kind() {
        std::io::ErrorKind::NotFound => Error::new(Kind::NotFound, format!("There is no file {path}.")),
        std::io::ErrorKind::PermissionDenied => {
            Error::new(Kind::NotAllowed, format!("You may not read {path}."))
        }
        _ => Error::new(Kind::Invalid, format!("{path} cannot be read: {error}.")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn only_regular_files_are_opened() {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name).to_str().unwrap().to_owned();
        let kind = |path: &str| Source::open(path).err().map(|error| error.kind);
        assert_eq!(kind(&path("missing")), Some(Kind::NotFound));
        assert_eq!(kind(dir.path().to_str().unwrap()), Some(Kind::Invalid));
        assert_eq!(kind("/dev/null"), Some(Kind::Invalid));
        assert_eq!(kind("/"), Some(Kind::Invalid));
        assert_eq!(kind(""), Some(Kind::Invalid));
        // A pipe without a writer would block whoever opens it.
        let fifo = path("fifo");
        rustix::fs::mkfifoat(rustix::fs::CWD, &fifo, rustix::fs::Mode::RUSR).unwrap();
        assert_eq!(kind(&fifo), Some(Kind::Invalid));
        std::fs::write(path("empty"), b"").unwrap();
        assert_eq!(Source::open(&path("empty")).unwrap().size_bytes(), 0);
    }

    #[test]
    fn a_file_that_grows_meanwhile_is_noticed() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("log.txt");
        std::fs::write(&path, b"one").unwrap();
        let source = Source::open(path.to_str().unwrap()).unwrap();
        assert!(source.unchanged().is_ok());
        std::fs::File::options().append(true).open(&path).unwrap().write_all(b"two").unwrap();
        assert_eq!(source.unchanged().unwrap_err().kind, Kind::Invalid);
        assert_eq!(source.name(), "log.txt");
    }
}
