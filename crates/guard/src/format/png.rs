//! PNG (W3C, third edition) and APNG: a signature and chunks of length, type, data and CRC.

use super::exif::Orientation;
use super::icc;
use crate::inspect::Found;
use crate::source::Source;
use crate::{Fault, MediaType, limits};
use miniz_oxide::deflate::compress_to_vec_zlib;
use miniz_oxide::inflate::decompress_to_vec_zlib_with_limit;
use std::io::{Read, Seek, Write};

pub(crate) fn inspect<R: Read + Seek>(source: &mut Source<R>) -> Result<Found, Fault> {
    let png = Png::walk(source)?;
    let (width, height) = png.orientation.shown(png.width, png.height);
    Ok(Found {
        media_type: Some(MediaType::Png),
        width: Some(width),
        height: Some(height),
        trailing_bytes: source.length() - png.end,
        ..Found::default()
    })
}

/// How many pictures follow one another: 0 where it says nothing of that, or in 16 bits a channel, which nobody moves.
#[cfg(feature = "picture")]
pub(crate) fn frames<R: Read + Seek>(source: &mut Source<R>) -> Result<u32, Fault> {
    let png = Png::walk(source)?;
    let depth = source.u8(24)?;
    Ok(if depth == 16 { 0 } else { png.frames.min(png.announced) })
}

/// Keeps the chunks that change what is shown. A picture that is not stored upright keeps an eXIf chunk with the
/// orientation alone.
pub(crate) fn strip<R: Read + Seek>(source: &mut Source<R>, output: &mut impl Write) -> Result<u64, Fault> {
    let png = Png::walk(source)?;
    source.copy(0, HEADER_END, output)?;
    if !png.orientation.is_as_stored() {
        write_new_chunk(b"eXIf", &png.orientation.to_tiff(), output)?;
    }
    let mut changed = 0;
    if let Some((offset, length)) = png.profile {
        let (profile, others) = profile(source, offset, length)?;
        changed = others;
        if let Some(profile) = profile {
            write_new_chunk(b"iCCP", &profile, output)?;
        }
    }
    for (offset, length) in png.kept {
        let (mut at, end) = (offset, offset + length);
        while at < end {
            let data = u64::from(source.be32(at)?);
            write_chunk(source, at + 4, data, output)?;
            at += data + 12;
        }
    }
    if let Some((kind, data)) = png.cut {
        write_chunk(source, kind, data, output)?;
    }
    if !png.has_end {
        output.write_all(b"\0\0\0\0IEND\xAE\x42\x60\x82").map_err(Fault::Write)?;
    }
    Ok(changed)
}

/// §11.3.2.3: a name of up to 79 letters, a zero, how it is packed (0), and the packed profile. Anew, under a name that says nothing.
/// None: it cannot be read, and the picture goes without. Beside it how many bytes of it are others than before.
fn profile<R: Read + Seek>(
    source: &mut Source<R>,
    offset: u64,
    length: u64,
) -> Result<(Option<Vec<u8>>, u64), Fault> {
    const NAME: &[u8] = b"Colours\0\0";
    if length > limits::PROFILE_BYTES {
        return Ok((None, length));
    }
    let mut chunk = Vec::with_capacity(length as usize);
    source.copy(offset, length, &mut chunk)?;
    let name = chunk.iter().take(80).position(|byte| *byte == 0);
    let (name, packed) = match name.map(|end| chunk.split_at(chunk.len().min(end + 2))) {
        Some((name, packed)) if name.ends_with(&[0, 0]) => (name, packed),
        _ => return Ok((None, length)),
    };
    let unpacked = decompress_to_vec_zlib_with_limit(packed, limits::PROFILE_BYTES as usize);
    let Ok(before) = unpacked else { return Ok((None, length)) };
    let Some(after) = icc::rewritten(&before) else { return Ok((None, length)) };
    let changed = icc::changed(name, NAME) + icc::changed(&before, &after);
    let written = [NAME, &compress_to_vec_zlib(&after, 9)].concat();
    Ok((Some(written).filter(|written| written.len() <= chunk.len() + limits::PROFILE_GROWTH_BYTES), changed))
}

fn write_new_chunk(kind: &[u8; 4], data: &[u8], output: &mut impl Write) -> Result<(), Fault> {
    let chunk = [kind, data].concat();
    for bytes in [&(data.len() as u32).to_be_bytes()[..], &chunk, &crc32fast::hash(&chunk).to_be_bytes()] {
        output.write_all(bytes).map_err(Fault::Write)?;
    }
    Ok(())
}

/// A chunk whose type stands at `kind`, with a checksum that is right: many viewers do not look at it, ours do.
fn write_chunk<R: Read + Seek>(
    source: &mut Source<R>,
    kind: u64,
    data: u64,
    output: &mut impl Write,
) -> Result<(), Fault> {
    source.step()?;
    let mut summed = Summed { inner: output, sum: crc32fast::Hasher::new() };
    summed.inner.write_all(&(data as u32).to_be_bytes()).map_err(Fault::Write)?;
    source.copy(kind, data + 4, &mut summed)?;
    let sum = summed.sum.finalize();
    output.write_all(&sum.to_be_bytes()).map_err(Fault::Write)
}

/// Writes, and sums up what it wrote.
struct Summed<'a, W> {
    inner: &'a mut W,
    sum: crc32fast::Hasher,
}

impl<W: Write> Write for Summed<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.sum.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.inner.flush()
    }
}

const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";
/// Signature and IHDR.
const HEADER_END: u64 = 8 + 12 + 13;

