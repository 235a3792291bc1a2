//! Files inside a document: pictures, sound, fonts, other documents. Each is told by what it is, and what is not known to be clean
//! afterwards is refused with the whole.

use std::io::Cursor;

use super::xml::{Fate, Rules, Tag, rewrite};
use super::{is_local, office, open};
use crate::source::Source;
use crate::{Fault, MediaType, inspect, limits, strip};

/// What an embedded file becomes. `depth` documents are around it.
pub fn cleaned(name: &str, bytes: Vec<u8>, depth: usize) -> Result<Vec<u8>, Fault> {
    let begins = |with: &[u8]| bytes.starts_with(with);
    if begins(&[0xD0, 0xCF, 0x11, 0xE0]) {
        return Err(Fault::NotCleaned("a document of an old kind is embedded in it"));
    }
    if bytes.is_empty() || is_font(name, &bytes) || begins(b"VCLMTF") {
        return Ok(bytes);
    }
    if begins(&[1, 0, 0, 0]) && bytes.get(40..44) == Some(b" EMF") {
        return drawing(bytes);
    }
    if begins(&[0xD7, 0xCD, 0xC6, 0x9A]) || begins(&[1, 0, 9, 0]) || begins(&[2, 0, 9, 0]) {
        return without_pictures(bytes);
    }
    let found = inspect(Cursor::new(&bytes), "").map_err(Fault::Read)?.media_type;
    match found {
        MediaType::Docx
        | MediaType::Xlsx
        | MediaType::Pptx
        | MediaType::Odt
        | MediaType::Ods
        | MediaType::Odp => {
            let mut source = Source::new(Cursor::new(&bytes)).map_err(Fault::Read)?;
            let mut output = Vec::new();
            if depth >= limits::CLEANED_NESTING {
                return Err(Fault::TooMuch("documents are too deep in each other"));
            }
            match found {
                MediaType::Odt | MediaType::Ods | MediaType::Odp => {
                    open::clean(&mut source, &mut output, found, depth + 1)?;
                }
                _ => office::clean(&mut source, &mut output, depth + 1)?,
            }
            Ok(output)
        }
        MediaType::Svg => rewrite(&bytes, &mut Drawing),
        _ if found.is_strippable() => stripped(&bytes, found),
        _ => Err(Fault::NotCleaned("a part of it is of a kind that can't be cleaned")),
    }
}

/// A picture, a video or sound by [`strip`].
pub fn stripped(bytes: &[u8], media_type: MediaType) -> Result<Vec<u8>, Fault> {
    let mut output = Vec::with_capacity(bytes.len());
    match strip(Cursor::new(bytes), &mut output, media_type) {
        Ok(_) => Ok(output),
        Err(_) => Err(Fault::NotCleaned("a picture or video in it is damaged or of a rare kind")),
    }
}

/// Also those that office programs scramble, which begin with anything.
fn is_font(name: &str, bytes: &[u8]) -> bool {
    let ending = name.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
    let is_known =
        [&b"\0\x01\0\0"[..], b"OTTO", b"true", b"ttcf", b"wOFF"].iter().any(|head| bytes.starts_with(head));
    matches!(&ending[..], "odttf" | "fntdata") || is_known
}

/// MS-EMF §2.3.4.2: which program made the drawing and what it called it stands behind the header.
fn drawing(mut bytes: Vec<u8>) -> Result<Vec<u8>, Fault> {
    let number = |at: usize| {
        let four = bytes.get(at..at + 4).and_then(|four| <[u8; 4]>::try_from(four).ok());
        four.map_or(0, |four| u32::from_le_bytes(four) as usize)
    };
    let (length, letters, from) = (number(4), number(60), number(64));
    let text = from..from.saturating_add(letters.saturating_mul(2));
    if !text.is_empty() && from < 88 || text.end > length.max(88) || text.end > bytes.len() {
        return Err(Fault::NotCleaned("a drawing in it is damaged"));
    }
    bytes[text].fill(0);
    without_pictures(bytes)
}

/// A drawing that carries a picture with what a camera wrote is of a rare kind.
fn without_pictures(bytes: Vec<u8>) -> Result<Vec<u8>, Fault> {
    let tells = [&b"Exif\0\0"[..], b"ns.adobe.com", b"<x:xmpmeta", b"Photoshop 3.0"];
    if tells.iter().any(|wanted| bytes.windows(wanted.len()).any(|window| window == *wanted)) {
        return Err(Fault::NotCleaned("a drawing in it carries a picture with what a camera wrote"));
    }
    Ok(bytes)
}

/// A drawing in text, without what drawing programs write for themselves.
struct Drawing;

impl Rules for Drawing {
    fn tag(&mut self, tag: &mut Tag<'_>, _: &[&str]) -> Result<Fate, Fault> {
        if matches!(tag.local(), "metadata" | "namedview" | "RDF" | "script" | "pgf" | "pgfRef" | "i:pgf") {
            return Ok(Fate::Drop);
        }
        if tag.all().any(|(name, value)| name == "href" && value.trim_start().starts_with("data:")) {
            return Err(Fault::NotCleaned("a drawing in it carries a picture"));
        }
        let own = [
            "docname",
            "export-filename",
            "version",
            "absref",
            "output_extension",
            "export-xdpi",
            "export-ydpi",
        ];
        let is_root = tag.local() == "svg";
        tag.leave_out(|name, value| {
            // 1.1 is the drawing's version, another one the program's.
            let is_programs = name != "version" || is_root && value != "1.1";
            own.contains(&name) && is_programs || name == "href" && is_local(value)
        });
        Ok(Fate::Keep)
    }
}
