//! What a PDF's streams are packed with (ISO 32000-1 §7.4), where text may be behind it. Pictures' own ways are none of these:
//! they are never unpacked.

use miniz_oxide::inflate::TINFLStatus;
use miniz_oxide::inflate::core::{DecompressorOxide, decompress, inflate_flags};

use super::object::{Object, digit, is_blank};
use crate::{Fault, limits};

const TOO_MUCH: Fault = Fault::TooMuch("it unpacks to too much");

/// A list's elements, or the one thing that stands in its place.
pub(crate) fn one_or_more(object: &Object) -> Vec<Object> {
    match object {
        Object::Null => Vec::new(),
        Object::List(list) => list.iter().take(limits::PDF_FILTERS).cloned().collect(),
        one => vec![one.clone()],
    }
}

/// One step of unpacking, to `most` bytes at most. What is cut or damaged behind a good beginning is that beginning.
pub(super) fn unpack(
    bytes: &[u8],
    name: &[u8],
    settings: Option<&Object>,
    most: usize,
) -> Result<Vec<u8>, Fault> {
    let unpacked = match name {
        b"FlateDecode" | b"Fl" => inflate(bytes, most)?,
        b"LZWDecode" | b"LZW" => {
            let early = number(settings, b"EarlyChange").unwrap_or(1) != 0;
            lzw(bytes, early, most)?
        }
        b"ASCIIHexDecode" | b"AHx" => return Ok(hexadecimal(bytes)),
        b"ASCII85Decode" | b"A85" => return Ok(base_85(bytes)),
        b"RunLengthDecode" | b"RL" => return runs(bytes, most),
        _ => return Err(Fault::TooMuch("a part of it is packed in a way that is not read here")),
    };
    Ok(predicted(unpacked, settings))
}

fn number(settings: Option<&Object>, name: &[u8]) -> Option<usize> {
    settings?.dictionary()?.get(name)?.count()
}

fn inflate(bytes: &[u8], most: usize) -> Result<Vec<u8>, Fault> {
    let with_head = inflate_flags::TINFL_FLAG_PARSE_ZLIB_HEADER;
    let unpacked = inflate_as(bytes, with_head, most)?;
    if !unpacked.is_empty() {
        return Ok(unpacked);
    }
    // Some writers leave the two bytes in front out, or get them wrong.
    inflate_as(bytes.get(2..).unwrap_or_default(), 0, most)
}

/// As far as it goes.
fn inflate_as(bytes: &[u8], flags: u32, most: usize) -> Result<Vec<u8>, Fault> {
    let flags = flags | inflate_flags::TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
    let mut state = Box::<DecompressorOxide>::default();
    let mut output = vec![0; bytes.len().saturating_mul(2).max(1_024).min(most)];
    let (mut read, mut written) = (0, 0);
    loop {
        let (status, taken, made) = decompress(&mut state, &bytes[read..], &mut output, written, flags);
        (read, written) = (read + taken, written + made);
        if status != TINFLStatus::HasMoreOutput {
            output.truncate(written);
            return Ok(output);
        }
        if output.len() >= most {
            return Err(TOO_MUCH);
        }
        output.resize(output.len().saturating_mul(2).min(most), 0);
    }
}

