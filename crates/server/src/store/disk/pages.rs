//! Reads entries: first where they are, in memory and in the indexes, then the records themselves.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use bytes::Bytes;

use super::damage::{self, Damage};
use super::errors::io_error;
use super::files::{SegmentFile, SegmentFiles};
use super::index::{Index, index_path};
use super::journal::segment_path;
use super::meta::Meta;
use super::room::is_hole;
use super::waiting::{Place, Span, Waiting};
use crate::store::segment::{HEADER_BYTES, Header, Record, header_from_batch};
use crate::store::{NewEntry, Page, PageReader, StoreError, StoredEntry};

/// Segments that are held open: most reads are about the newest one or two. More costs two files and a megabyte
/// each.
const OPEN_SEGMENTS: usize = 8;
/// Neighbouring records are read at once up to so many bytes.
const READ_BYTES: u32 = 256 * 1024;
/// A record that could not be read so often is lost: its readers would wait for it for ever.
const READ_AGAIN: u8 = 3;
/// So much of a segment is searched at once for its header.
const SEARCH_BYTES: usize = 1024 * 1024;

/// The numbers of all segments, oldest first, shared with the store.
pub type Segments = Arc<RwLock<Vec<u32>>>;

/// A reader with files and connections of its own.
pub struct Pages {
    folder: PathBuf,
    files: Arc<dyn SegmentFiles>,
    waiting: Waiting,
    segments: Segments,
    damage: Damage,
    /// What a log has let go of, asked where an entry is nowhere.
    meta: Option<Meta>,
    /// How often a record could not be read.
    failing: HashMap<damage::Place, u8>,
    /// The one used last is the last.
    open: Vec<Open>,
}

struct Open {
    number: u32,
    path: PathBuf,
    file: Box<dyn SegmentFile>,
    /// None: it is damaged, and all that is in here is lost.
    header: Option<Header>,
    /// None until something has been indexed.
    index: Option<Index>,
}

impl Pages {
    /// For a folder of segments.
    pub fn new(
        folder: PathBuf,
        files: Arc<dyn SegmentFiles>,
        (waiting, segments, damage): (Waiting, Segments, Damage),
    ) -> Self {
        let (meta, failing, open) = (None, HashMap::new(), Vec::new());
        Self { folder, files, waiting, segments, damage, meta, failing, open }
    }

    /// Where a page's entries are, without a gap, and the number of the first.
    fn places(&mut self, slot: u32, page: &Page) -> Result<(u64, Vec<Place>), StoreError> {
        let want = page.after + 1;
        let limit = page.up_to.saturating_sub(page.after).min(page.limit_entries as u64) as usize;
        // What waits is asked first: it leaves there only once it is in an index.
        let (waits_from, waiting) = self.waiting.find(slot, want, limit);
        if waits_from == Some(want) {
            return Ok((want, waiting));
        }
        let Some((first, mut places)) = self.indexed(slot, want, limit)? else {
            return Ok((waits_from.unwrap_or(want), waiting));
        };
        if let Some(from) = waits_from {
            // Some of what waits may be in the index already.
            places.truncate(usize::try_from(from.saturating_sub(first)).unwrap_or(usize::MAX));
            if first + places.len() as u64 == from {
                places.extend(waiting.into_iter().take(limit - places.len()));
            }
        }
        Ok((first, places))
    }

    /// The same among what is indexed.
    fn indexed(
        &mut self,
        slot: u32,
        want: u64,
        limit: usize,
    ) -> Result<Option<(u64, Vec<Place>)>, StoreError> {
        let segments = self.segments.read().unwrap_or_else(PoisonError::into_inner).clone();
        self.open.retain(|open| segments.contains(&open.number));
        // From the newest: most readers are not far behind.
        let mut start = None;
        for (at, number) in segments.iter().enumerate().rev() {
            let Some(index) = self.index(*number)? else { continue };
            if let Some(oldest) = index.oldest(slot, want)? {
                start = Some((at, oldest));
                if oldest == want {
                    break;
                }
            }
        }
        let Some((at, first)) = start else { return Ok(None) };
        let mut places: Vec<Place> = Vec::new();
        for number in &segments[at..] {
            let (next, left) = (first + places.len() as u64, limit - places.len());
            if left == 0 {
                break;
            }
            let Some(index) = self.index(*number)? else { continue };
            if let Some((_, spans)) = index.find(slot, next, left)?.filter(|(found, _)| *found == next) {
                places.extend(spans.into_iter().map(|span| (*number, span)));
            }
        }
        Ok(Some((first, places)))
    }

