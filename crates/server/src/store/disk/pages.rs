//! Reads entries: first where they are, in memory and in the indexes, then the records themselves.

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use bytes::Bytes;

use super::errors::io_error;
use super::files::{SegmentFile, SegmentFiles};
use super::index::{Index, index_path};
use super::journal::segment_path;
use super::waiting::{Place, Span, Waiting};
use crate::store::segment::{HEADER_BYTES, Header, Record};
use crate::store::{NewEntry, Page, PageReader, StoreError, StoredEntry};

/// Segments that are held open: most reads are about the newest one or two. More costs two files and a megabyte
/// each.
const OPEN_SEGMENTS: usize = 8;
/// Neighbouring records are read at once up to so many bytes.
const READ_BYTES: u32 = 256 * 1024;

/// The numbers of all segments, oldest first, shared with the store.
pub type Segments = Arc<RwLock<Vec<u32>>>;

/// A reader with files and connections of its own.
pub struct Pages {
    folder: PathBuf,
    files: Arc<dyn SegmentFiles>,
    waiting: Waiting,
    segments: Segments,
    /// The one used last is the last.
    open: Vec<Open>,
}

struct Open {
    number: u32,
    path: PathBuf,
    file: Box<dyn SegmentFile>,
    header: Header,
    /// None until something has been indexed.
    index: Option<Index>,
}

impl Pages {
    /// For a folder of segments.
    pub fn new(folder: PathBuf, files: Arc<dyn SegmentFiles>, waiting: Waiting, segments: Segments) -> Self {
        Self { folder, files, waiting, segments, open: Vec::new() }
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
                open_segment(self.files.as_ref(), &self.folder, number)?
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
        let mut entries: Vec<StoredEntry> = Vec::new();
        let mut payload_bytes = 0;
        for group in places.chunk_by(adjoin) {
            for group in group.chunks(most_at_once(group)) {
                let (number, start) = group[0];
                let open = self.segment(number)?;
                let length: usize = group.iter().map(|(_, span)| span.bytes as usize).sum();
                let bytes = open
                    .file
                    .read_at(start.offset.into(), length)
                    .map_err(io_error("reading", &open.path))?;
                let bytes = Bytes::from(bytes);
                let mut at = 0;
                for (_, span) in group {
                    let end = (at + span.bytes as usize).min(bytes.len());
                    let number = first + entries.len() as u64;
                    let new = open.entry(&bytes.slice(at.min(end)..end), *span, page, number)?;
                    at = end;
                    payload_bytes += new.payload.len();
                    if payload_bytes > page.limit_bytes && !entries.is_empty() {
                        return Ok(entries);
                    }
                    entries.push(stored(new));
                }
            }
        }
        Ok(entries)
    }
}

impl Open {
    /// The entry in a record, which must be the one that was looked for.
    fn entry(&self, record: &Bytes, span: Span, page: &Page, number: u64) -> Result<NewEntry, StoreError> {
        let what = match self.header.parse_record(record) {
            Ok((Record::Append(new), _)) if new.log == page.log && new.entry == number => return Ok(new),
            Ok(_) => "the index leads to another record".to_owned(),
            Err(stop) => stop.to_string(),
        };
        Err(StoreError::Damaged { file: self.path.clone(), offset: span.offset.into(), what })
    }
}

fn open_segment(files: &dyn SegmentFiles, folder: &Path, number: u32) -> Result<Open, StoreError> {
    let path = segment_path(folder, number);
    let mut file = files.open_to_read(&path).map_err(io_error("opening", &path))?;
    let head = file.read_at(0, HEADER_BYTES).map_err(io_error("reading", &path))?;
    let header = Header::parse(&head).map_err(|stop| StoreError::Damaged {
        file: path.clone(),
        offset: 0,
        what: stop.to_string(),
    })?;
    Ok(Open { number, path, file, header, index: None })
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
    }
}
