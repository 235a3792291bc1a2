//! Links in text: found, never followed by themselves, and shown by the part that decides where they go.

/// The longest link that is one; longer ones stay text.
const LONGEST: usize = 2_000;

/// What is in no link: quotes and brackets around it, and the punctuation of writing without spaces around that.
const ENDS: &str = "<>\"`|，。、；：！？（）「」『』【】《》“”،؛؟।";

/// The length of the link that starts here.
pub fn at_start(text: &str) -> Option<usize> {
    let scheme = ["https://", "http://"].into_iter().find(|scheme| text.starts_with(scheme))?;
    let end =
        text.find(|c: char| c.is_whitespace() || is_hidden(c) || ENDS.contains(c)).unwrap_or(text.len());
    let mut link = &text[..end];
    // Punctuation after a link belongs to the sentence, and a bracket to whoever opened it.
    loop {
        let last = link.chars().next_back()?;
        let unopened = last == ')' && link.matches(')').count() > link.matches('(').count();
        if ".,;:!?'*_~…".contains(last) || unopened {
            link = &link[..link.len() - last.len_utf8()];
        } else {
            break;
        }
    }
    (link.len() > scheme.len() && link.len() <= LONGEST && host(link).is_some()).then_some(link.len())
}

/// What comes into a field at once is that long, and not typed.
const AT_ONCE: usize = 8;

/// The first https link of a text if it is whole: something follows it, it came as a whole since the text was `before`, or it
/// was whole already. One that is being typed leads elsewhere until its last letter.
pub fn finished(before: &str, now: &str, whole: Option<&str>) -> Option<String> {
    let begins = |at: &usize| {
        let last = now[..*at].chars().next_back();
        last.is_none_or(|last| last.is_whitespace() || last == '(')
    };
    let start = now.match_indices("https://").map(|(at, _)| at).find(begins)?;
    let (link, after) = now[start..].split_at(at_start(&now[start..])?);
    let follows = after.trim_start_matches(|c: char| ".,;:!?)'".contains(c)).starts_with(char::is_whitespace);
    let came = now.len() >= before.len() + AT_ONCE;
    (follows || came || whole == Some(link)).then(|| link.to_owned())
}

/// The host of a link, in lower case: what a person should look at before opening it.
pub fn host(link: &str) -> Option<String> {
    let rest = link.split_once("://")?.1;
    let authority = rest.split(['/', '?', '#', '\\']).next()?;
    // Before an @ stands anything a cheat likes.
    let host = authority.rsplit('@').next()?.split(':').next()?.to_lowercase();
    (!host.is_empty() && !host.starts_with('.') && host.chars().any(char::is_alphanumeric)).then_some(host)
}

/// Characters that turn or hide what stands around them.
pub fn is_hidden(c: char) -> bool {
    matches!(c, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}' | '\u{00AD}')
        || c.is_control()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_end_where_the_sentence_goes_on() {
        for (text, link) in [
            ("https://a.example/x. And", "https://a.example/x"),
            ("https://a.example/x)", "https://a.example/x"),
            ("https://a.example/x_(y)", "https://a.example/x_(y)"),
            ("https://a.example?q=1&b=2 c", "https://a.example?q=1&b=2"),
            ("http://a.example\u{202e}/x", "http://a.example"),
            ("https://a.example/x，很好", "https://a.example/x"),
            ("https://a.example。", "https://a.example"),
            ("https://a.example/x؟ نعم", "https://a.example/x"),
        ] {
            assert_eq!(at_start(text).map(|end| &text[..end]), Some(link));
        }
        for none in
            ["javascript:alert(1)", "https://", "https://.", "data:text/html,x", "file:///etc", "https:///x"]
        {
            assert_eq!(at_start(none), None, "{none}");
        }
    }

    #[test]
    fn a_link_counts_once_it_is_whole() {
        let link = "https://a.example/x";
        let found = |before: &str, now: &str, whole: Option<&str>| finished(before, now, whole);
        assert_eq!(found("", link, None).as_deref(), Some(link), "pasted");
        assert_eq!(found("https://a.example/", link, None), None, "typed");
        assert_eq!(found("look https://a.exampl", "look https://a.example", None), None);
        assert_eq!(found(link, "https://a.example/x ", None).as_deref(), Some(link), "something follows");
        assert_eq!(found(link, "(https://a.example/x), and", None).as_deref(), Some(link));
        assert_eq!(
            found(link, "so https://a.example/x", Some(link)).as_deref(),
            Some(link),
            "it was already"
        );
        assert_eq!(found(link, "https://a.example/xy", Some(link)), None, "another one now");
        assert_eq!(found(link, "https://a.example/x.y", Some(link)), None);
        for none in ["", "http://a.example/x and more", "xhttps://a.example/ and", "https:// and more"] {
            assert_eq!(found("", none, None), None, "{none}");
        }
    }

    #[test]
    fn the_host_is_what_counts() {
        assert_eq!(host("https://bank.example@evil.example/x").as_deref(), Some("evil.example"));
        assert_eq!(host("https://A.example:443\\@b").as_deref(), Some("a.example"));
    }
}
