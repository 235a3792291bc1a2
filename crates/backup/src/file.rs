//! A backup in one file. It only grows:
//!
//! ```text
//! "casemate backup\n" │ lock │ piece … │ index │ piece … │ index │ …      each: kind (1) | length (8) | body
//! ```
//! The last index that can be opened holds. What stands behind it was interrupted, and is written over. An index that is
//! whole and cannot be opened is damaged: then the one before it is not all that there was, and nothing is written over.

use std::collections::BTreeSet;
use std::io::{self, Read, Seek, SeekFrom, Write};

use bytes::Bytes;
use casemate_api::{Error, Kind, view};
use casemate_content::proto::{BackupFile, BackupIndex, BackupPiece};
use casemate_crypto::backup::{BackupKey, Part, as_typed, new_passphrase};
use casemate_crypto::passphrase::{PassphraseError, PassphraseHeader};
use casemate_wire::ids::Hash32;
use casemate_wire::limits::{self, LOCKED_KEY_BYTES};
use data_encoding::HEXLOWER_PERMISSIVE as HEX;
use prost::Message as _;
use rand_chacha::ChaCha20Rng;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::{Opened, Place, Source};

/// A file that can be made durable and cut.
pub trait Store: Read + Write + Seek {
    /// What was written stays.
    fn sync(&mut self) -> std::io::Result<()>;

    /// Ends the file here.
    fn cut(&mut self, length: u64) -> std::io::Result<()>;
}

impl Store for std::fs::File {
    fn sync(&mut self) -> std::io::Result<()> {
        self.sync_all()
    }

    fn cut(&mut self, length: u64) -> std::io::Result<()> {
        self.set_len(length)
    }
}

const MAGIC: &[u8; 16] = b"casemate backup\n";
const HEAD_BYTES: u64 = 9;
const VERSION: u32 = 1;

const LOCK: u8 = 1;
const PIECE: u8 = 2;
const INDEX: u8 = 3;
const FILE: u8 = 4;
/// An index until it is durable. So one that says it is an index and cannot be opened was not interrupted: it is damaged.
const INDEX_BEGUN: u8 = 5;

const LOCK_BODY: usize = 32 + LOCKED_KEY_BYTES;
const BLOB_BYTES: u64 = 16;

/// What a file may make whoever opens it do, which somebody else may have written: four times the memory that we ask for. More
/// would open files of a later version without an update, and let a stranger's take more of a small machine.
const MOST_MEMORY_KIB: u32 = 256 * 1024;
const MOST_PASSES: u32 = 16;
const MOST_LANES: u32 = 16;

/// A sealed index is never smaller, as it is padded: salt, 16 KiB and a tag.
const LEAST_INDEX_BYTES: u64 = 32 + 16 * 1024 + 16;

/// Larger pieces and indexes are none of ours, and would have to be in memory.
const BODY_BYTES: u64 = 256 * 1024 * 1024;

/// What is encrypted at once of a body (docs/backup-format.md).
const CHUNK_BYTES: u64 = 65_536;

/// A broken file is looked through for its next index in such steps, and so far: there is one after every 8 MiB and a file.
const SCAN_BYTES: u64 = 1024 * 1024;
const SCANNED_BYTES: u64 = 2 * limits::BLOB_BYTES;

/// What systems answer where a disk cannot read a block.
const EIO: i32 = 5;

/// Pieces, files and indexes of a file.
const MOST_RECORDS: u64 = 4_000_000;

/// A backup's file, and where its last index ends.
pub struct FilePlace<F> {
    file: F,
    key: BackupKey,
    end: u64,
}

impl<F: Store> FilePlace<F> {
    /// Begins a backup in an empty file, else opens the one that is there.
    pub fn open_or_begin(
        mut file: F,
        passphrase: &str,
        rng: &mut ChaCha20Rng,
    ) -> Result<Opened<Self>, Error> {
        if file.seek(SeekFrom::End(0)).map_err(unreadable)? > 0 {
            return Self::open(file, passphrase);
        }
        let passphrase = new_passphrase(passphrase).map_err(|why| Error::new(Kind::Invalid, why))?;
        let header = PassphraseHeader::new(rng);
        let secret = derive(&header, &passphrase)?;
        let key = BackupKey::generate(rng);
        let locked = key.lock(&secret[..], rng).ok_or_else(not_a_backup)?;
        let mut begin = MAGIC.to_vec();
        begin.push(LOCK);
        begin.extend((LOCK_BODY as u64).to_be_bytes());
        for number in [VERSION, header.memory_kib, header.passes, header.lanes] {
            begin.extend(number.to_be_bytes());
        }
        begin.extend(header.salt);
        begin.extend(locked);
        file.write_all(&begin).map_err(unwritable)?;
        file.sync().map_err(unwritable)?;
        Ok(Opened { place: Self { file, key, end: begin.len() as u64 }, index: None, damaged: false })
    }