/// Everything after IHDR that is kept: the picture, its animation, its colours, its size on paper.
const KEPT: [&[u8; 4]; 18] = [
    b"PLTE", b"IDAT", b"IEND", b"tRNS", b"cHRM", b"gAMA", b"sBIT", b"sRGB", b"cICP", b"mDCV", b"mDCv",
    b"cLLI", b"cLLi", b"bKGD", b"pHYs", b"acTL", b"fcTL", b"fdAT",
];

struct Png {
    width: u32,
    height: u32,
    orientation: Orientation,
    /// Of an animation: so many it says, and so many there are.
    announced: u32,
    frames: u32,
    /// Where the data of its colour profile is, and how much.
    profile: Option<(u64, u64)>,
    /// Offset and length of runs of kept chunks, in order.
    kept: Vec<(u64, u64)>,
    /// Where the type of a chunk of the picture stands that the file's end cuts, and how much data of it there is.
    cut: Option<(u64, u64)>,
    /// Does it end as it should?
    has_end: bool,
    /// After IEND, or where the file ends early.
    end: u64,
}

impl Png {
    fn walk<R: Read + Seek>(source: &mut Source<R>) -> Result<Self, Fault> {
        if !source.has(0, SIGNATURE)? {
            return Err(Fault::Malformed("it does not begin as a PNG"));
        }
        if source.length() > limits::PICTURE_BYTES {
            return Err(Fault::TooMuch("it is too large for a picture"));
        }
        let (width, height) = header(source)?;
        let mut png = Png {
            width,
            height,
            orientation: Orientation::AS_STORED,
            announced: 0,
            frames: 0,
            profile: None,
            kept: Vec::new(),
            cut: None,
            has_end: false,
            end: HEADER_END,
        };
        let mut has_picture = false;
        loop {
            source.step()?;
            let at = png.end;
            // The picture may be whole although its file is not.
            if has_picture && source.length() - at < 8 {
                png.end = source.length();
                return Ok(png);
            }
            let length = u64::from(source.be32(at)?);
            let kind: [u8; 4] = source.array(at + 4)?;
            if length > 0x7FFF_FFFF || !kind.iter().all(u8::is_ascii_alphabetic) {
                return Err(Fault::Malformed("a part of it makes no sense"));
            }
            let whole = length + 12;
            if at + whole > source.length() {
                let is_picture = &kind == b"IDAT";
                let data = (source.length() - at - 8).min(length);
                let is_begun = is_picture && data > 0;
                if !(has_picture || is_begun) {
                    return Err(Fault::Malformed("it ends early"));
                }
                png.cut = is_begun.then_some((at + 4, data));
                png.end = source.length();
                return Ok(png);
            }
            png.end = at + whole;
            match &kind {
                b"IHDR" => return Err(Fault::Malformed("it says its size twice")),
                b"IDAT" => has_picture = true,
                // Before the picture, or it is none of its parts.
                b"acTL" if length == 8 && !has_picture => png.announced = source.be32(at + 8)?,
                b"fcTL" => png.frames += 1,
                // §5.6: before the palette and the picture.
                b"iCCP" if !has_picture && png.profile.is_none() => png.profile = Some((at + 8, length)),
                b"eXIf" if length <= limits::EXIF_BYTES => {
                    let tiff = source.bytes(at + 8, length as usize)?;
                    png.orientation = Orientation::of(tiff);
                }
                _ => {}
            }
            if KEPT.contains(&&kind) {
                png.keep(at, whole)?;
            } else if kind[0].is_ascii_uppercase() {
                // §5.4: a critical chunk that one does not know: the picture cannot be shown.
                return Err(Fault::Malformed("it needs something that no viewer knows"));
            }
            if &kind == b"IEND" {
                if !has_picture {
                    return Err(Fault::Malformed("it holds no picture"));
                }
                png.has_end = true;
                return Ok(png);
            }
        }
    }

    /// Chunks that touch become one run, so that a picture in a million chunks is a few runs.
    fn keep(&mut self, offset: u64, length: u64) -> Result<(), Fault> {
        if let Some((start, run)) = self.kept.last_mut()
            && *start + *run == offset
        {
            *run += length;
            return Ok(());
        }
        if self.kept.len() >= limits::PARTS {
            return Err(Fault::TooMuch("it has too many parts"));
        }
        self.kept.push((offset, length));
        Ok(())
    }
}

/// §11.2.1: IHDR is first, 13 bytes long, and its CRC holds.
fn header<R: Read + Seek>(source: &mut Source<R>) -> Result<(u32, u32), Fault> {
    let ihdr: [u8; 25] = source.array(8)?;
    if ihdr[..8] != *b"\0\0\0\x0dIHDR" || crc32fast::hash(&ihdr[4..21]).to_be_bytes() != ihdr[21..25] {
        return Err(Fault::Malformed("its header is damaged"));
    }
    let number = |at: usize| u32::from_be_bytes([ihdr[at], ihdr[at + 1], ihdr[at + 2], ihdr[at + 3]]);
    let (width, height) = (number(8), number(12));
    let (depth, colour) = (ihdr[16], ihdr[17]);
    let depth_fits = match colour {
        0 => matches!(depth, 1 | 2 | 4 | 8 | 16),
        3 => matches!(depth, 1 | 2 | 4 | 8),
        2 | 4 | 6 => matches!(depth, 8 | 16),
        _ => false,
    };
    let methods_fit = ihdr[18] == 0 && ihdr[19] == 0 && ihdr[20] <= 1;
    if width == 0 || height == 0 || width > 0x7FFF_FFFF || height > 0x7FFF_FFFF || !depth_fits || !methods_fit
    {
        return Err(Fault::Malformed("its size or colours make no sense"));
    }
    Ok((width, height))
}
