//! A device that is not there, backed up, brought up to date, interrupted, and restored.

mod on_server;

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{Cursor, Read, Seek, SeekFrom, Write};

use casemate_api::command::{BackupCreate, BackupRestore};
use casemate_api::{Command, Error, Kind, view};
use casemate_content::proto::BackupIndex;
use data_encoding::{BASE64, HEXLOWER_PERMISSIVE as HEX};
use futures_util::FutureExt as _;
use prost::Message as _;
use rand::SeedableRng as _;
use rand_chacha::ChaCha20Rng;
use serde_json::Value;

use self::on_server::{name_of, off_server, onto_server};
use crate::{Source, Store};

const WORDS: &str = "abandon ability able about above absent";
const FILE: &[u8; 300] = &[7; 300];

struct Fake {
    account: String,
    device: String,
    /// By conversation and number, as the engine would tell them.
    blocks: RefCell<BTreeMap<(String, i64), Vec<u8>>>,
    /// What came back.
    put: RefCell<BTreeSet<Vec<u8>>>,
    brought: RefCell<BTreeMap<String, Vec<u8>>>,
    restored: Cell<bool>,
    /// It is killed after so many questions.
    patience: Cell<usize>,
    /// Its person wants no more of it after being told so often how far it is.
    wanted: Cell<usize>,
    given_up: Cell<bool>,
    told: RefCell<Vec<(u64, u64)>>,
    has_file: bool,
    /// What a server keeps: parts, the index, and room for files.
    server: RefCell<BTreeMap<String, Vec<u8>>>,
    index: RefCell<Option<String>>,
    files_bytes: Cell<u64>,
    /// How often it signed.
    signed: Cell<usize>,
    /// Of which days the server's shares are verified, and what was fetched.
    packed: RefCell<Vec<String>>,
    /// What was stored since the passphrase is another one, until all that is named was.
    renewed: RefCell<Option<BTreeSet<String>>>,
    /// As much as the server keeps.
    room: Cell<usize>,
    days: RefCell<Vec<i64>>,
    fetched: RefCell<BTreeSet<String>>,
    verified: Cell<Option<i64>>,
}

impl Fake {
    fn new() -> Self {
        let fake = Self {
            account: "aa".repeat(16),
            device: "dd".repeat(16),
            blocks: RefCell::default(),
            put: RefCell::default(),
            brought: RefCell::default(),
            restored: Cell::new(false),
            patience: Cell::new(usize::MAX),
            wanted: Cell::new(usize::MAX),
            given_up: Cell::new(false),
            told: RefCell::default(),
            has_file: true,
            server: RefCell::default(),
            index: RefCell::default(),
            files_bytes: Cell::new(0),
            signed: Cell::new(0),
            packed: RefCell::default(),
            renewed: RefCell::default(),
            room: Cell::new(usize::MAX),
            days: RefCell::default(),
            fetched: RefCell::default(),
            verified: Cell::new(None),
        };
        for conversation in 0..20 {
            for number in 0..10 {
                fake.say(conversation, number, "hello");
            }
        }
        fake
    }

    fn say(&self, conversation: u8, number: i64, what: &str) {
        let data = format!("{what} {conversation} {number} {}", "x".repeat(20_000));
        self.blocks.borrow_mut().insert((HEX.encode(&[conversation; 16]), number), data.into_bytes());
    }

    fn page(&self, after: Option<&str>) -> view::BackupPage {
        let first: usize = after.map_or(0, |after| after.parse().unwrap());
        let blocks = self.blocks.borrow();
        let told = blocks.iter().skip(first).take(30).map(|((conversation, number), data)| view::Block {
            conversation: conversation.clone(),
            last: 1_000,
            number: *number,
            messages: 100,
            data: BASE64.encode(data),
            files: match (self.has_file, *number) {
                (true, 3) => vec![view::BlockFile { blob: "0f".repeat(16), bytes: 300 }],
                _ => Vec::new(),
            },
            named: if *number == 3 { vec!["0f".repeat(16)] } else { Vec::new() },
        });
        view::BackupPage {
            account: self.account.clone(),
            address: "ana@example.org".into(),
            device: self.device.clone(),
            restored: self.restored.get(),
            signed: false,
            of: blocks.len() as u64 * 100,
            disappearing: 7,
            blocks: told.collect(),
            next: (first + 30 < blocks.len()).then(|| (first + 30).to_string()),
        }
    }

