//! What somebody knows to be bad, in one spelling, so that comparing is equality.

use serde::{Deserialize, Serialize};
use url::Url;

use crate::host;

/// Bytes of a value. The longest real ones are URLs.
pub const VALUE_BYTES: usize = 2_048;

/// What an indicator names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A domain and all below it.
    Domain,
    /// One page. Scheme and fragment do not count.
    Url,
    /// An IP address.
    Ip,
    /// A mail address.
    Email,
    /// Of a file's contents.
    Sha256,
    /// Of a file's contents.
    Sha1,
    /// Of a file's contents.
    Md5,
    /// A program's name as the system lists it.
    Process,
}

impl Kind {
    /// All of them; the place of each is its number in the database.
    pub const ALL: [Kind; 8] =
        [Kind::Domain, Kind::Url, Kind::Ip, Kind::Email, Kind::Sha256, Kind::Sha1, Kind::Md5, Kind::Process];

    /// The word for it in lists and in the interface.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Domain => "domain",
            Kind::Url => "url",
            Kind::Ip => "ip",
            Kind::Email => "email",
            Kind::Sha256 => "sha256",
            Kind::Sha1 => "sha1",
            Kind::Md5 => "md5",
            Kind::Process => "process",
        }
    }

    /// From its word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// An indicator, in its one spelling.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Indicator {
    kind: Kind,
    value: String,
}

impl Indicator {
    /// `None` where the value cannot be of that kind.
    pub fn new(kind: Kind, value: &str) -> Option<Self> {
        let value = value.trim();
        if value.len() > VALUE_BYTES {
            return None;
        }
        let value = match kind {
            Kind::Domain => {
                let name = host::domain(value.strip_prefix("*.").unwrap_or(value))?;
                name.into_owned()
            }
            Kind::Url => page(value)?,
            Kind::Ip => host::ip(value)?,
            Kind::Email => email(value)?,
            Kind::Sha256 => hash(value, 64)?,
            Kind::Sha1 => hash(value, 40)?,
            Kind::Md5 => hash(value, 32)?,
            Kind::Process => name(value)?,
        };
        (value.len() <= VALUE_BYTES).then_some(Self { kind, value })
    }

    /// Of whatever kind it looks like: how a plain list has them, also written so that nobody taps on them by accident
    /// (`hxxp://evil[.]example`).
    pub fn guess(text: &str) -> Option<Self> {
        let text =
            text.trim().replace("[.]", ".").replace("(.)", ".").replace("[:]", ":").replace("[@]", "@");
        let text = match text.strip_prefix("hxxp") {
            Some(rest) => format!("http{rest}"),
            None => text,
        };
        let is_hash = text.bytes().all(|byte| byte.is_ascii_hexdigit());
        match text.len() {
            64 if is_hash => return Self::new(Kind::Sha256, &text),
            40 if is_hash => return Self::new(Kind::Sha1, &text),
            32 if is_hash => return Self::new(Kind::Md5, &text),
            _ => {}
        }
        if text.contains("://") {
            return Self::of_link(&text);
        }
        Self::new(Kind::Ip, &text)
            .or_else(|| Self::new(Kind::Email, &text))
            .or_else(|| Self::new(Kind::Domain, &text))
            .or_else(|| if text.contains('/') { Self::new(Kind::Url, &text) } else { None })
    }

    /// Of a link: the page, or where it names nothing but a host, the host.
    pub fn of_link(text: &str) -> Option<Self> {
        let page = Self::new(Kind::Url, text)?;
        match page.value.contains(['/', '?']) {
            true => Some(page),
            false => Self::new(Kind::Ip, &page.value).or_else(|| Self::new(Kind::Domain, &page.value)),
        }
    }

    /// What it names.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Its value.
    pub fn value(&self) -> &str {
        &self.value
    }
}

/// A page without what does not tell it from others: `example.org/path?query`.
pub(crate) fn page(text: &str) -> Option<String> {
    // Also where a page's own path or query has a whole link in it.
    let has_scheme = text.split_once("://").is_some_and(|(before, _)| !before.contains(['/', '?', '#']));
    let parsed = if has_scheme { Url::parse(text) } else { Url::parse(&format!("http://{text}")) };
    let url = parsed.ok().filter(|url| matches!(url.scheme(), "http" | "https" | "ftp"))?;
    page_of(&url)
}

pub(crate) fn page_of(url: &Url) -> Option<String> {
    let host = Some(url.host_str()?.trim_end_matches('.')).filter(|host| !host.is_empty())?;
    // Ports that a scheme has by itself: the scheme is not kept.
    let port = url.port().filter(|port| ![21, 80, 443].contains(port));
    let port = port.map(|port| format!(":{port}")).unwrap_or_default();
    let query =
        url.query().filter(|query| !query.is_empty()).map(|query| format!("?{query}")).unwrap_or_default();
    Some(format!("{host}{port}{}{query}", url.path().trim_end_matches('/')))
}

