//! Taking the metadata out of MP4 and QuickTime, in place.
//!
//! Boxes that are not needed to play become `free` boxes of zeros, times become zero, and tracks that are neither
//! picture nor sound disappear with their samples. Everything keeps its offset; rotation (the track's matrix) and edit
//! lists stay.

use super::heif;
use super::isobmff::{BoxAt, next_box};
use super::mp4::{Movie, Track};
use super::mp4_messages;
use super::patch::Patches;
use crate::source::Source;
use crate::{Fault, MediaType, limits};
use std::io::{Read, Seek, Write};

pub(crate) fn strip<R: Read + Seek>(
    source: &mut Source<R>,
    output: &mut impl Write,
    media_type: MediaType,
) -> Result<u64, Fault> {
    let movie = Movie::read(source)?;
    if movie.media_type() != media_type {
        return Err(Fault::Malformed("it is another kind of file"));
    }
    let length = source.length();
    let mut patches = Patches::default();
    let mut at = 0;
    while let Some(child) = next_box(source, at, length, true)? {
        at = child.end;
        match &child.kind {
            b"ftyp" | b"styp" | b"mdat" | b"sidx" | b"ssix" | b"mfra" => {}
            b"moov" => blank_movie(source, &child, &mut patches)?,
            b"moof" => blank_fragment(source, &child, &mut patches)?,
            _ => child.blank(&mut patches)?,
        }
    }
    let dropped: Vec<&Track> = movie.tracks.iter().filter(|track| !track.is_kept()).collect();
    if movie.is_fragmented && !dropped.is_empty() {
        return Err(Fault::TooMuch("it holds data beside picture and sound, in fragments"));
    }
    for track in dropped {
        walk_samples(source, track, &movie.data, Walk::Chunks, &mut |_, start, end| {
            patches.zero(start, end - start)
        })?;
    }
    mp4_messages::blank(source, &movie, &mut patches)?;
    patches.apply(source, length, output)
}

/// The `moov` box.
pub(crate) fn blank_movie<R: Read + Seek>(
    source: &mut Source<R>,
    moov: &BoxAt,
    patches: &mut Patches,
) -> Result<(), Fault> {
    let dropped = dropped_tracks(source, moov)?;
    Blank { source, patches, dropped: &dropped }.children(moov, Inside::Movie, 0)
}

/// A `moof` box: user data and the like inside it.
fn blank_fragment<R: Read + Seek>(
    source: &mut Source<R>,
    moof: &BoxAt,
    patches: &mut Patches,
) -> Result<(), Fault> {
    Blank { source, patches, dropped: &[] }.children(moof, Inside::Fragment, 0)
}

/// Numbers of the tracks that go.
fn dropped_tracks<R: Read + Seek>(source: &mut Source<R>, moov: &BoxAt) -> Result<Vec<(u64, u32)>, Fault> {
    let mut dropped = Vec::new();
    let mut at = moov.body;
    while let Some(child) = next_box(source, at, moov.end, false)? {
        at = child.end;
        if &child.kind == b"trak" {
            let track = Track::read(source, child)?;
            if !track.is_kept() {
                dropped.push((child.start, track.number));
            }
        }
    }
    Ok(dropped)
}

/// Which list of allowed children applies.
#[derive(Clone, Copy)]
enum Inside {
    Movie,
    Track,
    Media,
    MediaInformation,
    SampleTable,
    Fragment,
    TrackFragment,
}

/// What becomes of a box.
enum Fate {
    Keep,
    Open(Inside),
    /// Two times, zeroed.
    Times,
    /// `hdlr`, whose name is free text.
    Handler,
    References,
    DataReferences,
    SampleEntries,
    Blank,
}

