//! MP4 and QuickTime: what the `moov` box says of the tracks.

use super::isobmff::{BoxAt, Brands, TOO_SHORT, find, next_box};
use crate::inspect::Found;
use crate::source::Source;
use crate::{Fault, MediaType, limits};
use std::io::{Read, Seek};

pub(crate) use super::mp4_rebuild::rebuild;
pub(crate) use super::mp4_strip::strip;

pub(crate) fn inspect<R: Read + Seek>(source: &mut Source<R>) -> Result<Found, Fault> {
    let movie = Movie::read(source)?;
    let video = movie.tracks.iter().find(|track| track.is_video());
    let size = video.map(|track| track.size).filter(|(width, height)| *width > 0 && *height > 0);
    Ok(Found {
        media_type: Some(movie.media_type()),
        width: size.map(|(width, _)| width),
        height: size.map(|(_, height)| height),
        duration_ms: movie.duration_ms,
        ..Found::default()
    })
}

/// What is known of a movie from its headers.
pub(crate) struct Movie {
    is_quicktime: bool,
    pub is_fragmented: bool,
    pub moov: BoxAt,
    /// Bodies of `mdat` boxes.
    pub data: Vec<(u64, u64)>,
    pub tracks: Vec<Track>,
    duration_ms: Option<u64>,
}

impl Movie {
    pub fn media_type(&self) -> MediaType {
        match (self.tracks.iter().any(Track::is_video), self.is_quicktime) {
            (true, true) => MediaType::QuickTime,
            (true, false) => MediaType::Mp4,
            (false, _) => MediaType::M4a,
        }
    }

    pub fn read<R: Read + Seek>(source: &mut Source<R>) -> Result<Self, Fault> {
        let brands = Brands::of(source)?;
        let length = source.length();
        let mut moov = None;
        let mut data = Vec::new();
        let mut is_fragmented = false;
        let mut index_ms = None;
        let mut last_fragment = None;
        let mut at = 0;
        while let Some(child) = next_box(source, at, length, true)? {
            match &child.kind {
                b"moov" if moov.is_some() => return Err(Fault::Malformed("it says twice what it holds")),
                b"moov" => moov = Some(child),
                b"mdat" => {
                    if data.len() >= limits::PARTS {
                        return Err(Fault::TooMuch("it has too many parts"));
                    }
                    data.push((child.body, child.end));
                }
                b"moof" => {
                    is_fragmented = true;
                    last_fragment = Some(child);
                }
                b"sidx" if index_ms.is_none() => index_ms = index_duration(source, &child)?,
                // Without a file type only what old QuickTime begins with.
                b"wide" | b"free" | b"skip" | b"pnot" => {}
                _ if brands.is_none() && at == 0 => {
                    return Err(Fault::Malformed("it does not begin as a movie"));
                }
                _ => {}
            }
            at = child.end;
        }
        let moov = moov.ok_or(Fault::Malformed("it does not say what it holds"))?;
        let mut movie = Movie {
            is_quicktime: brands.as_ref().is_none_or(|(brands, _)| brands.major() == b"qt  "),
            is_fragmented,
            moov,
            data,
            tracks: Vec::new(),
            duration_ms: None,
        };
        movie.header(source)?;
        if !movie.tracks.iter().any(|track| track.is_video() || &track.handler == b"soun") {
            return Err(Fault::Malformed("it holds neither picture nor sound"));
        }
        if movie.duration_ms.is_none() {
            movie.duration_ms = index_ms;
        }
        if let (None, Some(moof)) = (movie.duration_ms, last_fragment) {
            movie.duration_ms = movie.end_of_fragment_ms(source, &moof)?;
        }
        Ok(movie)
    }

