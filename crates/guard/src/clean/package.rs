//! A zip of parts, taken apart and put together again: every part is read whole, one at a time, and written without the time, the
//! system and the remarks that a zip has of each.

use std::collections::BTreeMap;
use std::io::{Read, Seek, Write};

use miniz_oxide::deflate::compress_to_vec;

use crate::format::zip;
use crate::source::Source;
use crate::{Fault, limits};

/// How hard parts are packed, as most programs do.
const PACKING: u8 = 6;

#[derive(Debug, Clone, Copy)]
struct Place {
    at: u64,
    packed_bytes: u64,
    bytes: u64,
}

/// A zip to read from.
pub struct Package<'a, R> {
    source: &'a mut Source<R>,
    /// Names as they are written, by how they are looked for: capital letters are no difference.
    parts: BTreeMap<String, (String, Place)>,
    left: u64,
}

impl<'a, R: Read + Seek> Package<'a, R> {
    pub fn open(source: &'a mut Source<R>) -> Result<Self, Fault> {
        let (mut parts, mut fault, mut count) = (BTreeMap::new(), None, 0usize);
        zip::walk(source, &mut |entry| {
            count += 1;
            let name = std::str::from_utf8(entry.name).ok().filter(|_| !entry.is_link);
            let Some(name) = name.filter(|_| count <= limits::CLEANED_PARTS) else {
                fault =
                    Some(Fault::TooMuch("it has too many parts, or one under a name that cannot be read"));
                return;
            };
            // Folders.
            if name.ends_with('/') {
                return;
            }
            let place = Place { at: entry.at, packed_bytes: entry.packed_bytes, bytes: entry.bytes };
            // Which of the two is shown depends on who reads.
            if parts.insert(key(name), (name.to_owned(), place)).is_some() {
                fault = Some(Fault::Malformed("two parts of it have one name"));
            }
        })?;
        match fault {
            Some(fault) => Err(fault),
            None => Ok(Self { source, parts, left: limits::CLEANED_BYTES }),
        }
    }

    /// All names, as they are written, in the order of letters.
    pub fn names(&self) -> Vec<String> {
        self.parts.values().map(|(name, _)| name.clone()).collect()
    }

    pub fn has(&self, name: &str) -> bool {
        self.parts.contains_key(&key(name))
    }

    /// What a part holds.
    pub fn read(&mut self, name: &str) -> Result<Vec<u8>, Fault> {
        let (_, place) = self.parts.get(&key(name)).ok_or(Fault::Malformed("a part of it is missing"))?;
        self.left = self
            .left
            .checked_sub(place.bytes)
            .ok_or(Fault::TooMuch("it unpacks to more than is cleaned here"))?;
        zip::unpack_within(self.source, place.at, place.packed_bytes, place.bytes, limits::CLEANED_PART_BYTES)
    }
}

/// How a part's name is looked for.
pub fn key(name: &str) -> String {
    name.to_ascii_lowercase()
}

/// A zip to write to.
pub struct Writer<'a, W> {
    output: &'a mut W,
    at: u64,
    directory: Vec<u8>,
    count: u16,
}

impl<'a, W: Write> Writer<'a, W> {
    pub fn new(output: &'a mut W) -> Self {
        Self { output, at: 0, directory: Vec::new(), count: 0 }
    }

    /// Packed where that is less.
    pub fn add(&mut self, name: &str, bytes: &[u8]) -> Result<(), Fault> {
        let packed = compress_to_vec(bytes, PACKING);
        if packed.len() < bytes.len() {
            self.entry(name, bytes, Some(&packed))
        } else {
            self.stored(name, bytes)
        }
    }

    /// As it is.
    pub fn stored(&mut self, name: &str, bytes: &[u8]) -> Result<(), Fault> {
        self.entry(name, bytes, None)
    }

    /// APPNOTE 4.3.7 and 4.3.12: the same in both headers, with the first day that they know for a time.
    fn entry(&mut self, name: &str, bytes: &[u8], packed: Option<&[u8]>) -> Result<(), Fault> {
        let too_long = |_| Fault::TooMuch("it is too long");
        let held = packed.unwrap_or(bytes);
        let mut header = Vec::with_capacity(26 + name.len());
        let flags: u16 = if name.is_ascii() { 0 } else { 0x0800 };
        for number in [20, flags, if packed.is_some() { 8 } else { 0 }, 0, 0x0021] {
            header.extend(number.to_le_bytes());
        }
        header.extend(crc32fast::hash(bytes).to_le_bytes());
        for length in [held.len(), bytes.len()] {
            header.extend(u32::try_from(length).map_err(too_long)?.to_le_bytes());
        }
        header.extend(u16::try_from(name.len()).map_err(too_long)?.to_le_bytes());
        header.extend([0, 0]);
        self.directory.extend(b"PK\x01\x02\x14\0");
        self.directory.extend(&header);
        self.directory.extend([0; 10]);
        self.directory.extend(u32::try_from(self.at).map_err(too_long)?.to_le_bytes());
        self.directory.extend(name.as_bytes());
        self.count = self.count.checked_add(1).ok_or(Fault::TooMuch("it has too many parts"))?;
        for piece in [b"PK\x03\x04", &header[..], name.as_bytes(), held] {
            self.output.write_all(piece).map_err(Fault::Write)?;
            self.at += piece.len() as u64;
        }
        Ok(())
    }

    /// APPNOTE 4.3.16
    pub fn finish(self) -> Result<(), Fault> {
        let too_long = |_| Fault::TooMuch("it is too long");
        let mut end = b"PK\x05\x06\0\0\0\0".to_vec();
        end.extend([self.count.to_le_bytes(), self.count.to_le_bytes()].concat());
        end.extend(u32::try_from(self.directory.len()).map_err(too_long)?.to_le_bytes());
        end.extend(u32::try_from(self.at).map_err(too_long)?.to_le_bytes());
        end.extend([0, 0]);
        self.output
            .write_all(&self.directory)
            .and_then(|()| self.output.write_all(&end))
            .map_err(Fault::Write)
    }
}
