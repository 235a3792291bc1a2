//! A log's state and how each durable change moves it: pure, and the same for every store and for replay.

use std::collections::BTreeMap;

use bytes::Bytes;
use casemate_wire::ids::Hash32;
use casemate_wire::limits::CALM_COMMIT_MS;

use super::{NewCommit, NewEntry};

/// Urgent commits that a log takes in one go (removals by somebody who cleans up a large group).
pub const URGENT_BURST: i64 = 64;
/// After the burst, one urgent commit in so many milliseconds.
pub const URGENT_EVERY_MS: i64 = 1_000;
/// How long a reader that a commit dropped may come back. Longer keeps a device longer that was away, and lets the server keep longer
/// that a reader was dropped.
pub const DROPPED_MS: i64 = 7 * 86_400_000;
/// Dropped readers kept for a log, at 100 bytes each. Of more the last to come go first.
pub const DROPPED: usize = 256;

/// What is kept in memory for each log in use: small, because there may be hundreds of thousands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogState {
    /// The store's own short number for the log.
    pub slot: u32,
    /// Number that the next entry gets.
    pub next_entry: u64,
    /// Entries before this one have expired.
    pub first_entry: u64,
    /// Every reader has processed entries up to this one: they are served no more.
    pub watermark: u64,
    /// Hash of the token that may write.
    pub write_hash: Hash32,
    /// Entry of the newest commit; 0 for none.
    pub last_commit: u64,
    /// When the last commit that was not urgent came.
    pub calm_commit_ms: i64,
    /// The urgent allowance (a generic cell rate algorithm's arrival time): used up as far as it lies ahead.
    pub urgent_until_ms: i64,
}

impl LogState {
    /// A log without entries.
    pub fn new(slot: u32, write_hash: Hash32) -> Self {
        Self {
            slot,
            next_entry: 1,
            first_entry: 1,
            watermark: 0,
            write_hash,
            last_commit: 0,
            calm_commit_ms: i64::MIN,
            urgent_until_ms: i64::MIN,
        }
    }

    /// The newest entry; 0 for none.
    pub fn head(&self) -> u64 {
        self.next_entry.saturating_sub(1)
    }

    /// Takes an entry that was decided. The readers' part of a commit is [`Readers::apply`].
    pub fn apply(&mut self, entry: &NewEntry) {
        self.next_entry = entry.entry.saturating_add(1);
        let Some(commit) = &entry.commit else { return };
        self.last_commit = entry.entry;
        self.write_hash = commit.next_write_hash;
        if commit.urgent {
            self.urgent_until_ms = self.urgent_from(entry.at_ms).saturating_add(URGENT_EVERY_MS);
        } else {
            self.calm_commit_ms = entry.at_ms;
        }
    }

    /// How long a commit that is not urgent has to wait yet. A last commit that lies in the future (the
    /// machine's clock was set back) makes nobody wait.
    pub fn calm_wait_ms(&self, now_ms: i64) -> u64 {
        match now_ms.checked_sub(self.calm_commit_ms) {
            Some(since @ 0..CALM_COMMIT_MS) => CALM_COMMIT_MS.abs_diff(since),
            _ => 0,
        }
    }

    /// How long an urgent commit has to wait yet.
    pub fn urgent_wait_ms(&self, now_ms: i64) -> u64 {
        let ahead_ms = self.urgent_from(now_ms).saturating_sub(now_ms);
        ahead_ms.saturating_sub((URGENT_BURST - 1) * URGENT_EVERY_MS).max(0).unsigned_abs()
    }

    fn urgent_from(&self, now_ms: i64) -> i64 {
        let fullest = now_ms.saturating_add(URGENT_BURST * URGENT_EVERY_MS);
        // Further ahead than full: the clock was set back; start anew.
        if self.urgent_until_ms > fullest { now_ms } else { self.urgent_until_ms.max(now_ms) }
    }
}

/// One device's right to read a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reader {
    /// SHA-256 of its secret.
    pub hash: Hash32,
    /// Newest entry that it has processed.
    pub cursor: u64,
    /// First entry that it may read.
    pub from: u64,
}

/// A reader that a commit did not keep. Whether its device is still in the group is not known here: it is a reader again once it shows
/// the write token of the epoch that followed, which a removed one cannot derive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dropped {
    /// As it was then.
    pub reader: Reader,
    /// The commit's entry.
    pub by: u64,
    /// When it was dropped first, Unix time in milliseconds.
    pub since_ms: i64,
}