    fn header<R: Read + Seek>(&mut self, source: &mut Source<R>) -> Result<(), Fault> {
        let mut at = self.moov.body;
        let mut timescale = 0;
        let mut duration = None;
        while let Some(child) = next_box(source, at, self.moov.end, false)? {
            at = child.end;
            match &child.kind {
                b"mvhd" => (timescale, duration) = times(source, &child)?,
                b"trak" => {
                    if self.tracks.len() >= limits::TRACKS {
                        return Err(Fault::TooMuch("it has too many tracks"));
                    }
                    let track = Track::read(source, child)?;
                    self.tracks.push(track);
                }
                b"mvex" => {
                    if let Some(mehd) = find(source, child.body, child.end, b"mehd")? {
                        let (version, body) = mehd.full(source)?;
                        duration = duration.or(if version == 0 {
                            Some(u64::from(source.be32(body)?))
                        } else {
                            Some(source.be64(body)?)
                        });
                    }
                }
                b"cmov" | b"rmra" => {
                    return Err(Fault::Malformed("it is compressed or only points to others"));
                }
                _ => {}
            }
        }
        if timescale == 0 {
            return Err(Fault::Malformed("its clock is missing"));
        }
        for track in &mut self.tracks {
            track.movie_clock = timescale;
        }
        self.duration_ms = duration.and_then(|duration| milliseconds(duration, timescale));
        Ok(())
    }

    /// When the last fragment ends, for recordings whose header was written before their length was known.
    fn end_of_fragment_ms<R: Read + Seek>(
        &self,
        source: &mut Source<R>,
        moof: &BoxAt,
    ) -> Result<Option<u64>, Fault> {
        let mut last = None;
        let mut at = moof.body;
        while let Some(traf) = next_box(source, at, moof.end, false)? {
            at = traf.end;
            if &traf.kind != b"traf" {
                continue;
            }
            let Some((number, end)) = fragment_end(source, &self.moov, &traf)? else { continue };
            let track = self.tracks.iter().find(|track| track.number == number);
            last = last.max(track.and_then(|track| milliseconds(end, track.timescale)));
        }
        Ok(last)
    }
}

/// One track's headers.
pub(crate) struct Track {
    pub number: u32,
    pub handler: [u8; 4],
    /// As shown: turned where the matrix turns.
    pub size: (u32, u32),
    pub timescale: u32,
    /// `stbl`: where its samples are listed.
    pub samples: BoxAt,
    whole: BoxAt,
    /// Units of the movie's clock in a second, for edits.
    movie_clock: u32,
}

impl Track {
    pub fn is_video(&self) -> bool {
        &self.handler == b"vide"
    }

    /// Picture, sound, and pictures that belong to a picture. Other tracks are text, time codes and sensors, which
    /// often hold places: GoPro's `gpmd`, drones' subtitles, phones' `mebx`.
    pub fn is_kept(&self) -> bool {
        matches!(&self.handler, b"vide" | b"soun" | b"pict" | b"auxv")
    }

    /// §8.6.6: where presentation begins on the track's clock, and after how many ms of nothing. Anything more
    /// elaborate than the usual one or two edits plays from the beginning.
    pub fn edit<R: Read + Seek>(&self, source: &mut Source<R>) -> Result<(u64, u64), Fault> {
        let Some(edts) = find(source, self.whole.body, self.whole.end, b"edts")? else { return Ok((0, 0)) };
        let Some(elst) = find(source, edts.body, edts.end, b"elst")? else { return Ok((0, 0)) };
        let (version, body) = elst.full(source)?;
        let row_length = if version == 0 { 12 } else { 20 };
        let count = u64::from(source.be32(body)?);
        elst.at_least(8 + count.saturating_mul(row_length))?;
        let mut empty = 0;
        for row in 0..count.min(2) {
            let at = body + 4 + row * row_length;
            let (duration, time) = if version == 0 {
                (u64::from(source.be32(at)?), i64::from(source.be32(at + 4)?.cast_signed()))
            } else {
                (source.be64(at)?, source.be64(at + 8)?.cast_signed())
            };
            match time {
                // In the movie's clock, which is rarely finer than this is.
                -1 if row == 0 => empty = duration,
                0..=0x7FFF_FFFF => {
                    let clock = self.movie_clock.max(1);
                    let empty_ms = u128::from(empty) * 1000 / u128::from(clock);
                    let empty_ms = u64::try_from(empty_ms).unwrap_or(0);
                    return Ok((time.cast_unsigned(), if empty_ms > 60_000 { 0 } else { empty_ms }));
                }
                _ => break,
            }
        }
        Ok((0, 0))
    }

