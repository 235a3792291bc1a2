//! Small things about text: initials, sizes, folding for search, one line of many.

use unicode_segmentation::UnicodeSegmentation;

use super::letters::{apart, fewer_marks};
use super::link::is_hidden;

/// Combining marks kept after a letter. Real writing needs up to four; more is drawn over the neighbours.
const MARKS: usize = 4;

/// Text that cannot turn around, hide or draw over what stands beside it.
pub fn tame(text: &str) -> String {
    let is_shown = |c: &char| {
        // Joiners belong to emoji and to Arabic and Indic writing.
        let joins = matches!(c, '\u{200C}' | '\u{200D}');
        !is_hidden(*c) || joins || matches!(c, '\n' | '\t')
    };
    fewer_marks(&text.chars().filter(is_shown).collect::<String>(), MARKS).into_owned()
}

/// One line, at most so many characters.
pub fn one_line(text: &str, most: usize) -> String {
    let line = tame(text).split_whitespace().collect::<Vec<_>>().join(" ");
    let mut graphemes = line.graphemes(true);
    let mut short: String = graphemes.by_ref().take(most).collect();
    if graphemes.next().is_some() {
        short.push('…');
    }
    short
}

/// One or two letters for a person without a picture.
pub fn initials(name: &str) -> String {
    let name = tame(name);
    let mut words =
        name.split(|c: char| c.is_whitespace() || "._-@".contains(c)).filter(|word| !word.is_empty());
    let letter =
        |word: Option<&str>| word.and_then(|word| word.graphemes(true).next()).unwrap_or("").to_uppercase();
    let (first, second) = (letter(words.next()), letter(words.next()));
    let latin = first.chars().all(|c| c.is_ascii_alphanumeric());
    if latin { format!("{first}{second}") } else { first }
}

/// One of the avatar colours, always the same for the same address.
pub fn colour(address: &str) -> u8 {
    let sum = address.bytes().fold(7u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(u32::from(byte)));
    (sum % 6) as u8 + 1
}

/// The handle of an address.
pub fn handle(address: &str) -> &str {
    address.split('@').next().unwrap_or(address)
}

/// A size in words that do not need translation.
pub fn bytes(bytes: u64) -> (f64, &'static str) {
    let bytes = bytes as f64;
    match bytes {
        b if b < 1e3 => (b, "B"),
        b if b < 1e6 => (b / 1e3, "kB"),
        b if b < 1e9 => (b / 1e6, "MB"),
        b => (b / 1e9, "GB"),
    }
}

/// A count where there is little room: "99+" above 99.
pub fn at_most(count: u64, most: u64) -> String {
    if count > most { format!("{most}+") } else { count.to_string() }
}

/// Minutes and seconds.
pub fn duration(ms: u32) -> String {
    let seconds = (ms + 500) / 1000;
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

/// For comparing what was typed with names, and with what the engine found by it: as that compares, but that letters which only look
/// different stay so, for which the page would have to load large tables.
pub fn folded(text: &str) -> String {
    casemate_screening::fold::folded(apart(text).chars())
}

/// Whether all typed words occur.
pub fn matches(text: &str, typed: &str) -> bool {
    let text = folded(text);
    folded(typed).split_whitespace().all(|word| text.contains(word))
}

/// Whether what comes along with files is nothing but their names or places, as from a folder of the system.
pub fn says_only_names(words: &str, names: &[String]) -> bool {
    let is_name = |line: &str| {
        let last = line.rsplit(['/', '\\']).next().unwrap_or(line);
        line.starts_with("file://") || names.iter().any(|name| name == last)
    };
    words.split(['\n', '\r']).map(str::trim).filter(|line| !line.is_empty()).all(is_name)
}

/// Nothing but a few emoji: shown large.
pub fn only_emoji(text: &str) -> bool {
    let graphemes: Vec<&str> = text.graphemes(true).filter(|one| !one.trim().is_empty()).collect();
    let is_emoji = |grapheme: &&str| {
        grapheme.chars().any(|c| matches!(c as u32, 0x1F300..=0x1FAFF | 0x2600..=0x27BF | 0x1F1E6..=0x1F1FF))
            && !grapheme.chars().any(char::is_alphanumeric)
    };
    !graphemes.is_empty() && graphemes.len() <= 3 && graphemes.iter().all(is_emoji)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_count_says_that_it_is_more() {
        assert_eq!([at_most(0, 999), at_most(999, 999), at_most(1_500, 999)], ["0", "999", "999+"]);
    }

    #[test]
    fn names_become_initials() {
        for (name, expected) in [
            ("Mira Koss", "MK"),
            ("mira.k", "MK"),
            ("يوسف علي", "ي"),
            ("", ""),
            ("\u{202e}ana", "A"),
            ("李 雷", "李"),
        ] {
            assert_eq!(initials(name), expected);
        }
    }

    #[test]
    fn text_stays_in_its_place() {
        assert_eq!(tame("a\u{202e}b\u{2066}c"), "abc");
        assert_eq!(tame(&format!("a{}", "\u{0301}".repeat(60))).chars().count(), 5);
        assert_eq!(tame("👩‍👧"), "👩‍👧");
        assert_eq!(one_line("a\n\n b  c", 10), "a b c");
        assert_eq!(one_line("abcdef", 3), "abc…");
    }

    #[test]
    fn typed_words_find_names() {
        assert!(matches("Zoë Müller", "mull zoe"));
        assert!(!matches("Zoë", "zoey"));
        assert!(matches("Jörg Groß", "gross") && matches("Łukasz", "lukasz") && matches("علی", "علي"));
    }

    #[test]
    fn words_of_the_clipboard_are_told_from_names_of_its_files() {
        let names = ["a b.pdf".to_owned(), "c.png".to_owned()];
        for none in
            ["", " \n", "a b.pdf", "a b.pdf\rc.png", "/srv/c.png", "C:\\x\\c.png", "file:///x/a%20b.pdf\n"]
        {
            assert!(says_only_names(none, &names), "{none:?}");
        }
        for words in ["Sum: 12", "c.png and more", "a b.pdf\nSum: 12", "a/b"] {
            assert!(!says_only_names(words, &names), "{words:?}");
        }
    }

    #[test]
    fn emoji_alone_are_large() {
        assert!(only_emoji("👍") && only_emoji("❤️ 🇩🇪") && only_emoji("👩‍👧"));
        assert!(!only_emoji("ok 👍") && !only_emoji("") && !only_emoji("1") && !only_emoji("👍👍👍👍"));
    }

    #[test]
    fn sizes_and_times() {
        assert_eq!(bytes(999), (999.0, "B"));
        assert_eq!(bytes(2_400_000), (2.4, "MB"));
        assert_eq!(duration(23_400), "0:23");
        assert_eq!(duration(125_000), "2:05");
    }
}
