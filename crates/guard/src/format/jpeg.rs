//! JPEG (ITU-T T.81): a list of marked segments, with compressed picture data after each scan header.
//!
//! ```text
//! SOI  APP0  APP1 …  DQT  SOF  DHT  SOS  data…  [DHT SOS data…]*  EOI  (trailing bytes)
//! ```

use super::exif::Orientation;
use super::icc;
use crate::inspect::Found;
use crate::source::Source;
use crate::{Fault, MediaType, limits};
use std::io::{Read, Seek, Write};

pub(crate) fn inspect<R: Read + Seek>(source: &mut Source<R>) -> Result<Found, Fault> {
    let jpeg = Jpeg::walk(source)?;
    let (width, height) = jpeg.orientation.shown(jpeg.width, jpeg.height);
    Ok(Found {
        media_type: Some(MediaType::Jpeg),
        width: Some(width),
        height: Some(height),
        trailing_bytes: source.length() - jpeg.end,
        ..Found::default()
    })
}

/// Keeps what decoders need, the colours of a profile and the orientation. Drops all other application segments, comments,
/// thumbnails and what follows the end (motion photos, second pictures).
pub(crate) fn strip<R: Read + Seek>(source: &mut Source<R>, output: &mut impl Write) -> Result<u64, Fault> {
    let jpeg = Jpeg::walk(source)?;
    let write = |output: &mut dyn Write, bytes: &[u8]| output.write_all(bytes).map_err(Fault::Write);
    write(output, &[0xFF, SOI])?;
    let starts_with_jfif = matches!(jpeg.parts.first(), Some(Part { keep: Keep::Jfif, .. }));
    if starts_with_jfif {
        write_jfif(source, output, &jpeg.parts[0])?;
    }
    if !jpeg.orientation.is_as_stored() {
        let tiff = jpeg.orientation.to_tiff();
        write(output, &[0xFF, APP1, 0, (2 + EXIF.len() + tiff.len()) as u8])?;
        write(output, EXIF)?;
        write(output, &tiff)?;
    }
    let (profile, changed) = match jpeg.profile(source)? {
        Some(parts) => icc::read(source, &parts)?,
        None => (None, 0),
    };
    if let Some(profile) = profile {
        write_profile(&profile, output)?;
    }
    for part in &jpeg.parts {
        match part.keep {
            // Anywhere else than first it has no meaning.
            Keep::Jfif | Keep::Profile => {}
            Keep::Adobe => {
                write(output, &[0xFF, APP14, 0, 14])?;
                source.copy(part.offset + 4, 12, output)?;
            }
            Keep::Whole => source.copy(part.offset, part.length, output)?,
        }
    }
    write(output, &[0xFF, EOI])?;
    Ok(changed)
}

/// ICC.1 §B.4: in as many segments as it takes, each with its number and how many they are.
fn write_profile(profile: &[u8], output: &mut impl Write) -> Result<(), Fault> {
    const ROOM: usize = 0xFFFF - 2 - PROFILE_HEADER as usize;
    let count = profile.len().div_ceil(ROOM);
    for (number, part) in (1u8..).zip(profile.chunks(ROOM)) {
        let length = (2 + PROFILE_HEADER as usize + part.len()) as u16;
        let header = [&[0xFF, APP2][..], &length.to_be_bytes(), ICC, &[number, count as u8]].concat();
        output.write_all(&header).map_err(Fault::Write)?;
        output.write_all(part).map_err(Fault::Write)?;
    }
    Ok(())
}

const SOI: u8 = 0xD8;
const EOI: u8 = 0xD9;
const SOS: u8 = 0xDA;
const APP0: u8 = 0xE0;
const APP1: u8 = 0xE1;
const APP2: u8 = 0xE2;
const APP14: u8 = 0xEE;
const COM: u8 = 0xFE;
const EXIF: &[u8] = b"Exif\0\0";
const ICC: &[u8] = b"ICC_PROFILE\0";
/// The name, which part this is, and how many they are.
const PROFILE_HEADER: u64 = ICC.len() as u64 + 2;

struct Jpeg {
    width: u32,
    height: u32,
    orientation: Orientation,
    /// What is kept, in order.
    parts: Vec<Part>,
    /// After EOI.
    end: u64,
}

