//! Bytes that are not those that were written, and files that are missing: one record is lost, or the start is refused with the
//! file's name; nothing else is lost.

use super::*;

/// A small life in one segment, and what is in it.
fn life(store: &mut DiskStore) {
    store.commit(&[create(1), entry(1, 1, "first"), create(2)]).unwrap();
    let replaced = Mutation::ReplaceReader { log: log(1), old: hash(101), new: hash(50) };
    store
        .commit(&[suite::commit(1, 2, change(0, 7, &[101], &[])), entry(2, 1, "of another"), replaced])
        .unwrap();
    store.commit(&[entry(1, 3, "third"), entry(2, 2, "second of it")]).unwrap();
    store.commit(&[entry(1, 4, "fourth"), entry(2, 3, "last of it")]).unwrap();
}

/// Where each record of a segment begins, with what it is, and where it ends.
fn records(bytes: &[u8]) -> Vec<(usize, usize, Option<(u8, u64)>)> {
    let header = crate::store::segment::Header::parse(bytes).unwrap();
    let bytes = Bytes::copy_from_slice(&bytes[HEADER_BYTES..]);
    let (records, ..) = crate::store::segment::parse_records(&header, bytes, HEADER_BYTES as u32);
    let named = records.into_iter().map(|(offset, length, record)| {
        let name = match record {
            crate::store::segment::Record::Append(new) => Some((new.log.0[0], new.entry)),
            crate::store::segment::Record::Create(_, create) => Some((create.log().0[0], 0)),
            _ => None,
        };
        (offset as usize, (offset + length) as usize, name)
    });
    named.collect()
}

/// All entries of a log, by as many pages as there are.
pub fn all(store: &mut DiskStore, n: u8) -> Vec<StoredEntry> {
    let mut entries: Vec<StoredEntry> = Vec::new();
    loop {
        let after = entries.last().map_or(0, |entry| entry.entry);
        let more = store.read(&page(n, after)).unwrap();
        if more.is_empty() {
            return entries;
        }
        entries.extend(more);
    }
}

/// Of both logs everything is there, but for what is named. A log whose creation is damaged is not there at all.
fn all_but(store: &mut DiskStore, damaged: Option<(u8, u64)>, what: &str) {
    for (n, texts) in
        [(1, &["first", "commit", "third", "fourth"][..]), (2, &["of another", "second of it", "last of it"])]
    {
        if damaged == Some((n, 0)) {
            assert_eq!(store.log(log(n)).unwrap(), None, "{what}");
            continue;
        }
        let entries = all(store, n);
        assert_eq!(store.log(log(n)).unwrap().unwrap().next_entry, texts.len() as u64 + 1, "{what}");
        assert_eq!(entries.len(), texts.len(), "{what}: {entries:?}");
        for (number, (entry, text)) in (1..).zip(entries.iter().zip(texts)) {
            assert_eq!(entry.entry, number);
            assert_eq!(entry.lost, damaged == Some((n, number)), "{what}: {n}, {number}");
            assert!(entry.lost || entry.payload == text.as_bytes(), "{what}");
        }
    }
}

#[test]
fn a_damaged_byte_takes_one_record_and_nothing_else() {
    for carried_over in [false, true] {
        let home = folder();
        let mut store = open(home.path()).unwrap();
        life(&mut store);
        if carried_over {
            store.flush().unwrap();
        }
        let copy = crashed(home.path());
        drop(store);
        let whole = fs::read(segment(copy.path(), 1)).unwrap();
        let records = records(&whole);
        let (last_begins, ..) = *records.last().unwrap();
        for flipped in 0..whole.len() {
            // A write that nothing follows is taken for one that was not finished.
            if flipped >= last_begins && !carried_over {
                continue;
            }
            let mut bytes = whole.clone();
            bytes[flipped] ^= 0x10;
            let after = crashed(copy.path());
            fs::write(segment(after.path(), 1), &bytes).unwrap();
            let mut store = open(after.path()).unwrap();
            let what = format!("byte {flipped}, carried over: {carried_over}");
            let hit = records.iter().find(|(start, end, _)| (*start..*end).contains(&flipped));
            let mut lost = hit.and_then(|(.., name)| *name);
            if carried_over {
                // What it says is in meta.db.
                lost = lost.filter(|(_, entry)| *entry > 0);
            } else {
                assert!(store.damaged() >= 1, "{what}");
            }
            all_but(&mut store, lost, &what);
            assert_eq!(
                store.damaged() > 0,
                lost.is_some() || !carried_over || flipped < HEADER_BYTES,
                "{what}"
            );
            // It goes on, and the next start knows of it.
            let next = store.log(log(1)).unwrap().map_or(1, |state| state.next_entry);
            if next > 1 {
                store.commit(&[entry(1, next, "after")]).unwrap();
            }
            let damaged = store.damaged();
            store.flush().unwrap();
            drop(store);
            let mut store = open(after.path()).unwrap();
            assert_eq!(store.damaged(), damaged, "{what}");
            if next > 1 {
                assert_eq!(store.read(&page(1, next - 1)).unwrap()[0].payload, Bytes::from_static(b"after"));
            }
        }
    }
}

