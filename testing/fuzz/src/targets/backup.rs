//! A backup's file that somebody else made, opened by a person who was given its passphrase as well. The first byte says what
//! is tried: a whole file, or what stands behind the seal, which is sealed here; sealed already it would hardly ever open.

use std::io::{Cursor, Read, Seek, SeekFrom, Write};

use casemate_api::{Command, Error, Kind, view};
use casemate_backup::{Source, Store};
use casemate_content::proto::{BackupBlock, BackupFile, BackupIndex, BackupPiece, BackupThread};
use casemate_crypto::backup::{BackupKey, Part};
use casemate_crypto::passphrase::PassphraseHeader;
use casemate_wire::ids::Hash32;
use futures_util::FutureExt as _;
use prost::Message as _;
use rand::SeedableRng as _;
use rand_chacha::ChaCha20Rng;
use serde_json::Value;

const PASSPHRASE: &str = "abandon ability able about above absent";

const FILE: u8 = 0;
const INDEX: u8 = 1;

/// More would make a test of seconds out of what a program refuses or takes a second for.
const MEMORY_KIB: u32 = 1_024;

/// Opens and restores as far as it goes, or says why not; nothing comes that the index does not name by its hash.
pub fn run(bytes: &[u8]) {
    let Some((what, rest)) = bytes.split_first() else { return };
    let mut file = match *what {
        INDEX => file(rest),
        _ => rest.to_vec(),
    };
    if let Some(asked) = file.get(29..37)
        && let (Some(memory), Some(passes)) = (asked.first_chunk(), asked.last_chunk())
        && (MEMORY_KIB..=256 * 1_024).contains(&u32::from_be_bytes(*memory))
        && u32::from_be_bytes(*passes) <= 16
    {
        return;
    }
    let before = file.clone();
    let disk = Disk(Cursor::new(&mut file));
    let done = casemate_backup::restore(&Nobody, disk, PASSPHRASE).now_or_never();
    let done = done.expect("nothing here waits");
    if let Err(error) = done {
        assert!(!error.message.is_empty());
    }
    assert!(file == before, "a backup is not changed by reading it");
}

pub fn seeds() -> Vec<Vec<u8>> {
    let index = index().encode_to_vec();
    let whole = file(&index);
    vec![
        [&[FILE][..], &whole].concat(),
        [&[FILE][..], &whole[..whole.len() / 2]].concat(),
        [&[INDEX][..], &index].concat(),
        vec![INDEX],
    ]
}

/// A small backup with this index, under a passphrase that costs little.
fn file(index: &[u8]) -> Vec<u8> {
    let rng = &mut ChaCha20Rng::from_seed([5; 32]);
    let header = PassphraseHeader { version: 1, memory_kib: 8, passes: 1, lanes: 1, salt: [7; 16] };
    let secret = header.derive(PASSPHRASE).expect("good parameters");
    let key = key();
    let mut lock: Vec<u8> =
        [1, header.memory_kib, header.passes, header.lanes].map(u32::to_be_bytes).concat();
    lock.extend(header.salt);
    lock.extend(key.lock(&secret[..], rng).expect("32 bytes"));
    let mut file = b"casemate backup\n".to_vec();
    let index = key.seal(Part::Index, index, rng);
    for (kind, body) in [(1, &lock), (2, &piece()), (4, &blob_record()), (3, &index)] {
        file.push(kind);
        file.extend((body.len() as u64).to_be_bytes());
        file.extend(body);
    }
    file
}

fn key() -> BackupKey {
    BackupKey::generate(&mut ChaCha20Rng::from_seed([6; 32]))
}

const BLOCK: &[u8] = b"a block of messages";

fn piece() -> Vec<u8> {
    key().seal(Part::Piece, BLOCK, &mut ChaCha20Rng::from_seed([8; 32]))
}

fn blob_record() -> Vec<u8> {
    [&[3; 16][..], &[9; 300]].concat()
}

fn index() -> BackupIndex {
    let piece = piece();
    let lock_end = 16 + 9 + 112;
    let block = BackupBlock {
        number: 0,
        piece: 0,
        start: 0,
        length: BLOCK.len() as u32,
        hash: Hash32::of(&[BLOCK]).into(),
        messages: 1,
    };
    BackupIndex {
        backup: vec![1; 16].into(),
        account: vec![2; 16].into(),
        address: "ana@example.org".into(),
        made_ms: 1_795_176_000_000,
        pieces: vec![BackupPiece {
            name: Hash32::of(&[&piece]).into(),
            at: lock_end + 9,
            size_bytes: piece.len() as u64,
        }],
        threads: vec![BackupThread { key: vec![4; 16].into(), last: 9, blocks: vec![block] }],
        files: vec![BackupFile {
            blob: vec![3; 16].into(),
            at: lock_end + 9 + piece.len() as u64 + 9 + 16,
            size_bytes: 300,
            parts: Vec::new(),
            sha256: vec![9; 32].into(),
        }],
        device: vec![5; 16].into(),
        manifest: vec![6; 40].into(),
        signature: vec![7; 64].into(),
    }
}

/// Takes whatever comes, and looks whether it may.
struct Nobody;

impl Source for Nobody {
    async fn ask(&self, command: Command) -> Result<Value, Error> {
        let Command::BackupPut(put) = command else {
            return Err(Error::new(Kind::Invalid, "restoring only puts"));
        };
        let mut placed = view::BackupPlaced::default();
        for block in &put.blocks {
            let data = data_encoding::BASE64.decode(block.data.as_bytes()).expect("our own encoding");
            assert!(BLOCK.windows(data.len().max(1)).any(|part| part == data) || data.is_empty());
            placed.added += 1;
        }
        Ok(serde_json::to_value(placed).expect("a view"))
    }

    async fn copy(&self, _: &str, _: &mut dyn Write) -> Result<bool, Error> {
        Ok(false)
    }

    async fn bring(&self, _: &str, from: &mut dyn Read) -> Result<(), Error> {
        let read = std::io::copy(from, &mut std::io::sink());
        read.map(drop).map_err(|error| Error::new(Kind::Invalid, error.to_string()))
    }

    fn tell(&self, done: u64, of: u64) {
        assert!(of > 0 && done <= of, "{done} of {of}");
    }

    fn is_cancelled(&self) -> bool {
        false
    }
}

struct Disk<'a>(Cursor<&'a mut Vec<u8>>);

impl Read for Disk<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        self.0.read(buffer)
    }
}

impl Seek for Disk<'_> {
    fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
        self.0.seek(to)
    }
}

impl Write for Disk<'_> {
    fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
        Err(std::io::Error::other("reading writes nothing"))
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Store for Disk<'_> {
    fn sync(&mut self) -> std::io::Result<()> {
        Ok(())
    }

    fn cut(&mut self, _: u64) -> std::io::Result<()> {
        Err(std::io::Error::other("reading cuts nothing"))
    }
}
