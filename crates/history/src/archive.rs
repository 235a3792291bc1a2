//! A zip archive in memory (APPNOTE.TXT 6.3): the central directory, with 64 bits where it has them, and files stored or deflated.
//! A file of another kind (encrypted, packed otherwise, over a limit) is known by its name and cannot be read; an archive in several
//! volumes is refused.
//!
//! A zip bomb is many bytes out of few, or many entries over the same bytes. Both end at limits on what one file and all
//! files together may have, stated before anything is unpacked.

use crc::{CRC_32_ISO_HDLC, Crc, Table};
use miniz_oxide::inflate::decompress_to_vec_with_limit;

use crate::chat::CHAT_BYTES;
use crate::names::is_alike;

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
    #[error("this archive is of a form that is not supported: in several parts, or packed in an unusual way")]
    Unsupported,
    /// Nothing in it can be read without its password.
    #[error("this archive has a password; unpack it, and make a zip without one")]
    Encrypted,
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
    /// Why it cannot be read, known from the directory.
    refused: Option<Refused>,
}

impl Entry {
    /// Whether its bytes may be had, and why not.
    pub fn check(&self) -> Result<(), Refused> {
        self.refused.map_or(Ok(()), Err)
    }
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
        let end = End::find(bytes)?;
        if end.count > FILES as u64 {
            return Err(Refused::TooLarge);
        }
        // Nothing of the directory is behind the end: so no sum below goes over what this machine counts either.
        let limit = index(end.offset).saturating_add(index(end.size)).min(bytes.len());
        let mut at = index(end.offset);
        let mut entries = Vec::with_capacity(index(end.count));
        let mut total = 0u64;
        for _ in 0..end.count {
            if at > limit || limit - at < 46 || bytes.get(at..at + 4) != Some(b"PK\x01\x02") {
                return Err(Refused::Damaged);
            }
            let (flags, method) = (u16_at(bytes, at + 8)?, u16_at(bytes, at + 10)?);
            let (name, extra, comment) =
                (u16_at(bytes, at + 28)?, u16_at(bytes, at + 30)?, u16_at(bytes, at + 32)?);
            let behind = at + 46 + usize::from(name);
            let name_bytes = bytes.get(at + 46..behind).ok_or(Refused::Damaged)?;
            let extra_bytes = bytes.get(behind..behind + usize::from(extra)).ok_or(Refused::Damaged)?;
            // §4.5.3: those of them that need 64 bits are behind the name, in this order.
            let mut wide = wide_sizes(extra_bytes);
            let mut size = |narrow: u32| match narrow {
                u32::MAX => wide.next().ok_or(Refused::Damaged),
                narrow => Ok(u64::from(narrow)),
            };
            let size_bytes = size(u32_at(bytes, at + 24)?)?;
            let mut entry = Entry {
                name: base_name(name_bytes),
                size_bytes,
                method,
                packed: size(u32_at(bytes, at + 20)?)?,
                header: size(u32_at(bytes, at + 42)?)?,
                crc: u32_at(bytes, at + 16)?,
                refused: None,
            };
            at = behind + usize::from(extra) + usize::from(comment);
            // A folder, or a file that somebody's system adds beside the real ones.
            if entry.name.is_empty() || name_bytes.ends_with(b"/") || is_of_a_system(name_bytes, &entry.name)
            {
                continue;
            }
            // Bit 0: encrypted (§4.4.4). 0 is stored, 8 deflated (§4.4.5).
            let over =
                usize::from(name) > NAME_BYTES || size_bytes > FILE_BYTES || size_bytes > TOTAL_BYTES - total;
            entry.refused = match (flags & 1, method) {
                (1, _) => Some(Refused::Encrypted),
                (_, 0 | 8) => over.then_some(Refused::TooLarge),
                _ => Some(Refused::Unsupported),
            };
            if entry.refused.is_none() {
                total += size_bytes;
            }
            entries.push(entry);
        }
        Ok(Self { bytes, entries })
    }

    /// The bytes of a file; an error where they are not those that the archive promises.
    pub fn read(&self, entry: &Entry) -> Result<Vec<u8>, Refused> {
        entry.check()?;
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

    /// A file by its name; of two one that can be read.
    pub fn find(&self, name: &str) -> Option<&Entry> {
        let named = || self.entries.iter().filter(|entry| entry.name == name);
        named().find(|entry| entry.refused.is_none()).or_else(|| named().next())
    }

    /// The chat's text. `archive`: what the archive is called.
    pub fn chat_text(&self, archive: &str) -> Result<Vec<u8>, Refused> {
        let mut texts: Vec<(u8, &Entry)> =
            self.entries.iter().filter_map(|entry| Some((rank(entry, archive)?, entry))).collect();
        // What may be a document that somebody sent is the larger one, if there is no other.
        texts.sort_by_key(|(rank, entry)| {
            (*rank, if *rank == DOCUMENT { u64::MAX - entry.size_bytes } else { 0 })
        });
        let Some((best, first)) = texts.first() else { return Err(Refused::NoChat) };
        let (best, first) = (*best, *first);
        let mut chosen = self.text(first)?;
        if best == LIKE_THE_ARCHIVE || best == DOCUMENT {
            return Ok(chosen);
        }
        // People send exported chats to each other: the one that names another as its file is the chat.
        let others: Vec<&Entry> =
            texts.iter().filter(|(rank, _)| *rank < DOCUMENT).map(|(_, entry)| *entry).take(TEXTS).collect();
        let names_other = |text: &[u8], own: &Entry| {
            let text = crate::letters(text);
            others.iter().any(|other| other.name != own.name && text.contains(&other.name))
        };
        if others.len() > 1 && !names_other(&chosen, first) {
            for other in &others[1..] {
                if let Ok(text) = self.text(other)
                    && names_other(&text, other)
                {
                    chosen = text;
                    break;
                }
            }
        }
        Ok(chosen)
    }

    fn text(&self, entry: &Entry) -> Result<Vec<u8>, Refused> {
        if entry.size_bytes > CHAT_BYTES {
            return Err(Refused::TooLarge);
        }
        self.read(entry)
    }
}

