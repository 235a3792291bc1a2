//! What every store is held to. A new engine gets a [`Factory`] and a test that calls [`run`].

use bytes::Bytes;
use casemate_wire::ids::{ClientId, Hash32, LogId};
use rand::{Rng, SeedableRng, seq::IndexedRandom};
use rand_chacha::ChaCha8Rng;

use super::{
    LogState, MemoryStore, Mutation, NewCommit, NewEntry, Page, Reader, Store, StoreError, StoredEntry,
};

/// Opens a store over data of its own, again and again.
pub trait Factory {
    /// The engine.
    type Store: Store;
    /// Opens. What was opened before has been dropped, as in a crash: without a flush, unless a check did so.
    fn open(&mut self) -> Self::Store;
}

/// Runs all checks, each over fresh data.
pub fn run<F: Factory>(mut fresh: impl FnMut() -> F) {
    a_log_begins_with_its_creator(fresh());
    entries_are_read_in_pages(fresh());
    a_commit_swaps_everything_in_one_step(fresh());
    a_batch_is_carried_out_whole_or_not_at_all(fresh());
    numbers_are_never_used_twice(fresh());
    readers_come_go_and_are_replaced(fresh());
    dropped_readers_are_kept_and_come_back(fresh());
    what_was_committed_is_there_after_a_crash(fresh());
    acknowledgements_are_there_after_a_flush(fresh());
    receipts_are_there_after_a_flush_and_go_with_their_readers(fresh());
    old_entries_expire(fresh());
    entry_of_a_clock_that_was_ahead_expires_with_those_after_it(fresh());
    another_thread_reads_pages(fresh());
    for seed in 0..4 {
        a_long_life_is_that_of_the_model(fresh(), seed);
    }
}

/// A day, in milliseconds.
pub const DAY_MS: i64 = 86_400_000;

pub fn log(n: u8) -> LogId {
    LogId([n; 16])
}

pub fn hash(n: u8) -> Hash32 {
    Hash32([n; 32])
}

pub fn create(n: u8) -> Mutation {
    Mutation::CreateLog { log: log(n), write_hash: hash(n), reader_hash: hash(100), at_ms: 1 }
}

pub fn entry(n: u8, number: u64, text: &str) -> Mutation {
    Mutation::Append(NewEntry {
        log: log(n),
        entry: number,
        at_ms: number as i64,
        client_id: ClientId([number as u8; 16]),
        payload: Bytes::copy_from_slice(text.as_bytes()),
        commit: None,
    })
}

pub fn commit(n: u8, number: u64, change: NewCommit) -> Mutation {
    match entry(n, number, "commit") {
        Mutation::Append(new) => Mutation::Append(NewEntry { commit: Some(change), ..new }),
        other => other,
    }
}

pub fn change(previous: u64, next: u8, add: &[u8], keep: &[u8]) -> NewCommit {
    NewCommit {
        previous,
        next_write_hash: hash(next),
        urgent: false,
        add_readers: add.iter().copied().map(hash).collect(),
        keep_readers: keep.iter().copied().map(hash).collect(),
    }
}

pub fn page(n: u8, after: u64) -> Page {
    Page { log: log(n), after, up_to: u64::MAX, limit_entries: 1_000, limit_bytes: usize::MAX }
}

pub fn texts(entries: &[StoredEntry]) -> Vec<(u64, String)> {
    entries.iter().map(|entry| (entry.entry, String::from_utf8_lossy(&entry.payload).into_owned())).collect()
}

