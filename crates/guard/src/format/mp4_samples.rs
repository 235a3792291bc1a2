//! Where a track's samples are and when they are shown: the tables of `stbl` (ISO/IEC 14496-12 §8.6, §8.7) made one list.

use super::isobmff::{BoxAt, next_box};
use super::mp4_strip::{Table, is_inside};
use crate::Fault;
use crate::source::Source;
use std::io::{Read, Seek};

/// One frame, or a little sound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sample {
    pub offset: u64,
    pub size: u32,
    /// On the track's clock.
    pub duration: u32,
    /// From when it is decoded to when it is shown.
    pub shift: i32,
    pub is_key: bool,
}

/// The tables of a track.
#[derive(Default)]
pub(crate) struct Samples {
    chunks: Option<Table>,
    runs: Option<Table>,
    sizes: Option<Table>,
    one_size: u64,
    count: u64,
    times: Option<Table>,
    shifts: Option<Table>,
    keys: Option<Table>,
}

impl Samples {
    /// All samples in the order of the file, each within one of the ranges of `data`. At most `room`.
    pub fn read<R: Read + Seek>(
        source: &mut Source<R>,
        stbl: &BoxAt,
        data: &[(u64, u64)],
        room: usize,
    ) -> Result<Vec<Sample>, Fault> {
        let mut tables = Self::default();
        let mut at = stbl.body;
        while let Some(child) = next_box(source, at, stbl.end, false)? {
            at = child.end;
            match &child.kind {
                b"stco" => tables.chunks = Some(Table::new(source, &child, 4, 4)?),
                b"co64" => tables.chunks = Some(Table::new(source, &child, 4, 8)?),
                b"stsc" => tables.runs = Some(Table::new(source, &child, 4, 12)?),
                b"stts" => tables.times = Some(Table::new(source, &child, 4, 8)?),
                b"ctts" => tables.shifts = Some(Table::new(source, &child, 4, 8)?),
                b"stss" => tables.keys = Some(Table::new(source, &child, 4, 4)?),
                b"stsz" => {
                    child.at_least(12)?;
                    tables.one_size = source.be32(child.body + 4)?.into();
                    tables.count = source.be32(child.body + 8)?.into();
                    if tables.one_size == 0 {
                        tables.sizes = Some(Table::new(source, &child, 8, 4)?);
                    }
                }
                b"stz2" => return Err(Fault::TooMuch("it lists its parts in an unusual way")),
                _ => {}
            }
        }
        if tables.count > room as u64 {
            return Err(Fault::TooMuch("it has too many parts"));
        }
        tables.all(source, data)
    }

    fn all<R: Read + Seek>(
        mut self,
        source: &mut Source<R>,
        data: &[(u64, u64)],
    ) -> Result<Vec<Sample>, Fault> {
        const INCOMPLETE: Fault = Fault::Malformed("a track of it is incomplete");
        let mut samples = self.placed(source, data)?;
        let mut times = Runs::new(self.times.take().ok_or(INCOMPLETE)?);
        let mut shifts = self.shifts.take().map(Runs::new);
        let mut key = match &mut self.keys {
            Some(keys) if keys.count > 0 => keys.number(source, 0, 0)?,
            Some(_) => u64::MAX,
            None => 0,
        };
        let mut key_row = 0;
        for (number, sample) in (1u64..).zip(&mut samples) {
            source.step()?;
            sample.duration = times.next(source)?;
            if let Some(shifts) = &mut shifts {
                // Version 0 says unsigned, and everybody writes signed ones.
                sample.shift = shifts.next(source)?.cast_signed();
            }
            sample.is_key = self.keys.is_none() || number == key;
            if number == key
                && let Some(keys) = &mut self.keys
            {
                key_row += 1;
                key = if key_row < keys.count { keys.number(source, key_row, 0)? } else { u64::MAX };
                if key <= number {
                    return Err(Fault::Malformed("its parts are not in order"));
                }
            }
        }
        Ok(samples)
    }

    /// §8.7.4, §8.7.5: chunks are runs of samples somewhere in `mdat`.
    fn placed<R: Read + Seek>(
        &mut self,
        source: &mut Source<R>,
        data: &[(u64, u64)],
    ) -> Result<Vec<Sample>, Fault> {
        let (Some(chunks), Some(runs)) = (&mut self.chunks, &mut self.runs) else {
            return Err(Fault::Malformed("a track of it is incomplete"));
        };
        let mut samples = Vec::with_capacity(self.count as usize);
        let (mut run, mut per_chunk) = (0, 0);
        let mut next_run_at = if runs.count > 0 { runs.number(source, 0, 0)? } else { u64::MAX };
        for chunk in 0..chunks.count {
            source.step()?;
            while chunk + 1 >= next_run_at {
                per_chunk = runs.number(source, run, 4)?;
                run += 1;
                next_run_at = if run < runs.count { runs.number(source, run, 0)? } else { u64::MAX };
            }
            let mut offset = chunks.number(source, chunk, 0)?;
            for _ in 0..per_chunk {
                if samples.len() as u64 >= self.count {
                    return Ok(samples);
                }
                let size = match &mut self.sizes {
                    Some(sizes) => sizes.number(source, samples.len() as u64, 0)?,
                    None => self.one_size,
                };
                let end = offset.saturating_add(size);
                if !is_inside(data, offset, end) {
                    return Err(Fault::Malformed("a part of it is not where it should be"));
                }
                let size =
                    u32::try_from(size).map_err(|_| Fault::TooMuch("it has a part that is too long"))?;
                samples.push(Sample { offset, size, duration: 0, shift: 0, is_key: false });
                offset = end;
            }
        }
        Ok(samples)
    }
}

/// A table of `(how many, what)`.
struct Runs {
    table: Table,
    row: u64,
    left: u64,
    value: u32,
}

impl Runs {
    fn new(table: Table) -> Self {
        Self { table, row: 0, left: 0, value: 0 }
    }

    /// What the next sample has; a table that ends early leaves the rest at its last value.
    fn next<R: Read + Seek>(&mut self, source: &mut Source<R>) -> Result<u32, Fault> {
        while self.left == 0 && self.row < self.table.count {
            source.step()?;
            let row = self.table.number(source, self.row, 0)?;
            (self.left, self.value) = (row >> 32, row as u32);
            self.row += 1;
        }
        self.left = self.left.saturating_sub(1);
        Ok(self.value)
    }
}