#[test]
fn sixteen_damaged_bytes_anywhere_take_few_records_and_nothing_else() {
    let home = folder();
    let mut store = open(home.path()).unwrap();
    store.commit(&[create(1)]).unwrap();
    for number in 1..=60 {
        store.commit(&[entry(1, number, &"text ".repeat(number as usize % 9))]).unwrap();
    }
    let copy = crashed(home.path());
    drop(store);
    let whole = fs::read(segment(copy.path(), 1)).unwrap();
    for at in (HEADER_BYTES + 200..whole.len() - 200).step_by(37) {
        let mut bytes = whole.clone();
        bytes[at..at + 16].iter_mut().for_each(|byte| *byte ^= 0xff);
        let after = crashed(copy.path());
        fs::write(segment(after.path(), 1), &bytes).unwrap();
        let mut store = open(after.path()).unwrap();
        let entries = all(&mut store, 1);
        assert!(entries.iter().map(|entry| entry.entry).eq(1..=60));
        let lost = entries.iter().filter(|entry| entry.lost).count();
        assert!(lost <= 2 && store.damaged() > 0, "{lost} at {at}");
    }
}

#[test]
fn a_doubled_or_emptied_stretch_takes_what_it_covers_and_nothing_else() {
    let home = folder();
    let mut store = open(home.path()).unwrap();
    life(&mut store);
    let copy = crashed(home.path());
    drop(store);
    let whole = fs::read(segment(copy.path(), 1)).unwrap();
    for double in [&whole[..], &whole[HEADER_BYTES..]] {
        let after = crashed(copy.path());
        fs::write(segment(after.path(), 1), [&whole[..], double].concat()).unwrap();
        let mut store = open(after.path()).unwrap();
        all_but(&mut store, None, "doubled");
        assert!(store.damaged() > 0);
        store.commit(&[entry(1, 5, "after")]).unwrap();
        drop(store);
        let mut store = open(after.path()).unwrap();
        assert_eq!(texts(&store.read(&page(1, 4)).unwrap()), [(5, "after".to_owned())]);
    }
    // A page of zeros in the middle, as a lost write of the file system leaves it.
    let records = records(&whole);
    let (from, ..) = records[3];
    let (to, ..) = records[7];
    let mut bytes = whole.clone();
    bytes[from..to].fill(0);
    fs::write(segment(copy.path(), 1), &bytes).unwrap();
    let mut store = open(copy.path()).unwrap();
    assert_eq!(store.log(log(2)).unwrap(), None, "its creation was in there");
    let entries = all(&mut store, 1);
    assert_eq!(
        entries.iter().map(|entry| (entry.entry, entry.lost)).collect::<Vec<_>>(),
        [(1, false), (2, true), (3, false), (4, false)]
    );
}

#[test]
fn a_number_is_not_given_again_where_its_record_is_damaged() {
    let home = folder();
    let mut store = open(home.path()).unwrap();
    store.commit(&[create(1), create(2), entry(1, 1, "first")]).unwrap();
    store.commit(&[entry(1, 2, "damaged")]).unwrap();
    store.commit(&[entry(2, 1, "of another")]).unwrap();
    let copy = crashed(home.path());
    drop(store);
    let path = segment(copy.path(), 1);
    let mut bytes = fs::read(&path).unwrap();
    let at = bytes.windows(7).position(|window| window == b"damaged").unwrap();
    bytes[at] ^= 1;
    fs::write(&path, &bytes).unwrap();
    let mut store = open(copy.path()).unwrap();
    store.commit(&[entry(1, 3, "third")]).unwrap();
    for _ in 0..2 {
        let entries = all(&mut store, 1);
        assert_eq!(entries.iter().map(|entry| entry.lost).collect::<Vec<_>>(), [false, true, false]);
        assert_eq!(store.read(&Page { up_to: 2, ..page(1, 1) }).unwrap(), [StoredEntry::lost(2)]);
        drop(store);
        store = open(copy.path()).unwrap();
    }
}