    fn all(&self) -> BTreeSet<Vec<u8>> {
        self.blocks.borrow().values().cloned().collect()
    }
}

impl Source for Fake {
    async fn ask(&self, command: Command) -> Result<Value, Error> {
        let left = self.patience.get().checked_sub(1);
        self.patience.set(left.ok_or_else(|| Error::new(Kind::Offline, "killed"))?);
        match command {
            Command::BackupRead(read) => Ok(serde_json::to_value(self.page(read.after.as_deref())).unwrap()),
            Command::BackupPut(put) => {
                if put.account != self.account {
                    return Err(Error::new(Kind::NotAllowed, "of another account"));
                }
                let mut here = self.put.borrow_mut();
                let added = put
                    .blocks
                    .iter()
                    .filter(|block| here.insert(BASE64.decode(block.data.as_bytes()).unwrap()))
                    .count() as u64
                    * 100;
                self.restored.set(self.restored.get() || put.finished);
                self.given_up.set(self.given_up.get() || put.given_up);
                let signed = put
                    .author
                    .is_some_and(|author| author.signature == BASE64.encode(author.hash.as_bytes()));
                Ok(serde_json::to_value(view::BackupPlaced { added, signed }).unwrap())
            }
            Command::BackupSign(sign) => {
                self.signed.set(self.signed.get() + 1);
                let signature = BASE64.encode(sign.hash.as_bytes());
                Ok(serde_json::to_value(view::BackupSigned { manifest: BASE64.encode(b"m"), signature })
                    .unwrap())
            }
            Command::BackupOpen(_) => {
                let index = self.index.borrow().clone();
                let opened = view::BackupOpened {
                    index,
                    files_bytes: self.files_bytes.get(),
                    verify_days: self.days.borrow().clone(),
                    packed: self.packed.borrow().clone(),
                    renewed: self
                        .renewed
                        .borrow()
                        .clone()
                        .map(|names| names.into_iter().map(|name| name[..32].to_owned()).collect()),
                };
                Ok(serde_json::to_value(opened).unwrap())
            }
            Command::BackupStore(store) => {
                let data = BASE64.decode(store.data.as_bytes()).unwrap();
                let name = name_of(&data, self.renewed.borrow().is_some());
                let bytes = data.len() as u64;
                if let Some(names) = store.names {
                    let server = self.server.borrow();
                    if names.iter().any(|name| !server.contains_key(name)) {
                        return Err(Error::new(Kind::NotFound, "a piece of the backup is not here"));
                    }
                    drop(server);
                    self.server.borrow_mut().retain(|name, _| names.contains(name));
                    assert_eq!(self.server.borrow().len(), names.len(), "all that is named is there");
                    self.index.replace(Some(store.data));
                    self.renewed
                        .borrow_mut()
                        .take_if(|renewed| names.iter().all(|name| renewed.contains(name)));
                    self.verified.set(store.verified_day);
                    // As the engine, which keeps the beginnings.
                    self.packed.replace(store.packed.iter().map(|name| name[..32].to_owned()).collect());
                } else {
                    let kept: usize = self.server.borrow().values().map(Vec::len).sum();
                    if kept + data.len() > self.room.get() {
                        return Err(Error::new(Kind::TooLarge, "this server keeps no more"));
                    }
                    if let Some(renewed) = self.renewed.borrow_mut().as_mut() {
                        renewed.insert(name.clone());
                    }
                    self.server.borrow_mut().insert(name.clone(), data);
                }
                Ok(serde_json::to_value(view::BackupStored { name, bytes }).unwrap())
            }
            Command::BackupFetch(fetch) => {
                self.fetched.borrow_mut().insert(fetch.name.clone());
                let server = self.server.borrow();
                let is_whole =
                    |data: &&Vec<u8>| [false, true].iter().any(|key| name_of(data, *key) == fetch.name);
                let whole = server.get(&fetch.name).filter(is_whole);
                let data = whole.map(|data| BASE64.encode(data));
                Ok(serde_json::to_value(view::BackupFetched { data }).unwrap())
            }
            other => panic!("not needed for a backup: {other:?}"),
        }
    }

