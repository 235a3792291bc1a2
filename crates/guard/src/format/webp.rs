//! WebP (RFC 9649): RIFF chunks of four letters, a little-endian length, data, and a byte of padding if odd.

use super::exif::Orientation;
use super::icc;
use crate::inspect::Found;
use crate::source::Source;
use crate::{Fault, MediaType, limits};
use std::io::{Read, Seek, Write};

pub(crate) fn inspect<R: Read + Seek>(source: &mut Source<R>) -> Result<Found, Fault> {
    let webp = Webp::walk(source)?;
    let (width, height) = webp.orientation.shown(webp.width, webp.height);
    Ok(Found {
        media_type: Some(MediaType::Webp),
        width: Some(width),
        height: Some(height),
        trailing_bytes: source.length().saturating_sub(webp.end),
        ..Found::default()
    })
}

/// A frame of an animation (RFC 9649 §2.7.1.1).
#[cfg(feature = "picture")]
pub(crate) struct Part {
    /// Where it lies: from the left, from the top, width, height.
    pub place: [u32; 4],
    pub delay_ms: u32,
    /// What is see-through shows what was there before.
    pub is_blended: bool,
    /// Its place is empty again after it.
    pub is_disposed: bool,
    /// Offsets and lengths of the chunks that are its picture.
    pub chunks: Vec<(u64, u64)>,
}

/// The frames of an animation; none where it does not say that it is one. Each lies within the whole and is as large as it says, so
/// that nothing larger is decoded.
#[cfg(feature = "picture")]
pub(crate) fn parts<R: Read + Seek>(source: &mut Source<R>) -> Result<Vec<Part>, Fault> {
    let webp = Webp::walk(source)?;
    if webp.flags.is_none_or(|flags| flags & FLAG_ANIMATION == 0) {
        return Ok(Vec::new());
    }
    let mut parts = Vec::new();
    for Chunk { offset, what, .. } in webp.kept {
        let What::Frame { inner } = what else { continue };
        let header: [u8; FRAME_HEADER as usize] = source.array(offset + 8)?;
        let number = |at: usize| u32::from_le_bytes([header[at], header[at + 1], header[at + 2], 0]);
        let place = [number(0) * 2, number(3) * 2, number(6) + 1, number(9) + 1];
        let picture = raw_chunk(source, inner.last().map_or(offset, |(at, _)| *at), webp.end)?;
        let is_within = place[0] + place[2] <= webp.width && place[1] + place[3] <= webp.height;
        if !is_within || bitstream_size(source, &picture)? != (place[2], place[3]) {
            return Err(Fault::Malformed("a frame of it is damaged"));
        }
        parts.push(Part {
            place,
            delay_ms: number(12),
            is_blended: header[15] & 2 == 0,
            is_disposed: header[15] & 1 == 1,
            chunks: inner,
        });
    }
    Ok(parts)
}

/// Keeps picture, animation, transparency and colour profile, corrects the flags and the length, and adds the
/// orientation as minimal EXIF where the picture is not stored upright.
pub(crate) fn strip<R: Read + Seek>(source: &mut Source<R>, output: &mut impl Write) -> Result<u64, Fault> {
    let mut webp = Webp::walk(source)?;
    let (profile, changed) = webp.rewrite_profile(source)?;
    let exif = (!webp.orientation.is_as_stored()).then(|| webp.orientation.to_tiff());
    let kept: u64 = webp.kept.iter().map(Chunk::written_length).sum();
    let exif_length = exif.map_or(0, |tiff| 8 + tiff.len() as u64);
    let riff_length =
        u32::try_from(4 + kept + exif_length).map_err(|_| Fault::TooMuch("it is too large for a picture"))?;
    let mut write = |bytes: &[u8]| output.write_all(bytes).map_err(Fault::Write);
    write(b"RIFF")?;
    write(&riff_length.to_le_bytes())?;
    write(b"WEBP")?;
    for chunk in &webp.kept {
        match &chunk.what {
            What::Header => {
                let mut header: [u8; 18] = source.array(chunk.offset)?;
                // §2.7.1: also clears what is reserved.
                header[8] &= FLAG_ALPHA | FLAG_ANIMATION;
                if !profile.is_empty() {
                    header[8] |= FLAG_ICC;
                }
                if exif.is_some() {
                    header[8] |= FLAG_EXIF;
                }
                header[9..12].fill(0);
                output.write_all(&header).map_err(Fault::Write)?;
            }
            What::Profile { .. } => {
                output.write_all(b"ICCP").map_err(Fault::Write)?;
                output.write_all(&(profile.len() as u32).to_le_bytes()).map_err(Fault::Write)?;
                // A multiple of four: nothing is to be filled up.
                output.write_all(&profile).map_err(Fault::Write)?;
            }
            What::Whole => source.copy(chunk.offset, chunk.length, output)?,
            What::Frame { inner } => {
                let length = (chunk.written_length() - 8) as u32;
                output.write_all(b"ANMF").map_err(Fault::Write)?;
                output.write_all(&length.to_le_bytes()).map_err(Fault::Write)?;
                source.copy(chunk.offset + 8, FRAME_HEADER, output)?;
                for (offset, length) in inner {
                    source.copy(*offset, *length, output)?;
                }
            }
        }
    }
    if let Some(tiff) = exif {
        output.write_all(b"EXIF").map_err(Fault::Write)?;
        output.write_all(&(tiff.len() as u32).to_le_bytes()).map_err(Fault::Write)?;
        output.write_all(&tiff).map_err(Fault::Write)?;
    }
    Ok(changed)
}

