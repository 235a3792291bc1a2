//! From an encrypted file to a `Blob` for the page: complete and verified, or not at all. It is never written
//! anywhere in clear by us, and memory stays flat: the browser keeps the pieces.

use std::io::Write;

use casemate_api::{Error, Kind};
use casemate_crypto::attachment::StreamError;
use casemate_engine::{FileRef, orphans};
use js_sys::{Array, Uint8Array};
use web_sys::Blob;

use super::folder::{Folder, whole};
use super::js::{io_error, pause};
use crate::cipher;

/// Bytes of a piece; a smaller one costs the browser a message each.
const PIECE_BYTES: usize = 1024 * 1024;

/// Why a file was not read.
pub struct NotRead {
    /// For people.
    pub error: Error,
    /// What is here of it is missing or damaged: it has to be received again.
    pub gone: bool,
}

impl From<Error> for NotRead {
    fn from(error: Error) -> Self {
        Self { error, gone: false }
    }
}

/// Decrypts a file of the folder. What is damaged leaves its name to what is received again.
pub async fn read(folder: &Folder, file: &FileRef) -> Result<Blob, NotRead> {
    let mut encrypted = folder.file(&whole(&file.blob), false).await.map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => gone(Kind::NotFound, &error),
        std::io::ErrorKind::ResourceBusy => {
            Error::new(Kind::NotFound, "This file is being read already; try again.").into()
        }
        _ => Error::new(Kind::Invalid, format!("The file was not opened: {error}.")).into(),
    })?;
    let mut pieces = Pieces::new();
    let read = cipher::decrypt(&mut encrypted, &mut pieces, file, pause).await;
    drop(encrypted);
    match read {
        Ok(()) => Ok(pieces.into_blob()?),
        Err(StreamError::Write(error)) => Err(no_room(&error).into()),
        Err(StreamError::Read(error)) if error.kind() != std::io::ErrorKind::UnexpectedEof => {
            Err(Error::new(Kind::Invalid, format!("The file was not opened: {error}.")).into())
        }
        Err(error) => match folder.rename(&whole(&file.blob), &orphans::damaged(&file.blob)).await {
            Ok(()) => Err(gone(Kind::Untrusted, &error)),
            // Under its name it would be taken for received.
            Err(_) => Err(Error::new(Kind::Untrusted, format!("The file was not opened: {error}.")).into()),
        },
    }
}

fn gone(kind: Kind, why: &dyn std::fmt::Display) -> NotRead {
    let sentence = format!("This file is missing or damaged on this device ({why}). Receive it again.");
    NotRead { error: Error::new(kind, sentence), gone: true }
}

fn no_room(error: &std::io::Error) -> Error {
    Error::new(Kind::StorageFull, format!("The browser has no room for the file: {error}."))
}

/// Bytes on their way into a `Blob`.
pub struct Pieces {
    done: Array,
    bytes: Vec<u8>,
}

impl Pieces {
    /// None yet.
    pub fn new() -> Self {
        Self { done: Array::new(), bytes: Vec::new() }
    }

    /// All of them.
    pub fn into_blob(mut self) -> Result<Blob, Error> {
        self.flush().map_err(|error| no_room(&error))?;
        Blob::new_with_blob_sequence(&self.done).map_err(|error| no_room(&io_error(&error)))
    }
}

impl Write for Pieces {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.bytes.extend_from_slice(bytes);
        if self.bytes.len() >= PIECE_BYTES {
            self.flush()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        let parts = Array::of1(&Uint8Array::from(&self.bytes[..]));
        let piece = Blob::new_with_u8_array_sequence(&parts).map_err(|error| io_error(&error))?;
        self.done.push(&piece);
        self.bytes.clear();
        Ok(())
    }
}