fn fate(inside: Inside, kind: &[u8; 4]) -> Fate {
    match (inside, kind) {
        (Inside::Movie, b"mvhd") | (Inside::Track, b"tkhd") | (Inside::Media, b"mdhd") => Fate::Times,
        (Inside::Movie, b"trak") => Fate::Open(Inside::Track),
        (Inside::Movie, b"mvex" | b"iods") => Fate::Keep,
        (Inside::Track, b"mdia") => Fate::Open(Inside::Media),
        (Inside::Track, b"edts" | b"tapt" | b"clip" | b"matt" | b"load" | b"trgr") => Fate::Keep,
        (Inside::Track, b"tref") => Fate::References,
        (Inside::Media, b"minf") => Fate::Open(Inside::MediaInformation),
        (Inside::Media | Inside::MediaInformation, b"hdlr") => Fate::Handler,
        (Inside::Media, b"elng") => Fate::Keep,
        (Inside::MediaInformation, b"vmhd" | b"smhd" | b"nmhd" | b"sthd" | b"hmhd" | b"gmhd") => Fate::Keep,
        (Inside::MediaInformation, b"dinf") => Fate::DataReferences,
        (Inside::MediaInformation, b"stbl") => Fate::Open(Inside::SampleTable),
        (Inside::SampleTable, b"stsd") => Fate::SampleEntries,
        (
            Inside::SampleTable,
            b"stts" | b"ctts" | b"stsc" | b"stsz" | b"stz2" | b"stco" | b"co64" | b"stss" | b"sdtp" | b"sbgp"
            | b"sgpd" | b"subs" | b"saiz" | b"saio" | b"cslg" | b"stdp" | b"stsh" | b"padb" | b"stps",
        ) => Fate::Keep,
        (Inside::Fragment, b"mfhd") => Fate::Keep,
        (Inside::Fragment, b"traf") => Fate::Open(Inside::TrackFragment),
        (
            Inside::TrackFragment,
            b"tfhd" | b"tfdt" | b"trun" | b"sbgp" | b"sgpd" | b"subs" | b"saiz" | b"saio" | b"sdtp",
        ) => Fate::Keep,
        _ => Fate::Blank,
    }
}

struct Blank<'a, R> {
    source: &'a mut Source<R>,
    patches: &'a mut Patches,
    /// Offset and number.
    dropped: &'a [(u64, u32)],
}

