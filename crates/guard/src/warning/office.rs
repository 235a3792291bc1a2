//! Office files in zips (ECMA-376): what they run, load from elsewhere, or ask another program for.

use std::io::{Read, Seek};

use super::Warning;
use super::archive::Part;
use crate::reading::xml::{Token, Tokens, attribute, meant};
use crate::source::Source;
use crate::{Fault, limits};

/// Is a part of this name (in lower case) read? Types, relationships, and texts that may have fields.
pub fn is_telling(name: &[u8]) -> bool {
    let is_text = name.starts_with(b"word/") && !name[5..].contains(&b'/') && !name.ends_with(b"/styles.xml");
    name == b"[content_types].xml"
        || name.ends_with(b".rels")
        || name.ends_with(b".xml") && (is_text || name.starts_with(b"xl/externallinks/"))
}

/// Looks at those parts.
pub fn look<R: Read + Seek>(source: &mut Source<R>, parts: &[Part]) -> Result<Vec<Warning>, Fault> {
    let mut warnings = Vec::new();
    let mut left = limits::READ_BYTES;
    for part in parts {
        let bytes = match part.read(source) {
            Err(Fault::Read(error)) => return Err(Fault::Read(error)),
            Ok(bytes) if bytes.len() as u64 <= left => bytes,
            _ => {
                warnings.push(Warning::Unlooked);
                continue;
            }
        };
        left -= bytes.len() as u64;
        let text = letters(&bytes);
        // One that is not well formed is opened by no office program; what stands before counts.
        drop(of_part(&part.name.to_ascii_lowercase(), &text, &mut warnings));
    }
    if parts.len() >= limits::OFFICE_PARTS {
        warnings.push(Warning::Unlooked);
    }
    Ok(warnings)
}

/// XML may be written in UTF-16.
fn letters(bytes: &[u8]) -> String {
    let wide = |from: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = bytes.chunks_exact(2).map(|pair| from([pair[0], pair[1]])).collect();
        String::from_utf16_lossy(&units).trim_start_matches('\u{FEFF}').to_owned()
    };
    match bytes {
        [0xFF, 0xFE, ..] | [b'<', 0, ..] => wide(u16::from_le_bytes),
        [0xFE, 0xFF, ..] | [0, b'<', ..] => wide(u16::from_be_bytes),
        _ => String::from_utf8_lossy(bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes)).into_owned(),
    }
}

fn of_part(name: &str, text: &str, warnings: &mut Vec<Warning>) -> Result<(), Fault> {
    let mut field = String::new();
    let mut in_field = false;
    for token in Tokens::new(text.as_bytes())? {
        match token? {
            Token::Begin { name: element, inside } => match element.rsplit(':').next().unwrap_or_default() {
                "Override" | "Default" if name == "[content_types].xml" => {
                    let kind = value(inside, "ContentType").to_ascii_lowercase();
                    if ["vbaproject", "macroenabled", "macrosheet"].iter().any(|word| kind.contains(word)) {
                        warnings.push(Warning::Macros);
                    }
                    if kind.contains("activex") {
                        warnings.push(Warning::Active);
                    }
                }
                "Relationship" => warnings.extend(of_relationship(inside)),
                "ddeLink" | "oleLink" => warnings.push(Warning::Active),
                "fldSimple" if asks(&value_of_any(inside, "instr")) => warnings.push(Warning::Active),
                "fldChar" if asks(&std::mem::take(&mut field)) => warnings.push(Warning::Active),
                "instrText" => in_field = true,
                _ => {}
            },
            Token::End { name: element } if element.ends_with("instrText") => in_field = false,
            // It may be cut into pieces.
            Token::Words(words) if in_field && field.len() < 4_096 => field.push_str(&words),
            _ => {}
        }
    }
    if asks(&field) {
        warnings.push(Warning::Active);
    }
    Ok(())
}

/// A field that asks another program for what it shows, and starts it for that.
pub fn asks(field: &str) -> bool {
    let word: String = field.trim_start().chars().take_while(char::is_ascii_alphanumeric).collect();
    word.eq_ignore_ascii_case("DDE") || word.eq_ignore_ascii_case("DDEAUTO")
}

fn value(inside: &str, name: &str) -> String {
    attribute(inside, name).map(|value| meant(value).into_owned()).unwrap_or_default()
}

/// The same with any prefix.
fn value_of_any(inside: &str, name: &str) -> String {
    ["w:", "", "ns0:"]
        .iter()
        .map(|prefix| value(inside, &format!("{prefix}{name}")))
        .find(|value| !value.is_empty())
        .unwrap_or_default()
}

fn of_relationship(inside: &str) -> Option<Warning> {
    let kind = value(inside, "Type").to_ascii_lowercase();
    let kind = kind.rsplit('/').next().unwrap_or_default();
    let (target, mode) = (value(inside, "Target"), value(inside, "TargetMode"));
    let is_outside = mode.eq_ignore_ascii_case("External");
    match kind {
        "vbaproject" | "wordvbadata" | "xlmacrosheet" | "xlintlmacrosheet" => Some(Warning::Macros),
        "control" | "activexcontrolbinary" => Some(Warning::Active),
        "oleobject" | "frame" | "subdocument" if is_outside => Some(Warning::Active),
        // A template or a book on the sender's own machine is what ordinary files name.
        "attachedtemplate" | "externallink" | "externallinkpath" | "image" | "afchunk"
            if is_outside && is_elsewhere(&target) && (kind != "image" || !target.starts_with("http")) =>
        {
            Some(Warning::Active)
        }
        _ => None,
    }
}

/// Is it on another machine, as far as is written?
pub fn is_elsewhere(target: &str) -> bool {
    let target = target.trim().to_ascii_lowercase().replace('\\', "/");
    let on_host = target.strip_prefix("file:").unwrap_or(&target);
    let slashes = on_host.len() - on_host.trim_start_matches('/').len();
    let is_drive = on_host.trim_start_matches('/').get(1..2) == Some(":");
    let scheme = target.split_once(':').map_or("", |(scheme, _)| scheme);
    (slashes == 2 || slashes > 3) && !is_drive || scheme.len() > 1 && scheme != "file"
}
