//! Zip, and the office files that are zips. Nothing is unpacked: the directory's names tell which it is.
//!
//! The whole file must be one zip: a local header at its first byte and the directory's end at its last. A zip behind
//! or before something else is none.

use crate::inspect::Found;
use crate::source::Source;
use crate::{Fault, MediaType, limits};
use std::io::{Read, Seek};

pub(crate) fn inspect<R: Read + Seek>(source: &mut Source<R>) -> Result<Found, Fault> {
    if !source.has(0, b"PK\x03\x04")? {
        return Err(Fault::Malformed("it does not begin as a zip"));
    }
    let mut names = Names::default();
    let before = walk(source, &mut |entry| names.note(entry.name))?;
    if before != 0 {
        return Err(Fault::Malformed("something stands before it"));
    }
    let media_type = match open_document(source)? {
        Some(media_type) => media_type,
        None => names.media_type(),
    };
    Ok(Found { media_type: Some(media_type), ..Found::default() })
}

/// What the directory says of a part.
pub(crate) struct Entry<'a> {
    pub name: &'a [u8],
    pub packed_bytes: u64,
    pub bytes: u64,
    /// Where its local header begins, by the directory.
    pub at: u64,
}

/// Goes through a zip's directory, wherever in the file the zip begins; gives the bytes that stand before it.
pub(crate) fn walk<R: Read + Seek>(
    source: &mut Source<R>,
    note: &mut dyn FnMut(&Entry<'_>),
) -> Result<u64, Fault> {
    let directory = Directory::find(source)?;
    let mut at = directory.start;
    for _ in 0..directory.entries {
        source.step()?;
        // APPNOTE 4.3.12: a directory entry.
        let entry: [u8; 46] = source.array(at)?;
        if entry[..4] != *b"PK\x01\x02" {
            return Err(Fault::Malformed("its directory is damaged"));
        }
        let number = |at: usize| u64::from(u16::from_le_bytes([entry[at], entry[at + 1]]));
        let large = |at: usize| number(at) | number(at + 2) << 16;
        let (name, extra, comment) = (number(28), number(30), number(32));
        let (mut packed_bytes, mut bytes, mut begins) = (large(20), large(24), large(42));
        let more = source.bytes(at + 46 + name, extra as usize)?;
        put_large(more, [&mut bytes, &mut packed_bytes, &mut begins]);
        let name_bytes = source.bytes(at + 46, name as usize)?;
        note(&Entry { name: name_bytes, packed_bytes, bytes, at: begins });
        at += 46 + name + extra + comment;
        if at > directory.end {
            return Err(Fault::Malformed("its directory is damaged"));
        }
    }
    if at != directory.end {
        return Err(Fault::Malformed("its directory is damaged"));
    }
    Ok(directory.before)
}

/// APPNOTE 4.5.3: what does not fit into its field stands in this one, in this order. Zero where it does not.
fn put_large(mut extra: &[u8], fields: [&mut u64; 3]) {
    let mut found: &[u8] = &[];
    while let [a, b, length, high, rest @ ..] = extra {
        let length = usize::from(u16::from_le_bytes([*length, *high])).min(rest.len());
        if [*a, *b] == [1, 0] {
            found = &rest[..length];
        }
        extra = &rest[length..];
    }
    for field in fields {
        if *field == 0xFFFF_FFFF {
            let number = found.split_first_chunk::<8>();
            *field = number.map_or(0, |(number, _)| u64::from_le_bytes(*number));
            found = number.map_or(&[], |(_, rest)| rest);
        }
    }
}

struct Directory {
    start: u64,
    end: u64,
    entries: u64,
    /// Bytes before the zip that its own offsets do not count.
    before: u64,
}

impl Directory {
    /// APPNOTE 4.3.16 and, for large files, 4.3.14.
    fn find<R: Read + Seek>(source: &mut Source<R>) -> Result<Self, Fault> {
        const END: u64 = 22;
        let missing = Fault::Malformed("its directory is missing");
        let length = source.length();
        // Behind the end there is only a comment, of the length that the end says.
        let tail = length.min(END + 0xFFFF).min(limits::WINDOW_BYTES as u64);
        let from = length - tail;
        let bytes = source.bytes(from, tail as usize)?.to_vec();
        let at = (0..bytes.len().saturating_sub(END as usize - 1)).rev().find(|at| {
            bytes[*at..].starts_with(b"PK\x05\x06")
                && usize::from(u16::from_le_bytes([bytes[at + 20], bytes[at + 21]])) == bytes.len() - at - 22
        });
        let Some(at) = at else { return Err(missing) };
        let end = from + at as u64;
        let mut directory = Directory {
            entries: source.le16(end + 10)?.into(),
            start: source.le32(end + 16)?.into(),
            end: 0,
            before: 0,
        };
        let mut directory_length = u64::from(source.le32(end + 12)?);
        let mut limit = end;
        if directory.entries == 0xFFFF || directory.start == 0xFFFF_FFFF || directory_length == 0xFFFF_FFFF {
            if end < 20 || !source.has(end - 20, b"PK\x06\x07")? {
                return Err(missing);
            }
            let record = source.le64(end - 20 + 8)?;
            if record.saturating_add(56) > end - 20 || !source.has(record, b"PK\x06\x06")? {
                return Err(missing);
            }
            directory.entries = source.le64(record + 32)?;
            directory_length = source.le64(record + 40)?;
            directory.start = source.le64(record + 48)?;
            limit = record;
        }
        if directory.entries > limits::ZIP_ENTRIES || directory_length > limits::ZIP_DIRECTORY_BYTES {
            return Err(Fault::TooMuch("it has too many parts"));
        }
        let end = directory.start.saturating_add(directory_length);
        directory.before = limit.checked_sub(end).ok_or(Fault::Malformed("its directory is missing"))?;
        if directory.entries == 0 {
            return Err(missing);
        }
        directory.start += directory.before;
        directory.end = limit;
        Ok(directory)
    }
}

/// ODF 1.3 part 2 §3.3: the first entry is `mimetype`, stored as it is.
fn open_document<R: Read + Seek>(source: &mut Source<R>) -> Result<Option<MediaType>, Fault> {
    let header: [u8; 30] = source.array(0)?;
    let stored = header[8..10] == [0, 0];
    let length = u32::from_le_bytes([header[22], header[23], header[24], header[25]]);
    if !stored || header[26..28] != [8, 0] || length > 128 || !source.has(30, b"mimetype")? {
        return Ok(None);
    }
    let extra = u64::from(u16::from_le_bytes([header[28], header[29]]));
    let text = source.bytes(38 + extra, length as usize)?;
    Ok([MediaType::Odt, MediaType::Ods, MediaType::Odp]
        .into_iter()
        .find(|known| known.mime().as_bytes() == text))
}

/// Which of the telling names were seen.
#[derive(Default)]
struct Names {
    has_types: bool,
    has_macros: bool,
    word: bool,
    excel: bool,
    powerpoint: bool,
}

impl Names {
    fn note(&mut self, name: &[u8]) {
        match name {
            b"[Content_Types].xml" => self.has_types = true,
            b"word/document.xml" => self.word = true,
            b"xl/workbook.xml" => self.excel = true,
            b"ppt/presentation.xml" => self.powerpoint = true,
            _ => self.has_macros |= name.ends_with(b"vbaProject.bin"),
        }
    }

    /// An office file with macros is not what these types promise, and two in one are neither.
    fn media_type(&self) -> MediaType {
        match (self.has_types && !self.has_macros, self.word, self.excel, self.powerpoint) {
            (true, true, false, false) => MediaType::Docx,
            (true, false, true, false) => MediaType::Xlsx,
            (true, false, false, true) => MediaType::Pptx,
            _ => MediaType::Zip,
        }
    }
}
