//! The journal's format: what a segment file's bytes mean. Pure; files are opened elsewhere.
//!
//! ```text
//! segment = header record*
//! header  = "casemseg" | format u32 | number u32 | salt 16 | crc u32
//! record  = length u32 | crc u32 | kind u8 | body          length and crc are those of kind and body
//! ```
//! Numbers are little-endian. Checksums (CRC-32C) begin from the segment's random salt, so that nobody who sends
//! payloads can make bytes that pass for a record.
//!
//! Records are written in batches, each begun by a [`Record::Batch`] that repeats the salt and says where it
//! stands, and made durable before the next one is written. What does not parse is a torn write where no record
//! begins after it, and damage where one does: see [`next_record`].

use bytes::{Buf, Bytes};
use casemate_wire::ids::{ClientId, Hash32, LogId};

use super::{Mutation, NewCommit, NewEntry};

/// Bytes of a segment's header.
pub const HEADER_BYTES: usize = 36;
/// Bytes before a record's kind.
pub const FRAME_BYTES: usize = 8;
/// Longest record: a commit of the largest payload that adds and keeps as many readers as there may be.
pub const RECORD_BYTES: usize = 4 * 1024 * 1024;
/// The format that this version writes.
pub const FORMAT: u32 = 1;

/// A batch's record with its frame: shorter than any other.
pub const BATCH_BYTES: i64 = FRAME_BYTES as i64 + 1 + 16 + 4;

const MAGIC: &[u8; 8] = b"casemseg";
const BATCH: u8 = 1;
const CREATE_LOG: u8 = 2;
const ENTRY: u8 = 3;
/// The kind of a commit's record, its first byte behind the frame.
pub const COMMIT: u8 = 4;
const REPLACE_READER: u8 = 5;

/// A segment's own bytes, against which its records are checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// The segment's number, from 1.
    pub number: u32,
    /// Random; never leaves the server.
    pub salt: [u8; 16],
}

/// Something durable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Record {
    /// A batch begins here. Holds its own offset.
    Batch(u32),
    /// A log of this slot: always [`Mutation::CreateLog`].
    Create(u32, Mutation),
    /// An entry, or a commit with all that it changes.
    Append(NewEntry),
    /// Always [`Mutation::ReplaceReader`].
    Replace(Mutation),
}

/// Where parsing stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Stop {
    /// The bytes end within a record, or at its beginning.
    #[error("the record is cut off")]
    Incomplete,
    /// The bytes are no record of this segment.
    #[error("{0}")]
    Bad(&'static str),
}

impl Header {
    /// As bytes.
    pub fn encode(&self) -> [u8; HEADER_BYTES] {
        let mut bytes = [0; HEADER_BYTES];
        bytes[..8].copy_from_slice(MAGIC);
        bytes[8..12].copy_from_slice(&FORMAT.to_le_bytes());
        bytes[12..16].copy_from_slice(&self.number.to_le_bytes());
        bytes[16..32].copy_from_slice(&self.salt);
        let crc = crc32c::crc32c(&bytes[..32]);
        bytes[32..].copy_from_slice(&crc.to_le_bytes());
        bytes
    }

    /// From a file's first bytes. The error says what is wrong; the format is checked by the data folder's.
    pub fn parse(bytes: &[u8]) -> Result<Self, Stop> {
        let bytes: &[u8; HEADER_BYTES] =
            bytes.get(..HEADER_BYTES).and_then(|head| head.try_into().ok()).ok_or(Stop::Incomplete)?;
        let mut rest = &bytes[8..];
        let (format, number) = (rest.get_u32_le(), rest.get_u32_le());
        let mut salt = [0; 16];
        rest.copy_to_slice(&mut salt);
        if &bytes[..8] != MAGIC || crc32c::crc32c(&bytes[..32]) != rest.get_u32_le() {
            return Err(Stop::Bad("this is no segment header"));
        }
        if format != FORMAT {
            return Err(Stop::Bad("the segment has another format"));
        }
        Ok(Self { number, salt })
    }

    /// Appends a record to `out` and gives its length with the frame.
    pub fn encode_record(&self, record: RecordRef<'_>, out: &mut Vec<u8>) -> u32 {
        let start = out.len();
        out.extend_from_slice(&[0; FRAME_BYTES]);
        record.encode(&self.salt, out);
        let body = &out[start + FRAME_BYTES..];
        let (length, crc) = (body.len() as u32, self.checksum(body));
        out[start..start + 4].copy_from_slice(&length.to_le_bytes());
        out[start + 4..start + 8].copy_from_slice(&crc.to_le_bytes());
        length + FRAME_BYTES as u32
    }