    fn index(&mut self, number: u32) -> Result<Option<&Index>, StoreError> {
        let path = index_path(&self.folder, number);
        let open = self.segment(number)?;
        if open.index.is_none() {
            open.index = Index::open_to_read(path)?;
        }
        Ok(open.index.as_ref())
    }

    fn segment(&mut self, number: u32) -> Result<&mut Open, StoreError> {
        let open = match self.open.iter().position(|open| open.number == number) {
            Some(at) => self.open.remove(at),
            None => {
                if self.open.len() >= OPEN_SEGMENTS {
                    self.open.remove(0);
                }
                open_segment(self.files.as_ref(), &self.folder, number, &self.damage)?
            }
        };
        self.open.push(open);
        Ok(self.open.last_mut().expect("pushed just now"))
    }
}

impl PageReader for Pages {
    fn read(&mut self, slot: u32, page: &Page) -> Result<Vec<StoredEntry>, StoreError> {
        if page.after >= page.up_to || page.limit_entries == 0 {
            return Ok(Vec::new());
        }
        let (first, places) = self.places(slot, page)?;
        let mut entries = self.lost_before(slot, page, (!places.is_empty()).then_some(first))?;
        let mut payload_bytes = 0;
        let left = page.limit_entries - entries.len();
        let mut number = first;
        let left = left
            .min(usize::try_from(page.up_to.saturating_add(1).saturating_sub(first)).unwrap_or(usize::MAX));
        for group in places[..places.len().min(left)].chunk_by(adjoin) {
            for group in group.chunks(most_at_once(group)) {
                for record in self.records(group, entries.is_empty())? {
                    let Some(record) = record else { return Ok(entries) };
                    let entry = self.entry(record, page, number)?;
                    number += 1;
                    payload_bytes += entry.payload.len();
                    if payload_bytes > page.limit_bytes && !entries.is_empty() {
                        return Ok(entries);
                    }
                    entries.push(entry);
                }
            }
        }
        Ok(entries)
    }
}

/// A record as it was found; none where it is lost.
type Found = (Place, Option<Bytes>);

impl Pages {
    /// What is between where a page begins and the first entry that is somewhere: it has expired, or is lost.
    fn lost_before(
        &mut self,
        slot: u32,
        page: &Page,
        first: Option<u64>,
    ) -> Result<Vec<StoredEntry>, StoreError> {
        let want = page.after + 1;
        let end = match first {
            Some(first) => first,
            // Where the end is not known nothing can be missing before it.
            None if page.up_to == u64::MAX => want,
            None => page.up_to + 1,
        };
        let end = end.min(page.up_to.saturating_add(1));
        if want >= end || want < self.first_entry(slot)? {
            return Ok(Vec::new());
        }
        Ok((want..end).take(page.limit_entries).map(StoredEntry::lost).collect())
    }

    fn first_entry(&mut self, slot: u32) -> Result<u64, StoreError> {
        // One that is too new to be in there has let go of nothing.
        Ok(self.meta()?.first_entry(slot)?.unwrap_or(1))
    }

    fn is_trimmed(&mut self, segment: u32) -> Result<bool, StoreError> {
        self.meta()?.is_trimmed(segment)
    }

    fn meta(&mut self) -> Result<&mut Meta, StoreError> {
        if self.meta.is_none() {
            let folder = self.folder.parent().unwrap_or(&self.folder);
            self.meta = Some(Meta::open(&folder.join("meta.db"))?);
        }
        Ok(self.meta.as_mut().expect("opened just now"))
    }

    /// Records that stand one behind the other. The first that cannot be read now is none, and nothing follows it; where `must` it is
    /// an error.
    fn records(&mut self, group: &[Place], must: bool) -> Result<Vec<Option<Found>>, StoreError> {
        let (number, start) = group[0];
        let length: usize = group.iter().map(|(_, span)| span.bytes as usize).sum();
        let open = self.segment(number)?;
        if let Ok(bytes) = open.file.read_at(start.offset.into(), length) {
            let bytes = Bytes::from(bytes);
            let mut at = 0;
            let records = group.iter().map(|place| {
                let end = (at + place.1.bytes as usize).min(bytes.len());
                let record = bytes.slice(at.min(end)..end);
                at = end;
                Some((*place, Some(record)))
            });
            return Ok(records.collect());
        }
        // One by one: what is around a broken sector is whole.
        let mut records = Vec::new();
        for place in group {
            match self.record_alone(*place) {
                Ok(record) => records.push(Some((*place, record))),
                Err(error) if must && records.is_empty() => return Err(error),
                Err(_) => {
                    records.push(None);
                    break;
                }
            }
        }
        Ok(records)
    }

