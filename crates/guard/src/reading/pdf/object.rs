//! What a PDF is written in (ISO 32000-1 §7.2, §7.3): numbers, names, strings, lists, dictionaries, and in pages the words of
//! operators.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::{Fault, limits};

pub(crate) type Dictionary = BTreeMap<Vec<u8>, Object>;

/// One of them.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Object {
    Null,
    Number(f64),
    Name(Vec<u8>),
    /// A string: bytes, whose meaning their font has.
    Text(Vec<u8>),
    List(Vec<Object>),
    Dictionary(Dictionary),
    /// With where its bytes are in the file, packed.
    Stream(Dictionary, Range<usize>),
    Reference(u32),
    /// `true`, `endobj`, an operator, a bracket that closes.
    Word(Vec<u8>),
}

impl Object {
    pub fn number(&self) -> Option<f64> {
        if let Object::Number(number) = self { Some(*number) } else { None }
    }

    /// A whole number that counts something.
    pub fn count(&self) -> Option<usize> {
        self.number().filter(|number| (0.0..4e9).contains(number)).map(|number| number as usize)
    }

    pub fn name(&self) -> Option<&[u8]> {
        if let Object::Name(name) = self { Some(name) } else { None }
    }

    pub fn list(&self) -> Option<&[Object]> {
        if let Object::List(list) = self { Some(list) } else { None }
    }

    /// Also a stream's.
    pub fn dictionary(&self) -> Option<&Dictionary> {
        match self {
            Object::Dictionary(dictionary) | Object::Stream(dictionary, _) => Some(dictionary),
            _ => None,
        }
    }

    fn is_word(&self, word: &[u8]) -> bool {
        matches!(self, Object::Word(found) if found == word)
    }
}

/// Reads objects one after the other. What makes no sense is stepped over, as every reader of PDF does.
pub(super) struct Lexer<'a> {
    bytes: &'a [u8],
    pub at: usize,
    /// Objects that may still come: each takes some 30 bytes in memory.
    left: usize,
}

impl<'a> Lexer<'a> {
    pub fn new(bytes: &'a [u8], at: usize) -> Self {
        Self { bytes, at: at.min(bytes.len()), left: limits::PDF_PARTS }
    }

    /// The next one; `None` at the end.
    pub fn next(&mut self) -> Result<Option<Object>, Fault> {
        // A page's operators are many, what one of them has is not.
        self.left = limits::PDF_PARTS;
        self.object(0)
    }

    fn object(&mut self, depth: usize) -> Result<Option<Object>, Fault> {
        self.left = self.left.checked_sub(1).ok_or(Fault::TooMuch("it has too many parts"))?;
        if depth > limits::PDF_DEPTH {
            return Err(Fault::TooMuch("its parts are too deep in each other"));
        }
        self.skip_blank();
        let Some(&byte) = self.bytes.get(self.at) else { return Ok(None) };
        Ok(Some(match byte {
            b'/' => {
                self.at += 1;
                Object::Name(self.name())
            }
            b'(' => Object::Text(self.literal()),
            b'<' if self.bytes.get(self.at + 1) == Some(&b'<') => {
                self.at += 2;
                Object::Dictionary(self.dictionary(depth)?)
            }
            b'<' => Object::Text(self.hexadecimal()),
            b'[' => {
                self.at += 1;
                let mut list = Vec::new();
                while let Some(object) = self.object(depth + 1)? {
                    if object.is_word(b"]") || object.is_word(b"endobj") {
                        break;
                    }
                    list.push(object);
                }
                Object::List(list)
            }
            b'>' if self.bytes.get(self.at + 1) == Some(&b'>') => {
                self.at += 2;
                Object::Word(b">>".to_vec())
            }
            b'>' | b']' | b')' | b'{' | b'}' => {
                self.at += 1;
                Object::Word(vec![byte])
            }
            b'0'..=b'9' | b'+' | b'-' | b'.' => self.number_or_reference(),
            _ => {
                let word = self.regular();
                if word == b"null" { Object::Null } else { Object::Word(word.to_vec()) }
            }
        }))
    }

