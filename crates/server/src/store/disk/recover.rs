//! Opens a data folder: locks it, reads what of the journal has not been carried over, cuts a torn write, and sets
//! aside what is damaged ([`super::damage`]): a record whose place is known by the next one is lost, and no other.

use std::collections::HashMap;
use std::fs::{self, OpenOptions, TryLockError};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Arc, RwLock};

use bytes::Bytes;
use casemate_wire::ids::LogId;

use super::background::Background;
use super::cache::{Cache, Cached};
use super::damage::Damage;
use super::errors::io_error;
use super::files::{SegmentFile, SegmentFiles};
use super::journal::{Journal, Sealed, Writing, segment_path};
use super::meta::{Applied, Meta, position};
use super::pages::header_of;
use super::waiting::{Layer, Span, Waiting};
use super::{DiskStore, Lock, Options, apply, reindex};
use crate::store::segment::{
    HEADER_BYTES, Header, Likely, RECORD_BYTES, Record, Stop, likely_entry, next_record, parse_records,
};
use crate::store::{LogState, Mutation, Readers, StoreError};

/// So much is read at once; at least the longest record.
const WINDOW_BYTES: usize = 2 * RECORD_BYTES;

/// Of a damaged record so much is looked at: log and number.
const LEFT_BYTES: u32 = 64;

/// Looking up so many logs one by one takes a noticeable part of a second.
const MANY: u32 = 50_000;

/// See [`DiskStore::open`].
pub fn open(folder: &Path, options: Options) -> Result<DiskStore, StoreError> {
    let segments_folder = folder.join("segments");
    fs::create_dir_all(&segments_folder).map_err(io_error("creating", &segments_folder))?;
    let lock = lock(folder)?;
    let files = options.files;
    let mut meta = Meta::open(&folder.join("meta.db"))?;
    let damage = Damage::of(meta.damaged()?);
    let loss = Loss { accepted: options.accept_loss, damage: damage.clone() };
    let indexed = finish_expiry(&mut meta, files.as_ref(), &segments_folder, &loss)?;
    reindex::what_is_missing(&meta, files.as_ref(), &segments_folder, &indexed, &damage)?;
    let last_indexed = indexed.last().map_or(0, |segment| segment.number);
    let applied = meta.applied()?;
    let applied_segment = (applied.position >> 32) as u32;
    let mut open = unindexed(&segments_folder, last_indexed, applied_segment, &loss)?;
    drop_unbegun(&segments_folder, &mut open, applied_segment)?;
    let highest = open.last().copied().unwrap_or(0).max(last_indexed).max(applied_segment);

    let mut replay = Replay {
        damage: damage.clone(),
        next_slot: meta.next_slot()?,
        looked_up: 0,
        applied,
        meta,
        cache: Cache::new(options.cached_logs),
        layers: Vec::new(),
        last_ones: Vec::new(),
        sealed: Vec::new(),
        writing: None,
        folder: segments_folder.clone(),
    };
    replay.meta.begin_look_ups()?;
    for (at, number) in open.iter().enumerate() {
        // One that is not the newest is written no more.
        let newest = at + 1 == open.len() && *number == highest;
        replay.segment(*number, newest, files.as_ref(), &loss)?;
    }
    replay.keep_numbers()?;
    replay.meta.end_look_ups()?;
    let Replay { meta, cache, mut layers, sealed, writing, next_slot, .. } = replay;

    let journal = match writing {
        Some(writing) => Journal::open(segments_folder.clone(), files.clone(), options.segments, writing)?,
        None => Journal::begin(segments_folder.clone(), files.clone(), options.segments, highest + 1)?,
    };
    // The names of what was just created.
    files.sync_folder(folder).map_err(io_error("creating", folder))?;
    let newest = journal.writing();
    let active = match layers.pop_if(|layer| layer.segment == newest.header.number) {
        Some(layer) => layer,
        None => Layer::new(newest.header.number, newest.bytes),
    };
    let waiting = Waiting::new(layers, active);
    let mut numbers: Vec<u32> = indexed.iter().chain(&sealed).map(|segment| segment.number).collect();
    numbers.push(newest.header.number);
    let segments = Arc::new(RwLock::new(numbers));
    let background = Background::start(
        segments_folder,
        files.clone(),
        Meta::open(&folder.join("meta.db"))?,
        (waiting.clone(), segments.clone(), damage.clone()),
    )?;
    let mut store = DiskStore {
        folder: folder.to_owned(),
        files,
        journal,
        meta,
        cache,
        waiting,
        segments,
        damage,
        background,
        flush_entries: options.flush_entries,
        flush_logs: options.flush_logs,
        most_waiting: options.most_waiting,
        next_slot,
        indexed,
        sealed,
        flushing: None,
        expiry: 0,
        expiring: None,
        look: options.look,
        least_share: options.least_share,
        relieved_ms: i64::MIN,
        relieving: None,
        own_pages: None,
        _lock: lock,
    };
    store.save_damage()?;
    if store.has_changes() {
        // So that another crash does not find it all again.
        store.begin_flush();
    }
    Ok(store)
}

