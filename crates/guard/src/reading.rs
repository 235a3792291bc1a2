//! From a document to plain text: what can be read of it without opening it with another program. Letters alone come out;
//! pictures, links, scripts, macros, fields and embedded files are neither followed nor looked at.
//!
//! Text, Markdown and tables of text as they are; web pages, drawings in text and rich text by their words without what marks
//! them up ([`page`], [`rtf`]); DOCX, XLSX, PPTX, ODT, ODS and ODP by the words in their XML parts; PDF by
//! what its pages draw ([`pdf`]). Everything else has no reader here.

mod page;
pub(crate) mod pdf;
mod rtf;
pub(crate) mod xml;

use std::collections::BTreeMap;
use std::io::{Read, Seek};

use serde::{Deserialize, Serialize};

use crate::format::zip;
use crate::source::Source;
use crate::{Fault, MediaType, Refused, inspect, limits};
use xml::{Token, Tokens};

/// What a document says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reading {
    /// Its words: lines, with a tab between the cells of a table.
    pub text: String,
    /// There is more of it than is shown.
    pub cut: bool,
}

/// Is there a reader for it here?
pub fn is_read(media_type: MediaType) -> bool {
    use MediaType::{Docx, Html, Odp, Ods, Odt, Pdf, Pptx, Rtf, Svg, Text, Xlsx};
    matches!(media_type, Text | Html | Svg | Rtf | Docx | Xlsx | Pptx | Odt | Ods | Odp | Pdf)
}

/// Reads a document, which is looked at by structure first.
///
/// # Errors
/// [`Refused`], in a person's words.
pub fn read(mut reader: impl Read + Seek) -> Result<Reading, Refused> {
    let found = inspect(&mut reader, "").map_err(|error| Refused::Read { why: error.to_string() })?;
    let refuse = |fault| Refused::of(fault, found.media_type);
    let mut source = Source::new(reader).map_err(|error| Refused::Read { why: error.to_string() })?;
    let mut text = Text::default();
    let read = match found.media_type {
        MediaType::Text => plain(&mut source, &mut text),
        MediaType::Html | MediaType::Svg => {
            marked(&mut source).and_then(|bytes| page::words(&letters(&bytes), &mut text))
        }
        MediaType::Rtf => marked(&mut source).and_then(|bytes| rtf::words(&bytes, &mut text)),
        MediaType::Docx => parts(&mut source, |name| name == "word/document.xml")
            .and_then(|parts| parts.values().try_for_each(|part| words(part, "w:t", "w:p", &mut text))),
        MediaType::Pptx => parts(&mut source, |name| is_numbered(name, "ppt/slides/slide"))
            .and_then(|parts| parts.values().try_for_each(|part| words(part, "a:t", "a:p", &mut text))),
        MediaType::Odt | MediaType::Ods | MediaType::Odp => parts(&mut source, |name| name == "content.xml")
            .and_then(|parts| parts.values().try_for_each(|part| open_document(part, &mut text))),
        MediaType::Xlsx => sheets(&mut source, &mut text),
        MediaType::Pdf => portable(&mut source, &mut text),
        _ => Err(Fault::Malformed("there is nothing here that reads it")),
    };
    match read {
        // A text that is long enough is an answer.
        Ok(()) => Ok(text.finish()),
        Err(_) if text.full => Ok(text.finish()),
        Err(fault) => Err(refuse(fault)),
    }
}