/// Texts that are looked into for which of them is the chat.
const TEXTS: usize = 4;

/// Called as the archive is; as an iPhone calls its chats; as others do; anyhow.
const LIKE_THE_ARCHIVE: u8 = 0;
const CHAT: u8 = 1;
const TITLED: u8 = 2;
const DOCUMENT: u8 = 3;

/// How likely this file is the chat; none where it is no text.
fn rank(entry: &Entry, archive: &str) -> Option<u8> {
    let name = &entry.name;
    if !name.to_lowercase().ends_with(".txt") {
        return None;
    }
    Some(match name {
        name if is_alike(name, archive) => LIKE_THE_ARCHIVE,
        name if name == "_chat.txt" => CHAT,
        name if name.contains("WhatsApp") => TITLED,
        _ => DOCUMENT,
    })
}

/// Where the directory is.
struct End {
    count: u64,
    size: u64,
    offset: u64,
}

impl End {
    fn find(bytes: &[u8]) -> Result<Self, Refused> {
        let end = end_record(bytes).ok_or(Refused::Damaged)?;
        if u16_at(bytes, end + 4)? != 0 {
            return Err(Refused::Unsupported);
        }
        let narrow = (u16_at(bytes, end + 10)?, u32_at(bytes, end + 12)?, u32_at(bytes, end + 16)?);
        let locator = end.checked_sub(20).filter(|at| bytes.get(*at..at + 4) == Some(b"PK\x06\x07"));
        // §4.3.15: where the record of 64 bits is.
        if let Some(locator) = locator {
            let at = index(u64_at(bytes, locator + 8)?);
            if at > locator || locator - at < 56 || bytes.get(at..at + 4) != Some(b"PK\x06\x06") {
                return Err(Refused::Damaged);
            }
            return Ok(Self {
                count: u64_at(bytes, at + 32)?,
                size: u64_at(bytes, at + 40)?,
                offset: u64_at(bytes, at + 48)?,
            });
        }
        match narrow {
            (u16::MAX, _, _) | (_, _, u32::MAX) => Err(Refused::Unsupported),
            (count, size, offset) => {
                Ok(Self { count: count.into(), size: size.into(), offset: offset.into() })
            }
        }
    }
}

