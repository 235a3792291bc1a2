//! Two files in one: a program, an archive or a page behind something else, or a PDF behind a page.

use std::io::{Read, Seek};

use super::{Warning, page, program};
use crate::inspect::Found;
use crate::source::Source;
use crate::{Fault, MediaType, limits};

pub fn look<R: Read + Seek>(source: &mut Source<R>, found: &Found) -> Result<Vec<Warning>, Fault> {
    let mut two = false;
    if let Some(at) = source.length().checked_sub(found.trailing_bytes).filter(|_| found.trailing_bytes > 0) {
        two = is_other(source, at)?;
    }
    let head = source.ahead(0)?;
    let head = &head[..head.len().min(1_024)];
    let is_text =
        matches!(found.media_type, Some(MediaType::Text | MediaType::Html | MediaType::Svg | MediaType::Rtf));
    // Readers look for the beginning of a PDF in the first kilobyte.
    let pdf = head.windows(7).position(|window| window.starts_with(b"%PDF-") && window[5].is_ascii_digit());
    match pdf {
        // A text may speak of it; one that ends like one, too, is one.
        Some(at) if at > 0 && found.media_type != Some(MediaType::Pdf) => {
            two |= !is_text || ends_as_pdf(source)?
        }
        _ => {}
    }
    if pdf.is_some() && !two {
        two = is_behind_pdf(source)?;
    }
    Ok(if two { vec![Warning::TwoInOne] } else { Vec::new() })
}

fn ends_as_pdf<R: Read + Seek>(source: &mut Source<R>) -> Result<bool, Fault> {
    let tail = source.length().min(1_024);
    let tail = source.bytes(source.length() - tail, tail as usize)?;
    let has = |wanted: &[u8]| tail.windows(wanted.len()).any(|window| window == wanted);
    Ok(has(b"startxref") && has(b"%%EOF"))
}

/// Something behind one of a PDF's ends: each of its versions has one, and the next version begins with a number.
fn is_behind_pdf<R: Read + Seek>(source: &mut Source<R>) -> Result<bool, Fault> {
    let length = source.length().min(limits::SCANNED_BYTES);
    let (mut at, mut ends) = (0u64, Vec::new());
    while at < length && ends.len() < limits::PDF_VERSIONS {
        let ahead = source.ahead(at)?;
        let taken = ahead.len();
        let found = ahead.windows(5).enumerate().filter(|(_, window)| *window == b"%%EOF");
        ends.extend(found.map(|(place, _)| at + place as u64 + 5));
        // What a window's end cut is seen with the next one.
        at += if taken > 4 && at + (taken as u64) < length { taken as u64 - 4 } else { taken as u64 };
    }
    for end in ends {
        let begins = past_blanks(source, end)?;
        let head = source.ahead(begins)?;
        if begins_as_other(&head[..head.len().min(4_096)]) || is_windows(head) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Behind a picture, also with something between: a program or an archive, or a page that does something. A short film behind a
/// photo is what phones make.
fn is_other<R: Read + Seek>(source: &mut Source<R>, at: u64) -> Result<bool, Fault> {
    /// How far behind the picture.
    const FAR: u64 = 256 * 1024;
    let at = past_blanks(source, at)?;
    let head = source.ahead(at)?;
    if begins_as_other(&head[..head.len().min(4_096)]) {
        return Ok(true);
    }
    let mut bytes = Vec::new();
    source.copy(at, FAR.min(source.length() - at), &mut bytes)?;
    let strong: [&[u8]; 7] = [
        b"Rar!\x1A\x07",
        b"7z\xBC\xAF\x27\x1C",
        b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1",
        b"\x7FELF\x02\x01\x01",
        b"\x7FELF\x01\x01\x01",
        b"<?php",
        b"<!DOCTYPE html",
    ];
    let is_program = (0..bytes.len()).any(|at| {
        let rest = &bytes[at..];
        strong.iter().any(|magic| rest.starts_with(magic)) || rest.starts_with(b"MZ") && is_windows(rest)
    });
    let text = bytes.to_ascii_lowercase();
    let is_page = [&b"<html"[..], b"<script", b"<svg", b"<body", b"<hta:"]
        .iter()
        .any(|tag| text.windows(tag.len()).any(|window| window == *tag));
    Ok(is_program || is_page && page::acts(&text, text.len()))
}

fn past_blanks<R: Read + Seek>(source: &mut Source<R>, mut at: u64) -> Result<u64, Fault> {
    let end = source.length().min(at.saturating_add(limits::SCANNED_BYTES));
    while at < end {
        let ahead = source.ahead(at)?;
        match ahead.iter().position(|byte| *byte != 0 && !byte.is_ascii_whitespace()) {
            Some(blanks) => return Ok(at + blanks as u64),
            None => at += ahead.len() as u64,
        }
    }
    Ok(at)
}

fn begins_as_other(head: &[u8]) -> bool {
    let starts = |magic: &[u8]| head.starts_with(magic);
    let text = head[..head.len().min(64)].to_ascii_lowercase();
    starts(b"PK\x03\x04")
        || starts(b"Rar!\x1A\x07")
        || starts(b"7z\xBC\xAF\x27\x1C")
        || starts(b"%PDF-")
        || starts(b"\x1F\x8B\x08")
        || starts(b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1")
        || starts(b"MZ") && head.len() > 64
        || program::begins_as_program(head)
        || [&b"<html"[..], b"<!doctype html", b"<script", b"<?php", b"<?xml", b"<svg", b"<body", b"<hta:"]
            .iter()
            .any(|begin| text.starts_with(begin))
}

/// The header that the DOS header tells of.
fn is_windows(bytes: &[u8]) -> bool {
    let place = bytes.get(60..64).map(|place| u32::from_le_bytes([place[0], place[1], place[2], place[3]]));
    let rest = place.and_then(|place| bytes.get(usize::try_from(place).ok()?..));
    bytes.starts_with(b"MZ") && rest.is_some_and(|rest| rest.starts_with(b"PE\0\0"))
}