/// How far a reader says that it has got, sealed for the others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// Later ones have higher versions, in a log.
    pub version: u64,
    /// Opaque.
    pub sealed: Bytes,
}

/// A log's readers, sorted by hash, and those that were dropped lately, by hash and commit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Readers {
    rows: Vec<Reader>,
    dropped: Vec<Dropped>,
    receipts: BTreeMap<Hash32, Receipt>,
}

impl Readers {
    /// From rows in any order.
    pub fn from_rows(mut rows: Vec<Reader>, mut dropped: Vec<Dropped>) -> Self {
        rows.sort_unstable_by_key(|reader| reader.hash);
        dropped.sort_unstable_by_key(|dropped| (dropped.reader.hash, dropped.by));
        Self { rows, dropped, receipts: BTreeMap::new() }
    }

    /// With what they said of how far they have got.
    pub fn with_receipts(mut self, receipts: BTreeMap<Hash32, Receipt>) -> Self {
        self.receipts = receipts;
        self
    }

    /// A new log's: its creator.
    pub fn creator(hash: Hash32) -> Self {
        Self { rows: vec![Reader { hash, cursor: 0, from: 1 }], ..Self::default() }
    }

    /// The reader with this hash.
    pub fn find(&self, hash: &Hash32) -> Option<&Reader> {
        self.place(hash).ok().map(|at| &self.rows[at])
    }

    /// The hash of the reader of which that is true.
    pub fn find_by(&self, is_meant: impl Fn(&Hash32) -> bool) -> Option<Hash32> {
        self.rows.iter().map(|reader| reader.hash).find(is_meant)
    }

    /// All, by hash.
    pub fn rows(&self) -> &[Reader] {
        &self.rows
    }

    /// Those that were dropped, by hash and commit: one for each commit that the reader has to show that it survived.
    pub fn dropped(&self) -> &[Dropped] {
        &self.dropped
    }

    /// What each reader said last of how far it has got.
    pub fn receipts(&self) -> &BTreeMap<Hash32, Receipt> {
        &self.receipts
    }

    /// About how much memory they take, in readers.
    pub fn weight(&self) -> usize {
        self.rows.len() + self.dropped.len() + 6 * self.receipts.len()
    }

    /// The newest version of a receipt; 0 where there is none.
    pub fn newest_receipt(&self) -> u64 {
        self.receipts.values().map(|receipt| receipt.version).max().unwrap_or(0)
    }

    /// A reader's receipt takes the place of the one before. False where there is no such reader.
    pub fn put_receipt(&mut self, hash: &Hash32, version: u64, sealed: Bytes) -> bool {
        let there = self.find(hash).is_some();
        if there {
            self.receipts.insert(*hash, Receipt { version, sealed });
        }
        there
    }

    /// Receipts of later versions than `since`, oldest first and about so many bytes of them; the version up to which they go, and
    /// whether there are more.
    pub fn receipts_since(&self, since: u64, limit_bytes: usize) -> (Vec<Bytes>, u64, bool) {
        let mut later: Vec<&Receipt> =
            self.receipts.values().filter(|receipt| receipt.version > since).collect();
        later.sort_unstable_by_key(|receipt| receipt.version);
        let (mut bytes, mut version) = (0, since.min(self.newest_receipt()));
        let mut taken = Vec::new();
        for receipt in &later {
            bytes += receipt.sealed.len();
            if bytes > limit_bytes && !taken.is_empty() {
                break;
            }
            version = receipt.version;
            taken.push(receipt.sealed.clone());
        }
        let more = taken.len() < later.len();
        (taken, version, more)
    }

    /// The first of these commits for a reader.
    pub fn find_dropped(&self, hash: &Hash32) -> Option<&Dropped> {
        let at = self.dropped.partition_point(|dropped| dropped.reader.hash < *hash);
        self.dropped.get(at).filter(|dropped| dropped.reader.hash == *hash)
    }