/// The sizes of 64 bits that an entry has.
fn wide_sizes(mut extra: &[u8]) -> impl Iterator<Item = u64> {
    let mut sizes: &[u8] = &[];
    while let [kind_low, kind_high, low, high, rest @ ..] = extra {
        let length = usize::from(u16::from_le_bytes([*low, *high]));
        let Some((inside, behind)) = rest.split_at_checked(length) else { break };
        if u16::from_le_bytes([*kind_low, *kind_high]) == 1 {
            sizes = inside;
            break;
        }
        extra = behind;
    }
    sizes.as_chunks().0.iter().map(|eight| u64::from_le_bytes(*eight))
}

fn end_record(bytes: &[u8]) -> Option<usize> {
    let from = bytes.len().saturating_sub(END_BYTES);
    let tail = bytes.get(from..)?;
    let found = tail.windows(4).rposition(|four| four == b"PK\x05\x06")?;
    (from + found + 22 <= bytes.len()).then_some(from + found)
}

/// Beside each file a Mac puts one of its own, in a folder of its own.
fn is_of_a_system(path: &[u8], name: &str) -> bool {
    name.starts_with("._") || name == ".DS_Store" || path.starts_with(b"__MACOSX/")
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
fn index(value: u64) -> usize {
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

fn u64_at(bytes: &[u8], at: usize) -> Result<u64, Refused> {
    let eight = bytes.get(at..at.saturating_add(8)).and_then(|eight| eight.try_into().ok());
    eight.map(u64::from_le_bytes).ok_or(Refused::Damaged)
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
        assert_eq!(archive.chat_text("").unwrap(), b"hello");
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
        let archive = Archive::open(&bytes).unwrap();
        assert_eq!(archive.read(&archive.entries[0]), Err(Refused::TooLarge));
    }

    /// The bytes of the directory's entry with this place.
    fn entry_at(bytes: &[u8], place: usize) -> usize {
        let mut found = bytes.windows(4).enumerate().filter(|(_, four)| *four == b"PK\x01\x02");
        found.nth(place).unwrap().0
    }

    #[test]
    fn what_cannot_be_read_is_known_by_its_name_and_costs_no_other() {
        let mut bytes = zip(&[("_chat.txt", b"hello", true), ("a.jpg", b"x", false), ("b.jpg", b"y", false)]);
        let (second, third) = (entry_at(&bytes, 1), entry_at(&bytes, 2));
        bytes[second + 8] |= 1;
        bytes[third + 10] = 12;
        let archive = Archive::open(&bytes).unwrap();
        let read = |name: &str| archive.read(archive.find(name).unwrap());
        assert_eq!(archive.chat_text("").unwrap(), b"hello");
        assert_eq!((read("a.jpg"), read("b.jpg")), (Err(Refused::Encrypted), Err(Refused::Unsupported)));
        let first = entry_at(&bytes, 0);
        bytes[first + 8] |= 1;
        assert_eq!(Archive::open(&bytes).unwrap().chat_text(""), Err(Refused::Encrypted));
    }

    #[test]
    fn an_archive_of_64_bits_is_read() {
        let whole = zip(&[("_chat.txt", b"hello", false)]);
        let (directory, end) = (entry_at(&whole, 0), whole.len() - 22);
        let mut bytes = whole[..directory].to_vec();
        // The entry: sizes and place of 64 bits, behind another field.
        let mut entry = whole[directory..end].to_vec();
        entry[20..28].fill(0xff);
        entry[42..46].fill(0xff);
        let extra: Vec<u8> =
            [&[0x55, 0x54, 1, 0, 9, 1, 0, 24, 0][..], &5u64.to_le_bytes(), &5u64.to_le_bytes(), &[0; 8]]
                .concat();
        entry[30] = extra.len() as u8;
        bytes.extend(&entry);
        bytes.extend(&extra);
        let record = bytes.len() as u64;
        let size = record - directory as u64;
        bytes.extend(b"PK\x06\x06");
        bytes.extend(44u64.to_le_bytes());
        bytes.extend([45, 0, 45, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        for number in [1, 1, size, directory as u64] {
            bytes.extend(number.to_le_bytes());
        }
        bytes.extend(b"PK\x06\x07\0\0\0\0");
        bytes.extend(record.to_le_bytes());
        bytes.extend([1, 0, 0, 0]);
        bytes.extend(b"PK\x05\x06\0\0\0\0");
        bytes.extend([0xff; 12]);
        bytes.extend([0, 0]);
        let archive = Archive::open(&bytes).unwrap();
        assert_eq!(archive.chat_text("").unwrap(), b"hello");
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 0xff;
            if let Ok(text) = Archive::open(&changed).and_then(|archive| archive.chat_text("")) {
                assert_eq!(text, b"hello", "byte {at}");
            }
        }
    }

    #[test]
    fn sizes_that_follow_the_bytes_are_taken_from_the_directory() {
        let mut bytes = zip(&[("_chat.txt", b"hello", true)]);
        // Bit 3: the header before the bytes has noughts in place of checksum and sizes.
        bytes[6] |= 8;
        bytes[14..26].fill(0);
        assert_eq!(Archive::open(&bytes).unwrap().chat_text("").unwrap(), b"hello");
    }

    #[test]
    fn which_text_is_the_chat() {
        let line = |words: &str| format!("31.12.23, 21:41 - Ana: {words}\n");
        let sent = line("Bob's").repeat(100);
        let text = |archive: &str, files: &[(&str, String)]| {
            let files: Vec<(&str, &[u8], bool)> =
                files.iter().map(|(name, text)| (*name, text.as_bytes(), true)).collect();
            let bytes = zip(&files);
            String::from_utf8(Archive::open(&bytes).unwrap().chat_text(archive).unwrap()).unwrap()
        };
        let own = line("own");
        let naming = format!("{own}{}", line("WhatsApp Chat with Bob.txt (file attached)"));
        for (archive, chat, chat_name) in [
            // Text and archive put other things in place of a stroke.
            ("WhatsApp Chat with School 2025_2026.zip", &own, "WhatsApp Chat with School 20252026.txt"),
            ("WhatsApp Chat with Ana (2).zip", &own, "WhatsApp Chat with Ana.txt"),
            ("renamed.zip", &naming, "WhatsApp Chat with Ana.txt"),
            ("renamed.zip", &naming, "_chat.txt"),
        ] {
            let others = [("WhatsApp Chat with Bob.txt", sent.clone()), (chat_name, chat.clone())];
            assert_eq!(text(archive, &others), **chat, "{archive}");
        }
        let with_sent = format!("{own}{}", line("_chat.txt (file attached)"));
        let two = [("_chat.txt", sent.clone()), ("WhatsApp Chat with Ana.txt", with_sent.clone())];
        assert_eq!(text("renamed.zip", &two), with_sent);
        let of_a_mac = [
            ("__MACOSX/folder/._WhatsApp Chat with Ana.txt", sent.clone()),
            ("__MACOSX/WhatsApp Chat with Ana.txt", sent.clone()),
            ("folder/.DS_Store", sent.clone()),
            ("folder/notes.txt", sent),
            ("folder/WhatsApp Chat with Ana.txt", own.clone()),
        ];
        assert_eq!(text("folder.zip", &of_a_mac), own);
    }
}
