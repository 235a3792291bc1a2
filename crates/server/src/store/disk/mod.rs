//! The default store: a journal of plain segment files, and what is derived from it.
//!
//! ```text
//! delivery/
//!   lock
//!   meta.db                logs, readers, how far the journal has been carried over
//!   segments/00000001.seg  the journal: the durable truth, one sync a batch
//!   segments/00000001.idx  where each entry is
//!
//! commit ──▶ journal ──▶ cache, waiting ─ ─ background ─ ─▶ idx, meta.db      (docs/decisions/0003)
//! read   ──▶ waiting, idx ──▶ seg
//! ```
//! Not here: any judgement about entries, which the rules made before.

mod background;
mod cache;
mod check;
mod damage;
mod errors;
mod failing;
mod files;
mod index;
mod journal;
mod meta;
mod pages;
mod recover;
mod reindex;
mod room;
#[cfg(test)]
mod tests;
mod waiting;

pub use check::damaged_records;
pub use failing::{FailingFiles, FileCall, FileError};
pub use files::{SegmentFile, SegmentFiles};
pub use journal::SegmentLimits;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError};

use casemate_wire::ids::{Hash32, LogId};

use self::background::{Background, Job};
use self::cache::{Cache, Cached};
use self::damage::Damage;
use self::journal::{Journal, Sealed};
use self::meta::{Applied, Meta, position};
use self::pages::{Pages, Segments};
pub use self::room::disk_room;
use self::room::{Look, Relief};
use self::waiting::{Span, Waiting};
use super::segment::RecordRef;
use super::state::{apply_ack, apply_entry};
use super::{
    LogState, Mutation, NewEntry, Page, PageReader, Reader, Readers, Store, StoreError, StoredEntry,
};

/// How much is kept where. The defaults are for a server with 100,000 conversations in use.
pub struct Options {
    /// When a segment is full.
    pub segments: SegmentLimits,
    /// Logs in memory that have not changed: about 200 bytes each. Fewer cost a look-up in `meta.db` an append.
    pub cached_logs: usize,
    /// Entries that wait for the index before it is written: about 60 bytes each. More make writing it cheaper
    /// and the start after a crash slower.
    pub flush_entries: usize,
    /// Changed logs that wait for `meta.db` before it is written.
    pub flush_logs: usize,
    /// Entries that may wait at most; then appends wait for the disk.
    pub most_waiting: usize,
    /// Go on where files are missing or cut: what was in them is lost, and not expired.
    pub accept_loss: bool,
    /// Opens, reads and removes segment files.
    pub files: Arc<dyn SegmentFiles>,
    /// How much of the disk is free.
    pub look: Look,
    /// What a log may take in any case. None: as it is for a server.
    pub least_share: Option<u64>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            segments: SegmentLimits::default(),
            cached_logs: 131_072,
            flush_entries: 500_000,
            flush_logs: 250_000,
            most_waiting: 2_000_000,
            accept_loss: false,
            files: Arc::new(files::RealFiles),
            look: Arc::new(room::look),
            least_share: None,
        }
    }
}

/// See the module's description.
pub struct DiskStore {
    folder: PathBuf,
    files: Arc<dyn SegmentFiles>,
    journal: Journal,
    meta: Meta,
    cache: Cache,
    waiting: Waiting,
    segments: Segments,
    damage: Damage,
    background: Background,
    flush_entries: usize,
    flush_logs: usize,
    most_waiting: usize,
    next_slot: u32,
    /// Sealed segments that are indexed, oldest first.
    indexed: Vec<Sealed>,
    /// Sealed segments that a flush has still to finish, and whether it is under way.
    sealed: Vec<Sealed>,
    flushing: Option<Flushing>,
    /// Counts expiries: a state that was read before one may have a `first_entry` that is too low.
    expiry: u32,
    /// The background's job that ends the next expiry.
    expiring: Option<u64>,
    look: Look,
    least_share: Option<u64>,
    /// When room was looked for last, and the background's job that ends it.
    relieved_ms: i64,
    relieving: Option<u64>,
    own_pages: Option<Pages>,
    /// Held as long as the store is open: the last field, so that everything else is at rest before it goes.
    _lock: Lock,
}

