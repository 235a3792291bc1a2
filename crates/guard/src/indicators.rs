//! Lists of what is known to belong to spyware and the like: STIX 2.1 bundles, MISP events, and plain lists of one a line.
//!
//! Out comes one flat list in one spelling ([`casemate_screening::indicator`]), and what of it cannot be compared with
//! messages, with the reason. A list is from outside like any file: it is bounded before it is parsed, and a broken one is
//! refused as a whole rather than taken in part.
//!
//! Not here: whether somebody is to be believed, and comparing.

mod misp;
mod pattern;
mod stix;

use std::io::Read;

use casemate_screening::indicator::Indicator;
use serde::{Deserialize, Serialize};

use crate::{Refused, limits, name};

/// What a list holds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct List {
    /// What it calls itself, or what it is about; empty where it does not say.
    pub name: String,
    /// In order, each once.
    pub indicators: Vec<Indicator>,
    /// What was left out, at most [`limits::LEFT_OUT`] of it.
    pub refused: Vec<LeftOut>,
    /// How many were left out in all.
    pub refused_count: u64,
}

/// An entry that is not taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftOut {
    /// The entry, or its beginning.
    pub what: String,
    /// For people.
    pub why: String,
}

/// Reads a list, whatever form it has.
///
/// # Errors
/// [`Refused`], in a person's words.
pub fn read(reader: impl Read) -> Result<List, Refused> {
    let mut bytes = Vec::new();
    let limit = limits::LIST_BYTES;
    let read = reader.take(limit + 1).read_to_end(&mut bytes);
    read.map_err(|error| Refused::Read { why: error.to_string() })?;
    if bytes.len() as u64 > limit {
        return Err(too_large("it has more than 64 MB"));
    }
    let text = std::str::from_utf8(&bytes).map_err(|_| malformed("it is no text"))?;
    let text = text.trim_start_matches('\u{FEFF}').trim();
    let mut found = Collected::default();
    let name = if text.starts_with(['{', '[']) {
        check_depth(text.as_bytes())?;
        structured(text, &mut found)?
    } else {
        lines(text, &mut found)?;
        String::new()
    };
    found.finish(name)
}

/// STIX or MISP: each says which it is by its fields.
fn structured(text: &str, found: &mut Collected) -> Result<String, Refused> {
    let said = |error: serde_json::Error| match error.classify() {
        serde_json::error::Category::Data if error.to_string().starts_with(TOO_MANY) => too_large(TOO_MANY),
        _ => Refused::Malformed {
            what: LIST.to_owned(),
            why: format!(
                "it breaks off or makes no sense at line {}, column {}",
                error.line(),
                error.column()
            ),
        },
    };
    if text.starts_with('[') {
        let events: Bounded<misp::Wrapped<'_>> = serde_json::from_str(text).map_err(said)?;
        return misp::collect(events.0.into_iter().filter_map(|one| one.event), found);
    }
    let document: Document<'_> = serde_json::from_str(text).map_err(said)?;
    if let Some(objects) = document.objects {
        if document.kind.as_deref() != Some("bundle") {
            return Err(malformed("it is no STIX bundle"));
        }
        return stix::collect(&objects.0, found);
    }
    let several = document.response.map(|all| all.0).unwrap_or_default();
    let events = document.event.into_iter().chain(several.into_iter().filter_map(|one| one.event));
    let mut events = events.peekable();
    if events.peek().is_none() {
        return Err(malformed("it is neither a STIX bundle nor a MISP event"));
    }
    misp::collect(events, found)
}

/// Fields of all forms; which of them are there tells the form.
#[derive(Deserialize)]
struct Document<'a> {
    #[serde(rename = "type", borrow, default)]
    kind: Option<std::borrow::Cow<'a, str>>,
    #[serde(borrow, default)]
    objects: Option<Bounded<stix::Object<'a>>>,
    #[serde(rename = "Event", borrow, default)]
    event: Option<misp::Event<'a>>,
    #[serde(borrow, default)]
    response: Option<Bounded<misp::Wrapped<'a>>>,
}