fn a_log_begins_with_its_creator(mut factory: impl Factory) {
    let mut store = factory.open();
    assert_eq!(store.log(log(1)).unwrap(), None);
    assert_eq!(store.reader(log(1), &hash(100)).unwrap(), None);
    assert!(store.readers(log(1)).unwrap().rows().is_empty());
    assert!(store.read(&page(1, 0)).unwrap().is_empty());
    store.commit(&[create(1)]).unwrap();
    let state = store.log(log(1)).unwrap().unwrap();
    assert_eq!(state, LogState::new(state.slot, hash(1)));
    let creator = Reader { hash: hash(100), cursor: 0, from: 1 };
    assert_eq!(store.reader(log(1), &hash(100)).unwrap(), Some(creator));
    assert!(store.read(&page(1, 0)).unwrap().is_empty());
    assert!(matches!(store.commit(&[create(1)]), Err(StoreError::OutOfOrder(_))));
}

fn entries_are_read_in_pages(mut factory: impl Factory) {
    let mut store = factory.open();
    store.commit(&[create(1), entry(1, 1, "one"), create(2), entry(1, 2, "two"), entry(2, 1, "x")]).unwrap();
    store.commit(&[entry(1, 3, "three"), entry(1, 4, ""), entry(2, 2, "y")]).unwrap();
    let all = store.read(&page(1, 0)).unwrap();
    let expected = [(1, "one"), (2, "two"), (3, "three"), (4, "")].map(|(n, text)| (n, text.to_owned()));
    assert_eq!(texts(&all), expected);
    assert_eq!((all[1].at_ms, all[1].client_id, all[1].commit), (2, ClientId([2; 16]), None));
    assert_eq!(texts(&store.read(&page(1, 2)).unwrap()), expected[2..]);
    assert!(store.read(&page(1, 4)).unwrap().is_empty());
    assert!(store.read(&page(1, 99)).unwrap().is_empty());
    assert_eq!(texts(&store.read(&Page { up_to: 3, ..page(1, 1) }).unwrap()), expected[1..3]);
    assert_eq!(texts(&store.read(&Page { limit_entries: 2, ..page(1, 0) }).unwrap()), expected[..2]);
    assert_eq!(texts(&store.read(&Page { limit_bytes: 7, ..page(1, 0) }).unwrap()), expected[..2]);
    assert_eq!(texts(&store.read(&Page { limit_bytes: 1, ..page(1, 0) }).unwrap()), expected[..1]);
}

fn a_commit_swaps_everything_in_one_step(mut factory: impl Factory) {
    let mut store = factory.open();
    store.commit(&[create(1), entry(1, 1, "a"), commit(1, 2, change(0, 7, &[101, 102], &[]))]).unwrap();
    let state = store.log(log(1)).unwrap().unwrap();
    assert_eq!((state.write_hash, state.last_commit, state.next_entry), (hash(7), 2, 3));
    assert_eq!(state.calm_commit_ms, 2);
    let joiner = store.reader(log(1), &hash(101)).unwrap().unwrap();
    assert_eq!((joiner.from, joiner.cursor), (2, 1));
    store.commit(&[commit(1, 3, change(2, 8, &[103], &[100, 102]))]).unwrap();
    let readers = store.readers(log(1)).unwrap();
    let hashes: Vec<_> = readers.rows().iter().map(|reader| reader.hash).collect();
    assert_eq!(hashes, [hash(100), hash(102), hash(103)]);
    assert_eq!(store.reader(log(1), &hash(101)).unwrap(), None);
    let dropped: Vec<_> =
        readers.dropped().iter().map(|dropped| (dropped.reader.hash, dropped.by, dropped.since_ms)).collect();
    assert_eq!(dropped, [(hash(101), 3, 3)]);
    let entries = store.read(&page(1, 1)).unwrap();
    assert_eq!(entries[0].commit, Some((0, hash(7))));
    assert_eq!(entries[1].commit, Some((2, hash(8))));
}

fn a_batch_is_carried_out_whole_or_not_at_all(mut factory: impl Factory) {
    let mut store = factory.open();
    store.commit(&[create(1), entry(1, 1, "a")]).unwrap();
    let before = store.log(log(1)).unwrap();
    let wrong = [entry(1, 2, "b"), create(2), entry(2, 1, "c"), entry(1, 4, "d")];
    assert!(matches!(store.commit(&wrong), Err(StoreError::OutOfOrder(_))));
    assert_eq!(store.log(log(1)).unwrap(), before);
    assert_eq!(store.log(log(2)).unwrap(), None);
    assert_eq!(store.read(&page(1, 0)).unwrap().len(), 1);
    store.commit(&wrong[..3]).unwrap();
    assert_eq!(store.read(&page(1, 0)).unwrap().len(), 2);
}