    /// A commit's part: drops whom it does not keep, then adds. Gives the dropped ones.
    pub fn apply(&mut self, entry: u64, at_ms: i64, commit: &NewCommit) -> Vec<Hash32> {
        let mut dropped = Vec::new();
        self.dropped.retain(|dropped| !dropped.is_over(at_ms));
        if !commit.keep_readers.is_empty() {
            let mut keep = commit.keep_readers.clone();
            keep.sort_unstable();
            let stays = |hash: &Hash32| keep.binary_search(hash).is_ok();
            // Whose reader was dropped before may be removed only now.
            let mut again: Vec<Dropped> =
                self.dropped.iter().filter(|dropped| !stays(&dropped.reader.hash)).copied().collect();
            again.dedup_by_key(|dropped| dropped.reader.hash);
            self.dropped.extend(again.into_iter().map(|dropped| Dropped { by: entry, ..dropped }));
            for reader in self.rows.extract_if(.., |reader| !stays(&reader.hash)) {
                dropped.push(reader.hash);
                self.receipts.remove(&reader.hash);
                self.dropped.push(Dropped { reader, by: entry, since_ms: at_ms });
            }
            self.bound_dropped();
        }
        if !commit.add_readers.is_empty() {
            let added = commit.add_readers.iter();
            self.rows.extend(added.map(|hash| Reader {
                hash: *hash,
                cursor: entry.saturating_sub(1),
                from: entry,
            }));
            // The rules refuse repeats; a store must not depend on that. Stable: who was there first stays.
            self.rows.sort_by_key(|reader| reader.hash);
            self.rows.dedup_by_key(|reader| reader.hash);
        }
        dropped
    }

    /// In order, and not too many. A reader is forgotten with all of its commits, or it would come back past one of them.
    fn bound_dropped(&mut self) {
        while self.dropped.len() > DROPPED
            && let Some(last) = self.dropped.iter().max_by_key(|dropped| dropped.reader.from)
        {
            let hash = last.reader.hash;
            self.dropped.retain(|dropped| dropped.reader.hash != hash);
        }
        self.dropped.sort_unstable_by_key(|dropped| (dropped.reader.hash, dropped.by));
    }

    /// A reader's new secret. One that was dropped has shown that it survived the first of the commits that did it. False where the
    /// old one is not there, or the new one is.
    pub fn replace(&mut self, old: &Hash32, new: Hash32) -> bool {
        if self.place(&new).is_ok() || old != &new && self.find_dropped(&new).is_some() {
            return false;
        }
        let reader = match self.place(old) {
            Ok(at) => {
                if let Some(receipt) = self.receipts.remove(old) {
                    self.receipts.insert(new, receipt);
                }
                self.rows.remove(at)
            }
            Err(_) => {
                let at = self.dropped.partition_point(|dropped| dropped.reader.hash < *old);
                let Some(first) = self.find_dropped(old).copied() else { return false };
                self.dropped.remove(at);
                let mut more =
                    self.dropped.iter_mut().filter(|dropped| dropped.reader.hash == *old).peekable();
                if more.peek().is_some() {
                    more.for_each(|dropped| dropped.reader.hash = new);
                    self.bound_dropped();
                    return true;
                }
                first.reader
            }
        };
        let to = self.rows.partition_point(|other| other.hash < new);
        self.rows.insert(to, Reader { hash: new, ..reader });
        true
    }

    /// Moves a cursor forward. Gives the place from which the reader moved, where it moved.
    pub fn ack(&mut self, hash: &Hash32, up_to: u64) -> Option<u64> {
        let moved = |reader: &mut Reader| {
            let was = reader.cursor;
            reader.cursor = up_to.max(was);
            (up_to > was).then_some(was)
        };
        match self.place(hash) {
            Ok(at) => moved(&mut self.rows[at]),
            // Said before it was dropped, and lost in a crash.
            Err(_) => {
                let dropped = self.dropped.iter_mut().filter(|dropped| dropped.reader.hash == *hash);
                dropped.filter_map(|dropped| moved(&mut dropped.reader)).last()
            }
        }
    }

    /// What every reader has processed, and every one that may come back. `floor` is a lower bound that is known: the search ends
    /// early there.
    pub fn watermark(&self, floor: u64, head: u64) -> u64 {
        let mut lowest = head;
        for reader in self.rows.iter().chain(self.dropped.iter().map(|dropped| &dropped.reader)) {
            lowest = lowest.min(reader.cursor);
            if lowest <= floor {
                return floor;
            }
        }
        lowest
    }

    fn place(&self, hash: &Hash32) -> Result<usize, usize> {
        self.rows.binary_search_by(|reader| reader.hash.cmp(hash))
    }
}

impl Dropped {
    /// It was too long ago. A clock that was set back ends nothing.
    pub fn is_over(&self, now_ms: i64) -> bool {
        now_ms.saturating_sub(self.since_ms) > DROPPED_MS
    }
}

