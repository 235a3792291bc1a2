//! A zip archive in memory (APPNOTE.TXT 6.3): the central directory, and files stored or deflated. Everything else
//! (encryption, several volumes, Zip64) is refused with a sentence.
//!
//! A zip bomb is many bytes out of few, or many entries over the same bytes. Both end at limits on what one file and all
//! files together may have, stated before anything is unpacked.

use crc::{CRC_32_ISO_HDLC, Crc, Table};
use miniz_oxide::inflate::decompress_to_vec_with_limit;

/// By a table of 1 KB: quicker ones are 16, which each browser would load.
static CRC: Crc<u32, Table<1>> = Crc::<u32, Table<1>>::new(&CRC_32_ISO_HDLC);

/// Files in an archive. A year's busy chat has some thousands.
pub const FILES: usize = 50_000;

/// Bytes of one file: what other messengers take.
pub const FILE_BYTES: u64 = 512 * 1024 * 1024;

/// Bytes of all files together. More does not fit the memory of a browser's Worker.
pub const TOTAL_BYTES: u64 = 2 * 1024 * 1024 * 1024;

/// Bytes of a name.
const NAME_BYTES: usize = 1_024;

/// The end record with the longest comment (§4.3.16).
const END_BYTES: usize = 22 + 65_535;

/// Why an archive cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Not a zip archive.
    #[error("this is not a zip archive")]
    NotZip,
    /// Cut off or changed.
    #[error("this archive is damaged; export the chat again")]
    Damaged,
    /// Of a form that exports do not have.
    #[error("this archive is of a form that is not supported: encrypted, in several parts, or very large")]
    Unsupported,
    /// Over a limit.
    #[error("this archive has too many or too large files; export the chat without media")]
    TooLarge,
    /// There is no chat in it.
    #[error("there is no exported chat in this file")]
    NoChat,
}

/// A file in an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its name without folders.
    pub name: String,
    /// Unpacked.
    pub size_bytes: u64,
    method: u16,
    packed: u64,
    header: u64,
    crc: u32,
}

/// A zip archive.
#[derive(Debug)]
pub struct Archive<'a> {
    bytes: &'a [u8],
    /// Its files, without folders.
    pub entries: Vec<Entry>,
}

impl<'a> Archive<'a> {
    /// Reads the directory.
    pub fn open(bytes: &'a [u8]) -> Result<Self, Refused> {
        if !bytes.starts_with(b"PK\x03\x04") {
            return Err(Refused::NotZip);
        }
        let end = end_record(bytes).ok_or(Refused::Damaged)?;
        let (count, size, offset) =
            (u16_at(bytes, end + 10)?, u32_at(bytes, end + 12)?, u32_at(bytes, end + 16)?);
        if count == u16::MAX || offset == u32::MAX || u16_at(bytes, end + 4)? != 0 {
            return Err(Refused::Unsupported);
        }
        if usize::from(count) > FILES {
            return Err(Refused::TooLarge);
        }
        // Nothing of the directory is behind the end: so no sum below goes over 32 bits either.
        let limit = index(offset).saturating_add(index(size)).min(bytes.len());
        let mut at = index(offset);
        let mut entries = Vec::with_capacity(usize::from(count));
        let mut total = 0u64;
        for _ in 0..count {
            if at > limit || limit - at < 46 || bytes.get(at..at + 4) != Some(b"PK\x01\x02") {
                return Err(Refused::Damaged);
            }
            let (flags, method) = (u16_at(bytes, at + 8)?, u16_at(bytes, at + 10)?);
            let (name, extra, comment) =
                (u16_at(bytes, at + 28)?, u16_at(bytes, at + 30)?, u16_at(bytes, at + 32)?);
            let name_bytes = bytes.get(at + 46..at + 46 + usize::from(name)).ok_or(Refused::Damaged)?;
            let entry = Entry {
                name: base_name(name_bytes),
                size_bytes: u64::from(u32_at(bytes, at + 24)?),
                method,
                packed: u64::from(u32_at(bytes, at + 20)?),
                header: u64::from(u32_at(bytes, at + 42)?),
                crc: u32_at(bytes, at + 16)?,
            };
            at += 46 + usize::from(name) + usize::from(extra) + usize::from(comment);
            // A folder, or a file that somebody's system adds beside the real ones.
            if entry.name.is_empty() || entry.name.starts_with("._") || name_bytes.ends_with(b"/") {
                continue;
            }
            // Bit 0: encrypted (§4.4.4). 0 is stored, 8 deflated (§4.4.5).
            if flags & 1 != 0 || !matches!(method, 0 | 8) || entry.size_bytes == u64::from(u32::MAX) {
                return Err(Refused::Unsupported);
            }
            total += entry.size_bytes;
            if usize::from(name) > NAME_BYTES || entry.size_bytes > FILE_BYTES || total > TOTAL_BYTES {
                return Err(Refused::TooLarge);
            }
            entries.push(entry);
        }
        Ok(Self { bytes, entries })
    }

