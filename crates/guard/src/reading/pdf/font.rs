//! What a font's codes mean (ISO 32000-1 §9.6, §9.7, §9.10), and how far they go. Of a font only its tables of codes and widths
//! are read; the font itself, with its outlines and instructions, never is.

use std::collections::BTreeMap;

use super::file::File;
use super::letters::{self, Base};
use super::object::{Dictionary, Lexer, Object};
use crate::{Fault, limits};

/// One of a page's fonts.
pub(super) struct Font {
    codes: Codes,
    /// Its own table of what codes mean, which comes first.
    meanings: Meanings,
    /// What its 256 codes mean where the table does not say. Empty: nothing is known.
    usual: Vec<Option<String>>,
    widths: BTreeMap<u32, f64>,
    usual_width: Option<f64>,
}

/// How many bytes a code has.
enum Codes {
    One,
    Two,
    /// Two, and the code is the letter in UTF-16.
    Letters,
    /// One or two, as East Asian computers wrote.
    Mixed,
    Spaces(Vec<Space>),
}

/// §9.7.6.2: codes of one length between two numbers.
struct Space {
    length: usize,
    first: u32,
    last: u32,
}

#[derive(Default)]
struct Meanings {
    single: BTreeMap<u32, String>,
    /// By the first of them: the last, and what the first means.
    ranges: BTreeMap<u32, (u32, Vec<u16>)>,
    spaces: Vec<Space>,
}

/// One code of a string.
pub(super) struct Glyph<'a> {
    /// What it means, where that is known.
    pub letters: Option<std::borrow::Cow<'a, str>>,
    /// In parts of the font's size.
    pub width: f64,
    /// §9.3.3: the code that word spacing is for.
    pub is_space: bool,
}

impl Font {
    pub fn read(file: &mut File, font: &Dictionary) -> Result<Self, Fault> {
        let meanings = match file.under(font, b"ToUnicode")? {
            stream @ Object::Stream(..) => Meanings::read(&file.stream(&stream)?)?,
            _ => Meanings::default(),
        };
        match file.under(font, b"Subtype")?.name() {
            Some(b"Type0") => Self::composite(file, font, meanings),
            Some(kind) => Self::simple(file, font, kind == b"Type3", meanings),
            None => Self::simple(file, font, false, meanings),
        }
    }

    fn simple(file: &mut File, font: &Dictionary, drawn: bool, meanings: Meanings) -> Result<Self, Fault> {
        let name = file.under(font, b"BaseFont")?.name().unwrap_or_default().to_vec();
        let encoding = file.under(font, b"Encoding")?;
        let (base, differences) = match &encoding {
            Object::Dictionary(encoding) => {
                let base = file.under(encoding, b"BaseEncoding")?;
                (base.name().map(<[u8]>::to_vec), file.under(encoding, b"Differences")?)
            }
            other => (other.name().map(<[u8]>::to_vec), Object::Null),
        };
        let is_true_type = file.under(font, b"Subtype")?.name() == Some(b"TrueType");
        let base = match base.as_deref() {
            Some(b"MacRomanEncoding") => Base::Mac,
            Some(b"WinAnsiEncoding") => Base::Windows,
            _ if name.windows(6).any(|window| window == b"Symbol") => Base::Symbol,
            None if is_true_type => Base::Windows,
            _ => Base::Standard,
        };
        let mut usual: Vec<Option<String>> =
            (0..=255).map(|code| letters::of_code(base, code).map(String::from)).collect();
        let mut code = 0;
        for one in differences.list().unwrap_or_default() {
            match file.follow(one)? {
                Object::Number(number) => code = number as usize,
                Object::Name(name) => {
                    if let Some(place) = usual.get_mut(code) {
                        *place = std::str::from_utf8(&name).ok().and_then(letters::of_name);
                    }
                    code = code.saturating_add(1);
                }
                _ => {}
            }
        }
        // §9.6.5: what is drawn by a page's own operators is measured as these are.
        let part = match file.under(font, b"FontMatrix")?.list().and_then(|matrix| matrix.first()?.number()) {
            Some(part) if drawn => part,
            _ => 0.001,
        };
        let mut widths = BTreeMap::new();
        let first = file.under(font, b"FirstChar")?.count().unwrap_or(0) as u32;
        let list = file.under(font, b"Widths")?;
        for (code, width) in (0..256u32).zip(list.list().unwrap_or_default()) {
            if let Some(width) = file.follow(width)?.number() {
                widths.insert(first.saturating_add(code), width * part);
            }
        }
        Ok(Self { codes: Codes::One, meanings, usual, widths, usual_width: None })
    }

