//! The archive: entries one after another, each compressed while it is written, its size said behind it (APPNOTE 4.3.9), so
//! that nothing has to be known before or changed after. Large archives become Zip64 by themselves.

use std::io::{self, Write};

use casemate_api::{Error, Kind};
use crc::{CRC_32_ISO_HDLC, Crc, Digest as CrcDigest, Table};
use flate2::Compression;
use flate2::write::DeflateEncoder;
use rawzip::time::UtcDateTime;
use rawzip::{CompressionMethod, DataDescriptorOutput, ZipArchiveWriter, ZipEntryWriter};
use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// The checksum of files in a zip. `rawzip` reckons it itself, by tables that in a browser would be a hundredth of all that is loaded.
static CRC: Crc<u32, Table<1>> = Crc::<u32, Table<1>>::new(&CRC_32_ISO_HDLC);

/// An archive that is being written.
pub struct Zip<W: Write> {
    archive: ZipArchiveWriter<Counted<W>>,
    parts: Vec<Part>,
    /// RFC 3339: the newest time of what is in it. Files that have none of their own have this.
    newest: String,
}

/// A file that is in it.
#[derive(Debug, Clone)]
pub struct Part {
    /// Its path.
    pub name: String,
    /// Its length.
    pub bytes: u64,
    /// Of its bytes.
    pub sha256: [u8; 32],
}

/// How a file is packed.
#[derive(Debug, Clone, Copy)]
pub enum Packing {
    /// Text: it gets much smaller.
    Small,
    /// Photos, videos and the like are small already.
    AsItIs,
}

impl<W: Write> Zip<W> {
    /// An empty one.
    pub fn new(out: W) -> Self {
        Self {
            archive: ZipArchiveWriter::new(Counted { out, bytes: 0 }),
            parts: Vec::new(),
            newest: String::new(),
        }
    }

    /// What is in it so far.
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// A whole file that is not large.
    pub fn put(&mut self, name: &str, bytes: &[u8]) -> Result<(), Error> {
        let mut entry = self.begin(name, Packing::Small, "")?;
        entry.write_all(bytes).map_err(|error| unwritable(&error))?;
        entry.end()
    }

    /// The same as JSON.
    pub fn put_json(&mut self, name: &str, value: &Value) -> Result<(), Error> {
        let mut text = format!("{value:#}");
        text.push('\n');
        self.put(name, text.as_bytes())
    }

    /// Begins a file; what is written to the entry until its end is in it. `at` (RFC 3339) is its time, empty where it has none.
    pub fn begin(&mut self, name: &str, packing: Packing, at: &str) -> Result<Entry<'_, W>, Error> {
        if self.newest.as_str() < at {
            at.clone_into(&mut self.newest);
        }
        let at = if at.is_empty() { &self.newest } else { at };
        let level = match packing {
            Packing::Small => Compression::default(),
            Packing::AsItIs => Compression::none(),
        };
        let file = self
            .archive
            .new_file(name)
            .compression_method(CompressionMethod::DEFLATE)
            .last_modified(date_of(at));
        let (entry, _) = file.start().map_err(|error| broken(&error))?;
        let packed = DeflateEncoder::new(entry, level);
        let part = Part { name: name.to_owned(), bytes: 0, sha256: [0; 32] };
        Ok(Entry { packed, part, crc: CRC.digest(), hash: Sha256::new(), parts: &mut self.parts })
    }

    /// The directory at the end. Gives the length of the whole.
    pub fn finish(self) -> Result<u64, Error> {
        let mut written = self.archive.finish().map_err(|error| broken(&error))?;
        written.flush().map_err(|error| unwritable(&error))?;
        Ok(written.bytes)
    }
}

/// As zips have it, which know nothing before 1980.
fn date_of(at: &str) -> UtcDateTime {
    let number = |from: usize, to: usize| at.get(from..to).and_then(|digits| digits.parse::<u16>().ok());
    let parsed = || {
        let [month, day, hour, minute, second] = [(5, 7), (8, 10), (11, 13), (14, 16), (17, 19)]
            .map(|(from, to)| number(from, to).and_then(|number| u8::try_from(number).ok()));
        let year = number(0, 4).filter(|year| *year >= 1980)?;
        UtcDateTime::from_components(year, month?, day?, hour?, minute?, second?, 0)
    };
    parsed().unwrap_or_else(|| UtcDateTime::from_components(1980, 1, 1, 0, 0, 0, 0).expect("a day that was"))
}

/// A file that is being written.
pub struct Entry<'a, W: Write> {
    packed: DeflateEncoder<ZipEntryWriter<'a, Counted<W>>>,
    part: Part,
    crc: CrcDigest<'static, u32, Table<1>>,
    hash: Sha256,
    parts: &'a mut Vec<Part>,
}

impl<W: Write> Entry<'_, W> {
    /// It is whole.
    pub fn end(self) -> Result<(), Error> {
        let Self { packed, part, crc, hash, parts } = self;
        let entry = packed.finish().map_err(|error| unwritable(&error))?;
        let sizes = DataDescriptorOutput::new(crc.finalize(), part.bytes);
        entry.finish(sizes).map_err(|error| broken(&error))?;
        parts.push(Part { sha256: hash.finalize().into(), ..part });
        Ok(())
    }
}

impl<W: Write> Write for Entry<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.packed.write(bytes)?;
        self.crc.update(&bytes[..written]);
        self.hash.update(&bytes[..written]);
        self.part.bytes += written as u64;
        Ok(written)
    }

    /// Pieces are handed on when they are full; asking for more would only make the file larger.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Where it goes, and how much went there.
struct Counted<W> {
    out: W,
    bytes: u64,
}

impl<W: Write> Write for Counted<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Plain data as JSON.
pub fn as_json(value: &impl Serialize) -> Value {
    // Types of the interface always have a form in JSON.
    serde_json::to_value(value).unwrap_or(Value::Null)
}

/// What a person hears where the file cannot be written.
pub fn unwritable(error: &io::Error) -> Error {
    let kind = match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Kind::StorageFull,
        _ => Kind::Invalid,
    };
    Error::new(kind, format!("The export cannot be written: {error}."))
}

fn broken(error: &rawzip::Error) -> Error {
    match error.kind() {
        rawzip::ErrorKind::IO(error) => unwritable(error),
        _ => Error::new(Kind::Invalid, format!("The export cannot be written: {error}.")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_those_of_a_calendar() {
        let told = |at: &str| date_of(at).to_string();
        assert_eq!(told("2026-11-27T09:05:59.123Z"), "2026-11-27T09:05:59Z");
        for none in ["", "1969-12-31T23:59:59Z", "2026-13-27T09:05:59Z", "yesterday, at around ten"] {
            assert_eq!(told(none), "1980-01-01T00:00:00Z", "{none}");
        }
    }
}