struct Part {
    offset: u64,
    length: u64,
    keep: Keep,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Keep {
    Whole,
    /// The 14 bytes of its fixed part, without the thumbnail.
    Jfif,
    /// The 12 bytes that say how colours are stored.
    Adobe,
    /// A part of the colour profile, which is written anew.
    Profile,
}

impl Jpeg {
    /// Where the parts of its colour profile are, in their order. None: there is none, or not all of it.
    fn profile<R: Read + Seek>(&self, source: &mut Source<R>) -> Result<Option<Vec<(u64, u64)>>, Fault> {
        let mut parts = Vec::new();
        for part in self.parts.iter().filter(|part| part.keep == Keep::Profile) {
            let body = part.offset + 4;
            let [number, count] = source.array(body + ICC.len() as u64)?;
            parts.push((number, count, body + PROFILE_HEADER, part.length - 4 - PROFILE_HEADER));
        }
        parts.sort_unstable();
        let count = parts.len();
        let is_whole = (1..)
            .zip(&parts)
            .all(|(at, (number, all, ..))| usize::from(*number) == at && usize::from(*all) == count);
        let ranges = parts.into_iter().map(|(_, _, offset, length)| (offset, length)).collect();
        Ok((is_whole && count > 0).then_some(ranges))
    }

    fn walk<R: Read + Seek>(source: &mut Source<R>) -> Result<Self, Fault> {
        if !source.has(0, &[0xFF, SOI, 0xFF])? {
            return Err(Fault::Malformed("it does not begin as a JPEG"));
        }
        if source.length() > limits::PICTURE_BYTES {
            return Err(Fault::TooMuch("it is too large for a picture"));
        }
        let mut jpeg =
            Jpeg { width: 0, height: 0, orientation: Orientation::AS_STORED, parts: Vec::new(), end: 0 };
        let mut at = 2;
        let mut scans = 0;
        loop {
            source.step()?;
            let (marker, after) = match marker(source, at) {
                // The picture may be whole although its file is not; how much of it is there, its decoder sees.
                Err(Fault::Malformed(_)) if scans > 0 && source.length() - at < limits::JPEG_GAP_BYTES => {
                    jpeg.end = source.length();
                    return Ok(jpeg);
                }
                found => found?,
            };
            match marker {
                EOI if scans > 0 => {
                    jpeg.end = after;
                    return Ok(jpeg);
                }
                EOI => return Err(Fault::Malformed("it holds no picture")),
                // Standing alone, these have no place between segments. RFC 2435 aside, nothing writes them.
                0x01 | 0xD0..=SOI => return Err(Fault::Malformed("its parts are out of order")),
                _ => {}
            }
            let length = match source.be16(after) {
                Ok(length) => u64::from(length),
                Err(Fault::Malformed(_)) if scans > 0 => {
                    jpeg.end = source.length();
                    return Ok(jpeg);
                }
                Err(fault) => return Err(fault),
            };
            // A comment or the like that says it is shorter than its own length: what is in it is between two parts.
            if length < 2 && marker >= APP0 {
                at = after + 2;
                continue;
            }
            // One that the file's end cuts.
            if scans > 0 && after + length > source.length() {
                jpeg.end = source.length();
                return Ok(jpeg);
            }
            if length < 2 || after + length > source.length() {
                return Err(Fault::Malformed("a part of it has an impossible length"));
            }
            let body = after + 2;
            let body_length = length - 2;
            let mut end = after + length;
            match marker {
                // SOF0..15 without DHT (C4), JPG (C8) and DAC (CC).
                0xC0..=0xC3 | 0xC5..=0xC7 | 0xC9..=0xCB | 0xCD..=0xCF => {
                    jpeg.frame(source, body, body_length)?
                }
                SOS => {
                    if jpeg.width == 0 {
                        return Err(Fault::Malformed("its picture comes before its size"));
                    }
                    scans += 1;
                    end = end_of_scan(source, end)?;
                }
                _ => {}
            }
            if let Some(keep) = jpeg.keeps(source, marker, body, body_length)? {
                if jpeg.parts.len() >= limits::PARTS {
                    return Err(Fault::TooMuch("it has too many parts"));
                }
                // From the marker itself, without the fill bytes before it.
                jpeg.parts.push(Part { offset: after - 2, length: end - (after - 2), keep });
            }
            at = end;
        }
    }

