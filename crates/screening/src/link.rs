//! What a link truly is: where it leads, and what about it is made to deceive.
//!
//! Read as browsers read it (WHATWG URL), so that nothing leads elsewhere than is said here. What it says besides depends on
//! the text alone: whether a domain exists, is new or is bad nobody is asked.
//!
//! Names that resemble others are compared with [`known`] ones and with those that the caller gives: the person's own server.

mod known;
mod resembling;

use serde::{Deserialize, Serialize};
use url::{Host, Url};

use crate::host;

pub use known::is_shortener;

/// Bytes of a link that is looked at. Browsers take more; nobody sends one by hand.
pub const LINK_BYTES: usize = 8_192;

/// Ports that pages are served at.
const PORTS: [u16; 4] = [80, 443, 8080, 8443];

/// What is said of a link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Look {
    /// The host that is asked for, in full, as the network knows it; empty where the link leads to none.
    pub host: String,
    /// The same as people read it, where that differs.
    pub reads: Option<String>,
    /// What a person should know before it opens.
    pub warnings: Vec<Warning>,
}

/// Something that is made to deceive, or often is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "id", rename_all = "snake_case")]
pub enum Warning {
    /// No browser would understand it.
    Unreadable,
    /// It is handed to another program of the device.
    Scheme {
        /// Before the colon.
        scheme: String,
    },
    /// Characters that turn the direction of reading around, or that nothing shows.
    Hidden,
    /// What stands before an `@` looks like where it leads.
    Userinfo {
        /// What stands there.
        before: String,
    },
    /// A number instead of a name.
    Number,
    /// A port where pages usually are not.
    Port {
        /// Which.
        port: u16,
    },
    /// Its letters look like those of another name.
    LooksLike {
        /// That name.
        other: String,
    },
    /// It is one slip of the hand away from another name.
    AlmostLike {
        /// That name.
        other: String,
    },
    /// Letters of several alphabets in one word, or of one that looks like Latin.
    Letters,
    /// Another name stands before the one that counts.
    Inside {
        /// That name.
        other: String,
    },
    /// The name of a firm, with a word that asks for trust.
    Lure {
        /// Whose name.
        other: String,
    },
    /// The text that is shown names another place.
    Text {
        /// What it names.
        other: String,
    },
    /// It leads on to somewhere that it does not say.
    Shortener,
}

impl Warning {
    /// Its name in the interface.
    pub fn id(&self) -> &'static str {
        match self {
            Warning::Unreadable => "unreadable",
            Warning::Scheme { .. } => "scheme",
            Warning::Hidden => "hidden",
            Warning::Userinfo { .. } => "userinfo",
            Warning::Number => "number",
            Warning::Port { .. } => "port",
            Warning::LooksLike { .. } => "looks_like",
            Warning::AlmostLike { .. } => "almost_like",
            Warning::Letters => "letters",
            Warning::Inside { .. } => "inside",
            Warning::Lure { .. } => "lure",
            Warning::Text { .. } => "text",
            Warning::Shortener => "shortener",
        }
    }

    /// The same for people, who see the host beside it.
    pub fn sentence(&self, host: &str) -> String {
        match self {
            Warning::Unreadable => "This is not a link that a browser understands.".to_owned(),
            Warning::Scheme { scheme } => {
                format!("This opens no web page: \"{scheme}\" starts another program on your device.")
            }
            Warning::Hidden => {
                "It contains invisible characters, or such that turn the order of letters around.".to_owned()
            }
            Warning::Userinfo { before } => {
                format!("\"{before}\" before the @ is not where it leads. It leads to {host}.")
            }
            Warning::Number => {
                "It leads to a number instead of a name. Well-known places have names.".to_owned()
            }
            Warning::Port { port } => {
                format!("It leads to an unusual door (port {port}). Public web pages do not need one.")
            }
            Warning::LooksLike { other } => format!("It is made to look like {other}, and is not."),
            Warning::AlmostLike { other } => format!("It is almost {other}, and is not."),
            Warning::Letters => {
                "Its name has letters of another alphabet that look like Latin ones.".to_owned()
            }
            Warning::Inside { other } => format!("It names {other}, but leads to {host}."),
            Warning::Lure { other } => {
                format!("It uses the name of {other}, but does not belong to it as far as the name tells.")
            }
            Warning::Text { other } => format!("The text says {other}, but it leads to {host}."),
            Warning::Shortener => {
                "This is a short link: where it leads on to is not to be seen before it is opened.".to_owned()
            }
        }
    }
}