/// A log with its readers, for stores that hold both: applies what concerns one log.
pub(super) fn apply_entry(state: &mut LogState, readers: Option<&mut Readers>, entry: &NewEntry) {
    state.apply(entry);
    if let (Some(commit), Some(readers)) = (&entry.commit, readers) {
        readers.apply(entry.entry, entry.at_ms, commit);
        state.watermark = readers.watermark(state.watermark, state.head());
    }
}

/// An acknowledgement; says whether anything moved.
pub(super) fn apply_ack(state: &mut LogState, readers: &mut Readers, reader: &Hash32, up_to: u64) -> bool {
    let Some(was) = readers.ack(reader, up_to.min(state.head())) else { return false };
    // Only the last one to leave the watermark moves it.
    if was == state.watermark {
        state.watermark = readers.watermark(state.watermark, state.head());
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash(n: u8) -> Hash32 {
        Hash32([n; 32])
    }

    #[test]
    fn the_watermark_is_the_slowest_reader() {
        let mut state = LogState::new(1, hash(0));
        state.next_entry = 11;
        let rows = [1, 2].map(|n| Reader { hash: hash(n), cursor: 0, from: 1 });
        let mut readers = Readers::from_rows(rows.to_vec(), Vec::new());
        apply_ack(&mut state, &mut readers, &hash(1), 7);
        assert_eq!(state.watermark, 0);
        apply_ack(&mut state, &mut readers, &hash(2), 5);
        assert_eq!(state.watermark, 5);
        apply_ack(&mut state, &mut readers, &hash(2), 3);
        assert_eq!(readers.find(&hash(2)).unwrap().cursor, 5, "cursors never go back");
        apply_ack(&mut state, &mut readers, &hash(2), 99);
        assert_eq!((state.watermark, readers.find(&hash(2)).unwrap().cursor), (7, 10), "nor past the head");
    }

    #[test]
    fn replacing_keeps_the_place_and_the_order() {
        let rows = [(5, 4, 2), (1, 0, 1)].map(|(n, cursor, from)| Reader { hash: hash(n), cursor, from });
        let mut readers = Readers::from_rows(rows.to_vec(), Vec::new());
        assert!(readers.replace(&hash(5), hash(0)));
        assert!(!readers.replace(&hash(5), hash(7)));
        assert_eq!(readers.find(&hash(0)), Some(&Reader { hash: hash(0), cursor: 4, from: 2 }));
        assert!(readers.rows().is_sorted_by_key(|reader| reader.hash));
    }

    #[test]
    fn dropped_readers_are_bounded_and_those_that_came_first_stay() {
        let old = Reader { hash: hash(200), cursor: 9, from: 2 };
        let mut rows: Vec<Reader> = vec![Reader { hash: hash(1), cursor: 9, from: 9 }, old];
        rows.extend((0..=DROPPED as u64).map(|n| {
            let mut hash = hash(7);
            hash.0[..8].copy_from_slice(&n.to_be_bytes());
            Reader { hash, cursor: 9, from: 3 + n }
        }));
        let mut readers = Readers::from_rows(rows, Vec::new());
        let commit = NewCommit {
            previous: 0,
            next_write_hash: hash(0),
            urgent: true,
            add_readers: Vec::new(),
            keep_readers: vec![hash(1)],
        };
        assert_eq!(readers.apply(10, 0, &commit).len(), DROPPED + 2);
        assert_eq!(readers.dropped().len(), DROPPED);
        assert_eq!(readers.find_dropped(&old.hash).map(|dropped| dropped.reader), Some(old));
        // Each further commit that leaves it out counts, and a reader is forgotten whole.
        readers.apply(11, 0, &commit);
        assert_eq!(readers.dropped().len(), DROPPED);
        let of_old = readers.dropped().iter().filter(|dropped| dropped.reader.hash == old.hash);
        assert_eq!(of_old.map(|dropped| dropped.by).collect::<Vec<_>>(), [10, 11]);
    }

    #[test]
    fn clocks_that_were_set_back_make_nobody_wait_for_years() {
        let mut state = LogState::new(1, hash(0));
        state.calm_commit_ms = 1_000_000;
        assert_eq!(state.calm_wait_ms(1_010_000), 20_000);
        assert_eq!(state.calm_wait_ms(500_000), 0);
        state.urgent_until_ms = 1_000_000_000;
        assert_eq!(state.urgent_wait_ms(0), 0);
    }
}
