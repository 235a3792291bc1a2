//! Texts that people type: bounds, and lines that other people's screens can show.

pub use casemate_screening::letters::shows;

use crate::core::{Done, invalid, too_large};

/// A single line: no control characters, at most `limit` bytes.
pub fn check_line(text: &str, limit: usize) -> Done<()> {
    if text.len() > limit {
        return Err(too_large(format!("This text is too long: at most {limit} bytes.")));
    }
    if text.chars().any(char::is_control) {
        return Err(invalid("A name may not contain line breaks or control characters."));
    }
    Ok(())
}

/// What somebody or something is called: a line in which there is something to see, or nothing at all, which is no name.
pub fn check_name(name: &str, limit: usize) -> Done<()> {
    check_line(name, limit)?;
    if !name.is_empty() && !shows(name) {
        return Err(invalid("A name may not contain line breaks or control characters."));
    }
    Ok(())
}

/// A name that somebody else gave, which is none where nothing of it can be seen.
pub fn seen(name: String) -> String {
    if shows(&name) { name } else { String::new() }
}

/// Several lines, at most `limit` bytes. A null character ends a text in many programs: what stands behind it would be lost there.
pub fn check_text(text: &str, limit: usize) -> Done<()> {
    if text.contains('\0') {
        return Err(invalid("A text may not contain the null character (U+0000)."));
    }
    if text.len() > limit {
        return Err(too_large(format!(
            "This message is too long: at most {limit} bytes of text. Send it as a file."
        )));
    }
    Ok(())
}

/// Whether a character turns the reading direction: what stands behind it then reads otherwise than it is.
pub fn turns(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_with_a_null_character_is_refused_and_other_controls_are_not() {
        assert!(check_text("a\0b", 64).is_err());
        assert!(check_text("a\tb\r\nc\u{1b}", 64).is_ok());
    }

    #[test]
    fn a_name_has_something_to_see() {
        let unseen = [
            "\u{200b}\u{200b}",
            " ",
            "\u{a0}\u{3000}",
            "\u{ad}\u{2800}\u{3164}",
            "\u{34f}",
            "\u{115f}\u{1160}",
            "\u{17b4}\u{17b5}",
            "\u{180b}\u{180e}\u{180f}",
            "\u{ffa0}",
            "\u{fe0f}",
            "\u{e0041}\u{e01ef}",
            "\u{2066}\u{2069}",
            "\u{200d}",
            "\u{feff}",
            "\u{61c}\u{202e}",
        ];
        for name in unseen {
            assert!(check_name(name, 64).is_err(), "{name:?}");
            assert_eq!(seen(name.to_owned()), "", "{name:?}");
            assert!(check_name(&format!("{name}a"), 64).is_ok(), "{name:?}");
        }
        for name in
            ["Ana", "小明", "صورة", "❤\u{fe0f}", "👩\u{200d}👧", "🏴\u{e0067}", "한", "ᠮᠣ", "ကို", "⠁", "."]
        {
            assert!(check_name(name, 64).is_ok(), "{name:?}");
            assert_eq!(seen(name.to_owned()), name);
        }
        assert!(check_name("", 64).is_ok(), "none");
        assert!(check_name("a\nb", 64).is_err() && check_name("abc", 2).is_err());
    }

    #[test]
    fn marks_that_turn_the_reading_direction_are_known() {
        for mark in ['\u{61c}', '\u{200e}', '\u{200f}', '\u{202e}', '\u{2066}', '\u{2069}'] {
            assert!(turns(mark), "{mark:?}");
        }
        assert!(!turns('\u{200d}') && !turns('ا'));
    }
}