fn lock(folder: &Path) -> Result<Lock, StoreError> {
    let path = folder.join("lock");
    let file = OpenOptions::new().create(true).truncate(false).write(true).open(&path);
    let file = file.map_err(io_error("opening", &path))?;
    match file.try_lock() {
        Ok(()) => Ok(Lock(file)),
        Err(TryLockError::WouldBlock) => Err(StoreError::Locked(folder.to_owned())),
        Err(TryLockError::Error(error)) => Err(io_error("locking", &path)(error)),
    }
}

/// The indexed segments that are there. One that is gone after it was marked was being expired when the server ended.
fn finish_expiry(
    meta: &mut Meta,
    files: &dyn SegmentFiles,
    folder: &Path,
    loss: &Loss,
) -> Result<Vec<Sealed>, StoreError> {
    let mut there = Vec::new();
    for segment in meta.segments()? {
        let path = segment_path(folder, segment.number);
        let length = match fs::metadata(&path) {
            Ok(metadata) => metadata.len(),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                // A version before marks removed a segment's files and then its row, the oldest first.
                let before_marks = meta.had_no_marks() && there.is_empty();
                if before_marks || meta.is_expiring(segment.number)? {
                    super::background::remove_segment(files, folder, segment.number)?;
                    meta.forget_segment(segment.number)?;
                } else {
                    loss.take(path, (segment.number, 0), "is missing".into())?;
                    meta.lose_segment(segment.number)?;
                }
                continue;
            }
            Err(error) => return Err(io_error("reading", &path)(error)),
        };
        if length < u64::from(segment.bytes) {
            let what = format!("ends at byte {length}, but reached to byte {} once", segment.bytes);
            loss.take(path, (segment.number, length as u32), what)?;
        }
        there.push(segment);
    }
    if let Some(oldest) = there.first() {
        meta.forget_damage_before(oldest.number)?;
    }
    Ok(there)
}

/// What to do about what is missing.
struct Loss {
    accepted: bool,
    damage: Damage,
}

impl Loss {
    fn take(&self, file: PathBuf, place: (u32, u32), what: String) -> Result<(), StoreError> {
        if !self.accepted && !self.damage.has(place) {
            return Err(StoreError::Missing { file, what });
        }
        self.damage.note(&file, place, &what);
        Ok(())
    }
}

/// The numbers of all other segments. There is no gap among them; those up to `applied` were there once.
fn unindexed(folder: &Path, last_indexed: u32, applied: u32, loss: &Loss) -> Result<Vec<u32>, StoreError> {
    let mut numbers = Vec::new();
    for found in fs::read_dir(folder).map_err(io_error("reading", folder))? {
        let name = found.map_err(io_error("reading", folder))?.file_name();
        let number = name.to_str().and_then(|name| name.strip_suffix(".seg")?.parse::<u32>().ok());
        numbers.extend(number.filter(|number| *number > last_indexed));
    }
    numbers.sort_unstable();
    let newest = numbers.last().copied().unwrap_or(last_indexed);
    // The one that was written when the last one was indexed comes behind it, once anything was indexed.
    let least = if last_indexed > 0 { applied.max(last_indexed + 1) } else { applied };
    // What is older than what was carried over last, and has no row, has expired.
    let first = (last_indexed + 1).max(applied).max(1);
    for number in first..=newest.max(least) {
        if numbers.binary_search(&number).is_err() {
            let what = "is missing, or delivery/meta.db is older than the segments beside it";
            loss.take(segment_path(folder, number), (number, 0), what.into())?;
        }
    }
    Ok(numbers)
}

/// Removes the newest segment where a crash came between its creation and its header: nothing was in it.
fn drop_unbegun(folder: &Path, numbers: &mut Vec<u32>, applied: u32) -> Result<(), StoreError> {
    let Some(newest) = numbers.last().filter(|newest| **newest > applied) else { return Ok(()) };
    let path = segment_path(folder, *newest);
    let bytes = fs::metadata(&path).map_err(io_error("reading", &path))?.len();
    if bytes > HEADER_BYTES as u64 {
        return Ok(());
    }
    let head = fs::read(&path).map_err(io_error("reading", &path))?;
    if Header::parse(&head).is_err() {
        fs::remove_file(&path).map_err(io_error("removing", &path))?;
        numbers.pop();
    }
    Ok(())
}

