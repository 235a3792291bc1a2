//! Names of files that strangers chose, for saving and for showing.
//!
//! A name is not a path and not a command: what could make it one is replaced, everything else stays, in whatever
//! script it is written.

use casemate_screening::filename::is_hidden;
pub use casemate_screening::filename::{extension, safe_name};

/// A name as a person should see it: everything that would be invisible or would turn the order of letters around
/// is shown as a visible sign, on one line. For showing only.
pub fn display_name(name: &str) -> String {
    let mut shown = String::with_capacity(name.len());
    for character in name.chars() {
        if is_hidden(character) {
            shown.push('\u{FFFD}');
        } else if character.is_whitespace() {
            shown.push(' ');
        } else {
            shown.push(character);
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_names_stay_in_every_script() {
        for name in [
            "photo.jpg",
            "Ünïcödé naïve.pdf",
            "صورة من العطلة.jpg",
            "मेरी तस्वीर.png",
            "می‌خواهم.txt",
            "👨‍👩‍👧‍👦 family 🏴󠁧󠁢󠁥󠁮󠁧󠁿.png",
            "写真 2024年.heic",
            "a.tar.gz",
            "no extension",
            "CONTRIBUTING.md",
            "COM10.txt",
        ] {
            assert_eq!(safe_name(name), name);
            assert_eq!(display_name(name), name);
        }
    }

    #[test]
    fn turned_around_letters_are_shown() {
        assert_eq!(display_name("photo\u{202E}gpj.exe"), "photo\u{FFFD}gpj.exe");
        assert_eq!(display_name("a\0b\u{200B}\n"), "a\u{FFFD}b\u{FFFD}\u{FFFD}");
    }
}
