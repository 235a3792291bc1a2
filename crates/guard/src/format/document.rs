//! PDF and plain text: recognised, nothing more.

use crate::inspect::Found;
use crate::source::{ENDS_EARLY, Source};
use crate::{Fault, MediaType, limits};
use std::io::{Read, Seek};

/// ISO 32000-1 §7.5: the header is the first bytes, the trailer the last. Readers allow junk before and after, which
/// is how a PDF hides behind a picture; here it is then no PDF.
pub(crate) fn inspect_pdf<R: Read + Seek>(source: &mut Source<R>) -> Result<Found, Fault> {
    let header: [u8; 8] = source.array(0)?;
    let is_version = matches!(&header[5..8], [b'1', b'.', b'0'..=b'7'] | [b'2', b'.', b'0']);
    if !header.starts_with(b"%PDF-") || !is_version {
        return Err(Fault::Malformed("it does not begin as a PDF"));
    }
    let tail = source.length().min(1024);
    let bytes = source.bytes(source.length() - tail, tail as usize)?;
    let text = bytes.trim_ascii_end();
    let text = text.strip_suffix(b"%%EOF").ok_or(ENDS_EARLY)?;
    if !text.windows(9).any(|window| window == b"startxref") {
        return Err(ENDS_EARLY);
    }
    Ok(Found { media_type: Some(MediaType::Pdf), ..Found::default() })
}

/// UTF-8 to the last byte, without control characters but tab and line ends.
pub(crate) fn inspect_text<R: Read + Seek>(source: &mut Source<R>) -> Result<Found, Fault> {
    let length = source.length();
    if length == 0 || length > limits::TEXT_BYTES {
        return Err(Fault::TooMuch("it is too long for text"));
    }
    let mut at = 0;
    while at < length {
        let ahead = source.ahead(at)?;
        let take = ahead.len();
        let reaches_end = at + take as u64 == length;
        let valid = match std::str::from_utf8(ahead) {
            Ok(_) => take,
            // A character may be cut by the window's end, not by the file's.
            Err(error) if error.error_len().is_none() && !reaches_end => error.valid_up_to(),
            Err(_) => return Err(Fault::Malformed("it is no text")),
        };
        let is_control =
            |byte: &u8| (*byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r' | 0x0C)) || *byte == 0x7F;
        if valid == 0 || ahead[..valid].iter().any(is_control) {
            return Err(Fault::Malformed("it is no text"));
        }
        at += valid as u64;
    }
    Ok(Found { media_type: Some(MediaType::Text), ..Found::default() })
}
