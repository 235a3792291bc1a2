//! A disk that is nearly full, because a conversation takes more than its share: what is old in it goes first, before everybody is
//! refused. Its entries are lost then, and known by their numbers, as damaged ones are; commits are the last to go.
//!
//! What goes is taken out of the index, durably, and then out of the segment, where it leaves a hole. A segment with holes is noted, so
//! that they are not taken for damage.

use std::collections::HashMap;
use std::io;
use std::path::Path;
use std::sync::Arc;

use super::errors::io_error;
use super::files::SegmentFiles;
use super::index::{Index, index_path};
use super::journal::segment_path;
use super::meta::Meta;
use super::waiting::Span;
use crate::store::StoreError;
use crate::store::segment::{BATCH_BYTES, COMMIT, FRAME_BYTES};

/// What a log may take in any case: more than a busy group of a thousand people writes in a day. Fewer bytes would let a small disk
/// hold more logs of somebody who fills it, and take old messages from honest groups.
const LEAST_SHARE: u64 = 64 * 1024 * 1024;
/// A log's share of what is free.
const SHARES: u64 = 16;
/// Nearly full: less than a tenth is free, and less than this.
const LOW_BYTES: u64 = 20 * 1024 * 1024 * 1024;
/// Nothing younger than a day goes.
pub const OLD_MS: i64 = 86_400_000;
/// How often room is looked for at most: all indexes are read.
pub const EVERY_MS: i64 = 600_000;
/// Logs in one go.
const LOGS: usize = 64;

/// Free bytes of the disk with a folder, and all of them. None where that is not known.
pub type Look = Arc<dyn Fn(&Path) -> Option<(u64, u64)> + Send + Sync>;

/// As the system says it.
pub fn look(folder: &Path) -> Option<(u64, u64)> {
    disk_room(folder).ok()
}

/// Bytes that are free for this user, and all, on the disk with a folder.
pub fn disk_room(folder: &Path) -> io::Result<(u64, u64)> {
    let disk = rustix::fs::statvfs(folder)?;
    Ok((disk.f_bavail.saturating_mul(disk.f_frsize), disk.f_blocks.saturating_mul(disk.f_frsize)))
}

/// The share of each log, where the disk is nearly full.
pub fn share((free, total): (u64, u64), least: Option<u64>) -> Option<u64> {
    (free < (total / 10).min(LOW_BYTES)).then(|| (free / SHARES).max(least.unwrap_or(LEAST_SHARE)))
}

/// What is to be done.
#[derive(Debug, Clone)]
pub struct Relief {
    /// What each log may take.
    pub share: u64,
    /// Segments that are written no more, oldest first.
    pub segments: Vec<u32>,
    /// Those of them in which all is old: as many, from the first on.
    pub old: usize,
}

/// Where it is done.
pub struct Place<'a> {
    /// Of all logs.
    pub meta: &'a mut Meta,
    /// Opens segments.
    pub files: &'a dyn SegmentFiles,
    /// Has them.
    pub folder: &'a Path,
    /// Whether to go on.
    pub go_on: &'a dyn Fn() -> bool,
}

/// What of a log goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Goes {
    /// Messages, and whatever all readers have read.
    Messages,
    /// Commits too.
    All,
}