    /// Opens a backup.
    pub fn open(mut file: F, passphrase: &str) -> Result<Opened<Self>, Error> {
        let length = file.seek(SeekFrom::End(0)).map_err(unreadable)?;
        let begin = MAGIC.len() as u64 + HEAD_BYTES + LOCK_BODY as u64;
        if length < begin {
            return Err(not_a_backup());
        }
        let begin = read_at(&mut file, 0, begin)?;
        let (magic, lock) = begin.split_at(MAGIC.len());
        let (head, lock) = lock.split_at(HEAD_BYTES as usize);
        if magic != MAGIC || head[0] != LOCK || head[1..] != (LOCK_BODY as u64).to_be_bytes() {
            return Err(not_a_backup());
        }
        let key = unlock(lock, passphrase)?;
        let records = records(&mut file, begin.len() as u64, length)?;
        let (mut end, mut damaged) = (begin.len() as u64, false);
        for at in records.iter().rev().filter(|at| is_of_an_index(at.bytes)) {
            let sealed = read_at(&mut file, at.body, at.bytes)?;
            let plain = key.open(Part::Index, &sealed);
            // Whatever its kind says now, which may be what is damaged.
            if let Some(index) = plain.and_then(|plain| BackupIndex::decode(&plain[..]).ok()) {
                let end = if damaged { end } else { at.body + at.bytes };
                return Ok(Opened { place: Self { file, key, end }, index: Some(index), damaged });
            }
            if at.kind == INDEX && !damaged {
                (end, damaged) = (at.body + at.bytes, true);
            }
        }
        Ok(Opened { place: Self { file, key, end }, index: None, damaged })
    }

    /// Where the body of a record begins that comes next.
    fn begin_record(&mut self, kind: u8, bytes: u64) -> Result<u64, Error> {
        self.file.seek(SeekFrom::Start(self.end)).map_err(unwritable)?;
        self.file.cut(self.end).map_err(unwritable)?;
        let mut head = vec![kind];
        head.extend(bytes.to_be_bytes());
        self.file.write_all(&head).map_err(unwritable)?;
        Ok(self.end + HEAD_BYTES)
    }

    /// Whether so much is at a place, with this hash. Without one, which older backups leave out, its length is all that is known.
    fn is_hashed(&mut self, at: u64, bytes: u64, sha256: &[u8]) -> Result<bool, Error> {
        let length = self.file.seek(SeekFrom::End(0)).map_err(unreadable)?;
        if at.checked_add(bytes).is_none_or(|end| end > length) {
            return Ok(false);
        }
        if sha256.is_empty() {
            return Ok(true);
        }
        self.file.seek(SeekFrom::Start(at)).map_err(unreadable)?;
        let mut hash = Sha256::new();
        match io::copy(&mut (&mut self.file).take(bytes), &mut hash) {
            Ok(_) => Ok(hash.finalize()[..] == *sha256),
            // A disk that cannot be read at one place.
            Err(error) if error.raw_os_error() == Some(EIO) => Ok(false),
            Err(error) => Err(unreadable(error)),
        }
    }

    fn put(&mut self, kind: u8, body: &[u8]) -> Result<u64, Error> {
        let at = self.begin_record(kind, body.len() as u64)?;
        self.file.write_all(body).map_err(unwritable)?;
        self.end = at + body.len() as u64;
        Ok(at)
    }
}

impl<F: Store> Place for FilePlace<F> {
    async fn put_piece(&mut self, plain: &[u8], rng: &mut ChaCha20Rng) -> Result<BackupPiece, Error> {
        let sealed = self.key.seal(Part::Piece, plain, rng);
        let at = self.put(PIECE, &sealed)?;
        let name = Hash32::of(&[&sealed]);
        Ok(BackupPiece { name: name.into(), at, size_bytes: sealed.len() as u64 })
    }

    fn takes_files(&self) -> bool {
        true
    }

    async fn put_file<S: Source>(
        &mut self,
        source: &S,
        file: &view::BlockFile,
    ) -> Result<Option<BackupFile>, Error> {
        let Ok(blob) = HEX.decode(file.blob.as_bytes()) else { return Ok(None) };
        let at = self.begin_record(FILE, BLOB_BYTES + file.bytes)?;
        self.file.write_all(&blob).map_err(unwritable)?;
        let mut hashed = Hashed { file: &mut self.file, hash: Sha256::new() };
        let copied = source.copy(&file.blob, &mut hashed).await?;
        let sha256 = hashed.hash.finalize().to_vec().into();
        let end = self.file.stream_position().map_err(unwritable)?;
        if !copied || end != at + BLOB_BYTES + file.bytes {
            // The next record is written over it.
            return Ok(None);
        }
        self.end = end;
        let at = at + BLOB_BYTES;
        Ok(Some(BackupFile { blob: blob.into(), at, size_bytes: file.bytes, parts: Vec::new(), sha256 }))
    }