/// The folder is ours.
struct Lock(File);

impl Drop for Lock {
    fn drop(&mut self) {
        // Closing alone would leave it to a child process that is being started at this moment and has not let
        // go of its parent's files yet.
        if let Err(error) = self.0.unlock() {
            tracing::warn!(%error, "the data folder could not be unlocked");
        }
    }
}

/// A flush under way.
struct Flushing {
    /// Done when so many jobs are.
    job: u64,
    /// Segments that it finishes.
    sealed: usize,
}

impl DiskStore {
    /// Opens a data folder, creating it where there is none, and carries over what a crash left.
    pub fn open(folder: &Path, options: Options) -> Result<Self, StoreError> {
        recover::open(folder, options)
    }

    /// Where a log is in the cache.
    fn place(&mut self, log: LogId) -> Result<Option<u32>, StoreError> {
        if let Some(place) = self.cache.find(log) {
            let expiry = self.expiry;
            let cached = self.cache.at(place);
            if cached.expiry != expiry {
                cached.expiry = expiry;
                // None: it is too new to be in there, and nothing of it has expired.
                if let Some(first_entry) = self.meta.first_entry(cached.state.slot)? {
                    cached.state.first_entry = first_entry;
                }
            }
            return Ok(Some(place));
        }
        let Some((state, position)) = self.meta.log(log)? else { return Ok(None) };
        Ok(Some(self.cache.insert(Cached::new(log, state, position, None, self.expiry))))
    }

    fn load_readers(&mut self, place: u32) -> Result<&mut Readers, StoreError> {
        if self.cache.at(place).readers.is_none() {
            let readers = self.meta.readers(self.cache.at(place).state.slot)?;
            self.cache.load_readers(place, readers);
        }
        Ok(self.cache.at(place).readers.get_or_insert_default())
    }

    /// Finds each mutation's log, and everything that is wrong before anything is written. What it cannot take
    /// back by itself is in `created`.
    fn plan(&mut self, mutations: &[Mutation], created: &mut Vec<LogId>) -> Result<Vec<u32>, StoreError> {
        let mut places = Vec::with_capacity(mutations.len());
        for mutation in mutations {
            let found = self.place(mutation.log())?;
            let place = match (mutation, found) {
                (Mutation::CreateLog { log, write_hash, reader_hash, .. }, None) => {
                    let slot = self.next_slot + created.len() as u32;
                    let state = LogState::new(slot, *write_hash);
                    let readers = Readers::creator(*reader_hash);
                    created.push(*log);
                    self.cache.insert(Cached::new(*log, state, 0, Some(readers), self.expiry))
                }
                (Mutation::CreateLog { .. }, Some(_)) => {
                    return Err(StoreError::OutOfOrder("the log exists"));
                }
                (_, None) => return Err(StoreError::OutOfOrder("there is no such log")),
                (_, Some(place)) => place,
            };
            places.push(place);
            match mutation {
                Mutation::Append(new) => {
                    if new.commit.is_some() {
                        self.load_readers(place)?;
                    }
                    let cached = self.cache.at(place);
                    let planned = cached.planned_entry.max(cached.state.next_entry);
                    if new.entry != planned {
                        return Err(StoreError::OutOfOrder("not the log's next entry number"));
                    }
                    cached.planned_entry = planned + 1;
                }
                Mutation::ReplaceReader { .. } | Mutation::Ack { .. } | Mutation::Receipt { .. } => {
                    self.load_readers(place)?;
                }
                Mutation::CreateLog { .. } => {}
            }
        }
        Ok(places)
    }