/// What reading the journal's end leads to.
struct Replay {
    damage: Damage,
    folder: PathBuf,
    meta: Meta,
    applied: Applied,
    cache: Cache,
    layers: Vec<Layer>,
    sealed: Vec<Sealed>,
    writing: Option<Writing>,
    next_slot: u32,
    /// Damaged entries that may be their log's last ones: the number, and where.
    last_ones: Vec<(LogId, u64, u64)>,
    /// Logs that were read from `meta.db` one by one.
    looked_up: u32,
}

/// A segment on its way through [`Replay::segment`].
struct Reading {
    path: PathBuf,
    file: Box<dyn SegmentFile>,
    bytes: u32,
    /// Records before this offset are indexed.
    reach: u32,
    /// Records before this one are in `meta.db`.
    applied: u64,
    writing: Writing,
    layer: Layer,
    /// Where the last batch begins, if anything was read.
    last_batch: Option<u32>,
}

impl Replay {
    fn segment(
        &mut self,
        number: u32,
        mut newest: bool,
        files: &dyn SegmentFiles,
        loss: &Loss,
    ) -> Result<(), StoreError> {
        let Some(mut reading) = self.begin(number, files, loss)? else { return Ok(()) };
        let (mut from, expected) = self.start(number, &reading);
        if reading.bytes < expected {
            let what = format!("ends at byte {}, but reached to byte {expected} once", reading.bytes);
            loss.take(reading.path.clone(), (number, reading.bytes), what)?;
            // What comes from now on stands behind what was there, so in another one.
            newest = false;
            from = from.min(reading.bytes);
        }
        loop {
            let window = reading.read(from, WINDOW_BYTES)?;
            let window_end = from + window.len() as u32;
            let (records, end, stop) = parse_records(&reading.writing.header, window, from);
            for (offset, bytes, record) in records {
                self.record(&mut reading, Span { offset, bytes }, record)?;
            }
            if stop == Stop::Incomplete && window_end < reading.bytes && end > from {
                from = end;
                continue;
            }
            if end == reading.bytes {
                break;
            }
            if let Some(next) = reading.next_record(end)? {
                self.set_aside(&mut reading, end, next, stop)?;
                from = next;
            } else if newest && end >= expected {
                reading.cut(end, files)?;
                reading.bytes = end;
                break;
            } else {
                let to = reading.bytes;
                self.set_aside(&mut reading, end, to, stop)?;
                break;
            }
        }
        reading.writing.bytes = reading.bytes;
        reading.layer.reach = reading.bytes;
        if newest {
            reading.write_last_batch_again(files)?;
            self.writing = Some(reading.writing);
        } else {
            let (bytes, last_ms) = (reading.bytes, reading.writing.last_ms);
            self.sealed.push(Sealed { number, bytes, last_ms });
        }
        self.layers.push(reading.layer);
        Ok(())
    }

    /// None where nothing of it can be read.
    fn begin(
        &self,
        number: u32,
        files: &dyn SegmentFiles,
        loss: &Loss,
    ) -> Result<Option<Reading>, StoreError> {
        let path = segment_path(&self.folder, number);
        let mut file = files.open_to_read(&path).map_err(io_error("opening", &path))?;
        let bytes = file.length().map_err(io_error("reading", &path))?;
        let damaged = |what: String| StoreError::Damaged { file: path.clone(), offset: 0, what };
        let bytes = u32::try_from(bytes).map_err(|_| damaged("it is too long for a segment".into()))?;
        let Some(header) = header_of(file.as_mut(), &path, number, &self.damage)? else {
            // Its first byte was noted just now, accepted or not.
            loss.take(path, (number, 1), "has nothing in it that can be read".into())?;
            return Ok(None);
        };
        let reach = reindex::reach_of(files, &self.folder, number)?;
        let writing = Writing { header, bytes, entries: 0, first_ms: None, last_ms: i64::MIN };
        let applied = self.applied.position;
        let writing = if applied >> 32 == u64::from(number) {
            let Applied { entries, first_ms, last_ms, .. } = self.applied;
            Writing { entries, first_ms, last_ms, ..writing }
        } else {
            writing
        };
        // The layer takes only what is behind its index's reach.
        let layer = Layer::new(number, reach);
        Ok(Some(Reading { path, file, bytes, reach, applied, writing, layer, last_batch: None }))
    }

