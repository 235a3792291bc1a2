//! Handles and addresses: `name@server`.

use std::fmt;

/// Why a handle or an address was refused. The text is for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadHandle {
    /// Too short or too long.
    #[error("a name has 2 to 32 characters")]
    Length,
    /// Characters outside `[a-z0-9._-]`.
    #[error(
        "a name may have the letters a to z, digits, dot, underscore and hyphen; no capitals, spaces or other signs"
    )]
    Characters,
    /// Begins or ends with punctuation, or has two dots in a row: easily misread.
    #[error("a name begins and ends with a letter or digit, and has no two signs in a row")]
    Punctuation,
    /// Not of the form `name@server`.
    #[error("an address looks like name@server")]
    NoServer,
}

/// A valid handle, `[a-z0-9._-]{2,32}`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Handle(String);

impl Handle {
    /// Checks and takes a handle as typed. Nothing is changed silently: capitals are refused, not folded.
    pub fn parse(text: &str) -> Result<Self, BadHandle> {
        if !(2..=32).contains(&text.chars().count()) {
            return Err(BadHandle::Length);
        }
        let is_sign = |c: u8| matches!(c, b'.' | b'_' | b'-');
        if !text.bytes().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || is_sign(c)) {
            return Err(BadHandle::Characters);
        }
        let bytes = text.as_bytes();
        let ends = [bytes.first(), bytes.last()].into_iter().flatten().any(|c| is_sign(*c));
        if ends || bytes.windows(2).any(|pair| is_sign(pair[0]) && is_sign(pair[1])) {
            return Err(BadHandle::Punctuation);
        }
        Ok(Self(text.to_owned()))
    }

    /// As [`Handle::parse`], as a person types it: with capitals, with spaces around it or an at sign before it.
    pub fn typed(text: &str) -> Result<Self, BadHandle> {
        Self::parse(&typed(text).to_ascii_lowercase())
    }

    /// The handle as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Two handles with the same skeleton are hard to tell apart: `0` for `o`, `1` for `l` or `i`, `rn` for
    /// `m`, `vv` for `w`, `cl` for `d`, and signs left out. A server takes one handle per skeleton.
    pub fn skeleton(&self) -> String {
        // Single letters first: the second one of a pair may be a digit that looks like it (`c1` for `cl`).
        self.plain()
            .replace('0', "o")
            .replace(['1', 'i'], "l")
            .replace("rn", "m")
            .replace("vv", "w")
            .replace("cl", "d")
    }

    /// The skeleton as servers made it until 2026-11: names that were deleted by then are known by it.
    pub fn skeleton_before(&self) -> String {
        self.plain()
            .replace("rn", "m")
            .replace("vv", "w")
            .replace("cl", "d")
            .replace('0', "o")
            .replace(['1', 'i'], "l")
    }

    fn plain(&self) -> String {
        self.0.chars().filter(char::is_ascii_alphanumeric).collect()
    }
}

impl fmt::Display for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Handle({})", self.0)
    }
}

/// An address, `handle@server`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address {
    /// Before the at sign.
    pub handle: Handle,
    /// After it: `host` or `host:port`.
    pub server: String,
}

impl Address {
    /// Checks and takes an address.
    pub fn parse(text: &str) -> Result<Self, BadHandle> {
        let (handle, server) = text.split_once('@').ok_or(BadHandle::NoServer)?;
        let server_ok = !server.is_empty()
            && server.len() <= 255
            && server
                .bytes()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, b'.' | b'-' | b':' | b'[' | b']'));
        if !server_ok {
            return Err(BadHandle::NoServer);
        }
        Ok(Self { handle: Handle::parse(handle)?, server: server.to_owned() })
    }

    /// As [`Address::parse`], as a person types it, see [`Handle::typed`].
    pub fn typed(text: &str) -> Result<Self, BadHandle> {
        let (handle, server) = typed(text).split_once('@').ok_or(BadHandle::NoServer)?;
        Self::parse(&format!("{}@{server}", handle.to_ascii_lowercase()))
    }
}

/// Without what people type around a name.
fn typed(text: &str) -> &str {
    let text = text.trim();
    text.strip_prefix('@').unwrap_or(text)
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.handle, self.server)
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn handles() {
        assert!(Handle::parse("ana").is_ok());
        assert!(Handle::parse("a.b-c_d9").is_ok());
        for (text, why) in [
            ("a", BadHandle::Length),
            (&"a".repeat(33)[..], BadHandle::Length),
            ("Ana", BadHandle::Characters),
            ("a b", BadHandle::Characters),
            ("аna", BadHandle::Characters), // Cyrillic а
            ("a\u{0}b", BadHandle::Characters),
            ("a\u{202e}b", BadHandle::Characters),
            (".ana", BadHandle::Punctuation),
            ("ana-", BadHandle::Punctuation),
            ("a..b", BadHandle::Punctuation),
        ] {
            assert_eq!(Handle::parse(text), Err(why), "{text:?}");
        }
    }

    #[test]
    fn look_alikes_share_a_skeleton() {
        let skeleton = |text: &str| Handle::parse(text).unwrap().skeleton();
        assert_eq!(skeleton("paypal"), skeleton("paypa1"));
        assert_eq!(skeleton("rnorgan"), skeleton("morgan"));
        assert_eq!(skeleton("b.ob"), skeleton("b0b"));
        assert_ne!(skeleton("ana"), skeleton("bob"));
        // Digits in pairs too.
        assert_eq!(skeleton("claire"), skeleton("c1aire"));
        assert_eq!(skeleton("claire"), skeleton("daire"));
        assert_eq!(skeleton("claire"), skeleton("ciaire"));
    }

    #[test]
    fn addresses() {
        assert_eq!(Address::parse("ana@localhost:8440").unwrap().to_string(), "ana@localhost:8440");
        assert_eq!(Address::parse("ana"), Err(BadHandle::NoServer));
        assert_eq!(Address::parse("ana@"), Err(BadHandle::NoServer));
        assert_eq!(Address::parse("ana@a/b"), Err(BadHandle::NoServer));
    }

    #[test]
    fn names_as_people_type_them() {
        assert_eq!(Handle::typed(" @Ana ").unwrap().as_str(), "ana");
        assert_eq!(Address::typed("@Ana@localhost ").unwrap().to_string(), "ana@localhost");
        assert_eq!(Address::typed("@ana"), Err(BadHandle::NoServer));
        assert_eq!(Handle::typed("@@ana"), Err(BadHandle::Characters));
        assert_eq!(Handle::typed("Аna"), Err(BadHandle::Characters)); // Cyrillic А
    }
}
