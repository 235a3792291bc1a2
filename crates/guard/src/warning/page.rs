//! Pages that a browser opens: HTML, SVG, and pages kept in one file (MHT). What they do once they are open.

use std::io::{Read, Seek};

use super::Warning;
use crate::inspect::Found;
use crate::source::Source;
use crate::{Fault, MediaType, limits};

pub fn look<R: Read + Seek>(source: &mut Source<R>, found: &Found) -> Result<Vec<Warning>, Fault> {
    let is_page = matches!(found.media_type, Some(MediaType::Html | MediaType::Svg | MediaType::Text));
    if !is_page && !is_kept_page(source)? {
        return Ok(Vec::new());
    }
    let length = source.length().min(limits::SCANNED_BYTES);
    let (mut kept, mut at) = (Vec::new(), 0);
    while at < length {
        let ahead = source.ahead(at)?;
        at += ahead.len() as u64;
        // Letters of two bytes have zeros between them.
        kept.extend(ahead.iter().filter(|byte| **byte != 0).map(u8::to_ascii_lowercase));
        let sure = if at >= length { kept.len() } else { kept.len().saturating_sub(LONGEST) };
        if acts(&kept, sure) {
            return Ok(vec![Warning::Page]);
        }
        kept.drain(..sure);
    }
    Ok(Vec::new())
}

/// How far a tag is looked at for what it leads to.
const LONGEST: usize = 512;

/// Does something that begins in the first `sure` bytes run, load or send something? In lower case.
pub fn acts(text: &[u8], sure: usize) -> bool {
    let mut in_tag = false;
    for at in 0..sure.min(text.len()) {
        match text[at] {
            b'<' => {
                in_tag = true;
                if is_active_tag(&text[at + 1..]) {
                    return true;
                }
            }
            b'>' => in_tag = false,
            b' ' | b'\t' | b'\n' | b'\r' | 12 | b'/' | b'"' | b'\''
                if in_tag && is_handler(&text[at + 1..]) =>
            {
                return true;
            }
            b'j' | b'v' if in_tag && is_script_link(&text[at..]) => return true,
            _ => {}
        }
    }
    false
}

fn is_active_tag(rest: &[u8]) -> bool {
    let is_letter = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b':' | b'-' | b'_');
    let end = rest.iter().take(64).position(|byte| !is_letter(byte)).unwrap_or(rest.len().min(64));
    // SVG is often written with a prefix.
    let name = rest[..end].rsplit(|byte| *byte == b':').next().unwrap_or_default();
    let tag = &rest[..rest.len().min(LONGEST)];
    let tag = &tag[..tag.iter().position(|byte| *byte == b'>').unwrap_or(tag.len())];
    match name {
        // Data in a page, which nothing runs.
        b"script" => !has(tag, b"application/ld+json") && !has(tag, b"application/json"),
        b"iframe" | b"frame" | b"object" | b"embed" | b"applet" | b"form" => true,
        b"application" => rest.starts_with(b"hta:"),
        b"meta" => has(tag, b"http-equiv") && has(tag, b"refresh"),
        _ => false,
    }
}

/// `onload=`: what is run when something happens.
fn is_handler(rest: &[u8]) -> bool {
    const EVENTS: [&[u8]; 27] = [
        b"load",
        b"error",
        b"click",
        b"dblclick",
        b"mouse",
        b"key",
        b"focus",
        b"blur",
        b"begin",
        b"end",
        b"repeat",
        b"toggle",
        b"animation",
        b"transition",
        b"pointer",
        b"touch",
        b"wheel",
        b"scroll",
        b"drag",
        b"copy",
        b"submit",
        b"input",
        b"change",
        b"resize",
        b"before",
        b"page",
        b"activate",
    ];
    let Some(event) = rest.strip_prefix(b"on") else { return false };
    let end =
        event.iter().take(32).position(|byte| !byte.is_ascii_lowercase()).unwrap_or(event.len().min(32));
    let is_event = EVENTS.iter().any(|known| event[..end].starts_with(known));
    is_event && event[end..].trim_ascii_start().starts_with(b"=")
}

fn is_script_link(rest: &[u8]) -> bool {
    rest.starts_with(b"javascript:") && !rest.starts_with(b"javascript:void(0)")
        || rest.starts_with(b"vbscript:")
}

fn has(text: &[u8], wanted: &[u8]) -> bool {
    text.windows(wanted.len()).any(|window| window == wanted)
}

/// RFC 2557: a page with all that belongs to it, as a mail message. A message has somebody whom it is from.
fn is_kept_page<R: Read + Seek>(source: &mut Source<R>) -> Result<bool, Fault> {
    let head = source.ahead(0)?;
    let head = head[..head.len().min(2_048)].to_ascii_lowercase();
    Ok(head.first().is_some_and(u8::is_ascii_alphabetic)
        && has(&head, b"mime-version:")
        && has(&head, b"text/html"))
}