    /// From where to read, and how long the segment must be at least.
    fn start(&self, number: u32, reading: &Reading) -> (u32, u32) {
        let first = HEADER_BYTES as u32;
        let applied = match (self.applied.position >> 32).cmp(&u64::from(number)) {
            std::cmp::Ordering::Less => 0,
            std::cmp::Ordering::Equal => (self.applied.position & u64::from(u32::MAX)) as u32,
            std::cmp::Ordering::Greater => reading.bytes,
        };
        (reading.reach.min(applied).max(first), reading.reach.max(applied).max(first))
    }

    fn record(&mut self, reading: &mut Reading, span: Span, record: Record) -> Result<(), StoreError> {
        let at = position(reading.writing.header.number, span.offset);
        let mutation = match record {
            Record::Batch(offset) => {
                reading.last_batch = Some(offset);
                return Ok(());
            }
            Record::Create(slot, mutation) => {
                self.create(reading, at, slot, &mutation)?;
                return Ok(());
            }
            Record::Append(new) => Mutation::Append(new),
            Record::Replace(mutation) => mutation,
        };
        let Some(place) = self.place(mutation.log())? else {
            self.note(reading, span.offset, "it names a log that does not exist");
            return Ok(());
        };
        let LogState { slot, next_entry, .. } = self.cache.at(place).state;
        // Saved with what this record did: a log may have been saved when `applied` was not yet.
        let is_new = at >= reading.applied && at > self.cache.at(place).position;
        if let Mutation::Append(new) = &mutation {
            if is_new == (new.entry < next_entry) {
                self.note(reading, span.offset, "its number is another entry's");
                return Ok(());
            }
            // Entries before it are lost, where damaged records were theirs.
            if is_new && new.entry > next_entry && self.damage.count() == 0 {
                self.note(reading, span.offset, "entries before it are missing");
            }
            if span.offset >= reading.reach {
                reading.layer.fill(slot, new.entry);
                if !reading.layer.add(slot, new.entry, span) {
                    self.note(reading, span.offset, "its number is another entry's");
                    return Ok(());
                }
            }
            if at >= reading.applied {
                let writing = &mut reading.writing;
                writing.entries += 1;
                writing.first_ms.get_or_insert(new.at_ms);
                writing.last_ms = writing.last_ms.max(new.at_ms);
            }
        }
        if !is_new {
            return Ok(());
        }
        let needs_readers = match &mutation {
            Mutation::Append(new) => new.commit.is_some(),
            _ => true,
        };
        if needs_readers && self.cache.at(place).readers.is_none() {
            let readers = self.meta.readers(self.cache.at(place).state.slot)?;
            self.cache.load_readers(place, readers);
        }
        let cached = self.cache.at(place);
        cached.position = at;
        let readers_changed = apply(cached, &mutation);
        self.cache.note_change(place, readers_changed);
        Ok(())
    }

    fn create(
        &mut self,
        reading: &Reading,
        at: u64,
        slot: u32,
        mutation: &Mutation,
    ) -> Result<(), StoreError> {
        let Mutation::CreateLog { log, write_hash, reader_hash, .. } = mutation else { return Ok(()) };
        if self.place(*log)?.is_some() {
            return Ok(());
        }
        if at < reading.applied {
            self.note(reading, at as u32, "its log is missing in meta.db");
            return Ok(());
        }
        let (state, readers) = (LogState::new(slot, *write_hash), Readers::creator(*reader_hash));
        let place = self.cache.insert(Cached::new(*log, state, at, Some(readers), 0));
        self.cache.note_change(place, true);
        self.next_slot = self.next_slot.max(slot.saturating_add(1));
        Ok(())
    }

    /// What is between these places is no record. Whose entry it was shows by the numbers of those that follow, and where none follows
    /// by what is left of it.
    fn set_aside(&mut self, reading: &mut Reading, from: u32, to: u32, stop: Stop) -> Result<(), StoreError> {
        self.note(reading, from, &stop.to_string());
        let at = position(reading.writing.header.number, from);
        let left = reading.read(from, (to - from).min(LEFT_BYTES) as usize)?;
        let Some(likely) = likely_entry(&left).filter(|_| at >= reading.applied) else { return Ok(()) };
        let Some(place) = self.likely_place(&likely)? else {
            tracing::error!(
                file = %reading.path.display(), offset = from,
                "whose entry that was cannot be seen; where nothing came after it, start the server with --restored once: \
                 clients then compare what they have, and send again what is missing"
            );
            return Ok(());
        };
        let cached = self.cache.at(place);
        let next_entry = cached.state.next_entry;
        if at > cached.position && (likely.is_entry || likely.entry == next_entry) {
            self.last_ones.push((cached.log, next_entry, at));
        }
        Ok(())
    }