    fn composite(file: &mut File, font: &Dictionary, meanings: Meanings) -> Result<Self, Fault> {
        let mut identity = false;
        let codes = match file.under(font, b"Encoding")? {
            Object::Name(name) if name.starts_with(b"Identity") => {
                identity = true;
                Codes::Two
            }
            Object::Name(name) => match &name[..] {
                name if has(name, b"UCS2") || has(name, b"UTF16") => Codes::Letters,
                _ => Codes::Mixed,
            },
            stream @ Object::Stream(..) => match Meanings::read(&file.stream(&stream)?)?.spaces {
                spaces if spaces.is_empty() => Codes::Two,
                spaces => Codes::Spaces(spaces),
            },
            _ => Codes::Two,
        };
        let below = file.under(font, b"DescendantFonts")?;
        let below = below.list().and_then(<[Object]>::first).map(|below| file.follow(below)).transpose()?;
        let (mut widths, mut usual_width) = (BTreeMap::new(), 1.0);
        if let Some(below) = below.as_ref().and_then(Object::dictionary) {
            usual_width = file.under(below, b"DW")?.number().unwrap_or(1_000.0) / 1_000.0;
            // By the numbers of glyphs, which are the codes in this case alone.
            if identity {
                widths = composite_widths(file, below)?;
            }
        }
        Ok(Self { codes, meanings, usual: Vec::new(), widths, usual_width: Some(usual_width) })
    }

    /// The first code of a string, and how long it is.
    pub fn glyph(&self, bytes: &[u8]) -> (Glyph<'_>, usize) {
        let length = self.code_length(bytes).clamp(1, bytes.len().max(1));
        let code = bytes.iter().take(length).fold(0u32, |code, byte| code << 8 | u32::from(*byte));
        let mut letters = self.meanings.of(code);
        if letters.is_none() {
            letters = match self.codes {
                Codes::One => self.usual.get(code as usize).and_then(|one| one.as_deref().map(Into::into)),
                Codes::Letters => char::from_u32(code).map(|letter| letter.to_string().into()),
                Codes::Mixed if code < 0x80 => char::from_u32(code).map(|letter| letter.to_string().into()),
                _ => None,
            };
        }
        let usual_width = || self.usual_width.unwrap_or_else(|| letters::usual_width(letters.as_deref()));
        let width = self.widths.get(&code).copied().unwrap_or_else(usual_width);
        (Glyph { letters, width, is_space: length == 1 && code == 32 }, length)
    }

    fn code_length(&self, bytes: &[u8]) -> usize {
        match &self.codes {
            Codes::One => 1,
            Codes::Two | Codes::Letters => 2,
            Codes::Mixed => match bytes.first() {
                Some(0x81..=0x9F | 0xE0..=0xFE) => 2,
                // Half-wide katakana in one, the first of two bytes in the others: those are more.
                Some(0xA0..=0xDF) => 2,
                _ => 1,
            },
            Codes::Spaces(spaces) => {
                let fits = |length: &usize| {
                    let code =
                        bytes.iter().take(*length).fold(0u32, |code, byte| code << 8 | u32::from(*byte));
                    let within = |space: &Space| (space.first..=space.last).contains(&code);
                    spaces.iter().any(|space| space.length == *length && within(space))
                };
                (1..=bytes.len().min(4)).find(fits).unwrap_or(spaces.first().map_or(1, |space| space.length))
            }
        }
    }
}

fn has(name: &[u8], part: &[u8]) -> bool {
    name.windows(part.len()).any(|window| window == part)
}

/// §9.7.4.3: `first [w w w]` or `first last w`.
fn composite_widths(file: &mut File, font: &Dictionary) -> Result<BTreeMap<u32, f64>, Fault> {
    let (mut widths, mut left) = (BTreeMap::new(), 2 * limits::PDF_CODES);
    let list = file.under(font, b"W")?;
    let mut rest = list.list().unwrap_or_default().iter();
    while let (Some(first), Some(second)) = (rest.next(), rest.next()) {
        let Some(first) = first.count().filter(|_| left > 0) else { break };
        match file.follow(second)? {
            Object::List(each) => {
                left = left.saturating_sub(each.len());
                for (code, width) in (first..=0xFFFF).zip(each) {
                    widths.insert(code as u32, width.number().unwrap_or(0.0) / 1_000.0);
                }
            }
            last => {
                let (Some(last), Some(width)) = (last.count(), rest.next().and_then(Object::number)) else {
                    break;
                };
                let codes = first..=last.min(0xFFFF);
                left = left.saturating_sub(codes.clone().count());
                for code in codes {
                    widths.insert(code as u32, width / 1_000.0);
                }
            }
        }
    }
    Ok(widths)
}

