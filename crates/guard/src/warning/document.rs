//! Documents that do things: macros in old office files, objects in RTF.

use std::io::{Read, Seek};

use super::{Warning, rtf};
use crate::inspect::Found;
use crate::source::Source;
use crate::{Fault, limits};

pub fn look<R: Read + Seek>(source: &mut Source<R>, _: &Found) -> Result<Vec<Warning>, Fault> {
    let head = source.ahead(0)?;
    // [MS-CFB] §2.2
    let is_old_office = head.starts_with(b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1");
    if head.trim_ascii_start().starts_with(b"{\\rt") {
        return rtf::look(source);
    }
    if !is_old_office {
        return Ok(Vec::new());
    }
    let mut warnings = Vec::new();
    let named = [wide("_VBA_PROJECT"), wide("_VBA_PROJECT_CUR"), wide("Macros"), wide("VBA")];
    if has_any(source, &named, |next| next == Some(0))?
        || has_any(source, &[MACRO_SHEET], |_| true)?
        || has_sheet(source)?
    {
        warnings.push(Warning::Macros);
    }
    // [MS-OLEDS] §2.3.6: a file within; formulas of a program that is known for its holes; controls.
    let within = [wide("\u{1}Ole10Native"), wide("Equation Native"), wide("\u{3}OCXNAME"), EQUATION.to_vec()];
    if has_any(source, &within, |_| true)? {
        warnings.push(Warning::Active);
    }
    // An installer's database has tables under coded names, and its class at the root.
    if has_any(source, &[&INSTALLER], |_| true)? {
        warnings.push(Warning::Program);
    }
    // [MS-OFFCRYPTO] §2.3.4.4: what is within shows with its password alone.
    if has_any(source, &[wide("EncryptedPackage")], |_| true)? {
        warnings.push(Warning::Unlooked);
    }
    Ok(warnings)
}

/// [MS-XLS] §2.4.21: where the macros of Excel 4 begin.
const MACRO_SHEET: &[u8] = b"\x09\x08\x10\0\0\x06\x40\0";

/// §2.4.28: a sheet of macros in the list of all sheets, seen or hidden, with its name.
fn has_sheet<R: Read + Seek>(source: &mut Source<R>) -> Result<bool, Fault> {
    let length = source.length().min(limits::SCANNED_BYTES);
    let (mut kept, mut at): (Vec<u8>, u64) = (Vec::new(), 0);
    while at < length {
        let ahead = source.ahead(at)?;
        at += ahead.len() as u64;
        kept.extend_from_slice(ahead);
        let is_sheet = kept.windows(12).any(|record| {
            let (letters, wide) = (u16::from(record[10]), u16::from(record[11]) + 1);
            record[0] == 0x85
                && record[1] == 0
                && record[8] <= 2
                && record[9] == 1
                && wide <= 2
                && letters > 0
                && (u16::from_le_bytes([record[2], record[3]]) == 8 + letters * wide)
        });
        if is_sheet {
            return Ok(true);
        }
        kept.drain(..kept.len().saturating_sub(11));
    }
    Ok(false)
}

/// {0002CE02-0000-0000-C000-000000000046}
const EQUATION: [u8; 16] = [0x02, 0xCE, 0x02, 0, 0, 0, 0, 0, 0xC0, 0, 0, 0, 0, 0, 0, 0x46];

/// {000C1084-0000-0000-C000-000000000046}
const INSTALLER: [u8; 16] = [0x84, 0x10, 0x0C, 0, 0, 0, 0, 0, 0xC0, 0, 0, 0, 0, 0, 0, 0x46];

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
