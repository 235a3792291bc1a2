//! Reads all records of all segments, whether an index leads to them or not.

use std::fs;
use std::path::{Path, PathBuf};

use bytes::Bytes;

use super::damage::Damage;
use super::errors::io_error;
use super::files::SegmentFiles;
use super::meta::Meta;
use super::pages::header_of;
use super::room::is_hole;
use crate::store::StoreError;
use crate::store::segment::{HEADER_BYTES, RECORD_BYTES, Stop, next_record, parse_records};

/// So much is read at once; at least the longest record.
const WINDOW_BYTES: usize = 2 * RECORD_BYTES;

/// Where records are damaged: the file, the byte, and what is wrong. What the newest segment ends with, and nothing whole follows, is a
/// write that was not finished.
pub fn damaged_records(
    folder: &Path,
    files: &dyn SegmentFiles,
) -> Result<Vec<(PathBuf, u64, String)>, StoreError> {
    let mut segments = Vec::new();
    for found in fs::read_dir(folder).map_err(io_error("reading", folder))? {
        let path = found.map_err(io_error("reading", folder))?.path();
        let name = path.file_name().and_then(|name| name.to_str()?.strip_suffix(".seg")?.parse::<u32>().ok());
        segments.extend(name.map(|number| (number, path)));
    }
    segments.sort();
    let newest = segments.last().map(|(number, _)| *number);
    let mut damaged = Vec::new();
    let beside = folder.parent().map(|folder| folder.join("meta.db")).filter(|meta| meta.is_file());
    let meta = beside.map(|meta| Meta::open(&meta)).transpose()?;
    for (number, path) in segments {
        let trimmed = meta.as_ref().is_some_and(|meta| meta.is_trimmed(number).unwrap_or(false));
        let reading = || io_error("reading", &path);
        let mut file = files.open_to_read(&path).map_err(io_error("opening", &path))?;
        let noted = Damage::default();
        let header = header_of(file.as_mut(), &path, number, &noted)?;
        if noted.count() > 0 {
            damaged.push((path.clone(), 0, "its first bytes are damaged".to_owned()));
        }
        let Some(header) = header else { continue };
        let length = u32::try_from(file.length().map_err(reading())?).unwrap_or(u32::MAX);
        let mut from = HEADER_BYTES as u32;
        while from < length {
            let window = Bytes::from(file.read_at(from.into(), WINDOW_BYTES).map_err(reading())?);
            let window_end = from + window.len() as u32;
            let (_, end, stop) = parse_records(&header, window, from);
            if end == length {
                break;
            }
            if stop == Stop::Incomplete && window_end < length && end > from {
                from = end;
                continue;
            }
            let rest = Bytes::from(file.read_at(end.into(), WINDOW_BYTES).map_err(reading())?);
            let next = next_record(&header, &rest, end);
            if trimmed && is_hole(&rest[..next.unwrap_or(rest.len())]) && end < length {
                from = match next {
                    Some(next) => end + next as u32,
                    None if rest.len() < WINDOW_BYTES => break,
                    None => end + RECORD_BYTES as u32,
                };
                continue;
            }
            if next.is_some() || Some(number) != newest {
                damaged.push((path.clone(), end.into(), stop.to_string()));
            }
            match next {
                Some(next) => from = end + next as u32,
                None => break,
            }
        }
    }
    Ok(damaged)
}
