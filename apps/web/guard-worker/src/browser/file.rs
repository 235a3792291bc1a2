//! A file of the browser, to read anywhere and to write from its beginning. In flat memory: the browser keeps it.

use std::io::{Error, Read, Seek, SeekFrom, Write};

use js_sys::{Array, Reflect, Uint8Array};
use wasm_bindgen::JsValue;
use web_sys::{Blob, FileReaderSync};

/// Bytes of a written piece.
const PIECE_BYTES: usize = 1024 * 1024;

/// Reads a file. Guard reads in windows, so nothing is kept here.
pub struct BlobReader {
    blob: Blob,
    reader: FileReaderSync,
    size: u64,
    at: u64,
}

impl BlobReader {
    /// From its beginning.
    pub fn new(blob: Blob) -> Result<Self, String> {
        let reader = FileReaderSync::new().map_err(|error| words_of(&error))?;
        Ok(Self { size: blob.size() as u64, blob, reader, at: 0 })
    }
}

impl Read for BlobReader {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let end = self.size.min(self.at.saturating_add(buffer.len() as u64));
        if self.at >= end {
            return Ok(0);
        }
        let piece = self.blob.slice_with_f64_and_f64(self.at as f64, end as f64).map_err(broken)?;
        let bytes = Uint8Array::new(&self.reader.read_as_array_buffer(&piece).map_err(broken)?.into());
        let read = bytes.length() as usize;
        let Some(target) = buffer.get_mut(..read) else {
            return Err(Error::other("the browser read more than it was asked for"));
        };
        bytes.copy_to(target);
        self.at += read as u64;
        Ok(read)
    }
}

impl Seek for BlobReader {
    fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.size.checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = at.ok_or_else(|| Error::other("that is before the beginning"))?;
        Ok(self.at)
    }
}

/// Collects what is written.
#[derive(Default)]
pub struct BlobWriter {
    done: Array,
    bytes: Vec<u8>,
}

impl BlobWriter {
    /// All of it.
    pub fn finish(mut self) -> std::io::Result<Blob> {
        self.put()?;
        Blob::new_with_blob_sequence(&self.done).map_err(broken)
    }

    fn put(&mut self) -> std::io::Result<()> {
        let parts = Array::of1(&Uint8Array::from(&self.bytes[..]));
        self.done.push(&Blob::new_with_u8_array_sequence(&parts).map_err(broken)?.into());
        self.bytes.clear();
        Ok(())
    }
}

impl Write for BlobWriter {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.bytes.extend_from_slice(bytes);
        if self.bytes.len() >= PIECE_BYTES {
            self.put()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn broken(error: JsValue) -> Error {
    Error::other(words_of(&error))
}

fn words_of(error: &JsValue) -> String {
    let message = Reflect::get(error, &"message".into()).ok().and_then(|message| message.as_string());
    message.unwrap_or_else(|| "the browser does not read it".to_owned())
}