const FLAG_ICC: u8 = 0x20;
const FLAG_ALPHA: u8 = 0x10;
const FLAG_EXIF: u8 = 0x08;
const FLAG_ANIMATION: u8 = 0x02;
const FRAME_HEADER: u64 = 16;

struct Webp {
    width: u32,
    height: u32,
    orientation: Orientation,
    /// Of the extended header, if there is one.
    flags: Option<u8>,
    /// Where its colour profile is, and how long.
    profile: Option<(u64, u64)>,
    kept: Vec<Chunk>,
    /// After the RIFF chunk.
    end: u64,
}

struct Chunk {
    offset: u64,
    /// With its header and padding.
    length: u64,
    what: What,
}

enum What {
    /// VP8X, whose flags change.
    Header,
    Whole,
    /// ICCP: the colour profile, which is written anew in so many bytes.
    Profile {
        length: u64,
    },
    /// ANMF: a frame of an animation, with the kept chunks inside it.
    Frame {
        inner: Vec<(u64, u64)>,
    },
}

impl Chunk {
    fn written_length(&self) -> u64 {
        match &self.what {
            What::Header | What::Whole => self.length,
            What::Profile { length } => 8 + length,
            What::Frame { inner } => 8 + FRAME_HEADER + inner.iter().map(|(_, length)| length).sum::<u64>(),
        }
    }
}

/// Four letters, offset of the data, length of the data, offset of the next chunk.
struct RawChunk {
    name: [u8; 4],
    body: u64,
    body_length: u64,
    next: u64,
}

impl Webp {
    fn walk<R: Read + Seek>(source: &mut Source<R>) -> Result<Self, Fault> {
        if !source.has(0, b"RIFF")? || !source.has(8, b"WEBP")? {
            return Err(Fault::Malformed("it does not begin as a WebP"));
        }
        let end = 8 + u64::from(source.le32(4)?);
        // Some writers forget the last chunk's padding.
        if end > source.length() + 1 || source.length() > limits::PICTURE_BYTES {
            return Err(Fault::Malformed("it ends early"));
        }
        let end = end.min(source.length());
        let mut webp = Webp {
            width: 0,
            height: 0,
            orientation: Orientation::AS_STORED,
            flags: None,
            profile: None,
            kept: Vec::new(),
            end,
        };
        let mut at = 12;
        let mut parts = 0;
        let mut pictures = 0;
        while at < end {
            let chunk = raw_chunk(source, at, end)?;
            parts += 1;
            match &chunk.name {
                b"VP8X" if at == 12 => webp.extended_header(source, &chunk)?,
                b"VP8 " | b"VP8L" => {
                    let (width, height) = bitstream_size(source, &chunk)?;
                    if webp.width == 0 {
                        (webp.width, webp.height) = (width, height);
                    } else if pictures > 0 {
                        return Err(Fault::Malformed("it holds two pictures"));
                    }
                    pictures += 1;
                    webp.keep(at, chunk.next, What::Whole);
                }
                b"ALPH" | b"ANIM" => webp.keep(at, chunk.next, What::Whole),
                // §2.7.1.4: of more than one, the first.
                b"ICCP" if webp.profile.is_none() => {
                    webp.profile = Some((chunk.body, chunk.body_length));
                    webp.keep(at, chunk.next, What::Profile { length: 0 });
                }
                b"ANMF" => {
                    let inner = frame(source, &chunk)?;
                    parts += inner.len();
                    pictures += 1;
                    webp.keep(at, chunk.next, What::Frame { inner });
                }
                // §2.7: only the extended format has it.
                b"EXIF" if webp.flags.is_some() && chunk.body_length <= limits::EXIF_BYTES => {
                    let block = source.bytes(chunk.body, chunk.body_length as usize)?;
                    // Some writers put JPEG's prefix there.
                    webp.orientation = Orientation::of(block.strip_prefix(b"Exif\0\0").unwrap_or(block));
                }
                _ => {}
            }
            if parts > limits::PARTS {
                return Err(Fault::TooMuch("it has too many parts"));
            }
            at = chunk.next;
        }
        if pictures == 0 || webp.width == 0 {
            return Err(Fault::Malformed("it holds no picture"));
        }
        if webp.flags.is_none() && webp.kept.len() > 1 {
            return Err(Fault::Malformed("its parts do not belong together"));
        }
        Ok(webp)
    }