    /// Blanks and comments.
    pub fn skip_blank(&mut self) {
        while let Some(&byte) = self.bytes.get(self.at) {
            if byte == b'%' {
                let end = self.bytes[self.at..].iter().position(|byte| matches!(byte, b'\r' | b'\n'));
                self.at = end.map_or(self.bytes.len(), |end| self.at + end);
            } else if is_blank(byte) {
                self.at += 1;
            } else {
                return;
            }
        }
    }

    /// Up to a blank or a bracket; at least one byte.
    fn regular(&mut self) -> &'a [u8] {
        let rest = &self.bytes[self.at..];
        let length = rest.iter().position(|byte| !is_regular(*byte)).unwrap_or(rest.len());
        let length = length.max(1).min(rest.len());
        self.at += length;
        &rest[..length]
    }

    /// §7.3.5: `#` and two digits are a byte.
    fn name(&mut self) -> Vec<u8> {
        let rest = &self.bytes[self.at..];
        let written = &rest[..rest.iter().position(|byte| !is_regular(*byte)).unwrap_or(rest.len())];
        self.at += written.len();
        unescaped(written)
    }

    fn number_or_reference(&mut self) -> Object {
        let number = number_of(self.regular());
        let after = self.at;
        // `12 0 R`
        if number.fract() == 0.0 && (0.0..4e9).contains(&number) {
            self.skip_blank();
            let begins = self.at;
            while self.bytes.get(self.at).is_some_and(u8::is_ascii_digit) {
                self.at += 1;
            }
            if (1..=5).contains(&(self.at - begins)) {
                self.skip_blank();
                let next = self.bytes.get(self.at + 1);
                if self.bytes.get(self.at) == Some(&b'R') && next.is_none_or(|next| !is_regular(*next)) {
                    self.at += 1;
                    return Object::Reference(number as u32);
                }
            }
        }
        self.at = after;
        Object::Number(number)
    }

    /// §7.3.4.2
    fn literal(&mut self) -> Vec<u8> {
        self.at += 1;
        let (mut text, mut open) = (Vec::new(), 1);
        while let Some(&byte) = self.bytes.get(self.at) {
            self.at += 1;
            match byte {
                b'(' => open += 1,
                b')' => {
                    open -= 1;
                    if open == 0 {
                        break;
                    }
                }
                b'\\' => {
                    text.extend(self.escaped());
                    continue;
                }
                _ => {}
            }
            text.push(byte);
        }
        text
    }

    fn escaped(&mut self) -> Option<u8> {
        let byte = *self.bytes.get(self.at)?;
        self.at += 1;
        Some(match byte {
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'b' => 8,
            b'f' => 12,
            b'0'..=b'7' => {
                let mut value = u32::from(byte - b'0');
                for _ in 0..2 {
                    let Some(next @ b'0'..=b'7') = self.bytes.get(self.at) else { break };
                    value = value * 8 + u32::from(next - b'0');
                    self.at += 1;
                }
                value as u8
            }
            // A line that goes on.
            b'\r' => {
                if self.bytes.get(self.at) == Some(&b'\n') {
                    self.at += 1;
                }
                return None;
            }
            b'\n' => return None,
            other => other,
        })
    }

    /// §7.3.4.3
    fn hexadecimal(&mut self) -> Vec<u8> {
        self.at += 1;
        let rest = &self.bytes[self.at..];
        let end = rest.iter().position(|byte| *byte == b'>').unwrap_or(rest.len());
        self.at += (end + 1).min(rest.len());
        let digits: Vec<u8> = rest[..end].iter().filter_map(|byte| digit(*byte)).collect();
        digits.chunks(2).map(|pair| pair[0] << 4 | pair.get(1).copied().unwrap_or(0)).collect()
    }

    fn dictionary(&mut self, depth: usize) -> Result<Dictionary, Fault> {
        let mut dictionary = Dictionary::new();
        while let Some(key) = self.object(depth + 1)? {
            let Object::Name(key) = key else {
                if key.is_word(b">>") || key.is_word(b"endobj") {
                    break;
                }
                continue;
            };
            match self.object(depth + 1)? {
                None => break,
                Some(value) if value.is_word(b">>") => break,
                Some(value) => drop(dictionary.insert(key, value)),
            }
        }
        Ok(dictionary)
    }
}