    /// Writes the journal. Gives each mutation's place in the segment.
    fn write(&mut self, mutations: &[Mutation], places: &[u32]) -> Result<Vec<Span>, StoreError> {
        if let Some(sealed) = self.journal.rotate(mutations.iter().find_map(accepted_ms))? {
            self.note_rotated(sealed);
        }
        self.journal.begin_batch();
        let mut spans = Vec::with_capacity(mutations.len());
        let mut lasting = false;
        for (mutation, place) in mutations.iter().zip(places) {
            let record = match mutation {
                Mutation::Append(new) => RecordRef::Append(new),
                Mutation::CreateLog { log, write_hash, reader_hash, at_ms } => RecordRef::Create {
                    slot: self.cache.at(*place).state.slot,
                    log: *log,
                    write_hash: *write_hash,
                    reader_hash: *reader_hash,
                    at_ms: *at_ms,
                },
                Mutation::ReplaceReader { log, old, new } => {
                    RecordRef::Replace { log: *log, old: *old, new: *new }
                }
                Mutation::Ack { .. } | Mutation::Receipt { .. } => {
                    spans.push(Span { offset: 0, bytes: 0 });
                    continue;
                }
            };
            let (offset, bytes) = self.journal.add(record);
            spans.push(Span { offset, bytes });
            lasting = true;
        }
        if lasting {
            self.journal.finish_batch(mutations.iter().filter_map(accepted_ms))?;
        }
        Ok(spans)
    }

    fn note_rotated(&mut self, sealed: Sealed) {
        let writing = *self.journal.writing();
        self.waiting.freeze(writing.header.number, writing.bytes);
        self.segments.write().unwrap_or_else(PoisonError::into_inner).push(writing.header.number);
        self.sealed.push(sealed);
    }

    /// Lets what is durable take effect in memory.
    fn apply(&mut self, mutations: &[Mutation], places: &[u32], spans: &[Span]) -> Result<(), StoreError> {
        let writing = *self.journal.writing();
        let mut rows = Vec::with_capacity(mutations.len());
        for ((mutation, place), span) in mutations.iter().zip(places).zip(spans) {
            let cached = self.cache.at(*place);
            cached.planned_entry = 0;
            if span.bytes > 0 {
                cached.position = position(writing.header.number, span.offset);
            }
            if let Mutation::Append(NewEntry { entry, .. }) = mutation {
                rows.push((cached.state.slot, *entry, *span));
            }
            let readers_changed = apply(cached, mutation);
            self.cache.note_change(*place, readers_changed);
        }
        if !self.waiting.add(rows.into_iter(), writing.bytes) {
            return Err(StoreError::OutOfOrder("entries in memory are not in a row"));
        }
        Ok(())
    }

    /// Slows the writer where the background cannot follow: waits for one layer, or for the logs.
    fn wait_for_room(&mut self) -> Result<(), StoreError> {
        while self.waiting.rows().0 >= self.most_waiting {
            self.begin_flush();
            let (waiting, most) = (self.waiting.clone(), self.most_waiting);
            let under_way = self.flushing.as_ref().map_or(0, |flushing| flushing.job);
            self.background.wait_until(|done| done >= under_way || waiting.rows().0 < most)?;
        }
        while self.cache.changed() >= self.most_waiting / 2 {
            self.begin_flush();
            self.background.wait()?;
            self.note_done();
        }
        self.note_done();
        Ok(())
    }

    /// Gives what has changed to the background, where it is not at it already.
    fn begin_flush(&mut self) {
        self.note_done();
        if self.flushing.is_some() {
            return;
        }
        let writing = *self.journal.writing();
        self.waiting.freeze(writing.header.number, writing.bytes);
        let applied = Applied {
            position: position(writing.header.number, writing.bytes),
            entries: writing.entries,
            first_ms: writing.first_ms,
            last_ms: writing.last_ms,
        };
        let (layers, mut logs) = (self.waiting.frozen(), self.cache.take_changes());
        // In the order of the table, so that each of its pages is touched once.
        logs.sort_unstable_by_key(|row| row.state.slot);
        let sealed = self.sealed.clone();
        let finishes = sealed.len();
        let job = self.background.give(Job::Flush { layers, logs, applied, sealed });
        self.flushing = Some(Flushing { job, sealed: finishes });
    }

