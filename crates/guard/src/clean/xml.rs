//! An XML part written again: what is shown as it is, tags as rules say. Remarks and instructions to programs are left out. No
//! document types of its own, as in [`crate::reading::xml`].

use std::borrow::Cow;

use crate::reading::xml::meant;
use crate::{Fault, limits};

/// A tag that begins.
pub struct Tag<'a> {
    name: &'a str,
    /// Names with their values as they are written.
    attributes: Vec<(&'a str, Cow<'a, str>)>,
}

impl<'a> Tag<'a> {
    /// Its name without what stands before the colon, which is each file's own choice.
    pub fn local(&self) -> &'a str {
        local(self.name)
    }

    /// An attribute's value as it is written.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(found, _)| local(found) == name).map(|(_, value)| &value[..])
    }

    /// Leaves out the attributes of which this is true, told by their names without what stands before the colon.
    pub fn leave_out(&mut self, mut which: impl FnMut(&str, &str) -> bool) {
        self.attributes.retain(|(name, value)| is_declaration(name) || !which(local(name), value));
    }

    /// Writes another value, where there is one.
    pub fn set(&mut self, name: &str, value: &str) {
        let written = value.replace('&', "&amp;").replace('<', "&lt;");
        for (found, before) in &mut self.attributes {
            if !is_declaration(found) && local(found) == name {
                *before = Cow::Owned(written.clone());
            }
        }
    }

    /// Every attribute's name without what stands before the colon, and its value.
    pub fn all(&self) -> impl Iterator<Item = (&str, &str)> {
        self.attributes.iter().map(|(name, value)| (local(name), &value[..]))
    }
}

fn is_declaration(name: &str) -> bool {
    name == "xmlns" || name.starts_with("xmlns:")
}

/// What becomes of an element.
pub enum Fate {
    Keep,
    /// Left out with all that is in it.
    Drop,
    /// It holds this instead of what it held.
    Say(&'static str),
}

/// What becomes of a part.
pub trait Rules {
    /// Of an element, whose attributes may be changed; `inside` are the names of what it stands in.
    fn tag(&mut self, tag: &mut Tag<'_>, inside: &[&str]) -> Result<Fate, Fault>;

    /// Of the words in an element: others for them.
    fn words(&mut self, _words: &str, _inside: &[&str]) -> Option<String> {
        None
    }
}

/// A name without what stands before the colon.
pub fn local(name: &str) -> &str {
    name.rsplit(':').next().unwrap_or(name)
}

/// A value as it is meant.
pub fn plain(value: &str) -> Cow<'_, str> {
    meant(value)
}

const ENDS_EARLY: Fault = Fault::Malformed("it ends early");
const CROOKED: Fault = Fault::Malformed("a part of it is not well formed");

/// Of all of a part's tags, what they say, without writing anything.
pub fn look(bytes: &[u8], note: &mut dyn FnMut(&Tag<'_>)) -> Result<(), Fault> {
    struct Look<'a>(&'a mut dyn FnMut(&Tag<'_>));
    impl Rules for Look<'_> {
        fn tag(&mut self, tag: &mut Tag<'_>, _: &[&str]) -> Result<Fate, Fault> {
            (self.0)(tag);
            Ok(Fate::Keep)
        }
    }
    rewrite(bytes, &mut Look(note)).map(drop)
}

/// A part by these rules.
pub fn rewrite(bytes: &[u8], rules: &mut dyn Rules) -> Result<Vec<u8>, Fault> {
    let text = std::str::from_utf8(bytes).map_err(|_| Fault::Malformed("its text is not readable"))?;
    let mut writing = Writing { output: String::with_capacity(text.len()), open: Vec::new(), silent: None };
    let mut rest = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    if rest.starts_with("<?xml") {
        let (declared, behind) = rest.split_at(rest.find("?>").ok_or(ENDS_EARLY)? + 2);
        let declared = declared.to_ascii_lowercase();
        if declared.contains("encoding") && !declared.contains("utf-8") && !declared.contains("us-ascii") {
            return Err(Fault::Malformed("its text is not readable"));
        }
        writing.output.push_str("<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n");
        rest = behind.trim_ascii_start();
    }
    while !rest.is_empty() {
        let at = rest.find('<').unwrap_or(rest.len());
        if at > 0 {
            writing.words(&rest[..at], rules);
            rest = &rest[at..];
            continue;
        }
        rest = writing.markup(rest, rules)?;
    }
    if writing.open.is_empty() { Ok(writing.output.into_bytes()) } else { Err(ENDS_EARLY) }
}

struct Writing<'a> {
    output: String,
    /// Elements that did not end yet.
    open: Vec<&'a str>,
    /// How many were open where one began whose contents are left out, and whether its end is written.
    silent: Option<(usize, bool)>,
}

impl<'a> Writing<'a> {
    fn words(&mut self, words: &str, rules: &mut dyn Rules) {
        if self.silent.is_some() {
            return;
        }
        match rules.words(words, &self.open) {
            Some(other) => self.output.push_str(&other),
            None => self.output.push_str(words),
        }
    }

