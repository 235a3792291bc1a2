//! Files that are packed alone: gzip, bzip2, xz, Zstandard. Are they made to fill a disk?

use std::io::{Read, Seek};

use miniz_oxide::inflate::TINFLStatus;
use miniz_oxide::inflate::core::{DecompressorOxide, decompress, inflate_flags};

use super::Warning;
use crate::inspect::Found;
use crate::source::Source;
use crate::{Fault, limits};

pub fn look<R: Read + Seek>(source: &mut Source<R>, _: &Found) -> Result<Vec<Warning>, Fault> {
    let is_bomb = if source.has(0, b"\x1F\x8B\x08")? {
        Some(gzip(source)?)
    } else if source.has(0, b"\xFD7zXZ\0")? {
        xz(source)?.map(|bytes| is_bomb(bytes, source.length()))
    } else if source.has(0, b"\x28\xB5\x2F\xFD")? {
        zstandard(source)?.map(|bytes| is_bomb(bytes, source.length()))
    } else if source.has(0, b"BZh")? && source.has(4, b"1AY&SY")? {
        Some(bzip2(source)?)
    } else {
        return Ok(Vec::new());
    };
    Ok(match is_bomb {
        Some(true) => vec![Warning::Bomb],
        Some(false) => Vec::new(),
        None => vec![Warning::Unlooked],
    })
}

fn is_bomb(bytes: u64, packed_bytes: u64) -> bool {
    bytes > limits::BOMB_BYTES && bytes / packed_bytes.max(1) > limits::BOMB_RATIO
}

/// RFC 1952 §2.3.1: what the end says of the length is of the last part alone, and without what is over 4 GiB. So it is unpacked
/// to nowhere, as far as a bomb begins; a file that is too small for one is not.
fn gzip<R: Read + Seek>(source: &mut Source<R>) -> Result<bool, Fault> {
    let length = source.length();
    if length < 18 {
        return Ok(false);
    }
    let said = u64::from(source.le32(length - 4)?);
    // Nothing packs better than 1,032 to one.
    if is_bomb(said, length) || length.saturating_mul(1_032) < limits::BOMB_BYTES {
        return Ok(is_bomb(said, length));
    }
    let (mut at, mut all) = (0u64, 0u64);
    while let Some(body) = gzip_body(source, at)? {
        let (taken, bytes, whole) = inflate_to_nowhere(source, body, limits::BOMB_BYTES + 1 - all)?;
        all += bytes;
        at = body + taken + 8;
        if all > limits::BOMB_BYTES {
            return Ok(is_bomb(all, at.min(length)));
        }
        if !whole {
            break;
        }
    }
    Ok(false)
}

/// Where a part's packed bytes begin, behind its header.
fn gzip_body<R: Read + Seek>(source: &mut Source<R>, at: u64) -> Result<Option<u64>, Fault> {
    source.step()?;
    if !source.has(at, b"\x1F\x8B\x08")? {
        return Ok(None);
    }
    let flags = source.u8(at + 3)?;
    let mut body = at + 10;
    if flags & 4 != 0 {
        body += 2 + u64::from(source.le16(body)?);
    }
    for flag in [8, 16] {
        if flags & flag != 0 {
            while source.u8(body)? != 0 {
                source.step()?;
                body += 1;
            }
            body += 1;
        }
    }
    Ok(Some(if flags & 2 != 0 { body + 2 } else { body }))
}

/// How many bytes of input were taken, how many came out, and whether that was all.
fn inflate_to_nowhere<R: Read + Seek>(
    source: &mut Source<R>,
    begins: u64,
    most: u64,
) -> Result<(u64, u64, bool), Fault> {
    let mut state = Box::<DecompressorOxide>::default();
    let mut output = vec![0; 64 * 1024];
    let (mut taken, mut made, mut place) = (0u64, 0u64, 0usize);
    loop {
        let piece = source.ahead(begins + taken)?;
        let flags = if piece.is_empty() { 0 } else { inflate_flags::TINFL_FLAG_HAS_MORE_INPUT };
        let (status, read, written) = decompress(&mut state, piece, &mut output, place, flags);
        (taken, made) = (taken + read as u64, made + written as u64);
        place = (place + written) % output.len();
        match status {
            TINFLStatus::Done => return Ok((taken, made, true)),
            TINFLStatus::NeedsMoreInput | TINFLStatus::HasMoreOutput
                if made < most && (read > 0 || written > 0) => {}
            _ => return Ok((taken, made, false)),
        }
    }
}