    /// The matrix of the track's header, and its size before turning, 16.16.
    pub fn shape<R: Read + Seek>(&self, source: &mut Source<R>) -> Result<([u8; 36], (u32, u32)), Fault> {
        let Some(tkhd) = find(source, self.whole.body, self.whole.end, b"tkhd")? else {
            return Err(Fault::Malformed("a track of it is incomplete"));
        };
        let (version, body) = tkhd.full(source)?;
        let matrix = if version == 0 { body + 36 } else { body + 48 };
        Ok((source.array(matrix)?, (source.be32(matrix + 36)?, source.be32(matrix + 40)?)))
    }

    pub fn read<R: Read + Seek>(source: &mut Source<R>, whole: BoxAt) -> Result<Self, Fault> {
        let missing = Fault::Malformed("a track of it is incomplete");
        let Some(tkhd) = find(source, whole.body, whole.end, b"tkhd")? else { return Err(missing) };
        let Some(mdia) = find(source, whole.body, whole.end, b"mdia")? else { return Err(missing) };
        let Some(mdhd) = find(source, mdia.body, mdia.end, b"mdhd")? else { return Err(missing) };
        let Some(hdlr) = find(source, mdia.body, mdia.end, b"hdlr")? else { return Err(missing) };
        let Some(minf) = find(source, mdia.body, mdia.end, b"minf")? else { return Err(missing) };
        let Some(stbl) = find(source, minf.body, minf.end, b"stbl")? else { return Err(missing) };
        hdlr.at_least(12)?;
        let handler = source.array(hdlr.body + 8)?;
        let (timescale, _) = times(source, &mdhd)?;
        let (version, body) = tkhd.full(source)?;
        // ISO/IEC 14496-12 §8.3.2: number after the two times, matrix, then size as 16.16.
        let (number_at, matrix) = if version == 0 { (body + 8, body + 36) } else { (body + 16, body + 48) };
        if matrix + 44 > tkhd.end {
            return Err(TOO_SHORT);
        }
        let number = source.be32(number_at)?;
        let (a, b) = (source.be32(matrix)?, source.be32(matrix + 4)?);
        let (width, height) = (source.be32(matrix + 36)? >> 16, source.be32(matrix + 40)? >> 16);
        let turned = a == 0 && b != 0;
        let size = if turned { (height, width) } else { (width, height) };
        Ok(Track { number, handler, size, timescale, samples: stbl, whole, movie_clock: 0 })
    }
}

/// Codecs that a browser decodes, also in fragments, whose boxes stay where they are.
pub(crate) fn check_codecs<R: Read + Seek>(source: &mut Source<R>) -> Result<(), Fault> {
    let movie = Movie::read(source)?;
    for track in movie.tracks.iter().filter(|track| track.is_kept()) {
        let Some(stsd) = find(source, track.samples.body, track.samples.end, b"stsd")? else {
            return Err(Fault::Malformed("a track of it is incomplete"));
        };
        stsd.at_least(8)?;
        let mut at = stsd.body + 8;
        while let Some(entry) = next_box(source, at, stsd.end, false)? {
            at = entry.end;
            let known = matches!(
                &entry.kind,
                b"avc1"
                    | b"avc3"
                    | b"hvc1"
                    | b"hev1"
                    | b"vp08"
                    | b"vp09"
                    | b"av01"
                    | b"mp4a"
                    | b"Opus"
                    | b"fLaC"
            );
            if !known {
                return Err(Fault::TooMuch("it is of a kind that is not played here"));
            }
        }
    }
    Ok(())
}

/// `mvhd` and `mdhd`: timescale and duration after two times. The duration may be unknown.
fn times<R: Read + Seek>(source: &mut Source<R>, header: &BoxAt) -> Result<(u32, Option<u64>), Fault> {
    let (version, body) = header.full(source)?;
    let (timescale, duration) = if version == 0 {
        header.at_least(20)?;
        let duration = source.be32(body + 12)?;
        (source.be32(body + 8)?, Some(u64::from(duration)).filter(|_| duration != u32::MAX))
    } else {
        header.at_least(32)?;
        let duration = source.be64(body + 20)?;
        (source.be32(body + 16)?, Some(duration).filter(|_| duration != u64::MAX))
    };
    Ok((timescale, duration.filter(|duration| *duration > 0)))
}