#[test]
fn a_record_that_cannot_be_read_is_tried_again_and_then_lost() {
    let home = folder();
    let files = FailingFiles::new(1);
    let options = Options { files: Arc::new(files.clone()), ..options() };
    let mut store = DiskStore::open(home.path(), options).unwrap();
    store.commit(&[create(1), entry(1, 1, "first"), entry(1, 2, "second")]).unwrap();
    assert_eq!(store.read(&page(1, 0)).unwrap().len(), 2);
    // Each time the whole page, and then its first record.
    for _ in 0..2 {
        files.fail_next(FileCall::Read, FileError::Broken);
        files.fail_next(FileCall::Read, FileError::Broken);
        assert!(matches!(store.read(&page(1, 0)), Err(StoreError::Io { .. })));
    }
    files.fail_next(FileCall::Read, FileError::Broken);
    files.fail_next(FileCall::Read, FileError::Broken);
    let entries = store.read(&page(1, 0)).unwrap();
    assert_eq!(entries.iter().map(|entry| entry.lost).collect::<Vec<_>>(), [true, false]);
    assert_eq!(store.damaged(), 1);
}

#[test]
fn damage_in_what_was_carried_over_shows_when_it_is_read() {
    let home = folder();
    let mut store = open(home.path()).unwrap();
    store.commit(&[create(1), entry(1, 1, "first"), entry(1, 2, "second")]).unwrap();
    store.flush().unwrap();
    drop(store);
    let path = segment(home.path(), 1);
    let mut bytes = fs::read(&path).unwrap();
    let at = bytes.windows(5).position(|window| window == b"first").unwrap();
    bytes[at] ^= 1;
    fs::write(&path, &bytes).unwrap();
    let mut store = open(home.path()).unwrap();
    assert_eq!(store.damaged(), 0);
    let entries = store.read(&page(1, 0)).unwrap();
    assert_eq!(entries.iter().map(|entry| entry.lost).collect::<Vec<_>>(), [true, false]);
    assert_eq!(store.damaged(), 1);
    drop(store);
    fs::write(&path, &bytes[..bytes.len() - 1]).unwrap();
    refused(home.path(), &path);
    fs::remove_file(&path).unwrap();
    refused(home.path(), &path);
}

/// A start that is refused, with the file's name and what to do.
fn refused(folder: &Path, file: &Path) {
    match open(folder) {
        Err(error @ StoreError::Missing { .. }) => {
            let text = error.to_string();
            assert!(text.contains(file.to_str().unwrap()) && text.contains("--accept-loss"), "{text}");
        }
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("it started without {}", file.display()),
    }
}

/// So that there are several segments, and the first ones are indexed. Gives the number of the newest.
fn long_life(home: &Path) -> u32 {
    let mut store = DiskStore::open(home, options()).unwrap();
    store.commit(&[create(1), create(2)]).unwrap();
    for number in 1..=450 {
        store.commit(&[entry(1, number, "x")]).unwrap();
        if number % 3 == 0 {
            store.commit(&[entry(2, number / 3, "y")]).unwrap();
        }
    }
    store.flush().unwrap();
    drop(store);
    let newest = (1..).take_while(|number| segment(home, *number).exists()).last().unwrap();
    assert!(newest >= 3, "{newest}");
    newest
}

fn accepting(home: &Path) -> DiskStore {
    DiskStore::open(home, Options { accept_loss: true, ..options() }).unwrap()
}

#[test]
fn a_missing_segment_is_refused_and_what_is_in_it_is_lost_and_not_expired() {
    let newest = long_life(folder().path());
    for number in 1..=newest {
        let home = folder();
        long_life(home.path());
        let path = segment(home.path(), number);
        fs::remove_file(&path).unwrap();
        refused(home.path(), &path);
        let mut store = accepting(home.path());
        let check = |store: &mut DiskStore| {
            for (n, entries) in [(1, 450), (2, 150)] {
                let found = all(store, n);
                assert!(found.iter().map(|entry| entry.entry).eq(1..=entries), "{number}");
                let lost = found.iter().filter(|entry| entry.lost).count();
                assert!(lost > 0 && lost < 200, "{number}: {lost}");
                assert_eq!(store.log(log(n)).unwrap().unwrap().first_entry, 1, "nothing has expired");
            }
            assert_eq!(store.damaged(), 1);
        };
        check(&mut store);
        store.commit(&[entry(1, 451, "after")]).unwrap();
        store.flush().unwrap();
        drop(store);
        // It was accepted once.
        let mut store = DiskStore::open(home.path(), options()).unwrap();
        assert_eq!(texts(&store.read(&page(1, 450)).unwrap()), [(451, "after".to_owned())]);
        store.commit(&[entry(1, 452, "again")]).unwrap();
        assert_eq!(store.damaged(), 1);
    }
}