/// The index at its end has the length of each block (xz file format §2.1.2, §4). None where it is more than one, or damaged.
fn xz<R: Read + Seek>(source: &mut Source<R>) -> Result<Option<u64>, Fault> {
    let mut end = source.length();
    // Padding, in fours.
    while end >= 4 && source.le32(end - 4)? == 0 {
        source.step()?;
        end -= 4;
    }
    if end < 32 || !source.has(end - 2, b"YZ")? {
        return Ok(None);
    }
    let index_bytes = (u64::from(source.le32(end - 8)?) + 1) * 4;
    let Some(mut at) = (end - 12).checked_sub(index_bytes) else { return Ok(None) };
    let limit = end - 12;
    if source.u8(at)? != 0 {
        return Ok(None);
    }
    at += 1;
    let (mut all, mut packed) = (0u64, 0u64);
    for _ in 0..varint(source, &mut at)? {
        source.step()?;
        if at >= limit {
            return Ok(None);
        }
        packed = packed.saturating_add(varint(source, &mut at)?.div_ceil(4) * 4);
        all = all.saturating_add(varint(source, &mut at)?);
    }
    // One stream alone: its blocks fill what is in front of the index.
    Ok((packed.saturating_add(12 + index_bytes + 12) == end).then_some(all))
}

fn varint<R: Read + Seek>(source: &mut Source<R>, at: &mut u64) -> Result<u64, Fault> {
    let mut number = 0;
    for place in 0..9 {
        let byte = source.u8(*at)?;
        *at += 1;
        number |= u64::from(byte & 0x7F) << (7 * place);
        if byte & 0x80 == 0 {
            return Ok(number);
        }
    }
    Err(Fault::Malformed("a number in it is too long"))
}

/// RFC 8878 §3.1.1: the length stands in front, or no more than a block's largest length comes of each block. None where that may
/// be anything.
fn zstandard<R: Read + Seek>(source: &mut Source<R>) -> Result<Option<u64>, Fault> {
    const BLOCK: u64 = 128 * 1024;
    let (mut at, mut all) = (0u64, 0u64);
    while at < source.length() {
        source.step()?;
        // A part to be stepped over.
        if source.length() - at >= 8 && source.le32(at)? & 0xFFFF_FFF0 == 0x184D_2A50 {
            at = at.saturating_add(8 + u64::from(source.le32(at + 4)?));
            continue;
        }
        if !source.has(at, b"\x28\xB5\x2F\xFD")? {
            return Ok(None);
        }
        let about = source.u8(at + 4)?;
        let single = about & 0x20 != 0;
        let length_bytes = match (about >> 6, single) {
            (0, true) => 1,
            (0, false) => 0,
            (size, _) => 1u64 << size,
        };
        at += 5 + u64::from(!single) + [0, 1, 2, 4][usize::from(about & 3)] + length_bytes;
        loop {
            source.step()?;
            let [a, b, c] = source.array::<3>(at)?;
            let header = u32::from_le_bytes([a, b, c, 0]);
            let size = u64::from(header >> 3);
            let (bytes, packed) = match header >> 1 & 3 {
                0 => (size, size),
                1 => (size, 1),
                2 => (BLOCK, size),
                _ => return Ok(None),
            };
            all = all.saturating_add(bytes);
            at += 3 + packed;
            if header & 1 == 1 {
                break;
            }
        }
        at += if about & 4 == 0 { 0 } else { 4 };
    }
    Ok(Some(all))
}

/// Lengths stand nowhere: by how many blocks of up to 900,000 bytes it has, each of which may be of runs of 255 bytes. A block of
/// anything but runs and repetitions is longer than this.
fn bzip2<R: Read + Seek>(source: &mut Source<R>) -> Result<bool, Fault> {
    const BLOCK: u64 = 0x3141_5926_5359;
    const RUNS: u64 = 900_000 * 51;
    let length = source.length().min(limits::SCANNED_BYTES);
    let (mut at, mut bits, mut blocks) = (0u64, 0u64, 0u64);
    while at < length {
        let ahead = source.ahead(at)?;
        for byte in ahead {
            for place in (0..8).rev() {
                bits = (bits << 1 | u64::from(byte >> place & 1)) & 0xFFFF_FFFF_FFFF;
                blocks += u64::from(bits == BLOCK);
            }
        }
        at += ahead.len() as u64;
    }
    let least = blocks.saturating_sub(1) * 900_000;
    Ok(blocks * RUNS > limits::BOMB_BYTES && least / source.length().max(1) > limits::BOMB_RATIO)
}
