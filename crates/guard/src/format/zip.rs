//! Zip, and the office files that are zips. The directory's names tell which it is.
//!
//! The whole file must be one zip: a local header at its first byte and the directory's end at its last, but for blanks. A zip
//! behind or before something else is none.

use crate::inspect::Found;
use crate::source::{ENDS_EARLY, Source};
use crate::{Fault, MediaType, limits};
use miniz_oxide::inflate::decompress_to_vec_with_limit;
use std::io::{Read, Seek};

pub(crate) fn inspect<R: Read + Seek>(source: &mut Source<R>) -> Result<Found, Fault> {
    if !source.has(0, b"PK\x03\x04")? {
        return Err(Fault::Malformed("it does not begin as a zip"));
    }
    let mut names = Names::default();
    let walked = walk(source, &mut |entry| names.note(entry.name))?;
    if walked.before != 0 {
        return Err(Fault::Malformed("something stands before it"));
    }
    if !is_blank_from(source, walked.end)? {
        return Err(Fault::Malformed("something stands behind it"));
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
    /// Where its local header begins.
    pub at: u64,
    /// A link to another place, as Unix has them.
    pub is_link: bool,
}

/// Where in its file a zip stands.
pub(crate) struct Walked {
    /// Bytes before it that its own offsets do not count.
    pub before: u64,
    /// Where it ends, with its comment.
    pub end: u64,
}

/// Goes through a zip's directory, wherever in the file the zip begins. Of one that is damaged or too long, what stands
/// before that is noted all the same.
pub(crate) fn walk<R: Read + Seek>(
    source: &mut Source<R>,
    note: &mut dyn FnMut(&Entry<'_>),
) -> Result<Walked, Fault> {
    let directory = Directory::find(source)?;
    let mut at = directory.start;
    for _ in 0..directory.entries.min(limits::ZIP_ENTRIES) {
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
        // 4.4.2, 4.4.15: made by Unix or macOS, whose kind of file stands in the upper half.
        let is_link = matches!(entry[5], 3 | 19) && number(40) & 0o170_000 == 0o120_000;
        let name_bytes = source.bytes(at + 46, name as usize)?;
        let begins = begins.saturating_add(directory.before);
        note(&Entry { name: name_bytes, packed_bytes, bytes, at: begins, is_link });
        at += 46 + name + extra + comment;
        if at > directory.end || at - directory.start > limits::ZIP_DIRECTORY_BYTES {
            return Err(Fault::Malformed("its directory is damaged"));
        }
    }
    if directory.entries > limits::ZIP_ENTRIES {
        return Err(Fault::TooMuch("it has too many parts"));
    }
    if at != directory.end {
        return Err(Fault::Malformed("its directory is damaged"));
    }
    Ok(Walked { before: directory.before, end: directory.behind })
}

/// What a part holds. APPNOTE 4.3.7: a local header, then that, stored or deflated.
pub(crate) fn unpack<R: Read + Seek>(
    source: &mut Source<R>,
    at: u64,
    packed_bytes: u64,
    bytes: u64,
) -> Result<Vec<u8>, Fault> {
    unpack_within(source, at, packed_bytes, bytes, limits::READ_PART_BYTES)
}

/// The same of a part of `most` bytes at most.
pub(crate) fn unpack_within<R: Read + Seek>(
    source: &mut Source<R>,
    at: u64,
    packed_bytes: u64,
    bytes: u64,
    most: u64,
) -> Result<Vec<u8>, Fault> {
    let header: [u8; 30] = source.array(at)?;
    let number = |at: usize| u64::from(u16::from_le_bytes([header[at], header[at + 1]]));
    if header[..4] != *b"PK\x03\x04" || number(6) & 1 != 0 {
        return Err(Fault::Malformed("a part of it is locked or damaged"));
    }
    if packed_bytes.max(bytes) > most {
        return Err(Fault::TooMuch("a part of it is too long"));
    }
    let begins = at.checked_add(30 + number(26) + number(28)).ok_or(ENDS_EARLY)?;
    if begins.checked_add(packed_bytes).is_none_or(|end| end > source.length()) {
        return Err(ENDS_EARLY);
    }
    let mut packed = Vec::with_capacity(packed_bytes as usize);
    source.copy(begins, packed_bytes, &mut packed)?;
    match number(8) {
        0 => Ok(packed),
        8 => match decompress_to_vec_with_limit(&packed, bytes as usize) {
            Ok(part) if part.len() as u64 == bytes => Ok(part),
            _ => Err(Fault::Malformed("a part of it is damaged")),
        },
        _ => Err(Fault::TooMuch("a part of it is packed in a way that is not read here")),
    }
}

/// Is there nothing but zeros and blanks from there on? What servers and mail programs pad a file with.
fn is_blank_from<R: Read + Seek>(source: &mut Source<R>, mut at: u64) -> Result<bool, Fault> {
    while at < source.length() {
        let ahead = source.ahead(at)?;
        if ahead.iter().any(|byte| *byte != 0 && !byte.is_ascii_whitespace()) {
            return Ok(false);
        }
        at += ahead.len() as u64;
    }
    Ok(true)
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

const END: u64 = 22;
/// Ends that are tried.
const ENDS: usize = 16;
const MISSING: Fault = Fault::Malformed("its directory is missing");

struct Directory {
    start: u64,
    end: u64,
    entries: u64,
    /// Bytes before the zip that its own offsets do not count.
    before: u64,
    /// Where the zip ends, with its comment.
    behind: u64,
}

impl Directory {
    /// APPNOTE 4.3.16 and, for large files, 4.3.14.
    fn find<R: Read + Seek>(source: &mut Source<R>) -> Result<Self, Fault> {
        // Behind the end there is only a comment, of the length that the end says: that one is meant where there is one. Else the
        // last that holds together, as unzip takes it: what stands behind it was added later.
        let length = source.length();
        let from = length.saturating_sub(END + 0xFFFF);
        let mut tail = Vec::with_capacity((length - from) as usize);
        source.copy(from, length - from, &mut tail)?;
        let places: Vec<usize> = (0..tail.len().saturating_sub(END as usize - 1))
            .filter(|at| tail[*at..].starts_with(b"PK\x05\x06"))
            .collect();
        let comment = |at: usize| usize::from(u16::from_le_bytes([tail[at + 20], tail[at + 21]]));
        let reaches_end = |at: &usize| at + END as usize + comment(*at) == tail.len();
        let whole = places.iter().rev().copied().find(reaches_end);
        let others = places.iter().rev().copied().filter(|at| !reaches_end(at)).take(ENDS);
        for at in whole.into_iter().chain(others) {
            let behind = (from + (at + END as usize + comment(at)) as u64).min(length);
            match Self::at(source, from + at as u64, behind) {
                Err(Fault::Malformed(_)) => {}
                other => return other,
            }
        }
        Err(MISSING)
    }

    /// By the end record at `end`.
    fn at<R: Read + Seek>(source: &mut Source<R>, end: u64, behind: u64) -> Result<Self, Fault> {
        let mut directory = Directory {
            entries: source.le16(end + 10)?.into(),
            start: source.le32(end + 16)?.into(),
            end: 0,
            before: 0,
            behind,
        };
        let mut directory_length = u64::from(source.le32(end + 12)?);
        let mut limit = end;
        let is_large =
            directory.entries == 0xFFFF || directory.start == 0xFFFF_FFFF || directory_length == 0xFFFF_FFFF;
        // Exactly 65,535 parts are no reason for a large end.
        if is_large && end >= 20 && source.has(end - 20, b"PK\x06\x07")? {
            let record = source.le64(end - 20 + 8)?;
            if record.saturating_add(56) > end - 20 || !source.has(record, b"PK\x06\x06")? {
                return Err(MISSING);
            }
            directory.entries = source.le64(record + 32)?;
            directory_length = source.le64(record + 40)?;
            directory.start = source.le64(record + 48)?;
            limit = record;
        }
        let end = directory.start.saturating_add(directory_length);
        directory.before = limit.checked_sub(end).ok_or(MISSING)?;
        directory.start += directory.before;
        directory.end = limit;
        if directory.entries == 0 || !source.has(directory.start, b"PK\x01\x02")? {
            return Err(MISSING);
        }
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
    Ok([MediaType::Odt, MediaType::Ods, MediaType::Odp, MediaType::Epub]
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
            _ => self.has_macros |= name.to_ascii_lowercase().ends_with(b"vbaproject.bin"),
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
