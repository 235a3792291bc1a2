//! STIX patterns (STIX 2.1 §9), as far as one thing alone tells: `[domain-name:value = 'evil.example']`, also several of them
//! with OR between, and `IN`. What needs several things at once (`AND`, `FOLLOWEDBY`), others than equality, or times is
//! left out: taken apart it would accuse the innocent.

use casemate_screening::indicator::{Indicator, Kind};

use super::Collected;
use crate::{Refused, limits};

/// Takes what one pattern names.
pub fn collect(text: &str, found: &mut Collected) -> Result<(), Refused> {
    let terms = match terms(text) {
        Ok(terms) => terms,
        Err(why) => {
            found.leave_out(text, why);
            return Ok(());
        }
    };
    for (path, value) in terms {
        match indicator(&path, &value) {
            Ok(indicator) => found.take(indicator)?,
            Err(why) => found.leave_out(text, why),
        }
    }
    Ok(())
}

/// An object path without its quotes, in small letters, and what it is compared with.
type Term = (String, String);

const NOT_UNDERSTOOD: &str = "Its pattern is not understood.";
const SEVERAL: &str = "It needs several things at once.";

fn terms(text: &str) -> Result<Vec<Term>, &'static str> {
    let mut terms = Vec::new();
    let mut tokens = Tokens { rest: text.trim(), depth: 0 };
    loop {
        tokens.open()?;
        tokens.comparisons(&mut terms)?;
        match tokens.next()? {
            None if tokens.depth == 0 && !terms.is_empty() => return Ok(terms),
            Some(Token::Word(word)) if word.eq_ignore_ascii_case("or") => {}
            // What follows a comparison says when, how often or together with what.
            Some(Token::Word(_)) => return Err(SEVERAL),
            _ => return Err(NOT_UNDERSTOOD),
        }
        if terms.len() > limits::PATTERN_TERMS {
            return Err("Its pattern has too many parts.");
        }
    }
}

enum Token<'a> {
    Mark(char),
    /// A path, or a word between comparisons.
    Word(&'a str),
    Text(String),
}

struct Tokens<'a> {
    rest: &'a str,
    /// Brackets that are open.
    depth: usize,
}

impl<'a> Tokens<'a> {
    /// The brackets before a comparison.
    fn open(&mut self) -> Result<(), &'static str> {
        self.rest = self.rest.trim_start();
        while self.rest.starts_with(['[', '(']) {
            self.depth += 1;
            self.rest = self.rest[1..].trim_start();
        }
        if self.depth == 0 { Err(NOT_UNDERSTOOD) } else { Ok(()) }
    }

    /// One comparison, and the brackets after it; more of them with OR between.
    fn comparisons(&mut self, terms: &mut Vec<Term>) -> Result<(), &'static str> {
        let path = match self.next()? {
            Some(Token::Word(word)) if word.eq_ignore_ascii_case("not") => {
                return Err("It says what something is not.");
            }
            Some(Token::Word(path)) => path.replace('\'', "").to_lowercase(),
            _ => return Err(NOT_UNDERSTOOD),
        };
        match self.next()? {
            Some(Token::Mark('=')) => match self.next()? {
                Some(Token::Text(value)) => terms.push((path, value)),
                _ => return Err(NOT_UNDERSTOOD),
            },
            Some(Token::Word(word)) if word.eq_ignore_ascii_case("in") => self.set(&path, terms)?,
            _ => return Err("It is compared by something else than equality."),
        }
        self.rest = self.rest.trim_start();
        while self.rest.starts_with([']', ')']) {
            self.depth = self.depth.checked_sub(1).ok_or(NOT_UNDERSTOOD)?;
            self.rest = self.rest[1..].trim_start();
        }
        Ok(())
    }

    /// `('a', 'b')`
    fn set(&mut self, path: &str, terms: &mut Vec<Term>) -> Result<(), &'static str> {
        let Some(Token::Mark('(')) = self.next()? else { return Err(NOT_UNDERSTOOD) };
        loop {
            let Some(Token::Text(value)) = self.next()? else { return Err(NOT_UNDERSTOOD) };
            terms.push((path.to_owned(), value));
            match self.next()? {
                Some(Token::Mark(',')) if terms.len() <= limits::PATTERN_TERMS => {}
                Some(Token::Mark(')')) => return Ok(()),
                _ => return Err(NOT_UNDERSTOOD),
            }
        }
    }

    fn next(&mut self) -> Result<Option<Token<'a>>, &'static str> {
        self.rest = self.rest.trim_start();
        let Some(first) = self.rest.chars().next() else { return Ok(None) };
        if first == '\'' {
            return self.text().map(|text| Some(Token::Text(text)));
        }
        if !first.is_ascii_alphabetic() {
            self.rest = &self.rest[first.len_utf8()..];
            return Ok(Some(Token::Mark(first)));
        }
        let end = path_end(self.rest);
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        Ok(Some(Token::Word(word)))
    }

    /// §9.2: a backslash stands before a quote and before a backslash.
    fn text(&mut self) -> Result<String, &'static str> {
        let mut value = String::new();
        let mut letters = self.rest[1..].char_indices();
        while let Some((at, letter)) = letters.next() {
            match letter {
                '\'' => {
                    self.rest = &self.rest[at + 2..];
                    return Ok(value);
                }
                '\\' => value.push(letters.next().ok_or(NOT_UNDERSTOOD)?.1),
                _ => value.push(letter),
            }
        }
        Err(NOT_UNDERSTOOD)
    }
}

/// `file:hashes.'SHA-256'`: quotes within belong to it.
fn path_end(text: &str) -> usize {
    let mut quoted = false;
    for (at, letter) in text.char_indices() {
        match letter {
            '\'' if quoted || text[..at].ends_with('.') => quoted = !quoted,
            _ if quoted || letter.is_ascii_alphanumeric() || matches!(letter, ':' | '.' | '-' | '_') => {}
            _ => return at,
        }
    }
    text.len()
}

fn indicator(path: &str, value: &str) -> Result<Indicator, &'static str> {
    let of = |kind| Indicator::new(kind, value);
    let found = match path {
        // Some lists have whole links for domains.
        "domain-name:value" | "hostname:value" => of(Kind::Domain).or_else(|| Indicator::guess(value)),
        "url:value" => Indicator::of_link(value),
        "ipv4-addr:value" | "ipv6-addr:value" => of(Kind::Ip),
        "email-addr:value" | "email-message:from_ref.value" | "email-message:sender_ref.value" => {
            of(Kind::Email)
        }
        "network-traffic:dst_ref.value" | "network-traffic:src_ref.value" => Indicator::guess(value),
        "process:name" => of(Kind::Process),
        _ => match path.strip_prefix("file:hashes.").map(|kind| kind.replace('-', "")).as_deref() {
            Some("sha256") => of(Kind::Sha256),
            Some("sha1") => of(Kind::Sha1),
            Some("md5") => of(Kind::Md5),
            _ => return Err("Things of its kind cannot be found in messages."),
        },
    };
    found.ok_or("It is not what its list says it is.")
}