    async fn put_index(
        &mut self,
        index: &BackupIndex,
        _: &BTreeSet<Bytes>,
        rng: &mut ChaCha20Rng,
    ) -> Result<u64, Error> {
        let sealed = self.key.seal(Part::Index, &index.encode_to_vec(), rng);
        let head = self.end;
        self.file.sync().map_err(unwritable)?;
        self.put(INDEX_BEGUN, &sealed)?;
        self.file.sync().map_err(unwritable)?;
        self.file.seek(SeekFrom::Start(head)).map_err(unwritable)?;
        self.file.write_all(&[INDEX]).map_err(unwritable)?;
        self.file.sync().map_err(unwritable)?;
        Ok(sealed.len() as u64)
    }

    async fn piece(&mut self, piece: &BackupPiece) -> Result<Option<Zeroizing<Vec<u8>>>, Error> {
        if piece.size_bytes > BODY_BYTES || !self.stands(piece).await? {
            return Ok(None);
        }
        let sealed = read_at(&mut self.file, piece.at, piece.size_bytes)?;
        let is_named = Hash32::of(&[&sealed]).0 == piece.name[..];
        Ok(is_named.then(|| self.key.open(Part::Piece, &sealed)).flatten())
    }

    async fn stands(&mut self, piece: &BackupPiece) -> Result<bool, Error> {
        self.is_hashed(piece.at, piece.size_bytes, &piece.name)
    }

    fn packs(&self) -> bool {
        false
    }

    fn is_packed(&self, _: &[u8]) -> bool {
        false
    }

    fn is_file_of_before(&self, _: &BackupFile) -> bool {
        // A file has one key for good.
        false
    }

    async fn renew_file(&mut self, _: &BackupFile) -> Result<Option<BackupFile>, Error> {
        Ok(None)
    }

    fn names_damaged(&self) -> bool {
        true
    }

    async fn file_stands(&mut self, file: &BackupFile) -> Result<bool, Error> {
        self.is_hashed(file.at, file.size_bytes, &file.sha256)
    }

    async fn file<S: Source>(&mut self, source: &S, file: &BackupFile) -> Result<bool, Error> {
        // What is here already is better than a damaged copy, and so is what the server has.
        if !self.file_stands(file).await? {
            return Ok(false);
        }
        self.file.seek(SeekFrom::Start(file.at)).map_err(unreadable)?;
        source.bring(&HEX.encode(&file.blob), &mut (&mut self.file).take(file.size_bytes)).await?;
        Ok(true)
    }
}

/// What is written, and its hash.
struct Hashed<'a, W> {
    file: &'a mut W,
    hash: Sha256,
}

impl<W: Write> Write for Hashed<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.hash.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// Where a record's body is.
struct At {
    kind: u8,
    body: u64,
    bytes: u64,
}

/// All records that are whole, in their order. A record that ends behind the file's end was interrupted, or its length is
/// damaged: then an index stands behind it, and it goes on there.
fn records(file: &mut impl Store, begin: u64, length: u64) -> Result<Vec<At>, Error> {
    let (mut found, mut at, mut sure) = (Vec::<At>::new(), begin, begin);
    loop {
        while let Some(record) = record(file, at, length)? {
            at = record.body + record.bytes;
            if record.kind == INDEX && is_of_an_index(record.bytes) {
                sure = at;
            }
            found.push(record);
            // A large hole in a file would be walked for hours.
            if found.len() as u64 > MOST_RECORDS {
                return Ok(found);
            }
        }
        let Some(index) = index_behind(file, sure, length)?.filter(|_| at < length) else { break };
        at = index.body + index.bytes;
        sure = at;
        found.push(index);
    }
    found.sort_by_key(|at| at.body);
    found.dedup_by_key(|at| at.body);
    Ok(found)
}

/// The record at a place, where one is there wholly. Nothing that was written as a backup is empty.
fn record(file: &mut impl Store, at: u64, length: u64) -> Result<Option<At>, Error> {
    let body = at + HEAD_BYTES;
    if body > length {
        return Ok(None);
    }
    let head = read_at(file, at, HEAD_BYTES)?;
    let bytes = u64::from_be_bytes(head[1..].try_into().expect("eight bytes"));
    let fits = bytes > 0 && body.checked_add(bytes).is_some_and(|end| end <= length);
    Ok(fits.then_some(At { kind: head[0], body, bytes }))
}

