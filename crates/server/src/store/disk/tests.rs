//! What only a store on a disk can suffer: crashes at any byte, damage, a full disk, a second server.

use std::fs;
use std::io::{self, BufRead, BufReader};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use tempfile::TempDir;

use super::super::suite::{self, Factory, change, create, entry, hash, log, page, texts};
use super::files::RealFiles;
use super::*;
use crate::store::segment::HEADER_BYTES;

mod damage;
mod relief;

/// Small limits, so that a few hundred entries see rotation, flushes and eviction.
fn options() -> Options {
    let segments = SegmentLimits { bytes: 20_000, entries: 200, age_ms: suite::DAY_MS };
    Options { segments, cached_logs: 4, flush_entries: 40, flush_logs: 6, ..Options::default() }
}

struct Disk(TempDir);

impl Factory for Disk {
    type Store = DiskStore;
    fn open(&mut self) -> DiskStore {
        DiskStore::open(self.0.path(), options()).unwrap()
    }
}

/// In memory where the system has that: what is tested is the order of things, not the disk.
fn folder() -> TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { tempfile::tempdir_in(memory).unwrap() } else { tempfile::tempdir().unwrap() }
}

fn open(folder: &Path) -> Result<DiskStore, StoreError> {
    DiskStore::open(folder, Options::default())
}

fn segment(folder: &Path, number: u32) -> PathBuf {
    journal::segment_path(&folder.join("segments"), number)
}

/// The folder as a crash at this moment would leave it.
fn crashed(folder: &Path) -> TempDir {
    let copy = self::folder();
    fs::create_dir(copy.path().join("segments")).unwrap();
    for part in ["", "segments"] {
        for file in fs::read_dir(folder.join(part)).unwrap() {
            let file = file.unwrap();
            if file.file_type().unwrap().is_file() {
                fs::copy(file.path(), copy.path().join(part).join(file.file_name())).unwrap();
            }
        }
    }
    copy
}

#[test]
fn the_suite_of_every_store() {
    suite::run(|| Disk(folder()));
}

#[test]
fn a_write_that_was_torn_at_any_byte_is_cut_off() {
    let home = folder();
    let mut store = open(home.path()).unwrap();
    store.commit(&[create(1), entry(1, 1, "kept")]).unwrap();
    let before = fs::metadata(segment(home.path(), 1)).unwrap().len();
    store.commit(&[entry(1, 2, "torn"), suite::commit(1, 3, change(0, 9, &[7], &[]))]).unwrap();
    let whole = fs::read(segment(home.path(), 1)).unwrap();
    let copy = crashed(home.path());
    drop(store);
    for length in before as usize..whole.len() {
        let after = crashed(copy.path());
        fs::write(segment(after.path(), 1), &whole[..length]).unwrap();
        let mut store = open(after.path()).unwrap();
        let state = store.log(log(1)).unwrap().unwrap();
        // Whole records of the torn batch may stay: nobody was told of them, and nothing of them is halved.
        assert!(state.next_entry == 2 || state.next_entry == 3, "at {length}");
        assert_eq!(state.write_hash, hash(1));
        assert_eq!(store.readers(log(1)).unwrap().rows().len(), 1);
        store.commit(&[entry(1, state.next_entry, "after")]).unwrap();
        drop(store);
        let mut store = open(after.path()).unwrap();
        let entries = texts(&store.read(&page(1, 0)).unwrap());
        assert_eq!(entries.first().unwrap().1, "kept");
        assert_eq!(entries.last().unwrap(), &(state.next_entry, "after".to_owned()));
    }
}

#[test]
fn garbage_and_zeros_behind_the_end_are_cut_off() {
    for garbage in [vec![0; 5_000], vec![0xee; 5_000]] {
        let home = folder();
        let mut store = open(home.path()).unwrap();
        store.commit(&[create(1), entry(1, 1, "kept")]).unwrap();
        let copy = crashed(home.path());
        let path = segment(copy.path(), 1);
        let bytes = [fs::read(&path).unwrap(), garbage].concat();
        fs::write(&path, bytes).unwrap();
        let mut store = open(copy.path()).unwrap();
        assert_eq!(store.read(&page(1, 0)).unwrap().len(), 1);
        store.commit(&[entry(1, 2, "more")]).unwrap();
    }
}