    /// Takes notice of what the background has done.
    fn note_done(&mut self) {
        let done = self.background.done();
        if let Some(Flushing { job, sealed }) = self.flushing
            && done >= job
        {
            self.flushing = None;
            self.cache.note_saved();
            self.indexed.extend(self.sealed.drain(..sealed));
        }
        if self.expiring.is_some_and(|job| done >= job) {
            self.expiring = None;
            self.expiry = self.expiry.wrapping_add(1);
        }
        if self.relieving.is_some_and(|job| done >= job) {
            self.relieving = None;
        }
    }

    /// What was found since, so that it is known after the next start, too.
    fn save_damage(&mut self) -> Result<(), StoreError> {
        let places = self.damage.unsaved();
        if !places.is_empty() {
            self.meta.save_damaged(&places)?;
            self.damage.note_saved(&places);
        }
        Ok(())
    }

    fn has_changes(&self) -> bool {
        self.cache.changed() > 0 || self.waiting.rows().0 > 0 || !self.sealed.is_empty()
    }

    fn new_pages(&self) -> Pages {
        let folder = self.folder.join("segments");
        let shared = (self.waiting.clone(), self.segments.clone(), self.damage.clone());
        Pages::new(folder, self.files.clone(), shared)
    }
}

impl Store for DiskStore {
    fn log(&mut self, log: LogId) -> Result<Option<LogState>, StoreError> {
        self.cache.make_room();
        let place = self.place(log)?;
        Ok(place.map(|place| self.cache.at(place).state))
    }

    fn reader(&mut self, log: LogId, hash: &Hash32) -> Result<Option<Reader>, StoreError> {
        self.cache.make_room();
        let Some(place) = self.place(log)? else { return Ok(None) };
        Ok(self.load_readers(place)?.find(hash).copied())
    }

    fn reader_by(
        &mut self,
        log: LogId,
        is_meant: &dyn Fn(&Hash32) -> bool,
    ) -> Result<Option<Hash32>, StoreError> {
        self.cache.make_room();
        let Some(place) = self.place(log)? else { return Ok(None) };
        Ok(self.load_readers(place)?.find_by(is_meant))
    }

    fn readers(&mut self, log: LogId) -> Result<Readers, StoreError> {
        self.cache.make_room();
        let Some(place) = self.place(log)? else { return Ok(Readers::default()) };
        Ok(self.load_readers(place)?.clone())
    }

    fn commit(&mut self, mutations: &[Mutation]) -> Result<(), StoreError> {
        self.note_done();
        self.wait_for_room()?;
        self.cache.make_room();
        let mut created = Vec::new();
        let planned = self.plan(mutations, &mut created);
        let written = planned.and_then(|places| {
            let spans = self.write(mutations, &places)?;
            Ok((places, spans))
        });
        let (places, spans) = match written {
            Ok(written) => written,
            Err(error) => {
                for mutation in mutations {
                    if let Some(place) = self.cache.find(mutation.log()) {
                        self.cache.at(place).planned_entry = 0;
                    }
                }
                created.into_iter().for_each(|log| self.cache.remove(log));
                return Err(error);
            }
        };
        self.next_slot += created.len() as u32;
        self.apply(mutations, &places, &spans)?;
        let (_, active) = self.waiting.rows();
        if active >= self.flush_entries || self.cache.changed() >= self.flush_logs {
            self.begin_flush();
        }
        if self.waiting.rows().1 >= self.flush_entries {
            // One flush is under way; the next one finds layers that it can finish one by one.
            let writing = *self.journal.writing();
            self.waiting.freeze(writing.header.number, writing.bytes);
        }
        Ok(())
    }

    fn read(&mut self, page: &Page) -> Result<Vec<StoredEntry>, StoreError> {
        let Some(place) = self.place(page.log)? else { return Ok(Vec::new()) };
        let LogState { slot, .. } = self.cache.at(place).state;
        let page = &Page { up_to: page.up_to.min(self.cache.at(place).state.head()), ..*page };
        let mut pages = self.own_pages.take().unwrap_or_else(|| self.new_pages());
        let entries = pages.read(slot, page);
        self.own_pages = Some(pages);
        entries
    }

