//! A document anew, without what it tells about who made it, when and with what: only where the person asked for it, and all of it
//! or nothing. What can't be cleaned as a whole is refused in words.
//!
//! - [`package`]: office files, part by part: [`office`] has Microsoft's rules, [`open`] those of OpenDocument.
//! - [`portable`]: PDF, as one revision of what its pages refer to.
//! - [`part`]: pictures and other files inside of these.
//! - [`xml`]: an XML part written again, tag by tag.
//!
//! What stays is what is shown: text, tracked changes and remarks themselves, slides' notes, the words of links, the languages that are
//! set, what fonts say of themselves.

mod office;
mod open;
mod package;
mod part;
mod portable;
mod xml;

use std::io::{Read, Seek, Write};

use crate::source::Source;
use crate::{Fault, MediaType};

/// The name that remarks and changes have afterwards: readers want one.
const NOBODY: &str = "Author";
/// And the time, where readers want one.
const NEVER: &str = "1980-01-01T00:00:00Z";

/// Writes the document without what it tells of its making.
pub(crate) fn document<R: Read + Seek>(
    source: &mut Source<R>,
    output: &mut impl Write,
    media_type: MediaType,
) -> Result<(), Fault> {
    match media_type {
        MediaType::Pdf => portable::clean(source, output),
        MediaType::Odt | MediaType::Ods | MediaType::Odp => open::clean(source, output, media_type, 0),
        _ => office::clean(source, output, 0),
    }
}

/// A place on a disk or in a network of somebody's, which often has a name in it.
fn is_on_disk(place: &str) -> bool {
    let place = xml::plain(place);
    let bytes = place.as_bytes();
    let is_drive = |at: usize| {
        let first = at == 0 || !bytes[at - 1].is_ascii_alphanumeric();
        first
            && bytes[at].is_ascii_alphabetic()
            && bytes[at + 1] == b':'
            && matches!(bytes[at + 2], b'\\' | b'/')
    };
    place.to_ascii_lowercase().contains("file:")
        || place.contains("\\\\")
        || (0..bytes.len().saturating_sub(2)).any(is_drive)
}

/// The same, also from where the document lies or from the disk's beginning.
fn is_local(place: &str) -> bool {
    let plain = xml::plain(place);
    let plain = plain.trim();
    let leads_up = plain.contains("../") || plain.contains("..\\");
    is_on_disk(plain) || leads_up && !plain.contains("://") || plain.starts_with(['/', '~'])
}

/// What office programs call a picture after its file: `IMG_2041.jpg`.
fn is_file_name(name: &str) -> bool {
    let ending = name.trim().rsplit_once('.').map_or("", |(_, ending)| ending).to_ascii_lowercase();
    let known = [
        "jpg", "jpeg", "png", "gif", "bmp", "tif", "tiff", "emf", "wmf", "svg", "heic", "webp", "avif",
        "mp4", "mov", "avi", "m4a", "mp3", "wav", "pdf", "doc", "docx", "xls", "xlsx", "ppt", "pptx", "odt",
        "ods", "odp",
    ];
    is_on_disk(name) || known.contains(&&ending[..])
}

#[cfg(test)]
mod tests;