    /// Numbers of damaged entries that nothing came after are not given again: others may have read them.
    fn keep_numbers(&mut self) -> Result<(), StoreError> {
        let mut kept: HashMap<LogId, u64> = HashMap::new();
        for (log, next_entry, at) in std::mem::take(&mut self.last_ones) {
            let Some(place) = self.place(log)? else { continue };
            let cached = self.cache.at(place);
            let kept = kept.entry(log).or_default();
            if cached.state.next_entry == next_entry + *kept {
                *kept += 1;
                cached.state.next_entry += 1;
                cached.position = cached.position.max(at);
                self.cache.note_change(place, false);
            }
        }
        Ok(())
    }

    fn likely_place(&mut self, likely: &Likely) -> Result<Option<u32>, StoreError> {
        if let Some(place) = self.place(likely.log)? {
            return Ok(Some(place));
        }
        let mut found = self.cache.logs().find(|log| likely.is_of(log));
        if found.is_none() {
            self.meta.all_logs(|log, _, _| found = found.or(likely.is_of(&log).then_some(log)))?;
        }
        match found {
            Some(log) => self.place(log),
            None => Ok(None),
        }
    }

    fn note(&self, reading: &Reading, offset: u32, what: &str) {
        self.damage.note(&reading.path, (reading.writing.header.number, offset), what);
    }

    fn place(&mut self, log: LogId) -> Result<Option<u32>, StoreError> {
        // Bounded: what is read here had waited, and that is bounded.
        if let Some(place) = self.cache.find(log) {
            return Ok(Some(place));
        }
        let Some((state, position)) = self.meta.log(log)? else { return Ok(None) };
        let place = self.cache.insert(Cached::new(log, state, position, None, 0));
        self.looked_up += 1;
        if self.looked_up.is_multiple_of(MANY) && self.looked_up >= self.next_slot / 4 {
            self.look_up_all()?;
        }
        Ok(Some(place))
    }

    /// A good part of all logs was looked up one by one: most others will be, and in one go that is faster.
    fn look_up_all(&mut self) -> Result<(), StoreError> {
        let cache = &mut self.cache;
        self.meta.all_logs(|log, state, position| {
            if cache.find(log).is_none() {
                cache.insert(Cached::new(log, state, position, None, 0));
            }
        })
    }
}

impl Reading {
    fn read(&mut self, offset: u32, limit: usize) -> Result<Bytes, StoreError> {
        let limit = limit.min((self.bytes - offset.min(self.bytes)) as usize);
        self.file.read_at(offset.into(), limit).map(Bytes::from).map_err(io_error("reading", &self.path))
    }

    /// Where the next record begins after what is none.
    fn next_record(&mut self, at: u32) -> Result<Option<u32>, StoreError> {
        let mut from = at;
        while from < self.bytes {
            let window = self.read(from, WINDOW_BYTES)?;
            if let Some(found) = next_record(&self.writing.header, &window, from) {
                return Ok(Some(from + found as u32));
            }
            if from + window.len() as u32 >= self.bytes {
                break;
            }
            // What begins in the first half is whole in it.
            from += RECORD_BYTES as u32;
        }
        Ok(None)
    }

    /// Takes away what a crash left half-written at the end, where nothing whole follows.
    fn cut(&mut self, end: u32, files: &dyn SegmentFiles) -> Result<(), StoreError> {
        tracing::warn!(
            file = %self.path.display(), offset = end, bytes = self.bytes - end,
            "cutting off a write that the last run did not finish"
        );
        let cut = files.open(&self.path).and_then(|mut file| {
            file.set_len(end.into())?;
            file.sync()
        });
        cut.map_err(io_error("cutting", &self.path))
    }

    /// What can be read may be in memory only: the last run was killed before its sync, or that failed and the
    /// kernel now takes the pages for written. So the bytes are written once more before anybody is told of them.
    fn write_last_batch_again(&mut self, files: &dyn SegmentFiles) -> Result<(), StoreError> {
        let Some(start) = self.last_batch else { return Ok(()) };
        let bytes = self.read(start, usize::MAX)?;
        let write = files.open(&self.path).and_then(|mut file| {
            file.write_at(&bytes, start.into())?;
            file.sync()
        });
        write.map_err(io_error("writing", &self.path))
    }
}