fn email(text: &str) -> Option<String> {
    let (local, host) = text.rsplit_once('@')?;
    let plain =
        |letter: char| !letter.is_whitespace() && !letter.is_control() && !"@<>()[],;:\"\\/".contains(letter);
    let fits = (1..=64).contains(&local.len()) && local.chars().all(plain);
    let host = host::domain(host)?;
    fits.then(|| format!("{}@{host}", local.to_lowercase()))
}

fn hash(text: &str, digits: usize) -> Option<String> {
    let is_hash = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_hash.then(|| text.to_ascii_lowercase())
}

/// On one line, and short: what systems take as a program's name.
fn name(text: &str) -> Option<String> {
    let fits = (1..=255).contains(&text.len()) && !text.chars().any(char::is_control);
    fits.then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_come_in_one_spelling() {
        for (kind, text, value) in [
            (Kind::Domain, " *.Evil.Example. ", "evil.example"),
            (Kind::Url, "HTTPS://Evil.Example:443/a/#b", "evil.example/a"),
            (Kind::Url, "evil.example/x?y=1", "evil.example/x?y=1"),
            (Kind::Url, "http://evil.example:8080/", "evil.example:8080"),
            (Kind::Url, "https://evil.example:80/a", "evil.example/a"),
            (Kind::Url, "http://evil.example/a?to=http://b.example", "evil.example/a?to=http://b.example"),
            (Kind::Ip, "192.0.2.1", "192.0.2.1"),
            (Kind::Email, "Some.Body@Evil.Example", "some.body@evil.example"),
            (Kind::Md5, "D41D8CD98F00B204E9800998ECF8427E", "d41d8cd98f00b204e9800998ecf8427e"),
            (Kind::Process, "roleaccountd", "roleaccountd"),
        ] {
            let made = Indicator::new(kind, text).unwrap();
            assert_eq!((made.kind(), made.value()), (kind, value), "{text}");
            assert_eq!(Indicator::new(kind, made.value()), Some(made), "once more it is the same");
        }
    }

    #[test]
    fn what_cannot_be_one_is_none() {
        for (kind, text) in [
            (Kind::Domain, "com"),
            (Kind::Domain, "evil.example/x"),
            (Kind::Domain, ""),
            (Kind::Url, "file:///etc/passwd"),
            (Kind::Url, "http://./x"),
            (Kind::Ip, "evil.example"),
            (Kind::Email, "a b@evil.example"),
            (Kind::Email, "@evil.example"),
            (Kind::Sha256, "d41d8cd98f00b204e9800998ecf8427e"),
            (Kind::Md5, "zz1d8cd98f00b204e9800998ecf8427e"),
            (Kind::Process, "a\nb"),
        ] {
            assert_eq!(Indicator::new(kind, text), None, "{text}");
        }
        let long = format!("http://evil.example/{}", "a".repeat(VALUE_BYTES));
        assert_eq!(Indicator::new(Kind::Url, &long), None);
    }

    #[test]
    fn the_kind_is_guessed() {
        for (text, kind, value) in [
            ("evil.example", Kind::Domain, "evil.example"),
            ("hxxps://evil[.]example/a", Kind::Url, "evil.example/a"),
            ("http://evil.example/", Kind::Domain, "evil.example"),
            ("http://192.0.2.7", Kind::Ip, "192.0.2.7"),
            ("192.0.2[.]7", Kind::Ip, "192.0.2.7"),
            ("a@evil.example", Kind::Email, "a@evil.example"),
            ("evil.example/x", Kind::Url, "evil.example/x"),
            (
                "da39a3ee5e6b4b0d3255bfef95601890afd80709",
                Kind::Sha1,
                "da39a3ee5e6b4b0d3255bfef95601890afd80709",
            ),
        ] {
            let made = Indicator::guess(text).unwrap();
            assert_eq!((made.kind(), made.value()), (kind, value), "{text}");
        }
        for text in ["", "word", "two words", "javascript:alert(1)", "a@b"] {
            assert_eq!(Indicator::guess(text), None, "{text}");
        }
    }

    #[test]
    fn words_and_numbers_of_kinds_stay() {
        for (number, kind) in Kind::ALL.into_iter().enumerate() {
            assert_eq!(Kind::parse(kind.as_str()), Some(kind));
            assert_eq!(kind as usize, number);
        }
        assert_eq!(Kind::parse("Domain"), None);
    }
}