    /// T.81 §B.2.2: precision, height, width, components.
    fn frame<R: Read + Seek>(
        &mut self,
        source: &mut Source<R>,
        body: u64,
        body_length: u64,
    ) -> Result<(), Fault> {
        if self.width != 0 {
            return Err(Fault::Malformed("it says its size twice"));
        }
        if body_length < 6 {
            return Err(Fault::Malformed("its size is missing"));
        }
        self.height = u32::from(source.be16(body + 1)?);
        self.width = u32::from(source.be16(body + 3)?);
        let components = u64::from(source.u8(body + 5)?);
        if self.width == 0 || self.height == 0 || components == 0 || body_length != 6 + 3 * components {
            return Err(Fault::Malformed("its size makes no sense"));
        }
        Ok(())
    }

    fn keeps<R: Read + Seek>(
        &mut self,
        source: &mut Source<R>,
        marker: u8,
        body: u64,
        body_length: u64,
    ) -> Result<Option<Keep>, Fault> {
        let begins = |source: &mut Source<R>, wanted: &[u8]| {
            Ok::<bool, Fault>(body_length >= wanted.len() as u64 && source.has(body, wanted)?)
        };
        Ok(match marker {
            APP0 if body_length >= 14 && begins(source, b"JFIF\0")? => Some(Keep::Jfif),
            APP1 if begins(source, EXIF)? => {
                if self.orientation.is_as_stored() {
                    let tiff = source.bytes(body + 6, (body_length - 6) as usize)?;
                    self.orientation = Orientation::of(tiff);
                }
                None
            }
            // Colour: the profile, and how the components are transformed.
            APP2 if body_length >= PROFILE_HEADER && begins(source, ICC)? => Some(Keep::Profile),
            APP14 if body_length >= 12 && begins(source, b"Adobe")? => Some(Keep::Adobe),
            APP0..=0xEF | COM => None,
            // T.81 Table B.1: JPG0..13 are reserved for extensions, which are JPEG's own metadata.
            0xF0..=0xFD => None,
            _ => Some(Keep::Whole),
        })
    }
}

/// The next marker from `at` and the offset after it. Any number of 0xFF may come before it (T.81 §B.1.1.2). A segment that
/// says it is shorter than it is leaves bytes over: all viewers step over them, and they are dropped.
fn marker<R: Read + Seek>(source: &mut Source<R>, mut at: u64) -> Result<(u8, u64), Fault> {
    let last = at + limits::JPEG_GAP_BYTES;
    loop {
        while source.u8(at)? != 0xFF {
            at += 1;
            if at > last {
                return Err(Fault::Malformed("there is something between its parts"));
            }
        }
        while source.u8(at)? == 0xFF {
            source.step()?;
            at += 1;
        }
        match source.u8(at)? {
            // As in a picture's data, this is none.
            0 => at += 1,
            marker => return Ok((marker, at + 1)),
        }
    }
}

/// The offset of the marker that ends compressed data: 0xFF followed by neither 0 nor a restart marker.
fn end_of_scan<R: Read + Seek>(source: &mut Source<R>, mut at: u64) -> Result<u64, Fault> {
    loop {
        let ahead = source.ahead(at)?;
        // Where the file breaks off.
        if ahead.is_empty() {
            return Ok(source.length());
        }
        match ahead.iter().position(|byte| *byte == 0xFF) {
            None => at += ahead.len() as u64,
            Some(index) => {
                at += index as u64;
                if at + 1 >= source.length() {
                    return Ok(at);
                }
                match source.u8(at + 1)? {
                    0x00 | 0xD0..=0xD7 => at += 2,
                    // Fill bytes before the marker.
                    0xFF => at += 1,
                    _ => return Ok(at),
                }
            }
        }
    }
}

/// JFIF 1.02: version, density, and a thumbnail's size, which becomes 0 × 0.
fn write_jfif<R: Read + Seek>(
    source: &mut Source<R>,
    output: &mut impl Write,
    part: &Part,
) -> Result<(), Fault> {
    let mut jfif: [u8; 18] = source.array(part.offset)?;
    jfif[2..4].copy_from_slice(&16u16.to_be_bytes());
    jfif[16..18].fill(0);
    output.write_all(&jfif).map_err(Fault::Write)
}