    /// The bytes of a file; an error where they are not those that the archive promises.
    pub fn read(&self, entry: &Entry) -> Result<Vec<u8>, Refused> {
        let at = usize::try_from(entry.header).map_err(|_| Refused::Damaged)?;
        if self.bytes.get(at..at.saturating_add(4)) != Some(b"PK\x03\x04") {
            return Err(Refused::Damaged);
        }
        let skip = 30 + usize::from(u16_at(self.bytes, at + 26)?) + usize::from(u16_at(self.bytes, at + 28)?);
        let packed = usize::try_from(entry.packed).map_err(|_| Refused::Damaged)?;
        let begin = at.checked_add(skip).ok_or(Refused::Damaged)?;
        let end = begin.checked_add(packed).ok_or(Refused::Damaged)?;
        let packed = self.bytes.get(begin..end).ok_or(Refused::Damaged)?;
        let size = usize::try_from(entry.size_bytes).map_err(|_| Refused::TooLarge)?;
        let bytes = match entry.method {
            0 => packed.to_vec(),
            _ => decompress_to_vec_with_limit(packed, size).map_err(|_| Refused::Damaged)?,
        };
        if bytes.len() != size || CRC.checksum(&bytes) != entry.crc {
            return Err(Refused::Damaged);
        }
        Ok(bytes)
    }

    /// A file by its name.
    pub fn find(&self, name: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.name == name)
    }

    /// The chat's text: `_chat.txt`, or the one text whose name tells of a chat.
    pub fn chat_text(&self) -> Option<&Entry> {
        let texts = || self.entries.iter().filter(|entry| entry.name.to_lowercase().ends_with(".txt"));
        self.find("_chat.txt")
            .or_else(|| texts().find(|entry| entry.name.contains("WhatsApp")))
            .or_else(|| texts().max_by_key(|entry| entry.size_bytes))
    }
}

fn end_record(bytes: &[u8]) -> Option<usize> {
    let from = bytes.len().saturating_sub(END_BYTES);
    let tail = bytes.get(from..)?;
    let found = tail.windows(4).rposition(|four| four == b"PK\x05\x06")?;
    (from + found + 22 <= bytes.len()).then_some(from + found)
}

/// What stands after the last slash. Names that are not UTF-8 keep what can be read of them.
fn base_name(bytes: &[u8]) -> String {
    let name = String::from_utf8_lossy(bytes);
    name.rsplit(['/', '\\'])
        .next()
        .unwrap_or_default()
        .chars()
        .filter(|letter| !letter.is_control())
        .collect()
}

/// As far as this machine counts; what is beyond is behind the end of everything.
fn index(value: u32) -> usize {
    usize::try_from(value).unwrap_or(usize::MAX)
}

fn u16_at(bytes: &[u8], at: usize) -> Result<u16, Refused> {
    let two = bytes.get(at..at.saturating_add(2)).and_then(|two| two.try_into().ok());
    two.map(u16::from_le_bytes).ok_or(Refused::Damaged)
}