    /// The record at the beginning of `bytes`, and its length with the frame. Payloads share the buffer.
    pub fn parse_record(&self, bytes: &Bytes) -> Result<(Record, usize), Stop> {
        let mut frame = bytes.get(..FRAME_BYTES).ok_or(Stop::Incomplete)?;
        let (length, crc) = (frame.get_u32_le() as usize, frame.get_u32_le());
        if length == 0 || length > RECORD_BYTES {
            return Err(Stop::Bad("a record has an impossible length"));
        }
        let end = FRAME_BYTES + length;
        if bytes.len() < end {
            return Err(Stop::Incomplete);
        }
        let body = bytes.slice(FRAME_BYTES..end);
        if self.checksum(&body) != crc {
            return Err(Stop::Bad("a record's checksum is wrong"));
        }
        let record = parse_body(&self.salt, body).ok_or(Stop::Bad("a record's fields are wrong"))?;
        Ok((record, end))
    }

    fn checksum(&self, body: &[u8]) -> u32 {
        crc32c::crc32c_append(crc32c::crc32c(&self.salt), body)
    }
}

/// All whole records in `bytes`, which stand at `offset` in the segment, each with its place and its length with
/// the frame; and where and why that stopped.
pub fn parse_records(header: &Header, bytes: Bytes, offset: u32) -> (Vec<(u32, u32, Record)>, u32, Stop) {
    let mut records = Vec::new();
    let mut at = 0;
    loop {
        match header.parse_record(&bytes.slice(at..)) {
            Ok((Record::Batch(place), _)) if place as usize != offset as usize + at => {
                return (records, offset + at as u32, Stop::Bad("a batch stands in another place"));
            }
            Ok((record, length)) => {
                records.push((offset + at as u32, length as u32, record));
                at += length;
            }
            Err(stop) => return (records, offset + at as u32, stop),
        }
    }
}

/// So many bytes are looked at whether they are a record before only batches are looked for. More finds records of a damaged batch
/// that somebody filled with what looks like lengths; at most some tenths of a second for each damaged place.
const SEARCH_BYTES: usize = 512 * 1024 * 1024;

/// Where the next record begins in `bytes`, which stand at `offset` and begin with something that is none. Nobody who sends payloads
/// can make one, since checksums begin from the salt.
pub fn next_record(header: &Header, bytes: &Bytes, offset: u32) -> Option<usize> {
    let is_record = |at: usize| match header.parse_record(&bytes.slice(at..)) {
        Ok((Record::Batch(place), _)) => place as usize == offset as usize + at,
        Ok(_) => true,
        Err(_) => false,
    };
    // Most likely its length is right.
    let length = bytes.get(..4).map_or(0, |mut length| length.get_u32_le() as usize);
    let after = FRAME_BYTES.saturating_add(length);
    if length > 0 && length <= RECORD_BYTES && after < bytes.len() && is_record(after) {
        return Some(after);
    }
    let mut left = SEARCH_BYTES;
    for at in 1..bytes.len().saturating_sub(FRAME_BYTES) {
        let mut frame = &bytes[at..];
        let length = frame.get_u32_le() as usize;
        if length == 0
            || length > RECORD_BYTES
            || !(BATCH..=REPLACE_READER).contains(&bytes[at + FRAME_BYTES])
        {
            continue;
        }
        match left.checked_sub(length.min(bytes.len() - at)) {
            Some(less) => left = less,
            None => return batch_in(header, bytes, offset),
        }
        if is_record(at) {
            return Some(at);
        }
    }
    None
}

/// What a damaged record most likely is of, by what is left of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Likely {
    /// The log, some bytes of which may be wrong.
    pub log: LogId,
    /// The entry's number, which may be wrong.
    pub entry: u64,
    /// The record's kind says that it is one.
    pub is_entry: bool,
}

impl Likely {
    /// Whether a log is the one that is meant: ids are random, so no other has half of its bytes in their places.
    pub fn is_of(&self, log: &LogId) -> bool {
        let alike = self.log.0.iter().zip(&log.0).filter(|(left, right)| left == right);
        alike.count() >= LogId::LEN / 2
    }
}