/// §7.4.4.2: codes of 9 to 12 bits, the highest first.
fn lzw(bytes: &[u8], early: bool, most: usize) -> Result<Vec<u8>, Fault> {
    const CLEAR: usize = 256;
    const END: usize = 257;
    const CODES: usize = 4_096;
    let mut output: Vec<u8> = Vec::new();
    // Of each code behind the two: where in the output what it means stands.
    let mut table: Vec<(usize, usize)> = Vec::new();
    let (mut bits, mut held, mut width) = (0u32, 0u32, 9u32);
    let mut last: Option<(usize, usize)> = None;
    for &byte in bytes {
        (bits, held) = (bits << 8 | u32::from(byte), held + 8);
        if held < width {
            continue;
        }
        held -= width;
        let code = (bits >> held) as usize & ((1 << width) - 1);
        bits &= (1 << held) - 1;
        let begins = output.len();
        match code {
            CLEAR => {
                table.clear();
                (width, last) = (9, None);
                continue;
            }
            END => return Ok(output),
            0..=255 => output.push(code as u8),
            _ => {
                let known = table.get(code - 258).copied();
                // A code that is just being made: what came last, and its first byte again.
                let Some((from, length)) = known.or(last.map(|(from, length)| (from, length + 1))) else {
                    return Ok(output);
                };
                if known.is_none() && code != 258 + table.len() {
                    return Ok(output);
                }
                if output.len() + length > most {
                    return Err(TOO_MUCH);
                }
                for at in from..from + length {
                    output.push(output[at]);
                }
            }
        }
        if output.len() > most {
            return Err(TOO_MUCH);
        }
        if let Some((from, length)) = last
            && table.len() + 258 < CODES
        {
            table.push((from, length + 1));
        }
        last = Some((begins, output.len() - begins));
        width = match 258 + table.len() + usize::from(early) {
            ..512 => 9,
            512..1_024 => 10,
            1_024..2_048 => 11,
            _ => 12,
        };
    }
    Ok(output)
}

fn hexadecimal(bytes: &[u8]) -> Vec<u8> {
    let digits: Vec<u8> =
        bytes.iter().take_while(|byte| **byte != b'>').filter_map(|byte| digit(*byte)).collect();
    digits.chunks(2).map(|pair| pair[0] << 4 | pair.get(1).copied().unwrap_or(0)).collect()
}

/// §7.4.3
fn base_85(bytes: &[u8]) -> Vec<u8> {
    let (mut output, mut group, mut count) = (Vec::new(), 0u64, 0);
    for &byte in bytes.iter().filter(|byte| !is_blank(**byte)) {
        match byte {
            b'z' if count == 0 => output.extend([0; 4]),
            b'!'..=b'u' => {
                group = group * 85 + u64::from(byte - b'!');
                count += 1;
                if count == 5 {
                    output.extend((group as u32).to_be_bytes());
                    (group, count) = (0, 0);
                }
            }
            _ => break,
        }
    }
    if count > 1 {
        let padded = (count..5).fold(group, |group, _| group * 85 + 84);
        output.extend_from_slice(&(padded as u32).to_be_bytes()[..count - 1]);
    }
    output
}

/// §7.4.5
fn runs(bytes: &[u8], most: usize) -> Result<Vec<u8>, Fault> {
    let (mut output, mut at) = (Vec::new(), 0);
    while let Some(&length) = bytes.get(at) {
        at += 1;
        match length {
            0..=127 => {
                let end = (at + usize::from(length) + 1).min(bytes.len());
                output.extend_from_slice(&bytes[at..end]);
                at = end;
            }
            128 => break,
            _ => {
                let Some(&byte) = bytes.get(at) else { break };
                output.extend(std::iter::repeat_n(byte, 257 - usize::from(length)));
                at += 1;
            }
        }
        if output.len() > most {
            return Err(TOO_MUCH);
        }
    }
    Ok(output)
}

/// §7.4.4.4: rows as PNG has them (ISO/IEC 15948 §9), each from what is left of it and above; of TIFF's way, none is text.
fn predicted(bytes: Vec<u8>, settings: Option<&Object>) -> Vec<u8> {
    if number(settings, b"Predictor").is_none_or(|predictor| predictor < 10) {
        return bytes;
    }
    let of = |name: &[u8], usual: usize| number(settings, name).unwrap_or(usual).clamp(1, 65_536);
    let (colours, depth, columns) = (of(b"Colors", 1), of(b"BitsPerComponent", 8), of(b"Columns", 1));
    let pixel = (colours.min(64) * depth.min(32)).div_ceil(8);
    let row = (colours.min(64) * depth.min(32) * columns).div_ceil(8);
    let (mut output, mut above) = (Vec::with_capacity(bytes.len()), vec![0u8; row]);
    for packed in bytes.chunks(row + 1) {
        let Some((&kind, packed)) = packed.split_first() else { break };
        let mut line = vec![0u8; row];
        for (at, &byte) in packed.iter().enumerate() {
            let left = if at < pixel { 0 } else { line[at - pixel] };
            let corner = if at < pixel { 0 } else { above[at - pixel] };
            line[at] = byte.wrapping_add(match kind {
                1 => left,
                2 => above[at],
                3 => ((u16::from(left) + u16::from(above[at])) / 2) as u8,
                4 => paeth(left, above[at], corner),
                _ => 0,
            });
        }
        output.extend_from_slice(&line[..packed.len()]);
        above = line;
    }
    output
}

