//! As much of XML as it takes to find words in office files: elements by name, and what stands between them. No document types,
//! no entities but the five and numbers, so nothing refers to anything. What is not well formed is refused or left out, never
//! repaired.

use std::borrow::Cow;

use crate::Fault;

/// A piece of a document.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Token<'a> {
    /// An element begins, under its name with prefix; `inside` is what else stands in its tag.
    Begin { name: &'a str, inside: &'a str },
    /// One ends. An element without contents begins and ends.
    End { name: &'a str },
    /// What stands between tags.
    Words(Cow<'a, str>),
}

/// A document's pieces in their order.
pub(crate) struct Tokens<'a> {
    rest: &'a str,
    /// The end of an element that had no contents.
    ends: Option<&'a str>,
}

impl<'a> Tokens<'a> {
    /// Of UTF-8, which office programs write.
    pub fn new(bytes: &'a [u8]) -> Result<Self, Fault> {
        let text = std::str::from_utf8(bytes).map_err(|_| Fault::Malformed("its text is not readable"))?;
        Ok(Self { rest: text, ends: None })
    }

    fn past(&mut self, begins: usize, end: &str) -> Result<(), Fault> {
        let at = self.rest[begins..].find(end).ok_or(Fault::Malformed("it ends early"))?;
        self.rest = &self.rest[begins + at + end.len()..];
        Ok(())
    }

    fn tag(&mut self) -> Result<Option<Token<'a>>, Fault> {
        for (begins, ends) in [("<!--", "-->"), ("<?", "?>")] {
            if self.rest.starts_with(begins) {
                self.past(begins.len(), ends)?;
                return Ok(None);
            }
        }
        if let Some(rest) = self.rest.strip_prefix("<![CDATA[") {
            let at = rest.find("]]>").ok_or(Fault::Malformed("it ends early"))?;
            self.rest = &rest[at + 3..];
            return Ok(Some(Token::Words(Cow::Borrowed(&rest[..at]))));
        }
        if self.rest.starts_with("<!") {
            return Err(Fault::Malformed("it declares what no office program declares"));
        }
        let at = end_of_tag(self.rest).ok_or(Fault::Malformed("it ends early"))?;
        let tag = &self.rest[1..at];
        self.rest = &self.rest[at + 1..];
        if let Some(name) = tag.strip_prefix('/') {
            return Ok(Some(Token::End { name: name.trim_end() }));
        }
        let (tag, is_empty) = tag.strip_suffix('/').map_or((tag, false), |tag| (tag, true));
        let (name, inside) = tag.split_once(|letter: char| letter.is_ascii_whitespace()).unwrap_or((tag, ""));
        self.ends = is_empty.then_some(name);
        Ok(Some(Token::Begin { name, inside }))
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Result<Token<'a>, Fault>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(name) = self.ends.take() {
            return Some(Ok(Token::End { name }));
        }
        while !self.rest.is_empty() {
            if !self.rest.starts_with('<') {
                let at = self.rest.find('<').unwrap_or(self.rest.len());
                let (words, rest) = self.rest.split_at(at);
                self.rest = rest;
                return Some(Ok(Token::Words(meant(words))));
            }
            match self.tag() {
                Ok(None) => {}
                Ok(Some(token)) => return Some(Ok(token)),
                Err(fault) => {
                    self.rest = "";
                    return Some(Err(fault));
                }
            }
        }
        None
    }
}

/// Where a tag ends: a `>` may stand in the value of an attribute.
pub(crate) fn end_of_tag(text: &str) -> Option<usize> {
    let mut quoted = None;
    text.bytes().position(|byte| match (quoted, byte) {
        (None, b'>') => true,
        (None, b'"' | b'\'') => {
            quoted = Some(byte);
            false
        }
        (Some(quote), byte) if quote == byte => {
            quoted = None;
            false
        }
        _ => false,
    })
}

/// An attribute's value, as it stands there.
pub(crate) fn attribute<'a>(inside: &'a str, name: &str) -> Option<&'a str> {
    let mut rest = inside.trim_start();
    while let Some((found, after)) = rest.split_once('=') {
        let after = after.trim_start();
        let quote = after.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
        let (value, behind) = after[1..].split_once(quote)?;
        if found.trim() == name {
            return Some(value);
        }
        rest = behind.trim_start();
    }
    None
}

/// With the five entities and numbers put in; every other one stays as it is written.
pub(crate) fn meant(words: &str) -> Cow<'_, str> {
    if !words.contains('&') {
        return Cow::Borrowed(words);
    }
    let mut text = String::with_capacity(words.len());
    let mut rest = words;
    while let Some((before, after)) = rest.split_once('&') {
        text.push_str(before);
        // The longest is `&#x10FFFF;`.
        let end = after.bytes().take(9).position(|byte| byte == b';');
        match end.and_then(|end| Some((letter(&after[..end])?, end))) {
            Some((letter, end)) => {
                text.push(letter);
                rest = &after[end + 1..];
            }
            None => {
                text.push('&');
                rest = after;
            }
        }
    }
    text.push_str(rest);
    Cow::Owned(text)
}

fn letter(entity: &str) -> Option<char> {
    match entity {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => {
            let number = entity.strip_prefix('#')?;
            let number = match number.strip_prefix('x') {
                Some(number) => u32::from_str_radix(number, 16),
                None => number.parse(),
            };
            char::from_u32(number.ok()?)
        }
    }
}