#[test]
fn a_crash_at_any_moment_of_carrying_over_loses_nothing() {
    let home = folder();
    let mut store = DiskStore::open(home.path(), options()).unwrap();
    store.commit(&(1..=20).map(create).collect::<Vec<_>>()).unwrap();
    for number in 1..=30 {
        let batch: Vec<_> = (1..=20).map(|n| entry(n, number, "text")).collect();
        store.commit(&batch).unwrap();
        if number % 5 != 0 {
            continue;
        }
        // The background is somewhere in the middle of it. SQLite's files are copied one after another, which no
        // crash would do: so only the journal and what is older than it.
        let copy = crashed_journal_only(home.path());
        let mut after = open(copy.path()).unwrap();
        for n in 1..=20 {
            assert_eq!(after.read(&page(n, 0)).unwrap().len() as u64, number);
        }
    }
}

/// A crash before anything was carried over; the segments have not expired, so they hold everything.
fn crashed_journal_only(folder: &Path) -> TempDir {
    let copy = self::folder();
    fs::create_dir(copy.path().join("segments")).unwrap();
    for file in fs::read_dir(folder.join("segments")).unwrap() {
        let file = file.unwrap();
        if file.path().extension().is_some_and(|extension| extension == "seg") {
            fs::copy(file.path(), copy.path().join("segments").join(file.file_name())).unwrap();
        }
    }
    copy
}

#[test]
fn a_segment_whose_header_was_torn_is_begun_again() {
    let home = folder();
    let mut store = open(home.path()).unwrap();
    store.commit(&[create(1), entry(1, 1, "a")]).unwrap();
    drop(store);
    for bytes in [&b""[..], b"casem", &[0; HEADER_BYTES]] {
        fs::write(segment(home.path(), 2), bytes).unwrap();
        let mut store = open(home.path()).unwrap();
        assert_eq!(store.read(&page(1, 0)).unwrap().len(), 1);
        assert!(!segment(home.path(), 2).exists());
    }
}

#[test]
fn a_second_server_is_refused() {
    let home = folder();
    let store = open(home.path()).unwrap();
    assert!(matches!(open(home.path()), Err(StoreError::Locked(folder)) if folder == home.path()));
    drop(store);
    open(home.path()).unwrap();
}

#[test]
fn a_folder_of_a_newer_version_is_refused_and_left_alone() {
    let home = folder();
    drop(open(home.path()).unwrap());
    let db = rusqlite::Connection::open(home.path().join("meta.db")).unwrap();
    db.execute_batch("PRAGMA user_version = 99;").unwrap();
    drop(db);
    let Err(error) = open(home.path()) else { panic!("opened") };
    assert!(matches!(error, StoreError::NewerVersion { found: 99, .. }));
    assert!(error.to_string().contains("newer version of Casemate"), "{error}");
    drop(error);
    let db = rusqlite::Connection::open(home.path().join("meta.db")).unwrap();
    db.execute_batch(&format!("PRAGMA user_version = {};", meta::FORMAT)).unwrap();
    drop(db);
    open(home.path()).unwrap();
}

#[test]
fn a_number_that_is_used_twice_is_set_aside() {
    let home = folder();
    let mut store = open(home.path()).unwrap();
    store.commit(&[create(1), entry(1, 1, "first")]).unwrap();
    let start = fs::metadata(segment(home.path(), 1)).unwrap().len() as usize;
    let copy = crashed(home.path());
    drop(store);
    // The same entry once more behind the end, as a fault in the writer would leave it.
    let path = segment(copy.path(), 1);
    let mut bytes = fs::read(&path).unwrap();
    let header = crate::store::segment::Header::parse(&bytes).unwrap();
    header.encode_record(RecordRef::Batch(start as u32), &mut bytes);
    let Mutation::Append(again) = entry(1, 1, "again") else { panic!("not an entry") };
    header.encode_record(RecordRef::Append(&again), &mut bytes);
    fs::write(&path, bytes).unwrap();
    let mut store = open(copy.path()).unwrap();
    assert_eq!(texts(&store.read(&page(1, 0)).unwrap()), [(1, "first".to_owned())]);
    assert_eq!(store.damaged(), 1);
}

/// A disk that has room for so many bytes, and can fail.
#[derive(Clone, Default)]
struct Faults {
    room: Arc<AtomicU64>,
    sync_fails: Arc<AtomicU64>,
    cut_fails: Arc<AtomicU64>,
}

struct FaultyFile(Box<dyn SegmentFile>, Faults);

impl SegmentFiles for Faults {
    fn open(&self, path: &Path) -> io::Result<Box<dyn SegmentFile>> {
        Ok(Box::new(FaultyFile(RealFiles.open(path)?, self.clone())))
    }