#[test]
fn a_cut_segment_is_refused_and_the_rest_is_served() {
    let home = folder();
    let newest = long_life(home.path());
    for number in [1, 2, newest] {
        let whole = fs::read(segment(home.path(), number)).unwrap();
        for length in [0, 20, HEADER_BYTES, 1_000, whole.len() / 2, whole.len() - 1] {
            let copy = crashed(home.path());
            let path = segment(copy.path(), number);
            fs::write(&path, &whole[..length]).unwrap();
            refused(copy.path(), &path);
            let mut store = accepting(copy.path());
            let (found, other) = (all(&mut store, 1), all(&mut store, 2));
            assert!(found.iter().map(|entry| entry.entry).eq(1..=450), "{number}, {length}");
            assert!(other.iter().map(|entry| entry.entry).eq(1..=150), "{number}, {length}");
            let lost = found.iter().chain(&other).filter(|entry| entry.lost).count();
            assert!((1..=200).contains(&lost), "{number}, {length}: {lost}");
            store.commit(&[entry(1, 451, "after")]).unwrap();
            drop(store);
            let mut store = DiskStore::open(copy.path(), options()).unwrap();
            assert_eq!(texts(&store.read(&page(1, 450)).unwrap()), [(451, "after".to_owned())]);
        }
    }
}

#[test]
fn an_index_that_is_missing_or_damaged_is_made_again() {
    let home = folder();
    let newest = long_life(home.path());
    for number in 1..=newest {
        for damage in [None, Some(vec![]), Some(vec![7; 50_000]), Some(b"SQLite format 3\0 or so".to_vec())] {
            let copy = crashed(home.path());
            let path = index::index_path(&copy.path().join("segments"), number);
            fs::remove_file(&path).unwrap();
            if let Some(bytes) = damage {
                fs::write(&path, bytes).unwrap();
            }
            for _ in 0..2 {
                let mut store = DiskStore::open(copy.path(), options()).unwrap();
                for (n, entries) in [(1, 450), (2, 150)] {
                    let found = all(&mut store, n);
                    assert!(found.iter().map(|entry| entry.entry).eq(1..=entries), "{number}");
                    assert!(found.iter().all(|entry| !entry.lost));
                }
                assert_eq!(store.damaged(), 0);
                store.flush().unwrap();
            }
        }
    }
}

/// A start and a whole reading of both logs; what of it went wrong says the file.
fn tried(folder: &Path, what: &str) {
    let mut store = match DiskStore::open(folder, options()) {
        Ok(store) => store,
        Err(error) => {
            assert!(error.to_string().contains(folder.to_str().unwrap()), "{what}: {error}");
            return;
        }
    };
    for n in [1, 2] {
        let Ok(Some(state)) = store.log(log(n)) else { continue };
        let mut after = 0;
        while after < state.head().min(2_000) {
            match store.read(&page(n, after)) {
                Ok(entries) => {
                    for entry in &entries {
                        let text = if n == 1 { "x" } else { "y" };
                        assert!(entry.lost || entry.payload == text.as_bytes(), "{what}");
                    }
                    let Some(last) = entries.last() else { break };
                    after = last.entry;
                }
                Err(error) => {
                    assert!(error.to_string().contains(folder.to_str().unwrap()), "{what}: {error}");
                    break;
                }
            }
        }
    }
}

#[test]
fn a_damaged_database_is_named_and_brings_no_other_entries() {
    let home = folder();
    let newest = long_life(home.path());
    let indexes = [1, newest].map(|number| index::index_path(Path::new("segments"), number));
    for file in indexes.iter().map(PathBuf::as_path).chain([Path::new("meta.db")]) {
        let path = home.path().join(file);
        let db = rusqlite::Connection::open(&path).unwrap();
        db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
        drop(db);
        let whole = fs::read(&path).unwrap();
        let mut damaged: Vec<(String, Vec<u8>)> = Vec::new();
        for at in (0..whole.len()).step_by(331) {
            let mut bytes = whole.clone();
            bytes[at] ^= 0x55;
            damaged.push((format!("byte {at}"), bytes));
        }
        for length in [0, 1, 99, 4_096, whole.len() / 2, whole.len() - 1] {
            damaged.push((format!("cut at {length}"), whole[..length].to_vec()));
        }
        damaged.push(("doubled".into(), [&whole[..], &whole[..]].concat()));
        for (what, bytes) in damaged {
            let copy = crashed(home.path());
            fs::write(copy.path().join(file), bytes).unwrap();
            tried(copy.path(), &format!("{}: {what}", file.display()));
        }
    }
}
