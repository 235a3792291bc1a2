//! Indexes that are missing or damaged are made again: all that is in them is in their segments.

use std::collections::HashMap;
use std::io::ErrorKind;
use std::path::Path;

use bytes::Bytes;
use casemate_wire::ids::LogId;

use super::damage::Damage;
use super::errors::io_error;
use super::files::SegmentFiles;
use super::index::{Index, index_path};
use super::journal::{Sealed, segment_path};
use super::meta::Meta;
use super::pages::header_of;
use super::room::is_hole;
use super::waiting::{Layer, Span};
use crate::store::StoreError;
use crate::store::segment::{HEADER_BYTES, RECORD_BYTES, Record, Stop, next_record, parse_records};

/// So much is read at once; at least the longest record.
const WINDOW_BYTES: usize = 2 * RECORD_BYTES;
/// Entries that are in memory at once.
const LAYER: usize = 500_000;

/// Makes those of sealed segments that are not whole.
pub fn what_is_missing(
    meta: &Meta,
    files: &dyn SegmentFiles,
    folder: &Path,
    indexed: &[Sealed],
    damage: &Damage,
) -> Result<(), StoreError> {
    for segment in indexed {
        if reach_of(files, folder, segment.number)? < segment.bytes {
            let path = index_path(folder, segment.number);
            tracing::warn!(file = %path.display(), "an index is missing or damaged; it is made again");
            remove(files, folder, segment.number)?;
            make(meta, files, folder, segment, damage)?;
        }
    }
    Ok(())
}

/// Up to where a segment is indexed: 0 where there is no index, or none that can be read, which is removed.
pub fn reach_of(files: &dyn SegmentFiles, folder: &Path, number: u32) -> Result<u32, StoreError> {
    let path = index_path(folder, number);
    if !path.exists() {
        return Ok(0);
    }
    match Index::open(path.clone()).and_then(|index| index.reach()) {
        Err(error @ (StoreError::Damaged { .. } | StoreError::Sqlite { .. })) => {
            tracing::warn!(file = %path.display(), %error, "an index cannot be read; it is made again");
            remove(files, folder, number)?;
            Ok(0)
        }
        reach => reach,
    }
}

fn remove(files: &dyn SegmentFiles, folder: &Path, number: u32) -> Result<(), StoreError> {
    let path = index_path(folder, number);
    for suffix in ["-wal", "-shm", ""] {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        match files.remove(Path::new(&name)) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                return Err(io_error("removing", &path)(error));
            }
            _ => {}
        }
    }
    Ok(())
}

fn make(
    meta: &Meta,
    files: &dyn SegmentFiles,
    folder: &Path,
    segment: &Sealed,
    damage: &Damage,
) -> Result<(), StoreError> {
    let number = segment.number;
    let path = segment_path(folder, number);
    let reading = || io_error("reading", &path);
    let mut file = files.open_to_read(&path).map_err(io_error("opening", &path))?;
    // Without a header nothing of it can be read, and its entries are lost.
    let header = header_of(file.as_mut(), &path, number, damage)?;
    let length = u32::try_from(file.length().map_err(reading())?).unwrap_or(u32::MAX);
    let trimmed = meta.is_trimmed(number)?;
    let mut index = Index::open(index_path(folder, number))?;
    let mut slots: HashMap<LogId, Option<u32>> = HashMap::new();
    let mut layer = Layer::new(number, 0);
    let mut from = HEADER_BYTES as u32;
    while let Some(header) = header.filter(|_| from < length) {
        let window = Bytes::from(file.read_at(from.into(), WINDOW_BYTES).map_err(reading())?);
        let window_end = from + window.len() as u32;
        let (records, end, stop) = parse_records(&header, window, from);
        for (offset, bytes, record) in records {
            let Record::Append(new) = record else { continue };
            let slot = match slots.get(&new.log) {
                Some(slot) => *slot,
                None => {
                    let slot = meta.log(new.log)?.map(|(state, _)| state.slot);
                    slots.insert(new.log, slot);
                    slot
                }
            };
            let Some(slot) = slot else { continue };
            layer.fill(slot, new.entry);
            if !layer.add(slot, new.entry, Span { offset, bytes }) {
                damage.note(&path, (number, offset), "its number is another entry's");
            }
        }
        if layer.rows() >= LAYER {
            layer.reach = end;
            index.add(&layer, || true)?;
            layer = Layer::new(number, end);
        }
        if stop == Stop::Incomplete && window_end < length && end > from {
            from = end;
            continue;
        }
        // As far as its longest record reaches; behind that nothing of one batch is.
        let rest = Bytes::from(file.read_at(end.into(), WINDOW_BYTES).map_err(reading())?);
        let next = next_record(&header, &rest, end);
        let is_hole = trimmed && is_hole(&rest[..next.unwrap_or(rest.len())]);
        if end < length && !is_hole {
            damage.note(&path, (number, end), &stop.to_string());
        }
        match next {
            Some(next) => from = end + next as u32,
            None if rest.len() < WINDOW_BYTES => break,
            None => from = end + RECORD_BYTES as u32,
        }
    }
    layer.reach = segment.bytes;
    index.add(&layer, || true)?;
    index.save_reach(segment.bytes)?;
    index.checkpoint()
}