/// A track's number and the time at which its part of a fragment ends (§8.8.7, §8.8.8, §8.8.12).
fn fragment_end<R: Read + Seek>(
    source: &mut Source<R>,
    moov: &BoxAt,
    traf: &BoxAt,
) -> Result<Option<(u32, u64)>, Fault> {
    let Some(tfhd) = find(source, traf.body, traf.end, b"tfhd")? else { return Ok(None) };
    let Some(tfdt) = find(source, traf.body, traf.end, b"tfdt")? else { return Ok(None) };
    let flags = source.be32(tfhd.body)? & 0xFF_FFFF;
    let number = source.be32(tfhd.body + 4)?;
    let default_duration = if flags & 0x8 != 0 {
        let before = [(0x1, 8), (0x2, 4)]
            .iter()
            .filter(|(flag, _)| flags & flag != 0)
            .map(|(_, length)| length)
            .sum::<u64>();
        source.be32(tfhd.body + 8 + before)?
    } else {
        extended_duration(source, moov, number)?
    };
    let (version, body) = tfdt.full(source)?;
    let mut end = if version == 0 { u64::from(source.be32(body)?) } else { source.be64(body)? };
    let mut at = traf.body;
    while let Some(trun) = next_box(source, at, traf.end, false)? {
        at = trun.end;
        if &trun.kind != b"trun" {
            continue;
        }
        let flags = source.be32(trun.body)? & 0xFF_FFFF;
        let count = u64::from(source.be32(trun.body + 4)?);
        let before = if flags & 0x1 != 0 { 4 } else { 0 } + if flags & 0x4 != 0 { 4 } else { 0 };
        let row = 4 * u64::from((flags >> 8 & 0xF).count_ones());
        trun.at_least(8 + before + count * row)?;
        if flags & 0x100 == 0 {
            end = end.saturating_add(count * u64::from(default_duration));
            continue;
        }
        for index in 0..count {
            source.step()?;
            let duration = source.be32(trun.body + 8 + before + index * row)?;
            end = end.saturating_add(duration.into());
        }
    }
    Ok(Some((number, end)))
}

/// §8.8.3: how long a track's samples last where a fragment does not say.
fn extended_duration<R: Read + Seek>(
    source: &mut Source<R>,
    moov: &BoxAt,
    number: u32,
) -> Result<u32, Fault> {
    let Some(mvex) = find(source, moov.body, moov.end, b"mvex")? else { return Ok(0) };
    let mut at = mvex.body;
    while let Some(trex) = next_box(source, at, mvex.end, false)? {
        at = trex.end;
        if &trex.kind == b"trex" && source.be32(trex.body + 4)? == number {
            return source.be32(trex.body + 12);
        }
    }
    Ok(0)
}

/// §8.16.3: a segment index holds the length of each segment.
fn index_duration<R: Read + Seek>(source: &mut Source<R>, sidx: &BoxAt) -> Result<Option<u64>, Fault> {
    let (version, body) = sidx.full(source)?;
    let timescale = source.be32(body + 4)?;
    let count_at = if version == 0 { body + 18 } else { body + 26 };
    let count = u64::from(source.be16(count_at)?);
    if count_at + 2 + count * 12 > sidx.end {
        return Err(TOO_SHORT);
    }
    let mut sum = 0;
    for index in 0..count {
        sum += u64::from(source.be32(count_at + 2 + index * 12 + 4)?);
    }
    Ok(milliseconds(sum, timescale))
}

fn milliseconds(duration: u64, timescale: u32) -> Option<u64> {
    let timescale = u128::from(timescale);
    if timescale == 0 {
        return None;
    }
    let ms = u64::try_from(u128::from(duration) * 1000 / timescale).ok()?;
    // Nobody recorded for ten years; a number like that is damage.
    (ms > 0 && ms < 10 * 366 * 86_400_000).then_some(ms)
}