    fn pages(&self) -> Result<Box<dyn PageReader>, StoreError> {
        Ok(Box::new(self.new_pages()))
    }

    fn expire(&mut self, before_ms: i64, now_ms: i64) -> Result<(), StoreError> {
        self.note_done();
        let writing = *self.journal.writing();
        if writing.entries > 0
            // One that was begun under a clock that was ahead would never be old enough.
            && (writing.last_ms < before_ms || writing.last_ms > now_ms)
            && let Some(sealed) = self.journal.rotate_now()?
        {
            self.note_rotated(sealed);
        }
        // Only from the oldest on, so that no log has a hole, however the clock has jumped.
        let writing = *self.journal.writing();
        let sealed = self.indexed.iter().chain(&self.sealed).map(|segment| segment.last_ms);
        let times: Vec<i64> = sealed.chain((writing.entries > 0).then_some(writing.last_ms)).collect();
        let expired = super::expired(&times, before_ms, now_ms).min(self.indexed.len());
        for Sealed { number, .. } in self.indexed.drain(..expired) {
            self.expiring = Some(self.background.give(Job::Expire(number)));
        }
        Ok(())
    }

    fn relieve(&mut self, now_ms: i64) {
        // Asked with every batch: most often it is too soon.
        let soon = self.relieved_ms..self.relieved_ms.saturating_add(room::EVERY_MS);
        if soon.contains(&now_ms) {
            return;
        }
        self.note_done();
        if self.relieving.is_some() {
            return;
        }
        self.relieved_ms = now_ms;
        let Some(free) = (self.look)(&self.folder) else { return };
        let Some(share) = room::share(free, self.least_share) else { return };
        let old_ms = now_ms.saturating_sub(room::OLD_MS);
        let segments = self.indexed.iter().map(|segment| segment.number).collect();
        let old = self.indexed.iter().take_while(|segment| segment.last_ms < old_ms).count();
        if old > 0 {
            self.relieving = Some(self.background.give(Job::Relieve(Relief { share, segments, old })));
        }
    }

    fn relieved(&self) -> u64 {
        self.background.freed()
    }

    fn newest_ms(&mut self) -> Result<i64, StoreError> {
        let sealed = self.indexed.iter().chain(&self.sealed).map(|segment| segment.last_ms);
        Ok(sealed.max().unwrap_or(i64::MIN).max(self.journal.writing().last_ms))
    }

    fn is_failing(&self) -> bool {
        self.background.is_failing()
    }

    fn damaged(&self) -> u64 {
        self.damage.count()
    }

    fn tidy(&mut self) -> Result<(), StoreError> {
        self.note_done();
        self.save_damage()?;
        if self.has_changes() {
            self.begin_flush();
        } else if self.flushing.is_none() {
            self.cache.clear();
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), StoreError> {
        self.save_damage()?;
        // Twice: what changed while a flush was under way needs one of its own.
        for _ in 0..2 {
            if self.has_changes() {
                self.begin_flush();
            }
            self.background.wait()?;
            self.note_done();
        }
        Ok(())
    }
}

/// Lets a durable mutation take effect; says whether readers have changed. They were loaded where they matter.
fn apply(cached: &mut Cached, mutation: &Mutation) -> bool {
    let Cached { state, readers, .. } = cached;
    match (mutation, readers) {
        (Mutation::CreateLog { .. }, _) => true,
        (Mutation::Append(new), readers) => {
            apply_entry(state, readers.as_mut(), new);
            new.commit.is_some()
        }
        (Mutation::ReplaceReader { old, new, .. }, Some(readers)) => readers.replace(old, *new),
        (Mutation::Ack { reader, up_to, .. }, Some(readers)) => apply_ack(state, readers, reader, *up_to),
        (Mutation::Receipt { reader, version, sealed, .. }, Some(readers)) => {
            readers.put_receipt(reader, *version, sealed.clone())
        }
        (_, None) => false,
    }
}

fn accepted_ms(mutation: &Mutation) -> Option<i64> {
    match mutation {
        Mutation::Append(new) => Some(new.at_ms),
        _ => None,
    }
}
