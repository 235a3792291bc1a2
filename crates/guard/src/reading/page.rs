//! What a web page or a drawing in text says, to whoever does not open it: its words without tags, scripts and styles. Nothing is
//! followed. What a browser would hide is shown too: it is there.

use super::Text;
use crate::Fault;

/// Elements of which nothing is words.
const UNSEEN: [&str; 8] = ["script", "style", "template", "iframe", "object", "applet", "noembed", "math"];

/// Elements that stand on a line of their own.
const LINES: [&str; 40] = [
    "p",
    "div",
    "br",
    "li",
    "tr",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "table",
    "ul",
    "ol",
    "dl",
    "dt",
    "dd",
    "section",
    "article",
    "header",
    "footer",
    "main",
    "nav",
    "aside",
    "title",
    "blockquote",
    "pre",
    "hr",
    "form",
    "fieldset",
    "option",
    "select",
    "textarea",
    "button",
    "figure",
    "figcaption",
    "caption",
    "text",
    "desc",
    "body",
];

/// Takes up the words.
pub(super) fn words(page: &str, text: &mut Text) -> Result<(), Fault> {
    // Names are compared and ends looked for in this one; of the same length.
    let lower = page.to_ascii_lowercase();
    let mut line = Line { text, has_words: false, space: false };
    let mut at = 0;
    while let Some(opens) = page[at..].find('<').map(|found| at + found) {
        line.push(&page[at..opens])?;
        let rest = &lower[opens + 1..];
        let is_end = rest.starts_with('/');
        let name = rest.trim_start_matches('/');
        let length = name.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b':').count();
        // Drawings are often written with a prefix.
        let name = name[..length].rsplit(':').next().unwrap_or_default();
        let past = |end: &str| rest.find(end).map(|found| opens + 1 + found + end.len());
        let next = if rest.starts_with("!--") {
            past("-->")
        } else if let Some(begins) = rest.strip_prefix("![cdata[") {
            let ends = begins.find("]]>").map_or(begins.len(), |found| found);
            let begins = page.len() - begins.len();
            line.words(&page[begins..begins + ends])?;
            Some((begins + ends + 3).min(page.len()))
        } else if rest.starts_with(['!', '?']) {
            past(">")
        } else if length == 0 {
            line.push("<")?;
            Some(opens + 1)
        } else {
            tag_end(rest).map(|found| opens + 1 + found)
        };
        // What never ends swallows the rest, as in a browser.
        let Some(next) = next else { return line.end() };
        at = next;
        if name == "td" || name == "th" {
            line.text.part('\t')?;
            line.space = false;
        } else if LINES.contains(&name) {
            line.end()?;
        }
        let is_empty = lower[..next].ends_with("/>");
        if !is_end && !is_empty && UNSEEN.contains(&name) {
            let Some(ends) = lower[at..].find(&format!("</{name}")) else { return line.end() };
            at += ends;
        }
    }
    line.push(&page[at..])?;
    line.end()
}

/// Behind the `>` that ends a tag: not one within quotes.
fn tag_end(rest: &str) -> Option<usize> {
    let mut quote = None;
    let mut before = b' ';
    for (at, byte) in rest.bytes().enumerate() {
        match quote {
            None if byte == b'>' => return Some(at + 1),
            // A quote opens a value alone.
            None if matches!(byte, b'"' | b'\'') && before == b'=' => quote = Some(byte),
            Some(open) if byte == open => quote = None,
            _ => {}
        }
        if !byte.is_ascii_whitespace() {
            before = byte;
        }
    }
    None
}

/// A line as it comes together: spaces of any kind are one.
struct Line<'a> {
    text: &'a mut Text,
    has_words: bool,
    space: bool,
}

impl Line<'_> {
    /// What stands between tags.
    fn push(&mut self, piece: &str) -> Result<(), Fault> {
        if piece.contains('&') { self.words(&without_references(piece)) } else { self.words(piece) }
    }

    fn words(&mut self, piece: &str) -> Result<(), Fault> {
        if piece.starts_with(char::is_whitespace) {
            self.space = true;
        }
        for word in piece.split_whitespace() {
            if self.space && self.has_words {
                self.text.push(" ")?;
            }
            self.text.push(word)?;
            (self.has_words, self.space) = (true, true);
        }
        if !piece.is_empty() {
            self.space = piece.ends_with(char::is_whitespace) || self.space && piece.trim().is_empty();
        }
        Ok(())
    }

    fn end(&mut self) -> Result<(), Fault> {
        if self.has_words {
            self.text.part('\n')?;
        }
        (self.has_words, self.space) = (false, false);
        Ok(())
    }
}

/// Letters in place of `&auml;` and `&#228;`, where they stand for one.
fn without_references(piece: &str) -> String {
    let mut out = String::with_capacity(piece.len());
    let mut rest = piece;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let body = &rest[1..];
        let length =
            body.bytes().take(12).take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'#').count();
        match letter(&body[..length]) {
            Some(letter) => {
                out.push(letter);
                rest = body[length..].strip_prefix(';').unwrap_or(&body[length..]);
            }
            None => {
                out.push('&');
                rest = body;
            }
        }
    }
    out + rest
}

/// Names of U+00A0 to U+00FF, in their order.
const LATIN: &str = "nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg plusmn sup2 sup3 \
    acute micro para middot cedil sup1 ordm raquo frac14 frac12 frac34 iquest Agrave Aacute Acirc Atilde Auml Aring AElig \
    Ccedil Egrave Eacute Ecirc Euml Igrave Iacute Icirc Iuml ETH Ntilde Ograve Oacute Ocirc Otilde Ouml times Oslash Ugrave \
    Uacute Ucirc Uuml Yacute THORN szlig agrave aacute acirc atilde auml aring aelig ccedil egrave eacute ecirc euml igrave \
    iacute icirc iuml eth ntilde ograve oacute ocirc otilde ouml divide oslash ugrave uacute ucirc uuml yacute thorn yuml";

fn letter(name: &str) -> Option<char> {
    if let Some(number) = name.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(digits) => u32::from_str_radix(digits, 16).ok(),
            None => number.parse().ok(),
        };
        return code.and_then(char::from_u32);
    }
    Some(match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "ndash" => '–',
        "mdash" => '—',
        "lsquo" => '‘',
        "rsquo" => '’',
        "ldquo" => '“',
        "rdquo" => '”',
        "bdquo" => '„',
        "bull" => '•',
        "hellip" => '…',
        "euro" => '€',
        _ => {
            let place = LATIN.split_whitespace().position(|known| known == name)?;
            char::from_u32(0xA0 + place as u32)?
        }
    })
}
