//! Links while they are typed; what one is, the page and the engine know alike ([`casemate_screening::written`]).

pub use casemate_screening::written::{
    address, at_start, before_next, host, is_hidden, is_in_word, is_spaceless, may_close, may_open,
};

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
    let (link, after) = now[start..].split_at(at_start(&now[start..], ' ')?);
    let follows = after.trim_start_matches(|c: char| ".,;:!?)'".contains(c)).starts_with(char::is_whitespace);
    let came = now.len() >= before.len() + AT_ONCE;
    (follows || came || whole == Some(link)).then(|| link.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