    async fn copy(&self, blob: &str, to: &mut dyn Write) -> Result<bool, Error> {
        assert_eq!(blob, "0f".repeat(16));
        if !self.has_file {
            return Ok(false);
        }
        to.write_all(FILE).unwrap();
        Ok(true)
    }

    async fn bring(&self, blob: &str, from: &mut dyn Read) -> Result<(), Error> {
        let mut bytes = Vec::new();
        from.read_to_end(&mut bytes).unwrap();
        self.brought.borrow_mut().insert(blob.to_owned(), bytes);
        Ok(())
    }

    fn tell(&self, done: u64, of: u64) {
        self.told.borrow_mut().push((done, of));
    }

    fn is_cancelled(&self) -> bool {
        self.told.borrow().len() >= self.wanted.get()
    }
}

/// A file in memory; writing fails once the disk is full.
struct Disk<'a> {
    bytes: Cursor<&'a mut Vec<u8>>,
    room: usize,
}

impl Read for Disk<'_> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        self.bytes.read(into)
    }
}

impl Write for Disk<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let end = self.bytes.position() as usize;
        match self.room.saturating_sub(end).min(bytes.len()) {
            0 if !bytes.is_empty() => Err(std::io::ErrorKind::StorageFull.into()),
            fits => self.bytes.write(&bytes[..fits]),
        }
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Seek for Disk<'_> {
    fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
        self.bytes.seek(to)
    }
}

impl Store for Disk<'_> {
    fn sync(&mut self) -> std::io::Result<()> {
        Ok(())
    }

    fn cut(&mut self, length: u64) -> std::io::Result<()> {
        self.bytes.get_mut().truncate(length as usize);
        Ok(())
    }
}

fn disk(bytes: &mut Vec<u8>) -> Disk<'_> {
    Disk { bytes: Cursor::new(bytes), room: usize::MAX }
}

fn back_up(fake: &Fake, file: Disk<'_>) -> Result<view::BackedUp, Error> {
    let mut rng = ChaCha20Rng::from_os_rng();
    crate::create(fake, file, WORDS, 1_800_000_000_000, &mut rng).now_or_never().expect("nothing waits here")
}

fn restore(fake: &Fake, bytes: &mut Vec<u8>, words: &str) -> Result<view::BackupRestored, Error> {
    crate::restore(fake, disk(bytes), words).now_or_never().expect("nothing waits here")
}