impl<R: Read + Seek> Blank<'_, R> {
    fn children(&mut self, parent: &BoxAt, inside: Inside, depth: usize) -> Result<(), Fault> {
        if depth > limits::NESTING {
            return Err(Fault::TooMuch("its parts are nested too deeply"));
        }
        let mut at = parent.body;
        while let Some(child) = next_box(self.source, at, parent.end, false)? {
            at = child.end;
            if self.dropped.iter().any(|(start, _)| *start == child.start) {
                child.blank(self.patches)?;
                continue;
            }
            match fate(inside, &child.kind) {
                Fate::Keep => {}
                Fate::Open(inner) => self.children(&child, inner, depth + 1)?,
                Fate::Times => self.times(&child)?,
                // §8.4.3: the type, 12 reserved bytes (QuickTime: who wrote it), then the name. Zeros are none.
                Fate::Handler => {
                    self.patches.zero(child.body + 12, child.body_length().saturating_sub(12))?;
                }
                Fate::References => self.references(&child)?,
                Fate::DataReferences => self.data_references(&child)?,
                Fate::SampleEntries => self.sample_entries(&child)?,
                Fate::Blank => child.blank(self.patches)?,
            }
        }
        Ok(())
    }

    /// Creation and modification time follow version and flags.
    fn times(&mut self, header: &BoxAt) -> Result<(), Fault> {
        let (version, body) = header.full(self.source)?;
        let length = if version == 0 { 8 } else { 16 };
        header.at_least(4 + length)?;
        self.patches.zero(body, length)
    }

    /// References to tracks that go, go too.
    fn references(&mut self, tref: &BoxAt) -> Result<(), Fault> {
        let mut at = tref.body;
        while let Some(reference) = next_box(self.source, at, tref.end, false)? {
            at = reference.end;
            let count = (reference.body_length() / 4).min(limits::TRACKS as u64);
            for index in 0..count {
                let number = self.source.be32(reference.body + index * 4)?;
                if self.dropped.iter().any(|(_, dropped)| *dropped == number) {
                    reference.blank(self.patches)?;
                    break;
                }
            }
        }
        Ok(())
    }

    /// §8.7.2: where the samples are: only "in this file" is taken. Anything else names a file or an address.
    fn data_references(&mut self, dinf: &BoxAt) -> Result<(), Fault> {
        let mut at = dinf.body;
        while let Some(dref) = next_box(self.source, at, dinf.end, false)? {
            at = dref.end;
            if &dref.kind != b"dref" {
                dref.blank(self.patches)?;
                continue;
            }
            dref.at_least(8)?;
            let mut entry_at = dref.body + 8;
            while let Some(entry) = next_box(self.source, entry_at, dref.end, false)? {
                entry_at = entry.end;
                let (_, body) = entry.full(self.source)?;
                if self.source.u8(body - 1)? & 1 == 0 {
                    return Err(Fault::Malformed("a part of it is in another file"));
                }
                self.patches.zero(body, entry.end - body)?;
            }
        }
        Ok(())
    }

    /// §12.1.3: the name of the compressor, which cameras fill with their own, and QuickTime's vendor.
    fn sample_entries(&mut self, stsd: &BoxAt) -> Result<(), Fault> {
        stsd.at_least(8)?;
        let mut at = stsd.body + 8;
        while let Some(entry) = next_box(self.source, at, stsd.end, false)? {
            at = entry.end;
            const VENDOR: u64 = 20;
            const NAME: u64 = 50;
            let is_visual = matches!(
                &entry.kind,
                b"avc1"
                    | b"avc3"
                    | b"hvc1"
                    | b"hev1"
                    | b"av01"
                    | b"vp08"
                    | b"vp09"
                    | b"mp4v"
                    | b"jpeg"
                    | b"apch"
                    | b"apcn"
                    | b"apcs"
                    | b"apco"
                    | b"ap4h"
                    | b"dvh1"
                    | b"dvhe"
                    | b"encv"
                    | b"s263"
                    | b"mjpa"
                    | b"mjpb"
            );
            if is_visual && entry.start + NAME + 32 <= entry.end {
                self.patches.zero(entry.start + VENDOR, 4)?;
                self.patches.zero(entry.start + NAME, 32)?;
                self.visual_boxes(&entry)?;
            }
        }
        Ok(())
    }
}

/// Boxes behind the fixed fields of a visual sample entry, of which QuickTime has some without any.
pub(crate) const VISUAL_FIELDS: u64 = 86;

impl<R: Read + Seek> Blank<'_, R> {
    /// What a description of pictures carries beside what decodes them: a screen's profile, boxes of the camera's own.
    fn visual_boxes(&mut self, entry: &BoxAt) -> Result<(), Fault> {
        let mut at = entry.start + VISUAL_FIELDS;
        while at < entry.end
            && let Some(child) = next_box(self.source, at, entry.end, false)?
        {
            at = child.end;
            match &child.kind {
                b"colr" => heif::blank_profile(self.source, child.body, child.end, self.patches)?,
                b"uuid" | b"udta" | b"meta" => child.blank(self.patches)?,
                _ => {}
            }
        }
        Ok(())
    }
}

/// What [`walk_samples`] stops at.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Walk {
    Samples,
    /// Runs of them.
    Chunks,
}