fn numbers_are_never_used_twice(mut factory: impl Factory) {
    let mut store = factory.open();
    store.commit(&[create(1), entry(1, 1, "first")]).unwrap();
    for number in [0, 1, 3, u64::MAX] {
        assert!(
            matches!(store.commit(&[entry(1, number, "again")]), Err(StoreError::OutOfOrder(_))),
            "{number}"
        );
    }
    drop(store);
    let mut store = factory.open();
    assert!(matches!(store.commit(&[entry(1, 1, "again")]), Err(StoreError::OutOfOrder(_))));
    assert!(matches!(store.commit(&[entry(9, 1, "nowhere")]), Err(StoreError::OutOfOrder(_))));
    assert_eq!(texts(&store.read(&page(1, 0)).unwrap()), [(1, "first".to_owned())]);
}

fn readers_come_go_and_are_replaced(mut factory: impl Factory) {
    let mut store = factory.open();
    store.commit(&[create(1), entry(1, 1, "a"), entry(1, 2, "b")]).unwrap();
    let (old, new) = (hash(100), hash(200));
    store.commit(&[Mutation::Ack { log: log(1), reader: old, up_to: 1 }]).unwrap();
    store.commit(&[Mutation::ReplaceReader { log: log(1), old, new }]).unwrap();
    assert_eq!(store.reader(log(1), &old).unwrap(), None);
    let moved = Some(Reader { hash: new, cursor: 1, from: 1 });
    assert_eq!(store.reader(log(1), &new).unwrap(), moved);
    assert_eq!(store.log(log(1)).unwrap().unwrap().watermark, 1);
    // Of a reader that is gone: nothing.
    store.commit(&[Mutation::Ack { log: log(1), reader: old, up_to: 2 }]).unwrap();
    assert_eq!(store.reader(log(1), &new).unwrap(), moved);
    store.flush().unwrap();
    drop(store);
    let mut store = factory.open();
    assert_eq!(store.reader(log(1), &old).unwrap(), None);
    assert_eq!(store.reader(log(1), &new).unwrap(), moved);
    assert_eq!(store.log(log(1)).unwrap().unwrap().watermark, 1);
}

fn dropped_readers_are_kept_and_come_back(mut factory: impl Factory) {
    let mut store = factory.open();
    store.commit(&[create(1), commit(1, 1, change(0, 7, &[101, 102], &[]))]).unwrap();
    store
        .commit(&[commit(1, 2, change(1, 8, &[], &[100])), commit(1, 3, change(2, 9, &[], &[100]))])
        .unwrap();
    store.commit(&[Mutation::Ack { log: log(1), reader: hash(100), up_to: 3 }]).unwrap();
    let dropped = |store: &mut dyn Store| -> Vec<_> {
        let readers = store.readers(log(1)).unwrap();
        readers.dropped().iter().map(|dropped| (dropped.reader.hash, dropped.by)).collect()
    };
    let all = [(hash(101), 2), (hash(101), 3), (hash(102), 2), (hash(102), 3)];
    for flush in [false, true] {
        assert_eq!(dropped(&mut store), all);
        assert_eq!(store.log(log(1)).unwrap().unwrap().watermark, 0, "they have not read it");
        if flush {
            store.flush().unwrap();
        }
        drop(store);
        store = factory.open();
    }
    let back = |old, new| Mutation::ReplaceReader { log: log(1), old: hash(old), new: hash(new) };
    store.commit(&[back(101, 101), back(102, 50), back(50, 50)]).unwrap();
    assert_eq!(dropped(&mut store), [(hash(101), 3)]);
    let reader = Some(Reader { hash: hash(50), cursor: 0, from: 1 });
    assert_eq!(store.reader(log(1), &hash(50)).unwrap(), reader);
    assert_eq!(store.reader(log(1), &hash(101)).unwrap(), None);
    drop(store);
    let mut store = factory.open();
    assert_eq!(
        (dropped(&mut store), store.reader(log(1), &hash(50)).unwrap()),
        (vec![(hash(101), 3)], reader)
    );
}