impl Meanings {
    /// §9.10.3, §9.7.5.4: of all that PostScript could do there, these three tables are what is written.
    fn read(bytes: &[u8]) -> Result<Self, Fault> {
        let (mut lexer, mut found, mut waiting) = (Lexer::new(bytes, 0), Self::default(), Vec::new());
        while let Some(object) = lexer.next()? {
            let Object::Word(word) = object else {
                // No table is longer than a hundred entries (§9.7.5.4), some writers' are.
                if waiting.len() < limits::PDF_CODES {
                    waiting.push(object);
                }
                continue;
            };
            match &word[..] {
                b"endcodespacerange" => found.take_spaces(&waiting),
                b"endbfchar" => {
                    for pair in waiting.chunks_exact(2) {
                        if let (Object::Text(code), Object::Text(means)) = (&pair[0], &pair[1]) {
                            found.keep(number(code), string(&units(means)));
                        }
                    }
                }
                b"endbfrange" => found.take_ranges(&waiting),
                _ => {}
            }
            waiting.clear();
        }
        Ok(found)
    }

    fn take_spaces(&mut self, waiting: &[Object]) {
        for pair in waiting.chunks_exact(2).take(64usize.saturating_sub(self.spaces.len())) {
            if let (Object::Text(first), Object::Text(last)) = (&pair[0], &pair[1])
                && (1..=4).contains(&first.len())
            {
                self.spaces.push(Space { length: first.len(), first: number(first), last: number(last) });
            }
        }
    }

    fn take_ranges(&mut self, waiting: &[Object]) {
        for three in waiting.chunks_exact(3) {
            let (Object::Text(first), Object::Text(last)) = (&three[0], &three[1]) else { continue };
            let (first, last) = (number(first), number(last));
            match &three[2] {
                Object::Text(means) if self.ranges.len() < limits::PDF_CODES => {
                    self.ranges.insert(first, (last, units(means)));
                }
                Object::List(each) => {
                    for (code, means) in (first..=last).zip(each) {
                        if let Object::Text(means) = means {
                            self.keep(code, string(&units(means)));
                        }
                    }
                }
                _ => {}
            }
        }
    }

    fn keep(&mut self, code: u32, means: String) {
        if self.single.len() < limits::PDF_CODES {
            self.single.insert(code, means);
        }
    }

    fn of(&self, code: u32) -> Option<std::borrow::Cow<'_, str>> {
        if let Some(means) = self.single.get(&code) {
            return Some(means.into());
        }
        let (first, (last, means)) = self.ranges.range(..=code).next_back()?;
        if code > *last {
            return None;
        }
        let (mut means, after) = (means.clone(), code - first);
        let end = means.last_mut()?;
        *end = end.wrapping_add(after as u16);
        Some(string(&means).into())
    }
}

fn number(code: &[u8]) -> u32 {
    code.iter().take(4).fold(0, |number, byte| number << 8 | u32::from(*byte))
}

/// Longer than a ligature's nothing is.
fn units(means: &[u8]) -> Vec<u16> {
    if let [one] = means {
        return vec![u16::from(*one)];
    }
    means.chunks_exact(2).take(16).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect()
}

fn string(units: &[u16]) -> String {
    String::from_utf16_lossy(units)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_say_what_codes_mean() {
        let table =
            b"/CIDInit /ProcSet findresource begin 1 begincodespacerange <0000> <FFFF> endcodespacerange
            2 beginbfchar <0003> <0020> <0004> <00660069> endbfchar
            2 beginbfrange <0010> <0012> <0041> <0020> <0021> [<03B1> <D83DDE00>] endbfrange endcmap";
        let found = Meanings::read(table).unwrap();
        let of = |code| found.of(code).map(std::borrow::Cow::into_owned);
        assert_eq!(of(3).as_deref(), Some(" "));
        assert_eq!(of(4).as_deref(), Some("fi"));
        assert_eq!(of(0x12).as_deref(), Some("C"));
        assert_eq!(of(0x13), None);
        assert_eq!(of(0x21).as_deref(), Some("😀"));
        assert_eq!(found.spaces.len(), 1);
    }

    #[test]
    fn hostile_tables_stay_small() {
        let table = b"1 beginbfrange <0000> <FFFFFFFF> <0041> endbfrange <00> <FFFFFFFF> [ <41> ] endbfrange";
        let found = Meanings::read(table).unwrap();
        assert!(found.single.len() <= 1 && found.ranges.len() == 1);
        assert_eq!(found.of(0xFFFF_FFFF).as_deref().map(str::len), Some(1));
    }
}