/// Where a track's samples begin and end: §8.7.4, §8.7.3, §8.7.5: chunks are runs of samples somewhere in `mdat`.
pub(crate) fn walk_samples<R: Read + Seek>(
    source: &mut Source<R>,
    track: &Track,
    data: &[(u64, u64)],
    walk: Walk,
    visit: &mut dyn FnMut(&mut Source<R>, u64, u64) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let mut chunks = None;
    let mut runs = None;
    let mut sizes = None;
    let mut at = track.samples.body;
    while let Some(child) = next_box(source, at, track.samples.end, false)? {
        at = child.end;
        match &child.kind {
            b"stco" => chunks = Some(Table::new(source, &child, 4, 4)?),
            b"co64" => chunks = Some(Table::new(source, &child, 4, 8)?),
            b"stsc" => runs = Some(Table::new(source, &child, 4, 12)?),
            b"stsz" => {
                child.at_least(8)?;
                let one_size = source.be32(child.body + 4)?;
                let table = if one_size == 0 { Some(Table::new(source, &child, 8, 4)?) } else { None };
                sizes = Some((u64::from(one_size), table));
            }
            b"stz2" => return Err(Fault::TooMuch("it lists its parts in an unusual way")),
            _ => {}
        }
    }
    let (Some(mut chunks), Some(mut runs), Some((one_size, mut sizes))) = (chunks, runs, sizes) else {
        return Err(Fault::Malformed("a track of it is incomplete"));
    };
    let mut sample = 0;
    let mut run = 0;
    let mut samples_per_chunk = 0;
    let mut next_run_at = if runs.count > 0 { runs.number(source, 0, 0)? } else { u64::MAX };
    for chunk in 0..chunks.count {
        while chunk + 1 >= next_run_at {
            samples_per_chunk = runs.number(source, run, 4)?;
            run += 1;
            next_run_at = if run < runs.count { runs.number(source, run, 0)? } else { u64::MAX };
        }
        let start = chunks.number(source, chunk, 0)?;
        let mut end = start;
        let mut visit_within = |source: &mut Source<R>, start: u64, end: u64| {
            if !is_inside(data, start, end) {
                return Err(Fault::Malformed("a part of it is not where it should be"));
            }
            visit(source, start, end)
        };
        if sizes.is_none() && walk == Walk::Chunks {
            end = start.saturating_add(one_size.saturating_mul(samples_per_chunk));
        } else {
            for _ in 0..samples_per_chunk {
                source.step()?;
                let size = match &mut sizes {
                    Some(sizes) => sizes.number(source, sample, 0)?,
                    None => one_size,
                };
                sample += 1;
                let next = end.saturating_add(size);
                if walk == Walk::Samples {
                    visit_within(source, end, next)?;
                }
                end = next;
            }
        }
        if walk == Walk::Chunks {
            visit_within(source, start, end)?;
        }
    }
    Ok(())
}

/// Is the range within one of the ranges, which are in order and apart?
pub(crate) fn is_inside(ranges: &[(u64, u64)], start: u64, end: u64) -> bool {
    let after = ranges.partition_point(|(from, _)| *from <= start);
    after > 0 && end <= ranges[after - 1].1
}

/// A table of equal rows in a full box, read in blocks.
pub(crate) struct Table {
    rows: u64,
    row_length: u64,
    pub count: u64,
    block: Vec<u8>,
    block_start: u64,
}

impl Table {
    /// The row count is at `count_at` of the body.
    pub fn new<R: Read + Seek>(
        source: &mut Source<R>,
        table: &BoxAt,
        count_at: u64,
        row_length: u64,
    ) -> Result<Self, Fault> {
        table.at_least(count_at + 4)?;
        let count = u64::from(source.be32(table.body + count_at)?);
        table.at_least(count_at + 4 + count * row_length)?;
        let rows = table.body + count_at + 4;
        Ok(Self { rows, row_length, count, block: Vec::new(), block_start: 0 })
    }

    /// The 32-bit (in rows of eight, the 64-bit) number at `at` of a row.
    pub fn number<R: Read + Seek>(
        &mut self,
        source: &mut Source<R>,
        row: u64,
        at: u64,
    ) -> Result<u64, Fault> {
        if row >= self.count {
            return Err(Fault::Malformed("a track of it is incomplete"));
        }
        const ROWS: u64 = 2048;
        if self.block.is_empty() || row < self.block_start || row >= self.block_start + ROWS {
            self.block_start = row;
            let rows = ROWS.min(self.count - row);
            let bytes = source.bytes(self.rows + row * self.row_length, (rows * self.row_length) as usize)?;
            self.block = bytes.to_vec();
        }
        let start = ((row - self.block_start) * self.row_length + at) as usize;
        let length = if self.row_length == 8 { 8 } else { 4 };
        Ok(self.block[start..start + length].iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte)))
    }
}