    fn open_to_read(&self, path: &Path) -> io::Result<Box<dyn SegmentFile>> {
        RealFiles.open_to_read(path)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        RealFiles.remove(path)
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        RealFiles.sync_folder(folder)
    }
}

impl SegmentFile for FaultyFile {
    fn read_at(&mut self, offset: u64, limit: usize) -> io::Result<Vec<u8>> {
        self.0.read_at(offset, limit)
    }

    fn length(&mut self) -> io::Result<u64> {
        self.0.length()
    }

    fn write_at(&mut self, bytes: &[u8], offset: u64) -> io::Result<()> {
        let room = self.1.room.load(Ordering::Relaxed) as usize;
        if bytes.len() > room {
            // As a full disk does: a part arrives.
            self.0.write_at(&bytes[..room], offset)?;
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.1.room.fetch_sub(bytes.len() as u64, Ordering::Relaxed);
        self.0.write_at(bytes, offset)
    }

    fn sync(&mut self) -> io::Result<()> {
        match self.1.sync_fails.load(Ordering::Relaxed) {
            0 => self.0.sync(),
            _ => Err(io::Error::other("the disk is failing")),
        }
    }

    fn set_len(&mut self, length: u64) -> io::Result<()> {
        match self.1.cut_fails.load(Ordering::Relaxed) {
            0 => self.0.set_len(length),
            _ => Err(io::Error::other("the disk is failing")),
        }
    }

    fn punch(&mut self, offset: u64, bytes: u64) -> io::Result<()> {
        self.0.punch(offset, bytes)
    }
}

fn faulty(home: &Path, room: u64) -> (DiskStore, Faults) {
    let faults = Faults::default();
    faults.room.store(room, Ordering::Relaxed);
    let options = Options { files: Arc::new(faults.clone()), ..options() };
    (DiskStore::open(home, options).unwrap(), faults)
}

#[test]
fn a_full_disk_refuses_and_goes_on_when_there_is_room() {
    let home = folder();
    let (mut store, faults) = faulty(home.path(), 3_000);
    store.commit(&[create(1)]).unwrap();
    let mut stored = 0;
    loop {
        match store.commit(&[entry(1, stored + 1, &"x".repeat(150))]) {
            Ok(()) => stored += 1,
            Err(StoreError::Full) => break,
            Err(other) => panic!("{other}"),
        }
    }
    assert!(stored > 5);
    for _ in 0..3 {
        let batch = [create(2), entry(1, stored + 1, &"x".repeat(150)), entry(2, 1, "y")];
        assert!(matches!(store.commit(&batch), Err(StoreError::Full)));
        assert_eq!(store.log(log(2)).unwrap(), None);
        assert_eq!(store.log(log(1)).unwrap().unwrap().head(), stored);
    }
    assert_eq!(store.read(&page(1, 0)).unwrap().len() as u64, stored, "what was taken is still read");
    faults.room.store(1 << 20, Ordering::Relaxed);
    store.commit(&[entry(1, stored + 1, "room again")]).unwrap();
    drop(store);
    let mut store = open(home.path()).unwrap();
    let entries = store.read(&page(1, 0)).unwrap();
    assert_eq!(entries.len() as u64, stored + 1);
    assert_eq!(entries.last().unwrap().payload, Bytes::from_static(b"room again"));
}

#[test]
fn after_a_failed_sync_nothing_is_taken_until_a_restart() {
    let home = folder();
    let (mut store, faults) = faulty(home.path(), 1 << 20);
    store.commit(&[create(1), entry(1, 1, "kept")]).unwrap();
    faults.sync_fails.store(1, Ordering::Relaxed);
    assert!(matches!(store.commit(&[entry(1, 2, "uncertain")]), Err(StoreError::Stopped)));
    faults.sync_fails.store(0, Ordering::Relaxed);
    assert!(matches!(store.commit(&[entry(1, 2, "later")]), Err(StoreError::Stopped)));
    assert_eq!(store.read(&page(1, 0)).unwrap().len(), 1, "reading goes on");
    drop(store);
    let mut store = open(home.path()).unwrap();
    assert_eq!(texts(&store.read(&page(1, 0)).unwrap()), [(1, "kept".to_owned())]);
    store.commit(&[entry(1, 2, "after")]).unwrap();
}

#[test]
fn a_write_that_cannot_be_taken_back_stops_too() {
    let home = folder();
    let (mut store, faults) = faulty(home.path(), 1 << 20);
    store.commit(&[create(1), entry(1, 1, "kept")]).unwrap();
    faults.room.store(60, Ordering::Relaxed);
    faults.cut_fails.store(1, Ordering::Relaxed);
    assert!(matches!(store.commit(&[entry(1, 2, "half")]), Err(StoreError::Full)));
    faults.room.store(1 << 20, Ordering::Relaxed);
    assert!(matches!(store.commit(&[entry(1, 2, "later")]), Err(StoreError::Stopped)));
    drop(store);
    let mut store = open(home.path()).unwrap();
    assert_eq!(texts(&store.read(&page(1, 0)).unwrap()), [(1, "kept".to_owned())]);
}

#[test]
fn whatever_call_fails_and_power_with_it_no_acknowledged_entry_is_lost() {
    for seed in 0..80 {
        let home = folder();
        let files = FailingFiles::new(seed);
        let mut acknowledged: Vec<u64> = Vec::new();
        let mut created = false;
        for round in 0..6 {
            let open =
                || DiskStore::open(home.path(), Options { files: Arc::new(files.clone()), ..options() });
            files.fail_one_in(if round % 2 == 0 { 0 } else { 40 });
            let opened = (0..50).find_map(|_| open().ok());
            let mut store = opened.unwrap_or_else(|| panic!("seed {seed}: it does not open any more"));
            files.fail_one_in(12);
            created |= !created && store.log(log(1)).unwrap().is_some();
            for _ in 0..30 {
                if !created {
                    created = store.commit(&[create(1)]).is_ok();
                    continue;
                }
                let next = store.log(log(1)).unwrap().unwrap().next_entry;
                if store.commit(&[entry(1, next, &format!("text {next}"))]).is_ok() {
                    acknowledged.push(next);
                }
            }
            drop(store);
            files.fail_one_in(0);
            files.lose_power().unwrap();
        }
        let mut store = open(home.path()).unwrap();
        let entries = damage::all(&mut store, 1);
        for number in &acknowledged {
            let found = entries.iter().find(|entry| entry.entry == *number && !entry.lost);
            let text = found.map(|entry| String::from_utf8_lossy(&entry.payload).into_owned());
            assert_eq!(text, Some(format!("text {number}")), "seed {seed}, of {acknowledged:?}");
        }
        assert!(
            acknowledged.is_sorted_by(|one, next| one < next),
            "a number was given twice: {acknowledged:?}"
        );
    }
}

#[test]
fn what_cannot_be_indexed_now_is_indexed_later() {
    let home = folder();
    let mut store = open(home.path()).unwrap();
    let in_the_way = index::index_path(&home.path().join("segments"), 1);
    fs::create_dir(&in_the_way).unwrap();
    store.commit(&[create(1), entry(1, 1, "a")]).unwrap();
    assert!(store.flush().is_err());
    store.commit(&[entry(1, 2, "b")]).unwrap();
    assert_eq!(store.read(&page(1, 0)).map(|entries| entries.len()).ok(), Some(2), "it is still in memory");
    fs::remove_dir(&in_the_way).unwrap();
    // The failure may be told once more before the next attempt succeeds.
    while store.flush().is_err() {}
    drop(store);
    assert_eq!(open(home.path()).unwrap().read(&page(1, 0)).unwrap().len(), 2);
}

#[test]
fn an_expiry_that_a_crash_interrupted_is_finished() {
    let home = folder();
    let mut store = DiskStore::open(home.path(), options()).unwrap();
    store.commit(&[create(1)]).unwrap();
    for number in 1..=450 {
        store.commit(&[entry(1, number, "x")]).unwrap();
    }
    store.flush().unwrap();
    drop(store);
    // Logs were told, and the segment is gone; its index and its row are not.
    let mut meta = Meta::open(&home.path().join("meta.db")).unwrap();
    let indexed = index::Index::open(index::index_path(&home.path().join("segments"), 1)).unwrap();
    for generation in indexed.generations().unwrap() {
        meta.expire_entries(&indexed.newest(generation, 0, 9).unwrap()).unwrap();
    }
    meta.mark_expiring(1).unwrap();
    drop((meta, indexed));
    fs::remove_file(segment(home.path(), 1)).unwrap();
    let mut store = DiskStore::open(home.path(), options()).unwrap();
    assert!(!index::index_path(&home.path().join("segments"), 1).exists());
    let left = store.read(&page(1, 0)).unwrap();
    assert!(left.first().unwrap().entry > 1 && left.last().unwrap().entry == 450);
    store.commit(&[entry(1, 451, "x")]).unwrap();
}

#[test]
fn quiet_times_free_the_memory() {
    let home = folder();
    let mut store = open(home.path()).unwrap();
    store.commit(&(0..200).map(create).collect::<Vec<_>>()).unwrap();
    store.tidy().unwrap();
    store.flush().unwrap();
    store.tidy().unwrap();
    assert_eq!(store.cache.find(log(5)), None);
    assert_eq!(store.log(log(5)).unwrap().unwrap().next_entry, 1);
    assert_eq!(store.log(log(250)).unwrap(), None);
}

/// Where [`a_child_that_writes_until_it_is_killed`] works.
const CHILD_FOLDER: &str = "CASEMATE_TEST_STORE";
const CHILD_LOGS: u8 = 40;

#[test]
fn a_process_that_is_killed_loses_nothing_that_it_acknowledged() {
    let home = folder();
    let mut acknowledged = [0u64; CHILD_LOGS as usize];
    for lines in [1, 30, 200, 77, 400, 5] {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "store::disk::tests::a_child_that_writes_until_it_is_killed"])
            .args(["--nocapture"])
            .env(CHILD_FOLDER, home.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut note = |line: io::Result<String>| {
            // Cut short by the kill, or the test harness speaking.
            let line = line.ok()?;
            let (n, head) = line.strip_prefix("ack ")?.strip_suffix('.')?.split_once(' ')?;
            acknowledged[n.parse::<usize>().ok()?] = head.parse().ok()?;
            Some(())
        };
        for _ in 0..lines {
            while note(output.next().unwrap()).is_none() {}
        }
        child.kill().unwrap();
        child.wait().unwrap();
        for line in output {
            note(line);
        }
        let mut store = DiskStore::open(home.path(), options()).unwrap();
        for (n, head) in acknowledged.iter_mut().enumerate() {
            let state = store.log(log(n as u8)).unwrap();
            let found = state.map_or(0, |state| state.head());
            assert!(found >= *head, "log {n}: {head} was acknowledged, {found} is there");
            let mut after = 0;
            while after < found {
                let entries = store.read(&page(n as u8, after)).unwrap();
                assert_eq!(entries[0].entry, after + 1);
                assert!(entries.iter().all(|entry| entry.client_id.0[0] == entry.entry as u8));
                after = entries.last().unwrap().entry;
            }
        }
    }
}

