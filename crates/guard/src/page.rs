//! A web page's own words for whoever links to it: its title, a sentence about it, the address of its picture. Read for the
//! preview of a link that its sender makes; nothing of it is followed and nothing is run.
//!
//! The page is taken apart by `html5gum`, a tokenizer after the standard's (WHATWG HTML §13.2.5), and not built up: only
//! `title`, `meta` and `base` count, up to where its body begins.

mod letters;

use std::collections::BTreeMap;
use std::io::Read;

use casemate_screening::preview;
use html5gum::emitters::default::DefaultEmitter;
use html5gum::{HtmlString, Spanned, StartTag, Token, Tokenizer};
use serde::{Deserialize, Serialize};

use crate::{Refused, limits};

/// What a page says of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    /// On one line, at most [`limits::PAGE_TITLE_CHARS`] letters; never empty.
    pub title: String,
    /// The same with [`limits::PAGE_ABOUT_CHARS`]; empty where it says nothing.
    pub about: String,
    /// Where its picture is, as it stands there: relative to `base`; empty where it names none.
    pub picture: String,
    /// What its addresses are relative to, itself relative to the page; empty where that is the page.
    pub base: String,
}

impl Page {
    /// Whether it can be the answer of [`read`].
    pub(crate) fn is_plausible(&self) -> bool {
        let is_line = |text: &str, most: usize| text.chars().count() <= most && preview::line(text) == text;
        !self.title.is_empty()
            && is_line(&self.title, limits::PAGE_TITLE_CHARS)
            && is_line(&self.about, limits::PAGE_ABOUT_CHARS)
            && self.picture.len() <= limits::PAGE_ADDRESS_BYTES
            && self.base.len() <= limits::PAGE_ADDRESS_BYTES
    }
}

/// Reads a page, or its beginning. `charset`: what its server says that its letters are written in; empty where it says nothing.
///
/// # Errors
/// [`Refused`] where it cannot be read or has no title.
pub fn read(input: impl Read, charset: &str) -> Result<Page, Refused> {
    let mut bytes = Vec::new();
    let read = input.take(limits::PAGE_BYTES).read_to_end(&mut bytes);
    read.map_err(|error| Refused::Read { why: error.to_string() })?;
    let mut found = Found::default();
    found.read(&letters::of(&bytes, charset));
    let title = [found.named.get("og:title"), Some(&found.title)]
        .into_iter()
        .flatten()
        .map(|title| shown(title, limits::PAGE_TITLE_CHARS))
        .find(|title| !title.is_empty());
    let Some(title) = title else {
        return Err(Refused::Malformed { what: "page".to_owned(), why: "it has no title".to_owned() });
    };
    let first = |names: &[&str]| names.iter().find_map(|name| found.named.get(*name)).cloned();
    let address = |text: Option<String>| {
        let text = text.unwrap_or_default().trim().to_owned();
        if text.len() <= limits::PAGE_ADDRESS_BYTES { text } else { String::new() }
    };
    Ok(Page {
        title,
        about: shown(
            &first(&["og:description", "description"]).unwrap_or_default(),
            limits::PAGE_ABOUT_CHARS,
        ),
        picture: address(first(&["og:image:secure_url", "og:image:url", "og:image"])),
        base: address(found.base),
    })
}

pub use letters::{encoding_named, parameter as charset};

/// What was found so far. The first of each counts.
#[derive(Default)]
struct Found {
    title: String,
    titled: bool,
    /// Of `meta`, by name.
    named: BTreeMap<String, String>,
    base: Option<String>,
}

/// What of `meta` is kept.
const NAMES: [&str; 6] =
    ["og:title", "og:description", "og:image", "og:image:url", "og:image:secure_url", "description"];

impl Found {
    fn read(&mut self, text: &str) {
        let mut emitter = DefaultEmitter::default();
        // So that what stands in a script, a style or a title is no markup.
        emitter.naively_switch_states(true);
        let mut in_title = false;
        for token in Tokenizer::new_with_emitter(text, emitter) {
            let Ok(token) = token;
            match token {
                Token::StartTag(tag) => match &tag.name[..] {
                    b"body" => return,
                    b"title" => in_title = !self.titled,
                    b"meta" => self.meta(&tag),
                    b"base" if self.base.is_none() => self.base = attribute(&tag.attributes, "href"),
                    _ => {}
                },
                Token::EndTag(tag) => match &tag.name[..] {
                    b"head" => return,
                    b"title" if in_title => (in_title, self.titled) = (false, true),
                    _ => {}
                },
                Token::String(words) if in_title => self.title.push_str(&String::from_utf8_lossy(&words)),
                _ => {}
            }
        }
    }