fn u32_at(bytes: &[u8], at: usize) -> Result<u32, Refused> {
    let four = bytes.get(at..at.saturating_add(4)).and_then(|four| four.try_into().ok());
    four.map(u32::from_le_bytes).ok_or(Refused::Damaged)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An archive as a phone writes it.
    fn zip(files: &[(&str, &[u8], bool)]) -> Vec<u8> {
        let (mut bytes, mut directory) = (Vec::new(), Vec::new());
        for (name, content, deflated) in files {
            let packed = match deflated {
                true => miniz_oxide::deflate::compress_to_vec(content, 6),
                false => content.to_vec(),
            };
            let header = bytes.len() as u32;
            let mut common = Vec::new();
            common.extend([20, 0, 0, 8, if *deflated { 8 } else { 0 }, 0, 0, 0, 0, 0]);
            common.extend(CRC.checksum(content).to_le_bytes());
            common.extend((packed.len() as u32).to_le_bytes());
            common.extend((content.len() as u32).to_le_bytes());
            common.extend((name.len() as u16).to_le_bytes());
            common.extend([0, 0]);
            bytes.extend(b"PK\x03\x04");
            bytes.extend(&common);
            bytes.extend(name.as_bytes());
            bytes.extend(&packed);
            directory.extend(b"PK\x01\x02\x14\x00");
            directory.extend(&common);
            directory.extend([0; 10]);
            directory.extend(header.to_le_bytes());
            directory.extend(name.as_bytes());
        }
        let offset = bytes.len() as u32;
        bytes.extend(&directory);
        bytes.extend(b"PK\x05\x06\0\0\0\0");
        bytes.extend((files.len() as u16).to_le_bytes());
        bytes.extend((files.len() as u16).to_le_bytes());
        bytes.extend((directory.len() as u32).to_le_bytes());
        bytes.extend(offset.to_le_bytes());
        bytes.extend([0, 0]);
        bytes
    }

    #[test]
    fn files_come_out_as_they_went_in() {
        let long = vec![b'x'; 100_000];
        let bytes =
            zip(&[("_chat.txt", b"hello", false), ("media/a.jpg", &long, true), ("folder/", b"", false)]);
        let archive = Archive::open(&bytes).unwrap();
        let names: Vec<&str> = archive.entries.iter().map(|entry| entry.name.as_str()).collect();
        assert_eq!(names, ["_chat.txt", "a.jpg"]);
        assert_eq!(archive.read(archive.chat_text().unwrap()).unwrap(), b"hello");
        assert_eq!(archive.read(archive.find("a.jpg").unwrap()).unwrap(), long);
    }

    #[test]
    fn what_is_cut_changed_or_lying_is_refused() {
        let bytes = zip(&[("_chat.txt", &[b'a'; 1_000], true)]);
        assert_eq!(Archive::open(b"hello").unwrap_err(), Refused::NotZip);
        for cut in [4, 40, bytes.len() - 30, bytes.len() - 1] {
            assert!(Archive::open(&bytes[..cut]).is_err(), "{cut}");
        }
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 0x41;
            if let Ok(archive) = Archive::open(&changed) {
                for entry in &archive.entries {
                    if let Ok(read) = archive.read(entry) {
                        assert_eq!(read, [b'a'; 1_000], "byte {at}");
                    }
                }
            }
        }
    }

    /// On 32 bits, as in a browser, the sums went over the end of counting.
    #[test]
    fn directory_that_says_it_lies_at_the_end_of_counting_is_damaged() {
        let whole = zip(&[("_chat.txt", b"hello", false)]);
        let end = whole.len() - 22;
        for (size, offset) in [
            (u32::MAX, 0),
            (u32::MAX, 1),
            (u32::MAX, u32::MAX - 1),
            (60, u32::MAX - 1),
            (60, u32::MAX - 45),
            (0, u32::MAX - 1),
            (1 << 31, 1 << 31),
        ] {
            let mut bytes = whole.clone();
            bytes[end + 12..end + 16].copy_from_slice(&size.to_le_bytes());
            bytes[end + 16..end + 20].copy_from_slice(&offset.to_le_bytes());
            assert_eq!(Archive::open(&bytes).unwrap_err(), Refused::Damaged, "{size} {offset}");
        }
    }

    #[test]
    fn a_bomb_ends_at_what_it_promised() {
        let mut bytes = zip(&[("_chat.txt", &[0; 1_000_000], true)]);
        // It promises little and unpacks to much.
        let directory = bytes.windows(4).position(|four| four == b"PK\x01\x02").unwrap();
        bytes[directory + 24..directory + 28].copy_from_slice(&10u32.to_le_bytes());
        let archive = Archive::open(&bytes).unwrap();
        assert_eq!(archive.read(&archive.entries[0]), Err(Refused::Damaged));
        // It promises much.
        bytes[directory + 24..directory + 28].copy_from_slice(&0xf000_0000u32.to_le_bytes());
        assert_eq!(Archive::open(&bytes).unwrap_err(), Refused::TooLarge);
    }
}
