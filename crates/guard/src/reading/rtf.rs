//! What rich text says: its letters without control words, and without fonts, styles, pictures, objects and fields.

use super::Text;
use crate::Fault;

/// Groups that hold no words of the text.
const UNSEEN: [&[u8]; 30] = [
    b"fonttbl",
    b"colortbl",
    b"stylesheet",
    b"info",
    b"pict",
    b"objdata",
    b"objclass",
    b"fldinst",
    b"datafield",
    b"template",
    b"themedata",
    b"colorschememapping",
    b"datastore",
    b"latentstyles",
    b"listtable",
    b"listoverridetable",
    b"rsidtbl",
    b"revtbl",
    b"generator",
    b"xmlnstbl",
    b"filetbl",
    b"mmathPr",
    b"pgptbl",
    b"docvar",
    b"bkmkstart",
    b"bkmkend",
    b"nonshppict",
    b"listpicture",
    b"private",
    b"passwordhash",
];

/// Groups within groups. More nobody writes.
const DEPTH: usize = 4_096;

/// What holds within a group.
#[derive(Clone, Copy)]
struct Group {
    unseen: bool,
    /// Letters behind one by its number that stand in its place for older programs.
    fallback: usize,
}

/// Takes up the words.
pub(super) fn words(bytes: &[u8], text: &mut Text) -> Result<(), Fault> {
    let mut groups: Vec<Group> = Vec::new();
    let mut group = Group { unseen: false, fallback: 1 };
    // Letters still to be left out; the first half of one that is written as two numbers; the table of letters over 127.
    let (mut skip, mut half, mut page) = (0usize, None::<u16>, 1_252);
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        at += 1;
        let mut say =
            |letter: char| if group.unseen { Ok(()) } else { text.push(letter.encode_utf8(&mut [0; 4])) };
        match byte {
            b'{' => {
                if groups.len() == DEPTH {
                    return Err(Fault::TooMuch("its groups are nested too deeply"));
                }
                groups.push(group);
                skip = 0;
            }
            b'}' => {
                skip = 0;
                match groups.pop() {
                    Some(outer) if !groups.is_empty() => group = outer,
                    // The end; what stands behind it is nothing's.
                    _ => return Ok(()),
                }
            }
            b'\r' | b'\n' => {}
            b'\\' => {
                let rest = &bytes[at..];
                let letters = rest.iter().take(32).take_while(|byte| byte.is_ascii_alphabetic()).count();
                if letters == 0 {
                    let Some(&symbol) = rest.first() else { return Ok(()) };
                    at += 1;
                    match symbol {
                        b'\'' => {
                            let code = rest.get(1..3).and_then(|digits| std::str::from_utf8(digits).ok());
                            at = (at + 2).min(bytes.len());
                            match code.and_then(|code| u8::from_str_radix(code, 16).ok()) {
                                _ if skip > 0 => skip -= 1,
                                Some(code) => say(letter(code, page))?,
                                None => {}
                            }
                        }
                        // A group that only newer programs know: nothing here is one.
                        b'*' => group.unseen = true,
                        _ if skip > 0 => skip -= 1,
                        b'\\' | b'{' | b'}' => say(char::from(symbol))?,
                        b'~' => say('\u{A0}')?,
                        b'_' => say('-')?,
                        b'\r' | b'\n' => say('\n')?,
                        _ => {}
                    }
                    continue;
                }
                let (word, behind) = rest.split_at(letters);
                let digits = behind.iter().take(11).enumerate();
                let digits = digits
                    .take_while(|(at, byte)| byte.is_ascii_digit() || *at == 0 && **byte == b'-')
                    .count();
                let number =
                    std::str::from_utf8(&behind[..digits]).ok().and_then(|digits| digits.parse::<i32>().ok());
                at += letters + digits;
                at += usize::from(bytes.get(at) == Some(&b' '));
                match word {
                    b"par" | b"line" | b"row" | b"sect" | b"page" => say('\n')?,
                    b"tab" | b"cell" => say('\t')?,
                    b"emdash" => say('—')?,
                    b"endash" => say('–')?,
                    b"lquote" => say('‘')?,
                    b"rquote" => say('’')?,
                    b"ldblquote" => say('“')?,
                    b"rdblquote" => say('”')?,
                    b"bullet" => say('•')?,
                    b"ansicpg" => page = number.unwrap_or(page),
                    b"uc" => {
                        group.fallback =
                            number.and_then(|number| usize::try_from(number).ok()).unwrap_or(1).min(8)
                    }
                    b"bin" => {
                        let length = number.and_then(|number| usize::try_from(number).ok()).unwrap_or(0);
                        at = at.saturating_add(length).min(bytes.len());
                    }
                    b"u" => {
                        // Sixteen bits, with a sign or without.
                        let unit = number.map_or(0xFFFD, |number| (number & 0xFFFF) as u16);
                        skip = group.fallback;
                        let units = half.take().into_iter().chain([unit]);
                        if (0xD800..0xDC00).contains(&unit) {
                            half = Some(unit);
                        } else {
                            for letter in char::decode_utf16(units).flatten() {
                                say(letter)?;
                            }
                        }
                    }
                    word if UNSEEN.contains(&word) => group.unseen = true,
                    _ => {}
                }
            }
            _ if skip > 0 => skip -= 1,
            byte => say(letter(byte, page))?,
        }
    }
    Ok(())
}

/// A byte in the table that the document names: of Western Europe or of Cyrillic. Others have their letters by number as well.
fn letter(byte: u8, page: i32) -> char {
    /// What Windows has where Latin-1 has nothing, 80 to 9F.
    const WEST: &str = "€\u{FFFD}‚ƒ„…†‡ˆ‰Š‹Œ\u{FFFD}Ž\u{FFFD}\u{FFFD}‘’“”•–—˜™š›œ\u{FFFD}žŸ";
    match (byte, page) {
        (..=0x7F, _) => char::from(byte),
        (0x80..=0x9F, 1_252) => WEST.chars().nth(usize::from(byte - 0x80)).unwrap_or('\u{FFFD}'),
        (_, 1_252) => char::from(byte),
        (0xC0.., 1_251) => char::from_u32(0x410 + u32::from(byte - 0xC0)).unwrap_or('\u{FFFD}'),
        (0xA8, 1_251) => 'Ё',
        (0xB8, 1_251) => 'ё',
        _ => '\u{FFFD}',
    }
}