    /// The colour profile anew, with its length noted where it is kept; empty where there is none that is kept. Beside it how many
    /// bytes of it are others than before.
    fn rewrite_profile<R: Read + Seek>(&mut self, source: &mut Source<R>) -> Result<(Vec<u8>, u64), Fault> {
        let Some(range) = self.profile else { return Ok((Vec::new(), 0)) };
        let (profile, changed) = icc::read(source, &[range])?;
        let profile = profile.unwrap_or_default();
        self.kept.retain_mut(|chunk| match &mut chunk.what {
            What::Profile { length } => {
                *length = profile.len() as u64;
                !profile.is_empty()
            }
            _ => true,
        });
        Ok((profile, changed))
    }

    /// §2.7.1: flags, three reserved bytes, width and height less one in 24 bits each.
    fn extended_header<R: Read + Seek>(
        &mut self,
        source: &mut Source<R>,
        chunk: &RawChunk,
    ) -> Result<(), Fault> {
        if chunk.body_length != 10 {
            return Err(Fault::Malformed("its header is damaged"));
        }
        let header: [u8; 10] = source.array(chunk.body)?;
        self.flags = Some(header[0]);
        self.width = 1 + u32::from_le_bytes([header[4], header[5], header[6], 0]);
        self.height = 1 + u32::from_le_bytes([header[7], header[8], header[9], 0]);
        self.keep(chunk.body - 8, chunk.next, What::Header);
        Ok(())
    }

    fn keep(&mut self, start: u64, end: u64, what: What) {
        self.kept.push(Chunk { offset: start, length: end - start, what });
    }
}

fn raw_chunk<R: Read + Seek>(source: &mut Source<R>, at: u64, end: u64) -> Result<RawChunk, Fault> {
    source.step()?;
    if end - at < 8 {
        return Err(Fault::Malformed("it ends early"));
    }
    let name = source.array(at)?;
    let body_length = u64::from(source.le32(at + 4)?);
    let body = at + 8;
    let next = body + body_length + body_length % 2;
    if next > end {
        return Err(Fault::Malformed("a part of it is longer than the whole"));
    }
    Ok(RawChunk { name, body, body_length, next })
}

/// §2.7.1.1: a frame's header, then optional ALPH, then VP8 or VP8L, then chunks nobody knows.
fn frame<R: Read + Seek>(source: &mut Source<R>, chunk: &RawChunk) -> Result<Vec<(u64, u64)>, Fault> {
    if chunk.body_length < FRAME_HEADER {
        return Err(Fault::Malformed("a frame of it is damaged"));
    }
    let end = chunk.body + chunk.body_length;
    let mut at = chunk.body + FRAME_HEADER;
    let mut kept = Vec::new();
    let mut has_picture = false;
    while at < end {
        let inner = raw_chunk(source, at, end)?;
        match &inner.name {
            b"ALPH" if kept.is_empty() => kept.push((at, inner.next - at)),
            b"VP8 " | b"VP8L" if !has_picture => {
                bitstream_size(source, &inner)?;
                has_picture = true;
                kept.push((at, inner.next - at));
            }
            _ => {}
        }
        at = inner.next;
    }
    if has_picture { Ok(kept) } else { Err(Fault::Malformed("a frame of it is empty")) }
}

/// RFC 6386 §9.1 and RFC 9649 §3.4: the start codes and sizes of a key frame and of a lossless picture.
fn bitstream_size<R: Read + Seek>(source: &mut Source<R>, chunk: &RawChunk) -> Result<(u32, u32), Fault> {
    let (width, height) = if &chunk.name == b"VP8L" {
        if chunk.body_length < 5 || source.u8(chunk.body)? != 0x2F {
            return Err(Fault::Malformed("its picture is damaged"));
        }
        let bits = source.le32(chunk.body + 1)?;
        if bits >> 29 != 0 {
            return Err(Fault::Malformed("its picture is of an unknown version"));
        }
        (1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF))
    } else {
        if chunk.body_length < 10 || !source.has(chunk.body + 3, &[0x9D, 0x01, 0x2A])? {
            return Err(Fault::Malformed("its picture is damaged"));
        }
        let width = u32::from(source.le16(chunk.body + 6)? & 0x3FFF);
        let height = u32::from(source.le16(chunk.body + 8)? & 0x3FFF);
        (width, height)
    };
    if width == 0 || height == 0 {
        return Err(Fault::Malformed("its size makes no sense"));
    }
    Ok((width, height))
}