fn what_was_committed_is_there_after_a_crash(mut factory: impl Factory) {
    let mut store = factory.open();
    store.commit(&[create(1), create(2), entry(1, 1, "a"), commit(1, 2, change(0, 7, &[101], &[]))]).unwrap();
    let replaced = Mutation::ReplaceReader { log: log(1), old: hash(101), new: hash(50) };
    store.commit(&[replaced, entry(2, 1, "b")]).unwrap();
    let states = [store.log(log(1)).unwrap(), store.log(log(2)).unwrap()];
    let readers = store.readers(log(1)).unwrap();
    let entries = store.read(&page(1, 0)).unwrap();
    drop(store);
    let mut store = factory.open();
    assert_eq!([store.log(log(1)).unwrap(), store.log(log(2)).unwrap()], states);
    assert_eq!(store.readers(log(1)).unwrap(), readers);
    assert_eq!(store.read(&page(1, 0)).unwrap(), entries);
    store.commit(&[entry(1, 3, "c"), create(3)]).unwrap();
    let slots: Vec<_> = (1..=3).map(|n| store.log(log(n)).unwrap().unwrap().slot).collect();
    assert!(slots[2] != slots[0] && slots[2] != slots[1], "slots are not reused: {slots:?}");
}

fn acknowledgements_are_there_after_a_flush(mut factory: impl Factory) {
    let mut store = factory.open();
    store.commit(&[create(1), entry(1, 1, "a"), entry(1, 2, "b")]).unwrap();
    store.commit(&[Mutation::Ack { log: log(1), reader: hash(100), up_to: 2 }]).unwrap();
    store.flush().unwrap();
    drop(store);
    let mut store = factory.open();
    assert_eq!(store.reader(log(1), &hash(100)).unwrap().unwrap().cursor, 2);
    assert_eq!(store.log(log(1)).unwrap().unwrap().watermark, 2);
}

fn receipts_are_there_after_a_flush_and_go_with_their_readers(mut factory: impl Factory) {
    let mut store = factory.open();
    let put = |reader: u8, version: u64, sealed: &'static str| Mutation::Receipt {
        log: log(1),
        reader: hash(reader),
        version,
        sealed: Bytes::from(sealed),
    };
    store.commit(&[create(1), commit(1, 1, change(0, 7, &[101, 102], &[]))]).unwrap();
    // Of nobody: nothing.
    store.commit(&[put(101, 5, "first"), put(100, 6, "creator's"), put(99, 8, "nobody's")]).unwrap();
    store.commit(&[put(101, 9, "second"), put(102, 10, "last")]).unwrap();
    store.commit(&[Mutation::ReplaceReader { log: log(1), old: hash(101), new: hash(50) }]).unwrap();
    let since =
        |store: &mut dyn Store, version| store.readers(log(1)).unwrap().receipts_since(version, 1_000);
    for _ in 0..2 {
        assert_eq!(
            since(&mut store, 0),
            (vec!["creator's".into(), "second".into(), "last".into()], 10, false)
        );
        assert_eq!(since(&mut store, 6), (vec!["second".into(), "last".into()], 10, false));
        assert_eq!(since(&mut store, 10), (vec![], 10, false));
        store.flush().unwrap();
        drop(store);
        store = factory.open();
    }
    let some = store.readers(log(1)).unwrap().receipts_since(0, 15);
    assert_eq!(some, (vec!["creator's".into(), "second".into()], 9, true));
    store.commit(&[commit(1, 2, change(1, 8, &[], &[100]))]).unwrap();
    assert_eq!(since(&mut store, 0), (vec!["creator's".into()], 6, false));
    assert_eq!(since(&mut store, 10).1, 6, "some of those that were known are gone");
}

