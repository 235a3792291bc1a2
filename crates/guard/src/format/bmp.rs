//! BMP: a file header, a bitmap header, an optional palette, pixels, and an optional colour profile. What lies
//! between or after them is shown by nothing.

use super::icc;
use super::patch::Patches;
use crate::inspect::Found;
use crate::source::{Source, write_zeros};
use crate::{Fault, MediaType, limits};
use std::io::{Read, Seek, Write};

pub(crate) fn inspect<R: Read + Seek>(source: &mut Source<R>) -> Result<Found, Fault> {
    let bmp = Bmp::read(source)?;
    Ok(Found {
        media_type: Some(MediaType::Bmp),
        width: Some(bmp.width),
        height: Some(bmp.height),
        trailing_bytes: source.length() - bmp.end,
        ..Found::default()
    })
}

/// Blanks the reserved fields and the gaps, and cuts after the last part.
pub(crate) fn strip<R: Read + Seek>(source: &mut Source<R>, output: &mut impl Write) -> Result<u64, Fault> {
    let bmp = Bmp::read(source)?;
    let mut header: [u8; 14] = source.array(0)?;
    header[2..6].copy_from_slice(&(bmp.end as u32).to_le_bytes());
    header[6..10].fill(0);
    output.write_all(&header).map_err(Fault::Write)?;
    let mut at = 14;
    let mut blanked = 0;
    let mut parts = vec![(14, bmp.palette_end), (bmp.pixels, bmp.pixels_end)];
    parts.extend(bmp.profile);
    parts.sort_unstable();
    for (start, end) in parts {
        if end <= at {
            continue;
        }
        if start > at {
            blanked += source.count_nonzero(at, start - at)?;
            write_zeros(output, start - at)?;
            at = start;
        }
        if bmp.profile == Some((start, end)) {
            let mut patches = Patches::default();
            match icc::in_place(source, start, end - start)? {
                Some(profile) => patches.replace(start, profile)?,
                None => patches.zero(start, end - start)?,
            }
            blanked += patches.apply_from(source, start, end, output)?;
        } else {
            source.copy(at, end - at, output)?;
        }
        at = end;
    }
    Ok(blanked)
}

/// Bytes of OS/2's first bitmap header.
const CORE_HEADER: u64 = 12;

struct Bmp {
    width: u32,
    height: u32,
    palette_end: u64,
    pixels: u64,
    pixels_end: u64,
    profile: Option<(u64, u64)>,
    end: u64,
}

impl Bmp {
    fn read<R: Read + Seek>(source: &mut Source<R>) -> Result<Self, Fault> {
        if !source.has(0, b"BM")? || source.length() > limits::PICTURE_BYTES {
            return Err(Fault::Malformed("it does not begin as a BMP"));
        }
        let pixels = u64::from(source.le32(10)?);
        let header = u64::from(source.le32(14)?);
        if header == CORE_HEADER {
            return Self::read_core(source, pixels);
        }
        // BITMAPINFOHEADER and what extends it. OS/2's later one of 64 bytes is long gone.
        if !matches!(header, 40 | 52 | 56 | 108 | 124) {
            return Err(Fault::Malformed("its header is of an unknown version"));
        }
        let width = source.le32(18)? as i32;
        let height = (source.le32(22)? as i32).unsigned_abs();
        let (planes, depth) = (source.le16(26)?, source.le16(28)?);
        let compression = source.le32(30)?;
        let image_bytes = u64::from(source.le32(34)?);
        let colours = u64::from(source.le32(46)?);
        if width <= 0 || height == 0 || planes != 1 || !matches!(depth, 1 | 4 | 8 | 16 | 24 | 32) {
            return Err(Fault::Malformed("its size or colours make no sense"));
        }
        let width = width as u32;
        let masks = match (compression, header) {
            (3, 40) => 12,
            (6, 40) => 16,
            (0..=3 | 6, _) => 0,
            _ => return Err(Fault::Malformed("it is compressed in an unknown way")),
        };
        let palette = if colours > 0 || depth > 8 { colours } else { 1 << depth };
        if palette > 256 {
            return Err(Fault::Malformed("its palette is too long"));
        }
        let palette_end = 14 + header + masks + palette * 4;
        let pixel_bytes = if matches!(compression, 1 | 2) {
            image_bytes
        } else {
            // Rows are padded to four bytes.
            (u64::from(width) * u64::from(depth)).div_ceil(32) * 4 * u64::from(height)
        };
        let pixels_end = pixels.saturating_add(pixel_bytes);
        if pixel_bytes == 0 || pixels < palette_end.min(14 + header + masks) || pixels_end > source.length() {
            return Err(Fault::Malformed("its picture is not where it says"));
        }
        let palette_end = palette_end.min(pixels);
        // BITMAPV5HEADER: an embedded profile, offset from the bitmap header.
        let profile = if header == 124 && source.le32(14 + 56)? == u32::from_be_bytes(*b"MBED") {
            let start = 14 + u64::from(source.le32(14 + 112)?);
            let end = start + u64::from(source.le32(14 + 116)?);
            if start < pixels_end || end > source.length() {
                return Err(Fault::Malformed("its colour profile is not where it says"));
            }
            Some((start, end))
        } else {
            None
        };
        let end = profile.map_or(pixels_end, |(_, end)| end.max(pixels_end));
        Ok(Bmp { width, height, palette_end, pixels, pixels_end, profile, end })
    }

    /// BITMAPCOREHEADER: sizes of two bytes, colours of three, nothing packed.
    fn read_core<R: Read + Seek>(source: &mut Source<R>, pixels: u64) -> Result<Self, Fault> {
        let (width, height) = (source.le16(18)?, source.le16(20)?);
        let (planes, depth) = (source.le16(22)?, source.le16(24)?);
        if width == 0 || height == 0 || planes != 1 || !matches!(depth, 1 | 4 | 8 | 24) {
            return Err(Fault::Malformed("its size or colours make no sense"));
        }
        let palette = if depth > 8 { 0 } else { 3 << depth };
        let (begin, row) = (14 + CORE_HEADER, (u64::from(width) * u64::from(depth)).div_ceil(32) * 4);
        let pixels_end = pixels.saturating_add(row * u64::from(height));
        if pixels < begin || pixels_end > source.length() {
            return Err(Fault::Malformed("its picture is not where it says"));
        }
        Ok(Bmp {
            width: u32::from(width),
            height: u32::from(height),
            palette_end: (begin + palette).min(pixels),
            pixels,
            pixels_end,
            profile: None,
            end: pixels_end,
        })
    }
}
