//! What in a text could be on a list. Whoever sent it wants it to be tapped on or typed, so what a browser would
//! understand is looked for, and not what a grammar allows.

use url::Url;

use crate::host;
use crate::indicator::{Indicator, Kind, VALUE_BYTES, page_of};

/// Candidates of one text. A message of the largest size that is made of nothing but domains has fewer.
pub const CANDIDATES: usize = 4_096;

/// Domains, pages, addresses and mail addresses in a text, each in its one spelling, at most [`CANDIDATES`].
pub fn candidates(text: &str) -> Vec<Indicator> {
    let mut found = Vec::new();
    // All of them have a dot, but for IPv6 and numbers in other notations, and those stand in links.
    if !text.contains(['.', '。', '．', '｡', ':']) {
        return found;
    }
    for link in links(text) {
        if let Ok(url) = Url::parse(link) {
            of_url(&url, &mut found);
        }
    }
    for run in runs(text) {
        if found.len() >= CANDIDATES {
            break;
        }
        of_run(text, run, &mut found);
    }
    found.truncate(CANDIDATES);
    found
}

/// Links with a scheme, as they stand in the text.
pub fn links(text: &str) -> impl Iterator<Item = &str> {
    let mut from = 0;
    std::iter::from_fn(move || {
        loop {
            let at = from + text.get(from..)?.find("://")?;
            let scheme = text[from..at]
                .bytes()
                .rev()
                .take(16)
                .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'))
                .count();
            let begin = at - scheme;
            let rest = &text[at + 3..];
            let length = rest.find(ends_link).unwrap_or(rest.len());
            let link = text[begin..at + 3 + length]
                .trim_end_matches(['.', ',', ';', '!', '?', ')', ']', '\'', '*', '_', '~']);
            from = at + 3 + length;
            if scheme > 0 && length > 0 {
                return Some(link);
            }
        }
    })
}

fn ends_link(letter: char) -> bool {
    letter.is_whitespace()
        || letter.is_control()
        || matches!(letter, '<' | '>' | '"' | '`' | '“' | '”' | '«' | '»')
}

fn of_url(url: &Url, found: &mut Vec<Indicator>) {
    let Some(name) = url.host_str() else { return };
    found.extend(Indicator::new(Kind::Ip, name).or_else(|| Indicator::new(Kind::Domain, name)));
    if let Some(page) = page_of(url).filter(|page| page.len() > name.len()) {
        found.extend(Indicator::new(Kind::Url, &page));
        if let Some((path, _)) = page.split_once('?') {
            found.extend(Indicator::new(Kind::Url, path));
        }
    }
}

/// Runs of letters of which names are made, with a dot within: begin and end.
fn runs(text: &str) -> impl Iterator<Item = (usize, usize)> {
    let mut letters = text.char_indices().peekable();
    std::iter::from_fn(move || {
        loop {
            let (begin, first) = letters.next()?;
            if !is_of_name(first) {
                continue;
            }
            let mut end = begin + first.len_utf8();
            let mut dots = 0;
            while let Some((at, letter)) =
                letters.next_if(|(_, letter)| is_of_name(*letter) || is_dot(*letter))
            {
                end = at + letter.len_utf8();
                dots += usize::from(is_dot(letter));
            }
            if dots > 0 {
                return Some((begin, end));
            }
        }
    })
}