    /// What begins with a bracket; what is behind it.
    fn markup(&mut self, rest: &'a str, rules: &mut dyn Rules) -> Result<&'a str, Fault> {
        let past = |end: &str| rest.find(end).map(|at| &rest[at + end.len()..]).ok_or(ENDS_EARLY);
        if rest.starts_with("<!--") {
            return rest
                .get(4..)
                .and_then(|rest| rest.find("-->").map(|at| &rest[at + 3..]))
                .ok_or(ENDS_EARLY);
        }
        if rest.starts_with("<?") {
            return past("?>");
        }
        if rest.starts_with("<![CDATA[") {
            let behind = past("]]>")?;
            // As other words, so that rules see them.
            let inside = &rest[9..rest.len() - behind.len() - 3];
            let written = inside.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
            self.words(&written, rules);
            return Ok(behind);
        }
        if rest.starts_with("<!") {
            let behind = past(">")?;
            let declared = &rest[..rest.len() - behind.len()];
            // Old OpenDocument names its type, and nothing more.
            let is_name =
                declared.starts_with("<!DOCTYPE") && !declared.contains('[') && self.open.is_empty();
            return if is_name { Ok(behind) } else { Err(CROOKED) };
        }
        let end = crate::reading::xml::end_of_tag(rest).ok_or(ENDS_EARLY)?;
        let (inside, behind) = (&rest[1..end], &rest[end + 1..]);
        match inside.strip_prefix('/') {
            Some(name) => self.end(name.trim_end())?,
            None => self.begin(inside, rules)?,
        }
        Ok(behind)
    }

    fn begin(&mut self, inside: &'a str, rules: &mut dyn Rules) -> Result<(), Fault> {
        let (inside, is_empty) = inside.strip_suffix('/').map_or((inside, false), |inside| (inside, true));
        let mut tag = parsed(inside)?;
        if self.open.len() >= limits::CLEANED_DEPTH {
            return Err(Fault::TooMuch("its parts are too deep in each other"));
        }
        let fate = if self.silent.is_some() { Fate::Keep } else { rules.tag(&mut tag, &self.open)? };
        if self.silent.is_none() && !matches!(fate, Fate::Drop) {
            self.output.push('<');
            self.output.push_str(tag.name);
            for (name, value) in &tag.attributes {
                self.output.push(' ');
                self.output.push_str(name);
                self.output.push_str("=\"");
                self.output.push_str(&value.replace('"', "&quot;"));
                self.output.push('"');
            }
            match fate {
                Fate::Say(words) => {
                    self.output.push('>');
                    self.output.push_str(words);
                    if is_empty {
                        self.close(tag.name);
                    }
                }
                _ => self.output.push_str(if is_empty { "/>" } else { ">" }),
            }
        }
        if is_empty {
            return Ok(());
        }
        if self.silent.is_none() && !matches!(fate, Fate::Keep) {
            self.silent = Some((self.open.len(), matches!(fate, Fate::Say(_))));
        }
        self.open.push(tag.name);
        Ok(())
    }

    fn end(&mut self, name: &str) -> Result<(), Fault> {
        if self.open.pop() != Some(name) {
            return Err(CROOKED);
        }
        match self.silent {
            None => self.close(name),
            Some((depth, is_written)) if depth == self.open.len() => {
                self.silent = None;
                if is_written {
                    self.close(name);
                }
            }
            Some(_) => {}
        }
        Ok(())
    }

    fn close(&mut self, name: &str) {
        self.output.push_str("</");
        self.output.push_str(name);
        self.output.push('>');
    }
}

fn parsed(inside: &str) -> Result<Tag<'_>, Fault> {
    let end = inside.find(|letter: char| letter.is_ascii_whitespace()).unwrap_or(inside.len());
    let (name, mut rest) = (&inside[..end], inside[end..].trim_ascii_start());
    if name.is_empty() || name.contains(['<', '&', '"', '\'', '=']) {
        return Err(CROOKED);
    }
    let mut attributes = Vec::new();
    while !rest.is_empty() {
        let (name, after) = rest.split_once('=').ok_or(CROOKED)?;
        let after = after.trim_ascii_start();
        let quote = after.chars().next().filter(|quote| matches!(quote, '"' | '\'')).ok_or(CROOKED)?;
        let (value, behind) = after[1..].split_once(quote).ok_or(CROOKED)?;
        let name = name.trim_ascii();
        if name.is_empty() || name.contains(|letter: char| letter.is_ascii_whitespace() || letter == '<') {
            return Err(CROOKED);
        }
        attributes.push((name, Cow::Borrowed(value)));
        rest = behind.trim_ascii_start();
    }
    Ok(Tag { name, attributes })
}