#[test]
fn all_of_it_comes_back_however_the_passphrase_is_typed() {
    let (fake, mut file) = (Fake::new(), Vec::new());
    let made = back_up(&fake, disk(&mut file)).unwrap();
    assert_eq!((made.messages, made.files, made.left_out), (20_000, 1, 0));
    let told = fake.told.borrow();
    assert!(told.is_sorted() && told.last() == Some(&(20_000, 20_000)), "{told:?}");
    let other = Fake::new();
    let back =
        restore(&other, &mut file, &format!(" {}\n", WORDS.to_uppercase().replace(' ', "  "))).unwrap();
    assert_eq!((back.messages, back.added, back.files), (20_000, 20_000, 1));
    assert_eq!(back.made, "2027-01-15T08:00:00Z");
    assert_eq!(*other.put.borrow(), fake.all());
    assert_eq!(other.brought.borrow()[&"0f".repeat(16)], FILE);
    assert!(other.restored.get());
    assert!(!contains(&file, b"hello"), "nothing is in clear");
    // Again: nothing is new.
    assert_eq!(restore(&other, &mut file, WORDS).unwrap().added, 0);
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

#[test]
fn a_backup_is_signed_by_who_writes_it_and_what_nobody_signed_is_said() {
    let (fake, mut file) = (Fake::new(), Vec::new());
    back_up(&fake, disk(&mut file)).unwrap();
    assert!(fake.signed.get() > 0 && restore(&Fake::new(), &mut file, WORDS).unwrap().signed);
    onto_server(&fake);
    assert!(off_server(&fake).unwrap().signed);
    let written = BASE64.decode(fake.index.borrow().as_deref().unwrap().as_bytes()).unwrap();
    let change = |change: &dyn Fn(&mut BackupIndex)| {
        let mut index = BackupIndex::decode(&written[..]).unwrap();
        change(&mut index);
        fake.index.replace(Some(BASE64.encode(&index.encode_to_vec())));
        off_server(&fake).unwrap().signed
    };
    assert!(!change(&|index| index.signature = Vec::new().into()), "one of before");
    assert!(!change(&|index| index.made_ms += 1), "another index than was signed");
    assert!(!change(&|index| index.threads[0].last += 1));
    // It goes on in what somebody else began: once all of it is this device's, it is signed.
    let signed = fake.signed.get();
    onto_server(&fake);
    assert_eq!(fake.signed.get(), signed + 1);
}

#[test]
fn the_second_time_only_what_is_new_is_written() {
    let (fake, mut file) = (Fake::new(), Vec::new());
    let first = back_up(&fake, disk(&mut file)).unwrap();
    let before = file.len();
    fake.say(3, 10, "new");
    fake.say(5, 2, "changed");
    fake.blocks.borrow_mut().remove(&(HEX.encode(&[6; 16]), 0));
    let second = back_up(&fake, disk(&mut file)).unwrap();
    assert!(first.bytes_added > 4_000_000, "{first:?}");
    assert!(second.bytes_added < 200_000, "{second:?}");
    assert!(file.len() - before < 200_000);
    let other = Fake::new();
    restore(&other, &mut file, WORDS).unwrap();
    assert_eq!(*other.put.borrow(), fake.all(), "what changed is as it is now, and what is gone is gone");
    // With nothing new it is an index alone.
    assert!(back_up(&fake, disk(&mut file)).unwrap().bytes_added < 70_000);
}

#[test]
fn sizes_tell_little() {
    let sizes = |text: &str| {
        let (fake, mut file) = (Fake::new(), Vec::new());
        fake.blocks.borrow_mut().clear();
        fake.blocks.borrow_mut().insert(("aa".repeat(16), 0), text.as_bytes().to_vec());
        back_up(&fake, disk(&mut file)).unwrap();
        file.len()
    };
    assert_eq!(sizes("yes"), sizes(&"a long story ".repeat(1_000)));
}

#[test]
fn a_wrong_passphrase_and_what_is_no_backup_are_said_and_changed_in_nothing() {
    let (fake, mut file) = (Fake::new(), Vec::new());
    back_up(&fake, disk(&mut file)).unwrap();
    let before = file.clone();
    let wrong = restore(&fake, &mut file, "abandon ability able about above absurd").unwrap_err();
    assert_eq!(wrong.kind, Kind::Locked);
    assert!(wrong.message.contains("Wrong passphrase"), "{wrong}");
    assert_eq!(restore(&fake, &mut file, "").unwrap_err().kind, Kind::Invalid);
    for broken in [Vec::new(), b"PK\x03\x04".to_vec(), vec![0; 10_000], before[1..].to_vec()] {
        let mut broken = broken;
        assert_eq!(restore(&fake, &mut broken, WORDS).unwrap_err().kind, Kind::Invalid);
        if !broken.is_empty() {
            let was = broken.clone();
            back_up(&fake, disk(&mut broken)).unwrap_err();
            assert_eq!(broken, was, "another's file is not written over");
        }
    }
    let mut newer = before.clone();
    newer[28] = 2;
    assert!(restore(&fake, &mut newer, WORDS).unwrap_err().message.contains("newer"));
    assert_eq!(file, before);
    // Made by somebody to take all memory of the machine that opens it, or hours: refused before any of it is taken.
    for (at, number) in [(29, 256 * 1024 + 1), (29, u32::MAX), (33, 17), (37, 17)] {
        let mut greedy = before.clone();
        greedy[at..at + 4].copy_from_slice(&u32::to_be_bytes(number));
        let refused = restore(&fake, &mut greedy, WORDS).unwrap_err();
        assert_eq!(refused.kind, Kind::TooLarge, "{refused}");
        assert!(refused.message.contains("more memory or time"), "{refused}");
    }
    // As much as a later version may ask for.
    let mut larger = before.clone();
    larger[29..33].copy_from_slice(&u32::to_be_bytes(256 * 1024));
    assert_eq!(restore(&fake, &mut larger, WORDS).unwrap_err().kind, Kind::Locked);
    // Too short to protect anything.
    let mut rng = ChaCha20Rng::from_os_rng();
    let short = crate::create(&fake, disk(&mut Vec::new()), "hunter2", 0, &mut rng).now_or_never().unwrap();
    assert_eq!(short.unwrap_err().kind, Kind::Invalid);
}

#[test]
fn cut_anywhere_it_holds_what_it_held_and_goes_on() {
    let (fake, mut file) = (Fake::new(), Vec::new());
    back_up(&fake, disk(&mut file)).unwrap();
    let (old, held) = (fake.all(), file.len());
    for number in 0..100 {
        fake.say(9, 100 + number, "later");
    }
    let mut whole = file.clone();
    back_up(&fake, disk(&mut whole)).unwrap();
    let step = (whole.len() - held) / 12;
    for end in (held..whole.len()).step_by(step) {
        let mut cut = whole[..end].to_vec();
        let other = Fake::new();
        restore(&other, &mut cut, WORDS).unwrap();
        assert_eq!(*other.put.borrow(), old, "{end}");
        back_up(&fake, disk(&mut cut)).unwrap();
        let other = Fake::new();
        restore(&other, &mut cut, WORDS).unwrap();
        assert_eq!(*other.put.borrow(), fake.all(), "{end}");
        assert_eq!(cut.len(), whole.len(), "what was interrupted is written over");
    }
    // A disk that is full, and a program that is killed while it reads.
    let mut full = file.clone();
    let room = Disk { bytes: Cursor::new(&mut full), room: held + 600_000 };
    assert_eq!(back_up(&fake, room).unwrap_err().kind, Kind::StorageFull);
    fake.patience.set(5);
    back_up(&fake, disk(&mut full)).unwrap_err();
    fake.patience.set(usize::MAX);
    let other = Fake::new();
    other.patience.set(3);
    restore(&other, &mut full, WORDS).unwrap_err();
    other.patience.set(usize::MAX);
    restore(&other, &mut full, WORDS).unwrap();
    assert_eq!(*other.put.borrow(), old);
}

#[test]
fn a_first_backup_that_is_interrupted_goes_on_where_it_was() {
    let (fake, mut file) = (Fake::new(), Vec::new());
    for number in 0..1_000 {
        fake.say(30, number, "much");
    }
    fake.patience.set(30);
    back_up(&fake, disk(&mut file)).unwrap_err();
    assert!(file.len() > 9_000_000);
    fake.patience.set(usize::MAX);
    let made = back_up(&fake, disk(&mut file)).unwrap();
    assert!(made.bytes_added < made.bytes - 7_000_000, "{made:?}");
    let other = Fake::new();
    restore(&other, &mut file, WORDS).unwrap();
    assert_eq!(*other.put.borrow(), fake.all());
}

#[test]
fn stopped_it_stays_as_far_as_it_came() {
    let (fake, mut file) = (Fake::new(), Vec::new());
    fake.wanted.set(3);
    let stopped = back_up(&fake, disk(&mut file)).unwrap_err();
    assert!(stopped.message.contains("was stopped"), "{stopped}");
    fake.wanted.set(usize::MAX);
    back_up(&fake, disk(&mut file)).unwrap();
    let other = Fake::new();
    other.wanted.set(3);
    assert!(restore(&other, &mut file, WORDS).unwrap_err().message.contains("was stopped"));
    assert!(other.given_up.get() && !other.restored.get());
    let some = other.put.borrow().len();
    assert!(some > 0 && some < 200, "{some}");
    other.wanted.set(usize::MAX);
    restore(&other, &mut file, WORDS).unwrap();
    assert_eq!(*other.put.borrow(), fake.all());
}

#[test]
fn a_damaged_piece_is_said_and_everything_else_comes() {
    let (fake, mut file) = (Fake::new(), Vec::new());
    back_up(&fake, disk(&mut file)).unwrap();
    file[2_000_000] ^= 1;
    let other = Fake::new();
    let damaged = restore(&other, &mut file, WORDS).unwrap_err();
    assert_eq!(damaged.kind, Kind::Untrusted);
    assert!(damaged.message.contains("of its 20000 messages"), "{damaged}");
    let came = other.put.borrow().len();
    assert!((150..200).contains(&came), "{came}");
    assert!(other.given_up.get() && !other.restored.get());
    // An index that is damaged: the one before it, if there is one.
    let index = file.len() - 100;
    file[index] ^= 1;
    assert_eq!(restore(&other, &mut file, WORDS).unwrap_err().kind, Kind::Untrusted);
}

/// What comes back of a file that is whole.
fn restored_all(file: &mut Vec<u8>) -> BTreeSet<Vec<u8>> {
    let other = Fake::new();
    restore(&other, file, WORDS).unwrap();
    other.put.take()
}

#[test]
fn file_backup_with_rotten_piece_brought_up_to_date_is_whole_again() {
    let (fake, mut file) = (Fake::new(), Vec::new());
    let made = back_up(&fake, disk(&mut file)).unwrap();
    assert_eq!((made.rewritten, made.damaged_files, made.disappearing), (0, 0, 7));
    file[2_000_000] ^= 1;
    let made = back_up(&fake, disk(&mut file)).unwrap();
    assert!((1_000..5_000).contains(&made.rewritten), "what that piece held is written again: {made:?}");
    assert_eq!(restored_all(&mut file), fake.all());
    assert_eq!(back_up(&fake, disk(&mut file)).unwrap().rewritten, 0, "once");
}

#[test]
fn file_backup_with_rotten_file_has_it_again_or_says_that_it_cannot() {
    let (fake, mut file) = (Fake::new(), Vec::new());
    back_up(&fake, disk(&mut file)).unwrap();
    let at = file.windows(FILE.len()).position(|part| part == FILE).unwrap();
    file[at] ^= 1;
    let gone = Fake { has_file: false, ..fake };
    let made = back_up(&gone, disk(&mut file)).unwrap();
    assert_eq!((made.damaged_files, made.rewritten, made.left_out), (1, 0, 0), "{made:?}");
    assert!(restore(&Fake::new(), &mut file, WORDS).unwrap_err().message.contains("1 of its 1 files"));
    let here = Fake { has_file: true, ..gone };
    let made = back_up(&here, disk(&mut file)).unwrap();
    assert_eq!((made.damaged_files, made.rewritten), (0, 1), "{made:?}");
    assert_eq!(restore(&Fake::new(), &mut file, WORDS).unwrap().files, 1);
}

#[test]
fn file_backup_with_damaged_newest_index_says_so_and_stays_as_it_is() {
    let (fake, mut file) = (Fake::new(), Vec::new());
    back_up(&fake, disk(&mut file)).unwrap();
    let old = fake.all();
    fake.say(9, 100, "later");
    back_up(&fake, disk(&mut file)).unwrap();
    let index = file.len() - 100;
    file[index] ^= 1;
    let other = Fake::new();
    let damaged = restore(&other, &mut file, WORDS).unwrap_err();
    assert_eq!(damaged.kind, Kind::Untrusted);
    let said = casemate_api::said::said(&damaged.message).unwrap();
    assert_eq!((said.code.as_str(), said.values["made"].as_str()), ("backup-newest-damaged", "2027-01-15"));
    assert_eq!(*other.put.borrow(), old, "what can be read comes");
    assert!(other.given_up.get() && !other.restored.get());
    // The next backup writes behind it, and has all of it.
    let before = file.clone();
    assert_eq!(back_up(&fake, disk(&mut file)).unwrap().rewritten, 1);
    assert_eq!(file[..before.len()], before, "what may be read another time is not cut off");
    assert_eq!(restored_all(&mut file), fake.all());
}

#[test]
fn file_backup_with_damaged_length_or_kind_of_a_record_still_has_its_newest_state() {
    let (fake, mut file) = (Fake::new(), Vec::new());
    back_up(&fake, disk(&mut file)).unwrap();
    let held = file.len();
    fake.say(9, 100, "later");
    back_up(&fake, disk(&mut file)).unwrap();
    let piece = u64::from_be_bytes(file[held + 1..held + 9].try_into().unwrap()) as usize;
    let index = held + 9 + piece;
    assert_eq!((file[held], file[index]), (2, 3));
    for (at, to) in
        [(held + 1, 1), (held + 4, 9), (held + 8, 77), (held, 3), (held, 99), (index, 2), (index, 99)]
    {
        let mut broken = file.clone();
        broken[at] = to;
        assert_eq!(restored_all(&mut broken), fake.all(), "{at}");
        fake.say(9, 101, "later still");
        back_up(&fake, disk(&mut broken)).unwrap();
        assert_eq!(restored_all(&mut broken), fake.all(), "{at}");
        fake.blocks.borrow_mut().remove(&(HEX.encode(&[9; 16]), 101));
    }
}

#[test]
fn file_backup_whose_index_was_not_durable_yet_was_interrupted_and_not_damaged() {
    let (fake, mut file) = (Fake::new(), Vec::new());
    back_up(&fake, disk(&mut file)).unwrap();
    let (old, held) = (fake.all(), file.len());
    fake.say(9, 100, "later");
    back_up(&fake, disk(&mut file)).unwrap();
    let piece = u64::from_be_bytes(file[held + 1..held + 9].try_into().unwrap()) as usize;
    // The power went before the last sync: the length is there, what was written is not.
    let index = held + 9 + piece;
    file[index] = 5;
    file[index + 9..].fill(0);
    assert_eq!(restored_all(&mut file), old);
    assert_eq!(back_up(&fake, disk(&mut file)).unwrap().rewritten, 0);
    assert_eq!(restored_all(&mut file), fake.all());
}

#[test]
fn server_backup_with_rotten_piece_is_whole_again_within_four_weeks() {
    let fake = Fake::new();
    fake.files_bytes.set(1_000);
    onto_server(&fake);
    let rotten = fake.server.borrow().keys().next().unwrap().clone();
    fake.server.borrow_mut().get_mut(&rotten).unwrap()[0] ^= 1;
    let names: BTreeSet<String> = fake.server.borrow().keys().cloned().collect();
    let (mut rewritten, mut most) = (0, 0);
    for day in 20_000..20_028 {
        fake.days.replace(vec![day]);
        fake.fetched.take();
        rewritten += onto_server(&fake).rewritten;
        assert_eq!(fake.verified.get(), Some(day));
        most = most.max(fake.fetched.borrow().len());
    }
    assert!(rewritten > 0);
    assert!(most <= 4, "{most} of {} pieces in a day", names.len());
    let other = Fake::new();
    other.server.replace(fake.server.borrow().clone());
    other.index.replace(fake.index.borrow().clone());
    assert_eq!(off_server(&other).unwrap().messages, 20_000);
    // Nothing is asked of it: nothing is read.
    fake.days.take();
    fake.fetched.take();
    onto_server(&fake);
    assert!(fake.fetched.borrow().is_empty());
}

#[test]
fn server_backup_with_lost_pieces_and_files_is_made_whole_at_once() {
    let fake = Fake::new();
    fake.files_bytes.set(1_000);
    onto_server(&fake);
    let lost = fake.server.borrow().keys().step_by(3).cloned().collect::<Vec<_>>();
    fake.server.borrow_mut().retain(|name, data| !lost.contains(name) && data != FILE);
    let made = onto_server(&fake);
    assert!(made.rewritten > 0 && made.damaged_files == 0, "{made:?}");
    let other = Fake::new();
    other.server.replace(fake.server.borrow().clone());
    other.index.replace(fake.index.borrow().clone());
    let back = off_server(&other).unwrap();
    assert_eq!((back.messages, back.files), (20_000, 1));
    // A file that this device has not either is named no more, and said.
    fake.server.borrow_mut().retain(|_, data| data != FILE);
    let gone = Fake { has_file: false, ..fake };
    assert_eq!(onto_server(&gone).damaged_files, 1);
    assert_eq!(onto_server(&gone).damaged_files, 0);
}

#[test]
fn a_damaged_file_is_left_out_and_a_good_copy_brings_it() {
    let (fake, mut file) = (Fake::new(), Vec::new());
    back_up(&fake, disk(&mut file)).unwrap();
    let at = file.windows(FILE.len()).position(|part| part == FILE).unwrap();
    file[at + FILE.len() / 2] ^= 1;
    let other = Fake::new();
    let damaged = restore(&other, &mut file, WORDS).unwrap_err();
    assert_eq!(damaged.kind, Kind::Untrusted);
    assert!(damaged.message.contains("1 of its 1 files"), "{damaged}");
    assert!(other.brought.borrow().is_empty(), "what is damaged is not put where the good one belongs");
    file[at + FILE.len() / 2] ^= 1;
    assert_eq!(restore(&other, &mut file, WORDS).unwrap().files, 1);
}

#[test]
fn only_who_has_what_is_in_it_writes_on_and_only_the_same_account() {
    let (fake, mut file) = (Fake::new(), Vec::new());
    back_up(&fake, disk(&mut file)).unwrap();
    let before = file.clone();
    let new = Fake { device: "ee".repeat(16), ..Fake::new() };
    new.blocks.borrow_mut().clear();
    let refused = back_up(&new, disk(&mut file)).unwrap_err();
    assert!(
        refused.kind == Kind::NotAllowed && refused.message.contains("Restore it here first"),
        "{refused}"
    );
    let stranger = Fake { account: "bb".repeat(16), ..Fake::new() };
    assert_eq!(back_up(&stranger, disk(&mut file)).unwrap_err().kind, Kind::NotAllowed);
    assert_eq!(restore(&stranger, &mut file, WORDS).unwrap_err().kind, Kind::NotAllowed);
    assert!(stranger.put.borrow().is_empty());
    assert_eq!(file, before);
    restore(&new, &mut file, WORDS).unwrap();
    back_up(&new, disk(&mut file)).unwrap();
}