impl Place<'_> {
    /// Lets logs over their share have less. Gives the bytes that were freed.
    pub fn relieve(&mut self, relief: &Relief) -> Result<u64, StoreError> {
        if !can_punch(self.folder) {
            tracing::warn!("the disk is nearly full, and its file system cannot free parts of files");
            return Ok(0);
        }
        let mut freed = 0;
        for (slot, bytes) in self.over(relief)? {
            if !(self.go_on)() {
                break;
            }
            let Some((log, watermark)) = self.meta.name_of(slot)? else { continue };
            let mut left = bytes;
            for goes in [Goes::Messages, Goes::All] {
                for number in &relief.segments[..relief.old.min(relief.segments.len())] {
                    if left > relief.share && (self.go_on)() {
                        let most = left - relief.share;
                        left = left.saturating_sub(self.trim(*number, slot, watermark, goes, most)?);
                    }
                }
            }
            freed += bytes - left;
            // Which conversation, and not whose: nobody here knows that.
            tracing::warn!(
                ?log,
                bytes,
                share = relief.share,
                freed = bytes - left,
                "the disk is nearly full and a conversation takes more than its share: what is old in it went, and its members are told"
            );
        }
        Ok(freed)
    }

    /// Logs over their share, the largest first.
    fn over(&mut self, relief: &Relief) -> Result<Vec<(u32, u64)>, StoreError> {
        let mut bytes: HashMap<u32, u64> = HashMap::new();
        for number in &relief.segments {
            if !(self.go_on)() {
                return Ok(Vec::new());
            }
            if let Some(index) = Index::open_to_read(index_path(self.folder, *number))? {
                index.weigh(|slot, weight| *bytes.entry(slot).or_default() += weight)?;
            }
        }
        let mut over: Vec<(u32, u64)> =
            bytes.into_iter().filter(|(_, bytes)| *bytes > relief.share).collect();
        over.sort_unstable_by_key(|(slot, bytes)| (std::cmp::Reverse(*bytes), *slot));
        over.truncate(LOGS);
        Ok(over)
    }

    /// Takes entries of a log out of a segment, oldest first, until so much is free. Gives the bytes.
    fn trim(
        &mut self,
        number: u32,
        slot: u32,
        watermark: u64,
        goes: Goes,
        most: u64,
    ) -> Result<u64, StoreError> {
        let path = segment_path(self.folder, number);
        let mut file = self.files.open(&path).map_err(io_error("opening", &path))?;
        let index = Index::open(index_path(self.folder, number))?;
        let (mut holes, mut freed) = (Vec::<Span>::new(), 0);
        for (generation, mut run) in index.runs_of(slot)? {
            let mut changed = false;
            for (entry, span) in (run.first_entry..).zip(&mut run.spans) {
                if *span == Span::LOST || freed >= most {
                    continue;
                }
                let is_read = entry <= watermark;
                if goes == Goes::Messages && !is_read {
                    let kind_at = u64::from(span.offset) + FRAME_BYTES as u64;
                    let kind = file.read_at(kind_at, 1).map_err(io_error("reading", &path))?;
                    if kind == [COMMIT] {
                        continue;
                    }
                }
                freed += u64::from(span.bytes);
                match holes.last_mut() {
                    // With what begins a batch in between: nobody needs that in a segment that is written no more, and whole blocks
                    // of the disk are freed, not parts.
                    Some(hole) if (0..=BATCH_BYTES).contains(&between(hole, span)) => {
                        hole.bytes = span.offset + span.bytes - hole.offset;
                    }
                    _ => holes.push(*span),
                }
                (*span, changed) = (Span::LOST, true);
            }
            if changed {
                index.replace(generation, &run)?;
            }
        }
        if holes.is_empty() {
            return Ok(0);
        }
        // Nothing leads there any more, and what is there is known to be no damage, before it is gone.
        index.checkpoint()?;
        self.meta.mark_trimmed(number)?;
        for hole in holes {
            file.punch(hole.offset.into(), hole.bytes.into()).map_err(io_error("trimming", &path))?;
        }
        file.sync().map_err(io_error("trimming", &path))?;
        Ok(freed)
    }
}

/// Bytes between two records; negative where they are in another order.
fn between(first: &Span, second: &Span) -> i64 {
    i64::from(second.offset) - i64::from(first.offset) - i64::from(first.bytes)
}

/// Whether this is what is left where something was taken out of a segment.
pub fn is_hole(bytes: &[u8]) -> bool {
    !bytes.is_empty() && bytes.iter().all(|byte| *byte == 0)
}

/// Whether the file system frees parts of files.
fn can_punch(folder: &Path) -> bool {
    let path = folder.join("room.tmp");
    let tried = || -> io::Result<()> {
        let mut file =
            std::fs::File::options().read(true).write(true).create(true).truncate(true).open(&path)?;
        std::fs::remove_file(&path)?;
        io::Write::write_all(&mut file, &[1; 8_192])?;
        super::files::punch(&file, 0, 4_096)
    };
    tried().is_ok()
}