/// Whose entry a damaged record most likely is. None where it most likely is no entry.
pub fn likely_entry(bytes: &[u8]) -> Option<Likely> {
    let length = bytes.get(..4).map(|mut length| length.get_u32_le())?;
    let body = bytes.get(FRAME_BYTES..)?;
    let mut body = Bytes::copy_from_slice(body.get(..1 + LogId::LEN + 8)?);
    let kind = u8(&mut body)?;
    let other = matches!((kind, length), (BATCH, 21) | (CREATE_LOG, 93) | (REPLACE_READER, 81));
    let is_entry = matches!(kind, ENTRY | COMMIT);
    let (log, entry) = (LogId(array(&mut body)?), u64(&mut body)?);
    (!other).then_some(Likely { log, entry, is_entry })
}

/// The header of a segment of this number whose own bytes are damaged, from a batch in `bytes`, which stand at `offset`: each has the salt.
pub fn header_from_batch(number: u32, bytes: &Bytes, offset: u32) -> Option<Header> {
    let length = 1 + 16 + 4_u32;
    let mut from = 0;
    while let Some(found) = find(bytes.get(from..)?, &length.to_le_bytes()) {
        let at = from + found;
        let salt = bytes.get(at + FRAME_BYTES + 1..at + FRAME_BYTES + 17)?.try_into().ok()?;
        let header = Header { number, salt };
        if matches!(header.parse_record(&bytes.slice(at..)), Ok((Record::Batch(place), _)) if place as usize == offset as usize + at)
        {
            return Some(header);
        }
        from = at + 1;
    }
    None
}

/// Where a batch begins in `bytes`, which stand at `offset`. Everything before it was durable once.
fn batch_in(header: &Header, bytes: &Bytes, offset: u32) -> Option<usize> {
    // The salt stands right behind the frame and the kind.
    let lead = FRAME_BYTES + 1;
    let mut from = lead;
    while let Some(found) = find(bytes.get(from..).unwrap_or_default(), &header.salt) {
        let start = from + found - lead;
        let place = offset as usize + start;
        if matches!(header.parse_record(&bytes.slice(start..)), Ok((Record::Batch(at), _)) if at as usize == place)
        {
            return Some(start);
        }
        from += found + 1;
    }
    None
}

fn find(bytes: &[u8], pattern: &[u8]) -> Option<usize> {
    bytes.windows(pattern.len()).position(|window| window == pattern)
}

/// What is written, without taking it.
#[derive(Debug, Clone, Copy)]
pub enum RecordRef<'a> {
    /// A batch at this offset.
    Batch(u32),
    /// A new log.
    Create {
        /// Its slot.
        slot: u32,
        /// See [`Mutation::CreateLog`].
        log: LogId,
        /// See [`Mutation::CreateLog`].
        write_hash: Hash32,
        /// See [`Mutation::CreateLog`].
        reader_hash: Hash32,
        /// See [`Mutation::CreateLog`].
        at_ms: i64,
    },
    /// An entry.
    Append(&'a NewEntry),
    /// A reader's new secret.
    Replace {
        /// See [`Mutation::ReplaceReader`].
        log: LogId,
        /// See [`Mutation::ReplaceReader`].
        old: Hash32,
        /// See [`Mutation::ReplaceReader`].
        new: Hash32,
    },
}

impl RecordRef<'_> {
    fn encode(&self, salt: &[u8; 16], out: &mut Vec<u8>) {
        match self {
            Self::Batch(offset) => {
                out.push(BATCH);
                out.extend_from_slice(salt);
                out.extend_from_slice(&offset.to_le_bytes());
            }
            Self::Create { slot, log, write_hash, reader_hash, at_ms } => {
                out.push(CREATE_LOG);
                out.extend_from_slice(&slot.to_le_bytes());
                out.extend_from_slice(&log.0);
                out.extend_from_slice(&write_hash.0);
                out.extend_from_slice(&reader_hash.0);
                out.extend_from_slice(&at_ms.to_le_bytes());
            }
            Self::Append(new) => {
                out.push(if new.commit.is_some() { COMMIT } else { ENTRY });
                out.extend_from_slice(&new.log.0);
                out.extend_from_slice(&new.entry.to_le_bytes());
                out.extend_from_slice(&new.at_ms.to_le_bytes());
                out.extend_from_slice(&new.client_id.0);
                if let Some(commit) = &new.commit {
                    encode_commit(commit, out);
                }
                out.extend_from_slice(&new.payload);
            }
            Self::Replace { log, old, new } => {
                out.push(REPLACE_READER);
                out.extend_from_slice(&log.0);
                out.extend_from_slice(&old.0);
                out.extend_from_slice(&new.0);
            }
        }
    }
}

