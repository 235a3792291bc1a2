//! Documents that do things: scripts and programs in PDF, macros in old office files, objects in RTF.

use std::io::{Read, Seek};

use super::Warning;
use crate::inspect::Found;
use crate::source::Source;
use crate::{Fault, limits};

pub fn look<R: Read + Seek>(source: &mut Source<R>, _: &Found) -> Result<Vec<Warning>, Fault> {
    let head = source.ahead(0)?;
    let head = &head[..head.len().min(1_024)];
    let is_pdf = head.windows(5).any(|window| window == b"%PDF-");
    // [MS-CFB] §2.2
    let is_old_office = head.starts_with(b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1");
    let is_rtf = head.trim_ascii_start().starts_with(b"{\\rt");
    if is_pdf {
        let active = has_any(source, &ACTIVE_PDF, is_pdf_name_end)?;
        return Ok(if active { vec![Warning::Active] } else { Vec::new() });
    }
    if is_rtf {
        let active = has_any(source, &ACTIVE_RTF, |_| true)?;
        return Ok(if active { vec![Warning::Active] } else { Vec::new() });
    }
    if is_old_office {
        let mut warnings = Vec::new();
        if has_any(source, &[&wide("_VBA_PROJECT"), &wide("Macros")], |next| next == Some(0))? {
            warnings.push(Warning::Macros);
        }
        // [MS-OLEDS] §2.3.6: a file within. An installer's database has tables under coded names, and its class at the root.
        if has_any(source, &[&wide("\u{1}Ole10Native")], |_| true)? {
            warnings.push(Warning::Active);
        }
        if has_any(source, &[&INSTALLER], |_| true)? {
            warnings.push(Warning::Program);
        }
        return Ok(warnings);
    }
    Ok(Vec::new())
}

/// ISO 32000-1 §12.6.4: actions that run something; §7.11.4: files within.
const ACTIVE_PDF: [&[u8]; 5] = [b"/JavaScript", b"/JS", b"/Launch", b"/EmbeddedFile", b"/RichMedia"];

const ACTIVE_RTF: [&[u8]; 3] = [b"\\objdata", b"\\objupdate", b"\\objautlink"];

/// {000C1084-0000-0000-C000-000000000046}
const INSTALLER: [u8; 16] = [0x84, 0x10, 0x0C, 0, 0, 0, 0, 0, 0xC0, 0, 0, 0, 0, 0, 0, 0x46];

/// §7.3.5: a name goes on until a delimiter. `/JSON` is another one.
fn is_pdf_name_end(next: Option<u8>) -> bool {
    next.is_none_or(|next| !next.is_ascii_alphanumeric() || next == b's')
}

/// As directories of old office files have names.
fn wide(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// Does one of these stand somewhere, followed by a byte that fits? Longer files are looked through as far as the bound.
fn has_any<R: Read + Seek>(
    source: &mut Source<R>,
    wanted: &[impl AsRef<[u8]>],
    fits: impl Fn(Option<u8>) -> bool,
) -> Result<bool, Fault> {
    let longest = wanted.iter().map(|one| one.as_ref().len()).max().unwrap_or(0) + 1;
    let length = source.length().min(limits::SCANNED_BYTES);
    let mut kept: Vec<u8> = Vec::new();
    let mut at = 0;
    while at < length {
        let ahead = source.ahead(at)?;
        let taken = ahead.len();
        // What a window's end cut is seen with the next one.
        kept.extend_from_slice(ahead);
        let at_end = at + taken as u64 >= length;
        for one in wanted.iter().map(AsRef::as_ref) {
            let Some(first) = one.first() else { continue };
            let mut from = 0;
            while let Some(found) = kept[from..].iter().position(|byte| byte == first) {
                let begin = from + found;
                from = begin + 1;
                let next = kept.get(begin + one.len()).copied();
                if kept[begin..].starts_with(one) && (next.is_some() || at_end) && fits(next) {
                    return Ok(true);
                }
            }
        }
        kept.drain(..kept.len().saturating_sub(longest));
        at += taken as u64;
    }
    Ok(false)
}