    /// None where it could not be read several times.
    fn record_alone(&mut self, place: Place) -> Result<Option<Bytes>, StoreError> {
        let (number, span) = place;
        let open = self.segment(number)?;
        match open.file.read_at(span.offset.into(), span.bytes as usize) {
            Ok(bytes) => {
                self.failing.remove(&(number, span.offset));
                Ok(Some(Bytes::from(bytes)))
            }
            Err(error) => {
                let path = open.path.clone();
                let times = self.failing.entry((number, span.offset)).or_default();
                *times = times.saturating_add(1);
                if *times < READ_AGAIN {
                    return Err(io_error("reading", &path)(error));
                }
                self.damage.note(&path, (number, span.offset), &error.to_string());
                Ok(None)
            }
        }
    }

    /// The entry in a record, which must be the one that was looked for.
    fn entry(&mut self, record: Found, page: &Page, number: u64) -> Result<StoredEntry, StoreError> {
        let ((segment, span), record) = record;
        let Some(record) = record.filter(|_| span != Span::LOST) else {
            return Ok(StoredEntry::lost(number));
        };
        let open = self.segment(segment)?;
        let what = match open.header.as_ref().map(|header| header.parse_record(&record)) {
            Some(Ok((Record::Append(new), _))) if new.log == page.log && new.entry == number => {
                return Ok(stored(new));
            }
            Some(Ok(_)) => "the index leads to another record".to_owned(),
            // It went while it was looked for.
            Some(Err(_)) if is_hole(&record) && self.is_trimmed(segment)? => {
                return Ok(StoredEntry::lost(number));
            }
            Some(Err(stop)) => stop.to_string(),
            None => "its segment's first bytes are damaged, and no batch has them".to_owned(),
        };
        let path = self.segment(segment)?.path.clone();
        self.damage.note(&path, (segment, span.offset), &what);
        Ok(StoredEntry::lost(number))
    }
}

fn open_segment(
    files: &dyn SegmentFiles,
    folder: &Path,
    number: u32,
    damage: &Damage,
) -> Result<Open, StoreError> {
    let path = segment_path(folder, number);
    let mut file = files.open_to_read(&path).map_err(io_error("opening", &path))?;
    let header = header_of(file.as_mut(), &path, number, damage)?;
    Ok(Open { number, path, file, header, index: None })
}

/// A segment's header: where that is damaged, as a batch has it. None where none does.
pub fn header_of(
    file: &mut dyn SegmentFile,
    path: &Path,
    number: u32,
    damage: &Damage,
) -> Result<Option<Header>, StoreError> {
    let reading = || io_error("reading", path);
    let head = file.read_at(0, HEADER_BYTES).map_err(reading())?;
    let what = match Header::parse(&head) {
        Ok(header) if header.number == number => return Ok(Some(header)),
        Ok(_) => "it is another segment".to_owned(),
        Err(stop) => stop.to_string(),
    };
    damage.note(path, (number, 0), &what);
    let length = u32::try_from(file.length().map_err(reading())?).unwrap_or(u32::MAX);
    let mut offset = HEADER_BYTES as u32;
    while offset < length {
        let bytes = Bytes::from(file.read_at(offset.into(), SEARCH_BYTES).map_err(reading())?);
        if let Some(header) = header_from_batch(number, &bytes, offset) {
            return Ok(Some(header));
        }
        // A batch's first record may lie across the end.
        let step = (bytes.len() as u32).saturating_sub(HEADER_BYTES as u32).max(1);
        offset = offset.saturating_add(step);
    }
    Ok(None)
}

/// The second record follows the first one in the same file.
fn adjoin((number, span): &Place, (next_number, next): &Place) -> bool {
    number == next_number && span.offset.checked_add(span.bytes) == Some(next.offset)
}

/// How many of these records are read at once.
fn most_at_once(group: &[Place]) -> usize {
    let largest = group.iter().map(|(_, span)| span.bytes).max().unwrap_or(1).max(1);
    (READ_BYTES / largest).max(1) as usize
}

fn stored(new: NewEntry) -> StoredEntry {
    StoredEntry {
        entry: new.entry,
        at_ms: new.at_ms,
        client_id: new.client_id,
        payload: new.payload,
        commit: new.commit.map(|commit| (commit.previous, commit.next_write_hash)),
        lost: false,
    }
}
