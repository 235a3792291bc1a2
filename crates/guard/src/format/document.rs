//! PDF, plain text, and what is written in text: recognised, nothing more.

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

/// A page or a drawing, by its first element; rich text, by its first word. In whatever alphabet the rest is written.
pub(crate) fn inspect_marked<R: Read + Seek>(source: &mut Source<R>) -> Result<Found, Fault> {
    let head = source.bytes(0, source.length().min(limits::WINDOW_BYTES as u64) as usize)?;
    // Letters of two bytes have zeros between them.
    let is_wide = head.starts_with(b"\xFF\xFE") || head.starts_with(b"\xFE\xFF");
    if !is_wide && head.contains(&0) {
        return Err(Fault::Malformed("it is no text"));
    }
    let plain: Vec<u8> = head.iter().filter(|byte| **byte != 0).map(u8::to_ascii_lowercase).collect();
    let bom: &[u8] = if is_wide { &plain[..2] } else { b"\xEF\xBB\xBF" };
    let mut text = plain.strip_prefix(bom).unwrap_or(&plain).trim_ascii_start();
    if text.starts_with(b"{\\rt") {
        return Ok(Found { media_type: Some(MediaType::Rtf), ..Found::default() });
    }
    let mut said = None;
    while let Some((end, is_type)) = not_yet(text) {
        if is_type {
            let has = |word: &[u8]| text[..end].windows(word.len()).any(|window| window == word);
            said = if has(b"svg") { Some(MediaType::Svg) } else { has(b"html").then_some(MediaType::Html) };
        }
        text = text[end..].trim_ascii_start();
    }
    let tag = text.strip_prefix(b"<").unwrap_or_default();
    let end = tag.iter().position(|byte| !byte.is_ascii_alphanumeric() && *byte != b':').unwrap_or(tag.len());
    let media_type = match tag[..end].rsplit(|byte| *byte == b':').next().unwrap_or_default() {
        b"svg" => Some(MediaType::Svg),
        b"html" | b"head" | b"body" | b"script" | b"iframe" => Some(MediaType::Html),
        _ => said,
    };
    match media_type {
        Some(_) => Ok(Found { media_type, ..Found::default() }),
        None => Err(Fault::Malformed("it is no page")),
    }
}

/// The end of a remark or declaration before the first element, and whether it tells the document's type.
fn not_yet(text: &[u8]) -> Option<(usize, bool)> {
    let past = |end: &[u8]| text.windows(end.len()).position(|window| window == end).map(|at| at + end.len());
    if text.starts_with(b"<!--") {
        return Some((past(b"-->")?, false));
    }
    if text.starts_with(b"<?xml") {
        return Some((past(b"?>")?, false));
    }
    if !text.starts_with(b"<!doctype") {
        return None;
    }
    // It may have declarations of its own in brackets.
    let (end, inner) = (past(b">")?, past(b"[").unwrap_or(usize::MAX));
    let end = if inner < end {
        past(b"]")? + text[past(b"]")?..].iter().position(|byte| *byte == b'>')? + 1
    } else {
        end
    };
    Some((end, true))
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