/// A name as it is meant: `#` and two digits are a byte.
pub(crate) fn unescaped(written: &[u8]) -> Vec<u8> {
    let (mut name, mut at) = (Vec::with_capacity(written.len().min(127)), 0);
    while at < written.len() {
        let coded = (written[at] == b'#')
            .then(|| Some((digit(*written.get(at + 1)?)?, digit(*written.get(at + 2)?)?)))
            .flatten();
        match coded {
            Some((high, low)) => {
                name.push(high << 4 | low);
                at += 3;
            }
            None => {
                name.push(written[at]);
                at += 1;
            }
        }
    }
    name
}

/// As readers take them: `--5` is -5, `1.2.3` is 1.2, `-` is 0.
fn number_of(written: &[u8]) -> f64 {
    let negative = written.starts_with(b"-");
    let (mut value, mut part, mut after_point) = (0.0f64, 1.0f64, false);
    for &byte in written {
        match byte {
            b'0'..=b'9' if after_point => {
                part /= 10.0;
                value += f64::from(byte - b'0') * part;
            }
            b'0'..=b'9' => value = value * 10.0 + f64::from(byte - b'0'),
            b'.' if after_point => break,
            b'.' => after_point = true,
            b'-' | b'+' if value == 0.0 => {}
            _ => break,
        }
    }
    if negative { -value } else { value }
}

pub(super) fn is_blank(byte: u8) -> bool {
    matches!(byte, 0 | b'\t' | b'\n' | 12 | b'\r' | b' ')
}

pub(crate) fn is_regular(byte: u8) -> bool {
    !is_blank(byte) && !matches!(byte, b'(' | b')' | b'<' | b'>' | b'[' | b']' | b'{' | b'}' | b'/' | b'%')
}

pub(crate) fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).map(|digit| digit as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str) -> Vec<Object> {
        let mut lexer = Lexer::new(text.as_bytes(), 0);
        std::iter::from_fn(|| lexer.next().unwrap()).collect()
    }

    #[test]
    fn objects_are_read_as_the_standard_writes_them() {
        let text = |text: &[u8]| Object::Text(text.to_vec());
        assert_eq!(
            all("(a(b)\\)\\101\\n\\\nx) <48 6 5 7> % no\n/A#42 -1.5 12 0 R 7 8 null Tj"),
            [
                text(b"a(b))A\nx"),
                text(b"Hep"),
                Object::Name(b"AB".to_vec()),
                Object::Number(-1.5),
                Object::Reference(12),
                Object::Number(7.0),
                Object::Number(8.0),
                Object::Null,
                Object::Word(b"Tj".to_vec())
            ]
        );
        let list = all("[1[2]<</A/B/C 3>>]");
        let inner = list[0].list().unwrap();
        assert_eq!(inner.len(), 3);
        assert_eq!(inner[2].dictionary().unwrap()[&b"C"[..]], Object::Number(3.0));
    }

    #[test]
    fn what_never_ends_ends_and_what_is_deep_is_refused() {
        for text in ["(never", "<48", "[1 2", "<</A", "<</A 1", "/", "#", "-", "]", ")", "12 0"] {
            assert!(all(text).len() <= 2, "{text}");
        }
        let deep = "[".repeat(1_000);
        assert!(matches!(Lexer::new(deep.as_bytes(), 0).next(), Err(Fault::TooMuch(_))));
        let many = format!("[{}]", "0 ".repeat(limits::PDF_PARTS));
        assert!(matches!(Lexer::new(many.as_bytes(), 0).next(), Err(Fault::TooMuch(_))));
    }
}
