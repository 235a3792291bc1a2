//! A disk that is nearly full: what is old of a log over its share goes, and nothing else.

use super::damage::all;
use super::*;

const NOW_MS: i64 = 10 * suite::DAY_MS;

/// Nearly full, with a share of this many bytes.
fn nearly_full(share: u64) -> Options {
    Options { look: Arc::new(|_| Some((9, 100))), least_share: Some(share), ..options() }
}

/// One log that somebody fills, with a commit among it, and one that is as most are.
fn filled(store: &mut DiskStore) {
    store.commit(&[create(1), create(2)]).unwrap();
    let large = "x".repeat(4_000);
    for number in 1..=60 {
        let filling = match number {
            7 => suite::commit(1, 7, change(0, 7, &[], &[])),
            _ => entry(1, number, &large),
        };
        store.commit(&[filling]).unwrap();
        if number % 6 == 0 {
            store.commit(&[entry(2, number / 6, "a small one")]).unwrap();
        }
    }
    store.flush().unwrap();
}

fn relieve(store: &mut DiskStore, now_ms: i64) {
    store.relieve(now_ms);
    store.flush().unwrap();
}

/// Which entries of the first log are lost; the second one is whole.
fn lost(store: &mut DiskStore) -> Vec<u64> {
    let small = all(store, 2);
    assert!(
        small.len() == 10 && small.iter().all(|entry| !entry.lost && &entry.payload[..] == b"a small one")
    );
    let entries = all(store, 1);
    assert!((1..).zip(&entries).all(|(number, entry)| entry.entry == number) && entries.len() == 60);
    entries.iter().filter(|entry| entry.lost).map(|entry| entry.entry).collect()
}

fn blocks(folder: &Path) -> u64 {
    use std::os::unix::fs::MetadataExt;
    let files = fs::read_dir(folder.join("segments")).unwrap().map(|file| file.unwrap().path());
    let segments = files.filter(|file| file.extension().is_some_and(|end| end == "seg"));
    segments.map(|file| fs::metadata(file).unwrap().blocks()).sum()
}

#[test]
fn disk_with_room_and_a_share_that_is_kept_let_nothing_go() {
    let home = folder();
    for (look, share) in [((50, 100), 1), ((10, 100), 1), ((9, 100), 1_000_000)] {
        let look: room::Look = Arc::new(move |_| Some(look));
        let mut store =
            DiskStore::open(home.path(), Options { look, least_share: Some(share), ..options() }).unwrap();
        if store.log(log(1)).unwrap().is_none() {
            filled(&mut store);
        }
        relieve(&mut store, NOW_MS);
        assert_eq!((lost(&mut store), store.relieved()), (vec![], 0));
    }
    // Not known: nothing goes. Nearly full, and all is younger than a day: nothing either.
    let mut store = DiskStore::open(home.path(), Options { look: Arc::new(|_| None), ..options() }).unwrap();
    relieve(&mut store, NOW_MS);
    drop(store);
    let mut store = DiskStore::open(home.path(), nearly_full(1)).unwrap();
    relieve(&mut store, suite::DAY_MS);
    assert_eq!((lost(&mut store), store.relieved()), (vec![], 0));
}

#[test]
fn log_over_its_share_on_a_full_disk_loses_what_is_old_and_no_other_loses_anything() {
    let home = folder();
    let mut store = DiskStore::open(home.path(), nearly_full(100_000)).unwrap();
    filled(&mut store);
    let before = blocks(home.path());
    relieve(&mut store, NOW_MS);
    let gone = lost(&mut store);
    let freed = store.relieved();
    // The oldest, no more than needed, and not the commit.
    let expected: Vec<u64> = (1..).filter(|number| *number != 7).take(gone.len()).collect();
    assert_eq!(gone, expected);
    assert!((110_000..150_000).contains(&freed), "{freed}");
    assert!(before - blocks(home.path()) > freed / 512 / 3, "{before} {}", blocks(home.path()));
    assert_eq!(store.damaged(), 0, "it is no damage");
    // Again at once nothing happens, and later nothing is over.
    relieve(&mut store, NOW_MS + 1);
    relieve(&mut store, NOW_MS + room::EVERY_MS);
    assert_eq!((lost(&mut store), store.relieved()), (gone.clone(), freed));
    // What comes goes on behind it.
    store.commit(&[entry(1, 61, "and on")]).unwrap();
    assert_eq!(texts(&store.read(&page(1, 60)).unwrap()), [(61, "and on".to_owned())]);
    store.flush().unwrap();
    drop(store);
    // The same after a start, and where an index was lost and is made again; a check finds nothing.
    let segments = home.path().join("segments");
    assert!(damaged_records(&segments, &RealFiles).unwrap().is_empty());
    for number in [1, 2] {
        let index = index::index_path(&segments, number);
        fs::remove_file(&index).unwrap();
        let mut store = DiskStore::open(home.path(), options()).unwrap();
        assert_eq!(store.damaged(), 0);
        let entries = all(&mut store, 1);
        let lost: Vec<u64> = entries.iter().filter(|entry| entry.lost).map(|entry| entry.entry).collect();
        assert_eq!((lost, entries.len()), (gone.clone(), 61));
    }
}

/// All that every reader has read goes first, where a page would never show it again; and a log of commits alone is no way around.
#[test]
fn log_of_commits_and_one_that_was_read_have_a_share_as_well() {
    let home = folder();
    let mut store = DiskStore::open(home.path(), nearly_full(1)).unwrap();
    filled(&mut store);
    store.commit(&[Mutation::Ack { log: log(1), reader: hash(100), up_to: 20 }]).unwrap();
    store.flush().unwrap();
    relieve(&mut store, NOW_MS);
    let entries = all(&mut store, 1);
    let old: Vec<bool> = entries.iter().map(|entry| entry.lost).collect();
    assert!(old[..45].iter().all(|lost| *lost), "{old:?}");
    assert!(!old[59], "the newest segment is written still");
}

/// Power is lost, or the disk fails, at any moment of it: afterwards each entry is there or lost, and none is damaged.
#[test]
fn relief_that_is_interrupted_leaves_each_entry_whole_or_lost() {
    for seed in 0..30 {
        let home = folder();
        let files = FailingFiles::new(seed);
        let failing = || Options { files: Arc::new(files.clone()), ..nearly_full(100_000) };
        let mut store = DiskStore::open(home.path(), failing()).unwrap();
        filled(&mut store);
        for _ in 0..=seed % 4 {
            files.fail_next(FileCall::Cut, FileError::Broken);
        }
        store.relieve(NOW_MS);
        drop(store);
        files.lose_power().unwrap();
        let mut store = DiskStore::open(home.path(), options()).unwrap();
        lost(&mut store);
        assert_eq!(store.damaged(), 0, "{seed}");
    }
}