fn is_numbered(name: &str, before: &str) -> bool {
    let number = name.strip_prefix(before).and_then(|rest| rest.strip_suffix(".xml"));
    number.is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Text as it comes together, bounded, without anything that is no letter.
#[derive(Debug, Default)]
struct Text {
    text: String,
    full: bool,
}

impl Text {
    /// Stops where it is enough.
    fn push(&mut self, words: &str) -> Result<(), Fault> {
        for letter in words.chars().filter(|letter| is_shown(*letter)) {
            if self.text.len() + letter.len_utf8() > limits::READ_TEXT_BYTES {
                self.full = true;
                return Err(Fault::TooMuch("it is long"));
            }
            self.text.push(letter);
        }
        Ok(())
    }

    /// What parts the words before from those behind: not at the beginning, and no more than twice.
    fn part(&mut self, with: char) -> Result<(), Fault> {
        let twice = self.text.ends_with("\n\n") && with == '\n';
        if self.text.is_empty() || twice { Ok(()) } else { self.push(with.encode_utf8(&mut [0; 4])) }
    }

    fn finish(self) -> Reading {
        Reading { text: self.text.trim_end().to_owned(), cut: self.full }
    }
}

/// Letters, and what parts lines and cells; nothing that turns the order of letters around.
fn is_shown(letter: char) -> bool {
    let turns = matches!(letter, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}');
    matches!(letter, '\n' | '\t') || !(letter.is_control() || turns)
}

fn plain<R: Read + Seek>(source: &mut Source<R>, text: &mut Text) -> Result<(), Fault> {
    let all = source.length().min(limits::READ_TEXT_BYTES as u64 + 4);
    let mut bytes = Vec::new();
    while (bytes.len() as u64) < all {
        let piece = source.ahead(bytes.len() as u64)?;
        let more = piece.len().min((all - bytes.len() as u64) as usize);
        bytes.extend_from_slice(&piece[..more]);
    }
    // A letter may be cut in two at the end.
    text.push(&String::from_utf8_lossy(&bytes).replace("\r\n", "\n"))
}

/// The beginning of what is marked up.
fn marked<R: Read + Seek>(source: &mut Source<R>) -> Result<Vec<u8>, Fault> {
    let mut bytes = Vec::new();
    source.copy(0, source.length().min(limits::READ_MARKED_BYTES), &mut bytes)?;
    Ok(bytes)
}

/// UTF-8, or UTF-16 where it says so by its mark.
fn letters(bytes: &[u8]) -> std::borrow::Cow<'_, str> {
    let order: fn([u8; 2]) -> u16 = match bytes {
        [0xFF, 0xFE, ..] => u16::from_le_bytes,
        [0xFE, 0xFF, ..] => u16::from_be_bytes,
        _ => return String::from_utf8_lossy(bytes),
    };
    let units = bytes.chunks_exact(2).map(|pair| order([pair[0], pair[1]]));
    char::decode_utf16(units)
        .map(|letter| letter.unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect::<String>()
        .into()
}

/// A PDF. Where it breaks off behind some pages, those are shown.
fn portable<R: Read + Seek>(source: &mut Source<R>, text: &mut Text) -> Result<(), Fault> {
    if source.length() > limits::PDF_FILE_BYTES {
        return Err(Fault::TooMuch("it is too long"));
    }
    let mut bytes = Vec::with_capacity(source.length() as usize);
    source.copy(0, source.length(), &mut bytes)?;
    match pdf::read(&bytes, text) {
        Err(Fault::Malformed(_) | Fault::TooMuch(_)) if !text.text.is_empty() => {
            text.full = true;
            Ok(())
        }
        other => other,
    }
}

/// For fuzzing: what the pages of a PDF say, whatever it begins and ends with.
pub(crate) fn pages_of(bytes: &[u8]) -> Option<Reading> {
    let mut text = Text::default();
    pdf::read(bytes, &mut text).ok().map(|()| text.finish())
}

/// Parts of a zip by name, those with a number in its order.
fn parts<R: Read + Seek>(
    source: &mut Source<R>,
    wanted: impl Fn(&str) -> bool,
) -> Result<BTreeMap<(usize, String), Vec<u8>>, Fault> {
    let mut found = Vec::new();
    zip::walk(source, &mut |entry| {
        let name = std::str::from_utf8(entry.name).ok().filter(|name| wanted(name));
        if let Some(name) = name
            && found.len() < limits::READ_PARTS
        {
            found.push((name.to_owned(), entry.at, entry.packed_bytes, entry.bytes));
        }
    })?;
    if found.is_empty() {
        return Err(Fault::Malformed("its text is missing"));
    }
    let all = found.iter().fold(0u64, |sum, (.., packed_bytes, bytes)| {
        sum.saturating_add(*packed_bytes).saturating_add(*bytes)
    });
    if all > limits::READ_BYTES {
        return Err(Fault::TooMuch("its parts are too long"));
    }
    let mut parts = BTreeMap::new();
    for (name, at, packed_bytes, bytes) in found {
        let part = zip::unpack(source, at, packed_bytes, bytes)?;
        // "slide10" comes behind "slide9": longer names later.
        parts.insert((name.len(), name), part);
    }
    Ok(parts)
}

/// What stands in elements of one name, a line for each of another.
fn words(part: &[u8], of: &str, line: &str, text: &mut Text) -> Result<(), Fault> {
    let mut inside = 0usize;
    for token in Tokens::new(part)? {
        match token? {
            Token::Begin { name, .. } if name == of => inside += 1,
            Token::End { name } if name == of => inside = inside.saturating_sub(1),
            Token::End { name } if name == line => text.part('\n')?,
            Token::Begin { name: "w:tab", .. } => text.part('\t')?,
            Token::Begin { name: "w:br" | "a:br", .. } => text.part('\n')?,
            Token::Words(words) if inside > 0 => text.push(&words)?,
            _ => {}
        }
    }
    text.part('\n')
}

/// ODF 1.3 part 3: text stands in paragraphs and headings, paragraphs in cells, cells in rows.
fn open_document(part: &[u8], text: &mut Text) -> Result<(), Fault> {
    let (mut inside, mut in_row) = (0usize, 0usize);
    for token in Tokens::new(part)? {
        match token? {
            Token::Begin { name: "text:p" | "text:h", .. } => inside += 1,
            Token::End { name: "text:p" | "text:h" } => {
                inside = inside.saturating_sub(1);
                text.part(if in_row > 0 { ' ' } else { '\n' })?;
            }
            Token::Begin { name: "table:table-row", .. } => in_row += 1,
            Token::End { name: "table:table-row" } => {
                in_row = in_row.saturating_sub(1);
                text.part('\n')?;
            }
            Token::End { name: "table:table-cell" } => text.part('\t')?,
            Token::Begin { name: "text:tab", .. } => text.part('\t')?,
            Token::Begin { name: "text:s", .. } => text.part(' ')?,
            Token::Begin { name: "text:line-break", .. } => text.part('\n')?,
            Token::Words(words) if inside > 0 => text.push(&words)?,
            _ => {}
        }
    }
    Ok(())
}

/// ECMA-376 part 1 §18: cells of a sheet, most of which name a text of a list that they share.
fn sheets<R: Read + Seek>(source: &mut Source<R>, text: &mut Text) -> Result<(), Fault> {
    let mut shared = Vec::new();
    // A book of numbers has no such list.
    if let Ok(lists) = parts(source, |name| name == "xl/sharedStrings.xml") {
        for part in lists.values() {
            shared_texts(part, &mut shared)?;
        }
    }
    let sheets = parts(source, |name| is_numbered(name, "xl/worksheets/sheet"))?;
    for sheet in sheets.values() {
        let (mut inside, mut is_shared) = (false, false);
        for token in Tokens::new(sheet)? {
            match token? {
                Token::Begin { name: "c", inside: of } => is_shared = xml::attribute(of, "t") == Some("s"),
                Token::Begin { name: "v" | "t", .. } => inside = true,
                Token::End { name: "v" | "t" } => inside = false,
                Token::End { name: "c" } => text.part('\t')?,
                Token::End { name: "row" } => text.part('\n')?,
                Token::Words(words) if inside && is_shared => {
                    let number = words.trim().parse::<usize>().ok();
                    text.push(number.and_then(|number| shared.get(number)).map_or("", String::as_str))?;
                }
                Token::Words(words) if inside => text.push(&words)?,
                _ => {}
            }
        }
        text.part('\n')?;
    }
    Ok(())
}

fn shared_texts(part: &[u8], shared: &mut Vec<String>) -> Result<(), Fault> {
    let (mut inside, mut text) = (false, String::new());
    for token in Tokens::new(part)? {
        match token? {
            Token::Begin { name: "t", .. } => inside = true,
            Token::End { name: "t" } => inside = false,
            Token::End { name: "si" } => shared.push(std::mem::take(&mut text)),
            Token::Words(words) if inside => text.push_str(&words),
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
