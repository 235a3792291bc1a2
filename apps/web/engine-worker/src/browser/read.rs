//! From an encrypted file to a `Blob` for the page: complete and verified, or not at all. It is never written
//! anywhere in clear by us, and memory stays flat: the browser keeps the pieces.

use std::io::Write;

use casemate_api::{Error, Kind};
use casemate_crypto::attachment::StreamError;
use casemate_engine::FileRef;
use js_sys::{Array, Uint8Array};
use web_sys::Blob;

use super::folder::{Folder, whole};
use super::js::{io_error, pause};
use crate::cipher;

/// Bytes of a piece; a smaller one costs the browser a message each.
const PIECE_BYTES: usize = 1024 * 1024;

/// Decrypts a file of the folder.
pub async fn read(folder: &Folder, file: &FileRef) -> Result<Blob, Error> {
    let mut encrypted = folder.file(&whole(&file.blob), false).await.map_err(|error| {
        let sentence = match error.kind() {
            std::io::ErrorKind::ResourceBusy => "This file is being read already; try again.".to_owned(),
            _ => format!("The file is not in this browser any more ({error}). Receive it again."),
        };
        Error::new(Kind::NotFound, sentence)
    })?;
    let mut pieces = Pieces::new();
    match cipher::decrypt(&mut encrypted, &mut pieces, file, pause).await {
        Ok(()) => pieces.into_blob(),
        Err(StreamError::Write(error)) => Err(no_room(&error)),
        Err(error) => Err(Error::new(Kind::Untrusted, format!("The file was not opened: {error}."))),
    }
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
