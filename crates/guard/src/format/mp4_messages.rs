//! What stands between the pictures of an MP4 or QuickTime, in its samples: whole or in fragments. See [`super::nal`].

use super::isobmff::{BoxAt, find, next_box};
use super::mp4::{Movie, Track};
use super::mp4_strip::{VISUAL_FIELDS, Walk, is_inside, walk_samples};
use super::nal::{Codec, Units};
use super::patch::Patches;
use crate::Fault;
use crate::source::Source;
use std::io::{Read, Seek};

/// In all samples of all tracks of H.264 and H.265, and in what sets up their decoders.
pub(crate) fn blank<R: Read + Seek>(
    source: &mut Source<R>,
    movie: &Movie,
    patches: &mut Patches,
) -> Result<(), Fault> {
    let mut tracks = Vec::new();
    for track in movie.tracks.iter().filter(|track| track.is_kept()) {
        let Some(units) = units(source, track, patches)? else { continue };
        walk_samples(source, track, &movie.data, Walk::Samples, &mut |source, start, end| {
            units.blank(source, start, end, patches)
        })?;
        tracks.push((track.number, units));
    }
    if !movie.is_fragmented || tracks.is_empty() {
        return Ok(());
    }
    let length = source.length();
    let mut at = 0;
    while let Some(child) = next_box(source, at, length, true)? {
        at = child.end;
        if &child.kind == b"moof" {
            Fragment { movie, tracks: &tracks, moof: child, last: child.start }.blank(source, patches)?;
        }
    }
    Ok(())
}

/// How its samples are made up, by what sets up the decoder. None: they are of another kind, or encrypted.
fn units<R: Read + Seek>(
    source: &mut Source<R>,
    track: &Track,
    patches: &mut Patches,
) -> Result<Option<Units>, Fault> {
    let Some(stsd) = find(source, track.samples.body, track.samples.end, b"stsd")? else { return Ok(None) };
    stsd.at_least(8)?;
    let mut units = None;
    let mut at = stsd.body + 8;
    while let Some(entry) = next_box(source, at, stsd.end, false)? {
        at = entry.end;
        let codec = match &entry.kind {
            b"avc1" | b"avc2" | b"avc3" | b"avc4" | b"dva1" | b"dvav" => Codec::Avc,
            b"hvc1" | b"hev1" | b"dvh1" | b"dvhe" => Codec::Hevc,
            _ => continue,
        };
        let setup = if codec == Codec::Avc { b"avcC" } else { b"hvcC" };
        let boxes = entry.start + VISUAL_FIELDS;
        if boxes > entry.end {
            return Err(INCOMPLETE);
        }
        let setup = find(source, boxes, entry.end, setup)?.ok_or(INCOMPLETE)?;
        let found = Units::read(source, codec, setup.body, setup.end, patches)?;
        if units.replace(found).is_some_and(|before| before != found) {
            return Err(Fault::TooMuch("its pictures are of several kinds"));
        }
    }
    Ok(units)
}

const INCOMPLETE: Fault = Fault::Malformed("a track of it is incomplete");

/// One `moof` (§8.8.4).
struct Fragment<'a> {
    movie: &'a Movie,
    tracks: &'a [(u32, Units)],
    moof: BoxAt,
    /// Where the samples before end, of any track.
    last: u64,
}

impl Fragment<'_> {
    fn blank<R: Read + Seek>(mut self, source: &mut Source<R>, patches: &mut Patches) -> Result<(), Fault> {
        let mut at = self.moof.body;
        while let Some(traf) = next_box(source, at, self.moof.end, false)? {
            at = traf.end;
            if &traf.kind == b"traf" {
                self.track(source, &traf, patches)?;
            }
        }
        Ok(())
    }

    fn track<R: Read + Seek>(
        &mut self,
        source: &mut Source<R>,
        traf: &BoxAt,
        patches: &mut Patches,
    ) -> Result<(), Fault> {
        // §8.8.7: which track, and where its samples are counted from.
        let tfhd = find(source, traf.body, traf.end, b"tfhd")?.ok_or(INCOMPLETE)?;
        let flags = source.be32(tfhd.body)?;
        let number = source.be32(tfhd.body + 4)?;
        let length: u64 = FIELDS.iter().filter(|(flag, _)| flags & flag != 0).map(|(_, length)| length).sum();
        tfhd.at_least(8 + length)?;
        let from = match flags {
            _ if flags & 0x1 != 0 => source.be64(tfhd.body + 8)?,
            _ if flags & 0x2_0000 != 0 => self.moof.start,
            _ => self.last,
        };
        let one_size = if flags & 0x10 != 0 {
            let before = FIELDS[..3].iter().filter(|(flag, _)| flags & flag != 0).map(|(_, length)| length);
            source.be32(tfhd.body + 8 + before.sum::<u64>())?
        } else {
            self.usual_size(source, number)?
        };
        let units = self.tracks.iter().find(|(known, _)| *known == number).map(|(_, units)| *units);

        self.last = from;
        let mut at = traf.body;
        while let Some(trun) = next_box(source, at, traf.end, false)? {
            at = trun.end;
            if &trun.kind != b"trun" {
                continue;
            }
            // §8.8.8: a row for each sample, of up to four numbers.
            trun.at_least(8)?;
            let flags = source.be32(trun.body)?;
            let count = u64::from(source.be32(trun.body + 4)?);
            let mut row_at = trun.body + 8;
            if flags & 0x1 != 0 {
                let shift = source.be32(row_at)?.cast_signed();
                self.last = from.checked_add_signed(shift.into()).ok_or(INCOMPLETE)?;
                row_at += 4;
            }
            row_at += u64::from(flags & 0x4);
            let row = 4 * u64::from((flags >> 8 & 0xF).count_ones());
            trun.at_least(row_at - trun.body + count * row)?;
            for _ in 0..count {
                source.step()?;
                let size = if flags & 0x200 == 0 {
                    one_size
                } else {
                    source.be32(row_at + if flags & 0x100 != 0 { 4 } else { 0 })?
                };
                row_at += row;
                let (start, end) = (self.last, self.last.saturating_add(size.into()));
                if let Some(units) = units {
                    if !is_inside(&self.movie.data, start, end) {
                        return Err(Fault::Malformed("a part of it is not where it should be"));
                    }
                    units.blank(source, start, end, patches)?;
                }
                self.last = end;
            }
        }
        Ok(())
    }

    /// §8.8.3: how large a track's samples are where a fragment does not say.
    fn usual_size<R: Read + Seek>(&self, source: &mut Source<R>, number: u32) -> Result<u32, Fault> {
        let moov = &self.movie.moov;
        let Some(mvex) = find(source, moov.body, moov.end, b"mvex")? else { return Ok(0) };
        let mut at = mvex.body;
        while let Some(trex) = next_box(source, at, mvex.end, false)? {
            at = trex.end;
            if &trex.kind == b"trex" {
                trex.at_least(24)?;
                if source.be32(trex.body + 4)? == number {
                    return source.be32(trex.body + 16);
                }
            }
        }
        Ok(0)
    }
}

/// §8.8.7.2: where its samples are counted from, which description, how long they last, how large they are, what they are.
const FIELDS: [(u32, u64); 5] = [(0x1, 8), (0x2, 4), (0x8, 4), (0x10, 4), (0x20, 4)];