/// Looks at a link. `shown`: the text under which it stands, where it has one. `own`: domains of the person's own, which
/// others may imitate too.
pub fn look(link: &str, shown: Option<&str>, own: &[&str]) -> Look {
    let mut warnings = Vec::new();
    let text = link.trim();
    let hidden = |text: &str| text.chars().any(is_hidden);
    if hidden(text) || shown.is_some_and(hidden) {
        warnings.push(Warning::Hidden);
    }
    let Some(url) = parsed(text) else {
        warnings.push(Warning::Unreadable);
        return Look { host: String::new(), reads: None, warnings };
    };
    if !matches!(url.scheme(), "http" | "https") {
        if !matches!(url.scheme(), "mailto" | "tel") {
            warnings.push(Warning::Scheme { scheme: url.scheme().to_owned() });
        }
        let host = url.host_str().unwrap_or_default().to_owned();
        return Look { host, reads: None, warnings };
    }
    let host = url.host_str().unwrap_or_default().trim_end_matches('.').to_owned();
    if !url.username().is_empty() || url.password().is_some() {
        warnings.push(Warning::Userinfo { before: shortened(url.username()) });
    }
    if let Some(port) = url.port().filter(|port| !PORTS.contains(port)) {
        warnings.push(Warning::Port { port });
    }
    let mut reads = None;
    if let Some(Host::Domain(_)) = url.host() {
        let unicode = idna::domain_to_unicode(&host).0;
        let name = Name { ascii: &host, unicode: &unicode };
        warnings.extend(resembling::warnings(&name, own));
        if is_shortener(&host) {
            warnings.push(Warning::Shortener);
        }
        reads = (unicode != host).then_some(unicode);
    } else {
        warnings.push(Warning::Number);
    }
    warnings.extend(shown.and_then(|shown| other_place(shown, &host)));
    Look { host, reads, warnings }
}

/// A host in both spellings.
pub(crate) struct Name<'a> {
    pub ascii: &'a str,
    pub unicode: &'a str,
}

/// As a browser's address bar would take it.
fn parsed(text: &str) -> Option<Url> {
    if text.len() > LINK_BYTES || text.is_empty() {
        return None;
    }
    match Url::parse(text) {
        // `example.org:443/x` is a host and a port to whoever typed it.
        Ok(url) if url.has_host() || !url.scheme().contains('.') && url.scheme() != "localhost" => Some(url),
        _ => Url::parse(&format!("http://{text}"))
            .ok()
            .filter(|url| url.host_str().is_some_and(|host| host.contains(['.', ':']))),
    }
}

/// The place that a text names, where it names one and that is not where the link leads.
fn other_place(shown: &str, host: &str) -> Option<Warning> {
    let shown = shown.trim();
    // A sentence with a domain in it is no claim; a text that is one is.
    if shown.is_empty() || shown.contains(char::is_whitespace) {
        return None;
    }
    let url = parsed(shown).filter(|url| matches!(url.scheme(), "http" | "https"))?;
    let other = url.host_str()?.trim_end_matches('.');
    let named = host::domain(other).is_some() || host::ip(other).is_some();
    let bare = |name: &str| name.strip_prefix("www.").unwrap_or(name).to_owned();
    let (bare_host, bare_other) = (bare(host), bare(other));
    let same = host::is_within(&bare_host, &bare_other) || host::is_within(&bare_other, &bare_host);
    // `read-me.md` and the like are names of files as often as of hosts.
    let is_claim = shown.contains("://") || shown.starts_with("www.") || known::tops(other);
    (named && !same && is_claim).then(|| Warning::Text { other: other.to_owned() })
}

/// What hides in a line, or turns it around.
pub(crate) fn is_hidden(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{AD}' | '\u{61C}' | '\u{180E}' | '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}')
}

/// Enough to recognise it by.
fn shortened(text: &str) -> String {
    let kept: String = text.chars().filter(|letter| !is_hidden(*letter)).take(60).collect();
    kept
}

#[cfg(test)]
mod tests;