    fn meta(&mut self, tag: &StartTag<()>) {
        let name = attribute(&tag.attributes, "property").or_else(|| attribute(&tag.attributes, "name"));
        let name = name.unwrap_or_default().trim().to_ascii_lowercase();
        if let Some(content) = attribute(&tag.attributes, "content")
            && NAMES.contains(&&name[..])
            && !content.trim().is_empty()
        {
            self.named.entry(name).or_insert(content);
        }
    }
}

/// An attribute's value.
fn attribute(all: &BTreeMap<HtmlString, Spanned<HtmlString, ()>>, name: &str) -> Option<String> {
    let value = all.get(name.as_bytes())?;
    Some(String::from_utf8_lossy(value).into_owned())
}

/// A line of so many letters at most; nothing where there are signs that stand for no letter.
fn shown(text: &str, most: usize) -> String {
    let line = preview::line(text);
    if line.contains('\u{FFFD}') {
        return String::new();
    }
    if line.chars().count() <= most {
        return line;
    }
    let cut: String = line.chars().take(most - 1).collect();
    format!("{}…", cut.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(html: &str) -> Page {
        let page = read(html.as_bytes(), "").unwrap();
        assert!(page.is_plausible(), "{page:?}");
        page
    }

    #[test]
    fn a_page_says_what_it_is_called() {
        let full = page(
            "<!doctype html><html><head><base href='/b/'><title>Title &amp; more</title>
             <meta property='og:title' content='A &quot;story&quot;'><meta content='Of words.' property=og:description>
             <meta name=description content='another'><META PROPERTY=\"OG:IMAGE\" CONTENT=\"../i.jpg?a=1&amp;b=2\">
             <meta property=og:image content=second></head><body><title>no</title>",
        );
        let wanted = ["A \"story\"", "Of words.", "../i.jpg?a=1&b=2", "/b/"];
        assert_eq!([&full.title, &full.about, &full.picture, &full.base], wanted);
        let plain = page("<title>\n Only  a\ttitle </title><p>words");
        assert_eq!((&plain.title[..], &plain.about[..], &plain.picture[..]), ("Only a title", "", ""));
        assert_eq!(page("<meta name=description content=d><title>t</title>").about, "d");
    }

    #[test]
    fn what_stands_in_scripts_comments_and_bodies_is_no_title() {
        for html in [
            "",
            "words",
            "<title></title>",
            "<title> \u{202e}\u{200b} </title>",
            "<script>'<title>no</title>'</script>",
            "<!-- <title>no</title> -->",
            "<style><title>no</title></style>",
            "<body><title>no</title>",
            "</head><title>no</title>",
            "<textarea><title>no</title></textarea>",
            "<meta property=og:title>",
            "<title",
            "\0\0\0<",
        ] {
            assert!(read(html.as_bytes(), "").is_err(), "{html}");
        }
        // One that was never closed has what is there.
        assert_eq!(page("<title>begun").title, "begun");
        assert_eq!(page("<title>a<b>c</title>").title, "a<b>c");
    }

    #[test]
    fn words_are_bounded_and_stay_on_their_line() {
        let long = page(&format!("<title>{}</title>", "ä".repeat(10_000)));
        assert_eq!(long.title.chars().count(), limits::PAGE_TITLE_CHARS);
        assert!(long.title.ends_with('…'));
        assert_eq!(page("<title>Your&#x202e; bank&#10;says</title>").title, "Your bank says");
        let far = format!("<title>t</title><meta property=og:image content='{}'>", "x".repeat(5_000));
        assert_eq!(page(&far).picture, "");
        // What lies behind the bound is not there, and a letter that it cuts is none.
        let head = "<title>t</title>".to_owned();
        let far = head + &"ä".repeat(limits::PAGE_BYTES as usize / 2) + "<meta property=og:title content=no>";
        assert_eq!(page(&far).title, "t");
    }

    #[test]
    fn a_page_made_to_be_slow_is_read_like_any_other() {
        let most = limits::PAGE_BYTES as usize;
        for part in
            ["<a ", "<meta a=b c=d ", "&", "&amp", "<!--", "<", "</title", "<title>", "a=\"", "<a b='"]
        {
            let html = "<title>t</title>".to_owned() + &part.repeat(most / part.len());
            assert!(read(html.as_bytes(), "").is_ok(), "{part}");
        }
        // Attributes by the ten thousand.
        let many: String = (0..100_000).map(|number| format!(" a{number}=1")).collect();
        assert!(read(format!("<title>t</title><meta{many}>").as_bytes(), "").is_ok());
    }
}