fn of_run(text: &str, (begin, end): (usize, usize), found: &mut Vec<Indicator>) {
    let name = text[begin..end].trim_end_matches(is_dot);
    // What a browser decodes first: in `%2Fevil.example` the name begins after the digits.
    let name = match text[..begin].ends_with('%') {
        true => name.get(2..).unwrap_or_default(),
        false => name,
    };
    // Marks of formatting.
    let name = name.trim_matches(['_', '-']);
    if let Some(address) = host::ip(name) {
        found.extend(Indicator::new(Kind::Ip, &address));
        return;
    }
    let Some(domain) = Indicator::new(Kind::Domain, name) else { return };
    if let Some(before) = text[..begin].strip_suffix('@') {
        let local = before
            .char_indices()
            .rev()
            .take(64)
            .take_while(|(_, letter)| letter.is_alphanumeric() || "._%+-".contains(*letter))
            .last();
        if let Some((at, _)) = local {
            found.extend(Indicator::new(Kind::Email, &format!("{}@{}", &before[at..], domain.value())));
        }
    }
    // A page that is written without its scheme.
    let rest = &text[end..];
    if rest.starts_with('/') && !text[..begin].ends_with("://") {
        // Longer ones are no indicators; and in a wall of `a.bc/a.bc/` each name would have all the rest for its path.
        let near = rest.char_indices().nth(VALUE_BYTES).map_or(rest, |(at, _)| &rest[..at]);
        let length = near.find(ends_link).unwrap_or(near.len());
        let path = rest[..length].trim_end_matches(['.', ',', ';', '!', '?', ')', ']', '/']);
        if path.len() > 1 {
            found.extend(Indicator::new(Kind::Url, &format!("{}{path}", domain.value())));
        }
    }
    found.push(domain);
}

fn is_of_name(letter: char) -> bool {
    letter.is_ascii_alphanumeric()
        || letter == '-'
        || letter == '_'
        || (!letter.is_ascii() && letter.is_alphanumeric())
}

/// UTS 46 §2.3: these are dots between labels.
fn is_dot(letter: char) -> bool {
    matches!(letter, '.' | '。' | '．' | '｡')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(text: &str) -> Vec<String> {
        candidates(text).iter().map(|one| format!("{} {}", one.kind().as_str(), one.value())).collect()
    }

    fn has(text: &str, wanted: &str) {
        let all = values(text);
        assert!(all.iter().any(|one| one == wanted), "{text}: {all:?}");
    }

    #[test]
    fn what_a_person_could_tap_or_type_is_found() {
        for (text, wanted) in [
            ("look: https://Evil.Example/a?b=c#d.", "domain evil.example"),
            ("look: https://Evil.Example/a?b=c#d.", "url evil.example/a?b=c"),
            ("look: https://Evil.Example/a?b=c#d.", "url evil.example/a"),
            ("go to evil.example, now", "domain evil.example"),
            ("(evil.example)", "domain evil.example"),
            ("evil.example/a/b.", "url evil.example/a/b"),
            ("write to Some.One@evil.example.", "email some.one@evil.example"),
            ("write to Some.One@evil.example.", "domain evil.example"),
            ("https://good.example@evil.example/", "domain evil.example"),
            ("https://good.example/?to=https%3A%2F%2Fevil.example%2Fx", "domain evil.example"),
            ("https://evil%2Eexample/", "domain evil.example"),
            ("https:\\\\evil.example", "domain evil.example"),
            ("ｅｖｉｌ。ｅｘａｍｐｌｅ", "domain evil.example"),
            ("http://0xC0000207/x", "ip 192.0.2.7"),
            ("at 192.0.2.7:80", "ip 192.0.2.7"),
            ("http://[2001:db8::1]/", "ip 2001:db8::1"),
            ("_evil.example_ and *bold*", "domain evil.example"),
        ] {
            has(text, wanted);
        }
    }

    #[test]
    fn ordinary_words_are_nothing() {
        for text in ["", "Hello there", "wait... what?", "1. first", "3.14", "12:30", "a.", "://"] {
            assert_eq!(values(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn the_longest_message_is_bounded() {
        let text = "a.bc ".repeat(20_000);
        assert_eq!(candidates(&text).len(), CANDIDATES);
        let links = "x://".repeat(20_000);
        assert!(candidates(&links).len() <= CANDIDATES);
        // Each of them begins a page that would be as long as the rest.
        let wall = candidates(&"a.bc/".repeat(20_000));
        assert!(wall.iter().all(|one| one.value().len() <= VALUE_BYTES));
    }
}
