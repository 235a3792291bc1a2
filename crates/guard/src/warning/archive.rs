//! Archives: packages of programs, macros in office files, bombs, and archives behind something else.

use std::io::{Read, Seek};

use super::{Warning, program};
use crate::format::zip;
use crate::inspect::Found;
use crate::source::Source;
use crate::{Fault, MediaType, limits};

pub fn look<R: Read + Seek>(source: &mut Source<R>, found: &Found) -> Result<Vec<Warning>, Fault> {
    let mut warnings = trailing(source, found)?;
    if gzip_is_bomb(source)? {
        warnings.push(Warning::Bomb);
    }
    let begins_as_zip = source.has(0, b"PK\x03\x04")?;
    let length = source.length();
    let mut parts = Parts::default();
    let before = match zip::walk(source, &mut |entry| parts.note(entry)) {
        Ok(before) => before,
        Err(Fault::Read(error)) => return Err(Fault::Read(error)),
        Err(_) => return Ok(warnings),
    };
    // A zip is read from its end: what stands at its beginning may be another file.
    if before > 0 || !begins_as_zip {
        warnings.push(Warning::TwoInOne);
    }
    if parts.installs {
        warnings.push(Warning::Program);
    }
    if parts.macros {
        warnings.push(Warning::Macros);
    }
    let all_at_one_place = parts.count > 16 && parts.places.len() * 2 < parts.count;
    let huge = parts.bytes > limits::BOMB_BYTES && parts.bytes / length.max(1) > limits::BOMB_RATIO;
    if huge || parts.packed_archive || all_at_one_place {
        warnings.push(Warning::Bomb);
    }
    Ok(warnings)
}

/// What is seen of a zip's parts.
#[derive(Default)]
struct Parts {
    count: usize,
    bytes: u64,
    installs: bool,
    macros: bool,
    packed_archive: bool,
    /// Where parts begin: each has a place of its own.
    places: std::collections::BTreeSet<u64>,
}

impl Parts {
    fn note(&mut self, entry: &zip::Entry<'_>) {
        self.count += 1;
        self.bytes = self.bytes.saturating_add(entry.bytes);
        self.places.insert(entry.at);
        let name = entry.name;
        // Android, Java, iOS, Windows.
        self.installs |= matches!(
            name,
            b"AndroidManifest.xml" | b"classes.dex" | b"AppxManifest.xml" | b"AppxBlockMap.xml"
        ) || name == b"META-INF/MANIFEST.MF"
            || name.starts_with(b"Payload/") && name.ends_with(b".app/Info.plist");
        // Office: its own macros, those of Excel 4, and those of OpenDocument.
        self.macros |= name.ends_with(b"vbaProject.bin")
            || name.starts_with(b"xl/macrosheets/")
            || name.starts_with(b"Basic/") && name.ends_with(b".xml")
            || name.starts_with(b"Scripts/") && !name.ends_with(b"/");
        // An archive that packs well is one of many that hold the same.
        let is_archive =
            [&b".zip"[..], b".gz", b".7z", b".rar", b".bz2", b".xz"].iter().any(|end| name.ends_with(end));
        self.packed_archive |=
            is_archive && entry.bytes > 20_000 && entry.bytes / entry.packed_bytes.max(1) >= 10;
    }
}

/// What stands behind a picture's end, where it is a file by itself. A short film behind a photo is what phones make.
fn trailing<R: Read + Seek>(source: &mut Source<R>, found: &Found) -> Result<Vec<Warning>, Fault> {
    let mut two = false;
    if let Some(at) = source.length().checked_sub(found.trailing_bytes).filter(|_| found.trailing_bytes > 0) {
        let head = source.ahead(at)?;
        let head = head[..head.len().min(4_096)].trim_ascii_start();
        let text = head[..head.len().min(64)].to_ascii_lowercase();
        two = is_file(head)
            || program::begins_as_program(head)
            || [&b"<html"[..], b"<!doctype html", b"<script", b"<?php", b"<?xml"]
                .iter()
                .any(|begin| text.starts_with(begin));
    }
    // Readers look for the beginning of a PDF in the first kilobyte.
    if found.media_type != Some(MediaType::Pdf) && found.media_type != Some(MediaType::Text) {
        let head = source.ahead(0)?;
        let head = &head[..head.len().min(1_024)];
        let at =
            head.windows(7).position(|window| window.starts_with(b"%PDF-") && window[5].is_ascii_digit());
        two |= at.is_some_and(|at| at > 0);
    }
    Ok(if two { vec![Warning::TwoInOne] } else { Vec::new() })
}

fn is_file(head: &[u8]) -> bool {
    let starts = |magic: &[u8]| head.starts_with(magic);
    starts(b"PK\x03\x04")
        || starts(b"Rar!\x1A\x07")
        || starts(b"7z\xBC\xAF\x27\x1C")
        || starts(b"%PDF-")
        || starts(b"\x1F\x8B\x08")
        || starts(b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1")
        || starts(b"MZ") && head.len() > 64
}

/// RFC 1952 §2.3.1: the length of what was packed, without what is over 4 GiB, stands at the end.
fn gzip_is_bomb<R: Read + Seek>(source: &mut Source<R>) -> Result<bool, Fault> {
    let length = source.length();
    if length < 18 || !source.has(0, b"\x1F\x8B\x08")? {
        return Ok(false);
    }
    let bytes = u64::from(source.le32(length - 4)?);
    Ok(bytes > limits::BOMB_BYTES && bytes / length > limits::BOMB_RATIO)
}