fn encode_commit(commit: &NewCommit, out: &mut Vec<u8>) {
    out.extend_from_slice(&commit.previous.to_le_bytes());
    out.extend_from_slice(&commit.next_write_hash.0);
    out.push(commit.urgent.into());
    for list in [&commit.add_readers, &commit.keep_readers] {
        out.extend_from_slice(&(list.len() as u32).to_le_bytes());
        for hash in list {
            out.extend_from_slice(&hash.0);
        }
    }
}

/// None where fields are missing or something is left over.
fn parse_body(salt: &[u8; 16], mut body: Bytes) -> Option<Record> {
    let body = &mut body;
    let record = match u8(body)? {
        BATCH => {
            if &array::<16>(body)? != salt {
                return None;
            }
            Record::Batch(u32(body)?)
        }
        CREATE_LOG => {
            let slot = u32(body)?;
            let (log, write_hash) = (LogId(array(body)?), Hash32(array(body)?));
            let (reader_hash, at_ms) = (Hash32(array(body)?), i64(body)?);
            Record::Create(slot, Mutation::CreateLog { log, write_hash, reader_hash, at_ms })
        }
        kind @ (ENTRY | COMMIT) => {
            let (log, entry, at_ms) = (LogId(array(body)?), u64(body)?, i64(body)?);
            let client_id = ClientId(array(body)?);
            let commit = if kind == COMMIT { Some(parse_commit(body)?) } else { None };
            let payload = body.split_off(0);
            // Entry 0 means "before the first", and the last number has no next.
            if entry == 0 || entry == u64::MAX {
                return None;
            }
            Record::Append(NewEntry { log, entry, at_ms, client_id, payload, commit })
        }
        REPLACE_READER => {
            let (log, old, new) = (LogId(array(body)?), Hash32(array(body)?), Hash32(array(body)?));
            Record::Replace(Mutation::ReplaceReader { log, old, new })
        }
        _ => return None,
    };
    body.is_empty().then_some(record)
}

fn parse_commit(body: &mut Bytes) -> Option<NewCommit> {
    let (previous, next_write_hash) = (u64(body)?, Hash32(array(body)?));
    let urgent = match u8(body)? {
        0 => false,
        1 => true,
        _ => return None,
    };
    let (add_readers, keep_readers) = (hashes(body)?, hashes(body)?);
    Some(NewCommit { previous, next_write_hash, urgent, add_readers, keep_readers })
}

fn hashes(body: &mut Bytes) -> Option<Vec<Hash32>> {
    let count = u32(body)? as usize;
    // Before anything is allocated for them.
    if count > body.len() / Hash32::LEN {
        return None;
    }
    (0..count).map(|_| array(body).map(Hash32)).collect()
}

fn u8(body: &mut Bytes) -> Option<u8> {
    body.try_get_u8().ok()
}

fn u32(body: &mut Bytes) -> Option<u32> {
    body.try_get_u32_le().ok()
}

fn u64(body: &mut Bytes) -> Option<u64> {
    body.try_get_u64_le().ok()
}

fn i64(body: &mut Bytes) -> Option<i64> {
    body.try_get_i64_le().ok()
}

fn array<const N: usize>(body: &mut Bytes) -> Option<[u8; N]> {
    let mut array = [0; N];
    body.try_copy_to_slice(&mut array).ok()?;
    Some(array)
}

#[cfg(test)]
mod tests {
    use super::super::suite::{change, commit, entry, hash, log};
    use super::*;

    const HEADER: Header = Header { number: 7, salt: [9; 16] };

    fn records() -> Vec<Record> {
        let append = |mutation| match mutation {
            Mutation::Append(new) => Record::Append(new),
            _ => panic!("not an append"),
        };
        let create =
            Mutation::CreateLog { log: log(1), write_hash: hash(1), reader_hash: hash(2), at_ms: -5 };
        vec![
            Record::Create(3, create),
            append(entry(1, 1, "hello")),
            append(entry(1, 2, "")),
            append(commit(1, 3, change(0, 4, &[5, 6], &[2]))),
            Record::Replace(Mutation::ReplaceReader { log: log(1), old: hash(5), new: hash(7) }),
        ]
    }

    fn encode(record: &Record, out: &mut Vec<u8>) -> u32 {
        let record = match record {
            Record::Batch(at) => RecordRef::Batch(*at),
            Record::Append(new) => RecordRef::Append(new),
            Record::Create(slot, Mutation::CreateLog { log, write_hash, reader_hash, at_ms }) => {
                let (slot, log, at_ms) = (*slot, *log, *at_ms);
                RecordRef::Create { slot, log, write_hash: *write_hash, reader_hash: *reader_hash, at_ms }
            }
            Record::Replace(Mutation::ReplaceReader { log, old, new }) => {
                RecordRef::Replace { log: *log, old: *old, new: *new }
            }
            other => panic!("{other:?}"),
        };
        HEADER.encode_record(record, out)
    }

