//! Rich text: objects, fields that ask other programs, templates that are fetched.

use std::io::{Read, Seek};

use super::{Warning, office};
use crate::source::Source;
use crate::{Fault, limits};

/// Looks through a whole file.
pub fn look<R: Read + Seek>(source: &mut Source<R>) -> Result<Vec<Warning>, Fault> {
    let length = source.length().min(limits::SCANNED_BYTES);
    let (mut kept, mut at) = (Vec::new(), 0);
    while at < length {
        let ahead = source.ahead(at)?;
        at += ahead.len() as u64;
        kept.extend_from_slice(ahead);
        let sure = if at >= length { kept.len() } else { kept.len().saturating_sub(LONGEST) };
        if (0..sure).any(|at| kept[at] == b'\\' && is_active(&kept[at + 1..])) {
            return Ok(vec![Warning::Active]);
        }
        kept.drain(..sure);
    }
    Ok(Vec::new())
}

/// How far behind a word is looked for what it is about.
const LONGEST: usize = 2_048;

fn is_active(rest: &[u8]) -> bool {
    let end = rest.iter().take(32).position(|byte| !byte.is_ascii_alphabetic()).unwrap_or(rest.len().min(32));
    match &rest[..end] {
        b"object" | b"objdata" | b"objemb" | b"objocx" | b"objhtml" | b"objlink" | b"objautlink"
        | b"objupdate" => true,
        b"template" => office::is_elsewhere(&text(&rest[end..])),
        b"fldinst" => office::asks(&text(&rest[end..])),
        _ => false,
    }
}

/// The letters of a group, up to its end, without its words.
fn text(rest: &[u8]) -> String {
    let (mut text, mut depth, mut at) = (Vec::new(), 0, 0);
    let rest = &rest[..rest.len().min(LONGEST)];
    while let Some(&byte) = rest.get(at) {
        at += 1;
        match byte {
            b'{' => depth += 1,
            b'}' if depth == 0 => break,
            b'}' => depth -= 1,
            b'\r' | b'\n' => {}
            b'\\' => match rest.get(at) {
                Some(b'\'') => {
                    let digits = rest.get(at + 1..at + 3).and_then(|digits| std::str::from_utf8(digits).ok());
                    text.extend(digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()));
                    at += 3;
                }
                Some(b'\\' | b'{' | b'}') => {
                    text.push(rest[at]);
                    at += 1;
                }
                _ => {
                    let word = &rest[at..];
                    let letters = word.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
                    let number = word[letters..]
                        .iter()
                        .take_while(|byte| byte.is_ascii_digit() || **byte == b'-')
                        .count();
                    // A letter by its number, and the one that older programs show in its place.
                    if word[..letters] == *b"u" {
                        let code = std::str::from_utf8(&word[1..1 + number])
                            .ok()
                            .and_then(|code| code.parse::<i32>().ok());
                        text.extend(code.and_then(|code| u8::try_from(code).ok()));
                    }
                    at += (letters + number).max(1);
                    at += usize::from(letters > 0 && rest.get(at) == Some(&b' '));
                    at += usize::from(word[..letters] == *b"u" && rest.get(at) == Some(&b'?'));
                }
            },
            byte => text.push(byte),
        }
    }
    String::from_utf8_lossy(&text).trim().to_owned()
}
