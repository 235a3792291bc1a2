//! Previews of links, whose words somebody else wrote: whether the link stands in the text, and words that stay on their line.

use crate::link::is_hidden;

/// What ends a link, besides white space and what nothing shows.
const ENDS: [char; 10] = ['<', '>', '"', '`', '|', '“', '”', '«', '»', '\\'];

/// Whether this link stands in a text as a whole: not as the beginning of a longer one, which leads elsewhere, and not
/// within one.
pub fn stands_in(url: &str, text: &str) -> bool {
    let is_one = !url.is_empty() && !url.chars().any(ends_link);
    let begins = |letter: char| ends_link(letter) || "([{*_~'".contains(letter);
    // What closes a sentence may be as long as the text, and is read once for all links before it: up to where, and whether they end there.
    let mut read = None;
    let mut ends = |at: usize| match read {
        Some((until, ends)) if at <= until => ends,
        _ => {
            let after = &text[at..];
            let closed = after.find(|letter: char| !".,;:!?'*_~…)]}".contains(letter));
            let ends = closed.is_none_or(|closed| after[closed..].starts_with(ends_link));
            read = Some((closed.map_or(text.len(), |closed| at + closed), ends));
            ends
        }
    };
    is_one
        && text
            .match_indices(url)
            .any(|(at, _)| text[..at].chars().next_back().is_none_or(begins) && ends(at + url.len()))
}

fn ends_link(letter: char) -> bool {
    letter.is_whitespace() || is_hidden(letter) || ENDS.contains(&letter)
}

/// One line of what somebody wrote, without what nothing shows or what turns the order of letters around.
pub fn line(text: &str) -> String {
    let shown = text.split(|letter: char| letter.is_whitespace() || letter.is_control());
    let words = shown.map(|word| word.chars().filter(|letter| !is_unseen(*letter)).collect::<String>());
    words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// Also tags and what is set beside lines, which titles do not need.
fn is_unseen(letter: char) -> bool {
    is_hidden(letter) || matches!(letter, '\u{FFF9}'..='\u{FFFC}' | '\u{E0000}'..='\u{E007F}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_stands_there_as_a_whole_or_not_at_all() {
        for (url, text) in [
            ("https://a.example", "https://a.example"),
            ("https://a.example/x", "look: (https://a.example/x). There"),
            ("https://a.example/x_(y)", "https://a.example/x_(y)!"),
            ("https://a.example", "https://a.example.evil/ and https://a.example, too"),
            ("https://a.example", "*https://a.example*"),
        ] {
            assert!(stands_in(url, text), "{url} in {text}");
        }
        for (url, text) in [
            ("", "anything"),
            ("https://a.example", "nothing"),
            ("https://bank.example", "https://bank.example.evil.example/"),
            ("https://bank.example", "https://bank.example@evil.example/"),
            ("https://bank.example/", "https://bank.example/login"),
            ("https://bank.example", "https://evil.example/?to=https://bank.example"),
            ("https://bank.example", "xhttps://bank.example"),
            ("https://a.example/ x", "https://a.example/ x"),
            ("https://a.example/\u{202e}x", "https://a.example/\u{202e}x"),
            ("https://A.example", "https://a.example"),
        ] {
            assert!(!stands_in(url, text), "{url} in {text}");
        }
    }

    /// Each place where it stands is no reason to read the rest of the text again.
    #[test]
    fn link_that_stands_in_a_text_a_million_times_is_looked_for_in_one_pass() {
        let scheme = "https://".repeat(1_000_000);
        assert!(!stands_in("https://", &scheme));
        assert!(!stands_in("(", &format!("{}x", "(".repeat(4_000_000))));
        assert!(!stands_in("'.", &format!("{}x", "'.".repeat(1_000_000))));
        assert!(stands_in("'.", &"'.".repeat(1_000_000)));
    }

    #[test]
    fn words_stay_on_their_line_and_in_their_order() {
        assert_eq!(line("  a\n\tb \u{202e}c\u{2066}d\0e\u{200b} "), "a b cd e");
        assert_eq!(line("\u{e0041}\u{feff}\u{ad}"), "");
        assert_eq!(line("👩\u{200d}👧 نامه\u{200c}ها"), "👩\u{200d}👧 نامه\u{200c}ها");
    }
}
