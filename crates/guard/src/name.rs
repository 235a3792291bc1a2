//! Names of files that strangers chose, for saving and for showing.
//!
//! A name is not a path and not a command: what could make it one is replaced, everything else stays, in whatever
//! script it is written.

use casemate_screening::filename::is_hidden;

use crate::limits;

/// A name to save under, on any system: one component, not hidden, not reserved, at most
/// [`limits::FILE_NAME_BYTES`], never empty. Invisible characters that change how a name reads are left out, those
/// that belong to emoji and to scripts (joiners) stay between visible ones.
pub fn safe_name(name: &str) -> String {
    let mut safe = String::with_capacity(name.len());
    for character in name.chars() {
        match character {
            // Separators and what shells and Windows give a meaning.
            '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|' => safe.push('_'),
            // Look like a separator, and some tools turn them into one.
            '\u{2044}' | '\u{2215}' | '\u{29F8}' | '\u{FF0F}' | '\u{FF3C}' | '\u{29F5}' => safe.push('_'),
            _ if is_hidden(character) => {}
            // Spaces of all widths; a line end is a control character and is gone already.
            _ if character.is_whitespace() => safe.push(' '),
            _ => safe.push(character),
        }
    }
    // Windows drops dots and spaces at the end, so "a.exe." is "a.exe"; Unix hides what begins with a dot.
    let trimmed = safe.trim_end_matches(['.', ' ']).trim_start_matches(['.', ' ', ZERO_WIDTH_JOINER]);
    let mut safe = if trimmed.is_empty() { "file".to_owned() } else { trimmed.to_owned() };
    if is_reserved(&safe) {
        safe.insert(0, '_');
    }
    cut(&safe)
}

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

/// The extension without its dot, if the name has one that can be one.
pub fn extension(name: &str) -> Option<&str> {
    let (stem, extension) = name.rsplit_once('.')?;
    let is_extension = !stem.is_empty()
        && !extension.is_empty()
        && extension.len() <= limits::EXTENSION_BYTES
        && !extension.contains(char::is_whitespace);
    is_extension.then_some(extension)
}

const ZERO_WIDTH_JOINER: char = '\u{200D}';

/// Names that Windows gives to devices, whatever the extension.
fn is_reserved(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or(name).trim_end().to_ascii_uppercase();
    if matches!(stem.as_str(), "CON" | "PRN" | "AUX" | "NUL" | "CONIN$" | "CONOUT$" | "CLOCK$") {
        return true;
    }
    let is_port = |rest: &str| {
        let mut characters = rest.chars();
        matches!((characters.next(), characters.next()), (Some('0'..='9' | '¹' | '²' | '³'), None))
    };
    ["COM", "LPT"].iter().any(|port| stem.strip_prefix(port).is_some_and(is_port))
}

/// At most the limit, at a character's border, with the extension.
fn cut(name: &str) -> String {
    if name.len() <= limits::FILE_NAME_BYTES {
        return name.to_owned();
    }
    let extension = extension(name).map(|extension| format!(".{extension}")).unwrap_or_default();
    let stem = &name[..name.len() - extension.len()];
    let stem = head(stem, limits::FILE_NAME_BYTES - extension.len());
    // A joiner at the cut would join the extension.
    let stem = stem.trim_end_matches([' ', '.', ZERO_WIDTH_JOINER]);
    format!("{stem}{extension}")
}

/// As much from the start as fits in `limit` bytes.
fn head(text: &str, limit: usize) -> &str {
    &text[..text.floor_char_boundary(limit)]
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
    fn dangerous_names_become_harmless() {
        for (name, safe) in [
            ("../../etc/passwd", "_.._etc_passwd"),
            ("..", "file"),
            (".", "file"),
            ("", "file"),
            ("   ", "file"),
            (".bashrc", "bashrc"),
            ("C:\\Windows\\cmd.exe", "C__Windows_cmd.exe"),
            ("photo.jpg\0.exe", "photo.jpg.exe"),
            ("photo\u{202E}gpj.exe", "photogpj.exe"),
            ("a\u{2066}b\u{2069}c\u{200F}.txt", "abc.txt"),
            ("line\nend\r\t.txt", "lineend.txt"),
            ("setup.exe. . .", "setup.exe"),
            ("CON", "_CON"),
            ("nul.txt", "_nul.txt"),
            ("com1.tar.gz", "_com1.tar.gz"),
            ("LPT¹.txt", "_LPT¹.txt"),
            ("a\u{2215}b\u{FF0F}c", "a_b_c"),
            ("\u{200D}\u{200D}", "file"),
            ("x\u{1b}[31mred.txt", "x[31mred.txt"),
            ("\u{3164}.txt", "txt"),
        ] {
            assert_eq!(safe_name(name), safe, "{name:?}");
        }
    }

    #[test]
    fn turned_around_letters_are_shown() {
        assert_eq!(display_name("photo\u{202E}gpj.exe"), "photo\u{FFFD}gpj.exe");
        assert_eq!(display_name("a\0b\u{200B}\n"), "a\u{FFFD}b\u{FFFD}\u{FFFD}");
    }

    #[test]
    fn long_names_are_cut_at_a_character_and_keep_their_extension() {
        for (character, count) in [("a", 300), ("ا", 200), ("न", 100), ("😀", 100), ("a", 2_000_000)] {
            let safe = safe_name(&format!("{}.jpeg", character.repeat(count)));
            assert!(safe.len() <= 255 && safe.len() > 250, "{}", safe.len());
            assert!(safe.ends_with(".jpeg") && safe.starts_with(character));
        }
        let exact = format!("{}.txt", "n".repeat(251));
        assert_eq!(safe_name(&exact), exact);
        let no_extension = safe_name(&format!("a.{}", "b".repeat(400)));
        assert_eq!(no_extension.len(), 255);
        assert!(safe_name(&format!("{}{}", "\u{202E}".repeat(5000), "x.exe")).ends_with(".exe"));
    }

    #[test]
    fn a_safe_name_is_safe_again() {
        let mut state = 7u64;
        let alphabet: Vec<char> = "a.b /\\:\0\u{202E}\u{200D}ا😀न CON1\n\u{FEFF}\u{E0067}é".chars().collect();
        for _ in 0..20_000 {
            let mut name = String::new();
            for _ in 0..40 {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                let repeat = if state >> 60 == 0 { 60 } else { 1 };
                for _ in 0..repeat {
                    name.push(alphabet[(state >> 33) as usize % alphabet.len()]);
                }
            }
            let safe = safe_name(&name);
            assert!(!safe.is_empty() && safe.len() <= 255);
            assert_eq!(safe_name(&safe), safe, "{name:?}");
            assert!(!safe.contains(['/', '\\', '\0', '\u{202E}']));
        }
    }
}