    fn batch(at: u32, out: &mut Vec<u8>) {
        encode(&Record::Batch(at + out.len() as u32), out);
        for record in records() {
            encode(&record, out);
        }
    }

    #[test]
    fn records_come_back_as_they_were() {
        let mut bytes = Vec::new();
        batch(1_000, &mut bytes);
        let length = bytes.len() as u32;
        let (found, end, stop) = parse_records(&HEADER, bytes.into(), 1_000);
        assert_eq!((end, stop), (1_000 + length, Stop::Incomplete));
        assert_eq!(found.iter().map(|(_, length, _)| length).sum::<u32>(), length);
        let found: Vec<_> = found.into_iter().map(|(_, _, record)| record).collect();
        assert_eq!(found[0], Record::Batch(1_000));
        assert_eq!(found[1..], records());
        assert_eq!(Header::parse(&HEADER.encode()), Ok(HEADER));
    }

    #[test]
    fn no_cut_and_no_flipped_bit_passes() {
        let mut bytes = Vec::new();
        for record in records() {
            bytes.clear();
            encode(&record, &mut bytes);
            for length in 0..bytes.len() {
                let cut = Bytes::copy_from_slice(&bytes[..length]);
                assert_eq!(HEADER.parse_record(&cut), Err(Stop::Incomplete));
            }
            for bit in 0..bytes.len() * 8 {
                let mut flipped = bytes.clone();
                flipped[bit / 8] ^= 1 << (bit % 8);
                assert!(HEADER.parse_record(&flipped.into()).is_err(), "bit {bit} of {record:?}");
            }
        }
        let header = HEADER.encode();
        for bit in 0..header.len() * 8 {
            let mut flipped = header;
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(Header::parse(&flipped).is_err(), "bit {bit}");
        }
    }

    #[test]
    fn only_a_batch_of_this_segment_in_its_place_is_found() {
        let mut bytes = vec![0xaa; 100];
        let start = bytes.len();
        batch(500, &mut bytes);
        let all = Bytes::from(bytes);
        assert_eq!(batch_in(&HEADER, &all, 500), Some(start));
        assert_eq!(batch_in(&HEADER, &all, 501), None, "in another place");
        assert_eq!(batch_in(&HEADER, &all.slice(start + 1..), 500 + start as u32 + 1), None);
        let other = Header { salt: [8; 16], ..HEADER };
        assert_eq!(batch_in(&other, &all, 500), None);
        assert_eq!(batch_in(&HEADER, &Bytes::new(), 500), None);
        assert_eq!(header_from_batch(7, &all, 500), Some(HEADER));
        assert_eq!(header_from_batch(7, &all, 501), None);
    }

    #[test]
    fn the_next_record_is_found_behind_any_damaged_byte_of_one() {
        let mut bytes = Vec::new();
        encode(&Record::Batch(500), &mut bytes);
        let starts: Vec<usize> =
            records().iter().map(|record| (bytes.len(), encode(record, &mut bytes)).0).collect();
        for (nth, start) in starts.iter().enumerate() {
            let next = starts.get(nth + 1).copied();
            for damaged in *start..next.unwrap_or(bytes.len()) {
                let mut flipped = bytes.clone();
                flipped[damaged] ^= 0x21;
                let rest = Bytes::from(flipped).slice(*start..);
                let found = next_record(&HEADER, &rest, 500 + *start as u32);
                assert_eq!(found, next.map(|next| next - start), "byte {damaged}");
            }
        }
        assert_eq!(likely_entry(&bytes[starts[1]..]), Some(Likely { log: log(1), entry: 1, is_entry: true }));
        for other in [0, starts[0], starts[4]] {
            assert_eq!(likely_entry(&bytes[other..]), None);
        }
    }

    #[test]
    fn what_looks_like_lengths_is_searched_for_a_bounded_time() {
        // Each of a quarter of all places seems to begin a record of four million bytes.
        let mut bytes = [0xff, 0xff, 0x3f, 0x00].repeat(RECORD_BYTES / 4);
        bytes.iter_mut().skip(8).step_by(4).for_each(|kind| *kind = ENTRY);
        let at = bytes.len();
        batch(500, &mut bytes);
        assert_eq!(next_record(&HEADER, &bytes.into(), 500), Some(at));
    }
}