fn old_entries_expire(mut factory: impl Factory) {
    let at = |number: u64, day: i64| match entry(1, number, "x") {
        Mutation::Append(new) => Mutation::Append(NewEntry { at_ms: day * DAY_MS, ..new }),
        other => other,
    };
    let mut store = factory.open();
    store.commit(&[create(1), create(2), at(1, 10), at(2, 10)]).unwrap();
    store.commit(&[at(3, 40)]).unwrap();
    store.commit(&[at(4, 80)]).unwrap();
    store.flush().unwrap();
    store.expire(5 * DAY_MS, 80 * DAY_MS).unwrap();
    store.flush().unwrap();
    assert_eq!(store.read(&page(1, 0)).unwrap().len(), 4);
    store.expire(20 * DAY_MS, 80 * DAY_MS).unwrap();
    store.flush().unwrap();
    for _ in 0..2 {
        assert_eq!(store.log(log(1)).unwrap().unwrap().first_entry, 3);
        assert_eq!(store.log(log(1)).unwrap().unwrap().next_entry, 5);
        assert_eq!(store.read(&page(1, 0)).unwrap()[0].entry, 3);
        assert_eq!(store.read(&page(1, 3)).unwrap()[0].entry, 4);
        assert_eq!(store.log(log(2)).unwrap().unwrap().first_entry, 1);
        drop(store);
        store = factory.open();
    }
    store.commit(&[at(5, 81)]).unwrap();
    assert_eq!(store.read(&page(1, 2)).unwrap().len(), 3);
}

fn entry_of_a_clock_that_was_ahead_expires_with_those_after_it(mut factory: impl Factory) {
    let at = |number: u64, day: i64| match entry(1, number, "x") {
        Mutation::Append(new) => Mutation::Append(NewEntry { at_ms: day * DAY_MS, ..new }),
        other => other,
    };
    let mut store = factory.open();
    store.commit(&[create(1), at(1, 10)]).unwrap();
    store.commit(&[at(2, 9_000)]).unwrap();
    store.flush().unwrap();
    store.expire(0, 11 * DAY_MS).unwrap();
    store.flush().unwrap();
    for (number, day) in [(3, 11), (4, 12), (5, 80)] {
        store.commit(&[at(number, day)]).unwrap();
        store.flush().unwrap();
    }
    store.expire(11 * DAY_MS, 71 * DAY_MS).unwrap();
    store.flush().unwrap();
    let first = |store: &mut dyn Store| store.log(log(1)).unwrap().unwrap().first_entry;
    assert!(first(&mut store) <= 3, "nothing of day 11 may go");
    store.expire(20 * DAY_MS, 80 * DAY_MS).unwrap();
    store.flush().unwrap();
    assert_eq!(first(&mut store), 5);
}

fn another_thread_reads_pages(mut factory: impl Factory) {
    let mut store = factory.open();
    let mut pages = store.pages().unwrap();
    store.commit(&[create(1), entry(1, 1, "a")]).unwrap();
    let slot = store.log(log(1)).unwrap().unwrap().slot;
    let read = std::thread::spawn(move || {
        let entries = pages.read(slot, &page(1, 0));
        (pages, entries)
    });
    let (mut pages, entries) = read.join().unwrap();
    assert_eq!(texts(&entries.unwrap()), [(1, "a".to_owned())]);
    store.flush().unwrap();
    store.commit(&[entry(1, 2, "b")]).unwrap();
    assert_eq!(pages.read(slot, &page(1, 0)).unwrap().len(), 2);
}