fn paeth(left: u8, above: u8, corner: u8) -> u8 {
    let [a, b, c] = [left, above, corner].map(i16::from);
    let [to_left, to_above, to_corner] = [b - c, a - c, a + b - c - c].map(i16::abs);
    if to_left <= to_above && to_left <= to_corner {
        left
    } else if to_above <= to_corner {
        above
    } else {
        corner
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(bytes: &[u8], name: &str) -> Vec<u8> {
        unpack(bytes, name.as_bytes(), None, 1_000).unwrap()
    }

    #[test]
    fn every_way_is_unpacked() {
        assert_eq!(plain(b"48 65 6C6c 6F>", "ASCIIHexDecode"), b"Hello");
        assert_eq!(plain(b"87cURD]i,\"Ebo80~>", "ASCII85Decode"), b"Hello World!");
        assert_eq!(plain(&[4, b'H', b'e', b'l', b'l', b'o', 254, b'!', 128, 7], "RL"), b"Hello!!!");
        // The example of §7.4.4.2.
        assert_eq!(
            plain(&[0x80, 0x0B, 0x60, 0x50, 0x22, 0x0C, 0x0C, 0x85, 0x01], "LZWDecode"),
            b"-----A---B"
        );
        let packed = miniz_oxide::deflate::compress_to_vec_zlib(b"Hello", 6);
        assert_eq!(plain(&packed, "FlateDecode"), b"Hello");
        assert_eq!(plain(&packed[..packed.len() - 3], "FlateDecode"), b"Hello");
        assert!(unpack(b"", b"DCTDecode", None, 10).is_err());
    }

    #[test]
    fn a_long_text_in_lzw_grows_its_codes() {
        // Codes of nine bits that make the table grow past 512: 'a' and 'b' in turn, each written as it is.
        let (mut bits, mut packed, mut held) = (0u64, Vec::new(), 0);
        let mut put = |code: u64, width: u32| {
            (bits, held) = (bits << width | code, held + width);
            while held >= 8 {
                held -= 8;
                packed.push((bits >> held) as u8);
            }
        };
        put(256, 9);
        for number in 0..1_000u64 {
            // With early change the 511th entry is the first that needs ten bits.
            let width = match 258 + number.saturating_sub(1) {
                ..511 => 9,
                511..1_023 => 10,
                _ => 11,
            };
            put(u64::from(b'a') + number % 2, width);
        }
        put(257, 11);
        put(0, 7);
        let text = lzw(&packed, true, 10_000).unwrap();
        assert_eq!(text.len(), 1_000);
        assert!(text.chunks(2).all(|pair| pair == b"ab"));
        assert!(matches!(lzw(&packed, true, 100), Err(Fault::TooMuch(_))));
    }

    #[test]
    fn bombs_are_refused() {
        let bomb = miniz_oxide::deflate::compress_to_vec_zlib(&vec![0; 100_000], 9);
        assert!(matches!(unpack(&bomb, b"FlateDecode", None, 10_000), Err(Fault::TooMuch(_))));
        let bomb = [129, 0].repeat(1_000);
        assert!(matches!(unpack(&bomb, b"RunLengthDecode", None, 10_000), Err(Fault::TooMuch(_))));
    }
}