/// One indicator a line. What follows a `#` at the beginning or after a space is a remark.
fn lines(text: &str, found: &mut Collected) -> Result<(), Refused> {
    if text.chars().any(|letter| letter.is_control() && !matches!(letter, '\n' | '\r' | '\t')) {
        return Err(malformed("it is no text"));
    }
    for line in text.lines() {
        let line = match line.find(" #").or_else(|| line.starts_with('#').then_some(0)) {
            Some(at) => &line[..at],
            None => line,
        };
        // Tables of others have more columns, and quotes around them; the first is what they are about.
        let entry = line.split([',', ';', '\t']).next().unwrap_or_default().trim().trim_matches('"');
        if entry.is_empty() {
            continue;
        }
        match Indicator::guess(entry) {
            Some(indicator) => found.take(indicator)?,
            None => found.leave_out(entry, "It is no domain, address, hash or link."),
        }
    }
    Ok(())
}

/// What was found so far, within bounds.
#[derive(Debug, Default)]
pub(crate) struct Collected {
    indicators: Vec<Indicator>,
    bytes: usize,
    refused: Vec<LeftOut>,
    refused_count: u64,
}

impl Collected {
    pub fn take(&mut self, indicator: Indicator) -> Result<(), Refused> {
        self.bytes += indicator.value().len();
        if self.indicators.len() >= limits::INDICATORS || self.bytes > limits::VALUES_BYTES {
            return Err(too_large("it has more than 250,000 entries"));
        }
        self.indicators.push(indicator);
        Ok(())
    }

    pub fn leave_out(&mut self, what: &str, why: &str) {
        self.refused_count += 1;
        if self.refused.len() < limits::LEFT_OUT {
            self.refused.push(LeftOut { what: shown(what), why: why.to_owned() });
        }
    }

    fn finish(mut self, name: String) -> Result<List, Refused> {
        if self.indicators.is_empty() && self.refused_count == 0 {
            return Err(malformed("there is nothing in it"));
        }
        // A list of nothing would be one that its person believes in.
        if self.indicators.is_empty() {
            return Err(malformed(&format!(
                "it holds no indicators that Casemate knows. Entries left out: {}, the first being {:?}: {}",
                self.refused_count,
                self.refused.first().map_or("", |first| &first.what),
                self.refused.first().map_or("", |first| first.why.trim_end_matches('.'))
            )));
        }
        self.indicators.sort_unstable();
        self.indicators.dedup();
        Ok(List {
            name: shown(&name),
            indicators: self.indicators,
            refused: self.refused,
            refused_count: self.refused_count,
        })
    }
}

/// A short line from outside.
pub(crate) fn shown(text: &str) -> String {
    let text = text.trim();
    name::display_name(&text[..text.floor_char_boundary(limits::LEFT_OUT_BYTES)])
}

const LIST: &str = "list";
const TOO_MANY: &str = "it has too many parts";

fn malformed(why: &str) -> Refused {
    Refused::Malformed { what: LIST.to_owned(), why: why.to_owned() }
}

fn too_large(why: &str) -> Refused {
    Refused::TooLarge { what: LIST.to_owned(), why: why.to_owned() }
}

/// A sequence of a bounded length: each element takes memory, however short it is written.
pub(crate) struct Bounded<T>(pub Vec<T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Bounded<T> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor<T>(std::marker::PhantomData<T>);

        impl<'de, T: Deserialize<'de>> serde::de::Visitor<'de> for Visitor<T> {
            type Value = Vec<T>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a list")
            }

            fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut sequence: A) -> Result<Vec<T>, A::Error> {
                let mut all = Vec::new();
                while let Some(one) = sequence.next_element()? {
                    if all.len() >= limits::LIST_PARTS {
                        return Err(serde::de::Error::custom(TOO_MANY));
                    }
                    all.push(one);
                }
                Ok(all)
            }
        }

        deserializer.deserialize_seq(Visitor(std::marker::PhantomData)).map(Self)
    }
}

/// How deep brackets stand in brackets, before anything recurses into them.
fn check_depth(bytes: &[u8]) -> Result<(), Refused> {
    let (mut depth, mut in_string, mut escaped) = (0usize, false, false);
    for byte in bytes {
        match (in_string, byte) {
            (true, _) if escaped => escaped = false,
            (true, b'\\') => escaped = true,
            (true, b'"') => in_string = false,
            (true, _) => {}
            (false, b'"') => in_string = true,
            (false, b'{' | b'[') => depth += 1,
            (false, b'}' | b']') => depth = depth.saturating_sub(1),
            (false, _) => {}
        }
        if depth > limits::LIST_DEPTH {
            return Err(too_large("its parts are nested too deeply"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
