//! A log's state and how each durable change moves it: pure, and the same for every store and for replay.

use casemate_wire::ids::Hash32;
use casemate_wire::limits::CALM_COMMIT_MS;

use super::{NewCommit, NewEntry};

/// Urgent commits that a log takes in one go (removals by somebody who cleans up a large group).
pub const URGENT_BURST: i64 = 64;
/// After the burst, one urgent commit in so many milliseconds.
pub const URGENT_EVERY_MS: i64 = 1_000;

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
        self.next_entry - 1
    }

    /// Takes an entry that was decided. The readers' part of a commit is [`Readers::apply`].
    pub fn apply(&mut self, entry: &NewEntry) {
        self.next_entry = entry.entry + 1;
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

/// A log's readers, sorted by hash.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Readers(Vec<Reader>);

impl Readers {
    /// From rows in any order.
    pub fn from_rows(mut rows: Vec<Reader>) -> Self {
        rows.sort_unstable_by_key(|reader| reader.hash);
        Self(rows)
    }

    /// A new log's: its creator.
    pub fn creator(hash: Hash32) -> Self {
        Self(vec![Reader { hash, cursor: 0, from: 1 }])
    }

    /// The reader with this hash.
    pub fn find(&self, hash: &Hash32) -> Option<&Reader> {
        self.place(hash).ok().map(|at| &self.0[at])
    }

    /// All, by hash.
    pub fn rows(&self) -> &[Reader] {
        &self.0
    }

    /// A commit's part: drops whom it does not keep, then adds. Gives the dropped ones.
    pub fn apply(&mut self, entry: u64, commit: &NewCommit) -> Vec<Hash32> {
        let mut dropped = Vec::new();
        if !commit.keep_readers.is_empty() {
            let mut keep = commit.keep_readers.clone();
            keep.sort_unstable();
            self.0.retain(|reader| {
                let stays = keep.binary_search(&reader.hash).is_ok();
                if !stays {
                    dropped.push(reader.hash);
                }
                stays
            });
        }
        if !commit.add_readers.is_empty() {
            let added = commit.add_readers.iter();
            self.0.extend(added.map(|hash| Reader { hash: *hash, cursor: entry - 1, from: entry }));
            // The rules refuse repeats; a store must not depend on that. Stable: who was there first stays.
            self.0.sort_by_key(|reader| reader.hash);
            self.0.dedup_by_key(|reader| reader.hash);
        }
        dropped
    }

    /// A reader's new secret. False where the old one is not there, or the new one is.
    pub fn replace(&mut self, old: &Hash32, new: Hash32) -> bool {
        if self.place(&new).is_ok() {
            return false;
        }
        let Ok(at) = self.place(old) else { return false };
        let reader = self.0.remove(at);
        let to = self.0.partition_point(|other| other.hash < new);
        self.0.insert(to, Reader { hash: new, ..reader });
        true
    }

    /// Moves a cursor forward. Gives the place from which the reader moved, where it moved.
    pub fn ack(&mut self, hash: &Hash32, up_to: u64) -> Option<u64> {
        let at = self.place(hash).ok()?;
        let reader = &mut self.0[at];
        let was = reader.cursor;
        if up_to <= was {
            return None;
        }
        reader.cursor = up_to;
        Some(was)
    }

    /// What every reader has processed. `floor` is a lower bound that is known: the search ends early there.
    pub fn watermark(&self, floor: u64, head: u64) -> u64 {
        let mut lowest = head;
        for reader in &self.0 {
            lowest = lowest.min(reader.cursor);
            if lowest <= floor {
                return floor;
            }
        }
        lowest
    }

    fn place(&self, hash: &Hash32) -> Result<usize, usize> {
        self.0.binary_search_by(|reader| reader.hash.cmp(hash))
    }
}

/// A log with its readers, for stores that hold both: applies what concerns one log.
pub(super) fn apply_entry(state: &mut LogState, readers: Option<&mut Readers>, entry: &NewEntry) {
    state.apply(entry);
    if let (Some(commit), Some(readers)) = (&entry.commit, readers) {
        readers.apply(entry.entry, commit);
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
        let mut readers = Readers::from_rows(vec![
            Reader { hash: hash(1), cursor: 0, from: 1 },
            Reader { hash: hash(2), cursor: 0, from: 1 },
        ]);
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
        let mut readers = Readers::from_rows(vec![
            Reader { hash: hash(5), cursor: 4, from: 2 },
            Reader { hash: hash(1), cursor: 0, from: 1 },
        ]);
        assert!(readers.replace(&hash(5), hash(0)));
        assert!(!readers.replace(&hash(5), hash(7)));
        assert_eq!(readers.find(&hash(0)), Some(&Reader { hash: hash(0), cursor: 4, from: 2 }));
        assert!(readers.rows().is_sorted_by_key(|reader| reader.hash));
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
