//! What is wrong in a configuration file, in a sentence with its line and column.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Why a configuration was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {why}")]
pub struct BadConfig {
    /// Of the file, from 1.
    pub line: usize,
    /// In letters, from 1.
    pub column: usize,
    /// A sentence.
    pub why: String,
}

impl BadConfig {
    /// What the parser says.
    pub fn of_toml(text: &str, error: &toml::de::Error) -> Self {
        let at = error.span().map_or(0, |span| span.start);
        let why = unknown_setting(error.message()).unwrap_or_else(|| in_our_words(error.message()));
        Self::at(text, at, why)
    }

    fn at(text: &str, at: usize, why: String) -> Self {
        let before = text.get(..at).unwrap_or(text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().map_or(0, |begun| begun.chars().count()) + 1;
        Self { line, column, why }
    }
}

/// How alike two names must be for one to be meant by the other, of 1.
const ALIKE: f64 = 0.6;

/// serde says ``unknown field `x`, expected one of `a`, `b` ``: which of these is the nearest?
fn unknown_setting(message: &str) -> Option<String> {
    let (unknown, known) = message.strip_prefix("unknown field `")?.split_once('`')?;
    let mut known: Vec<&str> = known.split('`').skip(1).step_by(2).collect();
    known.sort_unstable();
    let likeness = |name: &&str| strsim::normalized_damerau_levenshtein(unknown, name);
    let nearest = known.iter().copied().max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
    Some(match nearest.filter(|name| likeness(name) >= ALIKE) {
        Some(nearest) => format!("there is no setting {unknown}; did you mean {nearest}?"),
        None => format!("there is no setting {unknown}; there are {}", known.join(", ")),
    })
}

/// What serde says of values, without the names of Rust's types.
fn in_our_words(message: &str) -> String {
    let words = [
        ("unknown variant", "unknown value"),
        ("missing field", "missing setting"),
        ("expected u32", "expected a whole number from 0 to 4294967295"),
        ("expected u64", "expected a whole number from 0 on"),
        ("expected usize", "expected a whole number from 0 on"),
    ];
    words.iter().fold(message.to_owned(), |text, (theirs, ours)| text.replace(theirs, ours))
}

/// A step from a table or list to what is in it.
#[derive(Debug, Clone, Copy)]
pub enum Step {
    /// Of a table.
    Name(&'static str),
    /// Of a list.
    Nth(usize),
}

/// A value that would make the server useless.
pub struct Wrong {
    path: Vec<Step>,
    why: &'static str,
}

impl Wrong {
    /// At the end of these steps.
    pub fn at<const N: usize>(path: [Step; N], why: &'static str) -> Self {
        Self { path: path.to_vec(), why }
    }

    /// Where it stands in the text that the values were read from.
    pub fn in_text(&self, text: &str) -> BadConfig {
        let at = DeTable::parse(text).ok().map_or(0, |table| find(table.get_ref(), &self.path));
        BadConfig::at(text, at, self.why.to_owned())
    }
}

/// Where the value begins; where it is not written, that of the last step that is.
fn find(table: &DeTable<'_>, path: &[Step]) -> usize {
    let mut here: Option<&Spanned<DeValue<'_>>> = None;
    for step in path {
        let next = match (step, here.map(Spanned::get_ref)) {
            (Step::Name(name), None) => in_table(table, name),
            (Step::Name(name), Some(DeValue::Table(table))) => in_table(table, name),
            (Step::Nth(nth), Some(DeValue::Array(list))) => list.get(*nth),
            _ => None,
        };
        let Some(next) = next else { break };
        here = Some(next);
    }
    here.map_or(0, |value| value.span().start)
}

fn in_table<'a, 'i>(table: &'a DeTable<'i>, name: &str) -> Option<&'a Spanned<DeValue<'i>>> {
    table.iter().find(|(key, _)| *key.get_ref() == *name).map(|(_, value)| value)
}