/// The next index behind a place, by its head: an index has one of a few hundred lengths of all that eight bytes may say.
fn index_behind(file: &mut impl Store, from: u64, length: u64) -> Result<Option<At>, Error> {
    let length_here = length.min(from.saturating_add(SCANNED_BYTES));
    let (mut at, mut kept) = (from, Vec::new());
    while at < length_here {
        let next = read_at(file, at, SCAN_BYTES.min(length_here - at))?;
        let first = at - kept.len() as u64;
        at += next.len() as u64;
        kept.extend(next);
        for (head, place) in kept.windows(HEAD_BYTES as usize).zip(first..) {
            if head[0] != INDEX || head[1..5] != [0; 4] {
                continue;
            }
            let bytes = u64::from_be_bytes(head[1..].try_into().expect("eight bytes"));
            let body = place + HEAD_BYTES;
            if is_of_an_index(bytes) && body + bytes <= length {
                return Ok(Some(At { kind: INDEX, body, bytes }));
            }
        }
        kept.drain(..kept.len().saturating_sub(HEAD_BYTES as usize - 1));
    }
    Ok(None)
}

/// Whether a sealed index can be so long: salt, a padded length, and a tag for each chunk of it.
fn is_of_an_index(bytes: u64) -> bool {
    if !(LEAST_INDEX_BYTES..=BODY_BYTES).contains(&bytes) {
        return false;
    }
    let (sealed, chunk) = (bytes - 32, CHUNK_BYTES + 16);
    let tags = sealed.div_ceil(chunk) * 16;
    let plain = sealed - tags;
    [16, 64, 256].iter().any(|kib| plain == kib * 1024) || plain.is_multiple_of(1024 * 1024)
}

fn unlock(lock: &[u8], passphrase: &str) -> Result<BackupKey, Error> {
    let number = |index: usize| {
        let bytes = lock[index * 4..index * 4 + 4].try_into().expect("four bytes");
        u32::from_be_bytes(bytes)
    };
    if number(0) != VERSION {
        let sentence =
            "This backup was written by a newer Casemate; update this one. The backup was not changed.";
        return Err(Error::new(Kind::Invalid, sentence));
    }
    let header = PassphraseHeader {
        version: 1,
        memory_kib: number(1),
        passes: number(2),
        lanes: number(3),
        salt: lock[16..32].try_into().expect("sixteen bytes"),
    };
    if header.memory_kib > MOST_MEMORY_KIB || header.passes > MOST_PASSES || header.lanes > MOST_LANES {
        let sentence = format!(
            "This file asks for more memory or time than any backup of Casemate needs ({} MiB, {} times over). It was \
             not opened: whoever made it may have meant to stop this machine.",
            header.memory_kib / 1024,
            header.passes
        );
        return Err(Error::new(Kind::TooLarge, sentence));
    }
    let secret = derive(&header, &as_typed(passphrase))?;
    BackupKey::unlock(&secret[..], &lock[32..]).ok_or_else(|| {
        let sentence = "Wrong passphrase: it does not open this backup. Nothing was changed; try again.";
        Error::new(Kind::Locked, sentence)
    })
}

fn derive(header: &PassphraseHeader, passphrase: &str) -> Result<Zeroizing<[u8; 32]>, Error> {
    header.derive(passphrase).map_err(|error| match error {
        PassphraseError::Empty => Error::new(Kind::Invalid, "A passphrase cannot be empty."),
        PassphraseError::BadHeader => not_a_backup(),
    })
}

fn read_at(file: &mut impl Store, at: u64, bytes: u64) -> Result<Vec<u8>, Error> {
    let mut body = vec![0; usize::try_from(bytes).map_err(|_| not_a_backup())?];
    file.seek(SeekFrom::Start(at)).map_err(unreadable)?;
    file.read_exact(&mut body).map_err(unreadable)?;
    Ok(body)
}

fn not_a_backup() -> Error {
    Error::new(Kind::Invalid, "This file is not a backup of Casemate. It was not changed.")
}

fn unreadable(error: std::io::Error) -> Error {
    Error::new(Kind::Invalid, format!("The backup cannot be read: {error}."))
}

fn unwritable(error: std::io::Error) -> Error {
    let kind = match error.kind() {
        std::io::ErrorKind::StorageFull => Kind::StorageFull,
        std::io::ErrorKind::PermissionDenied => Kind::NotAllowed,
        _ => Kind::Invalid,
    };
    Error::new(kind, format!("The backup cannot be written: {error}. What it held before stays."))
}