/// Random mutations, flushes and crashes; afterwards everything is as in a [`MemoryStore`].
fn a_long_life_is_that_of_the_model(mut factory: impl Factory, seed: u64) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut model = MemoryStore::new();
    let mut store = factory.open();
    for _ in 0..120 {
        match rng.random_range(0..20) {
            0 => store.flush().unwrap(),
            1 => {
                drop(store);
                store = factory.open();
                catch_up_acknowledgements(&mut model, &mut store);
            }
            _ => {
                let batch = random_batch(&mut rng, &mut model);
                store.commit(&batch).unwrap();
            }
        }
        let n = rng.random_range(0..LOGS);
        same_log(&mut model, &mut store, n, seed);
    }
    store.flush().unwrap();
    drop(store);
    let mut store = factory.open();
    for n in 0..LOGS {
        same_log(&mut model, &mut store, n, seed);
    }
}

const LOGS: u8 = 12;

/// Makes a batch that can follow and carries it out on the model, one by one.
fn random_batch(rng: &mut ChaCha8Rng, model: &mut MemoryStore) -> Vec<Mutation> {
    let mut batch = Vec::new();
    for _ in 0..rng.random_range(1..30) {
        let n = rng.random_range(0..LOGS);
        let mutation = match model.log(log(n)).unwrap() {
            None => create(n),
            Some(state) => random_mutation(rng, model, n, &state),
        };
        model.commit(std::slice::from_ref(&mutation)).unwrap();
        batch.push(mutation);
    }
    batch
}

fn random_mutation(rng: &mut ChaCha8Rng, model: &mut MemoryStore, n: u8, state: &LogState) -> Mutation {
    let readers = model.readers(log(n)).unwrap();
    let one = readers.rows().choose(rng).unwrap().hash;
    match rng.random_range(0..10) {
        0 => {
            let add = (0..rng.random_range(0..3)).map(|_| Hash32(rng.random())).collect();
            let mut keep: Vec<_> =
                readers.rows().iter().map(|reader| reader.hash).filter(|_| rng.random_bool(0.7)).collect();
            if rng.random_bool(0.5) {
                keep.clear();
            }
            let change = NewCommit {
                previous: state.last_commit,
                next_write_hash: Hash32(rng.random()),
                urgent: rng.random(),
                add_readers: add,
                keep_readers: keep,
            };
            commit(n, state.next_entry, change)
        }
        1 => Mutation::ReplaceReader { log: log(n), old: one, new: Hash32(rng.random()) },
        2 | 3 => {
            Mutation::Ack { log: log(n), reader: one, up_to: rng.random_range(0..state.next_entry.max(1)) }
        }
        _ => {
            let text: String = "x".repeat(rng.random_range(0..300));
            entry(n, state.next_entry, &text)
        }
    }
}

/// After a crash a store may have forgotten acknowledgements since the last flush; readers would repeat them.
fn catch_up_acknowledgements(model: &mut MemoryStore, store: &mut impl Store) {
    for n in 0..LOGS {
        let readers = model.readers(log(n)).unwrap();
        let dropped = readers.dropped().iter().map(|dropped| &dropped.reader);
        for reader in readers.rows().iter().chain(dropped) {
            let again = Mutation::Ack { log: log(n), reader: reader.hash, up_to: reader.cursor };
            store.commit(&[again]).unwrap();
        }
    }
}

fn same_log(model: &mut MemoryStore, store: &mut impl Store, n: u8, seed: u64) {
    let (expected, found) = (model.log(log(n)).unwrap(), store.log(log(n)).unwrap());
    let slot = found.map_or(0, |state| state.slot);
    assert_eq!(expected.map(|state| LogState { slot, ..state }), found, "seed {seed}, log {n}");
    assert_eq!(model.readers(log(n)).unwrap(), store.readers(log(n)).unwrap(), "seed {seed}, log {n}");
    let (expected, found) = (model.read(&page(n, 0)).unwrap(), store.read(&page(n, 0)).unwrap());
    assert_eq!(expected, found, "seed {seed}, log {n}");
}