/// Started and killed by the test above; does nothing when it runs by itself.
#[test]
fn a_child_that_writes_until_it_is_killed() {
    let Some(home) = std::env::var_os(CHILD_FOLDER) else { return };
    let mut store = DiskStore::open(Path::new(&home), options()).unwrap();
    let mut turn = 0u8;
    loop {
        let mut batch = Vec::new();
        let mut heads = Vec::new();
        for step in 0..=turn % 7 {
            let n = turn.wrapping_mul(13).wrapping_add(step) % CHILD_LOGS;
            let Some(state) = store.log(log(n)).unwrap() else {
                batch.push(create(n));
                batch.push(entry(n, 1, "first"));
                heads.push((n, 1));
                continue;
            };
            let next = state.next_entry;
            if next % 11 == 0 {
                batch.push(suite::commit(n, next, change(state.last_commit, next as u8, &[], &[])));
            } else {
                batch.push(entry(n, next, &"text ".repeat(n.into())));
            }
            heads.push((n, next));
        }
        store.commit(&batch).unwrap();
        heads.iter().for_each(|(n, head)| println!("ack {n} {head}."));
        turn = turn.wrapping_add(1);
    }
}

#[test]
fn server_on_which_nothing_was_said_until_all_had_expired_starts_again() {
    let home = folder();
    let mut store = DiskStore::open(home.path(), options()).unwrap();
    store.commit(&[create(1)]).unwrap();
    for number in 1..=450 {
        store.commit(&[entry(1, number, "x")]).unwrap();
    }
    // All of it is old; it takes some rounds until the newest segment is indexed and goes too.
    let late_ms = store.newest_ms().unwrap() + 2 * suite::DAY_MS;
    for _ in 0..5 {
        store.expire(late_ms, late_ms).unwrap();
        store.flush().unwrap();
    }
    drop(store);
    let left = fs::read_dir(home.path().join("segments")).unwrap().flatten();
    let left: Vec<String> = left.map(|file| file.file_name().to_string_lossy().into_owned()).collect();
    assert!(!left.contains(&"00000001.seg".to_owned()), "{left:?}");
    for _ in 0..2 {
        let mut store = DiskStore::open(home.path(), options()).unwrap();
        assert_eq!(store.damaged(), 0);
        let next = store.log(log(1)).unwrap().unwrap().next_entry;
        store.commit(&[entry(1, next, "after")]).unwrap();
    }
}
